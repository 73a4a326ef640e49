/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts from csv files whose first line names the columns. */
#include "base/memory.h"
#include "base/status.h"
#include "store/contexts.h"
#include "store/features_read.h"

#include <string.h>

enum { USER, ITEM, IDS };

struct reading {
    struct rec__feature_reading file;
    struct rec__context_making *making;
    struct rec__text text; /* the fields of a line, each with a NUL behind it */
    int32_t *fields;       /* of each column: its field, or -1 */
    int32_t width;
};

/* A field's bytes without doubled quotes, added to the text of the line. */
static rec_status keep(struct reading *r, const struct rec__token *token)
{
    int64_t from = r->text.length;
    rec__text_add(&r->text, token->bytes, token->length);
    if (r->text.status == REC_OK && token->doubled)
        r->text.length = from + rec__lex_undouble(token, r->text.bytes + from);
    rec__text_add(&r->text, "", 1);
    return r->text.status;
}

static rec_status fail_missing(const struct reading *r, int32_t field, const char *line, const char *end)
{
    char shown[REC_LEX_SHOWN];
    int64_t length = 0;
    const char *name = rec__ids_bytes(r->making->made->fields, field, &length);
    while (end > line && (end[-1] == '\n' || end[-1] == '\r'))
        end--;
    return rec__fail(REC_ERR_NOT_FOUND,
                     "%s: no column after the first two is called \"%.*s\"; the first line is %s",
                     r->file.source.path, (int)length, name, rec__lex_show(line, end - line, shown));
}

/* The names of the file's first line: which column is which field. */
static rec_status take_header(struct reading *r)
{
    const rec_ids *fields = r->making->made->fields;
    const char *line = rec__feature_start(&r->file), *next = line;
    bool found[REC_CONTEXT_FIELDS_MOST] = {false};
    r->width = (int32_t)rec__lex_count(&r->file.source.dialect, line, r->file.source.end, &next);
    r->fields = rec__allocate((int64_t)r->width + 1, sizeof *r->fields);
    struct rec__token token = rec__feature_line(&r->file, line);
    rec_status status = r->fields == NULL ? REC_ERR_NO_MEMORY : REC_OK;
    for (int32_t column = 0; status == REC_OK && column < r->width; column++) {
        status = rec__feature_field(&r->file, "the name of a column", &token);
        r->text.length = 0;
        if (status == REC_OK)
            status = keep(r, &token);
        if (status != REC_OK)
            break;
        int32_t field = column < IDS ? -1 : rec__ids_row(fields, r->text.bytes, r->text.length - 1);
        r->fields[column] = field >= 0 && !found[field] ? field : -1;
        if (field >= 0)
            found[field] = true;
    }
    for (int32_t k = 0; status == REC_OK && k < r->making->made->n_fields; k++)
        if (!found[k])
            status = fail_missing(r, k, line, next);
    r->file.source.text = next;
    return status;
}

/* The fields of a line that matter, in the text: where each begins, -1 where none does. */
static rec_status lex_line(struct reading *r, const char *line, int64_t *ids, int64_t *values,
                           const char **next)
{
    struct rec__token token = rec__feature_line(&r->file, line);
    rec_status status = REC_OK;
    r->text.length = 0;
    for (int32_t column = 0; status == REC_OK && column < r->width; column++) {
        int64_t from = r->text.length;
        status = rec__feature_field(&r->file, "another column", &token);
        if (status != REC_OK)
            return status;
        if (column < IDS && token.length == 0)
            return rec__read_fail(&r->file.source, token.bytes, "the %s id is empty",
                                  column == USER ? "user" : "item");
        if (column < IDS)
            ids[column] = from;
        else if (r->fields[column] >= 0)
            values[r->fields[column]] = from;
        if (column < IDS || r->fields[column] >= 0)
            status = keep(r, &token);
    }
    *next = token.next;
    return status == REC_OK ? rec__feature_line_end(&r->file, &token) : status;
}

static rec_status read_line(struct reading *r, const char *line, const char **next)
{
    struct rec__context_value values[REC_CONTEXT_FIELDS_MOST];
    int64_t ids[IDS], places[REC_CONTEXT_FIELDS_MOST];
    int32_t number = 0;
    rec_status status = lex_line(r, line, ids, places, next);
    for (int32_t k = 0; status == REC_OK && k < r->making->made->n_fields; k++) {
        const char *bytes = r->text.bytes + places[k];
        values[k] = (struct rec__context_value){bytes, (int64_t)strlen(bytes)};
    }
    if (status == REC_OK)
        status = rec__contexts_number(r->making, values, &number);
    if (status == REC_OK)
        status = rec_ratings_builder_add(r->making->events, r->text.bytes + ids[USER],
                                         r->text.bytes + ids[ITEM], (float)number, REC_NO_TIME);
    return status;
}

static rec_status read_file(struct rec__context_making *making, const char *path)
{
    struct reading r = {.making = making};
    rec_status status = path == NULL ? rec__fail_null("paths[]") : rec__feature_reading_begin(&r.file, path);
    if (status == REC_OK)
        status = rec__feature_find_dialect(&r.file);
    if (status == REC_OK)
        status = take_header(&r);
    const char *p = r.file.source.text;
    while (status == REC_OK && p < r.file.source.end)
        if (!rec__lex_blank_line(p, r.file.source.end, &p))
            status = read_line(&r, p, &p);
    rec__release(r.fields);
    rec__text_clear(&r.text);
    if (path != NULL)
        rec__feature_reading_clear(&r.file);
    return status;
}

rec_status rec_contexts_read(rec_contexts **out, const char *const *paths, int32_t n_paths,
                             const char *fields)
{
    struct rec__context_making making;
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (paths == NULL || fields == NULL)
        return rec__fail_null(paths == NULL ? "paths" : "fields");
    if (n_paths < 1)
        return rec__fail(REC_ERR_INVALID, "n_paths is %d; at least 1 was expected", n_paths);
    rec_status status = rec__contexts_begin(&making, fields);
    for (int32_t i = 0; status == REC_OK && i < n_paths; i++)
        status = read_file(&making, paths[i]);
    if (status == REC_OK)
        status = rec__contexts_finish(&making, out);
    if (status == REC_ERR_EMPTY)
        status = rec__fail(REC_ERR_EMPTY, "%s: holds no contexts; at least one line was expected", paths[0]);
    rec__contexts_clear(&making);
    return status;
}
