/* SPDX-License-Identifier: Apache-2.0 */
#include "small_ratings.h"

#include <math.h>

enum { USERS = 120, ITEMS = 60 };

/* Planted tastes of rank two under noise of deviation 0.4 or so; the parts do not overlap. */
static rec_ratings *planted_ratings(int part)
{
    int64_t start[USERS + 1] = {0}, n = 0;
    static int32_t items[USERS * ITEMS];
    static float values[USERS * ITEMS];
    for (int u = 0; u < USERS; u++) {
        for (int i = 0; i < ITEMS; i++) {
            uint32_t h = (uint32_t)(u * 977 + i * 3571 + 11) * 2654435761u >> 7;
            if ((int)(h % 5) > 1 || (h % 5 == 1) != (part == 1))
                continue;
            double taste = sin(u * 1.3) * cos(i * 0.7) + sin(u * 2.3) * cos(i * 1.7 + 1);
            double noise = ((double)(h % 101) + (double)(h / 101 % 103)) / 102.0 - 1.0;
            items[n] = i;
            values[n++] = (float)(3.5 + 0.5 * sin(u) + 0.4 * cos(3 * i) + taste + noise);
        }
        start[u + 1] = n;
    }
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_from_csr(&ratings, USERS, ITEMS, start, items, values));
    return ratings;
}

static rec_model *fit_bmf(const rec_ratings *train, const rec_ratings *validation)
{
    rec_model *model = new_model("bmf");
    EXPECT_OK(rec_model_set(model, "factors", 6));
    EXPECT_OK(rec_model_set(model, "sweeps", 200));
    EXPECT_OK(rec_model_set(model, "samples", 50));
    EXPECT_OK(rec_model_set_validation(model, validation));
    EXPECT_OK(rec_fit(model, train));
    return model;
}

static double rmse(const rec_model *model, const rec_ratings *ratings)
{
    double sum = 0;
    for (int32_t u = 0; u < ratings->n_users; u++)
        for (int64_t e = ratings->user_start[u]; e < ratings->user_start[u + 1]; e++) {
            float predicted = 0;
            EXPECT_OK(rec_predict(model, u, ratings->user_items[e], &predicted));
            sum += pow((double)predicted - (double)ratings->user_ratings[e], 2);
        }
    return sqrt(sum / (double)ratings->count);
}

/* The saved vectors side by side are the mean over the kept draws: its RMSE is the last that the chain reported. */
START_TEST(test_mean_of_draws)
{
    rec_ratings *train = planted_ratings(0), *validation = planted_ratings(1);
    rec_model *model = fit_bmf(train, validation);
    const double *training, *watched;
    int64_t n = 0;
    EXPECT_OK(rec_model_loss(model, &training, &watched, &n));
    ck_assert_int_eq(n, 250);
    ck_assert_double_eq_tol(rmse(model, validation), watched[n - 1], 1e-5);
    /* One draw is worse than the mean of many. */
    ck_assert_double_gt(watched[40], watched[n - 1] + 0.02);
    rec_model_free(model);
    rec_ratings_free(train);
    rec_ratings_free(validation);
}
END_TEST

/* Without any tuning it beats the point estimate at its defaults, and comes near the noise. */
START_TEST(test_learns)
{
    rec_ratings *train = planted_ratings(0), *validation = planted_ratings(1);
    rec_model *bayes = fit_bmf(train, validation), *point = new_model("mf");
    EXPECT_OK(rec_fit(point, train));
    double ours = rmse(bayes, validation), theirs = rmse(point, validation);
    ck_assert_msg(ours < theirs && ours < 0.62, "bmf %g, mf %g", ours, theirs);
    rec_model_free(bayes);
    rec_model_free(point);
    rec_ratings_free(train);
    rec_ratings_free(validation);
}
END_TEST

/* The precision of the ratings that the chain finds is that of what is left over. */
START_TEST(test_precision)
{
    rec_ratings *train = planted_ratings(0);
    rec_model *model = fit_bmf(train, NULL);
    const rec_array *precision = rec__arrays_find(&model->result->arrays, "sample_precision");
    double mean = 0, left = 0;
    ck_assert_int_eq(precision->rows, 50);
    for (int64_t s = 0; s < 50; s++)
        mean += ((const double *)precision->data)[s] / 50;
    const double *training, *watched;
    int64_t n = 0;
    EXPECT_OK(rec_model_loss(model, &training, &watched, &n));
    for (int64_t e = n - 200; e < n; e++)
        left += training[e] * training[e] / 200;
    ck_assert_double_eq_tol(mean * left, 1.0, 0.1);
    rec_model_free(model);
    rec_ratings_free(train);
}
END_TEST

/* Somebody with the history of a user of the training set is predicted as that user is. */
START_TEST(test_fold_in)
{
    rec_ratings *train = planted_ratings(0);
    rec_model *model = fit_bmf(train, NULL);
    double apart = 0, spread = 0;
    for (int32_t user = 0; user < 20; user++) {
        rec_row row;
        rec_query query = REC_QUERY_INIT;
        int32_t items[ITEMS];
        float folded[ITEMS], stored[ITEMS];
        EXPECT_OK(rec_ratings_user(train, user, &row));
        query.history = row.others;
        query.history_ratings = row.ratings;
        query.n_history = row.n;
        for (int32_t i = 0; i < ITEMS; i++)
            items[i] = i;
        EXPECT_OK(rec_score(model, REC_NEW_USER, &query, items, ITEMS, folded));
        EXPECT_OK(rec_score(model, user, NULL, items, ITEMS, stored));
        for (int32_t i = 0; i < ITEMS; i++) {
            apart += pow((double)folded[i] - (double)stored[i], 2);
            spread += pow((double)stored[i] - train->mean, 2);
        }
    }
    ck_assert_msg(apart < 0.03 * spread, "apart %g, spread %g", apart, spread);
    rec_model_free(model);
    rec_ratings_free(train);
}
END_TEST

START_TEST(test_more_samples_than_sweeps)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = new_model("bmf");
    EXPECT_OK(rec_model_set(model, "sweeps", 10));
    EXPECT_OK(rec_model_set(model, "samples", 11));
    EXPECT(rec_fit(model, ratings), REC_ERR_INVALID, "samples is 11", "10");
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bmf");
    TCase *tests = tcase_create("bmf");
    tcase_set_timeout(tests, 100);
    tcase_add_test(tests, test_mean_of_draws);
    tcase_add_test(tests, test_learns);
    tcase_add_test(tests, test_precision);
    tcase_add_test(tests, test_fold_in);
    tcase_add_test(tests, test_more_samples_than_sweeps);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
