/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inverted index of `content` that skips what cannot matter beside adding up everything, on one thread: top 20 for users, and items like one.
 * The answers are compared before times are printed.
 *
 *   bench_content MODEL [QUERIES]
 *
 * MODEL: of content over sparse features, such as bench/cold.py leaves in its folder.
 */
#include "model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { K = 20, ROUNDS = 5 };

struct answer {
    int32_t items[K], n;
    float scores[K];
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void check(rec_status status)
{
    if (status == REC_OK)
        return;
    fprintf(stderr, "%s\n", rec_last_error());
    exit(1);
}

/* Seconds of n queries, spread evenly over the rows. */
static double run(const rec_model *model, int similar, int32_t n, struct answer *answers)
{
    rec_query query = REC_QUERY_INIT;
    int64_t rows = similar ? rec_model_items(model) : rec_model_users(model);
    check(rec_workspace_create(&query.workspace));
    double start = now();
    for (int32_t q = 0; q < n; q++) {
        struct answer *a = &answers[q];
        int32_t row = (int32_t)(rows * q / n);
        check(similar ? rec_similar_items(model, row, K, a->items, a->scores, &a->n)
                      : rec_topk(model, row, &query, K, a->items, a->scores, &a->n));
    }
    double seconds = now() - start;
    rec_workspace_free(query.workspace);
    return seconds;
}

static void compare(const rec_model *model, int similar, int32_t n)
{
    const float **range = &model->result->bound.back_tails, *kept = *range;
    struct answer *skipped = calloc((size_t)n, sizeof *skipped), *all = calloc((size_t)n, sizeof *all);
    double best[2] = {1e9, 1e9};
    if (skipped == NULL || all == NULL)
        exit(1);
    for (int round = 0; round < ROUNDS; round++) {
        double seconds = run(model, similar, n, skipped);
        best[0] = seconds < best[0] ? seconds : best[0];
        *range = NULL;
        seconds = run(model, similar, n, all);
        *range = kept;
        best[1] = seconds < best[1] ? seconds : best[1];
        if (memcmp(skipped, all, (size_t)n * sizeof *all) != 0) {
            fprintf(stderr, "the answers differ\n");
            exit(1);
        }
    }
    printf("| %s | %.3f ms | %.3f ms | %.2f |\n", similar ? "items like one" : "top 20 of a user",
           best[1] / n * 1e3, best[0] / n * 1e3, best[1] / best[0]);
    free(skipped);
    free(all);
}

int main(int argc, char **argv)
{
    rec_model *model = NULL;
    int32_t n = argc > 2 ? atoi(argv[2]) : 500;
    if (argc < 2 || n < 1) {
        fprintf(stderr, "usage: bench_content MODEL [QUERIES]\n");
        return 2;
    }
    check(rec_model_open(&model, argv[1]));
    if (model->result->bound.back_tails == NULL) {
        fprintf(stderr, "%s has no back_tails: a model of content over sparse features was expected\n",
                argv[1]);
        return 1;
    }
    printf("| %s | everything | skipping | ratio |\n| --- | --- | --- | --- |\n", "query");
    compare(model, 0, n);
    compare(model, 1, n);
    rec_model_free(model);
    return 0;
}
