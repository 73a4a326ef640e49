/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alternating least squares: with the items fixed, each user's (p_u, b_u) solves a ridge regression, and the
 * other way round (Zhou, Wilkinson, Schreiber and Pan, "Large-scale parallel collaborative filtering for the
 * Netflix prize", AAIM 2008). The normal equations of a row x over its ratings: (sum of y y' + s lambda) x =
 * sum of y t, with y = (q_i, 1) and t = r - mu - b_i.
 */
#include "backends/mf.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "kernels/kernels.h"

#include <string.h>

/* A row without regularization may have fewer ratings than factors, or items that are alike; at least this
 * share of the trace is added to the diagonal, above what rounding to floats takes from a pivot. */
#define RIDGE_LEAST 0x1p-20f

rec_status rec__mf_room_make(struct rec__mf_room *room, int32_t width)
{
    room->matrix = rec__allocate((int64_t)width * width, sizeof *room->matrix);
    room->right = rec__allocate(width, sizeof *room->right);
    return room->matrix == NULL || room->right == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

void rec__mf_room_clear(struct rec__mf_room *room)
{
    rec__release(room->matrix);
    rec__release(room->right);
}

/* sum of y y' in the upper triangle, sum of y t in right. The last row, below the diagonal, is room to sum the vectors in. */
static void add_ratings(const struct rec__mf_side *side, const struct rec__history *row, int32_t width,
                        struct rec__mf_room *room)
{
    int32_t f = side->factors;
    struct rec__gather gather = {side->vectors, f, row->items, row->n};
    float *last = room->matrix + (int64_t)f * width;
    memset(room->matrix, 0, (size_t)width * (size_t)width * sizeof *room->matrix);
    memset(room->right, 0, (size_t)width * sizeof *room->right);
    rec__kernels()->gram(&gather, NULL, room->matrix, f, width);
    for (int64_t j = 0; j < row->n; j++) {
        const float *y = side->vectors + (int64_t)row->items[j] * f;
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

rec_status rec__mf_normal(const struct rec__mf_side *side, const struct rec__history *row,
                          struct rec__mf_room *room)
{
    int32_t f = side->factors, width = side->biases == NULL ? f : f + 1;
    add_ratings(side, row, width, room);
    float s = side->by_count ? (float)row->n : 1.0f, trace = 0.0f;
    for (int32_t k = 0; k < width; k++)
        trace += room->matrix[(int64_t)k * width + k];
    float least = trace > 0.0f ? RIDGE_LEAST * trace : 1.0f;
    for (int32_t k = 0; k < width; k++) {
        float ridge = s * (float)(k < f ? side->lambda : side->bias_lambda);
        room->matrix[(int64_t)k * width + k] += ridge > least ? ridge : least;
    }
    int32_t failed = rec__kernels()->cholesky(room->matrix, width, width);
    if (failed != 0)
        return rec__fail(REC_ERR_DIVERGED,
                         "the normal equations of a row with %lld ratings are singular at factor %d; more "
                         "regularization (%g) was expected",
                         (long long)row->n, failed, side->lambda);
    return REC_OK;
}

rec_status rec__mf_solve(const struct rec__mf_side *side, const struct rec__history *row,
                         struct rec__mf_room *room, float *vector, float *bias)
{
    int32_t f = side->factors, width = side->biases == NULL ? f : f + 1;
    if (row->n == 0) {
        memset(vector, 0, (size_t)f * sizeof *vector);
        if (width > f)
            *bias = 0.0f;
        return REC_OK;
    }
    rec_status status = rec__mf_normal(side, row, room);
    if (status != REC_OK)
        return status;
    rec__kernels()->cholesky_solve(room->matrix, width, width, room->right);
    memcpy(vector, room->right, (size_t)f * sizeof *vector);
    if (width > f)
        *bias = room->right[f];
    return REC_OK;
}

/* Half an epoch: every row of one side. */
struct half {
    struct rec__mf_side fixed;
    const int64_t *start;
    const int32_t *others;
    const float *ratings;
    int32_t n_rows, parts;
    float *vectors, *biases; /* to solve for */
    struct rec__mf_room *rooms;
};

/* The first row of a part: parts have about the same cost, ratings and a fixed amount a row. */
static int32_t part_start(const struct half *half, int64_t part)
{
    const int64_t row_cost = 16;
    int64_t total = half->start[half->n_rows] + row_cost * half->n_rows;
    int64_t wanted = total / half->parts * part + total % half->parts * part / half->parts;
    int32_t low = 0, high = half->n_rows;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (half->start[middle] + row_cost * middle < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static rec_status solve_part(void *context, int64_t part, int32_t worker)
{
    struct half *half = context;
    int32_t last = part_start(half, part + 1);
    rec_status status = REC_OK;
    for (int32_t row = part_start(half, part); status == REC_OK && row < last; row++) {
        int64_t first = half->start[row];
        struct rec__history history = {half->others + first, half->ratings + first,
                                       half->start[row + 1] - first};
        status = rec__mf_solve(&half->fixed, &history, &half->rooms[worker],
                               half->vectors + (int64_t)row * half->fixed.factors,
                               half->biases == NULL ? NULL : half->biases + row);
    }
    return status;
}

static rec_status run_epochs(struct rec__mf *mf, struct half *users, struct half *items)
{
    bool stop = false;
    rec_status status = REC_OK;
    for (int32_t epoch = 1; status == REC_OK && !stop && epoch <= mf->set.epochs; epoch++) {
        status = rec__parallel(mf->fit->threads, users->parts, solve_part, users);
        if (status == REC_OK)
            status = rec__parallel(mf->fit->threads, items->parts, solve_part, items);
        if (status == REC_OK)
            status = rec__mf_report(mf, epoch, rec__mf_rmse(mf, mf->ratings), &stop);
    }
    return status;
}

static struct rec__mf_side fixed_side(const struct rec__mf *mf, const float *vectors, const float *biases)
{
    return (struct rec__mf_side){.vectors = vectors,
                                 .biases = biases,
                                 .factors = mf->set.factors,
                                 .offset = mf->mu,
                                 .lambda = mf->set.lambda,
                                 .bias_lambda = mf->set.bias_lambda,
                                 .by_count = mf->set.by_count};
}

rec_status rec__mf_als(struct rec__mf *mf)
{
    const rec_ratings *r = mf->ratings;
    int32_t threads = mf->fit->threads, parts = threads * 16;
    struct rec__mf_room *rooms = rec__allocate_zeroed(threads, sizeof *rooms);
    rec_status status = rooms == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    for (int32_t t = 0; status == REC_OK && t < threads; t++)
        status = rec__mf_room_make(&rooms[t], mf->set.factors + 1);
    struct half users = {.fixed = fixed_side(mf, mf->q, mf->b_i),
                         .start = r->user_start,
                         .others = r->user_items,
                         .ratings = r->user_ratings,
                         .n_rows = r->n_users,
                         .parts = parts,
                         .vectors = mf->p,
                         .biases = mf->b_u,
                         .rooms = rooms};
    struct half items = {.fixed = fixed_side(mf, mf->p, mf->b_u),
                         .start = r->item_start,
                         .others = r->item_users,
                         .ratings = r->item_ratings,
                         .n_rows = r->n_items,
                         .parts = parts,
                         .vectors = mf->q,
                         .biases = mf->b_i,
                         .rooms = rooms};
    if (status == REC_OK)
        status = run_epochs(mf, &users, &items);
    for (int32_t t = 0; rooms != NULL && t < threads; t++)
        rec__mf_room_clear(&rooms[t]);
    rec__release(rooms);
    return status;
}
