/* SPDX-License-Identifier: Apache-2.0 */
/* What Python would do row by row, as loops over the public interface. Part of the extension module; no errors of its own: a count or a
 * status of librec. */
#ifndef LIBREC_PYTHON_GLUE_H
#define LIBREC_PYTHON_GLUE_H

#include <librec/librec.h>
#include <string.h>

/* Ids of all rows as text, one after another, each with its NUL; offsets: n + 1. Answers the bytes; NULL buffers only count. */
static inline int64_t glue_ids_text(const rec_ids *ids, char *buffer, int64_t *offsets)
{
    int64_t used = 0;
    int32_t n = rec_ids_count(ids);
    for (int32_t row = 0; row < n; row++) {
        size_t length = 0;
        if (rec_ids_text(ids, row, NULL, 0, &length) != REC_OK)
            return -1;
        if (buffer != NULL && rec_ids_text(ids, row, buffer + used, length + 1, NULL) != REC_OK)
            return -1;
        if (offsets != NULL)
            offsets[row] = used;
        used += (int64_t)length + 1;
    }
    if (offsets != NULL)
        offsets[n] = used;
    return used;
}

static inline rec_status glue_ids_integers(const rec_ids *ids, int64_t *values)
{
    rec_status status = REC_OK;
    for (int32_t row = 0; status == REC_OK && row < rec_ids_count(ids); row++)
        status = rec_ids_integer(ids, row, &values[row]);
    return status;
}

/* Rows of n ids, -1 where there is none. Answers how many were found. */
static inline int64_t glue_find_texts(const rec_ids *ids, const char *const *texts, int64_t n, int32_t *rows)
{
    int64_t found = 0;
    for (int64_t i = 0; i < n; i++) {
        if (rec_ids_find(ids, texts[i], &rows[i]) == REC_OK)
            found++;
        else
            rows[i] = -1;
    }
    return found;
}

static inline int64_t glue_find_integers(const rec_ids *ids, const int64_t *values, int64_t n, int32_t *rows)
{
    int64_t found = 0;
    for (int64_t i = 0; i < n; i++) {
        if (rec_ids_find_integer(ids, values[i], &rows[i]) == REC_OK)
            found++;
        else
            rows[i] = -1;
    }
    return found;
}

/* Ratings as CSR by user: starts (users + 1), and where not NULL items, values and times. */
static inline rec_status glue_ratings_csr(const rec_ratings *ratings, int64_t *starts, int32_t *items,
                                          float *values, int64_t *times)
{
    int64_t used = 0;
    int32_t n = rec_ratings_users(ratings);
    for (int32_t user = 0; user < n; user++) {
        rec_row row;
        rec_status status = rec_ratings_user(ratings, user, &row);
        if (status != REC_OK)
            return status;
        starts[user] = used;
        for (int64_t i = 0; i < row.n; i++) {
            items[used + i] = row.others[i];
            values[used + i] = row.ratings[i];
            if (times != NULL)
                times[used + i] = row.times == NULL ? REC_NO_TIME : row.times[i];
        }
        used += row.n;
    }
    starts[n] = used;
    return REC_OK;
}

/* 1 when row p of the CSR arrays holds the very items that users[p] rated, for all n users; rows of the arrays rise. */
static inline int glue_same_items(const rec_ratings *ratings, const int32_t *users, int64_t n,
                                  const int64_t *starts, const int32_t *items)
{
    for (int64_t p = 0; p < n; p++) {
        rec_row row;
        int64_t count = starts[p + 1] - starts[p];
        if (rec_ratings_user(ratings, users[p], &row) != REC_OK || row.n != count)
            return 0;
        if (count > 0 && memcmp(row.others, items + starts[p], (size_t)count * sizeof *items) != 0)
            return 0;
    }
    return 1;
}

/* Users to rank for, each with a row of CSR arrays: items to leave out, on top of those of the query; or, where users is NULL, what a new user
 * has. */
typedef struct glue_batch {
    const rec_model *model;
    const int32_t *users;
    const rec_query *query;
    const int64_t *starts;
    const int32_t *rows;
    const float *values;
    int32_t k;
    int32_t *items;
    float *scores;
    int32_t *counts;
} glue_batch;

/* The query of user p. `room` begins with what the query leaves out of every list. */
static inline rec_query glue_query(const glue_batch *batch, int64_t p, int32_t *room)
{
    rec_query each = *batch->query;
    int64_t first = batch->starts[p], n = batch->starts[p + 1] - first;
    if (batch->users == NULL) {
        each.history = batch->rows + first;
        each.history_ratings = batch->values + first;
        each.n_history = n;
        return each;
    }
    if (n > 0)
        memcpy(room + each.n_except, batch->rows + first, (size_t)n * sizeof *room);
    each.flags |= REC_QUERY_WITH_SEEN; /* the row says what is left out, not the model */
    each.except = room;
    each.n_except += n;
    return each;
}

/* Rank for the users first..last-1. room: as long as n_except of the query and the longest row together. */
static inline rec_status glue_topk_rows(const glue_batch *batch, int64_t first, int64_t last, int32_t *room,
                                        rec_workspace *workspace)
{
    rec_status status = REC_OK;
    if (batch->query->n_except > 0)
        memcpy(room, batch->query->except, (size_t)batch->query->n_except * sizeof *room);
    for (int64_t p = first; status == REC_OK && p < last; p++) {
        rec_query each = glue_query(batch, p, room);
        each.workspace = workspace;
        status =
            rec_topk(batch->model, batch->users == NULL ? REC_NEW_USER : batch->users[p], &each, batch->k,
                     batch->items + p * batch->k, batch->scores + p * batch->k, &batch->counts[p]);
    }
    return status;
}

/* How far ratings of n pairs may lie from their predictions. */
static inline rec_status glue_predict_deviations(const rec_model *model, const int32_t *users,
                                                 const int32_t *items, int64_t n, float *deviations)
{
    rec_status status = REC_OK;
    for (int64_t i = 0; status == REC_OK && i < n; i++)
        status = rec_predict_deviation(model, users[i], items[i], &deviations[i]);
    return status;
}

#endif
