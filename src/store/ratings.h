/* SPDX-License-Identifier: Apache-2.0 */
/* The rating store inside: the arrays, and how they are assembled from what readers and builders collected.
 */
#ifndef REC_STORE_RATINGS_H
#define REC_STORE_RATINGS_H

#include "store/ids.h"

#include <librec/ratings.h>

/* CSR by user, and the same ratings by item. Columns rise strictly within a row, so a pair is found by
 * bisection. */
struct rec_ratings {
    atomic_int references;
    int32_t n_users, n_items;
    int64_t count;
    const int64_t *user_start; /* n_users + 1 */
    const int32_t *user_items;
    const float *user_ratings;
    const int64_t *user_times; /* NULL: no rating has a time */
    const int64_t *item_start; /* n_items + 1 */
    const int32_t *item_users;
    const float *item_ratings;
    rec_ids *users, *items;
    double mean;
    float least, greatest;
    void *blocks[8];                  /* arrays that are ours to release; NULL where there is none */
    struct rec__container *container; /* owner of mapped arrays, or NULL */
    rec_ratings *base;                /* owner of arrays shared with another store, or NULL */
};

static inline int64_t rec__user_count(const rec_ratings *r, int32_t user)
{
    return r->user_start[user + 1] - r->user_start[user];
}

static inline int64_t rec__item_count(const rec_ratings *r, int32_t item)
{
    return r->item_start[item + 1] - r->item_start[item];
}

/** A store of no ratings yet, its ids retained and its sizes set by them; NULL when there is no memory. */
rec_ratings *rec__ratings_create(const rec_ids *users, const rec_ids *items);

/**
 * A user's row with its contents checked, for work that takes every rating to index other arrays: a mapped
 * store may be damaged. Errors: REC_ERR_CORRUPT.
 */
rec_status rec__ratings_sound_row(const rec_ratings *ratings, int32_t user, rec_row *row);

/** Position of a pair in the by-user arrays, or -1. */
int64_t rec__ratings_find(const rec_ratings *ratings, int32_t user, int32_t item);

/** A run of events in input order; rows are local to `map` until assembly. */
struct rec__events {
    int64_t count, capacity;
    int32_t *users, *items;
    float *ratings;                     /* NULL: all of this run are 1 */
    int64_t *times;                     /* NULL: none of this run has a time */
    const int32_t *user_map, *item_map; /* local row to final row, or NULL: rows are final */
};

/** What to assemble: runs in input order, ids by final row. */
struct rec__assembly {
    struct rec__events *runs; /* each run's arrays are released as soon as they have been copied */
    int64_t n_runs;
    rec_ids *users, *items; /* retained on success */
    rec_duplicates duplicates;
    int32_t threads;
};

/** Build both CSR orders in parallel by stable counting sorts. The one way a store comes to be. */
rec_status rec__ratings_assemble(rec_ratings **out, struct rec__assembly *assembly);
void rec__events_clear(struct rec__events *events);

/**
 * Build the missing by-item order, mean and range of a store whose by-user arrays and sizes are set. Its
 * arrays enter blocks[] from the back. threads as everywhere.
 */
rec_status rec__ratings_complete(rec_ratings *ratings, int32_t threads);

/** A store of the same ratings whose users and items are unions that begin with its own; shares all it can
 * with base. */
rec_status rec__ratings_extend(rec_ratings **out, const rec_ratings *base, const rec_ids *users,
                               const rec_ids *items);
/** The ratings of `from` whose ids `like` knows, in its rows: n_users, n_items and ids are those of `like`.
 * `lost` fills: pairs left out. */
rec_status rec__ratings_align(rec_ratings **out, const rec_ratings *from, const rec_ids *users,
                              const rec_ids *items, int64_t *lost);

/**
 * The ratings of `base`, but of users (or, by_items, of items) that have any in `with`, those of `with`: a store under the ids of `with`, which begin with
 * those of base.
 */
rec_status rec__ratings_replace(rec_ratings **out, const rec_ratings *base, const rec_ratings *with,
                                bool by_items);

/** Some ratings of a store: `count` positions of the by-user order, with the user of each. */
struct rec__selection {
    bool (*chosen)(const void *context, int32_t user, int64_t position);
    const void *context;
    int64_t count;
};

/** How many a selection chooses: its own count is not read. */
int64_t rec__selection_count(const rec_ratings *from, const struct rec__selection *selection);
/** A store of the selected ratings alone, under the same ids. */
rec_status rec__ratings_select(rec_ratings **out, const rec_ratings *from,
                               const struct rec__selection *selection);

/** Arrays "PREFIX.user_start" and so on; metadata "PREFIX.count", "PREFIX.mean", "PREFIX.least",
 * "PREFIX.greatest". Ids apart. */
rec_status rec__ratings_pack(const rec_ratings *ratings, struct rec__pack *pack, const char *prefix);
/** users, items: retained. */
rec_status rec__ratings_unpack(rec_ratings **out, struct rec__container *container, const char *prefix,
                               const rec_ids *users, const rec_ids *items);
/** Check the contents, which opening does not: offsets rising, columns rising and in range, both orders the
 * same ratings. */
rec_status rec__ratings_check(const rec_ratings *ratings, const char *prefix);

#endif
