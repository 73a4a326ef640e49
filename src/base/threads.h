/* SPDX-License-Identifier: Apache-2.0 */
/* One pool of threads for the process: started at first need, asleep while idle, started afresh after a fork.
 */
#ifndef REC_BASE_THREADS_H
#define REC_BASE_THREADS_H

#include <librec/host.h>

/**
 * One of many like tasks: index says which, worker (0 <= worker < threads) which scratch may be used. A task
 * that fails keeps a sentence as usual.
 */
typedef rec_status (*rec__task)(void *context, int64_t index, int32_t worker);

/** The number of threads that `asked` (0: all processors) stands for; at least 1, at most REC_THREADS_MOST.
 */
int32_t rec__threads(int32_t asked);
#define REC_THREADS_MOST 256

/**
 * Run tasks 0..tasks-1 on at most `threads` threads, the caller's among them; return when all are done.
 *
 * Tasks are handed out in rising order, the first to the caller's thread. After a failure no more are handed out; the status and sentence are
 * those of the failed task of the lowest index, whatever the number of threads. Called inside a task, runs on
 * that thread alone.
 */
rec_status rec__parallel(int32_t threads, int64_t tasks, rec__task task, void *context);

/** The same for tasks that call rec__parallel themselves, which shares out inside them as it does outside: at
 * most at_once tasks run at once, and with what they share out at most `threads` threads. */
rec_status rec__parallel_outer(int32_t threads, int32_t at_once, int64_t tasks, rec__task task,
                               void *context);

/**
 * The sum of term(context, index) over 0 <= index < n, in double. Parts of a fixed division are added in order, so the sum is the same for
 * any number of threads.
 */
double rec__parallel_sum(int32_t threads, int64_t n, double (*term)(const void *context, int64_t index),
                         const void *context);

/** Between them is one thread of the process at a time: for calls into what has threads of its own. Not nested. */
void rec__turn_begin(void);
void rec__turn_end(void);

#endif
