/* SPDX-License-Identifier: Apache-2.0 */
/* Words and characters: the nearest word, UTF-8, whole files, numbers for people. */
#ifndef REC_TOOL_TEXT_H
#define REC_TOOL_TEXT_H

#include <stddef.h>
#include <stdint.h>

/** Edits (insert, delete, replace, swap of neighbours) from one word to another. */
int edit_distance(const char *from, const char *to);

/** Keeps the best of the candidates that a misspelt word is compared with. */
struct nearest {
    const char *word;
    const char *best; /* NULL while none is near enough to be worth suggesting */
    int distance;
};
void nearest_consider(struct nearest *nearest, const char *candidate);

/** Bytes of the UTF-8 character at text, 1 to 4; 0 when it is not one. `end` bounds it. */
size_t utf8_length(const char *text, const char *end);
/** How many columns a NUL-terminated text takes on a terminal, a column a character. */
int text_columns(const char *text);
/** The text as UTF-8: itself when it is, else a new text made from Latin-1, the old one freed. */
char *utf8_from_latin1(char *text, size_t *size);

/** Read a whole file, NUL-terminated: free it. Returns 0, or the exit status after reporting. */
int read_file(char **text, size_t *size, const char *path);
/** The next line of a text, cut off in place without its end and trailing blanks; NULL at the end. */
char *next_line(char **rest);

/** The word number `position` of "a|b|c": free it. */
char *word_at(const char *words, int position);

/** Parse a whole text as a finite number. Returns 1, or 0 when it is none. */
int parse_number(const char *text, double *number);

/** The fewest digits, 15 or more, that read back as a finite number. A view of the buffer. */
const char *number_digits(char buffer[32], double number);

/** "1,234,567" and "12.3 MB"; views of the buffer, as are those below. */
const char *grouped(char buffer[32], int64_t number);
const char *byte_size(char buffer[32], int64_t bytes);
/** "1 rating", "1,234 ratings": what one is called, shorter than 32 letters, and an s. */
const char *counted(char buffer[64], int64_t number, const char *one);
/** "4.2 ms", "420 ms", "4.2 s", "3 min 05 s". */
const char *duration(char buffer[32], double seconds);

/** The part of a path after its last slash. */
const char *base_name(const char *path);
int ends_with(const char *text, const char *end);

/** Seconds on a clock that only goes forward. */
double seconds_now(void);

#endif
