/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters that describe themselves. */
#include "base/parameter.h"
#include "base/status.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int32_t rec__parameter_row(const struct rec__parameter *table, int32_t n, const char *name)
{
    for (int32_t i = 0; i < n; i++)
        if (strcmp(table[i].name, name) == 0)
            return i;
    return -1;
}

rec_status rec__parameter_check(const struct rec__parameter *parameter, double value)
{
    char number[REC_NUMBER_TEXT], least[REC_NUMBER_TEXT], greatest[REC_NUMBER_TEXT];
    rec__format_double(value, number);
    if (isnan(value))
        return rec__fail(REC_ERR_INVALID, "%s is nan; a number was expected", parameter->name);
    if (parameter->kind != REC_PARAMETER_REAL && value != floor(value) && !isinf(value))
        return rec__fail(REC_ERR_INVALID, "%s is %s; a whole number was expected", parameter->name, number);
    if (value >= parameter->least && value <= parameter->greatest)
        return REC_OK;
    rec__format_double(parameter->least, least);
    rec__format_double(parameter->greatest, greatest);
    return rec__fail(REC_ERR_RANGE, "%s is %s; %s to %s was expected", parameter->name, number, least,
                     greatest);
}

/* The position of a word in "a|b|c", or -1. */
static int32_t find_choice(const char *choices, const char *word)
{
    size_t length = strlen(word);
    for (int32_t position = 0; choices != NULL; position++) {
        const char *end = strchr(choices, '|');
        size_t width = end == NULL ? strlen(choices) : (size_t)(end - choices);
        if (width == length && memcmp(choices, word, length) == 0)
            return position;
        choices = end == NULL ? NULL : end + 1;
    }
    return -1;
}

rec_status rec__parameter_parse(const struct rec__parameter *parameter, const char *text, double *value)
{
    double parsed = 0.0;
    if (parameter->kind == REC_PARAMETER_CHOICE && find_choice(parameter->choices, text) >= 0)
        parsed = find_choice(parameter->choices, text);
    else if (parameter->kind == REC_PARAMETER_FLAG &&
             (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
        parsed = text[0] == 't';
    else if (!rec__parse_double(text, (int64_t)strlen(text), &parsed)) {
        const char *expected = parameter->kind == REC_PARAMETER_CHOICE ? parameter->choices
                               : parameter->kind == REC_PARAMETER_FLAG ? "true or false"
                                                                       : "a number";
        return rec__fail(REC_ERR_INVALID, "%s is \"%s\"; %s was expected", parameter->name, text, expected);
    }
    rec_status status = rec__parameter_check(parameter, parsed);
    if (status == REC_OK)
        *value = parsed;
    return status;
}

void rec__parameter_format(const struct rec__parameter *parameter, double value, char *out, size_t capacity)
{
    char number[REC_NUMBER_TEXT];
    rec__format_double(value, number);
    if (parameter->kind == REC_PARAMETER_FLAG) {
        snprintf(out, capacity, "%s", value != 0.0 ? "true" : "false");
        return;
    }
    if (parameter->kind != REC_PARAMETER_CHOICE) {
        snprintf(out, capacity, "%s", number);
        return;
    }
    const char *word = parameter->choices;
    for (int32_t skip = (int32_t)value; skip > 0; skip--)
        word = strchr(word, '|') + 1;
    snprintf(out, capacity, "%.*s", (int)strcspn(word, "|"), word);
}
