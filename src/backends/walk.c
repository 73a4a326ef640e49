/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random walks of three steps over the graph of users and items, user - item - user - item (Cooper, Lee, Radinsky and Siklos, "Random walks in
 * recommender systems: exact computation and simulations", WWW 2014: P3alpha), discounted for popular items at the end (Paudel, Christoffel, Newell and
 * Bernstein, "Updatable, accurate, diverse, and scalable recommendations for interactive applications", ACM TiiS 7(1), 2017: RP3beta):
 *
 *   w_ji = sum over users v of (r_vj / d_j)^alpha (r_vi / d_v)^alpha / d_i^beta,   d = sum of r of the item or user
 *
 * A score is the sum over the history j of r_j w_ji. Only ratings above 0 are walked along. A new item i is walked to as if its ratings had been among
 * the others, but that what is kept of other items stays: d_v of those who rated it grows by r_vi.
 */
#include "backends/graph.h"
#include "backends/neighbors.h"
#include "backends/work.h"
#include "base/memory.h"
#include "base/sort.h"

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

struct arrival {
    double weight;
    int32_t item;
};

static int compare_arrivals(const void *a, const void *b)
{
    const struct arrival *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static double degree_of(const float *ratings, int64_t n)
{
    double sum = 0.0;
    for (int64_t e = 0; e < n; e++)
        sum += fmax(0.0, (double)ratings[e]);
    return sum;
}

/* w_ji of all items j, sums over the raters v. */
static void walk_to(const rec_ratings *r, const struct rec__history *raters, const double *set, double beta,
                    struct arrival *arrivals)
{
    double scale = pow(degree_of(raters->ratings, raters->n), -beta);
    for (int64_t k = 0; k < raters->n; k++) {
        int32_t v = raters->items[k];
        int64_t first = r->user_start[v], last = r->user_start[v + 1];
        double own = fmax(0.0, (double)raters->ratings[k]),
               degree = degree_of(r->user_ratings + first, last - first) + own;
        double step = own > 0.0 ? scale * step_of((float)own, (float)degree, set[ALPHA]) : 0.0;
        for (int64_t e = first; step > 0.0 && e < last; e++) {
            int32_t j = r->user_items[e];
            int64_t start = r->item_start[j];
            float of_item = (float)degree_of(r->item_ratings + start, r->item_start[j + 1] - start);
            arrivals[j].weight += step * step_of(r->user_ratings[e], of_item, set[ALPHA]);
        }
    }
}

static rec_status find_arrivals(const struct rec__fitted *fitted, const rec_ratings *ratings,
                                const struct rec__history *raters, double beta, struct rec__neighbors *out)
{
    struct arrival *arrivals = rec__allocate(fitted->n_items, sizeof *arrivals);
    if (arrivals == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t j = 0; j < fitted->n_items; j++)
        arrivals[j] = (struct arrival){0.0, j};
    walk_to(ratings, raters, fitted->parameters, beta, arrivals);
    rec__sort(arrivals, fitted->n_items, sizeof *arrivals, compare_arrivals);
    for (out->n = 0; out->n < fitted->n_items && arrivals[out->n].weight > 0.0; out->n++) {
        out->rows[out->n] = arrivals[out->n].item;
        out->weights[out->n] = (float)arrivals[out->n].weight;
    }
    rec__release(arrivals);
    return REC_OK;
}

static rec_status neighbors_p3alpha(const struct rec__fitted *fitted, const rec_ratings *ratings,
                                    const struct rec__history *raters, struct rec__neighbors *out)
{
    return find_arrivals(fitted, ratings, raters, 0.0, out);
}

static rec_status neighbors_rp3beta(const struct rec__fitted *fitted, const rec_ratings *ratings,
                                    const struct rec__history *raters, struct rec__neighbors *out)
{
    return find_arrivals(fitted, ratings, raters, fitted->parameters[BETA], out);
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

/* Its neighbours are all that the scorer reads. */
static rec_status fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                               struct rec__user_state *state)
{
    (void)fitted;
    (void)raters;
    (void)state;
    return REC_OK;
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
    .fold_in_item = fold_in_item,
    .item_neighbors = neighbors_p3alpha,
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
    .fold_in_item = fold_in_item,
    .item_neighbors = neighbors_rp3beta,
    .explain = rec__graph_explain,
};
