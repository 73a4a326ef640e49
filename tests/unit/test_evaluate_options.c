/* SPDX-License-Identifier: Apache-2.0 */
/* Groups, chosen items, histories and samples against tests/reference/options.py; threads, trouble. */
#include "evaluate/evaluation.h"
#include "evaluate/negatives.h"

#include "planted.h"

#include "expected_options.h"

#include <math.h>
#include <stdio.h>

static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    const float *vectors = rec__arrays_find(fitted->arrays, "item_vectors")->data;
    for (int f = 0; f < FACTORS; f++)
        for (int64_t j = 0; j < history->n; j++)
            state->vector[f] += history->ratings[j] / 8 * vectors[history->items[j] * FACTORS + f];
    state->bias = 0.25;
    return REC_OK;
}

static const struct rec_backend folding = {.name = "folding",
                                           .summary = "known arrays, and histories folded in",
                                           .scorer = REC_SCORER_DOT,
                                           .fit = fit_planted,
                                           .fold_in = fold_in};

static rec_model *fitted(const struct rec_backend *backend, int32_t threads)
{
    rec_ratings *ratings = NULL;
    rec_model *model = own_model(backend, threads);
    ck_assert_ptr_nonnull(model);
    EXPECT_OK(make_training(&ratings));
    EXPECT_OK(rec_fit(model, ratings));
    rec_ratings_free(ratings);
    return model;
}

static rec_evaluation *evaluated(const struct rec_backend *backend, int32_t threads, const char *metrics,
                                 const rec_evaluate_options *options)
{
    rec_evaluation *evaluation = NULL;
    rec_ratings *test = NULL;
    rec_model *model = fitted(backend, threads);
    EXPECT_OK(make_test(&test));
    EXPECT_OK(rec_evaluate_by(model, test, metrics, options, &evaluation));
    rec_ratings_free(test);
    rec_model_free(model);
    return evaluation;
}

/* The names that are asked for: those expected, less what samples put before them. */
static void join(char *out, const struct expected_figure *figures, int64_t n)
{
    const char prefix[] = "sampled_";
    for (int64_t e = 0; e < n; e++) {
        bool sampled = strncmp(figures[e].name, prefix, strlen(prefix)) == 0;
        out += sprintf(out, "%s%s", e > 0 ? "," : "", figures[e].name + (sampled ? strlen(prefix) : 0));
    }
}

static void check_figures(const rec_evaluation *evaluation, const struct expected_figure *figures, int64_t n)
{
    ck_assert_int_eq(rec_evaluation_count(evaluation), n);
    for (int32_t e = 0; e < n; e++) {
        rec_figure figure = REC_FIGURE_INIT;
        EXPECT_OK(rec_evaluation_at(evaluation, e, &figure));
        ck_assert_str_eq(figure.name, figures[e].name);
        ck_assert_msg(fabs(figure.value - figures[e].value) <= 1e-12 * fmax(1.0, fabs(figures[e].value)),
                      "%s is %.17g, not %.17g", figure.name, figure.value, figures[e].value);
    }
}

#define CHECK_FIGURES(evaluation, figures) check_figures(evaluation, figures, LENGTH(figures))

static rec_evaluate_options grouped(void)
{
    rec_evaluate_options options = REC_EVALUATE_OPTIONS_INIT;
    options.user_bounds = bounds;
    options.n_user_bounds = LENGTH(bounds);
    options.head = head;
    return options;
}

START_TEST(test_groups)
{
    static const char *const names[] = {"users 0", "users 1-5", "users 6 or more", "items head",
                                        "items tail"};
    const struct expected_figure *const figures[] = {group_0, group_1, group_2, group_3, group_4};
    const int64_t lengths[] = {LENGTH(group_0), LENGTH(group_1), LENGTH(group_2), LENGTH(group_3),
                               LENGTH(group_4)};
    char metrics[2048];
    join(metrics, group_0, LENGTH(group_0));
    rec_evaluate_options options = grouped();
    rec_evaluation *evaluation = evaluated(&planted, 2, metrics, &options);
    ck_assert_int_eq(rec_evaluation_strata(evaluation), LENGTH(names));
    for (int32_t g = 0; g < LENGTH(names); g++) {
        rec_stratum stratum = REC_STRATUM_INIT;
        rec_evaluation_totals totals = REC_EVALUATION_TOTALS_INIT;
        EXPECT_OK(rec_evaluation_stratum(evaluation, g, &stratum));
        ck_assert_str_eq(stratum.name, names[g]);
        ck_assert_int_eq(stratum.by_items, g >= 3);
        ck_assert_int_eq(stratum.members, group_members[g]);
        EXPECT_OK(rec_evaluation_totals_of(stratum.figures, &totals));
        ck_assert_int_eq(totals.pairs, group_pairs[g]);
        ck_assert_int_eq(totals.users, group_judged[g]);
        check_figures(stratum.figures, figures[g], lengths[g]);
    }
    rec_stratum stratum = REC_STRATUM_INIT;
    EXPECT_OK(rec_evaluation_stratum(evaluation, 1, &stratum));
    ck_assert(stratum.least == 1 && stratum.most == 5);
    EXPECT_OK(rec_evaluation_stratum(evaluation, 3, &stratum));
    ck_assert_int_ge(stratum.least, 1);
    ck_assert_int_gt(stratum.most, stratum.least);
    EXPECT(rec_evaluation_stratum(evaluation, 5, &stratum), REC_ERR_RANGE, "index is 5");
    rec_evaluation_free(evaluation);
}
END_TEST

/* The whole is what it is without groups. */
START_TEST(test_whole_beside_groups)
{
    char metrics[2048];
    join(metrics, group_0, LENGTH(group_0));
    rec_evaluate_options options = grouped();
    rec_evaluation *with = evaluated(&planted, 2, metrics, &options);
    rec_evaluation *without = evaluated(&planted, 2, metrics, NULL);
    ck_assert_int_eq(rec_evaluation_strata(without), 0);
    ck_assert_mem_eq(with->values, without->values, (size_t)with->metrics.count * sizeof *with->values);
    rec_evaluation_free(with);
    rec_evaluation_free(without);
}
END_TEST

/* Nobody has a thousand ratings: that group has no figures, and the others have theirs. */
START_TEST(test_empty_group)
{
    const int64_t far[] = {1000};
    rec_evaluate_options options = REC_EVALUATE_OPTIONS_INIT;
    options.user_bounds = far;
    options.n_user_bounds = 1;
    rec_evaluation *evaluation = evaluated(&planted, 2, "rmse,r2,recall@5,auc,gini@5", &options);
    ck_assert_int_eq(rec_evaluation_strata(evaluation), 2);
    const rec_evaluation *all = evaluation->strata[0].figures, *none = evaluation->strata[1].figures;
    ck_assert_mem_eq(all->values, evaluation->values, 5 * sizeof(double));
    for (int m = 0; m < 5; m++)
        ck_assert(isnan(none->values[m]));
    ck_assert_int_eq(none->totals.pairs, 0);
    rec_evaluation_free(evaluation);
}
END_TEST

START_TEST(test_only)
{
    rec_evaluate_options options = REC_EVALUATE_OPTIONS_INIT;
    int32_t twice[2 * LENGTH(only)];
    for (int64_t i = 0; i < LENGTH(only); i++)
        twice[2 * i] = twice[2 * i + 1] = only[LENGTH(only) - 1 - i];
    options.only = twice;
    options.n_only = 2 * LENGTH(only);
    char metrics[2048];
    join(metrics, among_only, LENGTH(among_only));
    rec_evaluation *evaluation = evaluated(&planted, 2, metrics, &options);
    CHECK_FIGURES(evaluation, among_only);
    rec_evaluation_free(evaluation);
}
END_TEST

static rec_ratings *make_told(void)
{
    rec_ratings *histories = NULL;
    EXPECT_OK(store_of(&histories, MORE_USERS, ITEMS, TOLD_PAIRS, told_users, told_items, told_ratings));
    return histories;
}

START_TEST(test_histories)
{
    rec_evaluate_options options = REC_EVALUATE_OPTIONS_INIT;
    rec_ratings *histories = make_told();
    options.histories = histories;
    char metrics[2048];
    join(metrics, folded, LENGTH(folded));
    rec_evaluation *evaluation = evaluated(&folding, 2, metrics, &options);
    CHECK_FIGURES(evaluation, folded);
    rec_evaluation_free(evaluation);
    int32_t all[ITEMS];
    for (int32_t i = 0; i < ITEMS; i++)
        all[i] = i;
    options.only = all;
    options.n_only = ITEMS;
    evaluation = evaluated(&folding, 2, "rmse,mae", &options);
    CHECK_FIGURES(evaluation, folded_errors);
    ck_assert_int_eq(evaluation->totals.unknown, 0);
    rec_evaluation_free(evaluation);
    rec_ratings_free(histories);
}
END_TEST

static void check_sampled(int32_t sampling, const struct expected_figure *figures,
                          const struct expected_figure *tail, int64_t n)
{
    rec_evaluate_options options = REC_EVALUATE_OPTIONS_INIT;
    options.negatives = NEGATIVES;
    options.sampling = sampling;
    options.seed = negatives_seed;
    options.head = head;
    char metrics[2048];
    join(metrics, figures, n);
    rec_evaluation *evaluation = evaluated(&planted, 2, metrics, &options);
    check_figures(evaluation, figures, n);
    check_figures(evaluation->strata[1].figures, tail, n);
    rec_evaluation *one = evaluated(&planted, 1, metrics, &options);
    ck_assert_mem_eq(one->values, evaluation->values, (size_t)n * sizeof *one->values);
    rec_evaluation_free(one);
    options.seed++;
    rec_evaluation *other = evaluated(&planted, 2, metrics, &options);
    ck_assert_mem_ne(other->values, evaluation->values, (size_t)n * sizeof *other->values);
    rec_evaluation_free(other);
    rec_evaluation_free(evaluation);
}

START_TEST(test_sampled)
{
    check_sampled(REC_NEGATIVES_UNIFORM, sampled_uniform, sampled_uniform_tail, LENGTH(sampled_uniform));
    check_sampled(REC_NEGATIVES_POPULAR, sampled_popular, sampled_popular_tail, LENGTH(sampled_popular));
}
END_TEST

START_TEST(test_sampled_with_histories)
{
    rec_evaluate_options options = REC_EVALUATE_OPTIONS_INIT;
    rec_ratings *histories = make_told();
    options.histories = histories;
    options.negatives = NEGATIVES;
    options.sampling = REC_NEGATIVES_POPULAR;
    options.seed = negatives_seed;
    char metrics[2048];
    join(metrics, folded_sampled, LENGTH(folded_sampled));
    rec_evaluation *evaluation = evaluated(&folding, 2, metrics, &options);
    CHECK_FIGURES(evaluation, folded_sampled);
    rec_evaluation_free(evaluation);
    rec_ratings_free(histories);
}
END_TEST

/* Errors are not of samples, and keep their names. */
START_TEST(test_names)
{
    rec_evaluate_options options = REC_EVALUATE_OPTIONS_INIT;
    options.negatives = 3;
    rec_evaluation *evaluation = evaluated(&planted, 2, "rmse,hit@10,mae", &options);
    static const char *const names[] = {"rmse", "sampled_hit@10", "mae"};
    for (int32_t m = 0; m < 3; m++) {
        rec_figure figure = REC_FIGURE_INIT;
        EXPECT_OK(rec_evaluation_at(evaluation, m, &figure));
        ck_assert_str_eq(figure.name, names[m]);
    }
    rec_evaluation_free(evaluation);
}
END_TEST

/* Every place of what is left leads to its item, as often as the item weighs. */
START_TEST(test_eligible)
{
    const int64_t start[] = {0, 3, 3, 4, 9, 9, 11};
    const struct rec__weights weights = {start, 6};
    int32_t barred_rows[] = {1, 2, 4};
    const struct rec__rows barred = {barred_rows, 3}, none = {barred_rows, 0};
    const int32_t left[] = {0, 0, 0, 3, 3, 3, 3, 3, 5, 5}, all[] = {0, 0, 0, 2, 3, 3, 3, 3, 3, 5, 5};
    int64_t removed[4];
    struct rec__eligible eligible;
    rec__eligible_set(&eligible, &weights, &barred, removed);
    ck_assert_int_eq(eligible.weight, 10);
    for (int64_t place = 0; place < 10; place++)
        ck_assert_int_eq(rec__eligible_at(&eligible, place), left[place]);
    rec__eligible_set(&eligible, &weights, &none, removed);
    ck_assert_int_eq(eligible.weight, 11);
    for (int64_t place = 0; place < 11; place++)
        ck_assert_int_eq(rec__eligible_at(&eligible, place), all[place]);
    const struct rec__weights even = {NULL, 6};
    const int32_t others[] = {0, 3, 5};
    rec__eligible_set(&eligible, &even, &barred, removed);
    ck_assert_int_eq(eligible.weight, 3);
    for (int64_t place = 0; place < 3; place++)
        ck_assert_int_eq(rec__eligible_at(&eligible, place), others[place]);
}
END_TEST

static rec_evaluation *no_evaluation;
static rec_model *trouble_model;
static rec_ratings *trouble_test;

static rec_status evaluate_so(const rec_evaluate_options *options, const char *metrics)
{
    return rec_evaluate_by(trouble_model, trouble_test, metrics, options, &no_evaluation);
}

START_TEST(test_bad_options)
{
    const rec_evaluate_options none = REC_EVALUATE_OPTIONS_INIT;
    const int32_t rows[] = {3, 50};
    const int64_t falling[] = {5, 5}, zero[] = {0};
    trouble_model = fitted(&planted, 1);
    EXPECT_OK(make_test(&trouble_test));
    rec_evaluate_options bad = none;
    bad.size = 0;
    EXPECT(evaluate_so(&bad, "rmse"), REC_ERR_INVALID, "options.size");
    bad = none;
    bad.only = rows;
    bad.n_only = 2;
    EXPECT(evaluate_so(&bad, "rmse"), REC_ERR_RANGE, "options.only[1] is 50", "0 to 49");
    bad.n_only = 0;
    EXPECT(evaluate_so(&bad, "rmse"), REC_ERR_INVALID, "options.n_only is 0");
    bad.n_only = 1;
    bad.negatives = 10;
    EXPECT(evaluate_so(&bad, "hit@1"), REC_ERR_INVALID, "options.negatives and options.only");
    bad = none;
    bad.negatives = -1;
    EXPECT(evaluate_so(&bad, "hit@1"), REC_ERR_INVALID, "options.negatives is -1");
    bad.negatives = 10;
    EXPECT(evaluate_so(&bad, "hit@1,coverage@5"), REC_ERR_INVALID, "\"coverage@5\"", "samples");
    bad.sampling = 2;
    EXPECT(evaluate_so(&bad, "hit@1"), REC_ERR_INVALID, "options.sampling is 2");
    bad = none;
    bad.user_bounds = falling;
    bad.n_user_bounds = 2;
    EXPECT(evaluate_so(&bad, "rmse"), REC_ERR_INVALID, "options.user_bounds[1] is 5", "rising");
    bad.user_bounds = zero;
    bad.n_user_bounds = 1;
    EXPECT(evaluate_so(&bad, "rmse"), REC_ERR_INVALID, "options.user_bounds[0] is 0");
    bad.n_user_bounds = 0;
    EXPECT(evaluate_so(&bad, "rmse"), REC_ERR_INVALID, "options.n_user_bounds is 0");
    bad = none;
    bad.head = 1.5;
    EXPECT(evaluate_so(&bad, "rmse"), REC_ERR_INVALID, "options.head is 1.5");
    bad = none;
    bad.flags = 2;
    EXPECT(evaluate_so(&bad, "rmse"), REC_ERR_INVALID, "options.flags is 0x2");
    ck_assert_ptr_null(no_evaluation);
    rec_ratings_free(trouble_test);
    rec_model_free(trouble_model);
}
END_TEST

/* A backend that cannot fold in says so; histories of strangers are none. */
START_TEST(test_bad_histories)
{
    rec_evaluate_options options = REC_EVALUATE_OPTIONS_INIT;
    rec_ratings_builder *builder = NULL;
    rec_ratings *strangers = NULL, *histories = make_told();
    trouble_model = fitted(&planted, 1);
    EXPECT_OK(make_test(&trouble_test));
    options.histories = histories;
    EXPECT(evaluate_so(&options, "recall@5"), REC_ERR_UNSUPPORTED, "\"planted\" cannot fold in");
    EXPECT(evaluate_so(&options, "auc"), REC_ERR_UNSUPPORTED, "\"planted\" cannot fold in");
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    EXPECT_OK(rec_ratings_builder_add_ids(builder, 7777, 7777, 1.0f, REC_NO_TIME));
    EXPECT_OK(rec_ratings_builder_finish(builder, &strangers));
    options.histories = strangers;
    EXPECT(evaluate_so(&options, "recall@5"), REC_ERR_EMPTY, "options.histories", "matching ids");
    rec_ratings_builder_free(builder);
    rec_ratings_free(strangers);
    rec_ratings_free(histories);
    rec_ratings_free(trouble_test);
    rec_model_free(trouble_model);
}
END_TEST

/* All of it, so that nothing is held beforehand. histories: fold in too, and sample. */
static rec_status evaluate_all(void *context)
{
    rec_evaluate_options options = grouped();
    bool told = *(bool *)context;
    rec_ratings *training = NULL, *test = NULL, *histories = NULL;
    rec_evaluation *evaluation = NULL;
    rec_model *model = own_model(&folding, 1);
    rec_status status = model == NULL ? REC_ERR_NO_MEMORY : make_training(&training);
    if (status == REC_OK)
        status = make_test(&test);
    if (status == REC_OK)
        status = store_of(&histories, MORE_USERS, ITEMS, TOLD_PAIRS, told_users, told_items, told_ratings);
    if (status == REC_OK)
        status = rec_fit(model, training);
    options.only = told ? NULL : only;
    options.n_only = told ? 0 : LENGTH(only);
    options.negatives = told ? 5 : 0;
    options.histories = told ? histories : NULL;
    if (status == REC_OK)
        status = rec_evaluate_by(model, test, told ? "rmse,recall@5,auc" : "rmse,recall@5,auc,gini@5",
                                 &options, &evaluation);
    ck_assert((status == REC_OK) == (evaluation != NULL));
    rec_evaluation_free(evaluation);
    rec_model_free(model);
    rec_ratings_free(training);
    rec_ratings_free(test);
    rec_ratings_free(histories);
    return status;
}

START_TEST(test_no_memory)
{
    bool no = false, yes = true;
    ck_assert_int_ge(fail_each_allocation(evaluate_all, &no), 100);
    ck_assert_int_ge(fail_each_allocation(evaluate_all, &yes), 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("evaluate_options");
    TCase *figures = tcase_create("figures");
    tcase_add_test(figures, test_groups);
    tcase_add_test(figures, test_whole_beside_groups);
    tcase_add_test(figures, test_empty_group);
    tcase_add_test(figures, test_only);
    tcase_add_test(figures, test_histories);
    tcase_add_test(figures, test_sampled);
    tcase_add_test(figures, test_sampled_with_histories);
    tcase_add_test(figures, test_names);
    tcase_add_test(figures, test_eligible);
    suite_add_tcase(suite, figures);
    TCase *trouble = tcase_create("trouble");
    tcase_add_test(trouble, test_bad_options);
    tcase_add_test(trouble, test_bad_histories);
    tcase_add_test(trouble, test_no_memory);
    suite_add_tcase(suite, trouble);
    return run_suite(suite);
}
