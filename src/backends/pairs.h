/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Learners that rank pairs, inside: what bpr.c, warp.c and logistic.c share. The score is x_ui = b_i + p_u . q_i. A learner says what
 * one observed pair of user and item does (its `step`); pairs.c walks all pairs once an epoch and pairs_step.c moves the rows.
 */
#ifndef REC_BACKENDS_PAIRS_H
#define REC_BACKENDS_PAIRS_H

#include "backends/backend.h"
#include "backends/watch.h"
#include "kernels/kernels.h"

#include <stdbool.h>

/** The parameters every learner begins with, in this order. */
enum {
    REC_PAIRS_FACTORS,
    REC_PAIRS_EPOCHS,
    REC_PAIRS_RATE,
    REC_PAIRS_LAMBDA,
    REC_PAIRS_STEPS,
    REC_PAIRS_BIASES,
    REC_PAIRS_INIT,
    REC_PAIRS_VALUES,
    REC_PAIRS_PARAMETERS
};
/** What warp.c and kos_warp.c add first. */
enum { REC_PAIRS_MAX_SAMPLED = REC_PAIRS_PARAMETERS };
enum { REC_PAIRS_PLAIN, REC_PAIRS_ADAGRAD };
enum { REC_PAIRS_ONE, REC_PAIRS_RATING };

/** One observed pair, of weight 1 in the mean; pairs of weight 0 are passed over. */
struct rec__pair {
    int32_t user, item;
    int32_t place; /* in the user's history */
    float weight;
};

/** The items' side. AdaGrad's sums are NULL for plain steps. */
struct rec__pairs_items {
    const float *vectors, *biases;   /* biases: NULL without */
    float *own_vectors, *own_biases; /* the same, to be moved; NULL: a new user is folded in and items stay */
    float *vector_sums, *bias_sums;
    int32_t n, factors;
    int32_t
        stride; /* from a row's first number to the next row's: factors, or more where these are part of a row */
    float rate, lambda;
};

/** What a step sees: the user at hand, and where negatives come from. */
struct rec__pairs_walk {
    const struct rec__pairs_items *items;
    const struct rec__pairs_learner *learner;
    const struct rec__kernels *kernels;
    const double *parameters; /* the backend's */
    float *p, *p_sum;         /* the user's; p_sum: NULL for plain steps */
    float base;               /* what is added to every score */
    float weight;             /* of the rating: what its gradients are multiplied by */
    struct rec__history seen; /* the user's, rising */
    double scale;             /* of ratings to weights; 0: all weigh 1 */
    const int32_t *pool;      /* items to draw from; NULL: all */
    const int64_t *places;    /* n_pool + 1: the share of each in the draw; NULL: even */
    int32_t n_pool;
    uint64_t state; /* of the random numbers */
    float *room;    /* factors */
    int32_t worker; /* the thread */
    int64_t at;     /* the pair's place among those that are walked before the next settling */
};

/** Items drawn at once, which is quicker than one by one. */
enum { REC_PAIRS_BATCH = 64 };
struct rec__pairs_drawn {
    int32_t items[REC_PAIRS_BATCH];
    float gaps[REC_PAIRS_BATCH], scores[REC_PAIRS_BATCH];
};

/** The arrays that a fit moves. */
struct rec__pairs_rows {
    float *users, *items, *item_biases; /* item_biases: NULL without */
};

/** Pairs that were walked, in runs. */
struct rec__pairs_runs {
    const struct rec__pair *const *pairs; /* of each run */
    const int64_t *start;                 /* n + 1: the place of each run's first */
    int32_t n;
};

struct rec__pairs_learner {
    /** One pair, from the state before it; returns its loss. */
    double (*step)(struct rec__pairs_walk *walk, const struct rec__pair *pair);
    /** Optional: which of the user's items (walk->seen) is learned from in place of the next, by the rows before each portion of an epoch. */
    int64_t (*choose)(struct rec__pairs_walk *walk);
    bool by_popularity; /* negatives are drawn by how often items occur */
    bool rated_alone;   /* items that nobody has rated are no negatives, and begin at 0 */
    bool every_pair;    /* all are learned from, whatever their weight */
    bool squared;       /* the loss told of is the root of the mean */
    int32_t candidates; /* bpr: drawn for a pair, the best of which it is compared with */
    int32_t max_sampled;
    int32_t negatives; /* logistic */
    float alpha;
    /* For scores that are made of more than a row each (fm.c); all NULL: p_u . q_i + b_i. */
    void *own;
    /** The rows have been drawn: make of them what they begin as. */
    rec_status (*begin)(void *own, const struct rec__pairs_rows *rows);
    /** Put what is asked for in place of the user's vector. */
    void (*turn)(struct rec__pairs_walk *walk, const struct rec__pair *pair);
    /** Move along the sum over n items of g times the gradient of the score; the user takes so many penalties. */
    void (*move)(struct rec__pairs_walk *walk, const int32_t *items, const float *g, int32_t n,
                 int32_t penalties);
    /** So many pairs will be walked before the next settling. */
    rec_status (*prepare)(void *own, int64_t pairs);
    /** No block is under way: move what blocks share, by what they have gathered. runs: of the pairs walked since. */
    rec_status (*settle)(void *own, const struct rec__pairs_runs *runs);
    /** Put into the view what scores are made of besides p_u . q_i + b_i. */
    void (*view)(const void *own, struct rec__view *view);
    /** The rows of contexts of validation ratings (watch.h). */
    rec_status (*place)(const void *own, int32_t **rows);
    int32_t width;     /* of rows; 0: factors */
    int32_t patience;  /* epochs without a better validation loss after which the best is kept; 0: all */
    int32_t settlings; /* at least so many an epoch */
    bool item_biases;  /* items have biases even if the parameter says that they learn none */
};

/** The work of a fit that scores `draws` items for each pair, and moves `moved` of them. */
void rec__pairs_work(const struct rec__fit *fit, double draws, double moved, struct rec__work *work);
/** Fit, and the state of a new user: the learner's own steps over the history in turn, items held fixed. */
rec_status rec__pairs_fit(struct rec__fit *fit, const struct rec__pairs_learner *learner);
rec_status rec__pairs_fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                              const struct rec__pairs_learner *learner, struct rec__user_state *state);
/** The state of a new item, for all of them (pairs_item.c). */
rec_status rec__pairs_fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                                   struct rec__user_state *state);
/** The part of each row that a new row has numbers in, the others being 0. */
struct rec__pairs_part {
    int32_t first, n, stride; /* stride: the length of rows */
};
/** The same two for rows of which a new one has a part. */
rec_status rec__pairs_fold_in_part(const struct rec__fitted *fitted, const struct rec__history *history,
                                   const struct rec__pairs_learner *learner,
                                   const struct rec__pairs_part *part, struct rec__user_state *state);
rec_status rec__pairs_fold_in_item_part(const struct rec__fitted *fitted, const struct rec__history *raters,
                                        const struct rec__pairs_part *part, struct rec__user_state *state);
/** The items' side but for its arrays, and the scale of ratings to weights, of a fitted model. */
struct rec__pairs_items rec__pairs_items_of(const double *parameters, int32_t n);
double rec__pairs_scale(const struct rec__fitted *fitted);
/** Backend's check: what fold-in reads beside the items' vectors. */
rec_status rec__pairs_check(const struct rec__fitted *fitted);

/** Uniform in [0, 1). */
double rec__pairs_uniform(struct rec__pairs_walk *walk);
/** Draw n items, at most REC_PAIRS_BATCH, whatever they are. Returns how many: n, or 0 when there are none. */
int32_t rec__pairs_draw_items(struct rec__pairs_walk *walk, int32_t n, int32_t *drawn);
void rec__pairs_score_all(const struct rec__pairs_walk *walk, int32_t n, const int32_t *drawn, float *scores);
/** Both. */
int32_t rec__pairs_draw_any(struct rec__pairs_walk *walk, int32_t n, struct rec__pairs_drawn *drawn);
/**
 * The same for items that the user has not, or that weigh less than `weight` with them, each drawn again until it is one; fewer when
 * none was met in a fixed number of draws. Fills the gaps too: by how much each weighs less; what the user has not weighs 0.
 */
int32_t rec__pairs_draw(struct rec__pairs_walk *walk, float weight, int32_t n,
                        struct rec__pairs_drawn *drawn);
/** Of an entry of the user's history. */
float rec__pairs_weight(const struct rec__pairs_walk *walk, int64_t entry);
float rec__pairs_score(const struct rec__pairs_walk *walk, int32_t item);
/** Move along g times the gradient of x_ui - x_uj, by the weight of the rating, and along the penalty's. */
void rec__pairs_move(struct rec__pairs_walk *walk, int32_t i, int32_t j, float g);
/** Move along the sum over n items, at most REC_PAIRS_BATCH, of g times the gradient of x_ui, likewise. */
void rec__pairs_move_all(struct rec__pairs_walk *walk, const int32_t *items, const float *g, int32_t n);

/** The steps of warp.c, bpr.c and logistic.c, which others take too. */
double rec__warp_step(struct rec__pairs_walk *walk, const struct rec__pair *pair);
double rec__bpr_step(struct rec__pairs_walk *walk, const struct rec__pair *pair);
double rec__logistic_step(struct rec__pairs_walk *walk, const struct rec__pair *pair);

/** The size of a step by AdaGrad's sum of mean squares, to which `square` is added; sum NULL: the rate itself. */
float rec__pairs_rate(float rate, float *sum, float square);

/** -log sigmoid(x), without overflow. slope: fills: sigmoid(-x), how fast it falls. */
float rec__pairs_log_loss(float x, float *slope);
/** The loss of a pair that scores x and is to score high (sign 1) or low (-1). g fills: how far to push the score. */
double rec__logistic_push(float x, float sign, float weight, float *g);

/* clang-format off */
#define REC_PAIRS_TABLE(factors, epochs, rate, lambda, steps)                                                                  \
    [REC_PAIRS_FACTORS] = REC_WHOLE("factors", factors, 1, 4096, "length of the vectors of users and items"),                  \
    [REC_PAIRS_EPOCHS] = REC_WHOLE("epochs", epochs, 1, 100000, "passes over the ratings"),                                    \
    [REC_PAIRS_RATE] = REC_REAL("learning_rate", rate, 1e-7, 10, "size of the steps"),                                         \
    [REC_PAIRS_LAMBDA] = REC_REAL("regularization", lambda, 0, 10, "weight of the squared vectors and biases in every step"),  \
    [REC_PAIRS_STEPS] = REC_CHOICE("steps", steps, "plain|adagrad", REC_PAIRS_ADAGRAD,                                         \
                                   "steps of one size, or of one that falls with the gradients a row has seen"),               \
    [REC_PAIRS_BIASES] = REC_FLAG("biases", 1, "learn a bias for each item"),                                                  \
    [REC_PAIRS_INIT] = REC_REAL("init_deviation", 0.1, 1e-6, 10, "spread of the random numbers the vectors begin with"),       \
    [REC_PAIRS_VALUES] = REC_CHOICE("values", REC_PAIRS_RATING, "one|rating", REC_PAIRS_RATING,                                \
                                    "weight of a pair: 1, or its rating (a count, say) over the mean, and none below 0")
#define REC_PAIRS_MAX_SAMPLED_ROW                                                                                              \
    [REC_PAIRS_MAX_SAMPLED] = REC_WHOLE("max_sampled", 100, 1, 100000,                                                          \
                                        "draws after which a pair is taken to be ranked well and left alone")
/* clang-format on */

#endif
