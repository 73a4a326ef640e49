/* SPDX-License-Identifier: Apache-2.0 */
#include "small_ratings.h"

#include <math.h>

enum { F = 3 };

static rec_model *fit_svdpp(double rate, int epochs)
{
    rec_model *model = new_model("svdpp");
    rec_ratings *ratings = small_ratings(0);
    EXPECT_OK(rec_model_set(model, "factors", F));
    EXPECT_OK(rec_model_set(model, "epochs", epochs));
    EXPECT_OK(rec_model_set(model, "learning_rate", rate));
    EXPECT_OK(rec_model_set(model, "bias_learning_rate", rate));
    EXPECT_OK(rec_model_set(model, "regularization", 0.06));
    EXPECT_OK(rec_model_set(model, "implicit_regularization", 0.05));
    EXPECT_OK(rec_model_set(model, "bias_regularization", 0.02));
    EXPECT_OK(rec_fit(model, ratings));
    rec_ratings_free(ratings);
    return model;
}

static const float *array(const rec_model *model, const char *name)
{
    const float *found = rec__arrays_floats(&model->result->arrays, name);
    ck_assert_ptr_nonnull(found);
    return found;
}

/* A model in double, and a copy of it that takes the steps. */
struct numbers {
    double p[SMALL_USERS][F], b_u[SMALL_USERS], q[SMALL_ITEMS][F], b_i[SMALL_ITEMS], y[SMALL_ITEMS][F];
};

static void implicit_sum(const rec_ratings *r, int u, double y[][F], double *s)
{
    int64_t n = r->user_start[u + 1] - r->user_start[u];
    for (int k = 0; k < F; k++) {
        s[k] = 0;
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++)
            s[k] += y[r->user_items[e]][k] / sqrt((double)n);
    }
}

/* Where a fit begins: its rate is next to nothing. User vectors of a model are p + s. */
static void read_start(const rec_model *model, struct numbers *m)
{
    const float *x = array(model, "user_vectors"), *q = array(model, "item_vectors"),
                *y = array(model, "implicit_vectors");
    memset(m, 0, sizeof *m);
    for (int i = 0; i < SMALL_ITEMS; i++)
        for (int k = 0; k < F; k++) {
            m->q[i][k] = (double)q[i * F + k];
            m->y[i][k] = (double)y[i * F + k];
        }
    for (int u = 0; u < SMALL_USERS; u++) {
        double s[F];
        implicit_sum(model->result->ratings, u, m->y, s);
        for (int k = 0; k < F; k++)
            m->p[u][k] = (double)x[u * F + k] - s[k];
    }
}

/* The steps of the paper for one user, every y_j at every rating, from the items as they stand in `old`. */
static void walk_user(const rec_ratings *r, int u, double rate, const struct numbers *old, struct numbers *m)
{
    double y[SMALL_ITEMS][F], s[F], n = (double)(r->user_start[u + 1] - r->user_start[u]);
    memcpy(y, old->y, sizeof y);
    for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
        int i = r->user_items[e];
        const double *q = old->q[i];
        implicit_sum(r, u, y, s);
        double error = (double)r->user_ratings[e] - r->mean - m->b_u[u] - old->b_i[i];
        for (int k = 0; k < F; k++)
            error -= q[k] * (m->p[u][k] + s[k]);
        m->b_u[u] += rate * (error - 0.02 * m->b_u[u]);
        m->b_i[i] += rate * (error - 0.02 * old->b_i[i]);
        for (int k = 0; k < F; k++) {
            m->q[i][k] += rate * (error * (m->p[u][k] + s[k]) - 0.06 * q[k]);
            m->p[u][k] += rate * (error * q[k] - 0.06 * m->p[u][k]);
        }
        for (int64_t j = r->user_start[u]; j < r->user_start[u + 1]; j++)
            for (int k = 0; k < F; k++)
                y[r->user_items[j]][k] += rate * (error * q[k] / sqrt(n) - 0.05 * y[r->user_items[j]][k]);
    }
    for (int i = 0; i < SMALL_ITEMS; i++)
        for (int k = 0; k < F; k++)
            m->y[i][k] += y[i][k] - old->y[i][k];
}

static void expect_near(double got, double expected, const char *what, int row)
{
    ck_assert_msg(fabs(got - expected) < 5e-6, "%s %d: %.9g; %.9g was expected", what, row, got, expected);
}

/* An epoch of a single batch against the paper's steps, one by one. What several users do to one y_j adds up, as they do not wait for
 * each other; shrinking by c1 then c2 differs from c1 + c2 - 1 by less than the tolerance. */
START_TEST(test_steps)
{
    const double rate = 0.004;
    rec_model *before = fit_svdpp(1e-9, 1), *after = fit_svdpp(rate, 1);
    const rec_ratings *r = before->result->ratings;
    struct numbers start, m;
    read_start(before, &start);
    m = start;
    for (int u = 0; u < SMALL_USERS; u++)
        walk_user(r, u, rate, &start, &m);
    const float *q = array(after, "item_vectors"), *x = array(after, "user_vectors"),
                *y = array(after, "implicit_vectors");
    for (int i = 0; i < SMALL_ITEMS; i++) {
        expect_near((double)array(after, "item_biases")[i], m.b_i[i], "item bias", i);
        for (int k = 0; k < F; k++) {
            expect_near((double)q[i * F + k], m.q[i][k], "item vector", i);
            expect_near((double)y[i * F + k], m.y[i][k], "implicit vector", i);
        }
    }
    for (int u = 0; u < SMALL_USERS; u++) {
        double s[F];
        implicit_sum(r, u, m.y, s);
        expect_near((double)array(after, "user_biases")[u], m.b_u[u], "user bias", u);
        for (int k = 0; k < F; k++)
            expect_near((double)x[u * F + k], m.p[u][k] + s[k], "user vector", u);
    }
    rec_model_free(before);
    rec_model_free(after);
}
END_TEST

/* At the solution of a folded-in user the gradient is zero: sum of e q = n lambda p, sum of e = n lambda_b b. */
START_TEST(test_fold_in)
{
    rec_model *model = fit_svdpp(0.05, 60);
    static const int32_t items[] = {0, 1, 3};
    static const float ratings[] = {5, 2, 4};
    struct rec__history history = {items, ratings, 3, NULL};
    float x[F];
    struct rec__user_state state = {x, 0, 1};
    EXPECT_OK(model->backend->fold_in(&model->result->fitted, &history, &state));
    const float *q = array(model, "item_vectors"), *y = array(model, "implicit_vectors"),
                *b_i = array(model, "item_biases");
    double gradient[F + 1] = {0};
    for (int j = 0; j < 3; j++) {
        double error = (double)ratings[j] - model->result->bound.offset - state.bias - (double)b_i[items[j]];
        for (int k = 0; k < F; k++)
            error -= (double)q[items[j] * F + k] * (double)x[k];
        for (int k = 0; k < F; k++)
            gradient[k] += error * (double)q[items[j] * F + k];
        gradient[F] += error;
    }
    for (int k = 0; k < F; k++) {
        double s = 0;
        for (int j = 0; j < 3; j++)
            s += (double)y[items[j] * F + k] / sqrt(3.0);
        expect_near(gradient[k], 3 * 0.06 * ((double)x[k] - s), "gradient", k);
    }
    expect_near(gradient[F], 3 * 0.02 * state.bias, "gradient of the bias", 0);
    rec_model_free(model);
}
END_TEST

/* The loss falls to what the noise allows on thirteen ratings. */
START_TEST(test_learns)
{
    rec_model *model = fit_svdpp(0.05, 200);
    const double *loss = NULL, *validation = NULL;
    int64_t n = 0;
    EXPECT_OK(rec_model_loss(model, &loss, &validation, &n));
    ck_assert_int_eq(n, 200);
    ck_assert_double_lt(loss[n - 1], 0.35 * loss[0]);
    rec_model_free(model);
}
END_TEST

START_TEST(test_diverges)
{
    rec_model *model = new_model("svdpp");
    rec_ratings *ratings = small_ratings(0);
    EXPECT_OK(rec_model_set(model, "learning_rate", 5));
    EXPECT(rec_fit(model, ratings), REC_ERR_DIVERGED, "learning_rate is 5");
    rec_ratings_free(ratings);
    rec_model_free(model);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svdpp");
    TCase *tests = tcase_create("svdpp");
    tcase_add_test(tests, test_steps);
    tcase_add_test(tests, test_fold_in);
    tcase_add_test(tests, test_learns);
    tcase_add_test(tests, test_diverges);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
