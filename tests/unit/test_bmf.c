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

/* 95% of the ratings held out lie within 1.96 deviations of their predictions, give or take what 1,400 of them allow. */
START_TEST(test_deviation)
{
    rec_ratings *train = planted_ratings(0), *held = planted_ratings(1);
    rec_model *model = fit_bmf(train, NULL), *plain = new_model("mf");
    int64_t inside = 0;
    for (int32_t u = 0; u < held->n_users; u++)
        for (int64_t e = held->user_start[u]; e < held->user_start[u + 1]; e++) {
            float predicted = 0, deviation = 0;
            EXPECT_OK(rec_predict(model, u, held->user_items[e], &predicted));
            EXPECT_OK(rec_predict_deviation(model, u, held->user_items[e], &deviation));
            inside += fabs((double)(predicted - held->user_ratings[e])) < 1.96 * (double)deviation;
        }
    double share = (double)inside / (double)held->count;
    ck_assert_msg(share > 0.93 && share < 0.97, "%.4f of the ratings lie within", share);
    float deviation = 0;
    EXPECT(rec_predict_deviation(model, USERS, 0, &deviation), REC_ERR_RANGE, "user is 120");
    EXPECT_OK(rec_model_set(plain, "epochs", 1));
    EXPECT_OK(rec_fit(plain, train));
    EXPECT(rec_predict_deviation(plain, 0, 0, &deviation), REC_ERR_UNSUPPORTED, "mf");
    rec_model_free(model);
    rec_model_free(plain);
    rec_ratings_free(train);
    rec_ratings_free(held);
}
END_TEST

/* Ratings that a number known of each user and each item explains: the users' own noise apart, r = 3 + x_u z_i. */
static rec_ratings *explained_ratings(int n_users)
{
    int64_t start[USERS + 1] = {0}, n = 0;
    static int32_t items[USERS * ITEMS];
    static float values[USERS * ITEMS];
    for (int u = 0; u < n_users; u++) {
        for (int i = 0; i < ITEMS; i++) {
            uint32_t h = (uint32_t)(u * 977 + i * 3571 + 11) * 2654435761u >> 7;
            if (h % 6 != 0)
                continue;
            items[n] = i;
            values[n++] =
                (float)(3 + sin(u * 1.3) * cos(i * 0.7) + ((double)(h / 6 % 101) / 100 - 0.5) * 0.2);
        }
        start[u + 1] = n;
    }
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_from_csr(&ratings, n_users, ITEMS, start, items, values));
    return ratings;
}

static rec_features *numbers_of(int n, double step, int cosine)
{
    float values[USERS * 2];
    rec_ids *ids = NULL;
    rec_features *features = NULL;
    for (int row = 0; row < n; row++) {
        values[2 * row] = (float)(cosine ? cos(row * step) : sin(row * step)) * 40 + 7;
        values[2 * row + 1] = 5; /* says nothing */
    }
    EXPECT_OK(rec_ids_from_rows(&ids, n));
    EXPECT_OK(rec_features_from_dense(&features, ids, NULL, n, 2, values));
    rec_ids_free(ids);
    return features;
}

/* Users without a rating are predicted from what is known of them, as well as the noise allows. */
START_TEST(test_features_of_cold_users)
{
    enum { KNOWN = 100 };
    rec_ratings *train = explained_ratings(KNOWN), *all = explained_ratings(USERS);
    rec_features *users = numbers_of(USERS, 1.3, 0), *items = numbers_of(ITEMS, 0.7, 1);
    rec_model *model = new_model("bmf");
    EXPECT_OK(rec_model_set(model, "factors", 4));
    EXPECT_OK(rec_model_set(model, "sweeps", 200));
    EXPECT_OK(rec_model_set_user_features(model, users));
    EXPECT_OK(rec_model_set_item_features(model, items));
    EXPECT_OK(rec_fit(model, train));
    ck_assert_int_eq(rec_model_users(model), USERS);
    double sum = 0, still = 0;
    for (int32_t u = KNOWN; u < USERS; u++)
        for (int64_t e = all->user_start[u]; e < all->user_start[u + 1]; e++) {
            float predicted = 0;
            EXPECT_OK(rec_predict(model, u, all->user_items[e], &predicted));
            sum += pow((double)predicted - (double)all->user_ratings[e], 2);
            still += pow(3.0 - (double)all->user_ratings[e], 2);
        }
    ck_assert_msg(sum < 0.1 * still, "squared errors %.4f, of always the mean %.4f", sum, still);
    rec_model_free(model);
    rec_features_free(users);
    rec_features_free(items);
    rec_ratings_free(train);
    rec_ratings_free(all);
}
END_TEST

/* Which items a user rates says what the user likes: two kinds of users, each with items of its own, all of one rating
 * but for a few that both rate, and differently. */
static rec_ratings *chosen_ratings(int part)
{
    int64_t start[USERS + 1] = {0}, n = 0;
    static int32_t items[USERS * ITEMS];
    static float values[USERS * ITEMS];
    for (int u = 0; u < USERS; u++) {
        for (int i = 0; i < ITEMS; i++) {
            uint32_t h = (uint32_t)(u * 977 + i * 3571 + 11) * 2654435761u >> 7;
            bool shared = i >= 50, train = shared ? h % 8 == 0 : i % 2 == u % 2 && h % 4 != 0;
            if (part == 0 ? !train : !(shared && h % 8 == 1))
                continue;
            items[n] = i;
            values[n++] = shared ? (u % 2 == i % 2 ? 5.0f : 1.0f) : 3.0f;
        }
        start[u + 1] = n;
    }
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_from_csr(&ratings, USERS, ITEMS, start, items, values));
    return ratings;
}

static double rmse_with(const char *implicit, const rec_ratings *seen)
{
    rec_ratings *train = chosen_ratings(0), *held = chosen_ratings(1);
    rec_model *model = new_model("bmf");
    EXPECT_OK(rec_model_set(model, "factors", 4));
    EXPECT_OK(rec_model_set(model, "sweeps", 200));
    EXPECT_OK(rec_model_set_text(model, "implicit", implicit));
    EXPECT_OK(rec_model_set_implicit(model, seen));
    EXPECT_OK(rec_fit(model, train));
    double found = rmse(model, held);
    rec_model_free(model);
    rec_ratings_free(train);
    rec_ratings_free(held);
    return found;
}

START_TEST(test_implicit_sets)
{
    double none = rmse_with("none", NULL), users = rmse_with("users", NULL);
    ck_assert_msg(users < 0.8 * none, "RMSE %.4f with implicit sets, %.4f without", users, none);
    /* The same ratings, given apart, are the same chain; other ones are another. */
    rec_ratings *train = chosen_ratings(0), *held = chosen_ratings(1);
    ck_assert(rmse_with("users", train) == users);
    ck_assert(rmse_with("users", held) != users);
    rec_ratings_free(train);
    rec_ratings_free(held);
}
END_TEST

START_TEST(test_refused_inputs)
{
    rec_ratings *train = planted_ratings(0);
    rec_features *users = numbers_of(USERS, 1.3, 0);
    rec_model *model = new_model("baseline");
    EXPECT_OK(rec_model_set_user_features(model, users));
    EXPECT_OK(rec_model_set_user_features(model, NULL));
    EXPECT_OK(rec_model_set_implicit(model, train));
    EXPECT(rec_fit(model, train), REC_ERR_UNSUPPORTED, "implicit", "baseline");
    EXPECT_OK(rec_model_set_implicit(model, NULL));
    EXPECT_OK(rec_fit(model, train));
    rec_model_free(model);
    rec_features_free(users);
    rec_ratings_free(train);
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
    tcase_add_test(tests, test_deviation);
    tcase_add_test(tests, test_features_of_cold_users);
    tcase_add_test(tests, test_implicit_sets);
    tcase_add_test(tests, test_refused_inputs);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
