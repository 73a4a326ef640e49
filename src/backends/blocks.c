/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of users by items. */
#include "backends/blocks.h"
#include "base/random.h"

enum { RATINGS_A_BLOCK = 1024, ITEMS_A_RANGE = 256 };

int32_t rec__blocks_count(const rec_ratings *ratings, int32_t most)
{
    int32_t blocks = 1;
    while (blocks < most && (int64_t)(2 * blocks) * (2 * blocks) * RATINGS_A_BLOCK <= ratings->count &&
           2 * blocks * ITEMS_A_RANGE <= ratings->n_items)
        blocks *= 2;
    return blocks;
}

uint64_t rec__blocks_key(uint64_t seed, uint32_t purpose, int32_t epoch, int64_t index)
{
    uint32_t bits[4];
    uint64_t stream = REC_STREAM_SAMPLE | (uint64_t)purpose << 8 | (uint64_t)epoch << 16;
    rec__random(seed, stream, (uint64_t)index, bits);
    return (uint64_t)bits[0] << 32 | bits[1];
}
