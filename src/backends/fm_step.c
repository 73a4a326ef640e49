/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of a factorization machine: one pair moves the vectors and biases of its own user and items, and leaves gradients for what they share. */
#include "backends/fm.h"

#include <math.h>
#include <string.h>

void rec__fm_turn(struct rec__pairs_walk *walk, const struct rec__pair *pair)
{
    struct rec__fm *fm = walk->learner->own;
    const struct rec__fm_side *users = &fm->sides[REC_FM_USERS];
    fm->users[walk->worker] = pair->user;
    walk->base = fm->pointwise ? (float)*fm->offset : 0.0F;
    if (users->biases != NULL)
        walk->base += users->biases[pair->user];
    if (fm->contexts.bound.n == 0)
        return;
    float *x = fm->rooms + (int64_t)walk->worker * fm->f;
    memcpy(x, walk->p, (size_t)fm->f * sizeof *x);
    walk->p = x;
    walk->base +=
        rec__fm_contexts_add(&fm->contexts, fm->fit->ratings->user_start[pair->user] + pair->place, x);
    memset(fm->contexts.log + walk->at * (fm->f + 2), 0, (size_t)(fm->f + 2) * sizeof *x);
}

/* A row's bias along g; what of the bias is not its own is left out of the penalty. */
static void move_bias(const struct rec__fm *fm, const struct rec__fm_side *side, int32_t row, float g,
                      float *sum)
{
    const float *part = rec__fm_part(side, row);
    float own = side->biases[row] - (part == NULL ? 0.0F : side->part_bias[row]);
    if (part != NULL && side->all) {
        const float *total = side->total + (int64_t)row * side->f;
        own -= rec__kernels()->dot(total, part, side->f) - rec__kernels()->dot(part, part, side->f);
    }
    float rate = rec__pairs_rate(fm->rate, sum, g * g);
    side->biases[row] += rate * (g - fm->bias_lambda * own);
}

/* Leave scale times a gradient with the row, for its features, and g, that of the bias. */
static void leave(const struct rec__fm_side *side, int32_t row, const float *gradient, float scale, float g)
{
    float *push = side->pushes + (int64_t)row * (side->f + 1);
    rec__kernels()->axpy(scale, gradient, push, side->f);
    push[side->f] += g;
}

/* The same where all interact: of the side's total, which a feature multiplies with. Where it is not in one segment with the row's other features it has of
 * the total only what is not theirs (fm_fields.h). */
static void leave_within(const struct rec__fm_side *side, int32_t row, const float *total, float g)
{
    const float *part = rec__fm_part(side, row);
    leave(side, row, total, g, 0.0F);
    if (side->fields->pairs == NULL)
        return;
    int32_t first = side->inner.first;
    leave(side, row, part, -g, 0.0F);
    rec__kernels()->axpy(g, part + first, side->pushes + (int64_t)row * (side->f + 1) + first, side->inner.n);
}

/* A step of a row's own vector: along scale times `along`, and share times F where its features see it. */
struct slope {
    const float *along;
    float scale, share, penalties;
};

static float mean_square(const struct slope *slope, const float *part, int32_t first, int32_t f)
{
    const struct rec__kernels *kernels = rec__kernels();
    const float *along = slope->along + first;
    float sum = slope->scale * slope->scale * kernels->dot(along, along, f);
    if (part != NULL && slope->share != 0.0F)
        sum += 2.0F * slope->scale * slope->share * kernels->dot(along, part, f) +
               slope->share * slope->share * kernels->dot(part, part, f);
    return sum / (float)f;
}

/* y = o + F moves as much as the own vector o, and the bias by what F makes of that. */
static void move_own(const struct rec__fm *fm, const struct rec__fm_side *side, int32_t row,
                     const struct slope *slope, float *sum)
{
    const struct rec__kernels *kernels = rec__kernels();
    const float *part = rec__fm_part(side, row);
    int32_t f = side->own.n, first = side->own.first;
    float *y = side->total + (int64_t)row * side->f + first;
    part = part == NULL ? NULL : part + first;
    bool within = side->all && part != NULL;
    float rate = rec__pairs_rate(fm->rate, sum, sum != NULL ? mean_square(slope, part, first, f) : 0.0F);
    float decay = fminf(rate * fm->lambda * slope->penalties, 1.0F);
    float before = within ? kernels->dot(y, part, f) : 0.0F;
    kernels->scaled_sum(rate * slope->scale, slope->along + first, 1.0F - decay, y, f);
    if (part != NULL)
        kernels->axpy(decay + (within ? rate * slope->share : 0.0F), part, y, f);
    if (within && side->biases != NULL)
        side->biases[row] += kernels->dot(y, part, f) - before;
}

/* An item along g times the query's vector x, and its own where all interact. */
static void move_item(struct rec__pairs_walk *walk, int32_t item, float g)
{
    const struct rec__fm *fm = walk->learner->own;
    const struct rec__fm_side *items = &fm->sides[REC_FM_ITEMS];
    const struct rec__pairs_items *pairs = walk->items;
    struct slope slope = {walk->p, g, fm->all ? g : 0.0F, 1.0F};
    if (items->pushes != NULL) {
        leave(items, item, walk->p, g, g);
        if (fm->all)
            leave_within(items, item, items->total + (int64_t)item * fm->f, g);
        items->touches[item] += 1.0F;
    }
    if (!items->identity)
        return;
    move_own(fm, items, item, &slope, pairs->vector_sums != NULL ? pairs->vector_sums + item : NULL);
    if (fm->biased)
        move_bias(fm, items, item, g, pairs->bias_sums != NULL ? pairs->bias_sums + item : NULL);
}

/* Leave what the user's side gets with the pair, for its contexts. */
static void leave_context(const struct rec__pairs_walk *walk, const float *gradient, float g,
                          int32_t penalties)
{
    const struct rec__fm *fm = walk->learner->own;
    float *log = fm->contexts.log + walk->at * (fm->f + 2);
    walk->kernels->axpy(1.0F, gradient, log, fm->f);
    if (fm->all)
        walk->kernels->axpy(g, walk->p, log, fm->f);
    log[fm->f] += g;
    log[fm->f + 1] += (float)penalties;
}

/* The user along `gradient`, the sum of g times the items' vectors, and of g, where all interact. */
static void move_user(struct rec__pairs_walk *walk, float *gradient, float g, int32_t penalties)
{
    struct rec__fm *fm = walk->learner->own;
    const struct rec__fm_side *users = &fm->sides[REC_FM_USERS];
    int32_t user = fm->users[walk->worker];
    const float *total = users->total + (int64_t)user * fm->f;
    bool contexts = fm->contexts.bound.n > 0;
    struct slope slope = {gradient, 1.0F, fm->all ? g : 0.0F, (float)penalties};
    if (users->pushes != NULL) {
        leave(users, user, gradient, 1.0F, g);
        if (fm->all)
            leave_within(users, user, walk->p, g);
        users->touches[user] += (float)penalties;
    }
    if (contexts)
        leave_context(walk, gradient, g, penalties);
    if (!users->identity)
        return;
    if (contexts) /* for now what the contexts add to the user's vector */
        walk->kernels->axpy(-1.0F, total, walk->p, fm->f);
    if (contexts && fm->all)
        walk->kernels->axpy(g, walk->p, gradient, fm->f);
    move_own(fm, users, user, &slope, walk->p_sum);
    if (contexts)
        walk->kernels->axpy(1.0F, total, walk->p, fm->f);
    if (fm->biased && users->biases != NULL)
        move_bias(fm, users, user, g, fm->user_bias_sums != NULL ? fm->user_bias_sums + user : NULL);
}

/* All from the state before: the user's gradient is summed, and the items move, before the user does. */
void rec__fm_move(struct rec__pairs_walk *walk, const int32_t *items, const float *g, int32_t n,
                  int32_t penalties)
{
    const struct rec__fm *fm = walk->learner->own;
    struct rec__gather rows = {walk->items->vectors, fm->f, items, n};
    float sum = 0.0F;
    memset(walk->room, 0, (size_t)fm->f * sizeof *walk->room);
    walk->kernels->gather_sum(&rows, g, fm->f, walk->room);
    for (int32_t k = 0; k < n; k++) {
        sum += g[k];
        move_item(walk, items[k], g[k]);
    }
    move_user(walk, walk->room, sum, penalties);
}

double rec__fm_squared_step(struct rec__pairs_walk *walk, const struct rec__pair *pair)
{
    float error = walk->seen.ratings[pair->place] - rec__pairs_score(walk, pair->item);
    rec__pairs_move_all(walk, &pair->item, &error, 1);
    return (double)error * (double)error;
}

double rec__fm_logistic_step(struct rec__pairs_walk *walk, const struct rec__pair *pair)
{
    float g;
    if (pair->weight > 0.0F)
        return rec__logistic_step(walk, pair);
    double loss = rec__logistic_push(rec__pairs_score(walk, pair->item), -1.0F, 1.0F, &g);
    rec__pairs_move_all(walk, &pair->item, &g, 1);
    return loss;
}
