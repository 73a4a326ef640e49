/* SPDX-License-Identifier: Apache-2.0 */
/* The public face of asking. */
#include <librec/elicit.h>

#include "api/sized.h"
#include "base/status.h"
#include "model/elicit.h"

rec_status rec_elicitor_create(rec_elicitor **out, const rec_model *model, const rec_elicit_options *options)
{
    rec_elicit_options full = REC_ELICIT_OPTIONS_INIT;
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    rec_status status = rec__model_check_fitted(model);
    if (status == REC_OK && options != NULL)
        status = rec__read_sized(&full, sizeof full, options, "options");
    return status == REC_OK ? rec__elicitor_create(out, model, &full) : status;
}

void rec_elicitor_free(rec_elicitor *elicitor)
{
    rec__elicitor_free(elicitor);
}

rec_status rec_elicit(const rec_elicitor *elicitor, const rec_query *query, int32_t k, int32_t *items,
                      double *values, int32_t *n)
{
    if (elicitor == NULL || items == NULL || n == NULL)
        return rec__fail_null(elicitor == NULL ? "elicitor" : items == NULL ? "items" : "n");
    if (k < 1)
        return rec__fail(REC_ERR_INVALID, "k is %d; at least 1 was expected", k);
    return rec__elicit(elicitor, query, k, items, values, n);
}
