/* SPDX-License-Identifier: Apache-2.0 */
/* Reading features from text: the file and its fields. */
#include "store/features_read.h"
#include "base/memory.h"
#include "base/status.h"

#include <math.h>

/* Ids have spaces in them more often than files are separated by spaces, so these are tried last. */
rec_status rec__feature_find_dialect(struct rec__feature_reading *r)
{
    int32_t sampled;
    struct rec__source *source = &r->source;
    int32_t same = rec__lex_detect(&source->dialect, source->text, source->end, false, &sampled);
    if (same == 0)
        same = rec__lex_detect(&source->dialect, source->text, source->end, true, &sampled);
    if (sampled > 0 && same == 0)
        return rec__read_fail(
            source, source->text,
            "the line has no separator; comma, tab, semicolon, |, :: or spaces were expected");
    return REC_OK;
}

rec_status rec__feature_reading_begin(struct rec__feature_reading *r, const char *path)
{
    struct rec__source *source = &r->source;
    *r = (struct rec__feature_reading){
        .source = {.path = path}, .ids = {.kind = REC_IDS_TEXT}, .names = {.kind = REC_IDS_TEXT}};
    rec_status status = rec__map_file(source->path, &source->mapping);
    if (status != REC_OK)
        return status;
    if (source->mapping.length == 0)
        return rec__fail(REC_ERR_EMPTY, "%s: is empty; features were expected", source->path);
    source->text = source->mapping.bytes;
    source->end = source->text + source->mapping.length;
    if (source->mapping.length >= 3 && memcmp(source->text, "\xEF\xBB\xBF", 3) == 0)
        source->text += 3;
    const char *nul = memchr(source->text, '\0', (size_t)(source->end - source->text));
    if (nul != NULL)
        return rec__read_fail(source, nul, "a NUL byte; text was expected");
    return REC_OK;
}

void rec__feature_reading_clear(struct rec__feature_reading *r)
{
    rec__unmap_file(&r->source.mapping);
    rec__text_clear(&r->unquoted);
    rec__id_table_clear(&r->ids);
    rec__id_table_clear(&r->names);
    rec__release(r->triples);
    rec__release(r->values);
}

struct rec__token rec__feature_line(const struct rec__feature_reading *r, const char *line)
{
    return (struct rec__token){.next = rec__lex_line_start(&r->source.dialect, line, r->source.end)};
}

static rec_status fail_token(const struct rec__feature_reading *r, const struct rec__token *token)
{
    char shown[REC_LEX_SHOWN];
    return rec__read_fail(&r->source, token->bytes - 1,
                          token->flaw == REC_TOKEN_UNCLOSED
                              ? "the quote opened before %s is never closed"
                              : "text follows the closing quote of %s; a separator was expected",
                          rec__lex_show(token->bytes, token->length, shown));
}

rec_status rec__feature_field(const struct rec__feature_reading *r, const char *what,
                              struct rec__token *token)
{
    if (token->last)
        return rec__read_fail(&r->source, token->bytes + token->length, "the line ends where %s was expected",
                              what);
    const char *p = token->next;
    rec__lex_field(&r->source.dialect, p, r->source.end, token);
    return token->flaw == REC_TOKEN_SOUND ? REC_OK : fail_token(r, token);
}

rec_status rec__feature_line_end(const struct rec__feature_reading *r, const struct rec__token *token)
{
    if (token->last)
        return REC_OK;
    return rec__read_fail(&r->source, token->next,
                          "the line goes on; %d fields were expected, as in the others",
                          r->source.dialect.columns);
}

rec_status rec__feature_name(struct rec__feature_reading *r, struct rec__id_table *table, const char *what,
                             const struct rec__token *token, int32_t *row)
{
    if (token->length == 0)
        return rec__read_fail(&r->source, token->bytes, "%s is empty", what);
    if (!token->doubled)
        return rec__id_table_add_text(table, token->bytes, token->length, row);
    r->unquoted.length = 0;
    rec__text_add(&r->unquoted, token->bytes, token->length);
    if (r->unquoted.status != REC_OK)
        return r->unquoted.status;
    return rec__id_table_add_text(table, r->unquoted.bytes, rec__lex_undouble(token, r->unquoted.bytes), row);
}

rec_status rec__feature_value(const struct rec__feature_reading *r, const struct rec__token *token,
                              float *value)
{
    char shown[REC_LEX_SHOWN];
    double number;
    if (!rec__lex_number(token->bytes, token->length, &number))
        return rec__read_fail(&r->source, token->bytes, "value %s is not a number",
                              rec__lex_show(token->bytes, token->length, shown));
    *value = (float)number;
    if (!isfinite(*value))
        return rec__read_fail(&r->source, token->bytes, "value %s is not a finite float",
                              rec__lex_show(token->bytes, token->length, shown));
    return REC_OK;
}

const char *rec__feature_start(const struct rec__feature_reading *r)
{
    const char *p = r->source.text;
    while (p < r->source.end && rec__lex_blank_line(p, r->source.end, &p))
        ;
    return p;
}

struct rec__first_line rec__feature_first_line(const struct rec__feature_reading *r)
{
    struct rec__first_line seen = {0};
    double number;
    const char *p = rec__feature_start(r);
    struct rec__token token = rec__feature_line(r, p);
    for (bool first = true; p < r->source.end && !token.last; first = false) {
        rec__lex_field(&r->source.dialect, token.next, r->source.end, &token);
        seen.fields += !first;
        seen.numbers += !first && rec__lex_number(token.bytes, token.length, &number);
    }
    return seen;
}
