/* SPDX-License-Identifier: Apache-2.0 */
/* Reading files of ratings: sources, chunks, parsing in parallel. Ids are numbered in read_merge.c. */
#include "store/read.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"

#include <float.h>

enum { SMALLEST_CHUNK = 1 << 18, LARGEST_CHUNK = 1 << 22, CHUNKS_A_THREAD = 8, NUL_SAMPLE = 1 << 16 };

/* What programs of 0.1 know; options that they lack keep their defaults. */
enum { FIRST_OPTIONS_SIZE = offsetof(rec_ratings_options, greatest) + sizeof(float) };

static rec_status check_options(const rec_ratings_options *options)
{
    if (options->duplicates < REC_DUPLICATES_LAST || options->duplicates > REC_DUPLICATES_GREATEST)
        return rec__fail(REC_ERR_INVALID, "duplicates is %d; one of rec_duplicates was expected",
                         (int)options->duplicates);
    if (options->threads < 0)
        return rec__fail(REC_ERR_INVALID, "threads is %d; 0 (all processors) or more was expected",
                         options->threads);
    if (!(options->least <= options->greatest))
        return rec__fail(REC_ERR_INVALID, "least is %g and greatest is %g; a range was expected",
                         (double)options->least, (double)options->greatest);
    return REC_OK;
}

rec_status rec__ratings_options_take(rec_ratings_options *out, const rec_ratings_options *given)
{
    static const rec_ratings_options defaults = REC_RATINGS_OPTIONS_INIT;
    *out = defaults;
    if (given == NULL)
        return REC_OK;
    if (given->size < FIRST_OPTIONS_SIZE)
        return rec__fail(REC_ERR_INVALID,
                         "options size is %zu; %zu was expected (use REC_RATINGS_OPTIONS_INIT)", given->size,
                         sizeof *given);
    for (size_t i = sizeof *given; i < given->size; i++)
        if (((const unsigned char *)given)[i] != 0)
            return rec__fail(REC_ERR_INVALID, "options has an unknown member set, at byte %zu of %zu", i,
                             given->size);
    memcpy(out, given, given->size < sizeof *out ? given->size : sizeof *out);
    out->size = sizeof *out;
    return check_options(out);
}

static rec_status open_store(struct rec__source *source)
{
    source->reader = &rec__reader_store;
    rec_status status = rec_ratings_open(&source->store, source->path);
    return status == REC_OK ? source->reader->begin(source) : status;
}

static rec_status open_text(struct rec__source *source, const char *format)
{
    rec_status status = rec__map_file(source->path, &source->mapping);
    if (status != REC_OK)
        return status;
    if (source->mapping.length == 0)
        return rec__fail(REC_ERR_EMPTY, "%s: the file is empty; ratings were expected", source->path);
    source->text = source->mapping.bytes;
    source->end = source->text + source->mapping.length;
    if (source->end - source->text >= 3 && memcmp(source->text, "\xEF\xBB\xBF", 3) == 0)
        source->text += 3;
    int64_t sample = source->end - source->text;
    const char *nul = memchr(source->text, '\0', (size_t)(sample < NUL_SAMPLE ? sample : NUL_SAMPLE));
    if (nul != NULL)
        return rec__read_fail(source, nul,
                              "a NUL byte; a text file was expected (csv, lists, counted-lists or mtx)");
    status = format == NULL ? rec__reader_guess(&source->reader, source)
                            : rec__reader_find(&source->reader, format);
    if (status != REC_OK)
        return status;
    rec__mapping_sequential(&source->mapping);
    return source->reader->begin(source);
}

static rec_status open_source(struct rec__source *source, const rec_ratings_options *options)
{
    bool any = options->least == 0 && options->greatest == 0;
    source->least = any ? -FLT_MAX : options->least;
    source->greatest = any ? FLT_MAX : options->greatest;
    if (rec__container_probe(source->path))
        return open_store(source);
    return open_text(source, options->format);
}

rec_status rec__reading_begin(struct rec__reading *reading, const char *const *paths, int32_t n_paths,
                              const rec_ratings_options *options)
{
    const struct rec__reader *ignored;
    rec_status status = rec__ratings_options_take(&reading->options, options);
    if (status == REC_OK && reading->options.format != NULL)
        status = rec__reader_find(&ignored, reading->options.format);
    if (status != REC_OK)
        return status;
    reading->threads = rec__threads(reading->options.threads);
    reading->users.kind = reading->items.kind = REC_IDS_TEXT;
    reading->sources = rec__allocate_zeroed(n_paths, sizeof *reading->sources);
    if (reading->sources == NULL)
        return REC_ERR_NO_MEMORY;
    reading->n_sources = n_paths;
    for (int32_t i = 0; i < n_paths && status == REC_OK; i++) {
        if (paths[i] == NULL)
            return rec__fail_null("paths");
        reading->sources[i].path = paths[i];
        status = open_source(&reading->sources[i], &reading->options);
    }
    return status;
}

static int64_t choose_chunk_bytes(const struct rec__reading *reading)
{
    if (reading->chunk_bytes > 0)
        return reading->chunk_bytes;
    int64_t bytes = 0;
    for (int32_t i = 0; i < reading->n_sources; i++)
        bytes += reading->sources[i].mapping.length;
    bytes /= (int64_t)reading->threads * CHUNKS_A_THREAD;
    return bytes < SMALLEST_CHUNK ? SMALLEST_CHUNK : bytes > LARGEST_CHUNK ? LARGEST_CHUNK : bytes;
}

static rec_status add_chunk(struct rec__reading *reading, int32_t source, const char *from, const char *to)
{
    if (rec__grow((void **)(void *)&reading->chunks, &reading->chunk_capacity, reading->n_chunks + 1,
                  sizeof *reading->chunks) != REC_OK)
        return REC_ERR_NO_MEMORY;
    reading->chunks[reading->n_chunks++] = (struct rec__chunk){.from = from, .to = to, .source = source};
    return REC_OK;
}

static const char *end_chunk(const struct rec__source *source, const char *from, int64_t bytes, bool records)
{
    if (source->end - from <= bytes)
        return source->end;
    if (!records)
        return rec__lex_line_end(from + bytes - 1, source->end);
    const char *unclosed, *to = from;
    while (to < source->end && to - from < bytes)
        to = rec__lex_record_end(&source->dialect, to, source->end, &unclosed);
    return to;
}

static rec_status cut_source(struct rec__reading *reading, int32_t index, int64_t bytes, bool records)
{
    struct rec__source *source = &reading->sources[index];
    if (source->store != NULL)
        return add_chunk(reading, index, NULL, NULL);
    rec_status status = REC_OK;
    bool quoted = records && source->reader == &rec__reader_csv;
    for (const char *from = source->text, *to; from < source->end && status == REC_OK; from = to) {
        to = end_chunk(source, from, bytes, quoted);
        status = add_chunk(reading, index, from, to);
    }
    return status;
}

rec_status rec__reading_cut(struct rec__reading *reading, bool records)
{
    int64_t bytes = choose_chunk_bytes(reading);
    reading->n_chunks = 0;
    for (int32_t i = 0; i < reading->n_sources; i++) {
        reading->sources[i].first_chunk = reading->n_chunks;
        rec_status status = cut_source(reading, i, bytes, records);
        if (status != REC_OK)
            return status;
        reading->sources[i].end_chunk = reading->n_chunks;
    }
    reading->runs = rec__allocate_zeroed(reading->n_chunks, sizeof *reading->runs);
    return reading->runs == NULL ? REC_ERR_NO_MEMORY : REC_OK;
}

static void *copy_part(const void *from, int64_t count, size_t size)
{
    void *copy = rec__allocate(count, size);
    if (copy != NULL)
        memcpy(copy, from, (size_t)count * size);
    return copy;
}

static bool has_time(const int64_t *times, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (times[i] != REC_NO_TIME)
            return true;
    return false;
}

/* The parser's arrays have room to spare and are used again; a run takes just what it needs. */
static rec_status keep_run(const struct rec__events *events, const struct rec__source *source,
                           struct rec__events *run)
{
    int64_t n = events->count;
    bool timed = source->timed && has_time(events->times, n);
    if (n == 0)
        return REC_OK;
    run->count = run->capacity = n;
    run->users = copy_part(events->users, n, sizeof *run->users);
    run->items = copy_part(events->items, n, sizeof *run->items);
    run->ratings = source->rated ? copy_part(events->ratings, n, sizeof *run->ratings) : NULL;
    run->times = timed ? copy_part(events->times, n, sizeof *run->times) : NULL;
    bool missing = run->users == NULL || run->items == NULL || (source->rated && run->ratings == NULL) ||
                   (timed && run->times == NULL);
    return missing ? REC_ERR_NO_MEMORY : REC_OK;
}

static rec_status parse_chunk(void *context, int64_t index, int32_t worker)
{
    struct rec__reading *reading = context;
    struct rec__chunk *chunk = &reading->chunks[index];
    struct rec__parser *parser = &reading->parsers[worker];
    const struct rec__source *source = &reading->sources[chunk->source];
    if (rec__intern_start(&parser->users) != REC_OK || rec__intern_start(&parser->items) != REC_OK)
        return REC_ERR_NO_MEMORY;
    chunk->worker = worker;
    chunk->user_from = parser->users.count;
    chunk->item_from = parser->items.count;
    parser->events.count = 0;
    rec_status status = source->reader->parse(parser, source, chunk);
    if (status == REC_OK)
        status = keep_run(&parser->events, source, &reading->runs[index]);
    chunk->user_to = parser->users.count;
    chunk->item_to = parser->items.count;
    chunk->failed = status != REC_OK;
    if (chunk->from != NULL)
        rec__mapping_done(&source->mapping, chunk->from - source->mapping.bytes,
                          chunk->to - source->mapping.bytes);
    return status;
}

static void clear_parsers(struct rec__reading *reading)
{
    for (int32_t i = 0; reading->parsers != NULL && i < reading->threads; i++) {
        struct rec__parser *parser = &reading->parsers[i];
        rec__intern_clear(&parser->users);
        rec__intern_clear(&parser->items);
        rec__events_clear(&parser->events);
        rec__text_clear(&parser->user_text);
        rec__text_clear(&parser->item_text);
        rec__release(parser->user_map);
        rec__release(parser->item_map);
    }
    rec__release(reading->parsers);
    reading->parsers = NULL;
}

static void clear_runs(struct rec__reading *reading)
{
    for (int64_t i = 0; reading->runs != NULL && i < reading->n_chunks; i++)
        rec__events_clear(&reading->runs[i]);
    rec__release(reading->runs);
    reading->runs = NULL;
}

static rec_status parse_chunks(struct rec__reading *reading, bool records)
{
    rec_status status = rec__reading_cut(reading, records);
    if (status != REC_OK)
        return status;
    reading->parsers = rec__allocate_zeroed(reading->threads, sizeof *reading->parsers);
    if (reading->parsers == NULL)
        return REC_ERR_NO_MEMORY;
    return rec__parallel(reading->threads, reading->n_chunks, parse_chunk, reading);
}

/*
 * True when the first failure is a chunk that ends within quotes. Any chunk that was cut within quotes comes
 * after one that ends so, hence nothing before that failure was misread.
 */
static bool was_cut_wrongly(const struct rec__reading *reading)
{
    for (int64_t i = 0; i < reading->n_chunks; i++)
        if (reading->chunks[i].failed)
            return reading->chunks[i].open_quote;
    return false;
}

static rec_status check_entries(const struct rec__reading *reading, const struct rec__source *source)
{
    int64_t entries = 0;
    for (int64_t i = source->first_chunk; i < source->end_chunk; i++)
        entries += reading->runs[i].count;
    if (source->reader == &rec__reader_mtx && entries != source->n_entries)
        return rec__read_fail(source, source->end, "the size line declares %lld entries, but %lld were found",
                              (long long)source->n_entries, (long long)entries);
    return entries == 0 ? rec__read_fail_empty(source) : REC_OK;
}

rec_status rec__reading_parse(struct rec__reading *reading)
{
    rec_status status = parse_chunks(reading, false);
    if (status == REC_ERR_FORMAT && was_cut_wrongly(reading)) {
        clear_runs(reading);
        clear_parsers(reading);
        status = parse_chunks(reading, true);
    }
    for (int32_t i = 0; i < reading->n_sources && status == REC_OK; i++)
        status = check_entries(reading, &reading->sources[i]);
    if (status == REC_OK)
        status = rec__reading_merge(reading);
    return status;
}

rec_status rec__reading_finish(struct rec__reading *reading, rec_ratings **out)
{
    struct rec__assembly assembly = {.runs = reading->runs,
                                     .n_runs = reading->n_chunks,
                                     .duplicates = reading->options.duplicates,
                                     .threads = reading->threads};
    rec_status status = rec__id_table_freeze(&reading->users, &assembly.users);
    if (status == REC_OK)
        status = rec__id_table_freeze(&reading->items, &assembly.items);
    if (status == REC_OK)
        status = rec__ratings_assemble(out, &assembly);
    rec_ids_free(assembly.users);
    rec_ids_free(assembly.items);
    return status;
}

void rec__reading_clear(struct rec__reading *reading)
{
    clear_runs(reading);
    clear_parsers(reading);
    for (int32_t i = 0; i < reading->n_sources; i++) {
        struct rec__source *source = &reading->sources[i];
        rec__unmap_file(&source->mapping);
        rec_ratings_free(source->store);
        rec__release(source->user_map);
        rec__release(source->item_map);
    }
    rec__release(reading->sources);
    rec__release(reading->chunks);
    rec__id_table_clear(&reading->users);
    rec__id_table_clear(&reading->items);
    *reading = (struct rec__reading){0};
}

rec_status rec_ratings_read_files(rec_ratings **out, const char *const *paths, int32_t n_paths,
                                  const rec_ratings_options *options)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (paths == NULL)
        return rec__fail_null("paths");
    if (n_paths < 1)
        return rec__fail(REC_ERR_INVALID, "n_paths is %d; at least 1 was expected", n_paths);
    struct rec__reading reading = {0};
    rec_status status = rec__reading_begin(&reading, paths, n_paths, options);
    if (status == REC_OK && n_paths == 1 && reading.sources[0].store != NULL) {
        *out = rec_ratings_retain(reading.sources[0].store);
    } else {
        if (status == REC_OK)
            status = rec__reading_parse(&reading);
        if (status == REC_OK)
            status = rec__reading_finish(&reading, out);
    }
    rec__reading_clear(&reading);
    return status;
}

rec_status rec_ratings_read(rec_ratings **out, const char *path, const char *format)
{
    if (out != NULL)
        *out = NULL;
    if (path == NULL)
        return rec__fail_null("path");
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    options.format = format;
    return rec_ratings_read_files(out, &path, 1, &options);
}
