/* SPDX-License-Identifier: Apache-2.0 */
#include "small_ratings.h"

#include <math.h>

static rec_model *new_slim(double l1, double l2, int non_negative, int candidates)
{
    rec_model *model = new_model("slim");
    EXPECT_OK(rec_model_set(model, "l1", l1));
    EXPECT_OK(rec_model_set(model, "l2", l2));
    EXPECT_OK(rec_model_set(model, "non_negative", non_negative));
    EXPECT_OK(rec_model_set(model, "candidates", candidates));
    EXPECT_OK(rec_model_set(model, "epochs", 100000));
    EXPECT_OK(rec_model_set(model, "tolerance", 1e-7));
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

START_TEST(test_scores)
{
    static const double *const expected[] = {expected_slim, expected_slim_signed, expected_slim_near};
    static const double l1[] = {1.5, 0.5, 0.5}, l2[] = {2, 1, 1};
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = new_slim(l1[_i], l2[_i], _i != 1, _i == 2 ? 2 : 0);
    EXPECT_OK(rec_fit(model, ratings));
    expect_scores(model, expected[_i]);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* From where another fit ended, one pass is enough; from zero it is not. */
START_TEST(test_start)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *ended = new_slim(0.5, 1, 0, 0), *warm = new_slim(0.5, 1, 0, 0), *cold = new_slim(0.5, 1, 0, 0);
    EXPECT_OK(rec_fit(ended, ratings));
    EXPECT_OK(rec_model_set(warm, "epochs", 1));
    EXPECT_OK(rec_model_set(cold, "epochs", 1));
    EXPECT_OK(rec_model_start_from(warm, ended));
    EXPECT_OK(rec_fit(warm, ratings));
    EXPECT_OK(rec_fit(cold, ratings));
    expect_scores(warm, expected_slim_signed);
    float score = 0;
    EXPECT_OK(rec_predict(cold, 2, 0, &score));
    ck_assert_double_gt(fabs((double)score - expected_slim_signed[2 * SMALL_ITEMS]), 1e-3);
    rec_model_free(ended);
    rec_model_free(warm);
    rec_model_free(cold);
    rec_ratings_free(ratings);
}
END_TEST

/* Enough weight of sizes, and nothing is left. */
START_TEST(test_all_zero)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = new_slim(1000, 1, 1, 0);
    EXPECT_OK(rec_fit(model, ratings));
    ck_assert_int_eq(model->result->bound.edges, 0);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

START_TEST(test_item_folded_in)
{
    rec_model *with = new_slim(0.5, 1, _i == 0, _i == 2 ? 2 : 0),
              *without = new_slim(0.5, 1, _i == 0, _i == 2 ? 2 : 0);
    expect_item_as_fitted(with, without);
    rec_model_free(with);
    rec_model_free(without);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("slim");
    TCase *tests = tcase_create("slim");
    tcase_add_loop_test(tests, test_scores, 0, 3);
    tcase_add_test(tests, test_start);
    tcase_add_test(tests, test_all_zero);
    tcase_add_loop_test(tests, test_item_folded_in, 0, 3);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
