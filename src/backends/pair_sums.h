/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over the columns that a row has in common with each other row, by walking the columns it has. */
#ifndef REC_BACKENDS_PAIR_SUMS_H
#define REC_BACKENDS_PAIR_SUMS_H

#include "backends/edges.h"
#include "backends/neighbors.h"

/** A row of the matrix, or one that is not in it. */
struct rec__sparse_row {
    const int32_t *columns;
    const float *values;
    int64_t n;
    float center;
    int32_t self; /* its number, or -1 */
};

/** What is summed over the columns in common: the fewer, the more rows stay in the caches. */
enum rec__pair_kind {
    REC_PAIR_COUNTS, /* 1: of values that are all alike this is everything */
    REC_PAIR_DOTS,   /* 1, xy */
    REC_PAIR_ALL     /* 1, xy, xx, yy, and with means x, y */
};

struct rec__pair_sums {
    double n, xy, xx, yy, x, y;
};

struct rec__pair_means {
    double x, y;
};

/** Scratch of one thread: sums a row, all zero between rows, one kind of them. */
struct rec__pair_room {
    enum rec__pair_kind kind;
    double square; /* counts: xy of one column in common */
    int32_t *counts;
    double (*dots)[2];
    double (*sums)[4];
    struct rec__pair_means *means; /* NULL when nobody reads them */
    int32_t *met;                  /* the rows that have sums, in the order in which they were met */
    int32_t n_met;
    rec__edge *edges, *spare; /* a row each */
};

/** One a thread; NULL when there is no memory. Freed by the other, which accepts NULL. */
struct rec__pair_room *rec__pair_rooms_make(int32_t threads, const struct rec__neighborhood *n);
void rec__pair_rooms_free(struct rec__pair_room *rooms, int32_t threads);

/** A value of the row less its centers. */
double rec__pair_centered(const struct rec__neighborhood *n, const struct rec__sparse_row *row, int64_t e);
/** The row against all rows, itself too. */
void rec__pair_add(const struct rec__neighborhood *n, const struct rec__sparse_row *row,
                   struct rec__pair_room *room);
/** Zero again. */
void rec__pair_clear(struct rec__pair_room *room);

/** The sums with row b; those that the kind does not have are 0. */
static inline struct rec__pair_sums rec__pair_with(const struct rec__pair_room *room, int32_t b)
{
    if (room->kind == REC_PAIR_COUNTS) {
        double shared = (double)room->counts[b];
        return (struct rec__pair_sums){.n = shared, .xy = shared * room->square};
    }
    if (room->kind == REC_PAIR_DOTS)
        return (struct rec__pair_sums){.n = room->dots[b][0], .xy = room->dots[b][1]};
    const double *s = room->sums[b];
    struct rec__pair_means m = room->means == NULL ? (struct rec__pair_means){0.0, 0.0} : room->means[b];
    return (struct rec__pair_sums){s[0], s[1], s[2], s[3], m.x, m.y};
}

#endif
