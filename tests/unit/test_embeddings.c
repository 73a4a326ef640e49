/* SPDX-License-Identifier: Apache-2.0 */
/* Dense vectors from files of others: .npy, safetensors, word vectors; and texts as means of words. */
#include "files.h"
#include "unit.h"

#include "expected_embed.h"
#include "store/features.h"

#include <librec/text.h>

#include <math.h>

/* A .npy file: header text and numbers. version 1 to 3. */
static const char *write_npy(char version, const char *header, const void *numbers, size_t length)
{
    char bytes[512] = "\x93NUMPY";
    size_t n = strlen(header), at = 8;
    bytes[6] = version;
    bytes[at++] = (char)n;
    bytes[at++] = 0;
    if (version > 1) {
        bytes[at++] = 0;
        bytes[at++] = 0;
    }
    memcpy(bytes + at, header, n);
    memcpy(bytes + at + n, numbers, length);
    return write_bytes("x.npy", bytes, at + n + length);
}

static void expect_matrix(const char *path, const char *array, const double *expected, int32_t rows,
                          int32_t columns)
{
    rec_features *features = NULL;
    rec_features_options options = REC_FEATURES_OPTIONS_INIT;
    options.array = array;
    EXPECT_OK(rec_features_read_with(&features, path, &options));
    ck_assert_int_eq(rec_features_count(features), rows);
    ck_assert_int_eq(rec_features_dimensions(features), columns);
    for (int32_t i = 0; i < rows * columns; i++)
        ck_assert_msg((double)features->dense[i] == expected[i], "%d: %g; %g was expected", i,
                      (double)features->dense[i], expected[i]);
    rec_features_free(features);
}

static const double matrix[] = {1, -2, 0.5, 4, 0, 65504}, turned[] = {1, 0.5, 0, -2, 4, 65504};
static const float singles[] = {1, -2, 0.5f, 4, 0, 65504};
static const uint16_t halves[] = {0x3C00, 0xC000, 0x3800, 0x4400, 0, 0x7BFF};

START_TEST(test_npy)
{
    static const char *const names[] = {"<f2", "<f4", "<f8"};
    const void *numbers[] = {halves, singles, matrix};
    for (char version = 1; version <= 3; version++)
        for (size_t t = 0; t < 3; t++) {
            char header[128];
            snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (2, 3), }\n",
                     names[t]);
            expect_matrix(write_npy(version, header, numbers[t], 6 * (size_t)(2 << t)), NULL, matrix, 2, 3);
        }
    /* Column after column. */
    expect_matrix(
        write_npy(1, "{'descr': '<f8', 'fortran_order': True, 'shape': (3, 2), }", turned, sizeof turned),
        NULL, (const double[]){1, -2, 0.5, 4, 0, 65504}, 3, 2);
}
END_TEST

/* The least halves above 0, and numbers that are none. */
START_TEST(test_halves)
{
    static const uint16_t small[] = {0x0001, 0x83FF, 0x0400};
    const char *header = "{'descr': '<f2', 'fortran_order': False, 'shape': (1, 3), }";
    expect_matrix(write_npy(1, header, small, sizeof small), NULL,
                  (const double[]){ldexp(1, -24), -ldexp(1023, -24), ldexp(1, -14)}, 1, 3);
    static const uint16_t odd[] = {0x3C00, 0x7C00, 0x7E00};
    rec_features *features = NULL;
    EXPECT(rec_features_read(&features, write_npy(1, header, odd, sizeof odd), NULL), REC_ERR_FORMAT, "x.npy",
           "row 0, column 1 is infinite");
}
END_TEST

START_TEST(test_damaged_npy)
{
    static const struct {
        const char *header, *says;
        size_t length;
    } files[] = {
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }", "'<f2', '<f4' or '<f8'", 24},
        {"{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }", "'<f2', '<f4' or '<f8'", 24},
        {"{'fortran_order': False, 'shape': (2, 3), }", "no 'descr'", 24},
        {"{'descr': '<f4', 'shape': (2, 3), }", "'fortran_order'", 24},
        {"{'descr': '<f4', 'fortran_order': False}", "no 'shape'", 24},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", "not (rows, columns)", 24},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }", "not (rows, columns)", 24},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3", "not (rows, columns)", 24},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 99999999999999999999), }",
         "not (rows, columns)", 24},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", "24 bytes", 24},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", "20 bytes", 20},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", "24 bytes", 24},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", "0 x 3", 0},
    };
    rec_features *features = NULL;
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        EXPECT(rec_features_read(&features, write_npy(1, files[f].header, singles, files[f].length), NULL),
               REC_ERR_FORMAT, "x.npy", files[f].says);
        ck_assert_ptr_null(features);
    }
    EXPECT(rec_features_read(&features, write_npy(9, "{}", "", 0), NULL), REC_ERR_FORMAT, "version 9");
    EXPECT(rec_features_read(&features, write_bytes("x.npy", "\x93NUMPY\1\0\xFF\0{", 11), NULL),
           REC_ERR_FORMAT, "header of 255 bytes");
    EXPECT(rec_features_read(&features, write_bytes("x.npy", "\x93NUMPY\2\0\1", 9), NULL), REC_ERR_FORMAT,
           "begin");
    EXPECT(rec_features_read(&features, write_text("x.csv", "a,1,2\n"), "npy"), REC_ERR_FORMAT, "x.csv",
           "begin");
}
END_TEST

static const char *write_tensors(const char *header, const void *numbers, size_t length)
{
    char bytes[1024] = {0};
    size_t n = strlen(header);
    bytes[0] = (char)n;
    bytes[1] = (char)(n >> 8);
    memcpy(bytes + 8, header, n);
    memcpy(bytes + 8 + n, numbers, length);
    return write_bytes("x.safetensors", bytes, 8 + n + length);
}

START_TEST(test_safetensors)
{
    static const uint16_t short_ones[] = {0x3F80, 0xC000, 0x3F00, 0x4080};
    uint16_t both[10];
    memcpy(both, halves, sizeof halves);
    memcpy(both + 6, short_ones, sizeof short_ones);
    const char *path =
        write_tensors("{\"half\":{\"dtype\":\"F16\",\"shape\":[2,3],\"data_offsets\":[0,12]},"
                      "\"brain\":{\"dtype\":\"BF16\",\"shape\":[2,2],\"data_offsets\":[12,20]}}",
                      both, sizeof both);
    expect_matrix(path, "half", matrix, 2, 3);
    expect_matrix(path, "brain", (const double[]){1, -2, 0.5, 4}, 2, 2);
    rec_features *features = NULL;
    rec_features_options options = REC_FEATURES_OPTIONS_INIT;
    EXPECT(rec_features_read(&features, path, NULL), REC_ERR_INVALID, "\"half\"", "\"brain\"",
           "name of an array");
    options.array = "other";
    EXPECT(rec_features_read_with(&features, path, &options), REC_ERR_NOT_FOUND, "\"other\"", "\"half\"");
    path = write_tensors("{\"x\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                         "\"n\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[24,32]}}",
                         (const float[8]){1, -2, 0.5f, 4, 0, 65504, 0, 0}, 32);
    expect_matrix(path, NULL, matrix, 2, 3);
    path = write_tensors("{\"x\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}", singles, 20);
    EXPECT(rec_features_read(&features, path, NULL), REC_ERR_CORRUPT, "x.safetensors");
    path = write_tensors("{\"x\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}", matrix, 8);
    EXPECT(rec_features_read(&features, path, NULL), REC_ERR_INVALID, "none");
}
END_TEST

/* Ids in a file, in the order of the rows. */
START_TEST(test_ids_of_rows)
{
    rec_ids *ids = NULL;
    rec_features *features = NULL;
    rec_features_options options = REC_FEATURES_OPTIONS_INIT;
    const char *header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }";
    int32_t row = -1;
    EXPECT_OK(rec_ids_read(&ids, write_text("ids.txt", "a\r\n b\n\nc c\n")));
    options.ids = ids;
    EXPECT_OK(rec_features_read_with(&features, write_npy(1, header, singles, sizeof singles), &options));
    EXPECT_OK(rec_ids_find(rec_features_ids(features), "c c", &row));
    ck_assert_int_eq(row, 2);
    rec_features_free(features);
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    EXPECT(rec_features_read_with(&features, write_npy(1, header, singles, sizeof singles), &options),
           REC_ERR_INVALID, "2 rows and 3 ids", "\"c c\"", "no row");
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (6, 1), }";
    EXPECT(rec_features_read_with(&features, write_npy(1, header, singles, sizeof singles), &options),
           REC_ERR_INVALID, "6 rows and 3 ids", "row 3");
    EXPECT(rec_features_read_with(&features, write_text("x.csv", "a,1,2\n"), &options), REC_ERR_INVALID,
           "ids");
    options.size = 4;
    EXPECT(rec_features_read_with(&features, "x", &options), REC_ERR_INVALID, "size is 4");
    rec_ids_free(ids);
    EXPECT(rec_ids_read(&ids, write_text("ids.txt", "a\nb\na\n")), REC_ERR_FORMAT, "line 3", "\"a\"",
           "second time");
    EXPECT(rec_ids_read(&ids, write_text("ids.txt", "\n\n")), REC_ERR_EMPTY, "ids.txt");
    EXPECT(rec_ids_read(&ids, path_of("none.txt")), REC_ERR_IO, "none.txt");
}
END_TEST

START_TEST(test_word_vectors)
{
    static const char *const files[] = {"3 2\nthe 1 2 \n. . . -0.5 4\ncastle 0 1e1\n",
                                        "the 1 2\n. . . -0.5 4\ncastle 0 1e1\n"};
    for (int f = 0; f < 2; f++) {
        rec_features *words = NULL;
        int32_t row = -1;
        EXPECT_OK(rec_features_read(&words, write_text("glove.txt", files[f]), f == 0 ? NULL : "vectors"));
        ck_assert_int_eq(rec_features_count(words), 3);
        EXPECT_OK(rec_ids_find(rec_features_ids(words), ". . .", &row));
        ck_assert_int_eq(row, 1);
        ck_assert(words->dense[2] == -0.5f && words->dense[3] == 4.0f && words->dense[5] == 10.0f);
        rec_features_free(words);
    }
    rec_features *words = NULL;
    EXPECT(rec_features_read(&words, write_text("v.txt", "2 2\na 1 2\n"), NULL), REC_ERR_FORMAT, "1 words",
           "says 2");
    EXPECT(rec_features_read(&words, write_text("v.txt", "1 2\na 1\n"), NULL), REC_ERR_FORMAT, "line 2",
           "fewer than 2");
    EXPECT(rec_features_read(&words, write_text("v.txt", "2 2\na 1 2\nb 1 x\n"), NULL), REC_ERR_FORMAT,
           "line 3", "\"x\"");
    EXPECT(rec_features_read(&words, write_text("v.txt", "2 2\na 1 2\na 1 2\n"), NULL), REC_ERR_FORMAT,
           "line 3", "\"a\"");
    EXPECT(rec_features_read(&words, write_text("v.txt", "a b\n"), "vectors"), REC_ERR_FORMAT, "numbers");
}
END_TEST

static void check_embedding(const rec_documents *documents, const rec_features *words, double a,
                            int32_t components, const double *expected)
{
    rec_embedding how = REC_EMBEDDING_INIT;
    rec_features *vectors = NULL;
    how.a = a;
    how.components = components;
    EXPECT_OK(rec_documents_embed(&vectors, documents, words, &how));
    for (int i = 0; i < 12; i++)
        ck_assert_msg(fabs((double)vectors->dense[i] - expected[i]) < 2e-6, "%d: %g; %g was expected", i,
                      (double)vectors->dense[i], expected[i]);
    rec_features_free(vectors);
}

START_TEST(test_texts)
{
    static const char *const texts[] = {"Castle, castle; vampire!", "the sea, the vampire",
                                        "sea sea sea castle", "nothing known"};
    rec_documents *documents = NULL;
    rec_features *words = NULL, *vectors = NULL;
    rec_embedding how = REC_EMBEDDING_INIT;
    EXPECT_OK(rec_documents_from_text(&documents, NULL, texts, 4));
    EXPECT_OK(rec_features_read(
        &words, write_text("w.txt", "3 3\ncastle 1 2 -1\nvampire .5 -1 2\nsea 3 .25 1\n"), NULL));
    check_embedding(documents, words, 0, 0, expected_plain);
    check_embedding(documents, words, 0.25, 1, expected_sif);
    how.a = -1;
    EXPECT(rec_documents_embed(&vectors, documents, words, &how), REC_ERR_RANGE, "a is -1");
    how = (rec_embedding)REC_EMBEDDING_INIT;
    how.components = 4;
    EXPECT(rec_documents_embed(&vectors, documents, words, &how), REC_ERR_RANGE, "components is 4", "0 to 3");
    how.size = 1;
    EXPECT(rec_documents_embed(&vectors, documents, words, &how), REC_ERR_INVALID, "size 1");
    rec_features_free(words);
    EXPECT_OK(rec_features_from_dense(&words, NULL, NULL, 2, 3, singles));
    EXPECT(rec_documents_embed(&vectors, documents, words, NULL), REC_ERR_INVALID, "no words as ids");
    rec_features_free(words);
    rec_documents_free(documents);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("embeddings");
    TCase *tests = tcase_create("embeddings");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, test_npy);
    tcase_add_test(tests, test_halves);
    tcase_add_test(tests, test_damaged_npy);
    tcase_add_test(tests, test_safetensors);
    tcase_add_test(tests, test_ids_of_rows);
    tcase_add_test(tests, test_word_vectors);
    tcase_add_test(tests, test_texts);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
