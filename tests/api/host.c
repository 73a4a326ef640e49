/* SPDX-License-Identifier: Apache-2.0 */
/* The library as a guest: forks, handles freed in any order, the host's allocator, statuses and versions. */
#include <check.h>
#include <librec/librec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { USERS = 400, ITEMS = 300, K = 5 };

static rec_ratings *make_ratings(void)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    ck_assert_int_eq(rec_ratings_builder_create(&builder, NULL), REC_OK);
    for (int64_t u = 0; u < USERS; u++)
        for (int64_t i = u % 7; i < ITEMS; i += 7)
            ck_assert_int_eq(
                rec_ratings_builder_add_ids(builder, u, i, (float)((u * 3 + i) % 5 + 1), REC_NO_TIME),
                REC_OK);
    ck_assert_int_eq(rec_ratings_builder_finish(builder, &ratings), REC_OK);
    rec_ratings_builder_free(builder);
    return ratings;
}

static rec_model *make_model(const rec_ratings *ratings)
{
    rec_model *model = NULL;
    ck_assert_int_eq(rec_model_create(&model, "mf"), REC_OK);
    ck_assert_int_eq(rec_model_set(model, "threads", 2), REC_OK);
    ck_assert_int_eq(rec_model_set(model, "epochs", 3), REC_OK);
    ck_assert_int_eq(rec_fit(model, ratings), REC_OK);
    return model;
}

/* Parallel work before the fork, in the child, and in the parent afterwards: the same answers everywhere. */
START_TEST(test_fork)
{
    static int32_t before[USERS * K], after[USERS * K], counts[USERS];
    rec_ratings *ratings = make_ratings();
    rec_model *model = make_model(ratings);
    ck_assert_int_eq(rec_topk_batch(model, NULL, USERS, NULL, K, before, NULL, counts), REC_OK);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        int good = rec_topk_batch(model, NULL, USERS, NULL, K, after, NULL, counts) == REC_OK &&
                   memcmp(before, after, sizeof after) == 0 && rec_fit(model, ratings) == REC_OK;
        _exit(good ? 0 : 1);
    }
    ck_assert_int_eq(rec_topk_batch(model, NULL, USERS, NULL, K, after, NULL, counts), REC_OK);
    ck_assert_mem_eq(before, after, sizeof after);
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    rec_model_free(model);
    rec_ratings_free(ratings);
}
END_TEST

START_TEST(test_freed_in_any_order)
{
    rec_ratings *ratings = make_ratings();
    rec_model *model = make_model(ratings);
    rec_ids *ids = rec_ids_retain(rec_ratings_user_ids(ratings));
    rec_ratings *train = NULL, *test = NULL;
    ck_assert_int_eq(rec_split_random(ratings, 0.2, 1, &train, &test), REC_OK);
    rec_ratings_free(ratings);
    int32_t items[K], n = 0, row = -1;
    ck_assert_int_eq(rec_topk(model, 9, NULL, K, items, NULL, &n), REC_OK);
    rec_model_free(model);
    rec_row entries;
    ck_assert_int_eq(rec_ratings_user(train, 3, &entries), REC_OK);
    ck_assert_int_gt(entries.n, 0);
    rec_ratings_free(train);
    ck_assert_int_eq(rec_ids_find_integer(ids, 17, &row), REC_OK);
    ck_assert_int_eq(row, 17);
    rec_ids_free(ids);
    rec_ratings_free(test);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* A server keeps a workspace a thread: after the first query of a kind, queries allocate nothing. */
static int64_t allocations;

static void *count_allocation(void *context, size_t bytes)
{
    (void)context;
    allocations++;
    return malloc(bytes);
}

static void *count_reallocation(void *context, void *block, size_t bytes)
{
    (void)context;
    allocations++;
    return realloc(block, bytes);
}

static void release(void *context, void *block)
{
    (void)context;
    free(block);
}

START_TEST(test_queries_allocate_nothing)
{
    rec_host host = REC_HOST_INIT;
    host.allocate = count_allocation;
    host.reallocate = count_reallocation;
    host.release = release;
    ck_assert_int_eq(rec_host_set(&host), REC_OK);
    rec_ratings *ratings = make_ratings();
    rec_model *model = make_model(ratings);
    rec_workspace *workspace = NULL;
    rec_query query = REC_QUERY_INIT;
    int32_t items[K], n, except = 3;
    ck_assert_int_eq(rec_workspace_create(&workspace), REC_OK);
    query.workspace = workspace;
    query.except = &except;
    query.n_except = 1;
    ck_assert_int_eq(rec_topk(model, 0, &query, K, items, NULL, &n), REC_OK);
    int64_t before = allocations;
    for (int32_t u = 1; u < USERS; u++)
        ck_assert_int_eq(rec_topk(model, u, &query, K, items, NULL, &n), REC_OK);
    ck_assert_int_eq(allocations, before);
    rec_workspace_free(workspace);
    rec_model_free(model);
    rec_ratings_free(ratings);
    ck_assert_int_eq(rec_host_set(NULL), REC_OK);
}
END_TEST

START_TEST(test_names)
{
    char version[16];
    snprintf(version, sizeof version, "%d.%d.%d", REC_VERSION_MAJOR, REC_VERSION_MINOR, REC_VERSION_PATCH);
    ck_assert_str_eq(rec_version(), version);
    ck_assert_str_eq(rec_status_text(REC_ERR_NO_MEMORY), "out of memory");
    ck_assert_str_eq(rec_status_name(REC_ERR_DIVERGED), "REC_ERR_DIVERGED");
    ck_assert_str_eq(rec_status_text((rec_status)999), "unknown status");
    ck_assert_int_ge(rec_host_threads(), 1);
    ck_assert_ptr_nonnull(strstr("portable avx2 avx512 neon", rec_host_kernels()));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host");
    TCase *tests = tcase_create("host");
    tcase_add_test(tests, test_fork);
    tcase_add_test(tests, test_freed_in_any_order);
    tcase_add_test(tests, test_queries_allocate_nothing);
    tcase_add_test(tests, test_names);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
