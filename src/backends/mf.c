/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matrix factorization, R ~ g(mu + b_u + b_i + P'Q) (Koren, Bell and Volinsky, "Matrix factorization techniques
 * for recommender systems", IEEE Computer 42(8), 2009). Minimises
 *
 *   L = sum over ratings of w_ui (r_ui - g(mu + b_u + b_i + p_u . q_i))^2
 *       + sum over users of s_u (lambda_u |p_u|^2 + lambda_bu b_u^2)
 *       + sum over items of s_i (lambda_i |q_i|^2 + lambda_bi b_i^2)
 *
 * where s is the row's number of ratings when `scaling` is count (the penalty stands inside the sum over
 * ratings, as in that paper; Zhou, Wilkinson, Schreiber and Pan 2008 call it weighted lambda), or 1 when it
 * is plain; w is 1 unless weights are given (confidence levels, section "Inputs with varying confidence levels" of that paper); and g is the
 * identity, or with `bounds` sigmoid a logistic function onto the range of the ratings. Without biases, mu = b_u = b_i = 0. The solvers
 * are in mf_sgd.c, mf_adam.c and mf_als.c. With item_bins or user_drift (drift.h), r is what these leave.
 */
#include "backends/draw.h"
#include "backends/drift.h"
#include "backends/mf.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "kernels/kernels.h"
#include "backends/work.h"

#include <math.h>
#include <string.h>

enum {
    FACTORS,
    SOLVER,
    BIASES,
    EPOCHS,
    REGULARIZATION,
    BIAS_REGULARIZATION,
    USER_REGULARIZATION,
    ITEM_REGULARIZATION,
    USER_BIAS_REGULARIZATION,
    ITEM_BIAS_REGULARIZATION,
    SCALING,
    BOUNDS,
    LEARNING_RATE,
    USER_RATE,
    ITEM_RATE,
    USER_BIAS_RATE,
    ITEM_BIAS_RATE,
    ADAM_RATE,
    DECAY,
    BATCH,
    INIT_DEVIATION,
    PATIENCE,
    DRIFT,
    N_PARAMETERS = DRIFT + REC_DRIFT_PARAMETERS
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
    [USER_REGULARIZATION] =
        REC_REAL("user_regularization", -1, -1, 1e6, "of the users' vectors; -1: regularization"),
    [ITEM_REGULARIZATION] =
        REC_REAL("item_regularization", -1, -1, 1e6, "of the items' vectors; -1: regularization"),
    [USER_BIAS_REGULARIZATION] =
        REC_REAL("user_bias_regularization", -1, -1, 1e6, "of the users' biases; -1: bias_regularization"),
    [ITEM_BIAS_REGULARIZATION] =
        REC_REAL("item_bias_regularization", -1, -1, 1e6, "of the items' biases; -1: bias_regularization"),
    [SCALING] = REC_CHOICE("scaling", 0, "count|plain", 1,
                           "regularization counts once a rating, or once a user and item"),
    [BOUNDS] = REC_CHOICE("bounds", REC_LINK_NONE, "none|clip|sigmoid", REC_LINK_SIGMOID,
                          "keep predictions in the range of the training ratings: not, by clipping them, or "
                          "by fitting a logistic function of the sum"),
    [LEARNING_RATE] = REC_REAL("learning_rate", 0.015, 1e-9, 10, "sgd: step size of the first epoch"),
    [USER_RATE] = REC_REAL("user_rate", -1, -1, 10, "sgd: of the users' vectors; -1: learning_rate"),
    [ITEM_RATE] = REC_REAL("item_rate", -1, -1, 10, "sgd: of the items' vectors; -1: learning_rate"),
    [USER_BIAS_RATE] = REC_REAL("user_bias_rate", -1, -1, 10, "sgd: of the users' biases; -1: learning_rate"),
    [ITEM_BIAS_RATE] = REC_REAL("item_bias_rate", -1, -1, 10, "sgd: of the items' biases; -1: learning_rate"),
    [ADAM_RATE] = REC_REAL("adam_rate", 0.01, 1e-9, 10, "adam: step size of the first epoch"),
    [DECAY] =
        REC_REAL("decay", 0.98, 0.01, 1, "sgd and adam: each epoch's step size is this times the last one's"),
    [BATCH] = REC_WHOLE("batch", 2048, 1, 1 << 24, "adam: ratings in a batch"),
    [INIT_DEVIATION] =
        REC_REAL("init_deviation", 0.1, 1e-6, 10, "spread of the random numbers the vectors begin with"),
    [PATIENCE] =
        REC_WHOLE("patience", 0, 0, 100000,
                  "stop after so many epochs without a better validation loss, keeping the best; 0: never"),
    REC_DRIFT_TABLE(DRIFT),
};

/* A term's own value, or the common one. */
static double own_or(const double *values, int own, int common)
{
    return values[own] < 0.0 ? values[common] : values[own];
}

static struct rec__mf_terms read_terms(const double *values, int side)
{
    bool users = side == REC_MF_USERS;
    return (struct rec__mf_terms){
        .lambda = own_or(values, users ? USER_REGULARIZATION : ITEM_REGULARIZATION, REGULARIZATION),
        .bias_lambda =
            own_or(values, users ? USER_BIAS_REGULARIZATION : ITEM_BIAS_REGULARIZATION, BIAS_REGULARIZATION),
        .rate = own_or(values, users ? USER_RATE : ITEM_RATE, LEARNING_RATE),
        .bias_rate = own_or(values, users ? USER_BIAS_RATE : ITEM_BIAS_RATE, LEARNING_RATE)};
}

struct rec__mf_settings rec__mf_read_settings(const double *values)
{
    return (struct rec__mf_settings){
        .factors = (int32_t)values[FACTORS],
        .epochs = (int32_t)values[EPOCHS],
        .patience = (int32_t)values[PATIENCE],
        .batch = (int32_t)values[BATCH],
        .bounds = (int)values[BOUNDS],
        .biases = values[BIASES] != 0.0,
        .by_count = values[SCALING] == 0.0,
        .terms = {read_terms(values, REC_MF_USERS), read_terms(values, REC_MF_ITEMS)},
        .adam_rate = values[ADAM_RATE],
        .decay = values[DECAY],
        .init_deviation = values[INIT_DEVIATION]};
}

struct errors {
    const struct rec__mf *mf;
    const rec_ratings *ratings;
    const float *weights; /* by user; NULL: all 1 */
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
        double inner = base + (double)rec__kernels()->dot(mf->p + user * f, mf->q + (int64_t)item * f, f) +
                       (mf->b_i == NULL ? 0.0 : (double)mf->b_i[item]);
        double error = rec__mf_error_of(&mf->link, ratings->user_ratings[e], inner).error;
        sum += (errors->weights == NULL ? 1.0 : (double)errors->weights[e]) * error * error;
    }
    return sum;
}

static double sum_of_squares(const struct rec__mf *mf, const rec_ratings *ratings, const float *weights)
{
    struct errors errors = {mf, ratings, weights};
    return rec__parallel_sum(mf->fit->threads, ratings->n_users, squared_errors, &errors);
}

double rec__mf_rmse(const struct rec__mf *mf, const rec_ratings *ratings, const float *weights)
{
    double weight = weights == NULL ? (double)ratings->count : mf->weight;
    return weight > 0.0 ? sqrt(sum_of_squares(mf, ratings, weights) / weight) : 0.0;
}

static double penalty(const struct rec__mf *mf, int side)
{
    const rec_ratings *r = mf->ratings;
    bool users = side == REC_MF_USERS;
    const float *vectors = users ? mf->p : mf->q, *biases = users ? mf->b_u : mf->b_i;
    const int64_t *start = users ? r->user_start : r->item_start;
    const struct rec__mf_terms *terms = &mf->set.terms[side];
    double sum = 0.0;
    int32_t f = mf->set.factors;
    for (int32_t row = 0; row < (users ? r->n_users : r->n_items); row++) {
        double s = mf->set.by_count ? (double)(start[row + 1] - start[row]) : 1.0;
        const float *x = vectors + (int64_t)row * f;
        double b = biases == NULL ? 0.0 : (double)biases[row];
        sum += s * (terms->lambda * rec__kernels()->dot_double(x, x, f) + terms->bias_lambda * b * b);
    }
    return sum;
}

double rec__mf_objective(const struct rec__mf *mf)
{
    return sum_of_squares(mf, mf->ratings, mf->fit->user_weights) + penalty(mf, REC_MF_USERS) +
           penalty(mf, REC_MF_ITEMS);
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
    double values[] = {[SGD] = mf->fit->parameters[LEARNING_RATE],
                       [ADAM] = mf->set.adam_rate,
                       [ALS] = mf->fit->parameters[REGULARIZATION]};
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
    const rec_ratings *validation = mf->validation;
    double watched =
        validation == NULL || validation->count == 0 ? (double)NAN : rec__mf_rmse(mf, validation, NULL);
    rec_status status = rec__fit_report(mf->fit, epoch, mf->set.epochs, loss, watched);
    if (status == REC_OK && rec__watch_judge(&mf->watch, watched, stop))
        status = rec__watch_keep(&mf->watch);
    return status;
}

struct rows {
    float *values;
    int64_t n, columns;
};

/* Rows that the model to start from has, over those that were drawn. */
static void copy_rows(const struct rec__arrays *from, const char *name, const int32_t *map,
                      const struct rows *to)
{
    const float *known = to->values == NULL ? NULL : rec__arrays_floats(from, name);
    for (int64_t row = 0; known != NULL && row < to->n; row++)
        if (map[row] >= 0)
            memcpy(to->values + row * to->columns, known + map[row] * to->columns,
                   (size_t)to->columns * sizeof(float));
}

/* What it learned is relative to its offset, so that goes on too. */
static rec_status start_from(struct rec__mf *mf, double *offset)
{
    const struct rec__start *start = mf->fit->start;
    const rec_array *vectors = rec__arrays_find(start->arrays, "item_vectors");
    const rec_array *old_offset = rec__arrays_find(start->arrays, "offset");
    int64_t f = mf->set.factors, n_users = mf->ratings->n_users, n_items = mf->ratings->n_items;
    if (vectors == NULL || vectors->columns != f)
        return rec__fail(REC_ERR_INVALID, "factors is %d; the model to start from has %lld", mf->set.factors,
                         (long long)(vectors == NULL ? 0 : vectors->columns));
    copy_rows(start->arrays, "user_vectors", start->users, &(struct rows){mf->p, n_users, f});
    copy_rows(start->arrays, "item_vectors", start->items, &(struct rows){mf->q, n_items, f});
    copy_rows(start->arrays, "user_biases", start->users, &(struct rows){mf->b_u, n_users, 1});
    copy_rows(start->arrays, "item_biases", start->items, &(struct rows){mf->b_i, n_items, 1});
    if (mf->set.biases && old_offset != NULL)
        mf->mu = *offset = *(const double *)old_offset->data;
    return REC_OK;
}

/* Random vectors; rows without ratings stay zero. Without biases they begin where every product is near the
 * mean. */
static void init_arrays(const struct rec__mf *mf)
{
    const rec_ratings *r = mf->ratings;
    double level = rec__link_sum(&mf->link, r->mean);
    float shift = mf->set.biases ? 0.0f : (float)sqrt(fabs(level) / mf->set.factors);
    struct rec__draw users = {mf->fit->seed, REC_STREAM_USERS, mf->set.init_deviation, shift,
                              r->user_start, r->n_users,       mf->set.factors};
    struct rec__draw items = {
        mf->fit->seed, REC_STREAM_ITEMS, mf->set.init_deviation, level < 0.0 ? -shift : shift,
        r->item_start, r->n_items,       mf->set.factors};
    rec__draw_rows(&users, mf->fit->threads, mf->p);
    rec__draw_rows(&items, mf->fit->threads, mf->q);
}

static rec_status add_arrays(struct rec__mf *mf)
{
    const rec_ratings *r = mf->ratings;
    struct rec__arrays *arrays = mf->fit->arrays;
    double *offset = rec__arrays_add_doubles(arrays, "offset", 1);
    double *link = mf->set.bounds == REC_LINK_NONE ? NULL : rec__arrays_add_doubles(arrays, "score_link", 3);
    mf->p = rec__arrays_add_floats(arrays, "user_vectors", r->n_users, mf->set.factors);
    mf->q = rec__arrays_add_floats(arrays, "item_vectors", r->n_items, mf->set.factors);
    if (mf->set.biases) {
        mf->b_u = rec__arrays_add_floats(arrays, "user_biases", r->n_users, 0);
        mf->b_i = rec__arrays_add_floats(arrays, "item_biases", r->n_items, 0);
    }
    if (offset == NULL || mf->p == NULL || mf->q == NULL ||
        (mf->set.bounds != REC_LINK_NONE && link == NULL) ||
        (mf->set.biases && (mf->b_u == NULL || mf->b_i == NULL)))
        return REC_ERR_NO_MEMORY;
    mf->link = (struct rec__link){mf->set.bounds, (double)r->least, (double)r->greatest};
    if (link != NULL)
        memcpy(link, (const double[]){mf->set.bounds, mf->link.least, mf->link.greatest}, 3 * sizeof *link);
    init_arrays(mf);
    mf->mu = *offset = mf->set.biases ? rec__link_sum(&mf->link, r->mean) : 0.0;
    return mf->fit->start == NULL ? REC_OK : start_from(mf, offset);
}

static rec_status fit_static(struct rec__mf *mf)
{
    static rec_status (*const solvers[])(struct rec__mf *) = {
        [SGD] = rec__mf_sgd, [ADAM] = rec__mf_adam, [ALS] = rec__mf_als};
    rec_status status = add_arrays(mf);
    if (status == REC_OK && mf->fit->start != NULL)
        mf->greatest_loss =
            fmax(mf->greatest_loss, 10.0 * rec__mf_rmse(mf, mf->ratings, mf->fit->user_weights));
    return status == REC_OK ? solvers[(int)mf->fit->parameters[SOLVER]](mf) : status;
}

static rec_status check_drifting(const struct rec__mf *mf)
{
    if (mf->set.bounds == REC_LINK_SIGMOID)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "bounds is sigmoid; none or clip was expected with item_bins or user_drift");
    return mf->fit->user_weights == NULL
               ? REC_OK
               : rec__fail(REC_ERR_UNSUPPORTED,
                           "weights or half_life are set; none were expected with item_bins or user_drift");
}

/* What drifts is learned first, with biases alone beside it; the factorization is that of what it leaves. */
static rec_status fit_drifting(struct rec__mf *mf)
{
    struct rec__drifting drifting;
    rec_ratings validation;
    float *values = NULL;
    rec_status status = check_drifting(mf);
    if (status != REC_OK)
        return status;
    status = rec__drifting_make(&drifting, mf->fit, mf->fit->parameters + DRIFT);
    if (status == REC_OK)
        status = rec__drifting_settle(&drifting);
    if (status == REC_OK)
        status = rec__drifting_rest(&drifting, mf->fit->validation, &validation, &values);
    if (status == REC_OK) {
        mf->ratings = &drifting.rest;
        mf->validation = values == NULL ? NULL : &validation;
        status = fit_static(mf);
        mf->ratings = mf->fit->ratings;
        mf->validation = mf->fit->validation;
    }
    rec__release(values);
    rec__drifting_clear(&drifting);
    return status;
}

static rec_status fit(struct rec__fit *fit)
{
    struct rec__mf mf = {.fit = fit,
                         .ratings = fit->ratings,
                         .validation = fit->validation,
                         .set = rec__mf_read_settings(fit->parameters),
                         .weight = rec__watch_weight(fit)};
    if (!(mf.weight > 0.0))
        return rec__fail(REC_ERR_INVALID, "the weights of all ratings are 0; one greater was expected");
    mf.greatest_loss = greatest_loss(&mf);
    rec_status status = rec__watch_make(&mf.watch, fit, mf.set.patience, false);
    if (status == REC_OK)
        status = (rec__drift_wanted(fit->parameters + DRIFT) ? fit_drifting : fit_static)(&mf);
    if (status == REC_OK)
        rec__watch_restore(&mf.watch);
    rec__watch_clear(&mf.watch);
    return status;
}

static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    const rec_ratings *r = fit->ratings;
    double k = fit->parameters[FACTORS], n = (double)r->count;
    int solver = (int)fit->parameters[SOLVER];
    rec__work_vectors(work, r, k);
    work->epochs = (int64_t)fit->parameters[EPOCHS];
    work->once.steps = (solver == ALS ? 10.0 : 40.0) * n;
    if (solver == ALS) {
        work->epoch.flops = 1.3 * rec__work_systems(r, k);
        work->epoch.bytes = 8.0 * n * k;
    } else if (solver == SGD) {
        work->epoch.bytes = 8.0 * n * k; /* both rows, of which a block shares many */
        work->epoch.steps = 5.0 * n;
        work->held += 16.0 * n; /* the ratings in the order of steps */
    } else {
        work->epoch.bytes = 48.0 * n * k; /* rows, gradients and both moments, read and written */
        work->epoch.steps = 100.0 * n;
        work->held = 3.0 * work->held + 16.0 * n;
    }
}

const struct rec_backend rec__mf = {
    .name = "mf",
    .summary =
        "matrix factorization: a rating is a dot product of the user's and the item's vector, plus biases",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .scorer = REC_SCORER_DOT,
    .traits = REC_PREDICTS_RATINGS | REC_TAKES_WEIGHTS | REC_CAN_START,
    .fit = fit,
    .work = count_work,
    .fold_in = rec__mf_fold_in,
    .fold_in_item = rec__mf_fold_in_item,
    .explain = rec__mf_explain,
};
