/* SPDX-License-Identifier: Apache-2.0 */
/* Histories for an epoch of item2vec: in the order of time or a random one, without what subsampling leaves out, by ranges of items. */
#include "backends/item2vec_read.h"
#include "backends/blocks.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/sort.h"
#include "base/threads.h"

#include <math.h>

enum { USERS_A_TASK = 256 };

static uint64_t key_of(const struct rec__item2vec_reading *r, enum rec__item2vec_purpose purpose,
                       int64_t index)
{
    return rec__blocks_key(r->fit->seed, purpose, r->epoch, index);
}

static struct rec__item2vec_word reading_of(const struct rec__item2vec_reading *r, int64_t entry)
{
    const rec_ratings *ratings = r->fit->ratings;
    double weight = r->scale > 0.0 ? r->scale * fmax((double)ratings->user_ratings[entry], 0.0) : 1.0;
    return (struct rec__item2vec_word){ratings->user_items[entry], (float)weight};
}

/* A history without what subsampling leaves out; in a random order where there are no times. */
static int32_t read_history(const struct rec__item2vec_reading *r, int32_t user, uint64_t *state)
{
    int64_t first = r->fit->ratings->user_start[user], count = rec__user_count(r->fit->ratings, user);
    struct rec__item2vec_word *read = r->read + first;
    int32_t n = 0;
    for (int64_t j = 0; j < count; j++) {
        read[n] = reading_of(r, first + (r->sequence != NULL ? r->sequence[first + j] : j));
        n += r->kept_share == NULL || rec__next_uniform(state) < r->kept_share[read[n].item];
    }
    for (int32_t i = n - 1; r->sequence == NULL && i > 0; i--) {
        int32_t j = rec__next_below(state, i + 1);
        struct rec__item2vec_word swapped = read[i];
        read[i] = read[j];
        read[j] = swapped;
    }
    return n;
}

static rec_status read_histories(void *context, int64_t task, int32_t worker)
{
    struct rec__item2vec_reading *r = context;
    int64_t last = (task + 1) * USERS_A_TASK, users = r->fit->ratings->n_users;
    uint64_t state = key_of(r, REC_ITEM2VEC_READING, task);
    (void)worker;
    for (int64_t u = task * USERS_A_TASK; u < last && u < users; u++)
        r->lengths[u] = read_history(r, (int32_t)u, &state);
    return REC_OK;
}

/* A counting sort of all that is read by the items' ranges. */
static void group_tokens(struct rec__item2vec_reading *r)
{
    const rec_ratings *ratings = r->fit->ratings;
    int64_t next[REC_ITEM2VEC_BLOCKS_MOST] = {0};
    for (int32_t u = 0; u < ratings->n_users; u++)
        for (int32_t at = 0; at < r->lengths[u]; at++)
            next[r->range_of[r->read[ratings->user_start[u] + at].item]]++;
    r->token_start[0] = 0;
    for (int32_t range = 0; range < r->blocks; range++) {
        r->token_start[range + 1] = r->token_start[range] + next[range];
        next[range] = r->token_start[range];
    }
    for (int32_t u = 0; u < ratings->n_users; u++)
        for (int32_t at = 0; at < r->lengths[u]; at++)
            r->tokens[next[r->range_of[r->read[ratings->user_start[u] + at].item]]++] =
                (struct rec__item2vec_token){u, at, 0};
}

/* How far each looks is drawn as in word2vec, so that what is near counts more: 1 to window, alike. */
static rec_status shuffle_tokens(void *context, int64_t range, int32_t worker)
{
    struct rec__item2vec_reading *r = context;
    struct rec__item2vec_token *tokens = r->tokens + r->token_start[range];
    int64_t n = r->token_start[range + 1] - r->token_start[range];
    int32_t window = r->window;
    uint64_t state = key_of(r, REC_ITEM2VEC_TOKEN_ORDER, range);
    (void)worker;
    for (int64_t i = n - 1; i >= 0; i--) {
        int64_t j = (int64_t)(rec__next_uniform(&state) * (double)(i + 1));
        struct rec__item2vec_token swapped = tokens[i];
        tokens[i] = tokens[j];
        tokens[j] = swapped;
        tokens[i].reach = window > 0 ? 1 + rec__next_below(&state, window) : INT32_MAX;
    }
    return REC_OK;
}

rec_status rec__item2vec_read(struct rec__item2vec_reading *r, int32_t epoch)
{
    int64_t tasks = ((int64_t)r->fit->ratings->n_users + USERS_A_TASK - 1) / USERS_A_TASK;
    r->epoch = epoch;
    rec_status status = rec__parallel(r->fit->threads, tasks, read_histories, r);
    if (status != REC_OK)
        return status;
    group_tokens(r);
    return rec__parallel(r->fit->threads, r->blocks, shuffle_tokens, r);
}

struct moment {
    int64_t time;
    int32_t place;
};

static int compare_moments(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;
    return x->time != y->time ? (x->time > y->time) - (x->time < y->time)
                              : (x->place > y->place) - (x->place < y->place);
}

static bool make_sequence(struct rec__item2vec_reading *r)
{
    const rec_ratings *ratings = r->fit->ratings;
    int64_t longest = 0;
    if (ratings->user_times == NULL)
        return true;
    for (int32_t u = 0; u < ratings->n_users; u++)
        longest = rec__user_count(ratings, u) > longest ? rec__user_count(ratings, u) : longest;
    struct moment *moments = rec__allocate(longest, sizeof *moments);
    r->sequence = rec__allocate(ratings->count, sizeof *r->sequence);
    for (int32_t u = 0; moments != NULL && r->sequence != NULL && u < ratings->n_users; u++) {
        int64_t first = ratings->user_start[u], n = rec__user_count(ratings, u);
        for (int64_t j = 0; j < n; j++)
            moments[j] = (struct moment){ratings->user_times[first + j], (int32_t)j};
        rec__sort(moments, n, sizeof *moments, compare_moments);
        for (int64_t j = 0; j < n; j++)
            r->sequence[first + j] = moments[j].place;
    }
    rec__release(moments);
    return moments != NULL && r->sequence != NULL;
}

/* An item of share f of all ratings is kept with probability sqrt(t / f), at most 1 (Mikolov et al. 2013, equation 5). */
double rec__item2vec_kept_share(const rec_ratings *ratings, double threshold, int32_t item)
{
    double share = (double)rec__item_count(ratings, item) / (double)ratings->count;
    return threshold > 0.0 && share > threshold ? sqrt(threshold / share) : 1.0;
}

static bool make_shares(struct rec__item2vec_reading *r)
{
    const rec_ratings *ratings = r->fit->ratings;
    if (r->threshold <= 0.0)
        return true;
    r->kept_share = rec__allocate(ratings->n_items, sizeof *r->kept_share);
    for (int32_t i = 0; r->kept_share != NULL && i < ratings->n_items; i++)
        r->kept_share[i] = rec__item2vec_kept_share(ratings, r->threshold, i);
    return r->kept_share != NULL;
}

/* Ratings over their mean; 0 where they are all alike, or have no mean to be measured by. */
static double scale_of(const struct rec__item2vec_reading *r)
{
    const rec_ratings *ratings = r->fit->ratings;
    bool weighed = r->weighed && ratings->least < ratings->greatest;
    return weighed && rec_ratings_mean(ratings) > 0.0 ? 1.0 / rec_ratings_mean(ratings) : 0.0;
}

rec_status rec__item2vec_reading_start(struct rec__item2vec_reading *r)
{
    const rec_ratings *ratings = r->fit->ratings;
    r->scale = scale_of(r);
    r->read = rec__allocate(ratings->count, sizeof *r->read);
    r->lengths = rec__allocate_zeroed(ratings->n_users, sizeof *r->lengths);
    r->tokens = rec__allocate(ratings->count, sizeof *r->tokens);
    bool made =
        r->read != NULL && r->lengths != NULL && r->tokens != NULL && make_shares(r) && make_sequence(r);
    return made ? REC_OK : REC_ERR_NO_MEMORY;
}

void rec__item2vec_reading_clear(struct rec__item2vec_reading *r)
{
    void *const blocks[] = {r->kept_share, r->sequence, r->read, r->lengths, r->tokens};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        rec__release(blocks[i]);
}
