/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of ids of every kind. */
#include "store/ids.h"

#include "ids_lists.h"

#include <stdio.h>

START_TEST(test_text)
{
    rec_ids *ids = text_list(texts, TEXTS);
    int32_t row = -1;
    int64_t integer = 0;
    ck_assert_int_eq(rec_ids_get_kind(ids), REC_IDS_TEXT);
    ck_assert_int_eq(rec_ids_count(ids), TEXTS);
    for (int32_t i = 0; i < TEXTS; i++) {
        EXPECT_OK(rec_ids_find(ids, texts[i], &row));
        ck_assert_int_eq(row, i);
        expect_text(ids, i, texts[i]);
    }
    EXPECT_OK(rec_ids_find_integer(ids, 12345678, &row));
    ck_assert_int_eq(row, 3);
    row = 99;
    EXPECT(rec_ids_find(ids, "nobody", &row), REC_ERR_NOT_FOUND, "\"nobody\"", "11");
    EXPECT(rec_ids_find(ids, "", &row), REC_ERR_NOT_FOUND, "\"\"");
    EXPECT(rec_ids_find(ids, "1234567", &row), REC_ERR_NOT_FOUND, "1234567");
    EXPECT(rec_ids_find(ids, "1234567890", &row), REC_ERR_NOT_FOUND, "1234567890");
    EXPECT(rec_ids_find_integer(ids, 12, &row), REC_ERR_NOT_FOUND, "id 12 ");
    ck_assert_int_eq(row, 99);
    EXPECT(rec_ids_integer(ids, 0, &integer), REC_ERR_UNSUPPORTED, "text", "integers");
    rec_ids_free(ids);
}
END_TEST

START_TEST(test_integers)
{
    rec_ids *ids = integer_list(integers, INTEGERS);
    char digits[32];
    int32_t row = -1;
    int64_t integer = 0;
    ck_assert_int_eq(rec_ids_get_kind(ids), REC_IDS_INTEGER);
    for (int32_t i = 0; i < INTEGERS; i++) {
        EXPECT_OK(rec_ids_find_integer(ids, integers[i], &row));
        ck_assert_int_eq(row, i);
        EXPECT_OK(rec_ids_integer(ids, i, &integer));
        ck_assert_int_eq(integer, integers[i]);
        snprintf(digits, sizeof digits, "%lld", (long long)integers[i]);
        expect_text(ids, i, digits);
        EXPECT_OK(rec_ids_find(ids, digits, &row));
        ck_assert_int_eq(row, i);
    }
    static const char *const others[] = {
        "007", "+7", "-0", "00", " 7", "7 ", "", "-", "7.0", "9223372036854775808", "8", "-42"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        EXPECT(rec_ids_find(ids, others[i], &row), REC_ERR_NOT_FOUND, others[i]);
    EXPECT(rec_ids_find_integer(ids, 8, &row), REC_ERR_NOT_FOUND, "id 8 ");
    rec_ids_free(ids);
}
END_TEST

START_TEST(test_rows)
{
    rec_ids *ids = row_list(3), *none = row_list(0);
    int32_t row = -1;
    int64_t integer = 0;
    ck_assert_int_eq(rec_ids_get_kind(ids), REC_IDS_ROWS);
    ck_assert_int_eq(rec_ids_count(ids), 3);
    EXPECT_OK(rec_ids_find(ids, "2", &row));
    ck_assert_int_eq(row, 2);
    EXPECT_OK(rec_ids_find_integer(ids, 0, &row));
    ck_assert_int_eq(row, 0);
    EXPECT_OK(rec_ids_integer(ids, 1, &integer));
    ck_assert_int_eq(integer, 1);
    expect_text(ids, 2, "2");
    EXPECT(rec_ids_find(ids, "02", &row), REC_ERR_NOT_FOUND, "\"02\"");
    EXPECT(rec_ids_find(ids, "3", &row), REC_ERR_NOT_FOUND, "\"3\"");
    EXPECT(rec_ids_find_integer(ids, -1, &row), REC_ERR_NOT_FOUND, "-1");
    EXPECT(rec_ids_find_integer(ids, INT64_C(1) << 32, &row), REC_ERR_NOT_FOUND, "4294967296");
    EXPECT(rec_ids_find(none, "0", &row), REC_ERR_NOT_FOUND, "\"0\"");
    rec_ids_free(ids);
    rec_ids_free(none);
}
END_TEST

START_TEST(test_text_is_cut_to_the_buffer)
{
    rec_ids *ids = text_list(texts, TEXTS);
    char buffer[5] = "####";
    size_t length = 0;
    EXPECT_OK(rec_ids_text(ids, 5, buffer, sizeof buffer, &length));
    ck_assert_str_eq(buffer, "The ");
    ck_assert_uint_eq(length, 16);
    EXPECT_OK(rec_ids_text(ids, 0, buffer, 1, NULL));
    ck_assert_str_eq(buffer, "");
    EXPECT_OK(rec_ids_text(ids, 2, buffer, 3, &length));
    ck_assert_str_eq(buffer, "ab");
    EXPECT_OK(rec_ids_text(ids, 4, NULL, 0, &length));
    ck_assert_uint_eq(length, 9);
    rec_ids_free(ids);
}
END_TEST

START_TEST(test_bad_arguments)
{
    static const char *const twice[] = {"x", "y", "x"}, *const missing[] = {"x", NULL},
                             *const empty[] = {"", "x"};
    static const int64_t same[] = {5, 6, 7, 6};
    int32_t row = 0;
    rec_ids *ids = (rec_ids *)(void *)&row;
    int64_t integer = 0;
    EXPECT(rec_ids_from_text(&ids, twice, 3), REC_ERR_INVALID, "ids[2]", "\"x\"", "ids[0]", "distinct");
    ck_assert_ptr_null(ids);
    EXPECT(rec_ids_from_text(&ids, missing, 2), REC_ERR_INVALID, "ids[1]", "NULL");
    EXPECT(rec_ids_from_text(&ids, empty, 2), REC_ERR_INVALID, "ids[0]", "empty");
    EXPECT(rec_ids_from_integers(&ids, same, 4), REC_ERR_INVALID, "ids[3] is 6", "ids[1]", "distinct");
    EXPECT(rec_ids_from_text(&ids, NULL, 0), REC_ERR_INVALID, "ids is NULL");
    EXPECT(rec_ids_from_integers(&ids, NULL, 0), REC_ERR_INVALID, "ids is NULL");
    EXPECT(rec_ids_from_rows(NULL, 4), REC_ERR_INVALID, "out is NULL");
    EXPECT(rec_ids_from_rows(&ids, -4), REC_ERR_INVALID, "n is -4", "2147483647");
    EXPECT(rec_ids_from_rows(&ids, INT64_C(2147483648)), REC_ERR_INVALID, "n is 2147483648");
    ids = row_list(2);
    EXPECT(rec_ids_find(NULL, "x", &row), REC_ERR_INVALID, "ids is NULL");
    EXPECT(rec_ids_find(ids, NULL, &row), REC_ERR_INVALID, "text is NULL");
    EXPECT(rec_ids_find(ids, "0", NULL), REC_ERR_INVALID, "row is NULL");
    EXPECT(rec_ids_find_integer(ids, 0, NULL), REC_ERR_INVALID, "row is NULL");
    EXPECT(rec_ids_text(ids, 2, NULL, 0, NULL), REC_ERR_RANGE, "row is 2", "0 to 1");
    EXPECT(rec_ids_text(ids, -1, NULL, 0, NULL), REC_ERR_RANGE, "row is -1");
    EXPECT(rec_ids_text(ids, 0, NULL, 8, NULL), REC_ERR_INVALID, "buffer is NULL");
    EXPECT(rec_ids_text(NULL, 0, NULL, 0, NULL), REC_ERR_INVALID, "ids is NULL");
    EXPECT(rec_ids_integer(ids, 2, &integer), REC_ERR_RANGE, "row is 2");
    EXPECT(rec_ids_integer(ids, 0, NULL), REC_ERR_INVALID, "id is NULL");
    rec_ids_free(ids);
    rec_ids_free(NULL);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_references)
{
    rec_ids *ids = text_list(texts, TEXTS), *again = rec_ids_retain(ids);
    ck_assert_ptr_eq(ids, again);
    rec_ids_free(ids);
    expect_text(again, 1, "b");
    rec_ids_free(again);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* The tables of tests/reference/ids.py: they are part of the file format. */
START_TEST(test_slots)
{
    static const int32_t text_slots[] = {7, 0,  8, 10, 3,  -1, -1, -1, -1, -1, -1, -1, -1, -1, 1, -1,
                                         9, -1, 2, -1, -1, -1, -1, 6,  -1, -1, 4,  -1, -1, -1, 5, -1};
    static const int32_t integer_slots[] = {0, 4, 6, -1, 5, 2, -1, -1, -1, -1, -1, -1, 1, 3, 7, -1};
    rec_ids *ids = text_list(texts, TEXTS);
    ck_assert_int_eq(ids->n_slots, 32);
    ck_assert_mem_eq(ids->slots, text_slots, sizeof text_slots);
    rec_ids_free(ids);
    ids = integer_list(integers, INTEGERS);
    ck_assert_int_eq(ids->n_slots, 16);
    ck_assert_mem_eq(ids->slots, integer_slots, sizeof integer_slots);
    rec_ids_free(ids);
}
END_TEST

static rec_status make_each(void *context)
{
    rec_ids *text = NULL, *integer = NULL, *rows = NULL;
    (void)context;
    rec_status status = rec_ids_from_text(&text, texts, TEXTS);
    if (status == REC_OK)
        status = rec_ids_from_integers(&integer, integers, INTEGERS);
    if (status == REC_OK)
        status = rec_ids_from_rows(&rows, 3);
    ck_assert_int_eq(rows == NULL, status != REC_OK);
    rec_ids_free(text);
    rec_ids_free(integer);
    rec_ids_free(rows);
    return status;
}

START_TEST(test_no_memory)
{
    ck_assert_int_gt(fail_each_allocation(make_each, NULL), 8);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ids");
    TCase *tests = tcase_create("ids");
    tcase_add_test(tests, test_text);
    tcase_add_test(tests, test_integers);
    tcase_add_test(tests, test_rows);
    tcase_add_test(tests, test_text_is_cut_to_the_buffer);
    tcase_add_test(tests, test_bad_arguments);
    tcase_add_test(tests, test_references);
    tcase_add_test(tests, test_slots);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
