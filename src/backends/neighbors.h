/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nearest rows of each row of a sparse matrix, by a similarity of the columns that two rows have in common: row times matrix, one row
 * after another (Gustavson, "Two fast algorithms for sparse matrices", ACM TOMS 4(3), 1978), keeping a bounded number a row. No square
 * matrix is ever made: a thread needs a sum a row.
 *
 * For rows a and b, x and y are their centred values in the n columns both have; n_a and n_b count all of a row:
 *
 *   cosine         sum xy / sqrt(sum over all of a x^2, sum over all of b y^2)
 *   common cosine  sum xy / sqrt(sum x^2 sum y^2)
 *   msd            1 / (1 + sum (x - y)^2 / n)
 *   pearson        common cosine of x and y less their means over the n
 *   jaccard        n / (n_a + n_b - n)
 *   count          n
 *   dot            sum xy
 *   asymmetric     sum xy / (|a|^(2 c) |b|^(2 - 2 c)), |a| being the length over all of a, c = own (Aiolli, RecSys 2013)
 *   tversky        n / (n + own (n_a - n) + other (n_b - n)) (Tversky, Psychological Review 84(4), 1977)
 *   conditional    n / (n_a n_b^own) (Deshpande and Karypis, ACM TOIS 22(1), 2004)
 *   lift           n N / (n_a n_b), N being the number of columns (Brin, Motwani, Ullman and Tsur, SIGMOD 1997)
 *
 * a is the row whose neighbours are looked for.
 *
 * A similarity s counts as s (n - 1) / (n - 1 + shrinkage) (Koren, "Factor in the neighbors", TKDD 4(1), 2010), raised to the power of
 * `amplification` (Breese, Heckerman and Kadie, UAI 1998). Only positive ones are kept.
 */
#ifndef REC_BACKENDS_NEIGHBORS_H
#define REC_BACKENDS_NEIGHBORS_H

#include "backends/backend.h"

#include <stdbool.h>

enum rec__measure {
    REC_MEASURE_COSINE,
    REC_MEASURE_COMMON_COSINE,
    REC_MEASURE_MSD,
    REC_MEASURE_PEARSON,
    REC_MEASURE_JACCARD,
    REC_MEASURE_COUNT,
    REC_MEASURE_DOT,
    REC_MEASURE_ASYMMETRIC,
    REC_MEASURE_TVERSKY,
    REC_MEASURE_CONDITIONAL,
    REC_MEASURE_LIFT
};

/** The matrix both ways, and how its rows are compared. */
struct rec__neighborhood {
    int32_t n_rows;
    const int64_t *start, *column_start;
    const int32_t *columns, *rows;
    const float *values, *column_values;
    double mean; /* subtracted from the values, as are the centers of row and column */
    const float *row_centers, *column_centers; /* NULL: 0 */
    const float *norms;                        /* of measures of lengths: the length of each row */
    enum rec__measure measure;
    double own, other; /* see above */
    int32_t n_columns; /* lift */
    bool shifts;       /* graph_shifts are wanted */
    bool alike;        /* all values are the same, and nothing is subtracted */
    double shrinkage, amplification;
    int32_t min_support; /* fewer columns in common: no neighbours */
    int32_t most;        /* neighbours a row */
};

/** Does the measure read norms? */
bool rec__measure_of_lengths(enum rec__measure measure);

/** Of a row that is not in the matrix, the nearest rows by falling weight, ties by rising row. Errors: REC_ERR_NO_MEMORY. */
rec_status rec__neighbors_of(const struct rec__neighborhood *n, const struct rec__history *row, float center,
                             struct rec__neighbors *out);

/** How the neighbours of all rows are written. */
enum rec__neighbor_order { REC_NEAREST_FIRST, REC_BY_ROW };

/**
 * Fill graph_start, graph_columns and graph_weights, and graph_shifts if they are wanted: the mean of x - y over the columns in common.
 * Progress is reported in 256 steps. Errors: REC_ERR_NO_MEMORY, REC_ERR_CANCELLED.
 */
rec_status rec__neighbors_fit(struct rec__fit *fit, const struct rec__neighborhood *n,
                              enum rec__neighbor_order order);

/** The length of each row's centred values; n_rows of them. */
void rec__neighbor_norms(const struct rec__neighborhood *n, int32_t threads, float *norms);

#endif
