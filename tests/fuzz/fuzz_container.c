/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a container: open, read all that was found, verify, and use what opens as a model or as ratings.
 *
 *   CC=clang meson setup build-fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false
 *   meson compile -C build-fuzz fuzz_container
 *   build-fuzz/tests/fuzz/fuzz_container -max_len=65536 -max_total_time=120 FOLDER
 *
 * FOLDER begins with a few small saved files, such as those of tests/container/make_files.c, and collects more.
 */
#include "fuzz.h"

#include "api/verify.h"

/* Checksums would keep every altered file out, so the contents are used as a caller does who never verified. */
static void use_model(const char *path)
{
    rec_model *model = NULL;
    int32_t items[5], n = 0;
    float scores[5];
    if (rec_model_open(&model, path) != REC_OK)
        return;
    for (int32_t user = 0; user < rec_model_users(model) && user < 8; user++)
        if (rec_topk(model, user, NULL, 5, items, scores, &n) == REC_OK && n > 0)
            if (rec_explain(model, user, items[0], 5, items, scores, &n) != REC_OK)
                n = 0;
    if (rec_model_items(model) > 1 && rec_similar_items(model, 1, 5, items, scores, &n) != REC_OK)
        n = 0;
    rec_model_free(model);
}

static void use_ratings(const char *path)
{
    rec_ratings *ratings = NULL;
    rec_row row;
    int32_t found = -1;
    if (rec_ratings_open(&ratings, path) != REC_OK)
        return;
    for (int32_t user = 0; user < rec_ratings_users(ratings) && user < 8; user++)
        if (rec_ratings_user(ratings, user, &row) != REC_OK)
            break;
    if (rec_ids_find(rec_ratings_user_ids(ratings), "u3", &found) != REC_OK)
        found = -1;
    rec_ratings_free(ratings);
}

/* What verifying does once the checksums are right. */
static void verify_contents(const char *path)
{
    struct rec__container *container = NULL;
    if (rec__container_open(&container, path) != REC_OK)
        return;
    (void)went_well(rec__verify_contents(container));
    rec__container_free(container);
}

static void use_file(const char *path)
{
    static volatile unsigned char sink;
    rec_file *file = NULL;
    if (rec_file_open(&file, path) != REC_OK)
        return;
    for (int32_t i = 0; i < rec_file_array_count(file); i++) {
        rec_array array = REC_ARRAY_INIT;
        if (rec_file_array_at(file, i, &array) != REC_OK)
            abort();
        int64_t size = array.rows * array.columns * rec__dtype_bytes((rec_dtype)array.type);
        for (int64_t byte = 0; byte < size; byte++)
            sink = ((const unsigned char *)array.data)[byte];
    }
    (void)sink;
    (void)went_well(rec_file_verify(file));
    rec_file_free(file);
    verify_contents(path);
    use_model(path);
    use_ratings(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const char *path = write_input(bytes, length);
    use_file(path);
    unlink(path);
    if (rec_host_blocks() != 0)
        abort();
    return 0;
}
