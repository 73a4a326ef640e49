/* SPDX-License-Identifier: Apache-2.0 */
/* Which reader a file gets: by name, or by its first lines; and the reader of stores within a set of files.
 */
#include "base/status.h"
#include "store/read.h"

#include <strings.h>

static const struct rec__reader *const readers[] = {&rec__reader_csv, &rec__reader_lists,
                                                    &rec__reader_counted, &rec__reader_mtx};
enum { READERS = sizeof readers / sizeof *readers };

rec_status rec__reader_find(const struct rec__reader **out, const char *name)
{
    char shown[REC_LEX_SHOWN];
    for (int i = 0; i < READERS; i++)
        if (strcmp(readers[i]->name, name) == 0) {
            *out = readers[i];
            return REC_OK;
        }
    return rec__fail(REC_ERR_INVALID, "format %s is unknown; csv, lists, counted-lists or mtx was expected",
                     rec__lex_show(name, (int64_t)strlen(name), shown));
}

/* What the first lines look like when blanks separate. */
struct words {
    int32_t lines;
    int64_t fewest, most; /* words of a line */
    bool counted;         /* each begins with the number of its other words */
    bool rated;           /* the third word of the last line, if it has one, is a number */
};

static const char *next_word(const char *p, const char *end, const char **stop)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++;
    *stop = p;
    while (*stop < end && strchr(" \t\r\n", **stop) == NULL)
        ++*stop;
    return p;
}

static const char *look_at_line(struct words *seen, const char *p, const char *end)
{
    int64_t words = 0, count = -1;
    double value;
    for (;; words++) {
        const char *stop, *word = next_word(p, end, &stop);
        p = stop;
        if (word == stop)
            break;
        if (words == 0 && !rec__parse_integer(word, stop - word, &count))
            count = -1;
        if (words == 2)
            seen->rated = rec__parse_double(word, stop - word, &value);
    }
    seen->fewest = seen->lines == 0 || words < seen->fewest ? words : seen->fewest;
    seen->most = words > seen->most ? words : seen->most;
    seen->counted = seen->counted && count == words - 1;
    seen->lines++;
    return p < end ? rec__lex_line_end(p, end) : end;
}

/* An object or list of JSON begins so; an id in braces or brackets goes on otherwise. */
static const char *find_json(const struct rec__source *source)
{
    const char *p = source->text, *end = source->end;
    while (p < end && (unsigned char)*p <= ' ')
        p++;
    if (p == end || (*p != '{' && *p != '['))
        return NULL;
    const char *next = p + 1;
    while (next < end && (unsigned char)*next <= ' ')
        next++;
    return next < end && strchr("\"{[]}", *next) != NULL ? p : NULL;
}

static const struct rec__reader *guess_text(const struct rec__source *source)
{
    static const char banner[] = "%%MatrixMarket";
    const char *p = source->text;
    if (source->end - p >= (int64_t)sizeof banner && strncasecmp(p, banner, sizeof banner - 1) == 0)
        return &rec__reader_mtx;
    struct rec__dialect dialect;
    int32_t sampled, same = rec__lex_detect(&dialect, p, source->end, false, &sampled);
    if (same * 2 > sampled && (dialect.columns <= 4 || rec__lex_names_columns(&dialect, p, source->end)))
        return &rec__reader_csv;
    struct words seen = {.counted = true};
    while (p < source->end && seen.lines < REC_LEX_SAMPLE)
        if (!rec__lex_blank_line(p, source->end, &p))
            p = look_at_line(&seen, p, source->end);
    if (seen.fewest == seen.most && (seen.most <= 2 || (seen.most <= 4 && seen.rated)))
        return &rec__reader_csv;
    return seen.counted && seen.lines > 1 ? &rec__reader_counted : &rec__reader_lists;
}

rec_status rec__reader_guess(const struct rec__reader **out, const struct rec__source *source)
{
    const char *json = find_json(source);
    if (json != NULL)
        return rec__read_fail(source, json,
                              "begins as JSON does; ratings are read from csv, lists, counted-lists or mtx");
    *out = guess_text(source);
    return REC_OK;
}

static rec_status begin_store(struct rec__source *source)
{
    const rec_ratings *store = source->store;
    source->n_rows = store->n_users;
    source->n_columns = store->n_items;
    if (store->count == 0)
        return rec__read_fail_empty(source);
    if (store->least < source->least || store->greatest > source->greatest)
        return rec__fail(REC_ERR_FORMAT, "%s: ratings run from %g to %g; %g to %g was expected", source->path,
                         (double)store->least, (double)store->greatest, (double)source->least,
                         (double)source->greatest);
    source->rated = true;
    source->timed = store->user_times != NULL;
    return REC_OK;
}

static rec_status parse_store(struct rec__parser *parser, const struct rec__source *source,
                              struct rec__chunk *chunk)
{
    (void)chunk;
    const rec_ratings *store = source->store;
    struct rec__events *events = &parser->events;
    rec_status status = rec__events_reserve(events, store->count, true, source->timed);
    if (status != REC_OK)
        return status;
    for (int32_t user = 0; user < store->n_users; user++)
        for (int64_t i = store->user_start[user]; i < store->user_start[user + 1]; i++)
            events->users[i] = user;
    memcpy(events->items, store->user_items, (size_t)store->count * sizeof *events->items);
    memcpy(events->ratings, store->user_ratings, (size_t)store->count * sizeof *events->ratings);
    if (source->timed)
        memcpy(events->times, store->user_times, (size_t)store->count * sizeof *events->times);
    events->count = store->count;
    return REC_OK;
}

/* Its rows are numbered, but have ids: the merge takes them from the store. */
const struct rec__reader rec__reader_store = {
    .name = "container", .begin = begin_store, .parse = parse_store, .users_from = 0, .items_from = 0};
