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

/* Four rows from r on; those beyond the last are 0. */
static void turn_four(const struct rec__gather *gather, int64_t r, const float *row_scales,
                      const float *column_scales, int32_t n, int64_t stride, float *out)
{
    const float *y[4];
    float scale[4];
    for (int l = 0; l < 4; l++) {
        bool there = r + l < gather->count;
        y[l] = there ? gathered(gather, r + l) : gathered(gather, r);
        scale[l] = there ? row_scales[r + l] : 0.0f;
    }
    int32_t k = 0;
    for (; k + 4 <= n; k += 4) {
        quad by = load_quad(column_scales + k), rows[4];
        UNROLL for (int l = 0; l < 4; l++) rows[l] = scale[l] * by * load_quad(y[l] + k);
        turn_quads(rows);
        UNROLL for (int l = 0; l < 4; l++) store_quad(out + (k + l) * stride + r, rows[l]);
    }
    for (; k < n; k++)
        for (int l = 0; l < 4; l++)
            out[k * stride + r + l] = scale[l] * column_scales[k] * y[l][k];
}

static void gather_columns(const struct rec__gather *gather, const float *row_scales,
                           const float *column_scales, int32_t n, int64_t stride, float *out)
{
    enum { AHEAD = 8, LINE = 16 };
    int64_t r = 0;
    for (; r < gather->count; r += 4) {
        for (int64_t next = r + AHEAD; next < r + AHEAD + 4 && next < gather->count; next++)
            for (int32_t k = 0; k < n; k += LINE)
                __builtin_prefetch(gathered(gather, next) + k);
        turn_four(gather, r, row_scales, column_scales, n, stride, out);
    }
    for (int32_t k = 0; k < n && r < stride; k++)
        memset(out + k * stride + r, 0, (size_t)(stride - r) * sizeof *out);
}

static void gather_dots(const struct rec__gather *gather, const float *x, int32_t n, float *out)
{
    for (int64_t r = 0; r < gather->count; r++) {
        const float *y = gathered(gather, r);
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
        out[r] = sum;
    }
}

static void gather_sum(const struct rec__gather *gather, const float *w, int32_t n, float *out)
{
    int32_t k = 0;
    for (; k + LANES <= n; k += LANES) {
        vec s0 = load(out + k), s1 = {0};
        int64_t r = 0;
        for (; r + 2 <= gather->count; r += 2) {
            s0 += w[r] * load(gathered(gather, r) + k);
            s1 += w[r + 1] * load(gathered(gather, r + 1) + k);
        }
        if (r < gather->count)
            s0 += w[r] * load(gathered(gather, r) + k);
        store(out + k, s0 + s1);
    }
    for (int64_t r = 0; k < n && r < gather->count; r++)
        for (int32_t j = k; j < n; j++)
            out[j] += w[r] * gathered(gather, r)[j];
}
