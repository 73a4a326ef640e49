/* SPDX-License-Identifier: Apache-2.0 */
/* Graphs of a fitted model, and what their scores are made of. */
#include "backends/graph.h"

#include <string.h>

struct rec__graph rec__graph_of(const struct rec__arrays *arrays, int32_t n_columns)
{
    const rec_array *columns = rec__arrays_find(arrays, "graph_columns");
    return (struct rec__graph){rec__arrays_find(arrays, "graph_start")->data, columns->data,
                               rec__arrays_floats(arrays, "graph_weights"), columns->rows, n_columns};
}

/* Position of an item in a history, or -1. */
static int64_t find(const struct rec__history *history, int32_t item)
{
    int64_t low = 0, high = history->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (history->items[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low < history->n && history->items[low] == item ? low : -1;
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
        int64_t j = find(history, graph.columns[e]);
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
