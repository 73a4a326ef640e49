/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NumPy's .npy, versions 1 to 3: "\x93NUMPY", two bytes of version, the length of the header in 2 bytes (version 1) or 4, then the header, a
 * Python dictionary {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }, then the numbers.
 */
#include "base/file.h"
#include "base/status.h"
#include "store/features_numbers.h"
#include "store/lex.h"

#include <stdio.h>
#include <string.h>

static const char magic[] = "\x93NUMPY";
enum { MAGIC = sizeof magic - 1 };

bool rec__npy_probe(const char *path)
{
    char start[MAGIC];
    FILE *file = fopen(path, "rb");
    bool found = file != NULL && fread(start, 1, MAGIC, file) == MAGIC && memcmp(start, magic, MAGIC) == 0;
    if (file != NULL)
        (void)fclose(file);
    return found;
}

struct npy {
    const char *header, *end; /* of the header */
    const char *data;
    int64_t bytes; /* of the data */
};

static rec_status find_parts(struct npy *npy, const struct rec__mapping *file)
{
    const unsigned char *bytes = (const unsigned char *)file->bytes;
    if (file->length < MAGIC + 4 || memcmp(bytes, magic, MAGIC) != 0)
        return rec__fail(REC_ERR_FORMAT, "does not begin as a .npy file does");
    int version = bytes[MAGIC];
    if (version < 1 || version > 3)
        return rec__fail(REC_ERR_FORMAT, "is a .npy file of version %d; 1 to 3 was expected", version);
    int64_t begin = MAGIC + (version == 1 ? 4 : 6), length = 0;
    if (file->length < begin)
        return rec__fail(REC_ERR_FORMAT, "ends within its header");
    for (int64_t i = begin - 1; i >= MAGIC + 2; i--)
        length = length << 8 | bytes[i];
    if (length > file->length - begin)
        return rec__fail(REC_ERR_FORMAT, "has a header of %lld bytes, and %lld follow", (long long)length,
                         (long long)(file->length - begin));
    npy->header = file->bytes + begin;
    npy->end = npy->data = npy->header + length;
    npy->bytes = file->length - begin - length;
    return REC_OK;
}

/* What follows 'KEY': in the header, blanks passed over; NULL when there is no such key. */
static const char *value_of(const struct npy *npy, const char *key)
{
    int64_t length = (int64_t)strlen(key);
    for (const char *p = npy->header; npy->end - p > length + 2; p++) {
        if ((*p != '\'' && *p != '"') || memcmp(p + 1, key, (size_t)length) != 0 || p[length + 1] != *p)
            continue;
        p += length + 2;
        while (p < npy->end && (*p == ' ' || *p == ':'))
            p++;
        return p;
    }
    return NULL;
}

static rec_status read_type(const struct npy *npy, struct rec__numbers *numbers)
{
    static const struct {
        const char *descr;
        rec_dtype type;
    } types[] = {{"<f2", REC_F16}, {"<f4", REC_F32}, {"<f8", REC_F64}};
    char shown[REC_LEX_SHOWN];
    const char *p = value_of(npy, "descr");
    if (p == NULL)
        return rec__fail(REC_ERR_FORMAT, "its header has no 'descr'");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (npy->end - p >= 5 && memcmp(p + 1, types[i].descr, 3) == 0 && p[4] == *p) {
            numbers->type = types[i].type;
            return REC_OK;
        }
    int64_t length = npy->end - p < 8 ? npy->end - p : 8;
    return rec__fail(REC_ERR_FORMAT, "its elements are of type %s; '<f2', '<f4' or '<f8' was expected",
                     rec__lex_show(p, length, shown));
}

static const char *read_extent(const char *p, const char *end, int64_t *extent)
{
    *extent = -1;
    while (p < end && (*p == ' ' || *p == ',' || *p == '('))
        p++;
    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        *extent = *extent < 0 ? 0 : *extent;
        if (__builtin_mul_overflow(*extent, 10, extent) || __builtin_add_overflow(*extent, *p - '0', extent))
            return NULL;
    }
    return p;
}

static rec_status read_shape(const struct npy *npy, struct rec__numbers *numbers)
{
    const char *p = value_of(npy, "shape");
    int64_t more = -1, size, bytes;
    if (p == NULL || p == npy->end || *p != '(')
        return rec__fail(REC_ERR_FORMAT, "its header has no 'shape'");
    if ((p = read_extent(p, npy->end, &numbers->rows)) != NULL)
        p = read_extent(p, npy->end, &numbers->columns);
    const char *after = p == NULL ? NULL : read_extent(p, npy->end, &more);
    if (after == NULL || numbers->rows < 0 || numbers->columns < 0 || more >= 0 || after == npy->end ||
        *after != ')')
        return rec__fail(REC_ERR_FORMAT, "its shape is not (rows, columns)");
    size = numbers->type == REC_F16 ? 2 : numbers->type == REC_F32 ? 4 : 8;
    if (__builtin_mul_overflow(numbers->rows, numbers->columns, &bytes) ||
        __builtin_mul_overflow(bytes, size, &bytes) || bytes != npy->bytes)
        return rec__fail(REC_ERR_FORMAT, "its shape is (%lld, %lld), and %lld bytes of numbers follow",
                         (long long)numbers->rows, (long long)numbers->columns, (long long)npy->bytes);
    return REC_OK;
}

static rec_status read_order(const struct npy *npy, struct rec__numbers *numbers)
{
    const char *p = value_of(npy, "fortran_order");
    bool yes = p != NULL && npy->end - p >= 4 && memcmp(p, "True", 4) == 0;
    bool no = p != NULL && npy->end - p >= 5 && memcmp(p, "False", 5) == 0;
    numbers->by_column = yes;
    return yes || no ? REC_OK
                     : rec__fail(REC_ERR_FORMAT, "its header has no 'fortran_order' that is True or False");
}

rec_status rec__features_read_npy(rec_features **out, const char *path, const rec_ids *ids)
{
    struct rec__mapping file;
    struct rec__numbers numbers = {.path = path};
    struct npy npy = {0};
    rec_status status = rec__map_file(path, &file);
    if (status != REC_OK)
        return status;
    status = find_parts(&npy, &file);
    if (status == REC_OK)
        status = read_type(&npy, &numbers);
    if (status == REC_OK)
        status = read_order(&npy, &numbers);
    if (status == REC_OK)
        status = read_shape(&npy, &numbers);
    if (status != REC_OK)
        status = rec__fail_within(status, "%s: ", path);
    numbers.data = npy.data;
    if (status == REC_OK)
        status = rec__features_of_numbers(out, &numbers, ids);
    rec__unmap_file(&file);
    return status;
}
