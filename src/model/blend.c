/* SPDX-License-Identifier: Apache-2.0 */
/* A model made of fitted models: it has the rows of its first member, and its members have all else that it needs. How they are added up is in
 * scorer_blend.c. */
#include "model/blend.h"
#include "base/memory.h"
#include "base/status.h"

#include <librec/blend.h>

#include <math.h>
#include <string.h>

static rec_status refuse_fit(struct rec__fit *fit)
{
    (void)fit;
    return rec__fail(REC_ERR_UNSUPPORTED, "a blend is not fitted: its members are");
}

static const struct rec__parameter parameters[REC_BLEND_PARAMETERS] = {
    [REC_BLEND_PARAMETER_RULE] =
        REC_CHOICE("rule", REC_BLEND_SUM, "sum|ranks", REC_BLEND_RANKS,
                   "what members contribute: standardized scores, or reciprocal ranks"),
    [REC_BLEND_PARAMETER_CONSTANT] = REC_REAL("rank_constant", 60, 0, 1e300, "ranks: 1 / (this + rank)"),
};

const struct rec_backend rec__blend = {
    .name = "blend",
    .summary = "a weighted sum, or fusion of ranks, of fitted models",
    .parameters = parameters,
    .n_parameters = REC_BLEND_PARAMETERS,
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
    if (n < 1)
        return rec__fail(REC_ERR_INVALID, "n is %d; at least one member was expected", n);
    for (int32_t m = 0; m < n; m++) {
        if (members[m] == NULL)
            return rec__fail(REC_ERR_INVALID, "members[%d] is NULL; a fitted model was expected", m);
        rec_status status = rec__model_check_fitted(members[m]);
        if (status != REC_OK)
            return rec__fail_within(status, "members[%d]: ", m);
        if (members[m]->backend == &rec__blend)
            return rec__fail(REC_ERR_INVALID, "members[%d] is a blend itself; its members were expected", m);
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

rec_status rec__blend_room(struct rec__result *result, int32_t n)
{
    result->blend = rec__allocate_zeroed(1, sizeof *result->blend);
    if (result->blend == NULL)
        return REC_ERR_NO_MEMORY;
    result->blend->members = rec__allocate_zeroed(n, sizeof *result->blend->members);
    if (result->blend->members == NULL)
        return REC_ERR_NO_MEMORY;
    result->blend->n = n;
    return REC_OK;
}

/* Members retained, weights copied. */
static rec_status gather(struct rec__result *result, const struct rec__ingredients *of)
{
    rec_status status = rec__blend_room(result, of->n);
    double *weights = rec__arrays_add_doubles(&result->arrays, "blend_weights", of->n);
    if (status != REC_OK || weights == NULL)
        return REC_ERR_NO_MEMORY;
    memcpy(weights, of->weights, (size_t)of->n * sizeof *weights);
    for (int32_t m = 0; m < of->n; m++)
        result->blend->members[m] = rec_model_retain(of->members[m]);
    take_rows(result, of->members[0]->result);
    return rec__result_bind(result);
}

rec_status rec__blend_make(rec_model **out, const struct rec__ingredients *of)
{
    rec_model *model = NULL;
    rec_status status = check_members(of->members, of->weights, of->n);
    if (status == REC_OK)
        status = rec__model_make(&model, &rec__blend);
    if (status == REC_OK) {
        memcpy(model->parameters, of->parameters, sizeof of->parameters);
        status = rec__result_create(&model->result, &rec__blend, model->parameters);
    }
    if (status == REC_OK)
        status = gather(model->result, of);
    if (status != REC_OK) {
        rec_model_free(model);
        return status;
    }
    *out = model;
    return REC_OK;
}
