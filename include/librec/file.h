/* SPDX-License-Identifier: Apache-2.0 */
/* Looking into a container file without loading it: what it is, its metadata, its arrays, its checksums. */
#ifndef LIBREC_FILE_H
#define LIBREC_FILE_H

#include <librec/model.h>

REC_BEGIN_DECLS

/** An open container file. */
typedef struct rec_file rec_file;

/**
 * Map a file and check its structure and bounds, in time that does not depend on the size of its arrays.
 *
 * out  creates: free with rec_file_free; NULL after a failure
 *
 * Errors  REC_ERR_IO, REC_ERR_FORMAT (not a safetensors file), REC_ERR_CORRUPT, REC_ERR_VERSION (newer than
 *         this library), REC_ERR_UNSUPPORTED (another writer's arrays of types that rec_dtype lacks),
 *         REC_ERR_NO_MEMORY, REC_ERR_INVALID (NULL).
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_file_open(rec_file **out, const char *path);
/** Unmap; NULL is accepted. */
REC_API void rec_file_free(rec_file *file);

/** What it holds: "model", "ratings", "features", or "arrays" for a safetensors file of another writer. View.
 */
REC_API const char *rec_file_kind(const rec_file *file);

/** Metadata: how many entries, each by number, one by key. Views, valid until the file is freed. */
REC_API int32_t rec_file_metadata_count(const rec_file *file);
REC_API REC_CHECKED rec_status rec_file_metadata_at(const rec_file *file, int32_t index, const char **key,
                                                    const char **value);
/** NULL when there is no such key. */
REC_API const char *rec_file_metadata_find(const rec_file *file, const char *key);

/** Arrays: how many, and each. Views, as above. Errors: REC_ERR_RANGE, REC_ERR_INVALID. */
REC_API int32_t rec_file_array_count(const rec_file *file);
REC_API REC_CHECKED rec_status rec_file_array_at(const rec_file *file, int32_t index, rec_array *array);

/**
 * Check the header and every array against their checksums and every index against its bounds. Reads the
 * whole file.
 *
 * Errors  REC_ERR_CORRUPT (the sentence says where), REC_ERR_UNSUPPORTED (no checksums: another writer's
 *         file).
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_file_verify(const rec_file *file);

REC_END_DECLS

#endif
