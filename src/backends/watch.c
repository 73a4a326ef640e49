/* SPDX-License-Identifier: Apache-2.0 */
/* Errors and validation losses during a fit. */
#include "backends/watch.h"
#include "backends/normal.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/status.h"
#include "base/threads.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

static const float *context_vector(const struct rec__context *c, const int32_t *rows, int32_t k)
{
    return rows[k] < 0 ? NULL : c->vectors + (int64_t)(c->fields[2 * k + 1] + rows[k]) * c->factors;
}

/* What the contexts add: weights and products, with either side and each other. */
static double context_score(const struct rec__context *c, const int32_t *rows, const float *p, const float *q)
{
    const struct rec__kernels *kernels = rec__kernels();
    double sum = 0.0;
    for (int32_t k = 0; k < c->n; k++) {
        const float *v = context_vector(c, rows, k);
        if (v == NULL)
            continue;
        sum += (double)c->biases[c->fields[2 * k + 1] + rows[k]] + (double)kernels->dot(v, q, c->factors);
        sum += c->within ? (double)kernels->dot(v, p, c->factors) : 0.0;
        for (int32_t j = 0; c->within && j < k; j++) {
            const float *other = context_vector(c, rows, j);
            sum += other == NULL ? 0.0 : (double)kernels->dot(v, other, c->factors);
        }
    }
    return sum;
}

/* Of an item, for a user's vector p and in the contexts that `rows` names. */
static double item_score(const struct rec__view *v, int32_t item, const float *p, const int32_t *rows)
{
    const float *q = v->items + (int64_t)item * v->f;
    double score = (v->item_biases == NULL ? 0.0 : (double)v->item_biases[item]) +
                   (double)rec__kernels()->dot(p, q, v->f);
    return rows == NULL ? score : score + context_score(&v->contexts, rows, p, q);
}

struct errors {
    const struct rec__view *view;
    const rec_ratings *ratings;
    const int32_t *rows;
    float *out;
};

enum { PARTS = 64, DRAWS = 32 };

static rec_status find_errors(void *context, int64_t part, int32_t worker)
{
    const struct errors *job = context;
    const struct rec__view *v = job->view;
    const rec_ratings *r = job->ratings;
    (void)worker;
    int32_t last = rec__normal_part(r->user_start, r->n_users, part + 1, PARTS);
    for (int32_t u = rec__normal_part(r->user_start, r->n_users, part, PARTS); u < last; u++) {
        const float *p = v->users + (int64_t)u * v->f;
        double base = v->mu + (v->user_biases == NULL ? 0.0 : (double)v->user_biases[u]);
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
            int32_t i = r->user_items[e];
            double score =
                base + item_score(v, i, p, job->rows == NULL ? NULL : job->rows + e * v->contexts.n);
            job->out[e] = (float)((double)r->user_ratings[e] - score);
        }
    }
    return REC_OK;
}

void rec__view_errors(const struct rec__view *view, int32_t threads, const rec_ratings *ratings,
                      const int32_t *rows, float *errors)
{
    struct errors job = {view, ratings, rows, errors};
    (void)rec__parallel(threads, PARTS, find_errors, &job);
}

struct squares {
    const float *errors, *weights;
};

static double square(const void *context, int64_t e)
{
    const struct squares *s = context;
    return (s->weights == NULL ? 1.0 : (double)s->weights[e]) * (double)s->errors[e] * (double)s->errors[e];
}

double rec__view_squares(int32_t threads, const float *errors, const float *weights, int64_t n)
{
    struct squares s = {errors, weights};
    return rec__parallel_sum(threads, n, square, &s);
}

double rec__watch_weight(const struct rec__fit *fit)
{
    double sum = fit->user_weights == NULL ? (double)fit->ratings->count : 0.0;
    for (int64_t e = 0; fit->user_weights != NULL && e < fit->ratings->count; e++)
        sum += (double)fit->user_weights[e];
    return sum;
}

/* An item that the user has not rated, if a few draws find one. */
static int32_t draw_other(const rec_ratings *r, int32_t user, int32_t held_out, uint64_t *state)
{
    int32_t item = rec__next_below(state, r->n_items);
    for (int tries = 0; tries < 16 && (item == held_out || rec__ratings_find(r, user, item) >= 0); tries++)
        item = rec__next_below(state, r->n_items);
    return item;
}

struct ranks {
    const struct rec__watch *watch;
    const struct rec__view *view;
};

/* Of a user's ratings above 0, the share of items drawn that rank above each, summed. */
static double misranked(const void *context, int64_t user)
{
    const struct ranks *ranks = context;
    const struct rec__view *view = ranks->view;
    const rec_ratings *v = ranks->watch->validation;
    const float *p = view->users + user * view->f;
    double sum = 0.0;
    for (int64_t e = v->user_start[user]; e < v->user_start[user + 1]; e++) {
        const int32_t *rows = ranks->watch->rows == NULL ? NULL : ranks->watch->rows + e * view->contexts.n;
        uint32_t bits[4];
        rec__random(ranks->watch->fit->seed, REC_STREAM_NEGATIVES, (uint64_t)e, bits);
        uint64_t state = (uint64_t)bits[0] << 32 | bits[1];
        double held_out = item_score(view, v->user_items[e], p, rows);
        for (int draw = 0; v->user_ratings[e] > 0.0F && draw < DRAWS; draw++) {
            int32_t other = draw_other(ranks->watch->fit->ratings, (int32_t)user, v->user_items[e], &state);
            double score = item_score(view, other, p, rows);
            sum += (score > held_out ? 1.0 : score == held_out ? 0.5 : 0.0) / DRAWS;
        }
    }
    return sum;
}

static double share_misranked(const struct rec__watch *watch, const struct rec__view *view)
{
    const rec_ratings *v = watch->validation;
    struct ranks ranks = {watch, view};
    int64_t liked = 0;
    for (int64_t e = 0; e < v->count; e++)
        liked += v->user_ratings[e] > 0.0F;
    return rec__parallel_sum(watch->fit->threads, v->n_users, misranked, &ranks) /
           (double)(liked > 0 ? liked : 1);
}

rec_status rec__watch_make(struct rec__watch *watch, const struct rec__fit *fit, int32_t patience,
                           bool squared)
{
    const rec_ratings *validation = fit->validation;
    *watch = (struct rec__watch){.fit = fit,
                                 .validation = validation,
                                 .squared = squared,
                                 .patience = patience,
                                 .best = (double)INFINITY};
    if (validation == NULL && patience > 0)
        return rec__fail(
            REC_ERR_INVALID,
            "patience is %d, and there are no validation ratings to watch; rec_model_set_validation "
            "was expected first, or a patience of 0",
            patience);
    if (validation == NULL || !squared)
        return REC_OK;
    watch->errors = rec__allocate(validation->count, sizeof *watch->errors);
    watch->sums = rec__allocate_zeroed(validation->count, sizeof *watch->sums);
    return watch->errors == NULL || watch->sums == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

void rec__watch_clear(struct rec__watch *watch)
{
    rec__release(watch->errors);
    rec__release(watch->sums);
    rec__release(watch->rows);
    for (int32_t a = 0; a < REC_ARRAYS_MOST; a++)
        rec__release(watch->copies[a]);
}

double rec__watch_loss(struct rec__watch *watch, const struct rec__view *view, bool kept)
{
    const rec_ratings *v = watch->validation;
    if (v == NULL || v->count == 0)
        return (double)NAN;
    if (!watch->squared)
        return share_misranked(watch, view);
    int32_t threads = watch->fit->threads;
    rec__view_errors(view, threads, v, watch->rows, watch->errors);
    watch->n_kept += kept;
    if (watch->n_kept == 0)
        return sqrt(rec__view_squares(threads, watch->errors, NULL, v->count) / (double)v->count);
    for (int64_t e = 0; kept && e < v->count; e++)
        watch->sums[e] += watch->errors[e];
    return sqrt(rec__view_squares(threads, watch->sums, NULL, v->count) / (double)v->count) / watch->n_kept;
}

bool rec__watch_judge(struct rec__watch *watch, double loss, bool *stop)
{
    if (watch->patience == 0 || isnan(loss))
        return false;
    if (loss < watch->best) {
        watch->best = loss;
        watch->since_best = 0;
        return true;
    }
    *stop = ++watch->since_best >= watch->patience;
    return false;
}

static size_t bytes_of(const rec_array *array)
{
    size_t width = array->type == REC_F32 ? sizeof(float) : array->type == REC_F64 ? sizeof(double) : 0;
    return width * (size_t)array->rows * (size_t)(array->columns > 0 ? array->columns : 1);
}

rec_status rec__watch_keep(struct rec__watch *watch)
{
    const struct rec__arrays *arrays = watch->fit->arrays;
    for (int32_t a = 0; a < arrays->count; a++) {
        size_t bytes = bytes_of(&arrays->entries[a]);
        if (watch->copies[a] == NULL && bytes > 0)
            watch->copies[a] = rec__allocate((int64_t)bytes, 1);
        if (watch->copies[a] == NULL && bytes > 0)
            return REC_ERR_NO_MEMORY;
        if (bytes > 0)
            memcpy(watch->copies[a], arrays->entries[a].data, bytes);
    }
    return REC_OK;
}

void rec__watch_restore(const struct rec__watch *watch)
{
    const struct rec__arrays *arrays = watch->fit->arrays;
    for (int32_t a = 0; a < arrays->count; a++)
        if (watch->copies[a] != NULL)
            memcpy(arrays->blocks[a], watch->copies[a], bytes_of(&arrays->entries[a]));
}
