/* SPDX-License-Identifier: Apache-2.0 */
/* In place of unicode.c where utf8proc is not there: the analyzer refuses what is beyond ASCII, so nothing else is asked. */
#include "text/unicode.h"

bool rec__unicode_known(void)
{
    return false;
}

bool rec__unicode_letter(int32_t point)
{
    return (point | 32) >= 'a' && (point | 32) <= 'z';
}

bool rec__unicode_word(int32_t point)
{
    return rec__unicode_letter(point) || (point >= '0' && point <= '9') || point == '_';
}

bool rec__unicode_space(int32_t point)
{
    return point == ' ' || (point >= '\t' && point <= '\r') || (point >= 0x1C && point <= 0x1F);
}

int32_t rec__unicode_lower(int32_t point, int32_t out[REC_UNICODE_MOST])
{
    out[0] = point >= 'A' && point <= 'Z' ? point + 32 : point;
    return 1;
}

int32_t rec__unicode_strip(int32_t point, int32_t out[REC_UNICODE_MOST])
{
    out[0] = point;
    return 1;
}
