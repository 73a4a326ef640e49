/* SPDX-License-Identifier: Apache-2.0 */
/* Stores saved and opened, files that hold something else, and what a damaged file may hold. */
#include "store/pack.h"
#include "store/ratings.h"

#include "files.h"
#include "table.h"

#include <math.h>

/* Every third pair, times on some. */
static rec_ratings *make_store(struct table *table, bool timed)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    char user[16], item[16];
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    for (int u = 0; u < TABLE_USERS; u++)
        for (int i = 0; i < TABLE_ITEMS; i++) {
            table->rated[u][i] = (u + i) % 3 == 0 || i == u % 3;
            table->ratings[u][i] = (float)(u * i % 17) / 4.0f;
            table->times[u][i] = !timed || i % 5 == 0 ? REC_NO_TIME : u * 1000 + i;
        }
    for (int u = 0; u < TABLE_USERS; u++) /* item rows in order, before anything else */
        for (int i = 0; i < TABLE_ITEMS; i++) {
            snprintf(user, sizeof user, "user%d", u);
            snprintf(item, sizeof item, "item%d", i);
            if (u == 0 || table->rated[u][i])
                EXPECT_OK(
                    rec_ratings_builder_add(builder, user, item, table->ratings[u][i], table->times[u][i]));
            table->rated[u][i] = table->rated[u][i] || u == 0;
        }
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

START_TEST(test_save_and_open)
{
    struct table table;
    rec_ratings *saved = make_store(&table, _i == 1), *opened = NULL;
    EXPECT_OK(rec_ratings_save(saved, path_of("ratings")));
    EXPECT_OK(rec_ratings_open(&opened, path_of("ratings")));
    expect_table(&table, opened);
    ck_assert_int_eq(rec_ratings_timed(opened), _i);
    size_t n = (size_t)saved->count;
    ck_assert_mem_eq(opened->user_start, saved->user_start, (TABLE_USERS + 1) * sizeof(int64_t));
    ck_assert_mem_eq(opened->user_items, saved->user_items, n * sizeof(int32_t));
    ck_assert_mem_eq(opened->item_start, saved->item_start, (TABLE_ITEMS + 1) * sizeof(int64_t));
    ck_assert_mem_eq(opened->item_users, saved->item_users, n * sizeof(int32_t));
    ck_assert_mem_eq(opened->item_ratings, saved->item_ratings, n * sizeof(float));
    ck_assert(opened->mean == saved->mean);
    int32_t row = -1;
    EXPECT_OK(rec_ids_find(rec_ratings_item_ids(opened), "item30", &row));
    ck_assert_int_eq(row, 30);
    EXPECT_OK(rec__ratings_check(opened, "ratings"));
    rec_ratings_free(saved);
    rec_ratings_free(opened);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_of_nothing)
{
    static const int64_t start[] = {0, 0};
    rec_ratings *saved = NULL, *opened = NULL;
    EXPECT_OK(rec_ratings_from_csr(&saved, 1, 3, start, NULL, NULL));
    EXPECT_OK(rec_ratings_save(saved, path_of("ratings")));
    EXPECT_OK(rec_ratings_open(&opened, path_of("ratings")));
    ck_assert_int_eq(rec_ratings_count(opened), 0);
    ck_assert_int_eq(rec_ratings_items(opened), 3);
    rec_ratings_free(saved);
    rec_ratings_free(opened);
}
END_TEST

START_TEST(test_bad_arguments)
{
    rec_ratings *ratings = (rec_ratings *)(void *)test_folder;
    EXPECT(rec_ratings_open(NULL, "x"), REC_ERR_INVALID, "out is NULL");
    EXPECT(rec_ratings_open(&ratings, NULL), REC_ERR_INVALID, "path is NULL");
    ck_assert_ptr_null(ratings);
    EXPECT(rec_ratings_open(&ratings, path_of("absent")), REC_ERR_IO, "absent");
    EXPECT(rec_ratings_save(NULL, "x"), REC_ERR_INVALID, "ratings is NULL");
    struct table table;
    ratings = make_store(&table, false);
    EXPECT(rec_ratings_save(ratings, NULL), REC_ERR_INVALID, "path is NULL");
    EXPECT(rec_ratings_save(ratings, path_of("no/such/folder")), REC_ERR_IO, "no/such/folder");
    rec_ratings_free(ratings);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_another_kind)
{
    struct rec__pack *pack = NULL;
    rec_ratings *opened = NULL;
    EXPECT_OK(rec__pack_create(&pack, "features"));
    EXPECT_OK(rec__pack_write(pack, path_of("other")));
    rec__pack_free(pack);
    EXPECT(rec_ratings_open(&opened, path_of("other")), REC_ERR_FORMAT, "other", "holds features", "ratings");
    ck_assert_ptr_null(opened);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* A file whose arrays or numbers do not fit each other, though each is whole. */
static void expect_unopened(const rec_ratings *broken, const char *word, const char *other)
{
    rec_ratings *opened = NULL;
    EXPECT_OK(rec_ratings_save(broken, path_of("broken")));
    EXPECT(rec_ratings_open(&opened, path_of("broken")), REC_ERR_CORRUPT, "broken", word, other);
    ck_assert_ptr_null(opened);
}

START_TEST(test_unfit_file)
{
    struct table table;
    rec_ratings *ratings = make_store(&table, true), broken = *ratings;
    int64_t starts[TABLE_ITEMS + 1];
    broken.count--;
    expect_unopened(&broken, "ratings.user_start", "runs from 0");
    broken = *ratings;
    memcpy(starts, ratings->item_start, sizeof starts);
    starts[0] = 1;
    broken.item_start = starts;
    expect_unopened(&broken, "ratings.item_start", "runs from 1");
    broken = *ratings;
    broken.n_users--;
    expect_unopened(&broken, "ratings.user_start", "");
    broken = *ratings;
    broken.mean = (double)NAN;
    expect_unopened(&broken, "ratings.mean", "");
    broken = *ratings;
    broken.greatest = INFINITY;
    expect_unopened(&broken, "ratings.greatest", "");
    rec_ratings_free(ratings);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_damage)
{
    struct table table;
    rec_ratings *ratings = make_store(&table, true), broken = *ratings;
    int64_t users[TABLE_USERS + 1], items[TABLE_ITEMS + 1];
    int32_t columns[TABLE_USERS * TABLE_ITEMS], raters[TABLE_USERS * TABLE_ITEMS];
    float values[TABLE_USERS * TABLE_ITEMS];
    size_t n = (size_t)ratings->count;
    memcpy(users, ratings->user_start, sizeof users);
    memcpy(items, ratings->item_start, sizeof items);
    memcpy(columns, ratings->user_items, n * sizeof *columns);
    memcpy(raters, ratings->item_users, n * sizeof *raters);
    memcpy(values, ratings->user_ratings, n * sizeof *values);
    broken.user_start = users;
    broken.item_start = items;
    broken.user_items = columns;
    broken.item_users = raters;
    broken.user_ratings = values;
    EXPECT_OK(rec__ratings_check(&broken, "ratings"));
#define DAMAGE(place, value, ...)                                                                            \
    do {                                                                                                     \
        __typeof__(place) whole_ = (place);                                                                  \
        (place) = (value);                                                                                   \
        EXPECT(rec__ratings_check(&broken, "ratings"), REC_ERR_CORRUPT, "ratings", __VA_ARGS__);             \
        (place) = whole_;                                                                                    \
    } while (0)
    DAMAGE(users[3], users[4] + 1, "ratings.user_start[4]", "rising");
    DAMAGE(users[0], -1, "ratings.user_start[0] is -1");
    DAMAGE(users[TABLE_USERS], INT64_MAX, "ratings.user_start[23]");
    DAMAGE(items[5], INT64_MIN, "ratings.item_start[5]");
    DAMAGE(columns[40], TABLE_ITEMS, "user 1", "item 31");
    DAMAGE(columns[2], 1, "user 0", "item 1 after item 1");
    DAMAGE(columns[0], -1, "user 0", "item -1");
    DAMAGE(values[7], NAN, "user 0", "nan");
    DAMAGE(values[7], 100.0f, "ratings.user_ratings", "user 0 has 100", "0 to 4");
    DAMAGE(values[7], values[7] + 1, "ratings.item_ratings", "item 7", "user 0");
    DAMAGE(raters[9], raters[9] + 1, "ratings.item_users", "item 1", "by user");
    rec_ratings_free(ratings);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

static rec_status save_and_open(void *context)
{
    struct table table;
    int64_t kept = allocations_left;
    allocations_left = INT64_MAX;
    rec_ratings *saved = make_store(&table, true), *opened = NULL;
    allocations_left = kept;
    rec_status status = rec_ratings_save(saved, context);
    if (status == REC_OK)
        status = rec_ratings_open(&opened, context);
    ck_assert_int_eq(opened == NULL, status != REC_OK);
    if (status == REC_OK)
        status = rec__ratings_check(opened, "ratings");
    rec_ratings_free(saved);
    rec_ratings_free(opened);
    return status;
}

START_TEST(test_no_memory)
{
    ck_assert_int_gt(fail_each_allocation(save_and_open, (void *)path_of("ratings")), 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ratings pack");
    TCase *tests = tcase_create("ratings pack");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_loop_test(tests, test_save_and_open, 0, 2);
    tcase_add_test(tests, test_of_nothing);
    tcase_add_test(tests, test_bad_arguments);
    tcase_add_test(tests, test_another_kind);
    tcase_add_test(tests, test_unfit_file);
    tcase_add_test(tests, test_damage);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
