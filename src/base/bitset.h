/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of small numbers, one bit each, in arrays of 64-bit words that the caller owns. */
#ifndef REC_BASE_BITSET_H
#define REC_BASE_BITSET_H

#include <stdbool.h>
#include <stdint.h>

static inline int64_t rec__bitset_words(int64_t n)
{
    return (n + 63) / 64;
}

static inline bool rec__bitset_has(const uint64_t *set, int32_t i)
{
    return set[(uint32_t)i / 64] >> ((uint32_t)i % 64) & 1;
}

static inline void rec__bitset_add(uint64_t *set, int32_t i)
{
    set[(uint32_t)i / 64] |= UINT64_C(1) << ((uint32_t)i % 64);
}

static inline void rec__bitset_remove(uint64_t *set, int32_t i)
{
    set[(uint32_t)i / 64] &= ~(UINT64_C(1) << ((uint32_t)i % 64));
}

#endif
