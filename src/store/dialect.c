/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the dialect of a csv file: every separator is tried on the first lines, and the best one wins. */
#include "base/text.h"
#include "store/lex.h"

enum { SAMPLE_BYTES = 1 << 16 };

/* In order of preference among equals. */
static const struct rec__dialect candidates[] = {
    {.separator = '\t', .separation = REC_SEPARATION_BYTE},
    {.separator = ':', .separation = REC_SEPARATION_TWICE},
    {.separator = ',', .separation = REC_SEPARATION_BYTE},
    {.separator = ';', .separation = REC_SEPARATION_BYTE},
    {.separator = '|', .separation = REC_SEPARATION_BYTE},
    {.separator = ' ', .separation = REC_SEPARATION_RUN},
};
enum { CANDIDATES = sizeof candidates / sizeof *candidates };

/* Fields on each of the first lines that are not blank; returns their number. */
static int32_t count_lines(const struct rec__dialect *dialect, const char *text, const char *end,
                           int64_t fields[REC_LEX_SAMPLE])
{
    int32_t lines = 0;
    while (text < end && lines < REC_LEX_SAMPLE)
        if (!rec__lex_blank_line(text, end, &text))
            fields[lines++] = rec__lex_count(dialect, text, end, &text);
    return lines;
}

static bool is_usual(int64_t columns)
{
    return columns >= 2 && columns <= 4;
}

/* The number of fields that most lines have, two at least; returns how many have it. */
static int32_t find_columns(const int64_t *fields, int32_t lines, int64_t *columns)
{
    int32_t most = 0;
    for (int32_t i = 0; i < lines; i++) {
        int32_t same = 0;
        for (int32_t j = 0; j < lines; j++)
            same += fields[j] == fields[i];
        if (fields[i] >= 2 && same > most) {
            most = same;
            *columns = fields[i];
        }
    }
    return most;
}

struct verdict {
    int32_t same, lines; /* how many of the sampled lines have the same number of fields */
    int64_t columns;
    bool named; /* the first line names more columns than are usual */
};

static bool is_likely(const struct verdict *v)
{
    return v->same * 2 > v->lines && (is_usual(v->columns) || v->named);
}

static bool is_better(const struct verdict *v, const struct verdict *best)
{
    if (is_likely(v) != is_likely(best))
        return is_likely(v);
    if (v->same != best->same)
        return v->same > best->same;
    return v->columns > best->columns;
}

static bool begins_as_number(const struct rec__token *token)
{
    return token->length > 0 && strchr("0123456789+-.", token->bytes[0]) != NULL && token->bytes[0] != '\0';
}

static bool is_number(const struct rec__token *token)
{
    double value;
    return rec__lex_number(token->bytes, token->length, &value);
}

/* The first `n` fields of the first line at or after text that is not blank; next fills: the line after. */
static bool take_fields(const struct rec__dialect *dialect, const char *text, const char *end,
                        struct rec__token *tokens, int32_t n, const char **next)
{
    while (text < end && rec__lex_blank_line(text, end, &text))
        ;
    if (text == end)
        return false;
    const char *p = rec__lex_line_start(dialect, text, end);
    for (int32_t i = 0; i < n; i++) {
        rec__lex_field(dialect, p, end, &tokens[i]);
        if (tokens[i].last != (i == n - 1))
            return false;
        p = tokens[i].next;
    }
    *next = p;
    return true;
}

/*
 * A first line is a header when its rating is a word ("rating", but neither "3,5" nor "nan", which are
 * mistakes); without ratings, when neither of its ids begins as a number and both of the second line's are
 * numbers.
 */
static bool find_header(const struct rec__dialect *dialect, const char *text, const char *end)
{
    struct rec__token first[4], second[4];
    const char *next = end;
    if (!is_usual(dialect->columns) || !take_fields(dialect, text, end, first, dialect->columns, &next))
        return false;
    if (dialect->columns > 2)
        return first[2].length > 0 && !begins_as_number(&first[2]) && !is_number(&first[2]);
    return !begins_as_number(&first[0]) && !begins_as_number(&first[1]) &&
           take_fields(dialect, next, end, second, 2, &next) && is_number(&second[0]) &&
           is_number(&second[1]);
}

/* Rating and time of a record; false when it has no more than these four fields. */
static bool take_numbers(const struct rec__dialect *dialect, const char *p, const char *end,
                         struct rec__token numbers[2])
{
    struct rec__token token;
    p = rec__lex_line_start(dialect, p, end);
    for (int32_t i = 0; i < 4; i++) {
        rec__lex_field(dialect, p, end, &token);
        if (token.last)
            return false;
        if (i >= 2)
            numbers[i - 2] = token;
        p = token.next;
    }
    return true;
}

bool rec__lex_names_columns(const struct rec__dialect *dialect, const char *text, const char *end)
{
    struct rec__token first[2], second[2];
    const char *unclosed;
    while (text < end && rec__lex_blank_line(text, end, &text))
        ;
    const char *next = text < end ? rec__lex_record_end(dialect, text, end, &unclosed) : end;
    while (next < end && rec__lex_blank_line(next, end, &next))
        ;
    if (next == end || !take_numbers(dialect, text, end, first) || !take_numbers(dialect, next, end, second))
        return false;
    for (int i = 0; i < 2; i++)
        if (first[i].length == 0 || begins_as_number(&first[i]) || is_number(&first[i]) ||
            (second[i].length > 0 && !is_number(&second[i])))
            return false;
    return true;
}

/* Whole lines only: the last one of a sample is dropped when the sample cuts it. */
static const char *end_sample(const char *text, const char *end)
{
    if (end - text <= SAMPLE_BYTES)
        return end;
    const char *cut = text + SAMPLE_BYTES;
    while (cut > text && cut[-1] != '\n')
        cut--;
    return cut > text ? cut : rec__lex_line_end(text, end);
}

int32_t rec__lex_detect(struct rec__dialect *dialect, const char *text, const char *end, bool runs,
                        int32_t *sampled)
{
    struct verdict best = {0};
    *dialect = (struct rec__dialect){0};
    *sampled = 0;
    end = end_sample(text, end);
    for (int32_t c = 0; c < CANDIDATES; c++) {
        /* Ids have spaces in them more often than files are separated by spaces. */
        if (candidates[c].separation == REC_SEPARATION_RUN && (!runs || is_likely(&best)))
            continue;
        int64_t fields[REC_LEX_SAMPLE];
        struct verdict v = {.lines = count_lines(&candidates[c], text, end, fields)};
        v.same = find_columns(fields, v.lines, &v.columns);
        v.named = v.columns > 4 && rec__lex_names_columns(&candidates[c], text, end);
        *sampled = v.lines > *sampled ? v.lines : *sampled;
        if (!is_better(&v, &best))
            continue;
        best = v;
        *dialect = candidates[c];
        dialect->columns = v.columns > INT32_MAX ? INT32_MAX : (int32_t)v.columns;
    }
    dialect->header = best.same > 0 && find_header(dialect, text, end);
    return best.same;
}
