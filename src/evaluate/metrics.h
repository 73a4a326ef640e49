/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The metrics as functions of what was measured, and the one table of them. Nothing here knows a model:
 * errors.c, lists.c and auc.c measure.
 *
 * Adding a metric is a function in metrics.c and a row of its table.
 */
#ifndef REC_EVALUATE_METRICS_H
#define REC_EVALUATE_METRICS_H

#include "store/ratings.h"

/** Sums over test pairs of prediction less rating; plain: the prediction clipped, raw: as it is. */
struct rec__errors {
    double squares, sizes, raw_squares, raw_sizes;
    double ratings, rating_squares; /* of the test ratings less the training mean, for their variance */
    int64_t pairs;
    int64_t concordant, discordant; /* pairs of one user's test ratings, where they were counted */
    int64_t concordant_users, discordant_users; /* users with at least one such */
};

void rec__errors_add(struct rec__errors *errors, const struct rec__errors *more);

/** A test rating, and what it was predicted to be. */
struct rec__rated {
    double rating, predicted;
};

/**
 * Count into errors the pairs of one user's test ratings that differ: concordant when the predictions have
 * the same order, else discordant, ties too. rated is reordered; scratch: room for n. O(n log n).
 */
void rec__errors_order(struct rec__errors *errors, struct rec__rated *rated, int64_t n, double *scratch);

/** The discounts of nDCG. */
struct rec__gains {
    double *gain;  /* gain[r] = 1 / log2(r + 1), ranks from 1 */
    double *ideal; /* ideal[n] = gain[1] + ... + gain[n] */
};

/** Discounts of ranks 1..n; freed by rec__gains_clear, which accepts what a failure left. */
rec_status rec__gains_create(struct rec__gains *gains, int64_t n);
void rec__gains_clear(struct rec__gains *gains);

/** Where a user's test items stand in the user's list. */
struct rec__hits {
    const int32_t *ranks; /* from 1, rising */
    int32_t n;
    int64_t relevant; /* the user's test items, at least 1; those that no list can hold count too */
    const struct rec__gains *gains;
};

/** Fill the ranks at which a list of n items holds one of `relevant` (rising); returns how many. */
int32_t rec__hits_find(const int32_t *list, int32_t n, const int32_t *relevant, int64_t n_relevant,
                       int32_t *ranks);

/** What all lists together hold. */
struct rec__exposure {
    const int64_t *times; /* how often each item is recommended */
    const rec_ratings *training;
    int64_t recommended; /* the sum of times */
    const int32_t *only; /* the items that were ranked; NULL: all */
    int64_t n_only;
};

/** How a metric follows from the mean over test pairs of its part of the errors. */
enum rec__shape { REC_SHAPE_MEAN, REC_SHAPE_ROOT, REC_SHAPE_SHARE /* 1 - mean / variance of the ratings */ };

/** A row of the table. Exactly one of the functions `of_` is set, or none: then it is auc, which auc.c measures. */
struct rec__metric {
    const char *name;
    bool takes_k;
    bool smaller; /* is better */
    bool orders;  /* of_errors reads the counts of rec__errors_order */
    rec_status (*of_errors)(const struct rec__errors *errors, double *value);
    double (*of_hits)(const struct rec__hits *hits, int32_t k); /* of one user; the metric is the mean */
    double (*part)(const struct rec__errors *errors); /* what is averaged, where of_errors is a mean */
    enum rec__shape shape;
    rec_status (*of_exposure)(const struct rec__exposure *exposure, double *value);
};

int32_t rec__metric_count(void);
const struct rec__metric *rec__metric_at(int32_t index);

#endif
