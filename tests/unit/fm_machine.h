/* SPDX-License-Identifier: Apache-2.0 */
/* Machines that tests/reference/fm.py knows, fitted and compared with it. */
#ifndef FM_MACHINE_H
#define FM_MACHINE_H

#include "fm_given.h"

#include <librec/model.h>

#include <math.h>
#include <stdbool.h>

/* Users' rows are in the order of the pairs, and items' too, for the first user has rated all. 1 January 1970 was day 3 of its week. */
static inline rec_ratings *ratings_of(const double *values)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    EXPECT_OK(rec_ratings_builder_create(&builder, NULL));
    for (int e = 0; e < FM_RATINGS; e++)
        EXPECT_OK(rec_ratings_builder_add_ids(builder, fm_pairs[2 * e], fm_pairs[2 * e + 1], (float)values[e],
                                              ((int64_t)fm_days[e] + 4) * 86400 + e));
    EXPECT_OK(rec_ratings_builder_finish(builder, &ratings));
    rec_ratings_builder_free(builder);
    return ratings;
}

struct machine {
    const char *solver, *interactions, *scaling;
    bool weighted, days;
    const double *expected;
    const double *lambdas; /* of vectors, weights and features; NULL: those of the plain machines */
    bool aware, kinds_alone;
};

static inline struct machine machine_of(const char *solver, const char *interactions, const char *scaling,
                                        bool weighted, bool days, const double *expected)
{
    return (struct machine){.solver = solver,
                            .interactions = interactions,
                            .scaling = scaling,
                            .weighted = weighted,
                            .days = days,
                            .expected = expected};
}

static inline rec_model *make(const struct machine *m, int threads)
{
    static const double plain[] = {FM_LAMBDA, FM_BIAS_LAMBDA, FM_FEATURE_LAMBDA};
    const double *lambdas = m->lambdas == NULL ? plain : m->lambdas;
    rec_model *model = NULL;
    EXPECT_OK(rec_model_create(&model, "fm"));
    EXPECT_OK(rec_model_set(model, "factors", FM_FACTORS));
    EXPECT_OK(rec_model_set(model, "threads", threads));
    EXPECT_OK(rec_model_set(model, "regularization", lambdas[0]));
    EXPECT_OK(rec_model_set(model, "bias_regularization", lambdas[1]));
    EXPECT_OK(rec_model_set(model, "feature_regularization", lambdas[2]));
    EXPECT_OK(rec_model_set(model, "field_aware", m->aware));
    EXPECT_OK(rec_model_set(model, "user_identity", !m->kinds_alone));
    EXPECT_OK(rec_model_set(model, "item_identity", !m->kinds_alone));
    EXPECT_OK(rec_model_set_text(model, "solver", m->solver));
    EXPECT_OK(rec_model_set_text(model, "interactions", m->interactions));
    EXPECT_OK(rec_model_set_text(model, "scaling", m->scaling));
    EXPECT_OK(rec_model_set_text(model, "feature_scale", "given"));
    EXPECT_OK(rec_model_set(model, "weekday", m->days));
    if (!m->days) {
        rec_features *users = features_of(FM_USERS, FM_USER_KINDS, fm_user_features),
                     *items = features_of(FM_ITEMS, FM_ITEM_KINDS, fm_item_features);
        EXPECT_OK(rec_model_set_user_features(model, users));
        EXPECT_OK(rec_model_set_item_features(model, items));
        rec_features_free(users);
        rec_features_free(items);
    }
    return model;
}

static inline void fit(rec_model *model, const struct machine *m)
{
    rec_ratings *ratings = m->days ? ratings_of(fm_ratings) : plain_ratings(fm_ratings);
    if (m->weighted) {
        rec_ratings *weights = plain_ratings(fm_weights);
        EXPECT_OK(rec_model_set_weights(model, weights));
        rec_ratings_free(weights);
    }
    EXPECT_OK(rec_fit(model, ratings));
    rec_ratings_free(ratings);
}

/* The furthest that a prediction lies from what is expected: of all pairs, or but for the rows that nobody has rated. */
static inline double furthest(const rec_model *model, const struct machine *m, int cold)
{
    double most = 0;
    for (int32_t u = 0; u < FM_USERS - !cold; u++)
        for (int32_t i = 0; i < FM_ITEMS - !cold; i++) {
            float predicted;
            EXPECT_OK(rec_predict(model, u, i, &predicted));
            most = fmax(most, fabs((double)predicted - m->expected[u * FM_ITEMS + i]));
        }
    return most;
}

/* The furthest that somebody with a user's ratings, and no features, is predicted from what the user is. */
static inline double furthest_folded_in(const rec_model *model)
{
    double most = 0;
    for (int32_t user = 0; user < FM_USERS - 1; user++) {
        rec_row row;
        rec_query query = REC_QUERY_INIT;
        int32_t all[FM_ITEMS - 1];
        float folded[FM_ITEMS - 1], stored[FM_ITEMS - 1];
        for (int32_t i = 0; i < FM_ITEMS - 1; i++)
            all[i] = i;
        EXPECT_OK(rec_ratings_user(rec_model_ratings(model), user, &row));
        query.history = row.others;
        query.history_ratings = row.ratings;
        query.n_history = row.n;
        EXPECT_OK(rec_score(model, REC_NEW_USER, &query, all, FM_ITEMS - 1, folded));
        EXPECT_OK(rec_score(model, user, NULL, all, FM_ITEMS - 1, stored));
        for (int32_t i = 0; i < FM_ITEMS - 1; i++)
            most = fmax(most, fabs((double)folded[i] - (double)stored[i]));
    }
    return most;
}

#endif
