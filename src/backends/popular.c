/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Popularity: one number an item, the same for everybody.
 *
 *   count    n_i, how many rated it
 *   mean     sum of ratings / n_i; mu for an item that nobody rated
 *   damped   (sum of ratings + d mu) / (n_i + d): the mean drawn to mu as if d average ratings were added
 *   decayed  the count with a half-life: the common one, or 90 days
 *
 * Ratings count by their weights.
 */
#include "backends/history.h"
#include "base/memory.h"
#include "base/status.h"
#include "backends/work.h"

enum { KIND, DAMPING, N_PARAMETERS };
enum { COUNT, MEAN, DAMPED, DECAYED };

static const struct rec__parameter parameters[N_PARAMETERS] = {
    [KIND] = REC_CHOICE(
        "kind", COUNT, "count|mean|damped|decayed", DECAYED,
        "what makes an item popular; decayed: the count, with a half_life of 90 days where none is set"),
    [DAMPING] = REC_REAL("damping", 10, 0, 1e9, "damped: average ratings added to each item"),
};

static const double USUAL_HALF_LIFE = 90.0 * 86400.0;

/* By item, the sum of the weights and of the weighted ratings. */
struct sums {
    double *weights, *ratings;
};

static void add_up(const struct rec__fit *fit, const float *weights, struct sums *sums)
{
    const rec_ratings *r = fit->ratings;
    for (int64_t e = 0; e < r->count; e++) {
        double weight = weights == NULL ? 1.0 : (double)weights[e];
        sums->weights[r->user_items[e]] += weight;
        sums->ratings[r->user_items[e]] += weight * (double)r->user_ratings[e];
    }
}

static rec_status add_up_decayed(const struct rec__fit *fit, struct sums *sums)
{
    const rec_ratings *r = fit->ratings;
    if (rec_ratings_timed(r) == 0)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "kind \"decayed\" needs the times of the ratings, and they have none");
    float *weights = rec__allocate(r->count, sizeof *weights);
    if (weights == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t e = 0; e < r->count; e++)
        weights[e] = fit->user_weights == NULL ? 1.0f : fit->user_weights[e];
    rec__history_decay(r, USUAL_HALF_LIFE, weights);
    add_up(fit, weights, sums);
    rec__release(weights);
    return REC_OK;
}

static void score(const struct rec__fit *fit, const struct sums *sums, float *scores)
{
    int kind = (int)fit->parameters[KIND];
    double damping = kind == DAMPED ? fit->parameters[DAMPING] : 0.0, mean = fit->ratings->mean;
    for (int32_t i = 0; i < fit->ratings->n_items; i++) {
        double n = sums->weights[i] + damping;
        if (kind == COUNT || kind == DECAYED)
            scores[i] = (float)sums->weights[i];
        else
            scores[i] = (float)(n > 0.0 ? (sums->ratings[i] + damping * mean) / n : mean);
    }
}

static rec_status fit(struct rec__fit *fit)
{
    int32_t n_items = fit->ratings->n_items;
    float *scores = rec__arrays_add_floats(fit->arrays, "item_scores", n_items, 0);
    struct sums sums = {rec__allocate_zeroed(n_items, sizeof *sums.weights),
                        rec__allocate_zeroed(n_items, sizeof *sums.ratings)};
    rec_status status =
        scores == NULL || sums.weights == NULL || sums.ratings == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    if (status == REC_OK && (int)fit->parameters[KIND] == DECAYED && fit->half_life == 0.0)
        status = add_up_decayed(fit, &sums);
    else if (status == REC_OK)
        add_up(fit, fit->user_weights, &sums);
    if (status == REC_OK)
        score(fit, &sums, scores);
    rec__release(sums.weights);
    rec__release(sums.ratings);
    return status;
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
    .traits = REC_TAKES_WEIGHTS,
    .fit = fit,
    .work = count_work,
};
