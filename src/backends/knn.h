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
    REC_KNN_PARAMETER_OWN,
    REC_KNN_PARAMETER_OTHER,
    REC_KNN_PARAMETER_WEIGHTING,
    REC_KNN_PARAMETER_BM25_K1,
    REC_KNN_PARAMETER_BM25_B,
    REC_KNN_PARAMETERS
};

enum rec__knn_weighting { REC_KNN_PLAIN, REC_KNN_TFIDF, REC_KNN_BM25 };

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

/** The nearest rows of a new one, whose ratings are by row of the other side. Errors: REC_ERR_NO_MEMORY, REC_ERR_CORRUPT. */
rec_status rec__knn_neighbors(const struct rec__fitted *fitted, const rec_ratings *ratings, bool items,
                              const struct rec__history *row, struct rec__neighbors *out);

/**
 * Weighting ratings before they are compared, rows being documents and columns words: what knn_weights.c is for. rec__knn_weigh fills graph_idf, graph_length and graph_values
 * (in the order of the columns), and makes the same values in the order of the rows, the caller's to release.
 */
rec_status rec__knn_weigh(struct rec__fit *fit, const struct rec__neighborhood *n, float **values);
/** weighted fills: the ratings of a new row, weighted. */
void rec__knn_weigh_row(const struct rec__fitted *fitted, const struct rec__history *row, float *weighted);

/** The work of a fit that compares items, or users. */
void rec__knn_work(const struct rec__fit *fit, bool users, struct rec__work *work);

#endif
