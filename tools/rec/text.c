/* SPDX-License-Identifier: Apache-2.0 */
/* Words and characters. */
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report.h"

enum { WORD_MOST = 63 };

static int least_of(int a, int b)
{
    return a < b ? a : b;
}

int edit_distance(const char *from, const char *to)
{
    int rows[3][WORD_MOST + 1];
    size_t n = strlen(from), m = strlen(to);
    if (n > WORD_MOST || m > WORD_MOST)
        return WORD_MOST;
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int *row = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int replaced = last[j - 1] + (from[i - 1] != to[j - 1]);
            row[j] = least_of(replaced, least_of(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                row[j] = least_of(row[j], before[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

void nearest_consider(struct nearest *nearest, const char *candidate)
{
    int distance = edit_distance(nearest->word, candidate);
    int allowed = 1 + (int)(strlen(nearest->word) / 4);
    if (distance <= allowed && (!nearest->best || distance < nearest->distance)) {
        nearest->best = candidate;
        nearest->distance = distance;
    }
}

size_t utf8_length(const char *text, const char *end)
{
    const unsigned char *c = (const unsigned char *)text;
    size_t n = *c < 0x80 ? 1 : *c < 0xC2 ? 0 : *c < 0xE0 ? 2 : *c < 0xF0 ? 3 : *c < 0xF5 ? 4 : 0;
    if (n == 0 || (size_t)(end - text) < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((c[i] & 0xC0) != 0x80)
            return 0;
    int overlong = (*c == 0xE0 && c[1] < 0xA0) || (*c == 0xF0 && c[1] < 0x90);
    int outside = (*c == 0xED && c[1] > 0x9F) || (*c == 0xF4 && c[1] > 0x8F);
    return overlong || outside ? 0 : n;
}

int text_columns(const char *text)
{
    int columns = 0;
    for (; *text; text++)
        columns += ((unsigned char)*text & 0xC0) != 0x80;
    return columns;
}

static int is_utf8(const char *text, const char *end)
{
    while (text < end) {
        size_t n = utf8_length(text, end);
        if (n == 0)
            return 0;
        text += n;
    }
    return 1;
}

char *utf8_from_latin1(char *text, size_t *size)
{
    if (is_utf8(text, text + *size))
        return text;
    char *wide = allocate(2 * *size + 1, 1), *to = wide;
    for (size_t i = 0; i < *size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x80) {
            *to++ = (char)c;
        } else {
            *to++ = (char)(0xC0 | (c >> 6));
            *to++ = (char)(0x80 | (c & 0x3F));
        }
    }
    *size = (size_t)(to - wide);
    free(text);
    return wide;
}

int read_file(char **text, size_t *size, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return fail("cannot read %s: %s", path, strerror(errno));
    size_t room = 1 << 16, n = 0, got;
    char *data = allocate(room, 1);
    while ((got = fread(data + n, 1, room - n - 1, file)) > 0) {
        n += got;
        if (n + 1 < room)
            continue;
        char *larger = allocate(2 * room, 1);
        memcpy(larger, data, n);
        free(data);
        data = larger;
        room *= 2;
    }
    int reason = ferror(file) ? errno : 0;
    fclose(file);
    if (reason) {
        free(data);
        return fail("cannot read %s: %s", path, strerror(reason));
    }
    data[n] = '\0';
    *text = data;
    *size = n;
    return 0;
}

char *next_line(char **rest)
{
    char *line = *rest;
    if (!*line)
        return NULL;
    char *end = line + strcspn(line, "\n");
    *rest = *end ? end + 1 : end;
    while (end > line && strchr(" \t\r", end[-1]))
        end--;
    *end = '\0';
    return line;
}

char *word_at(const char *words, int position)
{
    while (position-- > 0)
        words += strcspn(words, "|") + 1;
    return copy_text(words, strcspn(words, "|"));
}

int parse_number(const char *text, double *number)
{
    char *end;
    *number = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*number);
}

const char *number_digits(char buffer[32], double number)
{
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(buffer, 32, "%.*g", precision, number);
        if (strtod(buffer, NULL) == number)
            break;
    }
    return buffer;
}

const char *grouped(char buffer[32], int64_t number)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRId64, number), to = 0;
    for (int i = 0; i < n; i++) {
        buffer[to++] = digits[i];
        if (digits[i] != '-' && i + 1 < n && (n - 1 - i) % 3 == 0)
            buffer[to++] = ',';
    }
    buffer[to] = '\0';
    return buffer;
}

const char *counted(char buffer[64], int64_t number, const char *one)
{
    char digits[32];
    snprintf(buffer, 64, "%s %s%s", grouped(digits, number), one, number == 1 ? "" : "s");
    return buffer;
}

const char *byte_size(char buffer[32], int64_t bytes)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    double size = (double)bytes;
    int unit = 0;
    for (; size >= 999.5 && unit < 4; unit++)
        size /= 1000.0;
    snprintf(buffer, 32, unit && size < 99.95 ? "%.1f %s" : "%.0f %s", size, units[unit]);
    return buffer;
}

const char *duration(char buffer[32], double seconds)
{
    if (seconds < 0.9995)
        snprintf(buffer, 32, seconds < 0.00995 ? "%.1f ms" : "%.0f ms", 1000.0 * seconds);
    else if (seconds < 59.95)
        snprintf(buffer, 32, "%.1f s", seconds);
    else
        snprintf(buffer, 32, "%lld min %02lld s", (long long)(seconds + 0.5) / 60,
                 (long long)(seconds + 0.5) % 60);
    return buffer;
}

const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

int ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
