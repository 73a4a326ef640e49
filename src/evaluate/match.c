/* SPDX-License-Identifier: Apache-2.0 */
/* Matching by id, once for all metrics: ids to rows, then the known test items of each user, or context of a user, in rising order. */
#include "evaluate/match.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/sort.h"

#include <stdlib.h>
#include <string.h>

static int32_t *match_ids(const rec_ids *from, const rec_ids *to)
{
    int32_t n = rec_ids_count(from);
    int32_t *rows = rec__allocate(n, sizeof *rows);
    for (int32_t i = 0; rows != NULL && i < n; i++)
        rows[i] = rec__ids_match(from, i, to);
    return rows;
}

static int compare_rows(const void *a, const void *b)
{
    int32_t first = *(const int32_t *)a, second = *(const int32_t *)b;
    return (first > second) - (first < second);
}

/* A test rating of the user at hand. */
struct entry {
    int32_t context, item; /* item: the model's row, or -1 */
    int64_t place;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->context != y->context)
        return x->context < y->context ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

/* Judge n test ratings of a user, of one context by rising items, if one is known. */
static void judge(struct rec__matched *matched, int32_t row, const struct entry *entries, int32_t n,
                  int64_t *filled)
{
    int32_t n_known = 0;
    for (int32_t e = 0; e < n; e++)
        if (entries[e].item >= 0)
            matched->known[*filled + n_known++] = entries[e].item;
    if (n_known == 0)
        return;
    const struct rec__given *given = &matched->given;
    matched->judged[matched->n_judged++] = (struct rec__judged){
        .test_row = row,
        .user = matched->users[row] < 0 ? REC_NEW_USER : matched->users[row],
        .relevant = n,
        .n_known = n_known,
        .first_known = *filled,
        .context = entries[0].context,
        .given = given->width > 0 ? given->rows + entries[0].place * given->width : NULL};
    *filled += n_known;
}

/* Of those judged from `first` on, which are of one user. */
static void tell_of_user(struct rec__matched *matched, int32_t first, int64_t filled)
{
    matched->n_users += matched->n_judged > first;
    for (int32_t j = first; j < matched->n_judged; j++) {
        matched->judged[j].first_of_user = matched->judged[first].first_known;
        matched->judged[j].n_of_user = (int32_t)(filled - matched->judged[first].first_known);
    }
}

/* One test user: count the unknown pairs, and judge the user, or each of the user's contexts. */
static void match_user(struct rec__matched *matched, int32_t row, struct entry *entries, int64_t *filled)
{
    const rec_ratings *test = matched->test;
    int32_t n = 0, first = matched->n_judged;
    bool rising = true;
    for (int64_t p = test->user_start[row]; p < test->user_start[row + 1]; p++) {
        int32_t item = matched->items[test->user_items[p]];
        matched->unknown += item < 0 || !rec__matched_knows(matched, row);
        entries[n] = (struct entry){matched->numbers == NULL ? -1 : matched->numbers[p], item, p};
        rising = rising && (n == 0 || compare_entries(&entries[n - 1], &entries[n]) <= 0);
        n++;
    }
    if (!rising) /* rows of shared ids, or of ids in the same order, are */
        rec__sort(entries, n, sizeof *entries, compare_entries);
    for (int32_t from = 0, to = 0; from < n; from = to) {
        while (to < n && entries[to].context == entries[from].context)
            to++;
        judge(matched, row, entries + from, to - from, filled);
    }
    tell_of_user(matched, first, *filled);
}

static int64_t most_ratings(const rec_ratings *test)
{
    int64_t most = 0;
    for (int32_t row = 0; row < test->n_users; row++)
        most = rec__user_count(test, row) > most ? rec__user_count(test, row) : most;
    return most;
}

static rec_status match_contexts(struct rec__matched *matched)
{
    const rec_ratings *test = matched->test;
    if (matched->contexts == NULL)
        return REC_OK;
    matched->numbers = rec__allocate(test->count, sizeof *matched->numbers);
    rec_status status = matched->numbers == NULL
                            ? REC_ERR_NO_MEMORY
                            : rec__contexts_match(matched->contexts, test, matched->numbers);
    if (status == REC_OK && matched->model->result->context_names != NULL)
        status = rec__given_of(&matched->given, matched->model, matched->contexts, test);
    return status;
}

rec_status rec__match(struct rec__matched *matched, const rec_model *model, const rec_ratings *test,
                      const rec_ratings *histories, const rec_contexts *contexts)
{
    int64_t filled = 0;
    *matched =
        (struct rec__matched){.model = model, .test = test, .histories = histories, .contexts = contexts};
    struct entry *entries = rec__allocate(most_ratings(test), sizeof *entries);
    matched->users = match_ids(test->users, model->result->users);
    matched->items = match_ids(test->items, model->result->items);
    matched->known = rec__allocate(test->count, sizeof *matched->known);
    matched->judged = rec__allocate(contexts == NULL ? test->n_users : test->count, sizeof *matched->judged);
    rec_status status = entries == NULL || matched->users == NULL || matched->items == NULL ||
                                matched->known == NULL || matched->judged == NULL
                            ? REC_ERR_NO_MEMORY
                            : match_contexts(matched);
    for (int32_t row = 0; status == REC_OK && row < test->n_users; row++)
        match_user(matched, row, entries, &filled);
    rec__release(entries);
    return status;
}

void rec__matched_clear(struct rec__matched *matched)
{
    rec__release(matched->users);
    rec__release(matched->items);
    rec__release(matched->known);
    rec__release(matched->judged);
    rec__release(matched->numbers);
    rec__release(matched->given.rows);
    *matched = (struct rec__matched){0};
}

/* Those of one context, or of one source, are rising already. */
static void sort_rows(int32_t *rows, int64_t n)
{
    bool rising = true;
    for (int64_t i = 1; i < n; i++)
        rising = rising && rows[i - 1] < rows[i];
    if (!rising)
        rec__sort(rows, n, sizeof *rows, compare_rows);
}

static void join_rows(struct rec__rows *to, const int32_t *more, int64_t n_more)
{
    int64_t both = to->n + n_more, kept = 0;
    if (n_more > 0)
        memcpy(to->rows + to->n, more, (size_t)n_more * sizeof *more);
    sort_rows(to->rows, both);
    for (int64_t i = 0; i < both; i++)
        if (kept == 0 || to->rows[kept - 1] != to->rows[i])
            to->rows[kept++] = to->rows[i];
    to->n = kept;
}

rec_status rec__judged_barred(const struct rec__matched *matched, const struct rec__judged *judged,
                              rec_workspace *workspace, struct rec__rows *barred)
{
    rec_row rated = {0}, told = {0};
    rec_status status = REC_OK;
    if (judged->user != REC_NEW_USER)
        status = rec__ratings_sound_row(matched->model->result->ratings, judged->user, &rated);
    if (status == REC_OK && matched->histories != NULL)
        status = rec__ratings_sound_row(matched->histories, judged->test_row, &told);
    if (status != REC_OK)
        return status;
    int64_t most = judged->n_of_user + rated.n + told.n;
    *barred = (struct rec__rows){rec__scratch(workspace, REC_SCRATCH_BARRED, most, sizeof(int32_t)), 0};
    if (barred->rows == NULL)
        return REC_ERR_NO_MEMORY;
    join_rows(barred, matched->known + judged->first_of_user, judged->n_of_user);
    join_rows(barred, rated.others, rated.n);
    join_rows(barred, told.others, told.n);
    return REC_OK;
}

rec_status rec__matched_check_rankings(const struct rec__matched *matched, const char *metric)
{
    if (matched->model->result->ratings == NULL)
        return rec__fail(
            REC_ERR_UNSUPPORTED,
            "the model was saved without its ratings, so \"%s\" cannot leave out what users have "
            "rated; a model saved with them was expected",
            metric);
    if (matched->n_judged == 0)
        return rec__fail(REC_ERR_EMPTY,
                         "none of the %lld test ratings is of an item that the model knows, so there is no "
                         "\"%s\"; matching ids were expected",
                         (long long)matched->test->count, metric);
    return REC_OK;
}
