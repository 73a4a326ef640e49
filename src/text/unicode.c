/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of code points, from utf8proc. */
#include "text/unicode.h"

#include <utf8proc.h>

enum { CAPITAL_I_DOTTED = 0x130, COMBINING_DOT_ABOVE = 0x307 };

bool rec__unicode_known(void)
{
    return true;
}

bool rec__unicode_letter(int32_t point)
{
    utf8proc_category_t category = utf8proc_category(point);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

bool rec__unicode_word(int32_t point)
{
    utf8proc_category_t category = utf8proc_category(point);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO) || point == '_';
}

bool rec__unicode_space(int32_t point)
{
    utf8proc_category_t category = utf8proc_category(point);
    return (point >= '\t' && point <= '\r') || (point >= 0x1C && point <= 0x1F) || point == 0x85 ||
           (category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP);
}

int32_t rec__unicode_lower(int32_t point, int32_t out[REC_UNICODE_MOST])
{
    out[0] = utf8proc_tolower(point);
    if (point != CAPITAL_I_DOTTED)
        return 1;
    /* The one code point whose lower case is two (Unicode's SpecialCasing). */
    out[0] = 'i';
    out[1] = COMBINING_DOT_ABOVE;
    return 2;
}

int32_t rec__unicode_strip(int32_t point, int32_t out[REC_UNICODE_MOST])
{
    int last = 0;
    int32_t kept = 0;
    utf8proc_ssize_t n =
        utf8proc_decompose_char(point, out, REC_UNICODE_MOST, UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE, &last);
    for (utf8proc_ssize_t i = 0; i < n && i < REC_UNICODE_MOST; i++)
        if (utf8proc_get_property(out[i])->combining_class == 0)
            out[kept++] = out[i];
    return kept;
}
