/* SPDX-License-Identifier: Apache-2.0 */
/* The terms a thread has met, and the columns of a row in order. */
#include "base/random.h"
#include "text/column_order.h"
#include "text/lexicon.h"

#include "unit.h"

#include <stdlib.h>

enum { TERMS = 20000, LONGEST = 40, ROOM = LONGEST + REC_TERM_READ };

/* Term t: its number in base 3 of the bytes 0, 'a' and 0xF4, so that the ends of terms look alike, and t % 7 letters before. */
static uint32_t write_term(int32_t t, char *out)
{
    uint32_t n = 0;
    for (int32_t i = 0; i < t % 7 * 4; i++)
        out[n++] = 'x';
    for (int32_t rest = t + 1; rest > 0; rest /= 3)
        out[n++] = "\0a\xF4"[rest % 3];
    memset(out + n, '?', REC_TERM_READ); /* what follows a term is no part of it */
    return n;
}

static rec_status add_terms(void *context)
{
    struct rec__lexicon lexicon = {0};
    char term[ROOM];
    rec_status status = rec__lexicon_start(&lexicon);
    for (int32_t t = 0; status == REC_OK && t < *(int32_t *)context; t++) {
        uint32_t length = write_term(t, term);
        struct rec__term_key key = rec__term_key_make(term, length);
        struct rec__lexicon_entry *entry = rec__lexicon_find(&lexicon, &key, term, length);
        ck_assert_uint_eq(entry->high, 0);
        status = rec__lexicon_add(&lexicon, &key, term, length, &entry);
        if (status == REC_OK)
            ck_assert_int_eq(entry->row, t);
    }
    for (int32_t t = 0; status == REC_OK && t < lexicon.count; t++) {
        uint32_t length = write_term(t, term);
        struct rec__term_key key = rec__term_key_make(term, length);
        ck_assert_int_eq(rec__lexicon_find(&lexicon, &key, term, length)->row, t);
        ck_assert_int_eq(lexicon.offsets[t + 1] - lexicon.offsets[t], length);
        ck_assert_int_eq(memcmp(lexicon.bytes + lexicon.offsets[t], term, length), 0);
    }
    rec__lexicon_clear(&lexicon);
    return status;
}

START_TEST(test_terms)
{
    int32_t all = TERMS, few = 2000;
    ck_assert_int_eq(add_terms(&all), REC_OK);
    ck_assert_int_gt(fail_each_allocation(add_terms, &few), 5);
}
END_TEST

/* Long terms of equal hashes are told apart by their bytes. */
START_TEST(test_equal_hashes)
{
    struct rec__lexicon lexicon = {0};
    const char *one = "antidisestablishmentarian", *other = "antidisestablishmentarism",
               *prefix = "antidisestablishment";
    struct rec__term_key key = rec__term_key_make(one, 25);
    struct rec__lexicon_entry *entry;
    ck_assert_int_eq(rec__lexicon_start(&lexicon), REC_OK);
    ck_assert_int_eq(rec__lexicon_add(&lexicon, &key, one, 25, &entry), REC_OK);
    ck_assert_ptr_eq(rec__lexicon_find(&lexicon, &key, one, 25), entry);
    ck_assert_ptr_ne(rec__lexicon_find(&lexicon, &key, other, 25), entry);
    ck_assert_ptr_ne(rec__lexicon_find(&lexicon, &key, prefix, 20), entry);
    rec__lexicon_clear(&lexicon);
}
END_TEST

/* Random columns, taken out twice: nothing of a row is left for the next. */
START_TEST(test_column_order)
{
    enum { COLUMNS = REC_ORDER_MOST, MOST = 3000 };
    struct rec__column_order order = {0};
    uint8_t *present = calloc(COLUMNS, 1);
    static int32_t columns[MOST];
    static float values[MOST];
    ck_assert_int_eq(rec__order_start(&order, COLUMNS), REC_OK);
    uint64_t state = 1;
    for (int32_t row = 0; row < 20; row++) {
        int32_t n = 0, width = row % 2 ? COLUMNS : 100;
        memset(present, 0, COLUMNS);
        for (int32_t k = 0; k < (row % 2 ? MOST : 70); k++) {
            int32_t column = (int32_t)(rec__next(&state) % (uint64_t)width);
            column = k == 0 ? width - 1 : column;
            if (present[column])
                continue;
            present[column] = 1;
            rec__order_add(&order, column, (float)column + 0.5f);
            n++;
        }
        rec__order_take(&order, columns, values);
        for (int32_t column = 0, at = 0; column < COLUMNS; column++)
            if (present[column]) {
                ck_assert_int_eq(columns[at], column);
                ck_assert_float_eq(values[at], (float)column + 0.5f);
                ck_assert_int_lt(at++, n);
            }
    }
    rec__order_clear(&order);
    free(present);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lexicon");
    TCase *tests = tcase_create("lexicon");
    tcase_add_test(tests, test_terms);
    tcase_add_test(tests, test_equal_hashes);
    tcase_add_test(tests, test_column_order);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
