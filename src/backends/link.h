/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What turns the sum that a model makes into a rating within bounds: nothing, clipping, or a logistic function (as Salakhutdinov and Mnih,
 * "Probabilistic matrix factorization", NIPS 2007, section 2). All rise with the sum, so they change no ranking.
 */
#ifndef REC_BACKENDS_LINK_H
#define REC_BACKENDS_LINK_H

#include <math.h>

enum rec__link_kind { REC_LINK_NONE, REC_LINK_CLIP, REC_LINK_SIGMOID };

/** Of an optional array "score_link" [3, double]: the kind, and the bounds. */
struct rec__link {
    int kind;
    double least, greatest;
};

/** Sums beyond are as good as at the bounds. */
#define REC_LINK_SUM_MOST 30.0

/** The rating of a sum; between the bounds, unless there are none. */
static inline double rec__link_rating(const struct rec__link *link, double sum)
{
    switch (link->kind) {
    case REC_LINK_CLIP:
        return sum < link->least ? link->least : sum > link->greatest ? link->greatest : sum;
    case REC_LINK_SIGMOID:
        return link->least + (link->greatest - link->least) / (1.0 + exp(-sum));
    default:
        return sum;
    }
}

/** The sum whose rating it is; of a rating at a bound, the sum nearest to that which is still a number. */
static inline double rec__link_sum(const struct rec__link *link, double rating)
{
    if (link->kind != REC_LINK_SIGMOID)
        return rating;
    double sum = log(rating - link->least) - log(link->greatest - rating);
    return sum < -REC_LINK_SUM_MOST ? -REC_LINK_SUM_MOST : sum > REC_LINK_SUM_MOST ? REC_LINK_SUM_MOST : sum;
}

/** The slope that a gradient is taken with at the sum where the rating is `rating`: clipping is for what is answered alone. */
static inline double rec__link_slope(const struct rec__link *link, double rating)
{
    if (link->kind != REC_LINK_SIGMOID || !(link->greatest > link->least))
        return link->kind == REC_LINK_SIGMOID ? 0.0 : 1.0;
    return (rating - link->least) * (link->greatest - rating) / (link->greatest - link->least);
}

/**
 * No second derivative of half the squared error by the sum is greater, for a rating between the bounds: with span d and s = 1 / (1 + exp(-x)),
 * it is d^2 (s (1 - s))^2 - e d s (1 - s) (1 - 2 s), at most (1/16 + 1/(6 sqrt 3)) d^2.
 */
static inline double rec__link_curvature(const struct rec__link *link)
{
    double span = link->greatest - link->least;
    return link->kind == REC_LINK_SIGMOID && span > 0.0 ? 0.15873 * span * span : 1.0;
}

#endif
