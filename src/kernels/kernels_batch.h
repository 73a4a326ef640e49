/* SPDX-License-Identifier: Apache-2.0 */
/* Small systems, many at once, one in each lane of a register. A part of kernels_body.h, which includes it. */

enum { INNER = ROWS / 2 < 4 ? ROWS / 2 : 4 };

/* Memory answers slowly beside arithmetic: what is wanted soon is asked for a pair of lines at each step of it. */
static void inner(const float *y, int32_t count, int32_t n, float *a, const struct rec__gather *soon)
{
    enum { TILE_STEPS = 1024 / LANES };
    const float *pairs[PANEL_PAIRS + TILE_STEPS];
    const int64_t n_pairs = soon == NULL ? 0 : list_pairs(soon, 0, soon->count, n, pairs);
    int64_t fetched = 0;
    const int32_t steps = n / LANES < TILE_STEPS ? n / LANES : TILE_STEPS;
    for (int32_t s = 0; s < steps; s++)
        pairs[n_pairs + s] = y;
    for (int32_t i = 0; i < count; i += INNER)
        for (int32_t j = i / 4 * 4; j < count; j += 4) {
            const float *x = y + (int64_t)i * n, *z = y + (int64_t)j * n, *const *ahead = pairs + fetched;
            vec sums[INNER][4] = {{{0}}};
            for (int32_t k = 0; k < n; k += LANES) {
                vec columns[4];
                __builtin_prefetch(*ahead, 0, 2);
                __builtin_prefetch(*ahead++ + LINE, 0, 2);
                UNROLL for (int c = 0; c < 4; c++) columns[c] = load(z + (int64_t)c * n + k);
                UNROLL for (int t = 0; t < INNER; t++)
                {
                    vec row = load(x + (int64_t)t * n + k);
                    UNROLL for (int c = 0; c < 4; c++) sums[t][c] += row * columns[c];
                }
            }
            UNROLL for (int t = 0; t < INNER; t++) store_quad(
                a + (int64_t)(i + t) * count + j, sum_four(sums[t][0], sums[t][1], sums[t][2], sums[t][3]));
            fetched = fetched + steps < n_pairs ? fetched + steps : n_pairs;
        }
    fetch_pairs(pairs, fetched, n_pairs);
}

/* The lower triangle of LANES systems, lane by lane, from their upper ones. */
static void interleave(const float *a, int32_t n, float *out)
{
    int64_t square = (int64_t)n * n;
    for (int32_t i = 0; i < n; i++)
        for (int32_t j = i / 4 * 4; j < n; j += 4)
            for (int s = 0; s < LANES; s += 4) {
                quad rows[4];
                UNROLL for (int l = 0; l < 4; l++) rows[l] =
                    load_quad(a + (s + l) * square + (int64_t)i * n + j);
                turn_quads(rows);
                UNROLL for (int l = 0; l < 4; l++)
                    store_quad(out + ((int64_t)(j + l) * n + i) * LANES + s, rows[l]);
            }
}

/* sums[t][c] = a[i + t][j + c] less what the columns before j say. */
static inline __attribute__((always_inline)) void batch_tile(const float *a, int32_t n, int32_t i, int32_t j,
                                                             vec sums[4][4], const int n_rows)
{
    const float *x = a + (int64_t)i * n * LANES, *z = a + (int64_t)j * n * LANES;
    const int64_t row = (int64_t)n * LANES;
    UNROLL for (int t = 0; t < n_rows; t++) UNROLL for (int c = 0; c < 4; c++) sums[t][c] =
        load(x + t * row + (j + c) * LANES);
    for (int32_t p = 0; p < j; p++) {
        vec columns[4];
        UNROLL for (int c = 0; c < 4; c++) columns[c] = load(z + c * row + p * LANES);
        UNROLL for (int t = 0; t < n_rows; t++)
        {
            vec own = load(x + t * row + p * LANES);
            UNROLL for (int c = 0; c < 4; c++) sums[t][c] -= own * columns[c];
        }
    }
}

/* 1 / sqrt of each pivot; returns 1 + the lane of one that is not positive, or 0. */
static int32_t invert_pivots(vec *pivots)
{
    float lanes[LANES];
    int32_t failed = 0;
    store(lanes, *pivots);
    for (int l = LANES - 1; l >= 0; l--)
        failed = lanes[l] > 0.0f && lanes[l] <= 3.0e38f ? failed : l + 1;
    for (int l = 0; l < LANES; l++)
        lanes[l] = 1.0f / sqrtf(lanes[l]);
    *pivots = load(lanes);
    return failed;
}

/* L of four rows and columns on the diagonal, with one over the diagonal in its place. */
static int32_t batch_diagonal(float *a, int32_t n, int32_t j)
{
    vec l[4][4];
    batch_tile(a, n, j, j, l, 4);
    UNROLL for (int c = 0; c < 4; c++)
    {
        int32_t failed = invert_pivots(&l[c][c]);
        if (failed != 0)
            return failed;
        UNROLL for (int t = 0; t < 4; t++)
        {
            if (t > c)
                l[t][c] *= l[c][c];
        }
        UNROLL for (int t = 0; t < 4; t++) UNROLL for (int d = 0; d < 4; d++)
        {
            if (d > c && t >= d)
                l[t][d] -= l[t][c] * l[d][c];
        }
    }
    UNROLL for (int t = 0; t < 4; t++) UNROLL for (int c = 0; c < 4; c++)
    {
        if (t >= c)
            store(a + ((int64_t)(j + t) * n + j + c) * LANES, l[t][c]);
    }
    return 0;
}

/* The rows below such a block. */
static void batch_below(float *a, int32_t n, int32_t i, int32_t j)
{
    vec l[4][4];
    batch_tile(a, n, i, j, l, INNER);
    UNROLL for (int c = 0; c < 4; c++)
    {
        const float *diagonal = a + ((int64_t)(j + c) * n + j) * LANES;
        UNROLL for (int t = 0; t < INNER; t++)
        {
            UNROLL for (int d = 0; d < 4; d++)
            {
                if (d < c)
                    l[t][c] -= l[t][d] * load(diagonal + d * LANES);
            }
            l[t][c] *= load(diagonal + c * LANES);
            store(a + ((int64_t)(i + t) * n + j + c) * LANES, l[t][c]);
        }
    }
}

/* L L' x = b for four unknowns at a time, forward: y from j on. */
static void batch_forward(const float *a, int32_t n, int32_t j, float *b)
{
    vec y[4];
    UNROLL for (int t = 0; t < 4; t++) y[t] = load(b + (j + t) * LANES);
    for (int32_t p = 0; p < j; p++) {
        vec known = load(b + p * LANES);
        UNROLL for (int t = 0; t < 4; t++) y[t] -= load(a + ((int64_t)(j + t) * n + p) * LANES) * known;
    }
    UNROLL for (int t = 0; t < 4; t++)
    {
        const float *row = a + ((int64_t)(j + t) * n + j) * LANES;
        UNROLL for (int d = 0; d < 4; d++)
        {
            if (d < t)
                y[t] -= load(row + d * LANES) * y[d];
        }
        y[t] *= load(row + t * LANES);
        store(b + (j + t) * LANES, y[t]);
    }
}

static void batch_backward(const float *a, int32_t n, int32_t j, float *b)
{
    vec x[4];
    UNROLL for (int t = 0; t < 4; t++) x[t] = load(b + (j + t) * LANES);
    for (int32_t m = j + 4; m < n; m++) {
        vec known = load(b + m * LANES);
        UNROLL for (int t = 0; t < 4; t++) x[t] -= load(a + ((int64_t)m * n + j + t) * LANES) * known;
    }
    UNROLL for (int t = 3; t >= 0; t--)
    {
        UNROLL for (int d = 0; d < 4; d++)
        {
            if (d > t)
                x[t] -= load(a + ((int64_t)(j + d) * n + j + t) * LANES) * x[d];
        }
        x[t] *= load(a + ((int64_t)(j + t) * n + j + t) * LANES);
        store(b + (j + t) * LANES, x[t]);
    }
}

/* LANES systems. */
static int32_t solve_lanes(const float *systems, int32_t n, float *b, float *a)
{
    float *turned = a + (int64_t)n * n * LANES;
    interleave(systems, n, a);
    for (int32_t j = 0; j < n; j++)
        for (int s = 0; s < LANES; s++)
            turned[j * LANES + s] = b[s * n + j];
    for (int32_t j = 0; j < n; j += 4) {
        int32_t failed = batch_diagonal(a, n, j);
        if (failed != 0)
            return failed;
        for (int32_t i = j + 4; i < n; i += INNER)
            batch_below(a, n, i, j);
    }
    for (int32_t j = 0; j < n; j += 4)
        batch_forward(a, n, j, turned);
    for (int32_t j = n - 4; j >= 0; j -= 4)
        batch_backward(a, n, j, turned);
    for (int s = 0; s < LANES; s++)
        for (int32_t j = 0; j < n; j++)
            b[s * n + j] = turned[j * LANES + s];
    return 0;
}

static int32_t solve_batch(const float *systems, int32_t n, float *b, float *room)
{
    for (int32_t s = 0; s < REC_BATCH; s += LANES) {
        int32_t failed = solve_lanes(systems + (int64_t)s * n * n, n, b + s * n, room);
        if (failed != 0)
            return s + failed;
    }
    return 0;
}

static inline __attribute__((always_inline)) void product_tile(const float *x, const float *b, int32_t k,
                                                               int32_t n, float *out, int32_t j,
                                                               const int n_rows, const int n_columns)
{
    vec sums[ROWS][COLUMNS];
    UNROLL for (int t = 0; t < n_rows; t++) UNROLL for (int c = 0; c < n_columns; c++) sums[t][c] = (vec){0};
    b += j;
    for (int32_t r = 0; r < k; r++, b += n) {
        vec columns[COLUMNS];
        UNROLL for (int c = 0; c < n_columns; c++) columns[c] = load(b + c * LANES);
        UNROLL for (int t = 0; t < n_rows; t++) UNROLL for (int c = 0; c < n_columns; c++) sums[t][c] +=
            x[(int64_t)t * k + r] * columns[c];
    }
    UNROLL for (int t = 0; t < n_rows; t++) UNROLL for (int c = 0; c < n_columns; c++)
        store(out + (int64_t)t * n + j + c * LANES, sums[t][c]);
}

/* The last vector ends at n, whatever it shares with the one before. */
static inline __attribute__((always_inline)) void product_rows(const float *x, const float *b, int32_t k,
                                                               int32_t n, float *out, const int n_rows)
{
    int32_t j = 0;
    for (; j + 3 * LANES <= n && j + 4 * LANES != n; j += 3 * LANES)
        product_tile(x, b, k, n, out, j, n_rows, 3);
    for (; j + 2 * LANES <= n; j += 2 * LANES)
        product_tile(x, b, k, n, out, j, n_rows, 2);
    for (; j + LANES <= n; j += LANES)
        product_tile(x, b, k, n, out, j, n_rows, 1);
    if (j < n && n >= LANES) {
        product_tile(x, b, k, n, out, n - LANES, n_rows, 1);
        return;
    }
    for (; j < n; j++)
        for (int t = 0; t < n_rows; t++) {
            float sum = 0.0f;
            for (int32_t r = 0; r < k; r++)
                sum += x[(int64_t)t * k + r] * b[(int64_t)r * n + j];
            out[(int64_t)t * n + j] = sum;
        }
}

static void product(const float *x, int64_t count, const float *b, int32_t k, int32_t n, float *out)
{
    int64_t i = 0;
    for (; i + ROWS <= count; i += ROWS)
        product_rows(x + i * k, b, k, n, out + i * n, ROWS);
    for (; i < count; i++)
        product_rows(x + i * k, b, k, n, out + i * n, 1);
}
