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
#include "store/lex.h"
#include "text/vocabulary.h"

enum { DOCUMENTS_A_TASK = 64, FETCH_AHEAD = 8 };

struct tally {
    int32_t term;
    uint32_t count;
};

/* A thread's own, in cache lines of its own. */
struct counter {
    _Alignas(REC_ALIGNMENT) struct rec__analysis analysis;
    struct rec__met met; /* when the terms are not given */
    int64_t *places;     /* a term: where the tally of the last document that had it is */
    int64_t place_room;
    struct tally *tallies;
    int64_t n_tallies, tally_room;
};

/* Where a document's tallies are. */
struct place {
    int64_t first;
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
    int bits; /* enough for any column */
};

static struct rec__key key_of(const struct rec__analysis *analysis, int64_t term)
{
    const struct rec__piece *piece = &analysis->terms[term];
    const char *bytes = analysis->bytes + piece->from;
    int64_t length = piece->to - piece->from;
    return length < 8 ? rec__lex_short_key(bytes, rec__lex_load(bytes), (uint32_t)length)
                      : rec__key_make(bytes, (uint32_t)length);
}

static rec_status add_term(struct counter *c, const struct rec__key *key, int32_t *term)
{
    rec_status status = rec__intern_add(&c->met.terms, key, term);
    if (status == REC_OK)
        status =
            rec__grow((void **)(void *)&c->places, &c->place_room, c->met.terms.count, sizeof *c->places);
    if (status == REC_OK)
        c->places[*term] = -1;
    return status;
}

/* term fills: its row, or -1: not among those given. */
static rec_status find_term(const struct counting *counting, struct counter *c, const struct rec__key *key,
                            int32_t *term)
{
    if (counting->given != NULL) {
        *term = rec__ids_row(counting->given, key->bytes, key->length);
        return REC_OK;
    }
    *term = rec__intern_find(&c->met.terms, key);
    return *term >= 0 ? REC_OK : add_term(c, key, term);
}

/* first: where the document's tallies begin. */
static inline rec_status tally_term(struct counter *c, int32_t term, int64_t first)
{
    if (c->places[term] >= first) {
        c->tallies[c->places[term]].count++;
        return REC_OK;
    }
    if (c->n_tallies == c->tally_room && rec__grow((void **)(void *)&c->tallies, &c->tally_room,
                                                   c->n_tallies + 1, sizeof *c->tallies) != REC_OK)
        return REC_ERR_NO_MEMORY;
    c->places[term] = c->n_tallies;
    c->tallies[c->n_tallies++] = (struct tally){term, 1};
    return REC_OK;
}

/* Keys are made a few terms ahead, so that their places in the table have come from memory when they are looked up. */
static rec_status tally_terms(const struct counting *counting, struct counter *c)
{
    struct rec__key keys[FETCH_AHEAD];
    int64_t first = c->n_tallies, n = c->analysis.n_terms;
    rec_status status = REC_OK;
    for (int64_t k = 0; status == REC_OK && k < n + FETCH_AHEAD; k++) {
        struct rec__key *key = &keys[k % FETCH_AHEAD];
        int32_t term = -1;
        if (k >= FETCH_AHEAD)
            status = find_term(counting, c, key, &term);
        if (status == REC_OK && term >= 0)
            status = tally_term(c, term, first);
        if (k >= n)
            continue;
        *key = key_of(&c->analysis, k);
        if (counting->given == NULL)
            rec__intern_fetch(&c->met.terms, key);
    }
    return status;
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
    return status == REC_OK ? tally_terms(counting, c) : fail_document(status, documents, row);
}

/* A thread's first task makes it ready. */
static rec_status start_counter(const struct counting *counting, struct counter *c)
{
    rec_status status = rec__analysis_start(&c->analysis, counting->analyzer);
    if (status == REC_OK && counting->given == NULL && c->met.terms.entries == NULL)
        return rec__intern_start(&c->met.terms);
    if (status != REC_OK || counting->given == NULL || c->places != NULL)
        return status;
    c->places = rec__allocate(rec_ids_count(counting->given), sizeof *c->places);
    for (int32_t t = 0; c->places != NULL && t < rec_ids_count(counting->given); t++)
        c->places[t] = -1;
    return c->places == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

static rec_status count_some(void *context, int64_t index, int32_t worker)
{
    struct counting *counting = context;
    struct counter *c = &counting->counters[worker];
    int32_t row = (int32_t)index * DOCUMENTS_A_TASK, n = counting->documents->count;
    int32_t end = n - row < DOCUMENTS_A_TASK ? n : row + DOCUMENTS_A_TASK;
    rec_status status = start_counter(counting, c);
    for (; status == REC_OK && row < end; row++) {
        counting->places[row] = (struct place){.first = c->n_tallies, .counter = worker};
        status = count_document(counting, c, row);
        counting->places[row].n = (int32_t)(c->n_tallies - counting->places[row].first);
    }
    return status;
}

/* A counter that met no word holds no tallies, and nothing may be added to NULL. */
static const struct tally *tallies_of(const struct counting *counting, const struct place *place)
{
    const struct tally *tallies = counting->counters[place->counter].tallies;
    return place->n > 0 ? tallies + place->first : NULL;
}

static int32_t column_of(const struct counting *counting, const struct place *place,
                         const struct tally *tally)
{
    return counting->given != NULL ? tally->term
                                   : counting->counters[place->counter].met.columns[tally->term];
}

/* How many terms of each document are kept, summed. */
static void count_rows(const struct counting *counting)
{
    int64_t *start = counting->rows.row_start;
    start[0] = 0;
    for (int32_t row = 0; row < counting->documents->count; row++) {
        const struct place *place = &counting->places[row];
        const struct tally *tally = tallies_of(counting, place);
        start[row + 1] = start[row];
        for (int32_t t = 0; t < place->n; t++)
            start[row + 1] += column_of(counting, place, &tally[t]) >= 0;
    }
}

/* Rows one after the other: the pairs of one are sorted within the row's own place. */
static void fill_row(const struct counting *counting, int32_t row, uint64_t *pairs,
                     struct rec__sort_scratch scratch)
{
    const struct place *place = &counting->places[row];
    const struct tally *tally = tallies_of(counting, place);
    int64_t from = counting->rows.row_start[row], n = 0;
    for (int32_t t = 0; t < place->n; t++) {
        int32_t column = column_of(counting, place, &tally[t]);
        if (column >= 0)
            pairs[n++] = rec__pair_pack(column, (float)tally[t].count);
    }
    rec__sort_row(pairs, NULL, n, counting->bits, scratch);
    for (int64_t i = 0; i < n; i++) {
        counting->rows.columns[from + i] = rec__pair_item(pairs[i]);
        counting->rows.values[from + i] = rec__pair_rating(pairs[i]);
    }
}

static rec_status fill_some(void *context, int64_t index, int32_t worker)
{
    const struct counting *counting = context;
    int32_t first = (int32_t)index * DOCUMENTS_A_TASK, n = counting->documents->count, longest = 0;
    int32_t end = n - first < DOCUMENTS_A_TASK ? n : first + DOCUMENTS_A_TASK;
    (void)worker;
    for (int32_t row = first; row < end; row++)
        longest = counting->places[row].n > longest ? counting->places[row].n : longest;
    uint64_t *pairs = rec__allocate(2 * (int64_t)longest, sizeof *pairs);
    rec_status status = pairs == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    for (int32_t row = first; status == REC_OK && row < end; row++)
        fill_row(counting, row, pairs, (struct rec__sort_scratch){.pairs = pairs + longest});
    rec__release(pairs);
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
    count_rows(counting);
    if (rec__features_entries(counting->features, &counting->rows) != REC_OK)
        return REC_ERR_NO_MEMORY;
    return rec__parallel(counting->threads, tasks_of(counting), fill_some, counting);
}

/* In how many documents each term is, and how often. */
static rec_status sum_tallies(void *context, int64_t index, int32_t worker)
{
    struct counter *c = &((struct counting *)context)->counters[index];
    struct rec__met *met = &c->met;
    (void)worker;
    if (met->terms.entries == NULL)
        return REC_OK;
    met->documents = rec__allocate_zeroed(met->terms.count, sizeof *met->documents);
    met->counts = rec__allocate_zeroed(met->terms.count, sizeof *met->counts);
    if (met->documents == NULL || met->counts == NULL)
        return REC_ERR_NO_MEMORY;
    for (int64_t t = 0; t < c->n_tallies; t++) {
        met->documents[c->tallies[t].term]++;
        met->counts[c->tallies[t].term] += c->tallies[t].count;
    }
    return REC_OK;
}

/* The terms that the threads have met, and their columns. */
static rec_status make_vocabulary(struct counting *counting, rec_ids **terms)
{
    struct rec__met *met[REC_THREADS_MOST];
    int32_t n = 0;
    rec_status status = rec__parallel(counting->threads, counting->threads, sum_tallies, counting);
    for (int32_t t = 0; t < counting->threads; t++)
        if (counting->counters[t].met.terms.entries != NULL)
            met[n++] = &counting->counters[t].met;
    if (status != REC_OK)
        return status;
    return rec__vocabulary_make(terms, counting->analyzer, met, n, counting->documents->count,
                                counting->threads);
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
    rec__intern_clear(&c->met.terms);
    rec__release(c->met.documents);
    rec__release(c->met.counts);
    rec__release(c->met.columns);
    rec__release(c->places);
    rec__release(c->tallies);
}

rec_status rec__count_terms(rec_features **out, const struct rec__analyzer *analyzer, const rec_ids *terms,
                            const rec_documents *documents, int32_t threads)
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
        return status;
    }
    *out = counting.features;
    return REC_OK;
}
