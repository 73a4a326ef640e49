/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four rules that turn fitted arrays into scores. Every score is a sum in double in one fixed order, so
 * that predicting, ranking one user and ranking many give the same numbers.
 */
#ifndef REC_MODEL_SCORER_H
#define REC_MODEL_SCORER_H

#include "model/query.h"
#include "kernels/topk.h"

/** A query made ready to score items with. */
struct rec__state {
    const struct rec__result *result;
    const float *vector; /* dot */
    const float *plain; /* dot: the vector without contexts, where there are any; the vector lies behind it */
    double still, base; /* table, dot: offset and user bias, without and with what drifts */
    const float *drifts; /* table, dot: of each item, at the moment; NULL: none */
    const double *
        totals; /* item graph, closest, when all items are scored; blend: a sum an item, to be divided by divisor */
    const double *middle; /* item graph: the history's vector in the middle; NULL: there is none */
    const double *counts; /* item graph, closest: what each item of the history counts */
    const struct rec__history *history;
    double divisor; /* item graph, blend */
    /* user graph: neighbours, nearest first, and the sums an item when all items are scored */
    const int32_t *neighbors;
    const float *weights;
    int32_t n_neighbors;
    double spread;                         /* of the user */
    const struct rec__neighbor_sums *sums; /* an item each, when many are scored; else: */
    struct rec__neighbor_table *table;
};

struct rec__ordering; /* order.h */

/** Queries that are made ready together: their sums of all items fill the caches. */
#define REC_PREPARED 16

struct rec__scorer_ops {
    /** Find and check the arrays; fill result->bound. */
    rec_status (*bind)(struct rec__result *result);
    /** Make a query ready to score n items with. Uses REC_SCRATCH_VECTOR, _MIDDLE, _SCORES, _NEIGHBORS, _WEIGHTS. */
    rec_status (*prepare)(const struct rec__result *result, const struct rec__query *query, int64_t n,
                          rec_workspace *workspace, struct rec__state *state);
    /** Optional, and faster than preparing each: make at most REC_PREPARED queries of one time ready to rank all items with, by totals. */
    rec_status (*prepare_panel)(const struct rec__result *result, const struct rec__query *queries, int32_t n,
                                rec_workspace *workspace, struct rec__state *states);
    /** The score of one item. */
    double (*score)(const struct rec__state *state, int32_t item);
    /** Optional: offer every item that the filter admits; faster than scoring each. */
    rec_status (*scan)(const struct rec__state *state, const struct rec__filter *filter,
                       rec_workspace *workspace, struct rec__topk *topk);
    /** Optional, and faster than scoring each: take all items into account in n orderings whose states and marks are ready (order.h). A
     * score may be told as any number that lies between the same marks. Uses REC_SCRATCH_TILE of each. */
    rec_status (*order)(struct rec__ordering *orderings, int32_t n);
};

/** The rules of a scorer. */
const struct rec__scorer_ops *rec__scorer_ops(enum rec__scorer_kind kind);
extern const struct rec__scorer_ops rec__table_scorer, rec__dot_scorer, rec__item_graph_scorer,
    rec__user_graph_scorer, rec__closest_scorer, rec__blend_scorer;

/** Numbers that the vector of a state takes: that of the user, and with contexts another behind it. */
static inline int32_t rec__state_width(const struct rec__result *result)
{
    return result->bound.context.n > 0 ? 2 * result->bound.factors : result->bound.factors;
}

/** The state of a table or dot scorer for a user, at the query's time. user->vector: room for rec__state_width. */
struct rec__state rec__state_of(const struct rec__result *result, const struct rec__query *query,
                                const struct rec__user_state *user);
/** Move any state to another time; REC_NO_TIME: what drifts is left out. Nothing happens where nothing drifts. */
void rec__state_at(struct rec__state *state, const struct rec__query *query, int64_t time);

/** What is answered for a sum that a scorer made. */
float rec__answer(const struct rec__result *result, double sum);
/** A score as it is answered, times its item's factor; one below 0 is drawn towards 0 by a factor above 1 too. factors NULL: the score as it is. */
double rec__reweigh(const struct rec__result *result, const float *factors, double score, int32_t item);

/** offset + what is known of the biases; a row of -1 is unknown. The training mean where the scorer has no
 * such parts. */
double rec__score_known(const rec_model *model, int32_t user, int32_t item);

/** What is left of a folded bias or spread once it lies in an array, so that an updated model (update.h) answers as the query did. */
double rec__as_stored(double value);

/** What the arrays have of a user, or what folding in finds: fills state->bias and spread, and the vector unless it is NULL. */
rec_status rec__user_state(const struct rec__result *result, const struct rec__query *query,
                           struct rec__user_state *state);

/** place: a pointer to the elements, of whatever type; fills: the array by name in the wanted type and size, NULL
 * when it is absent. Errors: REC_ERR_CORRUPT, absent though required. */
rec_status rec__bind_array(const struct rec__result *result, const char *name, struct rec__expected expected,
                           bool required, void *place);

/** Rank the users of one panel (n <= REC_PANEL), for the dot scorer: topk[q] collects what query q is
 * answered. */
rec_status rec__dot_scan_panel(const struct rec__state *states, const struct rec__filter *filters, int32_t n,
                               rec_workspace *workspace, struct rec__topk *topk);
/** Offer the rows of `vectors` by cosine with row `like`, itself left out. norms: the rows' lengths. */
rec_status rec__dot_similar(const struct rec__result *result, bool users, int32_t like,
                            rec_workspace *workspace, struct rec__topk *topk);

#endif
