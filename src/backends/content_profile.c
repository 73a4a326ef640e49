/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles of users by content: made from a history, and taken apart again. */
#include "backends/content.h"
#include "base/memory.h"

#include <math.h>

rec_status rec__content_check(const struct rec__fitted *fitted)
{
    struct rec__expected line = {REC_F64, 1, 2, 1};
    return rec__arrays_check(fitted->arrays, "history_line", line, false);
}

/* The unit rows of a fitted model, dense or sparse; sparse entries of a damaged file that reach outside are
 * left out. */
struct unit_rows {
    const float *dense;
    const int64_t *start;
    const int32_t *columns;
    const float *weights;
    int64_t width, edges;
};

static struct unit_rows unit_rows(const struct rec__fitted *fitted)
{
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "item_vectors");
    /* An array that the scorer does not read has not been checked. */
    if (fitted->scorer == REC_SCORER_DOT)
        return (struct unit_rows){.dense = vectors->data, .width = vectors->columns};
    const rec_array *columns = rec__arrays_find(fitted->arrays, "graph_columns");
    const rec_array *back = rec__arrays_find(fitted->arrays, "back_start");
    return (struct unit_rows){.start = rec__arrays_find(fitted->arrays, "graph_start")->data,
                              .columns = columns->data,
                              .weights = rec__arrays_floats(fitted->arrays, "graph_weights"),
                              .width = back != NULL ? back->rows - 1 : fitted->n_items,
                              .edges = columns->rows};
}

/* Where a row ends; first fills: where it begins. */
static int64_t row_end(const struct unit_rows *rows, int32_t row, int64_t *first)
{
    int64_t end = rows->start[row + 1];
    *first = rows->start[row];
    return *first >= 0 && *first <= end && end <= rows->edges ? end : *first;
}

/* x += amount y_row */
static void add_row(const struct unit_rows *rows, int32_t row, double amount, double *x)
{
    if (rows->dense != NULL) {
        for (int64_t f = 0; f < rows->width; f++)
            x[f] += amount * (double)rows->dense[row * rows->width + f];
        return;
    }
    int64_t first, end = row_end(rows, row, &first);
    for (int64_t e = first; e < end; e++)
        if (rows->columns[e] >= 0 && rows->columns[e] < rows->width)
            x[rows->columns[e]] += amount * (double)rows->weights[e];
}

static double dot_row(const struct unit_rows *rows, int32_t row, const double *x)
{
    double sum = 0.0;
    if (rows->dense != NULL) {
        for (int64_t f = 0; f < rows->width; f++)
            sum += (double)rows->dense[row * rows->width + f] * x[f];
        return sum;
    }
    int64_t first, end = row_end(rows, row, &first);
    for (int64_t e = first; e < end; e++)
        if (rows->columns[e] >= 0 && rows->columns[e] < rows->width)
            sum += (double)rows->weights[e] * x[rows->columns[e]];
    return sum;
}

/* w_j = a r_j + b; a file of an older library has no line, and r_j is the weight. */
static double weight_of(const struct rec__fitted *fitted, float rating)
{
    const rec_array *line = rec__arrays_find(fitted->arrays, "history_line");
    const double *ab = line == NULL ? NULL : line->data;
    return ab == NULL ? (double)rating : ab[0] * (double)rating + ab[1];
}

/* x = sum w_j y_j, into zeros. Returns its length, or 1 when that is 0. */
static double add_history(const struct rec__fitted *fitted, const struct unit_rows *rows,
                          const struct rec__history *history, double *x)
{
    double squares = 0.0;
    for (int64_t j = 0; j < history->n; j++)
        add_row(rows, history->items[j], weight_of(fitted, history->ratings[j]), x);
    for (int64_t f = 0; f < rows->width; f++)
        squares += x[f] * x[f];
    return squares > 0.0 ? sqrt(squares) : 1.0;
}

/* For the dot scorer; the item graph reads the history itself. */
rec_status rec__content_fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                                struct rec__user_state *state)
{
    struct unit_rows rows = unit_rows(fitted);
    double *x = rec__allocate_zeroed(rows.width, sizeof *x);
    if (x == NULL)
        return REC_ERR_NO_MEMORY;
    double length = add_history(fitted, &rows, history, x);
    for (int64_t f = 0; f < rows.width; f++)
        state->vector[f] = (float)(x[f] / length);
    state->bias = 0.0;
    rec__release(x);
    return REC_OK;
}

/* score_i = sum over j of w_j (y_j . y_i) / |x| */
rec_status rec__content_explain(const struct rec__fitted *fitted, const struct rec__history *history,
                                int32_t item, double *contributions)
{
    struct unit_rows rows = unit_rows(fitted);
    double *x = rec__allocate_zeroed(2 * rows.width, sizeof *x);
    if (x == NULL)
        return REC_ERR_NO_MEMORY;
    double length = add_history(fitted, &rows, history, x), *y = x + rows.width;
    add_row(&rows, item, 1.0 / length, y);
    for (int64_t j = 0; j < history->n; j++)
        contributions[j] = weight_of(fitted, history->ratings[j]) * dot_row(&rows, history->items[j], y);
    rec__release(x);
    return REC_OK;
}
