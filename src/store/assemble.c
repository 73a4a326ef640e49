/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From events to a store. Events are scattered to their users by a stable counting sort, each user's are
 * sorted by item and repeated ones combined, and the by-item order is made from that (by_item.c). No step
 * depends on how the work was shared, so any number of threads gives the same store.
 *
 * Everything is allocated before the first event is released: a failure leaves the runs whole. The pages of
 * a block count only once they are written, so at most runs and scattered events are in memory together; the
 * block of scattered events becomes the by-item arrays.
 */
#include "store/assemble.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

enum { TASKS_A_THREAD = 16, LOOK_AHEAD = 16 };

struct work {
    struct rec__assembly *assembly;
    int32_t threads, groups, item_groups, sorters, n_users, n_items;
    int64_t count;
    bool timed;
    int64_t *run_start;   /* n_runs + 1: events before each run */
    atomic_int *run_left; /* groups that have yet to copy from each run */
    int64_t *counters;    /* groups x n_users; when events are scattered, the lengths of the users' rows */
    int64_t *item_counters;
    int64_t *pair_start; /* n_users + 1: rows of scattered events */
    uint64_t *pairs;
    int64_t *times;
    struct rec__sort_scratch *scratch; /* one a sorter */
    int64_t *user_start, *item_start;
    int32_t *user_items;
    float *user_ratings;
    rec_ratings *store;
};

/* Runs lie in the heap among what stays: without their pages they would go on taking memory. */
void rec__events_clear(struct rec__events *events)
{
    rec__release_pages(events->users);
    rec__release_pages(events->items);
    rec__release_pages(events->ratings);
    rec__release_pages(events->times);
    *events = (struct rec__events){0};
}

/* A group has an equal share of the events, whatever runs they lie in; a piece is what it has of one run. */
struct piece {
    int64_t run, from, to;
};

static int64_t share(int64_t count, int64_t part, int64_t parts)
{
    return count / parts * part + count % parts * part / parts;
}

/* The piece after p->run, the first one when that is -1. */
static bool next_piece(const struct work *w, int64_t group, struct piece *p)
{
    int64_t from = share(w->count, group, w->groups), to = share(w->count, group + 1, w->groups);
    while (++p->run < w->assembly->n_runs) {
        int64_t start = w->run_start[p->run], end = w->run_start[p->run + 1];
        if (start >= to)
            return false;
        p->from = (from > start ? from : start) - start;
        p->to = (to < end ? to : end) - start;
        if (p->from < p->to)
            return true;
    }
    return false;
}

static rec_status measure(struct work *w)
{
    const struct rec__assembly *a = w->assembly;
    w->run_start = rec__allocate(a->n_runs + 1, sizeof *w->run_start);
    w->run_left = rec__allocate_zeroed(a->n_runs, sizeof *w->run_left);
    if (w->run_start == NULL || w->run_left == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t run = 0; run < a->n_runs; run++) {
        w->run_start[run] = w->count;
        w->count += a->runs[run].count;
        w->timed = w->timed || a->runs[run].times != NULL;
    }
    w->run_start[a->n_runs] = w->count;
    w->n_users = rec_ids_count(a->users);
    w->n_items = rec_ids_count(a->items);
    w->threads = rec__threads(a->threads);
    w->groups = rec__count_groups(w->threads, w->count, w->n_users);
    w->item_groups = rec__count_groups(w->threads, w->count, w->n_items);
    return REC_OK;
}

static void expect_groups(struct work *w)
{
    for (int32_t g = 0; g < w->groups; g++)
        for (struct piece p = {.run = -1}; next_piece(w, g, &p);)
            atomic_fetch_add(&w->run_left[p.run], 1);
}

/* Users get their final rows here, in place, so that scattering need not look them up again. */
static rec_status count_users(void *context, int64_t group, int32_t worker)
{
    (void)worker;
    const struct work *w = context;
    int64_t *counters = w->counters + group * w->n_users;
    memset(counters, 0, (size_t)w->n_users * sizeof *counters);
    for (struct piece p = {.run = -1}; next_piece(w, group, &p);) {
        const struct rec__events *run = &w->assembly->runs[p.run];
        for (int64_t i = p.from; i < p.to; i++) {
            int32_t user = run->user_map != NULL ? run->user_map[run->users[i]] : run->users[i];
            run->users[i] = user;
            counters[user]++;
        }
    }
    return REC_OK;
}

static rec_status count_events(struct work *w)
{
    w->counters = rec__allocate((int64_t)w->groups * w->n_users, sizeof *w->counters);
    w->pair_start = rec__allocate((int64_t)w->n_users + 1, sizeof *w->pair_start);
    if (w->counters == NULL || w->pair_start == NULL)
        return REC_ERR_NO_MEMORY;
    (void)rec__parallel(w->threads, w->groups, count_users, w);
    for (int64_t run = 0; run < w->assembly->n_runs; run++)
        w->assembly->runs[run].user_map = NULL;
    rec__counters_to_starts(w->counters, w->groups, w->n_users, w->pair_start);
    return REC_OK;
}

/* As many sorters as can each have room for the longest row within the room that all ratings take. */
static rec_status allocate_scratch(struct work *w)
{
    int64_t longest = 1;
    for (int32_t user = 0; user < w->n_users; user++) {
        int64_t length = w->pair_start[user + 1] - w->pair_start[user];
        longest = length > longest ? length : longest;
    }
    w->sorters = w->count / longest < w->threads ? (int32_t)(w->count / longest) : w->threads;
    w->sorters = w->sorters < 1 ? 1 : w->sorters;
    w->scratch = rec__allocate_zeroed(w->sorters, sizeof *w->scratch);
    if (w->scratch == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t i = 0; i < w->sorters; i++) {
        w->scratch[i].pairs = rec__allocate(longest, sizeof *w->scratch->pairs);
        w->scratch[i].times = w->timed ? rec__allocate(longest, sizeof *w->scratch->times) : NULL;
        if (w->scratch[i].pairs == NULL || (w->timed && w->scratch[i].times == NULL))
            return REC_ERR_NO_MEMORY;
    }
    return REC_OK;
}

/* Room for the by-item arrays in the block of pairs: users, then, on a cache line of their own, ratings. */
static int64_t pad(int64_t count)
{
    return (count + 15) / 16 * 16;
}

static rec_status allocate_store(struct work *w)
{
    w->pairs = rec__allocate_large(pad(w->count), sizeof *w->pairs);
    w->times = w->timed ? rec__allocate_large(w->count, sizeof *w->times) : NULL;
    w->user_start = rec__allocate((int64_t)w->n_users + 1, sizeof *w->user_start);
    w->user_items = rec__allocate_large(w->count, sizeof *w->user_items);
    w->user_ratings = rec__allocate_large(w->count, sizeof *w->user_ratings);
    w->item_start = rec__allocate((int64_t)w->n_items + 1, sizeof *w->item_start);
    w->item_counters = rec__allocate((int64_t)w->item_groups * w->n_items, sizeof *w->item_counters);
    w->store = rec__allocate_zeroed(1, sizeof *w->store);
    bool missing = w->pairs == NULL || (w->timed && w->times == NULL) || w->user_start == NULL ||
                   w->user_items == NULL || w->user_ratings == NULL || w->item_start == NULL ||
                   w->item_counters == NULL || w->store == NULL;
    return missing ? REC_ERR_NO_MEMORY : REC_OK;
}

static void scatter_piece(const struct work *w, int64_t *counters, const struct rec__events *run,
                          const struct piece *p)
{
    for (int64_t i = p->from; i < p->to; i++) {
        if (i + LOOK_AHEAD < p->to)
            __builtin_prefetch(&w->pairs[counters[run->users[i + LOOK_AHEAD]]], 1);
        int32_t item = run->item_map != NULL ? run->item_map[run->items[i]] : run->items[i];
        float rating = run->ratings != NULL ? run->ratings[i] : 1.0f;
        w->pairs[counters[run->users[i]]++] = rec__pair_pack(item, rating);
    }
}

static void scatter_piece_times(const struct work *w, int64_t *counters, const struct rec__events *run,
                                const struct piece *p)
{
    for (int64_t i = p->from; i < p->to; i++)
        w->times[counters[run->users[i]]++] = run->times != NULL ? run->times[i] : REC_NO_TIME;
}

/* Releases a run once the last group has copied from it; of timed runs, users and times are needed again. */
static rec_status scatter_group(void *context, int64_t group, int32_t worker)
{
    (void)worker;
    const struct work *w = context;
    for (struct piece p = {.run = -1}; next_piece(w, group, &p);) {
        struct rec__events *run = &w->assembly->runs[p.run];
        scatter_piece(w, w->counters + group * w->n_users, run, &p);
        if (atomic_fetch_sub(&w->run_left[p.run], 1) > 1)
            continue;
        rec__release_pages(run->items);
        rec__release_pages(run->ratings);
        run->items = NULL;
        run->ratings = NULL;
        if (!w->timed)
            rec__events_clear(run);
    }
    return REC_OK;
}

static rec_status scatter_group_times(void *context, int64_t group, int32_t worker)
{
    (void)worker;
    const struct work *w = context;
    for (struct piece p = {.run = -1}; next_piece(w, group, &p);) {
        struct rec__events *run = &w->assembly->runs[p.run];
        scatter_piece_times(w, w->counters + group * w->n_users, run, &p);
        if (atomic_fetch_sub(&w->run_left[p.run], 1) == 1)
            rec__events_clear(run);
    }
    return REC_OK;
}

/* Each group's counters have moved to where the next group's began. */
static void rewind_counters(struct work *w)
{
    size_t bytes = (size_t)w->n_users * sizeof *w->counters;
    for (int32_t g = w->groups - 1; g > 0; g--)
        memcpy(w->counters + (int64_t)g * w->n_users, w->counters + (int64_t)(g - 1) * w->n_users, bytes);
    memcpy(w->counters, w->pair_start, bytes);
}

/* Times go after pairs rather than with them, so that the runs' pairs need not be in memory any more. */
static void scatter_events(struct work *w)
{
    expect_groups(w);
    (void)rec__parallel(w->threads, w->groups, scatter_group, w);
    if (w->timed) {
        rewind_counters(w);
        expect_groups(w);
        (void)rec__parallel(w->threads, w->groups, scatter_group_times, w);
    }
    for (int64_t run = 0; run < w->assembly->n_runs; run++)
        rec__events_clear(&w->assembly->runs[run]);
}

static rec_status fail_sum(const struct work *w, int32_t user, int32_t item)
{
    char user_text[64], item_text[64];
    rec_status status = rec_ids_text(w->assembly->users, user, user_text, sizeof user_text, NULL);
    if (status == REC_OK)
        status = rec_ids_text(w->assembly->items, item, item_text, sizeof item_text, NULL);
    return status != REC_OK
               ? status
               : rec__fail(REC_ERR_RANGE,
                           "the ratings of user %s and item %s add up to more than a float holds", user_text,
                           item_text);
}

static int item_bits(const struct work *w)
{
    return w->n_items > 1 ? 32 - __builtin_clz((uint32_t)w->n_items - 1) : 1;
}

static rec_status sort_rows(void *context, int64_t part, int32_t worker)
{
    const struct work *w = context;
    int64_t parts = (int64_t)w->sorters * TASKS_A_THREAD;
    int32_t end = rec__split_rows(w->pair_start, w->n_users, part + 1, parts);
    for (int32_t user = rec__split_rows(w->pair_start, w->n_users, part, parts); user < end; user++) {
        int64_t start = w->pair_start[user], n = w->pair_start[user + 1] - start;
        int64_t *times = w->timed ? w->times + start : NULL;
        rec__sort_row(w->pairs + start, times, n, item_bits(w), w->scratch[worker]);
        w->counters[user] = rec__combine_row(w->pairs + start, times, n, w->assembly->duplicates);
        if (w->counters[user] < 0)
            return fail_sum(w, user, rec__pair_item(w->pairs[start]));
    }
    return REC_OK;
}

static rec_status unpack_rows(void *context, int64_t part, int32_t worker)
{
    (void)worker;
    const struct work *w = context;
    int64_t parts = (int64_t)w->threads * TASKS_A_THREAD;
    int32_t end = rec__split_rows(w->user_start, w->n_users, part + 1, parts);
    for (int32_t user = rec__split_rows(w->user_start, w->n_users, part, parts); user < end; user++) {
        const uint64_t *pair = w->pairs + w->pair_start[user];
        for (int64_t i = w->user_start[user]; i < w->user_start[user + 1]; i++, pair++) {
            w->user_items[i] = rec__pair_item(*pair);
            w->user_ratings[i] = rec__pair_rating(*pair);
        }
    }
    return REC_OK;
}

/* Rows move towards the front only, so in order they may be moved in place. */
static void close_time_gaps(const struct work *w)
{
    for (int32_t user = 0; user < w->n_users; user++)
        memmove(w->times + w->user_start[user], w->times + w->pair_start[user],
                (size_t)(w->user_start[user + 1] - w->user_start[user]) * sizeof *w->times);
}

/* Arrays much larger than what is left after combining are moved to smaller ones; if that cannot be, they
 * stay. */
static void *fit(void *block, int64_t room, int64_t count, size_t size)
{
    void *smaller = count < room - room / 8 ? rec__reallocate(block, count, size) : NULL;
    return smaller != NULL ? smaller : block;
}

static void make_by_user(struct work *w)
{
    /* With one group, a counter's place is its row: what is left of each row becomes where it starts. */
    rec__counters_to_starts(w->counters, 1, w->n_users, w->user_start);
    int64_t left = w->user_start[w->n_users];
    (void)rec__parallel(w->threads, (int64_t)w->threads * TASKS_A_THREAD, unpack_rows, w);
    w->user_items = fit(w->user_items, w->count, left, sizeof *w->user_items);
    w->user_ratings = fit(w->user_ratings, w->count, left, sizeof *w->user_ratings);
    w->pairs = fit(w->pairs, pad(w->count), pad(left), sizeof *w->pairs);
    if (w->timed) {
        if (left < w->count)
            close_time_gaps(w);
        w->times = fit(w->times, w->count, left, sizeof *w->times);
    }
    w->count = left;
}

/* Gives all that the store keeps to it, so that release_work leaves it. */
static rec_ratings *make_store(struct work *w)
{
    rec_ratings *store = w->store;
    *store = (rec_ratings){.n_users = w->n_users,
                           .n_items = w->n_items,
                           .count = w->count,
                           .user_start = w->user_start,
                           .user_items = w->user_items,
                           .user_ratings = w->user_ratings,
                           .user_times = w->times,
                           .users = rec_ids_retain(w->assembly->users),
                           .items = rec_ids_retain(w->assembly->items),
                           .blocks = {w->user_start, w->user_items, w->user_ratings, w->times, NULL, NULL,
                                      w->pairs, w->item_start}};
    atomic_init(&store->references, 1);
    struct rec__by_item room = {.item_start = w->item_start,
                                .counters = w->item_counters,
                                .item_users = (int32_t *)(void *)w->pairs,
                                .item_ratings = (float *)(void *)w->pairs + pad(w->count),
                                .groups = w->item_groups,
                                .threads = w->threads};
    rec__by_item_fill(store, &room);
    w->store = NULL;
    w->user_start = w->item_start = w->times = NULL;
    w->user_items = NULL;
    w->user_ratings = NULL;
    w->pairs = NULL;
    return store;
}

static void release_work(struct work *w)
{
    for (int32_t i = 0; w->scratch != NULL && i < w->sorters; i++) {
        rec__release(w->scratch[i].pairs);
        rec__release(w->scratch[i].times);
    }
    void *blocks[] = {w->run_start,  w->run_left,     w->counters, w->item_counters, w->pair_start,
                      w->pairs,      w->times,        w->scratch,  w->user_start,    w->item_start,
                      w->user_items, w->user_ratings, w->store};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        rec__release(blocks[i]);
}

rec_status rec__ratings_assemble(rec_ratings **out, struct rec__assembly *assembly)
{
    struct work w = {.assembly = assembly};
    *out = NULL;
    rec_status status = measure(&w);
    if (status == REC_OK)
        status = count_events(&w);
    if (status == REC_OK)
        status = allocate_scratch(&w);
    if (status == REC_OK)
        status = allocate_store(&w);
    if (status == REC_OK) {
        scatter_events(&w);
        status = rec__parallel(w.sorters, (int64_t)w.sorters * TASKS_A_THREAD, sort_rows, &w);
    }
    if (status == REC_OK) {
        make_by_user(&w);
        *out = make_store(&w);
    }
    release_work(&w);
    return status;
}
