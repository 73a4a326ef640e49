/* SPDX-License-Identifier: Apache-2.0 */
/* Hints to the system about the pages of large blocks. */
#ifndef REC_BASE_PAGES_H
#define REC_BASE_PAGES_H

#include <stdint.h>

/** Whole pages inside a block of memory: their contents are not needed any more, so that they leave memory at
 * once; or they will be used all over, so that large pages serve best. Hints: what is not supported is let
 * be. */
void rec__pages_unneeded(void *block, int64_t bytes);
void rec__pages_large(void *block, int64_t bytes);

#endif
