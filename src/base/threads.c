/* SPDX-License-Identifier: Apache-2.0 */
/* The thread pool. Its state is static, so that it needs no allocation and outlives every handle. */
#include "base/threads.h"
#include "base/file.h"
#include "base/status.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* A call of rec__parallel; lives on the caller's stack, linked while it may take more workers. */
struct job {
    rec__task task;
    void *context;
    int64_t tasks;
    atomic_int_least64_t next; /* of those that any worker may take */
    int32_t threads;
    int32_t inner;     /* further threads for what its tasks share out themselves; -1: they do not */
    int32_t joined;    /* workers that ever took part, the caller included; under the lock */
    atomic_int active; /* workers at it now, without the caller; changed under the lock */
    struct job *link;
    int64_t failed_index; /* lowest failed task, or -1; with the rest under the lock */
    rec_status status;
    char sentence[REC_SENTENCE];
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    struct job *jobs;
    int32_t workers;
    atomic_uint published; /* counts jobs; changed under the lock */
    atomic_bool stopping;
    pthread_t threads[REC_THREADS_MOST];
} pool = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t fork_hooks = PTHREAD_ONCE_INIT;
static _Thread_local bool inside_task;

static void lock_for_fork(void)
{
    pthread_mutex_lock(&pool.lock);
}

static void unlock_in_parent(void)
{
    pthread_mutex_unlock(&pool.lock);
}

/* The child has only the thread that forked: forget the workers and whatever other threads were running. */
static void restart_in_child(void)
{
    pthread_mutex_init(&pool.lock, NULL);
    pthread_mutex_init(&turn, NULL);
    pthread_cond_init(&pool.work, NULL);
    pthread_cond_init(&pool.done, NULL);
    pool.jobs = NULL;
    pool.workers = 0;
}

static void set_fork_hooks(void)
{
    pthread_atfork(lock_for_fork, unlock_in_parent, restart_in_child);
}

void rec__turn_begin(void)
{
    pthread_once(&fork_hooks, set_fork_hooks);
    pthread_mutex_lock(&turn);
}

void rec__turn_end(void)
{
    pthread_mutex_unlock(&turn);
}

int32_t rec_host_threads(void)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_COUNT(&allowed) > 0)
        return CPU_COUNT(&allowed);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int32_t)online : 1;
}

int32_t rec__threads(int32_t asked)
{
    int32_t threads = asked > 0 ? asked : rec_host_threads();
    return threads < REC_THREADS_MOST ? threads : REC_THREADS_MOST;
}

static void keep_failure(struct job *job, int64_t index, rec_status status)
{
    pthread_mutex_lock(&pool.lock);
    if (job->failed_index < 0 || index < job->failed_index) {
        job->failed_index = index;
        job->status = status;
        memcpy(job->sentence, rec_last_error(), sizeof job->sentence);
    }
    pthread_mutex_unlock(&pool.lock);
    atomic_store(&job->next, job->tasks);
}

static int64_t take_next(struct job *job)
{
    return atomic_fetch_add(&job->next, 1);
}

/* The first task is the caller's, however fast the others are: so whoever watches from it is heard. */
static void run_tasks(struct job *job, int32_t worker)
{
    inside_task = job->inner < 0;
    /* A library that is being unloaded waits for its workers: they leave the rest to the caller. */
    int64_t index = worker == 0 ? 0 : take_next(job);
    while (index < job->tasks) {
        rec_status status = job->task(job->context, index, worker);
        if (status != REC_OK)
            keep_failure(job, index, status);
        bool leaving = worker > 0 && atomic_load_explicit(&pool.stopping, memory_order_relaxed);
        index = leaving ? job->tasks : take_next(job);
    }
    inside_task = false;
}

static struct job *find_job(void)
{
    for (struct job *job = pool.jobs; job != NULL; job = job->link)
        if (job->joined < job->threads && atomic_load(&job->next) < job->tasks)
            return job;
    return NULL;
}

static void pause_briefly(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Sleeping and waking takes longer than many a task: watch for a moment whether a number that another thread changes is still `value`. */
#define WATCH_SECONDS 30e-6
enum { LOOKS_A_TIME = 16 };

static void watch_jobs(unsigned value)
{
    for (double end = rec__seconds() + WATCH_SECONDS; rec__seconds() < end;)
        for (int look = 0; look < LOOKS_A_TIME; look++) {
            if (atomic_load_explicit(&pool.published, memory_order_relaxed) != value)
                return;
            pause_briefly();
        }
}

static void watch_workers(const struct job *job)
{
    for (double end = rec__seconds() + WATCH_SECONDS; rec__seconds() < end;)
        for (int look = 0; look < LOOKS_A_TIME; look++) {
            if (atomic_load_explicit(&job->active, memory_order_relaxed) == 0)
                return;
            pause_briefly();
        }
}

static void *work_until_stopped(void *unused)
{
    bool worked = false;
    (void)unused;
    pthread_mutex_lock(&pool.lock);
    while (!atomic_load(&pool.stopping)) {
        struct job *job = find_job();
        if (job == NULL && worked) {
            unsigned published = atomic_load(&pool.published);
            worked = false;
            pthread_mutex_unlock(&pool.lock);
            watch_jobs(published);
            pthread_mutex_lock(&pool.lock);
            continue;
        }
        if (job == NULL) {
            pthread_cond_wait(&pool.work, &pool.lock);
            continue;
        }
        worked = true;
        int32_t worker = job->joined++;
        atomic_fetch_add(&job->active, 1);
        pthread_mutex_unlock(&pool.lock);
        run_tasks(job, worker);
        pthread_mutex_lock(&pool.lock);
        if (atomic_fetch_sub(&job->active, 1) == 1)
            pthread_cond_broadcast(&pool.done);
    }
    pthread_mutex_unlock(&pool.lock);
    return NULL;
}

/* Workers take no signals: those are the host's business. A thread that cannot be made is done without. */
static void start_workers(int32_t wanted)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool.workers < wanted &&
           pthread_create(&pool.threads[pool.workers], NULL, work_until_stopped, NULL) == 0)
        pool.workers++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void unlink_job(struct job *job)
{
    struct job **place = &pool.jobs;
    while (*place != job)
        place = &(*place)->link;
    *place = job->link;
}

static void share_job(struct job *job)
{
    pthread_once(&fork_hooks, set_fork_hooks);
    pthread_mutex_lock(&pool.lock);
    int32_t wanted = job->threads - 1 + (job->inner > 0 ? job->inner : 0);
    if (pool.workers < wanted)
        start_workers(wanted);
    job->link = pool.jobs;
    pool.jobs = job;
    atomic_fetch_add(&pool.published, 1);
    pthread_cond_broadcast(&pool.work);
    pthread_mutex_unlock(&pool.lock);

    run_tasks(job, 0);
    watch_workers(job);

    pthread_mutex_lock(&pool.lock);
    unlink_job(job);
    while (atomic_load(&job->active) > 0)
        pthread_cond_wait(&pool.done, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
}

static rec_status run_alone(int64_t tasks, rec__task task, void *context, bool outer)
{
    bool before = inside_task;
    rec_status status = REC_OK;
    inside_task = before || !outer;
    for (int64_t index = 0; index < tasks && status == REC_OK; index++)
        status = task(context, index, 0);
    inside_task = before;
    return status;
}

static rec_status run_shared(struct job *job)
{
    share_job(job);
    return job->failed_index < 0 ? REC_OK : rec__fail(job->status, "%s", job->sentence);
}

static int32_t limit(int32_t threads, int64_t most)
{
    return threads < most ? threads : (int32_t)most;
}

rec_status rec__parallel(int32_t threads, int64_t tasks, rec__task task, void *context)
{
    threads = limit(limit(threads, REC_THREADS_MOST), tasks);
    if (threads <= 1 || inside_task)
        return run_alone(tasks, task, context, false);
    return run_shared(&(struct job){.task = task,
                                    .context = context,
                                    .tasks = tasks,
                                    .next = 1,
                                    .threads = threads,
                                    .inner = -1,
                                    .joined = 1,
                                    .failed_index = -1});
}

rec_status rec__parallel_outer(int32_t threads, int32_t at_once, int64_t tasks, rec__task task, void *context)
{
    threads = limit(threads, REC_THREADS_MOST);
    at_once = limit(limit(at_once, threads), tasks);
    if (at_once <= 1 || inside_task)
        return run_alone(tasks, task, context, true);
    return run_shared(&(struct job){.task = task,
                                    .context = context,
                                    .tasks = tasks,
                                    .next = 1,
                                    .threads = at_once,
                                    .inner = threads - at_once,
                                    .joined = 1,
                                    .failed_index = -1});
}

enum { SUM_PARTS = 64 };

struct summation {
    double (*term)(const void *context, int64_t index);
    const void *context;
    int64_t n;
    double sums[SUM_PARTS];
};

static rec_status sum_part(void *context, int64_t part, int32_t worker)
{
    struct summation *s = context;
    (void)worker;
    for (int64_t index = s->n * part / SUM_PARTS; index < s->n * (part + 1) / SUM_PARTS; index++)
        s->sums[part] += s->term(s->context, index);
    return REC_OK;
}

double rec__parallel_sum(int32_t threads, int64_t n, double (*term)(const void *context, int64_t index),
                         const void *context)
{
    struct summation s = {.term = term, .context = context, .n = n};
    double sum = 0.0;
    (void)rec__parallel(threads, SUM_PARTS, sum_part, &s);
    for (int part = 0; part < SUM_PARTS; part++)
        sum += s.sums[part];
    return sum;
}

/* When the library is unloaded its code goes away, so its threads must be gone before. */
__attribute__((destructor)) static void stop_workers(void)
{
    pthread_mutex_lock(&pool.lock);
    atomic_store(&pool.stopping, true);
    pthread_cond_broadcast(&pool.work);
    pthread_mutex_unlock(&pool.lock);
    for (int32_t i = 0; i < pool.workers; i++)
        pthread_join(pool.threads[i], NULL);
    pool.workers = 0;
}
