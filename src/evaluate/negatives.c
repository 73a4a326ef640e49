/* SPDX-License-Identifier: Apache-2.0 */
/* Items laid end to end, each as long as its weight; what is barred is cut out, and a place in the rest is found by bisection. */
#include "evaluate/negatives.h"

static int64_t start_of(const struct rec__weights *weights, int64_t item)
{
    return weights->start == NULL ? item : weights->start[item];
}

void rec__eligible_set(struct rec__eligible *eligible, const struct rec__weights *weights,
                       const struct rec__rows *barred, int64_t *removed)
{
    *eligible = (struct rec__eligible){
        .weights = weights, .barred = barred->rows, .removed = removed, .n_barred = barred->n};
    removed[0] = 0;
    for (int64_t b = 0; b < barred->n; b++) {
        int64_t item = barred->rows[b];
        removed[b + 1] = removed[b] + start_of(weights, item + 1) - start_of(weights, item);
    }
    eligible->weight = start_of(weights, weights->n) - removed[barred->n];
}

/* How many of the barred begin at or before a place of what is left. */
static int64_t barred_before(const struct rec__eligible *eligible, int64_t place)
{
    int64_t low = 0, high = eligible->n_barred;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (start_of(eligible->weights, eligible->barred[middle]) - eligible->removed[middle] <= place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int32_t rec__eligible_at(const struct rec__eligible *eligible, int64_t place)
{
    int64_t whole = place + eligible->removed[barred_before(eligible, place)];
    int32_t low = 0, high = eligible->weights->n - 1;
    while (low < high) {
        int32_t middle = low + (high - low + 1) / 2;
        if (start_of(eligible->weights, middle) <= whole)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}
