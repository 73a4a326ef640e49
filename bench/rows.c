/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the memory gives to a walk of SGD at best: rows of K floats, two at a time, read, mixed and written in random order within a block that
 * stays in the second-level cache, without products, errors or biases. Prints nanoseconds a pair of rows and bytes a second, each thread.
 *
 *   rows K THREADS [USERS_A_BLOCK] [ITEMS_A_BLOCK]
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PAIRS = 1 << 15, PASSES = 200, THREADS_MOST = 64 };

struct walk {
    int32_t k, users, items;
    double seconds;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void mix(float *restrict p, float *restrict q, int32_t k)
{
    for (int32_t i = 0; i < k; i++) {
        float old = p[i];
        p[i] = 0.999f * old + 0.001f * q[i];
        q[i] = 0.999f * q[i] + 0.001f * old;
    }
}

static void *run(void *context)
{
    struct walk *walk = context;
    float *p = calloc((size_t)walk->users * (size_t)walk->k, sizeof *p);
    float *q = calloc((size_t)walk->items * (size_t)walk->k, sizeof *q);
    int32_t *pairs = malloc(2 * PAIRS * sizeof *pairs);
    uint64_t state = 1;
    if (p == NULL || q == NULL || pairs == NULL)
        exit(1);
    for (int e = 0; e < 2 * PAIRS; e++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        pairs[e] = (int32_t)((state >> 33) % (uint64_t)(e % 2 == 0 ? walk->users : walk->items));
    }
    for (int pass = -1; pass < PASSES; pass++) {
        if (pass == 0)
            walk->seconds = -now();
        for (int e = 0; e < PAIRS; e++)
            mix(p + (int64_t)pairs[2 * e] * walk->k, q + (int64_t)pairs[2 * e + 1] * walk->k, walk->k);
    }
    walk->seconds += now();
    free(p);
    free(q);
    free(pairs);
    return NULL;
}

int main(int argc, char **argv)
{
    int threads = argc > 2 ? atoi(argv[2]) : 0;
    struct walk walks[THREADS_MOST] = {
        {argc > 1 ? atoi(argv[1]) : 0, argc > 3 ? atoi(argv[3]) : 6250, argc > 4 ? atoi(argv[4]) : 1562, 0}};
    pthread_t handles[THREADS_MOST];
    if (walks[0].k < 1 || threads < 1 || threads > THREADS_MOST || walks[0].users < 1 || walks[0].items < 1) {
        fprintf(stderr, "usage: rows K THREADS [USERS_A_BLOCK] [ITEMS_A_BLOCK]\n");
        return 2;
    }
    for (int t = 0; t < threads; t++) {
        walks[t] = walks[0];
        if (pthread_create(&handles[t], NULL, run, &walks[t]) != 0)
            return 1;
    }
    double slowest = 0;
    for (int t = 0; t < threads; t++) {
        pthread_join(handles[t], NULL);
        slowest = walks[t].seconds > slowest ? walks[t].seconds : slowest;
    }
    double pair = slowest / PASSES / PAIRS;
    printf("%.2f ns a pair of rows, %.1f GB/s each of %d threads\n", pair * 1e9, 16e-9 * walks[0].k / pair,
           threads);
    return 0;
}
