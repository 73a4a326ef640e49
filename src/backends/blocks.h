/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What learners share that step over blocks, a range of users or tokens by a range of items: how many ranges there are, which depends on the data
 * alone, and keys for the random numbers of a part of an epoch.
 */
#ifndef REC_BACKENDS_BLOCKS_H
#define REC_BACKENDS_BLOCKS_H

#include "backends/backend.h"

/** Ranges of each side, a power of two, at most `most`: few enough that blocks and ranges are worth a task. */
int32_t rec__blocks_count(const rec_ratings *ratings, int32_t most);

/** A key that depends on its arguments alone. purpose: of the learner, below 256. */
uint64_t rec__blocks_key(uint64_t seed, uint32_t purpose, int32_t epoch, int64_t index);

#endif
