/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured with a model: each fills the values of its own metrics and lets the others be. */
#ifndef REC_EVALUATE_MEASURE_H
#define REC_EVALUATE_MEASURE_H

#include "evaluate/match.h"
#include "evaluate/metric_list.h"

/**
 * What each unit contributes, for comparing models: of errors `part` of the unit's sums, of the metrics of
 * one user the user's value. Units are test users, or of errors test pairs; what is not measured is left.
 */
struct rec__observed {
    double **values; /* a row of units a metric */
    bool by_pair;
};

/** What the threads of a measurement share, and where the figures go. */
struct rec__measurement {
    const struct rec__matched *matched;
    const struct rec__metric_list *metrics;
    double *values;                       /* one a metric, in the order asked for */
    const struct rec__observed *observed; /* NULL: nobody compares */
};

/** rmse and the like: predict every test pair. */
rec_status rec__measure_errors(const struct rec__measurement *measurement);
/** recall@K and the like: rank once with the greatest K for every judged user. */
rec_status rec__measure_lists(const struct rec__measurement *measurement);
/** auc: score all items for every judged user. */
rec_status rec__measure_auc(const struct rec__measurement *measurement);

#endif
