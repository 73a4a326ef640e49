/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One step of fm_als.c: a block's numbers of one factor. The score is linear in each number v of a feature with value x, with slope h = x (y + c), y being the
 * sum of the partners' totals, and c what else there is of the row itself, t - x v, where rows multiply within themselves, else 0. Given the sums over the
 * ratings of each row, everything a number needs, and everything that its change does to the sums, is found by walking over the rows that have the
 * feature, however many ratings those have (Rendle, "Scaling factorization machines to relational data", VLDB 2013):
 *
 *   sum of w h^2 = sum over rows of x^2 (S_yy + 2 c S_y + c^2 S_w),   sum of w h e = sum over rows of x (S_ye + c S_e)
 *   v' - v = d:   S_e -= x d (S_y + c S_w),   S_ye -= x d (S_yy + c S_y),   t += x d
 */
#include "backends/fm_als.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/threads.h"

enum { PARTS = 64, OWN = 0, FEATURES = 1, OWN_PRIOR = 2, FEATURE_PRIOR = 3, AGAIN = 4 };

struct step {
    struct rec__fm_als *als;
    struct rec__fm_block *block;
    int32_t number, k;
    enum rec__fm_within within;
    bool has_own;                           /* else none of the rows' own has the number */
    float *own, *features;                  /* features: NULL where none has it */
    const struct rec__fm_partner *partners; /* that have the number */
    int32_t n_partners;
    /* Where there is one partner, whose rows are in this block's order: its totals and these rows, which is quicker. */
    const float *only;
    const int32_t *rows;
};

/* A segment of a field-aware machine has one partner at most: the block of its other field. n fills: how many. */
static const struct rec__fm_partner *partners_of(const struct rec__fm_als *als,
                                                 const struct rec__fm_block *block, int32_t k, int32_t *n)
{
    const struct rec__fm_partner *partners = block->partners;
    if (als->fm->fields.pairs == NULL || k == als->f)
        return partners;
    *n = 0;
    for (int32_t p = 0; p < block->n_partners; p++)
        if (rec__fm_own_has(als, partners[p].block, k) || rec__fm_features_have(als, partners[p].block, k)) {
            *n = 1;
            return partners + p;
        }
    return partners;
}

static struct step step_of(struct rec__fm_als *als, int32_t number, int32_t k)
{
    struct rec__fm_block *block = &als->blocks[number];
    int32_t n = block->n_partners;
    const struct rec__fm_partner *first = partners_of(als, block, k, &n);
    const struct rec__fm_block *other = &als->blocks[first->block];
    bool alone =
        k < als->f && n == 1 && first->block < REC_FM_SIDES && (first->aligned || block->events == NULL);
    return (struct step){.only = alone ? other->totals + (int64_t)k * other->n : NULL,
                         .rows = first->rows,
                         .partners = first,
                         .n_partners = n,
                         .als = als,
                         .block = block,
                         .number = number,
                         .k = k,
                         .within = rec__fm_within_of(als, number, k),
                         .has_own = block->identity && rec__fm_own_has(als, number, k),
                         .own = block->own + (int64_t)k * block->n,
                         .features = block->x == NULL || !rec__fm_features_have(als, number, k)
                                         ? NULL
                                         : block->features + (int64_t)k * block->x->columns.n};
}

/* The sum of the partners' totals; weights stand alone. */
static inline double others(const struct step *s, int64_t at, int64_t place)
{
    double y = 0.0;
    if (s->only != NULL)
        return (double)s->only[s->rows[at]];
    if (s->k == s->als->f)
        return 1.0;
    for (int32_t p = 0; p < s->n_partners; p++) {
        const struct rec__fm_partner *partner = &s->partners[p];
        int32_t row = partner->rows[(partner->aligned ? at : place) * partner->stride];
        const struct rec__fm_block *other = &s->als->blocks[partner->block];
        y += row < 0 ? 0.0 : (double)other->totals[(int64_t)s->k * other->n + row];
    }
    return y;
}

static double row_total(const struct step *s, int32_t row)
{
    double total = (double)s->own[row];
    if (s->features == NULL)
        return total;
    const struct rec__sparse_order *rows = &s->block->x->rows;
    for (int64_t e = rows->start[row]; e < rows->start[row + 1]; e++)
        total += (double)rows->values[e] * (double)s->features[rows->others[e]];
    return total;
}

static void sum_row(const struct step *s, int32_t row)
{
    const struct rec__fm_block *block = s->block;
    const float *weights = s->als->fit->user_weights;
    struct rec__fm_sums sums = {0};
    for (int64_t at = block->start[row]; at < block->start[row + 1]; at++) {
        int64_t place = block->events == NULL ? at : block->events[at];
        double y = others(s, at, place), e = (double)s->als->errors[place],
               w = weights == NULL ? 1.0 : (double)weights[place];
        sums.w += w;
        sums.y += w * y;
        sums.yy += w * y * y;
        sums.e += w * e;
        sums.ye += w * y * e;
    }
    float *total = block->totals + (int64_t)s->k * block->n + row;
    *total = sums.before = (float)row_total(s, row);
    block->sums[row] = sums;
}

/* A number `at` whose sums are a of squared slopes and b of slopes times errors: at the least of the objective, or drawn. */
static float settle(const struct step *s, double a, double b, float at, struct rec__prior prior,
                    uint64_t purpose, int32_t row)
{
    const struct rec__fm_als *als = s->als;
    double v = als->alpha * a + prior.precision;
    if (!(v > 0.0))
        return at;
    double mean = (als->alpha * (a * (double)at + b) + prior.precision * prior.mean) / v;
    float noise = 0.0F;
    if (als->gibbs)
        rec__normal_row(als->fit->seed, rec__fm_stream(als, s->number, s->k, purpose), (uint64_t)row,
                        (float)(1.0 / sqrt(v)), &noise, 1);
    return (float)(mean + (double)noise);
}

static struct rec__prior own_prior(const struct step *s, int32_t row)
{
    const struct rec__fm_block *block = s->block;
    double lambda = (double)block->lambda[s->k == s->als->f];
    if (s->als->gibbs)
        return block->own_priors[s->k];
    return (struct rec__prior){
        0.0, s->als->plain ? lambda : lambda * (double)(block->start[row + 1] - block->start[row])};
}

static struct rec__prior feature_prior(const struct step *s, int32_t g)
{
    if (s->als->gibbs)
        return s->block->feature_priors[s->k];
    return (struct rec__prior){0.0, (double)s->block->feature_lambda * s->block->touches[g]};
}

/* A row's part of a number's sums: (a, b). */
static inline void add_slopes(const struct rec__fm_sums *sums, double x, double c, double *a, double *b)
{
    *a += x * x * (sums->yy + c * (2.0 * sums->y + c * sums->w));
    *b += x * (sums->ye + c * sums->e);
}

/* What a change of the score by x d (y + c) does to the sums; total: t. */
static inline void move_sums(struct rec__fm_sums *sums, double xd, double c, float *total)
{
    sums->e -= xd * (sums->y + c * sums->w);
    sums->ye -= xd * (sums->yy + c * sums->y);
    sums->within += xd * c;
    *total += (float)xd;
}

/* c of a feature's number v in a row. */
static inline double others_within(const struct step *s, int32_t row, double x, double v, double total)
{
    if (s->within == REC_FM_APART)
        return 0.0;
    return s->within == REC_FM_TOGETHER ? total - x * v : (double)s->own[row];
}

static void move_feature(const struct step *s, int32_t g)
{
    const struct rec__fm_block *block = s->block;
    const struct rec__sparse_order *columns = &block->x->columns;
    float *totals = block->totals + (int64_t)s->k * block->n, *v = s->features + g;
    double a = 0.0, b = 0.0;
    for (int64_t e = columns->start[g]; e < columns->start[g + 1]; e++) {
        int32_t row = columns->others[e];
        double x = (double)columns->values[e];
        double c = others_within(s, row, x, (double)*v, (double)totals[row]);
        if (rec__fm_rated(block, row))
            add_slopes(&block->sums[row], x, c, &a, &b);
    }
    float before = *v;
    *v = settle(s, a, b, before, feature_prior(s, g), FEATURES, g);
    for (int64_t e = columns->start[g]; e < columns->start[g + 1]; e++) {
        int32_t row = columns->others[e];
        double x = (double)columns->values[e];
        double c = others_within(s, row, x, (double)before, (double)totals[row]);
        if (rec__fm_rated(block, row))
            move_sums(&block->sums[row], x * ((double)*v - (double)before), c, &totals[row]);
    }
}

static void move_own(const struct step *s, int32_t row)
{
    struct rec__fm_block *block = s->block;
    struct rec__fm_sums *sums = &block->sums[row];
    float *total = block->totals + (int64_t)s->k * block->n + row, before = s->own[row];
    double a = 0.0, b = 0.0, c = s->within != REC_FM_APART ? (double)*total - (double)before : 0.0;
    add_slopes(sums, 1.0, c, &a, &b);
    s->own[row] = settle(s, a, b, before, own_prior(s, row), OWN, row);
    move_sums(sums, (double)s->own[row] - (double)before, c, total);
}

static void move_errors(const struct step *s, int32_t row)
{
    const struct rec__fm_block *block = s->block;
    double moved = (double)block->totals[(int64_t)s->k * block->n + row] - (double)block->sums[row].before;
    for (int64_t at = block->start[row]; at < block->start[row + 1]; at++) {
        int64_t place = block->events == NULL ? at : block->events[at];
        s->als->errors[place] -= (float)(moved * others(s, at, place) + block->sums[row].within);
    }
}

static int32_t first_row(const struct rec__fm_block *block, int64_t part)
{
    return rec__normal_part(block->start, block->n, part, PARTS);
}

static rec_status sum_part(void *context, int64_t part, int32_t worker)
{
    const struct step *s = context;
    (void)worker;
    for (int32_t row = first_row(s->block, part); row < first_row(s->block, part + 1); row++)
        if (rec__fm_rated(s->block, row))
            sum_row(s, row);
    return REC_OK;
}

static rec_status move_part(void *context, int64_t part, int32_t worker)
{
    const struct step *s = context;
    (void)worker;
    for (int32_t row = first_row(s->block, part); row < first_row(s->block, part + 1); row++) {
        if (!rec__fm_rated(s->block, row))
            continue;
        if (s->has_own)
            move_own(s, row);
        move_errors(s, row);
    }
    return REC_OK;
}

rec_status rec__fm_als_step(struct rec__fm_als *als, int32_t block, int32_t k)
{
    struct step s = step_of(als, block, k);
    if (!s.has_own && s.features == NULL)
        return REC_OK;
    rec_status status = rec__parallel(als->fit->threads, PARTS, sum_part, &s);
    if (status != REC_OK)
        return status;
    for (int32_t g = 0; s.features != NULL && g < s.block->x->columns.n; g++)
        move_feature(&s, g);
    return rec__parallel(als->fit->threads, PARTS, move_part, &s);
}

/*
 * Rows' own numbers and their features' say much the same, and steps that hold one while they move the other get on slowly. So features are moved once more
 * with all totals held, where they take what they explain of the own numbers: the other parametrisation of the same model (Yu and Meng, "To center or not to
 * center", JCGS 2011). No score changes, unless rows multiply within themselves, where this is left out.
 */
static void move_again(const struct step *s, int32_t g)
{
    const struct rec__sparse_order *columns = &s->block->x->columns;
    double a = 0.0, b = 0.0;
    for (int64_t e = columns->start[g]; e < columns->start[g + 1]; e++) {
        int32_t row = columns->others[e];
        if (!rec__fm_rated(s->block, row))
            continue;
        struct rec__prior prior = own_prior(s, row);
        double x = (double)columns->values[e];
        a += prior.precision * x * x;
        b += prior.precision * x * ((double)s->own[row] - prior.mean);
    }
    a /= s->als->alpha;
    b /= s->als->alpha;
    float before = s->features[g];
    s->features[g] = settle(s, a, b, before, feature_prior(s, g), AGAIN, g);
    for (int64_t e = columns->start[g]; e < columns->start[g + 1]; e++)
        if (rec__fm_rated(s->block, columns->others[e]))
            s->own[columns->others[e]] -= columns->values[e] * (s->features[g] - before);
}

static void draw_priors(const struct step *s)
{
    struct rec__fm_block *block = s->block;
    const struct rec__fm_als *als = s->als;
    struct rec__group own = {0}, features = {0};
    for (int32_t row = 0; row < block->n; row++)
        if (rec__fm_rated(block, row)) {
            own.n += 1.0;
            own.sum += (double)s->own[row];
            own.squares += (double)s->own[row] * (double)s->own[row];
        }
    for (int32_t g = 0; s->features != NULL && g < block->x->columns.n; g++) {
        features.n += 1.0;
        features.sum += (double)s->features[g];
        features.squares += (double)s->features[g] * (double)s->features[g];
    }
    if (s->has_own)
        block->own_priors[s->k] =
            rec__prior_draw(&own, als->fit->seed, rec__fm_stream(als, s->number, s->k, OWN_PRIOR), 0, 1);
    if (s->features != NULL)
        block->feature_priors[s->k] = rec__prior_draw(
            &features, als->fit->seed, rec__fm_stream(als, s->number, s->k, FEATURE_PRIOR), 0, 1);
}

static rec_status recentre(void *context, int64_t task, int32_t worker)
{
    struct rec__fm_als *als = context;
    struct step s = step_of(als, (int32_t)(task / (als->f + 1)), (int32_t)(task % (als->f + 1)));
    (void)worker;
    bool both = s.has_own && s.features != NULL && s.within == REC_FM_APART;
    for (int32_t g = 0; both && g < s.block->x->columns.n; g++)
        move_again(&s, g);
    if (als->gibbs)
        draw_priors(&s);
    return REC_OK;
}

rec_status rec__fm_als_recentre(struct rec__fm_als *als)
{
    return rec__parallel(als->fit->threads, (int64_t)als->n_blocks * (als->f + 1), recentre, als);
}
