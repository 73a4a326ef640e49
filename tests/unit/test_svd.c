/* SPDX-License-Identifier: Apache-2.0 */
#include "small_ratings.h"

#include "backends/lowrank.h"

#include <math.h>

static rec_model *fit_svd(const rec_ratings *ratings, int factors, const double powers[3])
{
    rec_model *model = new_model("svd");
    EXPECT_OK(rec_model_set(model, "factors", factors));
    EXPECT_OK(rec_model_set(model, "iterations", 20));
    EXPECT_OK(rec_model_set(model, "user_power", powers[0]));
    EXPECT_OK(rec_model_set(model, "item_power", powers[1]));
    EXPECT_OK(rec_model_set(model, "spectrum_power", powers[2]));
    EXPECT_OK(rec_fit(model, ratings));
    return model;
}

static void expect_scores(const rec_model *model, const double *expected)
{
    for (int32_t u = 0; u < SMALL_RATED; u++)
        for (int32_t i = 0; i < SMALL_ITEMS; i++) {
            float score = 0;
            EXPECT_OK(rec_predict(model, u, i, &score));
            ck_assert_double_eq_tol((double)score, expected[u * SMALL_ITEMS + i], 1e-4);
        }
}

/* Also with more factors than the matrix has singular values: the rest are 0. */
START_TEST(test_scores)
{
    static const double pure[] = {0, 0, 0}, scaled[] = {0.5, 0.25, 1.5};
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = fit_svd(ratings, 2, pure);
    expect_scores(model, expected_svd_pure);
    rec_model_free(model);
    model = fit_svd(ratings, 3, scaled);
    expect_scores(model, expected_svd_scaled);
    rec_model_free(model);
    model = fit_svd(ratings, 9, pure);
    float score = 0;
    EXPECT_OK(rec_predict(model, 4, 2, &score));
    ck_assert_double_eq_tol((double)score, 5.0, 1e-4);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* An item folded in from its own ratings scores as it was learned. */
START_TEST(test_new_item)
{
    static const double scaled[] = {0.5, 0.25, 1.5};
    static const int32_t raters[] = {0, 1, 2, 3, 4}, asked[] = {0, 1, 2, 3, 4};
    static const float values[] = {1, 1, 5, 4, 4};
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = fit_svd(ratings, 3, scaled);
    float scores[5];
    EXPECT_OK(rec_score_new_item(model, raters, values, 5, asked, 5, scores));
    for (int32_t u = 0; u < 5; u++)
        ck_assert_double_eq_tol((double)scores[u], expected_svd_scaled[u * SMALL_ITEMS + 3], 1e-4);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* The loss is what the first singular values leave: of the singular values s, sqrt(sum of the squares of the rest / ratings). */
START_TEST(test_loss)
{
    static const double pure[] = {0, 0, 0};
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = fit_svd(ratings, 9, pure);
    const double *loss, *validation;
    int64_t n = 0;
    EXPECT_OK(rec_model_loss(model, &loss, &validation, &n));
    ck_assert_int_eq(n, 21);
    ck_assert_double_lt(loss[20], 1e-2);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svd");
    TCase *tests = tcase_create("svd");
    tcase_add_test(tests, test_scores);
    tcase_add_test(tests, test_new_item);
    tcase_add_test(tests, test_loss);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
