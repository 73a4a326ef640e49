/* SPDX-License-Identifier: Apache-2.0 */
/* Ids inside: the frozen list with its ready-made hash table, and the table that grows while ids arrive. */
#ifndef REC_STORE_IDS_H
#define REC_STORE_IDS_H

#include "container/container.h"

#include <librec/ids.h>

#include <stdatomic.h>
#include <stdbool.h>

/* The arrays are those of docs/container.md, in memory or in a mapped file alike. */
struct rec_ids {
    atomic_int references;
    rec_ids_kind kind;
    int32_t count;
    const int64_t *integers; /* REC_IDS_INTEGER: count */
    const int64_t *offsets;  /* REC_IDS_TEXT: count + 1; id r is bytes[offsets[r] .. offsets[r + 1]) */
    const char *bytes;
    int64_t n_bytes;
    const int32_t *slots; /* open addressing, linear probing, a power of two over 3/2 count; -1 where empty */
    int64_t n_slots;
    struct rec__container *container; /* owns the arrays when not NULL; else they are ours */
};

/*
 * A slot of a growing table. word: an integer; a text's bytes, zeros after them, if there are at most eight,
 * else its hash. So a look-up of most ids touches nothing but the slot.
 */
struct rec__id_entry {
    uint64_t word;
    uint32_t length; /* of a text; 0 for an integer */
    int32_t row;     /* -1: free */
};

/** A growing set of ids of one kind; all zero but kind is the empty one. */
struct rec__id_table {
    rec_ids_kind kind; /* REC_IDS_INTEGER or REC_IDS_TEXT */
    int32_t count;
    int64_t *integers;
    int64_t *offsets;
    char *bytes;
    struct rec__id_entry *entries; /* linear probing, a power of two */
    int64_t n_entries, integer_capacity, offset_capacity, byte_capacity;
};

/** The row of an id, given the next row if it is new. Errors: no memory, more than INT32_MAX ids; the table
 * is as it was. */
rec_status rec__id_table_add_text(struct rec__id_table *table, const char *bytes, int64_t length,
                                  int32_t *row);
rec_status rec__id_table_add_integer(struct rec__id_table *table, int64_t id, int32_t *row);
/** The same for the id of a row of a list: of any list in a table of text, as its digits; else of integers or
 * rows, or REC_ERR_INVALID. REC_ERR_CORRUPT when a mapped list is damaged there. */
rec_status rec__id_table_add_id(struct rec__id_table *table, const rec_ids *ids, int32_t row, int32_t *out);
/** Take back the ids from row `count` on. Never fails. */
void rec__id_table_truncate(struct rec__id_table *table, int32_t count);
/** Turn the table into a list, leaving it empty; on failure it is as it was. */
rec_status rec__id_table_freeze(struct rec__id_table *table, rec_ids **out);
/**
 * The two halves of rec__id_table_freeze, for who may yet fail in between: a list of the table's arrays, then
 * either the arrays become the list's and the table is empty, or the list is freed and the table is as it
 * was.
 */
rec_status rec__id_table_lend(struct rec__id_table *table, rec_ids **out);
void rec__id_table_give(struct rec__id_table *table);
void rec__id_table_take_back(rec_ids *lent);
void rec__id_table_clear(struct rec__id_table *table);

/** Make the hash table of a list whose ids are set; they must be distinct. Errors: REC_ERR_NO_MEMORY. */
rec_status rec__ids_index(rec_ids *ids);
/** The bytes of a row of a list of text, or NULL when a mapped list is damaged there. */
const char *rec__ids_bytes(const rec_ids *ids, int32_t row, int64_t *length);

/** Row of a text id of known length, or -1. Never fails; safe on a damaged mapped table. */
int32_t rec__ids_row(const rec_ids *ids, const char *bytes, int64_t length);
/** The same for an integer. */
int32_t rec__ids_row_of_integer(const rec_ids *ids, int64_t id);
/** Row in `to` of row `row` of `from`, or -1: how stores with ids of their own are matched. */
int32_t rec__ids_match(const rec_ids *from, int32_t row, const rec_ids *to);
/** The same for every row of `from`; NULL when there is no memory. The caller releases it. */
int32_t *rec__ids_map(const rec_ids *from, const rec_ids *to);
/**
 * The union: the ids of `first` in their rows, then those of `more` that first lacks. When there are none,
 * `first` itself, retained. Lists of rows unite to the longer. Errors: REC_ERR_INVALID when text would meet
 * integers or rows.
 */
rec_status rec__ids_union(rec_ids **out, const rec_ids *first, const rec_ids *more);

/** Arrays "PREFIX.integers" or "PREFIX.offsets", "PREFIX.bytes", and "PREFIX.slots"; metadata "PREFIX.kind",
 * "PREFIX.count". */
rec_status rec__ids_pack(const rec_ids *ids, struct rec__pack *pack, const char *prefix);
rec_status rec__ids_unpack(rec_ids **out, struct rec__container *container, const char *prefix);
/** Check the contents, which opening does not: offsets rising, slots within bounds, each id found in its row.
 */
rec_status rec__ids_check(const rec_ids *ids, const char *prefix);

#endif
