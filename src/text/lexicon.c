/* SPDX-License-Identifier: Apache-2.0 */
/* The terms that a thread has met: start, growth, clearing. Look-ups are in lexicon.h. */
#include "text/lexicon.h"
#include "base/memory.h"
#include "base/status.h"

enum { FIRST_ENTRIES = 1024 };

/* Most entries are empty at first, but look-ups go everywhere: large pages spare them misses of the pages' table. */
static struct rec__lexicon_entry *make_entries(int64_t n)
{
    struct rec__lexicon_entry *entries = rec__allocate_large(n, sizeof *entries);
    if (entries != NULL)
        memset(entries, 0, (size_t)n * sizeof *entries);
    return entries;
}

rec_status rec__lexicon_start(struct rec__lexicon *lexicon)
{
    if (lexicon->entries != NULL)
        return REC_OK;
    struct rec__lexicon_entry *entries = make_entries(FIRST_ENTRIES);
    rec_status status = rec__grow((void **)(void *)&lexicon->offsets, &lexicon->offset_capacity,
                                  FIRST_ENTRIES, sizeof *lexicon->offsets);
    if (entries == NULL || status != REC_OK) {
        rec__release(entries);
        return REC_ERR_NO_MEMORY;
    }
    lexicon->offsets[0] = 0;
    lexicon->entries = entries;
    lexicon->mask = FIRST_ENTRIES - 1;
    return REC_OK;
}

void rec__lexicon_clear(struct rec__lexicon *lexicon)
{
    rec__release(lexicon->entries);
    rec__release(lexicon->offsets);
    rec__release(lexicon->bytes);
    *lexicon = (struct rec__lexicon){0};
}

static struct rec__lexicon_entry *find_free(struct rec__lexicon_entry *entries, uint64_t mask, uint64_t hash)
{
    uint64_t slot = hash & mask;
    while (entries[slot].high != 0)
        slot = (slot + 1) & mask;
    return &entries[slot];
}

static rec_status double_entries(struct rec__lexicon *lexicon)
{
    uint64_t mask = lexicon->mask * 2 + 1;
    struct rec__lexicon_entry *entries = make_entries((int64_t)mask + 1);
    if (entries == NULL)
        return REC_ERR_NO_MEMORY;
    for (uint64_t i = 0; i <= lexicon->mask; i++) {
        const struct rec__lexicon_entry *old = &lexicon->entries[i];
        if (old->high != 0)
            *find_free(entries, mask, rec__term_hash(old->low, old->high)) = *old;
    }
    rec__release(lexicon->entries);
    lexicon->entries = entries;
    lexicon->mask = mask;
    return REC_OK;
}

rec_status rec__lexicon_add(struct rec__lexicon *lexicon, const struct rec__term_key *key, const char *bytes,
                            uint32_t length, struct rec__lexicon_entry **entry)
{
    if (lexicon->count == INT32_MAX)
        return rec__fail(REC_ERR_RANGE, "more than %d different terms; rows are 32-bit numbers", INT32_MAX);
    /* At most two thirds full: probes stay near the cache line that was fetched. */
    if ((uint64_t)lexicon->count * 3 >= lexicon->mask * 2 && double_entries(lexicon) != REC_OK)
        return REC_ERR_NO_MEMORY;
    int64_t from = lexicon->offsets[lexicon->count], to = from + length;
    if (rec__grow((void **)(void *)&lexicon->bytes, &lexicon->byte_capacity, to, 1) != REC_OK ||
        rec__grow((void **)(void *)&lexicon->offsets, &lexicon->offset_capacity, (int64_t)lexicon->count + 2,
                  sizeof *lexicon->offsets) != REC_OK)
        return REC_ERR_NO_MEMORY;
    memcpy(lexicon->bytes + from, bytes, length);
    lexicon->offsets[lexicon->count + 1] = to;
    *entry = find_free(lexicon->entries, lexicon->mask, key->hash);
    **entry =
        (struct rec__lexicon_entry){.low = key->low, .high = key->high, .place = -1, .row = lexicon->count++};
    return REC_OK;
}
