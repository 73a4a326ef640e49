/* SPDX-License-Identifier: Apache-2.0 */
/* The public face of comparisons. */
#include <librec/compare.h>

#include "api/sized.h"
#include "base/status.h"
#include "evaluate/compare.h"
#include "model/model.h"

enum { RESAMPLES_USUAL = 2000, RESAMPLES_LEAST = 100, RESAMPLES_MOST = 10000000 };

static rec_status read_options(rec_compare_options *full, const rec_compare_options *options)
{
    if (options != NULL && rec__read_sized(full, sizeof *full, options, "options") != REC_OK)
        return REC_ERR_INVALID;
    if ((full->flags & ~(uint32_t)REC_COMPARE_PAIRS) != 0)
        return rec__fail(REC_ERR_INVALID, "options.flags is %u; REC_COMPARE_... or 0 was expected",
                         full->flags);
    full->resamples = full->resamples == 0 ? RESAMPLES_USUAL : full->resamples;
    if (full->resamples < RESAMPLES_LEAST || full->resamples > RESAMPLES_MOST)
        return rec__fail(REC_ERR_INVALID, "options.resamples is %d; %d to %d was expected", full->resamples,
                         RESAMPLES_LEAST, RESAMPLES_MOST);
    if (!(full->confidence > 0.0 && full->confidence < 1.0))
        return rec__fail(REC_ERR_INVALID,
                         "options.confidence is %g; more than 0 and less than 1 was expected",
                         full->confidence);
    return REC_OK;
}

static rec_status check_model(const rec_model *model, const char *name)
{
    if (model == NULL)
        return rec__fail_null(name);
    rec_status status = rec__model_check_fitted(model);
    return status == REC_OK ? REC_OK : rec__fail_within(status, "model %s: ", name);
}

rec_status rec_compare(const rec_model *a, const rec_model *b, const rec_ratings *test, const char *metrics,
                       const rec_compare_options *options, rec_comparison **out)
{
    rec_compare_options full = REC_COMPARE_OPTIONS_INIT;
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    rec_status status = check_model(a, "a");
    if (status == REC_OK)
        status = check_model(b, "b");
    if (status == REC_OK && (test == NULL || metrics == NULL))
        status = rec__fail_null(test == NULL ? "test" : "metrics");
    if (status == REC_OK)
        status = read_options(&full, options);
    return status == REC_OK ? rec__compare(out, a, b, test, metrics, &full) : status;
}

int32_t rec_comparison_count(const rec_comparison *comparison)
{
    return comparison == NULL ? 0 : comparison->metrics.count;
}

rec_status rec_comparison_at(const rec_comparison *comparison, int32_t index, rec_compared *compared)
{
    if (comparison == NULL || compared == NULL)
        return rec__fail_null(comparison == NULL ? "comparison" : "compared");
    if (index < 0 || index >= comparison->metrics.count)
        return rec__fail(REC_ERR_RANGE, "index is %d; 0 to %d was expected", index,
                         comparison->metrics.count - 1);
    const rec_compared *full = &comparison->compared[index];
    return rec__fill_sized(compared, full, sizeof *full, "compared");
}
