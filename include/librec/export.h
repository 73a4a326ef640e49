/* SPDX-License-Identifier: Apache-2.0 */
/* How a public declaration is marked; nothing here is meant to be used by a caller. */
#ifndef LIBREC_EXPORT_H
#define LIBREC_EXPORT_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define REC_API __attribute__((visibility("default")))
/* A status that is ignored is a warning: every call that can fail is marked with it. */
#define REC_CHECKED __attribute__((warn_unused_result))
#else
#define REC_API
#define REC_CHECKED
#endif

#ifdef __cplusplus
#define REC_BEGIN_DECLS extern "C" {
#define REC_END_DECLS   }
#else
#define REC_BEGIN_DECLS
#define REC_END_DECLS
#endif

#endif
