/* SPDX-License-Identifier: Apache-2.0 */
#include "pairs_scores.h"

/* The objective's lowest point, with as many unobserved terms in the mean as are drawn. */
START_TEST(test_lowest)
{
    rec_model *even = slow_model("logistic", "one"), *weighed = slow_model("logistic", "rating");
    EXPECT_OK(rec_model_set(even, "negatives", 2));
    EXPECT_OK(rec_model_set(weighed, "negatives", 2));
    EXPECT_OK(rec_model_set(weighed, "alpha", 3));
    expect_lowest(even, expected_logistic_one);
    expect_lowest(weighed, expected_logistic_rating);
    rec_model *counted = slow_model("logistic", "one");
    EXPECT_OK(rec_model_set(counted, "negatives", 2));
    weigh_small(counted);
    expect_lowest(counted, expected_logistic_weighed);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("logistic");
    TCase *tests = tcase_create("logistic");
    tcase_add_test(tests, test_lowest);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
