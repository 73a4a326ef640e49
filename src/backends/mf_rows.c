/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row of a factorization given the other side: what alternating least squares solves again and again, and what folding in and explaining
 * solve once. By a sigmoid the objective is no sum of squares; each step minimises one that lies above it and touches it where the row is now
 * (Hunter and Lange, "A tutorial on MM algorithms", The American Statistician 2004): the normal equations stay, with the targets
 *
 *   t_j = z_j + (half the gradient at z_j) / c,   c at least any second derivative of half the squared error (link.h)
 *
 * and the penalties divided by c.
 */
#include "backends/mf.h"
#include "base/memory.h"
#include "base/status.h"
#include "kernels/kernels.h"

#include <string.h>

enum { FOLD_IN_STEPS = 100 };

/* A row without regularization may have fewer ratings than factors, or items that are alike; at least this
 * share of the trace is added to the diagonal, above what rounding to floats takes from a pivot. */
#define RIDGE_LEAST 0x1p-20f

rec_status rec__mf_room_make(struct rec__mf_room *room, const struct rec__mf_side *side, int64_t longest)
{
    *room = (struct rec__mf_room){0};
    if (side->link.kind == REC_LINK_SIGMOID)
        room->working = rec__allocate(longest + 1, sizeof *room->working);
    rec_status status = rec__normal_room_make(&room->normal, side->rows.factors + 1);
    return side->link.kind == REC_LINK_SIGMOID && room->working == NULL ? REC_ERR_NO_MEMORY : status;
}

void rec__mf_room_clear(struct rec__mf_room *room)
{
    rec__normal_room_clear(&room->normal);
    rec__release(room->working);
}

static int32_t width_of(const struct rec__mf_side *side)
{
    return side->rows.biases == NULL ? side->rows.factors : side->rows.factors + 1;
}

static void add_ridge(const struct rec__mf_side *side, int64_t n, float *matrix)
{
    int32_t f = side->rows.factors, width = width_of(side);
    float s = (float)((side->by_count ? (double)n : 1.0) / rec__link_curvature(&side->link)), trace = 0.0f;
    for (int32_t k = 0; k < width; k++)
        trace += matrix[(int64_t)k * width + k];
    float least = trace > 0.0f ? RIDGE_LEAST * trace : 1.0f;
    for (int32_t k = 0; k < width; k++) {
        float ridge = s * (float)(k < f ? side->terms.lambda : side->terms.bias_lambda);
        matrix[(int64_t)k * width + k] += ridge > least ? ridge : least;
    }
}

static struct rec__history targets_of(const struct rec__mf_side *side, const struct rec__mf_row *row,
                                      const struct rec__mf_room *room)
{
    return (struct rec__history){row->history.items, rec__mf_targets(side, row, room), row->history.n, NULL};
}

rec_status rec__mf_normal(const struct rec__mf_side *side, const struct rec__mf_row *row,
                          struct rec__mf_room *room)
{
    int32_t width = width_of(side);
    struct rec__history targets = targets_of(side, row, room);
    rec__normal_sums(&side->rows, &targets, row->weights, &room->normal);
    add_ridge(side, row->history.n, room->normal.matrix);
    int32_t failed = rec__kernels()->cholesky(room->normal.matrix, width, width);
    if (failed != 0)
        return rec__fail(REC_ERR_DIVERGED,
                         "the normal equations of a row with %lld ratings are singular at factor %d; more "
                         "regularization (%g) was expected",
                         (long long)row->history.n, failed, side->terms.lambda);
    return REC_OK;
}

const float *rec__mf_targets(const struct rec__mf_side *side, const struct rec__mf_row *row,
                             const struct rec__mf_room *room)
{
    const struct rec__normal_side *rows = &side->rows;
    if (side->link.kind != REC_LINK_SIGMOID)
        return row->history.ratings;
    double curvature = rec__link_curvature(&side->link);
    for (int64_t j = 0; j < row->history.n; j++) {
        int32_t other = row->history.items[j];
        double sum =
            rows->offset + (row->bias == NULL ? 0.0 : (double)*row->bias) +
            (rows->biases == NULL ? 0.0 : (double)rows->biases[other]) +
            (double)rec__kernels()->dot(row->vector, rows->vectors + other * rows->stride, rows->factors);
        double push = rec__mf_error_of(&side->link, row->history.ratings[j], sum).push;
        room->working[j] = (float)(sum + push / curvature);
    }
    return room->working;
}

static void take_solution(const struct rec__mf_side *side, const struct rec__mf_row *row,
                          struct rec__mf_room *room)
{
    int32_t f = side->rows.factors, width = width_of(side);
    rec__kernels()->cholesky_solve(room->normal.matrix, width, width, room->normal.right);
    memcpy(row->vector, room->normal.right, (size_t)f * sizeof *row->vector);
    if (row->bias != NULL)
        *row->bias = width > f ? room->normal.right[f] : 0.0f;
}

rec_status rec__mf_solve(const struct rec__mf_side *side, const struct rec__mf_row *row, int32_t steps,
                         struct rec__mf_room *room)
{
    if (row->history.n == 0) {
        memset(row->vector, 0, (size_t)side->rows.factors * sizeof *row->vector);
        if (row->bias != NULL)
            *row->bias = 0.0f;
        return REC_OK;
    }
    rec_status status = rec__mf_normal(side, row, room);
    if (status == REC_OK)
        take_solution(side, row, room);
    for (int32_t step = 1; status == REC_OK && side->link.kind == REC_LINK_SIGMOID && step < steps; step++) {
        struct rec__history targets = targets_of(side, row, room);
        rec__normal_right(&side->rows, &targets, row->weights, &room->normal);
        take_solution(side, row, room);
    }
    return status;
}

/* The items of a fitted model, as a new row of the users sees them. */
static struct rec__mf_side item_side(const struct rec__fitted *fitted)
{
    struct rec__mf_settings set = rec__mf_read_settings(fitted->parameters);
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "item_vectors");
    const rec_array *offset = rec__arrays_find(fitted->arrays, "offset");
    const rec_array *link = rec__arrays_find(fitted->arrays, "score_link");
    struct rec__mf_side side = {.rows = {.vectors = vectors->data,
                                         .stride = vectors->columns,
                                         .biases = rec__arrays_floats(fitted->arrays, "item_biases"),
                                         .factors = (int32_t)vectors->columns,
                                         .offset = offset == NULL ? 0.0 : *(const double *)offset->data},
                                .terms = set.terms[REC_MF_USERS],
                                .by_count = set.by_count};
    if (link != NULL) {
        const double *values = link->data;
        side.link = (struct rec__link){(int)values[0], values[1], values[2]};
    }
    return side;
}

/* The users, as a new row of the items sees them. */
static struct rec__mf_side user_side(const struct rec__fitted *fitted)
{
    struct rec__mf_side side = item_side(fitted);
    side.rows.vectors = rec__arrays_floats(fitted->arrays, "user_vectors");
    side.rows.biases = rec__arrays_floats(fitted->arrays, "user_biases");
    side.terms = rec__mf_read_settings(fitted->parameters).terms[REC_MF_ITEMS];
    return side;
}

/* A new row's vector and bias, the other side fixed. */
static rec_status fold_in_row(const struct rec__mf_side *side, const struct rec__history *history,
                              struct rec__user_state *state)
{
    struct rec__mf_room room;
    float bias = 0.0f;
    struct rec__mf_row row = {*history, NULL, state->vector, &bias};
    memset(state->vector, 0, (size_t)side->rows.factors * sizeof *state->vector);
    rec_status status = rec__mf_room_make(&room, side, history->n);
    if (status == REC_OK)
        status = rec__mf_solve(side, &row, FOLD_IN_STEPS, &room);
    state->bias = (double)bias;
    rec__mf_room_clear(&room);
    return status;
}

rec_status rec__mf_fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                           struct rec__user_state *state)
{
    struct rec__mf_side side = item_side(fitted);
    return fold_in_row(&side, history, state);
}

rec_status rec__mf_fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                                struct rec__user_state *state)
{
    struct rec__mf_side side = user_side(fitted);
    return fold_in_row(&side, raters, state);
}

/* With the factor A in the room: the part of each target in the sum for `item`. */
static void share_out(const struct rec__mf_side *side, const struct rec__mf_row *row, int32_t item,
                      struct rec__mf_room *room, double *contributions)
{
    int32_t f = side->rows.factors, width = width_of(side);
    const float *targets = rec__mf_targets(side, row, room), *vectors = side->rows.vectors;
    float *x = room->normal.right;
    memcpy(x, vectors + (int64_t)item * f, (size_t)f * sizeof(float));
    if (width > f)
        x[f] = 1.0f;
    rec__kernels()->cholesky_solve(room->normal.matrix, width, width, x);
    for (int64_t j = 0; j < row->history.n; j++) {
        int32_t other = row->history.items[j];
        double weight =
            rec__kernels()->dot_double(x, vectors + (int64_t)other * f, f) + (width > f ? (double)x[f] : 0.0);
        double bias = side->rows.biases == NULL ? 0.0 : (double)side->rows.biases[other];
        contributions[j] = weight * ((double)targets[j] - side->rows.offset - bias);
    }
}

/*
 * The folded-in vector is x = A^-1 sum of y_j t_j, so the score of i is a sum over j of (A^-1 y_i) . y_j t_j
 * (Hu, Koren and Volinsky, ICDM 2008, section 5), with y = (q, 1). By a sigmoid it is the sum inside that is shared out.
 */
rec_status rec__mf_explain(const struct rec__fitted *fitted, const struct rec__history *history, int32_t item,
                           double *contributions)
{
    struct rec__mf_side side = item_side(fitted);
    struct rec__mf_room room;
    float *vector = rec__allocate_zeroed(side.rows.factors, sizeof *vector), bias = 0.0f;
    struct rec__mf_row row = {*history, NULL, vector, &bias};
    rec_status status = rec__mf_room_make(&room, &side, history->n);
    status = vector == NULL ? REC_ERR_NO_MEMORY : status;
    if (status == REC_OK)
        status = rec__mf_solve(&side, &row, FOLD_IN_STEPS, &room);
    if (status == REC_OK)
        share_out(&side, &row, item, &room, contributions);
    rec__mf_room_clear(&room);
    rec__release(vector);
    return status;
}
