/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of ids that tests of ids share. */
#ifndef REC_UNIT_IDS_LISTS_H
#define REC_UNIT_IDS_LISTS_H

#include "unit.h"

#include <librec/ids.h>

static const char *const texts[] = {
    "a", "b", "ab", "12345678", "123456789", "The Time Machine", "\xC3\xA9t\xC3\xA9", "c", "d", "e", "f"};
enum { TEXTS = sizeof texts / sizeof *texts };
static const int64_t integers[] = {0, 1, -1, 42, INT64_MAX, INT64_MIN, 7, 1000000007};
enum { INTEGERS = sizeof integers / sizeof *integers };

static inline rec_ids *text_list(const char *const *ids, int64_t n)
{
    rec_ids *list = NULL;
    EXPECT_OK(rec_ids_from_text(&list, ids, n));
    return list;
}

static inline rec_ids *integer_list(const int64_t *ids, int64_t n)
{
    rec_ids *list = NULL;
    EXPECT_OK(rec_ids_from_integers(&list, ids, n));
    return list;
}

static inline rec_ids *row_list(int64_t n)
{
    rec_ids *list = NULL;
    EXPECT_OK(rec_ids_from_rows(&list, n));
    return list;
}

static inline void expect_text(const rec_ids *ids, int32_t row, const char *wanted)
{
    char buffer[64];
    size_t length = 0;
    EXPECT_OK(rec_ids_text(ids, row, buffer, sizeof buffer, &length));
    ck_assert_str_eq(buffer, wanted);
    ck_assert_uint_eq(length, strlen(wanted));
}

#endif
