/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WARP with the k-th order statistic loss (Weston, Yee and Weiss, "Learning to rank recommendations with the k-order statistic loss", RecSys 2013):
 * the steps of warp.c, as many an epoch as there are pairs, on other items of the user. Of `sample` of the user's items, drawn with replacement
 * and scored with the rows as they are before each eighth of the epoch, the `rank`-th best is learned from.
 */
#include "backends/pairs.h"
#include "backends/work.h"

enum { SAMPLE = REC_PAIRS_MAX_SAMPLED + 1, RANK, N_PARAMETERS };
enum { SAMPLE_MOST = 64 };

static const struct rec__parameter parameters[N_PARAMETERS] = {
    REC_PAIRS_TABLE(64, 20, 0.1, 1, REC_PAIRS_ADAGRAD),
    REC_PAIRS_MAX_SAMPLED_ROW,
    [SAMPLE] = REC_WHOLE("sample", 3, 1, SAMPLE_MOST, "how many of the user's items are drawn for a step"),
    [RANK] = REC_WHOLE("rank", 2, 1, SAMPLE_MOST,
                       "which of these by falling score is learned from; at most the last"),
};

/* Insertion into scores that fall. */
static int64_t choose(struct rec__pairs_walk *walk)
{
    int32_t n = (int32_t)walk->parameters[SAMPLE], rank = (int32_t)walk->parameters[RANK];
    int64_t entries[SAMPLE_MOST] = {0};
    float scores[SAMPLE_MOST];
    for (int32_t k = 0; k < n; k++) {
        int64_t entry = (int64_t)(rec__pairs_uniform(walk) * (double)walk->seen.n);
        float score = rec__pairs_score(walk, walk->seen.items[entry]);
        int32_t at = k;
        for (; at > 0 && scores[at - 1] < score; at--) {
            scores[at] = scores[at - 1];
            entries[at] = entries[at - 1];
        }
        scores[at] = score;
        entries[at] = entry;
    }
    return entries[rank < n ? rank - 1 : n - 1];
}

static struct rec__pairs_learner learner_of(const double *set)
{
    return (struct rec__pairs_learner){
        .step = rec__warp_step, .choose = choose, .max_sampled = (int32_t)set[REC_PAIRS_MAX_SAMPLED]};
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

const struct rec_backend rec__kos_warp = {
    .name = "kos-warp",
    .summary =
        "WARP with the k-th order statistic loss: learned from the best, or the worst, of a user's items",
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
