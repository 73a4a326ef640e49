/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing items that a user has not rated, each with a weight, with replacement and in O(log items). */
#ifndef REC_EVALUATE_NEGATIVES_H
#define REC_EVALUATE_NEGATIVES_H

#include "evaluate/match.h"

/** The weights of the items as sums of those before each. */
struct rec__weights {
    const int64_t *start; /* n + 1; NULL: every weight is 1 */
    int32_t n;
};

/** What is left for one user. */
struct rec__eligible {
    const struct rec__weights *weights;
    const int32_t *barred;    /* rising */
    int64_t *removed;         /* the weight of the barred before each, and of all: n_barred + 1 */
    int64_t n_barred, weight; /* weight: of what is left, 0 when nothing can be drawn */
};

/** removed: room for barred->n + 1. */
void rec__eligible_set(struct rec__eligible *eligible, const struct rec__weights *weights,
                       const struct rec__rows *barred, int64_t *removed);
/** The item at a place of the weight that is left, 0 <= place < weight. */
int32_t rec__eligible_at(const struct rec__eligible *eligible, int64_t place);

#endif
