/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new item of EASE (ease.c). Its column of weights is a ridge regression of its ratings x on the other items, whatever their own columns are:
 *
 *   (G + Lambda) b = X'x
 *
 * The inverse is not kept, so this is solved by conjugate gradients (Hestenes and Stiefel, 1952) with the diagonal as preconditioner: G b is
 * X'(X b), two walks through the ratings a step.
 */
#include "backends/ease.h"
#include "base/memory.h"
#include "kernels/topk.h"

#include <math.h>
#include <string.h>

enum { STEPS_MOST = 1000 };

/* A residual of this share of X'x ends the search. */
static const double SMALL = 1e-7;

struct column {
    const rec_ratings *r;
    double *b, *residual, *direction, *image, *scaled; /* by item */
    double *penalty, *diagonal;                        /* Lambda; with G_ii */
    double *users;                                     /* X times the direction */
};

static bool make_room(struct column *c, const rec_ratings *r)
{
    double **by_item[] = {&c->b,      &c->residual, &c->direction, &c->image,
                          &c->scaled, &c->penalty,  &c->diagonal};
    bool made = true;
    c->r = r;
    for (size_t i = 0; i < sizeof by_item / sizeof *by_item; i++) {
        *by_item[i] = rec__allocate_zeroed(r->n_items, sizeof **by_item[i]);
        made = made && *by_item[i] != NULL;
    }
    c->users = rec__allocate(r->n_users, sizeof *c->users);
    return made && c->users != NULL;
}

static void clear(struct column *c)
{
    double *blocks[] = {c->b,      c->residual, c->direction, c->image,
                        c->scaled, c->penalty,  c->diagonal,  c->users};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        rec__release(blocks[i]);
}

static void find_diagonal(struct column *c, const double *set)
{
    for (int32_t i = 0; i < c->r->n_items; i++) {
        double square = 0.0;
        for (int64_t e = c->r->item_start[i]; e < c->r->item_start[i + 1]; e++)
            square += (double)c->r->item_ratings[e] * (double)c->r->item_ratings[e];
        c->penalty[i] = rec__ease_penalty(set, square);
        c->diagonal[i] = square + c->penalty[i];
    }
}

/* residual = X'x, which it is of b = 0. */
static void begin_from(struct column *c, const struct rec__history *raters)
{
    const rec_ratings *r = c->r;
    for (int64_t j = 0; j < raters->n; j++)
        for (int64_t e = r->user_start[raters->items[j]]; e < r->user_start[raters->items[j] + 1]; e++)
            c->residual[r->user_items[e]] += (double)raters->ratings[j] * (double)r->user_ratings[e];
}

/* image = (G + Lambda) direction */
static void apply(struct column *c)
{
    const rec_ratings *r = c->r;
    for (int32_t u = 0; u < r->n_users; u++) {
        c->users[u] = 0.0;
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++)
            c->users[u] += (double)r->user_ratings[e] * c->direction[r->user_items[e]];
    }
    for (int32_t i = 0; i < r->n_items; i++) {
        c->image[i] = c->penalty[i] * c->direction[i];
        for (int64_t e = r->item_start[i]; e < r->item_start[i + 1]; e++)
            c->image[i] += (double)r->item_ratings[e] * c->users[r->item_users[e]];
    }
}

static double inner(const double *a, const double *b, int32_t n)
{
    double sum = 0.0;
    for (int32_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* The preconditioned residual, and its product with the residual. */
static double scale_residual(struct column *c)
{
    for (int32_t i = 0; i < c->r->n_items; i++)
        c->scaled[i] = c->residual[i] / c->diagonal[i];
    return inner(c->scaled, c->residual, c->r->n_items);
}

static void solve(struct column *c)
{
    int32_t n = c->r->n_items;
    double product = scale_residual(c), enough = SMALL * SMALL * product;
    memcpy(c->direction, c->scaled, (size_t)n * sizeof *c->direction);
    for (int step = 0; step < STEPS_MOST && product > enough; step++) {
        apply(c);
        double length = product / inner(c->direction, c->image, n), before = product;
        for (int32_t i = 0; i < n; i++) {
            c->b[i] += length * c->direction[i];
            c->residual[i] -= length * c->image[i];
        }
        product = scale_residual(c);
        for (int32_t i = 0; i < n; i++)
            c->direction[i] = c->scaled[i] + product / before * c->direction[i];
    }
}

/* As many of the largest as a column of the fit has. */
static bool keep_largest(const struct column *c, double asked, struct rec__neighbors *out)
{
    int32_t n = c->r->n_items, most = asked < n ? (int32_t)asked : n;
    struct rec__candidate *room = rec__allocate(rec__topk_room(most), sizeof *room);
    if (room == NULL)
        return false;
    struct rec__topk topk = rec__topk_start(room, most);
    for (int32_t i = 0; i < n; i++)
        if (c->b[i] != 0.0)
            rec__topk_offer(&topk, fabs(c->b[i]), i);
    out->n = rec__topk_finish(&topk, out->rows, NULL);
    for (int32_t e = 0; e < out->n; e++)
        out->weights[e] = (float)c->b[out->rows[e]];
    rec__release(room);
    return true;
}

rec_status rec__ease_item_neighbors(const struct rec__fitted *fitted, const rec_ratings *ratings,
                                    const struct rec__history *raters, struct rec__neighbors *out)
{
    struct column c = {0};
    bool made = make_room(&c, ratings);
    if (made) {
        find_diagonal(&c, fitted->parameters);
        begin_from(&c, raters);
        solve(&c);
        made = keep_largest(&c, fitted->parameters[REC_EASE_NEIGHBORS], out);
    }
    clear(&c);
    return made ? REC_OK : REC_ERR_NO_MEMORY;
}
