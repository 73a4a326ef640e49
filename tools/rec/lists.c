/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of items, in and out. */
#include "lists.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inputs.h"
#include "report.h"
#include "text.h"

static void add_row(struct item_list *list, int32_t row)
{
    list->rows = grow(list->rows, (size_t)list->n, sizeof *list->rows);
    list->rows[list->n++] = row;
}

int item_list_read(struct item_list *list, const rec_model *model, const char *path, int strict)
{
    char *text, *line;
    size_t size;
    int number = 0, status = read_file(&text, &size, path);
    if (status)
        return status;
    *list = (struct item_list){.rows = allocate(1, sizeof *list->rows)};
    for (char *rest = text; !status && (line = next_line(&rest));) {
        int32_t row;
        number++;
        if (!*line)
            continue;
        if (rec_ids_find(rec_model_item_ids(model), line, &row) == REC_OK)
            add_row(list, row);
        else if (strict)
            status = fail("%s:%d: item \"%s\" is not among the items of the model", path, number, line);
    }
    free(text);
    if (status)
        item_list_free(list);
    return status;
}

/* One "ITEM" or "ITEM=RATING"; the rating is NaN when there is none. */
static int parse_entry(struct item_list *list, const struct args *args, const rec_model *model, char *entry)
{
    int32_t row;
    double rating = NAN;
    char *equals = strrchr(entry, '=');
    if (equals) {
        *equals = '\0';
        if (!parse_number(equals + 1, &rating))
            return fail_usage(args->command,
                              "--history gives item \"%s\" the rating \"%s\"; expected a number", entry,
                              equals + 1);
    }
    if (!*entry)
        return fail_usage(args->command, "--history has an item without a name; expected ITEM[=RATING],...");
    int status = find_row(rec_model_item_ids(model), "item", entry, &row);
    if (status)
        return status;
    list->ratings = grow(list->ratings, (size_t)list->n, sizeof *list->ratings);
    list->ratings[list->n] = (float)rating;
    add_row(list, row);
    return 0;
}

static int fill_ratings(struct item_list *list, const struct args *args, const rec_model *model)
{
    const rec_ratings *training = rec_model_ratings(model);
    int64_t missing = 0;
    float least, greatest;
    for (int64_t i = 0; i < list->n; i++)
        missing += isnan(list->ratings[i]) != 0;
    if (missing == list->n) {
        free(list->ratings);
        list->ratings = NULL;
        return 0;
    }
    if (missing > 0 && !training)
        return fail_usage(args->command, "--history rates some items and not others, and the model was saved "
                                         "without the ratings that would say what their greatest is");
    if (missing > 0)
        rec_ratings_range(training, &least, &greatest);
    for (int64_t i = 0; i < list->n && missing > 0; i++)
        if (isnan(list->ratings[i]))
            list->ratings[i] = greatest;
    return 0;
}

int item_list_parse(struct item_list *list, const struct args *args, const rec_model *model, const char *text)
{
    char *copy = copy_text(text, strlen(text)), *rest = copy, *entry;
    int status = 0;
    *list = (struct item_list){0};
    while (!status && (entry = strsep(&rest, ",")))
        status = parse_entry(list, args, model, entry);
    free(copy);
    if (!status)
        status = fill_ratings(list, args, model);
    if (status)
        item_list_free(list);
    return status;
}

/* The column of a name; suggests the nearest of those there are. */
static int find_attribute(const rec_ids *names, const char *name, int32_t *column)
{
    struct nearest nearest = {.word = name};
    char *best = NULL;
    if (rec_ids_find(names, name, column) == REC_OK)
        return 0;
    for (int32_t c = 0; c < rec_ids_count(names); c++) {
        char *each = row_id(names, c);
        const char *before = nearest.best;
        nearest_consider(&nearest, each);
        if (nearest.best == before) {
            free(each);
            continue;
        }
        free(best);
        best = each;
    }
    int status = fail("\"%s\" is no feature of the users%s%s%s", name, best ? "; did you mean " : "",
                      best ? best : "", best ? "?" : "");
    free(best);
    return status;
}

/* One "NAME" or "NAME=VALUE". A name may have a sign of equality itself: it is looked up whole first. */
static int parse_attribute(struct item_list *list, const struct args *args, const rec_ids *names, char *entry)
{
    int32_t column;
    double value = 1.0;
    char *equals = rec_ids_find(names, entry, &column) == REC_OK ? NULL : strrchr(entry, '=');
    if (equals) {
        *equals = '\0';
        if (!parse_number(equals + 1, &value) && rec_ids_find(names, entry, &column) == REC_OK)
            return fail_usage(args->command, "--attributes gives \"%s\" the value \"%s\"; expected a number",
                              entry, equals + 1);
        *equals = parse_number(equals + 1, &value) ? '\0' : '=';
    }
    int status = find_attribute(names, entry, &column);
    if (status)
        return status;
    list->ratings = grow(list->ratings, (size_t)list->n, sizeof *list->ratings);
    list->ratings[list->n] = (float)value;
    add_row(list, column);
    return 0;
}

int attribute_list_parse(struct item_list *list, const struct args *args, const rec_model *model,
                         const char *text)
{
    const rec_ids *names = rec_model_user_feature_names(model);
    if (!names)
        return fail("the model was fitted without named features of users, which --attributes would give");
    char *copy = copy_text(text, strlen(text)), *rest = copy, *entry;
    int status = 0;
    *list = (struct item_list){0};
    while (!status && (entry = strsep(&rest, ",")))
        status = parse_attribute(list, args, names, entry);
    free(copy);
    if (status)
        item_list_free(list);
    return status;
}

void item_list_free(struct item_list *list)
{
    free(list->rows);
    free(list->ratings);
    *list = (struct item_list){0};
}

void table_ranked_columns(struct table *table, const char *what, const struct names *names)
{
    char head[16];
    snprintf(head, sizeof head, "<%s", what);
    table_column(table, "rank");
    table_column(table, head);
    table_column(table, "score");
    if (names)
        table_column(table, "<title");
}

void table_ranked(struct table *table, const struct ranked *ranked, const char *first)
{
    for (int32_t i = 0; i < ranked->n; i++) {
        char *id = row_id(ranked->ids, ranked->rows[i]);
        const char *title = names_find(ranked->names, id);
        if (first)
            table_cell(table, "%s", first);
        table_cell(table, "%d", (int)i + 1);
        table_cell(table, "%s", id);
        table_cell(table, "%.4f", (double)ranked->scores[i]);
        if (ranked->names)
            table_cell(table, "%s", title ? title : "");
        free(id);
    }
}

void json_ranked(struct json *json, const char *key, const char *what, const struct ranked *ranked)
{
    json_open(json, key, '[');
    for (int32_t i = 0; i < ranked->n; i++) {
        char *id = row_id(ranked->ids, ranked->rows[i]);
        json_open(json, NULL, '{');
        json_text(json, what, id);
        json_float(json, "score", ranked->scores[i]);
        if (ranked->names)
            json_text(json, "title", names_find(ranked->names, id));
        json_close(json, '}');
        free(id);
    }
    json_close(json, ']');
}

int read_names(struct names **out, const struct args *args)
{
    const char *path = args_text(args, OPT_NAMES);
    *out = NULL;
    return path ? names_read(out, path) : 0;
}
