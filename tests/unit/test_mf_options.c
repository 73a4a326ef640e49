/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix factorization with weights, terms of their own, a model to start from, and bounds. */
#include "backends/mf.h"
#include "model/model.h"
#include "planted_tastes.h"

#include <stdio.h>

enum { FACTORS = 4 };

static rec_model *mf_with(const char *settings)
{
    rec_model *model = NULL;
    char text[512], *rest = text;
    snprintf(text, sizeof text, "%s", settings);
    EXPECT_OK(rec_model_create(&model, "mf"));
    EXPECT_OK(rec_model_set(model, "factors", FACTORS));
    for (char *pair = strtok_r(text, " ", &rest); pair != NULL; pair = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(pair, '=');
        *value = 0;
        EXPECT_OK(rec_model_set_text(model, pair, value + 1));
    }
    return model;
}

/* Ratings of 4 with ids of whole numbers. */
static rec_ratings *ratings_of(int n, const int64_t *users, const int64_t *items)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    for (int i = 0; i < n; i++)
        EXPECT_OK(rec_ratings_builder_add_ids(builder, users[i], items[i], 4.0f, REC_NO_TIME));
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

static void expect_same(const rec_model *a, const rec_model *b, int same)
{
    const float *x = rec__arrays_floats(&a->result->arrays, "item_vectors");
    const float *y = rec__arrays_floats(&b->result->arrays, "item_vectors");
    size_t bytes = (size_t)a->result->fitted.n_items * FACTORS * sizeof(float);
    ck_assert_int_eq(memcmp(x, y, bytes) == 0, same);
}

/* The weight of each rating of a store, given for every third pair only: the others count 1. */
static double weight_of(int32_t user, int32_t item)
{
    return (user + item) % 3 == 0 ? 0.25 * ((user * 7 + item * 5) % 13) : 1.0;
}

static rec_ratings *weights_of(const rec_ratings *ratings, int all)
{
    int64_t start[USERS + 1] = {0}, n = 0;
    static int32_t items[USERS * ITEMS];
    static float values[USERS * ITEMS];
    for (int32_t u = 0; u < USERS; u++) {
        for (int64_t e = ratings->user_start[u]; e < ratings->user_start[u + 1]; e++) {
            int32_t i = ratings->user_items[e];
            if ((u + i) % 3 != 0 && !all)
                continue;
            items[n] = i;
            values[n++] = all ? 1.0f : (float)weight_of(u, i);
        }
        start[u + 1] = n;
    }
    rec_ratings *weights = NULL;
    EXPECT_OK(rec_ratings_from_csr(&weights, USERS, ITEMS, start, items, values));
    return weights;
}

struct gradient {
    const rec_model *model;
    int weighted;
    double lambda_u, lambda_bu, curvature; /* 0 of curvature: linear */
};

/* The greatest component, a rating, of half the objective's gradient by the rows of the users. */
static double largest_gradient(struct gradient of)
{
    const struct rec__result *result = of.model->result;
    const rec_ratings *r = result->ratings;
    const float *p = result->bound.user_vectors, *q = result->bound.item_vectors;
    double most = 0.0, least = (double)r->least, span = (double)r->greatest - least;
    for (int32_t u = 0; u < r->n_users; u++) {
        double gradient[FACTORS + 1] = {0}, n = (double)rec__user_count(r, u);
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
            int32_t i = r->user_items[e];
            double z = result->bound.offset + (double)result->bound.user_biases[u] +
                       (double)result->bound.item_biases[i];
            for (int k = 0; k < FACTORS; k++)
                z += (double)p[u * FACTORS + k] * (double)q[i * FACTORS + k];
            double s = 1.0 / (1.0 + exp(-z)), rating = (double)r->user_ratings[e];
            double push =
                of.curvature > 0.0 ? (rating - least - span * s) * span * s * (1.0 - s) : rating - z;
            push *= of.weighted ? weight_of(u, i) : 1.0;
            for (int k = 0; k < FACTORS; k++)
                gradient[k] -= push * (double)q[i * FACTORS + k];
            gradient[FACTORS] -= push;
        }
        for (int k = 0; k < FACTORS; k++)
            gradient[k] += n * of.lambda_u * (double)p[u * FACTORS + k];
        gradient[FACTORS] += n * of.lambda_bu * (double)result->bound.user_biases[u];
        for (int k = 0; k <= FACTORS; k++)
            most = fmax(most, fabs(gradient[k]) / n);
    }
    return most;
}

/* The normal equations hold with the weights, and not without them. */
START_TEST(test_weights)
{
    rec_ratings *ratings = planted_ratings(0), *weights = weights_of(ratings, 0);
    rec_model *model = mf_with("solver=als epochs=1500 regularization=0.1 bias_regularization=0.1");
    EXPECT_OK(rec_model_set_weights(model, weights));
    EXPECT_OK(rec_fit(model, ratings));
    ck_assert_double_lt(largest_gradient((struct gradient){model, 1, 0.1, 0.1, 0.0}), 1e-4);
    ck_assert_double_gt(largest_gradient((struct gradient){model, 0, 0.1, 0.1, 0.0}), 1e-2);
    rec_model_free(model);
    rec_ratings_free(ratings);
    rec_ratings_free(weights);
}
END_TEST

/* Every solver minimises the weighted objective, and weights of 1 change nothing. */
START_TEST(test_weights_by_solver)
{
    static const char *const settings[] = {"solver=als epochs=300", "solver=sgd epochs=2000 decay=0.996",
                                           "solver=adam epochs=1000 decay=0.993 batch=256"};
    rec_ratings *ratings = planted_ratings(0);
    rec_ratings *weights = weights_of(ratings, 0), *ones = weights_of(ratings, 1);
    for (int s = 0; s < 3; s++) {
        rec_model *models[3] = {mf_with(settings[s]), mf_with(settings[s]), mf_with(settings[s])};
        EXPECT_OK(rec_model_set_weights(models[1], weights));
        EXPECT_OK(rec_model_set_weights(models[2], ones));
        for (int m = 0; m < 3; m++)
            EXPECT_OK(rec_fit(models[m], ratings));
        expect_same(models[0], models[2], 1);
        expect_same(models[0], models[1], 0);
        double weighted = largest_gradient((struct gradient){models[1], 1, 0.1, 0.02, 0.0});
        double plain = largest_gradient((struct gradient){models[0], 1, 0.1, 0.02, 0.0});
        ck_assert_msg(weighted < 0.02 && plain > 0.05, "%s: %g with weights, %g without", settings[s],
                      weighted, plain);
        for (int m = 0; m < 3; m++)
            rec_model_free(models[m]);
    }
    rec_ratings_free(ratings);
    rec_ratings_free(weights);
    rec_ratings_free(ones);
}
END_TEST

START_TEST(test_bad_weights)
{
    const int64_t start[] = {0, 1};
    const int32_t items[] = {3};
    rec_ratings *ratings = planted_ratings(0), *negative = NULL, *zero = NULL;
    rec_model *model = mf_with("epochs=1"), *other = NULL;
    EXPECT_OK(rec_ratings_from_csr(&negative, 1, 4, start, items, (const float[]){-0.5f}));
    EXPECT(rec_model_set_weights(NULL, negative), REC_ERR_INVALID, "model is NULL");
    EXPECT_OK(rec_model_set_weights(model, negative));
    EXPECT(rec_fit(model, ratings), REC_ERR_RANGE, "weights", "-0.5", "at least 0");
    ck_assert_int_eq(rec_model_fitted(model), 0);
    EXPECT_OK(rec_ratings_from_csr(&zero, 1, 4, start, items, (const float[]){0.0f}));
    EXPECT_OK(rec_model_set_weights(model, zero));
    EXPECT(rec_fit(model, zero), REC_ERR_INVALID, "weights of all ratings are 0");
    EXPECT_OK(rec_model_set_weights(model, NULL));
    EXPECT_OK(rec_fit(model, ratings));
    EXPECT_OK(rec_model_create(&other, "ease"));
    EXPECT_OK(rec_model_set_weights(other, zero));
    EXPECT(rec_fit(other, ratings), REC_ERR_UNSUPPORTED, "weights are set", "\"ease\"");
    rec_model_free(model);
    rec_model_free(other);
    rec_ratings_free(ratings);
    rec_ratings_free(negative);
    rec_ratings_free(zero);
}
END_TEST

/* A term's own value counts, and a negative one stands for the common one. */
START_TEST(test_terms)
{
    rec_ratings *ratings = planted_ratings(0);
    rec_model *own = mf_with("solver=als epochs=1500 regularization=7 bias_regularization=7 "
                             "user_regularization=0.05 item_regularization=0.2 "
                             "user_bias_regularization=0.3 item_bias_regularization=0.02");
    EXPECT_OK(rec_fit(own, ratings));
    ck_assert_double_lt(largest_gradient((struct gradient){own, 0, 0.05, 0.3, 0.0}), 1e-4);
    static const char *const pairs[][2] = {
        {"epochs=3", "epochs=3 user_rate=0.015 item_rate=0.015 user_bias_rate=0.015 item_bias_rate=0.015 "
                     "learning_rate=0.9"},
        {"epochs=3 solver=adam",
         "epochs=3 solver=adam user_regularization=0.1 item_regularization=0.1 "
         "user_bias_regularization=0.02 item_bias_regularization=0.02 regularization=9 "
         "bias_regularization=9"},
        {"epochs=3", "epochs=3 regularization=0.5 user_regularization=0.1 item_regularization=0.1"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        rec_model *common = mf_with(pairs[i][0]), *each = mf_with(pairs[i][1]);
        EXPECT_OK(rec_fit(common, ratings));
        EXPECT_OK(rec_fit(each, ratings));
        expect_same(common, each, 1);
        rec_model_free(common);
        rec_model_free(each);
    }
    rec_model_free(own);
    rec_ratings_free(ratings);
}
END_TEST

/* With a rate of 0 a side stays as it was drawn. */
START_TEST(test_rate_of_zero)
{
    rec_ratings *ratings = planted_ratings(0);
    rec_model *one = mf_with("epochs=1 item_rate=0"), *many = mf_with("epochs=9 item_rate=0");
    EXPECT_OK(rec_fit(one, ratings));
    EXPECT_OK(rec_fit(many, ratings));
    expect_same(one, many, 1);
    ck_assert(memcmp(one->result->bound.user_vectors, many->result->bound.user_vectors,
                     USERS * FACTORS * sizeof(float)) != 0);
    rec_model_free(one);
    rec_model_free(many);
    rec_ratings_free(ratings);
}
END_TEST

/* Three epochs and four more are seven: of the same model, of another, and of one that was saved. */
START_TEST(test_start)
{
    rec_ratings *ratings = planted_ratings(0);
    rec_model *seven = mf_with("solver=als epochs=7"), *own = mf_with("solver=als epochs=3"), *kept = NULL;
    rec_model *first = mf_with("solver=als epochs=3"), *more = mf_with("solver=als epochs=4 seed=5");
    char path[] = "start.librec";
    EXPECT_OK(rec_fit(seven, ratings));
    EXPECT_OK(rec_fit(first, ratings));
    EXPECT_OK(rec_model_start_from(more, first));
    EXPECT_OK(rec_fit(more, ratings));
    expect_same(seven, more, 1);
    EXPECT_OK(rec_fit(own, ratings));
    EXPECT_OK(rec_model_start_from(own, own));
    EXPECT_OK(rec_model_set(own, "epochs", 4));
    EXPECT_OK(rec_fit(own, ratings));
    expect_same(seven, own, 1);
    EXPECT_OK(rec_model_save(first, path));
    EXPECT_OK(rec_model_open(&kept, path));
    EXPECT_OK(rec_model_start_from(more, kept));
    rec_model_free(kept);
    EXPECT_OK(rec_fit(more, ratings));
    expect_same(seven, more, 1);
    EXPECT_OK(rec_model_start_from(more, NULL));
    EXPECT_OK(rec_fit(more, ratings));
    expect_same(seven, more, 0);
    remove(path);
    rec_model *models[] = {seven, own, first, more};
    for (int m = 0; m < 4; m++)
        rec_model_free(models[m]);
    rec_ratings_free(ratings);
}
END_TEST

/* Rows are matched by id: what the first model lacks is drawn, what it has and the ratings lack is kept by sgd. */
START_TEST(test_start_by_id)
{
    rec_ratings *ratings = planted_ratings(0);
    rec_ratings *few = ratings_of(2, (const int64_t[]){7, 900}, (const int64_t[]){901, 9});
    rec_model *model = mf_with("epochs=2"), *more = mf_with("epochs=1 learning_rate=1e-9");
    EXPECT_OK(rec_fit(model, ratings));
    EXPECT_OK(rec_model_start_from(more, model));
    EXPECT_OK(rec_fit(more, few));
    for (int k = 0; k < FACTORS; k++) {
        double old = (double)model->result->bound.user_vectors[7 * FACTORS + k];
        ck_assert_double_eq_tol((double)more->result->bound.user_vectors[k], old, 1e-6);
        old = (double)model->result->bound.item_vectors[9 * FACTORS + k];
        ck_assert_double_eq_tol((double)more->result->bound.item_vectors[FACTORS + k], old, 1e-6);
        ck_assert(more->result->bound.user_vectors[FACTORS + k] != 0.0f);
    }
    ck_assert_double_eq_tol(more->result->bound.offset, model->result->bound.offset, 1e-12);
    rec_model_free(model);
    rec_model_free(more);
    rec_ratings_free(few);
    rec_ratings_free(ratings);
}
END_TEST

START_TEST(test_bad_starts)
{
    rec_ratings *ratings = planted_ratings(0);
    rec_ratings *strange = ratings_of(1, (const int64_t[]){700}, (const int64_t[]){900});
    rec_model *model = mf_with("epochs=1"), *other = NULL, *wide = mf_with("epochs=1 factors=9");
    EXPECT(rec_model_start_from(NULL, model), REC_ERR_INVALID, "model is NULL");
    EXPECT(rec_model_start_from(wide, model), REC_ERR_NOT_FITTED, "fitted");
    EXPECT_OK(rec_fit(model, ratings));
    EXPECT_OK(rec_model_start_from(wide, model));
    EXPECT(rec_fit(wide, ratings), REC_ERR_INVALID, "factors is 9", "has 4");
    EXPECT_OK(rec_model_create(&other, "popular"));
    EXPECT_OK(rec_fit(other, ratings));
    EXPECT(rec_model_start_from(model, other), REC_ERR_INVALID, "\"popular\"", "\"mf\"");
    EXPECT(rec_model_start_from(other, other), REC_ERR_UNSUPPORTED, "\"popular\"");
    EXPECT_OK(rec_model_start_from(model, model));
    EXPECT(rec_fit(model, strange), REC_ERR_EMPTY, "knows no user and no item");
    rec_model_free(model);
    rec_model_free(other);
    rec_model_free(wide);
    rec_ratings_free(strange);
    rec_ratings_free(ratings);
}
END_TEST

/* Clipping changes what is answered and nothing else. */
START_TEST(test_clip)
{
    enum { K = ITEMS };
    rec_ratings *ratings = planted_ratings(0);
    rec_model *none = mf_with("solver=als epochs=60 regularization=0.0001"),
              *clip = mf_with("solver=als epochs=60 regularization=0.0001 bounds=clip");
    int32_t raw_items[K], items[K], raw_n, n, beyond = 0;
    float raw[K], scores[K], predicted[K];
    EXPECT_OK(rec_fit(none, ratings));
    EXPECT_OK(rec_fit(clip, ratings));
    expect_same(none, clip, 1);
    for (int32_t u = 0; u < USERS; u++) {
        EXPECT_OK(rec_topk(none, u, NULL, K, raw_items, raw, &raw_n));
        EXPECT_OK(rec_topk(clip, u, NULL, K, items, scores, &n));
        EXPECT_OK(rec_score(clip, u, NULL, items, n, predicted));
        ck_assert_int_eq(n, raw_n);
        for (int i = 0; i < n; i++) {
            beyond += raw[i] > ratings->greatest || raw[i] < ratings->least;
            ck_assert_int_eq(items[i], raw_items[i]);
            ck_assert(scores[i] == fminf(fmaxf(raw[i], ratings->least), ratings->greatest));
            ck_assert(scores[i] == predicted[i]);
        }
    }
    ck_assert_int_gt(beyond, 0);
    rec_model_free(none);
    rec_model_free(clip);
    rec_ratings_free(ratings);
}
END_TEST

/* Each step of als goes down, to where the gradient is none; answers lie between the bounds. */
START_TEST(test_sigmoid)
{
    rec_ratings *ratings = planted_ratings(0);
    rec_model *model =
        mf_with("solver=als bounds=sigmoid epochs=4000 regularization=0.05 bias_regularization=0.05");
    const double *loss, *watched;
    int64_t n = 0;
    EXPECT_OK(rec_fit(model, ratings));
    EXPECT_OK(rec_model_loss(model, &loss, &watched, &n));
    ck_assert_double_lt(loss[n - 1], loss[0]);
    ck_assert_double_lt(largest_gradient((struct gradient){model, 0, 0.05, 0.05, 1.0}), 1e-3);
    float least = INFINITY, greatest = -INFINITY;
    for (int32_t u = 0; u < USERS; u++)
        for (int32_t i = 0; i < ITEMS; i++) {
            float predicted = 0.0f;
            EXPECT_OK(rec_predict(model, u, i, &predicted));
            least = fminf(least, predicted);
            greatest = fmaxf(greatest, predicted);
        }
    ck_assert(least >= ratings->least && greatest <= ratings->greatest);
    ck_assert(greatest - least > 0.5f * (ratings->greatest - ratings->least));
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

/* Gradient steps find a minimum too. */
START_TEST(test_sigmoid_by_gradients)
{
    static const char *const settings[] = {
        "solver=sgd bounds=sigmoid epochs=3000 decay=0.998 learning_rate=0.05",
        "solver=adam bounds=sigmoid epochs=1500 decay=0.994 batch=256"};
    rec_ratings *ratings = planted_ratings(0);
    for (int s = 0; s < 2; s++) {
        rec_model *model = mf_with(settings[s]);
        EXPECT_OK(rec_model_set(model, "regularization", 0.05));
        EXPECT_OK(rec_fit(model, ratings));
        double most = largest_gradient((struct gradient){model, 0, 0.05, 0.02, 1.0});
        ck_assert_msg(most < 0.01, "%s: %g", settings[s], most);
        rec_model_free(model);
    }
    rec_ratings_free(ratings);
}
END_TEST

/* Folding a user's own ratings in finds that user, and the parts of the explanation make up the sum inside. */
START_TEST(test_sigmoid_folds_in)
{
    rec_ratings *ratings = planted_ratings(0);
    rec_model *model =
        mf_with("solver=als bounds=sigmoid epochs=4000 regularization=0.05 bias_regularization=0.05");
    EXPECT_OK(rec_fit(model, ratings));
    for (int32_t u = 0; u < USERS; u++) {
        rec_row row;
        float stored = 0.0f, folded = 0.0f, parts[ITEMS];
        int32_t because[ITEMS], n = 0, item = u % ITEMS;
        EXPECT_OK(rec_ratings_user(ratings, u, &row));
        rec_query query = REC_QUERY_INIT;
        query.history = row.others;
        query.history_ratings = row.ratings;
        query.n_history = row.n;
        EXPECT_OK(rec_score(model, REC_NEW_USER, &query, &item, 1, &folded));
        EXPECT_OK(rec_score(model, u, NULL, &item, 1, &stored));
        ck_assert_double_eq_tol((double)folded, (double)stored, 0.01);
        EXPECT_OK(rec_explain(model, u, item, ITEMS, because, parts, &n));
        double sum = model->result->bound.offset + (double)model->result->bound.item_biases[item];
        for (int32_t j = 0; j < n; j++)
            sum += (double)parts[j];
        ck_assert_double_eq_tol(rec__link_rating(&model->result->bound.link, sum), (double)folded, 0.01);
    }
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mf_options");
    TCase *tests = tcase_create("mf_options");
    tcase_set_timeout(tests, 100);
    tcase_add_test(tests, test_weights);
    tcase_add_test(tests, test_weights_by_solver);
    tcase_add_test(tests, test_bad_weights);
    tcase_add_test(tests, test_terms);
    tcase_add_test(tests, test_rate_of_zero);
    tcase_add_test(tests, test_start);
    tcase_add_test(tests, test_start_by_id);
    tcase_add_test(tests, test_bad_starts);
    tcase_add_test(tests, test_clip);
    tcase_add_test(tests, test_sigmoid);
    tcase_add_test(tests, test_sigmoid_by_gradients);
    tcase_add_test(tests, test_sigmoid_folds_in);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
