/* SPDX-License-Identifier: Apache-2.0 */
#include "planted_tastes.h"

#include "base/memory.h"
#include "model/model.h"

enum { F = 3, USER_KINDS = 4, ITEM_KINDS = 5, COLD = 6, ALL_USERS = USERS + COLD, ALL_ITEMS = ITEMS + COLD };

/* Two features a row, of different sizes; the last rows have no ratings. */
static rec_features *features_of(int32_t n, int32_t kinds)
{
    static int64_t start[ALL_USERS + 1];
    static int32_t columns[2 * ALL_USERS];
    static float values[2 * ALL_USERS];
    rec_features *features = NULL;
    for (int32_t i = 0; i < n; i++) {
        int32_t a = i % kinds, b = (a + 1 + i / kinds % (kinds - 1)) % kinds;
        start[i + 1] = 2 * (int64_t)(i + 1);
        columns[2 * i] = a < b ? a : b;
        columns[2 * i + 1] = a < b ? b : a;
        values[2 * i] = 0.6f;
        values[2 * i + 1] = 0.8f;
    }
    EXPECT_OK(rec_features_from_csr(&features, NULL, NULL, n, kinds, start, columns, values));
    return features;
}

/* The planted ratings, or for the losses that rank those above the middle. */
static rec_ratings *ratings_of(bool liked)
{
    rec_ratings *planted = planted_ratings(0), *some = NULL;
    int64_t start[USERS + 1] = {0}, n = 0;
    static int32_t items[USERS * ITEMS];
    for (int32_t u = 0; u < USERS; u++) {
        for (int64_t e = planted->user_start[u]; e < planted->user_start[u + 1]; e++)
            if (planted->user_ratings[e] > 3.5f)
                items[n++] = planted->user_items[e];
        start[u + 1] = n;
    }
    if (!liked)
        return planted;
    rec_ratings_free(planted);
    EXPECT_OK(rec_ratings_from_csr(&some, USERS, ITEMS, start, items, NULL));
    return some;
}

static rec_model *make(const char *loss, const char *interactions, int threads)
{
    rec_model *model = NULL;
    rec_features *users = features_of(ALL_USERS, USER_KINDS), *items = features_of(ALL_ITEMS, ITEM_KINDS);
    EXPECT_OK(rec_model_create(&model, "fm"));
    EXPECT_OK(rec_model_set(model, "factors", F));
    EXPECT_OK(rec_model_set(model, "threads", threads));
    EXPECT_OK(rec_model_set_text(model, "loss", loss));
    EXPECT_OK(rec_model_set_text(model, "interactions", interactions));
    EXPECT_OK(rec_model_set_user_features(model, users));
    EXPECT_OK(rec_model_set_item_features(model, items));
    rec_features_free(users);
    rec_features_free(items);
    return model;
}

static rec_model *fit(rec_model *model, bool liked)
{
    rec_ratings *ratings = ratings_of(liked);
    EXPECT_OK(rec_fit(model, ratings));
    rec_ratings_free(ratings);
    return model;
}

static float *array(const rec_model *model, const char *name)
{
    return (float *)(uintptr_t)rec__arrays_floats(&model->result->arrays, name);
}

/* All parameters of the machine: of user, item, and the kinds of either, a weight and a vector each. */
struct machine {
    double mu, weights[2][ALL_USERS], vectors[2][ALL_USERS][F];
    double kind_weights[2][ITEM_KINDS], kind_vectors[2][ITEM_KINDS][F];
    int kinds[2];
    bool all;
};

/* Up to three features a side: its own and two kinds. */
struct feature {
    int side;
    double x, w;
    const double *v;
};

static double dot(const double *a, const double *b)
{
    double sum = 0;
    for (int k = 0; k < F; k++)
        sum += a[k] * b[k];
    return sum;
}

static int list(const struct machine *m, int side, int row, struct feature *out)
{
    int kinds = m->kinds[side], a = row % kinds, b = (a + 1 + row / kinds % (kinds - 1)) % kinds;
    out[0] = (struct feature){side, 1, m->weights[side][row], m->vectors[side][row]};
    out[1] = (struct feature){side, a < b ? 0.6 : 0.8, m->kind_weights[side][a], m->kind_vectors[side][a]};
    out[2] = (struct feature){side, a < b ? 0.8 : 0.6, m->kind_weights[side][b], m->kind_vectors[side][b]};
    return 3;
}

/* Pair by pair, as the definition has it. */
static double score(const struct machine *m, int user, int item)
{
    struct feature f[6];
    int n = list(m, 0, user, f);
    n += list(m, 1, item, f + n);
    double sum = m->mu;
    for (int a = 0; a < n; a++) {
        sum += f[a].w * f[a].x;
        for (int b = 0; b < a; b++)
            if (m->all || f[a].side != f[b].side)
                sum += dot(f[a].v, f[b].v) * f[a].x * f[b].x;
    }
    return sum;
}

/* Take the fitted arrays apart: what is a row's own is the total less its kinds' share. */
static void read_machine(struct machine *m, const rec_model *model, bool all)
{
    static const char *const names[2][4] = {
        {"user_vectors", "user_biases", "user_feature_vectors", "user_feature_biases"},
        {"item_vectors", "item_biases", "item_feature_vectors", "item_feature_biases"}};
    *m = (struct machine){.mu = model->result->bound.offset, .kinds = {USER_KINDS, ITEM_KINDS}, .all = all};
    for (int side = 0; side < 2; side++) {
        const float *total = array(model, names[side][0]), *bias = array(model, names[side][1]),
                    *v = array(model, names[side][2]), *w = array(model, names[side][3]);
        for (int g = 0; g < m->kinds[side]; g++) {
            m->kind_weights[side][g] = (double)w[g];
            for (int k = 0; k < F; k++)
                m->kind_vectors[side][g][k] = (double)v[g * F + k];
        }
        for (int row = 0; row < (side == 0 ? ALL_USERS : ALL_ITEMS); row++) {
            struct feature f[3];
            double sum = 0;
            (void)list(m, side, row, f);
            for (int k = 0; k < F; k++)
                m->vectors[side][row][k] =
                    (double)total[row * F + k] - f[1].x * f[1].v[k] - f[2].x * f[2].v[k];
            for (int a = 1; a < 3; a++)
                for (int b = 0; b < a && all; b++)
                    sum += dot(f[a].v, f[b].v) * f[a].x * f[b].x;
            m->weights[side][row] =
                (bias == NULL ? 0 : (double)bias[row]) - f[1].x * f[1].w - f[2].x * f[2].w - sum;
        }
    }
}

/* What nobody has rated is its features alone, and scores are those of the definition. */
START_TEST(test_scores)
{
    static struct machine m;
    rec_model *model = fit(make("squared", _i == 0 ? "across" : "all", 1), false);
    read_machine(&m, model, _i == 1);
    for (int side = 0; side < 2; side++)
        for (int c = 0, row = side == 0 ? USERS : ITEMS; c < COLD; c++, row++) {
            ck_assert_double_eq_tol(m.weights[side][row], 0, 1e-5);
            for (int k = 0; k < F; k++)
                ck_assert_double_eq_tol(m.vectors[side][row][k], 0, 1e-5);
        }
    for (int user = 0; user < ALL_USERS; user += 3)
        for (int item = 0; item < ALL_ITEMS; item++) {
            float predicted;
            EXPECT_OK(rec_predict(model, user, item, &predicted));
            ck_assert_double_eq_tol((double)predicted, score(&m, user, item), 1e-4);
        }
    rec_model_free(model);
}
END_TEST

static double row_penalty(const struct machine *m, int side, int row, double lambda)
{
    struct feature f[3];
    double sum = 0;
    (void)list(m, side, row, f);
    for (int a = 0; a < 3; a++)
        sum += lambda * f[a].x * f[a].x * (dot(f[a].v, f[a].v) + f[a].w * f[a].w);
    return sum;
}

static double objective(const struct machine *m, const rec_ratings *r, double lambda)
{
    double sum = 0;
    for (int32_t u = 0; u < USERS; u++)
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
            double error = (double)r->user_ratings[e] - score(m, u, r->user_items[e]);
            sum += 0.5 * (error * error + row_penalty(m, 0, u, lambda) +
                          row_penalty(m, 1, r->user_items[e], lambda));
        }
    return sum;
}

/* By finite differences, a touch. */
static double slope(struct machine *m, double *at, const rec_ratings *r, double lambda, double touches)
{
    const double h = 1e-4;
    double here = *at;
    *at = here + h;
    double above = objective(m, r, lambda);
    *at = here - h;
    double below = objective(m, r, lambda);
    *at = here;
    return fabs(above - below) / (2 * h) / touches;
}

/* Where small steps end, the objective falls no more in any direction: every part of every gradient is as it should be. */
START_TEST(test_lowest)
{
    static struct machine m;
    const double lambda = 0.05;
    rec_ratings *ratings = ratings_of(false);
    rec_model *model = make("squared", _i == 0 ? "across" : "all", 1);
    EXPECT_OK(rec_model_set(model, "epochs", 600));
    EXPECT_OK(rec_model_set(model, "regularization", lambda));
    EXPECT_OK(rec_model_set(model, "learning_rate", 0.1));
    EXPECT_OK(rec_fit(model, ratings));
    read_machine(&m, model, _i == 1);
    for (int side = 0; side < 2; side++) {
        for (int g = 0; g < m.kinds[side]; g++) {
            double touches = (double)ratings->count / m.kinds[side];
            ck_assert_double_lt(slope(&m, &m.kind_weights[side][g], ratings, lambda, touches), 0.01);
            for (int k = 0; k < F; k++)
                ck_assert_double_lt(slope(&m, &m.kind_vectors[side][g][k], ratings, lambda, touches), 0.01);
        }
        for (int row = 0; row < ITEMS; row += 9) {
            double touches =
                (double)(side == 0 ? rec__user_count(ratings, row) : rec__item_count(ratings, row));
            ck_assert_double_lt(slope(&m, &m.weights[side][row], ratings, lambda, touches), 0.03);
            for (int k = 0; k < F; k++)
                ck_assert_double_lt(slope(&m, &m.vectors[side][row][k], ratings, lambda, touches), 0.03);
        }
    }
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* A user folded in from their ratings: least squares, whose normal equations hold. */
START_TEST(test_fold_in)
{
    rec_ratings *ratings = ratings_of(false);
    rec_model *model = fit(make("squared", "across", 1), false);
    const int64_t first = ratings->user_start[7], n = rec__user_count(ratings, 7);
    static int32_t all[ALL_ITEMS];
    static float scores[ALL_ITEMS];
    double gradient[F + 1] = {0}, solved[F + 1] = {0}, lambda = 0.1 + 1e-6;
    const float *y = array(model, "item_vectors");
    for (int32_t i = 0; i < ALL_ITEMS; i++)
        all[i] = i;
    struct rec__user_state state = {.vector = (float[F]){0}};
    struct rec__history history = {ratings->user_items + first, ratings->user_ratings + first, n, NULL};
    EXPECT_OK(model->backend->fold_in(&model->result->fitted, &history, &state));
    rec_query query = REC_QUERY_INIT;
    query.history = history.items;
    query.history_ratings = history.ratings;
    query.n_history = n;
    EXPECT_OK(rec_score(model, REC_NEW_USER, &query, all, ALL_ITEMS, scores));
    for (int64_t e = 0; e < n; e++) {
        double error = (double)history.ratings[e] - (double)scores[history.items[e]];
        for (int k = 0; k < F; k++)
            gradient[k] += error * (double)y[history.items[e] * F + k];
        gradient[F] += error;
    }
    for (int k = 0; k < F; k++)
        solved[k] = lambda * (double)n * (double)state.vector[k];
    solved[F] = lambda * (double)n * state.bias;
    for (int k = 0; k <= F; k++)
        ck_assert_double_eq_tol(gradient[k], solved[k], 1e-3);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

static const char *const losses[] = {"squared", "logistic", "bpr", "warp"};

/* The same bytes for any number of threads, by features as by ids, for every loss. */
START_TEST(test_threads)
{
    static const char *const names[] = {"user_vectors", "item_vectors", "item_biases", "item_feature_vectors",
                                        "user_feature_vectors"};
    const char *interactions = _i < 4 ? "across" : "all";
    rec_model *one = fit(make(losses[_i % 4], interactions, 1), _i % 4 > 0),
              *seven = fit(make(losses[_i % 4], interactions, 7), _i % 4 > 0);
    for (int a = 0; a < 5; a++) {
        const rec_array *x = rec__arrays_find(&one->result->arrays, names[a]),
                        *y = rec__arrays_find(&seven->result->arrays, names[a]);
        ck_assert_mem_eq(x->data, y->data, (size_t)(x->rows * x->columns) * sizeof(float));
    }
    rec_model_free(one);
    rec_model_free(seven);
}
END_TEST

/* Kinds of users like kinds of items; with vectors for kinds alone (or beside those of rows), new users and items of a kind are known. */
static double agreement(const rec_model *model, int first_user, int first_item)
{
    int right = 0, n = 0;
    for (int user = first_user; user < first_user + 6; user++)
        for (int a = first_item; a < first_item + 6; a++)
            for (int b = first_item; b < first_item + 6; b++)
                if (a % 3 == user % 3 && b % 3 != user % 3) {
                    float x, y;
                    EXPECT_OK(rec_predict(model, user, a, &x));
                    EXPECT_OK(rec_predict(model, user, b, &y));
                    right += x > y;
                    n++;
                }
    return (double)right / n;
}

static rec_features *thirds(int32_t n)
{
    static float values[3 * 60];
    rec_features *features = NULL;
    memset(values, 0, sizeof values);
    for (int32_t i = 0; i < n; i++)
        values[3 * i + i % 3] = 1.0f;
    EXPECT_OK(rec_features_from_dense(&features, NULL, NULL, n, 3, values));
    return features;
}

START_TEST(test_attributes_alone)
{
    enum { KNOWN = 48, ALL = 60 };
    static int32_t items[KNOWN * KNOWN];
    static float values[KNOWN * KNOWN];
    int64_t start[KNOWN + 1] = {0}, n = 0;
    const char *loss = losses[_i % 4];
    for (int u = 0; u < KNOWN; u++) {
        for (int i = 0; i < KNOWN; i++) {
            bool suits = u % 3 == i % 3;
            if ((u * 7 + i * 5) % 4 == 0 || (_i % 4 > 0 && !suits))
                continue;
            items[n] = i;
            values[n++] = suits ? 5.0f : 2.0f;
        }
        start[u + 1] = n;
    }
    rec_ratings *ratings = NULL;
    rec_model *model = NULL;
    rec_features *features = thirds(ALL);
    EXPECT_OK(rec_ratings_from_csr(&ratings, KNOWN, KNOWN, start, items, values));
    EXPECT_OK(rec_model_create(&model, "fm"));
    EXPECT_OK(rec_model_set(model, "factors", 8));
    EXPECT_OK(rec_model_set_text(model, "loss", loss));
    EXPECT_OK(rec_model_set(model, "regularization", 0.01));
    if (_i >= 4) {
        EXPECT_OK(rec_model_set_text(model, "user_identity", "false"));
        EXPECT_OK(rec_model_set_text(model, "item_identity", "false"));
    }
    EXPECT_OK(rec_model_set_user_features(model, features));
    EXPECT_OK(rec_model_set_item_features(model, features));
    EXPECT_OK(rec_fit(model, ratings));
    double known = agreement(model, 0, 0), users = agreement(model, KNOWN, 0),
           both = agreement(model, KNOWN, KNOWN);
    ck_assert_msg(known > 0.99 && users > 0.95 && both > 0.95, "%s: %.3f, users %.3f, both %.3f", loss, known,
                  users, both);
    rec_model_free(model);
    rec_features_free(features);
    rec_ratings_free(ratings);
}
END_TEST

/* Of users or items without vectors of their own, alike ones are the same. */
START_TEST(test_no_identity)
{
    rec_model *model = make("squared", "across", 1);
    EXPECT_OK(rec_model_set_text(model, "item_identity", "false"));
    model = fit(model, false);
    const float *y = array(model, "item_vectors");
    const int period = ITEM_KINDS * (ITEM_KINDS - 1);
    ck_assert_mem_eq(y, y + period * F, (size_t)(period * F) * sizeof *y);
    ck_assert_int_ne(memcmp(y, y + F, F * sizeof *y), 0);
    rec_model_free(model);
}
END_TEST

static rec_status attempt(void *context)
{
    rec_model *model = NULL;
    rec_ratings *ratings = NULL;
    rec_features *features = NULL;
    static const int64_t start[] = {0, 2, 4, 6}, feature_start[] = {0, 1, 2, 3, 4};
    static const int32_t items[] = {0, 1, 1, 2, 0, 3}, columns[] = {0, 1, 0, 1};
    rec_status status = rec_ratings_from_csr(&ratings, 3, 4, start, items, NULL);
    if (status == REC_OK)
        status = rec_features_from_csr(&features, NULL, NULL, 4, 2, feature_start, columns, NULL);
    if (status == REC_OK)
        status = rec_model_create(&model, "fm");
    if (status == REC_OK)
        status = rec_model_set(model, "threads", 1);
    if (status == REC_OK)
        status = rec_model_set(model, "epochs", 2);
    if (status == REC_OK)
        status = rec_model_set_text(model, "loss", context);
    if (status == REC_OK)
        status = rec_model_set_item_features(model, features);
    if (status == REC_OK)
        status = rec_model_set_user_features(model, features);
    if (status == REC_OK)
        status = rec_fit(model, ratings);
    rec_model_free(model);
    rec_features_free(features);
    rec_ratings_free(ratings);
    return status;
}

START_TEST(test_no_memory)
{
    ck_assert_int_gt(fail_each_allocation(attempt, (void *)(uintptr_t)losses[_i]), 30);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fm");
    TCase *tests = tcase_create("fm");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, test_scores, 0, 2);
    tcase_add_loop_test(tests, test_lowest, 0, 2);
    tcase_add_test(tests, test_fold_in);
    tcase_add_loop_test(tests, test_threads, 0, 8);
    tcase_add_loop_test(tests, test_attributes_alone, 0, 8);
    tcase_add_test(tests, test_no_identity);
    tcase_add_loop_test(tests, test_no_memory, 0, 4);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
