/* SPDX-License-Identifier: Apache-2.0 */
/* Which parameters suit the data: points of a space of parameters are fitted and measured, best first. */
#ifndef LIBREC_TUNE_H
#define LIBREC_TUNE_H

#include <librec/evaluate.h>

REC_BEGIN_DECLS

/** Parameters of one algorithm, and what to try for each. One thread at a time; const calls, any number. */
typedef struct rec_space rec_space;

/**
 * Make a space without parameters.
 *
 * out  creates: free with rec_space_free; NULL after a failure
 *
 * Errors  REC_ERR_NOT_FOUND (the sentence lists the algorithms), REC_ERR_INVALID (NULL), REC_ERR_NO_MEMORY.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_space_create(rec_space **out, const char *algorithm);
/** Free a space; NULL is accepted. */
REC_API void rec_space_free(rec_space *space);

/**
 * Values to try for a parameter, by number or by text as rec_model_set and rec_model_set_text take them. Each
 * parameter is given once.
 *
 * values  n of them, n >= 1; copies
 *
 * Errors  REC_ERR_NOT_FOUND (the sentence lists the parameters), REC_ERR_RANGE (value, bounds), REC_ERR_INVALID
 *         (NULL, n, a value that the parameter cannot have, given before, `threads`, which changes no result),
 *         REC_ERR_NO_MEMORY; the space is as it was before the call.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_space_values(rec_space *space, const char *parameter, const double *values,
                                                int32_t n);
REC_API REC_CHECKED rec_status rec_space_texts(rec_space *space, const char *parameter,
                                               const char *const *values, int32_t n);

enum {
    REC_RANGE_LOG = 1 /* even in the logarithm: as likely from 0.01 to 0.1 as from 0.1 to 1 */
};

/**
 * A range to draw a parameter from, both ends included: a real number, to four or five digits, or a whole one. A
 * grid has no use for it.
 *
 * least, most  finite, within the parameter's bounds, least < most; with REC_RANGE_LOG, least > 0
 * flags        REC_RANGE_..., or 0: evenly
 *
 * Errors  as rec_space_values; REC_ERR_INVALID (flags, the ends, a choice or a flag: give its values).
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_space_range(rec_space *space, const char *parameter, double least,
                                               double most, uint32_t flags);

enum {
    REC_TUNE_GRID = 0, /* every combination of the values; those of the parameter given last change fastest */
    REC_TUNE_RANDOM = 1, /* points drawn at random (Bergstra and Bengio, JMLR 2012) */
    /* Points drawn at random are fitted at a small resource; the best 1/factor of them go on at factor times
     * that, and so on, the last at the model's own (Jamieson and Talwalkar, "Non-stochastic best arm
     * identification and hyperparameter optimization", AISTATS 2016). */
    REC_TUNE_HALVING = 2
};

/**
 * How to search. Set up by REC_TUNE_OPTIONS_INIT; 0 and NULL are the usual value of every member. Grows only at
 * the end; a library that is older than its caller answers REC_ERR_INVALID to members it does not know, unless
 * they are zero. What a method has no use for must be 0 or NULL, but for the seed.
 */
typedef struct rec_tune_options {
    size_t size;
    int32_t method;     /* REC_TUNE_... */
    int32_t points;     /* random, halving: how many are drawn, at most 100000; 0: 27. No two are the same: a
                              space that has fewer gives fewer */
    uint64_t seed;      /* of the draws */
    const char *metric; /* one that rec_evaluate takes; NULL: rmse, or ndcg@20 of an algorithm without
                              REC_PREDICTS_RATINGS. Errors and gini are best when small, others when great */
    const rec_folds *plan; /* what a point is measured on: the mean over folds, of which one may be given, a
                              validation set; NULL: 5 shuffled folds. Its at_once must be 0 */
    int32_t at_once;       /* fits at once, at most; 0: as many as there are threads, fewer of large data */
    int32_t factor;        /* halving: 2 to 1000; 0: 3 */
    const char *resource; /* halving: a parameter of whole numbers; NULL: epochs. The model's value is that of
                              the last round; it is divided by the factor for each round before, rounded down */
    const char *path;     /* grid: a parameter of the space. Points that differ in it alone are fitted one
                              after another, its greatest value first, each starting from what the one before
                              has learned: a path from strong to weak regularization. Of an algorithm with
                              REC_CAN_START; NULL: every point starts afresh */
} rec_tune_options;

#define REC_TUNE_OPTIONS_INIT                                                                                \
    {                                                                                                        \
        sizeof(rec_tune_options), REC_TUNE_GRID, 0, 0, NULL, NULL, 0, 0, NULL, NULL                          \
    }

/** The points of a search, best first. Immutable. */
typedef struct rec_tuning rec_tuning;

/**
 * Fit and measure points of a space.
 *
 * model    says the algorithm, the parameters that the space leaves alone, features and so on, and whom to tell of
 *          progress (stage "tune", steps: fits); it need not be fitted and is not changed. Its threads are shared
 *          by the fits that run at once
 * ratings  what the plan divides; not read, and may be NULL, when it gives the folds
 * space    of the model's algorithm, with at least one parameter
 * options  NULL: the usual
 * out      creates: free with rec_tuning_free
 *
 * A point whose fit diverges, on any fold, is the last; the others go on. The same for any number of threads and of
 * fits at once.
 * Ownership  keeps nothing.   Threads  const; progress is told on the thread of the caller, to cancel is to
 *            cancel all.
 * Cost       points * folds fits; each that runs at once holds its model and its copy of the ratings
 * Errors     REC_ERR_INVALID (NULL, an option, a space of another algorithm, a grid with a range), REC_ERR_NOT_FOUND
 *            (the resource, the path), REC_ERR_UNSUPPORTED (a path of an algorithm that cannot start), REC_ERR_DIVERGED
 *            (all points), REC_ERR_CANCELLED, and as rec_cross_validate_by: the sentence names point and fold.
 * Since      0.1
 */
REC_API REC_CHECKED rec_status rec_tune(const rec_model *model, const rec_ratings *ratings,
                                        const rec_space *space, const rec_tune_options *options,
                                        rec_tuning **out);
/** Free the points; NULL is accepted. */
REC_API void rec_tuning_free(rec_tuning *tuning);

/** One point. Grows only at the end. */
typedef struct rec_tuned {
    size_t size;      /* sizeof(rec_tuned), by REC_TUNED_INIT */
    double value;     /* the metric, over folds the mean; of the last round it was in; NaN when it diverged */
    double deviation; /* over folds, the sample standard deviation; else 0 */
    double fit_seconds; /* of all its fits, each beside others */
    int32_t number;     /* from 0, in the order of the grid or of the draws */
    int32_t rounds;     /* it was fitted in; 1 without halving. Who was in more is better */
    int32_t resource;   /* halving: of its last round; else 0 */
    int32_t diverged;   /* 0 or 1 */
} rec_tuned;

#define REC_TUNED_INIT                                                                                       \
    {                                                                                                        \
        sizeof(rec_tuned), 0.0, 0.0, 0.0, 0, 0, 0, 0                                                         \
    }

/**
 * How many points, and each, best first: those of more rounds before those of fewer, equal ones in their order,
 * diverged ones last. Fills. Errors: REC_ERR_RANGE, REC_ERR_INVALID (NULL, size).
 */
REC_API int32_t rec_tuning_count(const rec_tuning *tuning);
REC_API REC_CHECKED rec_status rec_tuning_at(const rec_tuning *tuning, int32_t rank, rec_tuned *tuned);

/** The name of the metric. View: it goes with the points. */
REC_API const char *rec_tuning_metric(const rec_tuning *tuning);

/**
 * Set a model's parameters of the space to their values at a point. The others are left alone, so that a model
 * made as the one that was tuned becomes the one that was measured.
 *
 * Errors  REC_ERR_RANGE (rank), REC_ERR_INVALID (NULL, a model of another algorithm).
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_tuning_parameters(const rec_tuning *tuning, int32_t rank,
                                                     rec_model *model);

REC_END_DECLS

#endif
