/* SPDX-License-Identifier: Apache-2.0 */
/* What bad files get: the status, and the whole sentence, whatever the threads and chunks. */
#include "base/status.h"
#include "files.h"
#include "store/read.h"

#include <librec/host.h>

static rec_status read_with(const char *path, const rec_ratings_options *options, int64_t chunk_bytes)
{
    struct rec__reading reading = {.chunk_bytes = chunk_bytes};
    rec_ratings *ratings = NULL;
    rec_status status = rec__reading_begin(&reading, &path, 1, options);
    if (status == REC_OK)
        status = rec__reading_parse(&reading);
    if (status == REC_OK)
        status = rec__reading_finish(&reading, &ratings);
    rec__reading_clear(&reading);
    rec_ratings_free(ratings);
    return status;
}

static void expect_bytes(const char *bytes, size_t length, rec_ratings_options options, rec_status status,
                         const char *sentence)
{
    static const int32_t threads[] = {1, 2, 7};
    static const int64_t chunks[] = {0, 1, 20, 1000};
    char wanted[REC_SENTENCE];
    const char *path = write_bytes("bad", bytes, length);
    snprintf(wanted, sizeof wanted, "%s: %s", path, sentence);
    for (int t = 0; t < 3; t++)
        for (int c = 0; c < 4; c++) {
            options.threads = threads[t];
            rec_status got = read_with(path, &options, chunks[c]);
            ck_assert_str_eq(rec_last_error(), wanted);
            ck_assert_int_eq(got, status);
            ck_assert_int_eq(rec_host_blocks(), 0);
        }
}

static void expect(const char *text, const char *format, const char *sentence)
{
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    options.format = format;
    expect_bytes(text, strlen(text), options, REC_ERR_FORMAT, sentence);
}

static void expect_empty(const char *text, const char *format, const char *sentence)
{
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    options.format = format;
    expect_bytes(text, strlen(text), options, REC_ERR_EMPTY, sentence);
}

START_TEST(test_ratings)
{
    expect("a,x,4\nb,y,five\n", NULL, "line 2, column 5: rating \"five\" is not a number");
    expect("a,x,4\n\nb,y,4.5x,\n", "csv",
           "line 3, column 10: the line has 4 fields; 3 were expected (user, item, rating)");
    expect("a,x,4.5x\n", NULL, "line 1, column 5: rating \"4.5x\" is not a number");
    expect("a,x,4\r\nb,y,\r\n", NULL, "line 2, column 5: the rating is empty; a number was expected");
    expect("a,x,4\nb,y,NaN\n", NULL, "line 2, column 5: rating \"NaN\" is not a finite float");
    expect("a,x,4\nb,y,-inf\n", NULL, "line 2, column 5: rating \"-inf\" is not a finite float");
    expect("a,x,4\nb,y,1e39\n", NULL, "line 2, column 5: rating \"1e39\" is not a finite float");
    expect(
        "a,x,4\nb,y,\x01\xFF"
        "012345678901234567890123456789012345678901234567890\n",
        NULL,
        "line 2, column 5: rating \"\\x01\\xFF01234567890123456789012345678901234567\"... is not a number");
    expect("\xEF\xBB\xBF"
           "a,x,z1\nb,y,z\nb,y,1",
           "csv", "line 2, column 5: rating \"z\" is not a number");
    expect("\xEF\xBB\xBF"
           "a,x,1x\nb,y,1\n",
           "csv", "line 1, column 5: rating \"1x\" is not a number");
}
END_TEST

START_TEST(test_range)
{
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    options.least = 1;
    options.greatest = 5;
    expect_bytes("a,x,5\nb,y,5.5\nb,y,0\n", 20, options, REC_ERR_FORMAT,
                 "line 2, column 5: rating \"5.5\" is outside the range 1 to 5");
    expect_bytes("a,x,1\nb,y,-1\nb,y,9\n", 19, options, REC_ERR_FORMAT,
                 "line 2, column 5: rating \"-1\" is outside the range 1 to 5");
}
END_TEST

START_TEST(test_fields)
{
    expect("a,x,4\nb,y\nc,z,3\nd,u,1\n", NULL,
           "line 2, column 4: the line has 2 fields; 3 were expected (user, item, rating)");
    expect("a,x\nb,y\nc\n", NULL, "line 3, column 2: the line has 1 field; 2 were expected (user, item)");
    expect("a,x,1,2\nb,y,1,2\nc,z,1,2,3\n", NULL,
           "line 3, column 9: the line has 5 fields; 4 were expected (user, item, rating, time)");
    expect("a,x,1,2,3\nb,y,1,2,3\n", "csv",
           "line 1, column 1: the line has 5 fields; user, item and optionally rating and time were "
           "expected, or a first line that names further columns");
    expect("apple\nbanana\n", "csv",
           "line 1, column 1: \"apple\" has no separator; user, item and optionally rating and time were "
           "expected, "
           "separated by comma, tab, semicolon, |, :: or spaces");
    expect("a,x,4\n,y,4\n", NULL, "line 2, column 1: the user id is empty");
    expect("a,x,4\nb,,4\n", NULL, "line 2, column 3: the item id is empty");
    expect("a,x,4\nb,\"\",4\n", NULL, "line 2, column 4: the item id is empty");
    expect("a,x,4,12\nb,y,4,noon\n", NULL,
           "line 2, column 7: time \"noon\" is not a whole number of seconds");
    expect("a,x,4,12\nb,y,4,1.5\n", NULL, "line 2, column 7: time \"1.5\" is not a whole number of seconds");
}
END_TEST

START_TEST(test_quotes)
{
    expect("a,x,4\n\"b\" c,y,4\nd,z,4\n", NULL,
           "line 2, column 1: text follows the closing quote of \"b\"; a separator or the end of the line "
           "was expected");
    expect("a,x,4\nb,y,4\nc,\"open,4\nd,z,4\n", "csv",
           "line 3, column 3: the quote opened before \"open,4\\x0Ad,z,4\\x0A\" is never closed");
    /* The lines within quotes count, and what looks wrong within them is not. */
    expect("a,\"x\ny,,five\n\n\",4\nb,\"1\n2\",4\nb,y,4\nc,z,five\n", "csv",
           "line 8, column 5: rating \"five\" is not a number");
}
END_TEST

/* A NUL far behind the first bytes, where a file is told to be no text. */
START_TEST(test_nul_bytes)
{
    enum { LINES = 20000 };
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    static char text[LINES * 8 + 1];
    for (int i = 0; i < LINES; i++)
        sprintf(text + 8 * i, "%05d,7\n", i);
    text[8 * 15000 + 2] = '\0';
    expect_bytes(text, 8 * LINES, options, REC_ERR_FORMAT,
                 "line 15001, column 1: a NUL byte in an id; text was expected");
    /* Of two bad lines of a block, the first; of a bad line, the user. */
    text[8 * 14999 + 6] = '\0';
    expect_bytes(text, 8 * LINES, options, REC_ERR_FORMAT,
                 "line 15000, column 7: a NUL byte in an id; text was expected");
    text[8 * 14998 + 5] = ';';
    expect_bytes(text, 8 * LINES, options, REC_ERR_FORMAT,
                 "line 14999, column 8: the line has 1 field; 2 were expected (user, item)");
    expect_bytes("\x7f"
                 "ELF\0\0\0\1\0\n\0",
                 11, options, REC_ERR_FORMAT,
                 "line 1, column 5: a NUL byte; a text file was expected (csv, lists, counted-lists or mtx)");
}
END_TEST

START_TEST(test_first_of_many)
{
    enum { LINES = 5000 };
    static char text[LINES * 12 + 1];
    size_t length = 0;
    for (int i = 1; i <= LINES; i++)
        length += (size_t)sprintf(text + length, i % 1000 == 777 ? "%d,b,bad\n" : "%d,b,4\n", i);
    expect(text, NULL, "line 777, column 7: rating \"bad\" is not a number");
}
END_TEST

START_TEST(test_counted_lists)
{
    expect("2 x y\n-1 x\n", "counted-lists",
           "line 2, column 1: count \"-1\" is negative; a number of items was expected");
    expect("2 x y\n 3 x y\n1 x\n", "counted-lists",
           "line 2, column 2: the count is 3, but 2 items follow it");
    expect("2 x y\n1 x y\n", "counted-lists", "line 2, column 1: the count is 1, but 2 items follow it");
    expect("2 x y\ntwo x y\n", "counted-lists", "line 2, column 1: count \"two\" is not a whole number");
    expect("2 x y\n \n2 x y\n", "counted-lists",
           "line 2, column 2: the line is blank; a count was expected, 0 for a user without items");
}
END_TEST

#define BANNER "%%MatrixMarket matrix coordinate real general\n"

START_TEST(test_mtx)
{
    expect("2 2 1\n1 1 5\n", "mtx",
           "line 1, column 1: the header is missing; \"%%MatrixMarket matrix coordinate real|integer|pattern "
           "general\" was expected");
    expect("%%MatrixMarket matrix array real general\n2 2\n", NULL,
           "line 1, column 1: the header \"%%MatrixMarket matrix array real general\" is not supported; "
           "\"matrix "
           "coordinate real|integer|pattern general\" was expected");
    expect("%%MatrixMarket matrix coordinate real symmetric\n2 2 1\n1 1 1\n", NULL,
           "line 1, column 1: the header \"%%MatrixMarket matrix coordinate real sy\"... is not supported; "
           "\"matrix coordinate real|integer|pattern general\" was expected");
    expect(BANNER "% note\n2 2\n1 1 5\n", NULL,
           "line 3, column 1: the size line has 2 fields; rows, columns, entries were expected");
    expect(BANNER "2 -2 1\n1 1 5\n", NULL,
           "line 2, column 3: columns \"-2\": a whole number from 0 to 2147483647 was expected");
    expect(BANNER "2 2 2\n1 1 5\n3 1 5\n", NULL,
           "line 4, column 1: row \"3\" is out of range; 1 to 2 was expected");
    expect(BANNER "2 2 2\n1 1 5\n1 0 5\n", NULL,
           "line 4, column 3: column \"0\" is out of range; 1 to 2 was expected");
    expect(BANNER "2 2 2\n1 1 5\n1 1.5 5\n", NULL, "line 4, column 3: column \"1.5\" is not a whole number");
    expect(BANNER "2 2 2\n1 1 5\n1 2\n", NULL,
           "line 4, column 1: the line has 2 fields; row, column, value were expected");
    expect(BANNER "2 2 2\n1 1 5\n1 2 x\n", NULL, "line 4, column 5: rating \"x\" is not a number");
    expect(BANNER "2 2 3\n1 1 5\n1 2 4\n", NULL,
           "line 5, column 1: the size line declares 3 entries, but 2 were found");
    expect(BANNER "2 2 1\n1 1 5\n1 2 4\n", NULL,
           "line 5, column 1: the size line declares 1 entries, but 2 were found");
}
END_TEST

START_TEST(test_empty)
{
    expect_empty("", NULL, "the file is empty; ratings were expected");
    expect_empty("\n \r\n\n", "csv", "holds no ratings; at least one was expected");
    expect_empty("user,item,rating\n", NULL, "holds no ratings; at least one was expected");
    expect_empty("\xEF\xBB\xBF", NULL, "holds no ratings; at least one was expected");
    expect_empty("ann\nbob\n", "lists", "holds no ratings; at least one was expected");
    expect_empty("\n\n", "lists", "holds no ratings; at least one was expected");
    expect_empty("0\n0\n", "counted-lists", "holds no ratings; at least one was expected");
    expect_empty("\n", "counted-lists", "holds no ratings; at least one was expected");
    expect_empty(BANNER "2 2 0\n", NULL, "holds no ratings; at least one was expected");
}
END_TEST

static void expect_call(rec_status got, rec_status wanted, const char *word)
{
    ck_assert_int_eq(got, wanted);
    ck_assert_msg(strstr(rec_last_error(), word) != NULL, "\"%s\" lacks \"%s\"", rec_last_error(), word);
}

START_TEST(test_arguments)
{
    rec_ratings *ratings = (rec_ratings *)test_folder;
    const char *path = write_text("good", "a,x,1\n"), *none = NULL;
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    expect_call(rec_ratings_read(NULL, path, NULL), REC_ERR_INVALID, "out");
    expect_call(rec_ratings_read(&ratings, NULL, NULL), REC_ERR_INVALID, "path");
    ck_assert_ptr_null(ratings);
    expect_call(rec_ratings_read_files(&ratings, NULL, 1, NULL), REC_ERR_INVALID, "paths");
    expect_call(rec_ratings_read_files(&ratings, &none, 1, NULL), REC_ERR_INVALID, "paths");
    expect_call(rec_ratings_read_files(&ratings, &path, 0, NULL), REC_ERR_INVALID, "n_paths is 0");
    expect_call(rec_ratings_read(&ratings, path, "xml"), REC_ERR_INVALID,
                "format \"xml\" is unknown; csv, lists, counted-lists or mtx was expected");
    expect_call(rec_ratings_read(&ratings, path_of("absent"), NULL), REC_ERR_IO, "absent: cannot open");
    options.threads = -1;
    expect_call(rec_ratings_read_files(&ratings, &path, 1, &options), REC_ERR_INVALID, "threads is -1");
    options.threads = 0;
    options.least = 2;
    expect_call(rec_ratings_read_files(&ratings, &path, 1, &options), REC_ERR_INVALID, "least is 2");
    options.size = 8;
    expect_call(rec_ratings_read_files(&ratings, &path, 1, &options), REC_ERR_INVALID, "options size is 8");
}
END_TEST

/* A program of a later version may hand over more members, if it sets none of them. */
START_TEST(test_options_that_grew)
{
    struct {
        rec_ratings_options known;
        int64_t later;
    } grown = {REC_RATINGS_OPTIONS_INIT, 0};
    rec_ratings *ratings = NULL;
    const char *path = write_text("good", "a,x,1\n");
    grown.known.size = sizeof grown;
    ck_assert_int_eq(rec_ratings_read_files(&ratings, &path, 1, &grown.known), REC_OK);
    rec_ratings_free(ratings);
    grown.later = 1;
    expect_call(rec_ratings_read_files(&ratings, &path, 1, &grown.known), REC_ERR_INVALID, "unknown member");
}
END_TEST

static int64_t blocks_left;

static void *allocate_some(void *context, size_t bytes)
{
    (void)context;
    return blocks_left-- > 0 ? malloc(bytes) : NULL;
}

static void *reallocate_some(void *context, void *block, size_t bytes)
{
    (void)context;
    return blocks_left-- > 0 ? realloc(block, bytes) : NULL;
}

static void release_block(void *context, void *block)
{
    (void)context;
    free(block);
}

static void check_no_memory(const char *text)
{
    rec_host host = {sizeof host, NULL, allocate_some, reallocate_some, release_block, NULL};
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    const char *path = write_text("good", text);
    rec_status status = REC_ERR_NO_MEMORY;
    ck_assert_int_eq(rec_host_set(&host), REC_OK);
    options.threads = 1;
    int64_t n = 0;
    for (; status != REC_OK; n++) {
        rec_ratings *ratings = NULL;
        blocks_left = n;
        status = rec_ratings_read_files(&ratings, &path, 1, &options);
        rec_ratings_free(ratings);
        if (status != REC_OK)
            expect_call(status, REC_ERR_NO_MEMORY, "out of memory");
        ck_assert_int_eq(rec_host_blocks(), 0);
    }
    ck_assert_int_gt(n, 20);
    ck_assert_int_eq(rec_host_set(NULL), REC_OK);
}

START_TEST(test_no_memory)
{
    check_no_memory("a,x,5,1\n\"b\"\"b\",x,1,2\na,\"y\ny\",2,3\n");
    check_no_memory("1 a\n3 b c d\n");
    check_no_memory(BANNER "2 2 2\n1 1 5\n2 2 5\n");
}
END_TEST

#define JSON_SENTENCE "column 1: begins as JSON does; ratings are read from csv, lists, counted-lists or mtx"

START_TEST(test_json)
{
    expect("{\"user\": 1, \"item\": 2, \"rating\": 3}\n", NULL, "line 1, " JSON_SENTENCE);
    expect("[{\"user\": 1, \"item\": 2}]\n", NULL, "line 1, " JSON_SENTENCE);
    expect("\n{\n \"user\": 1,\n \"item\": 2\n}\n", NULL, "line 2, " JSON_SENTENCE);
    expect("[]", NULL, "line 1, " JSON_SENTENCE);
    /* An id may begin with a bracket, and whoever names the format is believed. */
    rec_ratings *ratings = NULL;
    ck_assert_int_eq(rec_ratings_read(&ratings, write_text("ids", "{1b4e28ba},x,4\n{1b4e28bb},x,5\n"), NULL),
                     REC_OK);
    ck_assert_int_eq(rec_ratings_count(ratings), 2);
    rec_ratings_free(ratings);
    ck_assert_int_eq(rec_ratings_read(&ratings, write_text("lists", "[{\"user\": 1}]\n"), "lists"), REC_OK);
    ck_assert_int_eq(rec_ratings_count(ratings), 1);
    rec_ratings_free(ratings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("read errors");
    TCase *tests = tcase_create("read errors");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, test_ratings);
    tcase_add_test(tests, test_range);
    tcase_add_test(tests, test_fields);
    tcase_add_test(tests, test_json);
    tcase_add_test(tests, test_quotes);
    tcase_add_test(tests, test_nul_bytes);
    tcase_add_test(tests, test_first_of_many);
    tcase_add_test(tests, test_counted_lists);
    tcase_add_test(tests, test_mtx);
    tcase_add_test(tests, test_empty);
    tcase_add_test(tests, test_arguments);
    tcase_add_test(tests, test_options_that_grew);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
