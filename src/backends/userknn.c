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
#include "backends/work.h"

static rec_status fit(struct rec__fit *fit)
{
    return rec__knn_fit(fit, false);
}

static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    rec__knn_fold_in(fitted, history, state);
    return REC_OK;
}

static rec_status check(const struct rec__fitted *fitted)
{
    return rec__knn_check(fitted, false);
}

static rec_status neighbors(const struct rec__fitted *fitted, const rec_ratings *ratings,
                            const struct rec__history *history, struct rec__neighbors *out)
{
    return rec__knn_neighbors(fitted, ratings, false, history, out);
}

static rec_status fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                               struct rec__user_state *state)
{
    rec__knn_fold_in_item(fitted, raters, state);
    return REC_OK;
}

static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    rec__knn_work(fit, true, work);
}

const struct rec_backend rec__userknn = {
    .name = "userknn",
    .summary = "nearest users: the ratings that the users most like this one gave, or a sum of similarities",
    .parameters = rec__knn_parameters,
    .n_parameters = REC_KNN_PARAMETERS,
    .scorer = REC_SCORER_USER_GRAPH,
    .traits = REC_PREDICTS_RATINGS,
    .fit = fit,
    .work = count_work,
    .check = check,
    .fold_in = fold_in,
    .neighbors = neighbors,
    .fold_in_item = fold_in_item,
};
