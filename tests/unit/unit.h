/* SPDX-License-Identifier: Apache-2.0 */
/* What unit tests share: statuses with their sentences, an allocator that fails on demand, and main. */
#ifndef REC_UNIT_UNIT_H
#define REC_UNIT_UNIT_H

#include <check.h>
#include <librec/host.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline void expect_failure(rec_status got, rec_status wanted, const char *const *words)
{
    ck_assert_msg(got == wanted, "%s instead of %s: %s", rec_status_name(got), rec_status_name(wanted),
                  rec_last_error());
    for (; *words != NULL; words++)
        ck_assert_msg(strstr(rec_last_error(), *words) != NULL, "\"%s\" lacks \"%s\"", rec_last_error(),
                      *words);
}

/* The call fails with the status, and each of the words is in its sentence. */
#define EXPECT(call, status, ...) expect_failure(call, status, (const char *const[]){__VA_ARGS__, NULL})
#define EXPECT_OK(call)                                                                                      \
    do {                                                                                                     \
        rec_status got_ = (call);                                                                            \
        ck_assert_msg(got_ == REC_OK, "%s: %s", rec_status_name(got_), rec_last_error());                    \
    } while (0)

/* Allocations that still succeed; the one after them and all that follow fail. */
static int64_t allocations_left = INT64_MAX;

static inline void *allocate_some(void *context, size_t bytes)
{
    (void)context;
    return __atomic_fetch_sub(&allocations_left, 1, __ATOMIC_RELAXED) > 0 ? malloc(bytes) : NULL;
}

static inline void *reallocate_some(void *context, void *block, size_t bytes)
{
    (void)context;
    return __atomic_fetch_sub(&allocations_left, 1, __ATOMIC_RELAXED) > 0 ? realloc(block, bytes) : NULL;
}

static inline void release_any(void *context, void *block)
{
    (void)context;
    free(block);
}

/**
 * Run `attempt` with 0, 1, 2, ... allocations until it succeeds. Each failure must say that memory ran out,
 * and every attempt must leave no block behind. Returns how many allocations it needs.
 */
static inline int64_t fail_each_allocation(rec_status (*attempt)(void *), void *context)
{
    rec_host host = REC_HOST_INIT;
    host.allocate = allocate_some;
    host.reallocate = reallocate_some;
    host.release = release_any;
    EXPECT_OK(rec_host_set(&host));
    int64_t n = 0;
    for (rec_status status = REC_ERR_NO_MEMORY; status != REC_OK; n++) {
        ck_assert_int_lt(n, 10000);
        allocations_left = n;
        status = attempt(context);
        allocations_left = INT64_MAX;
        if (status != REC_OK)
            EXPECT(status, REC_ERR_NO_MEMORY, "out of memory");
        ck_assert_msg(rec_host_blocks() == 0, "%lld blocks are left after failure %lld",
                      (long long)rec_host_blocks(), (long long)n);
    }
    EXPECT_OK(rec_host_set(NULL));
    return n - 1;
}

static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}

#endif
