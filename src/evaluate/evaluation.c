/* SPDX-License-Identifier: Apache-2.0 */
/* One evaluation: match the test ratings, and measure no more than what was asked for. */
#include "evaluate/evaluation.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/status.h"
#include "evaluate/measure.h"

rec_status rec__evaluation_create(rec_evaluation **out, const char *metrics)
{
    rec_evaluation *evaluation = rec__allocate_zeroed(1, sizeof *evaluation);
    if (evaluation == NULL)
        return REC_ERR_NO_MEMORY;
    rec_status status = rec__metric_list_read(&evaluation->metrics, metrics);
    if (status == REC_OK) {
        evaluation->values = rec__allocate_zeroed(evaluation->metrics.count, sizeof(double));
        evaluation->deviations = rec__allocate_zeroed(evaluation->metrics.count, sizeof(double));
        if (evaluation->values == NULL || evaluation->deviations == NULL)
            status = REC_ERR_NO_MEMORY;
    }
    if (status != REC_OK) {
        rec_evaluation_free(evaluation);
        return status;
    }
    evaluation->totals = (rec_evaluation_totals)REC_EVALUATION_TOTALS_INIT;
    *out = evaluation;
    return REC_OK;
}

void rec_evaluation_free(rec_evaluation *evaluation)
{
    if (evaluation == NULL)
        return;
    for (int32_t f = 0; f < evaluation->n_folds; f++)
        rec_evaluation_free(evaluation->folds[f]);
    rec__release(evaluation->folds);
    rec__metric_list_clear(&evaluation->metrics);
    rec__release(evaluation->values);
    rec__release(evaluation->deviations);
    rec__release(evaluation);
}

static bool of_errors(const struct rec__metric *metric)
{
    return metric->of_errors != NULL;
}

/* The first metric of a kind that was asked for, or NULL. */
static const char *first_of(const struct rec__metric_list *metrics, bool (*kind)(const struct rec__metric *))
{
    for (int32_t m = 0; m < metrics->count; m++)
        if (kind(metrics->wanted[m].metric))
            return metrics->wanted[m].name;
    return NULL;
}

static rec_status measure_rankings(const struct rec__measurement *measurement)
{
    const char *lists = first_of(measurement->metrics, rec__metric_of_lists);
    const char *auc = first_of(measurement->metrics, rec__metric_of_scores);
    if (lists == NULL && auc == NULL)
        return REC_OK;
    rec_status status = rec__matched_check_rankings(measurement->matched, lists != NULL ? lists : auc);
    if (status == REC_OK && lists != NULL)
        status = rec__measure_lists(measurement);
    if (status == REC_OK && auc != NULL)
        status = rec__measure_auc(measurement);
    return status;
}

rec_status rec__evaluation_measure(rec_evaluation *evaluation, const rec_model *model,
                                   const rec_ratings *test, const struct rec__observed *observed)
{
    if (test->count == 0)
        return rec__fail(REC_ERR_EMPTY, "the test ratings are empty; at least one was expected");
    double start = rec__seconds();
    struct rec__matched matched;
    struct rec__measurement measurement = {&matched, &evaluation->metrics, evaluation->values, observed};
    rec_status status = rec__match(&matched, model, test);
    if (status == REC_OK && first_of(&evaluation->metrics, of_errors) != NULL)
        status = rec__measure_errors(&measurement);
    if (status == REC_OK)
        status = measure_rankings(&measurement);
    evaluation->totals.users = matched.n_judged;
    evaluation->totals.pairs = test->count;
    evaluation->totals.unknown = matched.unknown;
    evaluation->totals.score_seconds = rec__seconds() - start;
    rec__matched_clear(&matched);
    return status;
}
