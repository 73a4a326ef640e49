/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matrix-sized work, by CBLAS. A BLAS may have threads of its own, and its settings are never changed: so these are called by one
 * thread at a time (they wait for each other), and outside rec__parallel where there is a choice. Work of a few dozen rows, or inside tasks, is
 * kernels.h's. Matrices are row-major.
 */
#ifndef REC_KERNELS_BLAS_H
#define REC_KERNELS_BLAS_H

#include <stdint.h>

/** A part of a matrix: rows x columns numbers, a row after `stride`. */
struct rec__block {
    float *data;
    int64_t stride;
    int32_t rows, columns;
};

/** Upper triangle of a (n x n) = Y'Y, for the count x n matrix y. */
void rec__blas_gram(const float *y, int64_t count, int32_t n, float *a);
/** c (m x n) = x (m x k) y' where y is n x k. */
void rec__blas_scores(const float *x, int32_t m, const float *y, int32_t n, int32_t k, float *c);

/** c = alpha a b + beta c */
void rec__blas_product(float alpha, const struct rec__block *a, const struct rec__block *b, float beta,
                       const struct rec__block *c);
/** c = alpha a' b + beta c */
void rec__blas_product_of_transpose(float alpha, const struct rec__block *a, const struct rec__block *b,
                                    float beta, const struct rec__block *c);
/** c = alpha a b' + beta c */
void rec__blas_product_by_transpose(float alpha, const struct rec__block *a, const struct rec__block *b,
                                    float beta, const struct rec__block *c);
/** Upper triangle of c += alpha a'a. */
void rec__blas_square_of_transpose(float alpha, const struct rec__block *a, const struct rec__block *c);
/** Upper triangle of c += alpha a a'. */
void rec__blas_square(float alpha, const struct rec__block *a, const struct rec__block *c);

/** c = alpha a b + beta c, where a is symmetric: only its upper triangle is read. */
void rec__blas_symmetric_product(float alpha, const struct rec__block *a, const struct rec__block *b,
                                 float beta, const struct rec__block *c);

/** How a triangle stands to what it is multiplied with: u is upper triangular, the rest of it is not read. */
enum rec__triangle {
    REC_TRIANGLE_LEFT,           /* u b */
    REC_TRIANGLE_LEFT_TRANSPOSE, /* u' b */
    REC_TRIANGLE_RIGHT,          /* b u */
    REC_TRIANGLE_RIGHT_TRANSPOSE /* b u' */
};

/** b = alpha times the product, in place. */
void rec__blas_multiply(enum rec__triangle how, float alpha, const struct rec__block *u,
                        const struct rec__block *b);
/** b = alpha times what gives b when multiplied so: of the left, the inverse of u or u' times b. In place. */
void rec__blas_solve(enum rec__triangle how, float alpha, const struct rec__block *u,
                     const struct rec__block *b);

#endif
