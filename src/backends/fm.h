/* SPDX-License-Identifier: Apache-2.0 */
/* Factorization machines inside: what the steps, the features and the fit share. The model and its symbols are in fm.c. */
#ifndef REC_BACKENDS_FM_H
#define REC_BACKENDS_FM_H

#include "backends/context.h"
#include "backends/feature_matrix.h"
#include "backends/fm_fields.h"
#include "backends/normal.h"
#include "backends/pairs.h"
#include "backends/watch.h"

enum {
    REC_FM_LOSS = REC_PAIRS_PARAMETERS,
    REC_FM_SOLVER,
    REC_FM_INTERACTIONS,
    REC_FM_AWARE,
    REC_FM_USER_IDENTITY,
    REC_FM_ITEM_IDENTITY,
    REC_FM_BIAS_LAMBDA,
    REC_FM_FEATURE_LAMBDA,
    REC_FM_FEATURE_RATE,
    REC_FM_FEATURE_SCALE,
    REC_FM_SETTLINGS,
    REC_FM_CANDIDATES,
    REC_FM_NEGATIVES,
    REC_FM_MAX_SAMPLED,
    REC_FM_SCALING,
    REC_FM_BURN_IN,
    REC_FM_SWEEPS,
    REC_FM_SAMPLES,
    REC_FM_PATIENCE,
    REC_FM_HOUR,
    REC_FM_WEEKDAY,
    REC_FM_LAST_ITEM,
    REC_FM_ZONE,
    REC_FM_PARAMETERS
};
enum { REC_FM_SQUARED, REC_FM_LOGISTIC, REC_FM_BPR, REC_FM_WARP };
enum { REC_FM_SGD, REC_FM_ALS, REC_FM_GIBBS };
enum { REC_FM_COUNT, REC_FM_PLAIN };
enum { REC_FM_ACROSS, REC_FM_ALL };
enum { REC_FM_UNIT, REC_FM_AS_GIVEN };

/** How rows that many pairs share are moved: always by AdaGrad. */
struct rec__fm_rates {
    float rate, lambda, bias_lambda;
};

/** Users or items: what a row adds up to, of its own vector and of its features. */
struct rec__fm_side {
    int32_t n, f; /* f: numbers of a row, here and below */
    const struct rec__fm_fields *fields;
    struct rec__pairs_part own,
        inner;     /* of a row, what is its own vector's, and where its features multiply with each other */
    bool identity; /* rows have vectors and biases of their own */
    int number;
    bool all;      /* features and the own vector interact with each other */
    float *total;  /* n x f: own vector and features; an array of the model */
    float *biases; /* n: own bias, features' linear terms and what they do with each other; or NULL */
    const int64_t *ratings_start;
    /* All that follows is NULL without features. */
    struct rec__feature_matrix x; /* n x d */
    float *part, *part_bias; /* what of total and biases is the features': F; linear terms, F with itself */
    float *vectors, *linear; /* of the features: d x f, d; arrays of the model. linear: NULL without biases */
    float *pushes;           /* n x (f + 1): gradients by total and bias gathered since the last settling */
    float *touches;          /* n: steps likewise */
    float *sums, *linear_sums; /* d: AdaGrad's */
    float *squares;            /* d: |v|^2 of the inner part */
};

/** Contexts being learned; bound.n = 0: none. */
struct rec__fm_contexts {
    struct rec__context bound;
    const struct rec__fm_fields *fields;
    float *vectors, *biases; /* those of bound, to write */
    int32_t *rows;           /* of each rating, by user: its row in each field, or -1 */
    float *sums, *bias_sums; /* AdaGrad's */
    float *log;   /* of each pair since the last settling: f, by the vector; by the bias; penalties */
    int64_t room; /* pairs that fit in it */
    int64_t *start, *events; /* of the rows of a field, scratch */
};

struct rec__fm {
    struct rec__fit *fit;
    struct rec__fm_fields fields;
    int32_t f; /* fields.width */
    bool all, pointwise, biased;
    float rate, lambda, bias_lambda;
    struct rec__fm_rates shared;
    struct rec__fm_side sides[REC_FM_SIDES];
    double *offset;        /* NULL: ranks alone */
    float *user_bias_sums; /* AdaGrad's */
    int32_t *users;        /* of each thread: whose pair is at hand */
    float *rooms;          /* of each thread: x, with contexts */
    struct rec__fm_contexts contexts;
};

/** Features of a side, NULL: none, made ready to be moved: adds the arrays of the model. Cleared by the other, after a failure too. */
rec_status rec__fm_side_make(struct rec__fm_side *side, struct rec__fit *fit, const rec_features *features,
                             const char *const names[2]);
void rec__fm_side_clear(struct rec__fm_side *side);
/** total and biases, from the rows' own, which are there, and the features'. */
rec_status rec__fm_side_begin(struct rec__fm_side *side, struct rec__fit *fit);
/** Move the features along what was gathered, and with them all rows. */
rec_status rec__fm_side_settle(struct rec__fm_side *side, const struct rec__fm_rates *rates, int32_t threads);

/** How many fields of context the parameters and the given contexts are. */
int32_t rec__fm_contexts_count(const struct rec__fit *fit);
/** Their arrays and rows, for `samples` draws of a row. Errors: REC_ERR_UNSUPPORTED (no times). Cleared by the other, after a failure too. */
rec_status rec__fm_contexts_make(struct rec__fm_contexts *contexts, struct rec__fit *fit,
                                 const struct rec__fm_fields *fields, int32_t samples);
void rec__fm_contexts_clear(struct rec__fm_contexts *contexts);
/** Room in the log for so many pairs. */
rec_status rec__fm_contexts_prepare(struct rec__fm_contexts *contexts, int64_t pairs);
/** Add those of a rating to x; returns what they add to the score by themselves. */
float rec__fm_contexts_add(const struct rec__fm_contexts *contexts, int64_t entry, float *x);
/** Move all along what the log has. */
rec_status rec__fm_contexts_settle(struct rec__fm_contexts *contexts, const struct rec__fit *fit,
                                   const struct rec__fm_rates *rates, const struct rec__pairs_runs *runs);

/** The rows of contexts of the validation ratings: as they would be after the training ratings. Creates rows; NULL without contexts. */
rec_status rec__fm_contexts_rows(const struct rec__fm_contexts *contexts, const struct rec__fit *fit,
                                 int32_t **rows);

/** What the parameters and the data say of fields. */
struct rec__fm_inputs rec__fm_inputs_of(const struct rec__fit *fit);

/** Backend's work. */
void rec__fm_work(const struct rec__fit *fit, struct rec__work *work);

/** Fit by coordinate descent or sampling; sides and contexts are made. */
rec_status rec__fm_als_fit(struct rec__fm *fm);

/** Of a row, its own part and that of the features, which is NULL where there is none. */
static inline const float *rec__fm_part(const struct rec__fm_side *side, int32_t row)
{
    return side->part == NULL ? NULL : side->part + (int64_t)row * side->f;
}

/** Hooks of rec__pairs_learner. */
void rec__fm_turn(struct rec__pairs_walk *walk, const struct rec__pair *pair);
void rec__fm_move(struct rec__pairs_walk *walk, const int32_t *items, const float *g, int32_t n,
                  int32_t penalties);
double rec__fm_squared_step(struct rec__pairs_walk *walk, const struct rec__pair *pair);
double rec__fm_logistic_step(struct rec__pairs_walk *walk, const struct rec__pair *pair);

#endif
