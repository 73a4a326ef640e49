/* SPDX-License-Identifier: Apache-2.0 */
/* Options of measurements, and groups on the way out. */
#include "terms.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inputs.h"
#include "measure.h"
#include "report.h"
#include "table.h"
#include "text.h"

enum { BOUNDS_MOST = 16 };

static const char *sampling_word(const struct terms *terms)
{
    return terms->options.sampling == REC_NEGATIVES_POPULAR ? "popular" : "uniform";
}

/* "N" or "N:popular". */
static int read_negatives(struct terms *terms, const struct args *args)
{
    const char *text = args_text(args, OPT_NEGATIVES);
    char *end;
    if (!text)
        return 0;
    long long n = strtoll(text, &end, 10);
    int popular = strcmp(end, ":popular") == 0;
    if (end == text || n < 1 || n > 100000 || (*end && !popular && strcmp(end, ":uniform") != 0))
        return fail_usage(args->command,
                          "--negatives is \"%s\"; expected a whole number from 1 to 100000, or one with "
                          ":popular behind it",
                          text);
    terms->options.negatives = (int32_t)n;
    terms->options.sampling = popular ? REC_NEGATIVES_POPULAR : REC_NEGATIVES_UNIFORM;
    terms->options.seed = (uint64_t)args_whole(args, OPT_SEED, 0);
    return 0;
}

/* Rising whole numbers between commas. */
static int read_bounds(struct terms *terms, const struct args *args, const char *text)
{
    const char *rest = text;
    for (;;) {
        char *end;
        int32_t n = terms->options.n_user_bounds;
        long long bound = strtoll(rest, &end, 10);
        if (end == rest || (*end && *end != ',') || bound < 1 || n == BOUNDS_MOST ||
            (n > 0 && bound <= terms->bounds[n - 1]))
            return fail_usage(args->command,
                              "--strata has \"users=%s\"; expected rising whole numbers, as in "
                              "users=10,50, at most %d",
                              text, BOUNDS_MOST);
        terms->bounds = grow(terms->bounds, (size_t)n, sizeof *terms->bounds);
        terms->bounds[n] = bound;
        terms->options.n_user_bounds = n + 1;
        if (!*end)
            break;
        rest = end + 1;
    }
    terms->options.user_bounds = terms->bounds;
    return 0;
}

static int read_head(struct terms *terms, const struct args *args, const char *text)
{
    double percent;
    if (!parse_number(text, &percent) || !(percent > 0 && percent <= 100))
        return fail_usage(args->command,
                          "--strata has \"head=%s\"; expected a percentage of the training ratings, as in "
                          "head=50",
                          text);
    terms->options.head = percent / 100;
    return 0;
}

static int read_strata(struct terms *terms, const struct args *args)
{
    int status = 0, n = args_count(args, OPT_STRATA);
    for (int i = 0; i < n && !status; i++) {
        const char *text = args_text_at(args, OPT_STRATA, i);
        if (strncmp(text, "users=", 6) == 0 && !terms->bounds)
            status = read_bounds(terms, args, text + 6);
        else if (strncmp(text, "head=", 5) == 0 && terms->options.head <= 0)
            status = read_head(terms, args, text + 5);
        else
            status = fail_usage(args->command,
                                "--strata is \"%s\"; expected users=N,... or head=PERCENT, each once", text);
    }
    return status;
}

int terms_read(struct terms *terms, const struct args *args)
{
    const char *path = args_text(args, OPT_FOLD_IN);
    *terms = (struct terms){.options = REC_EVALUATE_OPTIONS_INIT};
    int status = read_negatives(terms, args);
    if (!status && terms->options.negatives && args_count(args, OPT_ONLY))
        status = fail_usage(args->command, "--negatives and --only exclude each other: all of the items in "
                                           "FILE compete, or a sample of all items");
    if (!status)
        status = read_strata(terms, args);
    if (!status && path)
        status = read_ratings(&terms->histories, args, &path, 1);
    terms->options.histories = terms->histories;
    return status;
}

int terms_match(struct terms *terms, const struct args *args, const rec_model *model)
{
    const char *path = args_text(args, OPT_ONLY);
    int status = path ? item_list_read(&terms->only, model, path, 1) : 0;
    if (path && !status && terms->only.n == 0)
        status = fail("%s names no items; one id a line was expected", path);
    terms->options.only = terms->only.rows;
    terms->options.n_only = terms->only.n;
    return status;
}

void terms_free(struct terms *terms)
{
    item_list_free(&terms->only);
    rec_ratings_free(terms->histories);
    free(terms->bounds);
}

static void json_stratum(struct json *json, const rec_stratum *stratum)
{
    rec_evaluation_totals totals = REC_EVALUATION_TOTALS_INIT;
    if (rec_evaluation_totals_of(stratum->figures, &totals))
        return;
    json_open(json, NULL, '{');
    json_text(json, "name", stratum->name);
    json_whole(json, stratum->by_items ? "items" : "members", stratum->members);
    json_whole(json, "users", totals.users);
    json_whole(json, "pairs", totals.pairs);
    json_figures(json, stratum->figures, 0);
    json_close(json, '}');
}

void json_terms(struct json *json, const struct terms *terms, const rec_evaluation *evaluation)
{
    int32_t n = rec_evaluation_strata(evaluation);
    if (terms->options.negatives) {
        json_open(json, "sampled", '{');
        json_whole(json, "negatives", terms->options.negatives);
        json_text(json, "drawn", sampling_word(terms));
        json_whole(json, "seed", (int64_t)terms->options.seed);
        json_close(json, '}');
    }
    if (n > 0)
        json_open(json, "strata", '[');
    for (int32_t s = 0; s < n; s++) {
        rec_stratum stratum = REC_STRATUM_INIT;
        if (rec_evaluation_stratum(evaluation, s, &stratum) == REC_OK)
            json_stratum(json, &stratum);
    }
    if (n > 0)
        json_close(json, ']');
}

static const rec_evaluation *figures_of(const rec_evaluation *evaluation, int32_t s)
{
    rec_stratum stratum = REC_STRATUM_INIT;
    return rec_evaluation_stratum(evaluation, s, &stratum) == REC_OK ? stratum.figures : evaluation;
}

static void cell_figure(struct table *table, const rec_evaluation *evaluation, int32_t m)
{
    rec_figure figure = REC_FIGURE_INIT;
    if (rec_evaluation_at(evaluation, m, &figure) || isnan(figure.value))
        table_cell(table, "-");
    else
        table_cell(table, "%.4f", figure.value);
}

static void cell_total(struct table *table, const rec_evaluation *evaluation, int pairs)
{
    char digits[32];
    rec_evaluation_totals totals = REC_EVALUATION_TOTALS_INIT;
    if (rec_evaluation_totals_of(evaluation, &totals) == REC_OK)
        table_cell(table, "%s", grouped(digits, pairs ? totals.pairs : totals.users));
}

void print_grouped_figures(const rec_evaluation *evaluation)
{
    struct table table = {0};
    int32_t n = rec_evaluation_strata(evaluation), m = rec_evaluation_count(evaluation);
    table_column(&table, "<metric");
    table_column(&table, n > 0 ? "all" : "value");
    for (int32_t s = 0; s < n; s++) {
        rec_stratum stratum = REC_STRATUM_INIT;
        table_column(&table, rec_evaluation_stratum(evaluation, s, &stratum) ? "" : stratum.name);
    }
    for (int32_t i = 0; i < m; i++) {
        rec_figure figure = REC_FIGURE_INIT;
        if (rec_evaluation_at(evaluation, i, &figure))
            continue;
        table_cell(&table, "%s", figure.name);
        cell_figure(&table, evaluation, i);
        for (int32_t s = 0; s < n; s++)
            cell_figure(&table, figures_of(evaluation, s), i);
    }
    for (int pairs = 0; n > 0 && pairs < 2; pairs++) {
        table_cell(&table, pairs ? "test pairs" : "users");
        cell_total(&table, evaluation, pairs);
        for (int32_t s = 0; s < n; s++)
            cell_total(&table, figures_of(evaluation, s), pairs);
    }
    table_print(&table);
}

void print_terms(const struct terms *terms)
{
    if (terms->options.negatives)
        printf("each test item among %d others, drawn %s: not comparable with figures among all items\n\n",
               terms->options.negatives,
               terms->options.sampling == REC_NEGATIVES_POPULAR ? "as they are popular" : "evenly");
}
