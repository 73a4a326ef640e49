/* SPDX-License-Identifier: Apache-2.0 */
/* rec topk: recommend to users of the model, or to somebody new. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "inputs.h"
#include "lists.h"
#include "report.h"

struct ranking {
    const struct args *args;
    rec_model *model;
    struct names *names;
    struct item_list only, except, history;
    rec_query query;
    int32_t k; /* at most the number of items */
    int32_t *users;
    int64_t n_users; /* 0: somebody new */
    int32_t *items, *counts, *rungs;
    float *scores;
    struct item_list attributes; /* columns and values */
    struct moment moment;
    float *lifts; /* of --reweigh */
};

static int find_users(struct ranking *ranking)
{
    const struct args *args = ranking->args;
    int status = 0;
    ranking->n_users = args->n_words - 1;
    ranking->users = allocate((size_t)ranking->n_users, sizeof *ranking->users);
    for (int64_t u = 0; u < ranking->n_users && !status; u++)
        status = find_row(rec_model_user_ids(ranking->model), "user", args->words[u + 1], &ranking->users[u]);
    return status;
}

static int read_filters(struct ranking *ranking)
{
    rec_query *query = &ranking->query;
    const char *only = args_text(ranking->args, OPT_ONLY), *except = args_text(ranking->args, OPT_EXCEPT);
    int status = only ? item_list_read(&ranking->only, ranking->model, only, 1) : 0;
    /* To leave out an item that the model lacks is no mistake: it is left out. */
    if (!status && except)
        status = item_list_read(&ranking->except, ranking->model, except, 0);
    query->only = ranking->only.rows;
    query->n_only = ranking->only.n;
    query->except = ranking->except.rows;
    query->n_except = ranking->except.n;
    if (args_count(ranking->args, OPT_TIME)) {
        query->flags |= REC_QUERY_AT_TIME;
        query->time = args_whole(ranking->args, OPT_TIME, 0);
    }
    if (args_count(ranking->args, OPT_WITH_SEEN))
        query->flags |= REC_QUERY_WITH_SEEN;
    if (!status)
        status = find_moment(&ranking->moment, ranking->args, ranking->model);
    query->context = ranking->moment.rows;
    query->n_context = ranking->moment.n;
    return status;
}

static int read_history(struct ranking *ranking)
{
    const char *text = args_text(ranking->args, OPT_HISTORY);
    int status = item_list_parse(&ranking->history, ranking->args, ranking->model, text);
    ranking->query.history = ranking->history.rows;
    ranking->query.history_ratings = ranking->history.ratings;
    ranking->query.n_history = ranking->history.n;
    return status;
}

static int read_new_user(struct ranking *ranking)
{
    const char *text = args_text(ranking->args, OPT_ATTRIBUTES);
    int status = args_count(ranking->args, OPT_HISTORY) ? read_history(ranking) : 0;
    if (!status && text)
        status = attribute_list_parse(&ranking->attributes, ranking->args, ranking->model, text);
    ranking->query.attributes = ranking->attributes.rows;
    ranking->query.attribute_values = ranking->attributes.ratings;
    ranking->query.n_attributes = ranking->attributes.n;
    return status;
}

static int is_new(const struct args *args)
{
    return args_count(args, OPT_HISTORY) || args_count(args, OPT_ATTRIBUTES);
}

static int reweigh(struct ranking *ranking)
{
    const struct args *args = ranking->args;
    const char *where = args_text(args, OPT_REWEIGH), **paths = args_collect(args, OPT_EVENTS);
    int status =
        where ? read_lifts(&ranking->lifts, ranking->model, where, paths, args_count(args, OPT_EVENTS)) : 0;
    ranking->query.item_factors = ranking->lifts;
    free(paths);
    return status;
}

static int prepare(struct ranking *ranking)
{
    const struct args *args = ranking->args;
    const char *threads = args_text(args, OPT_THREADS);
    int status = open_model(&ranking->model, args);
    if (!status && threads && rec_model_set_text(ranking->model, "threads", threads))
        status = fail_usage(args->command, "%s", rec_last_error());
    if (!status)
        status = is_new(args) ? read_new_user(ranking) : find_users(ranking);
    if (!status)
        status = read_filters(ranking);
    if (!status)
        status = reweigh(ranking);
    if (!status)
        status = read_names(&ranking->names, args);
    return status;
}

static int rank(struct ranking *ranking)
{
    int64_t k = args_whole(ranking->args, OPT_K, 10), rows = ranking->n_users ? ranking->n_users : 1;
    int32_t items = rec_model_items(ranking->model);
    rec_status status;
    ranking->k = k < items ? (int32_t)k : items > 0 ? items : 1;
    ranking->items = allocate((size_t)rows * (size_t)ranking->k, sizeof *ranking->items);
    ranking->scores = allocate((size_t)rows * (size_t)ranking->k, sizeof *ranking->scores);
    ranking->counts = allocate((size_t)rows, sizeof *ranking->counts);
    ranking->rungs = allocate((size_t)rows, sizeof *ranking->rungs);
    ranking->query.rung = ranking->rungs;
    if (ranking->n_users == 0)
        status = rec_topk(ranking->model, REC_NEW_USER, &ranking->query, ranking->k, ranking->items,
                          ranking->scores, ranking->counts);
    else
        status = rec_topk_batch(ranking->model, ranking->users, ranking->n_users, &ranking->query, ranking->k,
                                ranking->items, ranking->scores, ranking->counts);
    return status ? fail_library(status) : 0;
}

static struct ranked results_of(const struct ranking *ranking, int64_t row)
{
    return (struct ranked){rec_model_item_ids(ranking->model), ranking->names,
                           ranking->items + row * ranking->k, ranking->scores + row * ranking->k,
                           ranking->counts[row]};
}

static void json_history(struct json *json, const struct ranking *ranking)
{
    const struct item_list *history = &ranking->history;
    json_open(json, "history", '[');
    for (int64_t i = 0; i < history->n; i++) {
        json_open(json, NULL, '{');
        json_row_id(json, "item", rec_model_item_ids(ranking->model), history->rows[i]);
        if (history->ratings)
            json_float(json, "rating", history->ratings[i]);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static const char *rung_name(int32_t rung)
{
    static const char *const names[] = {"", "known", "history", "attributes", "segment", "popular"};
    return names[rung];
}

static void json_attributes(struct json *json, const struct ranking *ranking)
{
    const struct item_list *attributes = &ranking->attributes;
    json_open(json, "attributes", '[');
    for (int64_t i = 0; i < attributes->n; i++) {
        json_open(json, NULL, '{');
        json_row_id(json, "name", rec_model_user_feature_names(ranking->model), attributes->rows[i]);
        json_float(json, "value", attributes->ratings[i]);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void print_json(const struct ranking *ranking)
{
    struct json json = {.file = stdout};
    struct ranked newcomer = results_of(ranking, 0);
    json_open(&json, NULL, '{');
    json_text(&json, "algorithm", rec_model_algorithm(ranking->model));
    if (ranking->n_users == 0) {
        json_history(&json, ranking);
        if (ranking->attributes.n)
            json_attributes(&json, ranking);
        json_text(&json, "rung", rung_name(ranking->rungs[0]));
        json_ranked(&json, "items", "item", &newcomer);
    } else {
        json_open(&json, "users", '[');
        for (int64_t u = 0; u < ranking->n_users; u++) {
            struct ranked ranked = results_of(ranking, u);
            json_open(&json, NULL, '{');
            json_text(&json, "user", ranking->args->words[u + 1]);
            json_text(&json, "rung", rung_name(ranking->rungs[u]));
            json_ranked(&json, "items", "item", &ranked);
            json_close(&json, '}');
        }
        json_close(&json, ']');
    }
    json_close(&json, '}');
}

/* Whose list rests on less than ratings, and on what. */
static void print_rungs(const struct ranking *ranking)
{
    static const char *const rests[] = {"",
                                        "",
                                        "what was given of their history",
                                        "their attributes",
                                        "what users of the same attributes rate most",
                                        "what is popular"};
    if (ranking->n_users == 0)
        printf("rests on %s\n", rests[ranking->rungs[0]]);
    for (int64_t u = 0; u < ranking->n_users; u++)
        if (ranking->rungs[u] != REC_RUNG_KNOWN)
            printf("%s: rests on %s\n", ranking->args->words[u + 1], rests[ranking->rungs[u]]);
}

static void print_table(const struct ranking *ranking)
{
    struct table table = {0};
    int64_t rows = ranking->n_users ? ranking->n_users : 1;
    if (ranking->n_users)
        table_column(&table, "<user");
    table_ranked_columns(&table, "item", ranking->names);
    for (int64_t u = 0; u < rows; u++) {
        struct ranked ranked = results_of(ranking, u);
        table_ranked(&table, &ranked, ranking->n_users ? ranking->args->words[u + 1] : NULL);
    }
    table_print(&table);
    print_rungs(ranking);
}

static void free_ranking(struct ranking *ranking)
{
    item_list_free(&ranking->only);
    item_list_free(&ranking->except);
    item_list_free(&ranking->history);
    item_list_free(&ranking->attributes);
    free(ranking->rungs);
    free(ranking->lifts);
    names_free(ranking->names);
    free(ranking->users);
    free(ranking->items);
    free(ranking->scores);
    free(ranking->counts);
    rec_model_free(ranking->model);
}

int run_topk(const struct args *args)
{
    struct ranking ranking = {.args = args, .query = REC_QUERY_INIT};
    if (is_new(args) && args->n_words > 1)
        return fail_usage(args->command, "a USER and --%s exclude each other",
                          args_count(args, OPT_HISTORY) ? "history" : "attributes");
    if (!is_new(args) && args->n_words < 2)
        return fail_usage(args->command,
                          "USER is missing; or give --history or --attributes for somebody new");
    int status = prepare(&ranking);
    if (!status)
        status = rank(&ranking);
    if (!status && args_count(args, OPT_JSON))
        print_json(&ranking);
    else if (!status)
        print_table(&ranking);
    free_ranking(&ranking);
    return status;
}
