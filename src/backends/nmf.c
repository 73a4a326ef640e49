/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Non-negative matrix factorization of the observed ratings alone (Lee and Seung, "Algorithms for non-negative matrix factorization",
 * NIPS 2000; on sparse ratings Luo, Zhou, Xia and Zhu, "An efficient non-negative matrix-factorization-based approach to collaborative
 * filtering for recommender systems", IEEE Transactions on Industrial Informatics 10(2), 2014). With x_ui = mu + b_u + b_i + p_u . q_i,
 * every number of p and q >= 0, minimises over the ratings
 *
 *   L = sum of (r_ui - x_ui)^2 + penalty                         (loss squared)
 *   L = sum of (r_ui log(r_ui / x_ui) - r_ui + x_ui) + penalty   (loss kl; mu = 0 and b >= 0; r >= 0)
 *   penalty = sum over users of s_u (lambda_u |p_u|^2 + lambda_b b_u^2) + sum over items of s_i (lambda_i |q_i|^2 + lambda_b b_i^2)
 *
 * where s is the row's number of ratings (scaling count) or 1 (plain). Without biases, mu = b = 0.
 *
 * An epoch gives every user, then every item, its row, none of which raises L: towards the minimum of the row itself (coordinate: non-negative
 * least squares by coordinate descent on the row's normal equations, after Hsieh and Dhillon, KDD 2011), or by one multiplicative step. The
 * row updates are in nmf_rows.c.
 */
#include "backends/nmf.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/status.h"
#include "base/threads.h"
#include "kernels/kernels.h"
#include "backends/work.h"

#include <math.h>
#include <string.h>

enum {
    FACTORS,
    LOSS,
    SOLVER,
    BIASES,
    EPOCHS,
    USER_REGULARIZATION,
    ITEM_REGULARIZATION,
    BIAS_REGULARIZATION,
    SCALING,
    INIT_LEAST,
    INIT_GREATEST,
    N_PARAMETERS
};

enum { SQUARED, KL };
enum { AUTO, MULTIPLICATIVE, COORDINATE };
enum { REGISTER = 16, STRETCH = 256 };

static const struct rec__parameter parameters[N_PARAMETERS] = {
    [FACTORS] = REC_WHOLE("factors", 30, 1, 1024, "length of the vectors of users and items"),
    [LOSS] = REC_CHOICE("loss", SQUARED, "squared|kl", KL,
                        "squared error, or the generalised Kullback-Leibler divergence, for ratings >= 0"),
    [SOLVER] = REC_CHOICE("solver", AUTO, "auto|multiplicative|coordinate", COORDINATE,
                          "how rows are found; auto: coordinate for loss squared, multiplicative for kl"),
    [BIASES] = REC_FLAG("biases", 1, "model how far users and items lie from the mean"),
    [EPOCHS] = REC_WHOLE("epochs", 30, 1, 100000, "times that all users, then all items are found"),
    [USER_REGULARIZATION] =
        REC_REAL("user_regularization", 0.1, 0, 1e6, "weight of the users' squared vectors"),
    [ITEM_REGULARIZATION] =
        REC_REAL("item_regularization", 0.1, 0, 1e6, "weight of the items' squared vectors"),
    [BIAS_REGULARIZATION] = REC_REAL("bias_regularization", 0.02, 0, 1e6, "weight of the squared biases"),
    [SCALING] = REC_CHOICE("scaling", 0, "count|plain", 1,
                           "regularization counts once a rating, or once a user and item"),
    [INIT_LEAST] = REC_REAL("init_least", 0, 0, 1e6, "least of the random numbers the vectors begin with"),
    [INIT_GREATEST] = REC_REAL("init_greatest", 1, 1e-6, 1e6, "the greatest of them"),
};

/* One side. */
struct side {
    const int64_t *start;
    const int32_t *others;
    const float *ratings;
    int32_t n;
    float *vectors, *biases; /* biases: NULL without */
    float *kept;             /* the model's array of vectors */
    double lambda;
};

struct fitting {
    struct rec__fit *fit;
    int32_t f, width; /* factors, and the length of rows */
    double mu;
    bool kl, coordinate, by_count;
    struct side sides[2]; /* users, items */
    int32_t now;          /* the side that moves */
    struct rec__nmf_room *rooms;
    const rec_ratings *measured;
};

static struct rec__nmf_side side_held(const struct fitting *fitting)
{
    const struct side *moves = &fitting->sides[fitting->now], *held = &fitting->sides[1 - fitting->now];
    return (struct rec__nmf_side){
        .rows = {held->vectors, fitting->width, held->biases, fitting->width, fitting->mu},
        .lambda = moves->lambda,
        .bias_lambda = fitting->fit->parameters[BIAS_REGULARIZATION],
        .by_count = fitting->by_count,
        .kl = fitting->kl,
    };
}

static rec_status move_part(void *context, int64_t part, int32_t worker)
{
    const struct fitting *fitting = context;
    const struct side *side = &fitting->sides[fitting->now];
    struct rec__nmf_side held = side_held(fitting);
    int64_t parts = (int64_t)fitting->fit->threads * 16;
    int32_t first = rec__normal_part(side->start, side->n, part, parts);
    int32_t last = rec__normal_part(side->start, side->n, part + 1, parts);
    for (int32_t row = first; row < last; row++) {
        int64_t start = side->start[row];
        struct rec__history history = {side->others + start, side->ratings + start,
                                       side->start[row + 1] - start, NULL};
        float *vector = side->vectors + (int64_t)row * fitting->width;
        float *bias = side->biases == NULL ? NULL : side->biases + row;
        if (history.n > 0)
            (fitting->coordinate ? rec__nmf_solve : rec__nmf_multiply)(&held, &history,
                                                                       &fitting->rooms[worker], vector, bias);
    }
    return REC_OK;
}

static double loss_of(bool kl, double r, double x)
{
    double safe = x > REC_NMF_LEAST ? x : REC_NMF_LEAST;
    return kl ? (r > 0.0 ? r * log(r / safe) : 0.0) - r + x : (r - x) * (r - x);
}

/* One user's share of the loss. */
static double user_loss(const void *context, int64_t user)
{
    const struct fitting *fitting = context;
    const struct side *users = &fitting->sides[0], *items = &fitting->sides[1];
    const rec_ratings *ratings = fitting->measured;
    double sum = 0.0, base = fitting->mu + (users->biases == NULL ? 0.0 : (double)users->biases[user]);
    int64_t last = ratings->user_start[user + 1];
    float products[STRETCH];
    for (int64_t first = ratings->user_start[user]; first < last; first += STRETCH) {
        const int32_t *rated = ratings->user_items + first;
        struct rec__gather gather = {items->vectors, fitting->width, rated,
                                     last - first < STRETCH ? last - first : STRETCH};
        rec__kernels()->gather_dots(&gather, users->vectors + user * fitting->width, fitting->width,
                                    products);
        for (int64_t e = 0; e < gather.count; e++) {
            double bias = items->biases == NULL ? 0.0 : (double)items->biases[rated[e]];
            sum += loss_of(fitting->kl, (double)ratings->user_ratings[first + e],
                           base + bias + (double)products[e]);
        }
    }
    return sum;
}

/* RMSE, or the mean divergence. */
static double mean_loss(struct fitting *fitting, const rec_ratings *ratings)
{
    fitting->measured = ratings;
    if (ratings == NULL || ratings->count == 0)
        return (double)NAN;
    double sum = rec__parallel_sum(fitting->fit->threads, ratings->n_users, user_loss, fitting);
    return fitting->kl ? sum / (double)ratings->count : sqrt(sum / (double)ratings->count);
}

static rec_status run_epochs(struct fitting *fitting)
{
    int64_t epochs = (int64_t)fitting->fit->parameters[EPOCHS];
    rec_status status = REC_OK;
    for (int64_t epoch = 1; status == REC_OK && epoch <= epochs; epoch++) {
        for (fitting->now = 0; status == REC_OK && fitting->now < 2; fitting->now++)
            status =
                rec__parallel(fitting->fit->threads, (int64_t)fitting->fit->threads * 16, move_part, fitting);
        if (status == REC_OK)
            status = rec__fit_report(fitting->fit, epoch, epochs, mean_loss(fitting, fitting->fit->ratings),
                                     mean_loss(fitting, fitting->fit->validation));
    }
    return status;
}

/* Rows without ratings stay at 0. */
static void start_side(const struct fitting *fitting, struct side *side, enum rec__stream stream)
{
    double least = fitting->fit->parameters[INIT_LEAST],
           span = fitting->fit->parameters[INIT_GREATEST] - least;
    for (int32_t row = 0; row < side->n; row++) {
        float *vector = side->vectors + (int64_t)row * fitting->width;
        if (side->start[row] == side->start[row + 1])
            continue;
        for (int32_t k = 0; k < fitting->f; k++)
            vector[k] = (float)(least + span * rec__uniform(fitting->fit->seed, (uint64_t)stream,
                                                            (uint64_t)row << 16 | (uint64_t)k));
        if (side->biases != NULL && fitting->kl)
            side->biases[row] = (float)(fitting->fit->ratings->mean / 4.0);
    }
}

static rec_status check_parameters(const struct fitting *fitting, const double *values)
{
    const rec_ratings *r = fitting->fit->ratings;
    if (values[INIT_LEAST] >= values[INIT_GREATEST])
        return rec__fail(REC_ERR_INVALID, "init_least is %g; less than init_greatest, %g, was expected",
                         values[INIT_LEAST], values[INIT_GREATEST]);
    if (fitting->kl && values[SOLVER] == COORDINATE)
        return rec__fail(REC_ERR_INVALID, "solver is coordinate; for loss=kl multiplicative was expected");
    if (fitting->kl && r->least < 0.0f)
        return rec__fail(REC_ERR_INVALID, "the least rating is %g; for loss=kl none below 0 was expected",
                         (double)r->least);
    return REC_OK;
}

/* The arrays' own numbers stand apart, their rows filled up with zeros, which no update moves, to whole vector registers. */
static bool make_side(struct fitting *fitting, struct side *side, const char *vectors, const char *biases)
{
    struct rec__arrays *arrays = fitting->fit->arrays;
    bool biased = fitting->fit->parameters[BIASES] != 0.0;
    side->kept = rec__arrays_add_floats(arrays, vectors, side->n, fitting->f);
    side->biases = biased ? rec__arrays_add_floats(arrays, biases, side->n, 0) : NULL;
    side->vectors = rec__allocate_zeroed((int64_t)side->n * fitting->width, sizeof *side->vectors);
    return side->kept != NULL && side->vectors != NULL && (side->biases != NULL || !biased);
}

static rec_status make_fitting(struct fitting *fitting)
{
    struct rec__fit *fit = fitting->fit;
    const rec_ratings *r = fit->ratings;
    double *offset = rec__arrays_add_doubles(fit->arrays, "offset", 1);
    fitting->sides[0] = (struct side){.start = r->user_start,
                                      .others = r->user_items,
                                      .ratings = r->user_ratings,
                                      .n = r->n_users,
                                      .lambda = fit->parameters[USER_REGULARIZATION]};
    fitting->sides[1] = (struct side){.start = r->item_start,
                                      .others = r->item_users,
                                      .ratings = r->item_ratings,
                                      .n = r->n_items,
                                      .lambda = fit->parameters[ITEM_REGULARIZATION]};
    fitting->rooms = rec__allocate_zeroed(fit->threads, sizeof *fitting->rooms);
    if (offset == NULL || fitting->rooms == NULL ||
        !make_side(fitting, &fitting->sides[0], "user_vectors", "user_biases") ||
        !make_side(fitting, &fitting->sides[1], "item_vectors", "item_biases"))
        return REC_ERR_NO_MEMORY;
    *offset = fitting->mu = fit->parameters[BIASES] != 0.0 && !fitting->kl ? r->mean : 0.0;
    int64_t longest = rec__normal_longest(r);
    rec_status status = REC_OK;
    for (int32_t t = 0; status == REC_OK && t < fit->threads; t++)
        status = rec__nmf_room_make(&fitting->rooms[t], fitting->width, longest);
    return status;
}

static void keep_side(const struct fitting *fitting, const struct side *side)
{
    for (int64_t row = 0; row < side->n; row++)
        memcpy(side->kept + row * fitting->f, side->vectors + row * fitting->width,
               (size_t)fitting->f * sizeof *side->kept);
}

static void clear_fitting(struct fitting *fitting)
{
    rec__release(fitting->sides[0].vectors);
    rec__release(fitting->sides[1].vectors);
    for (int32_t t = 0; fitting->rooms != NULL && t < fitting->fit->threads; t++)
        rec__nmf_room_clear(&fitting->rooms[t]);
    rec__release(fitting->rooms);
}

static rec_status fit(struct rec__fit *fit)
{
    const double *values = fit->parameters;
    struct fitting fitting = {.fit = fit,
                              .f = (int32_t)values[FACTORS],
                              .width = ((int32_t)values[FACTORS] + REGISTER - 1) / REGISTER * REGISTER,
                              .kl = values[LOSS] == KL,
                              .coordinate = values[LOSS] == SQUARED && values[SOLVER] != MULTIPLICATIVE,
                              .by_count = values[SCALING] == 0.0};
    rec_status status = check_parameters(&fitting, values);
    if (status == REC_OK)
        status = make_fitting(&fitting);
    if (status == REC_OK) {
        start_side(&fitting, &fitting.sides[0], REC_STREAM_USERS);
        start_side(&fitting, &fitting.sides[1], REC_STREAM_ITEMS);
        status = run_epochs(&fitting);
    }
    if (status == REC_OK) {
        keep_side(&fitting, &fitting.sides[0]);
        keep_side(&fitting, &fitting.sides[1]);
    }
    clear_fitting(&fitting);
    return status;
}

static rec_status check(const struct rec__fitted *fitted)
{
    struct rec__expected vectors = {REC_F32, 2, fitted->n_items, (int64_t)fitted->parameters[FACTORS]},
                         biases = {REC_F32, 1, fitted->n_items, 1}, one = {REC_F64, 1, 1, 1};
    rec_status status = rec__arrays_check(fitted->arrays, "item_vectors", vectors, true);
    if (status == REC_OK)
        status = rec__arrays_check(fitted->arrays, "item_biases", biases, fitted->parameters[BIASES] != 0.0);
    return status == REC_OK ? rec__arrays_check(fitted->arrays, "offset", one, true) : status;
}

/* A new row of one side; the other is held: its vectors and biases. */
static rec_status fold_in_row(const struct rec__fitted *fitted, struct rec__nmf_side *held,
                              const struct rec__history *history, struct rec__user_state *state)
{
    struct rec__nmf_room room;
    float bias = 0.0f;
    held->rows.factors = (int32_t)fitted->parameters[FACTORS];
    held->rows.stride = held->rows.factors;
    held->rows.offset = *(const double *)rec__arrays_find(fitted->arrays, "offset")->data;
    held->bias_lambda = fitted->parameters[BIAS_REGULARIZATION];
    held->by_count = fitted->parameters[SCALING] == 0.0;
    held->kl = fitted->parameters[LOSS] == KL;
    rec_status status = rec__nmf_room_make(&room, held->rows.factors, history->n);
    if (status == REC_OK)
        rec__nmf_fold_in(held, history, &room, state->vector, held->rows.biases == NULL ? NULL : &bias);
    state->bias = (double)bias;
    rec__nmf_room_clear(&room);
    return status;
}

static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    struct rec__nmf_side held = {.rows.vectors = rec__arrays_floats(fitted->arrays, "item_vectors"),
                                 .rows.biases = rec__arrays_floats(fitted->arrays, "item_biases"),
                                 .lambda = fitted->parameters[USER_REGULARIZATION]};
    return fold_in_row(fitted, &held, history, state);
}

static rec_status fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                               struct rec__user_state *state)
{
    struct rec__nmf_side held = {.rows.vectors = rec__arrays_floats(fitted->arrays, "user_vectors"),
                                 .rows.biases = rec__arrays_floats(fitted->arrays, "user_biases"),
                                 .lambda = fitted->parameters[ITEM_REGULARIZATION]};
    return fold_in_row(fitted, &held, raters, state);
}

static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    const rec_ratings *r = fit->ratings;
    double k = fit->parameters[FACTORS], n = (double)r->count;
    rec__work_vectors(work, r, k);
    work->epochs = (int64_t)fit->parameters[EPOCHS];
    work->once.steps = 100.0 * n;
    work->epoch.flops = 5.0 * n * k * (k + 1.0);
    work->epoch.steps = 20.0 * n;
    work->epoch.bytes = 16.0 * n * k;
}

const struct rec_backend rec__nmf = {
    .name = "nmf",
    .summary =
        "non-negative matrix factorization: vectors that only add up, so that each factor reads as a taste",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .scorer = REC_SCORER_DOT,
    .traits = REC_PREDICTS_RATINGS,
    .fit = fit,
    .work = count_work,
    .check = check,
    .fold_in = fold_in,
    .fold_in_item = fold_in_item,
};
