/* SPDX-License-Identifier: Apache-2.0 */
/* What an item of a history counts: a line of its rating, halved with age. */
#include "backends/history.h"
#include "base/status.h"

#include <math.h>

void rec__history_decay(const rec_ratings *ratings, double half_life, float *weights)
{
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (int64_t e = 0; e < ratings->count; e++)
        if (ratings->user_times[e] != REC_NO_TIME) {
            first = ratings->user_times[e] < first ? ratings->user_times[e] : first;
            last = ratings->user_times[e] > last ? ratings->user_times[e] : last;
        }
    for (int64_t e = 0; e < ratings->count; e++) {
        int64_t time = ratings->user_times[e] == REC_NO_TIME ? first : ratings->user_times[e];
        weights[e] *= (float)exp2(((double)time - (double)last) / half_life);
    }
}

rec_status rec__history_keep(struct rec__fit *fit, enum rec__profile profile)
{
    double half_life = fit->half_life;
    double *line = rec__arrays_add_doubles(fit->arrays, "history_line", 2);
    if (line == NULL)
        return REC_ERR_NO_MEMORY;
    line[0] = profile == REC_PROFILE_EQUAL ? 0.0 : 1.0;
    line[1] = profile == REC_PROFILE_EQUAL     ? 1.0
              : profile == REC_PROFILE_CENTRED ? -rec_ratings_mean(fit->ratings)
                                               : 0.0;
    double *kept = half_life > 0.0 ? rec__arrays_add_doubles(fit->arrays, "history_half_life", 1) : line;
    if (kept == NULL)
        return REC_ERR_NO_MEMORY;
    if (half_life > 0.0)
        *kept = half_life;
    return REC_OK;
}

struct rec__history_rule rec__history_rule(const struct rec__arrays *arrays)
{
    const rec_array *line = rec__arrays_find(arrays, "history_line");
    const rec_array *half_life = rec__arrays_find(arrays, "history_half_life");
    const double *ab = line == NULL ? NULL : line->data;
    return (struct rec__history_rule){ab == NULL ? 1.0 : ab[0], ab == NULL ? 0.0 : ab[1],
                                      half_life == NULL ? 0.0 : *(const double *)half_life->data};
}

rec_status rec__history_check(const struct rec__arrays *arrays)
{
    struct rec__expected two = {REC_F64, 1, 2, 1}, one = {REC_F64, 1, 1, 1};
    rec_status status = rec__arrays_check(arrays, "history_line", two, false);
    if (status == REC_OK)
        status = rec__arrays_check(arrays, "history_half_life", one, false);
    if (status != REC_OK)
        return status;
    struct rec__history_rule rule = rec__history_rule(arrays);
    if (!isfinite(rule.a) || !isfinite(rule.b) || !isfinite(rule.half_life) || rule.half_life < 0.0)
        return rec__fail(REC_ERR_CORRUPT,
                         "history_line is %g, %g and history_half_life %g; finite numbers were expected",
                         rule.a, rule.b, rule.half_life);
    return REC_OK;
}

static int64_t latest_of(const struct rec__history *history)
{
    int64_t latest = INT64_MIN;
    for (int64_t j = 0; j < history->n; j++)
        latest = history->times[j] > latest ? history->times[j] : latest;
    return latest;
}

void rec__history_weigh(const struct rec__history_rule *rule, const struct rec__history *history,
                        double *weights)
{
    bool aged = rule->half_life > 0.0 && history->times != NULL && history->n > 0;
    double latest = aged ? (double)latest_of(history) : 0.0;
    for (int64_t j = 0; j < history->n; j++) {
        weights[j] = rule->a * (double)history->ratings[j] + rule->b;
        if (aged)
            weights[j] *= exp2(((double)history->times[j] - latest) / rule->half_life);
    }
}
