/* SPDX-License-Identifier: Apache-2.0 */
#include "pairs_still.h"

static double expected_mean(const rec_model *model, int most)
{
    double sum = 0, had[STILL_ITEMS], others[STILL_ITEMS];
    int count = 0;
    for (int u = 0; u < STILL_USERS; u++) {
        int n_had = scores_of(model, u, true, had), n = scores_of(model, u, false, others);
        for (int i = 0; i < n_had; i++)
            sum += expected_warp(had[i], others, n, most);
        count += n_had;
    }
    return sum / count;
}

/* What is drawn, and what it weighs, is as published: with few draws most pairs of high rank are left alone. */
START_TEST(test_weights)
{
    static const int most[] = {1, 4, 50};
    rec_ratings *ratings = still_ratings();
    for (int m = 0; m < 3; m++) {
        rec_model *model = still_model("warp");
        EXPECT_OK(rec_model_set(model, "max_sampled", most[m]));
        EXPECT_OK(rec_fit(model, ratings));
        double expected = expected_mean(model, most[m]), got = mean_loss(model);
        ck_assert_msg(fabs(got - expected) < 0.01 * expected, "%g; %g was expected", got, expected);
        rec_model_free(model);
    }
    rec_ratings_free(ratings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("warp");
    TCase *tests = tcase_create("warp");
    tcase_add_test(tests, test_weights);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
