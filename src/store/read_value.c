/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of all formats share: places in sentences, ratings, rows of ids, room for events. */
#include "base/memory.h"
#include "base/status.h"
#include "store/read.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/* Counted only now: chunks do not know on which line they begin. */
static int64_t find_line(const struct rec__source *source, const char *at, int64_t *column)
{
    const char *start = source->mapping.bytes;
    if (source->mapping.length >= 3 && memcmp(start, "\xEF\xBB\xBF", 3) == 0)
        start += 3;
    int64_t line = 1;
    for (const char *newline; (newline = memchr(start, '\n', (size_t)(at - start))) != NULL; line++)
        start = newline + 1;
    *column = at - start + 1;
    return line;
}

rec_status rec__read_fail(const struct rec__source *source, const char *at, const char *format, ...)
{
    char sentence[REC_SENTENCE];
    int64_t column;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    int64_t line = find_line(source, at, &column);
    return rec__fail(REC_ERR_FORMAT, "%s: line %lld, column %lld: %s", source->path, (long long)line,
                     (long long)column, sentence);
}

rec_status rec__read_fail_empty(const struct rec__source *source)
{
    return rec__fail(REC_ERR_EMPTY, "%s: holds no ratings; at least one was expected", source->path);
}

rec_status rec__read_rating(const struct rec__source *source, const char *bytes, int64_t length,
                            float *rating)
{
    char shown[REC_LEX_SHOWN];
    double value;
    if (length == 0)
        return rec__read_fail(source, bytes, "the rating is empty; a number was expected");
    if (!rec__lex_number(bytes, length, &value))
        return rec__read_fail(source, bytes, "rating %s is not a number",
                              rec__lex_show(bytes, length, shown));
    *rating = (float)value;
    if (!isfinite(*rating))
        return rec__read_fail(source, bytes, "rating %s is not a finite float",
                              rec__lex_show(bytes, length, shown));
    if (*rating < source->least || *rating > source->greatest)
        return rec__read_fail(source, bytes, "rating %s is outside the range %g to %g",
                              rec__lex_show(bytes, length, shown), (double)source->least,
                              (double)source->greatest);
    return REC_OK;
}

static rec_status add_row(struct rec__intern *table, const struct rec__key *key, int32_t *row)
{
    if (memchr(key->bytes, '\0', key->length) != NULL)
        return rec__fail(REC_ERR_FORMAT, "a NUL byte in an id; text was expected");
    return rec__intern_add(table, key, row);
}

rec_status rec__read_rows(struct rec__intern *table, const struct rec__key *keys, int32_t n, int32_t *rows,
                          int32_t *done)
{
    for (int32_t i = 0; i < n; i++) {
        rows[i] = rec__intern_find(table, &keys[i]);
        if (__builtin_expect(rows[i] >= 0, 1))
            continue;
        rec_status status = add_row(table, &keys[i], &rows[i]);
        if (status != REC_OK) {
            *done = i;
            return status;
        }
    }
    *done = n;
    return REC_OK;
}

rec_status rec__events_reserve(struct rec__events *events, int64_t more, bool rated, bool timed)
{
    int64_t room = events->count + more;
    bool lacks = (rated && events->ratings == NULL) || (timed && events->times == NULL);
    if (room <= events->capacity && !lacks)
        return REC_OK;
    room = room > events->capacity ? room + events->capacity / 2 : events->capacity;
    int32_t *users = rec__reallocate(events->users, room, sizeof *users);
    events->users = users != NULL ? users : events->users;
    int32_t *items = rec__reallocate(events->items, room, sizeof *items);
    events->items = items != NULL ? items : events->items;
    float *ratings = rated ? rec__reallocate(events->ratings, room, sizeof *ratings) : NULL;
    events->ratings = ratings != NULL ? ratings : events->ratings;
    int64_t *times = timed ? rec__reallocate(events->times, room, sizeof *times) : NULL;
    events->times = times != NULL ? times : events->times;
    if (users == NULL || items == NULL || (rated && ratings == NULL) || (timed && times == NULL))
        return REC_ERR_NO_MEMORY;
    events->capacity = room;
    return REC_OK;
}
