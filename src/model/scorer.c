/* SPDX-License-Identifier: Apache-2.0 */
/* What the scorers share: the choice of one, finding arrays, the state of a user. */
#include "model/contexts.h"
#include "model/ladder.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

const struct rec__scorer_ops *rec__scorer_ops(enum rec__scorer_kind kind)
{
    static const struct rec__scorer_ops *const scorers[] = {
        [REC_SCORER_TABLE] = &rec__table_scorer,           [REC_SCORER_DOT] = &rec__dot_scorer,
        [REC_SCORER_ITEM_GRAPH] = &rec__item_graph_scorer, [REC_SCORER_USER_GRAPH] = &rec__user_graph_scorer,
        [REC_SCORER_CLOSEST] = &rec__closest_scorer,       [REC_SCORER_BLEND] = &rec__blend_scorer,
    };
    return scorers[kind];
}

static rec_status bind_link(struct rec__result *result)
{
    const double *link = NULL;
    rec_status status =
        rec__bind_array(result, "score_link", (struct rec__expected){REC_F64, 1, 3, 1}, false, &link);
    if (status != REC_OK || link == NULL)
        return status;
    bool known = link[0] == REC_LINK_CLIP || link[0] == REC_LINK_SIGMOID;
    if (!known || !(link[1] <= link[2]) || !isfinite(link[1]) || !isfinite(link[2]))
        return rec__fail(REC_ERR_CORRUPT, "score_link is %g, %g, %g; a kind and finite bounds were expected",
                         link[0], link[1], link[2]);
    result->bound.link = (struct rec__link){(int)link[0], link[1], link[2]};
    return REC_OK;
}

/* What drifts with time. Tables and dot products alone do: other scorers keep their base to themselves. */
static rec_status bind_drift(struct rec__result *result)
{
    struct rec__drift *drift = &result->bound.drift;
    const rec_array *bins = rec__arrays_find(&result->arrays, "item_bins");
    int32_t n_users = result->fitted.n_users, n_items = result->fitted.n_items;
    int64_t n_bins = bins == NULL ? 0 : bins->rows;
    const double *span = NULL;
    struct rec__expected users = {REC_F32, 1, n_users, 1}, times = {REC_F64, 1, n_users, 1};
    rec_status status =
        rec__bind_array(result, "drift_span", (struct rec__expected){REC_F64, 1, 3, 1}, false, &span);
    if (status != REC_OK || span == NULL)
        return status;
    status = rec__bind_array(result, "user_drifts", users, false, &drift->alphas);
    if (status == REC_OK)
        status = rec__bind_array(result, "user_times", times, drift->alphas != NULL, &drift->means);
    if (status == REC_OK)
        status = rec__bind_array(result, "item_bins", (struct rec__expected){REC_F32, 2, n_bins, n_items},
                                 false, &drift->bins);
    if (status == REC_OK &&
        (!(span[0] <= span[1]) || !isfinite(span[0]) || !isfinite(span[1]) || !(span[2] > 0.0)))
        return rec__fail(REC_ERR_CORRUPT,
                         "drift_span is %g, %g, %g; rising times and a power above 0 were expected", span[0],
                         span[1], span[2]);
    if (status == REC_OK && drift->bins != NULL && (n_bins < 1 || n_bins > REC_DRIFT_BINS_MOST))
        return rec__fail(REC_ERR_CORRUPT, "item_bins has %lld rows; 1 to %d were expected", (long long)n_bins,
                         REC_DRIFT_BINS_MOST);
    drift->first = span[0];
    drift->last = span[1];
    drift->power = span[2];
    drift->n_bins = (int32_t)n_bins;
    drift->n_items = n_items;
    return status;
}

/* x_u and its contexts; returns what they add to the score by themselves. */
static double add_context(struct rec__state *state, const struct rec__query *query, int64_t time)
{
    const struct rec__context *context = &state->result->bound.context;
    float *x = (float *)(uintptr_t)state->plain + context->factors;
    struct rec__moment moment = {time, query->last, query->given, query->n_given};
    if (!query->folded)
        moment.last = rec__context_last(&query->history, time);
    memcpy(x, state->plain, (size_t)context->factors * sizeof *x);
    state->vector = x;
    return rec__context_add(context, &moment, x);
}

void rec__state_at(struct rec__state *state, const struct rec__query *query, int64_t time)
{
    const struct rec__drift *drift = &state->result->bound.drift;
    bool timed = time != REC_NO_TIME;
    if (state->plain != NULL)
        state->base = state->still + add_context(state, query, time);
    if (!rec__drifts(drift))
        return;
    bool known = timed && drift->alphas != NULL && !query->folded && query->user != REC_NEW_USER;
    state->base = state->still;
    if (known)
        state->base += (double)drift->alphas[query->user] * rec__drift_deviation(drift, query->user, time);
    state->drifts = timed && drift->bins != NULL
                        ? drift->bins + (int64_t)rec__drift_bin(drift, time) * drift->n_items
                        : NULL;
}

struct rec__state rec__state_of(const struct rec__result *result, const struct rec__query *query,
                                const struct rec__user_state *user)
{
    double still = result->bound.offset + user->bias;
    struct rec__state state = {.result = result, .vector = user->vector, .still = still, .base = still};
    if (user->vector != NULL && result->bound.context.n > 0)
        state.plain = user->vector;
    rec__state_at(&state, query, query->time);
    return state;
}

float rec__answer(const struct rec__result *result, double sum)
{
    /* Lists carry their sums in float: one rounding for all, so that all calls answer the same. */
    return (float)rec__link_rating(&result->bound.link, (double)(float)sum);
}

double rec__reweigh(const struct rec__result *result, const float *factors, double score, int32_t item)
{
    if (factors == NULL)
        return score;
    double answer = (double)rec__answer(result, score), factor = (double)factors[item];
    return answer < 0.0 ? answer / factor : answer * factor;
}

rec_status rec__result_bind(struct rec__result *result)
{
    const struct rec_backend *backend = result->fitted.backend;
    enum rec__scorer_kind kind = result->fitted.scorer;
    /* fold_in and explain read the arrays of the scorers that their fit chooses. */
    if (kind != backend->scorer && (backend->other_scorers & 1u << kind) == 0)
        return rec__fail(REC_ERR_CORRUPT, "scorer is \"%s\"; algorithm \"%s\" does not use it",
                         rec__scorer_name(kind), backend->name);
    rec_status status = rec__scorer_ops(kind)->bind(result);
    if (status == REC_OK)
        status = bind_link(result);
    if (status == REC_OK && (kind == REC_SCORER_TABLE || kind == REC_SCORER_DOT))
        status = bind_drift(result);
    if (status == REC_OK && kind == REC_SCORER_DOT)
        status = rec__context_bind(&result->bound.context, &result->arrays, result->fitted.n_items,
                                   result->bound.factors);
    if (status == REC_OK && kind == REC_SCORER_DOT)
        status = rec__contexts_check_names(result);
    if (status == REC_OK)
        status = rec__ladder_bind(result);
    return status == REC_OK && backend->check != NULL ? backend->check(&result->fitted) : status;
}

rec_status rec__bind_array(const struct rec__result *result, const char *name, struct rec__expected expected,
                           bool required, void *place)
{
    const rec_array *array = rec__arrays_find(&result->arrays, name);
    memset(place, 0, sizeof array->data);
    rec_status status = rec__arrays_check(&result->arrays, name, expected, required);
    if (status == REC_OK && array != NULL)
        memcpy(place, &array->data, sizeof array->data);
    return status;
}

static rec_status check_folded(const struct rec__result *result, const struct rec__user_state *state)
{
    bool finite = isfinite(state->bias) && isfinite(state->spread);
    for (int32_t f = 0; state->vector != NULL && f < result->bound.factors; f++)
        finite = finite && isfinite(state->vector[f]);
    return finite
               ? REC_OK
               : rec__fail(REC_ERR_RANGE,
                           "folding the history in gives no finite numbers; smaller ratings were expected");
}

/* The stored state of a known user. */
static void load_state(const struct rec__bound *bound, int32_t user, struct rec__user_state *state)
{
    if (bound->user_biases != NULL)
        state->bias = (double)bound->user_biases[user];
    if (bound->user_spreads != NULL)
        state->spread = (double)bound->user_spreads[user];
    if (state->vector != NULL)
        memcpy(state->vector, bound->user_vectors + (int64_t)user * bound->factors,
               (size_t)bound->factors * sizeof *state->vector);
}

/* A call of its own: inlined for two neighbours, GCC 12 makes vectors of both conversions and drops them as if they undid each other. */
__attribute__((noinline)) double rec__as_stored(double value)
{
    return (double)(float)value;
}

rec_status rec__user_state(const struct rec__result *result, const struct rec__query *query,
                           struct rec__user_state *state)
{
    const struct rec__bound *bound = &result->bound;
    const struct rec_backend *backend = result->fitted.backend;
    bool dot = result->fitted.scorer == REC_SCORER_DOT;
    state->bias = 0.0;
    state->spread = 1.0;
    if (state->vector != NULL)
        memset(state->vector, 0, (size_t)bound->factors * sizeof *state->vector);
    if (!query->folded && query->user != REC_NEW_USER && (!dot || bound->user_vectors != NULL)) {
        load_state(bound, query->user, state);
        return REC_OK;
    }
    if (!query->folded && query->user == REC_NEW_USER)
        return dot && query->rung == REC_RUNG_ATTRIBUTES ? rec__ladder_place(result, query, state) : REC_OK;
    if (!query->folded && result->ratings == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "\"%s\" makes a user's vector from the ratings, and the model was saved without "
                         "them; a history in the query was expected",
                         backend->name);
    if (backend->fold_in == NULL && !dot)
        return REC_OK;
    if (backend->fold_in == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED, "\"%s\" cannot fold in a history", backend->name);
    rec_status status = backend->fold_in(&result->fitted, &query->history, state);
    state->bias = rec__as_stored(state->bias);
    state->spread = rec__as_stored(state->spread);
    return status == REC_OK ? check_folded(result, state) : status;
}

double rec__score_known(const rec_model *model, int32_t user, int32_t item)
{
    const struct rec__result *result = model->result;
    const struct rec__bound *bound = &result->bound;
    bool biased = bound->user_biases != NULL || bound->item_biases != NULL ||
                  (result->fitted.scorer == REC_SCORER_TABLE &&
                   (result->fitted.backend->traits & REC_PREDICTS_RATINGS) != 0);
    if (!biased || (user < 0 && item < 0))
        return result->fitted.scorer == REC_SCORER_TABLE && user < 0 && item < 0 && bound->user_biases != NULL
                   ? bound->offset
                   : result->mean;
    const float *item_part = bound->item_biases != NULL ? bound->item_biases : bound->item_scores;
    double score = bound->offset;
    if (user >= 0 && bound->user_biases != NULL)
        score += (double)bound->user_biases[user];
    if (item >= 0 && item_part != NULL)
        score += (double)item_part[item];
    return rec__link_rating(&bound->link, score);
}
