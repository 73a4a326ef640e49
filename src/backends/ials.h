/* SPDX-License-Identifier: Apache-2.0 */
/* Implicit alternating least squares inside: what its solvers share. The objective and its symbols are in ials.c. */
#ifndef REC_BACKENDS_IALS_H
#define REC_BACKENDS_IALS_H

#include "backends/backend.h"

#include <stdbool.h>

/** What a half-step holds fixed, for all rows of the other side. */
struct rec__ials_fixed {
    const float *vectors; /* n x factors */
    int32_t n, factors;
    const float *gram; /* factors x factors, whole: sum of v y y' over all rows */
    /* Its eigenvectors, each a row, and eigenvalues; the vectors in their basis. NULL: rows are solved without. */
    const float *eigenvectors, *rotated;
    const float *turned; /* the eigenvectors as columns */
    const double *eigenvalues;
};

/** A row to find: its ratings with their confidences, and the weight of all that it has not. */
struct rec__ials_row {
    const int32_t *others;
    const float *confidences; /* c >= 0 */
    const float *rights;      /* b: what each adds to the right side, times its vector */
    int64_t n;
    double unobserved; /* w: the Gram matrix counts so much */
    double lambda;
    double constant; /* sum of the weights of what is preferred: the row's objective at 0 */
};

/** Scratch of one thread. */
struct rec__ials_room {
    float *matrix, *right, *wide, *more; /* factors x factors, factors, factors x factors, 4 factors */
    float *products, *pushes;            /* longest each */
};

rec_status rec__ials_room_make(struct rec__ials_room *room, int32_t factors, int64_t longest);
void rec__ials_room_clear(struct rec__ials_room *room);

/** Each finds, or improves, x of a row; returns the row's objective there, its penalty included. Errors: REC_ERR_DIVERGED. */
rec_status rec__ials_exact(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                           struct rec__ials_room *room, float *x, double *objective);
rec_status rec__ials_gradients(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                               int32_t steps, struct rec__ials_room *room, float *x, double *objective);
rec_status rec__ials_subspace(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                              int32_t block, struct rec__ials_room *room, float *x, double *objective);

/** The Cholesky factor of the row's system in room->matrix. */
rec_status rec__ials_factor(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                            struct rec__ials_room *room);

/** Are there so few ratings that their own system is the smaller one? */
bool rec__ials_few(int64_t n, int32_t factors);

#endif
