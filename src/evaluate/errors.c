/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of predictions over all test pairs. */
#include "evaluate/measure.h"
#include "base/memory.h"
#include "base/threads.h"
#include "model/contexts.h"
#include "model/rank.h"

#include <math.h>

/* Sums are made within runs of this many users and then over the runs, so they are the same for any number of
 * threads. */
enum { USERS_A_RUN = 64 };

/* Scratch of one thread: the known items of a user, their moments and scores; the last two for the order. */
struct scratch {
    rec_workspace workspace;
    int32_t *items;
    int64_t *times;
    int32_t *given;
    float *scores;
    struct rec__rated *rated;
    double *merged;
};

struct job {
    const struct rec__measurement *measurement;
    const struct rec__part *part;
    const struct rec__matched *matched;
    const struct rec__observed *observed; /* NULL: nobody compares */
    struct rec__given given;              /* contexts of the test ratings */
    struct rec__errors *runs;
    struct scratch *scratch; /* a thread each */
    bool orders;             /* a metric wants the counts of pairs */
};

static double clip(const struct rec__result *result, double predicted)
{
    return fmin(fmax(predicted, (double)result->least), (double)result->greatest);
}

static struct rec__errors error_of(const struct rec__result *result, double predicted, float rating)
{
    double raw = predicted - (double)rating, clipped = clip(result, predicted) - (double)rating;
    double centred = (double)rating - result->mean;
    return (struct rec__errors){.squares = clipped * clipped,
                                .sizes = fabs(clipped),
                                .raw_squares = raw * raw,
                                .raw_sizes = fabs(raw),
                                .ratings = centred,
                                .rating_squares = centred * centred,
                                .pairs = 1};
}

static void fold_in(rec_query *query, const rec_ratings *histories, int32_t row)
{
    int64_t first = histories->user_start[row];
    query->history = histories->user_items + first;
    query->history_ratings = histories->user_ratings + first;
    query->n_history = rec__user_count(histories, row);
}

/* Predict what the model knows of a user's test items, in their order. */
static rec_status predict_known(const struct job *job, int32_t row, struct scratch *scratch)
{
    const struct rec__matched *matched = job->matched;
    int32_t width = job->given.width;
    const rec_ratings *test = matched->test;
    rec_query query = REC_QUERY_INIT;
    query.workspace = &scratch->workspace;
    int64_t n = 0;
    if (!rec__matched_knows(matched, row))
        return REC_OK;
    if (matched->histories != NULL)
        fold_in(&query, matched->histories, row);
    for (int64_t p = test->user_start[row]; p < test->user_start[row + 1]; p++)
        if (matched->items[test->user_items[p]] >= 0) {
            for (int32_t k = 0; k < width; k++)
                scratch->given[n * width + k] = job->given.rows[p * width + k];
            scratch->times[n] = test->user_times == NULL ? REC_NO_TIME : test->user_times[p];
            scratch->items[n++] = matched->items[test->user_items[p]];
        }
    struct rec__asked asked = {.items = scratch->items,
                               .times = scratch->times,
                               .n = n,
                               .given = width > 0 ? scratch->given : NULL,
                               .n_given = width};
    return n == 0 ? REC_OK
                  : rec__score_items(matched->model,
                                     matched->users[row] < 0 ? REC_NEW_USER : matched->users[row], &query,
                                     &asked, scratch->scores);
}

/* Hand what was summed over a unit, a user or a pair, to who compares models. */
static void observe(const struct job *job, const struct rec__errors *errors, int64_t unit)
{
    const struct rec__metric_list *metrics = job->measurement->metrics;
    for (int32_t m = 0; m < metrics->count; m++) {
        double (*part)(const struct rec__errors *) = metrics->wanted[m].metric->part;
        if (part != NULL)
            job->observed->values[m][unit] = part(errors);
    }
}

static rec_status add_user(const struct job *job, int32_t row, struct scratch *scratch,
                           struct rec__errors *sum)
{
    const struct rec__matched *matched = job->matched;
    const struct rec__observed *observed = job->observed;
    const rec_ratings *test = matched->test;
    int64_t first = test->user_start[row], n = test->user_start[row + 1] - first;
    int32_t user = matched->users[row];
    struct rec__errors errors = {0};
    rec_status status = predict_known(job, row, scratch);
    const float *next = scratch->scores;
    for (int64_t p = 0; status == REC_OK && p < n; p++) {
        int32_t item = matched->items[test->user_items[first + p]];
        float rating = test->user_ratings[first + p];
        bool known = item >= 0 && rec__matched_knows(matched, row);
        double predicted = known ? (double)*next++ : rec__score_known(matched->model, user, item);
        struct rec__errors error = error_of(matched->model->result, predicted, rating);
        rec__errors_add(&errors, &error);
        if (observed != NULL && observed->by_pair)
            observe(job, &error, first + p);
        if (job->orders)
            scratch->rated[p] = (struct rec__rated){(double)rating, clip(matched->model->result, predicted)};
    }
    if (status == REC_OK && job->orders)
        rec__errors_order(&errors, scratch->rated, n, scratch->merged);
    if (observed != NULL && !observed->by_pair && n > 0)
        observe(job, &errors, row);
    rec__errors_add(sum, &errors);
    return status;
}

static rec_status measure_run(void *context, int64_t index, int32_t worker)
{
    const struct job *job = context;
    int64_t first = index * USERS_A_RUN, n_users = job->matched->test->n_users;
    int64_t last = first + USERS_A_RUN < n_users ? first + USERS_A_RUN : n_users;
    rec_status status = REC_OK;
    for (int64_t row = first; status == REC_OK && row < last; row++)
        status = add_user(job, (int32_t)row, &job->scratch[worker], &job->runs[index]);
    return status;
}

static int64_t most_pairs(const rec_ratings *test)
{
    int64_t most = 0;
    for (int32_t row = 0; row < test->n_users; row++)
        most = rec__user_count(test, row) > most ? rec__user_count(test, row) : most;
    return most;
}

static void free_scratch(struct scratch *scratch, int32_t threads)
{
    for (int32_t t = 0; scratch != NULL && t < threads; t++) {
        rec__scratch_clear(&scratch[t].workspace);
        rec__release(scratch[t].items);
        rec__release(scratch[t].times);
        rec__release(scratch[t].given);
        rec__release(scratch[t].scores);
        rec__release(scratch[t].rated);
        rec__release(scratch[t].merged);
    }
    rec__release(scratch);
}

static struct scratch *make_scratch(int32_t threads, int64_t most, int32_t width, bool orders)
{
    struct scratch *scratch = rec__allocate_zeroed(threads, sizeof *scratch);
    for (int32_t t = 0; scratch != NULL && t < threads; t++) {
        scratch[t].items = rec__allocate(most, sizeof *scratch[t].items);
        scratch[t].times = rec__allocate(most, sizeof *scratch[t].times);
        scratch[t].given = rec__allocate(most * width, sizeof *scratch[t].given);
        scratch[t].scores = rec__allocate(most, sizeof *scratch[t].scores);
        scratch[t].rated = rec__allocate(orders ? most : 0, sizeof *scratch[t].rated);
        scratch[t].merged = rec__allocate(orders ? most : 0, sizeof *scratch[t].merged);
        if (scratch[t].items == NULL || scratch[t].times == NULL || scratch[t].given == NULL ||
            scratch[t].scores == NULL || scratch[t].rated == NULL || scratch[t].merged == NULL) {
            free_scratch(scratch, threads);
            return NULL;
        }
    }
    return scratch;
}

static bool wants_order(const struct rec__metric_list *metrics)
{
    for (int32_t m = 0; m < metrics->count; m++)
        if (metrics->wanted[m].metric->orders)
            return true;
    return false;
}

static rec_status finish(const struct job *job, int64_t n_runs)
{
    const struct rec__measurement *measurement = job->measurement;
    struct rec__errors errors = {0};
    rec_status status = REC_OK;
    for (int64_t r = 0; r < n_runs; r++)
        rec__errors_add(&errors, &job->runs[r]);
    for (int32_t m = 0; status == REC_OK && m < measurement->metrics->count; m++) {
        const struct rec__metric *metric = measurement->metrics->wanted[m].metric;
        if (metric->of_errors != NULL)
            status = rec__part_settle(job->part, metric->of_errors(&errors, &job->part->values[m]), m);
    }
    return status;
}

/* Contexts of a part's test ratings: the caller's, or those that were set on the model. */
static rec_status find_given(struct rec__given *given, const struct rec__measurement *measurement,
                             const struct rec__matched *matched)
{
    const rec_contexts *asked = measurement->terms->options.contexts;
    const rec_contexts *set = matched->model->contexts;
    bool learned = matched->model->result->context_names != NULL;
    bool ranked = measurement->terms->contexts != NULL; /* then they may be of rankings alone */
    if (!learned && (asked == NULL || ranked))
        return REC_OK;
    if (asked == NULL && set == NULL)
        return REC_OK;
    return rec__given_of(given, matched->model, asked != NULL ? asked : set, matched->test);
}

static rec_status measure_part(const struct rec__measurement *measurement, const struct rec__part *part)
{
    const struct rec__matched *matched = &part->matched;
    int32_t threads = rec__model_threads(matched->model);
    int64_t n_runs = ((int64_t)matched->test->n_users + USERS_A_RUN - 1) / USERS_A_RUN;
    bool orders = wants_order(measurement->metrics);
    struct job job = {.measurement = measurement,
                      .part = part,
                      .matched = matched,
                      .observed = part->places == NULL ? measurement->observed : NULL,
                      .orders = orders,
                      .runs = rec__allocate_zeroed(n_runs, sizeof *job.runs)};
    rec_status status = find_given(&job.given, measurement, matched);
    if (status == REC_OK)
        job.scratch = make_scratch(threads, most_pairs(matched->test), job.given.width, orders);
    if (status == REC_OK && (job.runs == NULL || job.scratch == NULL))
        status = REC_ERR_NO_MEMORY;
    if (status == REC_OK)
        status = rec__parallel(threads, n_runs, measure_run, &job);
    if (status == REC_OK)
        status = finish(&job, n_runs);
    free_scratch(job.scratch, threads);
    rec__release(job.runs);
    rec__release(job.given.rows);
    return status;
}

rec_status rec__measure_errors(const struct rec__measurement *measurement)
{
    rec_status status = REC_OK;
    for (int32_t p = 0; status == REC_OK && p < measurement->n_parts; p++)
        status = measure_part(measurement, &measurement->parts[p]);
    return status;
}
