/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users of item2vec (item2vec.c), made from their histories. As items: the cosine of an item's v_i to the mean of the history's, which is content.c's. As
 * contexts: the mean over the history of w_j v_j . o_i, which is what the fit has raised where j and i were met together.
 */
#include "backends/content.h"
#include "backends/history.h"
#include "backends/item2vec.h"
#include "base/memory.h"
#include "kernels/kernels.h"

#include <math.h>

/* The v of all items, where item_vectors are the o. */
static const rec_array *inputs_of(const struct rec__fitted *fitted)
{
    return rec__arrays_find(fitted->arrays, "input_vectors");
}

rec_status rec__item2vec_check(const struct rec__fitted *fitted)
{
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "item_vectors");
    struct rec__expected inputs = {REC_F32, 2, fitted->n_items, vectors == NULL ? 0 : vectors->columns};
    rec_status status = rec__arrays_check(fitted->arrays, "input_vectors", inputs, false);
    return status == REC_OK ? rec__content_check(fitted) : status;
}

/* w_j over the sum of their sizes. Freed by the caller; NULL: no memory. */
static double *shares_of(const struct rec__fitted *fitted, const struct rec__history *history)
{
    struct rec__history_rule rule = rec__history_rule(fitted->arrays);
    double *shares = rec__allocate(history->n, sizeof *shares), sum = 0.0;
    if (shares == NULL)
        return NULL;
    rec__history_weigh(&rule, history, shares);
    for (int64_t j = 0; j < history->n; j++)
        sum += fabs(shares[j]);
    for (int64_t j = 0; j < history->n && sum > 0.0; j++)
        shares[j] /= sum;
    return shares;
}

rec_status rec__item2vec_fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                                 struct rec__user_state *state)
{
    const rec_array *inputs = inputs_of(fitted);
    if (inputs == NULL)
        return rec__content_fold_in(fitted, history, state);
    double *shares = shares_of(fitted, history);
    for (int64_t k = 0; k < inputs->columns; k++)
        state->vector[k] = 0.0f;
    for (int64_t j = 0; shares != NULL && j < history->n; j++)
        rec__kernels()->axpy((float)shares[j],
                             (const float *)inputs->data + history->items[j] * inputs->columns, state->vector,
                             (int32_t)inputs->columns);
    state->bias = 0.0;
    rec__release(shares);
    return shares != NULL ? REC_OK : REC_ERR_NO_MEMORY;
}

rec_status rec__item2vec_explain(const struct rec__fitted *fitted, const struct rec__history *history,
                                 int32_t item, double *contributions)
{
    const rec_array *inputs = inputs_of(fitted);
    if (inputs == NULL)
        return rec__content_explain(fitted, history, item, contributions);
    const float *v = inputs->data,
                *o = rec__arrays_floats(fitted->arrays, "item_vectors") + item * inputs->columns;
    double *shares = shares_of(fitted, history);
    for (int64_t j = 0; shares != NULL && j < history->n; j++)
        contributions[j] = shares[j] * rec__kernels()->dot_double(v + history->items[j] * inputs->columns, o,
                                                                  (int32_t)inputs->columns);
    rec__release(shares);
    return shares != NULL ? REC_OK : REC_ERR_NO_MEMORY;
}
