/* SPDX-License-Identifier: Apache-2.0 */
/* Philox4x32-10 and the draws made of it. */
#include "base/random.h"

#include <math.h>

void rec__random(uint64_t seed, uint64_t stream, uint64_t counter, uint32_t out[4])
{
    uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
    uint32_t x0 = (uint32_t)counter, x1 = (uint32_t)(counter >> 32);
    uint32_t x2 = (uint32_t)stream, x3 = (uint32_t)(stream >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t product0 = (uint64_t)0xD2511F53u * x0;
        uint64_t product1 = (uint64_t)0xCD9E8D57u * x2;
        x0 = (uint32_t)(product1 >> 32) ^ x1 ^ key0;
        x1 = (uint32_t)product1;
        x2 = (uint32_t)(product0 >> 32) ^ x3 ^ key1;
        x3 = (uint32_t)product0;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    out[0] = x0;
    out[1] = x1;
    out[2] = x2;
    out[3] = x3;
}

static double to_unit(uint32_t high, uint32_t low)
{
    return (double)(((uint64_t)high << 32 | low) >> 11) * 0x1p-53;
}

double rec__uniform(uint64_t seed, uint64_t stream, uint64_t counter)
{
    uint32_t bits[4];
    rec__random(seed, stream, counter, bits);
    return to_unit(bits[0], bits[1]);
}

void rec__normal_row(uint64_t seed, uint64_t stream, uint64_t row, float deviation, float *out, int32_t n)
{
    const double turn = 6.283185307179586;
    for (int32_t i = 0; i < n; i += 2) {
        uint32_t bits[4];
        rec__random(seed, stream, row << 24 | (uint64_t)(i / 2), bits);
        double radius = deviation * sqrt(-2.0 * log(1.0 - to_unit(bits[0], bits[1])));
        double angle = turn * to_unit(bits[2], bits[3]);
        out[i] = (float)(radius * cos(angle));
        if (i + 1 < n)
            out[i + 1] = (float)(radius * sin(angle));
    }
}

void rec__shuffle(uint64_t seed, uint64_t stream, int64_t *order, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        order[i] = i;
    for (int64_t i = n - 1; i > 0; i--) {
        uint32_t bits[4];
        rec__random(seed, stream, (uint64_t)i, bits);
        uint64_t draw = (uint64_t)bits[0] << 32 | bits[1];
        int64_t j = (int64_t)(draw % (uint64_t)(i + 1)); /* the bias is under n / 2^64 */
        int64_t swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
}
