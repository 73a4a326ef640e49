/* SPDX-License-Identifier: Apache-2.0 */
/* rec algorithms: the tables that algorithms describe themselves by. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "inputs.h"
#include "report.h"
#include "table.h"
#include "text.h"

static const struct {
    uint32_t bit;
    const char *key, *words;
} abilities[] = {
    {REC_CAN_PERSONALIZE, "personalizes", "ranks differently for each user"},
    {REC_PREDICTS_RATINGS, "predicts_ratings", "predicts ratings"},
    {REC_CAN_FOLD_IN, "folds_in", "serves new users from a history"},
    {REC_CAN_FOLD_IN_ITEMS, "folds_in_items", "scores new items from ratings of them"},
    {REC_PREDICTS_DEVIATION, "predicts_deviation", "says how far ratings may lie from predictions"},
    {REC_CAN_SIMILAR, "similar", "finds similar items"},
    {REC_CAN_EXPLAIN, "explains", "explains"},
    {REC_TAKES_USER_FEATURES, "takes_user_features", "learns from --user-features"},
    {REC_TAKES_IMPLICIT, "takes_implicit", "learns from --implicit"},
    {REC_TAKES_WEIGHTS, "takes_weights", "learns from --weights"},
    {REC_TAKES_CONTEXTS, "takes_contexts", "learns from --context"},
    {REC_CAN_START, "starts", "goes on from a fitted model (--start)"},
    {REC_NEEDS_RATINGS, "needs_ratings", "keeps the ratings in its models"},
    {REC_NEEDS_ITEM_FEATURES, "needs_item_features", "needs --item-features"},
};

enum { ABILITIES = sizeof abilities / sizeof *abilities };

static const char *const kinds[] = {"real", "whole", "choice", "flag"};

static void json_parameter(struct json *json, const rec_parameter *parameter)
{
    json_open(json, NULL, '{');
    json_text(json, "name", parameter->name);
    json_text(json, "kind", kinds[parameter->kind]);
    if (parameter->kind == REC_PARAMETER_CHOICE) {
        char *word = word_at(parameter->choices, (int)parameter->initial);
        json_text(json, "default", word);
        free(word);
        json_open(json, "choices", '[');
        for (const char *c = parameter->choices; c; c = strchr(c, '|') ? strchr(c, '|') + 1 : NULL) {
            word = word_at(c, 0);
            json_text(json, NULL, word);
            free(word);
        }
        json_close(json, ']');
    } else if (parameter->kind == REC_PARAMETER_FLAG) {
        json_flag(json, "default", parameter->initial != 0.0);
    } else {
        json_real(json, "default", parameter->initial);
        json_real(json, "least", parameter->least);
        json_real(json, "greatest", parameter->greatest);
    }
    json_text(json, "help", parameter->help);
    json_close(json, '}');
}

static void json_algorithm(struct json *json, const rec_algorithm *algorithm, int with_parameters)
{
    rec_parameter parameter = REC_PARAMETER_INIT;
    json_open(json, NULL, '{');
    json_text(json, "name", algorithm->name);
    json_text(json, "summary", algorithm->summary);
    json_text(json, "scorer", algorithm->scorer);
    for (int i = 0; i < ABILITIES; i++)
        json_flag(json, abilities[i].key, (algorithm->abilities & abilities[i].bit) != 0);
    if (with_parameters) {
        json_open(json, "parameters", '[');
        for (int32_t i = 0; rec_algorithm_parameter(algorithm->name, i, &parameter) == REC_OK; i++)
            json_parameter(json, &parameter);
        json_close(json, ']');
    }
    json_close(json, '}');
}

static void table_parameter(struct table *table, const rec_parameter *parameter)
{
    table_cell(table, "%s", parameter->name);
    table_cell(table, "%s", kinds[parameter->kind]);
    if (parameter->kind == REC_PARAMETER_CHOICE) {
        char *word = word_at(parameter->choices, (int)parameter->initial);
        table_cell(table, "%s", word);
        table_cell(table, "%s", parameter->choices);
        free(word);
    } else if (parameter->kind == REC_PARAMETER_FLAG) {
        table_cell(table, "%s", parameter->initial != 0.0 ? "true" : "false");
        table_cell(table, "true|false");
    } else {
        /* 17 digits hold every whole number that a double does. */
        int digits = parameter->kind == REC_PARAMETER_WHOLE ? 17 : 10;
        table_cell(table, "%.*g", digits, parameter->initial);
        table_cell(table, "%.*g to %.*g", digits, parameter->least, digits, parameter->greatest);
    }
    table_cell(table, "%s", parameter->help);
}

static void print_algorithm(const rec_algorithm *algorithm)
{
    rec_parameter parameter = REC_PARAMETER_INIT;
    struct table table = {0};
    printf("%s: %s\n%s scorer", algorithm->name, algorithm->summary, algorithm->scorer);
    for (int i = 0; i < ABILITIES; i++)
        if (algorithm->abilities & abilities[i].bit)
            printf("; %s", abilities[i].words);
    puts("\n");
    table_column(&table, "<parameter");
    table_column(&table, "<kind");
    table_column(&table, "<default");
    table_column(&table, "<bounds");
    table_column(&table, "<meaning");
    for (int32_t i = 0; rec_algorithm_parameter(algorithm->name, i, &parameter) == REC_OK; i++)
        table_parameter(&table, &parameter);
    table_print(&table);
}

static void print_all(int as_json)
{
    rec_algorithm algorithm = REC_ALGORITHM_INIT;
    struct json json = {.file = stdout};
    struct table table = {0};
    if (as_json)
        json_open(&json, NULL, '[');
    table_column(&table, "<algorithm");
    table_column(&table, "<scorer");
    table_column(&table, "<summary");
    for (int32_t i = 0; rec_algorithm_at(i, &algorithm) == REC_OK; i++) {
        if (as_json)
            json_algorithm(&json, &algorithm, 0);
        table_cell(&table, "%s", algorithm.name);
        table_cell(&table, "%s", algorithm.scorer);
        table_cell(&table, "%s", algorithm.summary);
    }
    if (as_json)
        json_close(&json, ']');
    else
        table_print(&table);
    table_free(&table);
}

int run_algorithms(const struct args *args)
{
    int as_json = args_count(args, OPT_JSON);
    if (args->n_words == 0) {
        print_all(as_json);
        return 0;
    }
    rec_algorithm algorithm = REC_ALGORITHM_INIT;
    struct json json = {.file = stdout};
    int status = find_algorithm(args, args->words[0], &algorithm);
    if (!status && as_json)
        json_algorithm(&json, &algorithm, 1);
    else if (!status)
        print_algorithm(&algorithm);
    return status;
}
