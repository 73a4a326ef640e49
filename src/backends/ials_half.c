/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Implicit alternating least squares: one half-step, which finds every row of one side with the other held fixed.
 *
 * Predictions stay the same when the vectors of both sides are turned alike, and exact rows depend on nothing but the side held fixed. So that
 * side is turned in place into the basis of its Gram matrix's eigenvectors, and the rows found are in that basis too: their systems
 * begin with a diagonal. Rows that conjugate gradients move from where they were are turned with it.
 *
 * Rows go in the order of their number of ratings, those with many first: parts end together, and rows with few, side by side in the
 * order, make batches. Neither depends on the number of threads.
 */
#include "backends/eigen.h"
#include "backends/ials.h"
#include "base/memory.h"
#include "base/threads.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

enum {
    ROTATE_ROWS = 64,
    FETCHED_AHEAD = 128, /* of a row's vectors */
    PART_COST = 1000000  /* multiplications, at least */
};

static int64_t count_of(const struct rec__ials_side *side, int32_t row)
{
    return side->start[row + 1] - side->start[row];
}

/* Multiplications that a row takes, roughly. */
static double cost_of(const struct rec__ials_fitting *g, int64_t n)
{
    double f = g->f, count = (double)n, fixed = 16.0 * f, solver = g->set[REC_IALS_SOLVER];
    if (solver == REC_IALS_SUBSPACE)
        return count * f + f * f;
    if (solver == REC_IALS_CG && n > REC_IALS_SMALL)
        return fixed + 4.0 * (g->set[REC_IALS_CG_STEPS] + 1.0) * count * f;
    return rec__ials_few(n, g->f) ? fixed + count * count * f / 2.0 + 2.0 * count * f
                                  : fixed + count * f * f / 2.0 + f * f * f / 3.0;
}

static void cut_order(const struct rec__ials_fitting *g, struct rec__ials_side *side)
{
    double total = 0.0, sum = 0.0;
    int32_t part = 0;
    for (int32_t row = 0; row < side->n; row++)
        total += cost_of(g, count_of(side, row));
    side->n_parts = (int32_t)fmin(REC_IALS_PARTS, 1.0 + total / PART_COST);
    for (int32_t at = 0; at < side->n; at++) {
        for (; part < side->n_parts && sum >= total / side->n_parts * part; part++)
            side->parts[part] = at;
        sum += cost_of(g, count_of(side, side->order[at]));
    }
    for (; part <= side->n_parts; part++)
        side->parts[part] = side->n;
}

rec_status rec__ials_put_in_order(const struct rec__ials_fitting *g, struct rec__ials_side *side)
{
    int64_t longest = 0;
    for (int32_t row = 0; row < side->n; row++)
        longest = count_of(side, row) > longest ? count_of(side, row) : longest;
    int32_t *places = rec__allocate_zeroed(longest + 2, sizeof *places);
    side->order = rec__allocate(side->n, sizeof *side->order);
    if (places == NULL || side->order == NULL) {
        rec__release(places);
        return REC_ERR_NO_MEMORY;
    }
    for (int32_t row = 0; row < side->n; row++)
        places[longest - count_of(side, row) + 1]++;
    for (int64_t n = 1; n <= longest + 1; n++)
        places[n] += places[n - 1];
    for (int32_t row = 0; row < side->n; row++)
        side->order[places[longest - count_of(side, row)]++] = row;
    rec__release(places);
    cut_order(g, side);
    return REC_OK;
}

struct half {
    struct rec__ials_fitting *g;
    struct rec__ials_side *moving;
    const struct rec__ials_side *held;
    struct rec__ials_fixed fixed;
    bool users; /* the users move */
    double objectives[REC_IALS_PARTS];
};

static rec_status gram_part(void *context, int64_t part, int32_t worker)
{
    struct half *half = context;
    struct rec__ials_fitting *g = half->g;
    int32_t n = half->held->n, f = g->f;
    int64_t first = (int64_t)n * part / REC_IALS_GRAM_PARTS,
            last = (int64_t)n * (part + 1) / REC_IALS_GRAM_PARTS;
    float *a = g->parts + part * f * f;
    struct rec__gather rows = {half->held->vectors + first * f, f, NULL, last - first};
    (void)worker;
    memset(a, 0, (size_t)f * (size_t)f * sizeof *a);
    /* The weights of the unobserved are the items': in the users' sums, not in those of the items, whose rows each have one. */
    rec__kernels()->gram(&rows, half->users ? g->item_weights + first : NULL, a, f, f);
    return REC_OK;
}

/* The sum of the parts, in their order, both triangles. */
static void add_parts(const struct rec__ials_fitting *g, float *gram)
{
    int32_t f = g->f;
    for (int32_t i = 0; i < f; i++)
        for (int32_t j = i; j < f; j++) {
            double sum = 0.0;
            for (int32_t part = 0; part < REC_IALS_GRAM_PARTS; part++)
                sum += (double)g->parts[((int64_t)part * f + i) * f + j];
            gram[(int64_t)i * f + j] = gram[(int64_t)j * f + i] = (float)sum;
        }
}

static rec_status make_gram(struct half *half)
{
    float *gram = half->g->grams[half->users ? 1 : 0];
    rec_status status = rec__parallel(half->g->fit->threads, REC_IALS_GRAM_PARTS, gram_part, half);
    add_parts(half->g, gram);
    half->fixed = (struct rec__ials_fixed){
        .vectors = half->held->vectors, .n = half->held->n, .factors = half->g->f, .gram = gram};
    return status;
}

static int64_t parts_to_rotate(const struct rec__ials_side *side)
{
    return (side->n + ROTATE_ROWS - 1) / ROTATE_ROWS;
}

static rec_status rotate_part(void *context, int64_t part, int32_t worker)
{
    struct half *half = context;
    const int64_t of_held = parts_to_rotate(half->held);
    const struct rec__ials_side *side = part < of_held ? half->held : half->moving;
    int64_t f = half->g->f, first = (part < of_held ? part : part - of_held) * ROTATE_ROWS,
            n = side->n - first < ROTATE_ROWS ? side->n - first : ROTATE_ROWS;
    float *rows = side->vectors + first * f, *turned = half->g->rooms[worker].wide;
    rec__kernels()->product(rows, n, half->g->turned, (int32_t)f, (int32_t)f, turned);
    memcpy(rows, turned, (size_t)(n * f) * sizeof *rows);
    return REC_OK;
}

static rec_status rotate(struct half *half)
{
    struct rec__ials_fitting *g = half->g;
    int64_t f = g->f;
    for (int64_t k = 0; k < f * f; k++)
        g->wide[k] = (double)half->fixed.gram[k];
    rec_status status = rec__eigen(g->wide, g->f, g->eigenvalues);
    if (status != REC_OK)
        return status;
    for (int64_t k = 0; k < f; k++)
        for (int64_t i = 0; i < f; i++)
            g->turned[i * f + k] = (float)g->wide[k * f + i];
    half->fixed.gram = NULL;
    half->fixed.diagonal = g->eigenvalues;
    bool from_last = g->set[REC_IALS_SOLVER] == REC_IALS_CG;
    return rec__parallel(g->fit->threads,
                         parts_to_rotate(half->held) + (from_last ? parts_to_rotate(half->moving) : 0),
                         rotate_part, half);
}

static double transform_of(const struct rec__ials_fitting *g, int32_t user, int32_t item, float rating)
{
    double idf = g->user_idf == NULL ? 1.0 : (double)g->user_idf[user];
    double share = g->item_lengths == NULL ? 1.0 : (double)g->item_lengths[item] / g->mean_length;
    return rec__ials_transform(g->set, fabs((double)rating), idf > 0.0 ? idf : 0.0, share);
}

/* Confidences c, right sides b and preferences p of a row's ratings. */
static void weigh(const struct half *half, int32_t row, float *c, float *b, float *p)
{
    const struct rec__ials_fitting *g = half->g;
    const struct rec__ials_side *side = half->moving;
    for (int64_t e = side->start[row]; e < side->start[row + 1]; e++) {
        int32_t user = half->users ? row : side->others[e], item = half->users ? side->others[e] : row;
        double t = transform_of(g, user, item, side->ratings[e]);
        t *= side->weights == NULL ? 1.0 : (double)side->weights[e];
        double weight =
            rec__ials_weight_of(g->set, g->set[REC_IALS_ALPHA] * t, (double)g->item_weights[item]);
        double preferred = rec__ials_preference(g->set, (double)side->ratings[e], g->mean);
        *c++ = (float)(g->set[REC_IALS_ALPHA] * t);
        *b++ = (float)(weight * preferred);
        *p++ = (float)preferred;
    }
}

/* The same where c = alpha |r| and b = c p, as they most often are. */
static void weigh_plainly(const struct half *half, int32_t row, float *restrict c, float *restrict b,
                          float *restrict p)
{
    const float *restrict ratings = half->moving->ratings + half->moving->start[row];
    const float alpha = (float)half->g->set[REC_IALS_ALPHA];
    const float share =
        half->g->set[REC_IALS_PREFERENCE] == REC_IALS_ONE ? INFINITY : (float)(1.0 / half->g->mean);
    int64_t n = count_of(half->moving, row);
    for (int64_t j = 0; j < n; j++) {
        float part = ratings[j] * share, least = part < 1.0f ? part : 1.0f;
        c[j] = alpha * fabsf(ratings[j]);
        p[j] = ratings[j] > 0.0f ? least : 0.0f;
        b[j] = c[j] * p[j];
    }
}

/* lambda of a row: as most often that of the last, for rows go by their number of ratings. */
static double lambda_of(const struct half *half, double n, double unobserved, struct rec__ials_room *room)
{
    if (room->lambda_of[0] != n || room->lambda_of[1] != unobserved) {
        room->lambda = rec__ials_regularization_of(half->g->set, n, unobserved);
        room->lambda_of[0] = n;
        room->lambda_of[1] = unobserved;
    }
    return room->lambda;
}

/* A row to find, its ratings' numbers in c and b. */
static struct rec__ials_row row_of(const struct half *half, int32_t row, struct rec__ials_room *room,
                                   float *c, float *b)
{
    const struct rec__ials_fitting *g = half->g;
    const struct rec__ials_side *side = half->moving;
    int64_t n = count_of(side, row);
    double w = half->users ? 1.0 : (double)g->item_weights[row];
    bool plain = g->set[REC_IALS_TRANSFORM] == REC_IALS_NONE && g->set[REC_IALS_ZEROS] == REC_IALS_ALL &&
                 side->weights == NULL;
    (plain ? weigh_plainly : weigh)(half, row, c, b, room->products);
    return (struct rec__ials_row){
        .others = side->others + side->start[row],
        .confidences = c,
        .rights = b,
        .n = n,
        .unobserved = w,
        .lambda = lambda_of(half, (double)n, half->users ? g->sum_unobserved : w * g->users.n, room),
        .constant = rec__kernels()->dot_double(b, room->products, n)};
}

/* Where the lists of rows further on in the order begin, and those lists themselves: both come from memory before they are read. */
static void fetch_lists(const struct rec__ials_side *side, int32_t at)
{
    enum { LINE = 16, MOST = 64 };
    if (at + 3 * REC_BATCH < side->n)
        __builtin_prefetch(side->start + side->order[at + 3 * REC_BATCH]);
    if (at + 2 * REC_BATCH >= side->n)
        return;
    int32_t row = side->order[at + 2 * REC_BATCH];
    int64_t first = side->start[row], n = count_of(side, row);
    for (int64_t e = first; e < first + n && e < first + MOST; e += LINE) {
        __builtin_prefetch(side->others + e);
        __builtin_prefetch(side->ratings + e);
    }
}

/* The vectors that a row further on is found from are wanted soon. */
static void look_ahead(const struct rec__ials_side *side, int32_t at, struct rec__ials_row *found)
{
    if (at >= side->n)
        return;
    int64_t n = count_of(side, side->order[at]);
    found->next = side->others + side->start[side->order[at]];
    found->n_next = n < FETCHED_AHEAD ? n : FETCHED_AHEAD;
}

/* Rows that wait to be solved together, all of as many ratings when rounded up. */
struct waiting {
    struct rec__ials_row rows[REC_BATCH];
    float *x[REC_BATCH];
    int32_t count;
};

static rec_status solve_waiting(struct half *half, struct rec__ials_room *room, struct waiting *waiting,
                                double *sum)
{
    double objective = 0.0;
    rec_status status = REC_OK;
    if (waiting->count > 0)
        status =
            rec__ials_exact_batch(&half->fixed, waiting->rows, waiting->count, room, waiting->x, &objective);
    waiting->count = 0;
    *sum += objective;
    return status;
}

/* A row by itself. */
static rec_status solve_alone(struct half *half, const struct rec__ials_row *row, struct rec__ials_room *room,
                              float *x, double *sum)
{
    const double *set = half->g->set;
    double objective = 0.0;
    rec_status status;
    if (set[REC_IALS_SOLVER] == REC_IALS_CG)
        status = rec__ials_gradients(&half->fixed, row, (int32_t)set[REC_IALS_CG_STEPS], room, x, &objective);
    else if (set[REC_IALS_SOLVER] == REC_IALS_SUBSPACE)
        status = rec__ials_subspace(&half->fixed, row, (int32_t)set[REC_IALS_BLOCK], room, x, &objective);
    else
        status = rec__ials_exact(&half->fixed, row, room, x, &objective);
    *sum += objective;
    return status;
}

/* The row at a place in the order. */
static rec_status solve_one(struct half *half, int32_t at, struct rec__ials_room *room, double *sum)
{
    int32_t row = half->moving->order[at];
    struct rec__ials_row found = row_of(half, row, room, room->confidences, room->rights);
    look_ahead(half->moving, at + 1, &found);
    return solve_alone(half, &found, room, half->moving->vectors + (int64_t)row * half->g->f, sum);
}

/* Another row for the batch, which is solved when the row does not fit or fills it. */
static rec_status add_waiting(struct half *half, int32_t at, struct rec__ials_room *room,
                              struct waiting *waiting, double *sum)
{
    int32_t f = half->g->f, row = half->moving->order[at];
    int64_t n = count_of(half->moving, row);
    rec_status status = REC_OK;
    if (waiting->count > 0 && (waiting->rows[0].n + 3) / 4 != (n + 3) / 4)
        status = solve_waiting(half, room, waiting, sum);
    int64_t place = (int64_t)waiting->count * REC_IALS_SMALL;
    struct rec__ials_row found = row_of(half, row, room, room->confidences + place, room->rights + place);
    float *x = half->moving->vectors + (int64_t)row * f;
    if (status == REC_OK && !rec__ials_small(&half->fixed, &found))
        return solve_alone(half, &found, room, x, sum);
    look_ahead(half->moving, at + REC_BATCH, &found);
    waiting->rows[waiting->count] = found;
    waiting->x[waiting->count++] = x;
    if (status == REC_OK && waiting->count == REC_BATCH)
        status = solve_waiting(half, room, waiting, sum);
    return status;
}

static rec_status solve_part(void *context, int64_t part, int32_t worker)
{
    struct half *half = context;
    const struct rec__ials_side *moving = half->moving;
    struct rec__ials_room *room = &half->g->rooms[worker];
    struct waiting waiting = {.count = 0};
    double sum = 0.0;
    rec_status status = REC_OK;
    room->scales_of[1] = room->lambda_of[0] = -1.0; /* of no row */
    for (int32_t at = moving->parts[part]; status == REC_OK && at < moving->parts[part + 1]; at++) {
        int32_t row = moving->order[at];
        int64_t n = count_of(moving, row);
        bool small =
            half->fixed.diagonal != NULL && n > 0 && n <= REC_IALS_SMALL && rec__ials_few(n, half->g->f);
        fetch_lists(moving, at);
        status = small ? add_waiting(half, at, room, &waiting, &sum) : solve_one(half, at, room, &sum);
    }
    if (status == REC_OK)
        status = solve_waiting(half, room, &waiting, &sum);
    half->objectives[part] = sum;
    return status;
}

static struct half half_of(struct rec__ials_fitting *g, bool users)
{
    return (struct half){.g = g,
                         .users = users,
                         .moving = users ? &g->users : &g->items,
                         .held = users ? &g->items : &g->users};
}

rec_status rec__ials_run_half(struct rec__ials_fitting *g, bool users, double *objective)
{
    struct half half = half_of(g, users);
    rec_status status = make_gram(&half);
    if (status == REC_OK && g->set[REC_IALS_SOLVER] != REC_IALS_SUBSPACE)
        status = rotate(&half);
    if (status == REC_OK)
        status = rec__parallel(g->fit->threads, half.moving->n_parts, solve_part, &half);
    *objective = 0.0;
    for (int32_t part = 0; status == REC_OK && part < half.moving->n_parts; part++)
        *objective += half.objectives[part];
    return status;
}

rec_status rec__ials_make_grams(struct rec__ials_fitting *g)
{
    struct half of_items = half_of(g, true), of_users = half_of(g, false);
    rec_status status = make_gram(&of_items);
    return status == REC_OK ? make_gram(&of_users) : status;
}
