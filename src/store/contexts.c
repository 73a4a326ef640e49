/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts: making them, matching them with ratings. Files are read in contexts_read.c. */
#include "store/contexts.h"
#include "base/memory.h"
#include "base/status.h"

#include <string.h>

rec_contexts *rec_contexts_retain(const rec_contexts *contexts)
{
    rec_contexts *shared = (rec_contexts *)(uintptr_t)contexts;
    atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return shared;
}

void rec_contexts_free(rec_contexts *contexts)
{
    if (contexts == NULL || atomic_fetch_sub_explicit(&contexts->references, 1, memory_order_acq_rel) != 1)
        return;
    rec_ids_free(contexts->fields);
    rec_ids_free(contexts->values);
    rec_ratings_free(contexts->events);
    rec__release(contexts->value_fields);
    rec__release(contexts->combinations);
    rec__release(contexts);
}

int64_t rec_contexts_count(const rec_contexts *contexts)
{
    return rec_ratings_count(contexts->events);
}

const rec_ids *rec_contexts_fields(const rec_contexts *contexts)
{
    return contexts->fields;
}

const rec_ids *rec_contexts_values(const rec_contexts *contexts)
{
    return contexts->values;
}

/* One name after another of a list with commas. */
static rec_status take_fields(struct rec__id_table *table, const char *list)
{
    rec_status status = REC_OK;
    for (const char *p = list; status == REC_OK; p++) {
        size_t length = strcspn(p, ",");
        int32_t row, before = table->count;
        if (length == 0 || memchr(p, '=', length) != NULL)
            return rec__fail(REC_ERR_INVALID,
                             "fields is \"%s\"; names without \"=\" between commas were expected", list);
        status = rec__id_table_add_text(table, p, (int64_t)length, &row);
        if (status == REC_OK && row < before)
            return rec__fail(REC_ERR_INVALID,
                             "fields is \"%s\", which names \"%.*s\" twice; each once was expected", list,
                             (int)length, p);
        p += length;
        if (*p == '\0')
            break;
    }
    if (status == REC_OK && table->count > REC_CONTEXT_FIELDS_MOST)
        return rec__fail(REC_ERR_INVALID, "fields has %d names; at most %d were expected", table->count,
                         REC_CONTEXT_FIELDS_MOST);
    return status;
}

rec_status rec__contexts_begin(struct rec__context_making *making, const char *fields)
{
    struct rec__id_table table = {.kind = REC_IDS_TEXT};
    *making = (struct rec__context_making){.values.kind = REC_IDS_TEXT, .numbers.kind = REC_IDS_TEXT};
    if (fields == NULL)
        return rec__fail_null("fields");
    making->made = rec__allocate_zeroed(1, sizeof *making->made);
    if (making->made == NULL)
        return REC_ERR_NO_MEMORY;
    atomic_init(&making->made->references, 1);
    rec_status status = take_fields(&table, fields);
    if (status == REC_OK)
        status = rec__id_table_freeze(&table, &making->made->fields);
    if (status == REC_OK)
        status = rec_ratings_builder_create(&making->events, NULL);
    if (status == REC_OK)
        making->made->n_fields = rec_ids_count(making->made->fields);
    rec__id_table_clear(&table);
    return status;
}

void rec__contexts_clear(struct rec__context_making *making)
{
    rec_contexts_free(making->made);
    rec_ratings_builder_free(making->events);
    rec__id_table_clear(&making->values);
    rec__id_table_clear(&making->numbers);
    rec__text_clear(&making->name);
    rec__release(making->value_fields);
}

/* The row of "FIELD=VALUE". */
static rec_status find_value(struct rec__context_making *making, int32_t field,
                             const struct rec__context_value *value, int32_t *row)
{
    struct rec__text *name = &making->name;
    int32_t before = making->values.count;
    int64_t length;
    const char *bytes = rec__ids_bytes(making->made->fields, field, &length);
    name->length = 0;
    rec__text_add(name, bytes, length);
    rec__text_add(name, "=", 1);
    rec__text_add(name, value->bytes, value->length);
    rec_status status = name->status;
    if (status == REC_OK)
        status = rec__grow((void **)(void *)&making->value_fields, &making->value_room, (int64_t)before + 1,
                           sizeof *making->value_fields);
    if (status == REC_OK)
        status = rec__id_table_add_text(&making->values, name->bytes, name->length, row);
    if (status == REC_OK && *row == before)
        making->value_fields[before] = field;
    return status;
}

rec_status rec__contexts_number(struct rec__context_making *making, const struct rec__context_value *values,
                                int32_t *number)
{
    int32_t rows[REC_CONTEXT_FIELDS_MOST], n = making->made->n_fields;
    rec_status status = REC_OK;
    for (int32_t k = 0; status == REC_OK && k < n; k++) {
        rows[k] = -1;
        if (values[k].bytes != NULL && values[k].length > 0)
            status = find_value(making, k, &values[k], &rows[k]);
    }
    if (status == REC_OK)
        status = rec__id_table_add_text(&making->numbers, (const char *)rows,
                                        (int64_t)n * (int64_t)sizeof *rows, number);
    if (status == REC_OK && *number >= REC_CONTEXT_COMBINATIONS_MOST)
        return rec__fail(REC_ERR_RANGE,
                         "the contexts have more than %d different combinations of values; fewer or "
                         "coarser fields were expected",
                         REC_CONTEXT_COMBINATIONS_MOST);
    return status;
}

rec_status rec__contexts_finish(struct rec__context_making *making, rec_contexts **out)
{
    rec_contexts *made = making->made;
    int64_t bytes = (int64_t)making->numbers.count * made->n_fields * (int64_t)sizeof(int32_t);
    made->combinations = rec__allocate(bytes, 1);
    if (made->combinations == NULL)
        return REC_ERR_NO_MEMORY;
    if (bytes > 0)
        memcpy(made->combinations, making->numbers.bytes, (size_t)bytes);
    made->value_fields = making->value_fields;
    making->value_fields = NULL;
    rec_status status = rec__id_table_freeze(&making->values, &made->values);
    if (status == REC_OK)
        status = rec_ratings_builder_finish(making->events, &made->events);
    if (status != REC_OK)
        return status;
    *out = made;
    making->made = NULL;
    return REC_OK;
}

/* Events given as arrays; users and items of one kind, the others NULL. */
struct arrays {
    const char *const *users, *const *items;
    const int64_t *user_numbers, *item_numbers;
    const char *const *values;
    int64_t n;
};

static rec_status add_event(struct rec__context_making *making, const struct arrays *a, int64_t i)
{
    struct rec__context_value values[REC_CONTEXT_FIELDS_MOST];
    int32_t number, n = making->made->n_fields;
    for (int32_t k = 0; k < n; k++) {
        const char *value = a->values[i * n + k];
        values[k] = (struct rec__context_value){value, value == NULL ? 0 : (int64_t)strlen(value)};
    }
    rec_status status = rec__contexts_number(making, values, &number);
    if (status == REC_OK && a->users != NULL)
        status =
            rec_ratings_builder_add(making->events, a->users[i], a->items[i], (float)number, REC_NO_TIME);
    else if (status == REC_OK)
        status = rec_ratings_builder_add_ids(making->events, a->user_numbers[i], a->item_numbers[i],
                                             (float)number, REC_NO_TIME);
    return status == REC_OK ? status : rec__fail_within(status, "event %lld: ", (long long)i);
}

static rec_status from_arrays(rec_contexts **out, const char *fields, const struct arrays *a)
{
    struct rec__context_making making;
    rec_status status = rec__contexts_begin(&making, fields);
    for (int64_t i = 0; status == REC_OK && i < a->n; i++)
        status = add_event(&making, a, i);
    if (status == REC_OK)
        status = rec__contexts_finish(&making, out);
    rec__contexts_clear(&making);
    return status;
}

static rec_status check_arrays(rec_contexts **out, const void *users, const void *items, const void *values,
                               int64_t n)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (users == NULL || items == NULL || values == NULL)
        return rec__fail_null(users == NULL ? "users" : items == NULL ? "items" : "values");
    return n >= 0 ? REC_OK : rec__fail(REC_ERR_INVALID, "n is %lld; a count was expected", (long long)n);
}

rec_status rec_contexts_from_arrays(rec_contexts **out, const char *fields, const char *const *users,
                                    const char *const *items, const char *const *values, int64_t n)
{
    rec_status status = check_arrays(out, users, items, values, n);
    struct arrays a = {.users = users, .items = items, .values = values, .n = n};
    return status == REC_OK ? from_arrays(out, fields, &a) : status;
}

rec_status rec_contexts_from_ids(rec_contexts **out, const char *fields, const int64_t *users,
                                 const int64_t *items, const char *const *values, int64_t n)
{
    rec_status status = check_arrays(out, users, items, values, n);
    struct arrays a = {.user_numbers = users, .item_numbers = items, .values = values, .n = n};
    return status == REC_OK ? from_arrays(out, fields, &a) : status;
}

rec_status rec__contexts_match(const rec_contexts *contexts, const rec_ratings *ratings, int32_t *out)
{
    rec_ratings *events = NULL;
    int64_t lost;
    rec_status status = rec__ratings_align(&events, contexts->events, ratings->users, ratings->items, &lost);
    for (int32_t u = 0; status == REC_OK && u < ratings->n_users; u++)
        for (int64_t e = ratings->user_start[u]; e < ratings->user_start[u + 1]; e++) {
            int64_t place = rec__ratings_find(events, u, ratings->user_items[e]);
            out[e] = place < 0 ? -1 : (int32_t)events->user_ratings[place];
        }
    rec_ratings_free(events);
    return status;
}
