/* SPDX-License-Identifier: Apache-2.0 */
/* The named arrays that a fit makes: what every scorer reads and every model file holds. */
#ifndef REC_CONTAINER_ARRAYS_H
#define REC_CONTAINER_ARRAYS_H

#include "container/container.h"

#define REC_ARRAYS_MOST 40

/** A short list of arrays, ours or lying in a container; all zero is the empty one. */
struct rec__arrays {
    int32_t count;
    rec_array entries[REC_ARRAYS_MOST];
    void *blocks[REC_ARRAYS_MOST]; /* ours to release; NULL where the container owns the data */
};

/**
 * Add an array of zeros. name: a constant. columns 0 makes a vector, else rows x columns.
 * Returns its data to fill, or NULL (a sentence is kept) when there is no memory.
 */
float *rec__arrays_add_floats(struct rec__arrays *arrays, const char *name, int64_t rows, int64_t columns);
double *rec__arrays_add_doubles(struct rec__arrays *arrays, const char *name, int64_t rows);
int32_t *rec__arrays_add_rows(struct rec__arrays *arrays, const char *name, int64_t rows);
int64_t *rec__arrays_add_offsets(struct rec__arrays *arrays, const char *name, int64_t rows);

/** NULL when there is none of that name. */
const rec_array *rec__arrays_find(const struct rec__arrays *arrays, const char *name);
/** The data of an array, or NULL when there is none of that name. */
const float *rec__arrays_floats(const struct rec__arrays *arrays, const char *name);

/** REC_OK when the array is of that type and size, or absent though not required; else REC_ERR_CORRUPT and a sentence. */
rec_status rec__arrays_check(const struct rec__arrays *arrays, const char *name,
                             struct rec__expected expected, bool required);

void rec__arrays_clear(struct rec__arrays *arrays);

#endif
