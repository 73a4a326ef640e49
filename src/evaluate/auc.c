/* SPDX-License-Identifier: Apache-2.0 */
/* auc: the one metric that wants the scores of all items. */
#include "evaluate/measure.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "model/rank.h"

enum { USERS_A_TASK = 16 };

/* Scratch of one thread. */
struct scratch {
    rec_workspace workspaces[USERS_A_TASK];
    double *scores, *relevant; /* items a user of a task; those of one user's relevant items */
};

struct job {
    const struct rec__matched *matched;
    struct scratch *scratch; /* a thread each */
    double *areas;           /* a judged user each; -1 where there is none */
};

static rec_status measure_user(const struct job *job, int64_t index, const double *scores, double *relevant)
{
    const struct rec__matched *matched = job->matched;
    const struct rec__judged *judged = &matched->judged[index];
    const struct rec__result *result = matched->model->result;
    rec_row seen = {0};
    rec_status status =
        judged->user == REC_NEW_USER ? REC_OK : rec_ratings_user(result->ratings, judged->user, &seen);
    struct rec__scored scored = {.scores = scores,
                                 .n_items = result->fitted.n_items,
                                 .relevant = matched->known + judged->first_known,
                                 .seen = seen.others,
                                 .n_relevant = judged->n_known,
                                 .n_seen = seen.n};
    if (status == REC_OK && !rec__auc(&scored, relevant, &job->areas[index]))
        job->areas[index] = -1.0;
    return status;
}

static rec_status measure_users(void *context, int64_t task, int32_t worker)
{
    const struct job *job = context;
    const struct rec__matched *matched = job->matched;
    struct scratch *scratch = &job->scratch[worker];
    struct rec__ordering orderings[USERS_A_TASK];
    int64_t first = task * USERS_A_TASK, left = matched->n_judged - first;
    int32_t n = left < USERS_A_TASK ? (int32_t)left : USERS_A_TASK;
    for (int32_t q = 0; q < n; q++) {
        const struct rec__judged *judged = &matched->judged[first + q];
        orderings[q] = (struct rec__ordering){.user = judged->user,
                                              .items = matched->known + judged->first_known,
                                              .n = judged->n_known,
                                              .workspace = &scratch->workspaces[q],
                                              .scores = scratch->scores +
                                                        (int64_t)q * matched->model->result->fitted.n_items};
    }
    rec_status status = rec__order_all(matched->model, orderings, n);
    for (int32_t q = 0; status == REC_OK && q < n; q++)
        status = measure_user(job, first + q, orderings[q].scores, scratch->relevant);
    return status;
}

static void free_scratch(struct scratch *scratch, int32_t threads)
{
    for (int32_t t = 0; scratch != NULL && t < threads; t++) {
        for (int q = 0; q < USERS_A_TASK; q++)
            rec__scratch_clear(&scratch[t].workspaces[q]);
        rec__release(scratch[t].scores);
        rec__release(scratch[t].relevant);
    }
    rec__release(scratch);
}

static struct scratch *make_scratch(int32_t threads, int32_t n_items)
{
    struct scratch *scratch = rec__allocate_zeroed(threads, sizeof *scratch);
    for (int32_t t = 0; scratch != NULL && t < threads; t++) {
        scratch[t].scores = rec__allocate((int64_t)USERS_A_TASK * n_items, sizeof *scratch[t].scores);
        scratch[t].relevant = rec__allocate(n_items, sizeof *scratch[t].relevant);
        if (scratch[t].scores == NULL || scratch[t].relevant == NULL) {
            free_scratch(scratch, threads);
            return NULL;
        }
    }
    return scratch;
}

static rec_status average(const double *areas, int32_t n, double *mean)
{
    double sum = 0.0;
    int32_t users = 0;
    for (int32_t j = 0; j < n; j++) {
        sum += areas[j] >= 0.0 ? areas[j] : 0.0;
        users += areas[j] >= 0.0;
    }
    if (users == 0)
        return rec__fail(REC_ERR_EMPTY,
                         "no test user has an item that is neither a test nor a training item, "
                         "so there is no \"auc\"; one was expected");
    *mean = sum / users;
    return REC_OK;
}

static void hand_over(const struct rec__measurement *measurement, int32_t m, double mean, const double *areas)
{
    const struct rec__matched *matched = measurement->matched;
    measurement->values[m] = mean;
    for (int32_t j = 0; measurement->observed != NULL && j < matched->n_judged; j++)
        if (areas[j] >= 0.0)
            measurement->observed->values[m][matched->judged[j].test_row] = areas[j];
}

rec_status rec__measure_auc(const struct rec__measurement *measurement)
{
    const struct rec__matched *matched = measurement->matched;
    int32_t threads = rec__model_threads(matched->model);
    double mean = 0.0;
    struct job job = {.matched = matched,
                      .scratch = make_scratch(threads, matched->model->result->fitted.n_items),
                      .areas = rec__allocate(matched->n_judged, sizeof *job.areas)};
    int64_t tasks = ((int64_t)matched->n_judged + USERS_A_TASK - 1) / USERS_A_TASK;
    rec_status status = job.scratch == NULL || job.areas == NULL
                            ? REC_ERR_NO_MEMORY
                            : rec__parallel(threads, tasks, measure_users, &job);
    if (status == REC_OK)
        status = average(job.areas, matched->n_judged, &mean);
    for (int32_t m = 0; status == REC_OK && m < measurement->metrics->count; m++)
        if (rec__metric_of_scores(measurement->metrics->wanted[m].metric))
            hand_over(measurement, m, mean, job.areas);
    free_scratch(job.scratch, threads);
    rec__release(job.areas);
    return status;
}
