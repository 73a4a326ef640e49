/* SPDX-License-Identifier: Apache-2.0 */
/* Text to vectors: documents, and the vectorizer that counts their terms and weighs them by TF-IDF or BM25. */
#ifndef LIBREC_TEXT_H
#define LIBREC_TEXT_H

#include <librec/algorithm.h>
#include <librec/features.h>
#include <librec/model.h>

REC_BEGIN_DECLS

/** n texts in UTF-8, one a row, with ids; immutable and reference-counted. */
typedef struct rec_documents rec_documents;

/**
 * Make documents from strings.
 *
 * ids    the rows' ids, retained; NULL: the rows themselves, 0..n-1
 * texts  copies; n strings that end in a NUL
 *
 * Errors  REC_ERR_INVALID (NULL, n that does not match ids), REC_ERR_NO_MEMORY.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_documents_from_text(rec_documents **out, const rec_ids *ids,
                                                       const char *const *texts, int32_t n);

/**
 * Read documents from a file of fields, separated as csv ratings are: the first is the id, the others are text. Quoted fields as in RFC 4180.
 *
 * columns  names of the columns that are the text, separated by commas, from the file's first line; NULL: all after the first, the first line
 *          being names of columns when its first field is a word like "id", "item_id", "itemId"
 *
 * Errors  REC_ERR_IO, REC_ERR_FORMAT (file, line, what was expected; an id that comes twice), REC_ERR_NOT_FOUND (a column),
 *         REC_ERR_EMPTY, REC_ERR_NO_MEMORY.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_documents_read(rec_documents **out, const char *path, const char *columns);

/** One more owner. Threads: any. Returns its argument. */
REC_API rec_documents *rec_documents_retain(const rec_documents *documents);
/** Give up one ownership; NULL is accepted. */
REC_API void rec_documents_free(rec_documents *documents);
REC_API int32_t rec_documents_count(const rec_documents *documents);
/** Views: valid until the documents are freed. The text of a row: NULL when there is no such row. */
REC_API const rec_ids *rec_documents_ids(const rec_documents *documents);
REC_API const char *rec_documents_text(const rec_documents *documents, int32_t row);

/**
 * A vectorizer: how text becomes vectors and, once fitted, its terms and how rare they are.
 *
 * Words are maximal runs of Unicode letters, numbers and underscores; terms are words or n-grams of them (with a blank between), or n-grams of
 * characters. A vector has one dimension a term, in the order of the terms' bytes. With the default parameters vectors are those of
 * scikit-learn's TfidfVectorizer.
 *
 *   tfidf   tf(c) idf, c being how often the term occurs: Salton and Buckley, "Term-weighting approaches in automatic text retrieval",
 *           Information Processing and Management 24(5), 1988
 *   bm25    ln(1 + (n - d + 0.5) / (d + 0.5)) c (k1 + 1) / (c + k1 (1 - b + b l / l_mean)), of n documents, d with the term; l: the
 *           document's terms. Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009
 *
 * Threads as for models: const calls may run at once. Same documents and parameters give the same bytes for any number of threads.
 */
typedef struct rec_text rec_text;

/** Make a vectorizer with default parameters. out: creates. Errors: REC_ERR_INVALID (NULL), REC_ERR_NO_MEMORY. */
REC_API REC_CHECKED rec_status rec_text_create(rec_text **out);
/** One more owner. Threads: any. Returns its argument. */
REC_API rec_text *rec_text_retain(const rec_text *text);
/** Give up one ownership; NULL is accepted. */
REC_API void rec_text_free(rec_text *text);

/** Describe parameter number `index`. Fills. Errors: REC_ERR_RANGE (index), REC_ERR_INVALID (NULL, size). */
REC_API REC_CHECKED rec_status rec_text_parameter(int32_t index, rec_parameter *parameter);
/** Set a parameter, before the fit; get one. Errors as rec_model_set and rec_model_get; REC_ERR_UNSUPPORTED once fitted, but for `threads`. */
REC_API REC_CHECKED rec_status rec_text_set(rec_text *text, const char *parameter, double value);
REC_API REC_CHECKED rec_status rec_text_set_text(rec_text *text, const char *parameter, const char *value);
REC_API REC_CHECKED rec_status rec_text_get(const rec_text *text, const char *parameter, double *value);
/** Words to leave out, as they are after lower-casing and before stemming, besides those of `stop_words`; retained; NULL takes them away.
 * Errors: REC_ERR_UNSUPPORTED once fitted. */
REC_API REC_CHECKED rec_status rec_text_set_stop_words(rec_text *text, const rec_ids *words);

/**
 * Learn terms and their rareness from documents.
 *
 * features  creates: the documents' vectors, sparse, with their ids and the terms as names; NULL: not wanted
 *
 * Memory  besides the result, 8 bytes for each term of each document (repeats counted once), and the different terms once a thread.
 * Errors  REC_ERR_FORMAT (not UTF-8; the sentence names document and byte), REC_ERR_EMPTY (no terms, or none within min_df and max_df),
 *         REC_ERR_INVALID (NULL, ngram_min over ngram_max), REC_ERR_UNSUPPORTED (fitted already; a stemmer, or text beyond ASCII, in a build
 *         without it), REC_ERR_NO_MEMORY; the vectorizer is as it was.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_text_fit(rec_text *text, const rec_documents *documents,
                                            rec_features **features);
/** The same from terms that were counted elsewhere: sparse features of counts, whose names, if it has some, become the terms. */
REC_API REC_CHECKED rec_status rec_text_fit_counts(rec_text *text, const rec_features *counts,
                                                   rec_features **features);
/**
 * The vectors of other documents, with the terms and weights of the fit; terms it has not met do not count.
 *
 * Threads  const.   Errors  REC_ERR_NOT_FITTED; REC_ERR_INVALID (NULL, counts of another number of terms); else as rec_text_fit.
 */
REC_API REC_CHECKED rec_status rec_text_transform(const rec_text *text, const rec_documents *documents,
                                                  rec_features **features);
REC_API REC_CHECKED rec_status rec_text_transform_counts(const rec_text *text, const rec_features *counts,
                                                         rec_features **features);

/** The terms, by dimension; NULL before the fit, or when counts had no names. View, valid until the vectorizer is freed. */
REC_API const rec_ids *rec_text_terms(const rec_text *text);
/** What each term's count is multiplied by: a view of n numbers, valid as above. Errors: REC_ERR_NOT_FITTED, REC_ERR_INVALID (NULL). */
REC_API REC_CHECKED rec_status rec_text_idf(const rec_text *text, const double **idf, int32_t *n);

/** Save a fitted vectorizer to a container file; open one. Errors and promises as rec_ratings_save and rec_ratings_open; REC_ERR_NOT_FITTED. */
REC_API REC_CHECKED rec_status rec_text_save(const rec_text *text, const char *path);
REC_API REC_CHECKED rec_status rec_text_open(rec_text **out, const char *path);

/**
 * Keep a fitted vectorizer with a model, from the next rec_fit on and in its file, so that the text of an item that comes years later becomes a
 * vector with the terms and weights of the fit. It is for the caller to set the item features that it made. Retained; NULL takes it away.
 *
 * Errors  REC_ERR_INVALID (NULL), REC_ERR_NOT_FITTED (the vectorizer).
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_model_set_item_text(rec_model *model, const rec_text *text);
/** The vectorizer of a fitted model, for rec_text_transform; NULL when it has none. View, valid until the model is fitted again or freed. */
REC_API const rec_text *rec_model_item_text(const rec_model *model);

/** How texts become means of word vectors; grows only at the end. Set up by REC_EMBEDDING_INIT. */
typedef struct rec_embedding {
    size_t size;
    double a; /* a word of probability p counts a / (a + p); 0: all count 1 */
    int32_t
        components; /* what so many directions, those that all texts have most in common, contribute is taken away */
    const rec_text *
        text; /* its parameters say what words are, fitted or not (analyzer, lower case, accents, stop words, stems, threads); NULL: the defaults */
} rec_embedding;

#define REC_EMBEDDING_INIT                                                                                   \
    {                                                                                                        \
        sizeof(rec_embedding), 1e-3, 1, NULL                                                                 \
    }

/**
 * Make dense vectors of texts, the weighted means of those of their words (Arora, Liang and Ma, "A simple but tough-to-beat baseline for sentence
 * embeddings", ICLR 2017).
 *
 * out    creates: a row for each document, with its id; a text without a known word has zeros
 * words  dense vectors whose ids are the words: rec_features_read of a file of word2vec, GloVe or fastText
 * how    NULL: as REC_EMBEDDING_INIT says
 *
 * Errors  REC_ERR_INVALID (NULL, sparse words, the size), REC_ERR_RANGE (a, components), as rec_text_transform.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_documents_embed(rec_features **out, const rec_documents *documents,
                                                   const rec_features *words, const rec_embedding *how);

REC_END_DECLS

#endif
