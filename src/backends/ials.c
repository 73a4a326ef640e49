/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Implicit alternating least squares (Hu, Koren and Volinsky, "Collaborative filtering for implicit feedback datasets", ICDM 2008; in the form of
 * Rendle, Krichene, Zhang and Koren, "Revisiting the performance of iALS on item recommendation benchmarks", RecSys 2022). Minimises
 *
 *   L = sum over ratings of c_ui (p_ui - x_u . y_i)^2 + sum over all pairs of w_i (x_u . y_i)^2
 *       + sum over users of lambda_u |x_u|^2 + sum over items of lambda_i |y_i|^2
 *
 * p is min(1, r / mean of the ratings above 0), or 1 with `preference` one; 0 for ratings up to 0. c = alpha t(|r|), times the rating's weight where weights are given, t being none, log(1 + r) or BM25
 * (Robertson et al., TREC-3, 1994, items as documents). With `zeros` unobserved the second sum leaves out the ratings, which then weigh c + w (Hu's 1 + alpha
 * r). w_i = unobserved, or by popularity n_i^b with the same mean (He, Zhang, Kan and Chua, "Fast matrix factorization for online recommendation
 * with implicit feedback", SIGIR 2016). lambda_u = lambda (n_u + sum of w)^nu, lambda_i = lambda (n_i + w_i users)^nu.
 */
#include "backends/ials.h"
#include "backends/draw.h"
#include "backends/normal.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "kernels/kernels.h"
#include "backends/work.h"

#include <math.h>
#include <string.h>

static const struct rec__parameter parameters[REC_IALS_N_PARAMETERS] = {
    [REC_IALS_FACTORS] = REC_WHOLE("factors", 64, 1, 1024, "length of the vectors of users and items"),
    [REC_IALS_EPOCHS] = REC_WHOLE("epochs", 16, 1, 100000, "times that all users, then all items are found"),
    [REC_IALS_SOLVER] =
        REC_CHOICE("solver", REC_IALS_EXACT, "exact|cg|subspace", REC_IALS_SUBSPACE, "how a row is found"),
    [REC_IALS_ALPHA] = REC_REAL("alpha", 1, 1e-9, 1e9, "confidence in a rating of 1"),
    [REC_IALS_UNOBSERVED] =
        REC_REAL("unobserved", 0.02, 0, 1e6, "weight of pairs without a rating, which should score 0"),
    [REC_IALS_REGULARIZATION] =
        REC_REAL("regularization", 0.01, 0, 1e6, "lambda: weight of the squared vectors"),
    [REC_IALS_NU] = REC_REAL("nu", 1, 0, 2, "regularization grows with the row's weight to this power"),
    [REC_IALS_PREFERENCE] =
        REC_CHOICE("preference", REC_IALS_BY_RATING, "rating|one", REC_IALS_ONE,
                   "what a rating should score: its part of the mean rating, at most 1; or 1"),
    [REC_IALS_TRANSFORM] =
        REC_CHOICE("transform", REC_IALS_NONE, "none|log|bm25", REC_IALS_BM25, "of ratings to confidences"),
    [REC_IALS_BM25_K1] = REC_REAL("bm25_k1", 100, 0, 1e6, "bm25: how slowly repeats stop to count"),
    [REC_IALS_BM25_B] = REC_REAL("bm25_b", 0.8, 0, 1, "bm25: how much popular items count less"),
    [REC_IALS_ZEROS] = REC_CHOICE("zeros", REC_IALS_ALL, "all|unobserved", REC_IALS_UNOBSERVED_ONLY,
                                  "which pairs the weight `unobserved` pulls to 0"),
    [REC_IALS_POPULARITY] =
        REC_REAL("popularity", 0, 0, 2, "power of an item's number of ratings in its weight of unobserved"),
    [REC_IALS_CG_STEPS] = REC_WHOLE("cg_steps", 3, 1, 1000, "cg: steps a row"),
    [REC_IALS_BLOCK] = REC_WHOLE("block", 32, 1, 1024, "subspace: factors found at once"),
    [REC_IALS_INIT_DEVIATION] =
        REC_REAL("init_deviation", 0.1, 1e-6, 10, "spread of the vectors at first, times 1 / sqrt(factors)"),
};

/* What w_i is of n_i^b, so that the mean of w is `unobserved`. */
static double popularity_scale(const struct rec__ials_fitting *g)
{
    double sum = 0.0;
    for (int32_t i = 0; i < g->items.n; i++)
        sum += pow((double)(g->items.start[i + 1] - g->items.start[i]), g->set[REC_IALS_POPULARITY]);
    return sum > 0.0 ? g->set[REC_IALS_UNOBSERVED] * g->items.n / sum : 0.0;
}

/* Lengths of the items and idf of the users, of the ratings' sizes. */
static void measure_lengths(struct rec__ials_fitting *g)
{
    double sum = 0.0;
    for (int32_t i = 0; i < g->items.n; i++) {
        double length = 0.0;
        for (int64_t e = g->items.start[i]; e < g->items.start[i + 1]; e++)
            length += fabs((double)g->items.ratings[e]);
        g->item_lengths[i] = (float)length;
        sum += length;
    }
    g->mean_length = sum > 0.0 ? sum / g->items.n : 1.0;
    for (int32_t u = 0; u < g->users.n; u++)
        g->user_idf[u] =
            (float)(log((double)g->items.n) - log1p((double)(g->users.start[u + 1] - g->users.start[u])));
}

static double mean_of_positive(const rec_ratings *r)
{
    double sum = 0.0;
    int64_t n = 0;
    for (int64_t e = 0; e < r->count; e++)
        if (r->user_ratings[e] > 0.0f) {
            sum += (double)r->user_ratings[e];
            n++;
        }
    return n > 0 ? sum / (double)n : 1.0;
}

/* The users' penalty: what the items' objective leaves out of L. */
static double user_penalty(const void *context, int64_t user)
{
    const struct rec__ials_fitting *g = context;
    const float *x = g->users.vectors + user * g->f;
    double n = (double)(g->users.start[user + 1] - g->users.start[user]);
    return rec__ials_regularization_of(g->set, n, g->sum_unobserved) * rec__kernels()->dot_double(x, x, g->f);
}

struct watched {
    const struct rec__ials_fitting *g;
    const rec_ratings *ratings;
};

static double validation_errors(const void *context, int64_t user)
{
    const struct watched *w = context;
    const rec_ratings *r = w->ratings;
    double sum = 0.0;
    for (int64_t e = r->user_start[user]; e < r->user_start[user + 1]; e++) {
        double preferred = rec__ials_preference(w->g->set, (double)r->user_ratings[e], w->g->mean);
        double error = preferred - (double)rec__kernels()->dot(
                                       w->g->users.vectors + user * w->g->f,
                                       w->g->items.vectors + (int64_t)r->user_items[e] * w->g->f, w->g->f);
        sum += error * error;
    }
    return sum;
}

/* The loss is L a rating; that of the validation ratings, the root mean squared error of their preferences. */
static rec_status report(const struct rec__ials_fitting *g, int32_t epoch, double item_objective)
{
    const rec_ratings *r = g->fit->ratings, *validation = g->fit->validation;
    double penalty = rec__parallel_sum(g->fit->threads, g->users.n, user_penalty, g), watched = (double)NAN;
    struct watched w = {g, validation};
    if (validation != NULL && validation->count > 0)
        watched = sqrt(rec__parallel_sum(g->fit->threads, validation->n_users, validation_errors, &w) /
                       (double)validation->count);
    return rec__fit_report(g->fit, epoch, (int64_t)g->set[REC_IALS_EPOCHS],
                           (item_objective + penalty) / (double)r->count, watched);
}

static rec_status run_epochs(struct rec__ials_fitting *g)
{
    rec_status status = REC_OK;
    for (int32_t epoch = 1; status == REC_OK && epoch <= (int32_t)g->set[REC_IALS_EPOCHS]; epoch++) {
        double of_users = 0.0, of_items = 0.0;
        status = rec__ials_run_half(g, true, &of_users);
        if (status == REC_OK)
            status = rec__ials_run_half(g, false, &of_items);
        if (status == REC_OK)
            status = report(g, epoch, of_items);
    }
    return status;
}

/* What a fitted model needs to fold rows in. */
static rec_status add_arrays(struct rec__ials_fitting *g)
{
    const rec_ratings *r = g->fit->ratings;
    struct rec__arrays *arrays = g->fit->arrays;
    double *about = rec__arrays_add_doubles(arrays, "ials", 4);
    g->users.vectors = rec__arrays_add_floats(arrays, "user_vectors", r->n_users, g->f);
    g->items.vectors = rec__arrays_add_floats(arrays, "item_vectors", r->n_items, g->f);
    g->grams[0] = rec__arrays_add_floats(arrays, "user_gram", g->f, g->f);
    g->grams[1] = rec__arrays_add_floats(arrays, "item_gram", g->f, g->f);
    g->item_weights = rec__arrays_add_floats(arrays, "item_weights", r->n_items, 0);
    if (g->set[REC_IALS_TRANSFORM] == REC_IALS_BM25) {
        g->item_lengths = rec__arrays_add_floats(arrays, "item_lengths", r->n_items, 0);
        g->user_idf = rec__arrays_add_floats(arrays, "user_idf", r->n_users, 0);
        if (g->item_lengths == NULL || g->user_idf == NULL)
            return REC_ERR_NO_MEMORY;
        measure_lengths(g);
    }
    if (about == NULL || g->users.vectors == NULL || g->items.vectors == NULL || g->grams[0] == NULL ||
        g->grams[1] == NULL || g->item_weights == NULL)
        return REC_ERR_NO_MEMORY;
    double scale = popularity_scale(g);
    g->mean = mean_of_positive(r);
    for (int32_t i = 0; i < r->n_items; i++) {
        g->item_weights[i] = (float)rec__ials_item_weight(g->set, scale, (double)rec__item_count(r, i));
        g->sum_unobserved += (double)g->item_weights[i];
    }
    about[0] = g->sum_unobserved;
    about[1] = scale;
    about[2] = g->mean_length;
    about[3] = g->mean;
    return REC_OK;
}

static rec_status make_scratch(struct rec__ials_fitting *g)
{
    const rec_ratings *r = g->fit->ratings;
    int64_t square = (int64_t)g->f * g->f, longest = rec__normal_longest(r);
    g->parts = rec__allocate(REC_IALS_GRAM_PARTS * square, sizeof *g->parts);
    g->wide = rec__allocate(square, sizeof *g->wide);
    g->eigenvalues = rec__allocate(g->f, sizeof *g->eigenvalues);
    g->turned = rec__allocate(square, sizeof *g->turned);
    g->rooms = rec__allocate_zeroed(g->fit->threads, sizeof *g->rooms);
    bool made = g->parts != NULL && g->wide != NULL && g->eigenvalues != NULL && g->turned != NULL &&
                g->rooms != NULL && rec__ials_put_in_order(g, &g->users) == REC_OK &&
                rec__ials_put_in_order(g, &g->items) == REC_OK;
    for (int32_t t = 0; made && t < g->fit->threads; t++)
        made = rec__ials_room_make(&g->rooms[t], g->f, longest) == REC_OK;
    return made ? REC_OK : REC_ERR_NO_MEMORY;
}

static void clear_fitting(struct rec__ials_fitting *g)
{
    void *blocks[] = {g->parts, g->wide, g->eigenvalues, g->turned, g->users.order, g->items.order};
    for (int32_t t = 0; g->rooms != NULL && t < g->fit->threads; t++)
        rec__ials_room_clear(&g->rooms[t]);
    rec__release(g->rooms);
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
        rec__release(blocks[b]);
}

static void start_vectors(const struct rec__ials_fitting *g)
{
    double deviation = g->set[REC_IALS_INIT_DEVIATION] / sqrt(g->f);
    struct rec__draw users = {g->fit->seed,   REC_STREAM_USERS, deviation, 0.0f,
                              g->users.start, g->users.n,       g->f};
    struct rec__draw items = {g->fit->seed,   REC_STREAM_ITEMS, deviation, 0.0f,
                              g->items.start, g->items.n,       g->f};
    rec__draw_rows(&users, g->fit->threads, g->users.vectors);
    rec__draw_rows(&items, g->fit->threads, g->items.vectors);
}

static rec_status fit(struct rec__fit *fit)
{
    const rec_ratings *r = fit->ratings;
    struct rec__ials_fitting g = {.fit = fit,
                                  .set = fit->parameters,
                                  .f = (int32_t)fit->parameters[REC_IALS_FACTORS],
                                  .users = {.start = r->user_start,
                                            .others = r->user_items,
                                            .ratings = r->user_ratings,
                                            .weights = fit->user_weights,
                                            .n = r->n_users},
                                  .items = {.start = r->item_start,
                                            .others = r->item_users,
                                            .ratings = r->item_ratings,
                                            .weights = fit->item_weights,
                                            .n = r->n_items}};
    rec_status status = add_arrays(&g);
    if (status == REC_OK)
        status = make_scratch(&g);
    if (status == REC_OK) {
        start_vectors(&g);
        status = run_epochs(&g);
    }
    /* Folding in is to the vectors as they are at the end. */
    if (status == REC_OK)
        status = rec__ials_make_grams(&g);
    clear_fitting(&g);
    return status;
}

static rec_status check(const struct rec__fitted *fitted)
{
    int64_t f = (int64_t)fitted->parameters[REC_IALS_FACTORS];
    bool bm25 = fitted->parameters[REC_IALS_TRANSFORM] == REC_IALS_BM25;
    struct {
        const char *name;
        struct rec__expected expected;
        bool required;
    } wanted[] = {
        {"item_vectors", {REC_F32, 2, fitted->n_items, f}, true},
        {"user_vectors", {REC_F32, 2, fitted->n_users, f}, true},
        {"user_gram", {REC_F32, 2, f, f}, true},
        {"item_gram", {REC_F32, 2, f, f}, true},
        {"item_weights", {REC_F32, 1, fitted->n_items, 1}, true},
        {"item_lengths", {REC_F32, 1, fitted->n_items, 1}, bm25},
        {"user_idf", {REC_F32, 1, fitted->n_users, 1}, bm25},
        {"ials", {REC_F64, 1, 4, 1}, true},
    };
    rec_status status = REC_OK;
    for (size_t i = 0; status == REC_OK && i < sizeof wanted / sizeof *wanted; i++)
        status = rec__arrays_check(fitted->arrays, wanted[i].name, wanted[i].expected, wanted[i].required);
    return status;
}

/* A row's exact system: its ratings span at most as many directions as there are factors. */
static double count_system(double n, double k)
{
    double span = n < k ? n : k;
    return 0.85 * (n * span * (k + 1.0) + span * span * span / 3.0 + 4.0 * n * k);
}

/* The rows of one side; passes: of conjugate gradients over a row that is not solved exactly; 0: all are. */
static double count_rows(const int64_t *start, int32_t rows, double k, double passes)
{
    double flops = 0.0;
    for (int32_t row = 0; row < rows; row++) {
        double n = (double)(start[row + 1] - start[row]);
        bool exact = passes == 0.0 || n <= fmin(k, REC_IALS_SMALL);
        flops += exact ? count_system(n, k) : passes * 5.0 * n * k;
    }
    return flops;
}

static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    const rec_ratings *r = fit->ratings;
    double k = fit->parameters[REC_IALS_FACTORS], n = (double)r->count,
           rows = (double)r->n_users + r->n_items;
    double steps = fit->parameters[REC_IALS_CG_STEPS], block = fit->parameters[REC_IALS_BLOCK];
    int solver = (int)fit->parameters[REC_IALS_SOLVER];
    rec__work_vectors(work, r, k);
    work->held *= 1.2; /* and the threads' systems */
    work->epochs = (int64_t)fit->parameters[REC_IALS_EPOCHS];
    work->once.steps = 20.0 * n;
    work->epoch.flops = rows * k * (k + 1.0); /* the Gram matrices */
    work->epoch.bytes = 8.0 * n * k * (solver == REC_IALS_CG ? 1.0 + 0.25 * steps : 1.0);
    if (solver == REC_IALS_SUBSPACE) {
        work->epoch.flops += 1.7 * (2.0 * n * k * (block + 3.0) + rows * k * (2.0 * k + block * block / 3.0));
        return;
    }
    double passes = solver == REC_IALS_CG ? steps + 1.0 : 0.0;
    work->epoch.flops += count_rows(r->user_start, r->n_users, k, passes) +
                         count_rows(r->item_start, r->n_items, k, passes) + passes * rows * k * k;
}

const struct rec_backend rec__ials = {
    .name = "ials",
    .summary = "implicit alternating least squares: what was had scores 1, all else 0 with little weight",
    .parameters = parameters,
    .n_parameters = REC_IALS_N_PARAMETERS,
    .scorer = REC_SCORER_DOT,
    .traits = REC_TAKES_WEIGHTS,
    .fit = fit,
    .work = count_work,
    .check = check,
    .fold_in = rec__ials_fold_in,
    .fold_in_item = rec__ials_fold_in_item,
    .explain = rec__ials_explain,
};
