/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured with a model: each fills the values of its own metrics and lets the others be. */
#ifndef REC_EVALUATE_MEASURE_H
#define REC_EVALUATE_MEASURE_H

#include "evaluate/match.h"
#include "evaluate/metric_list.h"
#include "evaluate/terms.h"

/**
 * What each unit contributes, for comparing models: of errors `part` of the unit's sums, of the metrics of
 * one user the user's value. Units are test users, or of errors test pairs; what is not measured is left.
 */
struct rec__observed {
    double **values; /* a row of units a metric */
    bool by_pair;
};

/** What figures are of: all that was matched, or a group. */
struct rec__part {
    struct rec__matched matched;
    double *values;  /* one a metric, in the order asked for */
    int32_t *places; /* of a group: its judged users among all judged; NULL: this is the whole */
};

/** What the threads of a measurement share, and where the figures go. */
struct rec__measurement {
    const struct rec__part *parts; /* the whole, then the groups */
    int32_t n_parts;
    const struct rec__metric_list *metrics;
    const struct rec__terms *terms;
    const struct rec__observed *observed; /* of the whole; NULL: nobody compares */
};

/** rmse and the like: predict every test pair. */
rec_status rec__measure_errors(const struct rec__measurement *measurement);
/** recall@K and the like: rank once with the greatest K for every judged user. */
rec_status rec__measure_lists(const struct rec__measurement *measurement);
/** auc: compare every test item with all others. */
rec_status rec__measure_auc(const struct rec__measurement *measurement);
/** All of these among sampled items. */
rec_status rec__measure_sampled(const struct rec__measurement *measurement);

/** A group that gives a metric no value has NaN; the whole fails. */
rec_status rec__part_settle(const struct rec__part *part, rec_status status, int32_t metric);

/** The place of a judged user of a part among all judged. */
static inline int32_t rec__part_place(const struct rec__part *part, int32_t judged)
{
    return part->places == NULL ? judged : part->places[judged];
}

#endif
