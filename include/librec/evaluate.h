/* SPDX-License-Identifier: Apache-2.0 */
/* How good a model is: errors of ratings, quality of rankings, cross-validation. */
#ifndef LIBREC_EVALUATE_H
#define LIBREC_EVALUATE_H

#include <librec/model.h>

REC_BEGIN_DECLS

/** The figures of one evaluation. Immutable. */
typedef struct rec_evaluation rec_evaluation;

/**
 * Measure a fitted model on test ratings.
 *
 * out      creates: free with rec_evaluation_free
 * test     rows are matched to the model's by id
 * metrics  names separated by commas, without spaces; K is a whole number from 1:
 *
 *   rmse, mae          over all test pairs, predictions clipped to the range of the training ratings; here and down to fcp at the test
 *                      ratings' times and in their contexts where the model knows of these, below without
 *   mse                rmse squared
 *   rmse_raw, mae_raw  without the clipping
 *   r2                 1 - squared errors / squared deviations of the test ratings from their mean
 *   fcp                fraction of concordant pairs: of two different test ratings of one user, how often the
 *                      predictions have the same order; docs/evaluation.md says how users are averaged
 *   recall@K           hits / number of the user's test items
 *   precision@K        hits / K
 *   capped_precision@K hits / min(K, test items): 1 for the best list there can be
 *   ndcg@K             sum over hits of 1/log2(rank + 1), over that of min(K, test items) hits at the top
 *   map@K              sum over hits of the precision at their ranks, over min(K, test items)
 *   mrr@K              1 / rank of the first hit, 0 without one
 *   hit@K              1 with at least one hit, else 0
 *   auc                probability that a test item scores above one that is neither test nor training
 *                      item; ties count half; all items are scored, so it costs much more than the others
 *   coverage@K         share of the model's items that appear in somebody's top K
 *   novelty@K          mean over the recommended of -log2(share of the training users who rated the item,
 *                      at least one)
 *   popularity@K       mean over the recommended of how many training users rated the item
 *   entropy@K          Shannon entropy, in bits, of which item is recommended: log2 of the items when all are alike
 *   gini@K             Gini coefficient of how often each item is recommended: 0 even, 1 all to one
 *
 * A pair whose user or item the model lacks is predicted by what is known of the other, or else by the
 * training mean, and counted in `unknown`. Ranking metrics are averages over the users with at least one test
 * item that the model knows; a user the model lacks is ranked as a new user; training items are never
 * recommended; every test pair counts as relevant. docs/evaluation.md says more.
 *
 * Threads  const; runs on the model's `threads`.
 * Errors   REC_ERR_NOT_FITTED, REC_ERR_INVALID (NULL, an unknown metric: the sentence lists them),
 *          REC_ERR_EMPTY (no test ratings, nobody or nothing to measure a ranking by, no two
 *          different ratings for r2 or fcp),
 *          REC_ERR_UNSUPPORTED (rankings of a model saved without its ratings), REC_ERR_NO_MEMORY.
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_evaluate(const rec_model *model, const rec_ratings *test,
                                            const char *metrics, rec_evaluation **out);

enum {
    REC_NEGATIVES_UNIFORM = 0, /* each item that competes is as likely as another */
    REC_NEGATIVES_POPULAR = 1  /* as likely as it has training ratings */
};

enum {
    /* Rankings are asked for in the contexts of the test ratings: once for each user and each context (a combination of the values of all fields) that
     * some known test item of the user has, in that context, where the algorithm learns from any. The user's test items are then those of that context;
     * those of the others compete in lists, as no hits, but not in auc nor among negatives. Averages are over these pairs of user and context. */
    REC_EVALUATE_IN_CONTEXT = 1
};

/**
 * What competes, whose history is folded in, and which groups to measure apart. Set up by REC_EVALUATE_OPTIONS_INIT; 0 and NULL are the usual
 * value of every member. Grows only at the end; a library that is older than its caller answers REC_ERR_INVALID to members it does not know,
 * unless they are zero.
 */
typedef struct rec_evaluate_options {
    size_t size;
    /* Folded in for each test user (users and items are matched by id), in place of what the model has of the user: what rec_topk does with a
     * history. It and what the user rated in training are never recommended. A test user without a row here has an empty history. */
    const rec_ratings *histories;
    /* Item rows of the model: only these are ranked, and only test ratings of these are measured, by any metric. NULL: all */
    const int32_t *only;
    int64_t n_only;
    /* Above 0: each test item is ranked among so many other items, drawn from those that the user has rated neither in training, in the history nor
     * in the test, with replacement. Ranking metrics are then called "sampled_hit@10" and so on, and are no estimates of those
     * among all items: see docs/evaluation.md. */
    int32_t negatives;
    int32_t sampling; /* REC_NEGATIVES_... */
    uint64_t seed;    /* of these draws, which depend on it, the user's row and the item's row alone */
    /* Groups of users by how many ratings the model has of them (of the history, where one is folded in): below user_bounds[0], from
     * there to below user_bounds[1], and so on, and from the last on. Rising, at least 1. NULL: no groups */
    const int64_t *user_bounds;
    int32_t n_user_bounds;
    int32_t flags; /* REC_EVALUATE_IN_CONTEXT, or 0 */
    /* Above 0, at most 1: two groups of items. The head is the fewest items, those of most training ratings, that have this share of all
     * of them (of equal items, the smaller rows first); the tail is the others, and what the model lacks. */
    double head;
    /* In what circumstances the test ratings were given, for errors, and for rankings in context; matched by id. NULL: those that are set on the
     * model, if any */
    const rec_contexts *contexts;
    /* Rankings alone, lists, auc and those of samples, are by scores times these, one an item of the model: rec_query.item_factors. NULL: none */
    const float *item_factors;
} rec_evaluate_options;

#define REC_EVALUATE_OPTIONS_INIT                                                                            \
    {                                                                                                        \
        sizeof(rec_evaluate_options), NULL, NULL, 0, 0, REC_NEGATIVES_UNIFORM, 0, NULL, 0, 0, 0.0, NULL,     \
            NULL                                                                                             \
    }

/**
 * Measure a fitted model, with options. rec_evaluate is this without any.
 *
 * options  NULL: none
 *
 * Threads  const; runs on the model's `threads`; the same figures for any number of them.
 * Errors   as rec_evaluate; REC_ERR_INVALID (an option; a metric of whole lists, such as coverage, with negatives; negatives with only),
 *          REC_ERR_RANGE (a row of only), REC_ERR_EMPTY (no test rating of only; no history that the model can use),
 *          REC_ERR_UNSUPPORTED (histories, of an algorithm that cannot fold in), REC_ERR_NOT_FOUND (a field of contexts that the model has not learned of).
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_evaluate_by(const rec_model *model, const rec_ratings *test,
                                               const char *metrics, const rec_evaluate_options *options,
                                               rec_evaluation **out);

/**
 * A group of users or items that was measured apart. Its figures are those of the test ratings of the group alone, all else being equal:
 *
 *   users  averages over the group's users; errors over their test ratings; coverage and the like of their lists
 *   items  the user's test items are those of the group: recall@20 is the share of the user's test items of the tail that are
 *          among the 20 best of all items, and users without such a test item are not in the average. Test items of
 *          the other group take their places in the lists, as no hits; in auc and among negatives they do not compete
 *
 * A figure that the group gives no value for (nobody in it, no two different ratings) is NaN.
 */
typedef struct rec_stratum {
    size_t size;         /* sizeof(rec_stratum), by REC_STRATUM_INIT */
    const char *name;    /* "users 0-9", "users 10 or more", "items head", "items tail"; view */
    int32_t by_items;    /* 1: of items, 0: of users */
    int32_t members;     /* the model's items in it; or the users with a test rating in it */
    int64_t least, most; /* of users: how many ratings they have; of items: likewise, least and greatest */
    const rec_evaluation *figures; /* view: it goes with the whole */
} rec_stratum;

#define REC_STRATUM_INIT                                                                                     \
    {                                                                                                        \
        sizeof(rec_stratum), NULL, 0, 0, 0, 0, NULL                                                          \
    }

/** How many groups were measured, and each: those of users, then those of items. Fills. Errors: REC_ERR_RANGE, REC_ERR_INVALID. */
REC_API int32_t rec_evaluation_strata(const rec_evaluation *evaluation);
REC_API REC_CHECKED rec_status rec_evaluation_stratum(const rec_evaluation *evaluation, int32_t index,
                                                      rec_stratum *stratum);

/**
 * Cross-validate: fit and measure once a fold (rec_split_fold), and average.
 *
 * model    says the algorithm, its parameters and features, and whom to tell of progress, once a fold;
 *          it need not be fitted and is not changed
 * folds    at least 2
 *
 * Errors  as rec_fit, rec_evaluate and rec_split_fold; the sentence names the fold.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_cross_validate(const rec_model *model, const rec_ratings *ratings,
                                                  int32_t folds, uint64_t seed, const char *metrics,
                                                  rec_evaluation **out);

enum {
    REC_FOLDS_SHUFFLED = 0, /* rec_split_fold, each fold of each repeat */
    REC_FOLDS_ONE = 1,      /* rec_split_one, once a repeat: leave one out */
    REC_FOLDS_LAST = 2,     /* rec_split_last with n = 1: leave the latest of each user out */
    REC_FOLDS_TIME = 3,     /* rec_split_time: learn from the past, test on what comes next */
    REC_FOLDS_GIVEN = 4     /* the caller's own */
};

/**
 * What the folds are. Set up by REC_FOLDS_INIT; 0 is the usual value of every member. Grows only at the end; a
 * library that is older than its caller answers REC_ERR_INVALID to members it does not know, unless they are
 * zero.
 */
typedef struct rec_folds {
    size_t size;
    int32_t kind;    /* REC_FOLDS_... */
    int32_t folds;   /* parts, slices or given pairs; 0: 5, or 1 of a kind that has no parts */
    int32_t repeats; /* of the shuffled and of one left out, each with draws of its own; 0: 1 */
    int32_t at_once; /* folds fitted at once, at most; 0: as many as there are threads, fewer of large data */
    uint64_t seed;   /* of the first repeat; one more for each that follows */
    const rec_ratings *const *train; /* of the given: `folds` pairs of ratings to learn from and to test on */
    const rec_ratings *const *test;
} rec_folds;

#define REC_FOLDS_INIT                                                                                       \
    {                                                                                                        \
        sizeof(rec_folds), REC_FOLDS_SHUFFLED, 0, 0, 0, 0, NULL, NULL                                        \
    }

/**
 * Cross-validate by a plan. rec_cross_validate is the plan of shuffled folds.
 *
 * model    as there. Its threads are shared by the folds that are fitted at once, each on an equal part of
 *          them; a fold's fit_seconds is the time it took beside the others. Progress is told on the thread of
 *          the caller, of the folds that are fitted there; to cancel is to cancel all
 * ratings  what is divided; not read, and may be NULL, when the folds are given
 *
 * The same figures for any number of threads.
 * Cost     each fold that is fitted at once holds its copy of the ratings and its model
 * Errors   REC_ERR_INVALID (NULL, the plan), REC_ERR_UNSUPPORTED (no times), and as rec_fit, rec_evaluate and
 *          the splits: the sentence names the fold.
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_cross_validate_by(const rec_model *model, const rec_ratings *ratings,
                                                     const rec_folds *plan, const char *metrics,
                                                     rec_evaluation **out);

/** How many folds were measured, 0 of rec_evaluate; and the figures and totals of one, NULL beyond the last.
 * View: it goes with the whole. */
REC_API int32_t rec_evaluation_folds(const rec_evaluation *evaluation);
REC_API const rec_evaluation *rec_evaluation_fold(const rec_evaluation *evaluation, int32_t fold);

/** Free the figures; NULL is accepted. */
REC_API void rec_evaluation_free(rec_evaluation *evaluation);

/** One figure. */
typedef struct rec_figure {
    size_t size;      /* sizeof(rec_figure), by REC_FIGURE_INIT */
    const char *name; /* as it was asked for; view */
    double value;     /* over folds, the mean */
    double deviation; /* over folds, the sample standard deviation; else 0 */
} rec_figure;

#define REC_FIGURE_INIT                                                                                      \
    {                                                                                                        \
        sizeof(rec_figure), NULL, 0.0, 0.0                                                                   \
    }

/** How many figures, and each, in the order asked for. Fills. Errors: REC_ERR_RANGE, REC_ERR_INVALID. */
REC_API int32_t rec_evaluation_count(const rec_evaluation *evaluation);
REC_API REC_CHECKED rec_status rec_evaluation_at(const rec_evaluation *evaluation, int32_t index,
                                                 rec_figure *figure);

/** What an evaluation counted; over folds, sums. */
typedef struct rec_evaluation_totals {
    size_t size;        /* sizeof(rec_evaluation_totals), by REC_EVALUATION_TOTALS_INIT */
    int64_t users;      /* with at least one known test item */
    int64_t pairs;      /* test ratings */
    int64_t unknown;    /* of them, with an unknown user or item */
    double fit_seconds; /* 0 when no fit was part of it */
    double score_seconds;
    int64_t rankings; /* one a user, or in context one a pair of user and context */
} rec_evaluation_totals;

#define REC_EVALUATION_TOTALS_INIT                                                                           \
    {                                                                                                        \
        sizeof(rec_evaluation_totals), 0, 0, 0, 0.0, 0.0, 0                                                  \
    }

/** Fills. Errors: REC_ERR_INVALID (NULL, size). */
REC_API REC_CHECKED rec_status rec_evaluation_totals_of(const rec_evaluation *evaluation,
                                                        rec_evaluation_totals *totals);

REC_END_DECLS

#endif
