/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The context of an event: hour of the day, day of the week, the item before, and given fields (contexts.h of the store). Each has a row in a table of
 * vectors c and biases, and a fitted model with
 *
 *   context_fields [2 n, int32: kind, first row, of each field], context_vectors [rows x f], context_biases [rows],
 *   context_clock [2, double: hours added to the times, 1 where the user's side interacts within itself]
 *
 * adds to a dot product: x = x_u + sum of c, and sum of the biases; where it interacts within itself, the products of x_u and of every two c's too.
 */
#ifndef REC_BACKENDS_CONTEXT_H
#define REC_BACKENDS_CONTEXT_H

#include "backends/backend.h"
#include "store/clock.h"

#include <math.h>
#include <stdbool.h>

enum rec__context_kind {
    REC_CONTEXT_HOUR,
    REC_CONTEXT_WEEKDAY,
    REC_CONTEXT_LAST_ITEM,
    REC_CONTEXT_GIVEN, /* a field of its own each, after all others: its rows are named by the model */
    REC_CONTEXT_KINDS
};

/** What a fitted model has of it; n = 0: nothing. */
struct rec__context {
    int32_t n, factors, rows;
    int32_t given;         /* the first row of the given fields, which are the last; -1: there are none */
    const int32_t *fields; /* kind, first row */
    const float *vectors, *biases;
    double zone;
    bool within;
};

/** When, after what, and in what circumstances. */
struct rec__moment {
    int64_t time;         /* REC_NO_TIME: unknown */
    int32_t last;         /* item row; -1: unknown */
    const int32_t *given; /* n_given rows of the given fields, from 0; -1 says nothing */
    int32_t n_given;
};

/** How many rows a field has. */
static inline int32_t rec__context_rows(const struct rec__context *context, int32_t field)
{
    int32_t next = field + 1 < context->n ? context->fields[2 * field + 3] : context->rows;
    return next - context->fields[2 * field + 1];
}

/** The field of a given row, from 0. */
static inline int32_t rec__context_field(const struct rec__context *context, int32_t row)
{
    int32_t field = context->n - 1;
    while (field > 0 && context->fields[2 * field + 1] > context->given + row)
        field--;
    return field;
}

/** The row of a field, from its first; -1: unknown. */
int32_t rec__context_row(const struct rec__context *context, int32_t field, const struct rec__moment *moment);

/** The item of a user's ratings last before a time, REC_NO_TIME: of all; of equal times that of the greatest row. -1: none. */
int32_t rec__context_last(const struct rec__history *history, int64_t before);

/** Add a moment's rows to x; returns what it adds to the score by itself. */
double rec__context_add(const struct rec__context *context, const struct rec__moment *moment, float *x);

/** Find the arrays of a fitted model and check them; out->n = 0 where there are none. Errors: REC_ERR_CORRUPT. */
rec_status rec__context_bind(struct rec__context *out, const struct rec__arrays *arrays, int32_t n_items,
                             int32_t factors);

#endif
