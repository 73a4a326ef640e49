/* SPDX-License-Identifier: Apache-2.0 */
/* Terms of documents, counted. */
#ifndef REC_TEXT_COUNT_H
#define REC_TEXT_COUNT_H

#include "store/features.h"
#include "text/analyze.h"
#include "text/documents.h"

/**
 * Sparse features whose values are counts.
 *
 * terms  the terms that count, which become the names; NULL: all that are met, as min_df, max_df and max_terms say, in the order of their bytes
 * out    creates; rows are the documents', columns rising in each
 * containing  creates, when terms is NULL: in how many documents each term is; else it may be NULL
 *
 * Errors  as rec_text_fit and rec_text_transform.
 */
rec_status rec__count_terms(rec_features **out, int32_t **containing, const struct rec__analyzer *analyzer,
                            const rec_ids *terms, const rec_documents *documents, int32_t threads);

#endif
