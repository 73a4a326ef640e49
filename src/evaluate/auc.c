/* SPDX-License-Identifier: Apache-2.0 */
/* auc: the one metric for which all items are scored. */
#include "evaluate/standing.h"
#include "base/memory.h"
#include "base/threads.h"
#include "model/order.h"

enum { USERS_A_TASK = 16 };

/* Scratch of one thread. */
struct scratch {
    rec_workspace workspaces[USERS_A_TASK];
};

struct job {
    const struct rec__matched *matched;
    const struct rec__terms *terms;
    struct scratch *scratch; /* a thread each */
    struct rec__standings standings;
};

static rec_status set_ordering(const struct job *job, int64_t index, rec_workspace *workspace,
                               struct rec__ordering *ordering)
{
    const struct rec__judged *judged = &job->matched->judged[index];
    struct rec__rows barred = {0};
    rec_status status = rec__judged_barred(job->matched, judged, workspace, &barred);
    *ordering = (struct rec__ordering){.user = judged->user,
                                       .told = rec__matched_told(job->matched, judged),
                                       .items = job->matched->known + judged->first_known,
                                       .n = judged->n_known,
                                       .only = job->terms->only,
                                       .n_only = job->terms->n_only,
                                       .factors = job->terms->options.item_factors,
                                       .barred = barred.rows,
                                       .n_barred = barred.n,
                                       .workspace = workspace,
                                       .wins = job->standings.wins + judged->first_known};
    return status;
}

static rec_status measure_users(void *context, int64_t task, int32_t worker)
{
    const struct job *job = context;
    struct rec__ordering orderings[USERS_A_TASK];
    int64_t first = task * USERS_A_TASK, left = job->matched->n_judged - first;
    int32_t n = left < USERS_A_TASK ? (int32_t)left : USERS_A_TASK;
    rec_status status = REC_OK;
    for (int32_t q = 0; status == REC_OK && q < n; q++)
        status = set_ordering(job, first + q, &job->scratch[worker].workspaces[q], &orderings[q]);
    if (status == REC_OK)
        status = rec__order_all(job->matched->model, orderings, n);
    for (int32_t q = 0; status == REC_OK && q < n; q++)
        job->standings.others[first + q] = orderings[q].others;
    return status;
}

static void free_scratch(struct scratch *scratch, int32_t threads)
{
    for (int32_t t = 0; scratch != NULL && t < threads; t++)
        for (int q = 0; q < USERS_A_TASK; q++)
            rec__scratch_clear(&scratch[t].workspaces[q]);
    rec__release(scratch);
}

rec_status rec__measure_auc(const struct rec__measurement *measurement)
{
    const struct rec__matched *matched = &measurement->parts[0].matched;
    int32_t threads = rec__model_threads(matched->model);
    struct job job = {.matched = matched,
                      .terms = measurement->terms,
                      .scratch = rec__allocate_zeroed(threads, sizeof *job.scratch)};
    int64_t tasks = ((int64_t)matched->n_judged + USERS_A_TASK - 1) / USERS_A_TASK;
    rec_status status = rec__standings_create(&job.standings, matched, false);
    if (status == REC_OK)
        status = job.scratch == NULL ? REC_ERR_NO_MEMORY : rec__parallel(threads, tasks, measure_users, &job);
    if (status == REC_OK)
        status = rec__standings_finish(&job.standings, measurement);
    free_scratch(job.scratch, threads);
    rec__standings_clear(&job.standings);
    return status;
}
