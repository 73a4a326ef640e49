/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SLIM (Ning and Karypis, "SLIM: sparse linear methods for top-n recommender systems", ICDM 2011): weights W from items to items, with a diagonal of
 * 0 and, unless asked otherwise, none below 0, each column of which minimises
 *
 *   1/2 |x_i - X w_i|^2 + l2 / 2 |w_i|^2 + l1 |w_i|_1
 *
 * X being the ratings; a user's scores are r W. With `candidates`, w_i is looked for among so many items nearest to i by cosine (fsSLIM, ibid.).
 */
#include "backends/slim.h"
#include "backends/graph.h"
#include "base/memory.h"
#include "base/threads.h"

enum { STEPS = 64, COLUMNS = 8 };

static const struct rec__parameter parameters[REC_SLIM_N_PARAMETERS] = {
    [REC_SLIM_L1] = REC_REAL("l1", 1, 0, 1e9, "weight of the sizes of the weights: more makes fewer"),
    [REC_SLIM_L2] = REC_REAL("l2", 10, 0, 1e9, "weight of their squares, halved"),
    [REC_SLIM_NON_NEGATIVE] = REC_FLAG("non_negative", 1, "no weights below 0"),
    [REC_SLIM_CANDIDATES] =
        REC_WHOLE("candidates", 0, 0, INT32_MAX, "look only among so many items nearest by cosine; 0: all"),
    [REC_SLIM_NEIGHBORS] = REC_WHOLE("neighbors", 500, 1, INT32_MAX, "keep so many weights for each item"),
    [REC_SLIM_EPOCHS] = REC_WHOLE("epochs", 100, 1, 1000000, "passes over a column's candidates, at most"),
    [REC_SLIM_TOLERANCE] = REC_REAL("tolerance", 1e-4, 0, 1,
                                    "a pass ends the column when nothing moves by more than this share"),
};

struct fitting {
    struct rec__fit *fit;
    double *squares; /* G_ii */
    struct rec__graph_columns kept;
    struct rec__slim_room *rooms;
    /* Of a fit to start from, column by column: */
    int64_t *start;
    int32_t *rows;
    float *weights;
    int32_t first, last; /* columns of this step */
};

static rec_status find_columns(void *context, int64_t part, int32_t worker)
{
    struct fitting *g = context;
    int64_t most = g->kept.most, end = g->first + (part + 1) * COLUMNS;
    for (int64_t i = g->first + part * COLUMNS; i < end && i < g->last; i++) {
        struct rec__slim_start start = {0};
        if (g->start != NULL)
            start = (struct rec__slim_start){g->rows + g->start[i], g->weights + g->start[i],
                                             g->start[i + 1] - g->start[i]};
        const rec_ratings *r = g->fit->ratings;
        int64_t first = r->item_start[i];
        struct rec__slim_task task = {r,
                                      g->fit->parameters,
                                      g->squares,
                                      {.items = r->item_users + first,
                                       .ratings = r->item_ratings + first,
                                       .n = r->item_start[i + 1] - first},
                                      (int32_t)i};
        g->kept.counts[i] = rec__slim_column(&task, &start, &g->rooms[worker], (int32_t)most,
                                             g->kept.rows + i * most, g->kept.weights + i * most);
    }
    return REC_OK;
}

static rec_status find_all(struct fitting *g)
{
    int64_t n = g->kept.n_items;
    rec_status status = REC_OK;
    for (int64_t step = 0; status == REC_OK && step < STEPS; step++) {
        g->first = (int32_t)(n * step / STEPS);
        g->last = (int32_t)(n * (step + 1) / STEPS);
        status =
            rec__parallel(g->fit->threads, (g->last - g->first + COLUMNS - 1) / COLUMNS, find_columns, g);
        if (status == REC_OK)
            status = rec__fit_progress(g->fit, step + 1, STEPS);
    }
    return status;
}

static void find_squares(const rec_ratings *r, double *squares)
{
    for (int32_t i = 0; i < r->n_items; i++) {
        int64_t first = r->item_start[i];
        squares[i] = rec__slim_square(r->item_ratings + first, r->item_start[i + 1] - first);
    }
}

/* The graph of an earlier fit, turned: for each item now, what it was weighed from. */
static rec_status turn_start(struct fitting *g)
{
    const struct rec__start *from = g->fit->start;
    int64_t n = g->kept.n_items;
    if (from == NULL)
        return REC_OK;
    int32_t old = (int32_t)rec__arrays_find(from->arrays, "graph_start")->rows - 1;
    struct rec__graph graph = rec__graph_of(from->arrays, old);
    int32_t *now = rec__allocate(old, sizeof *now);
    g->start = rec__allocate_zeroed(n + 2, sizeof *g->start);
    g->rows = rec__allocate(graph.edges, sizeof *g->rows);
    g->weights = rec__allocate(graph.edges, sizeof *g->weights);
    bool made =
        now != NULL && g->start != NULL && (graph.edges == 0 || (g->rows != NULL && g->weights != NULL));
    for (int32_t j = 0; made && j < old; j++)
        now[j] = -1;
    for (int32_t i = 0; made && i < n; i++)
        if (from->items[i] >= 0)
            now[from->items[i]] = i;
    for (int pass = 0; made && pass < 2; pass++) {
        for (int32_t j = 0; j < old; j++) {
            int64_t first, last = rec__graph_row(&graph, j, &first);
            for (int64_t e = first; now[j] >= 0 && e < last; e++) {
                int32_t column = graph.columns[e] >= 0 && graph.columns[e] < old ? now[graph.columns[e]] : -1;
                if (column >= 0 && pass == 0)
                    g->start[column + 2]++;
                if (column >= 0 && pass == 1) {
                    int64_t place = g->start[column + 1]++;
                    g->rows[place] = now[j];
                    g->weights[place] = graph.weights[e];
                }
            }
        }
        for (int64_t i = 0; pass == 0 && i < n; i++)
            g->start[i + 2] += g->start[i + 1];
    }
    rec__release(now);
    return made ? REC_OK : REC_ERR_NO_MEMORY;
}

static rec_status make_room(struct fitting *g)
{
    const rec_ratings *r = g->fit->ratings;
    double asked = g->fit->parameters[REC_SLIM_NEIGHBORS];
    rec_status status =
        rec__graph_columns_make(&g->kept, r->n_items, asked < r->n_items ? (int32_t)asked : r->n_items);
    g->squares = rec__allocate(r->n_items, sizeof *g->squares);
    g->rooms = rec__allocate_zeroed(g->fit->threads, sizeof *g->rooms);
    bool made = g->squares != NULL && g->rooms != NULL;
    for (int32_t t = 0; made && t < g->fit->threads; t++)
        made = rec__slim_room_make(&g->rooms[t], r, g->fit->parameters);
    return made ? status : REC_ERR_NO_MEMORY;
}

static void clear(struct fitting *g)
{
    for (int32_t t = 0; g->rooms != NULL && t < g->fit->threads; t++)
        rec__slim_room_clear(&g->rooms[t]);
    void *blocks[] = {g->rooms, g->squares, g->start, g->rows, g->weights};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        rec__release(blocks[i]);
}

static rec_status fit(struct rec__fit *fit)
{
    struct fitting g = {.fit = fit};
    rec_status status = make_room(&g);
    if (status == REC_OK)
        status = turn_start(&g);
    if (status == REC_OK) {
        find_squares(fit->ratings, g.squares);
        status = find_all(&g);
    }
    clear(&g);
    if (status == REC_OK)
        status = rec__graph_of_columns(fit, &g.kept);
    rec__graph_columns_clear(&g.kept);
    return status;
}

/* The history is all that the scorer reads. */
static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    (void)fitted;
    (void)history;
    (void)state;
    return REC_OK;
}

/* Its neighbours are all that the scorer reads. */
static rec_status fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                               struct rec__user_state *state)
{
    (void)fitted;
    (void)raters;
    (void)state;
    return REC_OK;
}

/* A new item's column is its own problem: no other column changes for it. */
static rec_status item_neighbors(const struct rec__fitted *fitted, const rec_ratings *ratings,
                                 const struct rec__history *raters, struct rec__neighbors *out)
{
    struct rec__slim_room room;
    struct rec__slim_start nothing = {0};
    double *squares = rec__allocate(fitted->n_items, sizeof *squares);
    bool made = rec__slim_room_make(&room, ratings, fitted->parameters) && squares != NULL;
    double asked = fitted->parameters[REC_SLIM_NEIGHBORS];
    int32_t most = asked < fitted->n_items ? (int32_t)asked : fitted->n_items;
    if (made) {
        find_squares(ratings, squares);
        struct rec__slim_task task = {ratings, fitted->parameters, squares, *raters, -1};
        out->n = rec__slim_column(&task, &nothing, &room, most, out->rows, out->weights);
    }
    rec__slim_room_clear(&room);
    rec__release(squares);
    return made ? REC_OK : REC_ERR_NO_MEMORY;
}

const struct rec_backend rec__slim = {
    .name = "slim",
    .summary = "sparse weights from items to items, by an elastic net a column",
    .parameters = parameters,
    .n_parameters = REC_SLIM_N_PARAMETERS,
    .scorer = REC_SCORER_ITEM_GRAPH,
    .traits = REC_CAN_START,
    .fit = fit,
    .fold_in = fold_in,
    .fold_in_item = fold_in_item,
    .item_neighbors = item_neighbors,
    .explain = rec__graph_explain,
};
