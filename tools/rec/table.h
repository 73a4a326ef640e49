/* SPDX-License-Identifier: Apache-2.0 */
/* A table of text for people: columns as wide as what is in them. */
#ifndef REC_TOOL_TABLE_H
#define REC_TOOL_TABLE_H

#include <stddef.h>

enum { TABLE_COLUMNS_MOST = 24 };

struct table {
    char **cells; /* row by row, the heads first */
    size_t n;
    int columns;
    int left[TABLE_COLUMNS_MOST]; /* 1: aligned left, 0: right */
};

/** Add a column. All columns come before the first cell. A head that begins with '<' is aligned left. */
void table_column(struct table *table, const char *head);
/** Add the next cell, row by row. Control characters become blanks. */
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Write to standard output, and empty the table. */
void table_print(struct table *table);
/** Empty the table without writing it; again is harmless. */
void table_free(struct table *table);

#endif
