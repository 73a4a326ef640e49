/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix factorization inside: what its three solvers share. The objective and its symbols are in mf.c. */
#ifndef REC_BACKENDS_MF_H
#define REC_BACKENDS_MF_H

#include "backends/normal.h"

#include <stdbool.h>

/** The parameters, read once. */
struct rec__mf_settings {
    int32_t factors, epochs, patience, batch;
    bool biases, by_count;
    double lambda, bias_lambda, rate, adam_rate, decay, init_deviation;
};

/** A factorization being fitted. */
struct rec__mf {
    struct rec__fit *fit;
    const rec_ratings *ratings;
    struct rec__mf_settings set;
    double mu;
    float *p, *q;     /* n_users x f, n_items x f */
    float *b_u, *b_i; /* NULL without biases */
    /* The best epoch on the validation set so far, when `patience` asks for it. */
    float *best[4];
    double best_loss;
    int32_t since_best;
    double greatest_loss; /* beyond it a fit has diverged */
};

/** One side held fixed, as the other side's rows see it. */
struct rec__mf_side {
    struct rec__normal_side rows;
    double lambda, bias_lambda;
    bool by_count;
};

/**
 * The factor of the normal equations of a row with these ratings: (sum of y y' + lambda s) in room->matrix,
 * sum of y t in room->right, where y = (q_i, 1) and t = r - offset - b_i.
 */
rec_status rec__mf_normal(const struct rec__mf_side *side, const struct rec__history *row,
                          struct rec__normal_room *room);
/** Solve for the row: its vector, and its bias where there are biases (bias may be NULL where not). */
rec_status rec__mf_solve(const struct rec__mf_side *side, const struct rec__history *row,
                         struct rec__normal_room *room, float *vector, float *bias);

/** Each runs its epochs, calling rec__mf_report after each. */
rec_status rec__mf_sgd(struct rec__mf *mf);
rec_status rec__mf_adam(struct rec__mf *mf);
rec_status rec__mf_als(struct rec__mf *mf);

/**
 * Tell the caller of an epoch; `loss` is its RMSE on the training set. stop fills: true when early stopping
 * says so. Fails with REC_ERR_DIVERGED when the loss runs away.
 */
rec_status rec__mf_report(struct rec__mf *mf, int32_t epoch, double loss, bool *stop);
/** RMSE over ratings in the rows of the factorization; parts summed in a fixed order. */
double rec__mf_rmse(const struct rec__mf *mf, const rec_ratings *ratings);
/** The objective that mf.c states, in double. */
double rec__mf_objective(const struct rec__mf *mf);

#endif
