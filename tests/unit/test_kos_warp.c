/* SPDX-License-Identifier: Apache-2.0 */
#include "pairs_still.h"

/* The chance that at least `rank` of `n` draws, with replacement, are among a share of the items. */
static double chance_of(double share, int n, int rank)
{
    double sum = 0;
    for (int k = rank; k <= n; k++)
        sum += tgamma(n + 1) / (tgamma(k + 1) * tgamma(n - k + 1)) * pow(share, k) * pow(1 - share, n - k);
    return sum;
}

static double expected_mean(const rec_model *model, int sample, int rank)
{
    double sum = 0, had[STILL_ITEMS], others[STILL_ITEMS];
    int count = 0;
    for (int u = 0; u < STILL_USERS; u++) {
        int n_had = scores_of(model, u, true, had), n = scores_of(model, u, false, others);
        for (int i = 0; i < n_had; i++) {
            double chosen =
                chance_of((i + 1.0) / n_had, sample, rank) - chance_of((double)i / n_had, sample, rank);
            sum += n_had * chosen * expected_warp(had[i], others, n, 4);
        }
        count += n_had;
    }
    return sum / count;
}

/* The item learned from is the rank-th best of those drawn; of fewer, the last. */
START_TEST(test_order_statistics)
{
    static const int cases[][3] = {{5, 1, 1}, {5, 2, 2}, {5, 5, 5}, {3, 7, 3}, {1, 1, 1}};
    rec_ratings *ratings = still_ratings();
    for (int c = 0; c < 5; c++) {
        rec_model *model = still_model("kos-warp");
        EXPECT_OK(rec_model_set(model, "max_sampled", 4));
        EXPECT_OK(rec_model_set(model, "sample", cases[c][0]));
        EXPECT_OK(rec_model_set(model, "rank", cases[c][1]));
        EXPECT_OK(rec_fit(model, ratings));
        double expected = expected_mean(model, cases[c][0], cases[c][2]), got = mean_loss(model);
        ck_assert_msg(fabs(got - expected) < 0.015 * expected, "case %d: %g; %g was expected", c, got,
                      expected);
        rec_model_free(model);
    }
    rec_ratings_free(ratings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kos_warp");
    TCase *tests = tcase_create("kos_warp");
    tcase_add_test(tests, test_order_statistics);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
