/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation: the host's allocator, overflow checks, 64-byte alignment, one wording when memory runs out. */
#ifndef REC_BASE_MEMORY_H
#define REC_BASE_MEMORY_H

#include <librec/host.h>

/** What every block is aligned to: a cache line, and the widest vector register. */
#define REC_ALIGNMENT 64

/** Room for count objects of size bytes, not initialised; NULL and a kept sentence when there is none. count
 * 0 gives a block. */
void *rec__allocate(int64_t count, size_t size) __attribute__((malloc, warn_unused_result));
/** The same, filled with zero bytes. */
void *rec__allocate_zeroed(int64_t count, size_t size) __attribute__((malloc, warn_unused_result));
/** A block of count objects that begins as the old one, which is freed unless NULL is returned. old may be
 * NULL. */
void *rec__reallocate(void *old, int64_t count, size_t size) __attribute__((warn_unused_result));
/** Free a block of the functions above; NULL is accepted. */
void rec__release(void *block);
/** The same, and its pages leave memory at once, which an allocator may otherwise put off: for large blocks
 * that make room for others. */
void rec__release_pages(void *block);
/** As rec__allocate, for arrays that will be written all over: the system is asked for large pages if the
 * block is so large that it cannot lie in a heap among others. */
void *rec__allocate_large(int64_t count, size_t size) __attribute__((malloc, warn_unused_result));
/** A copy of a string, or NULL. */
char *rec__copy_string(const char *text) __attribute__((malloc, warn_unused_result));

/**
 * Make room for one more in a growing array: items is the array, count its length, capacity its room (both
 * int64_t). Returns REC_OK or REC_ERR_NO_MEMORY, leaving the array as it was.
 */
rec_status rec__grow(void **items, int64_t *capacity, int64_t needed, size_t size);

/** Hand a sentence to the host's log, if it set one. */
void rec__log(rec_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
