/* SPDX-License-Identifier: Apache-2.0 */
/* What bad input gets, item by item: the status, a sentence that names the thing, its value and what was
 * expected, and nothing lost. */
#include <check.h>
#include <librec/librec.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void make_folder(void)
{
    strcpy(folder, "bad-input-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const char *write_file(const char *name, const char *bytes, size_t length)
{
    const char *path = path_of(name);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

static void expect(rec_status got, rec_status wanted, const char *const *words)
{
    ck_assert_msg(got == wanted, "%s instead of %s: %s", rec_status_name(got), rec_status_name(wanted),
                  rec_last_error());
    for (; *words != NULL; words++)
        ck_assert_msg(strstr(rec_last_error(), *words) != NULL, "\"%s\" lacks \"%s\"", rec_last_error(),
                      *words);
}

#define EXPECT(call, status, ...) expect(call, status, (const char *const[]){__VA_ARGS__, NULL})

static void expect_unread(const char *text, const char *format, rec_status wanted, const char *word,
                          const char *other)
{
    rec_ratings *ratings = (rec_ratings *)folder;
    const char *path = write_file("input", text, strlen(text));
    EXPECT(rec_ratings_read(&ratings, path, format), wanted, "input", word, other);
    ck_assert_ptr_null(ratings);
    ck_assert_int_eq(rec_host_blocks(), 0);
}

START_TEST(test_ratings_that_are_no_numbers)
{
    expect_unread("a,x,4\na,y,nan\n", NULL, REC_ERR_FORMAT, "line 2", "nan");
    expect_unread("a,x,4\nb,x,3\nb,y,inf\n", NULL, REC_ERR_FORMAT, "line 3", "inf");
    expect_unread("a,x,4\na,y,five\n", NULL, REC_ERR_FORMAT, "line 2", "five");
    rec_ratings_builder *builder = NULL;
    ck_assert_int_eq(rec_ratings_builder_create(&builder, NULL), REC_OK);
    EXPECT(rec_ratings_builder_add(builder, "a", "x", NAN, REC_NO_TIME), REC_ERR_INVALID, "nan");
    EXPECT(rec_ratings_builder_add(builder, "a", "x", INFINITY, REC_NO_TIME), REC_ERR_INVALID, "inf");
    EXPECT(rec_ratings_builder_add(builder, "", "x", 1, REC_NO_TIME), REC_ERR_INVALID, "user");
    rec_ratings_builder_free(builder);
}
END_TEST

START_TEST(test_negative_counts)
{
    expect_unread("2 x y\n-1 x\n", "counted-lists", REC_ERR_FORMAT, "line 2", "-1");
    expect_unread("2 x y\n3 x y\n", "counted-lists", REC_ERR_FORMAT, "line 2", "3");
    rec_ratings *ratings = NULL;
    const int64_t falling[] = {0, 2, 1};
    const int32_t items[] = {0, 1};
    EXPECT(rec_ratings_from_csr(&ratings, 2, 2, falling, items, NULL), REC_ERR_FORMAT, "row_start");
    EXPECT(rec_ratings_from_csr(&ratings, -2, 2, falling, items, NULL), REC_ERR_INVALID, "n_users", "-2");
}
END_TEST

START_TEST(test_ids_out_of_range)
{
    rec_ratings *ratings = NULL;
    const int64_t start[] = {0, 2};
    const int32_t items[] = {0, 7};
    EXPECT(rec_ratings_from_csr(&ratings, 1, 3, start, items, NULL), REC_ERR_RANGE, "7", "2");
    expect_unread("%%MatrixMarket matrix coordinate real general\n2 2 1\n3 1 5\n", NULL, REC_ERR_FORMAT,
                  "line 3", "3");
}
END_TEST

START_TEST(test_duplicated_pairs)
{
    static const float expected[] = {2.0f, 7.0f, 3.5f, 5.0f};
    const char text[] = "a,x,5\nb,x,1\na,x,2\n";
    const char *path = write_file("twice", text, strlen(text));
    for (int policy = REC_DUPLICATES_LAST; policy <= REC_DUPLICATES_GREATEST; policy++) {
        rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
        rec_ratings *ratings = NULL;
        rec_row row;
        options.duplicates = (rec_duplicates)policy;
        ck_assert_int_eq(rec_ratings_read_files(&ratings, &path, 1, &options), REC_OK);
        ck_assert_int_eq(rec_ratings_count(ratings), 2);
        ck_assert_int_eq(rec_ratings_user(ratings, 0, &row), REC_OK);
        ck_assert(row.ratings[0] == expected[policy]);
        rec_ratings_free(ratings);
    }
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    rec_ratings *ratings = NULL;
    options.duplicates = (rec_duplicates)9;
    EXPECT(rec_ratings_read_files(&ratings, &path, 1, &options), REC_ERR_INVALID, "duplicates", "9");
}
END_TEST

START_TEST(test_empty_and_foreign_files)
{
    rec_ratings *ratings = NULL;
    rec_model *model = NULL;
    expect_unread("", NULL, REC_ERR_EMPTY, "input", "empty");
    expect_unread("user,item,rating\n", NULL, REC_ERR_EMPTY, "input", "rating");
    EXPECT(rec_ratings_read(&ratings, path_of("absent"), NULL), REC_ERR_IO, "absent", "No such file");
    EXPECT(rec_ratings_read(&ratings, folder, NULL), REC_ERR_IO, folder);
    const char *text = write_file("text", "a,x,5\n", 6);
    EXPECT(rec_model_open(&model, text), REC_ERR_FORMAT, "text");
    EXPECT(rec_ratings_read(&ratings, text, "parquet"), REC_ERR_INVALID, "parquet", "csv");
    const char *binary = write_file("binary",
                                    "\x7f"
                                    "ELF\0\0\0\1\0\n\0",
                                    11);
    EXPECT(rec_ratings_read(&ratings, binary, NULL), REC_ERR_FORMAT, "binary");
}
END_TEST

static rec_model *fitted_model(void)
{
    static const int64_t start[] = {0, 3, 5, 8};
    static const int32_t items[] = {0, 1, 3, 1, 2, 0, 2, 3};
    static const float values[] = {5, 3, 1, 4, 2, 4, 4, 1};
    rec_ratings *ratings = NULL;
    rec_model *model = NULL;
    ck_assert_int_eq(rec_ratings_from_csr(&ratings, 3, 4, start, items, values), REC_OK);
    ck_assert_int_eq(rec_model_create(&model, "mf"), REC_OK);
    ck_assert_int_eq(rec_fit(model, ratings), REC_OK);
    rec_ratings_free(ratings);
    return model;
}

static char *read_all(const char *path, long *length)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    *length = ftell(file);
    rewind(file);
    char *bytes = malloc((size_t)*length);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(fread(bytes, 1, (size_t)*length, file), (size_t)*length);
    fclose(file);
    return bytes;
}

START_TEST(test_damaged_model)
{
    rec_model *model = fitted_model(), *opened = NULL;
    rec_file *file = NULL;
    long length = 0;
    ck_assert_int_eq(rec_model_save(model, path_of("model")), REC_OK);
    rec_model_free(model);
    char *bytes = read_all(path_of("model"), &length);
    for (long cut = length - 1; cut > 0; cut -= 1 + cut / 7) {
        const char *path = write_file("cut", bytes, (size_t)cut);
        rec_status status = rec_model_open(&opened, path);
        ck_assert_msg(status == REC_ERR_CORRUPT || status == REC_ERR_FORMAT, "cut at %ld: %s", cut,
                      rec_status_name(status));
        ck_assert_ptr_nonnull(strstr(rec_last_error(), "cut"));
        ck_assert_ptr_null(opened);
    }
    bytes[length - 3] = (char)(bytes[length - 3] ^ 0x10);
    const char *path = write_file("altered", bytes, (size_t)length);
    ck_assert_int_eq(rec_file_open(&file, path), REC_OK);
    EXPECT(rec_file_verify(file), REC_ERR_CORRUPT, "altered", "checksum");
    rec_file_free(file);
    free(bytes);
}
END_TEST

START_TEST(test_parameter_out_of_bounds)
{
    rec_model *model = NULL;
    double factors = 0;
    ck_assert_int_eq(rec_model_create(&model, "mf"), REC_OK);
    EXPECT(rec_model_set(model, "factors", 0), REC_ERR_RANGE, "factors is 0", "1 to");
    EXPECT(rec_model_set(model, "factors", 2.5), REC_ERR_INVALID, "factors is 2.5", "whole");
    EXPECT(rec_model_set_text(model, "solver", "newton"), REC_ERR_INVALID, "solver is \"newton\"", "als");
    EXPECT(rec_model_set(model, "factor", 8), REC_ERR_NOT_FOUND, "\"factor\"", "factors");
    ck_assert_int_eq(rec_model_get(model, "factors", &factors), REC_OK);
    ck_assert(factors >= 1);
    rec_model_free(model);
    EXPECT(rec_model_create(&model, "magic"), REC_ERR_NOT_FOUND, "\"magic\"", "popular");
    ck_assert_ptr_null(model);
}
END_TEST

static int64_t bytes_left = INT64_MAX;

static void *allocate_some(void *context, size_t bytes)
{
    (void)context;
    return bytes_left-- > 0 ? malloc(bytes) : NULL;
}

static void *reallocate_some(void *context, void *block, size_t bytes)
{
    (void)context;
    return bytes_left-- > 0 ? realloc(block, bytes) : NULL;
}

static void release_all(void *context, void *block)
{
    (void)context;
    free(block);
}

START_TEST(test_no_memory)
{
    rec_host host = REC_HOST_INIT;
    host.allocate = allocate_some;
    host.reallocate = reallocate_some;
    host.release = release_all;
    ck_assert_int_eq(rec_host_set(&host), REC_OK);
    const char text[] = "a,x,5\nb,x,1\na,y,2\n";
    const char *path = write_file("ratings", text, strlen(text));
    rec_status status = REC_ERR_NO_MEMORY;
    int64_t n = 0;
    for (; status != REC_OK && n < 1000; n++) {
        rec_ratings *ratings = NULL;
        rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
        options.threads = 1;
        bytes_left = n;
        status = rec_ratings_read_files(&ratings, &path, 1, &options);
        rec_ratings_free(ratings);
        if (status != REC_OK)
            EXPECT(status, REC_ERR_NO_MEMORY, "out of memory");
        ck_assert_int_eq(rec_host_blocks(), 0);
    }
    ck_assert_int_eq(status, REC_OK);
    ck_assert_int_gt(n, 3);
    bytes_left = INT64_MAX;
    ck_assert_int_eq(rec_host_set(NULL), REC_OK);
}
END_TEST

/* The file may not grow past a few bytes: what a full disk looks like to the library. */
START_TEST(test_full_disk)
{
    rec_model *model = fitted_model();
    struct rlimit before, small;
    struct stat about;
    char text[128];
    ck_assert_int_eq(rec_model_save(model, path_of("kept")), REC_OK);
    ck_assert_int_eq(stat(path_of("kept"), &about), 0);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 100;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    rec_status status = rec_model_save(model, path_of("kept"));
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT(status, REC_ERR_IO, "kept", "too large");
    rec_model *opened = NULL;
    ck_assert_int_eq(rec_model_open(&opened, path_of("kept")), REC_OK);
    rec_model_free(opened);
    rec_model_free(model);
    snprintf(text, sizeof text, "test $(ls %s | wc -l) = 1", folder);
    ck_assert_int_eq(system(text), 0);
    EXPECT(rec_ratings_save(NULL, path_of("kept")), REC_ERR_INVALID, "ratings is NULL");
}
END_TEST

static int refuse(void *context, const rec_progress *progress)
{
    (void)context;
    return progress->step == 3;
}

START_TEST(test_cancelled_fit)
{
    rec_model *model = fitted_model();
    float before = 0, after = 1;
    ck_assert_int_eq(rec_predict(model, 1, 3, &before), REC_OK);
    rec_model_set_progress(model, refuse, NULL);
    rec_ratings *ratings = rec_ratings_retain(rec_model_ratings(model));
    ck_assert_int_eq(rec_model_set(model, "factors", 3), REC_OK);
    EXPECT(rec_fit(model, ratings), REC_ERR_CANCELLED, "cancelled", "epoch 3");
    ck_assert_int_eq(rec_predict(model, 1, 3, &after), REC_OK);
    ck_assert(before == after);
    rec_ratings_free(ratings);
    rec_model_free(model);
}
END_TEST

START_TEST(test_unknown_user)
{
    rec_model *model = fitted_model();
    int32_t row = -7, items[2], n;
    EXPECT(rec_ids_find(rec_model_user_ids(model), "nobody", &row), REC_ERR_NOT_FOUND, "nobody");
    EXPECT(rec_ids_find(rec_model_user_ids(model), "3", &row), REC_ERR_NOT_FOUND, "3");
    EXPECT(rec_topk(model, 3, NULL, 2, items, NULL, &n), REC_ERR_RANGE, "user is 3", "0 to 2");
    rec_model_free(model);
}
END_TEST

START_TEST(test_diverging_fit)
{
    rec_model *model = fitted_model();
    rec_ratings *ratings = rec_ratings_retain(rec_model_ratings(model));
    ck_assert_int_eq(rec_model_set_text(model, "solver", "sgd"), REC_OK);
    rec_parameter rate = REC_PARAMETER_INIT;
    for (int32_t p = 0; rate.name == NULL || strcmp(rate.name, "learning_rate") != 0; p++)
        ck_assert_int_eq(rec_algorithm_parameter("mf", p, &rate), REC_OK);
    ck_assert_int_eq(rec_model_set(model, "learning_rate", rate.greatest), REC_OK);
    ck_assert_int_eq(rec_model_set(model, "epochs", 500), REC_OK);
    EXPECT(rec_fit(model, ratings), REC_ERR_DIVERGED, "learning_rate");
    ck_assert_int_eq(rec_model_fitted(model), 1);
    rec_ratings_free(ratings);
    rec_model_free(model);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bad input");
    TCase *tests = tcase_create("bad input");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, test_ratings_that_are_no_numbers);
    tcase_add_test(tests, test_negative_counts);
    tcase_add_test(tests, test_ids_out_of_range);
    tcase_add_test(tests, test_duplicated_pairs);
    tcase_add_test(tests, test_empty_and_foreign_files);
    tcase_add_test(tests, test_damaged_model);
    tcase_add_test(tests, test_parameter_out_of_bounds);
    tcase_add_test(tests, test_no_memory);
    tcase_add_test(tests, test_full_disk);
    tcase_add_test(tests, test_cancelled_fit);
    tcase_add_test(tests, test_unknown_user);
    tcase_add_test(tests, test_diverging_fit);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
