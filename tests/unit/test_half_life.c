/* SPDX-License-Identifier: Apache-2.0 */
/* Ratings that count less with age: the same as weights, in all that take these. */
#include "small_ratings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { USERS = 20, ITEMS = 12, EACH = 6 };
static const double DAY = 86400.0;

/* Every seventh rating has no time. weights: the same pairs with what they are to count, at first another weight w. */
static rec_ratings *aged_ratings(double half_life, int weighted, rec_ratings **weights)
{
    rec_ratings_builder *builders[2] = {NULL, NULL};
    rec_ratings *ratings = NULL;
    for (int b = 0; b < 2; b++)
        EXPECT_OK(rec_ratings_builder_create(&builders[b], NULL));
    for (int u = 0; u < USERS; u++)
        for (int k = 0; k < EACH; k++) {
            int item = (u * 5 + k * 7) % ITEMS, n = u * EACH + k;
            int64_t time = n % 7 == 3 ? REC_NO_TIME : 1000000 + (n * 37 % 120) * 43200;
            double age = (double)(119 * 43200) - (time == REC_NO_TIME ? 0.0 : (double)(time - 1000000));
            double weight = (weighted ? 1.0 + n % 3 : 1.0) * exp2(-age / (half_life * DAY));
            EXPECT_OK(rec_ratings_builder_add_ids(builders[0], u, item, (float)(1 + n % 5), time));
            EXPECT_OK(rec_ratings_builder_add_ids(builders[1], u, item, (float)weight, REC_NO_TIME));
        }
    EXPECT_OK(rec_ratings_builder_finish(builders[0], &ratings));
    EXPECT_OK(rec_ratings_builder_finish(builders[1], weights));
    for (int b = 0; b < 2; b++)
        rec_ratings_builder_free(builders[b]);
    return ratings;
}

static const struct {
    const char *name, *parameter, *value, *array;
} cases[] = {{"mf", "solver", "als", "item_vectors"},       {"mf", "solver", "sgd", "item_vectors"},
             {"mf", "solver", "adam", "user_vectors"},      {"ials", "solver", "exact", "item_vectors"},
             {"ials", "solver", "cg", "user_vectors"},      {"popular", "kind", "count", "item_scores"},
             {"popular", "kind", "damped", "item_scores"},  {"popular", "kind", "decayed", "item_scores"},
             {"bpr", "values", "one", "item_vectors"},      {"warp", "values", "one", "user_vectors"},
             {"kos-warp", "values", "one", "item_vectors"}, {"logistic", "values", "rating", "user_vectors"}};

static rec_model *make(int c)
{
    rec_model *model = new_model(cases[c].name);
    EXPECT_OK(rec_model_set_text(model, cases[c].parameter, cases[c].value));
    if (strcmp(cases[c].name, "popular") != 0) {
        EXPECT_OK(rec_model_set(model, "factors", 3));
        EXPECT_OK(rec_model_set(model, "epochs", 10));
    }
    return model;
}

/* The greatest difference of their elements. */
static double furthest(const rec_model *a, const rec_model *b, const char *name)
{
    const rec_array *array = rec__arrays_find(&a->result->arrays, name);
    const float *x = array->data, *y = rec__arrays_floats(&b->result->arrays, name);
    double most = 0;
    for (int64_t k = 0; k < array->rows * array->columns; k++)
        most = fmax(most, fabs((double)x[k] - (double)y[k]));
    return most;
}

/* As with these weights given; and both at once multiply. */
START_TEST(test_as_weights)
{
    for (int weighted = 0; weighted < 2; weighted++) {
        rec_ratings *weights = NULL, *other = NULL, *ratings = aged_ratings(20, weighted, &weights);
        rec_ratings_free(aged_ratings(INFINITY, weighted, &other));
        rec_model *aged = make(_i), *weighed = make(_i), *plain = make(_i);
        EXPECT_OK(rec_model_set(aged, "half_life", 20));
        if (weighted)
            EXPECT_OK(rec_model_set_weights(aged, other));
        EXPECT_OK(rec_model_set_weights(weighed, weights));
        /* A half-life without an end leaves the weights; with none "decayed" would have its own. */
        EXPECT_OK(rec_model_set(weighed, "half_life", 1e9));
        EXPECT_OK(rec_fit(aged, ratings));
        EXPECT_OK(rec_fit(weighed, ratings));
        EXPECT_OK(rec_fit(plain, ratings));
        ck_assert_double_lt(furthest(aged, weighed, cases[_i].array), 1e-4);
        ck_assert_double_gt(furthest(aged, plain, cases[_i].array), 1e-3);
        rec_model_free(aged);
        rec_model_free(weighed);
        rec_model_free(plain);
        rec_ratings_free(ratings);
        rec_ratings_free(weights);
        rec_ratings_free(other);
    }
}
END_TEST

/* Shares by hand, and 90 days where none are set. */
START_TEST(test_popular)
{
    rec_ratings *weights = NULL, *ratings = aged_ratings(90, 0, &weights);
    rec_model *set = make(7), *usual = make(7);
    EXPECT_OK(rec_model_set(set, "half_life", 90));
    EXPECT_OK(rec_fit(set, ratings));
    EXPECT_OK(rec_fit(usual, ratings));
    ck_assert_double_lt(furthest(set, usual, "item_scores"), 1e-5);
    for (int32_t i = 0; i < ratings->n_items; i++) {
        double sum = 0;
        for (int64_t e = 0; e < weights->count; e++)
            sum += weights->user_items[e] == i ? (double)weights->user_ratings[e] : 0;
        ck_assert_double_eq_tol((double)rec__arrays_floats(&set->result->arrays, "item_scores")[i], sum,
                                1e-4);
    }
    rec_model_free(set);
    rec_model_free(usual);
    rec_ratings_free(ratings);
    rec_ratings_free(weights);
}
END_TEST

START_TEST(test_refused)
{
    static const char *const others[] = {"userknn", "itemknn", "ease", "baseline"};
    rec_ratings *timed = small_ratings(1), *untimed = small_ratings(0);
    for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
        rec_model *model = new_model(others[k]);
        EXPECT_OK(rec_model_set(model, "half_life", 3));
        EXPECT(rec_fit(model, timed), REC_ERR_UNSUPPORTED, "half_life is set", others[k]);
        EXPECT_OK(rec_model_set(model, "half_life", 0));
        EXPECT_OK(rec_fit(model, timed));
        rec_model_free(model);
    }
    rec_model *model = new_model("mf"), *histories = new_model("item2vec");
    EXPECT_OK(rec_model_set(model, "half_life", 3));
    EXPECT(rec_fit(model, untimed), REC_ERR_UNSUPPORTED, "half_life is 3 days", "no times");
    EXPECT_OK(rec_model_set(histories, "half_life", 3));
    EXPECT(rec_fit(histories, untimed), REC_ERR_UNSUPPORTED, "half_life is 3 days", "no times");
    EXPECT(rec_model_set(model, "half_life", -1), REC_ERR_RANGE, "half_life", "-1");
    rec_model_free(model);
    rec_model_free(histories);
    rec_ratings_free(timed);
    rec_ratings_free(untimed);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("half_life");
    TCase *tests = tcase_create("half_life");
    tcase_add_loop_test(tests, test_as_weights, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tests, test_popular);
    tcase_add_test(tests, test_refused);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
