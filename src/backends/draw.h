/* SPDX-License-Identifier: Apache-2.0 */
/* The random rows that a fit begins with. */
#ifndef REC_BACKENDS_DRAW_H
#define REC_BACKENDS_DRAW_H

#include "base/random.h"

/** Rows of `width` numbers, normal around `mean`; each depends on seed, stream and its own number alone. */
struct rec__draw {
    uint64_t seed, stream;
    double deviation;
    float mean;
    const int64_t
        *start; /* offsets of the rows' ratings: those without any are left as they are; NULL: none is */
    int32_t n, width;
};

void rec__draw_rows(const struct rec__draw *draw, int32_t threads, float *rows);

#endif
