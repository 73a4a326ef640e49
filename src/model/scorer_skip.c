/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The best k by s_i = x . y_i over an inverted index, without reading all of it: B is Y turned round.
 *
 * The lists of x's features are added up, shorter ones first. What the longer ones, T, may still add to item i is at most |x_T| |y_iT| (Cauchy and
 * Schwarz, as in Anastasiu and Karypis, "L2AP: fast cosine similarity search with prefix L-2 norm bounds", ICDE 2014; |y_iT| is known from the
 * fit). As in MaxScore (Turtle and Flood, "Query evaluation: strategies and optimizations", Information Processing and Management 31(6), 1995),
 * once few items can reach the k-th best the lists that are left, the longest, are not read: those items are scored by their own rows, in double and in
 * the order of features, as any score is. So the answer is that of adding up everything.
 */
#include "base/bitset.h"
#include "base/status.h"
#include "model/scorer_graph.h"

#include <math.h>
#include <string.h>

/* Items whose greatest sum is found together, and how many at once. */
enum { BLOCK = 64, LANES = 8 };

struct scan {
    const struct rec__state *state;
    const struct rec__filter *filter;
    struct rec__graph lists;                /* B */
    int32_t *features[REC_TAIL_LEVELS + 1]; /* of x, by how long their lists are */
    int32_t n_features[REC_TAIL_LEVELS + 1];
    int64_t postings[REC_TAIL_LEVELS + 1];
    double squares[REC_TAIL_LEVELS + 1]; /* of x, at that level alone */
    bool negative[REC_TAIL_LEVELS + 1];  /* some are below 0 */
    int32_t n_items, n_blocks, k;
    float *
        sums; /* an item, of the lists read; zeros at the end of the last block; -infinity: not to be answered */
    float *greatest; /* a block */
    struct rec__candidate *room;
    double error; /* how far a float sum may be off */
};

static int64_t length_of(const struct rec__graph *lists, int32_t f)
{
    int64_t first, last = rec__graph_row(lists, f, &first);
    return last - first;
}

/* The features of x by level, each level's in rising order. room: one for each feature and level. */
static void list_features(struct scan *scan, int32_t *room)
{
    const double *x = scan->state->middle;
    int32_t n = scan->state->result->bound.middle;
    double squares = 0.0;
    for (int32_t level = 0; level <= REC_TAIL_LEVELS; level++)
        scan->features[level] = room + (int64_t)level * n;
    for (int32_t f = 0; f < n; f++) {
        if (x[f] == 0.0)
            continue;
        int64_t length = length_of(&scan->lists, f);
        int32_t level = rec__tail_level(length, scan->n_items);
        scan->features[level][scan->n_features[level]++] = f;
        scan->postings[level] += length;
        scan->squares[level] += x[f] * x[f];
        scan->negative[level] = scan->negative[level] || x[f] < 0.0;
        squares += x[f] * x[f];
    }
    scan->error = ((double)n + 8.0) * 0x1p-24 * sqrt(squares);
}

static void clear_sums(struct scan *scan)
{
    const struct rec__filter *filter = scan->filter;
    memset(scan->sums, 0, (size_t)scan->n_blocks * BLOCK * sizeof *scan->sums);
    for (int64_t i = 0; i < filter->n_seen; i++)
        scan->sums[filter->seen[i]] = -INFINITY;
    for (int32_t i = 0; filter->barred != NULL && i < scan->n_items; i++)
        if (rec__bitset_has(filter->barred, i))
            scan->sums[i] = -INFINITY;
    for (int32_t i = scan->n_items; i < scan->n_blocks * BLOCK; i++)
        scan->sums[i] = -INFINITY;
}

static void add_lists(struct scan *scan, int32_t level)
{
    const struct rec__graph *lists = &scan->lists;
    float *sums = scan->sums;
    for (int32_t n = 0; n < scan->n_features[level]; n++) {
        int32_t f = scan->features[level][n];
        int64_t first, last = rec__graph_row(lists, f, &first);
        float x = (float)scan->state->middle[f];
        for (int64_t e = first; e < last; e++)
            if ((uint32_t)lists->columns[e] < (uint32_t)scan->n_items)
                sums[lists->columns[e]] += x * lists->weights[e];
    }
}

/* What is left unread: its length in x, and whether that of an item may be against it. */
struct rest {
    const float *tails; /* an item: |y_iT|, below 0 when some of it is; NULL: nothing is left */
    float length;
    bool negative;
    int64_t postings;
};

static struct rest rest_from(const struct scan *scan, int32_t level)
{
    const struct rec__bound *bound = &scan->state->result->bound;
    struct rest rest = {
        .tails = level > REC_TAIL_LEVELS ? NULL : bound->back_tails + (int64_t)(level - 1) * scan->n_items};
    double squares = 0.0;
    for (int32_t l = level; l <= REC_TAIL_LEVELS; l++) {
        squares += scan->squares[l];
        rest.negative = rest.negative || scan->negative[l];
        rest.postings += scan->postings[l];
    }
    rest.length = (float)(sqrt(squares) * (1.0 + 1e-5));
    return rest;
}

/* The least that an item's whole sum can be, of a block; and the most. Loops of lanes, which compilers turn into vector instructions. */
static void bound_block(const struct scan *scan, const struct rest *rest, int32_t block, bool most,
                        float *out)
{
    const float *sums = scan->sums + block * BLOCK;
    int32_t n = scan->n_items - block * BLOCK < BLOCK ? scan->n_items - block * BLOCK : BLOCK;
    memcpy(out, sums, BLOCK * sizeof *out);
    if (rest->tails == NULL)
        return;
    const float *tails = rest->tails + block * BLOCK;
    float factor = most ? rest->length : -rest->length;
    for (int32_t i = 0; i < n; i++) {
        float whole = tails[i] < 0.0f ? -tails[i] : tails[i], against = tails[i] < 0.0f ? -tails[i] : 0.0f;
        out[i] += factor * (most || rest->negative ? whole : against);
    }
}

static float greatest_of(const float *values)
{
    float lanes[LANES];
    memcpy(lanes, values, sizeof lanes);
    for (int i = LANES; i < BLOCK; i += LANES)
        for (int l = 0; l < LANES; l++)
            lanes[l] = values[i + l] > lanes[l] ? values[i + l] : lanes[l];
    for (int l = 1; l < LANES; l++)
        lanes[0] = lanes[l] > lanes[0] ? lanes[l] : lanes[0];
    return lanes[0];
}

/* A number that k items reach for certain: the k-th greatest of the blocks' greatest, or of all items where blocks are few. */
static double sure_sum(const struct scan *scan, const struct rest *rest)
{
    float least[BLOCK];
    bool few = scan->n_blocks < 4 * scan->k;
    struct rec__topk best = rec__topk_start(scan->room, scan->k);
    for (int32_t block = 0; block < scan->n_blocks; block++) {
        bound_block(scan, rest, block, false, least);
        if (!few)
            rec__topk_offer(&best, (double)greatest_of(least), block);
        for (int32_t i = 0; few && i < BLOCK; i++)
            rec__topk_offer(&best, (double)least[i], block * BLOCK + i);
    }
    if (best.count < best.k)
        return -INFINITY;
    rec__topk_tighten(&best);
    return best.least;
}

/* How many items may reach the cut; the most of each block is kept. */
static int64_t count_reaching(struct scan *scan, const struct rest *rest, float cut)
{
    float most[BLOCK];
    int64_t n = 0;
    for (int32_t block = 0; block < scan->n_blocks; block++) {
        bound_block(scan, rest, block, true, most);
        scan->greatest[block] = greatest_of(most);
        for (int i = 0; scan->greatest[block] >= cut && i < BLOCK; i++)
            n += most[i] >= cut;
    }
    return n;
}

/* Read lists until it costs less to score what is left by rows. Returns the cut. */
static float read_lists(struct scan *scan, struct rest *rest)
{
    const struct rec__bound *bound = &scan->state->result->bound;
    double row = 4.0 + (double)bound->edges / (scan->n_items > 0 ? scan->n_items : 1);
    float cut = -INFINITY;
    for (int32_t level = 0; level <= REC_TAIL_LEVELS; level++) {
        add_lists(scan, level);
        *rest = rest_from(scan, level + 1);
        /* A look costs about as much as reading half as many postings as there are items. */
        if (level < REC_TAIL_LEVELS && rest->postings < scan->n_items / 2)
            continue;
        double sure = sure_sum(scan, rest);
        cut = (float)(sure - 2.0 * scan->error - fabs(sure) * 0x1p-22);
        int64_t reaching = count_reaching(scan, rest, cut);
        if (2.0 * row * (double)reaching < (double)rest->postings)
            return cut;
    }
    return cut;
}

static void offer_rows(const struct scan *scan, const struct rest *rest, float cut, struct rec__topk *topk)
{
    const struct rec__state *state = scan->state;
    struct rec__graph rows = rec__matrix_a(&state->result->bound);
    float most[BLOCK];
    for (int32_t block = 0; block < scan->n_blocks; block++) {
        if (scan->greatest[block] < cut)
            continue;
        bound_block(scan, rest, block, true, most);
        for (int32_t i = 0, item = block * BLOCK; i < BLOCK; i++, item++)
            if (most[i] >= cut && most[i] > -INFINITY)
                rec__topk_offer(topk, rec__graph_dot(&rows, item, state->middle) / state->divisor, item);
    }
}

static rec_status make_room(struct scan *scan, rec_workspace *workspace)
{
    int64_t middle = scan->state->result->bound.middle;
    int32_t *features =
        rec__scratch(workspace, REC_SCRATCH_TILE, (REC_TAIL_LEVELS + 1) * middle + 1, sizeof *features);
    scan->n_blocks = (scan->n_items + BLOCK - 1) / BLOCK;
    /* The blocks' greatest stand behind the sums. */
    scan->sums = rec__scratch(workspace, REC_SCRATCH_SCORES, (int64_t)scan->n_blocks * (BLOCK + 1) + 1,
                              sizeof *scan->sums);
    scan->room = rec__scratch(workspace, REC_SCRATCH_BEST, rec__topk_room(scan->k), sizeof *scan->room);
    if (features == NULL || scan->sums == NULL || scan->room == NULL)
        return REC_ERR_NO_MEMORY;
    scan->greatest = scan->sums + (int64_t)scan->n_blocks * BLOCK;
    list_features(scan, features);
    return REC_OK;
}

rec_status rec__graph_scan(const struct rec__state *state, const struct rec__filter *filter,
                           rec_workspace *workspace, struct rec__topk *topk)
{
    struct scan scan = {.state = state,
                        .filter = filter,
                        .lists = rec__matrix_b(state->result),
                        .n_items = state->result->fitted.n_items,
                        .k = topk->k};
    struct rest rest;
    rec_status status = make_room(&scan, workspace);
    if (status != REC_OK)
        return status;
    clear_sums(&scan);
    float cut = read_lists(&scan, &rest);
    offer_rows(&scan, &rest, cut, topk);
    return REC_OK;
}
