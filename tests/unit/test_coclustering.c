/* SPDX-License-Identifier: Apache-2.0 */
#include "small_ratings.h"

#include <math.h>

static rec_model *fit_pairs(const rec_ratings *ratings, int seed)
{
    rec_model *model = new_model("coclustering");
    EXPECT_OK(rec_model_set(model, "user_clusters", 2));
    EXPECT_OK(rec_model_set(model, "item_clusters", 2));
    EXPECT_OK(rec_model_set(model, "epochs", 10));
    EXPECT_OK(rec_model_set(model, "seed", seed));
    EXPECT_OK(rec_fit(model, ratings));
    return model;
}

static double last_loss(const rec_model *model, int64_t wanted)
{
    const double *training, *validation;
    int64_t n = 0;
    EXPECT_OK(rec_model_loss(model, &training, &validation, &n));
    ck_assert_int_eq(n, wanted);
    return training[n - 1];
}

/* No start ends below the least of all clusterings, and some start ends there, with its predictions. */
START_TEST(test_best_clusters)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *best = NULL;
    double least = HUGE_VAL;
    for (int seed = 0; seed < 40; seed++) {
        rec_model *model = fit_pairs(ratings, seed);
        double loss = last_loss(model, 10);
        if (loss < least) {
            rec_model_free(best);
            best = model;
            least = loss;
        } else {
            rec_model_free(model);
        }
    }
    ck_assert_double_eq_tol(least, expected_coclustering_rmse[0], 1e-6);
    for (int32_t u = 0; u < 5; u++)
        for (int32_t i = 0; i < 4; i++) {
            float predicted = 0;
            EXPECT_OK(rec_predict(best, u, i, &predicted));
            ck_assert_double_eq_tol((double)predicted, expected_coclustering[4 * u + i], 1e-5);
        }
    rec_model_free(best);
    rec_ratings_free(ratings);
}
END_TEST

/* A user without ratings is predicted the item's mean, an item without them the user's. */
START_TEST(test_unrated)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = fit_pairs(ratings, 1);
    float predicted = 0;
    EXPECT_OK(rec_predict(model, 5, 3, &predicted));
    ck_assert_double_eq_tol((double)predicted, expected_mean[3], 1e-6);
    EXPECT_OK(rec_predict(model, 4, 4, &predicted));
    ck_assert_double_eq_tol((double)predicted, 10.0 / 3.0, 1e-6);
    EXPECT_OK(rec_predict(model, 5, 4, &predicted));
    ck_assert_double_eq_tol((double)predicted, expected_mu[0], 1e-6);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* Somebody with the history of a user is put into that user's cluster. */
START_TEST(test_fold_in)
{
    static const int32_t asked[] = {0, 1, 2, 3, 4};
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = fit_pairs(ratings, 3);
    for (int32_t user = 0; user < SMALL_USERS; user++) {
        rec_row row;
        rec_query query = REC_QUERY_INIT;
        float folded[SMALL_ITEMS], stored[SMALL_ITEMS];
        EXPECT_OK(rec_ratings_user(ratings, user, &row));
        query.history = row.others;
        query.history_ratings = row.ratings;
        query.n_history = row.n;
        query.flags = REC_QUERY_WITH_SEEN;
        EXPECT_OK(rec_score(model, REC_NEW_USER, &query, asked, SMALL_ITEMS, folded));
        EXPECT_OK(rec_score(model, user, NULL, asked, SMALL_ITEMS, stored));
        for (int32_t i = 0; i < SMALL_ITEMS; i++)
            ck_assert_double_eq_tol((double)folded[i], (double)stored[i], 1e-5);
    }
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* An item that is described by its own ratings is scored as it is stored. */
START_TEST(test_new_item)
{
    static const int32_t users[] = {0, 1, 2, 3, 4, 5};
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = fit_pairs(ratings, 3);
    for (int32_t item = 0; item < SMALL_ITEMS; item++) {
        rec_row row;
        float folded[SMALL_USERS];
        EXPECT_OK(rec_ratings_item(ratings, item, &row));
        EXPECT_OK(rec_score_new_item(model, row.others, row.ratings, row.n, users, SMALL_USERS, folded));
        for (int32_t u = 0; u < SMALL_USERS; u++) {
            float stored = 0;
            EXPECT_OK(rec_predict(model, u, item, &stored));
            ck_assert_double_eq_tol((double)folded[u], (double)stored, 1e-5);
        }
    }
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* One cluster a side leaves the three means. */
START_TEST(test_one_cluster)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = new_model("coclustering");
    float predicted = 0;
    EXPECT_OK(rec_model_set(model, "user_clusters", 1));
    EXPECT_OK(rec_model_set(model, "item_clusters", 1));
    EXPECT_OK(rec_fit(model, ratings));
    EXPECT_OK(rec_predict(model, 0, 2, &predicted));
    ck_assert_double_eq_tol((double)predicted, 3.0 + expected_mean[2] - expected_mu[0], 1e-6);
    ck_assert_double_gt(last_loss(model, 20), expected_coclustering_rmse[0] + 0.1);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("coclustering");
    TCase *tests = tcase_create("coclustering");
    tcase_add_test(tests, test_best_clusters);
    tcase_add_test(tests, test_unrated);
    tcase_add_test(tests, test_fold_in);
    tcase_add_test(tests, test_new_item);
    tcase_add_test(tests, test_one_cluster);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
