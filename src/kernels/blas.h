/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matrix-sized work, by CBLAS. A BLAS may have threads of its own: these are called outside rec__parallel, by
 * one thread at a time, and never change its settings. Work of a few dozen rows, or inside tasks, is
 * kernels.h's.
 */
#ifndef REC_KERNELS_BLAS_H
#define REC_KERNELS_BLAS_H

#include <stdint.h>

/** Upper triangle of a (n x n, row-major) = Y'Y, for the count x n row-major matrix y. */
void rec__blas_gram(const float *y, int64_t count, int32_t n, float *a);
/** c (m x n) = x (m x k) y' where y is n x k; all row-major. */
void rec__blas_scores(const float *x, int32_t m, const float *y, int32_t n, int32_t k, float *c);

#endif
