/* SPDX-License-Identifier: Apache-2.0 */
/* The public face of blends: a model made of fitted models. It is of no registered algorithm: nobody fits it, and its members have all it needs. */
#include <librec/blend.h>

#include "api/sized.h"
#include "base/memory.h"
#include "base/status.h"
#include "evaluate/blend.h"

#include <math.h>

static rec_status refuse_fit(struct rec__fit *fit)
{
    (void)fit;
    return rec__fail(REC_ERR_UNSUPPORTED, "a blend is not fitted: its members are");
}

static const struct rec_backend backend = {
    .name = "blend",
    .summary = "a weighted sum, or fusion of ranks, of fitted models",
    .scorer = REC_SCORER_BLEND,
    .fit = refuse_fit,
};

static rec_status check_rows(const rec_ids *first, const rec_ids *other, const char *what, int32_t m)
{
    int32_t n = rec_ids_count(first);
    if (rec_ids_count(other) != n)
        return rec__fail(REC_ERR_INVALID, "members[%d] has %d %s; the %d of members[0] were expected", m,
                         rec_ids_count(other), what, n);
    for (int32_t row = 0; first != other && row < n; row++)
        if (rec__ids_match(first, row, other) != row)
            return rec__fail(
                REC_ERR_INVALID,
                "members[%d] has other %s than members[0], or in another order: row %d differs; models "
                "of the same ratings were expected",
                m, what, row);
    return REC_OK;
}

static rec_status check_members(const rec_model *const *members, const double *weights, int32_t n)
{
    for (int32_t m = 0; m < n; m++) {
        if (members[m] == NULL)
            return rec__fail(REC_ERR_INVALID, "members[%d] is NULL; a fitted model was expected", m);
        rec_status status = rec__model_check_fitted(members[m]);
        if (status != REC_OK)
            return rec__fail_within(status, "members[%d]: ", m);
        if (!isfinite(weights[m]))
            return rec__fail(REC_ERR_INVALID, "weights[%d] is %g; a finite number was expected", m,
                             weights[m]);
        status = check_rows(members[0]->result->users, members[m]->result->users, "users", m);
        if (status == REC_OK)
            status = check_rows(members[0]->result->items, members[m]->result->items, "items", m);
        if (status != REC_OK)
            return status;
    }
    return REC_OK;
}

static rec_status read_options(rec_blend_options *full, const rec_blend_options *options)
{
    if (options != NULL && rec__read_sized(full, sizeof *full, options, "options") != REC_OK)
        return REC_ERR_INVALID;
    if (full->rule != REC_BLEND_SUM && full->rule != REC_BLEND_RANKS)
        return rec__fail(REC_ERR_INVALID, "options.rule is %d; REC_BLEND_SUM or REC_BLEND_RANKS was expected",
                         full->rule);
    if (!(full->rank_constant >= 0.0 && isfinite(full->rank_constant)))
        return rec__fail(REC_ERR_INVALID, "options.rank_constant is %g; 0 or more was expected",
                         full->rank_constant);
    return REC_OK;
}

/* Members and weights, retained and copied. */
static rec_status gather(struct rec__blend *blend, const rec_model *const *members, const double *weights,
                         int32_t n)
{
    blend->members = rec__allocate_zeroed(n, sizeof *blend->members);
    blend->weights = rec__allocate(n, sizeof *blend->weights);
    if (blend->members == NULL || blend->weights == NULL)
        return REC_ERR_NO_MEMORY;
    blend->n = n;
    for (int32_t m = 0; m < n; m++) {
        blend->members[m] = rec_model_retain(members[m]);
        blend->weights[m] = weights[m];
    }
    return REC_OK;
}

/* What the blend has of its first member: rows, ratings and their range. */
static void take_rows(struct rec__result *result, const struct rec__result *first)
{
    result->fitted.n_users = first->fitted.n_users;
    result->fitted.n_items = first->fitted.n_items;
    result->users = rec_ids_retain(first->users);
    result->items = rec_ids_retain(first->items);
    result->ratings = first->ratings == NULL ? NULL : rec_ratings_retain(first->ratings);
    result->least = first->least;
    result->greatest = first->greatest;
    result->mean = first->mean;
}

rec_status rec_blend_create(rec_model **out, const rec_model *const *members, const double *weights,
                            int32_t n, const rec_blend_options *options)
{
    rec_blend_options full = REC_BLEND_OPTIONS_INIT;
    rec_model *model = NULL;
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (members == NULL || weights == NULL)
        return rec__fail_null(members == NULL ? "members" : "weights");
    if (n < 1)
        return rec__fail(REC_ERR_INVALID, "n is %d; at least one member was expected", n);
    rec_status status = check_members(members, weights, n);
    if (status == REC_OK)
        status = read_options(&full, options);
    if (status == REC_OK)
        status = rec__model_make(&model, &backend);
    if (status == REC_OK)
        status = rec__result_create(&model->result, &backend, model->parameters);
    if (status == REC_OK) {
        model->result->blend = rec__allocate_zeroed(1, sizeof *model->result->blend);
        status = model->result->blend == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    }
    if (status == REC_OK)
        status = gather(model->result->blend, members, weights, n);
    if (status != REC_OK) {
        rec_model_free(model);
        return status;
    }
    model->result->blend->rule = full.rule;
    model->result->blend->constant = full.rank_constant;
    take_rows(model->result, members[0]->result);
    *out = model;
    return REC_OK;
}

rec_status rec_blend_tune(const rec_model *const *members, int32_t n, const rec_blend_options *options,
                          const rec_ratings *validation, const char *metric, double *weights, double *value)
{
    rec_model *blend = NULL;
    struct rec__metric_list list = {0};
    double found = 0.0;
    if (validation == NULL || metric == NULL || weights == NULL)
        return rec__fail_null(validation == NULL ? "validation" : metric == NULL ? "metric" : "weights");
    for (int32_t m = 0; m < n; m++)
        weights[m] = 1.0;
    rec_status status = rec_blend_create(&blend, members, weights, n, options);
    if (status == REC_OK)
        status = rec__metric_list_read(&list, metric);
    if (status == REC_OK && (list.count != 1 || list.wanted[0].metric->of_hits == NULL))
        status =
            rec__fail(REC_ERR_INVALID,
                      "metric is \"%s\"; one of lists of single users was expected, such as ndcg@20", metric);
    if (status == REC_OK)
        status = rec__blend_tune(blend, validation, &list.wanted[0], weights, &found);
    if (status == REC_OK && value != NULL)
        *value = found;
    rec__metric_list_clear(&list);
    rec_model_free(blend);
    return status;
}
