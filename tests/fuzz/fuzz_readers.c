/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a text file: the first byte chooses a reader and its format, the rest is the file. What is read must be sound, and the same
 * for any number of threads.
 *
 *   CC=clang meson setup build-fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false
 *   meson compile -C build-fuzz fuzz_readers
 *   build-fuzz/tests/fuzz/fuzz_readers -max_len=4096 -max_total_time=120 FOLDER
 *
 * FOLDER begins with a few small files, a byte of choice before each, and collects more.
 */
#include "fuzz.h"

#include <string.h>

enum { READERS = 4 };

static const char *const rating_formats[] = {NULL, "csv", "lists", "counted-lists", "mtx"};
static const char *const feature_formats[] = {NULL, "triples", "dense", "bags"};

static rec_ratings *read_ratings(const char *path, const char *format, int32_t threads)
{
    rec_ratings *ratings = NULL;
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    options.format = format;
    options.threads = threads;
    (void)went_well(rec_ratings_read_files(&ratings, &path, 1, &options));
    return ratings;
}

static void check_row(const rec_row *row, int32_t n_others)
{
    for (int64_t e = 0; e < row->n; e++) {
        int rises = e == 0 || row->others[e - 1] < row->others[e];
        if (!rises || row->others[e] < 0 || row->others[e] >= n_others || row->ratings[e] != row->ratings[e])
            abort();
    }
}

static void check_ratings(const rec_ratings *ratings)
{
    int64_t by_user = 0, by_item = 0;
    rec_row row;
    for (int32_t user = 0; user < rec_ratings_users(ratings); user++) {
        if (rec_ratings_user(ratings, user, &row) != REC_OK)
            abort();
        check_row(&row, rec_ratings_items(ratings));
        by_user += row.n;
    }
    for (int32_t item = 0; item < rec_ratings_items(ratings); item++) {
        if (rec_ratings_item(ratings, item, &row) != REC_OK)
            abort();
        check_row(&row, rec_ratings_users(ratings));
        by_item += row.n;
    }
    if (by_user != rec_ratings_count(ratings) || by_item != by_user || by_user == 0)
        abort();
}

static void use_ratings(const char *path, const char *format)
{
    rec_ratings *one = read_ratings(path, format, 1), *three = read_ratings(path, format, 3);
    if ((one == NULL) != (three == NULL))
        abort();
    if (one != NULL) {
        check_ratings(one);
        if (rec_ratings_count(three) != rec_ratings_count(one) ||
            rec_ratings_items(three) != rec_ratings_items(one))
            abort();
    }
    rec_ratings_free(one);
    rec_ratings_free(three);
}

static void use_features(const char *path, const char *format)
{
    rec_features *features = NULL;
    if (went_well(rec_features_read(&features, path, format)) &&
        (rec_features_count(features) < 1 || rec_features_dimensions(features) < 1))
        abort();
    rec_features_free(features);
}

/* Settings by the bits of `choice`; those that this build lacks are refused, which is well too. */
static void choose_text(rec_text *text, unsigned choice)
{
    if ((choice & 1) != 0)
        (void)went_well(rec_text_set_text(text, "analyzer", "char_wb"));
    if ((choice & 2) != 0)
        (void)went_well(rec_text_set(text, "ngram_max", 2));
    if ((choice & 4) != 0)
        (void)went_well(rec_text_set_text(text, "stemmer", "english"));
    if ((choice & 8) != 0)
        (void)went_well(rec_text_set_text(text, "accents", "strip"));
}

static void use_documents(const char *path, unsigned choice)
{
    rec_documents *documents = NULL;
    rec_text *text = NULL;
    rec_features *fitted = NULL, *again = NULL;
    if (went_well(rec_documents_read(&documents, path, NULL)) && went_well(rec_text_create(&text))) {
        choose_text(text, choice);
        if (went_well(rec_text_fit(text, documents, &fitted)) &&
            (!went_well(rec_text_transform(text, documents, &again)) ||
             rec_features_dimensions(fitted) != rec_features_dimensions(again)))
            abort();
    }
    rec_features_free(again);
    rec_features_free(fitted);
    rec_text_free(text);
    rec_documents_free(documents);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length == 0)
        return 0;
    unsigned choice = bytes[0] / READERS;
    const char *path = write_input(bytes + 1, length - 1);
    switch (bytes[0] % READERS) {
    case 0:
        use_ratings(path, rating_formats[choice % (sizeof rating_formats / sizeof *rating_formats)]);
        break;
    case 1:
        use_features(path, feature_formats[choice % (sizeof feature_formats / sizeof *feature_formats)]);
        break;
    default:
        use_documents(path, choice);
    }
    unlink(path);
    if (rec_host_blocks() != 0)
        abort();
    return 0;
}
