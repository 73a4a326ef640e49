/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One row of implicit alternating least squares: x minimises
 *
 *   f(x) = w x'G x + sum of c_j (x . y_j)^2 - 2 x . r + lambda |x|^2 + constant,   r = sum of b_j y_j
 *
 * so A x = r with A = w G + lambda I + sum of c_j y_j y_j', and f = constant - x . r - x . (r - A x) anywhere. Three ways:
 *
 * - exact: the Cholesky factor of A; rows of few ratings have a way of their own (ials_few.c).
 * - conjugate gradients from the row as it was (Takacs, Pilaszy and Tikk, "Applications of the conjugate gradient method for implicit
 *   feedback collaborative filtering", RecSys 2011), preconditioned by what is nearly the diagonal.
 * - blocks of factors in turn, each solved exactly, the rest held fixed (Rendle, Krichene, Zhang and Koren, "iALS++: speeding up matrix
 *   factorization with subspace optimization", 2021).
 */
#include "backends/ials.h"
#include "base/memory.h"
#include "base/status.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

/* Vectors rounded up to whole registers. */
static int64_t round_up(int64_t n)
{
    return (n + 15) / 16 * 16;
}

rec_status rec__ials_room_make(struct rec__ials_room *room, int32_t factors, int64_t longest)
{
    const int64_t batch = REC_BATCH * REC_IALS_SMALL, square = batch * REC_IALS_SMALL;
    int64_t ratings = longest > batch ? longest : batch, wide = round_up(factors);
    *room = (struct rec__ials_room){.matrix = rec__allocate(wide * wide, sizeof(float)),
                                    .wide = rec__allocate((wide + REC_IALS_SMALL) * wide, sizeof(float)),
                                    .right = rec__allocate(factors, sizeof(float)),
                                    .more = rec__allocate(5 * (int64_t)factors, sizeof(float)),
                                    .scales = rec__allocate(factors, sizeof(float)),
                                    .products = rec__allocate(ratings + 16, sizeof(float)),
                                    .scores = rec__allocate(ratings + 16, sizeof(float)),
                                    .pushes = rec__allocate(ratings + 16, sizeof(float)),
                                    .confidences = rec__allocate(ratings + 16, sizeof(float)),
                                    .rights = rec__allocate(ratings + 16, sizeof(float)),
                                    .systems = rec__allocate(square, sizeof(float)),
                                    .answers = rec__allocate(batch, sizeof(float)),
                                    .lanes = rec__allocate(square + batch, sizeof(float))};
    bool made = room->matrix != NULL && room->wide != NULL && room->right != NULL && room->more != NULL &&
                room->scales != NULL && room->products != NULL && room->scores != NULL &&
                room->pushes != NULL && room->confidences != NULL && room->rights != NULL &&
                room->systems != NULL && room->answers != NULL && room->lanes != NULL;
    return made ? REC_OK : REC_ERR_NO_MEMORY;
}

void rec__ials_room_clear(struct rec__ials_room *room)
{
    float *blocks[] = {room->matrix,   room->wide,    room->right,  room->more,        room->scales,
                       room->products, room->scores,  room->pushes, room->confidences, room->rights,
                       room->systems,  room->answers, room->lanes};
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
        rec__release(blocks[b]);
}

static struct rec__gather gather_of(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row)
{
    return (struct rec__gather){fixed->vectors, fixed->factors, row->others, row->n};
}

rec_status rec__ials_fail_factor(const struct rec__ials_row *row, int32_t failed)
{
    return rec__fail(REC_ERR_DIVERGED,
                     "the normal equations of a row with %lld ratings are singular at factor %d; more "
                     "regularization (%g for this row) was expected",
                     (long long)row->n, failed, row->lambda);
}

rec_status rec__ials_factor(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                            struct rec__ials_room *room)
{
    int32_t f = fixed->factors;
    struct rec__gather gather = gather_of(fixed, row), soon = {fixed->vectors, f, row->next, row->n_next};
    float w = (float)row->unobserved, lambda = (float)row->lambda;
    if (fixed->gram == NULL)
        memset(room->matrix, 0, (size_t)f * (size_t)f * sizeof *room->matrix);
    for (int64_t k = 0; fixed->gram != NULL && k < (int64_t)f * f; k++)
        room->matrix[k] = w * fixed->gram[k];
    for (int32_t k = 0; k < f; k++)
        room->matrix[(int64_t)k * f + k] +=
            lambda + (fixed->gram == NULL ? w * (float)fixed->diagonal[k] : 0.0f);
    memset(room->right, 0, (size_t)f * sizeof *room->right);
    rec__kernels()->normal(&gather, row->confidences, row->rights, room->matrix, f, f, room->right,
                           row->next == NULL ? NULL : &soon);
    int32_t failed = rec__kernels()->cholesky(room->matrix, f, f);
    return failed == 0 ? REC_OK : rec__ials_fail_factor(row, failed);
}

static rec_status solve_whole(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                              struct rec__ials_room *room, float *x, double *objective)
{
    int32_t f = fixed->factors;
    rec_status status = rec__ials_factor(fixed, row, room);
    if (status != REC_OK)
        return status;
    memcpy(x, room->right, (size_t)f * sizeof *x);
    rec__kernels()->cholesky_solve(room->matrix, f, f, x);
    *objective = row->constant - rec__kernels()->dot_double(x, room->right, f);
    return REC_OK;
}

rec_status rec__ials_exact(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                           struct rec__ials_room *room, float *x, double *objective)
{
    if (row->n > 0)
        return (rec__ials_takes_few(fixed, row) ? rec__ials_solve_few : solve_whole)(fixed, row, room, x,
                                                                                     objective);
    memset(x, 0, (size_t)fixed->factors * sizeof *x);
    *objective = 0.0;
    return REC_OK;
}

/* Vectors that come after those at `first` are asked for before they are wanted: of this row again, or after its last pass of the next. */
static void fetch_later(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row, int64_t first,
                        int64_t n, bool last_pass)
{
    const int32_t *others = row->others;
    int64_t all = row->n;
    if (first >= all && last_pass) {
        first -= all;
        others = row->next;
        all = row->next == NULL ? 0 : row->n_next;
    }
    if (first >= all)
        return;
    struct rec__gather some = {fixed->vectors, fixed->factors, others + first,
                               all - first < n ? all - first : n};
    rec__kernels()->fetch(&some, fixed->factors);
}

/*
 * out = A x, or what r is more than that where the row's rights are wanted; room->products: y_j . x. Vectors are read once: a few, which stay
 * in the nearest cache, are multiplied and then summed.
 */
static void apply(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                  struct rec__ials_room *room, const float *x, bool rest, bool last, float *out)
{
    enum { TOGETHER = 16, AHEAD = 48 };
    const struct rec__kernels *kernels = rec__kernels();
    int32_t f = fixed->factors;
    float w = (float)row->unobserved, lambda = (float)row->lambda, sign = rest ? -1.0f : 1.0f,
          pulls[TOGETHER];
    memset(out, 0, (size_t)f * sizeof *out);
    if (fixed->gram != NULL) {
        /* The Gram matrix is symmetric, and its rows' sum needs no adding up of lanes. */
        struct rec__gather gram = {fixed->gram, f, NULL, f};
        kernels->gather_sum(&gram, x, f, out);
    }
    for (int32_t k = 0; k < f; k++) {
        float whole = fixed->gram != NULL ? out[k] : (float)fixed->diagonal[k] * x[k];
        out[k] = sign * (w * whole + lambda * x[k]);
    }
    for (int64_t first = 0; first < row->n; first += TOGETHER) {
        int64_t n = row->n - first < TOGETHER ? row->n - first : TOGETHER;
        struct rec__gather some = {fixed->vectors, f, row->others + first, n};
        float *products = room->products + first;
        fetch_later(fixed, row, first + AHEAD, TOGETHER, last);
        kernels->gather_dots(&some, x, f, products);
        for (int64_t j = 0; j < n; j++)
            pulls[j] =
                sign * row->confidences[first + j] * products[j] + (rest ? row->rights[first + j] : 0.0f);
        kernels->gather_sum(&some, pulls, f, out);
    }
}

/* f(x), where room->scores are y_j . x and `rest` is r - A x. */
static double objective_at(const struct rec__ials_row *row, const struct rec__ials_room *room, const float *x,
                           const float *rest, int32_t factors)
{
    return row->constant - rec__kernels()->dot_double(row->rights, room->scores, row->n) -
           rec__kernels()->dot_double(x, rest, factors);
}

/*
 * One over what A has on its diagonal, nearly: in the Gram matrix's basis that sum over all rows is D, of which the row's own rows have a share
 * like their number's. Otherwise 1.
 */
static void precondition(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row, float *out)
{
    double confidence = 0.0;
    for (int64_t j = 0; j < row->n; j++)
        confidence += (double)row->confidences[j];
    float share = (float)(row->unobserved + confidence / fixed->n);
    for (int32_t k = 0; k < fixed->factors; k++)
        out[k] = fixed->diagonal == NULL
                     ? 1.0f
                     : 1.0f / (share * (float)fmax(fixed->diagonal[k], 0.0) + (float)row->lambda);
}

rec_status rec__ials_gradients(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                               int32_t steps, struct rec__ials_room *room, float *x, double *objective)
{
    const struct rec__kernels *kernels = rec__kernels();
    int32_t f = fixed->factors;
    float *rest = room->more, *direction = rest + f, *image = direction + f, *turned = image + f,
          *inverse = turned + f;
    if (row->n == 0)
        return rec__ials_exact(fixed, row, room, x, objective);
    precondition(fixed, row, inverse);
    apply(fixed, row, room, x, true, false, rest);
    memcpy(room->scores, room->products, (size_t)row->n * sizeof *room->scores);
    for (int32_t k = 0; k < f; k++)
        direction[k] = inverse[k] * rest[k];
    double square = (double)kernels->dot(rest, direction, f);
    for (int32_t step = 0; step < steps && square > 0.0; step++) {
        apply(fixed, row, room, direction, false, step + 1 == steps, image);
        double along = (double)kernels->dot(direction, image, f);
        if (!(along > 0.0))
            break;
        kernels->axpy((float)(square / along), direction, x, f);
        kernels->axpy((float)(square / along), room->products, room->scores, row->n);
        kernels->axpy((float)(-square / along), image, rest, f);
        for (int32_t k = 0; k < f; k++)
            turned[k] = inverse[k] * rest[k];
        double next = (double)kernels->dot(rest, turned, f);
        kernels->scaled_sum(1.0f, turned, (float)(next / square), direction, f);
        square = next;
    }
    *objective = objective_at(row, room, x, rest, f);
    return REC_OK;
}

/* A times a step within the block, into its image, which is 0. */
static void apply_block(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                        const struct rec__gather *part, struct rec__ials_room *room, int32_t first,
                        int32_t width)
{
    int32_t f = fixed->factors;
    struct rec__gather gather = gather_of(fixed, row);
    float w = (float)row->unobserved, lambda = (float)row->lambda, *step = room->more + f, *image = step + f;
    for (int32_t i = first; i < first + width; i++) {
        rec__kernels()->axpy(w * step[i], fixed->gram + (int64_t)i * f, image, f);
        image[i] += lambda * step[i];
    }
    rec__kernels()->gather_dots(part, step + first, width, room->products);
    for (int64_t j = 0; j < row->n; j++) {
        room->scores[j] += room->products[j];
        room->products[j] *= row->confidences[j];
    }
    rec__kernels()->gather_sum(&gather, room->products, f, image);
}

/* The block's own system from `first` on, its right side (the rest there) in room->products; then x and the rest move. */
static rec_status solve_block(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                              int32_t first, int32_t width, struct rec__ials_room *room, float *x,
                              float *rest)
{
    int32_t f = fixed->factors;
    struct rec__gather part = {fixed->vectors + first, f, row->others, row->n};
    float w = (float)row->unobserved, lambda = (float)row->lambda, *step = room->more + f, *image = step + f;
    for (int32_t i = 0; i < width; i++)
        for (int32_t j = 0; j < width; j++)
            room->matrix[(int64_t)i * width + j] =
                w * fixed->gram[(int64_t)(first + i) * f + first + j] + (i == j ? lambda : 0.0f);
    rec__kernels()->gram(&part, row->confidences, room->matrix, width, width);
    int32_t failed = rec__kernels()->cholesky(room->matrix, width, width);
    if (failed != 0)
        return rec__ials_fail_factor(row, first + failed);
    memset(step, 0, 2 * (size_t)f * sizeof *step);
    memcpy(step + first, rest + first, (size_t)width * sizeof *step);
    rec__kernels()->cholesky_solve(room->matrix, width, width, step + first);
    apply_block(fixed, row, &part, room, first, width);
    rec__kernels()->axpy(1.0f, step, x, f);
    rec__kernels()->axpy(-1.0f, image, rest, f);
    return REC_OK;
}

rec_status rec__ials_subspace(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                              int32_t block, struct rec__ials_room *room, float *x, double *objective)
{
    int32_t f = fixed->factors;
    float *rest = room->more;
    rec_status status = REC_OK;
    if (row->n == 0)
        return rec__ials_exact(fixed, row, room, x, objective);
    apply(fixed, row, room, x, true, false, rest);
    memcpy(room->scores, room->products, (size_t)row->n * sizeof *room->scores);
    for (int32_t first = 0; status == REC_OK && first < f; first += block)
        status = solve_block(fixed, row, first, f - first < block ? f - first : block, room, x, rest);
    *objective = objective_at(row, room, x, rest, f);
    return status;
}
