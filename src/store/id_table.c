/* SPDX-License-Identifier: Apache-2.0 */
/* The set of ids that grows while they arrive. The list it becomes is in ids.c. */
#include "base/hash.h"
#include "base/memory.h"
#include "base/status.h"
#include "store/ids.h"

#include <inttypes.h>
#include <stdio.h>

enum { FIRST_ENTRIES = 64 };

/* No entry is ever removed alone, so the first free one ends a probe. */
static void place(struct rec__id_entry *entries, uint64_t mask, struct rec__id_entry entry)
{
    uint64_t slot = entry.tag & mask;
    while (entries[slot].row >= 0)
        slot = (slot + 1) & mask;
    entries[slot] = entry;
}

static void clear_entries(struct rec__id_entry *entries, int64_t n)
{
    memset(entries, 0xFF, (size_t)n * sizeof *entries);
}

/* The low half of a hash picks a slot in any table, as INT32_MAX ids fill at most 2^32. */
static rec_status double_entries(struct rec__id_table *table)
{
    int64_t n = table->n_entries == 0 ? FIRST_ENTRIES : table->n_entries * 2;
    struct rec__id_entry *entries = rec__allocate(n, sizeof *entries);
    if (entries == NULL)
        return REC_ERR_NO_MEMORY;
    clear_entries(entries, n);
    for (int64_t i = 0; i < table->n_entries; i++)
        if (table->entries[i].row >= 0)
            place(entries, (uint64_t)n - 1, table->entries[i]);
    rec__release(table->entries);
    table->entries = entries;
    table->n_entries = n;
    return REC_OK;
}

/* At most two thirds full. */
static rec_status reserve_entry(struct rec__id_table *table)
{
    if (table->count == INT32_MAX)
        return rec__fail(REC_ERR_RANGE, "more than %d different ids; rows are 32-bit numbers", INT32_MAX);
    return ((int64_t)table->count + 1) * 3 > table->n_entries * 2 ? double_entries(table) : REC_OK;
}

static rec_status start_offsets(struct rec__id_table *table)
{
    if (rec__grow((void **)(void *)&table->offsets, &table->offset_capacity, (int64_t)table->count + 2,
                  sizeof *table->offsets) != REC_OK)
        return REC_ERR_NO_MEMORY;
    if (table->count == 0)
        table->offsets[0] = 0;
    return REC_OK;
}

static bool is_text(const struct rec__id_table *table, int32_t row, const char *bytes, int64_t length)
{
    int64_t from = table->offsets[row];
    return table->offsets[row + 1] - from == length &&
           memcmp(table->bytes + from, bytes, (size_t)length) == 0;
}

static int32_t find_text(const struct rec__id_table *table, uint32_t tag, const char *bytes, int64_t length)
{
    if (table->count == 0)
        return -1;
    uint64_t mask = (uint64_t)table->n_entries - 1;
    for (uint64_t slot = tag & mask;; slot = (slot + 1) & mask) {
        const struct rec__id_entry *entry = &table->entries[slot];
        if (entry->row < 0 || (entry->tag == tag && is_text(table, entry->row, bytes, length)))
            return entry->row;
    }
}

rec_status rec__id_table_add_text(struct rec__id_table *table, const char *bytes, int64_t length,
                                  int32_t *row)
{
    uint32_t tag = (uint32_t)rec__hash_bytes(bytes, (size_t)length);
    *row = find_text(table, tag, bytes, length);
    if (*row >= 0)
        return REC_OK;
    rec_status status = reserve_entry(table);
    if (status == REC_OK)
        status = start_offsets(table);
    if (status != REC_OK)
        return status;
    int64_t from = table->offsets[table->count];
    if (rec__grow((void **)(void *)&table->bytes, &table->byte_capacity, from + length, 1) != REC_OK)
        return REC_ERR_NO_MEMORY;
    memcpy(table->bytes + from, bytes, (size_t)length);
    *row = table->count++;
    table->offsets[table->count] = from + length;
    place(table->entries, (uint64_t)table->n_entries - 1, (struct rec__id_entry){.tag = tag, .row = *row});
    return REC_OK;
}

static int32_t find_integer(const struct rec__id_table *table, uint32_t tag, int64_t id)
{
    if (table->count == 0)
        return -1;
    uint64_t mask = (uint64_t)table->n_entries - 1;
    for (uint64_t slot = tag & mask;; slot = (slot + 1) & mask) {
        const struct rec__id_entry *entry = &table->entries[slot];
        if (entry->row < 0 || (entry->tag == tag && table->integers[entry->row] == id))
            return entry->row;
    }
}

rec_status rec__id_table_add_integer(struct rec__id_table *table, int64_t id, int32_t *row)
{
    uint32_t tag = (uint32_t)rec__hash_integer(id);
    *row = find_integer(table, tag, id);
    if (*row >= 0)
        return REC_OK;
    rec_status status = reserve_entry(table);
    if (status == REC_OK)
        status = rec__grow((void **)(void *)&table->integers, &table->integer_capacity,
                           (int64_t)table->count + 1, sizeof *table->integers);
    if (status != REC_OK)
        return status;
    *row = table->count++;
    table->integers[*row] = id;
    place(table->entries, (uint64_t)table->n_entries - 1, (struct rec__id_entry){.tag = tag, .row = *row});
    return REC_OK;
}

rec_status rec__id_table_add_id(struct rec__id_table *table, const rec_ids *ids, int32_t row, int32_t *out)
{
    if (ids->kind == REC_IDS_TEXT) {
        int64_t length = 0;
        const char *bytes = rec__ids_bytes(ids, row, &length);
        if (bytes == NULL)
            return rec__fail(REC_ERR_CORRUPT, "the id of row %d is damaged", row);
        if (table->kind != REC_IDS_TEXT)
            return rec__fail(REC_ERR_INVALID, "an id is text; integers were expected");
        return rec__id_table_add_text(table, bytes, length, out);
    }
    int64_t id = ids->kind == REC_IDS_ROWS ? row : ids->integers[row];
    if (table->kind == REC_IDS_INTEGER)
        return rec__id_table_add_integer(table, id, out);
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRId64, id);
    return rec__id_table_add_text(table, digits, length, out);
}

void rec__id_table_truncate(struct rec__id_table *table, int32_t count)
{
    if (count >= table->count)
        return;
    table->count = count;
    clear_entries(table->entries, table->n_entries);
    for (int32_t row = 0; row < count; row++) {
        uint64_t hash = table->kind == REC_IDS_INTEGER
                            ? rec__hash_integer(table->integers[row])
                            : rec__hash_bytes(table->bytes + table->offsets[row],
                                              (size_t)(table->offsets[row + 1] - table->offsets[row]));
        place(table->entries, (uint64_t)table->n_entries - 1,
              (struct rec__id_entry){.tag = (uint32_t)hash, .row = row});
    }
}

rec_status rec__id_table_lend(struct rec__id_table *table, rec_ids **out)
{
    *out = NULL;
    if (table->kind == REC_IDS_TEXT && start_offsets(table) != REC_OK)
        return REC_ERR_NO_MEMORY;
    rec_ids *ids = rec__allocate_zeroed(1, sizeof *ids);
    if (ids == NULL)
        return REC_ERR_NO_MEMORY;
    atomic_init(&ids->references, 1);
    ids->kind = table->kind;
    ids->count = table->count;
    ids->integers = table->integers;
    ids->offsets = table->offsets;
    ids->bytes = table->bytes;
    ids->n_bytes = table->kind == REC_IDS_TEXT ? table->offsets[table->count] : 0;
    rec_status status = rec__ids_index(ids);
    if (status != REC_OK) {
        rec__id_table_take_back(ids);
        return status;
    }
    *out = ids;
    return REC_OK;
}

void rec__id_table_give(struct rec__id_table *table)
{
    rec__release(table->entries);
    *table = (struct rec__id_table){.kind = table->kind};
}

void rec__id_table_take_back(rec_ids *lent)
{
    if (lent == NULL)
        return;
    rec__release((void *)lent->slots);
    rec__release(lent);
}

rec_status rec__id_table_freeze(struct rec__id_table *table, rec_ids **out)
{
    rec_status status = rec__id_table_lend(table, out);
    if (status == REC_OK)
        rec__id_table_give(table);
    return status;
}

void rec__id_table_clear(struct rec__id_table *table)
{
    rec__release(table->entries);
    rec__release(table->integers);
    rec__release(table->offsets);
    rec__release(table->bytes);
    *table = (struct rec__id_table){.kind = table->kind};
}
