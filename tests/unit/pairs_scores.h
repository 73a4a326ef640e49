/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of the learners that rank pairs beside those of tests/reference/pairs.py. */
#ifndef PAIRS_SCORES_H
#define PAIRS_SCORES_H

#include "expected_pairs.h"
#include "small_ratings.h"

#include <math.h>

/* A model set for small steps for long, which end at the lowest point of the objective. */
static inline rec_model *slow_model(const char *algorithm, const char *values)
{
    rec_model *model = new_model(algorithm);
    EXPECT_OK(rec_model_set(model, "factors", 3));
    EXPECT_OK(rec_model_set(model, "epochs", 100000));
    EXPECT_OK(rec_model_set(model, "learning_rate", 5e-4));
    EXPECT_OK(rec_model_set(model, "regularization", 0.05));
    EXPECT_OK(rec_model_set_text(model, "steps", "plain"));
    EXPECT_OK(rec_model_set_text(model, "values", values));
    return model;
}

/* Each of the small ratings counts as in given_weights of tests/reference/pairs.py. */
static inline void weigh_small(rec_model *model)
{
    rec_ratings *weights = NULL, *ratings = small_ratings(0);
    float values[SMALL_COUNT];
    for (int e = 0; e < SMALL_COUNT; e++)
        values[e] = 0.5f + (float)(e % 3);
    EXPECT_OK(rec_ratings_from_csr(&weights, SMALL_USERS, SMALL_ITEMS, ratings->user_start,
                                   ratings->user_items, values));
    EXPECT_OK(rec_model_set_weights(model, weights));
    rec_ratings_free(weights);
    rec_ratings_free(ratings);
}

/* Fits the small ratings, and frees the model. */
static inline void expect_lowest(rec_model *model, const double *expected)
{
    rec_ratings *ratings = small_ratings(0);
    EXPECT_OK(rec_fit(model, ratings));
    for (int32_t u = 0; u < 5; u++)
        for (int32_t i = 0; i < 4; i++) {
            float score = 0;
            EXPECT_OK(rec_predict(model, u, i, &score));
            ck_assert_msg(fabs((double)score - expected[u * 4 + i]) < 0.08,
                          "user %d, item %d: %g; %g was expected", u, i, (double)score, expected[u * 4 + i]);
        }
    rec_model_free(model);
    rec_ratings_free(ratings);
}

#endif
