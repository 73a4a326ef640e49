/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an algorithm is added: one file in this folder that ends in one `const struct rec_backend`, and one
 * line in registry.c.
 *
 * A backend fits: it reads the ratings and its parameters and fills named arrays (container/arrays.h), which its
 * scorer reads:
 *
 *   table       item_scores [items]; optional user_biases [users], offset [1, double]
 *               score = offset + user_biases[u] + item_scores[i]
 *   dot         item_vectors [items x f]; optional item_biases, user_vectors [users x f], user_biases, offset
 *               score = offset + user_biases[u] + item_biases[i] + user_vectors[u] . item_vectors[i]
 *               without user_vectors, the user is folded in from the ratings each time; context_fields and its like (context.h) add
 *               to user_vectors what is known of the moment
 *   item graph  graph_start [items + 1], graph_columns, graph_weights: a sparse items x m matrix A; optional back_start [m + 1],
 *               back_columns, back_weights: a sparse m x items matrix B; optional graph_rule [1]; optional history_line, history_half_life (history.h): what r[j] counts, but by the rule nearest
 *               score = sum over the history j of r[j] W[j,i], where W = A (m = items) or A B; or, by the rule
 *               nearest, row i of A has the items nearest to i, nearest first, and
 *               score = base[u,i] + s[i] (sum of w z[j]) / (sum of w + damping) over the first k of the row in
 *               the history, z[j] = (r[j] - base[u,j]) / s[j] + shift[i,j], base[u,i] = offset + user_biases[u] + item_biases[i];
 *               fewer than min_k: the base alone. graph_nearest [3, double]: k, min_k, damping; optional
 *               offset, user_biases, item_biases, item_spreads s, graph_shifts
 *   user graph  graph_start [users + 1], graph_columns, graph_weights: the nearest users of each, nearest first; graph_rule
 *               and the rest as above, with user_spreads; score = sum over the neighbours v of w r[v,i], or by the rule nearest
 *               the mean over the first k that rated i, z[v] = (r[v,i] - base[v,i]) / s[v], times s[u]
 *
 *   closest     item_vectors [items x f], or the A and B of an item graph, B being A turned round, of a matrix Y whose rows have length 1
 *               score = the greatest, over the history j, of w[j] y[j] . y[i], of those with w[j] > 0 (history.h); 0 when there are none
 *
 * Of any of them, an optional score_link [3, double] (link.h) turns the score into what is answered.
 *
 * Everything else (prediction, top-k, filters, threads, similar items, files, the command line, tests)
 * follows from these. Same ratings, parameters and seed must give the same bytes for any number of threads:
 * draw from base/random.h by row, sum in an order that does not depend on who sums. No output, no global
 * state.
 */
#ifndef REC_BACKENDS_BACKEND_H
#define REC_BACKENDS_BACKEND_H

#include "base/parameter.h"
#include "container/arrays.h"
#include "store/features.h"
#include "store/ratings.h"

/** A trait beside the public ones: users' lists differ, but by no taste of theirs, so REC_CAN_PERSONALIZE is not claimed. */
#define REC_BLIND_TO_TASTES (1u << 31)
/** Vectors that lie near each other say nothing: REC_CAN_SIMILAR is not claimed, and similar rows are refused. */
#define REC_BLIND_TO_LIKENESS (1u << 30)
/** Places items that nobody has rated by their features itself; else model/item_map.c does. */
#define REC_PLACES_ITEMS (1u << 29)

enum rec__scorer_kind {
    REC_SCORER_TABLE,
    REC_SCORER_DOT,
    REC_SCORER_ITEM_GRAPH,
    REC_SCORER_USER_GRAPH,
    REC_SCORER_CLOSEST,
    REC_SCORER_BLEND
};

/** graph_rule: what the sum over the history is divided by. */
enum rec__graph_rule {
    REC_GRAPH_SUM = 0, /* nothing */
    REC_GRAPH_COSINE =
        1, /* the length of the history's vector r A: a cosine, when the columns of B have length 1 */
    REC_GRAPH_NEAREST = 2 /* the sum of the weights: a mean over the k nearest */
};

/** The model that a fit begins from. */
struct rec__start {
    const struct rec__arrays *arrays; /* what it had learned */
    int32_t *users, *items;           /* its row of each user and item of the ratings; -1: it has none */
};

/** Given contexts of the ratings: fields of named values. */
struct rec__fit_contexts {
    int32_t n;                 /* fields; 0: none */
    const int32_t *sizes;      /* values of each field */
    const int32_t *rows;       /* of each rating, by user, its value in each field; -1: unknown */
    const int32_t *validation; /* likewise of the validation ratings; NULL without */
};

/** Ages histories by fit->half_life itself; else it is in the weights of those with REC_TAKES_WEIGHTS, and others refuse it. */
#define REC_AGES_HISTORIES (1u << 28)

/** What a fit is given, and where it puts what it learned. */
struct rec__fit {
    const rec_ratings *ratings;        /* never empty; users and items are the union with the features' */
    const rec_ratings *validation;     /* rows as in ratings; NULL: none */
    const rec_features *user_features; /* rows as the users of ratings; NULL: none */
    const rec_features *item_features; /* rows as the items; NULL: none */
    const rec_ratings
        *implicit; /* what users have seen, rated or not, rows as in ratings; NULL: what they rated */
    const float *user_weights, *item_weights; /* how much each rating counts, by user and by item; NULL: 1 */
    double half_life;                         /* seconds after which a rating counts half; 0: none */
    struct rec__fit_contexts contexts;        /* REC_TAKES_CONTEXTS; rows of REC_CONTEXT_GIVEN (context.h) */
    const struct rec__start *start;           /* NULL: begin anew */
    const double *parameters;                 /* in the order of the backend's table */
    uint64_t seed;
    int32_t threads;
    struct rec__arrays *arrays;   /* to fill */
    enum rec__scorer_kind scorer; /* the backend's; a fit may choose another when its arrays ask for it */
    void *report;                 /* for rec__fit_report */
};

/**
 * After each epoch of an iterative fit: keep the losses (RMSE; validation NaN when there is none) and tell
 * the caller. Returns REC_ERR_CANCELLED when the caller says so, REC_ERR_DIVERGED when a loss is not finite:
 * hand it on after cleaning up.
 */
rec_status rec__fit_report(struct rec__fit *fit, int64_t step, int64_t steps, double loss, double validation);

/** The same of a step that has no loss. */
rec_status rec__fit_progress(struct rec__fit *fit, int64_t step, int64_t steps);

/** A fitted model as fold_in and explain see it. */
struct rec__fitted {
    const struct rec_backend *backend;
    enum rec__scorer_kind scorer;
    const double *parameters;
    const struct rec__arrays *arrays;
    int32_t n_users, n_items;
    int32_t
        n_features; /* columns of the item features it was fitted with; 0: none, or a file that does not tell */
};

/** What somebody rated, by item row; rows and ratings have been checked. */
struct rec__history {
    const int32_t *items;
    const float *ratings;
    int64_t n;
    const int64_t *times; /* NULL: unknown */
};

/** A user as the scorers see one. */
struct rec__user_state {
    float *vector; /* fills: as many as item_vectors has columns; NULL for all but dot */
    double bias;   /* fills: in place of user_biases[u] */
    double spread; /* fills: in place of user_spreads[u]; 1 to begin with */
};

/** The nearest users of somebody, or items of something, nearest first. */
struct rec__neighbors {
    int32_t *rows; /* fills, as are weights: at most as many as there are rows */
    float *weights;
    float *shifts; /* fills: graph_shifts; NULL: not wanted */
    int32_t n;
};

struct rec__work;

struct rec_backend {
    const char *name;    /* required: lower case, as it is typed */
    const char *summary; /* required: one line */
    const struct rec__parameter *parameters;
    int32_t n_parameters;
    enum rec__scorer_kind scorer;
    uint32_t other_scorers; /* 1 << kind for each that a fit may choose instead */
    uint32_t traits;        /* REC_NEEDS_ITEM_FEATURES and its like, REC_BLIND_TO_*, or 0 */
    /** Required. On failure what was added to fit->arrays is released by the caller. */
    rec_status (*fit)(struct rec__fit *fit);
    /**
     * Optional: the state of a new item with ratings by these users (raters->items are users): vector and bias take the place of a row of
     * item_vectors and item_biases (item_scores for a table), spread of item_spreads.
     */
    rec_status (*fold_in_item)(const struct rec__fitted *fitted, const struct rec__history *raters,
                               struct rec__user_state *state);
    /** Item graph, with fold_in_item: the neighbours of a new item, as a row by the rule nearest. */
    rec_status (*item_neighbors)(const struct rec__fitted *fitted, const rec_ratings *ratings,
                                 const struct rec__history *raters, struct rec__neighbors *neighbors);
    /**
     * Optional, with REC_PLACES_ITEMS: the arrays of all items, when those of `more` (sparse, its columns the fit's) come after the old; what it
     * does not add to `grown` is carried over as it is.
     */
    rec_status (*add_items)(const struct rec__fitted *fitted, const rec_features *more,
                            struct rec__arrays *grown);
    /** Optional: how much work a fit is on data of this size (work.h), from fit's ratings, parameters and threads alone: what rec_plan
     * goes by. Count what the loops do; a factor for what the count leaves out is measured with bench/plan.py. */
    void (*work)(const struct rec__fit *fit, struct rec__work *work);
    /** Optional: are the arrays that the functions below read, beside the scorer's, of the right sizes? Errors: REC_ERR_CORRUPT. */
    rec_status (*check)(const struct rec__fitted *fitted);
    /** Optional: the state of a user with this history (n may be 0). May allocate; must run on many threads
     * at once. */
    rec_status (*fold_in)(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state);
    /** User graph, with fold_in: the neighbours of a user with this history. Runs on many threads at once. */
    rec_status (*neighbors)(const struct rec__fitted *fitted, const rec_ratings *ratings,
                            const struct rec__history *history, struct rec__neighbors *neighbors);
    /** Optional: the standard deviation of a rating around its prediction. */
    double (*deviation)(const struct rec__fitted *fitted, int32_t user, int32_t item);
    /** Optional: contributions[j] of each history entry to the score of `item` for a user folded in from it.
     */
    rec_status (*explain)(const struct rec__fitted *fitted, const struct rec__history *history, int32_t item,
                          double *contributions);
    /** Optional: contributions[f] of each feature of the items, n_features zeros to begin with, to what entry `only` of the history contributes to the
     * score of `item`; only -1: all entries. */
    rec_status (*explain_features)(const struct rec__fitted *fitted, const struct rec__history *history,
                                   int32_t item, int64_t only, double *contributions);
};

#endif
