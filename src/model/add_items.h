/* SPDX-License-Identifier: Apache-2.0 */
/* Items that enter a fitted model by their features alone. */
#ifndef REC_MODEL_ADD_ITEMS_H
#define REC_MODEL_ADD_ITEMS_H

#include "model/model.h"

/** A fitted model of the items of `model`, and after them those of `features` that it lacks. */
rec_status rec__add_items(rec_model **out, const rec_model *model, const rec_features *features);

#endif
