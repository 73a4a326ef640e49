/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Gibbs samplers share: gamma numbers, priors of groups of numbers, a row's distribution, and kept draws laid side by side, so that one dot product of
 * the rows is the mean over all draws. A model of S kept draws of f factors has, divided by the root of S,
 *
 *   user_vectors [users x S f], item_vectors [items x S f], sample_precision [S, double: alpha], and of either side
 *   user_bias_draws [S x users], user_prior_means [S (f + 1), double], user_prior_precisions alike; optional user_implicit_draws [items x S (f + 1)]
 */
#ifndef REC_BACKENDS_GIBBS_H
#define REC_BACKENDS_GIBBS_H

#include "backends/normal.h"

#include <stdbool.h>

/** Draw from Gamma(shape, 1), shape at least 1/2. Counters below 2^51. */
double rec__gamma(uint64_t seed, uint64_t stream, uint64_t counter, double shape);

/** Numbers are N(mean, 1 / precision). */
struct rec__prior {
    double mean, precision;
};

/** The numbers of a group, summed. */
struct rec__group {
    double n, sum, squares;
};

/** Draw the prior of group k of `groups`, given its numbers: precision ~ Gamma(1/2, 1/2), mean ~ N(0, 1 / precision). Uses bits 62 and 63 of the stream. */
struct rec__prior rec__prior_draw(const struct rec__group *group, uint64_t seed, uint64_t stream, int32_t k,
                                  int32_t groups);

/**
 * From sum y y' and sum y t to a row's distribution: the factor of A in room->matrix, the mean in room->right. False when there is no
 * factor.
 */
bool rec__gibbs_posterior(struct rec__normal_room *room, int32_t w, double alpha, const double *mean,
                          const double *precision);

/** Kept draws; a new row has only some numbers of each, the others being 0: `factors` of them from `first` on, of f. */
struct rec__gibbs_draws {
    int32_t factors, samples, first, f;
};

/** The state of a new user (side 0) or item (1) by their ratings: in each draw the mean of its distribution, given the other side and the prior. */
rec_status rec__gibbs_fold_in(const struct rec__fitted *fitted, const struct rec__gibbs_draws *draws,
                              int side, const struct rec__history *row, struct rec__user_state *state);
/** Are the arrays of the head of the right sizes? Errors: REC_ERR_CORRUPT. biases: the model has them. */
rec_status rec__gibbs_check(const struct rec__fitted *fitted, int32_t factors, int32_t samples, bool biases);

#endif
