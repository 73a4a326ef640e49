/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Top-k of given factors: bench_topk FOLDER USERS ITEMS FACTORS K THREADS REPEATS reads users.f32, items.f32,
 * start.i64 and seen.i32 of FOLDER, ranks every user with what they have seen left out, writes items.i32
 * (USERS x K) and prints the median of the seconds. topk.py makes the input, runs the peers in turn with
 * this, and checks the answers.
 */
#include "base/file.h"
#include "base/memory.h"
#include "model/rank.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const void *read_raw(const char *folder, const char *name)
{
    char path[512];
    struct rec__mapping mapping;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (rec__map_file(path, &mapping) != REC_OK) {
        fprintf(stderr, "%s\n", rec_last_error());
        exit(1);
    }
    return mapping.bytes;
}

static void require(rec_status status)
{
    if (status == REC_OK)
        return;
    fprintf(stderr, "%s\n", rec_last_error());
    exit(1);
}

/* A model of the given factors, as a fit would have left it. */
static rec_model *make_model(const char *folder, int32_t n_users, int32_t n_items, int32_t factors)
{
    rec_model *model = NULL;
    require(rec_model_create(&model, "mf"));
    require(rec__result_create(&model->result, model->backend, model->parameters));
    struct rec__result *result = model->result;
    result->fitted.n_users = n_users;
    result->fitted.n_items = n_items;
    float *items = rec__arrays_add_floats(&result->arrays, "item_vectors", n_items, factors);
    float *users = rec__arrays_add_floats(&result->arrays, "user_vectors", n_users, factors);
    float *norms = rec__arrays_add_floats(&result->arrays, "item_norms", n_items, 0);
    double *bounds = rec__arrays_add_doubles(&result->arrays, "score_bounds", 2);
    if (items == NULL || users == NULL || norms == NULL || bounds == NULL)
        exit(1);
    memcpy(items, read_raw(folder, "items.f32"), sizeof(float) * (size_t)n_items * (size_t)factors);
    memcpy(users, read_raw(folder, "users.f32"), sizeof(float) * (size_t)n_users * (size_t)factors);
    for (int32_t i = 0; i < n_items; i++) {
        double sum = 0;
        for (int32_t f = 0; f < factors; f++)
            sum += (double)items[(int64_t)i * factors + f] * (double)items[(int64_t)i * factors + f];
        norms[i] = (float)sqrt(sum);
        bounds[0] = sqrt(sum) > bounds[0] ? sqrt(sum) : bounds[0];
    }
    require(rec_ratings_from_csr_borrow(&result->ratings, n_users, n_items, read_raw(folder, "start.i64"),
                                        read_raw(folder, "seen.i32"), NULL));
    require(rec__result_bind(result));
    return model;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The most memory held so far, in bytes; 0 where the system does not say. */
static long long peak_memory(void)
{
    char line[128];
    long long kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && kilobytes == 0 && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "VmHWM: %lld kB", &kilobytes) != 1)
            kilobytes = 0;
    if (file != NULL)
        fclose(file);
    return kilobytes * 1024;
}

int main(int argc, char **argv)
{
    if (argc != 8)
        return fprintf(stderr, "usage: bench_topk FOLDER USERS ITEMS FACTORS K THREADS REPEATS\n"), 2;
    int32_t n_users = atoi(argv[2]), n_items = atoi(argv[3]), factors = atoi(argv[4]), k = atoi(argv[5]);
    int repeats = atoi(argv[7]);
    rec_model *model = make_model(argv[1], n_users, n_items, factors);
    require(rec_model_set(model, "threads", atof(argv[6])));
    int32_t *items = malloc((size_t)n_users * (size_t)k * sizeof *items);
    int32_t *counts = malloc((size_t)n_users * sizeof *counts);
    double *seconds = malloc((size_t)repeats * sizeof *seconds);
    if (items == NULL || counts == NULL || seconds == NULL)
        return 1;
    for (int r = 0; r < repeats; r++) {
        double start = rec__seconds();
        require(rec_topk_batch(model, NULL, n_users, NULL, k, items, NULL, counts));
        seconds[r] = rec__seconds() - start;
    }
    qsort(seconds, (size_t)repeats, sizeof *seconds, compare);
    char path[512];
    snprintf(path, sizeof path, "%s/items.i32", argv[1]);
    FILE *file = fopen(path, "wb");
    if (file == NULL ||
        fwrite(items, sizeof *items, (size_t)n_users * (size_t)k, file) != (size_t)n_users * (size_t)k ||
        fclose(file) != 0)
        return perror(path), 1;
    printf("%.6f %lld\n", seconds[repeats / 2], peak_memory());
    free(items);
    free(counts);
    free(seconds);
    rec_model_free(model);
    return 0;
}
