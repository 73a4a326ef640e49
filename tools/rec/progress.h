/* SPDX-License-Identifier: Apache-2.0 */
/* Watches fits: a progress line on a terminal, and Ctrl-C that cancels instead of killing. */
#ifndef REC_TOOL_PROGRESS_H
#define REC_TOOL_PROGRESS_H

#include <librec/librec.h>

#include "args.h"

struct progress {
    const char *label;
    int shown;    /* a bar is wanted: standard error is a terminal, no --json, no --quiet */
    double begun; /* seconds_now when the work began, or the step went back to the first */
    double drawn; /* when the line was last drawn */
    int64_t last_step;
};

/** Watch what `model` fits until progress_end. label: borrows, in front of the bar. */
void progress_begin(struct progress *progress, rec_model *model, const struct args *args, const char *label);
/** Clear the line and give Ctrl-C back its meaning. */
void progress_end(struct progress *progress, rec_model *model);

/** Fit, watched. seconds: fills, how long it took. */
rec_status fit_watched(rec_model *model, const rec_ratings *ratings, const struct args *args,
                       const char *label, double *seconds);

#endif
