/* SPDX-License-Identifier: Apache-2.0 */
#include "small_ratings.h"

#include <math.h>

enum { USERS = 300, ITEMS = 200 };

/* Ratings 1 to 5 of every pair, in unequal numbers. */
static rec_ratings *many_ratings(double *mean, double *variance)
{
    static int64_t start[USERS + 1];
    static int32_t items[USERS * ITEMS];
    static float values[USERS * ITEMS];
    int64_t n = 0;
    double sum = 0, squares = 0;
    for (int u = 0; u < USERS; u++) {
        for (int i = 0; i < ITEMS; i++) {
            uint32_t h = (uint32_t)(u * 977 + i * 3571 + 11) * 2654435761u >> 7;
            items[n] = i;
            values[n] = (float)(h % 5 < 2 ? 4 : 1 + h % 5);
            sum += (double)values[n];
            squares += (double)values[n] * (double)values[n];
            n++;
        }
        start[u + 1] = n;
    }
    *mean = sum / (double)n;
    *variance = squares / (double)n - *mean * *mean;
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_from_csr(&ratings, USERS, ITEMS, start, items, values));
    return ratings;
}

/* Mean, variance and fourth moment of the scores are those of the normal distribution of the ratings; neighbouring pairs do not go
 * together. */
START_TEST(test_distribution)
{
    double mean, variance, sums[4] = {0}, together = 0, n = (double)USERS * ITEMS;
    rec_ratings *ratings = many_ratings(&mean, &variance);
    rec_model *model = new_model("random");
    EXPECT_OK(rec_fit(model, ratings));
    for (int32_t u = 0; u < USERS; u++) {
        double last = 0;
        for (int32_t i = 0; i < ITEMS; i++) {
            float score = 0;
            EXPECT_OK(rec_predict(model, u, i, &score));
            double z = ((double)score - mean) / sqrt(variance), power = 1;
            for (int k = 0; k < 4; k++)
                sums[k] += power *= z;
            together += z * last;
            last = z;
        }
    }
    ck_assert_double_eq_tol(sums[0] / n, 0, 0.03);
    ck_assert_double_eq_tol(sums[1] / n, 1, 0.05);
    ck_assert_double_eq_tol(sums[2] / n, 0, 0.1);
    ck_assert_double_eq_tol(sums[3] / n, 3, 0.4);
    ck_assert_double_eq_tol(together / n, 0, 0.03);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

static void score_history(const rec_model *model, const int32_t *items, const float *ratings, float *scores)
{
    static const int32_t asked[] = {0, 1, 2, 3, 4};
    rec_query query = REC_QUERY_INIT;
    query.history = items;
    query.history_ratings = ratings;
    query.n_history = 2;
    EXPECT_OK(rec_score(model, REC_NEW_USER, &query, asked, SMALL_ITEMS, scores));
}

/* One history, one draw; another item or another rating, another. */
START_TEST(test_fold_in)
{
    static const int32_t items[] = {0, 3}, others[] = {0, 2};
    static const float values[] = {5, 1}, changed[] = {5, 2};
    float first[SMALL_ITEMS], again[SMALL_ITEMS], other[SMALL_ITEMS], rated[SMALL_ITEMS];
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = new_model("random");
    EXPECT_OK(rec_fit(model, ratings));
    score_history(model, items, values, first);
    score_history(model, items, values, again);
    score_history(model, others, values, other);
    score_history(model, items, changed, rated);
    ck_assert_mem_eq(first, again, sizeof first);
    for (int32_t i = 0; i < SMALL_ITEMS; i++) {
        ck_assert(first[i] != other[i] && first[i] != rated[i] && other[i] != rated[i]);
        ck_assert_double_lt(fabs((double)first[i] - expected_mu[0]), 8);
    }
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

START_TEST(test_likeness)
{
    int32_t items[2], n = 0;
    float scores[2];
    rec_algorithm algorithm = REC_ALGORITHM_INIT;
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = new_model("random");
    EXPECT_OK(rec_fit(model, ratings));
    EXPECT(rec_similar_items(model, 0, 2, items, scores, &n), REC_ERR_UNSUPPORTED, "random");
    EXPECT(rec_similar_users(model, 0, 2, items, scores, &n), REC_ERR_UNSUPPORTED, "random");
    EXPECT_OK(rec_algorithm_find("random", &algorithm));
    ck_assert_uint_eq(algorithm.abilities, REC_PREDICTS_RATINGS | REC_CAN_FOLD_IN);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random_scores");
    TCase *tests = tcase_create("random_scores");
    tcase_add_test(tests, test_distribution);
    tcase_add_test(tests, test_fold_in);
    tcase_add_test(tests, test_likeness);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
