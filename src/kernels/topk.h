/* SPDX-License-Identifier: Apache-2.0 */
/* The best k of many scored items: a buffer with some slack, cut back to k by selection whenever it is full.
 */
#ifndef REC_KERNELS_TOPK_H
#define REC_KERNELS_TOPK_H

#include <librec/status.h>

#include <math.h>

struct rec__candidate {
    double score;
    int32_t item;
};

struct rec__topk {
    struct rec__candidate *entries; /* room for rec__topk_room(k) */
    int32_t k, count;
    double least; /* a score below this cannot be among the best k any more */
};

static inline int64_t rec__topk_room(int32_t k)
{
    return 2 * (int64_t)k + 32;
}

static inline struct rec__topk rec__topk_start(struct rec__candidate *entries, int32_t k)
{
    return (struct rec__topk){.entries = entries, .k = k, .least = -INFINITY};
}

/** Cut back to the best k and raise `least`. */
void rec__topk_tighten(struct rec__topk *topk);

/** Take an item into account. Items may come in any order, each once. */
static inline void rec__topk_offer(struct rec__topk *topk, double score, int32_t item)
{
    if (!(score >= topk->least))
        return;
    topk->entries[topk->count++] = (struct rec__candidate){score, item};
    if (topk->count == rec__topk_room(topk->k))
        rec__topk_tighten(topk);
}

/** Between blocks of items: raise `least` when enough has come in to raise it by much. The lower it lags, the more is scored in vain. */
static inline void rec__topk_settle(struct rec__topk *topk)
{
    int32_t over = topk->count - topk->k;
    if (over >= 8 + topk->k / 2 || (over >= 0 && isinf(topk->least)))
        rec__topk_tighten(topk);
}

/** Write the best, in no order; scores may be NULL. Returns how many, at most k. */
int32_t rec__topk_take(struct rec__topk *topk, int32_t *items, float *scores);
/** Write the best, by falling score, then rising item; scores may be NULL. Returns how many, at most k. */
int32_t rec__topk_finish(struct rec__topk *topk, int32_t *items, float *scores);

#endif
