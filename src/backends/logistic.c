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

static double learn_drawn(struct rec__pairs_walk *walk, int32_t n)
{
    struct rec__pairs_drawn drawn;
    double loss = 0.0;
    n = rec__pairs_draw_any(walk, n, &drawn);
    for (int32_t k = 0; k < n; k++)
        loss += rec__logistic_push(drawn.scores[k], -1.0F, 1.0F, &drawn.gaps[k]);
    rec__pairs_move_all(walk, drawn.items, drawn.gaps, n);
    return loss;
}

double rec__logistic_step(struct rec__pairs_walk *walk, const struct rec__pair *pair)
{
    float g, weight = walk->learner->alpha * pair->weight;
    double loss = rec__logistic_push(rec__pairs_score(walk, pair->item), 1.0F, weight, &g);
    rec__pairs_move_all(walk, &pair->item, &g, 1);
    for (int32_t left = walk->learner->negatives; left > 0; left -= BATCH)
        loss += learn_drawn(walk, left < BATCH ? left : BATCH);
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
    .fit = fit,
    .work = count_work,
    .check = rec__pairs_check,
    .fold_in = fold_in,
    .fold_in_item = rec__pairs_fold_in_item,
};
