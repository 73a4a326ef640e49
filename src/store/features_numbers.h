/* SPDX-License-Identifier: Apache-2.0 */
/* Dense features from arrays of numbers in files of others: .npy (features_npy.c) and safetensors (features_safetensors.c). */
#ifndef REC_STORE_FEATURES_NUMBERS_H
#define REC_STORE_FEATURES_NUMBERS_H

#include "store/features.h"

/** rows x columns numbers in a file, little-endian, not necessarily aligned. */
struct rec__numbers {
    const char *path, *name; /* name of the array, NULL where a file has but one */
    const char *data;
    int64_t rows, columns;
    rec_dtype type; /* REC_F16, REC_BF16, REC_F32 or REC_F64 */
    bool by_column; /* column after column (Fortran's order) */
};

/**
 * Features of these numbers.
 *
 * ids     of the rows, retained; NULL: the rows themselves
 * Errors  REC_ERR_FORMAT (a number that is not finite, or too great for a float; sizes), REC_ERR_INVALID (more or fewer ids than rows),
 *         REC_ERR_NO_MEMORY.
 */
rec_status rec__features_of_numbers(rec_features **out, const struct rec__numbers *numbers,
                                    const rec_ids *ids);

/** Is a file a .npy file, by its first bytes? */
bool rec__npy_probe(const char *path);
rec_status rec__features_read_npy(rec_features **out, const char *path, const rec_ids *ids);
/** array: its name; NULL: the only matrix of real numbers. */
rec_status rec__features_read_safetensors(rec_features **out, const char *path, const char *array,
                                          const rec_ids *ids);
/** Word vectors as text: "[COUNT DIMENSIONS]" and lines of a word and its numbers. */
rec_status rec__features_read_vectors(rec_features **out, const char *path);

#endif
