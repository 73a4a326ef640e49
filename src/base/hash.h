/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes that are part of the file format (docs/container.md): they never change within a format version. */
#ifndef REC_BASE_HASH_H
#define REC_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define REC_HASH_MULTIPLIER UINT64_C(0x9E3779B97F4A7C15)

static inline uint64_t rec__hash_mix(uint64_t h)
{
    h ^= h >> 32;
    h *= REC_HASH_MULTIPLIER;
    return h ^ h >> 29;
}

/** Hash of an integer id. */
static inline uint64_t rec__hash_integer(int64_t id)
{
    return rec__hash_mix((uint64_t)id * REC_HASH_MULTIPLIER);
}

/** Hash of a text id: little-endian words of eight bytes, the last filled up with zeros. */
static inline uint64_t rec__hash_bytes(const char *bytes, size_t length)
{
    uint64_t h = (uint64_t)length * REC_HASH_MULTIPLIER;
    while (length > 0) {
        uint64_t word = 0;
        size_t part = length < 8 ? length : 8;
        memcpy(&word, bytes, part);
        h = rec__hash_mix((h ^ word) * REC_HASH_MULTIPLIER);
        bytes += part;
        length -= part;
    }
    return h;
}

/* Words of ids and of checksums are read as they lie in memory, and arrays are mapped as they lie in files.
 */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the file format is little-endian, and so must the machine be"
#endif

/** CRC-32C (Castagnoli, RFC 3720 appendix B.4) of bytes, continuing from `crc` (0 at the start). */
uint32_t rec__crc32c(uint32_t crc, const void *bytes, size_t length);
/** The same by tables, on any processor: for the test that compares the two. */
uint32_t rec__crc32c_portable(uint32_t crc, const void *bytes, size_t length);

#endif
