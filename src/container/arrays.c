/* SPDX-License-Identifier: Apache-2.0 */
/* Named arrays. */
#include "container/arrays.h"
#include "base/memory.h"
#include "base/status.h"

#include <string.h>

static void *add(struct rec__arrays *arrays, const char *name, rec_dtype type, int64_t rows, int64_t columns)
{
    if (arrays->count == REC_ARRAYS_MOST) {
        (void)rec__fail(REC_ERR_INVALID, "a model has more than %d arrays; \"%s\" is one too many",
                        REC_ARRAYS_MOST, name);
        return NULL;
    }
    int64_t elements;
    void *data = NULL;
    if (__builtin_mul_overflow(rows, columns > 0 ? columns : 1, &elements))
        (void)rec__fail(REC_ERR_NO_MEMORY, "out of memory: %lld x %lld elements could not be allocated",
                        (long long)rows, (long long)columns);
    else
        data = rec__allocate_large(elements, (size_t)rec__dtype_bytes(type)); /* rows are met in any order */
    if (data == NULL)
        return NULL;
    memset(data, 0, (size_t)elements * (size_t)rec__dtype_bytes(type));
    arrays->blocks[arrays->count] = data;
    arrays->entries[arrays->count++] = (rec_array){.size = sizeof(rec_array),
                                                   .name = name,
                                                   .data = data,
                                                   .rows = rows,
                                                   .columns = columns > 0 ? columns : 1,
                                                   .type = (int32_t)type,
                                                   .dimensions = columns > 0 ? 2 : 1};
    return data;
}

float *rec__arrays_add_floats(struct rec__arrays *arrays, const char *name, int64_t rows, int64_t columns)
{
    return add(arrays, name, REC_F32, rows, columns);
}

double *rec__arrays_add_doubles(struct rec__arrays *arrays, const char *name, int64_t rows)
{
    return add(arrays, name, REC_F64, rows, 0);
}

int32_t *rec__arrays_add_rows(struct rec__arrays *arrays, const char *name, int64_t rows)
{
    return add(arrays, name, REC_I32, rows, 0);
}

int64_t *rec__arrays_add_offsets(struct rec__arrays *arrays, const char *name, int64_t rows)
{
    return add(arrays, name, REC_I64, rows, 0);
}

const rec_array *rec__arrays_find(const struct rec__arrays *arrays, const char *name)
{
    for (int32_t i = 0; i < arrays->count; i++)
        if (strcmp(arrays->entries[i].name, name) == 0)
            return &arrays->entries[i];
    return NULL;
}

const float *rec__arrays_floats(const struct rec__arrays *arrays, const char *name)
{
    const rec_array *array = rec__arrays_find(arrays, name);
    return array != NULL && array->type == REC_F32 ? array->data : NULL;
}

rec_status rec__arrays_check(const struct rec__arrays *arrays, const char *name,
                             struct rec__expected expected, bool required)
{
    const rec_array *array = rec__arrays_find(arrays, name);
    if (array == NULL)
        return required ? rec__fail(REC_ERR_CORRUPT, "array \"%s\" is missing", name) : REC_OK;
    if (rec__array_fits(array, &expected))
        return REC_OK;
    return rec__fail(
        REC_ERR_CORRUPT, "array \"%s\" is %s, %lld x %lld; %s, %lld x %lld was expected (-1: any)", name,
        rec__dtype_name((rec_dtype)array->type), (long long)array->rows, (long long)array->columns,
        rec__dtype_name(expected.type), (long long)expected.rows, (long long)expected.columns);
}

void rec__arrays_clear(struct rec__arrays *arrays)
{
    for (int32_t i = 0; i < arrays->count; i++)
        rec__release(arrays->blocks[i]);
    *arrays = (struct rec__arrays){0};
}
