/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of Bayesian matrix factorization: one draw after another, and what is kept of them. */
#include "backends/bmf.h"
#include "base/random.h"
#include "base/status.h"
#include "base/threads.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

uint64_t rec__bmf_stream(const struct rec__bmf *chain, const struct rec__bmf_side *side)
{
    return (uint64_t)side->stream | (uint64_t)chain->sweep << 8;
}

/* m_k and lambda_k of one side, given what the features leave of its rows that have ratings. */
static void draw_prior(const struct rec__bmf *chain, struct rec__bmf_side *side)
{
    for (int32_t k = 0; k <= chain->f; k++) {
        struct rec__group group = {0};
        for (int32_t row = 0; row < side->n; row++) {
            if (side->start[row] == side->start[row + 1])
                continue;
            double x =
                k < chain->f ? (double)side->vectors[(int64_t)row * chain->f + k] : (double)side->biases[row];
            x -= side->shift == NULL ? 0.0 : (double)side->shift[(int64_t)row * (chain->f + 1) + k];
            group.sum += x;
            group.squares += x * x;
            group.n += 1.0;
        }
        struct rec__prior drawn =
            rec__prior_draw(&group, chain->fit->seed, rec__bmf_stream(chain, side), k, chain->f + 1);
        side->mean[k] = drawn.mean;
        side->precision[k] = drawn.precision;
    }
}

/* A draw around the mean: U x = z has covariance A^-1. */
static void add_noise(const struct rec__bmf *chain, const struct rec__bmf_side *side, int32_t row,
                      struct rec__normal_room *room)
{
    int32_t w = chain->f + 1;
    float noise[REC_BMF_FACTORS_MOST + 1];
    rec__normal_row(chain->fit->seed, rec__bmf_stream(chain, side), (uint64_t)row, 1.0f, noise, w);
    for (int32_t k = w - 1; k >= 0; k--) {
        const float *u = room->matrix + (int64_t)k * w;
        noise[k] = (noise[k] - rec__kernels()->dot(u + k + 1, noise + k + 1, w - k - 1)) / u[k];
        room->right[k] += noise[k];
    }
}

static rec_status draw_row(const struct rec__bmf *chain, const struct rec__bmf_side *side,
                           const struct rec__normal_side *fixed, int32_t row, struct rec__normal_room *room)
{
    int64_t first = side->start[row];
    struct rec__history history = {side->others + first, side->ratings + first, side->start[row + 1] - first,
                                   NULL};
    if (history.n == 0)
        return REC_OK;
    double mean[REC_BMF_FACTORS_MOST + 1];
    int32_t w = chain->f + 1;
    for (int32_t k = 0; k < w; k++)
        mean[k] = side->mean[k] + (side->shift == NULL ? 0.0 : (double)side->shift[(int64_t)row * w + k]);
    rec__normal_sums(fixed, &history, NULL, room);
    if (!rec__gibbs_posterior(room, w, chain->alpha, mean, side->precision))
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
    struct rec__bmf *chain = context;
    const struct rec__bmf_side *side = &chain->sides[chain->now], *other = &chain->sides[1 - chain->now];
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
    const struct rec__bmf *chain = context;
    const struct rec__bmf_side *users = &chain->sides[0], *items = &chain->sides[1];
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
static rec_status sweep(struct rec__bmf *chain, double *loss)
{
    rec_status status = REC_OK;
    for (chain->now = 0; status == REC_OK && chain->now < 2; chain->now++) {
        draw_prior(chain, &chain->sides[chain->now]);
        rec__bmf_link_draw(chain, &chain->sides[chain->now]);
        status = rec__parallel(chain->fit->threads, (int64_t)chain->fit->threads * 16, draw_part, chain);
    }
    if (status != REC_OK)
        return status;
    const rec_ratings *r = chain->fit->ratings;
    double errors = rec__parallel_sum(chain->fit->threads, r->n_users, squared_errors, chain);
    double shape = 0.5 * (1.0 + (double)r->count);
    chain->alpha = rec__gamma(chain->fit->seed, REC_STREAM_SAMPLE | (uint64_t)chain->sweep << 8, 0, shape) /
                   (0.5 * (1.0 + errors));
    *loss = sqrt(errors / (double)r->count);
    return REC_OK;
}

/* A row of the draw: without ratings, the mean of its prior. */
static void row_of(const struct rec__bmf *chain, const struct rec__bmf_side *side, int32_t row, float *x)
{
    int32_t f = chain->f;
    if (side->start[row] < side->start[row + 1]) {
        memcpy(x, side->vectors + (int64_t)row * f, (size_t)f * sizeof *x);
        x[f] = side->biases[row];
        return;
    }
    rec__bmf_link_cold(side, row, f + 1, x);
    for (int32_t k = 0; k <= f; k++)
        x[k] += (float)side->mean[k];
}

/* Put a draw beside those kept before. */
static void keep_side(const struct rec__bmf *chain, const struct rec__bmf_side *side)
{
    float scale = (float)(1.0 / sqrt((double)chain->samples)), x[REC_BMF_FACTORS_MOST + 1];
    for (int32_t row = 0; row < side->n; row++) {
        float *kept = side->kept + ((int64_t)row * chain->samples + chain->n_kept) * chain->f;
        row_of(chain, side, row, x);
        for (int32_t k = 0; k < chain->f; k++)
            kept[k] = scale * x[k];
        side->mean_biases[row] += x[chain->f] / (float)chain->samples;
        side->kept_biases[(int64_t)chain->n_kept * side->n + row] = x[chain->f];
    }
    const struct rec__bmf_features *implicit = &side->features[0];
    int64_t w = chain->f + 1;
    memcpy(side->kept_mean + chain->n_kept * w, side->mean, (size_t)w * sizeof(double));
    memcpy(side->kept_precision + chain->n_kept * w, side->precision, (size_t)w * sizeof(double));
    for (int32_t j = 0; implicit->kept != NULL && j < implicit->n; j++)
        memcpy(implicit->kept + (j * chain->samples + chain->n_kept) * w, implicit->weights + j * w,
               (size_t)w * sizeof(float));
}

/* The validation RMSE of the mean so far: of all kept draws, or of the present one before the first. */
static double validate(struct rec__bmf *chain, bool kept)
{
    const rec_ratings *v = chain->fit->validation;
    const struct rec__bmf_side *users = &chain->sides[0], *items = &chain->sides[1];
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

rec_status rec__bmf_run(struct rec__bmf *chain)
{
    int64_t burn_in = chain->burn_in, sweeps = chain->sweeps;
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
            chain->kept_alpha[chain->n_kept++] = chain->alpha;
        }
        status = rec__fit_report(chain->fit, s, burn_in + sweeps, loss, validate(chain, kept));
        if (status != REC_OK)
            return status;
    }
    return REC_OK;
}
