/* SPDX-License-Identifier: Apache-2.0 */
/* Building a store of events, one at a time, from arrays, and from other stores. */
#include "store/ratings.h"

#include "table.h"

#include <math.h>
#include <stdio.h>

static rec_ratings_builder *create(void)
{
    rec_ratings_builder *builder = NULL;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    return builder;
}

static rec_ratings *finish(rec_ratings_builder *builder)
{
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    return ratings;
}

static void expect_id(const rec_ids *ids, int32_t row, const char *wanted)
{
    char text[64];
    EXPECT_OK(rec_ids_text(ids, row, text, sizeof text, NULL));
    ck_assert_str_eq(text, wanted);
}

START_TEST(test_text)
{
    rec_ratings_builder *builder = create();
    EXPECT_OK(rec_ratings_builder_add(builder, "zoe", "b", 2.0f, REC_NO_TIME));
    EXPECT_OK(rec_ratings_builder_add(builder, "al", "a", 3.0f, 77));
    EXPECT_OK(rec_ratings_builder_add(builder, "zoe", "a", 4.0f, REC_NO_TIME));
    EXPECT_OK(rec_ratings_builder_add(builder, "zoe", "b", 5.0f, 99));
    rec_ratings *ratings = finish(builder);
    rec_ratings_builder_free(builder);
    struct table table = {.rated = {{true, true}, {false, true}},
                          .ratings = {{5, 4}, {0, 3}},
                          .times = {{99, REC_NO_TIME}, {0, 77}}};
    expect_table(&table, ratings);
    ck_assert_int_eq(rec_ratings_timed(ratings), 1);
    ck_assert_int_eq(rec_ids_get_kind(rec_ratings_user_ids(ratings)), REC_IDS_TEXT);
    expect_id(rec_ratings_user_ids(ratings), 0, "zoe");
    expect_id(rec_ratings_user_ids(ratings), 1, "al");
    expect_id(rec_ratings_item_ids(ratings), 0, "b");
    expect_id(rec_ratings_item_ids(ratings), 1, "a");
    rec_ratings_free(ratings);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_integers)
{
    rec_ratings_builder *builder = create();
    int64_t id = 0;
    EXPECT_OK(rec_ratings_builder_add_ids(builder, INT64_MIN, 1000000007, 2.0f, REC_NO_TIME));
    EXPECT_OK(rec_ratings_builder_add_ids(builder, -1, 0, 3.0f, REC_NO_TIME));
    rec_ratings *ratings = finish(builder);
    struct table table = {.rated = {{true}, {false, true}}, .ratings = {{2}, {0, 3}}};
    expect_table(&table, ratings);
    ck_assert_int_eq(rec_ratings_timed(ratings), 0);
    EXPECT_OK(rec_ids_integer(rec_ratings_user_ids(ratings), 0, &id));
    ck_assert_int_eq(id, INT64_MIN);
    EXPECT_OK(rec_ids_integer(rec_ratings_item_ids(ratings), 0, &id));
    ck_assert_int_eq(id, 1000000007);
    rec_ratings_free(ratings);
    rec_ratings_builder_free(builder);
}
END_TEST

START_TEST(test_bad_ratings)
{
    rec_ratings_builder *builder = create();
    EXPECT(rec_ratings_builder_add(builder, "u", "i", NAN, 0), REC_ERR_INVALID, "rating is nan", "finite");
    EXPECT(rec_ratings_builder_add(builder, "u", "i", -INFINITY, 0), REC_ERR_INVALID, "rating is -inf");
    EXPECT(rec_ratings_builder_add(builder, "", "i", 1, 0), REC_ERR_INVALID, "user is empty");
    EXPECT(rec_ratings_builder_add(builder, "u", "", 1, 0), REC_ERR_INVALID, "item is empty");
    EXPECT(rec_ratings_builder_add(builder, NULL, "i", 1, 0), REC_ERR_INVALID, "user is NULL");
    EXPECT(rec_ratings_builder_add(builder, "u", NULL, 1, 0), REC_ERR_INVALID, "item is NULL");
    EXPECT(rec_ratings_builder_add(NULL, "u", "i", 1, 0), REC_ERR_INVALID, "builder is NULL");
    EXPECT(rec_ratings_builder_add_ids(builder, 1, 1, NAN, 0), REC_ERR_INVALID, "rating is nan");
    EXPECT(rec_ratings_builder_add_ids(NULL, 1, 1, 1, 0), REC_ERR_INVALID, "builder is NULL");
    EXPECT_OK(rec_ratings_builder_add_ids(builder, 1, 2, 1, 0));
    EXPECT(rec_ratings_builder_add(builder, "u", "i", 1, 0), REC_ERR_INVALID, "ids are text", "integers");
    rec_ratings *ratings = finish(builder);
    ck_assert_int_eq(rec_ratings_count(ratings), 1);
    ck_assert_int_eq(rec_ratings_users(ratings), 1);
    rec_ratings_free(ratings);
    EXPECT_OK(rec_ratings_builder_add(builder, "u", "i", 1, 0));
    EXPECT(rec_ratings_builder_add_ids(builder, 1, 2, 1, 0), REC_ERR_INVALID, "ids are integers", "text");
    rec_ratings_builder_free(builder);
    rec_ratings_builder_free(NULL);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_options)
{
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    rec_ratings_builder *builder = (rec_ratings_builder *)(void *)&options;
    EXPECT(rec_ratings_builder_create(NULL, NULL), REC_ERR_INVALID, "out is NULL");
    options.size = 3;
    EXPECT(rec_ratings_builder_create(&builder, &options), REC_ERR_INVALID, "size is 3");
    ck_assert_ptr_null(builder);
    options.size = sizeof options;
    options.threads = -2;
    EXPECT(rec_ratings_builder_create(&builder, &options), REC_ERR_INVALID, "threads is -2");
    options.threads = 1;
    options.duplicates = (rec_duplicates)7;
    EXPECT(rec_ratings_builder_create(&builder, &options), REC_ERR_INVALID, "duplicates is 7");
    options.duplicates = REC_DUPLICATES_LAST;
    options.least = 5;
    options.greatest = 1;
    EXPECT(rec_ratings_builder_create(&builder, &options), REC_ERR_INVALID, "least is 5", "greatest is 1");
    options.least = 0.5f;
    options.greatest = 5;
    EXPECT_OK(rec_ratings_builder_create(&builder, &options));
    EXPECT(rec_ratings_builder_add(builder, "u", "i", 5.5f, 0), REC_ERR_INVALID, "rating is 5.5", "0.5 to 5");
    EXPECT(rec_ratings_builder_add(builder, "u", "i", 0, 0), REC_ERR_INVALID, "rating is 0");
    EXPECT_OK(rec_ratings_builder_add(builder, "u", "i", 0.5f, 0));
    rec_ratings_builder_free(builder);
}
END_TEST

START_TEST(test_duplicates)
{
    static const float expected[] = {2.0f, 14.0f, 3.5f, 6.0f};
    static const int64_t expected_time[] = {10, 30, 30, 30};
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    rec_ratings_builder *builder = NULL;
    rec_row row;
    options.duplicates = (rec_duplicates)_i;
    EXPECT_OK(rec_ratings_builder_create(&builder, &options));
    EXPECT_OK(rec_ratings_builder_add(builder, "u", "i", 5, 20));
    EXPECT_OK(rec_ratings_builder_add(builder, "u", "i", 6, 30));
    EXPECT_OK(rec_ratings_builder_add(builder, "u", "j", 9, REC_NO_TIME));
    EXPECT_OK(rec_ratings_builder_add(builder, "u", "i", 1, REC_NO_TIME));
    EXPECT_OK(rec_ratings_builder_add(builder, "u", "i", 2, 10));
    rec_ratings *ratings = finish(builder);
    EXPECT_OK(rec_ratings_user(ratings, 0, &row));
    ck_assert_int_eq(row.n, 2);
    ck_assert(row.ratings[0] == expected[_i]);
    ck_assert_int_eq(row.times[0], expected_time[_i]);
    ck_assert(row.ratings[1] == 9);
    rec_ratings_free(ratings);
    rec_ratings_builder_free(builder);
}
END_TEST

/* Only the sum can leave the floats; it is found once the events have been taken. */
START_TEST(test_sum_beyond_float)
{
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    options.duplicates = REC_DUPLICATES_SUM;
    EXPECT_OK(rec_ratings_builder_create(&builder, &options));
    EXPECT_OK(rec_ratings_builder_add(builder, "ann", "ale", 3e38f, 20));
    EXPECT_OK(rec_ratings_builder_add(builder, "ann", "ale", 3e38f, 20));
    EXPECT(rec_ratings_builder_finish(builder, &ratings), REC_ERR_RANGE, "ann", "ale");
    ck_assert_ptr_null(ratings);
    EXPECT(rec_ratings_builder_finish(builder, &ratings), REC_ERR_EMPTY, "nothing was added");
    EXPECT_OK(rec_ratings_builder_add_ids(builder, 4, 5, 1, 0));
    ratings = finish(builder);
    ck_assert_int_eq(rec_ratings_count(ratings), 1);
    rec_ratings_free(ratings);
    rec_ratings_builder_free(builder);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_arrays)
{
    static const char *const users[] = {"u", "v", "u", ""}, *const items[] = {"i", "i", "j", "k"};
    static const float ratings[] = {1, 2, 3, 4}, bad[] = {1, INFINITY};
    static const int64_t times[] = {5, REC_NO_TIME, 7, 8}, ids[] = {4, -4};
    rec_ratings_builder *builder = create();
    EXPECT(rec_ratings_builder_add_array(builder, users, items, ratings, times, 4), REC_ERR_INVALID,
           "rating 3 of the arrays", "user is empty");
    EXPECT(rec_ratings_builder_add_array(builder, users, items, ratings, times, -1), REC_ERR_INVALID,
           "n is -1");
    EXPECT(rec_ratings_builder_add_array(builder, NULL, items, ratings, times, 1), REC_ERR_INVALID,
           "users is NULL");
    EXPECT(rec_ratings_builder_add_array(builder, users, NULL, ratings, times, 1), REC_ERR_INVALID,
           "items is NULL");
    EXPECT_OK(rec_ratings_builder_add_array(builder, NULL, NULL, NULL, NULL, 0));
    EXPECT(rec_ratings_builder_add_ids_array(builder, ids, ids, NULL, NULL, 2), REC_ERR_INVALID, "integers");
    rec_ratings *made = finish(builder);
    struct table table = {
        .rated = {{true, true}, {true}}, .ratings = {{1, 3}, {2}}, .times = {{5, 7}, {REC_NO_TIME}}};
    expect_table(&table, made);
    rec_ratings_free(made);
    EXPECT(rec_ratings_builder_add_ids_array(builder, ids, ids, bad, NULL, 2), REC_ERR_INVALID,
           "rating 1 of the arrays", "inf");
    EXPECT_OK(rec_ratings_builder_add_ids_array(builder, ids + 1, ids, NULL, NULL, 1));
    made = finish(builder);
    struct table ones = {.rated = {{true}, {true}}, .ratings = {{1}, {1}}};
    expect_table(&ones, made);
    rec_ratings_free(made);
    rec_ratings_builder_free(builder);
}
END_TEST

/* More events than a run holds; times begin only after a while. */
START_TEST(test_many)
{
    enum { EVENTS = 300000, TIMED_FROM = 100000 };
    static struct table table;
    rec_ratings_builder *builder = create();
    for (int32_t user = 0; user < TABLE_USERS; user++)
        for (int32_t item = 0; item < TABLE_ITEMS; item++) {
            table.rated[user][item] = true;
            EXPECT_OK(rec_ratings_builder_add_ids(builder, user, item, 0, REC_NO_TIME));
        }
    for (int64_t i = 0; i < EVENTS; i++) {
        int32_t user = (int32_t)draw(TABLE_USERS), item = (int32_t)draw(TABLE_ITEMS);
        float rating = (float)draw(1000) / 4.0f;
        int64_t time = i < TIMED_FROM ? REC_NO_TIME : i;
        table.ratings[user][item] = rating;
        table.times[user][item] = time;
        EXPECT_OK(rec_ratings_builder_add_ids(builder, user, item, rating, time));
    }
    rec_ratings *ratings = finish(builder);
    expect_table(&table, ratings);
    rec_ratings_free(ratings);
    rec_ratings_builder_free(builder);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_finish)
{
    rec_ratings_builder *builder = create();
    rec_ratings *ratings = (rec_ratings *)(void *)builder;
    EXPECT(rec_ratings_builder_finish(builder, &ratings), REC_ERR_EMPTY, "nothing was added");
    ck_assert_ptr_null(ratings);
    EXPECT(rec_ratings_builder_finish(builder, NULL), REC_ERR_INVALID, "out is NULL");
    EXPECT(rec_ratings_builder_finish(NULL, &ratings), REC_ERR_INVALID, "builder is NULL");
    EXPECT_OK(rec_ratings_builder_add(builder, "u", "i", 1, 0));
    rec_ratings *first = finish(builder);
    EXPECT_OK(rec_ratings_builder_add(builder, "v", "j", 2, 0));
    rec_ratings *second = finish(builder);
    rec_ratings_builder_free(builder);
    expect_id(rec_ratings_user_ids(first), 0, "u");
    expect_id(rec_ratings_user_ids(second), 0, "v");
    ck_assert_int_eq(rec_ratings_users(second), 1);
    rec_ratings_free(first);
    rec_ratings_free(second);
}
END_TEST

START_TEST(test_add_ratings)
{
    rec_ratings_builder *builder = create();
    EXPECT_OK(rec_ratings_builder_add(builder, "u", "i", 1, 10));
    EXPECT_OK(rec_ratings_builder_add(builder, "v", "j", 2, REC_NO_TIME));
    rec_ratings *old = finish(builder);
    EXPECT_OK(rec_ratings_builder_add_ratings(builder, old));
    EXPECT_OK(rec_ratings_builder_add(builder, "w", "j", 4, 20));
    EXPECT_OK(rec_ratings_builder_add(builder, "v", "j", 5, 30));
    rec_ratings *both = finish(builder);
    struct table table = {.rated = {{true}, {false, true}, {false, true}},
                          .ratings = {{1}, {0, 5}, {0, 4}},
                          .times = {{10}, {0, 30}, {0, 20}}};
    expect_table(&table, both);
    expect_id(rec_ratings_user_ids(both), 1, "v");
    EXPECT_OK(rec_ratings_builder_add_ids(builder, 1, 1, 1, 0));
    EXPECT(rec_ratings_builder_add_ratings(builder, old), REC_ERR_INVALID, "ids are text", "integers");
    EXPECT(rec_ratings_builder_add_ratings(builder, NULL), REC_ERR_INVALID, "ratings is NULL");
    EXPECT(rec_ratings_builder_add_ratings(NULL, old), REC_ERR_INVALID, "builder is NULL");
    rec_ratings_free(old);
    rec_ratings_free(both);
    rec_ratings_builder_free(builder);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* Rows keep their numbers, also those without ratings; a store of rows has integers for ids. */
START_TEST(test_add_rows)
{
    static const int64_t start[] = {0, 0, 1};
    static const int32_t items[] = {2};
    rec_ratings_builder *builder = create();
    rec_ratings *rows = NULL;
    EXPECT_OK(rec_ratings_from_csr(&rows, 2, 4, start, items, NULL));
    EXPECT_OK(rec_ratings_builder_add_ratings(builder, rows));
    EXPECT_OK(rec_ratings_builder_add_ids(builder, 7, 1, 3, REC_NO_TIME));
    rec_ratings *both = finish(builder);
    ck_assert_int_eq(rec_ratings_users(both), 3);
    ck_assert_int_eq(rec_ratings_items(both), 4);
    struct table table = {.rated = {{false}, {[2] = true}, {[1] = true}},
                          .ratings = {{0}, {[2] = 1}, {[1] = 3}}};
    expect_table(&table, both);
    expect_id(rec_ratings_user_ids(both), 2, "7");
    rec_ratings_free(rows);
    rec_ratings_free(both);
    rec_ratings_builder_free(builder);
}
END_TEST

/* A store whose second user has a rating out of range: nothing of it stays. */
START_TEST(test_refused_store)
{
    static const int64_t start[] = {0, 2, 3};
    static const int32_t items[] = {0, 1, 1};
    static const float values[] = {1, 2, 9};
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    rec_ratings_builder *builder = NULL;
    rec_ratings *store = NULL;
    options.least = 1;
    options.greatest = 5;
    EXPECT_OK(rec_ratings_from_csr(&store, 2, 2, start, items, values));
    EXPECT_OK(rec_ratings_builder_create(&builder, &options));
    EXPECT(rec_ratings_builder_add_ratings(builder, store), REC_ERR_INVALID, "rating is 9", "1 to 5");
    EXPECT_OK(rec_ratings_builder_add(builder, "text", "now", 3, REC_NO_TIME));
    EXPECT(rec_ratings_builder_add_ratings(builder, store), REC_ERR_INVALID, "ids are integers");
    rec_ratings *made = finish(builder);
    ck_assert_int_eq(rec_ratings_count(made), 1);
    ck_assert_int_eq(rec_ratings_users(made), 1);
    ck_assert_int_eq(rec_ratings_items(made), 1);
    rec_ratings_free(store);
    rec_ratings_free(made);
    rec_ratings_builder_free(builder);
}
END_TEST

/* Times that came with a refused store go with it. */
START_TEST(test_refused_times)
{
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    rec_ratings_builder *builder = create(), *narrow = NULL;
    EXPECT_OK(rec_ratings_builder_add(builder, "u", "i", 2, 50));
    EXPECT_OK(rec_ratings_builder_add(builder, "u", "j", 9, 60));
    rec_ratings *timed = finish(builder);
    options.least = 1;
    options.greatest = 5;
    EXPECT_OK(rec_ratings_builder_create(&narrow, &options));
    EXPECT_OK(rec_ratings_builder_add(narrow, "v", "k", 3, REC_NO_TIME));
    EXPECT(rec_ratings_builder_add_ratings(narrow, timed), REC_ERR_INVALID, "rating is 9");
    rec_ratings *made = finish(narrow);
    ck_assert_int_eq(rec_ratings_count(made), 1);
    ck_assert_int_eq(rec_ratings_timed(made), 0);
    rec_ratings_free(timed);
    rec_ratings_free(made);
    rec_ratings_builder_free(builder);
    rec_ratings_builder_free(narrow);
}
END_TEST

static rec_status build(void *context)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL, *again = NULL;
    rec_status status = rec_ratings_builder_create(&builder, context);
    char user[32];
    for (int i = 0; status == REC_OK && i < 600; i++) {
        snprintf(user, sizeof user, "user number %d", i % 190);
        status = rec_ratings_builder_add(builder, user, user + i % 7, (float)i, i < 300 ? REC_NO_TIME : i);
    }
    if (status == REC_OK)
        status = rec_ratings_builder_finish(builder, &ratings);
    if (status == REC_OK)
        status = rec_ratings_builder_add_ratings(builder, ratings);
    if (status == REC_OK)
        status = rec_ratings_builder_finish(builder, &again);
    rec_ratings_free(ratings);
    rec_ratings_free(again);
    rec_ratings_builder_free(builder);
    return status;
}

/* As `build`, but each failed call is made again, with memory: the store must be as if none had failed. */
static rec_status build_on(void *context)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    int64_t kept = allocations_left, failed = 0;
    struct table table = {0};
    allocations_left = INT64_MAX;
    EXPECT_OK(rec_ratings_builder_create(&builder, context));
    allocations_left = kept;
    for (int32_t i = 0; i < 700; i++) {
        int32_t user = i % TABLE_USERS, item = i / TABLE_USERS;
        table.rated[user][item] = true;
        table.ratings[user][item] = (float)i / 4.0f;
        table.times[user][item] = i < 300 ? REC_NO_TIME : i;
        rec_status status =
            rec_ratings_builder_add_ids(builder, user, item, (float)i / 4.0f, i < 300 ? REC_NO_TIME : i);
        if (status == REC_OK)
            continue;
        failed++;
        allocations_left = INT64_MAX;
        EXPECT_OK(
            rec_ratings_builder_add_ids(builder, user, item, (float)i / 4.0f, i < 300 ? REC_NO_TIME : i));
    }
    if (rec_ratings_builder_finish(builder, &ratings) != REC_OK) {
        failed++;
        allocations_left = INT64_MAX;
        EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    }
    allocations_left = INT64_MAX;
    expect_table(&table, ratings);
    EXPECT_OK(rec__ratings_check(ratings, "ratings"));
    rec_ratings_free(ratings);
    rec_ratings_builder_free(builder);
    return failed > 0 ? REC_ERR_NO_MEMORY : REC_OK;
}

START_TEST(test_no_memory)
{
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    options.threads = 1;
    ck_assert_int_gt(fail_each_allocation(build, &options), 40);
    ck_assert_int_gt(fail_each_allocation(build_on, &options), 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("builder");
    TCase *tests = tcase_create("builder");
    tcase_add_test(tests, test_text);
    tcase_add_test(tests, test_integers);
    tcase_add_test(tests, test_bad_ratings);
    tcase_add_test(tests, test_options);
    tcase_add_loop_test(tests, test_duplicates, REC_DUPLICATES_LAST, REC_DUPLICATES_GREATEST + 1);
    tcase_add_test(tests, test_sum_beyond_float);
    tcase_add_test(tests, test_arrays);
    tcase_add_test(tests, test_many);
    tcase_add_test(tests, test_finish);
    tcase_add_test(tests, test_add_ratings);
    tcase_add_test(tests, test_add_rows);
    tcase_add_test(tests, test_refused_store);
    tcase_add_test(tests, test_refused_times);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
