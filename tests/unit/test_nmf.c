/* SPDX-License-Identifier: Apache-2.0 */
#include "small_ratings.h"

#include "backends/nmf.h"

#include <math.h>

/* The four ratings of tests/reference/backends.py. */
static const float given_q[] = {0.5f, 0.25f, 1.0f, 1.0f, 0.75f, 0.0f, 0.25f, 2.0f, 0.5f, 1.5f, 0.125f, 0.75f};
static const float given_b[] = {0.5f, 0.25f, 0.125f, 0.75f}, given_r[] = {5.0f, 2.0f, 3.5f, 1.0f};
static const int32_t given_items[] = {0, 1, 2, 3};
static const struct rec__history given = {given_items, given_r, 4, NULL};

/* Both penalties are four times what is passed: by the count of ratings. */
static struct rec__nmf_side side_of(double mu, bool biased, double lambda, double bias_lambda, bool kl)
{
    return (struct rec__nmf_side){.rows = {given_q, 3, biased ? given_b : NULL, 3, mu},
                                  .lambda = lambda,
                                  .bias_lambda = bias_lambda,
                                  .by_count = true,
                                  .kl = kl};
}

static void expect_near(const float *got, const double *expected, int n, double tolerance)
{
    for (int k = 0; k < n; k++)
        ck_assert_double_eq_tol((double)got[k], expected[k], tolerance);
}

START_TEST(test_row_minimum)
{
    struct rec__nmf_room room;
    EXPECT_OK(rec__nmf_room_make(&room, 3, 4));
    struct rec__nmf_side plain = side_of(0, false, 0, 0, false),
                         biased = side_of(1, true, 0.25, 0.125, false);
    float x[4] = {2, 2, 2, -1};
    for (int call = 0; call < 20; call++)
        rec__nmf_solve(&plain, &given, &room, x, NULL);
    expect_near(x, expected_nmf_plain, 3, 2e-4);
    x[0] = 3;
    for (int call = 0; call < 20; call++)
        rec__nmf_solve(&biased, &given, &room, x, &x[3]);
    expect_near(x, expected_nmf_biased, 4, 2e-4);
    rec__nmf_fold_in(&biased, &given, &room, x, &x[3]);
    expect_near(x, expected_nmf_biased, 4, 1e-4);
    ck_assert(x[0] == 0.0f);
    rec__nmf_room_clear(&room);
}
END_TEST

START_TEST(test_row_steps)
{
    struct rec__nmf_room room;
    EXPECT_OK(rec__nmf_room_make(&room, 3, 4));
    struct rec__nmf_side squared = side_of(1, true, 0.25, 0.125, false),
                         kl = side_of(0, true, 0.25, 0.125, true);
    float x[] = {0.5f, 1.0f, 0.25f, 0.375f}, y[] = {0.5f, 1.0f, 0.25f, 0.375f};
    rec__nmf_multiply(&squared, &given, &room, x, &x[3]);
    expect_near(x, expected_nmf_step, 4, 1e-6);
    rec__nmf_multiply(&kl, &given, &room, y, &y[3]);
    expect_near(y, expected_nmf_step_kl, 4, 1e-6);
    rec__nmf_room_clear(&room);
}
END_TEST

START_TEST(test_divergence_fold_in)
{
    struct rec__nmf_room room;
    EXPECT_OK(rec__nmf_room_make(&room, 3, 4));
    struct rec__nmf_side kl = side_of(0, true, 0.0625, 0.125, true);
    float x[4];
    rec__nmf_fold_in(&kl, &given, &room, x, &x[3]);
    expect_near(x, expected_nmf_kl, 4, 2e-3);
    rec__nmf_room_clear(&room);
}
END_TEST

enum { USERS = 80, ITEMS = 50, FACTORS = 5, EPOCHS = 12 };

/* Planted: two tastes that add up. */
static rec_ratings *planted_ratings(void)
{
    int64_t start[USERS + 1] = {0}, n = 0;
    static int32_t items[USERS * ITEMS];
    static float values[USERS * ITEMS];
    for (int u = 0; u < USERS; u++) {
        for (int i = 0; i < ITEMS; i++) {
            uint32_t h = (uint32_t)(u * 977 + i * 3571 + 11) * 2654435761u >> 7;
            if (h % 5 > 1)
                continue;
            double noise = (double)(h % 101) / 101.0;
            items[n] = i;
            values[n++] =
                (float)(0.5 + 2 * fabs(sin(u) * cos(i)) + 2 * fabs(cos(u * 1.7) * sin(i * 2.3)) + noise);
        }
        start[u + 1] = n;
    }
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_from_csr(&ratings, USERS, ITEMS, start, items, values));
    return ratings;
}

struct setting {
    const char *loss, *solver, *scaling;
    int biases;
    double lambda;
};

static const struct setting settings[] = {
    {"squared", "coordinate", "count", 0, 0},
    {"squared", "coordinate", "count", 1, 0.05},
    {"squared", "coordinate", "plain", 1, 1.0},
    {"squared", "multiplicative", "count", 0, 0},
    {"squared", "multiplicative", "count", 1, 0.05},
    {"squared", "multiplicative", "plain", 0, 1.0},
    {"kl", "multiplicative", "count", 0, 0},
    {"kl", "multiplicative", "count", 1, 0.05},
    {"kl", "auto", "plain", 1, 1.0},
};
enum { SETTINGS = sizeof settings / sizeof settings[0] };

static rec_model *make_model(const struct setting *setting, int epochs)
{
    rec_model *model = new_model("nmf");
    EXPECT_OK(rec_model_set_text(model, "loss", setting->loss));
    EXPECT_OK(rec_model_set_text(model, "solver", setting->solver));
    EXPECT_OK(rec_model_set_text(model, "scaling", setting->scaling));
    EXPECT_OK(rec_model_set(model, "biases", setting->biases));
    EXPECT_OK(rec_model_set(model, "factors", FACTORS));
    EXPECT_OK(rec_model_set(model, "epochs", epochs));
    EXPECT_OK(rec_model_set(model, "user_regularization", setting->lambda));
    EXPECT_OK(rec_model_set(model, "item_regularization", 2 * setting->lambda));
    EXPECT_OK(rec_model_set(model, "bias_regularization", setting->lambda / 2));
    return model;
}

/* The loss over the ratings from the model's predictions. */
static double loss_of(const rec_model *model, const rec_ratings *ratings, bool kl)
{
    double sum = 0;
    for (int32_t u = 0; u < USERS; u++)
        for (int64_t e = ratings->user_start[u]; e < ratings->user_start[u + 1]; e++) {
            float predicted = 0;
            EXPECT_OK(rec_predict(model, u, ratings->user_items[e], &predicted));
            double r = (double)ratings->user_ratings[e], x = (double)predicted;
            sum += kl ? r * log(r / x) - r + x : (r - x) * (r - x);
        }
    return sum;
}

static double penalty_of(const rec_model *model, const struct setting *setting, bool users,
                         const int64_t *start, int32_t n)
{
    const struct rec__arrays *arrays = &model->result->arrays;
    const float *x = rec__arrays_floats(arrays, users ? "user_vectors" : "item_vectors");
    const float *b = rec__arrays_floats(arrays, users ? "user_biases" : "item_biases");
    double sum = 0, lambda = users ? setting->lambda : 2 * setting->lambda;
    for (int32_t row = 0; row < n; row++) {
        double scale = strcmp(setting->scaling, "count") == 0 ? (double)(start[row + 1] - start[row]) : 1;
        for (int k = 0; k < FACTORS; k++)
            sum += scale * lambda * pow((double)x[row * FACTORS + k], 2);
        sum += b == NULL ? 0 : scale * setting->lambda / 2 * pow((double)b[row], 2);
    }
    return sum;
}

static void expect_none_negative(const rec_model *model, const char *name, int64_t n)
{
    const float *x = rec__arrays_floats(&model->result->arrays, name);
    for (int64_t k = 0; x != NULL && k < n; k++)
        ck_assert_msg(x[k] >= 0.0f, "%s[%d] is %g", name, (int)k, (double)x[k]);
}

/* Fits of 1, 2, ... epochs: the objective, written out here, never rises, and falls by much; no factor is negative. */
START_TEST(test_objective_falls)
{
    const struct setting *setting = &settings[_i];
    bool kl = strcmp(setting->loss, "kl") == 0;
    rec_ratings *ratings = planted_ratings();
    double first = 0, last = HUGE_VAL;
    for (int epochs = 1; epochs <= EPOCHS; epochs++) {
        rec_model *model = make_model(setting, epochs);
        EXPECT_OK(rec_fit(model, ratings));
        double objective = loss_of(model, ratings, kl) +
                           penalty_of(model, setting, true, ratings->user_start, USERS) +
                           penalty_of(model, setting, false, ratings->item_start, ITEMS);
        ck_assert_msg(objective <= last * (1 + 1e-6), "epoch %d: %.9g after %.9g", epochs, objective, last);
        first = epochs == 1 ? objective : first;
        last = objective;
        expect_none_negative(model, "user_vectors", USERS * FACTORS);
        expect_none_negative(model, "item_vectors", ITEMS * FACTORS);
        if (kl) {
            expect_none_negative(model, "user_biases", USERS);
            expect_none_negative(model, "item_biases", ITEMS);
        }
        rec_model_free(model);
    }
    ck_assert_msg(last < 0.95 * first, "%g after %g", last, first);
    rec_ratings_free(ratings);
}
END_TEST

/* What is reported is the loss of the epoch's end, on the training set and on the one that is watched. */
START_TEST(test_reported_loss)
{
    const struct setting *setting = &settings[_i];
    bool kl = strcmp(setting->loss, "kl") == 0;
    rec_ratings *ratings = planted_ratings();
    rec_model *model = make_model(setting, 5);
    const double *training, *validation;
    int64_t n = 0;
    EXPECT_OK(rec_model_set_validation(model, ratings));
    EXPECT_OK(rec_fit(model, ratings));
    EXPECT_OK(rec_model_loss(model, &training, &validation, &n));
    ck_assert_int_eq(n, 5);
    double mean = loss_of(model, ratings, kl) / (double)ratings->count;
    ck_assert_double_eq_tol(training[4], kl ? mean : sqrt(mean), 1e-6);
    ck_assert_double_eq_tol(validation[4], training[4], 1e-12);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* Coordinate descent is as far after three epochs as multiplicative steps after thirty. */
START_TEST(test_coordinate_is_sooner)
{
    rec_ratings *ratings = planted_ratings();
    rec_model *coordinate = make_model(&settings[0], 3), *multiplicative = make_model(&settings[3], 30);
    EXPECT_OK(rec_fit(coordinate, ratings));
    EXPECT_OK(rec_fit(multiplicative, ratings));
    double ours = loss_of(coordinate, ratings, false), theirs = loss_of(multiplicative, ratings, false);
    ck_assert_msg(ours < theirs, "%g beside %g", ours, theirs);
    rec_model_free(coordinate);
    rec_model_free(multiplicative);
    rec_ratings_free(ratings);
}
END_TEST

/* An item that is described by its own ratings is scored as it is stored, once nothing moves any more. */
START_TEST(test_new_item)
{
    static int32_t users[USERS];
    rec_ratings *ratings = planted_ratings();
    rec_model *model = make_model(&settings[0], 2000);
    for (int32_t u = 0; u < USERS; u++)
        users[u] = u;
    EXPECT_OK(rec_fit(model, ratings));
    for (int32_t item = 0; item < ITEMS; item++) {
        rec_row row;
        float folded[USERS];
        EXPECT_OK(rec_ratings_item(ratings, item, &row));
        EXPECT_OK(rec_score_new_item(model, row.others, row.ratings, row.n, users, USERS, folded));
        for (int32_t u = 0; u < USERS; u++) {
            float stored = 0;
            EXPECT_OK(rec_predict(model, u, item, &stored));
            ck_assert_double_eq_tol((double)folded[u], (double)stored, 0.02);
        }
    }
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

static void refuse(const char *name, const char *choice, double value, const char *first, const char *second)
{
    static const int64_t start[] = {0, 2};
    static const int32_t items[] = {0, 1};
    static const float values[] = {2, -1.5f};
    rec_ratings *ratings = NULL;
    rec_model *model = new_model("nmf");
    EXPECT_OK(rec_ratings_from_csr(&ratings, 1, 2, start, items, values));
    if (strcmp(name, "init_least") != 0)
        EXPECT_OK(rec_model_set_text(model, "loss", "kl"));
    if (choice != NULL)
        EXPECT_OK(rec_model_set_text(model, name, choice));
    else
        EXPECT_OK(rec_model_set(model, name, value));
    EXPECT(rec_fit(model, ratings), REC_ERR_INVALID, first, second);
    rec_model_free(model);
    rec_ratings_free(ratings);
}

START_TEST(test_bad_input)
{
    refuse("biases", NULL, 1, "least rating is -1.5", "none below 0");
    refuse("solver", "coordinate", 0, "solver is coordinate", "multiplicative");
    refuse("init_least", NULL, 1, "init_least is 1", "init_greatest, 1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nmf");
    TCase *tests = tcase_create("nmf");
    tcase_add_test(tests, test_row_minimum);
    tcase_add_test(tests, test_row_steps);
    tcase_add_test(tests, test_divergence_fold_in);
    tcase_add_loop_test(tests, test_objective_falls, 0, SETTINGS);
    tcase_add_loop_test(tests, test_reported_loss, 0, SETTINGS);
    tcase_add_test(tests, test_coordinate_is_sooner);
    tcase_add_test(tests, test_new_item);
    tcase_add_test(tests, test_bad_input);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
