/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score = offset + user_biases[u] + item_biases[i] + x . y_i
 *
 * Ranking never holds all scores. Items stream through the kernels in float; those that may still enter the
 * top k, allowing for the error of a float sum, are scored again in double, and only that number counts. The
 * error of a sum of n products is at most (2 n + 8) 2^-24 (|x| |y| + |b|): Higham, "Accuracy and stability of
 * numerical algorithms", section 3.1, with Cauchy-Schwarz.
 */
#include "base/status.h"
#include "kernels/kernels.h"
#include "model/order.h"

#include <math.h>
#include <stdbool.h>

/* Items between two raisings of the thresholds; their scores stay in the first-level cache. */
enum { BLOCK = 64 };

static rec_status bind_dot(struct rec__result *result)
{
    struct rec__bound *bound = &result->bound;
    int64_t n_items = result->fitted.n_items, n_users = result->fitted.n_users;
    const rec_array *vectors = rec__arrays_find(&result->arrays, "item_vectors");
    int64_t factors = vectors == NULL ? 0 : vectors->columns;
    const double *offset = NULL, *bounds = NULL;
    if (factors >= INT32_MAX)
        return rec__fail(REC_ERR_CORRUPT,
                         "array \"item_vectors\" has %lld columns; fewer than %d were expected",
                         (long long)factors, INT32_MAX);
    struct {
        const char *name;
        struct rec__expected expected;
        bool required;
        void *place;
    } wanted[] = {
        {"item_vectors", {REC_F32, 2, n_items, factors}, true, &bound->item_vectors},
        {"item_biases", {REC_F32, 1, n_items, 1}, false, &bound->item_biases},
        {"item_norms", {REC_F32, 1, n_items, 1}, true, &bound->item_norms},
        {"user_vectors", {REC_F32, 2, n_users, factors}, false, &bound->user_vectors},
        {"user_biases", {REC_F32, 1, n_users, 1}, false, &bound->user_biases},
        {"user_norms", {REC_F32, 1, n_users, 1}, false, &bound->user_norms},
        {"offset", {REC_F64, 1, 1, 1}, false, &offset},
        {"score_bounds", {REC_F64, 1, 2, 1}, true, &bounds},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        rec_status status =
            rec__bind_array(result, wanted[i].name, wanted[i].expected, wanted[i].required, wanted[i].place);
        if (status != REC_OK)
            return status;
    }
    bound->factors = (int32_t)factors;
    bound->offset = offset == NULL ? 0.0 : *offset;
    bound->norm_most = bounds[0];
    bound->bias_most = bounds[1];
    return REC_OK;
}

static rec_status prepare_into(const struct rec__result *result, const struct rec__query *query,
                               float *vector, struct rec__state *state)
{
    struct rec__user_state user = {.vector = vector};
    rec_status status = rec__user_state(result, query, &user);
    *state = rec__state_of(result, query, &user);
    return status;
}

static rec_status prepare_dot(const struct rec__result *result, const struct rec__query *query, int64_t n,
                              rec_workspace *workspace, struct rec__state *state)
{
    (void)n;
    float *vector = rec__scratch(workspace, REC_SCRATCH_VECTOR, rec__state_width(result), sizeof *vector);
    return vector == NULL ? REC_ERR_NO_MEMORY : prepare_into(result, query, vector, state);
}

static double score_dot(const struct rec__state *state, int32_t item)
{
    const struct rec__bound *bound = &state->result->bound;
    double score = state->base +
                   rec__kernels()->dot_double(
                       state->vector, bound->item_vectors + (int64_t)item * bound->factors, bound->factors);
    if (bound->item_biases != NULL)
        score += (double)bound->item_biases[item];
    return state->drifts == NULL ? score : score + (double)state->drifts[item];
}

/* The biases of items from `first` on, at the moment; NULL: there are none. */
static const float *biases_at(const struct rec__state *state, int32_t first, int32_t n, float *room)
{
    const float *biases = state->result->bound.item_biases, *drifts = state->drifts;
    if (drifts == NULL)
        return biases == NULL ? NULL : biases + first;
    for (int32_t i = 0; i < n; i++)
        room[i] = drifts[first + i] + (biases == NULL ? 0.0f : biases[first + i]);
    return room;
}

/* How far a float sum may lie from the exact x . y_i + b_i, for any item. */
static double sum_error(const struct rec__bound *bound, const float *vector)
{
    double length = sqrt(rec__kernels()->dot_double(vector, vector, bound->factors));
    return (2.0 * bound->factors + 8.0) * 0x1p-24 * (length * bound->norm_most + bound->bias_most);
}

/* The float sum from which on an item may matter: the best k's least score without the user's constant, less
 * the error. */
static float threshold(const struct rec__topk *topk, const struct rec__state *state, double error)
{
    double least = topk->least - state->base;
    return (float)(least - error - fabs(least) * 0x1p-22);
}

static rec_status scan_dot(const struct rec__state *state, const struct rec__filter *filter,
                           rec_workspace *workspace, struct rec__topk *topk)
{
    const struct rec__bound *bound = &state->result->bound;
    int32_t n_items = state->result->fitted.n_items;
    double error = sum_error(bound, state->vector);
    float scores[BLOCK], room[BLOCK];
    (void)workspace;
    for (int32_t first = 0; first < n_items; first += BLOCK) {
        int32_t n = n_items - first < BLOCK ? n_items - first : BLOCK;
        const float *biases = biases_at(state, first, n, room);
        rec__kernels()->scores(state->vector, bound->item_vectors + (int64_t)first * bound->factors, n,
                               bound->factors, scores);
        float least = threshold(topk, state, error);
        for (int32_t i = 0; i < n; i++) {
            float sum = biases == NULL ? scores[i] : scores[i] + biases[i];
            /* A float sum may overflow to no number where that in double does not. */
            if (!(sum < least) && rec__filter_admits(filter, first + i))
                rec__topk_offer(topk, score_dot(state, first + i), first + i);
        }
        rec__topk_settle(topk);
    }
    return REC_OK;
}

static void fill_panel(float *panel, const struct rec__state *states, int32_t n, int32_t factors)
{
    for (int32_t f = 0; f < factors; f++)
        for (int32_t q = 0; q < REC_PANEL; q++)
            panel[(int64_t)f * REC_PANEL + q] = q < n ? states[q].vector[f] : 0.0f;
}

/* Items from `first` on against the panel; offers what passes its query's filter and raises the thresholds.
 */
static void scan_block(const struct rec__scan *scan, int32_t first, const struct rec__state *states,
                       int32_t n, const struct rec__filter *filters, struct rec__topk *topk, int32_t *hits)
{
    int32_t n_hits = rec__kernels()->scan(scan, hits);
    for (int32_t h = 0; h < n_hits; h++) {
        int32_t q = hits[h] % REC_PANEL, item = first + hits[h] / REC_PANEL;
        if (q < n && rec__filter_admits(&filters[q], item))
            rec__topk_offer(&topk[q], score_dot(&states[q], item), item);
    }
}

rec_status rec__dot_scan_panel(const struct rec__state *states, const struct rec__filter *filters, int32_t n,
                               rec_workspace *workspace, struct rec__topk *topk)
{
    const struct rec__bound *bound = &states[0].result->bound;
    int32_t n_items = states[0].result->fitted.n_items;
    float *panel =
        rec__scratch(workspace, REC_SCRATCH_TILE, (int64_t)bound->factors * REC_PANEL + 1, sizeof *panel);
    int32_t *hits = rec__scratch(workspace, REC_SCRATCH_HITS, (int64_t)BLOCK * REC_PANEL, sizeof *hits);
    if (panel == NULL || hits == NULL)
        return REC_ERR_NO_MEMORY;
    fill_panel(panel, states, n, bound->factors);
    double errors[REC_PANEL];
    float least[REC_PANEL];
    for (int32_t q = 0; q < REC_PANEL; q++) {
        errors[q] = q < n ? sum_error(bound, states[q].vector) : 0.0;
        least[q] = q < n ? -INFINITY : INFINITY;
    }
    float room[BLOCK];
    for (int32_t first = 0; first < n_items; first += BLOCK) {
        int32_t count = n_items - first < BLOCK ? n_items - first : BLOCK;
        struct rec__scan scan = {.panel = panel,
                                 .y = bound->item_vectors + (int64_t)first * bound->factors,
                                 .bias = biases_at(&states[0], first, count, room),
                                 .least = least,
                                 .count = count,
                                 .n = bound->factors};
        scan_block(&scan, first, states, n, filters, topk, hits);
        for (int32_t q = 0; q < n; q++) {
            rec__topk_settle(&topk[q]);
            least[q] = threshold(&topk[q], &states[q], errors[q]);
        }
    }
    return REC_OK;
}

rec_status rec__dot_similar(const struct rec__result *result, bool users, int32_t like,
                            rec_workspace *workspace, struct rec__topk *topk)
{
    const struct rec__bound *bound = &result->bound;
    const float *vectors = users ? bound->user_vectors : bound->item_vectors;
    const float *norms = users ? bound->user_norms : bound->item_norms;
    int32_t n = users ? result->fitted.n_users : result->fitted.n_items;
    const float *x = vectors + (int64_t)like * bound->factors;
    double error = (2.0 * bound->factors + 8.0) * 0x1p-24, length = (double)norms[like];
    /* What the products of tiny numbers lose when they underflow. */
    double lost = 2.0 * bound->factors * 0x1p-149;
    float scores[BLOCK];
    (void)workspace;
    for (int32_t first = 0; first < n; first += BLOCK) {
        int32_t count = n - first < BLOCK ? n - first : BLOCK;
        rec__kernels()->scores(x, vectors + (int64_t)first * bound->factors, count, bound->factors, scores);
        for (int32_t row = first; row < first + count; row++) {
            double lengths = length * (double)norms[row];
            double most = (double)scores[row - first] + lost;
            if (row == like || (lengths > 0.0 && most / lengths + error < topk->least))
                continue;
            double dot =
                rec__kernels()->dot_double(x, vectors + (int64_t)row * bound->factors, bound->factors);
            rec__topk_offer(topk, lengths > 0.0 ? dot / lengths : 0.0, row);
        }
    }
    return REC_OK;
}

/* Does a mark lie within `error` of a float sum? */
static bool near_mark(const struct rec__ordering *of, double sum, double error)
{
    int64_t at = rec__ordering_rank(of, sum - error, false);
    return at < of->n && of->marks[at].score <= sum + error;
}

/* Floats of items that stay in the second-level cache while several users are ordered. */
enum { ORDERED = 1 << 17 };

/* A float sum below this is of an item that surely scores below every mark. */
static float surely_below(const struct rec__ordering *of, double error)
{
    double mark = of->marks[0].score, base = of->state.base, least = mark - base;
    return (float)(least - error - fabs(least) * 0x1p-22 - (fabs(mark) + fabs(base)) * 0x1p-50);
}

/* Items first .. first + count. sums: room for twice as many. Most items score below every mark when the model is any good: they are only
 * counted. */
static void order_block(struct rec__ordering *of, int32_t first, int32_t count, float *sums)
{
    const struct rec__state *state = &of->state;
    const struct rec__bound *bound = &state->result->bound;
    const float *biases = biases_at(state, first, count, sums + count);
    double error = sum_error(bound, state->vector);
    rec__kernels()->scores(state->vector, bound->item_vectors + (int64_t)first * bound->factors, count,
                           bound->factors, sums);
    float lowest = surely_below(of, error);
    int32_t low = 0;
    for (int32_t i = 0; i < count; i++) {
        if ((biases == NULL ? sums[i] : sums[i] + biases[i]) < lowest) {
            low++;
            continue;
        }
        double sum = state->base + (double)sums[i] + (biases == NULL ? 0.0 : (double)biases[i]);
        double wide = error + fabs(sum) * 0x1p-22;
        rec__ordering_add(of, near_mark(of, sum, wide) ? score_dot(state, first + i) : sum, 1);
    }
    of->below[0] += low;
    of->not_above[0] += low;
}

static rec_status order_dot(struct rec__ordering *orderings, int32_t n)
{
    int32_t n_items = orderings[0].state.result->fitted.n_items, f = orderings[0].state.result->bound.factors;
    int32_t block = ORDERED / (f > 0 ? f : 1) + 1;
    float *sums = rec__scratch(orderings[0].workspace, REC_SCRATCH_TILE, 2 * (int64_t)block, sizeof *sums);
    if (sums == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t first = 0; first < n_items; first += block)
        for (int32_t q = 0; q < n; q++)
            order_block(&orderings[q], first, n_items - first < block ? n_items - first : block, sums);
    return REC_OK;
}

const struct rec__scorer_ops rec__dot_scorer = {
    .bind = bind_dot,
    .prepare = prepare_dot,
    .score = score_dot,
    .order = order_dot,
    .scan = scan_dot,
};
