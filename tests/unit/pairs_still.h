/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Learners that rank pairs, with steps too small to move anything: the vectors stay as drawn, so that the mean of the reported losses tells
 * what was compared with what. Expected values are sums over all outcomes of the draws.
 */
#ifndef PAIRS_STILL_H
#define PAIRS_STILL_H

#include "unit.h"

#include "base/memory.h"
#include "model/model.h"

#include <math.h>
#include <stdlib.h>

enum { STILL_USERS = 60, STILL_ITEMS = 100, STILL_EPOCHS = 400 };

static inline bool still_pair(int user, int item)
{
    return (uint32_t)(user * 977 + item * 3571 + 11) * 2654435761u >> 7 & 7 ? false : true;
}

static inline rec_ratings *still_ratings(void)
{
    static int32_t items[STILL_USERS * STILL_ITEMS];
    static float values[STILL_USERS * STILL_ITEMS];
    int64_t start[STILL_USERS + 1] = {0}, n = 0;
    for (int u = 0; u < STILL_USERS; u++) {
        for (int i = 0; i < STILL_ITEMS; i++)
            if (still_pair(u, i)) {
                items[n] = i;
                values[n++] = 1.0f;
            }
        start[u + 1] = n;
    }
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_from_csr(&ratings, STILL_USERS, STILL_ITEMS, start, items, values));
    return ratings;
}

/* Not fitted. */
static inline rec_model *still_model(const char *algorithm)
{
    rec_model *model = NULL;
    EXPECT_OK(rec_model_create(&model, algorithm));
    EXPECT_OK(rec_model_set(model, "factors", 4));
    EXPECT_OK(rec_model_set(model, "epochs", STILL_EPOCHS));
    EXPECT_OK(rec_model_set(model, "learning_rate", 1e-7));
    EXPECT_OK(rec_model_set(model, "regularization", 0));
    EXPECT_OK(rec_model_set(model, "init_deviation", 1));
    EXPECT_OK(rec_model_set_text(model, "steps", "plain"));
    return model;
}

static inline double mean_loss(const rec_model *model)
{
    const double *losses, *watched;
    int64_t n = 0;
    double sum = 0;
    EXPECT_OK(rec_model_loss(model, &losses, &watched, &n));
    ck_assert_int_eq(n, STILL_EPOCHS);
    for (int64_t e = 0; e < n; e++)
        sum += losses[e] / (double)n;
    return sum;
}

static inline int compare_falling(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* Scores, falling, of the items that the user has, or has not; returns how many. */
static inline int scores_of(const rec_model *model, int user, bool had, double *scores)
{
    int n = 0;
    for (int i = 0; i < STILL_ITEMS; i++) {
        float score = 0;
        EXPECT_OK(rec_predict(model, user, i, &score));
        if (still_pair(user, i) == had)
            scores[n++] = (double)score;
    }
    qsort(scores, (size_t)n, sizeof *scores, compare_falling);
    return n;
}

/* Of a pair of that score, by WARP as published: the draw that finds an item within the margin, of `most`, sets the weight. */
static inline double expected_warp(double mine, const double *others, int n, int most)
{
    double hinges = 0, sum = 0, left = 1;
    int violating = 0;
    for (; violating < n && others[violating] > mine - 1; violating++)
        hinges += 1 - mine + others[violating];
    for (int draw = 1; draw <= most && violating > 0; draw++) {
        double weight = 0;
        for (int r = 1; r <= (STILL_ITEMS - 1) / draw || r == 1; r++)
            weight += 1.0 / r;
        sum += left * violating / n * weight * hinges / violating;
        left *= 1 - (double)violating / n;
    }
    return sum;
}

#endif
