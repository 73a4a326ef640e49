/* SPDX-License-Identifier: Apache-2.0 */
/* The container: what is written comes back, the layout is that of docs/container.md, other writers' files
 * open. */
#include "base/hash.h"
#include "packs.h"

#include <fcntl.h>
#include <sys/resource.h>

static struct rec__container *open_good(const char *path)
{
    struct rec__container *container = NULL;
    EXPECT_OK(rec__container_open(&container, path));
    ck_assert_ptr_nonnull(container);
    return container;
}

static size_t bytes_of(const rec_array *array)
{
    return (size_t)(array->rows * array->columns * rec__dtype_bytes((rec_dtype)array->type));
}

START_TEST(test_round_trip)
{
    struct rec__container *container = open_good(write_pack("model"));
    ck_assert_str_eq(rec__container_kind(container), "model");
    ck_assert_str_eq(rec__container_text(container, "librec.format"), "1");
    ck_assert_str_eq(rec__container_text(container, "note"), "\"Z\xC3\xBCrich\"\t");
    ck_assert_str_eq(rec__container_text(container, "part.number"), "0.1");
    ck_assert_ptr_null(rec__container_text(container, "part"));
    ck_assert_int_eq(rec__container_array_count(container), PACKED);
    for (int i = 0; i < PACKED; i++) {
        rec_array got = REC_ARRAY_INIT;
        const rec_array *put = &packed[i];
        struct rec__expected expected = {(rec_dtype)put->type, put->dimensions, put->rows, put->columns};
        EXPECT_OK(rec__container_take(container, i % 2 == 0 ? "part" : "", put->name, expected, &got));
        ck_assert_mem_eq(got.data, put->data, bytes_of(put));
        ck_assert_uint_eq((uintptr_t)got.data % (size_t)rec__dtype_bytes(expected.type), 0);
        ck_assert_uint_eq(got.size, sizeof got);
    }
    EXPECT_OK(rec__container_verify(container));
    ck_assert_ptr_eq(rec__container_retain(container), container);
    rec__container_free(container);
    ck_assert_str_eq(rec__container_kind(container), "model");
    rec__container_free(container);
    rec__container_free(NULL);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* By the bytes of the file alone: length, padding, order by size of element, no holes, checksums. */
START_TEST(test_layout)
{
    const char *path = write_pack("model");
    size_t length = file_length(path), header;
    char *bytes = read_text(path), key[64];
    memcpy(&header, bytes, 8);
    ck_assert_uint_eq((8 + header) % 64, 0);
    ck_assert_int_eq(bytes[8], '{');
    static const int order[] = {2, 4, 1, 3, 5, 0}; /* doubles, longs; ints, floats, none; bytes */
    size_t at = 8 + header;
    for (int i = 0; i < PACKED; i++) {
        const rec_array *array = &packed[order[i]];
        ck_assert_mem_eq(bytes + at, array->data, bytes_of(array));
        snprintf(key, sizeof key, "\"crc32c.%s%s\":\"%08x\"", order[i] % 2 == 0 ? "part." : "", array->name,
                 rec__crc32c_portable(0, array->data, bytes_of(array)));
        ck_assert_msg(strstr(bytes + 8, key) != NULL, "%s is missing", key);
        at += bytes_of(array);
    }
    ck_assert_uint_eq(at, length);
    ck_assert_ptr_nonnull(
        strstr(bytes + 8, "\"floats\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[60,84]}"));
    free(bytes);
}
END_TEST

/* The same pack written twice gives the same bytes. */
START_TEST(test_written_twice)
{
    struct rec__pack *pack = make_pack("model");
    EXPECT_OK(rec__pack_write(pack, path_of("first")));
    EXPECT_OK(rec__pack_write(pack, path_of("second")));
    rec__pack_free(pack);
    size_t length = file_length(path_of("first"));
    ck_assert_uint_eq(file_length(path_of("second")), length);
    char *first = read_text(path_of("first")), *second = read_text(path_of("second"));
    ck_assert_mem_eq(first, second, length);
    free(first);
    free(second);
}
END_TEST

START_TEST(test_refused_by_pack)
{
    char name[REC_NAME_MOST + 1];
    struct rec__pack *pack = make_pack("model");
    memset(name, 'n', sizeof name);
    name[REC_NAME_MOST] = '\0';
    rec_array array = packed[0];
    EXPECT(rec__pack_array(pack, "part", &array), REC_ERR_INVALID, "array \"part.bytes\" is given twice");
    array.name = name;
    EXPECT(rec__pack_array(pack, "", &array), REC_ERR_INVALID, "1 to 127 bytes");
    array.name = "__metadata__";
    EXPECT(rec__pack_array(pack, "", &array), REC_ERR_INVALID, "__metadata__");
    array.name = "\xFF";
    EXPECT(rec__pack_array(pack, "", &array), REC_ERR_INVALID, "UTF-8");
    EXPECT(rec__pack_text(pack, "note", "again"), REC_ERR_INVALID, "metadata \"note\" is given twice");
    EXPECT(rec__pack_text(pack, "latin", "Z\xFCrich"), REC_ERR_INVALID, "metadata \"latin\"", "UTF-8");
    EXPECT_OK(rec__pack_write(pack, path_of("model")));
    rec__pack_free(pack);
    struct rec__container *container = open_good(path_of("model"));
    ck_assert_int_eq(rec__container_array_count(container), PACKED);
    ck_assert_str_eq(rec__container_text(container, "note"), "\"Z\xC3\xBCrich\"\t");
    rec__container_free(container);
}
END_TEST

static rec_status try_pack(void *path)
{
    struct rec__pack *pack = NULL;
    rec_status status = rec__pack_create(&pack, "model");
    for (int i = 0; i < PACKED && status == REC_OK; i++)
        status = rec__pack_array(pack, "part", &packed[i]);
    if (status == REC_OK)
        status = rec__pack_write(pack, path);
    rec__pack_free(pack);
    return status;
}

static rec_status try_open(void *path)
{
    struct rec__container *container = NULL;
    rec_status status = rec__container_open(&container, path);
    ck_assert((status == REC_OK) == (container != NULL));
    if (status == REC_OK)
        status = rec__container_verify(container);
    rec__container_free(container);
    return status;
}

START_TEST(test_no_memory)
{
    char path[96];
    strcpy(path, path_of("memory"));
    ck_assert_int_gt(fail_each_allocation(try_pack, path), 20);
    ck_assert_int_gt(fail_each_allocation(try_open, path), 5);
}
END_TEST

static void expect_unfit(const struct rec__container *container, const char *name,
                         struct rec__expected expected, const char *is, const char *wanted)
{
    rec_array array = REC_ARRAY_INIT;
    EXPECT(rec__container_take(container, "", name, expected, &array), REC_ERR_CORRUPT,
           rec__container_path(container), name, is, wanted);
    ck_assert_ptr_null(array.data);
}

START_TEST(test_take)
{
    struct rec__container *container = open_good(write_pack("model"));
    static const struct rec__expected any = {REC_F32, 2, -1, -1};
    rec_array array = REC_ARRAY_INIT;
    EXPECT_OK(rec__container_take(container, "", "floats", any, &array));
    ck_assert_int_eq(array.rows * 10 + array.columns, 23);
    expect_unfit(container, "absent", any, "is missing", "");
    expect_unfit(container, "part.longs", any, "is I64 [2]", "F32 [any, any] was expected");
    expect_unfit(container, "floats", (struct rec__expected){REC_F32, 2, 3, -1}, "is F32 [2, 3]",
                 "F32 [3, any] was expected");
    expect_unfit(container, "floats", (struct rec__expected){REC_F32, 2, 2, 2}, "[2, 3]", "[2, 2]");
    expect_unfit(container, "floats", (struct rec__expected){REC_I32, 2, 2, 3}, "F32", "I32 [2, 3]");
    expect_unfit(container, "floats", (struct rec__expected){REC_F32, 1, 2, 1}, "[2, 3]", "F32 [2] was");
    rec__container_free(container);
}
END_TEST

START_TEST(test_metadata)
{
    struct rec__container *container = open_good(write_pack("model"));
    double number = 0.0;
    int64_t integer = 0;
    const char *key, *value;
    EXPECT_OK(rec__container_number(container, "part", "number", &number));
    ck_assert(number == 0.1);
    EXPECT_OK(rec__container_integer(container, "part", "integer", -42, 0, &integer));
    ck_assert_int_eq(integer, -42);
    EXPECT(rec__container_integer(container, "part", "integer", 0, 9, &integer), REC_ERR_CORRUPT,
           "metadata \"part.integer\" is \"-42\"; a whole number from 0 to 9 was expected");
    EXPECT(rec__container_integer(container, "part", "number", 0, 9, &integer), REC_ERR_CORRUPT, "\"0.1\"");
    EXPECT(rec__container_number(container, "", "note", &number), REC_ERR_CORRUPT, "a number was expected");
    EXPECT(rec__container_number(container, "part", "absent", &number), REC_ERR_CORRUPT,
           "metadata \"part.absent\" is missing; a number was expected");
    ck_assert_int_eq(integer, -42);
    ck_assert_int_eq(rec__container_metadata_count(container), 3 + 3 + PACKED + 1);
    rec__container_metadata_at(container, 0, &key, &value);
    ck_assert_str_eq(key, "librec.kind");
    ck_assert_str_eq(value, "model");
    rec__container_free(container);
}
END_TEST

/* Another writer's: arrays out of order in the header, white space, a scalar, four dimensions, no alignment.
 */
START_TEST(test_other_writer)
{
    struct rec__container *container = open_good(
        write_header("{\n\t\"second\" : { \"shape\":[2,1,3,1], \"data_offsets\":[4,28], \"dtype\":\"F32\" },"
                     "\"first\":{\"dtype\":\"I32\",\"shape\":[],\"data_offsets\":[0,4]}}  \n",
                     28));
    ck_assert_str_eq(rec__container_kind(container), "arrays");
    ck_assert_int_eq(rec__container_metadata_count(container), 0);
    const rec_array *first = rec__container_array_at(container, 0),
                    *second = rec__container_find(container, "second");
    ck_assert_str_eq(first->name, "first");
    ck_assert_int_eq(first->rows * first->columns * first->dimensions, 1);
    ck_assert_mem_eq(first->data, "\0\1\2\3", 4);
    ck_assert_int_eq(second->rows, 2);
    ck_assert_int_eq(second->columns, 3);
    ck_assert_int_eq(second->dimensions, 4);
    ck_assert_mem_eq(second->data, "\4\5\6\7", 4);
    ck_assert_uint_ne((uintptr_t)second->data % 4, 0);
    EXPECT(rec__container_verify(container), REC_ERR_UNSUPPORTED, "by-hand", "without checksums");
    rec__container_free(container);
    container = open_good(write_header("{}", 0));
    ck_assert_int_eq(rec__container_array_count(container), 0);
    rec__container_free(container);
}
END_TEST

/* The time and the memory of opening do not depend on the arrays: 64 GB of holes open at once, and few pages
 * are touched. */
START_TEST(test_open_touches_no_arrays)
{
    const char *path = write_header("{\"x\":{\"dtype\":\"F32\",\"shape\":[16777216,1024],"
                                    "\"data_offsets\":[0,68719476736]}}    ",
                                    0);
    size_t header = file_length(path);
    if (truncate(path, (off_t)header + (INT64_C(1) << 36)) != 0) {
        printf("skipped: the file system takes no file of 64 GB\n");
        return;
    }
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    struct rec__container *container = open_good(path);
    getrusage(RUSAGE_SELF, &after);
    ck_assert_int_eq(rec__container_array_at(container, 0)->rows, 16777216);
    ck_assert_int_lt(after.ru_minflt + after.ru_majflt - before.ru_minflt - before.ru_majflt, 256);
    ck_assert_int_lt(after.ru_inblock - before.ru_inblock, 2048);
    rec__container_free(container);
}
END_TEST

START_TEST(test_probe)
{
    ck_assert(rec__container_probe(write_pack("model")));
    ck_assert(rec__container_probe(write_header("{}", 0)));
    ck_assert(!rec__container_probe(write_text("text", "user,item,rating\n1,2,3\n")));
    ck_assert(!rec__container_probe(write_text("short", "1,2,3")));
    ck_assert(!rec__container_probe(write_text("empty", "")));
    ck_assert(!rec__container_probe(path_of("absent")));
    ck_assert(!rec__container_probe(test_folder));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("container");
    TCase *tests = tcase_create("container");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, test_round_trip);
    tcase_add_test(tests, test_layout);
    tcase_add_test(tests, test_written_twice);
    tcase_add_test(tests, test_refused_by_pack);
    tcase_add_test(tests, test_no_memory);
    tcase_add_test(tests, test_take);
    tcase_add_test(tests, test_metadata);
    tcase_add_test(tests, test_other_writer);
    tcase_add_test(tests, test_open_touches_no_arrays);
    tcase_add_test(tests, test_probe);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
