/* SPDX-License-Identifier: Apache-2.0 */
/* The set of ids that grows while they arrive. The list it becomes is in ids.c. */
#include "base/hash.h"
#include "base/memory.h"
#include "base/status.h"
#include "store/ids.h"

#include <inttypes.h>
#include <stdio.h>

enum { FIRST_ENTRIES = 64 };

/* What is looked up: an entry without its row, and where probing for it begins. */
struct key {
    struct rec__id_entry entry;
    uint64_t hash;
};

enum { WHOLE = 8 };

static uint64_t load_word(const char *bytes, uint32_t length)
{
    uint64_t word = 0;
    for (uint32_t i = 0; i < length; i++)
        word |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
    return word;
}

static uint64_t hash_word(uint64_t word, uint32_t length)
{
    return rec__hash_mix(((uint64_t)length * REC_HASH_MULTIPLIER ^ word) * REC_HASH_MULTIPLIER);
}

static struct key key_of_text(const char *bytes, int64_t length)
{
    struct key key = {.entry = {.length = (uint32_t)length}};
    if (length > WHOLE) {
        key.hash = key.entry.word = rec__hash_bytes(bytes, (size_t)length);
    } else {
        key.entry.word = load_word(bytes, (uint32_t)length);
        key.hash = hash_word(key.entry.word, (uint32_t)length);
    }
    return key;
}

static struct key key_of_integer(int64_t id)
{
    return (struct key){.entry = {.word = (uint64_t)id}, .hash = rec__hash_integer(id)};
}

static uint64_t hash_of(const struct rec__id_table *table, const struct rec__id_entry *entry)
{
    if (table->kind == REC_IDS_INTEGER)
        return rec__hash_integer((int64_t)entry->word);
    return entry->length > WHOLE ? entry->word : hash_word(entry->word, entry->length);
}

/* No entry is ever removed alone, so the first free one ends a probe. */
static void place(struct rec__id_entry *entries, int64_t n, const struct rec__id_entry *entry, uint64_t hash)
{
    uint64_t mask = (uint64_t)n - 1, slot = hash & mask;
    while (entries[slot].row >= 0)
        slot = (slot + 1) & mask;
    entries[slot] = *entry;
}

static void clear_entries(struct rec__id_entry *entries, int64_t n)
{
    memset(entries, 0xFF, (size_t)n * sizeof *entries);
}

static rec_status double_entries(struct rec__id_table *table)
{
    int64_t n = table->n_entries == 0 ? FIRST_ENTRIES : table->n_entries * 2;
    struct rec__id_entry *entries = rec__allocate(n, sizeof *entries);
    if (entries == NULL)
        return REC_ERR_NO_MEMORY;
    clear_entries(entries, n);
    for (int64_t i = 0; i < table->n_entries; i++)
        if (table->entries[i].row >= 0)
            place(entries, n, &table->entries[i], hash_of(table, &table->entries[i]));
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

/* bytes: NULL for an integer. */
static bool is_key(const struct rec__id_table *table, const struct rec__id_entry *entry,
                   const struct key *key, const char *bytes)
{
    if (entry->word != key->entry.word || entry->length != key->entry.length)
        return false;
    return entry->length <= WHOLE ||
           memcmp(table->bytes + table->offsets[entry->row], bytes, entry->length) == 0;
}

static int32_t find(const struct rec__id_table *table, const struct key *key, const char *bytes)
{
    if (table->count == 0)
        return -1;
    uint64_t mask = (uint64_t)table->n_entries - 1;
    for (uint64_t slot = key->hash & mask;; slot = (slot + 1) & mask) {
        const struct rec__id_entry *entry = &table->entries[slot];
        if (entry->row < 0 || is_key(table, entry, key, bytes))
            return entry->row;
    }
}

static int32_t add_entry(struct rec__id_table *table, struct key *key)
{
    key->entry.row = table->count++;
    place(table->entries, table->n_entries, &key->entry, key->hash);
    return key->entry.row;
}

rec_status rec__id_table_add_text(struct rec__id_table *table, const char *bytes, int64_t length,
                                  int32_t *row)
{
    if (length > INT32_MAX)
        return rec__fail(REC_ERR_RANGE, "an id is %lld bytes long; at most %d were expected",
                         (long long)length, INT32_MAX);
    struct key key = key_of_text(bytes, length);
    *row = find(table, &key, bytes);
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
    *row = add_entry(table, &key);
    table->offsets[table->count] = from + length;
    return REC_OK;
}

rec_status rec__id_table_add_integer(struct rec__id_table *table, int64_t id, int32_t *row)
{
    struct key key = key_of_integer(id);
    *row = find(table, &key, NULL);
    if (*row >= 0)
        return REC_OK;
    rec_status status = reserve_entry(table);
    if (status == REC_OK)
        status = rec__grow((void **)(void *)&table->integers, &table->integer_capacity,
                           (int64_t)table->count + 1, sizeof *table->integers);
    if (status != REC_OK)
        return status;
    *row = add_entry(table, &key);
    table->integers[*row] = id;
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
    clear_entries(table->entries, table->n_entries);
    for (table->count = 0; table->count < count;) {
        int64_t from = table->kind == REC_IDS_TEXT ? table->offsets[table->count] : 0;
        struct key key = table->kind == REC_IDS_INTEGER
                             ? key_of_integer(table->integers[table->count])
                             : key_of_text(table->bytes + from, table->offsets[table->count + 1] - from);
        (void)add_entry(table, &key);
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
