/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vocabulary: what threads have met, sorted, united and pruned. Terms are put in buckets by their first two bytes, and buckets shared out in
 * parts: within a part terms are sorted and equal ones stand side by side, so no table of all terms is needed, and the order of bytes is that of
 * parts, whoever sorts them.
 */
#include "text/vocabulary.h"
#include "base/memory.h"
#include "base/sort.h"
#include "base/status.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

enum {
    BUCKET_BITS = 14,
    MANY_BITS = 16,
    MANY_TERMS = 1 << 18,
    PARTS_A_THREAD = 8,
    TERMS_A_PART = 512,
    INSERTED = 12,
    STEPS = 100
};

/* A term as one thread met it. head: its first bytes as a number, which settles most comparisons. */
struct term {
    uint64_t head;
    const char *bytes;
    int64_t
        count; /* of all threads, at the first of equal terms, or 1 if it is not asked for; 0 at the others */
    uint32_t length;
    int32_t documents; /* of that thread; at the first of equal terms, of all */
    int32_t met, row;  /* whose, and its row there */
    int32_t column;    /* within the part; -1: left out */
};

/* Buckets that one thread sorts. */
struct part {
    int32_t first, end;
    int64_t n_terms; /* different ones */
    int64_t n_bytes; /* of those that are kept, */
    int32_t n_kept;  /* so many */
    int32_t column;  /* of the first of them, */
    int64_t byte;    /* and where its bytes begin */
};

struct making {
    const struct rec__analyzer *analyzer;
    struct rec__met *const *met;
    int32_t n_met, n_documents, threads;
    struct term *terms;
    int32_t n_buckets;
    int bucket_shift;
    int64_t *places; /* n_met x n_buckets: how many a bucket has of each, then where the next goes */
    int64_t *starts; /* n_buckets + 1 */
    struct part *parts;
    int32_t n_parts;
    struct rec__id_table table; /* what is kept */
    int32_t *documents;         /* that have each of it */
};

static uint64_t head_of(const char *bytes, uint32_t length)
{
    uint64_t head = 0;
    for (uint32_t i = 0; i < 8; i++)
        head = head << 8 | (i < length ? (unsigned char)bytes[i] : 0u);
    return head;
}

static uint64_t head_of_entry(const struct rec__lexicon *terms, const struct rec__lexicon_entry *entry)
{
    return entry->high >= REC_TERM_LONG ? head_of(terms->bytes + terms->offsets[entry->row], 8)
                                        : __builtin_bswap64(entry->low);
}

static struct term term_of(const struct making *making, int32_t met, const struct rec__lexicon_entry *entry)
{
    const struct rec__lexicon *terms = &making->met[met]->terms;
    const int64_t *offset = terms->offsets + entry->row;
    return (struct term){.head = head_of_entry(terms, entry),
                         .bytes = terms->bytes + offset[0],
                         .length = (uint32_t)(offset[1] - offset[0]),
                         .documents = entry->documents,
                         .met = met,
                         .row = entry->row};
}

static int compare_bytes(const void *left, const void *right)
{
    const struct term *a = left, *b = right;
    int order = memcmp(a->bytes, b->bytes, a->length < b->length ? a->length : b->length);
    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static bool comes_before(const struct term *a, const struct term *b)
{
    return a->head != b->head ? a->head < b->head : compare_bytes(a, b) < 0;
}

static void insert_terms(struct term *terms, int64_t n)
{
    for (int64_t i = 1; i < n; i++) {
        struct term term = terms[i];
        int64_t at = i;
        for (; at > 0 && comes_before(&term, &terms[at - 1]); at--)
            terms[at] = terms[at - 1];
        terms[at] = term;
    }
}

static void swap_terms(struct term *a, struct term *b)
{
    struct term kept = *a;
    *a = *b;
    *b = kept;
}

static uint64_t middle_of(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* Heads below the pivot come first, then those equal to it, from *low to *high. */
static void divide(struct term *terms, int64_t n, int64_t *low, int64_t *high)
{
    uint64_t pivot = middle_of(terms[0].head, terms[n / 2].head, terms[n - 1].head);
    *low = 0;
    *high = n;
    for (int64_t i = 0; i < *high;)
        if (terms[i].head < pivot)
            swap_terms(&terms[i++], &terms[(*low)++]);
        else if (terms[i].head > pivot)
            swap_terms(&terms[i], &terms[--*high]);
        else
            i++;
}

static void sort_heads(struct term *terms, int64_t n, uint32_t depth, int steps);

/* Terms that are alike up to `depth`, and in the eight bytes that are their heads: by the eight after these. */
static void sort_alike(struct term *terms, int64_t n, uint32_t depth, int steps)
{
    /* A head that ends in zero is that of a term's end, if the text has no zeros. */
    if ((terms->head & 0xFF) == 0) {
        rec__sort(terms, n, sizeof *terms, compare_bytes);
        return;
    }
    depth += 8;
    for (int64_t i = 0; i < n; i++)
        terms[i].head =
            terms[i].length > depth ? head_of(terms[i].bytes + depth, terms[i].length - depth) : 0;
    sort_heads(terms, n, depth, steps);
}

/* Multikey quicksort (Bentley and Sedgewick, "Fast algorithms for sorting and searching strings", SODA 1997), eight bytes being a character;
 * heapsort when it takes many steps. */
static void sort_heads(struct term *terms, int64_t n, uint32_t depth, int steps)
{
    int64_t low, high;
    while (n > INSERTED) {
        if (steps-- == 0) {
            rec__sort(terms, n, sizeof *terms, compare_bytes);
            return;
        }
        divide(terms, n, &low, &high);
        sort_heads(terms, low, depth, steps);
        sort_alike(terms + low, high - low, depth, steps);
        terms += high;
        n -= high;
    }
    insert_terms(terms, n);
}

static rec_status count_buckets(void *context, int64_t index, int32_t worker)
{
    const struct making *making = context;
    struct rec__met *met = making->met[index];
    int64_t *places = making->places + index * making->n_buckets;
    (void)worker;
    met->columns = rec__allocate(met->terms.count, sizeof *met->columns);
    if (met->columns == NULL)
        return REC_ERR_NO_MEMORY;
    for (uint64_t e = 0; e <= met->terms.mask; e++)
        if (met->terms.entries[e].high != 0)
            places[head_of_entry(&met->terms, &met->terms.entries[e]) >> making->bucket_shift]++;
    return REC_OK;
}

static rec_status fill_buckets(void *context, int64_t index, int32_t worker)
{
    const struct making *making = context;
    const struct rec__lexicon *terms = &making->met[index]->terms;
    int64_t *places = making->places + index * making->n_buckets;
    (void)worker;
    for (uint64_t e = 0; e <= terms->mask; e++) {
        if (terms->entries[e].high == 0)
            continue;
        struct term term = term_of(making, (int32_t)index, &terms->entries[e]);
        making->terms[places[term.head >> making->bucket_shift]++] = term;
    }
    return REC_OK;
}

/* Within min_df and max_df, which are shares or counts. */
static bool is_kept(const struct rec__analyzer *analyzer, int32_t documents, int32_t n_documents)
{
    double least = analyzer->settings[REC_TEXT_MIN_DF], most = analyzer->settings[REC_TEXT_MAX_DF];
    return documents >= (least < 1.0 ? least * n_documents : least) &&
           documents <= (most <= 1.0 ? most * n_documents : most);
}

/* Unite the equal terms that begin at `at`; returns where the next begin. */
static int64_t unite(const struct making *making, struct part *part, int64_t at)
{
    struct term *first = &making->terms[at];
    int64_t end = making->starts[part->end], n = 0;
    int32_t documents = 0;
    do {
        const struct rec__met *met = making->met[first[n].met];
        documents += first[n].documents;
        first->count += met->counts != NULL ? met->counts[first[n].row] : 1;
        n++;
    } while (at + n < end && compare_bytes(first, &first[n]) == 0);
    bool kept = is_kept(making->analyzer, documents, making->n_documents);
    first->documents = documents;
    for (int64_t i = 0; i < n; i++)
        first[i].column = kept ? part->n_kept : -1;
    part->n_terms++;
    part->n_kept += kept;
    part->n_bytes += kept ? (int64_t)first->length : 0;
    return at + n;
}

static rec_status make_part(void *context, int64_t index, int32_t worker)
{
    const struct making *making = context;
    struct part *part = &making->parts[index];
    (void)worker;
    for (int32_t b = part->first; b < part->end; b++)
        sort_heads(making->terms + making->starts[b], making->starts[b + 1] - making->starts[b], 0, STEPS);
    for (int64_t at = making->starts[part->first]; at < making->starts[part->end];)
        at = unite(making, part, at);
    return REC_OK;
}

/* Where each bucket begins, and in it the terms of each thread. */
static void place_buckets(const struct making *making)
{
    int64_t at = 0;
    for (int32_t b = 0; b < making->n_buckets; b++) {
        making->starts[b] = at;
        for (int32_t m = 0; m < making->n_met; m++) {
            int64_t *place = &making->places[(int64_t)m * making->n_buckets + b], n = *place;
            *place = at;
            at += n;
        }
    }
    making->starts[making->n_buckets] = at;
}

static void share_out(struct making *making, int32_t most)
{
    int64_t each = making->starts[making->n_buckets] / most + 1, begun = 0;
    int32_t first = 0;
    for (int32_t b = 0; b < making->n_buckets; b++)
        if (making->starts[b + 1] - begun >= each || b + 1 == making->n_buckets) {
            making->parts[making->n_parts++] = (struct part){.first = first, .end = b + 1};
            first = b + 1;
            begun = making->starts[b + 1];
        }
}

static rec_status sort_terms(struct making *making)
{
    int64_t n = 0;
    for (int32_t m = 0; m < making->n_met; m++)
        n += making->met[m]->terms.count;
    int64_t most = making->threads * PARTS_A_THREAD;
    most = n / TERMS_A_PART + 1 < most ? n / TERMS_A_PART + 1 : most;
    int bits = n < MANY_TERMS ? BUCKET_BITS : MANY_BITS;
    making->n_buckets = 1 << bits;
    making->bucket_shift = 64 - bits;
    making->terms = rec__allocate_large(n, sizeof *making->terms);
    making->places = rec__allocate_zeroed((int64_t)making->n_met * making->n_buckets, sizeof *making->places);
    making->starts = rec__allocate(making->n_buckets + 1, sizeof *making->starts);
    making->parts = rec__allocate(most + 1, sizeof *making->parts);
    if (making->terms == NULL || making->places == NULL || making->starts == NULL || making->parts == NULL)
        return REC_ERR_NO_MEMORY;
    rec_status status = rec__parallel(making->threads, making->n_met, count_buckets, making);
    if (status != REC_OK)
        return status;
    place_buckets(making);
    share_out(making, (int32_t)most);
    status = rec__parallel(making->threads, making->n_met, fill_buckets, making);
    return status == REC_OK ? rec__parallel(making->threads, making->n_parts, make_part, making) : status;
}

/* A term that is kept, in the order of bytes. */
struct frequent {
    int64_t count, place;
};

static int compare_counts(const void *left, const void *right)
{
    const struct frequent *a = left, *b = right;
    return a->count != b->count ? (a->count < b->count) - (a->count > b->count)
                                : (a->place > b->place) - (a->place < b->place);
}

/* Number the terms that are kept anew. */
static void renumber(const struct making *making, struct part *part)
{
    int32_t column = -1;
    part->n_kept = 0;
    part->n_bytes = 0;
    for (int64_t t = making->starts[part->first]; t < making->starts[part->end]; t++) {
        struct term *term = &making->terms[t];
        if (term->count > 0) {
            column = term->column < 0 ? -1 : part->n_kept++;
            part->n_bytes += term->column < 0 ? 0 : (int64_t)term->length;
        }
        term->column = column;
    }
}

/* max_terms: the most frequent, of equally frequent ones the first. */
static rec_status keep_frequent(const struct making *making, int64_t most, int64_t n)
{
    int64_t kept = 0;
    struct frequent *all = rec__allocate(n, sizeof *all);
    if (all == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t t = 0; t < making->starts[making->n_buckets]; t++)
        if (making->terms[t].count > 0 && making->terms[t].column >= 0)
            all[kept++] = (struct frequent){making->terms[t].count, t};
    rec__sort(all, n, sizeof *all, compare_counts);
    for (int64_t i = most; i < n; i++)
        making->terms[all[i].place].column = -1;
    rec__release(all);
    for (int32_t p = 0; p < making->n_parts; p++)
        renumber(making, &making->parts[p]);
    return REC_OK;
}

static rec_status prune(const struct making *making)
{
    int64_t different = 0, kept = 0, most = (int64_t)making->analyzer->settings[REC_TEXT_MAX_TERMS];
    for (int32_t p = 0; p < making->n_parts; p++) {
        different += making->parts[p].n_terms;
        kept += making->parts[p].n_kept;
    }
    if (different == 0)
        return rec__fail(REC_ERR_EMPTY, "the %d documents have no terms; at least one was expected",
                         making->n_documents);
    if (kept == 0)
        return rec__fail(
            REC_ERR_EMPTY, "none of the %lld terms of the %d documents is within min_df %g and max_df %g",
            (long long)different, making->n_documents, making->analyzer->settings[REC_TEXT_MIN_DF],
            making->analyzer->settings[REC_TEXT_MAX_DF]);
    if (most > 0 && most < kept)
        return keep_frequent(making, most, kept);
    return kept <= INT32_MAX ? REC_OK
                             : rec__fail(REC_ERR_RANGE, "%lld different terms; at most %d were expected",
                                         (long long)kept, INT32_MAX);
}

/* The ids of a part's terms, and the threads' columns. */
static rec_status write_part(void *context, int64_t index, int32_t worker)
{
    struct making *making = context;
    const struct part *part = &making->parts[index];
    int64_t byte = part->byte;
    (void)worker;
    for (int64_t t = making->starts[part->first]; t < making->starts[part->end]; t++) {
        const struct term *term = &making->terms[t];
        int32_t column = term->column < 0 ? -1 : part->column + term->column;
        making->met[term->met]->columns[term->row] = column;
        if (column < 0 || term->count == 0)
            continue;
        making->documents[column] = term->documents;
        memcpy(making->table.bytes + byte, term->bytes, term->length);
        byte += term->length;
        making->table.offsets[column + 1] = byte;
    }
    return REC_OK;
}

static rec_status freeze_terms(struct making *making, rec_ids **out)
{
    struct rec__id_table *table = &making->table;
    int64_t n_bytes = 0;
    for (int32_t p = 0; p < making->n_parts; p++) {
        making->parts[p].column = table->count;
        making->parts[p].byte = n_bytes;
        table->count += making->parts[p].n_kept;
        n_bytes += making->parts[p].n_bytes;
    }
    table->offsets = rec__allocate((int64_t)table->count + 1, sizeof *table->offsets);
    table->bytes = rec__allocate(n_bytes, 1);
    making->documents = rec__allocate(table->count, sizeof *making->documents);
    if (table->offsets == NULL || table->bytes == NULL || making->documents == NULL)
        return REC_ERR_NO_MEMORY;
    table->offsets[0] = 0;
    rec_status status = rec__parallel(making->threads, making->n_parts, write_part, making);
    return status == REC_OK ? rec__id_table_freeze(table, out) : status;
}

rec_status rec__vocabulary_make(rec_ids **out, int32_t **documents, const struct rec__analyzer *analyzer,
                                struct rec__met *const *met, int32_t n_met, int32_t n_documents,
                                int32_t threads)
{
    struct making making = {.analyzer = analyzer,
                            .met = met,
                            .n_met = n_met,
                            .n_documents = n_documents,
                            .threads = threads,
                            .table = {.kind = REC_IDS_TEXT}};
    rec_status status = sort_terms(&making);
    if (status == REC_OK)
        status = prune(&making);
    if (status == REC_OK)
        status = freeze_terms(&making, out);
    if (status == REC_OK)
        *documents = making.documents;
    else
        rec__release(making.documents);
    rec__release(making.terms);
    rec__release(making.places);
    rec__release(making.starts);
    rec__release(making.parts);
    rec__id_table_clear(&making.table);
    return status;
}
