/* SPDX-License-Identifier: Apache-2.0 */
/* The table that grows while ids arrive, and the list it becomes. */
#include "store/ids.h"

#include "ids_lists.h"

#include <stdio.h>

enum { MANY = 200000 };

/* For loops of many: each of Check's own assertions leaves a mark, which takes longer than a look-up. */
static void expect_row(int32_t row, int64_t wanted)
{
    if (row != wanted)
        ck_abort_msg("row %d instead of %lld", row, (long long)wanted);
}

/* Ids of 1 to 40 bytes that share beginnings and ends. */
static int64_t write_id(char out[64], int64_t i)
{
    return snprintf(out, 64, "%s%lld%s",
                    i % 3 == 0   ? ""
                    : i % 3 == 1 ? "u"
                                 : "a rather long beginning/",
                    (long long)i, i % 5 == 0 ? "-end" : "");
}

START_TEST(test_many)
{
    struct rec__id_table table = {.kind = REC_IDS_TEXT};
    rec_ids *ids = NULL;
    char id[64];
    int32_t row = -1;
    for (int round = 0; round < 2; round++)
        for (int64_t i = 0; i < MANY; i++) {
            int64_t length = write_id(id, i);
            if (rec__id_table_add_text(&table, id, length, &row) != REC_OK)
                ck_abort_msg("%s", rec_last_error());
            expect_row(row, i);
        }
    EXPECT_OK(rec__id_table_freeze(&table, &ids));
    ck_assert_int_eq(table.count, 0);
    ck_assert_int_eq(rec_ids_count(ids), MANY);
    for (int64_t i = 0; i < MANY; i++) {
        int64_t length = write_id(id, i);
        expect_row(rec__ids_row(ids, id, length), i);
        if (rec__ids_row(ids, id, length - 1) == i)
            ck_abort_msg("%s is found without its last byte", id);
        strcpy(id + length, "?");
        expect_row(rec__ids_row(ids, id, length + 1), -1);
    }
    EXPECT_OK(rec__ids_check(ids, "users"));
    rec_ids_free(ids);
}
END_TEST

START_TEST(test_many_integers)
{
    struct rec__id_table table = {.kind = REC_IDS_INTEGER};
    rec_ids *ids = NULL;
    int32_t row = -1;
    for (int round = 0; round < 2; round++)
        for (int64_t i = 0; i < MANY; i++) {
            if (rec__id_table_add_integer(&table, i * 1024 - 5, &row) != REC_OK)
                ck_abort_msg("%s", rec_last_error());
            expect_row(row, i);
        }
    EXPECT_OK(rec__id_table_freeze(&table, &ids));
    for (int64_t i = 0; i < MANY; i++) {
        expect_row(rec__ids_row_of_integer(ids, i * 1024 - 5), i);
        expect_row(rec__ids_row_of_integer(ids, i * 1024 - 4), -1);
    }
    EXPECT_OK(rec__ids_check(ids, "users"));
    rec_ids_free(ids);
}
END_TEST

static int32_t add(struct rec__id_table *table, const char *id)
{
    int32_t row = -1;
    EXPECT_OK(rec__id_table_add_text(table, id, (int64_t)strlen(id), &row));
    return row;
}

START_TEST(test_truncate)
{
    struct rec__id_table table = {.kind = REC_IDS_TEXT};
    char id[64];
    for (int64_t i = 0; i < 1000; i++) {
        (void)write_id(id, i);
        ck_assert_int_eq(add(&table, id), i);
    }
    rec__id_table_truncate(&table, 300);
    ck_assert_int_eq(table.count, 300);
    ck_assert_int_eq(add(&table, "new"), 300);
    for (int64_t i = 0; i < 300; i++) {
        (void)write_id(id, i);
        ck_assert_int_eq(add(&table, id), i);
    }
    (void)write_id(id, 700);
    ck_assert_int_eq(add(&table, id), 301);
    rec__id_table_truncate(&table, 0);
    ck_assert_int_eq(add(&table, "first"), 0);
    rec__id_table_clear(&table);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_lent_list)
{
    struct rec__id_table table = {.kind = REC_IDS_TEXT};
    rec_ids *ids = NULL;
    ck_assert_int_eq(add(&table, "x") + add(&table, "y"), 1);
    EXPECT_OK(rec__id_table_lend(&table, &ids));
    ck_assert_int_eq(rec__ids_row(ids, "y", 1), 1);
    rec__id_table_take_back(ids);
    ck_assert_int_eq(add(&table, "z"), 2);
    EXPECT_OK(rec__id_table_lend(&table, &ids));
    rec__id_table_give(&table);
    ck_assert_int_eq(add(&table, "z"), 0);
    rec__id_table_clear(&table);
    expect_text(ids, 2, "z");
    rec_ids_free(ids);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* A table that runs out of memory keeps what it had, and goes on when there is some. */
static rec_status grow_table(void *context)
{
    struct rec__id_table table = {.kind = *(rec_ids_kind *)context};
    rec_ids *ids = NULL;
    rec_status status = REC_OK;
    int32_t row = -1, added = 0;
    char id[64];
    for (int64_t i = 0; status == REC_OK && i < 500; i++) {
        int64_t length = write_id(id, i);
        status = table.kind == REC_IDS_TEXT ? rec__id_table_add_text(&table, id, length, &row)
                                            : rec__id_table_add_integer(&table, i * 7, &row);
        added += status == REC_OK;
    }
    if (status == REC_OK)
        status = rec__id_table_freeze(&table, &ids);
    if (status != REC_OK) {
        int64_t kept = allocations_left;
        allocations_left = INT64_MAX;
        ck_assert_int_eq(table.count, added);
        for (int64_t i = 0; i <= added; i++) {
            int64_t length = write_id(id, i);
            EXPECT_OK(table.kind == REC_IDS_TEXT ? rec__id_table_add_text(&table, id, length, &row)
                                                 : rec__id_table_add_integer(&table, i * 7, &row));
            ck_assert_int_eq(row, i);
        }
        allocations_left = kept;
    }
    rec_ids_free(ids);
    rec__id_table_clear(&table);
    return status;
}

START_TEST(test_no_memory)
{
    rec_ids_kind kinds[] = {REC_IDS_TEXT, REC_IDS_INTEGER};
    ck_assert_int_gt(fail_each_allocation(grow_table, &kinds[0]), 10);
    ck_assert_int_gt(fail_each_allocation(grow_table, &kinds[1]), 6);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("id table");
    TCase *tests = tcase_create("id table");
    tcase_add_test(tests, test_many);
    tcase_add_test(tests, test_many_integers);
    tcase_add_test(tests, test_truncate);
    tcase_add_test(tests, test_lent_list);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
