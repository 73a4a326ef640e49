/* SPDX-License-Identifier: Apache-2.0 */
/* A table of text for people. */
#include "table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "text.h"

static void add_cell(struct table *table, char *text)
{
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            *c = ' ';
    table->cells = grow(table->cells, table->n, sizeof *table->cells);
    table->cells[table->n++] = text;
}

void table_column(struct table *table, const char *head)
{
    int left = *head == '<';
    table->left[table->columns++] = left;
    add_cell(table, copy_text(head + left, strlen(head + left)));
}

void table_cell(struct table *table, const char *format, ...)
{
    va_list arguments;
    char *text;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        exit(fail("out of memory for a line of a table"));
    add_cell(table, text);
}

static void print_row(const struct table *table, char *const *row, const int *widths)
{
    int pending = 0; /* blanks owed: none is written at the end of a line */
    for (int c = 0; c < table->columns; c++) {
        int blanks = widths[c] - text_columns(row[c]);
        if (*row[c])
            printf("%*s%s", pending + (table->left[c] ? 0 : blanks), "", row[c]);
        pending = *row[c] ? 2 + (table->left[c] ? blanks : 0) : pending + 2 + widths[c];
    }
    putchar('\n');
}

void table_print(struct table *table)
{
    int widths[TABLE_COLUMNS_MOST] = {0};
    size_t columns = (size_t)table->columns;
    for (size_t i = 0; i < table->n; i++) {
        int width = text_columns(table->cells[i]);
        if (width > widths[i % columns])
            widths[i % columns] = width;
    }
    for (size_t i = 0; i < table->n; i += columns)
        print_row(table, table->cells + i, widths);
    table_free(table);
}

void table_free(struct table *table)
{
    for (size_t i = 0; i < table->n; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (struct table){0};
}
