/* SPDX-License-Identifier: Apache-2.0 */
/* Student's t, sign flips, the bootstrap. Each resample has random numbers of its own: no figure depends on
 * threads. */
#include "evaluate/statistics.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/sort.h"
#include "base/threads.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

/* One stream a resample, above the kind. */
enum { BY_BOOTSTRAP = 0, BY_FLIP = 1 };

static uint64_t stream_of(int kind, int64_t resample)
{
    return REC_STREAM_RESAMPLE | (uint64_t)kind << 8 | (uint64_t)resample << 16;
}

/* log G(x + 1/2) - log G(x) by its asymptotic series from 20 on, which x reaches by steps of 1. A difference of
 * two log-gammas would lose digits where they are large. */
static double log_gamma_half_step(double x)
{
    double below = 0.0;
    for (; x < 20.0; x += 1.0)
        below += log1p(0.5 / x);
    double z = 1.0 / (x * x);
    double series = (-1.0 / 8 + z * (1.0 / 192 + z * (-1.0 / 640 + z * 17.0 / 14336))) / x;
    return 0.5 * log(x) + series - below;
}

static double away_from_zero(double x)
{
    return fabs(x) < DBL_MIN ? DBL_MIN : x;
}

/* The continued fraction of the incomplete beta function (Abramowitz and Stegun, 26.5.8) by Lentz's method
 * ("Generating Bessel functions in Mie scattering calculations using continued fractions", 1976). It converges
 * in O(sqrt(max(a, b))) steps for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    double c = 1.0, d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0)), fraction = d, factor = 0.0;
    for (int m = 1; m < 1000000 && fabs(factor - 1.0) > 4 * DBL_EPSILON; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1.0 / away_from_zero(1.0 + even * d);
        c = away_from_zero(1.0 + even / c);
        fraction *= d * c;
        d = 1.0 / away_from_zero(1.0 + odd * d);
        c = away_from_zero(1.0 + odd / c);
        factor = d * c;
        fraction *= factor;
    }
    return fraction;
}

/* Many degrees of freedom: Hill, "Algorithm 395: Student's t-distribution", CACM 13(10), 1970, turns t into a
 * normal deviate. The fraction above would lose digits, as x goes to 1. */
static double nearly_normal(double t, double freedom)
{
    double a = freedom - 0.5, b = 48.0 * a * a, square = a * log1p(t * t / freedom);
    double upper = ((-0.4 * square - 3.3) * square - 24.0) * square - 85.5;
    double lower = 0.8 * square * square + 100.0 + b;
    double deviate = ((upper / lower + square + 3.0) / b + 1.0) * sqrt(square);
    return erfc(deviate * 0.707106781186547524400844362105);
}

/* The regularised incomplete beta function of freedom/2 and 1/2 at x = freedom / (freedom + t^2); the logs of x
 * and of y = 1 - x are taken so that neither is lost to rounding. */
double rec__student_probability(double t, double freedom)
{
    static const double half_log_pi = 0.572364942924700087071713675677;
    if (isinf(t) || t == 0.0)
        return t == 0.0 ? 1.0 : 0.0;
    if (freedom >= 2000.0)
        return nearly_normal(t, freedom);
    double a = freedom / 2.0, ratio = t * t / freedom, x = 1.0 / (1.0 + ratio), y = ratio / (1.0 + ratio);
    double front = exp(log_gamma_half_step(a) - half_log_pi - a * log1p(ratio) + 0.5 * log(y));
    if (x < (a + 1.0) / (a + 2.5))
        return front * beta_fraction(a, 0.5, x) / a;
    return 1.0 - front * beta_fraction(0.5, a, y) / 0.5;
}

void rec__paired_t(const struct rec__paired *paired, double *t, double *probability)
{
    double sum = 0.0, squares = 0.0, n = (double)paired->n;
    for (int64_t u = 0; u < paired->n; u++)
        sum += paired->a[u] - paired->b[u];
    double mean = sum / n;
    for (int64_t u = 0; u < paired->n; u++) {
        double away = paired->a[u] - paired->b[u] - mean;
        squares += away * away;
    }
    double error = sqrt(squares / (n - 1.0) / n);
    *t = mean == 0.0 ? 0.0 : error > 0.0 ? mean / error : copysign(INFINITY, mean);
    *probability = rec__student_probability(*t, n - 1.0);
}

struct job {
    const struct rec__paired *paired;
    uint64_t seed;
    double *means_a, *means_b; /* of the bootstrap */
    double *sums;              /* of the flips */
};

static rec_status flip(void *context, int64_t resample, int32_t worker)
{
    const struct job *job = context;
    const struct rec__paired *paired = job->paired;
    uint32_t words[4] = {0};
    double sum = 0.0;
    (void)worker;
    for (int64_t u = 0; u < paired->n; u++) {
        if (u % 128 == 0)
            rec__random(job->seed, stream_of(BY_FLIP, resample), (uint64_t)u / 128, words);
        double difference = paired->a[u] - paired->b[u];
        sum += words[u % 128 / 32] >> (u % 32) & 1 ? difference : -difference;
    }
    job->sums[resample] = fabs(sum);
    return REC_OK;
}

rec_status rec__paired_flips(const struct rec__paired *paired, const struct rec__resampling *resampling,
                             double *probability)
{
    struct job job = {.paired = paired,
                      .seed = resampling->seed,
                      .sums = rec__allocate(resampling->resamples, sizeof *job.sums)};
    if (job.sums == NULL)
        return REC_ERR_NO_MEMORY;
    double sum = 0.0, sizes = 0.0;
    int64_t as_far = 1;
    for (int64_t u = 0; u < paired->n; u++) {
        sum += paired->a[u] - paired->b[u];
        sizes += fabs(paired->a[u] - paired->b[u]);
    }
    rec_status status = rec__parallel(resampling->threads, resampling->resamples, flip, &job);
    /* A sum of the same terms may round otherwise: it is as far all the same. */
    for (int32_t r = 0; r < resampling->resamples; r++)
        as_far += job.sums[r] >= fabs(sum) - 1e-12 * sizes;
    rec__release(job.sums);
    *probability = (double)as_far / ((double)resampling->resamples + 1.0);
    return status;
}

static double fraction_of(const uint32_t *words)
{
    return (double)(((uint64_t)words[0] << 32 | words[1]) >> 11) * 0x1p-53;
}

static rec_status resample_units(void *context, int64_t resample, int32_t worker)
{
    const struct job *job = context;
    const struct rec__paired *paired = job->paired;
    double a = 0.0, b = 0.0, weights = 0.0;
    uint32_t words[4] = {0};
    (void)worker;
    for (int64_t i = 0; i < paired->n; i++) {
        if (i % 2 == 0)
            rec__random(job->seed, stream_of(BY_BOOTSTRAP, resample), (uint64_t)i / 2, words);
        int64_t unit = (int64_t)(fraction_of(words + i % 2 * 2) * (double)paired->n);
        a += paired->a[unit];
        b += paired->b[unit];
        weights += paired->weights == NULL ? 1.0 : paired->weights[unit];
    }
    job->means_a[resample] = a / weights;
    job->means_b[resample] = b / weights;
    return REC_OK;
}

rec_status rec__paired_bootstrap(const struct rec__paired *paired, const struct rec__resampling *resampling,
                                 double *means_a, double *means_b)
{
    struct job job = {.paired = paired, .seed = resampling->seed, .means_a = means_a, .means_b = means_b};
    return rec__parallel(resampling->threads, resampling->resamples, resample_units, &job);
}

static int compare_values(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static double quantile(const double *rising, int32_t n, double share)
{
    double place = share * (n - 1);
    int32_t below = (int32_t)place, above = below + 1 < n ? below + 1 : below;
    return rising[below] + (place - below) * (rising[above] - rising[below]);
}

void rec__percentiles(double *values, int32_t n, double confidence, double *low, double *high)
{
    rec__sort(values, n, sizeof *values, compare_values);
    *low = quantile(values, n, (1.0 - confidence) / 2.0);
    *high = quantile(values, n, (1.0 + confidence) / 2.0);
}
