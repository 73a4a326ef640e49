/* SPDX-License-Identifier: Apache-2.0 */
/* Two fitted models on the same test ratings: how much better one is, and whether that is more than chance. */
#ifndef LIBREC_COMPARE_H
#define LIBREC_COMPARE_H

#include <librec/evaluate.h>

REC_BEGIN_DECLS

/** What a comparison found. Immutable. */
typedef struct rec_comparison rec_comparison;

enum {
    REC_COMPARE_PAIRS = 1 /* the units of prediction errors are test pairs, not users */
};

/** How to compare. Set up by REC_COMPARE_OPTIONS_INIT; grows only at the end; members that an older library
 * does not know must be zero. */
typedef struct rec_compare_options {
    size_t size;
    uint32_t flags;    /* REC_COMPARE_... */
    int32_t resamples; /* of the bootstrap, and sign flips, each: 100 to 10000000; 0: 2000 */
    uint64_t seed;
    double confidence; /* of the intervals, more than 0 and less than 1 */
} rec_compare_options;

#define REC_COMPARE_OPTIONS_INIT                                                                             \
    {                                                                                                        \
        sizeof(rec_compare_options), 0, 2000, 0, 0.95                                                        \
    }

/**
 * Compare two fitted models, unit by unit: a unit is a user with test ratings, who adds to an error metric the
 * errors of all of them. (Errors of one user's ratings are alike, so that counting pairs as units, which
 * REC_COMPARE_PAIRS does, makes differences look surer than they are.)
 *
 * a, b     fitted models; each may have rows of its own
 * metrics  as rec_evaluate takes them, but coverage, novelty, gini, popularity, entropy and fcp, which are no means over units
 * options  NULL: the usual
 * out      creates: free with rec_comparison_free
 *
 * A ranking metric is of the users that both models can judge: with models of the same training items, those
 * of rec_evaluate. docs/evaluation.md defines the figures.
 *
 * Threads  const; runs on the threads of a.
 * Cost     two evaluations, and O(resamples * units) a metric; 16 bytes a unit and metric
 * Errors   as rec_evaluate; REC_ERR_INVALID (an option), REC_ERR_UNSUPPORTED (such a metric), REC_ERR_EMPTY
 *          (fewer than two units)
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_compare(const rec_model *a, const rec_model *b, const rec_ratings *test,
                                           const char *metrics, const rec_compare_options *options,
                                           rec_comparison **out);
/** Free what was found; NULL is accepted. */
REC_API void rec_comparison_free(rec_comparison *comparison);

/** An interval that a bootstrap found. */
typedef struct rec_interval {
    double low, high;
} rec_interval;

/** One metric of two models. Grows only at the end. */
typedef struct rec_compared {
    size_t size;                                              /* sizeof(rec_compared), by REC_COMPARED_INIT */
    const char *name;                                         /* as it was asked for; view */
    int64_t units;                                            /* users, or test pairs */
    double a, b;                                              /* the metric of each */
    double difference;                                        /* a - b */
    rec_interval a_interval, b_interval, difference_interval; /* of the bootstrap, by its percentiles */
    double t;                                                 /* of the paired t-test */
    double t_probability;    /* of a t so far from 0 or farther, if they were equal: two-sided */
    double flip_probability; /* the same of the sum of differences, with random signs */
} rec_compared;

#define REC_COMPARED_INIT                                                                                    \
    {                                                                                                        \
        sizeof(rec_compared), NULL, 0, 0.0, 0.0, 0.0, {0.0, 0.0}, {0.0, 0.0}, {0.0, 0.0}, 0.0, 0.0, 0.0      \
    }

/** How many metrics, and each, in the order asked for. Fills. Errors: REC_ERR_RANGE, REC_ERR_INVALID. */
REC_API int32_t rec_comparison_count(const rec_comparison *comparison);
REC_API REC_CHECKED rec_status rec_comparison_at(const rec_comparison *comparison, int32_t index,
                                                 rec_compared *compared);

REC_END_DECLS

#endif
