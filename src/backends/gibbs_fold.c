/* SPDX-License-Identifier: Apache-2.0 */
/* Reading kept draws: new rows folded in. The arrays are in gibbs.h. */
#include "backends/gibbs.h"
#include "base/memory.h"
#include "base/status.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

/* The names of one side's arrays. */
static const struct names {
    const char *vectors, *bias_draws, *prior_means, *prior_precisions, *implicit_draws;
} names_of[2] = {
    {"user_vectors", "user_bias_draws", "user_prior_means", "user_prior_precisions", "user_implicit_draws"},
    {"item_vectors", "item_bias_draws", "item_prior_means", "item_prior_precisions", "item_implicit_draws"},
};

static rec_status check_side(const struct rec__fitted *fitted, int64_t f, int64_t samples, int side,
                             bool biases)
{
    int64_t n = side == 0 ? fitted->n_users : fitted->n_items,
            n_others = side == 0 ? fitted->n_items : fitted->n_users;
    const struct names *names = &names_of[side];
    const struct {
        const char *name;
        struct rec__expected expected;
        bool required;
    } wanted[] = {
        {names->vectors, {REC_F32, 2, n, samples * f}, true},
        {names->bias_draws, {REC_F32, 2, samples, n}, biases},
        {names->prior_means, {REC_F64, 1, samples * (f + 1), 1}, true},
        {names->prior_precisions, {REC_F64, 1, samples * (f + 1), 1}, true},
        {names->implicit_draws, {REC_F32, 2, n_others, samples * (f + 1)}, false},
    };
    rec_status status = REC_OK;
    for (size_t i = 0; status == REC_OK && i < sizeof wanted / sizeof *wanted; i++)
        status = rec__arrays_check(fitted->arrays, wanted[i].name, wanted[i].expected, wanted[i].required);
    return status;
}

rec_status rec__gibbs_check(const struct rec__fitted *fitted, int32_t factors, int32_t samples, bool biases)
{
    rec_status status = rec__arrays_check(fitted->arrays, "sample_precision",
                                          (struct rec__expected){REC_F64, 1, samples, 1}, true);
    for (int side = 0; status == REC_OK && side < 2; side++)
        status = check_side(fitted, factors, samples, side, biases);
    return status;
}

/* What folding in a row of one side reads of the model. */
struct draws {
    struct rec__gibbs_draws kept;
    int32_t w, n_others;          /* w: factors + 1 with biases */
    const float *others, *biases; /* of the other side; biases: NULL without */
    const float *implicit;        /* NULL without */
    const double *alpha, *means, *precisions;
    double mu;
};

static struct draws draws_of(const struct rec__fitted *fitted, const struct rec__gibbs_draws *kept, int side)
{
    const struct rec__arrays *arrays = fitted->arrays;
    const struct names *own = &names_of[side], *other = &names_of[1 - side];
    const rec_array *offset = rec__arrays_find(arrays, "offset");
    struct draws d = {.kept = *kept,
                      .n_others = side == 0 ? fitted->n_items : fitted->n_users,
                      .others = rec__arrays_floats(arrays, other->vectors),
                      .biases = rec__arrays_floats(arrays, other->bias_draws),
                      .implicit = rec__arrays_floats(arrays, own->implicit_draws),
                      .alpha = rec__arrays_find(arrays, "sample_precision")->data,
                      .means = rec__arrays_find(arrays, own->prior_means)->data,
                      .precisions = rec__arrays_find(arrays, own->prior_precisions)->data,
                      .mu = offset == NULL ? 0.0 : *(const double *)offset->data};
    d.w = d.biases == NULL ? kept->factors : kept->factors + 1;
    return d;
}

/* The numbers of the prior in draw s that a new row has, that of its bias last. */
static void copy_prior(const struct rec__gibbs_draws *kept, const double *from, int32_t s, double *to)
{
    from += (int64_t)s * (kept->f + 1);
    memcpy(to, from + kept->first, (size_t)kept->factors * sizeof *to);
    to[kept->factors] = from[kept->f];
}

/* The prior's mean for a row with these ratings. */
static void prior_mean(const struct draws *d, const struct rec__history *row, int32_t s, double *mean)
{
    const struct rec__gibbs_draws *kept = &d->kept;
    double scale = row->n > 0 ? 1.0 / sqrt((double)row->n) : 0.0;
    copy_prior(kept, d->means, s, mean);
    for (int64_t j = 0; d->implicit != NULL && j < row->n; j++) {
        const float *weights = d->implicit + ((int64_t)row->items[j] * kept->samples + s) * (kept->f + 1);
        for (int32_t k = 0; k < kept->factors; k++)
            mean[k] += scale * (double)weights[kept->first + k];
        mean[kept->factors] += scale * (double)weights[kept->f];
    }
}

/* A new row in kept draw s: the mean of its distribution given the draw of the other side and the prior. */
static rec_status fold_in_draw(const struct draws *d, const struct rec__history *row, int32_t s,
                               double *prior, struct rec__normal_room *room, struct rec__user_state *state)
{
    const struct rec__gibbs_draws *kept = &d->kept;
    int32_t f = kept->factors, w = d->w;
    int64_t first = (int64_t)s * kept->f + kept->first;
    double *mean = prior, *precision = prior + f + 1;
    struct rec__normal_side side = {d->others + first, (int64_t)kept->samples * kept->f,
                                    d->biases == NULL ? NULL : d->biases + (int64_t)s * d->n_others, f,
                                    d->mu};
    float scale = sqrtf((float)kept->samples);
    rec__normal_sums(&side, row, NULL, room);
    /* Kept vectors are shorter by the root of the number of samples. */
    for (int32_t k = 0; k < f; k++) {
        for (int32_t j = k; j < w; j++)
            room->matrix[(int64_t)k * w + j] *= j < f ? scale * scale : scale;
        room->right[k] *= scale;
    }
    prior_mean(d, row, s, mean);
    copy_prior(kept, d->precisions, s, precision);
    if (!rec__gibbs_posterior(room, w, d->alpha[s], mean, precision))
        return rec__fail(REC_ERR_DIVERGED,
                         "the distribution of a row with %lld ratings has no Cholesky factor in sample %d",
                         (long long)row->n, s);
    for (int32_t k = 0; k < f; k++)
        state->vector[first + k] = room->right[k] / scale;
    state->bias += w > f ? (double)room->right[f] / kept->samples : 0.0;
    return REC_OK;
}

rec_status rec__gibbs_fold_in(const struct rec__fitted *fitted, const struct rec__gibbs_draws *kept, int side,
                              const struct rec__history *row, struct rec__user_state *state)
{
    struct draws draws = draws_of(fitted, kept, side);
    struct rec__normal_room room = {0};
    double *prior = rec__allocate(2 * ((int64_t)kept->factors + 1), sizeof *prior); /* means, precisions */
    rec_status status = prior == NULL ? REC_ERR_NO_MEMORY : rec__normal_room_make(&room, draws.w);
    state->bias = 0.0;
    if (kept->factors < kept->f)
        memset(state->vector, 0, (size_t)kept->samples * (size_t)kept->f * sizeof *state->vector);
    for (int32_t s = 0; status == REC_OK && s < kept->samples; s++)
        status = fold_in_draw(&draws, row, s, prior, &room, state);
    rec__normal_room_clear(&room);
    rec__release(prior);
    return status;
}
