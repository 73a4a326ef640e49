/* SPDX-License-Identifier: Apache-2.0 */
/* What has happened since the fit: every algorithm that folds in answers an updated user as the old model answers the history. */
#include "unit.h"

#include "model/model.h"

#include <librec/librec.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

enum { USERS = 24, ITEMS = 16, WIDTH = 3, UPDATED = 5, K = 8 };

static rec_ratings *finish(rec_ratings_builder *builder)
{
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

static void add(rec_ratings_builder *builder, int user, int item, double rating)
{
    char user_id[16], item_id[16];
    snprintf(user_id, sizeof user_id, "u%d", user);
    snprintf(item_id, sizeof item_id, "i%d", item);
    EXPECT_OK(rec_ratings_builder_add(builder, user_id, item_id, (float)rating, user * 1000 + item * 7));
}

static rec_ratings_builder *new_builder(void)
{
    rec_ratings_builder *builder = NULL;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    return builder;
}

/* Two tastes. */
static rec_ratings *planted(void)
{
    rec_ratings_builder *builder = new_builder();
    for (int user = 0; user < USERS; user++)
        for (int item = 0; item < ITEMS; item++)
            if (item == user % ITEMS || (user * 7 + item * 11 + user * item) % 5 < 2)
                add(builder, user, item, (user % 2 == item % 2 ? 4 : 2) + 0.5 * ((user + item) % 3));
    return finish(builder);
}

/* Other histories of user UPDATED and of one more, by falling numbers of items. */
static rec_ratings *later(void)
{
    rec_ratings_builder *builder = new_builder();
    for (int item = ITEMS - 1; item >= 0; item -= 3) {
        add(builder, UPDATED, item, 1 + item % 5);
        add(builder, USERS, item % 2 == 0 ? item : item - 1, item % 2 == 0 ? 5 : 3);
    }
    return finish(builder);
}

static rec_features *features_of(const rec_ids *ids)
{
    float values[ITEMS * WIDTH];
    rec_features *features = NULL;
    for (int i = 0; i < ITEMS; i++)
        for (int k = 0; k < WIDTH; k++)
            values[i * WIDTH + k] = (float)((i * 5 + k * 3) % 7) / 7.0f - 0.4f;
    EXPECT_OK(rec_features_from_dense(&features, ids, NULL, ITEMS, WIDTH, values));
    return features;
}

static rec_model *fit(const struct rec_backend *backend, const rec_ratings *ratings)
{
    rec_model *model = NULL;
    EXPECT_OK(rec_model_create(&model, backend->name));
    EXPECT_OK(rec_model_set(model, "threads", 2));
    if ((backend->traits & REC_NEEDS_ITEM_FEATURES) != 0) {
        rec_features *features = features_of(rec_ratings_item_ids(ratings));
        EXPECT_OK(rec_model_set_item_features(model, features));
        rec_features_free(features);
    }
    EXPECT_OK(rec_fit(model, ratings));
    return model;
}

static bool updates_users(const struct rec_backend *backend)
{
    return backend->scorer != REC_SCORER_USER_GRAPH &&
           (backend->scorer != REC_SCORER_DOT || backend->fold_in != NULL);
}

static int32_t row_of(const rec_ids *ids, const char *id)
{
    int32_t row = -1;
    EXPECT_OK(rec_ids_find(ids, id, &row));
    return row;
}

/* The history of a user of `ratings` in the item rows of a model. */
struct told {
    int32_t items[ITEMS];
    float ratings[ITEMS];
    rec_query query;
};

static void tell(struct told *told, const rec_model *model, const rec_ratings *ratings, const char *user)
{
    rec_row row;
    EXPECT_OK(rec_ratings_user(ratings, row_of(rec_ratings_user_ids(ratings), user), &row));
    for (int64_t i = 0; i < row.n; i++) {
        told->items[i] = rec__ids_match(rec_ratings_item_ids(ratings), row.others[i], model->result->items);
        told->ratings[i] = row.ratings[i];
    }
    told->query = (rec_query)REC_QUERY_INIT;
    told->query.history = told->items;
    told->query.history_ratings = told->ratings;
    told->query.n_history = row.n;
}

static void expect_as_told(const rec_model *old, const rec_model *updated, const rec_ratings *ratings,
                           const char *user)
{
    struct told told;
    int32_t every[ITEMS], row = row_of(rec_model_user_ids(updated), user), wanted[K], got[K], n, m;
    float from_query[ITEMS], from_row[ITEMS], predicted, scores[K], again[K];
    tell(&told, old, ratings, user);
    for (int32_t i = 0; i < ITEMS; i++)
        every[i] = i;
    EXPECT_OK(rec_score(old, REC_NEW_USER, &told.query, every, ITEMS, from_query));
    EXPECT_OK(rec_score(updated, row, NULL, every, ITEMS, from_row));
    for (int32_t i = 0; i < ITEMS; i++) {
        EXPECT_OK(rec_predict(updated, row, i, &predicted));
        ck_assert_msg(from_query[i] == from_row[i] && predicted == from_row[i],
                      "%s, %s: item %d: %.9g from the query, %.9g and %.9g from the row",
                      rec_model_algorithm(old), user, i, (double)from_query[i], (double)from_row[i],
                      (double)predicted);
    }
    EXPECT_OK(rec_topk(old, REC_NEW_USER, &told.query, K, wanted, scores, &n));
    EXPECT_OK(rec_topk(updated, row, NULL, K, got, again, &m));
    ck_assert_int_eq(n, m);
    ck_assert_int_gt(n, 0);
    ck_assert(memcmp(wanted, got, (size_t)n * sizeof *got) == 0 &&
              memcmp(scores, again, (size_t)n * sizeof *again) == 0);
}

/* Users other than UPDATED. */
static void expect_others_same(const rec_model *first, const rec_model *second)
{
    int32_t updated = row_of(rec_model_user_ids(first), "u5");
    for (int32_t u = 0; u < USERS; u++)
        for (int32_t i = 0; u != updated && i < ITEMS; i++) {
            float before, after;
            EXPECT_OK(rec_predict(first, u, i, &before));
            EXPECT_OK(rec_predict(second, u, i, &after));
            ck_assert(before == after);
        }
}

static void expect_same_arrays(const rec_model *first, const rec_model *second)
{
    const struct rec__arrays *arrays = &first->result->arrays;
    ck_assert_int_eq(arrays->count, second->result->arrays.count);
    for (int32_t a = 0; a < arrays->count; a++) {
        const rec_array *one = &arrays->entries[a],
                        *other = rec__arrays_find(&second->result->arrays, one->name);
        ck_assert_ptr_nonnull(other);
        ck_assert(one->rows == other->rows && one->columns == other->columns && one->type == other->type);
        size_t size = (size_t)(one->rows * one->columns) * (size_t)rec__dtype_bytes((rec_dtype)one->type);
        ck_assert_msg(size == 0 || memcmp(one->data, other->data, size) == 0, "%s", one->name);
    }
}

static rec_model *save_and_open(const rec_model *model, uint32_t flags)
{
    rec_model *opened = NULL;
    EXPECT_OK(rec_model_save_as(model, "update.librec", flags));
    EXPECT_OK(rec_model_open(&opened, "update.librec"));
    ck_assert_int_eq(unlink("update.librec"), 0);
    return opened;
}

START_TEST(test_users)
{
    const struct rec_backend *backend = rec__backend_at(_i);
    if (!updates_users(backend))
        return;
    rec_ratings *ratings = planted(), *new_ratings = later();
    rec_model *model = fit(backend, ratings), *updated = NULL, *again = NULL;
    EXPECT_OK(rec_model_update_users(&updated, model, new_ratings));
    ck_assert_int_eq(rec_model_users(model), USERS);
    ck_assert_int_eq(rec_model_users(updated), USERS + 1);
    ck_assert_int_eq(row_of(rec_model_user_ids(updated), "u24"), USERS);
    expect_others_same(model, updated);
    /* A query does not say who a user without a taste of their own is. */
    if ((backend->traits & REC_BLIND_TO_TASTES) == 0) {
        expect_as_told(model, updated, new_ratings, "u5");
        expect_as_told(model, updated, new_ratings, "u24");
    }
    rec_model *opened = save_and_open(updated, 0);
    expect_same_arrays(updated, opened);
    rec_model_free(opened);
    /* A mapped model gives the same as one in memory. */
    opened = save_and_open(model, 0);
    EXPECT_OK(rec_model_update_users(&again, opened, new_ratings));
    rec_model_free(opened);
    expect_same_arrays(updated, again);
    rec_row row, other;
    EXPECT_OK(rec_ratings_user(rec_model_ratings(updated), USERS, &row));
    EXPECT_OK(rec_ratings_user(rec_model_ratings(again), USERS, &other));
    ck_assert(row.n > 0 && row.n == other.n);
    rec_model_free(again);
    rec_model_free(updated);
    rec_model_free(model);
    rec_ratings_free(new_ratings);
    rec_ratings_free(ratings);
}
END_TEST

/* Who rated item i3 anew, and a new item. */
static rec_ratings *later_items(void)
{
    rec_ratings_builder *builder = new_builder();
    for (int user = USERS - 1; user >= 0; user -= 2) {
        add(builder, user, 3, 1 + user % 4);
        add(builder, user, ITEMS, 1 + user % 5);
    }
    return finish(builder);
}

static void expect_as_new(const rec_model *old, const rec_model *updated, const rec_ratings *ratings,
                          const char *item)
{
    int32_t raters[USERS], users[USERS], row = row_of(rec_model_item_ids(updated), item);
    float scores[USERS], predicted;
    rec_row of;
    EXPECT_OK(rec_ratings_item(ratings, row_of(rec_ratings_item_ids(ratings), item), &of));
    for (int64_t j = 0; j < of.n; j++)
        raters[j] = rec__ids_match(rec_ratings_user_ids(ratings), of.others[j], old->result->users);
    for (int32_t u = 0; u < USERS; u++)
        users[u] = u;
    EXPECT_OK(rec_score_new_item(old, raters, of.ratings, of.n, users, USERS, scores));
    for (int32_t u = 0; u < USERS; u++) {
        EXPECT_OK(rec_predict(updated, u, row, &predicted));
        /* The sums are the same but for the order of their terms. */
        ck_assert_msg(fabsf(predicted - scores[u]) < 1e-6f * (1.0f + fabsf(scores[u])),
                      "%s, %s: user %d: %.9g; %.9g was expected", rec_model_algorithm(old), item, u,
                      (double)predicted, (double)scores[u]);
    }
}

static void expect_other_items_same(const rec_model *first, const rec_model *second)
{
    int32_t updated = row_of(rec_model_item_ids(first), "i3");
    for (int32_t u = 0; u < USERS; u++)
        for (int32_t i = 0; i < ITEMS; i++) {
            float before, after;
            EXPECT_OK(rec_predict(first, u, i, &before));
            EXPECT_OK(rec_predict(second, u, i, &after));
            ck_assert(i == updated || before == after);
        }
}

START_TEST(test_items)
{
    const struct rec_backend *backend = rec__backend_at(_i);
    rec_ratings *ratings = planted(), *new_ratings = later_items();
    rec_model *model = NULL, *updated = NULL;
    if (backend->scorer != REC_SCORER_BLEND)
        model = fit(backend, ratings);
    if (model != NULL && backend->fold_in_item == NULL)
        EXPECT(rec_model_update_items(&updated, model, new_ratings), REC_ERR_UNSUPPORTED,
               "cannot fold in an item");
    else if (model != NULL && model->result->fitted.scorer != REC_SCORER_DOT &&
             model->result->fitted.scorer != REC_SCORER_TABLE)
        EXPECT(rec_model_update_items(&updated, model, new_ratings), REC_ERR_UNSUPPORTED, "compares items");
    else if (model != NULL) {
        EXPECT_OK(rec_model_update_items(&updated, model, new_ratings));
        ck_assert_int_eq(rec_model_items(updated), ITEMS + 1);
        expect_other_items_same(model, updated);
        expect_as_new(model, updated, new_ratings, "i3");
        expect_as_new(model, updated, new_ratings, "i16");
        rec_model *opened = save_and_open(updated, 0);
        expect_same_arrays(updated, opened);
        rec_model_free(opened);
    }
    rec_model_free(updated);
    rec_model_free(model);
    rec_ratings_free(new_ratings);
    rec_ratings_free(ratings);
}
END_TEST

static rec_model *fitted(const char *algorithm)
{
    rec_ratings *ratings = planted();
    rec_model *model = fit(rec__backend_find(algorithm), ratings);
    rec_ratings_free(ratings);
    return model;
}

START_TEST(test_without_ratings)
{
    rec_ratings *new_ratings = later();
    rec_model *model = fitted("ials"), *bare = save_and_open(model, REC_SAVE_WITHOUT_RATINGS), *full = NULL,
              *updated = NULL;
    EXPECT_OK(rec_model_update_users(&updated, bare, new_ratings));
    EXPECT_OK(rec_model_update_users(&full, model, new_ratings));
    ck_assert_ptr_null(rec_model_ratings(updated));
    expect_same_arrays(full, updated);
    rec_model_free(model);
    rec_model_free(bare);
    rec_model_free(full);
    rec_model_free(updated);
    model = fitted("itemknn");
    bare = save_and_open(model, REC_SAVE_WITHOUT_RATINGS);
    EXPECT(rec_model_update_users(&updated, bare, new_ratings), REC_ERR_UNSUPPORTED, "\"itemknn\"",
           "saved without");
    ck_assert_ptr_null(updated);
    rec_model_free(model);
    rec_model_free(bare);
    rec_ratings_free(new_ratings);
}
END_TEST

/* Drift, weights by who rates, kept draws: their arrays have a row or a column a user. */
START_TEST(test_arrays_along)
{
    rec_ratings *new_ratings = later(), *items = later_items(), *ratings = planted();
    static const struct {
        const char *algorithm, *parameter, *value;
    } cases[] = {{"mf", "user_drift", "true"},
                 {"bmf", "implicit", "both"},
                 {"ials", "transform", "bm25"},
                 {"itemknn", "weighting", "bm25"},
                 {"ials", "factors", "24"}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        rec_model *model = NULL, *updated = NULL, *grown = NULL;
        float deviation = 0.0f;
        EXPECT_OK(rec_model_create(&model, cases[c].algorithm));
        EXPECT_OK(rec_model_set_text(model, cases[c].parameter, cases[c].value));
        EXPECT_OK(rec_fit(model, ratings));
        EXPECT_OK(rec_model_update_users(&updated, model, new_ratings));
        expect_others_same(model, updated);
        expect_as_told(model, updated, new_ratings, "u5");
        expect_as_told(model, updated, new_ratings, "u24");
        if (strcmp(cases[c].algorithm, "bmf") == 0) {
            EXPECT_OK(rec_predict_deviation(updated, USERS, 0, &deviation));
            ck_assert(deviation > 0.0f);
        }
        if (strcmp(cases[c].algorithm, "itemknn") != 0) {
            EXPECT_OK(rec_model_update_items(&grown, updated, items));
            expect_as_new(updated, grown, items, "i16");
        }
        rec_model_free(grown);
        rec_model_free(updated);
        rec_model_free(model);
    }
    rec_ratings_free(items);
    rec_ratings_free(ratings);
    rec_ratings_free(new_ratings);
}
END_TEST

/* Users of whom the features alone are known get ratings: their rung is that of the others then. */
START_TEST(test_ladder)
{
    rec_ratings *ratings = planted(), *new_ratings = later();
    const char *names[USERS + 1];
    char text[USERS + 1][8];
    int64_t start[USERS + 2] = {0};
    int32_t columns[USERS + 1], items[K], n, rung = 0;
    for (int u = 0; u <= USERS; u++) {
        snprintf(text[u], sizeof text[u], "u%d", u);
        names[u] = text[u];
        columns[u] = u % 2;
        start[u + 1] = u + 1;
    }
    rec_ids *ids = NULL;
    rec_features *features = NULL;
    rec_model *model = NULL, *updated = NULL;
    EXPECT_OK(rec_ids_from_text(&ids, names, USERS + 1));
    EXPECT_OK(rec_features_from_csr(&features, ids, NULL, USERS + 1, 2, start, columns, NULL));
    EXPECT_OK(rec_model_create(&model, "ease"));
    EXPECT_OK(rec_model_set_user_features(model, features));
    EXPECT_OK(rec_fit(model, ratings));
    rec_query query = REC_QUERY_INIT;
    query.rung = &rung;
    int32_t row = row_of(rec_model_user_ids(model), "u24");
    EXPECT_OK(rec_topk(model, row, &query, K, items, NULL, &n));
    ck_assert_int_eq(rung, REC_RUNG_SEGMENT);
    EXPECT_OK(rec_model_update_users(&updated, model, new_ratings));
    EXPECT_OK(rec_topk(updated, row, &query, K, items, NULL, &n));
    ck_assert_int_eq(rung, REC_RUNG_KNOWN);
    rec_model_free(updated);
    rec_model_free(model);
    rec_features_free(features);
    rec_ids_free(ids);
    rec_ratings_free(new_ratings);
    rec_ratings_free(ratings);
}
END_TEST

static rec_ratings *one_rating(int user, int item, double rating)
{
    rec_ratings_builder *builder = new_builder();
    add(builder, user, item, rating);
    return finish(builder);
}

START_TEST(test_refusals)
{
    rec_ratings *unknown = one_rating(0, 99, 1), *fine = one_rating(0, 1, 1),
                *stranger = one_rating(99, 1, 1), *integers = NULL, *empty = NULL;
    rec_model *model = fitted("ials"), *out = NULL, *other = NULL;
    EXPECT(rec_model_update_users(NULL, model, fine), REC_ERR_INVALID, "out");
    EXPECT(rec_model_update_users(&out, NULL, fine), REC_ERR_INVALID, "model");
    EXPECT(rec_model_update_users(&out, model, NULL), REC_ERR_INVALID, "ratings");
    EXPECT(rec_model_update_users(&out, model, unknown), REC_ERR_NOT_FOUND, "\"i99\"", "lacks");
    EXPECT(rec_model_update_items(&out, model, stranger), REC_ERR_NOT_FOUND, "user \"u99\"", "lacks");
    int64_t start[2] = {0, 0}, one[2] = {0, 1};
    int32_t none[1] = {0};
    EXPECT_OK(rec_ratings_from_csr(&empty, 1, 1, start, none, NULL));
    EXPECT(rec_model_update_users(&out, model, empty), REC_ERR_EMPTY, "no ratings");
    EXPECT_OK(rec_ratings_from_csr(&integers, 1, 1, one, none, NULL));
    EXPECT(rec_model_update_users(&out, model, integers), REC_ERR_NOT_FOUND, "item \"0\"");
    EXPECT_OK(rec_model_create(&other, "ials"));
    EXPECT(rec_model_update_users(&out, other, fine), REC_ERR_NOT_FITTED, "ials");
    rec_model_free(other);
    other = fitted("userknn");
    EXPECT(rec_model_update_users(&out, other, fine), REC_ERR_UNSUPPORTED, "\"userknn\"", "nearest users");
    rec_model_free(other);
    other = fitted("mf");
    struct rec_backend less = *other->backend;
    less.fold_in = NULL;
    other->result->fitted.backend = &less;
    EXPECT(rec_model_update_users(&out, other, fine), REC_ERR_UNSUPPORTED, "\"mf\"", "cannot fold in");
    rec_model_free(other);
    rec_blend_options options = REC_BLEND_OPTIONS_INIT;
    const rec_model *members[] = {model, model};
    other = NULL;
    EXPECT_OK(rec_blend_create(&other, members, (const double[]){1, 1}, 2, &options));
    EXPECT(rec_model_update_users(&out, other, fine), REC_ERR_UNSUPPORTED, "blend");
    EXPECT(rec_model_update_items(&out, other, fine), REC_ERR_UNSUPPORTED, "blend");
    ck_assert_ptr_null(out);
    rec_model_free(other);
    rec_model_free(model);
    rec_ratings_free(unknown);
    rec_ratings_free(fine);
    rec_ratings_free(stranger);
    rec_ratings_free(integers);
    rec_ratings_free(empty);
}
END_TEST

/* All of it, from nothing: two users, two items, and a new one of the side. */
static rec_status update_anew(void *context)
{
    static const int64_t start[] = {0, 2, 3}, more[] = {0, 1, 2, 4};
    static const int32_t items[] = {0, 1, 1}, later_rows[] = {1, 0, 0, 1};
    bool of_items = *(bool *)context;
    rec_ratings *ratings = NULL, *given = NULL;
    rec_model *model = NULL, *updated = NULL;
    rec_status status = rec_ratings_from_csr(&ratings, 2, 2, start, items, NULL);
    if (status == REC_OK && of_items)
        status = rec_ratings_from_csr(&given, 2, 3, start, (const int32_t[]){0, 2, 2}, NULL);
    else if (status == REC_OK)
        status = rec_ratings_from_csr(&given, 3, 2, more, later_rows, NULL);
    if (status == REC_OK)
        status = rec_model_create(&model, "mf");
    if (status == REC_OK)
        status = rec_model_set(model, "factors", 2);
    if (status == REC_OK)
        status = rec_model_set(model, "epochs", 1);
    if (status == REC_OK)
        status = rec_model_set(model, "threads", 1);
    if (status == REC_OK)
        status = rec_fit(model, ratings);
    if (status == REC_OK)
        status = of_items ? rec_model_update_items(&updated, model, given)
                          : rec_model_update_users(&updated, model, given);
    rec_model_free(updated);
    rec_model_free(model);
    rec_ratings_free(given);
    rec_ratings_free(ratings);
    return status;
}

START_TEST(test_no_memory)
{
    bool of_items = _i == 1;
    ck_assert_int_gt(fail_each_allocation(update_anew, &of_items), 30);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("update");
    TCase *tests = tcase_create("update");
    tcase_add_loop_test(tests, test_users, 0, rec__backend_count());
    tcase_add_loop_test(tests, test_items, 0, rec__backend_count());
    tcase_add_test(tests, test_without_ratings);
    tcase_add_test(tests, test_arrays_along);
    tcase_add_test(tests, test_ladder);
    tcase_add_test(tests, test_refusals);
    tcase_add_loop_test(tests, test_no_memory, 0, 2);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
