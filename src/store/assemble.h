/* SPDX-License-Identifier: Apache-2.0 */
/* The two sorts that make a store, and how their work is shared among threads. */
#ifndef REC_STORE_ASSEMBLE_H
#define REC_STORE_ASSEMBLE_H

#include "store/ratings.h"

#include <string.h>

/** An item and its rating as one number, so that a scattered event is one store to memory. */
static inline uint64_t rec__pair_pack(int32_t item, float rating)
{
    uint32_t bits;
    memcpy(&bits, &rating, sizeof bits);
    return (uint64_t)(uint32_t)item << 32 | bits;
}

static inline int32_t rec__pair_item(uint64_t pair)
{
    return (int32_t)(pair >> 32);
}

static inline float rec__pair_rating(uint64_t pair)
{
    uint32_t bits = (uint32_t)pair;
    float rating;
    memcpy(&rating, &bits, sizeof rating);
    return rating;
}

/** Scratch of one thread for rec__sort_row, for rows of up to `capacity`. */
struct rec__sort_scratch {
    uint64_t *pairs;
    int64_t *times; /* NULL where there are no times */
};

/** Sort n pairs, and with them their times, by item; equal items stay in order. bits: enough for any item. */
void rec__sort_row(uint64_t *pairs, int64_t *times, int64_t n, int bits, struct rec__sort_scratch scratch);

/**
 * Make one of equal items that follow each other, by the policy. Returns how many are left, or -1 when a sum
 * is no finite float: then pairs[0] is the item's.
 */
int64_t rec__combine_row(uint64_t *pairs, int64_t *times, int64_t n, rec_duplicates duplicates);

/** How many threads may count into n counters of their own within a share of a store of `count` ratings. */
int32_t rec__count_groups(int32_t threads, int64_t count, int64_t n);

/**
 * Turn counters of groups, group g's of row r at counters[g * n + r], into where each begins to write: rows
 * in order, groups in order within a row. start fills: n + 1 offsets.
 */
void rec__counters_to_starts(int64_t *counters, int32_t groups, int64_t n, int64_t *start);

/** Rows cut into `parts` of about the same number of ratings: the first row of part `part`. */
int32_t rec__split_rows(const int64_t *start, int32_t n_rows, int64_t part, int64_t parts);

/** Arrays of the by-item order, allocated by the caller; counters: groups x n_items. */
struct rec__by_item {
    int64_t *item_start, *counters;
    int32_t *item_users;
    float *item_ratings;
    int32_t groups, threads;
};

/** Fill the by-item order, mean and range of ratings whose by-user arrays are set. Never fails. */
void rec__by_item_fill(rec_ratings *ratings, const struct rec__by_item *room);

#endif
