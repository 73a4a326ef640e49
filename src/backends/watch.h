/* SPDX-License-Identifier: Apache-2.0 */
/* What rows that score as dot products say of ratings while they are being fitted, and the validation ratings that are watched. */
#ifndef REC_BACKENDS_WATCH_H
#define REC_BACKENDS_WATCH_H

#include "backends/context.h"

/** score = mu + b_u + b_i + p . q, and what contexts add. Biases: NULL without. */
struct rec__view {
    const float *users, *user_biases, *items, *item_biases;
    struct rec__context contexts; /* n = 0: none */
    double mu;
    int32_t f;
};

/** rows: of contexts, by the ratings. errors fills: rating less score. */
void rec__view_errors(const struct rec__view *view, int32_t threads, const rec_ratings *ratings,
                      const int32_t *rows, float *errors);
/** The sum of the squares, weighted; weights NULL: 1. */
double rec__view_squares(int32_t threads, const float *errors, const float *weights, int64_t n);

/** The sum of the training ratings' weights. */
double rec__watch_weight(const struct rec__fit *fit);

/** Validation ratings, and the best loss on them so far: RMSE, or the chance that an item drawn ranks above one held out. */
struct rec__watch {
    const struct rec__fit *fit;
    const rec_ratings *validation; /* NULL: none */
    int32_t *rows;                 /* of contexts; NULL: none. Released with the watch */
    bool squared;
    float *errors, *sums; /* now; over kept draws */
    int32_t n_kept, patience, since_best;
    double best;
    void *copies[REC_ARRAYS_MOST]; /* of the model's arrays at the best */
};

/** Errors: REC_ERR_INVALID (patience without validation). Cleared by the other, after a failure too. */
rec_status rec__watch_make(struct rec__watch *watch, const struct rec__fit *fit, int32_t patience,
                           bool squared);
void rec__watch_clear(struct rec__watch *watch);
/** The loss; squared, that of the mean over kept draws, of which the present is one or not, before the first that of the present. NaN without validation. */
double rec__watch_loss(struct rec__watch *watch, const struct rec__view *view, bool kept);
/** Is it the best so far, where patience asks? stop fills: true when patience is at its end. */
bool rec__watch_judge(struct rec__watch *watch, double loss, bool *stop);
/** Copy the arrays of numbers of the fit, and put the copies back, if there are any. */
rec_status rec__watch_keep(struct rec__watch *watch);
void rec__watch_restore(const struct rec__watch *watch);

#endif
