/* SPDX-License-Identifier: Apache-2.0 */
/* Stores made to fit others: more items, or the rows of other lists of ids. */
#include "store/ratings.h"

#include "table.h"

static rec_ids *text_list(const char *const *ids, int64_t n)
{
    rec_ids *list = NULL;
    EXPECT_OK(rec_ids_from_text(&list, ids, n));
    return list;
}

/* u: i 1, j 2; v: j 3, k 4; w: i 5. */
static rec_ratings *make_store(bool timed)
{
    static const char *const users[] = {"u", "u", "v", "v", "w"}, *const items[] = {"i", "j", "j", "k", "i"};
    static const float values[] = {1, 2, 3, 4, 5};
    static const int64_t times[] = {10, 20, 30, REC_NO_TIME, 50};
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    EXPECT_OK(rec_ratings_builder_add_array(builder, users, items, values, timed ? times : NULL, 5));
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

static const struct table whole = {.rated = {{true, true}, {false, true, true}, {true}},
                                   .ratings = {{1, 2}, {0, 3, 4}, {5}},
                                   .times = {{10, 20}, {0, 30, REC_NO_TIME}, {50}}};

START_TEST(test_extend)
{
    static const char *const more[] = {"x", "y"};
    rec_ratings *base = make_store(true), *same = NULL, *extended = NULL, *further = NULL;
    rec_ids *added = text_list(more, 2), *items = NULL;
    rec_row row;
    EXPECT_OK(rec__ratings_extend(&same, base, base->users, base->items));
    ck_assert_ptr_eq(same, base);
    EXPECT_OK(rec__ids_union(&items, base->items, added));
    EXPECT_OK(rec__ratings_extend(&extended, base, base->users, items));
    EXPECT_OK(rec__ratings_extend(&further, extended, extended->users, items));
    ck_assert_ptr_eq(further, extended);
    rec_ratings_free(base);
    rec_ratings_free(same);
    rec_ratings_free(further);
    ck_assert_int_eq(rec_ratings_items(extended), 5);
    ck_assert_ptr_eq(rec_ratings_item_ids(extended), items);
    expect_table(&whole, extended);
    EXPECT_OK(rec_ratings_item(extended, 4, &row));
    ck_assert_int_eq(row.n, 0);
    EXPECT_OK(rec__ratings_check(extended, "ratings"));
    rec_ids_free(items);
    rec_ids_free(added);
    rec_ratings_free(extended);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_align)
{
    static const char *const users[] = {"w", "nobody", "u"}, *const items[] = {"k", "j", "i", "none"};
    rec_ratings *from = make_store(true), *to = NULL;
    rec_ids *user_ids = text_list(users, 3), *item_ids = text_list(items, 4);
    int64_t lost = -1;
    EXPECT_OK(rec__ratings_align(&to, from, user_ids, item_ids, &lost));
    ck_assert_int_eq(lost, 2);
    ck_assert_ptr_eq(rec_ratings_user_ids(to), user_ids);
    ck_assert_int_eq(rec_ratings_items(to), 4);
    struct table table = {.rated = {{false, false, true}, {false}, {false, true, true}},
                          .ratings = {{0, 0, 5}, {0}, {0, 2, 1}},
                          .times = {{0, 0, 50}, {0}, {0, 20, 10}}};
    expect_table(&table, to);
    rec_ratings_free(to);
    EXPECT_OK(rec__ratings_align(&to, from, from->users, from->items, &lost));
    ck_assert_ptr_eq(to, from);
    ck_assert_int_eq(lost, 0);
    rec_ratings_free(to);
    rec_ids_free(user_ids);
    rec_ids_free(item_ids);
    rec_ratings_free(from);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_align_to_strangers)
{
    static const char *const nobody[] = {"x"};
    rec_ratings *from = make_store(false), *to = NULL;
    rec_ids *ids = text_list(nobody, 1);
    struct table table = {0};
    int64_t lost = -1;
    EXPECT_OK(rec__ratings_align(&to, from, ids, ids, &lost));
    ck_assert_int_eq(lost, 5);
    ck_assert_int_eq(rec_ratings_timed(to), 0);
    expect_table(&table, to);
    rec_ids_free(ids);
    rec_ratings_free(from);
    rec_ratings_free(to);
}
END_TEST

/* A store of rows meets one whose ids are their digits. */
START_TEST(test_align_kinds)
{
    static const char *const users[] = {"1", "0"}, *const items[] = {"3", "01", "1"};
    static const int64_t start[] = {0, 2, 3};
    static const int32_t columns[] = {1, 3, 2};
    static const float values[] = {7, 8, 9};
    rec_ids *user_ids = text_list(users, 2), *item_ids = text_list(items, 3);
    rec_ratings *from = NULL, *to = NULL;
    struct table table = {.rated = {{false}, {true, false, true}}, .ratings = {{0}, {8, 0, 7}}};
    int64_t lost = -1;
    EXPECT_OK(rec_ratings_from_csr(&from, 2, 4, start, columns, values));
    EXPECT_OK(rec__ratings_align(&to, from, user_ids, item_ids, &lost));
    ck_assert_int_eq(lost, 1);
    expect_table(&table, to);
    rec_ids_free(user_ids);
    rec_ids_free(item_ids);
    rec_ratings_free(from);
    rec_ratings_free(to);
}
END_TEST

START_TEST(test_damaged_store)
{
    static const char *const nobody[] = {"u"};
    rec_ratings *from = make_store(false), *to = from, broken = *from;
    rec_ids *ids = text_list(nobody, 1);
    int32_t items[] = {0, 1, 1, 900, 0};
    int64_t lost;
    broken.user_items = items;
    EXPECT(rec__ratings_align(&to, &broken, ids, ids, &lost), REC_ERR_CORRUPT, "user 1", "item 900");
    ck_assert_ptr_null(to);
    rec_ids_free(ids);
    rec_ratings_free(from);
}
END_TEST

static rec_status fit(void *context)
{
    static const char *const names[] = {"u", "i", "k", "w"};
    int64_t kept = allocations_left, lost;
    (void)context;
    allocations_left = INT64_MAX;
    rec_ratings *base = make_store(true), *extended = NULL, *aligned = NULL;
    rec_ids *ids = text_list(names, 4), *items = NULL;
    EXPECT_OK(rec__ids_union(&items, base->items, ids));
    allocations_left = kept;
    rec_status status = rec__ratings_extend(&extended, base, base->users, items);
    if (status == REC_OK)
        status = rec__ratings_align(&aligned, extended, ids, ids, &lost);
    ck_assert_int_eq(aligned == NULL, status != REC_OK);
    rec_ratings_free(base);
    rec_ratings_free(extended);
    rec_ratings_free(aligned);
    rec_ids_free(ids);
    rec_ids_free(items);
    return status;
}

START_TEST(test_no_memory)
{
    ck_assert_int_gt(fail_each_allocation(fit, NULL), 15);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ratings match");
    TCase *tests = tcase_create("ratings match");
    tcase_add_test(tests, test_extend);
    tcase_add_test(tests, test_align);
    tcase_add_test(tests, test_align_to_strangers);
    tcase_add_test(tests, test_align_kinds);
    tcase_add_test(tests, test_damaged_store);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
