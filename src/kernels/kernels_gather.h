/* SPDX-License-Identifier: Apache-2.0 */
/* Work on rows that lie anywhere: as columns, products, sums. A part of kernels_body.h, which includes it. */

static inline void turn_quads(quad rows[4])
{
    quad a = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5);
    quad b = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
    quad c = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5);
    quad d = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
    rows[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
    rows[1] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
    rows[2] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
    rows[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}

#if REC_LANES == 16
#define WITHIN_QUADS(x, y, a, b, c, d)                                                                       \
    __builtin_shufflevector(x, y, a, b, c, d, a + 4, b + 4, c + 4, d + 4, a + 8, b + 8, c + 8, d + 8,        \
                            a + 12, b + 12, c + 12, d + 12)
#elif REC_LANES == 8
#define WITHIN_QUADS(x, y, a, b, c, d) __builtin_shufflevector(x, y, a, b, c, d, a + 4, b + 4, c + 4, d + 4)
#else
#define WITHIN_QUADS(x, y, a, b, c, d) __builtin_shufflevector(x, y, a, b, c, d)
#endif

/* The sums of the lanes of four vectors. */
static inline quad sum_four(vec a, vec b, vec c, vec d)
{
    union {
        vec all;
        quad quads[LANES / 4];
    } lanes;
    vec ab = WITHIN_QUADS(a, b, 0, LANES, 1, LANES + 1) + WITHIN_QUADS(a, b, 2, LANES + 2, 3, LANES + 3);
    vec cd = WITHIN_QUADS(c, d, 0, LANES, 1, LANES + 1) + WITHIN_QUADS(c, d, 2, LANES + 2, 3, LANES + 3);
    lanes.all =
        WITHIN_QUADS(ab, cd, 0, 1, LANES, LANES + 1) + WITHIN_QUADS(ab, cd, 2, 3, LANES + 2, LANES + 3);
    quad sum = lanes.quads[0];
    UNROLL for (int i = 1; i < LANES / 4; i++) sum += lanes.quads[i];
    return sum;
}

static void gather_rows(const struct rec__gather *gather, const float *row_scales, const float *column_scales,
                        int32_t n, int64_t stride, float *out)
{
    for (int64_t r = 0; r < gather->count; r++, out += stride) {
        const float *y = gathered(gather, r);
        int32_t k = 0;
        for (; k + LANES <= n; k += LANES)
            store(out + k, row_scales[r] * load(column_scales + k) * load(y + k));
        for (; k < n; k++)
            out[k] = row_scales[r] * column_scales[k] * y[k];
        for (; k < stride; k++)
            out[k] = 0.0f;
    }
}

static void fetch(const struct rec__gather *gather, int32_t n)
{
    for (int64_t r = 0; r < gather->count; r++) {
        const float *y = gathered(gather, r);
        for (int32_t k = 0; k < n; k += 16)
            __builtin_prefetch(y + k);
        __builtin_prefetch(y + n - 1);
    }
}

static float gathered_dot(const float *x, const float *y, int32_t n)
{
    vec s0 = {0}, s1 = {0};
    int32_t k = 0;
    for (; k + 2 * LANES <= n; k += 2 * LANES) {
        s0 += load(x + k) * load(y + k);
        s1 += load(x + k + LANES) * load(y + k + LANES);
    }
    if (k + LANES <= n) {
        s0 += load(x + k) * load(y + k);
        k += LANES;
    }
    float sum = sum_lanes(s0 + s1);
    for (; k < n; k++)
        sum += x[k] * y[k];
    return sum;
}

/* Four rows share each load of x, and what adds up the lanes. */
static void gather_dots(const struct rec__gather *gather, const float *x, int32_t n, float *out)
{
    int64_t r = 0;
    for (; r + 4 <= gather->count; r += 4) {
        const float *y[4];
        vec sums[4] = {{0}};
        int32_t k = 0;
        UNROLL for (int t = 0; t < 4; t++) y[t] = gathered(gather, r + t);
        for (; k + LANES <= n; k += LANES) {
            vec part = load(x + k);
            UNROLL for (int t = 0; t < 4; t++) sums[t] += part * load(y[t] + k);
        }
        store_quad(out + r, sum_four(sums[0], sums[1], sums[2], sums[3]));
        for (; k < n; k++)
            UNROLL for (int t = 0; t < 4; t++) out[r + t] += x[k] * y[t][k];
    }
    for (; r < gather->count; r++)
        out[r] = gathered_dot(x, gathered(gather, r), n);
}

/* out[0..n_vectors LANES) += the same of the rows from their number k on; two rows at a time, each with sums of its own. */
static inline __attribute__((always_inline)) void
sum_vectors(const struct rec__gather *gather, const float *w, int32_t k, float *out, const int n_vectors)
{
    vec s0[4], s1[4];
    int64_t r = 0;
    UNROLL for (int v = 0; v < n_vectors; v++)
    {
        s0[v] = load(out + k + v * LANES);
        s1[v] = (vec){0};
    }
    for (; r + 2 <= gather->count; r += 2) {
        const float *y0 = gathered(gather, r) + k, *y1 = gathered(gather, r + 1) + k;
        UNROLL for (int v = 0; v < n_vectors; v++)
        {
            s0[v] += w[r] * load(y0 + v * LANES);
            s1[v] += w[r + 1] * load(y1 + v * LANES);
        }
    }
    for (; r < gather->count; r++) {
        const float *y = gathered(gather, r) + k;
        UNROLL for (int v = 0; v < n_vectors; v++) s0[v] += w[r] * load(y + v * LANES);
    }
    UNROLL for (int v = 0; v < n_vectors; v++) store(out + k + v * LANES, s0[v] + s1[v]);
}

/* The columns from k on, fewer than a vector: of the last whole one, what lies left of k is left out. */
static void sum_last(const struct rec__gather *gather, const float *w, int32_t k, int32_t n, float *out)
{
    float sums[LANES] = {0};
    struct rec__gather moved = *gather;
    moved.y += n - LANES;
    sum_vectors(&moved, w, 0, sums, 1);
    for (; k < n; k++)
        out[k] += sums[k - (n - LANES)];
}

static void gather_sum(const struct rec__gather *gather, const float *w, int32_t n, float *out)
{
    int32_t k = 0;
    for (; k + 4 * LANES <= n; k += 4 * LANES)
        sum_vectors(gather, w, k, out, 4);
    for (; k + 2 * LANES <= n; k += 2 * LANES)
        sum_vectors(gather, w, k, out, 2);
    for (; k + LANES <= n; k += LANES)
        sum_vectors(gather, w, k, out, 1);
    if (k < n && n >= LANES) {
        sum_last(gather, w, k, n, out);
        return;
    }
    for (int64_t r = 0; k < n && r < gather->count; r++)
        for (int32_t j = k; j < n; j++)
            out[j] += w[r] * gathered(gather, r)[j];
}
