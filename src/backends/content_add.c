/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items that come after the fit of content: their rows are made as those of the fit were, with the weights and directions that it found, and stand
 * after them. The old rows stay as they are.
 */
#include "backends/content.h"
#include "backends/lowrank.h"
#include "base/memory.h"
#include "base/status.h"

#include <string.h>

/* Items being added. */
struct adding {
    const struct rec__arrays *old;
    const rec_features *more;
    const double *scales; /* how much each feature counts */
    struct rec__arrays *grown;
    int32_t n_old, n;
};

/* The old rows, which no scorer may have looked at. */
static rec_status find_rows(const struct adding *a, const char *const names[3],
                            struct rec__content_sparse *rows)
{
    int64_t width = a->more->dimensions;
    const rec_array *found = rec__arrays_find(a->old, names[1]);
    int64_t edges = found == NULL ? 0 : found->rows;
    struct rec__expected start = {REC_I64, 1, (int64_t)a->n_old + 1, 1}, columns = {REC_I32, 1, edges, 1},
                         weights = {REC_F32, 1, edges, 1};
    rec_status status = rec__arrays_check(a->old, names[0], start, true);
    if (status == REC_OK)
        status = rec__arrays_check(a->old, names[1], columns, true);
    if (status == REC_OK)
        status = rec__arrays_check(a->old, names[2], weights, true);
    if (status != REC_OK)
        return status;
    rows->start = (int64_t *)(uintptr_t)rec__arrays_find(a->old, names[0])->data;
    rows->columns = (int32_t *)(uintptr_t)found->data;
    rows->weights = (float *)(uintptr_t)rec__arrays_find(a->old, names[2])->data;
    bool sound = rows->start[0] == 0 && rows->start[a->n_old] == edges;
    for (int32_t i = 0; sound && i < a->n_old; i++)
        sound = rows->start[i] <= rows->start[i + 1];
    for (int64_t e = 0; sound && e < edges; e++)
        sound = rows->columns[e] >= 0 && rows->columns[e] < width;
    return sound ? REC_OK
                 : rec__fail(REC_ERR_CORRUPT,
                             "arrays \"%s\" and \"%s\" are damaged; rows of %lld columns were expected",
                             names[0], names[1], (long long)width);
}

/* All rows: the old, then those of the new items. */
static rec_status add_rows(const struct adding *a, const char *const names[3],
                           struct rec__content_sparse *rows)
{
    struct rec__content_sparse old;
    rec_status status = find_rows(a, names, &old);
    if (status != REC_OK)
        return status;
    int64_t edges = old.start[a->n_old];
    if (!rec__content_sparse_add(a->grown, names, a->n, edges + a->more->n_values, rows))
        return REC_ERR_NO_MEMORY;
    struct rec__content_sparse behind = {rows->start + a->n_old, rows->columns + edges,
                                         rows->weights + edges};
    rec__content_rows(a->more, a->scales, &behind);
    for (int32_t i = a->n_old; i < a->n; i++)
        rows->start[i + 1] += edges;
    memcpy(rows->start, old.start, ((size_t)a->n_old + 1) * sizeof *rows->start);
    memcpy(rows->columns, old.columns, (size_t)edges * sizeof *rows->columns);
    memcpy(rows->weights, old.weights, (size_t)edges * sizeof *rows->weights);
    return REC_OK;
}

static rec_status add_graph(const struct adding *a)
{
    struct rec__content_sparse rows, back;
    rec_status status = add_rows(a, rec__content_graph, &rows);
    if (status != REC_OK)
        return status;
    if (!rec__content_sparse_add(a->grown, rec__content_back, a->more->dimensions, rows.start[a->n], &back))
        return REC_ERR_NO_MEMORY;
    struct rec__sparse_order order = {rows.start, rows.columns, rows.weights, a->n};
    rec__sparse_transpose(&order, a->more->dimensions, back.start, back.columns, back.weights);
    bool tailed = rec__arrays_find(a->old, "back_tails") != NULL;
    return tailed ? rec__content_tails(a->grown, a->n, &rows, &back) : REC_OK;
}

/* Room for the vectors of all items, the old in place. NULL when there is no memory. */
static float *add_vectors(const struct adding *a, const rec_array *old)
{
    float *vectors = rec__arrays_add_floats(a->grown, "item_vectors", a->n, old->columns);
    if (vectors != NULL)
        memcpy(vectors, old->data, (size_t)(a->n_old * old->columns) * sizeof *vectors);
    return vectors;
}

static rec_status add_dense(const struct adding *a, const rec_array *old)
{
    const rec_features *more = a->more;
    int64_t width = old->columns;
    if (width != more->dimensions)
        return rec__fail(REC_ERR_CORRUPT, "array \"item_vectors\" has %lld columns; %d were expected",
                         (long long)width, more->dimensions);
    float *vectors = add_vectors(a, old);
    for (int32_t i = 0; vectors != NULL && i < more->count; i++) {
        float *to = vectors + (a->n_old + i) * width;
        for (int64_t e = more->row_start[i]; e < more->row_start[i + 1]; e++)
            to[more->columns[e]] = more->values[e];
        rec__content_unit(to, to, width);
    }
    return vectors == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

/* y = X V of the new rows, brought to length 1. */
static rec_status add_reduced(const struct adding *a, const rec_array *old)
{
    int64_t factors = old->columns;
    struct rec__expected wide = {REC_F32, 2, a->more->dimensions, factors};
    struct rec__content_sparse rows;
    rec_status status = rec__arrays_check(a->old, "feature_vectors", wide, true);
    if (status == REC_OK)
        status = add_rows(a, rec__content_reduced, &rows);
    if (status != REC_OK)
        return status;
    float *vectors = add_vectors(a, old);
    if (vectors == NULL)
        return REC_ERR_NO_MEMORY;
    struct rec__sparse_order order = {rows.start + a->n_old, rows.columns, rows.weights, a->n - a->n_old};
    float *to = vectors + a->n_old * factors;
    status =
        rec__sparse_product(&order, rec__arrays_floats(a->old, "feature_vectors"), (int32_t)factors, 1, to);
    for (int64_t i = 0; status == REC_OK && i < order.n; i++)
        rec__content_unit(to + i * factors, to + i * factors, factors);
    return status;
}

rec_status rec__content_add_items(const struct rec__fitted *fitted, const rec_features *more,
                                  struct rec__arrays *grown)
{
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "item_vectors");
    bool reduced = rec__arrays_find(fitted->arrays, "feature_vectors") != NULL;
    const rec_array *scales = rec__arrays_find(fitted->arrays, "feature_scales");
    struct adding adding = {.old = fitted->arrays,
                            .more = more,
                            .grown = grown,
                            .n_old = fitted->n_items,
                            .n = fitted->n_items + more->count};
    if (vectors != NULL && !reduced)
        return add_dense(&adding, vectors);
    if (scales == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "the model does not tell how much each feature counts, as one of an older "
                         "library; a new fit was expected");
    rec_status status = rec__arrays_check(fitted->arrays, "feature_scales",
                                          (struct rec__expected){REC_F64, 1, more->dimensions, 1}, true);
    if (status != REC_OK)
        return status;
    adding.scales = scales->data;
    return reduced ? add_reduced(&adding, vectors) : add_graph(&adding);
}
