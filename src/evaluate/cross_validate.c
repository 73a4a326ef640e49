/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cross-validation. Folds are independent: where threads are enough for several, several are fitted at once,
 * each on its share of them, for no fit uses all its threads all the time. No figure depends on it.
 */
#include "evaluate/evaluation.h"
#include "evaluate/folds.h"
#include "evaluate/statistics.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "model/model.h"

#include <stdatomic.h>

struct run {
    const rec_model *model;
    const rec_ratings *ratings;
    const rec_folds *plan;
    const char *metrics;
    rec_evaluation **folds;
    int32_t n, first; /* folds in all, and of the batch */
    int32_t threads;  /* of each fit */
    atomic_bool cancelled;
};

/* Watches the fit of one fold. */
struct watcher {
    struct run *run;
    bool speaks; /* it is on the caller's thread, where the caller is told of progress */
};

static int watch_fold(void *context, const rec_progress *progress)
{
    const struct watcher *watcher = context;
    const rec_model *model = watcher->run->model;
    if (watcher->speaks && model->progress != NULL && model->progress(model->progress_context, progress) != 0)
        atomic_store(&watcher->run->cancelled, true);
    return atomic_load(&watcher->run->cancelled);
}

/* The caller's model is not touched. */
static rec_status measure_fold(rec_evaluation *evaluation, struct watcher *watcher, const rec_ratings *train,
                               const rec_ratings *test)
{
    rec_model *clone = NULL;
    rec_status status = rec__model_clone(&clone, watcher->run->model);
    if (status != REC_OK)
        return status;
    rec_model_set_progress(clone, watch_fold, watcher);
    status = rec_model_set(clone, "threads", watcher->run->threads);
    if (status == REC_OK)
        status = rec_fit(clone, train);
    if (status == REC_OK)
        status = rec__evaluation_measure(evaluation, clone, test, NULL, NULL);
    if (status == REC_OK)
        evaluation->totals.fit_seconds = rec__model_fit_seconds(clone);
    rec_model_free(clone);
    return status;
}

static rec_status run_fold(void *context, int64_t index, int32_t worker)
{
    struct run *run = context;
    struct watcher watcher = {run, worker == 0};
    int32_t fold = run->first + (int32_t)index;
    rec_ratings *train = NULL, *test = NULL;
    rec_status status = rec__evaluation_create(&run->folds[fold], run->metrics);
    if (status == REC_OK)
        status = rec__folds_make(run->plan, run->ratings, fold, &train, &test);
    if (status == REC_OK)
        status = measure_fold(run->folds[fold], &watcher, train, test);
    rec_ratings_free(train);
    rec_ratings_free(test);
    return status == REC_OK ? REC_OK : rec__fail_within(status, "fold %d of %d: ", fold + 1, run->n);
}

static rec_status run_folds(struct run *run)
{
    int32_t threads = rec__model_threads(run->model), batch;
    int64_t most = run->plan->at_once;
    if (most == 0)
        most = rec__fits_held(run->plan, run->ratings, run->n);
    rec_status status = REC_OK;
    for (run->first = 0; status == REC_OK && run->first < run->n; run->first += batch) {
        int32_t left = run->n - run->first, at_once = rec__fits_at_once(threads, most, left);
        batch = left / at_once * at_once;
        run->threads = threads / at_once;
        status = rec__parallel_outer(threads, at_once, batch, run_fold, run);
    }
    return status;
}

static void add_figures(rec_evaluation *whole, const rec_evaluation *fold, int32_t folds_so_far)
{
    for (int32_t m = 0; m < whole->metrics.count; m++)
        rec__moments_add(&whole->values[m], &whole->deviations[m], fold->values[m], folds_so_far);
    whole->totals.users += fold->totals.users;
    whole->totals.rankings += fold->totals.rankings;
    whole->totals.pairs += fold->totals.pairs;
    whole->totals.unknown += fold->totals.unknown;
    whole->totals.fit_seconds += fold->totals.fit_seconds;
    whole->totals.score_seconds += fold->totals.score_seconds;
}

static void summarise(rec_evaluation *evaluation)
{
    int32_t n = evaluation->n_folds;
    for (int32_t f = 0; f < n; f++)
        add_figures(evaluation, evaluation->folds[f], f + 1);
    for (int32_t m = 0; m < evaluation->metrics.count; m++)
        evaluation->deviations[m] = rec__moments_deviation(evaluation->deviations[m], n);
}

rec_status rec__evaluation_cross_validate(rec_evaluation *evaluation, const rec_model *model,
                                          const rec_ratings *ratings, const rec_folds *plan,
                                          const char *metrics)
{
    struct run run = {.model = model, .ratings = ratings, .plan = plan, .metrics = metrics};
    atomic_init(&run.cancelled, false);
    rec_status status = rec__folds_count(plan, ratings, &run.n);
    if (status != REC_OK)
        return status;
    run.folds = evaluation->folds = rec__allocate_zeroed(run.n, sizeof(rec_evaluation *));
    if (run.folds == NULL)
        return REC_ERR_NO_MEMORY;
    evaluation->n_folds = run.n;
    status = run_folds(&run);
    if (status == REC_OK)
        summarise(evaluation);
    return status;
}
