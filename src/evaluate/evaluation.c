/* SPDX-License-Identifier: Apache-2.0 */
/* One evaluation: match the test ratings, and measure no more than what was asked for. */
#include "evaluate/evaluation.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/status.h"
#include "evaluate/measure.h"
#include "evaluate/strata.h"
#include "evaluate/terms.h"

#include <math.h>

/* Room for the figures of a list of metrics, which the evaluation takes. */
static rec_status create_for(rec_evaluation **out, struct rec__metric_list *metrics)
{
    rec_evaluation *evaluation = rec__allocate_zeroed(1, sizeof *evaluation);
    if (evaluation == NULL) {
        rec__metric_list_clear(metrics);
        return REC_ERR_NO_MEMORY;
    }
    evaluation->metrics = *metrics;
    evaluation->values = rec__allocate_zeroed(metrics->count, sizeof(double));
    evaluation->deviations = rec__allocate_zeroed(metrics->count, sizeof(double));
    if (evaluation->values == NULL || evaluation->deviations == NULL) {
        rec_evaluation_free(evaluation);
        return REC_ERR_NO_MEMORY;
    }
    evaluation->totals = (rec_evaluation_totals)REC_EVALUATION_TOTALS_INIT;
    *out = evaluation;
    return REC_OK;
}

rec_status rec__evaluation_create(rec_evaluation **out, const char *metrics)
{
    struct rec__metric_list list;
    rec_status status = rec__metric_list_read(&list, metrics);
    return status == REC_OK ? create_for(out, &list) : status;
}

rec_status rec__evaluation_alike(rec_evaluation **out, const rec_evaluation *other)
{
    struct rec__metric_list list;
    rec_status status = rec__metric_list_copy(&list, &other->metrics);
    return status == REC_OK ? create_for(out, &list) : status;
}

void rec_evaluation_free(rec_evaluation *evaluation)
{
    if (evaluation == NULL)
        return;
    for (int32_t f = 0; f < evaluation->n_folds; f++)
        rec_evaluation_free(evaluation->folds[f]);
    for (int32_t s = 0; s < evaluation->n_strata; s++)
        rec_evaluation_free(evaluation->strata[s].figures);
    rec__release(evaluation->folds);
    rec__release(evaluation->strata);
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
    rec_status status =
        rec__matched_check_rankings(&measurement->parts[0].matched, lists != NULL ? lists : auc);
    if (status == REC_OK && measurement->terms->options.negatives > 0)
        return rec__measure_sampled(measurement);
    if (status == REC_OK && lists != NULL)
        status = rec__measure_lists(measurement);
    if (status == REC_OK && auc != NULL)
        status = rec__measure_auc(measurement);
    return status;
}

rec_status rec__part_settle(const struct rec__part *part, rec_status status, int32_t metric)
{
    if (part->places == NULL || status != REC_ERR_EMPTY)
        return status;
    part->values[metric] = (double)NAN;
    return REC_OK;
}

/* Measure what was matched, and its groups. */
static rec_status measure_matched(rec_evaluation *evaluation, const struct rec__matched *matched,
                                  const struct rec__terms *terms, const struct rec__observed *observed)
{
    struct rec__strata strata = {0};
    rec_status status = rec__strata_make(&strata, evaluation, matched, &terms->options);
    struct rec__measurement measurement = {.parts = strata.parts,
                                           .n_parts = strata.n,
                                           .metrics = &evaluation->metrics,
                                           .terms = terms,
                                           .observed = observed};
    if (status == REC_OK && first_of(&evaluation->metrics, of_errors) != NULL)
        status = rec__measure_errors(&measurement);
    if (status == REC_OK)
        status = measure_rankings(&measurement);
    rec__strata_clear(&strata);
    return status;
}

rec_status rec__evaluation_measure(rec_evaluation *evaluation, const rec_model *model,
                                   const rec_ratings *test, const rec_evaluate_options *options,
                                   const struct rec__observed *observed)
{
    if (test->count == 0)
        return rec__fail(REC_ERR_EMPTY, "the test ratings are empty; at least one was expected");
    double start = rec__seconds();
    struct rec__terms terms;
    struct rec__matched matched = {0};
    rec_status status = rec__terms_make(&terms, model, test, options);
    if (status == REC_OK && terms.options.negatives > 0)
        status = rec__terms_label(&evaluation->metrics);
    if (status == REC_OK)
        status = rec__match(&matched, model, terms.test, terms.histories, terms.contexts);
    if (status == REC_OK)
        status = measure_matched(evaluation, &matched, &terms, observed);
    evaluation->totals.users = matched.n_users;
    evaluation->totals.rankings = matched.n_judged;
    evaluation->totals.pairs = status == REC_OK ? terms.test->count : 0;
    evaluation->totals.unknown = matched.unknown;
    evaluation->totals.score_seconds = rec__seconds() - start;
    rec__matched_clear(&matched);
    rec__terms_clear(&terms);
    return status;
}
