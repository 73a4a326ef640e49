/* SPDX-License-Identifier: Apache-2.0 */
/* rec evaluate. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "args.h"
#include "inputs.h"
#include "measure.h"
#include "progress.h"
#include "report.h"
#include "terms.h"
#include "text.h"

/* A measurement, and what it was made of. */
struct trial {
    const struct args *args;
    rec_model *model;
    rec_evaluation *evaluation;
    struct terms terms;
    rec_contexts *contexts; /* of test ratings; NULL: those of the model */
    float *lifts;           /* of --reweigh */
    double fit_seconds;
};

static void print_json(const struct trial *trial, const rec_evaluation_totals *totals)
{
    struct json json = {.file = stdout};
    json_open(&json, NULL, '{');
    json_text(&json, "algorithm", rec_model_algorithm(trial->model));
    json_parameters(&json, trial->model);
    json_figures(&json, trial->evaluation, 0);
    json_terms(&json, &trial->terms, trial->evaluation);
    json_whole(&json, "users", totals->users);
    if (args_count(trial->args, OPT_IN_CONTEXT))
        json_whole(&json, "rankings", totals->rankings);
    json_whole(&json, "pairs", totals->pairs);
    json_whole(&json, "unknown", totals->unknown);
    json_real(&json, "fit_seconds", trial->fit_seconds);
    json_real(&json, "score_seconds", totals->score_seconds);
    json_whole(&json, "peak_rss_bytes", peak_memory());
    json_close(&json, '}');
}

static void print_text(const struct trial *trial, const rec_evaluation_totals *totals)
{
    char a[64], b[32], c[64];
    printf("%s: %s", rec_model_algorithm(trial->model), counted(a, totals->pairs, "test pair"));
    if (totals->unknown)
        printf(" (%s with an unknown user or item)", grouped(b, totals->unknown));
    printf(" of %s", counted(c, totals->users, "user"));
    if (args_count(trial->args, OPT_IN_CONTEXT))
        printf(", ranked for %s in context", counted(c, totals->rankings, "time"));
    printf("\n\n");
    print_terms(&trial->terms);
    print_grouped_figures(trial->evaluation);
    printf("\nfit %s, scoring %s, peak memory %s\n", duration(a, trial->fit_seconds),
           duration(b, totals->score_seconds), byte_size(c, peak_memory()));
}

static int report_trial(const struct trial *trial)
{
    rec_evaluation_totals totals = REC_EVALUATION_TOTALS_INIT;
    rec_status status = rec_evaluation_totals_of(trial->evaluation, &totals);
    if (status)
        return fail_library(status);
    if (args_count(trial->args, OPT_JSON))
        print_json(trial, &totals);
    else
        print_text(trial, &totals);
    return 0;
}

static void free_trial(struct trial *trial)
{
    terms_free(&trial->terms);
    rec_contexts_free(trial->contexts);
    free(trial->lifts);
    rec_evaluation_free(trial->evaluation);
    rec_model_free(trial->model);
}

/* Rank for the context of --reweigh, whose columns are those of the training files or --events. */
static int reweigh(struct trial *trial)
{
    const struct args *args = trial->args;
    const char *where = args_text(args, OPT_REWEIGH);
    enum option_id source = args_count(args, OPT_TRAIN) ? OPT_TRAIN : OPT_EVENTS;
    const char **paths = args_collect(args, source);
    int status = where ? read_lifts(&trial->lifts, trial->model, where, paths, args_count(args, source)) : 0;
    trial->terms.options.item_factors = trial->lifts;
    free(paths);
    return status;
}

static int evaluate_on_test(struct trial *trial, const rec_ratings *test)
{
    const char *metrics = chosen_metrics(trial->args, trial->model);
    int matched = terms_match(&trial->terms, trial->args, trial->model);
    if (!matched)
        matched = reweigh(trial);
    if (matched)
        return matched;
    trial->terms.options.contexts = trial->contexts;
    if (args_count(trial->args, OPT_IN_CONTEXT))
        trial->terms.options.flags = REC_EVALUATE_IN_CONTEXT;
    rec_status status =
        rec_evaluate_by(trial->model, test, metrics, &trial->terms.options, &trial->evaluation);
    return status ? fail_library(status) : report_trial(trial);
}

static int check_trial_metrics(const struct trial *trial)
{
    return check_metrics(trial->args, chosen_metrics(trial->args, trial->model),
                         trial->terms.options.negatives);
}

/* Of the test ratings, those of --where or of the context that is ranked for. */
static int read_test(rec_ratings **test, const struct args *args)
{
    const char *path = args_text(args, OPT_TEST), *reweighed = args_text(args, OPT_REWEIGH);
    int status = read_chosen_ratings(test, args, &path, 1);
    return status ? status : keep_where(test, reweighed, &path, 1);
}

static int check_contexts(const struct args *args)
{
    if (args_count(args, OPT_WHERE) && args_count(args, OPT_REWEIGH))
        return fail_usage(args->command, "--where and --reweigh exclude each other: one learns from the "
                                         "ratings of a context alone, the other from all");
    if (args_count(args, OPT_IN_CONTEXT) && !args_count(args, OPT_CONTEXT))
        return fail_usage(args->command, "--in-context needs --context, which names the columns");
    if (args_count(args, OPT_EVENTS) && (!args_count(args, OPT_REWEIGH) || args_count(args, OPT_TRAIN)))
        return fail_usage(args->command, "--events are for --reweigh of a model file");
    return 0;
}

static int evaluate_algorithm(struct trial *trial)
{
    const struct args *args = trial->args;
    int n = args_count(args, OPT_TRAIN);
    const char **paths = args_collect(args, OPT_TRAIN);
    rec_ratings *train = NULL, *test = NULL;
    int status = make_model_from(&trial->model, args, args->words[0]);
    if (!status)
        status = terms_read(&trial->terms, args);
    if (!status)
        status = check_trial_metrics(trial);
    if (!status)
        status = read_chosen_ratings(&train, args, paths, n);
    if (!status)
        status = read_test(&test, args);
    if (!status && args_count(args, OPT_IN_CONTEXT))
        status = read_contexts(&trial->contexts, args);
    if (!status) {
        rec_status fitted = fit_watched(trial->model, train, args, args->words[0], &trial->fit_seconds);
        status = fitted ? fail_library(fitted) : evaluate_on_test(trial, test);
    }
    rec_ratings_free(test);
    rec_ratings_free(train);
    free(paths);
    return status;
}

static int evaluate_model(struct trial *trial)
{
    const struct args *args = trial->args;
    const char *threads = args_text(args, OPT_THREADS);
    rec_ratings *test = NULL;
    /* With samples, --seed is that of their draws. */
    option_set fitting = args_count(args, OPT_NEGATIVES) ? SETTING & ~TAKES(OPT_SEED) : SETTING;
    int status = refuse_fitting(args, fitting | TAKES(OPT_TRAIN), args->words[0], "is a model file");
    if (!status)
        status = terms_read(&trial->terms, args);
    if (!status)
        status = open_model(&trial->model, args);
    if (!status && threads && rec_model_set_text(trial->model, "threads", threads))
        status = fail_usage(args->command, "%s", rec_last_error());
    if (!status)
        status = check_trial_metrics(trial);
    if (!status)
        status = read_test(&test, args);
    if (!status)
        status = read_contexts(&trial->contexts, args);
    if (!status)
        status = evaluate_on_test(trial, test);
    rec_ratings_free(test);
    return status;
}

int run_evaluate(const struct args *args)
{
    struct trial trial = {.args = args};
    rec_algorithm algorithm = REC_ALGORITHM_INIT;
    int known = rec_algorithm_find(args->words[0], &algorithm) == REC_OK, status = check_contexts(args);
    if (status)
        return status;
    if (!known && access(args->words[0], F_OK) == 0)
        status = evaluate_model(&trial);
    else if (known && !args_count(args, OPT_TRAIN))
        status = fail_usage(args->command, "--train FILE is missing: %s is an algorithm, to be fitted first",
                            args->words[0]);
    else
        status = evaluate_algorithm(&trial);
    free_trial(&trial);
    return status;
}
