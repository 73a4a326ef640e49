/* SPDX-License-Identifier: Apache-2.0 */
/* Lines, fields and numbers of text, for lines that the readers' fast paths pass on, and for finding a
 * dialect. */
#include "store/lex.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>

const char *rec__lex_line_end(const char *p, const char *end)
{
    const char *newline = memchr(p, '\n', (size_t)(end - p));
    return newline == NULL ? end : newline + 1;
}

static const char *skip_run(const struct rec__dialect *dialect, const char *p, const char *end)
{
    if (dialect->separation == REC_SEPARATION_RUN)
        while (p < end && *p == dialect->separator)
            p++;
    return p;
}

const char *rec__lex_line_start(const struct rec__dialect *dialect, const char *p, const char *end)
{
    return skip_run(dialect, p, end);
}

static bool at_line_end(const char *p, const char *end)
{
    return p == end || *p == '\n' || (*p == '\r' && (p + 1 == end || p[1] == '\n'));
}

static bool at_separator(const struct rec__dialect *dialect, const char *p, const char *end)
{
    if (p == end || *p != dialect->separator)
        return false;
    return dialect->separation != REC_SEPARATION_TWICE || (p + 1 < end && p[1] == dialect->separator);
}

/* Fill what follows a field that stops at p, which is at a separator or a line end. */
static void finish_token(const struct rec__dialect *dialect, const char *p, const char *end,
                         struct rec__token *token)
{
    if (at_separator(dialect, p, end)) {
        p += dialect->separation == REC_SEPARATION_TWICE ? 2 : 1;
        p = skip_run(dialect, p, end);
        token->last = dialect->separation == REC_SEPARATION_RUN && at_line_end(p, end);
    } else {
        token->last = true;
    }
    token->next = token->last ? rec__lex_line_end(p, end) : p;
}

static void lex_quoted(const struct rec__dialect *dialect, const char *p, const char *end,
                       struct rec__token *token)
{
    token->bytes = ++p;
    for (;;) {
        const char *quote = memchr(p, '"', (size_t)(end - p));
        if (quote == NULL) {
            token->flaw = REC_TOKEN_UNCLOSED;
            token->length = end - token->bytes;
            token->last = true;
            token->next = end;
            return;
        }
        p = quote + 1;
        if (p == end || *p != '"') {
            token->length = quote - token->bytes;
            break;
        }
        token->doubled = true;
        p++;
    }
    if (!at_line_end(p, end) && !at_separator(dialect, p, end)) {
        token->flaw = REC_TOKEN_TRAILING;
        while (!at_line_end(p, end) && !at_separator(dialect, p, end))
            p++;
    }
    finish_token(dialect, p, end, token);
}

void rec__lex_field(const struct rec__dialect *dialect, const char *p, const char *end,
                    struct rec__token *token)
{
    *token = (struct rec__token){.bytes = p};
    if (p < end && *p == '"') {
        lex_quoted(dialect, p, end, token);
        return;
    }
    const char *stop = rec__lex_stop(p, end, dialect->separator);
    while (stop < end && *stop != '\n' && !at_separator(dialect, stop, end))
        stop = rec__lex_stop(stop + 1, end, dialect->separator);
    bool ends_line = stop == end || *stop == '\n';
    token->length = stop - p - (ends_line && stop > p && stop[-1] == '\r');
    finish_token(dialect, stop, end, token);
}

int64_t rec__lex_undouble(const struct rec__token *token, char *out)
{
    int64_t length = 0;
    for (int64_t i = 0; i < token->length; i++) {
        out[length++] = token->bytes[i];
        i += token->bytes[i] == '"';
    }
    return length;
}

const char *rec__lex_record_end(const struct rec__dialect *dialect, const char *p, const char *end,
                                const char **unclosed)
{
    *unclosed = NULL;
    struct rec__token token;
    p = rec__lex_line_start(dialect, p, end);
    do {
        rec__lex_field(dialect, p, end, &token);
        if (token.flaw == REC_TOKEN_UNCLOSED)
            *unclosed = p;
        p = token.next;
    } while (!token.last);
    return p;
}

bool rec__lex_blank_line(const char *p, const char *end, const char **next)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++;
    if (p < end && *p != '\n')
        return false;
    *next = p < end ? p + 1 : end;
    return true;
}

int64_t rec__lex_count(const struct rec__dialect *dialect, const char *p, const char *end, const char **next)
{
    struct rec__token token;
    int64_t fields = 0;
    bool sound = true;
    p = rec__lex_line_start(dialect, p, end);
    do {
        rec__lex_field(dialect, p, end, &token);
        sound = sound && token.flaw == REC_TOKEN_SOUND;
        fields++;
        p = token.next;
    } while (!token.last);
    *next = p;
    return sound ? fields : 0;
}

static void trim(const char **bytes, int64_t *length)
{
    while (*length > 0 && (**bytes == ' ' || **bytes == '\t')) {
        ++*bytes;
        --*length;
    }
    while (*length > 0 && ((*bytes)[*length - 1] == ' ' || (*bytes)[*length - 1] == '\t'))
        --*length;
}

bool rec__lex_number(const char *bytes, int64_t length, double *value)
{
    trim(&bytes, &length);
    return rec__parse_double(bytes, length, value);
}

bool rec__lex_integer(const char *bytes, int64_t length, int64_t *value)
{
    double real;
    trim(&bytes, &length);
    if (rec__parse_integer(bytes, length, value))
        return true;
    if (!rec__parse_double(bytes, length, &real) || !(fabs(real) < 0x1p63) || real != floor(real))
        return false;
    *value = (int64_t)real;
    return true;
}

const char *rec__lex_show(const char *bytes, int64_t length, char out[REC_LEX_SHOWN])
{
    enum { MOST = 40 };
    char *o = out;
    *o++ = '"';
    for (int64_t i = 0; i < length && i < MOST; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c >= 0x20 && c < 0x7F)
            *o++ = (char)c;
        else
            o += snprintf(o, 5, "\\x%02X", c);
    }
    snprintf(o, 5, "\"%s", length > MOST ? "..." : "");
    return out;
}
