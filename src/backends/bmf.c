/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bayesian matrix factorization by Gibbs sampling (Salakhutdinov and Mnih, "Bayesian probabilistic matrix factorization using Markov
 * chain Monte Carlo", ICML 2008), with the independent priors of Bayesian factorization machines (Freudenthaler, Schmidt-Thieme and Rendle,
 * 2011; Rendle, Zhang and Koren, "On the difficulty of evaluating baselines", 2019):
 *
 *   r_ui ~ N(mu + b_u + b_i + p_u . q_i, 1 / alpha),   (p_u, b_u)_k ~ N(m_k, 1 / lambda_k),   items alike with their own m and lambda
 *   alpha ~ Gamma(1/2, 1/2),   lambda_k ~ Gamma(1/2, 1/2),   m_k ~ N(0, 1 / lambda_k)
 *
 * A sweep draws, from its distribution given all else, alpha, then each side's m and lambda, then every row of that side:
 *
 *   x ~ N(A^-1 (alpha sum y t + lambda m), A^-1),   A = alpha sum y y' + diag(lambda),   y = (q_i, 1), t = r - mu - b_i
 *
 * Predictions are means over the sweeps after the burn-in of which `samples` are kept, evenly spaced: their vectors are laid side by side,
 * so that one dot product is the mean of all. Random numbers are drawn by (sweep, row), so any number of threads makes the same chain.
 */
#include "backends/normal.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/status.h"
#include "base/threads.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

enum { FACTORS_MOST = 1024 };
enum { FACTORS, BURN_IN, SWEEPS, SAMPLES, INIT_DEVIATION, N_PARAMETERS };

static const struct rec__parameter parameters[N_PARAMETERS] = {
    [FACTORS] =
        REC_WHOLE("factors", 16, 1, FACTORS_MOST, "length of the vectors of users and items in one sample"),
    [BURN_IN] = REC_WHOLE("burn_in", 50, 0, 100000, "sweeps before the first that counts"),
    [SWEEPS] = REC_WHOLE("sweeps", 400, 1, 1000000, "sweeps after the burn-in"),
    [SAMPLES] =
        REC_WHOLE("samples", 100, 1, 4096, "of these sweeps, how many are kept, evenly spaced, and averaged"),
    [INIT_DEVIATION] =
        REC_REAL("init_deviation", 0.1, 1e-6, 10, "spread of the random numbers the vectors begin with"),
};

/* One side of the chain. */
struct side {
    const int64_t *start;
    const int32_t *others;
    const float *ratings;
    int32_t n;
    float *vectors, *biases;   /* the present draw */
    float *kept, *mean_biases; /* the model's arrays */
    double *mean, *precision;  /* of the prior: f + 1 each, the bias last */
    enum rec__stream stream;
};

struct chain {
    struct rec__fit *fit;
    int32_t f, samples;
    double mu, alpha;
    struct side sides[2]; /* users, items */
    struct rec__normal_room *rooms;
    int64_t sweep;
    int32_t now;       /* the side being drawn */
    double *predicted; /* sum over kept samples, for each validation rating */
    int32_t n_kept;
    double *kept_alpha, *kept_mean, *kept_precision; /* of each kept draw, for fold-in */
};

/* A draw of Gamma(shape, 1), shape >= 1 (Marsaglia and Tsang, "A simple method for generating gamma variables", 2000). */
static double draw_gamma(uint64_t seed, uint64_t stream, uint64_t counter, double shape)
{
    double d = shape - 1.0 / 3.0, c = 1.0 / sqrt(9.0 * d);
    for (uint64_t attempt = 0;; attempt++) {
        float normal[1];
        rec__normal_row(seed, stream, counter << 12 | attempt, 1.0f, normal, 1);
        double x = (double)normal[0], v = 1.0 + c * x;
        double u = rec__uniform(seed, stream | UINT64_C(1) << 63, counter << 12 | attempt);
        v = v * v * v;
        if (v > 0.0 && log(1.0 - u) < 0.5 * x * x + d - d * v + d * log(v))
            return d * v;
    }
}

static uint64_t stream_of(const struct chain *chain, const struct side *side)
{
    return (uint64_t)side->stream | (uint64_t)chain->sweep << 8;
}

/* m_k and lambda_k of one side, given its rows that have ratings. */
static void draw_prior(const struct chain *chain, struct side *side)
{
    for (int32_t k = 0; k <= chain->f; k++) {
        double sum = 0.0, squares = 0.0, n = 0.0;
        for (int32_t row = 0; row < side->n; row++) {
            if (side->start[row] == side->start[row + 1])
                continue;
            double x =
                k < chain->f ? (double)side->vectors[(int64_t)row * chain->f + k] : (double)side->biases[row];
            sum += x;
            squares += x * x;
            n += 1.0;
        }
        /* Normal-gamma with one pseudo-observation at 0: lambda first, the mean integrated out. */
        uint64_t stream = stream_of(chain, side) | UINT64_C(1) << 62;
        double rate = 0.5 * (1.0 + squares - sum * sum / (n + 1.0));
        float normal[1];
        side->precision[k] = draw_gamma(chain->fit->seed, stream, (uint64_t)k, 0.5 * (1.0 + n)) / rate;
        rec__normal_row(chain->fit->seed, stream, (uint64_t)(chain->f + 1 + k) << 12, 1.0f, normal, 1);
        side->mean[k] = sum / (n + 1.0) + (double)normal[0] / sqrt((n + 1.0) * side->precision[k]);
    }
}

/* From sum y y' and sum y t to the row's distribution: the factor of A in room->matrix, the mean in room->right. */
static bool find_posterior(struct rec__normal_room *room, int32_t w, double alpha, const double *mean,
                           const double *precision)
{
    for (int32_t k = 0; k < w; k++) {
        float *pivots = room->matrix + (int64_t)k * w;
        for (int32_t j = k; j < w; j++)
            pivots[j] *= (float)alpha;
        pivots[k] += (float)precision[k];
        room->right[k] = (float)(alpha * (double)room->right[k] + precision[k] * mean[k]);
    }
    if (rec__kernels()->cholesky(room->matrix, w, w) != 0)
        return false;
    rec__kernels()->cholesky_solve(room->matrix, w, w, room->right);
    return true;
}

/* A draw around the mean: U x = z has covariance A^-1. */
static void add_noise(const struct chain *chain, const struct side *side, int32_t row,
                      struct rec__normal_room *room)
{
    int32_t w = chain->f + 1;
    float noise[FACTORS_MOST + 1];
    rec__normal_row(chain->fit->seed, stream_of(chain, side), (uint64_t)row, 1.0f, noise, w);
    for (int32_t k = w - 1; k >= 0; k--) {
        const float *u = room->matrix + (int64_t)k * w;
        noise[k] = (noise[k] - rec__kernels()->dot(u + k + 1, noise + k + 1, w - k - 1)) / u[k];
        room->right[k] += noise[k];
    }
}

static rec_status draw_row(const struct chain *chain, const struct side *side,
                           const struct rec__normal_side *fixed, int32_t row, struct rec__normal_room *room)
{
    int64_t first = side->start[row];
    struct rec__history history = {side->others + first, side->ratings + first, side->start[row + 1] - first};
    if (history.n == 0)
        return REC_OK;
    rec__normal_sums(fixed, &history, room);
    if (!find_posterior(room, chain->f + 1, chain->alpha, side->mean, side->precision))
        return rec__fail(REC_ERR_DIVERGED,
                         "sweep %lld: the distribution of row %d has no Cholesky factor; ratings of a "
                         "smaller range were expected",
                         (long long)chain->sweep, row);
    add_noise(chain, side, row, room);
    memcpy(side->vectors + (int64_t)row * chain->f, room->right, (size_t)chain->f * sizeof(float));
    side->biases[row] = room->right[chain->f];
    return REC_OK;
}

static rec_status draw_part(void *context, int64_t part, int32_t worker)
{
    struct chain *chain = context;
    const struct side *side = &chain->sides[chain->now], *other = &chain->sides[1 - chain->now];
    struct rec__normal_side fixed = {other->vectors, chain->f, other->biases, chain->f, chain->mu};
    struct rec__normal_room *room = &chain->rooms[worker];
    int64_t parts = (int64_t)chain->fit->threads * 16;
    int32_t row = rec__normal_part(side->start, side->n, part, parts);
    int32_t last = rec__normal_part(side->start, side->n, part + 1, parts);
    rec_status status = REC_OK;
    for (; status == REC_OK && row < last; row++)
        status = draw_row(chain, side, &fixed, row, room);
    return status;
}

/* The squared errors of one user's ratings under the present draw. */
static double squared_errors(const void *context, int64_t user)
{
    const struct chain *chain = context;
    const struct side *users = &chain->sides[0], *items = &chain->sides[1];
    double sum = 0.0, base = chain->mu + (double)users->biases[user];
    for (int64_t e = users->start[user]; e < users->start[user + 1]; e++) {
        int32_t i = users->others[e];
        double error = (double)users->ratings[e] - base - (double)items->biases[i] -
                       (double)rec__kernels()->dot(users->vectors + user * chain->f,
                                                   items->vectors + (int64_t)i * chain->f, chain->f);
        sum += error * error;
    }
    return sum;
}

/* One sweep; returns through `loss` the training RMSE of the draw. */
static rec_status sweep(struct chain *chain, double *loss)
{
    rec_status status = REC_OK;
    for (chain->now = 0; status == REC_OK && chain->now < 2; chain->now++) {
        draw_prior(chain, &chain->sides[chain->now]);
        status = rec__parallel(chain->fit->threads, (int64_t)chain->fit->threads * 16, draw_part, chain);
    }
    if (status != REC_OK)
        return status;
    const rec_ratings *r = chain->fit->ratings;
    double errors = rec__parallel_sum(chain->fit->threads, r->n_users, squared_errors, chain);
    double shape = 0.5 * (1.0 + (double)r->count);
    chain->alpha = draw_gamma(chain->fit->seed, REC_STREAM_SAMPLE | (uint64_t)chain->sweep << 8, 0, shape) /
                   (0.5 * (1.0 + errors));
    *loss = sqrt(errors / (double)r->count);
    return REC_OK;
}

/* Put a draw beside those kept before. Rows without ratings have the prior's mean. */
static void keep_side(const struct chain *chain, const struct side *side)
{
    float scale = (float)(1.0 / sqrt((double)chain->samples));
    for (int32_t row = 0; row < side->n; row++) {
        bool rated = side->start[row] < side->start[row + 1];
        float *kept = side->kept + ((int64_t)row * chain->samples + chain->n_kept) * chain->f;
        for (int32_t k = 0; k < chain->f; k++)
            kept[k] = scale * (rated ? side->vectors[(int64_t)row * chain->f + k] : (float)side->mean[k]);
        side->mean_biases[row] +=
            (rated ? side->biases[row] : (float)side->mean[chain->f]) / (float)chain->samples;
    }
}

/* What folding in a new user needs of the draw. */
static void keep_prior(struct chain *chain)
{
    int64_t w = chain->f + 1, first = chain->n_kept * w;
    chain->kept_alpha[chain->n_kept] = chain->alpha;
    memcpy(chain->kept_mean + first, chain->sides[0].mean, (size_t)w * sizeof(double));
    memcpy(chain->kept_precision + first, chain->sides[0].precision, (size_t)w * sizeof(double));
}

/* The validation RMSE of the mean so far: of all kept draws, or of the present one before the first. */
static double validate(struct chain *chain, bool kept)
{
    const rec_ratings *v = chain->fit->validation;
    const struct side *users = &chain->sides[0], *items = &chain->sides[1];
    double sum = 0.0;
    if (v == NULL || v->count == 0)
        return (double)NAN;
    for (int32_t u = 0; u < v->n_users; u++)
        for (int64_t e = v->user_start[u]; e < v->user_start[u + 1]; e++) {
            int32_t i = v->user_items[e];
            double now = chain->mu + (double)users->biases[u] + (double)items->biases[i] +
                         (double)rec__kernels()->dot(users->vectors + (int64_t)u * chain->f,
                                                     items->vectors + (int64_t)i * chain->f, chain->f);
            chain->predicted[e] += kept ? now : 0.0;
            double mean = chain->n_kept > 0 ? chain->predicted[e] / chain->n_kept : now;
            sum += ((double)v->user_ratings[e] - mean) * ((double)v->user_ratings[e] - mean);
        }
    return sqrt(sum / (double)v->count);
}

static rec_status run_sweeps(struct chain *chain)
{
    int64_t burn_in = (int64_t)chain->fit->parameters[BURN_IN],
            sweeps = (int64_t)chain->fit->parameters[SWEEPS];
    for (int64_t s = 1; s <= burn_in + sweeps; s++) {
        double loss = 0.0;
        chain->sweep = s;
        rec_status status = sweep(chain, &loss);
        if (status != REC_OK)
            return status;
        int64_t after = s - burn_in;
        bool kept = after > 0 && after * chain->samples / sweeps > (after - 1) * chain->samples / sweeps;
        if (kept) {
            keep_side(chain, &chain->sides[0]);
            keep_side(chain, &chain->sides[1]);
            keep_prior(chain);
            chain->n_kept++;
        }
        status = rec__fit_report(chain->fit, s, burn_in + sweeps, loss, validate(chain, kept));
        if (status != REC_OK)
            return status;
    }
    return REC_OK;
}

static bool make_side(struct chain *chain, struct side *side)
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

static rec_status make_chain(struct chain *chain)
{
    struct rec__arrays *arrays = chain->fit->arrays;
    const rec_ratings *r = chain->fit->ratings;
    int64_t width = (int64_t)chain->samples * chain->f, priors = chain->samples * ((int64_t)chain->f + 1);
    double *offset = rec__arrays_add_doubles(arrays, "offset", 1);
    struct side *users = &chain->sides[0], *items = &chain->sides[1];
    *users = (struct side){.start = r->user_start,
                           .others = r->user_items,
                           .ratings = r->user_ratings,
                           .n = r->n_users,
                           .kept = rec__arrays_add_floats(arrays, "user_vectors", r->n_users, width),
                           .mean_biases = rec__arrays_add_floats(arrays, "user_biases", r->n_users, 0),
                           .stream = REC_STREAM_USERS};
    *items = (struct side){.start = r->item_start,
                           .others = r->item_users,
                           .ratings = r->item_ratings,
                           .n = r->n_items,
                           .kept = rec__arrays_add_floats(arrays, "item_vectors", r->n_items, width),
                           .mean_biases = rec__arrays_add_floats(arrays, "item_biases", r->n_items, 0),
                           .stream = REC_STREAM_ITEMS};
    chain->kept_alpha = rec__arrays_add_doubles(arrays, "sample_precision", chain->samples);
    chain->kept_mean = rec__arrays_add_doubles(arrays, "sample_prior_mean", priors);
    chain->kept_precision = rec__arrays_add_doubles(arrays, "sample_prior_precision", priors);
    chain->rooms = rec__normal_rooms_make(chain->fit->threads, chain->f + 1);
    if (chain->fit->validation != NULL)
        chain->predicted = rec__allocate_zeroed(chain->fit->validation->count, sizeof *chain->predicted);
    if (offset == NULL || users->kept == NULL || users->mean_biases == NULL || items->kept == NULL ||
        items->mean_biases == NULL || chain->kept_alpha == NULL || chain->kept_mean == NULL ||
        chain->kept_precision == NULL || chain->rooms == NULL ||
        (chain->fit->validation != NULL && chain->predicted == NULL) || !make_side(chain, users) ||
        !make_side(chain, items))
        return REC_ERR_NO_MEMORY;
    *offset = chain->mu = r->mean;
    return REC_OK;
}

static void clear_chain(struct chain *chain)
{
    for (int s = 0; s < 2; s++) {
        rec__release(chain->sides[s].vectors);
        rec__release(chain->sides[s].biases);
        rec__release(chain->sides[s].mean);
        rec__release(chain->sides[s].precision);
    }
    rec__normal_rooms_free(chain->rooms, chain->fit->threads);
    rec__release(chain->predicted);
}

static rec_status fit(struct rec__fit *fit)
{
    struct chain chain = {.fit = fit,
                          .f = (int32_t)fit->parameters[FACTORS],
                          .samples = (int32_t)fit->parameters[SAMPLES],
                          .alpha = 1.0};
    if (fit->parameters[SAMPLES] > fit->parameters[SWEEPS])
        return rec__fail(REC_ERR_INVALID, "samples is %d; at most the number of sweeps, %lld, was expected",
                         chain.samples, (long long)fit->parameters[SWEEPS]);
    rec_status status = make_chain(&chain);
    if (status == REC_OK)
        status = run_sweeps(&chain);
    clear_chain(&chain);
    return status;
}

/* A new user in kept draw s: the mean of their distribution given the draw's items and prior. */
static rec_status fold_in_draw(const struct rec__fitted *fitted, const struct rec__history *history,
                               int32_t s, struct rec__normal_room *room, struct rec__user_state *state)
{
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "item_vectors");
    const double *alpha = rec__arrays_find(fitted->arrays, "sample_precision")->data;
    const double *means = rec__arrays_find(fitted->arrays, "sample_prior_mean")->data;
    const double *precisions = rec__arrays_find(fitted->arrays, "sample_prior_precision")->data;
    int32_t f = (int32_t)fitted->parameters[FACTORS], samples = (int32_t)fitted->parameters[SAMPLES],
            w = f + 1;
    struct rec__normal_side side = {(const float *)vectors->data + (int64_t)s * f, vectors->columns,
                                    rec__arrays_floats(fitted->arrays, "item_biases"), f,
                                    *(const double *)rec__arrays_find(fitted->arrays, "offset")->data};
    float scale = sqrtf((float)samples);
    rec__normal_sums(&side, history, room);
    /* Kept vectors are shorter by the root of the number of samples. */
    for (int32_t k = 0; k < f; k++) {
        for (int32_t j = k; j < w; j++)
            room->matrix[(int64_t)k * w + j] *= j < f ? scale * scale : scale;
        room->right[k] *= scale;
    }
    if (!find_posterior(room, w, alpha[s], means + (int64_t)s * w, precisions + (int64_t)s * w))
        return rec__fail(REC_ERR_DIVERGED, "the history's distribution has no Cholesky factor in sample %d",
                         s);
    for (int32_t k = 0; k < f; k++)
        state->vector[(int64_t)s * f + k] = room->right[k] / scale;
    state->bias += (double)room->right[f] / samples;
    return REC_OK;
}

static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    struct rec__normal_room room = {0};
    rec_status status = rec__normal_room_make(&room, (int32_t)fitted->parameters[FACTORS] + 1);
    state->bias = 0.0;
    for (int32_t s = 0; status == REC_OK && s < (int32_t)fitted->parameters[SAMPLES]; s++)
        status = fold_in_draw(fitted, history, s, &room, state);
    rec__normal_room_clear(&room);
    return status;
}

const struct rec_backend rec__bmf = {
    .name = "bmf",
    .summary =
        "Bayesian matrix factorization: predictions averaged over a Gibbs sampler's draws; hardly any tuning",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .scorer = REC_SCORER_DOT,
    .traits = REC_PREDICTS_RATINGS,
    .fit = fit,
    .fold_in = fold_in,
};
