/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbours as numbers: choosing the nearest of many, and putting them in order. */
#ifndef REC_BACKENDS_EDGES_H
#define REC_BACKENDS_EDGES_H

#include <stdint.h>
#include <string.h>

/** A weight above 0 and a row: rising numbers are falling weights, of equal weights rising rows. */
typedef uint64_t rec__edge;

static inline rec__edge rec__edge_of(float weight, int32_t row)
{
    /* The bits of a positive number rise with it, so their complement puts the greatest first. */
    uint32_t bits;
    memcpy(&bits, &weight, sizeof bits);
    return (uint64_t)~bits << 32 | (uint32_t)row;
}

static inline int32_t rec__edge_row(rec__edge edge)
{
    return (int32_t)(uint32_t)edge;
}

static inline float rec__edge_weight(rec__edge edge)
{
    uint32_t bits = ~(uint32_t)(edge >> 32);
    float weight;
    memcpy(&weight, &bits, sizeof weight);
    return weight;
}

/** Bring the nearest `most` of n to the front, in any order; other: room for n. Returns how many these are. */
int32_t rec__edges_choose(rec__edge *edges, rec__edge *other, int32_t n, int32_t most);

/** Into rising order of rows; other: room for n. */
void rec__edges_sort_by_row(rec__edge *edges, rec__edge *other, int32_t n);
/** Nearest first. */
void rec__edges_sort(rec__edge *edges, rec__edge *other, int32_t n);

#endif
