/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Biases that drift with time (Koren, "Collaborative filtering with temporal dynamics", KDD 2009, sections 3.1 and 3.2):
 *
 *   d_ui(t) = alpha_u dev_u(t) + c_{i, bin(t)},   dev_u(t) = sign(t - t_u) (|t - t_u| / span)^power
 *
 * where t_u is the mean time of the user's ratings, span that between the first and the last rating of all, and bin(t) one of so many equal
 * parts of it. Beyond the span, time stands still. A rating without a time has d = 0. Minimised with biases beside it:
 *
 *   sum of (r - mu - b_u - b_i - d_ui(t))^2 + lambda_alpha sum of alpha_u^2 + lambda_c sum of c^2
 */
#ifndef REC_BACKENDS_DRIFT_H
#define REC_BACKENDS_DRIFT_H

#include "backends/backend.h"

#include <math.h>
#include <stdbool.h>

#define REC_DRIFT_BINS_MOST 10000
#define REC_DRIFT_NO_BIN    UINT16_MAX

/** What a fitted model has of it: arrays "drift_span" [3, double: first, last, power], "user_drifts", "user_times", "item_bins"; all NULL
 * and 0 where there is none. */
struct rec__drift {
    double first, last, power;
    const float *alphas; /* n_users; with means, or NULL */
    const double *means; /* t_u */
    const float *bins;   /* n_bins x n_items, or NULL */
    int32_t n_bins, n_items;
};

static inline bool rec__drifts(const struct rec__drift *drift)
{
    return drift->alphas != NULL || drift->bins != NULL;
}

static inline double rec__drift_clamp(const struct rec__drift *drift, int64_t time)
{
    return fmin(fmax((double)time, drift->first), drift->last);
}

/** dev_u(t); between -1 and 1. */
static inline double rec__drift_deviation(const struct rec__drift *drift, int32_t user, int64_t time)
{
    double span = drift->last - drift->first, away = rec__drift_clamp(drift, time) - drift->means[user];
    return span > 0.0 ? copysign(pow(fmin(fabs(away) / span, 1.0), drift->power), away) : 0.0;
}

static inline int32_t rec__drift_bin(const struct rec__drift *drift, int64_t time)
{
    double span = drift->last - drift->first;
    double place = span > 0.0 ? (rec__drift_clamp(drift, time) - drift->first) / span * drift->n_bins : 0.0;
    return place < drift->n_bins ? (int32_t)place : drift->n_bins - 1;
}

/** d_ui(t) */
static inline double rec__drift_sum(const struct rec__drift *drift, int32_t user, int32_t item, int64_t time)
{
    double sum = 0.0;
    if (drift->bins != NULL)
        sum += (double)drift->bins[(int64_t)rec__drift_bin(drift, time) * drift->n_items + item];
    if (drift->alphas != NULL)
        sum += (double)drift->alphas[user] * rec__drift_deviation(drift, user, time);
    return sum;
}

/** The parameters that turn it on and shape it: a row each in a backend's table, in this order. */
enum rec__drift_parameter {
    REC_DRIFT_BINS,
    REC_DRIFT_USERS,
    REC_DRIFT_BIN_REGULARIZATION,
    REC_DRIFT_USER_REGULARIZATION,
    REC_DRIFT_POWER,
    REC_DRIFT_PARAMETERS
};

/* clang-format off */
#define REC_DRIFT_TABLE(first)                                                                                          \
    [(first) + REC_DRIFT_BINS] = REC_WHOLE("item_bins", 0, 0, REC_DRIFT_BINS_MOST,                                                    \
        "parts of the ratings' time, with a bias of each item in each; 0: none"),                                       \
    [(first) + REC_DRIFT_USERS] = REC_FLAG("user_drift", 0, "users' biases drift away from the mean of their times"),   \
    [(first) + REC_DRIFT_BIN_REGULARIZATION] = REC_REAL("bin_regularization", 50, 0, 1e9,                               \
        "item_bins: pulls the items' biases in each part to zero"),                                                     \
    [(first) + REC_DRIFT_USER_REGULARIZATION] = REC_REAL("drift_regularization", 1, 0, 1e9,                             \
        "user_drift: pulls the users' drifts to zero"),                                                                 \
    [(first) + REC_DRIFT_POWER] = REC_REAL("drift_power", 0.2, 0.01, 4, "user_drift: of the distance in time")
/* clang-format on */

/** A drift being fitted, and the ratings less it. */
struct rec__drifting {
    struct rec__drift drift;
    float *alphas, *bins; /* those of drift, to write; NULL where that is off */
    const rec_ratings *ratings;
    rec_ratings rest; /* the same rows with what the drift leaves: not to be retained or freed */
    double bin_lambda, user_lambda;
    int32_t threads;
    float *rests[2],
        *devs[2]; /* by user, by item: ratings less the drift, deviations; devs NULL: user_drift is off */
    uint16_t *places
        [2]; /* likewise: the bin of each rating, REC_DRIFT_NO_BIN without a time; NULL: item_bins is 0 */
};

/** Is either part on? values: the first of the parameters. */
bool rec__drift_wanted(const double *values);

/**
 * Add the arrays to the fit, zero to begin with, and lay out the ratings. Errors: REC_ERR_UNSUPPORTED (no times).
 * Cleared by the other, after a failure too.
 */
rec_status rec__drifting_make(struct rec__drifting *drifting, struct rec__fit *fit, const double *values);
void rec__drifting_clear(struct rec__drifting *drifting);

/** One step of alternating least squares: the bins, then the users' drifts, biases held fixed. Then the rest is up to date. */
rec_status rec__drifting_solve(struct rec__drifting *drifting, double mu, const float *b_u, const float *b_i);

/** As many such steps as it takes, in turn with biases that are thrown away. */
rec_status rec__drifting_settle(struct rec__drifting *drifting);

/** More ratings, by user, less the drift at their times, rows as in the fit; `out` shares all else with them. values: creates, to be released
 * after use; NULL when `ratings` is NULL. */
rec_status rec__drifting_rest(const struct rec__drifting *drifting, const rec_ratings *ratings,
                              rec_ratings *out, float **values);

#endif
