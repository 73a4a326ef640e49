/* SPDX-License-Identifier: Apache-2.0 */
/* Nearest rows by blocks of sparse products. */
#include "backends/neighbors.h"
#include "backends/normal.h"
#include "backends/pair_sums.h"
#include "base/memory.h"
#include "base/threads.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { PARTS = 256 };

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
static double compare_rows(const struct rec__neighborhood *n, const struct rec__pair_sums *s, int32_t b,
                           double norm_a, int64_t n_a)
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

static double weigh(const struct rec__neighborhood *n, const struct rec__pair_sums *s, double similarity)
{
    double shrunk = n->shrinkage > 0.0 ? similarity * (s->n - 1.0) / (s->n - 1.0 + n->shrinkage) : similarity;
    return n->amplification == 1.0 || !(shrunk > 0.0) ? shrunk : pow(shrunk, n->amplification);
}

static double length_of(const struct rec__neighborhood *n, const struct rec__sparse_row *row)
{
    double sum = 0.0;
    for (int64_t e = 0; e < row->n; e++) {
        double x = rec__pair_centered(n, row, e);
        sum += x * x;
    }
    return sqrt(sum);
}

/* The neighbours into room->edges, in the order in which they were met. Returns how many. */
static int32_t list_neighbors(const struct rec__neighborhood *n, const struct rec__sparse_row *row,
                              struct rec__pair_room *room)
{
    double norm = rec__measure_of_lengths(n->measure) ? length_of(n, row) : 0.0;
    int32_t count = 0;
    for (int32_t k = 0; k < room->n_met; k++) {
        int32_t b = room->met[k];
        struct rec__pair_sums s = rec__pair_with(room, b);
        if (b == row->self || s.n < (double)n->min_support)
            continue;
        float weight = (float)weigh(n, &s, compare_rows(n, &s, b, norm, row->n));
        if (weight > 0.0f)
            room->edges[count++] = rec__edge_of(weight, b);
    }
    return count;
}

/* The nearest into room->edges, in order; leaves the sums of the rows met. Returns how many. */
static int32_t find_nearest(const struct rec__neighborhood *n, const struct rec__sparse_row *row,
                            enum rec__neighbor_order order, struct rec__pair_room *room)
{
    rec__pair_add(n, row, room);
    int32_t met = list_neighbors(n, row, room);
    int32_t count = rec__edges_choose(room->edges, room->spare, met, n->most);
    if (order == REC_BY_ROW)
        rec__edges_sort_by_row(room->edges, room->spare, count);
    else
        rec__edges_sort(room->edges, room->spare, count);
    return count;
}

static float shift_of(const struct rec__pair_room *room, int32_t b)
{
    return (float)((room->means[b].x - room->means[b].y) / room->sums[b][0]);
}

rec_status rec__neighbors_of(const struct rec__neighborhood *n, const struct rec__history *given,
                             float center, struct rec__neighbors *out)
{
    struct rec__sparse_row row = {given->items, given->ratings, given->n, center, -1};
    struct rec__pair_room *room = rec__pair_rooms_make(1, n);
    if (room == NULL)
        return REC_ERR_NO_MEMORY;
    out->n = find_nearest(n, &row, REC_NEAREST_FIRST, room);
    for (int32_t k = 0; k < out->n; k++) {
        rec__edge edge = room->edges[k];
        out->rows[k] = rec__edge_row(edge);
        out->weights[k] = rec__edge_weight(edge);
        if (out->shifts != NULL)
            out->shifts[k] = shift_of(room, rec__edge_row(edge));
    }
    rec__pair_rooms_free(room, 1);
    return REC_OK;
}

/* The neighbours of a run of rows, until they are laid together. */
struct part {
    int64_t count, column_room, weight_room, shift_room;
    int32_t *columns;
    float *weights, *shifts;
};

struct job {
    struct rec__fit *fit;
    const struct rec__neighborhood *n;
    atomic_int_least64_t done; /* parts */
    int64_t told;              /* of them; the caller's thread tells */
    struct rec__pair_room *rooms;
    struct part parts[PARTS];
    int64_t *start;   /* graph_start: first counts, then offsets */
    int32_t *columns; /* the arrays to fill */
    float *weights, *shifts;
    enum rec__neighbor_order order;
};

static rec_status keep_row(const struct job *job, struct part *part, const struct rec__pair_room *room,
                           int32_t count)
{
    int64_t needed = part->count + count;
    if (rec__grow((void **)&part->columns, &part->column_room, needed, sizeof *part->columns) != REC_OK ||
        rec__grow((void **)&part->weights, &part->weight_room, needed, sizeof *part->weights) != REC_OK ||
        (job->n->shifts &&
         rec__grow((void **)&part->shifts, &part->shift_room, needed, sizeof *part->shifts) != REC_OK))
        return REC_ERR_NO_MEMORY;
    for (int32_t k = 0; k < count; k++) {
        rec__edge edge = room->edges[k];
        part->columns[part->count + k] = rec__edge_row(edge);
        part->weights[part->count + k] = rec__edge_weight(edge);
        if (job->n->shifts)
            part->shifts[part->count + k] = shift_of(room, rec__edge_row(edge));
    }
    part->count = needed;
    return REC_OK;
}

/* Each part done is a step told, in order, whoever did it. */
static rec_status tell(struct job *job)
{
    rec_status status = REC_OK;
    while (status == REC_OK && job->told < atomic_load(&job->done))
        status = rec__fit_progress(job->fit, ++job->told, PARTS);
    return status;
}

static rec_status find_part(void *context, int64_t index, int32_t worker)
{
    struct job *job = context;
    const struct rec__neighborhood *n = job->n;
    struct rec__pair_room *room = &job->rooms[worker];
    int32_t last = rec__normal_part(n->start, n->n_rows, index + 1, PARTS);
    rec_status status = REC_OK;
    for (int32_t a = rec__normal_part(n->start, n->n_rows, index, PARTS); status == REC_OK && a < last; a++) {
        int64_t first = n->start[a];
        struct rec__sparse_row row = {n->columns + first, n->values + first, n->start[a + 1] - first,
                                      n->row_centers == NULL ? 0.0f : n->row_centers[a], a};
        int32_t count = find_nearest(n, &row, job->order, room);
        job->start[a + 1] = count;
        status = keep_row(job, &job->parts[index], room, count);
        rec__pair_clear(room);
    }
    atomic_fetch_add(&job->done, 1);
    return status == REC_OK && worker == 0 ? tell(job) : status;
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
    struct job job = {.fit = fit, .n = n, .order = order};
    job.start = rec__arrays_add_offsets(fit->arrays, "graph_start", (int64_t)n->n_rows + 1);
    job.rooms = rec__pair_rooms_make(fit->threads, n);
    rec_status status = job.start == NULL || job.rooms == NULL
                            ? REC_ERR_NO_MEMORY
                            : rec__parallel(fit->threads, PARTS, find_part, &job);
    rec__pair_rooms_free(job.rooms, fit->threads);
    if (status == REC_OK)
        status = tell(&job);
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
        struct rec__sparse_row row = {n->columns + first, n->values + first, n->start[a + 1] - first,
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
