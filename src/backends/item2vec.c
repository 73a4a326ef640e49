/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Item2vec (Barkan and Koenigstein, MLSP 2016): skip-gram with negative sampling (Mikolov, Sutskever, Chen, Corrado and Dean, NIPS 2013) over
 * users' histories. Item i has a vector v_i and, as context of others, o_i; a pair of an item i and one j of the same window costs
 *
 *   -log s(v_i . o_j) - sum over negatives n of log s(-v_i . o_n),   n drawn by (how often it occurs)^power
 *
 * s being the logistic function. Which power, window and share of frequent items serve recommendation differs from text (Caselles-Dupre,
 * Lesaint and Royo-Letelier, RecSys 2018), so all are parameters. What is kept is v_i / |v_i|, or both v_i and o_i: item2vec_profile.c.
 *
 * The schedule is that of pairs.c, with items on both sides: each epoch cuts the items, in a new random order, into B ranges; a round takes B blocks
 * of items x contexts that share no row, in parallel, and B rounds make an epoch. A block's negatives come from its range of contexts. B depends on the
 * data alone and every block has random numbers of its own: any number of threads does the same steps.
 */
#include "backends/blocks.h"
#include "backends/content.h"
#include "backends/draw.h"
#include "backends/history.h"
#include "backends/item2vec.h"
#include "backends/item2vec_read.h"
#include "backends/work.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

enum { FACTORS, EPOCHS, RATE, WINDOW, NEGATIVES, POWER, SUBSAMPLING, VALUES, PROFILE, MATCH, N_PARAMETERS };
enum { VALUES_ONE, VALUES_RATING };
enum { MATCH_ITEM, MATCH_CONTEXT };
enum { BLOCKS_MOST = REC_ITEM2VEC_BLOCKS_MOST };

/* The length that vectors begin with, about; and the share of the rate that is left at the end, that of word2vec. */
static const double FIRST_LENGTH = 0.1, LEAST_RATE = 1e-4;

static const struct rec__parameter parameters[N_PARAMETERS] = {
    [FACTORS] = REC_WHOLE("factors", 64, 1, 4096, "length of the vectors of items"),
    [EPOCHS] = REC_WHOLE("epochs", 20, 1, 100000, "passes over the histories"),
    [RATE] = REC_REAL("learning_rate", 0.2, 1e-7, 10, "size of the first steps; it falls in a line"),
    [WINDOW] = REC_WHOLE("window", 5, 0, 1000000,
                         "items before and after that are context, at most; 0: the whole history"),
    [NEGATIVES] =
        REC_WHOLE("negatives", 5, 1, REC_ITEM2VEC_NEGATIVES_MOST, "items drawn as no context for each pair"),
    [POWER] =
        REC_REAL("power", 0.75, -2, 2, "negatives are drawn by how often an item occurs, to this power"),
    [SUBSAMPLING] = REC_REAL("subsampling", 0, 0, 1,
                             "items of a greater share of all ratings are left out at times; 0: none is"),
    [VALUES] = REC_CHOICE("values", VALUES_RATING, "one|rating", VALUES_RATING,
                          "weight of an item in a history: 1, or its rating over the mean, and none below 0"),
    [PROFILE] = REC_CHOICE("profile", REC_PROFILE_RATING, "rating|centred|equal", REC_PROFILE_EQUAL,
                           "what an item of the history counts: its rating, that less the mean rating, or 1"),
    [MATCH] = REC_CHOICE("match", MATCH_CONTEXT, "item|context", MATCH_CONTEXT,
                         "a history ranks items by the cosine to its own, or as what is met beside them"),
};

struct walk {
    struct rec__fit *fit;
    struct rec__item2vec_reading reading;
    float *vectors, *outputs;
    float *spare;   /* the outputs, where they are not kept */
    int32_t blocks; /* B */
    int32_t drawable;
    int64_t *order;    /* the items that somebody has, shuffled, and the others */
    uint8_t *range_of; /* item's range in this epoch */
    double *weights;   /* of an item among negatives */
    struct rec__alias alias;
    double *range_weights; /* by place of the order */
    int32_t *room;         /* likewise */
    float *rooms;          /* a thread's: factors */
    double *losses;        /* of an epoch, by block */
    int64_t *counts;       /* of pairs, likewise */
    int64_t round[BLOCKS_MOST];
    int32_t now, epoch;
};

static uint64_t key_of(const struct walk *w, enum rec__item2vec_purpose purpose, int64_t index)
{
    return rec__blocks_key(w->fit->seed, purpose, w->epoch, index);
}

static int32_t first_place(const struct walk *w, int64_t range)
{
    return (int32_t)(range * w->drawable / w->blocks);
}

/* Items that nobody has go to the end, beyond all ranges. */
static void order_items(struct walk *w)
{
    const rec_ratings *r = w->fit->ratings;
    int32_t n = 0;
    rec__shuffle(key_of(w, REC_ITEM2VEC_ITEM_ORDER, 0), REC_STREAM_SHUFFLE, w->order, r->n_items);
    for (int32_t i = 0; i < r->n_items; i++)
        if (rec__item_count(r, (int32_t)w->order[i]) > 0)
            w->order[n++] = w->order[i];
}

static rec_status fill_range(void *context, int64_t range, int32_t worker)
{
    struct walk *w = context;
    int32_t first = first_place(w, range), last = first_place(w, range + 1);
    struct rec__alias alias = {w->alias.kept + first, w->alias.other + first};
    (void)worker;
    for (int32_t place = first; place < last; place++) {
        w->range_of[w->order[place]] = (uint8_t)range;
        w->range_weights[place] = w->weights[w->order[place]];
    }
    rec__alias_fill(&alias, w->range_weights + first, last - first, w->room + first);
    return REC_OK;
}

/* A block at work. */
struct block {
    struct rec__item2vec_rows rows;
    struct rec__alias alias;
    const int64_t *pool; /* the range of contexts */
    int32_t n_pool, range;
    uint64_t state;
    double loss;
    int64_t pairs;
};

static void learn_pair(const struct walk *w, struct block *b, int32_t context, float weight, float rate)
{
    int32_t items[REC_ITEM2VEC_NEGATIVES_MOST + 1] = {context}, n = 1;
    for (int32_t k = (int32_t)w->fit->parameters[NEGATIVES]; k > 0; k--) {
        int32_t item = (int32_t)b->pool[rec__alias_draw(&b->alias, b->n_pool, &b->state)];
        if (item != context)
            items[n++] = item;
    }
    b->loss += (double)weight * rec__item2vec_step(&b->rows, items, n, weight * rate);
    b->pairs++;
}

static void learn_token(const struct walk *w, struct block *b, const struct rec__item2vec_token *token,
                        float rate)
{
    const struct rec__item2vec_word *read = w->reading.read + w->fit->ratings->user_start[token->user];
    int32_t length = w->reading.lengths[token->user];
    int32_t first = token->at > token->reach ? token->at - token->reach : 0;
    int32_t last = length - token->at > token->reach ? token->at + token->reach + 1 : length;
    b->rows.input = w->vectors + (int64_t)read[token->at].item * b->rows.factors;
    for (int32_t at = first; at < last; at++)
        if (at != token->at && w->range_of[read[at].item] == b->range)
            learn_pair(w, b, read[at].item, read[token->at].weight * read[at].weight, rate);
}

/* done: of the round, between 0 and 1. */
static float rate_now(const struct walk *w, double done)
{
    double rounds = w->fit->parameters[EPOCHS] * w->blocks;
    double left = 1.0 - ((double)(w->epoch - 1) * w->blocks + w->now + done) / rounds;
    return (float)(w->fit->parameters[RATE] * fmax(left, LEAST_RATE));
}

static rec_status run_block(void *context, int64_t range, int32_t worker)
{
    struct walk *w = context;
    int32_t factors = (int32_t)w->fit->parameters[FACTORS];
    int64_t column = (range + w->round[w->now]) % w->blocks, index = range * w->blocks + column;
    int32_t first = first_place(w, column);
    const struct rec__item2vec_token *tokens = w->reading.tokens + w->reading.token_start[range];
    int64_t n = w->reading.token_start[range + 1] - w->reading.token_start[range];
    struct block b = {
        .rows = {rec__kernels(), NULL, w->outputs, w->rooms + (int64_t)worker * factors, factors},
        .alias = {w->alias.kept + first, w->alias.other + first},
        .pool = w->order + first,
        .n_pool = first_place(w, column + 1) - first,
        .range = (int32_t)column,
        .state = key_of(w, REC_ITEM2VEC_STEPPING, index)};
    for (int64_t t = 0; t < n; t++)
        learn_token(w, &b, tokens + t, rate_now(w, (double)t / (double)n));
    w->losses[index] = b.loss;
    w->counts[index] = b.pairs;
    return REC_OK;
}

/* loss fills: the mean of all pairs, each taken just before its step. */
static rec_status run_epoch(struct walk *w, double *loss)
{
    const struct rec__fit *fit = w->fit;
    double sum = 0.0;
    int64_t pairs = 0;
    order_items(w);
    rec_status status = rec__parallel(fit->threads, w->blocks, fill_range, w);
    if (status == REC_OK)
        status = rec__item2vec_read(&w->reading, w->epoch);
    rec__shuffle(key_of(w, REC_ITEM2VEC_ROUND_ORDER, 0), REC_STREAM_SHUFFLE, w->round, w->blocks);
    for (w->now = 0; status == REC_OK && w->now < w->blocks; w->now++)
        status = rec__parallel(fit->threads, w->blocks, run_block, w);
    for (int32_t block = 0; block < w->blocks * w->blocks; block++) {
        sum += w->losses[block];
        pairs += w->counts[block];
    }
    *loss = pairs > 0 ? sum / (double)pairs : 0.0;
    return status;
}

/* How likely an item is a negative. */
static bool make_weights(struct walk *w)
{
    const rec_ratings *r = w->fit->ratings;
    w->weights = rec__allocate_zeroed(r->n_items, sizeof *w->weights);
    if (w->weights == NULL)
        return false;
    for (int32_t i = 0; i < r->n_items; i++) {
        double n = (double)rec__item_count(r, i);
        w->weights[i] = n > 0.0 ? pow(n, w->fit->parameters[POWER]) : 0.0;
        w->drawable += n > 0.0;
    }
    return true;
}

static rec_status start_reading(struct walk *w)
{
    const double *values = w->fit->parameters;
    w->reading = (struct rec__item2vec_reading){.fit = w->fit,
                                                .window = (int32_t)values[WINDOW],
                                                .threshold = values[SUBSAMPLING],
                                                .weighed = values[VALUES] == VALUES_RATING,
                                                .blocks = w->blocks,
                                                .range_of = w->range_of};
    return rec__item2vec_reading_start(&w->reading);
}

static bool make_room(struct walk *w)
{
    const rec_ratings *r = w->fit->ratings;
    int32_t factors = (int32_t)w->fit->parameters[FACTORS];
    w->order = rec__allocate(r->n_items, sizeof *w->order);
    w->range_of = rec__allocate_zeroed(r->n_items, sizeof *w->range_of);
    w->alias.kept = rec__allocate(r->n_items, sizeof *w->alias.kept);
    w->alias.other = rec__allocate(r->n_items, sizeof *w->alias.other);
    w->range_weights = rec__allocate(r->n_items, sizeof *w->range_weights);
    w->room = rec__allocate(r->n_items, sizeof *w->room);
    w->rooms = rec__allocate((int64_t)w->fit->threads * factors, sizeof *w->rooms);
    w->losses = rec__allocate((int64_t)w->blocks * w->blocks, sizeof *w->losses);
    w->counts = rec__allocate((int64_t)w->blocks * w->blocks, sizeof *w->counts);
    return w->outputs != NULL && w->order != NULL && w->range_of != NULL && w->alias.kept != NULL &&
           w->alias.other != NULL && w->range_weights != NULL && w->room != NULL && w->rooms != NULL &&
           w->losses != NULL && w->counts != NULL && make_weights(w) && start_reading(w) == REC_OK;
}

static void clear_walk(struct walk *w)
{
    void *const blocks[] = {w->spare,      w->order,       w->range_of, w->weights,
                            w->alias.kept, w->alias.other, w->room,     w->range_weights,
                            w->rooms,      w->losses,      w->counts};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        rec__release(blocks[i]);
    rec__item2vec_reading_clear(&w->reading);
}

static rec_status learn(struct walk *w)
{
    struct rec__fit *fit = w->fit;
    const rec_ratings *r = fit->ratings;
    int32_t factors = (int32_t)fit->parameters[FACTORS], epochs = (int32_t)fit->parameters[EPOCHS];
    struct rec__draw draw = {fit->seed, REC_STREAM_ITEMS, FIRST_LENGTH / sqrt((double)factors),
                             0.0F,      r->item_start,    r->n_items,
                             factors};
    rec_status status = REC_OK;
    rec__draw_rows(&draw, fit->threads, w->vectors);
    for (w->epoch = 1; status == REC_OK && w->epoch <= epochs; w->epoch++) {
        double loss = 0.0;
        status = run_epoch(w, &loss);
        if (status == REC_OK)
            status = rec__fit_report(fit, w->epoch, epochs, loss, NAN);
    }
    for (int32_t i = 0; w->spare != NULL && i < r->n_items; i++)
        rec__content_unit(w->vectors + (int64_t)i * factors, w->vectors + (int64_t)i * factors, factors);
    return status;
}

static bool make_vectors(struct walk *w)
{
    bool contexts = w->fit->parameters[MATCH] == MATCH_CONTEXT;
    int64_t n = w->fit->ratings->n_items, factors = (int64_t)w->fit->parameters[FACTORS];
    w->vectors =
        rec__arrays_add_floats(w->fit->arrays, contexts ? "input_vectors" : "item_vectors", n, factors);
    if (!contexts)
        w->spare = rec__allocate_zeroed(n * factors, sizeof *w->spare);
    w->outputs = contexts ? rec__arrays_add_floats(w->fit->arrays, "item_vectors", n, factors) : w->spare;
    return w->vectors != NULL && w->outputs != NULL;
}

static rec_status fit(struct rec__fit *fit)
{
    struct walk w = {.fit = fit, .blocks = rec__blocks_count(fit->ratings, BLOCKS_MOST)};
    rec_status status = rec__history_keep(fit, (enum rec__profile)fit->parameters[PROFILE]);
    if (status == REC_OK)
        status = make_vectors(&w) && make_room(&w) ? learn(&w) : REC_ERR_NO_MEMORY;
    clear_walk(&w);
    return status;
}

/* Pairs of an epoch: items that are read have on the mean half the window and a half on each side. */
static double count_pairs(const struct rec__fit *fit)
{
    const rec_ratings *r = fit->ratings;
    double window = fit->parameters[WINDOW], read = 0.0, pairs = 0.0;
    for (int32_t i = 0; i < r->n_items; i++)
        read += (double)rec__item_count(r, i) * rec__item2vec_kept_share(r, fit->parameters[SUBSAMPLING], i);
    for (int32_t u = 0; u < r->n_users; u++) {
        double n = (double)rec__user_count(r, u) * read / (double)r->count;
        pairs += n * fmax(window > 0.0 ? fmin(window + 1.0, n - 1.0) : n - 1.0, 0.0);
    }
    return pairs;
}

static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    const rec_ratings *r = fit->ratings;
    double k = fit->parameters[FACTORS], rows = fit->parameters[NEGATIVES] + 1.0, pairs = count_pairs(fit);
    work->epochs = (int64_t)fit->parameters[EPOCHS];
    work->held = 8.0 * k * r->n_items + 24.0 * (double)r->count + 50.0 * r->n_items;
    work->set = k * r->n_items;
    /* An output row is scored, added and moved: read and written. */
    work->epoch.bytes = 8.0 * pairs * rows * k;
    work->epoch.flops = 6.0 * pairs * rows * k;
    work->epoch.steps =
        30.0 * (double)r->count + pairs * (10.0 + rec__blocks_count(r, BLOCKS_MOST) + 10.0 * rows);
}

const struct rec_backend rec__item2vec = {
    .name = "item2vec",
    .summary = "items that stand near each other in users' histories: skip-gram with negative sampling",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .scorer = REC_SCORER_DOT,
    .traits = REC_AGES_HISTORIES,
    .fit = fit,
    .work = count_work,
    .check = rec__item2vec_check,
    .fold_in = rec__item2vec_fold_in,
    .explain = rec__item2vec_explain,
};
