/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a container: map it, read its header, check that every array lies where it may. The arrays
 * themselves are not touched. */
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "container/container.h"
#include "container/json.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { LENGTH_BYTES = 8, ARRAYS_MOST = 4096, HEADER_MOST = 100 << 20 };

struct pair {
    const char *key, *value;
};

struct rec__container {
    atomic_int references;
    struct rec__mapping mapping;
    char *path;
    char *header; /* a copy, decoded in place; names point into it */
    int64_t header_length;
    const char *kind;
    rec_array *arrays; /* in the order of the file */
    int64_t n_arrays, array_capacity;
    struct pair *pairs;
    int64_t n_pairs, pair_capacity;
};

static rec_status corrupt(const struct rec__container *container, const char *what)
{
    return rec__fail(REC_ERR_CORRUPT, "%s: damaged header: %s", container->path, what);
}

/* A safetensors file: a length that leaves room for a header, which is an object. */
static bool looks_right(const char *bytes, int64_t length, int64_t file_length, int64_t *header_length)
{
    uint64_t stated = 0;
    if (length <= LENGTH_BYTES)
        return false;
    for (int i = 0; i < LENGTH_BYTES; i++)
        stated |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
    if (stated < 2 || stated > HEADER_MOST || bytes[LENGTH_BYTES] != '{')
        return false;
    *header_length = (int64_t)stated;
    return file_length < 0 || LENGTH_BYTES + *header_length <= file_length;
}

bool rec__container_probe(const char *path)
{
    struct rec__mapping mapping;
    int64_t header_length;
    if (rec__map_file(path, &mapping) != REC_OK)
        return false;
    bool right = looks_right(mapping.bytes, mapping.length, -1, &header_length);
    rec__unmap_file(&mapping);
    return right;
}

static rec_status read_metadata(struct rec__container *container, struct rec__json *json)
{
    rec__json_expect(json, '{');
    if (rec__json_accept(json, '}'))
        return REC_OK;
    do {
        struct pair pair = {rec__json_string(json), NULL};
        rec__json_expect(json, ':');
        pair.value = rec__json_string(json);
        if (json->fault != NULL)
            return corrupt(container, json->fault);
        rec_status status = rec__grow((void **)(void *)&container->pairs, &container->pair_capacity,
                                      container->n_pairs + 1, sizeof *container->pairs);
        if (status != REC_OK)
            return status;
        container->pairs[container->n_pairs++] = pair;
    } while (rec__json_accept(json, ','));
    rec__json_expect(json, '}');
    return json->fault == NULL ? REC_OK : corrupt(container, json->fault);
}

/* An array as the header describes it. */
struct described {
    const char *dtype;
    int64_t shape[2], from, to;
    int32_t dimensions;
};

static void read_shape(struct rec__json *json, struct described *array)
{
    rec__json_expect(json, '[');
    array->shape[1] = 1;
    if (rec__json_accept(json, ']'))
        return;
    do {
        if (array->dimensions == 2) {
            json->fault = "an array has more than two dimensions";
            return;
        }
        array->shape[array->dimensions++] = rec__json_count(json);
    } while (rec__json_accept(json, ','));
    rec__json_expect(json, ']');
}

static void read_member(struct rec__json *json, struct described *array)
{
    const char *member = rec__json_string(json);
    rec__json_expect(json, ':');
    if (json->fault != NULL)
        return;
    if (strcmp(member, "dtype") == 0) {
        array->dtype = rec__json_string(json);
    } else if (strcmp(member, "shape") == 0 && array->dimensions == 0) {
        read_shape(json, array);
    } else if (strcmp(member, "data_offsets") == 0) {
        rec__json_expect(json, '[');
        array->from = rec__json_count(json);
        rec__json_expect(json, ',');
        array->to = rec__json_count(json);
        rec__json_expect(json, ']');
    } else {
        json->fault = "an array has a member that is not known";
    }
}

static void read_description(struct rec__json *json, struct described *array)
{
    rec__json_expect(json, '{');
    do
        read_member(json, array);
    while (json->fault == NULL && rec__json_accept(json, ','));
    rec__json_expect(json, '}');
}

static int32_t find_dtype(const char *name)
{
    for (int32_t type = REC_F32; type <= REC_U8; type++)
        if (strcmp(rec__dtype_name((rec_dtype)type), name) == 0)
            return type;
    return -1;
}

/* The bytes must be just those of the shape, follow the last array without a hole, and be aligned to their
 * element. */
static rec_status place_array(struct rec__container *container, const char *name,
                              const struct described *described, int64_t *end)
{
    int64_t data = LENGTH_BYTES + container->header_length, elements, bytes;
    int32_t type = described->dtype == NULL ? -1 : find_dtype(described->dtype);
    if (type < 0)
        return rec__fail(REC_ERR_CORRUPT,
                         "%s: array \"%s\" is of type %s; F32, F64, I32, I64 or U8 was expected",
                         container->path, name, described->dtype == NULL ? "none" : described->dtype);
    int64_t size = rec__dtype_bytes((rec_dtype)type);
    int64_t rows = described->dimensions == 0 ? 1 : described->shape[0];
    bool wrong = __builtin_mul_overflow(rows, described->shape[1], &elements) ||
                 __builtin_mul_overflow(elements, size, &bytes) || described->from != *end ||
                 described->to - described->from != bytes ||
                 described->to > container->mapping.length - data || (data + described->from) % size != 0;
    if (wrong)
        return rec__fail(REC_ERR_CORRUPT,
                         "%s: array \"%s\" (%s, %lld x %lld) does not fit its bytes %lld to %lld of %lld",
                         container->path, name, described->dtype, (long long)rows,
                         (long long)described->shape[1], (long long)described->from, (long long)described->to,
                         (long long)(container->mapping.length - data));
    *end = described->to;
    container->arrays[container->n_arrays++] =
        (rec_array){.size = sizeof(rec_array),
                    .name = name,
                    .data = container->mapping.bytes + data + described->from,
                    .rows = rows,
                    .columns = described->shape[1],
                    .type = type,
                    .dimensions = described->dimensions == 2 ? 2 : 1};
    return REC_OK;
}

static rec_status read_array(struct rec__container *container, struct rec__json *json, const char *name,
                             int64_t *end)
{
    struct described described = {.from = -1, .to = -1};
    read_description(json, &described);
    if (json->fault != NULL)
        return corrupt(container, json->fault);
    if (container->n_arrays == ARRAYS_MOST)
        return corrupt(container, "too many arrays");
    if (rec__container_find(container, name) != NULL)
        return rec__fail(REC_ERR_CORRUPT, "%s: array \"%s\" stands twice in the header", container->path,
                         name);
    rec_status status = rec__grow((void **)(void *)&container->arrays, &container->array_capacity,
                                  container->n_arrays + 1, sizeof *container->arrays);
    return status == REC_OK ? place_array(container, name, &described, end) : status;
}

static rec_status read_header(struct rec__container *container)
{
    struct rec__json json = {container->header, container->header + container->header_length, NULL};
    int64_t end = 0;
    rec_status status = REC_OK;
    rec__json_expect(&json, '{');
    bool empty = rec__json_accept(&json, '}');
    while (!empty && status == REC_OK) {
        const char *name = rec__json_string(&json);
        rec__json_expect(&json, ':');
        if (json.fault != NULL)
            break;
        status = strcmp(name, "__metadata__") == 0 ? read_metadata(container, &json)
                                                   : read_array(container, &json, name, &end);
        if (status == REC_OK && !rec__json_accept(&json, ','))
            break;
    }
    if (status != REC_OK)
        return status;
    if (!empty)
        rec__json_expect(&json, '}');
    while (json.at < json.end && *json.at == ' ')
        json.at++;
    if (json.fault != NULL || json.at != json.end)
        return corrupt(container, json.fault != NULL ? json.fault : "something follows its end");
    if (end != container->mapping.length - LENGTH_BYTES - container->header_length)
        return rec__fail(REC_ERR_CORRUPT, "%s: the file has %lld bytes of data; its header describes %lld",
                         container->path,
                         (long long)(container->mapping.length - LENGTH_BYTES - container->header_length),
                         (long long)end);
    return REC_OK;
}

static rec_status check_version(struct rec__container *container)
{
    const char *kind = rec__container_text(container, "librec.kind");
    container->kind = kind == NULL ? "arrays" : kind;
    if (kind == NULL)
        return REC_OK;
    int64_t format = 0;
    rec_status status = rec__container_integer(container, "librec", "format", 1, INT64_MAX, &format);
    if (status == REC_OK && format > REC_FORMAT_VERSION)
        status = rec__fail(REC_ERR_VERSION, "%s: format version %lld is newer than this library reads (%d)",
                           container->path, (long long)format, REC_FORMAT_VERSION);
    return status;
}

static rec_status load(struct rec__container *container, const char *path)
{
    container->path = rec__copy_string(path);
    if (container->path == NULL)
        return REC_ERR_NO_MEMORY;
    rec_status status = rec__map_file(path, &container->mapping);
    if (status != REC_OK)
        return status;
    int64_t length = container->mapping.length;
    if (!looks_right(container->mapping.bytes, length, -1, &container->header_length))
        return rec__fail(REC_ERR_FORMAT, "%s: not a container file (safetensors)", path);
    if (container->header_length > length - LENGTH_BYTES)
        return rec__fail(REC_ERR_CORRUPT, "%s: the file has %lld bytes; its header alone needs %lld", path,
                         (long long)length, (long long)(container->header_length + LENGTH_BYTES));
    container->header = rec__allocate(container->header_length + 1, 1);
    if (container->header == NULL)
        return REC_ERR_NO_MEMORY;
    memcpy(container->header, container->mapping.bytes + LENGTH_BYTES, (size_t)container->header_length);
    container->header[container->header_length] = '\0';
    status = read_header(container);
    return status == REC_OK ? check_version(container) : status;
}

rec_status rec__container_open(struct rec__container **out, const char *path)
{
    struct rec__container *container = rec__allocate_zeroed(1, sizeof *container);
    *out = NULL;
    if (container == NULL)
        return REC_ERR_NO_MEMORY;
    atomic_init(&container->references, 1);
    rec_status status = load(container, path);
    if (status != REC_OK) {
        rec__container_free(container);
        return status;
    }
    *out = container;
    return REC_OK;
}

struct rec__container *rec__container_retain(struct rec__container *container)
{
    atomic_fetch_add_explicit(&container->references, 1, memory_order_relaxed);
    return container;
}

void rec__container_free(struct rec__container *container)
{
    if (container == NULL || atomic_fetch_sub_explicit(&container->references, 1, memory_order_acq_rel) != 1)
        return;
    rec__unmap_file(&container->mapping);
    rec__release(container->path);
    rec__release(container->header);
    rec__release(container->arrays);
    rec__release(container->pairs);
    rec__release(container);
}

const char *rec__container_path(const struct rec__container *container)
{
    return container->path;
}

const char *rec__container_kind(const struct rec__container *container)
{
    return container->kind;
}

int32_t rec__container_array_count(const struct rec__container *container)
{
    return (int32_t)container->n_arrays;
}

const rec_array *rec__container_array_at(const struct rec__container *container, int32_t index)
{
    return &container->arrays[index];
}

int32_t rec__container_metadata_count(const struct rec__container *container)
{
    return (int32_t)container->n_pairs;
}

void rec__container_metadata_at(const struct rec__container *container, int32_t index, const char **key,
                                const char **value)
{
    *key = container->pairs[index].key;
    *value = container->pairs[index].value;
}

const rec_array *rec__container_find(const struct rec__container *container, const char *name)
{
    for (int64_t i = 0; i < container->n_arrays; i++)
        if (strcmp(container->arrays[i].name, name) == 0)
            return &container->arrays[i];
    return NULL;
}

const char *rec__container_text(const struct rec__container *container, const char *key)
{
    for (int64_t i = 0; i < container->n_pairs; i++)
        if (strcmp(container->pairs[i].key, key) == 0)
            return container->pairs[i].value;
    return NULL;
}

static void join(char *out, size_t capacity, const char *prefix, const char *name)
{
    snprintf(out, capacity, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", name);
}

static bool as_expected(const rec_array *array, const struct rec__expected *expected)
{
    return array->type == (int32_t)expected->type && array->dimensions == expected->dimensions &&
           (expected->rows < 0 || array->rows == expected->rows) &&
           (expected->columns < 0 || array->columns == expected->columns);
}

rec_status rec__container_take(const struct rec__container *container, const char *prefix, const char *name,
                               struct rec__expected expected, rec_array *array)
{
    char full[128];
    join(full, sizeof full, prefix, name);
    const rec_array *found = rec__container_find(container, full);
    if (found == NULL)
        return rec__fail(REC_ERR_CORRUPT, "%s: array \"%s\" is missing", container->path, full);
    if (!as_expected(found, &expected))
        return rec__fail(REC_ERR_CORRUPT,
                         "%s: array \"%s\" is %s, %lld x %lld; %s, %lld x %lld was expected (-1: any)",
                         container->path, full, rec__dtype_name((rec_dtype)found->type),
                         (long long)found->rows, (long long)found->columns, rec__dtype_name(expected.type),
                         (long long)expected.rows, (long long)expected.columns);
    *array = *found;
    return REC_OK;
}

rec_status rec__container_number(const struct rec__container *container, const char *prefix, const char *key,
                                 double *value)
{
    char full[128];
    join(full, sizeof full, prefix, key);
    const char *text = rec__container_text(container, full);
    if (text == NULL || !rec__parse_double(text, (int64_t)strlen(text), value))
        return rec__fail(REC_ERR_CORRUPT, "%s: metadata \"%s\" is \"%s\"; a number was expected",
                         container->path, full, text == NULL ? "" : text);
    return REC_OK;
}

rec_status rec__container_integer(const struct rec__container *container, const char *prefix, const char *key,
                                  int64_t least, int64_t greatest, int64_t *value)
{
    char full[128];
    join(full, sizeof full, prefix, key);
    const char *text = rec__container_text(container, full);
    if (text == NULL || !rec__parse_integer(text, (int64_t)strlen(text), value) || *value < least ||
        *value > greatest)
        return rec__fail(
            REC_ERR_CORRUPT, "%s: metadata \"%s\" is \"%s\"; a whole number from %lld to %lld was expected",
            container->path, full, text == NULL ? "" : text, (long long)least, (long long)greatest);
    return REC_OK;
}

static rec_status verify_array(const struct rec__container *container, const rec_array *array)
{
    char key[160], sum[16];
    snprintf(key, sizeof key, "crc32c.%s", array->name);
    const char *stated = rec__container_text(container, key);
    if (stated == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED, "%s: array \"%s\" has no checksum", container->path,
                         array->name);
    int64_t bytes = array->rows * array->columns * rec__dtype_bytes((rec_dtype)array->type);
    snprintf(sum, sizeof sum, "%08x", rec__crc32c(0, array->data, (size_t)bytes));
    if (strcmp(sum, stated) != 0)
        return rec__fail(REC_ERR_CORRUPT, "%s: array \"%s\" has checksum %s; %s was expected",
                         container->path, array->name, sum, stated);
    return REC_OK;
}

rec_status rec__container_verify(const struct rec__container *container)
{
    rec_status status = REC_OK;
    for (int64_t i = 0; status == REC_OK && i < container->n_arrays; i++)
        status = verify_array(container, &container->arrays[i]);
    return status;
}
