/* SPDX-License-Identifier: Apache-2.0 */
/* Events gathered one after another before a store is assembled, in runs that are never copied to grow. */
#ifndef REC_STORE_RUNS_H
#define REC_STORE_RUNS_H

#include "store/ratings.h"

/** All zero is the empty one. */
struct rec__runs {
    struct rec__events *runs;
    int64_t n_runs, capacity, count;
};

/** Append an event. Errors: REC_ERR_NO_MEMORY; the events are as they were. */
rec_status rec__runs_add(struct rec__runs *runs, int32_t user, int32_t item, float rating, int64_t time);

/** How far the events go now, and back to there. */
struct rec__runs_mark {
    int64_t n_runs, last_count, count;
    bool last_timed;
};
struct rec__runs_mark rec__runs_end(const struct rec__runs *runs);
void rec__runs_rewind(struct rec__runs *runs, struct rec__runs_mark mark);

void rec__runs_clear(struct rec__runs *runs);

#endif
