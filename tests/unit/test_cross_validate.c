/* SPDX-License-Identifier: Apache-2.0 */
/* Cross-validation against its parts put together by hand: splits, fits, evaluations, mean and deviation. */
#include "evaluate/evaluation.h"

#include "own_backend.h"
#include "unit.h"

#include <librec/split.h>

#include <math.h>
#include <pthread.h>

enum { USERS = 40, ITEMS = 25, PAIRS = 400 };

/* Item means of the fold, plus the parameter `shift`: what is learned differs from fold to fold. */
static rec_status fit_means(struct rec__fit *fit)
{
    const rec_ratings *ratings = fit->ratings;
    float *scores = rec__arrays_add_floats(fit->arrays, "item_scores", ratings->n_items, 0);
    if (scores == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t i = 0; i < ratings->n_items; i++) {
        double sum = ratings->mean;
        for (int64_t p = ratings->item_start[i]; p < ratings->item_start[i + 1]; p++)
            sum += (double)ratings->item_ratings[p];
        scores[i] = (float)(sum / (double)(rec__item_count(ratings, i) + 1) + fit->parameters[0]);
    }
    return rec__fit_report(fit, 1, 1, 0.0, NAN);
}

static const struct rec__parameter parameters[] = {
    REC_REAL("shift", 0.0, -10.0, 10.0, "added to every score")};

static const struct rec_backend means = {.name = "means",
                                         .summary = "item means",
                                         .parameters = parameters,
                                         .n_parameters = 1,
                                         .scorer = REC_SCORER_TABLE,
                                         .traits = REC_PREDICTS_RATINGS,
                                         .fit = fit_means};

static rec_status make_ratings(rec_ratings **out)
{
    int64_t start[USERS + 1];
    int32_t items[PAIRS];
    float ratings[PAIRS];
    for (int32_t u = 0; u <= USERS; u++)
        start[u] = u * (PAIRS / USERS);
    for (int32_t p = 0; p < PAIRS; p++) {
        int32_t user = p / (PAIRS / USERS);
        items[p] = (user * 7 + p % (PAIRS / USERS) * 2) % ITEMS;
        ratings[p] = (float)(1 + (user * user + items[p] * 3 + p) % 9) / 2.0f;
    }
    return rec_ratings_from_csr(out, USERS, ITEMS, start, items, ratings);
}

static rec_ratings *ratings_made(void)
{
    rec_ratings *ratings = NULL;
    EXPECT_OK(make_ratings(&ratings));
    return ratings;
}

enum { FOLDS = 4, METRICS = 4 };
static const char metrics[] = "rmse,mae_raw,recall@3,auc";

/* What one fold gives, through the public calls. */
static void measure_fold(const rec_ratings *ratings, int32_t fold, double values[METRICS],
                         rec_evaluation_totals *totals)
{
    rec_ratings *train = NULL, *test = NULL;
    rec_evaluation *evaluation = NULL;
    rec_model *model = own_model(&means, 1);
    EXPECT_OK(rec_model_set(model, "shift", 0.25));
    EXPECT_OK(rec_split_fold(ratings, FOLDS, fold, 5, &train, &test));
    EXPECT_OK(rec_fit(model, train));
    EXPECT_OK(rec_evaluate(model, test, metrics, &evaluation));
    EXPECT_OK(rec_evaluation_totals_of(evaluation, totals));
    for (int32_t m = 0; m < METRICS; m++) {
        rec_figure figure = REC_FIGURE_INIT;
        EXPECT_OK(rec_evaluation_at(evaluation, m, &figure));
        values[m] = figure.value;
    }
    rec_evaluation_free(evaluation);
    rec_model_free(model);
    rec_ratings_free(train);
    rec_ratings_free(test);
}

static rec_evaluation *cross_validate(const rec_ratings *ratings, int32_t threads)
{
    rec_evaluation *evaluation = NULL;
    rec_model *model = own_model(&means, threads);
    EXPECT_OK(rec_model_set(model, "shift", 0.25));
    EXPECT_OK(rec_cross_validate(model, ratings, FOLDS, 5, metrics, &evaluation));
    ck_assert_int_eq(rec_model_fitted(model), 0);
    rec_model_free(model);
    return evaluation;
}

START_TEST(test_is_its_parts)
{
    double values[FOLDS][METRICS];
    rec_evaluation_totals part = REC_EVALUATION_TOTALS_INIT, whole = REC_EVALUATION_TOTALS_INIT;
    int64_t users = 0;
    rec_ratings *ratings = ratings_made();
    rec_evaluation *evaluation = cross_validate(ratings, 2);
    for (int32_t f = 0; f < FOLDS; f++) {
        measure_fold(ratings, f, values[f], &part);
        users += part.users;
    }
    for (int32_t m = 0; m < METRICS; m++) {
        double mean = 0.0, squares = 0.0;
        for (int32_t f = 0; f < FOLDS; f++)
            mean += values[f][m] / FOLDS;
        for (int32_t f = 0; f < FOLDS; f++)
            squares += (values[f][m] - mean) * (values[f][m] - mean);
        rec_figure figure = REC_FIGURE_INIT;
        EXPECT_OK(rec_evaluation_at(evaluation, m, &figure));
        ck_assert_double_eq_tol(figure.value, mean, 1e-13);
        ck_assert_double_eq_tol(figure.deviation, sqrt(squares / (FOLDS - 1)), 1e-13);
        ck_assert_double_gt(figure.deviation, 1e-6);
    }
    EXPECT_OK(rec_evaluation_totals_of(evaluation, &whole));
    ck_assert_int_eq(whole.pairs, PAIRS);
    ck_assert_int_eq(whole.users, users);
    ck_assert_int_eq(whole.unknown, 0);
    ck_assert_double_gt(whole.fit_seconds, 0.0);
    ck_assert_double_gt(whole.score_seconds, 0.0);
    rec_evaluation_free(evaluation);
    rec_ratings_free(ratings);
}
END_TEST

START_TEST(test_same_for_any_threads)
{
    rec_ratings *ratings = ratings_made();
    rec_evaluation *one = cross_validate(ratings, 1), *seven = cross_validate(ratings, 7);
    ck_assert_mem_eq(one->values, seven->values, METRICS * sizeof(double));
    ck_assert_mem_eq(one->deviations, seven->deviations, METRICS * sizeof(double));
    rec_evaluation_free(one);
    rec_evaluation_free(seven);
    rec_ratings_free(ratings);
}
END_TEST

/* The model keeps what it had learned. */
START_TEST(test_model_is_not_changed)
{
    rec_ratings *ratings = ratings_made();
    rec_evaluation *evaluation = NULL;
    rec_model *model = own_model(&means, 1);
    EXPECT_OK(rec_fit(model, ratings));
    const struct rec__result *before = model->result;
    EXPECT_OK(rec_cross_validate(model, ratings, 2, 1, "rmse", &evaluation));
    ck_assert_ptr_eq(model->result, before);
    ck_assert_ptr_eq(rec_model_ratings(model), ratings);
    rec_evaluation_free(evaluation);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* Lets a number of epochs pass, then cancels. */
static int count_down(void *context, const rec_progress *progress)
{
    int *left = context;
    ck_assert_int_eq(progress->step, 1);
    return (*left)-- == 0;
}

START_TEST(test_cancel)
{
    rec_ratings *ratings = ratings_made();
    rec_evaluation *evaluation = NULL;
    rec_model *model = own_model(&means, 1);
    int left = 2;
    rec_model_set_progress(model, count_down, &left);
    EXPECT(rec_cross_validate(model, ratings, 5, 1, "rmse", &evaluation), REC_ERR_CANCELLED, "fold 3 of 5: ");
    ck_assert_ptr_null(evaluation);
    ck_assert_int_eq(left, -1);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

START_TEST(test_bad_arguments)
{
    rec_ratings *ratings = ratings_made();
    rec_evaluation *evaluation = (rec_evaluation *)ratings;
    rec_model *model = own_model(&means, 1);
    EXPECT(rec_cross_validate(model, ratings, 2, 1, "rmse", NULL), REC_ERR_INVALID, "out is NULL");
    EXPECT(rec_cross_validate(NULL, ratings, 2, 1, "rmse", &evaluation), REC_ERR_INVALID, "model is NULL");
    ck_assert_ptr_null(evaluation);
    EXPECT(rec_cross_validate(model, NULL, 2, 1, "rmse", &evaluation), REC_ERR_INVALID, "ratings is NULL");
    EXPECT(rec_cross_validate(model, ratings, 2, 1, NULL, &evaluation), REC_ERR_INVALID, "metrics is NULL");
    EXPECT(rec_cross_validate(model, ratings, 2, 1, "rsme", &evaluation), REC_ERR_INVALID, "\"rsme\"");
    EXPECT(rec_cross_validate(model, ratings, 1, 1, "rmse", &evaluation), REC_ERR_INVALID, "folds is 1",
           "at least 2");
    EXPECT(rec_cross_validate(model, ratings, 0, 1, "rmse", &evaluation), REC_ERR_INVALID, "folds is 0");
    EXPECT(rec_cross_validate(model, ratings, PAIRS + 1, 1, "rmse", &evaluation), REC_ERR_EMPTY,
           "folds is 401, of 400 ratings");
    ck_assert_ptr_null(evaluation);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* Figures of a fold must be those of a fit on its training part. */
static void expect_fold(const rec_evaluation *evaluation, int32_t fold, rec_ratings *train, rec_ratings *test)
{
    rec_evaluation *alone = NULL;
    rec_model *model = own_model(&means, 1);
    EXPECT_OK(rec_fit(model, train));
    EXPECT_OK(rec_evaluate(model, test, "rmse,recall@3", &alone));
    const rec_evaluation *one = rec_evaluation_fold(evaluation, fold);
    ck_assert_ptr_nonnull(one);
    for (int32_t m = 0; m < 2; m++) {
        rec_figure got = REC_FIGURE_INIT, wanted = REC_FIGURE_INIT;
        EXPECT_OK(rec_evaluation_at(one, m, &got));
        EXPECT_OK(rec_evaluation_at(alone, m, &wanted));
        ck_assert_double_eq(got.value, wanted.value);
        ck_assert_double_eq(got.deviation, 0.0);
    }
    rec_evaluation_totals totals = REC_EVALUATION_TOTALS_INIT;
    EXPECT_OK(rec_evaluation_totals_of(one, &totals));
    ck_assert_int_eq(totals.pairs, rec_ratings_count(test));
    ck_assert_double_gt(totals.fit_seconds, 0.0);
    rec_evaluation_free(alone);
    rec_model_free(model);
    rec_ratings_free(train);
    rec_ratings_free(test);
}

static rec_evaluation *validate_by(const rec_ratings *ratings, const rec_folds *plan, int32_t threads)
{
    rec_evaluation *evaluation = NULL;
    rec_model *model = own_model(&means, threads);
    EXPECT_OK(rec_cross_validate_by(model, ratings, plan, "rmse,recall@3", &evaluation));
    rec_model_free(model);
    return evaluation;
}

START_TEST(test_repeats)
{
    rec_folds plan = {.size = sizeof plan, .folds = 3, .repeats = 2, .seed = UINT64_MAX};
    rec_ratings *ratings = ratings_made(), *train = NULL, *test = NULL;
    rec_evaluation *evaluation = validate_by(ratings, &plan, 1);
    ck_assert_int_eq(rec_evaluation_folds(evaluation), 6);
    for (int32_t f = 0; f < 6; f++) {
        EXPECT_OK(rec_split_fold(ratings, 3, f % 3, f < 3 ? UINT64_MAX : 0, &train, &test));
        expect_fold(evaluation, f, train, test);
    }
    ck_assert_ptr_null(rec_evaluation_fold(evaluation, 6));
    ck_assert_ptr_null(rec_evaluation_fold(evaluation, -1));
    ck_assert_ptr_null(rec_evaluation_fold(NULL, 0));
    ck_assert_int_eq(rec_evaluation_folds(NULL), 0);
    rec_evaluation_free(evaluation);
    rec_ratings_free(ratings);
}
END_TEST

static rec_ratings *timed_ratings(void)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    for (int32_t p = 0; p < PAIRS; p++)
        EXPECT_OK(rec_ratings_builder_add_ids(builder, p / 10, (p / 10 * 7 + p % 10 * 2) % ITEMS,
                                              (float)(1 + p * p % 7), p * 37 % PAIRS));
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

START_TEST(test_one_and_last)
{
    rec_folds one = {.size = sizeof one, .kind = REC_FOLDS_ONE, .repeats = 2, .seed = 8};
    rec_folds last = {.size = sizeof last, .kind = REC_FOLDS_LAST};
    rec_ratings *ratings = timed_ratings(), *train = NULL, *test = NULL;
    rec_evaluation *evaluation = validate_by(ratings, &one, 2);
    ck_assert_int_eq(rec_evaluation_folds(evaluation), 2);
    for (int32_t f = 0; f < 2; f++) {
        EXPECT_OK(rec_split_one(ratings, 8 + (uint64_t)f, &train, &test));
        expect_fold(evaluation, f, train, test);
    }
    rec_evaluation_free(evaluation);
    evaluation = validate_by(ratings, &last, 2);
    ck_assert_int_eq(rec_evaluation_folds(evaluation), 1);
    ck_assert_double_eq(evaluation->deviations[0], 0.0);
    EXPECT_OK(rec_split_last(ratings, 1, &train, &test));
    expect_fold(evaluation, 0, train, test);
    rec_evaluation_free(evaluation);
    rec_ratings_free(ratings);
}
END_TEST

START_TEST(test_time_and_given)
{
    rec_folds time = {.size = sizeof time, .kind = REC_FOLDS_TIME};
    rec_ratings *ratings = timed_ratings(), *train[5] = {NULL}, *test[5] = {NULL};
    rec_folds given = {.size = sizeof given,
                       .kind = REC_FOLDS_GIVEN,
                       .folds = 5,
                       .train = (const rec_ratings *const *)train,
                       .test = (const rec_ratings *const *)test};
    for (int32_t f = 0; f < 5; f++)
        EXPECT_OK(rec_split_time(ratings, 5, f, &train[f], &test[f]));
    rec_evaluation *by_time = validate_by(ratings, &time, 3), *by_hand = validate_by(NULL, &given, 2);
    ck_assert_mem_eq(by_time->values, by_hand->values, 2 * sizeof(double));
    ck_assert_mem_eq(by_time->deviations, by_hand->deviations, 2 * sizeof(double));
    for (int32_t f = 0; f < 5; f++)
        expect_fold(by_time, f, train[f], test[f]);
    rec_evaluation_free(by_time);
    rec_evaluation_free(by_hand);
    rec_ratings_free(ratings);
}
END_TEST

START_TEST(test_plan_for_any_threads)
{
    rec_folds plan = {.size = sizeof plan, .folds = 7};
    rec_ratings *ratings = ratings_made();
    rec_evaluation *first = validate_by(ratings, &plan, 1);
    for (int32_t threads = 2; threads <= 8; threads++)
        for (plan.at_once = 0; plan.at_once <= 3; plan.at_once++) {
            rec_evaluation *other = validate_by(ratings, &plan, threads);
            ck_assert_mem_eq(first->values, other->values, 2 * sizeof(double));
            ck_assert_mem_eq(first->deviations, other->deviations, 2 * sizeof(double));
            rec_evaluation_free(other);
        }
    rec_evaluation_free(first);
    rec_ratings_free(ratings);
}
END_TEST

static pthread_t caller;

static int cancel_at_once(void *context, const rec_progress *progress)
{
    (void)context;
    (void)progress;
    ck_assert(pthread_equal(pthread_self(), caller));
    return 1;
}

START_TEST(test_cancel_at_once)
{
    rec_folds plan = {.size = sizeof plan, .folds = 8};
    rec_ratings *ratings = ratings_made();
    rec_evaluation *evaluation = NULL;
    rec_model *model = own_model(&means, 4);
    caller = pthread_self();
    rec_model_set_progress(model, cancel_at_once, NULL);
    for (int i = 0; i < 20; i++)
        EXPECT(rec_cross_validate_by(model, ratings, &plan, "rmse", &evaluation), REC_ERR_CANCELLED, "fold ",
               " of 8: ");
    ck_assert_ptr_null(evaluation);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

static void refuse_plan(rec_folds plan, rec_status status, const char *word, const char *other)
{
    rec_ratings *ratings = ratings_made();
    rec_evaluation *evaluation = (rec_evaluation *)ratings;
    rec_model *model = own_model(&means, 1);
    plan.size = plan.size == 0 ? sizeof plan : plan.size;
    EXPECT(rec_cross_validate_by(model, ratings, &plan, "rmse", &evaluation), status, word, other);
    ck_assert_ptr_null(evaluation);
    rec_model_free(model);
    rec_ratings_free(ratings);
}

START_TEST(test_bad_plans)
{
    const rec_ratings *none[1] = {NULL};
    refuse_plan((rec_folds){.size = 3}, REC_ERR_INVALID, "plan.size is 3", "_INIT");
    refuse_plan((rec_folds){.kind = 9}, REC_ERR_INVALID, "plan.kind is 9", "REC_FOLDS_");
    refuse_plan((rec_folds){.folds = -2}, REC_ERR_INVALID, "plan.folds is -2", "at least 0");
    refuse_plan((rec_folds){.folds = 1}, REC_ERR_INVALID, "folds is 1", "at least 2");
    refuse_plan((rec_folds){.repeats = -1}, REC_ERR_INVALID, "plan.repeats is -1", "at least 0");
    refuse_plan((rec_folds){.at_once = -1}, REC_ERR_INVALID, "plan.at_once is -1", "at least 0");
    refuse_plan((rec_folds){.folds = 300, .repeats = INT32_MAX}, REC_ERR_INVALID, "300 folds", "too many");
    refuse_plan((rec_folds){.kind = REC_FOLDS_ONE, .folds = 4}, REC_ERR_INVALID, "plan.folds is 4", "0");
    refuse_plan((rec_folds){.kind = REC_FOLDS_TIME, .repeats = 2}, REC_ERR_INVALID, "plan.repeats is 2", "1");
    refuse_plan((rec_folds){.kind = REC_FOLDS_TIME}, REC_ERR_UNSUPPORTED, "no times", "order of time");
    refuse_plan((rec_folds){.kind = REC_FOLDS_LAST}, REC_ERR_UNSUPPORTED, "no times", "order of time");
    refuse_plan((rec_folds){.train = none}, REC_ERR_INVALID, "plan.train is given", "NULL");
    refuse_plan((rec_folds){.kind = REC_FOLDS_GIVEN}, REC_ERR_INVALID, "plan.folds is 0", "at least 1");
    refuse_plan((rec_folds){.kind = REC_FOLDS_GIVEN, .folds = 1}, REC_ERR_INVALID, "plan.train is NULL", "");
    refuse_plan((rec_folds){.kind = REC_FOLDS_GIVEN, .folds = 1, .train = none, .test = none},
                REC_ERR_INVALID, "plan.train[0] is NULL", "ratings");
}
END_TEST

START_TEST(test_plan_is_missing)
{
    rec_folds plan = REC_FOLDS_INIT;
    rec_evaluation *evaluation = NULL;
    rec_model *model = own_model(&means, 1);
    EXPECT(rec_cross_validate_by(model, NULL, &plan, "rmse", NULL), REC_ERR_INVALID, "out is NULL");
    EXPECT(rec_cross_validate_by(NULL, NULL, &plan, "rmse", &evaluation), REC_ERR_INVALID, "model is NULL");
    EXPECT(rec_cross_validate_by(model, NULL, NULL, "rmse", &evaluation), REC_ERR_INVALID, "plan is NULL");
    EXPECT(rec_cross_validate_by(model, NULL, &plan, NULL, &evaluation), REC_ERR_INVALID, "metrics is NULL");
    EXPECT(rec_cross_validate_by(model, NULL, &plan, "rmse", &evaluation), REC_ERR_INVALID,
           "ratings is NULL");
    rec_model_free(model);
}
END_TEST

/* Of a later version: what is unknown here must be zero. */
START_TEST(test_later_plan)
{
    struct {
        rec_folds plan;
        int64_t later;
    } later = {REC_FOLDS_INIT, 0};
    later.plan.size = sizeof later;
    rec_ratings *ratings = ratings_made();
    rec_evaluation *evaluation = validate_by(ratings, &later.plan, 1);
    ck_assert_int_eq(rec_evaluation_folds(evaluation), 5);
    rec_evaluation_free(evaluation);
    later.later = 1;
    rec_model *model = own_model(&means, 1);
    EXPECT(rec_cross_validate_by(model, ratings, &later.plan, "rmse", &evaluation), REC_ERR_INVALID,
           "plan has members", "zeros");
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

static rec_status validate_once(void *context)
{
    rec_ratings *ratings = NULL;
    rec_evaluation *evaluation = NULL;
    rec_model *model = own_model(context, 1);
    rec_status status = model == NULL ? REC_ERR_NO_MEMORY : make_ratings(&ratings);
    if (status == REC_OK)
        status = rec_cross_validate(model, ratings, 2, 1, metrics, &evaluation);
    ck_assert((status == REC_OK) == (evaluation != NULL));
    rec_evaluation_free(evaluation);
    rec_model_free(model);
    rec_ratings_free(ratings);
    return status;
}

START_TEST(test_no_memory)
{
    struct rec_backend backend = means;
    ck_assert_int_gt(fail_each_allocation(validate_once, &backend), 40);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cross_validate");
    TCase *folds = tcase_create("folds");
    tcase_add_test(folds, test_is_its_parts);
    tcase_add_test(folds, test_same_for_any_threads);
    tcase_add_test(folds, test_model_is_not_changed);
    tcase_add_test(folds, test_cancel);
    tcase_add_test(folds, test_bad_arguments);
    tcase_add_test(folds, test_repeats);
    tcase_add_test(folds, test_one_and_last);
    tcase_add_test(folds, test_time_and_given);
    tcase_add_test(folds, test_plan_for_any_threads);
    tcase_add_test(folds, test_cancel_at_once);
    tcase_add_test(folds, test_bad_plans);
    tcase_add_test(folds, test_plan_is_missing);
    tcase_add_test(folds, test_later_plan);
    tcase_add_test(folds, test_no_memory);
    suite_add_tcase(suite, folds);
    return run_suite(suite);
}
