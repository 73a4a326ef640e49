/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON header of a container: what it says, before anything is known of the bytes that follow it. */
#ifndef REC_CONTAINER_HEADER_H
#define REC_CONTAINER_HEADER_H

#include <librec/model.h>

/** Bytes before the header, which hold its length; the greatest length that safetensors readers take. */
#define REC_LENGTH_BYTES 8
#define REC_HEADER_MOST  100000000

/** An entry of the metadata. */
struct rec__pair {
    const char *key, *value;
};

/** An array as the header describes it. */
struct rec__described {
    const char *name, *dtype;
    int64_t rows, columns; /* columns: the product of all extents but the first */
    int64_t from, to;      /* bytes, counted from the end of the header; from <= to */
    int64_t place;         /* in the header */
    int32_t dimensions;    /* at least 1: a single number is a vector of one */
};

struct rec__header {
    char *text; /* decoded in place; the strings of pairs and arrays lie in it */
    int64_t length;
    struct rec__pair *pairs;
    struct rec__described *arrays; /* by their place in the file */
    int64_t n_pairs, n_arrays, pair_capacity, array_capacity;
};

/**
 * Read a header of `length` bytes: strict JSON, no name twice, every array fully described. header is all
 * zero; clear it after a failure too. Errors: REC_ERR_CORRUPT (the sentence begins with path),
 * REC_ERR_NO_MEMORY.
 */
rec_status rec__header_read(struct rec__header *header, const char *bytes, int64_t length, const char *path);
void rec__header_clear(struct rec__header *header);
/** The value of a key, or NULL. */
const char *rec__header_text(const struct rec__header *header, const char *key);

/** The key under which the checksum of the header itself stands. */
#define REC_HEADER_SUM "librec.crc32c"

/**
 * The checksum of all that a header says, whatever its order and spacing: docs/container.md defines it.
 * arrays: only name, type, dimensions and extents count.
 */
rec_status rec__header_sum(const struct rec__pair *pairs, int64_t n_pairs, const rec_array *arrays,
                           int64_t n_arrays, uint32_t *sum);

#endif
