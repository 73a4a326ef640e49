/* SPDX-License-Identifier: Apache-2.0 */
/* rec tune: fit at every point of a grid of parameters, list the points, best first. */
#include "commands.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "inputs.h"
#include "measure.h"
#include "progress.h"
#include "report.h"
#include "table.h"
#include "text.h"

enum { GRIDS_MOST = 16, POINTS_MOST = 1000000 };

/* One parameter and the values to try. */
struct grid {
    char *name;
    char **values;
    size_t n;
};

struct point {
    size_t number; /* in the order of the grid: the last parameter changes fastest */
    double value;  /* NaN: the fit diverged */
    double seconds;
};

struct tuning {
    const struct args *args;
    const char *metric;
    struct setup setup; /* of the command line; the values of a point come after it */
    struct grid grids[GRIDS_MOST];
    size_t n_grids;
    struct point *points;
    size_t n_points;
    rec_ratings *train, *valid;
};

static int parse_grid(struct tuning *tuning, const char *text)
{
    struct grid *grid = &tuning->grids[tuning->n_grids++];
    size_t length = strcspn(text, "=");
    if (length == 0 || !text[length] || !text[length + 1])
        return fail_usage(tuning->args->command, "--grid is \"%s\"; expected NAME=A,B,...", text);
    grid->name = copy_text(text, length);
    for (const char *at = text + length; *at;) {
        size_t n = strcspn(++at, ",");
        if (n == 0)
            return fail_usage(tuning->args->command, "--grid is \"%s\"; a value is empty", text);
        grid->values = grow(grid->values, grid->n, sizeof *grid->values);
        grid->values[grid->n++] = copy_text(at, n);
        at += n;
    }
    return 0;
}

static int check_names(const struct tuning *tuning)
{
    for (size_t i = 0; i < tuning->n_grids; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(tuning->grids[i].name, tuning->grids[j].name) == 0)
                return fail_usage(tuning->args->command, "--grid names %s twice", tuning->grids[i].name);
    return 0;
}

static int parse_grids(struct tuning *tuning)
{
    int n = args_count(tuning->args, OPT_GRID), status = 0;
    if (n > GRIDS_MOST)
        return fail_usage(tuning->args->command, "--grid is given %d times; at most %d are combined", n,
                          GRIDS_MOST);
    tuning->n_points = 1;
    for (int i = 0; i < n && !status; i++) {
        status = parse_grid(tuning, args_text_at(tuning->args, OPT_GRID, i));
        tuning->n_points *= tuning->grids[i].n;
        if (!status && tuning->n_points > POINTS_MOST)
            return fail_usage(tuning->args->command, "the grids have more than %d points", POINTS_MOST);
    }
    if (!status)
        tuning->points = allocate(tuning->n_points, sizeof *tuning->points);
    return status ? status : check_names(tuning);
}

/* The value of grid number `g` at a point. */
static char *value_at(const struct tuning *tuning, size_t number, size_t g)
{
    for (size_t i = tuning->n_grids; i-- > g + 1;)
        number /= tuning->grids[i].n;
    return tuning->grids[g].values[number % tuning->grids[g].n];
}

static int make_point(rec_model **model, const struct tuning *tuning, size_t number)
{
    int status = make_model(model, tuning->args, tuning->args->words[0], &tuning->setup);
    for (size_t g = 0; g < tuning->n_grids && !status; g++) {
        struct setting setting = {tuning->grids[g].name, value_at(tuning, number, g), NULL, 0};
        status = set_parameter(tuning->args, *model, &setting);
    }
    return status;
}

/* Every value is tried on a model before the first fit, so that a bad one costs no time. */
static int check_values(const struct tuning *tuning)
{
    rec_model *model = NULL;
    int status = make_model(&model, tuning->args, tuning->args->words[0], &tuning->setup);
    for (size_t g = 0; g < tuning->n_grids && !status; g++)
        for (size_t v = 0; v < tuning->grids[g].n && !status; v++) {
            struct setting setting = {tuning->grids[g].name, tuning->grids[g].values[v], NULL, 0};
            status = set_parameter(tuning->args, model, &setting);
        }
    rec_model_free(model);
    return status;
}

static int measure(const struct tuning *tuning, const rec_model *model, double *value)
{
    rec_evaluation *evaluation = NULL;
    rec_figure figure = REC_FIGURE_INIT;
    rec_status status = rec_evaluate(model, tuning->valid, tuning->metric, &evaluation);
    if (!status)
        status = rec_evaluation_at(evaluation, 0, &figure);
    *value = figure.value;
    rec_evaluation_free(evaluation);
    return status ? fail_library(status) : 0;
}

static int try_point(struct tuning *tuning, size_t number)
{
    struct point *point = &tuning->points[number];
    rec_model *model = NULL;
    char label[96];
    snprintf(label, sizeof label, "%s, point %zu of %zu:", tuning->args->words[0], number + 1,
             tuning->n_points);
    *point = (struct point){number, NAN, 0.0};
    int status = make_point(&model, tuning, number);
    if (!status) {
        rec_status fitted = fit_watched(model, tuning->train, tuning->args, label, &point->seconds);
        if (fitted == REC_OK)
            status = measure(tuning, model, &point->value);
        else if (fitted != REC_ERR_DIVERGED)
            status = fail_library(fitted);
    }
    rec_model_free(model);
    return status;
}

/* A total order for qsort, which is not stable: points that are equal keep the order of the grid. */
static int compare_falling(const void *a, const void *b)
{
    const struct point *left = a, *right = b;
    if (isnan(left->value) != isnan(right->value))
        return isnan(left->value) ? 1 : -1;
    if (left->value != right->value && !isnan(left->value))
        return left->value > right->value ? -1 : 1;
    return (left->number > right->number) - (left->number < right->number);
}

static int compare_rising(const void *a, const void *b)
{
    const struct point *left = a, *right = b;
    if (left->value == right->value || isnan(left->value) || isnan(right->value))
        return compare_falling(a, b);
    return left->value < right->value ? -1 : 1;
}

static void print_table(const struct tuning *tuning)
{
    struct table table = {0};
    table_column(&table, "rank");
    for (size_t g = 0; g < tuning->n_grids; g++)
        table_column(&table, tuning->grids[g].name);
    table_column(&table, tuning->metric);
    table_column(&table, "fit");
    for (size_t i = 0; i < tuning->n_points; i++) {
        const struct point *point = &tuning->points[i];
        char time[32];
        table_cell(&table, "%zu", i + 1);
        for (size_t g = 0; g < tuning->n_grids; g++)
            table_cell(&table, "%s", value_at(tuning, point->number, g));
        if (isnan(point->value))
            table_cell(&table, "diverged");
        else
            table_cell(&table, "%.4f", point->value);
        table_cell(&table, "%s", duration(time, point->seconds));
    }
    table_print(&table);
}

static int print_json(const struct tuning *tuning)
{
    struct json json = {.file = stdout};
    rec_model *model = NULL;
    int status = 0;
    json_open(&json, NULL, '{');
    json_text(&json, "algorithm", tuning->args->words[0]);
    json_text(&json, "metric", tuning->metric);
    json_open(&json, "points", '[');
    for (size_t i = 0; i < tuning->n_points && !status; i++) {
        status = make_point(&model, tuning, tuning->points[i].number);
        if (status)
            break;
        json_open(&json, NULL, '{');
        json_parameters(&json, model);
        json_real(&json, "value", tuning->points[i].value);
        json_flag(&json, "diverged", isnan(tuning->points[i].value));
        json_real(&json, "fit_seconds", tuning->points[i].seconds);
        json_close(&json, '}');
        rec_model_free(model);
    }
    json_close(&json, ']');
    json_close(&json, '}');
    return status;
}

static int write_best(const struct tuning *tuning, const char *path)
{
    FILE *file = open_output(path);
    const struct point *best = &tuning->points[0];
    if (!file)
        return EXIT_FAILED;
    fprintf(file, "# %s, %s %.6g on %s\n", tuning->args->words[0], tuning->metric, best->value,
            base_name(args_text(tuning->args, OPT_VALID)));
    for (size_t i = 0; i < tuning->setup.n; i++)
        fprintf(file, "%s=%s\n", tuning->setup.all[i].name, tuning->setup.all[i].value);
    for (size_t g = 0; g < tuning->n_grids; g++)
        fprintf(file, "%s=%s\n", tuning->grids[g].name, value_at(tuning, best->number, g));
    return close_output(file, path);
}

static int try_all(struct tuning *tuning)
{
    const char *best = args_text(tuning->args, OPT_BEST_OUT);
    int status = 0;
    for (size_t i = 0; i < tuning->n_points && !status; i++)
        status = try_point(tuning, i);
    if (status)
        return status;
    qsort(tuning->points, tuning->n_points, sizeof *tuning->points,
          smaller_is_better(tuning->metric) ? compare_rising : compare_falling);
    if (isnan(tuning->points[0].value))
        return fail("every point of the grid diverged");
    if (best)
        status = write_best(tuning, best);
    if (!status && args_count(tuning->args, OPT_JSON))
        return print_json(tuning);
    if (!status)
        print_table(tuning);
    return status;
}

static void free_tuning(struct tuning *tuning)
{
    for (size_t g = 0; g < tuning->n_grids; g++) {
        for (size_t v = 0; v < tuning->grids[g].n; v++)
            free(tuning->grids[g].values[v]);
        free(tuning->grids[g].values);
        free(tuning->grids[g].name);
    }
    free(tuning->points);
    setup_free(&tuning->setup);
    rec_ratings_free(tuning->train);
    rec_ratings_free(tuning->valid);
}

int run_tune(const struct args *args)
{
    struct tuning tuning = {.args = args, .metric = args_text(args, OPT_METRIC)};
    const char **train = args_collect(args, OPT_TRAIN), *valid = args_text(args, OPT_VALID);
    const char *best = args_text(args, OPT_BEST_OUT);
    int status = setup_read(&tuning.setup, args);
    if (!status && strchr(tuning.metric, ','))
        status = fail_usage(args->command, "--metric is \"%s\"; expected one metric", tuning.metric);
    if (!status)
        status = parse_grids(&tuning);
    if (!status)
        status = check_values(&tuning);
    if (!status)
        status = check_metrics(args, tuning.metric);
    if (!status && best)
        status = check_target(best);
    if (!status)
        status = read_ratings(&tuning.train, args, train, args_count(args, OPT_TRAIN));
    if (!status)
        status = read_ratings(&tuning.valid, args, &valid, 1);
    if (!status)
        status = try_all(&tuning);
    free_tuning(&tuning);
    free(train);
    return status;
}
