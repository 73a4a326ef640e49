/* SPDX-License-Identifier: Apache-2.0 */
/* Features of the items, from files and texts. */
#include "features.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "text.h"

static int file_exists(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file)
        fclose(file);
    return file != NULL;
}

static int set_text(rec_text *text, const struct args *args)
{
    int status = 0, n = args_count(args, OPT_TEXT_PARAMETER);
    for (int i = 0; i < n && !status; i++) {
        const char *given = args_text_at(args, OPT_TEXT_PARAMETER, i), *sign = strchr(given, '=');
        if (!sign)
            return fail_usage(args->command, "--text \"%s\"; expected NAME=VALUE", given);
        char *name = copy_text(given, (size_t)(sign - given));
        if (rec_text_set_text(text, name, sign + 1))
            status = fail_usage(args->command, "%s", rec_last_error());
        free(name);
    }
    if (!status && rec_text_set(text, "threads", (double)args_whole(args, OPT_THREADS, 0)))
        status = fail_usage(args->command, "%s", rec_last_error());
    return status;
}

int read_texts(rec_documents **documents, rec_text **text, const struct args *args)
{
    const char *path = args_text(args, OPT_ITEM_TEXT);
    *documents = NULL;
    *text = NULL;
    if (!path && (args_count(args, OPT_TEXT_COLUMNS) || args_count(args, OPT_TEXT_PARAMETER)))
        return fail_usage(args->command, "--text and --text-columns are for --item-text");
    if (!path)
        return 0;
    rec_status failed = rec_text_create(text);
    int status = failed ? fail_library(failed) : set_text(*text, args);
    if (!status &&
        (failed = rec_documents_read(documents, path, args_text(args, OPT_TEXT_COLUMNS))) != REC_OK)
        status = fail_library(failed);
    if (status) {
        rec_text_free(*text);
        *text = NULL;
    }
    return status;
}

/* Texts of the items as features, and the vectorizer that made them. */
static int read_item_text(rec_features **out, rec_text **text, const struct args *args)
{
    rec_documents *documents = NULL;
    int status = read_texts(&documents, text, args);
    if (status || !documents)
        return status;
    rec_status failed = rec_text_fit(*text, documents, out);
    rec_documents_free(documents);
    return failed ? fail_library(failed) : 0;
}

/* Features of the items: files and texts, each a block. */
struct blocks {
    rec_features **features;
    char **labels;
    double *weights;
    int32_t n;
    int asked; /* a name or a weight was given */
};

static void add_block(struct blocks *blocks, char *label, double weight)
{
    size_t n = (size_t)blocks->n++;
    blocks->features = grow(blocks->features, n, sizeof *blocks->features);
    blocks->labels = grow(blocks->labels, n, sizeof *blocks->labels);
    blocks->weights = grow(blocks->weights, n, sizeof *blocks->weights);
    blocks->features[n] = NULL;
    blocks->labels[n] = label;
    blocks->weights[n] = weight;
}

static void free_blocks(struct blocks *blocks)
{
    for (int32_t b = 0; b < blocks->n; b++) {
        rec_features_free(blocks->features[b]);
        free(blocks->labels[b]);
    }
    free(blocks->features);
    free(blocks->labels);
    free(blocks->weights);
}

/* "[NAME=]FILE[:WEIGHT]". A file that is there under the whole of the text is just a file. */
static int read_block(struct blocks *blocks, const struct args *args, const char *given)
{
    char *path = copy_text(given, strlen(given)), *colon = strrchr(path, ':'), *file = path;
    const char *sign = strchr(given, '=');
    double weight = 1.0;
    int whole = file_exists(given);
    if (!whole && colon && parse_number(colon + 1, &weight))
        *colon = '\0';
    else
        weight = 1.0;
    int named = !whole && sign && sign > given;
    blocks->asked = blocks->asked || named || weight != 1.0;
    if (named)
        file += sign - given + 1;
    add_block(blocks, named ? copy_text(given, (size_t)(sign - given)) : copy_text("", 0), weight);
    int status = 0;
    if (!(weight > 0.0))
        status = fail_usage(args->command, "--item-features \"%s\" has weight %g; expected a number above 0",
                            given, weight);
    rec_status failed = status ? REC_OK : rec_features_read(&blocks->features[blocks->n - 1], file, NULL);
    free(path);
    return failed ? fail_library(failed) : status;
}

int read_item_features(rec_features **out, rec_text **vectorizer, const struct args *args)
{
    struct blocks blocks = {0};
    rec_features *text = NULL;
    int n = args_count(args, OPT_ITEM_FEATURES), status = read_item_text(&text, vectorizer, args);
    if (text) {
        add_block(&blocks, copy_text("", 0), 1.0);
        blocks.features[0] = text;
    }
    for (int i = 0; i < n && !status; i++)
        status = read_block(&blocks, args, args_text_at(args, OPT_ITEM_FEATURES, i));
    if (!status && blocks.n == 1 && !blocks.asked) {
        *out = rec_features_retain(blocks.features[0]);
    } else if (!status && blocks.n > 0) {
        rec_status joined = rec_features_join(out, (const rec_features *const *)blocks.features,
                                              (const char *const *)blocks.labels, blocks.weights, blocks.n);
        status = joined ? fail_library(joined) : 0;
    }
    /* Of joined features text is but a part, which no vectorizer makes alone. */
    if (blocks.n > 1) {
        rec_text_free(*vectorizer);
        *vectorizer = NULL;
    }
    free_blocks(&blocks);
    return status;
}

int transform_texts(rec_features **out, const rec_model *model, const rec_documents *documents)
{
    const rec_text *text = rec_model_item_text(model);
    if (!text)
        return fail("the model keeps no vectorizer; one fitted with --item-text, without other features, was "
                    "expected");
    rec_status failed = rec_text_transform(text, documents, out);
    return failed ? fail_library(failed) : 0;
}

static int read_new_texts(rec_features **out, const rec_model *model, const struct args *args)
{
    rec_documents *documents = NULL;
    rec_status failed =
        rec_documents_read(&documents, args_text(args, OPT_ITEM_TEXT), args_text(args, OPT_TEXT_COLUMNS));
    int status = failed ? fail_library(failed) : transform_texts(out, model, documents);
    rec_documents_free(documents);
    return status;
}

int read_new_items(rec_features **out, const rec_model *model, const struct args *args)
{
    int texts = args_count(args, OPT_ITEM_TEXT), files = args_count(args, OPT_ITEM_FEATURES);
    if (texts + files != 1)
        return fail_usage(args->command,
                          "new items come with --item-features or with --item-text; one of them, "
                          "once, was expected");
    if (!texts && args_count(args, OPT_TEXT_COLUMNS))
        return fail_usage(args->command, "--text-columns is for --item-text");
    if (texts)
        return read_new_texts(out, model, args);
    rec_status failed = rec_features_read(out, args_text(args, OPT_ITEM_FEATURES), NULL);
    return failed ? fail_library(failed) : 0;
}
