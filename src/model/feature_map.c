/* SPDX-License-Identifier: Apache-2.0 */
/* The ridge regression is solved by conjugate gradients for all columns at once, from large lambda to small, each from the one before. */
#include "model/feature_map.h"
#include "backends/lowrank.h"
#include "base/memory.h"
#include "base/random.h"
#include "kernels/blas.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

enum { STEPS = 60, FEW = 5, HELD_OUT = 5 };
static const double TRUSTED = 10.0;      /* ratings at which an item counts half */
static const double CLOSE_ENOUGH = 1e-6; /* share of the first residual's squares */
static const double PATH[] = {1000, 300, 100, 30, 10, 3, 1, 0.3, 0.1};
enum { PATH_STEPS = sizeof PATH / sizeof *PATH };

/* The arrays of each side. */
static const struct names {
    const char *vectors, *biases, *others, *map, *mean;
} names_of[] = {
    [REC_MAP_ITEMS] = {"item_vectors", "item_biases", "user_vectors", "map_vectors", "map_mean"},
    [REC_MAP_USERS] = {"user_vectors", "user_biases", "item_vectors", "user_map_vectors", "user_map_mean"},
};

struct map {
    struct rec__fit *fit;
    enum rec__map_side side;
    const struct names *names;
    const rec_features *features;
    struct rec__sparse_matrix x; /* sparse features, both ways */
    int64_t *start;              /* of its columns: ours */
    int32_t *others;
    float *values;
    int64_t n, d; /* rows, features */
    int32_t m;    /* factors, and one when there are biases */
    bool biased, place, spreads;
    float *targets, *rows; /* n x m: y_i - mean; scratch */
    float *mean;           /* m */
    float *weights;        /* n: c_i, 0 for items that are left out */
    float *solution;       /* d x m: W */
    double *spread;        /* items that are only ranked: what W'f is multiplied with; NULL: 1 */
    double *chosen;        /* users: the lambda, infinite when features say nothing */
    float *residual, *direction, *image; /* d x m */
    double *diagonal;                    /* d: of F'CF */
    double *rho, *size, *gram;           /* m; m; m x m */
    double scale;                        /* mean square of a row's length */
};

static bool has_features(const struct map *map, int64_t i)
{
    return map->features->dense != NULL || map->features->row_start[i + 1] > map->features->row_start[i];
}

static int64_t ratings_of(const struct map *map, int64_t i)
{
    const rec_ratings *r = map->fit->ratings;
    return map->side == REC_MAP_ITEMS ? rec__item_count(r, (int32_t)i) : rec__user_count(r, (int32_t)i);
}

static rec_status transpose(struct map *map)
{
    const rec_features *f = map->features;
    map->x.rows = (struct rec__sparse_order){f->row_start, f->columns, f->values, f->count};
    map->start = rec__allocate_zeroed(map->d + 1, sizeof *map->start);
    map->others = rec__allocate(f->n_values, sizeof *map->others);
    map->values = rec__allocate(f->n_values, sizeof *map->values);
    if (map->start == NULL || map->others == NULL || map->values == NULL)
        return REC_ERR_NO_MEMORY;
    rec__sparse_transpose(&map->x.rows, (int32_t)map->d, map->start, map->others, map->values);
    map->x.columns = (struct rec__sparse_order){map->start, map->others, map->values, (int32_t)map->d};
    return REC_OK;
}

/* out (n x m) = F in */
static rec_status forward(const struct map *map, float *in, float *out)
{
    if (map->features->dense == NULL)
        return rec__sparse_product(&map->x.rows, in, map->m, map->fit->threads, out);
    struct rec__block f = {(float *)(uintptr_t)map->features->dense, map->d, (int32_t)map->n,
                           (int32_t)map->d};
    struct rec__block w = {in, map->m, (int32_t)map->d, map->m}, y = {out, map->m, (int32_t)map->n, map->m};
    rec__blas_product(1.0f, &f, &w, 0.0f, &y);
    return REC_OK;
}

/* out (d x m) = F' C in; `in` is spoiled. */
static rec_status backward(const struct map *map, float *in, float *out)
{
    for (int64_t i = 0; i < map->n; i++)
        for (int32_t k = 0; k < map->m; k++)
            in[i * map->m + k] *= map->weights[i];
    if (map->features->dense == NULL)
        return rec__sparse_product(&map->x.columns, in, map->m, map->fit->threads, out);
    struct rec__block f = {(float *)(uintptr_t)map->features->dense, map->d, (int32_t)map->n,
                           (int32_t)map->d};
    struct rec__block w = {out, map->m, (int32_t)map->d, map->m}, y = {in, map->m, (int32_t)map->n, map->m};
    rec__blas_product_of_transpose(1.0f, &f, &y, 0.0f, &w);
    return REC_OK;
}

static void measure_diagonal(const struct map *map)
{
    const rec_features *f = map->features;
    memset(map->diagonal, 0, (size_t)map->d * sizeof *map->diagonal);
    for (int64_t i = 0; i < map->n; i++) {
        double c = (double)map->weights[i];
        for (int64_t k = 0; f->dense != NULL && k < map->d; k++)
            map->diagonal[k] += c * (double)f->dense[i * map->d + k] * (double)f->dense[i * map->d + k];
        for (int64_t e = f->dense != NULL ? 0 : f->row_start[i]; f->dense == NULL && e < f->row_start[i + 1];
             e++)
            map->diagonal[f->columns[e]] += c * (double)f->values[e] * (double)f->values[e];
    }
}

/* sums[k] = sum over rows of a_k b_k, over the diagonal and lambda where that is not NULL. Returns their sum. */
static double column_products(const struct map *map, const float *a, const float *b, const double *lambda,
                              double *sums)
{
    double total = 0.0;
    memset(sums, 0, (size_t)map->m * sizeof *sums);
    for (int64_t f = 0; f < map->d; f++) {
        double scale = lambda == NULL ? 1.0 : 1.0 / (map->diagonal[f] + *lambda);
        for (int32_t k = 0; k < map->m; k++)
            sums[k] += (double)a[f * map->m + k] * (double)b[f * map->m + k] * scale;
    }
    for (int32_t k = 0; k < map->m; k++)
        total += sums[k];
    return total;
}

/* residual = F'C y - (F'CF + lambda) W */
static rec_status first_residual(const struct map *map, double lambda)
{
    int64_t n = map->n * map->m, d = map->d * map->m;
    rec_status status = forward(map, map->solution, map->rows);
    for (int64_t i = 0; i < n; i++)
        map->rows[i] = map->targets[i] - map->rows[i];
    if (status == REC_OK)
        status = backward(map, map->rows, map->residual);
    for (int64_t i = 0; i < d; i++)
        map->residual[i] -= (float)lambda * map->solution[i];
    return status;
}

/* direction = residual / diagonal + beta direction */
static void turn(const struct map *map, double lambda, const double *beta)
{
    for (int64_t f = 0; f < map->d; f++) {
        double scale = 1.0 / (map->diagonal[f] + lambda);
        for (int32_t k = 0; k < map->m; k++) {
            int64_t at = f * map->m + k;
            double before = beta == NULL ? 0.0 : beta[k] * (double)map->direction[at];
            map->direction[at] = (float)(scale * (double)map->residual[at] + before);
        }
    }
}

static rec_status take_step(const struct map *map, double lambda)
{
    int64_t d = map->d * map->m;
    rec_status status = forward(map, map->direction, map->rows);
    if (status == REC_OK)
        status = backward(map, map->rows, map->image);
    for (int64_t i = 0; i < d; i++)
        map->image[i] += (float)lambda * map->direction[i];
    (void)column_products(map, map->direction, map->image, NULL, map->size);
    for (int64_t f = 0; f < map->d; f++)
        for (int32_t k = 0; k < map->m; k++) {
            double alpha = map->size[k] > 0.0 ? map->rho[k] / map->size[k] : 0.0;
            map->solution[f * map->m + k] += (float)(alpha * (double)map->direction[f * map->m + k]);
            map->residual[f * map->m + k] -= (float)(alpha * (double)map->image[f * map->m + k]);
        }
    return status;
}

/* W for lambda, from the W there is: conjugate gradients with the diagonal as preconditioner. */
static rec_status solve(const struct map *map, double lambda)
{
    rec_status status = first_residual(map, lambda);
    double first = column_products(map, map->residual, map->residual, &lambda, map->rho), now = first;
    turn(map, lambda, NULL);
    for (int step = 0; status == REC_OK && step < STEPS && now > CLOSE_ENOUGH * first; step++) {
        status = take_step(map, lambda);
        now = column_products(map, map->residual, map->residual, &lambda, map->size);
        for (int32_t k = 0; k < map->m; k++) {
            double before = map->rho[k];
            map->rho[k] = map->size[k];
            map->size[k] = before > 0.0 ? map->rho[k] / before : 0.0;
        }
        turn(map, lambda, map->size);
    }
    return status;
}

static bool is_held_out(const struct map *map, int64_t i)
{
    uint32_t drawn[4];
    rec__random(map->fit->seed, (uint64_t)map->side, (uint64_t)i, drawn);
    return drawn[0] % HELD_OUT == 0;
}

/* c_i of rated rows with features; of those held out only, of the others, or of both. */
static int64_t weigh(const struct map *map, bool held_out, bool others)
{
    int64_t counted = 0;
    for (int64_t i = 0; i < map->n; i++) {
        bool wanted = is_held_out(map, i) ? held_out : others;
        double n = wanted && has_features(map, i) ? (double)ratings_of(map, i) : 0.0;
        map->weights[i] = (float)(n / (n + TRUSTED));
        counted += n > 0.0;
    }
    return counted;
}

/* y' G y */
static double square_of(const struct map *map, const float *y)
{
    double sum = 0.0;
    for (int32_t k = 0; k < map->m; k++)
        for (int32_t l = 0; l < map->m; l++)
            sum += (double)y[k] * (double)y[l] * map->gram[k * map->m + l];
    return sum;
}

/* Ratings of a held-out row with features; 0 for any other. */
static int64_t held_out_ratings(const struct map *map, int64_t i)
{
    return is_held_out(map, i) && has_features(map, i) ? ratings_of(map, i) : 0;
}

/* How far the held-out rows' scores lie from their own, squared and summed over the other side: e' G e. */
static rec_status judge(const struct map *map, double *error)
{
    rec_status status = forward(map, map->solution, map->rows);
    *error = 0.0;
    for (int64_t i = 0; status == REC_OK && i < map->n; i++) {
        int64_t n = held_out_ratings(map, i);
        float *e = map->rows + i * map->m;
        for (int32_t k = 0; n > 0 && k < map->m; k++)
            e[k] = map->targets[i * map->m + k] - e[k];
        if (n > 0)
            *error += square_of(map, e) * (double)n / ((double)n + TRUSTED);
    }
    return status;
}

/* What brings the scores of the held-out rows to the variance that their own have over the other side: a regression draws to the mean what it cannot know. */
static rec_status measure_spread(const struct map *map, double *spread)
{
    double own = 0.0, mapped = 0.0;
    rec_status status = forward(map, map->solution, map->rows);
    for (int64_t i = 0; status == REC_OK && i < map->n; i++) {
        int64_t n = held_out_ratings(map, i);
        double weight = (double)n / ((double)n + TRUSTED);
        own += n > 0 ? weight * square_of(map, map->targets + i * map->m) : 0.0;
        mapped += n > 0 ? weight * square_of(map, map->rows + i * map->m) : 0.0;
    }
    *spread = mapped > 0.0 ? fmax(sqrt(own / mapped), 1.0) : 1.0;
    return status;
}

/* best fills: lambda; infinite when the mean is nearest. spread fills: of the rows at that lambda. */
static rec_status choose_lambda(const struct map *map, double *best, double *spread)
{
    double least, error;
    *best = (double)INFINITY;
    if (weigh(map, false, true) < FEW)
        return REC_OK;
    measure_diagonal(map);
    rec_status status = judge(map, &least);
    for (int s = 0, worse = 0; status == REC_OK && s < PATH_STEPS && worse < 2; s++) {
        double lambda = PATH[s] * map->scale;
        status = rec__fit_progress(map->fit, s, PATH_STEPS);
        if (status == REC_OK)
            status = solve(map, lambda);
        if (status == REC_OK)
            status = judge(map, &error);
        worse = status == REC_OK && error < least ? 0 : worse + 1;
        if (worse == 0) {
            least = error;
            *best = lambda;
            status = map->spreads ? measure_spread(map, spread) : REC_OK;
        }
    }
    return status;
}

/* G = sum over the other side of (x, 1)(x, 1)'; the identity where users are folded in. */
static rec_status measure_others(const struct map *map)
{
    const rec_array *others = rec__arrays_find(map->fit->arrays, map->names->others);
    int32_t k = map->m - map->biased;
    for (int32_t i = 0; others == NULL && i < map->m; i++)
        map->gram[i * map->m + i] = 1.0;
    if (others == NULL)
        return REC_OK;
    float *gram = rec__allocate_zeroed((int64_t)k * k, sizeof *gram);
    if (gram == NULL)
        return REC_ERR_NO_MEMORY;
    const float *x = others->data;
    rec__blas_gram(x, others->rows, k, gram);
    for (int32_t i = 0; i < k; i++)
        for (int32_t j = i; j < k; j++)
            map->gram[i * map->m + j] = map->gram[j * map->m + i] = (double)gram[(int64_t)i * k + j];
    rec__release(gram);
    for (int64_t u = 0; map->biased && u < others->rows; u++)
        for (int32_t i = 0; i < k; i++)
            map->gram[i * map->m + k] = map->gram[k * map->m + i] += (double)x[u * k + i];
    if (map->biased)
        map->gram[k * map->m + k] = (double)others->rows;
    return REC_OK;
}

/* Vector and bias of a row side by side. */
static void gather(const struct map *map, int64_t i, float *y)
{
    int32_t k = map->m - map->biased;
    memcpy(y, rec__arrays_floats(map->fit->arrays, map->names->vectors) + i * k, (size_t)k * sizeof *y);
    if (map->biased)
        y[k] = rec__arrays_floats(map->fit->arrays, map->names->biases)[i];
}

/* The weighted mean of rated rows, and how far each lies from it. */
static rec_status measure_rows(const struct map *map)
{
    double *sums = rec__allocate_zeroed(map->m, sizeof *sums), weight = 0.0;
    if (sums == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t i = 0; i < map->n; i++) {
        gather(map, i, map->targets + i * map->m);
        weight += (double)map->weights[i];
        for (int32_t k = 0; k < map->m; k++)
            sums[k] += (double)map->weights[i] * (double)map->targets[i * map->m + k];
    }
    for (int32_t k = 0; k < map->m; k++)
        map->mean[k] = (float)(sums[k] / weight);
    for (int64_t i = 0; i < map->n; i++)
        for (int32_t k = 0; k < map->m; k++)
            map->targets[i * map->m + k] -= map->mean[k];
    rec__release(sums);
    return REC_OK;
}

static void measure_scale(struct map *map)
{
    double sum = 0.0, weight = 0.0;
    measure_diagonal(map);
    for (int64_t f = 0; f < map->d; f++)
        sum += map->diagonal[f];
    for (int64_t i = 0; i < map->n; i++)
        weight += (double)map->weights[i];
    map->scale = sum > 0.0 ? sum / weight : 1.0;
}

/* What nobody has rated gets mean + spread W'f. */
static rec_status place_rows(const struct map *map)
{
    float spread = map->spread == NULL ? 1.0f : (float)*map->spread;
    int32_t k = map->m - map->biased;
    float *vectors = (float *)(uintptr_t)rec__arrays_floats(map->fit->arrays, map->names->vectors);
    float *biases = (float *)(uintptr_t)rec__arrays_floats(map->fit->arrays, map->names->biases);
    rec_status status = forward(map, map->solution, map->rows);
    for (int64_t i = 0; status == REC_OK && map->place && i < map->n; i++) {
        if (ratings_of(map, i) > 0 || !has_features(map, i))
            continue;
        for (int32_t f = 0; f < k; f++)
            vectors[i * k + f] = map->mean[f] + spread * map->rows[i * map->m + f];
        if (map->biased)
            biases[i] = map->mean[k] + spread * map->rows[i * map->m + k];
    }
    return status;
}

static rec_status learn(struct map *map)
{
    double lambda, spread = 1.0;
    rec_status status = map->features->dense == NULL ? transpose(map) : REC_OK;
    if (status == REC_OK && weigh(map, true, true) < FEW)
        return REC_OK;
    measure_scale(map);
    if (status == REC_OK)
        status = measure_rows(map);
    if (status == REC_OK)
        status = measure_others(map);
    if (status == REC_OK)
        status = choose_lambda(map, &lambda, &spread);
    if (status != REC_OK)
        return status;
    if (map->chosen != NULL)
        *map->chosen = lambda;
    if (map->spread != NULL)
        *map->spread = spread;
    if (isinf(lambda)) {
        memset(map->solution, 0, (size_t)(map->d * map->m) * sizeof *map->solution);
        return place_rows(map);
    }
    (void)weigh(map, true, true);
    measure_diagonal(map);
    status = solve(map, lambda);
    return status == REC_OK ? place_rows(map) : status;
}

static rec_status make_room(struct map *map)
{
    int64_t n = map->n * map->m, d = map->d * map->m;
    map->solution = rec__arrays_add_floats(map->fit->arrays, map->names->map, map->d, map->m);
    map->mean = rec__arrays_add_floats(map->fit->arrays, map->names->mean, map->m, 0);
    map->chosen =
        map->side == REC_MAP_USERS ? rec__arrays_add_doubles(map->fit->arrays, "user_map_lambda", 1) : NULL;
    if (map->chosen != NULL)
        *map->chosen = (double)INFINITY;
    map->spread = map->spreads ? rec__arrays_add_doubles(map->fit->arrays, "map_spread", 1) : NULL;
    if (map->spread != NULL)
        *map->spread = 1.0;
    map->targets = rec__allocate(n, sizeof *map->targets);
    map->rows = rec__allocate(n, sizeof *map->rows);
    map->weights = rec__allocate(map->n, sizeof *map->weights);
    map->residual = rec__allocate(d, sizeof *map->residual);
    map->direction = rec__allocate(d, sizeof *map->direction);
    map->image = rec__allocate(d, sizeof *map->image);
    map->diagonal = rec__allocate(map->d, sizeof *map->diagonal);
    map->rho = rec__allocate(map->m, sizeof *map->rho);
    map->size = rec__allocate(map->m, sizeof *map->size);
    map->gram = rec__allocate_zeroed((int64_t)map->m * map->m, sizeof *map->gram);
    bool all = map->solution != NULL && map->mean != NULL && map->targets != NULL && map->rows != NULL &&
               map->weights != NULL && map->residual != NULL && map->direction != NULL &&
               map->image != NULL && map->diagonal != NULL && map->rho != NULL && map->size != NULL &&
               map->gram != NULL && (map->side != REC_MAP_USERS || map->chosen != NULL) &&
               (!map->spreads || map->spread != NULL);
    return all ? REC_OK : REC_ERR_NO_MEMORY;
}

static void clear(struct map *map)
{
    rec__release(map->start);
    rec__release(map->others);
    rec__release(map->values);
    rec__release(map->targets);
    rec__release(map->rows);
    rec__release(map->weights);
    rec__release(map->residual);
    rec__release(map->direction);
    rec__release(map->image);
    rec__release(map->diagonal);
    rec__release(map->rho);
    rec__release(map->size);
    rec__release(map->gram);
}

rec_status rec__feature_map(struct rec__fit *fit, enum rec__map_side side, uint32_t how)
{
    const struct names *names = &names_of[side];
    const rec_array *vectors = rec__arrays_find(fit->arrays, names->vectors);
    const rec_features *features = side == REC_MAP_ITEMS ? fit->item_features : fit->user_features;
    struct map map = {.fit = fit,
                      .side = side,
                      .names = names,
                      .features = features,
                      .place = (how & REC_MAP_PLACE) != 0,
                      .spreads = (how & REC_MAP_SPREAD) != 0,
                      .n = vectors->rows,
                      .d = features->dimensions,
                      .biased = rec__arrays_find(fit->arrays, names->biases) != NULL};
    map.m = (int32_t)vectors->columns + map.biased;
    rec_status status = make_room(&map);
    if (status == REC_OK)
        status = learn(&map);
    clear(&map);
    return status;
}
