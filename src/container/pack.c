/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a container. */
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "container/container.h"

#include <librec/version.h>

#include <stdio.h>
#include <string.h>

struct entry {
    char *name;
    rec_array array;
};

struct pair {
    char *key, *value;
};

struct rec__pack {
    struct entry *entries;
    int64_t n_entries, entry_capacity;
    struct pair *pairs;
    int64_t n_pairs, pair_capacity;
};

int64_t rec__dtype_bytes(rec_dtype type)
{
    static const int64_t bytes[] = {[REC_F32] = 4, [REC_F64] = 8, [REC_I32] = 4, [REC_I64] = 8, [REC_U8] = 1};
    return bytes[type];
}

const char *rec__dtype_name(rec_dtype type)
{
    static const char *const names[] = {
        [REC_F32] = "F32", [REC_F64] = "F64", [REC_I32] = "I32", [REC_I64] = "I64", [REC_U8] = "U8"};
    return names[type];
}

rec_status rec__pack_create(struct rec__pack **out, const char *kind)
{
    *out = rec__allocate_zeroed(1, sizeof **out);
    if (*out == NULL)
        return REC_ERR_NO_MEMORY;
    rec_status status = rec__pack_text(*out, "librec.kind", kind);
    if (status == REC_OK)
        status = rec__pack_integer(*out, "librec.format", REC_FORMAT_VERSION);
    if (status == REC_OK)
        status = rec__pack_text(*out, "librec.version", rec_version());
    if (status != REC_OK) {
        rec__pack_free(*out);
        *out = NULL;
    }
    return status;
}

void rec__pack_free(struct rec__pack *pack)
{
    if (pack == NULL)
        return;
    for (int64_t i = 0; i < pack->n_entries; i++)
        rec__release(pack->entries[i].name);
    for (int64_t i = 0; i < pack->n_pairs; i++) {
        rec__release(pack->pairs[i].key);
        rec__release(pack->pairs[i].value);
    }
    rec__release(pack->entries);
    rec__release(pack->pairs);
    rec__release(pack);
}

rec_status rec__pack_text(struct rec__pack *pack, const char *key, const char *value)
{
    rec_status status = rec__grow((void **)(void *)&pack->pairs, &pack->pair_capacity, pack->n_pairs + 1,
                                  sizeof *pack->pairs);
    if (status != REC_OK)
        return status;
    struct pair pair = {rec__copy_string(key), rec__copy_string(value)};
    if (pair.key == NULL || pair.value == NULL) {
        rec__release(pair.key);
        rec__release(pair.value);
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

rec_status rec__pack_array(struct rec__pack *pack, const char *prefix, const rec_array *array)
{
    rec_status status = rec__grow((void **)(void *)&pack->entries, &pack->entry_capacity, pack->n_entries + 1,
                                  sizeof *pack->entries);
    if (status != REC_OK)
        return status;
    char name[128];
    snprintf(name, sizeof name, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", array->name);
    struct entry entry = {rec__copy_string(name), *array};
    if (entry.name == NULL)
        return REC_ERR_NO_MEMORY;
    pack->entries[pack->n_entries++] = entry;
    return REC_OK;
}

static int64_t bytes_of(const rec_array *array)
{
    return array->rows * array->columns * rec__dtype_bytes((rec_dtype)array->type);
}

/* Larger elements first, so that every array is aligned to its element without holes. */
static const int64_t element_sizes[] = {8, 4, 1};

static void add_metadata(const struct rec__pack *pack, struct rec__text *header)
{
    rec__text_addf(header, "{\"__metadata__\":{");
    for (int64_t i = 0; i < pack->n_pairs; i++) {
        rec__text_add(header, ",", i > 0);
        rec__text_add_json(header, pack->pairs[i].key);
        rec__text_add(header, ":", 1);
        rec__text_add_json(header, pack->pairs[i].value);
    }
    for (int64_t i = 0; i < pack->n_entries; i++) {
        const rec_array *array = &pack->entries[i].array;
        uint32_t crc = rec__crc32c(0, array->data, (size_t)bytes_of(array));
        rec__text_addf(header, ",\"crc32c.%s\":\"%08x\"", pack->entries[i].name, crc);
    }
    rec__text_addf(header, "}");
}

static void add_array(const struct entry *entry, int64_t *offset, struct rec__text *header)
{
    const rec_array *array = &entry->array;
    rec__text_add(header, ",", 1);
    rec__text_add_json(header, entry->name);
    rec__text_addf(header, ":{\"dtype\":\"%s\",\"shape\":[%lld", rec__dtype_name((rec_dtype)array->type),
                   (long long)array->rows);
    if (array->dimensions == 2)
        rec__text_addf(header, ",%lld", (long long)array->columns);
    rec__text_addf(header, "],\"data_offsets\":[%lld,%lld]}", (long long)*offset,
                   (long long)(*offset + bytes_of(array)));
    *offset += bytes_of(array);
}

static void make_header(const struct rec__pack *pack, struct rec__text *header)
{
    int64_t offset = 0;
    add_metadata(pack, header);
    for (int s = 0; s < 3; s++)
        for (int64_t i = 0; i < pack->n_entries; i++)
            if (rec__dtype_bytes((rec_dtype)pack->entries[i].array.type) == element_sizes[s])
                add_array(&pack->entries[i], &offset, header);
    rec__text_addf(header, "}");
    /* The data begins at a multiple of the alignment, counting the eight bytes of the length. */
    while (header->status == REC_OK && (header->length + 8) % REC_ALIGNMENT != 0)
        rec__text_add(header, " ", 1);
}

static void write_arrays(const struct rec__pack *pack, struct rec__writer *writer)
{
    for (int s = 0; s < 3; s++)
        for (int64_t i = 0; i < pack->n_entries; i++) {
            const rec_array *array = &pack->entries[i].array;
            if (rec__dtype_bytes((rec_dtype)array->type) == element_sizes[s])
                rec__writer_write(writer, array->data, bytes_of(array));
        }
}

rec_status rec__pack_write(const struct rec__pack *pack, const char *path)
{
    struct rec__text header = {0};
    struct rec__writer writer;
    make_header(pack, &header);
    rec_status status = header.status;
    if (status == REC_OK)
        status = rec__writer_open(&writer, path);
    if (status == REC_OK) {
        unsigned char length[8];
        for (int i = 0; i < 8; i++)
            length[i] = (unsigned char)((uint64_t)header.length >> (8 * i));
        rec__writer_write(&writer, length, sizeof length);
        rec__writer_write(&writer, header.bytes, header.length);
        write_arrays(pack, &writer);
        status = rec__writer_commit(&writer);
    }
    rec__text_clear(&header);
    return status;
}
