/* SPDX-License-Identifier: Apache-2.0 */
/* A store of some of another's ratings, under the same ids. */
#include "base/memory.h"
#include "store/ratings.h"

/* A store's arrays while they are filled. */
struct part {
    rec_ratings *ratings;
    int64_t *start, *times;
    int32_t *items;
    float *values;
};

static rec_status allocate_part(struct part *p, const rec_ratings *from, int64_t count)
{
    p->ratings = rec__ratings_create(from->users, from->items);
    if (p->ratings == NULL)
        return REC_ERR_NO_MEMORY;
    p->ratings->count = count;
    void **blocks = p->ratings->blocks;
    blocks[0] = p->start = rec__allocate((int64_t)from->n_users + 1, sizeof *p->start);
    blocks[1] = p->items = rec__allocate(count, sizeof *p->items);
    blocks[2] = p->values = rec__allocate(count, sizeof *p->values);
    blocks[3] = p->times = from->user_times == NULL ? NULL : rec__allocate(count, sizeof *p->times);
    bool missing = p->start == NULL || p->items == NULL || p->values == NULL ||
                   (from->user_times != NULL && p->times == NULL);
    return missing ? REC_ERR_NO_MEMORY : REC_OK;
}

static void fill_part(struct part *p, const rec_ratings *from, const struct rec__selection *selection)
{
    int64_t at = 0;
    for (int32_t user = 0; user < from->n_users; user++) {
        p->start[user] = at;
        for (int64_t i = from->user_start[user]; i < from->user_start[user + 1]; i++) {
            if (!selection->chosen(selection->context, user, i))
                continue;
            p->items[at] = from->user_items[i];
            p->values[at] = from->user_ratings[i];
            if (p->times != NULL)
                p->times[at] = from->user_times[i];
            at++;
        }
    }
    p->start[from->n_users] = at;
}

/* A part may have none of the ratings that have times. */
static void drop_empty_times(struct part *p)
{
    for (int64_t i = 0; p->times != NULL && i < p->ratings->count; i++)
        if (p->times[i] != REC_NO_TIME)
            return;
    rec__release(p->times);
    p->ratings->blocks[3] = p->times = NULL;
}

int64_t rec__selection_count(const rec_ratings *from, const struct rec__selection *selection)
{
    int64_t count = 0;
    for (int32_t user = 0; user < from->n_users; user++)
        for (int64_t i = from->user_start[user]; i < from->user_start[user + 1]; i++)
            count += selection->chosen(selection->context, user, i);
    return count;
}

rec_status rec__ratings_select(rec_ratings **out, const rec_ratings *from,
                               const struct rec__selection *selection)
{
    struct part p = {0};
    rec_status status = allocate_part(&p, from, selection->count);
    if (status == REC_OK) {
        fill_part(&p, from, selection);
        drop_empty_times(&p);
        p.ratings->user_start = p.start;
        p.ratings->user_items = p.items;
        p.ratings->user_ratings = p.values;
        p.ratings->user_times = p.times;
        status = rec__ratings_complete(p.ratings, 0);
    }
    if (status != REC_OK) {
        rec_ratings_free(p.ratings);
        return status;
    }
    *out = p.ratings;
    return REC_OK;
}
