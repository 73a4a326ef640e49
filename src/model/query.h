/* SPDX-License-Identifier: Apache-2.0 */
/* A query resolved: whose it is, what may be answered, with scratch memory to answer it. */
#ifndef REC_MODEL_QUERY_H
#define REC_MODEL_QUERY_H

#include "model/model.h"

/** Blocks of scratch that grow and are kept: one a thread. All zero is the empty one. */
enum rec__scratch_use {
    REC_SCRATCH_VECTOR, /* the user's vector */
    REC_SCRATCH_MIDDLE, /* item graph: the middle of a path */
    REC_SCRATCH_SCORES, /* a score an item, in double */
    REC_SCRATCH_CANDIDATES,
    REC_SCRATCH_TILE, /* a panel of queries and a tile of scores */
    REC_SCRATCH_HITS,
    REC_SCRATCH_BARRED,
    REC_SCRATCH_ONLY,
    REC_SCRATCH_SEEN,
    REC_SCRATCH_HISTORY,
    REC_SCRATCH_HISTORY_RATINGS,
    REC_SCRATCH_STATES,
    REC_SCRATCH_NEIGHBORS, /* user graph: rows and weights of a history's neighbours */
    REC_SCRATCH_WEIGHTS,
    REC_SCRATCH_PLACES, /* user graph: a table of the neighbours, and which of them rated an item */
    REC_SCRATCH_MARKS,
    REC_SCRATCH_FOUND,
    REC_SCRATCH_BLEND, /* sums over the members; the part of one; its best */
    REC_SCRATCH_PART,
    REC_SCRATCH_BEST,
    REC_SCRATCH_STANDING, /* evaluation: marks and counts, or scores */
    REC_SCRATCH_REMOVED,
    REC_SCRATCH_PANEL, /* blend: vectors of a panel of queries */
    REC_SCRATCH_COUNT
};

struct rec_workspace {
    void *blocks[REC_SCRATCH_COUNT];
    int64_t bytes[REC_SCRATCH_COUNT];
};

/** At least count x size bytes for one use, contents undefined; NULL and a sentence when there is no memory.
 */
void *rec__scratch(rec_workspace *workspace, enum rec__scratch_use use, int64_t count, size_t size);
void rec__scratch_clear(rec_workspace *workspace);

/** A history that is kept in a store: a row of it; and the context that is asked in. */
struct rec__told {
    const rec_ratings *histories; /* NULL: the user's own ratings in the model */
    int32_t row;
    const int32_t *given; /* n_given rows of the model's context names, -1: unknown; NULL: none */
    int32_t n_given;
};

/** Which items may be answered. Made once a query; `seen` and `history` differ from user to user. */
struct rec__filter {
    const uint64_t *barred; /* bit set of items that are excepted, or not among `only`; NULL: none */
    const int32_t *only;    /* rising; NULL: all */
    int64_t n_only;
    const int32_t *seen; /* sorted item rows to leave out */
    int64_t n_seen;
};

struct rec__query {
    int32_t user;                /* or REC_NEW_USER */
    struct rec__history history; /* what the user is folded in from, or what the item graph sums over */
    bool folded;                 /* the caller gave the history */
    int64_t time;                /* REC_NO_TIME: none */
    int32_t last;                /* of the caller's history the last item; -1: none */
    const int32_t *given;        /* rows of the model's context names, -1: unknown */
    int32_t n_given;
    const float *factors;          /* of the items, to rank by; NULL: none */
    const int32_t *attributes;     /* of a new user */
    const float *attribute_values; /* NULL: 1 each */
    int64_t n_attributes;
    int32_t rung; /* rec_rung; 0: not asked for by anybody */
    struct rec__filter filter;
};

/**
 * The parts of a caller's query (NULL: none given) that are the same for every user: checks sizes and rows,
 * and makes the filter but for what is seen. Uses REC_SCRATCH_BARRED and REC_SCRATCH_ONLY.
 */
rec_status rec__query_begin(struct rec__query *out, const rec_model *model, const rec_query *query,
                            rec_workspace *workspace);
/**
 * The rest, for one user: history and what is seen. Uses REC_SCRATCH_HISTORY, _HISTORY_RATINGS and _SEEN when
 * the caller gave a history; `ranking`: what is seen will be left out.
 */
rec_status rec__query_set_user(struct rec__query *out, const rec_model *model, int32_t user,
                               const rec_query *query, bool ranking, rec_workspace *workspace);
/**
 * The rest, for one user who is folded in from a stored history, a row of `histories` in the model's item rows. What the user rated and the
 * history are left out. Uses REC_SCRATCH_SEEN when there are both.
 */
rec_status rec__query_set_history(struct rec__query *out, const rec_model *model, int32_t user,
                                  const struct rec__told *told, rec_workspace *workspace);
/** The rest by either, as far as scores depend on it, and the context. */
rec_status rec__query_tell(struct rec__query *out, const rec_model *model, int32_t user,
                           const struct rec__told *told, rec_workspace *workspace);
/** Where the caller wants the rung of the index-th user; NULL: not wanted. */
int32_t *rec__query_rung(const rec_query *query, int64_t index);
/** May this item be answered? */
bool rec__filter_admits(const struct rec__filter *filter, int32_t item);

#endif
