/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arithmetic everything hot goes through. One table of functions, filled once with the widest version that the processor
 * runs; kernels_body.h is their one source. Arrays need no alignment. Sums are in a fixed order for one table.
 */
#ifndef REC_KERNELS_KERNELS_H
#define REC_KERNELS_KERNELS_H

#include <stdint.h>

/** Queries that rec__kernels.score handles at once, and how many items a tile holds: 24 KiB of scores. */
#define REC_TILE_QUERIES 24
#define REC_TILE_ITEMS   256

/** Rows of a matrix, by index. */
struct rec__gather {
    const float *y;
    int64_t stride;
    const int32_t *rows; /* NULL: rows 0..count-1 */
    int64_t count;
};

struct rec__adam {
    float rate, beta1, beta2, epsilon;
};

struct rec__kernels {
    const char *name;
    /** sum of x[i] y[i], summed in float lanes */
    float (*dot)(const float *x, const float *y, int64_t n);
    /** the same, products and sums in double: within 1e-15 relative to sum of |x[i] y[i]| per term */
    double (*dot_double)(const float *x, const float *y, int64_t n);
    /** y += a x */
    void (*axpy)(float a, const float *x, float *y, int64_t n);
    /** y = a x + b y */
    void (*scaled_sum)(float a, const float *x, float b, float *y, int64_t n);
    /**
     * The step of stochastic gradient descent on one rating, both rows at once from their old values:
     * p += rate (e q - lambda_p p), q += rate (e p - lambda_q q)
     */
    void (*sgd_step)(float rate, float e, float lambda_p, float lambda_q, float *p, float *q, int64_t n);
    /**
     * The step of Adam (Kingma and Ba, ICLR 2015): first = b1 first + (1 - b1) g, second = b2 second + (1 - b2) g g,
     * x -= rate first / (sqrt(second) + epsilon), where rate and epsilon carry the corrections for the bias at the start.
     */
    void (*adam_step)(const struct rec__adam *adam, const float *g, float *x, float *first, float *second,
                      int64_t n);
    /**
     * Lower triangle of a += sum over r of w[r] y_r y_r', where y_r = y + rows[r] * stride (rows NULL: r itself) has n elements
     * and a is n x n with leading dimension lda. w NULL: all 1.
     */
    void (*gram)(const struct rec__gather *rows, const float *w, float *a, int32_t n, int32_t lda);
    /** Cholesky in place of the lower triangle of a (n x n, leading dimension lda). Returns 0, or the failing pivot's index + 1. */
    int32_t (*cholesky)(float *a, int32_t n, int32_t lda);
    /** Solve L L' x = b in place of b, with the factor of cholesky. */
    void (*cholesky_solve)(const float *l, int32_t n, int32_t lda, float *b);
    /**
     * Scores of REC_TILE_QUERIES queries for n_items <= REC_TILE_ITEMS item rows: tile[q * REC_TILE_ITEMS + i] = x_q . y_i. panel: the
     * queries transposed, panel[f * REC_TILE_QUERIES + q]. Every score is one chain of multiply-adds in the order of f.
     */
    void (*score)(const float *panel, const float *y, int32_t n_items, int32_t n_factors, float *tile);
    /** Indices i < n with s[i] >= least, in order, into out (room for n); returns how many. NaN is not. */
    int32_t (*find_at_least)(const float *s, int32_t n, float least, int32_t *out);
};

/** The table for this processor. Threads: any. */
const struct rec__kernels *rec__kernels(void);
/** Every table this processor can run, portable first: for tests and benchmarks. Fills at most `room`, returns how many. */
int32_t rec__kernels_all(const struct rec__kernels **out, int32_t room);
#endif
