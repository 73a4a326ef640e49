/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mtx: Matrix Market coordinate files (Boisvert, Pozo and Remington, "The Matrix Market exchange formats:
 * initial design", NISTIR 5935, 1996). Rows are users, columns are items, and both are numbered from 1.
 */
#include "store/read.h"
#include "store/scan.h"

#include <stdio.h>
#include <strings.h>

struct word {
    const char *bytes;
    int64_t length;
};

enum { MOST_WORDS = 6 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The words of the line at p: their number, of which the first MOST_WORDS are kept. */
static int32_t split_line(const char *p, const char *end, struct word words[MOST_WORDS], const char **next)
{
    int32_t n = 0;
    while (p < end && *p != '\n') {
        const char *start = p;
        while (p < end && *p != '\n' && !is_blank(*p))
            p++;
        if (p > start && n < MOST_WORDS)
            words[n] = (struct word){start, p - start};
        n += p > start;
        while (p < end && is_blank(*p))
            p++;
    }
    *next = p < end ? p + 1 : end;
    return n;
}

static bool is_word(const struct word *word, const char *text)
{
    return word->length == (int64_t)strlen(text) && strncasecmp(word->bytes, text, strlen(text)) == 0;
}

static rec_status check_banner(struct rec__source *source, const struct word *words, int32_t n)
{
    char shown[REC_LEX_SHOWN];
    if (n == 0 || !is_word(&words[0], "%%MatrixMarket"))
        return rec__read_fail(
            source, source->text,
            "the header is missing; \"%%%%MatrixMarket matrix coordinate real|integer|pattern "
            "general\" was expected");
    if (n == 5 && is_word(&words[1], "matrix") && is_word(&words[2], "coordinate") &&
        (is_word(&words[3], "real") || is_word(&words[3], "integer") || is_word(&words[3], "pattern")) &&
        is_word(&words[4], "general")) {
        source->rated = !is_word(&words[3], "pattern");
        return REC_OK;
    }
    const struct word *last = &words[(n < MOST_WORDS ? n : MOST_WORDS) - 1];
    return rec__read_fail(
        source, source->text,
        "the header %s is not supported; \"matrix coordinate real|integer|pattern general\" was "
        "expected",
        rec__lex_show(words[0].bytes, last->bytes + last->length - words[0].bytes, shown));
}

static rec_status take_size(const struct rec__source *source, const struct word *word, const char *name,
                            int64_t most, int64_t *size)
{
    char shown[REC_LEX_SHOWN];
    if (rec__parse_integer(word->bytes, word->length, size) && *size >= 0 && *size <= most)
        return REC_OK;
    return rec__read_fail(source, word->bytes, "%s %s: a whole number from 0 to %lld was expected", name,
                          rec__lex_show(word->bytes, word->length, shown), (long long)most);
}

/* A comment, or blank. */
static bool is_idle(const char *p, const char *end)
{
    const char *next;
    return *p == '%' || rec__lex_blank_line(p, end, &next);
}

static rec_status begin(struct rec__source *source)
{
    struct word words[MOST_WORDS];
    const char *p;
    int32_t n = split_line(source->text, source->end, words, &p);
    rec_status status = check_banner(source, words, n);
    if (status != REC_OK)
        return status;
    while (p < source->end && is_idle(p, source->end))
        p = rec__lex_line_end(p, source->end);
    const char *line = p;
    n = split_line(p, source->end, words, &source->text);
    if (n != 3)
        return rec__read_fail(source, line,
                              "the size line has %d fields; rows, columns, entries were expected", n);
    status = take_size(source, &words[0], "rows", INT32_MAX, &source->n_rows);
    if (status == REC_OK)
        status = take_size(source, &words[1], "columns", INT32_MAX, &source->n_columns);
    if (status == REC_OK)
        status = take_size(source, &words[2], "entries", INT64_MAX, &source->n_entries);
    return status;
}

static rec_status take_index(const struct rec__source *source, const struct word *word, const char *name,
                             int64_t most, int32_t *row)
{
    char shown[REC_LEX_SHOWN];
    int64_t index;
    if (!rec__parse_integer(word->bytes, word->length, &index))
        return rec__read_fail(source, word->bytes, "%s %s is not a whole number", name,
                              rec__lex_show(word->bytes, word->length, shown));
    if (index < 1 || index > most)
        return rec__read_fail(source, word->bytes, "%s %s is out of range; 1 to %lld was expected", name,
                              rec__lex_show(word->bytes, word->length, shown), (long long)most);
    *row = (int32_t)(index - 1);
    return REC_OK;
}

static rec_status take_entry(struct rec__events *events, const struct rec__source *source, const char *line,
                             const struct word *words, int32_t n)
{
    int64_t at = events->count;
    int32_t wanted = source->rated ? 3 : 2;
    if (n != wanted)
        return rec__read_fail(source, line, "the line has %d field%s; %s were expected", n, n == 1 ? "" : "s",
                              source->rated ? "row, column, value" : "row, column");
    rec_status status = take_index(source, &words[0], "row", source->n_rows, &events->users[at]);
    if (status == REC_OK)
        status = take_index(source, &words[1], "column", source->n_columns, &events->items[at]);
    if (status == REC_OK && source->rated)
        status = rec__read_rating(source, words[2].bytes, words[2].length, &events->ratings[at]);
    events->count += status == REC_OK;
    return status;
}

static inline const char *scan_index(const char *p, int64_t most, int32_t *row)
{
    uint64_t index = 0;
    const char *end = rec__scan_digits(p, REC_SCAN_DIGITS, &index);
    *row = (int32_t)(index - 1);
    return index >= 1 && index <= (uint64_t)most ? end : NULL;
}

/* After the line at p, when it is regular; else NULL. Words are separated by one space. */
static inline const char *scan_entry(struct rec__events *events, const struct rec__source *source,
                                     const char *p)
{
    int64_t at = events->count;
    p = scan_index(p, source->n_rows, &events->users[at]);
    if (p == NULL || *p != ' ' || (p = scan_index(p + 1, source->n_columns, &events->items[at])) == NULL)
        return NULL;
    if (source->rated) {
        float *rating = &events->ratings[at];
        if (*p != ' ' || (p = rec__scan_rating(p + 1, rating)) == NULL ||
            !(*rating >= source->least && *rating <= source->greatest))
            return NULL;
    }
    p = rec__scan_line_end(p);
    events->count += p != NULL;
    return p;
}

/* A line of whatever form. */
static rec_status take_line(struct rec__events *events, const struct rec__source *source, const char *line,
                            const char *end, const char **next)
{
    struct word words[MOST_WORDS];
    int32_t n = split_line(line, end, words, next);
    return n > 0 && *line != '%' ? take_entry(events, source, line, words, n) : REC_OK;
}

static rec_status parse(struct rec__parser *parser, const struct rec__source *source,
                        struct rec__chunk *chunk)
{
    struct rec__events *events = &parser->events;
    rec_status status = REC_OK;
    const char *p = chunk->from;
    while (p < chunk->to && status == REC_OK) {
        status = rec__events_reserve(events, REC_READ_BLOCK, source->rated, false);
        for (int i = 0; i < REC_READ_BLOCK && p < chunk->to && status == REC_OK; i++) {
            const char *line = p;
            p = chunk->to - p >= REC_SCAN_MARGIN ? scan_entry(events, source, p) : NULL;
            if (p == NULL)
                status = take_line(events, source, line, chunk->to, &p);
        }
    }
    return status;
}

const struct rec__reader rec__reader_mtx = {
    .name = "mtx", .begin = begin, .parse = parse, .users_from = 1, .items_from = 1};
