/* SPDX-License-Identifier: Apache-2.0 */
/* A user's ratings in order of item: most rows are short or in order already, the others are sorted by
 * digits. */
#include "store/assemble.h"

#include <math.h>
#include <stdbool.h>

/* Below this, moving entries one by one is cheaper than counting 256 digits. */
enum { SHORT_ROW = 48, DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS };

static bool is_sorted(const uint64_t *pairs, int64_t n)
{
    for (int64_t i = 1; i < n; i++)
        if (rec__pair_item(pairs[i - 1]) > rec__pair_item(pairs[i]))
            return false;
    return true;
}

static void insert_all(uint64_t *pairs, int64_t *times, int64_t n)
{
    for (int64_t i = 1; i < n; i++) {
        uint64_t pair = pairs[i];
        int64_t time = times != NULL ? times[i] : 0, j = i;
        for (; j > 0 && rec__pair_item(pairs[j - 1]) > rec__pair_item(pair); j--) {
            pairs[j] = pairs[j - 1];
            if (times != NULL)
                times[j] = times[j - 1];
        }
        pairs[j] = pair;
        if (times != NULL)
            times[j] = time;
    }
}

static void sort_digit(const uint64_t *from, const int64_t *from_times, uint64_t *to, int64_t *to_times,
                       int64_t n, int shift)
{
    int64_t next[DIGITS] = {0}, sum = 0;
    for (int64_t i = 0; i < n; i++)
        next[from[i] >> shift & (DIGITS - 1)]++;
    for (int d = 0; d < DIGITS; d++) {
        int64_t count = next[d];
        next[d] = sum;
        sum += count;
    }
    for (int64_t i = 0; i < n; i++) {
        int64_t at = next[from[i] >> shift & (DIGITS - 1)]++;
        to[at] = from[i];
        if (from_times != NULL)
            to_times[at] = from_times[i];
    }
}

static void copy_row(uint64_t *to, int64_t *to_times, const uint64_t *from, const int64_t *from_times,
                     int64_t n)
{
    memcpy(to, from, (size_t)n * sizeof *to);
    if (from_times != NULL)
        memcpy(to_times, from_times, (size_t)n * sizeof *to_times);
}

void rec__sort_row(uint64_t *pairs, int64_t *times, int64_t n, int bits, struct rec__sort_scratch scratch)
{
    if (is_sorted(pairs, n))
        return;
    if (n < SHORT_ROW) {
        insert_all(pairs, times, n);
        return;
    }
    int shift = 32;
    for (; shift < 32 + bits; shift += 2 * DIGIT_BITS) {
        sort_digit(pairs, times, scratch.pairs, scratch.times, n, shift);
        if (shift + DIGIT_BITS < 32 + bits)
            sort_digit(scratch.pairs, scratch.times, pairs, times, n, shift + DIGIT_BITS);
        else
            copy_row(pairs, times, scratch.pairs, scratch.times, n);
    }
}

static float combine_ratings(const uint64_t *pairs, int64_t n, rec_duplicates duplicates, int64_t *chosen)
{
    double sum = 0;
    *chosen = n - 1;
    for (int64_t i = 0; i < n; i++) {
        sum += (double)rec__pair_rating(pairs[i]);
        if (duplicates == REC_DUPLICATES_GREATEST &&
            (i == 0 || rec__pair_rating(pairs[i]) > rec__pair_rating(pairs[*chosen])))
            *chosen = i;
    }
    if (duplicates == REC_DUPLICATES_SUM)
        return (float)sum;
    if (duplicates == REC_DUPLICATES_MEAN)
        return (float)(sum / (double)n);
    return rec__pair_rating(pairs[*chosen]);
}

static int64_t latest(const int64_t *times, int64_t n)
{
    int64_t most = times[0];
    for (int64_t i = 1; i < n; i++)
        most = times[i] > most ? times[i] : most;
    return most;
}

static bool has_repeats(const uint64_t *pairs, int64_t n)
{
    for (int64_t i = 1; i < n; i++)
        if (rec__pair_item(pairs[i - 1]) == rec__pair_item(pairs[i]))
            return true;
    return false;
}

int64_t rec__combine_row(uint64_t *pairs, int64_t *times, int64_t n, rec_duplicates duplicates)
{
    if (!has_repeats(pairs, n))
        return n;
    bool keeps_chosen = duplicates == REC_DUPLICATES_LAST || duplicates == REC_DUPLICATES_GREATEST;
    int64_t left = 0;
    for (int64_t i = 0, same; i < n; i += same, left++) {
        int32_t item = rec__pair_item(pairs[i]);
        for (same = 1; i + same < n && rec__pair_item(pairs[i + same]) == item; same++)
            ;
        int64_t chosen = 0;
        float rating =
            same == 1 ? rec__pair_rating(pairs[i]) : combine_ratings(&pairs[i], same, duplicates, &chosen);
        if (!isfinite(rating)) {
            pairs[0] = pairs[i];
            return -1;
        }
        pairs[left] = rec__pair_pack(item, rating);
        if (times != NULL)
            times[left] = keeps_chosen ? times[i + chosen] : latest(&times[i], same);
    }
    return left;
}
