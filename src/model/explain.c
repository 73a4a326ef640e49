/* SPDX-License-Identifier: Apache-2.0 */
/* What a score is made of: items of the history, features. */
#include "base/memory.h"
#include "base/sort.h"
#include "base/status.h"
#include "model/rank.h"

#include <math.h>
#include <string.h>

/* The largest contributions, by size: the same selection as for scores. Fills rows 0..n-1 and contributions; zeros count when `zeros`. */
static rec_status pick(const double *contributions, int32_t n, bool zeros, const struct rec__answers *answers,
                       rec_workspace *workspace)
{
    int32_t most = answers->k < n ? answers->k : n > 0 ? n : 1;
    struct rec__candidate *room =
        rec__scratch(workspace, REC_SCRATCH_CANDIDATES, rec__topk_room(most), sizeof *room);
    if (room == NULL)
        return REC_ERR_NO_MEMORY;
    struct rec__topk topk = rec__topk_start(room, most);
    for (int32_t j = 0; j < n; j++)
        if (zeros || contributions[j] != 0.0)
            rec__topk_offer(&topk, fabs(contributions[j]), j);
    *answers->counts = rec__topk_finish(&topk, answers->items, NULL);
    for (int32_t i = 0; answers->scores != NULL && i < *answers->counts; i++)
        answers->scores[i] = (float)contributions[answers->items[i]];
    return REC_OK;
}

/* What is asked: a query whose history has been found. */
struct asking {
    const rec_model *model;
    struct rec__query query;
    int32_t item;
    const struct rec__answers *answers;
    rec_workspace *workspace;
};

static rec_status begin(struct asking *asking, int32_t user, const rec_query *query)
{
    const rec_model *model = asking->model;
    rec_status status =
        asking->answers->k >= 1
            ? REC_OK
            : rec__fail(REC_ERR_INVALID, "k is %d; at least 1 was expected", asking->answers->k);
    if (status == REC_OK && model->result->fitted.backend->explain == NULL)
        status = rec__fail(REC_ERR_UNSUPPORTED, "\"%s\" cannot explain its scores",
                           model->result->fitted.backend->name);
    if (status == REC_OK)
        status = rec__check_item(model, asking->item);
    if (status == REC_OK)
        status = rec__query_begin(&asking->query, model, query, asking->workspace);
    /* As if what is seen were left out: without ratings there is nothing to explain by. */
    if (status == REC_OK)
        status = rec__query_set_user(&asking->query, model, user, query, true, asking->workspace);
    return status;
}

static rec_status explain_items(struct asking *asking)
{
    const struct rec__history *history = &asking->query.history;
    const struct rec__fitted *fitted = &asking->model->result->fitted;
    double *contributions =
        rec__scratch(asking->workspace, REC_SCRATCH_SCORES, history->n + 1, sizeof *contributions);
    if (contributions == NULL)
        return REC_ERR_NO_MEMORY;
    rec_status status = fitted->backend->explain(fitted, history, asking->item, contributions);
    if (status == REC_OK)
        status = pick(contributions, (int32_t)history->n, true, asking->answers, asking->workspace);
    for (int32_t i = 0; status == REC_OK && i < *asking->answers->counts; i++)
        asking->answers->items[i] = history->items[asking->answers->items[i]];
    return status;
}

rec_status rec__explain(const rec_model *model, int32_t user, const rec_query *query, int32_t item,
                        const struct rec__answers *answers)
{
    rec_workspace workspace = {0};
    struct asking asking = {.model = model, .item = item, .answers = answers, .workspace = &workspace};
    rec_status status = begin(&asking, user, query);
    if (status == REC_OK)
        status = explain_items(&asking);
    rec__scratch_clear(&workspace);
    return status;
}

/* only fills: the place of `because` in the history. */
static rec_status find_entry(const struct asking *asking, int32_t because, int64_t *only)
{
    const struct rec__history *history = &asking->query.history;
    *only = -1;
    if (because == REC_WHOLE_HISTORY)
        return REC_OK;
    *only = rec__find_rising(history->items, history->n, because);
    return *only >= 0
               ? REC_OK
               : rec__fail(REC_ERR_RANGE,
                           "because is %d; an item row of the history, or REC_WHOLE_HISTORY, was expected",
                           because);
}

static rec_status explain_parts(struct asking *asking, int32_t because)
{
    const struct rec__fitted *fitted = &asking->model->result->fitted;
    int64_t only;
    rec_status status = find_entry(asking, because, &only);
    double *contributions = rec__scratch(asking->workspace, REC_SCRATCH_MIDDLE,
                                         (int64_t)fitted->n_features + 1, sizeof *contributions);
    if (status != REC_OK || contributions == NULL)
        return status != REC_OK ? status : REC_ERR_NO_MEMORY;
    memset(contributions, 0, ((size_t)fitted->n_features + 1) * sizeof *contributions);
    status =
        fitted->backend->explain_features(fitted, &asking->query.history, asking->item, only, contributions);
    return status == REC_OK
               ? pick(contributions, fitted->n_features, false, asking->answers, asking->workspace)
               : status;
}

rec_status rec__explain_features(const rec_model *model, int32_t user, const rec_query *query, int32_t item,
                                 int32_t because, const struct rec__answers *answers)
{
    rec_workspace workspace = {0};
    struct asking asking = {.model = model, .item = item, .answers = answers, .workspace = &workspace};
    const struct rec__fitted *fitted = &model->result->fitted;
    rec_status status = begin(&asking, user, query);
    if (status == REC_OK && (fitted->backend->explain_features == NULL || fitted->n_features == 0))
        status = rec__fail(
            REC_ERR_UNSUPPORTED, "\"%s\" cannot explain its scores by features%s", fitted->backend->name,
            fitted->backend->explain_features == NULL ? "" : " of a file that does not tell them");
    if (status == REC_OK)
        status = explain_parts(&asking, because);
    rec__scratch_clear(&workspace);
    return status;
}
