/* SPDX-License-Identifier: Apache-2.0 */
/* Matching by id, once for all metrics: ids to rows, then each user's known test items in rising order. */
#include "evaluate/match.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/sort.h"

#include <stdlib.h>

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
        matched->unknown += item < 0 || matched->users[row] < 0;
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

rec_status rec__match(struct rec__matched *matched, const rec_model *model, const rec_ratings *test)
{
    int64_t filled = 0;
    *matched = (struct rec__matched){.model = model, .test = test};
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
