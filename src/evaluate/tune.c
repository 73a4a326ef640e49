/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of search: which points are fitted, in how many rounds, and who is best. tune_round.c fits. */
#include "evaluate/tune.h"
#include "base/memory.h"
#include "base/sort.h"
#include "base/status.h"
#include "evaluate/evaluation.h"
#include "evaluate/folds.h"
#include "evaluate/tune_round.h"
#include "model/model.h"

#include <math.h>
#include <string.h>

static rec_status refuse_name(const char *option, const char *name, const char *expected)
{
    return rec__fail(REC_ERR_INVALID, "options.%s is \"%s\"; %s was expected", option, name, expected);
}

/* Reads the one metric that points are compared by. smaller: fills, is a smaller one better? */
static rec_status read_metric(const char *name, bool *smaller)
{
    struct rec__metric_list list;
    rec_status status = rec__metric_list_read(&list, name);
    if (status != REC_OK)
        return status;
    *smaller = list.wanted[0].metric->smaller;
    if (list.count != 1)
        status = refuse_name("metric", name, "one metric");
    rec__metric_list_clear(&list);
    return status;
}

/* By what is best: later rounds, values, and the order of the points, so that no two are equal. */
static int compare_points(const void *a, const void *b, bool smaller)
{
    const rec_tuned *x = a, *y = b;
    if (x->diverged != y->diverged)
        return x->diverged ? 1 : -1;
    if (x->rounds != y->rounds && !x->diverged)
        return x->rounds > y->rounds ? -1 : 1;
    if (x->value != y->value && !x->diverged)
        return (x->value < y->value) == smaller ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static int compare_smaller(const void *a, const void *b)
{
    return compare_points(a, b, true);
}

static int compare_greater(const void *a, const void *b)
{
    return compare_points(a, b, false);
}

static rec_status create_tuning(rec_tuning **out, const struct rec__search *search, int32_t most)
{
    const rec_space *space = search->space;
    rec_tuning *tuning = rec__allocate_zeroed(1, sizeof *tuning);
    if (tuning == NULL)
        return REC_ERR_NO_MEMORY;
    *out = tuning;
    tuning->backend = space->backend;
    tuning->axes = (int32_t)space->count;
    tuning->parameters = rec__allocate(space->count, sizeof *tuning->parameters);
    tuning->settings = rec__allocate((int64_t)most * space->count, sizeof *tuning->settings);
    tuning->points = rec__allocate_zeroed(most, sizeof *tuning->points);
    tuning->metric = rec__copy_string(search->options->metric);
    if (tuning->parameters == NULL || tuning->settings == NULL || tuning->points == NULL ||
        tuning->metric == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t a = 0; a < space->count; a++)
        tuning->parameters[a] = space->axes[a].parameter;
    return REC_OK;
}

void rec_tuning_free(rec_tuning *tuning)
{
    if (tuning == NULL)
        return;
    rec__release(tuning->parameters);
    rec__release(tuning->settings);
    rec__release(tuning->points);
    rec__release(tuning->metric);
    rec__release(tuning);
}

/* The points, in their order, before any is fitted. */
static rec_status choose_points(rec_tuning **out, const struct rec__search *search)
{
    bool grid = search->options->method == REC_TUNE_GRID;
    int32_t most = search->options->points;
    rec_status status = grid ? rec__space_size(search->space, &most) : REC_OK;
    if (status == REC_OK)
        status = create_tuning(out, search, most);
    if (status != REC_OK)
        return status;
    rec_tuning *tuning = *out;
    tuning->count = most;
    if (grid)
        rec__space_grid(search->space, most, tuning->settings);
    else
        tuning->count = rec__space_draw(search->space, search->options->seed, most, tuning->settings);
    for (int32_t p = 0; p < tuning->count; p++)
        tuning->points[p] = (rec_tuned){.size = sizeof(rec_tuned), .number = p};
    return REC_OK;
}

/* Where the values of an axis stand, from the greatest to the smallest; equal ones keep their order. */
static void order_path(const struct rec__axis *axis, int32_t *places)
{
    for (int32_t i = 0; i < axis->n; i++) {
        int32_t at = i;
        for (; at > 0 && axis->values[places[at - 1]] < axis->values[i]; at--)
            places[at] = places[at - 1];
        places[at] = i;
    }
}

static rec_status lay_path(struct rec__path *path, const struct rec__search *search)
{
    const rec_space *space = search->space;
    const char *name = search->options->path;
    int32_t along = -1, parameter = name == NULL ? -1 : rec__parameter_find(space->backend, name);
    if (name != NULL && parameter < 0)
        return rec__fail_within(REC_ERR_NOT_FOUND, "options.path: ");
    if (name != NULL && (space->backend->traits & REC_CAN_START) == 0)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "options.path is \"%s\", but \"%s\" cannot start from a fitted model", name,
                         space->backend->name);
    if (name != NULL && (along = rec__space_find(space, parameter)) < 0)
        return refuse_name("path", name, "a parameter of the space");
    *path = (struct rec__path){.length = along < 0 ? 1 : space->axes[along].n, .stride = 1};
    path->places = rec__allocate_zeroed(path->length, sizeof *path->places);
    if (path->places == NULL)
        return REC_ERR_NO_MEMORY;
    if (along >= 0)
        order_path(&space->axes[along], path->places);
    for (int64_t a = along + 1; along >= 0 && a < space->count; a++)
        path->stride *= space->axes[a].n;
    return REC_OK;
}

/* The rounds of successive halving, from the last backwards: how often both the points and the resource can be
 * divided. */
static rec_status plan_cuts(const struct rec__rounds *rounds, int32_t *n_rounds)
{
    const struct rec__search *search = rounds->search;
    const struct rec__parameter *cut = rec__parameter_at(search->space->backend, rounds->cut);
    int32_t points = rounds->tuning->count, factor = search->options->factor, n = 1;
    double resource = search->model->parameters[rounds->cut], least = fmax(cut->least, 1.0);
    for (points /= factor; points >= 1 && floor(resource / factor) >= least; points /= factor) {
        resource = floor(resource / factor);
        n++;
    }
    *n_rounds = n;
    return n > 1 ? REC_OK
                 : rec__fail(
                       REC_ERR_INVALID,
                       "%d points and %s = %.0f cannot be divided by options.factor, which is %d; more of "
                       "both, or another method, was expected",
                       rounds->tuning->count, cut->name, search->model->parameters[rounds->cut], factor);
}

/* What a round so many before the last is given. */
static int32_t resource_of(const struct rec__rounds *rounds, int32_t before_last)
{
    double resource = rounds->search->model->parameters[rounds->cut];
    for (int32_t i = 0; i < before_last; i++)
        resource = floor(resource / rounds->search->options->factor);
    return (int32_t)resource;
}

static rec_status find_cut(struct rec__rounds *rounds)
{
    const struct rec__search *search = rounds->search;
    const char *name = search->options->resource;
    rounds->cut = rec__parameter_find(search->space->backend, name);
    if (rounds->cut < 0)
        return rec__fail_within(REC_ERR_NOT_FOUND, "options.resource: ");
    if (rec__parameter_at(search->space->backend, rounds->cut)->kind != REC_PARAMETER_WHOLE)
        return refuse_name("resource", name, "a parameter of whole numbers");
    if (rounds->cut >= search->space->backend->n_parameters)
        return refuse_name("resource", name, "a parameter of the algorithm's own");
    if (rec__space_find(search->space, rounds->cut) >= 0)
        return refuse_name("resource", name, "a parameter that the space leaves alone");
    if (search->model->parameters[rounds->cut] > INT32_MAX)
        return rec__fail(REC_ERR_INVALID, "%s is %.0f; at most %d was expected of what is divided", name,
                         search->model->parameters[rounds->cut], INT32_MAX);
    return REC_OK;
}

/* Diverged points stand behind the others, so that no more than those are counted again. */
static int32_t count_going_on(const rec_tuning *tuning, int32_t most)
{
    int32_t n = 0;
    while (n < most && !tuning->points[n].diverged)
        n++;
    return n;
}

static rec_status run_halving(struct rec__rounds *rounds, rec_tuning *tuning,
                              int (*compare)(const void *, const void *))
{
    int32_t n = tuning->count, n_rounds = 1;
    rec_status status = find_cut(rounds);
    if (status == REC_OK)
        status = plan_cuts(rounds, &n_rounds);
    for (int32_t r = 0; r < n_rounds; r++, n /= rounds->search->options->factor)
        rounds->fits += (int64_t)n * rounds->folds;
    n = tuning->count;
    for (int32_t left = n_rounds - 1; status == REC_OK && left >= 0 && n > 0; left--) {
        status = rec__round_run(rounds, tuning->points, n, resource_of(rounds, left));
        rec__sort(tuning->points, tuning->count, sizeof *tuning->points, compare);
        n = count_going_on(tuning, n / rounds->search->options->factor);
    }
    return status;
}

static rec_status run_once(struct rec__rounds *rounds, rec_tuning *tuning,
                           int (*compare)(const void *, const void *))
{
    rounds->fits = (int64_t)tuning->count * rounds->folds;
    rec_status status = rec__round_run(rounds, tuning->points, tuning->count, 0);
    rec__sort(tuning->points, tuning->count, sizeof *tuning->points, compare);
    return status;
}

static rec_status run_rounds(struct rec__rounds *rounds, rec_tuning *tuning, bool smaller)
{
    int (*compare)(const void *, const void *) = smaller ? compare_smaller : compare_greater;
    bool halving = rounds->search->options->method == REC_TUNE_HALVING;
    rec_status status = halving ? run_halving(rounds, tuning, compare) : run_once(rounds, tuning, compare);
    if (status == REC_ERR_CANCELLED)
        return rec__fail(status, "the search was cancelled after %lld of %lld fits",
                         (long long)atomic_load(&rounds->done), (long long)rounds->fits);
    if (status == REC_OK && tuning->points[0].diverged)
        return rec__fail(REC_ERR_DIVERGED, "every point diverged, of %d; other values were expected",
                         tuning->count);
    return status;
}

rec_status rec__tune(rec_tuning **out, const struct rec__search *search)
{
    struct rec__rounds rounds = {.search = search, .cut = -1};
    rec_tuning *tuning = NULL;
    bool smaller = false;
    atomic_init(&rounds.done, 0);
    atomic_init(&rounds.cancelled, false);
    rec_status status = read_metric(search->options->metric, &smaller);
    if (status == REC_OK)
        status = rec__folds_count(search->plan, search->ratings, &rounds.folds);
    if (status == REC_OK)
        status = lay_path(&rounds.path, search);
    if (status == REC_OK)
        status = choose_points(&tuning, search);
    rounds.tuning = tuning;
    if (status == REC_OK)
        status = run_rounds(&rounds, tuning, smaller);
    rec__release(rounds.path.places);
    if (status == REC_OK)
        *out = tuning;
    else
        rec_tuning_free(tuning);
    return status;
}
