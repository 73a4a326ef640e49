/* SPDX-License-Identifier: Apache-2.0 */
/* Text to vectors: scikit-learn's figures for the same documents, files, other documents, and what is said of bad text. */
#include "store/features.h"
#include "text/unicode.h"

#include <librec/text.h>

#include <math.h>
#include <stdio.h>

#include "expected_vectorizer.h"
#include "files.h"
#include "unit.h"

static rec_documents *make_documents(const char *const *all, int32_t n)
{
    rec_documents *documents = NULL;
    EXPECT_OK(rec_documents_from_text(&documents, NULL, all, n));
    return documents;
}

/* "name=value name=value" */
static rec_text *make_text(const char *settings)
{
    rec_text *text = NULL;
    char copy[256], *rest = copy;
    EXPECT_OK(rec_text_create(&text));
    snprintf(copy, sizeof copy, "%s", settings);
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        char *value = strchr(word, '=');
        if (value == NULL)
            continue;
        *value = '\0';
        EXPECT_OK(rec_text_set_text(text, word, value + 1));
    }
    return text;
}

static void expect_term(const rec_text *text, int32_t row, const char *wanted)
{
    char term[256];
    EXPECT_OK(rec_ids_text(rec_text_terms(text), row, term, sizeof term, NULL));
    ck_assert_str_eq(term, wanted);
}

static void expect_features(const rec_features *f, const struct expected *e)
{
    int64_t at = 0;
    ck_assert_int_eq(f->n_values, e->n_entries);
    for (int32_t row = 0; row < f->count; row++)
        for (; at < f->row_start[row + 1]; at++) {
            ck_assert_int_eq(row, e->entries[at].row);
            ck_assert_int_eq(f->columns[at], e->entries[at].term);
            ck_assert_double_eq_tol((double)f->values[at], e->entries[at].value, 1e-6);
        }
}

START_TEST(test_equal_to_reference)
{
    const struct expected *e = &expected[_i];
    if (!rec__unicode_known())
        return;
    for (int threads = 1; threads <= 7; threads += 3) {
        rec_documents *documents = make_documents(texts, TEXTS);
        rec_text *text = make_text(e->settings);
        rec_features *features = NULL, *again = NULL;
        EXPECT_OK(rec_text_set(text, "threads", threads));
        EXPECT_OK(rec_text_fit(text, documents, &features));
        ck_assert_int_eq(rec_features_dimensions(features), e->n_terms);
        for (int32_t t = 0; t < e->n_terms; t++)
            expect_term(text, t, e->terms[t]);
        expect_features(features, e);
        EXPECT_OK(rec_text_transform(text, documents, &again));
        expect_features(again, e);
        rec_features_free(features);
        rec_features_free(again);
        rec_text_free(text);
        rec_documents_free(documents);
    }
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_counts_from_elsewhere)
{
    static const int64_t start[] = {0, 2, 3, 5};
    static const int32_t columns[] = {2, 0, 1, 1, 2};
    static const float counts[] = {3, 1, 2, 1, 1};
    rec_features *given = NULL, *made = NULL, *again = NULL;
    rec_text *text = make_text("norm=none");
    const double *idf = NULL;
    int32_t n = 0;
    EXPECT_OK(rec_features_from_csr(&given, NULL, NULL, 3, 3, start, columns, counts));
    EXPECT_OK(rec_text_fit_counts(text, given, &made));
    EXPECT_OK(rec_text_idf(text, &idf, &n));
    ck_assert_int_eq(n, 3);
    ck_assert_double_eq_tol(idf[0], log(4.0 / 2.0) + 1.0, 1e-12);
    ck_assert_double_eq_tol(idf[2], log(4.0 / 3.0) + 1.0, 1e-12);
    ck_assert_double_eq_tol((double)made->values[1], 3.0 * idf[2], 1e-6);
    EXPECT_OK(rec_text_transform_counts(text, given, &again));
    ck_assert_mem_eq(again->values, made->values, 5 * sizeof(float));
    ck_assert_ptr_null(rec_text_terms(text));
    rec_features_free(given);
    rec_features_free(made);
    rec_features_free(again);
    rec_text_free(text);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_words_that_are_left_out_or_cut)
{
    static const char *const said[] = {"The runner was running to the running races"}, *const more[] = {
                                                                                           "races"};
    rec_documents *documents = make_documents(said, 1);
    rec_text *text = make_text("stop_words=english");
    rec_ids *words = NULL;
    EXPECT_OK(rec_ids_from_text(&words, more, 1));
    EXPECT_OK(rec_text_set_stop_words(text, words));
    EXPECT_OK(rec_text_fit(text, documents, NULL));
    ck_assert_int_eq(rec_ids_count(rec_text_terms(text)), 2);
    expect_term(text, 0, "runner");
    expect_term(text, 1, "running");
    rec_text_free(text);
    text = make_text("stemmer=english stop_words=english max_terms=1");
    rec_status status = rec_text_fit(text, documents, NULL);
    if (status != REC_ERR_UNSUPPORTED) {
        EXPECT_OK(status);
        ck_assert_int_eq(rec_ids_count(rec_text_terms(text)), 1);
        expect_term(text, 0, "run");
    }
    rec_text_free(text);
    rec_ids_free(words);
    rec_documents_free(documents);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_save_and_open)
{
    static const char *const later[] = {"count dracula, and a werewolf"};
    rec_documents *documents = make_documents(texts + 9, 2), *more = make_documents(later, 1);
    rec_text *text = make_text("stop_words=english ngram_max=2 tf=log"), *opened = NULL, *other = NULL;
    rec_features *before = NULL, *after = NULL;
    double value = 0.0;
    make_folder();
    EXPECT_OK(rec_text_fit(text, documents, NULL));
    EXPECT_OK(rec_text_transform(text, more, &before));
    ck_assert_int_eq(before->n_values, 1);
    EXPECT_OK(rec_text_save(text, path_of("text")));
    EXPECT_OK(rec_text_open(&opened, path_of("text")));
    EXPECT_OK(rec_text_get(opened, "ngram_max", &value));
    ck_assert_double_eq(value, 2.0);
    EXPECT_OK(rec_text_transform(opened, more, &after));
    ck_assert_mem_eq(before->values, after->values, sizeof(float));
    EXPECT(rec_text_open(&other, write_text("other", "no container")), REC_ERR_FORMAT, "other");
    rec_features_free(before);
    rec_features_free(after);
    rec_text_free(text);
    rec_text_free(opened);
    rec_documents_free(documents);
    rec_documents_free(more);
    remove_folder();
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_documents_from_files)
{
    rec_documents *d = NULL;
    make_folder();
    EXPECT_OK(rec_documents_read(
        &d,
        write_text("a",
                   "item_id,title,year,plot\nm1,\"Alien, \"\"the\"\" first\",1979,space\n\nm2,Heat,1995,\n"),
        NULL));
    ck_assert_int_eq(rec_documents_count(d), 2);
    ck_assert_str_eq(rec_documents_text(d, 0), "Alien, \"the\" first 1979 space");
    ck_assert_str_eq(rec_documents_text(d, 1), "Heat 1995");
    ck_assert_ptr_null(rec_documents_text(d, 2));
    rec_documents_free(d);
    EXPECT_OK(rec_documents_read(&d, path_of("a"), "plot,title"));
    ck_assert_str_eq(rec_documents_text(d, 0), "Alien, \"the\" first space");
    rec_documents_free(d);
    EXPECT_OK(rec_documents_read(&d, write_text("b", "1|one\n2|two three\n"), NULL));
    ck_assert_str_eq(rec_documents_text(d, 1), "two three");
    rec_documents_free(d);
    EXPECT(rec_documents_read(&d, path_of("a"), "plot,name"), REC_ERR_NOT_FOUND, "plot,name",
           "1 of the columns");
    ck_assert_ptr_null(d);
    EXPECT(rec_documents_read(&d, write_text("c", "1|one\n1|two\n"), NULL), REC_ERR_FORMAT, "line 2", "\"1\"",
           "second time");
    EXPECT(rec_documents_read(&d, write_text("d", "id|text\n"), NULL), REC_ERR_EMPTY, "no documents");
    EXPECT(rec_documents_read(&d, path_of("none"), NULL), REC_ERR_IO, "none");
    remove_folder();
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_bad_text)
{
    static const char *const broken[] = {"fine", "caf\xE9 noir"}, *const short_ones[] = {"a b", "c"};
    rec_documents *bad = make_documents(broken, 2), *empty = make_documents(short_ones, 2);
    rec_documents *good = make_documents(texts + 9, 1);
    rec_text *text = make_text("");
    rec_features *features = NULL;
    EXPECT(rec_text_fit(text, bad, &features), REC_ERR_FORMAT, "\"1\"", "byte 4", "0xe9", "UTF-8");
    ck_assert_ptr_null(features);
    EXPECT(rec_text_fit(text, empty, NULL), REC_ERR_EMPTY, "2 documents", "no terms");
    EXPECT(rec_text_transform(text, good, &features), REC_ERR_NOT_FITTED, "rec_text_fit");
    EXPECT(rec_text_set(text, "ngrams", 2), REC_ERR_NOT_FOUND, "ngrams", "ngram_max");
    EXPECT(rec_text_set(text, "b", 2), REC_ERR_RANGE, "b is 2", "0 to 1");
    EXPECT_OK(rec_text_set(text, "ngram_min", 3));
    EXPECT(rec_text_fit(text, good, NULL), REC_ERR_INVALID, "ngram_min is 3", "ngram_max is 1");
    EXPECT_OK(rec_text_set(text, "ngram_min", 1));
    EXPECT_OK(rec_text_set(text, "min_df", 2));
    EXPECT(rec_text_fit(text, good, NULL), REC_ERR_EMPTY, "min_df 2");
    EXPECT_OK(rec_text_set(text, "min_df", 1));
    EXPECT_OK(rec_text_fit(text, good, NULL));
    EXPECT(rec_text_fit(text, good, NULL), REC_ERR_UNSUPPORTED, "fitted already");
    EXPECT(rec_text_set(text, "k1", 1), REC_ERR_UNSUPPORTED, "k1");
    EXPECT(rec_text_transform(text, bad, &features), REC_ERR_FORMAT, "byte 4");
    rec_text_free(text);
    rec_documents_free(bad);
    rec_documents_free(empty);
    rec_documents_free(good);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

static rec_status fit_and_transform(void *context)
{
    rec_documents *documents = NULL;
    rec_text *text = NULL;
    rec_features *features = NULL, *again = NULL;
    (void)context;
    rec_status status = rec_documents_from_text(&documents, NULL, texts + 9, 2);
    if (status == REC_OK)
        status = rec_text_create(&text);
    if (status == REC_OK)
        status = rec_text_set(text, "ngram_max", 2);
    if (status == REC_OK)
        status = rec_text_set(text, "stop_words", 1);
    if (status == REC_OK)
        status = rec_text_fit(text, documents, &features);
    if (status == REC_OK)
        status = rec_text_transform(text, documents, &again);
    rec_features_free(features);
    rec_features_free(again);
    rec_text_free(text);
    rec_documents_free(documents);
    return status;
}

START_TEST(test_no_memory)
{
    ck_assert_int_gt(fail_each_allocation(fit_and_transform, NULL), 20);
}
END_TEST

/* Enough documents for several tasks a thread: the same bytes for any number of threads. */
/* Terms that are alike for long, some the beginnings of others, are in the order of their bytes, each once. */
START_TEST(test_terms_in_order)
{
    enum { DOCUMENTS = 640, WORDS = 8, LONGEST = 64 };
    static char all[DOCUMENTS][WORDS * (LONGEST + 1)];
    const char *starts[DOCUMENTS];
    uint32_t draw = 1;
    for (int d = 0; d < DOCUMENTS; d++) {
        size_t at = 0;
        for (int w = 0; w < WORDS; w++) {
            int same = 6 + d % 3 * 9, n;
            draw = draw * 1664525u + 1013904223u;
            n = (int)(draw >> 20) % 16;
            for (int i = 0; i < same; i++)
                all[d][at++] = 'x';
            for (int i = 0; i < n; i++)
                all[d][at++] = (char)('x' + (draw >> (8 + i) & 1));
            all[d][at++] = ' ';
        }
        starts[d] = all[d];
    }
    rec_documents *documents = make_documents(starts, DOCUMENTS);
    for (int threads = 1; threads <= 4; threads++) {
        rec_text *text = make_text("");
        EXPECT_OK(rec_text_set(text, "threads", threads));
        EXPECT_OK(rec_text_fit(text, documents, NULL));
        const rec_ids *terms = rec_text_terms(text);
        char before[LONGEST] = "", term[LONGEST];
        ck_assert_int_gt(rec_ids_count(terms), 1000);
        for (int32_t t = 0; t < rec_ids_count(terms); t++) {
            EXPECT_OK(rec_ids_text(terms, t, term, sizeof term, NULL));
            ck_assert_int_lt(strcmp(before, term), 0);
            snprintf(before, sizeof before, "%s", term);
        }
        rec_text_free(text);
    }
    rec_documents_free(documents);
}
END_TEST

START_TEST(test_same_for_any_threads)
{
    enum { MANY = 500 };
    static char lines[MANY][64];
    const char *all[MANY];
    rec_features *first = NULL;
    for (int i = 0; i < MANY; i++) {
        snprintf(lines[i], sizeof lines[i], "w%d w%d w%d common %d", i % 7, i % 31, i * i % 101, i);
        all[i] = lines[i];
    }
    rec_documents *documents = make_documents(all, MANY);
    for (int threads = 1; threads <= 7; threads += 2) {
        rec_text *text = make_text("ngram_max=2 max_terms=200");
        rec_features *features = NULL;
        EXPECT_OK(rec_text_set(text, "threads", threads));
        EXPECT_OK(rec_text_fit(text, documents, &features));
        if (first == NULL)
            first = rec_features_retain(features);
        ck_assert_int_eq(features->n_values, first->n_values);
        ck_assert_mem_eq(features->values, first->values, (size_t)first->n_values * sizeof(float));
        ck_assert_mem_eq(features->columns, first->columns, (size_t)first->n_values * sizeof(int32_t));
        rec_features_free(features);
        rec_text_free(text);
    }
    rec_features_free(first);
    rec_documents_free(documents);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vectorizer");
    TCase *tests = tcase_create("vectorizer");
    tcase_add_loop_test(tests, test_equal_to_reference, 0, (int)(sizeof expected / sizeof *expected));
    tcase_add_test(tests, test_counts_from_elsewhere);
    tcase_add_test(tests, test_words_that_are_left_out_or_cut);
    tcase_add_test(tests, test_save_and_open);
    tcase_add_test(tests, test_documents_from_files);
    tcase_add_test(tests, test_bad_text);
    tcase_add_test(tests, test_no_memory);
    tcase_add_test(tests, test_terms_in_order);
    tcase_add_test(tests, test_same_for_any_threads);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
