/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nearest items (Sarwar, Karypis, Konstan and Riedl, "Item-based collaborative filtering recommendation algorithms", WWW 2001; with baselines:
 * Koren, TKDD 4(1), 2010). A rating is
 *
 *   base_ui + s_i (sum over j of w_ij z_j) / (sum over j of w_ij + damping),   z_j = (r_uj - base_uj) / s_j
 *
 * over the k items j nearest to i among those the user rated. base is the mean (mode basic), the item's mean (means, zscore) or
 * mu + b_u + b_i (baseline); s is the deviation of the item's ratings (zscore) or 1. The mode sum, for implicit data, scores by the
 * sum over the history of r_uj w_ji.
 */
#include "backends/graph.h"
#include "backends/knn.h"

#include <string.h>

static rec_status fit(struct rec__fit *fit)
{
    return rec__knn_fit(fit, true);
}

static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    rec__knn_fold_in(fitted, history, true, state);
    return REC_OK;
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

static struct rec__graph graph_of(const struct rec__fitted *fitted)
{
    const rec_array *columns = rec__arrays_find(fitted->arrays, "graph_columns");
    return (struct rec__graph){rec__arrays_find(fitted->arrays, "graph_start")->data, columns->data,
                               rec__arrays_floats(fitted->arrays, "graph_weights"), columns->rows,
                               fitted->n_items};
}

/* r_j w_ji: rows of the graph are of the history's items. */
static void explain_sum(const struct rec__graph *graph, const struct rec__history *history, int32_t item,
                        double *contributions)
{
    for (int64_t j = 0; j < history->n; j++) {
        int64_t first, last = rec__graph_row(graph, history->items[j], &first);
        for (int64_t e = first; e < last; e++)
            if (graph->columns[e] == item)
                contributions[j] = (double)history->ratings[j] * (double)graph->weights[e];
    }
}

/* Each neighbour's share of the mean: rows of the graph are of the item explained. */
static void explain_mean(const struct rec__fitted *fitted, const struct rec__graph *graph,
                         const struct rec__history *history, int32_t item, double *contributions)
{
    const struct rec__arrays *arrays = fitted->arrays;
    const double *nearest = rec__arrays_find(arrays, "graph_nearest")->data;
    const rec_array *offset = rec__arrays_find(arrays, "offset");
    const float *b_i = rec__arrays_floats(arrays, "item_biases"),
                *spreads = rec__arrays_floats(arrays, "item_spreads");
    struct rec__user_state state = {NULL, 0.0, 1.0};
    double sum = nearest[2], base = *(const double *)offset->data;
    int64_t used = 0, first, last = rec__graph_row(graph, item, &first);
    rec__knn_fold_in(fitted, history, true, &state);
    for (int64_t e = first; e < last && used < (int64_t)nearest[0]; e++) {
        int32_t other = graph->columns[e];
        int64_t j = find(history, other);
        if (j < 0)
            continue;
        double z = (double)history->ratings[j] - base - state.bias - (b_i == NULL ? 0.0 : (double)b_i[other]);
        contributions[j] = (double)graph->weights[e] * (spreads == NULL ? z : z / (double)spreads[other]);
        sum += (double)graph->weights[e];
        used++;
    }
    double scale = used < (int64_t)nearest[1] ? 0.0 : (spreads == NULL ? 1.0 : (double)spreads[item]) / sum;
    for (int64_t j = 0; j < history->n; j++)
        contributions[j] = used == 0 ? 0.0 : contributions[j] * scale;
}

static rec_status explain(const struct rec__fitted *fitted, const struct rec__history *history, int32_t item,
                          double *contributions)
{
    struct rec__graph graph = graph_of(fitted);
    memset(contributions, 0, (size_t)history->n * sizeof *contributions);
    if (rec__arrays_find(fitted->arrays, "graph_nearest") == NULL)
        explain_sum(&graph, history, item, contributions);
    else
        explain_mean(fitted, &graph, history, item, contributions);
    return REC_OK;
}

const struct rec_backend rec__itemknn = {
    .name = "itemknn",
    .summary = "nearest items: a user's ratings of the items most like this one, or a sum of similarities",
    .parameters = rec__knn_parameters,
    .n_parameters = REC_KNN_PARAMETERS,
    .scorer = REC_SCORER_ITEM_GRAPH,
    .traits = REC_PREDICTS_RATINGS,
    .fit = fit,
    .fold_in = fold_in,
    .explain = explain,
};
