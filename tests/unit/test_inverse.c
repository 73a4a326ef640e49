/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/random.h"
#include "kernels/inverse.h"

#include <math.h>

/* Rows around the edges of blocks. */
static const int sizes[] = {1, 7, 384, 385, 900};

/* A = Y'Y / n + I / 4 */
static float *make_matrix(int n)
{
    float *y = malloc(sizeof *y * (size_t)(n * n)), *a = malloc(sizeof *a * (size_t)(n * n));
    ck_assert(y != NULL && a != NULL);
    for (int r = 0; r < n; r++)
        rec__normal_row(5, 1, (uint64_t)r, 1.0f, y + r * n, n);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double sum = i == j ? 0.25 * n : 0.0;
            for (int r = 0; r < n; r++)
                sum += (double)y[i * n + r] * (double)y[j * n + r];
            a[i * n + j] = (float)(sum / n);
        }
    free(y);
    return a;
}

static double upper(const float *a, int n, int i, int j)
{
    return (double)(i < j ? a[i * n + j] : a[j * n + i]);
}

START_TEST(test_product_is_identity)
{
    int n = sizes[_i];
    float *a = make_matrix(n), *inverse = malloc(sizeof *a * (size_t)(n * n));
    ck_assert_ptr_nonnull(inverse);
    memcpy(inverse, a, sizeof *a * (size_t)(n * n));
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            inverse[i * n + j] = NAN;
    EXPECT_OK(rec__inverse(inverse, n, NULL, NULL));
    for (int i = 0; i < n; i += 1 + n / 50)
        for (int j = 0; j < n; j++) {
            double sum = 0.0;
            for (int r = 0; r < n; r++)
                sum += (double)a[i * n + r] * upper(inverse, n, r, j);
            ck_assert_double_eq_tol(sum, i == j ? 1.0 : 0.0, 2e-4);
        }
    free(a);
    free(inverse);
}
END_TEST

static rec_status stop_at_fourth(void *context, int64_t step, int64_t steps)
{
    ck_assert_int_eq(steps, 9);
    *(int64_t *)context = step;
    return step == 4 ? REC_ERR_CANCELLED : REC_OK;
}

START_TEST(test_stopped)
{
    float *a = make_matrix(900);
    int64_t step = 0;
    ck_assert_int_eq(rec__inverse(a, 900, stop_at_fourth, &step), REC_ERR_CANCELLED);
    ck_assert_int_eq(step, 4);
    free(a);
}
END_TEST

START_TEST(test_not_positive)
{
    float a[] = {1, 2, 2, 1};
    ck_assert_int_eq(rec__inverse(a, 2, NULL, NULL), REC_ERR_DIVERGED);
    ck_assert_ptr_nonnull(strstr(rec_last_error(), "2 x 2"));
    ck_assert_ptr_nonnull(strstr(rec_last_error(), "row 1"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inverse");
    TCase *tests = tcase_create("inverse");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, test_product_is_identity, 0, sizeof sizes / sizeof *sizes);
    tcase_add_test(tests, test_stopped);
    tcase_add_test(tests, test_not_positive);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
