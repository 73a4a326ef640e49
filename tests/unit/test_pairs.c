/* SPDX-License-Identifier: Apache-2.0 */
#include "pairs_still.h"

enum { USERS = 400, ITEMS = 1100, EACH = 48 };
static const char *const learners[] = {"bpr", "kos-warp", "logistic", "warp"};

/* Enough for four by four blocks. Users and items of the same remainder by 4 suit each other. */
static rec_ratings *many_ratings(int part)
{
    static int32_t items[USERS * EACH];
    static float values[USERS * EACH];
    int64_t start[USERS + 1] = {0}, n = 0;
    for (int u = 0; u < USERS; u++) {
        int32_t first = (u * 37 + part * 491) % (ITEMS / 4);
        for (int k = 0; k < EACH; k++) {
            items[n] = (first + k * k % 211) % (ITEMS / 4) * 4 + u % 4;
            values[n++] = 1.0f + (float)(k % 3);
        }
        start[u + 1] = n;
    }
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_from_csr(&ratings, USERS, ITEMS, start, items, values));
    ck_assert_int_ge(ratings->count, 4 * 4 * 1024 - 1);
    return ratings;
}

static rec_model *fit_many(const char *algorithm, const rec_ratings *ratings, int threads)
{
    rec_model *model = NULL;
    EXPECT_OK(rec_model_create(&model, algorithm));
    EXPECT_OK(rec_model_set(model, "factors", 8));
    EXPECT_OK(rec_model_set(model, "epochs", 20));
    EXPECT_OK(rec_model_set(model, "threads", threads));
    EXPECT_OK(rec_fit(model, ratings));
    return model;
}

static void expect_same(const rec_model *a, const rec_model *b, const char *name)
{
    const rec_array *x = rec__arrays_find(&a->result->arrays, name),
                    *y = rec__arrays_find(&b->result->arrays, name);
    ck_assert_int_eq(x->rows, y->rows);
    int64_t columns = x->columns > 0 ? x->columns : 1;
    ck_assert_mem_eq(x->data, y->data, (size_t)(x->rows * columns) * sizeof(float));
}

/* Blocks that run at once share no row: whoever runs them, the bytes are the same. */
START_TEST(test_any_number_of_threads)
{
    rec_ratings *ratings = many_ratings(0);
    rec_model *one = fit_many(learners[_i], ratings, 1);
    for (int threads = 2; threads <= 7; threads += 5) {
        rec_model *more = fit_many(learners[_i], ratings, threads);
        expect_same(one, more, "user_vectors");
        expect_same(one, more, "item_vectors");
        expect_same(one, more, "item_biases");
        rec_model_free(more);
    }
    rec_model_free(one);
    rec_ratings_free(ratings);
}
END_TEST

/* Every rating of a user below `light` weighs `weight`, every other 1. */
static rec_model *fit_weighed(const char *algorithm, const rec_ratings *ratings, double rate, int light,
                              float weight)
{
    static float values[USERS * EACH];
    rec_ratings *weights = NULL;
    rec_model *model = NULL;
    for (int64_t e = 0; e < ratings->count; e++)
        values[e] = e < ratings->user_start[light] ? weight : 1.0f;
    EXPECT_OK(rec_ratings_from_csr(&weights, USERS, ITEMS, ratings->user_start, ratings->user_items, values));
    EXPECT_OK(rec_model_create(&model, algorithm));
    EXPECT_OK(rec_model_set(model, "factors", 8));
    EXPECT_OK(rec_model_set(model, "epochs", 2));
    EXPECT_OK(rec_model_set(model, "learning_rate", rate));
    EXPECT_OK(rec_model_set(model, "regularization", 0));
    EXPECT_OK(rec_model_set_text(model, "steps", "plain"));
    if (light > 0)
        EXPECT_OK(rec_model_set_weights(model, weights));
    EXPECT_OK(rec_fit(model, ratings));
    rec_ratings_free(weights);
    return model;
}

/* A weight multiplies the gradient of all that is drawn for a rating: as steps twice as long, to the byte. */
START_TEST(test_weights_are_steps)
{
    rec_ratings *ratings = many_ratings(0);
    rec_model *doubled = fit_weighed(learners[_i], ratings, 0.0625, USERS, 2),
              *longer = fit_weighed(learners[_i], ratings, 0.125, 0, 1),
              *plain = fit_weighed(learners[_i], ratings, 0.0625, 0, 1),
              *ones = fit_weighed(learners[_i], ratings, 0.0625, USERS, 1);
    static const char *const names[] = {"user_vectors", "item_vectors", "item_biases"};
    for (int k = 0; k < 3; k++) {
        expect_same(doubled, longer, names[k]);
        expect_same(plain, ones, names[k]);
    }
    ck_assert_mem_ne(rec__arrays_floats(&plain->result->arrays, "user_vectors"),
                     rec__arrays_floats(&doubled->result->arrays, "user_vectors"), 8 * sizeof(float));
    rec_model_free(doubled);
    rec_model_free(longer);
    rec_model_free(plain);
    rec_model_free(ones);
    rec_ratings_free(ratings);
}
END_TEST

/* Users whose ratings weigh nothing stay where the fit began, however long its steps. */
START_TEST(test_weightless)
{
    rec_ratings *ratings = many_ratings(0);
    rec_model *model = fit_weighed(learners[_i], ratings, 0.1, USERS / 2, 0),
              *other = fit_weighed(learners[_i], ratings, 0.01, USERS / 2, 0);
    const float *a = rec__arrays_floats(&model->result->arrays, "user_vectors"),
                *b = rec__arrays_floats(&other->result->arrays, "user_vectors");
    ck_assert_mem_eq(a, b, USERS / 2 * 8 * sizeof *a);
    ck_assert_mem_ne(a + USERS / 2 * 8, b + USERS / 2 * 8, 8 * sizeof *a);
    rec_model_free(model);
    rec_model_free(other);
    rec_ratings_free(ratings);
}
END_TEST

/* The share of a list of 20 that is of the taste; a fourth of all items are. */
static double suited(const rec_model *model, int32_t user, const rec_query *query, int taste)
{
    int32_t items[20], n = 0, suits = 0;
    EXPECT_OK(rec_topk(model, user, query, 20, items, NULL, &n));
    for (int32_t k = 0; k < n; k++)
        suits += items[k] % 4 == taste;
    return suits / 20.0;
}

/* Users, and those who come later with a history alone, get items of their taste. */
START_TEST(test_tastes)
{
    rec_ratings *ratings = many_ratings(0), *later = many_ratings(1);
    rec_model *model = fit_many(learners[_i], ratings, 2);
    double known = 0, folded = 0;
    for (int32_t user = 0; user < 40; user++) {
        rec_query query = REC_QUERY_INIT;
        query.history = later->user_items + later->user_start[user];
        query.history_ratings = later->user_ratings + later->user_start[user];
        query.n_history = later->user_start[user + 1] - later->user_start[user];
        known += suited(model, user, NULL, user % 4) / 40;
        folded += suited(model, REC_NEW_USER, &query, user % 4) / 40;
    }
    ck_assert_msg(known > 0.9 && folded > 0.9, "%s: known %.3f, folded in %.3f", learners[_i], known, folded);
    rec_model_free(model);
    rec_ratings_free(ratings);
    rec_ratings_free(later);
}
END_TEST

/* A history that says nothing leaves the biases to rank: the vector is 0. */
START_TEST(test_empty_history)
{
    rec_ratings *ratings = many_ratings(0);
    rec_model *model = fit_many(learners[_i], ratings, 1);
    const float *biases = rec__arrays_floats(&model->result->arrays, "item_biases");
    static int32_t items[ITEMS];
    static float scores[ITEMS];
    for (int32_t i = 0; i < ITEMS; i++)
        items[i] = i;
    rec_query query = REC_QUERY_INIT;
    float none = 0;
    query.history = items;
    query.history_ratings = &none;
    query.n_history = 1;
    EXPECT_OK(rec_score(model, REC_NEW_USER, &query, items, ITEMS, scores));
    for (int32_t i = 0; i < ITEMS; i++)
        ck_assert(scores[i] == biases[i]);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* An item given by its own raters ranks for users about as the learned one does: by the correlation of their scores. */
START_TEST(test_known_item_anew)
{
    rec_ratings *ratings = many_ratings(0);
    rec_model *model = fit_many(learners[_i], ratings, 1);
    double learned_sum = 0, again_sum = 0, products = 0, learned_squares = 0, again_squares = 0;
    int32_t users[USERS];
    float learned[USERS], again[USERS];
    int64_t first = ratings->item_start[9], n = ratings->item_start[10] - first;
    ck_assert_int_gt(n, 5);
    for (int32_t u = 0; u < USERS; u++) {
        users[u] = u;
        EXPECT_OK(rec_predict(model, u, 9, &learned[u]));
    }
    EXPECT_OK(rec_score_new_item(model, ratings->item_users + first, ratings->item_ratings + first, n, users,
                                 USERS, again));
    for (int32_t u = 0; u < USERS; u++) {
        learned_sum += (double)learned[u] / USERS;
        again_sum += (double)again[u] / USERS;
    }
    for (int32_t u = 0; u < USERS; u++) {
        double x = (double)learned[u] - learned_sum, y = (double)again[u] - again_sum;
        products += x * y;
        learned_squares += x * x;
        again_squares += y * y;
    }
    ck_assert_double_gt(products / sqrt(learned_squares * again_squares), 0.8);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pairs");
    TCase *tests = tcase_create("pairs");
    tcase_add_loop_test(tests, test_any_number_of_threads, 0, 4);
    tcase_add_loop_test(tests, test_weights_are_steps, 0, 4);
    tcase_add_loop_test(tests, test_weightless, 0, 4);
    tcase_add_loop_test(tests, test_tastes, 0, 4);
    tcase_add_loop_test(tests, test_empty_history, 0, 4);
    tcase_add_loop_test(tests, test_known_item_anew, 0, 4);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
