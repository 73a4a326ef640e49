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

struct entry {
    int32_t user, item;
    float rating;
};

struct schedule {
    struct rec__mf *mf;
    int32_t blocks;       /* B */
    int32_t *user_blocks; /* the range of each user */
    int32_t *item_blocks;
    int64_t *start;        /* B x B + 1, by range of users, then of items */
    struct entry *entries; /* block after block */
    double *errors;        /* of a round, by range of users */
    int64_t round[BLOCKS_MOST];
    int32_t now; /* which round */
    int32_t epoch;
    float rate;
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

static int64_t block_of(const struct schedule *s, int32_t user, int32_t item)
{
    return (int64_t)s->user_blocks[user] * s->blocks + s->item_blocks[item];
}

static void shuffle_block(const struct schedule *s, int64_t block)
{
    struct entry *entries = s->entries + s->start[block];
    for (int64_t i = s->start[block + 1] - s->start[block] - 1; i > 0; i--) {
        uint32_t bits[4];
        rec__random(s->mf->fit->seed, REC_STREAM_SHUFFLE | (uint64_t)block << 8, (uint64_t)i, bits);
        int64_t j = (int64_t)(((uint64_t)bits[0] << 32 | bits[1]) % (uint64_t)(i + 1));
        struct entry swapped = entries[i];
        entries[i] = entries[j];
        entries[j] = swapped;
    }
}

static rec_status shuffle_task(void *context, int64_t block, int32_t worker)
{
    (void)worker;
    shuffle_block(context, block);
    return REC_OK;
}

/* A counting sort of the ratings by block. */
static void fill_blocks(struct schedule *s)
{
    const rec_ratings *r = s->mf->ratings;
    int64_t n_blocks = (int64_t)s->blocks * s->blocks;
    for (int32_t u = 0; u < r->n_users; u++)
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++)
            s->start[block_of(s, u, r->user_items[e]) + 1]++;
    for (int64_t b = 0; b < n_blocks; b++)
        s->start[b + 1] += s->start[b];
    for (int32_t u = 0; u < r->n_users; u++)
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++) {
            int64_t place = s->start[block_of(s, u, r->user_items[e])]++;
            s->entries[place] = (struct entry){u, r->user_items[e], r->user_ratings[e]};
        }
    for (int64_t b = n_blocks; b > 0; b--)
        s->start[b] = s->start[b - 1];
    s->start[0] = 0;
}

static rec_status make_schedule(struct schedule *s, struct rec__mf *mf)
{
    const rec_ratings *r = mf->ratings;
    *s = (struct schedule){.mf = mf, .blocks = count_blocks(r->count)};
    int64_t n_blocks = (int64_t)s->blocks * s->blocks;
    s->user_blocks = cut_rows(r->user_start, r->n_users, s->blocks);
    s->item_blocks = cut_rows(r->item_start, r->n_items, s->blocks);
    s->start = rec__allocate_zeroed(n_blocks + 1, sizeof *s->start);
    s->entries = rec__allocate(r->count, sizeof *s->entries);
    s->errors = rec__allocate(s->blocks, sizeof *s->errors);
    if (s->user_blocks == NULL || s->item_blocks == NULL || s->start == NULL || s->entries == NULL ||
        s->errors == NULL)
        return REC_ERR_NO_MEMORY;
    fill_blocks(s);
    return rec__parallel(mf->fit->threads, n_blocks, shuffle_task, s);
}

static void clear_schedule(struct schedule *s)
{
    rec__release(s->user_blocks);
    rec__release(s->item_blocks);
    rec__release(s->start);
    rec__release(s->entries);
    rec__release(s->errors);
}

/* lambda of one rating's step: its share of the row's penalty. */
static float share_of(const struct rec__mf *mf, double lambda, int64_t row_count)
{
    return (float)(mf->set.by_count ? lambda : lambda / (double)row_count);
}

/* One rating. Returns the error before the step. */
static float step(const struct rec__mf *mf, const struct entry *entry, float rate)
{
    const struct rec__kernels *kernels = rec__kernels();
    const struct rec__mf_settings *set = &mf->set;
    int32_t f = set->factors, u = entry->user, i = entry->item;
    float *p = mf->p + (int64_t)u * f, *q = mf->q + (int64_t)i * f;
    int64_t n_u = rec__user_count(mf->ratings, u), n_i = rec__item_count(mf->ratings, i);
    float error = entry->rating - (float)mf->mu - kernels->dot(p, q, f);
    if (mf->b_u != NULL) {
        error -= mf->b_u[u] + mf->b_i[i];
        mf->b_u[u] += rate * (error - share_of(mf, set->bias_lambda, n_u) * mf->b_u[u]);
        mf->b_i[i] += rate * (error - share_of(mf, set->bias_lambda, n_i) * mf->b_i[i]);
    }
    kernels->sgd_step(rate, error, share_of(mf, set->lambda, n_u), share_of(mf, set->lambda, n_i), p, q, f);
    return error;
}

static rec_status run_block(void *context, int64_t range, int32_t worker)
{
    struct schedule *s = context;
    (void)worker;
    int64_t shift = s->round[s->now];
    int64_t block = range * s->blocks + (range + shift) % s->blocks;
    int64_t first = s->start[block], n = s->start[block + 1] - first;
    uint32_t bits[4];
    rec__random(s->mf->fit->seed, REC_STREAM_SAMPLE | (uint64_t)s->epoch << 8, (uint64_t)block, bits);
    bool backwards = bits[0] & 1;
    double sum = 0.0;
    for (int64_t k = 0; k < n; k++) {
        float error = step(s->mf, &s->entries[first + (backwards ? n - 1 - k : k)], s->rate);
        sum += (double)error * (double)error;
    }
    s->errors[range] += sum;
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
    return sqrt(sum / (double)s->mf->ratings->count);
}

rec_status rec__mf_sgd(struct rec__mf *mf)
{
    struct schedule schedule;
    bool stop = false;
    rec_status status = make_schedule(&schedule, mf);
    double rate = mf->set.rate;
    for (int32_t epoch = 1; status == REC_OK && !stop && epoch <= mf->set.epochs; epoch++) {
        schedule.epoch = epoch;
        schedule.rate = (float)rate;
        double loss = run_epoch(&schedule);
        rate *= mf->set.decay;
        status = rec__mf_report(mf, epoch, loss, &stop);
    }
    clear_schedule(&schedule);
    return status;
}
