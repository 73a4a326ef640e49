/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting in place. The C library's qsort may take memory that is neither the host's nor counted. */
#ifndef REC_BASE_SORT_H
#define REC_BASE_SORT_H

#include <stddef.h>
#include <stdint.h>

/** The largest element that rec__sort takes. */
#define REC_SORT_MOST 64

/** Sort n elements of `size` bytes into rising order. Equal elements may change places; no allocation; O(n log n) always. */
void rec__sort(void *elements, int64_t n, size_t size, int (*compare)(const void *, const void *));

#endif
