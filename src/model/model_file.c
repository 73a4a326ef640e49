/* SPDX-License-Identifier: Apache-2.0 */
/* Models in container files: docs/container.md lists what stands where. */
#include "base/memory.h"
#include "base/status.h"
#include "model/model.h"

#include <stdio.h>
#include <string.h>

static rec_status pack_parameters(const struct rec__result *result, struct rec__pack *pack)
{
    const struct rec_backend *backend = result->fitted.backend;
    /* `threads` says how to compute, not what was learned. */
    int32_t n = backend->n_parameters + REC_COMMON_THREADS;
    rec_status status = REC_OK;
    for (int32_t i = 0; status == REC_OK && i < n; i++) {
        const struct rec__parameter *parameter = rec__parameter_at(backend, i);
        char key[96], value[64];
        snprintf(key, sizeof key, "parameter.%s", parameter->name);
        rec__parameter_format(parameter, result->parameters[i], value, sizeof value);
        status = rec__pack_text(pack, key, value);
    }
    return status;
}

static rec_status pack_losses(const struct rec__result *result, struct rec__pack *pack)
{
    rec_array loss = {.size = sizeof loss,
                      .name = "loss",
                      .data = result->loss,
                      .rows = result->epochs,
                      .columns = 1,
                      .type = REC_F64,
                      .dimensions = 1};
    rec_status status = result->epochs > 0 ? rec__pack_array(pack, "", &loss) : REC_OK;
    loss.name = "validation_loss";
    loss.data = result->validation_loss;
    if (status == REC_OK && result->epochs > 0 && result->validation_loss != NULL)
        status = rec__pack_array(pack, "", &loss);
    return status;
}

static rec_status pack_numbers(const struct rec__result *result, struct rec__pack *pack)
{
    rec_status status = rec__pack_text(pack, "algorithm", result->fitted.backend->name);
    if (status == REC_OK)
        status = rec__pack_text(pack, "scorer", rec__scorer_name(result->fitted.scorer));
    if (status == REC_OK)
        status = rec__pack_integer(pack, "users", result->fitted.n_users);
    if (status == REC_OK)
        status = rec__pack_integer(pack, "items", result->fitted.n_items);
    if (status == REC_OK)
        status = rec__pack_number(pack, "mean", result->mean);
    if (status == REC_OK)
        status = rec__pack_number(pack, "least", (double)result->least);
    if (status == REC_OK)
        status = rec__pack_number(pack, "greatest", (double)result->greatest);
    return status;
}

static rec_status pack_result(const struct rec__result *result, uint32_t flags, struct rec__pack *pack)
{
    rec_status status = pack_numbers(result, pack);
    if (status == REC_OK)
        status = pack_parameters(result, pack);
    if (status == REC_OK)
        status = pack_losses(result, pack);
    for (int32_t i = 0; status == REC_OK && i < result->arrays.count; i++)
        status = rec__pack_array(pack, "", &result->arrays.entries[i]);
    if (status == REC_OK)
        status = rec__ids_pack(result->users, pack, "users");
    if (status == REC_OK)
        status = rec__ids_pack(result->items, pack, "items");
    if (status == REC_OK && result->fitted.n_features > 0)
        status = rec__pack_integer(pack, "item_features", result->fitted.n_features);
    if (status == REC_OK && result->item_text != NULL)
        status = rec__text_pack(result->item_text, pack);
    if (status == REC_OK && result->feature_names != NULL)
        status = rec__ids_pack(result->feature_names, pack, "feature_names");
    if (status == REC_OK && result->user_names != NULL)
        status = rec__ids_pack(result->user_names, pack, "user_features");
    if (status == REC_OK && result->ratings != NULL && (flags & REC_SAVE_WITHOUT_RATINGS) == 0)
        status = rec__ratings_pack(result->ratings, pack, "ratings");
    return status;
}

rec_status rec_model_save_as(const rec_model *model, const char *path, uint32_t flags)
{
    rec_status status = rec__model_check_fitted(model);
    if (status != REC_OK)
        return status;
    if (path == NULL)
        return rec__fail_null("path");
    if ((flags & ~(uint32_t)REC_SAVE_WITHOUT_RATINGS) != 0)
        return rec__fail(REC_ERR_INVALID, "flags is 0x%x; REC_SAVE_ flags were expected", flags);
    if (flags != 0 && model->result->fitted.scorer == REC_SCORER_USER_GRAPH)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "\"%s\" scores from the ratings of other users, so its models cannot be saved "
                         "without their ratings",
                         model->backend->name);
    if (model->result->blend != NULL)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "a blend is not saved: its members and their weights are to be kept");
    struct rec__pack *pack = NULL;
    status = rec__pack_create(&pack, "model");
    if (status == REC_OK)
        status = pack_result(model->result, flags, pack);
    if (status == REC_OK)
        status = rec__pack_write(pack, path);
    rec__pack_free(pack);
    return status;
}

rec_status rec_model_save(const rec_model *model, const char *path)
{
    return rec_model_save_as(model, path, 0);
}

/* Parameters that the file lacks keep their defaults: they came later than the file. */
static rec_status read_parameters(rec_model *model, const struct rec__container *container)
{
    rec_status status = REC_OK;
    for (int32_t i = 0; status == REC_OK && i < rec__parameter_count(model->backend); i++) {
        const struct rec__parameter *parameter = rec__parameter_at(model->backend, i);
        char key[96];
        snprintf(key, sizeof key, "parameter.%s", parameter->name);
        const char *value = rec__container_text(container, key);
        if (value != NULL && rec__parameter_parse(parameter, value, &model->parameters[i]) != REC_OK)
            status = rec__fail_within(REC_ERR_CORRUPT, "%s: ", rec__container_path(container));
    }
    return status;
}

static rec_status read_scorer(struct rec__result *result, const struct rec__container *container)
{
    const char *name = rec__container_text(container, "scorer");
    for (int kind = REC_SCORER_TABLE; name != NULL && kind <= REC_SCORER_CLOSEST; kind++)
        if (strcmp(rec__scorer_name((enum rec__scorer_kind)kind), name) == 0) {
            result->fitted.scorer = (enum rec__scorer_kind)kind;
            return REC_OK;
        }
    return rec__fail(REC_ERR_CORRUPT,
                     "%s: scorer is \"%s\"; table, dot, item graph, user graph or closest was expected",
                     rec__container_path(container), name == NULL ? "" : name);
}

static rec_status read_numbers(struct rec__result *result, const struct rec__container *container)
{
    int64_t users = 0, items = 0;
    double least = 0.0, greatest = 0.0;
    rec_status status = rec__container_integer(container, "", "users", 0, INT32_MAX, &users);
    if (status == REC_OK)
        status = rec__container_integer(container, "", "items", 0, INT32_MAX, &items);
    if (status == REC_OK)
        status = rec__container_number(container, "", "mean", &result->mean);
    if (status == REC_OK)
        status = rec__container_number(container, "", "least", &least);
    if (status == REC_OK)
        status = rec__container_number(container, "", "greatest", &greatest);
    result->fitted.n_users = (int32_t)users;
    result->fitted.n_items = (int32_t)items;
    result->least = (float)least;
    result->greatest = (float)greatest;
    return status;
}

static double *copy_losses(const struct rec__container *container, const char *name, int64_t *n,
                           rec_status *status)
{
    const rec_array *array = rec__container_find(container, name);
    if (array == NULL || array->type != REC_F64 || array->dimensions != 1)
        return NULL;
    double *copy = rec__allocate(array->rows, sizeof *copy);
    if (copy == NULL) {
        *status = REC_ERR_NO_MEMORY;
        return NULL;
    }
    memcpy(copy, array->data, (size_t)array->rows * sizeof *copy);
    *n = array->rows;
    return copy;
}

static rec_status read_losses(struct rec__result *result, const struct rec__container *container)
{
    int64_t n = 0;
    rec_status status = REC_OK;
    result->loss = copy_losses(container, "loss", &result->epochs, &status);
    result->validation_loss = copy_losses(container, "validation_loss", &n, &status);
    if (status == REC_OK && result->validation_loss != NULL && n != result->epochs)
        status = rec__fail(REC_ERR_CORRUPT, "%s: validation_loss has %lld numbers; %lld were expected",
                           rec__container_path(container), (long long)n, (long long)result->epochs);
    return status;
}

/* Ids, ratings and losses are not fitted arrays; everything else in the file is. */
static bool is_fitted_array(const char *name)
{
    return strchr(name, '.') == NULL && strcmp(name, "loss") != 0 && strcmp(name, "validation_loss") != 0;
}

static rec_status take_arrays(struct rec__result *result, struct rec__container *container)
{
    for (int32_t i = 0; i < rec__container_array_count(container); i++) {
        const rec_array *array = rec__container_array_at(container, i);
        if (!is_fitted_array(array->name))
            continue;
        if (result->arrays.count == REC_ARRAYS_MOST)
            return rec__fail(REC_ERR_CORRUPT, "%s: more than %d fitted arrays",
                             rec__container_path(container), REC_ARRAYS_MOST);
        result->arrays.entries[result->arrays.count++] = *array;
    }
    return REC_OK;
}

static rec_status read_ids(struct rec__result *result, struct rec__container *container)
{
    rec_status status = rec__ids_unpack(&result->users, container, "users");
    if (status == REC_OK)
        status = rec__ids_unpack(&result->items, container, "items");
    if (status == REC_OK && (rec_ids_count(result->users) != result->fitted.n_users ||
                             rec_ids_count(result->items) != result->fitted.n_items))
        status =
            rec__fail(REC_ERR_CORRUPT, "%s: there are ids of %d users and %d items; %d and %d were expected",
                      rec__container_path(container), rec_ids_count(result->users),
                      rec_ids_count(result->items), result->fitted.n_users, result->fitted.n_items);
    if (status == REC_OK && rec__container_text(container, "user_features.kind") != NULL)
        status = rec__ids_unpack(&result->user_names, container, "user_features");
    if (status == REC_OK && rec__container_find(container, "ratings.user_start") != NULL)
        status = rec__ratings_unpack(&result->ratings, container, "ratings", result->users, result->items);
    return status;
}

/* What the columns of the item features were; files of older libraries do not tell. */
static rec_status read_features(struct rec__result *result, struct rec__container *container)
{
    int64_t n = 0;
    rec_status status = REC_OK;
    if (rec__container_text(container, "item_features") == NULL)
        return REC_OK;
    status = rec__container_integer(container, "", "item_features", 1, INT32_MAX, &n);
    result->fitted.n_features = (int32_t)n;
    if (status == REC_OK && rec__container_text(container, "feature_names.kind") != NULL)
        status = rec__ids_unpack(&result->feature_names, container, "feature_names");
    if (status == REC_OK && result->feature_names != NULL && rec_ids_count(result->feature_names) != n)
        status =
            rec__fail(REC_ERR_CORRUPT, "%s: there are %d feature_names; %lld were expected",
                      rec__container_path(container), rec_ids_count(result->feature_names), (long long)n);
    return status;
}

static rec_status read_result(struct rec__result *result, struct rec__container *container)
{
    result->container = rec__container_retain(container);
    rec_status status = read_scorer(result, container);
    if (status == REC_OK)
        status = read_numbers(result, container);
    if (status == REC_OK)
        status = read_ids(result, container);
    if (status == REC_OK)
        status = read_features(result, container);
    if (status == REC_OK)
        status = rec__text_unpack(&result->item_text, container);
    if (status == REC_OK)
        status = read_losses(result, container);
    if (status == REC_OK)
        status = take_arrays(result, container);
    if (status != REC_OK)
        return status;
    status = rec__result_bind(result);
    return status == REC_OK ? status : rec__fail_within(status, "%s: ", rec__container_path(container));
}

static rec_status open_container(rec_model **out, struct rec__container *container)
{
    const char *algorithm = rec__container_text(container, "algorithm");
    if (strcmp(rec__container_kind(container), "model") != 0)
        return rec__fail(REC_ERR_FORMAT, "%s holds %s; a model was expected", rec__container_path(container),
                         rec__container_kind(container));
    rec_status status = rec_model_create(out, algorithm == NULL ? "" : algorithm);
    if (status != REC_OK)
        return rec__fail_within(status, "%s: ", rec__container_path(container));
    status = read_parameters(*out, container);
    if (status == REC_OK)
        status = rec__result_create(&(*out)->result, (*out)->backend, (*out)->parameters);
    if (status == REC_OK)
        status = read_result((*out)->result, container);
    if (status != REC_OK) {
        rec_model_free(*out);
        *out = NULL;
    }
    return status;
}

rec_status rec_model_open(rec_model **out, const char *path)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (path == NULL)
        return rec__fail_null("path");
    struct rec__container *container = NULL;
    rec_status status = rec__container_open(&container, path);
    if (status == REC_OK)
        status = open_container(out, container);
    rec__container_free(container);
    return status;
}
