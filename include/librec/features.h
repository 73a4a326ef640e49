/* SPDX-License-Identifier: Apache-2.0 */
/* Features: a vector for each user or item, dense (an embedding) or sparse (words, genres), matched by id. */
#ifndef LIBREC_FEATURES_H
#define LIBREC_FEATURES_H

#include <librec/ids.h>

REC_BEGIN_DECLS

/** n rows x dimensions, immutable and reference-counted. */
typedef struct rec_features rec_features;

/**
 * Make features from a dense row-major array, or from CSR arrays.
 *
 * ids     the rows' ids, retained; NULL: the rows themselves, 0..n-1
 * names   the columns' names, retained; NULL: none
 * values  copies; finite. In CSR, NULL: all are 1; columns of a row in any order, a column given twice is an
 *         error
 *
 * Errors  REC_ERR_INVALID (NULL, sizes that do not match ids or names), REC_ERR_FORMAT (NaN, infinite,
 *         offsets), REC_ERR_RANGE (a column), REC_ERR_NO_MEMORY.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_features_from_dense(rec_features **out, const rec_ids *ids,
                                                       const rec_ids *names, int32_t n, int32_t dimensions,
                                                       const float *values);
REC_API REC_CHECKED rec_status rec_features_from_csr(rec_features **out, const rec_ids *ids,
                                                     const rec_ids *names, int32_t n, int32_t dimensions,
                                                     const int64_t *row_start, const int32_t *columns,
                                                     const float *values);

/** How to read features; grows only at the end. Set up by REC_FEATURES_OPTIONS_INIT. */
typedef struct rec_features_options {
    size_t size;
    const char *format; /* NULL: found out */
    const char
        *array; /* of a safetensors file of another writer: the name of the matrix; NULL: the only one */
    const rec_ids
        *ids; /* of the rows of formats that have none of their own; NULL: the rows themselves, 0..n-1 */
} rec_features_options;

#define REC_FEATURES_OPTIONS_INIT                                                                            \
    {                                                                                                        \
        sizeof(rec_features_options), NULL, NULL, NULL                                                       \
    }

/**
 * Read features from a file.
 *
 * format  "triples": lines of id, feature name, value, or all without a value (1), separated as in csv ratings (sparse)
 *         "dense": lines of id, value, value, ... with the same number of values each
 *         "bags": lines of n and then n times column:value; the id is the line's number, from 0, and columns have no names (sparse)
 *         "npy": NumPy's file of one matrix of float16, float32 or float64, in either order (dense; no ids of its own)
 *         "safetensors": a matrix of F16, BF16, F32 or F64 in a file of another writer (dense; no ids of its own)
 *         "vectors": word vectors as word2vec, GloVe and fastText write them in text: perhaps a line "COUNT DIMENSIONS", then a word and its numbers
 *         a line; ids are the words (dense)
 *         NULL: a container, .npy or safetensors when it begins so; else vectors when the first line is two whole numbers and nothing else, bags when it looks
 *         so; else triples, unless all fields after the first of the first line are numbers and there are two or more of them
 *
 * Errors  REC_ERR_IO, REC_ERR_FORMAT (file, line or row, value, what was expected), REC_ERR_EMPTY, REC_ERR_INVALID (more or fewer ids than
 *         rows, ids for a format with its own, no array named among several), REC_ERR_NOT_FOUND (the array), REC_ERR_NO_MEMORY.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_features_read(rec_features **out, const char *path, const char *format);
REC_API REC_CHECKED rec_status rec_features_read_with(rec_features **out, const char *path,
                                                      const rec_features_options *options);

/**
 * Join features of several kinds (text, genres, an embedding) into one, so that the cosine of two joined rows weighs the blocks' cosines.
 *
 * blocks   n features; rows are matched by id, their union in order of first appearance. In each block rows are brought to length 1, sparse
 *          ones after multiplying by how rare each column is, unless they are weighted already (made by rec_text_fit or joined)
 * labels   n words to begin the columns' names with: "genre:Horror"; an empty one begins none; NULL: the result has no names
 * weights  n finite numbers above 0: how much each block's cosine counts; NULL: 1
 *
 * The result is dense when all blocks are. A row that a block lacks has zeros there.
 * Errors  REC_ERR_INVALID (NULL, n, two columns of one name), REC_ERR_RANGE (a weight, too many columns), REC_ERR_NO_MEMORY.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_features_join(rec_features **out, const rec_features *const *blocks,
                                                 const char *const *labels, const double *weights, int32_t n);

/** One more owner. Threads: any. Returns its argument. */
REC_API rec_features *rec_features_retain(const rec_features *features);
/** Give up one ownership; NULL is accepted. */
REC_API void rec_features_free(rec_features *features);

REC_API int32_t rec_features_count(const rec_features *features);
REC_API int32_t rec_features_dimensions(const rec_features *features);
/** 1 when stored as CSR, 0 when dense. */
REC_API int rec_features_sparse(const rec_features *features);
/** View: valid until the features are freed; names may be NULL. */
REC_API const rec_ids *rec_features_ids(const rec_features *features);
REC_API const rec_ids *rec_features_names(const rec_features *features);

/** Save to a container file; open one by mapping it. Errors and promises as rec_ratings_save and
 * rec_ratings_open. */
REC_API REC_CHECKED rec_status rec_features_save(const rec_features *features, const char *path);
REC_API REC_CHECKED rec_status rec_features_open(rec_features **out, const char *path);

REC_END_DECLS

#endif
