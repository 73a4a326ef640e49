/* SPDX-License-Identifier: Apache-2.0 */
/* Each metric on examples small enough to work out by hand, and the list of metrics. */
#include "evaluate/metric_list.h"

#include "unit.h"

#include <math.h>

static const struct rec__metric *metric(const char *name)
{
    for (int32_t i = 0; i < rec__metric_count(); i++)
        if (strcmp(rec__metric_at(i)->name, name) == 0)
            return rec__metric_at(i);
    ck_abort_msg("no metric \"%s\"", name);
    return NULL;
}

static double error_figure(const char *name, const struct rec__errors *errors)
{
    double value = NAN;
    EXPECT_OK(metric(name)->of_errors(errors, &value));
    return value;
}

START_TEST(test_errors)
{
    /* Predictions 4, 7 (clipped to 5) and 1 of ratings 3, 5 and 3; the ratings less 3. */
    const struct rec__errors errors = {.squares = 1 + 0 + 4,
                                       .sizes = 1 + 0 + 2,
                                       .raw_squares = 1 + 4 + 4,
                                       .raw_sizes = 1 + 2 + 2,
                                       .ratings = 0 + 2 + 0,
                                       .rating_squares = 0 + 4 + 0,
                                       .pairs = 3};
    ck_assert_double_eq_tol(error_figure("rmse", &errors), 1.2909944487358056, 1e-15);
    ck_assert_double_eq_tol(error_figure("mse", &errors), 5.0 / 3.0, 1e-15);
    ck_assert_double_eq_tol(error_figure("mae", &errors), 1.0, 1e-15);
    ck_assert_double_eq_tol(error_figure("rmse_raw", &errors), 1.7320508075688772, 1e-15);
    ck_assert_double_eq_tol(error_figure("mae_raw", &errors), 5.0 / 3.0, 1e-15);
    ck_assert_double_eq_tol(error_figure("r2", &errors), 1.0 - 5.0 / (8.0 / 3.0), 1e-15);
}
END_TEST

/* Equal ratings about a mean that is not theirs: only rounding is left of their variance. */
START_TEST(test_no_variance_no_r2)
{
    struct rec__errors errors = {0}, one = {.ratings = 0.1, .rating_squares = 0.1 * 0.1, .pairs = 1};
    double value = 0.0;
    for (int i = 0; i < 1000; i++)
        rec__errors_add(&errors, &one);
    EXPECT(metric("r2")->of_errors(&errors, &value), REC_ERR_EMPTY, "all test ratings are equal");
}
END_TEST

START_TEST(test_order)
{
    /* Pairs of different ratings: (1, 3) twice tied, (1, 4) right twice, (3, 4) right twice but one wrong. */
    struct rec__rated rated[] = {{4, 4.5}, {1, 2}, {3, 5}, {3, 2}, {1, 2}};
    struct rec__errors errors = {0};
    double scratch[5];
    rec__errors_order(&errors, rated, 5, scratch);
    ck_assert_int_eq(errors.concordant, 5);
    ck_assert_int_eq(errors.discordant, 3);
    rec__errors_order(&errors, (struct rec__rated[]){{1, 1}, {2, 2}}, 2, scratch);
    ck_assert_int_eq(errors.concordant_users, 2);
    ck_assert_int_eq(errors.discordant_users, 1);
    ck_assert_double_eq_tol(error_figure("fcp", &errors), 3.0 / (3.0 + 3.0), 1e-15);
}
END_TEST

/* Every size, against every pair compared. */
START_TEST(test_order_by_pairs)
{
    struct rec__rated rated[80];
    double scratch[80];
    for (int n = 0; n <= 80; n++) {
        struct rec__errors errors = {0};
        int64_t right = 0, wrong = 0;
        for (int i = 0; i < n; i++)
            rated[i] = (struct rec__rated){(i * 7 + n) % 5, (i * i * 3 + n * i) % 11};
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                if (rated[i].rating < rated[j].rating) {
                    right += rated[i].predicted < rated[j].predicted;
                    wrong += rated[i].predicted >= rated[j].predicted;
                }
        rec__errors_order(&errors, rated, n, scratch);
        ck_assert_int_eq(errors.concordant, right);
        ck_assert_int_eq(errors.discordant, wrong);
    }
}
END_TEST

START_TEST(test_no_order_no_fcp)
{
    struct rec__errors errors = {.pairs = 4};
    double value = 0.0;
    EXPECT(metric("fcp")->of_errors(&errors, &value), REC_ERR_EMPTY, "no user has two different");
}
END_TEST

START_TEST(test_hits_are_found)
{
    const int32_t list[] = {7, 3, 9, 1, 4}, relevant[] = {0, 3, 4, 8};
    int32_t ranks[5] = {0};
    ck_assert_int_eq(rec__hits_find(list, 5, relevant, 4, ranks), 2);
    ck_assert_int_eq(ranks[0], 2);
    ck_assert_int_eq(ranks[1], 5);
    ck_assert_int_eq(rec__hits_find(list, 4, relevant, 4, ranks), 1);
    ck_assert_int_eq(rec__hits_find(list, 0, relevant, 4, ranks), 0);
    ck_assert_int_eq(rec__hits_find(list, 5, relevant, 0, ranks), 0);
}
END_TEST

/* Hits at ranks 2 and 5 of 4 test items. */
static const struct {
    const char *name;
    int32_t k;
    double value;
} by_hand[] = {
    {"recall", 1, 0},
    {"recall", 2, 1.0 / 4},
    {"recall", 5, 2.0 / 4},
    {"recall", 100, 2.0 / 4},
    {"precision", 1, 0},
    {"precision", 2, 1.0 / 2},
    {"precision", 5, 2.0 / 5},
    {"precision", 10, 2.0 / 10}, /* over K, although the list may be shorter */
    {"capped_precision", 2, 1.0 / 2},
    {"capped_precision", 10, 2.0 / 4}, /* there are four to find */
    {"ndcg", 1, 0},
    {"ndcg", 2, 0.38685280723454163}, /* (1/log2 3) / (1/log2 2 + 1/log2 3) */
    {"ndcg", 5, 0.3973220069685352},  /* (1/log2 3 + 1/log2 6) / (1/log2 2 + ... + 1/log2 5) */
    {"ndcg", 10, 0.3973220069685352},
    {"map", 1, 0},
    {"map", 2, 1.0 / 2 / 2},
    {"map", 5, (1.0 / 2 + 2.0 / 5) / 4},
    {"mrr", 1, 0},
    {"mrr", 5, 1.0 / 2},
    {"hit", 1, 0},
    {"hit", 2, 1},
};

START_TEST(test_hits_by_hand)
{
    const int32_t ranks[] = {2, 5};
    struct rec__gains gains;
    EXPECT_OK(rec__gains_create(&gains, 100));
    const struct rec__hits hits = {ranks, 2, 4, &gains};
    double got = metric(by_hand[_i].name)->of_hits(&hits, by_hand[_i].k);
    ck_assert_msg(fabs(got - by_hand[_i].value) < 1e-15, "%s@%d is %.17g, not %.17g", by_hand[_i].name,
                  by_hand[_i].k, got, by_hand[_i].value);
    rec__gains_clear(&gains);
}
END_TEST

START_TEST(test_best_and_worst_lists)
{
    static const char *const names[] = {"recall", "ndcg", "map", "mrr", "hit", "precision"};
    const int32_t ranks[] = {1, 2, 3};
    struct rec__gains gains;
    EXPECT_OK(rec__gains_create(&gains, 3));
    const struct rec__hits best = {ranks, 3, 3, &gains}, worst = {ranks, 0, 3, &gains};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ck_assert_double_eq(metric(names[i])->of_hits(&best, 3), 1.0);
        ck_assert_double_eq(metric(names[i])->of_hits(&worst, 3), 0.0);
    }
    rec__gains_clear(&gains);
}
END_TEST

/* Four users, the last without ratings, and four items with 3, 1, 2 and 0 raters. */
static rec_ratings *training(void)
{
    static const int64_t start[] = {0, 2, 4, 6, 6};
    static const int32_t items[] = {0, 1, 0, 2, 0, 2};
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_from_csr(&ratings, 4, 4, start, items, NULL));
    return ratings;
}

static void check_exposure(const char *name, int64_t a, int64_t b, int64_t c, int64_t d, double expected)
{
    rec_ratings *ratings = training();
    const int64_t times[] = {a, b, c, d};
    const struct rec__exposure exposure = {.times = times, .training = ratings, .recommended = a + b + c + d};
    double got = NAN;
    EXPECT_OK(metric(name)->of_exposure(&exposure, &got));
    ck_assert_double_eq_tol(got, expected, 1e-15);
    rec_ratings_free(ratings);
}

START_TEST(test_exposure)
{
    check_exposure("coverage", 3, 0, 1, 0, 0.5);
    check_exposure("coverage", 0, 0, 0, 0, 0.0);
    check_exposure("coverage", 1, 1, 1, 9, 1.0);
    check_exposure("gini", 2, 2, 2, 2, 0.0);
    check_exposure("gini", 0, 8, 0, 0, 1.0);
    check_exposure("gini", 3, 0, 1, 0, 10.0 / 12);            /* (-3 0 - 1 0 + 1 1 + 3 3) / (3 4) */
    check_exposure("novelty", 5, 0, 0, 0, 0.0);               /* all three who rated anything rated it */
    check_exposure("novelty", 0, 1, 0, 0, 1.584962500721156); /* log2 3 */
    check_exposure("novelty", 0, 0, 0, 1, 1.584962500721156); /* as with one rater */
    check_exposure("novelty", 1, 1, 2, 0, (1.584962500721156 + 2 * 0.584962500721156) / 4);
}
END_TEST

START_TEST(test_nothing_recommended)
{
    rec_ratings *ratings = training();
    const int64_t times[4] = {0};
    const struct rec__exposure exposure = {.times = times, .training = ratings};
    double value;
    EXPECT(metric("novelty")->of_exposure(&exposure, &value), REC_ERR_EMPTY, "nothing was left to recommend");
    EXPECT(metric("gini")->of_exposure(&exposure, &value), REC_ERR_EMPTY, "nothing was left to recommend");
    rec_ratings_free(ratings);
}
END_TEST

START_TEST(test_list_is_read)
{
    struct rec__metric_list list;
    EXPECT_OK(rec__metric_list_read(&list, "rmse,recall@20,ndcg@2147483647,recall@20,auc"));
    static const char *const names[] = {"rmse", "recall@20", "ndcg@2147483647", "recall@20", "auc"};
    static const int32_t k[] = {0, 20, INT32_MAX, 20, 0};
    ck_assert_int_eq(list.count, 5);
    for (int32_t i = 0; i < 5; i++) {
        ck_assert_str_eq(list.wanted[i].name, names[i]);
        ck_assert_int_eq(list.wanted[i].k, k[i]);
        ck_assert_int_eq((int)strcspn(names[i], "@"), (int)strlen(list.wanted[i].metric->name));
    }
    rec__metric_list_clear(&list);
}
END_TEST

static const struct {
    const char *list, *word, *why;
} slips[] = {
    {"", "\"\"", "no metric"},
    {"rmse,", "\"\"", "no metric"},
    {",rmse", "\"\"", "no metric"},
    {"rmse,,mae", "\"\"", "no metric"},
    {"rmse, mae", "\" mae\"", "no metric"},
    {"RMSE", "\"RMSE\"", "no metric"},
    {"recal@20", "\"recal@20\"", "no metric"},
    {"@20", "\"@20\"", "no metric"},
    {"recall", "\"recall\"", "needs a K from 1"},
    {"mae,ndcg", "\"ndcg\"", "needs a K from 1"},
    {"recall@", "\"recall@\"", "not a whole number from 1 to 2147483647"},
    {"recall@0", "\"recall@0\"", "not a whole number"},
    {"recall@-5", "\"recall@-5\"", "not a whole number"},
    {"recall@+5", "\"recall@+5\"", "not a whole number"},
    {"recall@05", "\"recall@05\"", "not a whole number"},
    {"recall@5x", "\"recall@5x\"", "not a whole number"},
    {"recall@5.0", "\"recall@5.0\"", "not a whole number"},
    {"recall@5@5", "\"recall@5@5\"", "not a whole number"},
    {"recall@2147483648", "\"recall@2147483648\"", "not a whole number"},
    {"recall@99999999999999999999", "\"recall@99999999999999999999\"", "not a whole number"},
    {"rmse@5", "\"rmse@5\"", "takes no K"},
    {"auc@", "\"auc@\"", "takes no K"},
};

START_TEST(test_slips)
{
    struct rec__metric_list list;
    EXPECT(rec__metric_list_read(&list, slips[_i].list), REC_ERR_INVALID, slips[_i].word, slips[_i].why,
           "the metrics are rmse, mae, mse, rmse_raw, mae_raw, r2, fcp, recall@K, precision@K, "
           "capped_precision@K, ndcg@K, "
           "map@K, mrr@K, hit@K, "
           "auc, coverage@K, novelty@K, gini@K, popularity@K, entropy@K");
    ck_assert_ptr_null(list.wanted);
    ck_assert_ptr_null(list.text);
}
END_TEST

START_TEST(test_endless_word_is_cut)
{
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct rec__metric_list list;
    EXPECT(rec__metric_list_read(&list, text), REC_ERR_INVALID, "xxxx", "gini@K");
}
END_TEST

static rec_status read_list(void *context)
{
    struct rec__metric_list list;
    rec_status status = rec__metric_list_read(&list, context);
    if (status == REC_OK)
        rec__metric_list_clear(&list);
    return status;
}

START_TEST(test_no_memory)
{
    char text[] = "rmse,recall@20";
    ck_assert_int_eq(fail_each_allocation(read_list, text), 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metrics");
    TCase *metrics = tcase_create("metrics");
    tcase_add_test(metrics, test_errors);
    tcase_add_test(metrics, test_no_variance_no_r2);
    tcase_add_test(metrics, test_order);
    tcase_add_test(metrics, test_order_by_pairs);
    tcase_add_test(metrics, test_no_order_no_fcp);
    tcase_add_test(metrics, test_hits_are_found);
    tcase_add_loop_test(metrics, test_hits_by_hand, 0, (int)(sizeof by_hand / sizeof *by_hand));
    tcase_add_test(metrics, test_best_and_worst_lists);
    tcase_add_test(metrics, test_exposure);
    tcase_add_test(metrics, test_nothing_recommended);
    suite_add_tcase(suite, metrics);
    TCase *list = tcase_create("list");
    tcase_add_test(list, test_list_is_read);
    tcase_add_loop_test(list, test_slips, 0, (int)(sizeof slips / sizeof *slips));
    tcase_add_test(list, test_endless_word_is_cut);
    tcase_add_test(list, test_no_memory);
    suite_add_tcase(suite, list);
    return run_suite(suite);
}
