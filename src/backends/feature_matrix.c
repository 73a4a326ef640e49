/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/feature_matrix.h"
#include "base/memory.h"

#include <math.h>

enum { BLOCKS = 6 };

void rec__feature_matrix_clear(struct rec__feature_matrix *matrix)
{
    for (int b = 0; b < BLOCKS; b++)
        rec__release(matrix->blocks[b]);
}

/* Where each row begins. */
static int64_t *copy_starts(const rec_features *features)
{
    int64_t *start = rec__allocate((int64_t)features->count + 1, sizeof *start);
    for (int64_t i = 0; start != NULL && i <= features->count; i++)
        start[i] = features->dense != NULL ? i * features->dimensions : features->row_start[i];
    return start;
}

static void copy_row(const rec_features *features, const int64_t *start, int32_t row, bool unit,
                     int32_t *columns, float *values)
{
    const float *from = features->dense != NULL ? features->dense : features->values;
    double sum = 0.0;
    for (int64_t e = start[row]; e < start[row + 1]; e++) {
        columns[e] = features->dense != NULL ? (int32_t)(e - start[row]) : features->columns[e];
        values[e] = from[e];
        sum += (double)from[e] * (double)from[e];
    }
    float scale = unit && sum > 0.0 ? (float)(1.0 / sqrt(sum)) : 1.0F;
    for (int64_t e = start[row]; e < start[row + 1]; e++)
        values[e] *= scale;
}

rec_status rec__feature_matrix_make(struct rec__feature_matrix *out, const rec_features *features, bool unit)
{
    int32_t d = features->dimensions;
    int64_t *start = out->blocks[0] = copy_starts(features);
    int64_t n = start == NULL ? 0 : start[features->count];
    int32_t *columns = out->blocks[1] = rec__allocate(n, sizeof *columns);
    float *values = out->blocks[2] = rec__allocate(n, sizeof *values);
    int64_t *back_start = out->blocks[3] = rec__allocate_zeroed((int64_t)d + 1, sizeof *back_start);
    int32_t *others = out->blocks[4] = rec__allocate(n, sizeof *others);
    float *back_values = out->blocks[5] = rec__allocate(n, sizeof *back_values);
    for (int b = 0; b < BLOCKS; b++)
        if (out->blocks[b] == NULL)
            return REC_ERR_NO_MEMORY;
    for (int32_t i = 0; i < features->count; i++)
        copy_row(features, start, i, unit, columns, values);
    out->matrix.rows = (struct rec__sparse_order){start, columns, values, features->count};
    rec__sparse_transpose(&out->matrix.rows, d, back_start, others, back_values);
    out->matrix.columns = (struct rec__sparse_order){back_start, others, back_values, d};
    return REC_OK;
}

bool rec__feature_matrix_has(const struct rec__feature_matrix *matrix, int32_t row)
{
    const struct rec__sparse_order *rows = &matrix->matrix.rows;
    if (rows->start == NULL)
        return false;
    for (int64_t e = rows->start[row]; e < rows->start[row + 1]; e++)
        if (rows->values[e] != 0.0F)
            return true;
    return false;
}
