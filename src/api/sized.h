/* SPDX-License-Identifier: Apache-2.0 */
/* Structs that cross the ABI begin with their size; this is the one place that fills a caller's. */
#ifndef REC_API_SIZED_H
#define REC_API_SIZED_H

#include "base/parameter.h"

/**
 * Copy the first bytes of `full` (of `size`, which begins with its size) over a caller's struct, as many as
 * the caller's size says it has; what the caller has beyond is zeroed. REC_ERR_INVALID when the caller's size
 * is less than a size.
 */
rec_status rec__fill_sized(void *callers, const void *full, size_t size, const char *name);

/**
 * Copy a caller's struct over `full` (of `size`): what the caller's lacks stays as it is. REC_ERR_INVALID when
 * the caller's size is less than a size, or it has members unknown here that are not zero.
 */
rec_status rec__read_sized(void *full, size_t size, const void *callers, const char *name);

/** Describe a row of a table to a caller. */
rec_status rec__fill_parameter(rec_parameter *parameter, const struct rec__parameter *row);

#endif
