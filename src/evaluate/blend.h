/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for the weights of a blend. */
#ifndef REC_EVALUATE_BLEND_H
#define REC_EVALUATE_BLEND_H

#include "evaluate/match.h"
#include "evaluate/metric_list.h"

/** weights fills: one a member of the blend. The metric has of_hits. blend.h says how they are found. */
rec_status rec__blend_tune(const rec_model *blend, const rec_ratings *validation,
                           const struct rec__wanted *metric, double *weights, double *value);

#endif
