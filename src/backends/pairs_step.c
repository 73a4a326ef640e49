/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of the learners that rank pairs: drawing an item the user has not, and moving the rows. The walk over all pairs is in pairs.c. */
#include "backends/pairs.h"
#include "base/random.h"

#include <math.h>
#include <string.h>

enum { MISSES_MOST = 64 };

double rec__pairs_uniform(struct rec__pairs_walk *walk)
{
    return rec__next_uniform(&walk->state);
}

float rec__pairs_weight(const struct rec__pairs_walk *walk, int64_t entry)
{
    return walk->scale > 0.0 ? (float)(walk->scale * fmax((double)walk->seen.ratings[entry], 0.0)) : 1.0F;
}

/* A search without branches, which would be guessed wrong half the time. */
static float weight_of_item(const struct rec__pairs_walk *walk, int32_t item)
{
    const int32_t *first = walk->seen.items;
    if (walk->seen.n == 0)
        return 0.0F;
    for (int64_t n = walk->seen.n; n > 1; n -= n / 2)
        first += first[n / 2] <= item ? n / 2 : 0;
    return *first == item ? rec__pairs_weight(walk, first - walk->seen.items) : 0.0F;
}

static int32_t draw_item(struct rec__pairs_walk *walk)
{
    int32_t low = 0, high = walk->n_pool - 1;
    if (walk->places == NULL) {
        low = rec__next_below(&walk->state, walk->n_pool);
        return walk->pool != NULL ? walk->pool[low] : low;
    }
    int64_t total = walk->places[walk->n_pool] - walk->places[0];
    int64_t place = walk->places[0] + (int64_t)(rec__pairs_uniform(walk) * (double)total);
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (walk->places[middle + 1] <= place)
            low = middle + 1;
        else
            high = middle;
    }
    return walk->pool != NULL ? walk->pool[low] : low;
}

void rec__pairs_score_all(const struct rec__pairs_walk *walk, int32_t n, const int32_t *drawn, float *scores)
{
    const struct rec__pairs_items *items = walk->items;
    struct rec__gather rows = {items->vectors, items->stride, drawn, n};
    walk->kernels->gather_dots(&rows, walk->p, items->factors, scores);
    for (int32_t k = 0; k < n; k++)
        scores[k] += walk->base + (items->biases != NULL ? items->biases[drawn[k]] : 0.0F);
}

int32_t rec__pairs_draw_items(struct rec__pairs_walk *walk, int32_t n, int32_t *drawn)
{
    if (walk->n_pool == 0)
        return 0;
    for (int32_t k = 0; k < n; k++)
        drawn[k] = draw_item(walk);
    return n;
}

int32_t rec__pairs_draw_any(struct rec__pairs_walk *walk, int32_t n, struct rec__pairs_drawn *drawn)
{
    n = rec__pairs_draw_items(walk, n, drawn->items);
    rec__pairs_score_all(walk, n, drawn->items, drawn->scores);
    return n;
}

int32_t rec__pairs_draw(struct rec__pairs_walk *walk, float weight, int32_t n, struct rec__pairs_drawn *drawn)
{
    int32_t k = 0;
    for (int32_t misses = 0; walk->n_pool > 0 && k < n && misses < MISSES_MOST;) {
        int32_t item = draw_item(walk);
        drawn->items[k] = item;
        drawn->gaps[k] = weight - weight_of_item(walk, item);
        bool lower = drawn->gaps[k] > 0.0F;
        k += lower;
        misses = lower ? 0 : misses + 1;
    }
    rec__pairs_score_all(walk, k, drawn->items, drawn->scores);
    return k;
}

float rec__pairs_score(const struct rec__pairs_walk *walk, int32_t item)
{
    const struct rec__pairs_items *items = walk->items;
    float bias = items->biases != NULL ? items->biases[item] : 0.0F;
    return walk->base + bias +
           walk->kernels->dot(walk->p, items->vectors + (int64_t)item * items->stride, items->factors);
}

/*
 * The step's size: plain, or AdaGrad's with one sum a row, of the gradient's mean square (Duchi, Hazan and Singer, JMLR 2011). Sums begin
 * at 1: from 0 the first step of a row would be as long as any to come, whatever its gradient.
 */
float rec__pairs_rate(float rate, float *sum, float square)
{
    if (sum == NULL)
        return rate;
    *sum += square;
    return rate / sqrtf(*sum + 1.0F);
}

static void move_bias(const struct rec__pairs_items *items, int32_t item, float g)
{
    if (items->own_biases == NULL)
        return;
    float *sum = items->bias_sums != NULL ? items->bias_sums + item : NULL;
    float rate = rec__pairs_rate(items->rate, sum, g * g), *bias = items->own_biases + item;
    *bias += rate * (g - items->lambda * *bias);
}

/* Of items: their vectors along g p, their biases along g, and room += sum of g times the vectors as they were. */
static void move_items(const struct rec__pairs_walk *walk, const int32_t *moved, const float *g, int32_t n)
{
    const struct rec__pairs_items *items = walk->items;
    int32_t f = items->factors;
    float square = items->vector_sums != NULL ? walk->kernels->dot(walk->p, walk->p, f) / (float)f : 0.0F,
          push[REC_PAIRS_BATCH], keep[REC_PAIRS_BATCH];
    for (int32_t k = 0; k < n; k++) {
        float *sum = items->vector_sums != NULL ? items->vector_sums + moved[k] : NULL;
        float rate = rec__pairs_rate(items->rate, sum, g[k] * g[k] * square);
        push[k] = rate * g[k];
        keep[k] = 1.0F - rate * items->lambda;
        move_bias(items, moved[k], g[k]);
    }
    struct rec__moved rows = {items->own_vectors, moved, n, g, push, keep};
    walk->kernels->move_rows(&rows, walk->p, f, walk->room);
}

/* The user along a gradient; a step of n terms takes n penalties. */
static void move_user(struct rec__pairs_walk *walk, const float *gradient, int32_t n)
{
    const struct rec__pairs_items *items = walk->items;
    int32_t f = items->factors;
    float square = 0.0F;
    if (walk->p_sum != NULL)
        square = walk->kernels->dot(gradient, gradient, f) / (float)f;
    float rate = rec__pairs_rate(items->rate, walk->p_sum, square);
    walk->kernels->scaled_sum(rate, gradient, 1.0F - fminf(rate * items->lambda * (float)n, 1.0F), walk->p,
                              f);
}

/* A rating of weight w pulls as w of them do. */
static const float *weigh(const struct rec__pairs_walk *walk, const float *g, int32_t n, float *weighed)
{
    for (int32_t k = 0; k < n; k++)
        weighed[k] = walk->weight * g[k];
    return weighed;
}

/* Items move along the user's old vector and the user along theirs, as one gradient; the penalty is that of a step, whatever the weight. */
static void move(struct rec__pairs_walk *walk, const int32_t *moved, const float *g, int32_t n,
                 int32_t penalties)
{
    const struct rec__pairs_items *items = walk->items;
    int32_t f = items->factors;
    struct rec__gather rows = {items->vectors, items->stride, moved, n};
    float weighed[REC_PAIRS_BATCH];
    if (walk->weight != 1.0F)
        g = weigh(walk, g, n, weighed);
    if (walk->learner != NULL && walk->learner->move != NULL) {
        walk->learner->move(walk, moved, g, n, penalties);
        return;
    }
    memset(walk->room, 0, (size_t)f * sizeof *walk->room);
    if (items->own_vectors != NULL)
        move_items(walk, moved, g, n);
    else
        walk->kernels->gather_sum(&rows, g, f, walk->room);
    move_user(walk, walk->room, penalties);
}

void rec__pairs_move(struct rec__pairs_walk *walk, int32_t i, int32_t j, float g)
{
    move(walk, (const int32_t[]){i, j}, (const float[]){g, -g}, 2, 1);
}

void rec__pairs_move_all(struct rec__pairs_walk *walk, const int32_t *items, const float *g, int32_t n)
{
    move(walk, items, g, n, n);
}

float rec__pairs_log_loss(float x, float *slope)
{
    float e = expf(-fabsf(x));
    *slope = (x > 0.0F ? e : 1.0F) / (1.0F + e);
    return fmaxf(-x, 0.0F) + logf(1.0F + e);
}
