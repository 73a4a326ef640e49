/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts as means of word vectors: x_d = (sum over its words w of a / (a + p(w)) v_w) / (its words), p being how often a word is met among all that
 * are known, less what all texts have in common: their projections on the first right singular vectors of X (Arora, Liang and Ma, "A simple but
 * tough-to-beat baseline for sentence embeddings", ICLR 2017).
 */
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "kernels/kernels.h"
#include "text/count.h"
#include "text/vectorizer.h"

#include <math.h>
#include <string.h>

enum { ROUNDS = 50 };

/* What a word's vector is multiplied by. */
static double *word_weights(const rec_features *counts, double a)
{
    double *weights = rec__allocate_zeroed(counts->dimensions, sizeof *weights), total = 0.0;
    for (int64_t e = 0; weights != NULL && e < counts->n_values; e++) {
        weights[counts->columns[e]] += (double)counts->values[e];
        total += (double)counts->values[e];
    }
    for (int32_t w = 0; weights != NULL && w < counts->dimensions; w++)
        weights[w] = a > 0.0 && total > 0.0 ? a / (a + weights[w] / total) : 1.0;
    return weights;
}

static void mean_of(const rec_features *counts, int32_t row, const rec_features *words, const double *weights,
                    double *sum, float *to)
{
    double n = 0.0;
    int32_t d = words->dimensions;
    memset(sum, 0, (size_t)d * sizeof *sum);
    for (int64_t e = counts->row_start[row]; e < counts->row_start[row + 1]; e++) {
        const float *v = words->dense + (int64_t)counts->columns[e] * d;
        double amount = (double)counts->values[e] * weights[counts->columns[e]];
        for (int32_t k = 0; k < d; k++)
            sum[k] += amount * (double)v[k];
        n += (double)counts->values[e];
    }
    for (int32_t k = 0; k < d; k++)
        to[k] = n > 0.0 ? (float)(sum[k] / n) : 0.0f;
}

static rec_status fill_means(const rec_features *counts, const rec_features *words, double a, float *x)
{
    double *weights = word_weights(counts, a), *sum = rec__allocate(words->dimensions, sizeof *sum);
    bool made = weights != NULL && sum != NULL;
    for (int32_t row = 0; made && row < counts->count; row++)
        mean_of(counts, row, words, weights, sum, x + (int64_t)row * words->dimensions);
    rec__release(weights);
    rec__release(sum);
    return made ? REC_OK : REC_ERR_NO_MEMORY;
}

static double make_unit(const double *sum, int32_t d, float *u)
{
    double squares = 0.0;
    for (int32_t k = 0; k < d; k++)
        squares += sum[k] * sum[k];
    for (int32_t k = 0; k < d; k++)
        u[k] = squares > 0.0 ? (float)(sum[k] / sqrt(squares)) : 0.0f;
    return squares;
}

/* The first right singular vector of X by the power method, from the sum of the rows; and X less its projections on it. */
static void remove_common(float *x, int32_t n, int32_t d, double *sum, float *u)
{
    const struct rec__kernels *kernels = rec__kernels();
    memset(sum, 0, (size_t)d * sizeof *sum);
    for (int64_t i = 0; i < n; i++)
        for (int32_t k = 0; k < d; k++)
            sum[k] += (double)x[i * d + k];
    for (int round = 0; make_unit(sum, d, u) > 0.0 && round < ROUNDS; round++) {
        memset(sum, 0, (size_t)d * sizeof *sum);
        for (int64_t i = 0; i < n; i++) {
            double dot = kernels->dot_double(x + i * d, u, d);
            for (int32_t k = 0; k < d; k++)
                sum[k] += dot * (double)x[i * d + k];
        }
    }
    for (int64_t i = 0; i < n; i++) {
        double dot = kernels->dot_double(x + i * d, u, d);
        for (int32_t k = 0; k < d; k++)
            x[i * d + k] = (float)((double)x[i * d + k] - dot * (double)u[k]);
    }
}

static rec_status remove_all(float *x, int32_t n, int32_t d, int32_t components)
{
    double *sum = rec__allocate(d, sizeof *sum);
    float *u = rec__allocate(d, sizeof *u);
    bool made = sum != NULL && u != NULL;
    for (int32_t c = 0; made && c < components; c++)
        remove_common(x, n, d, sum, u);
    rec__release(sum);
    rec__release(u);
    return made ? REC_OK : REC_ERR_NO_MEMORY;
}

static rec_status embed(rec_features **out, const rec_features *counts, const rec_features *words,
                        const rec_embedding *how)
{
    rec_features *made = rec__features_create(counts->ids, NULL, words->dimensions);
    if (made == NULL)
        return REC_ERR_NO_MEMORY;
    float *x = rec__allocate((int64_t)made->count * made->dimensions, sizeof *x);
    made->blocks[0] = x;
    made->dense = x;
    rec_status status = x == NULL ? REC_ERR_NO_MEMORY : fill_means(counts, words, how->a, x);
    if (status == REC_OK)
        status = remove_all(x, made->count, made->dimensions, how->components);
    if (status != REC_OK) {
        rec_features_free(made);
        return status;
    }
    *out = made;
    return REC_OK;
}

static rec_status check(const rec_features *words, const rec_embedding *how)
{
    if (words->dense == NULL || rec_ids_get_kind(words->ids) != REC_IDS_TEXT)
        return rec__fail(REC_ERR_INVALID, "words have %s; dense vectors with words as ids were expected",
                         words->dense == NULL ? "sparse vectors" : "no words as ids");
    if (how->size != sizeof *how)
        return rec__fail(REC_ERR_INVALID, "how has size %zu; %zu was expected (use REC_EMBEDDING_INIT)",
                         how->size, sizeof *how);
    if (!(how->a >= 0.0) || !isfinite(how->a))
        return rec__fail(REC_ERR_RANGE, "a is %g; a finite number of at least 0 was expected", how->a);
    if (how->components < 0 || how->components > words->dimensions)
        return rec__fail(REC_ERR_RANGE, "components is %d; 0 to %d was expected", how->components,
                         words->dimensions);
    return words->container == NULL ? REC_OK : rec__features_check(words);
}

rec_status rec_documents_embed(rec_features **out, const rec_documents *documents, const rec_features *words,
                               const rec_embedding *how)
{
    static const rec_embedding usual = REC_EMBEDDING_INIT;
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (documents == NULL || words == NULL)
        return rec__fail_null(documents == NULL ? "documents" : "words");
    how = how == NULL ? &usual : how;
    rec_text *defaults = NULL;
    rec_features *counts = NULL;
    rec_status status = check(words, how);
    if (status == REC_OK && how->text == NULL)
        status = rec_text_create(&defaults);
    const rec_text *text = how->text == NULL ? defaults : how->text;
    if (status == REC_OK)
        status = rec__text_count(text, words->ids, documents, &counts, NULL);
    if (status == REC_OK)
        status = embed(out, counts, words, how);
    rec_features_free(counts);
    rec_text_free(defaults);
    return status;
}
