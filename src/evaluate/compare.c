/* SPDX-License-Identifier: Apache-2.0 */
/* Measure two models, keep what each unit contributed, and test the differences. statistics.c has the tests. */
#include "evaluate/compare.h"
#include "base/memory.h"
#include "base/status.h"
#include "evaluate/evaluation.h"
#include "evaluate/statistics.h"
#include "model/model.h"

#include <math.h>

/* One of the two models. */
struct side {
    rec_evaluation *evaluation;
    struct rec__observed observed; /* a row of units a metric; NaN: not measured */
};

struct job {
    const rec_ratings *test;
    const rec_compare_options *options;
    struct rec__metric_list *metrics;
    struct side a, b;
    double *weights;           /* of units: how many test pairs */
    double *means_a, *means_b; /* a resample each */
    double *differences;
    double variance; /* of the test ratings */
    int32_t threads;
};

static bool by_pair(const struct job *job, const struct rec__metric *metric)
{
    return metric->of_errors != NULL && (job->options->flags & REC_COMPARE_PAIRS) != 0;
}

static int64_t units_of(const struct job *job, int32_t m)
{
    return by_pair(job, job->metrics->wanted[m].metric) ? job->test->count : job->test->n_users;
}

static rec_status check_metrics(const struct rec__metric_list *metrics)
{
    for (int32_t m = 0; m < metrics->count; m++) {
        const struct rec__metric *metric = metrics->wanted[m].metric;
        if (metric->of_exposure != NULL || (metric->of_errors != NULL && metric->part == NULL))
            return rec__fail(REC_ERR_UNSUPPORTED,
                             "\"%s\" is no mean over users or test pairs, so it cannot be compared; metrics "
                             "other than coverage, novelty, gini and fcp were expected",
                             metrics->wanted[m].name);
    }
    return REC_OK;
}

static rec_status begin_side(const struct job *job, struct side *side, const char *metrics)
{
    int32_t count = job->metrics->count;
    rec_status status = rec__evaluation_create(&side->evaluation, metrics);
    side->observed.by_pair = (job->options->flags & REC_COMPARE_PAIRS) != 0;
    side->observed.values = rec__allocate_zeroed(count, sizeof(double *));
    if (status == REC_OK && side->observed.values == NULL)
        status = REC_ERR_NO_MEMORY;
    for (int32_t m = 0; status == REC_OK && m < count; m++) {
        int64_t units = units_of(job, m);
        side->observed.values[m] = rec__allocate(units, sizeof(double));
        if (side->observed.values[m] == NULL)
            return REC_ERR_NO_MEMORY;
        for (int64_t u = 0; u < units; u++)
            side->observed.values[m][u] = (double)NAN;
    }
    return status;
}

static void end_side(const struct job *job, struct side *side)
{
    for (int32_t m = 0; side->observed.values != NULL && m < job->metrics->count; m++)
        rec__release(side->observed.values[m]);
    rec__release(side->observed.values);
    rec_evaluation_free(side->evaluation);
}

static rec_status begin(struct job *job, const char *metrics)
{
    int32_t resamples = job->options->resamples;
    rec_status status = begin_side(job, &job->a, metrics);
    if (status == REC_OK)
        status = begin_side(job, &job->b, metrics);
    job->weights = rec__allocate(job->test->n_users, sizeof *job->weights);
    job->means_a = rec__allocate(resamples, sizeof *job->means_a);
    job->means_b = rec__allocate(resamples, sizeof *job->means_b);
    job->differences = rec__allocate(resamples, sizeof *job->differences);
    bool missing =
        job->weights == NULL || job->means_a == NULL || job->means_b == NULL || job->differences == NULL;
    return status == REC_OK && missing ? REC_ERR_NO_MEMORY : status;
}

static void end(struct job *job)
{
    end_side(job, &job->a);
    end_side(job, &job->b);
    rec__release(job->weights);
    rec__release(job->means_a);
    rec__release(job->means_b);
    rec__release(job->differences);
}

static double variance_of(const rec_ratings *test)
{
    double mean = 0.0, squares = 0.0;
    for (int64_t p = 0; p < test->count; p++)
        mean += (double)test->user_ratings[p] / (double)test->count;
    for (int64_t p = 0; p < test->count; p++)
        squares += ((double)test->user_ratings[p] - mean) * ((double)test->user_ratings[p] - mean);
    return squares / (double)test->count;
}

/* Move what both models measured to the front of its rows. */
static struct rec__paired pair_up(const struct job *job, int32_t m)
{
    const struct rec__metric *metric = job->metrics->wanted[m].metric;
    double *a = job->a.observed.values[m], *b = job->b.observed.values[m];
    bool weighted = metric->of_errors != NULL && !by_pair(job, metric);
    struct rec__paired paired = {.a = a, .b = b, .weights = weighted ? job->weights : NULL};
    for (int64_t u = 0; u < units_of(job, m); u++) {
        if (isnan(a[u]) || isnan(b[u]))
            continue;
        a[paired.n] = a[u];
        b[paired.n] = b[u];
        if (weighted)
            job->weights[paired.n] = (double)rec__user_count(job->test, (int32_t)u);
        paired.n++;
    }
    return paired;
}

static double shape(const struct job *job, int32_t m, double mean)
{
    switch (job->metrics->wanted[m].metric->shape) {
    case REC_SHAPE_ROOT:
        return sqrt(mean);
    case REC_SHAPE_SHARE:
        return 1.0 - mean / job->variance;
    default:
        return mean;
    }
}

static void find_intervals(struct job *job, int32_t m, rec_compared *compared)
{
    int32_t n = job->options->resamples;
    double confidence = job->options->confidence;
    for (int32_t r = 0; r < n; r++) {
        job->means_a[r] = shape(job, m, job->means_a[r]);
        job->means_b[r] = shape(job, m, job->means_b[r]);
        job->differences[r] = job->means_a[r] - job->means_b[r];
    }
    rec__percentiles(job->means_a, n, confidence, &compared->a_interval.low, &compared->a_interval.high);
    rec__percentiles(job->means_b, n, confidence, &compared->b_interval.low, &compared->b_interval.high);
    rec__percentiles(job->differences, n, confidence, &compared->difference_interval.low,
                     &compared->difference_interval.high);
}

static void find_values(const struct job *job, int32_t m, const struct rec__paired *paired,
                        rec_compared *compared)
{
    double a = 0.0, b = 0.0, weights = 0.0;
    for (int64_t u = 0; u < paired->n; u++) {
        a += paired->a[u];
        b += paired->b[u];
        weights += paired->weights == NULL ? 1.0 : paired->weights[u];
    }
    compared->a = shape(job, m, a / weights);
    compared->b = shape(job, m, b / weights);
    compared->difference = compared->a - compared->b;
}

static rec_status compare_metric(struct job *job, int32_t m, rec_compared *compared)
{
    const struct rec__wanted *wanted = &job->metrics->wanted[m];
    struct rec__paired paired = pair_up(job, m);
    struct rec__resampling resampling = {job->options->seed, job->options->resamples, job->threads};
    *compared = (rec_compared){.size = sizeof *compared, .name = wanted->name, .units = paired.n};
    if (paired.n < 2)
        return rec__fail(REC_ERR_EMPTY,
                         "\"%s\" was measured of both models for %lld test users; at least 2 were expected",
                         wanted->name, (long long)paired.n);
    find_values(job, m, &paired, compared);
    rec__paired_t(&paired, &compared->t, &compared->t_probability);
    if (wanted->metric->shape == REC_SHAPE_SHARE) /* it falls as errors rise */
        compared->t = compared->t == 0.0 ? 0.0 : -compared->t;
    rec_status status = rec__paired_flips(&paired, &resampling, &compared->flip_probability);
    if (status == REC_OK)
        status = rec__paired_bootstrap(&paired, &resampling, job->means_a, job->means_b);
    if (status == REC_OK)
        find_intervals(job, m, compared);
    return status;
}

static rec_status measure_side(const struct job *job, struct side *side, const rec_model *model,
                               const char *name)
{
    rec_status status = rec__evaluation_measure(side->evaluation, model, job->test, NULL, &side->observed);
    return status == REC_OK ? REC_OK : rec__fail_within(status, "model %s: ", name);
}

static rec_status compare(struct job *job, const rec_model *a, const rec_model *b, rec_compared *compared)
{
    rec_status status = measure_side(job, &job->a, a, "a");
    if (status == REC_OK)
        status = measure_side(job, &job->b, b, "b");
    job->variance = variance_of(job->test);
    for (int32_t m = 0; status == REC_OK && m < job->metrics->count; m++)
        status = compare_metric(job, m, &compared[m]);
    return status;
}

static rec_status create(rec_comparison **out, const char *metrics)
{
    rec_comparison *comparison = rec__allocate_zeroed(1, sizeof *comparison);
    if (comparison == NULL)
        return REC_ERR_NO_MEMORY;
    rec_status status = rec__metric_list_read(&comparison->metrics, metrics);
    if (status == REC_OK)
        status = check_metrics(&comparison->metrics);
    if (status == REC_OK) {
        comparison->compared = rec__allocate_zeroed(comparison->metrics.count, sizeof *comparison->compared);
        status = comparison->compared == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    }
    if (status == REC_OK)
        *out = comparison;
    else
        rec_comparison_free(comparison);
    return status;
}

rec_status rec__compare(rec_comparison **out, const rec_model *a, const rec_model *b, const rec_ratings *test,
                        const char *metrics, const rec_compare_options *options)
{
    rec_comparison *comparison = NULL;
    rec_status status = create(&comparison, metrics);
    if (status != REC_OK)
        return status;
    struct job job = {
        .test = test, .options = options, .metrics = &comparison->metrics, .threads = rec__model_threads(a)};
    status = begin(&job, metrics);
    if (status == REC_OK)
        status = compare(&job, a, b, comparison->compared);
    end(&job);
    if (status == REC_OK)
        *out = comparison;
    else
        rec_comparison_free(comparison);
    return status;
}

void rec_comparison_free(rec_comparison *comparison)
{
    if (comparison == NULL)
        return;
    rec__metric_list_clear(&comparison->metrics);
    rec__release(comparison->compared);
    rec__release(comparison);
}
