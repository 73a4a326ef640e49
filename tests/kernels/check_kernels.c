/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kernel table that this processor runs against sums in double, over sizes around the vector widths;
 * with --bench, their speed instead. Needs nothing but src/kernels, so that it can be built for another
 * processor and run under emulation.
 */
#include "kernels/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int failures, checks;

static void expect(int good, const char *table, const char *what, long n, double got, double wanted)
{
    checks++;
    if (good)
        return;
    failures++;
    fprintf(stderr, "%s %s (size %ld): %.9g, expected %.9g\n", table, what, n, got, wanted);
}

static void expect_near(double got, double wanted, double scale, const char *table, const char *what, long n)
{
    expect(fabs(got - wanted) <= 3e-7 * (double)(n + 4) * (scale + 1e-30), table, what, n, got, wanted);
}

/* Numbers in (-1, 1) from a fixed sequence. */
static void fill(float *x, long n, uint32_t seed)
{
    for (long i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(int32_t)seed * 0x1p-31f;
    }
}

static float *make(long n, uint32_t seed)
{
    float *x = malloc((size_t)(n + 1) * sizeof *x);
    if (x == NULL)
        exit(2);
    fill(x, n, seed);
    return x;
}

static void check_sums(const struct rec__kernels *k, long n)
{
    float *x = make(n, 1), *y = make(n, 2), *z = make(n, 2);
    double sum = 0, size = 0;
    for (long i = 0; i < n; i++) {
        sum += (double)x[i] * (double)y[i];
        size += fabs((double)x[i] * (double)y[i]);
    }
    expect_near((double)k->dot(x, y, n), sum, size, k->name, "dot", n);
    double wide = k->dot_double(x, y, n);
    expect(fabs(wide - sum) <= 1e-15 * (double)(n + 1) * size, k->name, "dot_double", n, wide, sum);
    k->axpy(0.75f, x, z, n);
    for (long i = 0; i < n; i++)
        expect_near((double)z[i], (double)y[i] + 0.75 * (double)x[i], 1, k->name, "axpy", 0);
    memcpy(z, y, (size_t)n * sizeof *z);
    k->scaled_sum(0.75f, x, -0.5f, z, n);
    for (long i = 0; i < n; i++)
        expect_near((double)z[i], 0.75 * (double)x[i] - 0.5 * (double)y[i], 1, k->name, "scaled_sum", 0);
    free(x);
    free(y);
    free(z);
}

/* Half the error's push on the sum, and the error itself, as the objective says. */
static double walk_error(const struct rec__sgd *walk, double rating, double sum, double *push)
{
    double least = (double)walk->least, span = (double)walk->greatest - least, s = 1 / (1 + exp(-sum));
    double clipped = fmin(fmax(sum, least), (double)walk->greatest);
    double error = rating - (walk->logistic ? least + span * s : clipped);
    *push = walk->logistic ? error * span * s * (1 - s) : rating - sum;
    return error;
}

/* Two users and one item: a walk over both ratings against the steps in double. Bits of variant: logistic, backwards. */
static void check_walk(const struct rec__kernels *k, long n, int variant)
{
    float *p = make(2 * n, 3), *q = make(n, 4), b_u[2] = {0.25f, -0.5f}, b_i[1] = {0.125f};
    const float shares[2] = {0.5f, 0.25f}, weights[2] = {1.5f, 0.5f};
    const struct rec__sgd_rating ratings[2] = {{0, 0, 2.0f}, {1, 0, -1.0f}};
    struct rec__sgd walk = {.users = {p, b_u, shares, 0.05f, 0.04f, 0.002f, 0.003f},
                            .items = {q, b_i, NULL, 0.02f, 0.03f, 0.004f, 0.001f},
                            .ratings = ratings,
                            .weights = weights,
                            .count = 2,
                            .factors = (int32_t)n,
                            .backwards = variant & 1,
                            .logistic = variant >> 1,
                            .offset = 0.75f,
                            .least = -1.5f,
                            .greatest = 2.5f};
    double *x = malloc((size_t)(3 * n + 1) * sizeof *x), b[3] = {0.25, -0.5, 0.125}, expected = 0;
    for (long i = 0; i < 3 * n; i++)
        x[i] = (double)(i < 2 * n ? p[i] : q[i - 2 * n]);
    for (int step = 0; step < 2; step++) {
        int e = variant & 1 ? 1 - step : step;
        double *y = x + 2 * n, *z = x + e * n, w = (double)weights[e], share = (double)shares[e], push;
        double sum = 0.75 + b[e] + b[2];
        for (long i = 0; i < n; i++)
            sum += z[i] * y[i];
        double error = walk_error(&walk, (double)ratings[e].rating, sum, &push);
        expected += w * error * error;
        b[e] += 0.04 * w * push - 0.003 * share * b[e];
        b[2] += 0.03 * w * push - 0.001 * b[2];
        for (long i = 0; i < n; i++) {
            double old = z[i];
            z[i] += 0.05 * w * push * y[i] - 0.002 * share * old;
            y[i] += 0.02 * w * push * old - 0.004 * y[i];
        }
    }
    double got = k->sgd(&walk), size = 1 + fabs(expected);
    expect(fabs(got - expected) <= 1e-4 * size, k->name, "sgd errors", n, got, expected);
    for (long i = 0; i < 3 * n; i++) {
        double now = (double)(i < 2 * n ? p[i] : q[i - 2 * n]);
        expect(fabs(now - x[i]) <= 2e-5 * (1 + fabs(x[i])), k->name, "sgd rows", n, now, x[i]);
    }
    const float biases[3] = {b_u[0], b_u[1], b_i[0]};
    for (int i = 0; i < 3; i++)
        expect(fabs((double)biases[i] - b[i]) <= 2e-5 * (1 + fabs(b[i])), k->name, "sgd biases", n,
               (double)biases[i], b[i]);
    free(p), free(q), free(x);
}

/* Rows scaled, with zeros beyond them. */
static void check_rows(const struct rec__kernels *k, long n)
{
    enum { ROWS = 5 };
    const int32_t rows[ROWS] = {3, 0, 7, 7, 1};
    long stride = (n + 15) / 16 * 16;
    float *y = make(10 * n, 3), *by = make(n, 4), *out = make(ROWS * stride, 5);
    struct rec__gather gather = {y, n, rows, ROWS};
    k->fetch(&gather, (int32_t)n);
    k->gather_rows(&gather, y, by, (int32_t)n, stride, out);
    for (long r = 0; r < ROWS; r++)
        for (long i = 0; i < stride; i++) {
            double expected = i < n ? (double)y[r] * (double)by[i] * (double)y[rows[r] * n + i] : 0;
            expect_near((double)out[r * stride + i], expected, 1, k->name, "gather_rows", 0);
        }
    free(y), free(by), free(out);
}

static void check_steps(const struct rec__kernels *k, long n)
{
    float *p = make(n, 3), *q = make(n, 4), *old_p = make(n, 3), *old_q = make(n, 4);
    if (n >= 2)
        check_rows(k, n);
    for (int variant = 0; variant < 4; variant++)
        check_walk(k, n, variant);
    float *first = make(n, 5), *second = make(n, 6);
    for (long i = 0; i < n; i++)
        second[i] = fabsf(second[i]);
    float *m = malloc((size_t)(n + 1) * sizeof *m), *v = malloc((size_t)(n + 1) * sizeof *v);
    memcpy(m, first, (size_t)n * sizeof *m);
    memcpy(v, second, (size_t)n * sizeof *v);
    memcpy(p, old_p, (size_t)n * sizeof *p);
    struct rec__adam adam = {0.01f, 0.9f, 0.999f, 1e-8f};
    k->adam_step(&adam, q, p, first, second, n);
    for (long i = 0; i < n; i++) {
        double g = (double)q[i], em = 0.9 * (double)m[i] + 0.1 * g, ev = 0.999 * (double)v[i] + 0.001 * g * g;
        double step = 0.01 * em / (sqrt(ev) + 1e-8);
        expect_near((double)first[i], em, 1, k->name, "adam first", 0);
        expect_near((double)second[i], ev, 1, k->name, "adam second", 0);
        expect(fabs((double)p[i] - ((double)old_p[i] - step)) <= 2e-6 * (1 + fabs(step)), k->name, "adam x",
               n, (double)p[i], (double)old_p[i] - step);
    }
    free(p), free(q), free(old_p), free(old_q), free(first), free(second), free(m), free(v);
}

/* Gram matrix of gathered, weighted rows; then its factor solves a system whose residual is checked in
 * double. */
static void check_solver(const struct rec__kernels *k, int32_t n)
{
    enum { ROWS = 300 };
    int32_t lda = n + 3, order[ROWS];
    float *y = make((long)ROWS * (n + 1), 7), *w = make(ROWS, 8), *a = make((long)n * lda, 9),
          *b = make(n, 10);
    float *factor = make((long)n * lda, 0), *x = make(n, 10);
    for (int32_t r = 0; r < ROWS; r++) {
        order[r] = (r * 7) % ROWS;
        w[r] = fabsf(w[r]) + 0.5f;
    }
    memset(a, 0, (size_t)n * (size_t)lda * sizeof *a);
    for (int32_t i = 0; i < n; i++)
        a[(long)i * lda + i] = 2.0f;
    struct rec__gather rows = {y, n + 1, order, ROWS};
    k->gram(&rows, w, a, n, lda);
    double *full = calloc((size_t)n * (size_t)n + 1, sizeof *full);
    for (int32_t i = 0; i < n; i++)
        for (int32_t j = i; j < n; j++) {
            double sum = i == j ? 2.0 : 0.0;
            for (int32_t r = 0; r < ROWS; r++) {
                const float *row = y + (long)order[r] * (n + 1);
                sum += (double)w[r] * (double)row[i] * (double)row[j];
            }
            full[(long)i * n + j] = full[(long)j * n + i] = sum;
            expect_near((double)a[(long)i * lda + j], sum, 2, k->name, "gram", ROWS);
        }
    memcpy(factor, a, (size_t)n * (size_t)lda * sizeof *a);
    expect(k->cholesky(factor, n, lda) == 0, k->name, "cholesky", n, 1, 0);
    k->cholesky_solve(factor, n, lda, x);
    for (int32_t i = 0; i < n; i++) {
        double sum = 0;
        for (int32_t j = 0; j < n; j++)
            sum += full[(long)i * n + j] * (double)x[j];
        expect(fabs(sum - (double)b[i]) <= 4e-4, k->name, "cholesky_solve residual", n, sum, (double)b[i]);
    }
    if (n > 2) {
        a[2L * lda + 2] = -1e6f;
        expect(k->cholesky(a, n, lda) == 3, k->name, "cholesky of an indefinite matrix", n, 0, 3);
    }
    free(y), free(w), free(a), free(b), free(factor), free(x), free(full);
}

/* Rows 1, 4, 7...: each gets its own sums and is met once, the others none. */
static void check_pair_sums(const struct rec__kernels *k, int32_t n)
{
    float *values = make(n, 21), *centers = make(3 * n + 2, 22);
    int32_t *rows = calloc((size_t)n + 1, sizeof *rows);
    double(*sums)[4] = calloc((size_t)(3 * n + 2), sizeof *sums);
    int32_t *met = calloc((size_t)n + 2, sizeof *met);
    for (int32_t e = 0; e < n; e++)
        rows[e] = 1 + 3 * e;
    struct rec__column column = {rows, values, n, 1.5, 0.25, NULL};
    int32_t n_met = k->pair_sums(&column, sums, met, 0);
    column.row_centers = centers;
    column.x = -0.5;
    n_met = k->pair_sums(&column, sums, met, n_met);
    expect(n_met == n, k->name, "pair_sums met", n, n_met, n);
    for (int32_t e = 0; e < n; e++)
        expect(met[e] == rows[e], k->name, "pair_sums met", n, met[e], rows[e]);
    for (int32_t b = 0; b < 3 * n + 2; b++) {
        int mine = b % 3 == 1 && b / 3 < n;
        double y = mine ? (double)values[b / 3] - 0.25 : 0.0, z = mine ? y - (double)centers[b] : 0.0;
        double expected[] = {mine ? 2.0 : 0.0, 1.5 * y - 0.5 * z, mine ? 2.5 : 0.0, y * y + z * z};
        for (int c = 0; c < 4; c++)
            expect(fabs(sums[b][c] - expected[c]) <= 1e-12, k->name, "pair_sums", n, sums[b][c], expected[c]);
    }
    free(values), free(centers), free(rows), free(sums), free(met);
}

/* Every seventh number is above, and what is no number is too. */
static void check_above(const struct rec__kernels *k, int32_t n)
{
    double *x = malloc(((size_t)n + 1) * sizeof *x);
    int32_t *hits = malloc(((size_t)n + 1) * sizeof *hits), wanted = 0;
    for (int32_t i = 0; i < n; i++)
        x[i] = i % 7 == 3 ? 0.25 + i : i % 2 == 0 ? 0.25 : -i;
    if (n > 20)
        x[20] = NAN;
    int32_t found = k->above(x, 0.25, n, hits);
    for (int32_t i = 0; i < n; i++)
        if (i % 7 == 3 || i == 20) {
            expect(wanted < found && hits[wanted] == i, k->name, "above", n,
                   wanted < found ? hits[wanted] : -1, i);
            wanted++;
        }
    expect(found == wanted, k->name, "above", n, found, wanted);
    free(x), free(hits);
}

static int is_word(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Every byte in every place of a block. */
static void check_letters(const struct rec__kernels *k)
{
    for (int lower = 0; lower <= 1; lower++)
        for (int first = 0; first < 256; first++) {
            char text[REC_TEXT_BLOCK], out[REC_TEXT_BLOCK];
            uint64_t word, high;
            for (int i = 0; i < REC_TEXT_BLOCK; i++)
                text[i] = (char)(first + i);
            k->letters(text, lower, out, &word, &high);
            for (int i = 0; i < REC_TEXT_BLOCK; i++) {
                int c = (first + i) & 255, small = lower && c >= 'A' && c <= 'Z' ? c + 32 : c;
                expect((unsigned char)out[i] == small, k->name, "letters, lowered", i, out[i], small);
                expect((int)(word >> i & 1) == is_word(c), k->name, "letters, word", i, c, 0);
                expect((int)(high >> i & 1) == (c >= 128), k->name, "letters, high", i, c, 0);
            }
        }
}

static void check_gathers(const struct rec__kernels *k, int32_t n)
{
    enum { ROWS = 7, STRIDE_MORE = 3 };
    int32_t stride = n + STRIDE_MORE, rows[ROWS] = {4, 0, 9, 4, 2, 11, 7};
    float *y = make(12L * stride, 31), *x = make(n, 32), w[ROWS] = {0.5f, -1, 2, 0.25f, 3, -0.75f, 1},
          dots[ROWS];
    for (int named = 0; named < 2; named++) {
        struct rec__gather gather = {y, stride, named ? rows : NULL, ROWS};
        float *sum = make(n, 33), *first = make(n, 33);
        k->gather_dots(&gather, x, n, dots);
        k->gather_sum(&gather, w, n, sum);
        for (int32_t r = 0; r < ROWS; r++) {
            double expected = 0;
            for (int32_t j = 0; j < n; j++)
                expected += (double)x[j] * (double)y[(named ? rows[r] : r) * stride + j];
            expect_near((double)dots[r], expected, (double)n, k->name, "gather_dots", n);
        }
        for (int32_t j = 0; j < n; j++) {
            double expected = (double)first[j];
            for (int32_t r = 0; r < ROWS; r++)
                expected += (double)w[r] * (double)y[(named ? rows[r] : r) * stride + j];
            expect_near((double)sum[j], expected, 3.0 * ROWS, k->name, "gather_sum", n);
        }
        free(sum), free(first);
    }
    free(y), free(x);
}

/* Slopes and losses of scores far and near, and of none beyond the count. */
static void check_logistic(const struct rec__kernels *k, int32_t n)
{
    int32_t room = (n + REC_BATCH - 1) / REC_BATCH * REC_BATCH;
    float *x = make(room, 34), *slopes = make(room, 35);
    for (int32_t i = 0; i < n; i++)
        x[i] *= i % 7 == 0 ? 200.0f : i % 3 == 0 ? 20.0f : 1.0f;
    for (float sign = -1.0f; sign <= 1.0f; sign += 2.0f) {
        double sum = 0, found = k->logistic(x, sign, n, slopes);
        for (int32_t i = 0; i < n; i++) {
            double s = (double)sign * (double)x[i], slope = 1.0 / (1.0 + exp(s));
            sum += s > 0.0 ? log1p(exp(-s)) : log1p(exp(s)) - s;
            expect(fabs((double)slopes[i] - slope) <= 1e-6 * slope + 1e-37, k->name, "logistic slope", n,
                   (double)slopes[i], slope);
        }
        expect(fabs(found - sum) <= 1e-6 * sum + 1e-37, k->name, "logistic loss", n, found, sum);
    }
    x[n - 1] = NAN;
    expect(isnan(k->logistic(x, 1.0f, n, slopes)), k->name, "logistic loss of what is no number", n, 0, NAN);
    free(x), free(slopes);
}

/* The last row is the first once more. */
static void check_move_rows(const struct rec__kernels *k, int32_t n)
{
    enum { ROWS = 6, MOVED = 4 };
    const int32_t rows[MOVED] = {4, 0, 5, 4};
    const float pull[MOVED] = {0.5f, -1, 2, 0.25f}, push[MOVED] = {1, -0.5f, 0.75f, 2},
                keep[MOVED] = {0.5f, 1, 0.25f, -1};
    float *y = make((long)ROWS * n, 36), *old = make((long)ROWS * n, 36), *x = make(n, 37),
          *sum = make(n, 38), *first = make(n, 38);
    struct rec__moved moved = {y, rows, MOVED, pull, push, keep};
    k->move_rows(&moved, x, n, sum);
    for (int32_t j = 0; j < n; j++) {
        double expected = (double)first[j];
        for (int r = 0; r < MOVED; r++) {
            float *own = old + rows[r] * n + j;
            expected += (double)pull[r] * (double)*own;
            *own = push[r] * x[j] + keep[r] * *own;
        }
        expect_near((double)sum[j], expected, 4.0 * MOVED, k->name, "move_rows sum", n);
    }
    for (int32_t j = 0; j < ROWS * n; j++)
        expect_near((double)y[j], (double)old[j], 8, k->name, "move_rows", n);
    free(y), free(old), free(x), free(sum), free(first);
}

static void check_product(const struct rec__kernels *k, int32_t n)
{
    enum { COUNT = 13 };
    int32_t inside = n / 2 + 3;
    float *x = make((long)COUNT * inside, 41), *b = make((long)inside * n, 42),
          *out = make((long)COUNT * n, 43);
    k->product(x, COUNT, b, inside, n, out);
    for (int32_t i = 0; i < COUNT; i++)
        for (int32_t j = 0; j < n; j++) {
            double expected = 0;
            for (int32_t r = 0; r < inside; r++)
                expected += (double)x[i * inside + r] * (double)b[r * n + j];
            expect_near((double)out[i * n + j], expected, (double)inside, k->name, "product", n);
        }
    free(x), free(b), free(out);
}

/* Inner products of the rows of each system; then what solves it, by its residual in double. */
static void check_batch(const struct rec__kernels *k, int32_t n)
{
    enum { WIDTH = 48 };
    long square = (long)n * n;
    float *y = make((long)REC_BATCH * n * WIDTH, 51), *a = make(REC_BATCH * square, 0),
          *b = make((long)REC_BATCH * n, 52), *x = make((long)REC_BATCH * n, 52),
          *room = make(REC_BATCH * (square + n), 0);
    int32_t order[3] = {0, n - 1, n / 2};
    struct rec__gather soon = {y, WIDTH, order, 3};
    for (long s = 0; s < REC_BATCH; s++) {
        k->inner(y + s * n * WIDTH, n, WIDTH, a + s * square, &soon);
        for (int32_t i = 0; i < n; i++) {
            for (int32_t j = i; j < n; j++) {
                double sum = 0;
                for (int32_t f = 0; f < WIDTH; f++)
                    sum += (double)y[(s * n + i) * WIDTH + f] * (double)y[(s * n + j) * WIDTH + f];
                expect_near((double)a[s * square + (long)i * n + j], sum, WIDTH, k->name, "inner", n);
            }
            a[s * square + (long)i * n + i] += 1.0f;
        }
    }
    expect(k->solve_batch(a, n, x, room) == 0, k->name, "solve_batch", n, 1, 0);
    for (long s = 0; s < REC_BATCH; s++)
        for (int32_t i = 0; i < n; i++) {
            double sum = 0;
            for (int32_t j = 0; j < n; j++)
                sum += (double)a[s * square + (i < j ? (long)i * n + j : (long)j * n + i)] *
                       (double)x[s * n + j];
            expect(fabs(sum - (double)b[s * n + i]) <= 2e-4, k->name, "solve_batch residual", n, sum,
                   (double)b[s * n + i]);
        }
    a[13 * square] = -1e6f;
    expect(k->solve_batch(a, n, x, room) == 14, k->name, "solve_batch of an indefinite matrix", n, 0, 14);
    free(y), free(a), free(b), free(x), free(room);
}

static void check_scan(const struct rec__kernels *k, int32_t count, int32_t n)
{
    float *panel = make((long)n * REC_PANEL, 11), *y = make((long)count * n, 12), *bias = make(count, 13);
    float least[REC_PANEL], *out = make(count, 0);
    int32_t *hits = malloc((size_t)count * REC_PANEL * sizeof *hits + 4);
    for (int32_t q = 0; q < REC_PANEL; q++)
        least[q] = 0.05f * (float)q - 1.0f;
    struct rec__scan scan = {panel, y, bias, least, count, n};
    int32_t n_hits = k->scan(&scan, hits), next = 0, last[REC_PANEL] = {0};
    char *hit = calloc((size_t)count * REC_PANEL + 1, 1);
    for (int32_t h = 0; h < n_hits; h++) {
        expect(hits[h] >= last[hits[h] % REC_PANEL], k->name, "scan order", n, 0, 0);
        last[hits[h] % REC_PANEL] = hits[h];
        hit[hits[h]] = 1;
    }
    for (int32_t i = 0; i < count; i++)
        for (int32_t q = 0; q < REC_PANEL; q++, next++) {
            double sum = (double)bias[i];
            for (int32_t f = 0; f < n; f++)
                sum += (double)panel[f * REC_PANEL + q] * (double)y[i * n + f];
            if (fabs(sum - (double)least[q]) > 1e-5 * (double)(n + 1))
                expect(hit[next] == (sum > (double)least[q]), k->name, "scan hit", n, sum, (double)least[q]);
        }
    float *x = make(n, 14);
    k->scores(x, y, count, n, out);
    for (int32_t i = 0; i < count; i++) {
        double sum = 0;
        for (int32_t f = 0; f < n; f++)
            sum += (double)x[f] * (double)y[i * n + f];
        expect_near((double)out[i], sum, (double)n, k->name, "scores", n);
    }
    free(panel), free(y), free(bias), free(out), free(hits), free(hit), free(x);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* others may share the processor */
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static volatile float sink;

/* Systems of n rows of 128 numbers: their inner products, and solving them. */
static void bench_batch(const struct rec__kernels *k)
{
    enum { MOST = 64, WIDTH = 128 };
    float *y = make((long)MOST * WIDTH, 1), *a = make((long)REC_BATCH * MOST * MOST, 0),
          *b = make((long)REC_BATCH * MOST, 2), *room = make((long)REC_BATCH * MOST * (MOST + 1), 0);
    for (int n = 8; n <= MOST; n *= 2) {
        double start = now();
        int repeats = 0;
        for (; now() - start < 0.3; repeats++)
            k->inner(y, n, WIDTH, a, NULL);
        printf("%-9s inner%4d %6.1f Gflop/s\n", k->name, n, 1e-9 * n * n * WIDTH * repeats / (now() - start));
        memset(a, 0, (size_t)REC_BATCH * (size_t)(n * n) * sizeof *a);
        for (int i = 0; i < REC_BATCH * n; i++)
            a[i * n + i % n] = 1.0f;
        for (start = now(), repeats = 0; now() - start < 0.3; repeats++)
            if (k->solve_batch(a, n, b, room) != 0)
                exit(2);
        printf("%-9s batch%4d %6.1f Gflop/s\n", k->name, n,
               1e-9 * REC_BATCH * (n * n * n / 3.0 + 2.0 * n * n) * repeats / (now() - start));
    }
    free(y), free(a), free(b), free(room);
}

static void bench(const struct rec__kernels *k)
{
    enum { N = 128, COUNT = 4096 };
    float *y = make((long)COUNT * N, 1), *panel = make((long)N * REC_PANEL, 2), least[REC_PANEL],
          *out = make(COUNT, 0), *wide = make(64 * 256, 0);
    int32_t *hits = malloc((size_t)COUNT * REC_PANEL * sizeof *hits);
    for (int32_t q = 0; q < REC_PANEL; q++)
        least[q] = 1e9f;
    struct rec__scan scan = {panel, y, NULL, least, COUNT, N};
    double start = now();
    int repeats = 0;
    for (; now() - start < 0.3; repeats++)
        sink = (float)k->scan(&scan, hits);
    printf("%-9s scan     %7.1f Gflop/s\n", k->name,
           2e-9 * N * COUNT * REC_PANEL * repeats / (now() - start));
    for (start = now(), repeats = 0; now() - start < 0.3; repeats++)
        k->scores(panel, y, COUNT, N, out);
    printf("%-9s scores   %7.1f Gflop/s\n", k->name, 2e-9 * N * COUNT * repeats / (now() - start));
    for (int n = 32; n <= 256; n *= 2) {
        float *a = calloc((size_t)n * (size_t)n, sizeof *a), *f = calloc((size_t)n * (size_t)n, sizeof *f);
        struct rec__gather rows = {y, n, NULL, 512};
        for (start = now(), repeats = 0; now() - start < 0.3; repeats++)
            k->gram(&rows, NULL, a, n, n);
        printf("%-9s gram %4d %6.1f Gflop/s\n", k->name, n, 1e-9 * n * n * 512.0 * repeats / (now() - start));
        for (int i = 0; i < n; i++)
            a[i * n + i] += 1e6f * (float)repeats;
        for (start = now(), repeats = 0; now() - start < 0.3; repeats++) {
            memcpy(f, a, (size_t)n * (size_t)n * sizeof *a);
            if (k->cholesky(f, n, n) != 0)
                exit(2);
        }
        printf("%-9s chol %4d %6.1f Gflop/s\n", k->name, n, 1e-9 / 3 * n * n * n * repeats / (now() - start));
        for (start = now(), repeats = 0; now() - start < 0.3; repeats++)
            k->cholesky_solve(f, n, n, out);
        printf("%-9s solve%4d %6.1f Gflop/s\n", k->name, n, 2e-9 * n * n * repeats / (now() - start));
        for (start = now(), repeats = 0; now() - start < 0.3; repeats++)
            k->product(y, 64, a, n, n, wide);
        printf("%-9s prod %4d %6.1f Gflop/s\n", k->name, n, 2e-9 * n * n * 64 * repeats / (now() - start));
        free(a), free(f);
    }
    bench_batch(k);
    free(y), free(panel), free(out), free(wide), free(hits);
}

int main(int argc, char **argv)
{
    const struct rec__kernels *tables[8];
    int32_t n = rec__kernels_all(tables, 8);
    for (int32_t t = 0; t < n; t++) {
        if (argc > 1 && strcmp(argv[1], "--bench") == 0) {
            bench(tables[t]);
            continue;
        }
        for (long size = 0; size <= 150; size++) {
            check_sums(tables[t], size);
            check_steps(tables[t], size);
        }
        for (int32_t size = 1; size <= 150; size += size < 70 ? 1 : 7)
            check_solver(tables[t], size);
        for (int32_t size = 1; size <= 150; size += size < 70 ? 1 : 7)
            check_product(tables[t], size);
        for (int32_t size = 4; size <= 64; size += 4)
            check_batch(tables[t], size);
        for (int32_t size = 1; size <= 40; size += 3) {
            check_scan(tables[t], 1 + 7 * size, size);
            check_pair_sums(tables[t], size);
            check_above(tables[t], size);
            check_gathers(tables[t], size);
            check_logistic(tables[t], size);
            check_move_rows(tables[t], size);
            check_move_rows(tables[t], 4 * size);
        }
        check_letters(tables[t]);
        fprintf(stderr, "%s: checked\n", tables[t]->name);
    }
    if (argc > 1)
        return 0;
    printf("%d passed, %d failed\n", checks - failures, failures);
    return failures > 0;
}
