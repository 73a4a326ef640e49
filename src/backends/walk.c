/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random walks of three steps over the graph of users and items, user - item - user - item (Cooper, Lee, Radinsky and Siklos, "Random walks in
 * recommender systems: exact computation and simulations", WWW 2014: P3alpha), discounted for popular items at the end (Paudel, Christoffel, Newell and
 * Bernstein, "Updatable, accurate, diverse, and scalable recommendations for interactive applications", ACM TiiS 7(1), 2017: RP3beta):
 *
 *   w_ji = sum over users v of (r_vj / d_j)^alpha (r_vi / d_v)^alpha / d_i^beta,   d = sum of r of the item or user
 *
 * A score is the sum over the history j of r_j w_ji. Only ratings above 0 are walked along.
 */
#include "backends/graph.h"
#include "backends/neighbors.h"
#include "base/memory.h"
#include "backends/work.h"

#include <math.h>

enum { ALPHA, NEIGHBORS, BETA, N_PARAMETERS };

#define WALK_PARAMETERS                                                                                      \
    [ALPHA] = REC_REAL("alpha", 1, 0, 10, "power of the probability of each step"),                          \
    [NEIGHBORS] =                                                                                            \
        REC_WHOLE("neighbors", 1000, 1, INT32_MAX, "keep so many weights for each item of a history")

static const struct rec__parameter p3alpha_parameters[] = {WALK_PARAMETERS};
static const struct rec__parameter rp3beta_parameters[] = {
    WALK_PARAMETERS,
    [BETA] = REC_REAL("beta", 0.6, 0, 10, "how much popular items count less"),
};

static float *degrees_of(const int64_t *start, const float *ratings, int32_t n)
{
    float *degrees = rec__allocate(n, sizeof *degrees);
    for (int32_t row = 0; degrees != NULL && row < n; row++) {
        double sum = 0.0;
        for (int64_t e = start[row]; e < start[row + 1]; e++)
            sum += fmax(0.0, (double)ratings[e]);
        degrees[row] = (float)sum;
    }
    return degrees;
}

static double step_of(float rating, float degree, double alpha)
{
    return rating > 0.0f ? pow((double)rating / (double)degree, alpha) : 0.0;
}

/* The steps from items to users, in the items' order, and from users to items, in the users'. */
static rec_status fill_steps(const struct rec__fit *fit, double beta, float *to_users, float *to_items)
{
    const rec_ratings *r = fit->ratings;
    double alpha = fit->parameters[ALPHA];
    float *of_users = degrees_of(r->user_start, r->user_ratings, r->n_users),
          *of_items = degrees_of(r->item_start, r->item_ratings, r->n_items);
    bool made = of_users != NULL && of_items != NULL;
    for (int32_t i = 0; made && i < r->n_items; i++)
        for (int64_t e = r->item_start[i]; e < r->item_start[i + 1]; e++)
            to_users[e] = (float)step_of(r->item_ratings[e], of_items[i], alpha);
    for (int32_t u = 0; made && u < r->n_users; u++)
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
            double step = step_of(r->user_ratings[e], of_users[u], alpha);
            to_items[e] = step > 0.0 ? (float)(step * pow((double)of_items[r->user_items[e]], -beta)) : 0.0f;
        }
    rec__release(of_users);
    rec__release(of_items);
    return made ? REC_OK : REC_ERR_NO_MEMORY;
}

static rec_status fit_walks(struct rec__fit *fit, double beta)
{
    const rec_ratings *r = fit->ratings;
    float *to_users = rec__allocate(r->count, sizeof *to_users),
          *to_items = rec__allocate(r->count, sizeof *to_items);
    rec_status status = to_users == NULL || to_items == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    if (status == REC_OK)
        status = fill_steps(fit, beta, to_users, to_items);
    struct rec__neighborhood n = {.n_rows = r->n_items,
                                  .start = r->item_start,
                                  .columns = r->item_users,
                                  .values = to_users,
                                  .column_start = r->user_start,
                                  .rows = r->user_items,
                                  .column_values = to_items,
                                  .measure = REC_MEASURE_DOT,
                                  .amplification = 1.0,
                                  .min_support = 1,
                                  .most = (int32_t)fit->parameters[NEIGHBORS]};
    if (status == REC_OK)
        status = rec__neighbors_fit(fit, &n, REC_BY_ROW);
    rec__release(to_users);
    rec__release(to_items);
    return status;
}

static rec_status fit_p3alpha(struct rec__fit *fit)
{
    return fit_walks(fit, 0.0);
}

static rec_status fit_rp3beta(struct rec__fit *fit)
{
    return fit_walks(fit, fit->parameters[BETA]);
}

/* The history is all that the scorer reads. */
static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    (void)fitted;
    (void)history;
    (void)state;
    return REC_OK;
}

static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    work->once.steps = 1.7 * rec__work_pairs(fit->ratings, false) + 20.0 * (double)fit->ratings->count;
    work->held = 8.0 * (double)fit->ratings->count +
                 16.0 * rec__work_edges(fit->ratings->n_items, fit->parameters[NEIGHBORS]);
}

const struct rec_backend rec__p3alpha = {
    .name = "p3alpha",
    .summary = "random walks of three steps from the user's items",
    .parameters = p3alpha_parameters,
    .n_parameters = sizeof p3alpha_parameters / sizeof *p3alpha_parameters,
    .scorer = REC_SCORER_ITEM_GRAPH,
    .fit = fit_p3alpha,
    .work = count_work,
    .fold_in = fold_in,
    .explain = rec__graph_explain,
};

const struct rec_backend rec__rp3beta = {
    .name = "rp3beta",
    .summary = "random walks of three steps, popular items at their end counting less",
    .parameters = rp3beta_parameters,
    .n_parameters = sizeof rp3beta_parameters / sizeof *rp3beta_parameters,
    .scorer = REC_SCORER_ITEM_GRAPH,
    .fit = fit_rp3beta,
    .work = count_work,
    .fold_in = fold_in,
    .explain = rec__graph_explain,
};
