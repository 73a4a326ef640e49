/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of descent: SGD on rows of two sides, Adam on one. A part of kernels_body.h, which includes it. */

/* p = keep_p p + push_p q, q = keep_q q + push_q p. */
static inline void mix_rows(float *p, float *q, int32_t n, float keep_p, float push_p, float keep_q,
                            float push_q)
{
    int32_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        vec old_p = load(p + i), old_q = load(q + i);
        store(p + i, keep_p * old_p + push_p * old_q);
        store(q + i, keep_q * old_q + push_q * old_p);
    }
    for (; i + 4 <= n; i += 4) {
        quad old_p = load_quad(p + i), old_q = load_quad(q + i);
        store_quad(p + i, keep_p * old_p + push_p * old_q);
        store_quad(q + i, keep_q * old_q + push_q * old_p);
    }
    for (; i < n; i++) {
        float old_p = p[i];
        p[i] = keep_p * old_p + push_p * q[i];
        q[i] = keep_q * q[i] + push_q * old_p;
    }
}

static inline float share_of(const struct rec__sgd_side *side, int32_t row)
{
    return side->shares == NULL ? 1.0f : side->shares[row];
}

static inline void move_bias(const struct rec__sgd_side *side, int32_t row, float share, float push)
{
    float *bias = side->biases + row;
    *bias = (1.0f - side->bias_decay * share) * *bias + side->bias_rate * push;
}

static inline float sgd_one(const struct rec__sgd *walk, const struct rec__sgd_rating *rating, float weight)
{
    const struct rec__sgd_side *users = &walk->users, *items = &walk->items;
    int32_t n = walk->factors, u = rating->user, i = rating->item;
    float *p = users->vectors + (int64_t)u * n, *q = items->vectors + (int64_t)i * n;
    float sum = walk->offset + dot_here(p, q, n), error, push;
    if (users->biases != NULL)
        sum += users->biases[u] + items->biases[i];
    if (walk->logistic) {
        float s = 1.0f / (1.0f + expf(-sum)), span = walk->greatest - walk->least;
        error = rating->rating - walk->least - span * s;
        push = weight * error * span * s * (1.0f - s);
    } else {
        error = rating->rating - (sum < walk->least      ? walk->least
                                  : sum > walk->greatest ? walk->greatest
                                                         : sum);
        push = weight * (rating->rating - sum);
    }
    float share_u = share_of(users, u), share_i = share_of(items, i);
    if (users->biases != NULL) {
        move_bias(users, u, share_u, push);
        move_bias(items, i, share_i, push);
    }
    mix_rows(p, q, n, 1.0f - users->decay * share_u, users->rate * push, 1.0f - items->decay * share_i,
             items->rate * push);
    return error;
}

/* Rows that are soon needed, from the second cache level or memory. */
static inline void fetch_rows(const struct rec__sgd *walk, const struct rec__sgd_rating *rating)
{
    enum { LINE = 16 };
    int64_t n = walk->factors;
    const float *p = walk->users.vectors + rating->user * n, *q = walk->items.vectors + rating->item * n;
    for (int64_t i = 0; i < n; i += LINE) {
        __builtin_prefetch(p + i, 1);
        __builtin_prefetch(q + i, 1);
    }
}

static double sgd(const struct rec__sgd *walk)
{
    enum { AHEAD = 16 };
    int64_t place = walk->backwards ? walk->count - 1 : 0, step = walk->backwards ? -1 : 1;
    double sum = 0.0;
    for (int64_t k = 0; k < walk->count; k++, place += step) {
        if (k + AHEAD < walk->count)
            fetch_rows(walk, &walk->ratings[place + AHEAD * step]);
        float weight = walk->weights == NULL ? 1.0f : walk->weights[place];
        float error = sgd_one(walk, &walk->ratings[place], weight);
        sum += (double)weight * (double)error * (double)error;
    }
    return sum;
}

static inline vec square_root(vec v)
{
    UNROLL for (int l = 0; l < LANES; l++) v[l] = sqrtf(v[l]);
    return v;
}

static void adam_step(const struct rec__adam *adam, const float *g, float *x, float *first, float *second,
                      int64_t n)
{
    float b1 = adam->beta1, b2 = adam->beta2, rate = adam->rate, epsilon = adam->epsilon;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        vec gradient = load(g + i);
        vec m = b1 * load(first + i) + (1.0f - b1) * gradient;
        vec v = b2 * load(second + i) + (1.0f - b2) * gradient * gradient;
        store(first + i, m);
        store(second + i, v);
        store(x + i, load(x + i) - rate * m / (square_root(v) + epsilon));
    }
    for (; i < n; i++) {
        first[i] = b1 * first[i] + (1.0f - b1) * g[i];
        second[i] = b2 * second[i] + (1.0f - b2) * g[i] * g[i];
        x[i] -= rate * first[i] / (sqrtf(second[i]) + epsilon);
    }
}

/* exp of what is not above 0: 2^n exp(r), |r| <= log(2) / 2. */
static inline vec exp_falling(vec x)
{
    const vec least = (vec){0} - 87.0f;
    x = (vec)(((mask)x & (x > least)) | ((mask)least & ~(x > least)));
    mask n = __builtin_convertvector(x * 1.44269504f - 0.5f, mask);
    vec whole = __builtin_convertvector(n, vec), r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
    vec sum = 1.0f / 720 + r * (1.0f / 5040);
    sum = 1.0f / 24 + r * (1.0f / 120 + r * sum);
    sum = 1.0f + r * (1.0f + r * (0.5f + r * (1.0f / 6 + r * sum)));
    return sum * (vec)((n + 127) << 23);
}

/* log(1 + e), 0 <= e <= 1: 2 artanh(e / (2 + e)). */
static inline vec log_of_more(vec e)
{
    vec s = e / (2.0f + e), t = s * s;
    vec sum = 1.0f / 9 + t * (1.0f / 11 + t * (1.0f / 13 + t * (1.0f / 15)));
    return 2.0f * s * (1.0f + t * (1.0f / 3 + t * (1.0f / 5 + t * (1.0f / 7 + t * sum))));
}

static double logistic(const float *x, float sign, int32_t count, float *slopes)
{
    double sum = 0.0;
    mask place;
    UNROLL for (int l = 0; l < LANES; l++) place[l] = l;
    for (int32_t k = 0; k < count; k += LANES) {
        vec s = sign * load(x + k), size = (vec)((mask)s & 0x7fffffff), e = exp_falling(-size);
        mask above = s > (vec){0}, there = place < count - k;
        vec loss = log_of_more(e) + (vec)((mask)size & ~above);
        store(slopes + k, (vec)(((mask)e & above) | ((mask)((vec){0} + 1.0f) & ~above)) / (1.0f + e));
        sum += (double)sum_lanes((vec)((mask)loss & there));
    }
    return sum;
}

/* Numbers k .. k + n_vectors LANES of the rows. */
static inline __attribute__((always_inline)) void move_vectors(const struct rec__moved *moved, const float *x,
                                                               int32_t n, int32_t k, float *sum,
                                                               const int n_vectors)
{
    vec sums[4], own[4];
    UNROLL for (int v = 0; v < n_vectors; v++)
    {
        sums[v] = load(sum + k + v * LANES);
        own[v] = load(x + k + v * LANES);
    }
    for (int32_t r = 0; r < moved->count; r++) {
        float *y = moved->y + (int64_t)moved->rows[r] * n + k, pull = moved->pull[r], push = moved->push[r],
              keep = moved->keep[r];
        UNROLL for (int v = 0; v < n_vectors; v++)
        {
            vec old = load(y + v * LANES);
            sums[v] += pull * old;
            store(y + v * LANES, push * own[v] + keep * old);
        }
    }
    UNROLL for (int v = 0; v < n_vectors; v++) store(sum + k + v * LANES, sums[v]);
}

static void move_rows(const struct rec__moved *moved, const float *x, int32_t n, float *sum)
{
    int32_t k = 0;
    for (; k + 4 * LANES <= n; k += 4 * LANES)
        move_vectors(moved, x, n, k, sum, 4);
    for (; k + LANES <= n; k += LANES)
        move_vectors(moved, x, n, k, sum, 1);
    for (int32_t r = 0; k < n && r < moved->count; r++) {
        float *y = moved->y + (int64_t)moved->rows[r] * n;
        for (int32_t j = k; j < n; j++) {
            sum[j] += moved->pull[r] * y[j];
            y[j] = moved->push[r] * x[j] + moved->keep[r] * y[j];
        }
    }
}
