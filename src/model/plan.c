/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of work over rates of the machine. Each rate is the best of a few short trials on all the threads at once, for what threads share, the
 * memory, is what many fits wait for. */
#include "model/plan.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

enum { FACTORS = 64, ROWS = 256, TRIALS = 5, REPEATS = 40, SET_MOST = 1 << 26, STEPS = 1 << 18 };

/* Memory that the trials run over: rows of floats, and a thread's own Gram matrix and counts. */
struct trial {
    float *rows;
    int64_t n_rows;
    float *own;      /* FACTORS x FACTORS a thread */
    int32_t *counts; /* STEPS a thread */
    void (*run)(const struct trial *trial, int32_t task);
};

static uint64_t step_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static void run_flops(const struct trial *trial, int32_t task)
{
    struct rec__gather gather = {trial->rows, FACTORS, NULL, ROWS < trial->n_rows ? ROWS : trial->n_rows};
    for (int r = 0; r < REPEATS; r++)
        rec__kernels()->gram(&gather, NULL, trial->own + (int64_t)task * FACTORS * FACTORS, FACTORS, FACTORS);
}

static double flops_of(const struct trial *trial)
{
    double rows = ROWS < trial->n_rows ? ROWS : (double)trial->n_rows;
    return (double)REPEATS * rows * FACTORS * (FACTORS + 1);
}

static void run_bytes(const struct trial *trial, int32_t task)
{
    int32_t rows[ROWS];
    uint64_t state = (uint64_t)task + 1;
    struct rec__gather gather = {trial->rows, FACTORS, rows, ROWS};
    float weights[ROWS] = {0};
    for (int r = 0; r < REPEATS; r++) {
        for (int i = 0; i < ROWS; i++)
            rows[i] = (int32_t)(step_random(&state) % (uint64_t)trial->n_rows);
        rec__kernels()->gather_sum(&gather, weights, FACTORS, trial->own + (int64_t)task * FACTORS * FACTORS);
    }
}

static void run_steps(const struct trial *trial, int32_t task)
{
    int32_t *counts = trial->counts + (int64_t)task * STEPS;
    uint64_t state = (uint64_t)task + 1;
    for (int i = 0; i < STEPS; i++)
        counts[step_random(&state) % STEPS]++;
}

static rec_status run_task(void *context, int64_t index, int32_t worker)
{
    const struct trial *trial = context;
    (void)worker;
    trial->run(trial, (int32_t)index);
    return REC_OK;
}

/* Seconds of the best trial, each thread doing as much. */
static double time_trial(struct trial *trial, int32_t threads, void (*run)(const struct trial *, int32_t))
{
    double best = INFINITY;
    trial->run = run;
    for (int t = 0; t < TRIALS; t++) {
        double start = rec__seconds();
        (void)rec__parallel(threads, threads, run_task, trial);
        best = fmin(best, rec__seconds() - start);
    }
    return fmax(best, 1e-9);
}

static rec_status measure_rates(double set, int32_t threads, rec_plan_estimate *estimate)
{
    double bytes = fmin(fmax(set, (double)ROWS * FACTORS * sizeof(float)), (double)SET_MOST);
    struct trial trial = {.n_rows = (int64_t)(bytes / (FACTORS * sizeof(float)))};
    trial.rows = rec__allocate_zeroed(trial.n_rows * FACTORS, sizeof *trial.rows);
    trial.own = rec__allocate_zeroed((int64_t)threads * FACTORS * FACTORS, sizeof *trial.own);
    trial.counts = rec__allocate_zeroed((int64_t)threads * STEPS, sizeof *trial.counts);
    bool made = trial.rows != NULL && trial.own != NULL && trial.counts != NULL;
    if (made) {
        memset(trial.rows, 0, (size_t)trial.n_rows * FACTORS * sizeof *trial.rows); /* pages of its own */
        estimate->flop_rate = threads * flops_of(&trial) / time_trial(&trial, threads, run_flops);
        estimate->byte_rate = threads * (double)REPEATS * ROWS * FACTORS * sizeof(float) /
                              time_trial(&trial, threads, run_bytes);
        estimate->step_rate = threads * (double)STEPS / time_trial(&trial, threads, run_steps);
    }
    rec__release(trial.rows);
    rec__release(trial.own);
    rec__release(trial.counts);
    return made ? REC_OK : REC_ERR_NO_MEMORY;
}

static double seconds_of(const struct rec__effort *effort, const rec_plan_estimate *rates)
{
    return effort->flops / rates->flop_rate + effort->bytes / rates->byte_rate +
           effort->steps / rates->step_rate;
}

/* The arrays of a store, times and ids left out. */
static int64_t store_bytes(const rec_ratings *r)
{
    return 16 * r->count + 8 * ((int64_t)r->n_users + r->n_items + 2) +
           (r->user_times == NULL ? 0 : 8 * r->count);
}

rec_status rec__plan(const rec_model *model, const rec_ratings *ratings, rec_plan_estimate *estimate)
{
    const struct rec_backend *backend = model->backend;
    struct rec__work work = {0};
    struct rec__fit fit = {.ratings = ratings,
                           .parameters = model->parameters,
                           .threads = rec__model_threads(model),
                           .scorer = backend->scorer};
    if (backend->work == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "\"%s\" does not count the work of its fit, so there is no estimate", backend->name);
    backend->work(&fit, &work);
    rec_status status = measure_rates(work.set, fit.threads, estimate);
    if (status != REC_OK)
        return status;
    estimate->threads = fit.threads;
    estimate->epochs = work.epochs;
    estimate->first_seconds = seconds_of(&work.once, estimate);
    estimate->epoch_seconds = work.epochs > 0 ? seconds_of(&work.epoch, estimate) : 0.0;
    estimate->seconds = estimate->first_seconds + (double)work.epochs * estimate->epoch_seconds;
    estimate->fit_bytes = (int64_t)work.held;
    estimate->ratings_bytes = store_bytes(ratings);
    return REC_OK;
}
