/* SPDX-License-Identifier: Apache-2.0 */
/* What evaluate, cross-validate, compare and tune share: metrics, figures, memory. */
#ifndef REC_TOOL_MEASURE_H
#define REC_TOOL_MEASURE_H

#include <librec/librec.h>

#include "args.h"
#include "json.h"

/** The metrics of --metrics, or those that suit the algorithm. View. */
const char *chosen_metrics(const struct args *args, const rec_model *model);
/** Check the names of metrics before hours of fitting: measures a tiny model by them. negatives: among so many samples, 0 among all. */
int check_metrics(const struct args *args, const char *metrics, int32_t negatives);
/** Likewise those that two models are to be compared by. */
int check_compared_metrics(const struct args *args, const char *metrics);

/** An object "metrics" from name to value; with `deviations` also one of those. */
void json_figures(struct json *json, const rec_evaluation *evaluation, int deviations);
/** A table of means over folds and their deviations. */
void print_averages(const rec_evaluation *evaluation);

/** The most memory this process has held, in bytes. */
int64_t peak_memory(void);

#endif
