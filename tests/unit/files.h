/* SPDX-License-Identifier: Apache-2.0 */
/* Files that tests write and read: in a folder made for each test, and the data sets that may be there. */
#ifndef REC_UNIT_FILES_H
#define REC_UNIT_FILES_H

#include <check.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char test_folder[32];

static inline void make_folder(void)
{
    strcpy(test_folder, "unit-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(test_folder));
}

static inline void remove_folder(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", test_folder);
    ck_assert_int_eq(system(command), 0);
}

/* The path of a file of the folder, in one of four rooms by turns. */
static inline const char *path_of(const char *name)
{
    static char paths[4][96];
    static int turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", test_folder, name);
    return path;
}

static inline const char *write_bytes(const char *name, const char *bytes, size_t length)
{
    const char *path = path_of(name);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

static inline const char *write_text(const char *name, const char *text)
{
    return write_bytes(name, text, strlen(text));
}

/* The whole of a file, with a NUL after it; the caller frees it. */
static inline char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    size_t length = (size_t)ftell(file);
    rewind(file);
    char *text = calloc(length + 1, 1);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(fread(text, 1, length, file), length);
    fclose(file);
    return text;
}

/* A file of a public data set below REC_DATA_DIR; false, with a message, where there is none. */
static inline bool find_data(const char *name, char path[512])
{
    const char *folder = getenv("REC_DATA_DIR");
    snprintf(path, 512, "%s/%s", folder != NULL ? folder : "../shared/data", name);
    if (access(path, R_OK) == 0)
        return true;
    printf("skipped: REC_DATA_DIR has no %s\n", name);
    return false;
}

#endif
