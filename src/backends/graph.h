/* SPDX-License-Identifier: Apache-2.0 */
/* A sparse matrix of weights, as the graph scorers and those who explain them read it. */
#ifndef REC_BACKENDS_GRAPH_H
#define REC_BACKENDS_GRAPH_H

#include "backends/backend.h"

struct rec__graph {
    const int64_t *start;
    const int32_t *columns;
    const float *weights;
    int64_t edges;
    int32_t n_columns;
};

/** The edges of a row, from first up to what is returned; a row of a damaged file that reaches outside is empty. */
static inline int64_t rec__graph_row(const struct rec__graph *graph, int32_t row, int64_t *first)
{
    int64_t last = graph->start[row + 1];
    *first = graph->start[row];
    return *first >= 0 && *first <= last && last <= graph->edges ? last : *first;
}

/** How long the lists of a feature are, in levels: 0, up to a 32th of all; then up to a 16th, an 8th, a fourth, and longer. */
#define REC_TAIL_LEVELS 4
static inline int32_t rec__tail_level(int64_t length, int64_t n)
{
    int32_t level = 0;
    while (level < REC_TAIL_LEVELS && length * (32 >> level) > n)
        level++;
    return level;
}

/** The matrix of graph_start, graph_columns and graph_weights. */
struct rec__graph rec__graph_of(const struct rec__arrays *arrays, int32_t n_columns);

/** Of each item, the others whose ratings speak most for or against it: a sparse matrix of items x items, column by column, being made. */
struct rec__graph_columns {
    int32_t n_items, most; /* at most so many a column */
    int32_t *counts;       /* n_items: how many a column has */
    int32_t *rows;         /* n_items x most */
    float *weights;
};

/** Room for them; freed by the other, also after failing. Errors: REC_ERR_NO_MEMORY. */
rec_status rec__graph_columns_make(struct rec__graph_columns *columns, int32_t n_items, int32_t most);
void rec__graph_columns_clear(struct rec__graph_columns *columns);
/** Fill graph_start, graph_columns and graph_weights: row j has each item i whose column has j, in rising order. Errors: REC_ERR_NO_MEMORY. */
rec_status rec__graph_of_columns(struct rec__fit *fit, const struct rec__graph_columns *columns);

/** The plain sum of an item graph explained: r_j w_ji. The hook of rec_backend. */
rec_status rec__graph_explain(const struct rec__fitted *fitted, const struct rec__history *history,
                              int32_t item, double *contributions);

/** The rule nearest of an item graph explained: each history entry's share of how far the score of an item lies from its base, for
 * a user of this bias. */
void rec__nearest_explain(const struct rec__fitted *fitted, const struct rec__history *history, double bias,
                          int32_t item, double *contributions);

#endif
