/* SPDX-License-Identifier: Apache-2.0 */
/* Given contexts: numbered for a fit, and found again in a fitted model. */
#include "model/contexts.h"
#include "base/memory.h"
#include "base/status.h"

#include <string.h>

void rec__context_rows_clear(struct rec__context_rows *rows)
{
    rec__release(rows->rows);
    rec__release(rows->sizes);
    rec__release(rows->validation);
    rec_ids_free(rows->names);
}

/* Which values are of a rating of the fit: their places within their field; -1: of none. Returns a new array, NULL without memory. */
static int32_t *find_used(const rec_contexts *c, const int32_t *numbers, int64_t n)
{
    int32_t n_values = rec_ids_count(c->values);
    int32_t *places = rec__allocate(n_values, sizeof *places);
    for (int32_t v = 0; places != NULL && v < n_values; v++)
        places[v] = -1;
    for (int64_t e = 0; places != NULL && e < n; e++)
        for (int32_t k = 0; numbers[e] >= 0 && k < c->n_fields; k++) {
            int32_t value = c->combinations[(int64_t)numbers[e] * c->n_fields + k];
            if (value >= 0)
                places[value] = 0;
        }
    return places;
}

/* Number the used values field after field, in the order in which they were met. */
static rec_status name_used(struct rec__context_rows *out, const rec_contexts *c, int32_t *places)
{
    struct rec__id_table names = {.kind = REC_IDS_TEXT};
    rec_status status = REC_OK;
    for (int32_t k = 0; k < c->n_fields; k++)
        for (int32_t v = 0; status == REC_OK && v < rec_ids_count(c->values); v++) {
            int32_t row;
            if (c->value_fields[v] != k || places[v] < 0)
                continue;
            places[v] = out->sizes[k]++;
            status = rec__id_table_add_id(&names, c->values, v, &row);
        }
    if (status == REC_OK && names.count == 0)
        status = rec__fail(REC_ERR_EMPTY, "none of the %lld contexts is of a user and an item of the ratings",
                           (long long)rec_contexts_count(c));
    if (status == REC_OK)
        status = rec__id_table_freeze(&names, &out->names);
    rec__id_table_clear(&names);
    return status;
}

/* The places of the values of n ratings with these combinations, -1 where there is none: a new array, NULL without memory. */
static int32_t *place_all(const rec_contexts *c, const int32_t *numbers, int64_t n, const int32_t *places)
{
    int32_t *rows = rec__allocate(n * c->n_fields, sizeof *rows);
    for (int64_t e = 0; rows != NULL && e < n; e++)
        for (int32_t k = 0; k < c->n_fields; k++) {
            int32_t value = numbers[e] < 0 ? -1 : c->combinations[(int64_t)numbers[e] * c->n_fields + k];
            rows[e * c->n_fields + k] = value < 0 ? -1 : places[value];
        }
    return rows;
}

static rec_status number_all(int32_t **numbers, const rec_contexts *contexts, const rec_ratings *ratings)
{
    *numbers = rec__allocate(ratings->count, sizeof **numbers);
    return *numbers == NULL ? REC_ERR_NO_MEMORY : rec__contexts_match(contexts, ratings, *numbers);
}

static rec_status gather_validation(struct rec__context_rows *out, const rec_contexts *contexts,
                                    const rec_ratings *validation, const int32_t *places)
{
    int32_t *numbers = NULL;
    rec_status status = number_all(&numbers, contexts, validation);
    if (status == REC_OK)
        out->of.validation = out->validation = place_all(contexts, numbers, validation->count, places);
    rec__release(numbers);
    return status == REC_OK && out->validation == NULL ? REC_ERR_NO_MEMORY : status;
}

rec_status rec__contexts_gather(struct rec__context_rows *out, const rec_contexts *contexts,
                                const rec_ratings *ratings, const rec_ratings *validation)
{
    int32_t *numbers = NULL, *places = NULL;
    out->sizes = rec__allocate_zeroed(contexts->n_fields, sizeof *out->sizes);
    rec_status status = out->sizes == NULL ? REC_ERR_NO_MEMORY : number_all(&numbers, contexts, ratings);
    if (status == REC_OK && (places = find_used(contexts, numbers, ratings->count)) == NULL)
        status = REC_ERR_NO_MEMORY;
    if (status == REC_OK)
        status = name_used(out, contexts, places);
    if (status == REC_OK && (out->rows = place_all(contexts, numbers, ratings->count, places)) == NULL)
        status = REC_ERR_NO_MEMORY;
    out->of = (struct rec__fit_contexts){contexts->n_fields, out->sizes, out->rows, NULL};
    if (status == REC_OK && validation != NULL)
        status = gather_validation(out, contexts, validation, places);
    rec__release(numbers);
    rec__release(places);
    return status;
}

/* Has the model values of this field? names: its context names. */
static bool has_field(const rec_ids *names, const char *field, int64_t length)
{
    for (int32_t row = 0; row < rec_ids_count(names); row++) {
        int64_t n = 0;
        const char *name = rec__ids_bytes(names, row, &n);
        if (name != NULL && n > length && name[length] == '=' && memcmp(name, field, (size_t)length) == 0)
            return true;
    }
    return false;
}

/* "device, place": the fields of a model, for sentences. */
static void list_fields(struct rec__text *text, const rec_ids *names)
{
    const char *before = NULL;
    int64_t before_length = 0;
    for (int32_t row = 0; row < rec_ids_count(names); row++) {
        int64_t n = 0;
        const char *name = rec__ids_bytes(names, row, &n);
        const char *equals = name == NULL ? NULL : memchr(name, '=', (size_t)n);
        if (equals == NULL ||
            (before_length == equals - name && memcmp(before, name, (size_t)before_length) == 0))
            continue;
        if (before != NULL)
            rec__text_add(text, ", ", 2);
        rec__text_add(text, name, equals - name);
        before = name;
        before_length = equals - name;
    }
}

static rec_status fail_field(const rec_ids *names, const char *field, int64_t length)
{
    struct rec__text known = {0};
    list_fields(&known, names);
    rec_status status =
        rec__fail(REC_ERR_NOT_FOUND, "the model has learned of no context \"%.*s\"; one of %s was expected",
                  (int)length, field, known.bytes == NULL ? "" : known.bytes);
    rec__text_clear(&known);
    return status;
}

static rec_status fail_without(const rec_model *model)
{
    return rec__fail(REC_ERR_UNSUPPORTED, "a context is given, and the \"%s\" model was fitted without any",
                     model->backend->name);
}

/* The model's row of each value; -1: unseen. NULL after a failure. */
static rec_status map_values(int32_t **out, const rec_model *model, const rec_contexts *contexts)
{
    const rec_ids *names = model->result->context_names;
    if (names == NULL)
        return fail_without(model);
    for (int32_t k = 0; k < contexts->n_fields; k++) {
        int64_t length = 0;
        const char *field = rec__ids_bytes(contexts->fields, k, &length);
        if (!has_field(names, field, length))
            return fail_field(names, field, length);
    }
    *out = rec__ids_map(contexts->values, names);
    return *out == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

static void fill_rows(const struct rec__given *given, const rec_contexts *c, const int32_t *map,
                      const int32_t *numbers, int64_t n)
{
    for (int64_t e = 0; e < n; e++)
        for (int32_t k = 0; k < c->n_fields; k++) {
            int32_t value = numbers[e] < 0 ? -1 : c->combinations[(int64_t)numbers[e] * c->n_fields + k];
            given->rows[e * c->n_fields + k] = value < 0 ? -1 : map[value];
        }
}

/* Combinations of n events, found by the caller, as rows. numbers: released. */
static rec_status give(struct rec__given *out, const rec_model *model, const rec_contexts *contexts,
                       int32_t *numbers, int64_t n)
{
    int32_t *map = NULL;
    rec_status status = map_values(&map, model, contexts);
    *out = (struct rec__given){NULL, contexts->n_fields};
    if (status == REC_OK) {
        out->rows = rec__allocate(n * contexts->n_fields, sizeof *out->rows);
        status = out->rows == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    }
    if (status == REC_OK)
        fill_rows(out, contexts, map, numbers, n);
    rec__release(map);
    rec__release(numbers);
    return status;
}

rec_status rec__given_of(struct rec__given *out, const rec_model *model, const rec_contexts *contexts,
                         const rec_ratings *ratings)
{
    int32_t *numbers = rec__allocate(ratings->count, sizeof *numbers);
    *out = (struct rec__given){0};
    rec_status status = numbers == NULL ? REC_ERR_NO_MEMORY : rec__contexts_match(contexts, ratings, numbers);
    if (status == REC_OK)
        return give(out, model, contexts, numbers, ratings->count);
    rec__release(numbers);
    return status;
}

rec_status rec__given_of_pairs(struct rec__given *out, const rec_model *model, const rec_contexts *contexts,
                               const int32_t *users, const int32_t *items, int64_t n)
{
    rec_ratings *events = NULL;
    int64_t lost;
    int32_t *numbers = rec__allocate(n, sizeof *numbers);
    *out = (struct rec__given){0};
    rec_status status = numbers == NULL ? REC_ERR_NO_MEMORY
                                        : rec__ratings_align(&events, contexts->events, model->result->users,
                                                             model->result->items, &lost);
    for (int64_t i = 0; status == REC_OK && i < n; i++) {
        int64_t place = users[i] < 0 || items[i] < 0 ? -1 : rec__ratings_find(events, users[i], items[i]);
        numbers[i] = place < 0 ? -1 : (int32_t)events->user_ratings[place];
    }
    rec_ratings_free(events);
    if (status == REC_OK)
        return give(out, model, contexts, numbers, n);
    rec__release(numbers);
    return status;
}

rec_status rec__contexts_check(const struct rec__result *result, const int32_t *rows, int64_t n)
{
    const struct rec__context *context = &result->bound.context;
    int32_t n_names = result->context_names == NULL ? 0 : rec_ids_count(result->context_names);
    if (n < 0 || (n > 0 && rows == NULL))
        return rec__fail(REC_ERR_INVALID,
                         "query.n_context is %lld with %s rows; a count with that many was expected",
                         (long long)n, rows == NULL ? "no" : "some");
    if (n > 0 && n_names == 0)
        return rec__fail(REC_ERR_UNSUPPORTED, "query.context is set, and the model was fitted without any");
    for (int64_t i = 0; i < n; i++)
        if (rows[i] < 0 || rows[i] >= n_names)
            return rec__fail(REC_ERR_RANGE, "query.context[%lld] is %d; a row from 0 to %d was expected",
                             (long long)i, rows[i], n_names - 1);
    for (int64_t i = 1; i < n; i++)
        for (int64_t j = 0; j < i; j++)
            if (rec__context_field(context, rows[i]) == rec__context_field(context, rows[j]))
                return rec__fail(REC_ERR_INVALID,
                                 "query.context names rows %d and %d of one field; one value of each was "
                                 "expected",
                                 rows[j], rows[i]);
    return REC_OK;
}

rec_status rec__contexts_check_names(const struct rec__result *result)
{
    const struct rec__context *context = &result->bound.context;
    int32_t names = result->context_names == NULL ? 0 : rec_ids_count(result->context_names);
    int32_t given = context->given < 0 ? 0 : context->rows - context->given;
    return names == given
               ? REC_OK
               : rec__fail(REC_ERR_CORRUPT, "there are %d names of contexts; %d were expected", names, given);
}

/* One FIELD=VALUE. row: -1 where the value is unseen. */
static rec_status find_one(const rec_ids *names, const char *text, int64_t length, int32_t *row)
{
    const char *equals = memchr(text, '=', (size_t)length);
    if (equals == NULL || equals == text)
        return rec__fail(REC_ERR_INVALID, "\"%.*s\" is no context; FIELD=VALUE was expected", (int)length,
                         text);
    *row = rec__ids_row(names, text, length);
    return *row >= 0 || has_field(names, text, equals - text) ? REC_OK
                                                              : fail_field(names, text, equals - text);
}

rec_status rec_model_find_context(const rec_model *model, const char *text, int32_t *rows, int32_t capacity,
                                  int32_t *n)
{
    rec_status status = rec__model_check_fitted(model);
    if (status != REC_OK)
        return status;
    if (text == NULL || rows == NULL || n == NULL)
        return rec__fail_null(text == NULL ? "text" : rows == NULL ? "rows" : "n");
    if (model->result->context_names == NULL)
        return fail_without(model);
    *n = 0;
    for (const char *p = text;; p++) {
        size_t length = strcspn(p, ",");
        int32_t row = -1;
        status = find_one(model->result->context_names, p, (int64_t)length, &row);
        if (status != REC_OK)
            return status;
        if (row >= 0 && *n == capacity)
            return rec__fail(REC_ERR_INVALID, "capacity is %d; \"%s\" has more values", capacity, text);
        if (row >= 0)
            rows[(*n)++] = row;
        p += length;
        if (*p == '\0')
            return REC_OK;
    }
}

const rec_ids *rec_model_context_names(const rec_model *model)
{
    return model->result == NULL ? NULL : model->result->context_names;
}

rec_status rec_model_set_contexts(rec_model *model, const rec_contexts *contexts)
{
    if (model == NULL)
        return rec__fail_null("model");
    rec_contexts *kept = contexts == NULL ? NULL : rec_contexts_retain(contexts);
    rec_contexts_free(model->contexts);
    model->contexts = kept;
    return REC_OK;
}
