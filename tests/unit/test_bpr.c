/* SPDX-License-Identifier: Apache-2.0 */
#include "pairs_scores.h"
#include "pairs_still.h"

/* The objective's lowest point, summed over all that may be drawn. */
START_TEST(test_lowest)
{
    rec_model *even = slow_model("bpr", "one"), *weighed = slow_model("bpr", "rating"),
              *popular = slow_model("bpr", "rating");
    EXPECT_OK(rec_model_set_text(even, "sampling", "uniform"));
    EXPECT_OK(rec_model_set_text(weighed, "sampling", "uniform"));
    EXPECT_OK(rec_model_set_text(popular, "sampling", "popularity"));
    expect_lowest(even, expected_bpr_one);
    expect_lowest(weighed, expected_bpr_rating);
    expect_lowest(popular, expected_bpr_popularity);
    rec_model *counted = slow_model("bpr", "one");
    EXPECT_OK(rec_model_set_text(counted, "sampling", "uniform"));
    weigh_small(counted);
    expect_lowest(counted, expected_bpr_weighed);
}
END_TEST

/* The best of `candidates` drawn evenly from what a user has not. */
static double expected_dynamic(const rec_model *model, int candidates)
{
    double sum = 0, had[STILL_ITEMS], others[STILL_ITEMS];
    int count = 0;
    for (int u = 0; u < STILL_USERS; u++) {
        int n_had = scores_of(model, u, true, had), n = scores_of(model, u, false, others);
        for (int i = 0; i < n_had; i++)
            for (int j = 0; j < n; j++) {
                double share = pow(1 - (double)j / n, candidates) - pow(1 - (j + 1.0) / n, candidates);
                sum += share * log1p(exp(others[j] - had[i]));
            }
        count += n_had;
    }
    return sum / count;
}

static void check_sampling(const char *sampling, int candidates, int expected_candidates)
{
    rec_ratings *ratings = still_ratings();
    rec_model *model = still_model("bpr");
    EXPECT_OK(rec_model_set_text(model, "sampling", sampling));
    EXPECT_OK(rec_model_set(model, "candidates", candidates));
    EXPECT_OK(rec_fit(model, ratings));
    double expected = expected_dynamic(model, expected_candidates), got = mean_loss(model);
    ck_assert_msg(fabs(got - expected) < 0.01 * expected, "%s %d: %g; %g was expected", sampling, candidates,
                  got, expected);
    rec_model_free(model);
    rec_ratings_free(ratings);
}

/* Never more candidates than one for every 32 of the 100 items. */
START_TEST(test_sampling)
{
    check_sampling("uniform", 3, 1);
    check_sampling("dynamic", 1, 1);
    check_sampling("dynamic", 2, 2);
    check_sampling("dynamic", 3, 3);
    check_sampling("dynamic", 50, 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bpr");
    TCase *tests = tcase_create("bpr");
    tcase_add_test(tests, test_lowest);
    tcase_add_test(tests, test_sampling);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
