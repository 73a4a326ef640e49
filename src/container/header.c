/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the header; sum.c has its checksum, open.c holds it against the bytes of the file. */
#include "container/header.h"
#include "base/memory.h"
#include "base/status.h"
#include "container/json.h"
#include "base/sort.h"

#include <stdlib.h>
#include <string.h>

/* More than any file has; bounds the work on a hostile one. */
enum { ARRAYS_MOST = 1 << 17 };

enum member { DTYPE = 1, SHAPE = 2, OFFSETS = 4 };

static rec_status read_metadata(struct rec__header *header, struct rec__json *json)
{
    rec__json_expect(json, '{');
    if (rec__json_accept(json, '}'))
        return REC_OK;
    do {
        rec_status status = rec__grow((void **)(void *)&header->pairs, &header->pair_capacity,
                                      header->n_pairs + 1, sizeof *header->pairs);
        if (status != REC_OK)
            return status;
        struct rec__pair *pair = &header->pairs[header->n_pairs++];
        pair->key = rec__json_string(json);
        rec__json_expect(json, ':');
        pair->value = rec__json_string(json);
    } while (rec__json_accept(json, ','));
    rec__json_expect(json, '}');
    return REC_OK;
}

static void read_shape(struct rec__json *json, struct rec__described *array)
{
    rec__json_expect(json, '[');
    if (rec__json_accept(json, ']'))
        return;
    array->rows = rec__json_count(json);
    for (array->dimensions = 1; rec__json_accept(json, ','); array->dimensions++)
        if (__builtin_mul_overflow(array->columns, rec__json_count(json), &array->columns) &&
            json->fault == NULL)
            json->fault = "a shape is too large";
    rec__json_expect(json, ']');
}

static void read_offsets(struct rec__json *json, struct rec__described *array)
{
    rec__json_expect(json, '[');
    array->from = rec__json_count(json);
    rec__json_expect(json, ',');
    array->to = rec__json_count(json);
    rec__json_expect(json, ']');
    if (json->fault == NULL && array->from > array->to)
        json->fault = "data_offsets fall";
}

/* One member of a description; returns which. */
static int read_member(struct rec__json *json, struct rec__described *array)
{
    const char *name = rec__json_string(json);
    rec__json_expect(json, ':');
    if (json->fault != NULL)
        return 0;
    if (strcmp(name, "dtype") == 0) {
        array->dtype = rec__json_string(json);
        return DTYPE;
    }
    if (strcmp(name, "shape") == 0) {
        read_shape(json, array);
        return SHAPE;
    }
    if (strcmp(name, "data_offsets") == 0) {
        read_offsets(json, array);
        return OFFSETS;
    }
    json->fault = "an array has a member that is not dtype, shape or data_offsets";
    return 0;
}

static rec_status read_array(struct rec__header *header, struct rec__json *json, const char *name)
{
    struct rec__described array = {
        .name = name, .rows = 1, .columns = 1, .dimensions = 1, .place = header->n_arrays};
    int seen = 0;
    rec__json_expect(json, '{');
    do {
        int member = read_member(json, &array);
        if (json->fault == NULL && (seen & member) != 0)
            json->fault = "a member of an array stands twice";
        seen |= member;
    } while (rec__json_accept(json, ','));
    rec__json_expect(json, '}');
    if (json->fault == NULL && seen != (DTYPE | SHAPE | OFFSETS))
        json->fault = "an array lacks its dtype, shape or data_offsets";
    if (json->fault == NULL && header->n_arrays == ARRAYS_MOST)
        json->fault = "there are too many arrays";
    rec_status status = rec__grow((void **)(void *)&header->arrays, &header->array_capacity,
                                  header->n_arrays + 1, sizeof *header->arrays);
    if (status == REC_OK)
        header->arrays[header->n_arrays++] = array;
    return status;
}

static rec_status read_entries(struct rec__header *header, struct rec__json *json)
{
    bool metadata = false;
    rec_status status = REC_OK;
    rec__json_expect(json, '{');
    if (rec__json_accept(json, '}'))
        return REC_OK;
    do {
        const char *name = rec__json_string(json);
        rec__json_expect(json, ':');
        if (json->fault != NULL)
            return REC_OK;
        if (strcmp(name, "__metadata__") != 0) {
            status = read_array(header, json, name);
        } else {
            json->fault = metadata ? "__metadata__ stands twice" : NULL;
            metadata = true;
            status = read_metadata(header, json);
        }
    } while (status == REC_OK && rec__json_accept(json, ','));
    rec__json_expect(json, '}');
    return status;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts the names; the first that stands twice, or NULL. */
static const char *find_double(const char **names, int64_t n)
{
    rec__sort(names, n, sizeof *names, compare_names);
    for (int64_t i = 1; i < n; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            return names[i];
    return NULL;
}

static rec_status check_names(const struct rec__header *header, const char *path)
{
    int64_t room = header->n_pairs > header->n_arrays ? header->n_pairs : header->n_arrays;
    const char **names = rec__allocate(room, sizeof *names);
    if (names == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t i = 0; i < header->n_pairs; i++)
        names[i] = header->pairs[i].key;
    const char *what = "metadata", *found = find_double(names, header->n_pairs);
    if (found == NULL) {
        for (int64_t i = 0; i < header->n_arrays; i++)
            names[i] = header->arrays[i].name;
        what = "array";
        found = find_double(names, header->n_arrays);
    }
    rec__release(names);
    return found == NULL ? REC_OK
                         : rec__fail(REC_ERR_CORRUPT, "%s: damaged header: %s \"%.80s\" stands twice", path,
                                     what, found);
}

static int compare_places(const void *a, const void *b)
{
    const struct rec__described *first = a, *second = b;
    if (first->from != second->from)
        return first->from < second->from ? -1 : 1;
    if (first->to != second->to)
        return first->to < second->to ? -1 : 1;
    return first->place < second->place ? -1 : 1;
}

rec_status rec__header_read(struct rec__header *header, const char *bytes, int64_t length, const char *path)
{
    header->text = rec__allocate(length + 1, 1);
    if (header->text == NULL)
        return REC_ERR_NO_MEMORY;
    memcpy(header->text, bytes, (size_t)length);
    header->text[length] = '\0';
    header->length = length;
    struct rec__json json = {header->text, header->text + length, NULL};
    rec_status status = read_entries(header, &json);
    if (status != REC_OK)
        return status;
    rec__json_end(&json);
    if (json.fault != NULL)
        return rec__fail(REC_ERR_CORRUPT, "%s: damaged header: %s at byte %lld", path, json.fault,
                         (long long)(json.at - header->text + REC_LENGTH_BYTES));
    status = check_names(header, path);
    if (status == REC_OK && header->n_arrays > 0)
        rec__sort(header->arrays, header->n_arrays, sizeof *header->arrays, compare_places);
    return status;
}

void rec__header_clear(struct rec__header *header)
{
    rec__release(header->text);
    rec__release(header->pairs);
    rec__release(header->arrays);
    *header = (struct rec__header){0};
}

const char *rec__header_text(const struct rec__header *header, const char *key)
{
    for (int64_t i = 0; i < header->n_pairs; i++)
        if (strcmp(header->pairs[i].key, key) == 0)
            return header->pairs[i].value;
    return NULL;
}
