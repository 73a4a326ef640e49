/* SPDX-License-Identifier: Apache-2.0 */
/* Sums for normal equations. */
#include "backends/normal.h"
#include "base/memory.h"
#include "base/status.h"
#include "kernels/kernels.h"

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

void rec__normal_sums(const struct rec__normal_side *side, const struct rec__history *row,
                      struct rec__normal_room *room)
{
    int32_t f = side->factors, width = side->biases == NULL ? f : f + 1;
    struct rec__gather gather = {side->vectors, side->stride, row->items, row->n};
    float *last = room->matrix + (int64_t)f * width; /* below the diagonal: room to sum the vectors in */
    memset(room->matrix, 0, (size_t)width * (size_t)width * sizeof *room->matrix);
    memset(room->right, 0, (size_t)width * sizeof *room->right);
    rec__kernels()->gram(&gather, NULL, room->matrix, f, width);
    for (int64_t j = 0; j < row->n; j++) {
        const float *y = side->vectors + row->items[j] * side->stride;
        double bias = side->biases == NULL ? 0.0 : (double)side->biases[row->items[j]];
        float t = (float)((double)row->ratings[j] - side->offset - bias);
        rec__kernels()->axpy(t, y, room->right, f);
        if (width > f) {
            room->right[f] += t;
            rec__kernels()->axpy(1.0f, y, last, f);
        }
    }
    for (int32_t k = 0; width > f && k < f; k++)
        room->matrix[(int64_t)k * width + f] = last[k];
    if (width > f)
        last[f] = (float)row->n;
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
