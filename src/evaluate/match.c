/* SPDX-License-Identifier: Apache-2.0 */
/* Matching by id, once for all metrics: ids to rows, then each user's known test items in rising order. */
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

/* Rows of shared ids, or of ids in the same order, are rising already. */
static void sort_rows(int32_t *rows, int32_t n)
{
    bool rising = true;
    for (int32_t i = 1; i < n; i++)
        rising = rising && rows[i - 1] < rows[i];
    if (!rising)
        rec__sort(rows, n, sizeof *rows, compare_rows);
}

/* One test user: count the unknown pairs, and judge the user if some item is known. */
static void match_user(struct rec__matched *matched, int32_t row, int64_t *filled)
{
    const rec_ratings *test = matched->test;
    int32_t *known = matched->known + *filled, n = 0;
    for (int64_t p = test->user_start[row]; p < test->user_start[row + 1]; p++) {
        int32_t item = matched->items[test->user_items[p]];
        matched->unknown += item < 0 || !rec__matched_knows(matched, row);
        if (item >= 0)
            known[n++] = item;
    }
    if (n == 0)
        return;
    sort_rows(known, n);
    matched->judged[matched->n_judged++] =
        (struct rec__judged){.test_row = row,
                             .user = matched->users[row] < 0 ? REC_NEW_USER : matched->users[row],
                             .relevant = (int32_t)rec__user_count(test, row),
                             .n_known = n,
                             .first_known = *filled};
    *filled += n;
}

rec_status rec__match(struct rec__matched *matched, const rec_model *model, const rec_ratings *test,
                      const rec_ratings *histories)
{
    int64_t filled = 0;
    *matched = (struct rec__matched){.model = model, .test = test, .histories = histories};
    matched->users = match_ids(test->users, model->result->users);
    matched->items = match_ids(test->items, model->result->items);
    matched->known = rec__allocate(test->count, sizeof *matched->known);
    matched->judged = rec__allocate(test->n_users, sizeof *matched->judged);
    if (matched->users == NULL || matched->items == NULL || matched->known == NULL || matched->judged == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t row = 0; row < test->n_users; row++)
        match_user(matched, row, &filled);
    return REC_OK;
}

void rec__matched_clear(struct rec__matched *matched)
{
    rec__release(matched->users);
    rec__release(matched->items);
    rec__release(matched->known);
    rec__release(matched->judged);
    *matched = (struct rec__matched){0};
}

static void join_rows(struct rec__rows *to, const int32_t *more, int64_t n_more)
{
    int64_t both = to->n + n_more, kept = 0;
    if (n_more > 0)
        memcpy(to->rows + to->n, more, (size_t)n_more * sizeof *more);
    if (to->n > 0 && n_more > 0)
        rec__sort(to->rows, both, sizeof *to->rows, compare_rows);
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
    int64_t most = judged->n_known + rated.n + told.n;
    *barred = (struct rec__rows){rec__scratch(workspace, REC_SCRATCH_BARRED, most, sizeof(int32_t)), 0};
    if (barred->rows == NULL)
        return REC_ERR_NO_MEMORY;
    join_rows(barred, matched->known + judged->first_known, judged->n_known);
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
