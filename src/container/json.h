/* SPDX-License-Identifier: Apache-2.0 */
/* A strict reader of JSON, one token after another, for the header of a container. Strings are decoded in
 * place into a buffer. */
#ifndef REC_CONTAINER_JSON_H
#define REC_CONTAINER_JSON_H

#include <stdbool.h>
#include <stdint.h>

/** Where reading stands. A fault stops everything: check `fault` (NULL: none) at the end. */
struct rec__json {
    char *at, *end; /* the text, with a NUL at its end; strings are decoded over it */
    const char *fault;
};

/** Take one structural character, such as '{'; white space before it is skipped. A fault when something else
 * stands there. */
void rec__json_expect(struct rec__json *json, char wanted);
/** Take it when it stands there. */
bool rec__json_accept(struct rec__json *json, char wanted);
/** A fault unless only white space is left. */
void rec__json_end(struct rec__json *json);
/** A string, decoded and terminated in place: valid as long as the text. NULL after a fault. No NUL inside.
 */
const char *rec__json_string(struct rec__json *json);
/** A whole number that is not negative. */
int64_t rec__json_count(struct rec__json *json);

#endif
