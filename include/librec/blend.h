/* SPDX-License-Identifier: Apache-2.0 */
/* Several fitted models as one: a weighted sum of their scores, or a fusion of their ranks. */
#ifndef LIBREC_BLEND_H
#define LIBREC_BLEND_H

#include <librec/model.h>

REC_BEGIN_DECLS

enum {
    REC_BLEND_SUM =
        0, /* scores, less their mean over all items, over their deviation, for each user and member */
    REC_BLEND_RANKS = 1 /* 1 / (rank_constant + rank), for the first 1000 ranks of each member */
};

/** How members are added up. Set up by REC_BLEND_OPTIONS_INIT; grows only at the end; members that an older library does not know must
 * be zero. */
typedef struct rec_blend_options {
    size_t size;
    int32_t rule;     /* REC_BLEND_... */
    int32_t reserved; /* 0 */
    double rank_constant;
} rec_blend_options;

#define REC_BLEND_OPTIONS_INIT                                                                               \
    {                                                                                                        \
        sizeof(rec_blend_options), REC_BLEND_SUM, 0, 60.0                                                    \
    }

/**
 * Make a model of fitted models: the score of an item is the sum over the members of weight times what the rule makes of the member's score.
 *
 * out      creates: a fitted model; free with rec_model_free
 * members  n fitted models of the same users and items in the same rows; retained. A member must not be fitted again while the
 *          blend is in use
 * weights  n of them, of any sign; copied
 * options  NULL: a sum
 *
 * The model ranks, scores, takes filters and histories (where all members fold one in), is evaluated and saved, as any other: its file has the
 * members inside, and rec_model_open opens it as a blend. It cannot be fitted, cannot be a member itself, and neither explains nor compares items.
 * What users have rated, and the range of the ratings, are those of the first member. Its parameters `rule` and `rank_constant` are the options'; the
 * weights are its array blend_weights.
 *
 * Cost    every ranking and every score of one item scores all items by all members; rec_topk_batch reads the members' vectors once for
 *         16 users
 * Errors  REC_ERR_INVALID (NULL, n, a weight, an option, other rows), REC_ERR_NOT_FITTED, REC_ERR_NO_MEMORY.
 * Source  of ranks: Cormack, Clarke and Buettcher, SIGIR 2009
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_blend_create(rec_model **out, const rec_model *const *members,
                                                const double *weights, int32_t n,
                                                const rec_blend_options *options);

/**
 * Find weights, at least 0 and of sum 1, that suit some ratings: from equal ones, one weight after another is made greater or smaller
 * as long as that helps, by smaller and smaller steps (coordinate ascent).
 *
 * validation  ratings that no member learned from; rows are matched by id
 * metric      of lists of single users, such as ndcg@20 (evaluate.h)
 * weights     fills: n of them
 * value       fills: the metric with these weights; may be NULL
 *
 * Of each user the 200 best items (or K, if that is more) of every member are weighed, of at most 5000 users, drawn evenly. The same weights for
 * any number of threads.
 *
 * Threads  const; runs on the threads of the first member.
 * Cost     one ranking of these users by every member; 12 bytes an item weighed and member
 * Errors   as rec_blend_create and rec_evaluate; REC_ERR_INVALID (another kind of metric)
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_blend_tune(const rec_model *const *members, int32_t n,
                                              const rec_blend_options *options, const rec_ratings *validation,
                                              const char *metric, double *weights, double *value);

REC_END_DECLS

#endif
