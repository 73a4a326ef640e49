/* SPDX-License-Identifier: Apache-2.0 */
/* The public face of prediction, ranking, similarity and explanation. */
#include <librec/model.h>

#include "base/memory.h"
#include "base/status.h"
#include "model/contexts.h"
#include "model/new_item.h"
#include "model/rank.h"

#include <math.h>

static rec_status check_call(const rec_model *model, const char *first_name, const void *first,
                             const char *second_name, const void *second)
{
    rec_status status = rec__model_check_fitted(model);
    if (status == REC_OK && first == NULL)
        status = rec__fail_null(first_name);
    if (status == REC_OK && second == NULL)
        status = rec__fail_null(second_name);
    return status;
}

/* rec_score knows new users; a prediction is of a user that the model has. */
static rec_status check_user(const rec_model *model, int32_t user)
{
    if (user >= 0 && user < rec_model_users(model))
        return REC_OK;
    return rec__fail(REC_ERR_RANGE, "user is %d; a row from 0 to %d was expected", user,
                     rec_model_users(model) - 1);
}

rec_status rec_predict(const rec_model *model, int32_t user, int32_t item, float *rating)
{
    rec_status status = check_call(model, "rating", rating, "model", model);
    if (status == REC_OK)
        status = check_user(model, user);
    return status == REC_OK
               ? rec__score_items(model, user, NULL, &(struct rec__asked){.items = &item, .n = 1}, rating)
               : status;
}

rec_status rec_predict_deviation(const rec_model *model, int32_t user, int32_t item, float *deviation)
{
    rec_status status = check_call(model, "deviation", deviation, "model", model);
    if (status == REC_OK)
        status = check_user(model, user);
    if (status == REC_OK)
        status = rec__check_item(model, item);
    if (status != REC_OK)
        return status;
    const struct rec__fitted *fitted = &model->result->fitted;
    if (fitted->backend->deviation == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED, "\"%s\" does not say how far ratings lie from its predictions",
                         fitted->backend->name);
    double found = fitted->backend->deviation(fitted, user, item);
    if (!isfinite(found))
        return rec__fail(REC_ERR_CORRUPT,
                         "the deviation of user %d and item %d is not finite: the model is damaged", user,
                         item);
    *deviation = (float)found;
    return REC_OK;
}

static rec_status check_pairs(const rec_model *model, const int32_t *users, const int32_t *items, int64_t n,
                              const float *ratings)
{
    rec_status status = check_call(model, "users", users, "items", items);
    if (status == REC_OK && ratings == NULL)
        status = rec__fail_null("ratings");
    if (status == REC_OK && n < 0)
        status = rec__fail(REC_ERR_INVALID, "n is %lld; a count was expected", (long long)n);
    for (int64_t i = 0; status == REC_OK && i < n; i++) {
        status = check_user(model, users[i]);
        if (status == REC_OK)
            status = rec__check_item(model, items[i]);
        if (status != REC_OK)
            return rec__fail_within(status, "pair %lld: ", (long long)i);
    }
    return status;
}

/* Pairs, each at its own time and in its own context, where these are given. */
static rec_status predict_pairs(const rec_model *model, const int32_t *users, const struct rec__asked *asked,
                                float *ratings)
{
    rec_status status = check_pairs(model, users, asked->items, asked->n, ratings);
    rec_query query = REC_QUERY_INIT;
    rec_workspace workspace = {0};
    query.workspace = &workspace;
    /* A user is made ready once for all the pairs that follow each other. */
    for (int64_t i = 0, run = 0; status == REC_OK && i < asked->n; i += run) {
        for (run = 1; i + run < asked->n && users[i + run] == users[i];)
            run++;
        struct rec__asked part = {asked->items + i,
                                  asked->times == NULL ? NULL : asked->times + i,
                                  run,
                                  asked->given == NULL ? NULL : asked->given + i * asked->n_given,
                                  asked->n_given,
                                  NULL};
        status = rec__score_items(model, users[i], &query, &part, ratings + i);
    }
    rec__scratch_clear(&workspace);
    return status;
}

rec_status rec_predict_batch(const rec_model *model, const int32_t *users, const int32_t *items, int64_t n,
                             float *ratings)
{
    return predict_pairs(model, users, &(struct rec__asked){.items = items, .n = n}, ratings);
}

rec_status rec_predict_batch_at(const rec_model *model, const int32_t *users, const int32_t *items,
                                const int64_t *times, int64_t n, float *ratings)
{
    struct rec__asked asked = {.items = items, .times = times, .n = n};
    return times == NULL ? rec__fail_null("times") : predict_pairs(model, users, &asked, ratings);
}

rec_status rec_predict_batch_in(const rec_model *model, const int32_t *users, const int32_t *items,
                                const int64_t *times, const rec_contexts *contexts, int64_t n, float *ratings)
{
    struct rec__given given = {0};
    rec_status status =
        contexts == NULL ? rec__fail_null("contexts") : check_pairs(model, users, items, n, ratings);
    if (status == REC_OK)
        status = rec__given_of_pairs(&given, model, contexts, users, items, n);
    struct rec__asked asked = {items, times, n, given.rows, given.width, NULL};
    if (status == REC_OK)
        status = predict_pairs(model, users, &asked, ratings);
    rec__release(given.rows);
    return status;
}

rec_status rec_score_new_item(const rec_model *model, const int32_t *raters, const float *ratings, int64_t n,
                              const int32_t *users, int64_t n_users, float *scores)
{
    rec_status status = rec__model_check_fitted(model);
    if (status == REC_OK && (n < 0 || n_users < 0))
        status = rec__fail(REC_ERR_INVALID, "%s is %lld; a count was expected", n < 0 ? "n" : "n_users",
                           (long long)(n < 0 ? n : n_users));
    if (status == REC_OK && n > 0 && (raters == NULL || ratings == NULL))
        status = rec__fail_null(raters == NULL ? "raters" : "ratings");
    if (status == REC_OK && n_users > 0 && (users == NULL || scores == NULL))
        status = rec__fail_null(users == NULL ? "users" : "scores");
    struct rec__new_item item = {raters, ratings, n};
    return status == REC_OK ? rec__score_new_item(model, &item, users, n_users, scores) : status;
}

int32_t rec_model_factors(const rec_model *model)
{
    return rec_model_fitted(model) && model->result->fitted.scorer == REC_SCORER_DOT
               ? model->result->bound.factors
               : 0;
}

static rec_status check_vectors(const rec_model *model, const float *vector)
{
    rec_status status = rec__model_check_fitted(model);
    if (status == REC_OK && vector == NULL)
        status = rec__fail_null("vector");
    if (status == REC_OK && model->result->fitted.scorer != REC_SCORER_DOT)
        status = rec__fail(REC_ERR_UNSUPPORTED, "\"%s\" has no vectors: its scores are no inner products",
                           rec_model_algorithm(model));
    return status;
}

rec_status rec_user_vector(const rec_model *model, int32_t user, const rec_query *query, float *vector,
                           float *bias)
{
    rec_status status = check_vectors(model, vector);
    return status == REC_OK ? rec__user_vector(model, user, query, vector, bias) : status;
}

rec_status rec_new_item_vector(const rec_model *model, const int32_t *raters, const float *ratings, int64_t n,
                               float *vector, float *bias)
{
    rec_status status = check_vectors(model, vector);
    if (status == REC_OK && n < 0)
        status = rec__fail(REC_ERR_INVALID, "n is %lld; a count was expected", (long long)n);
    if (status == REC_OK && n > 0 && (raters == NULL || ratings == NULL))
        status = rec__fail_null(raters == NULL ? "raters" : "ratings");
    struct rec__new_item item = {raters, ratings, n};
    return status == REC_OK ? rec__new_item_vector(model, &item, vector, bias) : status;
}

rec_status rec_topk(const rec_model *model, int32_t user, const rec_query *query, int32_t k, int32_t *items,
                    float *scores, int32_t *n)
{
    rec_status status = check_call(model, "items", items, "n", n);
    return status == REC_OK ? rec__rank(model, user, query, k, items, scores, n) : status;
}

rec_status rec_topk_batch(const rec_model *model, const int32_t *users, int64_t n_users,
                          const rec_query *query, int32_t k, int32_t *items, float *scores, int32_t *counts)
{
    rec_status status = check_call(model, "items", items, "counts", counts);
    if (status == REC_OK && users == NULL && n_users > rec_model_users(model))
        status = rec__fail(REC_ERR_RANGE, "n_users is %lld; at most %d was expected", (long long)n_users,
                           rec_model_users(model));
    struct rec__askers askers = {.users = users, .n = n_users};
    struct rec__answers answers = {k, items, scores, counts, NULL};
    return status == REC_OK ? rec__rank_batch(model, &askers, query, &answers) : status;
}

rec_status rec_score(const rec_model *model, int32_t user, const rec_query *query, const int32_t *items,
                     int64_t n, float *scores)
{
    rec_status status = check_call(model, "items", items, "scores", scores);
    return status == REC_OK
               ? rec__score_items(model, user, query, &(struct rec__asked){.items = items, .n = n}, scores)
               : status;
}

rec_status rec_similar_items(const rec_model *model, int32_t item, int32_t k, int32_t *items, float *scores,
                             int32_t *n)
{
    rec_status status = check_call(model, "items", items, "n", n);
    return status == REC_OK ? rec__similar(model, false, item, k, items, scores, n) : status;
}

rec_status rec_similar_users(const rec_model *model, int32_t user, int32_t k, int32_t *users, float *scores,
                             int32_t *n)
{
    rec_status status = check_call(model, "users", users, "n", n);
    return status == REC_OK ? rec__similar(model, true, user, k, users, scores, n) : status;
}

rec_status rec_explain(const rec_model *model, int32_t user, int32_t item, int32_t k, int32_t *because,
                       float *contributions, int32_t *n)
{
    rec_status status = check_call(model, "because", because, "n", n);
    if (status == REC_OK)
        status = check_user(model, user);
    struct rec__answers answers = {k, because, contributions, n, NULL};
    return status == REC_OK ? rec__explain(model, user, NULL, item, &answers) : status;
}

rec_status rec_explain_query(const rec_model *model, int32_t user, const rec_query *query, int32_t item,
                             int32_t k, int32_t *because, float *contributions, int32_t *n)
{
    rec_status status = check_call(model, "because", because, "n", n);
    struct rec__answers answers = {k, because, contributions, n, NULL};
    return status == REC_OK ? rec__explain(model, user, query, item, &answers) : status;
}

rec_status rec_explain_features(const rec_model *model, int32_t user, const rec_query *query, int32_t item,
                                int32_t because, int32_t k, int32_t *features, float *contributions,
                                int32_t *n)
{
    rec_status status = check_call(model, "features", features, "n", n);
    struct rec__answers answers = {k, features, contributions, n, NULL};
    return status == REC_OK ? rec__explain_features(model, user, query, item, because, &answers) : status;
}

rec_status rec_workspace_create(rec_workspace **out)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = rec__allocate_zeroed(1, sizeof **out);
    return *out == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

void rec_workspace_free(rec_workspace *workspace)
{
    if (workspace == NULL)
        return;
    rec__scratch_clear(workspace);
    rec__release(workspace);
}
