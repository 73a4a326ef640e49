/* SPDX-License-Identifier: Apache-2.0 */
/* Sums for normal equations. */
#include "backends/normal.h"
#include "base/memory.h"
#include "base/status.h"
#include "kernels/kernels.h"

#include <stdbool.h>
#include <string.h>

rec_status rec__normal_room_make(struct rec__normal_room *room, int32_t width)
{
    room->matrix = rec__allocate((int64_t)width * width, sizeof *room->matrix);
    room->right = rec__allocate(width, sizeof *room->right);
    return room->matrix == NULL || room->right == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

void rec__normal_room_clear(struct rec__normal_room *room)
{
    rec__release(room->matrix);
    rec__release(room->right);
}

void rec__normal_rooms_free(struct rec__normal_room *rooms, int32_t threads)
{
    for (int32_t t = 0; rooms != NULL && t < threads; t++)
        rec__normal_room_clear(&rooms[t]);
    rec__release(rooms);
}

struct rec__normal_room *rec__normal_rooms_make(int32_t threads, int32_t width)
{
    struct rec__normal_room *rooms = rec__allocate_zeroed(threads, sizeof *rooms);
    for (int32_t t = 0; rooms != NULL && t < threads; t++)
        if (rec__normal_room_make(&rooms[t], width) != REC_OK) {
            rec__normal_rooms_free(rooms, threads);
            return NULL;
        }
    return rooms;
}

void rec__normal_right(const struct rec__normal_side *side, const struct rec__history *row,
                       const float *weights, struct rec__normal_room *room)
{
    int32_t f = side->factors;
    bool biased = side->biases != NULL;
    memset(room->right, 0, (size_t)(biased ? f + 1 : f) * sizeof *room->right);
    for (int64_t j = 0; j < row->n; j++) {
        const float *y = side->vectors + row->items[j] * side->stride;
        double bias = biased ? (double)side->biases[row->items[j]] : 0.0;
        float t = (float)((double)row->ratings[j] - side->offset - bias);
        t *= weights == NULL ? 1.0f : weights[j];
        rec__kernels()->axpy(t, y, room->right, f);
        if (biased)
            room->right[f] += t;
    }
}

/* The last column, of the bias: sum of w y. */
static void add_last(const struct rec__normal_side *side, const struct rec__history *row,
                     const float *weights, struct rec__normal_room *room)
{
    int32_t f = side->factors, width = f + 1;
    float *last = room->matrix + (int64_t)f * width; /* below the diagonal: room to sum the vectors in */
    float sum = 0.0f;
    for (int64_t j = 0; j < row->n; j++) {
        float w = weights == NULL ? 1.0f : weights[j];
        rec__kernels()->axpy(w, side->vectors + row->items[j] * side->stride, last, f);
        sum += w;
    }
    for (int32_t k = 0; k < f; k++)
        room->matrix[(int64_t)k * width + f] = last[k];
    last[f] = sum;
}

void rec__normal_sums(const struct rec__normal_side *side, const struct rec__history *row,
                      const float *weights, struct rec__normal_room *room)
{
    int32_t f = side->factors, width = side->biases == NULL ? f : f + 1;
    struct rec__gather gather = {side->vectors, side->stride, row->items, row->n};
    memset(room->matrix, 0, (size_t)width * (size_t)width * sizeof *room->matrix);
    rec__kernels()->gram(&gather, weights, room->matrix, f, width);
    if (width > f)
        add_last(side, row, weights, room);
    rec__normal_right(side, row, weights, room);
}

rec_status rec__normal_solve(struct rec__normal_room *room, int32_t width, float penalty, float last)
{
    for (int32_t k = 0; k < width; k++)
        room->matrix[(int64_t)k * width + k] += k + 1 < width ? penalty : last;
    if (rec__kernels()->cholesky(room->matrix, width, width) != 0)
        return rec__fail(
            REC_ERR_DIVERGED,
            "the normal equations of a row have no Cholesky factor; a greater regularization than "
            "%g a row was expected",
            (double)penalty);
    rec__kernels()->cholesky_solve(room->matrix, width, width, room->right);
    return REC_OK;
}

int64_t rec__normal_longest(const rec_ratings *ratings)
{
    int64_t longest = 0;
    for (int32_t u = 0; u < ratings->n_users; u++)
        longest = rec__user_count(ratings, u) > longest ? rec__user_count(ratings, u) : longest;
    for (int32_t i = 0; i < ratings->n_items; i++)
        longest = rec__item_count(ratings, i) > longest ? rec__item_count(ratings, i) : longest;
    return longest;
}

int32_t rec__normal_part(const int64_t *start, int32_t n_rows, int64_t part, int64_t parts)
{
    const int64_t row_cost = 16;
    int64_t total = start[n_rows] + row_cost * n_rows;
    int64_t wanted = total / parts * part + total % parts * part / parts;
    int32_t low = 0, high = n_rows;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (start[middle] + row_cost * middle < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
