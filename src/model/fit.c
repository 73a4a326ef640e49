/* SPDX-License-Identifier: Apache-2.0 */
/* Fitting: run the backend on what it reads, finish and check the arrays, and only then replace the old
 * result. */
#include "base/file.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "kernels/kernels.h"
#include "model/inputs.h"
#include "model/feature_map.h"
#include "model/ladder.h"
#include "base/sort.h"

#include <math.h>
#include <stdlib.h>

/* A fit under way: what rec__fit.report points to. */
struct run {
    rec_model *model;
    struct rec__result *result;
};

static rec_status keep_loss(struct rec__result *result, double loss, double validation)
{
    if (result->epochs == result->loss_capacity) {
        int64_t capacity = 2 * result->loss_capacity + 16;
        double *first = rec__reallocate(result->loss, capacity, sizeof *first);
        result->loss = first != NULL ? first : result->loss;
        double *second = rec__reallocate(result->validation_loss, capacity, sizeof *second);
        result->validation_loss = second != NULL ? second : result->validation_loss;
        if (first == NULL || second == NULL)
            return REC_ERR_NO_MEMORY;
        result->loss_capacity = capacity;
    }
    result->loss[result->epochs] = loss;
    result->validation_loss[result->epochs++] = validation;
    return REC_OK;
}

static rec_status tell(struct run *run, int64_t step, int64_t steps, double loss, double validation)
{
    rec_progress progress = {sizeof progress, "fit", step, steps, loss, validation};
    bool stop =
        run->model->progress != NULL && run->model->progress(run->model->progress_context, &progress) != 0;
    return stop ? rec__fail(REC_ERR_CANCELLED, "the fit was cancelled after epoch %lld of %lld",
                            (long long)step, (long long)steps)
                : REC_OK;
}

rec_status rec__fit_report(struct rec__fit *fit, int64_t step, int64_t steps, double loss, double validation)
{
    struct run *run = fit->report;
    if (!isfinite(loss) || (fit->validation != NULL && !isfinite(validation)))
        return rec__fail(REC_ERR_DIVERGED, "the loss of epoch %lld of %lld is not finite", (long long)step,
                         (long long)steps);
    rec_status status = keep_loss(run->result, loss, validation);
    return status == REC_OK ? tell(run, step, steps, loss, validation) : status;
}

rec_status rec__fit_progress(struct rec__fit *fit, int64_t step, int64_t steps)
{
    return tell(fit->report, step, steps, (double)NAN, (double)NAN);
}

/* Lengths of the rows of a matrix, for cosines. Returns the greatest, or -1 when there is no memory. */
static double add_norms(struct rec__result *result, const char *vectors_name, const char *norms_name)
{
    const rec_array *vectors = rec__arrays_find(&result->arrays, vectors_name);
    if (vectors == NULL)
        return 0.0;
    const float *x = vectors->data;
    int64_t rows = vectors->rows, columns = vectors->columns;
    float *norms = rec__arrays_add_floats(&result->arrays, norms_name, rows, 0);
    if (norms == NULL)
        return -1.0;
    double most = 0.0;
    for (int64_t r = 0; r < rows; r++) {
        double norm = sqrt(rec__kernels()->dot_double(x + r * columns, x + r * columns, columns));
        norms[r] = (float)norm;
        most = norm > most ? norm : most;
    }
    return most;
}

static rec_status finish_dot(struct rec__result *result)
{
    double *bounds = rec__arrays_add_doubles(&result->arrays, "score_bounds", 2);
    double most = add_norms(result, "item_vectors", "item_norms");
    if (bounds == NULL || most < 0.0 || add_norms(result, "user_vectors", "user_norms") < 0.0)
        return REC_ERR_NO_MEMORY;
    bounds[0] = most;
    const float *biases = rec__arrays_floats(&result->arrays, "item_biases");
    for (int32_t i = 0; biases != NULL && i < result->fitted.n_items; i++)
        bounds[1] = fmax(bounds[1], fabs((double)biases[i]));
    const rec_array *bins = rec__arrays_find(&result->arrays, "item_bins");
    const float *drifts = bins == NULL ? NULL : bins->data;
    double most_drift = 0.0;
    for (int64_t i = 0; drifts != NULL && i < bins->rows * bins->columns; i++)
        most_drift = fmax(most_drift, fabs((double)drifts[i]));
    bounds[1] += most_drift;
    return REC_OK;
}

struct scored {
    float score;
    int32_t item;
};

static int compare_scored(const void *a, const void *b)
{
    const struct scored *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

/* What the table scorer wants besides the backend's arrays: the items, best first. */
static rec_status finish_table(struct rec__result *result)
{
    int32_t n = result->fitted.n_items;
    const float *scores = rec__arrays_floats(&result->arrays, "item_scores");
    int32_t *order = rec__arrays_add_rows(&result->arrays, "item_order", n);
    struct scored *sorted = rec__allocate(n, sizeof *sorted);
    rec_status status = order == NULL || sorted == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    if (status == REC_OK && scores != NULL) {
        for (int32_t i = 0; i < n; i++)
            sorted[i] = (struct scored){scores[i], i};
        rec__sort(sorted, n, sizeof *sorted, compare_scored);
        for (int32_t i = 0; i < n; i++)
            order[i] = sorted[i].item;
    }
    rec__release(sorted);
    return status;
}

rec_status rec__result_finish(struct rec__result *result)
{
    switch (result->fitted.scorer) {
    case REC_SCORER_DOT:
        return finish_dot(result);
    case REC_SCORER_TABLE:
        return finish_table(result);
    default:
        return REC_OK;
    }
}

static rec_status check_finite(const struct rec__arrays *arrays)
{
    for (int32_t a = 0; a < arrays->count; a++) {
        const rec_array *array = &arrays->entries[a];
        int64_t n = array->type == REC_F32 ? array->rows * array->columns : 0;
        const float *values = array->data;
        for (int64_t i = 0; i < n; i++)
            if (!isfinite(values[i]))
                return rec__fail(
                    REC_ERR_DIVERGED,
                    "the fit made %s[%lld] %s; a smaller step or more regularization was expected",
                    array->name, (long long)i, isnan(values[i]) ? "nan" : "infinite");
    }
    return REC_OK;
}

static rec_status finish_result(struct rec__result *result, const rec_ratings *ratings,
                                enum rec__scorer_kind scorer)
{
    result->fitted.scorer = scorer;
    result->ratings = rec_ratings_retain(ratings);
    result->users = rec_ids_retain(rec_ratings_user_ids(ratings));
    result->items = rec_ids_retain(rec_ratings_item_ids(ratings));
    result->mean = rec_ratings_mean(ratings);
    rec_ratings_range(ratings, &result->least, &result->greatest);
    rec_status status = check_finite(&result->arrays);
    if (status == REC_OK)
        status = rec__result_finish(result);
    return status == REC_OK ? rec__result_bind(result) : status;
}

/* Item vectors, and features that the backend has not read. */
static bool wants_item_map(const struct rec_backend *backend, const struct rec__fit *fit)
{
    return fit->scorer == REC_SCORER_DOT && fit->item_features != NULL &&
           (backend->traits & (REC_PLACES_ITEMS | REC_BLIND_TO_TASTES)) == 0 &&
           rec__arrays_find(fit->arrays, "item_vectors") != NULL;
}

/* Vectors of users and features of theirs. */
static bool wants_user_map(const struct rec_backend *backend, const struct rec__fit *fit)
{
    return fit->scorer == REC_SCORER_DOT && fit->user_features != NULL &&
           (backend->traits & REC_BLIND_TO_TASTES) == 0 &&
           rec__arrays_find(fit->arrays, "user_vectors") != NULL;
}

/* What users and items without ratings are answered by. A backend that takes features of users has placed them itself. */
static rec_status add_rungs(const struct rec_backend *backend, struct rec__fit *fit)
{
    uint32_t place = (backend->traits & REC_TAKES_USER_FEATURES) == 0 ? REC_MAP_PLACE : 0;
    uint32_t spread = (backend->traits & REC_PREDICTS_RATINGS) == 0 ? REC_MAP_SPREAD : 0;
    rec_status status = REC_OK;
    if (wants_item_map(backend, fit))
        status = rec__feature_map(fit, REC_MAP_ITEMS, REC_MAP_PLACE | spread);
    if (status == REC_OK && wants_user_map(backend, fit))
        status = rec__feature_map(fit, REC_MAP_USERS, place);
    return status == REC_OK ? rec__ladder_add(fit) : status;
}

static rec_ids *names_of(const rec_features *features)
{
    return features == NULL || features->names == NULL ? NULL : rec_ids_retain(features->names);
}

static rec_status run_backend(rec_model *model, const struct rec__inputs *inputs, struct rec__result *result)
{
    struct run run = {model, result};
    struct rec__fit fit = {.ratings = inputs->ratings,
                           .validation = inputs->validation,
                           .implicit = inputs->implicit,
                           .user_features = inputs->user_features,
                           .item_features = inputs->item_features,
                           .user_weights = inputs->user_weights,
                           .item_weights = inputs->item_weights,
                           .half_life = rec__model_half_life(model),
                           .contexts = inputs->contexts.of,
                           .start = inputs->start.arrays == NULL ? NULL : &inputs->start,
                           .parameters = model->parameters,
                           .seed = rec__model_seed(model),
                           .threads = rec__model_threads(model),
                           .arrays = &result->arrays,
                           .scorer = model->backend->scorer,
                           .report = &run};
    double start = rec__seconds();
    if (inputs->item_features != NULL) {
        const rec_ids *names = inputs->item_features->names;
        result->fitted.n_features = inputs->item_features->dimensions;
        result->feature_names = names == NULL ? NULL : rec_ids_retain(names);
    }
    result->item_text = model->item_text == NULL ? NULL : rec_text_retain(model->item_text);
    result->fitted.n_users = rec_ratings_users(inputs->ratings);
    result->fitted.n_items = rec_ratings_items(inputs->ratings);
    rec_status status = model->backend->fit(&fit);
    if (status == REC_OK)
        status = add_rungs(model->backend, &fit);
    result->user_names = names_of(inputs->user_features);
    if (inputs->contexts.names != NULL)
        result->context_names = rec_ids_retain(inputs->contexts.names);
    if (status == REC_OK)
        status = finish_result(result, inputs->ratings, fit.scorer);
    result->fit_seconds = rec__seconds() - start;
    if (inputs->validation == NULL) {
        rec__release(result->validation_loss);
        result->validation_loss = NULL;
    }
    return status;
}

rec_status rec_fit(rec_model *model, const rec_ratings *ratings)
{
    if (model == NULL)
        return rec__fail_null("model");
    if (ratings == NULL)
        return rec__fail_null("ratings");
    struct rec__inputs inputs = {0};
    struct rec__result *result = NULL;
    rec_status status = rec__inputs_gather(&inputs, model, ratings);
    if (status == REC_OK)
        status = rec__result_create(&result, model->backend, model->parameters);
    if (status == REC_OK)
        status = run_backend(model, &inputs, result);
    rec__inputs_clear(&inputs);
    if (status != REC_OK) {
        rec__result_free(result);
        return status;
    }
    rec__result_free(model->result);
    model->result = result;
    return REC_OK;
}
