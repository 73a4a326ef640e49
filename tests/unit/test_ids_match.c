/* SPDX-License-Identifier: Apache-2.0 */
/* The row of an id in another list, and lists united. */
#include "store/ids.h"

#include "ids_lists.h"

START_TEST(test_match)
{
    static const char *const names[] = {"9", "2", "02", "x"};
    static const int64_t numbers[] = {2, 9, -1};
    rec_ids *text = text_list(names, 4), *integer = integer_list(numbers, 3), *rows = row_list(3);
    static const int32_t text_to_integer[] = {1, 0, -1, -1}, text_to_rows[] = {-1, 2, -1, -1};
    for (int32_t i = 0; i < 4; i++) {
        ck_assert_int_eq(rec__ids_match(text, i, integer), text_to_integer[i]);
        ck_assert_int_eq(rec__ids_match(text, i, rows), text_to_rows[i]);
        ck_assert_int_eq(rec__ids_match(text, i, text), i);
    }
    static const int32_t integer_to_text[] = {1, 0, -1}, integer_to_rows[] = {2, -1, -1};
    static const int32_t rows_to_text[] = {-1, -1, 1}, rows_to_integer[] = {-1, -1, 0};
    for (int32_t i = 0; i < 3; i++) {
        ck_assert_int_eq(rec__ids_match(integer, i, text), integer_to_text[i]);
        ck_assert_int_eq(rec__ids_match(integer, i, rows), integer_to_rows[i]);
        ck_assert_int_eq(rec__ids_match(rows, i, text), rows_to_text[i]);
        ck_assert_int_eq(rec__ids_match(rows, i, integer), rows_to_integer[i]);
    }
    rec_ids_free(text);
    rec_ids_free(integer);
    rec_ids_free(rows);
}
END_TEST

static rec_ids *unite(const rec_ids *first, const rec_ids *more)
{
    rec_ids *both = NULL;
    EXPECT_OK(rec__ids_union(&both, first, more));
    return both;
}

START_TEST(test_union)
{
    static const char *const first_names[] = {"b", "a"}, *const more_names[] = {"c", "a", "d"};
    static const char *const wanted[] = {"b", "a", "c", "d"};
    rec_ids *first = text_list(first_names, 2), *more = text_list(more_names, 3);
    rec_ids *both = unite(first, more), *same = unite(both, first), *whole = unite(both, more);
    ck_assert_int_eq(rec_ids_count(both), 4);
    for (int32_t i = 0; i < 4; i++)
        expect_text(both, i, wanted[i]);
    ck_assert_ptr_eq(same, both);
    ck_assert_ptr_eq(whole, both);
    rec_ids *lists[] = {first, more, both, same, whole};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        rec_ids_free(lists[i]);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_union_of_kinds)
{
    static const int64_t numbers[] = {7, 1};
    rec_ids *three = row_list(3), *five = row_list(5), *none = row_list(0);
    rec_ids *integer = integer_list(numbers, 2), *text = text_list(texts, 2);
    rec_ids *longer = unite(three, five), *shorter = unite(five, three), *mixed = unite(integer, three);
    rec_ids *widened = unite(three, integer), *only = unite(none, text), *kept = unite(text, none),
            *bad = text;
    ck_assert_ptr_eq(longer, five);
    ck_assert_ptr_eq(shorter, five);
    ck_assert_ptr_eq(only, text);
    ck_assert_ptr_eq(kept, text);
    static const int64_t mixed_ids[] = {7, 1, 0, 2}, widened_ids[] = {0, 1, 2, 7};
    ck_assert_int_eq(rec_ids_count(mixed), 4);
    ck_assert_int_eq(rec_ids_count(widened), 4);
    for (int32_t i = 0; i < 4; i++) {
        int64_t id = -1;
        EXPECT_OK(rec_ids_integer(mixed, i, &id));
        ck_assert_int_eq(id, mixed_ids[i]);
        EXPECT_OK(rec_ids_integer(widened, i, &id));
        ck_assert_int_eq(id, widened_ids[i]);
    }
    EXPECT(rec__ids_union(&bad, text, three), REC_ERR_INVALID, "are rows", "text was expected");
    ck_assert_ptr_null(bad);
    EXPECT(rec__ids_union(&bad, integer, text), REC_ERR_INVALID, "are text", "integers was expected");
    rec_ids *lists[] = {three, five, none, integer, text, longer, shorter, mixed, widened, only, kept};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        rec_ids_free(lists[i]);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

static rec_status unite_lists(void *context)
{
    rec_ids *text = NULL, *other = NULL, *both = NULL;
    (void)context;
    rec_status status = rec_ids_from_text(&text, texts, 6);
    if (status == REC_OK)
        status = rec_ids_from_text(&other, texts + 3, TEXTS - 3);
    if (status == REC_OK)
        status = rec__ids_union(&both, text, other);
    ck_assert_int_eq(both == NULL, status != REC_OK);
    rec_ids_free(text);
    rec_ids_free(other);
    rec_ids_free(both);
    return status;
}

START_TEST(test_no_memory)
{
    ck_assert_int_gt(fail_each_allocation(unite_lists, NULL), 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ids match");
    TCase *tests = tcase_create("ids match");
    tcase_add_test(tests, test_match);
    tcase_add_test(tests, test_union);
    tcase_add_test(tests, test_union_of_kinds);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
