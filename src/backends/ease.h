/* SPDX-License-Identifier: Apache-2.0 */
/* EASE inside: the objective and its symbols are in ease.c. */
#ifndef REC_BACKENDS_EASE_H
#define REC_BACKENDS_EASE_H

#include "backends/backend.h"

/** The parameters, in the order of the table. */
enum {
    REC_EASE_REGULARIZATION,
    REC_EASE_DROPOUT,
    REC_EASE_NEIGHBORS,
    REC_EASE_FACTORS,
    REC_EASE_ITERATIONS,
    REC_EASE_MEMORY,
    REC_EASE_N_PARAMETERS
};

/** What is added to the diagonal of G, whose element there is `square`. */
double rec__ease_penalty(const double *set, double square);

/** The weights by the inverse of the whole square matrix: graph_start, graph_columns, graph_weights. */
rec_status rec__ease_fit_square(struct rec__fit *fit);

/** Slot item_neighbors: the weights of a new item, as many as the fit keeps, largest first. */
rec_status rec__ease_item_neighbors(const struct rec__fitted *fitted, const rec_ratings *ratings,
                                    const struct rec__history *raters, struct rec__neighbors *out);

#endif
