/* SPDX-License-Identifier: Apache-2.0 */
/* rec tune: which parameters suit the ratings. tune_report.c says what was found. */
#include "tune.h"
#include "commands.h"

#include <stdlib.h>
#include <string.h>

#include "folds.h"
#include "measure.h"
#include "progress.h"
#include "report.h"
#include "text.h"

/* Read "NAME=": the name is kept; `rest` is what follows. */
static int read_name(struct search *search, enum option_id id, const char *text, const char **rest)
{
    const struct option *option = &option_table[id];
    size_t length = strcspn(text, "=");
    if (length == 0 || !text[length] || !text[length + 1])
        return fail_usage(search->args->command, "--%s is \"%s\"; expected %s", option->name, text,
                          option->value);
    if (search->n_names == AXES_MOST)
        return fail_usage(search->args->command, "more than %d parameters are given to --grid and --range",
                          AXES_MOST);
    search->names[search->n_names++] = copy_text(text, length);
    *rest = text + length + 1;
    return 0;
}

/* What the space says about the parameter that was read last, with a hint at what may have been meant. */
static int report_axis(const struct search *search, rec_status status)
{
    struct setting setting = {.name = search->names[search->n_names - 1]};
    return status ? fail_parameter(search->args, search->model, &setting) : 0;
}

static int add_values(struct search *search, char **values, size_t n)
{
    return report_axis(search, rec_space_texts(search->space, search->names[search->n_names - 1],
                                               (const char *const *)values, (int32_t)n));
}

static int read_grid(struct search *search, const char *text)
{
    const char *at = NULL;
    char **values = NULL;
    size_t n = 0;
    int status = read_name(search, OPT_GRID, text, &at);
    while (!status && at) {
        size_t length = strcspn(at, ",");
        if (length == 0)
            status = fail_usage(search->args->command, "--grid is \"%s\"; a value is empty", text);
        values = grow(values, n, sizeof *values);
        values[n++] = copy_text(at, length);
        at = at[length] ? at + length + 1 : NULL;
    }
    if (!status)
        status = add_values(search, values, n);
    for (size_t v = 0; v < n; v++)
        free(values[v]);
    free(values);
    return status;
}

/* "LOW..HIGH" or "LOW..HIGH:log". */
static int parse_range(const char *text, double *least, double *most, uint32_t *flags)
{
    const char *dots = strstr(text, ".."), *colon = strchr(text, ':');
    *flags = colon ? REC_RANGE_LOG : 0;
    if (!dots || (colon && (colon < dots || strcmp(colon, ":log") != 0)))
        return 0;
    char *low = copy_text(text, (size_t)(dots - text)), *high = copy_text(dots + 2, strcspn(dots + 2, ":"));
    int right = parse_number(low, least) && parse_number(high, most);
    free(low);
    free(high);
    return right;
}

static int read_range(struct search *search, const char *text)
{
    const char *range = NULL;
    double least = 0.0, most = 0.0;
    uint32_t flags = 0;
    int status = read_name(search, OPT_RANGE, text, &range);
    if (status)
        return status;
    if (!parse_range(range, &least, &most, &flags))
        return fail_usage(search->args->command,
                          "--range is \"%s\"; expected NAME=LOW..HIGH or NAME=LOW..HIGH:log", text);
    const char *name = search->names[search->n_names - 1];
    return report_axis(search, rec_space_range(search->space, name, least, most, flags));
}

/* Grids and ranges in the order given: the last parameter of a grid changes fastest. */
static int read_space(struct search *search)
{
    const struct args *args = search->args;
    rec_status created = rec_space_create(&search->space, args->words[0]);
    int status = created ? fail_library(created) : 0;
    for (int i = 0; i < args->n_given && !status; i++) {
        if (args->given[i].id == OPT_GRID)
            status = read_grid(search, args->given[i].value);
        else if (args->given[i].id == OPT_RANGE)
            status = read_range(search, args->given[i].value);
    }
    if (!status && search->n_names == 0)
        status = fail_usage(args->command, "nothing is to be tried; expected --grid NAME=A,B,... or --range "
                                           "NAME=LOW..HIGH");
    return status;
}

static int32_t method_of(const struct args *args)
{
    if (!args_text(args, OPT_METHOD) && args_count(args, OPT_RANGE))
        return REC_TUNE_RANDOM;
    return args_choice(args, OPT_METHOD);
}

/* Which options go with which method. */
static int check_method(const struct search *search)
{
    const struct args *args = search->args;
    int32_t method = search->options.method;
    const char *path = args_text(args, OPT_PATH);
    int among = 0;
    if (method == REC_TUNE_GRID && args_count(args, OPT_RANGE))
        return fail_usage(args->command, "--range goes with --method random or halving; a grid needs values");
    if (method == REC_TUNE_GRID && args_count(args, OPT_POINTS))
        return fail_usage(args->command, "--points goes with --method random or halving; a grid draws none");
    if (method != REC_TUNE_HALVING && args_count(args, OPT_FACTOR))
        return fail_usage(args->command, "--factor goes with --method halving");
    if (method != REC_TUNE_HALVING && args_count(args, OPT_RESOURCE))
        return fail_usage(args->command, "--resource goes with --method halving");
    if (method != REC_TUNE_GRID && path)
        return fail_usage(args->command,
                          "--path goes with --method grid; points that are drawn lie on no path");
    for (int i = 0; path && i < search->n_names; i++)
        among |= strcmp(path, search->names[i]) == 0;
    return path && !among ? fail_usage(args->command, "--path is %s; expected a parameter of a --grid", path)
                          : 0;
}

static int read_options(struct search *search)
{
    const struct args *args = search->args;
    double seed = 0.0;
    rec_status status = rec_model_get(search->model, "seed", &seed);
    search->options = (rec_tune_options){.size = sizeof search->options,
                                         .method = method_of(args),
                                         .points = (int32_t)args_whole(args, OPT_POINTS, 0),
                                         .seed = (uint64_t)seed,
                                         .metric = args_text(args, OPT_METRIC),
                                         .plan = &search->plan,
                                         .at_once = (int32_t)args_whole(args, OPT_AT_ONCE, 0),
                                         .factor = (int32_t)args_whole(args, OPT_FACTOR, 0),
                                         .resource = args_text(args, OPT_RESOURCE),
                                         .path = args_text(args, OPT_PATH)};
    search->plan.seed = (uint64_t)seed;
    if (status)
        return fail_library(status);
    if (search->options.metric && strchr(search->options.metric, ','))
        return fail_usage(args->command, "--metric is \"%s\"; expected one metric", search->options.metric);
    int wrong = check_method(search);
    if (!wrong && search->options.metric)
        wrong = check_metrics(args, search->options.metric, 0);
    return wrong;
}

/* What points are measured on: given ratings, a share that is held out, or folds. */
static int check_plan(struct search *search)
{
    const struct args *args = search->args;
    int train = args_count(args, OPT_TRAIN) > 0, valid = args_count(args, OPT_VALID) > 0;
    search->plan.kind = train || valid || args_count(args, OPT_HOLDOUT) ? REC_FOLDS_GIVEN : folds_kind(args);
    if (train != valid)
        return fail_usage(args->command, "--%s FILE is missing", train ? "valid" : "train");
    if (train)
        return folds_refuse(args, "--train and --valid say what is learned from and what is measured on");
    if (args->n_words < 2)
        return fail_usage(args->command, "RATINGS is missing; or give --train and --valid");
    if (search->plan.kind != REC_FOLDS_GIVEN)
        return folds_check(args, search->plan.kind);
    if (args_count(args, OPT_SPLIT) || args_count(args, OPT_FOLDS) || args_count(args, OPT_REPEATS))
        return fail_usage(args->command,
                          "--holdout makes one division; it goes without --split, --folds and --repeats");
    return 0;
}

static int read_given(struct search *search)
{
    const char **train = args_collect(search->args, OPT_TRAIN), *valid = args_text(search->args, OPT_VALID);
    int status =
        read_chosen_ratings(&search->train, search->args, train, args_count(search->args, OPT_TRAIN));
    if (!status)
        status = read_chosen_ratings(&search->valid, search->args, &valid, 1);
    free(train);
    return status;
}

static int read_plan(struct search *search)
{
    const struct args *args = search->args;
    if (args_count(args, OPT_TRAIN))
        return read_given(search);
    int status = read_chosen_ratings(&search->ratings, args, args->words + 1, args->n_words - 1);
    if (status || search->plan.kind != REC_FOLDS_GIVEN) {
        folds_read(&search->plan, args);
        return status;
    }
    double share = (double)args_whole(args, OPT_HOLDOUT, 0) / 100.0;
    rec_status split =
        rec_split_random(search->ratings, share, search->plan.seed, &search->train, &search->valid);
    return split ? fail_library(split) : 0;
}

static int run_search(struct search *search)
{
    struct progress progress;
    if (search->train) {
        search->plan.folds = 1;
        search->plan.train = (const rec_ratings *const *)&search->train;
        search->plan.test = (const rec_ratings *const *)&search->valid;
    }
    progress_begin(&progress, search->model, search->args, search->args->words[0]);
    rec_status status =
        rec_tune(search->model, search->ratings, search->space, &search->options, &search->found);
    progress_end(&progress, search->model);
    return status ? fail_library(status) : 0;
}

static int report(const struct search *search)
{
    const char *best = args_text(search->args, OPT_BEST_OUT);
    int status = best ? write_best(search, best) : 0;
    if (!status && args_count(search->args, OPT_JSON))
        print_points_json(search);
    else if (!status)
        print_points(search);
    return status;
}

static void free_search(struct search *search)
{
    for (int i = 0; i < search->n_names; i++)
        free(search->names[i]);
    rec_tuning_free(search->found);
    rec_space_free(search->space);
    rec_model_free(search->model);
    rec_ratings_free(search->ratings);
    rec_ratings_free(search->train);
    rec_ratings_free(search->valid);
    setup_free(&search->setup);
}

/* All that can be wrong with the command line is said before anything is read that may be large. */
int run_tune(const struct args *args)
{
    struct search search = {.args = args, .plan = REC_FOLDS_INIT};
    const char *best = args_text(args, OPT_BEST_OUT);
    int status = check_plan(&search);
    if (!status)
        status = setup_read(&search.setup, args);
    if (!status)
        status = make_model(&search.model, args, args->words[0], &search.setup);
    if (!status)
        status = read_space(&search);
    if (!status)
        status = read_options(&search);
    if (!status && best)
        status = check_target(best);
    if (!status)
        status = read_plan(&search);
    if (!status)
        status = run_search(&search);
    if (!status)
        status = report(&search);
    free_search(&search);
    return status;
}
