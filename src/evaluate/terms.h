/* SPDX-License-Identifier: Apache-2.0 */
/* The options of an evaluation, checked and in the model's rows. */
#ifndef REC_EVALUATE_TERMS_H
#define REC_EVALUATE_TERMS_H

#include "evaluate/metric_list.h"
#include "model/model.h"

#include <librec/evaluate.h>

/** How to measure. */
struct rec__terms {
    rec_evaluate_options options;
    rec_ratings *test;      /* what is measured: of `only` alone, where it is given; retained */
    rec_ratings *histories; /* rows of the test's users, the model's items; NULL: fold nothing in */
    int32_t *only;          /* rising, each once; NULL: all items compete */
    int64_t n_only;
    const rec_contexts *contexts; /* that rankings are asked for in; NULL: in none */
};

/** options NULL: none. Freed by rec__terms_clear, also after a failure. */
rec_status rec__terms_make(struct rec__terms *terms, const rec_model *model, const rec_ratings *test,
                           const rec_evaluate_options *options);
void rec__terms_clear(struct rec__terms *terms);

/** Check that metrics can be had of samples, and name them so. */
rec_status rec__terms_label(struct rec__metric_list *metrics);

#endif
