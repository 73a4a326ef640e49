/* SPDX-License-Identifier: Apache-2.0 */
/* Given contexts of ratings, in the rows of a fit and of a fitted model. */
#ifndef REC_MODEL_CONTEXTS_H
#define REC_MODEL_CONTEXTS_H

#include "model/model.h"
#include "store/contexts.h"

/** What a fit learns from (backend.h), and the names of its rows. */
struct rec__context_rows {
    struct rec__fit_contexts of;
    int32_t *rows, *sizes, *validation; /* those of `of`, to release */
    rec_ids *names;                     /* "FIELD=VALUE", field after field */
};

/** Those of the ratings that have one, and of the validation ratings, NULL without, by values that the ratings have. Cleared by the other, after a failure too. Errors: REC_ERR_EMPTY. */
rec_status rec__contexts_gather(struct rec__context_rows *out, const rec_contexts *contexts,
                                const rec_ratings *ratings, const rec_ratings *validation);
void rec__context_rows_clear(struct rec__context_rows *rows);

/** Contexts of events in the rows of a fitted model. */
struct rec__given {
    int32_t *
        rows; /* of each rating of a store, by user, `width` rows of the model's context names; -1: unknown */
    int32_t width; /* 0: nothing is given */
};

/** Of the ratings of any store. Errors: REC_ERR_UNSUPPORTED (a model without contexts), REC_ERR_INVALID (other fields). */
rec_status rec__given_of(struct rec__given *out, const rec_model *model, const rec_contexts *contexts,
                         const rec_ratings *ratings);
/** The same of pairs of rows of the model; one of -1 has none. */
rec_status rec__given_of_pairs(struct rec__given *out, const rec_model *model, const rec_contexts *contexts,
                               const int32_t *users, const int32_t *items, int64_t n);

/** Rows of the names that a query gives: in range, and of each field at most one. */
rec_status rec__contexts_check(const struct rec__result *result, const int32_t *rows, int64_t n);
/** After binding: as many names as the arrays have rows. Errors: REC_ERR_CORRUPT. */
rec_status rec__contexts_check_names(const struct rec__result *result);

#endif
