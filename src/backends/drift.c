/* SPDX-License-Identifier: Apache-2.0 */
/* Fitting biases that drift with time. */
#include "backends/drift.h"
#include "backends/biases.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

#include <string.h>

enum { PARTS = 64 };

bool rec__drift_wanted(const double *values)
{
    return values[REC_DRIFT_BINS] != 0.0 || values[REC_DRIFT_USERS] != 0.0;
}

/* First and last time, and the mean of each user's; a user without times stands at the first. */
static void find_times(struct rec__drifting *d, double *means)
{
    const rec_ratings *r = d->ratings;
    double first = INFINITY, last = -INFINITY;
    for (int64_t e = 0; e < r->count; e++)
        if (r->user_times[e] != REC_NO_TIME) {
            first = fmin(first, (double)r->user_times[e]);
            last = fmax(last, (double)r->user_times[e]);
        }
    d->drift.first = first;
    d->drift.last = last;
    for (int32_t u = 0; means != NULL && u < r->n_users; u++) {
        double sum = 0.0;
        int64_t n = 0;
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++)
            if (r->user_times[e] != REC_NO_TIME) {
                sum += (double)r->user_times[e] - first;
                n++;
            }
        means[u] = first + (n > 0 ? sum / (double)n : 0.0);
    }
}

static bool has_times(const rec_ratings *r)
{
    for (int64_t e = 0; r->user_times != NULL && e < r->count; e++)
        if (r->user_times[e] != REC_NO_TIME)
            return true;
    return false;
}

static rec_status add_arrays(struct rec__drifting *d, struct rec__fit *fit, const double *values)
{
    const rec_ratings *r = fit->ratings;
    int32_t n_bins = (int32_t)values[REC_DRIFT_BINS];
    bool users = values[REC_DRIFT_USERS] != 0.0;
    double *span = rec__arrays_add_doubles(fit->arrays, "drift_span", 3), *means = NULL;
    if (users) {
        d->alphas = rec__arrays_add_floats(fit->arrays, "user_drifts", r->n_users, 0);
        means = rec__arrays_add_doubles(fit->arrays, "user_times", r->n_users);
    }
    if (n_bins > 0)
        d->bins = rec__arrays_add_floats(fit->arrays, "item_bins", n_bins, r->n_items);
    if (span == NULL || (users && (d->alphas == NULL || means == NULL)) || (n_bins > 0 && d->bins == NULL))
        return REC_ERR_NO_MEMORY;
    find_times(d, means);
    d->drift = (struct rec__drift){.first = d->drift.first,
                                   .last = d->drift.last,
                                   .power = values[REC_DRIFT_POWER],
                                   .alphas = d->alphas,
                                   .means = means,
                                   .bins = d->bins,
                                   .n_bins = n_bins,
                                   .n_items = r->n_items};
    memcpy(span, (const double[]){d->drift.first, d->drift.last, d->drift.power}, 3 * sizeof *span);
    return REC_OK;
}

/* What is known of one rating's time, in both orders. */
static void lay_out_rating(struct rec__drifting *d, int32_t user, int64_t e, int64_t by_item)
{
    int64_t time = d->ratings->user_times[e];
    bool timed = time != REC_NO_TIME;
    if (d->devs[0] != NULL)
        d->devs[1][by_item] = d->devs[0][e] =
            timed ? (float)rec__drift_deviation(&d->drift, user, time) : 0.0f;
    if (d->places[0] != NULL)
        d->places[1][by_item] = d->places[0][e] =
            timed ? (uint16_t)rec__drift_bin(&d->drift, time) : REC_DRIFT_NO_BIN;
}

static rec_status lay_out(struct rec__drifting *d)
{
    const rec_ratings *r = d->ratings;
    int64_t *next = rec__allocate((int64_t)r->n_items + 1, sizeof *next);
    if (next == NULL)
        return REC_ERR_NO_MEMORY;
    memcpy(next, r->item_start, ((size_t)r->n_items + 1) * sizeof *next);
    for (int32_t u = 0; u < r->n_users; u++)
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++)
            lay_out_rating(d, u, e, next[r->user_items[e]]++);
    rec__release(next);
    return REC_OK;
}

static bool allocate_orders(struct rec__drifting *d)
{
    int64_t n = d->ratings->count;
    bool made = true;
    for (int order = 0; order < 2; order++) {
        d->rests[order] = rec__allocate(n, sizeof(float));
        if (d->alphas != NULL)
            d->devs[order] = rec__allocate(n, sizeof(float));
        if (d->bins != NULL)
            d->places[order] = rec__allocate(n, sizeof(uint16_t));
        made = made && d->rests[order] != NULL && (d->alphas == NULL || d->devs[order] != NULL) &&
               (d->bins == NULL || d->places[order] != NULL);
    }
    return made;
}

rec_status rec__drifting_make(struct rec__drifting *d, struct rec__fit *fit, const double *values)
{
    const rec_ratings *r = fit->ratings;
    *d = (struct rec__drifting){.ratings = r,
                                .threads = fit->threads,
                                .bin_lambda = values[REC_DRIFT_BIN_REGULARIZATION],
                                .user_lambda = values[REC_DRIFT_USER_REGULARIZATION]};
    if (!has_times(r))
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "the ratings have no times; item_bins and user_drift need them");
    rec_status status = add_arrays(d, fit, values);
    if (status != REC_OK)
        return status;
    if (!allocate_orders(d))
        return REC_ERR_NO_MEMORY;
    memcpy(d->rests[0], r->user_ratings, (size_t)r->count * sizeof(float));
    memcpy(d->rests[1], r->item_ratings, (size_t)r->count * sizeof(float));
    d->rest = *r;
    d->rest.user_ratings = d->rests[0];
    d->rest.item_ratings = d->rests[1];
    return lay_out(d);
}

void rec__drifting_clear(struct rec__drifting *d)
{
    for (int order = 0; order < 2; order++) {
        rec__release(d->rests[order]);
        rec__release(d->devs[order]);
        rec__release(d->places[order]);
    }
}

/* A step, and the biases that it holds fixed. */
struct step {
    struct rec__drifting *d;
    double mu;
    const float *b_u, *b_i;
};

static double bin_of(const struct rec__drifting *d, int order, int64_t e, int32_t item)
{
    bool there = d->places[order] != NULL && d->places[order][e] != REC_DRIFT_NO_BIN;
    return there ? (double)d->bins[(int64_t)d->places[order][e] * d->ratings->n_items + item] : 0.0;
}

static double drift_of(const struct rec__drifting *d, int order, int64_t e, int32_t user)
{
    return d->devs[order] == NULL ? 0.0 : (double)d->alphas[user] * (double)d->devs[order][e];
}

/* An item's bins: c = sum of what is left to explain / (lambda + ratings in the bin). */
static void solve_item(const struct step *step, int32_t item, double *sums, double *counts)
{
    struct rec__drifting *d = step->d;
    const rec_ratings *r = d->ratings;
    memset(sums, 0, (size_t)d->drift.n_bins * sizeof *sums);
    memset(counts, 0, (size_t)d->drift.n_bins * sizeof *counts);
    for (int64_t e = r->item_start[item]; e < r->item_start[item + 1]; e++) {
        int32_t bin = d->places[1][e], user = r->item_users[e];
        if (bin == REC_DRIFT_NO_BIN)
            continue;
        sums[bin] += (double)r->item_ratings[e] - step->mu - (double)step->b_u[user] -
                     (double)step->b_i[item] - drift_of(d, 1, e, user);
        counts[bin] += 1.0;
    }
    for (int32_t bin = 0; bin < d->drift.n_bins; bin++) {
        double weight = d->bin_lambda + counts[bin];
        d->bins[(int64_t)bin * r->n_items + item] = (float)(weight > 0.0 ? sums[bin] / weight : 0.0);
    }
}

static rec_status solve_items(void *context, int64_t part, int32_t worker)
{
    const struct step *step = context;
    int64_t n_items = step->d->ratings->n_items;
    int32_t last = (int32_t)(n_items * (part + 1) / PARTS), n_bins = step->d->drift.n_bins;
    double *sums = rec__allocate(2 * (int64_t)n_bins, sizeof *sums);
    (void)worker;
    for (int32_t item = (int32_t)(n_items * part / PARTS); sums != NULL && item < last; item++)
        solve_item(step, item, sums, sums + n_bins);
    rec__release(sums);
    return sums == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

/* A user's drift: sum of dev times what is left / (lambda + sum of dev^2). */
static rec_status solve_users(void *context, int64_t part, int32_t worker)
{
    const struct step *step = context;
    struct rec__drifting *d = step->d;
    const rec_ratings *r = d->ratings;
    int32_t last = (int32_t)((int64_t)r->n_users * (part + 1) / PARTS);
    (void)worker;
    for (int32_t u = (int32_t)((int64_t)r->n_users * part / PARTS); u < last; u++) {
        double sum = 0.0, weight = d->user_lambda;
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
            int32_t item = r->user_items[e];
            double dev = (double)d->devs[0][e];
            sum += dev * ((double)r->user_ratings[e] - step->mu - (double)step->b_u[u] -
                          (double)step->b_i[item] - bin_of(d, 0, e, item));
            weight += dev * dev;
        }
        d->alphas[u] = (float)(weight > 0.0 ? sum / weight : 0.0);
    }
    return REC_OK;
}

/* What is left of the ratings of a part of the users, or of the items. */
static void refresh(struct rec__drifting *d, int order, int64_t part)
{
    const rec_ratings *r = d->ratings;
    const int64_t *start = order == 0 ? r->user_start : r->item_start;
    const int32_t *others = order == 0 ? r->user_items : r->item_users;
    const float *ratings = order == 0 ? r->user_ratings : r->item_ratings;
    int64_t n = order == 0 ? r->n_users : r->n_items;
    for (int32_t row = (int32_t)(n * part / PARTS); row < (int32_t)(n * (part + 1) / PARTS); row++)
        for (int64_t e = start[row]; e < start[row + 1]; e++) {
            int32_t user = order == 0 ? row : others[e], item = order == 0 ? others[e] : row;
            d->rests[order][e] =
                (float)((double)ratings[e] - bin_of(d, order, e, item) - drift_of(d, order, e, user));
        }
}

static rec_status refresh_task(void *context, int64_t task, int32_t worker)
{
    (void)worker;
    refresh(context, task < PARTS ? 0 : 1, task % PARTS);
    return REC_OK;
}

rec_status rec__drifting_solve(struct rec__drifting *d, double mu, const float *b_u, const float *b_i)
{
    struct step step = {d, mu, b_u, b_i};
    rec_status status = d->bins == NULL ? REC_OK : rec__parallel(d->threads, PARTS, solve_items, &step);
    if (status == REC_OK && d->alphas != NULL)
        status = rec__parallel(d->threads, PARTS, solve_users, &step);
    return status == REC_OK ? rec__parallel(d->threads, 2 * PARTS, refresh_task, d) : status;
}

rec_status rec__drifting_settle(struct rec__drifting *d)
{
    enum { EPOCHS = 20, USER_LAMBDA = 4, ITEM_LAMBDA = 2 };
    const rec_ratings *r = d->ratings;
    float *b_u = rec__allocate_zeroed(r->n_users, sizeof *b_u);
    float *b_i = rec__allocate_zeroed(r->n_items, sizeof *b_i);
    rec_status status = b_u == NULL || b_i == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    for (int epoch = 0; status == REC_OK && epoch < EPOCHS; epoch++) {
        rec__biases_solve(&(struct rec__biases){r->item_start, r->item_users, d->rests[1], r->n_items,
                                                r->mean, ITEM_LAMBDA, b_u, b_i},
                          d->threads);
        rec__biases_solve(&(struct rec__biases){r->user_start, r->user_items, d->rests[0], r->n_users,
                                                r->mean, USER_LAMBDA, b_i, b_u},
                          d->threads);
        status = rec__drifting_solve(d, r->mean, b_u, b_i);
    }
    rec__release(b_u);
    rec__release(b_i);
    return status;
}

/* More ratings, less the drift. */
struct more {
    const struct rec__drift *drift;
    const rec_ratings *ratings;
    float *rest;
};

static rec_status rest_of_users(void *context, int64_t part, int32_t worker)
{
    const struct more *more = context;
    const rec_ratings *r = more->ratings;
    int32_t last = (int32_t)((int64_t)r->n_users * (part + 1) / PARTS);
    (void)worker;
    for (int32_t u = (int32_t)((int64_t)r->n_users * part / PARTS); u < last; u++)
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
            int64_t time = r->user_times == NULL ? REC_NO_TIME : r->user_times[e];
            double drift = time == REC_NO_TIME ? 0.0 : rec__drift_sum(more->drift, u, r->user_items[e], time);
            more->rest[e] = (float)((double)r->user_ratings[e] - drift);
        }
    return REC_OK;
}

rec_status rec__drifting_rest(const struct rec__drifting *d, const rec_ratings *ratings, rec_ratings *out,
                              float **values)
{
    *values = NULL;
    if (ratings == NULL)
        return REC_OK;
    *out = *ratings;
    float *rest = rec__allocate(ratings->count, sizeof *rest);
    out->user_ratings = *values = rest;
    if (rest == NULL)
        return REC_ERR_NO_MEMORY;
    return rec__parallel(d->threads, PARTS, rest_of_users, &(struct more){&d->drift, ratings, rest});
}
