/* SPDX-License-Identifier: Apache-2.0 */
/* The host's services, and allocation through them. */
#include "base/memory.h"
#include "base/pages.h"
#include "base/status.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Above LARGE_BLOCK the usual allocators give each block a mapping of its own. */
enum { PAGES_WORTH_RETURNING = 1 << 16, LARGE_BLOCK = 1 << 25 };

/* Stands just before each block: what the allocator returned, and how many bytes the caller asked for. */
struct header {
    void *raw;
    size_t bytes;
};

static void *allocate_by_default(void *context, size_t bytes)
{
    (void)context;
    return malloc(bytes);
}

static void *reallocate_by_default(void *context, void *block, size_t bytes)
{
    (void)context;
    return realloc(block, bytes);
}

static void release_by_default(void *context, void *block)
{
    (void)context;
    free(block);
}

static const rec_host default_host = {sizeof(rec_host),   NULL, allocate_by_default, reallocate_by_default,
                                      release_by_default, NULL};
static rec_host the_host = {sizeof(rec_host),   NULL, allocate_by_default, reallocate_by_default,
                            release_by_default, NULL};
static atomic_int_least64_t blocks_in_use;

static rec_status check_host(const rec_host *host)
{
    size_t oldest = offsetof(rec_host, log) + sizeof host->log;
    if (host->size < oldest)
        return rec__fail(REC_ERR_INVALID, "host size is %zu; at least %zu was expected (use REC_HOST_INIT)",
                         host->size, oldest);
    for (size_t i = sizeof *host; i < host->size; i++)
        if (((const char *)host)[i] != 0)
            return rec__fail(REC_ERR_INVALID,
                             "host sets a member beyond the %zu bytes that this library knows", sizeof *host);
    int given = (host->allocate != NULL) + (host->reallocate != NULL) + (host->release != NULL);
    if (given != 0 && given != 3)
        return rec__fail(REC_ERR_INVALID,
                         "host sets %d of allocate, reallocate and release; all or none were expected",
                         given);
    return REC_OK;
}

rec_status rec_host_set(const rec_host *host)
{
    if (host != NULL && check_host(host) != REC_OK)
        return REC_ERR_INVALID;
    if (rec_host_blocks() != 0)
        return rec__fail(REC_ERR_INVALID,
                         "%lld blocks of the present allocator are in use; every handle must be freed first",
                         (long long)rec_host_blocks());
    if (host == NULL) {
        the_host = default_host;
        return REC_OK;
    }
    rec_host next = default_host;
    memcpy(&next, host, host->size < sizeof next ? host->size : sizeof next);
    if (next.allocate == NULL) {
        next.allocate = allocate_by_default;
        next.reallocate = reallocate_by_default;
        next.release = release_by_default;
    }
    the_host = next;
    return REC_OK;
}

int64_t rec_host_blocks(void)
{
    return atomic_load_explicit(&blocks_in_use, memory_order_relaxed);
}

static struct header *header_of(void *block)
{
    return (struct header *)(void *)((char *)block - sizeof(struct header));
}

/* The first aligned address that leaves room for the header. */
static void *align_block(void *raw, size_t bytes)
{
    uintptr_t address = (uintptr_t)raw + sizeof(struct header) + REC_ALIGNMENT - 1;
    void *block = (char *)raw + ((address & ~(uintptr_t)(REC_ALIGNMENT - 1)) - (uintptr_t)raw);
    *header_of(block) = (struct header){.raw = raw, .bytes = bytes};
    return block;
}

static int total_bytes(int64_t count, size_t size, size_t *total)
{
    size_t bytes;
    if (count < 0 || __builtin_mul_overflow((size_t)count, size, &bytes) ||
        __builtin_add_overflow(bytes, sizeof(struct header) + REC_ALIGNMENT, total))
        return 0;
    return *total <= PTRDIFF_MAX;
}

void *rec__allocate(int64_t count, size_t size)
{
    size_t total = 0;
    void *raw = total_bytes(count, size, &total) ? the_host.allocate(the_host.context, total) : NULL;
    if (raw == NULL) {
        (void)rec__fail(REC_ERR_NO_MEMORY, "out of memory: %lld objects of %zu bytes could not be allocated",
                        (long long)count, size);
        return NULL;
    }
    atomic_fetch_add_explicit(&blocks_in_use, 1, memory_order_relaxed);
    return align_block(raw, (size_t)count * size);
}

void *rec__allocate_zeroed(int64_t count, size_t size)
{
    void *block = rec__allocate(count, size);
    if (block != NULL)
        memset(block, 0, (size_t)count * size);
    return block;
}

void *rec__reallocate(void *old, int64_t count, size_t size)
{
    /* Not the host's reallocate: the aligned block would have to be moved inside what it returns. */
    void *block = rec__allocate(count, size);
    if (block == NULL || old == NULL)
        return block;
    size_t kept = header_of(old)->bytes;
    size_t wanted = (size_t)count * size;
    memcpy(block, old, kept < wanted ? kept : wanted);
    rec__release(old);
    return block;
}

void rec__release(void *block)
{
    if (block == NULL)
        return;
    the_host.release(the_host.context, header_of(block)->raw);
    atomic_fetch_sub_explicit(&blocks_in_use, 1, memory_order_relaxed);
}

void rec__release_pages(void *block)
{
    if (block != NULL && header_of(block)->bytes >= PAGES_WORTH_RETURNING)
        rec__pages_unneeded(block, (int64_t)header_of(block)->bytes);
    rec__release(block);
}

void *rec__allocate_large(int64_t count, size_t size)
{
    void *block = rec__allocate(count, size);
    if (block != NULL && header_of(block)->bytes >= LARGE_BLOCK)
        rec__pages_large(block, (int64_t)header_of(block)->bytes);
    return block;
}

char *rec__copy_string(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = rec__allocate((int64_t)bytes, 1);
    if (copy != NULL)
        memcpy(copy, text, bytes);
    return copy;
}

rec_status rec__grow(void **items, int64_t *capacity, int64_t needed, size_t size)
{
    if (needed <= *capacity)
        return REC_OK;
    int64_t room = *capacity < 8 ? 8 : *capacity + *capacity / 2;
    room = room < needed ? needed : room;
    void *grown = rec__reallocate(*items, room, size);
    if (grown == NULL)
        return REC_ERR_NO_MEMORY;
    *items = grown;
    *capacity = room;
    return REC_OK;
}

void rec__log(rec_log_level level, const char *format, ...)
{
    if (the_host.log == NULL)
        return;
    char sentence[REC_SENTENCE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    the_host.log(the_host.context, level, sentence);
}
