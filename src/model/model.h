/* SPDX-License-Identifier: Apache-2.0 */
/* The model handle. */
#ifndef REC_MODEL_MODEL_H
#define REC_MODEL_MODEL_H

#include "backends/backend.h"
#include "backends/context.h"
#include "backends/drift.h"
#include "backends/history.h"
#include "backends/link.h"
#include "model/registry.h"
#include "store/contexts.h"
#include "text/vectorizer.h"

#include <librec/model.h>

#define REC_PARAMETERS_MOST 48

/** What somebody without ratings is answered by (ladder.h); NULL where there is none. */
struct rec__ladder {
    int64_t features;             /* of users: columns; 0: there are none */
    const float *popularity;      /* of items: the share of users who rated each */
    const int64_t *segment_start; /* features + 1 */
    const int32_t *segment_items;
    const float *segment_shares;
    const float *segment_rests; /* features */
    int64_t segment_entries;
    const int64_t *attribute_start; /* users + 1: features of those without ratings */
    const int32_t *attribute_columns;
    int64_t attributes;
    const float *map,
        *map_mean; /* features x map_width, map_width; NULL when features say nothing of vectors */
    int32_t map_width;
};

/** The arrays that the scorer reads, found by name once; NULL where there is none. */
struct rec__bound {
    double offset;
    const int32_t *item_order;                              /* table: items, best first */
    const float *item_scores, *user_biases;                 /* table */
    const float *item_vectors, *item_biases, *user_vectors; /* dot */
    const float *item_norms, *user_norms;                   /* dot: lengths of the rows */
    double norm_most, bias_most;                            /* dot: the greatest length and |bias| */
    int32_t factors;                                        /* dot */
    const int64_t *start, *back_start;                      /* item graph: A, B; user graph: A */
    const int32_t *columns, *back_columns;
    const float *weights, *back_weights;
    int64_t edges, back_edges;
    const float *back_tails;          /* item graph; NULL: B is not known to be A turned round */
    int32_t middle;                   /* columns of A */
    int32_t rule;                     /* rec__graph_rule */
    struct rec__history_rule history; /* item graph, closest: what a history's item counts */
    const float *shifts, *item_spreads, *user_spreads; /* nearest */
    double damping;
    int32_t k, min_k;
    struct rec__drift drift;     /* table, dot */
    struct rec__context context; /* dot */
    struct rec__link link;       /* any: from sums to what is answered */
    struct rec__ladder ladder;
};

/** Fitted models that are scored together (scorer_blend.c). */
struct rec__blend {
    int32_t n, rule; /* REC_BLEND_... */
    double constant; /* of ranks */
    rec_model **members;
    const double *weights; /* the array blend_weights */
};

/** All that a fit makes; replaced whole when a fit succeeds. */
struct rec__result {
    struct rec__fitted fitted; /* points into this struct and the model */
    struct rec__arrays arrays;
    struct rec__bound bound;
    double parameters[REC_PARAMETERS_MOST]; /* as they were when it was fitted */
    rec_ids *users, *items;
    rec_text *item_text;    /* NULL: none */
    rec_ids *user_names;    /* of the columns of the users' features; NULL: none */
    rec_ids *context_names; /* of the rows of given contexts: "FIELD=VALUE"; NULL: none */
    rec_ids *feature_names; /* of the items' features; NULL: they had none */
    rec_ratings *ratings;   /* NULL: saved without */
    float least, greatest;  /* range and mean of the training ratings */
    double mean;
    double *loss, *validation_loss; /* per epoch; NULL where there is none */
    int64_t epochs, loss_capacity;
    double fit_seconds;
    struct rec__container *container; /* what it was opened from, or NULL */
    struct rec__blend *blend;         /* NULL: of an algorithm */
};

struct rec_model {
    atomic_int references;
    const struct rec_backend *backend;
    double parameters[REC_PARAMETERS_MOST];
    rec_features *user_features, *item_features;
    rec_text *item_text; /* the vectorizer that made the item features, or NULL */
    rec_ratings *validation, *implicit, *weights;
    rec_contexts *contexts;
    rec_model *start; /* a fitted model, or NULL */
    rec_progress_function progress;
    void *progress_context;
    struct rec__result *result; /* NULL: not fitted */
};

/** REC_OK, or REC_ERR_INVALID / REC_ERR_NOT_FITTED with a sentence: how every call on a fitted model begins.
 */
rec_status rec__model_check_fitted(const rec_model *model);
int32_t rec__model_threads(const rec_model *model);
uint64_t rec__model_seed(const rec_model *model);
/** In seconds; 0: none. */
double rec__model_half_life(const rec_model *model);
/** An unfitted model of a backend with default parameters. */
rec_status rec__model_make(rec_model **out, const struct rec_backend *backend);
/** An unfitted model of the same algorithm and parameters, features and so on. */
rec_status rec__model_clone(rec_model **out, const rec_model *model);
/** Seconds that the last fit took; 0 for an opened model. */
double rec__model_fit_seconds(const rec_model *model);

void rec__result_free(struct rec__result *result);
/** Find the arrays that the scorer needs and check their sizes: after a fit and after opening. */
rec_status rec__result_bind(struct rec__result *result);
/** What scorers want besides the backend's arrays. Dot: lengths of vectors, and the greatest of them and of the biases. Table: the order of the items. */
rec_status rec__result_finish(struct rec__result *result);
/** An empty result of a backend with these parameters. */
rec_status rec__result_create(struct rec__result **out, const struct rec_backend *backend,
                              const double *parameters);

#endif
