/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting in one pass: each thread keeps the terms it meets and, for each of its documents, how often it met them; then the threads'
 * terms are united and given columns (vocabulary.c), and the counts laid out in rows. Which thread took which document leaves no trace.
 */
#include "text/count.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "store/assemble.h"
#include "text/column_order.h"
#include "text/vocabulary.h"

enum { DOCUMENTS_A_TASK = 64, AT_ONCE = 16, CHUNK = 1 << 15, SHORT_ROW = 6 };

struct tally {
    int32_t term;
    uint32_t count;
};

/* Tallies stay where they are, as moving many costs more than counting them. */
struct chunk {
    struct chunk *before;
    struct tally tallies[];
};

/* A thread's own, in cache lines of its own. */
struct counter {
    _Alignas(REC_ALIGNMENT) struct rec__analysis analysis;
    struct rec__met
        met; /* an entry's place: its tally of the last document that had it, as counted from the first */
    struct chunk *chunk;             /* the latest of its tallies, */
    struct tally *next;              /* and where in it the next go */
    int64_t n_tallies, tallies_left; /* in all, and how many the chunk has room for */
    struct rec__column_order order;  /* of a row, */
    uint64_t *pairs;                 /* or its columns and counts */
    int64_t pair_room;
};

/* A document's tallies. */
struct place {
    struct tally *tallies;
    int32_t n, counter;
};

struct counting {
    const struct rec__analyzer *analyzer;
    const rec_ids *given; /* the terms, or NULL */
    const rec_documents *documents;
    int32_t threads;
    struct counter *counters; /* one a thread */
    struct place *places;     /* one a document */
    rec_features *features;
    struct rec__sparse rows;
    int bits;            /* enough for any column */
    int32_t *containing; /* a term: how many documents have it */
};

/* A new term; when the terms are given, its column is known at once. */
static rec_status add_term(const struct counting *counting, struct rec__met *met,
                           const struct rec__term_key *key, const char *bytes, uint32_t length,
                           struct rec__lexicon_entry **entry)
{
    rec_status status = rec__lexicon_add(&met->terms, key, bytes, length, entry);
    if (status != REC_OK || counting->given == NULL)
        return status;
    status =
        rec__grow((void **)(void *)&met->columns, &met->column_room, met->terms.count, sizeof *met->columns);
    if (status == REC_OK)
        met->columns[(*entry)->row] = rec__ids_row(counting->given, bytes, length);
    return status;
}

/* Room for the tallies of a document of n terms, and one more. */
static rec_status make_tallies(struct counter *c, int64_t n, struct tally **tallies)
{
    if (c->tallies_left <= n) {
        int64_t room = n < CHUNK ? CHUNK : n + 1;
        struct chunk *chunk = rec__allocate((int64_t)sizeof *chunk + room * (int64_t)sizeof **tallies, 1);
        if (chunk == NULL)
            return REC_ERR_NO_MEMORY;
        chunk->before = c->chunk;
        c->chunk = chunk;
        c->next = chunk->tallies;
        c->tallies_left = room;
    }
    *tallies = c->next;
    return REC_OK;
}

/* first: how many tallies there were before the document. Its tally is its latest one or a new one, without a branch: which it is cannot be foreseen. */
static inline void tally_term(struct counter *c, struct rec__lexicon_entry *entry, int64_t first,
                              struct tally *tallies)
{
    bool met = entry->place >= first;
    int64_t place = met ? entry->place : c->n_tallies;
    tallies[c->n_tallies - first] = (struct tally){.term = entry->row};
    tallies[place - first].count++;
    entry->place = place;
    entry->documents += !met;
    c->n_tallies += !met;
}

/* Some terms of a document. All are asked of memory before the first is looked up. */
static rec_status tally_some(const struct counting *counting, struct counter *c, struct rec__piece range,
                             int64_t first, struct tally *tallies)
{
    const struct rec__term_key *keys = c->analysis.keys;
    for (int64_t k = range.from; k < range.to; k++)
        rec__lexicon_fetch(&c->met.terms, &keys[k]);
    for (int64_t k = range.from; k < range.to; k++) {
        const struct rec__piece *piece = &c->analysis.terms[k];
        const char *term = c->analysis.bytes + piece->from;
        uint32_t length = (uint32_t)(piece->to - piece->from);
        struct rec__lexicon_entry *entry = rec__lexicon_find(&c->met.terms, &keys[k], term, length);
        rec_status status =
            entry->high == 0 ? add_term(counting, &c->met, &keys[k], term, length, &entry) : REC_OK;
        if (status != REC_OK)
            return status;
        tally_term(c, entry, first, tallies);
    }
    return REC_OK;
}

static rec_status tally_terms(const struct counting *counting, struct counter *c, struct place *place)
{
    int64_t first = c->n_tallies, n = c->analysis.n_terms;
    rec_status status = make_tallies(c, n, &place->tallies);
    for (int64_t from = 0; status == REC_OK && from < n; from += AT_ONCE) {
        struct rec__piece range = {from, n - from < AT_ONCE ? n : from + AT_ONCE};
        status = tally_some(counting, c, range, first, place->tallies);
    }
    if (status != REC_OK)
        return status;
    place->n = (int32_t)(c->n_tallies - first);
    c->next += place->n;
    c->tallies_left -= place->n;
    return REC_OK;
}

static struct rec__piece rows_of(const struct counting *counting, int64_t task)
{
    int64_t first = task * DOCUMENTS_A_TASK, n = counting->documents->count;
    return (struct rec__piece){first, n - first < DOCUMENTS_A_TASK ? n : first + DOCUMENTS_A_TASK};
}

static rec_status fail_document(rec_status status, const rec_documents *documents, int32_t row)
{
    char id[64];
    if (rec_ids_text(documents->ids, row, id, sizeof id, NULL) != REC_OK)
        return status;
    return rec__fail_within(status, "the text of \"%s\": ", id);
}

static rec_status count_document(const struct counting *counting, struct counter *c, int32_t row)
{
    const rec_documents *documents = counting->documents;
    int64_t from = documents->offsets[row], length = documents->offsets[row + 1] - from - 1;
    rec_status status =
        length > INT32_MAX
            ? rec__fail(REC_ERR_FORMAT, "%lld bytes; at most %d were expected", (long long)length, INT32_MAX)
            : rec__analyze(counting->analyzer, &c->analysis, documents->bytes + from, length);
    return status == REC_OK ? tally_terms(counting, c, &counting->places[row])
                            : fail_document(status, documents, row);
}

/* A thread's first task makes it ready. */
static rec_status start_counter(const struct counting *counting, struct counter *c)
{
    rec_status status = rec__analysis_start(&c->analysis, counting->analyzer);
    return status == REC_OK ? rec__lexicon_start(&c->met.terms) : status;
}

static rec_status count_some(void *context, int64_t index, int32_t worker)
{
    struct counting *counting = context;
    struct rec__piece rows = rows_of(counting, index);
    rec_status status = start_counter(counting, &counting->counters[worker]);
    for (int64_t row = rows.from; status == REC_OK && row < rows.to; row++) {
        counting->places[row] = (struct place){.counter = worker};
        status = count_document(counting, &counting->counters[worker], (int32_t)row);
    }
    return status;
}

static const int32_t *columns_of(const struct counting *counting, const struct place *place)
{
    return counting->counters[place->counter].met.columns;
}

/* How many terms of each document are kept. */
static rec_status count_rows(void *context, int64_t index, int32_t worker)
{
    const struct counting *counting = context;
    struct rec__piece rows = rows_of(counting, index);
    (void)worker;
    for (int64_t row = rows.from; row < rows.to; row++) {
        const struct place *place = &counting->places[row];
        const int32_t *columns = columns_of(counting, place);
        int64_t n = 0;
        for (int32_t t = 0; t < place->n; t++)
            n += columns[place->tallies[t].term] >= 0;
        counting->rows.row_start[row + 1] = n;
    }
    return REC_OK;
}

/* The columns of a row in order: of many by a bit each, of few, or among a great many columns, by sorting pairs. */
static void fill_row(const struct counting *counting, int32_t row, struct rec__column_order *order,
                     uint64_t *pairs)
{
    const struct place *place = &counting->places[row];
    const int32_t *columns = columns_of(counting, place);
    int64_t from = counting->rows.row_start[row], n = 0;
    bool ordered = order->values != NULL && place->n > SHORT_ROW;
    for (int32_t t = 0; t < place->n; t++) {
        int32_t column = columns[place->tallies[t].term];
        if (column >= 0 && ordered)
            rec__order_add(order, column, (float)place->tallies[t].count);
        else if (column >= 0)
            pairs[n++] = rec__pair_pack(column, (float)place->tallies[t].count);
    }
    if (ordered)
        rec__order_take(order, counting->rows.columns + from, counting->rows.values + from);
    rec__sort_row(pairs, NULL, n, counting->bits, (struct rec__sort_scratch){.pairs = pairs + n});
    for (int64_t i = 0; i < n; i++) {
        counting->rows.columns[from + i] = rec__pair_item(pairs[i]);
        counting->rows.values[from + i] = rec__pair_rating(pairs[i]);
    }
}

static rec_status fill_some(void *context, int64_t index, int32_t worker)
{
    const struct counting *counting = context;
    struct counter *c = &counting->counters[worker];
    struct rec__piece rows = rows_of(counting, index);
    int32_t longest = 0, dimensions = counting->features->dimensions;
    rec_status status = dimensions <= REC_ORDER_MOST ? rec__order_start(&c->order, dimensions) : REC_OK;
    for (int64_t row = rows.from; row < rows.to; row++)
        longest = counting->places[row].n > longest ? counting->places[row].n : longest;
    if (status == REC_OK)
        status = rec__grow((void **)(void *)&c->pairs, &c->pair_room, 2 * (int64_t)longest, sizeof *c->pairs);
    for (int64_t row = rows.from; status == REC_OK && row < rows.to; row++)
        fill_row(counting, (int32_t)row, &c->order, c->pairs);
    return status;
}

static int64_t tasks_of(const struct counting *counting)
{
    return ((int64_t)counting->documents->count + DOCUMENTS_A_TASK - 1) / DOCUMENTS_A_TASK;
}

static rec_status make_features(struct counting *counting, const rec_ids *terms)
{
    counting->features = rec__features_create(counting->documents->ids, terms, rec_ids_count(terms));
    if (counting->features == NULL || rec__features_starts(counting->features, &counting->rows) != REC_OK)
        return REC_ERR_NO_MEMORY;
    while (counting->bits < 31 && counting->features->dimensions >> counting->bits != 0)
        counting->bits++;
    rec_status status = rec__parallel(counting->threads, tasks_of(counting), count_rows, counting);
    if (status != REC_OK)
        return status;
    counting->rows.row_start[0] = 0;
    for (int32_t row = 0; row < counting->documents->count; row++)
        counting->rows.row_start[row + 1] += counting->rows.row_start[row];
    if (rec__features_entries(counting->features, &counting->rows) != REC_OK)
        return REC_ERR_NO_MEMORY;
    return rec__parallel(counting->threads, tasks_of(counting), fill_some, counting);
}

/* How often each term occurs in a thread's documents. */
static rec_status sum_tallies(void *context, int64_t index, int32_t worker)
{
    const struct counting *counting = context;
    struct rec__met *met = &counting->counters[index].met;
    (void)worker;
    met->counts = rec__allocate_zeroed(met->terms.count, sizeof *met->counts);
    for (int32_t row = 0; met->counts != NULL && row < counting->documents->count; row++) {
        const struct place *place = &counting->places[row];
        for (int32_t t = 0; place->counter == index && t < place->n; t++)
            met->counts[place->tallies[t].term] += place->tallies[t].count;
    }
    return met->counts == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

/* The terms that the threads have met, and their columns. */
static rec_status make_vocabulary(struct counting *counting, rec_ids **terms)
{
    struct rec__met *met[REC_THREADS_MOST];
    int32_t n = 0;
    rec_status status = REC_OK;
    if (counting->analyzer->settings[REC_TEXT_MAX_TERMS] > 0.0)
        status = rec__parallel(counting->threads, counting->threads, sum_tallies, counting);
    for (int32_t t = 0; t < counting->threads; t++)
        if (counting->counters[t].met.terms.entries != NULL)
            met[n++] = &counting->counters[t].met;
    if (status != REC_OK)
        return status;
    return rec__vocabulary_make(terms, &counting->containing, counting->analyzer, met, n,
                                counting->documents->count, counting->threads);
}

static rec_status count_all(struct counting *counting)
{
    rec_ids *terms = NULL;
    counting->counters = rec__allocate_zeroed(counting->threads, sizeof *counting->counters);
    counting->places = rec__allocate(counting->documents->count, sizeof *counting->places);
    if (counting->counters == NULL || counting->places == NULL)
        return REC_ERR_NO_MEMORY;
    rec_status status = rec__parallel(counting->threads, tasks_of(counting), count_some, counting);
    if (status == REC_OK && counting->given == NULL)
        status = make_vocabulary(counting, &terms);
    if (status == REC_OK)
        status = make_features(counting, counting->given != NULL ? counting->given : terms);
    rec_ids_free(terms);
    return status;
}

static void clear_counter(struct counter *c)
{
    rec__analysis_clear(&c->analysis);
    rec__lexicon_clear(&c->met.terms);
    rec__order_clear(&c->order);
    rec__release(c->met.counts);
    rec__release(c->met.columns);
    rec__release(c->pairs);
    for (struct chunk *chunk = c->chunk, *before; chunk != NULL; chunk = before) {
        before = chunk->before;
        rec__release(chunk);
    }
}

rec_status rec__count_terms(rec_features **out, int32_t **containing, const struct rec__analyzer *analyzer,
                            const rec_ids *terms, const rec_documents *documents, int32_t threads)
{
    struct counting counting = {
        .analyzer = analyzer, .given = terms, .documents = documents, .threads = rec__threads(threads)};
    rec_status status = count_all(&counting);
    for (int32_t t = 0; counting.counters != NULL && t < counting.threads; t++)
        clear_counter(&counting.counters[t]);
    rec__release(counting.counters);
    rec__release(counting.places);
    if (status != REC_OK) {
        rec_features_free(counting.features);
        rec__release(counting.containing);
        return status;
    }
    *out = counting.features;
    if (containing != NULL)
        *containing = counting.containing;
    return REC_OK;
}
