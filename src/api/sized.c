/* SPDX-License-Identifier: Apache-2.0 */
/* Filling structs of callers that may be older or newer than this library. */
#include "api/sized.h"
#include "base/status.h"

#include <string.h>

rec_status rec__fill_sized(void *callers, const void *full, size_t size, const char *name)
{
    size_t theirs;
    memcpy(&theirs, callers, sizeof theirs);
    if (theirs <= sizeof theirs || theirs > 4096)
        return rec__fail(REC_ERR_INVALID,
                         "%s.size is %zu; the size of the struct was expected (use its _INIT)", name, theirs);
    memset(callers, 0, theirs);
    memcpy(callers, full, theirs < size ? theirs : size);
    memcpy(callers, &theirs, sizeof theirs);
    return REC_OK;
}
