/* SPDX-License-Identifier: Apache-2.0 */
/* What each member of a blend contributes: for its scorer, and for those who look for weights. */
#ifndef REC_MODEL_SCORER_BLEND_H
#define REC_MODEL_SCORER_BLEND_H

#include "model/scorer.h"

/** Ranks that count. */
#define REC_BLEND_DEPTH 1000

/** parts fills: for each of n queries, of every item, what member m contributes before its weight. Uses every scratch but REC_SCRATCH_BLEND, _PART and
 * those of the queries, which all ask at one time. */
rec_status rec__blend_parts(const struct rec__blend *blend, int32_t m, const struct rec__query *queries,
                            int32_t n, rec_workspace *workspace, double *parts);

#endif
