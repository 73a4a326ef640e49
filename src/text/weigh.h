/* SPDX-License-Identifier: Apache-2.0 */
/* From counts of terms to weights. */
#ifndef REC_TEXT_WEIGH_H
#define REC_TEXT_WEIGH_H

#include "store/features.h"
#include "text/settings.h"

/** What weights depend on beside the counts of a row. */
struct rec__weighing {
    const double *settings;
    const double *idf;  /* a term */
    double mean_length; /* terms a document */
};

/** containing: in how many documents each term is; NULL: it is counted here. idf fills: a number a term; mean_length fills. */
rec_status rec__weigh_learn(const double *settings, const rec_features *counts, const int32_t *containing,
                            double *idf, double *mean_length);
/** Rows of counts become rows of weights. values fills: one an entry; may be those of the counts. */
rec_status rec__weigh(const struct rec__weighing *weighing, const rec_features *counts, float *values,
                      int32_t threads);

#endif
