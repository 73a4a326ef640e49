/* SPDX-License-Identifier: Apache-2.0 */
/* The public face of the model: parameters, inputs, what it holds. */
#include <librec/model.h>

#include "api/sized.h"
#include "base/status.h"
#include "model/add_items.h"
#include "model/update.h"

rec_status rec_model_set(rec_model *model, const char *parameter, double value)
{
    if (model == NULL || parameter == NULL)
        return rec__fail_null(model == NULL ? "model" : "parameter");
    int32_t index = rec__parameter_find(model->backend, parameter);
    if (index < 0)
        return REC_ERR_NOT_FOUND;
    rec_status status = rec__parameter_check(rec__parameter_at(model->backend, index), value);
    if (status == REC_OK)
        model->parameters[index] = value;
    return status;
}

rec_status rec_model_set_text(rec_model *model, const char *parameter, const char *value)
{
    if (model == NULL || parameter == NULL || value == NULL)
        return rec__fail_null(model == NULL ? "model" : parameter == NULL ? "parameter" : "value");
    int32_t index = rec__parameter_find(model->backend, parameter);
    return index < 0 ? REC_ERR_NOT_FOUND
                     : rec__parameter_parse(rec__parameter_at(model->backend, index), value,
                                            &model->parameters[index]);
}

rec_status rec_model_get(const rec_model *model, const char *parameter, double *value)
{
    if (model == NULL || parameter == NULL || value == NULL)
        return rec__fail_null(model == NULL ? "model" : parameter == NULL ? "parameter" : "value");
    int32_t index = rec__parameter_find(model->backend, parameter);
    if (index < 0)
        return REC_ERR_NOT_FOUND;
    *value = model->parameters[index];
    return REC_OK;
}

rec_status rec_model_set_item_features(rec_model *model, const rec_features *features)
{
    if (model == NULL)
        return rec__fail_null("model");
    rec_features *kept = features == NULL ? NULL : rec_features_retain(features);
    rec_features_free(model->item_features);
    model->item_features = kept;
    return REC_OK;
}

rec_status rec_model_set_item_text(rec_model *model, const rec_text *text)
{
    if (model == NULL)
        return rec__fail_null("model");
    rec_status status = text == NULL ? REC_OK : rec__text_check_fitted(text);
    if (status != REC_OK)
        return status;
    rec_text *kept = text == NULL ? NULL : rec_text_retain(text);
    rec_text_free(model->item_text);
    model->item_text = kept;
    return REC_OK;
}

const rec_text *rec_model_item_text(const rec_model *model)
{
    return model->result == NULL ? NULL : model->result->item_text;
}

rec_status rec_model_set_user_features(rec_model *model, const rec_features *features)
{
    if (model == NULL)
        return rec__fail_null("model");
    rec_features *kept = features == NULL ? NULL : rec_features_retain(features);
    rec_features_free(model->user_features);
    model->user_features = kept;
    return REC_OK;
}

rec_status rec_model_set_implicit(rec_model *model, const rec_ratings *implicit)
{
    if (model == NULL)
        return rec__fail_null("model");
    rec_ratings *kept = implicit == NULL ? NULL : rec_ratings_retain(implicit);
    rec_ratings_free(model->implicit);
    model->implicit = kept;
    return REC_OK;
}

rec_status rec_model_set_weights(rec_model *model, const rec_ratings *weights)
{
    if (model == NULL)
        return rec__fail_null("model");
    rec_ratings *kept = weights == NULL ? NULL : rec_ratings_retain(weights);
    rec_ratings_free(model->weights);
    model->weights = kept;
    return REC_OK;
}

rec_status rec_model_start_from(rec_model *model, const rec_model *fitted)
{
    if (model == NULL)
        return rec__fail_null("model");
    rec_status status = fitted == NULL ? REC_OK : rec__model_check_fitted(fitted);
    if (status != REC_OK)
        return status;
    if (fitted != NULL && fitted->backend != model->backend)
        return rec__fail(REC_ERR_INVALID, "the model to start from is of \"%s\"; one of \"%s\" was expected",
                         fitted->backend->name, model->backend->name);
    if (fitted != NULL && (model->backend->traits & REC_CAN_START) == 0)
        return rec__fail(REC_ERR_UNSUPPORTED, "\"%s\" cannot start from a fitted model",
                         model->backend->name);
    /* A model that goes on from itself must not keep itself alive. */
    rec_model *kept =
        fitted == NULL || fitted == model ? (rec_model *)(uintptr_t)fitted : rec_model_retain(fitted);
    if (model->start != model)
        rec_model_free(model->start);
    model->start = kept;
    return REC_OK;
}

rec_status rec_model_set_validation(rec_model *model, const rec_ratings *validation)
{
    if (model == NULL)
        return rec__fail_null("model");
    rec_ratings *kept = validation == NULL ? NULL : rec_ratings_retain(validation);
    rec_ratings_free(model->validation);
    model->validation = kept;
    return REC_OK;
}

void rec_model_set_progress(rec_model *model, rec_progress_function function, void *context)
{
    model->progress = function;
    model->progress_context = context;
}

rec_status rec_model_add_items(rec_model **out, const rec_model *model, const rec_features *features)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    rec_status status = rec__model_check_fitted(model);
    if (status == REC_OK && features == NULL)
        status = rec__fail_null("features");
    return status == REC_OK ? rec__add_items(out, model, features) : status;
}

static rec_status update(rec_model **out, const rec_model *model, const rec_ratings *ratings,
                         enum rec__side side)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    rec_status status = rec__model_check_fitted(model);
    if (status == REC_OK && ratings == NULL)
        status = rec__fail_null("ratings");
    return status == REC_OK ? rec__update(out, model, ratings, side) : status;
}

rec_status rec_model_update_users(rec_model **out, const rec_model *model, const rec_ratings *ratings)
{
    return update(out, model, ratings, REC_SIDE_USERS);
}

rec_status rec_model_update_items(rec_model **out, const rec_model *model, const rec_ratings *ratings)
{
    return update(out, model, ratings, REC_SIDE_ITEMS);
}

const char *rec_model_algorithm(const rec_model *model)
{
    return model->backend->name;
}

int rec_model_fitted(const rec_model *model)
{
    return model->result != NULL;
}

int32_t rec_model_users(const rec_model *model)
{
    return model->result == NULL ? 0 : model->result->fitted.n_users;
}

int32_t rec_model_items(const rec_model *model)
{
    return model->result == NULL ? 0 : model->result->fitted.n_items;
}

const rec_ids *rec_model_user_ids(const rec_model *model)
{
    return model->result == NULL ? NULL : model->result->users;
}

const rec_ids *rec_model_item_ids(const rec_model *model)
{
    return model->result == NULL ? NULL : model->result->items;
}

int32_t rec_model_features(const rec_model *model)
{
    return model->result == NULL ? 0 : model->result->fitted.n_features;
}

const rec_ids *rec_model_feature_names(const rec_model *model)
{
    return model->result == NULL ? NULL : model->result->feature_names;
}

const rec_ids *rec_model_user_feature_names(const rec_model *model)
{
    return model->result == NULL ? NULL : model->result->user_names;
}

const rec_ratings *rec_model_ratings(const rec_model *model)
{
    return model->result == NULL ? NULL : model->result->ratings;
}

rec_status rec_model_loss(const rec_model *model, const double **training, const double **validation,
                          int64_t *n)
{
    rec_status status = rec__model_check_fitted(model);
    if (status != REC_OK)
        return status;
    if (training == NULL || validation == NULL || n == NULL)
        return rec__fail_null(training == NULL ? "training" : validation == NULL ? "validation" : "n");
    *training = model->result->loss;
    *validation = model->result->validation_loss;
    *n = model->result->epochs;
    return REC_OK;
}

int32_t rec_model_array_count(const rec_model *model)
{
    return model->result == NULL ? 0 : model->result->arrays.count;
}

rec_status rec_model_array_at(const rec_model *model, int32_t index, rec_array *array)
{
    rec_status status = rec__model_check_fitted(model);
    if (status != REC_OK)
        return status;
    if (array == NULL)
        return rec__fail_null("array");
    const struct rec__arrays *arrays = &model->result->arrays;
    if (index < 0 || index >= arrays->count)
        return rec__fail(REC_ERR_RANGE, "index is %d; 0 to %d was expected", index, arrays->count - 1);
    return rec__fill_sized(array, &arrays->entries[index], sizeof *array, "array");
}

rec_status rec_model_array_find(const rec_model *model, const char *name, rec_array *array)
{
    rec_status status = rec__model_check_fitted(model);
    if (status != REC_OK)
        return status;
    if (name == NULL || array == NULL)
        return rec__fail_null(name == NULL ? "name" : "array");
    const rec_array *found = rec__arrays_find(&model->result->arrays, name);
    if (found == NULL)
        return rec__fail(REC_ERR_NOT_FOUND, "array \"%s\" is not one of this \"%s\" model", name,
                         model->backend->name);
    return rec__fill_sized(array, found, sizeof *array, "array");
}
