/* SPDX-License-Identifier: Apache-2.0 */
/* The vectorizer inside: parameters, and what a fit learned. */
#ifndef REC_TEXT_VECTORIZER_H
#define REC_TEXT_VECTORIZER_H

#include "container/container.h"
#include "store/ids.h"
#include "text/settings.h"

#include <librec/text.h>

struct rec_text {
    atomic_int references;
    double settings[REC_TEXT_SETTINGS];
    rec_ids *stop_words; /* as given; NULL: none */
    bool fitted;
    int32_t n_terms;
    rec_ids *terms; /* NULL: counts without names */
    double *idf;
    double mean_length;
};

/** REC_OK, or REC_ERR_INVALID or REC_ERR_NOT_FITTED with a sentence. */
rec_status rec__text_check_fitted(const rec_text *text);

/** Counts of documents as its parameters say, fitted or not; terms, out and containing as rec__count_terms has them. */
rec_status rec__text_count(const rec_text *text, const rec_ids *terms, const rec_documents *documents,
                           rec_features **out, int32_t **containing);

/** A fitted vectorizer as arrays and metadata "text...." of a container. */
rec_status rec__text_pack(const rec_text *text, struct rec__pack *pack);
/** out: creates, NULL when the container holds none. */
rec_status rec__text_unpack(rec_text **out, const struct rec__container *container);
/** Check the contents, which opening does not. */
rec_status rec__text_check(const rec_text *text);

#endif
