/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/mf.h"
#include "planted_tastes.h"
#include "small_ratings.h"

#include <math.h>

struct setting {
    const char *name;
    double value;
};

static rec_model *fit_mf(const char *solver, const struct setting *settings)
{
    rec_model *model = new_model("mf");
    rec_ratings *ratings = planted_ratings(0);
    EXPECT_OK(rec_model_set_text(model, "solver", solver));
    for (; settings->name != NULL; settings++)
        EXPECT_OK(rec_model_set(model, settings->name, settings->value));
    EXPECT_OK(rec_fit(model, ratings));
    rec_ratings_free(ratings);
    return model;
}

/* The fitted arrays as a factorization, for the objective. */
static struct rec__mf factorization(const rec_model *model, struct rec__fit *fit)
{
    const struct rec__arrays *arrays = &model->result->arrays;
    double lambda, bias_lambda, plain;
    EXPECT_OK(rec_model_get(model, "regularization", &lambda));
    EXPECT_OK(rec_model_get(model, "bias_regularization", &bias_lambda));
    EXPECT_OK(rec_model_get(model, "scaling", &plain));
    *fit = (struct rec__fit){.threads = 1};
    struct rec__mf mf = {.fit = fit,
                         .ratings = model->result->ratings,
                         .mu = model->result->bound.offset,
                         .p = (float *)(uintptr_t)rec__arrays_floats(arrays, "user_vectors"),
                         .q = (float *)(uintptr_t)rec__arrays_floats(arrays, "item_vectors"),
                         .b_u = (float *)(uintptr_t)rec__arrays_floats(arrays, "user_biases"),
                         .b_i = (float *)(uintptr_t)rec__arrays_floats(arrays, "item_biases")};
    mf.set.factors = model->result->bound.factors;
    mf.set.terms[REC_MF_USERS] = mf.set.terms[REC_MF_ITEMS] =
        (struct rec__mf_terms){.lambda = lambda, .bias_lambda = bias_lambda};
    mf.set.by_count = plain == 0;
    return mf;
}

static double objective(const rec_model *model)
{
    struct rec__fit fit;
    struct rec__mf mf = factorization(model, &fit);
    return rec__mf_objective(&mf);
}

/* The objective written out again, in double throughout. */
static double objective_in_double(const rec_model *model)
{
    struct rec__fit fit;
    struct rec__mf mf = factorization(model, &fit);
    const rec_ratings *r = mf.ratings;
    double sum = 0;
    for (int32_t u = 0; u < r->n_users; u++)
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
            int32_t i = r->user_items[e];
            double b_u = mf.b_u == NULL ? 0 : (double)mf.b_u[u], b_i = mf.b_i == NULL ? 0 : (double)mf.b_i[i];
            double error = (double)r->user_ratings[e] - mf.mu - b_u - b_i, norms = 0;
            double s_u = mf.set.by_count ? 1 : 1.0 / (double)rec__user_count(r, u);
            double s_i = mf.set.by_count ? 1 : 1.0 / (double)rec__item_count(r, i);
            for (int32_t k = 0; k < mf.set.factors; k++) {
                double p = (double)mf.p[u * mf.set.factors + k], q = (double)mf.q[i * mf.set.factors + k];
                error -= p * q;
                norms += s_u * p * p + s_i * q * q;
            }
            sum += error * error + mf.set.terms[0].lambda * norms +
                   mf.set.terms[0].bias_lambda * (s_u * b_u * b_u + s_i * b_i * b_i);
        }
    return sum;
}

START_TEST(test_objective)
{
    for (int plain = 0; plain < 2; plain++) {
        rec_model *model =
            fit_mf("als", (struct setting[]){{"factors", 5}, {"epochs", 3}, {"scaling", plain}, {NULL, 0}});
        ck_assert_double_eq_tol(objective(model) / objective_in_double(model), 1.0, 1e-6);
        rec_model_free(model);
    }
}
END_TEST

static void check_agreement(double biases, double plain, double lambda)
{
    struct setting als[] = {{"factors", 12},
                            {"biases", biases},
                            {"scaling", plain},
                            {"regularization", lambda},
                            {"bias_regularization", lambda},
                            {"epochs", 400},
                            {NULL, 0}};
    struct setting sgd[] = {{"factors", 12},
                            {"biases", biases},
                            {"scaling", plain},
                            {"regularization", lambda},
                            {"bias_regularization", lambda},
                            {"epochs", 1000},
                            {"learning_rate", 0.02},
                            {"decay", 0.996},
                            {NULL, 0}};
    struct setting adam[] = {{"factors", 12},
                             {"biases", biases},
                             {"scaling", plain},
                             {"regularization", lambda},
                             {"bias_regularization", lambda},
                             {"epochs", 1000},
                             {"adam_rate", 0.01},
                             {"decay", 0.995},
                             {"batch", 256},
                             {NULL, 0}};
    rec_model *models[] = {fit_mf("als", als), fit_mf("sgd", sgd), fit_mf("adam", adam)};
    double reached[3];
    for (int m = 0; m < 3; m++) {
        reached[m] = objective(models[m]);
        rec_model_free(models[m]);
    }
    for (int m = 1; m < 3; m++)
        ck_assert_msg(fabs(reached[m] / reached[0] - 1) < 0.01, "biases %g, plain %g: %s reaches %g, als %g",
                      biases, plain, m == 1 ? "sgd" : "adam", reached[m], reached[0]);
}

START_TEST(test_solvers_agree)
{
    check_agreement(1, 0, 0.1);
    check_agreement(1, 1, 2);
    check_agreement(0, 0, 0.1);
}
END_TEST

/* At the minimum the gradient of every row vanishes: the normal equations, in double. */
static double largest_gradient(const rec_model *model)
{
    struct rec__fit fit;
    struct rec__mf mf = factorization(model, &fit);
    const rec_ratings *r = mf.ratings;
    int32_t f = mf.set.factors;
    double most = 0;
    for (int32_t u = 0; u < r->n_users; u++) {
        double gradient[16] = {0}, n = (double)rec__user_count(r, u);
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
            int32_t i = r->user_items[e];
            double error = (double)r->user_ratings[e] - mf.mu - (double)mf.b_u[u] - (double)mf.b_i[i];
            for (int32_t k = 0; k < f; k++)
                error -= (double)mf.p[u * f + k] * (double)mf.q[i * f + k];
            for (int32_t k = 0; k < f; k++)
                gradient[k] -= error * (double)mf.q[i * f + k];
            gradient[f] -= error;
        }
        for (int32_t k = 0; k < f; k++)
            gradient[k] += n * mf.set.terms[0].lambda * (double)mf.p[u * f + k];
        gradient[f] += n * mf.set.terms[0].bias_lambda * (double)mf.b_u[u];
        for (int32_t k = 0; k <= f; k++)
            most = fmax(most, fabs(gradient[k]) / n);
    }
    return most;
}

START_TEST(test_normal_equations)
{
    struct setting settings[] = {{"factors", 6}, {"regularization", 0.1}, {"epochs", 1000}, {NULL, 0}};
    rec_model *model = fit_mf("als", settings);
    double most = largest_gradient(model);
    ck_assert_msg(most < 1e-4, "the largest gradient a rating is %g", most);
    settings[2].value = 1;
    rec_model *rough = fit_mf("als", settings);
    ck_assert_double_gt(largest_gradient(rough), 1e-2);
    rec_model_free(model);
    rec_model_free(rough);
}
END_TEST

static double validation_rmse(const rec_model *model, const rec_ratings *validation)
{
    struct rec__fit fit;
    struct rec__mf mf = factorization(model, &fit);
    return rec__mf_rmse(&mf, validation, NULL);
}

/* Early stopping ends where the validation loss was least, and the losses are what they say. */
START_TEST(test_early_stopping)
{
    rec_model *model = new_model("mf");
    rec_ratings *ratings = planted_ratings(0), *validation = planted_ratings(1);
    const double *training, *watched;
    int64_t n = 0;
    EXPECT_OK(rec_model_set(model, "patience", 5));
    EXPECT(rec_fit(model, ratings), REC_ERR_INVALID, "patience is 5", "validation");
    EXPECT_OK(rec_model_set_validation(model, validation));
    EXPECT_OK(rec_model_set(model, "regularization", 0.001));
    EXPECT_OK(rec_model_set(model, "learning_rate", 0.05));
    EXPECT_OK(rec_model_set(model, "epochs", 2000));
    EXPECT_OK(rec_model_set(model, "patience", 5));
    EXPECT_OK(rec_fit(model, ratings));
    EXPECT_OK(rec_model_loss(model, &training, &watched, &n));
    ck_assert_int_lt(n, 2000);
    ck_assert_int_gt(n, 6);
    double least = watched[0];
    for (int64_t e = 1; e < n; e++)
        least = watched[e] < least ? watched[e] : least;
    ck_assert(least == watched[n - 6]);
    ck_assert_double_eq_tol(validation_rmse(model, validation), least, 1e-12);
    ck_assert(training[n - 1] < training[0]);
    rec_model_free(model);
    rec_ratings_free(ratings);
    rec_ratings_free(validation);
}
END_TEST

/* The plain model of ratings as dot products, and the one with biases, both learn what was planted. */
START_TEST(test_learns)
{
    static const char *const solvers[] = {"sgd", "adam", "als"};
    rec_ratings *validation = planted_ratings(1);
    double deviation = 0;
    for (int64_t e = 0; e < validation->count; e++)
        deviation += pow((double)validation->user_ratings[e] - validation->mean, 2);
    deviation = sqrt(deviation / (double)validation->count);
    for (int s = 0; s < 3; s++)
        for (int biases = 0; biases < 2; biases++) {
            struct setting settings[] = {{"factors", 8},           {"biases", biases}, {"epochs", 300},
                                         {"regularization", 0.05}, {"batch", 128},     {NULL, 0}};
            rec_model *model = fit_mf(solvers[s], settings);
            double rmse = validation_rmse(model, validation);
            ck_assert_msg(rmse < 0.75 * deviation, "%s, biases %d: RMSE %g, deviation %g", solvers[s], biases,
                          rmse, deviation);
            rec_model_free(model);
        }
    rec_ratings_free(validation);
}
END_TEST

/* A fitted model of three items whose fold-in the reference has solved. */
START_TEST(test_fold_in_and_parts)
{
    static const float vectors[] = {0.5f, -0.25f, 1.0f, 0.75f, -0.5f, 0.25f, 0.25f, 2.0f};
    static const float biases[] = {0.5f, -0.25f, 0.125f, 0};
    static const int32_t items[] = {0, 1, 2};
    static const float ratings[] = {5, 2, 3.5f};
    struct rec__arrays arrays = {0};
    double parameters[REC_PARAMETERS_MOST], parts[3];
    float vector[2];
    memcpy(rec__arrays_add_floats(&arrays, "item_vectors", 4, 2), vectors, sizeof vectors);
    memcpy(rec__arrays_add_floats(&arrays, "item_biases", 4, 0), biases, sizeof biases);
    *rec__arrays_add_doubles(&arrays, "offset", 1) = 3.0;
    rec_model *model = new_model("mf");
    EXPECT_OK(rec_model_set(model, "regularization", 0.3));
    EXPECT_OK(rec_model_set(model, "bias_regularization", 0.2));
    memcpy(parameters, model->parameters, sizeof parameters);
    struct rec__fitted fitted = {model->backend, REC_SCORER_DOT, parameters, &arrays, 0, 4, 0};
    struct rec__history history = {items, ratings, 3, NULL};
    struct rec__user_state state = {vector, 0, 1};
    EXPECT_OK(model->backend->fold_in(&fitted, &history, &state));
    ck_assert_double_eq_tol((double)vector[0], expected_fold_in[0], 1e-5);
    ck_assert_double_eq_tol((double)vector[1], expected_fold_in[1], 1e-5);
    ck_assert_double_eq_tol(state.bias, expected_fold_in[2], 1e-5);
    EXPECT_OK(model->backend->explain(&fitted, &history, 3, parts));
    for (int j = 0; j < 3; j++)
        ck_assert_double_eq_tol(parts[j], expected_parts[j], 1e-5);
    history.n = 0;
    EXPECT_OK(model->backend->fold_in(&fitted, &history, &state));
    ck_assert(vector[0] == 0 && vector[1] == 0 && state.bias == 0);
    rec__arrays_clear(&arrays);
    rec_model_free(model);
}
END_TEST

START_TEST(test_rows_without_ratings)
{
    rec_ratings *ratings = small_ratings(0);
    rec_model *model = new_model("mf");
    float score = 0;
    EXPECT_OK(rec_fit(model, ratings));
    EXPECT_OK(rec_predict(model, 5, 4, &score));
    ck_assert_double_eq_tol((double)score, expected_mu[0], 1e-6);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

static float all_three(int user, int item)
{
    (void)user;
    (void)item;
    return 3.0f;
}

static float all_zero(int user, int item)
{
    (void)user;
    (void)item;
    return 0.0f;
}

static float rank_one(int user, int item)
{
    return (float)((1 + user % 5) * (1 + item % 4));
}

static rec_ratings *exact_ratings(float (*rate)(int, int))
{
    enum { N_USERS = 60, N_ITEMS = 40 };
    static int64_t start[N_USERS + 1];
    static int32_t items[N_USERS * N_ITEMS];
    static float values[N_USERS * N_ITEMS];
    int64_t n = 0;
    for (int32_t u = 0; u < N_USERS; u++) {
        for (int32_t i = 0; i < N_ITEMS; i++)
            if ((u + i) % 3 != 0) {
                items[n] = i;
                values[n++] = rate(u, i);
            }
        start[u + 1] = n;
    }
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_from_csr(&ratings, N_USERS, N_ITEMS, start, items, values));
    return ratings;
}

/* Without regularization, ratings of rank 0 or 1 leave all but a few of the unknowns free: als still solves,
 * and reaches them. */
START_TEST(test_no_regularization)
{
    float (*const rates[])(int, int) = {all_three, all_zero, rank_one};
    for (int r = 0; r < 3; r++)
        for (int biases = 0; biases < 2; biases++) {
            rec_ratings *ratings = exact_ratings(rates[r]);
            rec_model *model = new_model("mf");
            const double *training, *validation;
            int64_t n = 0;
            EXPECT_OK(rec_model_set_text(model, "solver", "als"));
            EXPECT_OK(rec_model_set(model, "biases", biases));
            EXPECT_OK(rec_model_set(model, "regularization", 0));
            EXPECT_OK(rec_model_set(model, "bias_regularization", 0));
            EXPECT_OK(rec_fit(model, ratings));
            EXPECT_OK(rec_model_loss(model, &training, &validation, &n));
            ck_assert_msg(training[n - 1] < 0.01, "ratings %d, biases %d: the loss ends at %g", r, biases,
                          training[n - 1]);
            rec_model_free(model);
            rec_ratings_free(ratings);
        }
}
END_TEST

/* A step so large that even the first epoch's loss is beyond the ratings is not taken for the size of the
 * data. */
START_TEST(test_divergence)
{
    static const char *const solvers[] = {"sgd", "adam"}, *const rates[] = {"learning_rate", "adam_rate"};
    static const char *const said[] = {"learning_rate is 10", "adam_rate is 10"};
    rec_ratings *ratings = planted_ratings(0);
    for (int s = 0; s < 2; s++) {
        rec_model *model = new_model("mf");
        EXPECT_OK(rec_model_set_text(model, "solver", solvers[s]));
        EXPECT_OK(rec_model_set(model, rates[s], 10));
        EXPECT_OK(rec_model_set(model, "batch", 64));
        EXPECT(rec_fit(model, ratings), REC_ERR_DIVERGED, "epoch 1", said[s]);
        ck_assert_int_eq(rec_model_fitted(model), 0);
        rec_model_free(model);
    }
    rec_ratings_free(ratings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mf");
    TCase *tests = tcase_create("mf");
    tcase_set_timeout(tests, 100);
    tcase_add_test(tests, test_objective);
    tcase_add_test(tests, test_solvers_agree);
    tcase_add_test(tests, test_normal_equations);
    tcase_add_test(tests, test_early_stopping);
    tcase_add_test(tests, test_learns);
    tcase_add_test(tests, test_fold_in_and_parts);
    tcase_add_test(tests, test_rows_without_ratings);
    tcase_add_test(tests, test_no_regularization);
    tcase_add_test(tests, test_divergence);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
