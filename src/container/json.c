/* SPDX-License-Identifier: Apache-2.0 */
/* JSON (RFC 8259), as much as a container's header may hold: objects, arrays, strings, whole numbers. */
#include "container/json.h"
#include "base/text.h"

#include <stddef.h>
#include <string.h>

static void fault(struct rec__json *json, const char *what)
{
    if (json->fault == NULL)
        json->fault = what;
}

static void skip_space(struct rec__json *json)
{
    while (json->at < json->end &&
           (*json->at == ' ' || *json->at == '\t' || *json->at == '\n' || *json->at == '\r'))
        json->at++;
}

bool rec__json_accept(struct rec__json *json, char wanted)
{
    skip_space(json);
    if (json->fault != NULL || json->at == json->end || *json->at != wanted)
        return false;
    json->at++;
    return true;
}

void rec__json_expect(struct rec__json *json, char wanted)
{
    static const char *const faults[] = {"'{' was expected", "'}' was expected", "'[' was expected",
                                         "']' was expected", "':' was expected", "',' was expected"};
    static const char structural[] = "{}[]:,";
    if (rec__json_accept(json, wanted))
        return;
    const char *found = strchr(structural, wanted);
    fault(json, found == NULL ? "a string was expected" : faults[found - structural]);
}

void rec__json_end(struct rec__json *json)
{
    skip_space(json);
    if (json->at != json->end)
        fault(json, "something follows the end");
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Four hexadecimal digits after \u. */
static uint32_t read_unit(struct rec__json *json)
{
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = json->at < json->end ? hex_digit(*json->at) : -1;
        if (digit < 0) {
            fault(json, "\\u needs four hexadecimal digits");
            return '?';
        }
        unit = unit * 16 + (uint32_t)digit;
        json->at++;
    }
    return unit;
}

static uint32_t read_code_point(struct rec__json *json)
{
    uint32_t unit = read_unit(json);
    if (unit < 0xD800 || unit > 0xDFFF)
        return unit;
    if (unit <= 0xDBFF && json->end - json->at >= 6 && json->at[0] == '\\' && json->at[1] == 'u') {
        json->at += 2;
        uint32_t low = read_unit(json);
        if (low >= 0xDC00 && low <= 0xDFFF)
            return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    fault(json, "a surrogate stands alone");
    return '?';
}

/* Never longer than the escape it came from, so decoding over the text is safe. */
static char *put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xC0 | c >> 6);
        *out++ = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        *out++ = (char)(0xE0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 63));
        *out++ = (char)(0x80 | (c & 63));
    } else {
        *out++ = (char)(0xF0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 63));
        *out++ = (char)(0x80 | (c >> 6 & 63));
        *out++ = (char)(0x80 | (c & 63));
    }
    return out;
}

static char *read_escape(struct rec__json *json, char *out)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    char c = json->at < json->end ? *json->at++ : '\0';
    const char *name = c == '\0' ? NULL : strchr(names, c);
    if (c == 'u') {
        uint32_t point = read_code_point(json);
        if (point == 0)
            fault(json, "a string holds NUL");
        return put_utf8(out, point);
    }
    if (name == NULL) {
        fault(json, "an escape is not known");
        return out;
    }
    *out = values[name - names];
    return out + 1;
}

/* One character of a string, or a whole sequence of UTF-8. */
static char *read_character(struct rec__json *json, char *out)
{
    int32_t length = rec__utf8_length(json->at);
    if ((unsigned char)*json->at < 0x20) {
        fault(json, "a string holds a control character");
        return out;
    }
    if (length == 0 || length > json->end - json->at) {
        fault(json, "a string is not UTF-8");
        return out;
    }
    for (int32_t i = 0; i < length; i++)
        *out++ = *json->at++;
    return out;
}

const char *rec__json_string(struct rec__json *json)
{
    rec__json_expect(json, '"');
    char *start = json->at, *out = start;
    while (json->fault == NULL && json->at < json->end) {
        if (*json->at == '"') {
            json->at++;
            *out = '\0';
            return start;
        }
        if (*json->at == '\\') {
            json->at++;
            out = read_escape(json, out);
        } else {
            out = read_character(json, out);
        }
    }
    fault(json, "a string does not end");
    return NULL;
}

int64_t rec__json_count(struct rec__json *json)
{
    skip_space(json);
    const char *first = json->at;
    int64_t value = 0;
    for (; json->at < json->end && *json->at >= '0' && *json->at <= '9'; json->at++)
        if (__builtin_mul_overflow(value, (int64_t)10, &value) ||
            __builtin_add_overflow(value, *json->at - '0', &value))
            fault(json, "a number is too large");
    if (json->at == first || (*first == '0' && json->at > first + 1))
        fault(json, "a whole number was expected");
    return json->fault == NULL ? value : 0;
}
