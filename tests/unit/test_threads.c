/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of threads: every task once, failures the same for any number of threads, nesting, forks, sleep.
 */
#include "base/threads.h"
#include "base/status.h"

#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TASKS = 1000 };

static const int32_t thread_counts[] = {1, 2, 7, 64, 1000};
enum { COUNTS = sizeof thread_counts / sizeof *thread_counts };

struct work {
    int32_t threads;
    int64_t fail_at, fail_also; /* tasks that fail, or -1 */
    atomic_int runs[TASKS];
    atomic_int busy[REC_THREADS_MOST]; /* 1 while a worker is in a task */
    atomic_int mistakes;
};

static rec_status run_one(void *context, int64_t index, int32_t worker)
{
    struct work *work = context;
    if (worker < 0 || worker >= work->threads || atomic_exchange(&work->busy[worker], 1) != 0)
        atomic_fetch_add(&work->mistakes, 1);
    atomic_fetch_add(&work->runs[index], 1);
    /* The earlier failure takes longest, so that the later one is often there first. */
    if (index == work->fail_at)
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    atomic_store(&work->busy[worker], 0);
    if (index == work->fail_at || index == work->fail_also)
        return rec__fail(index == work->fail_at ? REC_ERR_RANGE : REC_ERR_IO, "task %lld", (long long)index);
    return REC_OK;
}

START_TEST(test_all_once)
{
    static struct work work;
    memset(&work, 0, sizeof work);
    int32_t threads = thread_counts[_i];
    work.threads = threads < REC_THREADS_MOST ? threads : REC_THREADS_MOST;
    work.fail_at = work.fail_also = -1;
    EXPECT_OK(rec__parallel(threads, TASKS, run_one, &work));
    for (int i = 0; i < TASKS; i++)
        ck_assert_int_eq(atomic_load(&work.runs[i]), 1);
    ck_assert_int_eq(atomic_load(&work.mistakes), 0);
    EXPECT_OK(rec__parallel(threads, 0, run_one, &work));
    EXPECT_OK(rec__parallel(threads, 1, run_one, &work));
    ck_assert_int_eq(atomic_load(&work.runs[0]), 2);
    ck_assert_int_eq(atomic_load(&work.runs[1]), 1);
}
END_TEST

/* Two tasks fail; the lower index wins whichever fails first, and no later task is begun after a while. */
static rec_status note_caller(void *context, int64_t index, int32_t worker)
{
    if (index == 0)
        *(bool *)context = worker == 0;
    return REC_OK;
}

/* Tasks so short that the others would have done them all before the caller came to its first. */
START_TEST(test_first_is_the_callers)
{
    for (int i = 0; i < 2000; i++) {
        bool own = false;
        EXPECT_OK(rec__parallel_outer(4, 4, 8, note_caller, &own));
        ck_assert(own);
    }
}
END_TEST

START_TEST(test_lowest_failure_wins)
{
    for (int repeat = 0; repeat < 20; repeat++) {
        static struct work work;
        memset(&work, 0, sizeof work);
        work.threads = thread_counts[_i] < REC_THREADS_MOST ? thread_counts[_i] : REC_THREADS_MOST;
        work.fail_at = 100 + repeat;
        work.fail_also = work.fail_at + 1;
        char sentence[32];
        snprintf(sentence, sizeof sentence, "task %lld", (long long)work.fail_at);
        rec_status status = rec__parallel(thread_counts[_i], TASKS, run_one, &work);
        ck_assert_int_eq(status, REC_ERR_RANGE);
        ck_assert_str_eq(rec_last_error(), sentence);
        for (int64_t i = 0; i <= work.fail_at; i++)
            ck_assert_int_eq(atomic_load(&work.runs[i]), 1);
        if (thread_counts[_i] == 1)
            ck_assert_int_eq(atomic_load(&work.runs[work.fail_also]), 0);
        ck_assert_int_eq(atomic_load(&work.mistakes), 0);
    }
}
END_TEST

struct nested {
    atomic_int inner, elsewhere;
};

struct level {
    struct nested *nested;
    pthread_t thread;
};

static rec_status run_inner(void *context, int64_t index, int32_t worker)
{
    struct level *level = context;
    (void)index;
    atomic_fetch_add(&level->nested->inner, 1);
    if (worker != 0 || !pthread_equal(pthread_self(), level->thread))
        atomic_fetch_add(&level->nested->elsewhere, 1);
    return REC_OK;
}

static rec_status run_outer(void *context, int64_t index, int32_t worker)
{
    struct level level = {context, pthread_self()};
    (void)worker;
    rec_status status = rec__parallel(4, 50, run_inner, &level);
    return status == REC_OK && index == 3 ? rec__fail(REC_ERR_EMPTY, "outer") : status;
}

START_TEST(test_nested)
{
    struct nested nested;
    memset(&nested, 0, sizeof nested);
    int32_t threads = thread_counts[_i];
    ck_assert_int_eq(rec__parallel(threads, 4, run_outer, &nested), REC_ERR_EMPTY);
    ck_assert_str_eq(rec_last_error(), "outer");
    ck_assert_int_eq(atomic_load(&nested.inner), 200);
    ck_assert_int_eq(atomic_load(&nested.elsewhere), 0);
    /* Outside a task, the same call may use the pool again. */
    static struct work work;
    memset(&work, 0, sizeof work);
    work.threads = 4;
    work.fail_at = work.fail_also = -1;
    EXPECT_OK(rec__parallel(4, TASKS, run_one, &work));
    ck_assert_int_eq(atomic_load(&work.mistakes), 0);
}
END_TEST

static void *call_many_times(void *passed)
{
    bool good = true;
    for (int repeat = 0; repeat < 50; repeat++) {
        struct work *work = calloc(1, sizeof *work);
        if (work == NULL)
            return NULL;
        work->threads = 1 + repeat % 5;
        work->fail_also = -1;
        work->fail_at = repeat % 3 == 0 ? repeat : -1;
        rec_status status = rec__parallel(work->threads, TASKS, run_one, work);
        good = good && status == (repeat % 3 == 0 ? REC_ERR_RANGE : REC_OK);
        for (int i = 0; good && i < (repeat % 3 == 0 ? repeat : TASKS); i++)
            good = atomic_load(&work->runs[i]) == 1;
        good = good && atomic_load(&work->mistakes) == 0;
        free(work);
    }
    return good ? passed : NULL;
}

/* Two tasks that share out two each: the four meet_four, so they run at once. */
static rec_status meet_four(void *context, int64_t index, int32_t worker)
{
    atomic_int *here = context;
    (void)index;
    (void)worker;
    atomic_fetch_add(here, 1);
    for (int waits = 0; atomic_load(here) < 4 && waits < 20000; waits++)
        nanosleep(&(struct timespec){0, 500000}, NULL);
    return atomic_load(here) == 4 ? REC_OK : rec__fail(REC_ERR_INVALID, "alone");
}

static rec_status share_out(void *context, int64_t index, int32_t worker)
{
    (void)index;
    (void)worker;
    return rec__parallel(2, 2, meet_four, context);
}

START_TEST(test_outer_tasks_share_out)
{
    atomic_int here = 0;
    EXPECT_OK(rec__parallel_outer(4, 2, 2, share_out, &here));
    ck_assert_int_eq(atomic_load(&here), 4);
}
END_TEST

static rec_status fail_third(void *context, int64_t index, int32_t worker)
{
    (void)context;
    (void)worker;
    return index < 2 ? REC_OK : rec__fail(REC_ERR_INVALID, "task %lld", (long long)index);
}

START_TEST(test_outer_failures)
{
    for (int32_t threads = 1; threads <= 4; threads++)
        EXPECT(rec__parallel_outer(threads, threads, 9, fail_third, NULL), REC_ERR_INVALID, "task 2");
}
END_TEST

START_TEST(test_concurrent_callers)
{
    enum { CALLERS = 6 };
    pthread_t callers[CALLERS];
    for (int c = 0; c < CALLERS; c++)
        ck_assert_int_eq(pthread_create(&callers[c], NULL, call_many_times, callers), 0);
    for (int c = 0; c < CALLERS; c++) {
        void *result = NULL;
        ck_assert_int_eq(pthread_join(callers[c], &result), 0);
        ck_assert_ptr_eq(result, callers);
    }
}
END_TEST

/* Two tasks that wait for each other: they finish only if there are two threads. */
static rec_status meet(void *context, int64_t index, int32_t worker)
{
    atomic_int *present = context;
    (void)index;
    (void)worker;
    atomic_fetch_add(present, 1);
    for (int i = 0; i < 5000 && atomic_load(present) < 2; i++)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    return atomic_load(present) == 2 ? REC_OK : rec__fail(REC_ERR_CANCELLED, "alone for five seconds");
}

static rec_status meet_once(void)
{
    atomic_int present;
    atomic_init(&present, 0);
    return rec__parallel(2, 2, meet, &present);
}

START_TEST(test_runs_side_by_side)
{
    for (int i = 0; i < 20; i++)
        EXPECT_OK(meet_once());
}
END_TEST

static void *stay_busy(void *stop)
{
    while (!atomic_load((atomic_bool *)stop))
        if (meet_once() != REC_OK)
            return NULL;
    return stop;
}

/* Forks while the pool sleeps and while another thread keeps it busy; children have pools of their own. */
/* 1 / (index + scale), whose sum depends on the order in its last digits. */
static double shrinking(const void *context, int64_t index)
{
    return 1.0 / ((double)index + *(const double *)context);
}

START_TEST(test_sum)
{
    static const int64_t sizes[] = {0, 1, 63, 64, 65, 10007};
    for (int s = 0; s < 6; s++) {
        const double scale = 3.0;
        double plain = 0.0, one = rec__parallel_sum(1, sizes[s], shrinking, &scale);
        for (int64_t i = 0; i < sizes[s]; i++)
            plain += 1.0 / ((double)i + scale);
        ck_assert_double_eq_tol(one, plain, 1e-12);
        ck_assert(rec__parallel_sum(2, sizes[s], shrinking, &scale) == one);
        ck_assert(rec__parallel_sum(7, sizes[s], shrinking, &scale) == one);
    }
}
END_TEST

START_TEST(test_fork)
{
    pthread_t busy;
    atomic_bool stop;
    atomic_init(&stop, false);
    EXPECT_OK(meet_once());
    for (int i = 0; i < 20; i++) {
        if (i == 10)
            ck_assert_int_eq(pthread_create(&busy, NULL, stay_busy, &stop), 0);
        pid_t child = fork();
        ck_assert_int_ge(child, 0);
        if (child == 0)
            _exit(meet_once() == REC_OK && meet_once() == REC_OK ? 0 : 1);
        EXPECT_OK(meet_once());
        int status = -1;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child %d: status %d", i, status);
    }
    void *result = NULL;
    atomic_store(&stop, true);
    ck_assert_int_eq(pthread_join(busy, &result), 0);
    ck_assert_ptr_eq(result, &stop);
}
END_TEST

START_TEST(test_idle_pool_sleeps)
{
    static struct work work;
    work.threads = 7;
    work.fail_at = work.fail_also = -1;
    EXPECT_OK(rec__parallel(7, TASKS, run_one, &work));
    struct timespec before, after;
    ck_assert_int_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before), 0);
    nanosleep(&(struct timespec){0, 200000000}, NULL);
    ck_assert_int_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after), 0);
    double used = (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) * 1e-9;
    /* One spinning thread would use 0.2 s; sanitizers have a thread of their own that wakes now and then. */
    ck_assert_msg(used < 0.02, "%g s of processor time while idle", used);
}
END_TEST

START_TEST(test_numbers_of_threads)
{
    ck_assert_int_ge(rec_host_threads(), 1);
    ck_assert_int_eq(rec__threads(3), 3);
    ck_assert_int_eq(rec__threads(100000), REC_THREADS_MOST);
    int32_t all = rec_host_threads() < REC_THREADS_MOST ? rec_host_threads() : REC_THREADS_MOST;
    ck_assert_int_eq(rec__threads(0), all);
    ck_assert_int_eq(rec__threads(-5), all);
}
END_TEST

/* A process that ends while another thread is at a long job does not wait for the rest of it. */
static rec_status sleep_a_little(void *context, int64_t index, int32_t worker)
{
    (void)index;
    (void)worker;
    atomic_store((atomic_bool *)context, true);
    nanosleep(&(struct timespec){0, 20000000}, NULL);
    return REC_OK;
}

static void *take_forever(void *begun)
{
    (void)!rec__parallel(2, 1000, sleep_a_little, begun);
    return NULL;
}

START_TEST(test_exit_while_busy)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        static atomic_bool begun;
        pthread_t thread;
        if (pthread_create(&thread, NULL, take_forever, &begun) != 0)
            _exit(1);
        while (!atomic_load(&begun))
            nanosleep(&(struct timespec){0, 1000000}, NULL);
        fclose(stdout);
        exit(0);
    }
    int status = -1;
    pid_t ended = 0;
    for (int i = 0; i < 5000 && ended == 0; i++) {
        nanosleep(&(struct timespec){0, 1000000}, NULL);
        ended = waitpid(child, &status, WNOHANG);
    }
    ck_assert_msg(ended == child && WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threads");
    TCase *tests = tcase_create("threads");
    tcase_add_loop_test(tests, test_all_once, 0, COUNTS);
    tcase_add_test(tests, test_first_is_the_callers);
    tcase_add_loop_test(tests, test_lowest_failure_wins, 0, COUNTS);
    tcase_add_loop_test(tests, test_nested, 0, COUNTS);
    tcase_add_test(tests, test_outer_tasks_share_out);
    tcase_add_test(tests, test_outer_failures);
    tcase_add_test(tests, test_concurrent_callers);
    tcase_add_test(tests, test_runs_side_by_side);
    tcase_add_test(tests, test_sum);
    tcase_add_test(tests, test_fork);
    tcase_add_test(tests, test_idle_pool_sleeps);
    tcase_add_test(tests, test_numbers_of_threads);
    tcase_add_test(tests, test_exit_while_busy);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
