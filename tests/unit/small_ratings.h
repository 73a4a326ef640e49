/* SPDX-License-Identifier: Apache-2.0 */
/* Thirteen ratings by six users of five items, one and one of which have none: those of
 * tests/reference/backends.py. */
#ifndef SMALL_RATINGS_H
#define SMALL_RATINGS_H

#include "unit.h"

#include "base/memory.h"
#include "expected_backends.h"
#include "model/model.h"

/* Users from SMALL_RATED on have no ratings: algorithms that only rank answer them with what is popular (test_ladder.c). */
enum { SMALL_USERS = 6, SMALL_RATED = 5, SMALL_ITEMS = 5, SMALL_COUNT = 13 };

static inline rec_ratings *small_ratings(int timed)
{
    static const int32_t users[] = {0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4},
                         items[] = {0, 1, 3, 0, 3, 0, 1, 3, 0, 3, 1, 2, 3};
    static const float values[] = {5, 3, 1, 4, 1, 1, 1, 5, 1, 4, 1, 5, 4};
    struct rec__events events = {0};
    struct rec__assembly assembly = {.runs = &events, .n_runs = 1};
    rec_ratings *ratings = NULL;
    events.count = events.capacity = SMALL_COUNT;
    events.users = rec__allocate(SMALL_COUNT, sizeof *events.users);
    events.items = rec__allocate(SMALL_COUNT, sizeof *events.items);
    events.ratings = rec__allocate(SMALL_COUNT, sizeof *events.ratings);
    events.times = timed ? rec__allocate(SMALL_COUNT, sizeof *events.times) : NULL;
    memcpy(events.users, users, sizeof users);
    memcpy(events.items, items, sizeof items);
    memcpy(events.ratings, values, sizeof values);
    for (int64_t e = 0; timed && e < SMALL_COUNT; e++)
        events.times[e] = 1000000 + e * 86400;
    EXPECT_OK(rec_ids_from_rows(&assembly.users, SMALL_USERS));
    EXPECT_OK(rec_ids_from_rows(&assembly.items, SMALL_ITEMS));
    EXPECT_OK(rec__ratings_assemble(&ratings, &assembly));
    rec__events_clear(&events);
    rec_ids_free(assembly.users);
    rec_ids_free(assembly.items);
    return ratings;
}

static inline rec_model *new_model(const char *algorithm)
{
    rec_model *model = NULL;
    EXPECT_OK(rec_model_create(&model, algorithm));
    return model;
}

static inline void expect_floats(const rec_model *model, const char *name, const double *expected, int64_t n)
{
    const float *got = rec__arrays_floats(&model->result->arrays, name);
    ck_assert_ptr_nonnull(got);
    for (int64_t i = 0; i < n; i++)
        ck_assert_msg((double)got[i] - expected[i] < 1e-6 && expected[i] - (double)got[i] < 1e-6,
                      "%s[%d] is %.9g; %.9g was expected", name, (int)i, (double)got[i], expected[i]);
}

#endif
