/* SPDX-License-Identifier: Apache-2.0 */
/* Titles by id, from a delimited file whose first column is the id. */
#ifndef REC_TOOL_NAMES_H
#define REC_TOOL_NAMES_H

#include <stddef.h>

struct names;

/**
 * Read a names file, separated by comma, semicolon, tab, | or :: (whichever comes first in its first line).
 * The title is the column whose head is "title", else the second. Latin-1 becomes UTF-8.
 *
 * out  creates: free with names_free
 */
int names_read(struct names **out, const char *path);
void names_free(struct names *names);

/** The title of an id; NULL when there is none, or when names is NULL. */
const char *names_find(const struct names *names, const char *id);

#endif
