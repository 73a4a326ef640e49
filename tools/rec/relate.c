/* SPDX-License-Identifier: Apache-2.0 */
/* rec predict and rec similar: questions about one user or one item. rec explain is in explain.c. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "features.h"
#include "inputs.h"
#include "lists.h"
#include "report.h"
#include "text.h"

/* A question: the model, the rows it is about, room for the answer. */
struct question {
    const struct args *args;
    rec_model *model, *grown; /* grown: with a new item that has the text */
    const char *text;
    struct names *names;
    int32_t user, item, k, n;
    int32_t *rows;
    float *scores;
};

static int ask_pair(struct question *question)
{
    const struct args *args = question->args;
    int status = open_model(&question->model, args);
    if (!status)
        status = find_row(rec_model_user_ids(question->model), "user", args->words[1], &question->user);
    if (!status)
        status = find_row(rec_model_item_ids(question->model), "item", args->words[2], &question->item);
    return status;
}

static void make_room(struct question *question, int32_t rows)
{
    int64_t k = args_whole(question->args, OPT_K, 10);
    question->k = k < rows ? (int32_t)k : rows > 0 ? rows : 1;
    question->rows = allocate((size_t)question->k, sizeof *question->rows);
    question->scores = allocate((size_t)question->k, sizeof *question->scores);
}

static void free_question(struct question *question)
{
    names_free(question->names);
    free(question->rows);
    free(question->scores);
    rec_model_free(question->grown);
    rec_model_free(question->model);
}

static int answer_predict(const struct question *question)
{
    struct json json = {.file = stdout};
    float rating, deviation = 0.0f;
    rec_algorithm algorithm = REC_ALGORITHM_INIT;
    rec_query query = REC_QUERY_INIT;
    struct moment moment;
    int found = find_moment(&moment, question->args, question->model);
    if (found)
        return found;
    if (args_count(question->args, OPT_TIME))
        query.flags = REC_QUERY_AT_TIME;
    query.time = args_whole(question->args, OPT_TIME, 0);
    query.context = moment.rows;
    query.n_context = moment.n;
    rec_status status = rec_score(question->model, question->user, &query, &question->item, 1, &rating);
    if (!status)
        status = rec_algorithm_find(rec_model_algorithm(question->model), &algorithm);
    int deviates = !status && (algorithm.abilities & REC_PREDICTS_DEVIATION) != 0;
    if (deviates)
        status = rec_predict_deviation(question->model, question->user, question->item, &deviation);
    if (status)
        return fail_library(status);
    if (!args_count(question->args, OPT_JSON)) {
        printf("%.4f", (double)rating);
        if (deviates)
            printf(" +- %.4f", (double)deviation);
        printf("\n");
        return 0;
    }
    json_open(&json, NULL, '{');
    json_text(&json, "algorithm", rec_model_algorithm(question->model));
    json_text(&json, "user", question->args->words[1]);
    json_text(&json, "item", question->args->words[2]);
    json_float(&json, "prediction", rating);
    if (deviates)
        json_float(&json, "deviation", deviation);
    json_close(&json, '}');
    return 0;
}

int run_predict(const struct args *args)
{
    struct question question = {.args = args};
    int status = ask_pair(&question);
    if (!status)
        status = answer_predict(&question);
    free_question(&question);
    return status;
}

static void print_similar(const struct question *question, const char *what, const rec_ids *ids)
{
    struct ranked ranked = {ids, question->names, question->rows, question->scores, question->n};
    struct table table = {0};
    struct json json = {.file = stdout};
    if (!args_count(question->args, OPT_JSON)) {
        table_ranked_columns(&table, what, question->names);
        table_ranked(&table, &ranked, NULL);
        table_print(&table);
        return;
    }
    json_open(&json, NULL, '{');
    json_text(&json, "algorithm", rec_model_algorithm(question->model));
    if (question->text)
        json_text(&json, "text", question->text);
    else
        json_text(&json, what, question->args->words[1]);
    json_ranked(&json, "similar", what, &ranked);
    json_close(&json, '}');
}

static int answer_similar(struct question *question)
{
    int of_users = args_count(question->args, OPT_USERS);
    const char *what = of_users ? "user" : "item";
    const rec_ids *ids = of_users ? rec_model_user_ids(question->model) : rec_model_item_ids(question->model);
    int32_t row;
    int status = find_row(ids, what, question->args->words[1], &row);
    if (status)
        return status;
    make_room(question, rec_ids_count(ids));
    rec_status found = (of_users ? rec_similar_users : rec_similar_items)(
        question->model, row, question->k, question->rows, question->scores, &question->n);
    if (found)
        return fail_library(found);
    print_similar(question, what, ids);
    return 0;
}

/* The id of an item that the model has not, of the kind of its ids. */
static rec_status make_new_id(rec_ids **out, const rec_ids *known)
{
    char id[16] = "text";
    int32_t row;
    if (rec_ids_get_kind(known) != REC_IDS_TEXT) {
        int64_t number = 0;
        while (rec_ids_find_integer(known, number, &row) == REC_OK)
            number++;
        return rec_ids_from_integers(out, &number, 1);
    }
    for (int n = 1; rec_ids_find(known, id, &row) == REC_OK; n++)
        snprintf(id, sizeof id, "text%d", n);
    return rec_ids_from_text(out, (const char *const[]){id}, 1);
}

/* The model with one more item, which has the text. */
static int add_text(struct question *question)
{
    rec_ids *ids = NULL;
    rec_documents *documents = NULL;
    rec_features *features = NULL;
    rec_status failed = make_new_id(&ids, rec_model_item_ids(question->model));
    if (!failed)
        failed = rec_documents_from_text(&documents, ids, &question->text, 1);
    int status = failed ? fail_library(failed) : transform_texts(&features, question->model, documents);
    if (!status && (failed = rec_model_add_items(&question->grown, question->model, features)) != REC_OK)
        status = fail_library(failed);
    rec_features_free(features);
    rec_documents_free(documents);
    rec_ids_free(ids);
    return status;
}

static int answer_text(struct question *question)
{
    int status = add_text(question);
    if (status)
        return status;
    make_room(question, rec_model_items(question->model));
    rec_status found = rec_similar_items(question->grown, rec_model_items(question->model), question->k,
                                         question->rows, question->scores, &question->n);
    if (found)
        return fail_library(found);
    int32_t n = question->n;
    if (n == 0 || (!(question->scores[0] > 0.0f) && !(question->scores[n - 1] < 0.0f)))
        return fail("nothing in \"%s\" tells the items of the model apart", question->text);
    print_similar(question, "item", rec_model_item_ids(question->model));
    return 0;
}

int run_similar(const struct args *args)
{
    struct question question = {.args = args, .text = args_text(args, OPT_LIKE_TEXT)};
    if (question.text ? args->n_words > 1 || args_count(args, OPT_USERS) : args->n_words < 2)
        return fail_usage(args->command, "an ITEM, or --text alone, was expected");
    int status = open_model(&question.model, args);
    if (!status)
        status = read_names(&question.names, args);
    if (!status)
        status = question.text ? answer_text(&question) : answer_similar(&question);
    free_question(&question);
    return status;
}
