/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Biases alone, r ~ mu + b_u + b_i (Koren, "Factor in the neighbors: scalable and accurate collaborative
 * filtering", TKDD 4(1), 2010, section 2.1). Minimises
 *
 *   sum over ratings of (r_ui - mu - b_u - b_i)^2 + lambda_u sum of b_u^2 + lambda_i sum of b_i^2
 *
 * by alternating least squares, b_i = sum of (r - mu - b_u) / (lambda_i + n_i) and b_u alike, or by
 * stochastic gradient descent with the penalty of a row shared out over its ratings. With item_bins or user_drift
 * biases drift with time besides (drift.h): alternating least squares takes these in turn too.
 */
#include "backends/biases.h"
#include "backends/drift.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/status.h"
#include "base/threads.h"
#include "backends/work.h"

#include <math.h>

enum {
    SOLVER,
    EPOCHS,
    USER_REGULARIZATION,
    ITEM_REGULARIZATION,
    LEARNING_RATE,
    DRIFT,
    N_PARAMETERS = DRIFT + REC_DRIFT_PARAMETERS
};
enum { ALS, SGD };

static const struct rec__parameter parameters[N_PARAMETERS] = {
    [SOLVER] = REC_CHOICE("solver", ALS, "als|sgd", SGD, "how the objective is minimised"),
    [EPOCHS] = REC_WHOLE("epochs", 20, 1, 100000, "passes over the ratings"),
    [USER_REGULARIZATION] =
        REC_REAL("user_regularization", 4, 0, 1e9, "lambda_u: pulls users' biases to zero"),
    [ITEM_REGULARIZATION] =
        REC_REAL("item_regularization", 2, 0, 1e9, "lambda_i: pulls items' biases to zero"),
    [LEARNING_RATE] = REC_REAL("learning_rate", 0.005, 1e-9, 10, "sgd: step size"),
    REC_DRIFT_TABLE(DRIFT),
};

struct biases {
    struct rec__fit *fit;
    const rec_ratings *r;
    double mu, lambda_u, lambda_i;
    float *b_u, *b_i;
    struct rec__drifting *drifting; /* NULL: nothing drifts */
    const rec_ratings *train;       /* less the drift */
};

static rec_status run_als(const struct biases *b)
{
    const rec_ratings *r = b->train;
    rec__biases_solve(&(struct rec__biases){r->item_start, r->item_users, r->item_ratings, r->n_items, b->mu,
                                            b->lambda_i, b->b_u, b->b_i},
                      b->fit->threads);
    rec__biases_solve(&(struct rec__biases){r->user_start, r->user_items, r->user_ratings, r->n_users, b->mu,
                                            b->lambda_u, b->b_i, b->b_u},
                      b->fit->threads);
    return b->drifting == NULL ? REC_OK : rec__drifting_solve(b->drifting, b->mu, b->b_u, b->b_i);
}

/* Users in an order shuffled for the epoch; a user's ratings by item. kept: what a rating's step leaves of each item's bias. */
static void run_sgd(const struct biases *b, int64_t *order, const double *kept, int32_t epoch)
{
    const rec_ratings *r = b->r;
    double rate = b->fit->parameters[LEARNING_RATE];
    rec__shuffle(b->fit->seed, REC_STREAM_SHUFFLE | (uint64_t)epoch << 8, order, r->n_users);
    for (int32_t k = 0; k < r->n_users; k++) {
        int64_t u = order[k], first = r->user_start[u], last = r->user_start[u + 1];
        double kept_u = 1.0 - rate * b->lambda_u / (double)(last - first), b_u = (double)b->b_u[u];
        for (int64_t e = first; e < last; e++) {
            int32_t i = r->user_items[e];
            double b_i = (double)b->b_i[i];
            double step = rate * ((double)r->user_ratings[e] - b->mu - b_u - b_i);
            b_u = kept_u * b_u + step;
            b->b_i[i] = (float)(kept[i] * b_i + step);
        }
        b->b_u[u] = (float)b_u;
    }
}

struct errors {
    const struct biases *b;
    const rec_ratings *r;
};

/* The squared errors of one user's ratings. */
static double squared_errors(const void *context, int64_t u)
{
    const struct biases *b = ((const struct errors *)context)->b;
    const rec_ratings *r = ((const struct errors *)context)->r;
    double sum = 0.0;
    for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
        double error =
            (double)r->user_ratings[e] - b->mu - (double)b->b_u[u] - (double)b->b_i[r->user_items[e]];
        sum += error * error;
    }
    return sum;
}

static double rmse(const struct biases *b, const rec_ratings *r)
{
    struct errors errors = {b, r};
    if (r == NULL || r->count == 0)
        return (double)NAN;
    return sqrt(rec__parallel_sum(b->fit->threads, r->n_users, squared_errors, &errors) / (double)r->count);
}

/* Tell of an epoch. */
static rec_status report(const struct biases *b, int32_t epoch, int32_t epochs)
{
    rec_ratings rest;
    float *values = NULL;
    const rec_ratings *validation = b->fit->validation;
    rec_status status =
        b->drifting == NULL ? REC_OK : rec__drifting_rest(b->drifting, validation, &rest, &values);
    if (status == REC_OK)
        status = rec__fit_report(b->fit, epoch, epochs, rmse(b, b->train),
                                 rmse(b, values == NULL ? validation : &rest));
    rec__release(values);
    return status;
}

static rec_status run_epochs(const struct biases *b, int64_t *order, const double *kept)
{
    const double *values = b->fit->parameters;
    int32_t epochs = (int32_t)values[EPOCHS];
    rec_status status = REC_OK;
    for (int32_t epoch = 1; status == REC_OK && epoch <= epochs; epoch++) {
        if (order == NULL)
            status = run_als(b);
        else
            run_sgd(b, order, kept, epoch);
        if (status == REC_OK)
            status = report(b, epoch, epochs);
    }
    return status;
}

static rec_status fit_sgd(const struct biases *b)
{
    const rec_ratings *r = b->r;
    int64_t *order = rec__allocate(r->n_users, sizeof *order);
    double *kept = rec__allocate(r->n_items, sizeof *kept), rate = b->fit->parameters[LEARNING_RATE];
    rec_status status = order == NULL || kept == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    for (int32_t i = 0; status == REC_OK && i < r->n_items; i++)
        kept[i] = 1.0 - rate * b->lambda_i / (double)(rec__item_count(r, i) > 0 ? rec__item_count(r, i) : 1);
    if (status == REC_OK)
        status = run_epochs(b, order, kept);
    rec__release(order);
    rec__release(kept);
    return status;
}

static rec_status fit_drifting(struct biases *b)
{
    struct rec__drifting drifting;
    if (b->fit->parameters[SOLVER] != ALS)
        return rec__fail(REC_ERR_UNSUPPORTED, "solver is sgd; als was expected with item_bins or user_drift");
    rec_status status = rec__drifting_make(&drifting, b->fit, b->fit->parameters + DRIFT);
    b->drifting = &drifting;
    b->train = &drifting.rest;
    if (status == REC_OK)
        status = run_epochs(b, NULL, NULL);
    rec__drifting_clear(&drifting);
    return status;
}

static rec_status fit(struct rec__fit *fit)
{
    const rec_ratings *r = fit->ratings;
    double *offset = rec__arrays_add_doubles(fit->arrays, "offset", 1);
    struct biases b = {.fit = fit,
                       .r = r,
                       .train = r,
                       .mu = r->mean,
                       .lambda_u = fit->parameters[USER_REGULARIZATION],
                       .lambda_i = fit->parameters[ITEM_REGULARIZATION],
                       .b_u = rec__arrays_add_floats(fit->arrays, "user_biases", r->n_users, 0),
                       .b_i = rec__arrays_add_floats(fit->arrays, "item_scores", r->n_items, 0)};
    if (offset == NULL || b.b_u == NULL || b.b_i == NULL)
        return REC_ERR_NO_MEMORY;
    *offset = b.mu;
    if (rec__drift_wanted(fit->parameters + DRIFT))
        return fit_drifting(&b);
    if (fit->parameters[SOLVER] == ALS)
        return run_epochs(&b, NULL, NULL);
    return fit_sgd(&b);
}

static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    const float *b_i = rec__arrays_floats(fitted->arrays, "item_scores");
    const rec_array *offset = rec__arrays_find(fitted->arrays, "offset");
    double mu = offset == NULL ? 0.0 : *(const double *)offset->data, sum = 0.0;
    double weight = fitted->parameters[USER_REGULARIZATION] + (double)history->n;
    for (int64_t j = 0; j < history->n; j++)
        sum += (double)history->ratings[j] - mu - (double)b_i[history->items[j]];
    state->bias = weight > 0.0 ? sum / weight : 0.0;
    return REC_OK;
}

static rec_status fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                               struct rec__user_state *state)
{
    const float *b_u = rec__arrays_floats(fitted->arrays, "user_biases");
    const rec_array *offset = rec__arrays_find(fitted->arrays, "offset");
    double mu = offset == NULL ? 0.0 : *(const double *)offset->data, sum = 0.0;
    double weight = fitted->parameters[ITEM_REGULARIZATION] + (double)raters->n;
    for (int64_t j = 0; j < raters->n; j++)
        sum += (double)raters->ratings[j] - mu - (b_u == NULL ? 0.0 : (double)b_u[raters->items[j]]);
    state->bias = weight > 0.0 ? sum / weight : 0.0;
    return REC_OK;
}

static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    double n = (double)fit->ratings->count;
    work->once.steps = 5.0 * n;
    work->epoch.steps = (fit->parameters[SOLVER] == ALS ? 5.0 : 10.0) * n;
    work->epochs = (int64_t)fit->parameters[EPOCHS];
    work->held = 32.0 * ((double)fit->ratings->n_users + fit->ratings->n_items);
}

const struct rec_backend rec__baseline = {
    .name = "baseline",
    .summary = "the mean and how far each user and item lies from it",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .scorer = REC_SCORER_TABLE,
    .traits = REC_PREDICTS_RATINGS,
    .fit = fit,
    .work = count_work,
    .fold_in = fold_in,
    .fold_in_item = fold_in_item,
};
