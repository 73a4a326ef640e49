/* SPDX-License-Identifier: Apache-2.0 */
/* The step of skip-gram with negative sampling, and draws of negatives by weight. The walk over histories is in item2vec.c. */
#include "backends/item2vec.h"
#include "backends/pairs.h"
#include "base/random.h"

#include <string.h>

double rec__item2vec_step(const struct rec__item2vec_rows *rows, const int32_t *items, int32_t n, float rate)
{
    const struct rec__kernels *kernels = rows->kernels;
    int32_t f = rows->factors;
    double loss = 0.0;
    memset(rows->room, 0, (size_t)f * sizeof *rows->room);
    for (int32_t k = 0; k < n; k++) {
        float *output = rows->outputs + (int64_t)items[k] * f, g;
        loss += rec__logistic_push(kernels->dot(rows->input, output, f), k == 0 ? 1.0F : -1.0F, 1.0F, &g);
        kernels->axpy(rate * g, output, rows->room, f);
        kernels->axpy(rate * g, rows->input, output, f);
    }
    kernels->axpy(1.0F, rows->room, rows->input, f);
    return loss;
}

/* Columns below their share wait at the front of `room`, the others at its back; one of each is settled at a time. */
void rec__alias_fill(const struct rec__alias *alias, const double *weights, int32_t n, int32_t *room)
{
    double sum = 0.0;
    int32_t below = 0, above = n;
    for (int32_t i = 0; i < n; i++)
        sum += weights[i];
    for (int32_t i = 0; i < n; i++) {
        alias->kept[i] = (float)(weights[i] * n / sum);
        alias->other[i] = i;
        room[alias->kept[i] < 1.0F ? below++ : --above] = i;
    }
    while (below > 0 && above < n) {
        int32_t small = room[--below], large = room[above];
        alias->other[small] = large;
        alias->kept[large] -= 1.0F - alias->kept[small];
        if (alias->kept[large] < 1.0F) {
            above++;
            room[below++] = large;
        }
    }
}

/* What rounding left unsettled is its own item's alone: other is the item itself. */
int32_t rec__alias_draw(const struct rec__alias *alias, int32_t n, uint64_t *state)
{
    uint64_t bits = rec__next(state);
    int32_t i = (int32_t)((bits >> 32) * (uint64_t)n >> 32);
    return (float)(bits & 0xffffff) * 0x1p-24F < alias->kept[i] ? i : alias->other[i];
}
