/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contexts of a factorization machine, learned. Their rows are shared by all pairs, so a pair's gradient is written to a log, which each row sums up, in
 * the order of the walk, when no pair is under way.
 */
#include "backends/fm.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/sort.h"
#include "base/threads.h"

#include <string.h>

enum { PARTS = 64 };

void rec__fm_contexts_clear(struct rec__fm_contexts *c)
{
    void *blocks[] = {c->rows, c->log, c->sums, c->bias_sums, c->start, c->events};
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
        rec__release(blocks[b]);
}

struct event {
    int64_t time, entry;
};

static int compare_events(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->entry > y->entry) - (x->entry < y->entry);
}

/* For each of a user's ratings the item before it: of the latest time that is earlier. */
static void find_last(const rec_ratings *r, int32_t user, struct event *events, int32_t *last)
{
    int64_t first = r->user_start[user], n = 0;
    for (int64_t e = first; e < r->user_start[user + 1]; e++) {
        last[e - first] = -1;
        if (r->user_times != NULL && r->user_times[e] != REC_NO_TIME)
            events[n++] = (struct event){r->user_times[e], e};
    }
    rec__sort(events, n, sizeof *events, compare_events);
    for (int64_t k = 0, same = 0; k < n; k++) {
        same = k > 0 && events[k].time != events[k - 1].time ? k : same;
        last[events[k].entry - first] = same > 0 ? r->user_items[events[same - 1].entry] : -1;
    }
}

/* Of a rating at a moment: what the clock and the item before say, then the given fields, -1 each where nothing is given. */
static void fill_rows(const struct rec__context *bound, const struct rec__moment *moment,
                      const int32_t *given, int32_t n_given, int32_t *rows)
{
    int32_t own = bound->n - n_given;
    for (int32_t k = 0; k < own; k++)
        rows[k] = rec__context_row(bound, k, moment);
    for (int32_t k = 0; k < n_given; k++)
        rows[own + k] = given == NULL ? -1 : given[k];
}

/* The row of every rating in every field, -1 where it is unknown. */
static rec_status find_rows(struct rec__fm_contexts *c, const rec_ratings *r,
                            const struct rec__fit_contexts *given)
{
    int64_t longest = rec__normal_longest(r) + 1;
    struct event *events = rec__allocate(longest, sizeof *events);
    int32_t *last = rec__allocate(longest, sizeof *last);
    for (int32_t u = 0; events != NULL && last != NULL && u < r->n_users; u++) {
        find_last(r, u, events, last);
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
            struct rec__moment moment = {.time = r->user_times == NULL ? REC_NO_TIME : r->user_times[e],
                                         .last = last[e - r->user_start[u]]};
            const int32_t *own = given->n == 0 ? NULL : given->rows + e * given->n;
            fill_rows(&c->bound, &moment, own, given->n, c->rows + e * c->bound.n);
        }
    }
    rec_status status = events == NULL || last == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    rec__release(events);
    rec__release(last);
    return status;
}

rec_status rec__fm_contexts_rows(const struct rec__fm_contexts *c, const struct rec__fit *fit, int32_t **rows)
{
    const rec_ratings *train = fit->ratings, *r = fit->validation;
    const struct rec__fit_contexts *given = &fit->contexts;
    *rows = NULL;
    if (c->bound.n == 0)
        return REC_OK;
    *rows = rec__allocate(r->count * c->bound.n, sizeof **rows);
    if (*rows == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t u = 0; u < r->n_users; u++) {
        int64_t first = train->user_start[u];
        struct rec__history past = {train->user_items + first, train->user_ratings + first,
                                    train->user_start[u + 1] - first,
                                    train->user_times == NULL ? NULL : train->user_times + first};
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
            int64_t time = r->user_times == NULL ? REC_NO_TIME : r->user_times[e];
            struct rec__moment moment = {.time = time, .last = rec__context_last(&past, time)};
            fill_rows(&c->bound, &moment, given->validation == NULL ? NULL : given->validation + e * given->n,
                      given->n, *rows + e * c->bound.n);
        }
    }
    return REC_OK;
}

static bool has_times(const rec_ratings *r)
{
    for (int64_t e = 0; r->user_times != NULL && e < r->count; e++)
        if (r->user_times[e] != REC_NO_TIME)
            return true;
    return false;
}

/* How many values a kind has; those of given fields are told by the fit. */
static int32_t values_of(int32_t kind, int32_t n_items)
{
    return kind == REC_CONTEXT_HOUR      ? REC_CLOCK_HOURS
           : kind == REC_CONTEXT_WEEKDAY ? REC_CLOCK_DAYS
                                         : n_items;
}

static const int flags[] = {REC_FM_HOUR, REC_FM_WEEKDAY, REC_FM_LAST_ITEM};

int32_t rec__fm_contexts_count(const struct rec__fit *fit)
{
    int32_t n = fit->contexts.n;
    for (int32_t kind = 0; kind < REC_CONTEXT_GIVEN; kind++)
        n += fit->parameters[flags[kind]] != 0.0;
    return n;
}

/* The array of fields: those that the parameters ask for, then the given ones. */
static rec_status add_fields(struct rec__fit *fit, int32_t **fields, int32_t *n, int32_t *rows)
{
    const struct rec__fit_contexts *given = &fit->contexts;
    int64_t total = 0;
    *n = rec__fm_contexts_count(fit);
    if (*n == 0)
        return REC_OK;
    int32_t *next = *fields = rec__arrays_add_rows(fit->arrays, "context_fields", 2 * (int64_t)*n);
    if (next == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t k = 0; k < REC_CONTEXT_GIVEN + given->n; k++) {
        int32_t kind = k < REC_CONTEXT_GIVEN ? k : REC_CONTEXT_GIVEN;
        if (kind < REC_CONTEXT_GIVEN && fit->parameters[flags[kind]] == 0.0)
            continue;
        *next++ = kind;
        *next++ = (int32_t)total;
        total += kind < REC_CONTEXT_GIVEN ? values_of(kind, fit->ratings->n_items) : given->sizes[k - kind];
    }
    *rows = (int32_t)total;
    return total <= INT32_MAX
               ? REC_OK
               : rec__fail(REC_ERR_RANGE, "the contexts have %lld values in all; at most %d were expected",
                           (long long)total, INT32_MAX);
}

/* Rows that some rating has, as they begin. */
static void draw_rows(struct rec__fm_contexts *c, const struct rec__fit *fit)
{
    const struct rec__context *bound = &c->bound;
    memset(c->start, 0, (size_t)bound->rows * sizeof *c->start);
    for (int64_t e = 0; e < fit->ratings->count * bound->n; e++)
        if (c->rows[e] >= 0)
            c->start[bound->fields[2 * (e % bound->n) + 1] + c->rows[e]] = 1;
    for (int32_t k = 0; k < bound->n; k++)
        for (int32_t row = 0; row < rec__context_rows(bound, k); row++) {
            int64_t at = (int64_t)bound->fields[2 * k + 1] + row;
            if (c->start[at] > 0)
                rec__fm_draw(c->fields, REC_FM_CONTEXT_FIELD + k, fit, row, c->vectors + at * bound->factors);
        }
}

rec_status rec__fm_contexts_make(struct rec__fm_contexts *c, struct rec__fit *fit,
                                 const struct rec__fm_fields *pairs, int32_t samples)
{
    const rec_ratings *r = fit->ratings;
    int32_t *fields = NULL, rows = 0, n = 0, factors = pairs->width * samples;
    rec_status status = add_fields(fit, &fields, &n, &rows);
    if (status != REC_OK || n == 0)
        return status;
    if (n > fit->contexts.n && !has_times(r))
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "the ratings have no times; hour, weekday and last_item need them");
    double *clock = rec__arrays_add_doubles(fit->arrays, "context_clock", 2);
    c->vectors = rec__arrays_add_floats(fit->arrays, "context_vectors", rows, factors);
    c->biases = rec__arrays_add_floats(fit->arrays, "context_biases", rows, 0);
    c->fields = pairs;
    c->rows = rec__allocate(r->count * n, sizeof *c->rows);
    c->sums = rec__allocate_zeroed(rows, sizeof *c->sums);
    c->bias_sums = rec__allocate_zeroed(rows, sizeof *c->bias_sums);
    c->start = rec__allocate((int64_t)rows + 2, sizeof *c->start);
    if (clock == NULL || c->vectors == NULL || c->biases == NULL || c->rows == NULL || c->sums == NULL ||
        c->bias_sums == NULL || c->start == NULL)
        return REC_ERR_NO_MEMORY;
    clock[0] = fit->parameters[REC_FM_ZONE];
    clock[1] = fit->parameters[REC_FM_INTERACTIONS] == REC_FM_ALL;
    c->bound = (struct rec__context){.n = n,
                                     .factors = factors,
                                     .rows = rows,
                                     .given = -1,
                                     .fields = fields,
                                     .vectors = c->vectors,
                                     .biases = c->biases,
                                     .zone = clock[0],
                                     .within = clock[1] != 0.0};
    status = find_rows(c, r, &fit->contexts);
    if (status == REC_OK && fit->parameters[REC_FM_SOLVER] == REC_FM_SGD)
        draw_rows(c, fit);
    return status;
}

rec_status rec__fm_contexts_prepare(struct rec__fm_contexts *c, int64_t pairs)
{
    if (c->bound.n == 0 || pairs <= c->room)
        return REC_OK;
    rec__release(c->log);
    rec__release(c->events);
    c->room = 0;
    c->log = rec__allocate(pairs * (c->bound.factors + 2), sizeof *c->log);
    c->events = rec__allocate(pairs, sizeof *c->events);
    if (c->log == NULL || c->events == NULL)
        return REC_ERR_NO_MEMORY;
    c->room = pairs;
    return REC_OK;
}

float rec__fm_contexts_add(const struct rec__fm_contexts *c, int64_t entry, float *x)
{
    const struct rec__context *bound = &c->bound;
    float sum = 0.0F;
    for (int32_t k = 0; k < bound->n; k++) {
        int32_t row = c->rows[entry * bound->n + k];
        if (row < 0)
            continue;
        row += bound->fields[2 * k + 1];
        const float *v = c->vectors + (int64_t)row * bound->factors;
        sum += c->biases[row] + (bound->within ? rec__kernels()->dot(x, v, bound->factors) : 0.0F);
        rec__kernels()->axpy(1.0F, v, x, bound->factors);
    }
    return sum;
}

/* The pairs of the log by their row in a field: a counting sort. */
static void sort_events(struct rec__fm_contexts *c, const rec_ratings *r, const struct rec__pairs_runs *runs,
                        int32_t field, int32_t n_rows)
{
    memset(c->start, 0, ((size_t)n_rows + 2) * sizeof *c->start);
    for (int pass = 0; pass < 2; pass++) {
        for (int32_t run = 0; run < runs->n; run++)
            for (int64_t at = runs->start[run]; at < runs->start[run + 1]; at++) {
                const struct rec__pair *pair = runs->pairs[run] + (at - runs->start[run]);
                int64_t entry = r->user_start[pair->user] + pair->place;
                int32_t row = c->rows[entry * c->bound.n + field];
                if (row >= 0 && pass == 0)
                    c->start[row + 2]++;
                else if (row >= 0)
                    c->events[c->start[row + 1]++] = at;
            }
        for (int32_t row = 0; pass == 0 && row <= n_rows; row++)
            c->start[row + 1] += c->start[row];
    }
}

struct settling {
    struct rec__fm_contexts *c;
    const struct rec__fm_rates *rates;
    int32_t field, first, n_rows;
    float *rooms; /* of each thread: f + 2 */
};

/* One row along the sum of its log. */
static void move_row(const struct settling *s, int32_t row, float *room)
{
    struct rec__fm_contexts *c = s->c;
    int32_t f = c->bound.factors, at = s->first + row;
    float *v = c->vectors + (int64_t)at * f;
    if (c->start[row] == c->start[row + 1])
        return;
    memset(room, 0, (size_t)(f + 2) * sizeof *room);
    for (int64_t e = c->start[row]; e < c->start[row + 1]; e++)
        rec__kernels()->axpy(1.0F, c->log + c->events[e] * (f + 2), room, f + 2);
    if (c->bound.within)
        rec__kernels()->axpy(-room[f], v, room, f);
    float numbers = (float)rec__fm_keep(c->fields, REC_FM_CONTEXT_FIELD + s->field, room);
    float rate = rec__pairs_rate(s->rates->rate, c->sums + at, rec__kernels()->dot(room, room, f) / numbers);
    rec__kernels()->scaled_sum(rate, room, 1.0F - fminf(rate * s->rates->lambda * room[f + 1], 1.0F), v, f);
    rate = rec__pairs_rate(s->rates->rate, c->bias_sums + at, room[f] * room[f]);
    c->biases[at] += rate * room[f] - fminf(rate * s->rates->bias_lambda * room[f + 1], 1.0F) * c->biases[at];
}

static rec_status move_part(void *context, int64_t part, int32_t worker)
{
    const struct settling *s = context;
    int32_t last = (int32_t)((int64_t)s->n_rows * (part + 1) / PARTS);
    for (int32_t row = (int32_t)((int64_t)s->n_rows * part / PARTS); row < last; row++)
        move_row(s, row, s->rooms + (int64_t)worker * (s->c->bound.factors + 2));
    return REC_OK;
}

rec_status rec__fm_contexts_settle(struct rec__fm_contexts *c, const struct rec__fit *fit,
                                   const struct rec__fm_rates *rates, const struct rec__pairs_runs *runs)
{
    if (c->bound.n == 0)
        return REC_OK;
    struct settling s = {
        c, rates, 0, 0, 0, rec__allocate((int64_t)fit->threads * (c->bound.factors + 2), sizeof *s.rooms)};
    rec_status status = s.rooms == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    for (int32_t k = 0; status == REC_OK && k < c->bound.n; k++) {
        s.field = k;
        s.first = c->bound.fields[2 * k + 1];
        s.n_rows = rec__context_rows(&c->bound, k);
        sort_events(c, fit->ratings, runs, k, s.n_rows);
        status = rec__parallel(fit->threads, PARTS, move_part, &s);
    }
    rec__release(s.rooms);
    return status;
}
