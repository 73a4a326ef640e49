/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers: the known answers of Philox, and the moments of what is drawn from it. */
#include "base/random.h"

#include "unit.h"

#include <math.h>
#include <stdbool.h>

/*
 * The vectors of philox4x32-10 in the Random123 distribution (kat_vectors): counter words c0 c1 c2 c3, key
 * words k0 k1. Here the counter is c1:c0, the stream c3:c2, the seed k1:k0.
 */
static const struct {
    uint64_t seed, stream, counter;
    uint32_t wanted[4];
} known[] = {
    {0, 0, 0, {0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8}},
    {UINT64_MAX, UINT64_MAX, UINT64_MAX, {0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD}},
    {UINT64_C(0x299F31D0A4093822),
     UINT64_C(0x0370734413198A2E),
     UINT64_C(0x85A308D3243F6A88),
     {0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1}},
};

START_TEST(test_known_answers)
{
    uint32_t got[4];
    rec__random(known[_i].seed, known[_i].stream, known[_i].counter, got);
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(got[i], known[_i].wanted[i]);
}
END_TEST

START_TEST(test_uniform)
{
    enum { DRAWS = 100000, BINS = 16 };
    int bins[BINS] = {0};
    double sum = 0.0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        double u = rec__uniform(7, REC_STREAM_SPLIT, i);
        ck_assert(u >= 0.0 && u < 1.0);
        bins[(int)(u * BINS)]++;
        sum += u;
    }
    /* Five standard deviations: 1/sqrt(12 n) of the mean, about sqrt(n/16) of a bin. */
    ck_assert_double_eq_tol(sum / DRAWS, 0.5, 5.0 / sqrt(12.0 * DRAWS));
    for (int b = 0; b < BINS; b++)
        ck_assert_int_le(abs(bins[b] - DRAWS / BINS), 400);
    /* The top 53 bits of the first two words, which the first known answer gives. */
    double wanted = (double)(UINT64_C(0x6627E8D5E169C58D) >> 11) / 9007199254740992.0;
    ck_assert(rec__uniform(0, 0, 0) == wanted);
}
END_TEST

START_TEST(test_normal_moments)
{
    enum { ROWS = 2000, N = 65 }; /* odd, so that half a pair is left over */
    static float row[N];
    double sum = 0.0, square = 0.0, cube = 0.0, fourth = 0.0, beside = 0.0, n = (double)ROWS * N;
    for (uint64_t r = 0; r < ROWS; r++) {
        rec__normal_row(3, REC_STREAM_USERS, r, 0.5f, row, N);
        for (int i = 0; i < N; i++) {
            double z = (double)row[i] / 0.5;
            sum += z;
            square += z * z;
            cube += z * z * z;
            fourth += z * z * z * z;
            beside += i + 1 < N ? z * (double)row[i + 1] / 0.5 : 0.0;
        }
    }
    /* Five standard deviations: the variances of z, z^2, z^3 and z^4 are 1, 2, 15 and 96. */
    ck_assert_double_eq_tol(sum / n, 0.0, 5.0 / sqrt(n));
    ck_assert_double_eq_tol(square / n, 1.0, 5.0 * sqrt(2.0 / n));
    ck_assert_double_eq_tol(cube / n, 0.0, 5.0 * sqrt(15.0 / n));
    ck_assert_double_eq_tol(fourth / n, 3.0, 5.0 * sqrt(96.0 / n));
    ck_assert_double_eq_tol(beside / n, 0.0, 5.0 / sqrt(n));
}
END_TEST

/* Box and Muller's formula on the known answer of counter 0, computed here from its words. */
START_TEST(test_normal_formula)
{
    float row[2];
    double u = (double)(UINT64_C(0x6627E8D5E169C58D) >> 11) / 9007199254740992.0;
    double v = (double)(UINT64_C(0xBC57AC4C9B00DBD8) >> 11) / 9007199254740992.0;
    double radius = sqrt(-2.0 * log(1.0 - u)), angle = 2.0 * acos(-1.0) * v;
    rec__normal_row(0, 0, 0, 1.0f, row, 2);
    ck_assert_double_eq_tol((double)row[0], radius * cos(angle), 1e-6);
    ck_assert_double_eq_tol((double)row[1], radius * sin(angle), 1e-6);
}
END_TEST

/* A row is a prefix of the same row when longer, and nothing is written past its end. */
START_TEST(test_normal_rows)
{
    float longer[10], shorter[6], other[10];
    shorter[5] = 77.0f;
    rec__normal_row(1, REC_STREAM_ITEMS, 4, 1.0f, longer, 10);
    rec__normal_row(1, REC_STREAM_ITEMS, 4, 1.0f, shorter, 5);
    rec__normal_row(1, REC_STREAM_ITEMS, 5, 1.0f, other, 10);
    ck_assert_mem_eq(longer, shorter, 5 * sizeof *longer);
    ck_assert(shorter[5] == 77.0f);
    ck_assert_mem_ne(longer, other, sizeof longer);
    rec__normal_row(1, REC_STREAM_USERS, 4, 1.0f, other, 10);
    ck_assert_mem_ne(longer, other, sizeof longer);
}
END_TEST

START_TEST(test_shuffle)
{
    enum { N = 1000 };
    static int64_t order[N], again[N];
    static bool seen[N];
    rec__shuffle(5, REC_STREAM_SHUFFLE, order, N);
    int fixed = 0;
    for (int i = 0; i < N; i++) {
        ck_assert(order[i] >= 0 && order[i] < N && !seen[order[i]]);
        seen[order[i]] = true;
        fixed += order[i] == i;
    }
    ck_assert_int_lt(fixed, 10); /* one is expected */
    rec__shuffle(5, REC_STREAM_SHUFFLE, again, N);
    ck_assert_mem_eq(order, again, sizeof order);
    rec__shuffle(6, REC_STREAM_SHUFFLE, again, N);
    ck_assert_mem_ne(order, again, sizeof order);
    order[0] = 9;
    rec__shuffle(5, REC_STREAM_SHUFFLE, order, 0);
    ck_assert_int_eq(order[0], 9);
    rec__shuffle(5, REC_STREAM_SHUFFLE, order, 1);
    ck_assert_int_eq(order[0], 0);
}
END_TEST

/* Each of the six orders of three comes a sixth of the time. */
START_TEST(test_shuffle_is_fair)
{
    enum { DRAWS = 12000 };
    int counts[27] = {0};
    for (uint64_t seed = 0; seed < DRAWS; seed++) {
        int64_t order[3];
        rec__shuffle(seed, REC_STREAM_SHUFFLE, order, 3);
        counts[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    static const int orders[] = {5, 7, 11, 15, 19, 21};
    for (int i = 0; i < 6; i++)
        ck_assert_int_le(abs(counts[orders[i]] - DRAWS / 6), 204); /* five standard deviations */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random");
    TCase *tests = tcase_create("random");
    tcase_add_loop_test(tests, test_known_answers, 0, sizeof known / sizeof *known);
    tcase_add_test(tests, test_uniform);
    tcase_add_test(tests, test_normal_moments);
    tcase_add_test(tests, test_normal_formula);
    tcase_add_test(tests, test_normal_rows);
    tcase_add_test(tests, test_shuffle);
    tcase_add_test(tests, test_shuffle_is_fair);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
