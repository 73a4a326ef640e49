/* SPDX-License-Identifier: Apache-2.0 */
/* rec convert: ratings between text and containers, features to containers. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "features.h"
#include "inputs.h"
#include "report.h"
#include "text.h"

/* The ratings, or the features, that were read; the other is NULL. */
struct content {
    rec_ratings *ratings;
    rec_features *features;
};

static const char *target_format(const struct args *args)
{
    static const struct {
        const char *end, *format;
    } ends[] = {{".librec", "librec"}, {".safetensors", "librec"}, {".csv", "csv"}, {".mtx", "mtx"}};
    const char *format = args_text(args, OPT_TO);
    for (size_t i = 0; i < sizeof ends / sizeof *ends && !format; i++)
        if (ends_with(args->words[1], ends[i].end))
            format = ends[i].format;
    return format;
}

static rec_status ratings_of_model(rec_ratings **out, const char *path)
{
    rec_model *model = NULL;
    rec_status status = rec_model_open(&model, path);
    if (!status && rec_model_ratings(model))
        *out = rec_ratings_retain(rec_model_ratings(model));
    rec_model_free(model);
    return status;
}

static int read_container(struct content *content, const char *path)
{
    rec_file *file = NULL;
    rec_status status = rec_file_open(&file, path);
    if (status)
        return fail_library(status);
    char kind[16];
    snprintf(kind, sizeof kind, "%s", rec_file_kind(file));
    rec_file_free(file);
    if (strcmp(kind, "features") == 0)
        status = rec_features_open(&content->features, path);
    else if (strcmp(kind, "model") == 0)
        status = ratings_of_model(&content->ratings, path);
    else
        status = rec_ratings_open(&content->ratings, path);
    if (status)
        return fail_library(status);
    if (!content->ratings && !content->features)
        return fail("%s: the model was saved without its ratings, so there is nothing to convert", path);
    return 0;
}

/* Vectors of --item-text from word vectors, which take their place. */
static int embed_texts(rec_features **features, const struct args *args)
{
    rec_documents *documents = NULL;
    rec_features *made = NULL;
    rec_embedding how = REC_EMBEDDING_INIT;
    rec_text *text = NULL;
    int status = read_texts(&documents, &text, args);
    if (status || !documents)
        return status;
    how.text = text;
    rec_status failed = rec_documents_embed(&made, documents, *features, &how);
    if (!failed) {
        rec_features_free(*features);
        *features = made;
    }
    status = failed ? fail_library(failed) : 0;
    rec_documents_free(documents);
    rec_text_free(text);
    return status;
}

static int read_features(rec_features **out, const struct args *args, const char *path)
{
    rec_features_options options = REC_FEATURES_OPTIONS_INIT;
    rec_ids *ids = NULL;
    const char *list = args_text(args, OPT_IDS);
    rec_status status = list ? rec_ids_read(&ids, list) : REC_OK;
    options.ids = ids;
    options.array = args_text(args, OPT_ARRAY);
    if (!status)
        status = rec_features_read_with(out, path, &options);
    rec_ids_free(ids);
    return status ? fail_library(status) : embed_texts(out, args);
}

/* Options that are for the other kind of file. */
static int check_options(const struct args *args, const char *path, int container, int features)
{
    static const enum option_id of_ratings[] = {OPT_FORMAT, OPT_DUPLICATES};
    static const enum option_id of_features[] = {OPT_IDS, OPT_ARRAY, OPT_ITEM_TEXT};
    for (int i = 0; i < 2; i++)
        if ((container || features) && args_count(args, of_ratings[i]))
            return fail_usage(args->command, "--%s is for text files of ratings; %s is %s",
                              option_table[of_ratings[i]].name, path,
                              container ? "a container" : "of features");
    for (int i = 0; i < 3; i++)
        if (!features && args_count(args, of_features[i]))
            return fail_usage(args->command, "--%s is for features; expected --features too",
                              option_table[of_features[i]].name);
    return 0;
}

static int read_content(struct content *content, const struct args *args)
{
    const char *path = args->words[0];
    int features = args_count(args, OPT_FEATURES), container = !features && is_container(path);
    int status = check_options(args, path, container, features);
    if (status)
        return status;
    if (features)
        return read_features(&content->features, args, path);
    return container ? read_container(content, path) : read_ratings(&content->ratings, args, &path, 1);
}

static int write_content(const struct content *content, const char *path, const char *format)
{
    rec_status status;
    int container = strcmp(format, "librec") == 0;
    if (content->features && !container)
        return fail(
            "features are written as a container only; expected %s to end in .librec or .safetensors, "
            "or --to librec",
            path);
    if (content->features)
        status = rec_features_save(content->features, path);
    else if (container)
        status = rec_ratings_save(content->ratings, path);
    else
        status = rec_ratings_write(content->ratings, path, format);
    return status ? fail_library(status) : 0;
}

static void report_content(const struct content *content, const struct args *args, const char *format)
{
    const rec_ratings *ratings = content->ratings;
    const rec_features *features = content->features;
    char users[64], items[64], count[64];
    struct json json = {.file = stdout};
    if (!args_count(args, OPT_JSON) && features) {
        printf("%s: %s of %s\n", args->words[1], counted(items, rec_features_count(features), "row"),
               counted(count, rec_features_dimensions(features), "feature"));
    } else if (!args_count(args, OPT_JSON)) {
        printf("%s: %s of %s by %s\n", args->words[1], counted(count, rec_ratings_count(ratings), "rating"),
               counted(items, rec_ratings_items(ratings), "item"),
               counted(users, rec_ratings_users(ratings), "user"));
    } else {
        json_open(&json, NULL, '{');
        json_text(&json, "file", args->words[1]);
        json_text(&json, "format", format);
        json_whole(&json, features ? "rows" : "users",
                   features ? rec_features_count(features) : rec_ratings_users(ratings));
        json_whole(&json, features ? "dimensions" : "items",
                   features ? rec_features_dimensions(features) : rec_ratings_items(ratings));
        if (ratings)
            json_whole(&json, "ratings", rec_ratings_count(ratings));
        json_close(&json, '}');
    }
}

int run_convert(const struct args *args)
{
    struct content content = {0};
    const char *format = target_format(args);
    if (!format)
        return fail_usage(
            args->command,
            "the name of %s tells no format; expected .librec, .safetensors, .csv, .mtx or --to",
            args->words[1]);
    int status = check_target(args->words[1]);
    if (!status)
        status = read_content(&content, args);
    if (!status)
        status = write_content(&content, args->words[1], format);
    if (!status)
        report_content(&content, args, format);
    rec_ratings_free(content.ratings);
    rec_features_free(content.features);
    return status;
}
