/* SPDX-License-Identifier: Apache-2.0 */
/* Features in the rows of another list of ids. */
#include "base/memory.h"
#include "base/status.h"
#include "store/features.h"

#include <string.h>

static bool is_in_order(const int32_t *rows, int32_t n, const rec_features *features)
{
    if (n != features->count)
        return false;
    for (int32_t i = 0; i < n; i++)
        if (rows[i] != i)
            return false;
    return true;
}

static rec_status align_dense(rec_features *to, const rec_features *from, const int32_t *rows)
{
    int64_t width = from->dimensions;
    float *dense = rec__allocate_zeroed(to->count * width, sizeof *dense);
    if (dense == NULL)
        return REC_ERR_NO_MEMORY;
    to->blocks[0] = dense;
    to->dense = dense;
    for (int32_t i = 0; i < to->count; i++)
        if (rows[i] >= 0)
            memcpy(dense + i * width, from->dense + rows[i] * width, (size_t)width * sizeof *dense);
    return REC_OK;
}

static int64_t length_of(const rec_features *features, int32_t row)
{
    return row < 0 ? 0 : features->row_start[row + 1] - features->row_start[row];
}

static rec_status align_sparse(rec_features *to, const rec_features *from, const int32_t *rows)
{
    struct rec__sparse sparse;
    if (rec__features_starts(to, &sparse) != REC_OK)
        return REC_ERR_NO_MEMORY;
    sparse.row_start[0] = 0;
    for (int32_t i = 0; i < to->count; i++)
        sparse.row_start[i + 1] = sparse.row_start[i] + length_of(from, rows[i]);
    if (rec__features_entries(to, &sparse) != REC_OK)
        return REC_ERR_NO_MEMORY;
    for (int32_t i = 0; i < to->count; i++) {
        int64_t at = sparse.row_start[i], n = length_of(from, rows[i]);
        if (n == 0)
            continue;
        memcpy(sparse.columns + at, from->columns + from->row_start[rows[i]],
               (size_t)n * sizeof *sparse.columns);
        memcpy(sparse.values + at, from->values + from->row_start[rows[i]],
               (size_t)n * sizeof *sparse.values);
    }
    return REC_OK;
}

static rec_status align(rec_features **out, const rec_features *from, const rec_ids *ids, const int32_t *rows)
{
    if (is_in_order(rows, ids->count, from)) {
        *out = rec_features_retain(from);
        return REC_OK;
    }
    rec_features *to = rec__features_create(ids, from->names, from->dimensions);
    if (to == NULL)
        return REC_ERR_NO_MEMORY;
    to->weighted = from->weighted;
    rec_status status = from->dense != NULL ? align_dense(to, from, rows) : align_sparse(to, from, rows);
    if (status != REC_OK) {
        rec_features_free(to);
        return status;
    }
    *out = to;
    return REC_OK;
}

rec_status rec__features_align(rec_features **out, const rec_features *features, const rec_ids *ids)
{
    *out = NULL;
    /* Who asks is about to use every value, so a mapped file is looked at first. */
    rec_status status = features->container == NULL ? REC_OK : rec__features_check(features);
    if (status != REC_OK)
        return status;
    int32_t *rows = rec__allocate(ids->count, sizeof *rows);
    if (rows == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t i = 0; i < ids->count; i++)
        rows[i] = rec__ids_match(ids, i, features->ids);
    status = align(out, features, ids, rows);
    rec__release(rows);
    return status;
}
