/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured with a model: each fills the values of its own metrics and lets the others be. */
#ifndef REC_EVALUATE_MEASURE_H
#define REC_EVALUATE_MEASURE_H

#include "evaluate/match.h"
#include "evaluate/metric_list.h"

/** What the threads of a measurement share, and where the figures go. */
struct rec__measurement {
    const struct rec__matched *matched;
    const struct rec__metric_list *metrics;
    double *values; /* one a metric, in the order asked for */
};

/** rmse and the like: predict every test pair. */
rec_status rec__measure_errors(const struct rec__measurement *measurement);
/** recall@K and the like: rank once with the greatest K for every judged user. */
rec_status rec__measure_lists(const struct rec__measurement *measurement);
/** auc: score all items for every judged user. */
rec_status rec__measure_auc(const struct rec__measurement *measurement);

#endif
