/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32C by tables of eight bytes at a time; the polynomial is 0x1EDC6F41, reflected. */
#include "base/hash.h"

#include <pthread.h>

static uint32_t tables[8][256];
static pthread_once_t tables_made = PTHREAD_ONCE_INIT;

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

uint32_t rec__crc32c(uint32_t crc, const void *bytes, size_t length)
{
    pthread_once(&tables_made, make_tables);
    const unsigned char *p = bytes;
    crc = ~crc;
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
    return ~crc;
}
