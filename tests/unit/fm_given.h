/* SPDX-License-Identifier: Apache-2.0 */
/* The ratings and features that tests/reference/fm.py and cmf.py know. */
#ifndef FM_GIVEN_H
#define FM_GIVEN_H

#include "unit.h"

#include "expected_fm.h"

#include <librec/model.h>

static inline rec_features *features_of(int32_t n, int32_t kinds, const double *values)
{
    rec_features *features = NULL;
    float rows[64];
    for (int k = 0; k < n * kinds; k++)
        rows[k] = (float)values[k];
    EXPECT_OK(rec_features_from_dense(&features, NULL, NULL, n, kinds, rows));
    return features;
}

/* With rows that nobody has rated, for features. */
static inline rec_ratings *plain_ratings(const double *values)
{
    int64_t start[FM_USERS + 1] = {0};
    int32_t items[FM_RATINGS];
    float ratings[FM_RATINGS];
    rec_ratings *made = NULL;
    for (int e = 0; e < FM_RATINGS; e++) {
        start[fm_pairs[2 * e] + 1] = e + 1;
        items[e] = fm_pairs[2 * e + 1];
        ratings[e] = (float)values[e];
    }
    start[FM_USERS] = FM_RATINGS;
    EXPECT_OK(rec_ratings_from_csr(&made, FM_USERS, FM_ITEMS, start, items, ratings));
    return made;
}

#endif
