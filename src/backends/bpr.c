/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bayesian personalised ranking (Rendle, Freudenthaler, Gantner and Schmidt-Thieme, "BPR: Bayesian personalized ranking from implicit feedback",
 * UAI 2009): for each observed pair (u, i), an item j that u has not is drawn, and a step taken on
 *
 *   -log sigmoid(x_ui - x_uj) + lambda/2 (|p_u|^2 + |q_i|^2 + |q_j|^2 + b_i^2 + b_j^2),   x_ui = b_i + p_u . q_i
 *
 * j is drawn evenly, by how often items occur, or as the item of the highest score among a few drawn evenly (Zhang, Chen, Wang and Yu,
 * "Optimizing top-n collaborative filtering via dynamic negative item sampling", SIGIR 2013).
 */
#include "backends/pairs.h"
#include "backends/work.h"

#include <math.h>

enum { SAMPLING = REC_PAIRS_PARAMETERS, CANDIDATES, N_PARAMETERS };
enum { UNIFORM, POPULARITY, DYNAMIC };
/* Among few items the best of many is soon one that the user would have liked: a candidate for so many to draw from at most. */
enum { ITEMS_A_CANDIDATE = 32 };

static const struct rec__parameter parameters[N_PARAMETERS] = {
    REC_PAIRS_TABLE(64, 30, 0.1, 0.03, REC_PAIRS_ADAGRAD),
    [SAMPLING] = REC_CHOICE(
        "sampling", DYNAMIC, "uniform|popularity|dynamic", DYNAMIC,
        "the item a pair is compared with: any, by how often it occurs, or the best of `candidates`"),
    [CANDIDATES] = REC_WHOLE("candidates", 32, 1, 1024, "sampling=dynamic: how many are drawn"),
};

struct negative {
    int32_t item; /* -1: the user has all */
    float gap, score;
};

static int32_t count_candidates(const struct rec__pairs_walk *walk)
{
    int32_t most = walk->n_pool / ITEMS_A_CANDIDATE, asked = walk->learner->candidates;
    if (most < 1)
        return 1;
    return asked < most ? asked : most;
}

/* The best of all that are drawn. */
static struct negative pick(struct rec__pairs_walk *walk, float weight)
{
    struct negative picked = {.item = -1};
    struct rec__pairs_drawn drawn;
    for (int32_t left = count_candidates(walk); left > 0; left -= REC_PAIRS_BATCH) {
        int32_t n = rec__pairs_draw(walk, weight, left < REC_PAIRS_BATCH ? left : REC_PAIRS_BATCH, &drawn);
        for (int32_t k = 0; k < n; k++)
            if (picked.item < 0 || drawn.scores[k] > picked.score)
                picked = (struct negative){drawn.items[k], drawn.gaps[k], drawn.scores[k]};
    }
    return picked;
}

double rec__bpr_step(struct rec__pairs_walk *walk, const struct rec__pair *pair)
{
    struct negative negative = pick(walk, pair->weight);
    if (negative.item < 0)
        return 0.0;
    float slope, loss = rec__pairs_log_loss(rec__pairs_score(walk, pair->item) - negative.score, &slope);
    rec__pairs_move(walk, pair->item, negative.item, negative.gap * slope);
    return (double)(negative.gap * loss);
}

static struct rec__pairs_learner learner_of(const double *set)
{
    return (struct rec__pairs_learner){.step = rec__bpr_step,
                                       .by_popularity = set[SAMPLING] == POPULARITY,
                                       .candidates = set[SAMPLING] == DYNAMIC ? (int32_t)set[CANDIDATES] : 1};
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
    rec__pairs_work(fit, fit->parameters[SAMPLING] == DYNAMIC ? fit->parameters[CANDIDATES] : 1.0, 1.0, work);
}

const struct rec_backend rec__bpr = {
    .name = "bpr",
    .summary = "Bayesian personalised ranking: vectors learned from pairs of an item had and one not had",
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
