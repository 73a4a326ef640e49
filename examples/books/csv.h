/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader of CSV as in RFC 4180, for make_readers.c alone: it decodes a whole file in place, takes lines
 * that end with or without a carriage return, and ends the program with a sentence on bad input. Its
 * functions are static so that the program remains one file to compile.
 */
#ifndef MAKE_READERS_CSV_H
#define MAKE_READERS_CSV_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 64 };
enum { FAILED = 1, USAGE = 2 };

_Noreturn static void fail(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("make_readers: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(status);
}

static void *grow(void *memory, size_t count, size_t size)
{
    void *grown = count > SIZE_MAX / size ? NULL : realloc(memory, count * size);
    if (!grown) {
        fail(FAILED, "no memory for %zu times %zu bytes", count, size);
    }
    return grown;
}

static void *make_zeroed(size_t count, size_t size)
{
    return memset(grow(NULL, count, size), 0, count * size);
}

struct csv {
    const char *path;
    char *at;
    char *end; /* points at a NUL that read_file appended */
    int line;  /* of the character at `at` */
    int record_line;
};

static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        fail(FAILED, "cannot read %s: %s", path, strerror(errno));
    }
    size_t capacity = 1 << 16;
    char *text = grow(NULL, capacity, 1);
    size_t got;
    *length = 0;
    while ((got = fread(text + *length, 1, capacity - *length - 1, file)) > 0) {
        *length += got;
        if (*length + 1 == capacity) {
            text = grow(text, capacity *= 2, 1);
        }
    }
    if (ferror(file)) {
        fail(FAILED, "cannot read %s: %s", path, strerror(errno));
    }
    fclose(file);
    text[*length] = '\0';
    return text;
}

static bool ends_line(const struct csv *c)
{
    return c->at == c->end || *c->at == '\n' || (c->at[0] == '\r' && c->at[1] == '\n');
}

static char *read_quoted(struct csv *c)
{
    int opened = c->line;
    char *field = ++c->at, *to = field;
    for (;; ++c->at) {
        if (c->at == c->end) {
            fail(FAILED, "%s, line %d: the quote that opens a field here is never closed", c->path, opened);
        }
        if (*c->at == '"' && *++c->at != '"') {
            break;
        }
        c->line += *c->at == '\n';
        *to++ = *c->at;
    }
    if (*c->at != ',' && !ends_line(c)) {
        fail(FAILED,
             "%s, line %d: '%c' after a closing quote, where a comma or the end of the line was expected",
             c->path, c->line, *c->at);
    }
    /* The closing quote stands here or later, so the terminator overwrites nothing still to be read. */
    *to = '\0';
    return field;
}

static char *read_plain(struct csv *c)
{
    char *field = c->at;
    for (; *c->at != ',' && !ends_line(c); ++c->at) {
        if (*c->at == '"') {
            fail(FAILED, "%s, line %d: a quote inside an unquoted field; quote the whole field and double it",
                 c->path, c->line);
        }
    }
    return field;
}

/* Fills `field` with one record's fields and returns their number, or 0 at the end of the file. */
static int read_record(struct csv *c, char *field[MAX_COLUMNS])
{
    int count = 0;
    bool more = c->at != c->end;
    c->record_line = c->line;
    while (more) {
        if (count == MAX_COLUMNS) {
            fail(FAILED, "%s, line %d: more than %d columns", c->path, c->line, MAX_COLUMNS);
        }
        field[count++] = *c->at == '"' ? read_quoted(c) : read_plain(c);
        more = *c->at == ',';
        char *stop = c->at;
        if (!more && c->at != c->end) {
            c->at += *c->at == '\r';
            c->line += 1;
        }
        c->at += c->at != c->end;
        *stop = '\0';
    }
    return count;
}

#endif
