/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For check_safetensors.py: saves ratings and a model, and beside each file the bytes of its arrays as they were in
 * memory before, so that what the file holds is compared with something that never was in it.
 *
 *   make_files make FOLDER     ratings.librec, model.librec, text.librec; FILE.expected/NAME
 *   make_files verify FILE     exit status 0 when rec_file_verify accepts it
 */
#include "store/ratings.h"

#include <librec/librec.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *folder;

static void must(rec_status status)
{
    if (status == REC_OK)
        return;
    fprintf(stderr, "make_files: %s\n", rec_last_error());
    exit(1);
}

static void path_in(char path[512], const char *file, const char *name)
{
    snprintf(path, 512, "%s/%s%s%s", folder, file, name != NULL ? ".expected/" : "",
             name != NULL ? name : "");
}

/* One expected array: its type and shape in the first line, then its bytes. */
static void expect(const char *file, const char *name, const rec_array *array)
{
    static const char *const types[] = {"F32", "F64", "I32", "I64", "U8"};
    static const size_t bytes[] = {4, 8, 4, 8, 1};
    char path[512];
    snprintf(path, sizeof path, "%s/%s.expected", folder, file);
    mkdir(path, 0777);
    path_in(path, file, name);
    FILE *out = fopen(path, "wb");
    size_t n = (size_t)(array->rows * array->columns);
    bool good = out != NULL && fprintf(out, "%s %lld", types[array->type], (long long)array->rows) > 0;
    if (good && array->dimensions == 2)
        good = fprintf(out, " %lld", (long long)array->columns) > 0;
    good = good && fputc('\n', out) != EOF && fwrite(array->data, bytes[array->type], n, out) == n;
    if (!good || fclose(out) != 0) {
        perror(path);
        exit(1);
    }
}

static void expect_vector(const char *file, const char *name, rec_dtype type, const void *data, int64_t n)
{
    rec_array array = {sizeof array, name, data, n, 1, (int32_t)type, 1};
    expect(file, name, &array);
}

static void expect_ids(const char *file, const char *prefix, const rec_ids *ids)
{
    char name[64];
    snprintf(name, sizeof name, "%s.slots", prefix);
    expect_vector(file, name, REC_I32, ids->slots, ids->n_slots);
    if (ids->kind == REC_IDS_INTEGER) {
        snprintf(name, sizeof name, "%s.integers", prefix);
        expect_vector(file, name, REC_I64, ids->integers, ids->count);
        return;
    }
    snprintf(name, sizeof name, "%s.offsets", prefix);
    expect_vector(file, name, REC_I64, ids->offsets, (int64_t)ids->count + 1);
    snprintf(name, sizeof name, "%s.bytes", prefix);
    expect_vector(file, name, REC_U8, ids->bytes, ids->n_bytes);
}

static void expect_ratings(const char *file, const rec_ratings *r)
{
    expect_ids(file, "users", r->users);
    expect_ids(file, "items", r->items);
    expect_vector(file, "ratings.user_start", REC_I64, r->user_start, (int64_t)r->n_users + 1);
    expect_vector(file, "ratings.user_items", REC_I32, r->user_items, r->count);
    expect_vector(file, "ratings.user_ratings", REC_F32, r->user_ratings, r->count);
    if (r->user_times != NULL)
        expect_vector(file, "ratings.user_times", REC_I64, r->user_times, r->count);
    expect_vector(file, "ratings.item_start", REC_I64, r->item_start, (int64_t)r->n_items + 1);
    expect_vector(file, "ratings.item_users", REC_I32, r->item_users, r->count);
    expect_vector(file, "ratings.item_ratings", REC_F32, r->item_ratings, r->count);
}

enum { USERS = 90, ITEMS = 70 };

static rec_ratings *make_ratings(bool text)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    must(rec_ratings_builder_create(&builder, NULL));
    for (int u = 0; u < USERS; u++)
        for (int i = u % 5; i < ITEMS; i += 3 + u % 4) {
            float rating = (float)((u * 7 + i * 3) % 9) * 0.5f + 1.0f;
            char user[32], item[96];
            snprintf(user, sizeof user, "reader-%d", u * u);
            snprintf(item, sizeof item, "%.*s\xC3\xA9%d", i,
                     "a title that is longer for later items, up to seventy bytes", i);
            must(text
                     ? rec_ratings_builder_add(builder, user, item, rating, REC_NO_TIME)
                     : rec_ratings_builder_add_ids(builder, (int64_t)u * 1000003 - 40, -i, rating, 1000 + u));
        }
    must(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

static void make_model(const rec_ratings *ratings)
{
    static const char file[] = "model.librec";
    rec_model *model = NULL;
    char path[512];
    must(rec_model_create(&model, "mf"));
    must(rec_model_set(model, "epochs", 3));
    must(rec_model_set(model, "factors", 13));
    must(rec_fit(model, ratings));
    for (int32_t i = 0; i < rec_model_array_count(model); i++) {
        rec_array array = REC_ARRAY_INIT;
        must(rec_model_array_at(model, i, &array));
        expect(file, array.name, &array);
    }
    const double *training = NULL, *validation = NULL;
    int64_t epochs = 0;
    must(rec_model_loss(model, &training, &validation, &epochs));
    expect_vector(file, "loss", REC_F64, training, epochs);
    expect_ratings(file, ratings);
    path_in(path, file, NULL);
    must(rec_model_save(model, path));
    rec_model_free(model);
}

static void make_files(void)
{
    char path[512];
    rec_ratings *integers = make_ratings(false), *texts = make_ratings(true);
    expect_ratings("ratings.librec", integers);
    path_in(path, "ratings.librec", NULL);
    must(rec_ratings_save(integers, path));
    expect_ratings("text.librec", texts);
    path_in(path, "text.librec", NULL);
    must(rec_ratings_save(texts, path));
    make_model(texts);
    rec_ratings_free(integers);
    rec_ratings_free(texts);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    if (strcmp(argv[1], "make") == 0) {
        folder = argv[2];
        make_files();
    } else {
        rec_file *file = NULL;
        must(rec_file_open(&file, argv[2]));
        must(rec_file_verify(file));
        rec_file_free(file);
    }
    return 0;
}
