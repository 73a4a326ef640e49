/* SPDX-License-Identifier: Apache-2.0 */
/* A round of a search: some of its points, fitted and measured on every fold. */
#ifndef REC_EVALUATE_TUNE_ROUND_H
#define REC_EVALUATE_TUNE_ROUND_H

#include "evaluate/tune.h"

#include <stdatomic.h>

/** Points that are fitted one after another: they are `stride` apart, in the order of `places`. */
struct rec__path {
    int32_t length, stride; /* length 1: each point by itself */
    int32_t *places;
};

/** What the rounds of a search have in common, and what is known while one runs. */
struct rec__rounds {
    const struct rec__search *search;
    const rec_tuning *tuning; /* backend, parameters, settings */
    int32_t folds;
    int32_t cut; /* the parameter that a round gives its resource to, or -1 */
    struct rec__path path;
    int64_t fits; /* of all rounds */
    atomic_int_least64_t done;
    atomic_bool cancelled;
};

/** Fit and measure points[0..n), the first of the tuning's, and write what they gave there. Errors: as those of a
 * fit, but REC_ERR_DIVERGED; the sentence names point and fold. */
rec_status rec__round_run(struct rec__rounds *rounds, rec_tuned *points, int32_t n, int32_t resource);

#endif
