/* SPDX-License-Identifier: Apache-2.0 */
/* Assembly against a table of every pair that is filled one event at a time. */
#include "base/memory.h"
#include "store/assemble.h"

#include <check.h>

#include <stdbool.h>
#include <stdlib.h>

enum { USERS = 61, ITEMS = 97 };

struct event {
    int32_t user, item;
    float rating;
    int64_t time;
};

struct cell {
    int n;
    double sum;
    float last, greatest;
    int64_t last_time, latest, greatest_time;
};

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)seed * below >> 32);
}

/* User 0 has most events, user 1 none; ratings are quarters, so that sums in any order are exact. */
static struct event *draw_events(int64_t n, bool timed)
{
    struct event *events = calloc((size_t)n + 1, sizeof *events);
    ck_assert_ptr_nonnull(events);
    for (int64_t i = 0; i < n; i++) {
        int32_t user = draw(3) == 0 ? 0 : (int32_t)draw(USERS - 1) + 1;
        events[i].user = user == 1 ? 2 : user;
        events[i].item = (int32_t)draw(ITEMS);
        events[i].rating = (float)((int)draw(41) - 20) / 4;
        events[i].time = timed && draw(4) != 0 ? (int64_t)draw(1000) - 500 : REC_NO_TIME;
    }
    return events;
}

static void fill_cell(struct cell *cell, const struct event *e)
{
    if (cell->n == 0 || e->rating > cell->greatest) {
        cell->greatest = e->rating;
        cell->greatest_time = e->time;
    }
    cell->latest = cell->n == 0 || e->time > cell->latest ? e->time : cell->latest;
    cell->last = e->rating;
    cell->last_time = e->time;
    cell->sum += (double)e->rating;
    cell->n++;
}

static float expected_rating(const struct cell *cell, rec_duplicates policy)
{
    switch (policy) {
    case REC_DUPLICATES_SUM:
        return (float)cell->sum;
    case REC_DUPLICATES_MEAN:
        return (float)(cell->sum / cell->n);
    case REC_DUPLICATES_GREATEST:
        return cell->greatest;
    case REC_DUPLICATES_LAST:
    default:
        return cell->last;
    }
}

static int64_t expected_time(const struct cell *cell, rec_duplicates policy)
{
    return policy == REC_DUPLICATES_LAST       ? cell->last_time
           : policy == REC_DUPLICATES_GREATEST ? cell->greatest_time
                                               : cell->latest;
}

static rec_ids *make_ids(int64_t n)
{
    rec_ids *ids = NULL;
    ck_assert_int_eq(rec_ids_from_rows(&ids, n), REC_OK);
    return ids;
}

/* Events from..to as a run whose users are numbered backwards, which its map undoes. */
static struct rec__events make_run(const struct event *events, int64_t n, bool timed, const int32_t *map)
{
    struct rec__events run = {.count = n, .capacity = n, .user_map = map};
    run.users = rec__allocate(n, sizeof *run.users);
    run.items = rec__allocate(n, sizeof *run.items);
    run.ratings = rec__allocate(n, sizeof *run.ratings);
    run.times = timed ? rec__allocate(n, sizeof *run.times) : NULL;
    for (int64_t i = 0; i < n; i++) {
        run.users[i] = map != NULL ? USERS - 1 - events[i].user : events[i].user;
        run.items[i] = events[i].item;
        run.ratings[i] = events[i].rating;
        if (timed)
            run.times[i] = events[i].time;
    }
    return run;
}

enum { RUNS = 5 };

static rec_ratings *assemble(const struct event *events, int64_t n, bool timed, rec_duplicates policy,
                             int32_t threads)
{
    static int32_t backwards[USERS];
    for (int32_t u = 0; u < USERS; u++)
        backwards[u] = USERS - 1 - u;
    struct rec__events runs[RUNS];
    const int64_t ends[RUNS + 1] = {0, n / 7, n / 7, n / 2, n - n / 11, n};
    for (int r = 0; r < RUNS; r++)
        runs[r] = make_run(events + ends[r], ends[r + 1] - ends[r], timed, r % 2 != 0 ? backwards : NULL);
    struct rec__assembly assembly = {.runs = runs,
                                     .n_runs = RUNS,
                                     .users = make_ids(USERS),
                                     .items = make_ids(ITEMS),
                                     .duplicates = policy,
                                     .threads = threads};
    rec_ratings *ratings = NULL;
    ck_assert_int_eq(rec__ratings_assemble(&ratings, &assembly), REC_OK);
    for (int r = 0; r < RUNS; r++)
        ck_assert_ptr_null(runs[r].users);
    rec_ids_free(assembly.users);
    rec_ids_free(assembly.items);
    return ratings;
}

static void check_by_user(const rec_ratings *r, struct cell table[USERS][ITEMS], rec_duplicates policy)
{
    int64_t at = 0;
    for (int32_t u = 0; u < USERS; u++) {
        ck_assert_int_eq(r->user_start[u], at);
        for (int32_t i = 0; i < ITEMS; i++) {
            if (table[u][i].n == 0)
                continue;
            ck_assert_int_eq(r->user_items[at], i);
            ck_assert(r->user_ratings[at] == expected_rating(&table[u][i], policy));
            if (r->user_times != NULL)
                ck_assert_int_eq(r->user_times[at], expected_time(&table[u][i], policy));
            at++;
        }
    }
    ck_assert_int_eq(r->user_start[USERS], at);
    ck_assert_int_eq(r->count, at);
}

static void check_by_item(const rec_ratings *r, struct cell table[USERS][ITEMS], rec_duplicates policy)
{
    int64_t at = 0;
    for (int32_t i = 0; i < ITEMS; i++) {
        ck_assert_int_eq(r->item_start[i], at);
        for (int32_t u = 0; u < USERS; u++) {
            if (table[u][i].n == 0)
                continue;
            ck_assert_int_eq(r->item_users[at], u);
            ck_assert(r->item_ratings[at] == expected_rating(&table[u][i], policy));
            at++;
        }
    }
    ck_assert_int_eq(r->item_start[ITEMS], at);
}

static void check_summary(const rec_ratings *r, struct cell table[USERS][ITEMS], rec_duplicates policy)
{
    double sum = 0, size = 0;
    float least = 1e30f, greatest = -1e30f;
    for (int32_t u = 0; u < USERS; u++)
        for (int32_t i = 0; i < ITEMS; i++) {
            if (table[u][i].n == 0)
                continue;
            float rating = expected_rating(&table[u][i], policy);
            sum += (double)rating;
            size += rating < 0 ? -(double)rating : (double)rating;
            least = rating < least ? rating : least;
            greatest = rating > greatest ? rating : greatest;
        }
    ck_assert_double_eq_tol(r->mean, sum / (double)r->count, 1e-13 * size / (double)r->count);
    ck_assert(r->least == least && r->greatest == greatest);
}

static void check_events(int64_t n, bool timed)
{
    static struct cell table[USERS][ITEMS];
    static const int32_t threads[] = {1, 2, 7};
    struct event *events = draw_events(n, timed);
    memset(table, 0, sizeof table);
    for (int64_t i = 0; i < n; i++)
        fill_cell(&table[events[i].user][events[i].item], &events[i]);
    for (int policy = REC_DUPLICATES_LAST; policy <= REC_DUPLICATES_GREATEST; policy++)
        for (int t = 0; t < 3; t++) {
            rec_ratings *r = assemble(events, n, timed, (rec_duplicates)policy, threads[t]);
            ck_assert_int_eq(r->user_times != NULL, timed);
            check_by_user(r, table, (rec_duplicates)policy);
            check_by_item(r, table, (rec_duplicates)policy);
            check_summary(r, table, (rec_duplicates)policy);
            rec_ratings_free(r);
        }
    free(events);
    ck_assert_int_eq(rec_host_blocks(), 0);
}

START_TEST(test_against_table)
{
    seed = 1;
    check_events(3000, false);
    check_events(3000, true);
    check_events(40, true);
}
END_TEST

START_TEST(test_no_events)
{
    rec_ratings *r = NULL;
    struct rec__assembly assembly = {.users = make_ids(3), .items = make_ids(2), .threads = 2};
    ck_assert_int_eq(rec__ratings_assemble(&r, &assembly), REC_OK);
    ck_assert_int_eq(r->count, 0);
    ck_assert_int_eq(r->user_start[3], 0);
    ck_assert_int_eq(r->item_start[2], 0);
    ck_assert(r->mean == 0 && r->least == 0 && r->greatest == 0);
    rec_ratings_free(r);
    rec_ids_free(assembly.users);
    rec_ids_free(assembly.items);
}
END_TEST

/* A run without ratings stands for ones, beside one that has some. */
START_TEST(test_ones)
{
    const struct event events[] = {{0, 1, 3, 0}, {1, 0, 5, 0}};
    struct rec__events runs[2] = {make_run(events, 1, false, NULL), make_run(events + 1, 1, false, NULL)};
    rec__release(runs[0].ratings);
    runs[0].ratings = NULL;
    struct rec__assembly assembly = {
        .runs = runs, .n_runs = 2, .users = make_ids(2), .items = make_ids(2), .threads = 2};
    rec_ratings *r = NULL;
    ck_assert_int_eq(rec__ratings_assemble(&r, &assembly), REC_OK);
    ck_assert(r->user_ratings[0] == 1 && r->user_ratings[1] == 5);
    ck_assert(r->item_ratings[0] == 5 && r->item_ratings[1] == 1);
    ck_assert_double_eq(r->mean, 3);
    rec_ratings_free(r);
    rec_ids_free(assembly.users);
    rec_ids_free(assembly.items);
}
END_TEST

START_TEST(test_sum_that_overflows)
{
    const struct event events[] = {{0, 0, 1, 0}, {1, 1, 3e38f, 0}, {1, 1, 3e38f, 0}};
    struct rec__events run = make_run(events, 3, false, NULL);
    struct rec__assembly assembly = {.runs = &run,
                                     .n_runs = 1,
                                     .users = make_ids(2),
                                     .items = make_ids(2),
                                     .duplicates = REC_DUPLICATES_SUM,
                                     .threads = 1};
    rec_ratings *r = NULL;
    ck_assert_int_eq(rec__ratings_assemble(&r, &assembly), REC_ERR_RANGE);
    ck_assert_ptr_null(r);
    ck_assert_ptr_nonnull(strstr(rec_last_error(), "user 1 and item 1"));
    rec__events_clear(&run);
    rec_ids_free(assembly.users);
    rec_ids_free(assembly.items);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

static int by_item_then_place(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Rows around the lengths and widths where the way of sorting changes. Ratings hold places, so that sorting
 * whole numbers in any way is the expected stable order. */
START_TEST(test_sort_row)
{
    static const int64_t lengths[] = {0, 1, 2, 47, 48, 49, 300, 5000};
    static const int bits[] = {1, 7, 8, 9, 16, 17, 24, 25, 31};
    uint64_t pairs[5000], wanted[5000], scratch[5000];
    int64_t times[5000], scratch_times[5000];
    seed = 7;
    for (int l = 0; l < 8; l++)
        for (int b = 0; b < 9; b++) {
            int64_t n = lengths[l];
            for (int64_t i = 0; i < n; i++) {
                wanted[i] = pairs[i] = (uint64_t)draw(UINT32_C(1) << bits[b]) << 32 | (uint64_t)i;
                times[i] = i;
            }
            qsort(wanted, (size_t)n, sizeof *wanted, by_item_then_place);
            struct rec__sort_scratch room = {scratch, scratch_times};
            rec__sort_row(pairs, times, n, bits[b], room);
            for (int64_t i = 0; i < n; i++) {
                ck_assert_uint_eq(pairs[i], wanted[i]);
                ck_assert_int_eq(times[i], (int64_t)(uint32_t)wanted[i]);
            }
        }
}
END_TEST

START_TEST(test_split_rows)
{
    static const int64_t start[] = {0, 10, 10, 10, 90, 100};
    ck_assert_int_eq(rec__split_rows(start, 5, 0, 4), 0);
    ck_assert_int_eq(rec__split_rows(start, 5, 4, 4), 5);
    for (int64_t part = 0; part < 9; part++)
        ck_assert_int_le(rec__split_rows(start, 5, part, 9), rec__split_rows(start, 5, part + 1, 9));
}
END_TEST

static int64_t blocks_left;

static void *allocate_some(void *context, size_t bytes)
{
    (void)context;
    return blocks_left-- > 0 ? malloc(bytes) : NULL;
}

static void *reallocate_some(void *context, void *block, size_t bytes)
{
    (void)context;
    return blocks_left-- > 0 ? realloc(block, bytes) : NULL;
}

static void release_block(void *context, void *block)
{
    (void)context;
    free(block);
}

/* Whichever block cannot be had: the events are still there, and assemble once there is room. */
START_TEST(test_no_memory)
{
    const struct event events[] = {{0, 1, 3, 7}, {1, 0, 5, 8}, {1, 1, 4, 9}};
    rec_host host = {sizeof host, NULL, allocate_some, reallocate_some, release_block, NULL};
    blocks_left = INT64_MAX;
    ck_assert_int_eq(rec_host_set(&host), REC_OK);
    struct rec__events run = make_run(events, 3, true, NULL);
    struct rec__assembly assembly = {
        .runs = &run, .n_runs = 1, .users = make_ids(2), .items = make_ids(2), .threads = 1};
    rec_ratings *r = NULL;
    int64_t before = rec_host_blocks(), n = 0;
    for (;; n++) {
        blocks_left = n;
        if (rec__ratings_assemble(&r, &assembly) == REC_OK)
            break;
        ck_assert_ptr_null(r);
        ck_assert_int_eq(rec_host_blocks(), before);
        ck_assert_int_eq(run.items[2], 1);
        ck_assert_int_eq(run.times[2], 9);
    }
    ck_assert_int_gt(n, 5);
    ck_assert_int_eq(r->user_times[2], 9);
    rec_ratings_free(r);
    rec_ids_free(assembly.users);
    rec_ids_free(assembly.items);
    ck_assert_int_eq(rec_host_blocks(), 0);
    ck_assert_int_eq(rec_host_set(NULL), REC_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("assemble");
    TCase *tests = tcase_create("assemble");
    tcase_add_test(tests, test_against_table);
    tcase_add_test(tests, test_no_events);
    tcase_add_test(tests, test_ones);
    tcase_add_test(tests, test_sum_that_overflows);
    tcase_add_test(tests, test_sort_row);
    tcase_add_test(tests, test_split_rows);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
