/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting in place, and looking up in what is sorted. The C library's qsort may take memory that is neither the host's nor counted. */
#ifndef REC_BASE_SORT_H
#define REC_BASE_SORT_H

#include <stddef.h>
#include <stdint.h>

/** The largest element that rec__sort takes. */
#define REC_SORT_MOST 64

/** Sort n elements of `size` bytes into rising order. Equal elements may change places; no allocation; O(n log n) always. */
void rec__sort(void *elements, int64_t n, size_t size, int (*compare)(const void *, const void *));

/** The place of the first of n rising rows that is not below `row`; n when all are. */
static inline int64_t rec__first_not_below(const int32_t *rising, int64_t n, int32_t row)
{
    int64_t low = 0, high = n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (rising[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/** The place of a row among n rising rows, or -1. */
static inline int64_t rec__find_rising(const int32_t *rising, int64_t n, int32_t row)
{
    int64_t at = rec__first_not_below(rising, n, row);
    return at < n && rising[at] == row ? at : -1;
}

#endif
