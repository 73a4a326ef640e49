/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors of stores in container files: the same few words for ids, ratings and features. */
#ifndef REC_STORE_PACK_H
#define REC_STORE_PACK_H

#include "container/container.h"

/** Array "PREFIX.NAME" of n elements; data may be NULL when n is 0. */
rec_status rec__pack_vector(struct rec__pack *pack, const char *prefix, const char *name, rec_dtype type,
                            const void *data, int64_t n);
/** Metadata "PREFIX.KEY". */
rec_status rec__pack_count(struct rec__pack *pack, const char *prefix, const char *key, int64_t value);
rec_status rec__pack_real(struct rec__pack *pack, const char *prefix, const char *key, double value);

/** The vector "PREFIX.NAME" of n elements (-1: any number), or REC_ERR_CORRUPT. */
rec_status rec__take_vector(rec_array *out, const struct rec__container *container, const char *prefix,
                            const char *name, rec_dtype type, int64_t n);

/** Offsets 0 = start[0] <= ... <= start[n] = total, the whole array, or REC_ERR_CORRUPT naming PREFIX.NAME.
 */
rec_status rec__check_starts(const int64_t *start, int64_t n, int64_t total, const char *prefix,
                             const char *name);

/** Open a container that holds `kind`; otherwise REC_ERR_FORMAT. */
rec_status rec__open_kind(struct rec__container **out, const char *path, const char *kind);

#endif
