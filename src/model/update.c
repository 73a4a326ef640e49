/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row is folded in as a query's history is, by the model as it was: so rows do not depend on each other, and an updated user is answered what the
 * old model answers to the same history. What else the fit has counted (popularity, segments, degrees, the Gram matrix of a side) stays as fitted.
 */
#include "model/update.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "model/scorer.h"

#include <math.h>
#include <string.h>

/* The arrays of a side that folding in fills. */
struct names {
    const char *vectors, *biases, *scores, *spreads, *drifts, *bins, *draws;
};
static const struct names names_of[] = {
    [REC_SIDE_USERS] = {"user_vectors", "user_biases", "", "user_spreads", "user_drifts", "",
                        "user_bias_draws"},
    [REC_SIDE_ITEMS] = {"item_vectors", "item_biases", "item_scores", "item_spreads", "", "item_bins",
                        "item_bias_draws"},
};

struct updating {
    const struct rec__result *old;
    struct rec__growth growth;
    rec_ratings *given; /* in the rows of the grown model */
    float *rooms;       /* a vector a thread, for models that keep none of users */
    int32_t factors;
    float *vectors, *biases, *scores, *spreads, *drifts;
};

/* Can the side of this model be folded in, and with what the model has kept? */
static rec_status check_users(const struct rec__result *result)
{
    const struct rec_backend *backend = result->fitted.backend;
    enum rec__scorer_kind scorer = result->fitted.scorer;
    bool dot = scorer == REC_SCORER_DOT, table = scorer == REC_SCORER_TABLE;
    if (scorer == REC_SCORER_BLEND)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "the users of a blend cannot be updated; a model of one algorithm was expected");
    if (scorer == REC_SCORER_USER_GRAPH)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "\"%s\" keeps the nearest users of each, so users cannot be updated without a fit",
                         backend->name);
    if (dot && backend->fold_in == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED, "\"%s\" cannot fold in a history", backend->name);
    if (!table && (!dot || result->bound.user_vectors == NULL) && result->ratings == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "\"%s\" scores from the users' ratings, and the model was saved without them",
                         backend->name);
    return REC_OK;
}

static rec_status check_items(const struct rec__result *result)
{
    const struct rec_backend *backend = result->fitted.backend;
    enum rec__scorer_kind scorer = result->fitted.scorer;
    if (scorer == REC_SCORER_BLEND)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "the items of a blend cannot be updated; a model of one algorithm was expected");
    if (backend->fold_in_item == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED, "\"%s\" cannot fold in an item", backend->name);
    if (scorer != REC_SCORER_TABLE && (scorer != REC_SCORER_DOT || result->bound.user_vectors == NULL))
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "\"%s\" compares items with each other, so they cannot be updated without a fit",
                         backend->name);
    return REC_OK;
}

static rec_status fail_unknown(const rec_ids *ids, int32_t row, const char *what)
{
    char id[64];
    rec_status status = rec_ids_text(ids, row, id, sizeof id, NULL);
    return status != REC_OK ? status
                            : rec__fail(REC_ERR_NOT_FOUND,
                                        "the ratings have %s \"%s\", which the model lacks; %ss of the model "
                                        "were expected",
                                        what, id, what);
}

/* The other side of the ratings must be known to the model. */
static rec_status check_known(const struct updating *u, const rec_ratings *ratings)
{
    bool users = u->growth.side == REC_SIDE_USERS;
    const rec_ids *ids = users ? ratings->items : ratings->users,
                  *known = users ? u->old->items : u->old->users;
    int32_t n = users ? ratings->n_items : ratings->n_users;
    for (int32_t row = 0; row < n; row++) {
        int64_t count = users ? rec__item_count(ratings, row) : rec__user_count(ratings, row);
        int32_t found = count == 0 ? 0 : rec__ids_match(ids, row, known);
        if (found < 0 || (count > 0 && found >= rec_ids_count(known)))
            return fail_unknown(ids, row, users ? "item" : "user");
    }
    return REC_OK;
}

static rec_status fold_user(const struct updating *u, int32_t row, struct rec__user_state *state)
{
    rec_row own;
    rec_status status = rec_ratings_user(u->given, row, &own);
    if (status != REC_OK)
        return status;
    struct rec__query query = {.user = REC_NEW_USER,
                               .history = {own.others, own.ratings, own.n, own.times},
                               .folded = true,
                               .time = REC_NO_TIME,
                               .last = -1};
    return rec__user_state(u->old, &query, state);
}

static rec_status fold_item(const struct updating *u, int32_t row, struct rec__user_state *state)
{
    rec_row own;
    rec_status status = rec_ratings_item(u->given, row, &own);
    if (status != REC_OK)
        return status;
    struct rec__history raters = {own.others, own.ratings, own.n, NULL};
    if (state->vector != NULL)
        memset(state->vector, 0, (size_t)u->factors * sizeof *state->vector);
    state->bias = 0.0;
    state->spread = 1.0;
    status = u->old->fitted.backend->fold_in_item(&u->old->fitted, &raters, state);
    bool finite = isfinite((float)state->bias) && isfinite((float)state->spread);
    for (int32_t k = 0; state->vector != NULL && k < u->factors; k++)
        finite = finite && isfinite(state->vector[k]);
    if (status == REC_OK && !finite)
        return rec__fail(REC_ERR_RANGE,
                         "folding the ratings in gives no finite numbers; smaller ones were expected");
    return status;
}

/* The column of the row, in an array that has one for each. */
static void fill_column(const struct updating *u, const char *name, int32_t row, float value)
{
    const rec_array *array = rec__arrays_find(&u->growth.grown->arrays, name);
    float *to = rec__growth_floats(&u->growth, name);
    for (int64_t r = 0; to != NULL && array->columns == u->growth.n && r < array->rows; r++)
        to[r * array->columns + row] = value;
}

static void store(const struct updating *u, int32_t row, const struct rec__user_state *state)
{
    const struct names *names = &names_of[u->growth.side];
    if (u->vectors != NULL)
        memcpy(u->vectors + (int64_t)row * u->factors, state->vector,
               (size_t)u->factors * sizeof *u->vectors);
    if (u->biases != NULL)
        u->biases[row] = (float)state->bias;
    if (u->scores != NULL)
        u->scores[row] = (float)state->bias;
    if (u->spreads != NULL)
        u->spreads[row] = (float)state->spread;
    /* What is folded in does not drift, and has one bias in all draws. */
    if (u->drifts != NULL)
        u->drifts[row] = 0.0f;
    fill_column(u, names->bins, row, 0.0f);
    fill_column(u, names->draws, row, (float)state->bias);
}

static rec_status update_row(void *context, int64_t index, int32_t worker)
{
    const struct updating *u = context;
    bool users = u->growth.side == REC_SIDE_USERS;
    int32_t row = (int32_t)index;
    int64_t count = users ? rec__user_count(u->given, row) : rec__item_count(u->given, row);
    if (row < u->growth.old && count == 0)
        return REC_OK;
    struct rec__user_state state = {.vector =
                                        u->rooms == NULL ? NULL : u->rooms + (int64_t)worker * u->factors};
    rec_status status = users ? fold_user(u, row, &state) : fold_item(u, row, &state);
    if (status == REC_OK)
        store(u, row, &state);
    return status;
}

static rec_status update_rows(struct updating *u)
{
    const struct names *names = &names_of[u->growth.side];
    int32_t threads = rec__threads(rec__model_threads(u->growth.model));
    rec_status status = REC_OK;
    u->factors = u->old->bound.factors;
    u->vectors = rec__growth_floats(&u->growth, names->vectors);
    u->biases = rec__growth_floats(&u->growth, names->biases);
    u->scores = rec__growth_floats(&u->growth, names->scores);
    u->spreads = rec__growth_floats(&u->growth, names->spreads);
    u->drifts = rec__growth_floats(&u->growth, names->drifts);
    if (u->old->fitted.scorer == REC_SCORER_DOT) {
        u->rooms = rec__allocate((int64_t)threads * u->factors + 1, sizeof *u->rooms);
        status = u->rooms == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    }
    if (status == REC_OK)
        status = rec__parallel(threads, u->growth.n, update_row, u);
    rec__release(u->rooms);
    return status;
}

/* The given ratings in the rows of the grown model, and the model's with these in place of theirs. */
static rec_status match_ratings(struct updating *u, const rec_ratings *ratings)
{
    const struct rec__result *old = u->old;
    struct rec__result *grown = u->growth.grown;
    int64_t lost = 0;
    rec_status status = rec__ratings_align(&u->given, ratings, grown->users, grown->items, &lost);
    if (status == REC_OK && old->ratings != NULL)
        status =
            rec__ratings_replace(&grown->ratings, old->ratings, u->given, u->growth.side == REC_SIDE_ITEMS);
    return status;
}

static rec_status update(struct updating *u, const rec_ratings *ratings, rec_model **out)
{
    bool users = u->growth.side == REC_SIDE_USERS;
    rec_ids *ids = NULL;
    rec_status status =
        rec__ids_union(&ids, users ? u->old->users : u->old->items, users ? ratings->users : ratings->items);
    if (status == REC_OK)
        status = rec__growth_begin(&u->growth, ids);
    if (status == REC_OK)
        status = rec__growth_arrays(&u->growth);
    if (status == REC_OK)
        status = match_ratings(u, ratings);
    if (status == REC_OK)
        status = update_rows(u);
    if (status == REC_OK)
        status = rec__growth_finish(&u->growth, out);
    rec__result_free(u->growth.grown);
    rec_ratings_free(u->given);
    rec_ids_free(ids);
    return status;
}

rec_status rec__update(rec_model **out, const rec_model *model, const rec_ratings *ratings,
                       enum rec__side side)
{
    struct updating updating = {.old = model->result, .growth = {.model = model, .side = side}};
    rec_status status = side == REC_SIDE_USERS ? check_users(model->result) : check_items(model->result);
    if (status == REC_OK && (ratings->container != NULL || ratings->base != NULL))
        status = rec__ratings_check(ratings, "ratings");
    if (status == REC_OK && ratings->count == 0)
        status = rec__fail(REC_ERR_EMPTY, "there are no ratings; at least one was expected");
    if (status == REC_OK)
        status = check_known(&updating, ratings);
    return status == REC_OK ? update(&updating, ratings, out) : status;
}
