/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much work a fit is, counted before it is done: model/plan.c turns counts into seconds by the machine's rates. A backend counts what
 * its loops do, from their formulas, times a factor that was measured once (docs/cost.md) for what the formulas leave out.
 */
#ifndef REC_BACKENDS_WORK_H
#define REC_BACKENDS_WORK_H

#include "backends/backend.h"

/** Work of three kinds; seconds are their sum, each over its rate. */
struct rec__effort {
    double flops; /* in kernels and products of matrices, on rows in cache */
    double bytes; /* of rows read or written where ratings point to */
    double steps; /* small ones, each for itself: a rating read, a pair counted, a number drawn */
};

struct rec__work {
    struct rec__effort once, epoch;
    int64_t epochs; /* 0: all is done once */
    double set;     /* bytes of the rows that ratings point to: what of it does not fit in cache is slow */
    double held;    /* bytes that the fit holds at its peak, besides the ratings */
};

/** Vectors of users and items: set and held of a factorization. Popular rows, which stay in cache, are most of what ratings point to: the set is a
 * quarter. */
static inline void rec__work_vectors(struct rec__work *work, const rec_ratings *ratings, double factors)
{
    work->held = 4.0 * factors * ((double)ratings->n_users + (double)ratings->n_items);
    work->set = work->held / 4.0;
}

/** Operations of solving each row of both sides once by alternating least squares: systems of `width` unknowns, summed over the ratings and factored. */
static inline double rec__work_systems(const rec_ratings *ratings, double width)
{
    double rows = (double)ratings->n_users + (double)ratings->n_items;
    return 2.0 * (double)ratings->count * width * (width + 1.0) + rows * width * width * width / 3.0;
}

/** The sum over users of the square of how many items they rated: pairs of items. by_items: likewise pairs of users. */
static inline double rec__work_pairs(const rec_ratings *ratings, bool by_items)
{
    double sum = 0.0;
    for (int32_t row = 0; row < (by_items ? ratings->n_items : ratings->n_users); row++) {
        double n = (double)(by_items ? rec__item_count(ratings, row) : rec__user_count(ratings, row));
        sum += n * n;
    }
    return sum;
}

/** Edges of a graph that keeps so many neighbours of each row. */
static inline double rec__work_edges(int32_t rows, double neighbors)
{
    return (double)rows * (neighbors < rows ? neighbors : rows);
}

#endif
