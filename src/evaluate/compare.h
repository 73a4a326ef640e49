/* SPDX-License-Identifier: Apache-2.0 */
/* Two models on the same units. */
#ifndef REC_EVALUATE_COMPARE_H
#define REC_EVALUATE_COMPARE_H

#include "evaluate/metric_list.h"

#include <librec/compare.h>

struct rec_comparison {
    struct rec__metric_list metrics; /* what the names lie in */
    rec_compared *compared;          /* one a metric */
};

/** Compare by options that have been checked. */
rec_status rec__compare(rec_comparison **out, const rec_model *a, const rec_model *b, const rec_ratings *test,
                        const char *metrics, const rec_compare_options *options);

#endif
