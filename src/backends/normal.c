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

/* Ratings that are handled at once: their targets stay on the stack. */
enum { PART = 1024 };

struct part {
    struct rec__gather gather;
    const float *weights; /* NULL: all 1 */
    float targets[PART];  /* w t */
    float sum;            /* of them */
};

/* The ratings from `first` on, at most PART. */
static void take_part(const struct rec__normal_side *side, const struct rec__history *row,
                      const float *weights, int64_t first, struct part *part)
{
    int64_t n = row->n - first < PART ? row->n - first : PART;
    part->gather = (struct rec__gather){side->vectors, side->stride, row->items + first, n};
    part->weights = weights == NULL ? NULL : weights + first;
    part->sum = 0.0f;
    for (int64_t j = 0; j < n; j++) {
        double bias = side->biases == NULL ? 0.0 : (double)side->biases[row->items[first + j]];
        float t = (float)((double)row->ratings[first + j] - side->offset - bias);
        part->targets[j] = weights == NULL ? t : t * weights[first + j];
        part->sum += part->targets[j];
    }
}

/* The last column, of the bias: sum of w y; summed below the diagonal, where there is room. */
static void add_last(const struct part *part, int32_t f, float *last)
{
    float ones[PART];
    for (int64_t j = 0; part->weights == NULL && j < part->gather.count; j++)
        ones[j] = 1.0f;
    const float *w = part->weights == NULL ? ones : part->weights;
    rec__kernels()->gather_sum(&part->gather, w, f, last);
    for (int64_t j = 0; j < part->gather.count; j++)
        last[f] += w[j];
}

void rec__normal_right(const struct rec__normal_side *side, const struct rec__history *row,
                       const float *weights, struct rec__normal_room *room)
{
    int32_t f = side->factors;
    struct part part;
    memset(room->right, 0, (size_t)(side->biases == NULL ? f : f + 1) * sizeof *room->right);
    for (int64_t first = 0; first < row->n; first += PART) {
        take_part(side, row, weights, first, &part);
        rec__kernels()->gather_sum(&part.gather, part.targets, f, room->right);
        if (side->biases != NULL)
            room->right[f] += part.sum;
    }
}

void rec__normal_sums(const struct rec__normal_side *side, const struct rec__history *row,
                      const float *weights, struct rec__normal_room *room)
{
    int32_t f = side->factors, width = side->biases == NULL ? f : f + 1;
    float *last = room->matrix + (int64_t)f * width;
    struct part part;
    memset(room->matrix, 0, (size_t)width * (size_t)width * sizeof *room->matrix);
    memset(room->right, 0, (size_t)width * sizeof *room->right);
    for (int64_t first = 0; first < row->n; first += PART) {
        take_part(side, row, weights, first, &part);
        rec__kernels()->normal(&part.gather, part.weights, part.targets, room->matrix, f, width, room->right,
                               NULL);
        if (width == f)
            continue;
        add_last(&part, f, last);
        room->right[f] += part.sum;
    }
    for (int32_t k = 0; width > f && k < f; k++)
        room->matrix[(int64_t)k * width + f] = last[k];
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
