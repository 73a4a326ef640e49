/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Factorization machines (Rendle, "Factorization machines", ICDM 2010). A rating has features: the user, the item, and what is known of either. Each has
 * a weight w and a vector v, and with values x_a
 *
 *   score = mu + sum of w_a x_a + sum over pairs a < b of v_a . v_b x_a x_b
 *
 * over all pairs, or with `interactions` across those of the user's side and the item's (then it is LightFM's model: Kula, "Metadata embeddings for
 * user and item cold-start recommendations", CBRecSys 2015). With x_u and y_i the sums of x_a v_a over either side,
 *
 *   score = mu + b_u + b_i + x_u . y_i,   b_i = sum of w_a x_a + 1/2 (|y_i|^2 - sum of x_a^2 |v_a|^2)
 *
 * the last part where all interact: a dot product. Losses: (r - score)^2; logistic, of ratings above 0 against the others and items drawn; BPR
 * (bpr.c); WARP (warp.c). The first two learn mu and b_u too, which do not change a ranking. Every step adds lambda/2 of the squares of what it touches. The
 * walk over pairs is in pairs.c, steps in fm_step.c, coordinate descent and sampling in fm_als.c, features in fm_side.c, contexts (context.h), which are features of the user's side, in fm_context.c. Who has no ratings is the sum of their features.
 */
#include "backends/fm.h"
#include "backends/gibbs.h"
#include "backends/normal.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

static const struct rec__parameter parameters[REC_FM_PARAMETERS] = {
    REC_PAIRS_TABLE(64, 30, 0.05, 0.1, REC_PAIRS_ADAGRAD),
    [REC_FM_LOSS] = REC_CHOICE("loss", REC_FM_SQUARED, "squared|logistic|bpr|warp", REC_FM_WARP,
                               "squared errors of ratings; chances that users have items; or rankings"),
    [REC_FM_SOLVER] =
        REC_CHOICE("solver", REC_FM_SGD, "sgd|als|gibbs", REC_FM_GIBBS,
                   "squared: how it is fitted: gradients, coordinate descent, or a mean over samples"),
    [REC_FM_INTERACTIONS] =
        REC_CHOICE("interactions", REC_FM_ACROSS, "across|all", REC_FM_ALL,
                   "what has products of vectors: what is the user's with what is the item's, or all"),
    [REC_FM_AWARE] =
        REC_FLAG("field_aware", 0, "a vector for each field that is met: users, items, features, contexts"),
    [REC_FM_USER_IDENTITY] =
        REC_FLAG("user_identity", 1, "users have vectors of their own beside their features'"),
    [REC_FM_ITEM_IDENTITY] =
        REC_FLAG("item_identity", 1, "items have vectors of their own beside their features'"),
    [REC_FM_BIAS_LAMBDA] = REC_REAL("bias_regularization", -1, -1, 10, "of weights w; -1: regularization"),
    [REC_FM_FEATURE_LAMBDA] = REC_REAL("feature_regularization", -1, -1, 10,
                                       "of the features' vectors and weights; -1: regularization"),
    [REC_FM_FEATURE_RATE] = REC_REAL("feature_rate", -1, -1, 10,
                                     "size of the features' steps, always adagrad; -1: learning_rate"),
    [REC_FM_FEATURE_SCALE] = REC_CHOICE("feature_scale", REC_FM_UNIT, "unit|given", REC_FM_AS_GIVEN,
                                        "each row of features brought to length 1, or as given"),
    [REC_FM_SETTLINGS] =
        REC_WHOLE("feature_steps", 16, 1, 100000, "steps of the features an epoch, at least"),
    [REC_FM_CANDIDATES] =
        REC_WHOLE("candidates", 32, 1, 1024, "bpr: items drawn, of which a pair is compared with the best"),
    [REC_FM_NEGATIVES] =
        REC_WHOLE("negatives", 8, 0, 1024, "logistic: items drawn for each pair rated above 0"),
    [REC_FM_MAX_SAMPLED] =
        REC_WHOLE("max_sampled", 100, 1, 100000, "warp: draws after which a pair is left alone"),
    [REC_FM_SCALING] = REC_CHOICE("scaling", REC_FM_COUNT, "count|plain", REC_FM_PLAIN,
                                  "als: regularization counts once a rating, or once a vector"),
    [REC_FM_BURN_IN] = REC_WHOLE("burn_in", 50, 0, 100000, "gibbs: sweeps before the first that counts"),
    [REC_FM_SWEEPS] = REC_WHOLE("sweeps", 200, 1, 1000000, "gibbs: sweeps after the burn-in"),
    [REC_FM_SAMPLES] = REC_WHOLE("samples", 50, 1, 4096,
                                 "gibbs: of these sweeps, how many are kept, evenly spaced, and averaged"),
    [REC_FM_PATIENCE] = REC_WHOLE(
        "patience", 0, 0, 100000,
        "not gibbs: stop after so many epochs without a better validation loss, keeping the best; 0: never"),
    [REC_FM_HOUR] =
        REC_FLAG("hour", 0, "the hour of the day is context: vectors for 24 hours; times are in seconds"),
    [REC_FM_WEEKDAY] = REC_FLAG("weekday", 0, "the day of the week is context"),
    [REC_FM_LAST_ITEM] = REC_FLAG("last_item", 0, "the item rated before, by the times, is context"),
    [REC_FM_ZONE] = REC_REAL("time_zone", 0, -24, 24, "hour, weekday: hours added to the times"),
};

/* A parameter of its own, or the common one. */
static float own_or(const double *set, int own, int common)
{
    return (float)(set[own] < 0.0 ? set[common] : set[own]);
}

static struct rec__pairs_learner learner_of(const double *set)
{
    static double (*const steps[])(struct rec__pairs_walk *,
                                   const struct rec__pair *) = {[REC_FM_SQUARED] = rec__fm_squared_step,
                                                                [REC_FM_LOGISTIC] = rec__fm_logistic_step,
                                                                [REC_FM_BPR] = rec__bpr_step,
                                                                [REC_FM_WARP] = rec__warp_step};
    int loss = (int)set[REC_FM_LOSS];
    return (struct rec__pairs_learner){.step = steps[loss],
                                       .every_pair = loss == REC_FM_SQUARED || loss == REC_FM_LOGISTIC,
                                       .squared = loss == REC_FM_SQUARED,
                                       .candidates = (int32_t)set[REC_FM_CANDIDATES],
                                       .max_sampled = (int32_t)set[REC_FM_MAX_SAMPLED],
                                       .negatives = (int32_t)set[REC_FM_NEGATIVES],
                                       .alpha = 1.0F};
}

struct rec__fm_inputs rec__fm_inputs_of(const struct rec__fit *fit)
{
    const double *set = fit->parameters;
    return (struct rec__fm_inputs){
        .factors = (int32_t)set[REC_PAIRS_FACTORS],
        .contexts = rec__fm_contexts_count(fit),
        .aware = set[REC_FM_AWARE] != 0.0,
        .all = set[REC_FM_INTERACTIONS] == REC_FM_ALL,
        .identity = {set[REC_FM_USER_IDENTITY] != 0.0, set[REC_FM_ITEM_IDENTITY] != 0.0},
        .by_numbers = set[REC_FM_SOLVER] != REC_FM_SGD,
        .features = {fit->user_features != NULL, fit->item_features != NULL}};
}

static rec_status make_fields(struct rec__fm *fm)
{
    const struct rec__fm_inputs inputs = rec__fm_inputs_of(fm->fit);
    rec_status status = rec__fm_fields_make(&fm->fields, &inputs, fm->fit->arrays);
    fm->f = fm->fields.width;
    return status;
}

static void describe_sides(struct rec__fm *fm)
{
    const struct rec__fit *fit = fm->fit;
    const rec_ratings *r = fit->ratings;
    for (int side = 0; side < REC_FM_SIDES; side++) {
        bool users = side == REC_FM_USERS;
        fm->sides[side] = (struct rec__fm_side){
            .n = users ? r->n_users : r->n_items,
            .f = fm->f,
            .number = side,
            .fields = &fm->fields,
            .own = rec__fm_own_part(&fm->fields, side),
            .inner = rec__fm_inner_part(&fm->fields, side),
            .identity = fit->parameters[users ? REC_FM_USER_IDENTITY : REC_FM_ITEM_IDENTITY] != 0.0,
            .all = fm->all,
            .ratings_start = users ? r->user_start : r->item_start};
    }
}

static rec_status make_sides(struct rec__fm *fm)
{
    static const char *const names[REC_FM_SIDES][2] = {{"user_feature_vectors", "user_feature_biases"},
                                                       {"item_feature_vectors", "item_feature_biases"}};
    struct rec__fit *fit = fm->fit;
    const rec_features *features[] = {fit->user_features, fit->item_features};
    rec_status status = REC_OK;
    for (int side = 0; status == REC_OK && side < REC_FM_SIDES; side++)
        status = rec__fm_side_make(&fm->sides[side], fit, features[side], names[side]);
    return status;
}

static rec_status make(struct rec__fm *fm)
{
    struct rec__fit *fit = fm->fit;
    rec_status status = make_sides(fm);
    if (status == REC_OK)
        status = rec__fm_contexts_make(&fm->contexts, fit, &fm->fields, 1);
    struct rec__fm_side *users = &fm->sides[REC_FM_USERS];
    if (status != REC_OK)
        return status;
    fm->users = rec__allocate(rec__threads(fit->threads), sizeof *fm->users);
    fm->rooms = rec__allocate((int64_t)rec__threads(fit->threads) * fm->f, sizeof *fm->rooms);
    if (fm->pointwise) {
        fm->offset = rec__arrays_add_doubles(fit->arrays, "offset", 1);
        users->biases = rec__arrays_add_floats(fit->arrays, "user_biases", users->n, 0);
        if (fit->parameters[REC_PAIRS_STEPS] == REC_PAIRS_ADAGRAD)
            fm->user_bias_sums = rec__allocate_zeroed(users->n, sizeof *fm->user_bias_sums);
    }
    bool made = !fm->pointwise ||
                (fm->offset != NULL && users->biases != NULL &&
                 (fit->parameters[REC_PAIRS_STEPS] != REC_PAIRS_ADAGRAD || fm->user_bias_sums != NULL));
    if (!made || fm->users == NULL || fm->rooms == NULL)
        return REC_ERR_NO_MEMORY;
    if (fm->biased && fit->parameters[REC_FM_LOSS] == REC_FM_SQUARED)
        *fm->offset = fit->ratings->mean;
    return REC_OK;
}

/* The walk has drawn vectors for all that are rated. */
static rec_status begin(void *own, const struct rec__pairs_rows *rows)
{
    struct rec__fm *fm = own;
    fm->sides[REC_FM_USERS].total = rows->users;
    fm->sides[REC_FM_ITEMS].total = rows->items;
    fm->sides[REC_FM_ITEMS].biases = rows->item_biases;
    rec_status status = rec__fm_side_begin(&fm->sides[REC_FM_USERS], fm->fit);
    return status == REC_OK ? rec__fm_side_begin(&fm->sides[REC_FM_ITEMS], fm->fit) : status;
}

static rec_status prepare(void *own, int64_t pairs)
{
    struct rec__fm *fm = own;
    return rec__fm_contexts_prepare(&fm->contexts, pairs);
}

static rec_status settle(void *own, const struct rec__pairs_runs *runs)
{
    struct rec__fm *fm = own;
    rec_status status = REC_OK;
    for (int side = 0; status == REC_OK && side < REC_FM_SIDES; side++)
        status = rec__fm_side_settle(&fm->sides[side], &fm->shared, fm->fit->threads);
    return status == REC_OK ? rec__fm_contexts_settle(&fm->contexts, fm->fit, &fm->shared, runs) : status;
}

static void view(const void *own, struct rec__view *view)
{
    const struct rec__fm *fm = own;
    view->user_biases = fm->sides[REC_FM_USERS].biases;
    view->contexts = fm->contexts.bound;
    view->mu = fm->offset == NULL ? 0.0 : *fm->offset;
}

static rec_status place(const void *own, int32_t **rows)
{
    const struct rec__fm *fm = own;
    return rec__fm_contexts_rows(&fm->contexts, fm->fit, rows);
}

/* By gradients: the walk over pairs, which this machine's steps and sides are given to. */
static rec_status fit_walk(struct rec__fm *fm)
{
    struct rec__fit *fit = fm->fit;
    const double *set = fit->parameters;
    struct rec__pairs_learner learner = learner_of(set);
    learner.own = fm;
    learner.begin = begin;
    learner.turn = rec__fm_turn;
    learner.move = rec__fm_move;
    rec_status status = make(fm);
    bool shared = fit->user_features != NULL || fit->item_features != NULL || fm->contexts.bound.n > 0;
    learner.prepare = prepare;
    learner.settle = shared ? settle : NULL;
    learner.rated_alone = true;
    learner.settlings = shared ? (int32_t)set[REC_FM_SETTLINGS] : 0;
    learner.item_biases = fm->all;
    learner.view = view;
    learner.place = place;
    learner.width = fm->f;
    learner.patience = (int32_t)set[REC_FM_PATIENCE];
    return status == REC_OK ? rec__pairs_fit(fit, &learner) : status;
}

static rec_status fit(struct rec__fit *fit)
{
    const double *set = fit->parameters;
    struct rec__fm fm = {.fit = fit,
                         .all = set[REC_FM_INTERACTIONS] == REC_FM_ALL,
                         .pointwise =
                             set[REC_FM_LOSS] == REC_FM_SQUARED || set[REC_FM_LOSS] == REC_FM_LOGISTIC,
                         .biased = set[REC_PAIRS_BIASES] != 0.0,
                         .rate = (float)set[REC_PAIRS_RATE],
                         .lambda = (float)set[REC_PAIRS_LAMBDA],
                         .bias_lambda = own_or(set, REC_FM_BIAS_LAMBDA, REC_PAIRS_LAMBDA),
                         .shared = {own_or(set, REC_FM_FEATURE_RATE, REC_PAIRS_RATE),
                                    own_or(set, REC_FM_FEATURE_LAMBDA, REC_PAIRS_LAMBDA),
                                    own_or(set, REC_FM_FEATURE_LAMBDA, REC_PAIRS_LAMBDA)}};
    rec_status status = make_fields(&fm);
    if (status != REC_OK)
        return status;
    describe_sides(&fm);
    status = set[REC_FM_SOLVER] == REC_FM_SGD ? fit_walk(&fm) : rec__fm_als_fit(&fm);
    rec__fm_side_clear(&fm.sides[REC_FM_USERS]);
    rec__fm_side_clear(&fm.sides[REC_FM_ITEMS]);
    rec__fm_contexts_clear(&fm.contexts);
    rec__release(fm.user_bias_sums);
    rec__release(fm.rooms);
    rec__release(fm.users);
    return status;
}

static struct rec__pairs_part own_part(const struct rec__fitted *fitted, int side)
{
    struct rec__fm_fields fields =
        rec__fm_fields_of(fitted->arrays, (int32_t)fitted->parameters[REC_PAIRS_FACTORS]);
    return rec__fm_own_part(&fields, side);
}

static bool sampled(const double *set)
{
    return set[REC_FM_SOLVER] == REC_FM_GIBBS;
}

static rec_status fold_in_draws(const struct rec__fitted *fitted, const struct rec__history *history,
                                int side, struct rec__user_state *state)
{
    struct rec__pairs_part part = own_part(fitted, side);
    struct rec__gibbs_draws draws = {part.n, (int32_t)fitted->parameters[REC_FM_SAMPLES], part.first,
                                     part.stride};
    return rec__gibbs_fold_in(fitted, &draws, side, history, state);
}

/* A row from its ratings, the other side held fixed: by squared errors, least squares; else a user by the steps of the fit. */
static rec_status fold_in_squared(const struct rec__fitted *fitted, const struct rec__history *history,
                                  bool user, struct rec__user_state *state)
{
    const struct rec__arrays *arrays = fitted->arrays;
    const rec_array *offset = rec__arrays_find(arrays, "offset");
    const double *set = fitted->parameters;
    struct rec__pairs_part part = own_part(fitted, user ? REC_FM_USERS : REC_FM_ITEMS);
    int32_t f = part.n;
    struct rec__normal_side side = {
        .vectors = rec__arrays_floats(arrays, user ? "item_vectors" : "user_vectors") + part.first,
        .stride = part.stride,
        .biases = rec__arrays_floats(arrays, user ? "item_biases" : "user_biases"),
        .factors = f,
        .offset = offset == NULL ? 0.0 : *(const double *)offset->data};
    int32_t width = side.biases == NULL ? f : f + 1;
    struct rec__normal_room room;
    rec_status status = rec__normal_room_make(&room, width);
    memset(state->vector, 0, (size_t)part.stride * sizeof *state->vector);
    if (status == REC_OK && history->n > 0) {
        const double least = 1e-6;
        bool plain = set[REC_FM_SOLVER] == REC_FM_ALS && set[REC_FM_SCALING] == REC_FM_PLAIN;
        float counts = plain ? 1.0F : (float)history->n;
        float penalty = ((float)set[REC_PAIRS_LAMBDA] + (float)least) * counts;
        float last = (own_or(set, REC_FM_BIAS_LAMBDA, REC_PAIRS_LAMBDA) + (float)least) * counts;
        rec__normal_sums(&side, history, NULL, &room);
        status = rec__normal_solve(&room, width, penalty, width > f ? last : penalty);
        for (int32_t k = 0; status == REC_OK && k < f; k++)
            state->vector[part.first + k] = room.right[k];
        state->bias = status == REC_OK && width > f ? (double)room.right[f] : 0.0;
    }
    rec__normal_room_clear(&room);
    return status;
}

static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    struct rec__pairs_learner learner = learner_of(fitted->parameters);
    if (sampled(fitted->parameters))
        return fold_in_draws(fitted, history, REC_FM_USERS, state);
    if (learner.squared)
        return fold_in_squared(fitted, history, true, state);
    struct rec__pairs_part part = own_part(fitted, REC_FM_USERS);
    return rec__pairs_fold_in_part(fitted, history, &learner, &part, state);
}

static rec_status fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                               struct rec__user_state *state)
{
    if (sampled(fitted->parameters))
        return fold_in_draws(fitted, raters, REC_FM_ITEMS, state);
    if (fitted->parameters[REC_FM_LOSS] == REC_FM_SQUARED)
        return fold_in_squared(fitted, raters, false, state);
    struct rec__pairs_part part = own_part(fitted, REC_FM_ITEMS);
    return rec__pairs_fold_in_item_part(fitted, raters, &part, state);
}

static rec_status check(const struct rec__fitted *fitted)
{
    const double *set = fitted->parameters;
    int32_t factors = (int32_t)set[REC_PAIRS_FACTORS];
    rec_status status = rec__fm_fields_check(fitted->arrays, factors, set[REC_FM_AWARE] != 0.0);
    if (status != REC_OK)
        return status;
    int32_t f = rec__fm_fields_of(fitted->arrays, factors).width;
    if (sampled(set))
        return rec__gibbs_check(fitted, f, (int32_t)set[REC_FM_SAMPLES],
                                set[REC_PAIRS_BIASES] != 0.0 || set[REC_FM_INTERACTIONS] == REC_FM_ALL);
    status = rec__arrays_check(fitted->arrays, "item_vectors",
                               (struct rec__expected){REC_F32, 2, fitted->n_items, f}, true);
    if (status == REC_OK)
        status = rec__arrays_check(fitted->arrays, "user_vectors",
                                   (struct rec__expected){REC_F32, 2, fitted->n_users, f}, true);
    bool walked = set[REC_FM_SOLVER] == REC_FM_SGD;
    return status == REC_OK && walked ? rec__pairs_check(fitted) : status;
}

const struct rec_backend rec__fm = {
    .name = "fm",
    .summary = "factorization machine: users, items and what is known of them as vectors that multiply",
    .parameters = parameters,
    .n_parameters = REC_FM_PARAMETERS,
    .scorer = REC_SCORER_DOT,
    .traits = REC_PREDICTS_RATINGS | REC_PLACES_ITEMS | REC_TAKES_USER_FEATURES | REC_TAKES_CONTEXTS |
              REC_TAKES_WEIGHTS,
    .fit = fit,
    .work = rec__fm_work,
    .check = check,
    .fold_in = fold_in,
    .fold_in_item = fold_in_item,
};
