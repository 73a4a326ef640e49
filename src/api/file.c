/* SPDX-License-Identifier: Apache-2.0 */
/* The public look into a container. */
#include <librec/file.h>

#include "api/sized.h"
#include "api/verify.h"
#include "base/memory.h"
#include "base/status.h"

struct rec_file {
    struct rec__container *container;
};

rec_status rec_file_open(rec_file **out, const char *path)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (path == NULL)
        return rec__fail_null("path");
    rec_file *file = rec__allocate_zeroed(1, sizeof *file);
    if (file == NULL)
        return REC_ERR_NO_MEMORY;
    rec_status status = rec__container_open(&file->container, path);
    if (status == REC_OK)
        *out = file;
    else
        rec_file_free(file);
    return status;
}

void rec_file_free(rec_file *file)
{
    if (file == NULL)
        return;
    rec__container_free(file->container);
    rec__release(file);
}

const char *rec_file_kind(const rec_file *file)
{
    return rec__container_kind(file->container);
}

int32_t rec_file_metadata_count(const rec_file *file)
{
    return rec__container_metadata_count(file->container);
}

rec_status rec_file_metadata_at(const rec_file *file, int32_t index, const char **key, const char **value)
{
    if (file == NULL || key == NULL || value == NULL)
        return rec__fail_null(file == NULL ? "file" : key == NULL ? "key" : "value");
    int32_t n = rec__container_metadata_count(file->container);
    if (index < 0 || index >= n)
        return rec__fail(REC_ERR_RANGE, "index is %d; 0 to %d was expected", index, n - 1);
    rec__container_metadata_at(file->container, index, key, value);
    return REC_OK;
}

const char *rec_file_metadata_find(const rec_file *file, const char *key)
{
    return rec__container_text(file->container, key);
}

int32_t rec_file_array_count(const rec_file *file)
{
    return rec__container_array_count(file->container);
}

rec_status rec_file_array_at(const rec_file *file, int32_t index, rec_array *array)
{
    if (file == NULL || array == NULL)
        return rec__fail_null(file == NULL ? "file" : "array");
    int32_t n = rec__container_array_count(file->container);
    if (index < 0 || index >= n)
        return rec__fail(REC_ERR_RANGE, "index is %d; 0 to %d was expected", index, n - 1);
    return rec__fill_sized(array, rec__container_array_at(file->container, index), sizeof *array, "array");
}

rec_status rec_file_verify(const rec_file *file)
{
    if (file == NULL)
        return rec__fail_null("file");
    rec_status status = rec__container_verify(file->container);
    return status == REC_OK ? rec__verify_contents(file->container) : status;
}
