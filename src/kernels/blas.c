/* SPDX-License-Identifier: Apache-2.0 */
/* The one file that includes cblas.h. */
#include "kernels/blas.h"
#include "base/threads.h"

#include <cblas.h>

/* Rows a call: int in CBLAS is 32 bits, and sums in float stay short. */
enum { GRAM_ROWS = 1 << 14 };

void rec__blas_gram(const float *y, int64_t count, int32_t n, float *a)
{
    float beta = 0.0f;
    rec__turn_begin();
    for (int64_t first = 0; first == 0 || first < count; first += GRAM_ROWS) {
        int rows = (int)(count - first < GRAM_ROWS ? count - first : GRAM_ROWS);
        cblas_ssyrk(CblasRowMajor, CblasUpper, CblasTrans, n, rows, 1.0f, y + first * n, n, beta, a, n);
        beta = 1.0f;
    }
    rec__turn_end();
}

void rec__blas_scores(const float *x, int32_t m, const float *y, int32_t n, int32_t k, float *c)
{
    rec__turn_begin();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1.0f, x, k, y, k, 0.0f, c, n);
    rec__turn_end();
}

void rec__blas_product(float alpha, const struct rec__block *a, const struct rec__block *b, float beta,
                       const struct rec__block *c)
{
    rec__turn_begin();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, c->rows, c->columns, a->columns, alpha, a->data,
                (int)a->stride, b->data, (int)b->stride, beta, c->data, (int)c->stride);
    rec__turn_end();
}

void rec__blas_product_of_transpose(float alpha, const struct rec__block *a, const struct rec__block *b,
                                    float beta, const struct rec__block *c)
{
    rec__turn_begin();
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, c->rows, c->columns, a->rows, alpha, a->data,
                (int)a->stride, b->data, (int)b->stride, beta, c->data, (int)c->stride);
    rec__turn_end();
}

void rec__blas_product_by_transpose(float alpha, const struct rec__block *a, const struct rec__block *b,
                                    float beta, const struct rec__block *c)
{
    rec__turn_begin();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, c->rows, c->columns, a->columns, alpha, a->data,
                (int)a->stride, b->data, (int)b->stride, beta, c->data, (int)c->stride);
    rec__turn_end();
}

void rec__blas_square_of_transpose(float alpha, const struct rec__block *a, const struct rec__block *c)
{
    rec__turn_begin();
    cblas_ssyrk(CblasRowMajor, CblasUpper, CblasTrans, c->rows, a->rows, alpha, a->data, (int)a->stride, 1.0f,
                c->data, (int)c->stride);
    rec__turn_end();
}

void rec__blas_square(float alpha, const struct rec__block *a, const struct rec__block *c)
{
    rec__turn_begin();
    cblas_ssyrk(CblasRowMajor, CblasUpper, CblasNoTrans, c->rows, a->columns, alpha, a->data, (int)a->stride,
                1.0f, c->data, (int)c->stride);
    rec__turn_end();
}

void rec__blas_symmetric_product(float alpha, const struct rec__block *a, const struct rec__block *b,
                                 float beta, const struct rec__block *c)
{
    rec__turn_begin();
    cblas_ssymm(CblasRowMajor, CblasLeft, CblasUpper, c->rows, c->columns, alpha, a->data, (int)a->stride,
                b->data, (int)b->stride, beta, c->data, (int)c->stride);
    rec__turn_end();
}

static enum CBLAS_SIDE side_of(enum rec__triangle how)
{
    return how == REC_TRIANGLE_LEFT || how == REC_TRIANGLE_LEFT_TRANSPOSE ? CblasLeft : CblasRight;
}

static enum CBLAS_TRANSPOSE transpose_of(enum rec__triangle how)
{
    return how == REC_TRIANGLE_LEFT || how == REC_TRIANGLE_RIGHT ? CblasNoTrans : CblasTrans;
}

void rec__blas_multiply(enum rec__triangle how, float alpha, const struct rec__block *u,
                        const struct rec__block *b)
{
    rec__turn_begin();
    cblas_strmm(CblasRowMajor, side_of(how), CblasUpper, transpose_of(how), CblasNonUnit, b->rows, b->columns,
                alpha, u->data, (int)u->stride, b->data, (int)b->stride);
    rec__turn_end();
}

void rec__blas_solve(enum rec__triangle how, float alpha, const struct rec__block *u,
                     const struct rec__block *b)
{
    rec__turn_begin();
    cblas_strsm(CblasRowMajor, side_of(how), CblasUpper, transpose_of(how), CblasNonUnit, b->rows, b->columns,
                alpha, u->data, (int)u->stride, b->data, (int)b->stride);
    rec__turn_end();
}
