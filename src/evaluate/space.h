/* SPDX-License-Identifier: Apache-2.0 */
/* A space of parameters, and its points: the whole grid, or draws. */
#ifndef REC_EVALUATE_SPACE_H
#define REC_EVALUATE_SPACE_H

#include "backends/backend.h"

#include <librec/tune.h>

#define REC_POINTS_MOST 100000

/** One parameter and what to try for it. */
struct rec__axis {
    int32_t parameter; /* its index among the backend's and the common ones */
    double *values;    /* n of them; NULL: a range */
    int32_t n;
    double least, most;
    bool log;
};

struct rec_space {
    const struct rec_backend *backend;
    struct rec__axis *axes; /* in the order given */
    int64_t count, capacity;
};

rec_status rec__space_create(rec_space **out, const struct rec_backend *backend);

/** Add a parameter with room for n values, which the caller checks and fills in; 0: a range. On failure the space is
 * as it was. */
rec_status rec__space_add(rec_space *space, const char *parameter, int32_t n, struct rec__axis **axis);
/** Take back what was added last. */
void rec__space_drop(rec_space *space);
const struct rec__parameter *rec__axis_parameter(const rec_space *space, const struct rec__axis *axis);

/** The axis of a parameter, or -1. */
int32_t rec__space_find(const rec_space *space, int32_t parameter);

/** How many points a grid has. Errors: REC_ERR_INVALID (a range, too many points). */
rec_status rec__space_size(const rec_space *space, int32_t *n);
/** Fill n points, a row of as many numbers as there are axes each: the whole grid, the last axis fastest. */
void rec__space_grid(const rec_space *space, int32_t n, double *points);
/** Fill at most n points with draws, all different; returns how many there are. */
int32_t rec__space_draw(const rec_space *space, uint64_t seed, int32_t n, double *points);

#endif
