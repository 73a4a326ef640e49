/* SPDX-License-Identifier: Apache-2.0 */
/* A backend whose best parameters are known, which writes down every fit; and searches with it. */
#ifndef BOWL_H
#define BOWL_H

#include "evaluate/tune.h"
#include "base/status.h"

#include "own_backend.h"
#include "unit.h"

#include <librec/split.h>

#include <math.h>

enum { USERS = 40, ITEMS = 25, PAIRS = 400, LOG_MOST = 4096 };
enum { X, K, REG, EPOCHS };

/* One fit, as the backend saw it. */
struct seen {
    double x, k, reg, epochs;
    double start; /* reg of the model it began from; NaN: none */
    int64_t ratings;
    int32_t threads;
};

static struct seen seen[LOG_MOST];
static atomic_int n_seen;

static inline void write_down(const struct rec__fit *fit)
{
    const double *p = fit->parameters;
    const rec_array *before = fit->start == NULL ? NULL : rec__arrays_find(fit->start->arrays, "reg");
    double start = before == NULL ? NAN : *(const double *)before->data;
    int at = atomic_fetch_add(&n_seen, 1);
    if (at < LOG_MOST)
        seen[at] = (struct seen){p[X], p[K], p[REG], p[EPOCHS], start, fit->ratings->count, fit->threads};
}

/* Item means and an error that is least at x = 2, k = 3; that of great x wanes with the epochs, so that what is best
 * after few is not best after many. Models that begin from others carry on a part of what those were. */
static inline rec_status fit_bowl(struct rec__fit *fit)
{
    const rec_ratings *ratings = fit->ratings;
    const double *p = fit->parameters;
    float *scores = rec__arrays_add_floats(fit->arrays, "item_scores", ratings->n_items, 0);
    double *reg = rec__arrays_add_doubles(fit->arrays, "reg", 1);
    write_down(fit);
    if (scores == NULL || reg == NULL)
        return REC_ERR_NO_MEMORY;
    *reg = p[REG];
    const rec_array *before = fit->start == NULL ? NULL : rec__arrays_find(fit->start->arrays, "reg");
    double error = 0.1 * fabs(p[X] - 2.0) + 0.05 * fabs(p[K] - 3.0) + p[X] / p[EPOCHS];
    error += 0.01 * fabs(p[REG] - 1.0) + (before == NULL ? 0.0 : 0.001 * *(const double *)before->data);
    for (int32_t i = 0; i < ratings->n_items; i++) {
        double sum = ratings->mean;
        for (int64_t e = ratings->item_start[i]; e < ratings->item_start[i + 1]; e++)
            sum += (double)ratings->item_ratings[e];
        scores[i] = (float)(sum / (double)(rec__item_count(ratings, i) + 1) + 2.0 + error);
    }
    return rec__fit_report(fit, 1, 1, p[X] <= -10.0 ? NAN : 0.0, NAN);
}

static const struct rec__parameter parameters[] = {
    [X] = REC_REAL("x", 0.0, -10.0, 10.0, "best at 2"),
    [K] = REC_WHOLE("k", 0, 0, 100, "best at 3"),
    [REG] = REC_REAL("reg", 1.0, 0.0, 100.0, "best at 1"),
    [EPOCHS] = REC_WHOLE("epochs", 18, 1, 1000, "more are better for great x"),
};

static const struct rec_backend bowl = {.name = "bowl",
                                        .summary = "a bowl",
                                        .parameters = parameters,
                                        .n_parameters = 4,
                                        .scorer = REC_SCORER_TABLE,
                                        .traits = REC_PREDICTS_RATINGS | REC_CAN_START,
                                        .fit = fit_bowl};

static inline rec_status make_ratings(rec_ratings **out)
{
    int64_t start[USERS + 1];
    int32_t items[PAIRS];
    float ratings[PAIRS];
    for (int32_t u = 0; u <= USERS; u++)
        start[u] = u * (PAIRS / USERS);
    for (int32_t p = 0; p < PAIRS; p++) {
        int32_t user = p / (PAIRS / USERS);
        items[p] = (user * 7 + p % (PAIRS / USERS) * 2) % ITEMS;
        ratings[p] = (float)(1 + (user * user + items[p] * 3 + p) % 9) / 2.0f;
    }
    return rec_ratings_from_csr(out, USERS, ITEMS, start, items, ratings);
}

static inline rec_ratings *ratings_made(void)
{
    rec_ratings *ratings = NULL;
    EXPECT_OK(make_ratings(&ratings));
    return ratings;
}

static const double some_x[] = {4.0, -1.0, 2.5}, some_k[] = {9, 3}, some_reg[] = {0.5, 8.0, 1.0, 2.0};

static inline rec_space *space_of(const struct rec_backend *backend)
{
    rec_space *space = NULL;
    EXPECT_OK(rec__space_create(&space, backend));
    return space;
}

static inline rec_space *grid_space(void)
{
    rec_space *space = space_of(&bowl);
    EXPECT_OK(rec_space_values(space, "x", some_x, 3));
    EXPECT_OK(rec_space_values(space, "k", some_k, 2));
    return space;
}

static inline rec_space *range_space(void)
{
    rec_space *space = space_of(&bowl);
    EXPECT_OK(rec_space_range(space, "x", -5.0, 10.0, 0));
    EXPECT_OK(rec_space_range(space, "k", 0, 20, 0));
    return space;
}

/* raw errors: they have no bounds to be clipped at. */
static const rec_tune_options usual = {.size = sizeof usual, .metric = "rmse_raw"};

static inline rec_tuning *search(const rec_space *space, const rec_tune_options *options, int32_t threads)
{
    rec_ratings *ratings = ratings_made();
    rec_tuning *tuning = NULL;
    rec_model *model = own_model(space->backend, threads);
    atomic_store(&n_seen, 0);
    EXPECT_OK(rec_tune(model, ratings, space, options, &tuning));
    ck_assert_int_eq(rec_model_fitted(model), 0);
    rec_model_free(model);
    rec_ratings_free(ratings);
    return tuning;
}

static inline rec_tuned at(const rec_tuning *tuning, int32_t rank)
{
    rec_tuned tuned = REC_TUNED_INIT;
    EXPECT_OK(rec_tuning_at(tuning, rank, &tuned));
    return tuned;
}

static inline double setting(const rec_tuning *tuning, int32_t rank, const char *name)
{
    double value = 0.0;
    rec_model *model = own_model(tuning->backend, 1);
    EXPECT_OK(rec_tuning_parameters(tuning, rank, model));
    EXPECT_OK(rec_model_get(model, name, &value));
    rec_model_free(model);
    return value;
}

#endif
