/* SPDX-License-Identifier: Apache-2.0 */
/* What cross-validate and tune share: the options that say how ratings are divided into folds. */
#ifndef REC_TOOL_FOLDS_H
#define REC_TOOL_FOLDS_H

#include <librec/librec.h>

#include "args.h"

/** The kind of folds that --split says. */
int32_t folds_kind(const struct args *args);
/** Refuse --folds and --repeats where the kind has no use for them. */
int folds_check(const struct args *args, int32_t kind);
/** Refuse all that divides ratings, RATINGS among it; given: who gives the folds ("--train and --test give the folds"). */
int folds_refuse(const struct args *args, const char *given);
/** --folds and --repeats. */
void folds_read(rec_folds *plan, const struct args *args);

#endif
