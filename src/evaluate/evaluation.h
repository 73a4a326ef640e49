/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of an evaluation, and how they come to be. */
#ifndef REC_EVALUATE_EVALUATION_H
#define REC_EVALUATE_EVALUATION_H

#include "evaluate/measure.h"

#include <librec/evaluate.h>

/** A group that was measured apart. */
struct rec__stratum {
    char name[64];
    bool by_items;
    int32_t members;
    int64_t least, most;
    rec_evaluation *figures;
};

struct rec_evaluation {
    struct rec__metric_list metrics;
    double *values, *deviations; /* one a metric; deviations 0 without folds */
    rec_evaluation_totals totals;
    rec_evaluation **folds; /* n_folds of them; NULL without folds */
    int32_t n_folds;
    struct rec__stratum *strata; /* n_strata of them; NULL without */
    int32_t n_strata;
};

/** An evaluation without figures: reads the list of metrics. */
rec_status rec__evaluation_create(rec_evaluation **out, const char *metrics);

/** An evaluation without figures, of the same metrics by the same names. */
rec_status rec__evaluation_alike(rec_evaluation **out, const rec_evaluation *other);

/** Fill in the figures of one model; options NULL: none; observed: what each unit contributes goes there, or NULL. */
rec_status rec__evaluation_measure(rec_evaluation *evaluation, const rec_model *model,
                                   const rec_ratings *test, const rec_evaluate_options *options,
                                   const struct rec__observed *observed);

/** Fill in folds, means and deviations. ratings: NULL when the plan gives the folds. Other arguments have been
 * checked for NULL by src/api. */
rec_status rec__evaluation_cross_validate(rec_evaluation *evaluation, const rec_model *model,
                                          const rec_ratings *ratings, const rec_folds *plan,
                                          const char *metrics);

#endif
