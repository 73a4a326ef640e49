/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a model: create, set, retain, free. Fitting is in fit.c, files in model_file.c, questions in
 * rank.c. */
#include "model/model.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

#include <string.h>

rec_status rec__model_make(rec_model **out, const struct rec_backend *backend)
{
    rec_model *model = rec__allocate_zeroed(1, sizeof *model);
    if (model == NULL)
        return REC_ERR_NO_MEMORY;
    atomic_init(&model->references, 1);
    model->backend = backend;
    for (int32_t i = 0; i < rec__parameter_count(backend); i++)
        model->parameters[i] = rec__parameter_at(backend, i)->initial;
    *out = model;
    return REC_OK;
}

rec_status rec_model_create(rec_model **out, const char *algorithm)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (algorithm == NULL)
        return rec__fail_null("algorithm");
    const struct rec_backend *backend = rec__backend_find(algorithm);
    return backend == NULL ? REC_ERR_NOT_FOUND : rec__model_make(out, backend);
}

rec_status rec__model_clone(rec_model **out, const rec_model *model)
{
    rec_status status = rec__model_make(out, model->backend);
    if (status != REC_OK)
        return status;
    memcpy((*out)->parameters, model->parameters, sizeof model->parameters);
    if (model->user_features != NULL)
        (*out)->user_features = rec_features_retain(model->user_features);
    if (model->item_features != NULL)
        (*out)->item_features = rec_features_retain(model->item_features);
    if (model->item_text != NULL)
        (*out)->item_text = rec_text_retain(model->item_text);
    if (model->validation != NULL)
        (*out)->validation = rec_ratings_retain(model->validation);
    if (model->implicit != NULL)
        (*out)->implicit = rec_ratings_retain(model->implicit);
    if (model->weights != NULL)
        (*out)->weights = rec_ratings_retain(model->weights);
    if (model->contexts != NULL)
        (*out)->contexts = rec_contexts_retain(model->contexts);
    if (model->start != NULL)
        (*out)->start = rec_model_retain(model->start);
    return REC_OK;
}

rec_model *rec_model_retain(const rec_model *model)
{
    rec_model *shared = (rec_model *)(uintptr_t)model;
    atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return shared;
}

void rec_model_free(rec_model *model)
{
    if (model == NULL || atomic_fetch_sub_explicit(&model->references, 1, memory_order_acq_rel) != 1)
        return;
    rec_features_free(model->user_features);
    rec_features_free(model->item_features);
    rec_text_free(model->item_text);
    rec_ratings_free(model->validation);
    rec_ratings_free(model->implicit);
    rec_ratings_free(model->weights);
    rec_contexts_free(model->contexts);
    if (model->start != model)
        rec_model_free(model->start);
    rec__result_free(model->result);
    rec__release(model);
}

rec_status rec__result_create(struct rec__result **out, const struct rec_backend *backend,
                              const double *parameters)
{
    struct rec__result *result = rec__allocate_zeroed(1, sizeof *result);
    if (result == NULL)
        return REC_ERR_NO_MEMORY;
    memcpy(result->parameters, parameters, sizeof result->parameters);
    result->fitted = (struct rec__fitted){.backend = backend,
                                          .scorer = backend->scorer,
                                          .parameters = result->parameters,
                                          .arrays = &result->arrays};
    *out = result;
    return REC_OK;
}

static void free_blend(struct rec__blend *blend)
{
    if (blend == NULL)
        return;
    for (int32_t m = 0; blend->members != NULL && m < blend->n; m++)
        rec_model_free(blend->members[m]);
    rec__release(blend->members);
    rec__release(blend);
}

void rec__result_free(struct rec__result *result)
{
    if (result == NULL)
        return;
    rec__arrays_clear(&result->arrays);
    rec_ids_free(result->users);
    rec_ids_free(result->items);
    rec_ids_free(result->feature_names);
    rec_text_free(result->item_text);
    rec_ids_free(result->user_names);
    rec_ids_free(result->context_names);
    rec_ratings_free(result->ratings);
    rec__container_free(result->container);
    free_blend(result->blend);
    rec__release(result->loss);
    rec__release(result->validation_loss);
    rec__release(result);
}

rec_status rec__model_check_fitted(const rec_model *model)
{
    if (model == NULL)
        return rec__fail_null("model");
    if (model->result == NULL)
        return rec__fail(REC_ERR_NOT_FITTED,
                         "the \"%s\" model is not fitted; rec_fit or rec_model_open was expected first",
                         model->backend->name);
    return REC_OK;
}

static double common_parameter(const rec_model *model, int32_t which)
{
    return model->parameters[model->backend->n_parameters + which];
}

int32_t rec__model_threads(const rec_model *model)
{
    return rec__threads((int32_t)common_parameter(model, REC_COMMON_THREADS));
}

uint64_t rec__model_seed(const rec_model *model)
{
    return (uint64_t)common_parameter(model, REC_COMMON_SEED);
}

double rec__model_half_life(const rec_model *model)
{
    return 86400.0 * common_parameter(model, REC_COMMON_HALF_LIFE);
}

double rec__model_fit_seconds(const rec_model *model)
{
    return model->result == NULL ? 0.0 : model->result->fit_seconds;
}
