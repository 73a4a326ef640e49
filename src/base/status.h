/* SPDX-License-Identifier: Apache-2.0 */
/* Saying what went wrong: every failure in the library passes through rec__fail once, where it is found. */
#ifndef REC_BASE_STATUS_H
#define REC_BASE_STATUS_H

#include <librec/status.h>

/** Longest sentence that is kept, with its NUL; longer ones are cut. */
#define REC_SENTENCE 512

/** Keep a sentence for rec_last_error on this thread and return status, so that a failing function can
 * `return rec__fail(...)`. */
rec_status rec__fail(rec_status status, const char *format, ...) __attribute__((format(printf, 2, 3), cold));

/** Put words before the sentence that is kept ("u1.base: " before "line 3: ..."); returns status. */
rec_status rec__fail_within(rec_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3), cold));

/** `if (argument == NULL) return rec__fail_null("out")`: the one wording for a missing argument. */
rec_status rec__fail_null(const char *argument);

#endif
