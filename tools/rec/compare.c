/* SPDX-License-Identifier: Apache-2.0 */
/* rec compare: two models, fitted here or before, on the same test ratings. */
#include "commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "inputs.h"
#include "measure.h"
#include "progress.h"
#include "report.h"
#include "table.h"
#include "text.h"

/* One of the two. */
struct side {
    const char *word; /* as it was given: an algorithm or a model file */
    enum option_id own;
    int fits;
    rec_model *model;
    double fit_seconds;
};

struct contest {
    const struct args *args;
    struct side a, b;
    rec_ratings *train, *test;
    rec_compare_options options;
    rec_comparison *comparison;
};

static int tell_kind(struct side *side, const struct args *args)
{
    rec_algorithm algorithm = REC_ALGORITHM_INIT;
    if (rec_algorithm_find(side->word, &algorithm) == REC_OK)
        side->fits = 1;
    else if (access(side->word, F_OK) != 0)
        return find_algorithm(args, side->word, &algorithm);
    if (!side->fits && args_count(args, side->own))
        return fail_usage(args->command, "--%s is for an algorithm to be fitted; %s is a model file",
                          option_table[side->own].name, side->word);
    return 0;
}

static int check_fits(const struct contest *contest)
{
    const struct args *args = contest->args;
    if (contest->a.fits || contest->b.fits)
        return args_count(args, OPT_TRAIN)
                   ? 0
                   : fail_usage(args->command,
                                "--train FILE is missing: %s is an algorithm, to be fitted first",
                                contest->a.fits ? contest->a.word : contest->b.word);
    return refuse_fitting(args, (SETTING & ~TAKES(OPT_SEED)) | TAKES(OPT_TRAIN), "both", "are model files");
}

/* A model that was fitted without contexts has no use for those of the test ratings. */
static int set_contexts(rec_model *model, const struct args *args)
{
    rec_contexts *contexts = NULL;
    int status = read_contexts(&contexts, args);
    rec_status set = rec_model_set_contexts(model, contexts);
    rec_contexts_free(contexts);
    return status ? status : set ? fail_library(set) : 0;
}

static int make_side(struct side *side, const struct args *args)
{
    const char *threads = args_text(args, OPT_THREADS);
    struct setup setup = {0};
    int status;
    if (!side->fits) {
        rec_status opened = rec_model_open(&side->model, side->word);
        status = opened ? fail_library(opened) : set_contexts(side->model, args);
        if (status)
            return status;
        return threads && rec_model_set_text(side->model, "threads", threads)
                   ? fail_usage(args->command, "%s", rec_last_error())
                   : 0;
    }
    status = setup_read(&setup, args);
    if (!status)
        status = setup_add(&setup, args, side->own);
    if (!status)
        status = make_model(&side->model, args, side->word, &setup);
    setup_free(&setup);
    return status;
}

static int fit_side(struct side *side, const struct contest *contest)
{
    if (!side->fits)
        return 0;
    rec_status status =
        fit_watched(side->model, contest->train, contest->args, side->word, &side->fit_seconds);
    return status ? fail_library(status) : 0;
}

static const char *metrics_of(const struct contest *contest)
{
    const char *a = chosen_metrics(contest->args, contest->a.model);
    const char *b = chosen_metrics(contest->args, contest->b.model);
    return strcmp(a, b) == 0 ? a : "recall@20,ndcg@20";
}

static int read_all(struct contest *contest)
{
    const struct args *args = contest->args;
    const char *test = args_text(args, OPT_TEST), **train = args_collect(args, OPT_TRAIN);
    int status = 0;
    if (contest->a.fits || contest->b.fits)
        status = read_chosen_ratings(&contest->train, args, train, args_count(args, OPT_TRAIN));
    if (!status)
        status = read_chosen_ratings(&contest->test, args, &test, 1);
    free(train);
    return status;
}

static void json_side(struct json *json, const char *key, const struct side *side)
{
    json_open(json, key, '{');
    json_text(json, "algorithm", rec_model_algorithm(side->model));
    if (!side->fits)
        json_text(json, "file", side->word);
    json_parameters(json, side->model);
    json_real(json, "fit_seconds", side->fit_seconds);
    json_close(json, '}');
}

static void json_interval(struct json *json, const char *key, rec_interval interval)
{
    json_open(json, key, '[');
    json_real(json, NULL, interval.low);
    json_real(json, NULL, interval.high);
    json_close(json, ']');
}

static void json_compared(struct json *json, const rec_compared *compared)
{
    json_open(json, compared->name, '{');
    json_whole(json, "units", compared->units);
    json_real(json, "a", compared->a);
    json_real(json, "b", compared->b);
    json_real(json, "difference", compared->difference);
    json_interval(json, "a_interval", compared->a_interval);
    json_interval(json, "b_interval", compared->b_interval);
    json_interval(json, "difference_interval", compared->difference_interval);
    json_real(json, "t", compared->t);
    json_real(json, "t_probability", compared->t_probability);
    json_real(json, "flip_probability", compared->flip_probability);
    json_close(json, '}');
}

static rec_compared compared_at(const struct contest *contest, int32_t index)
{
    rec_compared compared = REC_COMPARED_INIT;
    if (rec_comparison_at(contest->comparison, index, &compared))
        exit(fail_library(REC_ERR_RANGE));
    return compared;
}

static void print_json(const struct contest *contest)
{
    struct json json = {.file = stdout};
    json_open(&json, NULL, '{');
    json_side(&json, "a", &contest->a);
    json_side(&json, "b", &contest->b);
    json_whole(&json, "pairs", rec_ratings_count(contest->test));
    json_text(&json, "unit", contest->options.flags ? "pair" : "user");
    json_whole(&json, "resamples", contest->options.resamples);
    json_real(&json, "confidence", contest->options.confidence);
    json_open(&json, "metrics", '{');
    for (int32_t i = 0; i < rec_comparison_count(contest->comparison); i++) {
        rec_compared compared = compared_at(contest, i);
        json_compared(&json, &compared);
    }
    json_close(&json, '}');
    json_close(&json, '}');
}

static void add_row(struct table *table, const rec_compared *compared)
{
    table_cell(table, "%s", compared->name);
    table_cell(table, "%" PRId64, compared->units);
    table_cell(table, "%.4f", compared->a);
    table_cell(table, "%.4f", compared->b);
    table_cell(table, "%+.4f", compared->difference);
    table_cell(table, "%+.4f to %+.4f", compared->difference_interval.low,
               compared->difference_interval.high);
    table_cell(table, "%.2f", compared->t);
    table_cell(table, "%.2g", compared->t_probability);
    table_cell(table, "%.2g", compared->flip_probability);
}

static void print_side(const char *name, const struct side *side)
{
    char time[32];
    if (side->fits)
        printf("%s: %s, fit %s\n", name, side->word, duration(time, side->fit_seconds));
    else
        printf("%s: %s, %s\n", name, side->word, rec_model_algorithm(side->model));
}

static void print_text(const struct contest *contest)
{
    char count[64], head[32];
    struct table table = {0};
    static const char *const heads[] = {"<metric", "units", "a", "b", "a - b"};
    print_side("a", &contest->a);
    print_side("b", &contest->b);
    printf("%s; errors by %s\n\n", counted(count, rec_ratings_count(contest->test), "test pair"),
           contest->options.flags ? "pair" : "user");
    for (int i = 0; i < 5; i++)
        table_column(&table, heads[i]);
    snprintf(head, sizeof head, "%g %% interval", 100.0 * contest->options.confidence);
    table_column(&table, head);
    table_column(&table, "t");
    table_column(&table, "p of t");
    table_column(&table, "p of flips");
    for (int32_t i = 0; i < rec_comparison_count(contest->comparison); i++) {
        rec_compared compared = compared_at(contest, i);
        add_row(&table, &compared);
    }
    table_print(&table);
}

static int compare(struct contest *contest)
{
    rec_status status = rec_compare(contest->a.model, contest->b.model, contest->test, metrics_of(contest),
                                    &contest->options, &contest->comparison);
    if (status)
        return fail_library(status);
    if (args_count(contest->args, OPT_JSON))
        print_json(contest);
    else
        print_text(contest);
    return 0;
}

static rec_compare_options options_of(const struct args *args)
{
    rec_compare_options options = REC_COMPARE_OPTIONS_INIT;
    options.flags = args_choice(args, OPT_UNIT) == 1 ? REC_COMPARE_PAIRS : 0;
    options.resamples = (int32_t)args_whole(args, OPT_RESAMPLES, options.resamples);
    options.seed = (uint64_t)args_whole(args, OPT_SEED, 0);
    options.confidence = (double)args_whole(args, OPT_CONFIDENCE, 95) / 100.0;
    return options;
}

static int prepare(struct contest *contest)
{
    const struct args *args = contest->args;
    int status = tell_kind(&contest->a, args);
    if (!status)
        status = tell_kind(&contest->b, args);
    if (!status)
        status = check_fits(contest);
    if (!status)
        status = make_side(&contest->a, args);
    if (!status)
        status = make_side(&contest->b, args);
    if (!status)
        status = check_compared_metrics(args, metrics_of(contest));
    return status ? status : read_all(contest);
}

int run_compare(const struct args *args)
{
    struct contest contest = {.args = args,
                              .a = {.word = args->words[0], .own = OPT_PARAMETER_A},
                              .b = {.word = args->words[1], .own = OPT_PARAMETER_B},
                              .options = options_of(args)};
    int status = prepare(&contest);
    if (!status)
        status = fit_side(&contest.a, &contest);
    if (!status)
        status = fit_side(&contest.b, &contest);
    if (!status)
        status = compare(&contest);
    rec_comparison_free(contest.comparison);
    rec_ratings_free(contest.train);
    rec_ratings_free(contest.test);
    rec_model_free(contest.a.model);
    rec_model_free(contest.b.model);
    return status;
}
