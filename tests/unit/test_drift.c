/* SPDX-License-Identifier: Apache-2.0 */
/* Biases that drift with time, of the baseline and of matrix factorization. */
#include "small_ratings.h"

#include "backends/drift.h"

#include <librec/evaluate.h>

#include <stdio.h>

enum { USERS = 40, ITEMS = 30, FIRST = 1000, SPAN = 5000, K = ITEMS };

static uint32_t hash_of(int u, int i)
{
    return (uint32_t)(u * 977 + i * 3571 + 11) * 2654435761u >> 7;
}

static int64_t time_of(int u, int i)
{
    return FIRST + (int64_t)(hash_of(i, u) % (SPAN + 1));
}

/* Users whose mood falls or rises, items that are in fashion now and then. One rating in ten has no time. */
static rec_ratings *drifting_ratings(int part, int timed)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    for (int u = 0; u < USERS; u++)
        for (int i = 0; i < ITEMS; i++) {
            int64_t time = time_of(u, i);
            double when = (double)(time - FIRST) / SPAN, mood = 0.8 * sin(u) * (when - 0.5);
            double rating = 3 + 0.5 * sin(3 * u) + 0.4 * cos(2 * i) + mood + 0.5 * sin(i + 6 * when) +
                            0.1 * (double)(hash_of(u, i) % 11);
            int64_t told = timed && hash_of(u, i) % 10 != 0 ? time : REC_NO_TIME;
            if (hash_of(u, i) % 3 == 0 || part == 0)
                if ((hash_of(u, i) % 3 == 0) == (part == 1))
                    EXPECT_OK(rec_ratings_builder_add_ids(builder, u, i, (float)rating, told));
        }
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

static rec_model *model_with(const char *algorithm, const char *settings)
{
    rec_model *model = NULL;
    char text[256], *rest = text;
    snprintf(text, sizeof text, "%s", settings);
    EXPECT_OK(rec_model_create(&model, algorithm));
    for (char *pair = strtok_r(text, " ", &rest); pair != NULL; pair = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(pair, '=');
        *value = 0;
        EXPECT_OK(rec_model_set_text(model, pair, value + 1));
    }
    return model;
}

/* The formulas of drift.h, written out. */
struct clock {
    double first, last, means[USERS];
};

static struct clock clock_of(const rec_ratings *r)
{
    struct clock clock = {INFINITY, -INFINITY, {0}};
    for (int32_t u = 0; u < r->n_users; u++) {
        double sum = 0, n = 0;
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
            if (r->user_times[e] == REC_NO_TIME)
                continue;
            clock.first = fmin(clock.first, (double)r->user_times[e]);
            clock.last = fmax(clock.last, (double)r->user_times[e]);
            sum += (double)r->user_times[e];
            n++;
        }
        clock.means[u] = sum / n;
    }
    return clock;
}

static double deviation(const struct clock *clock, int32_t u, double t, double power)
{
    double away = fmin(fmax(t, clock->first), clock->last) - clock->means[u];
    double size = pow(fabs(away) / (clock->last - clock->first), power);
    return away < 0 ? -size : size;
}

static int bin_at(const struct clock *clock, double t, int bins)
{
    int bin = (int)floor((t - clock->first) / (clock->last - clock->first) * bins);
    return bin < 0 ? 0 : bin >= bins ? bins - 1 : bin;
}

struct found {
    const float *alphas, *bins, *b_u, *b_i;
    double mu;
};

static struct found found_in(const rec_model *model)
{
    const struct rec__arrays *arrays = &model->result->arrays;
    return (struct found){rec__arrays_floats(arrays, "user_drifts"), rec__arrays_floats(arrays, "item_bins"),
                          rec__arrays_floats(arrays, "user_biases"),
                          rec__arrays_floats(arrays, "item_scores"), model->result->bound.offset};
}

/* At the minimum no gradient is left: by users' biases and drifts, by items' biases and bins. */
START_TEST(test_minimum)
{
    enum { BINS = 4 };
    const double power = 0.4, lambda_c = 3, lambda_alpha = 0.5, lambda_u = 2, lambda_i = 1;
    rec_ratings *r = drifting_ratings(0, 1);
    rec_model *model = model_with("baseline", "epochs=2000 item_bins=4 user_drift=1 drift_power=0.4 "
                                              "bin_regularization=3 drift_regularization=0.5 "
                                              "user_regularization=2 item_regularization=1");
    EXPECT_OK(rec_fit(model, r));
    struct found f = found_in(model);
    struct clock clock = clock_of(r);
    double of_items[ITEMS] = {0}, of_bins[BINS][ITEMS] = {{0}}, most = 0, size = 0;
    for (int32_t u = 0; u < r->n_users; u++) {
        double of_bias = -lambda_u * (double)f.b_u[u], of_drift = -lambda_alpha * (double)f.alphas[u];
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
            int32_t i = r->user_items[e];
            int timed = r->user_times[e] != REC_NO_TIME;
            double t = (double)r->user_times[e], dev = timed ? deviation(&clock, u, t, power) : 0;
            int bin = timed ? bin_at(&clock, t, BINS) : 0;
            double c = timed ? (double)f.bins[bin * r->n_items + i] : 0;
            double error = (double)r->user_ratings[e] - f.mu - (double)f.b_u[u] - (double)f.b_i[i] - c -
                           (double)f.alphas[u] * dev;
            of_bias += error;
            of_drift += error * dev;
            of_items[i] += error;
            of_bins[bin][i] += timed ? error : 0;
        }
        most = fmax(most, fmax(fabs(of_bias), fabs(of_drift)));
        size = fmax(size, fabs((double)f.alphas[u]));
    }
    for (int32_t i = 0; i < r->n_items; i++) {
        most = fmax(most, fabs(of_items[i] - lambda_i * (double)f.b_i[i]));
        for (int b = 0; b < BINS; b++)
            most = fmax(most, fabs(of_bins[b][i] - lambda_c * (double)f.bins[b * r->n_items + i]));
    }
    ck_assert_msg(most < 1e-4, "the largest gradient is %g", most);
    ck_assert_double_gt(size, 0.2);
    rec_model_free(model);
    rec_ratings_free(r);
}
END_TEST

/* The minimum as the normal equations of the whole give it, at once. */
START_TEST(test_reference)
{
    rec_ratings *r = small_ratings(1);
    rec_model *model = model_with("baseline", "epochs=2000 item_bins=3 user_drift=1 drift_power=0.4 "
                                              "bin_regularization=1.5 drift_regularization=0.5 "
                                              "user_regularization=4 item_regularization=2");
    EXPECT_OK(rec_fit(model, r));
    expect_floats(model, "user_biases", expected_drift_users, SMALL_USERS);
    expect_floats(model, "item_scores", expected_drift_items, SMALL_ITEMS);
    expect_floats(model, "user_drifts", expected_drift_alphas, SMALL_USERS);
    expect_floats(model, "item_bins", expected_drift_bins, 3 * SMALL_ITEMS);
    rec_model_free(model);
    rec_ratings_free(r);
}
END_TEST

static const char *const models[][2] = {{"baseline", "item_bins=6 user_drift=1 bin_regularization=1"},
                                        {"baseline", "item_bins=6 bin_regularization=1"},
                                        {"baseline", "user_drift=1"},
                                        {"mf", "item_bins=6 user_drift=1 bin_regularization=1 factors=5"},
                                        {"mf", "user_drift=1 factors=5 solver=als"},
                                        {"mf", "item_bins=3 factors=5 solver=adam bounds=clip biases=0"}};
enum { MODELS = sizeof models / sizeof *models };

/* Rating, list and batch at a moment agree with the formulas; without a moment, nothing drifts. */
START_TEST(test_answers)
{
    rec_ratings *r = drifting_ratings(0, 1);
    rec_model *model = model_with(models[_i][0], models[_i][1]);
    EXPECT_OK(rec_fit(model, r));
    struct clock clock = clock_of(r);
    struct found f = found_in(model);
    int64_t moment = FIRST + SPAN / 5;
    rec_query query = REC_QUERY_INIT;
    query.flags = REC_QUERY_AT_TIME | REC_QUERY_WITH_SEEN;
    query.time = moment;
    static int32_t items[K], batch_items[USERS * K], counts[USERS];
    static float scores[K], batch_scores[USERS * K];
    int clipped = strstr(models[_i][1], "clip") != NULL, n_bins = (int)model->result->bound.drift.n_bins;
    EXPECT_OK(rec_topk_batch(model, NULL, USERS, &query, K, batch_items, batch_scores, counts));
    for (int32_t u = 0; u < USERS; u++) {
        int32_t n = 0;
        EXPECT_OK(rec_topk(model, u, &query, K, items, scores, &n));
        ck_assert_int_eq(n, r->n_items);
        ck_assert_int_eq(counts[u], n);
        for (int32_t k = 0; k < n; k++) {
            float still = 0, asked = 0, predicted = 0;
            int32_t i = items[k];
            ck_assert(k == 0 || scores[k] <= scores[k - 1]);
            ck_assert_int_eq(batch_items[u * K + k], i);
            ck_assert(batch_scores[u * K + k] == scores[k]);
            EXPECT_OK(rec_predict(model, u, i, &still));
            EXPECT_OK(rec_score(model, u, &query, &i, 1, &asked));
            EXPECT_OK(rec_predict_batch_at(model, &u, &i, &moment, 1, &predicted));
            ck_assert(asked == scores[k] && predicted == asked);
            double drift = f.alphas == NULL
                               ? 0
                               : (double)f.alphas[u] *
                                     deviation(&clock, u, (double)moment, model->result->bound.drift.power);
            if (f.bins != NULL)
                drift += (double)f.bins[bin_at(&clock, (double)moment, n_bins) * r->n_items + i];
            if (!clipped)
                ck_assert_double_eq_tol((double)asked - (double)still, drift, 1e-5);
            ck_assert(!clipped || (asked >= r->least && asked <= r->greatest));
        }
    }
    rec_model_free(model);
    rec_ratings_free(r);
}
END_TEST

/* Somebody folded in drifts with the items alone: what the user's own times were, nobody knows. */
START_TEST(test_fold_in)
{
    static const int32_t history[] = {3, 8, 20};
    static const float ratings[] = {5, 1, 4};
    rec_ratings *r = drifting_ratings(0, 1);
    rec_model *model = model_with(models[_i][0], models[_i][1]);
    EXPECT_OK(rec_fit(model, r));
    struct clock clock = clock_of(r);
    struct found f = found_in(model);
    const int32_t users[] = {REC_NEW_USER, 7};
    const int n_bins = model->result->bound.drift.n_bins;
    int clipped = strstr(models[_i][1], "clip") != NULL;
    rec_query query = REC_QUERY_INIT;
    query.history = history;
    query.history_ratings = ratings;
    query.n_history = 3;
    query.time = FIRST + 4 * SPAN / 5;
    for (int32_t k = 0; k < 2; k++)
        for (int32_t i = 0; i < r->n_items && !clipped; i++) {
            float still = 0, asked = 0;
            int bin = f.bins == NULL ? 0 : bin_at(&clock, (double)query.time, n_bins);
            query.flags = 0;
            EXPECT_OK(rec_score(model, users[k], &query, &i, 1, &still));
            query.flags = REC_QUERY_AT_TIME;
            EXPECT_OK(rec_score(model, users[k], &query, &i, 1, &asked));
            ck_assert_double_eq_tol((double)asked - (double)still,
                                    f.bins == NULL ? 0 : (double)f.bins[bin * r->n_items + i], 1e-5);
        }
    rec_model_free(model);
    rec_ratings_free(r);
}
END_TEST

/* What has learned nothing of times answers the same at any. */
START_TEST(test_still)
{
    static const char *const still[] = {"baseline", "mf", "itemknn", "userknn"};
    rec_ratings *r = drifting_ratings(0, 1);
    rec_model *model = model_with(still[_i], "");
    rec_query query = REC_QUERY_INIT;
    const int32_t user = 5, item = 7;
    const int64_t time = FIRST;
    float predicted = 0, then = 0, asked = 0;
    EXPECT_OK(rec_fit(model, r));
    ck_assert_ptr_null(rec__arrays_find(&model->result->arrays, "drift_span"));
    query.flags = REC_QUERY_AT_TIME;
    query.time = time;
    EXPECT_OK(rec_predict(model, user, item, &predicted));
    EXPECT_OK(rec_predict_batch_at(model, &user, &item, &time, 1, &then));
    EXPECT_OK(rec_score(model, user, &query, &item, 1, &asked));
    ck_assert(predicted == then && predicted == asked);
    rec_model_free(model);
    rec_ratings_free(r);
}
END_TEST

/* The short list is the head of the whole one: what the scan leaves out does not belong there. */
START_TEST(test_short_lists)
{
    rec_ratings *r = drifting_ratings(0, 1);
    rec_model *model = model_with(models[_i][0], models[_i][1]);
    rec_query query = REC_QUERY_INIT;
    EXPECT_OK(rec_fit(model, r));
    query.flags = REC_QUERY_AT_TIME | REC_QUERY_WITH_SEEN;
    for (int32_t u = 0; u < USERS; u++)
        for (query.time = FIRST - SPAN; query.time <= FIRST + 2 * SPAN; query.time += SPAN / 2) {
            int32_t all[K], few[3], n = 0, n_few = 0;
            float all_scores[K], few_scores[3];
            EXPECT_OK(rec_topk(model, u, &query, K, all, all_scores, &n));
            EXPECT_OK(rec_topk(model, u, &query, 3, few, few_scores, &n_few));
            ck_assert_int_eq(n_few, 3);
            ck_assert(memcmp(all, few, sizeof few) == 0 &&
                      memcmp(all_scores, few_scores, sizeof few_scores) == 0);
        }
    rec_model_free(model);
    rec_ratings_free(r);
}
END_TEST

static double rmse_of(const rec_model *model, const rec_ratings *test)
{
    rec_evaluation *evaluation = NULL;
    rec_figure figure = REC_FIGURE_INIT;
    EXPECT_OK(rec_evaluate(model, test, "rmse_raw", &evaluation));
    EXPECT_OK(rec_evaluation_at(evaluation, 0, &figure));
    rec_evaluation_free(evaluation);
    return figure.value;
}

/* Test ratings are predicted at their times, which helps here, and a saved model does the same. */
START_TEST(test_evaluates_at_times)
{
    rec_ratings *r = drifting_ratings(0, 1), *test = drifting_ratings(1, 1),
                *untimed = drifting_ratings(1, 0);
    rec_model *model = model_with(models[_i][0], models[_i][1]), *opened = NULL;
    const char *path = "drift.librec";
    double sum = 0;
    EXPECT_OK(rec_fit(model, r));
    for (int32_t u = 0; u < test->n_users; u++)
        for (int64_t e = test->user_start[u]; e < test->user_start[u + 1]; e++) {
            float predicted = 0;
            int32_t user = rec__ids_match(test->users, u, rec_model_user_ids(model));
            int32_t item = rec__ids_match(test->items, test->user_items[e], rec_model_item_ids(model));
            EXPECT_OK(rec_predict_batch_at(model, &user, &item, &test->user_times[e], 1, &predicted));
            sum += pow((double)predicted - (double)test->user_ratings[e], 2);
        }
    double expected = sqrt(sum / (double)test->count);
    ck_assert_double_eq_tol(rmse_of(model, test), expected, 1e-6);
    ck_assert_double_lt(expected, rmse_of(model, untimed) - 0.01);
    EXPECT_OK(rec_model_save(model, path));
    EXPECT_OK(rec_model_open(&opened, path));
    ck_assert(rmse_of(opened, test) == rmse_of(model, test));
    remove(path);
    rec_model_free(opened);
    rec_model_free(model);
    rec_ratings_free(r);
    rec_ratings_free(test);
    rec_ratings_free(untimed);
}
END_TEST

/* The loss that is watched is that at the times of the validation ratings. */
START_TEST(test_validation)
{
    rec_ratings *r = drifting_ratings(0, 1), *test = drifting_ratings(1, 1);
    rec_model *model = model_with(models[_i][0], models[_i][1]);
    const double *training, *watched;
    int64_t n = 0;
    EXPECT_OK(rec_model_set_validation(model, test));
    EXPECT_OK(rec_fit(model, r));
    EXPECT_OK(rec_model_loss(model, &training, &watched, &n));
    ck_assert_double_eq_tol(watched[n - 1], rmse_of(model, test), 1e-5);
    rec_model_free(model);
    rec_ratings_free(r);
    rec_ratings_free(test);
}
END_TEST

START_TEST(test_same_bytes)
{
    static const int threads[] = {1, 2, 7};
    rec_ratings *r = drifting_ratings(0, 1);
    rec_model *fitted[3];
    for (int t = 0; t < 3; t++) {
        fitted[t] = model_with(models[_i][0], models[_i][1]);
        EXPECT_OK(rec_model_set(fitted[t], "threads", threads[t]));
        EXPECT_OK(rec_fit(fitted[t], r));
        const struct rec__arrays *one = &fitted[0]->result->arrays, *other = &fitted[t]->result->arrays;
        ck_assert_int_eq(one->count, other->count);
        for (int32_t a = 0; a < one->count; a++) {
            const rec_array *x = &one->entries[a], *y = &other->entries[a];
            ck_assert_str_eq(x->name, y->name);
            ck_assert_mem_eq(x->data, y->data, (size_t)(x->rows * x->columns) * (x->type == REC_F64 ? 8 : 4));
        }
    }
    for (int t = 0; t < 3; t++)
        rec_model_free(fitted[t]);
    rec_ratings_free(r);
}
END_TEST

static int refuse(void *context, const rec_progress *progress)
{
    (void)context;
    (void)progress;
    return 1;
}

START_TEST(test_cancel)
{
    rec_ratings *r = drifting_ratings(0, 1), *test = drifting_ratings(1, 1);
    rec_model *model = model_with(models[_i][0], models[_i][1]);
    EXPECT_OK(rec_model_set_validation(model, test));
    rec_model_set_progress(model, refuse, NULL);
    EXPECT(rec_fit(model, r), REC_ERR_CANCELLED, "cancelled");
    ck_assert_int_eq(rec_model_fitted(model), 0);
    rec_model_free(model);
    rec_ratings_free(r);
    rec_ratings_free(test);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* A short life on one thread, watched, so that the n-th allocation is always the same one. */
static rec_status live(void *context)
{
    static const int64_t start[] = {0, 3, 5, 8}, times[] = {5, 9, 1, 7, 3, 4, 2, 8};
    static const int32_t items[] = {0, 1, 3, 1, 2, 0, 2, 3}, users[] = {0, 0, 0, 1, 1, 2, 2, 2};
    const char *const *named = context;
    rec_ratings *ratings = NULL;
    rec_ratings_builder *builder = NULL;
    rec_model *model = NULL;
    int32_t found[12], counts[3];
    float scores[8];
    rec_query query = REC_QUERY_INIT;
    query.flags = REC_QUERY_AT_TIME;
    query.time = 6;
    rec_status status = rec_ratings_builder_create(&builder, NULL);
    for (int e = 0; status == REC_OK && e < (int)start[3]; e++)
        status = rec_ratings_builder_add_ids(builder, users[e], items[e], (float)(1 + e % 5), times[e]);
    if (status == REC_OK)
        status = rec_ratings_builder_finish(builder, &ratings);
    if (status == REC_OK)
        status = rec_model_create(&model, named[0]);
    if (status == REC_OK)
        status = rec_model_set(model, "threads", 1);
    if (status == REC_OK)
        status = rec_model_set(model, named[1], 1);
    if (status == REC_OK)
        status = rec_model_set_validation(model, ratings);
    if (status == REC_OK)
        status = rec_fit(model, ratings);
    if (status == REC_OK)
        status = rec_predict_batch_at(model, users, items, times, 8, scores);
    if (status == REC_OK)
        status = rec_topk_batch(model, NULL, 3, &query, 2, found, NULL, counts);
    rec_model_free(model);
    rec_ratings_free(ratings);
    rec_ratings_builder_free(builder);
    return status;
}

START_TEST(test_no_memory)
{
    static const char *const lives[][2] = {
        {"baseline", "user_drift"}, {"baseline", "item_bins"}, {"mf", "user_drift"}, {"mf", "item_bins"}};
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++)
        ck_assert_int_gt(fail_each_allocation(live, (void *)lives[i]), 30);
}
END_TEST

/* What a file may claim, though no fit makes it. */
START_TEST(test_damaged)
{
    enum { SPAN_NAN, SPAN_FALLING, SPAN_ENDLESS, POWER, NO_TIMES, SHORT_TIMES, NARROW_BINS, NO_BINS };
    static const char *const words[][2] = {{"drift_span is nan", "rising times"},
                                           {"drift_span is", "rising times"},
                                           {"drift_span is -inf", "rising times"},
                                           {"drift_span is", "a power above 0"},
                                           {"user_times", "missing"},
                                           {"user_times", "was expected"},
                                           {"item_bins", "was expected"},
                                           {"item_bins has 0 rows", "1 to 10000"}};
    rec_ratings *r = drifting_ratings(0, 1);
    rec_model *model = model_with(models[0][0], models[0][1]);
    EXPECT_OK(rec_fit(model, r));
    struct rec__result *result = model->result;
    double *span = (double *)rec__arrays_find(&result->arrays, "drift_span")->data;
    rec_array *times = (rec_array *)rec__arrays_find(&result->arrays, "user_times"),
              *bins = (rec_array *)rec__arrays_find(&result->arrays, "item_bins");
    EXPECT_OK(rec__result_bind(result));
    if (_i == SPAN_NAN || _i == SPAN_ENDLESS)
        span[0] = _i == SPAN_NAN ? (double)NAN : -(double)INFINITY;
    if (_i == SPAN_FALLING)
        span[0] = span[1] + 1;
    if (_i == POWER)
        span[2] = 0;
    if (_i == NO_TIMES)
        times->name = "users_times";
    if (_i == SHORT_TIMES)
        times->rows--;
    if (_i == NARROW_BINS)
        bins->columns--;
    if (_i == NO_BINS)
        bins->rows = 0;
    EXPECT(rec__result_bind(result), REC_ERR_CORRUPT, words[_i][0], words[_i][1]);
    rec_model_free(model);
    rec_ratings_free(r);
}
END_TEST

START_TEST(test_refusals)
{
    rec_ratings *untimed = drifting_ratings(0, 0), *timed = drifting_ratings(0, 1);
    static const char *const bad[][3] = {{"baseline", "user_drift=1 solver=sgd", "solver is sgd"},
                                         {"mf", "item_bins=2 bounds=sigmoid", "bounds is sigmoid"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        rec_model *model = model_with(bad[i][0], bad[i][1]);
        EXPECT(rec_fit(model, timed), REC_ERR_UNSUPPORTED, bad[i][2]);
        rec_model_free(model);
    }
    rec_model *model = model_with("baseline", "item_bins=2"), *weighted = model_with("mf", "user_drift=1");
    EXPECT(rec_fit(model, untimed), REC_ERR_UNSUPPORTED, "no times", "item_bins");
    EXPECT_OK(rec_model_set_weights(weighted, timed));
    EXPECT(rec_fit(weighted, timed), REC_ERR_UNSUPPORTED, "weights or half_life are set");
    EXPECT_OK(rec_fit(model, timed));
    rec_query query = REC_QUERY_INIT;
    int32_t item = 0;
    float score = 0;
    query.flags = REC_QUERY_AT_TIME;
    query.size = offsetof(rec_query, time);
    EXPECT(rec_score(model, 0, &query, &item, 1, &score), REC_ERR_INVALID, "REC_QUERY_AT_TIME", "size");
    query.flags = 0;
    EXPECT_OK(rec_score(model, 0, &query, &item, 1, &score));
    EXPECT(rec_predict_batch_at(model, &item, &item, NULL, 1, &score), REC_ERR_INVALID, "times is NULL");
    rec_model_free(model);
    rec_model_free(weighted);
    rec_ratings_free(untimed);
    rec_ratings_free(timed);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drift");
    TCase *tests = tcase_create("drift");
    tcase_set_timeout(tests, 100);
    tcase_add_test(tests, test_minimum);
    tcase_add_test(tests, test_reference);
    tcase_add_loop_test(tests, test_answers, 0, MODELS);
    tcase_add_loop_test(tests, test_fold_in, 0, MODELS);
    tcase_add_loop_test(tests, test_still, 0, 4);
    tcase_add_loop_test(tests, test_short_lists, 0, MODELS);
    tcase_add_loop_test(tests, test_evaluates_at_times, 0, MODELS);
    tcase_add_loop_test(tests, test_validation, 0, MODELS);
    tcase_add_loop_test(tests, test_same_bytes, 0, MODELS);
    tcase_add_loop_test(tests, test_cancel, 0, MODELS);
    tcase_add_test(tests, test_no_memory);
    tcase_add_loop_test(tests, test_damaged, 0, 8);
    tcase_add_test(tests, test_refusals);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
