/* SPDX-License-Identifier: Apache-2.0 */
/* Groups. Each is measured as the whole is, on the test ratings that belong to it; what it shares with the whole, the lists, is made once. */
#include "evaluate/strata.h"
#include "base/memory.h"
#include "base/sort.h"
#include "base/status.h"

#include <math.h>
#include <stdio.h>

/* Which group the test users, or the test items, are in. */
struct grouping {
    const rec_ratings *test;
    const int32_t *group;
    bool by_items;
    int32_t wanted;
};

static bool in_group(const void *context, int32_t user, int64_t position)
{
    const struct grouping *grouping = context;
    int32_t row = grouping->by_items ? grouping->test->user_items[position] : user;
    return grouping->group[row] == grouping->wanted;
}

/* How many ratings a test user is ranked from. */
static int64_t history_length(const struct rec__matched *whole, int32_t row)
{
    const rec_ratings *ratings = whole->model->result->ratings;
    if (whole->histories != NULL)
        return rec__user_count(whole->histories, row);
    return whole->users[row] < 0 || ratings == NULL ? 0 : rec__user_count(ratings, whole->users[row]);
}

static int32_t *group_users(const struct rec__matched *whole, const rec_evaluate_options *options)
{
    int32_t *group = rec__allocate(whole->test->n_users, sizeof *group);
    for (int32_t row = 0; group != NULL && row < whole->test->n_users; row++) {
        int64_t length = history_length(whole, row);
        group[row] = 0;
        while (group[row] < options->n_user_bounds && length >= options->user_bounds[group[row]])
            group[row]++;
    }
    return group;
}

/* An item and its training ratings. */
struct counted {
    int64_t count;
    int32_t item;
};

static int compare_counted(const void *a, const void *b)
{
    const struct counted *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

/* Items from the most to the least rated. */
static struct counted *sort_items(const rec_ratings *training)
{
    struct counted *sorted = rec__allocate(training->n_items, sizeof *sorted);
    for (int32_t i = 0; sorted != NULL && i < training->n_items; i++)
        sorted[i] = (struct counted){rec__item_count(training, i), i};
    if (sorted != NULL)
        rec__sort(sorted, training->n_items, sizeof *sorted, compare_counted);
    return sorted;
}

enum { HEAD, TAIL };

/* 1 for each item of the model that is in the tail; tells the two groups of their members. */
static rec_status divide_items(const rec_ratings *training, double head, uint8_t *tail,
                               struct rec__stratum strata[2])
{
    struct counted *sorted = sort_items(training);
    if (sorted == NULL)
        return REC_ERR_NO_MEMORY;
    double wanted = head * (double)training->count;
    int64_t sum = 0;
    for (int32_t at = 0; at < training->n_items; at++) {
        int group = (double)sum < wanted ? HEAD : TAIL;
        struct rec__stratum *to = &strata[group];
        to->most = to->members == 0 ? sorted[at].count : to->most;
        to->least = sorted[at].count;
        to->members++;
        tail[sorted[at].item] = group == TAIL;
        sum += sorted[at].count;
    }
    rec__release(sorted);
    return REC_OK;
}

static rec_status group_items(const struct rec__matched *whole, double head, struct rec__stratum strata[2],
                              int32_t **out)
{
    const rec_ratings *training = whole->model->result->ratings;
    uint8_t *tail = rec__allocate(training->n_items, 1);
    int32_t *group = *out = rec__allocate(whole->test->n_items, sizeof *group);
    rec_status status =
        tail == NULL || group == NULL ? REC_ERR_NO_MEMORY : divide_items(training, head, tail, strata);
    for (int32_t i = 0; status == REC_OK && i < whole->test->n_items; i++)
        group[i] = whole->items[i] < 0 || tail[whole->items[i]] ? TAIL : HEAD;
    rec__release(tail);
    return status;
}

static void name_users(struct rec__stratum *stratum, const rec_evaluate_options *options, int32_t group)
{
    bool last = group == options->n_user_bounds;
    stratum->least = group == 0 ? 0 : options->user_bounds[group - 1];
    stratum->most = last ? INT64_MAX : options->user_bounds[group] - 1;
    if (last)
        snprintf(stratum->name, sizeof stratum->name, "users %lld or more", (long long)stratum->least);
    else if (stratum->least == stratum->most)
        snprintf(stratum->name, sizeof stratum->name, "users %lld", (long long)stratum->least);
    else
        snprintf(stratum->name, sizeof stratum->name, "users %lld-%lld", (long long)stratum->least,
                 (long long)stratum->most);
}

static bool is_ranking(const struct rec__judged *a, const struct rec__judged *b)
{
    return a->test_row == b->test_row && a->context == b->context;
}

/* Where the judged users of a part are among all; both are in the order of test rows, and of contexts. */
static rec_status find_places(struct rec__part *part, const struct rec__matched *whole)
{
    int32_t at = 0;
    part->places = rec__allocate(part->matched.n_judged, sizeof *part->places);
    if (part->places == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t j = 0; j < part->matched.n_judged; j++) {
        while (!is_ranking(&whole->judged[at], &part->matched.judged[j]))
            at++;
        part->places[j] = at;
    }
    return REC_OK;
}

static int32_t count_testers(const rec_ratings *test)
{
    int32_t n = 0;
    for (int32_t row = 0; row < test->n_users; row++)
        n += rec__user_count(test, row) > 0;
    return n;
}

/* The part of a group that has test ratings. */
static rec_status add_part(struct rec__strata *strata, struct rec__stratum *stratum,
                           const struct rec__matched *whole, const struct grouping *grouping)
{
    struct rec__selection selection = {.chosen = in_group, .context = grouping};
    selection.count = rec__selection_count(whole->test, &selection);
    if (selection.count == 0)
        return REC_OK;
    struct rec__part *part = &strata->parts[strata->n];
    rec_ratings **test = &strata->tests[strata->n++];
    part->values = stratum->figures->values;
    rec_status status = rec__ratings_select(test, whole->test, &selection);
    if (status == REC_OK)
        status = rec__match(&part->matched, whole->model, *test, whole->histories, whole->contexts);
    if (status == REC_OK)
        status = find_places(part, whole);
    if (status != REC_OK)
        return status;
    stratum->members = grouping->by_items ? stratum->members : count_testers(*test);
    stratum->figures->totals.users = part->matched.n_users;
    stratum->figures->totals.rankings = part->matched.n_judged;
    stratum->figures->totals.pairs = selection.count;
    stratum->figures->totals.unknown = part->matched.unknown;
    return REC_OK;
}

static rec_status add_parts(struct rec__strata *strata, rec_evaluation *evaluation, int32_t first,
                            int32_t groups, const struct rec__matched *whole, struct grouping *grouping)
{
    rec_status status = REC_OK;
    for (int32_t g = 0; status == REC_OK && g < groups; g++) {
        grouping->wanted = g;
        status = add_part(strata, &evaluation->strata[first + g], whole, grouping);
    }
    return status;
}

static rec_status add_users(struct rec__strata *strata, rec_evaluation *evaluation,
                            const struct rec__matched *whole, const rec_evaluate_options *options)
{
    int32_t *group = group_users(whole, options), groups = options->n_user_bounds + 1;
    if (group == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t g = 0; g < groups; g++)
        name_users(&evaluation->strata[g], options, g);
    struct grouping grouping = {.test = whole->test, .group = group};
    rec_status status = add_parts(strata, evaluation, 0, groups, whole, &grouping);
    rec__release(group);
    return status;
}

static rec_status add_items(struct rec__strata *strata, rec_evaluation *evaluation, int32_t first,
                            const struct rec__matched *whole, double head)
{
    struct rec__stratum *two = &evaluation->strata[first];
    int32_t *group = NULL;
    snprintf(two[HEAD].name, sizeof two[HEAD].name, "items head");
    snprintf(two[TAIL].name, sizeof two[TAIL].name, "items tail");
    two[HEAD].by_items = two[TAIL].by_items = true;
    rec_status status = whole->model->result->ratings != NULL
                            ? group_items(whole, head, two, &group)
                            : rec__fail(REC_ERR_UNSUPPORTED,
                                        "the model was saved without its ratings, which say what the head of "
                                        "its items is; a model saved with them was expected");
    struct grouping grouping = {.test = whole->test, .group = group, .by_items = true};
    if (status == REC_OK)
        status = add_parts(strata, evaluation, first, 2, whole, &grouping);
    rec__release(group);
    return status;
}

static rec_status make_figures(rec_evaluation *evaluation, int32_t n)
{
    evaluation->strata = rec__allocate_zeroed(n, sizeof *evaluation->strata);
    if (evaluation->strata == NULL)
        return REC_ERR_NO_MEMORY;
    evaluation->n_strata = n;
    for (int32_t s = 0; s < n; s++) {
        rec_status status = rec__evaluation_alike(&evaluation->strata[s].figures, evaluation);
        if (status != REC_OK)
            return status;
        for (int32_t m = 0; m < evaluation->metrics.count; m++)
            evaluation->strata[s].figures->values[m] = (double)NAN;
    }
    return REC_OK;
}

rec_status rec__strata_make(struct rec__strata *strata, rec_evaluation *evaluation,
                            const struct rec__matched *whole, const rec_evaluate_options *options)
{
    int32_t users = options->user_bounds != NULL ? options->n_user_bounds + 1 : 0;
    int32_t n = users + (options->head > 0.0 ? 2 : 0);
    strata->parts = rec__allocate_zeroed((int64_t)n + 1, sizeof *strata->parts);
    strata->tests = rec__allocate_zeroed((int64_t)n + 1, sizeof *strata->tests);
    rec_status status = strata->parts == NULL || strata->tests == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    if (status == REC_OK) {
        strata->parts[0] = (struct rec__part){.matched = *whole, .values = evaluation->values};
        strata->n = 1;
    }
    if (status == REC_OK && n > 0)
        status = make_figures(evaluation, n);
    if (status == REC_OK && users > 0)
        status = add_users(strata, evaluation, whole, options);
    if (status == REC_OK && options->head > 0.0)
        status = add_items(strata, evaluation, users, whole, options->head);
    return status;
}

void rec__strata_clear(struct rec__strata *strata)
{
    for (int32_t p = 1; p < strata->n; p++) { /* the whole is its owner's */
        rec__matched_clear(&strata->parts[p].matched);
        rec__release(strata->parts[p].places);
        rec_ratings_free(strata->tests[p]);
    }
    rec__release(strata->parts);
    rec__release(strata->tests);
    *strata = (struct rec__strata){0};
}
