/* SPDX-License-Identifier: Apache-2.0 */
/* How to measure: --only, --fold-in, --negatives and --strata as the library takes them, and what comes of them. */
#ifndef REC_TOOL_TERMS_H
#define REC_TOOL_TERMS_H

#include <librec/librec.h>

#include "args.h"
#include "json.h"
#include "lists.h"

#define MEASURING (TAKES(OPT_ONLY) | TAKES(OPT_FOLD_IN) | TAKES(OPT_NEGATIVES) | TAKES(OPT_STRATA))

struct terms {
    rec_evaluate_options options;
    struct item_list only;
    rec_ratings *histories; /* NULL: none */
    int64_t *bounds;        /* likewise */
};

/** Read what needs no model: all but --only. Free with terms_free, after a failure too. */
int terms_read(struct terms *terms, const struct args *args);
/** Read --only, in the rows of the model. */
int terms_match(struct terms *terms, const struct args *args, const rec_model *model);
void terms_free(struct terms *terms);

/** "sampled" and "strata" of an object, where there are any. */
void json_terms(struct json *json, const struct terms *terms, const rec_evaluation *evaluation);
/** The figures, a column for the whole and one for each group. */
void print_grouped_figures(const rec_evaluation *evaluation);
/** What samples are of, before figures of them. */
void print_terms(const struct terms *terms);

#endif
