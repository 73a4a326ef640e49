/* SPDX-License-Identifier: Apache-2.0 */
/* Events gathered one after another. */
#include "store/runs.h"
#include "base/memory.h"

enum { SMALLEST_RUN = 256, LARGEST_RUN = 1 << 16 };

static rec_status add_run(struct rec__runs *runs)
{
    if (rec__grow((void **)(void *)&runs->runs, &runs->capacity, runs->n_runs + 1, sizeof *runs->runs) !=
        REC_OK)
        return REC_ERR_NO_MEMORY;
    int64_t room = runs->n_runs == 0 ? SMALLEST_RUN : runs->runs[runs->n_runs - 1].capacity * 2;
    struct rec__events run = {.capacity = room < LARGEST_RUN ? room : LARGEST_RUN};
    run.users = rec__allocate(run.capacity, sizeof *run.users);
    run.items = rec__allocate(run.capacity, sizeof *run.items);
    run.ratings = rec__allocate(run.capacity, sizeof *run.ratings);
    if (run.users == NULL || run.items == NULL || run.ratings == NULL) {
        rec__events_clear(&run);
        return REC_ERR_NO_MEMORY;
    }
    runs->runs[runs->n_runs++] = run;
    return REC_OK;
}

static rec_status add_times(struct rec__events *run)
{
    run->times = rec__allocate(run->capacity, sizeof *run->times);
    if (run->times == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t i = 0; i < run->count; i++)
        run->times[i] = REC_NO_TIME;
    return REC_OK;
}

rec_status rec__runs_add(struct rec__runs *runs, int32_t user, int32_t item, float rating, int64_t time)
{
    struct rec__events *run = runs->n_runs == 0 ? NULL : &runs->runs[runs->n_runs - 1];
    if (run == NULL || run->count == run->capacity) {
        if (add_run(runs) != REC_OK)
            return REC_ERR_NO_MEMORY;
        run = &runs->runs[runs->n_runs - 1];
    }
    if (time != REC_NO_TIME && run->times == NULL && add_times(run) != REC_OK)
        return REC_ERR_NO_MEMORY;
    run->users[run->count] = user;
    run->items[run->count] = item;
    run->ratings[run->count] = rating;
    if (run->times != NULL)
        run->times[run->count] = time;
    run->count++;
    runs->count++;
    return REC_OK;
}

struct rec__runs_mark rec__runs_end(const struct rec__runs *runs)
{
    struct rec__runs_mark mark = {.n_runs = runs->n_runs, .count = runs->count};
    if (runs->n_runs > 0) {
        mark.last_count = runs->runs[runs->n_runs - 1].count;
        mark.last_timed = runs->runs[runs->n_runs - 1].times != NULL;
    }
    return mark;
}

void rec__runs_rewind(struct rec__runs *runs, struct rec__runs_mark mark)
{
    while (runs->n_runs > mark.n_runs)
        rec__events_clear(&runs->runs[--runs->n_runs]);
    runs->count = mark.count;
    if (runs->n_runs == 0)
        return;
    struct rec__events *last = &runs->runs[runs->n_runs - 1];
    last->count = mark.last_count;
    if (!mark.last_timed) {
        rec__release(last->times);
        last->times = NULL;
    }
}

void rec__runs_clear(struct rec__runs *runs)
{
    for (int64_t i = 0; i < runs->n_runs; i++)
        rec__events_clear(&runs->runs[i]);
    rec__release(runs->runs);
    *runs = (struct rec__runs){0};
}
