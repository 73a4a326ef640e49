/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scores drawn from the distribution of the ratings, a floor for tables of results: mu and sigma^2 are the mean and the variance of the
 * training ratings (their estimates by maximum likelihood for a normal distribution), and
 *
 *   score(u, i) = mu + p_u . q_i,   (p_u)_k, (q_i)_k ~ N(0, s^2) independent,   s^4 = sigma^2 / factors
 *
 * so scores have variance sigma^2, and those of two pairs are uncorrelated. Given p_u, they are exactly normal; over all users nearly so
 * with many factors. A pair keeps its score, in every list and in a saved model.
 */
#include "backends/backend.h"
#include "backends/draw.h"
#include "base/hash.h"
#include "base/threads.h"
#include "backends/work.h"

#include <math.h>

enum { FACTORS, N_PARAMETERS };

static const struct rec__parameter parameters[N_PARAMETERS] = {
    [FACTORS] = REC_WHOLE("factors", 64, 1, 4096,
                          "length of the random vectors: the more, the nearer to normal the scores"),
};

static double squared_distance(const void *context, int64_t user)
{
    const rec_ratings *r = context;
    double sum = 0.0;
    for (int64_t e = r->user_start[user]; e < r->user_start[user + 1]; e++)
        sum += ((double)r->user_ratings[e] - r->mean) * ((double)r->user_ratings[e] - r->mean);
    return sum;
}

static rec_status fit(struct rec__fit *fit)
{
    const rec_ratings *r = fit->ratings;
    int32_t f = (int32_t)fit->parameters[FACTORS];
    float *p = rec__arrays_add_floats(fit->arrays, "user_vectors", r->n_users, f);
    float *q = rec__arrays_add_floats(fit->arrays, "item_vectors", r->n_items, f);
    double *offset = rec__arrays_add_doubles(fit->arrays, "offset", 1);
    double *deviation = rec__arrays_add_doubles(fit->arrays, "vector_deviation", 1);
    if (p == NULL || q == NULL || offset == NULL || deviation == NULL)
        return REC_ERR_NO_MEMORY;
    double variance = rec__parallel_sum(fit->threads, r->n_users, squared_distance, r) / (double)r->count;
    *offset = r->mean;
    *deviation = pow(variance / f, 0.25);
    struct rec__draw users = {fit->seed, REC_STREAM_USERS, *deviation, 0.0f, NULL, r->n_users, f};
    struct rec__draw items = {fit->seed, REC_STREAM_ITEMS, *deviation, 0.0f, NULL, r->n_items, f};
    rec__draw_rows(&users, fit->threads, p);
    rec__draw_rows(&items, fit->threads, q);
    return REC_OK;
}

static rec_status check(const struct rec__fitted *fitted)
{
    struct rec__expected vectors = {REC_F32, 2, fitted->n_items, (int64_t)fitted->parameters[FACTORS]};
    rec_status status = rec__arrays_check(fitted->arrays, "item_vectors", vectors, true);
    struct rec__expected one = {REC_F64, 1, 1, 1};
    return status == REC_OK ? rec__arrays_check(fitted->arrays, "vector_deviation", one, true) : status;
}

/* The same history gives the same vector. */
static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    size_t n = (size_t)history->n;
    uint64_t key = rec__hash_bytes((const char *)history->items, n * sizeof *history->items) * 3 ^
                   rec__hash_bytes((const char *)history->ratings, n * sizeof *history->ratings);
    double deviation = *(const double *)rec__arrays_find(fitted->arrays, "vector_deviation")->data;
    rec__normal_row(key, REC_STREAM_USERS, 0, (float)deviation, state->vector,
                    (int32_t)fitted->parameters[FACTORS]);
    state->bias = 0.0;
    return REC_OK;
}

static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    work->once.steps = 2000.0 * ((double)fit->ratings->n_users + fit->ratings->n_items);
    work->held = 320.0 * ((double)fit->ratings->n_users + fit->ratings->n_items);
}

const struct rec_backend rec__random_scores = {
    .name = "random",
    .summary =
        "scores drawn from a normal distribution of the ratings' mean and deviation: a floor for tables",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .scorer = REC_SCORER_DOT,
    .traits = REC_PREDICTS_RATINGS | REC_BLIND_TO_TASTES | REC_BLIND_TO_LIKENESS,
    .fit = fit,
    .work = count_work,
    .check = check,
    .fold_in = fold_in,
};
