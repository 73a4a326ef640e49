/* SPDX-License-Identifier: Apache-2.0 */
/* Which rung answers whom, over all algorithms: users with ratings, histories, attributes, segments, and what is popular. */
#include <librec/librec.h>

#include <math.h>
#include <stdio.h>

#include "unit.h"

/* Users 0..59 rate, those of group g the items i % 3 == g, more of them the lower i; user 60 has attributes alone, 61 nothing but a name. */
enum { RATERS = 60, ITEMS = 30, GROUPS = 3, COLUMNS = GROUPS + 1, ATTRIBUTED = RATERS, BARE, USERS };

static int rates(int u, int i)
{
    return u < RATERS && ((i % GROUPS == u % GROUPS && (u * 7 + i * 5) % 10 < 8) || (i == 29 && u % 2 == 0));
}

static rec_ids *make_ids(const char *letter, int n)
{
    rec_ids *ids = NULL;
    char names[USERS][16];
    const char *all[USERS];
    for (int i = 0; i < n; i++) {
        snprintf(names[i], sizeof names[i], "%s%d", letter, i);
        all[i] = names[i];
    }
    EXPECT_OK(rec_ids_from_text(&ids, all, n));
    return ids;
}

static rec_ratings *make_ratings(void)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    for (int u = 0; u < RATERS; u++)
        for (int i = 0; i < ITEMS; i++)
            if (rates(u, i)) {
                char user[16], item[16];
                snprintf(user, sizeof user, "u%d", u);
                snprintf(item, sizeof item, "i%d", i);
                EXPECT_OK(rec_ratings_builder_add(builder, user, item, i == 29 ? 1 : (float)(4 + (u + i) % 2),
                                                  u * 100 + i));
            }
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

/* Column g for group g; the last for all. User 60 is of group 1. */
static rec_features *make_user_features(int sparse)
{
    int64_t start[USERS + 1] = {0};
    int32_t columns[2 * USERS];
    float dense[USERS * COLUMNS] = {0};
    rec_ids *ids = make_ids("u", USERS), *names = make_ids("f", COLUMNS);
    rec_features *features = NULL;
    for (int u = 0; u < USERS; u++) {
        int64_t n = start[u];
        if (u != BARE) {
            int group = u == ATTRIBUTED ? 1 : u % GROUPS;
            columns[n++] = group;
            columns[n++] = GROUPS;
            dense[u * COLUMNS + group] = dense[u * COLUMNS + GROUPS] = 1;
        }
        start[u + 1] = n;
    }
    if (sparse)
        EXPECT_OK(rec_features_from_csr(&features, ids, names, USERS, COLUMNS, start, columns, NULL));
    else
        EXPECT_OK(rec_features_from_dense(&features, ids, names, USERS, COLUMNS, dense));
    rec_ids_free(ids);
    rec_ids_free(names);
    return features;
}

static rec_features *make_item_features(void)
{
    float values[ITEMS * GROUPS] = {0};
    rec_ids *ids = make_ids("i", ITEMS);
    rec_features *features = NULL;
    for (int i = 0; i < ITEMS; i++)
        values[i * GROUPS + i % GROUPS] = 1;
    EXPECT_OK(rec_features_from_dense(&features, ids, NULL, ITEMS, GROUPS, values));
    rec_ids_free(ids);
    return features;
}

static void set_if_there(rec_model *model, const char *parameter, double value)
{
    rec_status status = rec_model_set(model, parameter, value);
    ck_assert(status == REC_OK || status == REC_ERR_NOT_FOUND);
}

static rec_model *fit(const char *algorithm, int with_features, int sparse)
{
    rec_ratings *ratings = make_ratings();
    rec_features *users = make_user_features(sparse), *items = make_item_features();
    rec_model *model = NULL;
    EXPECT_OK(rec_model_create(&model, algorithm));
    set_if_there(model, "factors", 4);
    set_if_there(model, "sweeps", 30);
    set_if_there(model, "samples", 10);
    if (with_features)
        EXPECT_OK(rec_model_set_user_features(model, users));
    EXPECT_OK(rec_model_set_item_features(model, items));
    EXPECT_OK(rec_fit(model, ratings));
    rec_features_free(users);
    rec_features_free(items);
    rec_ratings_free(ratings);
    return model;
}

static int number_of(const rec_ids *ids, int32_t row)
{
    char id[16];
    EXPECT_OK(rec_ids_text(ids, row, id, sizeof id, NULL));
    return atoi(id + 1);
}

static int32_t row_of(const rec_ids *ids, const char *id)
{
    int32_t row = -1;
    EXPECT_OK(rec_ids_find(ids, id, &row));
    return row;
}

/* The rung that answers; suits fills: how many of the best 5 are of group 1. Scores given one by one are those of the ranking. */
static int32_t answer(const rec_model *model, int32_t user, rec_query *query, int *suits)
{
    int32_t items[5], n = 0, rung = 0, again = 0;
    float scores[5], single[5];
    query->rung = &rung;
    EXPECT_OK(rec_topk(model, user, query, 5, items, scores, &n));
    ck_assert_int_eq(n, 5);
    query->rung = &again;
    EXPECT_OK(rec_score(model, user, query, items, 5, single));
    ck_assert_int_eq(rung, again);
    ck_assert(memcmp(scores, single, sizeof scores) == 0);
    *suits = 0;
    for (int i = 0; i < 5; i++)
        *suits += number_of(rec_model_item_ids(model), items[i]) % GROUPS == 1;
    query->rung = NULL;
    return rung;
}

static int32_t rung_of_row(const rec_model *model, const char *user, int *suits)
{
    rec_query query = REC_QUERY_INIT;
    return answer(model, row_of(rec_model_user_ids(model), user), &query, suits);
}

START_TEST(test_every_algorithm)
{
    rec_algorithm algorithm = REC_ALGORITHM_INIT;
    EXPECT_OK(rec_algorithm_at(_i, &algorithm));
    rec_model *model = fit(algorithm.name, 1, 1);
    int personal = (algorithm.abilities & REC_CAN_PERSONALIZE) != 0,
        ratings = (algorithm.abilities & REC_PREDICTS_RATINGS) != 0;
    int suits = 0;
    rec_query query = REC_QUERY_INIT;
    ck_assert_int_eq(rung_of_row(model, "u4", &suits), REC_RUNG_KNOWN);
    const int32_t columns[] = {1, GROUPS};
    query.attributes = columns;
    query.n_attributes = 2;
    int32_t rung = answer(model, REC_NEW_USER, &query, &suits);
    ck_assert_msg(ratings || rung == REC_RUNG_ATTRIBUTES || rung == REC_RUNG_SEGMENT ||
                      strcmp(algorithm.name, "random") == 0,
                  "%s: rung %d", algorithm.name, rung);
    ck_assert_msg(suits >= 4 || rung == REC_RUNG_POPULAR, "%s: rung %d, %d suit", algorithm.name, rung,
                  suits);
    int32_t own = rung_of_row(model, "u60", &suits);
    ck_assert_msg(own != REC_RUNG_KNOWN && own != REC_RUNG_HISTORY, "%s: rung %d of a user without ratings",
                  algorithm.name, own);
    ck_assert_msg(suits >= 4 || own == REC_RUNG_POPULAR || ratings, "%s: rung %d, %d suit", algorithm.name,
                  own, suits);
    const int32_t history[] = {row_of(rec_model_item_ids(model), "i4"),
                               row_of(rec_model_item_ids(model), "i7")};
    query.history = history;
    query.n_history = 2;
    if (personal && (algorithm.abilities & REC_CAN_FOLD_IN) != 0)
        ck_assert_int_eq(answer(model, REC_NEW_USER, &query, &suits), REC_RUNG_HISTORY);
    rec_model_free(model);
}
END_TEST

/* Shares of users, and those of the segments drawn to them as if 20 users more were like everybody. */
static double share_by_hand(const rec_model *model, int32_t item, int segment)
{
    int i = number_of(rec_model_item_ids(model), item), all = 0, inside = 0, members = 0;
    for (int u = 0; u < RATERS; u++) {
        all += rates(u, i);
        inside += u % GROUPS == segment && rates(u, i);
        members += u % GROUPS == segment;
    }
    double share = (double)all / RATERS;
    return segment < 0 ? share : (inside + 20.0 * share) / (members + 20.0);
}

START_TEST(test_shares)
{
    rec_model *model = fit("p3alpha", 1, 1);
    int32_t items[ITEMS], n = 0, columns[] = {1, GROUPS};
    float scores[ITEMS];
    rec_query query = REC_QUERY_INIT;
    for (int32_t i = 0; i < ITEMS; i++)
        items[i] = i;
    EXPECT_OK(rec_score(model, REC_NEW_USER, &query, items, ITEMS, scores));
    for (int i = 0; i < ITEMS; i++)
        ck_assert(fabs((double)scores[i] - share_by_hand(model, i, -1)) < 1e-6);
    query.attributes = columns;
    query.n_attributes = 1;
    EXPECT_OK(rec_score(model, REC_NEW_USER, &query, items, ITEMS, scores));
    for (int i = 0; i < ITEMS; i++)
        ck_assert(fabs((double)scores[i] - share_by_hand(model, i, 1)) < 1e-6);
    query.n_attributes = 2;
    EXPECT_OK(rec_score(model, REC_NEW_USER, &query, items, ITEMS, scores));
    for (int i = 0; i < ITEMS; i++) {
        double whole = share_by_hand(model, i, -1), group = share_by_hand(model, i, 1);
        ck_assert(fabs((double)scores[i] - (whole + group) / 2) < 1e-6);
    }
    EXPECT_OK(rec_topk(model, row_of(rec_model_user_ids(model), "u61"), NULL, 3, items, scores, &n));
    ck_assert(fabs((double)scores[0] - share_by_hand(model, items[0], -1)) < 1e-6);
    rec_model_free(model);
}
END_TEST

/* A batch says of each, and answers all of them as one by one; so does a model that went through a file. */
START_TEST(test_batch_and_file)
{
    static const char *const algorithms[] = {"ials", "itemknn", "bpr", "mf"};
    const char *path = "ladder.librec";
    for (int a = 0; a < 4; a++) {
        rec_model *model = fit(algorithms[a], 1, a % 2), *opened = NULL;
        EXPECT_OK(rec_model_save(model, path));
        EXPECT_OK(rec_model_open(&opened, path));
        ck_assert_int_eq(rec_ids_count(rec_model_user_feature_names(opened)), COLUMNS);
        int32_t items[USERS * 4], again[4], counts[USERS], rungs[USERS], n = 0, rung = 0;
        float scores[USERS * 4], alone[4];
        rec_query query = REC_QUERY_INIT;
        query.rung = rungs;
        EXPECT_OK(rec_topk_batch(opened, NULL, USERS, &query, 4, items, scores, counts));
        for (int32_t u = 0; u < USERS; u++) {
            query.rung = &rung;
            EXPECT_OK(rec_topk(model, u, &query, 4, again, alone, &n));
            ck_assert_int_eq(n, counts[u]);
            ck_assert_int_eq(rung, rungs[u]);
            ck_assert(memcmp(again, items + u * 4, sizeof again) == 0);
            ck_assert(memcmp(alone, scores + u * 4, sizeof alone) == 0);
        }
        rec_model_free(opened);
        rec_model_free(model);
    }
    remove(path);
}
END_TEST

START_TEST(test_without_features)
{
    rec_model *model = fit("ials", 0, 1);
    int32_t columns[] = {0}, items[2], n = 0, rung = 0;
    rec_query query = REC_QUERY_INIT;
    query.rung = &rung;
    EXPECT_OK(rec_topk(model, REC_NEW_USER, &query, 2, items, NULL, &n));
    ck_assert_int_eq(rung, REC_RUNG_POPULAR);
    ck_assert_int_eq(number_of(rec_model_item_ids(model), items[0]), 29);
    ck_assert_ptr_null(rec_model_user_feature_names(model));
    query.attributes = columns;
    query.n_attributes = 1;
    EXPECT(rec_topk(model, REC_NEW_USER, &query, 2, items, NULL, &n), REC_ERR_UNSUPPORTED,
           "without features of users");
    rec_model_free(model);
    model = fit("ials", 1, 1);
    columns[0] = COLUMNS;
    EXPECT(rec_topk(model, REC_NEW_USER, &query, 2, items, NULL, &n), REC_ERR_RANGE,
           "query.attributes[0] is 4");
    columns[0] = 0;
    float value = NAN;
    query.attribute_values = &value;
    EXPECT(rec_topk(model, REC_NEW_USER, &query, 2, items, NULL, &n), REC_ERR_INVALID,
           "query.attribute_values[0]");
    query.attributes = NULL;
    EXPECT(rec_topk(model, REC_NEW_USER, &query, 2, items, NULL, &n), REC_ERR_INVALID, "query.n_attributes");
    rec_model_free(model);
}
END_TEST

static rec_status fit_anew(void *context)
{
    int64_t start[] = {0, 2, 4, 5}, columns_start[] = {0, 1, 2, 3, 4};
    int32_t items[] = {0, 1, 1, 2, 0}, columns[] = {0, 1, 0, 1};
    rec_ratings *ratings = NULL;
    rec_features *users = NULL;
    rec_model *model = NULL;
    (void)context;
    rec_status status = rec_ratings_from_csr(&ratings, 3, 3, start, items, NULL);
    if (status == REC_OK)
        status = rec_features_from_csr(&users, NULL, NULL, 4, 2, columns_start, columns, NULL);
    if (status == REC_OK)
        status = rec_model_create(&model, "popular");
    if (status == REC_OK)
        status = rec_model_set_user_features(model, users);
    if (status == REC_OK)
        status = rec_fit(model, ratings);
    rec_model_free(model);
    rec_features_free(users);
    rec_ratings_free(ratings);
    return status;
}

START_TEST(test_no_memory)
{
    ck_assert_int_gt(fail_each_allocation(fit_anew, NULL), 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ladder");
    TCase *tests = tcase_create("ladder");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, test_every_algorithm, 0, rec_algorithm_count());
    tcase_add_test(tests, test_shares);
    tcase_add_test(tests, test_batch_and_file);
    tcase_add_test(tests, test_without_features);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
