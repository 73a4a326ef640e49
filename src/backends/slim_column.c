/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coordinate descent on one column (Friedman, Hastie and Tibshirani, "Regularization paths for generalized linear models via coordinate descent",
 * Journal of Statistical Software 33(1), 2010), on the residual r = x_i - X w: with a_j = x_j . r + G_jj w_j,
 *
 *   w_j = S(a_j, l1) / (G_jj + l2),   S(a, l) = sign(a) max(0, |a| - l), or max(0, a - l) when weights are not negative
 *
 * All candidates in turn, then those that are not zero until they rest, and again all, until nothing moves. Where neither weights nor ratings are
 * negative, a_j only falls as other weights grow, so items with G_ij <= l1 never have one.
 */
#include "backends/slim.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

bool rec__slim_room_make(struct rec__slim_room *room, const rec_ratings *ratings, const double *set)
{
    int32_t n = ratings->n_items;
    double asked = fmax(set[REC_SLIM_CANDIDATES], set[REC_SLIM_NEIGHBORS]);
    int32_t most = asked < n ? (int32_t)asked : n;
    *room = (struct rec__slim_room){rec__allocate_zeroed(ratings->n_users, sizeof(float)),
                                    rec__allocate_zeroed(n, sizeof(double)),
                                    rec__allocate_zeroed(n, sizeof(float)), rec__allocate(n, sizeof(int32_t)),
                                    rec__allocate(rec__topk_room(most), sizeof(struct rec__candidate))};
    return room->residual != NULL && room->shared != NULL && room->weights != NULL && room->met != NULL &&
           room->best != NULL;
}

void rec__slim_room_clear(struct rec__slim_room *room)
{
    void *blocks[] = {room->residual, room->shared, room->weights, room->met, room->best};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        rec__release(blocks[i]);
}

/* One column being found. */
struct column {
    const rec_ratings *r;
    const double *set, *squares;
    struct rec__slim_room *room;
    const struct rec__history *own; /* x_i, by users */
    int32_t i, n_met; /* i: -1 when it is not among the items; candidates: the first n_met of room->met */
    double scale;     /* of a step that counts as rest */
};

/* G_ij of all items met, each once, in the order they are met. */
static void share(struct column *c)
{
    const rec_ratings *r = c->r;
    double *shared = c->room->shared;
    c->n_met = 0;
    for (int64_t e = 0; e < c->own->n; e++) {
        int32_t u = c->own->items[e];
        for (int64_t at = r->user_start[u]; at < r->user_start[u + 1]; at++) {
            int32_t j = r->user_items[at];
            double product = (double)c->own->ratings[e] * (double)r->user_ratings[at];
            if (shared[j] == 0.0 && product != 0.0)
                c->room->met[c->n_met++] = j;
            shared[j] += product;
            if (shared[j] == 0.0)
                shared[j] = 1e-300; /* products that cancel: met all the same */
        }
    }
}

static bool all_positive(const struct column *c)
{
    return c->set[REC_SLIM_NON_NEGATIVE] != 0.0 && c->r->least >= 0.0f;
}

/* Which of the items met may have a weight; leaves room->shared zero. */
static void screen(struct column *c)
{
    double l1 = c->set[REC_SLIM_L1], limit = c->set[REC_SLIM_CANDIDATES];
    int32_t most = limit > 0.0 && limit < c->r->n_items ? (int32_t)limit : c->r->n_items, n = 0;
    struct rec__topk topk = rec__topk_start(c->room->best, most);
    bool bounded = limit > 0.0;
    for (int32_t k = 0; k < c->n_met; k++) {
        int32_t j = c->room->met[k];
        double product = c->room->shared[j];
        c->room->shared[j] = 0.0;
        if (j == c->i || (all_positive(c) && product <= l1))
            continue;
        if (bounded)
            rec__topk_offer(&topk, fabs(product) / sqrt(c->squares[j]), j);
        else
            c->room->met[n++] = j;
    }
    c->n_met = bounded ? rec__topk_finish(&topk, c->room->met, NULL) : n;
}

/* Without a bound on candidates, an item that shares no user may yet have a negative weight. */
static void choose(struct column *c)
{
    share(c);
    screen(c);
    if (all_positive(c) || c->set[REC_SLIM_CANDIDATES] > 0.0)
        return;
    c->n_met = 0;
    for (int32_t j = 0; j < c->r->n_items; j++)
        if (j != c->i && c->squares[j] > 0.0)
            c->room->met[c->n_met++] = j;
}

/* w_j += step */
static void take_step(struct column *c, int32_t j, double step)
{
    const rec_ratings *r = c->r;
    c->room->weights[j] = (float)((double)c->room->weights[j] + step);
    for (int64_t e = r->item_start[j]; e < r->item_start[j + 1]; e++)
        c->room->residual[r->item_users[e]] -= (float)(step * (double)r->item_ratings[e]);
}

/* The best w_j; returns by how much the objective's scale moved. */
static double move(struct column *c, int32_t j)
{
    const rec_ratings *r = c->r;
    double a = 0.0, old = (double)c->room->weights[j], l1 = c->set[REC_SLIM_L1];
    for (int64_t e = r->item_start[j]; e < r->item_start[j + 1]; e++)
        a += (double)c->room->residual[r->item_users[e]] * (double)r->item_ratings[e];
    a += c->squares[j] * old;
    double size = fmax(0.0, (c->set[REC_SLIM_NON_NEGATIVE] != 0.0 ? a : fabs(a)) - l1);
    double best = copysign(size / (c->squares[j] + c->set[REC_SLIM_L2]), size > 0.0 ? a : 1.0);
    if (best != old)
        take_step(c, j, best - old);
    return fabs(best - old) * sqrt(c->squares[j]);
}

/* All candidates, or those that are not zero. Returns the greatest move. */
static double sweep(struct column *c, bool all)
{
    double most = 0.0;
    for (int32_t k = 0; k < c->n_met; k++)
        if (all || c->room->weights[c->room->met[k]] != 0.0f)
            most = fmax(most, move(c, c->room->met[k]));
    return most;
}

static void descend(struct column *c)
{
    double rest = c->set[REC_SLIM_TOLERANCE] * c->scale;
    int32_t epochs = (int32_t)c->set[REC_SLIM_EPOCHS];
    for (int32_t epoch = 0; epoch < epochs; epoch++) {
        if (sweep(c, true) <= rest)
            return;
        while (++epoch < epochs && sweep(c, false) > rest)
            continue;
    }
}

/* Weights of candidates that an earlier fit found. */
static void begin_from(struct column *c, const struct rec__slim_start *start)
{
    for (int32_t k = 0; start->n > 0 && k < c->n_met; k++)
        c->room->shared[c->room->met[k]] = 1.0;
    for (int64_t e = 0; e < start->n; e++) {
        bool kept = c->set[REC_SLIM_NON_NEGATIVE] == 0.0 || start->weights[e] > 0.0f;
        if (kept && c->room->shared[start->rows[e]] != 0.0)
            take_step(c, start->rows[e], (double)start->weights[e]);
    }
    for (int32_t k = 0; start->n > 0 && k < c->n_met; k++)
        c->room->shared[c->room->met[k]] = 0.0;
}

/* The largest weights, and the room as it was. */
static int32_t finish(struct column *c, int32_t most, int32_t *rows, float *weights)
{
    const rec_ratings *r = c->r;
    struct rec__topk topk = rec__topk_start(c->room->best, most);
    for (int32_t k = 0; k < c->n_met; k++) {
        float w = c->room->weights[c->room->met[k]];
        if (w != 0.0f)
            rec__topk_offer(&topk, fabs((double)w), c->room->met[k]);
    }
    int32_t n = rec__topk_finish(&topk, rows, NULL);
    for (int32_t e = 0; e < n; e++)
        weights[e] = c->room->weights[rows[e]];
    for (int32_t k = 0; k < c->n_met; k++) {
        int32_t j = c->room->met[k];
        for (int64_t e = r->item_start[j]; c->room->weights[j] != 0.0f && e < r->item_start[j + 1]; e++)
            c->room->residual[r->item_users[e]] = 0.0f;
        c->room->weights[j] = 0.0f;
    }
    for (int64_t e = 0; e < c->own->n; e++)
        c->room->residual[c->own->items[e]] = 0.0f;
    return n;
}

double rec__slim_square(const float *ratings, int64_t n)
{
    double square = 0.0;
    for (int64_t e = 0; e < n; e++)
        square += (double)ratings[e] * (double)ratings[e];
    return square;
}

int32_t rec__slim_column(const struct rec__slim_task *task, const struct rec__slim_start *start,
                         struct rec__slim_room *room, int32_t most, int32_t *rows, float *weights)
{
    const struct rec__history *own = &task->own;
    struct column c = {.r = task->ratings,
                       .set = task->set,
                       .squares = task->squares,
                       .room = room,
                       .own = own,
                       .i = task->item,
                       .scale = sqrt(rec__slim_square(own->ratings, own->n))};
    choose(&c);
    for (int64_t e = 0; e < own->n; e++)
        room->residual[own->items[e]] = own->ratings[e];
    begin_from(&c, start);
    descend(&c);
    return finish(&c, most, rows, weights);
}
