/* SPDX-License-Identifier: Apache-2.0 */
/* rec info and rec verify: what a file holds, and whether it is whole. */
#include "commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "inputs.h"
#include "report.h"
#include "table.h"
#include "text.h"

static const struct {
    const char *name; /* as the file format calls it */
    int64_t bytes;
} types[] = {[REC_F32] = {"F32", 4}, [REC_F64] = {"F64", 8}, [REC_I32] = {"I32", 4},  [REC_I64] = {"I64", 8},
             [REC_U8] = {"U8", 1},   [REC_F16] = {"F16", 2}, [REC_BF16] = {"BF16", 2}};

static int64_t array_bytes(const rec_array *array)
{
    return array->rows * array->columns * types[array->type].bytes;
}

static void json_array(struct json *json, const rec_array *array)
{
    json_open(json, NULL, '{');
    json_text(json, "name", array->name);
    json_text(json, "type", types[array->type].name);
    json_open(json, "shape", '[');
    json_whole(json, NULL, array->rows);
    if (array->dimensions == 2)
        json_whole(json, NULL, array->columns);
    json_close(json, ']');
    json_whole(json, "bytes", array_bytes(array));
    json_close(json, '}');
}

static void json_container(const char *path, const rec_file *file)
{
    struct json json = {.file = stdout};
    rec_array array = REC_ARRAY_INIT;
    const char *key, *value;
    json_open(&json, NULL, '{');
    json_text(&json, "file", path);
    json_text(&json, "kind", rec_file_kind(file));
    json_open(&json, "metadata", '{');
    for (int32_t i = 0; i < rec_file_metadata_count(file); i++)
        if (rec_file_metadata_at(file, i, &key, &value) == REC_OK)
            json_text(&json, key, value);
    json_close(&json, '}');
    json_open(&json, "arrays", '[');
    for (int32_t i = 0; i < rec_file_array_count(file); i++)
        if (rec_file_array_at(file, i, &array) == REC_OK)
            json_array(&json, &array);
    json_close(&json, ']');
    json_close(&json, '}');
}

static const char checksum_prefix[] = "crc32c.";

static void print_metadata(const rec_file *file)
{
    struct table table = {0};
    const char *key, *value;
    table_column(&table, "<key");
    table_column(&table, "<value");
    for (int32_t i = 0; i < rec_file_metadata_count(file); i++) {
        if (rec_file_metadata_at(file, i, &key, &value) ||
            strncmp(key, checksum_prefix, sizeof checksum_prefix - 1) == 0)
            continue;
        table_cell(&table, "%s", key);
        table_cell(&table, "%s", value);
    }
    table_print(&table);
}

static void table_array(struct table *table, const rec_file *file, const rec_array *array)
{
    char size[32], key[128];
    snprintf(key, sizeof key, "%s%s", checksum_prefix, array->name);
    const char *checksum = rec_file_metadata_find(file, key);
    table_cell(table, "%s", array->name);
    table_cell(table, "%s", types[array->type].name);
    if (array->dimensions == 2)
        table_cell(table, "%" PRId64 " x %" PRId64, array->rows, array->columns);
    else
        table_cell(table, "%" PRId64, array->rows);
    table_cell(table, "%s", byte_size(size, array_bytes(array)));
    table_cell(table, "%s", checksum ? checksum : "none");
}

static void print_container(const char *path, const rec_file *file)
{
    struct table table = {0};
    rec_array array = REC_ARRAY_INIT;
    printf("%s: %s\n\n", path, rec_file_kind(file));
    print_metadata(file);
    putchar('\n');
    table_column(&table, "<array");
    table_column(&table, "<type");
    table_column(&table, "shape");
    table_column(&table, "size");
    table_column(&table, "<checksum");
    for (int32_t i = 0; i < rec_file_array_count(file); i++)
        if (rec_file_array_at(file, i, &array) == REC_OK)
            table_array(&table, file, &array);
    table_print(&table);
}

static int info_container(const struct args *args)
{
    static const enum option_id reading[] = {OPT_FORMAT, OPT_DUPLICATES, OPT_THREADS};
    rec_file *file = NULL;
    for (int i = 0; i < 3; i++)
        if (args_count(args, reading[i]))
            return fail_usage(args->command, "--%s is for text files; %s is a container",
                              option_table[reading[i]].name, args->words[0]);
    rec_status status = rec_file_open(&file, args->words[0]);
    if (status)
        return fail_library(status);
    if (args_count(args, OPT_JSON))
        json_container(args->words[0], file);
    else
        print_container(args->words[0], file);
    rec_file_free(file);
    return 0;
}

static void json_ratings(const char *path, const rec_ratings *ratings)
{
    struct json json = {.file = stdout};
    float least, greatest;
    rec_ratings_range(ratings, &least, &greatest);
    json_open(&json, NULL, '{');
    json_text(&json, "file", path);
    json_text(&json, "kind", "text ratings");
    json_whole(&json, "users", rec_ratings_users(ratings));
    json_whole(&json, "items", rec_ratings_items(ratings));
    json_whole(&json, "ratings", rec_ratings_count(ratings));
    json_float(&json, "least", least);
    json_float(&json, "greatest", greatest);
    json_real(&json, "mean", rec_ratings_mean(ratings));
    json_flag(&json, "timed", rec_ratings_timed(ratings));
    json_close(&json, '}');
}

static void print_ratings(const char *path, const rec_ratings *ratings)
{
    char count[32];
    float least, greatest;
    double cells = (double)rec_ratings_users(ratings) * (double)rec_ratings_items(ratings);
    rec_ratings_range(ratings, &least, &greatest);
    printf("%s: text ratings\n\n", path);
    printf("users    %s\n", grouped(count, rec_ratings_users(ratings)));
    printf("items    %s\n", grouped(count, rec_ratings_items(ratings)));
    printf("ratings  %s (%.3g%% of all pairs)\n", grouped(count, rec_ratings_count(ratings)),
           100.0 * (double)rec_ratings_count(ratings) / cells);
    printf("values   %g to %g, mean %.4f\n", (double)least, (double)greatest, rec_ratings_mean(ratings));
    printf("times    %s\n", rec_ratings_timed(ratings) ? "yes" : "no");
}

static int info_text(const struct args *args)
{
    rec_ratings *ratings = NULL;
    int status = read_ratings(&ratings, args, args->words, 1);
    if (status)
        return status;
    if (args_count(args, OPT_JSON))
        json_ratings(args->words[0], ratings);
    else
        print_ratings(args->words[0], ratings);
    rec_ratings_free(ratings);
    return 0;
}

int run_info(const struct args *args)
{
    return is_container(args->words[0]) ? info_container(args) : info_text(args);
}

int run_verify(const struct args *args)
{
    rec_file *file = NULL;
    rec_array array = REC_ARRAY_INIT;
    struct json json = {.file = stdout};
    int64_t bytes = 0;
    char size[32];
    rec_status status = rec_file_open(&file, args->words[0]);
    if (!status)
        status = rec_file_verify(file);
    if (status) {
        rec_file_free(file);
        return fail_library(status);
    }
    for (int32_t i = 0; i < rec_file_array_count(file); i++)
        if (rec_file_array_at(file, i, &array) == REC_OK)
            bytes += array_bytes(&array);
    if (args_count(args, OPT_JSON)) {
        json_open(&json, NULL, '{');
        json_text(&json, "file", args->words[0]);
        json_text(&json, "kind", rec_file_kind(file));
        json_whole(&json, "arrays", rec_file_array_count(file));
        json_whole(&json, "bytes", bytes);
        json_flag(&json, "whole", 1);
        json_close(&json, '}');
    } else {
        printf("%s: whole (%s, %d arrays, %s)\n", args->words[0], rec_file_kind(file),
               (int)rec_file_array_count(file), byte_size(size, bytes));
    }
    rec_file_free(file);
    return 0;
}
