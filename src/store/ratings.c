/* SPDX-License-Identifier: Apache-2.0 */
/* The rating store: ownership and reading. It is made in assemble.c and ratings_csr.c. */
#include "store/ratings.h"
#include "base/memory.h"
#include "base/status.h"

#include <math.h>

enum { BLOCKS = sizeof((rec_ratings *)0)->blocks / sizeof *((rec_ratings *)0)->blocks };

rec_ratings *rec__ratings_create(const rec_ids *users, const rec_ids *items)
{
    rec_ratings *ratings = rec__allocate_zeroed(1, sizeof *ratings);
    if (ratings == NULL)
        return NULL;
    atomic_init(&ratings->references, 1);
    ratings->users = rec_ids_retain(users);
    ratings->items = rec_ids_retain(items);
    ratings->n_users = rec_ids_count(users);
    ratings->n_items = rec_ids_count(items);
    return ratings;
}

rec_ratings *rec_ratings_retain(const rec_ratings *ratings)
{
    rec_ratings *shared = (rec_ratings *)ratings;
    atomic_fetch_add(&shared->references, 1);
    return shared;
}

void rec_ratings_free(rec_ratings *ratings)
{
    if (ratings == NULL || atomic_fetch_sub(&ratings->references, 1) > 1)
        return;
    for (int i = 0; i < BLOCKS; i++)
        rec__release(ratings->blocks[i]);
    rec_ids_free(ratings->users);
    rec_ids_free(ratings->items);
    rec__container_free(ratings->container);
    rec_ratings_free(ratings->base);
    rec__release(ratings);
}

int32_t rec_ratings_users(const rec_ratings *ratings)
{
    return ratings->n_users;
}

int32_t rec_ratings_items(const rec_ratings *ratings)
{
    return ratings->n_items;
}

int64_t rec_ratings_count(const rec_ratings *ratings)
{
    return ratings->count;
}

double rec_ratings_mean(const rec_ratings *ratings)
{
    return ratings->mean;
}

void rec_ratings_range(const rec_ratings *ratings, float *least, float *greatest)
{
    if (least != NULL)
        *least = ratings->least;
    if (greatest != NULL)
        *greatest = ratings->greatest;
}

int rec_ratings_timed(const rec_ratings *ratings)
{
    return ratings->user_times != NULL;
}

const rec_ids *rec_ratings_user_ids(const rec_ratings *ratings)
{
    return ratings->users;
}

const rec_ids *rec_ratings_item_ids(const rec_ratings *ratings)
{
    return ratings->items;
}

/* Offsets may come from a damaged file: opening one does not look at them. */
static rec_status check_row(const rec_ratings *ratings, const int64_t *start, const char *what, int32_t row)
{
    int64_t from = start[row], to = start[row + 1];
    if (from >= 0 && from <= to && to <= ratings->count)
        return REC_OK;
    return rec__fail(REC_ERR_CORRUPT, "%s %d has ratings %lld to %lld of %lld: the store is damaged", what,
                     row, (long long)from, (long long)to, (long long)ratings->count);
}

static rec_status check_arguments(const rec_ratings *ratings, const rec_row *row)
{
    return ratings == NULL || row == NULL ? rec__fail_null(ratings == NULL ? "ratings" : "row") : REC_OK;
}

rec_status rec_ratings_user(const rec_ratings *ratings, int32_t user, rec_row *row)
{
    rec_status status = check_arguments(ratings, row);
    if (status != REC_OK)
        return status;
    if (user < 0 || user >= ratings->n_users)
        return rec__fail(REC_ERR_RANGE, "user is %d; 0 to %d was expected", user, ratings->n_users - 1);
    status = check_row(ratings, ratings->user_start, "user", user);
    if (status != REC_OK)
        return status;
    int64_t from = ratings->user_start[user];
    *row = (rec_row){.others = ratings->user_items + from,
                     .ratings = ratings->user_ratings + from,
                     .times = ratings->user_times == NULL ? NULL : ratings->user_times + from,
                     .n = ratings->user_start[user + 1] - from};
    return REC_OK;
}

rec_status rec_ratings_item(const rec_ratings *ratings, int32_t item, rec_row *row)
{
    rec_status status = check_arguments(ratings, row);
    if (status != REC_OK)
        return status;
    if (item < 0 || item >= ratings->n_items)
        return rec__fail(REC_ERR_RANGE, "item is %d; 0 to %d was expected", item, ratings->n_items - 1);
    status = check_row(ratings, ratings->item_start, "item", item);
    if (status != REC_OK)
        return status;
    int64_t from = ratings->item_start[item];
    *row = (rec_row){.others = ratings->item_users + from,
                     .ratings = ratings->item_ratings + from,
                     .n = ratings->item_start[item + 1] - from};
    return REC_OK;
}

rec_status rec__ratings_sound_row(const rec_ratings *ratings, int32_t user, rec_row *row)
{
    rec_status status = rec_ratings_user(ratings, user, row);
    for (int64_t i = 0; status == REC_OK && i < row->n; i++) {
        int32_t item = row->others[i], before = i == 0 ? -1 : row->others[i - 1];
        if (item <= before || item >= ratings->n_items)
            status = rec__fail(REC_ERR_CORRUPT, "user %d has item %d after item %d: the store is damaged",
                               user, item, before);
        else if (!isfinite(row->ratings[i]))
            status = rec__fail(REC_ERR_CORRUPT, "user %d has rating %g: the store is damaged", user,
                               (double)row->ratings[i]);
    }
    return status;
}

int64_t rec__ratings_find(const rec_ratings *ratings, int32_t user, int32_t item)
{
    int64_t low = ratings->user_start[user], high = ratings->user_start[user + 1];
    if (low < 0 || high > ratings->count)
        return -1;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (ratings->user_items[middle] == item)
            return middle;
        if (ratings->user_items[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}
