/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Final rows: ids in order of first appearance in the input. A thread takes its chunks in order, so the ids
 * that it met first in a chunk are a range of its own rows, and going over the chunks in order meets every id
 * where it appears first, however the chunks fell to threads.
 */
#include "base/memory.h"
#include "base/status.h"
#include "base/threads.h"
#include "store/read.h"

/* What differs between users and items, which are merged at the same time. */
struct side {
    struct rec__reading *reading;
    struct rec__id_table *table;
    bool items;
};

static rec_status add_met(const struct side *side, const struct rec__chunk *chunk)
{
    const struct rec__parser *parser = &side->reading->parsers[chunk->worker];
    const struct rec__intern *own = side->items ? &parser->items : &parser->users;
    int32_t *map = side->items ? parser->item_map : parser->user_map;
    int32_t from = side->items ? chunk->item_from : chunk->user_from;
    int32_t to = side->items ? chunk->item_to : chunk->user_to;
    for (int32_t row = from; row < to; row++) {
        int64_t start = own->offsets[row];
        rec_status status =
            rec__id_table_add_text(side->table, own->bytes + start, own->offsets[row + 1] - start, &map[row]);
        if (status != REC_OK)
            return status;
    }
    return REC_OK;
}

/* Digits only: no NUL is needed. */
static int64_t write_number(int64_t number, char out[20])
{
    char *p = out + 20;
    do
        *--p = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    memmove(out, p, (size_t)(out + 20 - p));
    return out + 20 - p;
}

static rec_status add_numbers(struct rec__id_table *table, int64_t first, int64_t n, int32_t *map)
{
    char digits[20];
    rec_status status = REC_OK;
    for (int64_t i = 0; i < n && status == REC_OK; i++)
        status = rec__id_table_add_text(table, digits, write_number(first + i, digits), &map[i]);
    return status;
}

static rec_status add_ids(struct rec__id_table *table, const rec_ids *ids, int32_t *map)
{
    rec_status status = REC_OK;
    for (int32_t row = 0; row < rec_ids_count(ids) && status == REC_OK; row++)
        status = rec__id_table_add_id(table, ids, row, &map[row]);
    return status;
}

static rec_status add_numbered(const struct side *side, struct rec__source *source, int64_t first)
{
    int64_t n = side->items ? source->n_columns : source->n_rows;
    if (n > INT32_MAX)
        return rec__fail(REC_ERR_FORMAT, "%s: %lld users; at most %d were expected", source->path,
                         (long long)n, INT32_MAX);
    int32_t *map = rec__allocate(n, sizeof *map);
    if (map == NULL)
        return REC_ERR_NO_MEMORY;
    *(side->items ? &source->item_map : &source->user_map) = map;
    if (source->store != NULL)
        return add_ids(side->table, side->items ? source->store->items : source->store->users, map);
    return add_numbers(side->table, first, n, map);
}

static rec_status add_source(const struct side *side, struct rec__source *source)
{
    const struct rec__reading *reading = side->reading;
    int64_t numbered_from = side->items ? source->reader->items_from : source->reader->users_from;
    if (numbered_from >= 0)
        return add_numbered(side, source, numbered_from);
    rec_status status = REC_OK;
    for (int64_t i = source->first_chunk; i < source->end_chunk && status == REC_OK; i++)
        status = add_met(side, &reading->chunks[i]);
    return status;
}

static rec_status make_maps(const struct side *side)
{
    for (int32_t i = 0; i < side->reading->threads; i++) {
        struct rec__parser *parser = &side->reading->parsers[i];
        const struct rec__intern *own = side->items ? &parser->items : &parser->users;
        int32_t *map = rec__allocate(own->count, sizeof *map);
        if (map == NULL)
            return REC_ERR_NO_MEMORY;
        *(side->items ? &parser->item_map : &parser->user_map) = map;
    }
    return REC_OK;
}

static void clear_own_ids(const struct side *side)
{
    for (int32_t i = 0; i < side->reading->threads; i++)
        rec__intern_clear(side->items ? &side->reading->parsers[i].items : &side->reading->parsers[i].users);
}

static rec_status merge_side(void *context, int64_t index, int32_t worker)
{
    (void)worker;
    struct rec__reading *reading = context;
    struct side side = {
        .reading = reading, .table = index == 0 ? &reading->users : &reading->items, .items = index == 1};
    rec_status status = make_maps(&side);
    for (int32_t i = 0; i < reading->n_sources && status == REC_OK; i++)
        status = add_source(&side, &reading->sources[i]);
    clear_own_ids(&side);
    return status;
}

/* Lines of counted-lists are users: now that each chunk's are counted, so is where it begins. */
static void count_lines(struct rec__reading *reading)
{
    for (int32_t i = 0; i < reading->n_sources; i++) {
        struct rec__source *source = &reading->sources[i];
        if (source->reader != &rec__reader_counted)
            continue;
        source->n_rows = 0;
        for (int64_t c = source->first_chunk; c < source->end_chunk; c++) {
            reading->chunks[c].first_line = source->n_rows;
            source->n_rows += reading->chunks[c].lines;
        }
    }
}

rec_status rec__reading_merge(struct rec__reading *reading)
{
    count_lines(reading);
    for (int32_t i = 0; i < reading->threads; i++)
        rec__events_clear(&reading->parsers[i].events);
    rec_status status = rec__parallel(reading->threads, 2, merge_side, reading);
    for (int64_t i = 0; i < reading->n_chunks && status == REC_OK; i++) {
        const struct rec__chunk *chunk = &reading->chunks[i];
        const struct rec__source *source = &reading->sources[chunk->source];
        const struct rec__parser *parser = &reading->parsers[chunk->worker];
        struct rec__events *run = &reading->runs[i];
        run->user_map =
            source->reader->users_from < 0 ? parser->user_map : source->user_map + chunk->first_line;
        run->item_map = source->reader->items_from < 0 ? parser->item_map : source->item_map;
    }
    return status;
}
