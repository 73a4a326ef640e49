/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts: in what circumstances each rating was given (device, place, mood: named fields of words). */
#ifndef LIBREC_CONTEXTS_H
#define LIBREC_CONTEXTS_H

#include <librec/ratings.h>

REC_BEGIN_DECLS

/**
 * The values of a few fields for pairs of a user and an item, matched with ratings by the ids of both. Immutable and reference-counted.
 *
 * A value is a word; an empty one is unknown. Of a pair that is given twice the last counts.
 */
typedef struct rec_contexts rec_contexts;

/**
 * Read contexts from columns of csv files whose first line names the columns: user and item are the first two, and further columns than those asked
 * for do not matter. So one file may hold ratings (user, item, rating, time first) and their contexts.
 *
 * out     creates: free with rec_contexts_free; NULL after a failure
 * paths   n_paths files, read as one set, in the order given
 * fields  names of columns between commas: "device,place"; at most 16
 *
 * Errors  REC_ERR_IO, REC_ERR_FORMAT (file, line, column, value, what was expected), REC_ERR_NOT_FOUND (a column), REC_ERR_EMPTY,
 *         REC_ERR_INVALID (NULL, fields), REC_ERR_RANGE (more than 2^24 different combinations of values), REC_ERR_NO_MEMORY.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_contexts_read(rec_contexts **out, const char *const *paths,
                                                 int32_t n_paths, const char *fields);
/**
 * Make contexts from arrays: of n events the ids of user and item, and row by row the values of the fields; NULL and "" are unknown. Copies.
 * Ids are text, or integers as in rec_ratings_builder_add_ids.
 */
REC_API REC_CHECKED rec_status rec_contexts_from_arrays(rec_contexts **out, const char *fields,
                                                        const char *const *users, const char *const *items,
                                                        const char *const *values, int64_t n);
REC_API REC_CHECKED rec_status rec_contexts_from_ids(rec_contexts **out, const char *fields,
                                                     const int64_t *users, const int64_t *items,
                                                     const char *const *values, int64_t n);

/** One more owner. Threads: any. Returns its argument. */
REC_API rec_contexts *rec_contexts_retain(const rec_contexts *contexts);
/** Give up one ownership; NULL is accepted. */
REC_API void rec_contexts_free(rec_contexts *contexts);

/** How many pairs have one. */
REC_API int64_t rec_contexts_count(const rec_contexts *contexts);
/** The fields' names in the order given, and every value that was met as "FIELD=VALUE". Views. */
REC_API const rec_ids *rec_contexts_fields(const rec_contexts *contexts);
REC_API const rec_ids *rec_contexts_values(const rec_contexts *contexts);

/**
 * Filter by context before a fit or after it (Adomavicius and Tuzhilin, "Context-aware recommender systems", Recommender Systems Handbook, 2011): the ratings
 * that were given somewhere, to learn from them alone; or how much more often than all an item is met there, to reweigh rankings by
 * (rec_query.item_factors).
 *
 * out       creates: ratings under the same ids; free with rec_ratings_free; NULL after a failure
 * contexts  of the ratings, matched by id; NULL: the clock alone
 * where     terms between commas that all hold: FIELD=VALUE, FIELD=VALUE|VALUE; of the times, unless a field is called so, hour=18-23 (22-3 goes
 *           over midnight), weekday=mon-fri or sat|sun, and zone=H, hours added to the times. What is unknown of a rating does not hold
 * lifts     fills: one an item: ((events of the item there + smoothing p) / (events of the item + smoothing)) / p, p being that share of all
 *           ratings; so 1 for one without ratings
 * smoothing  above 0: events that each item is given as if they were like all; 10 is usual
 *
 * Errors  REC_ERR_INVALID (NULL, a term, smoothing), REC_ERR_NOT_FOUND (a field: the sentence lists them), REC_ERR_EMPTY (it holds for no rating),
 *         REC_ERR_UNSUPPORTED (the clock, of ratings without times), REC_ERR_NO_MEMORY.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_ratings_where(rec_ratings **out, const rec_ratings *ratings,
                                                 const rec_contexts *contexts, const char *where);
REC_API REC_CHECKED rec_status rec_ratings_lifts(const rec_ratings *ratings, const rec_contexts *contexts,
                                                 const char *where, double smoothing, float *lifts);

REC_END_DECLS

#endif
