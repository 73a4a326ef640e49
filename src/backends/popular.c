/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Popularity: one number an item, the same for everybody.
 *
 *   count    n_i, how many rated it
 *   mean     sum of ratings / n_i; mu for an item that nobody rated
 *   damped   (sum of ratings + d mu) / (n_i + d): the mean drawn to mu as if d average ratings were added
 *   decayed  sum over its ratings of 2^-((t_last - t) / h): the count with a half-life h
 */
#include "backends/backend.h"
#include "base/memory.h"
#include "base/status.h"
#include "backends/work.h"

#include <math.h>

enum { KIND, DAMPING, HALF_LIFE, N_PARAMETERS };
enum { COUNT, MEAN, DAMPED, DECAYED };

static const struct rec__parameter parameters[N_PARAMETERS] = {
    [KIND] = REC_CHOICE("kind", COUNT, "count|mean|damped|decayed", DECAYED, "what makes an item popular"),
    [DAMPING] = REC_REAL("damping", 10, 0, 1e9, "damped: average ratings added to each item"),
    [HALF_LIFE] = REC_REAL("half_life", 90, 1e-6, 1e9, "decayed: days after which a rating counts half"),
};

static void fit_means(const rec_ratings *ratings, double damping, float *scores)
{
    for (int32_t i = 0; i < ratings->n_items; i++) {
        double sum = damping * ratings->mean, n = damping;
        for (int64_t e = ratings->item_start[i]; e < ratings->item_start[i + 1]; e++) {
            sum += (double)ratings->item_ratings[e];
            n += 1.0;
        }
        scores[i] = (float)(n > 0.0 ? sum / n : ratings->mean);
    }
}

static rec_status fit_decayed(const rec_ratings *ratings, double half_life, float *scores)
{
    int64_t last = REC_NO_TIME;
    for (int64_t e = 0; ratings->user_times != NULL && e < ratings->count; e++)
        last = ratings->user_times[e] > last ? ratings->user_times[e] : last;
    if (last == REC_NO_TIME)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "kind \"decayed\" needs the times of the ratings, and they have none");
    double scale = -1.0 / (half_life * 86400.0), *sums = rec__allocate_zeroed(ratings->n_items, sizeof *sums);
    if (sums == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t e = 0; e < ratings->count; e++) {
        int64_t time = ratings->user_times[e];
        if (time != REC_NO_TIME)
            sums[ratings->user_items[e]] += exp2(((double)last - (double)time) * scale);
    }
    for (int32_t i = 0; i < ratings->n_items; i++)
        scores[i] = (float)sums[i];
    rec__release(sums);
    return REC_OK;
}

static rec_status fit(struct rec__fit *fit)
{
    const rec_ratings *ratings = fit->ratings;
    int kind = (int)fit->parameters[KIND];
    float *scores = rec__arrays_add_floats(fit->arrays, "item_scores", ratings->n_items, 0);
    if (scores == NULL)
        return REC_ERR_NO_MEMORY;
    if (kind == DECAYED)
        return fit_decayed(ratings, fit->parameters[HALF_LIFE], scores);
    if (kind == COUNT)
        for (int32_t i = 0; i < ratings->n_items; i++)
            scores[i] = (float)rec__item_count(ratings, i);
    else
        fit_means(ratings, kind == DAMPED ? fit->parameters[DAMPING] : 0.0, scores);
    return REC_OK;
}

static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    work->once.steps = 15.0 * (double)fit->ratings->count;
    work->held = 16.0 * fit->ratings->n_items;
}

const struct rec_backend rec__popular = {
    .name = "popular",
    .summary = "the items that most people rate, or rate best",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .scorer = REC_SCORER_TABLE,
    .fit = fit,
    .work = count_work,
};
