/* SPDX-License-Identifier: Apache-2.0 */
#include "small_ratings.h"

#include <math.h>

static const float dense[] = {1, 0, 2, 0, 3, 0, 1, 1, 1, 0, 0, 0, 2, 0, 1};
static const int64_t row_start[] = {0, 2, 3, 6, 6, 8};
static const int32_t columns[] = {2, 0, 1, 0, 2, 1, 0, 2}; /* in any order within a row */
static const float values[] = {2, 1, 3, 1, 1, 1, 2, 1};

/* A full number of directions keeps every cosine. */
static rec_model *fit_content_as(int sparse, const char *weighting, const char *profile, int factors)
{
    rec_ratings *ratings = small_ratings(0);
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
    for (int32_t u = 0; u < SMALL_USERS; u++)
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

int main(void)
{
    Suite *suite = suite_create("content");
    TCase *tests = tcase_create("content");
    tcase_add_test(tests, test_cosine_to_the_mean);
    tcase_add_test(tests, test_profiles);
    tcase_add_test(tests, test_directions);
    tcase_add_test(tests, test_explanation);
    tcase_add_test(tests, test_items_without_ratings);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
