/* SPDX-License-Identifier: Apache-2.0 */
/* Titles by id. */
#include "names.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "report.h"
#include "text.h"

struct name {
    const char *id, *title;
    size_t line; /* of two entries with one id the first counts */
};

struct names {
    char *text; /* what the entries point into */
    struct name *all;
    size_t n;
};

/* Walks the records of a file, cutting its fields off in place. */
struct reader {
    char *at;
    const char *separator;
    int quotes; /* "a ""quoted"" field" is one; only where commas, semicolons or tabs separate */
    int more;   /* the record goes on after the last field */
};

static const char *find_separator(const char *text)
{
    for (; *text && *text != '\n'; text++) {
        if (*text == ',')
            return ",";
        if (*text == ';')
            return ";";
        if (*text == '\t')
            return "\t";
        if (*text == '|')
            return "|";
        if (text[0] == ':' && text[1] == ':')
            return "::";
    }
    return NULL;
}

/* Unquote in place; `at` stands behind the opening quote. Returns where the text goes on after the closing
 * one. */
static char *unquote(char *at, char **end)
{
    char *to = at;
    for (; *at; at++) {
        if (*at == '"' && at[1] != '"')
            break;
        at += *at == '"';
        *to++ = *at;
    }
    *end = to;
    return *at ? at + 1 : at;
}

static char *next_field(struct reader *reader)
{
    char *field = reader->at, *end, *at = reader->at;
    int quoted = reader->quotes && *at == '"';
    if (quoted)
        at = unquote(++field, &end);
    size_t separator = strlen(reader->separator);
    while (*at && *at != '\n' && strncmp(at, reader->separator, separator) != 0)
        at++;
    if (!quoted)
        end = at > field && at[-1] == '\r' && *at != *reader->separator ? at - 1 : at;
    reader->more = *at && *at != '\n';
    reader->at = reader->more ? at + separator : *at ? at + 1 : at;
    *end = '\0';
    return field;
}

static void add_name(struct names *names, const char *id, const char *title)
{
    names->all = grow(names->all, names->n, sizeof *names->all);
    names->all[names->n] = (struct name){id, title, names->n};
    names->n++;
}

/* Returns the column of the record whose text is "title", or -1. */
static int read_record(struct names *names, struct reader *reader, int column)
{
    const char *id = next_field(reader), *title = NULL;
    int head = -1;
    for (int c = 1; reader->more; c++) {
        const char *field = next_field(reader);
        if (c == column)
            title = field;
        if (strcasecmp(field, "title") == 0 && head < 0)
            head = c;
    }
    if (title)
        add_name(names, id, title);
    return head;
}

static int compare_names(const void *a, const void *b)
{
    const struct name *left = a, *right = b;
    int order = strcmp(left->id, right->id);
    return order ? order : (left->line > right->line) - (left->line < right->line);
}

static void read_records(struct names *names, const char *separator)
{
    struct reader reader = {
        .at = names->text, .separator = separator, .quotes = strchr(",;\t", *separator) != NULL};
    if (strncmp(reader.at, "\xEF\xBB\xBF", 3) == 0)
        reader.at += 3;
    int head = read_record(names, &reader, 1);
    if (head > 0)
        names->n = 0;
    while (*reader.at)
        read_record(names, &reader, head > 0 ? head : 1);
    if (names->n > 0)
        qsort(names->all, names->n, sizeof *names->all, compare_names);
}

int names_read(struct names **out, const char *path)
{
    char *text;
    size_t size;
    int status = read_file(&text, &size, path);
    if (status)
        return status;
    text = utf8_from_latin1(text, &size);
    const char *separator = find_separator(text);
    if (!separator) {
        free(text);
        return fail("%s: the first line has one column; expected an id and a title, separated by comma, "
                    "semicolon, tab, | or ::",
                    path);
    }
    struct names *names = allocate(1, sizeof *names);
    names->text = text;
    read_records(names, separator);
    *out = names;
    return 0;
}

void names_free(struct names *names)
{
    if (!names)
        return;
    free(names->all);
    free(names->text);
    free(names);
}

const char *names_find(const struct names *names, const char *id)
{
    size_t from = 0, to = names ? names->n : 0;
    while (from < to) { /* the first entry that is not before id */
        size_t middle = from + (to - from) / 2;
        if (strcmp(names->all[middle].id, id) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return names && from < names->n && strcmp(names->all[from].id, id) == 0 ? names->all[from].title : NULL;
}
