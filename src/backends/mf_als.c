/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alternating least squares: with the items fixed, each user's (p_u, b_u) solves a ridge regression, and the
 * other way round (Zhou, Wilkinson, Schreiber and Pan, "Large-scale parallel collaborative filtering for the
 * Netflix prize", AAIM 2008). The normal equations of a row x over its ratings: (sum of y y' + s lambda) x =
 * sum of y t, with y = (q_i, 1) and t = r - mu - b_i.
 */
#include "backends/mf.h"
#include "base/status.h"
#include "base/threads.h"
#include "kernels/kernels.h"

#include <string.h>

/* A row without regularization may have fewer ratings than factors, or items that are alike; at least this
 * share of the trace is added to the diagonal, above what rounding to floats takes from a pivot. */
#define RIDGE_LEAST 0x1p-20f

rec_status rec__mf_normal(const struct rec__mf_side *side, const struct rec__history *row,
                          struct rec__normal_room *room)
{
    int32_t f = side->rows.factors, width = side->rows.biases == NULL ? f : f + 1;
    rec__normal_sums(&side->rows, row, room);
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
                         struct rec__normal_room *room, float *vector, float *bias)
{
    int32_t f = side->rows.factors, width = side->rows.biases == NULL ? f : f + 1;
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
    struct rec__normal_room *rooms;
};

static rec_status solve_part(void *context, int64_t part, int32_t worker)
{
    struct half *half = context;
    int32_t last = rec__normal_part(half->start, half->n_rows, part + 1, half->parts);
    rec_status status = REC_OK;
    int32_t row = rec__normal_part(half->start, half->n_rows, part, half->parts);
    for (; status == REC_OK && row < last; row++) {
        int64_t first = half->start[row];
        struct rec__history history = {half->others + first, half->ratings + first,
                                       half->start[row + 1] - first};
        status = rec__mf_solve(&half->fixed, &history, &half->rooms[worker],
                               half->vectors + (int64_t)row * half->fixed.rows.factors,
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
    return (struct rec__mf_side){.rows = {vectors, mf->set.factors, biases, mf->set.factors, mf->mu},
                                 .lambda = mf->set.lambda,
                                 .bias_lambda = mf->set.bias_lambda,
                                 .by_count = mf->set.by_count};
}

rec_status rec__mf_als(struct rec__mf *mf)
{
    const rec_ratings *r = mf->ratings;
    int32_t threads = mf->fit->threads, parts = threads * 16;
    struct rec__normal_room *rooms = rec__normal_rooms_make(threads, mf->set.factors + 1);
    if (rooms == NULL)
        return REC_ERR_NO_MEMORY;
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
    rec_status status = run_epochs(mf, &users, &items);
    rec__normal_rooms_free(rooms, threads);
    return status;
}
