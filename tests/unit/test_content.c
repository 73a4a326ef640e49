/* SPDX-License-Identifier: Apache-2.0 */
#include "small_ratings.h"

#include "base/random.h"

#include <librec/blend.h>

#include <math.h>
#include <stdio.h>
#include <unistd.h>

static const float dense[] = {1, 0, 2, 0, 3, 0, 1, 1, 1, 0, 0, 0, 2, 0, 1};
static const int64_t row_start[] = {0, 2, 3, 6, 6, 8};
static const int32_t columns[] = {2, 0, 1, 0, 2, 1, 0, 2}; /* in any order within a row */
static const float values[] = {2, 1, 3, 1, 1, 1, 2, 1};

/* A full number of directions keeps every cosine. */
static const char *match = "mean";
static double half_life;

static rec_model *fit_content_as(int sparse, const char *weighting, const char *profile, int factors)
{
    rec_ratings *ratings = small_ratings(1);
    rec_features *features = NULL;
    rec_model *model = new_model("content");
    if (sparse)
        EXPECT_OK(rec_features_from_csr(&features, NULL, NULL, SMALL_ITEMS, 3, row_start, columns, values));
    else
        EXPECT_OK(rec_features_from_dense(&features, NULL, NULL, SMALL_ITEMS, 3, dense));
    EXPECT_OK(rec_model_set_item_features(model, features));
    EXPECT_OK(rec_model_set_text(model, "weighting", weighting));
    EXPECT_OK(rec_model_set_text(model, "profile", profile));
    EXPECT_OK(rec_model_set(model, "factors", factors));
    EXPECT_OK(rec_model_set_text(model, "match", match));
    EXPECT_OK(rec_model_set(model, "half_life", half_life));
    EXPECT_OK(rec_fit(model, ratings));
    rec_features_free(features);
    rec_ratings_free(ratings);
    return model;
}

static rec_model *fit_content(int sparse, const char *weighting)
{
    return fit_content_as(sparse, weighting, "rating", 0);
}

static void check_scores(rec_model *model, const double *expected)
{
    for (int32_t u = 0; u < SMALL_RATED; u++)
        for (int32_t i = 0; i < SMALL_ITEMS; i++) {
            float score = 9;
            EXPECT_OK(rec_predict(model, u, i, &score));
            ck_assert_msg(fabs((double)score - expected[u * SMALL_ITEMS + i]) < 1e-6,
                          "score of %d by %d is %g; %g was expected", i, u, (double)score,
                          expected[u * SMALL_ITEMS + i]);
        }
    rec_model_free(model);
}

START_TEST(test_cosine_to_the_mean)
{
    check_scores(fit_content(0, "none"), expected_content);
    check_scores(fit_content(1, "none"), expected_content);
    check_scores(fit_content(1, "idf"), expected_content_idf);
}
END_TEST

START_TEST(test_profiles)
{
    for (int sparse = 0; sparse < 2; sparse++) {
        check_scores(fit_content_as(sparse, "none", "centred", 0), expected_content_centred);
        check_scores(fit_content_as(sparse, "none", "equal", 0), expected_content_equal);
    }
}
END_TEST

START_TEST(test_directions)
{
    check_scores(fit_content_as(1, "none", "rating", 3), expected_content);
    check_scores(fit_content_as(1, "idf", "rating", 3), expected_content_idf);
    check_scores(fit_content_as(1, "none", "centred", 3), expected_content_centred);
}
END_TEST

/* The parts of a cosine add up to it, along either way of scoring. */
START_TEST(test_explanation)
{
    for (int sparse = 0; sparse < 2; sparse++) {
        rec_model *model = fit_content(sparse, "none");
        int32_t because[5], n = 0;
        float parts[5], sum = 0;
        EXPECT_OK(rec_explain(model, 0, 2, 5, because, parts, &n));
        ck_assert_int_eq(n, 3);
        for (int32_t j = 0; j < n; j++)
            sum += parts[j];
        ck_assert_double_eq_tol((double)sum, expected_content[2], 1e-6);
        ck_assert_int_eq(because[0], 0);
        rec_model_free(model);
    }
}
END_TEST

/* An item that has features but no rating is a row like any other, recommended and found to be similar. */
START_TEST(test_items_without_ratings)
{
    static const char *const ids[] = {"new", "a", "b"};
    static const float vectors[] = {1, 0.9f, 1, 1, 0, 1};
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    rec_features *features = NULL;
    rec_ids *names = NULL;
    rec_model *model = new_model("content");
    int32_t items[3], n = 0, row = -1;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    EXPECT_OK(rec_ratings_builder_add(builder, "u", "a", 5, REC_NO_TIME));
    EXPECT_OK(rec_ratings_builder_add(builder, "u", "c", 5, REC_NO_TIME));
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    EXPECT_OK(rec_ids_from_text(&names, ids, 3));
    EXPECT_OK(rec_features_from_dense(&features, names, NULL, 3, 2, vectors));
    EXPECT(rec_fit(model, ratings), REC_ERR_INVALID, "content", "rec_model_set_item_features");
    EXPECT_OK(rec_model_set_item_features(model, features));
    EXPECT_OK(rec_fit(model, ratings));
    ck_assert_int_eq(rec_model_items(model), 4);
    EXPECT_OK(rec_ids_find(rec_model_item_ids(model), "new", &row));
    EXPECT_OK(rec_topk(model, 0, NULL, 3, items, NULL, &n));
    ck_assert_int_eq(n, 2);
    ck_assert_int_eq(items[0], row);
    EXPECT_OK(rec_similar_items(model, 0, 1, items, NULL, &n));
    ck_assert_int_eq(items[0], row);
    rec_model_free(model);
    rec_features_free(features);
    rec_ids_free(names);
    rec_ratings_free(ratings);
    rec_ratings_builder_free(builder);
}
END_TEST

/* A day of the reference is 86400 seconds in the store. */
START_TEST(test_recent_and_nearest)
{
    for (int kind = 0; kind < 3; kind++) {
        match = "mean";
        half_life = 1.5;
        check_scores(fit_content_as(kind > 0, "none", "rating", kind == 2 ? 3 : 0), expected_content_recent);
        match = "nearest";
        check_scores(fit_content_as(kind > 0, "none", "rating", kind == 2 ? 3 : 0), expected_content_nearest);
        half_life = 0;
        check_scores(fit_content_as(kind > 0, "none", "centred", kind == 2 ? 3 : 0), expected_content_liked);
    }
    match = "mean";
}
END_TEST

/* What features contribute to a reason adds up to it, and to the score. */
static void check_features(const rec_model *model, int32_t user, int32_t item)
{
    int32_t because[5], features[5], n = 0, parts_n = 0;
    float reasons[5], parts[5], score = 0;
    double whole = 0;
    EXPECT_OK(rec_predict(model, user, item, &score));
    EXPECT_OK(rec_explain(model, user, item, 5, because, reasons, &n));
    for (int32_t j = 0; j < n; j++) {
        double sum = 0;
        EXPECT_OK(rec_explain_features(model, user, NULL, item, because[j], 5, features, parts, &parts_n));
        for (int32_t f = 0; f < parts_n; f++) {
            sum += (double)parts[f];
            ck_assert(f == 0 || fabsf(parts[f]) <= fabsf(parts[f - 1]));
            ck_assert(parts[f] != 0.0f);
        }
        ck_assert_double_eq_tol(sum, (double)reasons[j], 1e-6);
    }
    EXPECT_OK(rec_explain_features(model, user, NULL, item, REC_WHOLE_HISTORY, 5, features, parts, &parts_n));
    for (int32_t f = 0; f < parts_n; f++)
        whole += (double)parts[f];
    ck_assert_double_eq_tol(whole, (double)score, 1e-6);
}

START_TEST(test_features_of_reasons)
{
    static const char *const ways[] = {"mean", "nearest"};
    for (int kind = 0; kind < 3; kind++)
        for (int way = 0; way < 2; way++) {
            match = ways[way];
            rec_model *model = fit_content_as(kind > 0, "none", "centred", kind == 2 ? 2 : 0);
            ck_assert_int_eq(rec_model_features(model), 3);
            for (int32_t u = 0; u < SMALL_RATED; u++)
                for (int32_t i = 0; i < SMALL_ITEMS; i++)
                    check_features(model, u, i);
            int32_t feature, n;
            EXPECT(rec_explain_features(model, 0, NULL, 0, 2, 1, &feature, NULL, &n), REC_ERR_RANGE,
                   "because is 2", "history");
            rec_model_free(model);
        }
    match = "mean";
}
END_TEST

enum { MANY = 3000, WORDS = 400, LENGTH = 12, READERS = 40 };

/* Texts by Zipf's law, so that some lists are long; some weights are below 0 when `signed_too`. */
static rec_features *many_features(int signed_too)
{
    static int64_t start[MANY + 1];
    static int32_t words[MANY * LENGTH];
    static float weights[MANY * LENGTH];
    rec_features *features = NULL;
    int64_t n = 0;
    for (int32_t i = 0; i < MANY; i++) {
        for (int32_t w = 0; w < LENGTH; w++) {
            int32_t word = (int32_t)(exp(rec__uniform(1, 1, (uint64_t)(i * LENGTH + w)) * log(WORDS)) - 1);
            int again = 0;
            for (int64_t e = start[i]; e < n; e++)
                again |= words[e] == word;
            words[n] = word;
            weights[n] = (float)(rec__uniform(1, 2, (uint64_t)n) - (signed_too ? 0.3 : 0.0));
            n += !again;
        }
        start[i + 1] = n;
    }
    EXPECT_OK(rec_features_from_csr(&features, NULL, NULL, MANY, WORDS, start, words, weights));
    return features;
}

/* Reader u has u + 1 items. */
static rec_ratings *many_ratings(void)
{
    static int64_t start[READERS + 1];
    static int32_t items[READERS * READERS];
    static float given[READERS * READERS];
    rec_ratings *ratings = NULL;
    for (int32_t u = 0; u < READERS; u++) {
        start[u + 1] = start[u] + u + 1;
        for (int32_t e = 0; e <= u; e++) {
            items[start[u] + e] =
                e * (MANY / READERS) +
                (int32_t)(rec__uniform(2, 1, (uint64_t)(u * READERS + e)) * (MANY / READERS));
            given[start[u] + e] = (float)(e % 5 + 1);
        }
    }
    EXPECT_OK(rec_ratings_from_csr(&ratings, READERS, MANY, start, items, given));
    return ratings;
}

/* The lists of the index that are not read cannot matter: with them left out, the answer is that of adding up everything, bit for bit. */
static void check_skipping(int signed_too, const char *profile)
{
    enum { K = 10 };
    rec_model *model = new_model("content");
    rec_features *features = many_features(signed_too);
    rec_ratings *ratings = many_ratings();
    EXPECT_OK(rec_model_set_item_features(model, features));
    EXPECT_OK(rec_model_set_text(model, "profile", profile));
    EXPECT_OK(rec_fit(model, ratings));
    const float *range = model->result->bound.back_tails;
    ck_assert_ptr_nonnull(range);
    rec_query query = REC_QUERY_INIT;
    static int32_t except[MANY / 2];
    for (int32_t i = 0; i < MANY / 2; i++)
        except[i] = 2 * i;
    for (int32_t u = 0; u < rec_model_users(model); u++)
        for (int filtered = 0; filtered < 2; filtered++) {
            int32_t skipped[K], all[K], n_skipped = 0, n_all = 0;
            float scores[2][K];
            query.except = except;
            query.n_except = filtered ? MANY / 2 : 0;
            EXPECT_OK(rec_topk(model, u, &query, K, skipped, scores[0], &n_skipped));
            model->result->bound.back_tails = NULL;
            EXPECT_OK(rec_topk(model, u, &query, K, all, scores[1], &n_all));
            model->result->bound.back_tails = range;
            ck_assert_int_eq(n_skipped, n_all);
            ck_assert_mem_eq(skipped, all, sizeof all);
            ck_assert_mem_eq(scores[0], scores[1], sizeof scores[0]);
        }
    rec_model_free(model);
    rec_features_free(features);
    rec_ratings_free(ratings);
}

START_TEST(test_skipping)
{
    check_skipping(0, "rating");
    check_skipping(0, "centred");
    check_skipping(1, "centred");
}
END_TEST

/* Sums of the rule nearest rank alike alone, as predictions do, and in a blend. */
START_TEST(test_nearest_among_many)
{
    enum { K = 10 };
    rec_model *model = new_model("content"), *blend = NULL;
    rec_features *features = many_features(0);
    rec_ratings *ratings = many_ratings();
    const double weight = 1.0;
    EXPECT_OK(rec_model_set_item_features(model, features));
    EXPECT_OK(rec_model_set_text(model, "match", "nearest"));
    EXPECT_OK(rec_fit(model, ratings));
    EXPECT_OK(rec_blend_create(&blend, (const rec_model *const *)&model, &weight, 1, NULL));
    for (int32_t u = 0; u < rec_model_users(model); u++) {
        int32_t alone[K], blended[K], n_alone = 0, n_blended = 0;
        float scores[K], predicted;
        EXPECT_OK(rec_topk(model, u, NULL, K, alone, scores, &n_alone));
        EXPECT_OK(rec_topk(blend, u, NULL, K, blended, NULL, &n_blended));
        ck_assert_int_eq(n_alone, K);
        ck_assert_int_eq(n_blended, K);
        ck_assert_mem_eq(alone, blended, sizeof alone);
        for (int i = 0; i < K; i++) {
            EXPECT_OK(rec_predict(model, u, alone[i], &predicted));
            ck_assert(fabs((double)(predicted - scores[i])) < 1e-6);
        }
    }
    rec_model_free(blend);
    rec_model_free(model);
    rec_features_free(features);
    rec_ratings_free(ratings);
}
END_TEST

/* Whatever an item's rating counts, what is most like it comes first. */
START_TEST(test_similar_for_any_profile)
{
    for (int way = 0; way < 2; way++) {
        static const char *const profiles[] = {"rating", "centred"};
        int32_t items[4], n = 0;
        float scores[4];
        rec_model *model = fit_content_as(1, "none", profiles[way], 0);
        EXPECT_OK(rec_similar_items(model, 0, 4, items, scores, &n));
        ck_assert_int_eq(n, 4);
        ck_assert_int_eq(items[0], 4);
        ck_assert_double_eq_tol((double)scores[0], 4.0 / 5.0, 1e-6);
        rec_model_free(model);
    }
}
END_TEST

/* Names and reasons are in the file. */
START_TEST(test_saved)
{
    static const char *const words[] = {"vampire", "gothic", "castle"};
    rec_ratings *ratings = small_ratings(0);
    rec_features *features = NULL;
    rec_ids *names = NULL;
    rec_model *model = new_model("content"), *opened = NULL;
    int32_t found[3], again[3], n = 0, n_again = 0;
    char text[16], path[] = "test-content-XXXXXX";
    ck_assert_int_ge(mkstemp(path), 0);
    EXPECT_OK(rec_ids_from_text(&names, words, 3));
    EXPECT_OK(rec_features_from_csr(&features, NULL, names, SMALL_ITEMS, 3, row_start, columns, values));
    EXPECT_OK(rec_model_set_item_features(model, features));
    EXPECT_OK(rec_fit(model, ratings));
    EXPECT_OK(rec_explain_features(model, 0, NULL, 2, 0, 3, found, NULL, &n));
    EXPECT_OK(rec_model_save(model, path));
    EXPECT_OK(rec_model_open(&opened, path));
    ck_assert_int_eq(rec_model_features(opened), 3);
    EXPECT_OK(rec_ids_text(rec_model_feature_names(opened), found[0], text, sizeof text, NULL));
    ck_assert_str_eq(text, words[found[0]]);
    EXPECT_OK(rec_explain_features(opened, 0, NULL, 2, 0, 3, again, NULL, &n_again));
    ck_assert_int_eq(n, n_again);
    ck_assert_mem_eq(found, again, (size_t)n * sizeof *found);
    unlink(path);
    rec_model_free(model);
    rec_model_free(opened);
    rec_features_free(features);
    rec_ids_free(names);
    rec_ratings_free(ratings);
}
END_TEST

/* The vectorizer in the file makes of a later text what the fit would have made of it. */
START_TEST(test_text_kept)
{
    static const char *const texts[SMALL_ITEMS] = {"a gothic castle", "the sea", "gothic vampires of the sea",
                                                   "", "castle by the sea"};
    static const char *const later[] = {"the vampires of a gothic castle"};
    rec_ratings *ratings = small_ratings(0);
    rec_documents *documents = NULL, *new_ones = NULL;
    rec_text *text = NULL;
    rec_features *features = NULL, *before = NULL, *after = NULL;
    rec_model *model = new_model("content"), *opened = NULL;
    char path[] = "test-content-XXXXXX";
    ck_assert_int_ge(mkstemp(path), 0);
    EXPECT_OK(rec_documents_from_text(&documents, NULL, texts, SMALL_ITEMS));
    EXPECT_OK(rec_documents_from_text(&new_ones, NULL, later, 1));
    EXPECT_OK(rec_text_create(&text));
    EXPECT(rec_model_set_item_text(model, text), REC_ERR_NOT_FITTED, "vectorizer");
    EXPECT_OK(rec_text_fit(text, documents, &features));
    EXPECT_OK(rec_model_set_item_features(model, features));
    EXPECT_OK(rec_model_set_item_text(model, text));
    ck_assert_ptr_null(rec_model_item_text(model));
    EXPECT_OK(rec_fit(model, ratings));
    EXPECT_OK(rec_model_save(model, path));
    EXPECT_OK(rec_text_transform(text, new_ones, &before));
    rec_text_free(text);
    rec_model_free(model);
    EXPECT_OK(rec_model_open(&opened, path));
    ck_assert_ptr_nonnull(rec_model_item_text(opened));
    EXPECT_OK(rec_text_transform(rec_model_item_text(opened), new_ones, &after));
    ck_assert_int_eq(before->n_values, 5);
    ck_assert_int_eq(after->n_values, before->n_values);
    ck_assert_mem_eq(after->columns, before->columns, 5 * sizeof *before->columns);
    ck_assert_mem_eq(after->values, before->values, 5 * sizeof *before->values);
    unlink(path);
    rec_model_free(opened);
    rec_features_free(features);
    rec_features_free(before);
    rec_features_free(after);
    rec_documents_free(documents);
    rec_documents_free(new_ones);
    rec_ratings_free(ratings);
}
END_TEST

/* Somebody new: the history of the query is what is explained. */
START_TEST(test_newcomer_explained)
{
    rec_model *model = fit_content(1, "none");
    rec_query query = REC_QUERY_INIT;
    int32_t history[] = {0, 1}, because[5], n = 0;
    float parts[5], score = 0;
    query.history = history;
    query.n_history = 2;
    EXPECT_OK(rec_explain_query(model, REC_NEW_USER, &query, 2, 5, because, parts, &n));
    ck_assert_int_eq(n, 2);
    EXPECT_OK(rec_score(model, REC_NEW_USER, &query, &(int32_t){2}, 1, &score));
    ck_assert_double_eq_tol((double)(parts[0] + parts[1]), (double)score, 1e-6);
    EXPECT(rec_explain_query(model, REC_NEW_USER, &query, 9, 5, because, parts, &n), REC_ERR_RANGE,
           "item is 9");
    EXPECT(rec_explain_query(model, REC_NEW_USER, &query, 2, 0, because, parts, &n), REC_ERR_INVALID,
           "k is 0");
    rec_model_free(model);
    model = new_model("popular");
    rec_ratings *ratings = small_ratings(0);
    EXPECT_OK(rec_fit(model, ratings));
    EXPECT(rec_explain_features(model, 0, NULL, 2, REC_WHOLE_HISTORY, 5, because, parts, &n),
           REC_ERR_UNSUPPORTED, "popular");
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("content");
    TCase *tests = tcase_create("content");
    tcase_add_test(tests, test_cosine_to_the_mean);
    tcase_add_test(tests, test_profiles);
    tcase_add_test(tests, test_directions);
    tcase_add_test(tests, test_explanation);
    tcase_add_test(tests, test_items_without_ratings);
    tcase_add_test(tests, test_recent_and_nearest);
    tcase_add_test(tests, test_features_of_reasons);
    tcase_add_test(tests, test_skipping);
    tcase_add_test(tests, test_nearest_among_many);
    tcase_add_test(tests, test_similar_for_any_profile);
    tcase_add_test(tests, test_saved);
    tcase_add_test(tests, test_newcomer_explained);
    tcase_add_test(tests, test_text_kept);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
