/* SPDX-License-Identifier: Apache-2.0 */
/* The public look into a container, and the check of all that its kind promises. */
#include <librec/file.h>

#include "api/sized.h"
#include "base/memory.h"
#include "base/status.h"
#include "store/ratings.h"

#include <string.h>

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

static rec_status check_ids(struct rec__container *container, const char *prefix, rec_ids **ids)
{
    rec_status status = rec__ids_unpack(ids, container, prefix);
    return status == REC_OK ? rec__ids_check(*ids, prefix) : status;
}

/* Ids and ratings: everything but the checksums that can be wrong in a file whose structure is right. */
static rec_status check_contents(struct rec__container *container)
{
    rec_ids *users = NULL, *items = NULL;
    rec_ratings *ratings = NULL;
    rec_status status = check_ids(container, "users", &users);
    if (status == REC_OK)
        status = check_ids(container, "items", &items);
    if (status == REC_OK && rec__container_find(container, "ratings.user_start") != NULL) {
        status = rec__ratings_unpack(&ratings, container, "ratings", users, items);
        if (status == REC_OK)
            status = rec__ratings_check(ratings, "ratings");
    }
    rec_ratings_free(ratings);
    rec_ids_free(users);
    rec_ids_free(items);
    return status;
}

rec_status rec_file_verify(const rec_file *file)
{
    if (file == NULL)
        return rec__fail_null("file");
    const char *kind = rec_file_kind(file);
    rec_status status = rec__container_verify(file->container);
    if (status == REC_OK && (strcmp(kind, "model") == 0 || strcmp(kind, "ratings") == 0)) {
        status = check_contents(file->container);
        if (status != REC_OK)
            status = rec__fail_within(status, "%s: ", rec__container_path(file->container));
    }
    return status;
}
