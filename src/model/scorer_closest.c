/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score = the greatest over the history j of w_j y_j . y_i, of those with w_j > 0; the rows y have length 1, so it is how near the nearest
 * liked item is. Dense rows are items' vectors; sparse ones are A, with B, A turned round, to find who shares a feature.
 */
#include "base/status.h"
#include "kernels/kernels.h"
#include "model/scorer_graph.h"

#include <math.h>
#include <string.h>

static rec_status bind_vectors(struct rec__result *result, int64_t factors)
{
    struct rec__bound *bound = &result->bound;
    struct rec__expected vectors = {REC_F32, 2, result->fitted.n_items, factors};
    rec_status status = rec__bind_array(result, "item_vectors", vectors, true, &bound->item_vectors);
    if (status == REC_OK && factors >= INT32_MAX)
        status =
            rec__fail(REC_ERR_CORRUPT, "array \"item_vectors\" has %lld columns; fewer than %d were expected",
                      (long long)factors, INT32_MAX);
    if (status == REC_OK)
        status = rec__history_check(&result->arrays);
    bound->factors = (int32_t)factors;
    bound->history = rec__history_rule(&result->arrays);
    return status;
}

static rec_status bind_closest(struct rec__result *result)
{
    const rec_array *vectors = rec__arrays_find(&result->arrays, "item_vectors");
    if (vectors != NULL)
        return bind_vectors(result, vectors->columns);
    rec_status status = rec__bind_item_graph(result);
    if (status == REC_OK && (result->bound.back_start == NULL || result->bound.rule == REC_GRAPH_NEAREST))
        status = rec__fail(REC_ERR_CORRUPT, "item_vectors, or back_start of a plain graph, was expected");
    return status;
}

static const float *row_of(const struct rec__bound *bound, int32_t item)
{
    return bound->item_vectors + (int64_t)item * bound->factors;
}

/* y_j . y_i: in the order of features, as spreading over all items adds them. */
static double dot_sparse(const struct rec__graph *a, int32_t j, int32_t i)
{
    int64_t from, end = rec__graph_row(a, j, &from), at, last = rec__graph_row(a, i, &at);
    double sum = 0.0;
    while (from < end && at < last) {
        int32_t first = a->columns[from], second = a->columns[at];
        if (first == second)
            sum += (double)a->weights[from] * (double)a->weights[at];
        from += first <= second;
        at += second <= first;
    }
    return sum;
}

static double dot_of(const struct rec__bound *bound, int32_t j, int32_t i)
{
    if (bound->item_vectors != NULL)
        return rec__kernels()->dot_double(row_of(bound, j), row_of(bound, i), bound->factors);
    struct rec__graph a = rec__matrix_a(bound);
    return dot_sparse(&a, j, i);
}

static double score_closest(const struct rec__state *state, int32_t item)
{
    const struct rec__history *history = state->history;
    double best = -INFINITY;
    if (state->totals != NULL)
        return state->totals[item];
    for (int64_t j = 0; j < history->n; j++)
        if (state->counts[j] > 0.0)
            best = fmax(best, state->counts[j] * dot_of(&state->result->bound, history->items[j], item));
    return isinf(best) ? 0.0 : best;
}

/* An item of the history against all others that share a feature with it. */
static void raise_totals(const struct rec__state *state, int64_t j, double *part, double *totals)
{
    const struct rec__bound *bound = &state->result->bound;
    struct rec__graph a = rec__matrix_a(bound), b = rec__matrix_b(state->result);
    int64_t first, last = rec__graph_row(&a, state->history->items[j], &first);
    memset(part, 0, (size_t)b.n_columns * sizeof *part);
    for (int64_t e = first; e < last; e++)
        if ((uint32_t)a.columns[e] < (uint32_t)bound->middle)
            rec__graph_spread(&b, a.columns[e], (double)a.weights[e], part);
    for (int32_t i = 0; i < b.n_columns; i++)
        totals[i] = fmax(totals[i], state->counts[j] * part[i]);
}

static rec_status prepare_totals(struct rec__state *state, rec_workspace *workspace)
{
    int64_t n_items = state->result->fitted.n_items;
    double *totals = rec__scratch(workspace, REC_SCRATCH_SCORES, n_items + 1, sizeof *totals);
    double *part = rec__scratch(workspace, REC_SCRATCH_MIDDLE, n_items + 1, sizeof *part);
    bool any = false;
    if (totals == NULL || part == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t j = 0; j < state->history->n; j++)
        any = any || state->counts[j] > 0.0;
    for (int64_t i = 0; i < n_items; i++)
        totals[i] = any ? -INFINITY : 0.0;
    for (int64_t j = 0; j < state->history->n; j++)
        if (state->counts[j] > 0.0)
            raise_totals(state, j, part, totals);
    state->totals = totals;
    return REC_OK;
}

static rec_status prepare_closest(const struct rec__result *result, const struct rec__query *query, int64_t n,
                                  rec_workspace *workspace, struct rec__state *state)
{
    enum { FEW = 16 };
    const struct rec__bound *bound = &result->bound;
    rec_status status = rec__check_history(result, query);
    double *counts = rec__scratch(workspace, REC_SCRATCH_WEIGHTS, query->history.n + 1, sizeof *counts);
    *state =
        (struct rec__state){.result = result, .history = &query->history, .counts = counts, .divisor = 1.0};
    if (status != REC_OK || counts == NULL)
        return status != REC_OK ? status : REC_ERR_NO_MEMORY;
    rec__history_weigh(&bound->history, &query->history, counts);
    return bound->item_vectors == NULL && n > FEW ? prepare_totals(state, workspace) : REC_OK;
}

/* Items between two raisings of the threshold. */
enum { BLOCK = 64 };

/* The greatest of w_j y_j . y_i in float, of items first .. first + n. */
static void raise_block(const struct rec__state *state, int32_t first, int32_t n, float *best)
{
    const struct rec__bound *bound = &state->result->bound;
    float sums[BLOCK];
    for (int32_t i = 0; i < n; i++)
        best[i] = -INFINITY;
    for (int64_t j = 0; j < state->history->n; j++) {
        float count = (float)state->counts[j];
        if (!(state->counts[j] > 0.0))
            continue;
        rec__kernels()->scores(row_of(bound, state->history->items[j]), row_of(bound, first), n,
                               bound->factors, sums);
        for (int32_t i = 0; i < n; i++)
            best[i] = fmaxf(best[i], count * sums[i]);
    }
}

static double greatest_count(const struct rec__state *state)
{
    double most = 0.0;
    for (int64_t j = 0; j < state->history->n; j++)
        most = fmax(most, state->counts[j]);
    return most;
}

/* Float sums of rows of length 1 are off by less than the error; what may matter is scored again in double. */
static void scan_dense(const struct rec__state *state, const struct rec__filter *filter,
                       struct rec__topk *topk)
{
    int32_t n_items = state->result->fitted.n_items;
    double error = (2.0 * state->result->bound.factors + 16.0) * 0x1p-23 * greatest_count(state);
    float best[BLOCK];
    for (int32_t first = 0; first < n_items; first += BLOCK) {
        int32_t n = n_items - first < BLOCK ? n_items - first : BLOCK;
        raise_block(state, first, n, best);
        for (int32_t i = 0; i < n; i++)
            if (!((double)best[i] + error < topk->least && isfinite(best[i])) &&
                rec__filter_admits(filter, first + i))
                rec__topk_offer(topk, score_closest(state, first + i), first + i);
        rec__topk_settle(topk);
    }
}

static rec_status scan_closest(const struct rec__state *state, const struct rec__filter *filter,
                               rec_workspace *workspace, struct rec__topk *topk)
{
    int32_t n_items = state->result->fitted.n_items;
    (void)workspace;
    if (state->result->bound.item_vectors != NULL) {
        scan_dense(state, filter, topk);
        return REC_OK;
    }
    for (int32_t i = 0; i < n_items; i++) {
        double score = score_closest(state, i);
        if (score >= topk->least && rec__filter_admits(filter, i))
            rec__topk_offer(topk, score, i);
    }
    return REC_OK;
}

const struct rec__scorer_ops rec__closest_scorer = {
    .bind = bind_closest,
    .prepare = prepare_closest,
    .score = score_closest,
    .scan = scan_closest,
};
