/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EASE (Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019) and its form with dropout, EDLAE (Steck, "Autoencoders that don't
 * overfit towards the identity", NeurIPS 2020). Minimises, over weights B from items to items with a diagonal of 0,
 *
 *   |X - X B|^2 + sum over i of Lambda_i |B_i|^2,   Lambda_i = lambda + p / (1 - p) G_ii,   G = X'X
 *
 * X being the ratings, p the dropout. With P = (G + Lambda)^-1, B_ji = -P_ji / P_ii. A user's scores are r B.
 *
 * The square P (ease_square.c) is found whole, and of each column of B the largest `neighbors` are kept. For catalogues too wide for
 * that, with `factors`, G is taken as V S^2 V' + its remaining diagonal, of the largest singular values of X; then, D being all that is diagonal,
 * P = D^-1 - D^-1 W W' D^-1 with W = V (S^-2 + V' D^-1 V)^(-1/2) (Woodbury's identity), and B, but for its diagonal, is of rank `factors`:
 * y_i = w_i / (D_i P_ii), x_u = sum of r_uj w_j / D_j.
 */
#include "backends/ease.h"
#include "backends/graph.h"
#include "backends/lowrank.h"
#include "base/memory.h"
#include "base/status.h"
#include "kernels/blas.h"
#include "kernels/kernels.h"
#include "backends/work.h"

#include <math.h>

static const struct rec__parameter parameters[REC_EASE_N_PARAMETERS] = {
    [REC_EASE_REGULARIZATION] =
        REC_REAL("regularization", 100, 1e-6, 1e9, "lambda: weight of the squared weights"),
    [REC_EASE_DROPOUT] =
        REC_REAL("dropout", 0, 0, 0.99, "p: share of the ratings that training hides, in expectation"),
    [REC_EASE_NEIGHBORS] = REC_WHOLE("neighbors", 1000, 1, INT32_MAX, "keep so many weights for each item"),
    [REC_EASE_FACTORS] =
        REC_WHOLE("factors", 0, 0, 8192, "0: exact; else items' products have this rank and a diagonal"),
    [REC_EASE_ITERATIONS] =
        REC_WHOLE("iterations", 4, 0, 1000, "factors: steps towards the singular vectors"),
    [REC_EASE_MEMORY] = REC_REAL("memory", 8, 0, 1e6,
                                 "exact: gigabytes that the square of the items may take; more is refused"),
};

double rec__ease_penalty(const double *set, double square)
{
    return set[REC_EASE_REGULARIZATION] + set[REC_EASE_DROPOUT] / (1.0 - set[REC_EASE_DROPOUT]) * square;
}

/* Singular values under this share of the largest count as that. */
static const double LEAST = 1e-4;

struct lowrank {
    struct rec__fit *fit;
    int32_t n, factors;
    float *w, *scales; /* item_vectors: V, W, then y; item_scales: P_ii */
    float *rest;       /* D */
    double *values;
};

/* D: what the low rank leaves of the diagonal of G, and the penalty. */
static void find_diagonal(const struct lowrank *l)
{
    const rec_ratings *r = l->fit->ratings;
    for (int64_t i = 0; i < l->n; i++) {
        double square = 0.0, explained = 0.0;
        for (int64_t e = r->item_start[i]; e < r->item_start[i + 1]; e++)
            square += (double)r->item_ratings[e] * (double)r->item_ratings[e];
        for (int64_t k = 0; k < l->factors; k++)
            explained += pow(l->values[k] * (double)l->w[i * l->factors + k], 2.0);
        double penalty = rec__ease_penalty(l->fit->parameters, square);
        l->rest[i] = (float)(fmax(0.0, square - explained) + penalty);
    }
}

/* V becomes W = V U^-1, where U'U = S^-2 + V' D^-1 V. */
static rec_status find_w(const struct lowrank *l)
{
    int32_t f = l->factors;
    float *square = rec__allocate_zeroed((int64_t)f * f, sizeof *square);
    float *inverse = rec__allocate(l->n, sizeof *inverse);
    struct rec__gather rows = {l->w, f, NULL, l->n};
    struct rec__block u = {square, f, f, f}, w = {l->w, f, l->n, f};
    bool made = square != NULL && inverse != NULL, positive = true;
    for (int32_t i = 0; made && i < l->n; i++)
        inverse[i] = 1.0f / l->rest[i];
    if (made) {
        rec__kernels()->gram(&rows, inverse, square, f, f);
        for (int64_t k = 0; k < f; k++)
            square[k * f + k] += (float)(1.0 / pow(fmax(l->values[k], LEAST * l->values[0]), 2.0));
        positive = rec__kernels()->cholesky(square, f, f) == 0;
        if (positive)
            rec__blas_solve(REC_TRIANGLE_RIGHT, 1.0f, &u, &w);
    }
    rec__release(square);
    rec__release(inverse);
    if (!positive)
        return rec__fail(REC_ERR_DIVERGED,
                         "the items' products are not positive definite in single precision; more "
                         "regularization than %g was expected",
                         l->fit->parameters[REC_EASE_REGULARIZATION]);
    return made ? REC_OK : REC_ERR_NO_MEMORY;
}

/* W becomes y. */
static void scale_rows(const struct lowrank *l)
{
    for (int64_t i = 0; i < l->n; i++) {
        float *y = l->w + i * l->factors;
        double d = (double)l->rest[i], square = rec__kernels()->dot_double(y, y, l->factors);
        double p = 1.0 / d - square / (d * d);
        l->scales[i] = (float)p;
        for (int64_t k = 0; k < l->factors; k++)
            y[k] = (float)((double)y[k] / (d * p));
    }
}

static rec_status fit_lowrank(struct rec__fit *fit)
{
    const rec_ratings *r = fit->ratings;
    int32_t n = r->n_items, f = (int32_t)fit->parameters[REC_EASE_FACTORS];
    struct rec__sparse_matrix x = {{r->user_start, r->user_items, r->user_ratings, r->n_users},
                                   {r->item_start, r->item_users, r->item_ratings, n}};
    struct lowrank l = {fit,
                        n,
                        f,
                        rec__arrays_add_floats(fit->arrays, "item_vectors", n, f),
                        rec__arrays_add_floats(fit->arrays, "item_scales", n, 0),
                        rec__allocate(n, sizeof *l.rest),
                        rec__allocate_zeroed(f, sizeof *l.values)};
    bool made = l.w != NULL && l.scales != NULL && l.rest != NULL && l.values != NULL;
    rec_status status = made ? REC_OK : REC_ERR_NO_MEMORY;
    if (made)
        status = rec__truncated_svd(fit, &x, f, (int32_t)fit->parameters[REC_EASE_ITERATIONS], l.w, l.values);
    if (status == REC_OK) {
        find_diagonal(&l);
        status = find_w(&l);
    }
    if (status == REC_OK)
        scale_rows(&l);
    rec__release(l.rest);
    rec__release(l.values);
    fit->scorer = REC_SCORER_DOT;
    return status;
}

static rec_status fit(struct rec__fit *fit)
{
    double n = fit->ratings->n_items, gigabytes = n * n * 4e-9, most = fit->parameters[REC_EASE_MEMORY];
    if (fit->parameters[REC_EASE_FACTORS] > 0.0)
        return fit_lowrank(fit);
    if (gigabytes > most)
        return rec__fail(
            REC_ERR_NO_MEMORY,
            "the square of %d items takes %.1f GB; at most %g (memory) were expected, or factors above "
            "0: 256 take %.1f",
            fit->ratings->n_items, gigabytes, most, n * 256 * 12e-9);
    return rec__ease_fit_square(fit);
}

/* Of the dot scorer: x = sum of r_j P_jj y_j */
static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    if (fitted->scorer != REC_SCORER_DOT)
        return REC_OK;
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "item_vectors");
    const float *y = vectors->data, *scales = rec__arrays_floats(fitted->arrays, "item_scales");
    int32_t factors = (int32_t)vectors->columns;
    for (int32_t k = 0; k < factors; k++)
        state->vector[k] = 0.0f;
    for (int64_t j = 0; j < history->n; j++)
        rec__kernels()->axpy(history->ratings[j] * scales[history->items[j]],
                             y + (int64_t)history->items[j] * factors, state->vector, factors);
    state->bias = 0.0;
    return REC_OK;
}

/* Of the item graph, whose scorer reads nothing but the neighbours. The form of low rank keeps no vectors of users, so it gets no new items: of
 * their weights B = P X'x the part that is diagonal in P is no product of vectors. */
static rec_status fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                               struct rec__user_state *state)
{
    (void)fitted;
    (void)raters;
    (void)state;
    return REC_OK;
}

static rec_status explain(const struct rec__fitted *fitted, const struct rec__history *history, int32_t item,
                          double *contributions)
{
    if (fitted->scorer != REC_SCORER_DOT)
        return rec__graph_explain(fitted, history, item, contributions);
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "item_vectors");
    const float *y = vectors->data, *scales = rec__arrays_floats(fitted->arrays, "item_scales");
    for (int64_t j = 0; j < history->n; j++)
        contributions[j] = (double)(history->ratings[j] * scales[history->items[j]]) *
                           rec__kernels()->dot_double(y + history->items[j] * vectors->columns,
                                                      y + item * vectors->columns, vectors->columns);
    return REC_OK;
}

static rec_status check(const struct rec__fitted *fitted)
{
    bool dot = fitted->scorer == REC_SCORER_DOT;
    struct rec__expected scales = {REC_F32, 1, fitted->n_items, 1};
    return rec__arrays_check(fitted->arrays, "item_scales", scales, dot);
}

static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    const rec_ratings *r = fit->ratings;
    double items = r->n_items, k = fit->parameters[REC_EASE_FACTORS];
    work->once.steps = rec__work_pairs(r, false) + 50.0 * items * items;
    work->once.flops = k > 0.0 ? 4.0 * items * items * k : 2.0 * items * items * items;
    work->held = (k > 0.0 ? 8.0 * items * k : 4.0 * items * items) +
                 12.0 * rec__work_edges(r->n_items, fit->parameters[REC_EASE_NEIGHBORS]);
}

const struct rec_backend rec__ease = {
    .name = "ease",
    .summary = "weights from items to items in closed form: EASE, with dropout EDLAE",
    .parameters = parameters,
    .n_parameters = REC_EASE_N_PARAMETERS,
    .scorer = REC_SCORER_ITEM_GRAPH,
    .other_scorers = 1u << REC_SCORER_DOT,
    .fit = fit,
    .work = count_work,
    .check = check,
    .fold_in = fold_in,
    .fold_in_item = fold_in_item,
    .item_neighbors = rec__ease_item_neighbors,
    .explain = explain,
};
