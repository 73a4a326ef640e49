/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of a backend by name: its own and the common ones. */
#include "base/status.h"
#include "base/text.h"
#include "model/registry.h"

#include <string.h>

const struct rec__parameter rec__common_parameters[REC_COMMON_COUNT] = {
    REC_REAL("half_life", 0, 0, 1e9,
             "days by which a rating older than the newest counts half; 0: all alike; times are in seconds"),
    REC_WHOLE("seed", 42, 0, 9007199254740991.0, "seed of the random numbers"),
    REC_WHOLE("threads", 0, 0, 256, "threads to use; 0: all processors; results are the same for any number"),
};

int32_t rec__parameter_count(const struct rec_backend *backend)
{
    return backend->n_parameters + REC_COMMON_COUNT;
}

const struct rec__parameter *rec__parameter_at(const struct rec_backend *backend, int32_t index)
{
    return index < backend->n_parameters ? &backend->parameters[index]
                                         : &rec__common_parameters[index - backend->n_parameters];
}

int32_t rec__parameter_find(const struct rec_backend *backend, const char *name)
{
    int32_t n = rec__parameter_count(backend);
    for (int32_t i = 0; i < n; i++)
        if (strcmp(rec__parameter_at(backend, i)->name, name) == 0)
            return i;
    struct rec__text names = {0};
    for (int32_t i = 0; i < n; i++)
        rec__text_addf(&names, "%s%s", i > 0 ? ", " : "", rec__parameter_at(backend, i)->name);
    (void)rec__fail(REC_ERR_NOT_FOUND, "parameter \"%s\" is not one of %s; it has %s", name, backend->name,
                    names.status == REC_OK ? names.bytes : "others");
    rec__text_clear(&names);
    return -1;
}
