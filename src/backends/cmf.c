/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collective matrix factorization (Singh and Gordon, "Relational learning via collective matrix factorization", KDD 2008; in the form of Cortes, "Cold-start
 * recommendations in collective matrix factorization", arXiv 1809.00366, 2018). The ratings R, attributes U of users and I of items are factorized
 * together: with a_u = (p_u, b_u) and d_i = (q_i, b_i),
 *
 *   w_main sum over ratings of (r_ui - mu - b_u - b_i - p_u . q_i)^2 + w_user |U - A C'|^2 + w_item |I - D E'|^2
 *     + sum of s_u (lambda |p_u|^2 + lambda_b b_u^2), items likewise + lambda_s (|C|^2 + |E|^2)
 *
 * s being the row's number of ratings (at least 1), or 1. Where the paper explains attributes by the vectors alone, biases help here, so that they too are
 * known of a row that has attributes and no ratings. Implicit: no mu and b, and the first sum is that of c_ui (p_ui - p_u . q_i)^2 over all pairs of rated
 * users and items, p being 1 for a rating above 0 and c = 1 + alpha r there, else 0 and 1; s is the row's sum of c. Each row is found by least squares, the
 * rest held fixed; who has no ratings, by attributes alone.
 */
#include "backends/draw.h"
#include "backends/feature_matrix.h"
#include "backends/normal.h"
#include "backends/work.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "kernels/blas.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

enum {
    FACTORS,
    EPOCHS,
    IMPLICIT,
    ALPHA,
    BIASES,
    W_MAIN,
    W_USER,
    W_ITEM,
    REGULARIZATION,
    BIAS_REGULARIZATION,
    SIDE_REGULARIZATION,
    SCALING,
    FEATURE_SCALE,
    INIT_DEVIATION,
    N_PARAMETERS
};
enum { PARTS = 64, USERS = 0, ITEMS = 1 };

static const struct rec__parameter parameters[N_PARAMETERS] = {
    [FACTORS] = REC_WHOLE("factors", 40, 1, 1024, "length of the vectors of users and items"),
    [EPOCHS] = REC_WHOLE("epochs", 15, 1, 100000, "times that users, items and attributes are found"),
    [IMPLICIT] = REC_FLAG(
        "implicit", 0, "ratings say what users have, with confidence 1 + alpha r, and the rest counts as 0"),
    [ALPHA] = REC_REAL("alpha", 40, 0, 1e6, "implicit: how much a rating counts more than none"),
    [BIASES] = REC_FLAG("biases", 1, "not implicit: model the mean and how far users and items lie from it"),
    [W_MAIN] = REC_REAL("w_main", 1, 1e-6, 1e6, "weight of the ratings' errors"),
    [W_USER] = REC_REAL("w_user", 1, 0, 1e6, "weight of the errors of the users' attributes"),
    [W_ITEM] = REC_REAL("w_item", 1, 0, 1e6, "weight of the errors of the items' attributes"),
    [REGULARIZATION] = REC_REAL("regularization", 0.1, 0, 1e6, "weight of the squared vectors"),
    [BIAS_REGULARIZATION] = REC_REAL("bias_regularization", 0.02, 0, 1e6, "weight of the squared biases"),
    [SIDE_REGULARIZATION] =
        REC_REAL("side_regularization", 0.1, 0, 1e6, "weight of the attributes' squared vectors"),
    [SCALING] =
        REC_CHOICE("scaling", 0, "count|plain", 1, "regularization counts by a row's ratings, or once a row"),
    [FEATURE_SCALE] = REC_CHOICE("feature_scale", 0, "unit|given", 1,
                                 "each row of attributes brought to length 1, or as given"),
    [INIT_DEVIATION] =
        REC_REAL("init_deviation", 0.1, 1e-6, 10, "spread of the random numbers the vectors begin with"),
};

/* Users or items, and what is known of them. */
struct side {
    const int64_t *start;
    const int32_t *others;
    const float *ratings;
    int32_t n;
    float *rows; /* n x stride: vector and bias, or the vector */
    int32_t stride;
    float *vectors, *biases;      /* the model's arrays; biases NULL without */
    double weight;                /* of the attributes' errors */
    struct rec__feature_matrix x; /* d = 0: none */
    float *loads;                 /* d x w: C */
    float *pulls;                 /* n x w: x C */
    float *load_gram;             /* w x w: C'C, both triangles */
    float *gram;                  /* implicit: f x f, of the rated rows, both triangles; the model's array */
};

struct cmf {
    struct rec__fit *fit;
    const double *set;
    int32_t f, w;
    bool implicit;
    double mu;
    struct side sides[2];
    struct rec__normal_room *rooms;
    float *biases;  /* of the side held fixed, in a row: scratch */
    float *weights; /* of each thread: longest */
    int64_t longest;
    float *packed; /* implicit: the rated rows in a row; else NULL */
    int now;
};

static bool rated(const struct side *side, int32_t row)
{
    return side->start[row + 1] > side->start[row];
}

/* Both triangles of Y'Y. */
static void make_gram(const float *y, int64_t n, int32_t w, float *gram)
{
    rec__blas_gram(y, n, w, gram);
    for (int32_t i = 0; i < w; i++)
        for (int32_t j = 0; j < i; j++)
            gram[(int64_t)i * w + j] = gram[(int64_t)j * w + i];
}

/* Over the rows with ratings: others are no part of the matrix of ratings. */
static void make_rated_gram(const struct cmf *cmf, struct side *side)
{
    int64_t n = 0;
    for (int32_t row = 0; row < side->n; row++)
        if (rated(side, row))
            memcpy(cmf->packed + n++ * cmf->f, side->rows + (int64_t)row * cmf->f,
                   (size_t)cmf->f * sizeof(float));
    make_gram(cmf->packed, n, cmf->f, side->gram);
}

static double confidence(const struct cmf *cmf, float rating)
{
    return rating > 0.0F ? cmf->set[ALPHA] * (double)rating : 0.0;
}

/* matrix = G + sum of (c - 1) y y', right = sum of c y of what is had. weights: room for c - 1. Returns the sum of c. */
static double sum_implicit(const struct cmf *cmf, const struct side *fixed, const struct rec__history *row,
                           float *weights, struct rec__normal_room *room)
{
    struct rec__gather gather = {fixed->rows, cmf->f, row->items, row->n};
    int32_t f = cmf->f;
    double weight = 0.0;
    memcpy(room->matrix, fixed->gram, (size_t)f * (size_t)f * sizeof(float));
    memset(room->right, 0, (size_t)f * sizeof(float));
    for (int64_t j = 0; j < row->n; j++) {
        weights[j] = (float)confidence(cmf, row->ratings[j]);
        weight += (double)weights[j];
        if (row->ratings[j] > 0.0F)
            rec__kernels()->axpy(1.0F + weights[j], fixed->rows + (int64_t)row->items[j] * f, room->right, f);
    }
    rec__kernels()->gram(&gather, weights, room->matrix, f, f);
    return weight + fixed->n;
}

/* What the ratings say of a row, in room; returns what its penalties count. */
static double sum_ratings(const struct cmf *cmf, const struct side *fixed, const struct rec__history *row,
                          float *weights, struct rec__normal_room *room)
{
    double counts = fmax((double)row->n, 1.0);
    struct rec__normal_side normal = {fixed->rows, fixed->stride, cmf->w > cmf->f ? cmf->biases : NULL,
                                      cmf->f, cmf->mu};
    float weight = (float)cmf->set[W_MAIN];
    int32_t w = cmf->w;
    memset(room->matrix, 0, (size_t)w * (size_t)w * sizeof(float));
    memset(room->right, 0, (size_t)w * sizeof(float));
    if (row->n > 0 && cmf->implicit)
        counts = sum_implicit(cmf, fixed, row, weights, room);
    else if (row->n > 0)
        rec__normal_sums(&normal, row, NULL, room);
    for (int64_t k = 0; k < (int64_t)w * w; k++)
        room->matrix[k] *= weight;
    for (int32_t k = 0; k < w; k++)
        room->right[k] *= weight;
    return counts * (double)weight;
}

static rec_status solve_row(const struct cmf *cmf, struct side *side, const struct side *fixed, int32_t row,
                            int32_t worker)
{
    struct rec__normal_room *room = &cmf->rooms[worker];
    int64_t first = side->start[row];
    int32_t w = cmf->w;
    struct rec__history history = {side->others + first, side->ratings + first, side->start[row + 1] - first,
                                   NULL};
    double s = sum_ratings(cmf, fixed, &history, cmf->weights + worker * cmf->longest, room);
    bool known = rec__feature_matrix_has(&side->x, row) && side->weight > 0.0;
    if (cmf->set[SCALING] != 0.0)
        s = 1.0;
    if (known) {
        float weight = (float)side->weight;
        for (int64_t k = 0; k < (int64_t)w * w; k++)
            room->matrix[k] += weight * side->load_gram[k];
        rec__kernels()->axpy(weight, side->pulls + (int64_t)row * w, room->right, w);
    }
    float *found = side->rows + (int64_t)row * w;
    memset(found, 0, (size_t)w * sizeof *found);
    if (!known && history.n == 0)
        return REC_OK;
    const double least = 1e-6;
    double lambda = s * (cmf->set[REGULARIZATION] + least),
           last = s * (cmf->set[BIAS_REGULARIZATION] + least);
    rec_status status = rec__normal_solve(room, w, (float)lambda, (float)(w > cmf->f ? last : lambda));
    memcpy(found, room->right, (size_t)w * sizeof *found);
    return status;
}

static rec_status solve_part(void *context, int64_t part, int32_t worker)
{
    struct cmf *cmf = context;
    struct side *side = &cmf->sides[cmf->now], *fixed = &cmf->sides[1 - cmf->now];
    int32_t last = rec__normal_part(side->start, side->n, part + 1, PARTS);
    rec_status status = REC_OK;
    for (int32_t row = rec__normal_part(side->start, side->n, part, PARTS); status == REC_OK && row < last;
         row++)
        status = solve_row(cmf, side, fixed, row, worker);
    return status;
}

/* C = (x' A) (A'A + lambda_s / weight)^-1, A the rows with attributes. */
static rec_status solve_loads(struct cmf *cmf, struct side *side)
{
    int32_t w = cmf->w, d = side->x.matrix.columns.n;
    struct rec__normal_room *room = &cmf->rooms[0];
    if (d == 0 || !(side->weight > 0.0))
        return REC_OK;
    memset(room->matrix, 0, (size_t)w * (size_t)w * sizeof(float));
    for (int32_t row = 0; row < side->n; row++) {
        struct rec__gather one = {side->rows + (int64_t)row * w, w, NULL, 1};
        if (rec__feature_matrix_has(&side->x, row))
            rec__kernels()->gram(&one, NULL, room->matrix, w, w);
    }
    rec_status status =
        rec__sparse_product(&side->x.matrix.columns, side->rows, w, cmf->fit->threads, side->loads);
    float penalty = (float)((cmf->set[SIDE_REGULARIZATION] + 1e-6) / side->weight);
    memset(room->right, 0, (size_t)w * sizeof(float));
    if (status == REC_OK)
        status = rec__normal_solve(room, w, penalty, penalty);
    for (int32_t g = 0; status == REC_OK && g < d; g++)
        rec__kernels()->cholesky_solve(room->matrix, w, w, side->loads + (int64_t)g * w);
    if (status == REC_OK)
        status = rec__sparse_product(&side->x.matrix.rows, side->loads, w, cmf->fit->threads, side->pulls);
    make_gram(side->loads, d, w, side->load_gram);
    return status;
}

static rec_status solve_side(struct cmf *cmf, int which)
{
    struct side *side = &cmf->sides[which], *fixed = &cmf->sides[1 - which];
    cmf->now = which;
    for (int32_t row = 0; cmf->w > cmf->f && row < fixed->n; row++)
        cmf->biases[row] = fixed->rows[(int64_t)row * cmf->w + cmf->f];
    if (cmf->implicit)
        make_rated_gram(cmf, fixed);
    rec_status status = rec__parallel(cmf->fit->threads, PARTS, solve_part, cmf);
    return status == REC_OK ? solve_loads(cmf, side) : status;
}

struct errors {
    const struct cmf *cmf;
    const rec_ratings *ratings;
};

static double squared_errors(const void *context, int64_t user)
{
    const struct errors *errors = context;
    const struct cmf *cmf = errors->cmf;
    const rec_ratings *r = errors->ratings;
    int32_t w = cmf->w, f = cmf->f;
    const float *a = cmf->sides[USERS].rows + user * w;
    double sum = 0.0;
    for (int64_t e = r->user_start[user]; e < r->user_start[user + 1]; e++) {
        const float *b = cmf->sides[ITEMS].rows + (int64_t)r->user_items[e] * w;
        double target =
            cmf->implicit ? (double)(r->user_ratings[e] > 0.0F) : (double)r->user_ratings[e] - cmf->mu;
        double error =
            target - (double)rec__kernels()->dot(a, b, f) - (w > f ? (double)a[f] + (double)b[f] : 0.0);
        sum += error * error;
    }
    return sum;
}

static double rmse(const struct cmf *cmf, const rec_ratings *ratings)
{
    struct errors errors = {cmf, ratings};
    if (ratings == NULL || ratings->count == 0)
        return (double)NAN;
    return sqrt(rec__parallel_sum(cmf->fit->threads, ratings->n_users, squared_errors, &errors) /
                (double)ratings->count);
}

static rec_status make_side(struct cmf *cmf, int which)
{
    static const char *const names[2][4] = {
        {"user_vectors", "user_biases", "user_feature_loads", "user_gram"},
        {"item_vectors", "item_biases", "item_feature_loads", "item_gram"}};
    struct rec__fit *fit = cmf->fit;
    struct side *side = &cmf->sides[which];
    const rec_ratings *r = fit->ratings;
    const rec_features *features = which == USERS ? fit->user_features : fit->item_features;
    int32_t w = cmf->w, d = features == NULL ? 0 : features->dimensions;
    *side = (struct side){.start = which == USERS ? r->user_start : r->item_start,
                          .others = which == USERS ? r->user_items : r->item_users,
                          .ratings = which == USERS ? r->user_ratings : r->item_ratings,
                          .n = which == USERS ? r->n_users : r->n_items,
                          .stride = w,
                          .weight = cmf->set[which == USERS ? W_USER : W_ITEM]};
    side->vectors = rec__arrays_add_floats(fit->arrays, names[which][0], side->n, cmf->f);
    side->rows = rec__allocate_zeroed((int64_t)side->n * w, sizeof *side->rows);
    bool made = side->vectors != NULL && side->rows != NULL;
    if (w > cmf->f)
        made =
            (side->biases = rec__arrays_add_floats(fit->arrays, names[which][1], side->n, 0)) != NULL && made;
    if (cmf->implicit)
        made = (side->gram = rec__arrays_add_floats(fit->arrays, names[which][3], cmf->f, cmf->f)) != NULL &&
               made;
    if (!made)
        return REC_ERR_NO_MEMORY;
    struct rec__draw draw = {fit->seed,
                             which == USERS ? REC_STREAM_USERS : REC_STREAM_ITEMS,
                             cmf->set[INIT_DEVIATION],
                             0.0F,
                             side->start,
                             side->n,
                             w};
    rec__draw_rows(&draw, fit->threads, side->rows);
    for (int32_t row = 0; w > cmf->f && row < side->n; row++)
        side->rows[(int64_t)row * w + cmf->f] = 0.0F;
    if (d == 0)
        return REC_OK;
    side->loads = rec__arrays_add_floats(fit->arrays, names[which][2], d, w);
    side->pulls = rec__allocate_zeroed((int64_t)side->n * w, sizeof *side->pulls);
    side->load_gram = rec__allocate_zeroed((int64_t)w * w, sizeof *side->load_gram);
    if (side->loads == NULL || side->pulls == NULL || side->load_gram == NULL)
        return REC_ERR_NO_MEMORY;
    return rec__feature_matrix_make(&side->x, features, cmf->set[FEATURE_SCALE] == 0.0);
}

static void clear_side(struct side *side)
{
    rec__feature_matrix_clear(&side->x);
    rec__release(side->rows);
    rec__release(side->pulls);
    rec__release(side->load_gram);
}

static rec_status make(struct cmf *cmf)
{
    const rec_ratings *r = cmf->fit->ratings;
    int64_t most = r->n_users > r->n_items ? r->n_users : r->n_items;
    double *offset = rec__arrays_add_doubles(cmf->fit->arrays, "offset", 1);
    cmf->biases = rec__allocate(most, sizeof *cmf->biases);
    if (cmf->implicit)
        cmf->packed = rec__allocate(most * cmf->f, sizeof *cmf->packed);
    cmf->longest = rec__normal_longest(r);
    cmf->weights = rec__allocate(rec__threads(cmf->fit->threads) * cmf->longest, sizeof *cmf->weights);
    cmf->rooms = rec__normal_rooms_make(rec__threads(cmf->fit->threads), cmf->w);
    if (offset == NULL || cmf->biases == NULL || cmf->weights == NULL || cmf->rooms == NULL ||
        (cmf->implicit && cmf->packed == NULL))
        return REC_ERR_NO_MEMORY;
    cmf->mu = *offset = cmf->w > cmf->f ? r->mean : 0.0;
    rec_status status = make_side(cmf, USERS);
    return status == REC_OK ? make_side(cmf, ITEMS) : status;
}

/* Vectors and biases apart, as the model has them. */
static void write_side(const struct cmf *cmf, struct side *side)
{
    for (int32_t row = 0; row < side->n; row++) {
        const float *from = side->rows + (int64_t)row * cmf->w;
        memcpy(side->vectors + (int64_t)row * cmf->f, from, (size_t)cmf->f * sizeof *from);
        if (side->biases != NULL)
            side->biases[row] = from[cmf->f];
    }
    if (cmf->implicit)
        make_rated_gram(cmf, side);
}

static rec_status run(struct cmf *cmf)
{
    int64_t epochs = (int64_t)cmf->set[EPOCHS];
    rec_status status = solve_loads(cmf, &cmf->sides[USERS]);
    if (status == REC_OK)
        status = solve_loads(cmf, &cmf->sides[ITEMS]);
    for (int64_t epoch = 1; status == REC_OK && epoch <= epochs; epoch++) {
        status = solve_side(cmf, USERS);
        if (status == REC_OK)
            status = solve_side(cmf, ITEMS);
        if (status == REC_OK)
            status = rec__fit_report(cmf->fit, epoch, epochs, rmse(cmf, cmf->fit->ratings),
                                     rmse(cmf, cmf->fit->validation));
    }
    write_side(cmf, &cmf->sides[USERS]);
    write_side(cmf, &cmf->sides[ITEMS]);
    return status;
}

/* Width of a row: a bias beside the vector where ratings are ratings. */
static int32_t width_of(const double *set)
{
    return (int32_t)set[FACTORS] + (set[IMPLICIT] == 0.0 && set[BIASES] != 0.0);
}

static rec_status fit(struct rec__fit *fit)
{
    struct cmf cmf = {.fit = fit,
                      .set = fit->parameters,
                      .f = (int32_t)fit->parameters[FACTORS],
                      .w = width_of(fit->parameters),
                      .implicit = fit->parameters[IMPLICIT] != 0.0};
    rec_status status = make(&cmf);
    if (status == REC_OK)
        status = run(&cmf);
    clear_side(&cmf.sides[USERS]);
    clear_side(&cmf.sides[ITEMS]);
    rec__normal_rooms_free(cmf.rooms, rec__threads(fit->threads));
    rec__release(cmf.biases);
    rec__release(cmf.packed);
    rec__release(cmf.weights);
    return status;
}

/* A row of one side from its ratings, as in the fit but without attributes. */
static rec_status fold_in_row(const struct rec__fitted *fitted, const struct rec__history *history, bool user,
                              struct rec__user_state *state)
{
    const struct rec__arrays *arrays = fitted->arrays;
    const double *set = fitted->parameters;
    struct cmf cmf = {
        .set = set,
        .f = (int32_t)set[FACTORS],
        .w = width_of(set),
        .implicit = set[IMPLICIT] != 0.0,
        .mu = *(const double *)rec__arrays_find(arrays, "offset")->data,
        .biases = (float *)(uintptr_t)rec__arrays_floats(arrays, user ? "item_biases" : "user_biases")};
    int32_t f = cmf.f, w = cmf.w;
    struct side fixed = {
        .stride = (int32_t)set[FACTORS],
        .n = user ? fitted->n_items : fitted->n_users,
        .gram = (float *)(uintptr_t)rec__arrays_floats(arrays, user ? "item_gram" : "user_gram")};
    struct rec__normal_room room;
    float *weights = rec__allocate(history->n, sizeof *weights);
    rec_status status = rec__normal_room_make(&room, w);
    if (weights == NULL)
        status = REC_ERR_NO_MEMORY;
    if (status == REC_OK && history->n > 0) {
        fixed.rows = (float *)(uintptr_t)rec__arrays_floats(arrays, user ? "item_vectors" : "user_vectors");
        double s = sum_ratings(&cmf, &fixed, history, weights, &room);
        double lambda = s * (set[REGULARIZATION] + 1e-6), last = s * (set[BIAS_REGULARIZATION] + 1e-6);
        status = rec__normal_solve(&room, w, (float)lambda, (float)(w > f ? last : lambda));
        memcpy(state->vector, room.right, (size_t)f * sizeof(float));
        state->bias = w > f ? (double)room.right[f] : 0.0;
    }
    rec__normal_room_clear(&room);
    rec__release(weights);
    return status;
}

static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    return fold_in_row(fitted, history, true, state);
}

static rec_status fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                               struct rec__user_state *state)
{
    return fold_in_row(fitted, raters, false, state);
}

/* What folding in reads. */
static rec_status check(const struct rec__fitted *fitted)
{
    const struct rec__arrays *arrays = fitted->arrays;
    int64_t f = (int64_t)fitted->parameters[FACTORS];
    bool implicit = fitted->parameters[IMPLICIT] != 0.0, biased = width_of(fitted->parameters) > f;
    struct {
        const char *name;
        struct rec__expected expected;
        bool required;
    } wanted[] = {{"offset", {REC_F64, 1, 1, 1}, true},
                  {"user_vectors", {REC_F32, 2, fitted->n_users, f}, true},
                  {"item_vectors", {REC_F32, 2, fitted->n_items, f}, true},
                  {"user_biases", {REC_F32, 1, fitted->n_users, 1}, biased},
                  {"item_biases", {REC_F32, 1, fitted->n_items, 1}, biased},
                  {"user_gram", {REC_F32, 2, f, f}, implicit},
                  {"item_gram", {REC_F32, 2, f, f}, implicit}};
    rec_status status = REC_OK;
    for (size_t a = 0; status == REC_OK && a < sizeof wanted / sizeof wanted[0]; a++)
        status = rec__arrays_check(arrays, wanted[a].name, wanted[a].expected, wanted[a].required);
    return status;
}

/* Attributes are not counted. */
static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    const rec_ratings *r = fit->ratings;
    double f = fit->parameters[FACTORS], n = (double)r->count, rows = (double)r->n_users + r->n_items;
    rec__work_vectors(work, r, 2.0 * f);
    work->epochs = (int64_t)fit->parameters[EPOCHS];
    work->once.steps = 10.0 * n;
    work->epoch.flops = 2.0 * rec__work_systems(r, f);
    work->epoch.bytes = 8.0 * n * f;
    if (fit->parameters[IMPLICIT] != 0.0)
        work->epoch.flops += rows * f * (f + 1.0);
}

const struct rec_backend rec__cmf = {
    .name = "cmf",
    .summary =
        "collective matrix factorization: ratings and attributes of users and items factorized together",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .scorer = REC_SCORER_DOT,
    .traits = REC_PREDICTS_RATINGS | REC_PLACES_ITEMS | REC_TAKES_USER_FEATURES,
    .fit = fit,
    .work = count_work,
    .check = check,
    .fold_in = fold_in,
    .fold_in_item = fold_in_item,
};
