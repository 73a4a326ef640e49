/* SPDX-License-Identifier: Apache-2.0 */
/* What a call answers: a status, and one sentence about the last failure on this thread. */
#ifndef LIBREC_STATUS_H
#define LIBREC_STATUS_H

#include <librec/export.h>

/** Every status: name, number (never reused, never changed), text. */
#define REC_STATUS_LIST(X)                                                                                   \
    X(REC_OK, 0, "success")                                                                                  \
    X(REC_ERR_INVALID, 1, "invalid argument")                                                                \
    X(REC_ERR_RANGE, 2, "out of range")                                                                      \
    X(REC_ERR_NOT_FOUND, 3, "not found")                                                                     \
    X(REC_ERR_NOT_FITTED, 4, "the model is not fitted")                                                      \
    X(REC_ERR_UNSUPPORTED, 5, "not supported")                                                               \
    X(REC_ERR_NO_MEMORY, 6, "out of memory")                                                                 \
    X(REC_ERR_IO, 7, "input or output failed")                                                               \
    X(REC_ERR_FORMAT, 8, "malformed input")                                                                  \
    X(REC_ERR_CORRUPT, 9, "damaged file")                                                                    \
    X(REC_ERR_VERSION, 10, "file of a newer version")                                                        \
    X(REC_ERR_CANCELLED, 11, "cancelled")                                                                    \
    X(REC_ERR_DIVERGED, 12, "the fit diverged")                                                              \
    X(REC_ERR_EMPTY, 13, "no data")

REC_BEGIN_DECLS

typedef enum rec_status {
#define REC_STATUS_ENUM(name, number, text) name = number,
    REC_STATUS_LIST(REC_STATUS_ENUM)
#undef REC_STATUS_ENUM
} rec_status;

/** The fixed text of a status, such as "out of memory"; "unknown status" for a number that is none. Never
 * fails. */
REC_API const char *rec_status_text(rec_status status);

/** The name of a status, such as "REC_ERR_NO_MEMORY". Never fails. */
REC_API const char *rec_status_name(rec_status status);

/**
 * One sentence about the last call that failed on this thread: the argument or file, its value, what was
 * expected.
 *
 * Ownership  view: valid until the next librec call on this thread.
 * Threads    each thread has its own; empty ("") before the first failure. A success leaves it as it was.
 * Since      0.1
 */
REC_API const char *rec_last_error(void);

REC_END_DECLS

#endif
