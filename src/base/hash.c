/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32C by the processor's instruction where it has one, else by tables; the polynomial is 0x1EDC6F41,
 * reflected. */
#include "base/hash.h"

#include <pthread.h>
#include <stdbool.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

static uint32_t tables[8][256];
static bool has_instruction;
static pthread_once_t prepared = PTHREAD_ONCE_INIT;

static void make_tables(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0x82F63B78u : crc >> 1;
        tables[0][i] = crc;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int t = 1; t < 8; t++)
            tables[t][i] = tables[t - 1][i] >> 8 ^ tables[0][tables[t - 1][i] & 255];
}

static uint32_t add_by_tables(uint32_t crc, const unsigned char *p, size_t length)
{
    for (; length >= 8; length -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        word ^= crc;
        crc = 0;
        for (int t = 0; t < 8; t++)
            crc ^= tables[7 - t][word >> (8 * t) & 255];
    }
    for (; length > 0; length--, p++)
        crc = crc >> 8 ^ tables[0][(crc ^ *p) & 255];
    return crc;
}

#if defined(__x86_64__)

static bool find_instruction(void)
{
    return __builtin_cpu_supports("sse4.2");
}

__attribute__((target("sse4.2"))) static uint32_t add_by_instruction(uint32_t crc, const unsigned char *p,
                                                                     size_t length)
{
    uint64_t wide = crc;
    for (; length >= 8; length -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        wide = _mm_crc32_u64(wide, word);
    }
    crc = (uint32_t)wide;
    for (; length > 0; length--, p++)
        crc = _mm_crc32_u8(crc, *p);
    return crc;
}

#elif defined(__aarch64__) && defined(__linux__)

static bool find_instruction(void)
{
    return (getauxval(AT_HWCAP) & 1 << 7) != 0; /* HWCAP_CRC32 */
}

/* In words of the assembler: the intrinsics exist only where the whole file is compiled for the extension. */
static uint32_t add_by_instruction(uint32_t crc, const unsigned char *p, size_t length)
{
    for (; length >= 8; length -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        __asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1" : "+r"(crc) : "r"(word));
    }
    for (; length > 0; length--, p++)
        __asm__(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1" : "+r"(crc) : "r"((uint32_t)*p));
    return crc;
}

#else

static bool find_instruction(void)
{
    return false;
}

static uint32_t add_by_instruction(uint32_t crc, const unsigned char *p, size_t length)
{
    return add_by_tables(crc, p, length);
}

#endif

static void prepare(void)
{
    make_tables();
    has_instruction = find_instruction();
}

uint32_t rec__crc32c(uint32_t crc, const void *bytes, size_t length)
{
    pthread_once(&prepared, prepare);
    return ~(has_instruction ? add_by_instruction : add_by_tables)(~crc, bytes, length);
}

uint32_t rec__crc32c_portable(uint32_t crc, const void *bytes, size_t length)
{
    pthread_once(&prepared, prepare);
    return ~add_by_tables(~crc, bytes, length);
}
