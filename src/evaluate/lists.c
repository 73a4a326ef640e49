/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metrics of lists: every judged user is ranked once, in blocks that bound the memory, with the greatest K;
 * the shorter lists are its beginnings.
 */
#include "evaluate/measure.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "model/rank.h"

/* Of one block: places in the lists, and users; a few users may exceed the first. */
enum { PLACES_A_BLOCK = 1 << 22, USERS_A_BLOCK = 1 << 16, USERS_A_TASK = 256 };

struct job {
    const struct rec__measurement *measurement;
    int32_t k, threads; /* k: the greatest, at most the items */
    struct rec__gains gains;
    int32_t first, n, most;   /* the block: judged users first .. first + n, n <= most */
    int32_t *users;           /* their rows, and their lists */
    int32_t *lists, *lengths; /* k places a user */
    int32_t *ranks;           /* of hits: k places a thread */
    double *values;           /* a row of all metrics a user */
    double *sums;             /* of values, a metric each */
    int64_t **times; /* how often each item is recommended, a metric each; NULL: not wanted, or as before */
};

/* The metric, this or an earlier one, whose counts of items are those of metric m. */
static int32_t counter_of(const struct rec__metric_list *metrics, int32_t m)
{
    for (int32_t i = 0; i < m; i++)
        if (metrics->wanted[i].metric->of_exposure != NULL && metrics->wanted[i].k == metrics->wanted[m].k)
            return i;
    return m;
}

static void judge_user(const struct job *job, int32_t i, int32_t *ranks)
{
    const struct rec__matched *matched = job->measurement->matched;
    const struct rec__metric_list *metrics = job->measurement->metrics;
    const struct rec__judged *judged = &matched->judged[job->first + i];
    struct rec__hits hits = {.ranks = ranks, .relevant = judged->relevant, .gains = &job->gains};
    hits.n = rec__hits_find(job->lists + (int64_t)i * job->k, job->lengths[i],
                            matched->known + judged->first_known, judged->n_known, ranks);
    for (int32_t m = 0; m < metrics->count; m++) {
        const struct rec__wanted *wanted = &metrics->wanted[m];
        if (wanted->metric->of_hits != NULL)
            job->values[(int64_t)i * metrics->count + m] = wanted->metric->of_hits(&hits, wanted->k);
    }
}

static rec_status judge_users(void *context, int64_t index, int32_t worker)
{
    const struct job *job = context;
    int32_t first = (int32_t)index * USERS_A_TASK;
    int32_t last = first + USERS_A_TASK < job->n ? first + USERS_A_TASK : job->n;
    for (int32_t i = first; i < last; i++)
        judge_user(job, i, job->ranks + (int64_t)worker * job->k);
    return REC_OK;
}

static void count_items(const struct job *job, int32_t k, int64_t *times)
{
    for (int32_t i = 0; i < job->n; i++) {
        const int32_t *list = job->lists + (int64_t)i * job->k;
        for (int32_t place = 0; place < job->lengths[i] && place < k; place++)
            times[list[place]]++;
    }
}

static void observe_block(const struct job *job, int32_t m, double *observed)
{
    const struct rec__judged *judged = job->measurement->matched->judged + job->first;
    for (int32_t i = 0; i < job->n; i++)
        observed[judged[i].test_row] = job->values[(int64_t)i * job->measurement->metrics->count + m];
}

/* Users are added one by one in their order, so the sums do not depend on threads nor on blocks. */
static void add_block(struct job *job)
{
    const struct rec__metric_list *metrics = job->measurement->metrics;
    const struct rec__observed *observed = job->measurement->observed;
    for (int32_t m = 0; m < metrics->count; m++) {
        if (metrics->wanted[m].metric->of_hits != NULL && observed != NULL)
            observe_block(job, m, observed->values[m]);
        if (metrics->wanted[m].metric->of_hits != NULL)
            for (int32_t i = 0; i < job->n; i++)
                job->sums[m] += job->values[(int64_t)i * metrics->count + m];
        if (job->times[m] != NULL)
            count_items(job, metrics->wanted[m].k, job->times[m]);
    }
}

static rec_status measure_block(struct job *job)
{
    const struct rec__matched *matched = job->measurement->matched;
    for (int32_t i = 0; i < job->n; i++)
        job->users[i] = matched->judged[job->first + i].user;
    struct rec__answers answers = {job->k, job->lists, NULL, job->lengths};
    rec_status status = rec__rank_batch(matched->model, job->users, job->n, NULL, &answers);
    int64_t tasks = ((int64_t)job->n + USERS_A_TASK - 1) / USERS_A_TASK;
    if (status == REC_OK)
        status = rec__parallel(job->threads, tasks, judge_users, job);
    if (status == REC_OK)
        add_block(job);
    return status;
}

static rec_status measure_blocks(struct job *job)
{
    int32_t n = job->measurement->matched->n_judged;
    rec_status status = REC_OK;
    for (job->first = 0; status == REC_OK && job->first < n; job->first += job->n) {
        job->n = n - job->first < job->most ? n - job->first : job->most;
        status = measure_block(job);
    }
    return status;
}

static rec_status finish_exposure(const struct job *job, int32_t m)
{
    const struct rec__measurement *measurement = job->measurement;
    const struct rec__wanted *wanted = &measurement->metrics->wanted[m];
    struct rec__exposure exposure = {.times = job->times[counter_of(measurement->metrics, m)],
                                     .training = measurement->matched->model->result->ratings};
    for (int32_t i = 0; i < exposure.training->n_items; i++)
        exposure.recommended += exposure.times[i];
    rec_status status = wanted->metric->of_exposure(&exposure, &measurement->values[m]);
    return status == REC_OK ? REC_OK : rec__fail_within(status, "%s: ", wanted->name);
}

static rec_status finish(const struct job *job)
{
    const struct rec__measurement *measurement = job->measurement;
    rec_status status = REC_OK;
    for (int32_t m = 0; status == REC_OK && m < measurement->metrics->count; m++) {
        const struct rec__metric *metric = measurement->metrics->wanted[m].metric;
        if (metric->of_hits != NULL)
            measurement->values[m] = job->sums[m] / measurement->matched->n_judged;
        if (metric->of_exposure != NULL)
            status = finish_exposure(job, m);
    }
    return status;
}

static rec_status make_counters(struct job *job)
{
    const struct rec__metric_list *metrics = job->measurement->metrics;
    int32_t n_items = job->measurement->matched->model->result->fitted.n_items;
    job->times = rec__allocate_zeroed(metrics->count, sizeof *job->times);
    rec_status status = job->times == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    for (int32_t m = 0; status == REC_OK && m < metrics->count; m++)
        if (metrics->wanted[m].metric->of_exposure != NULL && counter_of(metrics, m) == m) {
            job->times[m] = rec__allocate_zeroed(n_items, sizeof *job->times[m]);
            status = job->times[m] == NULL ? REC_ERR_NO_MEMORY : REC_OK;
        }
    return status;
}

static int32_t greatest_k(const struct rec__metric_list *metrics)
{
    int32_t k = 1;
    for (int32_t m = 0; m < metrics->count; m++)
        k = metrics->wanted[m].k > k ? metrics->wanted[m].k : k;
    return k;
}

static int32_t smaller(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static rec_status begin(struct job *job)
{
    const struct rec__matched *matched = job->measurement->matched;
    int32_t n_metrics = job->measurement->metrics->count;
    int32_t k = greatest_k(job->measurement->metrics), n_items = matched->model->result->fitted.n_items;
    int32_t n_test_items = matched->test->n_items;
    job->k = smaller(k, n_items);
    job->threads = rec__model_threads(matched->model);
    job->most = smaller(matched->n_judged, smaller(USERS_A_BLOCK, PLACES_A_BLOCK / job->k + 1));
    job->users = rec__allocate(job->most, sizeof *job->users);
    job->lists = rec__allocate((int64_t)job->most * job->k, sizeof *job->lists);
    job->lengths = rec__allocate(job->most, sizeof *job->lengths);
    job->ranks = rec__allocate((int64_t)job->threads * job->k, sizeof *job->ranks);
    job->values = rec__allocate((int64_t)job->most * n_metrics, sizeof *job->values);
    job->sums = rec__allocate_zeroed(n_metrics, sizeof *job->sums);
    if (job->users == NULL || job->lists == NULL || job->lengths == NULL || job->ranks == NULL ||
        job->values == NULL || job->sums == NULL)
        return REC_ERR_NO_MEMORY;
    /* The perfect list may be longer than any list: test items that the model lacks count. */
    rec_status status =
        rec__gains_create(&job->gains, smaller(k, n_items > n_test_items ? n_items : n_test_items));
    return status == REC_OK ? make_counters(job) : status;
}

static void end(struct job *job)
{
    for (int32_t m = 0; job->times != NULL && m < job->measurement->metrics->count; m++)
        rec__release(job->times[m]);
    rec__release(job->times);
    rec__release(job->users);
    rec__release(job->lists);
    rec__release(job->lengths);
    rec__release(job->ranks);
    rec__release(job->values);
    rec__release(job->sums);
    rec__gains_clear(&job->gains);
}

rec_status rec__measure_lists(const struct rec__measurement *measurement)
{
    struct job job = {.measurement = measurement};
    rec_status status = begin(&job);
    if (status == REC_OK)
        status = measure_blocks(&job);
    if (status == REC_OK)
        status = finish(&job);
    end(&job);
    return status;
}
