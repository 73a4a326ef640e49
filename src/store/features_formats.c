/* SPDX-License-Identifier: Apache-2.0 */
/* Which reader a file of features gets: by name, or by how it begins. */
#include "base/status.h"
#include "store/features_numbers.h"
#include "store/features_read.h"

#include <stddef.h>

static rec_status find_format(const char *name, enum rec__feature_format *format)
{
    static const char *const names[] = {"triples", "dense", "bags", "vectors", "npy", "safetensors"};
    char shown[REC_LEX_SHOWN];
    *format = REC_FEATURES_GUESSED;
    if (name == NULL)
        return REC_OK;
    for (int f = REC_FEATURES_TRIPLES; f <= REC_FEATURES_SAFETENSORS; f++)
        if (strcmp(names[f], name) == 0) {
            *format = (enum rec__feature_format)f;
            return REC_OK;
        }
    return rec__fail(REC_ERR_INVALID,
                     "format %s is unknown; triples, dense, bags, vectors, npy or safetensors was expected",
                     rec__lex_show(name, (int64_t)strlen(name), shown));
}

/* A container of ours wins over what the caller says, as it tells itself what it is. */
static rec_status probe(const char *path, enum rec__feature_format *format)
{
    struct rec__container *container = NULL;
    if (rec__npy_probe(path)) {
        *format = *format == REC_FEATURES_GUESSED ? REC_FEATURES_NPY : *format;
        return REC_OK;
    }
    if (!rec__container_probe(path))
        return REC_OK;
    rec_status status = rec__container_open(&container, path);
    if (status == REC_OK)
        *format = strcmp(rec__container_kind(container), "arrays") == 0 ? REC_FEATURES_SAFETENSORS
                                                                        : REC_FEATURES_CONTAINER;
    rec__container_free(container);
    return status;
}

/* Ids, or the name of an array, for a file that has no use for them. */
static rec_status check_options(const char *path, enum rec__feature_format format,
                                const rec_features_options *options)
{
    bool numbered = format == REC_FEATURES_NPY || format == REC_FEATURES_SAFETENSORS;
    if (options->ids != NULL && !numbered)
        return rec__fail(REC_ERR_INVALID, "ids are given, and the rows of %s have their own", path);
    if (options->array != NULL && format != REC_FEATURES_SAFETENSORS)
        return rec__fail(REC_ERR_INVALID,
                         "array is \"%.80s\", and %s is no safetensors file of another writer",
                         options->array, path);
    return REC_OK;
}

static rec_status read_as(rec_features **out, const char *path, const rec_features_options *options)
{
    enum rec__feature_format format;
    rec_status status = find_format(options->format, &format);
    if (status == REC_OK)
        status = probe(path, &format);
    if (status == REC_OK)
        status = check_options(path, format, options);
    if (status != REC_OK)
        return status;
    switch (format) {
    case REC_FEATURES_CONTAINER:
        return rec_features_open(out, path);
    case REC_FEATURES_NPY:
        return rec__features_read_npy(out, path, options->ids);
    case REC_FEATURES_SAFETENSORS:
        return rec__features_read_safetensors(out, path, options->array, options->ids);
    default:
        return rec__features_read_text(out, path, format);
    }
}

static rec_status take_options(rec_features_options *out, const rec_features_options *given)
{
    size_t least = offsetof(rec_features_options, ids) + sizeof given->ids;
    if (given->size < least)
        return rec__fail(REC_ERR_INVALID,
                         "options size is %zu; %zu was expected (use REC_FEATURES_OPTIONS_INIT)", given->size,
                         sizeof *given);
    for (size_t i = sizeof *given; i < given->size; i++)
        if (((const unsigned char *)given)[i] != 0)
            return rec__fail(REC_ERR_INVALID, "options has an unknown member set, at byte %zu of %zu", i,
                             given->size);
    memcpy(out, given, sizeof *out);
    return REC_OK;
}

rec_status rec_features_read_with(rec_features **out, const char *path, const rec_features_options *options)
{
    rec_features_options taken = REC_FEATURES_OPTIONS_INIT;
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (path == NULL)
        return rec__fail_null("path");
    rec_status status = options == NULL ? REC_OK : take_options(&taken, options);
    return status == REC_OK ? read_as(out, path, &taken) : status;
}

rec_status rec_features_read(rec_features **out, const char *path, const char *format)
{
    rec_features_options options = REC_FEATURES_OPTIONS_INIT;
    options.format = format;
    return rec_features_read_with(out, path, &options);
}
