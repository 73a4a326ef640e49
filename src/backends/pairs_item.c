/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new item for the learners that rank pairs. With users and other items held fixed, each rater u of the item and a user v drawn for each move its
 * vector q and bias b down
 *
 *   -w_u log sigmoid(x_u - x_uj) - log sigmoid(x_vj' - x_v) + lambda / 2 (|q|^2 + b^2),   x_u = b + p_u . q
 *
 * j and j' being the best of a few items drawn evenly, by the user's scores: what u likes less than the item, and what v, who is not known to have it, likes
 * more. So the item is placed among the others whatever the learner's scores mean.
 */
#include "backends/pairs.h"
#include "base/memory.h"
#include "base/sort.h"

#include <math.h>
#include <string.h>

enum { PASSES = 20, DRAWN = 16, TRIES = 8 };

struct newcomer {
    struct rec__pairs_walk walk;
    const float *user_vectors; /* from the part that is used; the next row is a stride away */
    int32_t n_users;
    const struct rec__history *raters;
    float *q, *bias; /* bias NULL: without */
    float vector_sum, bias_sum;
};

/* The best score of a few items for the user at hand. */
static float rival(struct newcomer *c)
{
    struct rec__pairs_drawn drawn;
    int32_t n = rec__pairs_draw_any(&c->walk, DRAWN, &drawn);
    float best = n > 0 ? drawn.scores[0] : 0.0F;
    for (int32_t k = 1; k < n; k++)
        best = fmaxf(best, drawn.scores[k]);
    return best;
}

/* Along g times the gradient of the item's score for the user. */
static void move(struct newcomer *c, float g)
{
    const struct rec__pairs_items *items = c->walk.items;
    bool falling = c->walk.parameters[REC_PAIRS_STEPS] == REC_PAIRS_ADAGRAD;
    float rate = items->rate, bias_rate = items->rate;
    if (falling) {
        c->vector_sum +=
            g * g * c->walk.kernels->dot(c->walk.p, c->walk.p, items->factors) / (float)items->factors;
        c->bias_sum += g * g;
        rate /= sqrtf(c->vector_sum + 1.0F);
        bias_rate /= sqrtf(c->bias_sum + 1.0F);
    }
    float kept = 1.0F - fminf(rate * items->lambda, 1.0F);
    c->walk.kernels->scaled_sum(rate * g, c->walk.p, kept, c->q, items->factors);
    if (c->bias != NULL)
        *c->bias += bias_rate * (g - items->lambda * *c->bias);
}

/* side: 1, the user has the item; -1, it is not known to. */
static void step(struct newcomer *c, int32_t user, float weight, float side)
{
    int32_t f = c->walk.items->factors;
    float slope;
    c->walk.p = (float *)(uintptr_t)(c->user_vectors + (int64_t)user * c->walk.items->stride);
    float score = c->walk.kernels->dot(c->walk.p, c->q, f) + (c->bias != NULL ? *c->bias : 0.0F);
    (void)rec__pairs_log_loss(side * (score - rival(c)), &slope);
    move(c, side * weight * slope);
}

/* Somebody who is no rater; -1 when none was met. */
static int32_t draw_other(struct newcomer *c)
{
    for (int tries = 0; tries < TRIES; tries++) {
        int32_t user = (int32_t)(rec__pairs_uniform(&c->walk) * c->n_users);
        if (rec__find_rising(c->raters->items, c->raters->n, user) < 0)
            return user;
    }
    return -1;
}

static void learn(struct newcomer *c)
{
    for (int pass = 0; pass < PASSES; pass++)
        for (int64_t e = 0; e < c->raters->n; e++) {
            float weight = rec__pairs_weight(&c->walk, e);
            int32_t other = draw_other(c);
            if (weight > 0.0F)
                step(c, c->raters->items[e], weight, 1.0F);
            if (other >= 0)
                step(c, other, 1.0F, -1.0F);
        }
}

rec_status rec__pairs_fold_in_item_part(const struct rec__fitted *fitted, const struct rec__history *raters,
                                        const struct rec__pairs_part *part, struct rec__user_state *state)
{
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "item_vectors"),
                    *biases = rec__arrays_find(fitted->arrays, "item_biases"),
                    *users = rec__arrays_find(fitted->arrays, "user_vectors");
    struct rec__pairs_items items = rec__pairs_items_of(fitted->parameters, fitted->n_items);
    float bias = 0.0F;
    items.vectors = (const float *)vectors->data + part->first;
    items.factors = part->n;
    items.stride = part->stride;
    items.biases = biases != NULL ? biases->data : NULL;
    struct newcomer c = {.walk = {.items = &items,
                                  .kernels = rec__kernels(),
                                  .parameters = fitted->parameters,
                                  .weight = 1.0F,
                                  .seen = *raters,
                                  .scale = rec__pairs_scale(fitted),
                                  .n_pool = fitted->n_items},
                         .user_vectors = (const float *)users->data + part->first,
                         .n_users = fitted->n_users,
                         .raters = raters,
                         .q = state->vector + part->first,
                         .bias = biases != NULL ? &bias : NULL};
    memset(state->vector, 0, (size_t)part->stride * sizeof *c.q);
    learn(&c);
    state->bias = (double)bias;
    return REC_OK;
}
