/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weighted approximate-rank pairwise loss (Weston, Bengio and Usunier, "WSABIE: scaling up to large vocabulary image annotation", IJCAI 2011):
 * for each observed pair (u, i), items j that u has not are drawn until one violates the margin, x_uj > x_ui - 1. If that took N draws among n items,
 * the rank of i is about floor((n - 1) / N), and a step is taken on
 *
 *   L(rank) (1 - x_ui + x_uj) + lambda/2 (|p_u|^2 + |q_i|^2 + |q_j|^2 + b_i^2 + b_j^2),   L(r) = 1 + 1/2 + ... + 1/r
 *
 * The same step on pairs chosen otherwise is in kos_warp.c.
 */
#include "backends/pairs.h"
#include "backends/work.h"

#include <math.h>

enum { N_PARAMETERS = REC_PAIRS_MAX_SAMPLED + 1 };

static const struct rec__parameter parameters[N_PARAMETERS] = {
    REC_PAIRS_TABLE(64, 20, 0.1, 1, REC_PAIRS_ADAGRAD),
    REC_PAIRS_MAX_SAMPLED_ROW,
};

/* L, beyond its first terms as log r + gamma + 1 / 2r. */
static float weight_of(double rank)
{
    double sum = 0.0;
    if (rank > 16.0)
        return (float)(log(rank) + 0.57721566490153286 + 0.5 / rank);
    for (double r = 1.0; r <= rank; r += 1.0)
        sum += 1.0 / r;
    return (float)sum;
}

/* In batches that grow, since at first one draw is often enough, and later hundreds may not be. */
double rec__warp_step(struct rec__pairs_walk *walk, const struct rec__pair *pair)
{
    float mine = rec__pairs_score(walk, pair->item);
    int32_t left = walk->learner->max_sampled, draws = 0;
    struct rec__pairs_drawn drawn;
    for (int32_t batch = 2; left > 0; left -= batch, batch = batch < REC_PAIRS_BATCH ? 2 * batch : batch) {
        int32_t n = rec__pairs_draw(walk, pair->weight, left < batch ? left : batch, &drawn);
        if (n == 0)
            break;
        for (int32_t k = 0; k < n; k++) {
            float hinge = 1.0F - mine + drawn.scores[k];
            draws++;
            if (hinge <= 0.0F)
                continue;
            float weight = drawn.gaps[k] * weight_of(fmax(1.0, floor((double)(walk->items->n - 1) / draws)));
            rec__pairs_move(walk, pair->item, drawn.items[k], weight);
            return (double)(weight * hinge);
        }
    }
    return 0.0;
}

static struct rec__pairs_learner learner_of(const double *set)
{
    return (struct rec__pairs_learner){.step = rec__warp_step,
                                       .max_sampled = (int32_t)set[REC_PAIRS_MAX_SAMPLED]};
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
    rec__pairs_work(fit, 24.0, 1.0, work);
}

const struct rec_backend rec__warp = {
    .name = "warp",
    .summary = "weighted approximate-rank pairwise loss: vectors learned from the items that rank too high",
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
