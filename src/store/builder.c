/* SPDX-License-Identifier: Apache-2.0 */
/* Ratings taken in one at a time or in arrays. A call that fails takes back what it had begun. */
#include "base/memory.h"
#include "base/status.h"
#include "store/read.h"
#include "store/runs.h"

#include <inttypes.h>
#include <math.h>

struct rec_ratings_builder {
    rec_ratings_options options;
    struct rec__id_table users, items;
    struct rec__runs runs;
};

/* What a failed call goes back to. */
struct mark {
    int32_t users, items;
    rec_ids_kind user_kind, item_kind;
    struct rec__runs_mark runs;
};

static struct mark mark_end(const rec_ratings_builder *builder)
{
    return (struct mark){builder->users.count, builder->items.count, builder->users.kind, builder->items.kind,
                         rec__runs_end(&builder->runs)};
}

static void rewind_to(rec_ratings_builder *builder, const struct mark *mark)
{
    rec__id_table_truncate(&builder->users, mark->users);
    rec__id_table_truncate(&builder->items, mark->items);
    builder->users.kind = mark->user_kind;
    builder->items.kind = mark->item_kind;
    rec__runs_rewind(&builder->runs, mark->runs);
}

rec_status rec_ratings_builder_create(rec_ratings_builder **out, const rec_ratings_options *options)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    rec_ratings_options taken;
    rec_status status = rec__ratings_options_take(&taken, options);
    if (status != REC_OK)
        return status;
    rec_ratings_builder *builder = rec__allocate_zeroed(1, sizeof *builder);
    if (builder == NULL)
        return REC_ERR_NO_MEMORY;
    builder->options = taken;
    *out = builder;
    return REC_OK;
}

static void clear_builder(rec_ratings_builder *builder)
{
    rec__id_table_clear(&builder->users);
    rec__id_table_clear(&builder->items);
    rec__runs_clear(&builder->runs);
}

void rec_ratings_builder_free(rec_ratings_builder *builder)
{
    if (builder == NULL)
        return;
    clear_builder(builder);
    rec__release(builder);
}

static rec_status check_rating(const rec_ratings_builder *builder, float rating)
{
    const rec_ratings_options *o = &builder->options;
    if (!isfinite(rating))
        return rec__fail(REC_ERR_INVALID, "rating is %g; a finite number was expected", (double)rating);
    bool any = o->least == 0 && o->greatest == 0;
    if (!any && (rating < o->least || rating > o->greatest))
        return rec__fail(REC_ERR_INVALID, "rating is %g; %g to %g was expected", (double)rating,
                         (double)o->least, (double)o->greatest);
    return REC_OK;
}

/* The first id decides the kind; before it there is none to disagree with. */
static rec_status agree_on_kind(struct rec__id_table *table, rec_ids_kind kind)
{
    if (table->count > 0 && table->kind != kind)
        return rec__fail(REC_ERR_INVALID, "ids are %s; %s was expected, as those this builder has",
                         kind == REC_IDS_TEXT ? "text" : "integers",
                         kind == REC_IDS_TEXT ? "integers" : "text");
    table->kind = kind;
    return REC_OK;
}

static rec_status check_builder(rec_ratings_builder *builder, rec_ids_kind kind)
{
    if (builder == NULL)
        return rec__fail_null("builder");
    rec_status status = agree_on_kind(&builder->users, kind);
    return status == REC_OK ? agree_on_kind(&builder->items, kind) : status;
}

static rec_status check_id(const char *name, const char *id)
{
    if (id == NULL)
        return rec__fail_null(name);
    return *id == '\0' ? rec__fail(REC_ERR_INVALID, "%s is empty; an id was expected", name) : REC_OK;
}

static rec_status add_text(rec_ratings_builder *builder, const char *user, const char *item, float rating,
                           int64_t time)
{
    int32_t user_row, item_row;
    rec_status status = check_id("user", user);
    if (status == REC_OK)
        status = check_id("item", item);
    if (status == REC_OK)
        status = check_rating(builder, rating);
    if (status != REC_OK)
        return status;
    struct mark mark = mark_end(builder);
    status = rec__id_table_add_text(&builder->users, user, (int64_t)strlen(user), &user_row);
    if (status == REC_OK)
        status = rec__id_table_add_text(&builder->items, item, (int64_t)strlen(item), &item_row);
    if (status == REC_OK)
        status = rec__runs_add(&builder->runs, user_row, item_row, rating, time);
    if (status != REC_OK)
        rewind_to(builder, &mark);
    return status;
}

static rec_status add_integers(rec_ratings_builder *builder, int64_t user, int64_t item, float rating,
                               int64_t time)
{
    int32_t user_row, item_row;
    rec_status status = check_rating(builder, rating);
    if (status != REC_OK)
        return status;
    struct mark mark = mark_end(builder);
    status = rec__id_table_add_integer(&builder->users, user, &user_row);
    if (status == REC_OK)
        status = rec__id_table_add_integer(&builder->items, item, &item_row);
    if (status == REC_OK)
        status = rec__runs_add(&builder->runs, user_row, item_row, rating, time);
    if (status != REC_OK)
        rewind_to(builder, &mark);
    return status;
}

rec_status rec_ratings_builder_add(rec_ratings_builder *builder, const char *user, const char *item,
                                   float rating, int64_t time)
{
    rec_status status = check_builder(builder, REC_IDS_TEXT);
    return status == REC_OK ? add_text(builder, user, item, rating, time) : status;
}

rec_status rec_ratings_builder_add_ids(rec_ratings_builder *builder, int64_t user, int64_t item, float rating,
                                       int64_t time)
{
    rec_status status = check_builder(builder, REC_IDS_INTEGER);
    return status == REC_OK ? add_integers(builder, user, item, rating, time) : status;
}

static rec_status check_arrays(rec_ratings_builder *builder, rec_ids_kind kind, const void *users,
                               const void *items, int64_t n)
{
    rec_status status = check_builder(builder, kind);
    if (status != REC_OK)
        return status;
    if (n < 0)
        return rec__fail(REC_ERR_INVALID, "n is %lld; 0 or more was expected", (long long)n);
    return n > 0 && (users == NULL || items == NULL) ? rec__fail_null(users == NULL ? "users" : "items")
                                                     : REC_OK;
}

static rec_status fail_at(rec_status status, int64_t index)
{
    return rec__fail_within(status, "rating %lld of the arrays: ", (long long)index);
}

rec_status rec_ratings_builder_add_array(rec_ratings_builder *builder, const char *const *users,
                                         const char *const *items, const float *ratings, const int64_t *times,
                                         int64_t n)
{
    rec_status status = check_arrays(builder, REC_IDS_TEXT, users, items, n);
    for (int64_t i = 0; status == REC_OK && i < n; i++) {
        status = add_text(builder, users[i], items[i], ratings == NULL ? 1.0f : ratings[i],
                          times == NULL ? REC_NO_TIME : times[i]);
        if (status != REC_OK)
            return fail_at(status, i);
    }
    return status;
}

rec_status rec_ratings_builder_add_ids_array(rec_ratings_builder *builder, const int64_t *users,
                                             const int64_t *items, const float *ratings, const int64_t *times,
                                             int64_t n)
{
    rec_status status = check_arrays(builder, REC_IDS_INTEGER, users, items, n);
    for (int64_t i = 0; status == REC_OK && i < n; i++) {
        status = add_integers(builder, users[i], items[i], ratings == NULL ? 1.0f : ratings[i],
                              times == NULL ? REC_NO_TIME : times[i]);
        if (status != REC_OK)
            return fail_at(status, i);
    }
    return status;
}

/* In order of row, those without ratings too: so the rows of the first store added stay what they are. */
static rec_status add_ids(struct rec__id_table *table, const rec_ids *ids, int32_t *map)
{
    rec_status status = agree_on_kind(table, ids->kind == REC_IDS_TEXT ? REC_IDS_TEXT : REC_IDS_INTEGER);
    for (int32_t row = 0; status == REC_OK && row < ids->count; row++)
        status = rec__id_table_add_id(table, ids, row, &map[row]);
    return status;
}

static rec_status add_rows(rec_ratings_builder *builder, const rec_ratings *ratings, const int32_t *user_map,
                           const int32_t *item_map)
{
    rec_status status = REC_OK;
    for (int32_t user = 0; status == REC_OK && user < ratings->n_users; user++) {
        rec_row row;
        status = rec__ratings_sound_row(ratings, user, &row);
        for (int64_t i = 0; status == REC_OK && i < row.n; i++) {
            status = check_rating(builder, row.ratings[i]);
            if (status == REC_OK)
                status = rec__runs_add(&builder->runs, user_map[user], item_map[row.others[i]],
                                       row.ratings[i], row.times == NULL ? REC_NO_TIME : row.times[i]);
        }
    }
    return status;
}

rec_status rec_ratings_builder_add_ratings(rec_ratings_builder *builder, const rec_ratings *ratings)
{
    if (builder == NULL || ratings == NULL)
        return rec__fail_null(builder == NULL ? "builder" : "ratings");
    struct mark mark = mark_end(builder);
    int32_t *user_map = rec__allocate(ratings->n_users, sizeof *user_map);
    int32_t *item_map = rec__allocate(ratings->n_items, sizeof *item_map);
    rec_status status = user_map == NULL || item_map == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    if (status == REC_OK)
        status = add_ids(&builder->users, ratings->users, user_map);
    if (status == REC_OK)
        status = add_ids(&builder->items, ratings->items, item_map);
    if (status == REC_OK)
        status = add_rows(builder, ratings, user_map, item_map);
    if (status != REC_OK)
        rewind_to(builder, &mark);
    rec__release(user_map);
    rec__release(item_map);
    return status;
}

static rec_status assemble(rec_ratings_builder *builder, struct rec__assembly *assembly, rec_ratings **out)
{
    rec_status status = rec__id_table_lend(&builder->users, &assembly->users);
    if (status == REC_OK)
        status = rec__id_table_lend(&builder->items, &assembly->items);
    return status == REC_OK ? rec__ratings_assemble(out, assembly) : status;
}

rec_status rec_ratings_builder_finish(rec_ratings_builder *builder, rec_ratings **out)
{
    if (builder == NULL || out == NULL)
        return rec__fail_null(builder == NULL ? "builder" : "out");
    *out = NULL;
    if (builder->runs.count == 0)
        return rec__fail(REC_ERR_EMPTY, "nothing was added to the builder; at least one rating was expected");
    struct rec__assembly assembly = {.runs = builder->runs.runs,
                                     .n_runs = builder->runs.n_runs,
                                     .duplicates = builder->options.duplicates,
                                     .threads = builder->options.threads};
    rec_status status = assemble(builder, &assembly, out);
    if (status != REC_OK) {
        rec__id_table_take_back(assembly.users);
        rec__id_table_take_back(assembly.items);
        /* Only a sum that is no float is found after the events have been taken. */
        if (status != REC_ERR_NO_MEMORY)
            clear_builder(builder);
        return status;
    }
    rec__id_table_give(&builder->users);
    rec__id_table_give(&builder->items);
    rec__runs_clear(&builder->runs);
    rec_ids_free(assembly.users);
    rec_ids_free(assembly.items);
    return REC_OK;
}
