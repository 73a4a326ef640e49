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

/* An item left out and folded in again is scored as by a fit that had it: for it alone, no other weight matters. */
START_TEST(test_item_folded_in)
{
    rec_model *with = new_slim(0.5, 1, _i == 0, _i == 2 ? 2 : 0),
              *without = new_slim(0.5, 1, _i == 0, _i == 2 ? 2 : 0);
    rec_ratings *whole = small_ratings(0), *rest = NULL;
    int64_t start[SMALL_USERS + 1] = {0};
    int32_t items[SMALL_USERS * SMALL_ITEMS], raters[SMALL_USERS], users[SMALL_USERS], gone = 3, n = 0, m = 0;
    float ratings[SMALL_USERS * SMALL_ITEMS], given[SMALL_USERS], scores[SMALL_USERS];
    for (int32_t u = 0; u < SMALL_USERS; u++) {
        users[u] = u;
        for (int64_t e = whole->user_start[u]; e < whole->user_start[u + 1]; e++)
            if (whole->user_items[e] == gone) {
                raters[m] = u;
                given[m++] = whole->user_ratings[e];
            } else {
                items[n] = whole->user_items[e];
                ratings[n++] = whole->user_ratings[e];
            }
        start[u + 1] = n;
    }
    ck_assert_int_gt(m, 1);
    EXPECT_OK(rec_ratings_from_csr(&rest, SMALL_USERS, SMALL_ITEMS, start, items, ratings));
    EXPECT_OK(rec_fit(with, whole));
    EXPECT_OK(rec_fit(without, rest));
    EXPECT_OK(rec_score_new_item(without, raters, given, m, users, SMALL_USERS, scores));
    for (int32_t u = 0; u < SMALL_USERS; u++) {
        float expected = 0;
        /* Whoever has no ratings is answered by what is popular. */
        if (start[u] == start[u + 1])
            continue;
        EXPECT_OK(rec_predict(with, u, gone, &expected));
        ck_assert_double_eq_tol((double)scores[u], (double)expected, 1e-5);
    }
    rec_model_free(with);
    rec_model_free(without);
    rec_ratings_free(whole);
    rec_ratings_free(rest);
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
