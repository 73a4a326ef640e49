/* SPDX-License-Identifier: Apache-2.0 */
/* Stores in container files, alone or within a model's. */
#include "base/memory.h"
#include "base/status.h"
#include "store/pack.h"
#include "store/ratings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static rec_status pack_numbers(const rec_ratings *ratings, struct rec__pack *pack, const char *prefix)
{
    rec_status status = rec__pack_count(pack, prefix, "count", ratings->count);
    if (status == REC_OK)
        status = rec__pack_real(pack, prefix, "mean", ratings->mean);
    if (status == REC_OK)
        status = rec__pack_real(pack, prefix, "least", (double)ratings->least);
    if (status == REC_OK)
        status = rec__pack_real(pack, prefix, "greatest", (double)ratings->greatest);
    return status;
}

rec_status rec__ratings_pack(const rec_ratings *ratings, struct rec__pack *pack, const char *prefix)
{
    int64_t n = ratings->count;
    rec_status status = pack_numbers(ratings, pack, prefix);
    if (status == REC_OK)
        status = rec__pack_vector(pack, prefix, "user_start", REC_I64, ratings->user_start,
                                  (int64_t)ratings->n_users + 1);
    if (status == REC_OK)
        status = rec__pack_vector(pack, prefix, "user_items", REC_I32, ratings->user_items, n);
    if (status == REC_OK)
        status = rec__pack_vector(pack, prefix, "user_ratings", REC_F32, ratings->user_ratings, n);
    if (status == REC_OK && ratings->user_times != NULL)
        status = rec__pack_vector(pack, prefix, "user_times", REC_I64, ratings->user_times, n);
    if (status == REC_OK)
        status = rec__pack_vector(pack, prefix, "item_start", REC_I64, ratings->item_start,
                                  (int64_t)ratings->n_items + 1);
    if (status == REC_OK)
        status = rec__pack_vector(pack, prefix, "item_users", REC_I32, ratings->item_users, n);
    if (status == REC_OK)
        status = rec__pack_vector(pack, prefix, "item_ratings", REC_F32, ratings->item_ratings, n);
    return status;
}

/* What is being unpacked, and from where. */
struct unpacking {
    rec_ratings *ratings;
    struct rec__container *container;
    const char *prefix;
};

static rec_status read_finite(const struct unpacking *u, const char *key, double *value)
{
    rec_status status = rec__container_number(u->container, u->prefix, key, value);
    if (status == REC_OK && !isfinite(*value))
        status = rec__fail(REC_ERR_CORRUPT, "%s: %s.%s is %g; a finite number was expected",
                           rec__container_path(u->container), u->prefix, key, *value);
    return status;
}

static rec_status read_numbers(const struct unpacking *u)
{
    double least = 0.0, greatest = 0.0;
    rec_status status =
        rec__container_integer(u->container, u->prefix, "count", 0, INT64_MAX, &u->ratings->count);
    if (status == REC_OK)
        status = read_finite(u, "mean", &u->ratings->mean);
    if (status == REC_OK)
        status = read_finite(u, "least", &least);
    if (status == REC_OK)
        status = read_finite(u, "greatest", &greatest);
    u->ratings->least = (float)least;
    u->ratings->greatest = (float)greatest;
    return status;
}

/* The ends alone: the rest is looked at by rec__ratings_check, and row by row when it is used. */
static rec_status take_starts(const struct unpacking *u, const char *name, int64_t n, const int64_t **start)
{
    rec_array array = REC_ARRAY_INIT;
    rec_status status = rec__take_vector(&array, u->container, u->prefix, name, REC_I64, n + 1);
    if (status != REC_OK)
        return status;
    *start = array.data;
    if ((*start)[0] != 0 || (*start)[n] != u->ratings->count)
        return rec__fail(REC_ERR_CORRUPT, "%s: %s.%s runs from %lld to %lld; 0 to %lld was expected",
                         rec__container_path(u->container), u->prefix, name, (long long)(*start)[0],
                         (long long)(*start)[n], (long long)u->ratings->count);
    return REC_OK;
}

static rec_status take_entries(const struct unpacking *u, const char *name, rec_dtype type, const void **data)
{
    rec_array array = REC_ARRAY_INIT;
    rec_status status = rec__take_vector(&array, u->container, u->prefix, name, type, u->ratings->count);
    *data = array.data;
    return status;
}

static rec_status take_times(const struct unpacking *u)
{
    char name[96];
    snprintf(name, sizeof name, "%s.user_times", u->prefix);
    if (rec__container_find(u->container, name) == NULL)
        return REC_OK;
    return take_entries(u, "user_times", REC_I64, (const void **)(void *)&u->ratings->user_times);
}

static rec_status take_arrays(const struct unpacking *u)
{
    rec_ratings *r = u->ratings;
    rec_status status = take_starts(u, "user_start", r->n_users, &r->user_start);
    if (status == REC_OK)
        status = take_starts(u, "item_start", r->n_items, &r->item_start);
    if (status == REC_OK)
        status = take_entries(u, "user_items", REC_I32, (const void **)(void *)&r->user_items);
    if (status == REC_OK)
        status = take_entries(u, "user_ratings", REC_F32, (const void **)(void *)&r->user_ratings);
    if (status == REC_OK)
        status = take_entries(u, "item_users", REC_I32, (const void **)(void *)&r->item_users);
    if (status == REC_OK)
        status = take_entries(u, "item_ratings", REC_F32, (const void **)(void *)&r->item_ratings);
    return status == REC_OK ? take_times(u) : status;
}

rec_status rec__ratings_unpack(rec_ratings **out, struct rec__container *container, const char *prefix,
                               const rec_ids *users, const rec_ids *items)
{
    *out = NULL;
    rec_ratings *ratings = rec__ratings_create(users, items);
    if (ratings == NULL)
        return REC_ERR_NO_MEMORY;
    ratings->container = rec__container_retain(container);
    struct unpacking u = {ratings, container, prefix};
    rec_status status = read_numbers(&u);
    if (status == REC_OK)
        status = take_arrays(&u);
    if (status != REC_OK) {
        rec_ratings_free(ratings);
        return status;
    }
    *out = ratings;
    return REC_OK;
}

/* Users in order meet each item's raters in order: each must be next in the by-item arrays. */
static rec_status check_orders(const rec_ratings *r, int64_t *next, const char *prefix)
{
    memcpy(next, r->item_start, (size_t)r->n_items * sizeof *next);
    for (int32_t user = 0; user < r->n_users; user++)
        for (int64_t i = r->user_start[user]; i < r->user_start[user + 1]; i++) {
            int32_t item = r->user_items[i];
            int64_t at = next[item]++;
            bool same = at < r->item_start[item + 1] && r->item_users[at] == user &&
                        r->item_ratings[at] == r->user_ratings[i];
            if (!same)
                return rec__fail(REC_ERR_CORRUPT,
                                 "%s.item_users and %s.item_ratings lack the rating of item %d by user %d",
                                 prefix, prefix, item, user);
        }
    return REC_OK;
}

static rec_status check_rows(const rec_ratings *ratings, const char *prefix)
{
    rec_status status = REC_OK;
    for (int32_t user = 0; status == REC_OK && user < ratings->n_users; user++) {
        rec_row row;
        status = rec__ratings_sound_row(ratings, user, &row);
        for (int64_t i = 0; status == REC_OK && i < row.n; i++)
            if (row.ratings[i] < ratings->least || row.ratings[i] > ratings->greatest)
                return rec__fail(REC_ERR_CORRUPT, "%s.user_ratings: user %d has %g; %g to %g was expected",
                                 prefix, user, (double)row.ratings[i], (double)ratings->least,
                                 (double)ratings->greatest);
    }
    return status == REC_OK ? status : rec__fail_within(status, "%s: ", prefix);
}

rec_status rec__ratings_check(const rec_ratings *ratings, const char *prefix)
{
    rec_status status =
        rec__check_starts(ratings->user_start, ratings->n_users, ratings->count, prefix, "user_start");
    if (status == REC_OK)
        status =
            rec__check_starts(ratings->item_start, ratings->n_items, ratings->count, prefix, "item_start");
    if (status == REC_OK)
        status = check_rows(ratings, prefix);
    if (status != REC_OK)
        return status;
    int64_t *next = rec__allocate(ratings->n_items, sizeof *next);
    if (next == NULL)
        return REC_ERR_NO_MEMORY;
    status = check_orders(ratings, next, prefix);
    rec__release(next);
    return status;
}

rec_status rec_ratings_save(const rec_ratings *ratings, const char *path)
{
    if (ratings == NULL || path == NULL)
        return rec__fail_null(ratings == NULL ? "ratings" : "path");
    struct rec__pack *pack = NULL;
    rec_status status = rec__pack_create(&pack, "ratings");
    if (status == REC_OK)
        status = rec__ids_pack(ratings->users, pack, "users");
    if (status == REC_OK)
        status = rec__ids_pack(ratings->items, pack, "items");
    if (status == REC_OK)
        status = rec__ratings_pack(ratings, pack, "ratings");
    if (status == REC_OK)
        status = rec__pack_write(pack, path);
    rec__pack_free(pack);
    return status;
}

rec_status rec_ratings_open(rec_ratings **out, const char *path)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (path == NULL)
        return rec__fail_null("path");
    rec_ids *users = NULL, *items = NULL;
    struct rec__container *container = NULL;
    rec_status status = rec__open_kind(&container, path, "ratings");
    if (status == REC_OK)
        status = rec__ids_unpack(&users, container, "users");
    if (status == REC_OK)
        status = rec__ids_unpack(&items, container, "items");
    if (status == REC_OK)
        status = rec__ratings_unpack(out, container, "ratings", users, items);
    rec_ids_free(users);
    rec_ids_free(items);
    rec__container_free(container);
    return status;
}
