/* SPDX-License-Identifier: Apache-2.0 */
/* Fixtures, and the suite put together. */
#include "conformance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void must(rec_status status)
{
    ck_assert_msg(status == REC_OK, "%s: %s", rec_status_name(status), rec_last_error());
}

static struct {
    int algorithm;
    bool dense;
} cases[64];

/* Every algorithm, and once more those that take features. */
static int list_cases(void)
{
    int n = 0;
    for (int a = 0; a < rec_algorithm_count(); a++) {
        rec_algorithm algorithm = REC_ALGORITHM_INIT;
        if (rec_algorithm_at(a, &algorithm) != REC_OK)
            exit(1);
        cases[n++].algorithm = a;
        if ((algorithm.abilities & REC_NEEDS_ITEM_FEATURES) != 0) {
            cases[n].dense = true;
            cases[n++].algorithm = a;
        }
    }
    return n;
}

rec_algorithm algorithm_at(int index)
{
    rec_algorithm algorithm = REC_ALGORITHM_INIT;
    must(rec_algorithm_at(cases[index].algorithm, &algorithm));
    return algorithm;
}

/* Whether a pair is rated (1), held out (2) or neither (0): a fixed pattern in which both tastes meet both
 * kinds of item. */
static int pair_kind(int user, int item)
{
    uint32_t h = (uint32_t)(user * 7919 + item * 104729) * 2654435761u >> 8;
    bool suits = user % 2 == item % 2;
    if (item == user * 7 % ITEMS)
        return 1; /* every user and every item is rated */
    uint32_t share = user < 4 || item < 3 ? 6 : suits ? 55 : 20;
    if (h % 100 >= share)
        return 0;
    return h / 100 % 5 == 0 && suits ? 2 : 1;
}

static float planted_rating(int user, int item)
{
    int noise = (user * 3 + item * 5) % 3 - 1;
    return (user % 2 == item % 2 ? 4.5f : 1.5f) + 0.25f * (float)noise;
}

rec_ratings *planted_ratings(bool test)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    must(rec_ratings_builder_create(&builder, NULL));
    for (int user = 0; user < USERS; user++)
        for (int item = 0; item < ITEMS; item++) {
            char user_id[16], item_id[16];
            snprintf(user_id, sizeof user_id, "u%d", user);
            snprintf(item_id, sizeof item_id, "i%d", item);
            if (pair_kind(user, item) == (test ? 2 : 1))
                must(rec_ratings_builder_add(builder, user_id, item_id, planted_rating(user, item),
                                             user * 100 + item));
        }
    must(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

/* Two features an item: its parity, and one of its own. */
static rec_features *sparse_features(const rec_ids *ids, int32_t n_items)
{
    int64_t *start = malloc((size_t)(n_items + 1) * sizeof *start);
    int32_t *columns = malloc((size_t)n_items * 2 * sizeof *columns);
    ck_assert(start != NULL && columns != NULL);
    for (int32_t i = 0; i <= n_items; i++)
        start[i] = 2 * (int64_t)i;
    for (int32_t i = 0; i < n_items; i++) {
        columns[2 * i] = i % 2;
        columns[2 * i + 1] = 2 + i;
    }
    rec_features *features = NULL;
    must(rec_features_from_csr(&features, ids, NULL, n_items, n_items + 2, start, columns, NULL));
    free(start);
    free(columns);
    return features;
}

/* Three numbers an item: its parity, and two of its own. */
static rec_features *dense_features(const rec_ids *ids, int32_t n_items)
{
    float *values = malloc((size_t)n_items * 3 * sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (int32_t i = 0; i < n_items; i++) {
        values[3 * i] = i % 2 == 0 ? 1.0f : -1.0f;
        values[3 * i + 1] = (float)(i * 7 % 11) / 22.0f;
        values[3 * i + 2] = (float)(i * 5 % 13) / 26.0f;
    }
    rec_features *features = NULL;
    must(rec_features_from_dense(&features, ids, NULL, n_items, 3, values));
    free(values);
    return features;
}

/* Ids "i0", "i1", ..., as the planted ratings name their items. */
static rec_ids *planted_ids(int32_t n_items)
{
    const char **names = malloc((size_t)n_items * sizeof *names);
    char(*text)[16] = malloc((size_t)n_items * sizeof *text);
    rec_ids *ids = NULL;
    ck_assert(names != NULL && text != NULL);
    for (int32_t i = 0; i < n_items; i++) {
        snprintf(text[i], sizeof text[i], "i%d", i);
        names[i] = text[i];
    }
    must(rec_ids_from_text(&ids, names, n_items));
    free(names);
    free(text);
    return ids;
}

rec_model *make_model(int index, int threads, int32_t n_items)
{
    rec_algorithm algorithm = algorithm_at(index);
    rec_model *model = NULL;
    must(rec_model_create(&model, algorithm.name));
    must(rec_model_set(model, "threads", threads));
    if ((algorithm.abilities & REC_NEEDS_ITEM_FEATURES) != 0) {
        rec_ids *ids = n_items == ITEMS ? planted_ids(n_items) : NULL;
        rec_features *features =
            cases[index].dense ? dense_features(ids, n_items) : sparse_features(ids, n_items);
        must(rec_model_set_item_features(model, features));
        rec_features_free(features);
        rec_ids_free(ids);
    }
    return model;
}

rec_model *fit_model(int index, int threads)
{
    rec_model *model = make_model(index, threads, ITEMS);
    rec_ratings *ratings = planted_ratings(false);
    must(rec_fit(model, ratings));
    rec_ratings_free(ratings);
    return model;
}

void assert_same_arrays(const rec_model *first, const rec_model *second)
{
    static const size_t bytes[] = {4, 8, 4, 8, 1};
    ck_assert_int_eq(rec_model_array_count(first), rec_model_array_count(second));
    ck_assert_int_gt(rec_model_array_count(first), 0);
    for (int32_t i = 0; i < rec_model_array_count(first); i++) {
        rec_array a = REC_ARRAY_INIT, b = REC_ARRAY_INIT;
        must(rec_model_array_at(first, i, &a));
        must(rec_model_array_find(second, a.name, &b));
        ck_assert_int_eq(a.rows, b.rows);
        ck_assert_int_eq(a.columns, b.columns);
        ck_assert_int_eq(a.type, b.type);
        size_t size = (size_t)(a.rows * a.columns) * bytes[a.type];
        ck_assert_msg(memcmp(a.data, b.data, size) == 0, "%s differs in array %s", rec_model_algorithm(first),
                      a.name);
    }
}

int number_of(const rec_ids *ids, int32_t row)
{
    char id[16];
    must(rec_ids_text(ids, row, id, sizeof id, NULL));
    return atoi(id + 1);
}

void assert_sentence(const char *word)
{
    ck_assert_msg(strlen(rec_last_error()) > 10, "no sentence");
    if (word != NULL)
        ck_assert_msg(strstr(rec_last_error(), word) != NULL, "\"%s\" does not mention %s", rec_last_error(),
                      word);
}

rec_ratings *ratings_of(int32_t n_users, int32_t n_items, int64_t n, const int32_t *users,
                        const int32_t *items, const float *ratings)
{
    int64_t *start = calloc((size_t)n_users + 1, sizeof *start);
    ck_assert(start != NULL);
    for (int64_t e = 0; e < n; e++)
        start[users[e] + 1]++;
    for (int32_t u = 0; u < n_users; u++)
        start[u + 1] += start[u];
    rec_ratings *made = NULL;
    must(rec_ratings_from_csr(&made, n_users, n_items, start, items, ratings));
    free(start);
    return made;
}

int main(void)
{
    int n = list_cases();
    Suite *suite = suite_create("conformance");
    add_life_tests(suite, n);
    add_same_tests(suite, n);
    add_answer_tests(suite, n);
    add_trouble_tests(suite, n);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
