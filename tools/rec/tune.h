/* SPDX-License-Identifier: Apache-2.0 */
/* A search for parameters, as the command line says it, and what it found. */
#ifndef REC_TOOL_TUNE_H
#define REC_TOOL_TUNE_H

#include <librec/librec.h>

#include "inputs.h"

enum { AXES_MOST = 16 };

struct search {
    const struct args *args;
    struct setup setup; /* of the command line; the values of a point come after it */
    rec_model *model;
    rec_space *space;
    char *names[AXES_MOST]; /* of the parameters in it */
    int n_names;
    rec_ratings *ratings, *train,
        *valid; /* what is divided; or what one fit learns from and is measured on */
    rec_folds plan;
    rec_tune_options options;
    rec_tuning *found;
};

/** The points, best first. */
void print_points(const struct search *search);
void print_points_json(const struct search *search);
/** The parameters of the best point, to be read by -p @FILE. */
int write_best(const struct search *search, const char *path);

#endif
