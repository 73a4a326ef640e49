/* SPDX-License-Identifier: Apache-2.0 */
/* Features inside: dense rows, or CSR. */
#ifndef REC_STORE_FEATURES_H
#define REC_STORE_FEATURES_H

#include "store/ids.h"

#include <librec/features.h>

struct rec_features {
    atomic_int references;
    int32_t count, dimensions;
    const float *dense;       /* count x dimensions, or NULL: sparse */
    const int64_t *row_start; /* count + 1 */
    const int32_t *columns;   /* rising in each row */
    const float *values;
    rec_ids *ids, *names; /* names may be NULL */
    void *blocks[4];
    struct rec__container *container;
};

/**
 * The same features with rows in the order of `ids`; rows that features lack are zero (dense) or empty
 * (sparse). A features object that is in that order already is itself retained.
 */
rec_status rec__features_align(rec_features **out, const rec_features *features, const rec_ids *ids);

#endif
