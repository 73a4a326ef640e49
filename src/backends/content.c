/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content-based filtering: items are vectors y_i of length 1, a user is the rating-weighted mean of the
 * vectors of what they rated, and an item's score is the cosine between the two (Lops, de Gemmis and
 * Semeraro, "Content-based recommender systems: state of the art and trends", Recommender Systems Handbook,
 * 2011):
 *
 *   x = sum over the history j of r_j y_j,   score_i = x . y_i / |x|
 *
 * Dense features are scored as vectors. Sparse ones are scored along paths item - feature - item: x is made
 * over the features, and only items that share one are met. Sparse features may be weighted by how rare they
 * are: v_if (ln((1 + n) / (1 + n_f)) + 1) for each v_if, n_f of n items having feature f (the smooth inverse
 * document frequency of Salton and Buckley 1988, as in common use).
 */
#include "backends/backend.h"
#include "base/memory.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

enum { WEIGHTING, N_PARAMETERS };
enum { PLAIN, IDF };

static const struct rec__parameter parameters[N_PARAMETERS] = {
    [WEIGHTING] =
        REC_CHOICE("weighting", IDF, "none|idf", IDF, "sparse features: as given, or times how rare each is"),
};

static rec_status fit_dense(struct rec__fit *fit)
{
    const rec_features *features = fit->item_features;
    int32_t n = features->count, d = features->dimensions;
    float *vectors = rec__arrays_add_floats(fit->arrays, "item_vectors", n, d);
    if (vectors == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t i = 0; i < n; i++) {
        const float *y = features->dense + (int64_t)i * d;
        double length = sqrt(rec__kernels()->dot_double(y, y, d));
        for (int32_t k = 0; length > 0.0 && k < d; k++)
            vectors[(int64_t)i * d + k] = (float)((double)y[k] / length);
    }
    return REC_OK;
}

/* A sparse matrix being made: n_rows x n_columns. */
struct sparse {
    int64_t *start;
    int32_t *columns;
    float *weights;
};

static bool add_sparse(struct rec__arrays *arrays, const char *const names[3], int32_t n_rows, int64_t edges,
                       struct sparse *m)
{
    m->start = rec__arrays_add_offsets(arrays, names[0], (int64_t)n_rows + 1);
    m->columns = rec__arrays_add_rows(arrays, names[1], edges);
    m->weights = rec__arrays_add_floats(arrays, names[2], edges, 0);
    return m->start != NULL && m->columns != NULL && m->weights != NULL;
}

/* How much each feature counts. */
static double *feature_weights(const rec_features *features, bool idf)
{
    double *weights = rec__allocate_zeroed(features->dimensions, sizeof *weights);
    int64_t edges = features->row_start[features->count];
    for (int64_t e = 0; weights != NULL && e < edges; e++)
        weights[features->columns[e]] += features->values[e] != 0.0f;
    for (int32_t f = 0; weights != NULL && f < features->dimensions; f++)
        weights[f] = idf ? log((1.0 + features->count) / (1.0 + weights[f])) + 1.0 : 1.0;
    return weights;
}

/* The rows, weighted and brought to length 1. */
static void fill_rows(const rec_features *features, const double *weights, const struct sparse *rows)
{
    for (int32_t i = 0; i < features->count; i++) {
        double sum = 0.0;
        for (int64_t e = features->row_start[i]; e < features->row_start[i + 1]; e++) {
            double value = (double)features->values[e] * weights[features->columns[e]];
            sum += value * value;
        }
        double scale = sum > 0.0 ? 1.0 / sqrt(sum) : 0.0;
        for (int64_t e = features->row_start[i]; e < features->row_start[i + 1]; e++) {
            rows->columns[e] = features->columns[e];
            rows->weights[e] = (float)((double)features->values[e] * weights[features->columns[e]] * scale);
        }
        rows->start[i + 1] = features->row_start[i + 1];
    }
}

/* The transpose: for each feature, its items in rising order. */
static void fill_back(const struct sparse *rows, int32_t n_items, int32_t n_features,
                      const struct sparse *back)
{
    int64_t edges = rows->start[n_items];
    for (int64_t e = 0; e < edges; e++)
        back->start[rows->columns[e] + 1]++;
    for (int32_t f = 0; f < n_features; f++)
        back->start[f + 1] += back->start[f];
    for (int32_t i = 0; i < n_items; i++)
        for (int64_t e = rows->start[i]; e < rows->start[i + 1]; e++) {
            int64_t place = back->start[rows->columns[e]]++;
            back->columns[place] = i;
            back->weights[place] = rows->weights[e];
        }
    memmove(back->start + 1, back->start, (size_t)n_features * sizeof *back->start);
    back->start[0] = 0;
}

static rec_status fit_sparse(struct rec__fit *fit)
{
    static const char *const row_names[] = {"graph_start", "graph_columns", "graph_weights"};
    static const char *const back_names[] = {"back_start", "back_columns", "back_weights"};
    const rec_features *features = fit->item_features;
    int64_t edges = features->row_start[features->count];
    struct sparse rows, back;
    int32_t *rule = rec__arrays_add_rows(fit->arrays, "graph_rule", 1);
    if (rule == NULL || !add_sparse(fit->arrays, row_names, features->count, edges, &rows) ||
        !add_sparse(fit->arrays, back_names, features->dimensions, edges, &back))
        return REC_ERR_NO_MEMORY;
    double *weights = feature_weights(features, fit->parameters[WEIGHTING] == IDF);
    if (weights == NULL)
        return REC_ERR_NO_MEMORY;
    fill_rows(features, weights, &rows);
    fill_back(&rows, features->count, features->dimensions, &back);
    rec__release(weights);
    *rule = REC_GRAPH_COSINE;
    fit->scorer = REC_SCORER_ITEM_GRAPH;
    return REC_OK;
}

static rec_status fit(struct rec__fit *fit)
{
    return fit->item_features->dense != NULL ? fit_dense(fit) : fit_sparse(fit);
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

/* x = sum r_j y_j, into zeros. Returns its length, or 1 when that is 0. */
static double add_history(const struct unit_rows *rows, const struct rec__history *history, double *x)
{
    double squares = 0.0;
    for (int64_t j = 0; j < history->n; j++)
        add_row(rows, history->items[j], (double)history->ratings[j], x);
    for (int64_t f = 0; f < rows->width; f++)
        squares += x[f] * x[f];
    return squares > 0.0 ? sqrt(squares) : 1.0;
}

/* For the dot scorer; the item graph reads the history itself. */
static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    struct unit_rows rows = unit_rows(fitted);
    double *x = rec__allocate_zeroed(rows.width, sizeof *x);
    if (x == NULL)
        return REC_ERR_NO_MEMORY;
    double length = add_history(&rows, history, x);
    for (int64_t f = 0; f < rows.width; f++)
        state->vector[f] = (float)(x[f] / length);
    state->bias = 0.0;
    rec__release(x);
    return REC_OK;
}

/* score_i = sum over j of r_j (y_j . y_i) / |x| */
static rec_status explain(const struct rec__fitted *fitted, const struct rec__history *history, int32_t item,
                          double *contributions)
{
    struct unit_rows rows = unit_rows(fitted);
    double *x = rec__allocate_zeroed(2 * rows.width, sizeof *x);
    if (x == NULL)
        return REC_ERR_NO_MEMORY;
    double length = add_history(&rows, history, x), *y = x + rows.width;
    add_row(&rows, item, 1.0 / length, y);
    for (int64_t j = 0; j < history->n; j++)
        contributions[j] = (double)history->ratings[j] * dot_row(&rows, history->items[j], y);
    rec__release(x);
    return REC_OK;
}

const struct rec_backend rec__content = {
    .name = "content",
    .summary =
        "items whose features are like those of what the user rated: cosine to the rating-weighted mean",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .scorer = REC_SCORER_DOT,
    .other_scorers = 1u << REC_SCORER_ITEM_GRAPH,
    .traits = REC_NEEDS_ITEM_FEATURES,
    .fit = fit,
    .fold_in = fold_in,
    .explain = explain,
};
