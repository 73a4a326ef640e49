/* SPDX-License-Identifier: Apache-2.0 */
#include "small_ratings.h"

static void check_kind(const char *kind, const double *expected)
{
    rec_ratings *ratings = small_ratings(1);
    rec_model *model = new_model("popular");
    EXPECT_OK(rec_model_set_text(model, "kind", kind));
    EXPECT_OK(rec_model_set(model, "damping", 3));
    if (strcmp(kind, "decayed") == 0)
        EXPECT_OK(rec_model_set(model, "half_life", 5));
    EXPECT_OK(rec_fit(model, ratings));
    expect_floats(model, "item_scores", expected, SMALL_ITEMS);
    rec_model_free(model);
    rec_ratings_free(ratings);
}

START_TEST(test_kinds)
{
    check_kind("count", expected_count);
    check_kind("mean", expected_mean);
    check_kind("damped", expected_damped);
    check_kind("decayed", expected_decayed);
}
END_TEST

START_TEST(test_decay_needs_times)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = new_model("popular");
    EXPECT_OK(rec_model_set_text(model, "kind", "decayed"));
    EXPECT(rec_fit(model, ratings), REC_ERR_UNSUPPORTED, "decayed", "times");
    ck_assert_int_eq(rec_model_fitted(model), 0);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("popular");
    TCase *tests = tcase_create("popular");
    tcase_add_test(tests, test_kinds);
    tcase_add_test(tests, test_decay_needs_times);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
