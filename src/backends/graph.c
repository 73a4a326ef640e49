/* SPDX-License-Identifier: Apache-2.0 */
/* Graphs of a fitted model, and what their scores are made of. */
#include "backends/graph.h"
#include "base/memory.h"
#include "base/sort.h"

#include <stdbool.h>
#include <string.h>

struct rec__graph rec__graph_of(const struct rec__arrays *arrays, int32_t n_columns)
{
    const rec_array *columns = rec__arrays_find(arrays, "graph_columns");
    return (struct rec__graph){rec__arrays_find(arrays, "graph_start")->data, columns->data,
                               rec__arrays_floats(arrays, "graph_weights"), columns->rows, n_columns};
}

rec_status rec__graph_columns_make(struct rec__graph_columns *columns, int32_t n_items, int32_t most)
{
    *columns = (struct rec__graph_columns){.n_items = n_items, .most = most};
    columns->counts = rec__allocate_zeroed(n_items, sizeof *columns->counts);
    columns->rows = rec__allocate((int64_t)n_items * most, sizeof *columns->rows);
    columns->weights = rec__allocate((int64_t)n_items * most, sizeof *columns->weights);
    bool made = columns->counts != NULL && columns->rows != NULL && columns->weights != NULL;
    return made ? REC_OK : REC_ERR_NO_MEMORY;
}

void rec__graph_columns_clear(struct rec__graph_columns *columns)
{
    rec__release(columns->counts);
    rec__release(columns->rows);
    rec__release(columns->weights);
}

/* Where each row begins, from how many columns have it. */
static void count_rows(const struct rec__graph_columns *from, int64_t *start)
{
    for (int64_t i = 0; i < from->n_items; i++)
        for (int64_t e = 0; e < from->counts[i]; e++)
            start[from->rows[i * from->most + e] + 1]++;
    for (int64_t j = 0; j < from->n_items; j++)
        start[j + 1] += start[j];
}

rec_status rec__graph_of_columns(struct rec__fit *fit, const struct rec__graph_columns *from)
{
    int64_t edges = 0, n = from->n_items;
    for (int64_t i = 0; i < n; i++)
        edges += from->counts[i];
    int64_t *start = rec__arrays_add_offsets(fit->arrays, "graph_start", n + 1);
    int32_t *columns = rec__arrays_add_rows(fit->arrays, "graph_columns", edges);
    float *weights = rec__arrays_add_floats(fit->arrays, "graph_weights", edges, 0);
    int64_t *next = rec__allocate(n, sizeof *next);
    if (start == NULL || columns == NULL || weights == NULL || next == NULL) {
        rec__release(next);
        return REC_ERR_NO_MEMORY;
    }
    count_rows(from, start);
    memcpy(next, start, (size_t)n * sizeof *next);
    for (int64_t i = 0; i < n; i++)
        for (int64_t e = i * from->most; e < i * from->most + from->counts[i]; e++) {
            int64_t place = next[from->rows[e]]++;
            columns[place] = (int32_t)i;
            weights[place] = from->weights[e];
        }
    rec__release(next);
    return REC_OK;
}

rec_status rec__graph_explain(const struct rec__fitted *fitted, const struct rec__history *history,
                              int32_t item, double *contributions)
{
    struct rec__graph graph = rec__graph_of(fitted->arrays, fitted->n_items);
    for (int64_t j = 0; j < history->n; j++) {
        int64_t first, last = rec__graph_row(&graph, history->items[j], &first);
        contributions[j] = 0.0;
        for (int64_t e = first; e < last; e++)
            if (graph.columns[e] == item)
                contributions[j] = (double)history->ratings[j] * (double)graph.weights[e];
    }
    return REC_OK;
}

static double number_at(const float *numbers, int64_t at, double otherwise)
{
    return numbers == NULL ? otherwise : (double)numbers[at];
}

void rec__nearest_explain(const struct rec__fitted *fitted, const struct rec__history *history, double bias,
                          int32_t item, double *contributions)
{
    const struct rec__arrays *arrays = fitted->arrays;
    struct rec__graph graph = rec__graph_of(arrays, fitted->n_items);
    const double *nearest = rec__arrays_find(arrays, "graph_nearest")->data;
    const rec_array *offset = rec__arrays_find(arrays, "offset");
    const float *b_i = rec__arrays_floats(arrays, "item_biases"),
                *shifts = rec__arrays_floats(arrays, "graph_shifts");
    const float *spreads = rec__arrays_floats(arrays, "item_spreads");
    double sum = nearest[2], base = bias + (offset == NULL ? 0.0 : *(const double *)offset->data);
    int64_t used = 0, first, last = rec__graph_row(&graph, item, &first);
    memset(contributions, 0, (size_t)history->n * sizeof *contributions);
    for (int64_t e = first; e < last && (double)used < nearest[0]; e++) {
        int64_t j = rec__find_rising(history->items, history->n, graph.columns[e]);
        if (j < 0)
            continue;
        double z = ((double)history->ratings[j] - base - number_at(b_i, graph.columns[e], 0.0)) /
                   number_at(spreads, graph.columns[e], 1.0);
        contributions[j] = (double)graph.weights[e] * (z + number_at(shifts, e, 0.0));
        sum += (double)graph.weights[e];
        used++;
    }
    double scale = used == 0 || (double)used < nearest[1] ? 0.0 : number_at(spreads, item, 1.0) / sum;
    for (int64_t j = 0; j < history->n; j++)
        contributions[j] *= scale;
}
