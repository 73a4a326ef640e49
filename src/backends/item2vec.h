/* SPDX-License-Identifier: Apache-2.0 */
/* Skip-gram with negative sampling, inside: what the walk (item2vec.c) asks of its steps (item2vec_step.c). */
#ifndef REC_BACKENDS_ITEM2VEC_H
#define REC_BACKENDS_ITEM2VEC_H

#include "backends/backend.h"
#include "base/memory.h"
#include "kernels/kernels.h"

/** Negatives drawn for one pair at most. */
enum { REC_ITEM2VEC_NEGATIVES_MOST = 64 };

/** The rows that a step moves. */
struct rec__item2vec_rows {
    const struct rec__kernels *kernels;
    float *input;   /* the vector of the item at hand */
    float *outputs; /* those of all items as context */
    float *room;    /* factors */
    int32_t factors;
};

/**
 * One pair: items[0] was met near the item at hand, the n - 1 others were not. A step of size `rate` down the gradient of
 * -log s(v . o_0) - sum of log s(-v . o_k), s being the logistic function; the output rows move one after another, and the input row by
 * what they were. Returns the loss before the step, when items differ.
 */
double rec__item2vec_step(const struct rec__item2vec_rows *rows, const int32_t *items, int32_t n, float rate);

/** n columns of equal chance, each shared by two items: draws by weight in one look (Walker 1977; Vose, IEEE TSE 17(9), 1991). */
struct rec__alias {
    float *kept;    /* n: the share of the column that is its own item's */
    int32_t *other; /* n: whose the rest is */
};

/** Fill the columns for n weights, not all 0; room: n numbers. */
void rec__alias_fill(const struct rec__alias *alias, const double *weights, int32_t n, int32_t *room);
/** An index below n, by weight. */
int32_t rec__alias_draw(const struct rec__alias *alias, int32_t n, uint64_t *state);

/** Slots, by the arrays that a fit leaves: item_vectors v_i / |v_i|, or input_vectors v_i and item_vectors o_i. */
rec_status rec__item2vec_check(const struct rec__fitted *fitted);
rec_status rec__item2vec_fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                                 struct rec__user_state *state);
rec_status rec__item2vec_explain(const struct rec__fitted *fitted, const struct rec__history *history,
                                 int32_t item, double *contributions);

#endif
