/* SPDX-License-Identifier: Apache-2.0 */
#include "small_ratings.h"

#include <math.h>

static void expect_scores(const rec_model *model, const double *expected, double tolerance)
{
    for (int32_t u = 0; u < SMALL_RATED; u++)
        for (int32_t i = 0; i < SMALL_ITEMS; i++) {
            float score = 0;
            EXPECT_OK(rec_predict(model, u, i, &score));
            ck_assert_double_eq_tol((double)score, expected[u * SMALL_ITEMS + i], tolerance);
        }
}

static rec_model *new_ease(double regularization, double dropout, int neighbors)
{
    rec_model *model = new_model("ease");
    EXPECT_OK(rec_model_set(model, "regularization", regularization));
    EXPECT_OK(rec_model_set(model, "dropout", dropout));
    EXPECT_OK(rec_model_set(model, "neighbors", neighbors));
    return model;
}

static rec_model *fit_ease(const rec_ratings *ratings, double regularization, double dropout, int neighbors)
{
    rec_model *model = new_ease(regularization, dropout, neighbors);
    EXPECT_OK(rec_fit(model, ratings));
    return model;
}

START_TEST(test_scores)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = fit_ease(ratings, 3, 0, 100);
    expect_scores(model, expected_ease, 2e-5);
    rec_model_free(model);
    model = fit_ease(ratings, 2, 0.4, 100);
    expect_scores(model, expected_edlae, 2e-5);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* One weight a column: its largest. */
START_TEST(test_neighbors)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *all = fit_ease(ratings, 3, 0, 4), *one = fit_ease(ratings, 3, 0, 1);
    const float *weights = rec__arrays_floats(&one->result->arrays, "graph_weights"),
                *wide = rec__arrays_floats(&all->result->arrays, "graph_weights");
    const rec_array *columns = rec__arrays_find(&one->result->arrays, "graph_columns"),
                    *wide_columns = rec__arrays_find(&all->result->arrays, "graph_columns");
    ck_assert_int_eq(columns->rows, 4);
    for (int64_t e = 0; e < columns->rows; e++) {
        int32_t item = ((const int32_t *)columns->data)[e];
        float largest = 0;
        for (int64_t w = 0; w < wide_columns->rows; w++)
            if (((const int32_t *)wide_columns->data)[w] == item)
                largest = fmaxf(largest, fabsf(wide[w]));
        ck_assert(fabsf(weights[e]) == largest);
    }
    rec_model_free(all);
    rec_model_free(one);
    rec_ratings_free(ratings);
}
END_TEST

/* Of full rank, nothing is left out but the diagonal of B: the same scores where the item is not in the history. */
START_TEST(test_full_rank)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = new_model("ease");
    EXPECT_OK(rec_model_set(model, "regularization", 3));
    EXPECT_OK(rec_model_set(model, "factors", 5));
    EXPECT_OK(rec_model_set(model, "iterations", 10));
    EXPECT_OK(rec_fit(model, ratings));
    for (int32_t u = 0; u < SMALL_RATED; u++)
        for (int32_t i = 0; i < SMALL_ITEMS; i++) {
            float score = 0;
            EXPECT_OK(rec_predict(model, u, i, &score));
            if (rec__ratings_find(ratings, u, i) < 0)
                ck_assert_double_eq_tol((double)score, expected_ease[u * SMALL_ITEMS + i], 1e-4);
        }
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* So little regularization that single precision alone is far off: the refined weights are not. */
START_TEST(test_refined)
{
    enum { N = 40 };
    int64_t start[N + 1];
    static int32_t items[N * N];
    static float values[N * N];
    for (int u = 0; u < N; u++) {
        start[u] = (int64_t)u * N;
        for (int i = 0; i < N; i++) {
            items[u * N + i] = i;
            values[u * N + i] = (float)(1.0 / (1.0 + u + i));
        }
    }
    start[N] = (int64_t)N * N;
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_from_csr(&ratings, N, N, start, items, values));
    rec_model *model = fit_ease(ratings, 1e-4, 0, N);
    /* With so little penalty an item is all but given by the others. */
    for (int32_t i = 0; i < N; i += 13) {
        float score = 0;
        EXPECT_OK(rec_predict(model, 3, i, &score));
        ck_assert_double_eq_tol((double)score, 1.0 / (4.0 + i), 0.05 / (4.0 + i));
    }
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* With all weights, two of them, and dropout. */
START_TEST(test_item_folded_in)
{
    double dropout = _i == 2 ? 0.4 : 0;
    rec_model *with = new_ease(3, dropout, _i == 1 ? 2 : 100),
              *without = new_ease(3, dropout, _i == 1 ? 2 : 100);
    expect_item_as_fitted(with, without);
    rec_model_free(with);
    rec_model_free(without);
}
END_TEST

START_TEST(test_no_new_items_of_low_rank)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = new_model("ease");
    int32_t raters[] = {0, 1}, user = 2;
    float given[] = {1, 1}, score = 0;
    EXPECT_OK(rec_model_set(model, "factors", 2));
    EXPECT_OK(rec_fit(model, ratings));
    ck_assert_int_eq(rec_score_new_item(model, raters, given, 2, &user, 1, &score), REC_ERR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(rec_last_error(), "parameters it was fitted with"));
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

START_TEST(test_too_wide)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = new_model("ease");
    EXPECT_OK(rec_model_set(model, "memory", 0));
    ck_assert_int_eq(rec_fit(model, ratings), REC_ERR_NO_MEMORY);
    ck_assert_ptr_nonnull(strstr(rec_last_error(), "5 items"));
    ck_assert_ptr_nonnull(strstr(rec_last_error(), "memory"));
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ease");
    TCase *tests = tcase_create("ease");
    tcase_add_test(tests, test_scores);
    tcase_add_test(tests, test_neighbors);
    tcase_add_test(tests, test_full_rank);
    tcase_add_test(tests, test_refined);
    tcase_add_loop_test(tests, test_item_folded_in, 0, 3);
    tcase_add_test(tests, test_no_new_items_of_low_rank);
    tcase_add_test(tests, test_too_wide);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
