/* SPDX-License-Identifier: Apache-2.0 */
/* Where some items stand among all: how many score below each. */
#ifndef REC_MODEL_ORDER_H
#define REC_MODEL_ORDER_H

#include "model/scorer.h"

/** One of the items in question. */
struct rec__mark {
    double score;
    int32_t index; /* among the items asked about */
};

/** All items in order for a user, as far as some items are concerned. */
struct rec__ordering {
    int32_t user;
    struct rec__told told;
    const int32_t *items; /* n of them */
    int64_t n;
    const int32_t *only; /* rising: the items that compete; NULL: all */
    int64_t n_only;
    const float *factors;  /* of the items, to rank by; NULL: none */
    const int32_t *barred; /* rising: what does not, the items themselves among them */
    int64_t n_barred;
    rec_workspace *workspace; /* its own */
    int64_t *wins;            /* fills: of each item, twice those that score below it and once its ties */
    int64_t others;           /* fills: how many compete */
    /* what the scorers see: the items by rising score, and counts of scores by how many of these are below, and are not above */
    struct rec__query query;
    struct rec__state state;
    struct rec__mark *marks;
    int64_t *below, *not_above;
};

/** Count n orderings. */
rec_status rec__order_all(const rec_model *model, struct rec__ordering *orderings, int32_t n);

/** How many marks a score is above; or_level: or level with. */
int64_t rec__ordering_rank(const struct rec__ordering *of, double score, bool or_level);

/** Take the score of `times` items into account. */
static inline void rec__ordering_add(struct rec__ordering *of, double score, int64_t times)
{
    bool low = score < of->marks[0].score; /* as of most items, when the model is any good */
    of->below[low ? 0 : rec__ordering_rank(of, score, false)] += times;
    of->not_above[low ? 0 : rec__ordering_rank(of, score, true)] += times;
}

#endif
