/* SPDX-License-Identifier: Apache-2.0 */
/* From the terms that threads have met to the terms that are kept, in order. */
#ifndef REC_TEXT_VOCABULARY_H
#define REC_TEXT_VOCABULARY_H

#include "text/analyze.h"
#include "text/lexicon.h"

/** The terms a thread has met. */
struct rec__met {
    struct rec__lexicon terms;
    int64_t *counts;  /* how often each occurs; NULL: it is not asked for */
    int32_t *columns; /* fills: the column of each term; -1: left out */
    int64_t column_room;
};

/**
 * The union of what threads have met, without the terms that the analyzer's min_df, max_df and max_terms leave out of n documents, in the
 * order of bytes; in how many documents each is; and each thread's columns. out, documents: create. Errors: REC_ERR_EMPTY, REC_ERR_NO_MEMORY.
 */
rec_status rec__vocabulary_make(rec_ids **out, int32_t **documents, const struct rec__analyzer *analyzer,
                                struct rec__met *const *met, int32_t n_met, int32_t n_documents,
                                int32_t threads);

#endif
