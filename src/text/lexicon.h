/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terms that a thread has met: one a thread, looked up for each term of each document. An entry holds a term of up to fifteen bytes whole and
 * what is counted of it, so that meeting it again touches one cache line, which can be fetched ahead.
 */
#ifndef REC_TEXT_LEXICON_H
#define REC_TEXT_LEXICON_H

#include "base/hash.h"

#include <librec/status.h>

/** Bytes of a term that an entry holds; and those that may be read from the start of any term on. */
enum { REC_TERM_WHOLE = 15, REC_TERM_READ = 16 };

/** A term as it stands in a text. low, high: its bytes, zeros after them, and its length as the last; of a longer one hashes, and REC_TERM_LONG. */
struct rec__term_key {
    uint64_t low, high, hash;
};

#define REC_TERM_LONG (UINT64_C(0xFF) << 56)

struct rec__lexicon_entry {
    uint64_t low, high; /* high 0: the entry is free, as no term is empty */
    int64_t place;      /* for who counts; -1 at first */
    int32_t row;        /* in order of first appearance */
    int32_t documents;  /* likewise; 0 at first */
};

/** All zero is the empty one, which takes terms only after rec__lexicon_start. */
struct rec__lexicon {
    struct rec__lexicon_entry *entries; /* linear probing */
    uint64_t mask;                      /* their number, a power of two, less 1 */
    int32_t count;
    int64_t *offsets; /* count + 1: term r is bytes[offsets[r] .. offsets[r + 1]) */
    char *bytes;
    int64_t offset_capacity, byte_capacity;
};

rec_status rec__lexicon_start(struct rec__lexicon *lexicon);
void rec__lexicon_clear(struct rec__lexicon *lexicon);
/** A new term after a look-up that ended at a free entry. Errors: no memory, too many; terms are as they were. */
rec_status rec__lexicon_add(struct rec__lexicon *lexicon, const struct rec__term_key *key, const char *bytes,
                            uint32_t length, struct rec__lexicon_entry **entry);

static inline uint64_t rec__term_hash(uint64_t low, uint64_t high)
{
    return rec__hash_mix(low * REC_HASH_MULTIPLIER + high * UINT64_C(0xC2B2AE3D27D4EB4F));
}

/** bytes: REC_TERM_READ may be read, whatever the length. */
static inline struct rec__term_key rec__term_key_make(const char *bytes, uint32_t length)
{
    /* By length: a branch on how long a word is would often be mistaken. */
    static const uint64_t masks[REC_TERM_WHOLE + 1][2] = {
#define SHORT(n) {~UINT64_C(0) >> (64 - 8 * (n)), 0}
#define LONGER(n)                                                                                            \
    {                                                                                                        \
        ~UINT64_C(0), ~UINT64_C(0) >> (64 - 8 * (n))                                                         \
    }
        {0, 0},    SHORT(1),  SHORT(2),  SHORT(3),  SHORT(4),  SHORT(5),  SHORT(6), SHORT(7), SHORT(8),
        LONGER(1), LONGER(2), LONGER(3), LONGER(4), LONGER(5), LONGER(6), LONGER(7)
#undef SHORT
#undef LONGER
    };
    struct rec__term_key key;
    memcpy(&key.low, bytes, sizeof key.low);
    memcpy(&key.high, bytes + 8, sizeof key.high);
    if (length > REC_TERM_WHOLE) {
        uint64_t hash = rec__hash_bytes(bytes, length);
        key.low = hash;
        key.high = hash >> 8 | REC_TERM_LONG;
    } else {
        key.low &= masks[length][0];
        key.high = (key.high & masks[length][1]) | (uint64_t)length << 56;
    }
    key.hash = rec__term_hash(key.low, key.high);
    return key;
}

static inline void rec__lexicon_fetch(const struct rec__lexicon *lexicon, const struct rec__term_key *key)
{
    __builtin_prefetch(&lexicon->entries[key->hash & lexicon->mask]);
}

/** A term's entry, or the free one where it would be. */
static inline struct rec__lexicon_entry *rec__lexicon_find(const struct rec__lexicon *lexicon,
                                                           const struct rec__term_key *key, const char *bytes,
                                                           uint32_t length)
{
    for (uint64_t slot = key->hash & lexicon->mask;; slot = (slot + 1) & lexicon->mask) {
        struct rec__lexicon_entry *entry = &lexicon->entries[slot];
        if (entry->high == 0)
            return entry;
        if (entry->low != key->low || entry->high != key->high)
            continue;
        const int64_t *offset = lexicon->offsets + entry->row;
        if (length <= REC_TERM_WHOLE ||
            (offset[1] - offset[0] == length && memcmp(lexicon->bytes + offset[0], bytes, length) == 0))
            return entry;
    }
}

#endif
