/* SPDX-License-Identifier: Apache-2.0 */
/* What the host program lends the library: its allocator and its log. */
#ifndef LIBREC_HOST_H
#define LIBREC_HOST_H

#include <librec/status.h>

REC_BEGIN_DECLS

typedef enum rec_log_level { REC_LOG_INFO = 0, REC_LOG_WARNING = 1 } rec_log_level;

/**
 * The host's services; a NULL member takes the C library's (allocator) or none (log).
 *
 * The three allocator members are set together or not at all. They may be called from several threads at
 * once. The library never prints: what it has to say besides errors goes to `log`, or nowhere.
 */
typedef struct rec_host {
    size_t size; /* sizeof(rec_host), by REC_HOST_INIT */
    void *context;
    void *(*allocate)(void *context, size_t bytes);
    void *(*reallocate)(void *context, void *block, size_t bytes);
    void (*release)(void *context, void *block);
    void (*log)(void *context, rec_log_level level, const char *sentence);
} rec_host;

#define REC_HOST_INIT                                                                                        \
    {                                                                                                        \
        sizeof(rec_host), NULL, NULL, NULL, NULL, NULL                                                       \
    }

/**
 * Set the host's services for the whole process; NULL restores the C library's.
 *
 * host  copies
 *
 * Threads  call while no other librec call runs and no handle is alive.
 * Errors   REC_ERR_INVALID (size, a partial allocator, or blocks of the present allocator still in use).
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_host_set(const rec_host *host);

/** Blocks of memory the library holds now: 0 when every handle has been freed. Never fails. */
REC_API int64_t rec_host_blocks(void);

/** Logical processors this process may use, at least 1: what a `threads` of 0 means. Never fails. */
REC_API int32_t rec_host_threads(void);

/** The kernels in use: "portable", "avx2", "avx512" or "neon". Never fails. */
REC_API const char *rec_host_kernels(void);

REC_END_DECLS

#endif
