/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of prediction errors from their sums. errors.c predicts; metrics.c has the table. */
#include "evaluate/metrics_errors.h"
#include "base/sort.h"
#include "base/status.h"

#include <math.h>

void rec__errors_add(struct rec__errors *errors, const struct rec__errors *more)
{
    errors->squares += more->squares;
    errors->sizes += more->sizes;
    errors->raw_squares += more->raw_squares;
    errors->raw_sizes += more->raw_sizes;
    errors->ratings += more->ratings;
    errors->rating_squares += more->rating_squares;
    errors->pairs += more->pairs;
    errors->concordant += more->concordant;
    errors->discordant += more->discordant;
    errors->concordant_users += more->concordant_users;
    errors->discordant_users += more->discordant_users;
}

rec_status rec__rmse(const struct rec__errors *errors, double *value)
{
    *value = sqrt(errors->squares / (double)errors->pairs);
    return REC_OK;
}

rec_status rec__mae(const struct rec__errors *errors, double *value)
{
    *value = errors->sizes / (double)errors->pairs;
    return REC_OK;
}

rec_status rec__mse(const struct rec__errors *errors, double *value)
{
    *value = errors->squares / (double)errors->pairs;
    return REC_OK;
}

rec_status rec__rmse_raw(const struct rec__errors *errors, double *value)
{
    *value = sqrt(errors->raw_squares / (double)errors->pairs);
    return REC_OK;
}

rec_status rec__mae_raw(const struct rec__errors *errors, double *value)
{
    *value = errors->raw_sizes / (double)errors->pairs;
    return REC_OK;
}

/* Sums of squares about a mean from sums about another point cancel little when that point is near; what is
 * left of equal ratings is rounding. */
rec_status rec__r2(const struct rec__errors *errors, double *value)
{
    double about_zero = errors->rating_squares;
    double total = about_zero - errors->ratings * errors->ratings / (double)errors->pairs;
    if (!(total > 1e-13 * about_zero))
        return rec__fail(REC_ERR_EMPTY, "all test ratings are equal, so there is no \"r2\"; at least two "
                                        "different ones were expected");
    *value = 1.0 - errors->squares / total;
    return REC_OK;
}

/* Koren and Sill, "OrdRec: an ordinal model for predicting personalized item rating distributions", RecSys
 * 2011. Concordant and discordant pairs are each averaged over the users who have any, as usual since. */
rec_status rec__fcp(const struct rec__errors *errors, double *value)
{
    if (errors->concordant_users == 0 && errors->discordant_users == 0)
        return rec__fail(REC_ERR_EMPTY, "no user has two different test ratings, so there is no \"fcp\"; one "
                                        "was expected");
    double right = 0.0, wrong = 0.0;
    if (errors->concordant_users > 0)
        right = (double)errors->concordant / (double)errors->concordant_users;
    if (errors->discordant_users > 0)
        wrong = (double)errors->discordant / (double)errors->discordant_users;
    *value = right / (right + wrong);
    return REC_OK;
}

/* By rising rating; equal ones by falling prediction, so that none of them looks concordant. */
static int compare_rated(const void *a, const void *b)
{
    const struct rec__rated *first = a, *second = b;
    if (first->rating != second->rating)
        return first->rating < second->rating ? -1 : 1;
    return (first->predicted < second->predicted) - (first->predicted > second->predicted);
}

/* Merge two runs that rise; returns how many pairs, one from each, rise strictly. */
static int64_t merge(struct rec__rated *rated, int64_t middle, int64_t n, double *scratch)
{
    int64_t left = 0, right = middle, rising = 0;
    for (int64_t i = 0; i < n; i++) {
        bool from_left = right == n || (left < middle && rated[left].predicted < rated[right].predicted);
        if (!from_left)
            rising += left;
        scratch[i] = rated[from_left ? left++ : right++].predicted;
    }
    for (int64_t i = 0; i < n; i++)
        rated[i].predicted = scratch[i];
    return rising;
}

static int64_t count_rising(struct rec__rated *rated, int64_t n, double *scratch)
{
    int64_t rising = 0;
    for (int64_t width = 1; width < n; width *= 2)
        for (int64_t from = 0; from + width < n; from += 2 * width)
            rising += merge(rated + from, width, 2 * width < n - from ? 2 * width : n - from, scratch);
    return rising;
}

static int64_t count_different(const struct rec__rated *rated, int64_t n)
{
    int64_t pairs = 0, first = 0; /* of the ratings equal to this one */
    for (int64_t i = 0; i < n; i++) {
        if (rated[i].rating != rated[first].rating)
            first = i;
        pairs += first;
    }
    return pairs;
}

void rec__errors_order(struct rec__errors *errors, struct rec__rated *rated, int64_t n, double *scratch)
{
    rec__sort(rated, n, sizeof *rated, compare_rated);
    int64_t different = count_different(rated, n), rising = count_rising(rated, n, scratch);
    errors->concordant += rising;
    errors->discordant += different - rising;
    errors->concordant_users += rising > 0;
    errors->discordant_users += different > rising;
}
