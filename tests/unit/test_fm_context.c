/* SPDX-License-Identifier: Apache-2.0 */
/* Hours, days and items before, as context of a factorization machine. */
#include "unit.h"

#include "backends/context.h"
#include "model/model.h"

#include <stdio.h>
#include <unistd.h>

enum { USERS = 60, ITEMS = 40, EACH = 20, F = 4 };

/* Items of even row are liked from 8 to 20 o'clock, those of odd row at other times. */
static rec_ratings *timed_ratings(void)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    for (int u = 0; u < USERS; u++)
        for (int k = 0; k < EACH; k++) {
            int item = (u * 3 + k * 7) % ITEMS, hour = (u * 5 + k * 11) % 24;
            bool day = hour >= 8 && hour < 20;
            char user[8], name[8];
            snprintf(user, sizeof user, "u%d", u);
            snprintf(name, sizeof name, "i%d", item);
            EXPECT_OK(rec_ratings_builder_add(builder, user, name, (item % 2 == 0) == day ? 5.0f : 2.0f,
                                              (int64_t)(u + 40 * k) * 86400 + hour * 3600 + 60));
        }
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

static rec_model *make(const char *interactions, const char *loss, int threads)
{
    rec_model *model = NULL;
    EXPECT_OK(rec_model_create(&model, "fm"));
    EXPECT_OK(rec_model_set(model, "factors", F));
    EXPECT_OK(rec_model_set(model, "regularization", 0.02));
    EXPECT_OK(rec_model_set(model, "threads", threads));
    EXPECT_OK(rec_model_set_text(model, "hour", "true"));
    EXPECT_OK(rec_model_set_text(model, "weekday", "true"));
    EXPECT_OK(rec_model_set_text(model, "last_item", "true"));
    EXPECT_OK(rec_model_set_text(model, "loss", loss));
    EXPECT_OK(rec_model_set_text(model, "interactions", interactions));
    return model;
}

static rec_model *fit(rec_model *model)
{
    rec_ratings *ratings = timed_ratings();
    EXPECT_OK(rec_fit(model, ratings));
    rec_ratings_free(ratings);
    return model;
}

static void expect_row(int kind, double zone, int64_t time, int row)
{
    int32_t fields[] = {kind, 0};
    struct rec__context context = {.n = 1, .rows = 24, .given = -1, .fields = fields, .zone = zone};
    struct rec__moment moment = {.time = time, .last = 9};
    ck_assert_int_eq(rec__context_row(&context, 0, &moment), row);
}

/* 2000-01-01 00:00 UTC, a Saturday, is 946684800. */
START_TEST(test_clock)
{
    expect_row(REC_CONTEXT_HOUR, 0, 946684800, 0);
    expect_row(REC_CONTEXT_HOUR, 0, 946684799, 23);
    expect_row(REC_CONTEXT_HOUR, -1.5, 946684800, 22);
    expect_row(REC_CONTEXT_WEEKDAY, 0, 946684800, 5);
    expect_row(REC_CONTEXT_WEEKDAY, 0, 946684799, 4);
    expect_row(REC_CONTEXT_WEEKDAY, 1, 946684799, 5);
    expect_row(REC_CONTEXT_WEEKDAY, 0, 0, 3);
    expect_row(REC_CONTEXT_WEEKDAY, 0, -1, 2);
    expect_row(REC_CONTEXT_HOUR, 0, -1, 23);
    expect_row(REC_CONTEXT_HOUR, 0, REC_NO_TIME, -1);
    expect_row(REC_CONTEXT_WEEKDAY, 0, REC_NO_TIME, -1);
    expect_row(REC_CONTEXT_LAST_ITEM, 0, REC_NO_TIME, 9);
}
END_TEST

START_TEST(test_last)
{
    static const int32_t items[] = {2, 3, 5, 8};
    static const int64_t times[] = {30, 10, 30, REC_NO_TIME};
    struct rec__history history = {items, NULL, 4, times};
    ck_assert_int_eq(rec__context_last(&history, REC_NO_TIME), 5);
    ck_assert_int_eq(rec__context_last(&history, 31), 5);
    ck_assert_int_eq(rec__context_last(&history, 30), 3);
    ck_assert_int_eq(rec__context_last(&history, 10), -1);
    history.times = NULL;
    ck_assert_int_eq(rec__context_last(&history, 40), -1);
}
END_TEST

static const float *array(const rec_model *model, const char *name)
{
    return rec__arrays_floats(&model->result->arrays, name);
}

static double dot(const float *a, const float *b)
{
    double sum = 0;
    for (int k = 0; k < F; k++)
        sum += (double)a[k] * (double)b[k];
    return sum;
}

/* The rows of the table that a moment has: 24 hours, 7 days, then items. */
static int rows_at(int64_t time, int32_t last, int rows[3])
{
    int n = 0;
    if (time != REC_NO_TIME) {
        rows[n++] = (int)(time / 3600 % 24);
        rows[n++] = 24 + (int)((time / 86400 + 3) % 7);
    }
    if (last >= 0)
        rows[n++] = 31 + last;
    return n;
}

/* Pair by pair. */
static double score(const rec_model *model, int32_t user, int32_t item, int64_t time, int32_t last, bool all)
{
    const float *c = array(model, "context_vectors"), *b = array(model, "context_biases"),
                *x = array(model, "user_vectors") + user * F, *y = array(model, "item_vectors") + item * F;
    int rows[3], n = rows_at(time, last, rows);
    double sum = model->result->bound.offset + (double)array(model, "user_biases")[user] +
                 (double)array(model, "item_biases")[item] + dot(x, y);
    for (int k = 0; k < n; k++) {
        sum += (double)b[rows[k]] + dot(c + rows[k] * F, y);
        sum += all ? dot(c + rows[k] * F, x) : 0;
        for (int j = 0; j < k && all; j++)
            sum += dot(c + rows[k] * F, c + rows[j] * F);
    }
    return sum;
}

static int32_t last_before(const rec_ratings *r, int32_t user, int64_t time)
{
    struct rec__history history = {r->user_items + r->user_start[user], NULL, rec__user_count(r, user),
                                   r->user_times + r->user_start[user]};
    return rec__context_last(&history, time);
}

/* Predictions, rankings one by one and many at once are those of the definition, at each moment. */
static void check_scores(const rec_model *model, bool all)
{
    const rec_ratings *r = model->result->ratings;
    int32_t items[ITEMS], counts[USERS], n = 0;
    static int32_t lists[USERS * 5];
    static float scores[USERS * 5];
    int64_t moment = 86400 * 300 + 3600 * 9;
    float top[5], predicted;
    rec_query query = REC_QUERY_INIT;
    query.flags = REC_QUERY_AT_TIME | REC_QUERY_WITH_SEEN;
    query.time = moment;
    EXPECT_OK(rec_topk_batch(model, NULL, USERS, &query, 5, lists, scores, counts));
    for (int32_t u = 0; u < USERS; u++) {
        EXPECT_OK(rec_topk(model, u, &query, 5, items, top, &n));
        ck_assert_mem_eq(items, lists + 5 * u, 5 * sizeof *items);
        ck_assert_mem_eq(top, scores + 5 * u, 5 * sizeof *top);
        double wanted = score(model, u, items[0], moment, last_before(r, u, moment), all);
        ck_assert_double_eq_tol((double)top[0], wanted, 1e-4);
        int64_t time = 86400 * (u * 9 + 2) + u * 1000;
        EXPECT_OK(rec_predict_batch_at(model, &u, items, &time, 1, &predicted));
        ck_assert_double_eq_tol((double)predicted,
                                score(model, u, items[0], time, last_before(r, u, time), all), 1e-4);
        EXPECT_OK(rec_predict(model, u, items[0], &predicted));
        int32_t last = last_before(r, u, REC_NO_TIME);
        ck_assert_double_eq_tol((double)predicted, score(model, u, items[0], REC_NO_TIME, last, all), 1e-4);
    }
}

START_TEST(test_scores)
{
    rec_model *model = fit(make(_i == 0 ? "across" : "all", "squared", 2)), *opened = NULL;
    char path[] = "context-XXXXXX";
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    close(descriptor);
    check_scores(model, _i == 1);
    EXPECT_OK(rec_model_save(model, path));
    EXPECT_OK(rec_model_open(&opened, path));
    check_scores(opened, _i == 1);
    ck_assert_int_eq(unlink(path), 0);
    rec_model_free(model);
    rec_model_free(opened);
}
END_TEST

/* Of a given history the item before is its last. */
START_TEST(test_given_history)
{
    rec_model *model = fit(make("across", "squared", 1));
    const float *c = array(model, "context_vectors"), *b = array(model, "context_biases");
    static const int32_t one[] = {4, 11}, other[] = {11, 4};
    int32_t item = 20;
    float first, second;
    rec_query query = REC_QUERY_INIT;
    query.n_history = 2;
    query.history = one;
    EXPECT_OK(rec_score(model, REC_NEW_USER, &query, &item, 1, &first));
    query.history = other;
    EXPECT_OK(rec_score(model, REC_NEW_USER, &query, &item, 1, &second));
    const float *y = array(model, "item_vectors") + item * F;
    double wanted =
        dot(c + (31 + 11) * F, y) - dot(c + (31 + 4) * F, y) + (double)b[31 + 11] - (double)b[31 + 4];
    ck_assert_double_eq_tol((double)first - (double)second, wanted, 1e-4);
    ck_assert_double_gt(fabs(wanted), 1e-3);
    rec_model_free(model);
}
END_TEST

/* After many steps the objective falls no more along an hour's bias or vector, and the hours' tastes have been found. */
START_TEST(test_lowest)
{
    rec_model *model = make("across", "squared", 1);
    EXPECT_OK(rec_model_set(model, "epochs", 400));
    EXPECT_OK(rec_model_set(model, "learning_rate", 0.1));
    model = fit(model);
    const rec_ratings *r = model->result->ratings;
    double gradients[31][F + 1] = {0}, counts[31] = {0}, squares = 0;
    for (int32_t u = 0; u < USERS; u++)
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
            int64_t time = r->user_times[e];
            int32_t item = r->user_items[e];
            double error =
                (double)r->user_ratings[e] - score(model, u, item, time, last_before(r, u, time), false);
            int rows[3], n = rows_at(time, -1, rows);
            squares += error * error;
            for (int k = 0; k < n; k++) {
                counts[rows[k]] += 1;
                gradients[rows[k]][F] += error;
                for (int f = 0; f < F; f++)
                    gradients[rows[k]][f] += error * (double)array(model, "item_vectors")[item * F + f];
            }
        }
    ck_assert_double_lt(sqrt(squares / (USERS * EACH)), 0.6);
    for (int row = 0; row < 31; row++)
        for (int f = 0; f <= F && counts[row] > 0; f++) {
            double at = f < F ? (double)array(model, "context_vectors")[row * F + f]
                              : (double)array(model, "context_biases")[row];
            ck_assert_double_lt(fabs(gradients[row][f] / counts[row] - 0.02 * at), 0.02);
        }
    rec_model_free(model);
}
END_TEST

START_TEST(test_threads)
{
    static const char *const losses[] = {"squared", "logistic", "bpr", "warp"};
    rec_model *one = fit(make(_i < 4 ? "across" : "all", losses[_i % 4], 1)),
              *seven = fit(make(_i < 4 ? "across" : "all", losses[_i % 4], 7));
    const rec_array *a = rec__arrays_find(&one->result->arrays, "context_vectors"),
                    *b = rec__arrays_find(&seven->result->arrays, "context_vectors");
    ck_assert_mem_eq(a->data, b->data, (size_t)(a->rows * a->columns) * sizeof(float));
    ck_assert_mem_eq(array(one, "item_vectors"), array(seven, "item_vectors"), ITEMS * F * sizeof(float));
    rec_model_free(one);
    rec_model_free(seven);
}
END_TEST

START_TEST(test_no_times)
{
    static const int64_t start[] = {0, 2, 3};
    static const int32_t items[] = {0, 1, 1};
    rec_ratings *ratings = NULL;
    rec_model *model = make("across", "squared", 1);
    EXPECT_OK(rec_ratings_from_csr(&ratings, 2, 2, start, items, NULL));
    EXPECT(rec_fit(model, ratings), REC_ERR_UNSUPPORTED, "no times", "hour");
    rec_ratings_free(ratings);
    rec_model_free(model);
}
END_TEST

static rec_status attempt(void *context)
{
    rec_model *model = context;
    rec_ratings *ratings = NULL;
    rec_ratings_builder *builder = NULL;
    rec_status status = rec_ratings_builder_create(&builder, NULL);
    for (int k = 0; status == REC_OK && k < 12; k++)
        status = rec_ratings_builder_add(builder, k % 3 == 0 ? "a" : "b", k % 4 == 0 ? "x" : "y", (float)k,
                                         k * 5000);
    if (status == REC_OK)
        status = rec_ratings_builder_finish(builder, &ratings);
    rec_ratings_builder_free(builder);
    if (status == REC_OK)
        status = rec_model_create(&model, "fm");
    if (status == REC_OK)
        status = rec_model_set(model, "threads", 1);
    if (status == REC_OK)
        status = rec_model_set(model, "epochs", 2);
    if (status == REC_OK)
        status = rec_model_set_text(model, "last_item", "true");
    if (status == REC_OK)
        status = rec_fit(model, ratings);
    rec_model_free(model);
    rec_ratings_free(ratings);
    return status;
}

START_TEST(test_no_memory)
{
    ck_assert_int_gt(fail_each_allocation(attempt, NULL), 30);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fm_context");
    TCase *tests = tcase_create("fm_context");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_clock);
    tcase_add_test(tests, test_last);
    tcase_add_loop_test(tests, test_scores, 0, 2);
    tcase_add_test(tests, test_given_history);
    tcase_add_test(tests, test_lowest);
    tcase_add_loop_test(tests, test_threads, 0, 8);
    tcase_add_test(tests, test_no_times);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
