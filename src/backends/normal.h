/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Normal equations of a row of ratings, with the other side's vectors held fixed: what alternating least squares solves and Gibbs sampling
 * draws from. For a row with ratings r_j of others j: y_j = (vector, 1), t_j = r_j - offset - bias_j.
 */
#ifndef REC_BACKENDS_NORMAL_H
#define REC_BACKENDS_NORMAL_H

#include "backends/backend.h"

/** The side that is held fixed. */
struct rec__normal_side {
    const float *vectors; /* of row r: f numbers from vectors + r stride */
    int64_t stride;
    const float *biases; /* NULL: there are none, and y_j is the vector alone */
    int32_t factors;
    double offset;
};

/** Scratch of one thread. */
struct rec__normal_room {
    float *matrix; /* w x w, w = f + 1 with biases, else f; the upper triangle counts */
    float *right;  /* w */
};

rec_status rec__normal_room_make(struct rec__normal_room *room, int32_t width);
void rec__normal_room_clear(struct rec__normal_room *room);
/** One a thread; NULL when there is no memory. Freed by the other, which accepts NULL. */
struct rec__normal_room *rec__normal_rooms_make(int32_t threads, int32_t width);
void rec__normal_rooms_free(struct rec__normal_room *rooms, int32_t threads);

/** Sum of w y y' in the matrix, sum of w y t in right. weights: one a rating, at least 0; NULL: all 1. */
void rec__normal_sums(const struct rec__normal_side *side, const struct rec__history *row,
                      const float *weights, struct rec__normal_room *room);
/** The second of them alone. */
void rec__normal_right(const struct rec__normal_side *side, const struct rec__history *row,
                       const float *weights, struct rec__normal_room *room);

/**
 * Add a penalty to the diagonal, the last of `width` apart when there is a bias, and solve: the factor in the matrix, the row in
 * right. Errors: REC_ERR_DIVERGED (no Cholesky factor: more of a penalty was expected).
 */
rec_status rec__normal_solve(struct rec__normal_room *room, int32_t width, float penalty, float last);

/** The number of ratings of the user or item with the most. */
int64_t rec__normal_longest(const rec_ratings *ratings);

/** Rows cut into parts of about the same cost, their ratings and a fixed amount a row: the first row of a part. */
int32_t rec__normal_part(const int64_t *start, int32_t n_rows, int64_t part, int64_t parts);

#endif
