/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Word vectors as text, as word2vec, GloVe and fastText write them: perhaps a first line "COUNT DIMENSIONS", then lines of a word and its numbers,
 * with blanks between. Numbers are taken from the end of a line, as some words of GloVe have blanks in them.
 */
#include "base/memory.h"
#include "base/status.h"
#include "store/features_numbers.h"
#include "store/features_read.h"

/* The field that ends at `end`, and where what is before it ends. */
static const char *last_field(const char *line, const char *end, const char **before)
{
    const char *p = end;
    while (p > line && p[-1] != ' ' && p[-1] != '\t')
        p--;
    *before = p;
    while (*before > line && ((*before)[-1] == ' ' || (*before)[-1] == '\t'))
        (*before)--;
    return p;
}

static const char *trimmed_end(const char *line, const char *end)
{
    while (end > line && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r' || end[-1] == '\n'))
        end--;
    return end;
}

/* The numbers at the end of a line. */
static int64_t count_numbers(const char *line, const char *end)
{
    int64_t n = 0;
    double value;
    while (end > line) {
        const char *before, *field = last_field(line, end, &before);
        if (!rec__lex_number(field, end - field, &value) || before == line)
            return n;
        n++;
        end = before;
    }
    return n;
}

static rec_status read_line(struct rec__feature_reading *r, const char *line, const char *end)
{
    int64_t width = r->width, rows = r->ids.count;
    char shown[REC_LEX_SHOWN];
    int32_t row;
    rec_status status =
        rec__grow((void **)(void *)&r->values, &r->value_capacity, (rows + 1) * width, sizeof *r->values);
    for (int64_t c = width - 1; status == REC_OK && c >= 0; c--) {
        const char *before, *field = last_field(line, end, &before);
        struct rec__token token = {.bytes = field, .length = end - field};
        if (before == line)
            return rec__read_fail(&r->source, line, "the line has fewer than %lld numbers after a word",
                                  (long long)width);
        status = rec__feature_value(r, &token, &r->values[rows * width + c]);
        end = before;
    }
    if (status == REC_OK)
        status = rec__id_table_add_text(&r->ids, line, end - line, &row);
    if (status == REC_OK && row < rows)
        status = rec__read_fail(&r->source, line, "word %s is given a second time",
                                rec__lex_show(line, end - line, shown));
    return status;
}

/* "COUNT DIMENSIONS" or a line like the others. count fills: -1 when the file does not say. Returns what is after it. */
static const char *read_head(struct rec__feature_reading *r, int64_t *count)
{
    const char *line = rec__feature_start(r), *next = rec__lex_line_end(line, r->source.end);
    const char *end = trimmed_end(line, next), *before, *field = last_field(line, end, &before);
    int64_t width = 0;
    *count = -1;
    bool two = before > line && memchr(line, ' ', (size_t)(before - line)) == NULL;
    if (two && rec__lex_integer(field, end - field, &width) && rec__lex_integer(line, before - line, count) &&
        width > 0 && width < INT32_MAX && *count >= 0) {
        r->width = (int32_t)width;
        return next;
    }
    *count = -1;
    width = count_numbers(line, end);
    r->width = width < INT32_MAX ? (int32_t)width : 0;
    return line;
}

static rec_status read_all(struct rec__feature_reading *r)
{
    int64_t count;
    const char *p = read_head(r, &count);
    rec_status status = REC_OK;
    if (r->width < 1)
        return rec__read_fail(&r->source, p, "a word and its numbers were expected");
    while (status == REC_OK && p < r->source.end) {
        const char *next = rec__lex_line_end(p, r->source.end), *end = trimmed_end(p, next);
        if (end > p)
            status = read_line(r, p, end);
        p = next;
    }
    if (status == REC_OK && count >= 0 && r->ids.count != count)
        status = rec__fail(REC_ERR_FORMAT, "%s: has %d words; its first line says %lld", r->source.path,
                           r->ids.count, (long long)count);
    return status;
}

rec_status rec__features_read_vectors(rec_features **out, const char *path)
{
    struct rec__feature_reading r;
    rec_ids *ids = NULL;
    rec_status status = rec__feature_reading_begin(&r, path);
    if (status == REC_OK)
        status = read_all(&r);
    int32_t n = r.ids.count;
    if (status == REC_OK && n == 0)
        status = rec__fail(REC_ERR_EMPTY, "%s: holds no vectors; at least one was expected", path);
    if (status == REC_OK)
        status = rec__id_table_freeze(&r.ids, &ids);
    if (status == REC_OK)
        status = rec_features_from_dense(out, ids, NULL, n, r.width, r.values);
    rec_ids_free(ids);
    rec__feature_reading_clear(&r);
    return status;
}
