/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader's own id table: one a thread, made for a few ids met very often. An entry holds an id of up to
 * eight bytes whole, so that a look-up touches one cache line, which can be fetched ahead. The lists that a
 * store keeps are made from it afterwards, by the tables of ids.h.
 */
#ifndef REC_STORE_INTERN_H
#define REC_STORE_INTERN_H

#include "base/hash.h"

#include <librec/status.h>

/** An id as it stands in the input. word: its bytes, zeros after them, if there are at most eight, else its
 * hash. */
struct rec__key {
    const char *bytes;
    uint64_t hash, word;
    uint32_t length;
};

struct rec__intern_entry {
    uint64_t word;
    uint32_t length; /* 0: the entry is free, as no id is empty */
    int32_t row;
};

/** All zero is the empty one, which takes ids only after rec__intern_start. Rows are in order of first
 * appearance. */
struct rec__intern {
    struct rec__intern_entry *entries; /* linear probing */
    uint64_t mask;                     /* their number, a power of two, less 1 */
    int32_t count;
    int64_t *offsets; /* count + 1: id r is bytes[offsets[r] .. offsets[r + 1]) */
    char *bytes;
    int64_t offset_capacity, byte_capacity;
};

rec_status rec__intern_start(struct rec__intern *table);
void rec__intern_clear(struct rec__intern *table);

/** A new id after a look-up that ended at a free entry. Errors: no memory, too many; the table is as it was.
 */
rec_status rec__intern_add(struct rec__intern *table, const struct rec__key *key, int32_t *row);

static inline struct rec__key rec__key_make(const char *bytes, uint32_t length)
{
    struct rec__key key = {.bytes = bytes, .hash = rec__hash_bytes(bytes, length), .length = length};
    key.word = length > 8 ? key.hash : 0;
    if (length <= 8)
        memcpy(&key.word, bytes, length);
    return key;
}

static inline void rec__intern_fetch(const struct rec__intern *table, const struct rec__key *key)
{
    __builtin_prefetch(&table->entries[key->hash & table->mask]);
}

/** The row of an id, or -1. */
static inline int32_t rec__intern_find(const struct rec__intern *table, const struct rec__key *key)
{
    for (uint64_t slot = key->hash & table->mask;; slot = (slot + 1) & table->mask) {
        const struct rec__intern_entry *entry = &table->entries[slot];
        if (entry->word == key->word && entry->length == key->length &&
            (key->length <= 8 ||
             memcmp(table->bytes + table->offsets[entry->row], key->bytes, key->length) == 0))
            return entry->row;
        if (entry->length == 0)
            return -1;
    }
}

#endif
