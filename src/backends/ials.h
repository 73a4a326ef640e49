/* SPDX-License-Identifier: Apache-2.0 */
/* Implicit alternating least squares inside: what its solvers share. The objective and its symbols are in ials.c. */
#ifndef REC_BACKENDS_IALS_H
#define REC_BACKENDS_IALS_H

#include "backends/backend.h"

#include <stdbool.h>

/** The parameters, in the order of the table, and the choices of each. */
enum {
    REC_IALS_FACTORS,
    REC_IALS_EPOCHS,
    REC_IALS_SOLVER,
    REC_IALS_ALPHA,
    REC_IALS_UNOBSERVED,
    REC_IALS_REGULARIZATION,
    REC_IALS_NU,
    REC_IALS_PREFERENCE,
    REC_IALS_TRANSFORM,
    REC_IALS_BM25_K1,
    REC_IALS_BM25_B,
    REC_IALS_ZEROS,
    REC_IALS_POPULARITY,
    REC_IALS_CG_STEPS,
    REC_IALS_BLOCK,
    REC_IALS_INIT_DEVIATION,
    REC_IALS_N_PARAMETERS
};
enum { REC_IALS_EXACT, REC_IALS_CG, REC_IALS_SUBSPACE };
enum { REC_IALS_NONE, REC_IALS_LOG, REC_IALS_BM25 };
enum { REC_IALS_ALL, REC_IALS_UNOBSERVED_ONLY };
enum { REC_IALS_BY_RATING, REC_IALS_ONE };

/** t(r) for r >= 0; length_share: the item's length over the mean. */
double rec__ials_transform(const double *set, double r, double idf, double length_share);
/** p of a rating; mean: of the ratings above 0. */
double rec__ials_preference(const double *set, double rating, double mean);
/** What a rating of confidence c and an item of weight w weighs where it is preferred. */
double rec__ials_weight_of(const double *set, double c, double w);
/** w of an item with so many ratings; scale: what w is of n^b. */
double rec__ials_item_weight(const double *set, double scale, double count);
/** lambda of a row: of its number of ratings and the sum of the weights of the unobserved. */
double rec__ials_regularization_of(const double *set, double n, double unobserved);

/** What a half-step holds fixed, for all rows of the other side. */
struct rec__ials_fixed {
    const float *vectors; /* n x factors */
    int32_t n, factors;
    const float *gram;      /* factors x factors, whole: sum of v y y' over all rows; NULL: it is diagonal */
    const double *diagonal; /* where the vectors are in its basis: its eigenvalues; else NULL */
};

/** A row to find: its ratings with their confidences, and the weight of all that it has not. */
struct rec__ials_row {
    const int32_t *others;
    const float *confidences; /* c >= 0 */
    const float *rights;      /* b: what each adds to the right side, times its vector */
    int64_t n;
    double unobserved; /* w: the Gram matrix counts so much */
    double lambda;
    double constant;     /* the row's objective at 0: sum of weight p^2 */
    const int32_t *next; /* others that will be wanted soon, fetched meanwhile; may be NULL */
    int64_t n_next;
};

/** Rows with at most so many ratings are solved REC_BATCH at a time. */
#define REC_IALS_SMALL 64

/** Scratch of one thread. */
struct rec__ials_room {
    float *matrix;                /* factors + 16 squared: the small system is rounded up */
    float *wide;                  /* factors + 64 rows of the factors, rounded up */
    float *right, *more, *scales; /* factors; 5 factors; factors */
    double scales_of[2];          /* the w and lambda that the scales are of */
    double lambda, lambda_of[2];  /* of a row's ratings and its unobserved */
    float *products, *scores, *pushes, *confidences, *rights; /* of a row's ratings, or of a batch's */
    float *systems, *answers, *lanes;                         /* of a batch */
};

rec_status rec__ials_room_make(struct rec__ials_room *room, int32_t factors, int64_t longest);
void rec__ials_room_clear(struct rec__ials_room *room);

/** Each finds, or improves, x of a row; returns the row's objective there, its penalty included. Errors: REC_ERR_DIVERGED. */
rec_status rec__ials_exact(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                           struct rec__ials_room *room, float *x, double *objective);
rec_status rec__ials_gradients(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                               int32_t steps, struct rec__ials_room *room, float *x, double *objective);
rec_status rec__ials_subspace(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                              int32_t block, struct rec__ials_room *room, float *x, double *objective);

/** As the first, REC_BATCH rows at most, each one that rec__ials_small takes; of as many ratings when rounded up to four. */
rec_status rec__ials_exact_batch(const struct rec__ials_fixed *fixed, const struct rec__ials_row *rows,
                                 int32_t count, struct rec__ials_room *room, float *const *x,
                                 double *objective);

/** The Cholesky factor of the row's system in room->matrix, its right side in room->right. */
rec_status rec__ials_factor(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                            struct rec__ials_room *room);
rec_status rec__ials_fail_factor(const struct rec__ials_row *row, int32_t failed);

/** Are there so few ratings that their own system is the cheaper one? */
bool rec__ials_few(int64_t n, int32_t factors);
/** May the row be solved by such a system, and is it one for a batch? */
bool rec__ials_takes_few(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row);
bool rec__ials_small(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row);
rec_status rec__ials_solve_few(const struct rec__ials_fixed *fixed, const struct rec__ials_row *row,
                               struct rec__ials_room *room, float *x, double *objective);

enum { REC_IALS_GRAM_PARTS = 32, REC_IALS_PARTS = 256 };

/** One side of a fit. */
struct rec__ials_side {
    const int64_t *start;
    const int32_t *others;
    const float *ratings, *weights; /* weights NULL: all 1 */
    int32_t n;
    float *vectors;
    int32_t *order;                             /* rows by falling number of ratings */
    int32_t n_parts, parts[REC_IALS_PARTS + 1]; /* of the order, of about the same cost: where each begins */
};

/** A fit in progress. */
struct rec__ials_fitting {
    struct rec__fit *fit;
    const double *set;
    int32_t f;
    struct rec__ials_side users, items;
    double sum_unobserved;          /* over the items */
    float *item_weights;            /* w_i */
    float *item_lengths, *user_idf; /* bm25; else NULL */
    double mean_length, mean;       /* of the items' lengths; of the ratings above 0 */
    float *grams[2];                /* of the users, of the items: kept */
    float *parts, *turned; /* scratch of a half-step: sums of the Gram matrix, eigenvectors as columns */
    double *wide, *eigenvalues;
    struct rec__ials_room *rooms;
};

/** Fill order and parts; clear_fitting frees the order. */
rec_status rec__ials_put_in_order(const struct rec__ials_fitting *g, struct rec__ials_side *side);
/** Find all users, or all items. objective fills: the moving side's, its penalty included. */
rec_status rec__ials_run_half(struct rec__ials_fitting *g, bool users, double *objective);
/** The Gram matrices of both sides as they are. */
rec_status rec__ials_make_grams(struct rec__ials_fitting *g);

/** The hooks of a fitted model: rec_backend says what each does. */
rec_status rec__ials_fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                             struct rec__user_state *state);
rec_status rec__ials_fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                                  struct rec__user_state *state);
rec_status rec__ials_explain(const struct rec__fitted *fitted, const struct rec__history *history,
                             int32_t item, double *contributions);

#endif
