/* SPDX-License-Identifier: Apache-2.0 */
/* Features inside: dense rows, or CSR. */
#ifndef REC_STORE_FEATURES_H
#define REC_STORE_FEATURES_H

#include "store/ids.h"

#include <librec/features.h>

struct rec_features {
    atomic_int references;
    int32_t count, dimensions;
    bool weighted;            /* sparse values say already how rare each column is */
    const float *dense;       /* count x dimensions, or NULL: sparse */
    const int64_t *row_start; /* count + 1 */
    const int32_t *columns;   /* rising in each row */
    const float *values;
    int64_t n_values;     /* of columns and values; 0 when dense */
    rec_ids *ids, *names; /* names may be NULL */
    void *blocks[4];
    struct rec__container *container;
};

/**
 * The same features with rows in the order of `ids`; rows that features lack are zero (dense) or empty
 * (sparse). A features object that is in that order already is itself retained.
 */
rec_status rec__features_align(rec_features **out, const rec_features *features, const rec_ids *ids);

/** Features of `dimensions` columns with no values yet; ids and names (which may be NULL) are retained. NULL
 * when there is no memory. */
rec_features *rec__features_create(const rec_ids *ids, const rec_ids *names, int32_t dimensions);

/**
 * Arrays of CSR features, which become blocks of `features`: row_start is filled by the caller, columns and
 * values are allocated here for row_start[count] entries.
 */
struct rec__sparse {
    int64_t *row_start;
    int32_t *columns;
    float *values;
};
rec_status rec__features_starts(rec_features *features, struct rec__sparse *sparse);
rec_status rec__features_entries(rec_features *features, struct rec__sparse *sparse);
/**
 * Sort each row by column, and with it places, a number an entry that may be NULL. repeated fills: the entry
 * that repeats the column of the one before it, the first such, at which sorting ended; or -1.
 */
rec_status rec__features_sort(const rec_features *features, struct rec__sparse *sparse, int64_t *places,
                              int64_t *repeated);

/** How rare each column of sparse features is: ln((1 + n) / (1 + n_f)) + 1, where n_f of n rows have it. NULL when there is no memory. */
double *rec__features_idf(const rec_features *features);

/** Features of a container file, and all their arrays, ids and names for one. */
rec_status rec__features_pack(const rec_features *features, struct rec__pack *pack);
rec_status rec__features_unpack(rec_features **out, struct rec__container *container);
/** Check the contents, which opening does not: offsets rising, columns rising and in range, values finite. */
rec_status rec__features_check(const rec_features *features);

#endif
