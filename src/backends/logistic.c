/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logistic matrix factorization (Johnson, "Logistic matrix factorization for implicit feedback data", NIPS workshop 2014):
 *
 *   sum over observed (u, i) of -alpha w_ui log sigmoid(x_ui) - sum over drawn (u, j) of log sigmoid(-x_uj)
 *     + lambda/2 (squares of the rows touched, at every step),   x_ui = b_i + p_u . q_i
 *
 * The paper sums over all unobserved pairs; here `negatives` items that the user has not are drawn for each observed pair.
 */
#include "backends/pairs.h"
#include "backends/work.h"

#include <math.h>

enum { NEGATIVES = REC_PAIRS_PARAMETERS, ALPHA, N_PARAMETERS };
/* Drawn items whose gradient is taken at once. */
enum { BATCH = 8 };

static const struct rec__parameter parameters[N_PARAMETERS] = {
    REC_PAIRS_TABLE(64, 30, 0.2, 0.005, REC_PAIRS_ADAGRAD),
    [NEGATIVES] = REC_WHOLE("negatives", 8, 1, 1024, "items drawn for each observed pair"),
    [ALPHA] = REC_REAL("alpha", 1, 1e-6, 1e6, "weight of an observed pair; that of a drawn one is 1"),
};

double rec__logistic_push(float x, float sign, float weight, float *g)
{
    float slope, loss = rec__pairs_log_loss(sign * x, &slope);
    *g = sign * weight * slope;
    return (double)(weight * loss);
}

static double learn_drawn(struct rec__pairs_walk *walk, const int32_t *items, int32_t n)
{
    float scores[REC_BATCH] = {0}, gaps[REC_BATCH];
    rec__pairs_score_all(walk, n, items, scores);
    double loss = walk->kernels->logistic(scores, -1.0F, n, gaps);
    for (int32_t k = 0; k < n; k++)
        gaps[k] = -gaps[k];
    rec__pairs_move_all(walk, items, gaps, n);
    return loss;
}

static double learn_observed(struct rec__pairs_walk *walk, const struct rec__pair *pair)
{
    float g, weight = walk->learner->alpha * pair->weight;
    double loss = rec__logistic_push(rec__pairs_score(walk, pair->item), 1.0F, weight, &g);
    rec__pairs_move_all(walk, &pair->item, &g, 1);
    return loss;
}

/* The next of the items drawn: their vectors come while others are learned from. */
static void fetch(const struct rec__pairs_walk *walk, const int32_t *items, int32_t n)
{
    struct rec__gather rows = {walk->items->vectors, walk->items->stride, items, n < BATCH ? n : BATCH};
    walk->kernels->fetch(&rows, walk->items->factors);
}

double rec__logistic_step(struct rec__pairs_walk *walk, const struct rec__pair *pair)
{
    int32_t items[REC_PAIRS_BATCH], left = walk->learner->negatives;
    double loss = 0.0;
    for (bool first = true; first || left > 0; first = false, left -= REC_PAIRS_BATCH) {
        int32_t n = rec__pairs_draw_items(walk, left < REC_PAIRS_BATCH ? left : REC_PAIRS_BATCH, items);
        fetch(walk, items, n);
        if (first)
            loss += learn_observed(walk, pair);
        for (int32_t k = 0; k < n; k += BATCH) {
            fetch(walk, items + k + BATCH, n - k - BATCH);
            loss += learn_drawn(walk, items + k, n - k < BATCH ? n - k : BATCH);
        }
    }
    return loss;
}

static struct rec__pairs_learner learner_of(const double *set)
{
    return (struct rec__pairs_learner){
        .step = rec__logistic_step, .negatives = (int32_t)set[NEGATIVES], .alpha = (float)set[ALPHA]};
}

static rec_status fit(struct rec__fit *fit)
{
    struct rec__pairs_learner learner = learner_of(fit->parameters);
    return rec__pairs_fit(fit, &learner);
}

static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    struct rec__pairs_learner learner = learner_of(fitted->parameters);
    return rec__pairs_fold_in(fitted, history, &learner, state);
}

static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    rec__pairs_work(fit, fit->parameters[NEGATIVES], fit->parameters[NEGATIVES], work);
}

const struct rec_backend rec__logistic = {
    .name = "logistic",
    .summary = "logistic matrix factorization: the chance that a user has an item, against items drawn",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .scorer = REC_SCORER_DOT,
    .traits = REC_TAKES_WEIGHTS,
    .fit = fit,
    .work = count_work,
    .check = rec__pairs_check,
    .fold_in = fold_in,
    .fold_in_item = rec__pairs_fold_in_item,
};
