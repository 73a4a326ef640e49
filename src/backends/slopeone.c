/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slope One (Lemire and Maclachlan, "Slope One predictors for online rating-based collaborative filtering", SDM 2005): how much better or
 * worse item i is liked than item j, on average over the n_ij users who rated both, added to the user's rating of j:
 *
 *   score(u, i) = sum over j of w_ij (r_uj + dev_ij) / sum over j of w_ij,   dev_ij = mean over these users of r_vi - r_vj
 *
 * over the history's items j; w_ij = n_ij (the weighted scheme) or 1. Without any, the user's mean. As the rule nearest of the item graph,
 * it is measured from the user's mean, which cancels.
 */
#include "backends/biases.h"
#include "backends/graph.h"
#include "backends/neighbors.h"
#include "backends/work.h"

enum { WEIGHTING, MIN_SUPPORT, NEIGHBORS, N_PARAMETERS };
enum { COUNT, EVEN };

static const struct rec__parameter parameters[N_PARAMETERS] = {
    [WEIGHTING] =
        REC_CHOICE("weighting", COUNT, "count|even", EVEN,
                   "items count by how many users rated both (weighted Slope One), or all the same"),
    [MIN_SUPPORT] =
        REC_WHOLE("min_support", 1, 1, 1 << 30, "pairs of items that fewer users rated are left out"),
    [NEIGHBORS] = REC_WHOLE("neighbors", INT32_MAX, 1, INT32_MAX,
                            "keep so many items for each, those rated together most often; all by default"),
};

static rec_status fit_means(struct rec__fit *fit)
{
    const rec_ratings *r = fit->ratings;
    struct rec__arrays *arrays = fit->arrays;
    float *biases = rec__arrays_add_floats(arrays, "user_biases", r->n_users, 0);
    double *offset = rec__arrays_add_doubles(arrays, "offset", 1);
    double *nearest = rec__arrays_add_doubles(arrays, "graph_nearest", 3);
    int32_t *rule = rec__arrays_add_rows(arrays, "graph_rule", 1);
    if (biases == NULL || offset == NULL || nearest == NULL || rule == NULL)
        return REC_ERR_NO_MEMORY;
    struct rec__biases users = {r->user_start, r->user_items, r->user_ratings, r->n_users, r->mean,
                                0.0,           NULL,          biases};
    rec__biases_solve(&users, fit->threads);
    *offset = r->mean;
    nearest[0] = INT32_MAX;
    nearest[1] = 1.0;
    *rule = REC_GRAPH_NEAREST;
    return REC_OK;
}

static struct rec__neighborhood items_of(const rec_ratings *r, const double *values)
{
    return (struct rec__neighborhood){.n_rows = r->n_items,
                                      .start = r->item_start,
                                      .columns = r->item_users,
                                      .values = r->item_ratings,
                                      .column_start = r->user_start,
                                      .rows = r->user_items,
                                      .column_values = r->user_ratings,
                                      .measure = REC_MEASURE_COUNT,
                                      .shifts = true,
                                      .amplification = values[WEIGHTING] == COUNT ? 1.0 : 0.0,
                                      .min_support = (int32_t)values[MIN_SUPPORT],
                                      .most = (int32_t)values[NEIGHBORS]};
}

static rec_status fit(struct rec__fit *fit)
{
    struct rec__neighborhood items = items_of(fit->ratings, fit->parameters);
    rec_status status = fit_means(fit);
    return status == REC_OK ? rec__neighbors_fit(fit, &items, REC_NEAREST_FIRST) : status;
}

static double bias_of(const struct rec__fitted *fitted, const struct rec__history *history)
{
    double sum = 0.0, mu = *(const double *)rec__arrays_find(fitted->arrays, "offset")->data;
    for (int64_t j = 0; j < history->n; j++)
        sum += (double)history->ratings[j] - mu;
    return history->n > 0 ? sum / (double)history->n : 0.0;
}

static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    state->bias = bias_of(fitted, history);
    return REC_OK;
}

/* A new item has no bias: its deviations from other items say all. */
static rec_status fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                               struct rec__user_state *state)
{
    (void)fitted;
    (void)raters;
    state->bias = 0.0;
    return REC_OK;
}

static rec_status item_neighbors(const struct rec__fitted *fitted, const rec_ratings *ratings,
                                 const struct rec__history *raters, struct rec__neighbors *out)
{
    struct rec__neighborhood items = items_of(ratings, fitted->parameters);
    return rec__neighbors_of(&items, raters, 0.0f, out);
}

/* Its scores and reasons are means: without the numbers of the rule nearest there is nothing to go by. */
static rec_status check(const struct rec__fitted *fitted)
{
    return rec__arrays_check(fitted->arrays, "graph_nearest", (struct rec__expected){REC_F64, 1, 3, 1}, true);
}

static rec_status explain(const struct rec__fitted *fitted, const struct rec__history *history, int32_t item,
                          double *contributions)
{
    rec__nearest_explain(fitted, history, bias_of(fitted, history), item, contributions);
    return REC_OK;
}

static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    work->once.steps = 2.0 * rec__work_pairs(fit->ratings, false);
    work->held = 24.0 * rec__work_edges(fit->ratings->n_items, fit->parameters[NEIGHBORS]);
}

const struct rec_backend rec__slopeone = {
    .name = "slopeone",
    .summary = "a user's ratings, each moved by how much better or worse others liked this item",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .scorer = REC_SCORER_ITEM_GRAPH,
    /* Where two tastes meet, mean differences cancel. */
    .traits = REC_PREDICTS_RATINGS | REC_BLIND_TO_TASTES,
    .fit = fit,
    .work = count_work,
    .check = check,
    .fold_in = fold_in,
    .fold_in_item = fold_in_item,
    .item_neighbors = item_neighbors,
    .explain = explain,
};
