/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics that were asked for: "rmse,recall@20" read against the table. */
#ifndef REC_EVALUATE_METRIC_LIST_H
#define REC_EVALUATE_METRIC_LIST_H

#include "evaluate/metrics.h"

/** One metric asked for. */
struct rec__wanted {
    const struct rec__metric *metric;
    const char *name; /* as it was asked for */
    int32_t k;        /* 0 for a metric without one */
};

struct rec__metric_list {
    struct rec__wanted *wanted; /* in the order asked for */
    int32_t count;
    char *text;   /* what the names lie in */
    char *labels; /* likewise those of rec__metric_list_label, or NULL */
};

/** Read names separated by commas. Errors: REC_ERR_INVALID (the sentence lists the metrics),
 * REC_ERR_NO_MEMORY; nothing is left. */
rec_status rec__metric_list_read(struct rec__metric_list *list, const char *text);
void rec__metric_list_clear(struct rec__metric_list *list);
/** Call the ranking metrics by their names behind a prefix. */
rec_status rec__metric_list_label(struct rec__metric_list *list, const char *prefix);
/** The same metrics by the same names. */
rec_status rec__metric_list_copy(struct rec__metric_list *list, const struct rec__metric_list *other);

static inline bool rec__metric_of_scores(const struct rec__metric *metric)
{
    return metric->of_errors == NULL && metric->of_hits == NULL && metric->of_exposure == NULL;
}

/** Of a user's list of the best k? */
static inline bool rec__metric_of_lists(const struct rec__metric *metric)
{
    return metric->of_hits != NULL || metric->of_exposure != NULL;
}

#endif
