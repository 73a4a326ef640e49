/* SPDX-License-Identifier: Apache-2.0 */
/* What the two graph scorers share. */
#ifndef REC_MODEL_SCORER_GRAPH_H
#define REC_MODEL_SCORER_GRAPH_H

#include "backends/graph.h"
#include "model/scorer.h"

/** A sparse matrix with this many rows, as arrays of these names: start, columns, weights. m->start NULL: there is none. */
rec_status rec__bind_graph(const struct rec__result *result, const char *const names[3], int64_t rows,
                           bool required, struct rec__graph *m);
/** A, B and what a history counts. The bind of the item graph. */
rec_status rec__bind_item_graph(struct rec__result *result);
struct rec__graph rec__matrix_a(const struct rec__bound *bound);
struct rec__graph rec__matrix_b(const struct rec__result *result);
/** totals += amount times a row. */
void rec__graph_spread(const struct rec__graph *m, int32_t row, double amount, double *totals);
/** A row times x, summed in the order of columns. */
double rec__graph_dot(const struct rec__graph *m, int32_t row, const double *x);
/** REC_ERR_UNSUPPORTED when a user is to be scored from ratings that the model has not. */
rec_status rec__check_history(const struct rec__result *result, const struct rec__query *query);
/** The best of all items without adding up what cannot matter (scorer_skip.c); back_tails is bound. */
rec_status rec__graph_scan(const struct rec__state *state, const struct rec__filter *filter,
                           rec_workspace *workspace, struct rec__topk *topk);

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
