/* SPDX-License-Identifier: Apache-2.0 */
/* Filling and reading structs of callers that may be older or newer than this library. */
#include "api/sized.h"
#include "base/status.h"

#include <string.h>

static rec_status read_size(const void *callers, const char *name, size_t *theirs)
{
    memcpy(theirs, callers, sizeof *theirs);
    if (*theirs > sizeof *theirs && *theirs <= 4096)
        return REC_OK;
    return rec__fail(REC_ERR_INVALID, "%s.size is %zu; the size of the struct was expected (use its _INIT)",
                     name, *theirs);
}

rec_status rec__fill_sized(void *callers, const void *full, size_t size, const char *name)
{
    size_t theirs;
    if (read_size(callers, name, &theirs) != REC_OK)
        return REC_ERR_INVALID;
    memset(callers, 0, theirs);
    memcpy(callers, full, theirs < size ? theirs : size);
    memcpy(callers, &theirs, sizeof theirs);
    return REC_OK;
}

rec_status rec__read_sized(void *full, size_t size, const void *callers, const char *name)
{
    size_t theirs;
    const char *bytes = callers;
    if (read_size(callers, name, &theirs) != REC_OK)
        return REC_ERR_INVALID;
    for (size_t i = size; i < theirs; i++)
        if (bytes[i] != 0)
            return rec__fail(REC_ERR_INVALID,
                             "%s has members that this library does not know; zeros were expected there",
                             name);
    memcpy(full, callers, theirs < size ? theirs : size);
    memcpy(full, &size, sizeof size);
    return REC_OK;
}

rec_status rec__fill_parameter(rec_parameter *parameter, const struct rec__parameter *row)
{
    rec_parameter full = {.size = sizeof full,
                          .name = row->name,
                          .help = row->help,
                          .choices = row->choices,
                          .initial = row->initial,
                          .least = row->least,
                          .greatest = row->greatest,
                          .kind = (int32_t)row->kind};
    return rec__fill_sized(parameter, &full, sizeof full, "parameter");
}
