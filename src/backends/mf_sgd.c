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
    float *weights;        /* of the entries; NULL: all 1 */
    double *errors;        /* of a round, by range of users */
    int64_t round[BLOCKS_MOST];
    int32_t now; /* which round */
    int32_t epoch;
    float decay; /* of the epoch: its share of the first epoch's step */
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

static void swap_weights(float *weights, int64_t i, int64_t j)
{
    float swapped = weights[i];
    weights[i] = weights[j];
    weights[j] = swapped;
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
            if (s->weights != NULL)
                s->weights[place] = s->mf->fit->user_weights[e];
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
    if (mf->fit->user_weights != NULL)
        s->weights = rec__allocate(r->count, sizeof *s->weights);
    if (s->user_blocks == NULL || s->item_blocks == NULL || s->start == NULL || s->entries == NULL ||
        s->errors == NULL || (mf->fit->user_weights != NULL && s->weights == NULL))
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
    rec__release(s->weights);
    rec__release(s->errors);
}

/* What is left of a row after one rating's share of its penalty: `n` is the row's number of ratings. */
static float kept(const struct schedule *s, double rate, double lambda, int64_t n)
{
    return 1.0f - (float)rate * s->decay * (float)(s->mf->set.by_count ? lambda : lambda / (double)n);
}

/* One rating. Returns the squared error before the step. */
static double step(const struct schedule *s, const struct entry *entry, float weight)
{
    const struct rec__mf *mf = s->mf;
    const struct rec__mf_terms *users = &mf->set.terms[REC_MF_USERS], *items = &mf->set.terms[REC_MF_ITEMS];
    int32_t f = mf->set.factors, u = entry->user, i = entry->item;
    float *p = mf->p + (int64_t)u * f, *q = mf->q + (int64_t)i * f;
    int64_t n_u = rec__user_count(mf->ratings, u), n_i = rec__item_count(mf->ratings, i);
    float sum = (float)mf->mu + rec__kernels()->dot(p, q, f);
    if (mf->b_u != NULL)
        sum += mf->b_u[u] + mf->b_i[i];
    struct rec__mf_error found = rec__mf_error_of(&mf->link, entry->rating, (double)sum);
    float push = s->decay * weight * (float)found.push;
    if (mf->b_u != NULL) {
        mf->b_u[u] =
            kept(s, users->bias_rate, users->bias_lambda, n_u) * mf->b_u[u] + (float)users->bias_rate * push;
        mf->b_i[i] =
            kept(s, items->bias_rate, items->bias_lambda, n_i) * mf->b_i[i] + (float)items->bias_rate * push;
    }
    struct rec__sgd sgd = {kept(s, users->rate, users->lambda, n_u), (float)users->rate * push,
                           kept(s, items->rate, items->lambda, n_i), (float)items->rate * push};
    rec__kernels()->sgd_step(&sgd, p, q, f);
    return (double)weight * found.error * found.error;
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
        int64_t place = first + (backwards ? n - 1 - k : k);
        sum += step(s, &s->entries[place], s->weights == NULL ? 1.0f : s->weights[place]);
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
        schedule.decay = (float)decay;
        double loss = run_epoch(&schedule);
        decay *= mf->set.decay;
        status = rec__mf_report(mf, epoch, loss, &stop);
    }
    clear_schedule(&schedule);
    return status;
}
