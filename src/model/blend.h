/* SPDX-License-Identifier: Apache-2.0 */
/* Models made of fitted models. */
#ifndef REC_MODEL_BLEND_H
#define REC_MODEL_BLEND_H

#include "model/model.h"

/** Of no registry, as nobody fits it. Its parameters say how members are added up, its array blend_weights how much each counts. */
extern const struct rec_backend rec__blend;
enum { REC_BLEND_PARAMETER_RULE, REC_BLEND_PARAMETER_CONSTANT, REC_BLEND_PARAMETERS };

/** What a blend is made of: n members and weights, and the values of its parameters. */
struct rec__ingredients {
    const rec_model *const *members;
    const double *weights;
    int32_t n;
    double parameters[REC_BLEND_PARAMETERS];
};

/** creates: a fitted model, which retains the members. Errors: REC_ERR_INVALID, REC_ERR_RANGE, REC_ERR_NOT_FITTED, REC_ERR_NO_MEMORY. */
rec_status rec__blend_make(rec_model **out, const struct rec__ingredients *of);

/** Room for n members, all NULL. Errors: REC_ERR_NO_MEMORY. */
rec_status rec__blend_room(struct rec__result *result, int32_t n);

#endif
