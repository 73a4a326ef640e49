/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of ids in files, and what a damaged file may hold. */
#include "store/ids.h"

#include "files.h"
#include "ids_lists.h"

static struct rec__container *write_lists(rec_ids *const *lists, int32_t n)
{
    static const char *const prefixes[] = {"first", "second", "third", "fourth"};
    struct rec__pack *pack = NULL;
    struct rec__container *container = NULL;
    EXPECT_OK(rec__pack_create(&pack, "ratings"));
    for (int32_t i = 0; i < n; i++)
        EXPECT_OK(rec__ids_pack(lists[i], pack, prefixes[i]));
    EXPECT_OK(rec__pack_write(pack, path_of("ids")));
    rec__pack_free(pack);
    EXPECT_OK(rec__container_open(&container, path_of("ids")));
    return container;
}

START_TEST(test_file)
{
    rec_ids *lists[] = {text_list(texts, TEXTS), integer_list(integers, INTEGERS), row_list(7),
                        text_list(texts, 0)};
    struct rec__container *container = write_lists(lists, 4);
    rec_ids *text = NULL, *integer = NULL, *rows = NULL, *none = NULL, *absent = lists[0];
    EXPECT_OK(rec__ids_unpack(&text, container, "first"));
    EXPECT_OK(rec__ids_unpack(&integer, container, "second"));
    EXPECT_OK(rec__ids_unpack(&rows, container, "third"));
    EXPECT_OK(rec__ids_unpack(&none, container, "fourth"));
    EXPECT(rec__ids_unpack(&absent, container, "fifth"), REC_ERR_CORRUPT, "fifth.count");
    ck_assert_ptr_null(absent);
    rec__container_free(container);
    ck_assert_int_eq(rec_ids_get_kind(rows), REC_IDS_ROWS);
    ck_assert_int_eq(rec_ids_count(rows), 7);
    ck_assert_int_eq(rec_ids_count(none), 0);
    ck_assert_int_eq(rec__ids_row(none, "a", 1), -1);
    for (int32_t i = 0; i < TEXTS; i++) {
        expect_text(text, i, texts[i]);
        ck_assert_int_eq(rec__ids_row(text, texts[i], (int64_t)strlen(texts[i])), i);
    }
    for (int32_t i = 0; i < INTEGERS; i++)
        ck_assert_int_eq(rec__ids_row_of_integer(integer, integers[i]), i);
    rec_ids *opened[] = {text, integer, rows, none};
    for (int i = 0; i < 4; i++) {
        EXPECT_OK(rec__ids_check(opened[i], "ids"));
        rec_ids_free(opened[i]);
        rec_ids_free(lists[i]);
    }
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* A file of arrays that do not fit each other. */
static void expect_unopened(rec_ids *broken, const char *word, const char *other)
{
    rec_ids *opened = broken;
    struct rec__container *container = write_lists(&broken, 1);
    EXPECT(rec__ids_unpack(&opened, container, "first"), REC_ERR_CORRUPT, "ids", word, other);
    ck_assert_ptr_null(opened);
    rec__container_free(container);
}

START_TEST(test_unfit_file)
{
    rec_ids *ids = text_list(texts, TEXTS), broken = *ids;
    broken.n_slots = 31;
    expect_unopened(&broken, "first.slots", "31");
    broken.n_slots = 8;
    expect_unopened(&broken, "first.slots has 8", "power of two over 11");
    broken = *ids;
    broken.count = TEXTS - 1;
    struct rec__pack *pack = NULL;
    struct rec__container *container = NULL;
    EXPECT_OK(rec__pack_create(&pack, "ratings"));
    EXPECT_OK(rec__pack_text(pack, "first.kind", "names"));
    EXPECT_OK(rec__pack_integer(pack, "first.count", 3));
    EXPECT_OK(rec__pack_write(pack, path_of("kind")));
    rec__pack_free(pack);
    EXPECT_OK(rec__container_open(&container, path_of("kind")));
    rec_ids *opened = NULL;
    EXPECT(rec__ids_unpack(&opened, container, "first"), REC_ERR_CORRUPT, "first.kind", "\"names\"",
           "integers");
    rec__container_free(container);
    rec_ids_free(ids);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* Contents as a damaged file may have them: nothing outside the arrays is read, and the check finds each. */
START_TEST(test_damage)
{
    rec_ids *ids = text_list(texts, TEXTS), broken = *ids;
    int32_t slots[32], row = 0;
    int64_t offsets[TEXTS + 1];
    size_t length;
    broken.slots = slots;
    broken.offsets = offsets;
    static const int32_t wrong[] = {TEXTS, INT32_MAX, INT32_MIN, -2, 5};
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
        memcpy(offsets, ids->offsets, sizeof offsets);
        for (int i = 0; i < 32; i++)
            slots[i] = wrong[w];
        EXPECT(rec_ids_find(&broken, "b", &row), REC_ERR_NOT_FOUND, "\"b\"");
        EXPECT(rec__ids_check(&broken, "users"), REC_ERR_CORRUPT, "users.slots");
        memcpy(slots, ids->slots, sizeof slots);
        offsets[4] = wrong[w] * INT64_C(1000000007);
        for (int32_t i = 0; i < TEXTS; i++)
            ck_assert_int_eq(rec__ids_row(&broken, texts[i], (int64_t)strlen(texts[i])),
                             i == 3 || i == 4 ? -1 : i);
        EXPECT(rec_ids_text(&broken, 3, NULL, 0, &length), REC_ERR_CORRUPT, "row 3");
        EXPECT(rec__ids_check(&broken, "users"), REC_ERR_CORRUPT, "users.offsets[4]");
        ck_assert_int_eq(rec__ids_match(&broken, 3, ids), -1);
    }
    memcpy(offsets, ids->offsets, sizeof offsets);
    EXPECT_OK(rec__ids_check(&broken, "users"));
    slots[4] = -1;
    EXPECT(rec__ids_check(&broken, "users"), REC_ERR_CORRUPT, "users.slots has 10 rows", "11");
    slots[20] = 3;
    EXPECT(rec__ids_check(&broken, "users"), REC_ERR_CORRUPT, "users.slots", "row 3");
    rec_ids_free(ids);
}
END_TEST

START_TEST(test_damage_of_integers)
{
    rec_ids *ids = integer_list(integers, INTEGERS), broken = *ids;
    int32_t slots[16], row = 0;
    broken.slots = slots;
    static const int32_t wrong[] = {INTEGERS, INT32_MAX, INT32_MIN, 5};
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
        for (int i = 0; i < 16; i++)
            slots[i] = wrong[w];
        EXPECT(rec_ids_find_integer(&broken, 42, &row), REC_ERR_NOT_FOUND, "42");
        EXPECT(rec__ids_check(&broken, "items"), REC_ERR_CORRUPT, "items.slots");
    }
    rec_ids_free(ids);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ids pack");
    TCase *tests = tcase_create("ids pack");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, test_file);
    tcase_add_test(tests, test_unfit_file);
    tcase_add_test(tests, test_damage);
    tcase_add_test(tests, test_damage_of_integers);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
