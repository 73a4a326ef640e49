/* SPDX-License-Identifier: Apache-2.0 */
/* rec_file_*: what is told of a file, and that altered contents are found even when the checksums are right.
 */
#include <librec/librec.h>

#include "packs.h"

static rec_ratings *make_ratings(void)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    for (int u = 0; u < 12; u++)
        for (int i = u % 3; i < 9; i += 2) {
            char user[8], item[8];
            snprintf(user, sizeof user, "u%d", u);
            snprintf(item, sizeof item, "i%d", i);
            EXPECT_OK(rec_ratings_builder_add(builder, user, item, (float)((u + i) % 5 + 1), 100 + u));
        }
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

static const char *save_ratings(void)
{
    rec_ratings *ratings = make_ratings();
    EXPECT_OK(rec_ratings_save(ratings, path_of("ratings")));
    rec_ratings_free(ratings);
    return path_of("ratings");
}

static const char *save_model(void)
{
    rec_ratings *ratings = make_ratings();
    rec_model *model = NULL;
    EXPECT_OK(rec_model_create(&model, "mf"));
    EXPECT_OK(rec_model_set(model, "epochs", 2));
    EXPECT_OK(rec_fit(model, ratings));
    EXPECT_OK(rec_model_save(model, path_of("model")));
    rec_model_free(model);
    rec_ratings_free(ratings);
    return path_of("model");
}

static const char *save_features(void)
{
    const char *path = write_text("features.csv", "a,sea\na,whales\nb,sea\nc,love\n");
    rec_features *features = NULL;
    EXPECT_OK(rec_features_read(&features, path, NULL));
    EXPECT_OK(rec_features_save(features, path_of("features")));
    rec_features_free(features);
    return path_of("features");
}

static rec_file *open_good(const char *path)
{
    rec_file *file = NULL;
    EXPECT_OK(rec_file_open(&file, path));
    return file;
}

START_TEST(test_whole_files)
{
    static const char *(*const save[])(void) = {save_ratings, save_model, save_features};
    static const char *const kinds[] = {"ratings", "model", "features"};
    for (int i = 0; i < 3; i++) {
        rec_file *file = open_good(save[i]());
        ck_assert_str_eq(rec_file_kind(file), kinds[i]);
        ck_assert_str_eq(rec_file_metadata_find(file, "librec.version"), rec_version());
        ck_assert_str_eq(rec_file_metadata_find(file, "librec.format"), "1");
        EXPECT_OK(rec_file_verify(file));
        rec_file_free(file);
    }
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_looking)
{
    rec_file *file = open_good(write_pack("pack"));
    rec_array array = REC_ARRAY_INIT;
    const char *key = NULL, *value = NULL;
    ck_assert_int_eq(rec_file_array_count(file), PACKED);
    EXPECT_OK(rec_file_array_at(file, 0, &array));
    ck_assert_str_eq(array.name, "part.doubles");
    ck_assert_mem_eq(array.data, packed_doubles, sizeof packed_doubles);
    ck_assert_int_eq(array.rows * 100 + array.columns * 10 + array.dimensions, 311);
    EXPECT(rec_file_array_at(file, PACKED, &array), REC_ERR_RANGE, "index is 6; 0 to 5 was expected");
    EXPECT(rec_file_array_at(file, -1, &array), REC_ERR_RANGE, "index is -1");
    EXPECT(rec_file_array_at(file, 0, NULL), REC_ERR_INVALID, "array is NULL");
    array.size = 0;
    EXPECT(rec_file_array_at(file, 0, &array), REC_ERR_INVALID, "array.size is 0");
    EXPECT_OK(rec_file_metadata_at(file, 4, &key, &value));
    ck_assert_str_eq(key, "part.number");
    ck_assert_str_eq(value, "0.1");
    int32_t n = rec_file_metadata_count(file);
    EXPECT(rec_file_metadata_at(file, n, &key, &value), REC_ERR_RANGE, "0 to 12 was expected");
    EXPECT(rec_file_metadata_at(file, 0, NULL, &value), REC_ERR_INVALID, "key is NULL");
    EXPECT(rec_file_metadata_at(file, 0, &key, NULL), REC_ERR_INVALID, "value is NULL");
    ck_assert_ptr_null(rec_file_metadata_find(file, "absent"));
    rec_file_free(file);
    rec_file_free(NULL);
}
END_TEST

START_TEST(test_bad_arguments)
{
    rec_file *file = (rec_file *)&file;
    EXPECT(rec_file_open(NULL, "x"), REC_ERR_INVALID, "out is NULL");
    EXPECT(rec_file_open(&file, NULL), REC_ERR_INVALID, "path is NULL");
    ck_assert_ptr_null(file);
    file = (rec_file *)&file;
    EXPECT(rec_file_open(&file, path_of("absent")), REC_ERR_IO, "absent: cannot open");
    ck_assert_ptr_null(file);
    EXPECT(rec_file_verify(NULL), REC_ERR_INVALID, "file is NULL");
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* One array of a copy is changed before it is written, with right checksums. */
struct alteration {
    const char *array;
    int64_t element, value; /* value SWAP: the element changes places with the next */
};

#define SWAP INT64_C(-77)

static void alter(const rec_array *array, char *bytes, const struct alteration *alteration)
{
    size_t size = (size_t)rec__dtype_bytes((rec_dtype)array->type);
    char *element = bytes + (size_t)alteration->element * size, kept[8];
    int32_t narrow = (int32_t)alteration->value;
    if (alteration->value == SWAP) {
        memcpy(kept, element, size);
        memcpy(element, element + size, size);
        memcpy(element + size, kept, size);
    } else {
        memcpy(element, size == 8 ? (const void *)&alteration->value : (const void *)&narrow, size);
    }
}

static bool is_ours(const char *key)
{
    return strncmp(key, "librec.", 7) == 0 || strncmp(key, "crc32c.", 7) == 0;
}

static const char *write_altered(const char *path, const struct alteration *alteration)
{
    struct rec__container *container = NULL;
    struct rec__pack *pack = NULL;
    char *copies[64] = {NULL};
    bool found = false;
    EXPECT_OK(rec__container_open(&container, path));
    EXPECT_OK(rec__pack_create(&pack, rec__container_kind(container)));
    for (int32_t i = 0; i < rec__container_metadata_count(container); i++) {
        const char *key, *value;
        rec__container_metadata_at(container, i, &key, &value);
        if (!is_ours(key))
            EXPECT_OK(rec__pack_text(pack, key, value));
    }
    int32_t n = rec__container_array_count(container);
    ck_assert_int_le(n, 64);
    for (int32_t i = 0; i < n; i++) {
        rec_array array = *rec__container_array_at(container, i);
        size_t bytes = (size_t)(array.rows * array.columns * rec__dtype_bytes((rec_dtype)array.type));
        copies[i] = malloc(bytes + 1);
        ck_assert_ptr_nonnull(copies[i]);
        memcpy(copies[i], array.data, bytes);
        if (strcmp(array.name, alteration->array) == 0) {
            alter(&array, copies[i], alteration);
            found = true;
        }
        array.data = copies[i];
        EXPECT_OK(rec__pack_array(pack, "", &array));
    }
    ck_assert_msg(found, "there is no array %s", alteration->array);
    EXPECT_OK(rec__pack_write(pack, path_of("altered")));
    rec__pack_free(pack);
    rec__container_free(container);
    for (int i = 0; i < 64; i++)
        free(copies[i]);
    return path_of("altered");
}

enum { RATINGS, MODEL, FEATURES };

static const struct {
    int kind;
    struct alteration alteration;
    const char *words;
} altered[] = {
    {RATINGS, {"users.offsets", 2, 1}, "users.offsets[2] is 1"},
    {RATINGS, {"users.slots", 0, 99}, "users.slots[0] is 99"},
    {RATINGS, {"items.bytes", 1, SWAP}, "items.slots does not lead to the id of row 0"},
    {RATINGS, {"ratings.user_start", 3, 1000000}, "ratings.user_start[3] is 1000000"},
    {RATINGS, {"ratings.item_start", 0, 1}, "ratings.item_start runs from 1"},
    {RATINGS, {"ratings.user_items", 0, 9}, "item"},
    {RATINGS, {"ratings.user_items", 0, SWAP}, "item"},
    {RATINGS, {"ratings.item_users", 0, -1}, "ratings.item_users"},
    {RATINGS, {"ratings.item_ratings", 1, 0x41000000}, "ratings.item_ratings"},
    {RATINGS, {"ratings.user_ratings", 1, 0x7FC00000}, "rating"},
    {MODEL, {"users.slots", 1, -2}, "users.slots[1] is -2"},
    {MODEL, {"ratings.user_items", 2, -5}, "item"},
    {FEATURES, {"ids.offsets", 1, 50}, "ids.offsets[1] is 50"},
    {FEATURES, {"names.slots", 0, 77}, "names.slots[0] is 77"},
    {FEATURES, {"features.columns", 0, 3}, "features.columns[0] is 3; 0 to 2 was expected"},
    {FEATURES, {"features.values", 1, 0x7F800000}, "features.values[1] is inf"},
};

START_TEST(test_altered_contents)
{
    const char *path = altered[_i].kind == RATINGS ? save_ratings()
                       : altered[_i].kind == MODEL ? save_model()
                                                   : save_features();
    path = write_altered(path, &altered[_i].alteration);
    rec_file *file = open_good(path);
    EXPECT(rec_file_verify(file), REC_ERR_CORRUPT, path, altered[_i].words);
    ck_assert_msg(strstr(strstr(rec_last_error(), path) + 1, path) == NULL, "%s", rec_last_error());
    rec_file_free(file);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* The weights of an item graph, two items and three edges, and what may be wrong in them. */
static const char *write_graph(const int64_t start[3], const int32_t columns[3])
{
    static const float weights[3] = {0.5f, 0.25f, 0.125f};
    const rec_array arrays[] = {{sizeof(rec_array), "graph_start", start, 3, 1, REC_I64, 1},
                                {sizeof(rec_array), "graph_columns", columns, 3, 1, REC_I32, 1},
                                {sizeof(rec_array), "graph_weights", weights, 3, 1, REC_F32, 1}};
    static const char *const metadata[][2] = {{"algorithm", "content"},
                                              {"scorer", "item graph"},
                                              {"users", "1"},
                                              {"items", "2"},
                                              {"mean", "3"},
                                              {"least", "1"},
                                              {"greatest", "5"},
                                              {"users.kind", "rows"},
                                              {"users.count", "1"},
                                              {"items.kind", "rows"},
                                              {"items.count", "2"}};
    struct rec__pack *pack = NULL;
    EXPECT_OK(rec__pack_create(&pack, "model"));
    for (size_t i = 0; i < sizeof metadata / sizeof *metadata; i++)
        EXPECT_OK(rec__pack_text(pack, metadata[i][0], metadata[i][1]));
    for (int i = 0; i < 3; i++)
        EXPECT_OK(rec__pack_array(pack, "", &arrays[i]));
    EXPECT_OK(rec__pack_write(pack, path_of("graph")));
    rec__pack_free(pack);
    return path_of("graph");
}

static void expect_bad_graph(const int64_t start[3], const int32_t columns[3], const char *words)
{
    rec_file *file = open_good(write_graph(start, columns));
    EXPECT(rec_file_verify(file), REC_ERR_CORRUPT, "graph: ", words);
    rec_file_free(file);
}

START_TEST(test_graph)
{
    rec_file *file = open_good(write_graph((const int64_t[]){0, 2, 3}, (const int32_t[]){0, 1, 0}));
    EXPECT_OK(rec_file_verify(file));
    rec_file_free(file);
    expect_bad_graph((const int64_t[]){1, 2, 3}, (const int32_t[]){0, 1, 0}, "graph_start[0] is 1; 0 to 0");
    expect_bad_graph((const int64_t[]){0, 4, 3}, (const int32_t[]){0, 1, 0}, "graph_start[1] is 4; 0 to 3");
    expect_bad_graph((const int64_t[]){0, 2, 3}, (const int32_t[]){0, 2, 0}, "graph_columns[1] is 2; 0 to 1");
    expect_bad_graph((const int64_t[]){0, 2, 3}, (const int32_t[]){0, 1, -1}, "graph_columns[2] is -1");
}
END_TEST

/* Of an algorithm that is not known here, or of a kind: only what is known is checked. */
START_TEST(test_unknown)
{
    rec_file *file = open_good(write_pack("pack"));
    EXPECT(rec_file_verify(file), REC_ERR_CORRUPT, "pack: metadata \"users.count\" is missing");
    rec_file_free(file);
    struct rec__pack *pack = make_pack("poems");
    EXPECT_OK(rec__pack_write(pack, path_of("poems")));
    rec__pack_free(pack);
    file = open_good(path_of("poems"));
    ck_assert_str_eq(rec_file_kind(file), "poems");
    EXPECT_OK(rec_file_verify(file));
    rec_file_free(file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify");
    TCase *tests = tcase_create("verify");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, test_whole_files);
    tcase_add_test(tests, test_looking);
    tcase_add_test(tests, test_bad_arguments);
    tcase_add_loop_test(tests, test_altered_contents, 0, sizeof altered / sizeof *altered);
    tcase_add_test(tests, test_graph);
    tcase_add_test(tests, test_unknown);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
