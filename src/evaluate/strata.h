/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of users and of items: what belongs to each, and the test ratings of each. */
#ifndef REC_EVALUATE_STRATA_H
#define REC_EVALUATE_STRATA_H

#include "evaluate/evaluation.h"

/** The test ratings of the whole or of a group, and what measures them. */
struct rec__strata {
    struct rec__part *parts; /* the whole, then the groups that have test ratings */
    rec_ratings **tests;     /* of each group; NULL of the whole */
    int32_t n;
};

/**
 * Name the groups that the options ask for in evaluation->strata, and match the test ratings of the whole and of each group that has any.
 * Freed by rec__strata_clear, which accepts what a failure left.
 */
rec_status rec__strata_make(struct rec__strata *strata, rec_evaluation *evaluation,
                            const struct rec__matched *whole, const rec_evaluate_options *options);
void rec__strata_clear(struct rec__strata *strata);

#endif
