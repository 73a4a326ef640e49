/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of ids: making them, looking ids up, matching one list with another. Files of them are in ids_pack.c.
 */
#include "store/ids.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "store/lex.h"

#include <inttypes.h>
#include <stdio.h>

enum { DIGITS = 24, AT_ONCE = 16 };

static rec_status check_list(rec_ids **out, const void *ids, int64_t n)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (ids == NULL)
        return rec__fail_null("ids");
    if (n < 0 || n > INT32_MAX)
        return rec__fail(REC_ERR_INVALID, "n is %lld; 0 to %d was expected", (long long)n, INT32_MAX);
    return REC_OK;
}

static rec_status add_text(struct rec__id_table *table, const char *id)
{
    int32_t row, next = table->count;
    char shown[REC_LEX_SHOWN];
    if (id == NULL || *id == '\0')
        return rec__fail(REC_ERR_INVALID, "ids[%d] is %s; an id was expected", next,
                         id == NULL ? "NULL" : "empty");
    int64_t length = (int64_t)strlen(id);
    rec_status status = rec__id_table_add_text(table, id, length, &row);
    if (status == REC_OK && row != next)
        status = rec__fail(REC_ERR_INVALID, "ids[%d] is %s, as is ids[%d]; distinct ids were expected", next,
                           rec__lex_show(id, length, shown), row);
    return status;
}

rec_status rec_ids_from_text(rec_ids **out, const char *const *ids, int64_t n)
{
    struct rec__id_table table = {.kind = REC_IDS_TEXT};
    rec_status status = check_list(out, ids, n);
    for (int64_t i = 0; status == REC_OK && i < n; i++)
        status = add_text(&table, ids[i]);
    if (status == REC_OK)
        status = rec__id_table_freeze(&table, out);
    rec__id_table_clear(&table);
    return status;
}

static rec_status add_integer(struct rec__id_table *table, int64_t id)
{
    int32_t row, next = table->count;
    rec_status status = rec__id_table_add_integer(table, id, &row);
    if (status == REC_OK && row != next)
        status =
            rec__fail(REC_ERR_INVALID, "ids[%d] is %" PRId64 ", as is ids[%d]; distinct ids were expected",
                      next, id, row);
    return status;
}

rec_status rec_ids_from_integers(rec_ids **out, const int64_t *ids, int64_t n)
{
    struct rec__id_table table = {.kind = REC_IDS_INTEGER};
    rec_status status = check_list(out, ids, n);
    for (int64_t i = 0; status == REC_OK && i < n; i++)
        status = add_integer(&table, ids[i]);
    if (status == REC_OK)
        status = rec__id_table_freeze(&table, out);
    rec__id_table_clear(&table);
    return status;
}

rec_status rec_ids_from_rows(rec_ids **out, int64_t n)
{
    rec_status status = check_list(out, "", n);
    if (status != REC_OK)
        return status;
    rec_ids *ids = rec__allocate_zeroed(1, sizeof *ids);
    if (ids == NULL)
        return REC_ERR_NO_MEMORY;
    atomic_init(&ids->references, 1);
    ids->kind = REC_IDS_ROWS;
    ids->count = (int32_t)n;
    *out = ids;
    return REC_OK;
}

rec_ids *rec_ids_retain(const rec_ids *ids)
{
    rec_ids *shared = (rec_ids *)ids;
    atomic_fetch_add(&shared->references, 1);
    return shared;
}

void rec_ids_free(rec_ids *ids)
{
    if (ids == NULL || atomic_fetch_sub(&ids->references, 1) > 1)
        return;
    if (ids->container != NULL) {
        rec__container_free(ids->container);
    } else {
        rec__release((void *)ids->integers);
        rec__release((void *)ids->offsets);
        rec__release((void *)ids->bytes);
        rec__release((void *)ids->slots);
    }
    rec__release(ids);
}

rec_ids_kind rec_ids_get_kind(const rec_ids *ids)
{
    return ids->kind;
}

int32_t rec_ids_count(const rec_ids *ids)
{
    return ids->count;
}

static uint64_t hash_row(const rec_ids *ids, int32_t row)
{
    if (ids->kind == REC_IDS_INTEGER)
        return rec__hash_integer(ids->integers[row]);
    return rec__hash_bytes(ids->bytes + ids->offsets[row],
                           (size_t)(ids->offsets[row + 1] - ids->offsets[row]));
}

/* Rows from `first` on, fewer than AT_ONCE; all their slots are asked of memory before the first is needed. */
static void index_some(const rec_ids *ids, int32_t *slots, uint64_t mask, int32_t first)
{
    uint64_t found[AT_ONCE];
    int32_t n = ids->count - first < AT_ONCE ? ids->count - first : AT_ONCE;
    for (int32_t i = 0; i < n; i++) {
        found[i] = hash_row(ids, first + i) & mask;
        __builtin_prefetch(&slots[found[i]], 1);
    }
    for (int32_t i = 0; i < n; i++) {
        while (slots[found[i]] >= 0)
            found[i] = (found[i] + 1) & mask;
        slots[found[i]] = first + i;
    }
}

/* In order of row, whatever order the ids came in: the same ids give the same bytes in a file. */
rec_status rec__ids_index(rec_ids *ids)
{
    int64_t n = 1;
    while (n * 2 <= (int64_t)ids->count * 3)
        n *= 2;
    int32_t *slots = rec__allocate(n, sizeof *slots);
    if (slots == NULL)
        return REC_ERR_NO_MEMORY;
    memset(slots, 0xFF, (size_t)n * sizeof *slots);
    for (int64_t row = 0; row < ids->count; row += AT_ONCE)
        index_some(ids, slots, (uint64_t)n - 1, (int32_t)row);
    ids->slots = slots;
    ids->n_slots = n;
    return REC_OK;
}

const char *rec__ids_bytes(const rec_ids *ids, int32_t row, int64_t *length)
{
    int64_t from = ids->offsets[row], to = ids->offsets[row + 1];
    if (from < 0 || to < from || to > ids->n_bytes)
        return NULL;
    *length = to - from;
    return ids->bytes + from;
}

/* Written in the one way that rec_ids_text writes it: "007", "+7" and "-0" are no integers. */
static bool read_integer(const char *bytes, int64_t length, int64_t *id)
{
    int64_t sign = length > 0 && *bytes == '-';
    if (length <= sign || bytes[sign] < '0' || bytes[sign] > '9')
        return false;
    if (bytes[sign] == '0' && (sign == 1 || length > 1))
        return false;
    return rec__parse_integer(bytes, length, id);
}

static bool is_text(const rec_ids *ids, int32_t row, const char *bytes, int64_t length)
{
    int64_t own = 0;
    const char *its = rec__ids_bytes(ids, row, &own);
    return its != NULL && own == length && memcmp(its, bytes, (size_t)length) == 0;
}

/* Slots are not to be trusted: they may come from a damaged file, full or pointing anywhere. */
static int32_t find_text(const rec_ids *ids, const char *bytes, int64_t length)
{
    uint64_t mask = (uint64_t)ids->n_slots - 1, slot = rec__hash_bytes(bytes, (size_t)length);
    for (int64_t probes = 0; probes < ids->n_slots; probes++, slot++) {
        int32_t row = ids->slots[slot & mask];
        if (row < 0 || row >= ids->count)
            return -1;
        if (is_text(ids, row, bytes, length))
            return row;
    }
    return -1;
}

int32_t rec__ids_row_of_integer(const rec_ids *ids, int64_t id)
{
    if (ids->kind == REC_IDS_ROWS)
        return id >= 0 && id < ids->count ? (int32_t)id : -1;
    if (ids->kind == REC_IDS_TEXT) {
        char digits[DIGITS];
        int length = snprintf(digits, sizeof digits, "%" PRId64, id);
        return find_text(ids, digits, length);
    }
    uint64_t mask = (uint64_t)ids->n_slots - 1, slot = rec__hash_integer(id);
    for (int64_t probes = 0; probes < ids->n_slots; probes++, slot++) {
        int32_t row = ids->slots[slot & mask];
        if (row < 0 || row >= ids->count)
            return -1;
        if (ids->integers[row] == id)
            return row;
    }
    return -1;
}

int32_t rec__ids_row(const rec_ids *ids, const char *bytes, int64_t length)
{
    int64_t id;
    if (ids->kind == REC_IDS_TEXT)
        return find_text(ids, bytes, length);
    return read_integer(bytes, length, &id) ? rec__ids_row_of_integer(ids, id) : -1;
}

rec_status rec_ids_find(const rec_ids *ids, const char *text, int32_t *row)
{
    if (ids == NULL || text == NULL || row == NULL)
        return rec__fail_null(ids == NULL ? "ids" : text == NULL ? "text" : "row");
    char shown[REC_LEX_SHOWN];
    int64_t length = (int64_t)strlen(text);
    int32_t found = rec__ids_row(ids, text, length);
    if (found < 0)
        return rec__fail(REC_ERR_NOT_FOUND, "id %s is not one of the %d known",
                         rec__lex_show(text, length, shown), ids->count);
    *row = found;
    return REC_OK;
}

rec_status rec_ids_find_integer(const rec_ids *ids, int64_t id, int32_t *row)
{
    if (ids == NULL || row == NULL)
        return rec__fail_null(ids == NULL ? "ids" : "row");
    int32_t found = rec__ids_row_of_integer(ids, id);
    if (found < 0)
        return rec__fail(REC_ERR_NOT_FOUND, "id %" PRId64 " is not one of the %d known", id, ids->count);
    *row = found;
    return REC_OK;
}

static rec_status check_row(const rec_ids *ids, int32_t row)
{
    if (ids == NULL)
        return rec__fail_null("ids");
    if (row < 0 || row >= ids->count)
        return rec__fail(REC_ERR_RANGE, "row is %d; 0 to %d was expected", row, ids->count - 1);
    return REC_OK;
}

static void copy_cut(char *buffer, size_t capacity, const char *bytes, size_t length)
{
    if (capacity == 0)
        return;
    size_t kept = length < capacity ? length : capacity - 1;
    memcpy(buffer, bytes, kept);
    buffer[kept] = '\0';
}

rec_status rec_ids_text(const rec_ids *ids, int32_t row, char *buffer, size_t capacity, size_t *length)
{
    char digits[DIGITS];
    const char *bytes = digits;
    int64_t n = 0;
    rec_status status = check_row(ids, row);
    if (status != REC_OK)
        return status;
    if (buffer == NULL && capacity > 0)
        return rec__fail_null("buffer");
    if (ids->kind == REC_IDS_TEXT)
        bytes = rec__ids_bytes(ids, row, &n);
    else
        n = snprintf(digits, sizeof digits, "%" PRId64, ids->kind == REC_IDS_ROWS ? row : ids->integers[row]);
    if (bytes == NULL)
        return rec__fail(REC_ERR_CORRUPT, "the id of row %d is damaged", row);
    copy_cut(buffer, capacity, bytes, (size_t)n);
    if (length != NULL)
        *length = (size_t)n;
    return REC_OK;
}

rec_status rec_ids_integer(const rec_ids *ids, int32_t row, int64_t *id)
{
    rec_status status = check_row(ids, row);
    if (status != REC_OK)
        return status;
    if (id == NULL)
        return rec__fail_null("id");
    if (ids->kind == REC_IDS_TEXT)
        return rec__fail(REC_ERR_UNSUPPORTED, "these ids are text; integers or rows were expected");
    *id = ids->kind == REC_IDS_ROWS ? row : ids->integers[row];
    return REC_OK;
}
