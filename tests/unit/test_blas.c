/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/random.h"
#include "kernels/blas.h"
#include "kernels/kernels.h"

#include <math.h>

START_TEST(test_gram)
{
    enum { COUNT = 20000, N = 7 };
    float *y = malloc(sizeof(float) * COUNT * N), a[N * N];
    ck_assert_ptr_nonnull(y);
    for (int64_t r = 0; r < COUNT; r++)
        rec__normal_row(3, 1, (uint64_t)r, 1.0f, y + r * N, N);
    rec__blas_gram(y, COUNT, N, a);
    for (int i = 0; i < N; i++)
        for (int j = i; j < N; j++) {
            double sum = 0;
            for (int64_t r = 0; r < COUNT; r++)
                sum += (double)y[r * N + i] * (double)y[r * N + j];
            /* A BLAS may add 2^14 rows in float one by one. */
            ck_assert_double_eq_tol((double)a[i * N + j], sum, 2.0);
        }
    rec__blas_gram(y, 0, N, a);
    for (int i = 0; i < N; i++)
        ck_assert(a[i * N + i] == 0);
    free(y);
}
END_TEST

START_TEST(test_scores)
{
    float x[2 * 3] = {1, 2, 3, -1, 0, 2}, y[4 * 3] = {1, 0, 0, 0, 1, 0, 1, 1, 1, 2, -1, 0.5f}, c[2 * 4];
    static const float expected[] = {1, 2, 6, 1.5f, -1, 0, 1, -1};
    rec__blas_scores(x, 2, y, 4, 3, c);
    ck_assert_mem_eq(c, expected, sizeof expected);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("blas");
    TCase *tests = tcase_create("blas");
    tcase_add_test(tests, test_gram);
    tcase_add_test(tests, test_scores);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
