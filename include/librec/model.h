/* SPDX-License-Identifier: Apache-2.0 */
/* The model: choose an algorithm, set parameters, fit, predict, rank, explain, save. */
#ifndef LIBREC_MODEL_H
#define LIBREC_MODEL_H

#include <librec/algorithm.h>
#include <librec/contexts.h>
#include <librec/features.h>
#include <librec/ratings.h>

REC_BEGIN_DECLS

/**
 * An algorithm with its parameters and, once fitted, what it learned.
 *
 * Calls that take a const model may run at once on any number of threads, without locks; the others need the
 * model to themselves. Distinct models are independent. Reference-counted, so that a server can swap models
 * while requests run.
 */
typedef struct rec_model rec_model;

/** Scratch memory that a thread of the caller keeps between queries, so that they allocate nothing. One
 * thread at a time. */
typedef struct rec_workspace rec_workspace;

/** In place of a user's row: somebody the model has never seen. */
#define REC_NEW_USER (-1)

/**
 * Make an unfitted model with default parameters.
 *
 * out        creates: free with rec_model_free; NULL after a failure
 * algorithm  a name that rec_algorithm_find knows
 *
 * Errors  REC_ERR_NOT_FOUND, REC_ERR_INVALID (NULL), REC_ERR_NO_MEMORY.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_model_create(rec_model **out, const char *algorithm);
/** One more owner. Threads: any. Returns its argument. */
REC_API rec_model *rec_model_retain(const rec_model *model);
/** Give up one ownership; NULL is accepted. */
REC_API void rec_model_free(rec_model *model);

/**
 * Set a parameter by number or by text. Takes effect at the next rec_fit (`threads` at once).
 *
 * value  a number within the bounds; as text also a choice's word, "true", "false"
 *
 * Errors  REC_ERR_NOT_FOUND (the sentence lists the parameters), REC_ERR_RANGE (value, bounds),
 *         REC_ERR_INVALID (not a number, not whole, not a choice); the parameter keeps its value.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_model_set(rec_model *model, const char *parameter, double value);
REC_API REC_CHECKED rec_status rec_model_set_text(rec_model *model, const char *parameter, const char *value);
/** Fills the value: for a choice, its position. Errors: REC_ERR_NOT_FOUND, REC_ERR_INVALID (NULL). */
REC_API REC_CHECKED rec_status rec_model_get(const rec_model *model, const char *parameter, double *value);

/** Features of the items, retained; NULL takes them away. The items of the model are the union of theirs and
 * the ratings'. */
REC_API REC_CHECKED rec_status rec_model_set_item_features(rec_model *model, const rec_features *features);

/**
 * Features of the users, retained; NULL takes them away. The users of the model are the union of theirs and the ratings'. An algorithm
 * with REC_TAKES_USER_FEATURES learns from them; with any other they answer for users without ratings (rec_rung).
 */
REC_API REC_CHECKED rec_status rec_model_set_user_features(rec_model *model, const rec_features *features);

/**
 * What users have seen or chosen, rated or not (their ratings among it), for algorithms that learn from the choice itself; retained; NULL:
 * what they rated. Values do not count. Rows are matched by id; users and items that the ratings lack are left out. An algorithm without
 * REC_TAKES_IMPLICIT refuses to fit with it.
 */
REC_API REC_CHECKED rec_status rec_model_set_implicit(rec_model *model, const rec_ratings *implicit);

/**
 * How much each rating counts: the values of `weights`, matched by ids of user and item, at least 0; a rating that has none counts 1. Retained;
 * NULL takes them away. An algorithm without REC_TAKES_WEIGHTS refuses to fit with them.
 */
REC_API REC_CHECKED rec_status rec_model_set_weights(rec_model *model, const rec_ratings *weights);

/**
 * In what circumstances ratings were given: the context of a pair is matched by the ids of user and item. Retained; NULL takes them away. An algorithm without
 * REC_TAKES_CONTEXTS refuses to fit with them. They may have more pairs than a fit learns from: rec_evaluate and its like, on this model, look up those of
 * test ratings here.
 */
REC_API REC_CHECKED rec_status rec_model_set_contexts(rec_model *model, const rec_contexts *contexts);

/**
 * Begin the next fits from what a fitted model of the same algorithm has learned, rows matched by id; rows that it lacks begin as usual.
 * Retained; NULL: begin anew. May be the model itself, which then goes on from its last fit. Other parameters may differ, but the lengths of vectors
 * may not. What counts is what it has learned when the fit begins.
 *
 * Errors  REC_ERR_NOT_FITTED, REC_ERR_INVALID (another algorithm), REC_ERR_UNSUPPORTED (an algorithm without REC_CAN_START).
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_model_start_from(rec_model *model, const rec_model *fitted);

/**
 * Ratings to watch the loss on while fitting, retained; NULL takes them away. The loss is the RMSE; of algorithms and losses that rank, the
 * chance that an item drawn ranks above one of these. Rows are matched by id; pairs whose user or item the training set lacks are left out; when
 * none is left, rec_fit answers REC_ERR_EMPTY. Their contexts are among those that are set on the model. Early stopping (`patience`) reads them. Iterative algorithms only.
 */
REC_API REC_CHECKED rec_status rec_model_set_validation(rec_model *model, const rec_ratings *validation);

/** What long work tells its caller; passed by pointer, grows only at the end. */
typedef struct rec_progress {
    size_t size;
    const char *stage; /* a word or two: "fit" */
    int64_t step, steps;
    double loss;       /* root mean squared error of the step on the training set; NaN when there is none */
    double validation; /* the same on the validation set */
} rec_progress;

/** Called on the thread that called rec_fit. Return 0 to go on, anything else to cancel. */
typedef int (*rec_progress_function)(void *context, const rec_progress *progress);

/** Set who is told of the progress of rec_fit; NULL for nobody. */
REC_API void rec_model_set_progress(rec_model *model, rec_progress_function function, void *context);

/**
 * Learn from ratings. A model that was fitted before is fitted afresh.
 *
 * ratings  retained by the model: to leave out what a user has rated, to fold in, to explain
 *
 * Same data, parameters and seed give the same bytes for any number of threads.
 * Errors  REC_ERR_EMPTY, REC_ERR_INVALID (NULL, features missing), REC_ERR_CANCELLED, REC_ERR_DIVERGED,
 *         REC_ERR_NO_MEMORY; the model is as it was before the call.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_fit(rec_model *model, const rec_ratings *ratings);

/** The name of the algorithm. View of a constant. */
REC_API const char *rec_model_algorithm(const rec_model *model);
/** 1 once fitted, else 0. */
REC_API int rec_model_fitted(const rec_model *model);
/** Rows of users and of items; 0 before the fit. */
REC_API int32_t rec_model_users(const rec_model *model);
REC_API int32_t rec_model_items(const rec_model *model);
/** The ids of the rows. Views, valid until the model is fitted again or freed; NULL before the fit. */
REC_API const rec_ids *rec_model_user_ids(const rec_model *model);
REC_API const rec_ids *rec_model_item_ids(const rec_model *model);
/** The columns of the item features it was fitted with: how many (0: none), and their names, NULL when they had none. View, as above. */
REC_API int32_t rec_model_features(const rec_model *model);
REC_API const rec_ids *rec_model_feature_names(const rec_model *model);
/** The names of the columns of the users' features that it was fitted with; NULL: there were none, or they had no names. View, as above. */
REC_API const rec_ids *rec_model_user_feature_names(const rec_model *model);
/** The values of contexts that it has learned of, as "FIELD=VALUE", field after field; NULL: none. View, as above. */
REC_API const rec_ids *rec_model_context_names(const rec_model *model);
/**
 * Find the rows of values among these names, for rec_query.context.
 *
 * text  "FIELD=VALUE,FIELD=VALUE"; a value that was not met in training counts nothing and is left out
 * rows  fills: at most `capacity` rows; n fills: how many
 *
 * Errors  REC_ERR_NOT_FITTED, REC_ERR_NOT_FOUND (a field: the sentence lists them), REC_ERR_INVALID (NULL, no FIELD=VALUE, capacity),
 *         REC_ERR_UNSUPPORTED (a model that was fitted without contexts).
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_model_find_context(const rec_model *model, const char *text, int32_t *rows,
                                                      int32_t capacity, int32_t *n);
/** The ratings it learned from; NULL before the fit, or when it was saved without them. View, as above. */
REC_API const rec_ratings *rec_model_ratings(const rec_model *model);

/**
 * The loss after each epoch: on the training set RMSE, or the mean of what a ranking minimises, and, when one was set, on the validation set
 * (rec_model_set_validation).
 *
 * training, validation  views of n numbers, NULL where there are none; valid as the ids above
 * n                     fills: 0 for an algorithm that does not iterate
 *
 * Errors  REC_ERR_NOT_FITTED, REC_ERR_INVALID (NULL).
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_model_loss(const rec_model *model, const double **training,
                                              const double **validation, int64_t *n);

/** The last two, IEEE 754 half precision and bfloat16, only in files of other writers. */
typedef enum rec_dtype {
    REC_F32 = 0,
    REC_F64 = 1,
    REC_I32 = 2,
    REC_I64 = 3,
    REC_U8 = 4,
    REC_F16 = 5,
    REC_BF16 = 6
} rec_dtype;

/**
 * A fitted array, row-major. Views, valid as the ids above. In a file of another writer there may be more
 * than two dimensions (columns is then the product of all extents but the first), and data may not be aligned
 * to its elements (copy it before use).
 */
typedef struct rec_array {
    size_t size; /* sizeof(rec_array), by REC_ARRAY_INIT */
    const char *name;
    const void *data;
    int64_t rows, columns; /* columns is 1 for a vector */
    int32_t type;          /* rec_dtype */
    int32_t dimensions;    /* 1 or 2 */
} rec_array;

#define REC_ARRAY_INIT                                                                                       \
    {                                                                                                        \
        sizeof(rec_array), NULL, NULL, 0, 0, 0, 0                                                            \
    }

/** The fitted arrays, such as "item_vectors": how many, by number, by name. Errors: REC_ERR_RANGE,
 * REC_ERR_NOT_FOUND. */
REC_API int32_t rec_model_array_count(const rec_model *model);
REC_API REC_CHECKED rec_status rec_model_array_at(const rec_model *model, int32_t index, rec_array *array);
REC_API REC_CHECKED rec_status rec_model_array_find(const rec_model *model, const char *name,
                                                    rec_array *array);

/**
 * Predict the rating (or the score, for algorithms that only rank) of an item by a user, not clipped to the
 * scale.
 *
 * user, item  rows
 * rating      fills: the same number that rec_topk gives as the score of the item
 *
 * Threads  const.   Cost  O(factors).
 * Errors   REC_ERR_NOT_FITTED, REC_ERR_RANGE (user, item), REC_ERR_INVALID (NULL).
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_predict(const rec_model *model, int32_t user, int32_t item, float *rating);
/**
 * How far a rating may lie from its prediction: the standard deviation of the rating given what the model knows, the noise of ratings
 * included. About 95% of ratings lie within 1.96 of it.
 *
 * user, item  rows
 * deviation   fills: on the scale of the ratings
 *
 * Threads  const.
 * Errors   as rec_predict; REC_ERR_UNSUPPORTED (an algorithm without REC_PREDICTS_DEVIATION).
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_predict_deviation(const rec_model *model, int32_t user, int32_t item,
                                                     float *deviation);
/** Predict n pairs. Stops at the first bad one, whose index the sentence names. */
REC_API REC_CHECKED rec_status rec_predict_batch(const rec_model *model, const int32_t *users,
                                                 const int32_t *items, int64_t n, float *ratings);
/**
 * The same at given times: n of them, in the unit of the training ratings' times; REC_NO_TIME: as rec_predict. Algorithms whose biases do not
 * drift with time give the same at any.
 */
REC_API REC_CHECKED rec_status rec_predict_batch_at(const rec_model *model, const int32_t *users,
                                                    const int32_t *items, const int64_t *times, int64_t n,
                                                    float *ratings);

/**
 * The same with the contexts of pairs that have one, matched by id; times may be NULL. A value that was not met in training counts nothing.
 * Errors: REC_ERR_UNSUPPORTED (a model that was fitted without contexts), REC_ERR_NOT_FOUND (a field that it has not learned of).
 */
REC_API REC_CHECKED rec_status rec_predict_batch_in(const rec_model *model, const int32_t *users,
                                                    const int32_t *items, const int64_t *times,
                                                    const rec_contexts *contexts, int64_t n, float *ratings);

enum {
    REC_QUERY_WITH_SEEN = 1, /* do not leave out what the user has rated */
    REC_QUERY_AT_TIME =
        2 /* at the query's time; else scores leave out what depends on it: drift, hour, weekday */
};

/** What an answer rests on: the first that there is. */
typedef enum rec_rung {
    REC_RUNG_KNOWN = 1,      /* the ratings of a user of the model */
    REC_RUNG_HISTORY = 2,    /* the history of the query */
    REC_RUNG_ATTRIBUTES = 3, /* features of the user, mapped to a vector (algorithms with vectors of users) */
    REC_RUNG_SEGMENT = 4,    /* what users of the same features rate most (algorithms that only rank) */
    REC_RUNG_POPULAR = 5 /* the model's own scores without a user (biases, tables), or what users rate most */
} rec_rung;

/**
 * What to rank, and for whom. Set up by REC_QUERY_INIT. Grows only at the end; a library that is older than
 * its caller answers REC_ERR_INVALID to members it does not know, unless they are zero.
 *
 * All arrays are the caller's and, but for rung, are only read during the call.
 */
typedef struct rec_query {
    size_t size;
    uint32_t flags;        /* REC_QUERY_... */
    uint32_t reserved;     /* 0 */
    const int32_t *only;   /* rank these item rows alone; NULL: all */
    int64_t n_only;        /* 0 with a non-NULL `only`: nothing is eligible */
    const int32_t *except; /* never these item rows */
    int64_t n_except;
    const int32_t *history; /* item rows: fold these in, instead of the user's stored state; NULL: do not */
    const float *history_ratings; /* their ratings; NULL: the greatest of the training ratings */
    int64_t n_history;
    rec_workspace *workspace; /* scratch of this thread; NULL: allocated in the call */
    /* With REC_QUERY_AT_TIME: the moment asked about, in the unit of the ratings' times. A model that has learned nothing of times gives the
     * same at any. */
    int64_t time;
    /* Of a REC_NEW_USER: columns of the features that the model was fitted with (rec_model_user_feature_names), each once, and their values; NULL: 1
     * each. A history goes before them. */
    const int32_t *attributes;
    const float *attribute_values;
    int64_t n_attributes;
    int32_t *rung; /* fills: which rec_rung answered, of rec_topk_batch one a user; NULL: not wanted */
    /* The context of the moment: rows of rec_model_context_names, at most one a field; of the others nothing is known. */
    const int32_t *context;
    int64_t n_context;
    /* Rank by scores times these, one an item of the model, above 0 (divided by them where a score is below 0): post-filtering by rec_ratings_lifts. The
     * scores of the answer are those products. rec_score does not read them. NULL: by the scores themselves */
    const float *item_factors;
} rec_query;

#define REC_QUERY_INIT                                                                                       \
    {                                                                                                        \
        sizeof(rec_query), 0, 0, NULL, 0, NULL, 0, NULL, NULL, 0, NULL, 0, NULL, NULL, 0, NULL, NULL, 0,     \
            NULL                                                                                             \
    }

/**
 * Rank the items that suit a user, best first.
 *
 * model    fitted model
 * user     row of the users, 0 <= user < rec_model_users(model), or REC_NEW_USER
 * query    filters and history; NULL: leave out what the user has rated
 * k        capacity of items and scores, k >= 1
 * items    fills: item rows by falling score; equal scores, the smaller row first
 * scores   fills: model units, comparable within one call only; may be NULL
 * n        fills: how many were written; fewer than k when fewer are eligible
 *
 * Scores are sums in double, rounded once; the order is that of the sums.
 * Ownership  keeps nothing.   Threads  const: may run concurrently.
 * Cost       O(items * factors), one pass; no allocation with a workspace in query, but for folding in.
 * Errors     REC_ERR_NOT_FITTED, REC_ERR_RANGE (user, an item in a list), REC_ERR_INVALID (k, NULL, the
 *            query's size, a NaN rating), REC_ERR_UNSUPPORTED (a history where there is no fold-in), REC_ERR_NO_MEMORY,
 *            REC_ERR_CORRUPT (a damaged file gave a score that is no number).
 * Since      0.1
 */
REC_API REC_CHECKED rec_status rec_topk(const rec_model *model, int32_t user, const rec_query *query,
                                        int32_t k, int32_t *items, float *scores, int32_t *n);

/**
 * Rank for many users at once, over the model's `threads`. The same results as rec_topk on each, much faster.
 *
 * users    n_users rows; NULL: the rows 0..n_users-1
 * query    applies to every user; a history is an error here
 * items    fills: k places a user, of which counts[u] are written; scores alike, may be NULL
 *
 * Errors  as rec_topk; nothing is promised about the arrays after one.
 */
REC_API REC_CHECKED rec_status rec_topk_batch(const rec_model *model, const int32_t *users, int64_t n_users,
                                              const rec_query *query, int32_t k, int32_t *items,
                                              float *scores, int32_t *counts);

/**
 * Score given items for a user: rec_predict with a query (its history; its filters are not applied).
 *
 * items   n item rows
 * scores  fills: n scores, in the order of items
 *
 * Errors  as rec_topk.
 */
REC_API REC_CHECKED rec_status rec_score(const rec_model *model, int32_t user, const rec_query *query,
                                         const int32_t *items, int64_t n, float *scores);

/**
 * Score an item that the model has not seen for some of its users, from ratings of it: what rec_score would give had the item been part of
 * the fit, all else unchanged.
 *
 * raters, ratings  n user rows, each once, and their finite ratings; n may be 0
 * users            n_users user rows
 * scores           fills: n_users scores, in the order of users
 *
 * Threads  const.   Cost  one solve of the item's side, then that of a prediction a user.
 * Errors   REC_ERR_NOT_FITTED, REC_ERR_RANGE (a row), REC_ERR_INVALID (NULL, a count, a user twice, a rating that is not finite),
 *          REC_ERR_UNSUPPORTED (an algorithm without REC_CAN_FOLD_IN_ITEMS; one that compares with the ratings, saved without them),
 *          REC_ERR_NO_MEMORY.
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_score_new_item(const rec_model *model, const int32_t *raters,
                                                  const float *ratings, int64_t n, const int32_t *users,
                                                  int64_t n_users, float *scores);

/**
 * The vector by which a user is ranked: the score of an item is the inner product with its row of "item_vectors", plus what biases there are.
 * For somebody new, or with other ratings, from the query's history: so vectors can be kept in another index, or compared.
 *
 * user    row, or REC_NEW_USER
 * query   its history, if it has one, takes the place of what the model has learned of the user; NULL: none
 * vector  fills: as many numbers as rec_model_factors says
 * bias    fills: the user's bias; may be NULL
 *
 * Threads  const.   Cost  as a prediction.
 * Errors   as rec_score; REC_ERR_UNSUPPORTED (an algorithm whose scores are no inner products).
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_user_vector(const rec_model *model, int32_t user, const rec_query *query,
                                               float *vector, float *bias);
/** The same of an item that the model has not seen, from ratings of it as rec_score_new_item takes them. Errors: as there, and as above. */
REC_API REC_CHECKED rec_status rec_new_item_vector(const rec_model *model, const int32_t *raters,
                                                   const float *ratings, int64_t n, float *vector,
                                                   float *bias);
/** The length of the vectors of users and items; 0 before the fit, and of an algorithm that has none. */
REC_API int32_t rec_model_factors(const rec_model *model);

/**
 * Add items to a fitted model by their features alone: each gets the vector that a fit with these features would have given it, without any ratings,
 * and enters every ranking. The model itself stays as it is, and may go on answering.
 *
 * out       creates: a fitted model, its items those of `model` in the same rows and then the new ones; free with rec_model_free; NULL after a failure
 * features  of the new items; of others nothing changes. Columns are matched by name where they and those of the fit have names (one that the
 *           fit had not is left out), else they must be as many
 *
 * Threads  const.   Cost  one pass over the model's arrays, which are shared where they lie in a file.
 * Errors   REC_ERR_NOT_FITTED, REC_ERR_INVALID (NULL, columns), REC_ERR_EMPTY (no item is new), REC_ERR_UNSUPPORTED (an algorithm, other than content, without
 *          vectors that are mapped from features, or fitted without), REC_ERR_NO_MEMORY.
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_model_add_items(rec_model **out, const rec_model *model,
                                                   const rec_features *features);

/**
 * What users have done since the fit enters a fitted model without fitting again. Each user with ratings in `ratings` has them in place of the
 * model's, and what the model has learned of the user is what folding them in gives: rec_topk answers as the old model does to a query with that
 * history. Users that the model lacks are appended. All else stays as fitted, also what has been counted of users: popularity, segments. The model
 * itself stays as it is, and may go on answering.
 *
 * out      creates: a fitted model, its users those of `model` in the same rows and then the new ones; free with rec_model_free; NULL after a failure
 * ratings  whole histories, matched by ids of user and item; of a model saved without its ratings they are not kept
 *
 * Threads  const.   Cost  a copy of the ratings and the users' arrays, a fold-in a user, over the model's `threads`.
 * Errors   REC_ERR_NOT_FITTED, REC_ERR_INVALID (NULL, ids of another kind), REC_ERR_EMPTY (no ratings), REC_ERR_NOT_FOUND (an item that the model
 *          lacks), REC_ERR_UNSUPPORTED (an algorithm that cannot fold in or keeps neighbours of users, a blend, scores from ratings that were not
 *          saved), REC_ERR_RANGE (nothing finite comes of it), REC_ERR_NO_MEMORY.
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_model_update_users(rec_model **out, const rec_model *model,
                                                      const rec_ratings *ratings);
/**
 * The same of items and who rated them: each item with ratings has them in place of the model's, and is scored as by rec_score_new_item. Items that the model
 * lacks are appended; a user that it lacks is an error. The users' own vectors stay. For algorithms with REC_CAN_FOLD_IN_ITEMS that do not compare items
 * or users with each other.
 */
REC_API REC_CHECKED rec_status rec_model_update_items(rec_model **out, const rec_model *model,
                                                      const rec_ratings *ratings);

/**
 * The items, or users, most like one, itself left out: cosine of the vectors, or the weights of an item
 * graph.
 *
 * items, scores, n  as rec_topk
 *
 * Errors  REC_ERR_NOT_FITTED, REC_ERR_RANGE, REC_ERR_INVALID, REC_ERR_UNSUPPORTED (scores from a table),
 *         REC_ERR_NO_MEMORY.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_similar_items(const rec_model *model, int32_t item, int32_t k,
                                                 int32_t *items, float *scores, int32_t *n);
REC_API REC_CHECKED rec_status rec_similar_users(const rec_model *model, int32_t user, int32_t k,
                                                 int32_t *users, float *scores, int32_t *n);

/**
 * Why an item is recommended: which items of the user's history count most for it.
 *
 * because        fills: item rows of the history, by falling size of the contribution
 * contributions  fills: additive parts of the score as it is when the user is folded in from that history;
 *                what no item accounts for (mean, biases) is the rest
 * n              fills: how many were written, at most k
 *
 * Errors  as rec_topk; REC_ERR_UNSUPPORTED (no explanation for this algorithm, or saved without its ratings).
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_explain(const rec_model *model, int32_t user, int32_t item, int32_t k,
                                           int32_t *because, float *contributions, int32_t *n);

/** The same with a query: its history in place of the user's ratings; its filters are not applied. user: a row, or REC_NEW_USER. */
REC_API REC_CHECKED rec_status rec_explain_query(const rec_model *model, int32_t user, const rec_query *query,
                                                 int32_t item, int32_t k, int32_t *because,
                                                 float *contributions, int32_t *n);

/** In place of an item of the history: all of it. */
#define REC_WHOLE_HISTORY (-1)

/**
 * Which features of an item count most for it: words, genres, or dimensions of an embedding.
 *
 * user, query    as rec_explain_query
 * because        an item row of the history: the parts of its contribution; REC_WHOLE_HISTORY: the parts of the score
 * features       fills: columns of the item features, by falling size of the contribution; their names: rec_model_feature_names
 * contributions  fills: they add up to that of `because` in rec_explain, or to the score
 * n              fills: how many were written, at most k; features that contribute nothing are not among them
 *
 * Errors  as rec_explain; REC_ERR_RANGE (because is not in the history); REC_ERR_UNSUPPORTED (scores are not made of features).
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_explain_features(const rec_model *model, int32_t user,
                                                    const rec_query *query, int32_t item, int32_t because,
                                                    int32_t k, int32_t *features, float *contributions,
                                                    int32_t *n);

/** Make a workspace; it grows to what its queries need. out: creates. Errors: REC_ERR_NO_MEMORY,
 * REC_ERR_INVALID. */
REC_API REC_CHECKED rec_status rec_workspace_create(rec_workspace **out);
/** Free a workspace; NULL is accepted. */
REC_API void rec_workspace_free(rec_workspace *workspace);

enum {
    REC_SAVE_WITHOUT_RATINGS = 1 /* a smaller file that cannot leave out what a user has rated, nor explain */
};

/**
 * Save a fitted model to a container file (docs/container.md); open one by mapping it, in O(1).
 *
 * flags  REC_SAVE_..., or 0
 *
 * Promises and errors as rec_ratings_save and rec_ratings_open; REC_ERR_NOT_FITTED, REC_ERR_NOT_FOUND (an
 * algorithm this library lacks), REC_ERR_UNSUPPORTED (without ratings, of an algorithm that has
 * REC_NEEDS_RATINGS).
 * Since  0.1
 */
REC_API REC_CHECKED rec_status rec_model_save(const rec_model *model, const char *path);
REC_API REC_CHECKED rec_status rec_model_save_as(const rec_model *model, const char *path, uint32_t flags);
REC_API REC_CHECKED rec_status rec_model_open(rec_model **out, const char *path);

REC_END_DECLS

#endif
