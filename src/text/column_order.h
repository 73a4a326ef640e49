/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns of a row in any order, taken out in rising order. A bit a column, in words of 64; a bit of the level above for each word that is not zero, and so
 * on: adding and taking touch three words each, where sorting by digits would count through all digits for every row.
 */
#ifndef REC_TEXT_COLUMN_ORDER_H
#define REC_TEXT_COLUMN_ORDER_H

#include "base/memory.h"

enum { REC_ORDER_MOST = 1 << 18 }; /* columns: 64 to the third */

/** A thread's own; all zero to begin with. */
struct rec__column_order {
    uint64_t *words[2]; /* by 64 columns, by 64 words */
    uint64_t top;
    float *values; /* by column */
};

static inline void rec__order_clear(struct rec__column_order *order)
{
    rec__release(order->words[0]);
    rec__release(order->words[1]);
    rec__release(order->values);
}

/** Make it ready. Errors: REC_ERR_NO_MEMORY. */
static inline rec_status rec__order_start(struct rec__column_order *order, int32_t columns)
{
    if (order->values != NULL)
        return REC_OK;
    order->words[0] = rec__allocate_zeroed(columns / 64 + 1, sizeof *order->words[0]);
    order->words[1] = rec__allocate_zeroed(columns / 4096 + 1, sizeof *order->words[1]);
    order->values = rec__allocate(columns, sizeof *order->values);
    return order->words[0] == NULL || order->words[1] == NULL || order->values == NULL ? REC_ERR_NO_MEMORY
                                                                                       : REC_OK;
}

/** A column that is not in it. */
static inline void rec__order_add(struct rec__column_order *order, int32_t column, float value)
{
    order->words[0][column >> 6] |= UINT64_C(1) << (column & 63);
    order->words[1][column >> 12] |= UINT64_C(1) << (column >> 6 & 63);
    order->top |= UINT64_C(1) << (column >> 12);
    order->values[column] = value;
}

/** Take all out, into columns and values. */
static inline void rec__order_take(struct rec__column_order *order, int32_t *columns, float *values)
{
    for (; order->top != 0; order->top &= order->top - 1) {
        int32_t high = __builtin_ctzll(order->top) << 6;
        for (uint64_t *middle = &order->words[1][high >> 6]; *middle != 0; *middle &= *middle - 1) {
            int32_t word = high + __builtin_ctzll(*middle);
            for (uint64_t *low = &order->words[0][word]; *low != 0; *low &= *low - 1) {
                int32_t column = (word << 6) + __builtin_ctzll(*low);
                *columns++ = column;
                *values++ = order->values[column];
            }
        }
    }
}

#endif
