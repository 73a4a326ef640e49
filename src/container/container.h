/* SPDX-License-Identifier: Apache-2.0 */
/* The array container: named arrays and metadata in a safetensors file, written atomically, opened by
 * mapping. */
#ifndef REC_CONTAINER_CONTAINER_H
#define REC_CONTAINER_CONTAINER_H

#include <librec/model.h>

#include <stdbool.h>

/** Format version in the metadata; a file with a greater one is refused with REC_ERR_VERSION. */
#define REC_FORMAT_VERSION 1
/** Room for the full name of an array or a key, with its NUL. */
#define REC_NAME_MOST 128

/** Bytes of one element. */
int64_t rec__dtype_bytes(rec_dtype type);
/** "F32", "F64", "I32", "I64", "U8": the name in the file's header. */
const char *rec__dtype_name(rec_dtype type);

/** What is to be written: collects arrays (borrowed until freed) and metadata (copied). Names and keys must
 * be new, texts UTF-8; else REC_ERR_INVALID. */
struct rec__pack;

/** kind: "model", "ratings", "features". */
rec_status rec__pack_create(struct rec__pack **out, const char *kind);
void rec__pack_free(struct rec__pack *pack);
rec_status rec__pack_text(struct rec__pack *pack, const char *key, const char *value);
rec_status rec__pack_number(struct rec__pack *pack, const char *key, double value);
rec_status rec__pack_integer(struct rec__pack *pack, const char *key, int64_t value);
/** Called "PREFIX.NAME", or NAME when the prefix is "". dimensions 1: a vector of `rows`; 2: rows x columns.
 */
rec_status rec__pack_array(struct rec__pack *pack, const char *prefix, const rec_array *array);
/** Compute the checksums, write to a temporary file, sync, rename. May be called again, with the same result.
 */
rec_status rec__pack_write(struct rec__pack *pack, const char *path);

/** A mapped file; reference-counted, as arrays of several handles may lie in it. Immutable. */
struct rec__container;

/** Cost: that of the header, whatever the size of the arrays. Errors: REC_ERR_IO, REC_ERR_FORMAT (not a
 * container), REC_ERR_CORRUPT, REC_ERR_VERSION, REC_ERR_UNSUPPORTED (another writer's type of element),
 * REC_ERR_NO_MEMORY. */
rec_status rec__container_open(struct rec__container **out, const char *path);
struct rec__container *rec__container_retain(struct rec__container *container);
void rec__container_free(struct rec__container *container);
/** True when the file begins as a container does, so that readers of text can tell; false also when it cannot
 * be read. */
bool rec__container_probe(const char *path);

const char *rec__container_path(const struct rec__container *container);
const char *rec__container_kind(const struct rec__container *container);
int32_t rec__container_array_count(const struct rec__container *container);
const rec_array *rec__container_array_at(const struct rec__container *container, int32_t index);
int32_t rec__container_metadata_count(const struct rec__container *container);
void rec__container_metadata_at(const struct rec__container *container, int32_t index, const char **key,
                                const char **value);

/** NULL when there is none. */
const rec_array *rec__container_find(const struct rec__container *container, const char *name);
const char *rec__container_text(const struct rec__container *container, const char *key);

/** "PREFIX.NAME", or NAME when the prefix is "". Returns out. */
const char *rec__container_join(char out[REC_NAME_MOST], const char *prefix, const char *name);

/** What the caller needs an array to be; rows or columns of -1: any. */
struct rec__expected {
    rec_dtype type;
    int32_t dimensions;
    int64_t rows, columns;
};
/** Whether an array is what the caller needs. */
bool rec__array_fits(const rec_array *array, const struct rec__expected *expected);

/** The data of "PREFIX.NAME" (prefix may be ""), or REC_ERR_CORRUPT with a sentence that names file, array
 * and difference. */
rec_status rec__container_take(const struct rec__container *container, const char *prefix, const char *name,
                               struct rec__expected expected, rec_array *array);
rec_status rec__container_number(const struct rec__container *container, const char *prefix, const char *key,
                                 double *value);
rec_status rec__container_integer(const struct rec__container *container, const char *prefix, const char *key,
                                  int64_t least, int64_t greatest, int64_t *value);
/** Compare the header and every array with their checksums. Errors: REC_ERR_CORRUPT, REC_ERR_UNSUPPORTED
 * (another writer's file, which has none). */
rec_status rec__container_verify(const struct rec__container *container);

#endif
