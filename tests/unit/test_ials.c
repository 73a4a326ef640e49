/* SPDX-License-Identifier: Apache-2.0 */
/* Implicit alternating least squares: the gradient of its objective written out in double, its solvers beside each other. */
#include "backends/eigen.h"
#include "backends/ials.h"
#include "kernels/kernels.h"
#include "model/model.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>

enum { USERS = 60, ITEMS = 45, FACTORS = 8 };

static uint32_t hash_of(int u, int i)
{
    return (uint32_t)(u * 977 + i * 3571 + 11) * 2654435761u >> 7;
}

/* Counts of what users of two tastes took; now and then a 0 or less. Rows of 2 to 26 items. */
static rec_ratings *counts(void)
{
    int64_t start[USERS + 1] = {0}, n = 0;
    static int32_t items[USERS * ITEMS];
    static float values[USERS * ITEMS];
    for (int u = 0; u < USERS; u++) {
        for (int i = 0; i < ITEMS; i++) {
            uint32_t h = hash_of(u, i), share = u % 5 == 0 ? 8 : u % 2 == i % 2 ? 55 : 15;
            if (h % 100 >= share && i != u % ITEMS)
                continue;
            items[n] = i;
            values[n++] = h / 100 % 9 == 0 ? -(float)(h / 900 % 2) : 1.0f + (float)(h / 100 % 4);
        }
        start[u + 1] = n;
    }
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_from_csr(&ratings, USERS, ITEMS, start, items, values));
    return ratings;
}

static rec_model *fit_with(const rec_ratings *ratings, const char *settings)
{
    rec_model *model = NULL;
    char text[512], *rest = text;
    snprintf(text, sizeof text, "%s", settings);
    EXPECT_OK(rec_model_create(&model, "ials"));
    EXPECT_OK(rec_model_set(model, "factors", FACTORS));
    for (char *pair = strtok_r(text, " ", &rest); pair != NULL; pair = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(pair, '=');
        *value = 0;
        EXPECT_OK(rec_model_set_text(model, pair, value + 1));
    }
    EXPECT_OK(rec_fit(model, ratings));
    return model;
}

/* The objective of ials.c, pair by pair, and its gradient. */
struct whole {
    double value, of_users[USERS][FACTORS], of_items[ITEMS][FACTORS];
};

static double get(const rec_model *model, const char *name)
{
    double value = 0;
    EXPECT_OK(rec_model_get(model, name, &value));
    return value;
}

struct confidence {
    double c, p;
};

static struct confidence confidence_of(const rec_model *model, const rec_ratings *r, int32_t u, int32_t i,
                                       double rating)
{
    double size = fabs(rating), t = size, sum = 0, n = 0;
    for (int64_t e = 0; e < r->count; e++)
        if (r->user_ratings[e] > 0) {
            sum += (double)r->user_ratings[e];
            n++;
        }
    if (get(model, "transform") == 1)
        t = log(1 + size);
    if (get(model, "transform") == 2) {
        double length = 0, all = 0, k1 = get(model, "bm25_k1"), b = get(model, "bm25_b");
        for (int64_t e = 0; e < r->count; e++)
            all += fabs((double)r->user_ratings[e]);
        for (int64_t e = r->item_start[i]; e < r->item_start[i + 1]; e++)
            length += fabs((double)r->item_ratings[e]);
        double idf = log(ITEMS) - log(1 + (double)rec__user_count(r, u));
        t = size * (k1 + 1) / (k1 * (1 - b + b * length / (all / ITEMS)) + size) * idf;
    }
    double p = rating <= 0 ? 0 : get(model, "preference") == 1 ? 1 : fmin(1, rating / (sum / n));
    return (struct confidence){get(model, "alpha") * t, p};
}

static void add_pair(struct whole *whole, const rec_model *model, int32_t u, int32_t i, struct confidence has,
                     double w)
{
    const float *x = model->result->bound.user_vectors + u * FACTORS;
    const float *y = model->result->bound.item_vectors + i * FACTORS;
    double product = 0;
    for (int k = 0; k < FACTORS; k++)
        product += (double)x[k] * (double)y[k];
    bool apart = get(model, "zeros") == 1 && has.c >= 0;
    double c = has.c < 0 ? 0 : apart ? has.c + w : has.c, zero = apart ? 0 : w;
    whole->value += c * pow(has.p - product, 2) + zero * product * product;
    for (int k = 0; k < FACTORS; k++) {
        double push = -c * (has.p - product) + zero * product;
        whole->of_users[u][k] += push * (double)y[k];
        whole->of_items[i][k] += push * (double)x[k];
    }
}

static void evaluate(struct whole *whole, const rec_model *model, const rec_ratings *r)
{
    double w[ITEMS], sum = 0, all = 0, power = get(model, "popularity"), nu = get(model, "nu");
    for (int32_t i = 0; i < ITEMS; i++)
        sum += pow((double)rec__item_count(r, i), power);
    for (int32_t i = 0; i < ITEMS; i++)
        all += w[i] = get(model, "unobserved") * ITEMS * pow((double)rec__item_count(r, i), power) / sum;
    memset(whole, 0, sizeof *whole);
    for (int32_t u = 0; u < USERS; u++)
        for (int32_t i = 0; i < ITEMS; i++) {
            int64_t e = rec__ratings_find(r, u, i);
            struct confidence has = {-1, 0};
            if (e >= 0)
                has = confidence_of(model, r, u, i, (double)r->user_ratings[e]);
            add_pair(whole, model, u, i, has, w[i]);
        }
    for (int32_t row = 0; row < USERS + ITEMS; row++) {
        bool user = row < USERS;
        int32_t i = row - USERS;
        double n = (double)(user ? rec__user_count(r, row) : rec__item_count(r, i));
        double lambda = get(model, "regularization") * pow(n + (user ? all : w[i] * USERS), nu);
        const float *x = user ? model->result->bound.user_vectors + row * FACTORS
                              : model->result->bound.item_vectors + i * FACTORS;
        for (int k = 0; k < FACTORS; k++) {
            whole->value += lambda * (double)x[k] * (double)x[k];
            *(user ? &whole->of_users[row][k] : &whole->of_items[i][k]) += lambda * (double)x[k];
        }
    }
}

static const char *const settings[] = {
    "",
    "nu=0 regularization=0.5",
    "nu=0.5 popularity=0.7 unobserved=0.3",
    "alpha=8 zeros=unobserved preference=one",
    "transform=log alpha=3 popularity=1 zeros=unobserved",
    "transform=bm25 bm25_k1=1.5 alpha=2 preference=one",
    "unobserved=0 regularization=0.2",
};
enum { SETTINGS = sizeof settings / sizeof *settings };

/* After a half-step by exact rows the items' gradient is none, by the few ratings' system and by the whole one; the loss is the objective. */
START_TEST(test_exact)
{
    rec_ratings *r = counts();
    static struct whole whole;
    char text[512];
    snprintf(text, sizeof text, "epochs=3 %s", settings[_i]);
    rec_model *model = fit_with(r, text);
    const double *loss, *watched;
    int64_t n = 0;
    double most = 0;
    evaluate(&whole, model, r);
    for (int32_t i = 0; i < ITEMS; i++)
        for (int k = 0; k < FACTORS; k++)
            most = fmax(most, fabs(whole.of_items[i][k]));
    ck_assert_msg(most < 2e-3, "the items' largest gradient is %g", most);
    EXPECT_OK(rec_model_loss(model, &loss, &watched, &n));
    ck_assert_double_eq_tol(loss[n - 1] * (double)r->count / whole.value, 1.0, 1e-4);
    ck_assert(loss[2] < loss[1] && loss[1] < loss[0]);
    rec_model_free(model);
    rec_ratings_free(r);
}
END_TEST

/* The other solvers go down every epoch, tell the objective where they are, and end about as low as the exact one, if in another valley, but for
 * a single step a time, which may stay in a higher one. */
START_TEST(test_solvers)
{
    static const char *const solvers[] = {"solver=cg", "solver=cg cg_steps=2", "solver=cg cg_steps=1",
                                          "solver=subspace block=3", "solver=subspace block=8"};
    rec_ratings *r = counts();
    static struct whole whole, best;
    char text[512];
    snprintf(text, sizeof text, "epochs=300 %s", settings[_i]);
    rec_model *exact = fit_with(r, text);
    evaluate(&best, exact, r);
    for (size_t s = 0; s < sizeof solvers / sizeof *solvers; s++) {
        snprintf(text, sizeof text, "epochs=300 %s %s", solvers[s], settings[_i]);
        rec_model *model = fit_with(r, text);
        const double *loss, *watched;
        int64_t n = 0;
        evaluate(&whole, model, r);
        EXPECT_OK(rec_model_loss(model, &loss, &watched, &n));
        ck_assert_double_eq_tol(loss[n - 1] * (double)r->count / whole.value, 1.0, 1e-4);
        for (int64_t e = 1; e < n; e++)
            ck_assert_msg(loss[e] <= loss[e - 1] * (1 + 1e-5), "%s: %g after %g", text, loss[e], loss[e - 1]);
        if (strstr(solvers[s], "cg_steps=1") == NULL)
            ck_assert_msg(fabs(whole.value / best.value - 1) < 0.1, "%s: %g beside %g", text, whole.value,
                          best.value);
        rec_model_free(model);
    }
    rec_model_free(exact);
    rec_ratings_free(r);
}
END_TEST

/* Vectors, their Gram matrix, and both in its basis: `turned` has an eigenvector a column. */
enum { F = 16, N = 60 };
struct turning {
    float vectors[N * F], gram[F * F], rotated[N * F], turned[F * F];
    double values[F];
};

static void make_turning(struct turning *t)
{
    static double wide[F * F];
    for (int k = 0; k < N * F; k++)
        t->vectors[k] = (float)sin(k * 1.7) / 2;
    for (int i = 0; i < F; i++)
        for (int j = 0; j < F; j++) {
            double sum = 0;
            for (int n = 0; n < N; n++)
                sum += (double)t->vectors[n * F + i] * (double)t->vectors[n * F + j];
            wide[i * F + j] = sum;
            t->gram[i * F + j] = (float)sum;
        }
    EXPECT_OK(rec__eigen(wide, F, t->values));
    for (int k = 0; k < F; k++)
        for (int i = 0; i < F; i++)
            t->turned[i * F + k] = (float)wide[k * F + i];
    for (int n = 0; n < N; n++)
        for (int k = 0; k < F; k++) {
            double sum = 0;
            for (int i = 0; i < F; i++)
                sum += (double)t->vectors[n * F + i] * wide[k * F + i];
            t->rotated[n * F + k] = (float)sum;
        }
}

static void expect_same(const struct turning *t, const float *x, const float *in_basis)
{
    for (int i = 0; i < F; i++) {
        double sum = 0;
        for (int k = 0; k < F; k++)
            sum += (double)t->turned[i * F + k] * (double)in_basis[k];
        ck_assert_double_eq_tol((double)x[i], sum, 2e-5);
    }
}

/* A row by the whole system, by the one of its ratings, and in a batch of rows, each with other ratings. */
START_TEST(test_few)
{
    static struct turning t;
    enum { MOST = 15 };
    static int32_t others[REC_BATCH][MOST];
    static float confidences[REC_BATCH][MOST], rights[REC_BATCH][MOST], batch[REC_BATCH][F];
    struct rec__ials_row rows[REC_BATCH];
    float *places[REC_BATCH];
    struct rec__ials_room room;
    make_turning(&t);
    struct rec__ials_fixed plain = {.vectors = t.vectors, .n = N, .factors = F, .gram = t.gram};
    struct rec__ials_fixed turned = {.vectors = t.rotated, .n = N, .factors = F, .diagonal = t.values};
    EXPECT_OK(rec__ials_room_make(&room, F, MOST));
    for (int s = 0; s < REC_BATCH; s++) {
        for (int j = 0; j < MOST; j++) {
            others[s][j] = (3 * s + 4 * j) % N;
            confidences[s][j] = (float)(1 + (s + j) % 7) / 2;
            rights[s][j] = (s + j) % 5 == 0 ? 0 : confidences[s][j];
        }
        places[s] = batch[s];
    }
    for (int n = 1; n <= MOST; n++)
        for (int count = 1; count <= REC_BATCH; count += REC_BATCH - 1) {
            double of_batch, sum = 0;
            for (int s = 0; s < count; s++)
                rows[s] = (struct rec__ials_row){.others = others[s],
                                                 .confidences = confidences[s],
                                                 .rights = rights[s],
                                                 .n = n,
                                                 .unobserved = 0.3,
                                                 .lambda = 0.2 + 0.1 * (s / 3),
                                                 .constant = 18.0,
                                                 .next = others[(s + 1) % count],
                                                 .n_next = n};
            room.scales_of[1] = -1;
            EXPECT_OK(rec__ials_exact_batch(&turned, rows, count, &room, places, &of_batch));
            for (int s = 0; s < count; s++) {
                float x[F], y[F];
                double of_x, of_y;
                ck_assert(rec__ials_small(&turned, &rows[s]));
                EXPECT_OK(rec__ials_exact(&plain, &rows[s], &room, x, &of_x));
                EXPECT_OK(rec__ials_solve_few(&turned, &rows[s], &room, y, &of_y));
                ck_assert_double_eq_tol(of_x, of_y, 1e-4);
                expect_same(&t, x, y);
                expect_same(&t, x, batch[s]);
                sum += of_x;
            }
            ck_assert_double_eq_tol(of_batch, sum, 1e-4 * count);
        }
    rec__ials_room_clear(&room);
}
END_TEST

/* Conjugate gradients with as many steps as factors arrive at the exact row, go down with every step, and tell where they are; in the basis of the
 * Gram matrix as out of it. */
START_TEST(test_gradients)
{
    static struct turning t;
    static int32_t others[N];
    static float confidences[N], rights[N];
    struct rec__ials_room room;
    make_turning(&t);
    struct rec__ials_fixed fixed[] = {{.vectors = t.vectors, .n = N, .factors = F, .gram = t.gram},
                                      {.vectors = t.rotated, .n = N, .factors = F, .diagonal = t.values}};
    EXPECT_OK(rec__ials_room_make(&room, F, N));
    for (int j = 0; j < N; j++) {
        others[j] = 7 * j % N;
        confidences[j] = (float)(j % 4);
        rights[j] = j % 5 == 0 ? 0 : confidences[j];
    }
    for (int n = 1; n <= N; n += n < 5 ? 1 : 11)
        for (int form = 0; form < 2; form++) {
            struct rec__ials_row row = {others, confidences, rights, n, 0.3, 0.2, 90.0, others, n};
            float exact[F], x[F];
            double least, before = INFINITY, reached;
            EXPECT_OK(rec__ials_exact(&fixed[form], &row, &room, exact, &least));
            for (int steps = 0; steps <= 2 * F; steps++) {
                for (int k = 0; k < F; k++)
                    x[k] = 0.1f * (float)(k % 3);
                EXPECT_OK(rec__ials_gradients(&fixed[form], &row, steps, &room, x, &reached));
                ck_assert_msg(reached <= before + 1e-4 && reached >= least - 1e-4, "%g after %g, least %g",
                              reached, before, least);
                before = reached;
            }
            ck_assert_double_eq_tol(reached, least, 1e-4);
            for (int k = 0; k < F; k++)
                ck_assert_double_eq_tol((double)x[k], (double)exact[k], 1e-4);
        }
    rec__ials_room_clear(&room);
}
END_TEST

static void check_eigen(int n, const double *a, double scale)
{
    double q[40 * 40], values[40];
    memcpy(q, a, sizeof(double) * (size_t)(n * n));
    EXPECT_OK(rec__eigen(q, n, values));
    for (int i = 0; i < n; i++) {
        ck_assert(i == 0 || values[i - 1] <= values[i]);
        for (int r = 0; r < n; r++) {
            double sum = 0, inner = 0;
            for (int k = 0; k < n; k++) {
                sum += a[r * n + k] * q[i * n + k];
                inner += q[r * n + k] * q[i * n + k];
            }
            ck_assert_double_eq_tol(sum, values[i] * q[i * n + r], 1e-12 * scale * n);
            ck_assert_double_eq_tol(inner, r == i, 1e-12 * n);
        }
    }
}

START_TEST(test_eigen)
{
    double a[40 * 40], not_finite[4] = {1, NAN, NAN, 1}, values[2];
    for (int n = 1; n <= 40; n += n < 6 ? 1 : 17) {
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                a[i * n + j] = sin(i * j) + (i == j ? 3 : 0);
        check_eigen(n, a, 10);
        for (int i = 0; i < n * n; i++)
            a[i] = i % (n + 1) == 0 ? 2 : 0; /* all eigenvalues the same */
        check_eigen(n, a, 2);
        for (int i = 0; i < n * n; i++)
            a[i] = 1e6; /* of rank 1 */
        check_eigen(n, a, 1e6 * n);
    }
    EXPECT(rec__eigen(not_finite, 2, values), REC_ERR_DIVERGED, "do not converge");
}
END_TEST

/* A user and an item that are folded in from their own ratings are as they are stored, once nothing moves. */
START_TEST(test_fold_in)
{
    rec_ratings *r = counts();
    char text[512];
    static int32_t users[USERS];
    snprintf(text, sizeof text, "epochs=1500 %s", settings[_i]);
    rec_model *model = fit_with(r, text);
    for (int32_t u = 0; u < USERS; u++) {
        rec_row row;
        rec_query query = REC_QUERY_INIT;
        float stored = 0, folded = 0, parts[ITEMS];
        int32_t item = u % ITEMS, because[ITEMS], n = 0;
        users[u] = u;
        EXPECT_OK(rec_ratings_user(r, u, &row));
        query.history = row.others;
        query.history_ratings = row.ratings;
        query.n_history = row.n;
        EXPECT_OK(rec_score(model, REC_NEW_USER, &query, &item, 1, &folded));
        EXPECT_OK(rec_predict(model, u, item, &stored));
        ck_assert_double_eq_tol((double)folded, (double)stored, 5e-3);
        EXPECT_OK(rec_explain(model, u, item, ITEMS, because, parts, &n));
        double sum = 0;
        for (int32_t j = 0; j < n; j++)
            sum += (double)parts[j];
        ck_assert_double_eq_tol(sum, (double)folded, 1e-4);
    }
    for (int32_t i = 0; i < ITEMS; i++) {
        rec_row row;
        float folded[USERS], stored = 0;
        EXPECT_OK(rec_ratings_item(r, i, &row));
        EXPECT_OK(rec_score_new_item(model, row.others, row.ratings, row.n, users, USERS, folded));
        for (int32_t u = 0; u < USERS; u++) {
            EXPECT_OK(rec_predict(model, u, i, &stored));
            ck_assert_double_eq_tol((double)folded[u], (double)stored, 5e-3);
        }
    }
    rec_model_free(model);
    rec_ratings_free(r);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ials");
    TCase *tests = tcase_create("ials");
    tcase_set_timeout(tests, 100);
    tcase_add_loop_test(tests, test_exact, 0, SETTINGS);
    tcase_add_loop_test(tests, test_solvers, 0, SETTINGS);
    tcase_add_test(tests, test_few);
    tcase_add_test(tests, test_gradients);
    tcase_add_test(tests, test_gradients);
    tcase_add_test(tests, test_eigen);
    tcase_add_loop_test(tests, test_fold_in, 0, SETTINGS);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
