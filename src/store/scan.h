/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers and line ends on the readers' fast paths: what is regular is read, and for anything else the answer
 * is NULL and the line goes to the slow path. Lengths are bounded, so that with REC_SCAN_MARGIN bytes before
 * the end of the text nothing is read past it.
 */
#ifndef REC_STORE_SCAN_H
#define REC_STORE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A rating, a time, two separators of two bytes and a line end fit; so do two row numbers and a rating. */
enum { REC_SCAN_MARGIN = 80 };

/* Digits that a double holds exactly, and that an int64_t holds. */
enum { REC_SCAN_EXACT = 15, REC_SCAN_DIGITS = 18 };

/** After the line end at p, or NULL. */
static inline const char *rec__scan_line_end(const char *p)
{
    p += *p == '\r';
    return *p == '\n' ? p + 1 : NULL;
}

/** After the digits at p, at most `most` of them, which are appended to value. */
static inline const char *rec__scan_digits(const char *p, int most, uint64_t *value)
{
    const char *limit = p + most;
    uint64_t digit;
    while ((digit = (uint64_t)(unsigned char)*p - '0') <= 9 && p < limit) {
        *value = *value * 10 + digit;
        p++;
    }
    return p;
}

/** After the decimal number at p, or NULL: without exponent, of few digits. The value is that of
 * rec__parse_double, as the one division rounds right. */
static inline const char *rec__scan_rating(const char *p, float *rating)
{
    static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    bool negative = *p == '-';
    p += negative;
    uint64_t mantissa = 0;
    const char *point = rec__scan_digits(p, REC_SCAN_EXACT, &mantissa);
    if (point == p)
        return NULL;
    double value = (double)mantissa;
    p = point;
    if (*point == '.') {
        uint64_t whole = mantissa;
        p = rec__scan_digits(point + 1, REC_SCAN_EXACT, &mantissa);
        int64_t decimals = p - point - 1;
        if (whole > 999999 || decimals > 9)
            return NULL;
        value = (double)mantissa / powers[decimals];
    }
    *rating = (float)(negative ? -value : value);
    return p;
}

#endif
