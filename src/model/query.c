/* SPDX-License-Identifier: Apache-2.0 */
/* Checking and resolving queries; scratch memory. */
#include "model/query.h"
#include "model/contexts.h"
#include "model/ladder.h"
#include "base/bitset.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/sort.h"

#include <librec/version.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

void *rec__scratch(rec_workspace *workspace, enum rec__scratch_use use, int64_t count, size_t size)
{
    int64_t bytes;
    if (__builtin_mul_overflow(count, (int64_t)size, &bytes))
        bytes = INT64_MAX;
    if (workspace->blocks[use] != NULL && bytes <= workspace->bytes[use])
        return workspace->blocks[use];
    rec__release(workspace->blocks[use]);
    workspace->bytes[use] = 0;
    workspace->blocks[use] = rec__allocate(bytes, 1);
    if (workspace->blocks[use] != NULL)
        workspace->bytes[use] = bytes;
    return workspace->blocks[use];
}

void rec__scratch_clear(rec_workspace *workspace)
{
    for (int use = 0; use < REC_SCRATCH_COUNT; use++)
        rec__release(workspace->blocks[use]);
    *workspace = (rec_workspace){0};
}

static int compare_rows(const void *a, const void *b)
{
    int32_t first = *(const int32_t *)a, second = *(const int32_t *)b;
    return (first > second) - (first < second);
}

bool rec__filter_admits(const struct rec__filter *filter, int32_t item)
{
    if (filter->barred != NULL && rec__bitset_has(filter->barred, item))
        return false;
    return filter->n_seen == 0 || rec__find_rising(filter->seen, filter->n_seen, item) < 0;
}

/* A caller that is newer than this library may know members that it does not; they must be zero. */
static rec_status check_size(const rec_query *query)
{
    size_t oldest = offsetof(rec_query, workspace) + sizeof query->workspace;
    if (query->size < oldest)
        return rec__fail(REC_ERR_INVALID, "query size is %zu; at least %zu was expected (use REC_QUERY_INIT)",
                         query->size, oldest);
    const char *bytes = (const char *)query;
    for (size_t i = sizeof *query; i < query->size; i++)
        if (bytes[i] != 0)
            return rec__fail(REC_ERR_INVALID,
                             "query sets a member at byte %zu, which librec %s does not know", i,
                             rec_version());
    return REC_OK;
}

static rec_status check_rows(const char *name, const int32_t *rows, int64_t n, int32_t n_items)
{
    if (n < 0 || (n > 0 && rows == NULL))
        return rec__fail(REC_ERR_INVALID,
                         "query.n_%s is %lld with %s rows; a count with that many rows was expected", name,
                         (long long)n, rows == NULL ? "no" : "some");
    for (int64_t i = 0; i < n; i++)
        if (rows[i] < 0 || rows[i] >= n_items)
            return rec__fail(REC_ERR_RANGE, "query.%s[%lld] is %d; an item row from 0 to %d was expected",
                             name, (long long)i, rows[i], n_items - 1);
    return REC_OK;
}

/* Has the caller's struct this member? */
static bool reaches(const rec_query *query, size_t end)
{
    return query != NULL && query->size >= end;
}
#define HAS(query, member) reaches(query, offsetof(rec_query, member) + sizeof(query)->member)

static rec_status check_attributes(const rec_model *model, const rec_query *query)
{
    int64_t features = model->result->bound.ladder.features;
    if (query->n_attributes < 0 || (query->n_attributes > 0 && query->attributes == NULL))
        return rec__fail(REC_ERR_INVALID,
                         "query.n_attributes is %lld with %s columns; a count with that many "
                         "was expected",
                         (long long)query->n_attributes, query->attributes == NULL ? "no" : "some");
    if (query->n_attributes > 0 && features == 0)
        return rec__fail(REC_ERR_UNSUPPORTED, "query.attributes is set, and the model was fitted without "
                                              "features of users");
    for (int64_t i = 0; i < query->n_attributes; i++) {
        if (query->attributes[i] < 0 || query->attributes[i] >= features)
            return rec__fail(REC_ERR_RANGE,
                             "query.attributes[%lld] is %d; a column from 0 to %lld was expected",
                             (long long)i, query->attributes[i], (long long)features - 1);
        if (query->attribute_values != NULL && !isfinite(query->attribute_values[i]))
            return rec__fail(REC_ERR_INVALID,
                             "query.attribute_values[%lld] is %s; a finite number was expected", (long long)i,
                             isnan(query->attribute_values[i]) ? "nan" : "infinite");
    }
    return REC_OK;
}

int32_t *rec__query_rung(const rec_query *query, int64_t index)
{
    return HAS(query, rung) && query->rung != NULL ? query->rung + index : NULL;
}

static rec_status check_factors(const rec_model *model, const float *factors)
{
    for (int32_t i = 0; factors != NULL && i < rec_model_items(model); i++)
        if (!(factors[i] > 0.0f) || !isfinite(factors[i]))
            return rec__fail(REC_ERR_INVALID,
                             "query.item_factors[%d] is %g; a finite number above 0 was expected", i,
                             (double)factors[i]);
    return REC_OK;
}

static rec_status check_query(const rec_model *model, const rec_query *query)
{
    int32_t n_items = rec_model_items(model);
    rec_status status = check_size(query);
    if (status == REC_OK &&
        ((query->flags & ~(uint32_t)(REC_QUERY_WITH_SEEN | REC_QUERY_AT_TIME)) != 0 || query->reserved != 0))
        status = rec__fail(REC_ERR_INVALID, "query.flags is 0x%x; REC_QUERY_ flags were expected",
                           query->reserved != 0 ? query->reserved : query->flags);
    if (status == REC_OK && (query->flags & REC_QUERY_AT_TIME) != 0 && !HAS(query, time))
        status = rec__fail(
            REC_ERR_INVALID,
            "query.flags has REC_QUERY_AT_TIME, and the query's size, %zu, leaves out the time", query->size);
    if (status == REC_OK)
        status = check_rows("only", query->only, query->n_only, n_items);
    if (status == REC_OK)
        status = check_rows("except", query->except, query->n_except, n_items);
    if (status == REC_OK)
        status = check_rows("history", query->history, query->n_history, n_items);
    for (int64_t i = 0; status == REC_OK && query->history_ratings != NULL && i < query->n_history; i++)
        if (!isfinite(query->history_ratings[i]))
            status =
                rec__fail(REC_ERR_INVALID, "query.history_ratings[%lld] is %s; a finite rating was expected",
                          (long long)i, isnan(query->history_ratings[i]) ? "nan" : "infinite");
    if (status == REC_OK && HAS(query, n_attributes))
        status = check_attributes(model, query);
    if (status == REC_OK && HAS(query, n_context))
        status = rec__contexts_check(model->result, query->context, query->n_context);
    if (status == REC_OK && HAS(query, item_factors))
        status = check_factors(model, query->item_factors);
    return status;
}

static rec_status copy_only(struct rec__filter *filter, const rec_query *query, rec_workspace *workspace)
{
    int32_t *only = rec__scratch(workspace, REC_SCRATCH_ONLY, query->n_only, sizeof *only);
    if (only == NULL)
        return REC_ERR_NO_MEMORY;
    if (query->n_only > 0)
        memcpy(only, query->only, (size_t)query->n_only * sizeof *only);
    rec__sort(only, query->n_only, sizeof *only, compare_rows);
    int64_t n = 0;
    for (int64_t i = 0; i < query->n_only; i++)
        if (n == 0 || only[n - 1] != only[i])
            only[n++] = only[i];
    filter->only = only;
    filter->n_only = n;
    return REC_OK;
}

static rec_status mark_excepted(struct rec__filter *filter, const rec_query *query, int32_t n_items,
                                rec_workspace *workspace)
{
    int64_t words = rec__bitset_words(n_items);
    uint64_t *barred = rec__scratch(workspace, REC_SCRATCH_BARRED, words, sizeof *barred);
    if (barred == NULL)
        return REC_ERR_NO_MEMORY;
    memset(barred, 0, (size_t)words * sizeof *barred);
    for (int64_t i = 0; i < query->n_except; i++)
        rec__bitset_add(barred, query->except[i]);
    filter->barred = barred;
    return REC_OK;
}

rec_status rec__query_begin(struct rec__query *out, const rec_model *model, const rec_query *query,
                            rec_workspace *workspace)
{
    *out = (struct rec__query){.user = REC_NEW_USER, .time = REC_NO_TIME, .last = -1};
    if (query == NULL)
        return REC_OK;
    rec_status status = check_query(model, query);
    if (status == REC_OK && (query->flags & REC_QUERY_AT_TIME) != 0)
        out->time = query->time;
    if (status == REC_OK && HAS(query, n_attributes)) {
        out->attributes = query->attributes;
        out->attribute_values = query->attribute_values;
        out->n_attributes = query->n_attributes;
    }
    if (status == REC_OK && HAS(query, n_context)) {
        out->given = query->context;
        out->n_given = (int32_t)query->n_context;
    }
    if (status == REC_OK && HAS(query, item_factors))
        out->factors = query->item_factors;
    if (status == REC_OK && query->only != NULL)
        status = copy_only(&out->filter, query, workspace);
    if (status == REC_OK && query->n_except > 0)
        status = mark_excepted(&out->filter, query, rec_model_items(model), workspace);
    return status;
}

struct rated {
    int32_t item;
    float rating;
};

static int compare_rated(const void *a, const void *b)
{
    const struct rated *first = a, *second = b;
    return (first->item > second->item) - (first->item < second->item);
}

/* The caller's history in rising order of items, as stored ones are, so that both are summed in the same
 * order. */
static rec_status sort_history(struct rec__history *out, const rec_model *model, const rec_query *query,
                               rec_workspace *workspace)
{
    int64_t n = query->n_history;
    struct rated *pairs = rec__scratch(workspace, REC_SCRATCH_SCORES, n, sizeof *pairs);
    int32_t *items = rec__scratch(workspace, REC_SCRATCH_HISTORY, n, sizeof *items);
    float *ratings = rec__scratch(workspace, REC_SCRATCH_HISTORY_RATINGS, n, sizeof *ratings);
    if (pairs == NULL || items == NULL || ratings == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t i = 0; i < n; i++) {
        pairs[i].item = query->history[i];
        pairs[i].rating =
            query->history_ratings == NULL ? model->result->greatest : query->history_ratings[i];
    }
    rec__sort(pairs, n, sizeof *pairs, compare_rated);
    for (int64_t i = 0; i < n; i++) {
        if (i > 0 && pairs[i].item == pairs[i - 1].item)
            return rec__fail(REC_ERR_INVALID,
                             "query.history names item row %d twice; distinct items were expected",
                             pairs[i].item);
        items[i] = pairs[i].item;
        ratings[i] = pairs[i].rating;
    }
    *out = (struct rec__history){items, ratings, n, NULL};
    return REC_OK;
}

/* Row of the training ratings, checked as it may lie in a damaged file; empty when they were not saved. */
static rec_status stored_history(const rec_ratings *ratings, int32_t user, struct rec__history *history)
{
    rec_row row;
    *history = (struct rec__history){0};
    if (ratings == NULL || user == REC_NEW_USER)
        return REC_OK;
    rec_status status = rec__ratings_sound_row(ratings, user, &row);
    if (status == REC_OK)
        *history = (struct rec__history){row.others, row.ratings, row.n, row.times};
    return status;
}

/* What was rated before and what the caller's history adds to it, in rising order. */
static rec_status unite_seen(struct rec__filter *filter, const struct rec__history *stored,
                             const struct rec__history *given, rec_workspace *workspace)
{
    int32_t *seen = rec__scratch(workspace, REC_SCRATCH_SEEN, stored->n + given->n, sizeof *seen);
    if (seen == NULL)
        return REC_ERR_NO_MEMORY;
    int64_t n = 0;
    for (int64_t i = 0, j = 0; i < stored->n || j < given->n;) {
        bool from_stored = j == given->n || (i < stored->n && stored->items[i] <= given->items[j]);
        seen[n++] = from_stored ? stored->items[i++] : given->items[j++];
    }
    filter->seen = seen;
    filter->n_seen = n;
    return REC_OK;
}

rec_status rec__query_set_user(struct rec__query *out, const rec_model *model, int32_t user,
                               const rec_query *query, bool ranking, rec_workspace *workspace)
{
    const struct rec__result *result = model->result;
    if (user != REC_NEW_USER && (user < 0 || user >= result->fitted.n_users))
        return rec__fail(REC_ERR_RANGE, "user is %d; a row from 0 to %d, or REC_NEW_USER, was expected", user,
                         result->fitted.n_users - 1);
    bool leave_out = ranking && (query == NULL || (query->flags & REC_QUERY_WITH_SEEN) == 0);
    if (leave_out && user != REC_NEW_USER && result->ratings == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "the model was saved without its ratings, so what user %d has rated cannot be "
                         "left out; REC_QUERY_WITH_SEEN was expected",
                         user);
    struct rec__history stored;
    rec_status status = stored_history(result->ratings, user, &stored);
    if (status != REC_OK)
        return status;
    out->user = user;
    out->history = stored;
    out->folded = query != NULL && query->history != NULL;
    out->filter.seen = leave_out ? stored.items : NULL;
    out->filter.n_seen = leave_out ? stored.n : 0;
    if (out->folded) {
        out->last = query->n_history > 0 ? query->history[query->n_history - 1] : -1;
        status = sort_history(&out->history, model, query, workspace);
    }
    if (status == REC_OK && out->folded && leave_out)
        status = unite_seen(&out->filter, &stored, &out->history, workspace);
    out->rung = rec__ladder_rung(result, out);
    return status;
}

rec_status rec__query_set_history(struct rec__query *out, const rec_model *model, int32_t user,
                                  const struct rec__told *told, rec_workspace *workspace)
{
    struct rec__history stored, given;
    rec_status status = stored_history(model->result->ratings, user, &stored);
    if (status == REC_OK)
        status = stored_history(told->histories, told->row, &given);
    if (status != REC_OK)
        return status;
    out->user = user;
    out->history = given;
    out->folded = true;
    out->filter.seen = stored.n == 0 ? given.items : stored.items;
    out->filter.n_seen = stored.n + given.n;
    out->rung = rec__ladder_rung(model->result, out);
    return stored.n == 0 || given.n == 0 ? REC_OK : unite_seen(&out->filter, &stored, &given, workspace);
}

rec_status rec__query_tell(struct rec__query *out, const rec_model *model, int32_t user,
                           const struct rec__told *told, rec_workspace *workspace)
{
    if (told->given != NULL) {
        out->given = told->given;
        out->n_given = told->n_given;
    }
    return told->histories == NULL ? rec__query_set_user(out, model, user, NULL, false, workspace)
                                   : rec__query_set_history(out, model, user, told, workspace);
}
