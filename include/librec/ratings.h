/* SPDX-License-Identifier: Apache-2.0 */
/* The rating store: who rated what, how, and when. Immutable once made, compact, indexed both ways. */
#ifndef LIBREC_RATINGS_H
#define LIBREC_RATINGS_H

#include <librec/ids.h>

REC_BEGIN_DECLS

/**
 * Ratings of n_users x n_items as CSR by user and by item; each pair at most once, rows sorted.
 *
 * Immutable and reference-counted: any number of threads may read one. A rating is a finite float; implicit
 * feedback is a rating of 1, or a count. 16 bytes a rating, and 8 more with times.
 */
typedef struct rec_ratings rec_ratings;

/** Collects ratings one at a time or in arrays; not for several threads at once. */
typedef struct rec_ratings_builder rec_ratings_builder;

/** The time of a rating that has none. */
#define REC_NO_TIME INT64_MIN

/** What becomes of a (user, item) pair that is given more than once. Order is that of the input. */
typedef enum rec_duplicates {
    REC_DUPLICATES_LAST = 0,    /* the last given replaces the others */
    REC_DUPLICATES_SUM = 1,     /* ratings are added (counts); the latest time is kept */
    REC_DUPLICATES_MEAN = 2,    /* ratings are averaged; the latest time is kept */
    REC_DUPLICATES_GREATEST = 3 /* the greatest rating is kept, with its time */
} rec_duplicates;

/** How ratings are taken in. */
typedef struct rec_ratings_options {
    size_t size;               /* sizeof(rec_ratings_options), by REC_RATINGS_OPTIONS_INIT */
    const char *format;        /* "csv", "lists", "counted-lists", "mtx"; NULL: guessed from the content */
    rec_duplicates duplicates; /* REC_DUPLICATES_LAST */
    int32_t threads;           /* 0: all processors; the result is the same for any number */
    float least, greatest;     /* ratings outside are errors; both 0: any finite rating is taken */
} rec_ratings_options;

#define REC_RATINGS_OPTIONS_INIT                                                                             \
    {                                                                                                        \
        sizeof(rec_ratings_options), NULL, REC_DUPLICATES_LAST, 0, 0.0f, 0.0f                                \
    }

/**
 * Read a file of ratings. rec_ratings_read_files reads several as one set, in the order given.
 *
 * out      creates: free with rec_ratings_free; NULL after a failure
 * format   "csv", "lists", "counted-lists", "mtx", or NULL to guess; docs/guide.md describes them
 * options  NULL: REC_RATINGS_OPTIONS_INIT
 *
 * Ids are text, in order of first appearance, except that `counted-lists` and `mtx` number their users (and
 * `mtx` its items) by position. A file that was written by rec_ratings_save is opened as by rec_ratings_open.
 * Cost     one pass over the mapped file, in parallel; peak memory under 1.5 times the finished store.
 * Errors   REC_ERR_IO (path), REC_ERR_FORMAT (file, line, column, value, what was expected), REC_ERR_EMPTY,
 *          REC_ERR_INVALID, REC_ERR_NO_MEMORY.
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_ratings_read(rec_ratings **out, const char *path, const char *format);
REC_API REC_CHECKED rec_status rec_ratings_read_files(rec_ratings **out, const char *const *paths,
                                                      int32_t n_paths, const rec_ratings_options *options);

/**
 * Make ratings from CSR arrays by user; ids are the rows. The plain call copies (rows may be in any order,
 * duplicates: the last wins); _borrow keeps the caller's arrays, which must then be strictly ascending in
 * each row.
 *
 * row_start  n_users + 1 offsets, from 0, never falling
 * items      row_start[n_users] item rows, 0 <= item < n_items
 * ratings    as many ratings, or NULL: all are 1
 *
 * Ownership  the plain call copies; _borrow borrows until the ratings, and every model that retains them, are
 *            freed.
 * Errors     REC_ERR_INVALID (NULL, sizes), REC_ERR_RANGE (an item), REC_ERR_FORMAT (offsets, a NaN,
 *            an unsorted row), REC_ERR_NO_MEMORY.
 * Since      0.1
 */
REC_API REC_CHECKED rec_status rec_ratings_from_csr(rec_ratings **out, int32_t n_users, int32_t n_items,
                                                    const int64_t *row_start, const int32_t *items,
                                                    const float *ratings);
REC_API REC_CHECKED rec_status rec_ratings_from_csr_borrow(rec_ratings **out, int32_t n_users,
                                                           int32_t n_items, const int64_t *row_start,
                                                           const int32_t *items, const float *ratings);

/** Make an empty builder. options: copies; NULL: REC_RATINGS_OPTIONS_INIT (`format` is not used). */
REC_API REC_CHECKED rec_status rec_ratings_builder_create(rec_ratings_builder **out,
                                                          const rec_ratings_options *options);
/** Free a builder and what it holds; NULL is accepted. */
REC_API void rec_ratings_builder_free(rec_ratings_builder *builder);

/**
 * Add one rating, by text ids or by integer ids. The first call decides which; the two do not mix in one
 * builder.
 *
 * user, item  copies; text ids are not empty
 * rating      finite, within the builder's range
 * time        seconds since 1970, or REC_NO_TIME
 *
 * Errors  REC_ERR_INVALID (NULL or empty id, NaN, infinite, out of range, mixed kinds), REC_ERR_NO_MEMORY;
 *         the builder is left as it was.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_ratings_builder_add(rec_ratings_builder *builder, const char *user,
                                                       const char *item, float rating, int64_t time);
REC_API REC_CHECKED rec_status rec_ratings_builder_add_ids(rec_ratings_builder *builder, int64_t user,
                                                           int64_t item, float rating, int64_t time);

/**
 * Add n ratings from arrays. ratings may be NULL (all 1), times may be NULL (none). Stops at the first bad
 * one, whose index the sentence names; those before it have been added.
 */
REC_API REC_CHECKED rec_status rec_ratings_builder_add_array(rec_ratings_builder *builder,
                                                             const char *const *users,
                                                             const char *const *items, const float *ratings,
                                                             const int64_t *times, int64_t n);
REC_API REC_CHECKED rec_status rec_ratings_builder_add_ids_array(rec_ratings_builder *builder,
                                                                 const int64_t *users, const int64_t *items,
                                                                 const float *ratings, const int64_t *times,
                                                                 int64_t n);
/** Add every rating of a store, by its ids: so stores are joined, and new events added to old ones. */
REC_API REC_CHECKED rec_status rec_ratings_builder_add_ratings(rec_ratings_builder *builder,
                                                               const rec_ratings *ratings);
/**
 * Make the store from what was added; the builder is then empty and may be used again.
 *
 * Errors  REC_ERR_EMPTY (nothing was added), REC_ERR_NO_MEMORY (the builder keeps what it had), REC_ERR_RANGE
 *         (REC_DUPLICATES_SUM gives more than a float holds; the builder is then empty).
 */
REC_API REC_CHECKED rec_status rec_ratings_builder_finish(rec_ratings_builder *builder, rec_ratings **out);

/** One more owner. Threads: any. Returns its argument. */
REC_API rec_ratings *rec_ratings_retain(const rec_ratings *ratings);
/** Give up one ownership; NULL is accepted. */
REC_API void rec_ratings_free(rec_ratings *ratings);

REC_API int32_t rec_ratings_users(const rec_ratings *ratings);
REC_API int32_t rec_ratings_items(const rec_ratings *ratings);
/** How many ratings. */
REC_API int64_t rec_ratings_count(const rec_ratings *ratings);
/** The mean of all ratings, summed in double in a fixed order; 0 when there are none. */
REC_API double rec_ratings_mean(const rec_ratings *ratings);
/** Fills the least and the greatest rating; both 0 when there are none. */
REC_API void rec_ratings_range(const rec_ratings *ratings, float *least, float *greatest);
/** 1 when at least one rating has a time, else 0. */
REC_API int rec_ratings_timed(const rec_ratings *ratings);

/** The ids of the rows. View: valid until the ratings are freed. */
REC_API const rec_ids *rec_ratings_user_ids(const rec_ratings *ratings);
REC_API const rec_ids *rec_ratings_item_ids(const rec_ratings *ratings);

/** One row of the store: n entries, others ascending. Views, valid until the ratings are freed. */
typedef struct rec_row {
    const int32_t *others; /* of a user: item rows; of an item: user rows */
    const float *ratings;
    const int64_t *times; /* NULL when the store has none, and in rows of items */
    int64_t n;
} rec_row;

/** The ratings of a user, or of an item. Errors: REC_ERR_RANGE, REC_ERR_INVALID (NULL). Cost: O(1). */
REC_API REC_CHECKED rec_status rec_ratings_user(const rec_ratings *ratings, int32_t user, rec_row *row);
REC_API REC_CHECKED rec_status rec_ratings_item(const rec_ratings *ratings, int32_t item, rec_row *row);

/**
 * Save to a container file (docs/container.md); open one by mapping it, in O(1).
 *
 * Saving writes a temporary file beside path, syncs, and renames: a failure leaves what was there.
 * Errors  REC_ERR_IO, REC_ERR_CORRUPT, REC_ERR_VERSION, REC_ERR_FORMAT (a container of something else),
 *         REC_ERR_NO_MEMORY.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_ratings_save(const rec_ratings *ratings, const char *path);
REC_API REC_CHECKED rec_status rec_ratings_open(rec_ratings **out, const char *path);

/** Write as text: "csv" (user,item,rating[,time] with a header), "lists", "counted-lists" or "mtx". Errors:
 * as rec_ratings_save. */
REC_API REC_CHECKED rec_status rec_ratings_write(const rec_ratings *ratings, const char *path,
                                                 const char *format);

REC_END_DECLS

#endif
