/* SPDX-License-Identifier: Apache-2.0 */
/* What is written, to the byte, and that it reads back the same. */
#include "files.h"
#include "store/format_float.h"
#include "store/ratings.h"

#include <librec/host.h>

#include <locale.h>
#include <math.h>

static rec_ratings *read_store(const char *path, const char *format)
{
    rec_ratings *ratings = NULL;
    rec_status status = rec_ratings_read(&ratings, path, format);
    ck_assert_msg(status == REC_OK, "%s", rec_last_error());
    return ratings;
}

static rec_ratings *make_store(const char *text, const char *format)
{
    return read_store(write_text("source", text), format);
}

static void expect_text(const rec_ratings *ratings, const char *format, const char *wanted)
{
    const char *path = path_of("written");
    ck_assert_int_eq(rec_ratings_write(ratings, path, format), REC_OK);
    char *text = read_text(path);
    ck_assert_str_eq(text, wanted);
    free(text);
}

static void expect_same_ids(const rec_ids *a, const rec_ids *b)
{
    ck_assert_int_eq(rec_ids_count(a), rec_ids_count(b));
    for (int32_t row = 0; row < rec_ids_count(a); row++) {
        char x[128], y[128];
        ck_assert_int_eq(rec_ids_text(a, row, x, sizeof x, NULL), REC_OK);
        ck_assert_int_eq(rec_ids_text(b, row, y, sizeof y, NULL), REC_OK);
        ck_assert_str_eq(x, y);
    }
}

static void expect_same(const rec_ratings *a, const rec_ratings *b)
{
    expect_same_ids(a->users, b->users);
    expect_same_ids(a->items, b->items);
    ck_assert_int_eq(a->count, b->count);
    ck_assert_mem_eq(a->user_start, b->user_start, ((size_t)a->n_users + 1) * sizeof *a->user_start);
    ck_assert_mem_eq(a->user_items, b->user_items, (size_t)a->count * sizeof *a->user_items);
    ck_assert_mem_eq(a->user_ratings, b->user_ratings, (size_t)a->count * sizeof *a->user_ratings);
    ck_assert_int_eq(a->user_times != NULL, b->user_times != NULL);
    if (a->user_times != NULL)
        ck_assert_mem_eq(a->user_times, b->user_times, (size_t)a->count * sizeof *a->user_times);
}

/* Rows are in order of first appearance in both when the first file is in order of users and items. */
static void expect_round_trip(const char *text, const char *format, const char *through)
{
    rec_ratings *first = make_store(text, format);
    const char *path = path_of("through");
    ck_assert_int_eq(rec_ratings_write(first, path, through), REC_OK);
    rec_ratings *second = read_store(path, through);
    expect_same(first, second);
    rec_ratings_free(first);
    rec_ratings_free(second);
    ck_assert_int_eq(rec_host_blocks(), 0);
}

START_TEST(test_csv)
{
    rec_ratings *r = make_store("b,y,4.5,7\na,x,-1,\nb,\"x,\"\"1\"\"\",0.1,-3\n", "csv");
    expect_text(r, "csv", "user,item,rating,time\nb,y,4.5,7\nb,\"x,\"\"1\"\"\",0.1,-3\na,x,-1,\n");
    rec_ratings_free(r);
    r = make_store("a b,\"x\ny\",1\n", "csv");
    expect_text(r, "csv", "user,item,rating\na b,\"x\ny\",1\n");
    rec_ratings_free(r);
    expect_round_trip("a,x,1\na,y,2.25\nb,x,3\n\"q\"\"\",y,1e-20\n\" s \",\"new\r\nline\",7\n", "csv", "csv");
    expect_round_trip("a,x,1,5\na,y,2,\nb,x,3,-9223372036854775807\n", "csv", "csv");
    expect_round_trip("1 2 3\n4 2 9\n", "lists", "csv");
}
END_TEST

START_TEST(test_lists)
{
    rec_ratings *r = make_store("u 1 2\nempty\nv 2\n", "lists");
    expect_text(r, "lists", "u 1 2\nempty\nv 2\n");
    expect_text(r, "counted-lists", "2 1 2\n0\n1 2\n");
    expect_text(r, "mtx", "%%MatrixMarket matrix coordinate real general\n3 2 3\n1 1 1\n1 2 1\n3 2 1\n");
    rec_ratings_free(r);
    expect_round_trip("u 1 2\nempty\nv 2 3\n", "lists", "lists");
    expect_round_trip("2 a b\n0\n1 c\n", "counted-lists", "counted-lists");
}
END_TEST

START_TEST(test_mtx)
{
    expect_round_trip("%%MatrixMarket matrix coordinate real general\n3 4 3\n1 1 0.5\n1 4 2\n3 2 -1\n", "mtx",
                      "mtx");
}
END_TEST

static void expect_refused(const rec_ratings *r, const char *format, const char *word)
{
    const char *path = write_text("kept", "what was there");
    ck_assert_int_eq(rec_ratings_write(r, path, format), REC_ERR_INVALID);
    ck_assert_msg(strstr(rec_last_error(), word) != NULL, "\"%s\" lacks \"%s\"", rec_last_error(), word);
    char *text = read_text(path);
    ck_assert_str_eq(text, "what was there");
    free(text);
}

START_TEST(test_refusals)
{
    rec_ratings *r = make_store("a,x,1\nb,x,4.5\n", "csv");
    expect_refused(r, "lists", "all must be 1; one is 4.5");
    expect_refused(r, "counted-lists", "all must be 1; one is 4.5");
    expect_refused(r, "xml", "format \"xml\" is unknown");
    expect_refused(r, NULL, "format");
    ck_assert_int_eq(rec_ratings_write(NULL, "x", "csv"), REC_ERR_INVALID);
    ck_assert_int_eq(rec_ratings_write(r, NULL, "csv"), REC_ERR_INVALID);
    ck_assert_int_eq(rec_ratings_write(r, path_of("no/folder"), "csv"), REC_ERR_IO);
    rec_ratings_free(r);
    r = make_store("a,the item\n", "csv");
    expect_refused(r, "lists", "item id \"the item\" has a blank in it");
    rec_ratings_free(r);
    r = make_store("a user,x\n", "csv");
    expect_refused(r, "lists", "user id \"a user\" has a blank in it");
    rec_ratings_free(r);
}
END_TEST

static void expect_float(float value, const char *wanted)
{
    char out[REC_NUMBER_TEXT];
    ck_assert_int_eq(rec__format_float(value, out), (int)strlen(wanted));
    ck_assert_str_eq(out, wanted);
}

START_TEST(test_floats)
{
    expect_float(0, "0");
    expect_float(-0.0f, "-0");
    expect_float(5, "5");
    expect_float(-3.5f, "-3.5");
    expect_float(0.1f, "0.1");
    expect_float(0.25f, "0.25");
    expect_float(1.0f / 3, "0.33333334");
    expect_float(99999.9f, "99999.9");
    expect_float(16777216, "16777216");
    expect_float(1e9f, "1000000000");
    expect_float(1e10f, "1e10");
    expect_float(0.0001f, "0.0001");
    expect_float(0.00001f, "1e-5");
    expect_float(1234.5678f, "1234.5677");
    expect_float(3.4028234664e38f, "3.4028235e38");
    expect_float(1e-45f, "1e-45");
}
END_TEST

static int count_digits(const char *text)
{
    int digits = 0, zeros = 0;
    for (; *text != '\0' && *text != 'e'; text++)
        if (*text >= '0' && *text <= '9' && (digits > 0 || *text != '0')) {
            digits++;
            zeros = *text == '0' ? zeros + 1 : 0;
        }
    return digits - zeros;
}

/* Every kind of bit pattern reads back, in as few digits as printf can do it with. */
START_TEST(test_shortest)
{
    uint32_t bits = 12345;
    for (int i = 0; i < 20000; i++) {
        float value;
        char out[REC_NUMBER_TEXT], other[64];
        bits = bits * 1664525u + 1013904223u;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        rec__format_float(value, out);
        ck_assert(strtof(out, NULL) == value);
        int digits = 1;
        do
            snprintf(other, sizeof other, "%.*e", digits - 1, (double)value);
        while (strtof(other, NULL) != value && digits++ < 9);
        ck_assert_msg(count_digits(out) <= digits, "%s where %s does", out, other);
    }
}
END_TEST

START_TEST(test_locale)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "ps_AF.UTF-8"};
    size_t i = 0;
    while (i < 4 && setlocale(LC_NUMERIC, names[i]) == NULL)
        i++;
    if (i == 4)
        printf("skipped: no locale with a decimal comma is installed\n");
    expect_float(1234.5678f, "1234.5677");
    expect_float(0.25f, "0.25");
    expect_round_trip("a,x,0.33333334\na,y,2.25\n", "csv", "csv");
    setlocale(LC_NUMERIC, "C");
}
END_TEST

START_TEST(test_public_data)
{
    char path[512];
    if (!find_data("ml-100k/u.data", path))
        return;
    rec_ratings *first = read_store(path, NULL);
    ck_assert_int_eq(rec_ratings_write(first, path_of("one"), "csv"), REC_OK);
    /* Rows of `first` are in order of the file; from the second on, in order of users, which stays. */
    rec_ratings *second = read_store(path_of("one"), NULL);
    ck_assert_int_eq(rec_ratings_write(second, path_of("two"), "csv"), REC_OK);
    rec_ratings *third = read_store(path_of("two"), NULL);
    ck_assert_int_eq(rec_ratings_count(first), rec_ratings_count(second));
    ck_assert_double_eq_tol(rec_ratings_mean(first), rec_ratings_mean(second), 1e-12);
    expect_same_ids(first->users, second->users);
    expect_same(second, third);
    rec_ratings_free(first);
    rec_ratings_free(second);
    rec_ratings_free(third);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("write");
    TCase *tests = tcase_create("write");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, test_csv);
    tcase_add_test(tests, test_lists);
    tcase_add_test(tests, test_mtx);
    tcase_add_test(tests, test_refusals);
    tcase_add_test(tests, test_floats);
    tcase_add_test(tests, test_shortest);
    tcase_add_test(tests, test_locale);
    tcase_add_test(tests, test_public_data);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
