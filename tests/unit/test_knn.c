/* SPDX-License-Identifier: Apache-2.0 */
#include "small_ratings.h"

#include "backends/knn.h"

#include <math.h>
#include <stdio.h>

/* Settings shared with tests/reference/backends.py. */
static rec_model *fit_weighted(const char *algorithm, const char *mode, const char *similarity,
                               const char *weighting)
{
    rec_model *model = new_model(algorithm);
    rec_ratings *ratings = small_ratings(0);
    EXPECT_OK(rec_model_set_text(model, "mode", mode));
    EXPECT_OK(rec_model_set_text(model, "similarity", similarity));
    EXPECT_OK(rec_model_set_text(model, "weighting", weighting == NULL ? "none" : weighting));
    EXPECT_OK(rec_model_set(model, "k", 2));
    EXPECT_OK(rec_model_set(model, "own", 0.3));
    EXPECT_OK(rec_model_set(model, "other", 0.6));
    EXPECT_OK(rec_model_set(model, "bm25_k1", 1.5));
    EXPECT_OK(rec_model_set(model, "bm25_b", 0.6));
    EXPECT_OK(rec_model_set(model, "shrinkage", 0));
    EXPECT_OK(rec_model_set(model, "damping", 0));
    EXPECT_OK(rec_model_set(model, "user_regularization", 15));
    EXPECT_OK(rec_model_set(model, "item_regularization", 10));
    EXPECT_OK(rec_fit(model, ratings));
    rec_ratings_free(ratings);
    return model;
}

static rec_model *fit_knn(const char *algorithm, const char *mode, const char *similarity)
{
    return fit_weighted(algorithm, mode, similarity, NULL);
}

static void expect_predictions(const rec_model *model, const char *what, const double *expected)
{
    static const int32_t items[] = {0, 1, 2, 3, 4};
    for (int32_t u = 0; u < SMALL_RATED; u++) {
        float one = 0, all[SMALL_ITEMS];
        EXPECT_OK(rec_score(model, u, NULL, items, SMALL_ITEMS, all));
        for (int32_t i = 0; i < SMALL_ITEMS; i++) {
            EXPECT_OK(rec_predict(model, u, i, &one));
            ck_assert_msg(one == all[i], "%s: user %d, item %d: %.9g alone, %.9g among all", what, u, i,
                          (double)one, (double)all[i]);
            double wanted = expected[u * SMALL_ITEMS + i];
            ck_assert_msg(fabs((double)one - wanted) < 2e-5, "%s: user %d, item %d: %.9g; %.9g was expected",
                          what, u, i, (double)one, wanted);
        }
    }
}

struct known {
    const char *algorithm, *mode, *similarity;
    const double *expected;
    const char *weighting; /* NULL: none */
};

static const struct known known[] = {
    {"itemknn", "basic", "msd", expected_itemknn_basic, NULL},
    {"itemknn", "means", "msd", expected_itemknn_means, NULL},
    {"itemknn", "zscore", "msd", expected_itemknn_zscore, NULL},
    {"itemknn", "baseline", "msd", expected_itemknn_baseline, NULL},
    {"itemknn", "baseline", "cosine", expected_itemknn_cosine, NULL},
    {"itemknn", "baseline", "common_cosine", expected_itemknn_common_cosine, NULL},
    {"itemknn", "baseline", "adjusted_cosine", expected_itemknn_adjusted_cosine, NULL},
    {"itemknn", "baseline", "pearson", expected_itemknn_pearson, NULL},
    {"itemknn", "baseline", "pearson_baseline", expected_itemknn_pearson_baseline, NULL},
    {"itemknn", "baseline", "jaccard", expected_itemknn_jaccard, NULL},
    {"itemknn", "sum", "cosine", expected_itemknn_sum, NULL},
    {"itemknn", "sum", "asymmetric", expected_itemknn_asymmetric, NULL},
    {"itemknn", "sum", "tversky", expected_itemknn_tversky, NULL},
    {"itemknn", "sum", "conditional", expected_itemknn_conditional, NULL},
    {"itemknn", "sum", "lift", expected_itemknn_lift, NULL},
    {"itemknn", "sum", "dot", expected_itemknn_dot, NULL},
    {"itemknn", "sum", "cosine", expected_itemknn_tfidf, "tfidf"},
    {"itemknn", "sum", "cosine", expected_itemknn_bm25, "bm25"},
    {"userknn", "basic", "msd", expected_userknn_basic, NULL},
    {"userknn", "means", "msd", expected_userknn_means, NULL},
    {"userknn", "zscore", "msd", expected_userknn_zscore, NULL},
    {"userknn", "baseline", "msd", expected_userknn_baseline, NULL},
    {"userknn", "baseline", "cosine", expected_userknn_cosine, NULL},
    {"userknn", "baseline", "common_cosine", expected_userknn_common_cosine, NULL},
    {"userknn", "baseline", "adjusted_cosine", expected_userknn_adjusted_cosine, NULL},
    {"userknn", "baseline", "pearson", expected_userknn_pearson, NULL},
    {"userknn", "baseline", "pearson_baseline", expected_userknn_pearson_baseline, NULL},
    {"userknn", "baseline", "jaccard", expected_userknn_jaccard, NULL},
    {"userknn", "sum", "cosine", expected_userknn_sum, NULL},
    {"userknn", "sum", "asymmetric", expected_userknn_asymmetric, NULL},
    {"userknn", "sum", "tversky", expected_userknn_tversky, NULL},
    {"userknn", "sum", "conditional", expected_userknn_conditional, NULL},
    {"userknn", "sum", "lift", expected_userknn_lift, NULL},
    {"userknn", "sum", "cosine", expected_userknn_tfidf, "tfidf"},
    {"userknn", "sum", "cosine", expected_userknn_bm25, "bm25"},
};

enum { KNOWN = sizeof known / sizeof *known };

START_TEST(test_known)
{
    const struct known *k = &known[_i];
    rec_model *model = fit_weighted(k->algorithm, k->mode, k->similarity, k->weighting);
    char what[64];
    snprintf(what, sizeof what, "%s %s %s", k->algorithm, k->mode, k->similarity);
    expect_predictions(model, what, k->expected);
    rec_model_free(model);
}
END_TEST

/* A user with the history of a known one is as near to the others. */
START_TEST(test_weighted_history)
{
    static const int32_t items[] = {0, 1, 3};
    static const float values[] = {5, 3, 1};
    static const char *const weightings[] = {"tfidf", "bm25"};
    rec_model *model = fit_weighted("userknn", "sum", "cosine", weightings[_i]);
    struct rec__fitted fitted = model->result->fitted;
    struct rec__history history = {items, values, 3, NULL};
    int32_t rows[SMALL_USERS];
    float weights[SMALL_USERS];
    struct rec__neighbors near = {rows, weights, NULL, 0};
    const struct rec__bound *bound = &model->result->bound;
    EXPECT_OK(rec__knn_neighbors(&fitted, model->result->ratings, false, &history, &near));
    ck_assert_int_eq(near.n, bound->start[1] - bound->start[0] + 1);
    ck_assert_int_eq(rows[0], 0);
    ck_assert_double_eq_tol((double)weights[0], 1.0, 1e-6);
    for (int32_t v = 1; v < near.n; v++) {
        ck_assert_int_eq(rows[v], bound->columns[v - 1]);
        ck_assert(weights[v] == bound->weights[v - 1]);
    }
    rec_model_free(model);
}
END_TEST

START_TEST(test_weighting_without_centers)
{
    rec_model *model = new_model("itemknn");
    rec_ratings *ratings = small_ratings(0);
    EXPECT_OK(rec_model_set_text(model, "similarity", "adjusted_cosine"));
    EXPECT_OK(rec_model_set_text(model, "weighting", "bm25"));
    ck_assert_int_eq(rec_fit(model, ratings), REC_ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(rec_last_error(), "adjusted_cosine"));
    rec_ratings_free(ratings);
    rec_model_free(model);
}
END_TEST

START_TEST(test_walks)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *plain = new_model("p3alpha"), *discounted = new_model("rp3beta");
    EXPECT_OK(rec_model_set(plain, "alpha", 0.7));
    EXPECT_OK(rec_fit(plain, ratings));
    expect_predictions(plain, "p3alpha", expected_p3alpha);
    EXPECT_OK(rec_model_set(discounted, "alpha", 1.2));
    EXPECT_OK(rec_model_set(discounted, "beta", 0.4));
    EXPECT_OK(rec_fit(discounted, ratings));
    expect_predictions(discounted, "rp3beta", expected_rp3beta);
    rec_model_free(plain);
    rec_model_free(discounted);
    rec_ratings_free(ratings);
}
END_TEST

START_TEST(test_shrinkage_and_damping)
{
    static const char *const algorithms[] = {"itemknn", "userknn"};
    static const double *const expected[] = {expected_itemknn_shrunk, expected_userknn_shrunk};
    rec_model *model = new_model(algorithms[_i]);
    rec_ratings *ratings = small_ratings(0);
    EXPECT_OK(rec_model_set_text(model, "mode", "baseline"));
    EXPECT_OK(rec_model_set_text(model, "similarity", "cosine"));
    EXPECT_OK(rec_model_set(model, "k", 3));
    EXPECT_OK(rec_model_set(model, "min_k", 2));
    EXPECT_OK(rec_model_set(model, "shrinkage", 2));
    EXPECT_OK(rec_model_set(model, "amplification", 1.5));
    EXPECT_OK(rec_model_set(model, "damping", 0.25));
    EXPECT_OK(rec_model_set(model, "user_regularization", 15));
    EXPECT_OK(rec_model_set(model, "item_regularization", 10));
    EXPECT_OK(rec_fit(model, ratings));
    expect_predictions(model, algorithms[_i], expected[_i]);
    rec_ratings_free(ratings);
    rec_model_free(model);
}
END_TEST

START_TEST(test_slopeone)
{
    static const char *const weightings[] = {"count", "even"};
    static const double *const expected[] = {expected_slopeone_count, expected_slopeone_even};
    rec_model *model = new_model("slopeone");
    rec_ratings *ratings = small_ratings(0);
    EXPECT_OK(rec_model_set_text(model, "weighting", weightings[_i]));
    EXPECT_OK(rec_fit(model, ratings));
    expect_predictions(model, weightings[_i], expected[_i]);
    rec_ratings_free(ratings);
    rec_model_free(model);
}
END_TEST

/* What a file may claim, though no fit makes it: rows by the rule nearest without the rule, or without its numbers. */
START_TEST(test_half_a_rule)
{
    static const char *const names[] = {"itemknn", "userknn", "slopeone", "slopeone"};
    rec_model *model = new_model(names[_i]);
    rec_ratings *ratings = small_ratings(0);
    EXPECT_OK(rec_fit(model, ratings));
    struct rec__arrays *arrays = &model->result->arrays;
    EXPECT_OK(rec__result_bind(model->result));
    ((rec_array *)rec__arrays_find(arrays, "graph_rule"))->name = "graph_rules";
    if (_i == 3)
        ((rec_array *)rec__arrays_find(arrays, "graph_nearest"))->name = "graph_near";
    EXPECT(rec__result_bind(model->result), REC_ERR_CORRUPT,
           _i == 3 ? "graph_nearest" : "graph_rule is 0 beside", _i == 3 ? "missing" : "2 was expected");
    rec_ratings_free(ratings);
    rec_model_free(model);
}
END_TEST

/* A bounded row holds the nearest, nearest first. */
START_TEST(test_bounded_rows)
{
    rec_model *model = fit_knn("itemknn", "baseline", "msd"), *bounded = new_model("itemknn");
    rec_ratings *ratings = small_ratings(0);
    EXPECT_OK(rec_model_set_text(bounded, "similarity", "msd"));
    EXPECT_OK(rec_model_set(bounded, "neighbors", 2));
    EXPECT_OK(rec_model_set(bounded, "shrinkage", 0));
    EXPECT_OK(rec_model_set(bounded, "user_regularization", 15));
    EXPECT_OK(rec_model_set(bounded, "item_regularization", 10));
    EXPECT_OK(rec_fit(bounded, ratings));
    const struct rec__bound *all = &model->result->bound, *few = &bounded->result->bound;
    for (int32_t i = 0; i < SMALL_ITEMS; i++) {
        int64_t n = all->start[i + 1] - all->start[i], m = few->start[i + 1] - few->start[i];
        ck_assert_int_eq(m, n < 2 ? n : 2);
        for (int64_t e = 0; e < n; e++) {
            float weight = all->weights[all->start[i] + e];
            ck_assert(e == 0 || weight <= all->weights[all->start[i] + e - 1]);
            ck_assert(e >= m || weight == few->weights[few->start[i] + e]);
            ck_assert(e >= m || all->columns[all->start[i] + e] == few->columns[few->start[i] + e]);
        }
    }
    rec_ratings_free(ratings);
    rec_model_free(model);
    rec_model_free(bounded);
}
END_TEST

/* What items add to a prediction, and the base, are the prediction. */
START_TEST(test_explanation_adds_up)
{
    static const char *const modes[] = {"means", "zscore", "baseline"};
    rec_model *model = fit_knn("itemknn", modes[_i], "msd");
    int32_t because[SMALL_ITEMS], n = 0;
    float contributions[SMALL_ITEMS], score = 0, base = 0;
    rec_query query = REC_QUERY_INIT;
    static const int32_t history[] = {0, 1, 3};
    static const float ratings[] = {5, 2, 4};
    query.history = history;
    query.history_ratings = ratings;
    query.n_history = 3;
    struct rec__history own = {history, ratings, 3, NULL};
    double parts[3], sum = 0;
    EXPECT_OK(model->backend->explain(&model->result->fitted, &own, 2, parts));
    for (int j = 0; j < 3; j++)
        sum += parts[j];
    int32_t item = 2;
    EXPECT_OK(rec_score(model, REC_NEW_USER, &query, &item, 1, &score));
    struct rec__user_state state = {NULL, 0, 1};
    EXPECT_OK(model->backend->fold_in(&model->result->fitted, &own, &state));
    base = (float)(model->result->bound.offset + state.bias) +
           (model->result->bound.item_biases == NULL ? 0 : model->result->bound.item_biases[2]);
    ck_assert_double_eq_tol((double)base + sum, (double)score, 1e-5);
    EXPECT_OK(rec_explain(model, 0, 2, SMALL_ITEMS, because, contributions, &n));
    ck_assert_int_gt(n, 0);
    rec_model_free(model);
}
END_TEST

/* Somebody new with a user's ratings has that user as nearest neighbour, then that user's own. */
START_TEST(test_folded_user)
{
    rec_model *model = fit_knn("userknn", "means", "msd");
    const rec_ratings *ratings = model->result->ratings;
    rec_query query = REC_QUERY_INIT;
    query.history = ratings->user_items;
    query.history_ratings = ratings->user_ratings;
    query.n_history = ratings->user_start[1];
    struct rec__history own = {query.history, query.history_ratings, query.n_history, NULL};
    int32_t users[SMALL_USERS];
    float weights[SMALL_USERS];
    struct rec__neighbors found = {users, weights, NULL, 0};
    EXPECT_OK(model->backend->neighbors(&model->result->fitted, ratings, &own, &found));
    const struct rec__bound *bound = &model->result->bound;
    ck_assert_int_eq(found.n, bound->start[1] + 1);
    ck_assert_int_eq(users[0], 0);
    ck_assert(weights[0] == 1.0f);
    for (int32_t v = 1; v < found.n; v++) {
        ck_assert_int_eq(users[v], bound->columns[v - 1]);
        ck_assert(weights[v] == bound->weights[v - 1]);
    }
    rec_model_free(model);
}
END_TEST

/* An item of the model given anew is scored as it was, for users who have not rated it: their neighbours and biases are the same. */
START_TEST(test_known_item_anew)
{
    static const char *const modes[] = {"means", "zscore", "baseline"};
    static const char *const algorithms[] = {"itemknn", "userknn"};
    for (int a = 0; a < 2; a++) {
        rec_model *model = fit_knn(algorithms[a], modes[_i], "msd");
        const rec_ratings *r = model->result->ratings;
        const int32_t *raters = r->item_users + r->item_start[1];
        const float *given = r->item_ratings + r->item_start[1];
        int32_t user = 1;
        float anew = 0, stored = 0;
        EXPECT_OK(
            rec_score_new_item(model, raters, given, r->item_start[2] - r->item_start[1], &user, 1, &anew));
        EXPECT_OK(rec_predict(model, user, 1, &stored));
        /* The bias of the baseline is solved for once more, from users' biases that are an iteration younger. */
        ck_assert_msg(fabs((double)(anew - stored)) < (_i == 2 ? 2e-2 : 1e-5),
                      "%s %s: %.6f; %.6f was expected", algorithms[a], modes[_i], (double)anew,
                      (double)stored);
        rec_model_free(model);
    }
}
END_TEST

/* Likes without grades are summed up unless told otherwise. */
START_TEST(test_auto_mode)
{
    static const int64_t start[] = {0, 2, 4, 5};
    static const int32_t items[] = {0, 1, 0, 1, 0};
    rec_ratings *ratings = NULL;
    rec_model *model = new_model("itemknn");
    EXPECT_OK(rec_ratings_from_csr(&ratings, 3, 2, start, items, NULL));
    EXPECT_OK(rec_fit(model, ratings));
    ck_assert_int_eq(model->result->bound.rule, REC_GRAPH_SUM);
    rec_ratings_free(ratings);
    ratings = small_ratings(0);
    EXPECT_OK(rec_fit(model, ratings));
    ck_assert_int_eq(model->result->bound.rule, REC_GRAPH_NEAREST);
    rec_ratings_free(ratings);
    rec_model_free(model);
}
END_TEST

/* Steps are told in order, each once, whoever makes them; a fit stops at the step that says so. */
static int count_steps(void *context, const rec_progress *progress)
{
    int64_t *last = context;
    ck_assert_int_eq(progress->step, last[0] + 1);
    last[0] = progress->step;
    return progress->step == last[1];
}

START_TEST(test_progress)
{
    static const char *const algorithms[] = {"itemknn", "userknn", "slopeone", "p3alpha", "rp3beta"};
    rec_ratings *ratings = small_ratings(0);
    for (size_t a = 0; a < sizeof algorithms / sizeof *algorithms; a++)
        for (int32_t threads = 1; threads <= 3; threads++) {
            rec_model *model = new_model(algorithms[a]);
            int64_t steps[2] = {0, -1};
            EXPECT_OK(rec_model_set(model, "threads", threads));
            rec_model_set_progress(model, count_steps, steps);
            EXPECT_OK(rec_fit(model, ratings));
            ck_assert_int_eq(steps[0], 256);
            steps[0] = 0;
            steps[1] = 100;
            ck_assert_int_eq(rec_fit(model, ratings), REC_ERR_CANCELLED);
            ck_assert_int_eq(steps[0], 100);
            rec_model_free(model);
        }
    rec_ratings_free(ratings);
}
END_TEST

/* More equal sums than are looked at together: the smaller rows first, those rated left out. */
START_TEST(test_equal_scores)
{
    enum { ITEMS = 5000 };
    static int32_t items[ITEMS + 2], all[ITEMS];
    static float scores[ITEMS];
    int64_t start[] = {0, ITEMS, ITEMS + 2};
    int32_t n = 0;
    rec_ratings *ratings = NULL;
    rec_model *model = new_model("itemknn");
    for (int32_t i = 0; i < ITEMS; i++)
        items[i] = i;
    items[ITEMS] = 7;
    items[ITEMS + 1] = 3000;
    EXPECT_OK(rec_ratings_from_csr(&ratings, 2, ITEMS, start, items, NULL));
    EXPECT_OK(rec_model_set(model, "neighbors", ITEMS));
    EXPECT_OK(rec_fit(model, ratings));
    EXPECT_OK(rec_topk(model, 1, NULL, ITEMS, all, scores, &n));
    ck_assert_int_eq(n, ITEMS - 2);
    for (int32_t k = 0; k < n; k++)
        ck_assert_int_eq(all[k], k + (k >= 7) + (k >= 2999));
    EXPECT_OK(rec_topk(model, 1, NULL, 3, all, scores, &n));
    ck_assert_int_eq(n, 3);
    ck_assert_int_eq(all[2], 2);
    rec_ratings_free(ratings);
    rec_model_free(model);
}
END_TEST

START_TEST(test_item_walked_to)
{
    static const char *const algorithms[] = {"p3alpha", "rp3beta"};
    rec_model *with = new_model(algorithms[_i]), *without = new_model(algorithms[_i]);
    EXPECT_OK(rec_model_set(with, "alpha", 0.8));
    EXPECT_OK(rec_model_set(without, "alpha", 0.8));
    expect_item_as_fitted(with, without);
    rec_model_free(with);
    rec_model_free(without);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("knn");
    TCase *tests = tcase_create("knn");
    tcase_add_loop_test(tests, test_known, 0, KNOWN);
    tcase_add_loop_test(tests, test_weighted_history, 0, 2);
    tcase_add_test(tests, test_weighting_without_centers);
    tcase_add_test(tests, test_walks);
    tcase_add_loop_test(tests, test_shrinkage_and_damping, 0, 2);
    tcase_add_loop_test(tests, test_slopeone, 0, 2);
    tcase_add_loop_test(tests, test_half_a_rule, 0, 4);
    tcase_add_test(tests, test_bounded_rows);
    tcase_add_loop_test(tests, test_explanation_adds_up, 0, 3);
    tcase_add_test(tests, test_folded_user);
    tcase_add_loop_test(tests, test_known_item_anew, 0, 3);
    tcase_add_test(tests, test_auto_mode);
    tcase_add_test(tests, test_progress);
    tcase_add_test(tests, test_equal_scores);
    tcase_add_loop_test(tests, test_item_walked_to, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
