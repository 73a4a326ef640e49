/* SPDX-License-Identifier: Apache-2.0 */
/* Statuses and the sentence of each thread. */
#include "base/status.h"

#include "unit.h"

#include <pthread.h>
#include <stdio.h>

#define NAME(name, number, text) #name,
#define TEXT(name, number, text) text,
static const char *const names[] = {REC_STATUS_LIST(NAME)};
static const char *const texts[] = {REC_STATUS_LIST(TEXT)};
enum { STATUSES = sizeof names / sizeof *names };

START_TEST(test_names_and_texts)
{
    /* The numbers are 0, 1, 2, ...: programs are compiled against them. */
    for (int i = 0; i < STATUSES; i++) {
        ck_assert_str_eq(rec_status_name((rec_status)i), names[i]);
        ck_assert_str_eq(rec_status_text((rec_status)i), texts[i]);
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(texts[i], texts[j]);
    }
    ck_assert_int_eq(REC_ERR_NO_MEMORY, 6);
    ck_assert_int_eq(REC_ERR_EMPTY, 13);
    ck_assert_str_eq(rec_status_text(REC_ERR_NO_MEMORY), "out of memory");
    ck_assert_str_eq(rec_status_text((rec_status)STATUSES), "unknown status");
    ck_assert_str_eq(rec_status_name((rec_status)-1), "REC_ERR_UNKNOWN");
}
END_TEST

START_TEST(test_sentence)
{
    ck_assert_int_eq(rec__fail(REC_ERR_RANGE, "k is %d; at least %d was expected", 0, 1), REC_ERR_RANGE);
    ck_assert_str_eq(rec_last_error(), "k is 0; at least 1 was expected");
    ck_assert_int_eq(rec__fail_within(REC_ERR_FORMAT, "%s: line %d: ", "a.csv", 3), REC_ERR_FORMAT);
    ck_assert_str_eq(rec_last_error(), "a.csv: line 3: k is 0; at least 1 was expected");
    /* The old sentence may be an argument of the new one. */
    ck_assert_int_eq(rec__fail(REC_ERR_IO, "again: %s", rec_last_error()), REC_ERR_IO);
    ck_assert_str_eq(rec_last_error(), "again: a.csv: line 3: k is 0; at least 1 was expected");
    ck_assert_int_eq(rec__fail_null("out"), REC_ERR_INVALID);
    ck_assert_str_eq(rec_last_error(), "out is NULL; a valid pointer was expected");
}
END_TEST

START_TEST(test_long_sentence)
{
    char name[2 * REC_SENTENCE];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    ck_assert_int_eq(rec__fail(REC_ERR_IO, "%s", name), REC_ERR_IO);
    ck_assert_uint_eq(strlen(rec_last_error()), REC_SENTENCE - 1);
    ck_assert_int_eq(rec__fail_within(REC_ERR_IO, "%s: ", name), REC_ERR_IO);
    ck_assert_uint_eq(strlen(rec_last_error()), REC_SENTENCE - 1);
}
END_TEST

static void *fail_apart(void *wanted)
{
    char first[REC_SENTENCE];
    strcpy(first, rec_last_error());
    (void)rec__fail(REC_ERR_EMPTY, "%s", (const char *)wanted);
    return strcmp(first, "") == 0 && strcmp(rec_last_error(), wanted) == 0 ? wanted : NULL;
}

START_TEST(test_threads_apart)
{
    pthread_t thread;
    void *result = NULL;
    char wanted[] = "of the other thread";
    (void)rec__fail(REC_ERR_IO, "of this thread");
    ck_assert_int_eq(pthread_create(&thread, NULL, fail_apart, wanted), 0);
    ck_assert_int_eq(pthread_join(thread, &result), 0);
    ck_assert_ptr_eq(result, wanted);
    ck_assert_str_eq(rec_last_error(), "of this thread");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("status");
    TCase *tests = tcase_create("status");
    tcase_add_test(tests, test_names_and_texts);
    tcase_add_test(tests, test_sentence);
    tcase_add_test(tests, test_long_sentence);
    tcase_add_test(tests, test_threads_apart);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
