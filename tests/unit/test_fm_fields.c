/* SPDX-License-Identifier: Apache-2.0 */
/* Field-aware factorization machines, against the definition: of fitted arrays pair by pair, and where fits end by tests/reference/fm.py. */
#include "fm_machine.h"
#include "expected_fm_fields.h"

#include "backends/fm_fields.h"
#include "model/model.h"

#include <stdio.h>
#include <unistd.h>

enum { HOURS_FIELD = REC_FM_CONTEXT_FIELD, SEGMENTS = 17, MOST = 8 };

static struct machine aware(const char *solver, const char *interactions, bool days, const double *expected)
{
    return (struct machine){.solver = solver,
                            .interactions = interactions,
                            .scaling = "count",
                            .days = days,
                            .expected = expected,
                            .lambdas = FM_AWARE_LAMBDAS,
                            .aware = true};
}

static struct machine optimum(int i, const char *solver)
{
    struct machine all[] = {aware(solver, "across", false, expected_aware),
                            aware(solver, "all", false, expected_aware_all),
                            aware(solver, "all", true, expected_aware_days_all),
                            aware(solver, "all", false, expected_aware_kinds)};
    all[3].kinds_alone = true;
    return all[i];
}

/* Coordinate descent ends where the objective is least, which Newton's method finds otherwise. */
START_TEST(test_optimum)
{
    struct machine m = optimum(_i, "als");
    rec_model *model = make(&m, 1);
    EXPECT_OK(rec_model_set(model, "epochs", 2000));
    EXPECT_OK(rec_model_set(model, "init_deviation", 0.5));
    fit(model, &m);
    ck_assert_double_lt(furthest(model, &m, !m.days), 5e-3);
    rec_model_free(model);
}
END_TEST

/* Small steps along gradients come near where the objective is least. */
START_TEST(test_gradients)
{
    struct machine m = optimum(_i, "sgd");
    rec_model *model = make(&m, 1);
    EXPECT_OK(rec_model_set(model, "epochs", 1800));
    EXPECT_OK(rec_model_set(model, "learning_rate", 0.1));
    EXPECT_OK(rec_model_set(model, "feature_steps", 32));
    fit(model, &m);
    ck_assert_double_lt(furthest(model, &m, !m.days), 0.06);
    rec_model_free(model);
}
END_TEST

/* The mean of the chain is that of plain samplers on the design matrix; what is said of rows without ratings varies too much between chains. */
START_TEST(test_sampled)
{
    struct machine m = aware("gibbs", "across", false, expected_sampled_aware);
    rec_model *model = make(&m, 1);
    EXPECT_OK(rec_model_set(model, "burn_in", 300));
    EXPECT_OK(rec_model_set(model, "sweeps", 4000));
    EXPECT_OK(rec_model_set(model, "samples", 500));
    fit(model, &m);
    ck_assert_double_lt(furthest(model, &m, false), 0.15);
    rec_model_free(model);
}
END_TEST

/* Of all users but the last, who has no ratings, with features and two fields of context. */
static rec_model *make_full(const char *solver, const char *interactions, int threads)
{
    struct machine m = aware(solver, interactions, true, NULL);
    rec_model *model = make(&m, threads);
    rec_features *users = features_of(FM_USERS - 1, FM_USER_KINDS, fm_user_features),
                 *items = features_of(FM_ITEMS - 1, FM_ITEM_KINDS, fm_item_features);
    EXPECT_OK(rec_model_set(model, "hour", 1));
    EXPECT_OK(rec_model_set_user_features(model, users));
    EXPECT_OK(rec_model_set_item_features(model, items));
    rec_features_free(users);
    rec_features_free(items);
    return model;
}

/* A feature of a rating: its field, value, weight, and a row of the segments. */
struct feature {
    int field;
    double x, w;
    const float *row;
    float own[SEGMENTS * FM_FACTORS];
};

static const float *floats(const rec_model *model, const char *name)
{
    return rec__arrays_floats(&model->result->arrays, name);
}

/* A row's features, then its own vector, which is what the total has beside them. */
static int list_side(const rec_model *model, int side, int row, int width, struct feature *out)
{
    static const char *const names[2][4] = {
        {"user_vectors", "user_biases", "user_feature_vectors", "user_feature_biases"},
        {"item_vectors", "item_biases", "item_feature_vectors", "item_feature_biases"}};
    int kinds = side == 0 ? FM_USER_KINDS : FM_ITEM_KINDS, n = 0;
    const double *values = (side == 0 ? fm_user_features : fm_item_features) + row * kinds;
    const float *weights = floats(model, names[side][3]);
    struct feature *own = &out[kinds];
    *own = (struct feature){.field = side, .x = 1};
    for (int k = 0; k < width; k++)
        own->own[k] = floats(model, names[side][0])[row * width + k];
    for (; n < kinds; n++) {
        out[n] = (struct feature){.field = REC_FM_FEATURE_FIELD + side,
                                  .x = (double)(float)values[n],
                                  .w = weights == NULL ? 0.0 : (double)weights[n],
                                  .row = floats(model, names[side][2]) + n * width};
        for (int k = 0; k < width; k++)
            own->own[k] -= (float)values[n] * out[n].row[k];
    }
    own->row = own->own;
    return n + 1;
}

static int list_contexts(const rec_model *model, int64_t time, int width, struct feature *out)
{
    const int rows[] = {(int)(time / 3600 % 24), 24 + (int)((time / 86400 + 3) % 7)};
    for (int k = 0; k < 2; k++)
        out[k] = (struct feature){.field = HOURS_FIELD + k,
                                  .x = 1,
                                  .w = (double)floats(model, "context_biases")[rows[k]],
                                  .row = floats(model, "context_vectors") + rows[k] * width};
    return 2;
}

/* v_{a,F(b)} . v_{b,F(a)}, by the segment that says to be of these two; none: they do not multiply. */
static double product(const rec_model *model, const struct feature *a, const struct feature *b)
{
    const rec_array *pairs = rec__arrays_find(&model->result->arrays, "field_pairs");
    double sum = 0;
    for (int64_t s = 0; s < pairs->rows / 2; s++) {
        const int32_t *pair = (const int32_t *)pairs->data + 2 * s;
        bool is_it =
            (pair[0] == a->field && pair[1] == b->field) || (pair[1] == a->field && pair[0] == b->field);
        for (int k = 0; is_it && k < FM_FACTORS; k++)
            sum += (double)a->row[s * FM_FACTORS + k] * (double)b->row[s * FM_FACTORS + k];
    }
    return sum * a->x * b->x;
}

static bool on_items_side(const struct feature *a)
{
    return a->field == REC_FM_ITEMS || a->field == REC_FM_FEATURE_FIELD + REC_FM_ITEMS;
}

/* Pair by pair; what the model says of a user's and an item's own weights is the bias less all else that is in it. */
static double score(const rec_model *model, bool all, int user, int item, int64_t time)
{
    const rec_array *offset = rec__arrays_find(&model->result->arrays, "offset");
    int width = (int)rec__arrays_find(&model->result->arrays, "item_vectors")->columns;
    static struct feature f[32];
    int n_users = list_side(model, 0, user, width, f), n = n_users;
    n += list_side(model, 1, item, width, f + n);
    n += list_contexts(model, time, width, f + n);
    double sum = *(const double *)offset->data + (double)floats(model, "user_biases")[user] +
                 (double)floats(model, "item_biases")[item];
    for (int a = 0; a < n; a++) {
        sum += f[a].field >= HOURS_FIELD ? f[a].w * f[a].x : 0.0;
        for (int b = 0; b < a; b++) {
            bool one_side = on_items_side(&f[a]) == on_items_side(&f[b]),
                 in_bias = one_side && f[a].field < HOURS_FIELD && f[b].field < HOURS_FIELD;
            sum += (all || !one_side) && !in_bias ? product(model, &f[a], &f[b]) : 0.0;
        }
    }
    return sum;
}

/* Products within a side: features with the row's own vector and each other. */
static double within(const rec_model *model, int side, int row)
{
    static struct feature f[MOST];
    int width = (int)rec__arrays_find(&model->result->arrays, "item_vectors")->columns;
    int n = list_side(model, side, row, width, f);
    double sum = 0;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < a; b++)
            sum += product(model, &f[a], &f[b]);
    return sum;
}

/* Without weights a row's bias is nothing else. */
START_TEST(test_within)
{
    rec_ratings *ratings = ratings_of(fm_ratings);
    rec_model *model = make_full(_i == 0 ? "sgd" : "als", "all", 1);
    EXPECT_OK(rec_model_set(model, "epochs", 8));
    EXPECT_OK(rec_model_set(model, "biases", 0));
    EXPECT_OK(rec_model_set(model, "init_deviation", 0.5));
    EXPECT_OK(rec_fit(model, ratings));
    for (int side = 0; side < 2; side++) {
        double most = 0;
        for (int row = 0; row < FM_ITEMS - 1; row++) {
            double bias = (double)floats(model, side == 0 ? "user_biases" : "item_biases")[row];
            ck_assert_double_eq_tol(bias, within(model, side, row), 2e-4);
            most = fmax(most, fabs(bias));
        }
        ck_assert_double_gt(most, 0.01);
    }
    rec_ratings_free(ratings);
    rec_model_free(model);
}
END_TEST

/* Scores are those of the definition, with contexts and without (at a time that nobody rated, hours and days say what they say). */
START_TEST(test_scores)
{
    static const char *const solvers[] = {"sgd", "sgd", "als", "als"};
    bool all = _i % 2 == 1;
    rec_ratings *ratings = ratings_of(fm_ratings);
    rec_model *model = make_full(solvers[_i], all ? "all" : "across", 1);
    EXPECT_OK(rec_model_set(model, "epochs", 8));
    EXPECT_OK(rec_model_set(model, "init_deviation", 0.5));
    EXPECT_OK(rec_fit(model, ratings));
    for (int32_t u = 0; u < FM_USERS - 1; u++)
        for (int32_t i = 0; i < FM_ITEMS - 1; i++) {
            float predicted;
            int64_t time = 86400 * (u + 3) + 3600 * (3 * i + u);
            EXPECT_OK(rec_predict_batch_at(model, &u, &i, &time, 1, &predicted));
            ck_assert_double_eq_tol((double)predicted, score(model, all, u, i, time), 2e-4);
        }
    rec_ratings_free(ratings);
    rec_model_free(model);
}
END_TEST

/* Segments of other fields hold nothing, in any array. */
START_TEST(test_zeros)
{
    static const struct {
        const char *name;
        int fields[2];
    } arrays[] = {{"user_vectors", {0, 2}},
                  {"item_vectors", {1, 3}},
                  {"user_feature_vectors", {2, 2}},
                  {"item_feature_vectors", {3, 3}}};
    rec_ratings *ratings = ratings_of(fm_ratings);
    rec_model *model = make_full(_i == 0 ? "sgd" : "als", "all", 1);
    EXPECT_OK(rec_fit(model, ratings));
    const int32_t *pairs = rec__arrays_find(&model->result->arrays, "field_pairs")->data;
    for (int a = 0; a < 4; a++) {
        const rec_array *array = rec__arrays_find(&model->result->arrays, arrays[a].name);
        const int *own = arrays[a].fields;
        double used = 0;
        for (int64_t e = 0; e < array->rows * array->columns; e++) {
            const int32_t *pair = pairs + 2 * (e % array->columns / FM_FACTORS);
            bool live = pair[0] == own[0] || pair[0] == own[1] || pair[1] == own[0] || pair[1] == own[1];
            double v = (double)((const float *)array->data)[e];
            used += live ? fabs(v) : 0.0;
            ck_assert(live || v == 0.0);
        }
        ck_assert_double_gt(used, 0.1);
    }
    rec_ratings_free(ratings);
    rec_model_free(model);
}
END_TEST

static const struct way {
    const char *loss, *solver;
} ways[] = {{"squared", "sgd"}, {"logistic", "sgd"}, {"bpr", "sgd"},
            {"warp", "sgd"},    {"squared", "als"},  {"squared", "gibbs"}};
enum { WAYS = 6 };

static void expect_same_array(const rec_model *one, const rec_model *other, const char *name)
{
    const rec_array *x = rec__arrays_find(&one->result->arrays, name),
                    *y = rec__arrays_find(&other->result->arrays, name);
    ck_assert_int_eq(x->columns, y->columns);
    ck_assert_mem_eq(x->data, y->data, (size_t)(x->rows * x->columns) * sizeof(float));
}

/* Where there are no fields but users and items there is one vector to a row, and all is as without. */
START_TEST(test_two_fields)
{
    struct machine m = {
        .solver = ways[_i].solver, .interactions = "across", .scaling = "count", .days = true};
    rec_model *models[2];
    for (int a = 0; a < 2; a++) {
        m.aware = a == 1;
        models[a] = make(&m, 2);
        EXPECT_OK(rec_model_set(models[a], "weekday", 0));
        EXPECT_OK(rec_model_set_text(models[a], "loss", ways[_i].loss));
        fit(models[a], &m);
    }
    expect_same_array(models[0], models[1], "user_vectors");
    expect_same_array(models[0], models[1], "item_vectors");
    expect_same_array(models[0], models[1], "item_biases");
    rec_model_free(models[0]);
    rec_model_free(models[1]);
}
END_TEST

static rec_model *fit_way(int way, const char *interactions, int threads)
{
    rec_ratings *ratings = ratings_of(fm_ratings);
    rec_model *model = make_full(ways[way].solver, interactions, threads);
    EXPECT_OK(rec_model_set_text(model, "loss", ways[way].loss));
    EXPECT_OK(rec_model_set(model, "sweeps", 60));
    EXPECT_OK(rec_fit(model, ratings));
    rec_ratings_free(ratings);
    return model;
}

START_TEST(test_threads)
{
    static const char *const names[] = {"user_vectors",         "item_vectors",         "item_biases",
                                        "user_feature_vectors", "item_feature_vectors", "context_vectors",
                                        "context_biases"};
    rec_model *one = fit_way(_i / 2, _i % 2 == 0 ? "across" : "all", 1),
              *three = fit_way(_i / 2, _i % 2 == 0 ? "across" : "all", 3);
    for (int a = 0; a < 7; a++)
        expect_same_array(one, three, names[a]);
    rec_model_free(one);
    rec_model_free(three);
}
END_TEST

/* A new row has numbers in its own segments alone, whatever the loss, and a saved model says the same of it. */
START_TEST(test_fold_in)
{
    enum { N = 5 };
    static const int32_t rated[N] = {0, 1, 3, 4, 6};
    static const float ratings[N] = {5, 1, 4, 4, 2};
    int way = _i / 2, side = _i % 2;
    rec_model *model = fit_way(way, "across", 1);
    const rec_array *pairs = rec__arrays_find(&model->result->arrays, "field_pairs");
    int64_t columns = rec__arrays_find(&model->result->arrays, "item_vectors")->columns;
    static float vector[4096];
    struct rec__user_state state = {.vector = vector};
    struct rec__history history = {rated, ratings, N, NULL};
    for (int k = 0; k < 4096; k++)
        vector[k] = 7.0F;
    EXPECT_OK((side == 0 ? model->backend->fold_in : model->backend->fold_in_item)(&model->result->fitted,
                                                                                   &history, &state));
    double used[2] = {0, 0};
    for (int64_t k = 0; k < columns; k++) {
        const int32_t *pair = (const int32_t *)pairs->data + 2 * (k / FM_FACTORS % (pairs->rows / 2));
        bool own = pair[0] == side || pair[1] == side;
        used[own] += fabs((double)vector[k]);
    }
    ck_assert_double_eq(used[0], 0.0);
    ck_assert_double_gt(used[1], 0.001);
    rec_model_free(model);
}
END_TEST

/* Somebody with a user's ratings, and no features, is predicted as the user is. */
START_TEST(test_fold_in_scores)
{
    struct machine m = aware(_i == 0 ? "als" : "gibbs", "across", true, NULL);
    rec_model *model = make(&m, 1);
    rec_features *items = features_of(FM_ITEMS - 1, FM_ITEM_KINDS, fm_item_features);
    EXPECT_OK(rec_model_set_item_features(model, items));
    EXPECT_OK(rec_model_set(model, "weekday", 0));
    EXPECT_OK(rec_model_set(model, "epochs", 3000));
    EXPECT_OK(rec_model_set(model, "sweeps", 2000));
    EXPECT_OK(rec_model_set(model, "samples", 500));
    fit(model, &m);
    ck_assert_double_lt(furthest_folded_in(model), _i == 0 ? 3e-3 : 0.2);
    rec_features_free(items);
    rec_model_free(model);
}
END_TEST

/* A file keeps the fields; one whose pairs were altered, so that a user's do not lie side by side, is refused. */
START_TEST(test_files)
{
    char path[64];
    snprintf(path, sizeof path, "fm-fields-%d.librec", (int)getpid());
    rec_model *model = fit_way(0, "all", 1), *opened = NULL;
    float before, after;
    EXPECT_OK(rec_model_save(model, path));
    EXPECT_OK(rec_model_open(&opened, path));
    EXPECT_OK(rec_predict(model, 3, 4, &before));
    EXPECT_OK(rec_predict(opened, 3, 4, &after));
    ck_assert_float_eq(before, after);
    rec_model_free(opened);
    int32_t *pairs = (int32_t *)(uintptr_t)rec__arrays_find(&model->result->arrays, "field_pairs")->data;
    pairs[0] = pairs[1] = 0;
    EXPECT_OK(rec_model_save(model, path));
    EXPECT(rec_model_open(&opened, path), REC_ERR_CORRUPT, "field_pairs", "side by side");
    remove(path);
    rec_model_free(model);
}
END_TEST

START_TEST(test_too_long)
{
    rec_ratings *ratings = ratings_of(fm_ratings);
    rec_model *model = make_full("sgd", "all", 1);
    EXPECT_OK(rec_model_set(model, "factors", 4096));
    EXPECT(rec_fit(model, ratings), REC_ERR_RANGE, "factors is 4096", "17 pairs of fields", "16383");
    rec_ratings_free(ratings);
    rec_model_free(model);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fm_fields");
    TCase *core = tcase_create("core");
    tcase_set_timeout(core, 120);
    tcase_add_loop_test(core, test_optimum, 0, 4);
    tcase_add_loop_test(core, test_gradients, 0, 4);
    tcase_add_test(core, test_sampled);
    tcase_add_loop_test(core, test_scores, 0, 4);
    tcase_add_loop_test(core, test_within, 0, 2);
    tcase_add_loop_test(core, test_zeros, 0, 2);
    tcase_add_loop_test(core, test_two_fields, 0, WAYS);
    tcase_add_loop_test(core, test_threads, 0, 2 * WAYS);
    tcase_add_loop_test(core, test_fold_in, 0, 2 * WAYS);
    tcase_add_loop_test(core, test_fold_in_scores, 0, 2);
    tcase_add_test(core, test_files);
    tcase_add_test(core, test_too_long);
    suite_add_tcase(suite, core);
    return run_suite(suite);
}
