/* SPDX-License-Identifier: Apache-2.0 */
/* The one file that includes cblas.h. */
#include "kernels/blas.h"

#include <cblas.h>

/* Rows a call: int in CBLAS is 32 bits, and sums in float stay short. */
enum { GRAM_ROWS = 1 << 14 };

void rec__blas_gram(const float *y, int64_t count, int32_t n, float *a)
{
    float beta = 0.0f;
    for (int64_t first = 0; first == 0 || first < count; first += GRAM_ROWS) {
        int rows = (int)(count - first < GRAM_ROWS ? count - first : GRAM_ROWS);
        cblas_ssyrk(CblasRowMajor, CblasUpper, CblasTrans, n, rows, 1.0f, y + first * n, n, beta, a, n);
        beta = 1.0f;
    }
}

void rec__blas_scores(const float *x, int32_t m, const float *y, int32_t n, int32_t k, float *c)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1.0f, x, k, y, k, 0.0f, c, n);
}
