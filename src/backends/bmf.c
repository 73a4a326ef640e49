/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bayesian matrix factorization by Gibbs sampling (Salakhutdinov and Mnih, "Bayesian probabilistic matrix factorization using Markov
 * chain Monte Carlo", ICML 2008), with the independent priors of Bayesian factorization machines (Freudenthaler, Schmidt-Thieme and Rendle,
 * 2011) and the implicit sets of both sides (Rendle, Zhang and Koren, "On the difficulty of evaluating baselines", 2019):
 *
 *   r_ui ~ N(mu + b_u + b_i + p_u . q_i, 1 / alpha)
 *   (p_u, b_u)_k ~ N(m_k + |N(u)|^-1/2 sum over j in N(u) of y_jk + sum over features g of z_ug v_gk, 1 / lambda_k)
 *   items alike, N(i) being the users who rated i, with their own m, y, v and lambda
 *   alpha, lambda_k ~ Gamma(1/2, 1/2),   m_k ~ N(0, 1 / lambda_k),   y_k, v_k ~ N(0, 1 / gamma_k),   gamma_k ~ Gamma(1/2, 1/2)
 *
 * A sweep draws, from its distribution given all else, each side's m and lambda, then y, v and gamma (bmf_link.c), then every row of that side:
 *
 *   x ~ N(A^-1 (alpha sum y t + lambda mean), A^-1),   A = alpha sum y y' + diag(lambda),   y = (q_i, 1), t = r - mu - b_i
 *
 * and then alpha. Predictions are means over the sweeps after the burn-in of which `samples` are kept, evenly spaced: their vectors are laid side by side,
 * so that one dot product is the mean of all. Random numbers are drawn by (sweep, row), so any number of threads makes the same chain.
 */
#include "backends/bmf.h"
#include "backends/work.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/status.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

enum { FACTORS, BURN_IN, SWEEPS, SAMPLES, IMPLICIT, INIT_DEVIATION, N_PARAMETERS };
enum { NONE, USERS, ITEMS, BOTH };

static const struct rec__parameter parameters[N_PARAMETERS] = {
    [FACTORS] = REC_WHOLE("factors", 8, 1, REC_BMF_FACTORS_MOST,
                          "length of the vectors of users and items in one sample"),
    [BURN_IN] = REC_WHOLE("burn_in", 50, 0, 100000, "sweeps before the first that counts"),
    [SWEEPS] = REC_WHOLE("sweeps", 400, 1, 1000000, "sweeps after the burn-in"),
    [SAMPLES] =
        REC_WHOLE("samples", 100, 1, 4096, "of these sweeps, how many are kept, evenly spaced, and averaged"),
    [IMPLICIT] = REC_CHOICE(
        "implicit", BOTH, "none|users|items|both", BOTH,
        "whose rows depend on which ratings they have: users on the items they rated, items on the users"),
    [INIT_DEVIATION] =
        REC_REAL("init_deviation", 0.1, 1e-6, 10, "spread of the random numbers the vectors begin with"),
};

static bool make_side(struct rec__bmf *chain, struct rec__bmf_side *side)
{
    side->vectors = rec__allocate_zeroed((int64_t)side->n * chain->f, sizeof *side->vectors);
    side->biases = rec__allocate_zeroed(side->n, sizeof *side->biases);
    side->mean = rec__allocate_zeroed(chain->f + 1, sizeof *side->mean);
    side->precision = rec__allocate_zeroed(chain->f + 1, sizeof *side->precision);
    if (side->vectors == NULL || side->biases == NULL || side->mean == NULL || side->precision == NULL)
        return false;
    for (int32_t row = 0; row < side->n; row++)
        if (side->start[row] < side->start[row + 1])
            rec__normal_row(chain->fit->seed, (uint64_t)side->stream, (uint64_t)row,
                            (float)chain->fit->parameters[INIT_DEVIATION],
                            side->vectors + (int64_t)row * chain->f, chain->f);
    return true;
}

/* The names of one side's arrays in the model. */
struct names {
    const char *vectors, *biases, *bias_draws, *prior_means, *prior_precisions, *implicit_draws;
};
static const struct names names_of[2] = {
    {"user_vectors", "user_biases", "user_bias_draws", "user_prior_means", "user_prior_precisions",
     "user_implicit_draws"},
    {"item_vectors", "item_biases", "item_bias_draws", "item_prior_means", "item_prior_precisions",
     "item_implicit_draws"},
};

/* A side, and the arrays of the model that its kept draws fill. */
static bool add_side(struct rec__bmf *chain, struct rec__bmf_side *side, const struct names *names)
{
    struct rec__arrays *arrays = chain->fit->arrays;
    int64_t priors = chain->samples * ((int64_t)chain->f + 1);
    side->kept = rec__arrays_add_floats(arrays, names->vectors, side->n, (int64_t)chain->samples * chain->f);
    side->mean_biases = rec__arrays_add_floats(arrays, names->biases, side->n, 0);
    side->kept_biases = rec__arrays_add_floats(arrays, names->bias_draws, chain->samples, side->n);
    side->kept_mean = rec__arrays_add_doubles(arrays, names->prior_means, priors);
    side->kept_precision = rec__arrays_add_doubles(arrays, names->prior_precisions, priors);
    return side->kept != NULL && side->mean_biases != NULL && side->kept_biases != NULL &&
           side->kept_mean != NULL && side->kept_precision != NULL && make_side(chain, side);
}

static rec_status add_sides(struct rec__bmf *chain)
{
    const rec_ratings *r = chain->fit->ratings;
    chain->sides[0] = (struct rec__bmf_side){.start = r->user_start,
                                             .others = r->user_items,
                                             .ratings = r->user_ratings,
                                             .n = r->n_users,
                                             .stream = REC_STREAM_USERS};
    chain->sides[1] = (struct rec__bmf_side){.start = r->item_start,
                                             .others = r->item_users,
                                             .ratings = r->item_ratings,
                                             .n = r->n_items,
                                             .stream = REC_STREAM_ITEMS};
    bool made =
        add_side(chain, &chain->sides[0], &names_of[0]) && add_side(chain, &chain->sides[1], &names_of[1]);
    return made ? REC_OK : REC_ERR_NO_MEMORY;
}

static void set_source(struct rec__bmf_side *side, bool implicit, const int64_t *start, const int32_t *seen,
                       int32_t n, const rec_features *given)
{
    if (implicit)
        side->features[0] = (struct rec__bmf_features){.n = n, .seen_start = start, .seen = seen};
    if (given != NULL)
        side->features[1] = (struct rec__bmf_features){.n = given->dimensions, .given = given};
}

/* The features of both sides; the weights of what has been seen are kept for fold-in. */
static rec_status add_links(struct rec__bmf *chain)
{
    const struct rec__fit *fit = chain->fit;
    const rec_ratings *seen = fit->implicit != NULL ? fit->implicit : fit->ratings;
    int implicit = (int)fit->parameters[IMPLICIT];
    set_source(&chain->sides[0], implicit == USERS || implicit == BOTH, seen->user_start, seen->user_items,
               seen->n_items, fit->user_features);
    set_source(&chain->sides[1], implicit == ITEMS || implicit == BOTH, seen->item_start, seen->item_users,
               seen->n_users, fit->item_features);
    rec_status status = REC_OK;
    for (int s = 0; status == REC_OK && s < 2; s++) {
        struct rec__bmf_features *set = &chain->sides[s].features[0];
        status = rec__bmf_link_make(chain, &chain->sides[s]);
        if (status != REC_OK || set->n == 0)
            continue;
        set->kept = rec__arrays_add_floats(fit->arrays, names_of[s].implicit_draws, set->n,
                                           (int64_t)chain->samples * (chain->f + 1));
        status = set->kept == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    }
    return status;
}

static rec_status make_chain(struct rec__bmf *chain)
{
    struct rec__arrays *arrays = chain->fit->arrays;
    const rec_ratings *validation = chain->fit->validation;
    double *offset = rec__arrays_add_doubles(arrays, "offset", 1);
    chain->kept_alpha = rec__arrays_add_doubles(arrays, "sample_precision", chain->samples);
    chain->rooms = rec__normal_rooms_make(chain->fit->threads, chain->f + 1);
    if (validation != NULL)
        chain->predicted = rec__allocate_zeroed(validation->count, sizeof *chain->predicted);
    if (offset == NULL || chain->kept_alpha == NULL || chain->rooms == NULL ||
        (validation != NULL && chain->predicted == NULL))
        return REC_ERR_NO_MEMORY;
    *offset = chain->mu = chain->fit->ratings->mean;
    rec_status status = add_sides(chain);
    return status == REC_OK ? add_links(chain) : status;
}

static void clear_chain(struct rec__bmf *chain)
{
    for (int s = 0; s < 2; s++) {
        rec__release(chain->sides[s].vectors);
        rec__release(chain->sides[s].biases);
        rec__release(chain->sides[s].mean);
        rec__release(chain->sides[s].precision);
        rec__bmf_link_clear(&chain->sides[s]);
    }
    rec__normal_rooms_free(chain->rooms, chain->fit->threads);
    rec__release(chain->predicted);
}

static rec_status fit(struct rec__fit *fit)
{
    struct rec__bmf chain = {.fit = fit,
                             .f = (int32_t)fit->parameters[FACTORS],
                             .samples = (int32_t)fit->parameters[SAMPLES],
                             .burn_in = (int64_t)fit->parameters[BURN_IN],
                             .sweeps = (int64_t)fit->parameters[SWEEPS],
                             .alpha = 1.0};
    if (fit->parameters[SAMPLES] > fit->parameters[SWEEPS])
        return rec__fail(REC_ERR_INVALID, "samples is %d; at most the number of sweeps, %lld, was expected",
                         chain.samples, (long long)fit->parameters[SWEEPS]);
    rec_status status = make_chain(&chain);
    if (status == REC_OK)
        status = rec__bmf_run(&chain);
    clear_chain(&chain);
    return status;
}

static rec_status check(const struct rec__fitted *fitted)
{
    rec_status status =
        rec__arrays_check(fitted->arrays, "offset", (struct rec__expected){REC_F64, 1, 1, 1}, true);
    if (status != REC_OK)
        return status;
    return rec__gibbs_check(fitted, (int32_t)fitted->parameters[FACTORS],
                            (int32_t)fitted->parameters[SAMPLES], true);
}

static struct rec__gibbs_draws draws_of(const struct rec__fitted *fitted)
{
    int32_t f = (int32_t)fitted->parameters[FACTORS];
    return (struct rec__gibbs_draws){f, (int32_t)fitted->parameters[SAMPLES], 0, f};
}

static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    struct rec__gibbs_draws draws = draws_of(fitted);
    return rec__gibbs_fold_in(fitted, &draws, 0, history, state);
}

static rec_status fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                               struct rec__user_state *state)
{
    struct rec__gibbs_draws draws = draws_of(fitted);
    return rec__gibbs_fold_in(fitted, &draws, 1, raters, state);
}

/* Of a rating under the kept draws: their predictions' variance, and the mean of the noise's. */
static double deviation(const struct rec__fitted *fitted, int32_t user, int32_t item)
{
    const struct rec__arrays *arrays = fitted->arrays;
    int64_t f = (int64_t)fitted->parameters[FACTORS], samples = (int64_t)fitted->parameters[SAMPLES];
    const float *p = rec__arrays_floats(arrays, "user_vectors") + user * samples * f,
                *q = rec__arrays_floats(arrays, "item_vectors") + item * samples * f,
                *b_u = rec__arrays_floats(arrays, "user_bias_draws"),
                *b_i = rec__arrays_floats(arrays, "item_bias_draws");
    const double *alpha = rec__arrays_find(arrays, "sample_precision")->data;
    double sum = 0.0, squares = 0.0, noise = 0.0;
    for (int64_t s = 0; s < samples; s++) {
        double predicted = (double)samples * rec__kernels()->dot_double(p + s * f, q + s * f, f) +
                           (double)b_u[s * fitted->n_users + user] + (double)b_i[s * fitted->n_items + item];
        sum += predicted;
        squares += predicted * predicted;
        noise += 1.0 / alpha[s];
    }
    double mean = sum / (double)samples;
    return sqrt(fmax(0.0, squares / (double)samples - mean * mean) + noise / (double)samples);
}

static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    const rec_ratings *r = fit->ratings;
    double f = fit->parameters[FACTORS], n = (double)r->count, rows = (double)r->n_users + r->n_items,
           w = f + 1.0;
    double linked = fit->parameters[IMPLICIT] == NONE ? 0.0 : fit->parameters[IMPLICIT] == BOTH ? 2.0 : 1.0;
    rec__work_vectors(work, r, f * (1.0 + fit->parameters[SAMPLES]));
    work->held += linked * 9.0 * n;
    work->set = f * rows;
    work->epochs = (int64_t)(fit->parameters[BURN_IN] + fit->parameters[SWEEPS]);
    work->once.steps = 50.0 * n;
    work->epoch.flops = 2.0 * rec__work_systems(r, w);
    work->epoch.bytes = 12.0 * n * f + linked * 8.0 * n * w;
    work->epoch.steps = 10.0 * n + 20.0 * rows * w + linked * 10.0 * n;
}

const struct rec_backend rec__bmf = {
    .name = "bmf",
    .summary =
        "Bayesian matrix factorization: predictions averaged over a Gibbs sampler's draws; hardly any tuning",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .scorer = REC_SCORER_DOT,
    .traits = REC_PREDICTS_RATINGS | REC_PLACES_ITEMS | REC_TAKES_USER_FEATURES | REC_TAKES_IMPLICIT,
    .fit = fit,
    .work = count_work,
    .check = check,
    .fold_in = fold_in,
    .fold_in_item = fold_in_item,
    .deviation = deviation,
};
