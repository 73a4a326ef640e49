/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one source of every kernel table. A variant file defines REC_LANES (floats in a vector register),
 * REC_ROWS (rows of a register tile) and REC_TABLE_SYMBOL and REC_TABLE_NAME, is compiled with its
 * processor's flags, and includes this. Vectors are those of the compilers (gcc and clang), so the same lines
 * become SSE2, AVX2, AVX-512 or NEON.
 */
#include "kernels/kernels.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

enum { LANES = REC_LANES, ROWS = REC_ROWS, COLUMNS = 3 };

typedef float vec __attribute__((vector_size(REC_LANES * 4)));
typedef float quad __attribute__((vector_size(16)));
typedef float loose_quad __attribute__((vector_size(16), aligned(4), may_alias));
typedef float loose_vec __attribute__((vector_size(REC_LANES * 4), aligned(4), may_alias));
typedef double wide __attribute__((vector_size(REC_LANES * 4)));
typedef double four __attribute__((vector_size(32)));
typedef float loose_half __attribute__((vector_size(REC_LANES * 2), aligned(4), may_alias));
typedef int32_t mask __attribute__((vector_size(REC_LANES * 4)));
typedef int64_t mask_words __attribute__((vector_size(REC_LANES * 4)));

static inline vec load(const float *p)
{
    return *(const loose_vec *)(const void *)p;
}

static inline quad load_quad(const float *p)
{
    return *(const loose_quad *)(const void *)p;
}

static inline void store_quad(float *p, quad v)
{
    *(loose_quad *)(void *)p = v;
}

static inline void store(float *p, vec v)
{
    *(loose_vec *)(void *)p = v;
}

static inline float sum_lanes(vec v)
{
    /* Quarters onto quarters: a chain of all lanes would cost more than the products of a short vector. */
    union {
        vec all;
        quad quads[LANES / 4];
    } lanes = {v};
    quad sum = lanes.quads[0];
    UNROLL for (int i = 1; i < LANES / 4; i++) sum += lanes.quads[i];
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

static inline int any_lane(mask m)
{
    mask_words words = (mask_words)m;
    int64_t any = 0;
    UNROLL for (int i = 0; i < LANES / 2; i++) any |= words[i];
    return any != 0;
}

static inline __attribute__((always_inline)) float dot_here(const float *x, const float *y, int64_t n)
{
    vec s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
    int64_t i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES) {
        s0 += load(x + i) * load(y + i);
        s1 += load(x + i + LANES) * load(y + i + LANES);
        s2 += load(x + i + 2 * LANES) * load(y + i + 2 * LANES);
        s3 += load(x + i + 3 * LANES) * load(y + i + 3 * LANES);
    }
    for (; i + LANES <= n; i += LANES)
        s0 += load(x + i) * load(y + i);
    float sum = sum_lanes((s0 + s1) + (s2 + s3));
    quad q0 = {0};
    for (; i + 4 <= n; i += 4)
        q0 += load_quad(x + i) * load_quad(y + i);
    sum += (q0[0] + q0[2]) + (q0[1] + q0[3]);
    for (; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

static float dot(const float *x, const float *y, int64_t n)
{
    return dot_here(x, y, n);
}

/* Half a register of floats, as a register of doubles. */
static inline wide load_wide(const float *p)
{
    return __builtin_convertvector(*(const loose_half *)(const void *)p, wide);
}

static double dot_double(const float *x, const float *y, int64_t n)
{
    enum { HALF = LANES / 2 };
    wide s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
    int64_t i = 0;
    for (; i + 4 * HALF <= n; i += 4 * HALF) {
        s0 += load_wide(x + i) * load_wide(y + i);
        s1 += load_wide(x + i + HALF) * load_wide(y + i + HALF);
        s2 += load_wide(x + i + 2 * HALF) * load_wide(y + i + 2 * HALF);
        s3 += load_wide(x + i + 3 * HALF) * load_wide(y + i + 3 * HALF);
    }
    for (; i + HALF <= n; i += HALF)
        s0 += load_wide(x + i) * load_wide(y + i);
    s0 = (s0 + s1) + (s2 + s3);
    /* Halves onto halves: a chain of all lanes would cost as much as the products of a short vector. */
    UNROLL for (int h = HALF / 2; h > 0; h /= 2)
    {
        UNROLL for (int l = 0; l < h; l++) s0[l] += s0[l + h];
    }
    double sum = s0[0];
    if (HALF > 4 && i + 4 <= n) {
        four last =
            __builtin_convertvector(load_quad(x + i), four) * __builtin_convertvector(load_quad(y + i), four);
        sum += (last[0] + last[2]) + (last[1] + last[3]);
        i += 4;
    }
    for (; i < n; i++)
        sum += (double)x[i] * (double)y[i];
    return sum;
}

static void axpy(float a, const float *x, float *y, int64_t n)
{
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        store(y + i, load(y + i) + a * load(x + i));
    for (; i < n; i++)
        y[i] += a * x[i];
}

static void scaled_sum(float a, const float *x, float b, float *y, int64_t n)
{
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        store(y + i, a * load(x + i) + b * load(y + i));
    for (; i < n; i++)
        y[i] = a * x[i] + b * y[i];
}

#include "kernels/kernels_steps.h"

static inline const float *gathered(const struct rec__gather *rows, int64_t r)
{
    return rows->y + (rows->rows == NULL ? r : rows->rows[r]) * rows->stride;
}

#include "kernels/kernels_gather.h"

#include "kernels/kernels_square.h"

/* Four rows share each load of x. */
static void scores(const float *x, const float *y, int64_t count, int32_t n, float *out)
{
    int64_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const float *row = y + i * n;
        vec sums[4] = {{0}};
        int32_t f = 0;
        for (; f + LANES <= n; f += LANES) {
            vec part = load(x + f);
            UNROLL for (int r = 0; r < 4; r++) sums[r] += part * load(row + (int64_t)r * n + f);
        }
        UNROLL for (int r = 0; r < 4; r++)
        {
            float sum = sum_lanes(sums[r]);
            for (int32_t t = f; t < n; t++)
                sum += x[t] * row[(int64_t)r * n + t];
            out[i + r] = sum;
        }
    }
    for (; i < count; i++)
        out[i] = dot(x, y + i * n, n);
}

static int32_t list_hits(const mask passed, int32_t first, int32_t *hits)
{
    int32_t n = 0;
    for (int l = 0; l < LANES; l++)
        if (passed[l] != 0)
            hits[n++] = first + l;
    return n;
}

/* n_rows items x COLUMNS vectors of queries, starting at item i and query q; the sums never leave registers.
 */
static inline __attribute__((always_inline)) int32_t scan_tile(const struct rec__scan *scan, int32_t i,
                                                               int32_t q, int32_t *hits, const int n_rows)
{
    const float *y = scan->y + (int64_t)i * scan->n;
    vec sums[ROWS][COLUMNS];
    UNROLL for (int t = 0; t < n_rows; t++)
    {
        float bias = scan->bias == NULL ? 0.0f : scan->bias[i + t];
        UNROLL for (int c = 0; c < COLUMNS; c++) sums[t][c] = (vec){0} + bias;
    }
    for (int32_t f = 0; f < scan->n; f++) {
        vec x[COLUMNS];
        UNROLL for (int c = 0; c < COLUMNS; c++) x[c] =
            load(scan->panel + (int64_t)f * REC_PANEL + q + c * LANES);
        UNROLL for (int t = 0; t < n_rows; t++)
        {
            float weight = y[(int64_t)t * scan->n + f];
            UNROLL for (int c = 0; c < COLUMNS; c++) sums[t][c] += weight * x[c];
        }
    }
    /* Sums that are no numbers pass: in double they may be. */
    mask any = {0};
    vec least[COLUMNS];
    UNROLL for (int c = 0; c < COLUMNS; c++)
    {
        least[c] = load(scan->least + q + c * LANES);
        UNROLL for (int t = 0; t < n_rows; t++) any |= ~(sums[t][c] < least[c]);
    }
    int32_t n = 0;
    if (!any_lane(any))
        return 0;
    UNROLL for (int t = 0; t < n_rows; t++) UNROLL for (int c = 0; c < COLUMNS; c++)
    {
        mask passed = ~(sums[t][c] < least[c]);
        if (any_lane(passed))
            n += list_hits(passed, q + c * LANES + REC_PANEL * (i + t), hits + n);
    }
    return n;
}

static int32_t scan_rows(const struct rec__scan *scan, int32_t i, int32_t *hits, const int n_rows)
{
    int32_t n = 0;
    for (int32_t q = 0; q < REC_PANEL; q += COLUMNS * LANES)
        n += n_rows == ROWS ? scan_tile(scan, i, q, hits + n, ROWS) : scan_tile(scan, i, q, hits + n, 1);
    return n;
}

static int32_t scan(const struct rec__scan *s, int32_t *hits)
{
    int32_t i = 0, n = 0;
    for (; i + ROWS <= s->count; i += ROWS)
        n += scan_rows(s, i, hits + n, ROWS);
    for (; i < s->count; i++)
        n += scan_rows(s, i, hits + n, 1);
    return n;
}

typedef double loose_wide __attribute__((vector_size(REC_LANES * 4), aligned(8), may_alias));

/* Most numbers are below: several are looked at together before one is. */
static int32_t above(const double *x, double least, int32_t n, int32_t *hits)
{
    enum { WIDTH = LANES / 2, TOGETHER = 4 * WIDTH };
    const wide limit = (wide){0} + least;
    int32_t i = 0, found = 0;
    for (; i + TOGETHER <= n; i += TOGETHER) {
        mask_words any = {0};
        UNROLL for (int v = 0; v < 4; v++) any |=
            ~(*(const loose_wide *)(const void *)(x + i + v * WIDTH) <= limit);
        for (int l = 0; any_lane((mask)any) && l < TOGETHER; l++)
            if (!(x[i + l] <= least))
                hits[found++] = i + l;
    }
    for (; i < n; i++)
        if (!(x[i] <= least))
            hits[found++] = i;
    return found;
}

typedef double loose_four __attribute__((vector_size(32), aligned(8), may_alias));

static inline int32_t add_pairs(const struct rec__column *column, const float *row_centers, double (*sums)[4],
                                int32_t *met, int32_t n_met)
{
    const int32_t *rows = column->rows;
    const float *values = column->values;
    const int64_t count = column->count;
    const double x = column->x, center = column->center;
    const four of_row = {1.0, x, x * x, 0.0};
    for (int64_t e = 0; e < count; e++) {
        int32_t b = rows[e];
        double y = (double)values[e] - center - (row_centers == NULL ? 0.0 : (double)row_centers[b]);
        loose_four *sum = (loose_four *)(void *)sums[b];
        four factors = of_row;
        factors[3] = y;
        met[n_met] = b;
        n_met += (*sum)[0] == 0.0;
        *sum += (four){1.0, y, 1.0, y} * factors;
    }
    return n_met;
}

static int32_t pair_sums(const struct rec__column *column, double (*sums)[4], int32_t *met, int32_t n_met)
{
    return column->row_centers == NULL ? add_pairs(column, NULL, sums, met, n_met)
                                       : add_pairs(column, column->row_centers, sums, met, n_met);
}

#include "kernels/kernels_batch.h"
#include "kernels/kernels_text.h"

_Static_assert(REC_PANEL % (REC_LANES * 3) == 0, "a panel is a whole number of register tiles");

const struct rec__kernels REC_TABLE_SYMBOL = {
    .name = REC_TABLE_NAME,
    .dot = dot,
    .dot_double = dot_double,
    .axpy = axpy,
    .scaled_sum = scaled_sum,
    .sgd = sgd,
    .adam_step = adam_step,
    .gram = gram,
    .normal = normal,
    .cholesky = cholesky,
    .cholesky_solve = cholesky_solve,
    .inner = inner,
    .solve_batch = solve_batch,
    .product = product,
    .scores = scores,
    .scan = scan,
    .above = above,
    .pair_sums = pair_sums,
    .gather_rows = gather_rows,
    .fetch = fetch,
    .logistic = logistic,
    .move_rows = move_rows,
    .gather_dots = gather_dots,
    .gather_sum = gather_sum,
    .letters = letters,
};
