/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of the kernel table, once, by what the processor can do. */
#include "kernels/kernels.h"

#include <librec/host.h>

#include <pthread.h>
#include <stddef.h>

extern const struct rec__kernels rec__kernels_portable, rec__kernels_avx2, rec__kernels_avx512,
    rec__kernels_neon;

static const struct rec__kernels *chosen;
static pthread_once_t choice = PTHREAD_ONCE_INIT;

int32_t rec__kernels_all(const struct rec__kernels **out, int32_t room)
{
    const struct rec__kernels *usable[3] = {&rec__kernels_portable};
    int32_t n = 1;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        usable[n++] = &rec__kernels_avx2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        usable[n++] = &rec__kernels_avx512;
#elif defined(__aarch64__)
    usable[n++] = &rec__kernels_neon;
#endif
    for (int32_t i = 0; i < n && i < room; i++)
        out[i] = usable[i];
    return n < room ? n : room;
}

static void choose(void)
{
    const struct rec__kernels *usable[3];
    chosen = usable[rec__kernels_all(usable, 3) - 1];
}

const struct rec__kernels *rec__kernels(void)
{
    pthread_once(&choice, choose);
    return chosen;
}

const char *rec_host_kernels(void)
{
    return rec__kernels()->name;
}
