/* SPDX-License-Identifier: Apache-2.0 */
/* What a fit reads, made to fit together: one universe of users and items. */
#ifndef REC_MODEL_INPUTS_H
#define REC_MODEL_INPUTS_H

#include "model/contexts.h"

struct rec__inputs {
    rec_ratings *ratings, *validation, *implicit;
    rec_features *user_features, *item_features;
    float *user_weights, *item_weights; /* of the ratings, by user and by item; NULL: all 1 */
    struct rec__context_rows contexts;  /* names NULL: none */
    struct rec__start start;            /* arrays NULL: none */
};

/** Begin with zeros; clear also after a failure. Errors: what was set and the algorithm or the ratings do not take. */
rec_status rec__inputs_gather(struct rec__inputs *inputs, const rec_model *model, const rec_ratings *ratings);
void rec__inputs_clear(struct rec__inputs *inputs);

#endif
