/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nearest users (Resnick, Iacovou, Suchak, Bergstrom and Riedl, "GroupLens", CSCW 1994; z-scores and weighting: Herlocker, Konstan, Borchers
 * and Riedl, SIGIR 1999). A rating is
 *
 *   base_ui + s_u (sum over v of w_uv z_v) / (sum over v of w_uv + damping),   z_v = (r_vi - base_vi) / s_v
 *
 * over the k users v nearest to u among those who rated i. base is the mean (mode basic), the user's mean (means, zscore) or
 * mu + b_u + b_i (baseline); s is the deviation of the user's ratings (zscore) or 1. The mode sum, for implicit data, scores by the sum
 * over the neighbours of w_uv r_vi.
 */
#include "backends/knn.h"
#include "base/status.h"

static rec_status fit(struct rec__fit *fit)
{
    return rec__knn_fit(fit, false);
}

static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    rec__knn_fold_in(fitted, history, false, state);
    return REC_OK;
}

static rec_status check(const struct rec__fitted *fitted)
{
    struct rec__expected users = {REC_F32, 1, fitted->n_users, 1}, items = {REC_F32, 1, fitted->n_items, 1};
    rec_status status = rec__arrays_check(fitted->arrays, "user_centers", users, false);
    if (status == REC_OK)
        status = rec__arrays_check(fitted->arrays, "item_centers", items, false);
    return status == REC_OK ? rec__arrays_check(fitted->arrays, "graph_norms", users, false) : status;
}

static rec_status neighbors(const struct rec__fitted *fitted, const rec_ratings *ratings,
                            const struct rec__history *history, struct rec__neighbors *out)
{
    struct rec__neighborhood users = rec__knn_users(fitted, ratings);
    struct rec__sparse_row row = {history->items, history->ratings, history->n,
                                  rec__knn_center(fitted, &users, history), -1};
    if (users.measure == REC_MEASURE_COSINE && users.norms == NULL)
        return rec__fail(REC_ERR_CORRUPT, "array \"graph_norms\" is missing; cosines divide by it");
    struct rec__neighbor_room *room = rec__neighbor_rooms_make(1, &users);
    if (room == NULL)
        return REC_ERR_NO_MEMORY;
    out->n = rec__neighbors_of(&users, &row, room, out->users, out->weights);
    rec__neighbor_rooms_free(room, 1);
    return REC_OK;
}

const struct rec_backend rec__userknn = {
    .name = "userknn",
    .summary = "nearest users: the ratings that the users most like this one gave, or a sum of similarities",
    .parameters = rec__knn_parameters,
    .n_parameters = REC_KNN_PARAMETERS,
    .scorer = REC_SCORER_USER_GRAPH,
    .traits = REC_PREDICTS_RATINGS,
    .fit = fit,
    .check = check,
    .fold_in = fold_in,
    .neighbors = neighbors,
};
