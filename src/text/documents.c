/* SPDX-License-Identifier: Apache-2.0 */
/* Documents: made from strings, owned. Reading them from a file is in documents_read.c. */
#include "text/documents.h"
#include "base/memory.h"
#include "base/status.h"

#include <string.h>

rec_status rec__documents_create(rec_documents **out, const rec_ids *ids, int64_t *offsets, char *bytes)
{
    rec_documents *made = rec__allocate_zeroed(1, sizeof *made);
    if (made == NULL) {
        rec__release(offsets);
        rec__release(bytes);
        return REC_ERR_NO_MEMORY;
    }
    atomic_init(&made->references, 1);
    made->ids = rec_ids_retain(ids);
    made->count = rec_ids_count(ids);
    made->offsets = offsets;
    made->bytes = bytes;
    *out = made;
    return REC_OK;
}

static rec_status measure(const char *const *texts, int32_t n, int64_t *offsets)
{
    int64_t sum = 0;
    for (int32_t d = 0; d < n; d++) {
        if (texts[d] == NULL)
            return rec__fail(REC_ERR_INVALID, "texts[%d] is NULL; a string was expected", d);
        offsets[d] = sum;
        sum += (int64_t)strlen(texts[d]) + 1;
    }
    offsets[n] = sum;
    return REC_OK;
}

static rec_status copy_texts(rec_documents **out, const rec_ids *ids, const char *const *texts, int32_t n)
{
    int64_t *offsets = rec__allocate((int64_t)n + 1, sizeof *offsets);
    rec_status status = offsets == NULL ? REC_ERR_NO_MEMORY : measure(texts, n, offsets);
    char *bytes = status == REC_OK ? rec__allocate(offsets[n], 1) : NULL;
    if (status == REC_OK && bytes == NULL)
        status = REC_ERR_NO_MEMORY;
    if (status != REC_OK) {
        rec__release(offsets);
        return status;
    }
    for (int32_t d = 0; d < n; d++)
        memcpy(bytes + offsets[d], texts[d], (size_t)(offsets[d + 1] - offsets[d]));
    return rec__documents_create(out, ids, offsets, bytes);
}

rec_status rec_documents_from_text(rec_documents **out, const rec_ids *ids, const char *const *texts,
                                   int32_t n)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (texts == NULL && n != 0)
        return rec__fail_null("texts");
    if (n < 0)
        return rec__fail(REC_ERR_INVALID, "n is %d; 0 or more was expected", n);
    if (ids != NULL && rec_ids_count(ids) != n)
        return rec__fail(REC_ERR_INVALID, "ids has %d ids; %d were expected, as n is", rec_ids_count(ids), n);
    rec_ids *rows = NULL;
    rec_status status = ids == NULL ? rec_ids_from_rows(&rows, n) : REC_OK;
    if (status == REC_OK)
        status = copy_texts(out, ids == NULL ? rows : ids, texts, n);
    rec_ids_free(rows);
    return status;
}

rec_documents *rec_documents_retain(const rec_documents *documents)
{
    rec_documents *shared = (rec_documents *)documents;
    atomic_fetch_add(&shared->references, 1);
    return shared;
}

void rec_documents_free(rec_documents *documents)
{
    if (documents == NULL || atomic_fetch_sub(&documents->references, 1) > 1)
        return;
    rec_ids_free(documents->ids);
    rec__release(documents->offsets);
    rec__release(documents->bytes);
    rec__release(documents);
}

int32_t rec_documents_count(const rec_documents *documents)
{
    return documents->count;
}

const rec_ids *rec_documents_ids(const rec_documents *documents)
{
    return documents->ids;
}

const char *rec_documents_text(const rec_documents *documents, int32_t row)
{
    return row < 0 || row >= documents->count ? NULL : documents->bytes + documents->offsets[row];
}
