/* SPDX-License-Identifier: Apache-2.0 */
/* What comes of the numbers of fm_als.c: rows as the scorer reads them, and the arrays of the model. */
#include "backends/fm_als.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

enum { ROWS_A_TASK = 256 };

struct showing {
    struct rec__fm_als *als;
    int32_t block;
};

/* Of a row and factor: the total, and what the row's features do with each other and with its own number. */
static double show_number(const struct rec__fm_als *als, int32_t number, int32_t row, int32_t k,
                          double *within)
{
    struct rec__fm_block *block = &als->blocks[number];
    const struct rec__sparse_matrix *x = block->x;
    double own = (double)block->own[(int64_t)k * block->n + row];
    if (als->gibbs && block->identity && !rec__fm_rated(block, row))
        own = block->own_priors[k].mean;
    double total = own, squares = own * own;
    for (int64_t e = x == NULL ? 0 : x->rows.start[row]; x != NULL && e < x->rows.start[row + 1]; e++) {
        double part = (double)x->rows.values[e] *
                      (double)block->features[(int64_t)k * x->columns.n + x->rows.others[e]];
        total += part;
        squares += part * part;
    }
    enum rec__fm_within how = rec__fm_within_of(als, number, k);
    *within = how == REC_FM_TOGETHER    ? 0.5 * (total * total - squares)
              : how == REC_FM_OWN_ALONE ? own * (total - own)
                                        : 0.0;
    block->totals[(int64_t)k * block->n + row] = (float)total;
    return total;
}

static rec_status show_rows(void *context, int64_t task, int32_t worker)
{
    const struct showing *s = context;
    const struct rec__fm_als *als = s->als;
    struct rec__fm_block *block = &als->blocks[s->block];
    int64_t last = (task + 1) * ROWS_A_TASK < block->n ? (task + 1) * ROWS_A_TASK : block->n;
    (void)worker;
    for (int32_t row = (int32_t)(task * ROWS_A_TASK); row < last; row++) {
        double within, unused,
            bias = als->fm->biased ? show_number(als, s->block, row, als->f, &unused) : 0.0;
        for (int32_t k = 0; k < als->f; k++) {
            block->vectors[(int64_t)row * als->f + k] = (float)show_number(als, s->block, row, k, &within);
            bias += within;
        }
        block->biases[row] = (float)bias;
    }
    return REC_OK;
}

rec_status rec__fm_als_show(struct rec__fm_als *als)
{
    rec_status status = REC_OK;
    for (int32_t b = 0; status == REC_OK && b < als->n_blocks; b++) {
        struct showing s = {als, b};
        status = rec__parallel(als->fit->threads, ((int64_t)als->blocks[b].n + ROWS_A_TASK - 1) / ROWS_A_TASK,
                               show_rows, &s);
    }
    return status;
}

/* Users and items: with sampling also what folding in reads (gibbs.h). */
static bool add_side(struct rec__fm_als *als, int side)
{
    static const char *const names[REC_FM_SIDES][7] = {
        {"user_vectors", "user_biases", "user_feature_vectors", "user_feature_biases", "user_bias_draws",
         "user_prior_means", "user_prior_precisions"},
        {"item_vectors", "item_biases", "item_feature_vectors", "item_feature_biases", "item_bias_draws",
         "item_prior_means", "item_prior_precisions"}};
    const char *const *name = names[side];
    struct rec__arrays *arrays = als->fit->arrays;
    struct rec__fm_block *block = &als->blocks[side];
    int64_t width = (int64_t)als->samples * als->f, d = block->x == NULL ? 0 : block->x->columns.n;
    bool biased = als->fm->biased || als->fm->all;
    block->kept = rec__arrays_add_floats(arrays, name[0], block->n, width);
    block->mean_biases = rec__arrays_add_floats(arrays, name[1], block->n, 0);
    if (d > 0)
        block->kept_features = rec__arrays_add_floats(arrays, name[2], d, width);
    if (d > 0 && als->fm->biased)
        block->mean_weights = rec__arrays_add_floats(arrays, name[3], d, 0);
    if (als->gibbs && biased)
        block->bias_draws = rec__arrays_add_floats(arrays, name[4], als->samples, block->n);
    if (als->gibbs) {
        block->kept_means = rec__arrays_add_doubles(arrays, name[5], als->samples * ((int64_t)als->f + 1));
        block->kept_precisions =
            rec__arrays_add_doubles(arrays, name[6], als->samples * ((int64_t)als->f + 1));
    }
    return block->kept != NULL && block->mean_biases != NULL && (d == 0 || block->kept_features != NULL) &&
           (d == 0 || !als->fm->biased || block->mean_weights != NULL) &&
           (!als->gibbs || !biased || block->bias_draws != NULL) &&
           (!als->gibbs || (block->kept_means != NULL && block->kept_precisions != NULL));
}

rec_status rec__fm_als_add(struct rec__fm_als *als)
{
    struct rec__arrays *arrays = als->fit->arrays;
    const struct rec__fm_contexts *c = &als->fm->contexts;
    double *offset = rec__arrays_add_doubles(arrays, "offset", 1);
    if (als->gibbs)
        als->sample_precision = rec__arrays_add_doubles(arrays, "sample_precision", als->samples);
    if (offset == NULL || (als->gibbs && als->sample_precision == NULL) || !add_side(als, REC_FM_USERS) ||
        !add_side(als, REC_FM_ITEMS))
        return REC_ERR_NO_MEMORY;
    *offset = als->mu;
    for (int32_t b = REC_FM_SIDES; b < als->n_blocks; b++) {
        int64_t first = c->bound.fields[2 * (b - REC_FM_SIDES) + 1];
        als->blocks[b].kept = c->vectors + first * als->samples * als->f;
        als->blocks[b].mean_biases = c->biases + first;
    }
    return REC_OK;
}

/* Rows of numbers, of which draw `at` takes a part of each. */
static void keep_rows(const struct rec__fm_als *als, const float *vectors, int64_t n, int32_t at, float *kept)
{
    float scale = (float)(1.0 / sqrt((double)als->samples));
    for (int64_t row = 0; row < n; row++)
        for (int32_t k = 0; k < als->f; k++)
            kept[(row * als->samples + at) * als->f + k] = scale * vectors[row * als->f + k];
}

static void keep_features(const struct rec__fm_als *als, const struct rec__fm_block *block, int32_t at)
{
    int64_t d = block->x->columns.n;
    float scale = (float)(1.0 / sqrt((double)als->samples));
    for (int64_t g = 0; g < d; g++)
        for (int32_t k = 0; k < als->f; k++)
            block->kept_features[(g * als->samples + at) * als->f + k] = scale * block->features[k * d + g];
    for (int64_t g = 0; block->mean_weights != NULL && g < d; g++)
        block->mean_weights[g] =
            (at == 0 ? 0.0F : block->mean_weights[g]) + block->features[als->f * d + g] / (float)als->samples;
}

void rec__fm_als_keep(struct rec__fm_als *als, int32_t at)
{
    for (int32_t b = 0; b < als->n_blocks; b++) {
        struct rec__fm_block *block = &als->blocks[b];
        keep_rows(als, block->vectors, block->n, at, block->kept);
        for (int32_t row = 0; row < block->n; row++)
            block->mean_biases[row] =
                (at == 0 ? 0.0F : block->mean_biases[row]) + block->biases[row] / (float)als->samples;
        if (block->bias_draws != NULL)
            memcpy(block->bias_draws + (int64_t)at * block->n, block->biases,
                   (size_t)block->n * sizeof *block->biases);
        if (block->kept_features != NULL)
            keep_features(als, block, at);
        for (int32_t k = 0; block->kept_means != NULL && k <= als->f; k++) {
            block->kept_means[(int64_t)at * (als->f + 1) + k] = block->own_priors[k].mean;
            block->kept_precisions[(int64_t)at * (als->f + 1) + k] = block->own_priors[k].precision;
        }
    }
    if (als->gibbs)
        als->sample_precision[at] = als->alpha;
}
