/* SPDX-License-Identifier: Apache-2.0 */
/* The rule nearest: a mean over the k nearest, measured from a baseline. Binding it, and its item graph. */
#include "base/status.h"
#include "model/scorer_graph.h"

#include <math.h>
#include <stdbool.h>

/* Where the biases are, and the spreads. */
static rec_status bind_bases(struct rec__result *result)
{
    struct rec__bound *bound = &result->bound;
    struct rec__expected users = {REC_F32, 1, result->fitted.n_users, 1};
    struct rec__expected items = {REC_F32, 1, result->fitted.n_items, 1};
    struct rec__expected shifts = {REC_F32, 1, bound->edges, 1}, one = {REC_F64, 1, 1, 1};
    const double *offset = NULL;
    rec_status status = rec__bind_array(result, "offset", one, false, &offset);
    if (status == REC_OK)
        status = rec__bind_array(result, "user_biases", users, false, &bound->user_biases);
    if (status == REC_OK)
        status = rec__bind_array(result, "item_biases", items, false, &bound->item_biases);
    if (status == REC_OK)
        status = rec__bind_array(result, "user_spreads", users, false, &bound->user_spreads);
    if (status == REC_OK)
        status = rec__bind_array(result, "item_spreads", items, false, &bound->item_spreads);
    if (status == REC_OK)
        status = rec__bind_array(result, "graph_shifts", shifts, false, &bound->shifts);
    bound->offset = offset == NULL ? 0.0 : *offset;
    return status;
}

rec_status rec__bind_rule(struct rec__result *result)
{
    struct rec__bound *bound = &result->bound;
    const int32_t *rule = NULL;
    const double *nearest = NULL;
    rec_status status =
        rec__bind_array(result, "graph_rule", (struct rec__expected){REC_I32, 1, 1, 1}, false, &rule);
    if (status != REC_OK)
        return status;
    bound->rule = rule == NULL ? REC_GRAPH_SUM : *rule;
    if (bound->rule < REC_GRAPH_SUM || bound->rule > REC_GRAPH_NEAREST)
        return rec__fail(REC_ERR_CORRUPT, "graph_rule is %d; 0 to %d were expected", bound->rule,
                         REC_GRAPH_NEAREST);
    /* Explanations go by the numbers, rankings by the rule: a file must have both or neither. */
    if (bound->rule != REC_GRAPH_NEAREST && rec__arrays_find(&result->arrays, "graph_nearest") != NULL)
        return rec__fail(REC_ERR_CORRUPT, "graph_rule is %d beside graph_nearest; %d was expected",
                         bound->rule, REC_GRAPH_NEAREST);
    if (bound->rule != REC_GRAPH_NEAREST)
        return REC_OK;
    status =
        rec__bind_array(result, "graph_nearest", (struct rec__expected){REC_F64, 1, 3, 1}, true, &nearest);
    if (status != REC_OK)
        return status;
    if (!(nearest[0] >= 1.0 && nearest[0] <= INT32_MAX && nearest[1] >= 1.0 && nearest[1] <= INT32_MAX &&
          nearest[2] >= 0.0))
        return rec__fail(REC_ERR_CORRUPT, "graph_nearest is %g, %g, %g; counts and a damping were expected",
                         nearest[0], nearest[1], nearest[2]);
    bound->k = (int32_t)nearest[0];
    bound->min_k = (int32_t)nearest[1];
    bound->damping = nearest[2];
    return bind_bases(result);
}

static double spread_of(const struct rec__bound *bound, int32_t item)
{
    return bound->item_spreads == NULL ? 1.0 : (double)bound->item_spreads[item];
}

static double bias_of(const struct rec__bound *bound, int32_t item)
{
    return bound->item_biases == NULL ? 0.0 : (double)bound->item_biases[item];
}

/* How far each rating of the history lies from its base; NaN for items that are not in it, and once more behind them. */
rec_status rec__prepare_nearest_items(const struct rec__result *result, const struct rec__query *query,
                                      rec_workspace *workspace, struct rec__state *state)
{
    const struct rec__bound *bound = &result->bound;
    const struct rec__history *history = &query->history;
    struct rec__user_state user = {.vector = NULL};
    rec_status status = rec__user_state(result, query, &user);
    int32_t n_items = result->fitted.n_items;
    double *deviations =
        rec__scratch(workspace, REC_SCRATCH_MIDDLE, (int64_t)n_items + 1, sizeof *deviations);
    if (status != REC_OK || deviations == NULL)
        return status != REC_OK ? status : REC_ERR_NO_MEMORY;
    for (int32_t i = 0; i <= n_items; i++)
        deviations[i] = (double)NAN;
    state->base = bound->offset + user.bias;
    for (int64_t j = 0; j < history->n; j++) {
        int32_t item = history->items[j];
        deviations[item] =
            ((double)history->ratings[j] - state->base - bias_of(bound, item)) / spread_of(bound, item);
    }
    state->middle = deviations;
    return REC_OK;
}

/* The edges from `first` on whose item is in the history; at least BLOCK of room. Written without a branch, as none could be foretold. */
enum { BLOCK = 32 };
static int32_t list_rated(const struct rec__graph *graph, const double *deviations, int64_t first,
                          int64_t last, int64_t *rated)
{
    int32_t n = 0;
    for (int64_t e = first; e < last; e++) {
        int32_t other = graph->columns[e];
        bool inside = (uint32_t)other < (uint32_t)graph->n_columns;
        rated[n] = e;
        n += !isnan(deviations[inside ? other : graph->n_columns]);
    }
    return n;
}

double rec__score_nearest_item(const struct rec__state *state, int32_t item)
{
    const struct rec__bound *bound = &state->result->bound;
    struct rec__graph graph = {bound->start, bound->columns, bound->weights, bound->edges, bound->middle};
    double sum = 0.0, total = bound->damping, base = state->base + bias_of(bound, item);
    int64_t first, last = rec__graph_row(&graph, item, &first), rated[BLOCK + 1];
    int32_t met = 0;
    for (int64_t block = first; block < last && met < bound->k; block += BLOCK) {
        int64_t end = block + BLOCK < last ? block + BLOCK : last;
        int32_t n = list_rated(&graph, state->middle, block, end, rated);
        for (int32_t r = 0; r < n && met < bound->k; r++, met++) {
            int64_t e = rated[r];
            double shift = bound->shifts == NULL ? 0.0 : (double)bound->shifts[e];
            sum += (double)graph.weights[e] * (state->middle[graph.columns[e]] + shift);
            total += (double)graph.weights[e];
        }
    }
    bool enough = met >= bound->min_k && total > 0.0;
    return enough ? base + spread_of(bound, item) * sum / total : base;
}

/* What a user gave an item, or NaN. */
static double rating_of(const rec_ratings *ratings, int32_t user, int32_t item)
{
    int64_t at = rec__ratings_find(ratings, user, item);
    return at < 0 ? (double)NAN : (double)ratings->user_ratings[at];
}

rec_status rec__score_by_neighbors(const struct rec__result *result, int32_t user,
                                   const struct rec__neighbors *neighbors, const struct rec__user_state *item,
                                   double *score)
{
    const struct rec__bound *bound = &result->bound;
    bool nearest = bound->rule == REC_GRAPH_NEAREST;
    double known = bound->offset + (bound->user_biases == NULL ? 0.0 : (double)bound->user_biases[user]);
    double sum = 0.0, total = bound->damping;
    int32_t met = 0;
    for (int32_t n = 0; n < neighbors->n && (!nearest || met < bound->k); n++) {
        int32_t other = neighbors->rows[n];
        double weight = (double)neighbors->weights[n], z = rating_of(result->ratings, user, other);
        if (isnan(z))
            continue;
        if (nearest)
            z = (z - known - bias_of(bound, other)) / spread_of(bound, other) +
                (neighbors->shifts == NULL ? 0.0 : (double)neighbors->shifts[n]);
        sum += weight * z;
        total += weight;
        met++;
    }
    bool enough = met >= bound->min_k && total > 0.0;
    *score = !nearest ? sum : known + item->bias + (enough ? item->spread * sum / total : 0.0);
    return REC_OK;
}
