/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading files of ratings. A reading maps its sources, cuts them into chunks, parses these in parallel, each
 * thread giving ids rows of its own, and then numbers all ids in order of first appearance in the input.
 * One format is one struct rec__reader, in read_FORMAT.c.
 */
#ifndef REC_STORE_READ_H
#define REC_STORE_READ_H

#include "base/file.h"
#include "base/text.h"
#include "store/lex.h"
#include "store/ratings.h"

/** Lines, or ids of lists, that are parsed before their ids are looked up together. */
#define REC_READ_BLOCK 128

/** A thread's own: the ids it has met, and the events of the chunk that it is parsing. */
struct rec__parser {
    struct rec__intern users, items;
    struct rec__events events;
    struct rec__key user_keys[REC_READ_BLOCK], item_keys[REC_READ_BLOCK];
    struct rec__text user_text, item_text; /* ids of a line whose quotes had to be undoubled */
    int32_t *user_map, *item_map;          /* own rows to final rows */
};

struct rec__reader;

/** A file that is being read. */
struct rec__source {
    const char *path;
    struct rec__mapping mapping;
    const char *text, *end; /* what chunks are cut from: after a byte order mark and a header */
    const struct rec__reader *reader;
    struct rec__dialect dialect;          /* csv */
    int64_t n_rows, n_columns, n_entries; /* mtx, as declared; n_rows: counted-lists too, once counted */
    bool rated, timed;                    /* has ratings (else all are 1), has times */
    bool wide;                            /* csv: has columns behind these, which are passed over */
    rec_ratings *store;                   /* a container */
    int32_t *user_map, *item_map;         /* numbered rows to final rows, where rows are numbered */
    float least, greatest;                /* ratings outside are errors */
    int64_t first_chunk, end_chunk;
};

/** Whole lines of a source. */
struct rec__chunk {
    const char *from, *to;
    int32_t source, worker;
    int32_t user_from, user_to, item_from, item_to; /* ids that its worker met first in it */
    int64_t lines, first_line;                      /* counted-lists */
    bool failed, open_quote; /* open_quote: it ends within a quoted field, so it was cut in a wrong place */
};

/** A format. */
struct rec__reader {
    const char *name;
    /* Check and take the header; sets text and what the format needs. Required. */
    rec_status (*begin)(struct rec__source *source);
    /* Append the events of a chunk to the parser's. Required. */
    rec_status (*parse)(struct rec__parser *parser, const struct rec__source *source,
                        struct rec__chunk *chunk);
    /* Rows are numbered from this on, not met as ids; -1: met. */
    int64_t users_from, items_from;
};

extern const struct rec__reader rec__reader_csv, rec__reader_lists, rec__reader_counted, rec__reader_mtx,
    rec__reader_store;

/** The reader of a format by name. Errors: REC_ERR_INVALID, listing the names. */
rec_status rec__reader_find(const struct rec__reader **out, const char *name);
/** The reader that fits a source's first lines. Errors: REC_ERR_FORMAT, for what begins as JSON does. */
rec_status rec__reader_guess(const struct rec__reader **out, const struct rec__source *source);

struct rec__reading {
    struct rec__source *sources;
    int32_t n_sources;
    rec_ratings_options options;
    int32_t threads;
    int64_t chunk_bytes; /* 0: chosen by size and threads; the result does not depend on it */
    struct rec__chunk *chunks;
    int64_t n_chunks, chunk_capacity;
    struct rec__events *runs; /* one a chunk */
    struct rec__parser *parsers;
    struct rec__id_table users, items;
};

/** Copy options, filling what an older program did not know. Errors: REC_ERR_INVALID. */
rec_status rec__ratings_options_take(rec_ratings_options *out, const rec_ratings_options *given);

/** The steps of rec_ratings_read_files, in order; after any failure and at the end, rec__reading_clear. */
rec_status rec__reading_begin(struct rec__reading *reading, const char *const *paths, int32_t n_paths,
                              const rec_ratings_options *options);
rec_status rec__reading_parse(struct rec__reading *reading);
rec_status rec__reading_finish(struct rec__reading *reading, rec_ratings **out);
void rec__reading_clear(struct rec__reading *reading);

/** Number all ids in order of first appearance and give the runs their maps. */
rec_status rec__reading_merge(struct rec__reading *reading);
/** Cut the sources into chunks; `records`: never within a quoted field, which takes a pass of its own. */
rec_status rec__reading_cut(struct rec__reading *reading, bool records);

/** Room for `more` events beyond those there are. */
rec_status rec__events_reserve(struct rec__events *events, int64_t more, bool rated, bool timed);

/** Give n keys rows, of which a first part only when one cannot be an id: then `done` is its index. */
rec_status rec__read_rows(struct rec__intern *table, const struct rec__key *keys, int32_t n, int32_t *rows,
                          int32_t *done);

/** A failure at a place of a source: "PATH: line L, column C: SENTENCE". */
rec_status rec__read_fail(const struct rec__source *source, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));
/** "PATH: SENTENCE", of the file as a whole. */
rec_status rec__read_fail_empty(const struct rec__source *source);
/** A rating as written, checked. */
rec_status rec__read_rating(const struct rec__source *source, const char *bytes, int64_t length,
                            float *rating);

#endif
