/* SPDX-License-Identifier: Apache-2.0 */
/* Stores made to fit others: more users and items, the rows of other lists of ids, rows in place of others. */
#include "base/memory.h"
#include "base/status.h"
#include "store/runs.h"

#include <string.h>

/* Offsets of more rows than the base has: the new ones are empty. NULL when there is no memory. */
static int64_t *extend_starts(const int64_t *start, int32_t n_base, int32_t n)
{
    int64_t *extended = rec__allocate((int64_t)n + 1, sizeof *extended);
    if (extended == NULL)
        return NULL;
    memcpy(extended, start, ((size_t)n_base + 1) * sizeof *start);
    for (int64_t row = (int64_t)n_base + 1; row <= n; row++)
        extended[row] = start[n_base];
    return extended;
}

rec_status rec__ratings_extend(rec_ratings **out, const rec_ratings *base, const rec_ids *users,
                               const rec_ids *items)
{
    *out = NULL;
    if (users == base->users && items == base->items) {
        *out = rec_ratings_retain(base);
        return REC_OK;
    }
    rec_ratings *ratings = rec__ratings_create(users, items);
    if (ratings == NULL)
        return REC_ERR_NO_MEMORY;
    ratings->blocks[0] = extend_starts(base->user_start, base->n_users, ratings->n_users);
    ratings->blocks[1] = extend_starts(base->item_start, base->n_items, ratings->n_items);
    ratings->user_start = ratings->blocks[0];
    ratings->item_start = ratings->blocks[1];
    if (ratings->user_start == NULL || ratings->item_start == NULL) {
        rec_ratings_free(ratings);
        return REC_ERR_NO_MEMORY;
    }
    ratings->count = base->count;
    ratings->user_items = base->user_items;
    ratings->user_ratings = base->user_ratings;
    ratings->user_times = base->user_times;
    ratings->item_users = base->item_users;
    ratings->item_ratings = base->item_ratings;
    ratings->mean = base->mean;
    ratings->least = base->least;
    ratings->greatest = base->greatest;
    ratings->base = rec_ratings_retain(base);
    *out = ratings;
    return REC_OK;
}

static rec_status collect_row(struct rec__runs *runs, const rec_row *row, int32_t user,
                              const int32_t *item_map)
{
    rec_status status = REC_OK;
    for (int64_t i = 0; status == REC_OK && user >= 0 && i < row->n; i++) {
        int32_t item = item_map[row->others[i]];
        if (item >= 0)
            status = rec__runs_add(runs, user, item, row->ratings[i],
                                   row->times == NULL ? REC_NO_TIME : row->times[i]);
    }
    return status;
}

static rec_status collect(struct rec__runs *runs, const rec_ratings *from, const struct rec__assembly *to)
{
    int32_t *user_map = rec__ids_map(from->users, to->users),
            *item_map = rec__ids_map(from->items, to->items);
    rec_status status = user_map == NULL || item_map == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    for (int32_t user = 0; status == REC_OK && user < from->n_users; user++) {
        rec_row row;
        status = rec__ratings_sound_row(from, user, &row);
        if (status == REC_OK)
            status = collect_row(runs, &row, user_map[user], item_map);
    }
    rec__release(user_map);
    rec__release(item_map);
    return status;
}

rec_status rec__ratings_align(rec_ratings **out, const rec_ratings *from, const rec_ids *users,
                              const rec_ids *items, int64_t *lost)
{
    *out = NULL;
    if (from->users == users && from->items == items) {
        *lost = 0;
        *out = rec_ratings_retain(from);
        return REC_OK;
    }
    struct rec__runs runs = {0};
    struct rec__assembly assembly = {.users = (rec_ids *)users, .items = (rec_ids *)items};
    rec_status status = collect(&runs, from, &assembly);
    int64_t kept = runs.count;
    assembly.runs = runs.runs;
    assembly.n_runs = runs.n_runs;
    if (status == REC_OK)
        status = rec__ratings_assemble(out, &assembly);
    if (status == REC_OK)
        *lost = from->count - kept;
    rec__runs_clear(&runs);
    return status;
}

/* The pairs of `from` whose user, or item, has none in `but`; NULL: all. */
static rec_status collect_others(struct rec__runs *runs, const rec_ratings *from, const rec_ratings *but,
                                 bool by_items)
{
    rec_status status = REC_OK;
    for (int32_t user = 0; status == REC_OK && user < from->n_users; user++) {
        rec_row row;
        status = rec__ratings_sound_row(from, user, &row);
        bool kept = but == NULL || by_items || rec__user_count(but, user) == 0;
        for (int64_t i = 0; status == REC_OK && kept && i < row.n; i++)
            if (but == NULL || !by_items || rec__item_count(but, row.others[i]) == 0)
                status = rec__runs_add(runs, user, row.others[i], row.ratings[i],
                                       row.times == NULL ? REC_NO_TIME : row.times[i]);
    }
    return status;
}

rec_status rec__ratings_replace(rec_ratings **out, const rec_ratings *base, const rec_ratings *with,
                                bool by_items)
{
    *out = NULL;
    struct rec__runs runs = {0};
    struct rec__assembly assembly = {.users = with->users, .items = with->items};
    rec_status status = collect_others(&runs, base, with, by_items);
    if (status == REC_OK)
        status = collect_others(&runs, with, NULL, by_items);
    assembly.runs = runs.runs;
    assembly.n_runs = runs.n_runs;
    if (status == REC_OK)
        status = rec__ratings_assemble(out, &assembly);
    rec__runs_clear(&runs);
    return status;
}
