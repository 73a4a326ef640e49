/* SPDX-License-Identifier: Apache-2.0 */
/* Growing text and locale-free numbers. */
#include "base/text.h"
#include "base/memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DIGITS_MOST = 800 };

static bool make_room(struct rec__text *text, int64_t length)
{
    if (text->status == REC_OK)
        text->status =
            rec__grow((void **)(void *)&text->bytes, &text->capacity, text->length + length + 1, 1);
    return text->status == REC_OK;
}

void rec__text_add(struct rec__text *text, const char *bytes, int64_t length)
{
    if (!make_room(text, length))
        return;
    memcpy(text->bytes + text->length, bytes, (size_t)length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void rec__text_addf(struct rec__text *text, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length >= 0 && make_room(text, length)) {
        vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
        text->length += length;
    }
    va_end(again);
}

int32_t rec__utf8_length(const char *bytes)
{
    const unsigned char *s = (const unsigned char *)bytes;
    int32_t length = s[0] < 0x80                   ? 1
                     : s[0] >= 0xC2 && s[0] < 0xE0 ? 2
                     : (s[0] & 0xF0) == 0xE0       ? 3
                     : s[0] >= 0xF0 && s[0] < 0xF5 ? 4
                                                   : 0;
    for (int i = 1; i < length; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    bool beyond = (s[0] == 0xED && s[1] >= 0xA0) || (s[0] == 0xF4 && s[1] >= 0x90);
    return length > 1 && (overlong || beyond) ? 0 : length;
}

void rec__text_add_json(struct rec__text *text, const char *string)
{
    const char *s = string;
    rec__text_add(text, "\"", 1);
    while (*s != '\0') {
        int32_t length = rec__utf8_length(s);
        if (length == 0)
            rec__text_add(text, "\xEF\xBF\xBD", 3);
        else if (*s == '"' || *s == '\\')
            rec__text_addf(text, "\\%c", *s);
        else if ((unsigned char)*s < 0x20)
            rec__text_addf(text, "\\u%04x", (unsigned)*s);
        else
            rec__text_add(text, s, length);
        s += length > 0 ? length : 1;
    }
    rec__text_add(text, "\"", 1);
}

void rec__text_clear(struct rec__text *text)
{
    rec__release(text->bytes);
    *text = (struct rec__text){0};
}

/* Put '.' in the place of the decimal point of the host's locale, which may be of several bytes. */
static int32_t write_point(char *number)
{
    static const char plain[] = "+-0123456789e";
    size_t before = strspn(number, plain), length = strlen(number);
    size_t point = strcspn(number + before, plain);
    if (point > 0) {
        memmove(number + before + 1, number + before + point, length - before - point + 1);
        number[before] = '.';
        length -= point - 1;
    }
    return (int32_t)length;
}

/* How many digits tell the value from its neighbours; exponent fills: of its first digit. */
static int shortest_digits(double value, char out[REC_NUMBER_TEXT], int *exponent)
{
    int digits = 1;
    for (; digits < 17; digits++) {
        snprintf(out, REC_NUMBER_TEXT, "%.*e", digits - 1, value);
        if (strtod(out, NULL) == value)
            break;
    }
    snprintf(out, REC_NUMBER_TEXT, "%.*e", digits - 1, value);
    *exponent = (int)strtol(strchr(out, 'e') + 1, NULL, 10);
    return digits;
}

int32_t rec__format_double(double value, char out[REC_NUMBER_TEXT])
{
    int exponent = 0;
    if (!isfinite(value))
        return snprintf(out, REC_NUMBER_TEXT, "%s", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
    int digits = shortest_digits(value, out, &exponent);
    /* Written out, as people do, unless that would take many zeros. */
    if (exponent >= -5 && exponent < 17)
        snprintf(out, REC_NUMBER_TEXT, "%.*f", digits > exponent + 1 ? digits - exponent - 1 : 0, value);
    return write_point(out);
}

/*
 * Numbers whose digits or exponent do not fit an exact product go through strtod, written without a point,
 * which reads the same in every locale. The midpoint of two neighbouring doubles has at most 767 digits; of
 * what lies beyond them only matters whether it is zero.
 */
static double parse_slowly(const char *first, const char *last, bool negative, int exponent)
{
    char digits[DIGITS_MOST + 32];
    int length = 0;
    bool more = false;
    digits[length++] = negative ? '-' : '+';
    for (const char *p = first; p < last; p++) {
        if (*p == '.' || (*p == '0' && length == 1))
            continue;
        if (length < DIGITS_MOST) {
            digits[length++] = *p;
        } else {
            more = more || *p != '0';
            exponent++;
        }
    }
    if (length == 1)
        digits[length++] = '0';
    if (more) {
        digits[length++] = '1';
        exponent--;
    }
    snprintf(digits + length, sizeof digits - (size_t)length, "e%d", exponent);
    return strtod(digits, NULL);
}

static bool parse_special(const char *bytes, int64_t length, double *value)
{
    bool negative = length > 0 && *bytes == '-';
    if (length > 0 && (*bytes == '-' || *bytes == '+')) {
        bytes++;
        length--;
    }
    if (length == 3 && strncasecmp(bytes, "nan", 3) == 0)
        *value = (double)NAN;
    else if ((length == 3 && strncasecmp(bytes, "inf", 3) == 0) ||
             (length == 8 && strncasecmp(bytes, "infinity", 8) == 0))
        *value = negative ? -(double)INFINITY : (double)INFINITY;
    else
        return false;
    return true;
}

static const char *read_exponent(const char *p, const char *end, int *exponent)
{
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    const char *first = p;
    int written = 0;
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        written = written < 10000 ? written * 10 + (*p - '0') : written;
    *exponent += negative ? -written : written;
    return p > first ? p : NULL;
}

bool rec__parse_double(const char *bytes, int64_t length, double *value)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *p = bytes, *end = bytes + length;
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    const char *first = p;
    uint64_t mantissa = 0;
    int digits = 0, exponent = 0, written = 0;
    bool point = false;
    for (; p < end && ((*p >= '0' && *p <= '9') || (*p == '.' && !point)); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        mantissa = digits < 19 ? mantissa * 10 + (uint64_t)(*p - '0') : mantissa;
        digits += mantissa > 0;
        written++;
        exponent -= point;
    }
    const char *last = p;
    if (written == 0)
        return parse_special(bytes, length, value);
    if (p < end && (*p == 'e' || *p == 'E') && (p = read_exponent(p + 1, end, &exponent)) == NULL)
        return false;
    if (p != end)
        return false;
    if (digits > 19 || mantissa > UINT64_C(1) << 53 || exponent < -22 || exponent > 22) {
        *value = parse_slowly(first, last, negative, exponent);
        return true;
    }
    /* Both operands are exact, so the one rounding is right (Clinger, PLDI 1990). */
    double magnitude =
        exponent < 0 ? (double)mantissa / powers[-exponent] : (double)mantissa * powers[exponent];
    *value = negative ? -magnitude : magnitude;
    return true;
}

bool rec__parse_integer(const char *bytes, int64_t length, int64_t *value)
{
    const char *p = bytes, *end = bytes + length;
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end)
        return false;
    int64_t result = 0;
    for (; p < end; p++) {
        if (*p < '0' || *p > '9' || __builtin_mul_overflow(result, (int64_t)10, &result))
            return false;
        int64_t digit = *p - '0';
        if (__builtin_add_overflow(result, negative ? -digit : digit, &result))
            return false;
    }
    *value = result;
    return true;
}
