/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The regression of rows on features: x_u - m ~ N(sum over features j of z_uj beta_j, diag(1 / lambda)), beta_jk ~ N(0, 1 / gamma_k),
 * gamma_k ~ Gamma(1/2, 1/2), as in Macau (Simm et al., "Macau: scalable Bayesian multi-relational factorization with side information using
 * MCMC", MLSP 2017), drawn feature by feature as factorization machines draw theirs (Freudenthaler, Schmidt-Thieme and Rendle 2011): with e = x - m - sum of
 * z beta,
 *
 *   beta_jk ~ N(lambda_k sum over u of z_uj (e_uk + z_uj beta_jk) / v, 1 / v),   v = lambda_k sum of z_uj^2 + gamma_k
 *
 * Given the hyperparameters the dimensions k are independent, so they are drawn LANES at a time, each block by one thread.
 */
#include "backends/bmf.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

enum { LANES = 8 };

static int32_t blocks_of(int32_t w)
{
    return (w + LANES - 1) / LANES;
}

static bool rated(const struct rec__bmf_side *side, int32_t row)
{
    return side->start[row] < side->start[row + 1];
}

/* Dense columns are measured from their mean, in deviations; a constant one says nothing. */
static rec_status standardise(struct rec__bmf_features *features)
{
    const rec_features *given = features->given;
    if (given == NULL || given->dense == NULL)
        return REC_OK;
    features->mean = rec__allocate_zeroed(given->dimensions, sizeof *features->mean);
    features->scale = rec__allocate_zeroed(given->dimensions, sizeof *features->scale);
    if (features->mean == NULL || features->scale == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t c = 0; c < given->dimensions; c++) {
        double sum = 0.0, squares = 0.0;
        for (int32_t row = 0; row < given->count; row++)
            sum += (double)given->dense[(int64_t)row * given->dimensions + c];
        double mean = sum / given->count;
        for (int32_t row = 0; row < given->count; row++)
            squares += pow((double)given->dense[(int64_t)row * given->dimensions + c] - mean, 2);
        features->mean[c] = (float)mean;
        features->scale[c] = squares > 0.0 ? (float)(1.0 / sqrt(squares / given->count)) : 0.0f;
    }
    return REC_OK;
}

/* A walk over the features of a row. */
struct entries {
    int64_t at, end;
    float scale;
    int32_t column;
    float value;
};

static struct entries entries_of(const struct rec__bmf_features *features, int32_t row)
{
    const rec_features *given = features->given;
    if (given != NULL && given->dense != NULL)
        return (struct entries){.at = 0, .end = given->dimensions};
    const int64_t *start = given != NULL ? given->row_start : features->seen_start;
    int64_t n = start[row + 1] - start[row];
    return (struct entries){
        .at = start[row], .end = start[row + 1], .scale = n > 0 ? (float)(1.0 / sqrt((double)n)) : 0.0f};
}

static bool next_entry(const struct rec__bmf_features *features, int32_t row, struct entries *e)
{
    const rec_features *given = features->given;
    if (e->at == e->end)
        return false;
    if (given == NULL) {
        e->column = features->seen[e->at];
        e->value = e->scale;
    } else if (given->dense == NULL) {
        e->column = given->columns[e->at];
        e->value = given->values[e->at];
    } else {
        float value = given->dense[(int64_t)row * given->dimensions + e->at];
        e->column = (int32_t)e->at;
        e->value = (value - features->mean[e->at]) * features->scale[e->at];
    }
    e->at++;
    return true;
}

/* How many entries each column has, as offsets. */
static bool count_columns(const struct rec__bmf_side *side, struct rec__bmf_features *features)
{
    int64_t *start = features->start = rec__allocate_zeroed((int64_t)features->n + 2, sizeof *start);
    for (int32_t row = 0; start != NULL && row < side->n; row++)
        for (struct entries e = entries_of(features, row); rated(side, row) && next_entry(features, row, &e);)
            start[e.column + 2]++;
    for (int32_t c = 0; start != NULL && c < features->n; c++)
        start[c + 2] += start[c + 1];
    return start != NULL;
}

static rec_status make_columns(const struct rec__bmf_side *side, struct rec__bmf_features *features)
{
    if (!count_columns(side, features))
        return REC_ERR_NO_MEMORY;
    int64_t *start = features->start;
    features->rows = rec__allocate(start[features->n + 1], sizeof *features->rows);
    features->values = rec__allocate(start[features->n + 1], sizeof *features->values);
    features->squares = rec__allocate_zeroed(features->n, sizeof *features->squares);
    if (features->rows == NULL || features->values == NULL || features->squares == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t row = 0; row < side->n; row++)
        for (struct entries e = entries_of(features, row);
             rated(side, row) && next_entry(features, row, &e);) {
            int64_t at = start[e.column + 1]++;
            features->rows[at] = row;
            features->values[at] = e.value;
            features->squares[e.column] += e.value * e.value;
        }
    return REC_OK;
}

static rec_status make_features(const struct rec__bmf_side *side, struct rec__bmf_features *features,
                                int32_t w)
{
    rec_status status = standardise(features);
    if (status == REC_OK)
        status = make_columns(side, features);
    if (status != REC_OK)
        return status;
    features->weights = rec__allocate_zeroed((int64_t)features->n * w, sizeof *features->weights);
    features->precision = rec__allocate(w, sizeof *features->precision);
    if (features->weights == NULL || features->precision == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t k = 0; k < w; k++)
        features->precision[k] = 1.0;
    return REC_OK;
}

rec_status rec__bmf_link_make(struct rec__bmf *chain, struct rec__bmf_side *side)
{
    int32_t w = chain->f + 1;
    bool any = false;
    rec_status status = REC_OK;
    for (int b = 0; status == REC_OK && b < REC_BMF_FEATURES; b++)
        if (side->features[b].n > 0) {
            any = true;
            status = make_features(side, &side->features[b], w);
        }
    if (status != REC_OK || !any)
        return status;
    side->shift = rec__allocate_zeroed((int64_t)side->n * w, sizeof *side->shift);
    side->residual = rec__allocate_zeroed((int64_t)blocks_of(w) * LANES * side->n, sizeof *side->residual);
    return side->shift == NULL || side->residual == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

void rec__bmf_link_clear(struct rec__bmf_side *side)
{
    for (int b = 0; b < REC_BMF_FEATURES; b++) {
        struct rec__bmf_features *features = &side->features[b];
        rec__release(features->mean);
        rec__release(features->scale);
        rec__release(features->start);
        rec__release(features->rows);
        rec__release(features->values);
        rec__release(features->squares);
        rec__release(features->weights);
        rec__release(features->precision);
    }
    rec__release(side->shift);
    rec__release(side->residual);
}

/* The dimensions from..to-1 of a side. */
struct lanes {
    const struct rec__bmf *chain;
    struct rec__bmf_side *side;
    int32_t from, to;
    float *residual; /* n x LANES */
};

static float row_at(const struct lanes *l, int32_t row, int32_t k)
{
    int32_t f = l->chain->f;
    return k < f ? l->side->vectors[(int64_t)row * f + k] : l->side->biases[row];
}

/* e = x - m - shift before the draws; shift = x - m - e after them. */
static void exchange(const struct lanes *l, bool after)
{
    int32_t w = l->chain->f + 1;
    for (int32_t row = 0; row < l->side->n; row++) {
        if (!rated(l->side, row))
            continue;
        float *e = l->residual + (int64_t)row * LANES, *shift = l->side->shift + (int64_t)row * w;
        for (int32_t k = l->from; k < l->to; k++) {
            float *from = after ? &e[k - l->from] : &shift[k], *to = after ? &shift[k] : &e[k - l->from];
            *to = row_at(l, row, k) - (float)l->side->mean[k] - *from;
        }
    }
}

/* One feature's weights, drawn given all others. */
static void draw_feature(const struct lanes *l, struct rec__bmf_features *features, int32_t j,
                         uint64_t stream)
{
    float sums[LANES] = {0}, moved[LANES] = {0}, noise[LANES];
    int32_t w = l->chain->f + 1;
    for (int64_t at = features->start[j]; at < features->start[j + 1]; at++) {
        const float *e = l->residual + (int64_t)features->rows[at] * LANES;
        float value = features->values[at];
        for (int k = 0; k < LANES; k++)
            sums[k] += value * e[k];
    }
    rec__normal_row(l->chain->fit->seed, stream, (uint64_t)j * 1024 + (uint64_t)(l->from / LANES), 1.0f,
                    noise, LANES);
    for (int32_t k = l->from; k < l->to; k++) {
        float *weight = &features->weights[(int64_t)j * w + k];
        double lambda = l->side->precision[k], squares = (double)features->squares[j];
        double v = lambda * squares + features->precision[k];
        double mean = lambda * ((double)sums[k - l->from] + squares * (double)*weight) / v;
        float drawn = (float)(mean + (double)noise[k - l->from] / sqrt(v));
        moved[k - l->from] = drawn - *weight;
        *weight = drawn;
    }
    for (int64_t at = features->start[j]; at < features->start[j + 1]; at++) {
        float *e = l->residual + (int64_t)features->rows[at] * LANES;
        float value = features->values[at];
        for (int k = 0; k < LANES; k++)
            e[k] -= value * moved[k];
    }
}

static void draw_precisions(const struct lanes *l, struct rec__bmf_features *features, uint64_t stream)
{
    int32_t w = l->chain->f + 1;
    for (int32_t k = l->from; k < l->to; k++) {
        double squares = 0.0;
        for (int32_t j = 0; j < features->n; j++)
            squares +=
                (double)features->weights[(int64_t)j * w + k] * (double)features->weights[(int64_t)j * w + k];
        features->precision[k] =
            rec__gamma(l->chain->fit->seed, stream, (uint64_t)k, 0.5 * (1.0 + features->n)) /
            (0.5 * (1.0 + squares));
    }
}

static rec_status draw_lanes(void *context, int64_t block, int32_t worker)
{
    struct lanes l = *(const struct lanes *)context;
    int32_t w = l.chain->f + 1;
    (void)worker;
    l.from = (int32_t)block * LANES;
    l.to = l.from + LANES < w ? l.from + LANES : w;
    l.residual = l.side->residual + block * LANES * l.side->n;
    exchange(&l, false);
    for (uint64_t b = 0; b < REC_BMF_FEATURES; b++) {
        struct rec__bmf_features *features = &l.side->features[b];
        uint64_t stream = rec__bmf_stream(l.chain, l.side) | (2 * b + 1) << 56;
        for (int32_t j = 0; j < features->n; j++)
            draw_feature(&l, features, j, stream);
        if (features->n > 0)
            draw_precisions(&l, features, stream | UINT64_C(1) << 60);
    }
    exchange(&l, true);
    return REC_OK;
}

void rec__bmf_link_draw(struct rec__bmf *chain, struct rec__bmf_side *side)
{
    struct lanes lanes = {.chain = chain, .side = side};
    if (side->shift != NULL)
        (void)rec__parallel(chain->fit->threads, blocks_of(chain->f + 1), draw_lanes, &lanes);
}

void rec__bmf_link_cold(const struct rec__bmf_side *side, int32_t row, int32_t w, float *shift)
{
    memset(shift, 0, (size_t)w * sizeof *shift);
    for (int b = 0; b < REC_BMF_FEATURES; b++) {
        const struct rec__bmf_features *features = &side->features[b];
        if (features->n == 0)
            continue;
        for (struct entries e = entries_of(features, row); next_entry(features, row, &e);)
            for (int32_t k = 0; k < w; k++)
                shift[k] += e.value * features->weights[(int64_t)e.column * w + k];
    }
}
