/* SPDX-License-Identifier: Apache-2.0 */
/* Selection by the leading bits of weights, and radix sorts. */
#include "backends/edges.h"

/* Hoare's selection: afterwards the least `wanted` stand first. No two are equal. */
static void select_least(rec__edge *edges, int32_t n, int32_t wanted)
{
    int32_t low = 0, high = n - 1;
    while (low < high) {
        rec__edge pivot = edges[low + (high - low) / 2];
        int32_t i = low, j = high;
        while (i <= j) {
            while (edges[i] < pivot)
                i++;
            while (pivot < edges[j])
                j--;
            if (i > j)
                break;
            rec__edge swapped = edges[i];
            edges[i++] = edges[j];
            edges[j--] = swapped;
        }
        if (wanted - 1 <= j)
            high = j;
        else if (wanted - 1 >= i)
            low = i;
        else
            return;
    }
}

int32_t rec__edges_choose(rec__edge *edges, rec__edge *other, int32_t n, int32_t most)
{
    /* Exponent and three more bits: eight steps an octave. Weights of a row are much alike, so two tables take turns: a count need not wait
     * for the one before. */
    enum { LEADING = 12, STEPS = 1 << (LEADING - 1) };
    int32_t counts[2][STEPS], before = 0, kept = 0, n_last = 0;
    uint64_t last = 0;
    if (n <= most)
        return n;
    memset(counts, 0, sizeof counts);
    for (int32_t i = 0; i < n; i++)
        counts[i & 1][edges[i] >> (64 - LEADING) & (STEPS - 1)]++;
    while (before + counts[0][last] + counts[1][last] < most) {
        before += counts[0][last] + counts[1][last];
        last++;
    }
    /* The sign is the same in all. Those before the last step are in; among those on it, the least fill what is left. */
    for (int32_t i = 0; i < n; i++) {
        rec__edge edge = edges[i];
        uint64_t step = edge >> (64 - LEADING) & (STEPS - 1);
        other[n_last] = edge;
        edges[kept] = edge;
        n_last += step == last;
        kept += step < last;
    }
    select_least(other, n_last, most - kept);
    memcpy(edges + kept, other, (size_t)(most - kept) * sizeof *edges);
    return most;
}

/* Rising order of the bits that `wanted` has, equal ones staying in order. */
static void sort_bits(rec__edge *edges, rec__edge *other, int32_t n, uint64_t wanted)
{
    rec__edge *from = edges, *to = other;
    uint64_t differ = 0;
    for (int32_t i = 1; i < n; i++)
        differ |= edges[i] ^ edges[0];
    for (int shift = 0; shift < 64; shift += 8) {
        int32_t places[256] = {0}, next = 0;
        if ((differ & wanted) >> shift == 0)
            break;
        if (((differ & wanted) >> shift & 255) == 0)
            continue;
        for (int32_t i = 0; i < n; i++)
            places[from[i] >> shift & 255]++;
        for (int value = 0; value < 256; value++) {
            int32_t count = places[value];
            places[value] = next;
            next += count;
        }
        for (int32_t i = 0; i < n; i++)
            to[places[from[i] >> shift & 255]++] = from[i];
        rec__edge *swapped = from;
        from = to;
        to = swapped;
    }
    if (from != edges)
        memcpy(edges, from, (size_t)n * sizeof *edges);
}

void rec__edges_sort_by_row(rec__edge *edges, rec__edge *other, int32_t n)
{
    sort_bits(edges, other, n, UINT32_MAX);
}

void rec__edges_sort(rec__edge *edges, rec__edge *other, int32_t n)
{
    sort_bits(edges, other, n, UINT64_MAX);
}
