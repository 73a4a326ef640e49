/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The largest singular values of a sparse matrix and their right vectors, by random subspace iteration (Halko, Martinsson and Tropp, "Finding
 * structure with randomness", SIAM Review 53(2), 2011): Q of rank + some columns is multiplied by M'M and made orthonormal, again and again; then
 * M Q is taken apart exactly.
 */
#ifndef REC_BACKENDS_LOWRANK_H
#define REC_BACKENDS_LOWRANK_H

#include "backends/backend.h"

/** One order of a sparse matrix. */
struct rec__sparse_order {
    const int64_t *start; /* n + 1 */
    const int32_t *others;
    const float *values;
    int32_t n;
};

/** A sparse matrix both ways. */
struct rec__sparse_matrix {
    struct rec__sparse_order rows, columns;
};

/** The other order of a matrix: start (columns + 1, zeros when given), others and values fill; equal columns stay in the order of rows. */
void rec__sparse_transpose(const struct rec__sparse_order *rows, int32_t columns, int64_t *start,
                           int32_t *others, float *values);

/** out (rows of `side` x width) = the matrix in that order times the dense `y` (as many rows as the other side has). */
rec_status rec__sparse_product(const struct rec__sparse_order *side, const float *y, int32_t width,
                               int32_t threads, float *out);

/**
 * vectors (columns x rank) fills: right singular vectors as columns, by falling singular value; values: `rank` of them. Where the
 * matrix has fewer than `rank` rows or columns, what is left is 0. Each iteration is reported to the fit as a step; its loss is the root mean
 * square, over the stored entries, of what the subspace leaves unexplained of M. Errors: REC_ERR_NO_MEMORY, REC_ERR_CANCELLED, REC_ERR_DIVERGED.
 */
rec_status rec__truncated_svd(struct rec__fit *fit, const struct rec__sparse_matrix *m, int32_t rank,
                              int32_t iterations, float *vectors, double *values);

#endif
