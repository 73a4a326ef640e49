/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix factorization inside: what its three solvers share. The objective and its symbols are in mf.c. */
#ifndef REC_BACKENDS_MF_H
#define REC_BACKENDS_MF_H

#include "backends/link.h"
#include "backends/normal.h"
#include "backends/watch.h"

#include <stdbool.h>

enum { REC_MF_USERS, REC_MF_ITEMS, REC_MF_SIDES };

/** How the vectors and biases of a side are held down, and how far a step of SGD goes. */
struct rec__mf_terms {
    double lambda, bias_lambda, rate, bias_rate;
};

/** The parameters, read once. */
struct rec__mf_settings {
    int32_t factors, epochs, patience, batch;
    int bounds; /* rec__link_kind */
    bool biases, by_count;
    struct rec__mf_terms terms[REC_MF_SIDES];
    double adam_rate, decay, init_deviation;
};

/** A factorization being fitted. */
struct rec__mf {
    struct rec__fit *fit;
    const rec_ratings *ratings, *validation; /* less what drifts; validation NULL: none */
    struct rec__mf_settings set;
    struct rec__link link;
    double mu;
    float *p, *q;            /* n_users x f, n_items x f */
    float *b_u, *b_i;        /* NULL without biases */
    double weight;           /* of all ratings together */
    struct rec__watch watch; /* the best epoch on the validation set so far, when `patience` asks for it */
    double greatest_loss;    /* beyond it a fit has diverged */
};

/** One side held fixed, as the other side's rows see it. */
struct rec__mf_side {
    struct rec__normal_side rows;
    struct rec__mf_terms terms; /* of the other side */
    bool by_count;
    struct rec__link link;
};

/** A row to find. */
struct rec__mf_row {
    struct rec__history history;
    const float *weights; /* of its ratings; NULL: all 1 */
    float *vector;
    float *bias; /* NULL: there is none */
};

/** Scratch of one thread, for rows of so many ratings at most. */
struct rec__mf_room {
    struct rec__normal_room normal;
    float *working; /* longest; NULL without a sigmoid */
};

rec_status rec__mf_room_make(struct rec__mf_room *room, const struct rec__mf_side *side, int64_t longest);
void rec__mf_room_clear(struct rec__mf_room *room);

/**
 * The factor of the row's normal equations in room->normal.matrix: sum of w y y' + penalties, with y = (q_i, 1).
 * Its other side is in normal.right: sum of w y t.
 */
rec_status rec__mf_normal(const struct rec__mf_side *side, const struct rec__mf_row *row,
                          struct rec__mf_room *room);
/**
 * Find the row given the other side: by a linear link at once, by a sigmoid in `steps` steps from where it is, none of which makes the objective
 * worse. A row without ratings becomes zero. fills: vector and bias.
 */
rec_status rec__mf_solve(const struct rec__mf_side *side, const struct rec__mf_row *row, int32_t steps,
                         struct rec__mf_room *room);
/** What the ratings look like to the normal equations at the row's present vector and bias: themselves, or by a sigmoid, numbers in room->working. */
const float *rec__mf_targets(const struct rec__mf_side *side, const struct rec__mf_row *row,
                             const struct rec__mf_room *room);

/** Each runs its epochs, calling rec__mf_report after each. */
rec_status rec__mf_sgd(struct rec__mf *mf);
rec_status rec__mf_adam(struct rec__mf *mf);
rec_status rec__mf_als(struct rec__mf *mf);

/**
 * Tell the caller of an epoch; `loss` is its RMSE on the training set. stop fills: true when early stopping
 * says so. Fails with REC_ERR_DIVERGED when the loss runs away.
 */
rec_status rec__mf_report(struct rec__mf *mf, int32_t epoch, double loss, bool *stop);
/** RMSE over ratings in the rows of the factorization; parts summed in a fixed order. weights: by user, or NULL. */
double rec__mf_rmse(const struct rec__mf *mf, const rec_ratings *ratings, const float *weights);
/** The objective that mf.c states, in double. */
double rec__mf_objective(const struct rec__mf *mf);

/** The hooks of a fitted model: rec_backend says what each does. */
rec_status rec__mf_fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                           struct rec__user_state *state);
rec_status rec__mf_fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                                struct rec__user_state *state);
rec_status rec__mf_explain(const struct rec__fitted *fitted, const struct rec__history *history, int32_t item,
                           double *contributions);
struct rec__mf_settings rec__mf_read_settings(const double *values);

/** Of one rating: the error of the rating predicted, and what the gradient of half its square by the sum is, less its sign. */
struct rec__mf_error {
    double error, push;
};

static inline struct rec__mf_error rec__mf_error_of(const struct rec__link *link, float rating, double sum)
{
    double predicted = rec__link_rating(link, sum), error = (double)rating - predicted;
    if (link->kind == REC_LINK_SIGMOID)
        return (struct rec__mf_error){error, error * rec__link_slope(link, predicted)};
    return (struct rec__mf_error){error, (double)rating - sum};
}

#endif
