/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dividing ratings. A split marks the positions, in the by-user order, that go to test; both parts are then
 * copied in that order. Random numbers are keyed by position, so no split depends on how work is shared.
 */
#include <librec/split.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/status.h"
#include "base/threads.h"
#include "store/ratings.h"

#include <math.h>
#include <string.h>

/* One stream for each kind of split, above the low byte: one seed gives unrelated draws. */
enum { BY_RATING = 0, BY_USER = 1, BY_FOLD = 2, BY_ONE = 3 };
enum { WORDS_A_TASK = 1024 };

struct division {
    const rec_ratings *ratings;
    uint64_t *test; /* a bit a rating */
    uint64_t *left; /* likewise those in neither part; NULL: none is left out */
    int64_t n_test, n_left;
    double fraction;
    uint64_t seed;
};

static uint64_t stream_of(int kind)
{
    return REC_STREAM_SPLIT | (uint64_t)kind << 8;
}

static void mark_test(struct division *d, int64_t position)
{
    d->test[position / 64] |= UINT64_C(1) << (position % 64);
    d->n_test++;
}

static bool in_part(const struct division *d, int64_t position, bool test)
{
    if (d->left != NULL && (d->left[position / 64] >> (position % 64) & 1))
        return false;
    return (d->test[position / 64] >> (position % 64) & 1) == test;
}

static rec_status begin_division(struct division *d, const rec_ratings *ratings, rec_ratings **train,
                                 rec_ratings **test)
{
    if (train != NULL)
        *train = NULL;
    if (test != NULL)
        *test = NULL;
    if (ratings == NULL || train == NULL || test == NULL)
        return rec__fail_null(ratings == NULL ? "ratings" : train == NULL ? "train" : "test");
    d->ratings = ratings;
    rec_row row;
    rec_status status = REC_OK;
    for (int32_t user = 0; status == REC_OK && user < ratings->n_users; user++)
        status = rec__ratings_sound_row(ratings, user, &row);
    return status;
}

static rec_status check_fraction(double fraction)
{
    if (fraction > 0 && fraction < 1)
        return REC_OK;
    return rec__fail(REC_ERR_INVALID, "fraction is %g; more than 0 and less than 1 was expected", fraction);
}

static rec_status make_marks(struct division *d)
{
    d->test = rec__allocate_zeroed((d->ratings->count + 63) / 64, sizeof *d->test);
    return d->test == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

/* A division seen from one of its parts. */
struct side {
    const struct division *division;
    bool test;
};

static bool on_side(const void *context, int32_t user, int64_t position)
{
    const struct side *side = context;
    (void)user;
    return in_part(side->division, position, side->test);
}

static rec_status make_part(rec_ratings **out, const struct division *d, bool test)
{
    struct side side = {d, test};
    struct rec__selection selection = {on_side, &side,
                                       test ? d->n_test : d->ratings->count - d->n_test - d->n_left};
    return rec__ratings_select(out, d->ratings, &selection);
}

static rec_status make_parts(const struct division *d, rec_ratings **train, rec_ratings **test)
{
    if (d->n_test == 0 || d->n_test == d->ratings->count)
        return rec__fail(REC_ERR_EMPTY, "all %lld ratings would go to %s; some were expected in %s",
                         (long long)d->ratings->count, d->n_test == 0 ? "train" : "test",
                         d->n_test == 0 ? "test" : "train");
    rec_status status = make_part(train, d, false);
    if (status == REC_OK)
        status = make_part(test, d, true);
    if (status != REC_OK) {
        rec_ratings_free(*train);
        *train = NULL;
    }
    return status;
}

static rec_status finish_division(struct division *d, rec_status status, rec_ratings **train,
                                  rec_ratings **test)
{
    if (status == REC_OK)
        status = make_parts(d, train, test);
    rec__release(d->test);
    rec__release(d->left);
    return status;
}

/* Tasks are whole words, so that no two threads write to one. */
static rec_status draw_words(void *context, int64_t index, int32_t worker)
{
    (void)worker;
    const struct division *d = context;
    int64_t from = index * WORDS_A_TASK * 64, to = from + WORDS_A_TASK * 64;
    to = to < d->ratings->count ? to : d->ratings->count;
    for (int64_t i = from; i < to; i++)
        if (rec__uniform(d->seed, stream_of(BY_RATING), (uint64_t)i) < d->fraction)
            d->test[i / 64] |= UINT64_C(1) << (i % 64);
    return REC_OK;
}

static void draw_ratings(struct division *d)
{
    int64_t words = (d->ratings->count + 63) / 64;
    (void)rec__parallel(rec__threads(0), (words + WORDS_A_TASK - 1) / WORDS_A_TASK, draw_words, d);
    for (int64_t w = 0; w < words; w++)
        d->n_test += __builtin_popcountll(d->test[w]);
}

rec_status rec_split_random(const rec_ratings *ratings, double fraction, uint64_t seed, rec_ratings **train,
                            rec_ratings **test)
{
    struct division d = {.fraction = fraction, .seed = seed};
    rec_status status = begin_division(&d, ratings, train, test);
    if (status == REC_OK)
        status = check_fraction(fraction);
    if (status == REC_OK)
        status = make_marks(&d);
    if (status == REC_OK)
        draw_ratings(&d);
    return finish_division(&d, status, train, test);
}

/* Selection sampling (Fan, Muller and Rezucha, J. ACM 1962): each set of `wanted` of the row is as likely. */
static void draw_row(struct division *d, int64_t from, int64_t to)
{
    int64_t wanted = (int64_t)round(d->fraction * (double)(to - from));
    for (int64_t i = from; i < to && wanted > 0; i++) {
        double u = rec__uniform(d->seed, stream_of(BY_USER), (uint64_t)i);
        if (u * (double)(to - i) >= (double)wanted)
            continue;
        mark_test(d, i);
        wanted--;
    }
}

rec_status rec_split_per_user(const rec_ratings *ratings, double fraction, uint64_t seed, rec_ratings **train,
                              rec_ratings **test)
{
    struct division d = {.fraction = fraction, .seed = seed};
    rec_status status = begin_division(&d, ratings, train, test);
    if (status == REC_OK)
        status = check_fraction(fraction);
    if (status == REC_OK)
        status = make_marks(&d);
    for (int32_t user = 0; status == REC_OK && user < ratings->n_users; user++)
        draw_row(&d, ratings->user_start[user], ratings->user_start[user + 1]);
    return finish_division(&d, status, train, test);
}

rec_status rec_split_one(const rec_ratings *ratings, uint64_t seed, rec_ratings **train, rec_ratings **test)
{
    struct division d = {.seed = seed};
    rec_status status = begin_division(&d, ratings, train, test);
    if (status == REC_OK)
        status = make_marks(&d);
    for (int32_t user = 0; status == REC_OK && user < ratings->n_users; user++) {
        int64_t n = rec__user_count(ratings, user);
        double u = rec__uniform(seed, stream_of(BY_ONE), (uint64_t)user);
        if (n > 1)
            mark_test(&d, ratings->user_start[user] + (int64_t)(u * (double)n));
    }
    return finish_division(&d, status, train, test);
}

/* The n-th greatest of times, which are put in another order (Hoare's find, CACM 4(7), 1961). */
static int64_t find_nth_latest(int64_t *times, int64_t count, int64_t n)
{
    int64_t low = 0, high = count - 1, wanted = n - 1;
    while (low < high) {
        int64_t pivot = times[low + (high - low) / 2], i = low, j = high;
        while (i <= j) {
            for (; times[i] > pivot; i++)
                ;
            for (; times[j] < pivot; j--)
                ;
            if (i > j)
                break;
            int64_t swapped = times[i];
            times[i++] = times[j];
            times[j--] = swapped;
        }
        if (wanted <= j)
            high = j;
        else if (wanted >= i)
            low = i;
        else
            break;
    }
    return times[wanted];
}

static void mark_last(struct division *d, int64_t from, int64_t to, int64_t n, int64_t *scratch)
{
    const int64_t *times = d->ratings->user_times;
    memcpy(scratch, times + from, (size_t)(to - from) * sizeof *scratch);
    int64_t bound = find_nth_latest(scratch, to - from, n), later = 0;
    for (int64_t i = from; i < to; i++)
        later += times[i] > bound;
    int64_t ties = n - later;
    for (int64_t i = to - 1; i >= from; i--) {
        bool tied = times[i] == bound && ties > 0;
        ties -= tied;
        if (tied || times[i] > bound)
            mark_test(d, i);
    }
}

static rec_status mark_all_last(struct division *d, int64_t n)
{
    const rec_ratings *r = d->ratings;
    int64_t longest = 0;
    for (int32_t user = 0; user < r->n_users; user++)
        longest = rec__user_count(r, user) > longest ? rec__user_count(r, user) : longest;
    int64_t *scratch = rec__allocate(longest, sizeof *scratch);
    if (scratch == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t user = 0; user < r->n_users; user++)
        if (rec__user_count(r, user) > n)
            mark_last(d, r->user_start[user], r->user_start[user + 1], n, scratch);
    rec__release(scratch);
    return REC_OK;
}

rec_status rec_split_last(const rec_ratings *ratings, int32_t n, rec_ratings **train, rec_ratings **test)
{
    struct division d = {0};
    rec_status status = begin_division(&d, ratings, train, test);
    if (status != REC_OK)
        return status;
    if (n < 1)
        return rec__fail(REC_ERR_INVALID, "n is %d; at least 1 was expected", n);
    if (ratings->user_times == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED, "the ratings have no times; rec_split_last divides by time");
    status = make_marks(&d);
    if (status == REC_OK)
        status = mark_all_last(&d, n);
    return finish_division(&d, status, train, test);
}

static int64_t fold_start(int64_t count, int32_t fold, int32_t folds)
{
    return count / folds * fold + (fold < count % folds ? fold : count % folds);
}

static rec_status mark_fold(struct division *d, int32_t folds, int32_t fold)
{
    int64_t count = d->ratings->count;
    int64_t *order = rec__allocate(count, sizeof *order);
    if (order == NULL)
        return REC_ERR_NO_MEMORY;
    rec__shuffle(d->seed, stream_of(BY_FOLD), order, count);
    for (int64_t i = fold_start(count, fold, folds); i < fold_start(count, fold + 1, folds); i++)
        mark_test(d, order[i]);
    rec__release(order);
    return REC_OK;
}

rec_status rec_split_fold(const rec_ratings *ratings, int32_t folds, int32_t fold, uint64_t seed,
                          rec_ratings **train, rec_ratings **test)
{
    struct division d = {.seed = seed};
    rec_status status = begin_division(&d, ratings, train, test);
    if (status != REC_OK)
        return status;
    if (folds < 2)
        return rec__fail(REC_ERR_INVALID, "folds is %d; at least 2 was expected", folds);
    if (fold < 0 || fold >= folds)
        return rec__fail(REC_ERR_INVALID, "fold is %d; 0 to %d was expected", fold, folds - 1);
    status = make_marks(&d);
    if (status == REC_OK)
        status = mark_fold(&d, folds, fold);
    return finish_division(&d, status, train, test);
}

/* The slice's first time. times is reordered. */
static int64_t slice_start(int64_t *times, int64_t count, int32_t slice, int32_t slices)
{
    return find_nth_latest(times, count, count - fold_start(count, slice, slices));
}

static rec_status mark_slice(struct division *d, int32_t folds, int32_t fold)
{
    const rec_ratings *r = d->ratings;
    int64_t *times = rec__allocate(r->count, sizeof *times);
    d->left = rec__allocate_zeroed((r->count + 63) / 64, sizeof *d->left);
    if (times == NULL || d->left == NULL) {
        rec__release(times);
        return REC_ERR_NO_MEMORY;
    }
    memcpy(times, r->user_times, (size_t)r->count * sizeof *times);
    bool last = fold + 1 == folds;
    int64_t start = slice_start(times, r->count, fold + 1, folds + 1);
    int64_t end = last ? 0 : slice_start(times, r->count, fold + 2, folds + 1);
    rec__release(times);
    for (int64_t i = 0; i < r->count; i++) {
        bool after = !last && r->user_times[i] >= end;
        d->left[i / 64] |= (uint64_t)after << (i % 64);
        d->n_left += after;
        if (!after && r->user_times[i] >= start)
            mark_test(d, i);
    }
    if (d->n_test > 0 && d->n_test + d->n_left < r->count)
        return REC_OK;
    return rec__fail(REC_ERR_EMPTY,
                     "fold %d of %d by time has no ratings to %s, for want of different times; fewer folds "
                     "were expected",
                     fold + 1, folds, d->n_test == 0 ? "test on" : "learn from");
}

rec_status rec_split_time(const rec_ratings *ratings, int32_t folds, int32_t fold, rec_ratings **train,
                          rec_ratings **test)
{
    struct division d = {0};
    rec_status status = begin_division(&d, ratings, train, test);
    if (status != REC_OK)
        return status;
    if (folds < 1 || folds == INT32_MAX)
        return rec__fail(REC_ERR_INVALID, "folds is %d; 1 to %d was expected", folds, INT32_MAX - 1);
    if (fold < 0 || fold >= folds)
        return rec__fail(REC_ERR_INVALID, "fold is %d; 0 to %d was expected", fold, folds - 1);
    if (ratings->user_times == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED, "the ratings have no times; rec_split_time divides by time");
    if (ratings->count <= folds)
        return rec__fail(REC_ERR_EMPTY,
                         "folds is %d, of %lld ratings; fewer folds than ratings were expected", folds,
                         (long long)ratings->count);
    status = make_marks(&d);
    if (status == REC_OK)
        status = mark_slice(&d, folds, fold);
    return finish_division(&d, status, train, test);
}
