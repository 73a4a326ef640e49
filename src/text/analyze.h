/* SPDX-License-Identifier: Apache-2.0 */
/* From a document to its terms: normalized text, words or characters, n-grams. */
#ifndef REC_TEXT_ANALYZE_H
#define REC_TEXT_ANALYZE_H

#include "store/ids.h"
#include "text/lexicon.h"
#include "text/settings.h"
#include "text/stem.h"

/** What all threads share. */
struct rec__analyzer {
    const double *settings;    /* by rec__text_setting */
    const rec_ids *stop_words; /* NULL: none */
};

struct rec__piece {
    int64_t from, to;
};

/** A thread's own; all zero but stemmer to begin with. */
struct rec__analysis {
    struct rec__stemmer *stemmer; /* NULL: none */
    char *bytes; /* words: one after the other, a blank between two, so that an n-gram is a part of it */
    int64_t length, capacity;
    struct rec__piece *pieces; /* words, or characters */
    int64_t n_pieces, piece_capacity;
    struct rec__piece *ngrams; /* of them, when terms are not the words themselves */
    int64_t n_ngrams, ngram_capacity;
    const struct rec__piece
        *terms; /* fills: the terms of the last document as parts of bytes, as often as they occur; */
    struct rec__term_key *keys; /* and as they are looked up */
    int64_t n_terms, key_capacity;
};

/** Make a thread ready. Errors: REC_ERR_NO_MEMORY, REC_ERR_UNSUPPORTED (the stemmer). */
rec_status rec__analysis_start(struct rec__analysis *analysis, const struct rec__analyzer *analyzer);
void rec__analysis_clear(struct rec__analysis *analysis);

/**
 * Take a document apart. text: `length` bytes of UTF-8, and a NUL.
 * Errors: REC_ERR_FORMAT (not UTF-8; the sentence names the byte), REC_ERR_UNSUPPORTED (not ASCII, in a build without utf8proc),
 * REC_ERR_NO_MEMORY.
 */
rec_status rec__analyze(const struct rec__analyzer *analyzer, struct rec__analysis *analysis,
                        const char *text, int64_t length);

#endif
