/* SPDX-License-Identifier: Apache-2.0 */
/* Counting scores below those of some items. No score is kept: each is placed among the marks and forgotten. */
#include "model/order.h"
#include "model/ladder.h"
#include "base/sort.h"
#include "base/status.h"

#include <string.h>

int64_t rec__ordering_rank(const struct rec__ordering *of, double score, bool or_level)
{
    int64_t low = 0, high = of->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        double mark = of->marks[middle].score;
        if (mark < score || (or_level && mark == score))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int compare_marks(const void *a, const void *b)
{
    const struct rec__mark *x = a, *y = b;
    return (x->score > y->score) - (x->score < y->score);
}

static double score_of(const struct rec__ordering *of, const struct rec__scorer_ops *ops, int32_t item)
{
    return rec__reweigh(of->state.result, of->factors, ops->score(&of->state, item), item);
}

/* Room for the marks and the counts, which begin at 0; the marks filled and sorted. */
static rec_status set_marks(struct rec__ordering *of, const struct rec__scorer_ops *ops)
{
    int64_t counts = of->n + 1;
    char *room = rec__scratch(of->workspace, REC_SCRATCH_STANDING, counts,
                              sizeof(struct rec__mark) + 2 * sizeof(int64_t));
    if (room == NULL)
        return REC_ERR_NO_MEMORY;
    of->marks = (struct rec__mark *)room;
    of->below = (int64_t *)(of->marks + counts);
    of->not_above = of->below + counts;
    memset(of->below, 0, 2 * (size_t)counts * sizeof(int64_t));
    for (int64_t j = 0; j < of->n; j++)
        of->marks[j] = (struct rec__mark){score_of(of, ops, of->items[j]), (int32_t)j};
    rec__sort(of->marks, of->n, sizeof *of->marks, compare_marks);
    return REC_OK;
}

static rec_status begin(const rec_model *model, struct rec__ordering *of)
{
    const struct rec__result *result = model->result;
    int64_t n = of->only == NULL ? result->fitted.n_items : of->n_only + of->n_barred;
    rec_status status = rec__query_begin(&of->query, model, NULL, of->workspace);
    if (status == REC_OK)
        status = rec__query_tell(&of->query, model, of->user, &of->told, of->workspace);
    if (status == REC_OK)
        status =
            rec__query_ops(result, &of->query)->prepare(result, &of->query, n, of->workspace, &of->state);
    return status == REC_OK ? set_marks(of, rec__query_ops(result, &of->query)) : status;
}

static void add_each(struct rec__ordering *of, const struct rec__scorer_ops *ops, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        rec__ordering_add(of, score_of(of, ops, of->only == NULL ? (int32_t)i : of->only[i]), 1);
}

static void take_barred(struct rec__ordering *of, const struct rec__scorer_ops *ops)
{
    for (int64_t i = 0; i < of->n_barred; i++) {
        if (of->only != NULL && rec__find_rising(of->only, of->n_only, of->barred[i]) < 0)
            continue;
        rec__ordering_add(of, score_of(of, ops, of->barred[i]), -1);
        of->others--;
    }
}

static void add_up(struct rec__ordering *of)
{
    int64_t wins = 0;
    for (int64_t j = 0; j < of->n; j++) {
        wins += of->below[j] + of->not_above[j];
        of->wins[of->marks[j].index] = wins;
    }
}

rec_status rec__order_all(const rec_model *model, struct rec__ordering *orderings, int32_t n)
{
    const struct rec__result *result = model->result;
    const struct rec__scorer_ops *ops = rec__scorer_ops(result->fitted.scorer);
    bool at_once = ops->order != NULL && n > 0 && orderings[0].only == NULL && orderings[0].factors == NULL;
    rec_status status = REC_OK;
    for (int32_t q = 0; status == REC_OK && q < n; q++) {
        struct rec__ordering *of = &orderings[q];
        of->others = of->only == NULL ? result->fitted.n_items : of->n_only;
        status = begin(model, of);
        at_once = at_once && status == REC_OK && rec__query_ops(result, &of->query) == ops;
    }
    for (int32_t q = 0; status == REC_OK && !at_once && q < n; q++)
        add_each(&orderings[q], rec__query_ops(result, &orderings[q].query), orderings[q].others);
    if (status == REC_OK && at_once)
        status = ops->order(orderings, n);
    for (int32_t q = 0; status == REC_OK && q < n; q++) {
        take_barred(&orderings[q], rec__query_ops(result, &orderings[q].query));
        add_up(&orderings[q]);
    }
    return status;
}
