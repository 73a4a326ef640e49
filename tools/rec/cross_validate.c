/* SPDX-License-Identifier: Apache-2.0 */
/* rec cross-validate: what the folds are, and their figures one by one and together. */
#include "commands.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "args.h"
#include "folds.h"
#include "inputs.h"
#include "measure.h"
#include "progress.h"
#include "report.h"
#include "table.h"
#include "text.h"

enum { METRICS_A_TABLE = 8 };

/* The folds of the command line, and where they lead. */
struct validation {
    const struct args *args;
    rec_model *model;
    rec_folds plan;
    rec_ratings *ratings;        /* what is divided, or NULL */
    rec_ratings **train, **test; /* given folds */
    rec_evaluation *evaluation;
};

/* Seconds over folds: of what the folds count, the fit or the scoring. */
struct seconds {
    double sum, mean, deviation;
};

static rec_evaluation_totals totals_of(const rec_evaluation *evaluation)
{
    rec_evaluation_totals totals = REC_EVALUATION_TOTALS_INIT;
    if (rec_evaluation_totals_of(evaluation, &totals))
        exit(fail_library(REC_ERR_INVALID));
    return totals;
}

static double fit_seconds(const rec_evaluation *evaluation)
{
    return totals_of(evaluation).fit_seconds;
}

static double score_seconds(const rec_evaluation *evaluation)
{
    return totals_of(evaluation).score_seconds;
}

static struct seconds over_folds(const rec_evaluation *evaluation, double (*of)(const rec_evaluation *))
{
    struct seconds seconds = {.sum = of(evaluation)};
    int32_t n = rec_evaluation_folds(evaluation);
    double squares = 0.0;
    seconds.mean = seconds.sum / n;
    for (int32_t f = 0; f < n; f++) {
        double away = of(rec_evaluation_fold(evaluation, f)) - seconds.mean;
        squares += away * away;
    }
    seconds.deviation = n > 1 ? sqrt(squares / (n - 1)) : 0.0;
    return seconds;
}

static void json_seconds(struct json *json, const char *key, struct seconds seconds)
{
    char name[48];
    json_real(json, key, seconds.sum);
    snprintf(name, sizeof name, "%s_mean", key);
    json_real(json, name, seconds.mean);
    snprintf(name, sizeof name, "%s_deviation", key);
    json_real(json, name, seconds.deviation);
}

static void json_fold(struct json *json, const rec_evaluation *fold)
{
    rec_evaluation_totals totals = totals_of(fold);
    json_open(json, NULL, '{');
    json_figures(json, fold, 0);
    json_whole(json, "users", totals.users);
    json_whole(json, "pairs", totals.pairs);
    json_whole(json, "unknown", totals.unknown);
    json_real(json, "fit_seconds", totals.fit_seconds);
    json_real(json, "score_seconds", totals.score_seconds);
    json_close(json, '}');
}

static const char *split_name(const struct validation *validation)
{
    const char *given = args_text(validation->args, OPT_SPLIT);
    return validation->plan.kind == REC_FOLDS_GIVEN ? "given" : given ? given : "shuffled";
}

static void print_json(const struct validation *validation)
{
    const rec_evaluation *evaluation = validation->evaluation;
    rec_evaluation_totals totals = totals_of(evaluation);
    struct json json = {.file = stdout};
    json_open(&json, NULL, '{');
    json_text(&json, "algorithm", rec_model_algorithm(validation->model));
    json_parameters(&json, validation->model);
    json_text(&json, "split", split_name(validation));
    json_whole(&json, "folds", rec_evaluation_folds(evaluation));
    json_figures(&json, evaluation, 1);
    json_whole(&json, "users", totals.users);
    json_whole(&json, "pairs", totals.pairs);
    json_whole(&json, "unknown", totals.unknown);
    json_seconds(&json, "fit_seconds", over_folds(evaluation, fit_seconds));
    json_seconds(&json, "score_seconds", over_folds(evaluation, score_seconds));
    json_open(&json, "each", '[');
    for (int32_t f = 0; f < rec_evaluation_folds(evaluation); f++)
        json_fold(&json, rec_evaluation_fold(evaluation, f));
    json_close(&json, ']');
    json_whole(&json, "peak_rss_bytes", peak_memory());
    json_close(&json, '}');
}

static void add_figure(struct table *table, const rec_evaluation *evaluation, int32_t metric)
{
    rec_figure figure = REC_FIGURE_INIT;
    if (rec_evaluation_at(evaluation, metric, &figure))
        exit(fail_library(REC_ERR_RANGE));
    table_cell(table, "%.4f", figure.value);
}

/* A row a fold, of some of the metrics, so that no table is too wide. */
static void print_folds(const rec_evaluation *evaluation, int32_t first, int32_t last)
{
    char text[32];
    struct table table = {0};
    rec_figure figure = REC_FIGURE_INIT;
    table_column(&table, "fold");
    for (int32_t m = first; m < last; m++)
        if (rec_evaluation_at(evaluation, m, &figure) == REC_OK)
            table_column(&table, figure.name);
    table_column(&table, "fit");
    table_column(&table, "scoring");
    for (int32_t f = 0; f < rec_evaluation_folds(evaluation); f++) {
        const rec_evaluation *fold = rec_evaluation_fold(evaluation, f);
        table_cell(&table, "%" PRId32, f + 1);
        for (int32_t m = first; m < last; m++)
            add_figure(&table, fold, m);
        table_cell(&table, "%s", duration(text, fit_seconds(fold)));
        table_cell(&table, "%s", duration(text, score_seconds(fold)));
    }
    putchar('\n');
    table_print(&table);
}

static void print_seconds(const char *what, struct seconds seconds)
{
    char sum[32], mean[32], deviation[32];
    printf("%s %s, a fold %s (deviation %s)\n", what, duration(sum, seconds.sum),
           duration(mean, seconds.mean), duration(deviation, seconds.deviation));
}

static void print_text(const struct validation *validation)
{
    const rec_evaluation *evaluation = validation->evaluation;
    rec_evaluation_totals totals = totals_of(evaluation);
    int32_t folds = rec_evaluation_folds(evaluation), n = rec_evaluation_count(evaluation);
    char a[64], b[64];
    printf("%s, %s: %s", rec_model_algorithm(validation->model), counted(b, folds, "fold"),
           counted(a, totals.pairs, "test pair"));
    if (totals.unknown)
        printf(" (%s with an unknown user or item)", grouped(b, totals.unknown));
    printf(" of %s\n\n", counted(a, totals.users, "user"));
    print_averages(evaluation);
    for (int32_t m = 0; m < n; m += METRICS_A_TABLE)
        print_folds(evaluation, m, m + METRICS_A_TABLE < n ? m + METRICS_A_TABLE : n);
    putchar('\n');
    print_seconds("fit", over_folds(evaluation, fit_seconds));
    print_seconds("scoring", over_folds(evaluation, score_seconds));
    printf("peak memory %s\n", byte_size(a, peak_memory()));
}

static int32_t kind_of(const struct args *args)
{
    if (args_count(args, OPT_TRAIN) || args_count(args, OPT_TESTS))
        return REC_FOLDS_GIVEN;
    return folds_kind(args);
}

static int check_given(const struct args *args)
{
    int n_train = args_count(args, OPT_TRAIN), n_test = args_count(args, OPT_TESTS);
    int status = folds_refuse(args, "--train and --test give the folds");
    if (!status && n_train != n_test)
        status =
            fail_usage(args->command, "--train is given %d times and --test %d times; each fold needs both",
                       n_train, n_test);
    return status;
}

static int check_split(const struct args *args, int32_t kind)
{
    if (kind == REC_FOLDS_GIVEN)
        return check_given(args);
    if (args->n_words < 2)
        return fail_usage(args->command, "RATINGS is missing; or give the folds by --train and --test");
    return folds_check(args, kind);
}

static int read_given(struct validation *validation)
{
    const struct args *args = validation->args;
    int n = args_count(args, OPT_TRAIN), status = 0;
    validation->train = allocate((size_t)n, sizeof *validation->train);
    validation->test = allocate((size_t)n, sizeof *validation->test);
    validation->plan.folds = n;
    for (int i = 0; i < n && !status; i++) {
        const char *train = args_text_at(args, OPT_TRAIN, i), *test = args_text_at(args, OPT_TESTS, i);
        status = read_chosen_ratings(&validation->train[i], args, &train, 1);
        if (!status)
            status = read_chosen_ratings(&validation->test[i], args, &test, 1);
    }
    validation->plan.train = (const rec_ratings *const *)validation->train;
    validation->plan.test = (const rec_ratings *const *)validation->test;
    return status;
}

static int read_folds(struct validation *validation)
{
    const struct args *args = validation->args;
    if (validation->plan.kind == REC_FOLDS_GIVEN)
        return read_given(validation);
    folds_read(&validation->plan, args);
    return read_chosen_ratings(&validation->ratings, args, args->words + 1, args->n_words - 1);
}

static int validate(struct validation *validation)
{
    struct progress progress;
    const char *metrics = chosen_metrics(validation->args, validation->model);
    double seed = 0.0;
    rec_status status = rec_model_get(validation->model, "seed", &seed);
    if (status)
        return fail_library(status);
    validation->plan.seed = (uint64_t)seed;
    progress_begin(&progress, validation->model, validation->args, validation->args->words[0]);
    status = rec_cross_validate_by(validation->model, validation->ratings, &validation->plan, metrics,
                                   &validation->evaluation);
    progress_end(&progress, validation->model);
    if (status)
        return fail_library(status);
    if (args_count(validation->args, OPT_JSON))
        print_json(validation);
    else
        print_text(validation);
    return 0;
}

static void free_validation(struct validation *validation)
{
    for (int32_t f = 0; validation->train && f < validation->plan.folds; f++) {
        rec_ratings_free(validation->train[f]);
        rec_ratings_free(validation->test[f]);
    }
    free(validation->train);
    free(validation->test);
    rec_ratings_free(validation->ratings);
    rec_evaluation_free(validation->evaluation);
    rec_model_free(validation->model);
}

int run_cross_validate(const struct args *args)
{
    struct validation validation = {.args = args, .plan = REC_FOLDS_INIT};
    validation.plan.kind = kind_of(args);
    int status = check_split(args, validation.plan.kind);
    if (!status)
        status = make_model_from(&validation.model, args, args->words[0]);
    if (!status)
        status = check_metrics(args, chosen_metrics(args, validation.model), 0);
    if (!status)
        status = read_folds(&validation);
    if (!status)
        status = validate(&validation);
    free_validation(&validation);
    return status;
}
