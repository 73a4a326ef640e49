/* SPDX-License-Identifier: Apache-2.0 */
/* The vocabulary: what threads have met, united, pruned and sorted. */
#include "text/vocabulary.h"
#include "base/memory.h"
#include "base/sort.h"
#include "base/status.h"

#include <math.h>

/* A term that may be kept. head: its first bytes as a number, which settles most comparisons. */
struct term {
    uint64_t head;
    const char *bytes;
    int64_t count;
    uint32_t length;
    int32_t row;
};

/* The union while it is made. */
struct whole {
    struct rec__met all;
    int64_t document_room, count_room;
    struct term *terms; /* those that are kept */
    int32_t n_terms;
};

static rec_status add_term(struct whole *whole, const struct rec__key *key, int32_t *row)
{
    struct rec__met *all = &whole->all;
    *row = rec__intern_find(&all->terms, key);
    if (*row >= 0)
        return REC_OK;
    rec_status status = rec__intern_add(&all->terms, key, row);
    if (status == REC_OK)
        status = rec__grow((void **)(void *)&all->documents, &whole->document_room, (int64_t)*row + 1,
                           sizeof *all->documents);
    if (status == REC_OK)
        status = rec__grow((void **)(void *)&all->counts, &whole->count_room, (int64_t)*row + 1,
                           sizeof *all->counts);
    if (status == REC_OK) {
        all->documents[*row] = 0;
        all->counts[*row] = 0;
    }
    return status;
}

/* Until columns are known, a thread's `columns` hold rows of the union. */
static rec_status unite(struct whole *whole, struct rec__met *met)
{
    const struct rec__intern *terms = &met->terms;
    met->columns = rec__allocate(terms->count, sizeof *met->columns);
    rec_status status = met->columns == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    for (int32_t t = 0; status == REC_OK && t < terms->count; t++) {
        int64_t from = terms->offsets[t];
        struct rec__key key = rec__key_make(terms->bytes + from, (uint32_t)(terms->offsets[t + 1] - from));
        status = add_term(whole, &key, &met->columns[t]);
        if (status != REC_OK)
            break;
        whole->all.documents[met->columns[t]] += met->documents[t];
        whole->all.counts[met->columns[t]] += met->counts[t];
    }
    return status;
}

static uint64_t head_of(const char *bytes, uint32_t length)
{
    uint64_t head = 0;
    for (uint32_t i = 0; i < 8; i++)
        head = head << 8 | (i < length ? (unsigned char)bytes[i] : 0u);
    return head;
}

static int compare_bytes(const void *left, const void *right)
{
    const struct term *a = left, *b = right;
    if (a->head != b->head)
        return a->head < b->head ? -1 : 1;
    int order = memcmp(a->bytes, b->bytes, a->length < b->length ? a->length : b->length);
    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static int compare_counts(const void *left, const void *right)
{
    const struct term *a = left, *b = right;
    return a->count != b->count ? (a->count < b->count) - (a->count > b->count) : compare_bytes(a, b);
}

/* Within min_df and max_df, which are shares or counts. */
static bool is_kept(const struct rec__analyzer *analyzer, int32_t documents, int32_t n_documents)
{
    double least = analyzer->settings[REC_TEXT_MIN_DF], most = analyzer->settings[REC_TEXT_MAX_DF];
    return documents >= (least < 1.0 ? least * n_documents : least) &&
           documents <= (most <= 1.0 ? most * n_documents : most);
}

static rec_status keep_terms(struct whole *whole, const struct rec__analyzer *analyzer, int32_t n_documents)
{
    const struct rec__intern *all = &whole->all.terms;
    int64_t most = (int64_t)analyzer->settings[REC_TEXT_MAX_TERMS];
    whole->terms = rec__allocate(all->count, sizeof *whole->terms);
    if (whole->terms == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t row = 0; row < all->count; row++) {
        const char *bytes = all->bytes + all->offsets[row];
        uint32_t length = (uint32_t)(all->offsets[row + 1] - all->offsets[row]);
        if (is_kept(analyzer, whole->all.documents[row], n_documents))
            whole->terms[whole->n_terms++] =
                (struct term){head_of(bytes, length), bytes, whole->all.counts[row], length, row};
    }
    if (whole->n_terms == 0)
        return rec__fail(REC_ERR_EMPTY,
                         "none of the %d terms of the %d documents is within min_df %g and max_df %g",
                         all->count, n_documents, analyzer->settings[REC_TEXT_MIN_DF],
                         analyzer->settings[REC_TEXT_MAX_DF]);
    if (most > 0 && most < whole->n_terms) {
        rec__sort(whole->terms, whole->n_terms, sizeof *whole->terms, compare_counts);
        whole->n_terms = (int32_t)most;
    }
    rec__sort(whole->terms, whole->n_terms, sizeof *whole->terms, compare_bytes);
    return REC_OK;
}

static rec_status freeze_terms(const struct whole *whole, rec_ids **out)
{
    struct rec__id_table table = {.kind = REC_IDS_TEXT};
    rec_status status = REC_OK;
    int32_t row;
    for (int32_t t = 0; status == REC_OK && t < whole->n_terms; t++)
        status = rec__id_table_add_text(&table, whole->terms[t].bytes, whole->terms[t].length, &row);
    if (status == REC_OK)
        status = rec__id_table_freeze(&table, out);
    rec__id_table_clear(&table);
    return status;
}

/* Rows of the union become columns. */
static rec_status set_columns(const struct whole *whole, struct rec__met *const *met, int32_t n_met)
{
    int32_t n = whole->all.terms.count, *columns = rec__allocate(n, sizeof *columns);
    if (columns == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t row = 0; row < n; row++)
        columns[row] = -1;
    for (int32_t t = 0; t < whole->n_terms; t++)
        columns[whole->terms[t].row] = t;
    for (int32_t m = 0; m < n_met; m++)
        for (int32_t t = 0; t < met[m]->terms.count; t++)
            met[m]->columns[t] = columns[met[m]->columns[t]];
    rec__release(columns);
    return REC_OK;
}

rec_status rec__vocabulary_make(rec_ids **out, const struct rec__analyzer *analyzer,
                                struct rec__met *const *met, int32_t n_met, int32_t n_documents)
{
    struct whole whole = {.n_terms = 0};
    rec_ids *ids = NULL;
    rec_status status = rec__intern_start(&whole.all.terms);
    for (int32_t m = 0; status == REC_OK && m < n_met; m++)
        status = unite(&whole, met[m]);
    if (status == REC_OK && whole.all.terms.count == 0)
        status = rec__fail(REC_ERR_EMPTY, "the %d documents have no terms; at least one was expected",
                           n_documents);
    if (status == REC_OK)
        status = keep_terms(&whole, analyzer, n_documents);
    if (status == REC_OK)
        status = freeze_terms(&whole, &ids);
    if (status == REC_OK)
        status = set_columns(&whole, met, n_met);
    rec__intern_clear(&whole.all.terms);
    rec__release(whole.all.documents);
    rec__release(whole.all.counts);
    rec__release(whole.terms);
    if (status != REC_OK) {
        rec_ids_free(ids);
        return status;
    }
    *out = ids;
    return REC_OK;
}
