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

/* history_line: what an item of a history counts is a r + b. */
static rec_status bind_line(struct rec__result *result)
{
    const double *line = NULL;
    struct rec__expected two = {REC_F64, 1, 2, 1};
    rec_status status = rec__bind_array(result, "history_line", two, false, &line);
    result->bound.line[0] = line == NULL ? 1.0 : line[0];
    result->bound.line[1] = line == NULL ? 0.0 : line[1];
    return status;
}

static double weight_of(const struct rec__bound *bound, float rating)
{
    return bound->line[0] * (double)rating + bound->line[1];
}

static rec_status bind_item_graph(struct rec__result *result)
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
    if (status == REC_OK)
        status = bind_line(result);
    return status == REC_OK ? rec__bind_rule(result) : status;
}

static struct rec__graph matrix_a(const struct rec__bound *bound)
{
    return (struct rec__graph){bound->start, bound->columns, bound->weights, bound->edges, bound->middle};
}

static struct rec__graph matrix_b(const struct rec__result *result)
{
    const struct rec__bound *bound = &result->bound;
    return (struct rec__graph){bound->back_start, bound->back_columns, bound->back_weights, bound->back_edges,
                               result->fitted.n_items};
}

static void spread(const struct rec__graph *m, int32_t row, double amount, double *totals)
{
    int64_t first, last = rec__graph_row(m, row, &first);
    for (int64_t e = first; e < last; e++)
        if ((uint32_t)m->columns[e] < (uint32_t)m->n_columns)
            totals[m->columns[e]] += amount * (double)m->weights[e];
}

static double weight_at(const struct rec__graph *m, int32_t row, int32_t column)
{
    int64_t first, last = rec__graph_row(m, row, &first);
    /* Of an empty row of a damaged file, first may be anything. */
    int64_t at = last > first ? rec__find_rising(m->columns + first, last - first, column) : -1;
    return at < 0 ? 0.0 : (double)m->weights[first + at];
}

static void spread_history(const struct rec__bound *bound, const struct rec__history *history, double *totals)
{
    struct rec__graph a = matrix_a(bound);
    memset(totals, 0, (size_t)bound->middle * sizeof *totals);
    for (int64_t j = 0; j < history->n; j++)
        spread(&a, history->items[j], weight_of(bound, history->ratings[j]), totals);
}

static double length_of(const double *middle, int64_t n)
{
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++)
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

static rec_status prepare_item_graph(const struct rec__result *result, const struct rec__query *query,
                                     int64_t n, rec_workspace *workspace, struct rec__state *state)
{
    const struct rec__bound *bound = &result->bound;
    *state = (struct rec__state){.result = result, .history = &query->history, .divisor = 1.0};
    if (!query->folded && query->user != REC_NEW_USER && result->ratings == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "\"%s\" scores from a user's ratings, and the model was saved without them; a "
                         "history in the query was expected",
                         result->fitted.backend->name);
    if (bound->rule == REC_GRAPH_NEAREST)
        return rec__prepare_nearest_items(result, query, workspace, state);
    bool two = bound->back_start != NULL;
    if (two) {
        double *middle =
            rec__scratch(workspace, REC_SCRATCH_MIDDLE, (int64_t)bound->middle + 1, sizeof *middle);
        if (middle == NULL)
            return REC_ERR_NO_MEMORY;
        spread_history(bound, &query->history, middle);
        state->middle = middle;
    }
    /* Spreading over all items costs about as much as looking up a few. */
    enum { FEW = 16 };
    if (n > FEW || (!two && bound->rule != REC_GRAPH_SUM)) {
        double *totals =
            rec__scratch(workspace, REC_SCRATCH_SCORES, (int64_t)result->fitted.n_items + 1, sizeof *totals);
        if (totals == NULL)
            return REC_ERR_NO_MEMORY;
        struct rec__graph b = matrix_b(result);
        if (!two)
            spread_history(bound, &query->history, totals);
        else
            memset(totals, 0, (size_t)result->fitted.n_items * sizeof *totals);
        for (int32_t f = 0; two && f < bound->middle; f++)
            if (state->middle[f] != 0.0)
                spread(&b, f, state->middle[f], totals);
        state->totals = totals;
    }
    state->divisor = divisor_of(bound, state);
    return REC_OK;
}

static double score_item_graph(const struct rec__state *state, int32_t item)
{
    const struct rec__bound *bound = &state->result->bound;
    double sum = 0.0;
    if (bound->rule == REC_GRAPH_NEAREST)
        return rec__score_nearest_item(state, item);
    if (state->totals != NULL)
        return state->totals[item] / state->divisor;
    if (state->middle != NULL) {
        struct rec__graph b = matrix_b(state->result);
        for (int32_t f = 0; f < bound->middle; f++)
            if (state->middle[f] != 0.0)
                sum += state->middle[f] * weight_at(&b, f, item);
        return sum / state->divisor;
    }
    struct rec__graph a = matrix_a(bound);
    for (int64_t j = 0; j < state->history->n; j++)
        sum += weight_of(bound, state->history->ratings[j]) * weight_at(&a, state->history->items[j], item);
    return sum / state->divisor;
}

const struct rec__scorer_ops rec__item_graph_scorer = {
    .bind = bind_item_graph,
    .prepare = prepare_item_graph,
    .score = score_item_graph,
};
