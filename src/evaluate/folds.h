/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan of folds says: is it sound, how many are there, what is each; and how many to fit at once. */
#ifndef REC_EVALUATE_FOLDS_H
#define REC_EVALUATE_FOLDS_H

#include <librec/evaluate.h>

/** Check a plan against the ratings it divides, which are not read when it gives the folds, and count its
 * folds. Errors: REC_ERR_INVALID, REC_ERR_EMPTY, REC_ERR_UNSUPPORTED. */
rec_status rec__folds_count(const rec_folds *plan, const rec_ratings *ratings, int32_t *n);

/** Make one fold of a checked plan: free both. */
rec_status rec__folds_make(const rec_folds *plan, const rec_ratings *ratings, int32_t fold,
                           rec_ratings **train, rec_ratings **test);

/** How many fits may hold their ratings and models at once, of n folds: together no more ratings than is
 * sensible, but at least one. */
int64_t rec__fits_held(const rec_folds *plan, const rec_ratings *ratings, int32_t n);

/** How many of the `left` fits to run at once, `most` at most: as many as share the threads evenly, so that no
 * thread is without work while the batch lasts. */
int32_t rec__fits_at_once(int32_t threads, int64_t most, int64_t left);

#endif
