/* SPDX-License-Identifier: Apache-2.0 */
/* Features from text: "triples" (id, feature name[, value]) and "dense" (id, value, value, ...); "bags" are in features_bags.c. */
#include "store/features_read.h"
#include "base/memory.h"
#include "base/status.h"
#include "store/features_numbers.h"

static rec_status read_triple(struct rec__feature_reading *r, const char *line, const char **next)
{
    struct rec__token token = rec__feature_line(r, line);
    struct rec__triple triple = {.value = 1.0f, .at = line - r->source.mapping.bytes};
    rec_status status = rec__feature_field(r, "an id", &token);
    if (status == REC_OK)
        status = rec__feature_name(r, &r->ids, "the id", &token, &triple.row);
    if (status == REC_OK)
        status = rec__feature_field(r, "the name of a feature", &token);
    if (status == REC_OK)
        status = rec__feature_name(r, &r->names, "the name of the feature", &token, &triple.column);
    if (status == REC_OK && r->source.rated && (status = rec__feature_field(r, "a value", &token)) == REC_OK)
        status = rec__feature_value(r, &token, &triple.value);
    if (status == REC_OK)
        status = rec__feature_line_end(r, &token);
    if (status == REC_OK)
        status = rec__grow((void **)(void *)&r->triples, &r->triple_capacity, r->n_triples + 1,
                           sizeof *r->triples);
    if (status == REC_OK)
        r->triples[r->n_triples++] = triple;
    *next = token.next;
    return status;
}

static rec_status read_dense_line(struct rec__feature_reading *r, const char *line, const char **next)
{
    struct rec__token token = rec__feature_line(r, line);
    int64_t width = r->source.dialect.columns - 1, before = r->ids.count;
    char shown[REC_LEX_SHOWN];
    int32_t row;
    rec_status status = rec__feature_field(r, "an id", &token);
    if (status == REC_OK)
        status = rec__feature_name(r, &r->ids, "the id", &token, &row);
    if (status == REC_OK && row < before)
        status = rec__read_fail(&r->source, token.bytes, "id %s is given a second time",
                                rec__lex_show(token.bytes, token.length, shown));
    if (status == REC_OK)
        status = rec__grow((void **)(void *)&r->values, &r->value_capacity, (before + 1) * width,
                           sizeof *r->values);
    for (int64_t i = 0; status == REC_OK && i < width; i++)
        if ((status = rec__feature_field(r, "a value", &token)) == REC_OK)
            status = rec__feature_value(r, &token, &r->values[before * width + i]);
    if (status == REC_OK)
        status = rec__feature_line_end(r, &token);
    *next = token.next;
    return status;
}

typedef rec_status (*line_reader)(struct rec__feature_reading *r, const char *line, const char **next);

static rec_status read_lines(struct rec__feature_reading *r, line_reader read_line)
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

static rec_status make_lists(struct rec__feature_reading *r, rec_ids **ids, rec_ids **names)
{
    rec_status status = rec__id_table_freeze(&r->ids, ids);
    return status == REC_OK && names != NULL ? rec__id_table_freeze(&r->names, names) : status;
}

/* A counting sort: once a row is written, its offset is where the next one starts. */
static void scatter_triples(const struct rec__feature_reading *r, int32_t rows, int64_t *places,
                            struct rec__sparse *to)
{
    int64_t *start = to->row_start;
    for (int64_t i = 0; i < r->n_triples; i++) {
        const struct rec__triple *triple = &r->triples[i];
        int64_t at = start[triple->row]++;
        to->columns[at] = triple->column;
        to->values[at] = triple->value;
        places[at] = triple->at;
    }
    memmove(start + 1, start, (size_t)rows * sizeof *start);
    start[0] = 0;
}

static void count_triples(const struct rec__feature_reading *r, int32_t rows, int64_t *start)
{
    int64_t sum = 0;
    memset(start, 0, ((size_t)rows + 1) * sizeof *start);
    for (int64_t i = 0; i < r->n_triples; i++)
        start[r->triples[i].row]++;
    for (int32_t row = 0; row <= rows; row++) {
        int64_t n = start[row];
        start[row] = sum;
        sum += n;
    }
}

static rec_status sort_triples(const struct rec__feature_reading *r, const rec_features *features,
                               struct rec__sparse *sparse)
{
    int64_t repeated, *places = rec__allocate(r->n_triples, sizeof *places);
    if (places == NULL)
        return REC_ERR_NO_MEMORY;
    scatter_triples(r, features->count, places, sparse);
    rec_status status = rec__features_sort(features, sparse, places, &repeated);
    if (status == REC_OK && repeated >= 0)
        status = rec__read_fail(&r->source, r->source.mapping.bytes + places[repeated],
                                "this id has this feature already; once was expected");
    rec__release(places);
    return status;
}

static rec_status fill_sparse(const struct rec__feature_reading *r, rec_features *features)
{
    struct rec__sparse sparse;
    if (rec__features_starts(features, &sparse) != REC_OK)
        return REC_ERR_NO_MEMORY;
    count_triples(r, features->count, sparse.row_start);
    if (rec__features_entries(features, &sparse) != REC_OK)
        return REC_ERR_NO_MEMORY;
    return sort_triples(r, features, &sparse);
}

static void keep_dense(struct rec__feature_reading *r, rec_features *features)
{
    features->blocks[0] = r->values;
    features->dense = r->values;
    r->values = NULL;
}

static rec_status make_features(struct rec__feature_reading *r, bool dense, rec_features **out)
{
    rec_ids *ids = NULL, *names = NULL;
    bool named = r->names.count > 0;
    rec_status status = make_lists(r, &ids, named ? &names : NULL);
    rec_features *features = NULL;
    int32_t width = dense ? r->source.dialect.columns - 1 : names != NULL ? names->count : r->width;
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

/* The first line of a dense file names the columns when none of its fields after the first is a number. */
static rec_status take_column_names(struct rec__feature_reading *r)
{
    struct rec__first_line seen = rec__feature_first_line(r);
    if (seen.fields != r->source.dialect.columns - 1 || seen.numbers > 0)
        return REC_OK;
    const char *p = rec__feature_start(r);
    struct rec__token token = rec__feature_line(r, p);
    rec_status status = rec__feature_field(r, "an id", &token);
    for (int32_t i = 0, row; status == REC_OK && i < seen.fields; i++) {
        status = rec__feature_field(r, "the name of a feature", &token);
        if (status == REC_OK)
            status = rec__feature_name(r, &r->names, "the name of the feature", &token, &row);
        if (status == REC_OK && row != i)
            status = rec__read_fail(&r->source, token.bytes, "this name is that of column %d too", row + 2);
    }
    r->source.text = token.next;
    return status;
}

static rec_status read_dense(struct rec__feature_reading *r, rec_features **out)
{
    rec_status status = take_column_names(r);
    if (status == REC_OK)
        status = read_lines(r, read_dense_line);
    return status == REC_OK ? make_features(r, true, out) : status;
}

static rec_status read_triples(struct rec__feature_reading *r, rec_features **out)
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

/* An empty line is a row without features. */
static rec_status read_bags(struct rec__feature_reading *r, rec_features **out)
{
    rec_status status = REC_OK;
    for (const char *p = r->source.text; status == REC_OK && p < r->source.end;)
        status = rec__feature_read_bag(r, p, &p);
    if (status == REC_OK && r->width == 0)
        status = rec__fail(REC_ERR_EMPTY, "%s: holds no features; at least one was expected", r->source.path);
    return status == REC_OK ? make_features(r, false, out) : status;
}

static bool is_dense(const struct rec__feature_reading *r)
{
    struct rec__first_line seen = rec__feature_first_line(r);
    return seen.fields >= 2 && seen.numbers == seen.fields;
}

static bool is_vectors(const struct rec__feature_reading *r)
{
    const char *line = rec__feature_start(r), *end = rec__lex_line_end(line, r->source.end);
    const char *first = rec__lex_word_end(line, end), *second = first;
    int64_t n;
    while (second < end && *second == ' ')
        second++;
    const char *last = rec__lex_word_end(second, end), *after;
    return second < last && rec__lex_integer(line, first - line, &n) &&
           rec__lex_integer(second, last - second, &n) && rec__lex_blank_line(last, end, &after);
}

rec_status rec__features_read_text(rec_features **out, const char *path, enum rec__feature_format format)
{
    struct rec__feature_reading r;
    rec_status status = rec__feature_reading_begin(&r, path);
    if (status == REC_OK && format == REC_FEATURES_GUESSED)
        format = is_vectors(&r)            ? REC_FEATURES_VECTORS
                 : rec__feature_is_bag(&r) ? REC_FEATURES_BAGS
                                           : REC_FEATURES_GUESSED;
    if (status == REC_OK && format == REC_FEATURES_BAGS)
        status = read_bags(&r, out);
    else if (status == REC_OK && format != REC_FEATURES_VECTORS &&
             (status = rec__feature_find_dialect(&r)) == REC_OK)
        status = format == REC_FEATURES_DENSE || (format == REC_FEATURES_GUESSED && is_dense(&r))
                     ? read_dense(&r, out)
                     : read_triples(&r, out);
    rec__feature_reading_clear(&r);
    return status == REC_OK && format == REC_FEATURES_VECTORS ? rec__features_read_vectors(out, path)
                                                              : status;
}
