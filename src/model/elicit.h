/* SPDX-License-Identifier: Apache-2.0 */
/* What questions are chosen by: elicit.c makes it of a model, elicit_ask.c chooses. */
#ifndef REC_MODEL_ELICIT_H
#define REC_MODEL_ELICIT_H

#include "model/scorer.h"

#include <librec/elicit.h>

/*
 * A newcomer's vector x (its bias last) is one of the users', x ~ N(m, S), and an answer is r_i = ... + x . y_i + e, e ~ N(0, s_i^2). What a design
 * chooses by depends on S, s and the weights of the items alone, never on m or the answers.
 */
struct rec_elicitor {
    rec_model *model;
    int32_t strategy; /* never REC_ELICIT_BEST */
    uint32_t flags;
    int32_t n, d; /* items; length of a vector, its bias among it */
    bool biased;
    double *values;    /* of each item, where no answer changes them; of a design NULL */
    int32_t *order;    /* the items by these, best first */
    double *chance;    /* of each item, that somebody knows it; NULL without a design, as are: */
    double *noise;     /* s_i^2 */
    float *covariance; /* S: d x d */
    float *weight;     /* G: d x d, the mean of y y' over all ratings; NULL: I */
    double *doubt;     /* y_i' S y_i */
    double *reach;     /* y_i' S G S y_i; NULL for the volume */
};

rec_status rec__elicitor_create(rec_elicitor **out, const rec_model *model,
                                const rec_elicit_options *options);
void rec__elicitor_free(rec_elicitor *elicitor);

/** y_i . x, its bias among it. */
double rec__elicit_dot(const rec_elicitor *elicitor, int32_t item, const float *x);
/** out (d) = a x, where a is d x d and symmetric. */
void rec__elicit_product(const rec_elicitor *elicitor, const float *a, const float *x, float *out);
/** The vector of an item, its bias's 1 last. */
void rec__elicit_vector(const rec_elicitor *elicitor, int32_t item, float *y);

rec_status rec__elicit(const rec_elicitor *elicitor, const rec_query *query, int32_t k, int32_t *items,
                       double *values, int32_t *n);

#endif
