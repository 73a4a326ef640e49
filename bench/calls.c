/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What calls cost from C, for bench/python_overhead.py to compare with. bench_calls MODEL K CALLS asks about the users one after another,
 * CALLS times each way, with a workspace, and about all of them in one batch; a line each: the way, nanoseconds a call, the sum of all items
 * answered.
 */
#include <librec/librec.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { K_MOST = 1000 };

static void require(rec_status status)
{
    if (status == REC_OK)
        return;
    fprintf(stderr, "%s\n", rec_last_error());
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

enum way { USER, ROW, NEW };

/* The question about a user: as the model knows him, without what a row has, or somebody new who has it. */
static rec_query ask(const rec_model *model, enum way way, int32_t user, rec_workspace *workspace)
{
    rec_query query = REC_QUERY_INIT;
    rec_row row;
    query.workspace = workspace;
    if (way == USER)
        return query;
    require(rec_ratings_user(rec_model_ratings(model), user, &row));
    if (way == NEW) {
        query.history = row.others;
        query.history_ratings = row.ratings;
        query.n_history = row.n;
    } else {
        query.flags = REC_QUERY_WITH_SEEN;
        query.except = row.others;
        query.n_except = row.n;
    }
    return query;
}

static void time_single(const rec_model *model, enum way way, int32_t k, long calls)
{
    static const char *const names[] = {"user", "row", "new"};
    int32_t items[K_MOST], n, users = rec_model_users(model);
    float scores[K_MOST];
    long long sum = 0;
    rec_workspace *workspace = NULL;
    require(rec_workspace_create(&workspace));
    double start = now();
    for (long c = 0; c < calls; c++) {
        int32_t user = (int32_t)(c % users);
        rec_query query = ask(model, way, user, workspace);
        require(rec_topk(model, way == NEW ? REC_NEW_USER : user, &query, k, items, scores, &n));
        for (int32_t i = 0; i < n; i++)
            sum += items[i];
    }
    printf("%s %.1f %lld\n", names[way], (now() - start) / (double)calls, sum);
    rec_workspace_free(workspace);
}

static void time_batch(const rec_model *model, int32_t k)
{
    int32_t users = rec_model_users(model);
    int64_t n = (int64_t)users * k;
    int32_t *items = malloc((size_t)n * sizeof *items), *counts = malloc((size_t)users * sizeof *counts);
    float *scores = malloc((size_t)n * sizeof *scores);
    long long sum = 0;
    if (items == NULL || counts == NULL || scores == NULL)
        exit(1);
    double start = now();
    require(rec_topk_batch(model, NULL, users, NULL, k, items, scores, counts));
    double took = now() - start;
    for (int32_t u = 0; u < users; u++)
        for (int32_t i = 0; i < counts[u]; i++)
            sum += items[(int64_t)u * k + i];
    printf("batch %.1f %lld\n", took, sum);
    free(items), free(counts), free(scores);
}

int main(int argc, char **argv)
{
    rec_model *model = NULL;
    int32_t k = argc == 4 ? (int32_t)atoi(argv[2]) : 0;
    if (k < 1 || k > K_MOST)
        return fprintf(stderr, "usage: bench_calls MODEL K CALLS, K from 1 to %d\n", K_MOST), 2;
    require(rec_model_open(&model, argv[1]));
    for (enum way way = USER; way <= NEW && atol(argv[3]) > 0; way++)
        time_single(model, way, k, atol(argv[3]));
    time_batch(model, k);
    time_batch(model, k);
    rec_model_free(model);
}
