/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON writer. The program never sets a locale, so that printf and strtod keep to the decimal point. */
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static void write_text(FILE *file, const char *text)
{
    const char *end = text + strlen(text);
    fputc('"', file);
    while (text < end) {
        size_t n = utf8_length(text, end);
        if (n == 0)
            fputs("\xEF\xBF\xBD", file); /* U+FFFD in place of a byte that is no UTF-8 */
        else if (*text == '"' || *text == '\\')
            fprintf(file, "\\%c", *text);
        else if (n == 1 && ((unsigned char)*text < 0x20 || *text == 0x7F))
            fprintf(file, "\\u%04x", (unsigned)*text);
        else
            fwrite(text, 1, n, file);
        text += n ? n : 1;
    }
    fputc('"', file);
}

static void begin_value(struct json *json, const char *key)
{
    if (json->depth > 0)
        fprintf(json->file, "%s\n%*s", json->empty ? "" : ",", 2 * json->depth, "");
    json->empty = 0;
    if (key) {
        write_text(json->file, key);
        fputs(": ", json->file);
    }
}

void json_open(struct json *json, const char *key, char bracket)
{
    begin_value(json, key);
    fputc(bracket, json->file);
    json->depth++;
    json->empty = 1;
}

void json_close(struct json *json, char bracket)
{
    json->depth--;
    if (!json->empty)
        fprintf(json->file, "\n%*s", 2 * json->depth, "");
    fputc(bracket, json->file);
    json->empty = 0;
    if (json->depth == 0)
        fputc('\n', json->file);
}

void json_text(struct json *json, const char *key, const char *text)
{
    begin_value(json, key);
    if (text)
        write_text(json->file, text);
    else
        fputs("null", json->file);
}

void json_whole(struct json *json, const char *key, int64_t number)
{
    begin_value(json, key);
    fprintf(json->file, "%" PRId64, number);
}

void json_real(struct json *json, const char *key, double number)
{
    char digits[32];
    begin_value(json, key);
    fputs(isfinite(number) ? number_digits(digits, number) : "null", json->file);
}

void json_float(struct json *json, const char *key, float number)
{
    char digits[32] = "null";
    for (int precision = 6; precision <= 9 && isfinite(number); precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, (double)number);
        if (strtof(digits, NULL) == number)
            break;
    }
    begin_value(json, key);
    fputs(digits, json->file);
}

void json_flag(struct json *json, const char *key, int flag)
{
    begin_value(json, key);
    fputs(flag ? "true" : "false", json->file);
}
