/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation of a model with known arrays, against tests/reference/metrics.py; threads, blocks, trouble. */
#include "evaluate/evaluation.h"

#include "planted.h"

#include <math.h>
#include <stdio.h>

static rec_model *fitted(const rec_ratings *ratings, int32_t threads)
{
    rec_model *model = own_model(&planted, threads);
    ck_assert_ptr_nonnull(model);
    EXPECT_OK(rec_fit(model, ratings));
    return model;
}

static rec_model *expected_model(void)
{
    rec_ratings *ratings = NULL;
    EXPECT_OK(make_training(&ratings));
    rec_model *model = fitted(ratings, 2);
    rec_ratings_free(ratings);
    return model;
}

static double figure_at(const rec_evaluation *evaluation, int32_t index, const char *name)
{
    rec_figure figure = REC_FIGURE_INIT;
    EXPECT_OK(rec_evaluation_at(evaluation, index, &figure));
    ck_assert_str_eq(figure.name, name);
    ck_assert_double_eq(figure.deviation, 0.0);
    return figure.value;
}

static void check_figure(const rec_evaluation *evaluation, int32_t index, int64_t e)
{
    double got = figure_at(evaluation, index, expected[e].name);
    ck_assert_msg(fabs(got - expected[e].value) <= 1e-12 * fmax(1.0, fabs(expected[e].value)),
                  "%s is %.17g, not %.17g", expected[e].name, got, expected[e].value);
}

static void join_all(char *out)
{
    for (int64_t e = 0; e < LENGTH(expected); e++)
        out += sprintf(out, "%s%s", e > 0 ? "," : "", expected[e].name);
}

START_TEST(test_agrees_with_reference)
{
    rec_status (*const make[])(rec_ratings **) = {make_test, make_named_test};
    rec_ratings *test = NULL;
    rec_model *model = expected_model();
    rec_evaluation *evaluation = NULL;
    char names[2048];
    join_all(names);
    EXPECT_OK(make[_i](&test));
    EXPECT_OK(rec_evaluate(model, test, names, &evaluation));
    ck_assert_int_eq(rec_evaluation_count(evaluation), LENGTH(expected));
    for (int32_t e = 0; e < LENGTH(expected); e++)
        check_figure(evaluation, e, e);
    rec_evaluation_totals totals = REC_EVALUATION_TOTALS_INIT;
    EXPECT_OK(rec_evaluation_totals_of(evaluation, &totals));
    ck_assert_int_eq(totals.users, JUDGED);
    ck_assert_int_eq(totals.pairs, TEST_PAIRS);
    ck_assert_int_eq(totals.unknown, UNKNOWN);
    ck_assert_double_eq(totals.fit_seconds, 0.0);
    ck_assert_double_gt(totals.score_seconds, 0.0);
    rec_evaluation_free(evaluation);
    rec_model_free(model);
    rec_ratings_free(test);
}
END_TEST

/* One pass for all must not be other than a pass for each. */
START_TEST(test_each_alone)
{
    rec_ratings *test = NULL;
    rec_model *model = expected_model();
    EXPECT_OK(make_test(&test));
    for (int64_t e = 0; e < LENGTH(expected); e++) {
        rec_evaluation *evaluation = NULL;
        EXPECT_OK(rec_evaluate(model, test, expected[e].name, &evaluation));
        ck_assert_int_eq(rec_evaluation_count(evaluation), 1);
        check_figure(evaluation, 0, e);
        rec_evaluation_free(evaluation);
    }
    rec_model_free(model);
    rec_ratings_free(test);
}
END_TEST

/* Several tasks of every kind, and two blocks of lists when K is as great as the number of items. */
enum { MANY_USERS = 9000, MANY_ITEMS = 500, A_ROW = 12 };

static rec_ratings *many_ratings(int32_t step)
{
    int64_t *start = malloc((MANY_USERS + 1) * sizeof *start);
    int32_t *items = malloc((size_t)MANY_USERS * A_ROW * sizeof *items);
    float *ratings = malloc((size_t)MANY_USERS * A_ROW * sizeof *ratings);
    ck_assert(start != NULL && items != NULL && ratings != NULL);
    for (int32_t u = 0; u <= MANY_USERS; u++)
        start[u] = (int64_t)u * A_ROW;
    for (int32_t p = 0; p < MANY_USERS * A_ROW; p++) {
        items[p] = (p / A_ROW * 31 + p % A_ROW * step) % MANY_ITEMS;
        ratings[p] = (float)(1 + p * 7 % 5);
    }
    rec_ratings *store = NULL;
    EXPECT_OK(rec_ratings_from_csr(&store, MANY_USERS, MANY_ITEMS, start, items, ratings));
    free(start);
    free(items);
    free(ratings);
    return store;
}

static rec_evaluation *evaluate_many(const rec_ratings *training, const rec_ratings *test, int32_t threads,
                                     const char *metrics)
{
    rec_model *model = fitted(training, threads);
    rec_evaluation *evaluation = NULL;
    EXPECT_OK(rec_evaluate(model, test, metrics, &evaluation));
    rec_model_free(model);
    return evaluation;
}

START_TEST(test_same_for_any_threads)
{
    static const char metrics[] =
        "rmse,mae,rmse_raw,mae_raw,recall@10,precision@10,ndcg@10,map@10,mrr@10,hit@10,auc,"
        "coverage@10,novelty@10,gini@10";
    static const int32_t threads[] = {2, 7};
    rec_ratings *training = many_ratings(17), *test = many_ratings(29);
    rec_evaluation *one = evaluate_many(training, test, 1, metrics);
    for (int t = 0; t < 2; t++) {
        rec_evaluation *more = evaluate_many(training, test, threads[t], metrics);
        ck_assert_mem_eq(more->values, one->values, (size_t)one->metrics.count * sizeof *one->values);
        rec_evaluation_free(more);
    }
    rec_evaluation_free(one);
    rec_ratings_free(training);
    rec_ratings_free(test);
}
END_TEST

START_TEST(test_blocks_do_not_show)
{
    rec_ratings *training = many_ratings(17), *test = many_ratings(29);
    rec_evaluation *one = evaluate_many(training, test, 2, "ndcg@10,map@10,coverage@10,novelty@10,gini@10");
    rec_evaluation *two =
        evaluate_many(training, test, 2, "ndcg@10,map@10,coverage@10,novelty@10,gini@10,recall@500");
    ck_assert_mem_eq(one->values, two->values, 5 * sizeof *one->values);
    ck_assert_double_gt(one->values[0], 0.0);
    ck_assert_double_gt(two->values[5], 0.9); /* but for test items that are training items too */
    ck_assert_double_lt(two->values[5], 1.0);
    rec_evaluation_free(one);
    rec_evaluation_free(two);
    rec_ratings_free(training);
    rec_ratings_free(test);
}
END_TEST

START_TEST(test_saved_without_ratings)
{
    rec_ratings *test = NULL;
    rec_model *model = expected_model();
    rec_evaluation *evaluation = NULL;
    EXPECT_OK(make_test(&test));
    rec_ratings_free(model->result->ratings);
    model->result->ratings = NULL;
    EXPECT(rec_evaluate(model, test, "rmse,ndcg@5", &evaluation), REC_ERR_UNSUPPORTED, "\"ndcg@5\"",
           "saved without its ratings");
    EXPECT(rec_evaluate(model, test, "auc", &evaluation), REC_ERR_UNSUPPORTED, "\"auc\"");
    EXPECT(rec_evaluate(model, test, "novelty@5", &evaluation), REC_ERR_UNSUPPORTED, "\"novelty@5\"");
    ck_assert_ptr_null(evaluation);
    EXPECT_OK(rec_evaluate(model, test, "rmse", &evaluation));
    check_figure(evaluation, 0, 0);
    rec_evaluation_free(evaluation);
    rec_model_free(model);
    rec_ratings_free(test);
}
END_TEST

START_TEST(test_nothing_to_measure)
{
    static const int64_t start[] = {0, 0, 0};
    static const int64_t users[] = {900, 901}, items[] = {902, 903};
    static const float ratings[] = {-1, -3};
    rec_ratings *empty = NULL, *strange = NULL;
    rec_ratings_builder *builder = NULL;
    rec_evaluation *evaluation = NULL;
    rec_model *model = expected_model();
    EXPECT_OK(rec_ratings_from_csr(&empty, 2, 2, start, NULL, NULL));
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    EXPECT_OK(rec_ratings_builder_add_ids_array(builder, users, items, ratings, NULL, 2));
    EXPECT_OK(rec_ratings_builder_finish(builder, &strange));
    EXPECT(rec_evaluate(model, empty, "rmse", &evaluation), REC_ERR_EMPTY, "test ratings are empty");
    EXPECT(rec_evaluate(model, strange, "rmse,recall@5", &evaluation), REC_ERR_EMPTY, "none of the 2",
           "\"recall@5\"");
    EXPECT(rec_evaluate(model, strange, "auc", &evaluation), REC_ERR_EMPTY, "\"auc\"");
    ck_assert_ptr_null(evaluation);
    /* Nothing is known of anybody: the training mean plus 1 and plus 3. */
    EXPECT_OK(rec_evaluate(model, strange, "mae", &evaluation));
    double mean = rec_ratings_mean(rec_model_ratings(model));
    ck_assert_double_eq_tol(figure_at(evaluation, 0, "mae"), mean + 2.0, 1e-14);
    rec_evaluation_totals totals = REC_EVALUATION_TOTALS_INIT;
    EXPECT_OK(rec_evaluation_totals_of(evaluation, &totals));
    ck_assert_int_eq(totals.users, 0);
    ck_assert_int_eq(totals.unknown, 2);
    rec_evaluation_free(evaluation);
    rec_ratings_builder_free(builder);
    rec_model_free(model);
    rec_ratings_free(empty);
    rec_ratings_free(strange);
}
END_TEST

/* The ideal list of 5 hits is longer than any list of this model of 2 items can be. */
START_TEST(test_more_wanted_than_known)
{
    static const int64_t start[] = {0, 1}, test_start[] = {0, 5};
    static const int32_t item[] = {0}, wanted[] = {1, 2, 3, 4, 5};
    rec_ratings *training = NULL, *test = NULL;
    rec_evaluation *evaluation = NULL;
    EXPECT_OK(rec_ratings_from_csr(&training, 1, 2, start, item, NULL));
    EXPECT_OK(rec_ratings_from_csr(&test, 1, 6, test_start, wanted, NULL));
    rec_model *model = fitted(training, 1);
    EXPECT_OK(rec_evaluate(model, test, "ndcg@10,recall@10,map@3", &evaluation));
    /* 1 / (1/log2 2 + ... + 1/log2 6) */
    ck_assert_double_eq_tol(figure_at(evaluation, 0, "ndcg@10"), 0.3391602052736161, 1e-15);
    ck_assert_double_eq_tol(figure_at(evaluation, 1, "recall@10"), 1.0 / 5, 1e-15);
    ck_assert_double_eq_tol(figure_at(evaluation, 2, "map@3"), 1.0 / 3, 1e-15);
    rec_evaluation_free(evaluation);
    rec_model_free(model);
    rec_ratings_free(training);
    rec_ratings_free(test);
}
END_TEST

START_TEST(test_nothing_left_to_recommend)
{
    static const int64_t start[] = {0, 2, 4};
    static const int32_t items[] = {0, 1, 0, 1};
    rec_ratings *full = NULL;
    rec_evaluation *evaluation = NULL;
    EXPECT_OK(rec_ratings_from_csr(&full, 2, 2, start, items, NULL));
    rec_model *model = fitted(full, 1);
    EXPECT(rec_evaluate(model, full, "recall@3,novelty@3", &evaluation), REC_ERR_EMPTY,
           "novelty@3: nothing was left");
    EXPECT(rec_evaluate(model, full, "gini@3", &evaluation), REC_ERR_EMPTY, "gini@3: nothing was left");
    EXPECT(rec_evaluate(model, full, "auc", &evaluation), REC_ERR_EMPTY,
           "neither a test nor a training item");
    EXPECT_OK(rec_evaluate(model, full, "recall@3,coverage@3", &evaluation));
    ck_assert_double_eq(figure_at(evaluation, 0, "recall@3"), 0.0);
    ck_assert_double_eq(figure_at(evaluation, 1, "coverage@3"), 0.0);
    rec_evaluation_free(evaluation);
    rec_model_free(model);
    rec_ratings_free(full);
}
END_TEST

START_TEST(test_bad_arguments)
{
    rec_ratings *test = NULL;
    EXPECT_OK(make_test(&test));
    rec_model *model = expected_model(), *unfitted = own_model(&planted, 1);
    rec_evaluation *evaluation = (rec_evaluation *)test;
    EXPECT(rec_evaluate(model, test, "rmse", NULL), REC_ERR_INVALID, "out is NULL");
    EXPECT(rec_evaluate(NULL, test, "rmse", &evaluation), REC_ERR_INVALID, "model is NULL");
    ck_assert_ptr_null(evaluation);
    EXPECT(rec_evaluate(model, NULL, "rmse", &evaluation), REC_ERR_INVALID, "test is NULL");
    EXPECT(rec_evaluate(model, test, NULL, &evaluation), REC_ERR_INVALID, "metrics is NULL");
    EXPECT(rec_evaluate(unfitted, test, "rmse", &evaluation), REC_ERR_NOT_FITTED, "not fitted");
    EXPECT(rec_evaluate(model, test, "rmse,hits@5", &evaluation), REC_ERR_INVALID, "\"hits@5\"", "hit@K");
    ck_assert_ptr_null(evaluation);
    rec_model_free(unfitted);
    rec_model_free(model);
    rec_ratings_free(test);
}
END_TEST

START_TEST(test_figures_of_other_sizes)
{
    rec_ratings *test = NULL;
    rec_evaluation *evaluation = NULL;
    rec_model *model = expected_model();
    EXPECT_OK(make_test(&test));
    EXPECT_OK(rec_evaluate(model, test, "rmse", &evaluation));
    struct {
        rec_figure figure;
        double later;
    } newer = {REC_FIGURE_INIT, 1.0};
    newer.figure.size = sizeof newer;
    EXPECT_OK(rec_evaluation_at(evaluation, 0, &newer.figure));
    ck_assert_double_eq(newer.later, 0.0);
    ck_assert_double_gt(newer.figure.value, 1.0);
    rec_figure older = {.size = offsetof(rec_figure, deviation), .deviation = 7.0};
    EXPECT_OK(rec_evaluation_at(evaluation, 0, &older));
    ck_assert_double_eq(older.deviation, 7.0);
    ck_assert_double_eq(older.value, newer.figure.value);
    rec_figure unset = {0};
    rec_evaluation_totals no_size = {0};
    EXPECT(rec_evaluation_at(evaluation, 0, &unset), REC_ERR_INVALID, "figure.size is 0");
    EXPECT(rec_evaluation_totals_of(evaluation, &no_size), REC_ERR_INVALID, "totals.size is 0");
    EXPECT(rec_evaluation_at(evaluation, 1, &older), REC_ERR_RANGE, "index is 1", "0 to 0");
    EXPECT(rec_evaluation_at(evaluation, -1, &older), REC_ERR_RANGE, "index is -1");
    EXPECT(rec_evaluation_at(NULL, 0, &older), REC_ERR_INVALID, "evaluation is NULL");
    EXPECT(rec_evaluation_at(evaluation, 0, NULL), REC_ERR_INVALID, "figure is NULL");
    EXPECT(rec_evaluation_totals_of(evaluation, NULL), REC_ERR_INVALID, "totals is NULL");
    ck_assert_int_eq(rec_evaluation_count(NULL), 0);
    rec_evaluation_free(NULL);
    rec_evaluation_free(evaluation);
    rec_model_free(model);
    rec_ratings_free(test);
}
END_TEST

static rec_status evaluate_once(void *metrics)
{
    rec_ratings *training = NULL, *test = NULL;
    rec_evaluation *evaluation = NULL;
    rec_model *model = own_model(&planted, 1);
    rec_status status = model == NULL ? REC_ERR_NO_MEMORY : make_training(&training);
    if (status == REC_OK)
        status = make_test(&test);
    if (status == REC_OK)
        status = rec_fit(model, training);
    if (status == REC_OK)
        status = rec_evaluate(model, test, metrics, &evaluation);
    ck_assert((status == REC_OK) == (evaluation != NULL));
    rec_evaluation_free(evaluation);
    rec_model_free(model);
    rec_ratings_free(training);
    rec_ratings_free(test);
    return status;
}

START_TEST(test_no_memory)
{
    char little[] = "rmse", much[] = "rmse,recall@5,auc,gini@5,novelty@20,coverage@5";
    int64_t few = fail_each_allocation(evaluate_once, little);
    ck_assert_int_gt(fail_each_allocation(evaluate_once, much), few + 15);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("evaluate");
    TCase *figures = tcase_create("figures");
    tcase_add_loop_test(figures, test_agrees_with_reference, 0, 2);
    tcase_add_test(figures, test_each_alone);
    tcase_add_test(figures, test_more_wanted_than_known);
    tcase_add_test(figures, test_same_for_any_threads);
    tcase_add_test(figures, test_blocks_do_not_show);
    suite_add_tcase(suite, figures);
    TCase *trouble = tcase_create("trouble");
    tcase_add_test(trouble, test_saved_without_ratings);
    tcase_add_test(trouble, test_nothing_to_measure);
    tcase_add_test(trouble, test_nothing_left_to_recommend);
    tcase_add_test(trouble, test_bad_arguments);
    tcase_add_test(trouble, test_figures_of_other_sizes);
    tcase_add_test(trouble, test_no_memory);
    suite_add_tcase(suite, trouble);
    return run_suite(suite);
}
