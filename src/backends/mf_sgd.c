/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stochastic gradient descent, on a fixed schedule (after Gemulla, Nijkamp, Haas and Sismanis, "Large-scale
 * matrix factorization with distributed stochastic gradient descent", KDD 2011). Users and items are cut into
 * B ranges of about as many ratings; B x B blocks of ratings follow, each in an order shuffled once. A round
 * takes B blocks that share no row, in parallel; B rounds make an epoch. B depends on the data alone, so
 * every number of threads does the same steps. An epoch's rounds come in random order, and each block is
 * walked forwards or backwards at random.
 */
#include "backends/mf.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/threads.h"
#include "kernels/kernels.h"

#include <math.h>

enum { BLOCKS_MOST = 32, RATINGS_A_BLOCK = 4096 };

struct schedule {
    struct rec__mf *mf;
    int32_t blocks;                       /* B */
    int32_t first_users[BLOCKS_MOST + 1]; /* of each range */
    int32_t *item_blocks;                 /* the range of each item */
    int64_t *start;                       /* B x B + 1, by range of users, then of items */
    struct rec__sgd_rating *entries;      /* block after block */
    float *weights;                       /* of the entries; NULL: all 1 */
    double *errors;                       /* of a round, by range of users */
    int64_t round[BLOCKS_MOST];
    int32_t now; /* which round */
    int32_t epoch;
    struct rec__sgd walk;        /* of the epoch, but for the ratings */
    float *shares[REC_MF_SIDES]; /* NULL: 1 each */
};

static int32_t count_blocks(int64_t ratings)
{
    int32_t blocks = 1;
    while (blocks < BLOCKS_MOST && (int64_t)(2 * blocks) * (2 * blocks) * RATINGS_A_BLOCK <= ratings)
        blocks *= 2;
    return blocks;
}

/* Range of each row, such that ranges have about as many ratings. */
static int32_t *cut_rows(const int64_t *start, int32_t n, int32_t blocks)
{
    int32_t *ranges = rec__allocate(n, sizeof *ranges);
    int64_t total = start[n] > 0 ? start[n] : 1;
    for (int32_t row = 0; ranges != NULL && row < n; row++) {
        int64_t middle = start[row] + (start[row + 1] - start[row]) / 2;
        int64_t range = (int64_t)((double)middle / (double)total * blocks);
        ranges[row] = (int32_t)(range < blocks ? range : blocks - 1);
    }
    return ranges;
}

/* The first user of each range: ranges are users in a row. */
static bool cut_users(struct schedule *s)
{
    const rec_ratings *r = s->mf->ratings;
    int32_t *ranges = cut_rows(r->user_start, r->n_users, s->blocks), user = 0;
    for (int32_t range = 0; ranges != NULL && range <= s->blocks; range++) {
        while (user < r->n_users && ranges[user] < range)
            user++;
        s->first_users[range] = user;
    }
    rec__release(ranges);
    return ranges != NULL;
}

static void swap_weights(float *weights, int64_t i, int64_t j)
{
    float swapped = weights[i];
    weights[i] = weights[j];
    weights[j] = swapped;
}

static void shuffle_block(const struct schedule *s, int64_t block)
{
    struct rec__sgd_rating *entries = s->entries + s->start[block];
    uint32_t bits[4] = {0};
    for (int64_t i = s->start[block + 1] - s->start[block] - 1, n = 0; i > 0; i--, n++) {
        if (n % 4 == 0)
            rec__random(s->mf->fit->seed, REC_STREAM_SHUFFLE | (uint64_t)block << 8, (uint64_t)(n / 4), bits);
        int64_t j = (int64_t)((uint64_t)bits[n % 4] * (uint64_t)(i + 1) >> 32);
        struct rec__sgd_rating swapped = entries[i];
        entries[i] = entries[j];
        entries[j] = swapped;
        if (s->weights != NULL)
            swap_weights(s->weights + s->start[block], i, j);
    }
}

static rec_status shuffle_task(void *context, int64_t block, int32_t worker)
{
    (void)worker;
    shuffle_block(context, block);
    return REC_OK;
}

/* A counting sort of the ratings by block. A range of users has blocks of its own, so ranges are sorted side by side. */
static rec_status count_range(void *context, int64_t range, int32_t worker)
{
    struct schedule *s = context;
    const rec_ratings *r = s->mf->ratings;
    int64_t *counts = s->start + range * s->blocks + 1;
    (void)worker;
    for (int64_t e = r->user_start[s->first_users[range]]; e < r->user_start[s->first_users[range + 1]]; e++)
        counts[s->item_blocks[r->user_items[e]]]++;
    return REC_OK;
}

static rec_status fill_range(void *context, int64_t range, int32_t worker)
{
    struct schedule *s = context;
    const rec_ratings *r = s->mf->ratings;
    const float *weights = s->mf->fit->user_weights;
    int64_t next[BLOCKS_MOST];
    (void)worker;
    for (int32_t b = 0; b < s->blocks; b++)
        next[b] = s->start[range * s->blocks + b];
    for (int32_t u = s->first_users[range]; u < s->first_users[range + 1]; u++)
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
            int64_t place = next[s->item_blocks[r->user_items[e]]]++;
            s->entries[place] = (struct rec__sgd_rating){u, r->user_items[e], r->user_ratings[e]};
            if (s->weights != NULL)
                s->weights[place] = weights[e];
        }
    return REC_OK;
}

static rec_status fill_blocks(struct schedule *s)
{
    int64_t n_blocks = (int64_t)s->blocks * s->blocks;
    rec_status status = rec__parallel(s->mf->fit->threads, s->blocks, count_range, s);
    for (int64_t b = 0; b < n_blocks; b++)
        s->start[b + 1] += s->start[b];
    return status == REC_OK ? rec__parallel(s->mf->fit->threads, s->blocks, fill_range, s) : status;
}

/* With a plain penalty, each rating carries an equal part of it. */
static float *make_shares(const int64_t *start, int32_t n)
{
    float *shares = rec__allocate(n, sizeof *shares);
    for (int32_t row = 0; shares != NULL && row < n; row++)
        shares[row] = 1.0f / (float)(start[row + 1] > start[row] ? start[row + 1] - start[row] : 1);
    return shares;
}

static rec_status make_schedule(struct schedule *s, struct rec__mf *mf)
{
    const rec_ratings *r = mf->ratings;
    *s = (struct schedule){.mf = mf, .blocks = count_blocks(r->count)};
    int64_t n_blocks = (int64_t)s->blocks * s->blocks;
    bool cut = cut_users(s);
    s->item_blocks = cut_rows(r->item_start, r->n_items, s->blocks);
    s->start = rec__allocate_zeroed(n_blocks + 1, sizeof *s->start);
    s->entries = rec__allocate(r->count, sizeof *s->entries);
    s->errors = rec__allocate(s->blocks, sizeof *s->errors);
    if (!mf->set.by_count) {
        s->shares[REC_MF_USERS] = make_shares(r->user_start, r->n_users);
        s->shares[REC_MF_ITEMS] = make_shares(r->item_start, r->n_items);
    }
    if (mf->fit->user_weights != NULL)
        s->weights = rec__allocate(r->count, sizeof *s->weights);
    if (!cut || s->item_blocks == NULL || s->start == NULL || s->entries == NULL || s->errors == NULL ||
        (mf->fit->user_weights != NULL && s->weights == NULL) ||
        (!mf->set.by_count && (s->shares[REC_MF_USERS] == NULL || s->shares[REC_MF_ITEMS] == NULL)))
        return REC_ERR_NO_MEMORY;
    rec_status status = fill_blocks(s);
    return status == REC_OK ? rec__parallel(mf->fit->threads, n_blocks, shuffle_task, s) : status;
}

static void clear_schedule(struct schedule *s)
{
    rec__release(s->item_blocks);
    rec__release(s->start);
    rec__release(s->entries);
    rec__release(s->weights);
    rec__release(s->shares[REC_MF_USERS]);
    rec__release(s->shares[REC_MF_ITEMS]);
    rec__release(s->errors);
}

static struct rec__sgd_side walk_side(const struct schedule *s, int side, double decay)
{
    const struct rec__mf *mf = s->mf;
    const struct rec__mf_terms *terms = &mf->set.terms[side];
    double rate = terms->rate * decay, bias_rate = terms->bias_rate * decay;
    return (struct rec__sgd_side){.vectors = side == REC_MF_USERS ? mf->p : mf->q,
                                  .biases = side == REC_MF_USERS ? mf->b_u : mf->b_i,
                                  .shares = s->shares[side],
                                  .rate = (float)rate,
                                  .bias_rate = (float)bias_rate,
                                  .decay = (float)(rate * terms->lambda),
                                  .bias_decay = (float)(bias_rate * terms->bias_lambda)};
}

/* decay: what is left of the first epoch's rates. */
static struct rec__sgd walk_of(const struct schedule *s, double decay)
{
    const struct rec__mf *mf = s->mf;
    bool bounded = mf->link.kind != REC_LINK_NONE;
    return (struct rec__sgd){.users = walk_side(s, REC_MF_USERS, decay),
                             .items = walk_side(s, REC_MF_ITEMS, decay),
                             .factors = mf->set.factors,
                             .logistic = mf->link.kind == REC_LINK_SIGMOID,
                             .offset = (float)mf->mu,
                             .least = bounded ? (float)mf->link.least : -INFINITY,
                             .greatest = bounded ? (float)mf->link.greatest : INFINITY};
}

static rec_status run_block(void *context, int64_t range, int32_t worker)
{
    struct schedule *s = context;
    (void)worker;
    int64_t block = range * s->blocks + (range + s->round[s->now]) % s->blocks;
    struct rec__sgd walk = s->walk;
    uint32_t bits[4];
    rec__random(s->mf->fit->seed, REC_STREAM_SAMPLE | (uint64_t)s->epoch << 8, (uint64_t)block, bits);
    walk.backwards = bits[0] & 1;
    walk.ratings = s->entries + s->start[block];
    walk.weights = s->weights == NULL ? NULL : s->weights + s->start[block];
    walk.count = s->start[block + 1] - s->start[block];
    s->errors[range] += rec__kernels()->sgd(&walk);
    return REC_OK;
}

/* The RMSE over the epoch, each rating's error being taken just before its step. */
static double run_epoch(struct schedule *s)
{
    double sum = 0.0;
    for (int32_t range = 0; range < s->blocks; range++)
        s->errors[range] = 0.0;
    rec__shuffle(s->mf->fit->seed, REC_STREAM_SHUFFLE | (uint64_t)s->epoch << 32, s->round, s->blocks);
    for (s->now = 0; s->now < s->blocks; s->now++)
        (void)rec__parallel(s->mf->fit->threads, s->blocks, run_block, s);
    for (int32_t range = 0; range < s->blocks; range++)
        sum += s->errors[range];
    return sqrt(sum / s->mf->weight);
}

rec_status rec__mf_sgd(struct rec__mf *mf)
{
    struct schedule schedule;
    bool stop = false;
    rec_status status = make_schedule(&schedule, mf);
    double decay = 1.0;
    for (int32_t epoch = 1; status == REC_OK && !stop && epoch <= mf->set.epochs; epoch++) {
        schedule.epoch = epoch;
        schedule.walk = walk_of(&schedule, decay);
        double loss = run_epoch(&schedule);
        decay *= mf->set.decay;
        status = rec__mf_report(mf, epoch, loss, &stop);
    }
    clear_schedule(&schedule);
    return status;
}
