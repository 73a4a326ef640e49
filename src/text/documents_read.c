/* SPDX-License-Identifier: Apache-2.0 */
/* Documents from a file: the first field of a record is the id, others are text. */
#include "base/memory.h"
#include "base/status.h"
#include "store/features_read.h"
#include "text/documents.h"

#include <string.h>

struct reading {
    struct rec__feature_reading file;
    const char *columns; /* names, or NULL: all but the first */
    bool *wanted;        /* by column, when there are names */
    int32_t width;
    struct rec__text bytes;
    int64_t *offsets;
    int64_t offset_room;
};

/* The bytes of a field, without doubled quotes: a view until the next call. */
static const char *plain(struct reading *r, const struct rec__token *token, int64_t *length)
{
    struct rec__text *room = &r->file.unquoted;
    *length = token->length;
    if (!token->doubled)
        return token->bytes;
    room->length = 0;
    rec__text_add(room, token->bytes, token->length);
    if (room->status == REC_OK)
        *length = rec__lex_undouble(token, room->bytes);
    return room->bytes;
}

/* "id", "ids", "item", "item_id", "itemId", ...: a column's name, and no id itself. */
static bool names_ids(const char *bytes, int64_t length)
{
    static const char *const ends[] = {"id", "ids", "item", "items", "user", "users"};
    char word[8];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        int64_t n = (int64_t)strlen(ends[i]);
        for (int64_t k = 0; k < n && n <= length; k++)
            word[k] = (char)(bytes[length - n + k] | 32);
        if (n > length || memcmp(word, ends[i], (size_t)n) != 0)
            continue;
        if (n == length || bytes[length - n - 1] == '_' || bytes[length - n - 1] == ' ' ||
            bytes[length - n] == 'I')
            return true;
    }
    return false;
}

/* Whether `name` is one of the names in a list with commas. */
static bool is_listed(const char *list, const char *name, int64_t length)
{
    for (const char *p = list;; p++) {
        size_t width = strcspn(p, ",");
        if ((int64_t)width == length && memcmp(p, name, width) == 0)
            return true;
        p += width;
        if (*p == '\0')
            return false;
    }
}

/* The names of the file's first line: which are wanted. found fills: how many. */
static rec_status match_columns(struct reading *r, int32_t *found)
{
    const char *p = rec__feature_start(&r->file);
    struct rec__token token = rec__feature_line(&r->file, p);
    for (int32_t column = 0; !token.last; column++) {
        int64_t length;
        rec_status status = rec__feature_field(&r->file, "the name of a column", &token);
        if (status != REC_OK)
            return status;
        const char *name = plain(r, &token, &length);
        if (column >= r->width || column == 0)
            continue;
        r->wanted[column] = is_listed(r->columns, name, length);
        *found += r->wanted[column];
    }
    r->file.source.text = token.next;
    return r->file.unquoted.status;
}

static int32_t count_names(const char *list)
{
    int32_t n = 1;
    for (; *list != '\0'; list++)
        n += *list == ',';
    return n;
}

static rec_status take_columns(struct reading *r)
{
    const char *p = rec__feature_start(&r->file), *next;
    int32_t found = 0;
    r->width = (int32_t)rec__lex_count(&r->file.source.dialect, p, r->file.source.end, &next);
    r->wanted = rec__allocate_zeroed((int64_t)r->width + 1, sizeof *r->wanted);
    if (r->wanted == NULL)
        return REC_ERR_NO_MEMORY;
    rec_status status = match_columns(r, &found);
    if (status == REC_OK && found != count_names(r->columns))
        status =
            rec__fail(REC_ERR_NOT_FOUND,
                      "%s: the first line has %d of the columns \"%s\" after its first; all were expected",
                      r->file.source.path, found, r->columns);
    return status;
}

/* Pass a first line of names. */
static rec_status pass_header(struct reading *r)
{
    const char *p = rec__feature_start(&r->file), *unclosed;
    struct rec__token token = rec__feature_line(&r->file, p);
    if (p == r->file.source.end)
        return REC_OK;
    rec_status status = rec__feature_field(&r->file, "an id", &token);
    if (status == REC_OK && names_ids(token.bytes, token.length))
        r->file.source.text = rec__lex_record_end(&r->file.source.dialect, p, r->file.source.end, &unclosed);
    return status;
}

static rec_status read_text(struct reading *r, struct rec__token *token)
{
    rec_status status = REC_OK;
    int64_t begin = r->bytes.length;
    for (int32_t column = 1; status == REC_OK && !token->last; column++) {
        int64_t length;
        status = rec__feature_field(&r->file, "text", token);
        if (status != REC_OK || (r->wanted != NULL && (column >= r->width || !r->wanted[column])))
            continue;
        const char *bytes = plain(r, token, &length);
        if (length > 0 && r->bytes.length > begin)
            rec__text_add(&r->bytes, " ", 1);
        rec__text_add(&r->bytes, bytes, length);
    }
    rec__text_add(&r->bytes, "", 1);
    return status == REC_OK ? r->bytes.status : status;
}

static rec_status read_document(struct reading *r, const char *line, const char **next)
{
    char shown[REC_LEX_SHOWN];
    struct rec__token token = rec__feature_line(&r->file, line);
    int32_t row, before = r->file.ids.count;
    rec_status status = rec__feature_field(&r->file, "an id", &token);
    if (status == REC_OK)
        status = rec__feature_name(&r->file, &r->file.ids, "the id", &token, &row);
    if (status == REC_OK && row < before)
        status = rec__read_fail(&r->file.source, token.bytes, "id %s is given a second time",
                                rec__lex_show(token.bytes, token.length, shown));
    if (status == REC_OK)
        status =
            rec__grow((void **)(void *)&r->offsets, &r->offset_room, (int64_t)before + 2, sizeof *r->offsets);
    if (status != REC_OK)
        return status;
    r->offsets[before] = r->bytes.length;
    status = read_text(r, &token);
    r->offsets[before + 1] = r->bytes.length;
    *next = token.next;
    return status;
}

static rec_status read_all(struct reading *r)
{
    rec_status status = r->columns != NULL ? take_columns(r) : pass_header(r);
    const char *p = r->file.source.text;
    while (status == REC_OK && p < r->file.source.end)
        if (!rec__lex_blank_line(p, r->file.source.end, &p))
            status = read_document(r, p, &p);
    if (status == REC_OK && r->file.ids.count == 0)
        status = rec__fail(REC_ERR_EMPTY, "%s: holds no documents; at least one was expected",
                           r->file.source.path);
    return status;
}

rec_status rec_documents_read(rec_documents **out, const char *path, const char *columns)
{
    if (out == NULL || path == NULL)
        return rec__fail_null(out == NULL ? "out" : "path");
    *out = NULL;
    struct reading r = {.columns = columns};
    rec_ids *ids = NULL;
    rec_status status = rec__feature_reading_begin(&r.file, path);
    if (status == REC_OK)
        status = rec__feature_find_dialect(&r.file);
    if (status == REC_OK)
        status = read_all(&r);
    if (status == REC_OK)
        status = rec__id_table_freeze(&r.file.ids, &ids);
    if (status == REC_OK) {
        status = rec__documents_create(out, ids, r.offsets, r.bytes.bytes);
        r.offsets = NULL;
        r.bytes = (struct rec__text){0};
    }
    rec_ids_free(ids);
    rec__release(r.wanted);
    rec__release(r.offsets);
    rec__text_clear(&r.bytes);
    rec__feature_reading_clear(&r.file);
    return status;
}
