/* SPDX-License-Identifier: Apache-2.0 */
/* SLIM inside: one column of the weights. The objective and its symbols are in slim.c. */
#ifndef REC_BACKENDS_SLIM_H
#define REC_BACKENDS_SLIM_H

#include "backends/backend.h"
#include "kernels/topk.h"

#include <stdbool.h>

/** The parameters, in the order of the table. */
enum {
    REC_SLIM_L1,
    REC_SLIM_L2,
    REC_SLIM_NON_NEGATIVE,
    REC_SLIM_CANDIDATES,
    REC_SLIM_NEIGHBORS,
    REC_SLIM_EPOCHS,
    REC_SLIM_TOLERANCE,
    REC_SLIM_N_PARAMETERS
};

/** Weights of a column to begin from. */
struct rec__slim_start {
    const int32_t *rows;
    const float *weights;
    int64_t n;
};

/** Scratch of one thread, all zero between columns where it says so. */
struct rec__slim_room {
    float *residual; /* users: zero */
    double *shared;  /* items: G_ij; zero */
    float *weights;  /* items: zero */
    int32_t *met;    /* items: those that share a user with i, or all */
    struct rec__candidate *best;
};

bool rec__slim_room_make(struct rec__slim_room *room, const rec_ratings *ratings, const double *set);
void rec__slim_room_clear(struct rec__slim_room *room);

/** A column to find: x_i, and what it is explained by. */
struct rec__slim_task {
    const rec_ratings *ratings;
    const double *set, *squares; /* parameters; G_jj of every item */
    struct rec__history own;     /* x_i: ratings of the item, by rising user */
    int32_t item; /* i, which explains others but not itself; -1: an item that is not in the ratings */
};

/** The sum of squares of some ratings. */
double rec__slim_square(const float *ratings, int64_t n);

/** The nonzero weights of a column, the largest `most` of them, into rows and weights; returns how many. */
int32_t rec__slim_column(const struct rec__slim_task *task, const struct rec__slim_start *start,
                         struct rec__slim_room *room, int32_t most, int32_t *rows, float *weights);

#endif
