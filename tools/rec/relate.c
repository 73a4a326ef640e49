/* SPDX-License-Identifier: Apache-2.0 */
/* rec predict, rec similar and rec explain: questions about one user or one item. */
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

static void print_explanation(const struct question *question, const struct ranked *ranked, float score)
{
    char *id = row_id(ranked->ids, question->item);
    const char *title = names_find(question->names, id);
    struct table table = {0};
    printf("item %s%s%s scores %.4f for user %s because of\n\n", id, title ? ", " : "", title ? title : "",
           (double)score, question->args->words[1]);
    table_column(&table, "<item");
    table_column(&table, "contribution");
    if (question->names)
        table_column(&table, "<title");
    for (int32_t i = 0; i < ranked->n; i++) {
        char *because = row_id(ranked->ids, ranked->rows[i]);
        const char *its_title = names_find(question->names, because);
        table_cell(&table, "%s", because);
        table_cell(&table, "%+.4f", (double)ranked->scores[i]);
        if (question->names)
            table_cell(&table, "%s", its_title ? its_title : "");
        free(because);
    }
    table_print(&table);
    free(id);
}

static void json_explanation(const struct question *question, const struct ranked *ranked, float score)
{
    struct json json = {.file = stdout};
    json_open(&json, NULL, '{');
    json_text(&json, "algorithm", rec_model_algorithm(question->model));
    json_text(&json, "user", question->args->words[1]);
    json_text(&json, "item", question->args->words[2]);
    json_float(&json, "prediction", score);
    json_open(&json, "because", '[');
    for (int32_t i = 0; i < ranked->n; i++) {
        char *id = row_id(ranked->ids, ranked->rows[i]);
        json_open(&json, NULL, '{');
        json_text(&json, "item", id);
        json_float(&json, "contribution", ranked->scores[i]);
        if (question->names)
            json_text(&json, "title", names_find(question->names, id));
        json_close(&json, '}');
        free(id);
    }
    json_close(&json, ']');
    json_close(&json, '}');
}

static int answer_explain(struct question *question)
{
    float score;
    make_room(question, rec_model_items(question->model));
    rec_status status = rec_predict(question->model, question->user, question->item, &score);
    if (!status)
        status = rec_explain(question->model, question->user, question->item, question->k, question->rows,
                             question->scores, &question->n);
    if (status)
        return fail_library(status);
    struct ranked ranked = {rec_model_item_ids(question->model), question->names, question->rows,
                            question->scores, question->n};
    if (args_count(question->args, OPT_JSON))
        json_explanation(question, &ranked, score);
    else
        print_explanation(question, &ranked, score);
    return 0;
}

int run_explain(const struct args *args)
{
    struct question question = {.args = args};
    int status = ask_pair(&question);
    if (!status)
        status = read_names(&question.names, args);
    if (!status)
        status = answer_explain(&question);
    free_question(&question);
    return status;
}
