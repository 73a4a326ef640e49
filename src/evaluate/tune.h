/* SPDX-License-Identifier: Apache-2.0 */
/* The points of a search, and what they come from. */
#ifndef REC_EVALUATE_TUNE_H
#define REC_EVALUATE_TUNE_H

#include "evaluate/space.h"

struct rec_tuning {
    const struct rec_backend *backend;
    int32_t axes;        /* parameters of the space */
    int32_t *parameters; /* their indices */
    double *settings;    /* a row of values a point, by its number */
    rec_tuned *points;   /* best first */
    int32_t count;
    char *metric;
};

/** What a search is of. */
struct rec__search {
    const rec_model *model;
    const rec_ratings *ratings;
    const rec_space *space;
    const rec_folds *plan; /* not checked */
    const rec_tune_options
        *options; /* with usual values in place of 0, but for at_once; checked but for names */
};

/** Fit and measure; out: creates. */
rec_status rec__tune(rec_tuning **out, const struct rec__search *search);

#endif
