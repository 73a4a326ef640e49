/* SPDX-License-Identifier: Apache-2.0 */
/* Ids inside: the frozen list with its ready-made hash table, and the table that grows while ids arrive. */
#ifndef REC_STORE_IDS_H
#define REC_STORE_IDS_H

#include "container/container.h"

#include <librec/ids.h>

#include <stdatomic.h>

/* The arrays are those of docs/container.md, in memory or in a mapped file alike. */
struct rec_ids {
    atomic_int references;
    rec_ids_kind kind;
    int32_t count;
    const int64_t *integers; /* REC_IDS_INTEGER: count */
    const int64_t *offsets;  /* REC_IDS_TEXT: count + 1; id r is bytes[offsets[r] .. offsets[r + 1]) */
    const char *bytes;
    const int32_t *slots; /* open addressing, linear probing, a power of two over 3/2 count; -1 where empty */
    int64_t n_slots;
    struct rec__container *container; /* owns the arrays when not NULL; else they are ours */
};

/** A growing set of ids of one kind; all zero but kind is the empty one. */
struct rec__id_table {
    rec_ids_kind kind; /* REC_IDS_INTEGER or REC_IDS_TEXT */
    int32_t count;
    int64_t *integers;
    int64_t *offsets;
    char *bytes;
    int32_t *slots;
    int64_t n_slots, integer_capacity, offset_capacity, byte_capacity;
};

/** The row of an id, given the next row if it is new. Errors: no memory, more than INT32_MAX ids; the table
 * is as it was. */
rec_status rec__id_table_add_text(struct rec__id_table *table, const char *bytes, int64_t length,
                                  int32_t *row);
rec_status rec__id_table_add_integer(struct rec__id_table *table, int64_t id, int32_t *row);
/** Turn the table into a list, leaving it empty; on failure it is as it was. */
rec_status rec__id_table_freeze(struct rec__id_table *table, rec_ids **out);
void rec__id_table_clear(struct rec__id_table *table);

/** Row of a text id of known length, or -1. Never fails; safe on a damaged mapped table. */
int32_t rec__ids_row(const rec_ids *ids, const char *bytes, int64_t length);
/** Row in `to` of row `row` of `from`, or -1: how stores with ids of their own are matched. */
int32_t rec__ids_match(const rec_ids *from, int32_t row, const rec_ids *to);
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
