/* SPDX-License-Identifier: Apache-2.0 */
/* What an epoch of item2vec reads: histories, put in order, thinned out, and dealt to the blocks of the walk (item2vec.c). */
#ifndef REC_BACKENDS_ITEM2VEC_READ_H
#define REC_BACKENDS_ITEM2VEC_READ_H

#include "backends/backend.h"

enum { REC_ITEM2VEC_BLOCKS_MOST = 16 };

/** What keys of random numbers are for, above the stream and the epoch. */
enum rec__item2vec_purpose {
    REC_ITEM2VEC_ITEM_ORDER,
    REC_ITEM2VEC_ROUND_ORDER,
    REC_ITEM2VEC_READING,
    REC_ITEM2VEC_TOKEN_ORDER,
    REC_ITEM2VEC_STEPPING
};

/** An item of a history as it is read in an epoch. */
struct rec__item2vec_token {
    int32_t user, at;
    int32_t reach; /* so many before and after are context */
};

struct rec__item2vec_word {
    int32_t item;
    float weight;
};

/** Set by who reads: fit, window, threshold of subsampling (0: none), weighed, blocks, range_of; all else zero to begin with. */
struct rec__item2vec_reading {
    const struct rec__fit *fit;
    int32_t window;
    double threshold;
    bool weighed; /* ratings are weights */
    int32_t blocks;
    const uint8_t *range_of;         /* an item's range in this epoch */
    double scale;                    /* of ratings to weights; 0: all weigh 1 */
    double *kept_share;              /* of an item's occurrences; NULL: all */
    int32_t *sequence;               /* places of the histories in the order of time; NULL: they have none */
    struct rec__item2vec_word *read; /* fills: what is read in an epoch, from user_start on */
    int32_t *lengths;                /* fills: so much, by user */
    struct rec__item2vec_token *tokens; /* fills: by range, in a random order */
    int64_t token_start[REC_ITEM2VEC_BLOCKS_MOST + 1];
    int32_t epoch;
};

/** Errors: REC_ERR_NO_MEMORY; clear it then too. */
rec_status rec__item2vec_reading_start(struct rec__item2vec_reading *reading);
void rec__item2vec_reading_clear(struct rec__item2vec_reading *reading);
/** Read all histories for an epoch. */
rec_status rec__item2vec_read(struct rec__item2vec_reading *reading, int32_t epoch);

/** The share of an item's occurrences that are read. */
double rec__item2vec_kept_share(const rec_ratings *ratings, double threshold, int32_t item);

#endif
