/* SPDX-License-Identifier: Apache-2.0 */
/* One half of alternating least squares for biases: each row's, with those of the other side held fixed. */
#ifndef REC_BACKENDS_BIASES_H
#define REC_BACKENDS_BIASES_H

#include "backends/backend.h"

/** Rows of ratings r_j of others j; solved[row] = sum of (r_j - mu - fixed[j]) / (lambda + number of ratings). */
struct rec__biases {
    const int64_t *start;
    const int32_t *others;
    const float *ratings;
    int32_t n_rows;
    double mu, lambda;
    const float *fixed; /* NULL: all 0 */
    float *solved;
};

/** A row without ratings, or with nothing to divide by, gets 0. */
void rec__biases_solve(const struct rec__biases *biases, int32_t threads);

#endif
