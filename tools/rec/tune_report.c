/* SPDX-License-Identifier: Apache-2.0 */
/* What rec tune prints and writes. */
#include "tune.h"

#include <inttypes.h>
#include <stdlib.h>

#include "report.h"
#include "table.h"
#include "text.h"

/* A point, with its parameters set on the model. */
static rec_tuned take_point(const struct search *search, int32_t rank)
{
    rec_tuned point = REC_TUNED_INIT;
    rec_status status = rec_tuning_at(search->found, rank, &point);
    if (!status)
        status = rec_tuning_parameters(search->found, rank, search->model);
    if (status)
        exit(fail_library(status));
    return point;
}

static int of_many_folds(const struct search *search)
{
    return !search->train && search->plan.kind != REC_FOLDS_LAST &&
           (search->plan.kind != REC_FOLDS_ONE || search->plan.repeats > 1);
}

static int is_halving(const struct search *search)
{
    return search->options.method == REC_TUNE_HALVING;
}

static const char *resource_of(const struct search *search)
{
    return search->options.resource ? search->options.resource : "epochs";
}

static void add_value(struct table *table, int diverged, double value)
{
    if (diverged)
        table_cell(table, "diverged");
    else
        table_cell(table, "%.4f", value);
}

static void add_point(struct table *table, const struct search *search, int32_t rank)
{
    char time[32];
    rec_tuned point = take_point(search, rank);
    table_cell(table, "%" PRId32, rank + 1);
    for (int i = 0; i < search->n_names; i++) {
        char *value = parameter_text(search->model, search->names[i]);
        table_cell(table, "%s", value);
        free(value);
    }
    add_value(table, point.diverged, point.value);
    if (of_many_folds(search))
        table_cell(table, "%.4f", point.deviation);
    if (is_halving(search))
        table_cell(table, "%" PRId32, point.resource);
    table_cell(table, "%s", duration(time, point.fit_seconds));
}

void print_points(const struct search *search)
{
    struct table table = {0};
    table_column(&table, "rank");
    for (int i = 0; i < search->n_names; i++)
        table_column(&table, search->names[i]);
    table_column(&table, rec_tuning_metric(search->found));
    if (of_many_folds(search))
        table_column(&table, "deviation");
    if (is_halving(search))
        table_column(&table, resource_of(search));
    table_column(&table, "fit");
    for (int32_t rank = 0; rank < rec_tuning_count(search->found); rank++)
        add_point(&table, search, rank);
    table_print(&table);
}

static void json_point(struct json *json, const struct search *search, int32_t rank)
{
    rec_tuned point = take_point(search, rank);
    json_open(json, NULL, '{');
    json_parameters(json, search->model);
    json_real(json, "value", point.value);
    json_real(json, "deviation", point.deviation);
    json_flag(json, "diverged", point.diverged);
    json_whole(json, "number", point.number);
    if (is_halving(search)) {
        json_whole(json, "rounds", point.rounds);
        json_whole(json, "resource", point.resource);
    }
    json_real(json, "fit_seconds", point.fit_seconds);
    json_close(json, '}');
}

void print_points_json(const struct search *search)
{
    struct json json = {.file = stdout};
    char *method = word_at(option_table[OPT_METHOD].choices, search->options.method);
    json_open(&json, NULL, '{');
    json_text(&json, "algorithm", search->args->words[0]);
    json_text(&json, "method", method);
    json_text(&json, "metric", rec_tuning_metric(search->found));
    if (is_halving(search))
        json_text(&json, "resource", resource_of(search));
    json_open(&json, "points", '[');
    for (int32_t rank = 0; rank < rec_tuning_count(search->found); rank++)
        json_point(&json, search, rank);
    json_close(&json, ']');
    json_close(&json, '}');
    free(method);
}

/* "test.csv", "20% of u.data", "folds of u.data". */
static void write_measured_on(const struct search *search, FILE *file)
{
    const struct args *args = search->args;
    const char *ratings = base_name(args->n_words > 1 ? args->words[1] : args_text(args, OPT_VALID));
    const char *share = args_text(args, OPT_HOLDOUT);
    if (share)
        fprintf(file, "%s%% of ", share);
    else if (!search->train)
        fputs("folds of ", file);
    fputs(ratings, file);
    fputs(args->n_words > 2 ? " and others\n" : "\n", file);
}

int write_best(const struct search *search, const char *path)
{
    FILE *file = open_output(path);
    rec_tuned best = take_point(search, 0);
    if (!file)
        return EXIT_FAILED;
    fprintf(file, "# %s, %s %.6g on ", search->args->words[0], rec_tuning_metric(search->found), best.value);
    write_measured_on(search, file);
    for (size_t i = 0; i < search->setup.n; i++)
        fprintf(file, "%s=%s\n", search->setup.all[i].name, search->setup.all[i].value);
    for (int i = 0; i < search->n_names; i++) {
        char *value = parameter_text(search->model, search->names[i]);
        fprintf(file, "%s=%s\n", search->names[i], value);
        free(value);
    }
    return close_output(file, path);
}
