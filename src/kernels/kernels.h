/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arithmetic everything hot goes through. One table of functions, filled once with the widest version
 * that the processor runs; kernels_body.h is their one source. Arrays need no alignment. Sums are in a fixed
 * order for one table.
 */
#ifndef REC_KERNELS_KERNELS_H
#define REC_KERNELS_KERNELS_H

#include <stdint.h>

/** Queries that rec__kernels.scan handles at once. */
#define REC_PANEL 48
/** Systems that rec__kernels.solve_batch handles at once: the lanes of the widest register. */
#define REC_BATCH 16
/** Bytes that rec__kernels.letters looks at. */
#define REC_TEXT_BLOCK 64

/** Rows of a matrix, by index. */
struct rec__gather {
    const float *y;
    int64_t stride;
    const int32_t *rows; /* NULL: rows 0..count-1 */
    int64_t count;
};

/** Rows to move, and how. */
struct rec__moved {
    float *y; /* n numbers a row */
    const int32_t *rows;
    int32_t count;
    const float *pull, *push, *keep; /* count each */
};

struct rec__adam {
    float rate, beta1, beta2, epsilon;
};

/** Item rows against a panel of queries. */
struct rec__scan {
    const float *panel; /* n x REC_PANEL: the queries, transposed */
    const float *y;     /* count x n */
    const float *bias;  /* count, or NULL: none */
    const float *least; /* REC_PANEL */
    int32_t count, n;
};

/** One column of a sparse matrix: value x against those of the rows that have the column. */
struct rec__column {
    const int32_t *rows; /* each once */
    const float *values;
    int64_t count;
    double x, center;         /* center: subtracted from each value */
    const float *row_centers; /* as is that of the row; NULL: 0 */
};

/** A rating to step on. */
struct rec__sgd_rating {
    int32_t user, item;
    float rating;
};

/** The rows of a side that steps move. */
struct rec__sgd_side {
    float *vectors, *biases; /* biases NULL: there are none */
    const float *shares;     /* of a row's penalty, what one rating carries; NULL: 1 */
    float rate, bias_rate;   /* how much of the gradient a step takes */
    float decay, bias_decay; /* how much of the row itself: the rate times the penalty's weight */
};

/** A walk over ratings, step by step. */
struct rec__sgd {
    struct rec__sgd_side users, items;
    const struct rec__sgd_rating *ratings;
    const float *weights; /* of the ratings; NULL: 1 */
    int64_t count;
    int32_t factors;
    int backwards, logistic;
    float offset, least, greatest; /* predictions lie between, clipped unless logistic */
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
     * Stochastic gradient descent on the squared error, a rating at a time: with z = offset + b_u + b_i + p . q, e = r - g(z) and
     * h = w (r - z), or w e g'(z) when logistic, both rows move from their old values, p += rate h q - decay share p, q likewise, and
     * b_u += bias_rate h - bias_decay share b_u. g is the identity, clipped for e alone, or the logistic function onto [least, greatest].
     * Returns the sum of w e^2, each before its step.
     */
    double (*sgd)(const struct rec__sgd *walk);
    /**
     * The step of Adam (Kingma and Ba, ICLR 2015): first = b1 first + (1 - b1) g, second = b2 second + (1 -
     * b2) g g, x -= rate first / (sqrt(second) + epsilon), where rate and epsilon carry the corrections for
     * the bias at the start.
     */
    void (*adam_step)(const struct rec__adam *adam, const float *g, float *x, float *first, float *second,
                      int64_t n);
    /**
     * Upper triangle of a += sum over r of w[r] y_r y_r', where a is n x n, row-major with leading dimension
     * lda, and y_r the row that `rows` names. w[r] >= 0; w NULL: all 1. What is below the diagonal is scratch.
     */
    void (*gram)(const struct rec__gather *rows, const float *w, float *a, int32_t n, int32_t lda);
    /** The same, and sum += sum over r of b[r] y_r, in one pass over the rows; b NULL: not that. Rows that will be wanted soon are fetched into
     * the cache meanwhile; NULL: none. */
    void (*normal)(const struct rec__gather *rows, const float *w, const float *b, float *a, int32_t n,
                   int32_t lda, float *sum, const struct rec__gather *soon);
    /**
     * Cholesky A = U'U in place of the upper triangle. Returns 0, or 1 + the index of the first pivot that is
     * not positive.
     */
    int32_t (*cholesky)(float *a, int32_t n, int32_t lda);
    /** Solve U'U x = b in place of b, with the factor of cholesky. */
    void (*cholesky_solve)(const float *u, int32_t n, int32_t lda, float *b);
    /** Upper triangle of a = Y Y', `count` x `count`, for as many rows of n numbers; count a multiple of 4, n one of REC_BATCH. Some of
     * what is below the diagonal is written too. soon: as above. */
    void (*inner)(const float *y, int32_t count, int32_t n, float *a, const struct rec__gather *soon);
    /**
     * Solve REC_BATCH symmetric positive systems of n unknowns each, n a multiple of 4, in place of their right sides b. The
     * systems and right sides follow each other; of a system the upper triangle counts, its blocks of 4 on the diagonal whole.
     * room: REC_BATCH n (n + 1) numbers. Returns 0, or 1 + the index of a system that has no Cholesky factor.
     */
    int32_t (*solve_batch)(const float *systems, int32_t n, float *b, float *room);
    /** out = X B, for `count` rows x of k numbers and k rows of n, all one after another. Not in place. */
    void (*product)(const float *x, int64_t count, const float *b, int32_t k, int32_t n, float *out);
    /** out[i] = x . y_i for `count` rows of n floats that follow each other. */
    void (*scores)(const float *x, const float *y, int64_t count, int32_t n, float *out);
    /**
     * Which of `count` item rows may matter to which of REC_PANEL queries: every i and q but those with x_q . y_i +
     * bias_i < least[q], as q + REC_PANEL i, for each q in rising order of i. Fills hits (room for REC_PANEL
     * count); returns how many. The sum is in float, so `least` must allow for its error: (2 n + 8) 2^-24
     * (|x| |y_i| + |bias_i|).
     */
    int32_t (*scan)(const struct rec__scan *scan, int32_t *hits);
    /** Which of n numbers are not at or below `least`, in rising order. Fills hits (room for n); returns how many. */
    int32_t (*above)(const double *x, double least, int32_t n, int32_t *hits);
    /**
     * For each row b of the column, its value less the centers being y: sums[b] += (1, x y, x x, y y). A row whose sums were 0 is written to met,
     * behind n_met others; returns how many these are now. Whatever lies behind them is scratch.
     */
    int32_t (*pair_sums)(const struct rec__column *column, double (*sums)[4], int32_t *met, int32_t n_met);
    /** The rows one after another, scaled: out[r * stride + k] = row_scales[r] column_scales[k] y_r[k] for k < n, and 0 up to the stride. */
    void (*gather_rows)(const struct rec__gather *rows, const float *row_scales, const float *column_scales,
                        int32_t n, int64_t stride, float *out);
    /** n numbers of each row into the cache: they are wanted soon. */
    void (*fetch)(const struct rec__gather *rows, int32_t n);
    /** out[r] = x . y_r for each row r of the gather, n floats long */
    void (*gather_dots)(const struct rec__gather *rows, const float *x, int32_t n, float *out);
    /** Of `count` scores: slopes[k] = 1 / (1 + exp(s)), s being sign x[k]; returns the sum of log(1 + exp(-s)). Within 1e-6 of
     * either, relative. Both arrays have room for whole REC_BATCHes; what is beyond count is scratch. */
    double (*logistic)(const float *x, float sign, int32_t count, float *slopes);
    /** One pass over rows that are moved: sum += pull[r] y_r, then y_r = push[r] x + keep[r] y_r, n floats long. A row that is there twice moves twice. */
    void (*move_rows)(const struct rec__moved *moved, const float *x, int32_t n, float *sum);
    /** out += sum over the rows of w[r] y_r, n floats long */
    void (*gather_sum)(const struct rec__gather *rows, const float *w, int32_t n, float *out);
    /** out: REC_TEXT_BLOCK bytes of text, capitals of ASCII made small if `lower`. A bit for each byte: word fills: it is a letter or digit of ASCII or
     * an underscore; high fills: it is beyond ASCII. */
    void (*letters)(const char *text, int lower, char *out, uint64_t *word, uint64_t *high);
};

/** The table for this processor. Threads: any. */
const struct rec__kernels *rec__kernels(void);
/** Every table this processor can run, portable first: for tests and benchmarks. Fills at most `room`,
 * returns how many. */
int32_t rec__kernels_all(const struct rec__kernels **out, int32_t room);
#endif
