/* SPDX-License-Identifier: Apache-2.0 */
/* Finding arrays and metadata in an opened container, and saying what is wrong with them. */
#include "base/status.h"
#include "base/text.h"
#include "container/opened.h"

#include <stdio.h>
#include <string.h>

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
    return (int32_t)container->header.n_pairs;
}

void rec__container_metadata_at(const struct rec__container *container, int32_t index, const char **key,
                                const char **value)
{
    *key = container->header.pairs[index].key;
    *value = container->header.pairs[index].value;
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
    return rec__header_text(&container->header, key);
}

const char *rec__container_join(char out[REC_NAME_MOST], const char *prefix, const char *name)
{
    snprintf(out, REC_NAME_MOST, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", name);
    return out;
}

bool rec__array_fits(const rec_array *array, const struct rec__expected *expected)
{
    return array->type == (int32_t)expected->type && array->dimensions == expected->dimensions &&
           (expected->rows < 0 || array->rows == expected->rows) &&
           (expected->columns < 0 || array->columns == expected->columns);
}

enum { SHAPE_TEXT = 96 };

/* "F32 [3, 4]", with "any" for -1; only the first two extents of an array of more are told. */
static void write_shape(char out[SHAPE_TEXT], const struct rec__expected *shape)
{
    char rows[24] = "any", columns[24] = "any";
    if (shape->rows >= 0)
        snprintf(rows, sizeof rows, "%lld", (long long)shape->rows);
    if (shape->columns >= 0)
        snprintf(columns, sizeof columns, "%lld", (long long)shape->columns);
    if (shape->dimensions == 1)
        snprintf(out, SHAPE_TEXT, "%s [%s]", rec__dtype_name(shape->type), rows);
    else if (shape->dimensions == 2)
        snprintf(out, SHAPE_TEXT, "%s [%s, %s]", rec__dtype_name(shape->type), rows, columns);
    else
        snprintf(out, SHAPE_TEXT, "%s of %d dimensions", rec__dtype_name(shape->type), shape->dimensions);
}

rec_status rec__container_take(const struct rec__container *container, const char *prefix, const char *name,
                               struct rec__expected expected, rec_array *array)
{
    char full[REC_NAME_MOST];
    rec__container_join(full, prefix, name);
    const rec_array *found = rec__container_find(container, full);
    if (found == NULL)
        return rec__fail(REC_ERR_CORRUPT, "%s: array \"%s\" is missing", container->path, full);
    if (!rec__array_fits(found, &expected)) {
        char is[SHAPE_TEXT], wanted[SHAPE_TEXT];
        write_shape(is, &(struct rec__expected){(rec_dtype)found->type, found->dimensions, found->rows,
                                                found->columns});
        write_shape(wanted, &expected);
        return rec__fail(REC_ERR_CORRUPT, "%s: array \"%s\" is %s; %s was expected", container->path, full,
                         is, wanted);
    }
    *array = *found;
    return REC_OK;
}

static rec_status fail_metadata(const struct rec__container *container, const char *key, const char *text,
                                const char *expected)
{
    if (text == NULL)
        return rec__fail(REC_ERR_CORRUPT, "%s: metadata \"%s\" is missing; %s was expected", container->path,
                         key, expected);
    return rec__fail(REC_ERR_CORRUPT, "%s: metadata \"%s\" is \"%.80s\"; %s was expected", container->path,
                     key, text, expected);
}

rec_status rec__container_number(const struct rec__container *container, const char *prefix, const char *key,
                                 double *value)
{
    char full[REC_NAME_MOST];
    rec__container_join(full, prefix, key);
    const char *text = rec__container_text(container, full);
    if (text == NULL || !rec__parse_double(text, (int64_t)strlen(text), value))
        return fail_metadata(container, full, text, "a number");
    return REC_OK;
}

rec_status rec__container_integer(const struct rec__container *container, const char *prefix, const char *key,
                                  int64_t least, int64_t greatest, int64_t *value)
{
    char full[REC_NAME_MOST], expected[96];
    rec__container_join(full, prefix, key);
    const char *text = rec__container_text(container, full);
    int64_t read = 0;
    if (text != NULL && rec__parse_integer(text, (int64_t)strlen(text), &read) && read >= least &&
        read <= greatest) {
        *value = read;
        return REC_OK;
    }
    snprintf(expected, sizeof expected, "a whole number from %lld to %lld", (long long)least,
             (long long)greatest);
    return fail_metadata(container, full, text, expected);
}
