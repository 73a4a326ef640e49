/* SPDX-License-Identifier: Apache-2.0 */
/* A list of ids from a file, one a line. */
#include "base/status.h"
#include "store/read.h"

static const char *trim(const char *p, const char **end)
{
    while (p < *end && (unsigned char)*p <= ' ')
        p++;
    while (*end > p && (unsigned char)(*end)[-1] <= ' ')
        (*end)--;
    return p;
}

static rec_status read_lines(const struct rec__source *source, struct rec__id_table *table)
{
    rec_status status = REC_OK;
    char shown[REC_LEX_SHOWN];
    for (const char *p = source->text; status == REC_OK && p < source->end;) {
        const char *next = rec__lex_line_end(p, source->end), *end = next, *id = trim(p, &end);
        int32_t row, before = table->count;
        if (end > id)
            status = rec__id_table_add_text(table, id, end - id, &row);
        if (status == REC_OK && end > id && row < before)
            status = rec__read_fail(source, id, "id %s is given a second time",
                                    rec__lex_show(id, end - id, shown));
        p = next;
    }
    if (status == REC_OK && table->count == 0)
        status = rec__fail(REC_ERR_EMPTY, "%s: holds no ids; at least one was expected", source->path);
    return status;
}

rec_status rec_ids_read(rec_ids **out, const char *path)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (path == NULL)
        return rec__fail_null("path");
    struct rec__source source = {.path = path};
    struct rec__id_table table = {.kind = REC_IDS_TEXT};
    rec_status status = rec__map_file(path, &source.mapping);
    if (status != REC_OK)
        return status;
    source.text = source.mapping.bytes;
    source.end = source.text + source.mapping.length;
    const char *nul = source.text == NULL ? NULL : memchr(source.text, '\0', (size_t)source.mapping.length);
    if (nul != NULL)
        status = rec__read_fail(&source, nul, "a NUL byte; text was expected");
    if (status == REC_OK)
        status = read_lines(&source, &table);
    if (status == REC_OK)
        status = rec__id_table_freeze(&table, out);
    rec__id_table_clear(&table);
    rec__unmap_file(&source.mapping);
    return status;
}
