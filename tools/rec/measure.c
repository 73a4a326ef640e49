/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics, figures, memory. */
#include "measure.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "inputs.h"
#include "report.h"
#include "table.h"

const char *chosen_metrics(const struct args *args, const rec_model *model)
{
    rec_algorithm algorithm = REC_ALGORITHM_INIT;
    const char *given = args_text(args, OPT_METRICS);
    if (given)
        return given;
    if (rec_algorithm_find(rec_model_algorithm(model), &algorithm))
        return "recall@20,ndcg@20";
    return algorithm.abilities & REC_PREDICTS_RATINGS ? "rmse,mae" : "recall@20,ndcg@20";
}

static rec_status measure_tiny(const char *metrics, int32_t negatives, int compare)
{
    rec_evaluate_options options = REC_EVALUATE_OPTIONS_INIT;
    static const int64_t row_start[] = {0, 2, 4};
    static const int32_t items[] = {0, 1, 1, 2};
    static const float values[] = {1, 2, 1, 2};
    rec_ratings *ratings = NULL;
    rec_model *model = NULL;
    rec_evaluation *evaluation = NULL;
    rec_comparison *comparison = NULL;
    options.negatives = negatives;
    rec_status status = rec_ratings_from_csr(&ratings, 2, 3, row_start, items, values);
    if (!status)
        status = rec_model_create(&model, "popular");
    if (!status)
        status = rec_fit(model, ratings);
    if (!status && compare)
        status = rec_compare(model, model, ratings, metrics, NULL, &comparison);
    else if (!status)
        status = rec_evaluate_by(model, ratings, metrics, &options, &evaluation);
    rec_comparison_free(comparison);
    rec_evaluation_free(evaluation);
    rec_model_free(model);
    rec_ratings_free(ratings);
    return status;
}

static int report_check(const struct args *args, rec_status status)
{
    if (status == REC_ERR_INVALID || status == REC_ERR_UNSUPPORTED)
        return fail_usage(args->command, "%s", rec_last_error());
    return status ? fail_library(status) : 0;
}

int check_metrics(const struct args *args, const char *metrics, int32_t negatives)
{
    return report_check(args, measure_tiny(metrics, negatives, 0));
}

int check_compared_metrics(const struct args *args, const char *metrics)
{
    return report_check(args, measure_tiny(metrics, 0, 1));
}

static void json_one_object(struct json *json, const char *key, const rec_evaluation *evaluation,
                            int deviations)
{
    rec_figure figure = REC_FIGURE_INIT;
    json_open(json, key, '{');
    for (int32_t i = 0; i < rec_evaluation_count(evaluation); i++)
        if (rec_evaluation_at(evaluation, i, &figure) == REC_OK)
            json_real(json, figure.name, deviations ? figure.deviation : figure.value);
    json_close(json, '}');
}

void json_figures(struct json *json, const rec_evaluation *evaluation, int deviations)
{
    json_one_object(json, "metrics", evaluation, 0);
    if (deviations)
        json_one_object(json, "deviations", evaluation, 1);
}

void print_averages(const rec_evaluation *evaluation)
{
    rec_figure figure = REC_FIGURE_INIT;
    struct table table = {0};
    table_column(&table, "<metric");
    table_column(&table, "mean");
    table_column(&table, "deviation");
    for (int32_t i = 0; i < rec_evaluation_count(evaluation); i++) {
        if (rec_evaluation_at(evaluation, i, &figure))
            continue;
        table_cell(&table, "%s", figure.name);
        table_cell(&table, "%.4f", figure.value);
        table_cell(&table, "%.4f", figure.deviation);
    }
    table_print(&table);
}

/* getrusage also counts what the process was before exec, such as the interpreter that started it: Linux
 * tells the peak of this program alone. */
int64_t peak_memory(void)
{
    char line[128];
    long long kilobytes = 0;
    struct rusage usage;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && kilobytes == 0 && fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %lld kB", &kilobytes) != 1)
            kilobytes = 0;
    if (file)
        fclose(file);
    if (kilobytes == 0 && getrusage(RUSAGE_SELF, &usage) == 0)
        kilobytes = usage.ru_maxrss;
    return kilobytes * 1024;
}
