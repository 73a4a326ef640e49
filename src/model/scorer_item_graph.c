/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score = sum over the history j of r[j] W[j,i], where W = A, or A B along paths through the middle. All
 * items are scored by spreading the history over the rows of A, then of B; one item by looking up its column.
 * Both add in the same order, in double.
 */
#include "base/status.h"
#include "base/sort.h"
#include "model/scorer_graph.h"

#include <math.h>
#include <string.h>

/* A, or B, as arrays NAME_start, NAME_columns, NAME_weights. */
rec_status rec__bind_graph(const struct rec__result *result, const char *const names[3], int64_t rows,
                           bool required, struct rec__graph *m)
{
    struct rec__expected start = {REC_I64, 1, rows + 1, 1};
    rec_status status = rec__bind_array(result, names[0], start, required, &m->start);
    if (status != REC_OK || m->start == NULL)
        return status;
    m->edges = m->start[rows];
    if (m->edges < 0)
        return rec__fail(REC_ERR_CORRUPT, "array \"%s\" ends with %lld; a count was expected", names[0],
                         (long long)m->edges);
    struct rec__expected columns = {REC_I32, 1, m->edges, 1}, weights = {REC_F32, 1, m->edges, 1};
    status = rec__bind_array(result, names[1], columns, true, &m->columns);
    return status != REC_OK ? status : rec__bind_array(result, names[2], weights, true, &m->weights);
}

/* back_tails: B is A turned round, and level by level (rec__tail_level) how long each row of A is without the levels below. */
static rec_status bind_tails(struct rec__result *result)
{
    struct rec__expected tails = {REC_F32, 2, REC_TAIL_LEVELS, result->fitted.n_items};
    return rec__bind_array(result, "back_tails", tails, false, &result->bound.back_tails);
}

rec_status rec__bind_item_graph(struct rec__result *result)
{
    static const char *const a_names[] = {"graph_start", "graph_columns", "graph_weights"};
    static const char *const b_names[] = {"back_start", "back_columns", "back_weights"};
    struct rec__bound *bound = &result->bound;
    const rec_array *back = rec__arrays_find(&result->arrays, b_names[0]);
    int64_t middle = back == NULL ? result->fitted.n_items : back->rows - 1;
    if (middle < 0 || middle > INT32_MAX)
        return rec__fail(REC_ERR_CORRUPT, "array \"%s\" has %lld offsets; 1 to %lld were expected",
                         b_names[0], (long long)back->rows, (long long)INT32_MAX + 1);
    struct rec__graph a = {0}, b = {0};
    rec_status status = rec__bind_graph(result, a_names, result->fitted.n_items, true, &a);
    if (status == REC_OK)
        status = rec__bind_graph(result, b_names, middle, false, &b);
    bound->middle = (int32_t)middle;
    bound->start = a.start;
    bound->columns = a.columns;
    bound->weights = a.weights;
    bound->edges = a.edges;
    bound->back_start = b.start;
    bound->back_columns = b.columns;
    bound->back_weights = b.weights;
    bound->back_edges = b.edges;
    if (status == REC_OK && b.start != NULL)
        status = bind_tails(result);
    if (status == REC_OK)
        status = rec__history_check(&result->arrays);
    if (status == REC_OK)
        bound->history = rec__history_rule(&result->arrays);
    return status == REC_OK ? rec__bind_rule(result) : status;
}

struct rec__graph rec__matrix_a(const struct rec__bound *bound)
{
    return (struct rec__graph){bound->start, bound->columns, bound->weights, bound->edges, bound->middle};
}

struct rec__graph rec__matrix_b(const struct rec__result *result)
{
    const struct rec__bound *bound = &result->bound;
    return (struct rec__graph){bound->back_start, bound->back_columns, bound->back_weights, bound->back_edges,
                               result->fitted.n_items};
}

void rec__graph_spread(const struct rec__graph *m, int32_t row, double amount, double *totals)
{
    int64_t first, last = rec__graph_row(m, row, &first);
    for (int64_t e = first; e < last; e++)
        if ((uint32_t)m->columns[e] < (uint32_t)m->n_columns)
            totals[m->columns[e]] += amount * (double)m->weights[e];
}

double rec__graph_dot(const struct rec__graph *m, int32_t row, const double *x)
{
    double sum = 0.0;
    int64_t first, last = rec__graph_row(m, row, &first);
    for (int64_t e = first; e < last; e++)
        if ((uint32_t)m->columns[e] < (uint32_t)m->n_columns)
            sum += x[m->columns[e]] * (double)m->weights[e];
    return sum;
}

static double weight_at(const struct rec__graph *m, int32_t row, int32_t column)
{
    int64_t first, last = rec__graph_row(m, row, &first);
    /* Of an empty row of a damaged file, first may be anything. */
    int64_t at = last > first ? rec__find_rising(m->columns + first, last - first, column) : -1;
    return at < 0 ? 0.0 : (double)m->weights[first + at];
}

/* totals: r A, with what each item of the history counts as r. weights: room for these. */
static void spread_history(const struct rec__bound *bound, const struct rec__history *history,
                           double *weights, double *totals)
{
    struct rec__graph a = rec__matrix_a(bound);
    memset(totals, 0, (size_t)bound->middle * sizeof *totals);
    rec__history_weigh(&bound->history, history, weights);
    for (int64_t j = 0; j < history->n; j++)
        rec__graph_spread(&a, history->items[j], weights[j], totals);
}

static double length_of(const double *middle, int64_t n)
{
    double sum = 0.0;
    /* Most are zero, and a sum waits for the one before it. */
    for (int64_t i = 0; i < n; i++)
        if (middle[i] != 0.0)
            sum += middle[i] * middle[i];
    return sqrt(sum);
}

static double divisor_of(const struct rec__bound *bound, const struct rec__state *state)
{
    double divisor = 1.0;
    if (bound->rule == REC_GRAPH_COSINE)
        divisor = length_of(state->middle != NULL ? state->middle : state->totals, bound->middle);
    return divisor > 0.0 ? divisor : 1.0;
}

/* The scores of all items, from the history or from its vector in the middle. */
static rec_status prepare_totals(double *weights, rec_workspace *workspace, struct rec__state *state)
{
    const struct rec__bound *bound = &state->result->bound;
    int32_t n_items = state->result->fitted.n_items;
    double *totals = rec__scratch(workspace, REC_SCRATCH_SCORES, (int64_t)n_items + 1, sizeof *totals);
    if (totals == NULL)
        return REC_ERR_NO_MEMORY;
    struct rec__graph b = rec__matrix_b(state->result);
    if (state->middle == NULL)
        spread_history(bound, state->history, weights, totals);
    else
        memset(totals, 0, (size_t)n_items * sizeof *totals);
    for (int32_t f = 0; state->middle != NULL && f < bound->middle; f++)
        if (state->middle[f] != 0.0)
            rec__graph_spread(&b, f, state->middle[f], totals);
    state->totals = totals;
    return REC_OK;
}

rec_status rec__check_history(const struct rec__result *result, const struct rec__query *query)
{
    if (query->folded || query->user == REC_NEW_USER || result->ratings != NULL)
        return REC_OK;
    return rec__fail(
        REC_ERR_UNSUPPORTED,
        "\"%s\" scores from a user's ratings, and the model was saved without them; a history in "
        "the query was expected",
        result->fitted.backend->name);
}

static rec_status prepare_item_graph(const struct rec__result *result, const struct rec__query *query,
                                     int64_t n, rec_workspace *workspace, struct rec__state *state)
{
    /* Spreading over all items costs about as much as looking up a few. */
    enum { FEW = 16 };
    const struct rec__bound *bound = &result->bound;
    *state = (struct rec__state){.result = result, .history = &query->history, .divisor = 1.0};
    rec_status status = rec__check_history(result, query);
    if (status != REC_OK)
        return status;
    if (bound->rule == REC_GRAPH_NEAREST)
        return rec__prepare_nearest_items(result, query, workspace, state);
    bool two = bound->back_start != NULL;
    double *weights = rec__scratch(workspace, REC_SCRATCH_WEIGHTS, query->history.n + 1, sizeof *weights),
           *middle = NULL;
    if (two)
        middle = rec__scratch(workspace, REC_SCRATCH_MIDDLE, (int64_t)bound->middle + 1, sizeof *middle);
    if (weights == NULL || (two && middle == NULL))
        return REC_ERR_NO_MEMORY;
    if (two)
        spread_history(bound, &query->history, weights, middle);
    else
        rec__history_weigh(&bound->history, &query->history, weights);
    state->middle = middle;
    state->counts = weights;
    /* With A turned round, an item is scored by its own row. */
    if ((n > FEW && bound->back_tails == NULL) || (!two && bound->rule != REC_GRAPH_SUM))
        status = prepare_totals(weights, workspace, state);
    state->divisor = divisor_of(bound, state);
    return status;
}

/* x . row of A */
static double score_by_row(const struct rec__state *state, int32_t item)
{
    struct rec__graph a = rec__matrix_a(&state->result->bound);
    return rec__graph_dot(&a, item, state->middle) / state->divisor;
}

static double score_item_graph(const struct rec__state *state, int32_t item)
{
    const struct rec__bound *bound = &state->result->bound;
    double sum = 0.0;
    if (bound->rule == REC_GRAPH_NEAREST)
        return rec__score_nearest_item(state, item);
    if (state->totals != NULL)
        return state->totals[item] / state->divisor;
    if (bound->back_tails != NULL)
        return score_by_row(state, item);
    if (state->middle != NULL) {
        struct rec__graph b = rec__matrix_b(state->result);
        for (int32_t f = 0; f < bound->middle; f++)
            if (state->middle[f] != 0.0)
                sum += state->middle[f] * weight_at(&b, f, item);
        return sum / state->divisor;
    }
    struct rec__graph a = rec__matrix_a(bound);
    for (int64_t j = 0; j < state->history->n; j++)
        sum += state->counts[j] * weight_at(&a, state->history->items[j], item);
    return sum / state->divisor;
}

static rec_status scan_item_graph(const struct rec__state *state, const struct rec__filter *filter,
                                  rec_workspace *workspace, struct rec__topk *topk)
{
    if (state->result->bound.back_tails != NULL && state->result->bound.rule != REC_GRAPH_NEAREST)
        return rec__graph_scan(state, filter, workspace, topk);
    for (int32_t i = 0; i < state->result->fitted.n_items; i++) {
        double score = score_item_graph(state, i);
        if (score >= topk->least && rec__filter_admits(filter, i))
            rec__topk_offer(topk, score, i);
    }
    return REC_OK;
}

const struct rec__scorer_ops rec__item_graph_scorer = {
    .bind = rec__bind_item_graph,
    .prepare = prepare_item_graph,
    .score = score_item_graph,
    .scan = scan_item_graph,
};
