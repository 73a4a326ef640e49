/* SPDX-License-Identifier: Apache-2.0 */
/* Bayesian matrix factorization inside: the chain and its parts. The model and its symbols are in bmf.c. */
#ifndef REC_BACKENDS_BMF_H
#define REC_BACKENDS_BMF_H

#include "backends/gibbs.h"
#include "base/random.h"

#include <stdbool.h>

enum { REC_BMF_FACTORS_MOST = 1024, REC_BMF_FEATURES = 2 };

/** Features of the rows of one side, by column, and their weights. */
struct rec__bmf_features {
    int32_t n; /* columns; 0: none */
    /* Where they come from: what a row has seen, each thing counting the inverse root of how many, or what the caller gave. */
    const int64_t *seen_start;
    const int32_t *seen;
    const rec_features *given;
    float *mean, *scale; /* given dense: how the columns are standardised */
    /* By column, of the rows that have ratings. */
    int64_t *start;
    int32_t *rows;
    float *values;
    float *squares;    /* n: sum of the column's squared values */
    float *weights;    /* n x w: the present draw */
    double *precision; /* w: of the weights' prior */
    float *kept;       /* n x samples w, an array of the model, or NULL */
};

/** One side of the chain. */
struct rec__bmf_side {
    const int64_t *start;
    const int32_t *others;
    const float *ratings;
    int32_t n;
    float *vectors, *biases; /* the present draw */
    /* The model's arrays: of each kept draw, or its mean. */
    float *kept, *mean_biases, *kept_biases;
    double *kept_mean, *kept_precision;
    double *mean, *precision;                            /* of the prior: w = f + 1 each, the bias last */
    struct rec__bmf_features features[REC_BMF_FEATURES]; /* implicit, given */
    float *shift;    /* n x w: what the features add to the prior's mean; NULL without features */
    float *residual; /* blocks x n x lanes */
    enum rec__stream stream;
};

struct rec__bmf {
    struct rec__fit *fit;
    int32_t f, samples;
    int64_t burn_in, sweeps;
    double mu, alpha;
    struct rec__bmf_side sides[2]; /* users, items */
    struct rec__normal_room *rooms;
    int64_t sweep;
    int32_t now;       /* the side being drawn */
    double *predicted; /* sum over kept samples, for each validation rating */
    int32_t n_kept;
    double *kept_alpha; /* of each kept draw */
};

/** The stream of a side's draws in this sweep; bits 56 to 63 are free for purposes. */
uint64_t rec__bmf_stream(const struct rec__bmf *chain, const struct rec__bmf_side *side);

/** Run all sweeps, keeping draws and telling of each. */
rec_status rec__bmf_run(struct rec__bmf *chain);

/** Make ready the features of a side whose sources are set. */
rec_status rec__bmf_link_make(struct rec__bmf *chain, struct rec__bmf_side *side);
void rec__bmf_link_clear(struct rec__bmf_side *side);
/** Draw the weights of the features given the side's rows and prior; moves side->shift. */
void rec__bmf_link_draw(struct rec__bmf *chain, struct rec__bmf_side *side);
/** shift[w]: what the features add for a row without ratings. */
void rec__bmf_link_cold(const struct rec__bmf_side *side, int32_t row, int32_t w, float *shift);

#endif
