/* SPDX-License-Identifier: Apache-2.0 */
/* Floats as text, the same whatever the host's locale: snprintf finds digits, and they are set out here. */
#include "store/format_float.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DIGITS = 9, PLAIN_EXPONENT = 9 }; /* nine digits tell any two floats apart */

/* Most ratings are like 4 or 3.5. */
static int32_t format_short(float value, char out[REC_NUMBER_TEXT])
{
    double tenths = (double)value * 10, whole = floor(fabs(tenths));
    if (!(fabs(tenths) < 1e6) || (float)(whole / 10) != fabsf(value))
        return 0;
    int n = (int)whole;
    const char *sign = signbit(value) ? "-" : "";
    return n % 10 == 0 ? snprintf(out, REC_NUMBER_TEXT, "%s%d", sign, n / 10)
                       : snprintf(out, REC_NUMBER_TEXT, "%s%d.%d", sign, n / 10, n % 10);
}

/* The significant digits without trailing zeros, and the power of ten of the first. */
static int split_digits(float value, int count, char digits[MOST_DIGITS + 1])
{
    char text[64];
    snprintf(text, sizeof text, "%.*e", count - 1, (double)fabsf(value));
    int n = 0;
    const char *exponent = strchr(text, 'e');
    for (const char *p = text; p < exponent; p++)
        if (*p >= '0' && *p <= '9')
            digits[n++] = *p;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    digits[n] = '\0';
    return atoi(exponent + 1);
}

static int32_t set_out(bool negative, const char *digits, int exponent, char out[REC_NUMBER_TEXT])
{
    const char *sign = negative ? "-" : "";
    int n = (int)strlen(digits);
    if (exponent < -4 || exponent > PLAIN_EXPONENT)
        return snprintf(out, REC_NUMBER_TEXT, "%s%c%s%se%d", sign, digits[0], n > 1 ? "." : "", digits + 1,
                        exponent);
    if (exponent < 0)
        return snprintf(out, REC_NUMBER_TEXT, "%s0.%.*s%s", sign, -exponent - 1, "0000", digits);
    if (n <= exponent + 1)
        return snprintf(out, REC_NUMBER_TEXT, "%s%s%.*s", sign, digits, exponent + 1 - n, "000000000");
    return snprintf(out, REC_NUMBER_TEXT, "%s%.*s.%s", sign, exponent + 1, digits, digits + exponent + 1);
}

int32_t rec__format_float(float value, char out[REC_NUMBER_TEXT])
{
    int32_t length = format_short(value, out);
    for (int count = 1; length == 0 && count <= MOST_DIGITS; count++) {
        char digits[MOST_DIGITS + 1];
        double back;
        int exponent = split_digits(value, count, digits);
        length = set_out(signbit(value) != 0, digits, exponent, out);
        if (count < MOST_DIGITS && (!rec__parse_double(out, length, &back) || (float)back != value))
            length = 0;
    }
    return length;
}
