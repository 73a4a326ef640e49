/* SPDX-License-Identifier: Apache-2.0 */
/* Nearest rows by blocks of sparse products. */
#include "backends/neighbors.h"
#include "backends/normal.h"
#include "base/memory.h"
#include "base/threads.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

enum { PARTS = 256 };

/* Sums over the columns that two rows have in common: 1, xy, xx, yy; apart, as few measures need them, x and y. */
struct means {
    double x, y;
};

struct sums {
    double n, xy, xx, yy, x, y;
};

/* One row of the matrix, or a row that is not in it. */
struct sparse_row {
    const int32_t *columns;
    const float *values;
    int64_t n;
    float center;
    int32_t self; /* its number, or -1 */
};

/* A neighbour, or a column: keys sort by radix. */
struct edge {
    uint32_t key;
    int32_t row;
};

/* Scratch of one thread. */
struct room {
    /* A row each, all zero between rows: */
    double (*sums)[4];
    struct means *means;   /* NULL when no measure needs them */
    uint8_t *marks;        /* 1 for the rows that have sums; eight are looked at together */
    struct edge *edges[2]; /* a row each; the first holds what was found */
};

static void clear_room(struct room *room)
{
    rec__release(room->sums);
    rec__release(room->means);
    rec__release(room->marks);
    rec__release(room->edges[0]);
    rec__release(room->edges[1]);
}

static void free_rooms(struct room *rooms, int32_t threads)
{
    for (int32_t t = 0; rooms != NULL && t < threads; t++)
        clear_room(&rooms[t]);
    rec__release(rooms);
}

static bool make_room(struct room *room, const struct rec__neighborhood *n)
{
    room->sums = rec__allocate_zeroed(n->n_rows, sizeof *room->sums);
    bool means = n->measure == REC_MEASURE_PEARSON || n->shifts;
    room->means = means ? rec__allocate_zeroed(n->n_rows, sizeof *room->means) : NULL;
    room->marks = rec__allocate_zeroed((int64_t)n->n_rows + 8, sizeof *room->marks);
    room->edges[0] = rec__allocate(n->n_rows, sizeof *room->edges[0]);
    room->edges[1] = rec__allocate(n->n_rows, sizeof *room->edges[1]);
    return room->sums != NULL && (!means || room->means != NULL) && room->marks != NULL &&
           room->edges[0] != NULL && room->edges[1] != NULL;
}

static struct room *make_rooms(int32_t threads, const struct rec__neighborhood *n)
{
    struct room *rooms = rec__allocate_zeroed(threads, sizeof *rooms);
    for (int32_t t = 0; rooms != NULL && t < threads; t++)
        if (!make_room(&rooms[t], n)) {
            free_rooms(rooms, threads);
            return NULL;
        }
    return rooms;
}

/* Into rising order of keys, equal keys staying in order: a radix sort, a byte at a time. */
static void sort_edges(struct edge *edges, struct edge *other, int32_t n)
{
    int32_t places[4][256] = {{0}};
    for (int32_t i = 0; i < n; i++)
        for (int digit = 0; digit < 4; digit++)
            places[digit][edges[i].key >> 8 * digit & 255]++;
    for (int digit = 0; digit < 4; digit++) {
        int32_t *place = places[digit], next = 0;
        for (int value = 0; value < 256; value++) {
            int32_t count = place[value];
            place[value] = next;
            next += count;
        }
        for (int32_t i = 0; i < n; i++)
            other[place[edges[i].key >> 8 * digit & 255]++] = edges[i];
        struct edge *swapped = edges;
        edges = other;
        other = swapped;
    }
}

/* The bits of a positive number rise with it, so their complement sorts the greatest first. */
static uint32_t key_of(float weight)
{
    uint32_t bits;
    memcpy(&bits, &weight, sizeof bits);
    return ~bits;
}

static float weight_of(uint32_t key)
{
    uint32_t bits = ~key;
    float weight;
    memcpy(&weight, &bits, sizeof weight);
    return weight;
}

static double centered(const struct rec__neighborhood *n, const struct sparse_row *row, int64_t e)
{
    double center = n->column_centers == NULL ? 0.0 : (double)n->column_centers[row->columns[e]];
    return (double)row->values[e] - n->mean - (double)row->center - center;
}

static void add_means(const struct rec__column *column, struct means *means)
{
    for (int64_t e = 0; e < column->count; e++) {
        struct means *m = &means[column->rows[e]];
        m->x += column->x;
        m->y += (double)column->values[e] - column->center -
                (column->row_centers == NULL ? 0.0 : (double)column->row_centers[column->rows[e]]);
    }
}

/* Each column of the row against all rows that have it. */
static void add_columns(const struct rec__neighborhood *n, const struct sparse_row *row, struct room *room)
{
    for (int64_t e = 0; e < row->n; e++) {
        int32_t c = row->columns[e];
        int64_t first = n->column_start[c];
        struct rec__column column = {
            .rows = n->rows + first,
            .values = n->column_values + first,
            .count = n->column_start[c + 1] - first,
            .x = centered(n, row, e),
            .center = n->mean + (n->column_centers == NULL ? 0.0 : (double)n->column_centers[c]),
            .row_centers = n->row_centers};
        rec__kernels()->pair_sums(&column, room->sums, room->marks);
        if (room->means != NULL)
            add_means(&column, room->means);
    }
}

static struct sums sums_of(const struct room *room, int32_t b)
{
    const double *s = room->sums[b];
    struct means m = room->means == NULL ? (struct means){0.0, 0.0} : room->means[b];
    return (struct sums){s[0], s[1], s[2], s[3], m.x, m.y};
}

static double ratio(double part, double square)
{
    return square > 0.0 ? part / sqrt(square) : 0.0;
}

bool rec__measure_of_lengths(enum rec__measure measure)
{
    return measure == REC_MEASURE_COSINE || measure == REC_MEASURE_ASYMMETRIC;
}

/* The measures of how many columns rows have. */
static double compare_counts(const struct rec__neighborhood *n, double shared, double n_a, double n_b)
{
    switch (n->measure) {
    case REC_MEASURE_JACCARD:
        return shared / (n_a + n_b - shared);
    case REC_MEASURE_TVERSKY:
        return shared / (shared + n->own * (n_a - shared) + n->other * (n_b - shared));
    case REC_MEASURE_CONDITIONAL:
        return shared / (n_a * pow(n_b, n->own));
    case REC_MEASURE_LIFT:
        return shared * (double)n->n_columns / (n_a * n_b);
    default:
        return shared;
    }
}

/* norm_a, n_a: of the row itself. */
static double compare_rows(const struct rec__neighborhood *n, const struct sums *s, int32_t b, double norm_a,
                           int64_t n_a)
{
    switch (n->measure) {
    case REC_MEASURE_COSINE:
        return norm_a * (double)n->norms[b] > 0.0 ? s->xy / (norm_a * (double)n->norms[b]) : 0.0;
    case REC_MEASURE_COMMON_COSINE:
        return ratio(s->xy, s->xx * s->yy);
    case REC_MEASURE_MSD:
        return 1.0 / (1.0 + fmax(0.0, s->xx + s->yy - 2.0 * s->xy) / s->n);
    case REC_MEASURE_PEARSON: {
        double own = s->n * s->xx - s->x * s->x, other = s->n * s->yy - s->y * s->y;
        /* What is left of equal values by rounding is no spread. */
        bool spread = own > 1e-9 * s->n * s->xx && other > 1e-9 * s->n * s->yy;
        return spread ? ratio(s->n * s->xy - s->x * s->y, own * other) : 0.0;
    }
    case REC_MEASURE_DOT:
        return s->xy;
    case REC_MEASURE_ASYMMETRIC: {
        double lengths = pow(norm_a, 2.0 * n->own) * pow((double)n->norms[b], 2.0 - 2.0 * n->own);
        return lengths > 0.0 ? s->xy / lengths : 0.0;
    }
    default:
        return compare_counts(n, s->n, (double)n_a, (double)(n->start[b + 1] - n->start[b]));
    }
}

static double weigh(const struct rec__neighborhood *n, const struct sums *s, double similarity)
{
    double shrunk = n->shrinkage > 0.0 ? similarity * (s->n - 1.0) / (s->n - 1.0 + n->shrinkage) : similarity;
    return n->amplification == 1.0 || !(shrunk > 0.0) ? shrunk : pow(shrunk, n->amplification);
}

static double length_of(const struct rec__neighborhood *n, const struct sparse_row *row)
{
    double sum = 0.0;
    for (int64_t e = 0; e < row->n; e++) {
        double x = centered(n, row, e);
        sum += x * x;
    }
    return sqrt(sum);
}

/* The neighbours into room->edges[0], in rising order of row. Returns how many. */
static int32_t list_neighbors(const struct rec__neighborhood *n, const struct sparse_row *row,
                              struct room *room)
{
    double norm = rec__measure_of_lengths(n->measure) ? length_of(n, row) : 0.0;
    int32_t count = 0;
    for (int32_t block = 0; block < n->n_rows; block += 8) {
        uint64_t any;
        memcpy(&any, room->marks + block, sizeof any);
        for (int32_t b = block; any != 0 && b < block + 8; b++) {
            if (!room->marks[b] || b == row->self)
                continue;
            struct sums s = sums_of(room, b);
            if (s.n < (double)n->min_support)
                continue;
            float weight = (float)weigh(n, &s, compare_rows(n, &s, b, norm, row->n));
            if (weight > 0.0f)
                room->edges[0][count++] = (struct edge){key_of(weight), b};
        }
    }
    return count;
}

/* Leave out edges that cannot be among the first `most`, by the leading bits of their keys; the others stay in order. Returns how many. */
static int32_t sift_edges(struct edge *edges, int32_t n, int32_t most)
{
    enum { LEADING = 12 };
    int32_t counts[1 << LEADING] = {0}, before = 0, last = 0, kept = 0;
    if (n <= most)
        return n;
    for (int32_t i = 0; i < n; i++)
        counts[edges[i].key >> (32 - LEADING)]++;
    while (before + counts[last] < most)
        before += counts[last++];
    for (int32_t i = 0; i < n; i++) {
        edges[kept] = edges[i];
        kept += edges[i].key >> (32 - LEADING) <= (uint32_t)last;
    }
    return kept;
}

/* The nearest, nearest first, into room->edges[0]; leaves the sums of the rows met. Returns how many. */
static int32_t find_nearest(const struct rec__neighborhood *n, const struct sparse_row *row,
                            struct room *room)
{
    add_columns(n, row, room);
    int32_t count = sift_edges(room->edges[0], list_neighbors(n, row, room), n->most);
    sort_edges(room->edges[0], room->edges[1], count);
    return count < n->most ? count : n->most;
}

static void clear_sums(const struct rec__neighborhood *n, struct room *room)
{
    for (int32_t block = 0; block < n->n_rows; block += 8) {
        uint64_t any;
        int32_t rows = n->n_rows - block < 8 ? n->n_rows - block : 8;
        memcpy(&any, room->marks + block, sizeof any);
        if (any == 0)
            continue;
        memset(room->marks + block, 0, sizeof any);
        memset(room->sums + block, 0, (size_t)rows * sizeof *room->sums);
        if (room->means != NULL)
            memset(room->means + block, 0, (size_t)rows * sizeof *room->means);
    }
}

static float shift_of(const struct room *room, int32_t b)
{
    return (float)((room->means[b].x - room->means[b].y) / room->sums[b][0]);
}

rec_status rec__neighbors_of(const struct rec__neighborhood *n, const struct rec__history *given,
                             float center, struct rec__neighbors *out)
{
    struct sparse_row row = {given->items, given->ratings, given->n, center, -1};
    struct room *room = make_rooms(1, n);
    if (room == NULL)
        return REC_ERR_NO_MEMORY;
    out->n = find_nearest(n, &row, room);
    for (int32_t k = 0; k < out->n; k++) {
        struct edge edge = room->edges[0][k];
        out->rows[k] = edge.row;
        out->weights[k] = weight_of(edge.key);
        if (out->shifts != NULL)
            out->shifts[k] = shift_of(room, edge.row);
    }
    free_rooms(room, 1);
    return REC_OK;
}

/* The neighbours of a run of rows, until they are laid together. */
struct part {
    int64_t count, column_room, weight_room, shift_room;
    int32_t *columns;
    float *weights, *shifts;
};

struct job {
    const struct rec__neighborhood *n;
    struct room *rooms;
    struct part parts[PARTS];
    int64_t *start;   /* graph_start: first counts, then offsets */
    int32_t *columns; /* the arrays to fill */
    float *weights, *shifts;
    enum rec__neighbor_order order;
};

static rec_status keep_row(const struct job *job, struct part *part, const struct room *room, int32_t count)
{
    int64_t needed = part->count + count;
    if (rec__grow((void **)&part->columns, &part->column_room, needed, sizeof *part->columns) != REC_OK ||
        rec__grow((void **)&part->weights, &part->weight_room, needed, sizeof *part->weights) != REC_OK ||
        (job->n->shifts &&
         rec__grow((void **)&part->shifts, &part->shift_room, needed, sizeof *part->shifts) != REC_OK))
        return REC_ERR_NO_MEMORY;
    for (int32_t k = 0; k < count; k++) {
        struct edge edge = room->edges[0][k];
        part->columns[part->count + k] = edge.row;
        part->weights[part->count + k] = weight_of(edge.key);
        if (job->n->shifts)
            part->shifts[part->count + k] = shift_of(room, edge.row);
    }
    part->count = needed;
    return REC_OK;
}

static void swap_keys(struct edge *edges, int32_t n)
{
    for (int32_t k = 0; k < n; k++)
        edges[k] = (struct edge){(uint32_t)edges[k].row, (int32_t)edges[k].key};
}

static void sort_by_row(struct room *room, int32_t count)
{
    swap_keys(room->edges[0], count);
    sort_edges(room->edges[0], room->edges[1], count);
    swap_keys(room->edges[0], count);
}

static rec_status find_part(void *context, int64_t index, int32_t worker)
{
    struct job *job = context;
    const struct rec__neighborhood *n = job->n;
    struct room *room = &job->rooms[worker];
    int32_t last = rec__normal_part(n->start, n->n_rows, index + 1, PARTS);
    rec_status status = REC_OK;
    for (int32_t a = rec__normal_part(n->start, n->n_rows, index, PARTS); status == REC_OK && a < last; a++) {
        int64_t first = n->start[a];
        struct sparse_row row = {n->columns + first, n->values + first, n->start[a + 1] - first,
                                 n->row_centers == NULL ? 0.0f : n->row_centers[a], a};
        int32_t count = find_nearest(n, &row, room);
        if (job->order == REC_BY_ROW)
            sort_by_row(room, count);
        job->start[a + 1] = count;
        status = keep_row(job, &job->parts[index], room, count);
        clear_sums(n, room);
    }
    return status;
}

static void clear_part(struct part *part)
{
    rec__release(part->columns);
    rec__release(part->weights);
    rec__release(part->shifts);
    *part = (struct part){0};
}

static rec_status copy_part(void *context, int64_t index, int32_t worker)
{
    struct job *job = context;
    struct part *part = &job->parts[index];
    int64_t at = job->start[rec__normal_part(job->n->start, job->n->n_rows, index, PARTS)];
    (void)worker;
    if (part->count > 0) {
        memcpy(job->columns + at, part->columns, (size_t)part->count * sizeof *part->columns);
        memcpy(job->weights + at, part->weights, (size_t)part->count * sizeof *part->weights);
        if (job->n->shifts)
            memcpy(job->shifts + at, part->shifts, (size_t)part->count * sizeof *part->shifts);
    }
    clear_part(part);
    return REC_OK;
}

/* Offsets from counts, and the arrays of the graph. */
static rec_status add_graph(struct job *job, struct rec__arrays *arrays)
{
    for (int32_t a = 0; a < job->n->n_rows; a++)
        job->start[a + 1] += job->start[a];
    int64_t edges = job->start[job->n->n_rows];
    job->columns = rec__arrays_add_rows(arrays, "graph_columns", edges);
    job->weights = rec__arrays_add_floats(arrays, "graph_weights", edges, 0);
    job->shifts = job->n->shifts ? rec__arrays_add_floats(arrays, "graph_shifts", edges, 0) : NULL;
    bool made = job->columns != NULL && job->weights != NULL && (!job->n->shifts || job->shifts != NULL);
    return made ? REC_OK : REC_ERR_NO_MEMORY;
}

rec_status rec__neighbors_fit(struct rec__fit *fit, const struct rec__neighborhood *n,
                              enum rec__neighbor_order order)
{
    struct job job = {.n = n, .order = order};
    job.start = rec__arrays_add_offsets(fit->arrays, "graph_start", (int64_t)n->n_rows + 1);
    job.rooms = make_rooms(fit->threads, n);
    rec_status status = job.start == NULL || job.rooms == NULL
                            ? REC_ERR_NO_MEMORY
                            : rec__parallel(fit->threads, PARTS, find_part, &job);
    free_rooms(job.rooms, fit->threads);
    if (status == REC_OK)
        status = add_graph(&job, fit->arrays);
    if (status == REC_OK)
        status = rec__parallel(fit->threads, PARTS, copy_part, &job);
    for (int p = 0; p < PARTS; p++)
        clear_part(&job.parts[p]);
    return status;
}

struct norms {
    const struct rec__neighborhood *n;
    float *norms;
};

static rec_status find_norms(void *context, int64_t part, int32_t worker)
{
    const struct norms *job = context;
    const struct rec__neighborhood *n = job->n;
    int32_t last = rec__normal_part(n->start, n->n_rows, part + 1, PARTS);
    (void)worker;
    for (int32_t a = rec__normal_part(n->start, n->n_rows, part, PARTS); a < last; a++) {
        int64_t first = n->start[a];
        struct sparse_row row = {n->columns + first, n->values + first, n->start[a + 1] - first,
                                 n->row_centers == NULL ? 0.0f : n->row_centers[a], a};
        job->norms[a] = (float)length_of(n, &row);
    }
    return REC_OK;
}

void rec__neighbor_norms(const struct rec__neighborhood *n, int32_t threads, float *norms)
{
    struct norms job = {n, norms};
    (void)rec__parallel(threads, PARTS, find_norms, &job);
}
