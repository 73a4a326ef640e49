/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of memory, as POSIX and Linux know them. */
#include "base/pages.h"

#include <sys/mman.h>
#include <unistd.h>

enum { LARGE_PAGE = 1 << 21 };

/* The part of a block that is made of whole pages of the given size, which is a power of two. */
static void advise_inside(void *block, int64_t bytes, int64_t page, int advice)
{
    int64_t before = -(int64_t)(uintptr_t)block & (page - 1);
    int64_t length = (bytes - before) & -page;
    if (length > 0)
        (void)madvise((char *)block + before, (size_t)length, advice);
}

void rec__pages_unneeded(void *block, int64_t bytes)
{
    advise_inside(block, bytes, sysconf(_SC_PAGESIZE), MADV_DONTNEED);
}

void rec__pages_large(void *block, int64_t bytes)
{
#ifdef MADV_HUGEPAGE
    advise_inside(block, bytes, LARGE_PAGE, MADV_HUGEPAGE);
#else
    (void)block;
    (void)bytes;
#endif
}
