/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzz targets share: the bytes as a file, and a failure that must say why. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <librec/librec.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* View of the path, the same at each call; one process, one file. */
static inline const char *write_input(const uint8_t *bytes, size_t length)
{
    static char path[64];
    if (path[0] == '\0')
        snprintf(path, sizeof path, "fuzz-%ld.input", (long)getpid());
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0)
        abort();
    return path;
}

/* 1 when all is well; a failure without a sentence is a defect. */
static inline int went_well(rec_status status)
{
    if (status != REC_OK && rec_last_error()[0] == '\0')
        abort();
    return status == REC_OK;
}

#endif
