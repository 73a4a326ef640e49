/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as
 * easy as 1, 2, 3", SC 2011). A number is a function of (seed, stream, counter), so any thread may draw any
 * number in any order.
 */
#ifndef REC_BASE_RANDOM_H
#define REC_BASE_RANDOM_H

#include <stdint.h>

/** What a stream is for. Keeps draws of different purpose apart under one seed; the numbers are part of no
 * file. */
enum rec__stream {
    REC_STREAM_USERS = 1,
    REC_STREAM_ITEMS = 2,
    REC_STREAM_SHUFFLE = 3,
    REC_STREAM_SPLIT = 4,
    REC_STREAM_SAMPLE = 5,
    REC_STREAM_RESAMPLE = 6,
    REC_STREAM_POINTS = 7,
    REC_STREAM_NEGATIVES = 8
};

/** Four independent 32-bit numbers. stream: one of rec__stream in the low byte, an epoch or the like above
 * it. */
void rec__random(uint64_t seed, uint64_t stream, uint64_t counter, uint32_t out[4]);

/** Uniform in [0, 1), 53 bits. */
double rec__uniform(uint64_t seed, uint64_t stream, uint64_t counter);

/** Fill with normal numbers of mean 0 and the given deviation (Box-Muller); row picks the counters, so rows
 * are independent. */
void rec__normal_row(uint64_t seed, uint64_t stream, uint64_t row, float deviation, float *out, int32_t n);

/** The next of a chain of numbers for one walk, from a state that rec__random gave: SplitMix64 (Steele, Lea and Flood, "Fast splittable
 * pseudorandom number generators", OOPSLA 2014). */
static inline uint64_t rec__next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/** The same as a number in [0, 1), and as one below n. */
static inline double rec__next_uniform(uint64_t *state)
{
    return (double)(rec__next(state) >> 11) * 0x1p-53;
}
static inline int32_t rec__next_below(uint64_t *state, int32_t n)
{
    return (int32_t)((rec__next(state) >> 32) * (uint64_t)n >> 32);
}

/** Put 0..n-1 in random order (Fisher-Yates). */
void rec__shuffle(uint64_t seed, uint64_t stream, int64_t *order, int64_t n);

#endif
