/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scores from the ratings of a user's neighbours, nearest first: their weighted sum, or by the rule nearest a weighted mean over the first
 * k who rated the item, of how far each rating lies from its base. Many items are scored by walking the neighbours' rows; a few by walking
 * the items' own. Both add in the same order, in double.
 */
#include "base/bitset.h"
#include "base/sort.h"
#include "base/status.h"
#include "model/scorer_graph.h"

#include <stdbool.h>
#include <string.h>

/* An item's sums over the neighbours met so far. */
struct rec__neighbor_sums {
    double sum, total;
    int32_t met;
};

static rec_status bind_user_graph(struct rec__result *result)
{
    static const char *const names[] = {"graph_start", "graph_columns", "graph_weights"};
    struct rec__graph graph = {0};
    struct rec__bound *bound = &result->bound;
    rec_status status = rec__bind_graph(result, names, result->fitted.n_users, true, &graph);
    bound->start = graph.start;
    bound->columns = graph.columns;
    bound->weights = graph.weights;
    bound->edges = graph.edges;
    return status == REC_OK ? rec__bind_rule(result) : status;
}

/* The row of the graph, or the neighbours of somebody folded in. */
static rec_status find_neighbors(const struct rec__result *result, const struct rec__query *query,
                                 rec_workspace *workspace, struct rec__state *state)
{
    const struct rec__bound *bound = &result->bound;
    struct rec__graph graph = {bound->start, bound->columns, bound->weights, bound->edges,
                               result->fitted.n_users};
    if (!query->folded && query->user == REC_NEW_USER)
        return REC_OK;
    if (!query->folded) {
        int64_t first, last = rec__graph_row(&graph, query->user, &first);
        state->neighbors = graph.columns + first;
        state->weights = graph.weights + first;
        state->n_neighbors = (int32_t)(last - first);
        return REC_OK;
    }
    int32_t n_users = result->fitted.n_users;
    struct rec__neighbors found = {
        .rows = rec__scratch(workspace, REC_SCRATCH_NEIGHBORS, n_users, sizeof *found.rows),
        .weights = rec__scratch(workspace, REC_SCRATCH_WEIGHTS, n_users, sizeof *found.weights)};
    if (found.rows == NULL || found.weights == NULL)
        return REC_ERR_NO_MEMORY;
    rec_status status =
        result->fitted.backend->neighbors(&result->fitted, result->ratings, &query->history, &found);
    state->neighbors = found.rows;
    state->weights = found.weights;
    state->n_neighbors = found.n;
    return status;
}

static double bias_of(const float *biases, int32_t row)
{
    return biases == NULL ? 0.0 : (double)biases[row];
}

/* One neighbour's rating of an item that has this bias. */
static void add_rating(const struct rec__bound *bound, int32_t neighbor, double weight, double bias,
                       double rating, struct rec__neighbor_sums *sums)
{
    if (bound->rule == REC_GRAPH_NEAREST) {
        if (sums->met == bound->k)
            return;
        rating -= bound->offset + bias_of(bound->user_biases, neighbor) + bias;
        if (bound->user_spreads != NULL)
            rating /= (double)bound->user_spreads[neighbor];
    }
    sums->sum += weight * rating;
    sums->total += weight;
    sums->met++;
}

/* A neighbour's ratings; empty for one that a damaged file invents. */
static rec_status row_of(const struct rec__result *result, int32_t neighbor, rec_row *row)
{
    *row = (rec_row){0};
    if (neighbor < 0 || neighbor >= result->fitted.n_users)
        return REC_OK;
    bool mapped = result->ratings->container != NULL;
    return mapped ? rec__ratings_sound_row(result->ratings, neighbor, row)
                  : rec_ratings_user(result->ratings, neighbor, row);
}

static rec_status add_all(const struct rec__result *result, const struct rec__state *state,
                          struct rec__neighbor_sums *sums)
{
    for (int32_t v = 0; v < state->n_neighbors; v++) {
        rec_row row;
        rec_status status = row_of(result, state->neighbors[v], &row);
        if (status != REC_OK)
            return status;
        for (int64_t e = 0; e < row.n; e++)
            add_rating(&result->bound, state->neighbors[v], (double)state->weights[v],
                       bias_of(result->bound.item_biases, row.others[e]), (double)row.ratings[e],
                       &sums[row.others[e]]);
    }
    return REC_OK;
}

/* Where each neighbour stands among the neighbours: a hash table with linear probing. */
struct place {
    int32_t user; /* -1: free */
    int32_t at;
};

struct rec__neighbor_table {
    struct place *places;
    uint32_t mask;
    uint64_t *marks; /* which neighbours rated the item; empty between items */
    int64_t *found;  /* where those ratings lie */
};

static uint32_t slot_of(const struct rec__neighbor_table *table, int32_t user)
{
    uint32_t slot = (uint32_t)user * 2654435769u >> 7;
    while (table->places[slot & table->mask].user >= 0 && table->places[slot & table->mask].user != user)
        slot++;
    return slot & table->mask;
}

static rec_status make_table(struct rec__state *state, rec_workspace *workspace)
{
    int32_t n = state->n_neighbors;
    uint32_t slots = 16;
    while (slots < 4 * (uint32_t)n)
        slots *= 2;
    /* The table itself stands before its slots. */
    struct rec__neighbor_table *table =
        rec__scratch(workspace, REC_SCRATCH_PLACES, (int64_t)slots + 8, sizeof *table->places);
    uint64_t *marks = rec__scratch(workspace, REC_SCRATCH_MARKS, rec__bitset_words(n) + 1, sizeof *marks);
    int64_t *found = rec__scratch(workspace, REC_SCRATCH_FOUND, (int64_t)n + 1, sizeof *found);
    if (table == NULL || marks == NULL || found == NULL)
        return REC_ERR_NO_MEMORY;
    *table = (struct rec__neighbor_table){(struct place *)(void *)table + 8, slots - 1, marks, found};
    memset(marks, 0, (size_t)rec__bitset_words(n) * sizeof *marks);
    memset(table->places, -1, (size_t)slots * sizeof *table->places);
    for (int32_t v = 0; v < n; v++) {
        struct place *place = &table->places[slot_of(table, state->neighbors[v])];
        bool known = state->neighbors[v] >= 0 && state->neighbors[v] < state->result->fitted.n_users;
        if (place->user < 0 && known)
            *place = (struct place){state->neighbors[v], v};
    }
    state->table = table;
    return REC_OK;
}

/* The sums of one item: who of those that rated it is a neighbour, and then these, nearest first. */
static struct rec__neighbor_sums add_one(const struct rec__state *state, int32_t item)
{
    const struct rec__result *result = state->result;
    const rec_ratings *ratings = result->ratings;
    const struct rec__neighbor_table *table = state->table;
    struct rec__neighbor_sums sums = {0};
    double bias = bias_of(result->bound.item_biases, item);
    rec_row row;
    if (rec_ratings_item(ratings, item, &row) != REC_OK)
        return sums;
    for (int64_t e = 0; e < row.n; e++) {
        const struct place *place = &table->places[slot_of(table, row.others[e])];
        if (place->user < 0)
            continue;
        rec__bitset_add(table->marks, place->at);
        table->found[place->at] = e;
    }
    for (int64_t word = 0; word < rec__bitset_words(state->n_neighbors); word++)
        for (; table->marks[word] != 0; table->marks[word] &= table->marks[word] - 1) {
            int32_t v = (int32_t)(word * 64 + __builtin_ctzll(table->marks[word]));
            add_rating(&result->bound, state->neighbors[v], (double)state->weights[v], bias,
                       (double)row.ratings[table->found[v]], &sums);
        }
    return sums;
}

static rec_status prepare_sums(struct rec__state *state, rec_workspace *workspace)
{
    int64_t n_items = state->result->fitted.n_items;
    struct rec__neighbor_sums *sums = rec__scratch(workspace, REC_SCRATCH_SCORES, n_items + 1, sizeof *sums);
    if (sums == NULL)
        return REC_ERR_NO_MEMORY;
    memset(sums, 0, (size_t)n_items * sizeof *sums);
    state->sums = sums;
    return add_all(state->result, state, sums);
}

/* Walking n items takes n of n_items shares of the ratings, walking the neighbours as many of n_users shares. */
static bool few_items(const struct rec__state *state, int64_t n)
{
    const struct rec__fitted *fitted = &state->result->fitted;
    return (double)n * fitted->n_users < (double)state->n_neighbors * fitted->n_items || n == 1;
}

static rec_status prepare_user_graph(const struct rec__result *result, const struct rec__query *query,
                                     int64_t n, rec_workspace *workspace, struct rec__state *state)
{
    struct rec__user_state user = {.vector = NULL};
    *state = (struct rec__state){.result = result};
    if (result->ratings == NULL)
        return rec__fail(
            REC_ERR_UNSUPPORTED,
            "\"%s\" scores from the ratings of other users, and the model was saved without them",
            result->fitted.backend->name);
    rec_status status = rec__user_state(result, query, &user);
    if (status == REC_OK)
        status = find_neighbors(result, query, workspace, state);
    state->base = result->bound.offset + user.bias;
    state->spread = user.spread;
    if (status != REC_OK)
        return status;
    return few_items(state, n) ? make_table(state, workspace) : prepare_sums(state, workspace);
}

static double score_of(const struct rec__bound *bound, const struct rec__neighbor_sums *sums, double base,
                       double spread)
{
    if (bound->rule != REC_GRAPH_NEAREST)
        return sums->sum;
    double total = sums->total + bound->damping;
    return sums->met >= bound->min_k && total > 0.0 ? base + spread * sums->sum / total : base;
}

static double score_user_graph(const struct rec__state *state, int32_t item)
{
    const struct rec__bound *bound = &state->result->bound;
    struct rec__neighbor_sums sums = state->sums != NULL ? state->sums[item] : add_one(state, item);
    return score_of(bound, &sums, state->base + bias_of(bound->item_biases, item), state->spread);
}

double rec__score_by_raters(const struct rec__result *result, int32_t user, const struct rec__history *raters,
                            const struct rec__user_state *item)
{
    const struct rec__bound *bound = &result->bound;
    struct rec__graph graph = {bound->start, bound->columns, bound->weights, bound->edges,
                               result->fitted.n_users};
    struct rec__neighbor_sums sums = {0};
    int64_t first, last = rec__graph_row(&graph, user, &first);
    for (int64_t e = first; e < last; e++) {
        int64_t at = rec__find_rising(raters->items, raters->n, graph.columns[e]);
        if (at >= 0)
            add_rating(bound, raters->items[at], (double)graph.weights[e], item->bias,
                       (double)raters->ratings[at], &sums);
    }
    double spread = bound->user_spreads == NULL ? 1.0 : (double)bound->user_spreads[user];
    return score_of(bound, &sums, bound->offset + bias_of(bound->user_biases, user) + item->bias, spread);
}

const struct rec__scorer_ops rec__user_graph_scorer = {
    .bind = bind_user_graph,
    .prepare = prepare_user_graph,
    .score = score_user_graph,
};
