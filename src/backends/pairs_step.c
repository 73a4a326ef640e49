/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of the learners that rank pairs: drawing an item the user has not, and moving the rows. The walk over all pairs is in pairs.c. */
#include "backends/pairs.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

enum { DRAWS_MOST = 64 };

/* SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014); a walk starts at a key of its own. */
static uint64_t next(struct rec__pairs_walk *walk)
{
    uint64_t z = walk->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

double rec__pairs_uniform(struct rec__pairs_walk *walk)
{
    return (double)(next(walk) >> 11) * 0x1p-53;
}

float rec__pairs_weight(const struct rec__pairs_walk *walk, int64_t entry)
{
    return walk->scale > 0.0 ? (float)(walk->scale * fmax((double)walk->seen.ratings[entry], 0.0)) : 1.0F;
}

static float weight_of_item(const struct rec__pairs_walk *walk, int32_t item)
{
    int64_t low = 0, high = walk->seen.n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (walk->seen.items[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low < walk->seen.n && walk->seen.items[low] == item ? rec__pairs_weight(walk, low) : 0.0F;
}

/* Position in the pool. */
static int32_t draw_place(struct rec__pairs_walk *walk)
{
    int32_t low = 0, high = walk->n_pool - 1;
    if (walk->places == NULL)
        return (int32_t)(rec__pairs_uniform(walk) * walk->n_pool);
    int64_t total = walk->places[walk->n_pool] - walk->places[0];
    int64_t place = walk->places[0] + (int64_t)(rec__pairs_uniform(walk) * (double)total);
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (walk->places[middle + 1] <= place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int32_t rec__pairs_draw_any(struct rec__pairs_walk *walk)
{
    if (walk->n_pool == 0)
        return -1;
    int32_t place = draw_place(walk);
    return walk->pool != NULL ? walk->pool[place] : place;
}

int32_t rec__pairs_draw(struct rec__pairs_walk *walk, float weight, float *gap)
{
    for (int draw = 0; draw < DRAWS_MOST && walk->n_pool > 0; draw++) {
        int32_t item = rec__pairs_draw_any(walk);
        *gap = weight - weight_of_item(walk, item);
        if (*gap > 0.0F)
            return item;
    }
    return -1;
}

float rec__pairs_score(const struct rec__pairs_walk *walk, int32_t item)
{
    const struct rec__pairs_items *items = walk->items;
    float bias = items->biases != NULL ? items->biases[item] : 0.0F;
    return bias +
           rec__kernels()->dot(walk->p, items->vectors + (int64_t)item * items->factors, items->factors);
}

/* The step's size: plain, or AdaGrad's with one sum a row, of the gradient's mean square (Duchi, Hazan and Singer, JMLR 2011). */
static float rate_of(const struct rec__pairs_items *items, float *sum, float square)
{
    if (sum == NULL)
        return items->rate;
    *sum += square;
    return items->rate / sqrtf(*sum + 1e-8F);
}

static void move_bias(const struct rec__pairs_items *items, int32_t item, float g)
{
    if (items->own_biases == NULL)
        return;
    float *sum = items->bias_sums != NULL ? items->bias_sums + item : NULL;
    float rate = rate_of(items, sum, g * g), *bias = items->own_biases + item;
    *bias += rate * (g - items->lambda * *bias);
}

/* Of an item: its vector along g p, its bias along g. p_square: mean square of p. */
static void move_item(const struct rec__pairs_items *items, int32_t item, float g, const float *p,
                      float p_square)
{
    float *sum = items->vector_sums != NULL ? items->vector_sums + item : NULL;
    float rate = rate_of(items, sum, g * g * p_square);
    rec__kernels()->scaled_sum(rate * g, p, 1.0F - rate * items->lambda,
                               items->own_vectors + (int64_t)item * items->factors, items->factors);
    move_bias(items, item, g);
}

/* The user along g times `direction`. */
static void move_user(struct rec__pairs_walk *walk, const float *direction, float g)
{
    const struct rec__pairs_items *items = walk->items;
    int32_t f = items->factors;
    float square = 0.0F;
    if (walk->p_sum != NULL)
        square = g * g * rec__kernels()->dot(direction, direction, f) / (float)f;
    float rate = rate_of(items, walk->p_sum, square);
    rec__kernels()->scaled_sum(rate * g, direction, 1.0F - rate * items->lambda, walk->p, f);
}

static float mean_square(const struct rec__pairs_walk *walk)
{
    int32_t f = walk->items->factors;
    return walk->items->vector_sums != NULL ? rec__kernels()->dot(walk->p, walk->p, f) / (float)f : 0.0F;
}

/* Items move along the user's old vector and the user along theirs, as one gradient. */
void rec__pairs_move(struct rec__pairs_walk *walk, int32_t i, int32_t j, float g)
{
    const struct rec__pairs_items *items = walk->items;
    int32_t f = items->factors;
    memcpy(walk->room, items->vectors + (int64_t)j * f, (size_t)f * sizeof *walk->room);
    rec__kernels()->scaled_sum(1.0F, items->vectors + (int64_t)i * f, -1.0F, walk->room, f);
    if (items->own_vectors != NULL) {
        float square = mean_square(walk);
        move_item(items, i, g, walk->p, square);
        move_item(items, j, -g, walk->p, square);
    }
    move_user(walk, walk->room, g);
}

void rec__pairs_move_one(struct rec__pairs_walk *walk, int32_t i, float g)
{
    const struct rec__pairs_items *items = walk->items;
    int32_t f = items->factors;
    memcpy(walk->room, items->vectors + (int64_t)i * f, (size_t)f * sizeof *walk->room);
    if (items->own_vectors != NULL)
        move_item(items, i, g, walk->p, mean_square(walk));
    move_user(walk, walk->room, g);
}

double rec__pairs_log_loss(double x)
{
    return x > 0.0 ? log1p(exp(-x)) : log1p(exp(x)) - x;
}
