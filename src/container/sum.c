/* SPDX-License-Identifier: Apache-2.0 */
/* The checksum of a header, and the comparison of a file with all its checksums. */
#include "base/hash.h"
#include "base/memory.h"
#include "base/status.h"
#include "container/opened.h"
#include "base/sort.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_pairs(const void *a, const void *b)
{
    const struct rec__pair *const *first = a, *const *second = b;
    return strcmp((*first)->key, (*second)->key);
}

static int compare_arrays(const void *a, const void *b)
{
    const rec_array *const *first = a, *const *second = b;
    return strcmp((*first)->name, (*second)->name);
}

static uint32_t add_text(uint32_t sum, const char *text)
{
    return rec__crc32c(sum, text, strlen(text) + 1);
}

static uint32_t add_number(uint32_t sum, int64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)number);
    return add_text(sum, text);
}

static uint32_t sum_pairs(const struct rec__pair *pairs, int64_t n, const struct rec__pair **order)
{
    uint32_t sum = 0;
    for (int64_t i = 0; i < n; i++)
        order[i] = &pairs[i];
    rec__sort(order, n, sizeof *order, compare_pairs);
    for (int64_t i = 0; i < n; i++)
        if (strcmp(order[i]->key, REC_HEADER_SUM) != 0)
            sum = add_text(add_text(sum, order[i]->key), order[i]->value);
    return sum;
}

static uint32_t sum_arrays(uint32_t sum, const rec_array *arrays, int64_t n, const rec_array **order)
{
    for (int64_t i = 0; i < n; i++)
        order[i] = &arrays[i];
    rec__sort(order, n, sizeof *order, compare_arrays);
    for (int64_t i = 0; i < n; i++) {
        sum = add_text(sum, order[i]->name);
        sum = add_text(sum, rec__dtype_name((rec_dtype)order[i]->type));
        sum = add_number(sum, order[i]->rows);
        if (order[i]->dimensions > 1)
            sum = add_number(sum, order[i]->columns);
    }
    return sum;
}

rec_status rec__header_sum(const struct rec__pair *pairs, int64_t n_pairs, const rec_array *arrays,
                           int64_t n_arrays, uint32_t *sum)
{
    const struct rec__pair **pair_order = rec__allocate(n_pairs, sizeof *pair_order);
    const rec_array **array_order = rec__allocate(n_arrays, sizeof *array_order);
    rec_status status = pair_order == NULL || array_order == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    if (status == REC_OK)
        *sum = sum_arrays(sum_pairs(pairs, n_pairs, pair_order), arrays, n_arrays, array_order);
    rec__release(pair_order);
    rec__release(array_order);
    return status;
}

/* A file of another writer has no checksums; one of ours that lacks one was altered. */
static rec_status fail_missing(const struct rec__container *container, const char *what, const char *name)
{
    if (rec__header_text(&container->header, "librec.kind") == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "%s: nothing to verify: another program wrote this file, without "
                         "checksums",
                         container->path);
    return rec__fail(REC_ERR_CORRUPT, "%s: %s%s has no checksum", container->path, what, name);
}

static rec_status verify_header(const struct rec__container *container)
{
    const struct rec__header *header = &container->header;
    const char *stated = rec__header_text(header, REC_HEADER_SUM);
    uint32_t sum = 0;
    char text[16];
    if (stated == NULL)
        return fail_missing(container, "the header", "");
    rec_status status =
        rec__header_sum(header->pairs, header->n_pairs, container->arrays, container->n_arrays, &sum);
    if (status != REC_OK)
        return status;
    snprintf(text, sizeof text, "%08x", sum);
    if (strcmp(text, stated) != 0)
        return rec__fail(REC_ERR_CORRUPT, "%s: the header has checksum %s; %.16s was expected",
                         container->path, text, stated);
    return REC_OK;
}

static rec_status verify_array(const struct rec__container *container, const rec_array *array)
{
    char key[REC_NAME_MOST + 8], text[16];
    snprintf(key, sizeof key, "crc32c.%s", array->name);
    const char *stated = rec__header_text(&container->header, key);
    if (stated == NULL)
        return fail_missing(container, "array ", array->name);
    size_t bytes = (size_t)(array->rows * array->columns * rec__dtype_bytes((rec_dtype)array->type));
    snprintf(text, sizeof text, "%08x", rec__crc32c(0, array->data, bytes));
    if (strcmp(text, stated) != 0)
        return rec__fail(REC_ERR_CORRUPT, "%s: array \"%s\" has checksum %s; %.16s was expected",
                         container->path, array->name, text, stated);
    return REC_OK;
}

rec_status rec__container_verify(const struct rec__container *container)
{
    rec_status status = verify_header(container);
    for (int64_t i = 0; status == REC_OK && i < container->n_arrays; i++)
        status = verify_array(container, &container->arrays[i]);
    return status;
}
