/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a container: map it, read its header, check that every array lies where it may. The arrays
 * themselves are not touched; look.c finds them. */
#include "base/memory.h"
#include "base/status.h"
#include "container/opened.h"

#include <string.h>

/* A safetensors file begins with the length of its header, then the header, which is an object. */
static bool begins_right(const struct rec__mapping *mapping, int64_t *header_length)
{
    uint64_t stated = 0;
    if (mapping->length <= REC_LENGTH_BYTES || mapping->bytes[REC_LENGTH_BYTES] != '{')
        return false;
    memcpy(&stated, mapping->bytes, REC_LENGTH_BYTES);
    *header_length = (int64_t)stated;
    return stated >= 2 && stated <= REC_HEADER_MOST;
}

bool rec__container_probe(const char *path)
{
    struct rec__mapping mapping;
    int64_t header_length;
    if (rec__map_file(path, &mapping) != REC_OK)
        return false;
    bool right = begins_right(&mapping, &header_length);
    rec__unmap_file(&mapping);
    return right;
}

static int64_t data_bytes(const struct rec__container *container)
{
    return container->mapping.length - REC_LENGTH_BYTES - container->header.length;
}

/* What a file of ours must keep to, other writers may do otherwise. */
static bool is_ours(const struct rec__container *container)
{
    return rec__header_text(&container->header, "librec.kind") != NULL;
}

static rec_status find_dtype(const struct rec__container *container, const struct rec__described *array,
                             rec_dtype *found)
{
    for (int type = REC_F32; type <= (is_ours(container) ? REC_U8 : REC_BF16); type++)
        if (strcmp(rec__dtype_name((rec_dtype)type), array->dtype) == 0) {
            *found = (rec_dtype)type;
            return REC_OK;
        }
    return rec__fail(is_ours(container) ? REC_ERR_CORRUPT : REC_ERR_UNSUPPORTED,
                     "%s: array \"%.80s\" is of type %.20s; F32, F64, I32, I64%s was expected",
                     container->path, array->name, array->dtype,
                     is_ours(container) ? " or U8" : ", U8, F16 or BF16");
}

/* The bytes must be just those of the shape, and begin where the array before ends. */
static rec_status check_bytes(const struct rec__container *container, const struct rec__described *array,
                              rec_dtype type, int64_t expected_from)
{
    int64_t elements, bytes, size = rec__dtype_bytes(type);
    bool fits = !__builtin_mul_overflow(array->rows, array->columns, &elements) &&
                !__builtin_mul_overflow(elements, size, &bytes) && array->to - array->from == bytes;
    if (!fits || array->from != expected_from || array->to > data_bytes(container))
        return rec__fail(
            REC_ERR_CORRUPT,
            "%s: array \"%.80s\" (%s, %lld x %lld) cannot lie in bytes %lld to %lld; it must fit its "
            "shape, begin at %lld and end by %lld",
            container->path, array->name, array->dtype, (long long)array->rows, (long long)array->columns,
            (long long)array->from, (long long)array->to, (long long)expected_from,
            (long long)data_bytes(container));
    int64_t place = REC_LENGTH_BYTES + container->header.length + array->from;
    if (place % size != 0 && is_ours(container))
        return rec__fail(
            REC_ERR_CORRUPT,
            "%s: array \"%.80s\" begins at byte %lld of the file; a multiple of %lld was expected",
            container->path, array->name, (long long)place, (long long)size);
    return REC_OK;
}

static rec_status place_array(struct rec__container *container, const struct rec__described *array,
                              int64_t expected_from)
{
    rec_dtype type = REC_F32;
    rec_status status = find_dtype(container, array, &type);
    if (status == REC_OK)
        status = check_bytes(container, array, type, expected_from);
    if (status != REC_OK)
        return status;
    if (array->dimensions > 2 && is_ours(container))
        return rec__fail(REC_ERR_CORRUPT, "%s: array \"%.80s\" has %d dimensions; 1 or 2 were expected",
                         container->path, array->name, array->dimensions);
    const char *data = container->mapping.bytes + REC_LENGTH_BYTES + container->header.length;
    container->arrays[container->n_arrays++] = (rec_array){.size = sizeof(rec_array),
                                                           .name = array->name,
                                                           .data = data + array->from,
                                                           .rows = array->rows,
                                                           .columns = array->columns,
                                                           .type = (int32_t)type,
                                                           .dimensions = array->dimensions};
    return REC_OK;
}

static rec_status place_arrays(struct rec__container *container)
{
    const struct rec__header *header = &container->header;
    int64_t end = 0;
    container->arrays = rec__allocate(header->n_arrays, sizeof *container->arrays);
    if (container->arrays == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t i = 0; i < header->n_arrays; i++) {
        rec_status status = place_array(container, &header->arrays[i], end);
        if (status != REC_OK)
            return status;
        end = header->arrays[i].to;
    }
    if (end != data_bytes(container))
        return rec__fail(REC_ERR_CORRUPT, "%s: the file has %lld bytes of arrays; its header describes %lld",
                         container->path, (long long)data_bytes(container), (long long)end);
    return REC_OK;
}

static rec_status check_version(struct rec__container *container)
{
    const char *kind = rec__header_text(&container->header, "librec.kind");
    int64_t format = 0;
    container->kind = kind == NULL ? "arrays" : kind;
    if (kind == NULL)
        return REC_OK;
    rec_status status = rec__container_integer(container, "librec", "format", 1, INT64_MAX, &format);
    if (status == REC_OK && format > REC_FORMAT_VERSION)
        status = rec__fail(REC_ERR_VERSION, "%s: format version %lld is newer than this library reads (%d)",
                           container->path, (long long)format, REC_FORMAT_VERSION);
    return status;
}

static rec_status load(struct rec__container *container, const char *path)
{
    int64_t length = 0;
    container->path = rec__copy_string(path);
    if (container->path == NULL)
        return REC_ERR_NO_MEMORY;
    rec_status status = rec__map_file(path, &container->mapping);
    if (status != REC_OK)
        return status;
    if (!begins_right(&container->mapping, &length))
        return rec__fail(REC_ERR_FORMAT, "%s: not a container: it does not begin as a safetensors file does",
                         path);
    if (length > container->mapping.length - REC_LENGTH_BYTES)
        return rec__fail(REC_ERR_CORRUPT, "%s: the file has %lld bytes; its header alone needs %lld", path,
                         (long long)container->mapping.length, (long long)(length + REC_LENGTH_BYTES));
    status = rec__header_read(&container->header, container->mapping.bytes + REC_LENGTH_BYTES, length, path);
    if (status == REC_OK)
        status = check_version(container);
    return status == REC_OK ? place_arrays(container) : status;
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
    rec__header_clear(&container->header);
    rec__release(container->path);
    rec__release(container->arrays);
    rec__release(container);
}
