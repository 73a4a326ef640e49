/* SPDX-License-Identifier: Apache-2.0 */
/* rec predict and rec similar: questions about one user or one item. rec explain is in explain.c. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>

#include "args.h"
#include "inputs.h"
#include "lists.h"
#include "report.h"

/* A question: the model, the rows it is about, room for the answer. */
struct question {
    const struct args *args;
    rec_model *model;
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
    rec_model_free(question->model);
}

static int answer_predict(const struct question *question)
{
    struct json json = {.file = stdout};
    float rating, deviation = 0.0f;
    rec_algorithm algorithm = REC_ALGORITHM_INIT;
    int64_t time = args_whole(question->args, OPT_TIME, REC_NO_TIME);
    rec_status status =
        rec_predict_batch_at(question->model, &question->user, &question->item, &time, 1, &rating);
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

int run_similar(const struct args *args)
{
    struct question question = {.args = args};
    int status = open_model(&question.model, args);
    if (!status)
        status = read_names(&question.names, args);
    if (!status)
        status = answer_similar(&question);
    free_question(&question);
    return status;
}
