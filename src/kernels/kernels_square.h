/* SPDX-License-Identifier: Apache-2.0 */
/* Gram matrices, Cholesky factors and what they solve. A part of kernels_body.h, which includes it. */

/* Rows are summed a panel at a time, which stays in the first cache level while all tiles pass over it. */
enum {
    PANEL_FLOATS = 8192,
    PANEL_ROWS = 128,
    LINE = 16,
    PANEL_PAIRS = PANEL_FLOATS / LINE / 2 + 2 * PANEL_ROWS
};

struct panel {
    const float *rows;
    int64_t stride, count;
    const float *const *ahead; /* pairs of lines to fetch meanwhile, one a row and tile; unless subtracting */
    int64_t pairs, fetched;    /* `count` more follow the pairs, of what is there anyway */
    bool padded;               /* rows end in 0 up to a whole vector */
};

/*
 * a[i..i+n_rows) [j..j+n_columns LANES) += or -= sum over r of y_r[i] y_r[j], in registers. The sizes are constants where this is
 * inlined.
 */
static inline __attribute__((always_inline)) void square_tile(struct panel *panel, float *a, int32_t lda,
                                                              int32_t i, int32_t j, const int n_rows,
                                                              const int n_columns, const bool minus)
{
    vec sums[ROWS][COLUMNS];
    const float *y = panel->rows;
    const float *const *ahead = minus ? NULL : panel->ahead + panel->fetched;
    UNROLL for (int t = 0; t < n_rows; t++) UNROLL for (int c = 0; c < n_columns; c++) sums[t][c] = (vec){0};
    for (int64_t r = 0; r < panel->count; r++, y += panel->stride) {
        vec columns[COLUMNS];
        if (!minus) {
            __builtin_prefetch(ahead[r]);
            __builtin_prefetch(ahead[r] + LINE);
        }
        UNROLL for (int c = 0; c < n_columns; c++) columns[c] = load(y + j + c * LANES);
        UNROLL for (int t = 0; t < n_rows; t++) UNROLL for (int c = 0; c < n_columns; c++) sums[t][c] +=
            y[i + t] * columns[c];
    }
    if (!minus)
        panel->fetched =
            panel->fetched + panel->count < panel->pairs ? panel->fetched + panel->count : panel->pairs;
    UNROLL for (int t = 0; t < n_rows; t++) UNROLL for (int c = 0; c < n_columns; c++)
    {
        float *place = a + (int64_t)(i + t) * lda + j + c * LANES;
        store(place, minus ? load(place) - sums[t][c] : load(place) + sums[t][c]);
    }
}

/* One element, for what is narrower than a vector. */
static void square_scalar(const struct panel *panel, float *a, int32_t lda, int32_t i, int32_t j,
                          const bool minus)
{
    float sum = 0.0f;
    for (int64_t r = 0; r < panel->count; r++)
        sum += panel->rows[r * panel->stride + i] * panel->rows[r * panel->stride + j];
    a[(int64_t)i * lda + j] += minus ? -sum : sum;
}

/*
 * Columns i..n of n_rows rows from i on. Vectors end at n and may begin left of i, where a is scratch. What does not fit between 0 and n
 * in whole vectors goes beyond n when rows are padded, which adds 0 to what a holds there, in the row below; else one element at a time.
 */
static inline __attribute__((always_inline)) void square_rows(struct panel *panel, float *a, int32_t n,
                                                              int32_t lda, int32_t i, const int n_rows,
                                                              const bool minus)
{
    int32_t j = n - (n - i + LANES - 1) / LANES * LANES;
    int32_t end = n;
    if (j < 0 && panel->padded) {
        j = 0;
        end = (n + LANES - 1) / LANES * LANES;
    }
    j = j >= 0 ? j : j + LANES;
    for (int32_t t = i; t < i + n_rows; t++)
        for (int32_t c = t; c < j && c < n; c++)
            square_scalar(panel, a, lda, t, c, minus);
    /* Four vectors are two and two: one alone would wait for its own sums. */
    for (; j + 3 * LANES <= end && j + 4 * LANES != end; j += 3 * LANES)
        square_tile(panel, a, lda, i, j, n_rows, 3, minus);
    for (; j + 2 * LANES <= end; j += 2 * LANES)
        square_tile(panel, a, lda, i, j, n_rows, 2, minus);
    if (j + LANES <= end)
        square_tile(panel, a, lda, i, j, n_rows, 1, minus);
}

/* Upper triangle of a, n x n, += or -= the sum over the panel's rows of y y'. */
static inline __attribute__((always_inline)) void square(struct panel *panel, float *a, int32_t n,
                                                         int32_t lda, const bool minus)
{
    int32_t i = 0;
    for (; i + ROWS <= n; i += ROWS)
        square_rows(panel, a, n, lda, i, ROWS, minus);
    if (i + ROWS / 2 <= n) {
        square_rows(panel, a, n, lda, i, ROWS / 2, minus);
        i += ROWS / 2;
    }
    for (; i < n; i++)
        square_rows(panel, a, n, lda, i, 1, minus);
}

/* Rows times the square roots of their weights, `stride` numbers each: 0 beyond n. */
static void pack(const struct rec__gather *rows, int64_t first, int64_t count, const float *w, int32_t n,
                 int32_t stride, float *out)
{
    for (int64_t r = first; r < first + count; r++, out += stride) {
        const float *y = gathered(rows, r);
        float root = w == NULL ? 1.0f : sqrtf(w[r]);
        int32_t k = 0;
        for (; k + LANES <= n; k += LANES)
            store(out + k, root * load(y + k));
        for (; k < n; k++)
            out[k] = root * y[k];
        for (; k < stride; k++)
            out[k] = 0.0f;
    }
}

/* At most PANEL_PAIRS - PANEL_ROWS of them. Rows that follow each other are foreseen without. */
static int64_t list_pairs(const struct rec__gather *rows, int64_t first, int64_t most, int32_t n,
                          const float **pairs)
{
    const int64_t each = (n + 2 * LINE - 1) / (2 * LINE), room = PANEL_PAIRS - PANEL_ROWS;
    int64_t n_pairs = 0;
    for (int64_t r = first; rows->rows != NULL && r < first + most && r < rows->count; r++) {
        const float *y = gathered(rows, r);
        if (n_pairs + each > room)
            break;
        for (int32_t k = 0; k < n; k += 2 * LINE)
            pairs[n_pairs++] = y + k;
    }
    return n_pairs;
}

static void fetch_pairs(const float *const *pairs, int64_t first, int64_t count)
{
    for (int64_t p = first; p < count; p++) {
        __builtin_prefetch(pairs[p], 0, 2);
        __builtin_prefetch(pairs[p] + LINE, 0, 2);
    }
}

/* Rows that no panel holds, each by itself. */
static void gram_wide(const struct rec__gather *rows, const float *w, float *a, int32_t n, int32_t lda)
{
    for (int64_t r = 0; r < rows->count; r++) {
        const float *y = gathered(rows, r);
        for (int32_t i = 0; i < n; i++)
            axpy((w == NULL ? 1.0f : w[r]) * y[i], y + i, a + (int64_t)i * lda + i, n - i);
    }
}

/* What is narrower than a vector is made as wide as one. */
static void square_narrow(struct panel *panel, float *a, int32_t n, int32_t lda)
{
    float whole[LANES * LANES];
    memset(whole, 0, sizeof whole);
    square(panel, whole, LANES, LANES, false);
    for (int32_t i = 0; i < n; i++)
        for (int32_t j = i; j < n; j++)
            a[(int64_t)i * lda + j] += whole[i * LANES + j];
}

static struct rec__gather part_of(const struct rec__gather *rows, int64_t first, int64_t count)
{
    struct rec__gather part = *rows;
    part.count = count;
    part.y += rows->rows == NULL ? first * rows->stride : 0;
    part.rows = rows->rows == NULL ? NULL : rows->rows + first;
    return part;
}

static void normal(const struct rec__gather *rows, const float *w, const float *b, float *a, int32_t n,
                   int32_t lda, float *sum, const struct rec__gather *soon)
{
    _Alignas(64) float packed[PANEL_FLOATS];
    const float *ahead[PANEL_PAIRS + PANEL_ROWS];
    const int32_t stride = (n + LANES - 1) / LANES * LANES;
    int64_t most = PANEL_FLOATS / stride < PANEL_ROWS ? PANEL_FLOATS / stride : PANEL_ROWS;
    if (most == 0)
        gram_wide(rows, w, a, n, lda);
    if (most == 0 && b != NULL)
        gather_sum(rows, b, n, sum);
    for (int64_t first = 0; most > 0 && first < rows->count; first += most) {
        struct rec__gather part =
            part_of(rows, first, rows->count - first < most ? rows->count - first : most);
        struct panel panel = {
            .rows = packed, .stride = stride, .count = part.count, .ahead = ahead, .padded = true};
        pack(rows, first, part.count, w, n, stride, packed);
        if (b != NULL)
            gather_sum(&part, b + first, n, sum);
        panel.pairs = first + part.count < rows->count || soon == NULL
                          ? list_pairs(rows, first + part.count, most, n, ahead)
                          : list_pairs(soon, 0, soon->count, n, ahead);
        for (int64_t r = 0; r < part.count; r++)
            ahead[panel.pairs + r] = packed;
        if (n < LANES)
            square_narrow(&panel, a, n, lda);
        else
            square(&panel, a, n, lda, false);
        fetch_pairs(ahead, panel.fetched, panel.pairs);
    }
}

static void gram(const struct rec__gather *rows, const float *w, float *a, int32_t n, int32_t lda)
{
    normal(rows, w, NULL, a, n, lda, NULL, NULL);
}

/* U of LANES rows and columns, and one over its diagonal. What is below the diagonal is scratch: lanes left of a row's own change nothing. */
static int32_t factor_block(float *a, int32_t lda, float *inverses)
{
    vec rows[LANES];
    UNROLL for (int i = 0; i < LANES; i++) rows[i] = load(a + (int64_t)i * lda);
    UNROLL for (int i = 0; i < LANES; i++)
    {
        float pivot = rows[i][i];
        if (!(pivot > 0.0f) || !isfinite(pivot))
            return i + 1;
        inverses[i] = 1.0f / sqrtf(pivot);
        rows[i] *= inverses[i];
        store(a + (int64_t)i * lda, rows[i]);
        UNROLL for (int m = 0; m < LANES; m++)
        {
            if (m > i)
                rows[m] -= a[(int64_t)i * lda + m] * rows[i];
        }
    }
    return 0;
}

/* One vector of columns of the rows beside such a block: b = U'^-1 b. */
static void solve_columns(const float *u, int32_t lda, const float *inverses, float *b, int64_t ldb)
{
    vec rows[LANES];
    UNROLL for (int i = 0; i < LANES; i++) rows[i] = load(b + i * ldb);
    UNROLL for (int i = 0; i < LANES; i++)
    {
        rows[i] *= inverses[i];
        store(b + i * ldb, rows[i]);
        UNROLL for (int m = 0; m < LANES; m++)
        {
            if (m > i)
                rows[m] -= u[(int64_t)i * lda + m] * rows[i];
        }
    }
}

static void solve_rows(float *a, int32_t n, int32_t lda, const float *inverses)
{
    float rest[LANES * LANES] = {0};
    int32_t j = LANES, left = n % LANES;
    for (; j + LANES <= n; j += LANES)
        solve_columns(a, lda, inverses, a + j, lda);
    if (left == 0)
        return;
    for (int i = 0; i < LANES; i++)
        memcpy(rest + i * LANES, a + (int64_t)i * lda + j, (size_t)left * sizeof *a);
    solve_columns(a, lda, inverses, rest, LANES);
    for (int i = 0; i < LANES; i++)
        memcpy(a + (int64_t)i * lda + j, rest + i * LANES, (size_t)left * sizeof *a);
}

/*
 * What is smaller than a block is made as large as one, with 1 on the diagonal: less the square of the LANES rows above, unless there are
 * none.
 */
static int32_t factor_rest(float *a, int32_t n, int32_t lda, const float *above)
{
    float whole[LANES * LANES] = {0}, padded[LANES * LANES] = {0}, inverses[LANES];
    for (int32_t i = 0; i < LANES; i++) {
        whole[i * LANES + i] = 1.0f;
        if (i < n)
            memcpy(whole + i * LANES + i, a + (int64_t)i * lda + i, (size_t)(n - i) * sizeof *a);
        if (above != NULL)
            memcpy(padded + i * LANES, above + (int64_t)i * lda, (size_t)n * sizeof *a);
    }
    struct panel rows = {.rows = padded, .stride = LANES, .count = LANES};
    if (above != NULL)
        square(&rows, whole, LANES, LANES, true);
    int32_t failed = factor_block(whole, LANES, inverses);
    for (int32_t i = 0; failed == 0 && i < n; i++)
        memcpy(a + (int64_t)i * lda + i, whole + i * LANES + i, (size_t)(n - i) * sizeof *a);
    return failed;
}

/* a -= the square of the LANES rows above it, in whole vectors. */
static void subtract_square(float *a, int32_t n, int32_t lda, const float *above)
{
    float padded[PANEL_FLOATS];
    int32_t stride = (n + LANES - 1) / LANES * LANES;
    struct panel rows = {.rows = above, .stride = lda, .count = LANES};
    if (stride > n && LANES * stride <= PANEL_FLOATS) {
        for (int32_t i = 0; i < LANES; i++) {
            memcpy(padded + i * stride, above + (int64_t)i * lda, (size_t)n * sizeof *a);
            memset(padded + i * stride + n, 0, (size_t)(stride - n) * sizeof *a);
        }
        rows = (struct panel){.rows = padded, .stride = stride, .count = LANES, .padded = true};
    }
    square(&rows, a, n, lda, true);
}

/* Right-looking, LANES rows at a time: the block on the diagonal, the rows beside it, and their squares from what is left. */
static int32_t cholesky(float *a, int32_t n, int32_t lda)
{
    float inverses[LANES];
    const float *above = NULL;
    int32_t k = 0;
    for (; k + LANES <= n; k += LANES) {
        float *block = a + (int64_t)k * lda + k;
        int32_t failed = factor_block(block, lda, inverses), left = n - k - LANES;
        if (failed != 0)
            return k + failed;
        solve_rows(block, n - k, lda, inverses);
        above = block + LANES;
        if (left >= LANES)
            subtract_square(block + (int64_t)LANES * lda + LANES, left, lda, above);
    }
    int32_t failed = k < n ? factor_rest(a + (int64_t)k * lda + k, n - k, lda, above) : 0;
    return failed == 0 ? 0 : k + failed;
}

/* b of a block, U' y = b, then y out of the b's that follow. */
static void forward_block(const float *u, int32_t n, int32_t lda, float *b)
{
    vec rest = load(b);
    UNROLL for (int i = 0; i < LANES; i++)
    {
        const float *row = u + (int64_t)i * lda;
        b[i] = rest[i] / row[i];
        rest -= b[i] * load(row);
    }
    int32_t j = LANES;
    for (; j + LANES <= n; j += LANES) {
        vec s0 = load(b + j), s1 = {0};
        UNROLL for (int i = 0; i < LANES; i += 2)
        {
            s0 -= b[i] * load(u + (int64_t)i * lda + j);
            s1 += b[i + 1] * load(u + (int64_t)(i + 1) * lda + j);
        }
        store(b + j, s0 - s1);
    }
    for (; j < n; j++)
        for (int i = 0; i < LANES; i++)
            b[j] -= b[i] * u[(int64_t)i * lda + j];
}

/* The x's that follow out of a block's b, then U x = b. */
static void backward_block(const float *u, int32_t n, int32_t lda, float *b)
{
    float inverses[LANES];
    for (int i = 0; i < LANES; i++) {
        const float *row = u + (int64_t)i * lda;
        b[i] -= dot_here(row + LANES, b + LANES, n - LANES);
        inverses[i] = 1.0f / row[i];
    }
    UNROLL for (int m = LANES - 1; m >= 0; m--)
    {
        b[m] *= inverses[m];
        UNROLL for (int i = 0; i < LANES; i++)
        {
            if (i < m)
                b[i] -= u[(int64_t)i * lda + m] * b[m];
        }
    }
}

static void cholesky_solve(const float *u, int32_t n, int32_t lda, float *b)
{
    int32_t k = 0;
    for (; k + LANES <= n; k += LANES)
        forward_block(u + (int64_t)k * lda + k, n - k, lda, b + k);
    const int32_t blocks = k;
    for (; k < n; k++) {
        const float *row = u + (int64_t)k * lda;
        b[k] /= row[k];
        axpy(-b[k], row + k + 1, b + k + 1, n - k - 1);
    }
    for (k = n - 1; k >= blocks; k--) {
        const float *row = u + (int64_t)k * lda;
        b[k] = (b[k] - dot_here(row + k + 1, b + k + 1, n - k - 1)) / row[k];
    }
    for (k = blocks - LANES; k >= 0; k -= LANES)
        backward_block(u + (int64_t)k * lda + k, n - k, lda, b + k);
}
