/* SPDX-License-Identifier: Apache-2.0 */
/* Making ready to ask: how often items are rated and how variously, how users' vectors are distributed, how far ratings lie from predictions. */
#include "model/elicit.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/sort.h"
#include "base/status.h"
#include "base/threads.h"
#include "kernels/blas.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

/* Users that are folded in for the distribution of vectors where none are stored. */
enum { SAMPLED = 2000 };
/* Ratings at which an item's own noise counts half. */
static const double TRUSTED = 20.0;

static bool is_design(int32_t strategy)
{
    return strategy == REC_ELICIT_ERROR || strategy == REC_ELICIT_VOLUME || strategy == REC_ELICIT_TRACE;
}

static double count_of(const rec_elicitor *e, int32_t item)
{
    const rec_ratings *r = e->model->result->ratings;
    return r == NULL ? 0.0 : (double)rec__item_count(r, item);
}

double rec__elicit_dot(const rec_elicitor *e, int32_t item, const float *x)
{
    const struct rec__bound *bound = &e->model->result->bound;
    double dot =
        rec__kernels()->dot_double(x, bound->item_vectors + (int64_t)item * bound->factors, bound->factors);
    return e->biased ? dot + (double)x[bound->factors] : dot;
}

void rec__elicit_product(const rec_elicitor *e, const float *a, const float *x, float *out)
{
    for (int32_t k = 0; k < e->d; k++)
        out[k] = (float)rec__kernels()->dot_double(a + (int64_t)k * e->d, x, e->d);
}

void rec__elicit_vector(const rec_elicitor *e, int32_t item, float *y)
{
    const struct rec__bound *bound = &e->model->result->bound;
    memcpy(y, bound->item_vectors + (int64_t)item * bound->factors, (size_t)bound->factors * sizeof *y);
    if (e->biased)
        y[bound->factors] = 1.0f;
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* -sum of p ln p over the distinct values; sorts them. */
static double entropy_of(float *values, int64_t n)
{
    double entropy = 0.0;
    rec__sort(values, n, sizeof *values, compare_floats);
    for (int64_t i = 0, run = 0; i < n; i += run) {
        for (run = 1; i + run < n && values[i + run] == values[i];)
            run++;
        double p = (double)run / (double)n;
        entropy -= p * log(p);
    }
    return entropy;
}

/* log popularity x entropy (Rashid et al. 2002) */
static rec_status value_by_entropy(rec_elicitor *e)
{
    const rec_ratings *r = e->model->result->ratings;
    int64_t most = 0;
    for (int32_t i = 0; i < e->n; i++)
        most = rec__item_count(r, i) > most ? rec__item_count(r, i) : most;
    float *values = rec__allocate(most, sizeof *values);
    if (values == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t i = 0; i < e->n; i++) {
        int64_t n = rec__item_count(r, i);
        if (n > 0)
            memcpy(values, r->item_ratings + r->item_start[i], (size_t)n * sizeof *values);
        e->values[i] = n > 0 ? log((double)n) * entropy_of(values, n) : 0.0;
    }
    rec__release(values);
    return REC_OK;
}

struct valued {
    double value, count;
    int32_t item;
};

static int compare_valued(const void *a, const void *b)
{
    const struct valued *x = a, *y = b;
    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static rec_status sort_items(rec_elicitor *e)
{
    struct valued *sorted = rec__allocate(e->n, sizeof *sorted);
    if (sorted == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t i = 0; i < e->n; i++)
        sorted[i] = (struct valued){e->values[i], count_of(e, i), i};
    rec__sort(sorted, e->n, sizeof *sorted, compare_valued);
    for (int32_t i = 0; i < e->n; i++)
        e->order[i] = sorted[i].item;
    rec__release(sorted);
    return REC_OK;
}

static rec_status make_order(rec_elicitor *e, uint64_t seed)
{
    e->values = rec__allocate(e->n, sizeof *e->values);
    e->order = rec__allocate(e->n, sizeof *e->order);
    if (e->values == NULL || e->order == NULL)
        return REC_ERR_NO_MEMORY;
    rec_status status = REC_OK;
    for (int32_t i = 0; e->strategy == REC_ELICIT_RANDOM && i < e->n; i++)
        e->values[i] = rec__uniform(seed, REC_STREAM_SAMPLE, (uint64_t)i);
    for (int32_t i = 0; e->strategy == REC_ELICIT_POPULAR && i < e->n; i++)
        e->values[i] = count_of(e, i);
    if (e->strategy == REC_ELICIT_ENTROPY)
        status = value_by_entropy(e);
    return status == REC_OK ? sort_items(e) : status;
}

/* The vector of a user with ratings, its bias last. */
static rec_status load_user(const rec_elicitor *e, int32_t user, rec_workspace *workspace, float *x)
{
    struct rec__query query = {.user = REC_NEW_USER, .time = REC_NO_TIME};
    struct rec__user_state state = {.vector = x};
    rec_status status = rec__query_set_user(&query, e->model, user, NULL, false, workspace);
    if (status == REC_OK)
        status = rec__user_state(e->model->result, &query, &state);
    if (e->biased)
        x[e->d - 1] = (float)state.bias;
    return status;
}

/* Users that are looked at: every `step`-th of those with ratings. Fills vectors, or counts them where that is NULL. */
static rec_status load_users(const rec_elicitor *e, int64_t step, float *vectors, int64_t *count)
{
    const rec_ratings *r = e->model->result->ratings;
    rec_workspace workspace = {0};
    rec_status status = REC_OK;
    int64_t met = 0;
    *count = 0;
    for (int32_t u = 0; status == REC_OK && u < r->n_users; u++) {
        if (rec__user_count(r, u) == 0 || met++ % step != 0)
            continue;
        if (vectors != NULL)
            status = load_user(e, u, &workspace, vectors + *count * e->d);
        ++*count;
    }
    rec__scratch_clear(&workspace);
    return status;
}

static void center(float *vectors, int64_t count, int32_t d)
{
    for (int32_t k = 0; k < d; k++) {
        double sum = 0.0;
        for (int64_t u = 0; u < count; u++)
            sum += (double)vectors[u * d + k];
        for (int64_t u = 0; u < count; u++)
            vectors[u * d + k] = (float)((double)vectors[u * d + k] - sum / (double)count);
    }
}

/* a = the mean product of columns of x, over `divisor` rows. */
static void mean_square(const float *x, int64_t count, int32_t d, double divisor, float *a)
{
    rec__blas_gram(x, count, d, a);
    for (int32_t k = 0; k < d; k++)
        for (int32_t l = k; l < d; l++)
            a[(int64_t)l * d + k] = a[(int64_t)k * d + l] = (float)((double)a[(int64_t)k * d + l] / divisor);
}

/* S, of the users' vectors */
static rec_status measure_users(rec_elicitor *e)
{
    int64_t count, step = 1;
    rec_status status = load_users(e, 1, NULL, &count);
    if (e->model->result->bound.user_vectors == NULL)
        step = (count + SAMPLED - 1) / SAMPLED;
    float *vectors = rec__allocate(count * e->d, sizeof *vectors);
    if (status == REC_OK)
        status = vectors == NULL ? REC_ERR_NO_MEMORY : load_users(e, step, vectors, &count);
    if (status == REC_OK) {
        center(vectors, count, e->d);
        mean_square(vectors, count, e->d, count > 1 ? (double)(count - 1) : 1.0, e->covariance);
    }
    rec__release(vectors);
    return status;
}

/* G */
static rec_status weigh_items(rec_elicitor *e)
{
    const rec_ratings *r = e->model->result->ratings;
    float *rows = rec__allocate((int64_t)e->n * e->d, sizeof *rows);
    if (rows == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t i = 0; i < e->n; i++) {
        float *y = rows + (int64_t)i * e->d, root = (float)sqrt(count_of(e, i));
        rec__elicit_vector(e, i, y);
        for (int32_t k = 0; k < e->d; k++)
            y[k] *= root;
    }
    mean_square(rows, e->n, e->d, (double)r->count, e->weight);
    rec__release(rows);
    return REC_OK;
}

/* Squared errors of the ratings of an item, and the squared slopes of what they are measured in. */
struct errors {
    double squares, slopes;
};

static struct errors errors_of(const rec_elicitor *e, int32_t item)
{
    const struct rec__bound *bound = &e->model->result->bound;
    const rec_ratings *r = e->model->result->ratings;
    const float *y = bound->item_vectors + (int64_t)item * bound->factors;
    double own = bound->offset + (bound->item_biases == NULL ? 0.0 : (double)bound->item_biases[item]);
    struct errors sums = {0.0, 0.0};
    for (int64_t at = r->item_start[item]; at < r->item_start[item + 1]; at++) {
        int32_t u = r->item_users[at];
        double sum =
            own + (bound->user_biases == NULL ? 0.0 : (double)bound->user_biases[u]) +
            rec__kernels()->dot_double(bound->user_vectors + (int64_t)u * bound->factors, y, bound->factors);
        double predicted = rec__link_rating(&bound->link, sum);
        double slope = rec__link_slope(&bound->link, predicted);
        sums.squares += pow((double)r->item_ratings[at] - predicted, 2);
        sums.slopes += slope * slope;
    }
    return sums;
}

/* s_i^2: the squared error of an item's ratings, drawn to that of all. Scores that are no ratings tell as much as they vary themselves. */
static rec_status measure_noise(rec_elicitor *e)
{
    const struct rec__result *result = e->model->result;
    struct errors *errors = rec__allocate_zeroed(e->n, sizeof *errors), all = {0.0, 0.0};
    double mean = 0.0, count = 0.0;
    if (errors == NULL)
        return REC_ERR_NO_MEMORY;
    bool measured =
        (result->fitted.backend->traits & REC_PREDICTS_RATINGS) != 0 && result->bound.user_vectors != NULL;
    for (int32_t i = 0; i < e->n; i++) {
        errors[i] = measured ? errors_of(e, i) : errors[i];
        all.squares += errors[i].squares;
        all.slopes += errors[i].slopes;
        mean += count_of(e, i) * e->doubt[i];
        count += count_of(e, i);
    }
    /* A fit without any error would make one answer as good as many. */
    double least = 1e-3 * mean / count;
    double common = measured && all.slopes > 0.0 ? fmax(all.squares / all.slopes, least) : mean / count;
    for (int32_t i = 0; i < e->n; i++)
        e->noise[i] = fmax((errors[i].squares + TRUSTED * common) / (errors[i].slopes + TRUSTED), least);
    rec__release(errors);
    return REC_OK;
}

struct measuring {
    rec_elicitor *e;
    float *room; /* 3 d a worker */
};

static rec_status measure_item(void *context, int64_t item, int32_t worker)
{
    const struct measuring *m = context;
    rec_elicitor *e = m->e;
    float *y = m->room + (int64_t)worker * 3 * e->d, *z = y + e->d, *gz = z + e->d;
    rec__elicit_vector(e, (int32_t)item, y);
    rec__elicit_product(e, e->covariance, y, z);
    e->doubt[item] = rec__kernels()->dot_double(y, z, e->d);
    if (e->reach == NULL)
        return REC_OK;
    if (e->weight != NULL)
        rec__elicit_product(e, e->weight, z, gz);
    e->reach[item] = rec__kernels()->dot_double(z, e->weight == NULL ? z : gz, e->d);
    return REC_OK;
}

static rec_status measure_items(rec_elicitor *e)
{
    int32_t threads = rec__model_threads(e->model);
    struct measuring m = {e, rec__allocate((int64_t)threads * 3 * e->d, sizeof *m.room)};
    rec_status status = m.room == NULL ? REC_ERR_NO_MEMORY : rec__parallel(threads, e->n, measure_item, &m);
    rec__release(m.room);
    return status;
}

static void measure_chances(rec_elicitor *e)
{
    const rec_ratings *r = e->model->result->ratings;
    double users = 0.0;
    for (int32_t u = 0; u < r->n_users; u++)
        users += rec__user_count(r, u) > 0;
    for (int32_t i = 0; i < e->n; i++)
        e->chance[i] = users > 0.0 ? count_of(e, i) / users : 0.0;
}

static rec_status make_design(rec_elicitor *e)
{
    const struct rec__bound *bound = &e->model->result->bound;
    e->biased = bound->user_biases != NULL;
    e->d = bound->factors + e->biased;
    int64_t square = (int64_t)e->d * e->d;
    bool weighted = e->strategy == REC_ELICIT_ERROR, reaches = e->strategy != REC_ELICIT_VOLUME;
    e->chance = rec__allocate(e->n, sizeof *e->chance);
    e->noise = rec__allocate(e->n, sizeof *e->noise);
    e->covariance = rec__allocate_zeroed(square, sizeof *e->covariance);
    e->weight = weighted ? rec__allocate_zeroed(square, sizeof *e->weight) : NULL;
    e->doubt = rec__allocate(e->n, sizeof *e->doubt);
    e->reach = reaches ? rec__allocate(e->n, sizeof *e->reach) : NULL;
    if (e->chance == NULL || e->noise == NULL || e->covariance == NULL || e->doubt == NULL ||
        (weighted && e->weight == NULL) || (reaches && e->reach == NULL))
        return REC_ERR_NO_MEMORY;
    measure_chances(e);
    rec_status status = measure_users(e);
    if (status == REC_OK && weighted)
        status = weigh_items(e);
    if (status == REC_OK)
        status = measure_items(e);
    return status == REC_OK ? measure_noise(e) : status;
}

static rec_status check_options(const rec_elicit_options *options)
{
    if (options->strategy < REC_ELICIT_BEST || options->strategy > REC_ELICIT_RANDOM)
        return rec__fail(REC_ERR_INVALID, "strategy is %d; a REC_ELICIT_ strategy was expected",
                         options->strategy);
    if ((options->flags & ~(uint32_t)REC_ELICIT_KNOWN) != 0)
        return rec__fail(REC_ERR_INVALID, "flags is 0x%x; REC_ELICIT_KNOWN or 0 was expected",
                         options->flags);
    return REC_OK;
}

/* Can the model be asked from so? A mapped file is checked before its rows are used. */
static rec_status check_model(const rec_elicitor *e)
{
    const struct rec__result *result = e->model->result;
    const rec_ratings *r = result->ratings;
    if (is_design(e->strategy) && result->fitted.scorer != REC_SCORER_DOT)
        return rec__fail(
            REC_ERR_UNSUPPORTED,
            "\"%s\" has no vectors to design questions by; REC_ELICIT_ENTROPY, REC_ELICIT_POPULAR "
            "or REC_ELICIT_RANDOM was expected",
            result->fitted.backend->name);
    if (e->strategy != REC_ELICIT_RANDOM && r == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "the model was saved without its ratings, which questions are chosen by; "
                         "REC_ELICIT_RANDOM was expected");
    return r != NULL && r->container != NULL ? rec__ratings_check(r, "ratings") : REC_OK;
}

rec_status rec__elicitor_create(rec_elicitor **out, const rec_model *model, const rec_elicit_options *options)
{
    rec_status status = check_options(options);
    rec_elicitor *e = status == REC_OK ? rec__allocate_zeroed(1, sizeof *e) : NULL;
    if (e == NULL)
        return status == REC_OK ? REC_ERR_NO_MEMORY : status;
    e->model = rec_model_retain(model);
    e->n = rec_model_items(model);
    e->flags = options->flags;
    bool dot = model->result->fitted.scorer == REC_SCORER_DOT;
    e->strategy = options->strategy != REC_ELICIT_BEST ? options->strategy
                  : dot                                ? REC_ELICIT_ERROR
                                                       : REC_ELICIT_ENTROPY;
    status = check_model(e);
    if (status == REC_OK)
        status = is_design(e->strategy) ? make_design(e) : make_order(e, options->seed);
    if (status != REC_OK) {
        rec__elicitor_free(e);
        return status;
    }
    *out = e;
    return REC_OK;
}

void rec__elicitor_free(rec_elicitor *e)
{
    if (e == NULL)
        return;
    rec_model_free(e->model);
    rec__release(e->values);
    rec__release(e->order);
    rec__release(e->chance);
    rec__release(e->noise);
    rec__release(e->covariance);
    rec__release(e->weight);
    rec__release(e->doubt);
    rec__release(e->reach);
    rec__release(e);
}
