/* SPDX-License-Identifier: Apache-2.0 */
/* What the command says when something fails, how it ends, and its memory, which never comes back NULL. */
#ifndef REC_TOOL_REPORT_H
#define REC_TOOL_REPORT_H

#include <stdio.h>

#include <librec/status.h>

enum { EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };

/** Print "rec: <sentence>" on standard error. Returns EXIT_FAILED. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Print the library's sentence about the call that just failed. Returns EXIT_FAILED, or EXIT_INTERRUPTED
 * for a call that was cancelled. */
int fail_library(rec_status status);

/** Make sure descriptors 0 to 2 are open, so that no data file takes the place of a closed one. */
void hold_standard_files(void);
/** Flush standard output; a full disk is a failure, a reader that went away is not. Returns the exit status.
 */
int finish_output(int status);

/** Check before long work that files can be written in the folder of path; and that a rename onto path would
 * replace no device or folder. Return 0 or the exit status. */
int check_folder(const char *path);
int check_target(const char *path);
/** Open a small text file for writing; NULL after reporting the failure. */
FILE *open_output(const char *path);
/** Close it; on any write error report and remove it. Returns 0 or the exit status. */
int close_output(FILE *file, const char *path);

/** Zeroed memory; ends the program with a sentence when there is none. */
void *allocate(size_t count, size_t size);
/** Room for one more element in an array of n, doubling; as allocate. */
void *grow(void *array, size_t n, size_t size);
/** A copy of the first `length` bytes, NUL-terminated; as allocate. */
char *copy_text(const char *text, size_t length);

#endif
