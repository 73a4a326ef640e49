/* SPDX-License-Identifier: Apache-2.0 */
#include "store/lex.h"

#include <check.h>

#include <stdio.h>
#include <stdlib.h>

static const struct rec__dialect comma = {.separator = ',', .separation = REC_SEPARATION_BYTE};
static const struct rec__dialect colons = {.separator = ':', .separation = REC_SEPARATION_TWICE};
static const struct rec__dialect spaces = {.separator = ' ', .separation = REC_SEPARATION_RUN};

/* In a block of its own size, so that a read past the end is found by a sanitizer. */
static char *copy_tight(const char *text, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, text, length);
    return copy;
}

/* The fields of the first record joined by '/', an escaped quote undoubled, '!' after a flawed one. */
static void join_fields(const struct rec__dialect *dialect, const char *text, char *out)
{
    size_t length = strlen(text);
    char *tight = copy_tight(text, length);
    const char *p = rec__lex_line_start(dialect, tight, tight + length);
    struct rec__token token;
    do {
        rec__lex_field(dialect, p, tight + length, &token);
        int64_t n = token.length;
        if (token.doubled)
            n = rec__lex_undouble(&token, out);
        else
            memcpy(out, token.bytes, (size_t)n);
        out += n;
        if (token.flaw != REC_TOKEN_SOUND)
            *out++ = '!';
        *out++ = token.last ? '$' : '/';
        p = token.next;
    } while (!token.last);
    strcpy(out, "");
    const char *unclosed;
    ck_assert_ptr_eq(rec__lex_record_end(dialect, tight, tight + length, &unclosed), p);
    free(tight);
}

static void expect_fields(const struct rec__dialect *dialect, const char *text, const char *wanted)
{
    char out[256];
    join_fields(dialect, text, out);
    ck_assert_str_eq(out, wanted);
}

START_TEST(test_fields)
{
    expect_fields(&comma, "a,b,c\nd", "a/b/c$");
    expect_fields(&comma, "a,b\r\nd", "a/b$");
    expect_fields(&comma, "a,b\r", "a/b$");
    expect_fields(&comma, "a,,\n", "a//$");
    expect_fields(&comma, "", "$");
    expect_fields(&comma, "one field longer than a word,another field longer than that",
                  "one field longer than a word/"
                  "another field longer than that$");
    expect_fields(&comma, "a b, c ,\td\n", "a b/ c /\td$");
    expect_fields(&colons, "a:b::c:::d\n", "a:b/c/:d$");
    expect_fields(&colons, "1::1193::5::978300760\n", "1/1193/5/978300760$");
    expect_fields(&spaces, "  a   b c  \nd", "a/b/c$");
    expect_fields(&spaces, "a b \r\nd", "a/b$");
}
END_TEST

START_TEST(test_quotes)
{
    expect_fields(&comma, "\"a,b\",c\n", "a,b/c$");
    expect_fields(&comma, "\"say \"\"hi\"\"\",c\r\n", "say \"hi\"/c$");
    expect_fields(&comma, "\"two\nlines\",c\nnext", "two\nlines/c$");
    expect_fields(&comma, "\"\",c\n", "/c$");
    expect_fields(&comma, "\"\"\"\"\n", "\"$");
    expect_fields(&comma, "5\" pipe,c\n", "5\" pipe/c$");
    expect_fields(&comma, "a,\"b", "a/b!$");
    expect_fields(&comma, "\"a\" ,b\n", "a!/b$");
    expect_fields(&comma, "\"a\"b\n", "a!$");
    expect_fields(&colons, "\"a::b\"::c\n", "a::b/c$");
    expect_fields(&spaces, "\"a b\" c\n", "a b/c$");
}
END_TEST

START_TEST(test_stops)
{
    /* Every place in and around a word of eight bytes, for the byte sought and for the newline. */
    for (size_t length = 0; length < 24; length++)
        for (size_t at = 0; at < length; at++) {
            char text[24];
            memset(text, 'x', sizeof text);
            text[at] = at % 2 != 0 ? ',' : '\n';
            char *tight = copy_tight(text, length);
            ck_assert_ptr_eq(rec__lex_stop(tight, tight + length, ','), tight + at);
            ck_assert_ptr_eq(rec__lex_stop(tight, tight + length, ';'),
                             at % 2 != 0 ? tight + length : tight + at);
            tight[at] = " \t\r\n\x01"[at % 5];
            ck_assert_ptr_eq(rec__lex_word_end(tight, tight + length), tight + at);
            tight[at] = '\xC3';
            ck_assert_ptr_eq(rec__lex_word_end(tight, tight + length), tight + length);
            free(tight);
        }
}
END_TEST

START_TEST(test_keys)
{
    const char text[] = "abcdefghijklmnop";
    for (uint32_t length = 1; length <= 16; length++) {
        struct rec__key key = rec__key_make(text, length);
        ck_assert_uint_eq(key.hash, rec__hash_bytes(text, length));
        if (length >= 8)
            continue;
        struct rec__key quick = rec__lex_short_key(text, rec__lex_load(text), length);
        ck_assert_uint_eq(quick.hash, key.hash);
        ck_assert_uint_eq(quick.word, key.word);
        ck_assert_uint_eq(quick.length, length);
    }
}
END_TEST

/* separator, columns and header as "separator columns h". */
static void expect_dialect(const char *text, const char *wanted)
{
    struct rec__dialect dialect;
    int32_t sampled;
    char out[32] = "none";
    size_t length = strlen(text);
    char *tight = copy_tight(text, length);
    if (rec__lex_detect(&dialect, tight, tight + length, true, &sampled) > 0)
        snprintf(out, sizeof out, "%c%s %d%s", dialect.separator == '\t' ? 'T' : dialect.separator,
                 dialect.separation == REC_SEPARATION_BYTE ? "" : "+", dialect.columns,
                 dialect.header ? " h" : "");
    free(tight);
    ck_assert_msg(strcmp(out, wanted) == 0, "%s instead of %s for %s", out, wanted, text);
}

START_TEST(test_detect)
{
    expect_dialect("1,2,3\n4,5,6\n", ", 3");
    expect_dialect("196\t242\t3\t881250949\n", "T 4");
    expect_dialect("1::1193::5::978300760\n2::1::3::4\n", ":+ 4");
    expect_dialect("a;b;3,5\nc;d;4,0\n", "; 3");
    expect_dialect("a|b\nc|d", "| 2");
    expect_dialect("a  b 3\nc d 4\n", " + 3");
    expect_dialect("Ann Lee,The Way We Live Now,5\nBob Ray,Emma Or So,4\n", ", 3");
    expect_dialect("\"a;b\",\"c;d\",3\n\"e;f\",\"g;h\",4\n", ", 3");
    expect_dialect("\n\n  \na,b,1\n", ", 3");
    expect_dialect("a,b,1\nbroken\nc,d,2\ne,f,3\n", ", 3");
    expect_dialect("a,b,1,2,3\nc,d,1,2,3\n", ", 5");
    expect_dialect("word\nother\n", "none");
    expect_dialect("", "none");
}
END_TEST

START_TEST(test_header)
{
    expect_dialect("user,item,rating\na,b,1\n", ", 3 h");
    expect_dialect("User_ID\tAnime_ID\tFeedback\n1\t1\t8\n", "T 3 h");
    expect_dialect("\"user\",\"item\",\"rating\",\"time\"\n", ", 4 h");
    expect_dialect("user,item\n1,2\n", ", 2 h");
    expect_dialect("user,item\nann,emma\n", ", 2");
    expect_dialect("a,b,nan\n", ", 3");
    expect_dialect("a,b,5x\nc,d,4\n", ", 3");
    expect_dialect("a,b,\nc,d,4\n", ", 3");
}
END_TEST

START_TEST(test_numbers)
{
    double value;
    int64_t whole;
    ck_assert(rec__lex_number(" 3.5\t", 5, &value) && value == 3.5);
    ck_assert(!rec__lex_number("3.5 4", 5, &value));
    ck_assert(!rec__lex_number("", 0, &value));
    ck_assert(rec__lex_integer("881250949", 9, &whole) && whole == 881250949);
    ck_assert(rec__lex_integer("-7", 2, &whole) && whole == -7);
    ck_assert(rec__lex_integer("1.2e9", 5, &whole) && whole == 1200000000);
    ck_assert(rec__lex_integer("881250949.0", 11, &whole) && whole == 881250949);
    ck_assert(rec__lex_integer("9223372036854775807", 19, &whole) && whole == INT64_MAX);
    ck_assert(!rec__lex_integer("1.5", 3, &whole));
    ck_assert(!rec__lex_integer("1e19", 4, &whole));
    ck_assert(!rec__lex_integer("nan", 3, &whole));
    ck_assert(!rec__lex_integer("inf", 3, &whole));
    ck_assert(!rec__lex_integer("today", 5, &whole));
}
END_TEST

START_TEST(test_show)
{
    char out[REC_LEX_SHOWN];
    ck_assert_str_eq(rec__lex_show("five", 4, out), "\"five\"");
    ck_assert_str_eq(rec__lex_show("a\tb\0\xC3\xA9", 6, out), "\"a\\x09b\\x00\\xC3\\xA9\"");
    ck_assert_str_eq(rec__lex_show("0123456789012345678901234567890123456789", 40, out),
                     "\"0123456789012345678901234567890123456789\"");
    char worst[50];
    memset(worst, 1, sizeof worst);
    rec__lex_show(worst, 50, out);
    ck_assert_uint_eq(strlen(out), 40 * 4 + 5);
    ck_assert_str_eq(out + 40 * 4 + 1, "\"...");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lex");
    TCase *tests = tcase_create("lex");
    tcase_add_test(tests, test_fields);
    tcase_add_test(tests, test_quotes);
    tcase_add_test(tests, test_stops);
    tcase_add_test(tests, test_keys);
    tcase_add_test(tests, test_detect);
    tcase_add_test(tests, test_header);
    tcase_add_test(tests, test_numbers);
    tcase_add_test(tests, test_show);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
