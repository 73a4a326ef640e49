/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store as text, user by user, in the formats that read.c reads. What a format has no place for (times
 * outside csv, ids where rows are numbered) is left out; ratings and ids that it would change are refused.
 */
#include "base/file.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "store/format_float.h"
#include "store/ratings.h"

#include <stdbool.h>
#include <string.h>

struct output {
    struct rec__writer writer;
    const rec_ratings *ratings;
    const char *path;
    char *id; /* room for the id at hand */
    int64_t id_capacity;
};

static void put(struct output *out, const char *text)
{
    rec__writer_write(&out->writer, text, (int64_t)strlen(text));
}

static void put_integer(struct output *out, int64_t value)
{
    char digits[24], *p = digits + sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do
        *--p = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (value < 0)
        *--p = '-';
    rec__writer_write(&out->writer, p, digits + sizeof digits - p);
}

static void put_rating(struct output *out, float rating)
{
    char text[REC_NUMBER_TEXT];
    rec__writer_write(&out->writer, text, rec__format_float(rating, text));
}

/* The id of a row, in out->id with a NUL after it. */
static rec_status take_id(struct output *out, const rec_ids *ids, int32_t row, int64_t *length)
{
    size_t bytes = 0;
    rec_status status = rec_ids_text(ids, row, out->id, (size_t)out->id_capacity, &bytes);
    *length = (int64_t)bytes;
    if (status != REC_OK || *length < out->id_capacity)
        return status;
    status = rec__grow((void **)(void *)&out->id, &out->id_capacity, *length + 1, 1);
    return status == REC_OK ? rec_ids_text(ids, row, out->id, (size_t)out->id_capacity, NULL) : status;
}

static void put_quoted(struct output *out, const char *id)
{
    put(out, "\"");
    for (const char *quote; (quote = strchr(id, '"')) != NULL; id = quote + 1) {
        rec__writer_write(&out->writer, id, quote + 1 - id);
        put(out, "\"");
    }
    put(out, id);
    put(out, "\"");
}

static rec_status put_csv_id(struct output *out, const rec_ids *ids, int32_t row)
{
    int64_t length;
    rec_status status = take_id(out, ids, row, &length);
    if (status != REC_OK)
        return status;
    if (strpbrk(out->id, ",\"\r\n") != NULL)
        put_quoted(out, out->id);
    else
        rec__writer_write(&out->writer, out->id, length);
    return REC_OK;
}

static rec_status put_csv_line(struct output *out, int32_t user, int64_t at)
{
    const rec_ratings *r = out->ratings;
    rec_status status = put_csv_id(out, r->users, user);
    put(out, ",");
    if (status == REC_OK)
        status = put_csv_id(out, r->items, r->user_items[at]);
    put(out, ",");
    put_rating(out, r->user_ratings[at]);
    if (r->user_times != NULL)
        put(out, ",");
    if (r->user_times != NULL && r->user_times[at] != REC_NO_TIME)
        put_integer(out, r->user_times[at]);
    put(out, "\n");
    return status;
}

static rec_status put_csv(struct output *out)
{
    const rec_ratings *r = out->ratings;
    rec_status status = REC_OK;
    put(out, r->user_times != NULL ? "user,item,rating,time\n" : "user,item,rating\n");
    for (int32_t user = 0; user < r->n_users; user++)
        for (int64_t i = r->user_start[user]; i < r->user_start[user + 1] && status == REC_OK; i++)
            status = put_csv_line(out, user, i);
    return status;
}

/* Lists have no quotes, so an id with a blank in it would be read as two. */
static rec_status put_list_id(struct output *out, const rec_ids *ids, int32_t row, const char *what)
{
    int64_t length;
    rec_status status = take_id(out, ids, row, &length);
    if (status != REC_OK)
        return status;
    if (strpbrk(out->id, " \t\r\n") != NULL)
        return rec__fail(REC_ERR_INVALID,
                         "%s: %s id \"%.40s\" has a blank in it, which lists cannot hold; csv can", out->path,
                         what, out->id);
    rec__writer_write(&out->writer, out->id, length);
    return REC_OK;
}

static rec_status check_ones(const struct output *out)
{
    const rec_ratings *r = out->ratings;
    char shown[REC_NUMBER_TEXT];
    for (int64_t i = 0; i < r->count; i++)
        if (r->user_ratings[i] != 1.0f) {
            (void)rec__format_float(r->user_ratings[i], shown);
            return rec__fail(REC_ERR_INVALID,
                             "%s: lists hold no ratings, so all must be 1; one is %s (csv and mtx hold them)",
                             out->path, shown);
        }
    return REC_OK;
}

static rec_status put_list_items(struct output *out, int32_t user)
{
    const rec_ratings *r = out->ratings;
    rec_status status = REC_OK;
    for (int64_t i = r->user_start[user]; i < r->user_start[user + 1] && status == REC_OK; i++) {
        put(out, " ");
        status = put_list_id(out, r->items, r->user_items[i], "item");
    }
    put(out, "\n");
    return status;
}

static rec_status put_lists(struct output *out)
{
    rec_status status = check_ones(out);
    for (int32_t user = 0; user < out->ratings->n_users && status == REC_OK; user++) {
        status = put_list_id(out, out->ratings->users, user, "user");
        if (status == REC_OK)
            status = put_list_items(out, user);
    }
    return status;
}

static rec_status put_counted_lists(struct output *out)
{
    rec_status status = check_ones(out);
    for (int32_t user = 0; user < out->ratings->n_users && status == REC_OK; user++) {
        put_integer(out, rec__user_count(out->ratings, user));
        status = put_list_items(out, user);
    }
    return status;
}

static rec_status put_mtx(struct output *out)
{
    const rec_ratings *r = out->ratings;
    put(out, "%%MatrixMarket matrix coordinate real general\n");
    const int64_t sizes[] = {r->n_users, r->n_items, r->count};
    for (int i = 0; i < 3; i++) {
        put_integer(out, sizes[i]);
        put(out, i < 2 ? " " : "\n");
    }
    for (int32_t user = 0; user < r->n_users; user++)
        for (int64_t i = r->user_start[user]; i < r->user_start[user + 1]; i++) {
            put_integer(out, (int64_t)user + 1);
            put(out, " ");
            put_integer(out, (int64_t)r->user_items[i] + 1);
            put(out, " ");
            put_rating(out, r->user_ratings[i]);
            put(out, "\n");
        }
    return REC_OK;
}

static const struct {
    const char *name;
    rec_status (*put)(struct output *out);
} formats[] = {
    {"csv", put_csv}, {"lists", put_lists}, {"counted-lists", put_counted_lists}, {"mtx", put_mtx}};
enum { FORMATS = sizeof formats / sizeof *formats };

static rec_status write_all(struct output *out, const char *path, int format)
{
    rec_status status = rec__writer_open(&out->writer, path);
    if (status != REC_OK)
        return status;
    status = formats[format].put(out);
    if (status == REC_OK)
        return rec__writer_commit(&out->writer);
    rec__writer_abandon(&out->writer);
    return status;
}

rec_status rec_ratings_write(const rec_ratings *ratings, const char *path, const char *format)
{
    if (ratings == NULL)
        return rec__fail_null("ratings");
    if (path == NULL)
        return rec__fail_null("path");
    if (format == NULL)
        return rec__fail_null("format");
    int found = 0;
    while (found < FORMATS && strcmp(formats[found].name, format) != 0)
        found++;
    if (found == FORMATS)
        return rec__fail(REC_ERR_INVALID,
                         "format \"%.40s\" is unknown; csv, lists, counted-lists or mtx was expected",
                         format);
    struct output out = {.ratings = ratings, .path = path};
    rec_status status = write_all(&out, path, found);
    rec__release(out.id);
    return status;
}
