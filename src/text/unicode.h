/* SPDX-License-Identifier: Apache-2.0 */
/* Code points and their properties, from utf8proc (unicode.c); ASCII alone in a build without it (ascii.c). */
#ifndef REC_TEXT_UNICODE_H
#define REC_TEXT_UNICODE_H

#include <stdbool.h>
#include <stdint.h>

/** Code points that one may become by lower-casing or decomposition. */
#define REC_UNICODE_MOST 24

/** 1 when this build knows code points beyond ASCII. */
bool rec__unicode_known(void);
/** Letters, numbers and the underscore. */
bool rec__unicode_word(int32_t point);
bool rec__unicode_letter(int32_t point);
bool rec__unicode_space(int32_t point);
/** The code points of its lower case. Returns how many. */
int32_t rec__unicode_lower(int32_t point, int32_t out[REC_UNICODE_MOST]);
/** Its compatibility decomposition without combining marks: "\u00e9" to "e". Returns how many, 0 for a mark. */
int32_t rec__unicode_strip(int32_t point, int32_t out[REC_UNICODE_MOST]);

/** The code point of a valid UTF-8 sequence of `length` bytes. */
static inline int32_t rec__unicode_decode(const char *s, int32_t length)
{
    static const unsigned char first[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    int32_t point = (unsigned char)s[0] & first[length];
    for (int32_t i = 1; i < length; i++)
        point = point << 6 | ((unsigned char)s[i] & 0x3F);
    return point;
}

/** The UTF-8 of a code point. Returns its bytes, at most 4. */
static inline int32_t rec__unicode_encode(int32_t point, char *out)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    int32_t more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    for (int32_t i = more; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3F));
    out[0] = (char)((0xFF00 >> (more + 1) & 0xFF) | point);
    return more + 1;
}

#endif
