/* SPDX-License-Identifier: Apache-2.0 */
/* The by-item order of a store, from its by-user order, and what is summed over all ratings. */
#include "base/memory.h"
#include "base/threads.h"
#include "store/assemble.h"

#include <math.h>

/* Parts of the sum of all ratings: a fixed number, so that any number of threads adds in the same order. */
enum { SUM_PARTS = 64 };

int32_t rec__count_groups(int32_t threads, int64_t count, int64_t n)
{
    /* An eighth of the 16 bytes that a rating takes, or a little when that is less. */
    int64_t bytes = count * 2 > 1 << 24 ? count * 2 : 1 << 24;
    int64_t most = bytes / (int64_t)sizeof(int64_t) / (n + 1);
    return most < 1 ? 1 : most < threads ? (int32_t)most : threads;
}

void rec__counters_to_starts(int64_t *counters, int32_t groups, int64_t n, int64_t *start)
{
    int64_t sum = 0;
    for (int64_t row = 0; row < n; row++) {
        start[row] = sum;
        for (int32_t g = 0; g < groups; g++) {
            int64_t count = counters[g * n + row];
            counters[g * n + row] = sum;
            sum += count;
        }
    }
    start[n] = sum;
}

int32_t rec__split_rows(const int64_t *start, int32_t n_rows, int64_t part, int64_t parts)
{
    if (part >= parts)
        return n_rows;
    /* In double, as count * part may not fit; any cut will do as long as it rises with part. */
    int64_t wanted = (int64_t)((double)start[n_rows] * (double)part / (double)parts);
    int32_t low = 0, high = n_rows;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (start[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct transposition {
    const rec_ratings *ratings;
    const struct rec__by_item *room;
};

static rec_status count_group(void *context, int64_t group, int32_t worker)
{
    (void)worker;
    const struct transposition *t = context;
    const rec_ratings *r = t->ratings;
    int64_t *counters = t->room->counters + group * r->n_items;
    int64_t from = r->user_start[rec__split_rows(r->user_start, r->n_users, group, t->room->groups)];
    int64_t to = r->user_start[rec__split_rows(r->user_start, r->n_users, group + 1, t->room->groups)];
    memset(counters, 0, (size_t)r->n_items * sizeof *counters);
    for (int64_t i = from; i < to; i++)
        counters[r->user_items[i]]++;
    return REC_OK;
}

static rec_status scatter_group(void *context, int64_t group, int32_t worker)
{
    (void)worker;
    const struct transposition *t = context;
    const rec_ratings *r = t->ratings;
    int64_t *counters = t->room->counters + group * r->n_items;
    int32_t from = rec__split_rows(r->user_start, r->n_users, group, t->room->groups);
    int32_t to = rec__split_rows(r->user_start, r->n_users, group + 1, t->room->groups);
    for (int32_t user = from; user < to; user++)
        for (int64_t i = r->user_start[user]; i < r->user_start[user + 1]; i++) {
            int64_t at = counters[r->user_items[i]]++;
            t->room->item_users[at] = user;
            t->room->item_ratings[at] = r->user_ratings[i];
        }
    return REC_OK;
}

struct part_sum {
    double sum;
    float least, greatest;
};

struct summary {
    const rec_ratings *ratings;
    struct part_sum parts[SUM_PARTS];
};

static rec_status sum_part(void *context, int64_t index, int32_t worker)
{
    (void)worker;
    struct summary *s = context;
    int64_t size = (s->ratings->count + SUM_PARTS - 1) / SUM_PARTS, from = index * size;
    int64_t to = from + size < s->ratings->count ? from + size : s->ratings->count;
    struct part_sum part = {.least = INFINITY, .greatest = -INFINITY};
    for (int64_t i = from; i < to; i++) {
        float rating = s->ratings->user_ratings[i];
        part.sum += (double)rating;
        part.least = rating < part.least ? rating : part.least;
        part.greatest = rating > part.greatest ? rating : part.greatest;
    }
    s->parts[index] = part;
    return REC_OK;
}

static void summarize(rec_ratings *r, int32_t threads)
{
    struct summary s = {.ratings = r};
    struct part_sum all = {.least = INFINITY, .greatest = -INFINITY};
    (void)rec__parallel(threads, SUM_PARTS, sum_part, &s);
    for (int i = 0; i < SUM_PARTS; i++) {
        all.sum += s.parts[i].sum;
        all.least = s.parts[i].least < all.least ? s.parts[i].least : all.least;
        all.greatest = s.parts[i].greatest > all.greatest ? s.parts[i].greatest : all.greatest;
    }
    r->mean = r->count > 0 ? all.sum / (double)r->count : 0;
    r->least = r->count > 0 ? all.least : 0;
    r->greatest = r->count > 0 ? all.greatest : 0;
}

void rec__by_item_fill(rec_ratings *ratings, const struct rec__by_item *room)
{
    struct transposition t = {ratings, room};
    (void)rec__parallel(room->threads, room->groups, count_group, &t);
    rec__counters_to_starts(room->counters, room->groups, ratings->n_items, room->item_start);
    (void)rec__parallel(room->threads, room->groups, scatter_group, &t);
    ratings->item_start = room->item_start;
    ratings->item_users = room->item_users;
    ratings->item_ratings = room->item_ratings;
    summarize(ratings, room->threads);
}

rec_status rec__ratings_complete(rec_ratings *ratings, int32_t threads)
{
    threads = rec__threads(threads);
    struct rec__by_item room = {.groups = rec__count_groups(threads, ratings->count, ratings->n_items),
                                .threads = threads};
    room.item_start = rec__allocate((int64_t)ratings->n_items + 1, sizeof *room.item_start);
    room.item_users = rec__allocate(ratings->count, sizeof *room.item_users);
    room.item_ratings = rec__allocate(ratings->count, sizeof *room.item_ratings);
    room.counters = rec__allocate((int64_t)room.groups * ratings->n_items, sizeof *room.counters);
    if (room.item_start == NULL || room.item_users == NULL || room.item_ratings == NULL ||
        room.counters == NULL) {
        rec__release(room.item_start);
        rec__release(room.item_users);
        rec__release(room.item_ratings);
        rec__release(room.counters);
        return REC_ERR_NO_MEMORY;
    }
    rec__by_item_fill(ratings, &room);
    rec__release(room.counters);
    ratings->blocks[7] = room.item_start;
    ratings->blocks[6] = room.item_users;
    ratings->blocks[5] = room.item_ratings;
    return REC_OK;
}
