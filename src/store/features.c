/* SPDX-License-Identifier: Apache-2.0 */
/* Features: making them from arrays, ownership, reading. Text files are in features_read.c. */
#include "store/features.h"
#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

enum { BLOCKS = sizeof((rec_features *)0)->blocks / sizeof *((rec_features *)0)->blocks };

rec_features *rec__features_create(const rec_ids *ids, const rec_ids *names, int32_t dimensions)
{
    rec_features *features = rec__allocate_zeroed(1, sizeof *features);
    if (features == NULL)
        return NULL;
    atomic_init(&features->references, 1);
    features->ids = rec_ids_retain(ids);
    features->names = names == NULL ? NULL : rec_ids_retain(names);
    features->count = rec_ids_count(ids);
    features->dimensions = dimensions;
    return features;
}

rec_status rec__features_starts(rec_features *features, struct rec__sparse *sparse)
{
    sparse->row_start = rec__allocate((int64_t)features->count + 1, sizeof *sparse->row_start);
    features->blocks[0] = sparse->row_start;
    features->row_start = sparse->row_start;
    return sparse->row_start == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

rec_status rec__features_entries(rec_features *features, struct rec__sparse *sparse)
{
    features->n_values = sparse->row_start[features->count];
    features->blocks[1] = sparse->columns = rec__allocate(features->n_values, sizeof *sparse->columns);
    features->blocks[2] = sparse->values = rec__allocate(features->n_values, sizeof *sparse->values);
    features->columns = sparse->columns;
    features->values = sparse->values;
    return sparse->columns == NULL || sparse->values == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

rec_features *rec_features_retain(const rec_features *features)
{
    rec_features *shared = (rec_features *)features;
    atomic_fetch_add(&shared->references, 1);
    return shared;
}

void rec_features_free(rec_features *features)
{
    if (features == NULL || atomic_fetch_sub(&features->references, 1) > 1)
        return;
    for (int i = 0; i < BLOCKS; i++)
        rec__release(features->blocks[i]);
    rec_ids_free(features->ids);
    rec_ids_free(features->names);
    rec__container_free(features->container);
    rec__release(features);
}

int32_t rec_features_count(const rec_features *features)
{
    return features->count;
}

int32_t rec_features_dimensions(const rec_features *features)
{
    return features->dimensions;
}

int rec_features_sparse(const rec_features *features)
{
    return features->dense == NULL;
}

const rec_ids *rec_features_ids(const rec_features *features)
{
    return features->ids;
}

const rec_ids *rec_features_names(const rec_features *features)
{
    return features->names;
}

/* What the two makers share. */
struct making {
    const rec_ids *ids, *names;
    int32_t n, dimensions;
};

static rec_status check_making(rec_features **out, const struct making *m)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (m->n < 0)
        return rec__fail(REC_ERR_INVALID, "n is %d; 0 or more was expected", m->n);
    if (m->dimensions < 1)
        return rec__fail(REC_ERR_INVALID, "dimensions is %d; at least 1 was expected", m->dimensions);
    if (m->ids != NULL && m->ids->count != m->n)
        return rec__fail(REC_ERR_INVALID, "ids has %d ids; %d were expected, as n is", m->ids->count, m->n);
    if (m->names != NULL && m->names->count != m->dimensions)
        return rec__fail(REC_ERR_INVALID, "names has %d names; %d were expected, as dimensions is",
                         m->names->count, m->dimensions);
    return REC_OK;
}

static rec_status begin_features(rec_features **made, const struct making *m)
{
    rec_ids *rows = NULL;
    rec_status status = m->ids == NULL ? rec_ids_from_rows(&rows, m->n) : REC_OK;
    if (status != REC_OK)
        return status;
    *made = rec__features_create(m->ids == NULL ? rows : m->ids, m->names, m->dimensions);
    rec_ids_free(rows);
    return *made == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

static rec_status check_values(const float *values, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return rec__fail(REC_ERR_FORMAT, "values[%lld] is %g; a finite number was expected", (long long)i,
                             (double)values[i]);
    return REC_OK;
}

static rec_status copy_dense(rec_features *features, const float *values)
{
    int64_t n = (int64_t)features->count * features->dimensions;
    float *copy = rec__allocate(n, sizeof *copy);
    if (copy == NULL)
        return REC_ERR_NO_MEMORY;
    memcpy(copy, values, (size_t)n * sizeof *copy);
    features->blocks[0] = copy;
    features->dense = copy;
    return REC_OK;
}

rec_status rec_features_from_dense(rec_features **out, const rec_ids *ids, const rec_ids *names, int32_t n,
                                   int32_t dimensions, const float *values)
{
    struct making m = {ids, names, n, dimensions};
    rec_features *made = NULL;
    rec_status status = check_making(out, &m);
    if (status == REC_OK && values == NULL)
        status = rec__fail_null("values");
    if (status == REC_OK)
        status = check_values(values, (int64_t)n * dimensions);
    if (status == REC_OK)
        status = begin_features(&made, &m);
    if (status == REC_OK)
        status = copy_dense(made, values);
    if (status != REC_OK) {
        rec_features_free(made);
        return status;
    }
    *out = made;
    return REC_OK;
}

static rec_status check_csr(const struct making *m, const int64_t *row_start, const int32_t *columns,
                            const float *values)
{
    if (row_start == NULL)
        return rec__fail_null("row_start");
    for (int32_t row = 0; row <= m->n; row++)
        if (row == 0 ? row_start[0] != 0 : row_start[row] < row_start[row - 1])
            return rec__fail(REC_ERR_FORMAT, "row_start[%d] is %lld; %lld%s was expected", row,
                             (long long)row_start[row], row == 0 ? 0LL : (long long)row_start[row - 1],
                             row == 0 ? "" : " or more");
    int64_t n = row_start[m->n];
    if (columns == NULL && n > 0)
        return rec__fail_null("columns");
    for (int64_t i = 0; i < n; i++)
        if (columns[i] < 0 || columns[i] >= m->dimensions)
            return rec__fail(REC_ERR_RANGE, "columns[%lld] is %d; 0 to %d was expected", (long long)i,
                             columns[i], m->dimensions - 1);
    return values == NULL ? REC_OK : check_values(values, n);
}

static rec_status sort_rows(const rec_features *features, struct rec__sparse *sparse)
{
    int64_t repeated, row = 0;
    rec_status status = rec__features_sort(features, sparse, NULL, &repeated);
    if (status != REC_OK || repeated < 0)
        return status;
    while (sparse->row_start[row + 1] <= repeated)
        row++;
    return rec__fail(REC_ERR_FORMAT, "row %lld has column %d twice; once was expected", (long long)row,
                     sparse->columns[repeated]);
}

static rec_status copy_csr(rec_features *features, const int64_t *row_start, const int32_t *columns,
                           const float *values)
{
    struct rec__sparse sparse;
    if (rec__features_starts(features, &sparse) != REC_OK)
        return REC_ERR_NO_MEMORY;
    memcpy(sparse.row_start, row_start, ((size_t)features->count + 1) * sizeof *row_start);
    if (rec__features_entries(features, &sparse) != REC_OK)
        return REC_ERR_NO_MEMORY;
    for (int64_t i = 0; i < features->n_values; i++) {
        sparse.columns[i] = columns[i];
        sparse.values[i] = values == NULL ? 1.0f : values[i];
    }
    return sort_rows(features, &sparse);
}

rec_status rec_features_from_csr(rec_features **out, const rec_ids *ids, const rec_ids *names, int32_t n,
                                 int32_t dimensions, const int64_t *row_start, const int32_t *columns,
                                 const float *values)
{
    struct making m = {ids, names, n, dimensions};
    rec_features *made = NULL;
    rec_status status = check_making(out, &m);
    if (status == REC_OK)
        status = check_csr(&m, row_start, columns, values);
    if (status == REC_OK)
        status = begin_features(&made, &m);
    if (status == REC_OK)
        status = copy_csr(made, row_start, columns, values);
    if (status != REC_OK) {
        rec_features_free(made);
        return status;
    }
    *out = made;
    return REC_OK;
}
