/* SPDX-License-Identifier: Apache-2.0 */
/* The answers are right: rankings against a sort of all scores, filters, histories, explanations, and what
 * was planted is found. */
#include "conformance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static float all_scores[ITEMS];

static void score_all(const rec_model *model, int32_t user, const rec_query *query)
{
    int32_t items[ITEMS];
    for (int32_t i = 0; i < ITEMS; i++)
        items[i] = i;
    must(rec_score(model, user, query, items, ITEMS, all_scores));
}

static bool seen_by(const rec_model *model, int32_t user, int32_t item)
{
    rec_row row;
    must(rec_ratings_user(rec_model_ratings(model), user, &row));
    for (int64_t i = 0; i < row.n; i++)
        if (row.others[i] == item)
            return true;
    return false;
}

/* Every eligible item is answered when k is large, best first; the scores are those of rec_score. */
static void check_ranking(const bool *eligible, const int32_t *items, const float *scores, int32_t n)
{
    int32_t expected = 0;
    for (int32_t i = 0; i < ITEMS; i++)
        expected += eligible[i];
    ck_assert_int_eq(n, expected);
    for (int32_t i = 0; i < n; i++) {
        ck_assert(eligible[items[i]]);
        ck_assert(scores[i] == all_scores[items[i]]);
        if (i > 0)
            ck_assert(scores[i] <= scores[i - 1]);
        for (int32_t j = 0; j < i; j++)
            ck_assert_int_ne(items[i], items[j]);
    }
}

START_TEST(test_ranking_is_a_sort)
{
    rec_model *model = fit_model(_i, 1);
    for (int32_t user = 0; user < USERS; user += 7) {
        int32_t items[ITEMS + 5], few[4], n = 0, n_few = 0;
        float scores[ITEMS + 5], few_scores[4];
        bool eligible[ITEMS];
        score_all(model, user, NULL);
        for (int32_t i = 0; i < ITEMS; i++)
            eligible[i] = !seen_by(model, user, i);
        must(rec_topk(model, user, NULL, ITEMS + 5, items, scores, &n));
        check_ranking(eligible, items, scores, n);
        must(rec_topk(model, user, NULL, 4, few, few_scores, &n_few));
        ck_assert_int_eq(n_few, n < 4 ? n : 4);
        ck_assert_mem_eq(few, items, (size_t)n_few * sizeof *few);
        float predicted = NAN;
        must(rec_predict(model, user, items[0], &predicted));
        ck_assert(predicted == scores[0]);
    }
    rec_model_free(model);
}
END_TEST

/* Many pairs at once, in any order of users, are as one by one; and at any time, for by default nothing drifts. */
START_TEST(test_predictions)
{
    rec_model *model = fit_model(_i, 1);
    int32_t users[200], items[200];
    int64_t times[200];
    float batch[200], timed[200], single;
    for (int32_t p = 0; p < 200; p++) {
        users[p] = p / 7 * 11 % USERS;
        items[p] = p * 13 % ITEMS;
        times[p] = p % 3 == 0 ? REC_NO_TIME : p * 1000;
    }
    must(rec_predict_batch(model, users, items, 200, batch));
    must(rec_predict_batch_at(model, users, items, times, 200, timed));
    for (int32_t p = 0; p < 200; p++) {
        must(rec_predict(model, users[p], items[p], &single));
        ck_assert(single == batch[p]);
        ck_assert(single == timed[p]);
    }
    items[150] = ITEMS;
    ck_assert_int_eq(rec_predict_batch(model, users, items, 200, batch), REC_ERR_RANGE);
    assert_sentence("pair 150: item is 60");
    must(rec_predict_batch(model, users, items, 0, batch));
    rec_model_free(model);
}
END_TEST

/* Nothing drifts by default: a prediction is the same at any time, and at the times of test ratings. */
START_TEST(test_predictions_at_times)
{
    rec_model *model = fit_model(_i, 1);
    int32_t users[ITEMS], items[ITEMS];
    int64_t times[ITEMS];
    float at[ITEMS], single;
    for (int32_t p = 0; p < ITEMS; p++) {
        users[p] = p / 7 * 11 % USERS;
        items[p] = p;
        times[p] = p % 3 == 0 ? REC_NO_TIME : 100 * p - 50;
    }
    must(rec_predict_batch_at(model, users, items, times, ITEMS, at));
    for (int32_t p = 0; p < ITEMS; p++) {
        must(rec_predict(model, users[p], items[p], &single));
        ck_assert(single == at[p]);
    }
    rec_model_free(model);
}
END_TEST

START_TEST(test_filters)
{
    static const int32_t only[] = {9, 3, 3, 14, 41, 20}, except[] = {14, 0, 0};
    rec_model *model = fit_model(_i, 1);
    int32_t items[ITEMS], n = 0;
    float scores[ITEMS];
    bool eligible[ITEMS] = {false};
    rec_query query = REC_QUERY_INIT;
    query.flags = REC_QUERY_WITH_SEEN;
    query.only = only;
    query.n_only = 6;
    query.except = except;
    query.n_except = 3;
    score_all(model, 11, NULL);
    eligible[9] = eligible[3] = eligible[41] = eligible[20] = true;
    must(rec_topk(model, 11, &query, ITEMS, items, scores, &n));
    check_ranking(eligible, items, scores, n);
    query.n_only = 0;
    must(rec_topk(model, 11, &query, ITEMS, items, scores, &n));
    ck_assert_int_eq(n, 0);
    query = (rec_query)REC_QUERY_INIT;
    query.flags = REC_QUERY_WITH_SEEN;
    for (int32_t i = 0; i < ITEMS; i++)
        eligible[i] = true;
    must(rec_topk(model, 11, &query, ITEMS, items, scores, &n));
    check_ranking(eligible, items, scores, n);
    rec_model_free(model);
}
END_TEST

/* A user folded in from their own stored ratings is a user: not answered with what they have, and of the same
 * taste. */
START_TEST(test_history)
{
    rec_algorithm algorithm = algorithm_at(_i);
    rec_model *model = fit_model(_i, 1);
    int32_t items[10], n = 0, suits = 0;
    rec_row row;
    must(rec_ratings_user(rec_model_ratings(model), 21, &row));
    int taste = number_of(rec_model_user_ids(model), 21) % 2;
    rec_query query = REC_QUERY_INIT;
    query.history = row.others;
    query.history_ratings = row.ratings;
    query.n_history = row.n;
    rec_status status = rec_topk(model, REC_NEW_USER, &query, 10, items, NULL, &n);
    if (status == REC_ERR_UNSUPPORTED) {
        ck_assert_uint_eq(algorithm.abilities & REC_CAN_FOLD_IN, 0);
        rec_model_free(model);
        return;
    }
    must(status);
    ck_assert_int_eq(n, 10);
    for (int32_t i = 0; i < n; i++) {
        ck_assert(!seen_by(model, 21, items[i]));
        suits += number_of(rec_model_item_ids(model), items[i]) % 2 == taste;
    }
    if ((algorithm.abilities & REC_CAN_PERSONALIZE) != 0)
        ck_assert_int_ge(suits, 8);
    int32_t twice[] = {2, 5, 2};
    query.history = twice;
    query.history_ratings = NULL;
    query.n_history = 3;
    ck_assert_int_eq(rec_topk(model, REC_NEW_USER, &query, 10, items, NULL, &n), REC_ERR_INVALID);
    assert_sentence("twice");
    rec_model_free(model);
}
END_TEST

static double spread_of(const float *scores, int32_t n)
{
    float least = scores[0], greatest = scores[0];
    for (int32_t i = 1; i < n; i++) {
        least = scores[i] < least ? scores[i] : least;
        greatest = scores[i] > greatest ? scores[i] : greatest;
    }
    return (double)greatest - (double)least;
}

/* An item that users of odd number like and those of even number do not: if the algorithm sees tastes, then of the users who have not rated it the odd
 * ones like it better on average than the even ones, by half a point or more, or where scores are no ratings, by an eighth of their spread. */
START_TEST(test_new_item)
{
    rec_algorithm algorithm = algorithm_at(_i);
    rec_model *model = fit_model(_i, 1);
    int32_t raters[8], users[USERS], n_users = 0;
    float ratings[8], scores[USERS], none[USERS];
    double sums[2] = {0, 0}, counts[2] = {0, 0};
    for (int32_t u = 0; u < rec_model_users(model); u++)
        if (u < 7 || u > 28 || (u - 7) % 3 != 0)
            users[n_users++] = u;
    for (int32_t r = 0; r < 8; r++) {
        raters[r] = 7 + 3 * r;
        ratings[r] = number_of(rec_model_user_ids(model), raters[r]) % 2 ? 4.75f : 1.25f;
    }
    rec_status status = rec_score_new_item(model, raters, ratings, 8, users, n_users, scores);
    if ((algorithm.abilities & REC_CAN_FOLD_IN_ITEMS) == 0) {
        ck_assert_int_eq(status, REC_ERR_UNSUPPORTED);
        rec_model_free(model);
        return;
    }
    must(status);
    for (int32_t k = 0; k < n_users; k++) {
        int odd = number_of(rec_model_user_ids(model), users[k]) % 2;
        sums[odd] += (double)scores[k];
        counts[odd]++;
    }
    bool rates = (algorithm.abilities & REC_PREDICTS_RATINGS) != 0;
    double gap = rates ? 0.5 : spread_of(scores, n_users) / 8, odd = sums[1] / counts[1],
           even = sums[0] / counts[0];
    if ((algorithm.abilities & REC_CAN_PERSONALIZE) != 0)
        ck_assert_msg(odd > even + gap, "%.4f against %.4f, less than %.4f more", odd, even, gap);
    must(rec_score_new_item(model, NULL, NULL, 0, users, n_users, none));
    raters[1] = raters[0];
    ck_assert_int_eq(rec_score_new_item(model, raters, ratings, 8, users, n_users, scores), REC_ERR_INVALID);
    assert_sentence("twice");
    raters[1] = rec_model_users(model);
    ck_assert_int_eq(rec_score_new_item(model, raters, ratings, 8, users, n_users, scores), REC_ERR_RANGE);
    assert_sentence("raters[1]");
    rec_model_free(model);
}
END_TEST

/* An array of floats, NULL where there is none. */
static const float *floats_of(const rec_model *model, const char *name)
{
    rec_array array = REC_ARRAY_INIT;
    return rec_model_array_find(model, name, &array) == REC_OK ? array.data : NULL;
}

/* x . y + the biases + the offset. */
static double inner(const rec_model *model, const float *x, const float *y, float x_bias, float y_bias)
{
    rec_array offset = REC_ARRAY_INIT;
    double sum = (double)x_bias + (double)y_bias;
    if (rec_model_array_find(model, "offset", &offset) == REC_OK)
        sum += *(const double *)offset.data;
    for (int32_t f = 0; f < rec_model_factors(model); f++)
        sum += (double)x[f] * (double)y[f];
    return sum;
}

/* Vectors of users, known or with a history, give the scores with those of the items; vectors of new items, with those of the users. */
START_TEST(test_vectors)
{
    rec_algorithm algorithm = algorithm_at(_i);
    rec_model *model = fit_model(_i, 1);
    int32_t factors = rec_model_factors(model), history[3] = {1, 4, 7}, item = 9, user = 11;
    float ratings[3] = {5, 1, 4}, x[1024], bias = 0, score = 0;
    ck_assert_int_le(factors, 1024);
    if (factors == 0) {
        ck_assert_int_eq(rec_user_vector(model, user, NULL, x, &bias), REC_ERR_UNSUPPORTED);
        ck_assert_int_eq(rec_new_item_vector(model, history, ratings, 3, x, &bias), REC_ERR_UNSUPPORTED);
        assert_sentence(algorithm.name);
        rec_model_free(model);
        return;
    }
    const float *items = floats_of(model, "item_vectors"), *item_biases = floats_of(model, "item_biases");
    const float *users = floats_of(model, "user_vectors"), *user_biases = floats_of(model, "user_biases");
    ck_assert(items != NULL);
    const float *y = items + item * factors;
    float y_bias = item_biases == NULL ? 0 : item_biases[item];
    bool linked = floats_of(model, "score_link") != NULL;
    must(rec_user_vector(model, user, NULL, x, &bias));
    must(rec_predict(model, user, item, &score));
    if (!linked)
        ck_assert_double_eq_tol(inner(model, x, y, bias, y_bias), (double)score, 1e-4);
    rec_query query = REC_QUERY_INIT;
    query.history = history, query.history_ratings = ratings, query.n_history = 3;
    if ((algorithm.abilities & REC_CAN_FOLD_IN) != 0) {
        must(rec_user_vector(model, REC_NEW_USER, &query, x, &bias));
        must(rec_score(model, REC_NEW_USER, &query, &item, 1, &score));
        if (!linked)
            ck_assert_double_eq_tol(inner(model, x, y, bias, y_bias), (double)score, 1e-4);
    }
    if ((algorithm.abilities & REC_CAN_FOLD_IN_ITEMS) != 0) {
        must(rec_new_item_vector(model, history, ratings, 3, x, &bias));
        must(rec_score_new_item(model, history, ratings, 3, &user, 1, &score));
        float user_bias = user_biases == NULL ? 0 : user_biases[user];
        if (!linked)
            ck_assert_double_eq_tol(inner(model, x, users + user * factors, bias, user_bias), (double)score,
                                    1e-4);
    }
    ck_assert_int_eq(rec_user_vector(model, user, NULL, NULL, NULL), REC_ERR_INVALID);
    ck_assert_int_eq(rec_user_vector(model, rec_model_users(model), NULL, x, NULL), REC_ERR_RANGE);
    rec_model_free(model);
}
END_TEST

START_TEST(test_explanation)
{
    rec_algorithm algorithm = algorithm_at(_i);
    rec_model *model = fit_model(_i, 1);
    int32_t because[ITEMS], n = 0;
    float parts[ITEMS], few[2];
    rec_status status = rec_explain(model, 20, 8, ITEMS, because, parts, &n);
    if ((algorithm.abilities & REC_CAN_EXPLAIN) == 0) {
        ck_assert_int_eq(status, REC_ERR_UNSUPPORTED);
        assert_sentence(algorithm.name);
        rec_model_free(model);
        return;
    }
    must(status);
    rec_row row;
    must(rec_ratings_user(rec_model_ratings(model), 20, &row));
    ck_assert_int_eq(n, row.n);
    for (int32_t i = 0; i < n; i++) {
        ck_assert(seen_by(model, 20, because[i]));
        ck_assert(isfinite(parts[i]));
        if (i > 0)
            ck_assert(fabsf(parts[i]) <= fabsf(parts[i - 1]));
    }
    must(rec_explain(model, 20, 8, 2, because, few, &n));
    ck_assert_int_eq(n, 2);
    ck_assert(few[0] == parts[0] && few[1] == parts[1]);
    rec_model_free(model);
}
END_TEST

START_TEST(test_similar_items)
{
    rec_algorithm algorithm = algorithm_at(_i);
    rec_model *model = fit_model(_i, 1);
    int32_t items[10], n = 0, suits = 0;
    float scores[10];
    rec_status status = rec_similar_items(model, 30, 10, items, scores, &n);
    if ((algorithm.abilities & REC_CAN_SIMILAR) == 0) {
        ck_assert_int_eq(status, REC_ERR_UNSUPPORTED);
        rec_model_free(model);
        return;
    }
    must(status);
    ck_assert_int_eq(n, 10);
    int taste = number_of(rec_model_item_ids(model), 30) % 2;
    for (int32_t i = 0; i < n; i++) {
        ck_assert_int_ne(items[i], 30);
        suits += number_of(rec_model_item_ids(model), items[i]) % 2 == taste;
        ck_assert(i == 0 || scores[i] <= scores[i - 1]);
    }
    ck_assert_int_ge(suits, 8);
    ck_assert_int_eq(rec_similar_items(model, ITEMS, 10, items, scores, &n), REC_ERR_RANGE);
    rec_model_free(model);
}
END_TEST

static double ndcg(const rec_model *model, const rec_ratings *test)
{
    rec_evaluation *evaluation = NULL;
    rec_figure figure = REC_FIGURE_INIT;
    must(rec_evaluate(model, test, "ndcg@10", &evaluation));
    must(rec_evaluation_at(evaluation, 0, &figure));
    rec_evaluation_free(evaluation);
    return figure.value;
}

/* Popular items of both tastes lead the list that everybody gets; whoever sees the tastes does better. */
START_TEST(test_beats_popularity)
{
    rec_algorithm algorithm = algorithm_at(_i);
    if ((algorithm.abilities & REC_CAN_PERSONALIZE) == 0)
        return;
    rec_ratings *train = planted_ratings(false), *test = planted_ratings(true);
    rec_model *model = fit_model(_i, 2), *popular = NULL;
    must(rec_model_create(&popular, "popular"));
    must(rec_fit(popular, train));
    double ours = ndcg(model, test), theirs = ndcg(popular, test);
    ck_assert_msg(ours > theirs + 0.05, "ndcg@10 %.4f beside %.4f of popular", ours, theirs);
    rec_ratings_free(train);
    rec_ratings_free(test);
    rec_model_free(model);
    rec_model_free(popular);
}
END_TEST

void add_answer_tests(Suite *suite, int n)
{
    TCase *answers = tcase_create("answers");
    tcase_add_loop_test(answers, test_ranking_is_a_sort, 0, n);
    tcase_add_loop_test(answers, test_predictions, 0, n);
    tcase_add_loop_test(answers, test_predictions_at_times, 0, n);
    tcase_add_loop_test(answers, test_filters, 0, n);
    tcase_add_loop_test(answers, test_history, 0, n);
    tcase_add_loop_test(answers, test_explanation, 0, n);
    tcase_add_loop_test(answers, test_vectors, 0, n);
    tcase_add_loop_test(answers, test_new_item, 0, n);
    tcase_add_loop_test(answers, test_similar_items, 0, n);
    tcase_add_loop_test(answers, test_beats_popularity, 0, n);
    suite_add_tcase(suite, answers);
}
