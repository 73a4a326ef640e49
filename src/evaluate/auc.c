/* SPDX-License-Identifier: Apache-2.0 */
/* auc: the one metric that wants the scores of all items. */
#include "evaluate/measure.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "model/rank.h"

enum { USERS_A_TASK = 8 };

/* Scratch of one thread: a score an item, and those of the relevant ones. */
struct scratch {
    rec_workspace workspace;
    double *scores, *relevant;
};

struct job {
    const struct rec__matched *matched;
    struct scratch *scratch; /* a thread each */
    double *areas;           /* a judged user each; -1 where there is none */
};

static rec_status measure_user(const struct job *job, int64_t index, struct scratch *scratch)
{
    const struct rec__matched *matched = job->matched;
    const struct rec__judged *judged = &matched->judged[index];
    const struct rec__result *result = matched->model->result;
    rec_row seen = {0};
    rec_status status =
        rec__score_all(matched->model, judged->user, NULL, &scratch->workspace, scratch->scores);
    if (status == REC_OK && judged->user != REC_NEW_USER)
        status = rec_ratings_user(result->ratings, judged->user, &seen);
    struct rec__scored scored = {.scores = scratch->scores,
                                 .n_items = result->fitted.n_items,
                                 .relevant = matched->known + judged->first_known,
                                 .seen = seen.others,
                                 .n_relevant = judged->n_known,
                                 .n_seen = seen.n};
    if (status == REC_OK && !rec__auc(&scored, scratch->relevant, &job->areas[index]))
        job->areas[index] = -1.0;
    return status;
}

static rec_status measure_users(void *context, int64_t index, int32_t worker)
{
    const struct job *job = context;
    int64_t first = index * USERS_A_TASK, n = job->matched->n_judged;
    int64_t last = first + USERS_A_TASK < n ? first + USERS_A_TASK : n;
    rec_status status = REC_OK;
    for (int64_t j = first; status == REC_OK && j < last; j++)
        status = measure_user(job, j, &job->scratch[worker]);
    return status;
}

static void free_scratch(struct scratch *scratch, int32_t threads)
{
    for (int32_t t = 0; scratch != NULL && t < threads; t++) {
        rec__scratch_clear(&scratch[t].workspace);
        rec__release(scratch[t].scores);
        rec__release(scratch[t].relevant);
    }
    rec__release(scratch);
}

static struct scratch *make_scratch(int32_t threads, int32_t n_items)
{
    struct scratch *scratch = rec__allocate_zeroed(threads, sizeof *scratch);
    for (int32_t t = 0; scratch != NULL && t < threads; t++) {
        scratch[t].scores = rec__allocate(n_items, sizeof *scratch[t].scores);
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
