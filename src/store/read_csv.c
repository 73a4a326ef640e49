/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv: one rating a line, `user item [rating [time]]`, and further columns where the first line names them. Lines without quotes, blanks or mistakes, which is to
 * say nearly all, are read by scan_line; every other by take_line, which also finds the words for what is
 * wrong.
 */
#include "store/read.h"
#include "store/scan.h"

static const char *scan_long_key(const char *p, const char *end, char separator, struct rec__key *key)
{
    const char *stop = rec__lex_stop(p + 8, end, separator);
    if (end - stop < REC_SCAN_MARGIN || stop - p > 4096)
        return NULL;
    *key = rec__key_make(p, (uint32_t)(stop - p));
    return stop;
}

/* The end of an id without quotes, or NULL. */
static inline const char *scan_key(const char *p, const char *end, char separator, struct rec__key *key)
{
    uint64_t word = rec__lex_load(p);
    uint64_t hits =
        rec__lex_zeros(word ^ rec__lex_pattern(separator)) | rec__lex_zeros(word ^ rec__lex_pattern('\n'));
    if (*p == '"')
        return NULL;
    if (hits == 0)
        return scan_long_key(p, end, separator, key);
    uint32_t length = (uint32_t)__builtin_ctzll(hits) / 8;
    *key = rec__lex_short_key(p, word, length);
    return length > 0 ? p + length : NULL;
}

static inline const char *pass_separator(const struct rec__dialect *dialect, const char *p)
{
    if (*p != dialect->separator)
        return NULL;
    p++;
    if (dialect->separation == REC_SEPARATION_TWICE)
        return *p == dialect->separator ? p + 1 : NULL;
    /* At most one blank more: a run has no bound. */
    if (dialect->separation == REC_SEPARATION_RUN)
        return *p != dialect->separator ? p : NULL;
    return p;
}

static inline const char *scan_time(const char *p, int64_t *time)
{
    uint64_t value = 0;
    const char *end = rec__scan_digits(p, REC_SCAN_DIGITS, &value);
    *time = (int64_t)value;
    return end > p ? end : NULL;
}

static inline const char *scan_numbers(const struct rec__source *source, const char *p, float *rating,
                                       int64_t *time)
{
    p = rec__scan_rating(p, rating);
    if (p == NULL || !(*rating >= source->least && *rating <= source->greatest))
        return NULL;
    if (!source->timed)
        return rec__scan_line_end(p);
    p = pass_separator(&source->dialect, p);
    p = p != NULL ? scan_time(p, time) : NULL;
    return p != NULL ? rec__scan_line_end(p) : NULL;
}

/* After the line at p, when it is regular and at least REC_SCAN_MARGIN before end at each step; else NULL. */
static inline const char *scan_line(struct rec__parser *parser, const struct rec__source *source,
                                    const char *p, const char *end, int32_t n)
{
    const struct rec__dialect *dialect = &source->dialect;
    struct rec__key *user = &parser->user_keys[n], *item = &parser->item_keys[n];
    int64_t at = parser->events.count + n;
    p = scan_key(p, end, dialect->separator, user);
    if (p == NULL || (p = pass_separator(dialect, p)) == NULL || end - p < REC_SCAN_MARGIN)
        return NULL;
    p = scan_key(p, end, dialect->separator, item);
    if (p == NULL || end - p < REC_SCAN_MARGIN)
        return NULL;
    rec__intern_fetch(&parser->users, user);
    rec__intern_fetch(&parser->items, item);
    if (!source->rated)
        return *p == '\n' && p[-1] != '\r' ? p + 1 : NULL;
    p = pass_separator(dialect, p);
    int64_t *time = source->timed ? &parser->events.times[at] : NULL;
    return p != NULL ? scan_numbers(source, p, &parser->events.ratings[at], time) : NULL;
}

enum { USER, ITEM, RATING, TIME, COLUMNS };

static rec_status fail_flaw(const struct rec__source *source, struct rec__chunk *chunk,
                            const struct rec__token *token)
{
    char shown[REC_LEX_SHOWN];
    if (token->flaw == REC_TOKEN_TRAILING)
        return rec__read_fail(source, token->bytes - 1,
                              "text follows the closing quote of %s; a separator or the end of the line was "
                              "expected",
                              rec__lex_show(token->bytes, token->length, shown));
    chunk->open_quote = chunk->to < source->end;
    return rec__read_fail(source, token->bytes - 1, "the quote opened before %s is never closed",
                          rec__lex_show(token->bytes, token->length, shown));
}

static rec_status fail_columns(const struct rec__source *source, const char *at, int64_t fields)
{
    static const char *const wanted[] = {"user, item", "user, item, rating", "user, item, rating, time",
                                         "as many as the first line names"};
    int32_t most = source->dialect.columns < COLUMNS + 1 ? source->dialect.columns : COLUMNS + 1;
    return rec__read_fail(source, at, "the line has %lld field%s; %d were expected (%s)", (long long)fields,
                          fields == 1 ? "" : "s", source->dialect.columns, wanted[most - 2]);
}

/* The fields of a line; their number must be that of the file. */
static rec_status lex_line(const struct rec__source *source, struct rec__chunk *chunk, const char *p,
                           struct rec__token tokens[COLUMNS], const char **next)
{
    struct rec__token token;
    const char *extra = NULL;
    int64_t fields = 0;
    p = rec__lex_line_start(&source->dialect, p, chunk->to);
    do {
        rec__lex_field(&source->dialect, p, chunk->to, &token);
        if (token.flaw != REC_TOKEN_SOUND)
            return fail_flaw(source, chunk, &token);
        if (fields < source->dialect.columns && fields < COLUMNS)
            tokens[fields] = token;
        else if (fields >= source->dialect.columns && extra == NULL)
            extra = p;
        fields++;
        p = token.next;
    } while (!token.last);
    *next = p;
    if (fields != source->dialect.columns)
        return fail_columns(source, extra != NULL ? extra : token.bytes + token.length, fields);
    return REC_OK;
}

static rec_status take_id(const struct rec__source *source, const char *name, const struct rec__token *token,
                          struct rec__text *text, struct rec__key *key)
{
    if (token->length == 0)
        return rec__read_fail(source, token->bytes, "the %s id is empty", name);
    if (token->length > INT32_MAX)
        return rec__read_fail(source, token->bytes, "the %s id is %lld bytes long", name,
                              (long long)token->length);
    *key = rec__key_make(token->bytes, (uint32_t)token->length);
    if (!token->doubled)
        return REC_OK;
    text->length = 0;
    rec__text_add(text, token->bytes, token->length);
    if (text->status != REC_OK)
        return text->status;
    *key = rec__key_make(text->bytes, (uint32_t)rec__lex_undouble(token, text->bytes));
    return REC_OK;
}

static rec_status take_time(const struct rec__source *source, const struct rec__token *token, int64_t *time)
{
    char shown[REC_LEX_SHOWN];
    *time = REC_NO_TIME;
    if (token->length == 0 || rec__lex_integer(token->bytes, token->length, time))
        return REC_OK;
    return rec__read_fail(source, token->bytes, "time %s is not a whole number of seconds",
                          rec__lex_show(token->bytes, token->length, shown));
}

/* A line of whatever form, which is to be the n-th of the block. */
static rec_status take_line(struct rec__parser *parser, const struct rec__source *source,
                            const struct rec__token tokens[COLUMNS], int32_t n)
{
    int64_t at = parser->events.count + n;
    rec_status status = take_id(source, "user", &tokens[USER], &parser->user_text, &parser->user_keys[n]);
    if (status == REC_OK)
        status = take_id(source, "item", &tokens[ITEM], &parser->item_text, &parser->item_keys[n]);
    if (status == REC_OK && source->rated)
        status = rec__read_rating(source, tokens[RATING].bytes, tokens[RATING].length,
                                  &parser->events.ratings[at]);
    if (status == REC_OK && source->timed)
        status = take_time(source, &tokens[TIME], &parser->events.times[at]);
    return status;
}

/* A key that had to be undoubled is no place in the source: its line is the block's last, at `line`. */
static rec_status fail_key(const struct rec__source *source, const struct rec__key *key, const char *line)
{
    bool inside = key->bytes >= source->text && key->bytes < source->end;
    return rec__read_fail(source, inside ? key->bytes : line, "%s", rec_last_error());
}

/* Give the block's ids rows. The failure reported is that of the earliest line, and of its user first. */
static rec_status finish_block(struct rec__parser *parser, const struct rec__source *source, int32_t n,
                               const char *last_line)
{
    struct rec__events *events = &parser->events;
    int32_t users, items;
    rec_status user_status =
        rec__read_rows(&parser->users, parser->user_keys, n, events->users + events->count, &users);
    rec_status status =
        rec__read_rows(&parser->items, parser->item_keys, users, events->items + events->count, &items);
    const struct rec__key *bad = &parser->item_keys[items];
    if (status == REC_OK && user_status != REC_OK) {
        status = user_status;
        bad = &parser->user_keys[users];
    }
    if (status == REC_ERR_FORMAT)
        return fail_key(source, bad, last_line);
    events->count += n;
    return status;
}

/* Lines from *p on until the block is full, or one that needed undoubling, or the chunk's end. */
static rec_status read_block(struct rec__parser *parser, const struct rec__source *source,
                             struct rec__chunk *chunk, const char **p)
{
    struct rec__token tokens[COLUMNS];
    int32_t n = 0;
    bool alone = false;
    const char *line = *p;
    rec_status status = REC_OK;
    while (n < REC_READ_BLOCK && *p < chunk->to && !alone && status == REC_OK) {
        line = *p;
        const char *next = !source->wide && chunk->to - line >= REC_SCAN_MARGIN
                               ? scan_line(parser, source, line, chunk->to, n)
                               : NULL;
        if (next == NULL && rec__lex_blank_line(line, chunk->to, p))
            continue;
        if (next == NULL && (status = lex_line(source, chunk, line, tokens, &next)) == REC_OK) {
            status = take_line(parser, source, tokens, n);
            alone = tokens[USER].doubled || tokens[ITEM].doubled;
        }
        n += status == REC_OK;
        *p = next;
    }
    rec_status earlier = finish_block(parser, source, n, line);
    return earlier != REC_OK ? earlier : status;
}

static rec_status parse(struct rec__parser *parser, const struct rec__source *source,
                        struct rec__chunk *chunk)
{
    rec_status status = REC_OK;
    const char *p = chunk->from;
    while (p < chunk->to && status == REC_OK) {
        status = rec__events_reserve(&parser->events, REC_READ_BLOCK, source->rated, source->timed);
        if (status == REC_OK)
            status = read_block(parser, source, chunk, &p);
    }
    return status;
}

static rec_status begin(struct rec__source *source)
{
    int32_t sampled;
    char shown[REC_LEX_SHOWN];
    const char *text = source->text;
    struct rec__dialect *dialect = &source->dialect;
    int32_t same = rec__lex_detect(dialect, text, source->end, true, &sampled);
    if (sampled == 0)
        return rec__read_fail_empty(source);
    while (rec__lex_blank_line(text, source->end, &text))
        ;
    int64_t length = rec__lex_line_end(text, source->end) - text;
    if (same == 0)
        return rec__read_fail(source, text,
                              "%s has no separator; user, item and optionally rating and time were expected, "
                              "separated by comma, tab, semicolon, |, :: or spaces",
                              rec__lex_show(text, length - (text[length - 1] == '\n'), shown));
    source->wide = dialect->columns > COLUMNS;
    if (source->wide && !rec__lex_names_columns(dialect, text, source->end))
        return rec__read_fail(source, text,
                              "the line has %d fields; user, item and optionally rating and time were "
                              "expected, or a first line "
                              "that names further columns",
                              dialect->columns);
    dialect->header = dialect->header || source->wide;
    source->rated = dialect->columns > RATING;
    source->timed = dialect->columns > TIME;
    const char *unclosed;
    if (dialect->header)
        source->text = rec__lex_record_end(dialect, text, source->end, &unclosed);
    return REC_OK;
}

const struct rec__reader rec__reader_csv = {
    .name = "csv", .begin = begin, .parse = parse, .users_from = -1, .items_from = -1};
