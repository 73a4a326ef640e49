/* SPDX-License-Identifier: Apache-2.0 */
/* Features from text: "triples" (id, feature name[, value]) and "dense" (id, value, value, ...). */
#include "base/memory.h"
#include "base/status.h"
#include "store/assemble.h"
#include "store/features.h"
#include "store/read.h"

#include <math.h>

/* A value of a triple, and where it stands in the file. */
struct triple {
    int32_t row, column;
    float value;
    int64_t at;
};

struct reading {
    struct rec__source source;
    struct rec__text unquoted;
    struct rec__id_table ids, names;
    struct triple *triples;
    int64_t n_triples, triple_capacity;
    float *values; /* dense */
    int64_t value_capacity;
};

static rec_status fail_token(const struct reading *r, const struct rec__token *token)
{
    char shown[REC_LEX_SHOWN];
    return rec__read_fail(&r->source, token->bytes - 1,
                          token->flaw == REC_TOKEN_UNCLOSED
                              ? "the quote opened before %s is never closed"
                              : "text follows the closing quote of %s; a separator was expected",
                          rec__lex_show(token->bytes, token->length, shown));
}

/* The next field of the line; `what` names it where it is missing. */
static rec_status take_field(const struct reading *r, const char *what, struct rec__token *token)
{
    if (token->last)
        return rec__read_fail(&r->source, token->bytes + token->length, "the line ends where %s was expected",
                              what);
    const char *p = token->next;
    rec__lex_field(&r->source.dialect, p, r->source.end, token);
    return token->flaw == REC_TOKEN_SOUND ? REC_OK : fail_token(r, token);
}

static rec_status end_line(const struct reading *r, const struct rec__token *token)
{
    if (token->last)
        return REC_OK;
    return rec__read_fail(&r->source, token->next,
                          "the line goes on; %d fields were expected, as in the others",
                          r->source.dialect.columns);
}

static rec_status take_name(struct reading *r, struct rec__id_table *table, const char *what,
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

static rec_status take_value(const struct reading *r, const struct rec__token *token, float *value)
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

static rec_status read_triple(struct reading *r, const char *line, const char **next)
{
    struct rec__token token = {.next = rec__lex_line_start(&r->source.dialect, line, r->source.end)};
    struct triple triple = {.value = 1.0f, .at = line - r->source.mapping.bytes};
    rec_status status = take_field(r, "an id", &token);
    if (status == REC_OK)
        status = take_name(r, &r->ids, "the id", &token, &triple.row);
    if (status == REC_OK)
        status = take_field(r, "the name of a feature", &token);
    if (status == REC_OK)
        status = take_name(r, &r->names, "the name of the feature", &token, &triple.column);
    if (status == REC_OK && r->source.rated && (status = take_field(r, "a value", &token)) == REC_OK)
        status = take_value(r, &token, &triple.value);
    if (status == REC_OK)
        status = end_line(r, &token);
    if (status == REC_OK)
        status = rec__grow((void **)(void *)&r->triples, &r->triple_capacity, r->n_triples + 1,
                           sizeof *r->triples);
    if (status == REC_OK)
        r->triples[r->n_triples++] = triple;
    *next = token.next;
    return status;
}

static rec_status read_dense_line(struct reading *r, const char *line, const char **next)
{
    struct rec__token token = {.next = rec__lex_line_start(&r->source.dialect, line, r->source.end)};
    int64_t width = r->source.dialect.columns - 1, before = r->ids.count;
    char shown[REC_LEX_SHOWN];
    int32_t row;
    rec_status status = take_field(r, "an id", &token);
    if (status == REC_OK)
        status = take_name(r, &r->ids, "the id", &token, &row);
    if (status == REC_OK && row < before)
        status = rec__read_fail(&r->source, token.bytes, "id %s is given a second time",
                                rec__lex_show(token.bytes, token.length, shown));
    if (status == REC_OK)
        status = rec__grow((void **)(void *)&r->values, &r->value_capacity, (before + 1) * width,
                           sizeof *r->values);
    for (int64_t i = 0; status == REC_OK && i < width; i++)
        if ((status = take_field(r, "a value", &token)) == REC_OK)
            status = take_value(r, &token, &r->values[before * width + i]);
    if (status == REC_OK)
        status = end_line(r, &token);
    *next = token.next;
    return status;
}

typedef rec_status (*line_reader)(struct reading *r, const char *line, const char **next);

static rec_status read_lines(struct reading *r, line_reader read_line)
{
    rec_status status = REC_OK;
    const char *p = r->source.text;
    while (status == REC_OK && p < r->source.end)
        if (!rec__lex_blank_line(p, r->source.end, &p))
            status = read_line(r, p, &p);
    if (status == REC_OK && r->ids.count == 0)
        status = rec__fail(REC_ERR_EMPTY, "%s: holds no features; at least one was expected", r->source.path);
    return status;
}

static rec_status make_lists(struct reading *r, rec_ids **ids, rec_ids **names)
{
    rec_status status = rec__id_table_freeze(&r->ids, ids);
    return status == REC_OK && names != NULL ? rec__id_table_freeze(&r->names, names) : status;
}

/* Room to sort the rows in. places go with the pairs, to say where a repeated one stands. */
struct sorting {
    uint64_t *pairs;
    int64_t *places;
    struct rec__sort_scratch scratch;
};

static rec_status allocate_sorting(struct sorting *s, int64_t n)
{
    s->pairs = rec__allocate(n, sizeof *s->pairs);
    s->places = rec__allocate(n, sizeof *s->places);
    s->scratch.pairs = rec__allocate(n, sizeof *s->scratch.pairs);
    s->scratch.times = rec__allocate(n, sizeof *s->scratch.times);
    bool missing =
        s->pairs == NULL || s->places == NULL || s->scratch.pairs == NULL || s->scratch.times == NULL;
    return missing ? REC_ERR_NO_MEMORY : REC_OK;
}

static void release_sorting(struct sorting *s)
{
    rec__release(s->pairs);
    rec__release(s->places);
    rec__release(s->scratch.pairs);
    rec__release(s->scratch.times);
}

/* A counting sort: next[row] ends where the row ends, which is where the one after it starts. */
static void scatter_triples(const struct reading *r, struct sorting *s, const rec_features *features,
                            int64_t *start)
{
    memset(start, 0, ((size_t)features->count + 1) * sizeof *start);
    for (int64_t i = 0; i < r->n_triples; i++)
        start[r->triples[i].row]++;
    int64_t sum = 0;
    for (int32_t row = 0; row <= features->count; row++) {
        int64_t n = start[row];
        start[row] = sum;
        sum += n;
    }
    for (int64_t i = 0; i < r->n_triples; i++) {
        int64_t at = start[r->triples[i].row]++;
        s->pairs[at] = rec__pair_pack(r->triples[i].column, r->triples[i].value);
        s->places[at] = r->triples[i].at;
    }
    memmove(start + 1, start, (size_t)features->count * sizeof *start);
    start[0] = 0;
}

static rec_status sort_row(const struct reading *r, const struct sorting *s, struct rec__sparse *to,
                           int64_t from, int64_t n)
{
    rec__sort_row(s->pairs + from, s->places + from, n, 31, s->scratch);
    for (int64_t i = from; i < from + n; i++) {
        to->columns[i] = rec__pair_item(s->pairs[i]);
        to->values[i] = rec__pair_rating(s->pairs[i]);
        if (i > from && to->columns[i] == to->columns[i - 1])
            return rec__read_fail(&r->source, r->source.mapping.bytes + s->places[i],
                                  "this id has this feature already; once was expected");
    }
    return REC_OK;
}

static rec_status fill_sparse(const struct reading *r, rec_features *features)
{
    struct sorting s = {0};
    struct rec__sparse sparse = {0};
    rec_status status = allocate_sorting(&s, r->n_triples);
    if (status == REC_OK)
        status = rec__features_starts(features, &sparse);
    if (status == REC_OK) {
        scatter_triples(r, &s, features, sparse.row_start);
        status = rec__features_entries(features, &sparse);
    }
    for (int32_t row = 0; status == REC_OK && row < features->count; row++)
        status = sort_row(r, &s, &sparse, sparse.row_start[row],
                          sparse.row_start[row + 1] - sparse.row_start[row]);
    release_sorting(&s);
    return status;
}

static void keep_dense(struct reading *r, rec_features *features)
{
    features->blocks[0] = r->values;
    features->dense = r->values;
    r->values = NULL;
}

static rec_status make_features(struct reading *r, bool dense, rec_features **out)
{
    rec_ids *ids = NULL, *names = NULL;
    bool named = !dense || r->names.count > 0;
    rec_status status = make_lists(r, &ids, named ? &names : NULL);
    rec_features *features = NULL;
    int32_t width = dense ? r->source.dialect.columns - 1 : names != NULL ? names->count : 0;
    if (status == REC_OK && (features = rec__features_create(ids, names, width)) == NULL)
        status = REC_ERR_NO_MEMORY;
    if (status == REC_OK && dense)
        keep_dense(r, features);
    else if (status == REC_OK)
        status = fill_sparse(r, features);
    rec_ids_free(ids);
    rec_ids_free(names);
    if (status != REC_OK) {
        rec_features_free(features);
        return status;
    }
    *out = features;
    return REC_OK;
}

/* What the fields after the first of the first line are. */
struct first_line {
    int32_t fields, numbers;
};

static struct first_line look_at_first_line(const struct reading *r)
{
    struct first_line seen = {0};
    double number;
    const char *p = r->source.text;
    while (p < r->source.end && rec__lex_blank_line(p, r->source.end, &p))
        ;
    struct rec__token token = {.next = rec__lex_line_start(&r->source.dialect, p, r->source.end)};
    for (bool first = true; p < r->source.end && !token.last; first = false) {
        rec__lex_field(&r->source.dialect, token.next, r->source.end, &token);
        seen.fields += !first;
        seen.numbers += !first && rec__lex_number(token.bytes, token.length, &number);
    }
    return seen;
}

/* The first line of a dense file names the columns when none of its fields after the first is a number. */
static rec_status take_column_names(struct reading *r)
{
    struct first_line seen = look_at_first_line(r);
    if (seen.fields != r->source.dialect.columns - 1 || seen.numbers > 0)
        return REC_OK;
    const char *p = r->source.text;
    while (rec__lex_blank_line(p, r->source.end, &p))
        ;
    struct rec__token token = {.next = rec__lex_line_start(&r->source.dialect, p, r->source.end)};
    rec_status status = take_field(r, "an id", &token);
    for (int32_t i = 0, row; status == REC_OK && i < seen.fields; i++) {
        status = take_field(r, "the name of a feature", &token);
        if (status == REC_OK)
            status = take_name(r, &r->names, "the name of the feature", &token, &row);
        if (status == REC_OK && row != i)
            status = rec__read_fail(&r->source, token.bytes, "this name is that of column %d too", row + 2);
    }
    r->source.text = token.next;
    return status;
}

static rec_status read_dense(struct reading *r, rec_features **out)
{
    rec_status status = take_column_names(r);
    if (status == REC_OK)
        status = read_lines(r, read_dense_line);
    return status == REC_OK ? make_features(r, true, out) : status;
}

static rec_status read_triples(struct reading *r, rec_features **out)
{
    int32_t columns = r->source.dialect.columns;
    if (columns > 3)
        return rec__read_fail(
            &r->source, r->source.text,
            "the line has %d fields; id, name of a feature and optionally value were expected", columns);
    r->source.rated = columns == 3;
    const char *unclosed;
    if (r->source.dialect.header)
        r->source.text = rec__lex_record_end(&r->source.dialect, r->source.text, r->source.end, &unclosed);
    rec_status status = read_lines(r, read_triple);
    return status == REC_OK ? make_features(r, false, out) : status;
}

/* Ids have spaces in them more often than files are separated by spaces, so these are tried last. */
static rec_status find_dialect(struct reading *r)
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

static rec_status begin(struct reading *r)
{
    struct rec__source *source = &r->source;
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
    return find_dialect(r);
}

static bool is_dense(const struct reading *r, const char *format)
{
    if (format != NULL)
        return strcmp(format, "dense") == 0;
    struct first_line seen = look_at_first_line(r);
    return seen.fields >= 2 && seen.numbers == seen.fields;
}

static void clear_reading(struct reading *r)
{
    rec__unmap_file(&r->source.mapping);
    rec__text_clear(&r->unquoted);
    rec__id_table_clear(&r->ids);
    rec__id_table_clear(&r->names);
    rec__release(r->triples);
    rec__release(r->values);
}

static rec_status check_arguments(rec_features **out, const char *path, const char *format)
{
    char shown[REC_LEX_SHOWN];
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (path == NULL)
        return rec__fail_null("path");
    if (format != NULL && strcmp(format, "triples") != 0 && strcmp(format, "dense") != 0)
        return rec__fail(REC_ERR_INVALID, "format %s is unknown; triples or dense was expected",
                         rec__lex_show(format, (int64_t)strlen(format), shown));
    return REC_OK;
}

rec_status rec_features_read(rec_features **out, const char *path, const char *format)
{
    rec_status status = check_arguments(out, path, format);
    if (status != REC_OK)
        return status;
    if (rec__container_probe(path))
        return rec_features_open(out, path);
    struct reading r = {
        .source = {.path = path}, .ids = {.kind = REC_IDS_TEXT}, .names = {.kind = REC_IDS_TEXT}};
    status = begin(&r);
    if (status == REC_OK)
        status = is_dense(&r, format) ? read_dense(&r, out) : read_triples(&r, out);
    clear_reading(&r);
    return status;
}
