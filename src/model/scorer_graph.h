/* SPDX-License-Identifier: Apache-2.0 */
/* What the two graph scorers share. */
#ifndef REC_MODEL_SCORER_GRAPH_H
#define REC_MODEL_SCORER_GRAPH_H

#include "backends/graph.h"
#include "model/scorer.h"

/** A sparse matrix with this many rows, as arrays of these names: start, columns, weights. m->start NULL: there is none. */
rec_status rec__bind_graph(const struct rec__result *result, const char *const names[3], int64_t rows,
                           bool required, struct rec__graph *m);
/** graph_rule, and for the rule nearest what it is measured from. */
rec_status rec__bind_rule(struct rec__result *result);

/** The items of a query's history under the rule nearest. Uses REC_SCRATCH_MIDDLE. */
rec_status rec__prepare_nearest_items(const struct rec__result *result, const struct rec__query *query,
                                      rec_workspace *workspace, struct rec__state *state);
double rec__score_nearest_item(const struct rec__state *state, int32_t item);

/** The score of an item that is not in the model, from its neighbours among the items and what the user rated. */
rec_status rec__score_by_neighbors(const struct rec__result *result, int32_t user,
                                   const struct rec__neighbors *neighbors, const struct rec__user_state *item,
                                   double *score);
/** The same from those who rated it. */
double rec__score_by_raters(const struct rec__result *result, int32_t user, const struct rec__history *raters,
                            const struct rec__user_state *item);

#endif
