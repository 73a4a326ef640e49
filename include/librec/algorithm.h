/* SPDX-License-Identifier: Apache-2.0 */
/* What algorithms there are and what parameters they take: the tables that tools and bindings list. */
#ifndef LIBREC_ALGORITHM_H
#define LIBREC_ALGORITHM_H

#include <librec/status.h>

REC_BEGIN_DECLS

typedef enum rec_parameter_kind {
    REC_PARAMETER_REAL = 0,
    REC_PARAMETER_WHOLE = 1,
    REC_PARAMETER_CHOICE = 2, /* one of a few words; as a number, its position in `choices` */
    REC_PARAMETER_FLAG = 3    /* 0 or 1; as text also "true" and "false" */
} rec_parameter_kind;

/** One parameter of an algorithm. All pointers are to constants that live as long as the library. */
typedef struct rec_parameter {
    size_t size; /* sizeof(rec_parameter), by REC_PARAMETER_INIT */
    const char *name;
    const char *help;    /* one line */
    const char *choices; /* for a choice "a|b|c", else NULL */
    double initial;      /* the default; for a choice the position */
    double least, greatest;
    int32_t kind; /* rec_parameter_kind */
} rec_parameter;

#define REC_PARAMETER_INIT                                                                                   \
    {                                                                                                        \
        sizeof(rec_parameter), NULL, NULL, NULL, 0.0, 0.0, 0.0, 0                                            \
    }

/** What an algorithm can do besides fit and rank; computed from what it implements. */
enum {
    REC_CAN_FOLD_IN = 1,           /* serve a user it has not seen from a history */
    REC_CAN_EXPLAIN = 2,           /* rec_explain */
    REC_CAN_SIMILAR = 4,           /* rec_similar_items */
    REC_CAN_PERSONALIZE = 8,       /* users get different lists, by their tastes */
    REC_NEEDS_ITEM_FEATURES = 16,  /* rec_model_set_item_features must be called before rec_fit */
    REC_PREDICTS_RATINGS = 32,     /* scores are on the scale of the ratings, so that RMSE means something */
    REC_TAKES_USER_FEATURES = 512, /* learns from rec_model_set_user_features */
    REC_TAKES_IMPLICIT = 1024,     /* rec_model_set_implicit; likewise */
    REC_PREDICTS_DEVIATION = 2048, /* rec_predict_deviation */
    REC_CAN_FOLD_IN_ITEMS = 4096,  /* rec_score_new_item */
    REC_TAKES_WEIGHTS = 8192,      /* rec_model_set_weights; without it a fit refuses them */
    REC_CAN_START = 16384,         /* rec_model_start_from; likewise */
    REC_TAKES_CONTEXTS = 32768,    /* rec_model_set_contexts; likewise */
    REC_NEEDS_RATINGS = 256 /* scores are made from other users' ratings, so a model is saved with them */
};

/** An algorithm. Pointers as in rec_parameter. */
typedef struct rec_algorithm {
    size_t size; /* sizeof(rec_algorithm), by REC_ALGORITHM_INIT */
    const char *name;
    const char *summary; /* one line */
    const char *scorer;  /* "table", "dot", "item graph", "user graph" */
    int32_t parameters;  /* how many, counting those that every algorithm has */
    uint32_t abilities;  /* REC_CAN_... */
} rec_algorithm;

#define REC_ALGORITHM_INIT                                                                                   \
    {                                                                                                        \
        sizeof(rec_algorithm), NULL, NULL, NULL, 0, 0                                                        \
    }

/** How many algorithms this library holds. Never fails. */
REC_API int32_t rec_algorithm_count(void);

/** Describe algorithm number `index`, in alphabetical order. Fills. Errors: REC_ERR_RANGE, REC_ERR_INVALID
 * (NULL, size). */
REC_API REC_CHECKED rec_status rec_algorithm_at(int32_t index, rec_algorithm *algorithm);

/** Describe an algorithm by name. Fills. Errors: REC_ERR_NOT_FOUND (the sentence lists the names),
 * REC_ERR_INVALID. */
REC_API REC_CHECKED rec_status rec_algorithm_find(const char *name, rec_algorithm *algorithm);

/** Describe parameter number `index` of an algorithm: its own first, then the common ones. Fills. Errors: as
 * above. */
REC_API REC_CHECKED rec_status rec_algorithm_parameter(const char *algorithm, int32_t index,
                                                       rec_parameter *parameter);

REC_END_DECLS

#endif
