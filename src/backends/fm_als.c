/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Factorization machines by coordinate descent (als) and by Gibbs sampling (Rendle, "Factorization machines with libFM", ACM TIST 3(3), 2012, sections 3.2
 * and 3.3; Freudenthaler, Schmidt-Thieme and Rendle, "Bayesian factorization machines", 2011). The score is linear in each number v of the machine, with
 * slope h. als minimises the objective of the squared loss (fm.c), one number after the other, the rest held fixed:
 *
 *   v = sum of w h (e + h v) / (sum of w h^2 + lambda s),   e = r - score, w the rating's weight, s how often the penalty counts
 *
 * and gibbs draws it, under priors of each group (own numbers of users, of items, of a field of context; features of either), factor k:
 *
 *   v ~ N((alpha sum of w h (e + h v) + lambda_k m_k) / (alpha sum of w h^2 + lambda_k), 1 / (alpha sum of w h^2 + lambda_k))
 *   r ~ N(score, 1 / (alpha w)),   alpha, lambda_k ~ Gamma(1/2, 1/2),   m_k ~ N(0, 1 / lambda_k)
 *
 * Numbers go by blocks, the users, the items and each field of context, for in a block rows and not ratings are what has features (fm_als_step.c). After the
 * burn-in so many sweeps are kept, evenly spaced, and laid side by side as gibbs.h has it: predictions are their mean.
 */
#include "backends/fm_als.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

/* Where a block's numbers go: the features' matrix and the penalties are those of its side; fields of context have neither. */
static void set_block(struct rec__fm_als *als, int32_t b)
{
    const struct rec__fm *fm = als->fm;
    const rec_ratings *r = als->fit->ratings;
    struct rec__fm_block *block = &als->blocks[b];
    block->feature_lambda = fm->shared.lambda;
    block->lambda[0] = b < REC_FM_SIDES ? fm->lambda : fm->shared.lambda;
    block->lambda[1] = b < REC_FM_SIDES ? fm->bias_lambda : fm->shared.bias_lambda;
    block->identity = true;
    if (b >= REC_FM_SIDES)
        return;
    block->n = b == REC_FM_USERS ? r->n_users : r->n_items;
    block->start = b == REC_FM_USERS ? r->user_start : r->item_start;
    block->identity = fm->sides[b].identity;
    block->x = fm->sides[b].x.matrix.rows.n > 0 ? &fm->sides[b].x.matrix : NULL;
    block->within = fm->all && block->x != NULL;
}

static bool make_numbers(const struct rec__fm_als *als, struct rec__fm_block *block)
{
    int64_t w = als->f + 1, d = block->x == NULL ? 0 : block->x->columns.n;
    block->own = rec__allocate_zeroed(w * block->n, sizeof *block->own);
    block->totals = rec__allocate_zeroed(w * block->n, sizeof *block->totals);
    block->features = rec__allocate_zeroed(w * d, sizeof *block->features);
    block->touches = rec__allocate_zeroed(d, sizeof *block->touches);
    block->own_priors = rec__allocate_zeroed(w, sizeof *block->own_priors);
    block->feature_priors = rec__allocate_zeroed(w, sizeof *block->feature_priors);
    block->sums = rec__allocate_zeroed(block->n, sizeof *block->sums);
    return block->own != NULL && block->totals != NULL && block->features != NULL && block->touches != NULL &&
           block->own_priors != NULL && block->feature_priors != NULL && block->sums != NULL;
}

static void count_touches(const struct rec__fm_als *als, struct rec__fm_block *block)
{
    for (int32_t g = 0; block->x != NULL && g < block->x->columns.n; g++)
        for (int64_t e = block->x->columns.start[g]; e < block->x->columns.start[g + 1]; e++) {
            int32_t row = block->x->columns.others[e];
            double x = (double)block->x->columns.values[e];
            block->touches[g] += x * x * (double)(block->start[row + 1] - block->start[row]);
        }
    for (int32_t g = 0; als->plain && block->x != NULL && g < block->x->columns.n; g++)
        block->touches[g] = 1.0;
}

/* The numbers of a row, of n such, kept factor by factor. */
static void draw_row(const struct rec__fm_als *als, int32_t field, int32_t row, float *numbers, int64_t n,
                     float *room)
{
    const struct rec__fm_fields *fields = &als->fm->fields;
    memset(room, 0, (size_t)als->f * sizeof *room);
    rec__fm_draw(fields, field, als->fit, row, room);
    (void)rec__fm_keep(fields, field, room);
    for (int32_t k = 0; k < als->f; k++)
        numbers[k * n + row] = room[k];
}

/* The numbers that a walk begins with too: what multiplies cannot all be 0. */
static void draw_numbers(const struct rec__fm_als *als, int32_t b, float *room)
{
    struct rec__fm_block *block = &als->blocks[b];
    int32_t field = b < REC_FM_SIDES ? b : REC_FM_CONTEXT_FIELD + b - REC_FM_SIDES;
    for (int32_t row = 0; row < block->n; row++)
        if (rec__fm_rated(block, row))
            draw_row(als, field, row, block->own, block->n, room);
    for (int32_t g = 0; block->x != NULL && g < block->x->columns.n; g++)
        if (block->touches[g] > 0.0)
            draw_row(als, REC_FM_FEATURE_FIELD + b, g, block->features, block->x->columns.n, room);
    for (int32_t k = 0; k <= als->f; k++)
        block->own_priors[k] = block->feature_priors[k] = (struct rec__prior){0.0, 1.0};
}

/* The ratings by their row in a field of context: a counting sort. */
static bool sort_events(struct rec__fm_als *als, struct rec__fm_block *block, int32_t field)
{
    const struct rec__fm_contexts *c = &als->fm->contexts;
    int64_t n = als->fit->ratings->count, stride = c->bound.n;
    block->offsets = rec__allocate_zeroed((int64_t)block->n + 2, sizeof *block->offsets);
    block->order = rec__allocate(n, sizeof *block->order);
    if (block->offsets == NULL || block->order == NULL)
        return false;
    for (int64_t e = 0; e < n; e++)
        if (c->rows[e * stride + field] >= 0)
            block->offsets[c->rows[e * stride + field] + 2]++;
    for (int32_t row = 0; row < block->n; row++)
        block->offsets[row + 2] += block->offsets[row + 1];
    for (int64_t e = 0; e < n; e++)
        if (c->rows[e * stride + field] >= 0)
            block->order[block->offsets[c->rows[e * stride + field] + 1]++] = e;
    block->start = block->offsets;
    block->events = block->order;
    return true;
}

/* The places of the items' ratings in the users' order. */
static bool order_items(struct rec__fm_als *als)
{
    const rec_ratings *r = als->fit->ratings;
    struct rec__fm_block *block = &als->blocks[REC_FM_ITEMS];
    block->order = rec__allocate(r->count, sizeof *block->order);
    block->offsets = rec__allocate((int64_t)r->n_items + 1, sizeof *block->offsets);
    if (block->order == NULL || block->offsets == NULL)
        return false;
    memcpy(block->offsets, r->item_start, ((size_t)r->n_items + 1) * sizeof *block->offsets);
    for (int64_t e = 0; e < r->count; e++)
        block->order[block->offsets[r->user_items[e]]++] = e;
    block->events = block->order;
    return true;
}

static bool find_users(struct rec__fm_als *als)
{
    const rec_ratings *r = als->fit->ratings;
    if (als->n_blocks == REC_FM_SIDES)
        return true;
    als->users = rec__allocate(r->count, sizeof *als->users);
    for (int32_t u = 0; als->users != NULL && u < r->n_users; u++)
        for (int64_t e = r->user_start[u]; e < r->user_start[u + 1]; e++)
            als->users[e] = u;
    return als->users != NULL;
}

/* Where the rows of block `b` are found, seen from another. */
static struct rec__fm_partner partner_of(const struct rec__fm_als *als, int32_t from, int32_t b)
{
    const rec_ratings *r = als->fit->ratings;
    const struct rec__fm_contexts *c = &als->fm->contexts;
    if (b == REC_FM_ITEMS)
        return (struct rec__fm_partner){b, r->user_items, 1, false};
    if (b == REC_FM_USERS && from == REC_FM_ITEMS)
        return (struct rec__fm_partner){b, r->item_users, 1, true};
    if (b == REC_FM_USERS)
        return (struct rec__fm_partner){b, als->users, 1, false};
    return (struct rec__fm_partner){b, c->rows + (b - REC_FM_SIDES), c->bound.n, false};
}

static bool make_partners(struct rec__fm_als *als, int32_t from)
{
    struct rec__fm_block *block = &als->blocks[from];
    block->partners = rec__allocate(als->n_blocks, sizeof *block->partners);
    for (int32_t b = 0; block->partners != NULL && b < als->n_blocks; b++)
        if (rec__fm_meet(als, from, b))
            block->partners[block->n_partners++] = partner_of(als, from, b);
    return block->partners != NULL;
}

static rec_status make_blocks(struct rec__fm_als *als)
{
    const struct rec__context *bound = &als->fm->contexts.bound;
    als->blocks = rec__allocate_zeroed(als->n_blocks, sizeof *als->blocks);
    als->errors = rec__allocate(als->fit->ratings->count, sizeof *als->errors);
    float *room = rec__allocate(als->f, sizeof *room);
    bool made =
        als->blocks != NULL && als->errors != NULL && room != NULL && find_users(als) && order_items(als);
    for (int32_t b = 0; made && b < als->n_blocks; b++) {
        struct rec__fm_block *block = &als->blocks[b];
        set_block(als, b);
        if (b >= REC_FM_SIDES) {
            block->n = rec__context_rows(bound, b - REC_FM_SIDES);
            made = sort_events(als, block, b - REC_FM_SIDES);
        }
        made = made && make_partners(als, b) && make_numbers(als, block);
        if (made)
            count_touches(als, block);
        if (made)
            draw_numbers(als, b, room);
    }
    rec__release(room);
    return made ? REC_OK : REC_ERR_NO_MEMORY;
}

static void clear_block(struct rec__fm_block *block)
{
    void *rooms[] = {block->partners, block->own,        block->totals,         block->features,
                     block->touches,  block->own_priors, block->feature_priors, block->sums,
                     block->order,    block->offsets};
    for (size_t a = 0; a < sizeof rooms / sizeof *rooms; a++)
        rec__release(rooms[a]);
}

static void clear(struct rec__fm_als *als)
{
    for (int32_t b = 0; als->blocks != NULL && b < als->n_blocks; b++) {
        clear_block(&als->blocks[b]);
        rec__release(b < REC_FM_SIDES ? als->blocks[b].vectors : NULL);
        rec__release(b < REC_FM_SIDES ? als->blocks[b].biases : NULL);
    }
    void *rooms[] = {als->blocks, als->users, als->errors, als->table, als->table_biases};
    for (size_t a = 0; a < sizeof rooms / sizeof *rooms; a++)
        rec__release(rooms[a]);
}

/* The rows of the present draw, which the view reads: those of the fields stand one after another. */
static bool make_view(struct rec__fm_als *als)
{
    const struct rec__context *bound = &als->fm->contexts.bound;
    int64_t rows = 0;
    for (int32_t b = REC_FM_SIDES; b < als->n_blocks; b++)
        rows += als->blocks[b].n;
    als->table = rec__allocate_zeroed(rows * als->f, sizeof *als->table);
    als->table_biases = rec__allocate_zeroed(rows, sizeof *als->table_biases);
    for (int32_t b = 0; b < als->n_blocks; b++) {
        struct rec__fm_block *block = &als->blocks[b];
        bool side = b < REC_FM_SIDES;
        int64_t first = side ? 0 : bound->fields[2 * (b - REC_FM_SIDES) + 1];
        block->vectors = side ? rec__allocate((int64_t)block->n * als->f, sizeof *block->vectors)
                              : als->table + first * als->f;
        block->biases = side ? rec__allocate(block->n, sizeof *block->biases) : als->table_biases + first;
        if (block->vectors == NULL || block->biases == NULL)
            return false;
    }
    als->now = (struct rec__view){.users = als->blocks[REC_FM_USERS].vectors,
                                  .user_biases = als->blocks[REC_FM_USERS].biases,
                                  .items = als->blocks[REC_FM_ITEMS].vectors,
                                  .item_biases = als->blocks[REC_FM_ITEMS].biases,
                                  .contexts = *bound,
                                  .mu = als->mu,
                                  .f = als->f};
    als->now.contexts.vectors = als->table;
    als->now.contexts.biases = als->table_biases;
    als->now.contexts.factors = als->f;
    return als->table != NULL && als->table_biases != NULL;
}

/* One sweep, and the errors it leaves, made anew from the rows. */
static rec_status sweep(struct rec__fm_als *als)
{
    rec_status status = REC_OK;
    int32_t first = als->fm->biased ? -1 : 0;
    for (int32_t k = first; status == REC_OK && k < als->f; k++)
        for (int32_t b = 0; status == REC_OK && b < als->n_blocks; b++)
            status = rec__fm_als_step(als, b, k < 0 ? als->f : k);
    if (status == REC_OK)
        status = rec__fm_als_recentre(als);
    if (status == REC_OK)
        status = rec__fm_als_show(als);
    rec__view_errors(&als->now, als->fit->threads, als->fit->ratings, als->fm->contexts.rows, als->errors);
    return status;
}

/* Whether the sweep is one of those kept, evenly spaced after the burn-in. */
static bool is_kept(const struct rec__fm_als *als, int64_t burn_in, int64_t sweeps)
{
    int64_t after = als->sweep - burn_in;
    return after > 0 && after * als->samples / sweeps > (after - 1) * als->samples / sweeps;
}

/* Without sampling the last sweep is kept, or by patience the best. */
static rec_status run(struct rec__fm_als *als, struct rec__watch *watch, int64_t burn_in, int64_t sweeps)
{
    const struct rec__fit *fit = als->fit;
    double weight = rec__watch_weight(fit);
    rec_status status = rec__fm_als_show(als);
    bool stop = false;
    int32_t kept = 0;
    rec__view_errors(&als->now, fit->threads, fit->ratings, als->fm->contexts.rows, als->errors);
    for (als->sweep = 1; status == REC_OK && !stop && als->sweep <= burn_in + sweeps; als->sweep++) {
        status = sweep(als);
        double squares = rec__view_squares(fit->threads, als->errors, fit->user_weights, fit->ratings->count);
        if (als->gibbs)
            als->alpha = rec__gamma(fit->seed, rec__fm_stream(als, als->n_blocks, 0, 0), 0,
                                    0.5 * (1.0 + (double)fit->ratings->count)) /
                         (0.5 * (1.0 + squares));
        bool keep = als->gibbs && is_kept(als, burn_in, sweeps);
        if (keep)
            rec__fm_als_keep(als, kept++);
        double watched = rec__watch_loss(watch, &als->now, keep);
        if (status == REC_OK)
            status = rec__fit_report(als->fit, als->sweep, burn_in + sweeps, sqrt(squares / weight), watched);
        bool better = rec__watch_judge(watch, watched, &stop);
        if (!als->gibbs && (watch->patience > 0 ? better : als->sweep == sweeps))
            rec__fm_als_keep(als, 0);
    }
    return status;
}

static rec_status check_settings(const struct rec__fit *fit)
{
    static const char *const losses[] = {"squared", "logistic", "bpr", "warp"};
    const double *set = fit->parameters;
    const char *solver = set[REC_FM_SOLVER] == REC_FM_GIBBS ? "gibbs" : "als";
    if (set[REC_FM_LOSS] != REC_FM_SQUARED)
        return rec__fail(
            REC_ERR_INVALID,
            "loss is %s, and solver %s minimises squared errors alone; loss squared or solver sgd "
            "was expected",
            losses[(int)set[REC_FM_LOSS]], solver);
    if (set[REC_FM_SOLVER] == REC_FM_GIBBS && set[REC_FM_SAMPLES] > set[REC_FM_SWEEPS])
        return rec__fail(REC_ERR_INVALID, "samples is %g; at most the number of sweeps, %g, was expected",
                         set[REC_FM_SAMPLES], set[REC_FM_SWEEPS]);
    if (!(rec__watch_weight(fit) > 0.0))
        return rec__fail(REC_ERR_INVALID, "the weights of all ratings are 0; one greater was expected");
    return REC_OK;
}

static double mean_rating(const struct rec__fit *fit)
{
    double sum = 0.0;
    if (fit->user_weights == NULL)
        return fit->ratings->mean;
    for (int64_t e = 0; e < fit->ratings->count; e++)
        sum += (double)fit->user_weights[e] * (double)fit->ratings->user_ratings[e];
    return sum / rec__watch_weight(fit);
}

/* Features as matrices, and contexts with their arrays. */
static rec_status make_inputs(struct rec__fm *fm, int32_t samples)
{
    const struct rec__fit *fit = fm->fit;
    const rec_features *features[] = {fit->user_features, fit->item_features};
    bool unit = fit->parameters[REC_FM_FEATURE_SCALE] == REC_FM_UNIT;
    rec_status status = REC_OK;
    for (int side = 0; status == REC_OK && side < REC_FM_SIDES; side++)
        if (features[side] != NULL)
            status = rec__feature_matrix_make(&fm->sides[side].x, features[side], unit);
    return status == REC_OK ? rec__fm_contexts_make(&fm->contexts, fm->fit, &fm->fields, samples) : status;
}

rec_status rec__fm_als_fit(struct rec__fm *fm)
{
    struct rec__fit *fit = fm->fit;
    const double *set = fit->parameters;
    bool gibbs = set[REC_FM_SOLVER] == REC_FM_GIBBS;
    rec_status status = check_settings(fit);
    if (status == REC_OK)
        status = make_inputs(fm, gibbs ? (int32_t)set[REC_FM_SAMPLES] : 1);
    if (status != REC_OK)
        return status;
    struct rec__fm_als als = {.fm = fm,
                              .fit = fit,
                              .f = fm->f,
                              .samples = gibbs ? (int32_t)set[REC_FM_SAMPLES] : 1,
                              .n_blocks = REC_FM_SIDES + fm->contexts.bound.n,
                              .gibbs = gibbs,
                              .plain = set[REC_FM_SCALING] == REC_FM_PLAIN,
                              .mu = fm->biased ? mean_rating(fit) : 0.0,
                              .alpha = 1.0};
    struct rec__watch watch = {0};
    status = make_blocks(&als);
    if (status == REC_OK)
        status = make_view(&als) ? rec__fm_als_add(&als) : REC_ERR_NO_MEMORY;
    if (status == REC_OK)
        status = rec__watch_make(&watch, fit, (int32_t)set[REC_FM_PATIENCE], true);
    if (status == REC_OK && fit->validation != NULL)
        status = rec__fm_contexts_rows(&fm->contexts, fit, &watch.rows);
    if (status == REC_OK)
        status = run(&als, &watch, gibbs ? (int64_t)set[REC_FM_BURN_IN] : 0,
                     (int64_t)set[gibbs ? REC_FM_SWEEPS : REC_PAIRS_EPOCHS]);
    rec__watch_clear(&watch);
    clear(&als);
    return status;
}
