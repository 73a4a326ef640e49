/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weights of a blend by coordinate ascent. What the members contribute to the items in question is gathered once a user; a trial of weights only adds it
 * up anew.
 */
#include "evaluate/blend.h"
#include "base/memory.h"
#include "base/sort.h"
#include "base/status.h"
#include "base/threads.h"
#include "model/scorer_blend.h"

#include <math.h>
#include <string.h>

enum { BEST = 200, USERS_MOST = 5000, HALVINGS = 6 };

/* The items weighed for one user, rising, and what each member contributes: n x members. */
struct weighed {
    int32_t n;
    int32_t *items;
    float *parts;
};

struct search {
    const rec_model *blend;
    const struct rec__matched *matched;
    const struct rec__wanted *metric;
    struct rec__gains gains;
    int32_t members, users, best, threads;
    struct weighed *weighed; /* a user each */
    double *values;
    rec_workspace *workspaces;
    double **parts; /* of a thread: members x items */
    struct rec__candidate **candidates;
    int32_t **lists;
    const double *weights; /* on trial */
};

static const struct rec__judged *judged_at(const struct search *s, int64_t index)
{
    return &s->matched->judged[index * s->matched->n_judged / s->users];
}

static int compare_rows(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* The best items of each member, each once, into `list`. Returns how many. */
static int32_t list_best(const struct search *s, const struct rec__filter *filter, int32_t worker,
                         int32_t *list)
{
    int32_t n_items = s->blend->result->fitted.n_items, n = 0, kept = 0;
    for (int32_t m = 0; m < s->members; m++) {
        const double *part = s->parts[worker] + (int64_t)m * n_items;
        struct rec__topk topk = rec__topk_start(s->candidates[worker], s->best);
        for (int32_t i = 0; i < n_items; i++)
            if (part[i] >= topk.least && rec__filter_admits(filter, i))
                rec__topk_offer(&topk, part[i], i);
        n += rec__topk_finish(&topk, list + n, NULL);
    }
    rec__sort(list, n, sizeof *list, compare_rows);
    for (int32_t i = 0; i < n; i++)
        if (kept == 0 || list[kept - 1] != list[i])
            list[kept++] = list[i];
    return kept;
}

static rec_status weigh_user(void *context, int64_t index, int32_t worker)
{
    struct search *s = context;
    struct weighed *to = &s->weighed[index];
    int64_t n_items = s->blend->result->fitted.n_items;
    struct rec__query query;
    rec_workspace *workspace = &s->workspaces[worker];
    rec_status status = rec__query_begin(&query, s->blend, NULL, workspace);
    if (status == REC_OK)
        status = rec__query_set_user(&query, s->blend, judged_at(s, index)->user, NULL, true, workspace);
    for (int32_t m = 0; status == REC_OK && m < s->members; m++)
        status = rec__blend_parts(s->blend->result->blend, m, &query, 1, workspace,
                                  s->parts[worker] + m * n_items);
    if (status != REC_OK)
        return status;
    int32_t *list = s->lists[worker];
    to->n = list_best(s, &query.filter, worker, list);
    to->items = rec__allocate(to->n, sizeof *to->items);
    to->parts = rec__allocate((int64_t)to->n * s->members, sizeof *to->parts);
    if (to->items == NULL || to->parts == NULL)
        return REC_ERR_NO_MEMORY;
    memcpy(to->items, list, (size_t)to->n * sizeof *list);
    for (int32_t i = 0; i < to->n; i++)
        for (int32_t m = 0; m < s->members; m++)
            to->parts[(int64_t)i * s->members + m] = (float)s->parts[worker][m * n_items + list[i]];
    return REC_OK;
}

static rec_status try_user(void *context, int64_t index, int32_t worker)
{
    struct search *s = context;
    const struct weighed *from = &s->weighed[index];
    const struct rec__judged *judged = judged_at(s, index);
    int32_t *list = s->lists[worker], *ranks = list + s->best;
    struct rec__topk topk = rec__topk_start(s->candidates[worker], s->metric->k);
    for (int32_t i = 0; i < from->n; i++) {
        double score = 0.0;
        for (int32_t m = 0; m < s->members; m++)
            score += s->weights[m] * (double)from->parts[(int64_t)i * s->members + m];
        rec__topk_offer(&topk, score, from->items[i]);
    }
    int32_t length = rec__topk_finish(&topk, list, NULL);
    struct rec__hits hits = {.ranks = ranks, .relevant = judged->relevant, .gains = &s->gains};
    hits.n = rec__hits_find(list, length, s->matched->known + judged->first_known, judged->n_known, ranks);
    s->values[index] = s->metric->metric->of_hits(&hits, s->metric->k);
    return REC_OK;
}

static rec_status try_weights(struct search *s, const double *weights, double *value)
{
    double sum = 0.0;
    s->weights = weights;
    rec_status status = rec__parallel(s->threads, s->users, try_user, s);
    for (int32_t u = 0; u < s->users; u++)
        sum += s->values[u];
    *value = sum / s->users;
    return status;
}

/* The weights with one of them moved by a step towards 1 or 0, still of sum 1. */
static void move(const double *from, int32_t n, int32_t which, double step, double *to)
{
    double sum = 0.0;
    for (int32_t m = 0; m < n; m++)
        sum += to[m] = m == which ? fmax(0.0, from[m] + step) : from[m];
    for (int32_t m = 0; m < n; m++)
        to[m] = sum > 0.0 ? to[m] / sum : 1.0 / n;
}

static rec_status climb(struct search *s, double *weights, double *trial, double *best)
{
    rec_status status = try_weights(s, weights, best);
    double step = 0.5;
    for (int32_t halving = 0; status == REC_OK && halving < HALVINGS; halving++, step /= 2.0)
        for (int32_t still = 0, which = 0; status == REC_OK && still < 2 * s->members; which++) {
            double value;
            int32_t m = which / 2 % s->members;
            move(weights, s->members, m, which % 2 == 0 ? step : -step, trial);
            status = try_weights(s, trial, &value);
            still++;
            if (status == REC_OK && value > *best) {
                *best = value;
                memcpy(weights, trial, (size_t)s->members * sizeof *weights);
                still = 0;
            }
        }
    return status;
}

static rec_status begin(struct search *s)
{
    int64_t n_items = s->blend->result->fitted.n_items;
    bool made = true;
    s->weighed = rec__allocate_zeroed(s->users, sizeof *s->weighed);
    s->values = rec__allocate(s->users, sizeof *s->values);
    s->workspaces = rec__allocate_zeroed(s->threads, sizeof *s->workspaces);
    s->parts = rec__allocate_zeroed(s->threads, sizeof *s->parts);
    s->candidates = rec__allocate_zeroed(s->threads, sizeof *s->candidates);
    s->lists = rec__allocate_zeroed(s->threads, sizeof *s->lists);
    if (s->weighed == NULL || s->values == NULL || s->workspaces == NULL || s->parts == NULL ||
        s->candidates == NULL || s->lists == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t t = 0; t < s->threads; t++) {
        s->parts[t] = rec__allocate(n_items * s->members, sizeof *s->parts[t]);
        s->candidates[t] = rec__allocate(rec__topk_room(s->best), sizeof *s->candidates[t]);
        s->lists[t] = rec__allocate((int64_t)s->best * (s->members + 1), sizeof *s->lists[t]);
        made = made && s->parts[t] != NULL && s->candidates[t] != NULL && s->lists[t] != NULL;
    }
    int64_t most = n_items > s->matched->test->n_items ? n_items : s->matched->test->n_items;
    return made ? rec__gains_create(&s->gains, most) : REC_ERR_NO_MEMORY;
}

static void end(struct search *s)
{
    for (int32_t u = 0; s->weighed != NULL && u < s->users; u++) {
        rec__release(s->weighed[u].items);
        rec__release(s->weighed[u].parts);
    }
    for (int32_t t = 0; t < s->threads; t++) {
        if (s->workspaces != NULL)
            rec__scratch_clear(&s->workspaces[t]);
        rec__release(s->parts == NULL ? NULL : s->parts[t]);
        rec__release(s->candidates == NULL ? NULL : s->candidates[t]);
        rec__release(s->lists == NULL ? NULL : s->lists[t]);
    }
    void *blocks[] = {s->weighed, s->values, s->workspaces, s->parts, s->candidates, s->lists};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        rec__release(blocks[i]);
    rec__gains_clear(&s->gains);
}

static rec_status search_weights(struct search *s, double *weights, double *value)
{
    double *trial = rec__allocate(s->members, sizeof *trial);
    rec_status status = trial == NULL ? REC_ERR_NO_MEMORY : begin(s);
    if (status == REC_OK)
        status = rec__parallel(s->threads, s->users, weigh_user, s);
    for (int32_t m = 0; m < s->members; m++)
        weights[m] = 1.0 / s->members;
    if (status == REC_OK)
        status = climb(s, weights, trial, value);
    end(s);
    rec__release(trial);
    return status;
}

rec_status rec__blend_tune(const rec_model *blend, const rec_ratings *validation,
                           const struct rec__wanted *metric, double *weights, double *value)
{
    struct rec__matched matched;
    rec_status status = rec__match(&matched, blend, validation, NULL, NULL);
    if (status == REC_OK)
        status = rec__matched_check_rankings(&matched, metric->name);
    if (status == REC_OK) {
        int32_t n_items = blend->result->fitted.n_items, best = metric->k > BEST ? metric->k : BEST;
        struct rec__wanted bounded = *metric;
        bounded.k = metric->k < n_items ? metric->k : n_items;
        struct search search = {.blend = blend,
                                .matched = &matched,
                                .metric = &bounded,
                                .members = blend->result->blend->n,
                                .users = matched.n_judged < USERS_MOST ? matched.n_judged : USERS_MOST,
                                .best = best < n_items ? best : n_items,
                                .threads = rec__model_threads(blend->result->blend->members[0])};
        status = search_weights(&search, weights, value);
    }
    rec__matched_clear(&matched);
    return status;
}
