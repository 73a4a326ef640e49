/* SPDX-License-Identifier: Apache-2.0 */
/* rec explain: which items of a history speak for a recommendation, and by which of their features. */
#include "commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "inputs.h"
#include "lists.h"
#include "report.h"

/* Features of one reason that are shown in a table, and in JSON. */
enum { SHOWN = 3, LISTED = 10 };

struct explanation {
    const struct args *args;
    rec_model *model;
    struct names *names;
    struct item_list history;
    rec_query query;
    int32_t user, item;
    float score;
    int32_t *because; /* n rows of the history */
    float *contributions;
    int32_t n;
    int featured; /* the algorithm tells features */
};

static int find_asked(struct explanation *e)
{
    const struct args *args = e->args;
    const char *history = args_text(args, OPT_HISTORY);
    const rec_ids *items = rec_model_item_ids(e->model);
    int status = 0;
    e->user = REC_NEW_USER;
    if (!history)
        status = find_row(rec_model_user_ids(e->model), "user", args->words[1], &e->user);
    if (!status)
        status = find_row(items, "item", args->words[history ? 1 : 2], &e->item);
    if (status || !history)
        return status;
    status = item_list_parse(&e->history, args, e->model, history);
    e->query.history = e->history.rows;
    e->query.history_ratings = e->history.ratings;
    e->query.n_history = e->history.n;
    return status;
}

static int answer(struct explanation *e)
{
    int64_t k = args_whole(e->args, OPT_K, 10);
    int32_t items = rec_model_items(e->model), feature;
    int32_t room = k < items ? (int32_t)k : items;
    e->because = allocate((size_t)room, sizeof *e->because);
    e->contributions = allocate((size_t)room, sizeof *e->contributions);
    rec_status status = rec_score(e->model, e->user, &e->query, &e->item, 1, &e->score);
    if (!status)
        status = rec_explain_query(e->model, e->user, &e->query, e->item, room, e->because, e->contributions,
                                   &e->n);
    if (status)
        return fail_library(status);
    int32_t n;
    e->featured = rec_explain_features(e->model, e->user, &e->query, e->item, REC_WHOLE_HISTORY, 1, &feature,
                                       NULL, &n) == REC_OK;
    return 0;
}

/* The features of a reason: returns how many. */
static int32_t find_features(const struct explanation *e, int32_t because, int32_t k, int32_t *features,
                             float *parts)
{
    int32_t n = 0;
    if (!e->featured ||
        rec_explain_features(e->model, e->user, &e->query, e->item, because, k, features, parts, &n))
        return 0;
    return n;
}

/* The name of a feature, or its number: free it. */
static char *feature_name(const struct explanation *e, int32_t feature)
{
    char digits[16];
    const rec_ids *names = rec_model_feature_names(e->model);
    if (names)
        return row_id(names, feature);
    snprintf(digits, sizeof digits, "%d", (int)feature);
    return copy_text(digits, strlen(digits));
}

/* "vampire, gothic, castle": those that point the same way as the whole. Free it. */
static char *feature_words(const struct explanation *e, int32_t because, float whole)
{
    int32_t features[SHOWN];
    float parts[SHOWN];
    int32_t n = find_features(e, because, SHOWN, features, parts);
    char *words = copy_text("", 0);
    for (int32_t f = 0; f < n; f++) {
        if (signbit(parts[f]) != signbit(whole))
            continue;
        char *name = feature_name(e, features[f]);
        size_t length = strlen(words), more = strlen(name);
        char *longer = allocate(length + more + 3, 1);
        snprintf(longer, length + more + 3, "%s%s%s", words, length ? ", " : "", name);
        free(words);
        free(name);
        words = longer;
    }
    return words;
}

static void print_row(const struct explanation *e, int32_t i, struct table *table)
{
    char *id = row_id(rec_model_item_ids(e->model), e->because[i]);
    const char *title = names_find(e->names, id);
    table_cell(table, "%s", id);
    table_cell(table, "%+.4f", (double)e->contributions[i]);
    if (e->names)
        table_cell(table, "%s", title ? title : "");
    if (e->featured) {
        char *words = feature_words(e, e->because[i], e->contributions[i]);
        table_cell(table, "%s", words);
        free(words);
    }
    free(id);
}

static void print_explanation(const struct explanation *e)
{
    char *id = row_id(rec_model_item_ids(e->model), e->item);
    const char *title = names_find(e->names, id);
    struct table table = {0};
    int known = e->user != REC_NEW_USER;
    printf("item %s%s%s scores %.4f for %s%s because of\n\n", id, title ? ", " : "", title ? title : "",
           (double)e->score, known ? "user " : "somebody new", known ? e->args->words[1] : "");
    table_column(&table, "<item");
    table_column(&table, "contribution");
    if (e->names)
        table_column(&table, "<title");
    if (e->featured)
        table_column(&table, "<features");
    for (int32_t i = 0; i < e->n; i++)
        print_row(e, i, &table);
    table_print(&table);
    free(id);
}

static void json_features(const struct explanation *e, struct json *json, int32_t because)
{
    int32_t features[LISTED];
    float parts[LISTED];
    int32_t n = find_features(e, because, LISTED, features, parts);
    if (!e->featured)
        return;
    json_open(json, "features", '[');
    for (int32_t f = 0; f < n; f++) {
        char *name = feature_name(e, features[f]);
        json_open(json, NULL, '{');
        json_text(json, "feature", name);
        json_float(json, "contribution", parts[f]);
        json_close(json, '}');
        free(name);
    }
    json_close(json, ']');
}

static void json_reason(const struct explanation *e, struct json *json, int32_t i)
{
    char *id = row_id(rec_model_item_ids(e->model), e->because[i]);
    json_open(json, NULL, '{');
    json_text(json, "item", id);
    json_float(json, "contribution", e->contributions[i]);
    if (e->names)
        json_text(json, "title", names_find(e->names, id));
    json_features(e, json, e->because[i]);
    json_close(json, '}');
    free(id);
}

static void json_explanation(const struct explanation *e)
{
    struct json json = {.file = stdout};
    json_open(&json, NULL, '{');
    json_text(&json, "algorithm", rec_model_algorithm(e->model));
    if (e->user != REC_NEW_USER)
        json_text(&json, "user", e->args->words[1]);
    json_row_id(&json, "item", rec_model_item_ids(e->model), e->item);
    json_float(&json, "prediction", e->score);
    json_open(&json, "because", '[');
    for (int32_t i = 0; i < e->n; i++)
        json_reason(e, &json, i);
    json_close(&json, ']');
    json_features(e, &json, REC_WHOLE_HISTORY);
    json_close(&json, '}');
}

static int check_words(const struct args *args)
{
    if (args_count(args, OPT_HISTORY) && args->n_words == 3)
        return fail_usage(args->command, "a USER and --history exclude each other");
    if (!args_count(args, OPT_HISTORY) && args->n_words == 2)
        return fail_usage(args->command,
                          "USER or ITEM is missing; or give ITEM with --history, for somebody new");
    return 0;
}

int run_explain(const struct args *args)
{
    struct explanation e = {.args = args, .query = REC_QUERY_INIT};
    int status = check_words(args);
    if (!status)
        status = open_model(&e.model, args);
    if (!status)
        status = find_asked(&e);
    if (!status)
        status = read_names(&e.names, args);
    if (!status)
        status = answer(&e);
    if (!status && args_count(args, OPT_JSON))
        json_explanation(&e);
    else if (!status)
        print_explanation(&e);
    item_list_free(&e.history);
    names_free(e.names);
    free(e.because);
    free(e.contributions);
    rec_model_free(e.model);
    return status;
}
