/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cross-validation. Folds are independent: where threads are enough for several, several are fitted at once,
 * each on its share of them, for no fit uses all its threads all the time. No figure depends on it.
 */
#include "evaluate/evaluation.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "model/model.h"

#include <librec/split.h>

#include <math.h>
#include <stdatomic.h>

enum { FOLDS_USUAL = 5 };

/* Folds at once hold a copy of the ratings each: together they hold no more ratings than this, unless one
 * does. */
enum { RATINGS_AT_ONCE = 1 << 25 };

struct run {
    const rec_model *model;
    const rec_ratings *ratings; /* NULL: the folds are given */
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

static int32_t or_usual(int32_t given, int32_t usual)
{
    return given == 0 ? usual : given;
}

static rec_status refuse(const char *name, int32_t value, const char *expected)
{
    return rec__fail(REC_ERR_INVALID, "%s is %d; %s was expected", name, value, expected);
}

/* What a kind of folds has no use for must not be given, so that nobody takes it for heeded. */
static rec_status check_unused(const rec_folds *plan)
{
    bool given = plan->kind == REC_FOLDS_GIVEN;
    bool counts = given || plan->kind == REC_FOLDS_SHUFFLED || plan->kind == REC_FOLDS_TIME;
    bool draws = plan->kind == REC_FOLDS_SHUFFLED || plan->kind == REC_FOLDS_ONE;
    if (!counts && plan->folds != 0)
        return refuse("plan.folds", plan->folds, "0 for this kind, which holds out one rating a user,");
    if (!draws && plan->repeats > 1)
        return refuse("plan.repeats", plan->repeats, "0 or 1 for this kind, which draws nothing,");
    if (!given && (plan->train != NULL || plan->test != NULL))
        return rec__fail(REC_ERR_INVALID, "plan.%s is given; NULL was expected for this kind",
                         plan->train != NULL ? "train" : "test");
    return REC_OK;
}

static rec_status check_given(const rec_folds *plan)
{
    if (plan->folds < 1)
        return refuse("plan.folds", plan->folds, "at least 1 given fold");
    if (plan->train == NULL || plan->test == NULL)
        return rec__fail_null(plan->train == NULL ? "plan.train" : "plan.test");
    for (int32_t f = 0; f < plan->folds; f++)
        if (plan->train[f] == NULL || plan->test[f] == NULL)
            return rec__fail(REC_ERR_INVALID, "plan.%s[%d] is NULL; ratings were expected",
                             plan->train[f] == NULL ? "train" : "test", f);
    return REC_OK;
}

static rec_status check_divided(const rec_folds *plan, const rec_ratings *ratings)
{
    int32_t folds = or_usual(plan->folds, FOLDS_USUAL);
    if (ratings == NULL)
        return rec__fail_null("ratings");
    if (plan->kind == REC_FOLDS_SHUFFLED && folds < 2)
        return rec__fail(REC_ERR_INVALID, "folds is %d; at least 2 was expected", folds);
    if (plan->kind == REC_FOLDS_SHUFFLED && ratings->count < folds)
        return rec__fail(REC_ERR_EMPTY,
                         "folds is %d, of %lld ratings; at most as many folds as ratings were expected",
                         folds, (long long)ratings->count);
    bool by_time = plan->kind == REC_FOLDS_TIME || plan->kind == REC_FOLDS_LAST;
    if (by_time && ratings->user_times == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "the ratings have no times; folds in the order of time need them");
    return REC_OK;
}

static rec_status check_plan(const rec_folds *plan, const rec_ratings *ratings)
{
    if (plan->kind < REC_FOLDS_SHUFFLED || plan->kind > REC_FOLDS_GIVEN)
        return refuse("plan.kind", plan->kind, "one of REC_FOLDS_...");
    if (plan->folds < 0)
        return refuse("plan.folds", plan->folds, "at least 0");
    if (plan->repeats < 0)
        return refuse("plan.repeats", plan->repeats, "at least 0");
    if (plan->at_once < 0)
        return refuse("plan.at_once", plan->at_once, "at least 0");
    rec_status status = check_unused(plan);
    if (status != REC_OK)
        return status;
    return plan->kind == REC_FOLDS_GIVEN ? check_given(plan) : check_divided(plan, ratings);
}

static rec_status count_folds(const rec_folds *plan, int32_t *n)
{
    int32_t folds = 1, repeats = or_usual(plan->repeats, 1);
    if (plan->kind == REC_FOLDS_SHUFFLED || plan->kind == REC_FOLDS_TIME || plan->kind == REC_FOLDS_GIVEN)
        folds = or_usual(plan->folds, FOLDS_USUAL);
    if ((int64_t)folds * repeats > INT32_MAX)
        return rec__fail(REC_ERR_INVALID, "%d folds %d times are too many; at most %d was expected", folds,
                         repeats, INT32_MAX);
    *n = folds * repeats;
    return REC_OK;
}

/* The repeats draw under seeds in a row: the random numbers of any two are unrelated. */
static rec_status make_fold(const struct run *run, int32_t fold, rec_ratings **train, rec_ratings **test)
{
    const rec_folds *plan = run->plan;
    int32_t folds = or_usual(plan->folds, FOLDS_USUAL);
    switch (plan->kind) {
    case REC_FOLDS_ONE:
        return rec_split_one(run->ratings, plan->seed + (uint64_t)fold, train, test);
    case REC_FOLDS_LAST:
        return rec_split_last(run->ratings, 1, train, test);
    case REC_FOLDS_TIME:
        return rec_split_time(run->ratings, folds, fold, train, test);
    case REC_FOLDS_GIVEN:
        *train = rec_ratings_retain(plan->train[fold]);
        *test = rec_ratings_retain(plan->test[fold]);
        return REC_OK;
    default:
        return rec_split_fold(run->ratings, folds, fold % folds, plan->seed + (uint64_t)(fold / folds), train,
                              test);
    }
}

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
        status = rec__evaluation_measure(evaluation, clone, test, NULL);
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
        status = make_fold(run, fold, &train, &test);
    if (status == REC_OK)
        status = measure_fold(run->folds[fold], &watcher, train, test);
    rec_ratings_free(train);
    rec_ratings_free(test);
    return status == REC_OK ? REC_OK : rec__fail_within(status, "fold %d of %d: ", fold + 1, run->n);
}

/* As many as share the threads evenly, at most: so no thread is without work while the batch lasts. */
static int32_t folds_at_once(const struct run *run, int32_t threads, int32_t left)
{
    int64_t count = 1;
    if (run->ratings != NULL)
        count += run->ratings->count;
    for (int32_t f = 0; run->ratings == NULL && f < run->n; f++)
        count = run->plan->train[f]->count > count ? run->plan->train[f]->count : count;
    int64_t most = RATINGS_AT_ONCE / count;
    if (run->plan->at_once > 0)
        most = run->plan->at_once;
    int32_t at_once = threads;
    while (at_once > 1 && (at_once > most || at_once > left || threads % at_once != 0))
        at_once--;
    return at_once;
}

static rec_status run_folds(struct run *run)
{
    int32_t threads = rec__model_threads(run->model), batch;
    rec_status status = REC_OK;
    for (run->first = 0; status == REC_OK && run->first < run->n; run->first += batch) {
        int32_t left = run->n - run->first, at_once = folds_at_once(run, threads, left);
        batch = left / at_once * at_once;
        run->threads = threads / at_once;
        status = rec__parallel_outer(threads, at_once, batch, run_fold, run);
    }
    return status;
}

/* Mean and sum of squared deviations with one more value (Welford, "Note on a method for calculating
 * corrected sums of squares and products", Technometrics 1962). */
static void add_figures(rec_evaluation *whole, const rec_evaluation *fold, int32_t folds_so_far)
{
    for (int32_t m = 0; m < whole->metrics.count; m++) {
        double before = fold->values[m] - whole->values[m];
        whole->values[m] += before / folds_so_far;
        whole->deviations[m] += before * (fold->values[m] - whole->values[m]);
    }
    whole->totals.users += fold->totals.users;
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
        evaluation->deviations[m] = n > 1 ? sqrt(evaluation->deviations[m] / (n - 1)) : 0.0;
}

rec_status rec__evaluation_cross_validate(rec_evaluation *evaluation, const rec_model *model,
                                          const rec_ratings *ratings, const rec_folds *plan,
                                          const char *metrics)
{
    struct run run = {.model = model, .ratings = ratings, .plan = plan, .metrics = metrics};
    atomic_init(&run.cancelled, false);
    rec_status status = check_plan(plan, ratings);
    if (status == REC_OK)
        status = count_folds(plan, &run.n);
    if (status != REC_OK)
        return status;
    if (plan->kind == REC_FOLDS_GIVEN)
        run.ratings = NULL;
    run.folds = evaluation->folds = rec__allocate_zeroed(run.n, sizeof(rec_evaluation *));
    if (run.folds == NULL)
        return REC_ERR_NO_MEMORY;
    evaluation->n_folds = run.n;
    status = run_folds(&run);
    if (status == REC_OK)
        summarise(evaluation);
    return status;
}
