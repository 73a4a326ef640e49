/* SPDX-License-Identifier: Apache-2.0 */
/* The model, training and test ratings of tests/reference/metrics.py. */
#ifndef PLANTED_H
#define PLANTED_H

#include "expected_metrics.h"
#include "own_backend.h"
#include "unit.h"

#include <stdio.h>

#define LENGTH(array) ((int64_t)(sizeof(array) / sizeof *(array)))

/* Repeats its source for larger models. */
static inline bool add_planted(struct rec__arrays *arrays, const char *name, int64_t rows, int64_t columns,
                               const float *source, int64_t length)
{
    float *values = rec__arrays_add_floats(arrays, name, rows, columns);
    int64_t n = rows * (columns > 0 ? columns : 1);
    for (int64_t i = 0; values != NULL && i < n; i++)
        values[i] = source[i % length];
    return values != NULL;
}

static inline rec_status plant(struct rec__fit *fit, double constant, const float *biases)
{
    int64_t users = fit->ratings->n_users, items = fit->ratings->n_items;
    struct rec__arrays *arrays = fit->arrays;
    double *shift = rec__arrays_add_doubles(arrays, "offset", 1);
    if (shift == NULL ||
        !add_planted(arrays, "user_vectors", users, FACTORS, user_vectors, LENGTH(user_vectors)) ||
        !add_planted(arrays, "item_vectors", items, FACTORS, item_vectors, LENGTH(item_vectors)) ||
        !add_planted(arrays, "user_biases", users, 0, user_biases, LENGTH(user_biases)) ||
        !add_planted(arrays, "item_biases", items, 0, biases, ITEMS))
        return REC_ERR_NO_MEMORY;
    *shift = constant;
    return REC_OK;
}

static inline rec_status fit_planted(struct rec__fit *fit)
{
    return plant(fit, offset, item_biases);
}

static const struct rec_backend planted = {.name = "planted",
                                           .summary = "known arrays",
                                           .scorer = REC_SCORER_DOT,
                                           .traits = REC_PREDICTS_RATINGS,
                                           .fit = fit_planted};

/* Ratings of pairs in rising order of users, with rows for ids. */
static inline rec_status store_of(rec_ratings **out, int32_t n_users, int32_t n_items, int64_t n,
                                  const int32_t *users, const int32_t *items, const float *ratings)
{
    int64_t start[MORE_USERS + 1] = {0};
    int32_t sorted_items[512];
    float sorted[512];
    int64_t filled = 0;
    for (int32_t u = 0; u < n_users; u++) {
        for (int64_t p = 0; p < n; p++)
            if (users[p] == u) {
                sorted_items[filled] = items[p];
                sorted[filled++] = ratings[p];
            }
        start[u + 1] = filled;
    }
    return rec_ratings_from_csr(out, n_users, n_items, start, sorted_items, sorted);
}

static inline rec_status make_training(rec_ratings **out)
{
    return store_of(out, USERS, ITEMS, TRAINING_PAIRS, training_users, training_items, training_ratings);
}

static inline rec_status make_test(rec_ratings **out)
{
    return store_of(out, MORE_USERS, MORE_ITEMS, TEST_PAIRS, test_users, test_items, test_ratings);
}

/* The same pairs under text ids, shuffled: rows differ from the model's. */
static inline rec_status make_named_test(rec_ratings **out)
{
    rec_ratings_builder *builder = NULL;
    rec_status status = rec_ratings_builder_create(&builder, NULL);
    for (int64_t p = 0; status == REC_OK && p < TEST_PAIRS; p++) {
        char user[16], item[16];
        snprintf(user, sizeof user, "%d", test_users[p]);
        snprintf(item, sizeof item, "%d", test_items[p]);
        status = rec_ratings_builder_add(builder, user, item, test_ratings[p], REC_NO_TIME);
    }
    if (status == REC_OK)
        status = rec_ratings_builder_finish(builder, out);
    rec_ratings_builder_free(builder);
    return status;
}

#endif
