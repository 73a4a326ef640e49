/* SPDX-License-Identifier: Apache-2.0 */
/* Blends of small models: against scores put together here, and weights that are known to be best. */
#include "small_ratings.h"

#include "model/model.h"

#include <librec/librec.h>

#include <math.h>

static rec_model *fit(const char *algorithm, const rec_ratings *ratings)
{
    rec_model *model = new_model(algorithm);
    EXPECT_OK(rec_fit(model, ratings));
    return model;
}

static void scores_of(const rec_model *model, int32_t user, double *scores)
{
    for (int32_t i = 0; i < SMALL_ITEMS; i++) {
        float score = 0;
        EXPECT_OK(rec_predict(model, user, i, &score));
        scores[i] = (double)score;
    }
}

static void standardize(double *x)
{
    double mean = 0, squares = 0;
    for (int i = 0; i < SMALL_ITEMS; i++)
        mean += x[i] / SMALL_ITEMS;
    for (int i = 0; i < SMALL_ITEMS; i++)
        squares += pow(x[i] - mean, 2) / SMALL_ITEMS;
    for (int i = 0; i < SMALL_ITEMS; i++)
        x[i] = squares > 0 ? (x[i] - mean) / sqrt(squares) : 0.0;
}

START_TEST(test_sum)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *members[] = {fit("popular", ratings), fit("p3alpha", ratings), fit("svd", ratings)},
              *blend = NULL;
    const double weights[] = {0.5, 2, -0.25};
    EXPECT_OK(rec_blend_create(&blend, (const rec_model *const *)members, weights, 3, NULL));
    ck_assert_str_eq(rec_model_algorithm(blend), "blend");
    for (int32_t u = 0; u < SMALL_USERS; u++) {
        double expected[SMALL_ITEMS] = {0}, part[SMALL_ITEMS], got[SMALL_ITEMS];
        for (int m = 0; m < 3; m++) {
            scores_of(members[m], u, part);
            standardize(part);
            for (int i = 0; i < SMALL_ITEMS; i++)
                expected[i] += weights[m] * part[i];
        }
        scores_of(blend, u, got);
        for (int i = 0; i < SMALL_ITEMS; i++)
            ck_assert_double_eq_tol(got[i], expected[i], 1e-4);
    }
    for (int m = 0; m < 3; m++)
        rec_model_free(members[m]);
    /* It keeps its members. */
    int32_t items[SMALL_ITEMS], n = 0;
    EXPECT_OK(rec_topk(blend, 1, NULL, SMALL_ITEMS, items, NULL, &n));
    ck_assert_int_eq(n, 3);
    rec_model_free(blend);
    rec_ratings_free(ratings);
}
END_TEST

/* User 1 has items 0 and 3; each member ranks 1, 2 and 4. */
START_TEST(test_ranks)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *members[] = {fit("popular", ratings), fit("p3alpha", ratings)}, *blend = NULL;
    rec_blend_options options = REC_BLEND_OPTIONS_INIT;
    const double weights[] = {1, 3};
    options.rule = REC_BLEND_RANKS;
    options.rank_constant = 2;
    EXPECT_OK(rec_blend_create(&blend, (const rec_model *const *)members, weights, 2, &options));
    double expected[SMALL_ITEMS] = {0};
    for (int m = 0; m < 2; m++) {
        int32_t items[SMALL_ITEMS], n = 0;
        EXPECT_OK(rec_topk(members[m], 1, NULL, SMALL_ITEMS, items, NULL, &n));
        for (int rank = 0; rank < n; rank++)
            expected[items[rank]] += weights[m] / (2 + rank + 1);
    }
    int32_t items[SMALL_ITEMS], n = 0;
    float scores[SMALL_ITEMS];
    EXPECT_OK(rec_topk(blend, 1, NULL, SMALL_ITEMS, items, scores, &n));
    ck_assert_int_eq(n, 3);
    for (int i = 0; i < n; i++)
        ck_assert_double_eq_tol((double)scores[i], expected[items[i]], 1e-6);
    rec_model_free(members[0]);
    rec_model_free(members[1]);
    rec_model_free(blend);
    rec_ratings_free(ratings);
}
END_TEST

/* A history in a query reaches the members that fold it in. */
START_TEST(test_history)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *member = fit("p3alpha", ratings), *blend = NULL;
    const rec_model *members[] = {member};
    const double one = 1;
    const int32_t history[] = {2};
    rec_query query = REC_QUERY_INIT;
    int32_t mine[SMALL_ITEMS], its[SMALL_ITEMS], n = 0, m = 0;
    query.history = history;
    query.n_history = 1;
    EXPECT_OK(rec_blend_create(&blend, members, &one, 1, NULL));
    EXPECT_OK(rec_topk(blend, REC_NEW_USER, &query, 2, mine, NULL, &n));
    EXPECT_OK(rec_topk(member, REC_NEW_USER, &query, 2, its, NULL, &m));
    ck_assert_int_eq(n, 2);
    ck_assert_mem_eq(mine, its, sizeof *mine * 2);
    rec_model_free(member);
    rec_model_free(blend);
    rec_ratings_free(ratings);
}
END_TEST

enum { USERS = 120, ITEMS = 60 };

/* Users like items of their parity; four of five of a user's items are to learn from, the fifth is to be found. */
static void planted(rec_ratings **train, rec_ratings **test)
{
    int64_t start[USERS + 1] = {0}, test_start[USERS + 1] = {0}, n = 0, m = 0;
    static int32_t items[USERS * ITEMS], test_items[USERS * ITEMS];
    static float values[USERS * ITEMS];
    for (int u = 0; u < USERS; u++) {
        for (int i = 0; i < ITEMS; i++)
            if (i % 2 == u % 2 && (u * 31 + i * 17) % 7 < 3) {
                if ((u + i) % 5 == 0)
                    test_items[m++] = i;
                else {
                    values[n] = 1.0f + (float)((u + 3 * i) % 4);
                    items[n++] = i;
                }
            }
        start[u + 1] = n;
        test_start[u + 1] = m;
    }
    EXPECT_OK(rec_ratings_from_csr(train, USERS, ITEMS, start, items, values));
    EXPECT_OK(rec_ratings_from_csr(test, USERS, ITEMS, test_start, test_items, NULL));
}

/* Beside chance, the walk has all the weight; the value is that of an evaluation of the blend. */
START_TEST(test_tuned)
{
    rec_ratings *train = NULL, *test = NULL;
    planted(&train, &test);
    rec_model *members[] = {fit("random", train), fit("p3alpha", train)}, *blend = NULL;
    const rec_model *const *views = (const rec_model *const *)members;
    double weights[2], again[2], value = 0, plain = 0;
    rec_evaluation *evaluation = NULL;
    rec_figure figure = REC_FIGURE_INIT;
    EXPECT_OK(rec_blend_tune(views, 2, NULL, test, "ndcg@10", weights, &value));
    ck_assert_double_gt(weights[1], 0.8);
    ck_assert_double_eq_tol(weights[0] + weights[1], 1.0, 1e-12);
    EXPECT_OK(rec_blend_create(&blend, views, weights, 2, NULL));
    EXPECT_OK(rec_evaluate(blend, test, "ndcg@10", &evaluation));
    EXPECT_OK(rec_evaluation_at(evaluation, 0, &figure));
    ck_assert_double_eq_tol(figure.value, value, 1e-6);
    rec_evaluation_free(evaluation);
    EXPECT_OK(rec_evaluate(members[0], test, "ndcg@10", &evaluation));
    EXPECT_OK(rec_evaluation_at(evaluation, 0, &figure));
    plain = figure.value;
    ck_assert_double_gt(value, 1.5 * plain);
    EXPECT_OK(rec_model_set(members[0], "threads", 1));
    EXPECT_OK(rec_blend_tune(views, 2, NULL, test, "ndcg@10", again, NULL));
    ck_assert_mem_eq(weights, again, sizeof weights);
    rec_evaluation_free(evaluation);
    rec_model_free(blend);
    rec_model_free(members[0]);
    rec_model_free(members[1]);
    rec_ratings_free(train);
    rec_ratings_free(test);
}
END_TEST

START_TEST(test_refused)
{
    rec_ratings *ratings = small_ratings(0), *train = NULL, *test = NULL;
    planted(&train, &test);
    rec_model *small = fit("popular", ratings), *large = fit("popular", train), *blend = NULL;
    const rec_model *members[] = {small, large};
    double weights[] = {1, 1};
    ck_assert_int_eq(rec_blend_create(&blend, members, weights, 2, NULL), REC_ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(rec_last_error(), "members[1] has 120 users"));
    ck_assert_ptr_null(blend);
    weights[0] = NAN;
    ck_assert_int_eq(rec_blend_create(&blend, members, weights, 1, NULL), REC_ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(rec_last_error(), "weights[0]"));
    weights[0] = 1;
    ck_assert_int_eq(rec_blend_create(&blend, members, weights, 0, NULL), REC_ERR_INVALID);
    ck_assert_int_eq(rec_blend_tune(members + 1, 1, NULL, test, "rmse", weights, NULL), REC_ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(rec_last_error(), "rmse"));
    weights[0] = 1;
    EXPECT_OK(rec_blend_create(&blend, members, weights, 1, NULL));
    int32_t items[3], n = 0;
    rec_model *nested = NULL;
    const rec_model *blends[] = {blend};
    ck_assert_int_eq(rec_blend_create(&nested, blends, weights, 1, NULL), REC_ERR_INVALID);
    ck_assert_ptr_null(nested);
    ck_assert_int_eq(rec_fit(blend, ratings), REC_ERR_UNSUPPORTED);
    ck_assert_int_eq(rec_similar_items(blend, 0, 3, items, NULL, &n), REC_ERR_UNSUPPORTED);
    rec_model_free(blend);
    rec_model_free(small);
    rec_model_free(large);
    rec_ratings_free(ratings);
    rec_ratings_free(train);
    rec_ratings_free(test);
}
END_TEST

/* Everything that a model is asked, of a batch and of each user. */
static void assert_same_answers(const rec_model *a, const rec_model *b)
{
    enum { K = 7 };
    static int32_t mine[USERS * K], its[USERS * K], counts[USERS], single[K];
    static float my_scores[USERS * K], its_scores[USERS * K], scores[K];
    EXPECT_OK(rec_topk_batch(a, NULL, USERS, NULL, K, mine, my_scores, counts));
    EXPECT_OK(rec_topk_batch(b, NULL, USERS, NULL, K, its, its_scores, counts));
    ck_assert_mem_eq(mine, its, sizeof mine);
    ck_assert_mem_eq(my_scores, its_scores, sizeof my_scores);
    for (int32_t u = 0; u < USERS; u++) {
        int32_t n = 0;
        EXPECT_OK(rec_topk(b, u, NULL, K, single, scores, &n));
        ck_assert_int_eq(n, counts[u]);
        ck_assert_mem_eq(single, its + u * K, sizeof *single * (size_t)n);
        ck_assert_mem_eq(scores, its_scores + u * K, sizeof *scores * (size_t)n);
    }
}

/* One file has the members, whatever scores them; what they share is in it once. */
START_TEST(test_saved)
{
    static const char *const algorithms[] = {"svd", "p3alpha", "userknn", "popular", "bpr"};
    enum { MEMBERS = 5 };
    rec_ratings *train, *test;
    rec_model *members[MEMBERS], *blend = NULL, *opened = NULL;
    const double weights[MEMBERS] = {1, 0.5, -0.25, 0, 2};
    rec_blend_options options = REC_BLEND_OPTIONS_INIT;
    options.rule = _i == 0 ? REC_BLEND_SUM : REC_BLEND_RANKS;
    options.rank_constant = 7;
    planted(&train, &test);
    for (int m = 0; m < MEMBERS; m++)
        members[m] = fit(algorithms[m], train);
    EXPECT_OK(rec_blend_create(&blend, (const rec_model *const *)members, weights, MEMBERS, &options));
    ck_assert_int_eq(rec_model_save_as(blend, "blend.librec", REC_SAVE_WITHOUT_RATINGS), REC_ERR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(rec_last_error(), "userknn"));
    EXPECT_OK(rec_model_save(blend, "blend.librec"));
    EXPECT_OK(rec_model_open(&opened, "blend.librec"));
    ck_assert_str_eq(rec_model_algorithm(opened), "blend");
    assert_same_answers(blend, opened);
    rec_array kept = REC_ARRAY_INIT;
    EXPECT_OK(rec_model_array_find(opened, "blend_weights", &kept));
    ck_assert_int_eq(kept.rows, MEMBERS);
    ck_assert_mem_eq(kept.data, weights, sizeof weights);
    ck_assert_ptr_eq(opened->result->blend->members[0]->result->ratings, opened->result->ratings);
    EXPECT_OK(rec_model_save(opened, "again.librec"));
    rec_model_free(opened);
    EXPECT_OK(rec_model_open(&opened, "again.librec"));
    assert_same_answers(blend, opened);
    rec_model_free(opened);
    rec_model_free(blend);
    for (int m = 0; m < MEMBERS; m++)
        rec_model_free(members[m]);
    rec_ratings_free(train);
    rec_ratings_free(test);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("blend");
    TCase *tests = tcase_create("blend");
    tcase_add_test(tests, test_sum);
    tcase_add_test(tests, test_ranks);
    tcase_add_test(tests, test_history);
    tcase_add_test(tests, test_tuned);
    tcase_add_test(tests, test_refused);
    tcase_add_loop_test(tests, test_saved, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
