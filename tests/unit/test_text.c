/* SPDX-License-Identifier: Apache-2.0 */
/* Growing text, JSON strings, and numbers as text under any locale. */
#include "base/text.h"
#include "base/memory.h"
#include "base/random.h"

#include "files.h"
#include "unit.h"

#include <float.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>

START_TEST(test_growing)
{
    struct rec__text text = {0};
    rec__text_add(&text, "abc", 2);
    rec__text_addf(&text, "-%d-%s", 42, "x");
    ck_assert_str_eq(text.bytes, "ab-42-x");
    for (int i = 0; i < 5000; i++)
        rec__text_addf(&text, "%d,", i % 10);
    ck_assert_int_eq(text.length, 7 + 10000);
    ck_assert_uint_eq(strlen(text.bytes), 10007);
    ck_assert_int_eq(memcmp(text.bytes + 10003, "8,9,", 4), 0);
    ck_assert_int_eq(text.status, REC_OK);
    rec__text_clear(&text);
    ck_assert_ptr_null(text.bytes);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

static rec_status grow_text(void *context)
{
    struct rec__text text = {0};
    (void)context;
    for (int i = 0; i < 100; i++)
        rec__text_add_json(&text, "words");
    rec_status status = text.status;
    ck_assert_int_eq(text.length, status == REC_OK ? 700 : text.length);
    rec__text_clear(&text);
    return status;
}

START_TEST(test_no_memory)
{
    ck_assert_int_gt(fail_each_allocation(grow_text, NULL), 3);
}
END_TEST

static const struct {
    const char *string, *wanted;
} strings[] = {
    {"", "\"\""},
    {"plain / words", "\"plain / words\""},
    {"\"quoted\\", "\"\\\"quoted\\\\\""},
    {"\t\n\x01\x1F", "\"\\u0009\\u000a\\u0001\\u001f\""},
    {"Z\xC3\xBCrich \xE2\x82\xAC \xF0\x9F\x98\x80", "\"Z\xC3\xBCrich \xE2\x82\xAC \xF0\x9F\x98\x80\""},
    {"Z\xFCrich", "\"Z\xEF\xBF\xBDrich\""},                      /* Latin-1 */
    {"\xE2\x82", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},                /* cut short */
    {"\xC0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},                /* overlong */
    {"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""} /* a surrogate */
};

START_TEST(test_json)
{
    struct rec__text text = {0};
    rec__text_add_json(&text, strings[_i].string);
    ck_assert_str_eq(text.bytes, strings[_i].wanted);
    rec__text_clear(&text);
}
END_TEST

static void expect_format(double value, const char *wanted)
{
    char text[REC_NUMBER_TEXT];
    int32_t length = rec__format_double(value, text);
    ck_assert_str_eq(text, wanted);
    ck_assert_uint_eq((size_t)length, strlen(wanted));
}

/* The sign of zero and every bit count, so bits are compared. */
static void expect_parse(const char *text, double wanted)
{
    double value = 77.0;
    ck_assert_msg(rec__parse_double(text, (int64_t)strlen(text), &value), "%s is not read", text);
    ck_assert_msg(memcmp(&value, &wanted, sizeof value) == 0, "%s gives %a, not %a", text, value, wanted);
}

static void check_numbers(void)
{
    expect_format(0.0, "0");
    expect_format(-0.0, "-0");
    expect_format(0.1, "0.1");
    expect_format(-2.5, "-2.5");
    expect_format(1e300, "1e+300");
    expect_format(1.0 / 3.0, "0.3333333333333333");
    expect_format(0.1 + 0.2, "0.30000000000000004");
    expect_format(DBL_MAX, "1.7976931348623157e+308");
    expect_format(5e-324, "5e-324");
    expect_format((double)NAN, "nan");
    expect_format(-(double)INFINITY, "-inf");
    expect_parse("3.5", 3.5);
    expect_parse("+.5", 0.5);
    expect_parse("5.", 5.0);
    expect_parse("-0", -0.0);
    expect_parse("1e-3", 0.001);
    expect_parse("9007199254740993", 9007199254740992.0); /* a tie, to even */
    expect_parse("9007199254740993.0000000000000000000001", 9007199254740994.0);
    expect_parse("0.30000000000000004", 0.1 + 0.2);
    expect_parse("17976931348623157E292", DBL_MAX);
    expect_parse("2.2250738585072011e-308", 0x0.fffffffffffffp-1022);
    expect_parse("-1e999", -(double)INFINITY);
    expect_parse("1e-999", 0.0);
    expect_parse("0e999999999999", 0.0);
    expect_parse("iNf", (double)INFINITY);
    expect_parse("-infinity", -(double)INFINITY);
}

START_TEST(test_numbers)
{
    check_numbers();
    double value = 0.0;
    ck_assert(rec__parse_double("NaN", 3, &value) && isnan(value));
}
END_TEST

START_TEST(test_not_numbers)
{
    static const char *const texts[] = {"",      ".",     "-",   "e5",  "1e",   "1e+",  "1,5",
                                        "1.2.3", "0x10",  "1 ",  " 1",  "--1",  "1e5x", "infin",
                                        "nans",  "1e1.5", "+-1", "1_0", "nan(", "1d5",  "\xD9\xA1"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double value;
        ck_assert_msg(!rec__parse_double(texts[i], (int64_t)strlen(texts[i]), &value), "\"%s\" is read as %g",
                      texts[i], value);
    }
    double value;
    ck_assert(rec__parse_double("12345", 3, &value) && value == 123.0);
}
END_TEST

/* Longer than any buffer: the digits that matter, at whichever end they stand. */
START_TEST(test_long_numbers)
{
    static char text[4000];
    memset(text, '0', sizeof text);
    memcpy(text + 3000, "123.5", 6);
    expect_parse(text, 123.5);
    memset(text, '0', sizeof text);
    text[1] = '.';
    memcpy(text + 3000, "25e2999", 8);
    expect_parse(text, 2.5);
    memset(text, '0', sizeof text);
    text[0] = '1';
    memcpy(text + 3000, "e-2998", 7);
    expect_parse(text, 10.0);
    /* A tie that only the last of 3000 digits breaks. */
    memset(text, '0', sizeof text);
    memcpy(text, "9007199254740993.", 17);
    text[3000] = '\0';
    expect_parse(text, 9007199254740992.0);
    text[2999] = '1';
    expect_parse(text, 9007199254740994.0);
}
END_TEST

static void check_round_trip(void)
{
    for (uint64_t i = 0; i < 20000; i++) {
        uint32_t bits[4];
        char text[REC_NUMBER_TEXT];
        double value, back = 0.0;
        rec__random(11, REC_STREAM_SAMPLE, i, bits);
        memcpy(&value, bits, sizeof value);
        if (!isfinite(value))
            continue;
        int32_t length = rec__format_double(value, text);
        ck_assert_ptr_null(strchr(text, ','));
        ck_assert(rec__parse_double(text, length, &back));
        ck_assert_msg(memcmp(&value, &back, sizeof value) == 0, "%a became %s", value, text);
    }
}

START_TEST(test_round_trip)
{
    check_round_trip();
}
END_TEST

static int check_under(const char *const *names, size_t n)
{
    int tried = 0;
    for (size_t i = 0; i < n; i++) {
        if (setlocale(LC_ALL, names[i]) == NULL)
            continue;
        tried++;
        check_numbers();
        check_round_trip();
        ck_assert_ptr_nonnull(setlocale(LC_ALL, "C"));
    }
    return tried;
}

/* Decimal commas, and a decimal point of two bytes (Farsi): where the system has such locales, or their
 * sources. */
START_TEST(test_locales)
{
    static const char *const names[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "fa_IR.UTF-8"};
    make_folder();
    char path[PATH_MAX], command[2 * PATH_MAX + 160];
    ck_assert_ptr_nonnull(realpath(test_folder, path));
    snprintf(command, sizeof command,
             "for l in de_DE fa_IR; do localedef -i $l -f UTF-8 '%s'/$l.UTF-8; done >'%s/log' 2>&1", path,
             path);
    int tried = check_under(names, sizeof names / sizeof *names);
    if (tried == 0 && system(command) == 0) {
        ck_assert_int_eq(setenv("LOCPATH", path, 1), 0);
        tried = check_under(names, sizeof names / sizeof *names);
        unsetenv("LOCPATH");
    }
    if (tried == 0)
        printf("skipped: there is no locale with another decimal point, and none can be made\n");
    remove_folder();
}
END_TEST

START_TEST(test_integers)
{
    static const struct {
        const char *text;
        int64_t wanted;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"+17", 17},
                {"007", 7},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    static const char *const bad[] = {
        "", "-", "+", "1.0", "1e3", " 1", "1 ", "0x1", "9223372036854775808", "-9223372036854775809"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t value = 5;
        ck_assert(rec__parse_integer(good[i].text, (int64_t)strlen(good[i].text), &value));
        ck_assert_int_eq(value, good[i].wanted);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t value = 5;
        ck_assert_msg(!rec__parse_integer(bad[i], (int64_t)strlen(bad[i]), &value), "%s is read", bad[i]);
        ck_assert_int_eq(value, 5);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *tests = tcase_create("text");
    tcase_add_test(tests, test_growing);
    tcase_add_test(tests, test_no_memory);
    tcase_add_loop_test(tests, test_json, 0, sizeof strings / sizeof *strings);
    tcase_add_test(tests, test_numbers);
    tcase_add_test(tests, test_not_numbers);
    tcase_add_test(tests, test_long_numbers);
    tcase_add_test(tests, test_round_trip);
    tcase_add_test(tests, test_locales);
    tcase_add_test(tests, test_integers);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
