/* SPDX-License-Identifier: Apache-2.0 */
/* The registered backends, in alphabetical order. */
#include "model/registry.h"
#include "base/status.h"
#include "base/text.h"

#include <string.h>

extern const struct rec_backend rec__baseline, rec__bmf, rec__bpr, rec__cmf, rec__coclustering, rec__content,
    rec__ease, rec__fm, rec__ials, rec__item2vec, rec__itemknn, rec__kos_warp, rec__logistic, rec__mf,
    rec__nmf, rec__p3alpha, rec__popular, rec__random_scores, rec__rp3beta, rec__slim, rec__slopeone,
    rec__svd, rec__svdpp, rec__userknn, rec__warp;

static const struct rec_backend *const backends[] = {
    &rec__baseline, &rec__bmf,  &rec__bpr,      &rec__cmf,      &rec__coclustering, &rec__content,
    &rec__ease,     &rec__fm,   &rec__ials,     &rec__item2vec, &rec__itemknn,      &rec__kos_warp,
    &rec__logistic, &rec__mf,   &rec__nmf,      &rec__p3alpha,  &rec__popular,      &rec__random_scores,
    &rec__rp3beta,  &rec__slim, &rec__slopeone, &rec__svd,      &rec__svdpp,        &rec__userknn,
    &rec__warp,
};

int32_t rec__backend_count(void)
{
    return (int32_t)(sizeof backends / sizeof backends[0]);
}

const struct rec_backend *rec__backend_at(int32_t index)
{
    return backends[index];
}

const struct rec_backend *rec__backend_find(const char *name)
{
    struct rec__text names = {0};
    for (int32_t i = 0; i < rec__backend_count(); i++) {
        if (strcmp(backends[i]->name, name) == 0) {
            rec__text_clear(&names);
            return backends[i];
        }
        rec__text_addf(&names, "%s%s", i > 0 ? ", " : "", backends[i]->name);
    }
    (void)rec__fail(REC_ERR_NOT_FOUND, "algorithm \"%s\" is not known; there are %s", name,
                    names.status == REC_OK ? names.bytes : "others");
    rec__text_clear(&names);
    return NULL;
}

const char *rec__scorer_name(enum rec__scorer_kind scorer)
{
    static const char *const names[] = {"table", "dot", "item graph", "user graph", "closest", "blend"};
    return names[scorer];
}
