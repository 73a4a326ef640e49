/* SPDX-License-Identifier: Apache-2.0 */
/* What --item-features, --item-text and their like say. */
#ifndef REC_TOOL_FEATURES_H
#define REC_TOOL_FEATURES_H

#include <librec/librec.h>

#include "args.h"

/** The features of the items, several joined into one, and the vectorizer that made them if they are texts alone; creates, NULL when there are none. */
int read_item_features(rec_features **out, rec_text **vectorizer, const struct args *args);
/** The documents of --item-text, and an unfitted vectorizer as --text says; creates both, NULL without --item-text. */
int read_texts(rec_documents **documents, rec_text **text, const struct args *args);
/** Features of texts as a model's vectorizer makes them; creates. */
int transform_texts(rec_features **out, const rec_model *model, const rec_documents *documents);
/** The features of items that a fitted model has not: --item-features, or --item-text by the model's vectorizer; creates. */
int read_new_items(rec_features **out, const rec_model *model, const struct args *args);

#endif
