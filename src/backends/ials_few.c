/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Implicit alternating least squares: rows with fewer ratings n than factors, by Woodbury's identity on the Gram matrix that all rows share. The
 * vectors held fixed are in the basis of its eigenvectors (ials_half.c), so it is D, diagonal: with B = w D + lambda I and
 * W = C^(1/2) Y B^(-1/2) (n x factors),
 *
 *   x = B^(-1/2) W' t,   (I + W W') t = C^(-1/2) b,   y_j . x = (C^(-1/2) b - t)_j / sqrt(c_j),
 *
 * a system of n unknowns. The smallest are solved many at once. The symbols are in ials_rows.c.
 */
#include "backends/ials.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

bool rec__ials_few(int64_t n, int32_t factors)
{
    return n <= factors;
}

/* The smaller system divides by confidences. */
bool rec__ials_takes_few(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row)
{
    if (fixed->diagonal == NULL || !(row->lambda > 0.0) || row->n == 0 ||
        !rec__ials_few(row->n, fixed->factors))
        return false;
    for (int64_t j = 0; j < row->n; j++)
        if (!(row->confidences[j] > 0.0f))
            return false;
    return true;
}

bool rec__ials_small(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row)
{
    return row->n <= REC_IALS_SMALL && rec__ials_takes_few(fixed, row);
}

/* The system is rounded up, with unknowns that are 0. */
static int32_t width_of(int64_t n)
{
    return (int32_t)((n + 3) / 4 * 4);
}

/* B^(-1/2): of all rows with one w and lambda the same. */
static void scale_factors(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                          struct rec__ials_room *room)
{
    float w = (float)row->unobserved, lambda = (float)row->lambda;
    if (room->scales_of[0] == row->unobserved && room->scales_of[1] == row->lambda)
        return;
    for (int32_t k = 0; k < fixed->factors; k++) {
        float own = (float)fixed->diagonal[k];
        room->scales[k] = 1.0f / sqrtf(w * (own > 0.0f ? own : 0.0f) + lambda);
    }
    room->scales_of[0] = row->unobserved;
    room->scales_of[1] = row->lambda;
}

/* I + W W' and its right side; roots: of the confidences, kept. */
static void set_up(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                   struct rec__ials_room *room, float *restrict roots, float *matrix, float *restrict right)
{
    int32_t f = fixed->factors, n = (int32_t)row->n, width = width_of(n), wide = (f + 15) / 16 * 16;
    struct rec__gather rows = {fixed->vectors, f, row->others, n},
                       soon = {fixed->vectors, f, row->next, row->n_next};
    scale_factors(fixed, row, room);
    for (int32_t j = 0; j < n; j++)
        roots[j] = sqrtf(row->confidences[j]);
    for (int32_t j = 0; j < n; j++)
        right[j] = row->rights[j] / roots[j];
    for (int32_t j = n; j < width; j++)
        right[j] = 0.0f;
    rec__kernels()->gather_rows(&rows, roots, room->scales, f, wide, room->wide);
    memset(room->wide + (int64_t)n * wide, 0, (size_t)(width - n) * (size_t)wide * sizeof *room->wide);
    rec__kernels()->inner(room->wide, width, wide, matrix, row->next == NULL ? NULL : &soon);
    for (int32_t j = 0; j < width; j++)
        matrix[(int64_t)j * width + j] += 1.0f;
}

/* x and the objective of t; overwrites roots, and t with y_j . x. */
static double take_answer(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                          struct rec__ials_room *room, float *restrict roots, float *restrict t, float *x)
{
    struct rec__gather rows = {fixed->vectors, fixed->factors, row->others, row->n};
    const float *restrict rights = row->rights;
    for (int64_t j = 0; j < row->n; j++) {
        float own = t[j];
        t[j] = (rights[j] / roots[j] - own) / roots[j];
        roots[j] *= own;
    }
    double sum = rec__kernels()->dot_double(rights, t, row->n);
    scale_factors(fixed, row, room);
    memset(x, 0, (size_t)fixed->factors * sizeof *x);
    rec__kernels()->gather_sum(&rows, roots, fixed->factors, x);
    for (int32_t k = 0; k < fixed->factors; k++)
        x[k] *= room->scales[k] * room->scales[k];
    return row->constant - sum;
}

rec_status rec__ials_solve_few(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                               struct rec__ials_room *room, float *x, double *objective)
{
    int32_t width = width_of(row->n);
    set_up(fixed, row, room, room->pushes, room->matrix, room->products);
    int32_t failed = rec__kernels()->cholesky(room->matrix, width, width);
    if (failed != 0)
        return rec__ials_fail_factor(row, failed);
    rec__kernels()->cholesky_solve(room->matrix, width, width, room->products);
    *objective = take_answer(fixed, row, room, room->pushes, room->products, x);
    return REC_OK;
}

/* A system that fills a batch. */
static void set_up_nothing(int32_t width, float *matrix, float *right)
{
    memset(matrix, 0, (size_t)width * (size_t)width * sizeof *matrix);
    memset(right, 0, (size_t)width * sizeof *right);
    for (int32_t j = 0; j < width; j++)
        matrix[(int64_t)j * width + j] = 1.0f;
}

rec_status rec__ials_exact_batch(const struct rec__ials_fixed *fixed, const struct rec__ials_row *rows,
                                 int32_t count, struct rec__ials_room *room, float *const *x,
                                 double *objective)
{
    int32_t width = width_of(rows[0].n);
    int64_t square = (int64_t)width * width;
    for (int32_t s = 0; s < count; s++)
        set_up(fixed, &rows[s], room, room->pushes + s * width, room->systems + s * square,
               room->answers + s * width);
    for (int32_t s = count; s < REC_BATCH; s++)
        set_up_nothing(width, room->systems + s * square, room->answers + s * width);
    int32_t failed = rec__kernels()->solve_batch(room->systems, width, room->answers, room->lanes);
    if (failed != 0)
        return rec__ials_fail_factor(&rows[failed - 1], 1);
    *objective = 0.0;
    for (int32_t s = 0; s < count; s++)
        *objective +=
            take_answer(fixed, &rows[s], room, room->pushes + s * width, room->answers + s * width, x[s]);
    return REC_OK;
}
