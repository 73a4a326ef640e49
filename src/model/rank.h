/* SPDX-License-Identifier: Apache-2.0 */
/* Ranking, scoring, similarity and explanation over any scorer. Arguments have been checked for NULL by
 * src/api. */
#ifndef REC_MODEL_RANK_H
#define REC_MODEL_RANK_H

#include "model/scorer.h"

rec_status rec__rank(const rec_model *model, int32_t user, const rec_query *query, int32_t k, int32_t *items,
                     float *scores, int32_t *n);

/** Where the answers of a batch go: k places a user. */
struct rec__answers {
    int32_t k;
    int32_t *items;
    float *scores; /* may be NULL */
    int32_t *counts;
    int32_t *rung; /* one a user; may be NULL */
};

/** Whom to rank for. */
struct rec__askers {
    const int32_t *users; /* NULL: rows 0..n-1; a row may be REC_NEW_USER */
    int64_t n;
    const rec_ratings *histories; /* in the model's item rows, to fold in; NULL: do not */
    const int32_t *rows;          /* of the histories */
    const int32_t *const *given;  /* of each, n_given rows of contexts, or NULL; NULL: as the query */
    int32_t n_given;
};

rec_status rec__rank_batch(const rec_model *model, const struct rec__askers *askers, const rec_query *query,
                           const struct rec__answers *answers);

/** REC_OK, or REC_ERR_RANGE for what is no row of the items. */
rec_status rec__check_item(const rec_model *model, int32_t item);

/** Items to score, and when. */
struct rec__asked {
    const int32_t *items;
    const int64_t *times; /* of each; REC_NO_TIME and NULL: that of the query */
    int64_t n;
    const int32_t *given; /* of each, n_given rows of contexts (contexts.h); NULL: those of the query */
    int32_t n_given;
    const float *factors; /* of all items of the model, for rec__score_sums; NULL: none */
};

rec_status rec__score_items(const rec_model *model, int32_t user, const rec_query *query,
                            const struct rec__asked *asked, float *scores);

/** The sums in double by which items are ranked, those of `asked` in the context that is told; they are reweighed by its factors. */
rec_status rec__score_sums(const rec_model *model, int32_t user, const struct rec__told *told,
                           const struct rec__asked *asked, rec_workspace *workspace, double *sums);

rec_status rec__similar(const rec_model *model, bool users, int32_t row, int32_t k, int32_t *rows,
                        float *scores, int32_t *n);

rec_status rec__explain(const rec_model *model, int32_t user, const rec_query *query, int32_t item,
                        const struct rec__answers *answers);
/** because: an item row of the history, or REC_WHOLE_HISTORY. */
rec_status rec__explain_features(const rec_model *model, int32_t user, const rec_query *query, int32_t item,
                                 int32_t because, const struct rec__answers *answers);

/** vector fills: bound.factors; bias may be NULL. Errors: as rec_user_vector. */
rec_status rec__user_vector(const rec_model *model, int32_t user, const rec_query *query, float *vector,
                            float *bias);

#endif
