/* SPDX-License-Identifier: Apache-2.0 */
/* Two models of known arrays against tests/reference/compare.py; threads, units, trouble. */
#include "evaluate/compare.h"
#include "evaluate/statistics.h"

#include "expected_compare.h"
#include "planted.h"

#include <math.h>

/* Another offset, and the item biases from last to first. */
static rec_status fit_other(struct rec__fit *fit)
{
    float biases[ITEMS];
    for (int32_t i = 0; i < ITEMS; i++)
        biases[i] = item_biases[ITEMS - 1 - i];
    return plant(fit, 3.5, biases);
}

static const struct rec_backend other = {.name = "other",
                                         .summary = "known arrays",
                                         .scorer = REC_SCORER_DOT,
                                         .traits = REC_PREDICTS_RATINGS,
                                         .fit = fit_other};

/* Both models, and the test ratings. */
struct stand {
    rec_model *a, *b;
    rec_ratings *test;
};

static rec_status make_stand(struct stand *stand, int32_t threads)
{
    rec_ratings *training = NULL;
    *stand = (struct stand){own_model(&planted, threads), own_model(&other, threads), NULL};
    if (stand->a == NULL || stand->b == NULL)
        return REC_ERR_NO_MEMORY;
    rec_status status = make_training(&training);
    if (status == REC_OK)
        status = make_test(&stand->test);
    if (status == REC_OK)
        status = rec_fit(stand->a, training);
    if (status == REC_OK)
        status = rec_fit(stand->b, training);
    rec_ratings_free(training);
    return status;
}

static void free_stand(struct stand *stand)
{
    rec_model_free(stand->a);
    rec_model_free(stand->b);
    rec_ratings_free(stand->test);
}

static rec_compare_options options_of(int by_pair)
{
    rec_compare_options options = REC_COMPARE_OPTIONS_INIT;
    options.flags = by_pair ? REC_COMPARE_PAIRS : 0;
    options.resamples = RESAMPLES;
    options.seed = compare_seed;
    options.confidence = confidence;
    return options;
}

static void expect_near(double got, double wanted, const char *name, int figure)
{
    ck_assert_msg(fabs(got - wanted) <= 1e-11 * fmax(1.0, fabs(wanted)), "%s, figure %d is %.17g, not %.17g",
                  name, figure, got, wanted);
}

START_TEST(test_agrees_with_reference)
{
    struct stand stand;
    rec_comparison *comparison = NULL;
    rec_compared got = REC_COMPARED_INIT;
    rec_compare_options options = options_of(compared[_i].by_pair);
    EXPECT_OK(make_stand(&stand, 2));
    EXPECT_OK(rec_compare(stand.a, stand.b, stand.test, compared[_i].name, &options, &comparison));
    ck_assert_int_eq(rec_comparison_count(comparison), 1);
    EXPECT_OK(rec_comparison_at(comparison, 0, &got));
    ck_assert_str_eq(got.name, compared[_i].name);
    ck_assert_int_eq(got.units, compared[_i].units);
    const double figures[] = {got.a,
                              got.b,
                              got.a_interval.low,
                              got.a_interval.high,
                              got.b_interval.low,
                              got.b_interval.high,
                              got.difference_interval.low,
                              got.difference_interval.high,
                              got.t,
                              got.t_probability,
                              got.flip_probability};
    for (int i = 0; i < 11; i++)
        expect_near(figures[i], compared[_i].figures[i], got.name, i);
    expect_near(got.difference, got.a - got.b, got.name, 11);
    rec_comparison_free(comparison);
    free_stand(&stand);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* The values are those of rec_evaluate, and together as alone. */
START_TEST(test_values_of_evaluate)
{
    static const char metrics[] = "rmse,mae,mse,rmse_raw,mae_raw,r2,recall@5,hit@20,map@5,auc";
    struct stand stand;
    rec_comparison *comparison = NULL;
    rec_evaluation *of_a = NULL, *of_b = NULL;
    EXPECT_OK(make_stand(&stand, 1));
    EXPECT_OK(rec_compare(stand.a, stand.b, stand.test, metrics, NULL, &comparison));
    EXPECT_OK(rec_evaluate(stand.a, stand.test, metrics, &of_a));
    EXPECT_OK(rec_evaluate(stand.b, stand.test, metrics, &of_b));
    ck_assert_int_eq(rec_comparison_count(comparison), 10);
    for (int32_t m = 0; m < 10; m++) {
        rec_compared got = REC_COMPARED_INIT;
        rec_figure a = REC_FIGURE_INIT, b = REC_FIGURE_INIT;
        EXPECT_OK(rec_comparison_at(comparison, m, &got));
        EXPECT_OK(rec_evaluation_at(of_a, m, &a));
        EXPECT_OK(rec_evaluation_at(of_b, m, &b));
        expect_near(got.a, a.value, got.name, 0);
        expect_near(got.b, b.value, got.name, 1);
        ck_assert_double_lt(got.difference_interval.low, got.difference_interval.high);
    }
    rec_evaluation_free(of_a);
    rec_evaluation_free(of_b);
    rec_comparison_free(comparison);
    free_stand(&stand);
}
END_TEST

START_TEST(test_same_for_any_threads)
{
    struct stand stand;
    rec_comparison *first = NULL, *next = NULL;
    EXPECT_OK(make_stand(&stand, 1));
    EXPECT_OK(rec_compare(stand.a, stand.b, stand.test, "rmse,ndcg@5", NULL, &first));
    for (int32_t threads = 2; threads <= 7; threads += 5) {
        EXPECT_OK(rec_model_set(stand.a, "threads", threads));
        EXPECT_OK(rec_compare(stand.a, stand.b, stand.test, "rmse,ndcg@5", NULL, &next));
        for (int m = 0; m < 2; m++)
            ck_assert_mem_eq(&first->compared[m].units, &next->compared[m].units,
                             sizeof(rec_compared) - offsetof(rec_compared, units));
        rec_comparison_free(next);
    }
    rec_comparison_free(first);
    free_stand(&stand);
}
END_TEST

START_TEST(test_one_model_twice)
{
    struct stand stand;
    rec_comparison *comparison = NULL;
    rec_compared got = REC_COMPARED_INIT;
    EXPECT_OK(make_stand(&stand, 1));
    EXPECT_OK(rec_compare(stand.a, stand.a, stand.test, "r2", NULL, &comparison));
    EXPECT_OK(rec_comparison_at(comparison, 0, &got));
    ck_assert_double_eq(got.difference, 0.0);
    ck_assert_double_eq(got.difference_interval.low, 0.0);
    ck_assert_double_eq(got.difference_interval.high, 0.0);
    ck_assert_double_eq(got.t, 0.0);
    ck_assert_double_eq(got.t_probability, 1.0);
    ck_assert_double_eq(got.flip_probability, 1.0);
    rec_comparison_free(comparison);
    free_stand(&stand);
}
END_TEST

START_TEST(test_student)
{
    for (size_t i = 0; i < sizeof student / sizeof *student; i++) {
        double got = rec__student_probability(student[i].t, student[i].freedom);
        double wanted = student[i].probability;
        /* What nobody reads, below 1e-100, need only be as small. */
        double tolerance = wanted > 1e-100 ? 1e-10 : 1e-4;
        ck_assert_msg(fabs(got - wanted) <= tolerance * wanted + 1e-300, "t %g of %g: %.17g, not %.17g",
                      student[i].t, student[i].freedom, got, wanted);
        ck_assert_double_eq(rec__student_probability(-student[i].t, student[i].freedom), got);
    }
}
END_TEST

/* Differences that are all the same leave no room for chance. */
START_TEST(test_constant_difference)
{
    const double a[] = {1.5, 2.5, 3.5}, b[] = {1, 2, 3};
    struct rec__paired paired = {a, b, NULL, 3};
    double t = 0.0, probability = 1.0;
    rec__paired_t(&paired, &t, &probability);
    ck_assert(isinf(t) && t > 0);
    ck_assert_double_eq(probability, 0.0);
    paired = (struct rec__paired){b, a, NULL, 3};
    rec__paired_t(&paired, &t, &probability);
    ck_assert(isinf(t) && t < 0);
}
END_TEST

static void refuse(const struct stand *stand, rec_compare_options options, const char *word,
                   const char *range)
{
    rec_comparison *comparison = (rec_comparison *)stand->a;
    EXPECT(rec_compare(stand->a, stand->b, stand->test, "rmse", &options, &comparison), REC_ERR_INVALID, word,
           range);
    ck_assert_ptr_null(comparison);
}

START_TEST(test_bad_options)
{
    struct stand stand;
    rec_compare_options options = REC_COMPARE_OPTIONS_INIT;
    const size_t size = sizeof options;
    EXPECT_OK(make_stand(&stand, 1));
    refuse(&stand, (rec_compare_options){.size = 2}, "options.size is 2", "_INIT");
    refuse(&stand, (rec_compare_options){size, 6, 0, 0, 0.5}, "options.flags is 6", "REC_COMPARE_");
    refuse(&stand, (rec_compare_options){size, 0, 99, 0, 0.5}, "options.resamples is 99", "100 to 10000000");
    refuse(&stand, (rec_compare_options){size, 0, 0, 0, 0.0}, "options.confidence is 0", "less than 1");
    refuse(&stand, (rec_compare_options){size, 0, 0, 0, 1.0}, "options.confidence is 1", "less than 1");
    refuse(&stand, (rec_compare_options){size, 0, 0, 0, (double)NAN}, "options.confidence is nan", "0 and");
    free_stand(&stand);
}
END_TEST

static const char *const no_means[] = {"coverage@5", "novelty@5", "gini@5", "fcp"};

START_TEST(test_metrics_without_units)
{
    struct stand stand;
    rec_comparison *comparison = NULL;
    EXPECT_OK(make_stand(&stand, 1));
    EXPECT(rec_compare(stand.a, stand.b, stand.test, no_means[_i], NULL, &comparison), REC_ERR_UNSUPPORTED,
           no_means[_i], "no mean over users");
    free_stand(&stand);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_bad_arguments)
{
    struct stand stand;
    rec_comparison *comparison = NULL;
    rec_compared got = REC_COMPARED_INIT;
    EXPECT_OK(make_stand(&stand, 1));
    const rec_model *a = stand.a, *b = stand.b;
    const rec_ratings *test = stand.test;
    EXPECT(rec_compare(a, b, test, "rmse", NULL, NULL), REC_ERR_INVALID, "out is NULL");
    EXPECT(rec_compare(NULL, b, test, "rmse", NULL, &comparison), REC_ERR_INVALID, "a is NULL");
    EXPECT(rec_compare(a, NULL, test, "rmse", NULL, &comparison), REC_ERR_INVALID, "b is NULL");
    EXPECT(rec_compare(a, b, NULL, "rmse", NULL, &comparison), REC_ERR_INVALID, "test is NULL");
    EXPECT(rec_compare(a, b, test, NULL, NULL, &comparison), REC_ERR_INVALID, "metrics is NULL");
    EXPECT(rec_compare(a, b, test, "rsme", NULL, &comparison), REC_ERR_INVALID, "\"rsme\"");
    rec_model *unfitted = own_model(&other, 1);
    EXPECT(rec_compare(a, unfitted, test, "rmse", NULL, &comparison), REC_ERR_NOT_FITTED, "model b: ");
    rec_model_free(unfitted);
    ck_assert_int_eq(rec_comparison_count(NULL), 0);
    EXPECT(rec_comparison_at(NULL, 0, &got), REC_ERR_INVALID, "comparison is NULL");
    EXPECT_OK(rec_compare(a, b, test, "rmse", NULL, &comparison));
    EXPECT(rec_comparison_at(comparison, 0, NULL), REC_ERR_INVALID, "compared is NULL");
    EXPECT(rec_comparison_at(comparison, 1, &got), REC_ERR_RANGE, "index is 1", "0 to 0");
    EXPECT(rec_comparison_at(comparison, -1, &got), REC_ERR_RANGE, "index is -1");
    got.size = 1;
    EXPECT(rec_comparison_at(comparison, 0, &got), REC_ERR_INVALID, "compared.size is 1");
    rec_comparison_free(comparison);
    rec_comparison_free(NULL);
    free_stand(&stand);
}
END_TEST

START_TEST(test_too_few_users)
{
    static const int64_t start[] = {0, 2};
    static const int32_t items[] = {1, 2};
    static const float values[] = {2, 3};
    struct stand stand;
    rec_comparison *comparison = NULL;
    rec_ratings *single = NULL;
    rec_compare_options pairs = options_of(1);
    EXPECT_OK(make_stand(&stand, 1));
    EXPECT_OK(rec_ratings_from_csr(&single, 1, 3, start, items, values));
    EXPECT(rec_compare(stand.a, stand.b, single, "rmse", NULL, &comparison), REC_ERR_EMPTY, "\"rmse\"",
           "at least 2");
    EXPECT_OK(rec_compare(stand.a, stand.b, single, "rmse", &pairs, &comparison));
    rec_comparison_free(comparison);
    rec_ratings_free(single);
    free_stand(&stand);
}
END_TEST

static rec_status compare_once(void *context)
{
    struct stand stand;
    rec_comparison *comparison = NULL;
    (void)context;
    rec_status status = make_stand(&stand, 1);
    if (status == REC_OK)
        status = rec_compare(stand.a, stand.b, stand.test, "rmse,recall@3,auc", NULL, &comparison);
    ck_assert((status == REC_OK) == (comparison != NULL));
    rec_comparison_free(comparison);
    free_stand(&stand);
    return status;
}

START_TEST(test_no_memory)
{
    ck_assert_int_gt(fail_each_allocation(compare_once, NULL), 40);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("compare");
    TCase *tests = tcase_create("compare");
    tcase_add_loop_test(tests, test_agrees_with_reference, 0, (int)LENGTH(compared));
    tcase_add_test(tests, test_values_of_evaluate);
    tcase_add_test(tests, test_same_for_any_threads);
    tcase_add_test(tests, test_one_model_twice);
    tcase_add_test(tests, test_student);
    tcase_add_test(tests, test_constant_difference);
    tcase_add_test(tests, test_bad_options);
    tcase_add_loop_test(tests, test_metrics_without_units, 0, (int)LENGTH(no_means));
    tcase_add_test(tests, test_bad_arguments);
    tcase_add_test(tests, test_too_few_users);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
