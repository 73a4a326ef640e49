/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One round: points times folds are tasks, of which several run at once, each on its share of the threads. What
 * each gives has a place of its own, and is added up in order afterwards, so that nothing depends on who ran what.
 * Folds are made once for all points; as many at a time as may be held in memory.
 */
#include "evaluate/tune_round.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "base/threads.h"
#include "evaluate/evaluation.h"
#include "evaluate/folds.h"
#include "evaluate/statistics.h"
#include "model/model.h"

#include <math.h>

/* What one fit gave; value NaN: it diverged. */
struct outcome {
    double value, fit_seconds;
};

struct round {
    struct rec__rounds *rounds;
    rec_tuned *points;
    int32_t n, resource;
    struct outcome *outcomes;    /* folds of them a point */
    rec_ratings **train, **test; /* the folds at hand */
    int32_t first_fold, held;
    int64_t first_task;
    int32_t threads; /* of each fit */
};

/* Watches one fit. */
struct watcher {
    struct rec__rounds *rounds;
    bool speaks; /* it is on the caller's thread, where the caller is told of progress */
};

static int watch(void *context, const rec_progress *fit)
{
    const struct watcher *watcher = context;
    struct rec__rounds *rounds = watcher->rounds;
    const rec_model *model = rounds->search->model;
    (void)fit;
    rec_progress progress = {sizeof progress, "tune", atomic_load(&rounds->done), rounds->fits, NAN, NAN};
    if (watcher->speaks && model->progress != NULL &&
        model->progress(model->progress_context, &progress) != 0)
        atomic_store(&rounds->cancelled, true);
    return atomic_load(&rounds->cancelled);
}

/* Count a fit, and ask again whether to go on: not every algorithm tells of its progress. */
static rec_status count_fit(struct watcher *watcher)
{
    atomic_fetch_add(&watcher->rounds->done, 1);
    return watch(watcher, NULL) == 0 ? REC_OK : REC_ERR_CANCELLED;
}

static rec_status measure(struct outcome *outcome, const rec_model *model, const rec_ratings *test,
                          const char *metric)
{
    rec_evaluation *evaluation = NULL;
    rec_status status = rec__evaluation_create(&evaluation, metric);
    if (status == REC_OK)
        status = rec__evaluation_measure(evaluation, model, test, NULL, NULL);
    if (status == REC_OK)
        *outcome = (struct outcome){evaluation->values[0], rec__model_fit_seconds(model)};
    rec_evaluation_free(evaluation);
    return status;
}

static void set_parameters(const struct round *round, rec_model *model, const rec_tuned *point)
{
    const rec_tuning *tuning = round->rounds->tuning;
    for (int32_t a = 0; a < tuning->axes; a++)
        model->parameters[tuning->parameters[a]] = tuning->settings[point->number * tuning->axes + a];
    if (round->rounds->cut >= 0)
        model->parameters[round->rounds->cut] = round->resource;
    model->parameters[model->backend->n_parameters + REC_COMMON_THREADS] = round->threads;
}

/* A model for a point, to start from `before` unless that is NULL. */
static rec_status make_model(rec_model **out, const struct round *round, const rec_tuned *point,
                             const rec_model *before)
{
    rec_status status = rec__model_clone(out, round->rounds->search->model);
    if (status != REC_OK)
        return status;
    set_parameters(round, *out, point);
    return before == NULL ? REC_OK : rec_model_start_from(*out, before);
}

/* A model that is fitted takes the place of `before`; who diverges is nobody to start from. */
static rec_status fit_point(const struct round *round, struct watcher *watcher, int32_t p, int32_t held,
                            rec_model **before)
{
    struct outcome *outcome = &round->outcomes[p * round->rounds->folds + round->first_fold + held];
    rec_model *model = NULL;
    rec_status status = make_model(&model, round, &round->points[p], *before);
    if (status == REC_OK) {
        rec_model_set_progress(model, watch, watcher);
        status = rec_fit(model, round->train[held]);
    }
    bool diverged = status == REC_ERR_DIVERGED;
    if (diverged)
        *outcome = (struct outcome){NAN, 0.0};
    else if (status == REC_OK)
        status = measure(outcome, model, round->test[held], round->rounds->search->options->metric);
    /* What it started from is not needed any more: only the last of a path is kept. */
    if (status == REC_OK)
        status = rec_model_start_from(model, NULL);
    if (status == REC_OK) {
        rec_model_free(*before);
        *before = model;
        return count_fit(watcher);
    }
    rec_model_free(model);
    return diverged ? count_fit(watcher) : status;
}

/* "point 3 of 8 (factors=4, seed=1), fold 2 of 5: " before the sentence. */
static rec_status name_point(rec_status status, const struct round *round, const rec_tuned *point,
                             int32_t fold)
{
    struct rec__text settings = {0};
    const rec_tuning *tuning = round->rounds->tuning;
    for (int32_t a = 0; a < tuning->axes; a++) {
        const struct rec__parameter *parameter = rec__parameter_at(tuning->backend, tuning->parameters[a]);
        char value[64];
        rec__parameter_format(parameter, tuning->settings[point->number * tuning->axes + a], value,
                              sizeof value);
        rec__text_addf(&settings, "%s%s=%s", a > 0 ? ", " : "", parameter->name, value);
    }
    status =
        rec__fail_within(status, "point %d of %d (%s), fold %d of %d: ", point->number + 1, tuning->count,
                         settings.status == REC_OK ? settings.bytes : "...", fold + 1, round->rounds->folds);
    rec__text_clear(&settings);
    return status;
}

/* The points of one path on one fold. */
static rec_status run_task(void *context, int64_t index, int32_t worker)
{
    struct round *round = context;
    struct watcher watcher = {round->rounds, worker == 0};
    const struct rec__path *path = &round->rounds->path;
    int32_t task = (int32_t)((round->first_task + index) / round->held);
    int32_t held = (int32_t)((round->first_task + index) % round->held);
    int32_t first = task / path->stride * path->stride * path->length + task % path->stride;
    rec_model *before = NULL;
    rec_status status = REC_OK;
    for (int32_t i = 0; i < path->length && status == REC_OK; i++) {
        int32_t p = first + path->stride * path->places[i];
        status = fit_point(round, &watcher, p, held, &before);
        if (status != REC_OK && status != REC_ERR_CANCELLED)
            status = name_point(status, round, &round->points[p], round->first_fold + held);
    }
    rec_model_free(before);
    return status;
}

static rec_status make_fold(void *context, int64_t held, int32_t worker)
{
    struct round *round = context;
    const struct rec__search *search = round->rounds->search;
    int32_t fold = round->first_fold + (int32_t)held;
    (void)worker;
    rec_status status =
        rec__folds_make(search->plan, search->ratings, fold, &round->train[held], &round->test[held]);
    return status == REC_OK ? REC_OK
                            : rec__fail_within(status, "fold %d of %d: ", fold + 1, round->rounds->folds);
}

static void free_folds(struct round *round)
{
    for (int32_t f = 0; f < round->held; f++) {
        rec_ratings_free(round->train[f]);
        rec_ratings_free(round->test[f]);
        round->train[f] = round->test[f] = NULL;
    }
}

/* All points on the folds at hand. */
static rec_status run_folds(struct round *round, int64_t most)
{
    int32_t threads = rec__model_threads(round->rounds->search->model);
    int64_t tasks = (int64_t)(round->n / round->rounds->path.length) * round->held, batch;
    rec_status status = rec__parallel(threads, round->held, make_fold, round);
    for (round->first_task = 0; status == REC_OK && round->first_task < tasks; round->first_task += batch) {
        int64_t left = tasks - round->first_task;
        int32_t at_once = rec__fits_at_once(threads, most, left);
        batch = left / at_once * at_once;
        round->threads = threads / at_once;
        status = rec__parallel_outer(threads, at_once, batch, run_task, round);
    }
    free_folds(round);
    return status;
}

/* The folds, as many at a time as there may be fits at once: no more copies of the ratings are needed. */
static rec_status run_points(struct round *round, int64_t most)
{
    int32_t room = round->held, folds = round->rounds->folds;
    rec_status status = REC_OK;
    for (round->first_fold = 0; status == REC_OK && round->first_fold < folds; round->first_fold += room) {
        round->held = room < folds - round->first_fold ? room : folds - round->first_fold;
        status = run_folds(round, most);
    }
    return status;
}

/* A point that diverged on one fold has no mean. */
static void summarise(const struct round *round)
{
    int32_t folds = round->rounds->folds;
    for (int32_t p = 0; p < round->n; p++) {
        rec_tuned *point = &round->points[p];
        point->value = point->deviation = 0.0;
        for (int32_t f = 0; f < folds; f++) {
            const struct outcome *outcome = &round->outcomes[p * folds + f];
            rec__moments_add(&point->value, &point->deviation, outcome->value, f + 1);
            point->fit_seconds += outcome->fit_seconds;
        }
        point->deviation = rec__moments_deviation(point->deviation, folds);
        point->diverged = !isfinite(point->value);
        point->value = point->diverged ? NAN : point->value;
        point->deviation = point->diverged ? 0.0 : point->deviation;
        point->resource = round->resource;
        point->rounds++;
    }
}

rec_status rec__round_run(struct rec__rounds *rounds, rec_tuned *points, int32_t n, int32_t resource)
{
    const struct rec__search *search = rounds->search;
    int64_t most = search->options->at_once;
    if (most == 0)
        most = rec__fits_held(search->plan, search->ratings, rounds->folds);
    struct round round = {.rounds = rounds, .points = points, .n = n, .resource = resource};
    round.held = most < rounds->folds ? (int32_t)most : rounds->folds;
    round.outcomes = rec__allocate((int64_t)n * rounds->folds, sizeof *round.outcomes);
    round.train = rec__allocate_zeroed(round.held, sizeof *round.train);
    round.test = rec__allocate_zeroed(round.held, sizeof *round.test);
    rec_status status = REC_ERR_NO_MEMORY;
    if (round.outcomes != NULL && round.train != NULL && round.test != NULL)
        status = run_points(&round, most);
    if (status == REC_OK)
        summarise(&round);
    rec__release(round.outcomes);
    rec__release(round.train);
    rec__release(round.test);
    return status;
}
