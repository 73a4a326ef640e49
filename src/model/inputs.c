/* SPDX-License-Identifier: Apache-2.0 */
/* What a fit reads, gathered from the model and the ratings. */
#include "model/inputs.h"
#include "backends/history.h"
#include "base/memory.h"
#include "base/status.h"

#include <string.h>

void rec__inputs_clear(struct rec__inputs *inputs)
{
    rec_ratings_free(inputs->ratings);
    rec_ratings_free(inputs->validation);
    rec_ratings_free(inputs->implicit);
    rec_features_free(inputs->user_features);
    rec_features_free(inputs->item_features);
    rec__release(inputs->user_weights);
    rec__release(inputs->item_weights);
    rec__context_rows_clear(&inputs->contexts);
    rec__release(inputs->start.users);
    rec__release(inputs->start.items);
}

/* Opening checks the structure of a mapped file; before every index in it is used, its contents are checked too. */
static rec_status check_mapped(const rec_ratings *ratings)
{
    bool mapped = ratings != NULL && ratings->container != NULL;
    return mapped ? rec__ratings_check(ratings, "ratings") : REC_OK;
}

/* The ids of a side of the ratings, and of its features. out: creates. */
static rec_status unite_ids(rec_ids **out, const rec_ids *ids, const rec_features *features)
{
    if (features != NULL)
        return rec__ids_union(out, ids, rec_features_ids(features));
    *out = rec_ids_retain(ids);
    return REC_OK;
}

static rec_status align_features(rec_features **out, const rec_features *features, const rec_ids *ids)
{
    return features == NULL ? REC_OK : rec__features_align(out, features, ids);
}

static rec_status unite(struct rec__inputs *inputs, const rec_model *model, const rec_ratings *ratings)
{
    rec_ids *users = NULL, *items = NULL;
    rec_status status = unite_ids(&users, rec_ratings_user_ids(ratings), model->user_features);
    if (status == REC_OK)
        status = unite_ids(&items, rec_ratings_item_ids(ratings), model->item_features);
    if (status == REC_OK)
        status = rec__ratings_extend(&inputs->ratings, ratings, users, items);
    if (status == REC_OK)
        status = align_features(&inputs->user_features, model->user_features, users);
    if (status == REC_OK)
        status = align_features(&inputs->item_features, model->item_features, items);
    rec_ids_free(users);
    rec_ids_free(items);
    return status;
}

/* More ratings in the rows of the united ones; what finds no row there is told to the log. what: their name in a sentence. */
static rec_status align(rec_ratings **out, const rec_ratings *given, const struct rec__inputs *inputs,
                        const char *what)
{
    int64_t lost = 0;
    rec_status status = given == NULL ? REC_OK : check_mapped(given);
    if (given == NULL || status != REC_OK)
        return status;
    status = rec__ratings_align(out, given, rec_ratings_user_ids(inputs->ratings),
                                rec_ratings_item_ids(inputs->ratings), &lost);
    if (status == REC_OK && rec_ratings_count(*out) == 0)
        return rec__fail(REC_ERR_EMPTY, "none of the %lld %s has a user and an item of the training ratings",
                         (long long)rec_ratings_count(given), what);
    if (status == REC_OK && lost > 0)
        rec__log(REC_LOG_INFO, "%lld of %lld %s have a user or item that the training ratings lack",
                 (long long)lost, (long long)rec_ratings_count(given), what);
    return status;
}

/* What was set for the fit and what the algorithm takes. */
static rec_status check_taken(const rec_model *model)
{
    const struct rec_backend *backend = model->backend;
    if (model->item_features == NULL && (backend->traits & REC_NEEDS_ITEM_FEATURES) != 0)
        return rec__fail(
            REC_ERR_INVALID,
            "\"%s\" learns from features of the items; rec_model_set_item_features was expected first",
            backend->name);
    if (model->implicit != NULL && (backend->traits & REC_TAKES_IMPLICIT) == 0)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "implicit ratings are set, and \"%s\" does not learn from what users have seen",
                         backend->name);
    if (model->weights != NULL && (backend->traits & REC_TAKES_WEIGHTS) == 0)
        return rec__fail(REC_ERR_UNSUPPORTED, "weights are set, and to \"%s\" every rating counts the same",
                         backend->name);
    if (rec__model_half_life(model) > 0.0 &&
        (backend->traits & (REC_TAKES_WEIGHTS | REC_AGES_HISTORIES)) == 0)
        return rec__fail(REC_ERR_UNSUPPORTED, "half_life is set, and to \"%s\" every rating counts the same",
                         backend->name);
    if (model->contexts != NULL && (backend->traits & REC_TAKES_CONTEXTS) == 0)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "contexts are set, and \"%s\" does not learn from the context of ratings",
                         backend->name);
    return REC_OK;
}

/* The weight of each rating by user; a pair without one counts 1. `weights` has the rows of the ratings; NULL: all 1. */
static void take_weights(const struct rec__inputs *inputs, const rec_ratings *weights)
{
    const rec_ratings *r = inputs->ratings;
    for (int32_t u = 0; u < r->n_users; u++)
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
            int64_t place = weights == NULL ? -1 : rec__ratings_find(weights, u, r->user_items[e]);
            inputs->user_weights[e] = place < 0 ? 1.0f : weights->user_ratings[place];
        }
}

/* Weights by user and by item: those given, halved with age. half_life: in seconds; 0: none. */
static rec_status make_weights(struct rec__inputs *inputs, const rec_ratings *weights, double half_life)
{
    const rec_ratings *r = inputs->ratings;
    int64_t *next = rec__allocate((int64_t)r->n_items + 1, sizeof *next);
    inputs->user_weights = rec__allocate(r->count, sizeof(float));
    inputs->item_weights = rec__allocate(r->count, sizeof(float));
    rec_status status = next == NULL || inputs->user_weights == NULL || inputs->item_weights == NULL
                            ? REC_ERR_NO_MEMORY
                            : REC_OK;
    if (status == REC_OK) {
        memcpy(next, r->item_start, ((size_t)r->n_items + 1) * sizeof *next);
        take_weights(inputs, weights);
        if (half_life > 0.0)
            rec__history_decay(r, half_life, inputs->user_weights);
    }
    for (int64_t e = 0; status == REC_OK && e < r->count; e++)
        inputs->item_weights[next[r->user_items[e]]++] = inputs->user_weights[e];
    rec__release(next);
    return status;
}

static rec_status gather_weights(struct rec__inputs *inputs, const rec_model *model)
{
    rec_ratings *weights = NULL;
    const rec_ratings *given = model->weights;
    double half_life = rec__model_half_life(model);
    if (half_life > 0.0 && rec_ratings_timed(inputs->ratings) == 0)
        return rec__fail(REC_ERR_UNSUPPORTED, "half_life is %g days, and the ratings have no times",
                         half_life / 86400.0);
    if (given == NULL && (half_life == 0.0 || (model->backend->traits & REC_TAKES_WEIGHTS) == 0))
        return REC_OK;
    if (given != NULL && rec_ratings_count(given) > 0 && given->least < 0.0f)
        return rec__fail(REC_ERR_RANGE, "the least of the weights is %g; at least 0 was expected",
                         (double)given->least);
    rec_status status = align(&weights, given, inputs, "weights");
    if (status == REC_OK)
        status = make_weights(inputs, weights, half_life);
    rec_ratings_free(weights);
    return status;
}

static bool any_known(const int32_t *map, int32_t n)
{
    for (int32_t row = 0; row < n; row++)
        if (map[row] >= 0)
            return true;
    return false;
}

static rec_status gather_start(struct rec__inputs *inputs, const rec_model *start)
{
    if (start == NULL)
        return REC_OK;
    const struct rec__result *result = start->result;
    rec_status status = rec__model_check_fitted(start);
    if (status != REC_OK)
        return status;
    inputs->start.arrays = &result->arrays;
    inputs->start.users = rec__ids_map(rec_ratings_user_ids(inputs->ratings), result->users);
    inputs->start.items = rec__ids_map(rec_ratings_item_ids(inputs->ratings), result->items);
    if (inputs->start.users == NULL || inputs->start.items == NULL)
        return REC_ERR_NO_MEMORY;
    if (!any_known(inputs->start.users, rec_ratings_users(inputs->ratings)) &&
        !any_known(inputs->start.items, rec_ratings_items(inputs->ratings)))
        return rec__fail(REC_ERR_EMPTY,
                         "the model to start from knows no user and no item of the training ratings");
    return REC_OK;
}

rec_status rec__inputs_gather(struct rec__inputs *inputs, const rec_model *model, const rec_ratings *ratings)
{
    if (rec_ratings_count(ratings) == 0)
        return rec__fail(REC_ERR_EMPTY, "the ratings are empty; at least one was expected");
    rec_status status = check_taken(model);
    if (status == REC_OK)
        status = check_mapped(ratings);
    if (status == REC_OK)
        status = unite(inputs, model, ratings);
    if (status == REC_OK)
        status = align(&inputs->validation, model->validation, inputs, "validation ratings");
    if (status == REC_OK)
        status = align(&inputs->implicit, model->implicit, inputs, "implicit ratings");
    if (status == REC_OK)
        status = gather_weights(inputs, model);
    if (status == REC_OK && model->contexts != NULL)
        status =
            rec__contexts_gather(&inputs->contexts, model->contexts, inputs->ratings, inputs->validation);
    return status == REC_OK ? gather_start(inputs, model->start) : status;
}
