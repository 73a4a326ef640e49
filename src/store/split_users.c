/* SPDX-License-Identifier: Apache-2.0 */
/* Holding users out, a part of each one's history to be folded in: three parts, where split.c makes two. */
#include <librec/split.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/status.h"
#include "store/ratings.h"

#include <math.h>
#include <string.h>

/* Kinds of split, after those of split.c. */
enum { BY_HELD = 4, BY_HISTORY = 5 };

enum part { TRAIN, HISTORIES, TEST, PARTS };

struct division {
    const rec_ratings *ratings;
    uint8_t *part; /* of each rating */
    int64_t counts[PARTS];
};

struct side {
    const struct division *division;
    enum part part;
};

static bool on_side(const void *context, int32_t user, int64_t position)
{
    const struct side *side = context;
    (void)user;
    return side->division->part[position] == side->part;
}

/* Selection sampling (Fan, Muller and Rezucha, J. ACM 1962): each set of `wanted` of the row is as likely. */
static void divide_row(struct division *d, int64_t from, int64_t to, double fraction, uint64_t seed)
{
    int64_t n = to - from, wanted = (int64_t)round(fraction * (double)n);
    wanted = wanted < 1 ? 1 : wanted > n - 1 ? n - 1 : wanted;
    for (int64_t i = from; i < to; i++) {
        double u = rec__uniform(seed, REC_STREAM_SPLIT | BY_HISTORY << 8, (uint64_t)i);
        bool test = u * (double)(to - i) < (double)wanted;
        wanted -= test;
        d->part[i] = test ? TEST : HISTORIES;
        d->counts[d->part[i]]++;
    }
}

/* The users with two ratings or more. */
static int32_t list_divisible(const rec_ratings *ratings, int32_t *users)
{
    int32_t n = 0;
    for (int32_t u = 0; u < ratings->n_users; u++)
        if (rec__user_count(ratings, u) > 1)
            users[n++] = u;
    return n;
}

static rec_status hold_out(struct division *d, int32_t users, double fraction, uint64_t seed)
{
    const rec_ratings *r = d->ratings;
    int32_t *divisible = rec__allocate(r->n_users, sizeof *divisible), n = 0;
    int64_t *order = rec__allocate(r->n_users, sizeof *order);
    rec_status status = divisible == NULL || order == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    if (status == REC_OK)
        n = list_divisible(r, divisible);
    if (status == REC_OK && n < users)
        status = rec__fail(REC_ERR_EMPTY,
                           "users is %d, and %d have two ratings or more; as many were expected", users, n);
    if (status == REC_OK)
        rec__shuffle(seed, REC_STREAM_SPLIT | BY_HELD << 8, order, n);
    for (int32_t held = 0; status == REC_OK && held < users; held++) {
        int32_t user = divisible[order[held]];
        divide_row(d, r->user_start[user], r->user_start[user + 1], fraction, seed);
    }
    d->counts[TRAIN] = r->count - d->counts[HISTORIES] - d->counts[TEST];
    if (status == REC_OK && d->counts[TRAIN] == 0)
        status = rec__fail(REC_ERR_EMPTY,
                           "users is %d, all who have ratings; some were expected to be left to learn from",
                           users);
    rec__release(divisible);
    rec__release(order);
    return status;
}

static rec_status make_parts(const struct division *d, rec_ratings **parts[PARTS])
{
    rec_status status = REC_OK;
    for (int p = 0; status == REC_OK && p < PARTS; p++) {
        struct side side = {d, (enum part)p};
        struct rec__selection selection = {on_side, &side, d->counts[p]};
        status = rec__ratings_select(parts[p], d->ratings, &selection);
    }
    return status;
}

static rec_status check_arguments(const rec_ratings *ratings, int32_t users, double fraction)
{
    if (ratings == NULL)
        return rec__fail_null("ratings");
    if (users < 1)
        return rec__fail(REC_ERR_INVALID, "users is %d; at least 1 was expected", users);
    if (!(fraction > 0 && fraction < 1))
        return rec__fail(REC_ERR_INVALID, "fraction is %g; more than 0 and less than 1 was expected",
                         fraction);
    rec_row row;
    rec_status status = REC_OK;
    for (int32_t u = 0; status == REC_OK && u < ratings->n_users; u++)
        status = rec__ratings_sound_row(ratings, u, &row);
    return status;
}

rec_status rec_split_users(const rec_ratings *ratings, int32_t users, double fraction, uint64_t seed,
                           rec_ratings **train, rec_ratings **histories, rec_ratings **test)
{
    rec_ratings **parts[PARTS] = {train, histories, test};
    static const char *const names[PARTS] = {"train", "histories", "test"};
    for (int p = 0; p < PARTS; p++) {
        if (parts[p] == NULL)
            return rec__fail_null(names[p]);
        *parts[p] = NULL;
    }
    rec_status status = check_arguments(ratings, users, fraction);
    if (status != REC_OK)
        return status;
    struct division d = {.ratings = ratings, .part = rec__allocate_zeroed(ratings->count, 1)};
    status = d.part == NULL ? REC_ERR_NO_MEMORY : hold_out(&d, users, fraction, seed);
    if (status == REC_OK)
        status = make_parts(&d, parts);
    for (int p = 0; status != REC_OK && p < PARTS; p++) {
        rec_ratings_free(*parts[p]);
        *parts[p] = NULL;
    }
    rec__release(d.part);
    return status;
}
