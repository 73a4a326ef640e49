/* SPDX-License-Identifier: Apache-2.0 */
/* Selection of the best k. */
#include "kernels/topk.h"
#include "base/sort.h"

#include <stdbool.h>
#include <stdlib.h>

static bool better(struct rec__candidate a, struct rec__candidate b)
{
    return a.score > b.score || (a.score == b.score && a.item < b.item);
}

/* Hoare's selection: afterwards the best `wanted` stand first, the last of them at wanted - 1. */
static void select_best(struct rec__candidate *entries, int32_t count, int32_t wanted)
{
    int32_t low = 0, high = count - 1;
    while (low < high) {
        struct rec__candidate pivot = entries[low + (high - low) / 2];
        int32_t i = low, j = high;
        while (i <= j) {
            while (better(entries[i], pivot))
                i++;
            while (better(pivot, entries[j]))
                j--;
            if (i > j)
                break;
            struct rec__candidate swapped = entries[i];
            entries[i++] = entries[j];
            entries[j--] = swapped;
        }
        if (wanted - 1 <= j)
            high = j;
        else if (wanted - 1 >= i)
            low = i;
        else
            return;
    }
}

void rec__topk_tighten(struct rec__topk *topk)
{
    if (topk->count < topk->k)
        return;
    if (topk->count > topk->k)
        select_best(topk->entries, topk->count, topk->k);
    topk->count = topk->k;
    double least = INFINITY;
    for (int32_t i = 0; i < topk->k; i++)
        least = topk->entries[i].score < least ? topk->entries[i].score : least;
    topk->least = least;
}

static int compare(const void *a, const void *b)
{
    const struct rec__candidate *first = a, *second = b;
    return better(*first, *second) ? -1 : better(*second, *first) ? 1 : 0;
}

int32_t rec__topk_take(struct rec__topk *topk, int32_t *items, float *scores)
{
    rec__topk_tighten(topk);
    for (int32_t i = 0; i < topk->count; i++) {
        items[i] = topk->entries[i].item;
        if (scores != NULL)
            scores[i] = (float)topk->entries[i].score;
    }
    return topk->count;
}

int32_t rec__topk_finish(struct rec__topk *topk, int32_t *items, float *scores)
{
    rec__topk_tighten(topk);
    rec__sort(topk->entries, topk->count, sizeof *topk->entries, compare);
    return rec__topk_take(topk, items, scores);
}
