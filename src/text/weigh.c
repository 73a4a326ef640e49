/* SPDX-License-Identifier: Apache-2.0 */
/* TF-IDF and BM25; the formulas and their sources are with rec_text in text.h. */
#include "text/weigh.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

enum { ROWS_A_TASK = 256, TERMS_A_TASK = 2048 };

static double idf_of(const double *settings, double n, double d)
{
    if (settings[REC_TEXT_WEIGHTING] == REC_WEIGH_BM25)
        return log(1.0 + (n - d + 0.5) / (d + 0.5));
    if (settings[REC_TEXT_IDF] == REC_IDF_NONE)
        return 1.0;
    if (settings[REC_TEXT_IDF] == REC_IDF_SMOOTH)
        return log((1.0 + n) / (1.0 + d)) + 1.0;
    /* A term of the vocabulary that was given with counts may be in none of them. */
    return d > 0.0 ? log(n / d) + 1.0 : 0.0;
}

static double sum_row(const void *context, int64_t row)
{
    const rec_features *counts = context;
    double sum = 0.0;
    for (int64_t e = counts->row_start[row]; e < counts->row_start[row + 1]; e++)
        sum += (double)counts->values[e];
    return sum;
}

struct learning {
    const double *settings;
    const rec_features *counts;
    const int32_t *containing;
    double *idf; /* how many documents have the term, if they are not given; fills */
};

static rec_status learn_some(void *context, int64_t index, int32_t worker)
{
    const struct learning *learning = context;
    int64_t first = index * TERMS_A_TASK, n = learning->counts->dimensions;
    int64_t end = n - first < TERMS_A_TASK ? n : first + TERMS_A_TASK;
    (void)worker;
    for (int64_t t = first; t < end; t++)
        learning->idf[t] = idf_of(learning->settings, learning->counts->count,
                                  learning->containing != NULL ? learning->containing[t] : learning->idf[t]);
    return REC_OK;
}

rec_status rec__weigh_learn(const double *settings, const rec_features *counts, const int32_t *containing,
                            double *idf, double *mean_length)
{
    struct learning learning = {settings, counts, containing, idf};
    int32_t threads = (int32_t)settings[REC_TEXT_THREADS];
    double sum = rec__parallel_sum(threads, counts->count, sum_row, counts);
    *mean_length = counts->count > 0 ? sum / counts->count : 0.0;
    if (containing == NULL)
        memset(idf, 0, (size_t)counts->dimensions * sizeof *idf);
    for (int64_t e = 0; containing == NULL && e < counts->row_start[counts->count]; e++)
        idf[counts->columns[e]] += counts->values[e] > 0.0f;
    return rec__parallel(threads, ((int64_t)counts->dimensions + TERMS_A_TASK - 1) / TERMS_A_TASK, learn_some,
                         &learning);
}

struct row {
    const int32_t *columns;
    const float *counts;
    float *values;
    int64_t n;
};

static double term_frequency(const double *settings, double count)
{
    if (settings[REC_TEXT_TF] == REC_TF_RAW || count <= 0.0)
        return count;
    return settings[REC_TEXT_TF] == REC_TF_LOG ? 1.0 + log(count) : 1.0;
}

static double weigh_one(const struct rec__weighing *w, double count, double idf, double length)
{
    if (w->settings[REC_TEXT_WEIGHTING] == REC_WEIGH_TFIDF)
        return term_frequency(w->settings, count) * idf;
    double k1 = w->settings[REC_TEXT_K1], b = w->settings[REC_TEXT_B];
    double long_by = w->mean_length > 0.0 ? length / w->mean_length : 1.0;
    double room = count + k1 * (1.0 - b + b * long_by);
    return room > 0.0 ? idf * count * (k1 + 1.0) / room : 0.0;
}

static double length_of(const struct row *row)
{
    double length = 0.0;
    for (int64_t e = 0; e < row->n; e++)
        length += (double)row->counts[e];
    return length;
}

/* Weights are made twice, for their norm and to be written, as there is no room for them in double. */
static void weigh_row(const struct rec__weighing *w, const struct row *row)
{
    double norm = w->settings[REC_TEXT_NORM], sum = 0.0, length = length_of(row);
    for (int64_t e = 0; norm != REC_NORM_NONE && e < row->n; e++) {
        double value = weigh_one(w, (double)row->counts[e], w->idf[row->columns[e]], length);
        sum += norm == REC_NORM_L2 ? value * value : fabs(value);
    }
    double scale = sum > 0.0 ? 1.0 / (norm == REC_NORM_L2 ? sqrt(sum) : sum) : 1.0;
    for (int64_t e = 0; e < row->n; e++)
        row->values[e] =
            (float)(weigh_one(w, (double)row->counts[e], w->idf[row->columns[e]], length) * scale);
}

struct job {
    const struct rec__weighing *weighing;
    const rec_features *counts;
    float *values;
};

static rec_status weigh_some(void *context, int64_t index, int32_t worker)
{
    const struct job *job = context;
    const rec_features *counts = job->counts;
    int64_t first = index * ROWS_A_TASK;
    int64_t end = counts->count - first < ROWS_A_TASK ? counts->count : first + ROWS_A_TASK;
    (void)worker;
    for (int64_t r = first; r < end; r++) {
        int64_t from = counts->row_start[r];
        struct row row = {counts->columns + from, counts->values + from, job->values + from,
                          counts->row_start[r + 1] - from};
        weigh_row(job->weighing, &row);
    }
    return REC_OK;
}

rec_status rec__weigh(const struct rec__weighing *weighing, const rec_features *counts, float *values,
                      int32_t threads)
{
    struct job job = {weighing, counts, values};
    return rec__parallel(threads, ((int64_t)counts->count + ROWS_A_TASK - 1) / ROWS_A_TASK, weigh_some, &job);
}
