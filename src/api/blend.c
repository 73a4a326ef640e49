/* SPDX-License-Identifier: Apache-2.0 */
/* The public face of blends. */
#include <librec/blend.h>

#include "api/sized.h"
#include "base/status.h"
#include "evaluate/blend.h"
#include "model/blend.h"

#include <math.h>

static rec_status read_options(rec_blend_options *full, const rec_blend_options *options)
{
    if (options != NULL && rec__read_sized(full, sizeof *full, options, "options") != REC_OK)
        return REC_ERR_INVALID;
    if (full->rule != REC_BLEND_SUM && full->rule != REC_BLEND_RANKS)
        return rec__fail(REC_ERR_INVALID, "options.rule is %d; REC_BLEND_SUM or REC_BLEND_RANKS was expected",
                         full->rule);
    if (!(full->rank_constant >= 0.0 && isfinite(full->rank_constant)))
        return rec__fail(REC_ERR_INVALID, "options.rank_constant is %g; 0 or more was expected",
                         full->rank_constant);
    return REC_OK;
}

rec_status rec_blend_create(rec_model **out, const rec_model *const *members, const double *weights,
                            int32_t n, const rec_blend_options *options)
{
    rec_blend_options full = REC_BLEND_OPTIONS_INIT;
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (members == NULL || weights == NULL)
        return rec__fail_null(members == NULL ? "members" : "weights");
    rec_status status = read_options(&full, options);
    struct rec__ingredients of = {members, weights, n, {full.rule, full.rank_constant}};
    return status == REC_OK ? rec__blend_make(out, &of) : status;
}

rec_status rec_blend_tune(const rec_model *const *members, int32_t n, const rec_blend_options *options,
                          const rec_ratings *validation, const char *metric, double *weights, double *value)
{
    rec_model *blend = NULL;
    struct rec__metric_list list = {0};
    double found = 0.0;
    if (validation == NULL || metric == NULL || weights == NULL)
        return rec__fail_null(validation == NULL ? "validation" : metric == NULL ? "metric" : "weights");
    for (int32_t m = 0; m < n; m++)
        weights[m] = 1.0;
    rec_status status = rec_blend_create(&blend, members, weights, n, options);
    if (status == REC_OK)
        status = rec__metric_list_read(&list, metric);
    if (status == REC_OK && (list.count != 1 || list.wanted[0].metric->of_hits == NULL))
        status =
            rec__fail(REC_ERR_INVALID,
                      "metric is \"%s\"; one of lists of single users was expected, such as ndcg@20", metric);
    if (status == REC_OK)
        status = rec__blend_tune(blend, validation, &list.wanted[0], weights, &found);
    if (status == REC_OK && value != NULL)
        *value = found;
    rec__metric_list_clear(&list);
    rec_model_free(blend);
    return status;
}
