/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of folds: checked, counted, and carried out by the splits. */
#include "evaluate/folds.h"
#include "base/status.h"
#include "store/ratings.h"

#include <librec/split.h>

enum { FOLDS_USUAL = 5 };

/* Folds at once hold a copy of the ratings each, fits arrays in proportion: together they hold no more ratings than this, unless one
 * does. */
enum { RATINGS_AT_ONCE = 1 << 25 };

static int32_t or_usual(int32_t given, int32_t usual)
{
    return given == 0 ? usual : given;
}

static rec_status refuse(const char *name, int32_t value, const char *expected)
{
    return rec__fail(REC_ERR_INVALID, "%s is %d; %s was expected", name, value, expected);
}

/* What a kind of folds has no use for must not be given, so that nobody takes it for heeded. */
static rec_status check_unused(const rec_folds *plan)
{
    bool given = plan->kind == REC_FOLDS_GIVEN;
    bool counts = given || plan->kind == REC_FOLDS_SHUFFLED || plan->kind == REC_FOLDS_TIME;
    bool draws = plan->kind == REC_FOLDS_SHUFFLED || plan->kind == REC_FOLDS_ONE;
    if (!counts && plan->folds != 0)
        return refuse("plan.folds", plan->folds, "0 for this kind, which holds out one rating a user,");
    if (!draws && plan->repeats > 1)
        return refuse("plan.repeats", plan->repeats, "0 or 1 for this kind, which draws nothing,");
    if (!given && (plan->train != NULL || plan->test != NULL))
        return rec__fail(REC_ERR_INVALID, "plan.%s is given; NULL was expected for this kind",
                         plan->train != NULL ? "train" : "test");
    return REC_OK;
}

static rec_status check_given(const rec_folds *plan)
{
    if (plan->folds < 1)
        return refuse("plan.folds", plan->folds, "at least 1 given fold");
    if (plan->train == NULL || plan->test == NULL)
        return rec__fail_null(plan->train == NULL ? "plan.train" : "plan.test");
    for (int32_t f = 0; f < plan->folds; f++)
        if (plan->train[f] == NULL || plan->test[f] == NULL)
            return rec__fail(REC_ERR_INVALID, "plan.%s[%d] is NULL; ratings were expected",
                             plan->train[f] == NULL ? "train" : "test", f);
    return REC_OK;
}

static rec_status check_divided(const rec_folds *plan, const rec_ratings *ratings)
{
    int32_t folds = or_usual(plan->folds, FOLDS_USUAL);
    if (ratings == NULL)
        return rec__fail_null("ratings");
    if (plan->kind == REC_FOLDS_SHUFFLED && folds < 2)
        return rec__fail(REC_ERR_INVALID, "folds is %d; at least 2 was expected", folds);
    if (plan->kind == REC_FOLDS_SHUFFLED && ratings->count < folds)
        return rec__fail(REC_ERR_EMPTY,
                         "folds is %d, of %lld ratings; at most as many folds as ratings were expected",
                         folds, (long long)ratings->count);
    bool by_time = plan->kind == REC_FOLDS_TIME || plan->kind == REC_FOLDS_LAST;
    if (by_time && ratings->user_times == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "the ratings have no times; folds in the order of time need them");
    return REC_OK;
}

static rec_status check_plan(const rec_folds *plan, const rec_ratings *ratings)
{
    if (plan->kind < REC_FOLDS_SHUFFLED || plan->kind > REC_FOLDS_GIVEN)
        return refuse("plan.kind", plan->kind, "one of REC_FOLDS_...");
    if (plan->folds < 0)
        return refuse("plan.folds", plan->folds, "at least 0");
    if (plan->repeats < 0)
        return refuse("plan.repeats", plan->repeats, "at least 0");
    if (plan->at_once < 0)
        return refuse("plan.at_once", plan->at_once, "at least 0");
    rec_status status = check_unused(plan);
    if (status != REC_OK)
        return status;
    return plan->kind == REC_FOLDS_GIVEN ? check_given(plan) : check_divided(plan, ratings);
}

rec_status rec__folds_count(const rec_folds *plan, const rec_ratings *ratings, int32_t *n)
{
    rec_status status = check_plan(plan, ratings);
    if (status != REC_OK)
        return status;
    int32_t folds = 1, repeats = or_usual(plan->repeats, 1);
    if (plan->kind == REC_FOLDS_SHUFFLED || plan->kind == REC_FOLDS_TIME || plan->kind == REC_FOLDS_GIVEN)
        folds = or_usual(plan->folds, FOLDS_USUAL);
    if ((int64_t)folds * repeats > INT32_MAX)
        return rec__fail(REC_ERR_INVALID, "%d folds %d times are too many; at most %d was expected", folds,
                         repeats, INT32_MAX);
    *n = folds * repeats;
    return REC_OK;
}

/* The repeats draw under seeds in a row: the random numbers of any two are unrelated. */
rec_status rec__folds_make(const rec_folds *plan, const rec_ratings *ratings, int32_t fold,
                           rec_ratings **train, rec_ratings **test)
{
    int32_t folds = or_usual(plan->folds, FOLDS_USUAL);
    switch (plan->kind) {
    case REC_FOLDS_ONE:
        return rec_split_one(ratings, plan->seed + (uint64_t)fold, train, test);
    case REC_FOLDS_LAST:
        return rec_split_last(ratings, 1, train, test);
    case REC_FOLDS_TIME:
        return rec_split_time(ratings, folds, fold, train, test);
    case REC_FOLDS_GIVEN:
        *train = rec_ratings_retain(plan->train[fold]);
        *test = rec_ratings_retain(plan->test[fold]);
        return REC_OK;
    default:
        return rec_split_fold(ratings, folds, fold % folds, plan->seed + (uint64_t)(fold / folds), train,
                              test);
    }
}

int64_t rec__fits_held(const rec_folds *plan, const rec_ratings *ratings, int32_t n)
{
    bool given = plan->kind == REC_FOLDS_GIVEN;
    int64_t count = given ? 1 : ratings->count + 1;
    for (int32_t f = 0; given && f < n; f++)
        count = plan->train[f]->count > count ? plan->train[f]->count : count;
    return count < RATINGS_AT_ONCE ? RATINGS_AT_ONCE / count : 1;
}

int32_t rec__fits_at_once(int32_t threads, int64_t most, int64_t left)
{
    int32_t at_once = threads;
    while (at_once > 1 && (at_once > most || at_once > left || threads % at_once != 0))
        at_once--;
    return at_once;
}
