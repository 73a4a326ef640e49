/* SPDX-License-Identifier: Apache-2.0 */
/* What an item of a history counts, for scorers and explanations alike. */
#ifndef REC_BACKENDS_HISTORY_H
#define REC_BACKENDS_HISTORY_H

#include "backends/backend.h"

/** w_j = (a r_j + b) 2^((t_j - last) / half_life), last being the latest time of the history; half_life 0, or no times: without that factor. */
struct rec__history_rule {
    double a, b, half_life;
};

/** What an item counts: its rating, that less the mean of all, or 1. */
enum rec__profile { REC_PROFILE_RATING, REC_PROFILE_CENTRED, REC_PROFILE_EQUAL };

/** Add the arrays of a rule to what a fit leaves, its half-life with it. Errors: REC_ERR_NO_MEMORY. */
rec_status rec__history_keep(struct rec__fit *fit, enum rec__profile profile);
/** Multiply the weights of ratings, by user, by 2^(-age / half_life), age being that beside the newest of all; one without a time is as old as the oldest. */
void rec__history_decay(const rec_ratings *ratings, double half_life, float *weights);

/** The arrays history_line and history_half_life; 1, 0 and 0 where they are absent. */
struct rec__history_rule rec__history_rule(const struct rec__arrays *arrays);
/** Are these arrays of the right sizes, and the half-life a positive number? Errors: REC_ERR_CORRUPT. */
rec_status rec__history_check(const struct rec__arrays *arrays);

/** weights fills: w_j of each entry. */
void rec__history_weigh(const struct rec__history_rule *rule, const struct rec__history *history,
                        double *weights);

#endif
