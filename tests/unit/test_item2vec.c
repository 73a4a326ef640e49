/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "backends/item2vec.h"
#include "base/random.h"
#include "model/model.h"

#include <math.h>

enum { FACTORS = 5, ROWS = 4 };

static double loss_of(const double *input, const double (*outputs)[FACTORS])
{
    double loss = 0;
    for (int k = 0; k < ROWS; k++) {
        double x = 0;
        for (int f = 0; f < FACTORS; f++)
            x += input[f] * outputs[k][f];
        loss += log1p(exp(k == 0 ? -x : x));
    }
    return loss;
}

/* By central differences, of the loss in double. */
static double slope_of(double *input, double (*outputs)[FACTORS], double *at)
{
    double kept = *at, step = 1e-5;
    *at = kept + step;
    double above = loss_of(input, (const double(*)[FACTORS])outputs);
    *at = kept - step;
    double below = loss_of(input, (const double(*)[FACTORS])outputs);
    *at = kept;
    return (above - below) / (2 * step);
}

/* A step of rate 1 moves every row by the gradient at where it began. */
START_TEST(test_gradient)
{
    static const int32_t items[ROWS] = {2, 0, 3, 1};
    float input[FACTORS], outputs[ROWS][FACTORS], room[FACTORS];
    double input_before[FACTORS], before[ROWS][FACTORS];
    rec__normal_row(7, REC_STREAM_ITEMS, 99, 1, input, FACTORS);
    for (int k = 0; k < ROWS; k++)
        rec__normal_row(7, REC_STREAM_ITEMS, (uint64_t)k, 1, outputs[k], FACTORS);
    for (int f = 0; f < FACTORS; f++) {
        input_before[f] = (double)input[f];
        for (int k = 0; k < ROWS; k++)
            before[k][f] = (double)outputs[items[k]][f];
    }
    struct rec__item2vec_rows rows = {rec__kernels(), input, outputs[0], room, FACTORS};
    double loss = rec__item2vec_step(&rows, items, ROWS, 1);
    ck_assert_double_eq_tol(loss, loss_of(input_before, (const double(*)[FACTORS])before), 1e-5);
    for (int f = 0; f < FACTORS; f++) {
        ck_assert_double_eq_tol(input_before[f] - (double)input[f],
                                slope_of(input_before, before, input_before + f), 1e-5);
        for (int k = 0; k < ROWS; k++)
            ck_assert_double_eq_tol(before[k][f] - (double)outputs[items[k]][f],
                                    slope_of(input_before, before, before[k] + f), 1e-5);
    }
}
END_TEST

/* The columns add up to the weights, exactly but for rounding; draws follow them. */
START_TEST(test_draws)
{
    static const double weights[] = {1, 0, 7, 2.5, 0.5, 9};
    enum { N = 6, DRAWS = 200000 };
    float kept[N];
    int32_t other[N], room[N], counts[N] = {0};
    double shares[N] = {0};
    struct rec__alias alias = {kept, other};
    uint64_t state = 3;
    rec__alias_fill(&alias, weights, N, room);
    for (int i = 0; i < N; i++) {
        double own = other[i] == i ? 1 : (double)kept[i];
        shares[i] += own / N;
        shares[other[i]] += (1 - own) / N;
    }
    for (int d = 0; d < DRAWS; d++)
        counts[rec__alias_draw(&alias, N, &state)]++;
    for (int i = 0; i < N; i++) {
        ck_assert_double_eq_tol(shares[i], weights[i] / 20, 1e-6);
        ck_assert_double_eq_tol((double)counts[i] / DRAWS, weights[i] / 20, 0.005);
    }
    ck_assert_int_eq(counts[1], 0);
}
END_TEST

static rec_model *new_item2vec(int epochs, int window)
{
    rec_model *model = NULL;
    EXPECT_OK(rec_model_create(&model, "item2vec"));
    EXPECT_OK(rec_model_set(model, "factors", 16));
    EXPECT_OK(rec_model_set(model, "epochs", epochs));
    EXPECT_OK(rec_model_set(model, "window", window));
    EXPECT_OK(rec_model_set(model, "match", 0));
    return model;
}

static double cosine(const rec_model *model, int i, int j)
{
    const rec_array *v = rec__arrays_find(&model->result->arrays, "item_vectors");
    const float *x = v->data;
    return rec__kernels()->dot_double(x + i * v->columns, x + j * v->columns, v->columns);
}

/* Enough users and items for two by two blocks; users have items of their own taste alone: those of one remainder by 3. */
enum { CROWD = 400, CATALOGUE = 600, EACH = 20, TASTES = 3 };

static rec_ratings *crowd_ratings(void)
{
    static int32_t items[CROWD * EACH];
    static float values[CROWD * EACH];
    int64_t start[CROWD + 1] = {0};
    for (int u = 0; u < CROWD; u++) {
        for (int k = 0; k < EACH; k++) {
            items[u * EACH + k] = (u * 37 + k * (k + 1) / 2) % (CATALOGUE / TASTES) * TASTES + u % TASTES;
            values[u * EACH + k] = (float)(1 + k % 5);
        }
        start[u + 1] = start[u] + EACH;
    }
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_from_csr(&ratings, CROWD, CATALOGUE, start, items, values));
    return ratings;
}

enum { AS_ITEM, AS_CONTEXT };

static rec_model *fit_crowd_as(int match, const rec_ratings *ratings, int window, int epochs, int threads)
{
    rec_model *model = new_item2vec(epochs, window);
    EXPECT_OK(rec_model_set(model, "match", match));
    EXPECT_OK(rec_model_set(model, "threads", threads));
    EXPECT_OK(rec_model_set(model, "learning_rate", 0.1));
    EXPECT_OK(rec_model_set(model, "subsampling", 0.001));
    EXPECT_OK(rec_fit(model, ratings));
    return model;
}

static rec_model *fit_crowd(const rec_ratings *ratings, int window, int epochs, int threads)
{
    return fit_crowd_as(AS_ITEM, ratings, window, epochs, threads);
}

START_TEST(test_any_threads)
{
    rec_ratings *ratings = crowd_ratings();
    rec_model *one = fit_crowd(ratings, _i * 5, 2, 1);
    const rec_array *x = rec__arrays_find(&one->result->arrays, "item_vectors");
    for (int threads = 2; threads <= 7; threads += 5) {
        rec_model *many = fit_crowd(ratings, _i * 5, 2, threads);
        const rec_array *y = rec__arrays_find(&many->result->arrays, "item_vectors");
        ck_assert_mem_eq(x->data, y->data, (size_t)(x->rows * x->columns) * sizeof(float));
        rec_model_free(many);
    }
    rec_model_free(one);
    rec_ratings_free(ratings);
}
END_TEST

/* The unseen item that each user likes best is of the user's taste; the loss falls from that of vectors that say nothing. */
START_TEST(test_tastes_found)
{
    rec_ratings *ratings = crowd_ratings();
    int window = _i % 2 * 5, epochs = _i % 2 ? 10 : 4;
    rec_model *model = fit_crowd_as(_i < 2 ? AS_ITEM : AS_CONTEXT, ratings, window, epochs, 2);
    const double *losses, *watched;
    int64_t n = 0;
    int found = 0;
    EXPECT_OK(rec_model_loss(model, &losses, &watched, &n));
    ck_assert_int_eq(n, epochs);
    ck_assert_double_lt(losses[n - 1], losses[0] - 0.5);
    ck_assert_double_lt(losses[0], 6 * log(2) + 0.05);
    for (int32_t u = 0; u < CROWD; u++) {
        int32_t item = -1, got = 0;
        EXPECT_OK(rec_topk(model, u, NULL, 1, &item, NULL, &got));
        found += item % TASTES == u % TASTES;
    }
    ck_assert_int_ge(found, CROWD * 95 / 100);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* All users have all items, walked around one ring from different places: only the order tells items apart. */
enum { WALKERS = 100, RING = 40, STRIDE = 17 };

static rec_ratings *ring_ratings(void)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    for (int u = 0; u < WALKERS; u++)
        for (int k = 0; k < RING; k++)
            EXPECT_OK(rec_ratings_builder_add_ids(builder, u, (u * 11 + k) % RING * STRIDE % RING, 1, k));
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

/* The mean cosine of items that are so many steps apart on the ring. */
static double cosine_apart(const rec_model *model, const rec_ids *ids, int steps)
{
    double sum = 0;
    for (int k = 0; k < RING; k++) {
        int32_t from = -1, to = -1;
        EXPECT_OK(rec_ids_find_integer(ids, k * STRIDE % RING, &from));
        EXPECT_OK(rec_ids_find_integer(ids, (k + steps) % RING * STRIDE % RING, &to));
        sum += cosine(model, from, to) / RING;
    }
    return sum;
}

/* How much nearer neighbours are than items at opposite ends. */
static double order_seen(const rec_ratings *ratings, int window, int epochs)
{
    rec_model *model = new_item2vec(epochs, window);
    EXPECT_OK(rec_model_set(model, "learning_rate", 0.1));
    EXPECT_OK(rec_fit(model, ratings));
    const rec_ids *ids = rec_ratings_item_ids(ratings);
    double seen = cosine_apart(model, ids, 1) - cosine_apart(model, ids, RING / 2);
    rec_model_free(model);
    return seen;
}

START_TEST(test_order_of_time)
{
    rec_ratings *timed = ring_ratings();
    rec_ratings *untimed = NULL;
    int64_t start[WALKERS + 1] = {0};
    static int32_t items[WALKERS * RING];
    for (int u = 0; u < WALKERS; u++) {
        for (int k = 0; k < RING; k++)
            items[u * RING + k] = k;
        start[u + 1] = start[u] + RING;
    }
    EXPECT_OK(rec_ratings_from_csr(&untimed, WALKERS, RING, start, items, NULL));
    ck_assert_double_gt(order_seen(timed, 3, 30), 0.25);
    ck_assert_double_lt(fabs(order_seen(timed, 0, 3)), 0.1);
    ck_assert_double_lt(fabs(order_seen(untimed, 3, 30)), 0.1);
    rec_ratings_free(timed);
    rec_ratings_free(untimed);
}
END_TEST

/* Somebody new with a user's history gets the user's scores, whose parts add up to them, and which are cosines to the mean; or as contexts, the mean of
 * the products. */
START_TEST(test_fold_in)
{
    rec_ratings *ratings = crowd_ratings();
    rec_model *model = fit_crowd_as(_i, ratings, 5, 5, 2);
    for (int32_t u = 0; u < 30; u++) {
        rec_row row = {0};
        int32_t items[2][5], because[EACH], n[2] = {0}, parts = 0;
        float scores[2][5], contributions[EACH];
        double sum = 0;
        EXPECT_OK(rec_ratings_user(ratings, u, &row));
        rec_query query = REC_QUERY_INIT;
        query.history = row.others;
        query.history_ratings = row.ratings;
        query.n_history = EACH;
        EXPECT_OK(rec_topk(model, u, NULL, 5, items[0], scores[0], n));
        EXPECT_OK(rec_topk(model, REC_NEW_USER, &query, 5, items[1], scores[1], n + 1));
        ck_assert_int_eq(n[0], 5);
        ck_assert_mem_eq(items[0], items[1], sizeof items[0]);
        ck_assert_mem_eq(scores[0], scores[1], sizeof scores[0]);
        EXPECT_OK(rec_explain(model, u, items[0][0], EACH, because, contributions, &parts));
        ck_assert_int_eq(parts, EACH);
        for (int j = 0; j < EACH; j++) {
            sum += (double)contributions[j];
            if (_i == AS_ITEM)
                ck_assert_double_gt((double)contributions[j] * cosine(model, because[j], items[0][0]), 0);
        }
        ck_assert_double_eq_tol(sum, (double)scores[0][0], 1e-5);
        if (_i == AS_ITEM)
            ck_assert_double_le((double)scores[0][0], 1 + 1e-6);
    }
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* The same fit, kept in two ways; and a score as contexts, from the vectors of both kinds. */
START_TEST(test_contexts)
{
    rec_ratings *ratings = crowd_ratings();
    rec_model *items = fit_crowd(ratings, 5, 5, 2), *contexts = fit_crowd_as(AS_CONTEXT, ratings, 5, 5, 2);
    const float *unit = rec__arrays_floats(&items->result->arrays, "item_vectors"),
                *v = rec__arrays_floats(&contexts->result->arrays, "input_vectors"),
                *o = rec__arrays_floats(&contexts->result->arrays, "item_vectors");
    enum { K = 16 };
    for (int32_t i = 0; i < CATALOGUE; i += 7) {
        double length = sqrt(rec__kernels()->dot_double(v + i * K, v + i * K, K)), sum = 0, weights = 0;
        for (int k = 0; k < K; k++)
            ck_assert_double_eq_tol((double)v[i * K + k], length * (double)unit[i * K + k], 1e-5);
        for (int64_t e = ratings->user_start[3]; e < ratings->user_start[4]; e++) {
            double w = (double)ratings->user_ratings[e];
            sum += w * rec__kernels()->dot_double(v + ratings->user_items[e] * K, o + i * K, K);
            weights += w;
        }
        float score = 0;
        EXPECT_OK(rec_predict(contexts, 3, i, &score));
        ck_assert_double_eq_tol((double)score, sum / weights, 1e-5);
    }
    rec_model_free(items);
    rec_model_free(contexts);
    rec_ratings_free(ratings);
}
END_TEST

/* A history of one item has no pairs. */
START_TEST(test_no_pairs)
{
    static const int64_t start[] = {0, 1, 2, 3};
    static const int32_t items[] = {0, 1, 0};
    rec_ratings *ratings = NULL;
    rec_model *model = new_item2vec(2, _i);
    const double *losses, *watched;
    int64_t n = 0;
    EXPECT_OK(rec_ratings_from_csr(&ratings, 3, 3, start, items, NULL));
    EXPECT_OK(rec_fit(model, ratings));
    EXPECT_OK(rec_model_loss(model, &losses, &watched, &n));
    ck_assert_int_eq(n, 2);
    ck_assert_double_eq(losses[1], 0);
    ck_assert_double_eq_tol(cosine(model, 0, 0), 1, 1e-6);
    ck_assert_double_eq(cosine(model, 2, 2), 0);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("item2vec");
    TCase *tests = tcase_create("item2vec");
    tcase_add_test(tests, test_gradient);
    tcase_add_test(tests, test_draws);
    tcase_add_loop_test(tests, test_any_threads, 0, 2);
    tcase_add_loop_test(tests, test_tastes_found, 0, 4);
    tcase_add_test(tests, test_order_of_time);
    tcase_add_loop_test(tests, test_fold_in, 0, 2);
    tcase_add_test(tests, test_contexts);
    tcase_add_loop_test(tests, test_no_pairs, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
