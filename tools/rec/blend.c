/* SPDX-License-Identifier: Apache-2.0 */
/* rec blend: fitted models added up. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>

#include "args.h"
#include "inputs.h"
#include "measure.h"
#include "report.h"
#include "terms.h"
#include "text.h"

struct mixture {
    const struct args *args;
    rec_model **members, *blend;
    double *weights, value;
    int n, tuned;
    rec_blend_options options;
    rec_evaluation *evaluation; /* NULL: not measured */
    struct terms terms;
};

static int open_members(struct mixture *mix)
{
    const char *threads = args_text(mix->args, OPT_THREADS);
    mix->members = calloc((size_t)mix->n, sizeof *mix->members);
    mix->weights = calloc((size_t)mix->n, sizeof *mix->weights);
    if (!mix->members || !mix->weights)
        return fail_library(REC_ERR_NO_MEMORY);
    for (int m = 0; m < mix->n; m++) {
        rec_status status = rec_model_open(&mix->members[m], mix->args->words[m]);
        if (!status && threads)
            status = rec_model_set_text(mix->members[m], "threads", threads);
        if (status)
            return fail_library(status);
    }
    return 0;
}

static int read_weights(struct mixture *mix, const char *text)
{
    const char *rest = text;
    for (int m = 0; m < mix->n; m++) {
        char *end;
        mix->weights[m] = strtod(rest, &end);
        if (end == rest || (*end != ',' && *end != 0) || (*end == 0) != (m == mix->n - 1))
            return fail_usage(mix->args->command,
                              "--blend-weights is \"%s\"; %d numbers separated by commas were expected", text,
                              mix->n);
        rest = end + 1;
    }
    return 0;
}

static int find_weights(struct mixture *mix)
{
    const char *valid = args_text(mix->args, OPT_VALID), *metric = args_text(mix->args, OPT_METRIC);
    rec_ratings *ratings = NULL;
    int status = read_ratings(&ratings, mix->args, &valid, 1);
    if (!status) {
        rec_status found = rec_blend_tune((const rec_model *const *)mix->members, mix->n, &mix->options,
                                          ratings, metric ? metric : "ndcg@20", mix->weights, &mix->value);
        status = found ? fail_library(found) : 0;
        mix->tuned = 1;
    }
    rec_ratings_free(ratings);
    return status;
}

static int make_blend(struct mixture *mix)
{
    const char *threads = args_text(mix->args, OPT_THREADS);
    rec_status made = rec_blend_create(&mix->blend, (const rec_model *const *)mix->members, mix->weights,
                                       mix->n, &mix->options);
    if (!made && threads)
        made = rec_model_set_text(mix->blend, "threads", threads);
    return made ? fail_library(made) : 0;
}

static int measure(struct mixture *mix)
{
    const char *test = args_text(mix->args, OPT_TEST);
    rec_ratings *ratings = NULL;
    int status =
        check_metrics(mix->args, chosen_metrics(mix->args, mix->blend), mix->terms.options.negatives);
    if (!status)
        status = terms_match(&mix->terms, mix->args, mix->blend);
    if (!status)
        status = read_ratings(&ratings, mix->args, &test, 1);
    if (!status) {
        rec_status measured = rec_evaluate_by(mix->blend, ratings, chosen_metrics(mix->args, mix->blend),
                                              &mix->terms.options, &mix->evaluation);
        status = measured ? fail_library(measured) : 0;
    }
    rec_ratings_free(ratings);
    return status;
}

static const char *metric_of(const struct mixture *mix)
{
    const char *metric = args_text(mix->args, OPT_METRIC);
    return metric ? metric : "ndcg@20";
}

static void print_json(const struct mixture *mix)
{
    struct json json = {.file = stdout};
    json_open(&json, NULL, '{');
    json_open(&json, "weights", '{');
    for (int m = 0; m < mix->n; m++)
        json_real(&json, mix->args->words[m], mix->weights[m]);
    json_close(&json, '}');
    if (mix->tuned) {
        json_text(&json, "metric", metric_of(mix));
        json_real(&json, "valid", mix->value);
    }
    if (mix->evaluation) {
        json_figures(&json, mix->evaluation, 0);
        json_terms(&json, &mix->terms, mix->evaluation);
    }
    json_whole(&json, "peak_rss_bytes", peak_memory());
    json_close(&json, '}');
}

static void print_text(const struct mixture *mix)
{
    for (int m = 0; m < mix->n; m++)
        printf("%8.4f  %s\n", mix->weights[m], mix->args->words[m]);
    if (mix->tuned)
        printf("%s on %s: %.4f\n", metric_of(mix), args_text(mix->args, OPT_VALID), mix->value);
    if (args_count(mix->args, OPT_MODEL_OUT))
        printf("saved to %s\n", args_text(mix->args, OPT_MODEL_OUT));
    if (mix->evaluation) {
        printf("\n");
        print_terms(&mix->terms);
        print_grouped_figures(mix->evaluation);
    }
}

static void free_mixture(struct mixture *mix)
{
    for (int m = 0; mix->members && m < mix->n; m++)
        rec_model_free(mix->members[m]);
    terms_free(&mix->terms);
    rec_evaluation_free(mix->evaluation);
    rec_model_free(mix->blend);
    free(mix->members);
    free(mix->weights);
}

static int check_options(const struct args *args)
{
    int given = args_count(args, OPT_BLEND_WEIGHTS), tuned = args_count(args, OPT_VALID);
    if (given == tuned)
        return fail_usage(args->command, given ? "--blend-weights and --valid exclude each other"
                                               : "--valid FILE or --blend-weights A,B,... is missing");
    if (given && args_count(args, OPT_METRIC))
        return fail_usage(args->command, "--metric is what weights are looked for by, with --valid");
    for (enum option_id id = 0; id < OPT_COUNT && !args_count(args, OPT_TEST); id++)
        if (((MEASURING | TAKES(OPT_METRICS) | TAKES(OPT_SEED)) & TAKES(id)) && args_count(args, id))
            return fail_usage(args->command, "--%s is for --test FILE, which is missing",
                              option_table[id].name);
    if (args_count(args, OPT_WITHOUT_RATINGS) && !args_count(args, OPT_MODEL_OUT))
        return fail_usage(args->command, "--without-ratings is for --output MODEL, which is missing");
    return 0;
}

int run_blend(const struct args *args)
{
    struct mixture mix = {.args = args, .n = args->n_words, .options = REC_BLEND_OPTIONS_INIT};
    int status = check_options(args);
    mix.options.rule = args_choice(args, OPT_BLEND_BY) == 1 ? REC_BLEND_RANKS : REC_BLEND_SUM;
    if (!status)
        status = terms_read(&mix.terms, args);
    if (!status)
        status = open_members(&mix);
    if (!status)
        status = args_count(args, OPT_VALID) ? find_weights(&mix)
                                             : read_weights(&mix, args_text(args, OPT_BLEND_WEIGHTS));
    if (!status)
        status = make_blend(&mix);
    if (!status && args_count(args, OPT_MODEL_OUT))
        status = save_model(mix.blend, mix.args);
    if (!status && args_count(args, OPT_TEST))
        status = measure(&mix);
    if (!status && args_count(args, OPT_JSON))
        print_json(&mix);
    else if (!status)
        print_text(&mix);
    free_mixture(&mix);
    return status;
}
