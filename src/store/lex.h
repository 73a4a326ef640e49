/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines and fields of text: eight bytes looked at together where a file is regular, field by field where it
 * is not. Nothing here reads at or past the `end` it is given.
 */
#ifndef REC_STORE_LEX_H
#define REC_STORE_LEX_H

#include "store/intern.h"

#include <stdbool.h>

enum rec__separation { REC_SEPARATION_BYTE, REC_SEPARATION_TWICE, REC_SEPARATION_RUN };

/** How fields of a csv file are told apart. */
struct rec__dialect {
    char separator;
    enum rec__separation
        separation; /* the byte once ("a,b"), twice ("a::b"), or any number of times ("a  b") */
    int32_t columns;
    bool header;
};

enum rec__token_flaw { REC_TOKEN_SOUND, REC_TOKEN_UNCLOSED, REC_TOKEN_TRAILING };

/** A field: its bytes within the quotes, if it has some. */
struct rec__token {
    const char *bytes;
    int64_t length;
    const char *next; /* the next field, or the next line when this is the last of its line */
    bool last;
    bool doubled;              /* holds "" for a quote; see rec__lex_undouble */
    enum rec__token_flaw flaw; /* no closing quote before `end`; or text between it and the separator */
};

#define REC_LEX_ONES  UINT64_C(0x0101010101010101)
#define REC_LEX_HIGHS UINT64_C(0x8080808080808080)

static inline uint64_t rec__lex_load(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/** The high bit of each byte that is zero; those above the first such may be wrong. */
static inline uint64_t rec__lex_zeros(uint64_t word)
{
    return (word - REC_LEX_ONES) & ~word & REC_LEX_HIGHS;
}

static inline uint64_t rec__lex_pattern(char byte)
{
    return REC_LEX_ONES * (unsigned char)byte;
}

/** The first separator byte or newline at or after p, or end. */
static inline const char *rec__lex_stop(const char *p, const char *end, char separator)
{
    uint64_t pattern = rec__lex_pattern(separator), newline = rec__lex_pattern('\n');
    for (; end - p >= 8; p += 8) {
        uint64_t word = rec__lex_load(p);
        uint64_t hits = rec__lex_zeros(word ^ pattern) | rec__lex_zeros(word ^ newline);
        if (hits != 0)
            return p + (__builtin_ctzll(hits) >> 3);
    }
    while (p < end && *p != separator && *p != '\n')
        p++;
    return p;
}

/** The first byte up to a space (blanks, line ends, control bytes) at or after p, or end. */
static inline const char *rec__lex_word_end(const char *p, const char *end)
{
    for (; end - p >= 8; p += 8) {
        uint64_t word = rec__lex_load(p);
        uint64_t hits = (word - REC_LEX_ONES * 0x21) & ~word & REC_LEX_HIGHS;
        if (hits != 0)
            return p + (__builtin_ctzll(hits) >> 3);
    }
    while (p < end && (unsigned char)*p > 0x20)
        p++;
    return p;
}

/** The key of the first `length` bytes of a word just loaded from `bytes`; length < 8. */
static inline struct rec__key rec__lex_short_key(const char *bytes, uint64_t word, uint32_t length)
{
    word &= (UINT64_C(1) << (8 * length)) - 1;
    uint64_t hash = rec__hash_mix(((uint64_t)length * REC_HASH_MULTIPLIER ^ word) * REC_HASH_MULTIPLIER);
    return (struct rec__key){.bytes = bytes, .hash = hash, .word = word, .length = length};
}

/** After the newline that ends the line of p, or end. */
const char *rec__lex_line_end(const char *p, const char *end);
/** Where the first field of the line at p begins: after the blanks, when fields are separated by runs. */
const char *rec__lex_line_start(const struct rec__dialect *dialect, const char *p, const char *end);
/** The field that begins at p, of a line that may go on over newlines within quotes. */
void rec__lex_field(const struct rec__dialect *dialect, const char *p, const char *end,
                    struct rec__token *token);
/** Replace "" by " in a token's bytes; out has room for all of them. Returns the length. */
int64_t rec__lex_undouble(const struct rec__token *token, char *out);
/** After the record at p: as many lines as its quotes hold together. unclosed fills: where a quote was opened
 * that nothing closes before end, or NULL. */
const char *rec__lex_record_end(const struct rec__dialect *dialect, const char *p, const char *end,
                                const char **unclosed);
/** True when the line at p holds nothing but blanks; next fills: the following line. */
bool rec__lex_blank_line(const char *p, const char *end, const char **next);

/** Fields of the line at p, 0 when it is malformed; next fills: the following record. */
int64_t rec__lex_count(const struct rec__dialect *dialect, const char *p, const char *end, const char **next);

enum { REC_LEX_SAMPLE = 32 }; /* lines that are looked at to find a dialect */
/**
 * Find separator, columns and header from the first lines of text. `runs`: blanks in runs count as a
 * separator. Returns how many sampled lines have the number of columns found; 0 when no separator was.
 */
int32_t rec__lex_detect(struct rec__dialect *dialect, const char *text, const char *end, bool runs,
                        int32_t *sampled);

/** Of a file with more than four columns: does the first line name them, words standing where rating and time are in the second? */
bool rec__lex_names_columns(const struct rec__dialect *dialect, const char *text, const char *end);

/** Numbers with blanks around them allowed. */
bool rec__lex_number(const char *bytes, int64_t length, double *value);
/** A whole number; forms like 1.2e9 too when they are whole. */
bool rec__lex_integer(const char *bytes, int64_t length, int64_t *value);

/** Room for a value shown in a sentence. */
#define REC_LEX_SHOWN 176
/** A value for a sentence: in quotes, its first 40 bytes, others than printable ASCII as \xHH. Returns out.
 */
const char *rec__lex_show(const char *bytes, int64_t length, char out[REC_LEX_SHOWN]);

#endif
