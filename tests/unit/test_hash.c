/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes that are part of the file format: known answers, computed apart by tests/reference/hash.py. */
#include "base/hash.h"

#include "expected_hash.h"
#include "unit.h"

#include <stdio.h>

START_TEST(test_crc32c_known)
{
    /* The check value of the polynomial, and the examples of RFC 3720, appendix B.4. */
    unsigned char bytes[32];
    ck_assert_uint_eq(rec__crc32c(0, "123456789", 9), 0xE3069283u);
    ck_assert_uint_eq(rec__crc32c(0, "", 0), 0);
    memset(bytes, 0, sizeof bytes);
    ck_assert_uint_eq(rec__crc32c(0, bytes, sizeof bytes), 0x8A9136AAu);
    memset(bytes, 0xFF, sizeof bytes);
    ck_assert_uint_eq(rec__crc32c(0, bytes, sizeof bytes), 0x62A8AB43u);
    for (int i = 0; i < 32; i++)
        bytes[i] = (unsigned char)i;
    ck_assert_uint_eq(rec__crc32c(0, bytes, sizeof bytes), 0x46DD794Eu);
    for (int i = 0; i < 32; i++)
        bytes[i] = (unsigned char)(31 - i);
    ck_assert_uint_eq(rec__crc32c(0, bytes, sizeof bytes), 0x113FDB5Cu);
}
END_TEST

/* The definition, one bit at a time. */
static uint32_t crc_by_bits(uint32_t crc, const unsigned char *bytes, size_t length)
{
    crc = ~crc;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0x82F63B78u : crc >> 1;
    }
    return ~crc;
}

/* Both ways, at every alignment and length, whole and in two parts. */
START_TEST(test_crc32c_everywhere)
{
    static unsigned char bytes[200];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37 + (i >> 3));
    for (size_t from = 0; from < 9; from++)
        for (size_t length = 0; length + from <= sizeof bytes; length++) {
            uint32_t wanted = crc_by_bits(0, bytes + from, length);
            ck_assert_uint_eq(rec__crc32c(0, bytes + from, length), wanted);
            ck_assert_uint_eq(rec__crc32c_portable(0, bytes + from, length), wanted);
            size_t half = length / 3;
            uint32_t part = rec__crc32c(0, bytes + from, half);
            ck_assert_uint_eq(rec__crc32c(part, bytes + from + half, length - half), wanted);
        }
}
END_TEST

START_TEST(test_integers)
{
    for (size_t i = 0; i < sizeof known_integers / sizeof *known_integers; i++)
        ck_assert_uint_eq(rec__hash_integer(known_integers[i].id), known_integers[i].hash);
}
END_TEST

START_TEST(test_texts)
{
    for (size_t i = 0; i < sizeof known_texts / sizeof *known_texts; i++)
        ck_assert_uint_eq(rec__hash_bytes(known_texts[i].id, strlen(known_texts[i].id)), known_texts[i].hash);
    /* Zeros at the end count: the last word is filled up with zeros, but the length enters too. */
    ck_assert_uint_ne(rec__hash_bytes("a\0", 2), rec__hash_bytes("a", 1));
}
END_TEST

/* Ids that are usual in data, rising numbers above all, must spread over a table of a power of two. */
START_TEST(test_spread)
{
    enum { SLOTS = 1 << 12, IDS = SLOTS / 2 };
    static unsigned char taken[2][SLOTS];
    for (int64_t i = 0; i < IDS; i++) {
        char text[16];
        int length = snprintf(text, sizeof text, "item-%05lld", (long long)i);
        taken[0][rec__hash_integer(i * 1024) % SLOTS] = 1;
        taken[1][rec__hash_bytes(text, (size_t)length) % SLOTS] = 1;
    }
    for (int kind = 0; kind < 2; kind++) {
        int used = 0;
        for (int slot = 0; slot < SLOTS; slot++)
            used += taken[kind][slot];
        /* Random balls would take (1 - exp(-1/2)) of the slots, 1612, give or take 20. */
        ck_assert_int_gt(used, 1500);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hash");
    TCase *tests = tcase_create("hash");
    tcase_add_test(tests, test_crc32c_known);
    tcase_add_test(tests, test_crc32c_everywhere);
    tcase_add_test(tests, test_integers);
    tcase_add_test(tests, test_texts);
    tcase_add_test(tests, test_spread);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
