/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contexts inside: few combinations of values, numbered, and a store of pairs whose ratings are these numbers. So contexts are matched with ratings,
 * folds and test sets as ratings are.
 */
#ifndef REC_STORE_CONTEXTS_H
#define REC_STORE_CONTEXTS_H

#include "base/text.h"
#include "store/ratings.h"

#include <librec/contexts.h>

enum { REC_CONTEXT_FIELDS_MOST = 16, REC_CONTEXT_COMBINATIONS_MOST = 1 << 24 };

struct rec_contexts {
    atomic_int references;
    rec_ids *fields, *values; /* "FIELD=VALUE" */
    int32_t n_fields;
    int32_t *value_fields; /* of each value */
    int32_t *combinations; /* each n_fields values, -1: unknown */
    rec_ratings *events;   /* a rating is the number of a combination: whole, and small enough for a float */
};

/** Contexts under way: begin, add, finish; clear in any case. */
struct rec__context_making {
    rec_contexts *made;
    rec_ratings_builder *events;
    struct rec__id_table values, numbers; /* numbers: combinations as bytes */
    struct rec__text name;
    int32_t *value_fields;
    int64_t value_room;
};

rec_status rec__contexts_begin(struct rec__context_making *making, const char *fields);
/** The number of a combination: n_fields texts with their lengths; NULL or 0: unknown. */
struct rec__context_value {
    const char *bytes;
    int64_t length;
};
rec_status rec__contexts_number(struct rec__context_making *making, const struct rec__context_value *values,
                                int32_t *number);
rec_status rec__contexts_finish(struct rec__context_making *making, rec_contexts **out);
void rec__contexts_clear(struct rec__context_making *making);

/** The combination of every rating of a store, by user; -1: it has none. out: room for ratings->count. */
rec_status rec__contexts_match(const rec_contexts *contexts, const rec_ratings *ratings, int32_t *out);

#endif
