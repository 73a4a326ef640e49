/* SPDX-License-Identifier: Apache-2.0 */
/* Reading contexts of a fitted model. fm_context.c learns them. */
#include "backends/context.h"
#include "base/status.h"
#include "kernels/kernels.h"

int32_t rec__context_last(const struct rec__history *history, int64_t before)
{
    int32_t last = -1;
    const int64_t *times = history->times;
    int64_t latest = 0;
    for (int64_t e = 0; times != NULL && e < history->n; e++) {
        if (times[e] == REC_NO_TIME || (before != REC_NO_TIME && times[e] >= before))
            continue;
        if (last < 0 || times[e] >= latest) {
            last = history->items[e];
            latest = times[e];
        }
    }
    return last;
}

int32_t rec__context_row(const struct rec__context *context, int32_t field, const struct rec__moment *moment)
{
    int32_t kind = context->fields[2 * field], first = context->fields[2 * field + 1];
    int32_t n = rec__context_rows(context, field);
    if (kind == REC_CONTEXT_LAST_ITEM) /* items that came after the fit are unknown too */
        return moment->last < n ? moment->last : -1;
    for (int32_t j = 0; kind == REC_CONTEXT_GIVEN && j < moment->n_given; j++) {
        int32_t row = moment->given[j] < 0 ? -1 : context->given + moment->given[j] - first;
        if (row >= 0 && row < n)
            return row;
    }
    if (kind == REC_CONTEXT_GIVEN || moment->time == REC_NO_TIME)
        return -1;
    return kind == REC_CONTEXT_HOUR ? rec__clock_hour(moment->time, context->zone)
                                    : rec__clock_weekday(moment->time, context->zone);
}

double rec__context_add(const struct rec__context *context, const struct rec__moment *moment, float *x)
{
    double sum = 0.0;
    for (int32_t k = 0; k < context->n; k++) {
        int32_t row = rec__context_row(context, k, moment);
        if (row < 0)
            continue;
        row += context->fields[2 * k + 1];
        const float *c = context->vectors + (int64_t)row * context->factors;
        sum += (double)context->biases[row];
        if (context->within)
            sum += rec__kernels()->dot_double(x, c, context->factors);
        rec__kernels()->axpy(1.0F, c, x, context->factors);
    }
    return sum;
}

/* Has field k as many rows as its kind may have? Items may have been added since the fit. */
static bool is_sound(const struct rec__context *c, int32_t k, int32_t n_items)
{
    int32_t kind = c->fields[2 * k], n = rec__context_rows(c, k);
    bool ordered = k == 0 ? c->fields[1] == 0 : kind >= c->fields[2 * k - 2];
    switch (kind) {
    case REC_CONTEXT_HOUR:
        return ordered && n == REC_CLOCK_HOURS;
    case REC_CONTEXT_WEEKDAY:
        return ordered && n == REC_CLOCK_DAYS;
    case REC_CONTEXT_LAST_ITEM:
        return ordered && n >= 0 && n <= n_items;
    default:
        return ordered && n >= 0 && kind == REC_CONTEXT_GIVEN;
    }
}

static rec_status check_fields(const struct rec__context *c, int32_t n_items)
{
    for (int32_t k = 0; k < c->n; k++)
        if (!is_sound(c, k, n_items))
            return rec__fail(
                REC_ERR_CORRUPT,
                "context_fields has kind %d at row %d; rising kinds up to %d with as many of the "
                "%d rows of context_vectors as they have values were expected",
                c->fields[2 * k], c->fields[2 * k + 1], REC_CONTEXT_KINDS - 1, c->rows);
    return REC_OK;
}

/* Where the given fields begin; -1: there are none. */
static int32_t first_given(const struct rec__context *c)
{
    for (int32_t k = 0; k < c->n; k++)
        if (c->fields[2 * k] == REC_CONTEXT_GIVEN)
            return c->fields[2 * k + 1];
    return -1;
}

rec_status rec__context_bind(struct rec__context *out, const struct rec__arrays *arrays, int32_t n_items,
                             int32_t factors)
{
    const rec_array *fields = rec__arrays_find(arrays, "context_fields");
    *out = (struct rec__context){.given = -1};
    if (fields == NULL)
        return REC_OK;
    int64_t rows = rec__arrays_find(arrays, "context_vectors") == NULL
                       ? 0
                       : rec__arrays_find(arrays, "context_vectors")->rows;
    struct {
        const char *name;
        struct rec__expected expected;
    } wanted[] = {{"context_fields", {REC_I32, 1, 2 * (fields->rows / 2), 1}},
                  {"context_vectors", {REC_F32, 2, rows, factors}},
                  {"context_biases", {REC_F32, 1, rows, 1}},
                  {"context_clock", {REC_F64, 1, 2, 1}}};
    for (size_t a = 0; a < sizeof wanted / sizeof wanted[0]; a++) {
        rec_status status = rec__arrays_check(arrays, wanted[a].name, wanted[a].expected, true);
        if (status != REC_OK)
            return status;
    }
    const double *clock = rec__arrays_find(arrays, "context_clock")->data;
    *out = (struct rec__context){.n = (int32_t)(fields->rows / 2),
                                 .factors = factors,
                                 .rows = (int32_t)rows,
                                 .fields = fields->data,
                                 .vectors = rec__arrays_floats(arrays, "context_vectors"),
                                 .biases = rec__arrays_floats(arrays, "context_biases"),
                                 .zone = clock[0],
                                 .within = clock[1] != 0.0};
    if (!isfinite(out->zone))
        return rec__fail(REC_ERR_CORRUPT, "context_clock is %g; a finite number of hours was expected",
                         out->zone);
    out->given = first_given(out);
    return check_fields(out, n_items);
}
