/* SPDX-License-Identifier: Apache-2.0 */
/* What a fit will cost. Arguments have been checked for NULL by src/api. */
#ifndef REC_MODEL_PLAN_H
#define REC_MODEL_PLAN_H

#include "backends/work.h"
#include "model/model.h"

#include <librec/plan.h>

/** Fills all of the estimate but its size. */
rec_status rec__plan(const rec_model *model, const rec_ratings *ratings, rec_plan_estimate *estimate);

#endif
