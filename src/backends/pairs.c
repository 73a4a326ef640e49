/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk of the learners that rank pairs, on a fixed schedule that any number of threads can share (after Gemulla et al., KDD 2011, as in
 * mf_sgd.c). Users are cut into B ranges of about as many ratings, and before each epoch the items, in a new random order, into B
 * ranges. A round takes B blocks of users x items that share no row, in parallel; B rounds make an epoch. A block's negatives come from its own range
 * of items, so no two threads touch one row; as a range is a random set of items, drawn afresh each epoch, over the epochs every
 * item is drawn for every pair alike. B depends on the data alone and every block has random numbers of its own: any number of
 * threads does the same steps. The steps are in pairs_step.c.
 */
#include "backends/blocks.h"
#include "backends/pairs.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/status.h"
#include "base/threads.h"
#include "backends/work.h"

#include <math.h>
#include <string.h>

enum { BLOCKS_MOST = 32, FOLD_IN_PASSES = 10, CHOOSING_PORTIONS = 8 };

/* What keys of random numbers are for, above the stream and the epoch. */
enum purpose { ITEM_ORDER, ROUND_ORDER, GROUPING, STEPPING };

struct walk {
    struct rec__fit *fit;
    const struct rec__pairs_learner *learner;
    struct rec__pairs_items items;
    float *p, *p_sums;
    int32_t blocks; /* B */
    int32_t first_user[BLOCKS_MOST + 1];
    int64_t *order;    /* the items, shuffled */
    int32_t *pool;     /* the same, narrower */
    int32_t *range_of; /* item's range in this epoch */
    int64_t *places;   /* of the pool; NULL: even draws */
    int64_t *start;    /* B x (B + 1): a user range's blocks */
    struct rec__pair *pairs;
    int64_t *chosen; /* ratings in place of each; NULL: none */
    double scale;    /* of ratings to weights; 0: all weigh 1 */
    float *rooms;    /* a thread's: factors */
    double *losses;  /* of an epoch, by block */
    int64_t round[BLOCKS_MOST];
    int32_t now, epoch;
    int32_t portions,
        portion; /* of an epoch's pairs: ratings are chosen in place of them with the rows as they then are */
    double total;        /* weight of all ratings */
    int32_t drawable;    /* items that may be drawn */
    int32_t parts, part; /* of each block, between which what blocks share settles */
    const struct rec__pair *runs[BLOCKS_MOST];
    int64_t run_start[BLOCKS_MOST + 1];
};

static uint64_t key_of(const struct walk *w, enum purpose purpose, int64_t index)
{
    return rec__blocks_key(w->fit->seed, purpose, w->epoch * w->portions + w->portion, index);
}

static bool in_portion(const struct walk *w, int64_t entry)
{
    return entry % w->portions == w->portion;
}

static void cut_users(struct walk *w)
{
    const rec_ratings *r = w->fit->ratings;
    int32_t user = 0;
    for (int32_t range = 0; range < w->blocks; range++) {
        int64_t least = r->count / w->blocks * range;
        while (user < r->n_users && r->user_start[user] < least)
            user++;
        w->first_user[range] = user;
    }
    w->first_user[w->blocks] = r->n_users;
}

static int32_t first_place(const struct walk *w, int64_t range)
{
    return (int32_t)(range * w->drawable / w->blocks);
}

static void order_items(struct walk *w)
{
    const rec_ratings *r = w->fit->ratings;
    int64_t n = 0;
    rec__shuffle(key_of(w, ITEM_ORDER, 0), REC_STREAM_SHUFFLE, w->order, w->items.n);
    for (int64_t i = 0; i < w->items.n; i++)
        if (!w->learner->rated_alone || rec__item_count(r, (int32_t)w->order[i]) > 0)
            w->order[n++] = w->order[i];
    for (int32_t range = 0; range < w->blocks; range++)
        for (int32_t i = first_place(w, range); i < first_place(w, range + 1); i++) {
            w->pool[i] = (int32_t)w->order[i];
            w->range_of[w->pool[i]] = range;
        }
    for (int32_t i = 0; w->places != NULL && i < w->drawable; i++)
        w->places[i + 1] = w->places[i] + rec__item_count(r, w->pool[i]);
}

static struct rec__pairs_walk look_at(const struct walk *w, int32_t worker, uint64_t key)
{
    return (struct rec__pairs_walk){.items = &w->items,
                                    .kernels = rec__kernels(),
                                    .parameters = w->fit->parameters,
                                    .learner = w->learner,
                                    .room = w->rooms + (int64_t)worker * w->items.factors,
                                    .worker = worker,
                                    .scale = w->scale,
                                    .state = key};
}

static void turn_to(const struct walk *w, struct rec__pairs_walk *look, int32_t user)
{
    const rec_ratings *r = w->fit->ratings;
    int64_t first = r->user_start[user];
    look->p = w->p + (int64_t)user * w->items.factors;
    look->p_sum = w->p_sums != NULL ? w->p_sums + user : NULL;
    look->seen =
        (struct rec__history){r->user_items + first, r->user_ratings + first, rec__user_count(r, user), NULL};
}

static void choose_ratings(struct walk *w, int64_t range, struct rec__pairs_walk *look)
{
    const rec_ratings *r = w->fit->ratings;
    for (int32_t u = w->first_user[range]; u < w->first_user[range + 1]; u++) {
        turn_to(w, look, u);
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++)
            if (in_portion(w, e))
                w->chosen[e] = r->user_start[u] + w->learner->choose(look);
    }
}

static void shuffle_pairs(struct rec__pair *pairs, int64_t n, struct rec__pairs_walk *look)
{
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = (int64_t)(rec__pairs_uniform(look) * (double)(i + 1));
        struct rec__pair swapped = pairs[i];
        pairs[i] = pairs[j];
        pairs[j] = swapped;
    }
}

static int64_t rating_at(const struct walk *w, int64_t entry)
{
    return w->chosen != NULL ? w->chosen[entry] : entry;
}

/* A counting sort of a user range's pairs by the items' ranges, then each block shuffled. */
static rec_status group_pairs(void *context, int64_t range, int32_t worker)
{
    struct walk *w = context;
    const rec_ratings *r = w->fit->ratings;
    struct rec__pairs_walk look = look_at(w, worker, key_of(w, GROUPING, range));
    int32_t first = w->first_user[range], last = w->first_user[range + 1];
    int64_t *start = w->start + range * (w->blocks + 1), next[BLOCKS_MOST];
    if (w->chosen != NULL)
        choose_ratings(w, range, &look);
    for (int32_t b = 0; b <= w->blocks; b++)
        start[b] = 0;
    for (int64_t e = r->user_start[first]; e < r->user_start[last]; e++)
        if (in_portion(w, e))
            start[w->range_of[r->user_items[rating_at(w, e)]] + 1]++;
    start[0] = r->user_start[first];
    for (int32_t b = 0; b < w->blocks; b++)
        start[b + 1] += next[b] = start[b];
    for (int32_t u = first; u < last; u++) {
        turn_to(w, &look, u);
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
            if (!in_portion(w, e))
                continue;
            int64_t at = rating_at(w, e);
            int32_t item = r->user_items[at];
            w->pairs[next[w->range_of[item]]++] = (struct rec__pair){
                u, item, (int32_t)(at - r->user_start[u]), rec__pairs_weight(&look, at - r->user_start[u])};
        }
    }
    for (int32_t b = 0; b < w->blocks; b++)
        shuffle_pairs(w->pairs + start[b], start[b + 1] - start[b], &look);
    return REC_OK;
}

/* The pairs of each block of the round that are walked before the next settling. */
static void cut_runs(struct walk *w)
{
    w->run_start[0] = 0;
    for (int32_t range = 0; range < w->blocks; range++) {
        int64_t column = (range + w->round[w->now]) % w->blocks;
        const int64_t *start = w->start + range * (w->blocks + 1) + column;
        int64_t n = start[1] - start[0], first = n * w->part / w->parts, last = n * (w->part + 1) / w->parts;
        w->runs[range] = w->pairs + start[0] + first;
        w->run_start[range + 1] = w->run_start[range] + last - first;
    }
}

static float weight_of_rating(const struct walk *w, const struct rec__pair *pair)
{
    const float *weights = w->fit->user_weights;
    return weights == NULL ? 1.0F : weights[w->fit->ratings->user_start[pair->user] + pair->place];
}

static rec_status run_block(void *context, int64_t range, int32_t worker)
{
    struct walk *w = context;
    int64_t column = (range + w->round[w->now]) % w->blocks, block = range * w->blocks + column;
    struct rec__pairs_walk look = look_at(w, worker, key_of(w, STEPPING, block * w->parts + w->part));
    int32_t first = first_place(w, column);
    double sum = 0.0;
    look.pool = w->pool + first;
    look.places = w->places != NULL ? w->places + first : NULL;
    look.n_pool = first_place(w, column + 1) - first;
    for (look.at = w->run_start[range]; look.at < w->run_start[range + 1]; look.at++) {
        const struct rec__pair *pair = w->runs[range] + (look.at - w->run_start[range]);
        turn_to(w, &look, pair->user);
        look.weight = weight_of_rating(w, pair);
        if (w->learner->turn != NULL)
            w->learner->turn(&look, pair);
        if (pair->weight > 0.0F || w->learner->every_pair)
            sum += (double)look.weight * w->learner->step(&look, pair);
    }
    w->losses[block] += sum;
    return REC_OK;
}

static rec_status run_round(struct walk *w)
{
    rec_status status = REC_OK;
    for (w->part = 0; status == REC_OK && w->part < w->parts; w->part++) {
        cut_runs(w);
        if (w->learner->prepare != NULL)
            status = w->learner->prepare(w->learner->own, w->run_start[w->blocks]);
        if (status == REC_OK)
            status = rec__parallel(w->fit->threads, w->blocks, run_block, w);
        struct rec__pairs_runs runs = {w->runs, w->run_start, w->blocks};
        if (status == REC_OK && w->learner->settle != NULL)
            status = w->learner->settle(w->learner->own, &runs);
    }
    return status;
}

static rec_status run_portion(struct walk *w)
{
    order_items(w);
    rec_status status = rec__parallel(w->fit->threads, w->blocks, group_pairs, w);
    rec__shuffle(key_of(w, ROUND_ORDER, 0), REC_STREAM_SHUFFLE, w->round, w->blocks);
    for (w->now = 0; status == REC_OK && w->now < w->blocks; w->now++)
        status = run_round(w);
    return status;
}

/* loss fills: the mean of all pairs, each taken just before its step. */
static rec_status run_epoch(struct walk *w, double *loss)
{
    double sum = 0.0;
    int64_t n_blocks = (int64_t)w->blocks * w->blocks;
    rec_status status = REC_OK;
    memset(w->losses, 0, (size_t)n_blocks * sizeof *w->losses);
    for (w->portion = 0; status == REC_OK && w->portion < w->portions; w->portion++)
        status = run_portion(w);
    for (int64_t block = 0; block < n_blocks; block++)
        sum += w->losses[block];
    *loss = sum / w->total;
    if (w->learner->squared)
        *loss = sqrt(*loss);
    return status;
}

/* Vectors of rows without a rating begin at 0, but for items that are drawn as negatives. */
static bool make_rows(struct walk *w)
{
    const struct rec__fit *fit = w->fit;
    const rec_ratings *r = fit->ratings;
    int32_t f = w->items.factors;
    float deviation = (float)fit->parameters[REC_PAIRS_INIT];
    bool biased = fit->parameters[REC_PAIRS_BIASES] != 0.0 || w->learner->item_biases;
    w->p = rec__arrays_add_floats(fit->arrays, "user_vectors", r->n_users, f);
    w->items.own_vectors = rec__arrays_add_floats(fit->arrays, "item_vectors", r->n_items, f);
    if (biased)
        w->items.own_biases = rec__arrays_add_floats(fit->arrays, "item_biases", r->n_items, 0);
    if (w->p == NULL || w->items.own_vectors == NULL || (biased && w->items.own_biases == NULL))
        return false;
    w->items.vectors = w->items.own_vectors;
    w->items.biases = w->items.own_biases;
    for (int32_t u = 0; u < r->n_users; u++)
        if (rec__user_count(r, u) > 0)
            rec__normal_row(fit->seed, REC_STREAM_USERS, (uint64_t)u, deviation, w->p + (int64_t)u * f, f);
    for (int32_t i = 0; i < r->n_items; i++)
        if (!w->learner->rated_alone || rec__item_count(r, i) > 0)
            rec__normal_row(fit->seed, REC_STREAM_ITEMS, (uint64_t)i, deviation,
                            w->items.own_vectors + (int64_t)i * f, f);
    return true;
}

static bool make_sums(struct walk *w)
{
    const rec_ratings *r = w->fit->ratings;
    if (w->fit->parameters[REC_PAIRS_STEPS] == REC_PAIRS_PLAIN)
        return true;
    w->p_sums = rec__allocate_zeroed(r->n_users, sizeof *w->p_sums);
    w->items.vector_sums = rec__allocate_zeroed(r->n_items, sizeof *w->items.vector_sums);
    w->items.bias_sums = rec__allocate_zeroed(r->n_items, sizeof *w->items.bias_sums);
    return w->p_sums != NULL && w->items.vector_sums != NULL && w->items.bias_sums != NULL;
}

/* How often each item occurs, summed up: kept in the model for those who are folded in. */
static bool make_places(struct walk *w)
{
    const rec_ratings *r = w->fit->ratings;
    if (!w->learner->by_popularity)
        return true;
    int64_t *kept = rec__arrays_add_offsets(w->fit->arrays, "item_places", (int64_t)r->n_items + 1);
    w->places = rec__allocate_zeroed((int64_t)r->n_items + 1, sizeof *w->places);
    for (int32_t i = 0; kept != NULL && i <= r->n_items; i++)
        kept[i] = r->item_start[i];
    return kept != NULL && w->places != NULL;
}

static double positive_part(const void *ratings, int64_t entry)
{
    return fmax((double)((const rec_ratings *)ratings)->user_ratings[entry], 0.0);
}

/* Kept in the model too, for those who are folded in. Ratings of which none is above 0 say no more than that all weigh alike. */
static rec_status make_scale(struct walk *w)
{
    const rec_ratings *r = w->fit->ratings;
    if (w->fit->parameters[REC_PAIRS_VALUES] != REC_PAIRS_RATING)
        return REC_OK;
    double sum = rec__parallel_sum(w->fit->threads, r->count, positive_part, r);
    double *kept = rec__arrays_add_doubles(w->fit->arrays, "rating_weight", 1);
    w->scale = sum > 0.0 ? (double)r->count / sum : 0.0;
    if (kept == NULL)
        return REC_ERR_NO_MEMORY;
    *kept = w->scale;
    return REC_OK;
}

static bool make_walk(struct walk *w)
{
    const rec_ratings *r = w->fit->ratings;
    int64_t blocks = w->blocks;
    w->order = rec__allocate(r->n_items, sizeof *w->order);
    w->pool = rec__allocate(r->n_items, sizeof *w->pool);
    w->range_of = rec__allocate(r->n_items, sizeof *w->range_of);
    w->start = rec__allocate(blocks * (blocks + 1), sizeof *w->start);
    w->pairs = rec__allocate(r->count, sizeof *w->pairs);
    w->rooms = rec__allocate((int64_t)rec__threads(w->fit->threads) * w->items.factors, sizeof *w->rooms);
    w->losses = rec__allocate_zeroed(blocks * blocks, sizeof *w->losses);
    if (w->learner->choose != NULL)
        w->chosen = rec__allocate(r->count, sizeof *w->chosen);
    return w->order != NULL && w->pool != NULL && w->range_of != NULL && w->start != NULL &&
           w->pairs != NULL && w->rooms != NULL && w->losses != NULL &&
           (w->learner->choose == NULL || w->chosen != NULL);
}

static void clear_walk(struct walk *w)
{
    void *blocks[] = {w->order,
                      w->pool,
                      w->range_of,
                      w->start,
                      w->pairs,
                      w->rooms,
                      w->losses,
                      w->chosen,
                      w->places,
                      w->p_sums,
                      w->items.vector_sums,
                      w->items.bias_sums};
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
        rec__release(blocks[b]);
}

struct rec__pairs_items rec__pairs_items_of(const double *parameters, int32_t n)
{
    return (struct rec__pairs_items){.n = n,
                                     .factors = (int32_t)parameters[REC_PAIRS_FACTORS],
                                     .stride = (int32_t)parameters[REC_PAIRS_FACTORS],
                                     .rate = (float)parameters[REC_PAIRS_RATE],
                                     .lambda = (float)parameters[REC_PAIRS_LAMBDA]};
}

static rec_status make_watch(const struct walk *w, struct rec__watch *watch)
{
    const struct rec__pairs_learner *learner = w->learner;
    rec_status status = rec__watch_make(watch, w->fit, learner->patience, learner->squared);
    if (status == REC_OK && w->fit->validation != NULL && learner->place != NULL)
        status = learner->place(learner->own, &watch->rows);
    return status;
}

/* All epochs, or as many as the patience with the validation ratings lasts. */
static rec_status run_epochs(struct walk *w, struct rec__watch *watch)
{
    int64_t epochs = (int64_t)w->fit->parameters[REC_PAIRS_EPOCHS];
    struct rec__view view = {
        .users = w->p, .items = w->items.vectors, .item_biases = w->items.biases, .f = w->items.factors};
    rec_status status = REC_OK;
    bool stop = false;
    if (w->learner->view != NULL)
        w->learner->view(w->learner->own, &view);
    for (w->epoch = 1; status == REC_OK && !stop && w->epoch <= epochs; w->epoch++) {
        double loss = 0.0, watched;
        status = run_epoch(w, &loss);
        if (status != REC_OK)
            return status;
        watched = rec__watch_loss(watch, &view, false);
        status = rec__fit_report(w->fit, w->epoch, epochs, loss, watched);
        if (status == REC_OK && rec__watch_judge(watch, watched, &stop))
            status = rec__watch_keep(watch);
    }
    if (status == REC_OK)
        rec__watch_restore(watch);
    return status;
}

rec_status rec__pairs_fit(struct rec__fit *fit, const struct rec__pairs_learner *learner)
{
    struct walk w = {.fit = fit,
                     .learner = learner,
                     .portions = learner->choose != NULL ? CHOOSING_PORTIONS : 1,
                     .blocks = rec__blocks_count(fit->ratings, BLOCKS_MOST),
                     .total = rec__watch_weight(fit)};
    struct rec__watch watch;
    w.parts = learner->settlings > w.blocks ? (learner->settlings + w.blocks - 1) / w.blocks : 1;
    for (int32_t i = 0; i < fit->ratings->n_items; i++)
        w.drawable += !learner->rated_alone || rec__item_count(fit->ratings, i) > 0;
    w.items = rec__pairs_items_of(fit->parameters, fit->ratings->n_items);
    if (learner->width > 0)
        w.items.factors = w.items.stride = learner->width;
    rec_status status = make_watch(&w, &watch);
    if (status == REC_OK && !(w.total > 0.0))
        status = rec__fail(REC_ERR_INVALID, "the weights of all ratings are 0; one greater was expected");
    if (status == REC_OK)
        status = make_scale(&w);
    if (status == REC_OK && !(make_rows(&w) && make_sums(&w) && make_places(&w) && make_walk(&w)))
        status = REC_ERR_NO_MEMORY;
    if (status == REC_OK)
        cut_users(&w);
    if (status == REC_OK && learner->begin != NULL)
        status = learner->begin(learner->own,
                                &(struct rec__pairs_rows){w.p, w.items.own_vectors, w.items.own_biases});
    if (status == REC_OK)
        status = run_epochs(&w, &watch);
    rec__watch_clear(&watch);
    clear_walk(&w);
    return status;
}

static rec_status check_places(const struct rec__fitted *fitted)
{
    const rec_array *places = rec__arrays_find(fitted->arrays, "item_places");
    rec_status status =
        rec__arrays_check(fitted->arrays, "item_places",
                          (struct rec__expected){REC_I64, 1, (int64_t)fitted->n_items + 1, 1}, false);
    if (status != REC_OK || places == NULL)
        return status;
    const int64_t *place = places->data;
    for (int32_t i = 0; i < fitted->n_items; i++)
        if (place[i + 1] < place[i] || place[0] != 0)
            return rec__fail(REC_ERR_CORRUPT,
                             "item_places[%d] is %lld; numbers that rise from 0 were expected", i + 1,
                             (long long)place[i + 1]);
    return REC_OK;
}

double rec__pairs_scale(const struct rec__fitted *fitted)
{
    const rec_array *scale = rec__arrays_find(fitted->arrays, "rating_weight");
    return scale != NULL ? *(const double *)scale->data : 0.0;
}

rec_status rec__pairs_check(const struct rec__fitted *fitted)
{
    bool weighed = fitted->parameters[REC_PAIRS_VALUES] == REC_PAIRS_RATING;
    rec_status status =
        rec__arrays_check(fitted->arrays, "rating_weight", (struct rec__expected){REC_F64, 1, 1, 1}, weighed);
    if (status != REC_OK)
        return status;
    if (!(rec__pairs_scale(fitted) >= 0.0 && isfinite(rec__pairs_scale(fitted))))
        return rec__fail(REC_ERR_CORRUPT, "rating_weight is %g; a finite number, 0 or more, was expected",
                         rec__pairs_scale(fitted));
    return check_places(fitted);
}

static void fold_in_passes(struct rec__pairs_walk *look, const struct rec__pairs_learner *learner)
{
    for (int pass = 0; pass < FOLD_IN_PASSES; pass++)
        for (int64_t e = 0; e < look->seen.n; e++) {
            int64_t at = learner->choose != NULL ? learner->choose(look) : e;
            struct rec__pair pair = {-1, look->seen.items[at], (int32_t)at, rec__pairs_weight(look, at)};
            if (pair.weight > 0.0F || learner->every_pair)
                (void)learner->step(look, &pair);
        }
}

rec_status rec__pairs_fold_in_part(const struct rec__fitted *fitted, const struct rec__history *history,
                                   const struct rec__pairs_learner *learner,
                                   const struct rec__pairs_part *part, struct rec__user_state *state)
{
    const rec_array *places = rec__arrays_find(fitted->arrays, "item_places");
    struct rec__pairs_items items = rec__pairs_items_of(fitted->parameters, fitted->n_items);
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "item_vectors"),
                    *biases = rec__arrays_find(fitted->arrays, "item_biases");
    float sum = 0.0F, *room = rec__allocate(part->n, sizeof *room);
    if (room == NULL)
        return REC_ERR_NO_MEMORY;
    items.vectors = (const float *)vectors->data + part->first;
    items.factors = part->n;
    items.stride = part->stride;
    items.biases = biases != NULL ? biases->data : NULL;
    struct rec__pairs_walk look = {.items = &items,
                                   .learner = learner,
                                   .kernels = rec__kernels(),
                                   .parameters = fitted->parameters,
                                   .p = state->vector + part->first,
                                   .weight = 1.0F,
                                   .seen = *history,
                                   .scale = rec__pairs_scale(fitted),
                                   .places = places != NULL ? places->data : NULL,
                                   .n_pool = fitted->n_items,
                                   .room = room};
    if (fitted->parameters[REC_PAIRS_STEPS] == REC_PAIRS_ADAGRAD)
        look.p_sum = &sum;
    for (int32_t k = 0; k < part->stride; k++)
        state->vector[k] = 0.0F;
    fold_in_passes(&look, learner);
    rec__release(room);
    return REC_OK;
}

static struct rec__pairs_part whole_row(const struct rec__fitted *fitted)
{
    int32_t f = (int32_t)fitted->parameters[REC_PAIRS_FACTORS];
    return (struct rec__pairs_part){0, f, f};
}

rec_status rec__pairs_fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                              const struct rec__pairs_learner *learner, struct rec__user_state *state)
{
    struct rec__pairs_part whole = whole_row(fitted);
    return rec__pairs_fold_in_part(fitted, history, learner, &whole, state);
}

rec_status rec__pairs_fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                                   struct rec__user_state *state)
{
    struct rec__pairs_part whole = whole_row(fitted);
    return rec__pairs_fold_in_item_part(fitted, raters, &whole, state);
}

void rec__pairs_work(const struct rec__fit *fit, double draws, double moved, struct rec__work *work)
{
    const rec_ratings *r = fit->ratings;
    double k = fit->parameters[REC_PAIRS_FACTORS], n = (double)r->count;
    double sums = fit->parameters[REC_PAIRS_STEPS] == REC_PAIRS_ADAGRAD ? 2.0 : 1.0;
    rec__work_vectors(work, r, k);
    work->epochs = (int64_t)fit->parameters[REC_PAIRS_EPOCHS];
    work->once.steps = 30.0 * n;
    /* What is scored is read; the item, the negatives and the user are moved: read and written, as are AdaGrad's sums. */
    work->epoch.bytes = n * k * (4.0 * draws + 8.0 * sums * (moved + 2.0));
    work->epoch.steps = n * (40.0 + 2.0 * draws);
    work->held = sums * work->held + 14.0 * n;
}
