/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles of users by content: made from a history, and taken apart again, by its items and by features. */
#include "backends/content.h"
#include "backends/graph.h"
#include "backends/history.h"
#include "base/memory.h"
#include "base/status.h"

#include <math.h>

/* The rows of features behind reduced vectors, which no scorer checks; a file of an older library lacks them. */
static rec_status check_reduced(const struct rec__fitted *fitted)
{
    const rec_array *columns = rec__arrays_find(fitted->arrays, "feature_columns");
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "item_vectors");
    int64_t edges = columns == NULL ? 0 : columns->rows, factors = vectors == NULL ? 0 : vectors->columns;
    struct rec__expected start = {REC_I64, 1, (int64_t)fitted->n_items + 1, 1}, rows = {REC_I32, 1, edges, 1};
    struct rec__expected weights = {REC_F32, 1, edges, 1},
                         directions = {REC_F32, 2, fitted->n_features, factors};
    if (rec__arrays_find(fitted->arrays, "feature_start") == NULL)
        return REC_OK;
    rec_status status = rec__arrays_check(fitted->arrays, "feature_start", start, true);
    if (status == REC_OK)
        status = rec__arrays_check(fitted->arrays, "feature_columns", rows, true);
    if (status == REC_OK)
        status = rec__arrays_check(fitted->arrays, "feature_weights", weights, true);
    return status == REC_OK ? rec__arrays_check(fitted->arrays, "feature_vectors", directions, true) : status;
}

rec_status rec__content_check(const struct rec__fitted *fitted)
{
    rec_status status = rec__history_check(fitted->arrays);
    return status == REC_OK ? check_reduced(fitted) : status;
}

/* The unit rows of a fitted model, dense or sparse; sparse entries of a damaged file that reach outside are
 * left out. */
struct unit_rows {
    const float *dense;
    struct rec__graph sparse;
    int64_t width;
};

static struct unit_rows unit_rows(const struct rec__fitted *fitted)
{
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "item_vectors");
    /* An array that the scorer does not read has not been checked. */
    if (fitted->scorer == REC_SCORER_DOT || (fitted->scorer == REC_SCORER_CLOSEST && vectors != NULL))
        return (struct unit_rows){.dense = vectors->data, .width = vectors->columns};
    const rec_array *back = rec__arrays_find(fitted->arrays, "back_start");
    int64_t width = back != NULL ? back->rows - 1 : fitted->n_items;
    return (struct unit_rows){.sparse = rec__graph_of(fitted->arrays, (int32_t)width), .width = width};
}

/* x += amount y_row */
static void add_row(const struct unit_rows *rows, int32_t row, double amount, double *x)
{
    if (rows->dense != NULL) {
        for (int64_t f = 0; f < rows->width; f++)
            x[f] += amount * (double)rows->dense[row * rows->width + f];
        return;
    }
    int64_t first, end = rec__graph_row(&rows->sparse, row, &first);
    for (int64_t e = first; e < end; e++)
        if (rows->sparse.columns[e] >= 0 && rows->sparse.columns[e] < rows->width)
            x[rows->sparse.columns[e]] += amount * (double)rows->sparse.weights[e];
}

static double dot_row(const struct unit_rows *rows, int32_t row, const double *x)
{
    double sum = 0.0;
    if (rows->dense != NULL) {
        for (int64_t f = 0; f < rows->width; f++)
            sum += (double)rows->dense[row * rows->width + f] * x[f];
        return sum;
    }
    int64_t first, end = rec__graph_row(&rows->sparse, row, &first);
    for (int64_t e = first; e < end; e++)
        if (rows->sparse.columns[e] >= 0 && rows->sparse.columns[e] < rows->width)
            sum += (double)rows->sparse.weights[e] * x[rows->sparse.columns[e]];
    return sum;
}

static double length_of(const double *x, int64_t n)
{
    double squares = 0.0;
    for (int64_t f = 0; f < n; f++)
        squares += x[f] * x[f];
    return sqrt(squares);
}

/* A history taken apart: what its items count, and the profile that they add up to. */
struct profile {
    struct unit_rows rows;
    double *weights; /* an entry of the history */
    double *x, *y;   /* the profile; room for an item, zeros */
    double length;   /* of the profile; 1 when it is 0 */
};

static void profile_clear(struct profile *p)
{
    rec__release(p->weights);
    rec__release(p->x);
}

/* x = sum w_j y_j. Freed by profile_clear, after a failure too. */
static rec_status profile_make(struct profile *p, const struct rec__fitted *fitted,
                               const struct rec__history *history)
{
    struct rec__history_rule rule = rec__history_rule(fitted->arrays);
    *p = (struct profile){.rows = unit_rows(fitted)};
    p->weights = rec__allocate(history->n, sizeof *p->weights);
    p->x = rec__allocate_zeroed(2 * p->rows.width, sizeof *p->x);
    if (p->weights == NULL || p->x == NULL)
        return REC_ERR_NO_MEMORY;
    p->y = p->x + p->rows.width;
    rec__history_weigh(&rule, history, p->weights);
    for (int64_t j = 0; j < history->n; j++)
        add_row(&p->rows, history->items[j], p->weights[j], p->x);
    p->length = length_of(p->x, p->rows.width);
    p->length = p->length > 0.0 ? p->length : 1.0;
    return REC_OK;
}

/* For the dot scorer; the others read the history themselves. */
rec_status rec__content_fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                                struct rec__user_state *state)
{
    struct profile p;
    rec_status status = profile_make(&p, fitted, history);
    for (int64_t f = 0; status == REC_OK && state->vector != NULL && f < p.rows.width; f++)
        state->vector[f] = (float)(p.x[f] / p.length);
    state->bias = 0.0;
    profile_clear(&p);
    return status;
}

/* contributions: w_j y_j . y_i. */
static void add_likeness(struct profile *p, const struct rec__history *history, int32_t item,
                         double *contributions)
{
    add_row(&p->rows, item, 1.0, p->y);
    for (int64_t j = 0; j < history->n; j++)
        contributions[j] = p->weights[j] * dot_row(&p->rows, history->items[j], p->y);
}

/* The liked entry of the greatest contribution, or -1. */
static int64_t find_nearest(const struct profile *p, const double *contributions, int64_t n)
{
    int64_t best = -1;
    for (int64_t j = 0; j < n; j++)
        if (p->weights[j] > 0.0 && (best < 0 || contributions[j] > contributions[best]))
            best = j;
    return best;
}

/* score_i = sum over j of w_j (y_j . y_i) / |x|, or the greatest w_j (y_j . y_i) */
rec_status rec__content_explain(const struct rec__fitted *fitted, const struct rec__history *history,
                                int32_t item, double *contributions)
{
    struct profile p;
    rec_status status = profile_make(&p, fitted, history);
    if (status == REC_OK)
        add_likeness(&p, history, item, contributions);
    bool closest = fitted->scorer == REC_SCORER_CLOSEST;
    int64_t nearest = status == REC_OK && closest ? find_nearest(&p, contributions, history->n) : -1;
    for (int64_t j = 0; status == REC_OK && j < history->n; j++)
        contributions[j] = !closest ? contributions[j] / p.length : j == nearest ? contributions[j] : 0.0;
    profile_clear(&p);
    return status;
}

/* x becomes what is to be multiplied by y_i: the profile of all entries, or of one. */
static rec_status narrow_profile(struct profile *p, const struct rec__fitted *fitted,
                                 const struct rec__history *history, int32_t item, int64_t only)
{
    double scale = 1.0 / p->length;
    if (fitted->scorer == REC_SCORER_CLOSEST) {
        double *parts = rec__allocate(history->n, sizeof *parts);
        if (parts == NULL)
            return REC_ERR_NO_MEMORY;
        add_likeness(p, history, item, parts);
        int64_t nearest = find_nearest(p, parts, history->n);
        rec__release(parts);
        scale = only >= 0 && only != nearest ? 0.0 : 1.0;
        only = nearest;
    }
    if (only >= 0 || fitted->scorer == REC_SCORER_CLOSEST) {
        for (int64_t f = 0; f < p->rows.width; f++)
            p->x[f] = 0.0;
        if (only >= 0)
            add_row(&p->rows, history->items[only], p->weights[only] * scale, p->x);
        return REC_OK;
    }
    for (int64_t f = 0; f < p->rows.width; f++)
        p->x[f] *= scale;
    return REC_OK;
}

/* y_i = Z / |Z|, Z = sum over its features f of a_f V_f: feature f gives a_f (V_f . x) / |Z|. */
static rec_status explain_reduced(const struct rec__fitted *fitted, int32_t item, const double *x,
                                  int64_t width, double *contributions)
{
    struct rec__graph rows = {rec__arrays_find(fitted->arrays, "feature_start")->data,
                              rec__arrays_find(fitted->arrays, "feature_columns")->data,
                              rec__arrays_floats(fitted->arrays, "feature_weights"),
                              rec__arrays_find(fitted->arrays, "feature_columns")->rows, fitted->n_features};
    const float *directions = rec__arrays_floats(fitted->arrays, "feature_vectors");
    int64_t first, last = rec__graph_row(&rows, item, &first);
    double *z = rec__allocate_zeroed(width, sizeof *z);
    if (z == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t e = first; e < last; e++) {
        if ((uint32_t)rows.columns[e] >= (uint32_t)rows.n_columns)
            continue;
        const float *v = directions + rows.columns[e] * width;
        double dot = 0.0;
        for (int64_t k = 0; k < width; k++) {
            dot += (double)v[k] * x[k];
            z[k] += (double)rows.weights[e] * (double)v[k];
        }
        contributions[rows.columns[e]] = (double)rows.weights[e] * dot;
    }
    double length = length_of(z, width);
    for (int64_t e = first; e < last && length > 0.0; e++)
        if ((uint32_t)rows.columns[e] < (uint32_t)rows.n_columns)
            contributions[rows.columns[e]] /= length;
    rec__release(z);
    return REC_OK;
}

rec_status rec__content_explain_features(const struct rec__fitted *fitted, const struct rec__history *history,
                                         int32_t item, int64_t only, double *contributions)
{
    struct profile p;
    rec_status status = profile_make(&p, fitted, history);
    if (status == REC_OK)
        status = narrow_profile(&p, fitted, history, item, only);
    if (status == REC_OK && rec__arrays_find(fitted->arrays, "feature_start") != NULL &&
        p.rows.dense != NULL) {
        status = explain_reduced(fitted, item, p.x, p.rows.width, contributions);
    } else if (status == REC_OK && p.rows.width != fitted->n_features) {
        status =
            rec__fail(REC_ERR_UNSUPPORTED,
                      "the model was saved by an older library, without what its explanation by features "
                      "needs");
    } else if (status == REC_OK) {
        for (int64_t f = 0; f < p.rows.width; f++)
            p.y[f] = 0.0;
        add_row(&p.rows, item, 1.0, p.y);
        for (int64_t f = 0; f < p.rows.width; f++)
            contributions[f] = p.x[f] * p.y[f];
    }
    profile_clear(&p);
    return status;
}
