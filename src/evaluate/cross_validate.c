/* SPDX-License-Identifier: Apache-2.0 */
/* Cross-validation: one fold after another, each fitted and measured on all threads. */
#include "evaluate/evaluation.h"
#include "base/memory.h"
#include "base/status.h"
#include "model/model.h"

#include <librec/split.h>

#include <math.h>

struct fold {
    int32_t index, folds;
    uint64_t seed;
};

static rec_status check_folds(int32_t folds, const rec_ratings *ratings)
{
    if (folds < 2)
        return rec__fail(REC_ERR_INVALID, "folds is %d; at least 2 was expected", folds);
    if (ratings->count < folds)
        return rec__fail(REC_ERR_EMPTY,
                         "folds is %d, of %lld ratings; at most as many folds as ratings were expected",
                         folds, (long long)ratings->count);
    return REC_OK;
}

/* The caller's model is not touched; its watcher sees, and may cancel, the fit of each fold. */
static rec_status fit_clone(rec_model **out, const rec_model *model, const rec_ratings *train)
{
    rec_status status = rec__model_clone(out, model);
    if (status != REC_OK)
        return status;
    rec_model_set_progress(*out, model->progress, model->progress_context);
    return rec_fit(*out, train);
}

static rec_status measure_fold(rec_evaluation *evaluation, const rec_model *model, const rec_ratings *train,
                               const rec_ratings *test)
{
    rec_model *clone = NULL;
    rec_status status = fit_clone(&clone, model, train);
    if (status == REC_OK)
        status = rec__evaluation_measure(evaluation, clone, test, NULL);
    if (status == REC_OK)
        evaluation->totals.fit_seconds = rec__model_fit_seconds(clone);
    rec_model_free(clone);
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

static rec_status add_fold(rec_evaluation *whole, rec_evaluation *one, const rec_model *model,
                           const rec_ratings *ratings, struct fold fold)
{
    rec_ratings *train = NULL, *test = NULL;
    rec_status status = rec_split_fold(ratings, fold.folds, fold.index, fold.seed, &train, &test);
    if (status == REC_OK)
        status = measure_fold(one, model, train, test);
    rec_ratings_free(train);
    rec_ratings_free(test);
    if (status != REC_OK)
        return rec__fail_within(status, "fold %d of %d: ", fold.index + 1, fold.folds);
    add_figures(whole, one, fold.index + 1);
    return REC_OK;
}

rec_status rec__evaluation_cross_validate(rec_evaluation *evaluation, const rec_model *model,
                                          const rec_ratings *ratings, int32_t folds, uint64_t seed)
{
    rec_status status = check_folds(folds, ratings);
    if (status != REC_OK)
        return status;
    /* The figures of one fold at a time; its list of metrics is the whole's. */
    rec_evaluation one = {.metrics = evaluation->metrics,
                          .values = rec__allocate_zeroed(evaluation->metrics.count, sizeof(double))};
    status = one.values == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    for (int32_t f = 0; status == REC_OK && f < folds; f++)
        status = add_fold(evaluation, &one, model, ratings, (struct fold){f, folds, seed});
    for (int32_t m = 0; status == REC_OK && m < evaluation->metrics.count; m++)
        evaluation->deviations[m] = sqrt(evaluation->deviations[m] / (folds - 1));
    rec__release(one.values);
    return status;
}
