/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new item's vector is mean + g W'f, as its fit would have made it (feature_map.h). The new model shares the ratings, the users' ids and what lies in a
 * mapped file with the old one; other arrays are copied, those of items grown.
 */
#include "model/add_items.h"
#include "base/memory.h"
#include "base/status.h"

#include <string.h>

struct growing {
    const rec_model *model;
    const rec_features *features;
    struct rec__result *grown;
    int32_t old, n;   /* items before and after */
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
    g->old = rec_ids_count(known);
    g->n = rec_ids_count(*items);
    if (g->n == g->old)
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
    int32_t n = g->n - g->old, column;
    int64_t room = 0, at = 0;
    for (int32_t i = g->old; i < g->n; i++)
        room += f->dense != NULL ? f->dimensions : f->row_start[g->rows[i] + 1] - f->row_start[g->rows[i]];
    int64_t *start = rec__allocate_zeroed((int64_t)n + 1, sizeof *start);
    int32_t *columns = rec__allocate(room, sizeof *columns);
    float *values = rec__allocate(room, sizeof *values);
    rec_status status = start == NULL || columns == NULL || values == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    for (int32_t i = 0; status == REC_OK && i < n; i++) {
        int32_t row = g->rows[g->old + i];
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
        status = g->model->backend->add_items(&g->model->result->fitted, more, &g->grown->arrays);
    rec_features_free(more);
    return status;
}

static rec_status place(const struct growing *g)
{
    int32_t factors = g->model->result->bound.factors;
    float *vectors = (float *)(uintptr_t)rec__arrays_floats(&g->grown->arrays, "item_vectors");
    float *biases = (float *)(uintptr_t)rec__arrays_floats(&g->grown->arrays, "item_biases");
    double *y = rec__allocate(g->width, sizeof *y);
    if (y == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t i = g->old; i < g->n; i++) {
        map_row(g, g->rows[i], y);
        for (int32_t k = 0; k < factors; k++)
            vectors[(int64_t)i * factors + k] = (float)y[k];
        if (biases != NULL)
            biases[i] = (float)y[factors];
    }
    rec__release(y);
    return REC_OK;
}

static bool is_any(const char *name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* 1: a row an item; 2: a column an item; 0: neither. */
static int items_along(const rec_array *array, int32_t items)
{
    static const char *const others[] = {"item_gram", "item_prior_means", "item_prior_precisions",
                                         "item_implicit_draws", NULL};
    bool named = strncmp(array->name, "item_", 5) == 0 && !is_any(array->name, others);
    if (!named && strcmp(array->name, "popularity") != 0)
        return 0;
    return array->rows == items ? 1 : array->dimensions == 2 && array->columns == items ? 2 : 0;
}

static size_t size_of(const rec_array *array)
{
    return array->type == REC_F32 || array->type == REC_I32 ? 4 : array->type == REC_U8 ? 1 : 8;
}

static void *add_like(struct rec__arrays *arrays, const rec_array *like, int64_t rows, int64_t columns)
{
    int64_t wide = like->dimensions == 2 ? columns : 0;
    switch (like->type) {
    case REC_F32:
        return rec__arrays_add_floats(arrays, like->name, rows, wide);
    case REC_F64:
        return rec__arrays_add_doubles(arrays, like->name, rows);
    case REC_I32:
        return rec__arrays_add_rows(arrays, like->name, rows);
    default:
        return rec__arrays_add_offsets(arrays, like->name, rows);
    }
}

/* New items are like the mean of the others, as far as folding in looks at them; nobody has rated them yet. */
static void fill_means(const rec_array *array, float *to, int64_t old, int64_t n)
{
    int64_t columns = array->columns;
    for (int64_t k = 0; k < columns && strcmp(array->name, "popularity") != 0; k++) {
        double sum = 0.0;
        for (int64_t i = 0; i < old; i++)
            sum += (double)to[i * columns + k];
        for (int64_t i = old; i < n; i++)
            to[i * columns + k] = (float)(sum / (double)old);
    }
}

static rec_status grow_array(const struct growing *g, const rec_array *array)
{
    int along = items_along(array, g->old);
    int64_t rows = along == 1 ? g->n : array->rows, columns = along == 2 ? g->n : array->columns;
    size_t size = size_of(array);
    char *to = add_like(&g->grown->arrays, array, rows, columns);
    if (to == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t r = 0; r < array->rows; r++)
        memcpy(to + (size_t)(r * columns) * size,
               (const char *)array->data + (size_t)(r * array->columns) * size,
               (size_t)array->columns * size);
    if (along == 1 && array->type == REC_F32)
        fill_means(array, (float *)(void *)to, g->old, g->n);
    for (int64_t r = 0; along == 2 && array->type == REC_F32 && r < rows; r++)
        fill_means(&(rec_array){.name = array->name, .columns = 1}, (float *)(void *)to + r * columns, g->old,
                   g->n);
    return REC_OK;
}

static rec_status grow_arrays(const struct growing *g)
{
    static const char *const derived[] = {"item_norms", "user_norms", "score_bounds", NULL};
    const struct rec__arrays *arrays = &g->model->result->arrays;
    struct rec__arrays *grown = &g->grown->arrays;
    bool own = g->model->backend->add_items != NULL;
    rec_status status = own ? place_own(g) : REC_OK;
    for (int32_t a = 0; status == REC_OK && a < arrays->count; a++) {
        const rec_array *array = &arrays->entries[a];
        if (is_any(array->name, derived) || rec__arrays_find(grown, array->name) != NULL)
            continue;
        if (arrays->blocks[a] == NULL && g->grown->container != NULL && items_along(array, g->old) == 0)
            grown->entries[grown->count++] = *array;
        else
            status = grow_array(g, array);
    }
    if (status == REC_OK && !own)
        status = place(g);
    bool dot = g->grown->fitted.scorer == REC_SCORER_DOT;
    return status == REC_OK && dot ? rec__result_finish_dot(g->grown) : status;
}

static rec_status copy_rest(const struct growing *g, const rec_ids *items)
{
    const struct rec__result *from = g->model->result;
    struct rec__result *to = g->grown;
    to->fitted.scorer = from->fitted.scorer;
    to->fitted.n_users = from->fitted.n_users;
    to->fitted.n_items = g->n;
    to->fitted.n_features = from->fitted.n_features;
    to->users = rec_ids_retain(from->users);
    to->items = rec_ids_retain(items);
    to->user_names = from->user_names == NULL ? NULL : rec_ids_retain(from->user_names);
    to->feature_names = from->feature_names == NULL ? NULL : rec_ids_retain(from->feature_names);
    to->item_text = from->item_text == NULL ? NULL : rec_text_retain(from->item_text);
    to->container = from->container == NULL ? NULL : rec__container_retain(from->container);
    to->least = from->least;
    to->greatest = from->greatest;
    to->mean = from->mean;
    return from->ratings == NULL ? REC_OK
                                 : rec__ratings_extend(&to->ratings, from->ratings, from->users, items);
}

static rec_status grow(struct growing *g)
{
    rec_ids *items = NULL;
    rec_status status = g->model->backend->add_items != NULL ? check_own(g) : check_map(g);
    if (status == REC_OK)
        status = match_columns(g);
    if (status == REC_OK)
        status = find_new(g, &items);
    if (status == REC_OK)
        status = rec__result_create(&g->grown, g->model->backend, g->model->result->parameters);
    if (status == REC_OK)
        status = copy_rest(g, items);
    if (status == REC_OK)
        status = grow_arrays(g);
    if (status == REC_OK)
        status = rec__result_bind(g->grown);
    rec_ids_free(items);
    rec__release(g->rows);
    rec__release(g->columns);
    return status;
}

rec_status rec__add_items(rec_model **out, const rec_model *model, const rec_features *features)
{
    struct growing growing = {.model = model, .features = features};
    rec_model *made = NULL;
    rec_status status = features->container != NULL ? rec__features_check(features) : REC_OK;
    if (status == REC_OK && model->result->ratings != NULL && model->result->ratings->container != NULL)
        status = rec__ratings_check(model->result->ratings, "ratings");
    if (status == REC_OK)
        status = grow(&growing);
    if (status == REC_OK)
        status = rec__model_clone(&made, model);
    if (status != REC_OK) {
        rec__result_free(growing.grown);
        return status;
    }
    made->result = growing.grown;
    *out = made;
    return REC_OK;
}
