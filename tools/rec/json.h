/* SPDX-License-Identifier: Apache-2.0 */
/* Writes one JSON value: indented, in valid UTF-8, numbers the same in every locale and read back exactly. */
#ifndef REC_TOOL_JSON_H
#define REC_TOOL_JSON_H

#include <stdint.h>
#include <stdio.h>

struct json {
    FILE *file;
    int depth;
    int empty; /* nothing written yet at this depth */
};

/* `key` is NULL inside an array and at the top. */
void json_open(struct json *json, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json *json, char bracket);                 /* '}' or ']'; ends the line at the top */
void json_text(struct json *json, const char *key, const char *text); /* NULL: null */
void json_whole(struct json *json, const char *key, int64_t number);
void json_real(struct json *json, const char *key, double number); /* NaN, infinite: null */
void json_float(struct json *json, const char *key, float number); /* fewest digits that give the float */
void json_flag(struct json *json, const char *key, int flag);

#endif
