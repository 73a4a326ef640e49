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
