/* SPDX-License-Identifier: Apache-2.0 */
/* Features in container files. */
#include "base/memory.h"
#include "base/status.h"
#include "store/features.h"
#include "store/pack.h"

#include <math.h>

static const char prefix[] = "features";

static rec_status pack_dense(const rec_features *features, struct rec__pack *pack)
{
    rec_array array = REC_ARRAY_INIT;
    array.name = "dense";
    array.data = features->dense;
    array.rows = features->count;
    array.columns = features->dimensions;
    array.type = REC_F32;
    array.dimensions = 2;
    return rec__pack_array(pack, prefix, &array);
}

static rec_status pack_sparse(const rec_features *features, struct rec__pack *pack)
{
    rec_status status = rec__pack_vector(pack, prefix, "row_start", REC_I64, features->row_start,
                                         (int64_t)features->count + 1);
    if (status == REC_OK)
        status = rec__pack_vector(pack, prefix, "columns", REC_I32, features->columns, features->n_values);
    if (status == REC_OK)
        status = rec__pack_vector(pack, prefix, "values", REC_F32, features->values, features->n_values);
    return status;
}

rec_status rec__features_pack(const rec_features *features, struct rec__pack *pack)
{
    rec_status status = rec__ids_pack(features->ids, pack, "ids");
    if (status == REC_OK && features->names != NULL)
        status = rec__ids_pack(features->names, pack, "names");
    if (status == REC_OK)
        status = rec__pack_count(pack, prefix, "dimensions", features->dimensions);
    if (status == REC_OK && features->weighted)
        status = rec__pack_count(pack, prefix, "weighted", 1);
    if (status == REC_OK)
        status = features->dense != NULL ? pack_dense(features, pack) : pack_sparse(features, pack);
    return status;
}

static rec_status take_dense(rec_features *features, struct rec__container *container)
{
    rec_array array = REC_ARRAY_INIT;
    struct rec__expected expected = {
        .type = REC_F32, .dimensions = 2, .rows = features->count, .columns = features->dimensions};
    rec_status status = rec__container_take(container, prefix, "dense", expected, &array);
    features->dense = array.data;
    return status;
}

static rec_status take_sparse(rec_features *features, struct rec__container *container)
{
    rec_array array = REC_ARRAY_INIT;
    rec_status status =
        rec__take_vector(&array, container, prefix, "row_start", REC_I64, (int64_t)features->count + 1);
    if (status != REC_OK)
        return status;
    features->row_start = array.data;
    status = rec__take_vector(&array, container, prefix, "columns", REC_I32, -1);
    features->columns = array.data;
    features->n_values = array.rows;
    if (status == REC_OK)
        status = rec__take_vector(&array, container, prefix, "values", REC_F32, features->n_values);
    features->values = array.data;
    int64_t end = features->row_start[features->count];
    if (status == REC_OK && (features->row_start[0] != 0 || end != features->n_values))
        status = rec__fail(REC_ERR_CORRUPT,
                           "%s: features.row_start runs from %lld to %lld; 0 to %lld was expected",
                           rec__container_path(container), (long long)features->row_start[0], (long long)end,
                           (long long)features->n_values);
    return status;
}

/* Ids and names of a file; names are NULL where it has none. */
struct lists {
    rec_ids *ids, *names;
    int64_t dimensions;
};

static rec_status take_lists(struct lists *lists, struct rec__container *container)
{
    rec_status status = rec__ids_unpack(&lists->ids, container, "ids");
    if (status == REC_OK && rec__container_text(container, "names.kind") != NULL)
        status = rec__ids_unpack(&lists->names, container, "names");
    if (status == REC_OK)
        status = rec__container_integer(container, prefix, "dimensions", 1, INT32_MAX, &lists->dimensions);
    if (status == REC_OK && lists->names != NULL && lists->names->count != lists->dimensions)
        status = rec__fail(REC_ERR_CORRUPT, "%s: there are %d names; %lld were expected",
                           rec__container_path(container), lists->names->count, (long long)lists->dimensions);
    return status;
}

static rec_status take_features(rec_features **out, const struct lists *lists,
                                struct rec__container *container)
{
    rec_features *features = rec__features_create(lists->ids, lists->names, (int32_t)lists->dimensions);
    if (features == NULL)
        return REC_ERR_NO_MEMORY;
    features->container = rec__container_retain(container);
    features->weighted = rec__container_text(container, "features.weighted") != NULL;
    bool dense = rec__container_find(container, "features.dense") != NULL;
    rec_status status = dense ? take_dense(features, container) : take_sparse(features, container);
    if (status != REC_OK) {
        rec_features_free(features);
        return status;
    }
    *out = features;
    return REC_OK;
}

rec_status rec__features_unpack(rec_features **out, struct rec__container *container)
{
    struct lists lists = {0};
    *out = NULL;
    rec_status status = take_lists(&lists, container);
    if (status == REC_OK)
        status = take_features(out, &lists, container);
    rec_ids_free(lists.ids);
    rec_ids_free(lists.names);
    return status;
}

static rec_status check_finite(const float *values, int64_t n, const char *name)
{
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return rec__fail(REC_ERR_CORRUPT, "%s.%s[%lld] is %g; a finite number was expected", prefix, name,
                             (long long)i, (double)values[i]);
    return REC_OK;
}

static rec_status check_columns(const rec_features *features)
{
    for (int32_t row = 0; row < features->count; row++)
        for (int64_t i = features->row_start[row]; i < features->row_start[row + 1]; i++) {
            int32_t column = features->columns[i];
            int32_t before = i == features->row_start[row] ? -1 : features->columns[i - 1];
            if (column <= before || column >= features->dimensions)
                return rec__fail(REC_ERR_CORRUPT, "%s.columns[%lld] is %d; %d to %d was expected", prefix,
                                 (long long)i, column, before + 1, features->dimensions - 1);
        }
    return REC_OK;
}

rec_status rec__features_check(const rec_features *features)
{
    if (features->dense != NULL)
        return check_finite(features->dense, (int64_t)features->count * features->dimensions, "dense");
    rec_status status =
        rec__check_starts(features->row_start, features->count, features->n_values, prefix, "row_start");
    if (status == REC_OK)
        status = check_columns(features);
    return status == REC_OK ? check_finite(features->values, features->n_values, "values") : status;
}

rec_status rec_features_save(const rec_features *features, const char *path)
{
    if (features == NULL || path == NULL)
        return rec__fail_null(features == NULL ? "features" : "path");
    struct rec__pack *pack = NULL;
    rec_status status = rec__pack_create(&pack, prefix);
    if (status == REC_OK)
        status = rec__features_pack(features, pack);
    if (status == REC_OK)
        status = rec__pack_write(pack, path);
    rec__pack_free(pack);
    return status;
}

rec_status rec_features_open(rec_features **out, const char *path)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (path == NULL)
        return rec__fail_null("path");
    struct rec__container *container = NULL;
    rec_status status = rec__open_kind(&container, path, prefix);
    if (status == REC_OK)
        status = rec__features_unpack(out, container);
    rec__container_free(container);
    return status;
}
