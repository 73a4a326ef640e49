/* SPDX-License-Identifier: Apache-2.0 */
/* Status texts, and the last sentence of each thread. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char last_sentence[REC_SENTENCE];

const char *rec_status_text(rec_status status)
{
    switch (status) {
#define STATUS_TEXT(name, number, text)                                                                      \
    case name:                                                                                               \
        return text;
        REC_STATUS_LIST(STATUS_TEXT)
#undef STATUS_TEXT
    }
    return "unknown status";
}

const char *rec_status_name(rec_status status)
{
    switch (status) {
#define STATUS_NAME(name, number, text)                                                                      \
    case name:                                                                                               \
        return #name;
        REC_STATUS_LIST(STATUS_NAME)
#undef STATUS_NAME
    }
    return "REC_ERR_UNKNOWN";
}

const char *rec_last_error(void)
{
    return last_sentence;
}

rec_status rec__fail(rec_status status, const char *format, ...)
{
    /* Formatted apart first: an argument may be the old sentence itself. */
    char sentence[REC_SENTENCE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    memcpy(last_sentence, sentence, sizeof sentence);
    return status;
}

rec_status rec__fail_within(rec_status status, const char *format, ...)
{
    char place[REC_SENTENCE / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(place, sizeof place, format, arguments);
    va_end(arguments);
    return rec__fail(status, "%s%s", place, last_sentence);
}

rec_status rec__fail_null(const char *argument)
{
    return rec__fail(REC_ERR_INVALID, "%s is NULL; a valid pointer was expected", argument);
}
