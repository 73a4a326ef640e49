/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over columns in common: counts, products, or all that any measure asks for. */
#include "backends/pair_sums.h"
#include "base/memory.h"
#include "kernels/kernels.h"

static bool reads_counts_alone(enum rec__measure measure)
{
    return measure == REC_MEASURE_JACCARD || measure == REC_MEASURE_COUNT || measure == REC_MEASURE_TVERSKY ||
           measure == REC_MEASURE_CONDITIONAL || measure == REC_MEASURE_LIFT;
}

static bool reads_products(enum rec__measure measure)
{
    return measure == REC_MEASURE_COSINE || measure == REC_MEASURE_ASYMMETRIC || measure == REC_MEASURE_DOT;
}

static enum rec__pair_kind kind_of(const struct rec__neighborhood *n)
{
    if (n->shifts)
        return REC_PAIR_ALL;
    if (reads_counts_alone(n->measure) || (reads_products(n->measure) && n->alike))
        return REC_PAIR_COUNTS;
    return reads_products(n->measure) ? REC_PAIR_DOTS : REC_PAIR_ALL;
}

static void clear_room(struct rec__pair_room *room)
{
    void *blocks[] = {room->counts, room->dots, room->sums, room->means, room->met, room->edges, room->spare};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        rec__release(blocks[i]);
}

void rec__pair_rooms_free(struct rec__pair_room *rooms, int32_t threads)
{
    for (int32_t t = 0; rooms != NULL && t < threads; t++)
        clear_room(&rooms[t]);
    rec__release(rooms);
}

static bool make_room(struct rec__pair_room *room, const struct rec__neighborhood *n)
{
    int64_t rows = n->n_rows;
    double value = n->alike ? (double)n->column_values[0] : 0.0;
    bool means = n->measure == REC_MEASURE_PEARSON || n->shifts, made;
    *room = (struct rec__pair_room){.kind = kind_of(n), .square = value * value};
    if (room->kind == REC_PAIR_COUNTS)
        made = (room->counts = rec__allocate_zeroed(rows, sizeof *room->counts)) != NULL;
    else if (room->kind == REC_PAIR_DOTS)
        made = (room->dots = rec__allocate_zeroed(rows, sizeof *room->dots)) != NULL;
    else
        made = (room->sums = rec__allocate_zeroed(rows, sizeof *room->sums)) != NULL;
    if (made && means)
        made = (room->means = rec__allocate_zeroed(rows, sizeof *room->means)) != NULL;
    /* A row is written behind the last one met before it is known whether it is new. */
    room->met = rec__allocate(rows + 1, sizeof *room->met);
    room->edges = rec__allocate(rows, sizeof *room->edges);
    room->spare = rec__allocate(rows, sizeof *room->spare);
    return made && room->met != NULL && room->edges != NULL && room->spare != NULL;
}

struct rec__pair_room *rec__pair_rooms_make(int32_t threads, const struct rec__neighborhood *n)
{
    struct rec__pair_room *rooms = rec__allocate_zeroed(threads, sizeof *rooms);
    for (int32_t t = 0; rooms != NULL && t < threads; t++)
        if (!make_room(&rooms[t], n)) {
            rec__pair_rooms_free(rooms, threads);
            return NULL;
        }
    return rooms;
}

double rec__pair_centered(const struct rec__neighborhood *n, const struct rec__sparse_row *row, int64_t e)
{
    double center = n->column_centers == NULL ? 0.0 : (double)n->column_centers[row->columns[e]];
    return (double)row->values[e] - n->mean - (double)row->center - center;
}

static int32_t add_counts(const struct rec__column *column, int32_t *counts, int32_t *met, int32_t n_met)
{
    for (int64_t e = 0; e < column->count; e++) {
        int32_t b = column->rows[e], before = counts[b];
        met[n_met] = b;
        n_met += before == 0;
        counts[b] = before + 1;
    }
    return n_met;
}

static int32_t add_dots(const struct rec__column *column, double (*dots)[2], int32_t *met, int32_t n_met)
{
    for (int64_t e = 0; e < column->count; e++) {
        int32_t b = column->rows[e];
        double *sums = dots[b], shared = sums[0];
        met[n_met] = b;
        n_met += shared == 0.0;
        sums[0] = shared + 1.0;
        sums[1] += column->x * ((double)column->values[e] - column->center -
                                (column->row_centers == NULL ? 0.0 : (double)column->row_centers[b]));
    }
    return n_met;
}

static void add_means(const struct rec__column *column, struct rec__pair_means *means)
{
    for (int64_t e = 0; e < column->count; e++) {
        struct rec__pair_means *m = &means[column->rows[e]];
        m->x += column->x;
        m->y += (double)column->values[e] - column->center -
                (column->row_centers == NULL ? 0.0 : (double)column->row_centers[column->rows[e]]);
    }
}

static void add_column(const struct rec__column *column, struct rec__pair_room *room)
{
    if (room->kind == REC_PAIR_COUNTS)
        room->n_met = add_counts(column, room->counts, room->met, room->n_met);
    else if (room->kind == REC_PAIR_DOTS)
        room->n_met = add_dots(column, room->dots, room->met, room->n_met);
    else
        room->n_met = rec__kernels()->pair_sums(column, room->sums, room->met, room->n_met);
    if (room->means != NULL)
        add_means(column, room->means);
}

/* Columns lie anywhere: those that come soon are fetched, a few lines of each. */
static void fetch_column(const struct rec__neighborhood *n, int32_t c)
{
    enum { LINE = 16, LINES = 4 };
    int64_t first = n->column_start[c], count = n->column_start[c + 1] - first;
    for (int64_t e = 0; e < count && e < LINE * LINES; e += LINE)
        __builtin_prefetch(n->rows + first + e);
}

void rec__pair_add(const struct rec__neighborhood *n, const struct rec__sparse_row *row,
                   struct rec__pair_room *room)
{
    enum { AHEAD = 3 };
    for (int64_t e = 0; e < row->n; e++) {
        int32_t c = row->columns[e];
        if (e + 2 * AHEAD < row->n)
            __builtin_prefetch(n->column_start + row->columns[e + 2 * AHEAD]);
        if (e + AHEAD < row->n)
            fetch_column(n, row->columns[e + AHEAD]);
        int64_t first = n->column_start[c];
        struct rec__column column = {
            .rows = n->rows + first,
            .values = n->column_values + first,
            .count = n->column_start[c + 1] - first,
            .x = rec__pair_centered(n, row, e),
            .center = n->mean + (n->column_centers == NULL ? 0.0 : (double)n->column_centers[c]),
            .row_centers = n->row_centers};
        add_column(&column, room);
    }
}

void rec__pair_clear(struct rec__pair_room *room)
{
    for (int32_t k = 0; k < room->n_met; k++) {
        int32_t b = room->met[k];
        if (room->kind == REC_PAIR_COUNTS)
            room->counts[b] = 0;
        else if (room->kind == REC_PAIR_DOTS)
            memset(room->dots[b], 0, sizeof *room->dots);
        else
            memset(room->sums[b], 0, sizeof *room->sums);
        if (room->means != NULL)
            room->means[b] = (struct rec__pair_means){0.0, 0.0};
    }
    room->n_met = 0;
}
