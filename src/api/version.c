/* SPDX-License-Identifier: Apache-2.0 */
/* The version of the library, as opposed to that of the headers. */
#include <librec/version.h>

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)

const char *rec_version(void)
{
    return TEXT(REC_VERSION_MAJOR) "." TEXT(REC_VERSION_MINOR) "." TEXT(REC_VERSION_PATCH);
}
