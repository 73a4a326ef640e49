/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a container. */
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "container/container.h"
#include "container/header.h"

#include <librec/version.h>

#include <stdio.h>
#include <string.h>

/* Keys, values and names of arrays are ours to release. */
struct rec__pack {
    rec_array *arrays;
    struct rec__pair *pairs;
    int64_t n_arrays, array_capacity, n_pairs, pair_capacity;
};

int64_t rec__dtype_bytes(rec_dtype type)
{
    static const int64_t bytes[] = {[REC_F32] = 4, [REC_F64] = 8, [REC_I32] = 4, [REC_I64] = 8,
                                    [REC_U8] = 1,  [REC_F16] = 2, [REC_BF16] = 2};
    return bytes[type];
}

const char *rec__dtype_name(rec_dtype type)
{
    static const char *const names[] = {
        [REC_F32] = "F32", [REC_F64] = "F64", [REC_I32] = "I32",  [REC_I64] = "I64",
        [REC_U8] = "U8",   [REC_F16] = "F16", [REC_BF16] = "BF16"};
    return names[type];
}

rec_status rec__pack_create(struct rec__pack **out, const char *kind)
{
    *out = NULL;
    struct rec__pack *pack = rec__allocate_zeroed(1, sizeof *pack);
    rec_status status = pack == NULL ? REC_ERR_NO_MEMORY : rec__pack_text(pack, "librec.kind", kind);
    if (status == REC_OK)
        status = rec__pack_integer(pack, "librec.format", REC_FORMAT_VERSION);
    if (status == REC_OK)
        status = rec__pack_text(pack, "librec.version", rec_version());
    if (status == REC_OK)
        *out = pack;
    else
        rec__pack_free(pack);
    return status;
}

/* The text is const to those who read the header, and ours. */
static void release_text(const char *text)
{
    rec__release((void *)(uintptr_t)text);
}

static void drop_pairs(struct rec__pack *pack, int64_t from)
{
    for (int64_t i = from; i < pack->n_pairs; i++) {
        release_text(pack->pairs[i].key);
        release_text(pack->pairs[i].value);
    }
    pack->n_pairs = from;
}

void rec__pack_free(struct rec__pack *pack)
{
    if (pack == NULL)
        return;
    for (int64_t i = 0; i < pack->n_arrays; i++)
        release_text(pack->arrays[i].name);
    drop_pairs(pack, 0);
    rec__release(pack->arrays);
    rec__release(pack->pairs);
    rec__release(pack);
}

static bool is_utf8(const char *text)
{
    while (*text != '\0') {
        int32_t length = rec__utf8_length(text);
        if (length == 0)
            return false;
        text += length;
    }
    return true;
}

rec_status rec__pack_text(struct rec__pack *pack, const char *key, const char *value)
{
    if (!is_utf8(key) || !is_utf8(value))
        return rec__fail(REC_ERR_INVALID, "metadata \"%s\" is \"%s\"; UTF-8 was expected", key, value);
    for (int64_t i = 0; i < pack->n_pairs; i++)
        if (strcmp(pack->pairs[i].key, key) == 0)
            return rec__fail(REC_ERR_INVALID, "metadata \"%s\" is given twice; once was expected", key);
    rec_status status = rec__grow((void **)(void *)&pack->pairs, &pack->pair_capacity, pack->n_pairs + 1,
                                  sizeof *pack->pairs);
    if (status != REC_OK)
        return status;
    struct rec__pair pair = {rec__copy_string(key), rec__copy_string(value)};
    if (pair.key == NULL || pair.value == NULL) {
        release_text(pair.key);
        release_text(pair.value);
        return REC_ERR_NO_MEMORY;
    }
    pack->pairs[pack->n_pairs++] = pair;
    return REC_OK;
}

rec_status rec__pack_number(struct rec__pack *pack, const char *key, double value)
{
    char text[REC_NUMBER_TEXT];
    rec__format_double(value, text);
    return rec__pack_text(pack, key, text);
}

rec_status rec__pack_integer(struct rec__pack *pack, const char *key, int64_t value)
{
    char text[REC_NUMBER_TEXT];
    snprintf(text, sizeof text, "%lld", (long long)value);
    return rec__pack_text(pack, key, text);
}

static rec_status check_name(const struct rec__pack *pack, const char *name, int length)
{
    if (length >= REC_NAME_MOST || length == 0 || !is_utf8(name) || strcmp(name, "__metadata__") == 0)
        return rec__fail(
            REC_ERR_INVALID,
            "an array is called \"%s\"; 1 to %d bytes of UTF-8 that are not __metadata__ were expected", name,
            REC_NAME_MOST - 1);
    for (int64_t i = 0; i < pack->n_arrays; i++)
        if (strcmp(pack->arrays[i].name, name) == 0)
            return rec__fail(REC_ERR_INVALID, "array \"%s\" is given twice; once was expected", name);
    return REC_OK;
}

rec_status rec__pack_array(struct rec__pack *pack, const char *prefix, const rec_array *array)
{
    char name[REC_NAME_MOST];
    int length = snprintf(name, sizeof name, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", array->name);
    rec_status status = check_name(pack, name, length);
    if (status == REC_OK)
        status = rec__grow((void **)(void *)&pack->arrays, &pack->array_capacity, pack->n_arrays + 1,
                           sizeof *pack->arrays);
    if (status != REC_OK)
        return status;
    rec_array kept = *array;
    kept.name = rec__copy_string(name);
    if (kept.name == NULL)
        return REC_ERR_NO_MEMORY;
    pack->arrays[pack->n_arrays++] = kept;
    return REC_OK;
}

static int64_t bytes_of(const rec_array *array)
{
    return array->rows * array->columns * rec__dtype_bytes((rec_dtype)array->type);
}

/* The checksums join the metadata, that of the header last: it covers the others. */
static rec_status add_sums(struct rec__pack *pack)
{
    char key[REC_NAME_MOST + 8], text[16];
    rec_status status = REC_OK;
    for (int64_t i = 0; status == REC_OK && i < pack->n_arrays; i++) {
        const rec_array *array = &pack->arrays[i];
        snprintf(key, sizeof key, "crc32c.%s", array->name);
        snprintf(text, sizeof text, "%08x", rec__crc32c(0, array->data, (size_t)bytes_of(array)));
        status = rec__pack_text(pack, key, text);
    }
    uint32_t sum = 0;
    if (status == REC_OK)
        status = rec__header_sum(pack->pairs, pack->n_pairs, pack->arrays, pack->n_arrays, &sum);
    snprintf(text, sizeof text, "%08x", sum);
    return status == REC_OK ? rec__pack_text(pack, REC_HEADER_SUM, text) : status;
}

static void add_metadata(const struct rec__pack *pack, struct rec__text *header)
{
    rec__text_addf(header, "{\"__metadata__\":{");
    for (int64_t i = 0; i < pack->n_pairs; i++) {
        rec__text_add(header, ",", i > 0);
        rec__text_add_json(header, pack->pairs[i].key);
        rec__text_add(header, ":", 1);
        rec__text_add_json(header, pack->pairs[i].value);
    }
    rec__text_addf(header, "}");
}

static void add_array(const rec_array *array, int64_t *offset, struct rec__text *header)
{
    rec__text_add(header, ",", 1);
    rec__text_add_json(header, array->name);
    rec__text_addf(header, ":{\"dtype\":\"%s\",\"shape\":[%lld", rec__dtype_name((rec_dtype)array->type),
                   (long long)array->rows);
    if (array->dimensions == 2)
        rec__text_addf(header, ",%lld", (long long)array->columns);
    rec__text_addf(header, "],\"data_offsets\":[%lld,%lld]}", (long long)*offset,
                   (long long)(*offset + bytes_of(array)));
    *offset += bytes_of(array);
}

/* Larger elements first, so that every array is aligned to its element without holes. Begin with a place of
 * {0, -1}; NULL at the end. */
struct place {
    int size;
    int64_t index;
};

static const rec_array *next_array(const struct rec__pack *pack, struct place *place)
{
    static const int64_t sizes[] = {8, 4, 1};
    for (; place->size < 3; place->size++, place->index = -1)
        while (++place->index < pack->n_arrays) {
            const rec_array *array = &pack->arrays[place->index];
            if (rec__dtype_bytes((rec_dtype)array->type) == sizes[place->size])
                return array;
        }
    return NULL;
}

static void make_header(const struct rec__pack *pack, struct rec__text *header)
{
    struct place place = {0, -1};
    int64_t offset = 0;
    const rec_array *array;
    add_metadata(pack, header);
    while ((array = next_array(pack, &place)) != NULL)
        add_array(array, &offset, header);
    rec__text_addf(header, "}");
    /* The arrays begin at a multiple of the alignment. */
    while (header->status == REC_OK && (header->length + REC_LENGTH_BYTES) % REC_ALIGNMENT != 0)
        rec__text_add(header, " ", 1);
}

static rec_status write_file(const struct rec__pack *pack, const struct rec__text *header, const char *path)
{
    struct rec__writer writer;
    rec_status status = rec__writer_open(&writer, path);
    if (status != REC_OK)
        return status;
    struct place place = {0, -1};
    const rec_array *array;
    rec__writer_write(&writer, &header->length, REC_LENGTH_BYTES);
    rec__writer_write(&writer, header->bytes, header->length);
    while ((array = next_array(pack, &place)) != NULL)
        rec__writer_write(&writer, array->data, bytes_of(array));
    return rec__writer_commit(&writer);
}

rec_status rec__pack_write(struct rec__pack *pack, const char *path)
{
    struct rec__text header = {0};
    int64_t given = pack->n_pairs;
    rec_status status = add_sums(pack);
    if (status == REC_OK) {
        make_header(pack, &header);
        status = header.status;
    }
    if (status == REC_OK)
        status = write_file(pack, &header, path);
    rec__text_clear(&header);
    drop_pairs(pack, given);
    return status;
}
