/* SPDX-License-Identifier: Apache-2.0 */
/* Two lists of ids: the row of one's id in the other, and their union. */
#include "base/memory.h"
#include "base/status.h"
#include "store/ids.h"

int32_t rec__ids_match(const rec_ids *from, int32_t row, const rec_ids *to)
{
    if (from == to)
        return row;
    if (from->kind != REC_IDS_TEXT)
        return rec__ids_row_of_integer(to, from->kind == REC_IDS_ROWS ? row : from->integers[row]);
    int64_t length = 0;
    const char *bytes = rec__ids_bytes(from, row, &length);
    return bytes == NULL ? -1 : rec__ids_row(to, bytes, length);
}

int32_t *rec__ids_map(const rec_ids *from, const rec_ids *to)
{
    int32_t *map = rec__allocate(from->count, sizeof *map);
    for (int32_t row = 0; map != NULL && row < from->count; row++)
        map[row] = rec__ids_match(from, row, to);
    return map;
}

static bool has_all(const rec_ids *first, const rec_ids *more)
{
    if (first == more || (first->kind == REC_IDS_ROWS && more->kind == REC_IDS_ROWS))
        return more->count <= first->count;
    for (int32_t row = 0; row < more->count; row++)
        if (rec__ids_match(more, row, first) < 0)
            return false;
    return true;
}

static rec_status add_all(struct rec__id_table *table, const rec_ids *ids)
{
    int32_t row;
    rec_status status = REC_OK;
    for (int32_t i = 0; status == REC_OK && i < ids->count; i++)
        status = rec__id_table_add_id(table, ids, i, &row);
    return status;
}

static rec_status check_kinds(const rec_ids *first, const rec_ids *more)
{
    static const char *const names[] = {"rows", "integers", "text"};
    if ((first->kind == REC_IDS_TEXT) == (more->kind == REC_IDS_TEXT))
        return REC_OK;
    return rec__fail(REC_ERR_INVALID, "the ids to be added are %s; %s was expected, as are the others",
                     names[more->kind], names[first->kind]);
}

rec_status rec__ids_union(rec_ids **out, const rec_ids *first, const rec_ids *more)
{
    *out = NULL;
    rec_status status = more->count > 0 && first->count > 0 ? check_kinds(first, more) : REC_OK;
    if (status != REC_OK)
        return status;
    if (more->count == 0 || has_all(first, more)) {
        *out = rec_ids_retain(first);
        return REC_OK;
    }
    if (first->count == 0 || (first->kind == REC_IDS_ROWS && more->kind == REC_IDS_ROWS)) {
        *out = rec_ids_retain(more);
        return REC_OK;
    }
    struct rec__id_table table = {.kind = first->kind == REC_IDS_TEXT ? REC_IDS_TEXT : REC_IDS_INTEGER};
    status = add_all(&table, first);
    if (status == REC_OK)
        status = add_all(&table, more);
    if (status == REC_OK)
        status = rec__id_table_freeze(&table, out);
    rec__id_table_clear(&table);
    return status;
}
