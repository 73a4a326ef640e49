/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that states the version; the build reads the soname from here. */
#ifndef LIBREC_VERSION_H
#define LIBREC_VERSION_H

#include <librec/export.h>

#define REC_VERSION_MAJOR 0
#define REC_VERSION_MINOR 1
#define REC_VERSION_PATCH 0
/** Grows when a program built against an older library could break; docs/abi.md states the policy. */
#define REC_ABI_VERSION 0

REC_BEGIN_DECLS

/** The version of the library that is loaded, "0.1.0": compare it with REC_VERSION_* of the headers. Never
 * fails. */
REC_API const char *rec_version(void);

REC_END_DECLS

#endif
