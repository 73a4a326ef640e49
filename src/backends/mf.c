/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matrix factorization, R ~ mu + b_u + b_i + P'Q (Koren, Bell and Volinsky, "Matrix factorization techniques
 * for recommender systems", IEEE Computer 42(8), 2009). Minimises
 *
 *   L = sum over ratings of (r_ui - mu - b_u - b_i - p_u . q_i)^2
 *       + sum over users of s_u (lambda |p_u|^2 + lambda_b b_u^2) + sum over items of s_i (lambda |q_i|^2 +
 * lambda_b b_i^2)
 *
 * where s is the row's number of ratings when `scaling` is count (the penalty stands inside the sum over
 * ratings, as in that paper; Zhou, Wilkinson, Schreiber and Pan 2008 call it weighted lambda), or 1 when it
 * is plain. Without biases, mu = b_u = b_i = 0. The solvers are in mf_sgd.c, mf_adam.c and mf_als.c.
 */
#include "backends/mf.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/status.h"
#include "base/threads.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

enum {
    FACTORS,
    SOLVER,
    BIASES,
    EPOCHS,
    REGULARIZATION,
    BIAS_REGULARIZATION,
    SCALING,
    LEARNING_RATE,
    ADAM_RATE,
    DECAY,
    BATCH,
    INIT_DEVIATION,
    PATIENCE,
    N_PARAMETERS
};

enum { SGD, ADAM, ALS };

static const struct rec__parameter parameters[N_PARAMETERS] = {
    [FACTORS] = REC_WHOLE("factors", 64, 1, 4096, "length of the vectors of users and items"),
    [SOLVER] = REC_CHOICE("solver", SGD, "sgd|adam|als", ALS, "how the objective is minimised"),
    [BIASES] = REC_FLAG("biases", 1, "model the mean and how far users and items lie from it"),
    [EPOCHS] = REC_WHOLE("epochs", 40, 1, 100000, "passes over the ratings"),
    [REGULARIZATION] =
        REC_REAL("regularization", 0.1, 0, 1e6, "lambda: weight of the squared vectors in the objective"),
    [BIAS_REGULARIZATION] = REC_REAL("bias_regularization", 0.02, 0, 1e6, "weight of the squared biases"),
    [SCALING] = REC_CHOICE("scaling", 0, "count|plain", 1,
                           "regularization counts once a rating, or once a user and item"),
    [LEARNING_RATE] = REC_REAL("learning_rate", 0.015, 1e-9, 10, "sgd: step size of the first epoch"),
    [ADAM_RATE] = REC_REAL("adam_rate", 0.01, 1e-9, 10, "adam: step size of the first epoch"),
    [DECAY] =
        REC_REAL("decay", 0.98, 0.01, 1, "sgd and adam: each epoch's step size is this times the last one's"),
    [BATCH] = REC_WHOLE("batch", 2048, 1, 1 << 24, "adam: ratings in a batch"),
    [INIT_DEVIATION] =
        REC_REAL("init_deviation", 0.1, 1e-6, 10, "spread of the random numbers the vectors begin with"),
    [PATIENCE] =
        REC_WHOLE("patience", 0, 0, 100000,
                  "stop after so many epochs without a better validation loss, keeping the best; 0: never"),
};

static struct rec__mf_settings read_settings(const double *values)
{
    return (struct rec__mf_settings){.factors = (int32_t)values[FACTORS],
                                     .epochs = (int32_t)values[EPOCHS],
                                     .patience = (int32_t)values[PATIENCE],
                                     .batch = (int32_t)values[BATCH],
                                     .biases = values[BIASES] != 0.0,
                                     .by_count = values[SCALING] == 0.0,
                                     .lambda = values[REGULARIZATION],
                                     .bias_lambda = values[BIAS_REGULARIZATION],
                                     .rate = values[LEARNING_RATE],
                                     .adam_rate = values[ADAM_RATE],
                                     .decay = values[DECAY],
                                     .init_deviation = values[INIT_DEVIATION]};
}

struct errors {
    const struct rec__mf *mf;
    const rec_ratings *ratings;
};

/* The squared errors of one user's ratings. */
static double squared_errors(const void *context, int64_t user)
{
    const struct errors *errors = context;
    const struct rec__mf *mf = errors->mf;
    const rec_ratings *ratings = errors->ratings;
    int32_t f = mf->set.factors;
    double sum = 0.0, base = mf->mu + (mf->b_u == NULL ? 0.0 : (double)mf->b_u[user]);
    for (int64_t e = ratings->user_start[user]; e < ratings->user_start[user + 1]; e++) {
        int32_t item = ratings->user_items[e];
        double predicted = base +
                           (double)rec__kernels()->dot(mf->p + user * f, mf->q + (int64_t)item * f, f) +
                           (mf->b_i == NULL ? 0.0 : (double)mf->b_i[item]);
        double error = (double)ratings->user_ratings[e] - predicted;
        sum += error * error;
    }
    return sum;
}

static double sum_of_squares(const struct rec__mf *mf, const rec_ratings *ratings)
{
    struct errors errors = {mf, ratings};
    return rec__parallel_sum(mf->fit->threads, ratings->n_users, squared_errors, &errors);
}

double rec__mf_rmse(const struct rec__mf *mf, const rec_ratings *ratings)
{
    return ratings->count == 0 ? 0.0 : sqrt(sum_of_squares(mf, ratings) / (double)ratings->count);
}

static double penalty(const struct rec__mf *mf, const float *vectors, const float *biases,
                      const int64_t *start, int32_t n)
{
    double sum = 0.0;
    int32_t f = mf->set.factors;
    for (int32_t row = 0; row < n; row++) {
        double s = mf->set.by_count ? (double)(start[row + 1] - start[row]) : 1.0;
        const float *x = vectors + (int64_t)row * f;
        double b = biases == NULL ? 0.0 : (double)biases[row];
        sum += s * (mf->set.lambda * rec__kernels()->dot_double(x, x, f) + mf->set.bias_lambda * b * b);
    }
    return sum;
}

double rec__mf_objective(const struct rec__mf *mf)
{
    const rec_ratings *r = mf->ratings;
    return sum_of_squares(mf, r) + penalty(mf, mf->p, mf->b_u, r->user_start, r->n_users) +
           penalty(mf, mf->q, mf->b_i, r->item_start, r->n_items);
}

/* The arrays that a fit moves: what early stopping keeps and puts back. */
static void list_moving(const struct rec__mf *mf, float *arrays[4], int64_t lengths[4])
{
    int64_t f = mf->set.factors, n_users = mf->ratings->n_users, n_items = mf->ratings->n_items;
    float *moving[] = {mf->p, mf->q, mf->b_u, mf->b_i};
    int64_t counts[] = {n_users * f, n_items * f, n_users, n_items};
    memcpy(arrays, moving, sizeof moving);
    memcpy(lengths, counts, sizeof counts);
}

static rec_status keep_best(struct rec__mf *mf)
{
    float *arrays[4];
    int64_t lengths[4];
    list_moving(mf, arrays, lengths);
    for (int a = 0; a < 4; a++) {
        if (arrays[a] == NULL)
            continue;
        if (mf->best[a] == NULL)
            mf->best[a] = rec__allocate(lengths[a], sizeof(float));
        if (mf->best[a] == NULL)
            return REC_ERR_NO_MEMORY;
        memcpy(mf->best[a], arrays[a], (size_t)lengths[a] * sizeof(float));
    }
    return REC_OK;
}

static void put_best_back(struct rec__mf *mf)
{
    float *arrays[4];
    int64_t lengths[4];
    list_moving(mf, arrays, lengths);
    for (int a = 0; a < 4; a++)
        if (mf->best[a] != NULL)
            memcpy(arrays[a], mf->best[a], (size_t)lengths[a] * sizeof(float));
}

static rec_status watch_validation(struct rec__mf *mf, double validation, bool *stop)
{
    if (mf->set.patience == 0 || isnan(validation))
        return REC_OK;
    if (validation < mf->best_loss) {
        mf->best_loss = validation;
        mf->since_best = 0;
        return keep_best(mf);
    }
    *stop = ++mf->since_best >= mf->set.patience;
    return REC_OK;
}

/* Ten times the error of predicting the mean everywhere, at the worst rating, with the noise that the vectors
 * begin with on top: no fit that converges comes near. */
static double greatest_loss(const struct rec__mf *mf)
{
    const rec_ratings *r = mf->ratings;
    double spread = fmax((double)r->greatest - r->mean, r->mean - (double)r->least);
    double level = mf->set.biases ? 0.0 : sqrt(fabs(r->mean)), deviation = mf->set.init_deviation;
    return 10.0 * (spread + deviation * (2.0 * level + sqrt(mf->set.factors) * deviation));
}

static rec_status fail_diverged(const struct rec__mf *mf, int32_t epoch, double loss)
{
    const char *names[] = {[SGD] = "learning_rate", [ADAM] = "adam_rate", [ALS] = "regularization"};
    double values[] = {[SGD] = mf->set.rate, [ADAM] = mf->set.adam_rate, [ALS] = mf->set.lambda};
    int solver = (int)mf->fit->parameters[SOLVER];
    if (!isfinite(loss))
        return rec__fail(REC_ERR_DIVERGED,
                         "the loss of epoch %d is not finite; %s is %g, and %s was expected", epoch,
                         names[solver], values[solver], solver == ALS ? "more" : "less");
    return rec__fail(
        REC_ERR_DIVERGED,
        "the loss of epoch %d is %g, where %g is beyond any that converges; %s is %g, and %s was "
        "expected",
        epoch, loss, mf->greatest_loss, names[solver], values[solver], solver == ALS ? "more" : "less");
}

rec_status rec__mf_report(struct rec__mf *mf, int32_t epoch, double loss, bool *stop)
{
    if (!isfinite(loss) || loss > mf->greatest_loss)
        return fail_diverged(mf, epoch, loss);
    const rec_ratings *validation = mf->fit->validation;
    double watched =
        validation == NULL || validation->count == 0 ? (double)NAN : rec__mf_rmse(mf, validation);
    rec_status status = rec__fit_report(mf->fit, epoch, mf->set.epochs, loss, watched);
    return status == REC_OK ? watch_validation(mf, watched, stop) : status;
}

/* Random vectors; rows without ratings stay zero. Without biases they begin where every product is near the
 * mean. */
static void init_vectors(const struct rec__mf *mf, float *vectors, const int64_t *start, int32_t n,
                         enum rec__stream stream, float shift)
{
    int32_t f = mf->set.factors;
    for (int32_t row = 0; row < n; row++) {
        float *x = vectors + (int64_t)row * f;
        if (start[row] == start[row + 1])
            continue;
        rec__normal_row(mf->fit->seed, stream, (uint64_t)row, (float)mf->set.init_deviation, x, f);
        for (int32_t k = 0; k < f; k++)
            x[k] += shift;
    }
}

static rec_status add_arrays(struct rec__mf *mf)
{
    const rec_ratings *r = mf->ratings;
    struct rec__arrays *arrays = mf->fit->arrays;
    double *offset = rec__arrays_add_doubles(arrays, "offset", 1);
    mf->p = rec__arrays_add_floats(arrays, "user_vectors", r->n_users, mf->set.factors);
    mf->q = rec__arrays_add_floats(arrays, "item_vectors", r->n_items, mf->set.factors);
    if (mf->set.biases) {
        mf->b_u = rec__arrays_add_floats(arrays, "user_biases", r->n_users, 0);
        mf->b_i = rec__arrays_add_floats(arrays, "item_biases", r->n_items, 0);
    }
    if (offset == NULL || mf->p == NULL || mf->q == NULL ||
        (mf->set.biases && (mf->b_u == NULL || mf->b_i == NULL)))
        return REC_ERR_NO_MEMORY;
    mf->mu = offset[0] = mf->set.biases ? r->mean : 0.0;
    return REC_OK;
}

static void init_arrays(const struct rec__mf *mf)
{
    const rec_ratings *r = mf->ratings;
    float shift = mf->set.biases ? 0.0f : (float)sqrt(fabs(r->mean) / mf->set.factors);
    init_vectors(mf, mf->p, r->user_start, r->n_users, REC_STREAM_USERS, shift);
    init_vectors(mf, mf->q, r->item_start, r->n_items, REC_STREAM_ITEMS, r->mean < 0.0 ? -shift : shift);
}

static rec_status fit(struct rec__fit *fit)
{
    static rec_status (*const solvers[])(struct rec__mf *) = {
        [SGD] = rec__mf_sgd, [ADAM] = rec__mf_adam, [ALS] = rec__mf_als};
    struct rec__mf mf = {.fit = fit,
                         .ratings = fit->ratings,
                         .set = read_settings(fit->parameters),
                         .best_loss = (double)INFINITY};
    if (mf.set.patience > 0 && fit->validation == NULL)
        return rec__fail(
            REC_ERR_INVALID,
            "patience is %d, and there are no validation ratings to watch; rec_model_set_validation was "
            "expected first, or a patience of 0",
            mf.set.patience);
    rec_status status = add_arrays(&mf);
    if (status == REC_OK) {
        init_arrays(&mf);
        mf.greatest_loss = greatest_loss(&mf);
        status = solvers[(int)fit->parameters[SOLVER]](&mf);
    }
    if (status == REC_OK)
        put_best_back(&mf);
    for (int a = 0; a < 4; a++)
        rec__release(mf.best[a]);
    return status;
}

/* The items of a fitted model, as a new row of the users sees them. */
static struct rec__mf_side item_side(const struct rec__fitted *fitted)
{
    struct rec__mf_settings set = read_settings(fitted->parameters);
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "item_vectors");
    const rec_array *offset = rec__arrays_find(fitted->arrays, "offset");
    return (struct rec__mf_side){.rows = {.vectors = vectors->data,
                                          .stride = vectors->columns,
                                          .biases = rec__arrays_floats(fitted->arrays, "item_biases"),
                                          .factors = (int32_t)vectors->columns,
                                          .offset = offset == NULL ? 0.0 : *(const double *)offset->data},
                                 .lambda = set.lambda,
                                 .bias_lambda = set.bias_lambda,
                                 .by_count = set.by_count};
}

/* A new row's vector and bias, the other side fixed. */
static rec_status fold_in_row(const struct rec__mf_side *side, const struct rec__history *row,
                              struct rec__user_state *state)
{
    struct rec__normal_room room = {0};
    float bias = 0.0f;
    rec_status status = rec__normal_room_make(&room, side->rows.factors + 1);
    if (status == REC_OK)
        status = rec__mf_solve(side, row, &room, state->vector, &bias);
    state->bias = (double)bias;
    rec__normal_room_clear(&room);
    return status;
}

static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    struct rec__mf_side side = item_side(fitted);
    return fold_in_row(&side, history, state);
}

/* The users, as a new row of the items sees them. */
static struct rec__mf_side user_side(const struct rec__fitted *fitted)
{
    struct rec__mf_side side = item_side(fitted);
    side.rows.vectors = rec__arrays_floats(fitted->arrays, "user_vectors");
    side.rows.biases = rec__arrays_floats(fitted->arrays, "user_biases");
    return side;
}

static rec_status fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                               struct rec__user_state *state)
{
    struct rec__mf_side side = user_side(fitted);
    return fold_in_row(&side, raters, state);
}

/*
 * The folded-in vector is x = A^-1 sum of y_j t_j, so the score of i is a sum over j of (A^-1 y_i) . y_j t_j
 * (Hu, Koren and Volinsky, ICDM 2008, section 5), with y = (q, 1).
 */
static rec_status explain(const struct rec__fitted *fitted, const struct rec__history *history, int32_t item,
                          double *contributions)
{
    struct rec__mf_side side = item_side(fitted);
    struct rec__normal_room room = {0};
    int32_t f = side.rows.factors, width = side.rows.biases == NULL ? f : f + 1;
    if (history->n == 0)
        return REC_OK;
    rec_status status = rec__normal_room_make(&room, width);
    if (status == REC_OK)
        status = rec__mf_normal(&side, history, &room);
    if (status == REC_OK) {
        memcpy(room.right, side.rows.vectors + (int64_t)item * f, (size_t)f * sizeof(float));
        if (width > f)
            room.right[f] = 1.0f;
        rec__kernels()->cholesky_solve(room.matrix, width, width, room.right);
    }
    for (int64_t j = 0; status == REC_OK && j < history->n; j++) {
        int32_t other = history->items[j];
        double weight = rec__kernels()->dot_double(room.right, side.rows.vectors + (int64_t)other * f, f) +
                        (width > f ? (double)room.right[f] : 0.0);
        double bias = side.rows.biases == NULL ? 0.0 : (double)side.rows.biases[other];
        contributions[j] = weight * ((double)history->ratings[j] - side.rows.offset - bias);
    }
    rec__normal_room_clear(&room);
    return status;
}

const struct rec_backend rec__mf = {
    .name = "mf",
    .summary =
        "matrix factorization: a rating is a dot product of the user's and the item's vector, plus biases",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .scorer = REC_SCORER_DOT,
    .traits = REC_PREDICTS_RATINGS,
    .fit = fit,
    .fold_in = fold_in,
    .fold_in_item = fold_in_item,
    .explain = explain,
};
