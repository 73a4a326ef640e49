/* SPDX-License-Identifier: Apache-2.0 */
/* Spaces of parameters: what they refuse, the order of a grid, and where draws fall. */
#include "evaluate/space.h"
#include "base/text.h"
#include "model/registry.h"

#include "unit.h"

#include <math.h>

static rec_space *space_of(const char *algorithm)
{
    rec_space *space = NULL;
    EXPECT_OK(rec_space_create(&space, algorithm));
    return space;
}

START_TEST(test_grid)
{
    static const double factors[] = {8, 2}, learning[] = {0.1, 0.3, 0.2};
    static const char *const solvers[] = {"sgd", "als"};
    double points[12 * 3], position[2];
    int32_t n = 0;
    rec_space *space = space_of("mf");
    EXPECT_OK(rec_space_values(space, "factors", factors, 2));
    EXPECT_OK(rec_space_texts(space, "solver", solvers, 2));
    EXPECT_OK(rec_space_values(space, "learning_rate", learning, 3));
    EXPECT_OK(rec__space_size(space, &n));
    ck_assert_int_eq(n, 12);
    rec__space_grid(space, n, points);
    for (int v = 0; v < 2; v++)
        EXPECT_OK(
            rec__parameter_parse(rec__axis_parameter(space, &space->axes[1]), solvers[v], &position[v]));
    ck_assert_double_ne(position[0], position[1]);
    for (int p = 0; p < 12; p++) {
        ck_assert_double_eq(points[3 * p], factors[p / 6]);
        ck_assert_double_eq(points[3 * p + 1], position[p / 3 % 2]);
        ck_assert_double_eq(points[3 * p + 2], learning[p % 3]);
    }
    rec_space_free(space);
}
END_TEST

START_TEST(test_size)
{
    double seeds[100];
    int32_t n = 0;
    rec_space *space = space_of("mf");
    for (int v = 0; v < 100; v++)
        seeds[v] = v + 1;
    EXPECT_OK(rec_space_values(space, "seed", seeds, 100));
    EXPECT_OK(rec_space_values(space, "factors", seeds, 100));
    EXPECT_OK(rec_space_values(space, "epochs", seeds, 10));
    EXPECT_OK(rec__space_size(space, &n));
    ck_assert_int_eq(n, REC_POINTS_MOST);
    EXPECT_OK(rec_space_values(space, "learning_rate", (const double[]){0.1, 0.2}, 2));
    EXPECT(rec__space_size(space, &n), REC_ERR_INVALID, "more than 100000 points");
    rec_space_free(space);
    space = space_of("mf");
    EXPECT_OK(rec_space_range(space, "learning_rate", 0.1, 0.2, 0));
    EXPECT(rec__space_size(space, &n), REC_ERR_INVALID, "learning_rate has a range", "a grid needs values");
    rec_space_free(space);
}
END_TEST

START_TEST(test_refuses_values)
{
    static const double factors[] = {8, 0}, half[] = {1.5}, rate[] = {NAN}, one[] = {1};
    static const char *const words[] = {"als", "best"}, *const missing[] = {"als", NULL};
    rec_space *space = space_of("mf");
    EXPECT(rec_space_values(space, "factors", factors, 2), REC_ERR_RANGE, "factors is 0");
    EXPECT(rec_space_values(space, "factors", half, 1), REC_ERR_INVALID, "factors is 1.5", "whole");
    EXPECT(rec_space_values(space, "learning_rate", rate, 1), REC_ERR_INVALID, "learning_rate is nan");
    EXPECT(rec_space_values(space, "factor", factors, 1), REC_ERR_NOT_FOUND, "\"factor\"", "mf", "factors");
    EXPECT(rec_space_values(space, "factors", factors, 0), REC_ERR_INVALID, "n is 0", "at least 1");
    EXPECT(rec_space_values(space, "factors", NULL, 1), REC_ERR_INVALID, "values is NULL");
    EXPECT(rec_space_values(space, NULL, factors, 1), REC_ERR_INVALID, "parameter is NULL");
    EXPECT(rec_space_values(NULL, "factors", factors, 1), REC_ERR_INVALID, "space is NULL");
    EXPECT(rec_space_values(space, "threads", one, 1), REC_ERR_INVALID, "threads change no result");
    EXPECT(rec_space_texts(space, "solver", words, 2), REC_ERR_INVALID, "solver is \"best\"", "als");
    EXPECT(rec_space_texts(space, "solver", missing, 2), REC_ERR_INVALID, "values[1] is NULL");
    EXPECT(rec_space_texts(space, "solver", NULL, 2), REC_ERR_INVALID, "values is NULL");
    ck_assert_int_eq(space->count, 0);
    EXPECT_OK(rec_space_values(space, "factors", factors, 1));
    EXPECT(rec_space_range(space, "factors", 1, 9, 0), REC_ERR_INVALID, "factors is given twice");
    ck_assert_int_eq(space->count, 1);
    ck_assert_double_eq(space->axes[0].values[0], 8);
    rec_space_free(space);
    EXPECT(rec_space_create(&space, "mff"), REC_ERR_NOT_FOUND, "\"mff\"");
    ck_assert_ptr_null(space);
    EXPECT(rec_space_create(&space, NULL), REC_ERR_INVALID, "algorithm is NULL");
    EXPECT(rec_space_create(NULL, "mf"), REC_ERR_INVALID, "out is NULL");
    rec_space_free(NULL);
}
END_TEST

START_TEST(test_refuses_ranges)
{
    rec_space *space = space_of("mf");
    EXPECT(rec_space_range(space, "factors", 0, 9, 0), REC_ERR_RANGE, "factors is 0");
    EXPECT(rec_space_range(space, "factors", 1, 1e9, 0), REC_ERR_RANGE, "factors is 1000000000");
    EXPECT(rec_space_range(space, "factors", 1.5, 9, 0), REC_ERR_INVALID, "factors is 1.5", "whole");
    EXPECT(rec_space_range(space, "factors", 9, 9, 0), REC_ERR_INVALID, "factors", "9 to 9", "rising");
    EXPECT(rec_space_range(space, "factors", NAN, 9, 0), REC_ERR_INVALID, "factors is nan");
    EXPECT(rec_space_range(space, "solver", 0, 1, 0), REC_ERR_INVALID, "solver", "its values");
    EXPECT(rec_space_range(space, "seed", 0, 9, REC_RANGE_LOG), REC_ERR_INVALID, "seed", "begins at 0");
    EXPECT(rec_space_range(space, "seed", 0, 9, 2), REC_ERR_INVALID, "flags is 2");
    EXPECT(rec_space_range(space, "threads", 0, 9, 0), REC_ERR_INVALID, "threads change no result");
    EXPECT(rec_space_range(NULL, "seed", 0, 9, 0), REC_ERR_INVALID, "space is NULL");
    EXPECT(rec_space_range(space, NULL, 0, 9, 0), REC_ERR_INVALID, "parameter is NULL");
    ck_assert_int_eq(space->count, 0);
    rec_space_free(space);
}
END_TEST

enum { DRAWS = 20000 };

static double *draws_of(rec_space *space, int32_t wanted, int32_t *n)
{
    double *points = calloc((size_t)wanted * (size_t)space->count, sizeof *points);
    ck_assert_ptr_nonnull(points);
    *n = rec__space_draw(space, 7, wanted, points);
    return points;
}

/* How many of n numbers, `stride` apart, lie in [from, to]. */
static double share(const double *numbers, int32_t n, int32_t stride, double from, double to)
{
    int32_t inside = 0;
    for (int32_t p = 0; p < n; p++)
        inside += numbers[p * stride] >= from && numbers[p * stride] <= to;
    return (double)inside / n;
}

START_TEST(test_draws_are_even)
{
    int32_t n = 0;
    rec_space *space = space_of("mf");
    EXPECT_OK(rec_space_range(space, "learning_rate", 0.25, 0.75, 0));
    EXPECT_OK(rec_space_range(space, "regularization", 0.001, 1, REC_RANGE_LOG));
    EXPECT_OK(rec_space_range(space, "factors", 1, 4, 0));
    EXPECT_OK(rec_space_range(space, "epochs", 1, 1000, REC_RANGE_LOG));
    double *points = draws_of(space, DRAWS, &n);
    ck_assert_int_eq(n, DRAWS);
    ck_assert_double_eq(share(points, n, 4, 0.25, 0.75), 1.0);
    ck_assert_double_eq_tol(share(points, n, 4, 0.25, 0.375), 0.25, 0.01);
    ck_assert_double_eq(share(points + 1, n, 4, 0.001, 1.0), 1.0);
    ck_assert_double_eq_tol(share(points + 1, n, 4, 0.001, 0.01), 1.0 / 3.0, 0.01);
    ck_assert_double_eq_tol(share(points + 1, n, 4, 0.1, 1.0), 1.0 / 3.0, 0.01);
    for (int whole = 1; whole <= 4; whole++)
        ck_assert_double_eq_tol(share(points + 2, n, 4, whole, whole), 0.25, 0.01);
    /* A whole number k has the share of the logarithms from k - 1/2 to k + 1/2. */
    double width = log(1000.5 / 0.5);
    ck_assert_double_eq_tol(share(points + 3, n, 4, 1, 1), log(1.5 / 0.5) / width, 0.01);
    ck_assert_double_eq_tol(share(points + 3, n, 4, 2, 1000), log(1000.5 / 1.5) / width, 0.01);
    free(points);
    rec_space_free(space);
}
END_TEST

/* Real draws have few digits, so that they read well in a table and read back the same from a file. */
START_TEST(test_draws_are_short)
{
    char text[REC_NUMBER_TEXT];
    int32_t n = 0;
    rec_space *space = space_of("mf");
    EXPECT_OK(rec_space_range(space, "learning_rate", 0.25, 0.75, 0));
    EXPECT_OK(rec_space_range(space, "regularization", 1e-7, 1, REC_RANGE_LOG));
    double *points = draws_of(space, DRAWS, &n);
    for (int32_t p = 0; p < n; p++) {
        ck_assert_int_le(rec__format_double(points[2 * p], text), 7);
        int32_t digits = 0;
        (void)rec__format_double(points[2 * p + 1], text);
        for (const char *at = text + strspn(text, "0."); *at != '\0' && *at != 'e'; at++)
            digits += *at != '.';
        ck_assert_msg(digits <= 5, "%s", text);
    }
    free(points);
    rec_space_free(space);
    /* Where powers of ten are not exact, draws are as they come. */
    space = space_of("mf");
    EXPECT_OK(rec_space_range(space, "regularization", 1e-30, 2e-30, 0));
    points = draws_of(space, 100, &n);
    ck_assert_int_eq(n, 100);
    ck_assert_double_eq(share(points, n, 1, 1e-30, 2e-30), 1.0);
    free(points);
    rec_space_free(space);
}
END_TEST

START_TEST(test_draws_differ)
{
    static const double seeds[] = {1, 2, 3, 4, 5};
    int32_t n = 0, again = 0;
    rec_space *space = space_of("mf");
    EXPECT_OK(rec_space_values(space, "seed", seeds, 5));
    EXPECT_OK(rec_space_range(space, "factors", 1, 40, 0));
    double *points = draws_of(space, 1000, &n), *same = draws_of(space, 1000, &again), other[2 * 5];
    ck_assert_int_eq(n, 200);
    ck_assert_int_eq(again, 200);
    ck_assert_mem_eq(points, same, 2 * 200 * sizeof *points);
    for (int32_t p = 0; p < n; p++)
        for (int32_t q = 0; q < p; q++)
            ck_assert(memcmp(points + 2 * p, points + 2 * q, 2 * sizeof *points) != 0);
    ck_assert_int_eq(rec__space_draw(space, 8, 5, other), 5);
    ck_assert_mem_ne(points, other, sizeof other);
    free(points);
    free(same);
    rec_space_free(space);
}
END_TEST

static rec_status make_space(void *context)
{
    static const char *const solvers[] = {"sgd", "als"};
    rec_space *space = NULL;
    rec_status status = rec_space_create(&space, context);
    if (status == REC_OK)
        status = rec_space_texts(space, "solver", solvers, 2);
    if (status == REC_OK)
        status = rec_space_range(space, "factors", 1, 8, 0);
    if (status == REC_OK)
        status = rec_space_values(space, "seed", (const double[]){3}, 1);
    rec_space_free(space);
    return status;
}

START_TEST(test_no_memory)
{
    char algorithm[] = "mf";
    ck_assert_int_ge(fail_each_allocation(make_space, algorithm), 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("space");
    TCase *spaces = tcase_create("spaces");
    tcase_add_test(spaces, test_grid);
    tcase_add_test(spaces, test_size);
    tcase_add_test(spaces, test_refuses_values);
    tcase_add_test(spaces, test_refuses_ranges);
    tcase_add_test(spaces, test_draws_are_even);
    tcase_add_test(spaces, test_draws_are_short);
    tcase_add_test(spaces, test_draws_differ);
    tcase_add_test(spaces, test_no_memory);
    suite_add_tcase(suite, spaces);
    return run_suite(suite);
}
