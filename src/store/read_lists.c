/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lists: `user item item ...`, and counted-lists: `count item item ...`, where the user is the number of the
 * line, from 0. Words are separated by blanks, of which there may be some at either end of a line.
 */
#include "store/read.h"

#include <stdio.h>

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++;
    return p;
}

/* A control byte that is neither blank nor newline belongs to the word; a NUL is refused with the id. */
static const char *end_word(const char *p, const char *end)
{
    p = rec__lex_word_end(p, end);
    while (p < end && *p != '\n' && *p != ' ' && *p != '\t' && *p != '\r')
        p = rec__lex_word_end(p + 1, end);
    return p;
}

static const char *take_key(const char *p, const char *end, struct rec__key *key)
{
    const char *stop = end_word(p, end);
    *key = stop - p < 8 && end - p >= 8 ? rec__lex_short_key(p, rec__lex_load(p), (uint32_t)(stop - p))
                                        : rec__key_make(p, (uint32_t)(stop - p));
    return stop;
}

/* Rows for the first n keys of the block, or the words for the one that is none. */
static rec_status take_rows(struct rec__intern *table, const struct rec__source *source,
                            const struct rec__key *keys, int32_t n, int32_t *rows)
{
    int32_t done;
    rec_status status = rec__read_rows(table, keys, n, rows, &done);
    if (status == REC_ERR_FORMAT)
        return rec__read_fail(source, keys[done].bytes, "%s", rec_last_error());
    return status;
}

static rec_status finish_block(struct rec__parser *parser, const struct rec__source *source, int32_t user,
                               int32_t n)
{
    if (n == 0)
        return REC_OK;
    rec_status status = rec__events_reserve(&parser->events, n, false, false);
    if (status != REC_OK)
        return status;
    struct rec__events *events = &parser->events;
    for (int32_t i = 0; i < n; i++)
        events->users[events->count + i] = user;
    status = take_rows(&parser->items, source, parser->item_keys, n, events->items + events->count);
    events->count += n;
    return status;
}

/* The items from *p to the end of the line; *p is moved after it. */
static rec_status take_items(struct rec__parser *parser, const struct rec__source *source, const char **p,
                             const char *end, int32_t user)
{
    int32_t n = 0;
    rec_status status = REC_OK;
    const char *at = skip_blanks(*p, end);
    while (at < end && *at != '\n' && status == REC_OK) {
        at = take_key(at, end, &parser->item_keys[n]);
        rec__intern_fetch(&parser->items, &parser->item_keys[n++]);
        if (n == REC_READ_BLOCK) {
            status = finish_block(parser, source, user, n);
            n = 0;
        }
        at = skip_blanks(at, end);
    }
    *p = at < end ? at + 1 : end;
    return status == REC_OK ? finish_block(parser, source, user, n) : status;
}

static rec_status parse_lists(struct rec__parser *parser, const struct rec__source *source,
                              struct rec__chunk *chunk)
{
    rec_status status = REC_OK;
    const char *p = chunk->from;
    while (p < chunk->to && status == REC_OK) {
        int32_t user;
        if (rec__lex_blank_line(p, chunk->to, &p))
            continue;
        p = take_key(skip_blanks(p, chunk->to), chunk->to, &parser->user_keys[0]);
        status = take_rows(&parser->users, source, parser->user_keys, 1, &user);
        if (status == REC_OK)
            status = take_items(parser, source, &p, chunk->to, user);
    }
    return status;
}

static rec_status take_count(const struct rec__source *source, const char **p, const char *end,
                             int64_t *count)
{
    char shown[REC_LEX_SHOWN];
    const char *at = skip_blanks(*p, end), *stop = end_word(at, end);
    *p = stop;
    if (at == stop)
        return rec__read_fail(source, at,
                              "the line is blank; a count was expected, 0 for a user without items");
    if (!rec__parse_integer(at, stop - at, count))
        return rec__read_fail(source, at, "count %s is not a whole number",
                              rec__lex_show(at, stop - at, shown));
    if (*count < 0)
        return rec__read_fail(source, at, "count %s is negative; a number of items was expected",
                              rec__lex_show(at, stop - at, shown));
    return REC_OK;
}

static rec_status take_counted(struct rec__parser *parser, const struct rec__source *source, const char **p,
                               const char *end, int32_t user)
{
    const char *line = *p;
    int64_t count = 0, before = parser->events.count;
    rec_status status = take_count(source, p, end, &count);
    if (status == REC_OK)
        status = take_items(parser, source, p, end, user);
    if (status == REC_OK && parser->events.count - before != count)
        return rec__read_fail(source, skip_blanks(line, end), "the count is %lld, but %lld items follow it",
                              (long long)count, (long long)(parser->events.count - before));
    return status;
}

static rec_status parse_counted(struct rec__parser *parser, const struct rec__source *source,
                                struct rec__chunk *chunk)
{
    rec_status status = REC_OK;
    const char *p = chunk->from;
    for (chunk->lines = 0; p < chunk->to && status == REC_OK; chunk->lines++)
        status = take_counted(parser, source, &p, chunk->to, (int32_t)chunk->lines);
    return status;
}

static rec_status begin_lists(struct rec__source *source)
{
    const char *p = source->text;
    while (p < source->end && rec__lex_blank_line(p, source->end, &p))
        ;
    return p == source->end ? rec__read_fail_empty(source) : REC_OK;
}

/* Blank lines at the end are no users; any other would be, and lacks its count. */
static rec_status begin_counted(struct rec__source *source)
{
    const char *end = source->end;
    while (end > source->text && strchr(" \t\r\n", end[-1]) != NULL && end[-1] != '\0')
        end--;
    source->end = end < source->end ? rec__lex_line_end(end, source->end) : end;
    return end == source->text ? rec__read_fail_empty(source) : REC_OK;
}

const struct rec__reader rec__reader_lists = {
    .name = "lists", .begin = begin_lists, .parse = parse_lists, .users_from = -1, .items_from = -1};
const struct rec__reader rec__reader_counted = {.name = "counted-lists",
                                                .begin = begin_counted,
                                                .parse = parse_counted,
                                                .users_from = 0,
                                                .items_from = -1};
