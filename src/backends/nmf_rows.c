/* SPDX-License-Identifier: Apache-2.0 */
/* Updates of one row of a non-negative factorization. What they minimise is in nmf.c. */
#include "backends/nmf.h"
#include "base/memory.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

enum { SWEEPS_MOST = 200, FOLD_IN_STEPS_MOST = 2000 };

rec_status rec__nmf_room_make(struct rec__nmf_room *room, int32_t factors, int64_t longest)
{
    *room = (struct rec__nmf_room){.above = rec__allocate(factors + 1, sizeof(float)),
                                   .below = rec__allocate(factors + 1, sizeof(float)),
                                   .x = rec__allocate(factors + 1, sizeof(float)),
                                   .constants = rec__allocate(longest, sizeof(float)),
                                   .products = rec__allocate(longest, sizeof(float))};
    bool made = rec__normal_room_make(&room->normal, factors + 1) == REC_OK;
    return made && room->above != NULL && room->below != NULL && room->x != NULL && room->constants != NULL &&
                   room->products != NULL
               ? REC_OK
               : REC_ERR_NO_MEMORY;
}

void rec__nmf_room_clear(struct rec__nmf_room *room)
{
    rec__normal_room_clear(&room->normal);
    rec__release(room->above);
    rec__release(room->below);
    rec__release(room->x);
    rec__release(room->constants);
    rec__release(room->products);
}

static double penalty_scale(const struct rec__nmf_side *side, const struct rec__history *row)
{
    return side->by_count ? (double)row->n : 1.0;
}

/* Add the penalty to the diagonal, and fill in the lower triangle. */
static void complete_matrix(const struct rec__nmf_side *side, float *a, int32_t w, double scale)
{
    int32_t f = side->rows.factors;
    for (int32_t k = 0; k < w; k++) {
        a[(int64_t)k * w + k] += (float)(scale * (k < f ? side->lambda : side->bias_lambda));
        for (int32_t j = 0; j < k; j++)
            a[(int64_t)k * w + j] = a[(int64_t)j * w + k];
    }
}

/* One sweep over the coordinates of x' A x / 2 - b' x, those before f kept from falling below 0. Returns the greatest change. */
static float descend(const struct rec__normal_room *room, float *x, int32_t f, int32_t w)
{
    float greatest = 0.0f;
    for (int32_t k = 0; k < w; k++) {
        const float *a = room->matrix + (int64_t)k * w;
        if (!(a[k] > 0.0f))
            continue;
        float moved = x[k] + (room->right[k] - rec__kernels()->dot(a, x, w)) / a[k];
        moved = k < f && moved < 0.0f ? 0.0f : moved;
        greatest = fmaxf(greatest, fabsf(moved - x[k]));
        x[k] = moved;
    }
    return greatest;
}

static float greatest_of(const float *x, int32_t n)
{
    float greatest = 0.0f;
    for (int32_t k = 0; k < n; k++)
        greatest = fmaxf(greatest, fabsf(x[k]));
    return greatest;
}

static void solve(const struct rec__nmf_side *side, const struct rec__history *row,
                  struct rec__nmf_room *room, float tolerance, float *vector, float *bias)
{
    int32_t f = side->rows.factors, w = bias == NULL ? f : f + 1;
    rec__normal_sums(&side->rows, row, NULL, &room->normal);
    complete_matrix(side, room->normal.matrix, w, penalty_scale(side, row));
    memcpy(room->x, vector, (size_t)f * sizeof *vector);
    if (bias != NULL)
        room->x[f] = *bias;
    for (int32_t sweep = 0; sweep < SWEEPS_MOST; sweep++) {
        float change = descend(&room->normal, room->x, f, w);
        if (!(change > tolerance * greatest_of(room->x, w)))
            break;
    }
    memcpy(vector, room->x, (size_t)f * sizeof *vector);
    if (bias != NULL)
        *bias = room->x[f];
}

void rec__nmf_solve(const struct rec__nmf_side *side, const struct rec__history *row,
                    struct rec__nmf_room *room, float *vector, float *bias)
{
    solve(side, row, room, 1e-2f, vector, bias);
}

static float positive(float x)
{
    return x > 0.0f ? x : 0.0f;
}

/* Of each rating, what the row does not predict itself (the offset and the other's bias), and what its vector does. */
static struct rec__gather predict_row(const struct rec__nmf_side *side, const struct rec__history *row,
                                      struct rec__nmf_room *room, const float *vector)
{
    struct rec__gather others = {side->rows.vectors, side->rows.stride, row->items, row->n};
    float offset = (float)side->rows.offset;
    rec__kernels()->gather_dots(&others, vector, side->rows.factors, room->products);
    for (int64_t j = 0; j < row->n; j++)
        room->constants[j] = offset + (side->rows.biases == NULL ? 0.0f : side->rows.biases[row->items[j]]);
    return others;
}

/* The free bias of squared loss: exact, given the vector. */
static float solve_bias(const struct rec__nmf_side *side, const struct rec__history *row,
                        const struct rec__nmf_room *room)
{
    double sum = 0.0, weight = (double)row->n + side->bias_lambda * penalty_scale(side, row);
    for (int64_t j = 0; j < row->n; j++)
        sum += (double)(row->ratings[j] - room->constants[j] - room->products[j]);
    return (float)(sum / weight);
}

/* The two sums of the squared loss: x <- x above / below is a step down (Lee and Seung 2001, with what is constant and what is negative on
 * the side of the quotient where it stays positive). */
static void sum_squared(const struct rec__nmf_side *side, const struct rec__history *row,
                        struct rec__nmf_room *room, const float *vector, float *bias)
{
    struct rec__gather others = predict_row(side, row, room, vector);
    int32_t f = side->rows.factors;
    if (bias != NULL)
        *bias = solve_bias(side, row, room);
    for (int64_t j = 0; j < row->n; j++) {
        float r = row->ratings[j], c = room->constants[j] + (bias == NULL ? 0.0f : *bias);
        room->constants[j] = positive(r) + positive(-c);
        room->products[j] += positive(-r) + positive(c);
    }
    rec__kernels()->gather_sum(&others, room->constants, f, room->above);
    rec__kernels()->gather_sum(&others, room->products, f, room->below);
}

/* The same for the divergence, where the bias is one more factor, at 1 on the other side. */
static void sum_divergence(const struct rec__nmf_side *side, const struct rec__history *row,
                           struct rec__nmf_room *room, const float *vector, const float *bias)
{
    struct rec__gather others = predict_row(side, row, room, vector);
    int32_t f = side->rows.factors;
    double sum = 0.0;
    for (int64_t j = 0; j < row->n; j++) {
        float predicted = room->constants[j] + (bias == NULL ? 0.0f : *bias) + room->products[j];
        room->products[j] =
            row->ratings[j] / (predicted > (float)REC_NMF_LEAST ? predicted : (float)REC_NMF_LEAST);
        room->constants[j] = 1.0f;
        sum += (double)room->products[j];
    }
    rec__kernels()->gather_sum(&others, room->products, f, room->above);
    rec__kernels()->gather_sum(&others, room->constants, f, room->below);
    room->above[f] = (float)sum;
    room->below[f] = (float)row->n;
}

/* The minimum over x of below x - above x_old log x + penalty x^2, which touches the objective from above at x_old. */
static float step_divergence(double x, double above, double below, double penalty)
{
    double sum = below + sqrt(below * below + 8.0 * penalty * x * above);
    return sum > 0.0 ? (float)(2.0 * x * above / sum) : (float)x;
}

static float step_squared(double x, double above, double below, double penalty)
{
    double sum = below + penalty * x;
    return sum > 0.0 ? (float)(x * above / sum) : (float)x;
}

void rec__nmf_multiply(const struct rec__nmf_side *side, const struct rec__history *row,
                       struct rec__nmf_room *room, float *vector, float *bias)
{
    int32_t f = side->rows.factors;
    double scale = penalty_scale(side, row);
    float (*step)(double, double, double, double) = side->kl ? step_divergence : step_squared;
    memset(room->above, 0, ((size_t)f + 1) * sizeof *room->above);
    memset(room->below, 0, ((size_t)f + 1) * sizeof *room->below);
    if (side->kl)
        sum_divergence(side, row, room, vector, bias);
    else
        sum_squared(side, row, room, vector, bias);
    for (int32_t k = 0; k < f; k++)
        vector[k] =
            step((double)vector[k], (double)room->above[k], (double)room->below[k], scale * side->lambda);
    if (bias != NULL && side->kl)
        *bias = step_divergence((double)*bias, (double)room->above[f], (double)room->below[f],
                                scale * side->bias_lambda);
}

static float greatest_change(const float *a, const float *b, int32_t n)
{
    float greatest = 0.0f;
    for (int32_t k = 0; k < n; k++)
        greatest = fmaxf(greatest, fabsf(a[k] - b[k]));
    return greatest;
}

/* Multiplicative steps from where no number is 0, until they stand still: the divergence is convex in one row. */
static void converge(const struct rec__nmf_side *side, const struct rec__history *row,
                     struct rec__nmf_room *room, float *vector, float *bias)
{
    int32_t f = side->rows.factors;
    for (int32_t k = 0; k < f; k++)
        vector[k] = 1.0f;
    if (bias != NULL)
        *bias = 1.0f;
    for (int32_t n = 0; n < FOLD_IN_STEPS_MOST; n++) {
        memcpy(room->x, vector, (size_t)f * sizeof *vector);
        rec__nmf_multiply(side, row, room, vector, bias);
        if (!(greatest_change(room->x, vector, f) > 1e-6f * greatest_of(vector, f)))
            return;
    }
}

void rec__nmf_fold_in(const struct rec__nmf_side *side, const struct rec__history *row,
                      struct rec__nmf_room *room, float *vector, float *bias)
{
    memset(vector, 0, (size_t)side->rows.factors * sizeof *vector);
    if (bias != NULL)
        *bias = 0.0f;
    if (row->n == 0)
        return;
    if (side->kl)
        converge(side, row, room, vector, bias);
    else
        solve(side, row, room, 1e-6f, vector, bias);
}
