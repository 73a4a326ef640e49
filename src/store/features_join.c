/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several features as one: [sqrt(w_1) x_1, sqrt(w_2) x_2, ...] with rows x_b of length 1, so that the product of two joined rows is the sum of
 * the blocks' cosines by their weights.
 */
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "store/features.h"

#include <math.h>
#include <string.h>

struct block {
    const rec_features *features;
    const char *label; /* NULL: no names */
    double scale;      /* sqrt of its weight */
    int32_t *rows;     /* its row of each id of the whole, or -1 */
    double *idf;       /* NULL: values are weighted already, or dense */
    int32_t first;     /* column of the whole */
};

struct join {
    struct block *blocks;
    int32_t n, width;
    bool sparse;
    rec_ids *ids, *names;
    rec_features *made;
    struct rec__sparse csr;
    float *dense;
};

double *rec__features_idf(const rec_features *features)
{
    double *idf = rec__allocate_zeroed(features->dimensions, sizeof *idf);
    int64_t edges = features->row_start[features->count];
    for (int64_t e = 0; idf != NULL && e < edges; e++)
        idf[features->columns[e]] += features->values[e] != 0.0f;
    for (int32_t f = 0; idf != NULL && f < features->dimensions; f++)
        idf[f] = log((1.0 + features->count) / (1.0 + idf[f])) + 1.0;
    return idf;
}

static int64_t entries_of(const struct block *b, int32_t row)
{
    if (row < 0)
        return 0;
    return b->features->dense != NULL ? b->features->dimensions
                                      : b->features->row_start[row + 1] - b->features->row_start[row];
}

/* Entry e of a row: its column fills, its value is returned. */
static double entry_of(const struct block *b, int32_t row, int64_t e, int32_t *column)
{
    const rec_features *f = b->features;
    int64_t at = f->dense != NULL ? (int64_t)row * f->dimensions + e : f->row_start[row] + e;
    *column = f->dense != NULL ? (int32_t)e : f->columns[at];
    double value = f->dense != NULL ? (double)f->dense[at] : (double)f->values[at];
    return b->idf == NULL ? value : value * b->idf[*column];
}

static double row_scale(const struct block *b, int32_t row, int64_t n)
{
    double squares = 0.0;
    int32_t column;
    for (int64_t e = 0; e < n; e++) {
        double value = entry_of(b, row, e, &column);
        squares += value * value;
    }
    return squares > 0.0 ? b->scale / sqrt(squares) : 0.0;
}

/* A block's part of row i; at: where its entries go. Returns where the next block's go. */
static int64_t fill_part(const struct join *join, const struct block *b, int32_t i, int64_t at)
{
    int64_t n = entries_of(b, b->rows[i]);
    double scale = row_scale(b, b->rows[i], n);
    for (int64_t e = 0; e < n; e++, at++) {
        int32_t column;
        float value = (float)(entry_of(b, b->rows[i], e, &column) * scale);
        if (join->sparse) {
            join->csr.columns[at] = b->first + column;
            join->csr.values[at] = value;
        } else {
            join->dense[(int64_t)i * join->width + b->first + column] = value;
        }
    }
    return at;
}

static rec_status make_rows(struct join *join)
{
    rec_features *made = join->made;
    if (!join->sparse) {
        made->blocks[0] = join->dense =
            rec__allocate_zeroed((int64_t)made->count * made->dimensions, sizeof *join->dense);
        made->dense = join->dense;
        return join->dense == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    }
    if (rec__features_starts(made, &join->csr) != REC_OK)
        return REC_ERR_NO_MEMORY;
    join->csr.row_start[0] = 0;
    for (int32_t i = 0; i < made->count; i++) {
        join->csr.row_start[i + 1] = join->csr.row_start[i];
        for (int32_t b = 0; b < join->n; b++)
            join->csr.row_start[i + 1] += entries_of(&join->blocks[b], join->blocks[b].rows[i]);
    }
    return rec__features_entries(made, &join->csr);
}

static rec_status fill(struct join *join)
{
    join->made = rec__features_create(join->ids, join->names, join->width);
    rec_status status = join->made == NULL ? REC_ERR_NO_MEMORY : make_rows(join);
    if (status != REC_OK)
        return status;
    join->made->weighted = true;
    for (int32_t i = 0; i < join->made->count; i++) {
        int64_t at = join->sparse ? join->csr.row_start[i] : 0;
        for (int32_t b = 0; b < join->n; b++)
            at = fill_part(join, &join->blocks[b], i, at);
    }
    return REC_OK;
}

/* "LABEL:NAME" of each column, or NAME when the label is empty; a block without names has numbers. */
static rec_status add_names(const struct block *b, struct rec__id_table *table)
{
    rec_status status = REC_OK;
    for (int32_t f = 0; status == REC_OK && f < b->features->dimensions; f++) {
        struct rec__text name = {0};
        int64_t length = 0;
        int32_t row, before = table->count;
        const char *own = b->features->names == NULL ? NULL : rec__ids_bytes(b->features->names, f, &length);
        rec__text_addf(&name, "%s%s", b->label, b->label[0] == '\0' ? "" : ":");
        if (own != NULL)
            rec__text_add(&name, own, length);
        else
            rec__text_addf(&name, "%d", f);
        status = name.status;
        if (status == REC_OK)
            status = rec__id_table_add_text(table, name.bytes, name.length, &row);
        if (status == REC_OK && row < before)
            status = rec__fail(REC_ERR_INVALID, "two blocks have a column \"%s\"; other labels were expected",
                               name.bytes);
        rec__text_clear(&name);
    }
    return status;
}

static rec_status make_names(struct join *join)
{
    struct rec__id_table table = {.kind = REC_IDS_TEXT};
    rec_status status = REC_OK;
    if (join->blocks[0].label == NULL)
        return REC_OK;
    for (int32_t b = 0; status == REC_OK && b < join->n; b++)
        status = add_names(&join->blocks[b], &table);
    if (status == REC_OK)
        status = rec__id_table_freeze(&table, &join->names);
    rec__id_table_clear(&table);
    return status;
}

/* The ids of all blocks. */
static rec_status unite(struct join *join)
{
    join->ids = rec_ids_retain(join->blocks[0].features->ids);
    for (int32_t b = 1; b < join->n; b++) {
        rec_ids *more = NULL;
        rec_status status = rec__ids_union(&more, join->ids, join->blocks[b].features->ids);
        if (status != REC_OK)
            return status;
        rec_ids_free(join->ids);
        join->ids = more;
    }
    return REC_OK;
}

static rec_status prepare(struct join *join)
{
    int64_t width = 0;
    rec_status status = unite(join);
    for (int32_t n = 0; status == REC_OK && n < join->n; n++) {
        struct block *b = &join->blocks[n];
        bool counts = b->features->dense == NULL && !b->features->weighted;
        b->first = (int32_t)width;
        width += b->features->dimensions;
        join->sparse = join->sparse || b->features->dense == NULL;
        if (width > INT32_MAX)
            return rec__fail(REC_ERR_RANGE, "the blocks have %lld columns; at most %d were expected",
                             (long long)width, INT32_MAX);
        if (b->features->container != NULL)
            status = rec__features_check(b->features);
        if (status == REC_OK && ((b->rows = rec__ids_map(join->ids, b->features->ids)) == NULL ||
                                 (counts && (b->idf = rec__features_idf(b->features)) == NULL)))
            status = REC_ERR_NO_MEMORY;
    }
    join->width = (int32_t)width;
    return status == REC_OK ? make_names(join) : status;
}

static rec_status take_blocks(struct join *join, const rec_features *const *blocks, const char *const *labels,
                              const double *weights)
{
    join->blocks = rec__allocate_zeroed(join->n, sizeof *join->blocks);
    if (join->blocks == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t b = 0; b < join->n; b++) {
        double weight = weights == NULL ? 1.0 : weights[b];
        if (blocks[b] == NULL || (labels != NULL && labels[b] == NULL))
            return rec__fail(REC_ERR_INVALID, "%s[%d] is NULL", blocks[b] == NULL ? "blocks" : "labels", b);
        if (!(weight > 0.0) || !isfinite(weight))
            return rec__fail(REC_ERR_RANGE, "weights[%d] is %g; a finite number above 0 was expected", b,
                             weight);
        join->blocks[b] = (struct block){
            .features = blocks[b], .label = labels == NULL ? NULL : labels[b], .scale = sqrt(weight)};
    }
    return REC_OK;
}

static void clear(struct join *join)
{
    for (int32_t b = 0; join->blocks != NULL && b < join->n; b++) {
        rec__release(join->blocks[b].rows);
        rec__release(join->blocks[b].idf);
    }
    rec__release(join->blocks);
    rec_ids_free(join->ids);
    rec_ids_free(join->names);
}

rec_status rec_features_join(rec_features **out, const rec_features *const *blocks, const char *const *labels,
                             const double *weights, int32_t n)
{
    struct join join = {.n = n};
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (blocks == NULL)
        return rec__fail_null("blocks");
    if (n < 1)
        return rec__fail(REC_ERR_INVALID, "n is %d; at least 1 was expected", n);
    rec_status status = take_blocks(&join, blocks, labels, weights);
    if (status == REC_OK)
        status = prepare(&join);
    if (status == REC_OK)
        status = fill(&join);
    clear(&join);
    if (status != REC_OK) {
        rec_features_free(join.made);
        return status;
    }
    *out = join.made;
    return REC_OK;
}
