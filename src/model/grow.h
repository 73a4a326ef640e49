/* SPDX-License-Identifier: Apache-2.0 */
/* A fitted model with more users, or more items: what both ways of growing one share. */
#ifndef REC_MODEL_GROW_H
#define REC_MODEL_GROW_H

#include "model/model.h"

enum rec__side { REC_SIDE_USERS, REC_SIDE_ITEMS };

/** One side, from `old` rows to n. */
struct rec__growth {
    const rec_model *model;
    enum rec__side side;
    struct rec__result *grown;
    int32_t old, n;
};

/** Make growth->grown: of the model's result all but its ratings and arrays, with `ids` on the side; they begin with the model's. The caller frees
 * growth->grown, also after a failure. */
rec_status rec__growth_begin(struct rec__growth *growth, const rec_ids *ids);
/**
 * The arrays that growth->grown has not yet. Those along the side are copied with more rows, the new ones like the mean of the others until somebody fills
 * them; others are shared where they lie in a file, else copied; what rec__result_finish makes is left out.
 */
rec_status rec__growth_arrays(struct rec__growth *growth);
/** Make the rest, and a model that owns growth->grown, which is NULL from then on. */
rec_status rec__growth_finish(struct rec__growth *growth, rec_model **out);

/** An array of the grown model, to write: NULL when there is none of that name. Not of one that lies in a file. */
float *rec__growth_floats(const struct rec__growth *growth, const char *name);

#endif
