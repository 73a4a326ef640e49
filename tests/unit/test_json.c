/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of JSON: what it takes, and that every fault is told where it stands. */
#include "container/json.h"

#include "unit.h"

static char room[256];

static struct rec__json begin(const char *text)
{
    size_t length = strlen(text);
    ck_assert_uint_lt(length, sizeof room);
    memcpy(room, text, length + 1);
    return (struct rec__json){room, room + length, NULL};
}

static void expect_string(const char *text, const char *wanted)
{
    struct rec__json json = begin(text);
    const char *string = rec__json_string(&json);
    rec__json_end(&json);
    ck_assert_msg(json.fault == NULL, "%s: %s", text, json.fault);
    ck_assert_str_eq(string, wanted);
}

START_TEST(test_strings)
{
    expect_string("\"\"", "");
    expect_string(" \t\r\n\"two words\" ", "two words");
    expect_string("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
    expect_string("\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"", "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    expect_string("\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    expect_string("\"\x7F\"", "\x7F");
}
END_TEST

static const struct {
    const char *text, *fault;
} bad_strings[] = {
    {"", "a string was expected"},
    {"word", "a string was expected"},
    {"\"open", "a string does not end"},
    {"\"open\\", "an escape is not known"},
    {"\"\\x\"", "an escape is not known"},
    {"\"\\u12g4\"", "\\u needs four hexadecimal digits"},
    {"\"\\u12", "\\u needs four hexadecimal digits"},
    {"\"\\u0000\"", "a string holds NUL"},
    {"\"\\ud83d\"", "a surrogate stands alone"},
    {"\"\\ude00\"", "a surrogate stands alone"},
    {"\"\\ud83d\\u0041\"", "a surrogate stands alone"},
    {"\"a\nb\"", "a string holds a control character"},
    {"\"\x80\"", "a string is not UTF-8"},         /* a continuation alone */
    {"\"\xC0\xAF\"", "a string is not UTF-8"},     /* overlong */
    {"\"\xE0\x9F\xBF\"", "a string is not UTF-8"}, /* overlong */
    {"\"\xED\xA0\x80\"", "a string is not UTF-8"}, /* a surrogate */
    {"\"\xF4\x90\x80\x80\"", "a string is not UTF-8"},
    {"\"\xF5\x80\x80\x80\"", "a string is not UTF-8"},
    {"\"\xE2\x82\"", "a string is not UTF-8"}, /* cut short by the quote */
    {"\"\xE2\x82", "a string is not UTF-8"},   /* cut short by the end */
};

START_TEST(test_bad_strings)
{
    struct rec__json json = begin(bad_strings[_i].text);
    ck_assert_ptr_null(rec__json_string(&json));
    ck_assert_str_eq(json.fault, bad_strings[_i].fault);
    ck_assert(json.at <= json.end);
}
END_TEST

static void expect_count(const char *text, int64_t wanted)
{
    struct rec__json json = begin(text);
    int64_t count = rec__json_count(&json);
    rec__json_end(&json);
    ck_assert_msg(json.fault == NULL, "%s: %s", text, json.fault);
    ck_assert_int_eq(count, wanted);
}

static void expect_no_count(const char *text, const char *fault)
{
    struct rec__json json = begin(text);
    ck_assert_int_eq(rec__json_count(&json), 0);
    ck_assert_msg(json.fault != NULL, "%s was read", text);
    ck_assert_str_eq(json.fault, fault);
}

START_TEST(test_counts)
{
    expect_count("0", 0);
    expect_count(" 1234567890123 ", INT64_C(1234567890123));
    expect_count("9223372036854775807", INT64_MAX);
    expect_no_count("9223372036854775808", "a number is too large");
    expect_no_count("99999999999999999999999", "a number is too large");
    expect_no_count("", "a whole number was expected");
    expect_no_count("-1", "a whole number was expected");
    expect_no_count("01", "a whole number was expected");
    expect_no_count("true", "a whole number was expected");
    struct rec__json json = begin("1.5");
    ck_assert_int_eq(rec__json_count(&json), 1);
    rec__json_end(&json);
    ck_assert_str_eq(json.fault, "something follows the end");
}
END_TEST

START_TEST(test_structure)
{
    struct rec__json json = begin(" { } [ ] : , ");
    static const char wanted[] = "{}[]:,";
    ck_assert(!rec__json_accept(&json, '}'));
    for (const char *c = wanted; *c != '\0'; c++)
        rec__json_expect(&json, *c);
    rec__json_end(&json);
    ck_assert_ptr_null(json.fault);
    static const char *const faults[] = {"'{' was expected", "'}' was expected", "'[' was expected",
                                         "']' was expected", "':' was expected", "',' was expected"};
    for (int i = 0; i < 6; i++) {
        json = begin("!");
        rec__json_expect(&json, wanted[i]);
        ck_assert_str_eq(json.fault, faults[i]);
    }
}
END_TEST

/* After a fault nothing is taken any more, and the first fault stays. */
START_TEST(test_first_fault)
{
    struct rec__json json = begin("x{\"a\"1");
    rec__json_expect(&json, ':');
    char *at = json.at;
    rec__json_expect(&json, '{');
    ck_assert(!rec__json_accept(&json, '{'));
    ck_assert_ptr_null(rec__json_string(&json));
    ck_assert_int_eq(rec__json_count(&json), 0);
    ck_assert_ptr_eq(json.at, at);
    ck_assert_str_eq(json.fault, "':' was expected");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *tests = tcase_create("json");
    tcase_add_test(tests, test_strings);
    tcase_add_loop_test(tests, test_bad_strings, 0, sizeof bad_strings / sizeof *bad_strings);
    tcase_add_test(tests, test_counts);
    tcase_add_test(tests, test_structure);
    tcase_add_test(tests, test_first_fault);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
