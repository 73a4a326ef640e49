/* SPDX-License-Identifier: Apache-2.0 */
/* The public face of evaluation. */
#include <librec/evaluate.h>

#include "api/sized.h"
#include "base/status.h"
#include "evaluate/evaluation.h"
#include "model/model.h"

/* Store the evaluation, or free it. */
static rec_status hand_over(rec_status status, rec_evaluation *evaluation, rec_evaluation **out)
{
    if (status == REC_OK)
        *out = evaluation;
    else
        rec_evaluation_free(evaluation);
    return status;
}

static rec_status check_arguments(const char *name, const rec_ratings *ratings, const char *metrics)
{
    if (ratings == NULL)
        return rec__fail_null(name);
    return metrics == NULL ? rec__fail_null("metrics") : REC_OK;
}

rec_status rec_evaluate(const rec_model *model, const rec_ratings *test, const char *metrics,
                        rec_evaluation **out)
{
    return rec_evaluate_by(model, test, metrics, NULL, out);
}

rec_status rec_evaluate_by(const rec_model *model, const rec_ratings *test, const char *metrics,
                           const rec_evaluate_options *options, rec_evaluation **out)
{
    rec_evaluate_options full = REC_EVALUATE_OPTIONS_INIT;
    rec_evaluation *evaluation = NULL;
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    rec_status status = rec__model_check_fitted(model);
    if (status == REC_OK)
        status = check_arguments("test", test, metrics);
    if (status == REC_OK && options != NULL)
        status = rec__read_sized(&full, sizeof full, options, "options");
    if (status == REC_OK)
        status = rec__evaluation_create(&evaluation, metrics);
    if (status == REC_OK)
        status = rec__evaluation_measure(evaluation, model, test, &full, NULL);
    return hand_over(status, evaluation, out);
}

static rec_status cross_validate(const rec_model *model, const rec_ratings *ratings, const rec_folds *plan,
                                 const char *metrics, rec_evaluation **out)
{
    rec_evaluation *evaluation = NULL;
    rec_status status = rec__evaluation_create(&evaluation, metrics);
    if (status == REC_OK)
        status = rec__evaluation_cross_validate(evaluation, model, ratings, plan, metrics);
    return hand_over(status, evaluation, out);
}

rec_status rec_cross_validate(const rec_model *model, const rec_ratings *ratings, int32_t folds,
                              uint64_t seed, const char *metrics, rec_evaluation **out)
{
    rec_folds plan = REC_FOLDS_INIT;
    plan.folds = folds;
    plan.seed = seed;
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    rec_status status =
        model == NULL ? rec__fail_null("model") : check_arguments("ratings", ratings, metrics);
    if (status == REC_OK && folds < 2)
        status = rec__fail(REC_ERR_INVALID, "folds is %d; at least 2 was expected", folds);
    return status == REC_OK ? cross_validate(model, ratings, &plan, metrics, out) : status;
}

rec_status rec_cross_validate_by(const rec_model *model, const rec_ratings *ratings, const rec_folds *plan,
                                 const char *metrics, rec_evaluation **out)
{
    rec_folds full = REC_FOLDS_INIT;
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (model == NULL || plan == NULL || metrics == NULL)
        return rec__fail_null(model == NULL ? "model" : plan == NULL ? "plan" : "metrics");
    rec_status status = rec__read_sized(&full, sizeof full, plan, "plan");
    return status == REC_OK ? cross_validate(model, ratings, &full, metrics, out) : status;
}

int32_t rec_evaluation_folds(const rec_evaluation *evaluation)
{
    return evaluation == NULL ? 0 : evaluation->n_folds;
}

const rec_evaluation *rec_evaluation_fold(const rec_evaluation *evaluation, int32_t fold)
{
    bool there = evaluation != NULL && fold >= 0 && fold < evaluation->n_folds;
    return there ? evaluation->folds[fold] : NULL;
}

int32_t rec_evaluation_count(const rec_evaluation *evaluation)
{
    return evaluation == NULL ? 0 : evaluation->metrics.count;
}

rec_status rec_evaluation_at(const rec_evaluation *evaluation, int32_t index, rec_figure *figure)
{
    if (evaluation == NULL || figure == NULL)
        return rec__fail_null(evaluation == NULL ? "evaluation" : "figure");
    if (index < 0 || index >= evaluation->metrics.count)
        return rec__fail(REC_ERR_RANGE, "index is %d; 0 to %d was expected", index,
                         evaluation->metrics.count - 1);
    rec_figure full = {.size = sizeof full,
                       .name = evaluation->metrics.wanted[index].name,
                       .value = evaluation->values[index],
                       .deviation = evaluation->deviations[index]};
    return rec__fill_sized(figure, &full, sizeof full, "figure");
}

rec_status rec_evaluation_totals_of(const rec_evaluation *evaluation, rec_evaluation_totals *totals)
{
    if (evaluation == NULL || totals == NULL)
        return rec__fail_null(evaluation == NULL ? "evaluation" : "totals");
    return rec__fill_sized(totals, &evaluation->totals, sizeof evaluation->totals, "totals");
}

int32_t rec_evaluation_strata(const rec_evaluation *evaluation)
{
    return evaluation == NULL ? 0 : evaluation->n_strata;
}

rec_status rec_evaluation_stratum(const rec_evaluation *evaluation, int32_t index, rec_stratum *stratum)
{
    if (evaluation == NULL || stratum == NULL)
        return rec__fail_null(evaluation == NULL ? "evaluation" : "stratum");
    if (index < 0 || index >= evaluation->n_strata)
        return rec__fail(REC_ERR_RANGE, "index is %d; a group of the %d that were measured was expected",
                         index, evaluation->n_strata);
    const struct rec__stratum *of = &evaluation->strata[index];
    rec_stratum full = {.size = sizeof full,
                        .name = of->name,
                        .by_items = of->by_items,
                        .members = of->members,
                        .least = of->least,
                        .most = of->most,
                        .figures = of->figures};
    return rec__fill_sized(stratum, &full, sizeof full, "stratum");
}
