/* SPDX-License-Identifier: Apache-2.0 */
/* A model of a test's own backend, which is in no registry. */
#ifndef REC_UNIT_OWN_BACKEND_H
#define REC_UNIT_OWN_BACKEND_H

#include "base/memory.h"
#include "model/model.h"

/** An unfitted model with default parameters and `threads`; NULL when there is no memory. Free with
 * rec_model_free. */
static inline rec_model *own_model(const struct rec_backend *backend, int32_t threads)
{
    rec_model *model = rec__allocate_zeroed(1, sizeof *model);
    if (model == NULL)
        return NULL;
    atomic_init(&model->references, 1);
    model->backend = backend;
    for (int32_t i = 0; i < rec__parameter_count(backend); i++)
        model->parameters[i] = rec__parameter_at(backend, i)->initial;
    model->parameters[backend->n_parameters + REC_COMMON_THREADS] = threads;
    return model;
}

#endif
