/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EASE by the inverse P of G + Lambda, in single precision. Where G P differs from the identity, and columns are asked for one
 * panel after another, each is brought nearer by a step of Newton's iteration, P + P (I - G P) (Schulz, ZAMM 13, 1933), G being sparse as X'X.
 */
#include "backends/ease.h"
#include "backends/graph.h"
#include "backends/lowrank.h"
#include "base/memory.h"
#include "base/threads.h"
#include "kernels/blas.h"
#include "kernels/inverse.h"
#include "kernels/topk.h"

#include <math.h>
#include <string.h>

enum { PANEL = 128, GROUP = 16, ROWS = 64, MEASURED = 16 };

/* How far an element of G P may be from the identity's before all are refined. */
static const double WRONG = 1e-3;

struct square {
    struct rec__fit *fit;
    struct rec__sparse_matrix x;
    int32_t n;
    float *p;        /* n x n, the upper triangle */
    float *diagonal; /* of G + Lambda */
    float *panel, *error,
        *middle; /* columns first..first + width of P, n x width; I - G P there; users x width */
    int32_t first, width;
    double *wrong; /* of each part of rows: the largest of |I - G P| */
    struct rec__graph_columns kept;
    struct rec__candidate *candidates; /* GROUP lists a worker */
};

/* Row i of G + Lambda, from its diagonal on. */
static void fill_row(const struct square *s, int32_t i)
{
    const struct rec__sparse_order *users = &s->x.rows, *items = &s->x.columns;
    float *row = s->p + (int64_t)i * s->n;
    memset(row + i, 0, (size_t)(s->n - i) * sizeof *row);
    for (int64_t e = items->start[i]; e < items->start[i + 1]; e++) {
        int32_t u = items->others[e];
        for (int64_t at = users->start[u + 1] - 1; at >= users->start[u] && users->others[at] >= i; at--)
            row[users->others[at]] += items->values[e] * users->values[at];
    }
    row[i] += (float)rec__ease_penalty(s->fit->parameters, (double)row[i]);
    s->diagonal[i] = row[i];
}

static rec_status fill_rows(void *context, int64_t part, int32_t worker)
{
    const struct square *s = context;
    (void)worker;
    for (int64_t i = part * ROWS; i < (part + 1) * ROWS && i < s->n; i++)
        fill_row(s, (int32_t)i);
    return REC_OK;
}

/* Rows of the panel, out of the triangle. */
static rec_status read_rows(void *context, int64_t part, int32_t worker)
{
    const struct square *s = context;
    int64_t n = s->n, last = (part + 1) * ROWS < n ? (part + 1) * ROWS : n;
    (void)worker;
    for (int64_t j = part * ROWS; j < last; j++)
        for (int64_t c = 0; c < s->width; c++) {
            int64_t i = s->first + c;
            s->panel[j * s->width + c] = j <= i ? s->p[j * n + i] : s->p[i * n + j];
        }
    return REC_OK;
}

/* error = I - (X'(X panel) + Lambda panel), X'(X panel) being there; what X'X has on its diagonal is part of both. */
static rec_status subtract_rows(void *context, int64_t part, int32_t worker)
{
    const struct square *s = context;
    int64_t last = (part + 1) * ROWS < s->n ? (part + 1) * ROWS : s->n;
    const struct rec__sparse_order *items = &s->x.columns;
    double worst = 0.0;
    (void)worker;
    for (int64_t j = part * ROWS; j < last; j++) {
        double square = 0.0;
        for (int64_t e = items->start[j]; e < items->start[j + 1]; e++)
            square += (double)items->values[e] * (double)items->values[e];
        double penalty = (double)s->diagonal[j] - square;
        for (int64_t c = 0; c < s->width; c++) {
            int64_t at = j * s->width + c;
            double one = j == s->first + c ? 1.0 : 0.0;
            s->error[at] = (float)(one - (double)s->error[at] - penalty * (double)s->panel[at]);
            worst = fmax(worst, fabs((double)s->error[at]));
        }
    }
    s->wrong[part] = worst;
    return REC_OK;
}

static int64_t parts_of(const struct square *s)
{
    return ((int64_t)s->n + ROWS - 1) / ROWS;
}

static void open_panel(struct square *s, int64_t index)
{
    s->first = (int32_t)(index * PANEL);
    s->width = s->n - s->first < PANEL ? s->n - s->first : PANEL;
    (void)rec__parallel(s->fit->threads, parts_of(s), read_rows, s);
}

/* The largest element of I - G P in the panel. */
static rec_status measure_panel(struct square *s, double *worst)
{
    int32_t threads = s->fit->threads;
    rec_status status = rec__sparse_product(&s->x.rows, s->panel, s->width, threads, s->middle);
    if (status == REC_OK)
        status = rec__sparse_product(&s->x.columns, s->middle, s->width, threads, s->error);
    if (status == REC_OK)
        status = rec__parallel(threads, parts_of(s), subtract_rows, s);
    for (int64_t part = 0; status == REC_OK && part < parts_of(s); part++)
        *worst = fmax(*worst, s->wrong[part]);
    return status;
}

static rec_status refine_panel(struct square *s)
{
    double worst = 0.0;
    struct rec__block p = {s->p, s->n, s->n, s->n}, error = {s->error, s->width, s->n, s->width},
                      panel = {s->panel, s->width, s->n, s->width};
    rec_status status = measure_panel(s, &worst);
    if (status == REC_OK)
        rec__blas_symmetric_product(1.0f, &p, &error, 1.0f, &panel);
    return status;
}

/* Columns of the panel: B_ji = -P_ji / P_ii, the largest of each. */
static rec_status keep_columns(void *context, int64_t part, int32_t worker)
{
    struct square *s = context;
    int64_t most = s->kept.most, room = rec__topk_room((int32_t)most);
    int32_t from = (int32_t)part * GROUP, width = s->width - from < GROUP ? s->width - from : GROUP;
    struct rec__topk lists[GROUP];
    for (int32_t c = 0; c < width; c++)
        lists[c] = rec__topk_start(s->candidates + (worker * GROUP + c) * room, (int32_t)most);
    for (int32_t j = 0; j < s->n; j++)
        for (int32_t c = 0; c < width; c++) {
            double value = fabs((double)s->panel[(int64_t)j * s->width + from + c]);
            if (j != s->first + from + c && value > 0.0)
                rec__topk_offer(&lists[c], value, j);
        }
    for (int32_t c = 0; c < width; c++) {
        int64_t i = s->first + from + c;
        int32_t *rows = s->kept.rows + i * most;
        double own = (double)s->panel[i * s->width + from + c];
        s->kept.counts[i] = rec__topk_take(&lists[c], rows, NULL);
        for (int64_t e = 0; e < s->kept.counts[i]; e++)
            s->kept.weights[i * most + e] =
                (float)(-(double)s->panel[(int64_t)rows[e] * s->width + from + c] / own);
    }
    return REC_OK;
}

static rec_status tell(void *context, int64_t step, int64_t steps)
{
    return rec__fit_progress(context, step, steps + 1);
}

static rec_status keep_all(struct square *s)
{
    int64_t panels = ((int64_t)s->n + PANEL - 1) / PANEL;
    double worst = 0.0;
    rec_status status = REC_OK;
    for (int64_t index = 0; status == REC_OK && index < panels; index += MEASURED) {
        open_panel(s, index);
        status = measure_panel(s, &worst);
    }
    for (int64_t index = 0; status == REC_OK && index < panels; index++) {
        open_panel(s, index);
        if (worst > WRONG)
            status = refine_panel(s);
        if (status == REC_OK)
            status = rec__parallel(s->fit->threads, (s->width + GROUP - 1) / GROUP, keep_columns, s);
    }
    return status;
}

static rec_status make_room(struct square *s, int32_t most)
{
    int64_t n = s->n, room = rec__topk_room(most);
    rec_status status = rec__graph_columns_make(&s->kept, s->n, most);
    s->p = rec__allocate(n * n, sizeof *s->p);
    s->diagonal = rec__allocate(n, sizeof *s->diagonal);
    s->panel = rec__allocate(n * PANEL, sizeof *s->panel);
    s->error = rec__allocate(n * PANEL, sizeof *s->error);
    s->middle = rec__allocate((int64_t)s->x.rows.n * PANEL, sizeof *s->middle);
    s->wrong = rec__allocate(parts_of(s), sizeof *s->wrong);
    s->candidates = rec__allocate(s->fit->threads * GROUP * room, sizeof *s->candidates);
    bool made = s->p != NULL && s->diagonal != NULL && s->panel != NULL && s->error != NULL &&
                s->middle != NULL && s->wrong != NULL && s->candidates != NULL;
    return made ? status : REC_ERR_NO_MEMORY;
}

static void clear(struct square *s)
{
    void *blocks[] = {s->p, s->diagonal, s->panel, s->error, s->middle, s->wrong, s->candidates};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        rec__release(blocks[i]);
}

rec_status rec__ease_fit_square(struct rec__fit *fit)
{
    const rec_ratings *r = fit->ratings;
    int32_t asked = (int32_t)fit->parameters[REC_EASE_NEIGHBORS],
            others = r->n_items > 1 ? r->n_items - 1 : 1;
    struct square s = {.fit = fit,
                       .x = {{r->user_start, r->user_items, r->user_ratings, r->n_users},
                             {r->item_start, r->item_users, r->item_ratings, r->n_items}},
                       .n = r->n_items};
    rec_status status = make_room(&s, asked < others ? asked : others);
    if (status == REC_OK)
        status = rec__parallel(fit->threads, parts_of(&s), fill_rows, &s);
    if (status == REC_OK)
        status = rec__inverse(s.p, s.n, tell, fit);
    if (status == REC_OK)
        status = keep_all(&s);
    clear(&s);
    if (status == REC_OK)
        status = rec__graph_of_columns(fit, &s.kept);
    rec__graph_columns_clear(&s.kept);
    return status;
}
