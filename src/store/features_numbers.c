/* SPDX-License-Identifier: Apache-2.0 */
/* Dense features from numbers of 2, 4 or 8 bytes. */
#include "store/features_numbers.h"
#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE 754 half precision: sign, five bits of exponent, ten of fraction. */
static float from_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 1023;
    if (exponent == 31)
        return from_bits(sign | 0x7F800000 | fraction << 13);
    if (exponent > 0)
        return from_bits(sign | (exponent + 112) << 23 | fraction << 13);
    float value = ldexpf((float)fraction, -24);
    return sign != 0 ? -value : value;
}

static float number_at(const struct rec__numbers *numbers, int64_t at)
{
    uint16_t two;
    float single;
    double number;
    switch (numbers->type) {
    case REC_F16:
        memcpy(&two, numbers->data + 2 * at, sizeof two);
        return from_half(two);
    case REC_BF16:
        memcpy(&two, numbers->data + 2 * at, sizeof two);
        return from_bits((uint32_t)two << 16);
    case REC_F64:
        memcpy(&number, numbers->data + 8 * at, sizeof number);
        return (float)number;
    default:
        memcpy(&single, numbers->data + 4 * at, sizeof single);
        return single;
    }
}

/* "FILE" or "FILE: array "NAME"". */
static rec_status fail_numbers(const struct rec__numbers *numbers, rec_status status)
{
    return numbers->name == NULL
               ? rec__fail_within(status, "%s: ", numbers->path)
               : rec__fail_within(status, "%s: array \"%.80s\": ", numbers->path, numbers->name);
}

static rec_status check_sizes(const struct rec__numbers *numbers, const rec_ids *ids)
{
    if (numbers->rows < 1 || numbers->columns < 1 || numbers->rows > INT32_MAX ||
        numbers->columns > INT32_MAX)
        return rec__fail(REC_ERR_FORMAT, "%lld x %lld numbers; 1 to %d rows and columns were expected",
                         (long long)numbers->rows, (long long)numbers->columns, INT32_MAX);
    int64_t n = ids == NULL ? numbers->rows : rec_ids_count(ids);
    if (n < numbers->rows)
        return rec__fail(REC_ERR_INVALID, "%lld rows and %lld ids: row %lld and those after it have none",
                         (long long)numbers->rows, (long long)n, (long long)n);
    if (n > numbers->rows) {
        char id[64] = "";
        rec_status status = rec_ids_text(ids, (int32_t)numbers->rows, id, sizeof id, NULL);
        return status != REC_OK ? status
                                : rec__fail(REC_ERR_INVALID,
                                            "%lld rows and %lld ids: \"%s\" and those after it have no row",
                                            (long long)numbers->rows, (long long)n, id);
    }
    return REC_OK;
}

static rec_status fill(const struct rec__numbers *numbers, float *to)
{
    for (int64_t r = 0; r < numbers->rows; r++)
        for (int64_t c = 0; c < numbers->columns; c++) {
            int64_t at = numbers->by_column ? c * numbers->rows + r : r * numbers->columns + c;
            float value = number_at(numbers, at);
            if (!isfinite(value))
                return rec__fail(REC_ERR_FORMAT, "row %lld, column %lld is %s; a finite number was expected",
                                 (long long)r, (long long)c, isnan(value) ? "nan" : "infinite as a float");
            to[r * numbers->columns + c] = value;
        }
    return REC_OK;
}

static rec_status make(rec_features **made, const struct rec__numbers *numbers, const rec_ids *ids)
{
    rec_ids *rows = NULL;
    rec_status status = ids == NULL ? rec_ids_from_rows(&rows, numbers->rows) : REC_OK;
    float *values = rec__allocate(numbers->rows * numbers->columns, sizeof *values);
    if (status == REC_OK && values != NULL)
        *made = rec__features_create(ids == NULL ? rows : ids, NULL, (int32_t)numbers->columns);
    rec_ids_free(rows);
    if (*made == NULL) {
        rec__release(values);
        return status != REC_OK ? status : REC_ERR_NO_MEMORY;
    }
    (*made)->blocks[0] = values;
    (*made)->dense = values;
    return fill(numbers, values);
}

rec_status rec__features_of_numbers(rec_features **out, const struct rec__numbers *numbers,
                                    const rec_ids *ids)
{
    rec_features *made = NULL;
    rec_status status = check_sizes(numbers, ids);
    if (status == REC_OK)
        status = make(&made, numbers, ids);
    if (status != REC_OK) {
        rec_features_free(made);
        return status == REC_ERR_NO_MEMORY ? status : fail_numbers(numbers, status);
    }
    *out = made;
    return REC_OK;
}
