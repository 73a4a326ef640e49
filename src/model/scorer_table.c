/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score = offset + user_biases[u] + item_scores[i]
 *
 * The order of the items is the same for everybody, so it is made once, after the fit: a ranking walks it
 * until k items are admitted.
 */
#include "model/scorer.h"

static rec_status bind_table(struct rec__result *result)
{
    struct rec__bound *bound = &result->bound;
    struct rec__expected items = {REC_F32, 1, result->fitted.n_items, 1};
    struct rec__expected users = {REC_F32, 1, result->fitted.n_users, 1};
    const double *offset = NULL;
    rec_status status = rec__bind_array(result, "item_scores", items, true, &bound->item_scores);
    if (status == REC_OK)
        status = rec__bind_array(result, "user_biases", users, false, &bound->user_biases);
    if (status == REC_OK)
        status = rec__bind_array(result, "item_order", (struct rec__expected){REC_I32, 1, items.rows, 1},
                                 true, &bound->item_order);
    if (status == REC_OK)
        status = rec__bind_array(result, "offset", (struct rec__expected){REC_F64, 1, 1, 1}, false, &offset);
    bound->offset = offset == NULL ? 0.0 : *offset;
    return status;
}

static rec_status prepare_table(const struct rec__result *result, const struct rec__query *query, int64_t n,
                                rec_workspace *workspace, struct rec__state *state)
{
    (void)n;
    (void)workspace;
    struct rec__user_state user = {.vector = NULL};
    rec_status status = rec__user_state(result, query, &user);
    *state = rec__state_of(result, query, &user);
    return status;
}

static double score_table(const struct rec__state *state, int32_t item)
{
    double score = state->base + (double)state->result->bound.item_scores[item];
    return state->drifts == NULL ? score : score + (double)state->drifts[item];
}

static rec_status scan_table(const struct rec__state *state, const struct rec__filter *filter,
                             rec_workspace *workspace, struct rec__topk *topk)
{
    int32_t n_items = state->result->fitted.n_items, admitted = 0;
    double kth = 0.0;
    (void)workspace;
    for (int32_t item = 0; state->drifts != NULL && item < n_items; item++)
        if (rec__filter_admits(filter, item))
            rec__topk_offer(topk, score_table(state, item), item);
    if (state->drifts != NULL)
        return REC_OK;
    for (int32_t place = 0; place < n_items; place++) {
        int32_t item = state->result->bound.item_order[place];
        /* The order of a damaged file may name items that are not there. */
        if (item < 0 || item >= n_items || !rec__filter_admits(filter, item))
            continue;
        double score = score_table(state, item);
        /* Past the k-th only those that tie with it once offset and bias are added may still matter. */
        if (admitted >= topk->k && score < kth)
            break;
        if (++admitted == topk->k)
            kth = score;
        rec__topk_offer(topk, score, item);
    }
    return REC_OK;
}

const struct rec__scorer_ops rec__table_scorer = {
    .bind = bind_table,
    .prepare = prepare_table,
    .score = score_table,
    .scan = scan_table,
};
