/* SPDX-License-Identifier: Apache-2.0 */
/* The segments of a field-aware factorization machine. */
#include "backends/fm_fields.h"
#include "backends/normal.h"
#include "base/random.h"
#include "base/status.h"
#include "kernels/kernels.h"

#include <string.h>

/* Segments listed one after another; pairs NULL: only counted. */
struct list {
    int32_t *pairs;
    int64_t n;
};

static void add(struct list *list, int32_t a, int32_t b)
{
    if (list->pairs != NULL) {
        list->pairs[2 * list->n] = a;
        list->pairs[2 * list->n + 1] = b;
    }
    list->n++;
}

/* A field with all contexts from the first. */
static void add_contexts(struct list *list, const struct rec__fm_inputs *in, int32_t field, int32_t first)
{
    for (int32_t k = first; k < in->contexts; k++)
        add(list, field, REC_FM_CONTEXT_FIELD + k);
}

/* Products of the user's side within itself but for those of the users' own vectors. */
static void add_within(struct list *list, const struct rec__fm_inputs *in)
{
    if (in->features[REC_FM_ITEMS])
        add(list, REC_FM_FEATURE_FIELD + REC_FM_ITEMS, REC_FM_FEATURE_FIELD + REC_FM_ITEMS);
    if (in->features[REC_FM_USERS]) {
        add(list, REC_FM_FEATURE_FIELD + REC_FM_USERS, REC_FM_FEATURE_FIELD + REC_FM_USERS);
        add_contexts(list, in, REC_FM_FEATURE_FIELD + REC_FM_USERS, 0);
    }
    for (int32_t k = 0; k < in->contexts; k++)
        add_contexts(list, in, REC_FM_CONTEXT_FIELD + k, k + 1);
}

/*
 * In an order in which all of the items, up to the users' with them, and then all of the users lie side by side. A side without identity has no field of its
 * own, unless it has nothing else.
 */
static void list_pairs(struct list *list, const struct rec__fm_inputs *in)
{
    const int32_t user_features = REC_FM_FEATURE_FIELD + REC_FM_USERS,
                  item_features = REC_FM_FEATURE_FIELD + REC_FM_ITEMS;
    bool users = in->identity[REC_FM_USERS] || !in->features[REC_FM_USERS],
         items = in->identity[REC_FM_ITEMS] || !in->features[REC_FM_ITEMS];
    if (in->all && items && in->features[REC_FM_ITEMS])
        add(list, REC_FM_ITEMS, item_features);
    if (items && in->features[REC_FM_USERS])
        add(list, user_features, REC_FM_ITEMS);
    if (items)
        add_contexts(list, in, REC_FM_ITEMS, 0);
    if (items && users)
        add(list, REC_FM_USERS, REC_FM_ITEMS);
    if (in->all && users && in->features[REC_FM_USERS])
        add(list, REC_FM_USERS, user_features);
    if (in->all && users)
        add_contexts(list, in, REC_FM_USERS, 0);
    if (in->features[REC_FM_ITEMS] && users)
        add(list, REC_FM_USERS, item_features);
    if (in->features[REC_FM_ITEMS] && in->features[REC_FM_USERS])
        add(list, user_features, item_features);
    if (in->features[REC_FM_ITEMS])
        add_contexts(list, in, item_features, 0);
    if (in->all)
        add_within(list, in);
}

int64_t rec__fm_fields_count(const struct rec__fm_inputs *in)
{
    struct list list = {0};
    if (!in->aware)
        return 1;
    list_pairs(&list, in);
    return list.n;
}

rec_status rec__fm_fields_make(struct rec__fm_fields *fields, const struct rec__fm_inputs *in,
                               struct rec__arrays *arrays)
{
    int64_t n = rec__fm_fields_count(in);
    *fields = (struct rec__fm_fields){.factors = in->factors,
                                      .n = 1,
                                      .width = in->factors,
                                      .identity = {in->identity[0], in->identity[1]},
                                      .all = in->all,
                                      .by_numbers = in->by_numbers};
    if (!in->aware)
        return REC_OK;
    if (n * in->factors > REC_FM_WIDTH_MOST)
        return rec__fail(
            REC_ERR_RANGE,
            "factors is %d for each of %lld pairs of fields; at most %d numbers in all were expected",
            in->factors, (long long)n, REC_FM_WIDTH_MOST);
    fields->n = (int32_t)n;
    fields->width = fields->n * in->factors;
    struct list list = {.pairs = rec__arrays_add_rows(arrays, "field_pairs", 2 * n)};
    fields->pairs = list.pairs;
    if (list.pairs == NULL)
        return REC_ERR_NO_MEMORY;
    list_pairs(&list, in);
    return REC_OK;
}

struct rec__fm_fields rec__fm_fields_of(const struct rec__arrays *arrays, int32_t factors)
{
    const rec_array *pairs = rec__arrays_find(arrays, "field_pairs");
    int32_t n = pairs == NULL ? 1 : (int32_t)(pairs->rows / 2);
    return (struct rec__fm_fields){
        .factors = factors, .n = n, .width = n * factors, .pairs = pairs == NULL ? NULL : pairs->data};
}

/* The first segment of a field and how far its last lies from it. */
static struct rec__pairs_part part_of(const struct rec__fm_fields *fields, int32_t a, int32_t b)
{
    int32_t first = fields->n, last = -1;
    for (int32_t s = 0; s < fields->n; s++)
        if (rec__fm_has(fields, s, a) &&
            (b < 0 || (fields->pairs[2 * s] == b && fields->pairs[2 * s + 1] == b))) {
            first = s < first ? s : first;
            last = s;
        }
    if (last < 0)
        return (struct rec__pairs_part){0, 0, fields->width};
    return (struct rec__pairs_part){first * fields->factors, (last + 1 - first) * fields->factors,
                                    fields->width};
}

struct rec__pairs_part rec__fm_own_part(const struct rec__fm_fields *fields, int side)
{
    struct rec__pairs_part part = part_of(fields, side, -1);
    return part.n > 0 ? part : (struct rec__pairs_part){0, fields->width, fields->width};
}

struct rec__pairs_part rec__fm_inner_part(const struct rec__fm_fields *fields, int side)
{
    if (fields->pairs == NULL)
        return (struct rec__pairs_part){0, fields->all ? fields->width : 0, fields->width};
    return part_of(fields, REC_FM_FEATURE_FIELD + side, REC_FM_FEATURE_FIELD + side);
}

rec_status rec__fm_fields_check(const struct rec__arrays *arrays, int32_t factors, bool aware)
{
    const rec_array *pairs = rec__arrays_find(arrays, "field_pairs");
    int64_t n = pairs == NULL ? 1 : pairs->rows / 2;
    rec_status status =
        rec__arrays_check(arrays, "field_pairs", (struct rec__expected){REC_I32, 1, 2 * n, 1}, aware);
    if (status != REC_OK || pairs == NULL)
        return status;
    if (n < 1 || n * factors > REC_FM_WIDTH_MOST)
        return rec__fail(REC_ERR_CORRUPT, "field_pairs has %lld pairs; 1 to %d were expected", (long long)n,
                         REC_FM_WIDTH_MOST / factors);
    struct rec__fm_fields fields = rec__fm_fields_of(arrays, factors);
    for (int side = 0; side < REC_FM_SIDES; side++) {
        int32_t count = 0, spread = part_of(&fields, side, -1).n / factors;
        for (int32_t s = 0; s < fields.n; s++)
            count += rec__fm_has(&fields, s, side);
        if (count != spread)
            return rec__fail(REC_ERR_CORRUPT,
                             "field_pairs has %d pairs of field %d that reach over %d; pairs side by side "
                             "were expected",
                             count, side, spread);
    }
    return REC_OK;
}

int32_t rec__fm_keep(const struct rec__fm_fields *fields, int32_t field, float *row)
{
    int32_t kept = fields->width;
    for (int32_t s = 0; s < fields->n; s++)
        if (!rec__fm_has(fields, s, field)) {
            memset(row + (int64_t)s * fields->factors, 0, (size_t)fields->factors * sizeof *row);
            kept -= fields->factors;
        }
    return kept;
}

/*
 * Two vectors that multiply must not both begin at 0, where neither has a slope. Own vectors begin at random, and what meets them at 0, so that it says
 * nothing before it has been learned; features do where they meet anything else, and of two fields of context the first. By coordinate descent, which makes
 * of a number the best that its partners allow, all do.
 */
static bool begins_at_random(const struct rec__fm_fields *fields, int32_t segment, int32_t field)
{
    if (!rec__fm_has(fields, segment, field))
        return false;
    if (field < REC_FM_FEATURE_FIELD)
        return fields->identity[field];
    if (field < REC_FM_CONTEXT_FIELD && !fields->identity[field - REC_FM_FEATURE_FIELD])
        return true;
    if (fields->pairs == NULL)
        return false;
    if (fields->by_numbers)
        return true;
    const int32_t *pair = fields->pairs + 2 * (int64_t)segment;
    int32_t other = pair[0] == field ? pair[1] : pair[0];
    if (field < REC_FM_CONTEXT_FIELD)
        return other >= REC_FM_FEATURE_FIELD || !fields->identity[other];
    return other >= REC_FM_CONTEXT_FIELD && field == pair[0];
}

void rec__fm_draw(const struct rec__fm_fields *fields, int32_t field, const struct rec__fit *fit, int32_t row,
                  float *numbers)
{
    static const uint64_t own[REC_FM_SIDES] = {REC_STREAM_USERS, REC_STREAM_ITEMS};
    uint64_t stream = field < REC_FM_FEATURE_FIELD
                          ? own[field]
                          : REC_STREAM_POINTS | (uint64_t)(field - REC_FM_FEATURE_FIELD) << 8;
    float deviation = (float)fit->parameters[REC_PAIRS_INIT];
    int32_t last = -1;
    for (int32_t s = 0; s < fields->n; s++)
        last = begins_at_random(fields, s, field) ? s : last;
    if (last < 0)
        return;
    rec__normal_row(fit->seed, stream, (uint64_t)row, deviation, numbers, (last + 1) * fields->factors);
    for (int32_t s = 0; s < last; s++)
        if (!begins_at_random(fields, s, field))
            memset(numbers + (int64_t)s * fields->factors, 0, (size_t)fields->factors * sizeof *numbers);
}
