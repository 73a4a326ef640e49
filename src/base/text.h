/* SPDX-License-Identifier: Apache-2.0 */
/* Text that grows, and numbers as text in the same way whatever the host's locale. */
#ifndef REC_BASE_TEXT_H
#define REC_BASE_TEXT_H

#include <librec/status.h>

#include <stdbool.h>

/** A growing, NUL-terminated string; all zero is the empty one. A failure is kept in it: check status once,
 * at the end. */
struct rec__text {
    char *bytes;
    int64_t length, capacity;
    rec_status status;
};

void rec__text_add(struct rec__text *text, const char *bytes, int64_t length);
void rec__text_addf(struct rec__text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Length of the valid UTF-8 sequence at s, which a NUL follows somewhere, or 0. Overlong forms, surrogates
 * and values past U+10FFFF are not valid. */
int32_t rec__utf8_length(const char *s);
/** A JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void rec__text_add_json(struct rec__text *text, const char *string);
void rec__text_clear(struct rec__text *text);

/** Room that rec__format_double needs. */
#define REC_NUMBER_TEXT 32

/** The shortest decimal that reads back as the same double ("nan", "inf", "-inf" for those). Returns its
 * length. */
int32_t rec__format_double(double value, char out[REC_NUMBER_TEXT]);

/**
 * Read a decimal number, the whole of bytes[0..length): sign, digits, '.', exponent. True when it is one; it
 * may be too large and so infinite. "nan" and "inf" are read too, in either case of letters, so that the
 * caller can say why they are refused.
 */
bool rec__parse_double(const char *bytes, int64_t length, double *value);
/** Read a decimal integer, the whole of bytes[0..length), within int64_t. */
bool rec__parse_integer(const char *bytes, int64_t length, int64_t *value);

#endif
