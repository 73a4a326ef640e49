/* SPDX-License-Identifier: Apache-2.0 */
/* What itemknn and userknn share: parameters, the baseline that neighbours deviate from, the graph. */
#ifndef REC_BACKENDS_KNN_H
#define REC_BACKENDS_KNN_H

#include "backends/neighbors.h"

#include <stdbool.h>

enum rec__knn_mode {
    REC_KNN_AUTO,
    REC_KNN_BASIC,
    REC_KNN_MEANS,
    REC_KNN_ZSCORE,
    REC_KNN_BASELINE,
    REC_KNN_SUM
};

enum {
    REC_KNN_PARAMETER_MODE,
    REC_KNN_PARAMETER_SIMILARITY,
    REC_KNN_PARAMETER_K,
    REC_KNN_PARAMETER_MIN_K,
    REC_KNN_PARAMETER_NEIGHBORS,
    REC_KNN_PARAMETER_SHRINKAGE,
    REC_KNN_PARAMETER_MIN_SUPPORT,
    REC_KNN_PARAMETER_AMPLIFICATION,
    REC_KNN_PARAMETER_DAMPING,
    REC_KNN_PARAMETER_USER_REGULARIZATION,
    REC_KNN_PARAMETER_ITEM_REGULARIZATION,
    REC_KNN_PARAMETER_EPOCHS,
    REC_KNN_PARAMETERS
};

/** The table of both. */
extern const struct rec__parameter rec__knn_parameters[REC_KNN_PARAMETERS];

/** Fit; items: neighbours of items, else of users. */
rec_status rec__knn_fit(struct rec__fit *fit, bool items);

/** The bias and spread of a user with this history, by the rule of the mode. */
void rec__knn_fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                      struct rec__user_state *state);

/** The bias and spread of an item with these ratings. */
void rec__knn_fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                           struct rec__user_state *state);

/** The check of rec_backend: what the functions below read. */
rec_status rec__knn_check(const struct rec__fitted *fitted, bool items);
/** How the rows of a fitted model are compared. The arrays of `fitted` and `ratings` are referred to. */
struct rec__neighborhood rec__knn_neighborhood(const struct rec__fitted *fitted, const rec_ratings *ratings,
                                               bool items);
/** What the ratings of a new row are centred by when it is compared with those of the neighbourhood. */
float rec__knn_center(const struct rec__fitted *fitted, const struct rec__neighborhood *n, bool items,
                      const struct rec__history *row);

#endif
