/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors for items that nobody has rated, and for users who have rated nothing, from their features. */
#ifndef REC_MODEL_FEATURE_MAP_H
#define REC_MODEL_FEATURE_MAP_H

#include "backends/backend.h"

/** Whose vectors. */
enum rec__map_side { REC_MAP_ITEMS, REC_MAP_USERS };

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
 * user_map_vectors and user_map_mean. place: false leaves rows without ratings as they are.
 * Errors: REC_ERR_NO_MEMORY, REC_ERR_CANCELLED.
 */
rec_status rec__feature_map(struct rec__fit *fit, enum rec__map_side side, bool place);

#endif
