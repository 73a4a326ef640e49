/* SPDX-License-Identifier: Apache-2.0 */
#include "backends/lowrank.h"
#include "backends/eigen.h"
#include "backends/normal.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/status.h"
#include "base/threads.h"
#include "kernels/blas.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

enum { PARTS = 64, PASSES = 6 };

/* Gram matrices in float hide directions whose squares are under this share of the largest; a pass brings them nearer. */
static const double SHIFT = 4e-6;
static const double ORTHONORMAL = 2e-5;

void rec__sparse_transpose(const struct rec__sparse_order *rows, int32_t columns, int64_t *start,
                           int32_t *others, float *values)
{
    for (int64_t e = 0; e < rows->start[rows->n]; e++)
        start[rows->others[e] + 1]++;
    for (int32_t c = 0; c < columns; c++)
        start[c + 1] += start[c];
    /* Once a column is filled, its offset is where the next one starts. */
    for (int32_t row = 0; row < rows->n; row++)
        for (int64_t e = rows->start[row]; e < rows->start[row + 1]; e++) {
            int64_t place = start[rows->others[e]]++;
            others[place] = row;
            values[place] = rows->values[e];
        }
    memmove(start + 1, start, (size_t)columns * sizeof *start);
    start[0] = 0;
}

struct product {
    const struct rec__sparse_order *side;
    const float *y;
    float *out;
    int32_t width;
};

static rec_status multiply_part(void *context, int64_t part, int32_t worker)
{
    const struct product *p = context;
    const struct rec__sparse_order *side = p->side;
    int32_t last = rec__normal_part(side->start, side->n, part + 1, PARTS);
    (void)worker;
    for (int32_t row = rec__normal_part(side->start, side->n, part, PARTS); row < last; row++) {
        int64_t first = side->start[row];
        struct rec__gather rows = {p->y, p->width, side->others + first, side->start[row + 1] - first};
        float *out = p->out + (int64_t)row * p->width;
        memset(out, 0, (size_t)p->width * sizeof *out);
        rec__kernels()->gather_sum(&rows, side->values + first, p->width, out);
    }
    return REC_OK;
}

rec_status rec__sparse_product(const struct rec__sparse_order *side, const float *y, int32_t width,
                               int32_t threads, float *out)
{
    struct product product = {side, y, out, width};
    return rec__parallel(threads, PARTS, multiply_part, &product);
}

/* Its columns are to span the largest right singular vectors. */
struct subspace {
    struct rec__fit *fit;
    const struct rec__sparse_matrix *m;
    int32_t rank, width;
    float *q, *z, *gram; /* columns x width; rows x width; width x width */
    double squares;      /* of the matrix's entries */
};

/* How far the Gram matrix is from the identity; largest fills: of its diagonal. */
static double distance_to_identity(const float *gram, int32_t n, double *largest)
{
    double distance = 0.0;
    *largest = 0.0;
    for (int32_t i = 0; i < n; i++) {
        *largest = fmax(*largest, (double)gram[(int64_t)i * n + i]);
        for (int32_t j = i; j < n; j++)
            distance = fmax(distance, fabs((double)gram[(int64_t)i * n + j] - (i == j ? 1.0 : 0.0)));
    }
    return distance;
}

/* Q = Q U^-1 with U'U = Q'Q, a little more on its diagonal at first, until Q'Q = I (shifted Cholesky QR: Fukaya, Kannan, Nakatsukasa, Yamamoto and
 * Yanagisawa, SIAM J. Sci. Comput. 42(1), 2020). */
static rec_status orthonormalize(const struct subspace *s)
{
    int32_t n = s->m->columns.n, width = s->width;
    struct rec__block u = {s->gram, width, width, width}, q = {s->q, width, n, width};
    for (int32_t pass = 0; pass < PASSES; pass++) {
        double largest;
        rec__blas_gram(s->q, n, width, s->gram);
        double distance = distance_to_identity(s->gram, width, &largest);
        if (!isfinite(distance))
            return rec__fail(REC_ERR_DIVERGED, "the singular vectors are not finite");
        if (distance < ORTHONORMAL)
            break;
        float shift = distance < 0.1 ? 0.0f : largest > 0.0 ? (float)(SHIFT * largest) : 1.0f;
        for (int32_t i = 0; i < width; i++)
            s->gram[(int64_t)i * width + i] += shift;
        if (rec__kernels()->cholesky(s->gram, width, width) != 0)
            return rec__fail(REC_ERR_DIVERGED, "the singular vectors could not be made orthonormal");
        rec__blas_solve(REC_TRIANGLE_RIGHT, 1.0f, &u, &q);
    }
    return REC_OK;
}

static double square_of(const void *context, int64_t index)
{
    const float *values = context;
    return (double)values[index] * (double)values[index];
}

/* z = M q, and how much of the matrix lies outside the subspace. */
static rec_status project(const struct subspace *s, double *loss)
{
    const struct rec__sparse_matrix *m = s->m;
    rec_status status = rec__sparse_product(&m->rows, s->q, s->width, s->fit->threads, s->z);
    double kept = rec__parallel_sum(s->fit->threads, (int64_t)m->rows.n * s->width, square_of, s->z);
    int64_t entries = m->rows.start[m->rows.n];
    *loss = sqrt(fmax(0.0, s->squares - kept) / (double)entries);
    return status;
}

/* The singular vectors inside the subspace: eigenvectors of Z'Z, turned by Q. */
static rec_status take_apart(const struct subspace *s, float *vectors, double *values)
{
    int32_t w = s->width, kept = s->rank < w ? s->rank : w;
    double *wide = rec__allocate((int64_t)w * w, sizeof *wide), *squares = rec__allocate(w, sizeof *squares);
    rec_status status = wide == NULL || squares == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    if (status == REC_OK) {
        rec__blas_gram(s->z, s->m->rows.n, w, s->gram);
        for (int32_t i = 0; i < w; i++)
            for (int32_t j = i; j < w; j++)
                wide[(int64_t)i * w + j] = wide[(int64_t)j * w + i] = (double)s->gram[(int64_t)i * w + j];
        status = rec__eigen(wide, w, squares);
    }
    for (int32_t k = 0; status == REC_OK && k < kept; k++) {
        values[k] = sqrt(fmax(0.0, squares[w - 1 - k]));
        for (int32_t i = 0; i < w; i++)
            s->gram[(int64_t)k * w + i] = (float)wide[(int64_t)(w - 1 - k) * w + i];
    }
    if (status == REC_OK) {
        struct rec__block q = {s->q, w, s->m->columns.n, w}, turn = {s->gram, w, kept, w},
                          out = {vectors, s->rank, s->m->columns.n, kept};
        rec__blas_product_by_transpose(1.0f, &q, &turn, 0.0f, &out);
    }
    rec__release(wide);
    rec__release(squares);
    return status;
}

static rec_status iterate(const struct subspace *s, int32_t iterations)
{
    rec_status status = orthonormalize(s);
    for (int32_t step = 0; status == REC_OK && step <= iterations; step++) {
        double loss = 0.0;
        status = project(s, &loss);
        if (status == REC_OK)
            status = rec__fit_report(s->fit, step + 1, iterations + 1, loss, NAN);
        if (status != REC_OK || step == iterations)
            break;
        status = rec__sparse_product(&s->m->columns, s->z, s->width, s->fit->threads, s->q);
        if (status == REC_OK)
            status = orthonormalize(s);
    }
    return status;
}

rec_status rec__truncated_svd(struct rec__fit *fit, const struct rec__sparse_matrix *m, int32_t rank,
                              int32_t iterations, float *vectors, double *values)
{
    int32_t most = m->rows.n < m->columns.n ? m->rows.n : m->columns.n;
    int64_t wanted = (int64_t)rank + rank / 8 + 16;
    struct subspace s = {.fit = fit, .m = m, .rank = rank, .width = wanted < most ? (int32_t)wanted : most};
    s.q = rec__allocate((int64_t)m->columns.n * s.width, sizeof *s.q);
    s.z = rec__allocate((int64_t)m->rows.n * s.width, sizeof *s.z);
    s.gram = rec__allocate((int64_t)s.width * s.width, sizeof *s.gram);
    bool made = s.q != NULL && s.z != NULL && s.gram != NULL;
    rec_status status = made ? REC_OK : REC_ERR_NO_MEMORY;
    if (made) {
        memset(s.gram, 0, (size_t)s.width * (size_t)s.width * sizeof *s.gram);
        for (int32_t i = 0; i < m->columns.n; i++)
            rec__normal_row(fit->seed, REC_STREAM_ITEMS, (uint64_t)i, 1.0f, s.q + (int64_t)i * s.width,
                            s.width);
        s.squares = rec__parallel_sum(fit->threads, m->rows.start[m->rows.n], square_of, m->rows.values);
        status = iterate(&s, iterations);
    }
    if (status == REC_OK)
        status = take_apart(&s, vectors, values);
    rec__release(s.q);
    rec__release(s.z);
    rec__release(s.gram);
    return status;
}
