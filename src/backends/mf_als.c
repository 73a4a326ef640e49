/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alternating least squares: with the items fixed, each user's (p_u, b_u) solves a ridge regression, and the
 * other way round (Zhou, Wilkinson, Schreiber and Pan, "Large-scale parallel collaborative filtering for the
 * Netflix prize", AAIM 2008). The normal equations of a row x over its ratings: (sum of w y y' + s lambda) x =
 * sum of w y t, with y = (q_i, 1) and t = r - mu - b_i.
 */
#include "backends/mf.h"
#include "base/memory.h"
#include "base/threads.h"
#include "kernels/kernels.h"

enum { FETCHED_AHEAD = 64 };

/* Half an epoch: every row of one side. */
struct half {
    struct rec__mf_side fixed;
    const int64_t *start;
    const int32_t *others;
    const float *ratings, *weights;
    int32_t n_rows, parts;
    float *vectors, *biases; /* to solve for */
    struct rec__mf_room *rooms;
};

/* The vectors that the next row begins with are on their way while this one is solved. */
static void fetch_next(const struct half *half, int32_t row)
{
    if (row + 1 >= half->n_rows)
        return;
    int64_t first = half->start[row + 1], n = half->start[row + 2] - first;
    const struct rec__normal_side *fixed = &half->fixed.rows;
    struct rec__gather gather = {fixed->vectors, fixed->stride, half->others + first,
                                 n < FETCHED_AHEAD ? n : FETCHED_AHEAD};
    rec__kernels()->fetch(&gather, fixed->factors);
}

static rec_status solve_part(void *context, int64_t part, int32_t worker)
{
    struct half *half = context;
    int32_t last = rec__normal_part(half->start, half->n_rows, part + 1, half->parts);
    rec_status status = REC_OK;
    int32_t row = rec__normal_part(half->start, half->n_rows, part, half->parts);
    for (; status == REC_OK && row < last; row++) {
        int64_t first = half->start[row];
        struct rec__mf_row found = {
            .history = {half->others + first, half->ratings + first, half->start[row + 1] - first, NULL},
            .weights = half->weights == NULL ? NULL : half->weights + first,
            .vector = half->vectors + (int64_t)row * half->fixed.rows.factors,
            .bias = half->biases == NULL ? NULL : half->biases + row};
        fetch_next(half, row);
        status = rec__mf_solve(&half->fixed, &found, 1, &half->rooms[worker]);
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
            status = rec__mf_report(mf, epoch, rec__mf_rmse(mf, mf->ratings, mf->fit->user_weights), &stop);
    }
    return status;
}

/* The side that is fixed while `found` is found. */
static struct rec__mf_side fixed_side(const struct rec__mf *mf, const float *vectors, const float *biases,
                                      int found)
{
    return (struct rec__mf_side){.rows = {vectors, mf->set.factors, biases, mf->set.factors, mf->mu},
                                 .terms = mf->set.terms[found],
                                 .by_count = mf->set.by_count,
                                 .link = mf->link};
}

static rec_status make_rooms(const struct rec__mf *mf, const struct rec__mf_side *side,
                             struct rec__mf_room *rooms)
{
    int64_t longest = rec__normal_longest(mf->ratings);
    rec_status status = REC_OK;
    for (int32_t t = 0; status == REC_OK && t < mf->fit->threads; t++)
        status = rec__mf_room_make(&rooms[t], side, longest);
    return status;
}

rec_status rec__mf_als(struct rec__mf *mf)
{
    const rec_ratings *r = mf->ratings;
    int32_t threads = mf->fit->threads, parts = threads * 16;
    struct rec__mf_room *rooms = rec__allocate_zeroed(threads, sizeof *rooms);
    struct half users = {.fixed = fixed_side(mf, mf->q, mf->b_i, REC_MF_USERS),
                         .start = r->user_start,
                         .others = r->user_items,
                         .ratings = r->user_ratings,
                         .weights = mf->fit->user_weights,
                         .n_rows = r->n_users,
                         .parts = parts,
                         .vectors = mf->p,
                         .biases = mf->b_u,
                         .rooms = rooms};
    struct half items = {.fixed = fixed_side(mf, mf->p, mf->b_u, REC_MF_ITEMS),
                         .start = r->item_start,
                         .others = r->item_users,
                         .ratings = r->item_ratings,
                         .weights = mf->fit->item_weights,
                         .n_rows = r->n_items,
                         .parts = parts,
                         .vectors = mf->q,
                         .biases = mf->b_i,
                         .rooms = rooms};
    rec_status status = rooms == NULL ? REC_ERR_NO_MEMORY : make_rooms(mf, &users.fixed, rooms);
    if (status == REC_OK)
        status = run_epochs(mf, &users, &items);
    for (int32_t t = 0; rooms != NULL && t < threads; t++)
        rec__mf_room_clear(&rooms[t]);
    rec__release(rooms);
    return status;
}
