/* SPDX-License-Identifier: Apache-2.0 */
/* From the terms that threads have met to the terms that are kept, in order. */
#ifndef REC_TEXT_VOCABULARY_H
#define REC_TEXT_VOCABULARY_H

#include "store/intern.h"
#include "text/analyze.h"

/** The terms a thread has met. */
struct rec__met {
    struct rec__intern terms;
    int32_t *documents; /* a term: how many of its documents have it */
    int64_t *counts;    /* how often it occurs in them */
    int32_t *columns;   /* fills: the column of each term; -1: left out */
};

/**
 * The union of what threads have met, without the terms that the analyzer's min_df, max_df and max_terms leave out of n documents, in the
 * order of bytes; and each thread's columns. Errors: REC_ERR_EMPTY, REC_ERR_NO_MEMORY.
 */
rec_status rec__vocabulary_make(rec_ids **out, const struct rec__analyzer *analyzer,
                                struct rec__met *const *met, int32_t n_met, int32_t n_documents,
                                int32_t threads);

#endif
