/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation: overflow, alignment, contents, the host's allocator and its log. */
#include "base/memory.h"

#include "unit.h"

#include <stdbool.h>
#include <stdio.h>

static bool is_aligned(const void *block)
{
    return (uintptr_t)block % REC_ALIGNMENT == 0;
}

START_TEST(test_blocks)
{
    enum { BLOCKS = 200 };
    unsigned char *blocks[BLOCKS];
    for (int64_t i = 0; i < BLOCKS; i++) {
        blocks[i] = rec__allocate(i, 3);
        ck_assert_ptr_nonnull(blocks[i]);
        ck_assert(is_aligned(blocks[i]));
        memset(blocks[i], (int)i, (size_t)i * 3);
        ck_assert_int_eq(rec_host_blocks(), i + 1);
    }
    for (int64_t i = 0; i < BLOCKS; i++) {
        for (int64_t byte = 0; byte < 3 * i; byte++)
            ck_assert_uint_eq(blocks[i][byte], (unsigned char)i);
        rec__release(blocks[i]);
    }
    rec__release(NULL);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

static const struct {
    int64_t count;
    size_t size;
} impossible[] = {
    {-1, 1},
    {INT64_MIN, 8},
    {INT64_MAX, 2},
    {INT64_C(1) << 32, (size_t)1 << 32},       /* 2^64, which is 0 */
    {INT64_C(1) << 61, 8},                     /* 2^64 again */
    {INT64_MAX, 1},                            /* with the header and the alignment, past PTRDIFF_MAX */
    {(INT64_C(1) << 32) + 1, (size_t)1 << 32}, /* 2^64 + 2^32, which is 2^32 */
};

START_TEST(test_overflow)
{
    char sentence[160], kept[] = "kept";
    snprintf(sentence, sizeof sentence, "%lld objects of %zu bytes", (long long)impossible[_i].count,
             impossible[_i].size);
    ck_assert_ptr_null(rec__allocate(impossible[_i].count, impossible[_i].size));
    EXPECT(REC_ERR_NO_MEMORY, REC_ERR_NO_MEMORY, "out of memory", sentence);
    ck_assert_ptr_null(rec__allocate_zeroed(impossible[_i].count, impossible[_i].size));
    ck_assert_ptr_null(rec__allocate_large(impossible[_i].count, impossible[_i].size));
    char *old = rec__copy_string(kept);
    ck_assert_ptr_nonnull(old);
    ck_assert_ptr_null(rec__reallocate(old, impossible[_i].count, impossible[_i].size));
    ck_assert_str_eq(old, kept);
    rec__release(old);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* An allocator that hands out bytes of 0xA5, counts, and keeps the context it was given. */
static struct {
    int64_t allocated, released;
    void *context;
} seen;

static void *allocate_dirty(void *context, size_t bytes)
{
    void *block = malloc(bytes);
    seen.allocated++;
    seen.context = context;
    if (block != NULL)
        memset(block, 0xA5, bytes);
    return block;
}

static void *reallocate_dirty(void *context, void *block, size_t bytes)
{
    seen.context = context;
    return realloc(block, bytes);
}

static void release_counted(void *context, void *block)
{
    seen.released++;
    seen.context = context;
    free(block);
}

static rec_host dirty_host(void)
{
    rec_host host = REC_HOST_INIT;
    host.context = &seen;
    host.allocate = allocate_dirty;
    host.reallocate = reallocate_dirty;
    host.release = release_counted;
    return host;
}

START_TEST(test_host_allocator)
{
    rec_host host = dirty_host();
    memset(&seen, 0, sizeof seen);
    EXPECT_OK(rec_host_set(&host));
    memset(&host, 0, sizeof host); /* it was copied */
    unsigned char *dirty = rec__allocate(1000, 1), *clean = rec__allocate_zeroed(250, 4);
    ck_assert_uint_eq(dirty[999], 0xA5);
    for (int i = 0; i < 1000; i++)
        ck_assert_uint_eq(clean[i], 0);
    ck_assert_int_eq(seen.allocated, 2);
    ck_assert_ptr_eq(seen.context, &seen);
    rec__release(dirty);
    rec__release(clean);
    ck_assert_int_eq(seen.released, 2);
    EXPECT_OK(rec_host_set(NULL));
    rec__release(rec__allocate(1, 1));
    ck_assert_int_eq(seen.allocated, 2);
}
END_TEST

START_TEST(test_refused_hosts)
{
    rec_host host = dirty_host();
    host.release = NULL;
    EXPECT(rec_host_set(&host), REC_ERR_INVALID, "host sets 2 of allocate, reallocate and release");
    host = dirty_host();
    host.size--;
    EXPECT(rec_host_set(&host), REC_ERR_INVALID, "host size is 47; at least 48", "REC_HOST_INIT");
    host = dirty_host();
    void *block = rec__allocate(1, 1);
    memset(&seen, 0, sizeof seen);
    EXPECT(rec_host_set(&host), REC_ERR_INVALID, "1 blocks of the present allocator are in use");
    EXPECT(rec_host_set(NULL), REC_ERR_INVALID, "1 blocks");
    rec__release(block);
    ck_assert_int_eq(seen.released, 0); /* it went back to where it came from */
}
END_TEST

/* A program compiled against a later header, whose struct is longer. */
START_TEST(test_longer_host)
{
    struct {
        rec_host host;
        uintptr_t later;
    } longer = {dirty_host(), 0};
    longer.host.size = sizeof longer;
    EXPECT_OK(rec_host_set(&longer.host));
    EXPECT_OK(rec_host_set(NULL));
    longer.later = 1;
    EXPECT(rec_host_set(&longer.host), REC_ERR_INVALID, "beyond the 48 bytes");
}
END_TEST

START_TEST(test_reallocate)
{
    int32_t *numbers = rec__reallocate(NULL, 4, sizeof *numbers);
    ck_assert_ptr_nonnull(numbers);
    for (int32_t i = 0; i < 4; i++)
        numbers[i] = i;
    for (int64_t n = 4; n < 100000; n *= 3) {
        numbers = rec__reallocate(numbers, n * 3, sizeof *numbers);
        ck_assert_ptr_nonnull(numbers);
        ck_assert(is_aligned(numbers));
        for (int64_t i = n; i < n * 3; i++)
            numbers[i] = (int32_t)i;
        for (int64_t i = 0; i < n * 3; i++)
            ck_assert_int_eq(numbers[i], (int32_t)i);
    }
    numbers = rec__reallocate(numbers, 3, sizeof *numbers);
    ck_assert_int_eq(numbers[2], 2);
    ck_assert_int_eq(rec_host_blocks(), 1);
    rec__release(numbers);
}
END_TEST

START_TEST(test_grow)
{
    int64_t *items = NULL, capacity = 0, changes = 0, n = 100000;
    for (int64_t i = 0; i < n; i++) {
        int64_t before = capacity;
        EXPECT_OK(rec__grow((void **)(void *)&items, &capacity, i + 1, sizeof *items));
        ck_assert_int_gt(capacity, i);
        changes += capacity != before;
        items[i] = i;
    }
    for (int64_t i = 0; i < n; i++)
        ck_assert_int_eq(items[i], i);
    ck_assert_int_lt(changes, 40); /* it grows by a factor, not by a step */
    int64_t *same = items, before = capacity;
    EXPECT(rec__grow((void **)(void *)&items, &capacity, INT64_MAX, sizeof *items), REC_ERR_NO_MEMORY,
           "out of memory");
    ck_assert_ptr_eq(items, same);
    ck_assert_int_eq(capacity, before);
    rec__release(items);
}
END_TEST

/* Blocks so large that hints about their pages are given: contents and neighbours stay. */
START_TEST(test_large_blocks)
{
    int64_t bytes = INT64_C(40) << 20;
    char *large = rec__allocate_large(bytes, 1), *small = rec__allocate_large(10, 1);
    char *middle = rec__allocate(100000, 1), *beside = rec__allocate(100000, 1);
    ck_assert(large != NULL && small != NULL && middle != NULL && beside != NULL && is_aligned(large));
    memset(large, 1, (size_t)bytes);
    memset(small, 2, 10);
    memset(beside, 3, 100000);
    rec__release_pages(middle);
    rec__release_pages(NULL);
    for (int i = 0; i < 100000; i++)
        ck_assert_int_eq(beside[i], 3);
    ck_assert_int_eq(large[bytes - 1] + small[9], 3);
    rec__release_pages(large);
    rec__release_pages(small);
    rec__release_pages(beside);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

static struct {
    int calls;
    rec_log_level level;
    char sentence[64];
} logged;

static void keep_log(void *context, rec_log_level level, const char *sentence)
{
    ck_assert_ptr_eq(context, &logged);
    logged.calls++;
    logged.level = level;
    snprintf(logged.sentence, sizeof logged.sentence, "%s", sentence);
}

START_TEST(test_log)
{
    rec_host host = REC_HOST_INIT;
    host.context = &logged;
    host.log = keep_log;
    logged.calls = 0;
    rec__log(REC_LOG_INFO, "to nobody");
    EXPECT_OK(rec_host_set(&host));
    rec__log(REC_LOG_WARNING, "%d of %s", 3, "four");
    ck_assert_int_eq(logged.calls, 1);
    ck_assert_int_eq(logged.level, REC_LOG_WARNING);
    ck_assert_str_eq(logged.sentence, "3 of four");
    rec__release(rec__allocate(10, 1)); /* the allocator is still there */
    EXPECT_OK(rec_host_set(NULL));
    rec__log(REC_LOG_INFO, "to nobody");
    ck_assert_int_eq(logged.calls, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("memory");
    TCase *tests = tcase_create("memory");
    tcase_add_test(tests, test_blocks);
    tcase_add_loop_test(tests, test_overflow, 0, sizeof impossible / sizeof *impossible);
    tcase_add_test(tests, test_host_allocator);
    tcase_add_test(tests, test_refused_hosts);
    tcase_add_test(tests, test_longer_host);
    tcase_add_test(tests, test_reallocate);
    tcase_add_test(tests, test_grow);
    tcase_add_test(tests, test_large_blocks);
    tcase_add_test(tests, test_log);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
