/* SPDX-License-Identifier: Apache-2.0 */
/* Names of rows: external ids (text or 64-bit integers) to dense rows, and back. */
#ifndef LIBREC_IDS_H
#define LIBREC_IDS_H

#include <librec/status.h>

REC_BEGIN_DECLS

/** An immutable, reference-counted list of n distinct ids; row r has the r-th. */
typedef struct rec_ids rec_ids;

typedef enum rec_ids_kind {
    REC_IDS_ROWS = 0,    /* no names were given: the id of row r is the integer r */
    REC_IDS_INTEGER = 1, /* 64-bit integers */
    REC_IDS_TEXT = 2     /* byte strings without NUL, usually UTF-8 */
} rec_ids_kind;

/**
 * Make a list of ids: of text, of integers, or of plain rows 0..n-1.
 *
 * out   creates: free with rec_ids_free
 * ids   copies; n of them, all distinct, none NULL or empty
 *
 * Errors  REC_ERR_INVALID (NULL, n < 0 or n > INT32_MAX, an empty or duplicated id, which is named), REC_ERR_NO_MEMORY.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_ids_from_text(rec_ids **out, const char *const *ids, int64_t n);
REC_API REC_CHECKED rec_status rec_ids_from_integers(rec_ids **out, const int64_t *ids, int64_t n);
REC_API REC_CHECKED rec_status rec_ids_from_rows(rec_ids **out, int64_t n);

/**
 * Read a list of text ids from a file, one a line; blanks around them and blank lines are passed over.
 *
 * Errors  REC_ERR_IO, REC_ERR_EMPTY, REC_ERR_FORMAT (an id that comes twice: the sentence names line and id; a NUL byte), REC_ERR_INVALID (NULL),
 *         REC_ERR_NO_MEMORY.
 * Since   0.1
 */
REC_API REC_CHECKED rec_status rec_ids_read(rec_ids **out, const char *path);

/** One more owner; frees need not be in order. Threads: any. Returns its argument. */
REC_API rec_ids *rec_ids_retain(const rec_ids *ids);
/** Give up one ownership; NULL is accepted. */
REC_API void rec_ids_free(rec_ids *ids);

REC_API rec_ids_kind rec_ids_get_kind(const rec_ids *ids);
REC_API int32_t rec_ids_count(const rec_ids *ids);

/**
 * The row of an id.
 *
 * text     the id; for lists of integers and of rows, its decimal digits
 * row      fills: 0 <= row < rec_ids_count
 *
 * Threads  const.   Cost  O(length of the id).
 * Errors   REC_ERR_NOT_FOUND (the sentence names the id), REC_ERR_INVALID (NULL).
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_ids_find(const rec_ids *ids, const char *text, int32_t *row);
/** As rec_ids_find, by integer; a list of text is searched for the decimal digits. */
REC_API REC_CHECKED rec_status rec_ids_find_integer(const rec_ids *ids, int64_t id, int32_t *row);

/**
 * The id of a row as text, whatever its kind.
 *
 * buffer   fills: NUL-terminated, cut to capacity; may be NULL when capacity is 0
 * length   fills: bytes of the whole id without the NUL; may be NULL
 *
 * Errors   REC_ERR_RANGE (row).
 * Since    0.1
 */
REC_API REC_CHECKED rec_status rec_ids_text(const rec_ids *ids, int32_t row, char *buffer, size_t capacity,
                                            size_t *length);
/** The id of a row as an integer, for lists of integers and of rows. Errors: REC_ERR_RANGE,
 * REC_ERR_UNSUPPORTED (text). */
REC_API REC_CHECKED rec_status rec_ids_integer(const rec_ids *ids, int32_t row, int64_t *id);

REC_END_DECLS

#endif
