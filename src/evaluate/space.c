/* SPDX-License-Identifier: Apache-2.0 */
/* Spaces of parameters. What values a parameter may have is said in model/parameters.c. */
#include "evaluate/space.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/status.h"
#include "model/registry.h"

#include <math.h>
#include <string.h>

/* Of so many draws in a row that all gave points there are already, it is concluded that there are no others. */
enum { DRAWS_IN_VAIN = 1000 };

rec_status rec__space_create(rec_space **out, const struct rec_backend *backend)
{
    rec_space *space = rec__allocate_zeroed(1, sizeof *space);
    if (space == NULL)
        return REC_ERR_NO_MEMORY;
    space->backend = backend;
    *out = space;
    return REC_OK;
}

void rec_space_free(rec_space *space)
{
    if (space == NULL)
        return;
    while (space->count > 0)
        rec__space_drop(space);
    rec__release(space->axes);
    rec__release(space);
}

const struct rec__parameter *rec__axis_parameter(const rec_space *space, const struct rec__axis *axis)
{
    return rec__parameter_at(space->backend, axis->parameter);
}

int32_t rec__space_find(const rec_space *space, int32_t parameter)
{
    for (int32_t a = 0; a < space->count; a++)
        if (space->axes[a].parameter == parameter)
            return a;
    return -1;
}

rec_status rec__space_add(rec_space *space, const char *parameter, int32_t n, struct rec__axis **axis)
{
    int32_t index = rec__parameter_find(space->backend, parameter);
    if (index < 0)
        return REC_ERR_NOT_FOUND;
    if (index == space->backend->n_parameters + REC_COMMON_THREADS)
        return rec__fail(REC_ERR_INVALID, "threads change no result; another parameter was expected");
    if (rec__space_find(space, index) >= 0)
        return rec__fail(REC_ERR_INVALID, "%s is given twice; each parameter once was expected", parameter);
    rec_status status =
        rec__grow((void **)&space->axes, &space->capacity, space->count + 1, sizeof *space->axes);
    double *values = status == REC_OK && n > 0 ? rec__allocate(n, sizeof *values) : NULL;
    if (status != REC_OK || (n > 0 && values == NULL))
        return REC_ERR_NO_MEMORY;
    *axis = &space->axes[space->count++];
    **axis = (struct rec__axis){.parameter = index, .values = values, .n = n};
    return REC_OK;
}

void rec__space_drop(rec_space *space)
{
    rec__release(space->axes[--space->count].values);
}

rec_status rec__space_size(const rec_space *space, int32_t *n)
{
    int64_t size = 1;
    for (int64_t a = 0; a < space->count; a++) {
        const struct rec__axis *axis = &space->axes[a];
        if (axis->values == NULL)
            return rec__fail(REC_ERR_INVALID,
                             "%s has a range, for draws; a grid needs values of each parameter",
                             rec__axis_parameter(space, axis)->name);
        size *= axis->n;
        if (size > REC_POINTS_MOST)
            return rec__fail(REC_ERR_INVALID, "the grid has more than %d points; fewer values were expected",
                             REC_POINTS_MOST);
    }
    *n = (int32_t)size;
    return REC_OK;
}

void rec__space_grid(const rec_space *space, int32_t n, double *points)
{
    for (int32_t p = 0; p < n; p++) {
        int32_t rest = p;
        for (int64_t a = space->count; a-- > 0; rest /= space->axes[a].n)
            points[p * space->count + a] = space->axes[a].values[rest % space->axes[a].n];
    }
}

/* A few digits, those of the size, are enough to search by and easier to read. The power of ten and what it divides
 * are whole, so that the quotient is the double that those digits read as. Adding 0 makes -0 of it 0. */
static double shorten(double value, double size)
{
    double exponent = floor(log10(size)) - 4.0, unit = pow(10.0, fabs(exponent));
    if (fabs(exponent) > 15.0)
        return value;
    return (exponent < 0.0 ? round(value * unit) / unit : round(value / unit) * unit) + 0.0;
}

static double within(const struct rec__axis *axis, double value)
{
    return fmin(fmax(value, axis->least), axis->most);
}

static double draw_whole(const struct rec__axis *axis, double uniform)
{
    if (!axis->log)
        return within(axis, floor(axis->least + uniform * (axis->most - axis->least + 1.0)));
    /* Each number has the share of what rounds to it. */
    double from = log(axis->least - 0.5), to = log(axis->most + 0.5);
    return within(axis, round(exp(from + uniform * (to - from))));
}

static double draw_real(const struct rec__axis *axis, double uniform)
{
    double width = axis->most - axis->least;
    if (!axis->log)
        return within(axis, shorten(axis->least + uniform * width, width));
    double value = exp(log(axis->least) + uniform * log(axis->most / axis->least));
    return within(axis, shorten(value, value < width ? value : width));
}

static double draw(const rec_space *space, const struct rec__axis *axis, double uniform)
{
    if (axis->values != NULL)
        return axis->values[(int32_t)(uniform * axis->n)];
    bool whole = rec__axis_parameter(space, axis)->kind == REC_PARAMETER_WHOLE;
    return whole ? draw_whole(axis, uniform) : draw_real(axis, uniform);
}

static bool is_new(const rec_space *space, const double *points, int32_t n)
{
    size_t row = (size_t)space->count * sizeof *points;
    for (int32_t p = 0; p < n; p++)
        if (memcmp(points + p * space->count, points + n * space->count, row) == 0)
            return false;
    return true;
}

int32_t rec__space_draw(const rec_space *space, uint64_t seed, int32_t n, double *points)
{
    int32_t drawn = 0, in_vain = 0;
    for (uint64_t counter = 0; drawn < n && in_vain < DRAWS_IN_VAIN; counter++) {
        for (int64_t a = 0; a < space->count; a++)
            points[drawn * space->count + a] = draw(
                space, &space->axes[a], rec__uniform(seed, REC_STREAM_POINTS | (uint64_t)a << 8, counter));
        bool another = is_new(space, points, drawn);
        drawn += another;
        in_vain = another ? 0 : in_vain + 1;
    }
    return drawn;
}
