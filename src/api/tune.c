/* SPDX-License-Identifier: Apache-2.0 */
/* The public face of tuning: spaces, options, points. */
#include <librec/tune.h>

#include "api/sized.h"
#include "base/status.h"
#include "evaluate/tune.h"
#include "model/model.h"

#include <math.h>

enum { POINTS_USUAL = 27, FACTOR_USUAL = 3, FACTOR_MOST = 1000 };

rec_status rec_space_create(rec_space **out, const char *algorithm)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (algorithm == NULL)
        return rec__fail_null("algorithm");
    const struct rec_backend *backend = rec__backend_find(algorithm);
    return backend == NULL ? REC_ERR_NOT_FOUND : rec__space_create(out, backend);
}

/* What the calls that add a parameter have in common; n is 0 for a range. */
static rec_status add_axis(rec_space *space, const char *parameter, int32_t n, struct rec__axis **axis)
{
    if (space == NULL || parameter == NULL)
        return rec__fail_null(space == NULL ? "space" : "parameter");
    return rec__space_add(space, parameter, n, axis);
}

static rec_status check_values(const void *values, int32_t n)
{
    if (values == NULL)
        return rec__fail_null("values");
    return n >= 1 ? REC_OK : rec__fail(REC_ERR_INVALID, "n is %d; at least 1 value was expected", n);
}

/* Keep what was added last, or take it back. */
static rec_status keep_axis(rec_space *space, rec_status status)
{
    if (status != REC_OK)
        rec__space_drop(space);
    return status;
}

rec_status rec_space_values(rec_space *space, const char *parameter, const double *values, int32_t n)
{
    struct rec__axis *axis = NULL;
    rec_status status = check_values(values, n);
    if (status == REC_OK)
        status = add_axis(space, parameter, n, &axis);
    if (status != REC_OK)
        return status;
    for (int32_t v = 0; v < n && status == REC_OK; v++) {
        status = rec__parameter_check(rec__axis_parameter(space, axis), values[v]);
        axis->values[v] = values[v];
    }
    return keep_axis(space, status);
}

rec_status rec_space_texts(rec_space *space, const char *parameter, const char *const *values, int32_t n)
{
    struct rec__axis *axis = NULL;
    rec_status status = check_values(values, n);
    if (status == REC_OK)
        status = add_axis(space, parameter, n, &axis);
    if (status != REC_OK)
        return status;
    for (int32_t v = 0; v < n && status == REC_OK; v++)
        status = values[v] == NULL
                     ? rec__fail(REC_ERR_INVALID, "values[%d] is NULL; text was expected", v)
                     : rec__parameter_parse(rec__axis_parameter(space, axis), values[v], &axis->values[v]);
    return keep_axis(space, status);
}

static rec_status check_range(const struct rec__parameter *parameter, double least, double most,
                              uint32_t flags)
{
    if ((flags & ~(uint32_t)REC_RANGE_LOG) != 0)
        return rec__fail(REC_ERR_INVALID, "flags is %u; REC_RANGE_... or 0 was expected", flags);
    if (parameter->kind == REC_PARAMETER_CHOICE || parameter->kind == REC_PARAMETER_FLAG)
        return rec__fail(REC_ERR_INVALID, "%s is no number to draw from a range; its values were expected",
                         parameter->name);
    rec_status status = rec__parameter_check(parameter, least);
    if (status == REC_OK)
        status = rec__parameter_check(parameter, most);
    if (status != REC_OK)
        return status;
    if (!isfinite(least) || !isfinite(most) || !(least < most))
        return rec__fail(REC_ERR_INVALID, "the range of %s is %g to %g; rising finite numbers were expected",
                         parameter->name, least, most);
    if ((flags & REC_RANGE_LOG) != 0 && !(least > 0.0))
        return rec__fail(REC_ERR_INVALID,
                         "the range of %s begins at %g; more than 0 was expected of a logarithm",
                         parameter->name, least);
    return REC_OK;
}

rec_status rec_space_range(rec_space *space, const char *parameter, double least, double most, uint32_t flags)
{
    struct rec__axis *axis = NULL;
    rec_status status = add_axis(space, parameter, 0, &axis);
    if (status != REC_OK)
        return status;
    axis->least = least;
    axis->most = most;
    axis->log = (flags & REC_RANGE_LOG) != 0;
    return keep_axis(space, check_range(rec__axis_parameter(space, axis), least, most, flags));
}

static rec_status refuse(const char *option, int32_t value, const char *expected)
{
    return rec__fail(REC_ERR_INVALID, "options.%s is %d; %s was expected", option, value, expected);
}

/* What a method has no use for must not be given, so that nobody takes it for heeded. */
static rec_status check_unused(const rec_tune_options *options)
{
    bool grid = options->method == REC_TUNE_GRID, halving = options->method == REC_TUNE_HALVING;
    if (grid && options->points != 0)
        return refuse("points", options->points, "0 for a grid, which draws none,");
    if (!halving && options->factor != 0)
        return refuse("factor", options->factor, "0 for a method that divides nothing");
    if (!halving && options->resource != NULL)
        return rec__fail(REC_ERR_INVALID,
                         "options.resource is \"%s\"; NULL was expected for a method that divides nothing",
                         options->resource);
    if (!grid && options->path != NULL)
        return rec__fail(
            REC_ERR_INVALID,
            "options.path is \"%s\"; NULL was expected for points that are drawn, which lie on no path",
            options->path);
    return REC_OK;
}

static rec_status check_options(const rec_tune_options *options)
{
    if (options->method < REC_TUNE_GRID || options->method > REC_TUNE_HALVING)
        return refuse("method", options->method, "one of REC_TUNE_...");
    if (options->points < 0 || options->points > REC_POINTS_MOST)
        return refuse("points", options->points, "1 to 100000");
    if (options->factor != 0 && (options->factor < 2 || options->factor > FACTOR_MOST))
        return refuse("factor", options->factor, "2 to 1000");
    if (options->at_once < 0)
        return refuse("at_once", options->at_once, "at least 0");
    return check_unused(options);
}

static void fill_usual(rec_tune_options *options, const struct rec_backend *backend)
{
    bool predicts = (backend->traits & REC_PREDICTS_RATINGS) != 0;
    if (options->points == 0)
        options->points = POINTS_USUAL;
    if (options->factor == 0)
        options->factor = FACTOR_USUAL;
    if (options->resource == NULL)
        options->resource = "epochs";
    if (options->metric == NULL)
        options->metric = predicts ? "rmse" : "ndcg@20";
}

static rec_status read_options(rec_tune_options *full, const rec_tune_options *options, rec_folds *plan)
{
    rec_status status = REC_OK;
    if (options != NULL)
        status = rec__read_sized(full, sizeof *full, options, "options");
    if (status == REC_OK)
        status = check_options(full);
    if (status == REC_OK && full->plan != NULL)
        status = rec__read_sized(plan, sizeof *plan, full->plan, "plan");
    if (status == REC_OK && plan->at_once != 0)
        status =
            rec__fail(REC_ERR_INVALID,
                      "plan.at_once is %d; 0 was expected: options.at_once says how many fits run at once",
                      plan->at_once);
    return status;
}

static rec_status check_space(const rec_space *space, const rec_model *model)
{
    if (space->backend != model->backend)
        return rec__fail(REC_ERR_INVALID, "the space is of \"%s\"; one of the model's \"%s\" was expected",
                         space->backend->name, model->backend->name);
    return space->count > 0
               ? REC_OK
               : rec__fail(REC_ERR_INVALID, "the space has no parameters; at least 1 was expected");
}

rec_status rec_tune(const rec_model *model, const rec_ratings *ratings, const rec_space *space,
                    const rec_tune_options *options, rec_tuning **out)
{
    rec_tune_options full = REC_TUNE_OPTIONS_INIT;
    rec_folds plan = REC_FOLDS_INIT;
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (model == NULL || space == NULL)
        return rec__fail_null(model == NULL ? "model" : "space");
    rec_status status = read_options(&full, options, &plan);
    if (status == REC_OK)
        status = check_space(space, model);
    if (status != REC_OK)
        return status;
    fill_usual(&full, model->backend);
    return rec__tune(out, &(struct rec__search){model, ratings, space, &plan, &full});
}

int32_t rec_tuning_count(const rec_tuning *tuning)
{
    return tuning == NULL ? 0 : tuning->count;
}

const char *rec_tuning_metric(const rec_tuning *tuning)
{
    return tuning == NULL ? NULL : tuning->metric;
}

static rec_status check_rank(const rec_tuning *tuning, int32_t rank)
{
    if (tuning == NULL)
        return rec__fail_null("tuning");
    return rank >= 0 && rank < tuning->count
               ? REC_OK
               : rec__fail(REC_ERR_RANGE, "rank is %d; 0 to %d was expected", rank, tuning->count - 1);
}

rec_status rec_tuning_at(const rec_tuning *tuning, int32_t rank, rec_tuned *tuned)
{
    rec_status status = check_rank(tuning, rank);
    if (status != REC_OK)
        return status;
    if (tuned == NULL)
        return rec__fail_null("tuned");
    return rec__fill_sized(tuned, &tuning->points[rank], sizeof tuning->points[rank], "tuned");
}

rec_status rec_tuning_parameters(const rec_tuning *tuning, int32_t rank, rec_model *model)
{
    rec_status status = check_rank(tuning, rank);
    if (status != REC_OK)
        return status;
    if (model == NULL)
        return rec__fail_null("model");
    if (model->backend != tuning->backend)
        return rec__fail(REC_ERR_INVALID, "the model is of \"%s\"; one of \"%s\", as was tuned, was expected",
                         model->backend->name, tuning->backend->name);
    const double *settings = tuning->settings + (int64_t)tuning->points[rank].number * tuning->axes;
    for (int32_t a = 0; a < tuning->axes; a++)
        model->parameters[tuning->parameters[a]] = settings[a];
    return REC_OK;
}
