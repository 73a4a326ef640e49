/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Features of one side of a factorization machine. Row i adds up to y_i = q_i + F_i, F_i = sum over its features g of x_ig v_g. A pair's step
 * moves q_i at once, for no other pair that is under way has it; features are shared by many, so their gradients are gathered in the rows and
 * taken together when no pair is under way:
 *
 *   dL/dv_g = sum over rows of x_ig dL/dy_i - v_g sum of x_ig^2 dL/db_i   (the second where features interact within the side)
 */
#include "backends/fm.h"
#include "backends/normal.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/status.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

enum { PARTS = 64 };

void rec__fm_side_clear(struct rec__fm_side *side)
{
    void *blocks[] = {side->part, side->part_bias,   side->pushes, side->touches,
                      side->sums, side->linear_sums, side->squares};
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
        rec__release(blocks[b]);
    rec__feature_matrix_clear(&side->x);
}

static rec_status make_room(struct rec__fm_side *side)
{
    int64_t n = side->n, d = side->x.matrix.columns.n;
    side->part = rec__allocate_zeroed(n * side->f, sizeof *side->part);
    side->part_bias = rec__allocate_zeroed(n, sizeof *side->part_bias);
    side->pushes = rec__allocate_zeroed(n * (side->f + 1), sizeof *side->pushes);
    side->touches = rec__allocate_zeroed(n, sizeof *side->touches);
    side->sums = rec__allocate_zeroed(d, sizeof *side->sums);
    side->linear_sums = rec__allocate_zeroed(d, sizeof *side->linear_sums);
    side->squares = rec__allocate_zeroed(d, sizeof *side->squares);
    return side->part != NULL && side->part_bias != NULL && side->pushes != NULL && side->touches != NULL &&
                   side->sums != NULL && side->linear_sums != NULL && side->squares != NULL
               ? REC_OK
               : REC_ERR_NO_MEMORY;
}

rec_status rec__fm_side_make(struct rec__fm_side *side, struct rec__fit *fit, const rec_features *features,
                             const char *const names[2])
{
    if (features == NULL)
        return REC_OK;
    rec_status status =
        rec__feature_matrix_make(&side->x, features, fit->parameters[REC_FM_FEATURE_SCALE] == REC_FM_UNIT);
    if (status == REC_OK)
        status = make_room(side);
    if (status != REC_OK)
        return status;
    side->vectors = rec__arrays_add_floats(fit->arrays, names[0], features->dimensions, side->f);
    if (fit->parameters[REC_PAIRS_BIASES] != 0.0)
        side->linear = rec__arrays_add_floats(fit->arrays, names[1], features->dimensions, 0);
    return side->vectors == NULL || (side->linear == NULL && fit->parameters[REC_PAIRS_BIASES] != 0.0)
               ? REC_ERR_NO_MEMORY
               : REC_OK;
}

/* The features' vectors that a rated row has, as they begin. */
static void draw_vectors(struct rec__fm_side *side, const struct rec__fit *fit)
{
    const struct rec__sparse_order *columns = &side->x.matrix.columns;
    for (int32_t g = 0; g < columns->n; g++) {
        bool rated = false;
        for (int64_t e = columns->start[g]; e < columns->start[g + 1]; e++)
            rated = rated ||
                    side->ratings_start[columns->others[e]] < side->ratings_start[columns->others[e] + 1];
        if (rated)
            rec__fm_draw(side->fields, REC_FM_FEATURE_FIELD + side->number, fit, g,
                         side->vectors + (int64_t)g * side->f);
    }
}

/* What the row's features add by their products with each other, room being their sum. */
static double inner_pairs(const struct rec__fm_side *side, int32_t row, const float *room)
{
    const struct rec__sparse_order *rows = &side->x.matrix.rows;
    const float *sum = room + side->inner.first;
    double squares = 0.0;
    for (int64_t e = rows->start[row]; e < rows->start[row + 1]; e++) {
        double x = (double)rows->values[e];
        squares += x * x * (double)side->squares[rows->others[e]];
    }
    return 0.5 * (rec__kernels()->dot_double(sum, sum, side->inner.n) - squares);
}

/* A row's features anew: its total and bias keep what is the row's own. */
static void refresh_row(struct rec__fm_side *side, int32_t row, float *room)
{
    const struct rec__kernels *kernels = rec__kernels();
    const struct rec__sparse_order *rows = &side->x.matrix.rows;
    int64_t first = rows->start[row], n = rows->start[row + 1] - first;
    int32_t f = side->f;
    float *total = side->total + (int64_t)row * f, *part = side->part + (int64_t)row * f;
    struct rec__gather gather = {side->vectors, f, rows->others + first, n};
    double bias = 0.0;
    memset(room, 0, (size_t)f * sizeof *room);
    kernels->gather_sum(&gather, rows->values + first, f, room);
    for (int64_t e = first; side->linear != NULL && e < first + n; e++)
        bias += (double)rows->values[e] * (double)side->linear[rows->others[e]];
    if (side->all)
        bias += inner_pairs(side, row, room);
    double moved = bias - (double)side->part_bias[row];
    for (int32_t k = 0; k < f; k++) {
        float own = total[k] - part[k];
        moved += side->all ? (double)own * ((double)room[k] - (double)part[k]) : 0.0;
        total[k] = own + room[k];
        part[k] = room[k];
    }
    side->part_bias[row] = (float)bias;
    if (side->biases != NULL)
        side->biases[row] += (float)moved;
}

struct settling {
    struct rec__fm_side *side;
    const struct rec__fm_rates *rates;
    float *rooms; /* of each thread: f + 1 */
};

static rec_status refresh_part(void *context, int64_t part, int32_t worker)
{
    const struct settling *s = context;
    struct rec__fm_side *side = s->side;
    int32_t width = side->f + 1, last = rec__normal_part(side->x.matrix.rows.start, side->n, part + 1, PARTS);
    for (int32_t row = rec__normal_part(side->x.matrix.rows.start, side->n, part, PARTS); row < last; row++) {
        refresh_row(side, row, s->rooms + (int64_t)worker * width);
        if (side->touches[row] > 0.0F)
            memset(side->pushes + (int64_t)row * width, 0, (size_t)width * sizeof(float));
        side->touches[row] = 0.0F;
    }
    return REC_OK;
}

static float inner_square(const struct rec__fm_side *side, int32_t g)
{
    const float *v = side->vectors + (int64_t)g * side->f + side->inner.first;
    return rec__kernels()->dot(v, v, side->inner.n);
}

/* One feature along its gradient; the penalty counts as often as rows with the feature were touched. */
static void move_feature(struct rec__fm_side *side, int32_t g, const struct rec__fm_rates *rates, float *room)
{
    const struct rec__sparse_order *columns = &side->x.matrix.columns;
    int64_t first = columns->start[g], n = columns->start[g + 1] - first;
    int32_t f = side->f;
    float *v = side->vectors + (int64_t)g * f, touches = 0.0F, within = 0.0F;
    for (int64_t e = first; e < first + n; e++) {
        float square = columns->values[e] * columns->values[e];
        touches += square * side->touches[columns->others[e]];
        within += side->all ? square * side->pushes[(int64_t)columns->others[e] * (f + 1) + f] : 0.0F;
    }
    if (!(touches > 0.0F))
        return;
    struct rec__gather gather = {side->pushes, f + 1, columns->others + first, n};
    memset(room, 0, (size_t)(f + 1) * sizeof *room);
    rec__kernels()->gather_sum(&gather, columns->values + first, f + 1, room);
    rec__kernels()->axpy(-within, v + side->inner.first, room + side->inner.first, side->inner.n);
    float numbers = (float)rec__fm_keep(side->fields, REC_FM_FEATURE_FIELD + side->number, room);
    float rate = rec__pairs_rate(rates->rate, side->sums + g, rec__kernels()->dot(room, room, f) / numbers);
    rec__kernels()->scaled_sum(rate, room, 1.0F - fminf(rate * rates->lambda * touches, 1.0F), v, f);
    if (side->all)
        side->squares[g] = inner_square(side, g);
    if (side->linear == NULL)
        return;
    rate = rec__pairs_rate(rates->rate, side->linear_sums + g, room[f] * room[f]);
    side->linear[g] += rate * room[f] - fminf(rate * rates->bias_lambda * touches, 1.0F) * side->linear[g];
}

static rec_status move_part(void *context, int64_t part, int32_t worker)
{
    const struct settling *s = context;
    const struct rec__sparse_order *columns = &s->side->x.matrix.columns;
    int32_t last = rec__normal_part(columns->start, columns->n, part + 1, PARTS);
    for (int32_t g = rec__normal_part(columns->start, columns->n, part, PARTS); g < last; g++)
        move_feature(s->side, g, s->rates, s->rooms + (int64_t)worker * (s->side->f + 1));
    return REC_OK;
}

static rec_status refresh(struct settling *s, int32_t threads)
{
    return rec__parallel(threads, PARTS, refresh_part, s);
}

rec_status rec__fm_side_settle(struct rec__fm_side *side, const struct rec__fm_rates *rates, int32_t threads)
{
    if (side->part == NULL)
        return REC_OK;
    struct settling s = {side, rates, rec__allocate((int64_t)threads * (side->f + 1), sizeof *s.rooms)};
    rec_status status = s.rooms == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    if (status == REC_OK)
        status = rec__parallel(threads, PARTS, move_part, &s);
    if (status == REC_OK)
        status = refresh(&s, threads);
    rec__release(s.rooms);
    return status;
}

rec_status rec__fm_side_begin(struct rec__fm_side *side, struct rec__fit *fit)
{
    if (!side->identity)
        memset(side->total, 0, (size_t)side->n * (size_t)side->f * sizeof *side->total);
    for (int32_t row = 0; side->identity && row < side->n; row++)
        (void)rec__fm_keep(side->fields, side->number, side->total + (int64_t)row * side->f);
    if (side->part == NULL)
        return REC_OK;
    draw_vectors(side, fit);
    for (int32_t g = 0; g < side->x.matrix.columns.n; g++)
        side->squares[g] = inner_square(side, g);
    struct settling s = {side, NULL, rec__allocate((int64_t)fit->threads * (side->f + 1), sizeof *s.rooms)};
    rec_status status = s.rooms == NULL ? REC_ERR_NO_MEMORY : refresh(&s, fit->threads);
    rec__release(s.rooms);
    return status;
}
