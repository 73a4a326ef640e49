/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a store, and making one of CSR arrays. */
#include "store/ratings.h"

#include "table.h"

#include <math.h>

/* CSR in which items are in any order and some come twice, and the table that it makes. */
struct input {
    int64_t start[TABLE_USERS + 1];
    int32_t items[4096];
    float ratings[4096];
    struct table table;
};

static struct input *draw_input(uint32_t seed, uint32_t longest)
{
    struct input *in = calloc(1, sizeof *in);
    ck_assert_ptr_nonnull(in);
    draw_state = seed;
    for (int32_t user = 0; user < TABLE_USERS; user++) {
        int64_t n = draw(longest + 1);
        in->start[user + 1] = in->start[user] + n;
        for (int64_t i = in->start[user]; i < in->start[user + 1]; i++) {
            int32_t item = (int32_t)draw(TABLE_ITEMS);
            in->items[i] = item;
            in->ratings[i] = (float)draw(40) / 4.0f - 3.0f;
            in->table.rated[user][item] = true;
            in->table.ratings[user][item] = in->ratings[i];
        }
    }
    return in;
}

static rec_ratings *copy(const struct input *in)
{
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_from_csr(&ratings, TABLE_USERS, TABLE_ITEMS, in->start, in->items, in->ratings));
    return ratings;
}

START_TEST(test_from_csr)
{
    static const uint32_t longest[] = {0, 1, 5, 30, 90, 170};
    struct input *in = draw_input((uint32_t)_i, longest[_i % 6]);
    rec_ratings *ratings = copy(in);
    ck_assert_int_eq(rec_ratings_users(ratings), TABLE_USERS);
    ck_assert_int_eq(rec_ratings_items(ratings), TABLE_ITEMS);
    ck_assert_int_eq(rec_ratings_timed(ratings), 0);
    expect_table(&in->table, ratings);
    EXPECT_OK(rec__ratings_check(ratings, "ratings"));
    for (int32_t user = 0; user < TABLE_USERS; user++)
        for (int32_t item = 0; item < TABLE_ITEMS; item++) {
            int64_t at = rec__ratings_find(ratings, user, item);
            ck_assert_int_eq(at >= 0, in->table.rated[user][item]);
            if (at >= 0)
                ck_assert(ratings->user_ratings[at] == in->table.ratings[user][item]);
        }
    rec_ratings_free(ratings);
    free(in);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

static const int64_t small_start[] = {0, 2, 2, 5};
static const int32_t small_items[] = {1, 3, 0, 1, 2};
static const float small_values[] = {4.0f, 2.5f, 1.0f, 3.0f, 5.0f};

static struct table small_table(bool ones)
{
    struct table table = {0};
    for (int32_t user = 0; user < 3; user++)
        for (int64_t i = small_start[user]; i < small_start[user + 1]; i++) {
            table.rated[user][small_items[i]] = true;
            table.ratings[user][small_items[i]] = ones ? 1.0f : small_values[i];
        }
    return table;
}

START_TEST(test_borrow)
{
    rec_ratings *ratings = NULL;
    rec_row row;
    struct table table = small_table(false);
    EXPECT_OK(rec_ratings_from_csr_borrow(&ratings, 3, 5, small_start, small_items, small_values));
    expect_table(&table, ratings);
    EXPECT_OK(rec_ratings_user(ratings, 2, &row));
    ck_assert_ptr_eq(row.others, small_items + 2);
    ck_assert_ptr_eq(row.ratings, small_values + 2);
    EXPECT_OK(rec__ratings_check(ratings, "ratings"));
    rec_ratings_free(ratings);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_without_ratings)
{
    rec_ratings *copied = NULL, *borrowed = NULL;
    struct table table = small_table(true);
    EXPECT_OK(rec_ratings_from_csr(&copied, 3, 4, small_start, small_items, NULL));
    EXPECT_OK(rec_ratings_from_csr_borrow(&borrowed, 3, 4, small_start, small_items, NULL));
    expect_table(&table, copied);
    expect_table(&table, borrowed);
    rec_ratings_free(copied);
    rec_ratings_free(borrowed);
}
END_TEST

START_TEST(test_empty)
{
    static const int64_t nothing[] = {0, 0};
    struct table table = {0};
    rec_ratings *ratings = NULL, *none = NULL;
    EXPECT_OK(rec_ratings_from_csr(&ratings, 1, 2, nothing, NULL, NULL));
    EXPECT_OK(rec_ratings_from_csr_borrow(&none, 0, 0, nothing, NULL, NULL));
    expect_table(&table, ratings);
    expect_table(&table, none);
    ck_assert_int_eq(rec_ratings_users(none), 0);
    rec_ratings_free(ratings);
    rec_ratings_free(none);
}
END_TEST

START_TEST(test_bad_csr)
{
    static const int64_t falling[] = {0, 2, 1, 5}, late[] = {1, 2, 2, 5};
    static const int32_t high[] = {1, 3, 0, 1, 4}, low[] = {1, 3, -2, 1, 2}, fell[] = {3, 1, 0, 1, 2},
                         twice[] = {1, 3, 0, 2, 2};
    float values[] = {4.0f, 2.5f, NAN, 3.0f, 5.0f};
    rec_ratings *r = (rec_ratings *)(void *)values;
    EXPECT(rec_ratings_from_csr(&r, 3, 4, falling, small_items, NULL), REC_ERR_FORMAT, "row_start[2] is 1",
           "2");
    ck_assert_ptr_null(r);
    EXPECT(rec_ratings_from_csr(&r, 3, 4, late, small_items, NULL), REC_ERR_FORMAT, "row_start[0] is 1", "0");
    EXPECT(rec_ratings_from_csr(&r, 3, 4, small_start, high, NULL), REC_ERR_RANGE, "items[4] is 4", "0 to 3");
    EXPECT(rec_ratings_from_csr(&r, 3, 4, small_start, low, NULL), REC_ERR_RANGE, "items[2] is -2");
    EXPECT(rec_ratings_from_csr(&r, 3, 4, small_start, small_items, values), REC_ERR_FORMAT,
           "ratings[2] is nan", "finite");
    values[2] = -INFINITY;
    EXPECT(rec_ratings_from_csr_borrow(&r, 3, 4, small_start, small_items, values), REC_ERR_FORMAT,
           "ratings[2] is -inf");
    EXPECT(rec_ratings_from_csr_borrow(&r, 3, 4, small_start, fell, NULL), REC_ERR_FORMAT, "items[1] is 1",
           "after 3", "user 0");
    EXPECT(rec_ratings_from_csr_borrow(&r, 3, 4, small_start, twice, NULL), REC_ERR_FORMAT, "items[4] is 2",
           "after 2", "user 2");
    EXPECT(rec_ratings_from_csr(&r, -3, 4, small_start, small_items, NULL), REC_ERR_INVALID, "n_users is -3");
    EXPECT(rec_ratings_from_csr(&r, 3, -4, small_start, small_items, NULL), REC_ERR_INVALID, "n_items is -4");
    EXPECT(rec_ratings_from_csr(NULL, 3, 4, small_start, small_items, NULL), REC_ERR_INVALID, "out is NULL");
    EXPECT(rec_ratings_from_csr(&r, 3, 4, NULL, small_items, NULL), REC_ERR_INVALID, "row_start is NULL");
    EXPECT(rec_ratings_from_csr_borrow(&r, 3, 4, small_start, NULL, NULL), REC_ERR_INVALID, "items is NULL");
    ck_assert_ptr_null(r);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_rows_that_are_not_there)
{
    rec_ratings *ratings = NULL;
    rec_row row;
    EXPECT_OK(rec_ratings_from_csr(&ratings, 3, 4, small_start, small_items, NULL));
    EXPECT(rec_ratings_user(ratings, 3, &row), REC_ERR_RANGE, "user is 3", "0 to 2");
    EXPECT(rec_ratings_user(ratings, -1, &row), REC_ERR_RANGE, "user is -1");
    EXPECT(rec_ratings_item(ratings, 4, &row), REC_ERR_RANGE, "item is 4", "0 to 3");
    EXPECT(rec_ratings_item(ratings, -1, &row), REC_ERR_RANGE, "item is -1");
    EXPECT(rec_ratings_user(NULL, 0, &row), REC_ERR_INVALID, "ratings is NULL");
    EXPECT(rec_ratings_item(ratings, 0, NULL), REC_ERR_INVALID, "row is NULL");
    rec_ratings_free(ratings);
    rec_ratings_free(NULL);
}
END_TEST

START_TEST(test_references_and_ids)
{
    rec_ratings *ratings = NULL, *again;
    int32_t row = -1;
    EXPECT_OK(rec_ratings_from_csr(&ratings, 3, 4, small_start, small_items, NULL));
    again = rec_ratings_retain(ratings);
    rec_ratings_free(ratings);
    ck_assert_ptr_eq(again, ratings);
    ck_assert_int_eq(rec_ids_get_kind(rec_ratings_user_ids(again)), REC_IDS_ROWS);
    ck_assert_int_eq(rec_ids_count(rec_ratings_item_ids(again)), 4);
    EXPECT_OK(rec_ids_find(rec_ratings_item_ids(again), "3", &row));
    ck_assert_int_eq(row, 3);
    rec_ratings_free(again);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* As a damaged file may have them. */
START_TEST(test_damaged_offsets)
{
    static const int64_t wrong[] = {-1, 6, INT64_MAX, INT64_MIN};
    int64_t users[] = {0, 2, 2, 5}, items[] = {0, 1, 3, 4, 5};
    rec_ratings *ratings = NULL;
    rec_row row;
    EXPECT_OK(rec_ratings_from_csr(&ratings, 3, 4, small_start, small_items, NULL));
    rec_ratings broken = *ratings;
    broken.user_start = users;
    broken.item_start = items;
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
        users[1] = items[1] = wrong[w];
        EXPECT(rec_ratings_user(&broken, 0, &row), REC_ERR_CORRUPT, "user 0", "damaged");
        EXPECT(rec_ratings_item(&broken, 0, &row), REC_ERR_CORRUPT, "item 0", "damaged");
        (void)rec__ratings_find(&broken, 0, 1);
        (void)rec__ratings_find(&broken, 1, 1);
    }
    users[1] = 3;
    EXPECT(rec_ratings_user(&broken, 1, &row), REC_ERR_CORRUPT, "user 1", "3 to 2 of 5");
    rec_ratings_free(ratings);
}
END_TEST

static rec_status make_both(void *context)
{
    const struct input *in = context;
    rec_ratings *copied = NULL, *borrowed = NULL;
    rec_status status =
        rec_ratings_from_csr(&copied, TABLE_USERS, TABLE_ITEMS, in->start, in->items, in->ratings);
    if (status == REC_OK)
        status = rec_ratings_from_csr_borrow(&borrowed, 3, 4, small_start, small_items, NULL);
    ck_assert_int_eq(borrowed == NULL, status != REC_OK);
    rec_ratings_free(copied);
    rec_ratings_free(borrowed);
    return status;
}

START_TEST(test_no_memory)
{
    struct input *in = draw_input(3, 90);
    ck_assert_int_gt(fail_each_allocation(make_both, in), 20);
    free(in);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ratings");
    TCase *tests = tcase_create("ratings");
    tcase_add_loop_test(tests, test_from_csr, 0, 30);
    tcase_add_test(tests, test_borrow);
    tcase_add_test(tests, test_without_ratings);
    tcase_add_test(tests, test_empty);
    tcase_add_test(tests, test_bad_csr);
    tcase_add_test(tests, test_rows_that_are_not_there);
    tcase_add_test(tests, test_references_and_ids);
    tcase_add_test(tests, test_damaged_offsets);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
