/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content-based filtering: items are vectors y_i of length 1, a user is the rating-weighted mean of the
 * vectors of what they rated, and an item's score is the cosine between the two (Lops, de Gemmis and
 * Semeraro, "Content-based recommender systems: state of the art and trends", Recommender Systems Handbook,
 * 2011):
 *
 *   x = sum over the history j of w_j y_j,   score_i = x . y_i / |x|
 *
 * w_j is the rating r_j, the rating less the mean (liked minus disliked), or 1.
 *
 * Dense features are scored as vectors. Sparse ones are scored along paths item - feature - item: x is made
 * over the features, and only items that share one are met. Sparse features may be weighted by how rare they
 * are: v_if (ln((1 + n) / (1 + n_f)) + 1) for each v_if, n_f of n items having feature f (the smooth inverse
 * document frequency of Salton and Buckley 1988, as in common use). With factors, features are brought down to their directions of most
 * weight first: y = X V, V the right singular vectors of the weighted unit rows X (latent semantic analysis: Deerwester, Dumais, Furnas,
 * Landauer and Harshman, "Indexing by latent semantic analysis", JASIS 41(6), 1990).
 */
#include "backends/content.h"
#include "backends/graph.h"
#include "backends/history.h"
#include "backends/lowrank.h"
#include "base/memory.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

static const struct rec__parameter parameters[REC_CONTENT_PARAMETERS] = {
    [REC_CONTENT_WEIGHTING] = REC_CHOICE(
        "weighting", REC_CONTENT_AUTO, "none|idf|auto", REC_CONTENT_AUTO,
        "sparse features: as given, times how rare each is, or that unless they are weighted already"),
    [REC_CONTENT_FACTORS] = REC_WHOLE(
        "factors", 0, 0, 100000, "bring sparse features down to so many directions (LSA); 0: as they are"),
    [REC_CONTENT_ITERATIONS] = REC_WHOLE("iterations", 4, 1, 1000, "of the search for these directions"),
    [REC_CONTENT_PROFILE] =
        REC_CHOICE("profile", REC_PROFILE_RATING, "rating|centred|equal", REC_PROFILE_EQUAL,
                   "what an item of the history counts: its rating, that less the mean rating, or 1"),
    [REC_CONTENT_MATCH] = REC_CHOICE("match", REC_MATCH_MEAN, "mean|nearest", REC_MATCH_NEAREST,
                                     "compare with the mean of the history, or with its nearest liked item"),
};

void rec__content_unit(const float *y, float *to, int64_t n)
{
    double length = sqrt(rec__kernels()->dot_double(y, y, n));
    for (int64_t k = 0; k < n; k++)
        to[k] = length > 0.0 ? (float)((double)y[k] / length) : 0.0f;
}

const char *const rec__content_graph[3] = {"graph_start", "graph_columns", "graph_weights"};
const char *const rec__content_back[3] = {"back_start", "back_columns", "back_weights"};
const char *const rec__content_reduced[3] = {"feature_start", "feature_columns", "feature_weights"};

static bool is_nearest(const struct rec__fit *fit)
{
    return fit->parameters[REC_CONTENT_MATCH] == REC_MATCH_NEAREST;
}

static rec_status fit_dense(struct rec__fit *fit)
{
    const rec_features *features = fit->item_features;
    int64_t n = features->count, d = features->dimensions;
    float *vectors = rec__arrays_add_floats(fit->arrays, "item_vectors", n, d);
    for (int64_t i = 0; vectors != NULL && i < n; i++)
        rec__content_unit(features->dense + i * d, vectors + i * d, d);
    return vectors == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

bool rec__content_sparse_add(struct rec__arrays *arrays, const char *const names[3], int32_t n_rows,
                             int64_t edges, struct rec__content_sparse *m)
{
    m->start = rec__arrays_add_offsets(arrays, names[0], (int64_t)n_rows + 1);
    m->columns = rec__arrays_add_rows(arrays, names[1], edges);
    m->weights = rec__arrays_add_floats(arrays, names[2], edges, 0);
    return m->start != NULL && m->columns != NULL && m->weights != NULL;
}

void rec__content_rows(const rec_features *features, const double *weights,
                       const struct rec__content_sparse *rows)
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

static bool wants_idf(const struct rec__fit *fit)
{
    int weighting = (int)fit->parameters[REC_CONTENT_WEIGHTING];
    return weighting == REC_CONTENT_IDF || (weighting == REC_CONTENT_AUTO && !fit->item_features->weighted);
}

/* How much each feature counts: kept, for items that come later. */
static double *feature_weights(const struct rec__fit *fit)
{
    int32_t n = fit->item_features->dimensions;
    double *kept = rec__arrays_add_doubles(fit->arrays, "feature_scales", n);
    double *idf = kept != NULL && wants_idf(fit) ? rec__features_idf(fit->item_features) : NULL;
    if (kept == NULL || (wants_idf(fit) && idf == NULL))
        return NULL;
    for (int32_t f = 0; f < n; f++)
        kept[f] = idf == NULL ? 1.0 : idf[f];
    rec__release(idf);
    return kept;
}

static rec_status fill_both(const struct rec__fit *fit, const struct rec__content_sparse *rows,
                            const struct rec__content_sparse *back)
{
    const rec_features *features = fit->item_features;
    const double *weights = feature_weights(fit);
    if (weights == NULL)
        return REC_ERR_NO_MEMORY;
    rec__content_rows(features, weights, rows);
    struct rec__sparse_order order = {rows->start, rows->columns, rows->weights, features->count};
    rec__sparse_transpose(&order, features->dimensions, back->start, back->columns, back->weights);
    return REC_OK;
}

rec_status rec__content_tails(struct rec__arrays *arrays, int64_t n, const struct rec__content_sparse *rows,
                              const struct rec__content_sparse *back)
{
    float *tails = rec__arrays_add_floats(arrays, "back_tails", REC_TAIL_LEVELS, n);
    for (int64_t i = 0; tails != NULL && i < n; i++) {
        double squares[REC_TAIL_LEVELS + 1] = {0}, sum = 0.0;
        bool negative[REC_TAIL_LEVELS + 1] = {false}, below = false;
        for (int64_t e = rows->start[i]; e < rows->start[i + 1]; e++) {
            int64_t f = rows->columns[e];
            int32_t level = rec__tail_level(back->start[f + 1] - back->start[f], n);
            squares[level] += (double)rows->weights[e] * (double)rows->weights[e];
            negative[level] = negative[level] || rows->weights[e] < 0.0f;
        }
        for (int32_t level = REC_TAIL_LEVELS; level > 0; level--) {
            sum += squares[level];
            below = below || negative[level];
            tails[(level - 1) * n + i] = (float)(below ? -sqrt(sum) : sqrt(sum));
        }
    }
    return tails == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

static rec_status fit_sparse(struct rec__fit *fit)
{
    const rec_features *features = fit->item_features;
    int64_t edges = features->row_start[features->count];
    struct rec__content_sparse rows, back;
    int32_t *rule = is_nearest(fit) ? NULL : rec__arrays_add_rows(fit->arrays, "graph_rule", 1);
    if ((rule == NULL && !is_nearest(fit)) ||
        !rec__content_sparse_add(fit->arrays, rec__content_graph, features->count, edges, &rows) ||
        !rec__content_sparse_add(fit->arrays, rec__content_back, features->dimensions, edges, &back))
        return REC_ERR_NO_MEMORY;
    fit->scorer = REC_SCORER_ITEM_GRAPH;
    if (rule != NULL)
        *rule = REC_GRAPH_COSINE;
    rec_status status = fill_both(fit, &rows, &back);
    return status == REC_OK && !is_nearest(fit)
               ? rec__content_tails(fit->arrays, features->count, &rows, &back)
               : status;
}

static bool make_sparse(int32_t n_rows, int64_t edges, struct rec__content_sparse *m)
{
    m->start = rec__allocate_zeroed((int64_t)n_rows + 1, sizeof *m->start);
    m->columns = rec__allocate(edges, sizeof *m->columns);
    m->weights = rec__allocate(edges, sizeof *m->weights);
    return m->start != NULL && m->columns != NULL && m->weights != NULL;
}

static void release_sparse(struct rec__content_sparse *m)
{
    rec__release(m->start);
    rec__release(m->columns);
    rec__release(m->weights);
}

/* y = X V, brought to length 1. */
static rec_status project_items(const struct rec__fit *fit, const struct rec__sparse_order *rows,
                                const float *v)
{
    int32_t factors = (int32_t)fit->parameters[REC_CONTENT_FACTORS];
    float *y = rec__arrays_add_floats(fit->arrays, "item_vectors", rows->n, factors);
    if (y == NULL)
        return REC_ERR_NO_MEMORY;
    rec_status status = rec__sparse_product(rows, v, factors, fit->threads, y);
    for (int64_t i = 0; status == REC_OK && i < rows->n; i++)
        rec__content_unit(y + i * factors, y + i * factors, factors);
    return status;
}

static rec_status find_directions(struct rec__fit *fit, const struct rec__content_sparse *rows,
                                  const struct rec__content_sparse *back)
{
    const rec_features *features = fit->item_features;
    int32_t factors = (int32_t)fit->parameters[REC_CONTENT_FACTORS];
    struct rec__sparse_matrix x = {{rows->start, rows->columns, rows->weights, features->count},
                                   {back->start, back->columns, back->weights, features->dimensions}};
    float *v = rec__arrays_add_floats(fit->arrays, "feature_vectors", features->dimensions, factors);
    double *spectrum = rec__arrays_add_doubles(fit->arrays, "spectrum", factors);
    if (v == NULL || spectrum == NULL)
        return REC_ERR_NO_MEMORY;
    rec_status status =
        rec__truncated_svd(fit, &x, factors, (int32_t)fit->parameters[REC_CONTENT_ITERATIONS], v, spectrum);
    return status == REC_OK ? project_items(fit, &x.rows, v) : status;
}

/* The rows of features are kept for explanations by feature. */
static rec_status fit_reduced(struct rec__fit *fit)
{
    const rec_features *features = fit->item_features;
    struct rec__content_sparse rows = {0}, back = {0};
    rec_status status = rec__content_sparse_add(fit->arrays, rec__content_reduced, features->count,
                                                features->n_values, &rows) &&
                                make_sparse(features->dimensions, features->n_values, &back)
                            ? fill_both(fit, &rows, &back)
                            : REC_ERR_NO_MEMORY;
    if (status == REC_OK)
        status = find_directions(fit, &rows, &back);
    release_sparse(&back);
    return status;
}

static rec_status fit(struct rec__fit *fit)
{
    rec_status status = rec__history_keep(fit, (enum rec__profile)fit->parameters[REC_CONTENT_PROFILE]);
    if (status != REC_OK)
        return status;
    if (fit->item_features->dense != NULL)
        status = fit_dense(fit);
    else
        status = fit->parameters[REC_CONTENT_FACTORS] > 0.0 ? fit_reduced(fit) : fit_sparse(fit);
    if (is_nearest(fit))
        fit->scorer = REC_SCORER_CLOSEST;
    return status;
}

const struct rec_backend rec__content = {
    .name = "content",
    .summary = "items whose features are like those of what the user rated: cosine to their weighted mean, "
               "or to the nearest of them",
    .parameters = parameters,
    .n_parameters = REC_CONTENT_PARAMETERS,
    .scorer = REC_SCORER_DOT,
    .other_scorers = 1u << REC_SCORER_ITEM_GRAPH | 1u << REC_SCORER_CLOSEST,
    .traits = REC_NEEDS_ITEM_FEATURES | REC_PLACES_ITEMS | REC_AGES_HISTORIES,
    .fit = fit,
    .add_items = rec__content_add_items,
    .check = rec__content_check,
    .fold_in = rec__content_fold_in,
    .explain = rec__content_explain,
    .explain_features = rec__content_explain_features,
};
