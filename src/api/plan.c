/* SPDX-License-Identifier: Apache-2.0 */
/* The public face of plans. */
#include <librec/plan.h>

#include "api/sized.h"
#include "base/status.h"
#include "model/plan.h"

rec_status rec_plan(const rec_model *model, const rec_ratings *ratings, rec_plan_estimate *estimate)
{
    rec_plan_estimate full = REC_PLAN_ESTIMATE_INIT;
    if (model == NULL || ratings == NULL || estimate == NULL)
        return rec__fail_null(model == NULL ? "model" : ratings == NULL ? "ratings" : "estimate");
    if (ratings->count == 0)
        return rec__fail(REC_ERR_EMPTY, "the ratings are empty; at least one was expected");
    rec_status status = rec__plan(model, ratings, &full);
    return status == REC_OK ? rec__fill_sized(estimate, &full, sizeof full, "estimate") : status;
}
