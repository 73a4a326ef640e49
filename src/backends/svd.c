/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Truncated singular value decomposition (Cremonesi, Koren and Turrin, "Performance of recommender algorithms on top-N recommendation tasks",
 * RecSys 2010: PureSVD) of the ratings scaled by how much users and items have, what is not rated counting as 0, as a low-pass filter
 * (Shen et al., "How powerful is graph convolution for recommendation?", CIKM 2021: GF-CF):
 *
 *   N_ui = d_u^-a r_ui d_i^-b,   d = sum of |r| of the user or item,   N ~ U S V'
 *   score_ui = sum over j of r_uj d_j^-b  (sum over k of v_jk f_k v_ik)  d_i^b,   f_k = (s_k / s_1)^c
 *
 * a = b = c = 0 is PureSVD, a = b = 1/2 with c = 0 the ideal low-pass filter of GF-CF. In arrays: y_i = d_i^b f^(1/2) v_i, x_u = sum of
 * r_uj d_j^-2b y_j. A new item's v is S^-2 V' N' n, n being its scaled ratings, so that y = S^-2 sum over u of r_u d_u^-2a x_u: exact for
 * the items that were learned from.
 */
#include "backends/lowrank.h"
#include "base/memory.h"
#include "base/threads.h"
#include "kernels/kernels.h"
#include "backends/work.h"

#include <math.h>
#include <string.h>

enum { FACTORS, ITERATIONS, USER_POWER, ITEM_POWER, SPECTRUM_POWER, N_PARAMETERS };
enum { ROWS = 256 };

/* Singular values under this share of the largest are noise of float sums. */
static const double NOISE = 1e-3;

static const struct rec__parameter parameters[N_PARAMETERS] = {
    [FACTORS] = REC_WHOLE("factors", 128, 1, 8192, "singular values that are kept"),
    [ITERATIONS] = REC_WHOLE("iterations", 4, 0, 1000, "times the random subspace is multiplied by N'N"),
    [USER_POWER] = REC_REAL("user_power", 0.5, 0, 2, "a: users with many ratings count less"),
    [ITEM_POWER] = REC_REAL("item_power", 0.4, 0, 2, "b: items with many ratings count less"),
    [SPECTRUM_POWER] =
        REC_REAL("spectrum_power", 1, 0, 4, "c: smaller singular values count less; 0: all the same"),
};

/* d^-power; 0 where there is nothing. */
static double scale_of(float degree, double power)
{
    return degree > 0.0f ? pow((double)degree, -power) : 0.0;
}

static void measure(const struct rec__sparse_order *side, float *degrees)
{
    for (int32_t row = 0; row < side->n; row++) {
        double sum = 0.0;
        for (int64_t e = side->start[row]; e < side->start[row + 1]; e++)
            sum += fabs((double)side->values[e]);
        degrees[row] = (float)sum;
    }
}

struct fitting {
    struct rec__fit *fit;
    struct rec__sparse_matrix ratings;
    float *user_degrees, *item_degrees, *item_vectors, *user_vectors;
    double *spectrum;
};

/* The scaled values of one order. */
static float *scaled(const struct fitting *g, const struct rec__sparse_order *side, bool users)
{
    const double *set = g->fit->parameters;
    float *values = rec__allocate(side->start[side->n], sizeof *values);
    const float *own = users ? g->user_degrees : g->item_degrees;
    const float *other = users ? g->item_degrees : g->user_degrees;
    double power = set[users ? USER_POWER : ITEM_POWER], others = set[users ? ITEM_POWER : USER_POWER];
    for (int32_t row = 0; values != NULL && row < side->n; row++)
        for (int64_t e = side->start[row]; e < side->start[row + 1]; e++)
            values[e] = (float)((double)side->values[e] * scale_of(own[row], power) *
                                scale_of(other[side->others[e]], others));
    return values;
}

static rec_status decompose(struct fitting *g)
{
    const double *set = g->fit->parameters;
    float *by_user = scaled(g, &g->ratings.rows, true), *by_item = scaled(g, &g->ratings.columns, false);
    struct rec__sparse_matrix n = g->ratings;
    n.rows.values = by_user;
    n.columns.values = by_item;
    rec_status status = by_user == NULL || by_item == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    if (status == REC_OK)
        status = rec__truncated_svd(g->fit, &n, (int32_t)set[FACTORS], (int32_t)set[ITERATIONS],
                                    g->item_vectors, g->spectrum);
    rec__release(by_user);
    rec__release(by_item);
    return status;
}

/* x = sum of r_j d_j^-2b y_j */
static rec_status make_user(const struct rec__fitted *fitted, const struct rec__history *history, float *x)
{
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "item_vectors");
    const float *degrees = rec__arrays_floats(fitted->arrays, "item_degrees");
    float *weights = rec__allocate(history->n, sizeof *weights);
    if (weights == NULL && history->n > 0)
        return REC_ERR_NO_MEMORY;
    for (int64_t j = 0; j < history->n; j++)
        weights[j] = (float)((double)history->ratings[j] *
                             scale_of(degrees[history->items[j]], 2.0 * fitted->parameters[ITEM_POWER]));
    struct rec__gather rows = {vectors->data, vectors->columns, history->items, history->n};
    memset(x, 0, (size_t)vectors->columns * sizeof *x);
    rec__kernels()->gather_sum(&rows, weights, (int32_t)vectors->columns, x);
    rec__release(weights);
    return REC_OK;
}

static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    state->bias = 0.0;
    return make_user(fitted, history, state->vector);
}

static rec_status make_users(void *context, int64_t part, int32_t worker)
{
    struct fitting *g = context;
    const struct rec__sparse_order *users = &g->ratings.rows;
    struct rec__fitted fitted = {.parameters = g->fit->parameters, .arrays = g->fit->arrays};
    int64_t factors = (int64_t)g->fit->parameters[FACTORS];
    int64_t last = (part + 1) * ROWS < users->n ? (part + 1) * ROWS : users->n;
    rec_status status = REC_OK;
    (void)worker;
    for (int64_t u = part * ROWS; status == REC_OK && u < last; u++) {
        int64_t first = users->start[u];
        struct rec__history history = {users->others + first, users->values + first,
                                       users->start[u + 1] - first, NULL};
        status = make_user(&fitted, &history, g->user_vectors + u * factors);
    }
    return status;
}

/* f_k */
static double filter_of(const struct fitting *g, int64_t k)
{
    bool noise = !(g->spectrum[k] > NOISE * g->spectrum[0]);
    return noise ? 0.0 : pow(g->spectrum[k] / g->spectrum[0], g->fit->parameters[SPECTRUM_POWER]);
}

/* v becomes y. */
static rec_status scale_items(const struct fitting *g)
{
    int64_t factors = (int64_t)g->fit->parameters[FACTORS];
    double *roots = rec__allocate(factors, sizeof *roots);
    for (int64_t k = 0; roots != NULL && k < factors; k++)
        roots[k] = sqrt(filter_of(g, k));
    for (int32_t i = 0; roots != NULL && i < g->ratings.columns.n; i++) {
        double scale = scale_of(g->item_degrees[i], -g->fit->parameters[ITEM_POWER]);
        float *y = g->item_vectors + i * factors;
        for (int64_t k = 0; k < factors; k++)
            y[k] = (float)(scale * roots[k] * (double)y[k]);
    }
    rec__release(roots);
    return roots == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

static rec_status fit(struct rec__fit *fit)
{
    const rec_ratings *r = fit->ratings;
    int32_t factors = (int32_t)fit->parameters[FACTORS];
    struct fitting g = {fit,
                        {{r->user_start, r->user_items, r->user_ratings, r->n_users},
                         {r->item_start, r->item_users, r->item_ratings, r->n_items}},
                        rec__arrays_add_floats(fit->arrays, "user_degrees", r->n_users, 0),
                        rec__arrays_add_floats(fit->arrays, "item_degrees", r->n_items, 0),
                        rec__arrays_add_floats(fit->arrays, "item_vectors", r->n_items, factors),
                        rec__arrays_add_floats(fit->arrays, "user_vectors", r->n_users, factors),
                        rec__arrays_add_doubles(fit->arrays, "spectrum", factors)};
    if (g.user_degrees == NULL || g.item_degrees == NULL || g.item_vectors == NULL ||
        g.user_vectors == NULL || g.spectrum == NULL)
        return REC_ERR_NO_MEMORY;
    measure(&g.ratings.rows, g.user_degrees);
    measure(&g.ratings.columns, g.item_degrees);
    rec_status status = decompose(&g);
    if (status == REC_OK)
        status = scale_items(&g);
    return status != REC_OK ? status
                            : rec__parallel(fit->threads, (r->n_users + ROWS - 1) / ROWS, make_users, &g);
}

static rec_status check(const struct rec__fitted *fitted)
{
    int64_t f = (int64_t)fitted->parameters[FACTORS];
    struct {
        const char *name;
        struct rec__expected expected;
    } wanted[] = {
        {"user_degrees", {REC_F32, 1, fitted->n_users, 1}},
        {"item_degrees", {REC_F32, 1, fitted->n_items, 1}},
        {"user_vectors", {REC_F32, 2, fitted->n_users, f}},
        {"item_vectors", {REC_F32, 2, fitted->n_items, f}},
        {"spectrum", {REC_F64, 1, f, 1}},
    };
    rec_status status = REC_OK;
    for (size_t i = 0; status == REC_OK && i < sizeof wanted / sizeof wanted[0]; i++)
        status = rec__arrays_check(fitted->arrays, wanted[i].name, wanted[i].expected, true);
    return status;
}

/* y = S^-2 sum over u of r_u d_u^-2a x_u */
static rec_status fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                               struct rec__user_state *state)
{
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "user_vectors");
    const float *x = vectors->data, *degrees = rec__arrays_floats(fitted->arrays, "user_degrees");
    const double *spectrum = rec__arrays_find(fitted->arrays, "spectrum")->data;
    int32_t factors = (int32_t)vectors->columns;
    memset(state->vector, 0, (size_t)factors * sizeof *state->vector);
    for (int64_t j = 0; j < raters->n; j++) {
        double scale = scale_of(degrees[raters->items[j]], 2.0 * fitted->parameters[USER_POWER]);
        rec__kernels()->axpy((float)((double)raters->ratings[j] * scale),
                             x + (int64_t)raters->items[j] * factors, state->vector, factors);
    }
    for (int32_t k = 0; k < factors; k++) {
        bool noise = !(spectrum[k] > NOISE * spectrum[0]);
        state->vector[k] = noise ? 0.0f : (float)((double)state->vector[k] / (spectrum[k] * spectrum[k]));
    }
    state->bias = 0.0;
    return REC_OK;
}

/* What item j adds: r_j d_j^-2b y_j . y_i */
static rec_status explain(const struct rec__fitted *fitted, const struct rec__history *history, int32_t item,
                          double *contributions)
{
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "item_vectors");
    const float *y = vectors->data, *degrees = rec__arrays_floats(fitted->arrays, "item_degrees");
    int64_t factors = vectors->columns;
    for (int64_t j = 0; j < history->n; j++) {
        double scale = scale_of(degrees[history->items[j]], 2.0 * fitted->parameters[ITEM_POWER]);
        contributions[j] =
            scale * (double)history->ratings[j] *
            rec__kernels()->dot_double(y + history->items[j] * factors, y + item * factors, factors);
    }
    return REC_OK;
}

static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    const rec_ratings *r = fit->ratings;
    double k = fit->parameters[FACTORS] + 16.0, n = (double)r->count, rows = (double)r->n_users + r->n_items;
    double products = 2.0 * fit->parameters[ITERATIONS] + 2.0;
    rec__work_vectors(work, r, k);
    work->once.bytes = products * 4.0 * n * k;
    work->once.flops = products * 2.0 * rows * k * k;
    work->once.steps = 50.0 * n;
    work->held = 2.0 * work->held + 10.0 * n;
}

const struct rec_backend rec__svd = {
    .name = "svd",
    .summary = "truncated singular value decomposition of the scaled ratings: a low-pass filter",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .scorer = REC_SCORER_DOT,
    .fit = fit,
    .work = count_work,
    .check = check,
    .fold_in = fold_in,
    .fold_in_item = fold_in_item,
    .explain = explain,
};
