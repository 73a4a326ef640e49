/* SPDX-License-Identifier: Apache-2.0 */
/* rec interview: ask somebody new about items that say most, then recommend. */
#include "commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "inputs.h"
#include "lists.h"
#include "report.h"
#include "text.h"

enum answer { RATED, UNKNOWN, DISLIKED, STOP };

struct interview {
    const struct args *args;
    rec_model *model;
    rec_elicitor *elicitor;
    struct names *names;
    FILE *talk; /* where questions go: with --json, standard output is for the value */
    float least, greatest;
    struct item_list history;           /* rated */
    struct item_list unknown, disliked; /* rows alone */
    int64_t asked;
    int32_t *items, n; /* recommended */
    float *scores;
};

static void keep(struct item_list *list, int32_t row, float rating)
{
    list->rows = grow(list->rows, (size_t)list->n, sizeof *list->rows);
    list->ratings = grow(list->ratings, (size_t)list->n, sizeof *list->ratings);
    list->rows[list->n] = row;
    list->ratings[list->n++] = rating;
}

static int by_rating(const struct interview *interview)
{
    return interview->least < interview->greatest;
}

static void tell_how(const struct interview *interview)
{
    if (by_rating(interview))
        fprintf(interview->talk, "Rate each from %g to %g; s: do not know it, q: enough.\n",
                (double)interview->least, (double)interview->greatest);
    else
        fprintf(interview->talk, "y: like it, n: do not, s: do not know it, q: enough.\n");
}

/* What a line says; -1: nothing that is understood. */
static int parse_answer(const struct interview *interview, const char *line, float *rating)
{
    double number;
    *rating = interview->greatest;
    if (!*line || !strcmp(line, "s") || !strcmp(line, "skip") || !strcmp(line, "?"))
        return UNKNOWN;
    if (!strcmp(line, "q") || !strcmp(line, "stop"))
        return STOP;
    if (!by_rating(interview))
        return !strcmp(line, "y") ? RATED : !strcmp(line, "n") ? DISLIKED : -1;
    if (!parse_number(line, &number) || !(number >= (double)interview->least) ||
        !(number <= (double)interview->greatest))
        return -1;
    *rating = (float)number;
    return RATED;
}

/* The next line of standard input without its end; the rest of one that is too long is lost. NULL at the end. */
static char *read_line(char *line, int size)
{
    if (!fgets(line, size, stdin))
        return NULL;
    size_t length = strcspn(line, "\r\n");
    for (int c = 0; !line[length] && c != '\n' && c != EOF;)
        c = getchar();
    while (length > 0 && line[length - 1] == ' ')
        length--;
    line[length] = '\0';
    return line + strspn(line, " \t");
}

static enum answer ask(struct interview *interview, int32_t row, float *rating)
{
    char *id = row_id(rec_model_item_ids(interview->model), row), line[256];
    const char *title = names_find(interview->names, id);
    int answer = -1;
    while (answer < 0) {
        fprintf(interview->talk, "%d. %s? ", (int)interview->asked + 1, title ? title : id);
        fflush(interview->talk);
        const char *said = read_line(line, sizeof line);
        if (!said || !isatty(STDIN_FILENO))
            fprintf(interview->talk, "%s\n", said ? said : "");
        answer = said ? parse_answer(interview, said, rating) : STOP;
        if (answer < 0)
            tell_how(interview);
    }
    free(id);
    return (enum answer)answer;
}

/* All that is not to be asked about again: an array of both lists. */
static int32_t *unite(const struct item_list *first, const struct item_list *second)
{
    int32_t *rows = allocate((size_t)(first->n + second->n), sizeof *rows);
    if (first->n)
        memcpy(rows, first->rows, (size_t)first->n * sizeof *rows);
    if (second->n)
        memcpy(rows + first->n, second->rows, (size_t)second->n * sizeof *rows);
    return rows;
}

static rec_query query_of(const struct interview *interview)
{
    rec_query query = REC_QUERY_INIT;
    if (interview->history.n) {
        query.history = interview->history.rows;
        query.history_ratings = interview->history.ratings;
        query.n_history = interview->history.n;
    }
    return query;
}

static rec_status choose(const struct interview *interview, int32_t *row, int32_t *n)
{
    rec_query query = query_of(interview);
    int32_t *away = unite(&interview->unknown, &interview->disliked);
    query.except = away;
    query.n_except = interview->unknown.n + interview->disliked.n;
    rec_status status = rec_elicit(interview->elicitor, &query, 1, row, NULL, n);
    free(away);
    return status;
}

static int hold(struct interview *interview)
{
    int64_t questions = args_whole(interview->args, OPT_QUESTIONS, 10);
    enum answer answer = RATED;
    tell_how(interview);
    while (interview->asked < questions && answer != STOP) {
        int32_t row, n = 0;
        float rating;
        rec_status status = choose(interview, &row, &n);
        if (status)
            return fail_library(status);
        if (n == 0)
            break;
        answer = ask(interview, row, &rating);
        if (answer != STOP)
            interview->asked++;
        if (answer != STOP)
            keep(answer == RATED     ? &interview->history
                 : answer == UNKNOWN ? &interview->unknown
                                     : &interview->disliked,
                 row, rating);
    }
    return 0;
}

static int recommend(struct interview *interview)
{
    int64_t k = args_whole(interview->args, OPT_K, 10);
    int32_t items = rec_model_items(interview->model), most = k < items ? (int32_t)k : items > 0 ? items : 1;
    rec_query query = query_of(interview);
    query.except = interview->disliked.rows;
    query.n_except = interview->disliked.n;
    interview->items = allocate((size_t)most, sizeof *interview->items);
    interview->scores = allocate((size_t)most, sizeof *interview->scores);
    rec_status status = rec_topk(interview->model, REC_NEW_USER, &query, most, interview->items,
                                 interview->scores, &interview->n);
    return status ? fail_library(status) : 0;
}

static void json_rows(struct json *json, const struct interview *interview, const char *key,
                      const struct item_list *list, int rated)
{
    json_open(json, key, '[');
    for (int64_t i = 0; i < list->n; i++) {
        json_open(json, NULL, '{');
        json_row_id(json, "item", rec_model_item_ids(interview->model), list->rows[i]);
        if (rated)
            json_float(json, "rating", list->ratings[i]);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void print_results(const struct interview *interview)
{
    struct ranked ranked = {rec_model_item_ids(interview->model), interview->names, interview->items,
                            interview->scores, interview->n};
    struct table table = {0};
    struct json json = {.file = stdout};
    if (!args_count(interview->args, OPT_JSON)) {
        printf("\nFor you, after %d answers:\n", (int)(interview->history.n + interview->disliked.n));
        table_ranked_columns(&table, "item", interview->names);
        table_ranked(&table, &ranked, NULL);
        table_print(&table);
        return;
    }
    json_open(&json, NULL, '{');
    json_text(&json, "algorithm", rec_model_algorithm(interview->model));
    json_rows(&json, interview, "history", &interview->history, 1);
    json_rows(&json, interview, "unknown", &interview->unknown, 0);
    json_rows(&json, interview, "disliked", &interview->disliked, 0);
    json_ranked(&json, "items", "item", &ranked);
    json_close(&json, '}');
}

/* Opens all that is needed, so that nobody answers in vain. */
static int prepare(struct interview *interview)
{
    rec_algorithm algorithm = REC_ALGORITHM_INIT;
    rec_elicit_options options = REC_ELICIT_OPTIONS_INIT;
    const struct args *args = interview->args;
    int status = open_model(&interview->model, args);
    if (!status)
        status = read_names(&interview->names, args);
    if (status)
        return status;
    rec_status failed = rec_algorithm_find(rec_model_algorithm(interview->model), &algorithm);
    if (!failed && (algorithm.abilities & REC_CAN_FOLD_IN) == 0 && strcmp(algorithm.scorer, "dot") == 0)
        return fail("%s cannot serve new users from answers", algorithm.name);
    options.strategy = args_choice(args, OPT_STRATEGY);
    options.seed = (uint64_t)args_whole(args, OPT_SEED, 42);
    if (!failed)
        failed = rec_elicitor_create(&interview->elicitor, interview->model, &options);
    if (failed)
        return fail_library(failed);
    if (!rec_model_ratings(interview->model))
        return fail("%s was saved without its ratings, which say what an answer may be", args->words[0]);
    rec_ratings_range(rec_model_ratings(interview->model), &interview->least, &interview->greatest);
    return 0;
}

int run_interview(const struct args *args)
{
    struct interview interview = {.args = args, .talk = args_count(args, OPT_JSON) ? stderr : stdout};
    int status = prepare(&interview);
    if (!status)
        status = hold(&interview);
    if (!status)
        status = recommend(&interview);
    if (!status)
        print_results(&interview);
    item_list_free(&interview.history);
    item_list_free(&interview.unknown);
    item_list_free(&interview.disliked);
    names_free(interview.names);
    free(interview.items);
    free(interview.scores);
    rec_elicitor_free(interview.elicitor);
    rec_model_free(interview.model);
    return status;
}
