/* SPDX-License-Identifier: Apache-2.0 */
/* Asking: which items to show somebody new first, so that the fewest answers say the most. */
#ifndef LIBREC_ELICIT_H
#define LIBREC_ELICIT_H

#include <librec/model.h>

REC_BEGIN_DECLS

/** What makes an item worth asking about. The first three are designs on the items' vectors (dot models): docs/algorithms.md has the formulas. */
enum {
    REC_ELICIT_BEST = 0, /* the error of predictions for a dot model, popularity x entropy for any other */
    REC_ELICIT_ERROR =
        1, /* what is left of the mean squared error of predictions, over items as often as they are rated */
    REC_ELICIT_VOLUME = 2, /* the volume of the ellipsoid that the user's vector lies in: D-optimal */
    REC_ELICIT_TRACE = 3,  /* the sum of the variances of the user's vector: A-optimal */
    REC_ELICIT_ENTROPY =
        4, /* the logarithm of an item's number of ratings, times the entropy of their values */
    REC_ELICIT_POPULAR = 5, /* its number of ratings */
    REC_ELICIT_RANDOM = 6   /* nothing: an order drawn by `seed` */
};

enum {
    REC_ELICIT_KNOWN =
        1 /* all that may be asked about is known to the user: the designs leave out the chance of that */
};

/** Set up by REC_ELICIT_OPTIONS_INIT; grows only at the end; members that an older library does not know must be zero. */
typedef struct rec_elicit_options {
    size_t size;
    int32_t strategy; /* REC_ELICIT_... */
    uint32_t flags;   /* REC_ELICIT_KNOWN, or 0 */
    uint64_t seed;    /* of random */
} rec_elicit_options;

#define REC_ELICIT_OPTIONS_INIT                                                                              \
    {                                                                                                        \
        sizeof(rec_elicit_options), REC_ELICIT_BEST, 0, 42                                                   \
    }

/** What is asked from: made once of a fitted model, then used for any number of newcomers. */
typedef struct rec_elicitor rec_elicitor;

/**
 * Make ready to ask: counts, entropies, and for a design the distribution of the users' vectors and the noise of each item's ratings.
 *
 * out      creates: free with rec_elicitor_free; NULL after a failure
 * model    fitted; retained, and must not be fitted again while the elicitor is in use
 * options  NULL: REC_ELICIT_BEST
 *
 * Cost    one pass over the ratings; a design: O((users + items) factors^2).
 * Errors  REC_ERR_NOT_FITTED, REC_ERR_INVALID (NULL, options), REC_ERR_UNSUPPORTED (a design without vectors; saved without its ratings,
 *         but for random), REC_ERR_NO_MEMORY.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_elicitor_create(rec_elicitor **out, const rec_model *model,
                                                   const rec_elicit_options *options);
/** Free an elicitor; NULL is accepted. */
REC_API void rec_elicitor_free(rec_elicitor *elicitor);

/**
 * The items to ask somebody new about next.
 *
 * query   history: the answers so far, which a design builds on; except: what they do not know, and what is not to be asked; only: the items
 *         to choose from. NULL: nothing answered yet
 * k       capacity of items and values, k >= 1; each is chosen as if those before it had been answered
 * items   fills: item rows, the best question first; what has been answered is never among them
 * values  fills: what each was chosen by, by its strategy; equal ones, the item with more ratings first, then the smaller row; may be NULL
 * n       fills: how many were written; fewer than k when fewer are eligible
 *
 * Threads  const: may run concurrently.   Cost  a design: O((answers + k) items factors).
 * Errors   as rec_topk.
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_elicit(const rec_elicitor *elicitor, const rec_query *query, int32_t k,
                                          int32_t *items, double *values, int32_t *n);

REC_END_DECLS

#endif
