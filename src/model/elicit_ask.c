/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choosing questions. After answers to items c, whatever they are, the user's vector has the covariance
 *
 *   S' = S - w w' / (s_c^2 + y_c' S y_c),   w = S y_c     (one answer after the other)
 *
 * and asking i next takes from it, times the chance that the user knows i:
 *
 *   error    y' S G S y / (s^2 + y' S y), of tr(S G): the mean variance of predictions over items as often as they are rated
 *   trace    y' S S y / (s^2 + y' S y),   of tr(S)
 *   volume   ln(1 + y' S y / s^2),        of ln |S|
 *
 * (optimal designs: Rubens, Elahi, Sugiyama and Kaplan, "Active learning in recommender systems", Recommender Systems Handbook, 2015; Anava, Golan,
 * Golbandi, Karnin, Lempel, Rokhlenko and Somekh, "Budget-constrained item cold-start handling in collaborative filtering recommenders via optimal
 * design", WWW 2015; greedy, as Golbandi, Koren and Lempel, "On bootstrapping recommender systems", CIKM 2010). S is never written anew: with u_i = y_i . w
 * and z = S G w, an answer changes y' S y by -u^2 / e and y' S G S y by -2 (u / e) (y . z) + (u / e)^2 w' G w, e being the divisor above.
 */
#include "base/memory.h"
#include "kernels/kernels.h"
#include "model/elicit.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

/* Users who count for the chance of an item before any answer. */
static const double AVERAGE_USERS = 5.0;

struct asking {
    const rec_elicitor *e;
    const struct rec__query *query;
    uint8_t *open; /* of each item: may it be asked about? */
    double *chance, *doubt, *reach;
    float *w;      /* of each answer, d */
    double *parts; /* e of each answer */
    int32_t answers;
    float *y, *pushed, *z;
};

static void clear(struct asking *a)
{
    rec__release(a->open);
    rec__release(a->chance);
    rec__release(a->doubt);
    rec__release(a->reach);
    rec__release(a->w);
    rec__release(a->parts);
    rec__release(a->y);
}

static void mark_open(struct asking *a)
{
    const struct rec__filter *filter = &a->query->filter;
    for (int32_t i = 0; filter->only == NULL && i < a->e->n; i++)
        a->open[i] = rec__filter_admits(filter, i);
    for (int64_t j = 0; filter->only != NULL && j < filter->n_only; j++)
        a->open[filter->only[j]] = rec__filter_admits(filter, filter->only[j]);
    for (int64_t j = 0; j < a->query->history.n; j++)
        a->open[a->query->history.items[j]] = 0;
}

/* out = S x, as the answers have left S */
static void multiply(const struct asking *a, const float *x, float *out)
{
    int32_t d = a->e->d;
    rec__elicit_product(a->e, a->e->covariance, x, out);
    for (int32_t t = 0; t < a->answers; t++) {
        const float *w = a->w + (int64_t)t * d;
        rec__kernels()->axpy((float)(-rec__kernels()->dot_double(w, x, d) / a->parts[t]), w, out, d);
    }
}

/* As if the user had answered c. */
static void take_answer(struct asking *a, int32_t c)
{
    const rec_elicitor *e = a->e;
    float *w = a->w + (int64_t)a->answers * e->d;
    double part = e->noise[c] + a->doubt[c], square = 0.0;
    if (!(part > 0.0))
        return;
    rec__elicit_vector(e, c, a->y);
    multiply(a, a->y, w);
    if (a->reach != NULL) {
        if (e->weight != NULL)
            rec__elicit_product(e, e->weight, w, a->pushed);
        else
            memcpy(a->pushed, w, (size_t)e->d * sizeof *w);
        square = rec__kernels()->dot_double(w, a->pushed, e->d);
        multiply(a, a->pushed, a->z);
    }
    for (int32_t i = 0; i < e->n; i++) {
        double u = rec__elicit_dot(e, i, w), share = u / part;
        a->doubt[i] = fmax(a->doubt[i] - u * share, 0.0);
        if (a->reach != NULL)
            a->reach[i] =
                fmax(a->reach[i] - 2.0 * share * rec__elicit_dot(e, i, a->z) + share * share * square, 0.0);
    }
    a->parts[a->answers++] = part;
}

static double gain_of(const struct asking *a, int32_t i)
{
    double noise = a->e->noise[i], part = noise + a->doubt[i];
    if (!(part > 0.0))
        return 0.0;
    return a->chance[i] * (a->reach == NULL ? log1p(a->doubt[i] / noise) : a->reach[i] / part);
}

/*
 * Who has answered may know what those know who know the same items: each user counts as often as they share an item with the answers, and
 * AVERAGE_USERS more are like everybody.
 */
static rec_status adapt_chances(struct asking *a)
{
    const rec_elicitor *e = a->e;
    const rec_ratings *r = e->model->result->ratings;
    const struct rec__history *history = &a->query->history;
    int32_t *shared = rec__allocate_zeroed(r->n_users, sizeof *shared);
    double all = AVERAGE_USERS;
    if (shared == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t i = 0; i < e->n; i++)
        a->chance[i] = AVERAGE_USERS * e->chance[i];
    for (int64_t j = 0; j < history->n; j++)
        for (int64_t at = r->item_start[history->items[j]]; at < r->item_start[history->items[j] + 1]; at++)
            shared[r->item_users[at]]++;
    for (int32_t u = 0; u < r->n_users; u++) {
        all += shared[u];
        for (int64_t at = r->user_start[u]; shared[u] > 0 && at < r->user_start[u + 1]; at++)
            a->chance[r->user_items[at]] += shared[u];
    }
    for (int32_t i = 0; i < e->n; i++)
        a->chance[i] = (a->e->flags & REC_ELICIT_KNOWN) != 0 ? 1.0 : a->chance[i] / all;
    rec__release(shared);
    return REC_OK;
}

static rec_status begin_design(struct asking *a, int32_t k)
{
    const rec_elicitor *e = a->e;
    int64_t answers = a->query->history.n + k;
    a->chance = rec__allocate(e->n, sizeof *a->chance);
    a->doubt = rec__allocate(e->n, sizeof *a->doubt);
    a->reach = e->reach == NULL ? NULL : rec__allocate(e->n, sizeof *a->reach);
    a->w = rec__allocate(answers * e->d, sizeof *a->w);
    a->parts = rec__allocate(answers, sizeof *a->parts);
    a->y = rec__allocate(3 * (int64_t)e->d, sizeof *a->y);
    if (a->chance == NULL || a->doubt == NULL || (e->reach != NULL && a->reach == NULL) || a->w == NULL ||
        a->parts == NULL || a->y == NULL)
        return REC_ERR_NO_MEMORY;
    a->pushed = a->y + e->d;
    a->z = a->pushed + e->d;
    memcpy(a->doubt, e->doubt, (size_t)e->n * sizeof *a->doubt);
    if (a->reach != NULL)
        memcpy(a->reach, e->reach, (size_t)e->n * sizeof *a->reach);
    for (int64_t j = 0; j < a->query->history.n; j++)
        take_answer(a, a->query->history.items[j]);
    return adapt_chances(a);
}

/* The open item of the greatest gain; -1: none is open. Of equal ones, the item with more ratings. */
static int32_t best_of(const struct asking *a, double *gain)
{
    const rec_ratings *r = a->e->model->result->ratings;
    int32_t best = -1;
    for (int32_t i = 0; i < a->e->n; i++) {
        double value = a->open[i] ? gain_of(a, i) : 0.0;
        bool better = a->open[i] && (best < 0 || value > *gain ||
                                     (value == *gain && rec__item_count(r, i) > rec__item_count(r, best)));
        if (better) {
            best = i;
            *gain = value;
        }
    }
    return best;
}

static rec_status ask_by_design(struct asking *a, int32_t k, int32_t *items, double *values, int32_t *n)
{
    rec_status status = begin_design(a, k);
    for (*n = 0; status == REC_OK && *n < k; ++*n) {
        double gain = 0.0;
        int32_t item = best_of(a, &gain);
        if (item < 0)
            break;
        items[*n] = item;
        if (values != NULL)
            values[*n] = gain;
        a->open[item] = 0;
        if (*n + 1 < k)
            take_answer(a, item);
    }
    return status;
}

static void ask_in_order(const struct asking *a, int32_t k, int32_t *items, double *values, int32_t *n)
{
    const rec_elicitor *e = a->e;
    *n = 0;
    for (int32_t place = 0; place < e->n && *n < k; place++) {
        int32_t item = e->order[place];
        if (!a->open[item])
            continue;
        items[*n] = item;
        if (values != NULL)
            values[*n] = e->values[item];
        ++*n;
    }
}

rec_status rec__elicit(const rec_elicitor *elicitor, const rec_query *query, int32_t k, int32_t *items,
                       double *values, int32_t *n)
{
    rec_workspace workspace = {0};
    struct rec__query resolved;
    struct asking asking = {.e = elicitor, .query = &resolved};
    int32_t most = k < elicitor->n ? k : elicitor->n;
    rec_status status = rec__query_begin(&resolved, elicitor->model, query, &workspace);
    if (status == REC_OK)
        status = rec__query_set_user(&resolved, elicitor->model, REC_NEW_USER, query, false, &workspace);
    if (status == REC_OK) {
        asking.open = rec__allocate_zeroed(elicitor->n, sizeof *asking.open);
        status = asking.open == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    }
    if (status == REC_OK)
        mark_open(&asking);
    if (status == REC_OK && elicitor->order != NULL)
        ask_in_order(&asking, most, items, values, n);
    else if (status == REC_OK)
        status = ask_by_design(&asking, most, items, values, n);
    clear(&asking);
    rec__scratch_clear(&workspace);
    return status;
}
