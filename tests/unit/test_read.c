/* SPDX-License-Identifier: Apache-2.0 */
/* Reading good files, against a table that is filled as the text is made. What bad ones get is in
 * test_read_errors.c. */
#include "files.h"
#include "store/read.h"

#include <librec/host.h>

#include <stdarg.h>

enum { NAMES = 60, LINES = 4000 };

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)seed * below >> 32);
}

/* What a file stands for: names in order of first appearance, and the last rating of each pair of them. */
struct table {
    char users[NAMES][64], items[NAMES][64];
    int n_users, n_items;
    bool given[NAMES][NAMES];
    float ratings[NAMES][NAMES];
    int64_t times[NAMES][NAMES];
};

static int find_name(char names[NAMES][64], int *n, const char *name)
{
    int i = 0;
    while (i < *n && strcmp(names[i], name) != 0)
        i++;
    if (i == *n) {
        ck_assert_int_lt(i, NAMES);
        strcpy(names[(*n)++], name);
    }
    return i;
}

static void give(struct table *table, const char *user, const char *item, float rating, int64_t time)
{
    int u = find_name(table->users, &table->n_users, user);
    int i = find_name(table->items, &table->n_items, item);
    table->given[u][i] = true;
    table->ratings[u][i] = rating;
    table->times[u][i] = time;
}

static void check_name(const rec_ids *ids, int32_t row, const char *name)
{
    char text[96];
    ck_assert_int_eq(rec_ids_text(ids, row, text, sizeof text, NULL), REC_OK);
    ck_assert_str_eq(text, name);
}

static void check_table(const rec_ratings *r, const struct table *table)
{
    int64_t at = 0;
    ck_assert_int_eq(r->n_users, table->n_users);
    ck_assert_int_eq(r->n_items, table->n_items);
    for (int u = 0; u < table->n_users; u++) {
        check_name(r->users, u, table->users[u]);
        ck_assert_int_eq(r->user_start[u], at);
        for (int i = 0; i < table->n_items; i++) {
            if (!table->given[u][i])
                continue;
            ck_assert_int_eq(r->user_items[at], i);
            ck_assert(r->user_ratings[at] == table->ratings[u][i]);
            ck_assert_int_eq(r->user_times != NULL ? r->user_times[at] : REC_NO_TIME, table->times[u][i]);
            at++;
        }
    }
    for (int i = 0; i < table->n_items; i++)
        check_name(r->items, i, table->items[i]);
    ck_assert_int_eq(r->count, at);
}

static rec_ratings *read_with(const char *const *paths, int32_t n, const rec_ratings_options *options,
                              int64_t chunk_bytes)
{
    struct rec__reading reading = {.chunk_bytes = chunk_bytes};
    rec_ratings *ratings = NULL;
    rec_status status = rec__reading_begin(&reading, paths, n, options);
    if (status == REC_OK)
        status = rec__reading_parse(&reading);
    if (status == REC_OK)
        status = rec__reading_finish(&reading, &ratings);
    rec__reading_clear(&reading);
    ck_assert_msg(status == REC_OK, "%s", rec_last_error());
    return ratings;
}

/* With any threads and chunks, the store is the table's; format: given, and guessed. */
static void check_files(const char *const *paths, int32_t n, const char *format, const struct table *table)
{
    static const int32_t threads[] = {1, 2, 7};
    static const int64_t chunks[] = {0, 1, 50, 1000, 7777};
    for (int t = 0; t < 3; t++)
        for (int c = 0; c < 5; c++) {
            rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
            options.threads = threads[t];
            options.format = c % 2 != 0 ? format : NULL;
            rec_ratings *ratings = read_with(paths, n, &options, chunks[c]);
            check_table(ratings, table);
            rec_ratings_free(ratings);
        }
    ck_assert_int_eq(rec_host_blocks(), 0);
}

static void check_text(const char *text, const char *format, const struct table *table)
{
    const char *path = write_text("input", text);
    check_files(&path, 1, format, table);
}

/* A text that grows. */
struct text {
    char bytes[LINES * 160];
    size_t length;
};

static struct text text;

static void add(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void add(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text.length +=
        (size_t)vsnprintf(text.bytes + text.length, sizeof text.bytes - text.length, format, arguments);
    va_end(arguments);
    ck_assert_uint_lt(text.length, sizeof text.bytes);
}

static struct table *start_table(void)
{
    static struct table table;
    memset(&table, 0, sizeof table);
    text.length = 0;
    seed = 11;
    return &table;
}

/* Names of all lengths around eight bytes, where keys change; some begin alike, and some end in zeros. */
static void make_name(char name[64], char kind, uint32_t number)
{
    static const char tail[] = "0000000000000000000000000000000000000000";
    snprintf(name, 64, "%c%u%.*s", kind, number, (int)(number % 23), tail);
}

struct style {
    const char *separator, *line_end, *header;
    int columns, blank_every, quote_every;
};

/* A field, sometimes in quotes. */
static void add_field(const char *name, const struct style *style, int line)
{
    bool quoted = style->quote_every > 0 && line % style->quote_every == 0;
    add(quoted ? "\"%s\"" : "%s", name);
}

static void add_numbers(const struct style *style, float rating, int64_t time)
{
    if (style->columns > 2)
        add("%s%g", style->separator, (double)rating);
    if (style->columns > 3)
        add("%s%lld", style->separator, (long long)time);
}

static void check_style(const struct style *style)
{
    struct table *table = start_table();
    add("%s", style->header);
    for (int line = 1; line <= LINES; line++) {
        char user[64], item[64];
        make_name(user, 'u', draw(NAMES - 10));
        make_name(item, 'i', draw(NAMES - 10));
        float rating = style->columns > 2 ? (float)draw(21) / 4 : 1;
        int64_t time = style->columns > 3 ? 900000000 + (int64_t)draw(100000000) : REC_NO_TIME;
        give(table, user, item, rating, time);
        add_field(user, style, line);
        add("%s", style->separator);
        add_field(item, style, line + 1);
        add_numbers(style, rating, time);
        add("%s", style->line_end);
        if (style->blank_every > 0 && line % style->blank_every == 0)
            add("%s", style->line_end);
    }
    check_text(text.bytes, "csv", table);
}

START_TEST(test_csv_styles)
{
    static const struct style styles[] = {
        {",", "\n", "", 3, 0, 0},
        {",", "\r\n", "user,item,rating,time\r\n", 4, 0, 0},
        {"\t", "\n", "User_ID\tItem_ID\tFeedback\n", 3, 7, 0},
        {";", "\n", "", 2, 0, 0},
        {"|", "\r\n", "\xEF\xBB\xBF", 2, 5, 0},
        {"::", "\n", "", 4, 0, 0},
        {" ", "\n", "", 3, 0, 0},
        {"   ", "\n",
         "\xEF\xBB\xBF"
         "who what how_much\n",
         3, 0, 0},
        {",", "\n", "\xEF\xBB\xBF\"user\",\"item\",\"rating\"\n", 3, 0, 3},
        {"::", "\r\n", "", 3, 9, 2},
        {" ", "\n", "", 4, 0, 4},
    };
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++)
        check_style(&styles[i]);
}
END_TEST

/* Quotes with separators, quotes and newlines inside, so that some cut falls within one. */
START_TEST(test_csv_quoted_newlines)
{
    struct table *table = start_table();
    for (int line = 0; line < LINES / 2; line++) {
        char user[64], item[64];
        uint32_t u = draw(20), i = draw(20);
        snprintf(user, sizeof user, u % 2 != 0 ? "two\nlines, \"%u\"\r\n" : "plain%u", u);
        snprintf(item, sizeof item, i % 3 != 0 ? "1,2,3\n4,5,%u\n" : "i%u", i);
        give(table, user, item, (float)(line % 5), REC_NO_TIME);
        if (u % 2 != 0)
            add("\"two\nlines, \"\"%u\"\"\r\n\"", u);
        else
            add("%s", user);
        add(i % 3 != 0 ? ",\"%s\",%d\n" : ",%s,%d\n", item, line % 5);
    }
    check_text(text.bytes, "csv", table);
}
END_TEST

START_TEST(test_csv_odd_lines)
{
    struct table *table = start_table();
    give(table, "a b", " x", 4, 1200000000);
    give(table, "5\" pipe", "x\t", -1.5f, REC_NO_TIME);
    give(table, "a b", "\xC3\xA9t\xC3\xA9", 0.125f, -5);
    give(table, "c", "y", 1e-3f, 7);
    give(table, "d", "y", 16777216, 8);
    give(table, "e", "y", 0.1f, 9);
    give(table, "e", "z", 123456.789f, 10);
    check_text("a b, x,4,1.2e9\n5\" pipe,x\t, -1.5 ,\na b,\xC3\xA9t\xC3\xA9,.125,-5\n\n   \nc,y,1e-3,7.0\n"
               "d,y,16777216.000,8\ne,y,0.1000000000000000055511151231257827,9\ne,z,+123456.789,0010",
               "csv", table);
}
END_TEST

static void give_list(struct table *table, const char *user, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        char item[64];
        make_name(item, 'i', draw(NAMES));
        add(i % 5 == 4 ? "  %s" : i == 200 ? "\t%s" : " %s", item);
        give(table, user, item, 1, REC_NO_TIME);
    }
}

/* Users come again, have no items, or more than a block of them. */
START_TEST(test_lists)
{
    struct table *table = start_table();
    for (int line = 0; line < 300; line++) {
        char user[64];
        make_name(user, 'u', draw(NAMES));
        find_name(table->users, &table->n_users, user);
        add("%s", user);
        give_list(table, user, line % 50 == 7 ? 400 : (int32_t)draw(9));
        add(line % 3 == 0 ? " \r\n" : line % 20 == 1 ? "\n\n" : "\n");
    }
    check_text(text.bytes, "lists", table);
}
END_TEST

START_TEST(test_counted_lists)
{
    struct table *table = start_table();
    for (int line = 0; line < NAMES; line++) {
        char user[64];
        int32_t n = line % 9 == 7 ? 300 : (int32_t)draw(9);
        snprintf(user, sizeof user, "%d", line);
        find_name(table->users, &table->n_users, user);
        add("%d", n);
        give_list(table, user, n);
        add(line % 3 == 0 ? " \r\n" : "\n");
    }
    add("\n \n");
    check_text(text.bytes, "counted-lists", table);
}
END_TEST

static void number_names(struct table *table, int users, int items)
{
    char name[64];
    for (int i = 1; i <= users; i++) {
        snprintf(name, sizeof name, "%d", i);
        find_name(table->users, &table->n_users, name);
    }
    for (int i = 1; i <= items; i++) {
        snprintf(name, sizeof name, "%d", i);
        find_name(table->items, &table->n_items, name);
    }
}

static void check_mtx(const char *field)
{
    struct table *table = start_table();
    number_names(table, 40, 50);
    add("%%%%MatrixMarket matrix coordinate %s general\n%% a comment\n%%\n\n40 50 1000\n", field);
    for (int line = 0; line < 1000; line++) {
        char user[64], item[64];
        float rating = strcmp(field, "pattern") == 0 ? 1 : (float)draw(5);
        rating += strcmp(field, "real") == 0 ? 0.25f : 0;
        snprintf(user, sizeof user, "%u", 1 + draw(35));
        snprintf(item, sizeof item, "%u", 6 + draw(45));
        give(table, user, item, rating, REC_NO_TIME);
        if (strcmp(field, "pattern") == 0)
            add("%s %s\n", user, item);
        else
            add(line % 4 == 0 ? " %s\t%s  %g \r\n" : "%s %s %g\n", user, item, (double)rating);
    }
    check_text(text.bytes, "mtx", table);
}

START_TEST(test_mtx)
{
    check_mtx("real");
    check_mtx("integer");
    check_mtx("pattern");
}
END_TEST

/* Files of all formats as one set, whose ids meet. */
START_TEST(test_several_files)
{
    struct table *table = start_table();
    const char *paths[5] = {
        write_text("one", "3,x,5\n7,2,4\n"), write_text("two", "2 x 0\n0\n1 y\n1 9\n"),
        write_text("three", "%%MatrixMarket MATRIX coordinate Pattern general\n4 2 1\n1 2\n"), NULL, NULL};
    char first[96], second[96], third[96];
    strcpy(first, paths[0]);
    strcpy(second, paths[1]);
    strcpy(third, paths[2]);
    const char *fourth = write_text("four", "who::what::how::when\n7::2::1.5::99\n");
    const char *all[4] = {first, second, third, fourth};
    give(table, "3", "x", 5, REC_NO_TIME);
    give(table, "7", "2", 4, REC_NO_TIME);
    give(table, "0", "x", 1, REC_NO_TIME);
    give(table, "0", "0", 1, REC_NO_TIME);
    find_name(table->users, &table->n_users, "1");
    give(table, "2", "y", 1, REC_NO_TIME);
    give(table, "3", "9", 1, REC_NO_TIME);
    number_names(table, 4, 2);
    give(table, "1", "2", 1, REC_NO_TIME);
    give(table, "7", "2", 1.5f, 99);
    for (int32_t threads = 1; threads <= 7; threads += 3) {
        rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
        options.threads = threads;
        rec_ratings *ratings = read_with(all, 4, &options, 8);
        check_table(ratings, table);
        rec_ratings_free(ratings);
    }
}
END_TEST

START_TEST(test_store_among_files)
{
    struct table *table = start_table();
    char text_path[96], store_path[96];
    strcpy(text_path, write_text("text", "a,x,5,10\nb,y,3,\n"));
    strcpy(store_path, path_of("store"));
    rec_ratings *ratings = NULL;
    ck_assert_int_eq(rec_ratings_read(&ratings, text_path, NULL), REC_OK);
    ck_assert_int_eq(rec_ratings_save(ratings, store_path), REC_OK);
    rec_ratings_free(ratings);
    const char *more = write_text("more", "y,b,1\nb,x,2\n");
    const char *both[2] = {more, store_path};
    give(table, "y", "b", 1, REC_NO_TIME);
    give(table, "b", "x", 2, REC_NO_TIME);
    give(table, "a", "x", 5, 10);
    give(table, "b", "y", 3, REC_NO_TIME);
    ck_assert_int_eq(rec_ratings_read_files(&ratings, both, 2, NULL), REC_OK);
    check_table(ratings, table);
    rec_ratings_free(ratings);
    ck_assert_int_eq(rec_ratings_read(&ratings, store_path, NULL), REC_OK);
    ck_assert_ptr_nonnull(ratings->container);
    ck_assert_int_eq(rec_ratings_count(ratings), 2);
    rec_ratings_free(ratings);
}
END_TEST

/* Sizes as the sets' publishers state them, but for two that were counted with sort and wc: the articles of
 * citeulike-t that someone has, and the anime ratings, of whose 419,944 lines one is the header. */
static void check_data(const char *first, const char *second, const char *format, int32_t users,
                       int32_t items, int64_t count)
{
    char paths[2][512];
    const char *both[2] = {paths[0], paths[1]};
    if (!find_data(first, paths[0]) || (second != NULL && !find_data(second, paths[1])))
        return;
    for (int32_t threads = 1; threads <= 7; threads += 3) {
        rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
        rec_ratings *ratings = NULL;
        options.format = threads == 1 ? format : NULL;
        options.threads = threads;
        ck_assert_int_eq(rec_ratings_read_files(&ratings, both, second != NULL ? 2 : 1, &options), REC_OK);
        ck_assert_int_eq(rec_ratings_users(ratings), users);
        ck_assert_int_eq(rec_ratings_items(ratings), items);
        ck_assert_int_eq(rec_ratings_count(ratings), count);
        rec_ratings_free(ratings);
    }
}

START_TEST(test_public_data)
{
    check_data("ml-100k/u.data", NULL, "csv", 943, 1682, 100000);
    check_data("gowalla/train.txt", "gowalla/valid.txt", "lists", 29858, 40981, 810128);
    check_data("citeulike-t/users.dat", NULL, "counted-lists", 7947, 25584, 134860);
    check_data("anime/anime_ratings.dat", NULL, "csv", 4714, 7157, 419943);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("read");
    TCase *tests = tcase_create("read");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, test_csv_styles);
    tcase_add_test(tests, test_csv_quoted_newlines);
    tcase_add_test(tests, test_csv_odd_lines);
    tcase_add_test(tests, test_lists);
    tcase_add_test(tests, test_counted_lists);
    tcase_add_test(tests, test_mtx);
    tcase_add_test(tests, test_several_files);
    tcase_add_test(tests, test_store_among_files);
    tcase_add_test(tests, test_public_data);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
