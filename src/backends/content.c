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
 * are: v_if ln((1 + n) / (1 + n_f)) + 1 for each v_if, n_f of n items having feature f (the smooth inverse
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
        if (length > 0.0)
            rec__kernels()->axpy((float)(1.0 / length), y, vectors + (int64_t)i * d, d);
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

static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "item_vectors");
    const float *y = vectors->data;
    int64_t d = vectors->columns;
    double *sum = rec__allocate_zeroed(d, sizeof *sum), squares = 0.0;
    if (sum == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t j = 0; j < history->n; j++)
        for (int64_t k = 0; k < d; k++)
            sum[k] += (double)history->ratings[j] * (double)y[history->items[j] * d + k];
    for (int64_t k = 0; k < d; k++)
        squares += sum[k] * sum[k];
    for (int64_t k = 0; k < d; k++)
        state->vector[k] = (float)(squares > 0.0 ? sum[k] / sqrt(squares) : 0.0);
    state->bias = 0.0;
    rec__release(sum);
    return REC_OK;
}

/* y_j . y_i of rows of the sparse matrix, whose columns rise. */
static double sparse_cosine(const struct rec__arrays *arrays, int32_t j, int32_t i)
{
    const int64_t *start = rec__arrays_find(arrays, "graph_start")->data;
    const int32_t *columns = rec__arrays_find(arrays, "graph_columns")->data;
    const float *weights = rec__arrays_floats(arrays, "graph_weights");
    double sum = 0.0;
    for (int64_t a = start[j], b = start[i]; a < start[j + 1] && b < start[i + 1];) {
        if (columns[a] == columns[b])
            sum += (double)weights[a++] * (double)weights[b++];
        else if (columns[a] < columns[b])
            a++;
        else
            b++;
    }
    return sum;
}

static double cosine(const struct rec__fitted *fitted, int32_t j, int32_t i)
{
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "item_vectors");
    if (vectors == NULL)
        return sparse_cosine(fitted->arrays, j, i);
    const float *y = vectors->data;
    return rec__kernels()->dot_double(y + j * vectors->columns, y + i * vectors->columns, vectors->columns);
}

/* score_i = sum over j of r_j (y_j . y_i) / |x|, and |x|^2 = sum over j of r_j (y_j . x). */
static rec_status explain(const struct rec__fitted *fitted, const struct rec__history *history, int32_t item,
                          double *contributions)
{
    double squares = 0.0;
    for (int64_t j = 0; j < history->n; j++) {
        double r_j = (double)history->ratings[j];
        contributions[j] = r_j * cosine(fitted, history->items[j], item);
        for (int64_t k = 0; k <= j; k++) {
            double both =
                r_j * (double)history->ratings[k] * cosine(fitted, history->items[j], history->items[k]);
            squares += k < j ? 2.0 * both : both;
        }
    }
    for (int64_t j = 0; squares > 0.0 && j < history->n; j++)
        contributions[j] /= sqrt(squares);
    return REC_OK;
}

const struct rec_backend rec__content = {
    .name = "content",
    .summary =
        "items whose features are like those of what the user rated: cosine to the rating-weighted mean",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .scorer = REC_SCORER_DOT,
    .traits = REC_NEEDS_ITEM_FEATURES,
    .fit = fit,
    .fold_in = fold_in,
    .explain = explain,
};
