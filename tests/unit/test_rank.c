/* SPDX-License-Identifier: Apache-2.0 */
/* Rankings by dot product against a sort of sums in double, where float sums cannot tell items apart. */
#include "unit.h"

#include "base/random.h"
#include "kernels/kernels.h"
#include "model/rank.h"

#include <math.h>

enum { USERS = 110, ITEMS = 700 };

/* A model of given vectors. `spread` scales how far items differ: small ones only differ beyond float
 * precision. */
static rec_model *make_model(int32_t factors, float spread, int biased)
{
    rec_model *model = NULL;
    int64_t start[USERS + 1] = {0};
    static int32_t seen[USERS * 5];
    EXPECT_OK(rec_model_create(&model, "mf"));
    EXPECT_OK(rec__result_create(&model->result, model->backend, model->parameters));
    struct rec__result *result = model->result;
    result->fitted.n_users = USERS;
    result->fitted.n_items = ITEMS;
    float *users = rec__arrays_add_floats(&result->arrays, "user_vectors", USERS, factors);
    float *items = rec__arrays_add_floats(&result->arrays, "item_vectors", ITEMS, factors);
    float *biases = biased ? rec__arrays_add_floats(&result->arrays, "item_biases", ITEMS, 0) : NULL;
    float *norms = rec__arrays_add_floats(&result->arrays, "item_norms", ITEMS, 0);
    double *bounds = rec__arrays_add_doubles(&result->arrays, "score_bounds", 2);
    rec__normal_row(1, 1, 0, 1.0f, users, USERS * factors);
    for (int32_t i = 0; i < ITEMS; i++) {
        float *y = items + i * factors;
        rec__normal_row(2, 1, (uint64_t)i, spread, y, factors);
        for (int32_t f = 0; f < factors; f++)
            y[f] += (float)(f % 3) - 1.0f;
        double norm = sqrt(rec__kernels()->dot_double(y, y, factors));
        norms[i] = (float)norm;
        bounds[0] = fmax(bounds[0], norm);
        if (biased) {
            biases[i] = (float)sin(i) * spread;
            bounds[1] = fmax(bounds[1], fabs((double)biases[i]));
        }
    }
    for (int32_t u = 0; u < USERS; u++) {
        start[u + 1] = 5 * (u + 1);
        for (int32_t s = 0; s < 5; s++)
            seen[5 * u + s] = (u * 31 + s * 97) % ITEMS;
    }
    EXPECT_OK(rec_ratings_from_csr(&result->ratings, USERS, ITEMS, start, seen, NULL));
    EXPECT_OK(rec__result_bind(result));
    return model;
}

static double double_score(const rec_model *model, int32_t user, int32_t item)
{
    const struct rec__bound *bound = &model->result->bound;
    double sum = bound->item_biases == NULL ? 0 : (double)bound->item_biases[item];
    for (int32_t f = 0; f < bound->factors; f++)
        sum += (double)bound->user_vectors[user * bound->factors + f] *
               (double)bound->item_vectors[item * bound->factors + f];
    return sum;
}

/* Every answer is eligible and at least as good as every eligible item left out, up to the rounding of a
 * double sum. */
static void check_answers(const rec_model *model, int32_t user, const int32_t *items, int32_t n, int32_t k)
{
    bool answered[ITEMS] = {false}, barred[ITEMS] = {false};
    for (int32_t s = 0; s < 5; s++)
        barred[(user * 31 + s * 97) % ITEMS] = true;
    ck_assert_int_eq(n, k);
    double least = INFINITY, last = INFINITY;
    for (int32_t i = 0; i < n; i++) {
        double score = double_score(model, user, items[i]);
        ck_assert(!barred[items[i]] && !answered[items[i]]);
        ck_assert(score <= last + 1e-12);
        answered[items[i]] = true;
        last = score;
        least = fmin(least, score);
    }
    for (int32_t i = 0; i < ITEMS; i++)
        if (!answered[i] && !barred[i])
            ck_assert_msg(double_score(model, user, i) <= least + 1e-12,
                          "user %d: item %d is better than the last answer", user, i);
}

START_TEST(test_near_ties)
{
    static const int32_t widths[] = {1, 3, 16, 33, 64, 130};
    static int32_t items[USERS * 40], single[40], counts[USERS];
    for (int w = 0; w < 6; w++)
        for (int biased = 0; biased < 2; biased++)
            for (float spread = 1.0f; spread > 1e-9f; spread *= 1e-2f) {
                int32_t k = w % 2 == 0 ? 7 : 40, n = 0;
                rec_model *model = make_model(widths[w], spread, biased);
                EXPECT_OK(rec_topk_batch(model, NULL, USERS, NULL, k, items, NULL, counts));
                for (int32_t u = 0; u < USERS; u++)
                    check_answers(model, u, items + u * k, counts[u], k);
                EXPECT_OK(rec_topk(model, 77, NULL, k, single, NULL, &n));
                ck_assert_mem_eq(single, items + 77 * k, (size_t)k * sizeof *items);
                rec_model_free(model);
            }
}
END_TEST

/* All items the same: the smallest rows that may be answered, in order. */
START_TEST(test_all_equal)
{
    rec_model *model = make_model(8, 0.0f, 0);
    int32_t items[10], n = 0, expected = 0;
    EXPECT_OK(rec_topk(model, 0, NULL, 10, items, NULL, &n));
    for (int32_t i = 0; i < n; i++, expected++) {
        while (expected % 97 == 0 && expected / 97 < 5)
            expected++;
        ck_assert_int_eq(items[i], expected);
    }
    rec_model_free(model);
}
END_TEST

START_TEST(test_similar)
{
    rec_model *model = make_model(12, 1.0f, 0);
    const struct rec__bound *bound = &model->result->bound;
    int32_t items[ITEMS], n = 0;
    float scores[ITEMS];
    EXPECT_OK(rec_similar_items(model, 9, ITEMS, items, scores, &n));
    ck_assert_int_eq(n, ITEMS - 1);
    for (int32_t i = 0; i < n; i++) {
        double dot = 0, x = 0, y = 0;
        for (int32_t f = 0; f < 12; f++) {
            double a = (double)bound->item_vectors[9 * 12 + f],
                   b = (double)bound->item_vectors[items[i] * 12 + f];
            dot += a * b;
            x += a * a;
            y += b * b;
        }
        ck_assert_int_ne(items[i], 9);
        ck_assert_double_eq_tol((double)scores[i], dot / sqrt(x * y), 1e-6);
        ck_assert(i == 0 || scores[i] <= scores[i - 1]);
    }
    EXPECT(rec_similar_users(model, 0, 3, items, NULL, &n), REC_ERR_UNSUPPORTED, "users");
    rec_model_free(model);
}
END_TEST

/* What a file may claim, though no fit makes it: a scorer whose arrays fold_in would not find. */
START_TEST(test_foreign_scorer)
{
    rec_model *model = make_model(3, 0.1f, 0);
    struct rec__result *result = model->result;
    ck_assert_ptr_nonnull(rec__arrays_add_floats(&result->arrays, "item_scores", ITEMS, 0));
    ck_assert_ptr_nonnull(rec__arrays_add_rows(&result->arrays, "item_order", ITEMS));
    result->fitted.scorer = REC_SCORER_TABLE;
    EXPECT(rec__result_bind(result), REC_ERR_CORRUPT, "scorer is \"table\"", "\"mf\" does not use it");
    rec_model_free(model);
}
END_TEST

START_TEST(test_no_offsets)
{
    rec_model *model = NULL;
    EXPECT_OK(rec_model_create(&model, "content"));
    EXPECT_OK(rec__result_create(&model->result, model->backend, model->parameters));
    struct rec__result *result = model->result;
    result->fitted.scorer = REC_SCORER_ITEM_GRAPH;
    result->fitted.n_items = 1;
    ck_assert_ptr_nonnull(rec__arrays_add_offsets(&result->arrays, "graph_start", 2));
    ck_assert_ptr_nonnull(rec__arrays_add_rows(&result->arrays, "graph_columns", 0));
    ck_assert_ptr_nonnull(rec__arrays_add_floats(&result->arrays, "graph_weights", 0, 0));
    EXPECT_OK(rec__result_bind(result));
    ck_assert_ptr_nonnull(rec__arrays_add_offsets(&result->arrays, "back_start", 0));
    EXPECT(rec__result_bind(result), REC_ERR_CORRUPT, "back_start", "has 0 offsets");
    rec_model_free(model);
}
END_TEST

START_TEST(test_no_number_is_no_score)
{
    rec_model *model = make_model(3, 0.1f, 0);
    rec_query query = REC_QUERY_INIT;
    const int32_t history[] = {1, 2};
    const float ratings[] = {3e38f, 3e38f};
    int32_t items[5], n = 0;
    float score = 0.0f;
    query.history = history;
    query.history_ratings = ratings;
    query.n_history = 2;
    EXPECT(rec_topk(model, REC_NEW_USER, &query, 5, items, NULL, &n), REC_ERR_RANGE, "history",
           "smaller ratings");
    ((float *)rec__arrays_find(&model->result->arrays, "item_vectors")->data)[3 * 4] = (float)NAN;
    EXPECT(rec_predict(model, 0, 4, &score), REC_ERR_CORRUPT, "item 4 is nan", "damaged");
    rec_model_free(model);
}
END_TEST

/* Products that underflow in float are told apart in double. */
START_TEST(test_tiny_vectors)
{
    rec_model *model = make_model(2, 0.1f, 0);
    float *y = (float *)rec__arrays_find(&model->result->arrays, "item_vectors")->data;
    float *norms = (float *)rec__arrays_find(&model->result->arrays, "item_norms")->data;
    int32_t items[1], n = 0;
    float scores[1];
    for (int32_t i = 0; i < ITEMS; i++) {
        y[2 * i] = (float)(1e-30 * cos(1e-3 * i));
        y[2 * i + 1] = (float)(1e-30 * sin(1e-3 * i));
        norms[i] = 1e-30f;
    }
    EXPECT_OK(rec_similar_items(model, ITEMS - 1, 1, items, scores, &n));
    ck_assert_int_eq(n, 1);
    ck_assert_int_eq(items[0], ITEMS - 2);
    ck_assert_double_eq_tol((double)scores[0], cos(1e-3), 1e-6);
    rec_model_free(model);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rank");
    TCase *tests = tcase_create("rank");
    tcase_set_timeout(tests, 100);
    tcase_add_test(tests, test_near_ties);
    tcase_add_test(tests, test_all_equal);
    tcase_add_test(tests, test_similar);
    tcase_add_test(tests, test_foreign_scorer);
    tcase_add_test(tests, test_no_offsets);
    tcase_add_test(tests, test_no_number_is_no_score);
    tcase_add_test(tests, test_tiny_vectors);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
