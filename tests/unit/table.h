/* SPDX-License-Identifier: Apache-2.0 */
/* A table of every pair, filled one rating at a time: what a store of the same ratings must hold. */
#ifndef REC_UNIT_TABLE_H
#define REC_UNIT_TABLE_H

#include "unit.h"

#include <librec/ratings.h>

#include <stdbool.h>

enum { TABLE_USERS = 23, TABLE_ITEMS = 31 };

struct table {
    bool rated[TABLE_USERS][TABLE_ITEMS];
    float ratings[TABLE_USERS][TABLE_ITEMS];
    int64_t times[TABLE_USERS][TABLE_ITEMS];
};

static uint32_t draw_state = 1;

static inline uint32_t draw(uint32_t below)
{
    draw_state = draw_state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)draw_state * below >> 32);
}

static inline void expect_user(const struct table *table, const rec_ratings *ratings, int32_t user)
{
    rec_row row;
    int64_t n = 0;
    EXPECT_OK(rec_ratings_user(ratings, user, &row));
    for (int32_t item = 0; item < rec_ratings_items(ratings); item++) {
        if (!table->rated[user][item])
            continue;
        ck_assert_int_lt(n, row.n);
        ck_assert_int_eq(row.others[n], item);
        ck_assert(row.ratings[n] == table->ratings[user][item]);
        if (row.times != NULL)
            ck_assert_int_eq(row.times[n], table->times[user][item]);
        n++;
    }
    ck_assert_int_eq(row.n, n);
}

static inline void expect_item(const struct table *table, const rec_ratings *ratings, int32_t item)
{
    rec_row row;
    int64_t n = 0;
    EXPECT_OK(rec_ratings_item(ratings, item, &row));
    for (int32_t user = 0; user < rec_ratings_users(ratings); user++) {
        if (!table->rated[user][item])
            continue;
        ck_assert_int_lt(n, row.n);
        ck_assert_int_eq(row.others[n], user);
        ck_assert(row.ratings[n] == table->ratings[user][item]);
        n++;
    }
    ck_assert_int_eq(row.n, n);
    ck_assert_ptr_null(row.times);
}

/* Rows of the store are those of the table. Its ratings are quarters, so that sums are exact in any order. */
static inline void expect_table(const struct table *table, const rec_ratings *ratings)
{
    double sum = 0;
    int64_t n = 0;
    float least = 0, greatest = 0, its_least, its_greatest;
    for (int32_t user = 0; user < rec_ratings_users(ratings); user++) {
        expect_user(table, ratings, user);
        for (int32_t item = 0; item < rec_ratings_items(ratings); item++) {
            if (!table->rated[user][item])
                continue;
            float rating = table->ratings[user][item];
            least = n == 0 || rating < least ? rating : least;
            greatest = n == 0 || rating > greatest ? rating : greatest;
            sum += (double)rating;
            n++;
        }
    }
    for (int32_t item = 0; item < rec_ratings_items(ratings); item++)
        expect_item(table, ratings, item);
    rec_ratings_range(ratings, &its_least, &its_greatest);
    ck_assert_int_eq(rec_ratings_count(ratings), n);
    ck_assert(rec_ratings_mean(ratings) == (n > 0 ? sum / (double)n : 0));
    ck_assert(its_least == least && its_greatest == greatest);
}

#endif
