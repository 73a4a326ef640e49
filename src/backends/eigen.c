/* SPDX-License-Identifier: Apache-2.0 */
/* The symmetric eigenproblem: reduction to three diagonals, then QL with implicit shifts. Vectors are kept as rows, so that every loop runs
 * along memory. */
#include "backends/eigen.h"
#include "base/memory.h"
#include "base/status.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { TURNS_MOST = 60 };

static double dot(const double *x, const double *y, int32_t n)
{
    double sum = 0.0;
    for (int32_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* a -= u p' + p u' for the leading n x n part. */
static void subtract_outer(double *a, int32_t width, int32_t n, const double *u, const double *p)
{
    for (int32_t i = 0; i < n; i++) {
        double *row = a + (int64_t)i * width, u_i = u[i], p_i = p[i];
        for (int32_t j = 0; j < n; j++)
            row[j] -= u_i * p[j] + p_i * u[j];
    }
}

/* Reflect the last of the n leading rows onto its last neighbour: u (n - 1 numbers) becomes the mirror's normal. Returns u'u / 2, or 0 when
 * there is nothing to reflect. */
static double make_mirror(const double *row, int32_t m, double *u, double *off)
{
    double scale = 0.0;
    for (int32_t i = 0; i < m; i++)
        scale = fmax(scale, fabs(row[i]));
    *off = row[m - 1];
    if (m == 1 || scale == 0.0)
        return 0.0;
    for (int32_t i = 0; i < m; i++)
        u[i] = row[i] / scale;
    double square = dot(u, u, m), length = u[m - 1] > 0.0 ? -sqrt(square) : sqrt(square);
    double half = square - u[m - 1] * length;
    if (!(half > 0.0))
        return 0.0;
    *off = scale * length;
    u[m - 1] -= length;
    return half;
}

/*
 * Three diagonals: d and e (e[i] beside d[i], e[0] = 0). q becomes the product of the mirrors, q a q' being tridiagonal, row by row.
 */
static void reduce(double *a, int32_t n, double *d, double *e, double *q, double *p)
{
    for (int32_t i = 0; i < n; i++)
        for (int32_t j = 0; j < n; j++)
            q[(int64_t)i * n + j] = i == j ? 1.0 : 0.0;
    for (int32_t last = n - 1; last > 0; last--) {
        double *row = a + (int64_t)last * n, *u = p + n;
        double half = make_mirror(row, last, u, &e[last]);
        d[last] = row[last];
        if (half == 0.0)
            continue;
        for (int32_t i = 0; i < last; i++)
            p[i] = dot(a + (int64_t)i * n, u, last) / half;
        double k = dot(u, p, last) / (2.0 * half);
        for (int32_t i = 0; i < last; i++)
            p[i] -= k * u[i];
        subtract_outer(a, n, last, u, p);
        /* q = (mirror) q: its rows 0..last-1 mix. */
        memset(p, 0, (size_t)n * sizeof *p);
        for (int32_t i = 0; i < last; i++)
            for (int32_t j = 0; j < n; j++)
                p[j] += u[i] * q[(int64_t)i * n + j];
        for (int32_t i = 0; i < last; i++)
            for (int32_t j = 0; j < n; j++)
                q[(int64_t)i * n + j] -= u[i] / half * p[j];
    }
    d[0] = a[0];
    e[0] = 0.0;
}

static void turn_rows(double *x, double *y, int32_t n, double c, double s)
{
    for (int32_t k = 0; k < n; k++) {
        double old = y[k];
        y[k] = s * x[k] + c * old;
        x[k] = c * x[k] - s * old;
    }
}

/* One implicit QL step on rows first..last of the three diagonals. */
static void turn(double *d, double *e, int32_t first, int32_t last, double *q, int32_t n)
{
    double g = (d[first + 1] - d[first]) / (2.0 * e[first + 1]), r = hypot(g, 1.0);
    g = d[last] - d[first] + e[first + 1] / (g + copysign(r, g));
    double s = 1.0, c = 1.0, p = 0.0;
    int32_t i = last - 1;
    for (; i >= first; i--) {
        double f = s * e[i + 1], b = c * e[i + 1];
        r = hypot(f, g);
        if (i + 2 <= last)
            e[i + 2] = r;
        if (r == 0.0) {
            d[i + 1] -= p;
            break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2.0 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        turn_rows(q + (int64_t)i * n, q + (int64_t)(i + 1) * n, n, c, s);
    }
    if (r == 0.0 && i >= first)
        return;
    d[first] -= p;
    e[first + 1] = g;
}

static rec_status fail_converge(int32_t n)
{
    return rec__fail(REC_ERR_DIVERGED, "the eigenvalues of a Gram matrix of %d factors do not converge", n);
}

/* What is beside two diagonals is none when it is little beside them; or beside the largest, whose rounding it has come out of: where both are
 * next to nothing they would never end. */
static rec_status solve_diagonals(double *d, double *e, double *q, int32_t n)
{
    double least = DBL_MIN;
    for (int32_t i = 0; i < n; i++) {
        if (!isfinite(d[i]) || !isfinite(e[i]))
            return fail_converge(n);
        least = fmax(least, DBL_EPSILON / 1024.0 * fabs(d[i]));
    }
    for (int32_t first = 0; first < n; first++)
        for (int turns = 0;; turns++) {
            int32_t last = first;
            while (last + 1 < n && fabs(e[last + 1]) > least &&
                   fabs(e[last + 1]) > DBL_EPSILON * (fabs(d[last]) + fabs(d[last + 1])))
                last++;
            if (last == first)
                break;
            if (turns == TURNS_MOST)
                return fail_converge(n);
            turn(d, e, first, last, q, n);
        }
    return REC_OK;
}

/* Into rising order. */
static void order_values(double *d, double *q, int32_t n)
{
    for (int32_t i = 0; i + 1 < n; i++) {
        int32_t least = i;
        for (int32_t j = i + 1; j < n; j++)
            least = d[j] < d[least] ? j : least;
        double value = d[least];
        d[least] = d[i];
        d[i] = value;
        for (int32_t k = 0; least != i && k < n; k++) {
            double swapped = q[(int64_t)i * n + k];
            q[(int64_t)i * n + k] = q[(int64_t)least * n + k];
            q[(int64_t)least * n + k] = swapped;
        }
    }
}

rec_status rec__eigen(double *a, int32_t n, double *values)
{
    double *q = rec__allocate((int64_t)n * n, sizeof *q), *e = rec__allocate(3 * (int64_t)n + 1, sizeof *e);
    rec_status status = q == NULL || e == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    if (status == REC_OK) {
        reduce(a, n, values, e, q, e + n + 1);
        status = solve_diagonals(values, e, q, n);
    }
    if (status == REC_OK) {
        order_values(values, q, n);
        memcpy(a, q, (size_t)n * (size_t)n * sizeof *a);
    }
    rec__release(q);
    rec__release(e);
    return status;
}
