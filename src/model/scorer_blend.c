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
#include "model/blend.h"

#include <librec/blend.h>

#include <math.h>
#include <string.h>

static rec_status bind_blend(struct rec__result *result)
{
    struct rec__blend *blend = result->blend;
    if (blend == NULL)
        return rec__fail(REC_ERR_CORRUPT, "the model is a blend without members");
    struct rec__expected expected = {REC_F64, 1, blend->n, 1};
    rec_status status = rec__bind_array(result, "blend_weights", expected, true, &blend->weights);
    for (int32_t m = 0; status == REC_OK && m < blend->n; m++)
        if (!isfinite(blend->weights[m]))
            status = rec__fail(REC_ERR_CORRUPT, "blend_weights[%d] is %g; a finite number was expected", m,
                               blend->weights[m]);
    blend->rule = (int32_t)result->parameters[REC_BLEND_PARAMETER_RULE];
    blend->constant = result->parameters[REC_BLEND_PARAMETER_CONSTANT];
    return status;
}

/* The member's scores for one query, by the sums that it has made, or one by one. */
static rec_status score_each(const struct rec__result *member, const struct rec__query *query,
                             rec_workspace *workspace, double *part)
{
    const struct rec__scorer_ops *ops = rec__query_ops(member, query);
    int32_t n = member->fitted.n_items;
    struct rec__state state;
    rec_status status = ops->prepare(member, query, n, workspace, &state);
    for (int32_t i = 0; status == REC_OK && i < n; i++)
        part[i] = state.totals != NULL ? state.totals[i] / state.divisor : ops->score(&state, i);
    return status;
}

/* The vectors of n queries, one after another. */
static rec_status gather_vectors(const struct rec__result *member, const struct rec__query *queries,
                                 int32_t n, rec_workspace *workspace, float *vectors)
{
    size_t f = (size_t)member->bound.factors;
    rec_status status = REC_OK;
    for (int32_t q = 0; status == REC_OK && q < n; q++) {
        struct rec__state state;
        status = rec__dot_scorer.prepare(member, &queries[q], member->fitted.n_items, workspace, &state);
        if (status == REC_OK)
            memcpy(vectors + (size_t)q * f, state.vector, f * sizeof *vectors);
    }
    return status;
}

/* Scores by vectors, in single precision: a blend asks for every item. Items go by in blocks that stay in the first-level cache while all queries are
 * multiplied with them; a block is a whole number of the rows that the kernel takes together, so that any panel adds in the same order. */
static rec_status score_panel(const struct rec__result *member, const struct rec__query *queries, int32_t n,
                              rec_workspace *workspace, double *parts)
{
    enum { BLOCK_FLOATS = 6144, TOGETHER = 4 };
    const struct rec__bound *bound = &member->bound;
    int64_t n_items = member->fitted.n_items, f = bound->factors, block = BLOCK_FLOATS / (f + 1);
    float *vectors = rec__scratch(workspace, REC_SCRATCH_PANEL, n * f + 1, sizeof *vectors);
    float *scores = rec__scratch(workspace, REC_SCRATCH_TILE, BLOCK_FLOATS, sizeof *scores);
    if (vectors == NULL || scores == NULL)
        return REC_ERR_NO_MEMORY;
    rec_status status = gather_vectors(member, queries, n, workspace, vectors);
    block = block < TOGETHER ? TOGETHER : block / TOGETHER * TOGETHER;
    for (int64_t first = 0; status == REC_OK && first < n_items; first += block)
        for (int32_t q = 0; q < n; q++) {
            int64_t count = n_items - first < block ? n_items - first : block;
            double *part = parts + q * n_items + first;
            rec__kernels()->scores(vectors + q * f, bound->item_vectors + first * f, count, (int32_t)f,
                                   scores);
            for (int64_t i = 0; i < count; i++)
                part[i] = (double)scores[i] +
                          (bound->item_biases == NULL ? 0.0 : (double)bound->item_biases[first + i]);
        }
    return status;
}

/* The sum of (x - less)^power for power 1 or 2, in lanes of a fixed order. */
static double sum_of(const double *x, int32_t n, double less, int power)
{
    enum { LANES = 8 };
    double lanes[LANES] = {0}, sum = 0.0;
    int32_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++) {
            double value = x[i + l] - less;
            lanes[l] += power == 1 ? value : value * value;
        }
    for (; i < n; i++)
        lanes[0] += power == 1 ? x[i] - less : (x[i] - less) * (x[i] - less);
    for (int l = 0; l < LANES; l++)
        sum += lanes[l];
    return sum;
}

static void standardize(double *part, int32_t n)
{
    double mean = sum_of(part, n, 0.0, 1) / n, squares = sum_of(part, n, mean, 2);
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

/* Is the query answered by vectors alone? Not by another rung, nor where scores drift at its moment. */
static bool by_vectors(const struct rec__result *member, const struct rec__query *query)
{
    bool drifting = query->time != REC_NO_TIME && rec__drifts(&member->bound.drift);
    return rec__query_ops(member, query) == &rec__dot_scorer && !drifting;
}

/* Queries that follow each other and are answered by vectors go together. */
static rec_status score_all(const struct rec__result *member, const struct rec__query *queries, int32_t n,
                            rec_workspace *workspace, double *parts)
{
    int64_t n_items = member->fitted.n_items;
    rec_status status = REC_OK;
    for (int32_t q = 0, last; status == REC_OK && q < n; q = last) {
        last = q;
        while (last < n && by_vectors(member, &queries[last]))
            last++;
        if (last > q)
            status = score_panel(member, queries + q, last - q, workspace, parts + q * n_items);
        else
            status = score_each(member, &queries[last++], workspace, parts + q * n_items);
    }
    return status;
}

rec_status rec__blend_parts(const struct rec__blend *blend, int32_t m, const struct rec__query *queries,
                            int32_t n, rec_workspace *workspace, double *parts)
{
    const struct rec__result *member = blend->members[m]->result;
    int32_t n_items = member->fitted.n_items;
    struct best *best = rec__scratch(workspace, REC_SCRATCH_BEST, 1, sizeof *best);
    struct rec__query own[REC_PREPARED];
    if (best == NULL)
        return REC_ERR_NO_MEMORY;
    /* Somebody without ratings stands on each member's own rung. */
    for (int32_t q = 0; q < n; q++) {
        own[q] = queries[q];
        own[q].rung = rec__ladder_rung(member, &own[q]);
    }
    rec_status status = score_all(member, own, n, workspace, parts);
    for (int32_t q = 0; status == REC_OK && q < n; q++) {
        double *part = parts + (int64_t)q * n_items;
        if (blend->rule == REC_BLEND_SUM)
            standardize(part, n_items);
        else
            take_ranks(&queries[q].filter, blend->constant, best, part, n_items);
    }
    return status == REC_OK ? status : rec__fail_within(status, "member %d of the blend: ", m);
}

static rec_status prepare_panel(const struct rec__result *result, const struct rec__query *queries, int32_t n,
                                rec_workspace *workspace, struct rec__state *states)
{
    const struct rec__blend *blend = result->blend;
    int64_t n_items = result->fitted.n_items, all = n * n_items;
    double *totals = rec__scratch(workspace, REC_SCRATCH_BLEND, all, sizeof *totals);
    double *parts = rec__scratch(workspace, REC_SCRATCH_PART, all, sizeof *parts);
    rec_status status = totals == NULL || parts == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    for (int64_t at = 0; status == REC_OK && at < all; at++)
        totals[at] = 0.0;
    for (int32_t m = 0; status == REC_OK && m < blend->n; m++) {
        if (blend->weights[m] == 0.0)
            continue;
        status = rec__blend_parts(blend, m, queries, n, workspace, parts);
        for (int64_t at = 0; status == REC_OK && at < all; at++)
            totals[at] += blend->weights[m] * parts[at];
    }
    for (int32_t q = 0; status == REC_OK && q < n; q++)
        states[q] = (struct rec__state){.result = result, .totals = totals + q * n_items, .divisor = 1.0};
    return status;
}

static rec_status prepare_blend(const struct rec__result *result, const struct rec__query *query, int64_t n,
                                rec_workspace *workspace, struct rec__state *state)
{
    (void)n;
    return prepare_panel(result, query, 1, workspace, state);
}

static double score_blend(const struct rec__state *state, int32_t item)
{
    return state->totals[item];
}

const struct rec__scorer_ops rec__blend_scorer = {
    .bind = bind_blend,
    .prepare = prepare_blend,
    .prepare_panel = prepare_panel,
    .score = score_blend,
};
