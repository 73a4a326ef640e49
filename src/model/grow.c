/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays are known by their names: "user_..." and "item_..." have a row for each of the side, but for some. */
#include "model/grow.h"
#include "base/memory.h"
#include "base/status.h"

#include <string.h>

static bool is_any(const char *name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

static bool begins(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Which names go along a side. The weights of what has been seen are kept under the side that they describe, and lie along the other. */
static bool is_along(const char *name, enum rec__side side)
{
    static const char *const users[] = {"item_implicit_draws", "graph_idf", NULL};
    static const char *const items[] = {"user_implicit_draws", "implicit_vectors", "popularity", NULL};
    static const char *const parts[] = {"gram", "implicit_draws", NULL};
    static const char *const kinds[] = {"prior_", "feature_", "map_", NULL};
    const char *prefix = side == REC_SIDE_USERS ? "user_" : "item_";
    if (is_any(name, side == REC_SIDE_USERS ? users : items))
        return true;
    if (!begins(name, prefix) || is_any(name + strlen(prefix), parts))
        return false;
    for (const char *const *kind = kinds; *kind != NULL; kind++)
        if (begins(name + strlen(prefix), *kind))
            return false;
    return true;
}

enum along { NOT_ALONG, BY_ROWS, BY_COLUMNS, BY_OFFSETS };

static enum along along(const rec_array *array, const struct rec__growth *growth)
{
    static const char *const wide[] = {"user_bias_draws", "item_bias_draws", "item_bins", NULL};
    if (strcmp(array->name, growth->side == REC_SIDE_USERS ? "attribute_start" : "item_places") == 0)
        return BY_OFFSETS;
    if (!is_along(array->name, growth->side))
        return NOT_ALONG;
    if (is_any(array->name, wide))
        return array->columns == growth->old ? BY_COLUMNS : NOT_ALONG;
    return array->rows == growth->old ? BY_ROWS : NOT_ALONG;
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

/* New rows are like the mean of the others, as far as folding in looks at them; but nobody has rated them yet, or learned what seeing them says. */
static void fill_means(const rec_array *array, float *to, int64_t columns, const struct rec__growth *growth)
{
    static const char *const zeros[] = {"popularity", "implicit_vectors", "user_implicit_draws",
                                        "item_implicit_draws", NULL};
    bool any = growth->old > 0 && !is_any(array->name, zeros);
    for (int64_t k = 0; any && k < columns; k++) {
        double sum = 0.0;
        for (int64_t i = 0; i < growth->old; i++)
            sum += (double)to[i * columns + k];
        for (int64_t i = growth->old; i < growth->n; i++)
            to[i * columns + k] = (float)(sum / (double)growth->old);
    }
}

static rec_status grow_array(const struct rec__growth *growth, const rec_array *array)
{
    enum along how = along(array, growth);
    int64_t rows = array->rows + (how == BY_ROWS || how == BY_OFFSETS ? growth->n - growth->old : 0);
    int64_t columns = how == BY_COLUMNS ? growth->n : array->columns;
    size_t size = size_of(array);
    char *to = add_like(&growth->grown->arrays, array, rows, columns);
    if (to == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t r = 0; r < array->rows; r++)
        memcpy(to + (size_t)(r * columns) * size,
               (const char *)array->data + (size_t)(r * array->columns) * size,
               (size_t)array->columns * size);
    if (how == BY_ROWS && array->type == REC_F32)
        fill_means(array, (float *)(void *)to, columns, growth);
    for (int64_t r = 0; how == BY_COLUMNS && array->type == REC_F32 && r < rows; r++)
        fill_means(array, (float *)(void *)to + r * columns, 1, growth);
    for (int64_t r = array->rows; how == BY_OFFSETS && r < rows; r++)
        memcpy(to + (size_t)r * size, to + (size_t)(array->rows - 1) * size, size);
    return REC_OK;
}

rec_status rec__growth_arrays(struct rec__growth *growth)
{
    static const char *const derived[] = {"item_norms", "user_norms", "score_bounds", "item_order", NULL};
    const struct rec__arrays *arrays = &growth->model->result->arrays;
    struct rec__arrays *grown = &growth->grown->arrays;
    rec_status status = REC_OK;
    for (int32_t a = 0; status == REC_OK && a < arrays->count; a++) {
        const rec_array *array = &arrays->entries[a];
        if (is_any(array->name, derived) || rec__arrays_find(grown, array->name) != NULL)
            continue;
        if (arrays->blocks[a] == NULL && growth->grown->container != NULL &&
            along(array, growth) == NOT_ALONG)
            grown->entries[grown->count++] = *array;
        else
            status = grow_array(growth, array);
    }
    return status;
}

static void copy_rest(const struct rec__growth *growth, const rec_ids *ids)
{
    const struct rec__result *from = growth->model->result;
    struct rec__result *to = growth->grown;
    bool users = growth->side == REC_SIDE_USERS;
    to->fitted.scorer = from->fitted.scorer;
    to->fitted.n_users = users ? growth->n : from->fitted.n_users;
    to->fitted.n_items = users ? from->fitted.n_items : growth->n;
    to->fitted.n_features = from->fitted.n_features;
    to->users = rec_ids_retain(users ? ids : from->users);
    to->items = rec_ids_retain(users ? from->items : ids);
    to->item_text = from->item_text == NULL ? NULL : rec_text_retain(from->item_text);
    to->user_names = from->user_names == NULL ? NULL : rec_ids_retain(from->user_names);
    to->context_names = from->context_names == NULL ? NULL : rec_ids_retain(from->context_names);
    to->feature_names = from->feature_names == NULL ? NULL : rec_ids_retain(from->feature_names);
    to->container = from->container == NULL ? NULL : rec__container_retain(from->container);
    to->least = from->least;
    to->greatest = from->greatest;
    to->mean = from->mean;
}

rec_status rec__growth_begin(struct rec__growth *growth, const rec_ids *ids)
{
    const struct rec__result *from = growth->model->result;
    rec_status status = rec__result_create(&growth->grown, growth->model->backend, from->parameters);
    if (status != REC_OK)
        return status;
    growth->old = growth->side == REC_SIDE_USERS ? from->fitted.n_users : from->fitted.n_items;
    growth->n = rec_ids_count(ids);
    copy_rest(growth, ids);
    return REC_OK;
}

rec_status rec__growth_finish(struct rec__growth *growth, rec_model **out)
{
    rec_model *made = NULL;
    rec_status status = rec__result_finish(growth->grown);
    if (status == REC_OK)
        status = rec__result_bind(growth->grown);
    if (status == REC_OK)
        status = rec__model_clone(&made, growth->model);
    if (status != REC_OK)
        return status;
    made->result = growth->grown;
    growth->grown = NULL;
    *out = made;
    return REC_OK;
}

float *rec__growth_floats(const struct rec__growth *growth, const char *name)
{
    return (float *)(uintptr_t)rec__arrays_floats(&growth->grown->arrays, name);
}
