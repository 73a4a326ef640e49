/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nearest items (Sarwar, Karypis, Konstan and Riedl, "Item-based collaborative filtering recommendation algorithms", WWW 2001; with baselines:
 * Koren, TKDD 4(1), 2010). A rating is
 *
 *   base_ui + s_i (sum over j of w_ij z_j) / (sum over j of w_ij + damping),   z_j = (r_uj - base_uj) / s_j
 *
 * over the k items j nearest to i among those the user rated. base is the mean (mode basic), the item's mean (means, zscore) or
 * mu + b_u + b_i (baseline); s is the deviation of the item's ratings (zscore) or 1. The mode sum, for implicit data, scores by the
 * sum over the history of r_uj w_ji.
 */
#include "backends/graph.h"
#include "backends/knn.h"
#include "base/status.h"
#include "backends/work.h"

static rec_status fit(struct rec__fit *fit)
{
    return rec__knn_fit(fit, true);
}

static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    rec__knn_fold_in(fitted, history, state);
    return REC_OK;
}

static rec_status explain(const struct rec__fitted *fitted, const struct rec__history *history, int32_t item,
                          double *contributions)
{
    struct rec__user_state state = {NULL, 0.0, 1.0};
    if (rec__arrays_find(fitted->arrays, "graph_nearest") == NULL)
        return rec__graph_explain(fitted, history, item, contributions);
    rec__knn_fold_in(fitted, history, &state);
    rec__nearest_explain(fitted, history, state.bias, item, contributions);
    return REC_OK;
}

static rec_status check(const struct rec__fitted *fitted)
{
    return rec__knn_check(fitted, true);
}

static rec_status fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                               struct rec__user_state *state)
{
    rec__knn_fold_in_item(fitted, raters, state);
    return REC_OK;
}

static rec_status item_neighbors(const struct rec__fitted *fitted, const rec_ratings *ratings,
                                 const struct rec__history *raters, struct rec__neighbors *out)
{
    return rec__knn_neighbors(fitted, ratings, true, raters, out);
}

static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    rec__knn_work(fit, false, work);
}

const struct rec_backend rec__itemknn = {
    .name = "itemknn",
    .summary = "nearest items: a user's ratings of the items most like this one, or a sum of similarities",
    .parameters = rec__knn_parameters,
    .n_parameters = REC_KNN_PARAMETERS,
    .scorer = REC_SCORER_ITEM_GRAPH,
    .traits = REC_PREDICTS_RATINGS,
    .fit = fit,
    .work = count_work,
    .check = check,
    .fold_in = fold_in,
    .fold_in_item = fold_in_item,
    .item_neighbors = item_neighbors,
    .explain = explain,
};
