/* SPDX-License-Identifier: Apache-2.0 */
/* The reader's id table: start, growth, clearing. Look-ups are in intern.h. */
#include "store/intern.h"
#include "base/memory.h"
#include "base/status.h"

enum { FIRST_ENTRIES = 1024 };

rec_status rec__intern_start(struct rec__intern *table)
{
    if (table->entries != NULL)
        return REC_OK;
    struct rec__intern_entry *entries = rec__allocate_zeroed(FIRST_ENTRIES, sizeof *entries);
    rec_status status = rec__grow((void **)(void *)&table->offsets, &table->offset_capacity, FIRST_ENTRIES,
                                  sizeof *table->offsets);
    if (entries == NULL || status != REC_OK) {
        rec__release(entries);
        return REC_ERR_NO_MEMORY;
    }
    table->offsets[0] = 0;
    table->entries = entries;
    table->mask = FIRST_ENTRIES - 1;
    return REC_OK;
}

void rec__intern_clear(struct rec__intern *table)
{
    rec__release(table->entries);
    rec__release(table->offsets);
    rec__release(table->bytes);
    *table = (struct rec__intern){0};
}

static struct rec__intern_entry *find_free(struct rec__intern_entry *entries, uint64_t mask, uint64_t hash)
{
    uint64_t slot = hash & mask;
    while (entries[slot].length != 0)
        slot = (slot + 1) & mask;
    return &entries[slot];
}

static rec_status double_entries(struct rec__intern *table)
{
    uint64_t mask = table->mask * 2 + 1;
    struct rec__intern_entry *entries = rec__allocate_zeroed((int64_t)mask + 1, sizeof *entries);
    if (entries == NULL)
        return REC_ERR_NO_MEMORY;
    for (uint64_t i = 0; i <= table->mask; i++) {
        const struct rec__intern_entry *old = &table->entries[i];
        if (old->length == 0)
            continue;
        uint64_t hash = old->length > 8 ? old->word : rec__hash_bytes((const char *)&old->word, old->length);
        *find_free(entries, mask, hash) = *old;
    }
    rec__release(table->entries);
    table->entries = entries;
    table->mask = mask;
    return REC_OK;
}

rec_status rec__intern_add(struct rec__intern *table, const struct rec__key *key, int32_t *row)
{
    if (table->count == INT32_MAX)
        return rec__fail(REC_ERR_RANGE, "more than %d different ids; rows are 32-bit numbers", INT32_MAX);
    /* At most half full: probes stay within the cache line that was fetched. */
    if ((uint64_t)table->count * 2 >= table->mask && double_entries(table) != REC_OK)
        return REC_ERR_NO_MEMORY;
    int64_t from = table->offsets[table->count], to = from + key->length;
    if (rec__grow((void **)(void *)&table->bytes, &table->byte_capacity, to, 1) != REC_OK ||
        rec__grow((void **)(void *)&table->offsets, &table->offset_capacity, (int64_t)table->count + 2,
                  sizeof *table->offsets) != REC_OK)
        return REC_ERR_NO_MEMORY;
    memcpy(table->bytes + from, key->bytes, key->length);
    table->offsets[table->count + 1] = to;
    *row = table->count++;
    *find_free(table->entries, table->mask, key->hash) =
        (struct rec__intern_entry){.word = key->word, .length = key->length, .row = *row};
    return REC_OK;
}
