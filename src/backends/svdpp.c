/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SVD++ (Koren, "Factorization meets the neighborhood: a multifaceted collaborative filtering model", KDD 2008): what a user rated says
 * something, whatever the rating.
 *
 *   r_ui ~ mu + b_u + b_i + q_i . (p_u + s_u),   s_u = |N(u)|^-1/2 sum over j in N(u) of y_j
 *
 * minimising the squared error plus, for every rating, lambda_b (b_u^2 + b_i^2) + lambda (|p_u|^2 + |q_i|^2) + lambda_y sum over N(u)
 * of |y_j|^2, by stochastic gradient descent. A row's lambda is divided by its count of ratings when `scaling` is plain, by the
 * root of it when it is root.
 *
 * A step on every y_j of N(u) is the same for all of them but for their shrinking: y_j <- c y_j + d, c = 1 - rate lambda_y,
 * d = rate e q_i |N(u)|^-1/2. So s_u <- c s_u + rate e q_i, the d of a user's ratings add up in one vector, and each y_j is touched
 * once a user: the steps of the paper at the cost of plain factorization. Users come in a random order, in batches whose size depends on the data and the
 * rate alone. In a batch each user works in parallel from the items as they stand; the items then take all steps in the order of users.
 */
#include "backends/normal.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/status.h"
#include "base/threads.h"
#include "kernels/kernels.h"
#include "backends/work.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    FACTORS,
    EPOCHS,
    LEARNING_RATE,
    BIAS_LEARNING_RATE,
    REGULARIZATION,
    IMPLICIT_REGULARIZATION,
    BIAS_REGULARIZATION,
    SCALING,
    DECAY,
    INIT_DEVIATION,
    N_PARAMETERS
};
enum { COUNT, ROOT, PLAIN };
enum { FACTORS_MOST = 4096, ITEM_PARTS = 16, BATCH_MOST = 1024, SMALL_BATCH = 1 << 19 };

static const struct rec__parameter parameters[N_PARAMETERS] = {
    [FACTORS] = REC_WHOLE("factors", 64, 1, FACTORS_MOST, "length of the vectors of users and items"),
    [EPOCHS] = REC_WHOLE("epochs", 60, 1, 100000, "passes over the ratings"),
    [LEARNING_RATE] = REC_REAL("learning_rate", 0.015, 1e-9, 10, "step size of the first epoch"),
    [BIAS_LEARNING_RATE] =
        REC_REAL("bias_learning_rate", 0.003, 1e-9, 10, "the same for the biases of users and items"),
    [REGULARIZATION] = REC_REAL("regularization", 0.08, 0, 1e6, "lambda: weight of the squared vectors"),
    [IMPLICIT_REGULARIZATION] =
        REC_REAL("implicit_regularization", 0.02, 0, 1e6, "lambda_y: weight of the squared implicit vectors"),
    [BIAS_REGULARIZATION] = REC_REAL("bias_regularization", 0.01, 0, 1e6, "weight of the squared biases"),
    [SCALING] = REC_CHOICE("scaling", COUNT, "count|root|plain", PLAIN,
                           "a row's penalty grows with its count of ratings, the root of it, or not"),
    [DECAY] = REC_REAL("decay", 0.98, 0.01, 1, "each epoch's step sizes are this times the last one's"),
    [INIT_DEVIATION] =
        REC_REAL("init_deviation", 0.003, 1e-6, 10, "spread of the random numbers the vectors begin with"),
};

/* Rows of vectors and biases. */
struct rows {
    float *vectors, *biases;
};

/* A user of the batch: the decay and the step of each y_j. */
struct turn {
    int32_t user;
    int64_t first; /* where its steps lie */
    float keep;
    double error;
};

struct svdpp {
    struct rec__fit *fit;
    const rec_ratings *r, *seen; /* seen: N(u) is its row u */
    const double *set;
    int32_t f;
    double mu;
    struct rows users, items;
    float *y; /* implicit_vectors */
    int64_t *order;
    int32_t batch_users;
    struct turn *turns; /* batch_users */
    int64_t steps_room;
    float *steps, *bias_steps; /* of the batch's ratings: on q_i and b_i */
    float *d;                  /* batch_users x f */
    float *s;                  /* threads x f */
    int32_t n_turns;
    float rate, bias_rate;
};

/* A row's lambda for one rating's step. */
static float share_of(const struct svdpp *m, int parameter, int64_t count)
{
    double lambda = m->set[parameter], n = count > 0 ? (double)count : 1.0;
    int scaling = (int)m->set[SCALING];
    return (float)(scaling == PLAIN ? lambda / n : scaling == ROOT ? lambda / sqrt(n) : lambda);
}

/* s = n^-1/2 sum of y_j over the items */
static void add_implicit(const float *y, const int32_t *items, int64_t n, int32_t f, float *s)
{
    float scale = n > 0 ? (float)(1.0 / sqrt((double)n)) : 0.0f;
    memset(s, 0, (size_t)f * sizeof *s);
    for (int64_t j = 0; j < n; j++)
        rec__kernels()->axpy(scale, y + (int64_t)items[j] * f, s, f);
}

static void sum_of_user(const struct svdpp *m, int32_t user, float *s)
{
    add_implicit(m->y, m->seen->user_items + m->seen->user_start[user], rec__user_count(m->seen, user), m->f,
                 s);
}

/* What a user's ratings move: the user's own row, and what is put aside for the items. */
struct walk {
    float *p, *b, *s, *d;
    float lambda_p, lambda_b, keep, inverse;
};

/* One rating, place e of the turn's. Returns the error before the step. */
static float step(const struct svdpp *m, const struct walk *w, int32_t i, float rating, int64_t place)
{
    const struct rec__kernels *kernels = rec__kernels();
    int32_t f = m->f;
    int64_t n_i = rec__item_count(m->r, i);
    const float *q = m->items.vectors + (int64_t)i * f;
    float b_i = m->items.biases[i], *step = m->steps + place * f;
    float error = rating - (float)m->mu - *w->b - b_i - kernels->dot(w->p, q, f) - kernels->dot(w->s, q, f);
    memcpy(step, q, (size_t)f * sizeof *step);
    kernels->scaled_sum(m->rate * error, w->p, -m->rate * share_of(m, REGULARIZATION, n_i), step, f);
    kernels->axpy(m->rate * error, w->s, step, f);
    m->bias_steps[place] = m->bias_rate * (error - share_of(m, BIAS_REGULARIZATION, n_i) * b_i);
    *w->b += m->bias_rate * (error - w->lambda_b * *w->b);
    kernels->scaled_sum(m->rate * error, q, 1.0f - m->rate * w->lambda_p, w->p, f);
    if (w->inverse > 0.0f) {
        kernels->scaled_sum(m->rate * error, q, w->keep, w->s, f);
        kernels->scaled_sum(m->rate * error * w->inverse, q, w->keep, w->d, f);
    }
    return error;
}

static rec_status run_user(void *context, int64_t index, int32_t worker)
{
    struct svdpp *m = context;
    struct turn *turn = &m->turns[index];
    int32_t u = turn->user;
    int64_t first = m->r->user_start[u], n = rec__user_count(m->r, u), n_seen = rec__user_count(m->seen, u);
    struct walk walk = {.p = m->users.vectors + (int64_t)u * m->f,
                        .b = &m->users.biases[u],
                        .s = m->s + (int64_t)worker * m->f,
                        .d = m->d + index * m->f,
                        .lambda_p = share_of(m, REGULARIZATION, n),
                        .lambda_b = share_of(m, BIAS_REGULARIZATION, n),
                        .keep = 1.0f - m->rate * share_of(m, IMPLICIT_REGULARIZATION, n),
                        .inverse = n_seen > 0 ? (float)(1.0 / sqrt((double)n_seen)) : 0.0f};
    sum_of_user(m, u, walk.s);
    memset(walk.d, 0, (size_t)m->f * sizeof *walk.d);
    turn->error = 0.0;
    turn->keep = 1.0f;
    for (int64_t e = 0; e < n; e++) {
        float error =
            step(m, &walk, m->r->user_items[first + e], m->r->user_ratings[first + e], turn->first + e);
        turn->error += (double)error * (double)error;
        turn->keep *= walk.keep;
    }
    return REC_OK;
}

static int64_t first_at_least(const int32_t *items, int64_t n, int32_t wanted)
{
    int64_t low = 0;
    while (low < n) {
        int64_t middle = low + (n - low) / 2;
        if (items[middle] < wanted)
            low = middle + 1;
        else
            n = middle;
    }
    return low;
}

/* One user's steps on the items from..to-1: on q and b of those rated, on y of those seen. */
static void move_range(const struct svdpp *m, int32_t t, int32_t from, int32_t to)
{
    const struct turn *turn = &m->turns[t];
    const struct rec__kernels *kernels = rec__kernels();
    const int32_t *items = m->r->user_items + m->r->user_start[turn->user];
    int64_t n = rec__user_count(m->r, turn->user);
    for (int64_t e = first_at_least(items, n, from); e < n && items[e] < to; e++) {
        kernels->axpy(1.0f, m->steps + (turn->first + e) * m->f, m->items.vectors + (int64_t)items[e] * m->f,
                      m->f);
        m->items.biases[items[e]] += m->bias_steps[turn->first + e];
    }
    const int32_t *seen = m->seen->user_items + m->seen->user_start[turn->user];
    n = rec__user_count(m->seen, turn->user);
    for (int64_t e = first_at_least(seen, n, from); e < n && seen[e] < to; e++)
        kernels->scaled_sum(1.0f, m->d + (int64_t)t * m->f, turn->keep, m->y + (int64_t)seen[e] * m->f, m->f);
}

/* All steps of the batch on one range of the items, in the order of its users. */
static rec_status move_items(void *context, int64_t part, int32_t worker)
{
    const struct svdpp *m = context;
    int32_t from = rec__normal_part(m->r->item_start, m->r->n_items, part, ITEM_PARTS);
    int32_t to = rec__normal_part(m->r->item_start, m->r->n_items, part + 1, ITEM_PARTS);
    (void)worker;
    for (int32_t t = 0; t < m->n_turns; t++)
        move_range(m, t, from, to);
    return REC_OK;
}

/* The next users of the order. Returns how many ratings they have. */
static int64_t take_batch(struct svdpp *m, int64_t at)
{
    int64_t ratings = 0;
    m->n_turns = 0;
    for (; m->n_turns < m->batch_users && at + m->n_turns < m->r->n_users; m->n_turns++) {
        int32_t user = (int32_t)m->order[at + m->n_turns];
        m->turns[m->n_turns] = (struct turn){.user = user, .first = ratings};
        ratings += rec__user_count(m->r, user);
    }
    return ratings;
}

static rec_status make_step_room(struct svdpp *m, int64_t ratings)
{
    if (ratings <= m->steps_room)
        return REC_OK;
    rec__release(m->steps);
    rec__release(m->bias_steps);
    m->steps_room = ratings + ratings / 2;
    m->steps = rec__allocate(m->steps_room * m->f, sizeof *m->steps);
    m->bias_steps = rec__allocate(m->steps_room, sizeof *m->bias_steps);
    return m->steps == NULL || m->bias_steps == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

/* The RMSE over the epoch, each rating's error being taken just before its step. */
static rec_status run_epoch(struct svdpp *m, int32_t epoch, double *loss)
{
    double sum = 0.0;
    rec__shuffle(m->fit->seed, REC_STREAM_SHUFFLE | (uint64_t)epoch << 8, m->order, m->r->n_users);
    for (int64_t at = 0; at < m->r->n_users; at += m->batch_users) {
        int64_t ratings = take_batch(m, at);
        rec_status status = make_step_room(m, ratings);
        if (status != REC_OK)
            return status;
        /* A small batch is over before other threads are awake. */
        int32_t threads = ratings * m->f < SMALL_BATCH ? 1 : m->fit->threads;
        (void)rec__parallel(threads, m->n_turns, run_user, m);
        (void)rec__parallel(threads, ITEM_PARTS, move_items, m);
        for (int32_t t = 0; t < m->n_turns; t++)
            sum += m->turns[t].error;
    }
    *loss = sqrt(sum / (double)m->r->count);
    return REC_OK;
}

/* The squared errors of one user's validation ratings. */
static double squared_errors(const void *context, int64_t user)
{
    const struct svdpp *m = context;
    const rec_ratings *v = m->fit->validation;
    int32_t f = m->f;
    double sum = 0.0;
    float x[FACTORS_MOST];
    if (rec__user_count(v, (int32_t)user) == 0)
        return 0.0;
    sum_of_user(m, (int32_t)user, x);
    rec__kernels()->axpy(1.0f, m->users.vectors + user * f, x, f);
    for (int64_t e = v->user_start[user]; e < v->user_start[user + 1]; e++) {
        int32_t i = v->user_items[e];
        double error = (double)v->user_ratings[e] - m->mu - (double)m->users.biases[user] -
                       (double)m->items.biases[i] -
                       (double)rec__kernels()->dot(x, m->items.vectors + (int64_t)i * f, f);
        sum += error * error;
    }
    return sum;
}

static double validate(const struct svdpp *m)
{
    const rec_ratings *v = m->fit->validation;
    if (v == NULL || v->count == 0)
        return (double)NAN;
    return sqrt(rec__parallel_sum(m->fit->threads, v->n_users, squared_errors, m) / (double)v->count);
}

static rec_status run_epochs(struct svdpp *m)
{
    int32_t epochs = (int32_t)m->set[EPOCHS];
    double decay = 1.0, spread = fmax((double)m->r->greatest - m->mu, m->mu - (double)m->r->least);
    for (int32_t epoch = 1; epoch <= epochs; epoch++) {
        double loss = 0.0;
        m->rate = (float)(decay * m->set[LEARNING_RATE]);
        m->bias_rate = (float)(decay * m->set[BIAS_LEARNING_RATE]);
        decay *= m->set[DECAY];
        rec_status status = run_epoch(m, epoch, &loss);
        if (status != REC_OK)
            return status;
        if (!(loss <= 10.0 * spread + 10.0))
            return rec__fail(REC_ERR_DIVERGED,
                             "the loss of epoch %d is %g, beyond any that converges; learning_rate is %g, "
                             "and less was expected",
                             epoch, loss, m->set[LEARNING_RATE]);
        status = rec__fit_report(m->fit, epoch, epochs, loss, validate(m));
        if (status != REC_OK)
            return status;
    }
    return REC_OK;
}

/* From p_u to p_u + s_u, which is what scores. */
static rec_status finish_user(void *context, int64_t user, int32_t worker)
{
    const struct svdpp *m = context;
    float *s = m->s + (int64_t)worker * m->f;
    sum_of_user(m, (int32_t)user, s);
    rec__kernels()->axpy(1.0f, s, m->users.vectors + user * m->f, m->f);
    return REC_OK;
}

/*
 * So many users a batch that the most popular item is not expected to move by more than a tenth of an error before it is looked at again.
 */
static int32_t batch_size(const struct svdpp *m)
{
    int64_t most = 1;
    for (int32_t i = 0; i < m->r->n_items; i++)
        most = rec__item_count(m->r, i) > most ? rec__item_count(m->r, i) : most;
    double rate = fmax(m->set[LEARNING_RATE], m->set[BIAS_LEARNING_RATE]);
    double users = 0.1 * (double)m->r->n_users / (rate * (double)most);
    return (int32_t)fmin(fmax(users, 1.0), BATCH_MOST);
}

static rec_status make_room(struct svdpp *m)
{
    m->batch_users = batch_size(m);
    m->order = rec__allocate(m->r->n_users, sizeof *m->order);
    m->turns = rec__allocate(m->batch_users, sizeof *m->turns);
    m->d = rec__allocate((int64_t)m->batch_users * m->f, sizeof *m->d);
    m->s = rec__allocate((int64_t)m->fit->threads * m->f, sizeof *m->s);
    bool made = m->order != NULL && m->turns != NULL && m->d != NULL && m->s != NULL;
    return made ? REC_OK : REC_ERR_NO_MEMORY;
}

static void clear_room(struct svdpp *m)
{
    rec__release(m->order);
    rec__release(m->turns);
    rec__release(m->d);
    rec__release(m->s);
    rec__release(m->steps);
    rec__release(m->bias_steps);
}

/* Random vectors for the rows that have ratings. */
static void init_rows(const struct svdpp *m, float *vectors, const int64_t *start, int32_t n, uint64_t stream)
{
    for (int32_t row = 0; row < n; row++)
        if (start[row] < start[row + 1])
            rec__normal_row(m->fit->seed, stream, (uint64_t)row, (float)m->set[INIT_DEVIATION],
                            vectors + (int64_t)row * m->f, m->f);
}

static rec_status add_arrays(struct svdpp *m)
{
    struct rec__arrays *arrays = m->fit->arrays;
    const rec_ratings *r = m->r;
    double *offset = rec__arrays_add_doubles(arrays, "offset", 1);
    m->users = (struct rows){rec__arrays_add_floats(arrays, "user_vectors", r->n_users, m->f),
                             rec__arrays_add_floats(arrays, "user_biases", r->n_users, 0)};
    m->items = (struct rows){rec__arrays_add_floats(arrays, "item_vectors", r->n_items, m->f),
                             rec__arrays_add_floats(arrays, "item_biases", r->n_items, 0)};
    m->y = rec__arrays_add_floats(arrays, "implicit_vectors", r->n_items, m->f);
    if (offset == NULL || m->users.vectors == NULL || m->users.biases == NULL || m->items.vectors == NULL ||
        m->items.biases == NULL || m->y == NULL)
        return REC_ERR_NO_MEMORY;
    *offset = m->mu = r->mean;
    init_rows(m, m->users.vectors, r->user_start, r->n_users, REC_STREAM_USERS);
    init_rows(m, m->items.vectors, r->item_start, r->n_items, REC_STREAM_ITEMS);
    init_rows(m, m->y, m->seen->item_start, r->n_items, REC_STREAM_ITEMS | UINT64_C(1) << 8);
    return REC_OK;
}

static rec_status fit(struct rec__fit *fit)
{
    struct svdpp m = {.fit = fit,
                      .r = fit->ratings,
                      .seen = fit->implicit != NULL ? fit->implicit : fit->ratings,
                      .set = fit->parameters,
                      .f = (int32_t)fit->parameters[FACTORS]};
    rec_status status = add_arrays(&m);
    if (status == REC_OK)
        status = make_room(&m);
    if (status == REC_OK)
        status = run_epochs(&m);
    if (status == REC_OK)
        status = rec__parallel(fit->threads, m.r->n_users, finish_user, &m);
    clear_room(&m);
    return status;
}

static rec_status check(const struct rec__fitted *fitted)
{
    const rec_array *vectors = rec__arrays_find(fitted->arrays, "item_vectors");
    struct rec__expected expected = {REC_F32, 2, fitted->n_items, vectors->columns};
    rec_status status = rec__arrays_check(fitted->arrays, "implicit_vectors", expected, true);
    expected = (struct rec__expected){REC_F32, 1, fitted->n_items, 1};
    if (status == REC_OK)
        status = rec__arrays_check(fitted->arrays, "item_biases", expected, true);
    expected.rows = fitted->n_users;
    return status == REC_OK ? rec__arrays_check(fitted->arrays, "user_biases", expected, true) : status;
}

/*
 * The vector and bias of a new row by least squares, the other side fixed: of r - mu - b_j on (y_j, 1), y_j and b_j being the other's vectors and
 * biases. Penalised as a row with as many ratings is; no ratings, no vector. Adds to state->vector.
 */
static rec_status solve_row(const struct rec__fitted *fitted, const struct rec__normal_side *others,
                            const struct rec__history *row, struct rec__user_state *state)
{
    const struct svdpp m = {.set = fitted->parameters};
    struct rec__normal_room room = {0};
    float n = (float)row->n;
    int32_t f = others->factors;
    if (row->n == 0)
        return REC_OK;
    rec_status status = rec__normal_room_make(&room, f + 1);
    if (status == REC_OK) {
        rec__normal_sums(others, row, NULL, &room);
        status = rec__normal_solve(&room, f + 1, n * share_of(&m, REGULARIZATION, row->n),
                                   n * share_of(&m, BIAS_REGULARIZATION, row->n));
    }
    if (status == REC_OK) {
        rec__kernels()->axpy(1.0f, room.right, state->vector, f);
        state->bias = (double)room.right[f];
    }
    rec__normal_room_clear(&room);
    return status;
}

static struct rec__normal_side side_of(const struct rec__fitted *fitted, const char *vectors,
                                       const char *biases)
{
    const rec_array *array = rec__arrays_find(fitted->arrays, vectors);
    const rec_array *offset = rec__arrays_find(fitted->arrays, "offset");
    return (struct rec__normal_side){array->data, array->columns, rec__arrays_floats(fitted->arrays, biases),
                                     (int32_t)array->columns,
                                     offset == NULL ? 0.0 : *(const double *)offset->data};
}

/* s from the history, then p and b from what s leaves of its ratings. */
static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    struct rec__normal_side items = side_of(fitted, "item_vectors", "item_biases");
    const float *y = rec__arrays_floats(fitted->arrays, "implicit_vectors");
    float *left = rec__allocate(history->n, sizeof *left);
    if (left == NULL)
        return REC_ERR_NO_MEMORY;
    add_implicit(y, history->items, history->n, items.factors, state->vector);
    for (int64_t j = 0; j < history->n; j++)
        left[j] = history->ratings[j] - rec__kernels()->dot(items.vectors + history->items[j] * items.stride,
                                                            state->vector, items.factors);
    rec_status status =
        solve_row(fitted, &items, &(struct rec__history){history->items, left, history->n, NULL}, state);
    rec__release(left);
    return status;
}

static rec_status fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                               struct rec__user_state *state)
{
    struct rec__normal_side users = side_of(fitted, "user_vectors", "user_biases");
    memset(state->vector, 0, (size_t)users.factors * sizeof *state->vector);
    return solve_row(fitted, &users, raters, state);
}

static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    const rec_ratings *r = fit->ratings;
    double k = fit->parameters[FACTORS], n = (double)r->count;
    rec__work_vectors(work, r, k);
    work->epochs = (int64_t)fit->parameters[EPOCHS];
    work->once.steps = 50.0 * n;
    work->epoch.bytes =
        32.0 * n * k; /* a rating's two rows; the history's rows, summed and moved once a user */
    work->epoch.steps = 20.0 * n;
    work->held = 2.0 * work->held;
}

const struct rec_backend rec__svdpp = {
    .name = "svdpp",
    .summary = "SVD++: matrix factorization in which whatever a user rated says something about them",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .scorer = REC_SCORER_DOT,
    .traits = REC_PREDICTS_RATINGS | REC_TAKES_IMPLICIT,
    .fit = fit,
    .work = count_work,
    .check = check,
    .fold_in = fold_in,
    .fold_in_item = fold_in_item,
};
