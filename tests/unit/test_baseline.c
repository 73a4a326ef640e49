/* SPDX-License-Identifier: Apache-2.0 */
#include "small_ratings.h"

#include <math.h>

static rec_model *fit_baseline(const char *solver, int epochs, double rate)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = new_model("baseline");
    EXPECT_OK(rec_model_set_text(model, "solver", solver));
    EXPECT_OK(rec_model_set(model, "epochs", epochs));
    EXPECT_OK(rec_model_set(model, "learning_rate", rate));
    EXPECT_OK(rec_model_set(model, "user_regularization", 4));
    EXPECT_OK(rec_model_set(model, "item_regularization", 2));
    EXPECT_OK(rec_fit(model, ratings));
    rec_ratings_free(ratings);
    return model;
}

/* Both solvers reach the solution of the whole ridge regression. */
START_TEST(test_als)
{
    rec_model *model = fit_baseline("als", 100, 0.005);
    expect_floats(model, "user_biases", expected_user_biases, SMALL_USERS);
    expect_floats(model, "item_scores", expected_item_biases, SMALL_ITEMS);
    ck_assert_double_eq_tol(model->result->bound.offset, expected_mu[0], 1e-8);
    rec_model_free(model);
}
END_TEST

START_TEST(test_sgd)
{
    rec_model *model = fit_baseline("sgd", 60000, 0.0002);
    const float *b_u = rec__arrays_floats(&model->result->arrays, "user_biases");
    const float *b_i = rec__arrays_floats(&model->result->arrays, "item_scores");
    for (int32_t u = 0; u < SMALL_USERS; u++)
        ck_assert_double_eq_tol((double)b_u[u], expected_user_biases[u], 2e-3);
    for (int32_t i = 0; i < SMALL_ITEMS; i++)
        ck_assert_double_eq_tol((double)b_i[i], expected_item_biases[i], 2e-3);
    rec_model_free(model);
}
END_TEST

/* Folded in from the ratings of user 0: b = sum of (r - mu - b_i) / (4 + 3). */
START_TEST(test_fold_in)
{
    static const int32_t items[] = {0, 1, 3}, asked[] = {2};
    static const float ratings[] = {5, 3, 1};
    rec_model *model = fit_baseline("als", 100, 0.005);
    rec_query query = REC_QUERY_INIT;
    float score = 0;
    query.history = items;
    query.history_ratings = ratings;
    query.n_history = 3;
    EXPECT_OK(rec_score(model, REC_NEW_USER, &query, asked, 1, &score));
    ck_assert_double_eq_tol((double)score, expected_mu[0] + expected_user_biases[0] + expected_item_biases[2],
                            1e-6);
    rec_model_free(model);
}
END_TEST

START_TEST(test_loss_falls)
{
    rec_model *model = fit_baseline("als", 15, 0.005);
    const double *training, *validation;
    int64_t n = 0;
    EXPECT_OK(rec_model_loss(model, &training, &validation, &n));
    ck_assert_int_eq(n, 15);
    ck_assert_ptr_null(validation);
    ck_assert(training[14] < training[0] + 1e-9 && training[0] < 1.7 && training[14] > 1.0);
    rec_model_free(model);
}
END_TEST

START_TEST(test_validation_of_others)
{
    const int64_t start[] = {0, 1};
    const int32_t item[] = {0};
    rec_ratings_builder *builder = NULL;
    rec_ratings *train = NULL, *others = NULL;
    rec_model *model = NULL;
    EXPECT_OK(rec_ratings_from_csr(&train, 1, 1, start, item, NULL));
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    EXPECT_OK(rec_ratings_builder_add(builder, "somebody", "something", 3, REC_NO_TIME));
    EXPECT_OK(rec_ratings_builder_finish(builder, &others));
    EXPECT_OK(rec_model_create(&model, "baseline"));
    EXPECT_OK(rec_model_set_validation(model, others));
    EXPECT(rec_fit(model, train), REC_ERR_EMPTY, "none of the 1 validation ratings", "training ratings");
    ck_assert_int_eq(rec_model_fitted(model), 0);
    rec_model_free(model);
    rec_ratings_free(others);
    rec_ratings_free(train);
    rec_ratings_builder_free(builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("baseline");
    TCase *tests = tcase_create("baseline");
    tcase_add_test(tests, test_als);
    tcase_add_test(tests, test_sgd);
    tcase_add_test(tests, test_fold_in);
    tcase_add_test(tests, test_loss_falls);
    tcase_add_test(tests, test_validation_of_others);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
