/* SPDX-License-Identifier: Apache-2.0 */
/* An item that the model has not seen, scored for its users from some ratings of it. */
#include "base/memory.h"
#include "base/sort.h"
#include "base/status.h"
#include "kernels/kernels.h"
#include "model/new_item.h"
#include "model/rank.h"
#include "model/scorer_graph.h"

#include <math.h>
#include <string.h>

struct rated {
    int32_t user;
    float rating;
};

static int compare_rated(const void *a, const void *b)
{
    const struct rated *first = a, *second = b;
    return (first->user > second->user) - (first->user < second->user);
}

static rec_status check_rows(const struct rec__fitted *fitted, const char *name, const int32_t *rows,
                             int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (rows[i] < 0 || rows[i] >= fitted->n_users)
            return rec__fail(REC_ERR_RANGE, "%s[%lld] is %d; a row from 0 to %d was expected", name,
                             (long long)i, rows[i], fitted->n_users - 1);
    return REC_OK;
}

/* The raters in rising order, as a column of the store is. `out` is freed by clear_raters. */
static rec_status sort_raters(struct rec__history *out, const struct rec__new_item *item)
{
    struct rated *pairs = rec__allocate(item->n, sizeof *pairs);
    int32_t *users = rec__allocate(item->n, sizeof *users);
    float *ratings = rec__allocate(item->n, sizeof *ratings);
    rec_status status = pairs == NULL || users == NULL || ratings == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    for (int64_t i = 0; status == REC_OK && i < item->n; i++)
        pairs[i] = (struct rated){item->raters[i], item->ratings[i]};
    if (status == REC_OK)
        rec__sort(pairs, item->n, sizeof *pairs, compare_rated);
    for (int64_t i = 0; status == REC_OK && i < item->n; i++) {
        users[i] = pairs[i].user;
        ratings[i] = pairs[i].rating;
        if (i > 0 && users[i] == users[i - 1])
            status = rec__fail(REC_ERR_INVALID, "raters has user row %d twice; distinct users were expected",
                               users[i]);
    }
    *out = (struct rec__history){users, ratings, item->n, NULL};
    rec__release(pairs);
    return status;
}

static void clear_raters(struct rec__history *raters)
{
    rec__release((void *)(uintptr_t)raters->items);
    rec__release((void *)(uintptr_t)raters->ratings);
}

static double bias_of(const float *biases, int32_t row)
{
    return biases == NULL ? 0.0 : (double)biases[row];
}

/* offset + b_u + the item's bias + x_u . its vector */
static double score_dot(const struct rec__bound *bound, const struct rec__user_state *state, int32_t user)
{
    double score = bound->offset + bias_of(bound->user_biases, user) + state->bias;
    if (state->vector != NULL)
        score += rec__kernels()->dot_double(bound->user_vectors + (int64_t)user * bound->factors,
                                            state->vector, bound->factors);
    return score;
}

struct scoring {
    const struct rec__result *result;
    const struct rec__history *raters;
    struct rec__user_state state;
    struct rec__neighbors neighbors; /* item graph */
};

/* What a scorer wants besides the state. */
static rec_status prepare(struct scoring *s)
{
    const struct rec__result *result = s->result;
    const struct rec__fitted *fitted = &result->fitted;
    rec_status status = REC_OK;
    s->state = (struct rec__user_state){.spread = 1.0};
    if (fitted->scorer == REC_SCORER_DOT) {
        s->state.vector = rec__allocate_zeroed(result->bound.factors, sizeof *s->state.vector);
        status = s->state.vector == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    }
    if (status == REC_OK && fitted->scorer == REC_SCORER_ITEM_GRAPH) {
        s->neighbors.rows = rec__allocate(fitted->n_items, sizeof *s->neighbors.rows);
        s->neighbors.weights = rec__allocate(fitted->n_items, sizeof *s->neighbors.weights);
        s->neighbors.shifts =
            result->bound.shifts == NULL ? NULL : rec__allocate(fitted->n_items, sizeof *s->neighbors.shifts);
        bool made = s->neighbors.rows != NULL && s->neighbors.weights != NULL &&
                    (result->bound.shifts == NULL || s->neighbors.shifts != NULL);
        status = made ? fitted->backend->item_neighbors(fitted, result->ratings, s->raters, &s->neighbors)
                      : REC_ERR_NO_MEMORY;
    }
    if (status == REC_OK)
        status = fitted->backend->fold_in_item(fitted, s->raters, &s->state);
    s->state.bias = rec__as_stored(s->state.bias);
    s->state.spread = rec__as_stored(s->state.spread);
    return status;
}

static void clear(struct scoring *s)
{
    rec__release(s->state.vector);
    rec__release(s->neighbors.rows);
    rec__release(s->neighbors.weights);
    rec__release(s->neighbors.shifts);
}

static rec_status score_user(const struct scoring *s, int32_t user, double *score)
{
    switch (s->result->fitted.scorer) {
    case REC_SCORER_TABLE:
    case REC_SCORER_DOT:
        *score = score_dot(&s->result->bound, &s->state, user);
        return REC_OK;
    case REC_SCORER_ITEM_GRAPH:
        return rec__score_by_neighbors(s->result, user, &s->neighbors, &s->state, score);
    case REC_SCORER_USER_GRAPH:
        *score = rec__score_by_raters(s->result, user, s->raters, &s->state);
        return REC_OK;
    case REC_SCORER_CLOSEST:
    case REC_SCORER_BLEND:
        break; /* check_model has refused it */
    }
    return REC_OK;
}

/* What can be said without the ratings, and of what algorithm. */
static rec_status check_model(const struct rec__result *result)
{
    const struct rec__fitted *fitted = &result->fitted;
    bool graph = fitted->scorer == REC_SCORER_ITEM_GRAPH || fitted->scorer == REC_SCORER_USER_GRAPH;
    if (fitted->backend->fold_in_item == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED, "\"%s\" cannot fold in an item", fitted->backend->name);
    if (fitted->scorer == REC_SCORER_DOT && fitted->backend->scorer != REC_SCORER_DOT)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "\"%s\" cannot fold in an item with the parameters it was fitted with",
                         fitted->backend->name);
    if (fitted->scorer == REC_SCORER_DOT && result->bound.user_vectors == NULL)
        return rec__fail(REC_ERR_CORRUPT, "array \"user_vectors\" is missing");
    if (graph && result->ratings == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "\"%s\" compares an item with the ratings, and the model was saved without them",
                         fitted->backend->name);
    return REC_OK;
}

/* Check the ratings of the item and make its state. `scoring` and `raters` are cleared by finish. */
static rec_status begin(const rec_model *model, const struct rec__new_item *item, struct scoring *scoring,
                        struct rec__history *raters)
{
    *raters = (struct rec__history){0};
    *scoring = (struct scoring){.result = model->result, .raters = raters};
    rec_status status = check_model(model->result);
    if (status == REC_OK)
        status = check_rows(&model->result->fitted, "raters", item->raters, item->n);
    for (int64_t i = 0; status == REC_OK && i < item->n; i++)
        if (!isfinite(item->ratings[i]))
            status = rec__fail(REC_ERR_INVALID, "ratings[%lld] is %s; a finite rating was expected",
                               (long long)i, isnan(item->ratings[i]) ? "nan" : "infinite");
    if (status == REC_OK)
        status = sort_raters(raters, item);
    return status == REC_OK ? prepare(scoring) : status;
}

static void finish(struct scoring *scoring, struct rec__history *raters)
{
    clear(scoring);
    clear_raters(raters);
}

static rec_status fail_not_finite(void)
{
    return rec__fail(REC_ERR_RANGE,
                     "folding the ratings in gives no finite numbers; smaller ones were expected");
}

rec_status rec__score_new_item(const rec_model *model, const struct rec__new_item *item, const int32_t *users,
                               int64_t n_users, float *scores)
{
    struct rec__history raters;
    struct scoring scoring;
    rec_status status = begin(model, item, &scoring, &raters);
    if (status == REC_OK)
        status = check_rows(&model->result->fitted, "users", users, n_users);
    for (int64_t i = 0; status == REC_OK && i < n_users; i++) {
        double score = 0.0;
        status = score_user(&scoring, users[i], &score);
        scores[i] = rec__answer(model->result, score);
        if (status == REC_OK && !isfinite(score))
            status = fail_not_finite();
    }
    finish(&scoring, &raters);
    return status;
}

rec_status rec__new_item_vector(const rec_model *model, const struct rec__new_item *item, float *vector,
                                float *bias)
{
    struct rec__history raters;
    struct scoring scoring;
    int32_t factors = model->result->bound.factors;
    rec_status status = begin(model, item, &scoring, &raters);
    for (int32_t f = 0; status == REC_OK && f < factors; f++)
        if (!isfinite(scoring.state.vector[f]))
            status = fail_not_finite();
    if (status == REC_OK) {
        memcpy(vector, scoring.state.vector, (size_t)factors * sizeof *vector);
        if (bias != NULL)
            *bias = (float)scoring.state.bias;
    }
    finish(&scoring, &raters);
    return status;
}
