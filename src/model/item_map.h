/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors for items that nobody has rated, from their features. */
#ifndef REC_MODEL_ITEM_MAP_H
#define REC_MODEL_ITEM_MAP_H

#include "backends/backend.h"

/**
 * After a fit of vectors with item features: learn how features give vectors, and give theirs to the items that nobody has rated.
 *
 * A ridge regression of the vectors y_i of rated items, and of their biases, on the features f_i:
 *
 *   minimise  sum over i of c_i |y_i - mean - W'f_i|^2 + lambda |W|^2,   c_i = n_i / (n_i + 10), n_i ratings
 *
 * (Gantner, Drumond, Freudenthaler, Rendle and Schmidt-Thieme, "Learning attribute-to-feature mappings for cold-start recommendations",
 * ICDM 2010). lambda is the one of a path that gives a fifth of the rated items, held out, the scores nearest to their own over all users; infinite,
 * which gives every item the mean, is among them. Adds the arrays map_vectors (W) and map_mean, a column for biases last.
 * Errors: REC_ERR_NO_MEMORY, REC_ERR_CANCELLED.
 */
rec_status rec__item_map(struct rec__fit *fit);

#endif
