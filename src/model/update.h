/* SPDX-License-Identifier: Apache-2.0 */
/* What users have done since the fit, in a fitted model. */
#ifndef REC_MODEL_UPDATE_H
#define REC_MODEL_UPDATE_H

#include "model/grow.h"

/** A fitted model in which the rows of a side that have ratings in `ratings`, or are new there, are folded in from them. */
rec_status rec__update(rec_model **out, const rec_model *model, const rec_ratings *ratings,
                       enum rec__side side);

#endif
