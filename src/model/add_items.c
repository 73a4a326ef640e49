/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new item's vector is mean + g W'f, as its fit would have made it (feature_map.h). The new model shares the ratings with the old one (grow.h).
 */
#include "model/add_items.h"
#include "base/memory.h"
#include "base/status.h"
#include "model/grow.h"

#include <string.h>

struct growing {
    const rec_model *model;
    const rec_features *features;
    struct rec__growth growth;
    int32_t *rows;    /* of each new item, its row of the features */
    int32_t *columns; /* of each column of the features, that of the map, or -1; NULL: the same */
    const float *map, *mean;
    float spread;
    int32_t width;    /* of the map: factors, and one for biases */
    int64_t expected; /* columns of the fit's features */
};

/* An algorithm that places items itself, or has a map. */
static rec_status check_own(struct growing *g)
{
    g->expected = g->model->result->fitted.n_features;
    if (g->expected > 0)
        return REC_OK;
    return rec__fail(
        REC_ERR_UNSUPPORTED,
        "the \"%s\" model does not tell how many features it was fitted with, so items cannot be "
        "added by theirs",
        g->model->backend->name);
}

static rec_status check_map(struct growing *g)
{
    const struct rec__result *result = g->model->result;
    const rec_array *map = rec__arrays_find(&result->arrays, "map_vectors");
    const rec_array *mean = rec__arrays_find(&result->arrays, "map_mean");
    const rec_array *spread = rec__arrays_find(&result->arrays, "map_spread");
    const char *name = g->model->backend->name;
    if (result->fitted.scorer != REC_SCORER_DOT || (g->model->backend->traits & REC_PLACES_ITEMS) != 0)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "\"%s\" makes no map from features to vectors, so items cannot be added: a fit with "
                         "their features was expected",
                         name);
    if (map == NULL || mean == NULL)
        return rec__fail(
            REC_ERR_UNSUPPORTED,
            "the \"%s\" model was fitted without features of items, so items cannot be added by theirs",
            name);
    g->width = result->bound.factors + (result->bound.item_biases != NULL);
    struct rec__expected wide = {REC_F32, 2, map->rows, g->width}, one = {REC_F64, 1, 1, 1};
    rec_status status = rec__arrays_check(&result->arrays, "map_vectors", wide, true);
    if (status == REC_OK)
        status = rec__arrays_check(&result->arrays, "map_mean",
                                   (struct rec__expected){REC_F32, 1, g->width, 1}, true);
    if (status == REC_OK)
        status = rec__arrays_check(&result->arrays, "map_spread", one, false);
    if (status != REC_OK)
        return status;
    g->expected = map->rows;
    g->map = map->data;
    g->mean = mean->data;
    g->spread = spread == NULL ? 1.0f : (float)*(const double *)spread->data;
    return REC_OK;
}

/* Columns by name where both have names; else they must be as many. A name that the fit had not says nothing. */
static rec_status match_columns(struct growing *g)
{
    const struct rec__result *result = g->model->result;
    const rec_ids *names = g->features->names;
    if (names == NULL || result->feature_names == NULL) {
        if (g->features->dimensions == g->expected)
            return REC_OK;
        return rec__fail(
            REC_ERR_INVALID,
            "the features have %d columns; the %lld that the model was fitted with were expected",
            g->features->dimensions, (long long)g->expected);
    }
    g->columns = rec__ids_map(names, result->feature_names);
    return g->columns == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

static rec_status find_new(struct growing *g, rec_ids **items)
{
    const rec_ids *known = g->model->result->items;
    rec_status status = rec__ids_union(items, known, g->features->ids);
    if (status != REC_OK)
        return status;
    if (rec_ids_count(*items) == rec_ids_count(known))
        return rec__fail(REC_ERR_EMPTY, "the model has all %d items of the features; new ones were expected",
                         g->features->count);
    g->rows = rec__ids_map(*items, g->features->ids);
    return g->rows == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

static double value_of(const struct growing *g, int32_t row, int64_t entry, int32_t *column)
{
    const rec_features *f = g->features;
    int32_t own = f->dense != NULL ? (int32_t)entry : f->columns[entry];
    *column = g->columns == NULL ? own : g->columns[own];
    return f->dense != NULL ? (double)f->dense[(int64_t)row * f->dimensions + entry]
                            : (double)f->values[entry];
}

/* y (width) = mean + spread W'f; zero where nothing is known of the item, as in a fit. */
static void map_row(const struct growing *g, int32_t row, double *y)
{
    const rec_features *f = g->features;
    int64_t first = f->dense != NULL ? 0 : f->row_start[row],
            last = f->dense != NULL ? f->dimensions : f->row_start[row + 1];
    bool any = false;
    memset(y, 0, (size_t)g->width * sizeof *y);
    for (int64_t e = first; e < last; e++) {
        int32_t column;
        double value = value_of(g, row, e, &column);
        any = any || column >= 0;
        for (int32_t k = 0; column >= 0 && k < g->width; k++)
            y[k] += value * (double)g->map[(int64_t)column * g->width + k];
    }
    for (int32_t k = 0; any && k < g->width; k++)
        y[k] = (double)g->mean[k] + (double)g->spread * y[k];
}

/* The features of the new items alone, sparse, with the fit's columns. */
static rec_status select_new(const struct growing *g, rec_features **out)
{
    const rec_features *f = g->features;
    int32_t n = g->growth.n - g->growth.old, column;
    int64_t room = 0, at = 0;
    for (int32_t i = g->growth.old; i < g->growth.n; i++)
        room += f->dense != NULL ? f->dimensions : f->row_start[g->rows[i] + 1] - f->row_start[g->rows[i]];
    int64_t *start = rec__allocate_zeroed((int64_t)n + 1, sizeof *start);
    int32_t *columns = rec__allocate(room, sizeof *columns);
    float *values = rec__allocate(room, sizeof *values);
    rec_status status = start == NULL || columns == NULL || values == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    for (int32_t i = 0; status == REC_OK && i < n; i++) {
        int32_t row = g->rows[g->growth.old + i];
        int64_t first = f->dense != NULL ? 0 : f->row_start[row];
        int64_t last = f->dense != NULL ? f->dimensions : f->row_start[row + 1];
        for (int64_t e = first; e < last; e++) {
            double value = value_of(g, row, e, &column);
            if (column < 0 || (f->dense != NULL && value == 0.0))
                continue;
            columns[at] = column;
            values[at++] = (float)value;
        }
        start[i + 1] = at;
    }
    if (status == REC_OK)
        status = rec_features_from_csr(out, NULL, NULL, n, (int32_t)g->expected, start, columns, values);
    rec__release(start);
    rec__release(columns);
    rec__release(values);
    return status;
}

static rec_status place_own(const struct growing *g)
{
    rec_features *more = NULL;
    rec_status status = select_new(g, &more);
    if (status == REC_OK)
        status = g->model->backend->add_items(&g->model->result->fitted, more, &g->growth.grown->arrays);
    rec_features_free(more);
    return status;
}

static rec_status place(const struct growing *g)
{
    int32_t factors = g->model->result->bound.factors;
    float *vectors = rec__growth_floats(&g->growth, "item_vectors");
    float *biases = rec__growth_floats(&g->growth, "item_biases");
    double *y = rec__allocate(g->width, sizeof *y);
    if (y == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t i = g->growth.old; i < g->growth.n; i++) {
        map_row(g, g->rows[i], y);
        for (int32_t k = 0; k < factors; k++)
            vectors[(int64_t)i * factors + k] = (float)y[k];
        if (biases != NULL)
            biases[i] = (float)y[factors];
    }
    rec__release(y);
    return REC_OK;
}

static rec_status grow(struct growing *g, rec_model **out)
{
    rec_ids *items = NULL;
    const struct rec__result *from = g->model->result;
    bool own = g->model->backend->add_items != NULL;
    rec_status status = own ? check_own(g) : check_map(g);
    if (status == REC_OK)
        status = match_columns(g);
    if (status == REC_OK)
        status = find_new(g, &items);
    if (status == REC_OK)
        status = rec__growth_begin(&g->growth, items);
    if (status == REC_OK && from->ratings != NULL)
        status = rec__ratings_extend(&g->growth.grown->ratings, from->ratings, from->users, items);
    if (status == REC_OK && own)
        status = place_own(g);
    if (status == REC_OK)
        status = rec__growth_arrays(&g->growth);
    if (status == REC_OK && !own)
        status = place(g);
    if (status == REC_OK)
        status = rec__growth_finish(&g->growth, out);
    rec__result_free(g->growth.grown);
    rec_ids_free(items);
    rec__release(g->rows);
    rec__release(g->columns);
    return status;
}

rec_status rec__add_items(rec_model **out, const rec_model *model, const rec_features *features)
{
    struct growing growing = {
        .model = model, .features = features, .growth = {.model = model, .side = REC_SIDE_ITEMS}};
    rec_status status = features->container != NULL ? rec__features_check(features) : REC_OK;
    if (status == REC_OK && model->result->ratings != NULL && model->result->ratings->container != NULL)
        status = rec__ratings_check(model->result->ratings, "ratings");
    return status == REC_OK ? grow(&growing, out) : status;
}
