/* SPDX-License-Identifier: Apache-2.0 */
/* Ratings, models with their parameters, rows by id. */
#include "inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "features.h"
#include "report.h"
#include "text.h"

int is_container(const char *path)
{
    char start[9];
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(start, 1, sizeof start, file) : 0;
    if (file)
        fclose(file);
    return n == sizeof start && start[8] == '{';
}

int read_ratings(rec_ratings **out, const struct args *args, const char *const *paths, int32_t n)
{
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    options.format = args_text(args, OPT_FORMAT);
    options.duplicates = (rec_duplicates)args_choice(args, OPT_DUPLICATES);
    options.threads = (int32_t)args_whole(args, OPT_THREADS, 0);
    rec_status status = rec_ratings_read_files(out, paths, n, &options);
    return status ? fail_library(status) : 0;
}

int read_contexts(rec_contexts **out, const struct args *args)
{
    static const enum option_id files[] = {OPT_TRAIN, OPT_TEST, OPT_TESTS, OPT_WATCH, OPT_VALID};
    const char *columns = args_text(args, OPT_CONTEXT);
    const char **paths = NULL;
    size_t n = 0;
    *out = NULL;
    if (!columns)
        return 0;
    int words = strstr(args->command->arguments, "RATINGS") != NULL ? args->n_words : 0;
    for (int i = 1; i < words; i++) {
        paths = grow(paths, n, sizeof *paths);
        paths[n++] = args->words[i];
    }
    for (size_t f = 0; f < sizeof files / sizeof *files; f++)
        for (int i = 0; i < args_count(args, files[f]); i++) {
            paths = grow(paths, n, sizeof *paths);
            paths[n++] = args_text_at(args, files[f], i);
        }
    rec_status status = rec_contexts_read(out, paths, (int32_t)n, columns);
    free(paths);
    return status ? fail_library(status) : 0;
}

/* The names before each "=", but for those of the clock, between commas: free it. */
static char *given_fields(const char *where)
{
    char *fields = copy_text(where, strlen(where)), *to = fields;
    for (const char *p = where; *p; p += *p != 0) {
        size_t length = strcspn(p, "=,");
        int clock = (length == 4 && (!strncmp(p, "hour", 4) || !strncmp(p, "zone", 4))) ||
                    (length == 7 && !strncmp(p, "weekday", 7));
        if (!clock && p[length] == '=') {
            if (to > fields)
                *to++ = ',';
            memmove(to, p, length);
            to += length;
        }
        p += length + strcspn(p + length, ",");
    }
    *to = '\0';
    return fields;
}

int read_named_contexts(rec_contexts **out, const char *where, const char *const *paths, int32_t n)
{
    char *fields = given_fields(where);
    rec_status status = *fields && n > 0 ? rec_contexts_read(out, paths, n, fields) : REC_OK;
    free(fields);
    return status ? fail_library(status) : 0;
}

int keep_where(rec_ratings **ratings, const char *where, const char *const *paths, int32_t n)
{
    rec_contexts *contexts = NULL;
    rec_ratings *some = NULL;
    int status = where ? read_named_contexts(&contexts, where, paths, n) : 0;
    if (where && !status) {
        rec_status chosen = rec_ratings_where(&some, *ratings, contexts, where);
        status = chosen ? fail_library(chosen) : 0;
    }
    rec_contexts_free(contexts);
    if (some) {
        rec_ratings_free(*ratings);
        *ratings = some;
    }
    return status;
}

int read_chosen_ratings(rec_ratings **out, const struct args *args, const char *const *paths, int32_t n)
{
    int status = read_ratings(out, args, paths, n);
    return status ? status : keep_where(out, args_text(args, OPT_WHERE), paths, n);
}

enum { SMOOTHING = 10 };

int read_lifts(float **lifts, const rec_model *model, const char *where, const char *const *paths, int32_t n)
{
    const rec_ratings *ratings = rec_model_ratings(model);
    rec_contexts *contexts = NULL;
    int status = read_named_contexts(&contexts, where, paths, n);
    if (!status && !ratings)
        status = fail("the model was saved without its ratings, which --reweigh counts");
    if (!status) {
        *lifts = allocate((size_t)rec_model_items(model), sizeof **lifts);
        rec_status counted = rec_ratings_lifts(ratings, contexts, where, SMOOTHING, *lifts);
        status = counted ? fail_library(counted) : 0;
    }
    rec_contexts_free(contexts);
    return status;
}

int find_moment(struct moment *moment, const struct args *args, const rec_model *model)
{
    const char *text = args_text(args, OPT_CONTEXT_NOW);
    int32_t most = (int32_t)(sizeof moment->rows / sizeof *moment->rows);
    moment->n = 0;
    rec_status status = text ? rec_model_find_context(model, text, moment->rows, most, &moment->n) : REC_OK;
    return status ? fail_library(status) : 0;
}

static int add_setting(struct setup *setup, const struct args *args, const char *text,
                       const struct setting *where)
{
    size_t length = strcspn(text, "=");
    if (!text[length] || length == 0) {
        if (where->file)
            return fail("%s:%d: \"%s\"; expected name=value", where->file, where->line, text);
        return fail_usage(args->command, "parameter \"%s\"; expected NAME=VALUE or @FILE", text);
    }
    size_t name = length;
    while (name > 0 && text[name - 1] == ' ')
        name--;
    const char *value = text + length + 1;
    value += strspn(value, " \t");
    setup->all = grow(setup->all, setup->n, sizeof *setup->all);
    setup->all[setup->n++] =
        (struct setting){copy_text(text, name), copy_text(value, strlen(value)), where->file, where->line};
    return 0;
}

static int read_settings_file(struct setup *setup, const struct args *args, const char *path)
{
    struct setting where = {.file = path};
    char *text, *line;
    size_t size;
    int status = read_file(&text, &size, path);
    if (status)
        return status;
    for (char *rest = text; !status && (line = next_line(&rest));) {
        where.line++;
        line += strspn(line, " \t");
        if (*line && *line != '#')
            status = add_setting(setup, args, line, &where);
    }
    free(text);
    return status;
}

static int read_user_features(rec_features **out, const struct args *args)
{
    const char *path = args_text(args, OPT_USER_FEATURES);
    rec_status status = path ? rec_features_read(out, path, NULL) : REC_OK;
    return status ? fail_library(status) : 0;
}

static int read_sides(struct setup *setup, const struct args *args)
{
    const char *seen = args_text(args, OPT_IMPLICIT), *weights = args_text(args, OPT_WEIGHTS);
    const char *start = args_text(args, OPT_START);
    int status = read_user_features(&setup->user_features, args);
    if (!status)
        status = read_item_features(&setup->item_features, &setup->item_text, args);
    if (!status && seen)
        status = read_ratings(&setup->implicit, args, &seen, 1);
    if (!status && weights)
        status = read_ratings(&setup->weights, args, &weights, 1);
    if (!status)
        status = read_contexts(&setup->contexts, args);
    if (status || !start)
        return status;
    rec_status opened = rec_model_open(&setup->start, start);
    return opened ? fail_library(opened) : 0;
}

int refuse_fitting(const struct args *args, option_set those, const char *who, const char *are)
{
    for (enum option_id id = 0; id < OPT_COUNT; id++)
        if ((those & TAKES(id)) && args_count(args, id))
            return fail_usage(args->command, "--%s is for an algorithm to be fitted; %s %s",
                              option_table[id].name, who, are);
    return 0;
}

int setup_add(struct setup *setup, const struct args *args, enum option_id id)
{
    struct setting here = {0};
    int n = args_count(args, id), status = 0;
    for (int i = 0; i < n && !status; i++) {
        const char *text = args_text_at(args, id, i);
        if (*text == '@')
            status = read_settings_file(setup, args, text + 1);
        else
            status = add_setting(setup, args, text, &here);
    }
    return status;
}

int setup_read(struct setup *setup, const struct args *args)
{
    const char *seed = args_text(args, OPT_SEED);
    *setup = (struct setup){0};
    int status = setup_add(setup, args, OPT_PARAMETER);
    if (seed && !status) {
        setup->all = grow(setup->all, setup->n, sizeof *setup->all);
        setup->all[setup->n++] =
            (struct setting){copy_text("seed", 4), copy_text(seed, strlen(seed)), NULL, 0};
    }
    return status ? status : read_sides(setup, args);
}

void setup_free(struct setup *setup)
{
    for (size_t i = 0; i < setup->n; i++) {
        free(setup->all[i].name);
        free(setup->all[i].value);
    }
    free(setup->all);
    rec_features_free(setup->user_features);
    rec_features_free(setup->item_features);
    rec_text_free(setup->item_text);
    rec_ratings_free(setup->implicit);
    rec_ratings_free(setup->weights);
    rec_contexts_free(setup->contexts);
    rec_model_free(setup->start);
    *setup = (struct setup){0};
}

/* A bad parameter is wrong usage on the command line, a failure in a file. */
int fail_parameter(const struct args *args, const rec_model *model, const struct setting *setting)
{
    struct nearest nearest = {.word = setting->name};
    rec_parameter parameter = REC_PARAMETER_INIT;
    const char *algorithm = rec_model_algorithm(model);
    char *sentence = copy_text(rec_last_error(), strlen(rec_last_error()));
    for (int32_t i = 0; rec_algorithm_parameter(algorithm, i, &parameter) == REC_OK; i++)
        nearest_consider(&nearest, parameter.name);
    const char *hint = nearest.best && nearest.distance > 0 ? nearest.best : NULL;
    const char *before = hint ? "; did you mean " : "", *after = hint ? "?" : "";
    int status;
    if (setting->file)
        status =
            fail("%s:%d: %s%s%s%s", setting->file, setting->line, sentence, before, hint ? hint : "", after);
    else
        status = fail_usage(args->command, "%s%s%s%s", sentence, before, hint ? hint : "", after);
    free(sentence);
    return status;
}

int set_parameter(const struct args *args, rec_model *model, const struct setting *setting)
{
    if (rec_model_set_text(model, setting->name, setting->value))
        return fail_parameter(args, model, setting);
    return 0;
}

/* With --in-context contexts may be of rankings alone; else an algorithm that does not learn from them says so. */
static int takes_contexts(const struct args *args, const rec_model *model)
{
    rec_algorithm algorithm = REC_ALGORITHM_INIT;
    return !args_count(args, OPT_IN_CONTEXT) ||
           (rec_algorithm_find(rec_model_algorithm(model), &algorithm) == REC_OK &&
            (algorithm.abilities & REC_TAKES_CONTEXTS) != 0);
}

static int configure(rec_model *model, const struct args *args, const struct setup *setup)
{
    const char *threads = args_text(args, OPT_THREADS);
    int status = 0;
    for (size_t i = 0; i < setup->n && !status; i++)
        status = set_parameter(args, model, &setup->all[i]);
    if (!status && threads && rec_model_set_text(model, "threads", threads))
        status = fail_usage(args->command, "%s", rec_last_error());
    if (status)
        return status;
    rec_status set = rec_model_set_item_features(model, setup->item_features);
    if (!set)
        set = rec_model_set_item_text(model, setup->item_text);
    if (!set)
        set = rec_model_set_user_features(model, setup->user_features);
    if (!set)
        set = rec_model_set_implicit(model, setup->implicit);
    if (!set)
        set = rec_model_set_weights(model, setup->weights);
    if (!set)
        set = rec_model_set_contexts(model, takes_contexts(args, model) ? setup->contexts : NULL);
    if (!set)
        set = rec_model_start_from(model, setup->start);
    return set ? fail_library(set) : 0;
}

int make_model(rec_model **out, const struct args *args, const char *algorithm, const struct setup *setup)
{
    rec_algorithm found = REC_ALGORITHM_INIT;
    int status = find_algorithm(args, algorithm, &found);
    if (status)
        return status;
    rec_status created = rec_model_create(out, algorithm);
    if (created)
        return fail_library(created);
    status = configure(*out, args, setup);
    if (status) {
        rec_model_free(*out);
        *out = NULL;
    }
    return status;
}

int make_model_from(rec_model **out, const struct args *args, const char *algorithm)
{
    rec_algorithm found = REC_ALGORITHM_INIT;
    struct setup setup = {0};
    int status = find_algorithm(args, algorithm, &found);
    if (!status)
        status = setup_read(&setup, args);
    if (!status)
        status = make_model(out, args, algorithm, &setup);
    setup_free(&setup);
    return status;
}

int open_model(rec_model **out, const struct args *args)
{
    rec_status status = rec_model_open(out, args->words[0]);
    return status ? fail_library(status) : 0;
}

int save_model(const rec_model *model, const struct args *args)
{
    int without = args_count(args, OPT_WITHOUT_RATINGS) || !rec_model_ratings(model);
    rec_status saved =
        rec_model_save_as(model, args_text(args, OPT_MODEL_OUT), without ? REC_SAVE_WITHOUT_RATINGS : 0);
    return saved ? fail_library(saved) : 0;
}

int find_row(const rec_ids *ids, const char *what, const char *id, int32_t *row)
{
    char count[64];
    if (rec_ids_find(ids, id, row) == REC_OK)
        return 0;
    return fail("%s \"%s\" is not among the %s of the model", what, id,
                counted(count, rec_ids_count(ids), what));
}

char *row_id(const rec_ids *ids, int32_t row)
{
    size_t length = 0;
    if (rec_ids_text(ids, row, NULL, 0, &length))
        exit(fail_library(REC_ERR_RANGE));
    char *id = allocate(length + 1, 1);
    if (rec_ids_text(ids, row, id, length + 1, NULL))
        exit(fail_library(REC_ERR_RANGE));
    return id;
}

void json_row_id(struct json *json, const char *key, const rec_ids *ids, int32_t row)
{
    char *id = row_id(ids, row);
    json_text(json, key, id);
    free(id);
}

char *parameter_text(const rec_model *model, const char *name)
{
    rec_parameter parameter = REC_PARAMETER_INIT;
    double value = 0.0;
    char digits[32];
    for (int32_t i = 0; rec_algorithm_parameter(rec_model_algorithm(model), i, &parameter) == REC_OK; i++)
        if (strcmp(parameter.name, name) == 0)
            break;
    if (rec_model_get(model, name, &value))
        exit(fail_library(REC_ERR_NOT_FOUND));
    if (parameter.kind == REC_PARAMETER_CHOICE)
        return word_at(parameter.choices, (int)value);
    if (parameter.kind == REC_PARAMETER_FLAG)
        return word_at("false|true", (int)value);
    number_digits(digits, value);
    return copy_text(digits, strlen(digits));
}

static void json_parameter(struct json *json, const rec_parameter *parameter, double value)
{
    char *word;
    switch (parameter->kind) {
    case REC_PARAMETER_FLAG:
        json_flag(json, parameter->name, value != 0.0);
        return;
    case REC_PARAMETER_CHOICE:
        word = word_at(parameter->choices, (int)value);
        json_text(json, parameter->name, word);
        free(word);
        return;
    default:
        json_real(json, parameter->name, value);
    }
}

void json_parameters(struct json *json, const rec_model *model)
{
    rec_parameter parameter = REC_PARAMETER_INIT;
    const char *algorithm = rec_model_algorithm(model);
    double value = 0.0;
    json_open(json, "params", '{');
    for (int32_t i = 0; rec_algorithm_parameter(algorithm, i, &parameter) == REC_OK; i++)
        if (rec_model_get(model, parameter.name, &value) == REC_OK)
            json_parameter(json, &parameter, value);
    json_close(json, '}');
}

int find_algorithm(const struct args *args, const char *name, rec_algorithm *algorithm)
{
    if (rec_algorithm_find(name, algorithm) == REC_OK)
        return 0;
    struct nearest nearest = {.word = name};
    char *sentence = copy_text(rec_last_error(), strlen(rec_last_error()));
    rec_algorithm each = REC_ALGORITHM_INIT;
    for (int32_t i = 0; rec_algorithm_at(i, &each) == REC_OK; i++)
        nearest_consider(&nearest, each.name);
    const char *hint = nearest.best;
    int status = fail_usage(args->command, "%s%s%s%s", sentence, hint ? "; did you mean " : "",
                            hint ? hint : "", hint ? "?" : "");
    free(sentence);
    return status;
}
