/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mini-batch Adam (Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015), lazily: a batch
 * moves the rows it touches, and leaves the moments of the others alone. All gradients of a batch are taken
 * at the parameters before it, and each row's is summed in the order of the batch, so the result is the same
 * for any number of threads. A row here is (vector, bias).
 */
#include "backends/mf.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/threads.h"
#include "kernels/kernels.h"
#include "store/assemble.h"

#include <math.h>
#include <string.h>

enum { ROWS_A_TASK = 32 };

/* One side's parameters and moments. */
struct side {
    const struct rec__mf_terms *terms;
    float *vectors, *biases;
    const int64_t *counts_start;     /* of the ratings: how many a row has */
    float *first, *second;           /* moments of the vectors */
    float *first_bias, *second_bias; /* of the biases, or NULL */
    int row_bits;                    /* enough for any row */
    uint64_t *order;                 /* of a batch: row << 32 | place in the batch, sorted */
    uint64_t *sorting;               /* as much again, to sort with */
    int64_t *groups;                 /* where each row's run begins in order */
    int64_t n_groups;
    float *gradients, *bias_gradients; /* a row a group */
};

struct training {
    struct rec__mf *mf;
    struct side sides[2]; /* users, items */
    int64_t *order;       /* of the epoch: ratings by position in the by-user arrays */
    int32_t *users;       /* the user of each position */
    int64_t first, n;     /* the batch */
    float *pushes;        /* of the batch: w times minus half the gradient by the sum */
    double *losses;       /* w times the squared error */
    int32_t now;          /* which side a parallel step works on */
    struct rec__adam adam;
    int64_t steps;
};

static int64_t position(const struct training *t, int64_t place)
{
    return t->order[t->first + place];
}

static rec_status find_errors(void *context, int64_t task, int32_t worker)
{
    struct training *t = context;
    const struct rec__mf *mf = t->mf;
    int32_t f = mf->set.factors;
    (void)worker;
    int64_t last = (task + 1) * ROWS_A_TASK < t->n ? (task + 1) * ROWS_A_TASK : t->n;
    for (int64_t k = task * ROWS_A_TASK; k < last; k++) {
        int64_t e = position(t, k);
        int32_t u = t->users[e], i = mf->ratings->user_items[e];
        float biases = mf->b_u == NULL ? 0.0f : mf->b_u[u] + mf->b_i[i];
        float sum =
            (float)mf->mu + biases + rec__kernels()->dot(mf->p + (int64_t)u * f, mf->q + (int64_t)i * f, f);
        struct rec__mf_error found = rec__mf_error_of(&mf->link, mf->ratings->user_ratings[e], (double)sum);
        double weight = mf->fit->user_weights == NULL ? 1.0 : (double)mf->fit->user_weights[e];
        t->pushes[k] = (float)(weight * found.push);
        t->losses[k] = weight * found.error * found.error;
    }
    return REC_OK;
}

/* Bring the batch's ratings together by row. */
static void group_side(struct training *t, int32_t which)
{
    struct side *side = &t->sides[which];
    for (int64_t k = 0; k < t->n; k++) {
        int64_t e = position(t, k);
        int32_t row = which == 0 ? t->users[e] : t->mf->ratings->user_items[e];
        side->order[k] = (uint64_t)(uint32_t)row << 32 | (uint64_t)k;
    }
    rec__sort_row(side->order, NULL, t->n, side->row_bits, (struct rec__sort_scratch){side->sorting, NULL});
    side->n_groups = 0;
    for (int64_t k = 0; k < t->n; k++)
        if (k == 0 || side->order[k] >> 32 != side->order[k - 1] >> 32)
            side->groups[side->n_groups++] = k;
    side->groups[side->n_groups] = t->n;
}

static rec_status group_task(void *context, int64_t which, int32_t worker)
{
    (void)worker;
    group_side(context, (int32_t)which);
    return REC_OK;
}

/* Half the gradient of the batch's part of the objective: sum of (lambda x - push y) over the row's ratings. */
static void find_gradient(struct training *t, struct side *side, const struct side *other, int64_t group)
{
    const struct rec__mf_settings *set = &t->mf->set;
    int32_t f = set->factors, row = (int32_t)(side->order[side->groups[group]] >> 32);
    int64_t first = side->groups[group], last = side->groups[group + 1];
    float n = (float)(last - first), all = (float)(side->counts_start[row + 1] - side->counts_start[row]);
    float share = set->by_count ? n : n / all, bias_gradient = 0.0f, *gradient = side->gradients + group * f;
    memset(gradient, 0, (size_t)f * sizeof *gradient);
    rec__kernels()->axpy(share * (float)side->terms->lambda, side->vectors + (int64_t)row * f, gradient, f);
    for (int64_t k = first; k < last; k++) {
        int64_t place = (int64_t)(side->order[k] & UINT32_MAX), e = position(t, place);
        int32_t partner = side == &t->sides[0] ? t->mf->ratings->user_items[e] : t->users[e];
        rec__kernels()->axpy(-t->pushes[place], other->vectors + (int64_t)partner * f, gradient, f);
        bias_gradient -= t->pushes[place];
    }
    if (side->biases != NULL)
        side->bias_gradients[group] =
            bias_gradient + share * (float)side->terms->bias_lambda * side->biases[row];
}

static rec_status gradient_task(void *context, int64_t task, int32_t worker)
{
    struct training *t = context;
    struct side *side = &t->sides[t->now];
    (void)worker;
    for (int64_t g = task * ROWS_A_TASK; g < (task + 1) * ROWS_A_TASK && g < side->n_groups; g++)
        find_gradient(t, side, &t->sides[1 - t->now], g);
    return REC_OK;
}

static rec_status update_task(void *context, int64_t task, int32_t worker)
{
    struct training *t = context;
    struct side *side = &t->sides[t->now];
    int32_t f = t->mf->set.factors;
    (void)worker;
    for (int64_t g = task * ROWS_A_TASK; g < (task + 1) * ROWS_A_TASK && g < side->n_groups; g++) {
        int64_t row = (int64_t)(side->order[side->groups[g]] >> 32);
        rec__kernels()->adam_step(&t->adam, side->gradients + g * f, side->vectors + row * f,
                                  side->first + row * f, side->second + row * f, f);
        if (side->biases != NULL)
            rec__kernels()->adam_step(&t->adam, side->bias_gradients + g, side->biases + row,
                                      side->first_bias + row, side->second_bias + row, 1);
    }
    return REC_OK;
}

static void run_on_sides(struct training *t, rec__task task)
{
    for (t->now = 0; t->now < 2; t->now++)
        (void)rec__parallel(t->mf->fit->threads, (t->sides[t->now].n_groups + ROWS_A_TASK - 1) / ROWS_A_TASK,
                            task, t);
}

/* The step size with Adam's corrections for moments that began at zero. */
static void set_adam(struct training *t, double rate)
{
    const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    double steps = (double)++t->steps;
    double correct1 = 1.0 - pow(beta1, steps), correct2 = sqrt(1.0 - pow(beta2, steps));
    t->adam = (struct rec__adam){.rate = (float)(rate * correct2 / correct1),
                                 .beta1 = (float)beta1,
                                 .beta2 = (float)beta2,
                                 .epsilon = (float)(epsilon * correct2)};
}

/* Returns the squared errors of the batch, before its step. */
static double run_batch(struct training *t, double rate)
{
    int32_t threads = t->mf->fit->threads;
    double sum = 0.0;
    (void)rec__parallel(threads, (t->n + ROWS_A_TASK - 1) / ROWS_A_TASK, find_errors, t);
    (void)rec__parallel(threads, 2, group_task, t);
    run_on_sides(t, gradient_task);
    set_adam(t, rate);
    run_on_sides(t, update_task);
    for (int64_t k = 0; k < t->n; k++)
        sum += t->losses[k];
    return sum;
}

static double run_epoch(struct training *t, int32_t epoch, double rate)
{
    int64_t count = t->mf->ratings->count;
    double sum = 0.0;
    rec__shuffle(t->mf->fit->seed, REC_STREAM_SHUFFLE | (uint64_t)epoch << 8, t->order, count);
    for (t->first = 0; t->first < count; t->first += t->n) {
        t->n = count - t->first < t->mf->set.batch ? count - t->first : t->mf->set.batch;
        sum += run_batch(t, rate);
    }
    return sqrt(sum / t->mf->weight);
}

static bool make_side(struct side *side, int32_t n_rows, int32_t f, int64_t batch)
{
    int64_t groups = batch < n_rows ? batch : n_rows;
    side->first = rec__allocate_zeroed((int64_t)n_rows * f, sizeof *side->first);
    side->second = rec__allocate_zeroed((int64_t)n_rows * f, sizeof *side->second);
    side->order = rec__allocate(batch, sizeof *side->order);
    side->sorting = rec__allocate(batch, sizeof *side->sorting);
    while ((n_rows - 1) >> side->row_bits > 0)
        side->row_bits++;
    side->groups = rec__allocate(groups + 1, sizeof *side->groups);
    side->gradients = rec__allocate(groups * f, sizeof *side->gradients);
    bool made = side->first != NULL && side->second != NULL && side->order != NULL && side->sorting != NULL &&
                side->groups != NULL && side->gradients != NULL;
    if (!made || side->biases == NULL)
        return made;
    side->first_bias = rec__allocate_zeroed(n_rows, sizeof *side->first_bias);
    side->second_bias = rec__allocate_zeroed(n_rows, sizeof *side->second_bias);
    side->bias_gradients = rec__allocate(groups, sizeof *side->bias_gradients);
    return side->first_bias != NULL && side->second_bias != NULL && side->bias_gradients != NULL;
}

static void clear_side(struct side *side)
{
    void *blocks[] = {side->first,   side->second, side->first_bias, side->second_bias,   side->order,
                      side->sorting, side->groups, side->gradients,  side->bias_gradients};
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
        rec__release(blocks[b]);
}

static rec_status make_training(struct training *t, struct rec__mf *mf)
{
    const rec_ratings *r = mf->ratings;
    int32_t f = mf->set.factors;
    int64_t batch = mf->set.batch < r->count ? mf->set.batch : r->count;
    *t = (struct training){.mf = mf,
                           .sides = {{.terms = &mf->set.terms[REC_MF_USERS],
                                      .vectors = mf->p,
                                      .biases = mf->b_u,
                                      .counts_start = r->user_start},
                                     {.terms = &mf->set.terms[REC_MF_ITEMS],
                                      .vectors = mf->q,
                                      .biases = mf->b_i,
                                      .counts_start = r->item_start}}};
    t->order = rec__allocate(r->count, sizeof *t->order);
    t->users = rec__allocate(r->count, sizeof *t->users);
    t->pushes = rec__allocate(batch, sizeof *t->pushes);
    t->losses = rec__allocate(batch, sizeof *t->losses);
    if (t->order == NULL || t->users == NULL || t->pushes == NULL || t->losses == NULL ||
        !make_side(&t->sides[0], r->n_users, f, batch) || !make_side(&t->sides[1], r->n_items, f, batch))
        return REC_ERR_NO_MEMORY;
    for (int32_t u = 0; u < r->n_users; u++)
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++)
            t->users[e] = u;
    return REC_OK;
}

rec_status rec__mf_adam(struct rec__mf *mf)
{
    struct training training;
    bool stop = false;
    rec_status status = make_training(&training, mf);
    double rate = mf->set.adam_rate;
    for (int32_t epoch = 1; status == REC_OK && !stop && epoch <= mf->set.epochs; epoch++) {
        double loss = run_epoch(&training, epoch, rate);
        rate *= mf->set.decay;
        status = rec__mf_report(mf, epoch, loss, &stop);
    }
    clear_side(&training.sides[0]);
    clear_side(&training.sides[1]);
    rec__release(training.order);
    rec__release(training.users);
    rec__release(training.pushes);
    rec__release(training.losses);
    return status;
}
