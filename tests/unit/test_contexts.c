/* SPDX-License-Identifier: Apache-2.0 */
/* Given contexts: made, read, learned by a factorization machine, asked for. */
#include "unit.h"

#include "files.h"
#include "model/contexts.h"

#include <librec/evaluate.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { USERS = 60, ITEMS = 40, EACH = 20, F = 4 };

static int item_of(int u, int k)
{
    return (u * 3 + k * 7) % ITEMS;
}

static const char *device_of(int u, int k)
{
    return (u * 5 + k * 11) % 3 == 0 ? "mobile" : "desk";
}

/* Every fifth is unknown. */
static const char *place_of(int u, int k)
{
    static const char *const places[] = {"home", "work", "bus", "park"};
    return (u + k) % 5 == 4 ? "" : places[(u + k) % 5];
}

/* Items of even row are liked on the way, those of odd row at the desk. */
static float rating_of(int u, int k)
{
    return (item_of(u, k) % 2 == 0) == (strcmp(device_of(u, k), "mobile") == 0) ? 5.0f : 2.0f;
}

static rec_ratings *ratings_from(int first, int last)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    for (int u = 0; u < USERS; u++)
        for (int k = first; k < last; k++)
            EXPECT_OK(rec_ratings_builder_add_ids(builder, u, item_of(u, k), rating_of(u, k), REC_NO_TIME));
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

static rec_contexts *contexts_of(const char *fields)
{
    static int64_t users[USERS * EACH], items[USERS * EACH];
    static const char *values[2 * USERS * EACH];
    rec_contexts *contexts = NULL;
    int n = 0, width = strchr(fields, ',') == NULL ? 1 : 2;
    for (int u = 0; u < USERS; u++)
        for (int k = 0; k < EACH; k++, n++) {
            users[n] = u;
            items[n] = item_of(u, k);
            values[width * n] = device_of(u, k);
            if (width == 2)
                values[2 * n + 1] = place_of(u, k);
        }
    EXPECT_OK(rec_contexts_from_ids(&contexts, fields, users, items, values, n));
    return contexts;
}

static rec_model *make(const char *interactions, const char *loss, int threads)
{
    rec_model *model = NULL;
    EXPECT_OK(rec_model_create(&model, "fm"));
    EXPECT_OK(rec_model_set(model, "factors", F));
    EXPECT_OK(rec_model_set(model, "regularization", 0.02));
    EXPECT_OK(rec_model_set(model, "threads", threads));
    EXPECT_OK(rec_model_set_text(model, "loss", loss));
    EXPECT_OK(rec_model_set_text(model, "interactions", interactions));
    return model;
}

static rec_model *fit(rec_model *model, const char *fields)
{
    rec_ratings *ratings = ratings_from(0, EACH - 4);
    rec_contexts *contexts = contexts_of(fields);
    EXPECT_OK(rec_model_set_contexts(model, contexts));
    EXPECT_OK(rec_fit(model, ratings));
    rec_contexts_free(contexts);
    rec_ratings_free(ratings);
    return model;
}

static const char *text_of(const rec_ids *ids, int32_t row)
{
    static char text[64];
    EXPECT_OK(rec_ids_text(ids, row, text, sizeof text, NULL));
    return text;
}

START_TEST(test_made)
{
    rec_contexts *contexts = contexts_of("device,place");
    ck_assert_int_eq(rec_contexts_count(contexts), USERS * EACH);
    ck_assert_str_eq(text_of(rec_contexts_fields(contexts), 1), "place");
    ck_assert_int_eq(rec_ids_count(rec_contexts_values(contexts)), 6);
    rec_ratings *ratings = ratings_from(3, 5);
    int32_t *numbers = malloc(sizeof *numbers * (size_t)ratings->count);
    EXPECT_OK(rec__contexts_match(contexts, ratings, numbers));
    for (int k = 3; k < 5; k++) {
        int32_t user, item, value;
        EXPECT_OK(rec_ids_find_integer(ratings->users, 7, &user));
        EXPECT_OK(rec_ids_find_integer(ratings->items, item_of(7, k), &item));
        int64_t e = rec__ratings_find(ratings, user, item);
        ck_assert_int_ge(numbers[e], 0);
        value = contexts->combinations[2 * numbers[e]];
        ck_assert_str_eq(text_of(contexts->values, value) + strlen("device="), device_of(7, k));
        value = contexts->combinations[2 * numbers[e] + 1];
        if (*place_of(7, k))
            ck_assert_str_eq(text_of(contexts->values, value) + strlen("place="), place_of(7, k));
        else
            ck_assert_int_eq(value, -1);
    }
    free(numbers);
    rec_ratings_free(ratings);
    rec_contexts_free(contexts);
}
END_TEST

START_TEST(test_bad_arrays)
{
    static const int64_t users[] = {1, 2}, items[] = {3, 4};
    static const char *const values[] = {"a", "b"}, *const texts[] = {"u", ""};
    rec_contexts *contexts = NULL;
    EXPECT(rec_contexts_from_ids(&contexts, "a,a", users, items, values, 1), REC_ERR_INVALID, "twice", "a,a");
    EXPECT(rec_contexts_from_ids(&contexts, "a,", users, items, values, 1), REC_ERR_INVALID, "fields",
           "names");
    EXPECT(rec_contexts_from_ids(&contexts, "a=b", users, items, values, 1), REC_ERR_INVALID, "\"a=b\"", "=");
    EXPECT(rec_contexts_from_ids(&contexts, "a", NULL, items, values, 1), REC_ERR_INVALID, "users", "NULL");
    EXPECT(rec_contexts_from_ids(&contexts, "a", users, items, values, -1), REC_ERR_INVALID, "-1", "count");
    EXPECT(rec_contexts_from_ids(&contexts, "a", users, items, values, 0), REC_ERR_EMPTY, "nothing");
    EXPECT(rec_contexts_from_arrays(&contexts, "a", texts, texts, values, 2), REC_ERR_INVALID, "event 1",
           "empty");
    EXPECT(rec_contexts_from_ids(&contexts, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", users, items, values, 1),
           REC_ERR_INVALID, "17", "16");
    ck_assert_ptr_null(contexts);
}
END_TEST

static rec_status read_from(rec_contexts **out, const char *fields, const char *text)
{
    const char *path = write_text("contexts.csv", text);
    return rec_contexts_read(out, &path, 1, fields);
}

START_TEST(test_read)
{
    rec_contexts *contexts = NULL;
    EXPECT_OK(read_from(&contexts, "place,device",
                        "user,item,rating,time,device,mood,place\n"
                        "a,x,4,10,mobile,good,\"at \"\"home\"\"\"\n"
                        "\"b\",x,,,desk,,work\n\n"
                        "a,x,4,10,desk,bad,\n"));
    ck_assert_int_eq(rec_contexts_count(contexts), 2);
    ck_assert_str_eq(text_of(contexts->values, 0), "place=at \"home\"");
    ck_assert_int_eq(rec_ids_count(contexts->values), 4);
    int32_t number = (int32_t)contexts->events->user_ratings[0]; /* of a pair given twice the last */
    ck_assert_int_eq(contexts->combinations[2 * number], -1);
    ck_assert_str_eq(text_of(contexts->values, contexts->combinations[2 * number + 1]), "device=desk");
    rec_contexts_free(contexts);
    EXPECT(read_from(&contexts, "device", "user,item,rating\na,b,3\n"), REC_ERR_NOT_FOUND, "\"device\"",
           "user,item,rating");
    EXPECT(read_from(&contexts, "user", "user,item,rating\na,b,3\n"), REC_ERR_NOT_FOUND, "\"user\"", "two");
    EXPECT(read_from(&contexts, "device", "user,item,device\na,b\n"), REC_ERR_FORMAT, "line 2",
           "another column");
    EXPECT(read_from(&contexts, "device", "user,item,device\na,b,c,d\n"), REC_ERR_FORMAT, "line 2",
           "goes on");
    EXPECT(read_from(&contexts, "device", "user,item,device\na,,c\n"), REC_ERR_FORMAT, "line 2", "item id");
    EXPECT(read_from(&contexts, "device", "user,item,device\n"), REC_ERR_EMPTY, "no contexts", "line");
    ck_assert_ptr_null(contexts);
}
END_TEST

/* Ratings with more columns are read as without them. */
START_TEST(test_wide)
{
    rec_ratings *ratings = NULL;
    const char *path = write_text(
        "wide.csv",
        "user,item,rating,time,device,place\na,x,4,10,mobile,at home\nb,\"y\",2.5,,desk,\"at, work\"\n");
    EXPECT_OK(rec_ratings_read(&ratings, path, NULL));
    ck_assert_int_eq(ratings->count, 2);
    ck_assert_float_eq(ratings->user_ratings[1], 2.5f);
    ck_assert_int_eq(ratings->user_times[0], 10);
    ck_assert_int_eq(ratings->user_times[1], REC_NO_TIME);
    rec_ratings_free(ratings);
    path = write_text("wide.csv", "user,item,rating,time,device\na,x,4,10,mobile,more\n");
    EXPECT(rec_ratings_read(&ratings, path, "csv"), REC_ERR_FORMAT, "6 fields", "first line names");
    path = write_text("wide.csv", "a,x,4,10,mobile\nb,x,3,11,desk\n");
    EXPECT(rec_ratings_read(&ratings, path, "csv"), REC_ERR_FORMAT, "5 fields", "names further columns");
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

/* Pair by pair. rows: of the names. */
static double score(const rec_model *model, int32_t user, int32_t item, const int32_t *rows, int n, bool all)
{
    const float *c = array(model, "context_vectors"), *b = array(model, "context_biases"),
                *x = array(model, "user_vectors") + user * F, *y = array(model, "item_vectors") + item * F;
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

static void check_scores(const rec_model *model, bool all)
{
    int32_t items[5], counts[USERS], rows[8], n = 0, found = 0;
    static int32_t lists[USERS * 5];
    float top[5], predicted;
    rec_query query = REC_QUERY_INIT;
    EXPECT_OK(rec_model_find_context(model, "place=bus,device=desk", rows, 8, &n));
    ck_assert_int_eq(n, 2);
    query.flags = REC_QUERY_WITH_SEEN;
    query.context = rows;
    query.n_context = n;
    EXPECT_OK(rec_topk_batch(model, NULL, USERS, &query, 5, lists, NULL, counts));
    for (int32_t u = 0; u < USERS; u++) {
        EXPECT_OK(rec_topk(model, u, &query, 5, items, top, &found));
        ck_assert_mem_eq(items, lists + 5 * u, 5 * sizeof *items);
        ck_assert_double_eq_tol((double)top[0], score(model, u, items[0], rows, n, all), 1e-4);
        EXPECT_OK(rec_score(model, u, &query, items, 1, &predicted));
        ck_assert_float_eq(predicted, top[0]);
        EXPECT_OK(rec_predict(model, u, items[0], &predicted));
        ck_assert_double_eq_tol((double)predicted, score(model, u, items[0], NULL, 0, all), 1e-4);
    }
}

START_TEST(test_scores)
{
    rec_model *model = fit(make(_i == 0 ? "across" : "all", "squared", 2), "device,place"), *opened = NULL;
    const char *path = path_of("model");
    check_scores(model, _i == 1);
    EXPECT_OK(rec_model_save(model, path));
    EXPECT_OK(rec_model_open(&opened, path));
    check_scores(opened, _i == 1);
    ck_assert_int_eq(rec_ids_count(rec_model_context_names(opened)), 6);
    rec_model_free(model);
    rec_model_free(opened);
}
END_TEST

/* Given fields stand beside those that the model makes itself, and a value's row is the same. */
START_TEST(test_beside_last_item)
{
    rec_model *model = make("across", "squared", 1);
    EXPECT_OK(rec_model_set_text(model, "last_item", "true"));
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    rec_contexts *contexts = contexts_of("device");
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    for (int u = 0; u < USERS; u++)
        for (int k = 0; k < EACH; k++)
            EXPECT_OK(rec_ratings_builder_add_ids(builder, u, item_of(u, k), rating_of(u, k), k));
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    EXPECT_OK(rec_model_set_contexts(model, contexts));
    EXPECT_OK(rec_fit(model, ratings));
    const float *c = array(model, "context_vectors"), *b = array(model, "context_biases");
    rec_query query = REC_QUERY_INIT;
    int32_t item = 3, rows[2], n, at = rec_ratings_items(ratings);
    float without, with;
    EXPECT_OK(rec_model_find_context(model, "device=desk", rows, 2, &n));
    EXPECT_OK(rec_score(model, 5, &query, &item, 1, &without));
    query.context = rows;
    query.n_context = n;
    EXPECT_OK(rec_score(model, 5, &query, &item, 1, &with));
    at += rows[0];
    ck_assert_double_eq_tol((double)with - (double)without,
                            (double)b[at] + dot(c + at * F, array(model, "item_vectors") + item * F), 1e-4);
    ck_assert_float_ne(with, without);
    rec_contexts_free(contexts);
    rec_ratings_free(ratings);
    rec_model_free(model);
}
END_TEST

START_TEST(test_asked_wrongly)
{
    rec_model *model = fit(make("across", "squared", 1), "device,place"),
              *plain = make("across", "squared", 1);
    rec_ratings *ratings = ratings_from(0, 4);
    rec_contexts *contexts = contexts_of("gadget");
    int32_t rows[4], n = 7, item = 0, user = 0;
    float found, unseen;
    rec_query query = REC_QUERY_INIT;
    EXPECT(rec_model_find_context(model, "mood=good", rows, 4, &n), REC_ERR_NOT_FOUND, "\"mood\"",
           "device, place");
    EXPECT(rec_model_find_context(model, "device", rows, 4, &n), REC_ERR_INVALID, "\"device\"",
           "FIELD=VALUE");
    EXPECT(rec_model_find_context(model, "device=desk", rows, 0, &n), REC_ERR_INVALID, "capacity", "0");
    EXPECT_OK(rec_model_find_context(model, "device=watch", rows, 4, &n));
    ck_assert_int_eq(n, 0);
    query.context = rows;
    EXPECT_OK(rec_score(model, 0, &query, &item, 1, &unseen));
    EXPECT_OK(rec_predict(model, 0, 0, &found));
    ck_assert_float_eq(unseen, found);
    query.n_context = 1;
    rows[0] = 6;
    EXPECT(rec_score(model, 0, &query, &item, 1, &found), REC_ERR_RANGE, "query.context[0] is 6", "5");
    query.n_context = 2;
    rows[0] = 1;
    rows[1] = 0;
    EXPECT(rec_score(model, 0, &query, &item, 1, &found), REC_ERR_INVALID, "one field", "rows 1 and 0");
    query.n_context = -1;
    EXPECT(rec_score(model, 0, &query, &item, 1, &found), REC_ERR_INVALID, "n_context is -1", "count");
    EXPECT(rec_predict_batch_in(model, &user, &item, NULL, contexts, 1, &found), REC_ERR_NOT_FOUND, "gadget",
           "device, place");
    EXPECT_OK(rec_fit(plain, ratings));
    query.n_context = 1;
    EXPECT(rec_score(plain, 0, &query, &item, 1, &found), REC_ERR_UNSUPPORTED, "query.context", "without");
    EXPECT(rec_model_find_context(plain, "device=desk", rows, 4, &n), REC_ERR_UNSUPPORTED, "\"fm\"",
           "without");
    EXPECT(rec_predict_batch_in(plain, &user, &item, NULL, contexts, 1, &found), REC_ERR_UNSUPPORTED,
           "\"fm\"", "without");
    rec_contexts_free(contexts);
    rec_ratings_free(ratings);
    rec_model_free(plain);
    rec_model_free(model);
}
END_TEST

START_TEST(test_refused)
{
    rec_model *model = NULL;
    rec_ratings *ratings = ratings_from(0, 4);
    rec_contexts *contexts = contexts_of("device"), *foreign = NULL;
    static const int64_t user = 1000, item = 0;
    static const char *const value = "desk";
    EXPECT_OK(rec_model_create(&model, "mf"));
    EXPECT_OK(rec_model_set_contexts(model, contexts));
    EXPECT(rec_fit(model, ratings), REC_ERR_UNSUPPORTED, "contexts are set", "\"mf\"");
    rec_model_free(model);
    EXPECT_OK(rec_contexts_from_ids(&foreign, "device", &user, &item, &value, 1));
    model = make("across", "squared", 1);
    EXPECT_OK(rec_model_set_contexts(model, foreign));
    EXPECT(rec_fit(model, ratings), REC_ERR_EMPTY, "none of the 1 contexts", "ratings");
    EXPECT_OK(rec_model_set_contexts(model, NULL));
    EXPECT_OK(rec_fit(model, ratings));
    ck_assert_ptr_null(rec_model_context_names(model));
    rec_model_free(model);
    rec_contexts_free(foreign);
    rec_contexts_free(contexts);
    rec_ratings_free(ratings);
}
END_TEST

static double rmse_of(const rec_model *model, const rec_ratings *test, const rec_contexts *contexts)
{
    rec_evaluation *evaluation = NULL;
    rec_evaluate_options options = REC_EVALUATE_OPTIONS_INIT;
    rec_figure figure = REC_FIGURE_INIT;
    options.contexts = contexts;
    EXPECT_OK(rec_evaluate_by(model, test, "rmse_raw", &options, &evaluation));
    EXPECT_OK(rec_evaluation_at(evaluation, 0, &figure));
    rec_evaluation_free(evaluation);
    return figure.value;
}

/* The tastes of the two devices are found, and errors are measured in the contexts of the test ratings, the model's or given. */
START_TEST(test_evaluated)
{
    rec_model *model = fit(make("across", "squared", 2), "device,place"),
              *plain = make("across", "squared", 2);
    rec_ratings *train = ratings_from(0, EACH - 4), *test = ratings_from(EACH - 4, EACH);
    rec_contexts *contexts = contexts_of("device,place");
    double sum = 0, rmse = rmse_of(model, test, NULL);
    EXPECT_OK(rec_fit(plain, train));
    ck_assert_double_lt(rmse, 0.6 * rmse_of(plain, test, NULL));
    for (int32_t u = 0; u < USERS; u++)
        for (int k = EACH - 4; k < EACH; k++) {
            int32_t user, item;
            float predicted;
            EXPECT_OK(rec_ids_find_integer(rec_model_user_ids(model), u, &user));
            EXPECT_OK(rec_ids_find_integer(rec_model_item_ids(model), item_of(u, k), &item));
            EXPECT_OK(rec_predict_batch_in(model, &user, &item, NULL, contexts, 1, &predicted));
            sum += pow((double)predicted - (double)rating_of(u, k), 2);
        }
    ck_assert_double_eq_tol(rmse, sqrt(sum / (4 * USERS)), 1e-6);
    EXPECT_OK(rec_model_set_contexts(model, NULL));
    ck_assert_double_gt(rmse_of(model, test, NULL), 1.2 * rmse);
    ck_assert_double_eq_tol(rmse_of(model, test, contexts), rmse, 1e-9);
    rec_contexts_free(contexts);
    rec_ratings_free(train);
    rec_ratings_free(test);
    rec_model_free(plain);
    rec_model_free(model);
}
END_TEST

/* Folds find the contexts of both of their parts on the model. */
START_TEST(test_cross_validated)
{
    rec_model *model = make("across", "squared", 2), *plain = make("across", "squared", 2);
    rec_ratings *ratings = ratings_from(0, EACH);
    rec_contexts *contexts = contexts_of("device");
    rec_evaluation *with = NULL, *without = NULL;
    rec_figure a = REC_FIGURE_INIT, b = REC_FIGURE_INIT;
    EXPECT_OK(rec_model_set_contexts(model, contexts));
    EXPECT_OK(rec_cross_validate(model, ratings, 3, 1, "rmse", &with));
    EXPECT_OK(rec_cross_validate(plain, ratings, 3, 1, "rmse", &without));
    EXPECT_OK(rec_evaluation_at(with, 0, &a));
    EXPECT_OK(rec_evaluation_at(without, 0, &b));
    ck_assert_double_lt(a.value, 0.6 * b.value);
    rec_evaluation_free(with);
    rec_evaluation_free(without);
    rec_contexts_free(contexts);
    rec_ratings_free(ratings);
    rec_model_free(plain);
    rec_model_free(model);
}
END_TEST

START_TEST(test_threads)
{
    static const char *const losses[] = {"squared", "logistic", "bpr", "warp"};
    rec_model *one = fit(make(_i < 4 ? "across" : "all", losses[_i % 4], 1), "device,place"),
              *seven = fit(make(_i < 4 ? "across" : "all", losses[_i % 4], 7), "device,place");
    ck_assert_mem_eq(array(one, "context_vectors"), array(seven, "context_vectors"), 6 * F * sizeof(float));
    ck_assert_mem_eq(array(one, "item_vectors"), array(seven, "item_vectors"), ITEMS * F * sizeof(float));
    rec_model_free(one);
    rec_model_free(seven);
}
END_TEST

/* Six ratings on a Friday, a Saturday and a Sunday; the second half has no context. */
static rec_ratings *weekend(rec_contexts **contexts)
{
    static const char *const users[] = {"a", "a", "b", "b", "c", "c"}, *const items[] = {"x", "y", "x",
                                                                                         "y", "x", "z"};
    static const char *const devices[] = {"tv", "desk", "tv"};
    static const int64_t hours[] = {18, 23, 26, 31, 47, 50};
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    for (int e = 0; e < 6; e++) /* 1970-01-02 was a Friday */
        EXPECT_OK(
            rec_ratings_builder_add(builder, users[e], items[e], (float)(e + 1), 86400 + hours[e] * 3600));
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    EXPECT_OK(rec_contexts_from_arrays(contexts, "device", users, items, devices, 3));
    return ratings;
}

/* expected: a bit a rating, in the order above. */
static void expect_where(const char *where, unsigned expected)
{
    rec_contexts *contexts = NULL;
    rec_ratings *ratings = weekend(&contexts), *some = NULL;
    unsigned found = 0;
    EXPECT_OK(rec_ratings_where(&some, ratings, contexts, where));
    for (int64_t e = 0; e < some->count; e++)
        found |= 1u << ((int)some->user_ratings[e] - 1);
    ck_assert_uint_eq(found, expected);
    ck_assert_ptr_eq(some->items, ratings->items);
    rec_ratings_free(some);
    rec_ratings_free(ratings);
    rec_contexts_free(contexts);
}

START_TEST(test_where)
{
    expect_where("device=tv", 0x05);
    expect_where("device=tv|desk|watch", 0x07);
    expect_where("hour=18-23", 0x13);
    expect_where("hour=23-2", 0x36);
    expect_where("hour=2|7", 0x2C);
    expect_where("hour=18-23,zone=1", 0x01);
    expect_where("zone=-3,hour=23", 0x24);
    expect_where("weekday=fri", 0x03);
    expect_where("weekday=sat-mon", 0x3C);
    expect_where("weekday=fri|sun", 0x23);
    expect_where("device=tv,weekday=sat", 0x04);
}
END_TEST

START_TEST(test_where_refused)
{
    static const struct {
        const char *where;
        rec_status status;
        const char *word, *other;
    } wrong[] = {{"mood=good", REC_ERR_NOT_FOUND, "\"mood\"", "device, hour"},
                 {"device", REC_ERR_INVALID, "\"device\"", "FIELD=VALUE"},
                 {"device=tv,", REC_ERR_INVALID, "device=tv,", "FIELD=VALUE"},
                 {"=tv", REC_ERR_INVALID, "\"=tv\"", "FIELD=VALUE"},
                 {"hour=24", REC_ERR_INVALID, "\"24\"", "18-23"},
                 {"hour=3-", REC_ERR_INVALID, "\"3-\"", "hours"},
                 {"weekday=monday", REC_ERR_INVALID, "\"monday\"", "mon-fri"},
                 {"zone=noon", REC_ERR_INVALID, "\"noon\"", "24"},
                 {"device=watch", REC_ERR_EMPTY, "none of the 6 ratings", "device=watch"}};
    rec_contexts *contexts = NULL;
    rec_ratings *ratings = weekend(&contexts), *untimed = ratings_from(0, 2), *some = NULL;
    float lifts[3];
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
        EXPECT(rec_ratings_where(&some, ratings, contexts, wrong[w].where), wrong[w].status, wrong[w].word,
               wrong[w].other);
        ck_assert_ptr_null(some);
        EXPECT(rec_ratings_lifts(ratings, contexts, wrong[w].where, 1, lifts), wrong[w].status,
               wrong[w].word);
    }
    EXPECT(rec_ratings_where(&some, untimed, NULL, "hour=3"), REC_ERR_UNSUPPORTED, "no times", "hour=3");
    EXPECT(rec_ratings_where(&some, ratings, NULL, "device=tv"), REC_ERR_NOT_FOUND, "\"device\"", "hour");
    EXPECT(rec_ratings_lifts(ratings, contexts, "device=tv", 0, lifts), REC_ERR_INVALID, "smoothing is 0",
           "above");
    rec_ratings_free(untimed);
    rec_ratings_free(ratings);
    rec_contexts_free(contexts);
}
END_TEST

/* Shares by hand: x has 2 of its 3 ratings on the television, y none of 2, z none of 1, all 2 of 6. */
START_TEST(test_lifts)
{
    static const double counts[] = {2, 0, 0}, totals[] = {3, 2, 1};
    rec_contexts *contexts = NULL;
    rec_ratings *ratings = weekend(&contexts);
    float lifts[3];
    EXPECT_OK(rec_ratings_lifts(ratings, contexts, "device=tv", 1.5, lifts));
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol((double)lifts[i], (counts[i] + 1.5 / 3) / (totals[i] + 1.5) * 3, 1e-6);
    rec_ratings_free(ratings);
    rec_contexts_free(contexts);
}
END_TEST

/* Answers are scores times factors, divided where they are below 0, for one and for many, in the order of the products. */
START_TEST(test_reweighed)
{
    static const char *const algorithms[] = {"popular", "bpr", "itemknn", "userknn"};
    rec_model *model = NULL;
    rec_ratings *ratings = ratings_from(0, 6);
    EXPECT_OK(rec_model_create(&model, algorithms[_i]));
    EXPECT_OK(rec_fit(model, ratings));
    int32_t n_items = rec_model_items(model), items[ITEMS], many[USERS * ITEMS], counts[USERS], n = 0;
    float factors[ITEMS], plain[ITEMS], scores[ITEMS];
    rec_query query = REC_QUERY_INIT;
    for (int32_t i = 0; i < n_items; i++)
        factors[i] = 0.25f + (float)((i * 7) % 5);
    query.item_factors = factors;
    EXPECT_OK(rec_topk_batch(model, NULL, USERS, &query, ITEMS, many, NULL, counts));
    for (int32_t u = 0; u < USERS; u++) {
        EXPECT_OK(rec_topk(model, u, &query, ITEMS, items, scores, &n));
        ck_assert_int_eq(n, counts[u]);
        ck_assert_mem_eq(items, many + u * ITEMS, (size_t)n * sizeof *items);
        EXPECT_OK(rec_score(model, u, NULL, items, n, plain));
        for (int32_t k = 0; k < n; k++) {
            double factor = (double)factors[items[k]], one = (double)plain[k];
            ck_assert_double_eq_tol((double)scores[k], one < 0 ? one / factor : one * factor, 1e-4);
            ck_assert(k == 0 || scores[k] <= scores[k - 1]);
        }
    }
    factors[2] = 0;
    EXPECT(rec_topk(model, 0, &query, 3, items, scores, &n), REC_ERR_INVALID, "item_factors[2] is 0",
           "above 0");
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

static rec_status attempt(void *context)
{
    static const char *const users[] = {"a", "b", "a"}, *const items[] = {"x", "x", "y"};
    static const char *const values[] = {"m", "h", "d", "", "m", "w"};
    rec_model *model = context;
    rec_ratings *ratings = NULL;
    rec_contexts *contexts = NULL;
    rec_ratings_builder *builder = NULL;
    rec_evaluation *evaluation = NULL;
    rec_status status = rec_ratings_builder_create(&builder, NULL);
    for (int k = 0; status == REC_OK && k < 3; k++)
        status = rec_ratings_builder_add(builder, users[k], items[k], (float)k, REC_NO_TIME);
    if (status == REC_OK)
        status = rec_ratings_builder_finish(builder, &ratings);
    rec_ratings_builder_free(builder);
    if (status == REC_OK)
        status = rec_contexts_from_arrays(&contexts, "device,place", users, items, values, 3);
    if (status == REC_OK)
        status = rec_model_create(&model, "fm");
    if (status == REC_OK)
        status = rec_model_set(model, "threads", 1);
    if (status == REC_OK)
        status = rec_model_set(model, "epochs", 2);
    if (status == REC_OK)
        status = rec_model_set_contexts(model, contexts);
    if (status == REC_OK)
        status = rec_fit(model, ratings);
    if (status == REC_OK)
        status = rec_evaluate(model, ratings, "rmse", &evaluation);
    rec_evaluation_free(evaluation);
    rec_model_free(model);
    rec_contexts_free(contexts);
    rec_ratings_free(ratings);
    return status;
}

START_TEST(test_no_memory)
{
    ck_assert_int_gt(fail_each_allocation(attempt, NULL), 40);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("contexts");
    TCase *tests = tcase_create("contexts");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, test_made);
    tcase_add_test(tests, test_bad_arrays);
    tcase_add_test(tests, test_read);
    tcase_add_test(tests, test_wide);
    tcase_add_loop_test(tests, test_scores, 0, 2);
    tcase_add_test(tests, test_beside_last_item);
    tcase_add_test(tests, test_asked_wrongly);
    tcase_add_test(tests, test_refused);
    tcase_add_test(tests, test_evaluated);
    tcase_add_test(tests, test_cross_validated);
    tcase_add_loop_test(tests, test_threads, 0, 8);
    tcase_add_test(tests, test_where);
    tcase_add_test(tests, test_where_refused);
    tcase_add_test(tests, test_lifts);
    tcase_add_loop_test(tests, test_reweighed, 0, 4);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
