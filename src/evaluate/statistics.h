/* SPDX-License-Identifier: Apache-2.0 */
/* Whether paired samples differ by more than chance. Knows no model: compare.c observes. */
#ifndef REC_EVALUATE_STATISTICS_H
#define REC_EVALUATE_STATISTICS_H

#include <librec/host.h>

#include <math.h>

/** What n units gave under a and under b; weights: what each counts, NULL: 1. */
struct rec__paired {
    const double *a, *b, *weights;
    int64_t n;
};

/** Random numbers, and the threads to draw on. */
struct rec__resampling {
    uint64_t seed;
    int32_t resamples, threads;
};

/** The probability of a Student's t of `freedom` degrees at least this far from 0. */
double rec__student_probability(double t, double freedom);

/** The paired t-test of a - b: t (infinite when all differences are the same but not 0) and its probability. n
 * is at least 2. */
void rec__paired_t(const struct rec__paired *paired, double *t, double *probability);

/** The probability of a sum of differences so far from 0 when each has a random sign: that sum and its flips
 * counted together (Phipson and Smyth, "Permutation p-values should never be zero", 2010). */
rec_status rec__paired_flips(const struct rec__paired *paired, const struct rec__resampling *resampling,
                             double *probability);

/** For each resample of n units with replacement, the mean of a and of b: sums over those of the weights. */
rec_status rec__paired_bootstrap(const struct rec__paired *paired, const struct rec__resampling *resampling,
                                 double *means_a, double *means_b);

/** The quantiles at (1 - confidence) / 2 from either end, between neighbours in proportion; reorders. */
void rec__percentiles(double *values, int32_t n, double confidence, double *low, double *high);

/** A mean and the sum of squared deviations from it with one more value, the n-th (Welford, "Note on a method
 * for calculating corrected sums of squares and products", Technometrics 1962). */
static inline void rec__moments_add(double *mean, double *squares, double value, int32_t n)
{
    double before = value - *mean;
    *mean += before / n;
    *squares += before * (value - *mean);
}

/** The sample standard deviation; 0 of one value. */
static inline double rec__moments_deviation(double squares, int32_t n)
{
    return n > 1 ? sqrt(squares / (n - 1)) : 0.0;
}

#endif
