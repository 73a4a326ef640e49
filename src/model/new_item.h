/* SPDX-License-Identifier: Apache-2.0 */
/* An item that the model has not seen. */
#ifndef REC_MODEL_NEW_ITEM_H
#define REC_MODEL_NEW_ITEM_H

#include "model/model.h"

/** Some ratings of it: n users, each once, and what they gave. */
struct rec__new_item {
    const int32_t *raters;
    const float *ratings;
    int64_t n;
};

/** scores fills: n_users. Errors: as rec_score_new_item. */
rec_status rec__score_new_item(const rec_model *model, const struct rec__new_item *item, const int32_t *users,
                               int64_t n_users, float *scores);

/** vector fills: bound.factors; bias may be NULL. Errors: as rec_new_item_vector. */
rec_status rec__new_item_vector(const rec_model *model, const struct rec__new_item *item, float *vector,
                                float *bias);

#endif
