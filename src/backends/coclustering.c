/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Co-clustering (George and Merugu, "A scalable collaborative filtering framework based on co-clustering", ICDM 2005). Users and items each
 * belong to one cluster, c(u) and d(i):
 *
 *   score(u, i) = A[c][d] + (mu_u - U[c]) + (mu_i - I[d])
 *
 * where A, U and I are the mean ratings of the pair of clusters, of the users' cluster and of the items', and mu_u and mu_i those of the user
 * and the item. As arrays: score = mu + b_u + b_i + B[c][d], with b_u = mu_u - mu, b_i = mu_i - mu, B = A - U - I + mu. Minimises the
 * squared error by giving all users, then all items, their best cluster, and taking the means anew, from random clusters.
 *
 * For a user with x_j = r_j - mu - b_u - b_j, the error of cluster c is sum of (x_j - B[c][d(j)])^2, which is constant but for
 * sum over d of B[c][d] (n_d B[c][d] - 2 X_d): X_d and n_d, the sum and number of the x_j in d, are gathered once for all c.
 */
#include "backends/biases.h"
#include "backends/normal.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/threads.h"
#include "backends/work.h"

#include <math.h>
#include <string.h>

enum { USER_CLUSTERS, ITEM_CLUSTERS, EPOCHS, N_PARAMETERS };
/* A fixed number, so that sums do not depend on the number of threads. */
enum { CLUSTERS_MOST = 256, PARTS = 16 };

static const struct rec__parameter parameters[N_PARAMETERS] = {
    [USER_CLUSTERS] = REC_WHOLE("user_clusters", 3, 1, CLUSTERS_MOST, "number of clusters of users"),
    [ITEM_CLUSTERS] = REC_WHOLE("item_clusters", 3, 1, CLUSTERS_MOST, "number of clusters of items"),
    [EPOCHS] = REC_WHOLE("epochs", 20, 1, 100000, "times that users and items choose their cluster"),
};

/* One side. Rows without ratings have cluster -1. */
struct side {
    const int64_t *start;
    const int32_t *others;
    const float *ratings;
    int32_t n, clusters;
    float *biases;
    int32_t *cluster;
};

struct cells {
    double sum, count;
};

struct fitting {
    struct rec__fit *fit;
    double mu;
    struct side sides[2]; /* users, items */
    int32_t now;          /* the side that chooses */
    struct cells *cells;  /* PARTS x user clusters x item clusters */
    double *b;            /* B: user clusters x item clusters */
    const rec_ratings *measured;
};

static double cell_of(const struct fitting *fitting, int32_t side, int32_t mine, int32_t other)
{
    int32_t c = side == 0 ? mine : other, d = side == 0 ? other : mine;
    return fitting->b[c * fitting->sides[1].clusters + d];
}

/* X_d and n_d of a row, by the clusters of the other side. */
static void gather_row(const struct fitting *fitting, int32_t row, struct cells *gathered)
{
    const struct side *side = &fitting->sides[fitting->now], *other = &fitting->sides[1 - fitting->now];
    double base = fitting->mu + (double)side->biases[row];
    memset(gathered, 0, (size_t)other->clusters * sizeof *gathered);
    for (int64_t e = side->start[row]; e < side->start[row + 1]; e++) {
        int32_t j = side->others[e];
        gathered[other->cluster[j]].sum += (double)side->ratings[e] - base - (double)other->biases[j];
        gathered[other->cluster[j]].count += 1.0;
    }
}

static int32_t best_cluster(const struct fitting *fitting, const struct cells *gathered)
{
    int32_t best = 0, n = fitting->sides[1 - fitting->now].clusters;
    double least = HUGE_VAL;
    for (int32_t c = 0; c < fitting->sides[fitting->now].clusters; c++) {
        double error = 0.0;
        for (int32_t d = 0; d < n; d++) {
            double b = cell_of(fitting, fitting->now, c, d);
            error += b * (gathered[d].count * b - 2.0 * gathered[d].sum);
        }
        if (error < least) {
            least = error;
            best = c;
        }
    }
    return best;
}

static rec_status choose_part(void *context, int64_t part, int32_t worker)
{
    struct fitting *fitting = context;
    struct side *side = &fitting->sides[fitting->now];
    struct cells gathered[CLUSTERS_MOST];
    int32_t first = rec__normal_part(side->start, side->n, part, PARTS);
    int32_t last = rec__normal_part(side->start, side->n, part + 1, PARTS);
    (void)worker;
    for (int32_t row = first; row < last; row++) {
        if (side->cluster[row] < 0)
            continue;
        gather_row(fitting, row, gathered);
        side->cluster[row] = best_cluster(fitting, gathered);
    }
    return REC_OK;
}

/* The ratings of some users, added up by pairs of clusters. */
static rec_status sum_part(void *context, int64_t part, int32_t worker)
{
    struct fitting *fitting = context;
    const struct side *users = &fitting->sides[0], *items = &fitting->sides[1];
    int64_t size = (int64_t)users->clusters * items->clusters;
    int32_t first = rec__normal_part(users->start, users->n, part, PARTS);
    int32_t last = rec__normal_part(users->start, users->n, part + 1, PARTS);
    struct cells *cells = fitting->cells + part * size;
    (void)worker;
    memset(cells, 0, (size_t)size * sizeof *cells);
    for (int32_t u = first; u < last; u++)
        for (int64_t e = users->start[u]; e < users->start[u + 1]; e++) {
            struct cells *cell =
                &cells[users->cluster[u] * items->clusters + items->cluster[users->others[e]]];
            cell->sum += (double)users->ratings[e] - fitting->mu;
            cell->count += 1.0;
        }
    return REC_OK;
}

static double mean_of(struct cells cell)
{
    return cell.count > 0.0 ? cell.sum / cell.count : 0.0;
}

/* B from the clusters as they are; a mean of nothing is mu. */
static rec_status take_means(struct fitting *fitting)
{
    int32_t n_c = fitting->sides[0].clusters, n_d = fitting->sides[1].clusters, size = n_c * n_d;
    struct cells *cells = fitting->cells, of_c[CLUSTERS_MOST] = {{0}}, of_d[CLUSTERS_MOST] = {{0}};
    rec_status status = rec__parallel(fitting->fit->threads, PARTS, sum_part, fitting);
    for (int64_t k = size; k < (int64_t)PARTS * size; k++) {
        cells[k % size].sum += cells[k].sum;
        cells[k % size].count += cells[k].count;
    }
    for (int32_t k = 0; k < size; k++) {
        of_c[k / n_d].sum += cells[k].sum;
        of_c[k / n_d].count += cells[k].count;
        of_d[k % n_d].sum += cells[k].sum;
        of_d[k % n_d].count += cells[k].count;
    }
    for (int32_t k = 0; k < size; k++)
        fitting->b[k] = mean_of(cells[k]) - mean_of(of_c[k / n_d]) - mean_of(of_d[k % n_d]);
    return status;
}

static double squared_errors(const void *context, int64_t user)
{
    const struct fitting *fitting = context;
    const struct side *users = &fitting->sides[0], *items = &fitting->sides[1];
    const rec_ratings *r = fitting->measured;
    double sum = 0.0, base = fitting->mu + (double)users->biases[user];
    for (int64_t e = r->user_start[user]; e < r->user_start[user + 1]; e++) {
        int32_t i = r->user_items[e], c = users->cluster[user], d = items->cluster[i];
        double error = (double)r->user_ratings[e] - base - (double)items->biases[i] -
                       (c < 0 || d < 0 ? 0.0 : fitting->b[c * items->clusters + d]);
        sum += error * error;
    }
    return sum;
}

static double rmse(struct fitting *fitting, const rec_ratings *ratings)
{
    fitting->measured = ratings;
    if (ratings == NULL || ratings->count == 0)
        return (double)NAN;
    return sqrt(rec__parallel_sum(fitting->fit->threads, ratings->n_users, squared_errors, fitting) /
                (double)ratings->count);
}

static void start_side(const struct fitting *fitting, struct side *side, enum rec__stream stream)
{
    rec__biases_solve(&(struct rec__biases){side->start, side->others, side->ratings, side->n, fitting->mu,
                                            0.0, NULL, side->biases},
                      fitting->fit->threads);
    for (int32_t row = 0; row < side->n; row++) {
        double uniform = rec__uniform(fitting->fit->seed, (uint64_t)stream, (uint64_t)row);
        bool rated = side->start[row] < side->start[row + 1];
        side->cluster[row] = rated ? (int32_t)(uniform * side->clusters) : -1;
    }
}

static rec_status run_epochs(struct fitting *fitting)
{
    int64_t epochs = (int64_t)fitting->fit->parameters[EPOCHS];
    rec_status status = take_means(fitting);
    for (int64_t epoch = 1; status == REC_OK && epoch <= epochs; epoch++) {
        for (fitting->now = 0; status == REC_OK && fitting->now < 2; fitting->now++)
            status = rec__parallel(fitting->fit->threads, PARTS, choose_part, fitting);
        if (status == REC_OK)
            status = take_means(fitting);
        if (status == REC_OK)
            status = rec__fit_report(fitting->fit, epoch, epochs, rmse(fitting, fitting->fit->ratings),
                                     rmse(fitting, fitting->fit->validation));
    }
    return status;
}

/* A user's vector marks the cluster; an item's is the column of B. */
static void write_vectors(const struct fitting *fitting, float *user_vectors, float *item_vectors)
{
    const struct side *users = &fitting->sides[0], *items = &fitting->sides[1];
    for (int64_t u = 0; u < users->n; u++)
        if (users->cluster[u] >= 0)
            user_vectors[u * users->clusters + users->cluster[u]] = 1.0f;
    for (int64_t i = 0; i < items->n; i++)
        for (int32_t c = 0; items->cluster[i] >= 0 && c < users->clusters; c++)
            item_vectors[i * users->clusters + c] =
                (float)fitting->b[c * items->clusters + items->cluster[i]];
}

static rec_status fit(struct rec__fit *fit)
{
    const rec_ratings *r = fit->ratings;
    int32_t n_c = (int32_t)fit->parameters[USER_CLUSTERS], n_d = (int32_t)fit->parameters[ITEM_CLUSTERS];
    float *user_vectors = rec__arrays_add_floats(fit->arrays, "user_vectors", r->n_users, n_c);
    float *item_vectors = rec__arrays_add_floats(fit->arrays, "item_vectors", r->n_items, n_c);
    float *b_u = rec__arrays_add_floats(fit->arrays, "user_biases", r->n_users, 0);
    float *b_i = rec__arrays_add_floats(fit->arrays, "item_biases", r->n_items, 0);
    double *offset = rec__arrays_add_doubles(fit->arrays, "offset", 1);
    float *means = rec__arrays_add_floats(fit->arrays, "cluster_means", n_d, n_c);
    struct fitting fitting = {.fit = fit,
                              .mu = r->mean,
                              .cells = rec__allocate((int64_t)PARTS * n_c * n_d, sizeof *fitting.cells),
                              .b = rec__allocate((int64_t)n_c * n_d, sizeof *fitting.b)};
    fitting.sides[0] = (struct side){r->user_start,
                                     r->user_items,
                                     r->user_ratings,
                                     r->n_users,
                                     n_c,
                                     b_u,
                                     rec__allocate(r->n_users, sizeof(int32_t))};
    fitting.sides[1] = (struct side){r->item_start,
                                     r->item_users,
                                     r->item_ratings,
                                     r->n_items,
                                     n_d,
                                     b_i,
                                     rec__allocate(r->n_items, sizeof(int32_t))};
    rec_status status = REC_ERR_NO_MEMORY;
    if (user_vectors != NULL && item_vectors != NULL && b_u != NULL && b_i != NULL && offset != NULL &&
        means != NULL && fitting.cells != NULL && fitting.b != NULL && fitting.sides[0].cluster != NULL &&
        fitting.sides[1].cluster != NULL) {
        *offset = fitting.mu;
        start_side(&fitting, &fitting.sides[0], REC_STREAM_USERS);
        start_side(&fitting, &fitting.sides[1], REC_STREAM_ITEMS);
        status = run_epochs(&fitting);
    }
    if (status == REC_OK)
        write_vectors(&fitting, user_vectors, item_vectors);
    for (int32_t d = 0; status == REC_OK && d < n_d; d++)
        for (int32_t c = 0; c < n_c; c++)
            means[(int64_t)d * n_c + c] = (float)fitting.b[c * n_d + d];
    rec__release(fitting.cells);
    rec__release(fitting.b);
    rec__release(fitting.sides[0].cluster);
    rec__release(fitting.sides[1].cluster);
    return status;
}

static rec_status check(const struct rec__fitted *fitted)
{
    struct rec__expected vectors = {REC_F32, 2, fitted->n_items, (int64_t)fitted->parameters[USER_CLUSTERS]},
                         biases = {REC_F32, 1, fitted->n_items, 1}, one = {REC_F64, 1, 1, 1};
    rec_status status = rec__arrays_check(fitted->arrays, "item_vectors", vectors, true);
    if (status == REC_OK)
        status = rec__arrays_check(fitted->arrays, "item_biases", biases, true);
    struct rec__expected means = {REC_F32, 2, (int64_t)fitted->parameters[ITEM_CLUSTERS], vectors.columns};
    if (status == REC_OK)
        status = rec__arrays_check(fitted->arrays, "cluster_means", means, true);
    struct rec__expected of_users = {REC_F32, 2, fitted->n_users, vectors.columns},
                         user_biases = {REC_F32, 1, fitted->n_users, 1};
    if (status == REC_OK)
        status = rec__arrays_check(fitted->arrays, "user_vectors", of_users, true);
    if (status == REC_OK)
        status = rec__arrays_check(fitted->arrays, "user_biases", user_biases, true);
    return status == REC_OK ? rec__arrays_check(fitted->arrays, "offset", one, true) : status;
}

/* A new row of one side: rows of the other side, their biases and, of each, what each cluster of this side would add. */
struct newcomer {
    const struct rec__history *history;
    const float *biases, *parts; /* parts NULL: of cluster d and row u, means[d] . users[u] */
    const float *means, *users;
    double mu;
    int32_t clusters, user_clusters;
};

static double part_of(const struct newcomer *row, int64_t other, int32_t cluster)
{
    if (row->parts != NULL)
        return (double)row->parts[other * row->clusters + cluster];
    double sum = 0.0;
    for (int32_t c = 0; c < row->user_clusters; c++)
        sum += (double)row->means[(int64_t)cluster * row->user_clusters + c] *
               (double)row->users[other * row->user_clusters + c];
    return sum;
}

/* The mean of the history, and the cluster in which it is predicted best; -1 without a history. */
static int32_t place(const struct newcomer *row, double *bias)
{
    const struct rec__history *history = row->history;
    double sum = 0.0, least = HUGE_VAL;
    int32_t best = history->n > 0 ? 0 : -1;
    for (int64_t j = 0; j < history->n; j++)
        sum += (double)history->ratings[j] - row->mu;
    *bias = history->n > 0 ? sum / (double)history->n : 0.0;
    for (int32_t cluster = 0; history->n > 0 && cluster < row->clusters; cluster++) {
        double errors = 0.0;
        for (int64_t j = 0; j < history->n; j++) {
            int32_t other = history->items[j];
            double error = (double)history->ratings[j] - row->mu - *bias - (double)row->biases[other] -
                           part_of(row, other, cluster);
            errors += error * error;
        }
        best = errors < least ? cluster : best;
        least = fmin(errors, least);
    }
    return best;
}

static rec_status fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                          struct rec__user_state *state)
{
    int32_t n_c = (int32_t)fitted->parameters[USER_CLUSTERS];
    struct newcomer row = {.history = history,
                           .biases = rec__arrays_floats(fitted->arrays, "item_biases"),
                           .parts = rec__arrays_floats(fitted->arrays, "item_vectors"),
                           .mu = *(const double *)rec__arrays_find(fitted->arrays, "offset")->data,
                           .clusters = n_c};
    int32_t best = place(&row, &state->bias);
    memset(state->vector, 0, (size_t)n_c * sizeof *state->vector);
    if (best >= 0)
        state->vector[best] = 1.0f;
    return REC_OK;
}

static rec_status fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                               struct rec__user_state *state)
{
    int32_t n_c = (int32_t)fitted->parameters[USER_CLUSTERS];
    struct newcomer row = {.history = raters,
                           .biases = rec__arrays_floats(fitted->arrays, "user_biases"),
                           .means = rec__arrays_floats(fitted->arrays, "cluster_means"),
                           .users = rec__arrays_floats(fitted->arrays, "user_vectors"),
                           .mu = *(const double *)rec__arrays_find(fitted->arrays, "offset")->data,
                           .clusters = (int32_t)fitted->parameters[ITEM_CLUSTERS],
                           .user_clusters = n_c};
    int32_t best = place(&row, &state->bias);
    memset(state->vector, 0, (size_t)n_c * sizeof *state->vector);
    if (best >= 0)
        memcpy(state->vector, row.means + (int64_t)best * n_c, (size_t)n_c * sizeof *state->vector);
    return REC_OK;
}

static void count_work(const struct rec__fit *fit, struct rec__work *work)
{
    const rec_ratings *r = fit->ratings;
    double n = (double)r->count, rows = (double)r->n_users + r->n_items;
    work->epochs = (int64_t)fit->parameters[EPOCHS];
    work->once.steps = 5.0 * n;
    work->epoch.steps = 7.0 * n;
    work->held = 16.0 * rows + 4.0 * r->n_items * fit->parameters[USER_CLUSTERS];
}

const struct rec_backend rec__coclustering = {
    .name = "coclustering",
    .summary = "clusters of users and of items: means of the user, the item, and the two clusters together",
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .scorer = REC_SCORER_DOT,
    .traits = REC_PREDICTS_RATINGS,
    .fit = fit,
    .work = count_work,
    .check = check,
    .fold_in = fold_in,
    .fold_in_item = fold_in_item,
};
