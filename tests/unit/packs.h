/* SPDX-License-Identifier: Apache-2.0 */
/* Small containers for tests: one of every type of element, and files put together by hand. */
#ifndef REC_UNIT_PACKS_H
#define REC_UNIT_PACKS_H

#include "container/container.h"

#include "files.h"
#include "unit.h"

static const double packed_doubles[] = {0.5, -1e300, 3.25};
static const float packed_floats[] = {1.5f, 2.5f, -3.5f, 4.5f, 5.5f, 1e-30f};
static const int32_t packed_ints[] = {INT32_MIN, -1, 0, 1, INT32_MAX};
static const int64_t packed_longs[] = {INT64_MIN, INT64_MAX};
static const unsigned char packed_bytes[] = {0, 1, 2, 253, 254, 255, 77};

#define VECTOR(array_name, values, element)                                                                  \
    {                                                                                                        \
        sizeof(rec_array), array_name, values, sizeof values / sizeof *values, 1, element, 1                 \
    }

/* In an order that is not the one of the file. */
static const rec_array packed[] = {VECTOR("bytes", packed_bytes, REC_U8),
                                   VECTOR("ints", packed_ints, REC_I32),
                                   VECTOR("doubles", packed_doubles, REC_F64),
                                   {sizeof(rec_array), "floats", packed_floats, 2, 3, REC_F32, 2},
                                   VECTOR("longs", packed_longs, REC_I64),
                                   {sizeof(rec_array), "none", packed_bytes, 0, 4, REC_F32, 2}};
enum { PACKED = sizeof packed / sizeof *packed };

static inline struct rec__pack *make_pack(const char *kind)
{
    struct rec__pack *pack = NULL;
    EXPECT_OK(rec__pack_create(&pack, kind));
    EXPECT_OK(rec__pack_text(pack, "note", "\"Z\xC3\xBCrich\"\t"));
    EXPECT_OK(rec__pack_number(pack, "part.number", 0.1));
    EXPECT_OK(rec__pack_integer(pack, "part.integer", -42));
    for (int i = 0; i < PACKED; i++)
        EXPECT_OK(rec__pack_array(pack, i % 2 == 0 ? "part" : "", &packed[i]));
    return pack;
}

static inline const char *write_pack(const char *name)
{
    const char *path = path_of(name);
    struct rec__pack *pack = make_pack("model");
    EXPECT_OK(rec__pack_write(pack, path));
    rec__pack_free(pack);
    return path;
}

static inline size_t file_length(const char *path)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    long length = ftell(file);
    fclose(file);
    return (size_t)length;
}

/* A file of a header and as many bytes 0, 1, 2, ... after it. */
static inline const char *write_header(const char *header, size_t data)
{
    static char bytes[4096];
    size_t length = strlen(header);
    ck_assert_uint_le(8 + length + data, sizeof bytes);
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)((uint64_t)length >> (8 * i));
    memcpy(bytes + 8, header, length);
    for (size_t i = 0; i < data; i++)
        bytes[8 + length + i] = (char)i;
    return write_bytes("by-hand", bytes, 8 + length + data);
}

#endif
