/* SPDX-License-Identifier: Apache-2.0 */
/* Non-negative factorization inside: one row's update with the other side held fixed. The objective and its symbols are in nmf.c. */
#ifndef REC_BACKENDS_NMF_H
#define REC_BACKENDS_NMF_H

#include "backends/normal.h"

#include <stdbool.h>

/** Predictions are kept this far from 0 where a logarithm or a quotient is taken. */
#define REC_NMF_LEAST 1e-10

/** One side held fixed, as the other side's rows see it. */
struct rec__nmf_side {
    struct rec__normal_side rows;
    double lambda, bias_lambda; /* of the row that moves */
    bool by_count, kl;
};

/** Scratch of one thread, for so many factors and rows of at most so many ratings. */
struct rec__nmf_room {
    struct rec__normal_room normal;
    float *above, *below, *x;    /* factors + 1 each */
    float *constants, *products; /* longest each */
};

rec_status rec__nmf_room_make(struct rec__nmf_room *room, int32_t factors, int64_t longest);
void rec__nmf_room_clear(struct rec__nmf_room *room);

/**
 * Towards the row's least squares under x >= 0, the bias free, by coordinate descent on its normal equations (squared loss alone) until no
 * number moves by a hundredth of the greatest. vector and bias (NULL without biases): where to begin, and what is reached.
 */
void rec__nmf_solve(const struct rec__nmf_side *side, const struct rec__history *row,
                    struct rec__nmf_room *room, float *vector, float *bias);
/** One multiplicative step, by either loss, which does not raise the objective. */
void rec__nmf_multiply(const struct rec__nmf_side *side, const struct rec__history *row,
                       struct rec__nmf_room *room, float *vector, float *bias);
/** A row from scratch: its minimum of the objective. */
void rec__nmf_fold_in(const struct rec__nmf_side *side, const struct rec__history *row,
                      struct rec__nmf_room *room, float *vector, float *bias);

#endif
