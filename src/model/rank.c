/* SPDX-License-Identifier: Apache-2.0 */
/* Ranking one user and many, and scoring given items. */
#include "model/rank.h"
#include "model/ladder.h"
#include "backends/graph.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "kernels/kernels.h"

#include <math.h>
#include <stdio.h>

static rec_status check_k(int32_t k)
{
    return k >= 1 ? REC_OK : rec__fail(REC_ERR_INVALID, "k is %d; at least 1 was expected", k);
}

/* Offer every item that may be answered, one by one. */
static void offer_each(const struct rec__scorer_ops *ops, const struct rec__state *state,
                       const struct rec__query *query, struct rec__topk *topk)
{
    const struct rec__filter *filter = &query->filter;
    int64_t n = filter->only != NULL ? filter->n_only : state->result->fitted.n_items;
    for (int64_t i = 0; i < n; i++) {
        int32_t item = filter->only != NULL ? filter->only[i] : (int32_t)i;
        double score = rec__reweigh(state->result, query->factors, ops->score(state, item), item);
        /* The comparison first: it turns most items away, and the filter may have to search. */
        if (score >= topk->least && rec__filter_admits(filter, item))
            rec__topk_offer(topk, score, item);
    }
}

/* The same where all sums have been made. Items come in rising order, so that later ones of an equal score never enter a full list. */
static rec_status offer_totals(const struct rec__state *state, const struct rec__filter *filter,
                               rec_workspace *workspace, struct rec__topk *topk)
{
    enum { BLOCK = 1024 };
    int32_t n = state->result->fitted.n_items;
    double divisor = state->divisor;
    int32_t *hits = rec__scratch(workspace, REC_SCRATCH_HITS, BLOCK, sizeof *hits);
    if (hits == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t first = 0; first < n; first += BLOCK) {
        int32_t count = n - first < BLOCK ? n - first : BLOCK, found = count;
        /* A score that rounds up to the least is let in by a little less. */
        double least = topk->least * divisor - (divisor == 1.0 ? 0.0 : fabs(topk->least * divisor) * 0x1p-50);
        if (isfinite(least))
            found = rec__kernels()->above(state->totals + first, least, count, hits);
        for (int32_t h = 0; h < found; h++) {
            int32_t item = first + (isfinite(least) ? hits[h] : h);
            double score = state->totals[item] / divisor;
            if (score >= topk->least && rec__filter_admits(filter, item))
                rec__topk_offer(topk, score, item);
        }
        rec__topk_settle(topk);
    }
    return REC_OK;
}

static int64_t items_to_score(const struct rec__result *result, const struct rec__query *query)
{
    return query->filter.only != NULL ? query->filter.n_only : result->fitted.n_items;
}

static rec_status rank_resolved(const struct rec__result *result, const struct rec__query *query,
                                rec_workspace *workspace, struct rec__topk *topk)
{
    const struct rec__scorer_ops *ops = rec__query_ops(result, query);
    struct rec__state state;
    rec_status status = ops->prepare(result, query, items_to_score(result, query), workspace, &state);
    if (status != REC_OK)
        return status;
    bool all = query->filter.only == NULL && query->factors == NULL;
    if (state.totals != NULL && all)
        return offer_totals(&state, &query->filter, workspace, topk);
    if (ops->scan != NULL && all)
        return ops->scan(&state, &query->filter, workspace, topk);
    offer_each(ops, &state, query, topk);
    return REC_OK;
}

static rec_status start_topk(struct rec__topk *topk, int32_t n, int32_t k, int32_t n_items,
                             rec_workspace *workspace)
{
    int32_t most = k < n_items ? k : n_items;
    int64_t room = rec__topk_room(most);
    struct rec__candidate *entries =
        rec__scratch(workspace, REC_SCRATCH_CANDIDATES, room * n, sizeof *entries);
    if (entries == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t q = 0; q < n; q++)
        topk[q] = rec__topk_start(entries + q * room, most);
    return REC_OK;
}

/* link: of this model; NULL: scores are answers already. */
static void finish_topk(const struct rec__result *link, struct rec__topk *topk,
                        const struct rec__answers *answers)
{
    *answers->counts = rec__topk_finish(topk, answers->items, answers->scores);
    for (int32_t i = 0; link != NULL && answers->scores != NULL && i < *answers->counts; i++)
        answers->scores[i] = rec__answer(link, (double)answers->scores[i]);
}

static rec_status rank_with(const rec_model *model, const struct rec__query *query,
                            const struct rec__answers *answers, rec_workspace *workspace)
{
    struct rec__topk topk;
    rec_status status = start_topk(&topk, 1, answers->k, model->result->fitted.n_items, workspace);
    if (status == REC_OK)
        status = rank_resolved(model->result, query, workspace, &topk);
    if (status == REC_OK)
        finish_topk(query->factors == NULL ? model->result : NULL, &topk, answers);
    if (status == REC_OK && answers->rung != NULL)
        *answers->rung = query->rung;
    return status;
}

/* The caller's workspace, or one for this call. A caller's query of a bad size is not read further than its
 * size. */
static rec_workspace *workspace_of(const rec_query *query, rec_workspace *own)
{
    size_t needed = offsetof(rec_query, workspace) + sizeof query->workspace;
    return query != NULL && query->size >= needed && query->workspace != NULL ? query->workspace : own;
}

rec_status rec__rank(const rec_model *model, int32_t user, const rec_query *query, int32_t k, int32_t *items,
                     float *scores, int32_t *n)
{
    rec_workspace own = {0}, *workspace = workspace_of(query, &own);
    struct rec__query resolved;
    struct rec__answers answers = {k, items, scores, n, NULL};
    rec_status status = check_k(k);
    if (status == REC_OK)
        status = rec__query_begin(&resolved, model, query, workspace);
    if (status == REC_OK)
        status = rec__query_set_user(&resolved, model, user, query, true, workspace);
    answers.rung = status == REC_OK ? rec__query_rung(query, 0) : NULL;
    if (status == REC_OK)
        status = rank_with(model, &resolved, &answers, workspace);
    rec__scratch_clear(&own);
    return status;
}

/* A batch: tasks of REC_PANEL users, one workspace a worker. */
struct batch {
    const rec_model *model;
    const struct rec__askers *askers;
    const rec_query *given;
    const struct rec__query *begun;
    const struct rec__answers *answers;
    rec_workspace *workspaces;
    int32_t panel; /* users a task */
};

/* The query of one of the batch. */
static rec_status resolve(const struct batch *batch, int64_t index, struct rec__query *query,
                          rec_workspace *workspace)
{
    const struct rec__askers *askers = batch->askers;
    int32_t user = askers->users == NULL ? (int32_t)index : askers->users[index];
    *query = *batch->begun;
    if (askers->given != NULL && askers->given[index] != NULL) {
        query->given = askers->given[index];
        query->n_given = askers->n_given;
    }
    rec_status status;
    if (askers->histories == NULL) {
        status = rec__query_set_user(query, batch->model, user, batch->given, true, workspace);
    } else {
        struct rec__told told = {.histories = askers->histories, .row = askers->rows[index]};
        status = rec__query_set_history(query, batch->model, user, &told, workspace);
    }
    return status;
}

static struct rec__answers answers_at(const struct rec__answers *answers, int64_t index)
{
    int64_t first = index * answers->k;
    return (struct rec__answers){
        answers->k, answers->items + first, answers->scores == NULL ? NULL : answers->scores + first,
        answers->counts + index, answers->rung == NULL ? NULL : answers->rung + index};
}

static rec_status rank_one_by_one(const struct batch *batch, int64_t first, int64_t last,
                                  rec_workspace *workspace)
{
    for (int64_t i = first; i < last; i++) {
        struct rec__query query;
        struct rec__answers answers = answers_at(batch->answers, i);
        rec_status status = resolve(batch, i, &query, workspace);
        if (status == REC_OK)
            status = rank_with(batch->model, &query, &answers, workspace);
        if (status != REC_OK)
            return rec__fail_within(status, "users[%lld]: ", (long long)i);
    }
    return REC_OK;
}

/* The states of one panel; their vectors lie one after another in scratch. mixed fills: true when somebody is answered by popularity. */
static rec_status prepare_panel(const struct batch *batch, int64_t first, int32_t n, rec_workspace *workspace,
                                struct rec__state *states, struct rec__filter *filters, bool *mixed)
{
    const struct rec__result *result = batch->model->result;
    int32_t width = rec__state_width(result);
    float *vectors = rec__scratch(workspace, REC_SCRATCH_VECTOR, (int64_t)width * n + 1, sizeof *vectors);
    if (vectors == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t q = 0; q < n; q++) {
        struct rec__query query;
        struct rec__user_state user = {.vector = vectors + (int64_t)q * width};
        rec_status status = resolve(batch, first + q, &query, workspace);
        *mixed = status == REC_OK && rec__ladder_is_popular(result, &query);
        if (*mixed)
            return REC_OK;
        if (status == REC_OK)
            status = rec__user_state(result, &query, &user);
        if (status != REC_OK)
            return rec__fail_within(status, "users[%lld]: ", (long long)(first + q));
        if (batch->answers->rung != NULL)
            batch->answers->rung[first + q] = query.rung;
        states[q] = rec__state_of(result, &query, &user);
        filters[q] = query.filter;
    }
    return REC_OK;
}

static rec_status rank_panel(const struct batch *batch, int64_t first, int32_t n, rec_workspace *workspace)
{
    struct rec__state states[REC_PANEL];
    struct rec__filter filters[REC_PANEL];
    struct rec__topk topk[REC_PANEL];
    bool mixed = false;
    rec_status status = prepare_panel(batch, first, n, workspace, states, filters, &mixed);
    if (mixed)
        return rank_one_by_one(batch, first, first + n, workspace);
    if (status == REC_OK)
        status = start_topk(topk, n, batch->answers->k, batch->model->result->fitted.n_items, workspace);
    if (status == REC_OK)
        status = rec__dot_scan_panel(states, filters, n, workspace, topk);
    for (int32_t q = 0; status == REC_OK && q < n; q++) {
        struct rec__answers answers = answers_at(batch->answers, first + q);
        finish_topk(batch->model->result, &topk[q], &answers);
    }
    return status;
}

/* What is left out lies where it is stored, or, when it is of a history and of ratings both, in scratch that the next user takes. */
static bool filters_last(const struct batch *batch, int64_t first, int64_t last)
{
    const struct rec__askers *askers = batch->askers;
    const rec_ratings *ratings = batch->model->result->ratings;
    for (int64_t i = first; askers->histories != NULL && i < last; i++) {
        int32_t user = askers->users[i];
        if (ratings != NULL && user != REC_NEW_USER && rec__user_count(ratings, user) > 0)
            return false;
    }
    return true;
}

/* Users whose sums are made together. */
static rec_status rank_prepared(const struct batch *batch, int64_t first, int32_t n, rec_workspace *workspace)
{
    const struct rec__result *result = batch->model->result;
    struct rec__query queries[REC_PREPARED];
    struct rec__state states[REC_PREPARED];
    rec_status status = REC_OK;
    for (int32_t q = 0; status == REC_OK && q < n; q++) {
        status = resolve(batch, first + q, &queries[q], workspace);
        if (status != REC_OK)
            return rec__fail_within(status, "users[%lld]: ", (long long)(first + q));
        if (batch->answers->rung != NULL)
            batch->answers->rung[first + q] = queries[q].rung;
    }
    status = rec__scorer_ops(result->fitted.scorer)->prepare_panel(result, queries, n, workspace, states);
    for (int32_t q = 0; status == REC_OK && q < n; q++) {
        struct rec__topk topk;
        struct rec__answers answers = answers_at(batch->answers, first + q);
        status = start_topk(&topk, 1, answers.k, result->fitted.n_items, workspace);
        if (status == REC_OK)
            status = offer_totals(&states[q], &queries[q].filter, workspace, &topk);
        if (status == REC_OK)
            finish_topk(result, &topk, &answers);
    }
    return status;
}

static rec_status rank_all_prepared(const struct batch *batch, int64_t first, int64_t last,
                                    rec_workspace *workspace)
{
    rec_status status = REC_OK;
    for (; status == REC_OK && first < last; first += REC_PREPARED)
        status = rank_prepared(
            batch, first, (int32_t)(last - first < REC_PREPARED ? last - first : REC_PREPARED), workspace);
    return status;
}

static rec_status rank_task(void *context, int64_t index, int32_t worker)
{
    const struct batch *batch = context;
    int64_t first = index * batch->panel;
    int64_t n = batch->askers->n, last = first + batch->panel < n ? first + batch->panel : n;
    rec_workspace *workspace = &batch->workspaces[worker];
    /* A panel costs as much as PANEL_LEAST users one by one; a long list of candidates would not stay in
     * cache. */
    enum { PANEL_LEAST = 6, PANEL_K_MOST = 4096 };
    bool all = batch->begun->filter.only == NULL && batch->begun->factors == NULL;
    bool panel = batch->model->result->fitted.scorer == REC_SCORER_DOT && all &&
                 last - first >= PANEL_LEAST && batch->answers->k <= PANEL_K_MOST &&
                 filters_last(batch, first, last);
    const struct rec__scorer_ops *ops = rec__scorer_ops(batch->model->result->fitted.scorer);
    if (ops->prepare_panel != NULL && all && batch->askers->histories == NULL)
        return rank_all_prepared(batch, first, last, workspace);
    return panel ? rank_panel(batch, first, (int32_t)(last - first), workspace)
                 : rank_one_by_one(batch, first, last, workspace);
}

static rec_status run_batch(struct batch *batch)
{
    int32_t threads = rec__model_threads(batch->model);
    /* Fewer users than panels for all threads are shared out evenly. */
    int64_t n = batch->askers->n, even = (n + threads - 1) / threads;
    batch->panel = even < REC_PANEL ? (int32_t)even : REC_PANEL;
    batch->workspaces = rec__allocate_zeroed(threads, sizeof *batch->workspaces);
    if (batch->workspaces == NULL)
        return REC_ERR_NO_MEMORY;
    int64_t tasks = n > 0 ? (n + batch->panel - 1) / batch->panel : 0;
    rec_status status = rec__parallel(threads, tasks, rank_task, batch);
    for (int32_t t = 0; t < threads; t++)
        rec__scratch_clear(&batch->workspaces[t]);
    rec__release(batch->workspaces);
    return status;
}

rec_status rec__rank_batch(const rec_model *model, const struct rec__askers *askers, const rec_query *query,
                           const struct rec__answers *answers)
{
    rec_workspace own = {0};
    struct rec__query begun;
    rec_status status = check_k(answers->k);
    if (status == REC_OK && askers->n < 0)
        status = rec__fail(REC_ERR_INVALID, "n_users is %lld; a count was expected", (long long)askers->n);
    if (status == REC_OK)
        status = rec__query_begin(&begun, model, query, &own);
    if (status == REC_OK && query != NULL && query->history != NULL)
        status = rec__fail(REC_ERR_INVALID,
                           "query.history is set; a batch ranks from stored ratings, so NULL was expected");
    struct rec__answers all = *answers;
    all.rung = status == REC_OK ? rec__query_rung(query, 0) : NULL;
    struct batch batch = {.model = model, .askers = askers, .given = query, .begun = &begun, .answers = &all};
    if (status == REC_OK)
        status = run_batch(&batch);
    rec__scratch_clear(&own);
    return status;
}

/* index: of the item in the caller's list; -1: it is the only one. */
static rec_status check_item(const rec_model *model, int32_t item, int64_t index)
{
    char place[32] = "item";
    if (item >= 0 && item < model->result->fitted.n_items)
        return REC_OK;
    if (index >= 0)
        snprintf(place, sizeof place, "items[%lld]", (long long)index);
    return rec__fail(REC_ERR_RANGE, "%s is %d; a row from 0 to %d was expected", place, item,
                     model->result->fitted.n_items - 1);
}

rec_status rec__check_item(const rec_model *model, int32_t item)
{
    return check_item(model, item, -1);
}

/* A query for scoring: history matters, filters do not. */
static rec_status prepare_scoring(const rec_model *model, int32_t user, const rec_query *query, int64_t n,
                                  rec_workspace *workspace, struct rec__state *state,
                                  struct rec__query *resolved)
{
    rec_status status = rec__query_begin(resolved, model, query, workspace);
    if (status == REC_OK)
        status = rec__query_set_user(resolved, model, user, query, false, workspace);
    if (status != REC_OK)
        return status;
    return rec__query_ops(model->result, resolved)->prepare(model->result, resolved, n, workspace, state);
}

/* To the moment of the i-th item. */
static void move_to(struct rec__state *state, struct rec__query *query, const struct rec__asked *asked,
                    int64_t i)
{
    int64_t time = asked->times == NULL ? REC_NO_TIME : asked->times[i];
    if (asked->given != NULL) {
        query->given = asked->given + i * asked->n_given;
        query->n_given = asked->n_given;
    }
    rec__state_at(state, query, time == REC_NO_TIME ? query->time : time);
}

rec_status rec__score_items(const rec_model *model, int32_t user, const rec_query *query,
                            const struct rec__asked *asked, float *scores)
{
    rec_workspace own = {0}, *workspace = workspace_of(query, &own);
    const struct rec__result *result = model->result;
    struct rec__state state;
    struct rec__query resolved;
    int64_t n = asked->n;
    rec_status status =
        n < 0 ? rec__fail(REC_ERR_INVALID, "n is %lld; a count was expected", (long long)n) : REC_OK;
    if (status == REC_OK)
        status = prepare_scoring(model, user, query, n, workspace, &state, &resolved);
    const struct rec__scorer_ops *ops = status == REC_OK ? rec__query_ops(result, &resolved) : NULL;
    if (status == REC_OK && rec__query_rung(query, 0) != NULL)
        *rec__query_rung(query, 0) = resolved.rung;
    for (int64_t i = 0; status == REC_OK && i < n; i++) {
        status = check_item(model, asked->items[i], n > 1 ? i : -1);
        if (status == REC_OK && (asked->times != NULL || asked->given != NULL))
            move_to(&state, &resolved, asked, i);
        if (status == REC_OK)
            scores[i] = rec__answer(result, ops->score(&state, asked->items[i]));
        if (status == REC_OK && isnan(scores[i]))
            status = rec__fail(REC_ERR_CORRUPT, "the score of item %d is nan: the model is damaged",
                               asked->items[i]);
    }
    rec__scratch_clear(&own);
    return status;
}

rec_status rec__score_sums(const rec_model *model, int32_t user, const struct rec__told *told,
                           const struct rec__asked *asked, rec_workspace *workspace, double *sums)
{
    const struct rec__scorer_ops *ops = rec__scorer_ops(model->result->fitted.scorer);
    struct rec__query query;
    struct rec__state state;
    rec_status status = rec__query_begin(&query, model, NULL, workspace);
    if (status == REC_OK)
        status = rec__query_tell(&query, model, user, told, workspace);
    if (status == REC_OK)
        ops = rec__query_ops(model->result, &query);
    if (status == REC_OK)
        status = ops->prepare(model->result, &query, asked->n, workspace, &state);
    for (int64_t i = 0; status == REC_OK && i < asked->n; i++)
        sums[i] =
            rec__reweigh(model->result, asked->factors, ops->score(&state, asked->items[i]), asked->items[i]);
    return status;
}

/* Rows of the graph that are the neighbours themselves. */
static void similar_by_row(const struct rec__result *result, int32_t row, struct rec__topk *topk)
{
    const struct rec__bound *bound = &result->bound;
    int32_t n =
        result->fitted.scorer == REC_SCORER_USER_GRAPH ? result->fitted.n_users : result->fitted.n_items;
    struct rec__graph graph = {bound->start, bound->columns, bound->weights, bound->edges, n};
    int64_t first, last = rec__graph_row(&graph, row, &first);
    for (int64_t e = first; e < last; e++)
        if (graph.columns[e] >= 0 && graph.columns[e] < n)
            rec__topk_offer(topk, (double)graph.weights[e], graph.columns[e]);
}

/* An item graph that is summed over, or the closest: the ranking of somebody who has rated that item alone, so that it counts 1. */
static rec_status similar_by_graph(const struct rec__result *result, int32_t item, rec_workspace *workspace,
                                   struct rec__topk *topk)
{
    const struct rec__history_rule *rule = &result->bound.history;
    float one = rule->a > 0.0 ? (float)((1.0 - rule->b) / rule->a) : 1.0f;
    struct rec__query query = {.user = REC_NEW_USER,
                               .history = {&item, &one, 1, NULL},
                               .folded = true,
                               .filter = {.seen = &item, .n_seen = 1}};
    return rank_resolved(result, &query, workspace, topk);
}

static rec_status check_similar(const rec_model *model, bool users, int32_t row, int32_t k)
{
    const struct rec__fitted *fitted = &model->result->fitted;
    int32_t n = users ? fitted->n_users : fitted->n_items;
    bool known = fitted->scorer == REC_SCORER_DOT ? !users || model->result->bound.user_norms != NULL
                 : users                          ? fitted->scorer == REC_SCORER_USER_GRAPH
                         : fitted->scorer == REC_SCORER_ITEM_GRAPH || fitted->scorer == REC_SCORER_CLOSEST;
    if (check_k(k) != REC_OK)
        return REC_ERR_INVALID;
    if (row < 0 || row >= n)
        return rec__fail(REC_ERR_RANGE, "%s is %d; a row from 0 to %d was expected", users ? "user" : "item",
                         row, n - 1);
    known = known && (fitted->backend->traits & REC_BLIND_TO_LIKENESS) == 0;
    return known ? REC_OK
                 : rec__fail(REC_ERR_UNSUPPORTED, "\"%s\" has no vectors of %s to compare",
                             fitted->backend->name, users ? "users" : "items");
}

static rec_status find_similar(const struct rec__result *result, bool users, int32_t row,
                               rec_workspace *workspace, struct rec__topk *topk)
{
    if (result->fitted.scorer == REC_SCORER_DOT)
        return rec__dot_similar(result, users, row, workspace, topk);
    if (!users && result->bound.rule != REC_GRAPH_NEAREST)
        return similar_by_graph(result, row, workspace, topk);
    similar_by_row(result, row, topk);
    return REC_OK;
}

rec_status rec__similar(const rec_model *model, bool users, int32_t row, int32_t k, int32_t *rows,
                        float *scores, int32_t *n)
{
    const struct rec__result *result = model->result;
    rec_workspace workspace = {0};
    struct rec__topk topk;
    rec_status status = check_similar(model, users, row, k);
    if (status == REC_OK)
        status = start_topk(&topk, 1, k, users ? result->fitted.n_users : result->fitted.n_items, &workspace);
    if (status == REC_OK)
        status = find_similar(result, users, row, &workspace, &topk);
    if (status == REC_OK)
        *n = rec__topk_finish(&topk, rows, scores);
    rec__scratch_clear(&workspace);
    return status;
}

rec_status rec__user_vector(const rec_model *model, int32_t user, const rec_query *query, float *vector,
                            float *bias)
{
    rec_workspace own = {0}, *workspace = workspace_of(query, &own);
    struct rec__query resolved;
    struct rec__user_state state = {.vector = vector};
    rec_status status = rec__query_begin(&resolved, model, query, workspace);
    if (status == REC_OK)
        status = rec__query_set_user(&resolved, model, user, query, false, workspace);
    if (status == REC_OK)
        status = rec__user_state(model->result, &resolved, &state);
    if (status == REC_OK && bias != NULL)
        *bias = (float)state.bias;
    rec__scratch_clear(&own);
    return status;
}
