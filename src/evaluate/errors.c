/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of predictions over all test pairs. */
#include "evaluate/measure.h"
#include "base/memory.h"
#include "base/threads.h"
#include "model/rank.h"

#include <math.h>

/* Sums are made within runs of this many users and then over the runs, so they are the same for any number of
 * threads. */
enum { USERS_A_RUN = 64 };

/* Scratch of one thread: the known items of a user, and their scores. */
struct scratch {
    rec_workspace workspace;
    int32_t *items;
    float *scores;
};

struct job {
    const struct rec__matched *matched;
    struct rec__errors *runs;
    struct scratch *scratch; /* a thread each */
};

static void add_error(struct rec__errors *errors, const struct rec__result *result, double predicted,
                      float rating)
{
    double raw = predicted - (double)rating;
    double clipped = fmin(fmax(predicted, (double)result->least), (double)result->greatest) - (double)rating;
    errors->squares += clipped * clipped;
    errors->sizes += fabs(clipped);
    errors->raw_squares += raw * raw;
    errors->raw_sizes += fabs(raw);
    errors->pairs++;
}

/* Predict what the model knows of a user's test items, in their order. */
static rec_status predict_known(const struct rec__matched *matched, int32_t row, struct scratch *scratch)
{
    const rec_ratings *test = matched->test;
    rec_query query = REC_QUERY_INIT;
    query.workspace = &scratch->workspace;
    int64_t n = 0;
    if (matched->users[row] < 0)
        return REC_OK;
    for (int64_t p = test->user_start[row]; p < test->user_start[row + 1]; p++)
        if (matched->items[test->user_items[p]] >= 0)
            scratch->items[n++] = matched->items[test->user_items[p]];
    return n == 0 ? REC_OK
                  : rec__score_items(matched->model, matched->users[row], &query, scratch->items, n,
                                     scratch->scores);
}

static rec_status add_user(const struct rec__matched *matched, int32_t row, struct scratch *scratch,
                           struct rec__errors *errors)
{
    const rec_ratings *test = matched->test;
    int32_t user = matched->users[row];
    rec_status status = predict_known(matched, row, scratch);
    if (status != REC_OK)
        return status;
    const float *next = scratch->scores;
    for (int64_t p = test->user_start[row]; p < test->user_start[row + 1]; p++) {
        int32_t item = matched->items[test->user_items[p]];
        bool known = user >= 0 && item >= 0;
        double predicted = known ? (double)*next++ : rec__score_known(matched->model, user, item);
        add_error(errors, matched->model->result, predicted, test->user_ratings[p]);
    }
    return REC_OK;
}

static rec_status measure_run(void *context, int64_t index, int32_t worker)
{
    const struct job *job = context;
    int64_t first = index * USERS_A_RUN, n_users = job->matched->test->n_users;
    int64_t last = first + USERS_A_RUN < n_users ? first + USERS_A_RUN : n_users;
    rec_status status = REC_OK;
    for (int64_t row = first; status == REC_OK && row < last; row++)
        status = add_user(job->matched, (int32_t)row, &job->scratch[worker], &job->runs[index]);
    return status;
}

static struct rec__errors add_runs(const struct rec__errors *runs, int64_t n)
{
    struct rec__errors sum = {0};
    for (int64_t r = 0; r < n; r++) {
        sum.squares += runs[r].squares;
        sum.sizes += runs[r].sizes;
        sum.raw_squares += runs[r].raw_squares;
        sum.raw_sizes += runs[r].raw_sizes;
        sum.pairs += runs[r].pairs;
    }
    return sum;
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
        rec__release(scratch[t].scores);
    }
    rec__release(scratch);
}

static struct scratch *make_scratch(int32_t threads, int64_t most)
{
    struct scratch *scratch = rec__allocate_zeroed(threads, sizeof *scratch);
    for (int32_t t = 0; scratch != NULL && t < threads; t++) {
        scratch[t].items = rec__allocate(most, sizeof *scratch[t].items);
        scratch[t].scores = rec__allocate(most, sizeof *scratch[t].scores);
        if (scratch[t].items == NULL || scratch[t].scores == NULL) {
            free_scratch(scratch, threads);
            return NULL;
        }
    }
    return scratch;
}

rec_status rec__measure_errors(const struct rec__measurement *measurement)
{
    const struct rec__matched *matched = measurement->matched;
    int32_t threads = rec__model_threads(matched->model);
    int64_t n_runs = ((int64_t)matched->test->n_users + USERS_A_RUN - 1) / USERS_A_RUN;
    struct job job = {.matched = matched,
                      .runs = rec__allocate_zeroed(n_runs, sizeof *job.runs),
                      .scratch = make_scratch(threads, most_pairs(matched->test))};
    rec_status status = job.runs == NULL || job.scratch == NULL
                            ? REC_ERR_NO_MEMORY
                            : rec__parallel(threads, n_runs, measure_run, &job);
    if (status == REC_OK) {
        struct rec__errors errors = add_runs(job.runs, n_runs);
        for (int32_t m = 0; m < measurement->metrics->count; m++) {
            const struct rec__metric *metric = measurement->metrics->wanted[m].metric;
            if (metric->of_errors != NULL)
                measurement->values[m] = metric->of_errors(&errors);
        }
    }
    free_scratch(job.scratch, threads);
    rec__release(job.runs);
    return status;
}
