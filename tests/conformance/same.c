/* SPDX-License-Identifier: Apache-2.0 */
/* The same answers again: twice, for any number of threads, from many threads at once, from a file. */
#include "conformance.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { K = 7 };

static rec_model *fit_with(int index, int threads, const char *parameter, double value)
{
    rec_model *model = make_model(index, threads, ITEMS);
    rec_ratings *ratings = planted_ratings(false);
    must(rec_model_set(model, parameter, value));
    must(rec_fit(model, ratings));
    rec_ratings_free(ratings);
    return model;
}

/* Twice, and with 1, 2 and 7 threads. */
static void check_same_bytes(int index, const char *parameter, double value)
{
    static const int threads[] = {1, 2, 7};
    rec_model *one = fit_with(index, 1, parameter, value);
    for (int t = 0; t < 3; t++) {
        rec_model *again = fit_with(index, threads[t], parameter, value);
        assert_same_arrays(one, again);
        rec_model_free(again);
    }
    rec_model_free(one);
}

/* With the defaults but for the seed, and with every choice there is (solvers, weightings). */
START_TEST(test_same_bytes)
{
    rec_algorithm algorithm = algorithm_at(_i);
    check_same_bytes(_i, "seed", 7);
    for (int32_t p = 0; p < algorithm.parameters; p++) {
        rec_parameter parameter = REC_PARAMETER_INIT;
        must(rec_algorithm_parameter(algorithm.name, p, &parameter));
        bool few = parameter.kind == REC_PARAMETER_CHOICE || parameter.kind == REC_PARAMETER_FLAG;
        for (double value = 0; few && value <= parameter.greatest; value += 1)
            check_same_bytes(_i, parameter.name, value);
    }
}
END_TEST

struct answers {
    const rec_model *model;
    int32_t items[USERS][K], counts[USERS];
    float scores[USERS][K], predicted[USERS];
};

static void *ask_everything(void *argument)
{
    struct answers *answers = argument;
    rec_workspace *workspace = NULL;
    if (rec_workspace_create(&workspace) != REC_OK)
        return "no workspace";
    rec_query query = REC_QUERY_INIT;
    query.workspace = workspace;
    for (int32_t u = 0; u < USERS; u++)
        if (rec_topk(answers->model, u, &query, K, answers->items[u], answers->scores[u],
                     &answers->counts[u]) != REC_OK ||
            rec_predict(answers->model, u, u % ITEMS, &answers->predicted[u]) != REC_OK)
            return "a call failed";
    rec_workspace_free(workspace);
    return NULL;
}

static void assert_same_answers(const struct answers *a, const struct answers *b)
{
    for (int32_t u = 0; u < USERS; u++) {
        ck_assert_int_eq(a->counts[u], b->counts[u]);
        ck_assert(a->predicted[u] == b->predicted[u]);
        for (int32_t i = 0; i < a->counts[u]; i++) {
            ck_assert_int_eq(a->items[u][i], b->items[u][i]);
            ck_assert(a->scores[u][i] == b->scores[u][i]);
        }
    }
}

START_TEST(test_many_threads)
{
    enum { THREADS = 4 };
    static struct answers alone, together[THREADS];
    pthread_t threads[THREADS];
    rec_model *model = fit_model(_i, 2);
    alone.model = model;
    ck_assert_ptr_null(ask_everything(&alone));
    for (int t = 0; t < THREADS; t++) {
        together[t].model = model;
        ck_assert_int_eq(pthread_create(&threads[t], NULL, ask_everything, &together[t]), 0);
    }
    for (int t = 0; t < THREADS; t++) {
        void *failure = NULL;
        pthread_join(threads[t], &failure);
        ck_assert_ptr_null(failure);
        assert_same_answers(&alone, &together[t]);
    }
    rec_model_free(model);
}
END_TEST

START_TEST(test_batch_is_single)
{
    static int32_t items[USERS * K], counts[USERS];
    static float scores[USERS * K];
    static struct answers single;
    for (int threads = 1; threads <= 7; threads += 3) {
        rec_model *model = fit_model(_i, threads);
        single.model = model;
        ck_assert_ptr_null(ask_everything(&single));
        must(rec_topk_batch(model, NULL, USERS, NULL, K, items, scores, counts));
        for (int32_t u = 0; u < USERS; u++) {
            ck_assert_int_eq(counts[u], single.counts[u]);
            ck_assert_mem_eq(items + u * K, single.items[u], (size_t)counts[u] * sizeof *items);
            ck_assert_mem_eq(scores + u * K, single.scores[u], (size_t)counts[u] * sizeof *scores);
        }
        rec_model_free(model);
    }
}
END_TEST

static void save_and_open(const rec_model *model, uint32_t flags, rec_model **opened)
{
    char path[] = "conformance-XXXXXX";
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    close(descriptor);
    must(rec_model_save_as(model, path, flags));
    rec_file *file = NULL;
    must(rec_file_open(&file, path));
    ck_assert_str_eq(rec_file_kind(file), "model");
    must(rec_file_verify(file));
    rec_file_free(file);
    must(rec_model_open(opened, path));
    ck_assert_int_eq(unlink(path), 0);
}

START_TEST(test_file)
{
    static struct answers before, after;
    rec_model *model = fit_model(_i, 2), *opened = NULL;
    save_and_open(model, 0, &opened);
    assert_same_arrays(model, opened);
    before.model = model;
    after.model = opened;
    ck_assert_ptr_null(ask_everything(&before));
    ck_assert_ptr_null(ask_everything(&after));
    assert_same_answers(&before, &after);
    int32_t row = -1;
    must(rec_ids_find(rec_model_item_ids(opened), "i17", &row));
    char id[8];
    must(rec_ids_text(rec_model_item_ids(opened), row, id, sizeof id, NULL));
    ck_assert_str_eq(id, "i17");
    rec_model *again = NULL;
    save_and_open(opened, 0, &again);
    assert_same_arrays(model, again);
    rec_model_free(model);
    rec_model_free(opened);
    rec_model_free(again);
}
END_TEST

START_TEST(test_file_without_ratings)
{
    rec_model *model = fit_model(_i, 1), *opened = NULL;
    if ((algorithm_at(_i).abilities & REC_NEEDS_RATINGS) != 0) {
        ck_assert_int_eq(rec_model_save_as(model, "never-written.rec", REC_SAVE_WITHOUT_RATINGS),
                         REC_ERR_UNSUPPORTED);
        assert_sentence("cannot be saved without their ratings");
        rec_model_free(model);
        return;
    }
    save_and_open(model, REC_SAVE_WITHOUT_RATINGS, &opened);
    int32_t items[K], n = 0, liked = 4;
    ck_assert_ptr_null(rec_model_ratings(opened));
    ck_assert_int_eq(rec_topk(opened, 3, NULL, K, items, NULL, &n), REC_ERR_UNSUPPORTED);
    assert_sentence("without its ratings");
    rec_query query = REC_QUERY_INIT;
    query.history = &liked;
    query.n_history = 1;
    must(rec_topk(opened, REC_NEW_USER, &query, K, items, NULL, &n));
    ck_assert_int_eq(n, K);
    rec_model_free(model);
    rec_model_free(opened);
}
END_TEST

void add_same_tests(Suite *suite, int n)
{
    TCase *same = tcase_create("same");
    tcase_set_timeout(same, 120);
    tcase_add_loop_test(same, test_same_bytes, 0, n);
    tcase_add_loop_test(same, test_many_threads, 0, n);
    tcase_add_loop_test(same, test_batch_is_single, 0, n);
    tcase_add_loop_test(same, test_file, 0, n);
    tcase_add_loop_test(same, test_file_without_ratings, 0, n);
    suite_add_tcase(suite, same);
}
