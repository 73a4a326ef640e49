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

#include <math.h>

/* Of one block: places in the lists, and users; a few users may exceed the first. */
enum { PLACES_A_BLOCK = 1 << 22, USERS_A_BLOCK = 1 << 16, USERS_A_TASK = 256 };

/* What is added up of one part: its judged users of the block, and what came before. */
struct tally {
    const struct rec__part *part;
    int32_t first, n;
    double *values;  /* a row of all metrics a user */
    double *sums;    /* of values, a metric each */
    int64_t **times; /* how often each item is recommended, a metric each; NULL: not wanted, or as before */
};

struct job {
    const struct rec__measurement *measurement;
    const struct rec__matched *matched; /* of the whole */
    int32_t k, threads;                 /* k: the greatest, at most the items */
    struct rec__gains gains;
    int32_t first, n, most;   /* the block: judged users first .. first + n, n <= most */
    int32_t *users, *rows;    /* their rows in the model and in the test */
    const int32_t **given;    /* their contexts; and their lists */
    int32_t *lists, *lengths; /* k places a user */
    int32_t *ranks;           /* of hits: k places a thread */
    struct tally *tallies;    /* one a part */
    struct tally *tally;      /* that is being judged */
};

/* The metric, this or an earlier one, whose counts of items are those of metric m. */
static int32_t counter_of(const struct rec__metric_list *metrics, int32_t m)
{
    for (int32_t i = 0; i < m; i++)
        if (metrics->wanted[i].metric->of_exposure != NULL && metrics->wanted[i].k == metrics->wanted[m].k)
            return i;
    return m;
}

/* Where the list of a part's user lies in the block. */
static int32_t list_of(const struct job *job, const struct tally *tally, int32_t i)
{
    return rec__part_place(tally->part, tally->first + i) - job->first;
}

static void judge_user(const struct job *job, int32_t i, int32_t *ranks)
{
    const struct tally *tally = job->tally;
    const struct rec__matched *matched = &tally->part->matched;
    const struct rec__metric_list *metrics = job->measurement->metrics;
    const struct rec__judged *judged = &matched->judged[tally->first + i];
    struct rec__hits hits = {.ranks = ranks, .relevant = judged->relevant, .gains = &job->gains};
    int32_t place = list_of(job, tally, i);
    hits.n = rec__hits_find(job->lists + (int64_t)place * job->k, job->lengths[place],
                            matched->known + judged->first_known, judged->n_known, ranks);
    for (int32_t m = 0; m < metrics->count; m++) {
        const struct rec__wanted *wanted = &metrics->wanted[m];
        if (wanted->metric->of_hits != NULL)
            tally->values[(int64_t)i * metrics->count + m] = wanted->metric->of_hits(&hits, wanted->k);
    }
}

static rec_status judge_users(void *context, int64_t index, int32_t worker)
{
    const struct job *job = context;
    int32_t first = (int32_t)index * USERS_A_TASK, n = job->tally->n;
    int32_t last = first + USERS_A_TASK < n ? first + USERS_A_TASK : n;
    for (int32_t i = first; i < last; i++)
        judge_user(job, i, job->ranks + (int64_t)worker * job->k);
    return REC_OK;
}

static void count_items(const struct job *job, const struct tally *tally, int32_t k, int64_t *times)
{
    for (int32_t i = 0; i < tally->n; i++) {
        int32_t of = list_of(job, tally, i);
        const int32_t *list = job->lists + (int64_t)of * job->k;
        for (int32_t place = 0; place < job->lengths[of] && place < k; place++)
            times[list[place]]++;
    }
}

static void observe_block(const struct job *job, const struct tally *tally, int32_t m, double *observed)
{
    const struct rec__judged *judged = tally->part->matched.judged + tally->first;
    for (int32_t i = 0; i < tally->n; i++)
        observed[judged[i].test_row] = tally->values[(int64_t)i * job->measurement->metrics->count + m];
}

/* Users are added one by one in their order, so the sums do not depend on threads nor on blocks. */
static void add_block(const struct job *job, struct tally *tally)
{
    const struct rec__metric_list *metrics = job->measurement->metrics;
    const struct rec__observed *observed = tally->part->places == NULL ? job->measurement->observed : NULL;
    for (int32_t m = 0; m < metrics->count; m++) {
        if (metrics->wanted[m].metric->of_hits != NULL && observed != NULL)
            observe_block(job, tally, m, observed->values[m]);
        if (metrics->wanted[m].metric->of_hits != NULL)
            for (int32_t i = 0; i < tally->n; i++)
                tally->sums[m] += tally->values[(int64_t)i * metrics->count + m];
        if (tally->times[m] != NULL)
            count_items(job, tally, metrics->wanted[m].k, tally->times[m]);
    }
}

/* Judge those of a part's users whose lists are in the block. */
static rec_status judge_part(struct job *job, struct tally *tally)
{
    const struct rec__part *part = tally->part;
    int32_t left = part->matched.n_judged - tally->first, end = job->first + job->n;
    tally->n = 0;
    while (tally->n < left && rec__part_place(part, tally->first + tally->n) < end)
        tally->n++;
    job->tally = tally;
    int64_t tasks = ((int64_t)tally->n + USERS_A_TASK - 1) / USERS_A_TASK;
    rec_status status = rec__parallel(job->threads, tasks, judge_users, job);
    if (status == REC_OK)
        add_block(job, tally);
    tally->first += tally->n;
    return status;
}

static rec_status measure_block(struct job *job)
{
    const struct rec__matched *matched = job->matched;
    const struct rec__terms *terms = job->measurement->terms;
    for (int32_t i = 0; i < job->n; i++) {
        job->users[i] = matched->judged[job->first + i].user;
        job->rows[i] = matched->judged[job->first + i].test_row;
        job->given[i] = matched->judged[job->first + i].given;
    }
    struct rec__askers askers = {job->users, job->n,     matched->histories,
                                 job->rows,  job->given, matched->given.width};
    struct rec__answers answers = {job->k, job->lists, NULL, job->lengths, NULL};
    rec_query query = REC_QUERY_INIT;
    query.only = terms->only;
    query.n_only = terms->n_only;
    query.item_factors = terms->options.item_factors;
    rec_status status = rec__rank_batch(matched->model, &askers, &query, &answers);
    for (int32_t p = 0; status == REC_OK && p < job->measurement->n_parts; p++)
        status = judge_part(job, &job->tallies[p]);
    return status;
}

static rec_status measure_blocks(struct job *job)
{
    int32_t n = job->matched->n_judged;
    rec_status status = REC_OK;
    for (job->first = 0; status == REC_OK && job->first < n; job->first += job->n) {
        job->n = n - job->first < job->most ? n - job->first : job->most;
        status = measure_block(job);
    }
    return status;
}

static rec_status finish_exposure(const struct job *job, const struct tally *tally, int32_t m)
{
    const struct rec__measurement *measurement = job->measurement;
    const struct rec__wanted *wanted = &measurement->metrics->wanted[m];
    struct rec__exposure exposure = {.times = tally->times[counter_of(measurement->metrics, m)],
                                     .training = job->matched->model->result->ratings,
                                     .only = measurement->terms->only,
                                     .n_only = measurement->terms->n_only};
    for (int32_t i = 0; i < exposure.training->n_items; i++)
        exposure.recommended += exposure.times[i];
    rec_status status = wanted->metric->of_exposure(&exposure, &tally->part->values[m]);
    return status == REC_OK ? REC_OK : rec__fail_within(status, "%s: ", wanted->name);
}

static rec_status finish(const struct job *job, const struct tally *tally)
{
    const struct rec__metric_list *metrics = job->measurement->metrics;
    int32_t n = tally->part->matched.n_judged;
    rec_status status = REC_OK;
    for (int32_t m = 0; status == REC_OK && m < metrics->count; m++) {
        const struct rec__metric *metric = metrics->wanted[m].metric;
        if (metric->of_hits != NULL)
            tally->part->values[m] = n > 0 ? tally->sums[m] / n : (double)NAN;
        if (metric->of_exposure != NULL)
            status = rec__part_settle(tally->part, finish_exposure(job, tally, m), m);
    }
    return status;
}

static rec_status make_counters(const struct rec__metric_list *metrics, int32_t n_items, int64_t **times)
{
    rec_status status = REC_OK;
    for (int32_t m = 0; status == REC_OK && m < metrics->count; m++)
        if (metrics->wanted[m].metric->of_exposure != NULL && counter_of(metrics, m) == m) {
            times[m] = rec__allocate_zeroed(n_items, sizeof *times[m]);
            status = times[m] == NULL ? REC_ERR_NO_MEMORY : REC_OK;
        }
    return status;
}

static rec_status make_tally(const struct job *job, struct tally *tally, const struct rec__part *part)
{
    const struct rec__metric_list *metrics = job->measurement->metrics;
    tally->part = part;
    tally->values = rec__allocate((int64_t)job->most * metrics->count, sizeof *tally->values);
    tally->sums = rec__allocate_zeroed(metrics->count, sizeof *tally->sums);
    tally->times = rec__allocate_zeroed(metrics->count, sizeof *tally->times);
    if (tally->values == NULL || tally->sums == NULL || tally->times == NULL)
        return REC_ERR_NO_MEMORY;
    return make_counters(metrics, job->matched->model->result->fitted.n_items, tally->times);
}

static void free_tally(struct tally *tally, int32_t n_metrics)
{
    for (int32_t m = 0; tally->times != NULL && m < n_metrics; m++)
        rec__release(tally->times[m]);
    rec__release(tally->times);
    rec__release(tally->values);
    rec__release(tally->sums);
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
    const struct rec__matched *matched = job->matched;
    int32_t n_parts = job->measurement->n_parts;
    int32_t k = greatest_k(job->measurement->metrics), n_items = matched->model->result->fitted.n_items;
    int32_t n_test_items = matched->test->n_items;
    job->k = smaller(k, n_items);
    job->threads = rec__model_threads(matched->model);
    job->most = smaller(matched->n_judged, smaller(USERS_A_BLOCK, PLACES_A_BLOCK / job->k + 1));
    job->users = rec__allocate(job->most, sizeof *job->users);
    job->rows = rec__allocate(job->most, sizeof *job->rows);
    job->given = rec__allocate(job->most, sizeof *job->given);
    job->lists = rec__allocate((int64_t)job->most * job->k, sizeof *job->lists);
    job->lengths = rec__allocate(job->most, sizeof *job->lengths);
    job->ranks = rec__allocate((int64_t)job->threads * job->k, sizeof *job->ranks);
    job->tallies = rec__allocate_zeroed(n_parts, sizeof *job->tallies);
    if (job->users == NULL || job->rows == NULL || job->given == NULL || job->lists == NULL ||
        job->lengths == NULL || job->ranks == NULL || job->tallies == NULL)
        return REC_ERR_NO_MEMORY;
    /* The perfect list may be longer than any list: test items that the model lacks count. */
    rec_status status =
        rec__gains_create(&job->gains, smaller(k, n_items > n_test_items ? n_items : n_test_items));
    for (int32_t p = 0; status == REC_OK && p < n_parts; p++)
        status = make_tally(job, &job->tallies[p], &job->measurement->parts[p]);
    return status;
}

static void end(struct job *job)
{
    for (int32_t p = 0; job->tallies != NULL && p < job->measurement->n_parts; p++)
        free_tally(&job->tallies[p], job->measurement->metrics->count);
    rec__release(job->tallies);
    rec__release(job->users);
    rec__release(job->rows);
    rec__release(job->given);
    rec__release(job->lists);
    rec__release(job->lengths);
    rec__release(job->ranks);
    rec__gains_clear(&job->gains);
}

rec_status rec__measure_lists(const struct rec__measurement *measurement)
{
    struct job job = {.measurement = measurement, .matched = &measurement->parts[0].matched};
    rec_status status = begin(&job);
    if (status == REC_OK)
        status = measure_blocks(&job);
    for (int32_t p = 0; status == REC_OK && p < measurement->n_parts; p++)
        status = finish(&job, &job.tallies[p]);
    end(&job);
    return status;
}
