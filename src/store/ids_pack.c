/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of ids in container files. */
#include "base/status.h"
#include "store/ids.h"
#include "store/pack.h"

#include <stdio.h>
#include <string.h>

enum { KEY = 96 };

static const char *const kind_names[] = {"rows", "integers", "text"};

static rec_status pack_arrays(const rec_ids *ids, struct rec__pack *pack, const char *prefix)
{
    rec_status status = REC_OK;
    if (ids->kind == REC_IDS_ROWS)
        return REC_OK;
    if (ids->kind == REC_IDS_INTEGER)
        status = rec__pack_vector(pack, prefix, "integers", REC_I64, ids->integers, ids->count);
    if (ids->kind == REC_IDS_TEXT)
        status = rec__pack_vector(pack, prefix, "offsets", REC_I64, ids->offsets, (int64_t)ids->count + 1);
    if (ids->kind == REC_IDS_TEXT && status == REC_OK)
        status = rec__pack_vector(pack, prefix, "bytes", REC_U8, ids->bytes, ids->n_bytes);
    if (status == REC_OK)
        status = rec__pack_vector(pack, prefix, "slots", REC_I32, ids->slots, ids->n_slots);
    return status;
}

rec_status rec__ids_pack(const rec_ids *ids, struct rec__pack *pack, const char *prefix)
{
    char key[KEY];
    snprintf(key, sizeof key, "%s.kind", prefix);
    rec_status status = rec__pack_text(pack, key, kind_names[ids->kind]);
    if (status == REC_OK)
        status = rec__pack_count(pack, prefix, "count", ids->count);
    return status == REC_OK ? pack_arrays(ids, pack, prefix) : status;
}

static rec_status read_kind(rec_ids *ids, const struct rec__container *container, const char *prefix)
{
    char key[KEY];
    snprintf(key, sizeof key, "%s.kind", prefix);
    const char *name = rec__container_text(container, key);
    for (int kind = REC_IDS_ROWS; name != NULL && kind <= REC_IDS_TEXT; kind++)
        if (strcmp(name, kind_names[kind]) == 0) {
            ids->kind = (rec_ids_kind)kind;
            return REC_OK;
        }
    return rec__fail(REC_ERR_CORRUPT, "%s: %s is \"%s\"; rows, integers or text was expected",
                     rec__container_path(container), key, name == NULL ? "" : name);
}

static rec_status take_slots(rec_ids *ids, struct rec__container *container, const char *prefix)
{
    rec_array slots = REC_ARRAY_INIT;
    rec_status status = rec__take_vector(&slots, container, prefix, "slots", REC_I32, -1);
    if (status != REC_OK)
        return status;
    if (slots.rows <= ids->count || (slots.rows & (slots.rows - 1)) != 0)
        return rec__fail(REC_ERR_CORRUPT, "%s: %s.slots has %lld slots; a power of two over %d was expected",
                         rec__container_path(container), prefix, (long long)slots.rows, ids->count);
    ids->slots = slots.data;
    ids->n_slots = slots.rows;
    return REC_OK;
}

static rec_status take_arrays(rec_ids *ids, struct rec__container *container, const char *prefix)
{
    rec_array array = REC_ARRAY_INIT;
    rec_status status = REC_OK;
    if (ids->kind == REC_IDS_ROWS)
        return REC_OK;
    if (ids->kind == REC_IDS_INTEGER) {
        status = rec__take_vector(&array, container, prefix, "integers", REC_I64, ids->count);
        ids->integers = array.data;
    } else {
        status = rec__take_vector(&array, container, prefix, "offsets", REC_I64, (int64_t)ids->count + 1);
        ids->offsets = array.data;
        if (status == REC_OK)
            status = rec__take_vector(&array, container, prefix, "bytes", REC_U8, -1);
        ids->bytes = array.data;
        ids->n_bytes = array.rows;
    }
    return status == REC_OK ? take_slots(ids, container, prefix) : status;
}

rec_status rec__ids_unpack(rec_ids **out, struct rec__container *container, const char *prefix)
{
    int64_t count = 0;
    rec_ids *ids = NULL;
    *out = NULL;
    rec_status status = rec__container_integer(container, prefix, "count", 0, INT32_MAX, &count);
    if (status == REC_OK)
        status = rec_ids_from_rows(&ids, count);
    if (status != REC_OK)
        return status;
    ids->container = rec__container_retain(container);
    status = read_kind(ids, container, prefix);
    if (status == REC_OK)
        status = take_arrays(ids, container, prefix);
    if (status != REC_OK) {
        rec_ids_free(ids);
        return status;
    }
    *out = ids;
    return REC_OK;
}

static rec_status check_slots(const rec_ids *ids, const char *prefix)
{
    int64_t used = 0;
    for (int64_t slot = 0; slot < ids->n_slots; slot++) {
        int32_t row = ids->slots[slot];
        if (row < -1 || row >= ids->count)
            return rec__fail(REC_ERR_CORRUPT, "%s.slots[%lld] is %d; -1 to %d was expected", prefix,
                             (long long)slot, row, ids->count - 1);
        used += row >= 0;
    }
    if (used != ids->count)
        return rec__fail(REC_ERR_CORRUPT, "%s.slots has %lld rows; %d were expected", prefix, (long long)used,
                         ids->count);
    return REC_OK;
}

static int32_t find_row(const rec_ids *ids, int32_t row)
{
    int64_t length = 0;
    if (ids->kind == REC_IDS_INTEGER)
        return rec__ids_row_of_integer(ids, ids->integers[row]);
    const char *bytes = rec__ids_bytes(ids, row, &length);
    return bytes == NULL ? -1 : rec__ids_row(ids, bytes, length);
}

rec_status rec__ids_check(const rec_ids *ids, const char *prefix)
{
    if (ids->kind == REC_IDS_ROWS)
        return REC_OK;
    rec_status status = REC_OK;
    if (ids->kind == REC_IDS_TEXT)
        status = rec__check_starts(ids->offsets, ids->count, ids->n_bytes, prefix, "offsets");
    if (status == REC_OK)
        status = check_slots(ids, prefix);
    for (int32_t row = 0; status == REC_OK && row < ids->count; row++)
        if (find_row(ids, row) != row)
            status = rec__fail(REC_ERR_CORRUPT, "%s.slots does not lead to the id of row %d", prefix, row);
    return status;
}
