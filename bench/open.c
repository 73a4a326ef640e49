/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening a large model. bench_open make FOLDER [ITEMS FACTORS] fits one, saves FOLDER/model.librec and,
 * apart, its item vectors as raw floats; bench_open open FOLDER, in a process of its own, times the opening
 * and the first question and says how much memory each touched.
 */
#include <librec/librec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Resident bytes of this process, mapped files included. */
static long resident(void)
{
    long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &size, &pages) != 2)
        exit(1);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

/* Every item is rated twice, by users with text ids. */
static rec_ratings *make_ratings(int32_t n_items)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    require(rec_ratings_builder_create(&builder, NULL));
    for (int64_t e = 0; e < 2 * (int64_t)n_items; e++) {
        char user[24], item[24];
        snprintf(user, sizeof user, "user-%d", (int)(e * 7919 % 20011));
        snprintf(item, sizeof item, "item-%d", (int)(e % n_items));
        require(rec_ratings_builder_add(builder, user, item, (float)(e % 9) / 2.0f + 1.0f, REC_NO_TIME));
    }
    require(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

static void make(const char *folder, int32_t n_items, int32_t factors)
{
    char path[512];
    rec_model *model = NULL;
    rec_array array = REC_ARRAY_INIT;
    rec_ratings *ratings = make_ratings(n_items);
    require(rec_model_create(&model, "mf"));
    require(rec_model_set(model, "factors", factors));
    require(rec_model_set(model, "epochs", 1));
    require(rec_fit(model, ratings));
    snprintf(path, sizeof path, "%s/model.librec", folder);
    double start = now();
    require(rec_model_save(model, path));
    printf("saved in %.2f s\n", now() - start);
    require(rec_model_array_find(model, "item_vectors", &array));
    snprintf(path, sizeof path, "%s/item_vectors.f32", folder);
    FILE *file = fopen(path, "wb");
    size_t n = (size_t)array.rows * (size_t)array.columns;
    if (file == NULL || fwrite(array.data, sizeof(float), n, file) != n || fclose(file) != 0)
        exit(1);
    rec_model_free(model);
    rec_ratings_free(ratings);
}

static void open_model(const char *folder)
{
    char path[512];
    rec_model *model = NULL;
    int32_t row = 0, items[10], n = 0;
    snprintf(path, sizeof path, "%s/model.librec", folder);
    long before = resident();
    double start = now();
    require(rec_model_open(&model, path));
    double opened = now();
    long after = resident();
    printf("%d items: opened in %.3f ms, %.1f KiB touched\n", rec_model_items(model), (opened - start) * 1e3,
           (double)(after - before) / 1024.0);
    start = now();
    require(rec_ids_find(rec_model_user_ids(model), "user-17", &row));
    printf("an id found in %.3f ms\n", (now() - start) * 1e3);
    start = now();
    require(rec_topk(model, row, NULL, 10, items, NULL, &n));
    printf("the first top-k in %.3f ms, %.1f MiB touched\n", (now() - start) * 1e3,
           (double)(resident() - after) / 1048576.0);
    rec_model_free(model);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "make") == 0)
        make(argv[2], atoi(argv[3]), atoi(argv[4]));
    else if (argc == 3 && strcmp(argv[1], "make") == 0)
        make(argv[2], 1000000, 128);
    else if (argc == 3 && strcmp(argv[1], "open") == 0)
        open_model(argv[2]);
    else
        return fprintf(stderr, "usage: bench_open make FOLDER [ITEMS FACTORS] | open FOLDER\n"), 2;
    return 0;
}
