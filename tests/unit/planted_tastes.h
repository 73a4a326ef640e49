/* SPDX-License-Identifier: Apache-2.0 */
/* Ratings that factorizations learn. */
#ifndef PLANTED_TASTES_H
#define PLANTED_TASTES_H

#include "unit.h"

#include <librec/ratings.h>

#include <math.h>

enum { USERS = 70, ITEMS = 50, PLANTED = 3 };

/* Ratings of planted tastes with some noise, every third pair or so. */
static inline rec_ratings *planted_ratings(int part)
{
    int64_t start[USERS + 1] = {0}, n = 0;
    static int32_t items[USERS * ITEMS];
    static float values[USERS * ITEMS];
    for (int u = 0; u < USERS; u++) {
        for (int i = 0; i < ITEMS; i++) {
            uint32_t h = (uint32_t)(u * 977 + i * 3571 + 11) * 2654435761u >> 7;
            if ((h % 5 < 2) != (part == 0) || h % 5 == 4)
                continue;
            double taste = 0;
            for (int k = 0; k < PLANTED; k++)
                taste += sin(u * (k + 1.3)) * cos(i * (k + 0.7) + k);
            items[n] = i;
            values[n++] =
                (float)(3.5 + 0.5 * sin(u) + 0.4 * cos(3 * i) + taste + 0.3 * ((double)(h % 97) / 48.5 - 1));
        }
        start[u + 1] = n;
    }
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_from_csr(&ratings, USERS, ITEMS, start, items, values));
    return ratings;
}

#endif
