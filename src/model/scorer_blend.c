/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score_i = sum over the members m of weight_m part_mi, over all items at once:
 *
 *   sum     part = (score - mean) / deviation, mean and deviation being of the member's scores of all items for this user
 *   ranks   part = 1 / (constant + rank) among the items that may be answered (Cormack, Clarke and Buettcher, "Reciprocal rank
 *           fusion outperforms Condorcet and individual rank learning methods", SIGIR 2009); 0 beyond rank REC_BLEND_DEPTH
 */
#include "model/scorer_blend.h"
#include "model/ladder.h"
#include "base/status.h"
#include "kernels/kernels.h"

#include <librec/blend.h>

#include <math.h>
#include <string.h>

static rec_status bind_blend(struct rec__result *result)
{
    return result->blend != NULL ? REC_OK
                                 : rec__fail(REC_ERR_CORRUPT, "the model is a blend without members");
}

/* The member's scores. Long vectors are multiplied in single precision: a blend asks for every item. */
static void score_all(const struct rec__state *state, const struct rec__scorer_ops *ops, double *part,
                      float *scores)
{
    const struct rec__result *result = state->result;
    const struct rec__bound *bound = &result->bound;
    int32_t n = result->fitted.n_items;
    if (ops != &rec__dot_scorer || state->drifts != NULL) {
        for (int32_t i = 0; i < n; i++)
            part[i] = ops->score(state, i);
        return;
    }
    rec__kernels()->scores(state->vector, bound->item_vectors, n, bound->factors, scores);
    for (int32_t i = 0; i < n; i++)
        part[i] = (double)scores[i] + (bound->item_biases == NULL ? 0.0 : (double)bound->item_biases[i]);
}

static void standardize(double *part, int32_t n)
{
    double sum = 0.0, squares = 0.0;
    for (int32_t i = 0; i < n; i++)
        sum += part[i];
    double mean = sum / n;
    for (int32_t i = 0; i < n; i++)
        squares += (part[i] - mean) * (part[i] - mean);
    double scale = squares > 0.0 ? 1.0 / sqrt(squares / n) : 0.0;
    for (int32_t i = 0; i < n; i++)
        part[i] = (part[i] - mean) * scale;
}

/* Room for the candidates, and for the items they leave. */
struct best {
    struct rec__candidate candidates[2 * REC_BLEND_DEPTH + 32];
    int32_t items[REC_BLEND_DEPTH];
};

static void take_ranks(const struct rec__filter *filter, double constant, struct best *best, double *part,
                       int32_t n)
{
    struct rec__topk topk = rec__topk_start(best->candidates, REC_BLEND_DEPTH);
    for (int32_t i = 0; i < n; i++)
        if (part[i] >= topk.least && rec__filter_admits(filter, i))
            rec__topk_offer(&topk, part[i], i);
    int32_t found = rec__topk_finish(&topk, best->items, NULL);
    memset(part, 0, (size_t)n * sizeof *part);
    for (int32_t rank = 0; rank < found; rank++)
        part[best->items[rank]] = 1.0 / (constant + rank + 1.0);
}

rec_status rec__blend_part(const struct rec__blend *blend, int32_t m, const struct rec__query *query,
                           rec_workspace *workspace, double *part)
{
    const struct rec__result *member = blend->members[m]->result;
    int32_t n = member->fitted.n_items;
    float *scores = rec__scratch(workspace, REC_SCRATCH_TILE, n, sizeof *scores);
    struct best *best = rec__scratch(workspace, REC_SCRATCH_BEST, 1, sizeof *best);
    struct rec__state state;
    if (scores == NULL || best == NULL)
        return REC_ERR_NO_MEMORY;
    /* Somebody without ratings stands on each member's own rung. */
    struct rec__query own = *query;
    own.rung = rec__ladder_rung(member, &own);
    rec_status status = rec__query_ops(member, &own)->prepare(member, &own, n, workspace, &state);
    if (status != REC_OK)
        return rec__fail_within(status, "member %d of the blend: ", m);
    score_all(&state, rec__query_ops(member, &own), part, scores);
    if (blend->rule == REC_BLEND_SUM)
        standardize(part, n);
    else
        take_ranks(&query->filter, blend->constant, best, part, n);
    return REC_OK;
}

static rec_status prepare_blend(const struct rec__result *result, const struct rec__query *query, int64_t n,
                                rec_workspace *workspace, struct rec__state *state)
{
    const struct rec__blend *blend = result->blend;
    int32_t n_items = result->fitted.n_items;
    double *totals = rec__scratch(workspace, REC_SCRATCH_BLEND, n_items, sizeof *totals);
    double *part = rec__scratch(workspace, REC_SCRATCH_PART, n_items, sizeof *part);
    rec_status status = totals == NULL || part == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    (void)n;
    for (int32_t i = 0; status == REC_OK && i < n_items; i++)
        totals[i] = 0.0;
    for (int32_t m = 0; status == REC_OK && m < blend->n; m++) {
        if (blend->weights[m] == 0.0)
            continue;
        status = rec__blend_part(blend, m, query, workspace, part);
        for (int32_t i = 0; status == REC_OK && i < n_items; i++)
            totals[i] += blend->weights[m] * part[i];
    }
    *state = (struct rec__state){.result = result, .totals = totals, .divisor = 1.0};
    return status;
}

static double score_blend(const struct rec__state *state, int32_t item)
{
    return state->totals[item];
}

const struct rec__scorer_ops rec__blend_scorer = {
    .bind = bind_blend,
    .prepare = prepare_blend,
    .score = score_blend,
};
