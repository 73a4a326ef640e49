/* SPDX-License-Identifier: Apache-2.0 */
/* Features read from text in both formats, and what is said of text that is in neither. */
#include "store/features.h"

#include "files.h"
#include "unit.h"

static rec_features *read_features(const char *text, const char *format)
{
    rec_features *features = NULL;
    EXPECT_OK(rec_features_read(&features, write_text("features", text), format));
    return features;
}

static void expect_ids(const rec_ids *ids, const char *const *wanted, int32_t n)
{
    ck_assert_int_eq(rec_ids_count(ids), n);
    for (int32_t i = 0; i < n; i++) {
        char text[64];
        EXPECT_OK(rec_ids_text(ids, i, text, sizeof text, NULL));
        ck_assert_str_eq(text, wanted[i]);
    }
}

static void expect_row(const rec_features *f, int32_t row, const int32_t *columns, const float *values,
                       int64_t n)
{
    int64_t from = f->row_start[row];
    ck_assert_int_eq(f->row_start[row + 1] - from, n);
    for (int64_t i = 0; i < n; i++) {
        ck_assert_int_eq(f->columns[from + i], columns[i]);
        ck_assert(f->values[from + i] == values[i]);
    }
}

START_TEST(test_triples)
{
    static const char *const ids[] = {"m1", "m2", "a \"b\", c"}, *const names[] = {"drama", "war",
                                                                                   "long, \"odd\""};
    rec_features *f =
        read_features("m1,drama,0.5\n\nm2,war,-1e-2\r\n\"a \"\"b\"\", c\",\"long, \"\"odd\"\"\", 3 \n"
                      "m1,war,2\n\"a \"\"b\"\", c\",drama,7",
                      NULL);
    ck_assert_int_eq(rec_features_sparse(f), 1);
    ck_assert_int_eq(rec_features_dimensions(f), 3);
    expect_ids(rec_features_ids(f), ids, 3);
    expect_ids(rec_features_names(f), names, 3);
    expect_row(f, 0, (const int32_t[]){0, 1}, (const float[]){0.5f, 2}, 2);
    expect_row(f, 1, (const int32_t[]){1}, (const float[]){-0.01f}, 1);
    expect_row(f, 2, (const int32_t[]){0, 2}, (const float[]){7, 3}, 2);
    EXPECT_OK(rec__features_check(f));
    rec_features_free(f);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_triples_without_values)
{
    static const char *const ids[] = {"10", "9"}, *const names[] = {"Sci-Fi", "Comedy", "War"};
    rec_features *f = read_features("\xEF\xBB\xBF"
                                    "10\tSci-Fi\n9\tComedy\n10\tWar\n10\tComedy\n",
                                    "triples");
    expect_ids(rec_features_ids(f), ids, 2);
    expect_ids(rec_features_names(f), names, 3);
    expect_row(f, 0, (const int32_t[]){0, 1, 2}, (const float[]){1, 1, 1}, 3);
    expect_row(f, 1, (const int32_t[]){1}, (const float[]){1}, 1);
    rec_features_free(f);
}
END_TEST

START_TEST(test_triples_with_a_header)
{
    static const char *const ids[] = {"m1"}, *const names[] = {"drama", "war"};
    rec_features *f = read_features("item::tag::weight\nm1::drama::1\nm1::war::4\n", NULL);
    expect_ids(rec_features_ids(f), ids, 1);
    expect_ids(rec_features_names(f), names, 2);
    expect_row(f, 0, (const int32_t[]){0, 1}, (const float[]){1, 4}, 2);
    rec_features_free(f);
}
END_TEST

START_TEST(test_dense)
{
    static const char *const ids[] = {"Item 1", "Item 2", "Item 3"};
    static const float values[] = {1, -2.5f, 1e3f, 4, 5, 6, 0, 0.125f, -0.0f};
    static const char text[] = "Item 1,1,-2.5,1e3\nItem 2,4,5,6\n\nItem 3,0,.125,-0\n";
    for (int named = 0; named < 2; named++) {
        rec_features *f = read_features(text, named ? "dense" : NULL);
        ck_assert_int_eq(rec_features_sparse(f), 0);
        ck_assert_int_eq(rec_features_dimensions(f), 3);
        ck_assert_ptr_null(rec_features_names(f));
        expect_ids(rec_features_ids(f), ids, 3);
        ck_assert_mem_eq(f->dense, values, sizeof values);
        rec_features_free(f);
    }
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_dense_by_spaces)
{
    static const char *const ids[] = {"a", "b"};
    static const float values[] = {1, 2, 3, 4};
    rec_features *f = read_features("a  1 2\nb 3   4\n", NULL);
    expect_ids(rec_features_ids(f), ids, 2);
    ck_assert_mem_eq(f->dense, values, sizeof values);
    rec_features_free(f);
    f = read_features("a 1\nb 3\n", "dense");
    ck_assert_int_eq(rec_features_dimensions(f), 1);
    ck_assert(f->dense[1] == 3);
    rec_features_free(f);
}
END_TEST

START_TEST(test_dense_with_names)
{
    static const char *const ids[] = {"a", "b"}, *const names[] = {"height", "\"w\""};
    static const float values[] = {1, 2, 3, 4};
    rec_features *f = read_features("id;height;\"\"\"w\"\"\"\na;1;2\nb;3;4\n", "dense");
    expect_ids(rec_features_ids(f), ids, 2);
    expect_ids(rec_features_names(f), names, 2);
    ck_assert_mem_eq(f->dense, values, sizeof values);
    rec_features_free(f);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

static void expect_unread(const char *text, const char *format, rec_status wanted, const char *place,
                          const char *word)
{
    rec_features *features = (rec_features *)(void *)test_folder;
    EXPECT(rec_features_read(&features, write_text("features", text), format), wanted, "features", place,
           word);
    ck_assert_ptr_null(features);
    ck_assert_int_eq(rec_host_blocks(), 0);
}

START_TEST(test_bad_triples)
{
    expect_unread("a,x,1\nb,y,two\n", NULL, REC_ERR_FORMAT, "line 2, column 5", "\"two\" is not a number");
    expect_unread("a,x,1\nb,y,\n", NULL, REC_ERR_FORMAT, "line 2, column 5", "\"\" is not a number");
    expect_unread("a,x,1\nb,y,nan\n", NULL, REC_ERR_FORMAT, "line 2, column 5", "\"nan\" is not a finite");
    expect_unread("a,x,1\nb,y,1e39\n", NULL, REC_ERR_FORMAT, "line 2, column 5", "\"1e39\" is not a finite");
    expect_unread("a,x,1\n,y,2\n", NULL, REC_ERR_FORMAT, "line 2, column 1", "the id is empty");
    expect_unread("a,x,1\nb,,2\n", NULL, REC_ERR_FORMAT, "line 2, column 3", "name of the feature is empty");
    expect_unread("a,x,1\nb,y\nc,z,2\n", NULL, REC_ERR_FORMAT, "line 2, column 4", "a value was expected");
    expect_unread("a,x,1\nb\nc,z,2\n", NULL, REC_ERR_FORMAT, "line 2, column 2", "name of a feature");
    expect_unread("a,x,1\nb,y,2,9\nc,z,2\n", NULL, REC_ERR_FORMAT, "line 2, column 7",
                  "3 fields were expected");
    expect_unread("a,x,1\nb,x,1\na,y,1\nb,x,2\n", NULL, REC_ERR_FORMAT, "line 4, column 1", "already");
    expect_unread("a,x,1\nb,\"y,1\n", NULL, REC_ERR_FORMAT, "line 2, column 3", "never closed");
    expect_unread("a,x,1\nb,\"y\"z,1\n", NULL, REC_ERR_FORMAT, "line 2, column 3", "closing quote of \"y\"");
    expect_unread("a,x,y,1\nb,x,y,2\n", "triples", REC_ERR_FORMAT, "line 1", "4 fields");
    expect_unread("alone\nwords\n", NULL, REC_ERR_FORMAT, "line 1", "no separator");
}
END_TEST

START_TEST(test_bad_dense)
{
    expect_unread("a,1,2\nb,3,four\n", NULL, REC_ERR_FORMAT, "line 2, column 5", "\"four\" is not a number");
    expect_unread("a,1,2\nb,3\nc,1,2\n", NULL, REC_ERR_FORMAT, "line 2, column 4", "a value was expected");
    expect_unread("a,1,2\nb,3,4,5\nc,1,2\n", NULL, REC_ERR_FORMAT, "line 2, column 7",
                  "3 fields were expected");
    expect_unread("a,1,2\nb,3,inf\n", NULL, REC_ERR_FORMAT, "line 2, column 5", "\"inf\" is not a finite");
    expect_unread("a,1,2\nb,3,4\na,5,6\n", NULL, REC_ERR_FORMAT, "line 3, column 1",
                  "\"a\" is given a second time");
    expect_unread("a,1,2\n,3,4\n", NULL, REC_ERR_FORMAT, "line 2, column 1", "the id is empty");
    expect_unread("id,w,w\na,1,2\n", "dense", REC_ERR_FORMAT, "line 1, column 6", "column 2 too");
    expect_unread("id,w,\na,1,2\n", "dense", REC_ERR_FORMAT, "line 1", "name of the feature is empty");
    expect_unread("id,v,w\n", "dense", REC_ERR_EMPTY, "holds no features", "");
}
END_TEST

START_TEST(test_bags)
{
    static const char *const ids[] = {"0", "1", "2"};
    rec_features *f = read_features("2 7:1 0:3\r\n\n1 3:0.5\n", NULL);
    ck_assert_int_eq(rec_features_dimensions(f), 8);
    ck_assert_ptr_null(rec_features_names(f));
    expect_ids(rec_features_ids(f), ids, 3);
    expect_row(f, 0, (const int32_t[]){0, 7}, (const float[]){3, 1}, 2);
    expect_row(f, 1, NULL, NULL, 0);
    expect_row(f, 2, (const int32_t[]){3}, (const float[]){0.5f}, 1);
    rec_features_free(f);
    f = NULL;
    EXPECT(rec_features_read(&f, write_text("bag", "1 2:1\n2 3:1\n"), NULL), REC_ERR_FORMAT, "line 2",
           "column:value");
    EXPECT(rec_features_read(&f, write_text("bag", "1 2:1 3:1\n"), NULL), REC_ERR_FORMAT, "line 1",
           "end of the line");
    EXPECT(rec_features_read(&f, write_text("bag", "1 2:x\n"), "bags"), REC_ERR_FORMAT, "\"x\"");
    EXPECT(rec_features_read(&f, write_text("bag", "2 5:1 5:2\n"), NULL), REC_ERR_FORMAT,
           "once was expected");
    EXPECT(rec_features_read(&f, write_text("bag", "x 5:1\n"), "bags"), REC_ERR_FORMAT, "\"x\"",
           "number of pairs");
    EXPECT(rec_features_read(&f, write_text("bag", "0\n"), "bags"), REC_ERR_EMPTY, "bag");
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_no_features)
{
    rec_features *features = NULL;
    expect_unread("", NULL, REC_ERR_EMPTY, "is empty", "");
    expect_unread(" \n\n\t\n", NULL, REC_ERR_EMPTY, "holds no features", "");
    expect_unread(" \n\n\t\n", "dense", REC_ERR_EMPTY, "holds no features", "");
    EXPECT(rec_features_read(&features, "x", "lists"), REC_ERR_INVALID, "format \"lists\"",
           "triples, dense, bags");
    EXPECT(rec_features_read(&features, path_of("absent"), NULL), REC_ERR_IO, "absent");
    EXPECT(rec_features_read(&features, NULL, NULL), REC_ERR_INVALID, "path is NULL");
    EXPECT(rec_features_read(NULL, "x", NULL), REC_ERR_INVALID, "out is NULL");
    EXPECT(rec_features_read(&features, write_bytes("nul", "a,x\nb\0,y\n", 9), NULL), REC_ERR_FORMAT,
           "nul: line 2, column 2", "NUL");
    ck_assert_ptr_null(features);
}
END_TEST

static rec_status read_both(void *context)
{
    const char *const *paths = context;
    rec_features *triples = NULL, *dense = NULL;
    rec_status status = rec_features_read(&triples, paths[0], NULL);
    if (status == REC_OK)
        status = rec_features_read(&dense, paths[1], "dense");
    ck_assert_int_eq(dense == NULL, status != REC_OK);
    rec_features_free(triples);
    rec_features_free(dense);
    return status;
}

START_TEST(test_no_memory)
{
    char triples[2000] = "", dense[2000] = "id,\"a\"\"b\",c\n";
    for (int i = 0; i < 60; i++) {
        sprintf(triples + strlen(triples), "\"item \"\"%d\"\"\",tag%d,%d\n", i, i % 11, i);
        sprintf(dense + strlen(dense), "%d,%d,%d\n", i, i + 1, i + 2);
    }
    const char *paths[] = {write_text("triples", triples), write_text("dense", dense)};
    ck_assert_int_gt(fail_each_allocation(read_both, paths), 40);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("features read");
    TCase *tests = tcase_create("features read");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, test_triples);
    tcase_add_test(tests, test_triples_without_values);
    tcase_add_test(tests, test_triples_with_a_header);
    tcase_add_test(tests, test_dense);
    tcase_add_test(tests, test_dense_by_spaces);
    tcase_add_test(tests, test_dense_with_names);
    tcase_add_test(tests, test_bad_triples);
    tcase_add_test(tests, test_bad_dense);
    tcase_add_test(tests, test_bags);
    tcase_add_test(tests, test_no_features);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
