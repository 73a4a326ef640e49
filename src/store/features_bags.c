/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "bags": sparse features that were counted elsewhere, one line a row: `n column:value column:value ...`, n pairs of them (LDA-C's form). The
 * id of a row is its line's number, from 0; columns have no names.
 */
#include "base/memory.h"
#include "base/status.h"
#include "store/features_read.h"

#include <stdio.h>

/* The word at p: blanks before it passed; end of the line gives one of no bytes. */
static struct rec__token next_word(const struct rec__feature_reading *r, const char *p)
{
    const char *end = r->source.end;
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++;
    const char *stop = rec__lex_word_end(p, end);
    return (struct rec__token){.bytes = p, .length = stop - p, .next = stop};
}

static rec_status fail_word(const struct rec__feature_reading *r, const struct rec__token *word,
                            const char *expected)
{
    char shown[REC_LEX_SHOWN];
    return rec__read_fail(&r->source, word->bytes, "%s; %s was expected",
                          rec__lex_show(word->bytes, word->length, shown), expected);
}

static rec_status read_pair(struct rec__feature_reading *r, const struct rec__token *word, int32_t row)
{
    const char *colon = word->length == 0 ? NULL : memchr(word->bytes, ':', (size_t)word->length);
    int64_t column = 0;
    if (colon == NULL || !rec__lex_integer(word->bytes, colon - word->bytes, &column) || column < 0 ||
        column >= INT32_MAX)
        return fail_word(r, word, "column:value, the column a whole number from 0");
    struct rec__token value = {.bytes = colon + 1, .length = word->bytes + word->length - colon - 1};
    struct rec__triple triple = {
        .row = row, .column = (int32_t)column, .at = word->bytes - r->source.mapping.bytes};
    rec_status status = rec__feature_value(r, &value, &triple.value);
    if (status == REC_OK)
        status = rec__grow((void **)(void *)&r->triples, &r->triple_capacity, r->n_triples + 1,
                           sizeof *r->triples);
    if (status != REC_OK)
        return status;
    r->triples[r->n_triples++] = triple;
    r->width = column >= r->width ? (int32_t)column + 1 : r->width;
    return REC_OK;
}

rec_status rec__feature_read_bag(struct rec__feature_reading *r, const char *line, const char **next)
{
    char id[16];
    int32_t row;
    int64_t n = 0;
    int length = snprintf(id, sizeof id, "%d", r->ids.count);
    rec_status status = rec__id_table_add_text(&r->ids, id, length, &row);
    struct rec__token word = next_word(r, line);
    bool blank = word.length == 0 && rec__lex_blank_line(line, r->source.end, next);
    if (status != REC_OK || blank)
        return status;
    if (!rec__lex_integer(word.bytes, word.length, &n) || n < 0)
        status = fail_word(r, &word, "the number of pairs of the line");
    for (int64_t i = 0; status == REC_OK && i < n; i++) {
        word = next_word(r, word.next);
        status = read_pair(r, &word, row);
    }
    word = next_word(r, word.next);
    if (status == REC_OK && word.length > 0)
        status = fail_word(r, &word, "the end of the line, after as many pairs as it says");
    *next = rec__lex_line_end(word.next, r->source.end);
    return status;
}

bool rec__feature_is_bag(const struct rec__feature_reading *r)
{
    int64_t n;
    const char *p = rec__feature_start(r);
    struct rec__token count = next_word(r, p), pair = next_word(r, count.next);
    const char *colon = pair.length == 0 ? NULL : memchr(pair.bytes, ':', (size_t)pair.length);
    return colon != NULL && rec__lex_integer(count.bytes, count.length, &n) &&
           rec__lex_integer(pair.bytes, colon - pair.bytes, &n);
}
