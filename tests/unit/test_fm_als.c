/* SPDX-License-Identifier: Apache-2.0 */
/* Coordinate descent and sampling of factorization machines, against the definition on a dense design matrix (tests/reference/fm.py). */
#include "fm_machine.h"

#include "model/model.h"

static const struct machine *optimum(int i)
{
    static struct machine machines[6];
    struct machine all[] = {machine_of("als", "across", "count", false, false, expected_across),
                            machine_of("als", "all", "count", false, false, expected_all),
                            machine_of("als", "across", "count", true, false, expected_weighted),
                            machine_of("als", "all", "plain", true, false, expected_plain),
                            machine_of("als", "across", "count", false, true, expected_days),
                            machine_of("als", "all", "count", false, true, expected_days_all)};
    memcpy(machines, all, sizeof all);
    return &machines[i];
}

/* Coordinate descent ends where the objective is least, which Newton's method finds otherwise. */
START_TEST(test_optimum)
{
    const struct machine *m = optimum(_i);
    rec_model *model = make(m, 1);
    EXPECT_OK(rec_model_set(model, "epochs", 4000));
    fit(model, m);
    ck_assert_double_lt(furthest(model, m, !m->days), 2e-3);
    rec_model_free(model);
}
END_TEST

/* Small steps along gradients come near the same place. */
START_TEST(test_gradients)
{
    static const int by_count[] = {0, 1, 2, 4, 5};
    struct machine m = *optimum(by_count[_i]);
    m.solver = "sgd";
    rec_model *model = make(&m, 1);
    EXPECT_OK(rec_model_set(model, "epochs", 900));
    EXPECT_OK(rec_model_set(model, "learning_rate", 0.1));
    EXPECT_OK(rec_model_set(model, "feature_steps", 64));
    fit(model, &m);
    ck_assert_double_lt(furthest(model, &m, !m.days), 0.06);
    rec_model_free(model);
}
END_TEST

/* The mean of the chain is that of plain samplers on the design matrix; where all interacts, what is said of rows without ratings varies too much between chains. */
START_TEST(test_sampled)
{
    struct machine m = machine_of("gibbs", _i == 0 ? "across" : "all", "count", false, false,
                                  _i == 0 ? expected_sampled_across : expected_sampled_all);
    rec_model *model = make(&m, 1);
    EXPECT_OK(rec_model_set(model, "burn_in", 1000));
    EXPECT_OK(rec_model_set(model, "sweeps", 8000));
    EXPECT_OK(rec_model_set(model, "samples", 2000));
    fit(model, &m);
    ck_assert_double_lt(furthest(model, &m, _i == 0), 0.15);
    rec_model_free(model);
}
END_TEST

/* Same bytes for any number of threads, with contexts and all that interacts. */
START_TEST(test_threads)
{
    struct machine m = machine_of(_i < 2 ? "als" : "gibbs", "all", "count", false, _i % 2 == 1, NULL);
    rec_model *one = make(&m, 1), *three = make(&m, 3);
    EXPECT_OK(rec_model_set(one, "sweeps", 60));
    EXPECT_OK(rec_model_set(three, "sweeps", 60));
    fit(one, &m);
    fit(three, &m);
    for (int32_t a = 0; a < rec_model_array_count(one); a++) {
        rec_array x = REC_ARRAY_INIT, y = REC_ARRAY_INIT;
        EXPECT_OK(rec_model_array_at(one, a, &x));
        EXPECT_OK(rec_model_array_at(three, a, &y));
        ck_assert_str_eq(x.name, y.name);
        ck_assert_mem_eq(x.data, y.data, (size_t)(x.rows * x.columns) * (x.type == REC_F64 ? 8 : 4));
    }
    rec_model_free(one);
    rec_model_free(three);
}
END_TEST

static double squared_errors(const rec_model *model, const rec_ratings *ratings)
{
    double sum = 0;
    for (int32_t u = 0; u < ratings->n_users; u++)
        for (int64_t e = ratings->user_start[u]; e < ratings->user_start[u + 1]; e++) {
            float predicted;
            int64_t time = ratings->user_times == NULL ? REC_NO_TIME : ratings->user_times[e];
            EXPECT_OK(rec_predict_batch_at(model, &u, &ratings->user_items[e], &time, 1, &predicted));
            sum += pow((double)predicted - (double)ratings->user_ratings[e], 2);
        }
    return sum / (double)ratings->count;
}

/* What the fit told of validation ratings is what the model says of them: with sampling of the mean over draws, with patience of the best epoch. */
START_TEST(test_validation)
{
    struct machine m =
        machine_of(_i < 2 ? "als" : "gibbs", _i % 2 == 0 ? "across" : "all", "count", false, true, NULL);
    rec_model *model = make(&m, 2);
    double shifted[FM_RATINGS];
    for (int e = 0; e < FM_RATINGS; e++)
        shifted[e] = fm_ratings[(e + 11) % FM_RATINGS];
    rec_ratings *validation = ratings_of(shifted);
    EXPECT_OK(rec_model_set_validation(model, validation));
    EXPECT_OK(rec_model_set(model, "patience", _i < 2 ? 3 : 0));
    EXPECT_OK(rec_model_set(model, "regularization", 0.02));
    fit(model, &m);
    const double *training, *watched;
    int64_t n;
    EXPECT_OK(rec_model_loss(model, &training, &watched, &n));
    double told = watched[n - 1];
    for (int64_t e = 0; _i < 2 && e < n; e++)
        told = fmin(told, watched[e]);
    ck_assert_double_eq_tol(sqrt(squared_errors(model, validation)), told, 1e-5);
    if (_i < 2)
        ck_assert_int_lt(n, 30);
    rec_ratings_free(validation);
    rec_model_free(model);
}
END_TEST

START_TEST(test_refused)
{
    struct machine m = machine_of(_i == 0 ? "als" : "gibbs", "across", "count", false, true, NULL);
    rec_model *model = make(&m, 1);
    rec_ratings *ratings = ratings_of(fm_ratings);
    EXPECT_OK(rec_model_set_text(model, "loss", "bpr"));
    EXPECT(rec_fit(model, ratings), REC_ERR_INVALID, "loss is bpr", m.solver, "squared");
    EXPECT_OK(rec_model_set_text(model, "loss", "squared"));
    EXPECT_OK(rec_model_set(model, "patience", 2));
    EXPECT(rec_fit(model, ratings), REC_ERR_INVALID, "patience", "validation");
    EXPECT_OK(rec_model_set(model, "patience", 0));
    EXPECT_OK(rec_model_set_text(model, "solver", "gibbs"));
    EXPECT_OK(rec_model_set(model, "sweeps", 10));
    EXPECT(rec_fit(model, ratings), REC_ERR_INVALID, "samples is 50", "10");
    rec_ratings_free(ratings);
    rec_model_free(model);
}
END_TEST

/* Somebody with a user's ratings, and no features, is predicted as the user is. */
START_TEST(test_fold_in)
{
    struct machine m = machine_of(_i == 0 ? "als" : "gibbs", "across", "count", false, true, NULL);
    rec_model *model = make(&m, 1);
    EXPECT_OK(rec_model_set(model, "weekday", 0));
    EXPECT_OK(rec_model_set(model, "epochs", 3000));
    EXPECT_OK(rec_model_set(model, "sweeps", 2000));
    EXPECT_OK(rec_model_set(model, "samples", 500));
    fit(model, &m);
    ck_assert_double_lt(furthest_folded_in(model), _i == 0 ? 2e-3 : 0.15);
    rec_model_free(model);
}
END_TEST

static rec_status attempt_ratings(bool days, rec_ratings **out)
{
    int64_t start[] = {0, 2, 4, 5};
    int32_t items[] = {0, 1, 1, 2, 0};
    float values[] = {5, 3, 4, 1, 2};
    rec_ratings_builder *builder = NULL;
    if (!days)
        return rec_ratings_from_csr(out, 3, 3, start, items, values);
    rec_status status = rec_ratings_builder_create(&builder, NULL);
    for (int e = 0; status == REC_OK && e < 5; e++)
        status = rec_ratings_builder_add_ids(builder, e / 2, items[e], values[e], e * 86400);
    if (status == REC_OK)
        status = rec_ratings_builder_finish(builder, out);
    rec_ratings_builder_free(builder);
    return status;
}

static rec_status attempt(void *context)
{
    const struct machine *m = context;
    const float kinds[] = {1, 0, 0.5f, 1, 0, 2};
    rec_ratings *ratings = NULL;
    rec_features *features = NULL;
    rec_model *model = NULL;
    rec_status status = attempt_ratings(m->days, &ratings);
    if (status == REC_OK)
        status = rec_features_from_dense(&features, NULL, NULL, 3, 2, kinds);
    if (status == REC_OK)
        status = rec_model_create(&model, "fm");
    const double values[] = {FM_FACTORS, 1, 2, 2, 2, 1, m->days, m->aware};
    const char *const names[] = {"factors", "threads", "epochs",  "sweeps",
                                 "samples", "burn_in", "weekday", "field_aware"};
    for (size_t k = 0; status == REC_OK && k < sizeof values / sizeof *values; k++)
        status = rec_model_set(model, names[k], values[k]);
    if (status == REC_OK)
        status = rec_model_set_text(model, "solver", m->solver);
    if (status == REC_OK)
        status = rec_model_set_text(model, "interactions", "all");
    if (status == REC_OK && !m->days)
        status = rec_model_set_item_features(model, features);
    if (status == REC_OK)
        status = rec_model_set_validation(model, ratings);
    if (status == REC_OK)
        status = rec_fit(model, ratings);
    rec_model_free(model);
    rec_features_free(features);
    rec_ratings_free(ratings);
    return status;
}

START_TEST(test_no_memory)
{
    static const char *const solvers[] = {"als", "gibbs", "sgd"};
    struct machine m = machine_of(solvers[_i / 4], "all", "count", false, _i % 2 == 1, NULL);
    m.aware = _i % 4 > 1;
    ck_assert_int_gt(fail_each_allocation(attempt, &m), 40);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fm_als");
    TCase *core = tcase_create("core");
    tcase_set_timeout(core, 60);
    tcase_add_loop_test(core, test_optimum, 0, 6);
    tcase_add_loop_test(core, test_gradients, 0, 5);
    tcase_add_loop_test(core, test_sampled, 0, 2);
    tcase_add_loop_test(core, test_threads, 0, 4);
    tcase_add_loop_test(core, test_validation, 0, 4);
    tcase_add_loop_test(core, test_refused, 0, 2);
    tcase_add_loop_test(core, test_fold_in, 0, 2);
    tcase_add_loop_test(core, test_no_memory, 0, 12);
    suite_add_tcase(suite, core);
    return run_suite(suite);
}
