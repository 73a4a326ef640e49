/* SPDX-License-Identifier: Apache-2.0 */
/* The public face of the registry and its parameter tables. */
#include <librec/algorithm.h>

#include "api/sized.h"
#include "base/status.h"
#include "model/registry.h"

int32_t rec_algorithm_count(void)
{
    return rec__backend_count();
}

/* What a backend can do follows from the slots it fills and from its scorer. */
static uint32_t abilities_of(const struct rec_backend *backend)
{
    bool graph = backend->scorer == REC_SCORER_ITEM_GRAPH || backend->scorer == REC_SCORER_USER_GRAPH;
    bool similar = (backend->scorer == REC_SCORER_DOT || backend->scorer == REC_SCORER_ITEM_GRAPH) &&
                   (backend->traits & REC_BLIND_TO_LIKENESS) == 0;
    bool tastes = backend->scorer != REC_SCORER_TABLE && (backend->traits & REC_BLIND_TO_TASTES) == 0;
    return (backend->traits &
            ~(REC_BLIND_TO_TASTES | REC_BLIND_TO_LIKENESS | REC_PLACES_ITEMS | REC_AGES_HISTORIES)) |
           (backend->fold_in != NULL || graph ? REC_CAN_FOLD_IN : 0u) |
           (backend->explain != NULL ? REC_CAN_EXPLAIN : 0u) | (similar ? REC_CAN_SIMILAR : 0u) |
           (backend->fold_in_item != NULL ? REC_CAN_FOLD_IN_ITEMS : 0u) |
           (tastes ? REC_CAN_PERSONALIZE : 0u) | (backend->deviation != NULL ? REC_PREDICTS_DEVIATION : 0u) |
           (backend->scorer == REC_SCORER_USER_GRAPH ? REC_NEEDS_RATINGS : 0u);
}

static rec_status describe(const struct rec_backend *backend, rec_algorithm *algorithm)
{
    rec_algorithm full = {.size = sizeof full,
                          .name = backend->name,
                          .summary = backend->summary,
                          .scorer = rec__scorer_name(backend->scorer),
                          .parameters = rec__parameter_count(backend),
                          .abilities = abilities_of(backend)};
    return rec__fill_sized(algorithm, &full, sizeof full, "algorithm");
}

rec_status rec_algorithm_at(int32_t index, rec_algorithm *algorithm)
{
    if (algorithm == NULL)
        return rec__fail_null("algorithm");
    if (index < 0 || index >= rec__backend_count())
        return rec__fail(REC_ERR_RANGE, "index is %d; 0 to %d was expected", index, rec__backend_count() - 1);
    return describe(rec__backend_at(index), algorithm);
}

rec_status rec_algorithm_find(const char *name, rec_algorithm *algorithm)
{
    if (name == NULL || algorithm == NULL)
        return rec__fail_null(name == NULL ? "name" : "algorithm");
    const struct rec_backend *backend = rec__backend_find(name);
    return backend == NULL ? REC_ERR_NOT_FOUND : describe(backend, algorithm);
}

rec_status rec_algorithm_parameter(const char *algorithm, int32_t index, rec_parameter *parameter)
{
    if (algorithm == NULL || parameter == NULL)
        return rec__fail_null(algorithm == NULL ? "algorithm" : "parameter");
    const struct rec_backend *backend = rec__backend_find(algorithm);
    if (backend == NULL)
        return REC_ERR_NOT_FOUND;
    if (index < 0 || index >= rec__parameter_count(backend))
        return rec__fail(REC_ERR_RANGE, "index is %d; 0 to %d was expected", index,
                         rec__parameter_count(backend) - 1);
    return rec__fill_parameter(parameter, rec__parameter_at(backend, index));
}
