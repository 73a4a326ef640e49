/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ratings weighted before rows are compared, as texts are: rows are documents, columns words (Salton and Buckley, Information Processing &
 * Management 24(5), 1988; BM25: Robertson et al., TREC-3, 1994). With N rows, n_c of them having column c, and l the sum of a row's |r|:
 *
 *   idf_c = max(0, ln N - ln(1 + n_c))
 *   tfidf   sqrt(|r|) idf_c
 *   bm25    |r| (k1 + 1) / (|r| + k1 (1 - b + b l / mean l)) idf_c
 *
 * with the sign of r.
 */
#include "backends/knn.h"
#include "base/memory.h"

#include <math.h>

/* Of a rating, before idf. length: the row's, over the mean. */
static double term_of(const double *parameters, double r, double length)
{
    double k1 = parameters[REC_KNN_PARAMETER_BM25_K1], b = parameters[REC_KNN_PARAMETER_BM25_B];
    double size = fabs(r);
    if (size == 0.0)
        return 0.0;
    double term = parameters[REC_KNN_PARAMETER_WEIGHTING] == REC_KNN_TFIDF
                      ? sqrt(size)
                      : size * (k1 + 1.0) / (size + k1 * (1.0 - b + b * length));
    return copysign(term, r);
}

static double length_of(const float *ratings, int64_t n)
{
    double sum = 0.0;
    for (int64_t e = 0; e < n; e++)
        sum += fabs((double)ratings[e]);
    return sum;
}

static void fill_idf(const struct rec__neighborhood *n, float *idf)
{
    for (int32_t c = 0; c < n->n_columns; c++) {
        double has = (double)(n->column_start[c + 1] - n->column_start[c]);
        idf[c] = (float)fmax(0.0, log((double)n->n_rows) - log1p(has));
    }
}

/* Lengths of all rows; returns their mean, or 1 when that is 0. */
static double fill_lengths(const struct rec__neighborhood *n, float *lengths)
{
    double sum = 0.0;
    for (int32_t a = 0; a < n->n_rows; a++) {
        double length = length_of(n->values + n->start[a], n->start[a + 1] - n->start[a]);
        lengths[a] = (float)length;
        sum += length;
    }
    return sum > 0.0 ? sum / n->n_rows : 1.0;
}

rec_status rec__knn_weigh(struct rec__fit *fit, const struct rec__neighborhood *n, float **values)
{
    int64_t count = n->start[n->n_rows];
    float *idf = rec__arrays_add_floats(fit->arrays, "graph_idf", n->n_columns, 0);
    double *mean = rec__arrays_add_doubles(fit->arrays, "graph_length", 1);
    float *by_column = rec__arrays_add_floats(fit->arrays, "graph_values", count, 0);
    float *lengths = rec__allocate(n->n_rows, sizeof *lengths);
    *values = rec__allocate(count, sizeof **values);
    bool made = idf != NULL && mean != NULL && by_column != NULL && lengths != NULL && *values != NULL;
    if (made) {
        fill_idf(n, idf);
        *mean = fill_lengths(n, lengths);
    }
    for (int32_t a = 0; made && a < n->n_rows; a++)
        for (int64_t e = n->start[a]; e < n->start[a + 1]; e++)
            (*values)[e] =
                (float)(term_of(fit->parameters, (double)n->values[e], (double)lengths[a] / *mean) *
                        (double)idf[n->columns[e]]);
    for (int32_t c = 0; made && c < n->n_columns; c++)
        for (int64_t e = n->column_start[c]; e < n->column_start[c + 1]; e++)
            by_column[e] = (float)(term_of(fit->parameters, (double)n->column_values[e],
                                           (double)lengths[n->rows[e]] / *mean) *
                                   (double)idf[c]);
    rec__release(lengths);
    return made ? REC_OK : REC_ERR_NO_MEMORY;
}

void rec__knn_weigh_row(const struct rec__fitted *fitted, const struct rec__history *row, float *weighted)
{
    const float *idf = rec__arrays_floats(fitted->arrays, "graph_idf");
    double mean = *(const double *)rec__arrays_find(fitted->arrays, "graph_length")->data;
    double length = (double)(float)length_of(row->ratings, row->n) / mean;
    for (int64_t j = 0; j < row->n; j++)
        weighted[j] = (float)(term_of(fitted->parameters, (double)row->ratings[j], length) *
                              (double)idf[row->items[j]]);
}
