/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors for items that nobody has rated, and for users who have rated nothing, from their features. */
#ifndef REC_MODEL_FEATURE_MAP_H
#define REC_MODEL_FEATURE_MAP_H

#include "backends/backend.h"

/** Whose vectors. */
enum rec__map_side { REC_MAP_ITEMS, REC_MAP_USERS };

enum {
    REC_MAP_PLACE = 1, /* rows without ratings get their vectors */
    REC_MAP_SPREAD =
        2 /* spread as far as the rated rows' own: for items that are ranked among these, not for ratings predicted */
};

/**
 * After a fit of vectors with features of a side: learn how features give vectors, and give theirs to the rows without ratings.
 *
 * A ridge regression of the vectors y_i of rated rows, and of their biases, on the features f_i:
 *
 *   minimise  sum over i of c_i |y_i - mean - W'f_i|^2 + lambda |W|^2,   c_i = n_i / (n_i + 10), n_i ratings
 *
 * (Gantner, Drumond, Freudenthaler, Rendle and Schmidt-Thieme, "Learning attribute-to-feature mappings for cold-start recommendations",
 * ICDM 2010). lambda is the one of a path that gives a fifth of the rated rows, held out, the scores nearest to their own over all of the other side;
 * infinite, which gives every row the mean, is among them. Adds the arrays map_vectors (W) and map_mean, a column for biases last; of users
 * user_map_vectors and user_map_mean.
 *
 * A regression draws to the mean what features do not tell, so what it gives seldom rises above rated rows. With REC_MAP_SPREAD a row's vector is
 * mean + g W'f, g being what brings the held-out rows' scores to the variance over the other side that those of their own vectors have (array map_spread).
 * Among rows without ratings the order stays.
 * Errors: REC_ERR_NO_MEMORY, REC_ERR_CANCELLED.
 */
rec_status rec__feature_map(struct rec__fit *fit, enum rec__map_side side, uint32_t how);

#endif
