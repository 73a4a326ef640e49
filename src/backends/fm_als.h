/* SPDX-License-Identifier: Apache-2.0 */
/* Coordinate descent and Gibbs sampling of factorization machines, inside: fm_als.c has the formulas, fm_als_step.c one step, fm_als_keep.c what comes of it. */
#ifndef REC_BACKENDS_FM_ALS_H
#define REC_BACKENDS_FM_ALS_H

#include "backends/fm.h"
#include "backends/gibbs.h"
#include "base/random.h"

/** Over the ratings of a row, weighted: of 1, the others' part y, y^2, the error e, y e. And the row's total before the step, and what the score got besides. */
struct rec__fm_sums {
    double w, y, yy, e, ye, within;
    float before;
};

/** Another block, whose rows multiply with those of this one. */
struct rec__fm_partner {
    int32_t block;
    const int32_t *rows; /* of each rating, in this block's order or the users'; -1: none */
    int64_t stride;
    bool aligned; /* in this block's order */
};

/** Users, items or a field of context: what of a rating is one row. Numbers are kept factor by factor, k = 0 .. f - 1, then the weights w. */
struct rec__fm_block {
    int32_t n;
    const int64_t *start;               /* n + 1: a row's ratings */
    const int64_t *events;              /* their places in the users' order; NULL: that is their order */
    const struct rec__sparse_matrix *x; /* features of the rows; NULL: none */
    bool identity,
        within; /* rows have numbers of their own, which multiply with their features, and these with each other */
    float lambda[2], feature_lambda; /* of own vectors and weights */
    struct rec__fm_partner *partners;
    int32_t n_partners;
    float *own, *totals, *features;                 /* (f + 1) x n, n, d */
    double *touches;                                /* d: how often a feature's penalty counts */
    struct rec__prior *own_priors, *feature_priors; /* f + 1 */
    struct rec__fm_sums *sums;                      /* n */
    float *vectors, *biases;                        /* the present draw, row by row: n x f, n */
    int64_t *order, *offsets;                       /* events and start, where they are the block's own */
    /* The model's arrays, into which draws are kept; users and items: priors too. */
    float *kept, *mean_biases, *kept_features, *mean_weights, *bias_draws;
    double *kept_means, *kept_precisions;
};

struct rec__fm_als {
    struct rec__fm *fm;
    struct rec__fit *fit;
    int32_t f, samples, n_blocks; /* f: numbers of a row */
    bool gibbs, plain;
    double mu, alpha;
    struct rec__fm_block *blocks; /* users, items, fields */
    int32_t *users;               /* of each rating; NULL unless contexts multiply with users */
    float *errors;                /* of each rating, in the users' order */
    int64_t sweep;
    struct rec__view now; /* of the present draw; its fields of context: */
    float *table, *table_biases;
    double *sample_precision;
};

/** Do the rows of two blocks multiply? */
static inline bool rec__fm_meet(const struct rec__fm_als *als, int32_t a, int32_t b)
{
    return a != b && (als->fm->all || a == REC_FM_ITEMS || b == REC_FM_ITEMS);
}

/** What of a block has number k, the last being the weights: rows for themselves, and their features. */
static inline bool rec__fm_own_has(const struct rec__fm_als *als, int32_t block, int32_t k)
{
    const struct rec__fm_fields *fields = &als->fm->fields;
    int32_t field = block < REC_FM_SIDES ? block : REC_FM_CONTEXT_FIELD + block - REC_FM_SIDES;
    return k == als->f || rec__fm_has(fields, k / fields->factors, field);
}
static inline bool rec__fm_features_have(const struct rec__fm_als *als, int32_t block, int32_t k)
{
    const struct rec__fm_fields *fields = &als->fm->fields;
    return block < REC_FM_SIDES &&
           (k == als->f || rec__fm_has(fields, k / fields->factors, REC_FM_FEATURE_FIELD + block));
}

/** With what a number of a block multiplies within the row. */
enum rec__fm_within {
    REC_FM_APART, /* with nothing */
    REC_FM_OWN_ALONE, /* field-aware, in one segment: the row's own with its features', and these not with each other */
    REC_FM_TOGETHER /* with all others */
};
static inline enum rec__fm_within rec__fm_within_of(const struct rec__fm_als *als, int32_t block, int32_t k)
{
    if (!als->blocks[block].within || k == als->f || !rec__fm_features_have(als, block, k))
        return REC_FM_APART;
    const struct rec__fm_fields *fields = &als->fm->fields;
    struct rec__pairs_part inner = als->fm->sides[block].inner;
    if (fields->pairs == NULL || (k >= inner.first && k < inner.first + inner.n))
        return REC_FM_TOGETHER;
    return rec__fm_own_has(als, block, k) ? REC_FM_OWN_ALONE : REC_FM_APART;
}

static inline bool rec__fm_rated(const struct rec__fm_block *block, int32_t row)
{
    return block->start[row] < block->start[row + 1];
}

/** A stream of random numbers of its own for a sweep, block, factor and purpose (0 to 7). */
static inline uint64_t rec__fm_stream(const struct rec__fm_als *als, int32_t block, int32_t k,
                                      uint64_t purpose)
{
    return REC_STREAM_SAMPLE | (uint64_t)als->sweep << 8 | (uint64_t)k << 32 | (uint64_t)block << 46 |
           purpose << 56;
}

/** Find or draw anew all numbers of a block's factor k, and bring the errors up to date. */
rec_status rec__fm_als_step(struct rec__fm_als *als, int32_t block, int32_t k);
/** What steps leave slow, and the priors of all groups. */
rec_status rec__fm_als_recentre(struct rec__fm_als *als);
/** Add the model's arrays. */
rec_status rec__fm_als_add(struct rec__fm_als *als);
/** Row by row what there is now. */
rec_status rec__fm_als_show(struct rec__fm_als *als);
/** What is shown is draw number `at` of those kept; without sampling the only one. */
void rec__fm_als_keep(struct rec__fm_als *als, int32_t at);

#endif
