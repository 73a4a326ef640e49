/* SPDX-License-Identifier: Apache-2.0 */
/* The list of backends, and the parameters that all of them have. */
#ifndef REC_MODEL_REGISTRY_H
#define REC_MODEL_REGISTRY_H

#include "backends/backend.h"

/** NULL, with a sentence that lists the names, when there is none. */
const struct rec_backend *rec__backend_find(const char *name);
int32_t rec__backend_count(void);
const struct rec_backend *rec__backend_at(int32_t index);
/** "table", "dot", "item graph", "user graph". */
const char *rec__scorer_name(enum rec__scorer_kind scorer);

/** Parameters of every model, after the backend's own. */
enum { REC_COMMON_HALF_LIFE, REC_COMMON_SEED, REC_COMMON_THREADS, REC_COMMON_COUNT };
extern const struct rec__parameter rec__common_parameters[REC_COMMON_COUNT];

int32_t rec__parameter_count(const struct rec_backend *backend);
/** Row `index` of the backend's table followed by the common one. */
const struct rec__parameter *rec__parameter_at(const struct rec_backend *backend, int32_t index);
/** Its index, or -1 with a sentence that lists the names. */
int32_t rec__parameter_find(const struct rec_backend *backend, const char *name);

#endif
