/* SPDX-License-Identifier: Apache-2.0 */
/* Contents by kind of file. Opening has checked the structure, so that only what lies in the arrays is left.
 */
#include "api/verify.h"
#include "base/status.h"
#include "store/features.h"
#include "store/ratings.h"
#include "text/vectorizer.h"

#include <string.h>

/* The checks of the store speak of arrays; the file is ours to name. */
static rec_status name_file(rec_status status, const struct rec__container *container)
{
    return status == REC_OK ? status : rec__fail_within(status, "%s: ", rec__container_path(container));
}

static rec_status check_ids(struct rec__container *container, const char *prefix, rec_ids **ids)
{
    rec_status status = rec__ids_unpack(ids, container, prefix);
    return status == REC_OK ? name_file(rec__ids_check(*ids, prefix), container) : status;
}

static rec_status check_ratings(struct rec__container *container, const rec_ids *users, const rec_ids *items)
{
    rec_ratings *ratings = NULL;
    rec_status status = rec__ratings_unpack(&ratings, container, "ratings", users, items);
    if (status == REC_OK)
        status = name_file(rec__ratings_check(ratings, "ratings"), container);
    rec_ratings_free(ratings);
    return status;
}

static rec_status verify_ratings(struct rec__container *container, bool required)
{
    rec_ids *users = NULL, *items = NULL;
    rec_status status = check_ids(container, "users", &users);
    if (status == REC_OK)
        status = check_ids(container, "items", &items);
    if (status == REC_OK && (required || rec__container_find(container, "ratings.user_start") != NULL))
        status = check_ratings(container, users, items);
    rec_ids_free(users);
    rec_ids_free(items);
    return status;
}

static rec_status verify_features(struct rec__container *container)
{
    rec_features *features = NULL;
    rec_status status = rec__features_unpack(&features, container);
    if (status == REC_OK)
        status = name_file(rec__ids_check(features->ids, "ids"), container);
    if (status == REC_OK && features->names != NULL)
        status = name_file(rec__ids_check(features->names, "names"), container);
    if (status == REC_OK)
        status = name_file(rec__features_check(features), container);
    rec_features_free(features);
    return status;
}

static rec_status fail_index(const rec_array *array, int64_t index, int64_t value, int64_t least,
                             int64_t greatest)
{
    return rec__fail(REC_ERR_CORRUPT, "%s[%lld] is %lld; %lld to %lld was expected", array->name,
                     (long long)index, (long long)value, (long long)least, (long long)greatest);
}

static rec_status check_starts(const rec_array *start, int64_t n_edges)
{
    const int64_t *starts = start->data;
    for (int64_t i = 0; i < start->rows; i++) {
        int64_t least = i == 0 ? 0 : starts[i - 1], greatest = i == 0 ? 0 : n_edges;
        if (starts[i] < least || starts[i] > greatest)
            return fail_index(start, i, starts[i], least, greatest);
    }
    return REC_OK;
}

/* A sparse matrix of the item graph, or nothing; opening the model has checked its types and lengths. */
static rec_status check_matrix(const rec_array *start, const rec_array *columns, int64_t n_columns)
{
    if (start == NULL || columns == NULL || start->type != REC_I64 || columns->type != REC_I32)
        return REC_OK;
    rec_status status = check_starts(start, columns->rows);
    const int32_t *column = columns->data;
    for (int64_t i = 0; status == REC_OK && i < columns->rows; i++)
        if (column[i] < 0 || column[i] >= n_columns)
            status = fail_index(columns, i, column[i], 0, n_columns - 1);
    return status;
}

/* Opening has made sure that the rows of the graph are those of its scorer: as many columns, but for paths through a middle. */
static rec_status check_graph(const struct rec__container *container, int64_t items)
{
    const rec_array *back = rec__container_find(container, "back_start");
    const rec_array *start = rec__container_find(container, "graph_start");
    int64_t columns = back != NULL ? back->rows - 1 : start != NULL ? start->rows - 1 : 0;
    rec_status status = check_matrix(start, rec__container_find(container, "graph_columns"), columns);
    if (status == REC_OK)
        status = check_matrix(back, rec__container_find(container, "back_columns"), items);
    return name_file(status, container);
}

/* A model of an algorithm that this library lacks is not a damaged one. */
static rec_status verify_model(struct rec__container *container)
{
    rec_model *model = NULL;
    rec_status status = verify_ratings(container, false);
    if (status != REC_OK)
        return status;
    status = rec_model_open(&model, rec__container_path(container));
    if (status == REC_ERR_NOT_FOUND)
        return REC_OK;
    if (status == REC_OK && rec_model_item_text(model) != NULL)
        status = rec__text_check(rec_model_item_text(model));
    if (status == REC_OK)
        status = check_graph(container, rec_model_items(model));
    rec_model_free(model);
    return status;
}

rec_status rec__verify_contents(struct rec__container *container)
{
    const char *kind = rec__container_kind(container);
    if (strcmp(kind, "model") == 0)
        return verify_model(container);
    if (strcmp(kind, "ratings") == 0)
        return verify_ratings(container, true);
    return strcmp(kind, "features") == 0 ? verify_features(container) : REC_OK;
}
