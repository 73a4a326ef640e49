/* SPDX-License-Identifier: Apache-2.0 */
/* Implicit alternating least squares: what ratings weigh, and rows that a fitted model has not seen. */
#include "backends/ials.h"
#include "base/memory.h"
#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

double rec__ials_transform(const double *set, double r, double idf, double length_share)
{
    if (set[REC_IALS_TRANSFORM] == REC_IALS_LOG)
        return log1p(r);
    if (set[REC_IALS_TRANSFORM] == REC_IALS_BM25) {
        double norm = 1.0 - set[REC_IALS_BM25_B] + set[REC_IALS_BM25_B] * length_share;
        return r > 0.0 ? r * (set[REC_IALS_BM25_K1] + 1.0) / (set[REC_IALS_BM25_K1] * norm + r) * idf : 0.0;
    }
    return r;
}

double rec__ials_preference(const double *set, double rating, double mean)
{
    bool by_rating = set[REC_IALS_PREFERENCE] == REC_IALS_BY_RATING && rating < mean;
    return rating > 0.0 ? (by_rating ? rating / mean : 1.0) : 0.0;
}

double rec__ials_weight_of(const double *set, double c, double w)
{
    return set[REC_IALS_ZEROS] == REC_IALS_UNOBSERVED_ONLY ? c + w : c;
}

double rec__ials_item_weight(const double *set, double scale, double count)
{
    return set[REC_IALS_POPULARITY] == 0.0 ? set[REC_IALS_UNOBSERVED]
                                           : scale * pow(count, set[REC_IALS_POPULARITY]);
}

double rec__ials_regularization_of(const double *set, double n, double unobserved)
{
    return set[REC_IALS_REGULARIZATION] * pow(n + unobserved, set[REC_IALS_NU]);
}

/* A row of ratings of a fitted model, and what it is solved with; room for its confidences. */
struct folding {
    struct rec__ials_fixed fixed;
    struct rec__ials_row row;
    struct rec__ials_room room;
    float *confidences, *rights;
};

static void clear_folding(struct folding *folding)
{
    rec__ials_room_clear(&folding->room);
    rec__release(folding->confidences);
    rec__release(folding->rights);
}

static const float *floats(const struct rec__fitted *fitted, const char *name)
{
    return rec__arrays_floats(fitted->arrays, name);
}

/* Confidences of a history; users: of a new user, else of a new item. */
static void weigh_history(const struct rec__fitted *fitted, const struct rec__history *history, bool users,
                          struct folding *folding)
{
    const double *set = fitted->parameters, *about = rec__arrays_find(fitted->arrays, "ials")->data;
    const float *weights = floats(fitted, "item_weights"), *lengths = floats(fitted, "item_lengths"),
                *idfs = floats(fitted, "user_idf");
    double n = (double)history->n, length = 0.0;
    for (int64_t j = 0; j < history->n; j++)
        length += fabs((double)history->ratings[j]);
    double own = rec__ials_item_weight(set, about[1], n);
    for (int64_t j = 0; j < history->n; j++) {
        int32_t other = history->items[j];
        double idf = idfs == NULL ? 1.0
                     : users      ? log((double)fitted->n_items) - log1p(n)
                                  : (double)idfs[other];
        double share = lengths == NULL ? 1.0 : (users ? (double)lengths[other] : length) / about[2];
        double t = rec__ials_transform(set, fabs((double)history->ratings[j]), idf > 0.0 ? idf : 0.0, share);
        double c = set[REC_IALS_ALPHA] * t, w = users ? (double)weights[other] : own;
        folding->confidences[j] = (float)c;
        folding->rights[j] = (float)(rec__ials_weight_of(set, c, w) *
                                     rec__ials_preference(set, (double)history->ratings[j], about[3]));
    }
    folding->row.unobserved = users ? 1.0 : own;
    folding->row.lambda = rec__ials_regularization_of(set, n, users ? about[0] : own * fitted->n_users);
}

static rec_status start_folding(const struct rec__fitted *fitted, const struct rec__history *history,
                                bool users, struct folding *folding)
{
    int32_t f = (int32_t)fitted->parameters[REC_IALS_FACTORS];
    *folding = (struct folding){.confidences = rec__allocate(history->n + 1, sizeof(float)),
                                .rights = rec__allocate(history->n + 1, sizeof(float))};
    rec_status status = rec__ials_room_make(&folding->room, f, history->n);
    if (folding->confidences == NULL || folding->rights == NULL || status != REC_OK)
        return REC_ERR_NO_MEMORY;
    folding->fixed =
        (struct rec__ials_fixed){.vectors = floats(fitted, users ? "item_vectors" : "user_vectors"),
                                 .n = users ? fitted->n_items : fitted->n_users,
                                 .factors = f,
                                 .gram = floats(fitted, users ? "item_gram" : "user_gram")};
    folding->row.others = history->items;
    folding->row.confidences = folding->confidences;
    folding->row.rights = folding->rights;
    folding->row.n = history->n;
    weigh_history(fitted, history, users, folding);
    return REC_OK;
}

static rec_status fold_in_row(const struct rec__fitted *fitted, const struct rec__history *history,
                              bool users, struct rec__user_state *state)
{
    struct folding folding;
    double objective;
    rec_status status = start_folding(fitted, history, users, &folding);
    if (status == REC_OK)
        status = rec__ials_exact(&folding.fixed, &folding.row, &folding.room, state->vector, &objective);
    clear_folding(&folding);
    return status;
}

rec_status rec__ials_fold_in(const struct rec__fitted *fitted, const struct rec__history *history,
                             struct rec__user_state *state)
{
    return fold_in_row(fitted, history, true, state);
}

rec_status rec__ials_fold_in_item(const struct rec__fitted *fitted, const struct rec__history *raters,
                                  struct rec__user_state *state)
{
    return fold_in_row(fitted, raters, false, state);
}

/* x = A^-1 sum of b_j y_j, so the score of i is a sum over j of (A^-1 y_i) . y_j b_j (Hu, Koren and Volinsky, section 5). */
rec_status rec__ials_explain(const struct rec__fitted *fitted, const struct rec__history *history,
                             int32_t item, double *contributions)
{
    struct folding folding;
    int32_t f = (int32_t)fitted->parameters[REC_IALS_FACTORS];
    if (history->n == 0)
        return REC_OK;
    rec_status status = start_folding(fitted, history, true, &folding);
    if (status == REC_OK)
        status = rec__ials_factor(&folding.fixed, &folding.row, &folding.room);
    if (status == REC_OK) {
        float *x = folding.room.right;
        memcpy(x, folding.fixed.vectors + (int64_t)item * f, (size_t)f * sizeof *x);
        rec__kernels()->cholesky_solve(folding.room.matrix, f, f, x);
        for (int64_t j = 0; j < history->n; j++)
            contributions[j] =
                (double)folding.rights[j] *
                rec__kernels()->dot_double(x, folding.fixed.vectors + (int64_t)history->items[j] * f, f);
    }
    clear_folding(&folding);
    return status;
}
