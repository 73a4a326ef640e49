/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are not what they should be: each fault has its sentence, and no bytes whatever do harm. */
#include "packs.h"

#define OURS(format) "\"__metadata__\":{\"librec.kind\":\"model\",\"librec.format\":\"" format "\"}"
#define VECTOR_OF(name, from, to)                                                                            \
    "\"" name "\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[" from "," to "]}"
#define LIKE(members) "{\"x\":{" members "}}"

static const struct {
    const char *header;
    size_t data;
    rec_status status;
    const char *words;
} faults[] = {
    {"{}x", 0, REC_ERR_CORRUPT, "damaged header: something follows the end at byte 10"},
    {"{", 0, REC_ERR_FORMAT, "not a container"},
    {"[]", 0, REC_ERR_FORMAT, "not a container"},
    {" {}", 0, REC_ERR_FORMAT, "not a container"},
    {"{\"x\"", 0, REC_ERR_CORRUPT, "':' was expected at byte 12"},
    {"{\"x\":1}", 0, REC_ERR_CORRUPT, "'{' was expected"},
    {"{\"x\":{}}", 0, REC_ERR_CORRUPT, "a string was expected"},
    {"{\"x\":null}", 0, REC_ERR_CORRUPT, "'{' was expected"},
    {"{\"x\xFF\":{}}", 0, REC_ERR_CORRUPT, "not UTF-8"},
    {"{\"__metadata__\":{\"a\":1}}", 0, REC_ERR_CORRUPT, "a string was expected"},
    {"{\"__metadata__\":{\"a\":\"1\",}}", 0, REC_ERR_CORRUPT, "a string was expected"},
    {"{\"__metadata__\":{},}", 0, REC_ERR_CORRUPT, "a string was expected"},
    {"{\"__metadata__\":{},\"__metadata__\":{}}", 0, REC_ERR_CORRUPT, "__metadata__ stands twice"},
    {"{\"__metadata__\":{\"b\":\"\",\"a\":\"\",\"b\":\"\"}}", 0, REC_ERR_CORRUPT,
     "metadata \"b\" stands twice"},
    {"{" VECTOR_OF("x", "0", "2") "," VECTOR_OF("y", "2", "4") "," VECTOR_OF("x", "4", "6") "}", 6,
     REC_ERR_CORRUPT, "array \"x\" stands twice"},
    {LIKE("\"dtype\":\"U8\",\"shape\":[2]"), 2, REC_ERR_CORRUPT, "lacks its dtype, shape or data_offsets"},
    {LIKE("\"dtype\":\"U8\",\"data_offsets\":[0,2]"), 2, REC_ERR_CORRUPT, "lacks its dtype"},
    {LIKE("\"shape\":[2],\"data_offsets\":[0,2]"), 2, REC_ERR_CORRUPT, "lacks its dtype"},
    {LIKE("\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]"), 2, REC_ERR_CORRUPT,
     "a member of an array stands twice"},
    {LIKE("\"dtype\":\"U8\",\"shape\":[2],\"offsets\":[0,2]"), 2, REC_ERR_CORRUPT, "a member that is not"},
    {LIKE("\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2,3]"), 2, REC_ERR_CORRUPT, "']' was expected"},
    {LIKE("\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,0]"), 2, REC_ERR_CORRUPT, "data_offsets fall"},
    {LIKE("\"dtype\":\"U8\",\"shape\":[2.0],\"data_offsets\":[0,2]"), 2, REC_ERR_CORRUPT, "']' was expected"},
    {LIKE("\"dtype\":\"U8\",\"shape\":[-2],\"data_offsets\":[0,2]"), 2, REC_ERR_CORRUPT, "whole number"},
    {LIKE("\"dtype\":\"U8\",\"shape\":[99999999999999999999],\"data_offsets\":[0,2]"), 2, REC_ERR_CORRUPT,
     "a number is too large"},
    {LIKE("\"dtype\":\"U8\",\"shape\":[2,4294967296,4294967296],\"data_offsets\":[0,2]"), 2, REC_ERR_CORRUPT,
     "a shape is too large"},
    {LIKE("\"dtype\":\"F64\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]"), 0, REC_ERR_CORRUPT,
     "cannot lie in bytes 0 to 0"},
    {LIKE("\"dtype\":\"F64\",\"shape\":[2305843009213693952],\"data_offsets\":[0,0]"), 0, REC_ERR_CORRUPT,
     "cannot lie in bytes 0 to 0"},
    {LIKE("\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,2]"), 2, REC_ERR_CORRUPT,
     "\"x\" (U8, 3 x 1) cannot lie in bytes 0 to 2"},
    {LIKE("\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[9223372036854775805,9223372036854775807]"), 2,
     REC_ERR_CORRUPT, "cannot lie"},
    {"{" VECTOR_OF("x", "0", "2") "}", 1, REC_ERR_CORRUPT, "end by 1"},
    {"{" VECTOR_OF("x", "0", "2") "}", 3, REC_ERR_CORRUPT, "has 3 bytes of arrays; its header describes 2"},
    {"{}", 1, REC_ERR_CORRUPT, "has 1 bytes of arrays; its header describes 0"},
    {"{" VECTOR_OF("x", "1", "3") "}", 3, REC_ERR_CORRUPT, "begin at 0"},
    {
        "{" VECTOR_OF("x", "0", "2") "," VECTOR_OF("y", "3", "5") "}",
        5,
        REC_ERR_CORRUPT,
        "\"y\"",
    },
    {"{" VECTOR_OF("x", "0", "2") "," VECTOR_OF("y", "1", "3") "}", 3, REC_ERR_CORRUPT, "\"y\""},
    {"{" VECTOR_OF("x", "0", "2") "," VECTOR_OF("y", "0", "2") "}", 2, REC_ERR_CORRUPT, "\"y\""},
    {LIKE("\"dtype\":\"I16\",\"shape\":[1],\"data_offsets\":[0,2]"), 2, REC_ERR_UNSUPPORTED,
     "array \"x\" is of type I16; F32, F64, I32, I64, U8, F16 or BF16 was expected"},
    {"{" OURS("1") ",\"x\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[0,2]}}", 2, REC_ERR_CORRUPT,
     "BF16"},
    {"{" OURS("1") ",\"x\":{\"dtype\":\"U8\",\"shape\":[1,1,2],\"data_offsets\":[0,2]}}", 2, REC_ERR_CORRUPT,
     "array \"x\" has 3 dimensions; 1 or 2 were expected"},
    {"{" OURS("1") ",\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} ", 4, REC_ERR_CORRUPT,
     "a multiple of 4 was expected"},
    {"{" OURS("2") "}", 0, REC_ERR_VERSION, "format version 2 is newer than this library reads (1)"},
    {"{" OURS("9223372036854775807") ",\"x\":{\"dtype\":\"F7\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
     REC_ERR_VERSION, "newer"},
    {"{" OURS("0") "}", 0, REC_ERR_CORRUPT, "\"librec.format\" is \"0\""},
    {"{" OURS("one") "}", 0, REC_ERR_CORRUPT, "\"librec.format\" is \"one\""},
    {"{\"__metadata__\":{\"librec.kind\":\"model\"}}", 0, REC_ERR_CORRUPT, "\"librec.format\" is missing"},
};

START_TEST(test_faults)
{
    struct rec__container *container = NULL;
    const char *path = write_header(faults[_i].header, faults[_i].data);
    EXPECT(rec__container_open(&container, path), faults[_i].status, path, faults[_i].words);
    ck_assert_ptr_null(container);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

static void expect_refused(const char *path, rec_status status, const char *words)
{
    struct rec__container *container = NULL;
    EXPECT(rec__container_open(&container, path), status, path, words);
    ck_assert_ptr_null(container);
}

START_TEST(test_not_containers)
{
    expect_refused(path_of("absent"), REC_ERR_IO, "cannot open: No such file");
    expect_refused(test_folder, REC_ERR_IO, "not a regular file");
    expect_refused(write_text("empty", ""), REC_ERR_FORMAT, "not a container");
    expect_refused(write_text("short", "1234567"), REC_ERR_FORMAT, "not a container");
    expect_refused(write_text("text", "user,item,rating\n"), REC_ERR_FORMAT, "not a container");
    expect_refused(write_bytes("long", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF{}", 10), REC_ERR_FORMAT,
                   "not a container");
    expect_refused(write_bytes("most", "\x01\xE1\xF5\x05\0\0\0\0{}", 10), REC_ERR_FORMAT, "not a container");
    expect_refused(write_bytes("cut", "\0\xE1\xF5\x05\0\0\0\0{}", 10), REC_ERR_CORRUPT,
                   "has 10 bytes; its header alone needs 100000008");
}
END_TEST

START_TEST(test_fifo)
{
    char command[128];
    snprintf(command, sizeof command, "mkfifo %s", path_of("fifo"));
    if (system(command) != 0)
        printf("skipped: a pipe cannot be made here\n");
    else
        expect_refused(path_of("fifo"), REC_ERR_IO, "not a regular file");
}
END_TEST

/* Opens, or fails with one of the statuses for bad files and a sentence that names the file; never harm. */
static bool opens(const char *path)
{
    struct rec__container *container = NULL;
    rec_status status = rec__container_open(&container, path);
    ck_assert((status == REC_OK) == (container != NULL));
    if (status != REC_OK) {
        ck_assert_msg(status == REC_ERR_CORRUPT || status == REC_ERR_FORMAT || status == REC_ERR_VERSION ||
                          status == REC_ERR_UNSUPPORTED,
                      "%s", rec_status_name(status));
        ck_assert_ptr_nonnull(strstr(rec_last_error(), path));
        return false;
    }
    /* What was found lies in the file: reading all of it is the proof, under the address sanitizer above all.
     */
    static volatile unsigned char sink;
    for (int32_t i = 0; i < rec__container_array_count(container); i++) {
        const rec_array *array = rec__container_array_at(container, i);
        int64_t bytes = array->rows * array->columns * rec__dtype_bytes((rec_dtype)array->type);
        for (int64_t byte = 0; byte < bytes; byte++)
            sink = ((const unsigned char *)array->data)[byte];
    }
    (void)sink;
    status = rec__container_verify(container);
    ck_assert_msg(status == REC_ERR_CORRUPT || status == REC_ERR_UNSUPPORTED,
                  "an altered file is not noticed");
    rec__container_free(container);
    return true;
}

START_TEST(test_cut_at_every_length)
{
    const char *path = write_pack("whole");
    size_t length = file_length(path);
    char *bytes = read_text(path);
    for (size_t cut = 0; cut < length; cut++)
        ck_assert_msg(!opens(write_bytes("cut", bytes, cut)), "the first %zu of %zu bytes open", cut, length);
    free(bytes);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* Every bit of the file turned. Those of arrays leave a file that opens, which only its checksums give away;
 * those of padding turn a space into something else. */
START_TEST(test_every_bit_turned)
{
    const char *path = write_pack("whole");
    size_t length = file_length(path), header = 0, opened = 0;
    char *bytes = read_text(path);
    memcpy(&header, bytes, 8);
    for (size_t bit = 0; bit < length * 8; bit++) {
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        bool good = opens(write_bytes("turned", bytes, length));
        ck_assert_msg(good || bit / 8 < 8 + header, "bit %zu of the arrays keeps the file from opening", bit);
        opened += good;
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
    }
    ck_assert_uint_gt(opened, (length - 8 - header) * 8);
    free(bytes);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* Bytes of the header replaced at random by characters that JSON cares for, several at a time. */
START_TEST(test_random_headers)
{
    static const char characters[] = "{}[]:,\"\\u0 9-xF\xC3\xED\x80";
    const char *path = write_pack("whole");
    size_t length = file_length(path), header = 0;
    char *bytes = read_text(path), *copy = malloc(length);
    ck_assert_ptr_nonnull(copy);
    memcpy(&header, bytes, 8);
    uint64_t state = 88172645463325252u; /* xorshift64 */
    for (int i = 0; i < 5000; i++) {
        memcpy(copy, bytes, length);
        for (int change = 0; change <= i % 5; change++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            copy[9 + state % (header - 1)] = characters[(state >> 40) % (sizeof characters - 1)];
        }
        if (memcmp(copy, bytes, length) != 0)
            (void)opens(write_bytes("altered", copy, length));
    }
    free(copy);
    free(bytes);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("damage");
    TCase *tests = tcase_create("damage");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_loop_test(tests, test_faults, 0, sizeof faults / sizeof *faults);
    tcase_add_test(tests, test_not_containers);
    tcase_add_test(tests, test_fifo);
    tcase_add_test(tests, test_cut_at_every_length);
    tcase_add_test(tests, test_every_bit_turned);
    tcase_add_test(tests, test_random_headers);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
