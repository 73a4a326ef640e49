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

/* An item left out and folded in again is scored as by a fit that had it: so where no other weight matters to it. `without` is set as `with` is. */
static inline void expect_item_as_fitted(rec_model *with, rec_model *without)
{
    rec_ratings *whole = small_ratings(0), *rest = NULL;
    int64_t start[SMALL_USERS + 1] = {0};
    int32_t items[SMALL_COUNT], raters[SMALL_USERS], users[SMALL_USERS], gone = 3, n = 0, m = 0;
    float ratings[SMALL_COUNT], given[SMALL_USERS], scores[SMALL_USERS];
    for (int32_t u = 0; u < SMALL_USERS; u++) {
        users[u] = u;
        for (int64_t e = whole->user_start[u]; e < whole->user_start[u + 1]; e++)
            if (whole->user_items[e] == gone) {
                raters[m] = u;
                given[m++] = whole->user_ratings[e];
            } else {
                items[n] = whole->user_items[e];
                ratings[n++] = whole->user_ratings[e];
            }
        start[u + 1] = n;
    }
    ck_assert_int_gt(m, 1);
    EXPECT_OK(rec_ratings_from_csr(&rest, SMALL_USERS, SMALL_ITEMS, start, items, ratings));
    EXPECT_OK(rec_fit(with, whole));
    EXPECT_OK(rec_fit(without, rest));
    EXPECT_OK(rec_score_new_item(without, raters, given, m, users, SMALL_USERS, scores));
    for (int32_t u = 0; u < SMALL_USERS; u++) {
        float expected = 0;
        /* Whoever has no ratings is answered by what is popular. */
        if (start[u] == start[u + 1])
            continue;
        EXPECT_OK(rec_predict(with, u, gone, &expected));
        ck_assert_double_eq_tol((double)scores[u], (double)expected, 1e-5);
    }
    rec_ratings_free(whole);
    rec_ratings_free(rest);
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
