/* SPDX-License-Identifier: Apache-2.0 */
/* Popularity with all and by segment, and which rung answers. */
#include "model/ladder.h"
#include "base/memory.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

/* Users that a segment is filled up with, who are like everybody. */
static const double AVERAGE_USERS = 20.0;

static rec_status add_popularity(struct rec__fit *fit)
{
    const rec_ratings *r = fit->ratings;
    float *popularity = rec__arrays_add_floats(fit->arrays, "popularity", r->n_items, 0);
    double users = 0.0;
    if (popularity == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t u = 0; u < r->n_users; u++)
        users += rec__user_count(r, u) > 0;
    for (int32_t i = 0; i < r->n_items; i++)
        popularity[i] = (float)((double)rec__item_count(r, i) / users);
    return REC_OK;
}

/* Segments under way: the users with ratings by feature, and what has been counted of one feature. */
struct counting {
    struct rec__fit *fit;
    int64_t *start; /* features + 2 */
    int32_t *users;
    int32_t *counts; /* of each item, in the present segment */
    int32_t *met;    /* the items that count there, in the order met */
};

static void clear_counting(struct counting *c)
{
    rec__release(c->start);
    rec__release(c->users);
    rec__release(c->counts);
    rec__release(c->met);
}

static rec_status start_counting(struct counting *c, struct rec__fit *fit)
{
    const rec_features *f = fit->user_features;
    *c = (struct counting){.fit = fit,
                           .start = rec__allocate_zeroed((int64_t)f->dimensions + 2, sizeof *c->start),
                           .users = rec__allocate(f->n_values, sizeof *c->users),
                           .counts = rec__allocate_zeroed(fit->ratings->n_items, sizeof *c->counts),
                           .met = rec__allocate(fit->ratings->n_items, sizeof *c->met)};
    if (c->start == NULL || c->users == NULL || c->counts == NULL || c->met == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t u = 0; u < f->count; u++)
        for (int64_t e = f->row_start[u]; rec__user_count(fit->ratings, u) > 0 && e < f->row_start[u + 1];
             e++)
            c->start[f->columns[e] + 2] += f->values[e] != 0.0f;
    for (int32_t k = 0; k < f->dimensions; k++)
        c->start[k + 2] += c->start[k + 1];
    for (int32_t u = 0; u < f->count; u++)
        for (int64_t e = f->row_start[u]; rec__user_count(fit->ratings, u) > 0 && e < f->row_start[u + 1];
             e++)
            if (f->values[e] != 0.0f)
                c->users[c->start[f->columns[e] + 1]++] = u;
    return REC_OK;
}

/* Count the items of feature k's users. Returns how many there are; counts are to be set back to 0. */
static int32_t count_segment(struct counting *c, int32_t k)
{
    const rec_ratings *r = c->fit->ratings;
    int32_t n = 0;
    for (int64_t at = c->start[k]; at < c->start[k + 1]; at++)
        for (int64_t e = r->user_start[c->users[at]]; e < r->user_start[c->users[at] + 1]; e++)
            if (c->counts[r->user_items[e]]++ == 0)
                c->met[n++] = r->user_items[e];
    return n;
}

static rec_status count_segments(struct counting *c)
{
    struct rec__arrays *arrays = c->fit->arrays;
    int32_t features = c->fit->user_features->dimensions;
    int64_t *start = rec__arrays_add_offsets(arrays, "segment_start", (int64_t)features + 1);
    float *rests = rec__arrays_add_floats(arrays, "segment_rests", features, 0);
    if (start == NULL || rests == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t k = 0; k < features; k++) {
        int32_t n = count_segment(c, k);
        for (int32_t j = 0; j < n; j++)
            c->counts[c->met[j]] = 0;
        start[k + 1] = start[k] + n;
        rests[k] = (float)(AVERAGE_USERS / ((double)(c->start[k + 1] - c->start[k]) + AVERAGE_USERS));
    }
    int32_t *items = rec__arrays_add_rows(arrays, "segment_items", start[features]);
    float *shares = rec__arrays_add_floats(arrays, "segment_shares", start[features], 0);
    if (items == NULL || shares == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t k = 0; k < features; k++) {
        int32_t n = count_segment(c, k);
        double users = (double)(c->start[k + 1] - c->start[k]);
        for (int32_t j = 0; j < n; j++) {
            items[start[k] + j] = c->met[j];
            shares[start[k] + j] = (float)((double)c->counts[c->met[j]] / (users + AVERAGE_USERS));
            c->counts[c->met[j]] = 0;
        }
    }
    return REC_OK;
}

/* The features of users who have no ratings; columns NULL: how many there are, as offsets. */
static void collect_attributes(const struct rec__fit *fit, int64_t *start, int32_t *columns)
{
    const rec_features *f = fit->user_features;
    int64_t n = 0;
    for (int32_t u = 0; u < f->count; u++) {
        bool rated = rec__user_count(fit->ratings, u) > 0;
        for (int64_t e = f->row_start[u]; !rated && e < f->row_start[u + 1]; e++) {
            if (f->values[e] != 0.0f && columns != NULL)
                columns[n] = f->columns[e];
            n += f->values[e] != 0.0f;
        }
        start[u + 1] = n;
    }
}

static rec_status add_attributes(struct rec__fit *fit)
{
    int32_t users = fit->user_features->count;
    int64_t *start = rec__arrays_add_offsets(fit->arrays, "attribute_start", (int64_t)users + 1);
    if (start == NULL)
        return REC_ERR_NO_MEMORY;
    collect_attributes(fit, start, NULL);
    int32_t *columns = rec__arrays_add_rows(fit->arrays, "attribute_columns", start[users]);
    if (columns == NULL)
        return REC_ERR_NO_MEMORY;
    collect_attributes(fit, start, columns);
    return REC_OK;
}

rec_status rec__ladder_add(struct rec__fit *fit)
{
    struct counting counting = {0};
    rec_status status = add_popularity(fit);
    if (status != REC_OK || fit->user_features == NULL)
        return status;
    int64_t *features = rec__arrays_add_offsets(fit->arrays, "user_feature_count", 1);
    if (features == NULL)
        return REC_ERR_NO_MEMORY;
    *features = fit->user_features->dimensions;
    if (fit->user_features->dense != NULL)
        return REC_OK;
    status = start_counting(&counting, fit);
    if (status == REC_OK)
        status = count_segments(&counting);
    clear_counting(&counting);
    return status == REC_OK ? add_attributes(fit) : status;
}

static int64_t length_of(const struct rec__result *result, const char *name)
{
    const rec_array *array = rec__arrays_find(&result->arrays, name);
    return array == NULL ? 0 : array->rows;
}

static rec_status bind_map(struct rec__result *result)
{
    struct rec__ladder *ladder = &result->bound.ladder;
    const struct rec__bound *bound = &result->bound;
    int64_t width = bound->factors + (bound->user_biases != NULL);
    const double *lambda = NULL;
    rec_status status =
        rec__bind_array(result, "user_map_lambda", (struct rec__expected){REC_F64, 1, 1, 1}, false, &lambda);
    if (status != REC_OK || lambda == NULL || !isfinite(*lambda) || ladder->features == 0)
        return status;
    status = rec__bind_array(result, "user_map_vectors",
                             (struct rec__expected){REC_F32, 2, ladder->features, width}, true, &ladder->map);
    if (status == REC_OK)
        status = rec__bind_array(result, "user_map_mean", (struct rec__expected){REC_F32, 1, width, 1}, true,
                                 &ladder->map_mean);
    ladder->map_width = (int32_t)width;
    return status;
}

rec_status rec__ladder_bind(struct rec__result *result)
{
    struct rec__ladder *ladder = &result->bound.ladder;
    const int64_t *features = NULL;
    rec_status status = rec__bind_array(result, "user_feature_count",
                                        (struct rec__expected){REC_I64, 1, 1, 1}, false, &features);
    if (status == REC_OK && features != NULL && (*features < 0 || *features > INT32_MAX))
        status = rec__fail(REC_ERR_CORRUPT, "user_feature_count is %lld; 0 to %d was expected",
                           (long long)*features, INT32_MAX);
    ladder->features = status == REC_OK && features != NULL ? *features : 0;
    ladder->segment_entries = length_of(result, "segment_items");
    ladder->attributes = length_of(result, "attribute_columns");
    const struct {
        const char *name;
        struct rec__expected expected;
        void *place;
    } wanted[] = {
        {"popularity", {REC_F32, 1, result->fitted.n_items, 1}, &ladder->popularity},
        {"segment_start", {REC_I64, 1, ladder->features + 1, 1}, &ladder->segment_start},
        {"segment_rests", {REC_F32, 1, ladder->features, 1}, &ladder->segment_rests},
        {"segment_items", {REC_I32, 1, ladder->segment_entries, 1}, &ladder->segment_items},
        {"segment_shares", {REC_F32, 1, ladder->segment_entries, 1}, &ladder->segment_shares},
        {"attribute_start", {REC_I64, 1, (int64_t)result->fitted.n_users + 1, 1}, &ladder->attribute_start},
        {"attribute_columns", {REC_I32, 1, ladder->attributes, 1}, &ladder->attribute_columns},
    };
    for (size_t i = 0; status == REC_OK && i < sizeof wanted / sizeof wanted[0]; i++)
        status = rec__bind_array(result, wanted[i].name, wanted[i].expected, false, wanted[i].place);
    if (status == REC_OK && (ladder->popularity == NULL || ladder->segment_rests == NULL ||
                             ladder->segment_items == NULL || ladder->segment_shares == NULL))
        ladder->segment_start = NULL;
    return status == REC_OK && result->fitted.scorer == REC_SCORER_DOT ? bind_map(result) : status;
}

/* Do scores without a history mean something of their own: a rating, or one number an item, a bias of it at least? */
static bool has_base(const struct rec__result *result)
{
    return (result->fitted.backend->traits & (REC_PREDICTS_RATINGS | REC_BLIND_TO_TASTES)) != 0 ||
           result->fitted.scorer == REC_SCORER_TABLE || result->fitted.scorer == REC_SCORER_BLEND ||
           result->bound.item_biases != NULL;
}

static bool has_segments(const struct rec__result *result)
{
    return result->bound.ladder.segment_start != NULL && result->fitted.scorer != REC_SCORER_BLEND &&
           (result->fitted.backend->traits & (REC_PREDICTS_RATINGS | REC_BLIND_TO_TASTES)) == 0;
}

/* The attributes of a query, or those kept of a user without ratings; a damaged file has none. */
static int64_t attributes_of(const struct rec__result *result, const struct rec__query *query,
                             const int32_t **columns)
{
    const struct rec__ladder *ladder = &result->bound.ladder;
    *columns = query->attributes;
    if (query->user == REC_NEW_USER || ladder->attribute_start == NULL || ladder->attribute_columns == NULL)
        return query->user == REC_NEW_USER ? query->n_attributes : 0;
    int64_t first = ladder->attribute_start[query->user], last = ladder->attribute_start[query->user + 1];
    if (first < 0 || last > ladder->attributes || first > last)
        return 0;
    *columns = ladder->attribute_columns + first;
    return last - first;
}

/* Has a user without ratings a vector all the same, by the map or by the backend itself? */
static bool is_placed(const struct rec__result *result, const struct rec__query *query)
{
    const struct rec__bound *bound = &result->bound;
    if (query->user == REC_NEW_USER)
        return bound->ladder.map != NULL && query->n_attributes > 0;
    return bound->user_norms != NULL && bound->user_norms[query->user] > 0.0f;
}

int32_t rec__ladder_rung(const struct rec__result *result, const struct rec__query *query)
{
    const int32_t *columns;
    if (query->folded && query->history.n > 0)
        return REC_RUNG_HISTORY;
    /* Without the ratings nobody can tell that a user has none. */
    if (query->user != REC_NEW_USER && (result->ratings == NULL || query->history.n > 0))
        return REC_RUNG_KNOWN;
    if (is_placed(result, query))
        return result->bound.ladder.features > 0 ? REC_RUNG_ATTRIBUTES : REC_RUNG_KNOWN;
    return has_segments(result) && attributes_of(result, query, &columns) > 0 ? REC_RUNG_SEGMENT
                                                                              : REC_RUNG_POPULAR;
}

bool rec__ladder_is_popular(const struct rec__result *result, const struct rec__query *query)
{
    return query->rung == REC_RUNG_SEGMENT ||
           (query->rung == REC_RUNG_POPULAR && result->bound.ladder.popularity != NULL && !has_base(result));
}

rec_status rec__ladder_place(const struct rec__result *result, const struct rec__query *query,
                             struct rec__user_state *state)
{
    const struct rec__ladder *ladder = &result->bound.ladder;
    for (int32_t k = 0; k < ladder->map_width; k++) {
        double sum = (double)ladder->map_mean[k];
        for (int64_t a = 0; a < query->n_attributes; a++)
            sum += (query->attribute_values == NULL ? 1.0 : (double)query->attribute_values[a]) *
                   (double)ladder->map[(int64_t)query->attributes[a] * ladder->map_width + k];
        if (k < result->bound.factors)
            state->vector[k] = (float)sum;
        else
            state->bias = sum;
    }
    return REC_OK;
}

/* The mean of what the segments of the attributes like. */
static rec_status add_up_segments(const struct rec__result *result, const struct rec__query *query,
                                  double *totals)
{
    const struct rec__ladder *ladder = &result->bound.ladder;
    int32_t n_items = result->fitted.n_items;
    const int32_t *columns;
    int64_t n = attributes_of(result, query, &columns);
    double rest = 0.0;
    memset(totals, 0, (size_t)n_items * sizeof *totals);
    for (int64_t a = 0; a < n; a++) {
        int64_t k = columns[a];
        int64_t first = k < 0 || k >= ladder->features ? -1 : ladder->segment_start[k];
        if (first < 0 || first > ladder->segment_start[k + 1] ||
            ladder->segment_start[k + 1] > ladder->segment_entries)
            return rec__fail(REC_ERR_CORRUPT, "the segment of feature %lld of the users is damaged",
                             (long long)k);
        rest += (double)ladder->segment_rests[k];
        for (int64_t e = first; e < ladder->segment_start[k + 1]; e++)
            if (ladder->segment_items[e] >= 0 && ladder->segment_items[e] < n_items)
                totals[ladder->segment_items[e]] += (double)ladder->segment_shares[e];
    }
    for (int32_t i = 0; i < n_items; i++)
        totals[i] = (totals[i] + rest * (double)ladder->popularity[i]) / (double)n;
    return REC_OK;
}

static rec_status prepare_popular(const struct rec__result *result, const struct rec__query *query, int64_t n,
                                  rec_workspace *workspace, struct rec__state *state)
{
    (void)n;
    *state = (struct rec__state){.result = result, .divisor = 1.0};
    if (query->rung != REC_RUNG_SEGMENT)
        return REC_OK;
    double *totals =
        rec__scratch(workspace, REC_SCRATCH_SCORES, (int64_t)result->fitted.n_items + 1, sizeof *totals);
    state->totals = totals;
    return totals == NULL ? REC_ERR_NO_MEMORY : add_up_segments(result, query, totals);
}

static double score_popular(const struct rec__state *state, int32_t item)
{
    return state->totals != NULL ? state->totals[item] : (double)state->result->bound.ladder.popularity[item];
}

const struct rec__scorer_ops rec__popularity_scorer = {.prepare = prepare_popular, .score = score_popular};

const struct rec__scorer_ops *rec__query_ops(const struct rec__result *result, const struct rec__query *query)
{
    return rec__ladder_is_popular(result, query) ? &rec__popularity_scorer
                                                 : rec__scorer_ops(result->fitted.scorer);
}
