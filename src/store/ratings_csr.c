/* SPDX-License-Identifier: Apache-2.0 */
/* Ratings from a caller's CSR arrays, copied or borrowed. */
#include "base/memory.h"
#include "base/status.h"
#include "store/runs.h"

#include <math.h>

struct csr {
    int32_t n_users, n_items;
    const int64_t *row_start;
    const int32_t *items;
    const float *ratings;
};

static rec_status check_starts(const struct csr *csr)
{
    if (csr->row_start[0] != 0)
        return rec__fail(REC_ERR_FORMAT, "row_start[0] is %lld; 0 was expected",
                         (long long)csr->row_start[0]);
    for (int32_t user = 0; user < csr->n_users; user++)
        if (csr->row_start[user + 1] < csr->row_start[user])
            return rec__fail(REC_ERR_FORMAT, "row_start[%d] is %lld; %lld or more was expected", user + 1,
                             (long long)csr->row_start[user + 1], (long long)csr->row_start[user]);
    return REC_OK;
}

static rec_status check_entries(const struct csr *csr)
{
    for (int64_t i = 0; i < csr->row_start[csr->n_users]; i++) {
        if (csr->items[i] < 0 || csr->items[i] >= csr->n_items)
            return rec__fail(REC_ERR_RANGE, "items[%lld] is %d; 0 to %d was expected", (long long)i,
                             csr->items[i], csr->n_items - 1);
        if (csr->ratings != NULL && !isfinite(csr->ratings[i]))
            return rec__fail(REC_ERR_FORMAT, "ratings[%lld] is %g; a finite number was expected",
                             (long long)i, (double)csr->ratings[i]);
    }
    return REC_OK;
}

static rec_status check_csr(rec_ratings **out, const struct csr *csr)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (csr->n_users < 0 || csr->n_items < 0)
        return rec__fail(REC_ERR_INVALID, "%s is %d; 0 or more was expected",
                         csr->n_users < 0 ? "n_users" : "n_items",
                         csr->n_users < 0 ? csr->n_users : csr->n_items);
    if (csr->row_start == NULL)
        return rec__fail_null("row_start");
    rec_status status = check_starts(csr);
    if (status == REC_OK && csr->items == NULL && csr->row_start[csr->n_users] > 0)
        return rec__fail_null("items");
    return status == REC_OK ? check_entries(csr) : status;
}

static rec_status check_rising(const struct csr *csr)
{
    for (int32_t user = 0; user < csr->n_users; user++)
        for (int64_t i = csr->row_start[user] + 1; i < csr->row_start[user + 1]; i++)
            if (csr->items[i] <= csr->items[i - 1])
                return rec__fail(
                    REC_ERR_FORMAT,
                    "items[%lld] is %d, after %d, in the row of user %d; rising items were expected",
                    (long long)i, csr->items[i], csr->items[i - 1], user);
    return REC_OK;
}

static rec_status collect(struct rec__runs *runs, const struct csr *csr)
{
    rec_status status = REC_OK;
    for (int32_t user = 0; user < csr->n_users; user++)
        for (int64_t i = csr->row_start[user]; status == REC_OK && i < csr->row_start[user + 1]; i++)
            status = rec__runs_add(runs, user, csr->items[i], csr->ratings == NULL ? 1.0f : csr->ratings[i],
                                   REC_NO_TIME);
    return status;
}

static rec_status make_rows(const struct csr *csr, rec_ids **users, rec_ids **items)
{
    rec_status status = rec_ids_from_rows(users, csr->n_users);
    return status == REC_OK ? rec_ids_from_rows(items, csr->n_items) : status;
}

rec_status rec_ratings_from_csr(rec_ratings **out, int32_t n_users, int32_t n_items, const int64_t *row_start,
                                const int32_t *items, const float *ratings)
{
    struct csr csr = {n_users, n_items, row_start, items, ratings};
    rec_status status = check_csr(out, &csr);
    if (status != REC_OK)
        return status;
    struct rec__runs runs = {0};
    struct rec__assembly assembly = {.duplicates = REC_DUPLICATES_LAST};
    status = make_rows(&csr, &assembly.users, &assembly.items);
    if (status == REC_OK)
        status = collect(&runs, &csr);
    assembly.runs = runs.runs;
    assembly.n_runs = runs.n_runs;
    if (status == REC_OK)
        status = rec__ratings_assemble(out, &assembly);
    rec__runs_clear(&runs);
    rec_ids_free(assembly.users);
    rec_ids_free(assembly.items);
    return status;
}

static rec_status fill_ones(rec_ratings *ratings)
{
    float *ones = rec__allocate(ratings->count, sizeof *ones);
    if (ones == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t i = 0; i < ratings->count; i++)
        ones[i] = 1.0f;
    ratings->blocks[0] = ones;
    ratings->user_ratings = ones;
    return REC_OK;
}

static rec_status borrow(rec_ratings *ratings, const struct csr *csr)
{
    ratings->count = csr->row_start[csr->n_users];
    ratings->user_start = csr->row_start;
    ratings->user_items = csr->items;
    ratings->user_ratings = csr->ratings;
    rec_status status = csr->ratings == NULL ? fill_ones(ratings) : REC_OK;
    return status == REC_OK ? rec__ratings_complete(ratings, 0) : status;
}

rec_status rec_ratings_from_csr_borrow(rec_ratings **out, int32_t n_users, int32_t n_items,
                                       const int64_t *row_start, const int32_t *items, const float *ratings)
{
    struct csr csr = {n_users, n_items, row_start, items, ratings};
    rec_status status = check_csr(out, &csr);
    if (status == REC_OK)
        status = check_rising(&csr);
    if (status != REC_OK)
        return status;
    rec_ids *users = NULL, *item_ids = NULL;
    rec_ratings *made = NULL;
    status = make_rows(&csr, &users, &item_ids);
    if (status == REC_OK && (made = rec__ratings_create(users, item_ids)) == NULL)
        status = REC_ERR_NO_MEMORY;
    if (status == REC_OK)
        status = borrow(made, &csr);
    rec_ids_free(users);
    rec_ids_free(item_ids);
    if (status != REC_OK) {
        rec_ratings_free(made);
        return status;
    }
    *out = made;
    return REC_OK;
}
